"""What the commands print of runs, as Markdown for a terminal or a pipe."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scalebook.report import wording
from scalebook.report.answers import CONSTANTS, Fitted, Given
from scalebook.report.study import Study, outliers
from scalinglaws.prediction import survey

if TYPE_CHECKING:
    from scalinglaws.prediction.design import Plan

_SHOWN = ("heading", "short", "data", "fits", "disagreement")
_WIDTH = 100


def write(study: Study) -> str:
    """Return what a study says of the data and of the fits, without its figures."""
    return _filled(wording.report(study, _SHOWN))


def fit(fitted: Fitted) -> str:
    """Return what a table of runs holds, and its fit by one method."""
    found = fitted.found
    values = {
        "runs": found.runs,
        "origin": fitted.origin,
        "seen": survey.describe(found.runs),
        "far_off": outliers(found, found.runs),
        "fit": fitted.as_values(),
        "constants": CONSTANTS,
    }
    return _filled(wording.say("fit", ["one_fit"], **values))


def plan(rows: Sequence[dict[str, Any]], given: Given) -> str:
    """Return the outcome of `answers.plan`; `given` is what the plan started from."""
    return _filled(wording.say("plans", ["plan"], rows=rows, given=given))


def next_runs(made: "Plan") -> str:
    """Return a plan of the next runs."""
    return _filled(wording.say("plans", ["next_runs"], made=made))


def _filled(markdown: str) -> str:
    return wording.tidy(markdown, _WIDTH).rstrip("\n")
