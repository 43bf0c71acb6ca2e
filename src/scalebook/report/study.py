"""Everything that is computed about one table of runs, before any of it is put into words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from scalebook.errors import ScalebookError
from scalebook.report import ahead, cautions
from scalebook.report.sources import ALL, Origin, Source
from scalinglaws import reading
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import Fit, isoflop
from scalinglaws.prediction import methods, survey
from scalinglaws.prediction.comparison import Preference
from scalinglaws.prediction.methods import Answer
from scalinglaws.runs import Runs
from scalinglaws.units import Floats, training_flop

if TYPE_CHECKING:
    from scalinglaws.prediction.design import Plan

LEVEL = 0.95

COUNT = 6
"""Next runs that are planned, each as large as the largest so far, unless said otherwise."""

FEW = 10
"""Of fewer runs a fit is a sketch; no form has more than FEW - 4 constants."""

MOST_RESAMPLES = 10_000_000

_AGREED = 0.2
"""Of an interval of a wider than this no agreement is said."""

_GIVEN = ("a", "E", "A", "B", "alpha", "beta", "p", "alpha_N", "alpha_D", "N_c", "D_c")
_WANTED = ("a", "N", "E")  # what next runs are planned for
_PLANNED = ("params", "tokens", "tokens_per_param", "loss")


@dataclass(frozen=True)
class Request:
    """What is asked of a table.

    Attributes
    ----------
    compute : float or None
        FLOP at which the optimum is wanted; None for `methods.AHEAD` times the largest run.
    resamples, seed : int
    count : int
        Next runs to plan; 0 for no plan.
    minimum : str
        How Approach 2 finds the minimum of a budget, one of `isoflop.MINIMA`.
    """

    compute: float | None = None
    resamples: int = 1000
    seed: int = 0
    count: int = COUNT
    minimum: isoflop.Minimum = "parabola"

    def __post_init__(self) -> None:
        check_resamples(self.resamples, self.seed)
        if self.compute is not None and not 0 < self.compute <= 1e40:
            raise ScalebookError(
                f"--compute {self.compute:g}: expected a positive number of FLOP, at most 1e40."
            )


def check_resamples(resamples: int, seed: int) -> None:
    """Complain of a number of resamples, or a seed, that cannot be.

    Raises
    ------
    ScalebookError
        If one is out of bounds.
    """
    if resamples != 0 and not 2 <= resamples <= MOST_RESAMPLES:
        raise ScalebookError(
            f"--bootstrap {resamples}: expected 0 for none, or from 2 to {MOST_RESAMPLES:,}."
        )
    if seed < 0:
        raise ScalebookError(f"--seed {seed}: expected a whole number, at least 0.")


@dataclass(frozen=True)
class Spread:
    """How far the methods disagree.

    Attributes
    ----------
    lowest, highest : Answer
        With the smallest and the largest a, of those that deserve to be compared.
    apart : tuple of Answer
        Those whose a differs from the reference's by more than resampling explains.
    silent : tuple of Answer
        Those whose difference from the reference has no interval.
    reference : Answer
    """

    lowest: Answer
    highest: Answer
    apart: tuple[Answer, ...]
    silent: tuple[Answer, ...]
    reference: Answer

    @property
    def width(self) -> float:
        """Largest less smallest a."""
        return self.highest.estimate["a"] - self.lowest.estimate["a"]

    @property
    def agreed(self) -> bool:
        """Whether the reference's interval is so narrow that methods within it agree."""
        ends = self.reference.interval("a", LEVEL)
        return ends is not None and ends[1] - ends[0] <= _AGREED


