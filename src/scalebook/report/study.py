"""Everything that is computed about one table of runs, before any of it is put into words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scalebook.errors import ScalebookError
from scalinglaws import reading
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import Fit
from scalinglaws.prediction import design, methods, survey
from scalinglaws.prediction.design import Limits, Plan, Quantity
from scalinglaws.prediction.methods import Answer
from scalinglaws.runs import Runs
from scalinglaws.units import Floats, training_flop

LEVEL = 0.95

COUNT = 6
"""Next runs that are planned, each as large as the largest so far, unless said otherwise."""

_WIDE = 0.5
"""An interval of a this wide says next to nothing of it."""

_GIVEN = ("a", "E", "A", "B", "alpha", "beta", "p", "alpha_N", "alpha_D", "N_c", "D_c")
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
    each : float or None
        FLOP of a next run at most; None for the largest so far.
    """

    compute: float | None = None
    resamples: int = 1000
    seed: int = 0
    count: int = COUNT
    each: float | None = None

    def __post_init__(self) -> None:
        if self.resamples < 0 or self.resamples == 1:
            raise ScalebookError(
                f"--bootstrap {self.resamples}: expected 0 for none, or at least 2."
            )
        if self.seed < 0:
            raise ScalebookError(f"--seed {self.seed}: expected a whole number, at least 0.")
        if self.compute is not None and not 0 < self.compute <= 1e40:
            raise ScalebookError(
                f"--compute {self.compute:g}: expected a positive number of FLOP, at most 1e40."
            )


@dataclass(frozen=True)
class Spread:
    """How far the methods disagree.

    Attributes
    ----------
    lowest, highest : Answer
        With the smallest and the largest a, of those that deserve to be compared.
    apart : tuple of Answer
        Those whose a differs from the reference's by more than resampling explains.
    reference : Answer
    """

    lowest: Answer
    highest: Answer
    apart: tuple[Answer, ...]
    reference: Answer

    @property
    def width(self) -> float:
        """Largest less smallest a."""
        return self.highest.estimate["a"] - self.lowest.estimate["a"]


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
    law : Fit or None
        By `methods.REFERENCE`; it says how well the runs fix each constant. None where nothing
        could be fitted.
    outliers : list of int
        Rows far from the fit, counted from 1.
    plans : list of Plan
    no_plan : str
        Why there is none, or nothing.
    header : Header or None
        Columns and hash of the file; None for runs that are in no file.
    """

    runs: Runs = field(repr=False)
    request: Request
    compute: float
    seen: survey.Survey
    table: Runs = field(repr=False)
    answers: list[Answer]
    law: Fit | None
    outliers: list[int]
    plans: list[Plan]
    no_plan: str
    header: reading.Header | None

    @property
    def flop(self) -> Floats:
        """Compute 6 N D of the runs that were fitted, FLOP."""
        return training_flop(self.table.params, self.table.tokens)

    def answer(self, method: str) -> Answer:
        """Return the answer of one method."""
        return next(each for each in self.answers if each.method == method)

    @property
    def reference(self) -> Answer:
        """The answer with which the others are compared, if it is usable, or the first that is."""
        first = self.answer(methods.REFERENCE)
        return first if first.usable else next((a for a in self.answers if a.usable), first)

    def spread(self) -> Spread | None:
        """Return how far the methods disagree; None where fewer than two can be compared."""
        found, reference = methods.comparable(self.answers), self.reference
        if len(found) < 2:
            return None
        ordered = sorted(found, key=lambda each: each.estimate["a"])
        apart = []
        for each in found:
            ends = methods.difference(each, reference, LEVEL)
            if each is not reference and ends is not None and not ends[0] <= 0 <= ends[1]:
                apart.append(each)
        return Spread(ordered[0], ordered[-1], tuple(apart), reference)

    def floors(self) -> tuple[float, float] | None:
        """Return the smallest and largest E of the answers that deserve to be compared."""
        found = [a.estimate["E"] for a in methods.comparable(self.answers) if "E" in a.estimate]
        return (min(found), max(found)) if found else None

    def untold(self) -> list[str]:
        """Return what these runs cannot tell: constants of the law, E and a."""
        names = [name for name, told in self.law.told.items() if not told] if self.law else []
        ends = self.reference.interval("a", LEVEL)
        wide = self.request.resamples and (ends is None or ends[1] - ends[0] > _WIDE)
        if wide or not self.reference.usable:
            names.append("a")
        floors = self.floors()
        if floors and "E" not in names and not self._floor_holds(floors):
            names.append("E")
        return names

    def _floor_holds(self, floors: tuple[float, float]) -> bool:
        """Say whether the methods' floors lie no further apart than three intervals are wide."""
        ends = self.reference.interval("E", LEVEL)
        return ends is None or floors[1] - floors[0] <= 1.5 * (ends[1] - ends[0])


