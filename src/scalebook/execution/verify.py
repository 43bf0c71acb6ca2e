"""Whether a stored result can be had again from this checkout, tried by running it again."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from scalebook.errors import ScalebookError
from scalebook.execution import origin, parameters, runner

_WORDS = {
    "notebook": "the notebook",
    "library": "the library",
    "data": "the data",
    "lock": "the lock file",
}


_Key = TypeVar("_Key")
_Entry = TypeVar("_Entry")


@dataclass(frozen=True)
class Verification:
    """What was found out about a result file.

    Attributes
    ----------
    chapter : str
    differing : list of str
        What this checkout has otherwise than the one that made the file; empty if nothing.
    numbers : dict
        Results that came out otherwise: key to (stored, now); None where one side has none.
    claims : dict
        Parts of claims that came out otherwise: (id, part) to (stored, now), each as JSON.
    compared : int
        Results and claims compared; 0 if nothing was run.
    """

    chapter: str
    differing: list[str]
    numbers: dict[str, tuple[float | None, float | None]]
    claims: dict[tuple[str, str], tuple[str, str]]
    compared: int

    @property
    def identical(self) -> bool:
        """Whether all numbers and claims came out as stored."""
        return not self.numbers and not self.claims


def reproduce(
    path: Path,
    rerun: bool = True,
    timeout: float = runner.TIMEOUT,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Compare a result file with this checkout, and run it again.

    Nothing is written: what the run gives is compared and dropped.

    Parameters
    ----------
    path : Path
        Results of `scalebook run` or `scalebook sweep`.
    rerun : bool
        Whether to run the chapter, or only to compare what the result depends on.
    timeout : float
        Seconds that the notebook may take.
    progress : callable, optional
        As of `runner.compute`.

    Raises
    ------
    ScalebookError
        If the file is no result, the chapter does not take its parameters, or the run fails.
    """
    stored = read(path)
    # A name only: a file that says otherwise must not choose what is run.
    chapter = str(stored["provenance"].get("chapter", path.stem))
    parameters.declared(chapter)
    chapter, notebook = parameters.locate(chapter)
    values = parameters.check(chapter, stored["parameters"])
    differing = differences(stored["provenance"], origin.provenance(notebook, values))
    if values != stored["parameters"]:
        differing.append("the parameters that the chapter has")
    if not rerun:
        return Verification(chapter, differing, {}, {}, 0)
    _, now = runner.compute(chapter, notebook, values, timeout, progress=progress)
    claims = _claims(stored["claims"]), _claims(now["claims"])
    return Verification(
        chapter,
        differing,
        _pairs(stored["results"], now["results"], None),
        _pairs(*claims, "nothing"),
        len({**stored["results"], **now["results"]})
        + len({name for side in claims for name, _ in side}),
    )


def read(path: Path) -> dict[str, Any]:
    """Return the content of a result file.

    Raises
    ------
    ScalebookError
        If there is no such file, or it holds something else.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ScalebookError(f"{path}: no such file.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ScalebookError(f"{path} cannot be read as results: {error}.") from None
    expected = {"parameters": dict, "results": dict, "claims": list, "provenance": dict}
    if not isinstance(content, dict):
        content = {}
    wrong = [name for name, kind in expected.items() if not isinstance(content.get(name), kind)]
    if wrong or not _plain(content):
        raise ScalebookError(
            f"{path} holds no results: expected {', '.join(expected)} as `scalebook run` writes "
            f"them{', and ' + wrong[0] + ' is not there' if wrong else ''}."
        )
    return content


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name what differs between two provenances, in words."""
    found = []
    for key, words in _WORDS.items():
        if key not in then:
            found.append(f"{words} (not recorded)")
        elif then[key] != now[key]:
            found.append(words)
    files = _mapping(then.get("files")), _mapping(now["files"])
    found += [f"the file of parameter {name}" for name in _pairs(*files, "")]
    versions = _pairs(_versions(then), _versions(now), "?")
    return found + [f"{name} {a}, here {b}" for name, (a, b) in versions.items()]


def _versions(source: Mapping[str, Any]) -> dict[str, str]:
    return {"Python": str(source.get("python", "?")), **_mapping(source.get("versions"))}


def _plain(content: Mapping[str, Any]) -> bool:
    numbers = all(isinstance(v, int | float) for v in content["results"].values())
    return numbers and all(isinstance(c, dict) and "id" in c for c in content["claims"])


def _mapping(value: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}


def _pairs(
    then: Mapping[_Key, _Entry], now: Mapping[_Key, _Entry], default: _Entry
) -> dict[_Key, tuple[_Entry, _Entry]]:
    """Return what two mappings have otherwise."""
    pairs = {key: (then.get(key, default), now.get(key, default)) for key in {**then, **now}}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _claims(claims: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    return {
        (str(claim["id"]), part): json.dumps(value, ensure_ascii=False)
        for claim in claims
        for part, value in claim.items()
    }


def relative(then: float | None, now: float | None) -> float:
    """Return by how much a number differs, relative to the stored one."""
    if then is None or now is None or then == 0:
        return math.inf
    return abs(now - then) / abs(then)


def report(path: Path, found: Verification, rerun: bool) -> str:
    """Say in words what was found."""
    lines = [f"{path}: chapter {found.chapter}."]
    if found.differing:
        lines.append(f"Not the same in this checkout: {'; '.join(found.differing)}.")
    else:
        lines.append("Notebook, library, data, lock file and versions are as they were.")
    if not rerun:
        return "\n".join(lines)
    for name, (then, now) in found.numbers.items():
        both = then is not None and now is not None
        gap = f" ({relative(then, now):.2g} relative)" if both and then else ""
        lines.append(f"  {name}: stored {_shown(then)}, now {_shown(now)}{gap}")
    for (name, part), (before, after) in found.claims.items():
        lines.append(f"  claim {name}, {part}: stored {before}, now {after}")
    changed = len(found.numbers) + len({name for name, _ in found.claims})
    if changed:
        lines.append(f"Not reproduced: {changed} of {found.compared} numbers and claims differ.")
    else:
        lines.append(f"Reproduced: {found.compared} numbers and claims, all identical.")
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "nothing" if value is None else repr(value)
