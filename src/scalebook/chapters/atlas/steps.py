"""What the chapter on all public tables does: it reads stored fits, pools them, and tests laws."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from scalebook.chapters.common import kept
from scalebook.chapters.parameter import Parameters
from scalinglaws import catalogue, datapackage, fitting
from scalinglaws.atlas import answers, hierarchy
from scalinglaws.atlas import inventory as suites_
from scalinglaws.atlas.hierarchy import Pooled
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import isoflop
from scalinglaws.fitting.resample import interval
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import repetition
from scalinglaws.prediction import survey
from scalinglaws.prediction.comparison import CLEARLY
from scalinglaws.registry import published
from scalinglaws.runs import Runs
from scalinglaws.units import Floats

#: Against which the other methods are set.
REFERENCE = "huber"
#: What may move an exponent besides the method, and how it is called.
COVARIATES = {
    "without": "parameters counted without embeddings",
    "unfinished": "read before the learning rate had decayed",
    "constant": "learning rate never decayed",
}
#: The form that each method fits; those that fit none, of a loss, are not judged by it.
FORM = {"huber": "mse", "mse": "mse", "varpro": "mse", "powermean": "powermean",
        "kaplan+floor": "kaplan+floor", "kaplan": "kaplan", "sum": "sum"}  # fmt: skip
FORMS = tuple(dict.fromkeys(FORM.values()))
#: Budget far beyond the runs at which ratios are compared, FLOP.
FAR = 1e24
RULE = 20.0  # tokens per parameter
_ERRORS = 2 * 1.959964  # standard errors that a 95% interval spans


@dataclass(frozen=True)
class Suite:
    """A suite, as it is stored."""

    name: str
    laboratory: str
    table: str
    embeddings: bool
    schedule: str
    runs: int
    compute: float


@dataclass(frozen=True)
class Told:
    """What one method says of one suite, with the ends of 95% intervals."""

    suite: Suite
    a: tuple[float, float, float]
    ratio: tuple[float, float, float]
    far: tuple[float, float, float]
    floor: tuple[float, float, float]
    shift: tuple[float, float, float]

    @property
    def error(self) -> float:
        """Standard error of a."""
        return (self.a[2] - self.a[1]) / _ERRORS


@dataclass(frozen=True)
class Atlas:
    """All suites, what each method says of those whose exponent it tells, and who fits best.

    `aic` is above the lowest of all forms, `held_out` the error at the largest runs, log loss; by
    suite and form. `made` is the day of the fits.
    """

    suites: dict[str, Suite]
    told: dict[str, list[Told]]
    aic: dict[str, dict[str, float]]
    held_out: dict[str, dict[str, float]]
    made: str


@kept
def atlas() -> Atlas:
    """Read the stored fits of every suite by every method."""
    suites = {
        row["suite"]: Suite(
            row["suite"], row["laboratory"], row["table"], bool(row["embeddings"]), row["schedule"],
            row["runs"], row["compute"],
        )
        for row in datapackage.rows("atlas_suites")
    }  # fmt: skip
    rows = answers.stored()
    told: dict[str, list[Told]] = {method: [] for method in answers.LABELS}
    aic: dict[str, dict[str, float]] = {name: {} for name in suites}
    held_out: dict[str, dict[str, float]] = {name: {} for name in suites}
    for row in rows:
        suite, method = suites[row["suite"]], row["method"]
        for name, place in (("aic", aic), ("held_out", held_out)):
            if np.isfinite(row[name]):
                place[suite.name][method] = row[name]
        if row["status"] == "told":
            spans = ((row[name], row[f"{name}_low"], row[f"{name}_high"])
                     for name in ("a", "ratio", "ratio_1e24", "E", "shift"))  # fmt: skip
            told[method].append(Told(suite, *spans))
    return Atlas(suites, told, aic, held_out, rows[0]["made"])


def laboratories(told: list[Told]) -> int:
    """Return how many laboratories the suites are of."""
    return len({each.suite.laboratory for each in told})


# What is common, and what moves the exponent


@dataclass(frozen=True)
class Pools:
    """The exponents of all suites pooled, laboratories apart.

    `plain` by method and without covariates, `moved` with them by the method of the parameters, and
    `shifts` the differences of each other method from `REFERENCE`.
    """

    plain: dict[str, Pooled]
    moved: Pooled
    shifts: dict[str, Pooled]


def pools(p: Parameters, found: Atlas) -> Pools:
    """Pool the exponents of every method."""
    plain = {method: _pool(told) for method, told in found.told.items()}
    shifts = {
        method: _pool(both, [each.shift for each in both])
        for method, told in found.told.items()
        if method != REFERENCE
        for both in [[each for each in told if np.isfinite(each.shift).all()]]
    }
    told = found.told[p.method]
    columns = {
        "without": [not each.suite.embeddings for each in told],
        "unfinished": [each.suite.schedule == "unfinished" for each in told],
        "constant": [each.suite.schedule == "constant" for each in told],
    }
    varied = {name: column for name, column in columns.items() if sum(column) >= 2}
    return Pools(plain, _pool(told, covariates=varied), shifts)


def _pool(
    told: list[Told],
    spans: list[tuple[float, float, float]] | None = None,
    covariates: dict[str, list[bool]] | None = None,
) -> Pooled:
    value, low, high = np.array(spans or [each.a for each in told]).T
    laboratory = [each.suite.laboratory for each in told]
    return hierarchy.pool(value, (high - low) / _ERRORS, laboratory, covariates)


@dataclass(frozen=True)
class Spread:
    """Exponents by every method whose form a suite does not clearly reject.

    Laboratories count alike, and so do the suites of one and the methods of a suite. `low` and
    `high` are the ends of the middle 90%, `least` and `most` of all.
    """

    low: float
    high: float
    least: float
    most: float
    count: int


def spread(found: Atlas) -> Spread:
    """Return the spread of the exponent over suites and forms."""
    values, labels = [], []
    for method, told in found.told.items():
        for each in told:
            judged = found.aic[each.suite.name]
            if method not in FORM or judged.get(FORM[method], np.inf) <= CLEARLY:
                values.append(each.a[0])
                labels.append((each.suite.laboratory, each.suite.name))
    laboratory = np.array([one for one, _ in labels])
    suite = np.array([two for _, two in labels])
    weight = np.ones(len(values))
    for i in range(len(values)):
        mine = laboratory == laboratory[i]
        weight[i] = 1 / (len(np.unique(suite[mine])) * (suite == suite[i]).sum())
    order = np.argsort(values)
    below = np.cumsum(weight[order]) / weight.sum()
    low, high = np.interp([0.05, 0.95], below, np.array(values)[order])
    return Spread(float(low), float(high), min(values), max(values), len(values))


# Forms


@dataclass(frozen=True)
class Forms:
    """Which form the suites prefer.

    `rejected` counts suites, of `judged`, that another form describes better by more than ten in
    Akaike's criterion; `best` those in which a form predicts the largest runs best, of `predicted`;
    by form. `by_laboratory` has the same of each laboratory: suites, and rejected by form.
    """

    judged: dict[str, int]
    rejected: dict[str, int]
    predicted: int
    best: dict[str, int]
    by_laboratory: dict[str, tuple[int, dict[str, int], dict[str, int]]]


def forms(found: Atlas) -> Forms:
    """Count which forms the suites reject, and which predict best; each suite counted once."""
    once = [each for each in found.suites if not each.endswith(suites_.RECOUNTED)]
    everything = _counted(found, once)
    laboratory = dict.fromkeys(found.suites[each].laboratory for each in once)
    parts = {
        name: _counted(found, [each for each in once if found.suites[each].laboratory == name])
        for name in laboratory
    }
    return Forms(
        everything[0], everything[1], sum(everything[2].values()), everything[2],
        {name: (max(judged.values()), rejected, best)
         for name, (judged, rejected, best) in parts.items()},
    )  # fmt: skip


def _counted(found: Atlas, names: list[str]) -> tuple[dict[str, int], ...]:
    judged, rejected, best = (dict.fromkeys(FORMS, 0) for _ in range(3))
    for name in names:
        for form, value in found.aic[name].items():
            judged[form] += 1
            rejected[form] += value > CLEARLY
        errors = found.held_out[name]
        if errors:
            best[min(errors, key=lambda form: errors[form])] += 1
    return judged, rejected, best


@cache  # of what nobody changes; the tables take a second to read
def _entries() -> dict[str, suites_.Entry]:
    return {each.name: each for each in suites_.entries()}


# Published laws on their own runs


@dataclass(frozen=True)
class OnItsOwn:
    """A published law on the runs that it was fitted to: root mean square errors of log loss.

    `bias` is the mean of the residuals, above zero where runs end worse than the law says.
    """

    runs: int
    error: float
    refit: float
    bias: float

    @property
    def times(self) -> float:
        """How many times the error of the same form fitted to the same runs."""
        return self.error / self.refit


@kept
def laws() -> dict[str, OnItsOwn]:
    """Set the published laws whose runs are public against these runs."""
    everything = _entries()
    hoffmann = everything["hoffmann2022_runs"].runs
    once = [
        row["epochs"] == 1 and row["in_published_fit"] == 1
        for row in datapackage.rows("muennighoff2023")
    ]
    muennighoff = catalogue.table("muennighoff2023").take(np.array(once))
    found = {
        name: _on_its_own(published[name].loss(hoffmann.params, hoffmann.tokens), hoffmann)
        for name in ("hoffmann2022", "hoffmann2022-printed", "besiroglu2024")
    }
    # Of the law for repeated data there is still its second part, on parameters in excess.
    size, data = muennighoff.params, muennighoff.tokens
    loss = repetition.published().loss(size, data, data)
    found["muennighoff2023"] = _on_its_own(loss, muennighoff)
    for row in datapackage.rows("gemstones2025_fits"):
        name = row["suite"] + ("" if row["embeddings"] == "yes" else suites_.RECOUNTED)
        if row["delta"] == 1e-3 and name in everything:
            law = ParametricLaw(row["E"], row["A"], row["B"], row["alpha"], row["beta"])
            runs = everything[name].suite.readings
            found[name] = _on_its_own(law.loss(runs.params, runs.tokens), runs)
    return found


def _on_its_own(loss: Floats, runs: Runs) -> OnItsOwn:
    residuals = np.log(runs.loss / loss)
    best = fitting.fit(runs, error="mse").residuals
    return OnItsOwn(
        len(runs), float(np.sqrt(np.mean(residuals**2))), float(np.sqrt(np.mean(best**2))),
        float(residuals.mean()),
    )  # fmt: skip


# Smaller questions


@dataclass(frozen=True)
class Valleys:
    """How the curvature of isoFLOP profiles goes with compute.

    `slopes` of log curvature in log compute with 95% intervals, by suite.
    """

    slopes: dict[str, tuple[float, float, float]]

    @property
    def flatter(self) -> int:
        """Suites whose profiles become flatter, the whole interval below zero."""
        return sum(high < 0 for _, _, high in self.slopes.values())

    @property
    def steeper(self) -> int:
        """Suites whose profiles become steeper, the whole interval above zero."""
        return sum(low > 0 for _, low, _ in self.slopes.values())


@kept
def valleys() -> Valleys:
    """Fit the curvature of every budget's parabola as a power of compute."""
    slopes = {}
    for each in _entries().values():
        try:
            found = isoflop.profiles(survey.on_budgets(each.profiled), minimum="window")
        except ScalingLawsError:
            continue
        bent = found.used & (found.curvature > 0)
        if bent.sum() >= 4:
            slopes[each.name] = _slope(np.log(found.compute[bent]), np.log(found.curvature[bent]))
    return Valleys(slopes)