@dataclass(frozen=True)
class Study:
    """Everything that is computed about one table of runs.

    Attributes
    ----------
    runs : Runs
    request : Request
    compute : float
        FLOP at which the optimum was asked for.
    seen : Survey
    table : Runs
        Those that were fitted.
    answers : list of Answer
        By every method.
    plans : list of Plan
    no_plan : str
        Why there is none, or nothing.
    header : Header or None
        Columns and hash of the file; None for runs that are in no file.
    origin : Origin
    minima : dict of str to float
        The a of Approach 2 by each way to find a minimum, where it has one.
    prediction : dict or None
        What `ahead.as_values` has of the best run at `compute`.
    """

    runs: Runs = field(repr=False)
    request: Request
    compute: float
    seen: survey.Survey
    table: Runs = field(repr=False)
    answers: list[Answer]
    plans: "list[Plan]"
    no_plan: str
    header: reading.Header | None
    origin: Origin
    minima: dict[str, float] = field(default_factory=dict)
    prediction: dict[str, Any] | None = None

    @property
    def law(self) -> Fit | None:
        """The fit to lead with, which says how well the runs fix each constant.

        It is that by `methods.REFERENCE` where an allocation leads, and None without either.
        """
        found = (self.reference.detail, self.answer(methods.REFERENCE).detail)
        return next((each for each in found if isinstance(each, Fit)), None)

    @property
    def outliers(self) -> list[int]:
        """Rows far from the fit, counted from 1."""
        return outliers(self.law, self.runs) if self.law else []

    @property
    def flop(self) -> Floats:
        """Compute 6 N D of the runs that were fitted, FLOP."""
        return training_flop(self.table.params, self.table.tokens)

    @property
    def misfit(self) -> float:
        """Root mean square residual of log loss by squared error; NaN without such a fit."""
        off = self.answer("mse").residuals
        return float("nan") if off is None else float(np.sqrt(np.mean(off**2)))

    def answer(self, method: str) -> Answer:
        """Return the answer of one method."""
        return next(each for each in self.answers if each.method == method)

    @property
    def reference(self) -> Answer:
        """The answer to lead with, and with which the others are compared."""
        return methods.leading(self.answers)

    def spread(self) -> Spread | None:
        """Return how far the methods disagree; None where fewer than two can be compared."""
        found, reference = methods.comparable(self.answers), self.reference
        if len(found) < 2:
            return None
        ordered = sorted(found, key=lambda each: each.estimate["a"])
        apart, silent = [], []
        for each in found:
            ends = methods.difference(each, reference, LEVEL)
            if each is not reference and ends is None:
                silent.append(each)
            elif each is not reference and ends is not None and not ends[0] <= 0 <= ends[1]:
                apart.append(each)
        return Spread(ordered[0], ordered[-1], tuple(apart), tuple(silent), reference)

    @cached_property
    def preference(self) -> Preference | None:
        """Which form the runs prefer; None if no form has an optimum that they tell."""
        return methods.preference(self.answers)

    @property
    def warnings(self) -> list[str]:
        """What a reader has to know before the numbers."""
        floor = self.reference.estimate.get("E")
        found = cautions.of_table(self.runs, floor)
        if self.law is not None:
            found += cautions.of_fit(self.law, self._told() | {"a": self.reference.usable})
        return found

    def _told(self) -> dict[str, bool]:
        """Whether the runs tell each constant of the law, whatever its power."""
        told = self.law.told if self.law else {}
        return {name: value for name, value in told.items() if name != "p"}

    def floors(self) -> tuple[float, float] | None:
        """Return the smallest and largest E of the answers that deserve to be compared."""
        found = [a.estimate["E"] for a in methods.comparable(self.answers) if "E" in a.estimate]
        return (min(found), max(found)) if found else None

    def untold(self) -> list[str]:
        """Return what these runs cannot tell: constants of the law, E and a."""
        names = [name for name, told in self._told().items() if not told]
        ends = self.reference.interval("a", LEVEL)
        wide = self.request.resamples and (ends is None or ends[1] - ends[0] > methods.WIDEST)
        if wide or not self.reference.usable:
            names.append("a")
        if "E" not in names and not self.floor_holds():
            names.append("E")
        return names

    def floor_holds(self) -> bool:
        """Say whether no floors lie further apart than one and a half times an interval."""
        floors, ends = self.floors(), self.reference.interval("E", LEVEL)
        if floors is None or ends is None:
            return True
        return floors[1] - floors[0] <= 1.5 * (ends[1] - ends[0])


