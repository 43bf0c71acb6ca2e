"""Results of a chapter: recorded in its last cell, stored as JSON, quoted in every text.

A notebook knows nothing of paths: `record` puts the numbers into the notebook's own output, under
a media type of ours, and whoever ran the notebook takes them from there. So plain papermill keeps
them too.
"""

import json
import math
import numbers
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from types import SimpleNamespace
from typing import Any

import numpy as np

from scalebook import paths
from scalebook.contents import CHAPTERS
from scalebook.errors import Faulty, ScalebookError
from scalebook.record import verdicts as settled
from scalebook.record.seals import sealed
from scalebook.record.verdicts import Settlement
from scalebook.show import media
from scalebook.show.numbers import num, qty, sci

_SHAPE = {"parameters": dict, "results": dict, "claims": list, "provenance": dict}
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Record:
    """What a chapter comes to; Jupyter asks it for its representations.

    Attributes
    ----------
    parameters : dict
    results : dict
        One number by key.
    claims : list of dict
        The verdicts on the claims of the chapter, as `verdicts.Settlement.entry` has them.
    """

    parameters: dict[str, float | int | str | bool]
    results: dict[str, float | int]
    claims: list[dict[str, object]]

    @property
    def numbers(self) -> SimpleNamespace:
        """The results as attributes, for sentences: ``r.alpha``."""
        return SimpleNamespace(**self.results)

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {media.RESULTS: asdict(self), "text/plain": repr(self)}

    def __repr__(self) -> str:
        count = len(self.claims)
        return f"{len(self.results)} results and {count} claim{'s' * (count != 1)} recorded."


def record(
    chapter: str,
    parameters: SimpleNamespace,
    results: Mapping[str, object],
    verdicts: Iterable[Settlement],
) -> Record:
    """Return the record of a chapter: the last line of its notebook, and what `compute` returns.

    Parameters
    ----------
    chapter : str
    parameters : Parameters
        What it was computed with.
    results : mapping
        One number by key; keys are Python names, and the ends of an interval have two.
    verdicts : iterable of Settlement
        On claims of the chapter.

    Raises
    ------
    ScalebookError
        If a key is no name, a value is no finite number, or a claim is of another chapter.
    """
    plain = {}
    for key, value in results.items():
        if not _KEY.fullmatch(key):
            raise ScalebookError(f"{chapter}: result '{key}' needs a Python name as its key.")
        plain[key] = _plain(value, f"{chapter}: result '{key}'")
    return Record(dict(vars(parameters)), plain, settled.entries(chapter, verdicts))


def numbers_of(*steps: Any, but: Sequence[str] = ()) -> dict[str, object]:
    """Return the fields of steps (dataclasses) that hold one number, by name, but for some."""
    return {
        field.name: value
        for step in steps
        for field in fields(step)
        if isinstance(value := getattr(step, field.name), int | float | np.number)
        and not isinstance(value, bool)
        and field.name not in but
    }


def _plain(value: object, where: str) -> float | int:
    """Turn NumPy's numbers into Python's; JSON has neither them nor nan."""
    truth = isinstance(value, bool | np.bool_)  # Python counts True among the whole numbers
    if isinstance(value, numbers.Integral) and not truth:
        return int(value)
    if isinstance(value, numbers.Real) and not truth and math.isfinite(value):
        return float(value)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return _plain(value[()], where)
    raise Faulty(f"{where} is {value!r}; expected one finite number.")


class Checked(dict[str, float]):
    """Numbers that a cell computed before the reader's eyes, as the chapter has them."""

    def _repr_markdown_(self) -> str:
        def written(value: float) -> str:
            if value >= 1e6:
                return qty(value) if value < 1e15 else sci(value)
            text = num(value, 4)
            return text.rstrip("0").rstrip(".") if "." in text else text

        return ", ".join(f"`{name}` {written(value)}" for name, value in self.items())


def checked(numbers: SimpleNamespace, **found: float) -> Checked:
    """Return numbers that a cell came to, once they agree with those recorded under their names.

    Parameters
    ----------
    numbers : SimpleNamespace
        Of the record (`Record.numbers`).
    **found : float

    Raises
    ------
    ScalebookError
        If one differs, by more than sums added up in another order do, or was not recorded.
    """
    for name, value in found.items():
        kept = getattr(numbers, name, None)
        if kept is None or not math.isclose(kept, value, rel_tol=1e-9, abs_tol=1e-12):
            raise Faulty(f"the cell comes to {name} = {value!r}, the chapter to {kept!r}.")
    return Checked({name: float(value) for name, value in found.items()})


def load(chapter: str) -> dict[str, Any]:
    """Return the stored results of one chapter of the book.

    Raises
    ------
    ScalebookError
        If the chapter has not been run yet, or the file is damaged or was changed since.
    """
    path = paths.results_dir() / f"{chapter}.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not _shaped(content):
            raise ValueError(f"expected {', '.join(_SHAPE)}, as a run writes them")
    except FileNotFoundError:
        raise ScalebookError(
            f"There are no results of chapter '{chapter}' yet ({path.name} is not there). "
            f"Run `make book`, or `scalebook run {chapter}`."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ScalebookError(
            f"{path} cannot be read as results: {error}. Delete it and run `make book`."
        ) from None
    if not sealed(path, paths.executed_dir() / f"{chapter}.ipynb"):
        raise ScalebookError(
            f"The results of chapter '{chapter}', or its executed notebook, were changed after "
            f"they were made. Run `make book`, or `scalebook run {chapter}`."
        )
    return content


def _shaped(content: object) -> bool:
    """Return whether this is what the file of a chapter's results holds."""
    return (
        isinstance(content, dict)
        and all(isinstance(content.get(name), kind) for name, kind in _SHAPE.items())
        and all(isinstance(each, dict) and "id" in each for each in content["claims"])
    )


def load_all() -> dict[str, dict[str, Any]]:
    """Return the stored results of all chapters, by chapter."""
    return {chapter: load(chapter) for chapter in CHAPTERS}
