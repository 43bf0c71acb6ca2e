"""Whether a stored result can be had again from this checkout, tried by running it again."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scalebook.errors import ScalebookError
from scalebook.execution import origin, parameters, runner

_WORDS = {
    "notebook": "the notebook",
    "library": "the library",
    "data": "the data",
    "lock": "the lock file",
}


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
        Parts of claims that came out otherwise: (id, part) to (stored, now).
    compared : int
        Results and claims compared; 0 if nothing was run.
    tolerance : float
        By how much a number may differ, relative to the stored one.
    """

    chapter: str
    differing: list[str]
    numbers: dict[str, tuple[Any, Any]]
    claims: dict[tuple[str, str], tuple[Any, Any]]
    compared: int
    tolerance: float = 0.0

    @property
    def beyond(self) -> "Verification":
        """What differs by more than is allowed."""
        return replace(self, numbers=self._beyond(self.numbers), claims=self._beyond(self.claims))

    def _beyond(self, found: Mapping[Any, tuple[Any, Any]]) -> dict[Any, tuple[Any, Any]]:
        return {key: pair for key, pair in found.items() if not apart(*pair) <= self.tolerance}

    @property
    def reproduced(self) -> bool:
        """Whether all numbers and claims came out as stored, as far as is asked."""
        return not self.beyond.numbers and not self.beyond.claims

    @property
    def differ(self) -> int:
        """How many numbers and claims did not come out as stored."""
        return len(self.numbers) + len({name for name, _ in self.claims})

    @property
    def largest(self) -> tuple[float, str]:
        """The largest difference between two numbers, and whose it is; 0 and "" for none."""
        gaps = [(apart(*pair), name) for name, pair in self.numbers.items()]
        gaps += [(apart(*pair), f"claim {key[0]}, {key[1]}") for key, pair in self.claims.items()]
        return max([gap for gap in gaps if gap[0] < math.inf], default=(0.0, ""))


def reproduce(
    path: Path,
    rerun: bool = True,
    timeout: float = runner.TIMEOUT,
    progress: Callable[[int, int], None] | None = None,
    tolerance: float = 0.0,
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
    tolerance : float
        By how much a number may differ, relative to the stored one. Texts and verdicts may not.

    Raises
    ------
    ScalebookError
        If the tolerance is none, the file is no result, the chapter does not take its parameters,
        or the run fails.
    """
    if not 0 <= tolerance < 1:
        raise ScalebookError(
            f"--tolerance {tolerance:g}: expected a share of a number, from 0 (identical) to below "
            "1, such as 1e-9."
        )
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
        _pairs(stored["results"], now["results"]),
        _pairs(*claims),
        len({**stored["results"], **now["results"]})
        + len({name for side in claims for name, _ in side}),
        tolerance,
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
    found += [f"the file of parameter {name}" for name in _pairs(*files)]
    versions = _pairs(_versions(then), _versions(now))
    return found + [f"{name} {a or '?'}, here {b or '?'}" for name, (a, b) in versions.items()]


def _versions(source: Mapping[str, Any]) -> dict[str, str]:
    return {"Python": str(source.get("python", "?")), **_mapping(source.get("versions"))}


def _plain(content: Mapping[str, Any]) -> bool:
    numbers = all(isinstance(v, int | float) for v in content["results"].values())
    return numbers and all(isinstance(c, dict) and "id" in c for c in content["claims"])


def _mapping(value: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}


def _pairs(then: Mapping[Any, Any], now: Mapping[Any, Any]) -> dict[Any, tuple[Any, Any]]:
    """Return what two mappings have otherwise; None where one has nothing."""
    pairs = {key: (then.get(key), now.get(key)) for key in {**then, **now}}
    return {key: pair for key, pair in pairs.items() if apart(*pair) != 0}


def _claims(claims: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    return {(str(claim["id"]), part): value for claim in claims for part, value in claim.items()}


def apart(then: Any, now: Any) -> float:
    """Return by how much something came out otherwise, relative to what is stored.

    Parameters
    ----------
    then, now : number, text, list, dict or None

    Returns
    -------
    float
        0 where both are the same; of lists and dicts the largest difference; infinite where
        anything but a number differs, or a number that was zero.

    Examples
    --------
    >>> apart(2.0, 2.5), apart([1.0, 4.0], [1.0, 3.0]), apart("holds", "fails")
    (0.25, 0.25, inf)
    """
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return max(map(apart, then, now), default=0.0)
    if isinstance(then, dict) and isinstance(now, dict) and then.keys() == now.keys():
        return max((apart(then[key], now[key]) for key in then), default=0.0)
    if type(then) is bool or type(now) is bool:  # Python counts them among the numbers
        return 0.0 if then is now else math.inf
    if then == now:
        return 0.0
    if isinstance(then, int | float) and isinstance(now, int | float) and then:
        try:
            gap = abs(now - then) / abs(then)
        except OverflowError:  # a file may hold a whole number of any length
            return math.inf
        return math.inf if math.isnan(gap) else gap
    return math.inf


def report(path: Path, found: Verification, rerun: bool) -> str:
    """Say in words what was found."""
    lines = [f"{path}: chapter {found.chapter}."]
    if found.differing:
        lines.append(f"Not the same in this checkout: {'; '.join(found.differing)}.")
    else:
        lines.append("Notebook, library, data, lock file and versions are as they were.")
    if not rerun:
        return "\n".join(lines)
    beyond = found.beyond
    for name, (then, now) in beyond.numbers.items():
        gap = apart(then, now)
        told = f" ({gap:.2g} relative)" if gap < math.inf else ""
        lines.append(f"  {name}: stored {_shown(then)}, now {_shown(now)}{told}")
    for (name, part), (before, after) in beyond.claims.items():
        lines.append(f"  claim {name}, {part}: stored {_shown(before)}, now {_shown(after)}")
    return "\n".join([*lines, _conclusion(found)])


def _conclusion(found: Verification) -> str:
    """Say whether a result is reproduced, what was allowed, and how far off it is at most."""
    gap, where = found.largest
    told = (
        f" The largest difference of a number is {gap:.2g} relative, in {where}." if where else ""
    )
    allowed = f" by more than the {found.tolerance:g} relative that --tolerance allows"
    if not found.reproduced:
        count = found.beyond.differ
        more = allowed * (found.tolerance > 0)
        return f"Not reproduced: {count} of {found.compared} numbers and claims differ{more}.{told}"
    if not found.differ:
        return f"Reproduced: {found.compared} numbers and claims, all identical."
    return (
        f"Reproduced: of {found.compared} numbers and claims none differs{allowed}; {found.differ} "
        f"are not identical.{told}"
    )


def _shown(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