def of_file(
    source: str | Source, request: Request, progress: Callable[[int, int], None] | None = None
) -> Study:
    """Study a file of runs, or a bundled table by name.

    Parameters
    ----------
    source : str or Source
        By its name alone, all suites together.
    request : Request
    progress : callable, optional
        As for `of_runs`.

    Raises
    ------
    ScalebookError
        If the file cannot be read.
    """
    source = Source(source, ALL) if isinstance(source, str) else source
    found, origin = source.read()
    return of_runs(found.runs, request, found.header(), progress, origin)


def of_runs(
    runs: Runs,
    request: Request,
    header: reading.Header | None = None,
    progress: Callable[[int, int], None] | None = None,
    origin: Origin | None = None,
) -> Study:
    """Study a table of runs. What cannot be computed from it is said in the study.

    Parameters
    ----------
    runs : Runs
    request : Request
    header : Header, optional
        Of the file that they are from.
    progress : callable, optional
        Called after each method and plan with how many are done and how many there are.
    origin : Origin, optional
        Where they are from; a file of the header's name otherwise.

    Raises
    ------
    ScalebookError
        If what is asked for is out of bounds.
    """
    compute = request.compute or methods.AHEAD * float(runs.flop.max())
    table = survey.on_budgets(runs.distinct().sample(methods.MOST, request.seed))
    asked = len(methods.METHODS)
    whole = asked + len(_WANTED) * (request.count > 0)

    def tell(done: int, _: int = 0) -> None:
        if progress is not None:
            progress(done, whole)

    answers = methods.compare(
        table, compute, resamples=request.resamples, seed=request.seed, minimum=request.minimum,
        progress=tell,
    )  # fmt: skip
    squared = next(each for each in answers if each.method == "mse")
    with np.errstate(all="ignore"):
        plans, no_plan = _plans(squared, compute, request, lambda done: tell(asked + done))
    seen = survey.describe(runs)
    origin = origin or Origin(header.path.name if header else runs.name)
    minima = _minima(table, compute)
    return Study(
        runs, request, compute, seen, table, answers, plans, no_plan, header, origin, minima,
        ahead.of_runs(runs, compute),
    )  # fmt: skip


def _minima(table: Runs, compute: float) -> dict[str, float]:
    """Return the a of Approach 2 by each way to find a minimum, where it has one."""
    found = {
        way: methods.compare(table, compute, resamples=0, methods=["isoflop"], minimum=way)[0]
        for way in isoflop.MINIMA
    }
    return {way: answer.estimate["a"] for way, answer in found.items() if answer.usable}


def outliers(law: Fit, runs: Runs) -> list[int]:
    """Return the rows of runs far from a fit, counted from 1."""
    with np.errstate(all="ignore"):
        off = np.log(runs.loss / law.predict(runs.params, runs.tokens))
        return [place + 1 for place in survey.outliers(off)]


def _plans(
    squared: Answer, compute: float, request: Request, tell: Callable[[int], None]
) -> "tuple[list[Plan], str]":
    if request.count == 0:
        return [], "none was asked for"
    if not isinstance(squared.detail, Fit):
        return [], squared.status
    # A thirtieth of a second of import, which a single fit does not need.
    from scalinglaws.prediction import design

    plans: list[Plan] = []
    try:
        known = design.knowledge(squared.detail)
        limits = design.Limits(request.count, each=float(known.flop.max()))
        for name in _WANTED:
            wanted = design.Quantity(name, compute if name == "N" else np.nan)
            plans.append(design.plan(known, wanted, limits))
            tell(len(plans))
        return plans, ""
    except ScalingLawsError as error:
        return [], str(error)


# As plain values


