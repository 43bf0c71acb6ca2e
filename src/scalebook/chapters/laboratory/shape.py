"""How the loss above the entropy falls: along the best runs, and in valleys of equal compute."""

import inspect
from dataclasses import dataclass

import numpy as np

from scalebook.chapters.laboratory import floor_fits, readings
from scalebook.chapters.laboratory.floor_fits import Fitted
from scalebook.chapters.laboratory.readings import Counted, Readings
from scalebook.chapters.parameter import Parameters
from scalebook.laboratory import extent, learner, strings
from scalinglaws import fitting
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import isoflop
from scalinglaws.laws import ParametricLaw
from scalinglaws.runs import Runs
from scalinglaws.units import Floats, training_flop

#: Budgets that valleys are looked for at.
_BUDGETS = 14
#: Fewest points that make a line worth speaking of.
FEW = 4


@dataclass(frozen=True)
class Frontier:
    """The runs that no cheaper one beats, and the straight line of logarithms through them.

    Attributes
    ----------
    compute, excess : ndarray, shape (k,)
        6 N D in FLOP, and the mean loss above the entropy over seeds, nats per symbol.
    slope, scale : float
        Excess = scale / C^slope.
    bend : float
        Farthest point off the line, as a share of the excess.
    decades, straight : float
        Factors of ten in compute, of all points and of the longest stretch that a line of its own
        fits to the tolerance.
    early, late : float
        Slopes of the cheaper and of the dearer half.
    """

    compute: Floats
    excess: Floats
    slope: float
    scale: float
    bend: float
    decades: float
    straight: float
    early: float
    late: float


def frontier(p: Parameters, used: Readings) -> Frontier:
    """Find the frontier of readings, and how straight it is."""
    cells = used.mean()
    order = np.argsort(cells.compute, kind="stable")
    flop, excess = cells.compute[order], cells.excess[order]
    best = np.minimum.accumulate(excess)
    kept = np.r_[True, excess[1:] < best[:-1]]
    flop, excess = flop[kept], excess[kept]
    x, y = np.log(flop), np.log(excess)
    half = len(x) // 2
    slope, off = _line(x, y)
    return Frontier(
        flop, excess, -slope, float(np.exp(y.mean() - slope * x.mean())), float(np.expm1(off)),
        float(np.ptp(x) / np.log(10)), float(_stretch(x, y, np.log1p(p.straight)) / np.log(10)),
        -_line(x[: half + 1], y[: half + 1])[0], -_line(x[half:], y[half:])[0],
    )  # fmt: skip


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    """Return the slope of a line through points, and how far the farthest of them is off."""
    slope, height = np.polyfit(x, y, 1)
    return float(slope), float(np.abs(y - slope * x - height).max())


def _stretch(x: Floats, y: Floats, most: float) -> float:
    """Return the length of the longest stretch of points that a line fits to within `most`."""
    lengths = [0.0]
    for first in range(len(x)):
        for last in range(first + FEW, len(x) + 1):
            if _line(x[first:last], y[first:last])[1] <= most:
                lengths.append(float(x[last - 1] - x[first]))
    return max(lengths)


@dataclass(frozen=True)
class Valleys:
    """Best sizes at equal compute; `low` and `high` are the exponents of single seeds."""

    found: isoflop.IsoflopFit
    a: float
    low: float
    high: float

    @property
    def budgets(self) -> int:
        """Budgets with a best size inside the grid."""
        return int(self.found.profiles.used.sum())


def valleys(used: Readings, counted: Counted) -> Valleys | None:
    """Find best sizes at equal compute, between the lengths of each size; None if too few."""
    try:
        found = isoflop.fit(_profiles(used.mean(), counted), minimum="akima")
        seeds = [
            isoflop.fit(_profiles(used.take(used.seed == seed), counted), minimum="akima")
            for seed in np.unique(used.seed)
        ]
    except ScalingLawsError:
        return None
    slopes = [each.allocation.a for each in (found, *seeds)]
    if found.profiles.used.sum() < FEW:
        return None
    return Valleys(found, slopes[0], min(slopes), max(slopes))


def _profiles(used: Readings, counted: Counted) -> Runs:
    """Read each size at budgets between those of its runs, along the line of logarithms."""
    sizes = getattr(used, counted)
    flop = training_flop(sizes, used.tokens)
    rows = []
    for budget in np.geomspace(flop.min(), flop.max(), _BUDGETS):
        for size in np.unique(sizes):
            own = np.flatnonzero(sizes == size)
            own = own[np.argsort(flop[own])]
            if flop[own[0]] <= budget <= flop[own[-1]]:
                read = np.interp(np.log(budget), np.log(flop[own]), np.log(used.excess[own]))
                rows.append((size, budget / 6 / size, used.entropy + np.exp(read), budget))
    size, data, loss, budgets = np.array(rows).reshape(-1, 4).T
    return Runs(size, data, loss, budget=budgets, name=used.suite)


