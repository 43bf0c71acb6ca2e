"""Whether larger runs can be predicted: what held, how wide it had to be, and what others promised."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scalebook.chapters.common import kept
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.predictions import promises
from scalebook.chapters.predictions.trials import (
    DISTANCES,
    KINDS,
    Mask,
    Share,
    Tried,
    median,
    multiples,
    share,
    stored,
    suites,
    tried,
)
from scalebook.errors import ScalebookError
from scalinglaws import datapackage, fitting, reading, registry
from scalinglaws.prediction import bands, calibration, splits
from scalinglaws.prediction.forecast import Forecast, predict
from scalinglaws.runs import Runs
from scalinglaws.units import Floats, training_flop

FEWEST = 6  # runs that a prediction takes
#: How much less compute the largest budgets are predicted from.
FACTORS = (3.0, 10.0, 30.0, 100.0)
#: Distances whose widths are told; those beyond the reach of the calibration by its trend.
TOLD = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 10_000.0)
REACH, SIZE_REACH = bands.REACH["discrepancy"], bands.REACH["size"]
_NEXT = 3.2  # the next budget above a factor is at most so many times farther


def half_width(h: float, scale: float, power: float) -> float:
    """Return a half-width, % of the loss, by its trend with distance: 100 scale h^power."""
    percent: float = 100 * scale * h**power
    return percent


# One prediction


@dataclass(frozen=True)
class Own:
    """The best run of the largest budget of the runs given, predicted from much smaller ones."""

    name: str
    smaller: int
    came: float
    told: Forecast

    @property
    def error(self) -> float:
        """Predicted over observed loss, less 1."""
        return self.told.loss / self.came - 1


def own(p: Parameters) -> Own:
    """Predict the best run of the largest budget of the runs.

    Raises
    ------
    ScalebookError
        If too few runs have so much less compute.
    """
    given = (p.runs, p.drop_highest, p.ahead, p.level)
    # A bundled table never changes; a file may.
    return _kept_own(*given) if p.runs in datapackage.table_names() else _own(*given)


def _own(table: str, drop_highest: int, ahead: float, level: float) -> Own:
    runs = reading.read_runs(table).without_highest(drop_highest)
    best, flop = best_run(runs), np.asarray(training_flop(runs.params, runs.tokens))
    smaller = runs.take(flop <= flop[best] / ahead)
    if len(smaller) < FEWEST:
        raise ScalebookError(
            f"predictions: {len(smaller)} of the {len(runs)} runs of {runs.name} have at most 1/{ahead:g} of the compute of its best run; expected {FEWEST} at least. "
            "Lower 'ahead' or 'drop_highest', or give runs over a wider range of compute."
        )
    return Own(runs.name, len(smaller), float(runs.loss[best]), _told(smaller, runs, best, level))


_kept_own = kept(_own)


def best_run(runs: Runs) -> int:
    """Return the place of the run of least loss on the largest budget."""
    budget = splits.levels(runs)
    return int(np.argmin(np.where(budget == budget.max(), runs.loss, np.inf)))


def _told(smaller: Runs, runs: Runs, place: int, level: float) -> Forecast:
    params, tokens = float(runs.params[place]), float(runs.tokens[place])
    return predict(smaller, params=params, tokens=tokens, level=level)


# All predictions


@dataclass(frozen=True)
class Coverage:
    """The shares that the intervals held, by kind: at each distance, and up to the farthest."""

    at: dict[str, list[Share]]
    all: dict[str, Share]
    laboratories: int
    suites: int
    splits: int
    predicted: int


def coverage(p: Parameters, found: Tried) -> Coverage:
    """Count what the intervals held."""
    rows, near = found.rows, found.within(p.farthest)
    held = {kind: found.held(kind) for kind in KINDS}
    suite, cut = (rows[name][found.counts].tolist() for name in ("suite", "split"))
    return Coverage(
        {kind: [share(rows, held[kind], found.at(k), p.seed) for k in range(len(DISTANCES))] for kind in KINDS},
        {kind: share(rows, held[kind], near, p.seed) for kind in KINDS},
        len(np.unique(rows["laboratory"][found.counts])), len(set(suite)), len({*zip(suite, cut, strict=True)}), len(suite),
    )  # fmt: skip


@dataclass(frozen=True)
class Trend:
    """The typical half-width against distance, log loss: scale h^power, by quantile regression."""

    scale: float
    power: float

    def at(self, h: float) -> float:
        """Return it as a share of the loss."""
        return half_width(h, self.scale, self.power) / 100


@dataclass(frozen=True)
class Width:
    """Half-widths by kind, by their trend within reach of the calibration, and the errors.

    `error` has the median size of the errors by distance, of the middle of the band; `errors` the
    same by laboratory, nearest first, of the distances that it has.
    """

    trend: dict[str, Trend]
    error: list[float]
    errors: dict[str, list[float]]


def width(p: Parameters, found: Tried) -> Width:
    """Take the width of the typical interval, laboratories, suites, cuts and distances alike."""
    places = [(at, weights_of(found, at)) for at in map(found.at, range(len(DISTANCES)))]
    trends = {kind: _trend(kind, p.level, p.left_out) for kind in KINDS}
    off = np.abs(found.off["band"])
    laboratory = found.rows["laboratory"]
    errors = {}
    for name in np.unique(laboratory[found.counts]):
        mine = [(at & (laboratory == name), w[laboratory[at] == name]) for at, w in places]
        errors[str(name)] = [median(off[at], w) for at, w in mine if at.any()]
    return Width(trends, [median(off[at], w) for at, w in places], errors)


@kept
def _trend(kind: str, level: float, left_out: str) -> Trend:
    found = tried(Parameters(level=level, left_out=left_out))
    near = found.within(REACH)
    weight = weights_of(found, near)
    fit = calibration.fitted(found.h[near], found.half[kind][near], weight, 0.5)
    return Trend(float(np.exp(fit.c0 - fit.c1 * bands.MIDDLE)), float(fit.c1 / np.log(10)))


def weights_of(found: Tried, among: Mask) -> Floats:
    """Return the weights of some predictions: laboratories, suites, cuts and distances alike."""
    return calibration.weights_of(found.rows, among)


@dataclass(frozen=True)
class Sizes:
    """The factor that the optimal size is known to, at some distances, and what it held."""

    factor: dict[float, float]
    held: Share


def sizes(p: Parameters) -> Sizes:
    """Count what bands of the optimal size held, each by the other laboratories."""
    rows = calibration.stored("calibration_sizes")
    near = (np.asarray(rows["h"], dtype=float) <= SIZE_REACH) & (rows["laboratory"] != p.left_out)
    held = np.abs(rows["error"]) <= multiples(rows, "size", p.level)
    band = bands.multiple("size", p.level)
    factor = {each: float(np.exp(band(each))) for each in FACTORS if each <= SIZE_REACH}
    return Sizes(factor, share(rows, held, near, p.seed))


# The run that counts


class Counting(NamedTuple):
    """The best run of a suite's largest budget, predicted from some factor less compute.

    `place` is that of the prediction among all.
    """

    laboratory: str
    suite: str
    factor: float
    place: int


@kept  # no parameter changes it
def counting() -> list[Counting]:
    """Find the best run of every suite's largest budget among the predictions."""
    rows, found = stored(), []
    for suite in suites().values():
        best, runs = best_run(suite.runs), suite.runs
        mine = rows["suite"] == suite.name
        for name in ("params", "tokens", "loss"):  # of which the table has five digits
            mine = mine & np.isclose(rows[name], getattr(runs, name)[best], rtol=1e-4)
        for factor in FACTORS:
            h = np.where(mine & (rows["h"] >= 0.995 * factor), rows["h"], np.inf)
            if h.min() <= _NEXT * factor:
                found.append(Counting(suite.laboratory, suite.name, factor, int(np.argmin(h))))
    return found