def as_values(study: Study) -> dict[str, Any]:
    """Return a study as plain values for JSON; a number that does not exist is null."""
    spread, ends = study.spread(), study.floors()
    return {
        "runs": study.runs.name,
        "note": study.origin.note,
        "reading": list(study.origin.notes),
        "sha256": study.header.sha256 if study.header else None,
        "n": study.seen.runs,
        "fitted": len(study.table),
        "compute": study.compute,
        "seed": study.request.seed,
        "ranges": {name: list(pair) for name, pair in study.seen.ranges.items()},
        "repeats": {
            "rows": study.seen.doubles,
            "copies": study.seen.copies,
            "noise": _plain(study.seen.repeat_noise),
        },
        "budgets": [list(pair) for pair in study.seen.budgets],
        "outliers": study.outliers,
        "untold": study.untold(),
        "warnings": study.warnings,
        "form": methods.METHODS[study.reference.method].form or None,
        "preferred_by": study.preference.by if study.preference else None,
        "lead": study.reference.method,
        "minima": study.minima,
        "prediction": study.prediction,
        "fits": [_fit_values(each, study.reference) for each in study.answers],
        "sensitivity": {
            "a": [spread.lowest.estimate["a"], spread.highest.estimate["a"]] if spread else None,
            "E": list(ends) if ends else None,
            "compared": [each.method for each in methods.comparable(study.answers)],
            "apart": [each.method for each in spread.apart] if spread else [],
        },
        "next": [plan_values(each) for each in study.plans],
        "no_next": study.no_plan or None,
    }


def _fit_values(answer: Answer, reference: Answer) -> dict[str, Any]:
    pair = methods.difference(answer, reference, LEVEL) if answer is not reference else None
    return {
        "method": answer.method,
        "label": answer.label,
        "kind": answer.kind,
        "minimises": answer.minimises,
        "status": answer.status,
        **_estimates(answer, _GIVEN),
        "aic": _plain(answer.aic),
        "intervals": _intervals(answer, _GIVEN),
        "difference_from_reference": list(pair) if pair else None,
        "at_compute": {
            **_estimates(answer, _PLANNED),
            "intervals": _intervals(answer, _PLANNED),
        },
    }


def _estimates(answer: Answer, names: Sequence[str]) -> dict[str, float | None]:
    """Return what an answer gives of these; None for what its form has and the runs do not tell."""
    has = {"a", *_PLANNED} if answer.detail is not None else set()
    if isinstance(answer.detail, Fit):
        has |= set(() if answer.detail.form.tied else answer.detail.form.free)
    return {n: answer.estimate.get(n) for n in names if n in answer.estimate or n in has}


def _intervals(answer: Answer, names: Sequence[str]) -> dict[str, Any]:
    if not answer.resampling:
        return {}
    found: dict[str, Any] = {
        "of": cautions.OF,
        "method": answer.resampling,
        "level": LEVEL,
        "converged": _plain(answer.settled),
    }
    for name in names:
        ends = answer.interval(name, LEVEL)
        if name in answer.estimate:
            found[name] = list(ends) if ends and np.isfinite(ends).all() else None
    return found


def plan_values(plan: "Plan") -> dict[str, Any]:
    """Return a plan as plain values for JSON."""
    wanted, end = plan.quantity, float(plan.after[-1])
    return {
        "for": wanted.name,
        "value": plan.value,
        "error_of": f"log {wanted.kind}" if wanted.multiplies else wanted.kind,
        "noise": plan.noise,
        "n": plan.n,
        "guarded": plan.guarded,
        "level": LEVEL,
        "now": {"error": plan.now, "interval": _ends(plan, plan.now)},
        "after": {"error": end, "interval": _ends(plan, end)},
        "if_form_bends": {
            "now": _plain(plan.now_bent),
            "after": _plain(plan.after_bent),
            "others": {name: _plain(error) for name, error in plan.others_bent.items()},
        },
        "worth_runs_of_present_design": _plain(plan.worth),
        "others": {name: _plain(error) for name, error in plan.others.items()},
        "by": plan.by or None,
        "runs": [
            {"params": float(n), "tokens": float(d), "flop": float(c), "error_after": float(after)}
            for n, d, c, after in zip(
                plan.params, plan.tokens, plan.flop, plan.after, strict=True
            )
        ],
    }  # fmt: skip


def _ends(plan: "Plan", error: float) -> list[float] | None:
    ends = plan.quantity.around(plan.value, error, LEVEL)
    return [float(end) for end in ends] if np.isfinite(ends).all() else None


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