def _slope(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Return the slope of a line with its 95% interval, of resampled points."""
    rng = np.random.default_rng(0)
    place = rng.integers(0, len(x), size=(2000, len(x)))
    off = x[place] - x[place].mean(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (off * y[place]).sum(axis=1) / (off**2).sum(axis=1)
    low, high = interval(slopes[np.isfinite(slopes)])
    return float(np.polyfit(x, y, 1)[0]), float(low), float(high)


@dataclass(frozen=True)
class Seeds:
    """How far runs that differ in nothing but their seed lie apart: relative difference of loss.

    `groups` has the highest over the lowest of each group of them, less 1.
    """

    groups: tuple[float, ...]

    @property
    def cells(self) -> int:
        """Groups of runs."""
        return len(self.groups)

    @property
    def middle(self) -> float:
        """Median of the groups."""
        return float(np.median(self.groups))

    @property
    def most(self) -> float:
        """Widest of the groups."""
        return max(self.groups)


@kept
def seeds() -> Seeds:
    """Compare the runs of Muennighoff et al. that differ in their seed alone."""
    cells: dict[tuple[float, ...], list[float]] = {}
    for row in datapackage.rows("muennighoff2023"):
        if row["seed"] > 0:
            key = tuple(row[k] for k in ("params", "tokens", "unique_tokens"))
            cells.setdefault(key, []).append(row["loss"])
    return Seeds(tuple(max(each) / min(each) - 1 for each in cells.values() if len(each) > 1))


@dataclass(frozen=True)
class Again:
    """One of the stored fits, made from nothing: the exponent with its 95% interval."""

    dclm: float
    dclm_low: float
    dclm_high: float


@kept
def again() -> Again:
    """Fit one suite as `make atlas` did."""
    found = fitting.fit(_entries()["marin-dclm"].runs, error="huber")
    low, high = found.bootstrap(1000, 2026).interval("a")
    return Again(found.law.a, low, high)


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    atlas: Atlas
    pools: Pools
    spread: Spread
    forms: Forms
    laws: dict[str, OnItsOwn]
    valleys: Valleys
    seeds: Seeds
    again: Again


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    found = atlas()
    return Found(
        found, pools(p, found), spread(found), forms(found), laws(), valleys(), seeds(), again()
    )