@dataclass(frozen=True)
class Counting:
    """Exponents of the best size, with all parameters counted and without the embeddings.

    `law` and `bare` are by the fitted law, `valley` and `bare_valley` by valleys; `share` is the
    part of the parameters that are embeddings, least and most. `alone` is Kaplan's form without a
    floor, as he fitted it.
    """

    law: Fitted
    bare: Fitted
    valley: Valleys | None
    bare_valley: Valleys | None
    share: tuple[float, float]
    alone: fitting.Fit


def counting(p: Parameters, used: Readings, law: Fitted) -> Counting:
    """Count parameters both ways."""
    share = 1 - used.params_no_embed / used.params
    return Counting(
        law, floor_fits.main(p, used.runs("params_no_embed")), valleys(used, "params"),
        valleys(used, "params_no_embed"), (float(share.min()), float(share.max())),
        fitting.fit(used.runs(), "kaplan"),
    )  # fmt: skip


@dataclass(frozen=True)
class Schedule:
    """The same cells read off the longest runs on their way, and trained to their own end.

    `worse` is the loss above the entropy of the former over that of the latter at the shortest
    length, and `later` at the first after the warm-up of the longest.
    """

    cells: Readings
    unmatched: Fitted
    matched: Fitted
    frontier: Frontier
    worse: float
    later: float


def schedule(p: Parameters, used: Readings) -> Schedule | None:
    """Fit the law to readings of the wrong schedule; None if too few sizes have any."""
    way = readings.every().get((used.suite, "unmatched"))
    if way is None or len(np.unique(way.params)) < FEW:
        return None
    way = way.take(way.tokens >= p.least_tokens)
    longest = used.tokens.max()
    ends = used.take((used.tokens == longest) & np.isin(used.params, way.params))
    off, right = way.joined(ends), used.among(way.joined(ends))
    try:
        wrong, law = (
            floor_fits.main(p, each.runs(one_training=each is off)) for each in (off, right)
        )
    except ScalingLawsError:
        return None
    lengths = np.unique(off.tokens)
    warm = lengths[np.searchsorted(lengths, extent.WARM * longest, side="right")]
    worse, later = (_worse(off, right, length) for length in (lengths[0], warm))
    return Schedule(off, wrong, law, frontier(p, off), worse, later)


def _worse(off: Readings, right: Readings, length: float) -> float:
    """Return the loss above the entropy of some readings over that of others, at one length."""
    both = (each.mean() for each in (off, right))
    excess = [each.take(each.tokens == length).excess for each in both]
    return float(np.exp(np.mean(np.log(excess[0] / excess[1]))))


@dataclass(frozen=True)
class Counts:
    """A table of counts with as many free numbers as each network has parameters.

    Attributes
    ----------
    alpha, beta, a : float
        Exponents of its law in the limits of unlimited data and size, and of its best size.
    fitted : ParametricLaw or None
        Fitted to its losses at the sizes and lengths of the networks; None for a source with noise.
    ratio : float or None
        The networks' loss above the entropy over the table's, median.
    """

    alpha: float
    beta: float
    a: float
    fitted: ParametricLaw | None
    ratio: float | None


def counts(used: Readings) -> Counts:
    """Derive what a table of counts would do, which theory tells."""
    name = used.suite.rpartition("-")[0]
    source = strings.named(name).source
    s = source.exponent
    limits = s - 1, (s - 1) / s, 1 / (1 + s)
    usual = inspect.signature(strings.spell).parameters["concentration"].default
    concentration = float(strings.SOURCES[name].get("concentration", usual))
    if strings.SOURCES[name].get("noise"):
        return Counts(*limits, None, None)
    theory = learner.Theory(s, source.contexts, source.symbols, concentration, concentration)
    cells = used.mean()
    sizes, data = np.unique(cells.params), np.unique(cells.tokens)
    kept = np.minimum(np.maximum(sizes // (source.symbols - 1), 1), source.contexts)
    loss = theory.loss(used.entropy, kept, data)
    at = np.searchsorted(sizes, cells.params), np.searchsorted(data, cells.tokens)
    runs = Runs(cells.params, cells.tokens, loss[at], name="counts")
    ratio = float(np.median(cells.excess / (loss[at] - used.entropy)))
    return Counts(*limits, fitting.fit(runs).law, ratio)
