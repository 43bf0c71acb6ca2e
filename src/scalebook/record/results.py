"""Results of a chapter: recorded in its last cell, stored as JSON, quoted in every text.

A notebook knows nothing of paths: `record` puts the numbers into the notebook's own output, under
a media type of ours, and whoever ran the notebook takes them from there. So plain papermill keeps
them too.
"""

import json
import math
import numbers
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from scalebook import paths
from scalebook.chapters import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.record import claims
from scalebook.show import media

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Record:
    """What the last cell of a notebook shows; Jupyter asks it for its representations."""

    def __init__(self, results: dict[str, float | int], settled: list[dict[str, object]]) -> None:
        self.results, self.settled = results, settled

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {media.RESULTS: {"results": self.results, "claims": self.settled},
                "text/plain": repr(self)}  # fmt: skip

    def __repr__(self) -> str:
        count = len(self.settled)
        return f"{len(self.results)} results and {count} claim{'s' * (count != 1)} recorded."


def record(chapter: str, results: Mapping[str, object]) -> Record:
    """Record a chapter's results, with the claims that it settled; the last line of a notebook.

    Parameters
    ----------
    chapter : str
    results : mapping
        One number by key; keys are Python names, and the ends of an interval have two.

    Raises
    ------
    ScalebookError
        If a key is no name, a value is no finite number, or a claim of the chapter is not settled.
    """
    plain = {}
    for key, value in results.items():
        if not _KEY.fullmatch(key):
            raise ScalebookError(f"{chapter}: result '{key}' needs a Python name as its key.")
        plain[key] = _plain(value, f"{chapter}: result '{key}'")
    return Record(plain, claims.settled(chapter))


def _plain(value: object, where: str) -> float | int:
    """Turn NumPy's numbers into Python's; JSON has neither them nor nan."""
    truth = isinstance(value, bool | np.bool_)  # Python counts True among the whole numbers
    if isinstance(value, numbers.Integral) and not truth:
        return int(value)
    if isinstance(value, numbers.Real) and not truth and math.isfinite(value):
        return float(value)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return _plain(value[()], where)
    raise ScalebookError(f"{where} is {value!r}; expected one finite number.")


def load(chapter: str) -> dict[str, Any]:
    """Return the stored results of one chapter of the book.

    Raises
    ------
    ScalebookError
        If the chapter has not been run yet, or the file is damaged.
    """
    path = paths.results_dir() / f"{chapter}.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ScalebookError(
            f"There are no results of chapter '{chapter}' yet ({path.name} is not there). "
            f"Run `make book`, or `scalebook run {chapter}`."
        ) from None
    except (OSError, ValueError) as error:
        raise ScalebookError(
            f"{path} cannot be read as results: {error}. Delete it and run `make book`."
        ) from None
    return content


def load_all() -> dict[str, dict[str, Any]]:
    """Return the stored results of all chapters, by chapter."""
    return {chapter: load(chapter) for chapter in CHAPTERS}