def firsts(p: Parameters, factor: float) -> dict[str, Counting]:
    """Return the first of these of each laboratory that counts, by laboratory."""
    found: dict[str, Counting] = {}
    for each in counting():
        if each.factor == factor and each.laboratory != p.left_out:
            found.setdefault(each.laboratory, each)
    return found


@dataclass(frozen=True)
class Best:
    """How the best runs of the largest budgets were predicted, from one factor less compute."""

    held: dict[str, Share]
    error: float
    laboratories: int


def best(p: Parameters, found: Tried) -> dict[float, Best]:
    """Count what held the best run of the largest budget, by factor."""
    result = {}
    for factor in FACTORS:
        among = np.zeros(len(found.h), dtype=bool)
        among[[each.place for each in counting() if each.factor == factor]] = True
        among &= found.counts
        held = {kind: share(found.rows, found.held(kind), among, p.seed) for kind in KINDS}
        error = median(np.abs(found.off["band"])[among], weights_of(found, among))
        result[factor] = Best(held, error, len(held["law"].by_laboratory))
    return result


# Forms

#: Forms that are fitted here, by name: the form, and how its errors are minimised.
REFITTED = {
    "Chinchilla's sum": ("chinchilla", fitting.HUBER), "sum without a floor": ("sum", fitting.HUBER),
    "power mean": ("powermean", fitting.MSE),
}  # fmt: skip
#: Those whose errors are stored, by name: the column. All are fitted to runs near the frontier.
STORED = {
    "power mean, near the frontier": "simple_error", "exponent that varies": "law_error",
    "exponent that varies, with what it leaves over": "error",
}  # fmt: skip


