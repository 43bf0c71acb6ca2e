"""Everything that is computed about one table of runs, before any of it is put into words."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scalebook.errors import ScalebookError
from scalinglaws import catalogue, reading
from scalinglaws.errors import ScalingLawsError, shortened
from scalinglaws.fitting import Fit
from scalinglaws.prediction import methods, survey
from scalinglaws.prediction.methods import Answer
from scalinglaws.runs import Runs
from scalinglaws.units import Floats, training_flop

if TYPE_CHECKING:
    from scalinglaws.prediction.design import Plan

LEVEL = 0.95

COUNT = 6
"""Next runs that are planned, each as large as the largest so far, unless said otherwise."""

ALL = "all"
"""In place of a suite: the runs of all of them together."""

FEW = 10
"""Of fewer runs a fit is a sketch; no form has more than FEW - 4 constants."""

MOST_RESAMPLES = 10_000_000

_LISTED = 30  # suites in a message

_CLEARLY = 10.0  # difference in AIC, as in `methods.comparable`

_WIDE = 0.5
"""An interval of a this wide says next to nothing of it."""

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
    """

    compute: float | None = None
    resamples: int = 1000
    seed: int = 0
    count: int = COUNT

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
class Origin:
    """Where runs are from.

    Attributes
    ----------
    name : str
        As it is given to a command: a bundled table, or the name of a file.
    suite : str or None
        The one that was chosen, or `ALL` of several; None where no choice was made.
    note : str or None
        Which rows of a bundled table must not be fitted together; None for other tables.
    """

    name: str
    suite: str | None = None
    note: str | None = None

    @property
    def chosen(self) -> bool:
        """Whether the runs are one suite of the table."""
        return self.suite not in (None, ALL)


def read(source: str, suite: str | None = None) -> tuple[Runs, Origin]:
    """Return the runs of a file or of a bundled table, of one suite, and where they are from.

    Parameters
    ----------
    source : str
    suite : str, optional
        One of the table's, or `ALL`. Without it, a table of several suites is refused.

    Raises
    ------
    ScalebookError
        If there is a choice of suites and none was made.
    ScalingLawsError
        If the file cannot be read, or there is no such suite.
    """
    runs = reading.read_runs(source)
    bundled, known = source in reading.bundled_names(), catalogue.tables()
    about = known.get("isoflop_runs" if source in reading.SUITES else source) if bundled else None
    name = source if bundled else _beside(Path(source).name)
    if suite is None and len(runs.suites) > 1:
        raise ScalebookError(
            f"{runs.name} has {len(runs.suites)} suites, which may not follow one law. Choose one "
            f"with --suite, such as --suite {_typed(runs.suites[0])}, or fit them all together "
            f"with --suite {ALL}. The suites: {_list(runs.suites)}"
        )
    if suite is not None and suite != ALL:
        if not runs.suites:
            raise ScalebookError(
                f"--suite {shortened(suite)}: {runs.name} has no column suite. Leave --suite out."
            )
        runs = replace(runs.of_suite(suite), name=f"{runs.name}, suite {_typed(suite)}")
    elif len(runs.suites) < 2:
        suite = None
    return runs, Origin(name, suite, about.pooling if about else None)


def _beside(name: str) -> str:
    """Return the name of a file here, so that no command takes it for an option or a table."""
    return f"./{name}" if name.startswith("-") or name in reading.bundled_names() else name


def _typed(suite: str) -> str:
    """Return the name of a suite as it is typed."""
    return shlex.quote(suite) if suite.isprintable() else shortened(suite)


def _list(suites: Sequence[str]) -> str:
    more = f" and {len(suites) - _LISTED:,} more" if len(suites) > _LISTED else ""
    return f"{', '.join(map(_typed, suites[:_LISTED]))}{more}."


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

    @property
    def law(self) -> Fit | None:
        """The fit by `methods.REFERENCE`, which says how well the runs fix each constant."""
        found = self.answer(methods.REFERENCE).detail
        return found if isinstance(found, Fit) else None

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
        """The answer with which the others are compared: the first of those that deserve it."""
        first = self.answer(methods.REFERENCE)
        return first if first.usable else next(iter(methods.comparable(self.answers)), first)

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

    def better(self) -> tuple[Answer, float] | None:
        """Return the form that beats the law clearly, and by how much AIC; None without one."""
        forms = [each for each in self.answers if np.isfinite(each.aic)]
        best = min(forms, key=lambda each: each.aic, default=None)
        if best is None or self.reference.kind != "law":
            return None
        lead = self.answer("mse").aic - best.aic
        return (best, lead) if lead > _CLEARLY else None

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
    source: str,
    request: Request,
    progress: Callable[[int, int], None] | None = None,
    *,
    suite: str | None = ALL,
) -> Study:
    """Study a file of runs, or a bundled table by name.

    Parameters
    ----------
    source : str
    request : Request
    progress : callable, optional
        As for `of_runs`.
    suite : str or None
        As for `read`: unless it is given, all suites of a table together.

    Raises
    ------
    ScalebookError
        If the file cannot be read.
    """
    runs, origin = read(source, suite)
    return of_runs(runs, request, reading.header(source), progress, origin)


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
    table = survey.on_budgets(runs.sample(methods.MOST, request.seed))
    asked = len(methods.METHODS)
    whole = asked + len(_WANTED) * (request.count > 0)

    def tell(done: int, _: int = 0) -> None:
        if progress is not None:
            progress(done, whole)

    answers = methods.compare(
        table, compute, resamples=request.resamples, seed=request.seed, progress=tell
    )
    squared = next(each for each in answers if each.method == "mse")
    with np.errstate(all="ignore"):
        plans, no_plan = _plans(squared, compute, request, lambda done: tell(asked + done))
    seen = survey.describe(runs)
    origin = origin or Origin(header.path.name if header else runs.name)
    return Study(runs, request, compute, seen, table, answers, plans, no_plan, header, origin)


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


def _ends(plan: "Plan", error: float) -> list[float] | None:
    ends = plan.quantity.around(plan.value, error, LEVEL)
    return [float(end) for end in ends] if np.isfinite(ends).all() else None


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
