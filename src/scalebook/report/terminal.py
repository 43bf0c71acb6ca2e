"""What the commands print of runs, as Markdown for a terminal or a pipe."""

from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

from scalebook.report import ahead, wording
from scalebook.report.answers import CONSTANTS, Fitted, Given
from scalebook.report.sources import Origin
from scalebook.report.study import Study, outliers
from scalebook.show.templates import plain
from scalinglaws.prediction import survey

if TYPE_CHECKING:
    from scalinglaws.prediction.backtesting import Backtest, Reach
    from scalinglaws.prediction.design import Plan
    from scalinglaws.prediction.forecast import Forecast

_SHOWN = ("heading", "short", "ahead", "data", "fits", "disagreement")
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
        "formula": fitted.chosen.form.formula if fitted.chosen else "",
    }
    return _filled(wording.say("fit", ["one_fit"], **values))


def plan(rows: Sequence[dict[str, Any]], given: Given) -> str:
    """Return the outcome of `answers.plan`; `given` is what the plan started from."""
    return _filled(wording.say("plans", ["plan"], rows=rows, given=given))


def next_runs(made: "Plan", origin: Origin) -> str:
    """Return a plan of the next runs, and how those at hand were read."""
    read = wording.say("fit", ["read"], origin=origin)
    return _filled("\n".join([read, wording.say("plans", ["next_runs"], made=made)]).lstrip())


def noted(origin: "Origin") -> str:
    """Return how a table was read, where that is not plain from it, as a list."""
    return "".join(f"- {plain(note)}\n" for note in origin.notes) + "\n" * bool(origin.notes)


def prediction(found: "Forecast") -> str:
    """Return a prediction in words."""
    return _filled(ahead.write(ahead.as_values(found)))


def backtest_values(found: "Backtest") -> dict[str, Any]:
    """Return a backtest as plain values: a row a split and band, and what they come to."""
    return {**asdict(found), "best": found.best}


def backtest(found: "Backtest") -> str:
    """Return a backtest in words: the best on larger runs first."""
    best, splits = found.totals[0], len({row.split for row in found.rows})
    lines = [
        f"**{found.best}** did best on larger runs of {found.name}: typical error "
        f"{best.error:.2%}, over {splits} {'split' if splits == 1 else 'splits'} of {found.n} "
        "runs, all splits and distances alike.",
        "",
        f"Share of the larger runs that each interval held, which promised {found.level:.0%}:",
        "",
    ]
    named = {(each.nearest, each.furthest) for each in found.distances}
    places = sorted(named)
    heads = [f"{a:g}-{b:g}x" if isfinite(b) else f">{a:g}x" for a, b in places]
    lines += [
        f"| method | interval | error | width | {' | '.join(heads)} |",
        f"| --- | --- | ---: | ---: |{' ---: |' * len(places)}",
    ]
    held = {
        (each.method, each.interval, each.nearest, each.furthest): each for each in found.distances
    }
    for each in found.totals:
        shares = [_share(held.get((each.method, each.interval, *place))) for place in places]
        lines.append(
            f"| {each.method} | {each.interval} | {each.error:.2%} | {each.width:.2%} | "
            f"{' | '.join(shares)} |"
        )
    if found.without:
        lines += ["", f"The calibrated bands are those without the runs of {found.without}."]
    if found.failed:
        said = ", ".join(f"{name} at {count}" for name, count in found.failed.items())
        lines += ["", f"Splits that gave no answer: {said}."]
    return _filled("\n".join(lines))


def _share(each: "Reach | None") -> str:
    return "-" if each is None else f"{each.held:.0%}"


def _filled(markdown: str) -> str:
    return wording.tidy(markdown, _WIDTH).rstrip("\n")