@kept  # no parameter changes it
def refitted() -> dict[str, dict[str, float]]:
    """Return the errors of forms fitted to runs of ten times less compute, by form and laboratory.

    Log loss observed less predicted, of the best run of the largest budget; of the first suite of a
    laboratory. Fits that end at a bound count, too: a reader would have used them.
    """
    rows = stored()
    found: dict[str, dict[str, float]] = {name: {} for name in REFITTED}
    for each in firsts(Parameters(left_out="none"), 10.0).values():
        runs = suites()[each.suite].runs
        cut = list(splits.cuts(runs))[int(rows["split"][each.place])]
        smaller, place = runs.take(cut.smaller), best_run(runs)
        for name, (form, error) in REFITTED.items():
            fit = fitting.fit(smaller, form, error=error)
            told = float(fit.predict(runs.params[place], runs.tokens[place]))
            if 0 < told < np.inf:
                found[name][each.laboratory] = float(np.log(runs.loss[place] / told))
    return found


class Form(NamedTuple):
    """How a form predicted: median size of its errors, their median, and how many laboratories."""

    error: float
    bias: float
    laboratories: int


def forms(p: Parameters, found: Tried) -> dict[str, Form]:
    """Compare forms on the best run of the largest budget, from ten times less compute."""
    ours = firsts(p, 10.0)
    errors = {
        name: {lab: off for lab, off in each.items() if lab in ours}
        for name, each in refitted().items()
    }
    for name, column in STORED.items():
        errors[name] = {lab: float(found.rows[column][each.place]) for lab, each in ours.items()}
    made = {}
    for name, each in errors.items():
        off = np.array(list(each.values()))
        made[name] = Form(float(np.median(np.abs(off))), float(np.median(off)), len(off))
    return dict(sorted(made.items(), key=lambda item: item[1].error))


def gain(growth: float) -> float:
    """Return by what share the loss of the best run falls with so many times 10^22 FLOP.

    By Chinchilla's law as Besiroglu et al. 2024 fitted it again.
    """
    law = registry.parametric("besiroglu2024")
    before, after = (float(law.optimum(compute=1e22 * k).loss) for k in (1, growth))
    return 1 - after / before


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    own: Own
    tried: Tried
    coverage: Coverage
    width: Width
    sizes: Sizes
    best: dict[float, Best]
    forms: dict[str, Form]
    promised: promises.Promised


@kept
def _counted(
    level: float, farthest: float, left_out: str, seed: int
) -> tuple[Tried, Coverage, Width, Sizes, dict[float, Best], dict[str, Form]]:
    """Take the steps that start from the stored predictions."""
    p = Parameters(level=level, farthest=farthest, left_out=left_out, seed=seed)
    found = tried(p)
    return found, coverage(p, found), width(p, found), sizes(p), best(p, found), forms(p, found)


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    return Found(own(p), *_counted(p.level, p.farthest, p.left_out, p.seed), promises.take(p))