def of_file(source: str, request: Request) -> Study:
    """Study a file of runs, or a bundled table by name.

    Raises
    ------
    ScalebookError
        If the file cannot be read.
    """
    return of_runs(reading.read_runs(source), request, reading.header(source))


def of_runs(
    runs: Runs, request: Request, header: reading.Header | None = None
) -> Study:  # fmt: skip
    """Study a table of runs. What cannot be computed from it is said in the study.

    Raises
    ------
    ScalebookError
        If what is asked for is out of bounds.
    """
    compute = request.compute or methods.AHEAD * float(runs.flop.max())
    table = survey.on_budgets(runs.sample(methods.MOST, request.seed))
    answers = methods.compare(table, compute, resamples=request.resamples, seed=request.seed)
    by_method = {each.method: each for each in answers}
    first = by_method[methods.REFERENCE].detail
    law = first if isinstance(first, Fit) else None
    far: list[int] = []
    with np.errstate(all="ignore"):
        if law is not None:
            far = survey.outliers(np.log(runs.loss / law.predict(runs.params, runs.tokens)))
        plans, no_plan = _plans(by_method["mse"], compute, request)
    return Study(
        runs=runs,
        request=request,
        compute=compute,
        seen=survey.describe(runs),
        table=table,
        answers=answers,
        law=law,
        outliers=[place + 1 for place in far],
        plans=plans,
        no_plan=no_plan,
        header=header,
    )


def _plans(squared: Answer, compute: float, request: Request) -> tuple[list[Plan], str]:
    if request.count == 0:
        return [], "none was asked for"
    if not isinstance(squared.detail, Fit):
        return [], squared.status
    try:
        known = design.knowledge(squared.detail)
        limits = Limits(request.count, each=request.each or float(known.flop.max()))
        wanted = [Quantity("a"), Quantity("N", compute), Quantity("E")]
        return [design.plan(known, quantity, limits) for quantity in wanted], ""
    except ScalingLawsError as error:
        return [], str(error)


# As plain values


def as_values(study: Study) -> dict[str, Any]:
    """Return a study as plain values for JSON; a number that does not exist is null."""
    spread, ends = study.spread(), study.floors()
    return {
        "runs": study.runs.name,
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
        **{key: answer.estimate[key] for key in _GIVEN if key in answer.estimate},
        "aic": _plain(answer.aic),
        "intervals": _intervals(answer, _GIVEN),
        "difference_from_reference": list(pair) if pair else None,
        "at_compute": {
            **{key: answer.estimate[key] for key in _PLANNED if key in answer.estimate},
            "intervals": _intervals(answer, _PLANNED),
        },
    }


def _intervals(answer: Answer, names: Sequence[str]) -> dict[str, Any]:
    if not answer.resampling:
        return {}
    found: dict[str, Any] = {
        "method": answer.resampling,
        "level": LEVEL,
        "converged": _plain(answer.settled),
    }
    for name in names:
        ends = answer.interval(name, LEVEL)
        if name in answer.estimate:
            found[name] = list(ends) if ends and np.isfinite(ends).all() else None
    return found


def plan_values(plan: Plan) -> dict[str, Any]:
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
        "if_form_bends": {"now": _plain(plan.now_bent), "after": _plain(plan.after_bent)},
        "worth_runs_of_present_design": _plain(plan.worth),
        "others": {name: _plain(error) for name, error in plan.others.items()},
        "runs": [
            {"params": float(n), "tokens": float(d), "flop": float(c), "error_after": float(after)}
            for n, d, c, after in zip(
                plan.params, plan.tokens, plan.flop, plan.after, strict=True
            )
        ],
    }  # fmt: skip


def _ends(plan: Plan, error: float) -> list[float] | None:
    ends = plan.quantity.around(plan.value, error, LEVEL)
    return [float(end) for end in ends] if np.isfinite(ends).all() else None


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
