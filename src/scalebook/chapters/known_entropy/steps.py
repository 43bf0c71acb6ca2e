"""A source of known entropy, learners of every size on it, and the law fitted to their losses.

The table of losses is made once and looked at three ways: by theory, as a laboratory would that
fits laws to some noisy runs of it, and along lines of equal compute. Then one learner gets two
teachers, and others get a method that is flawed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from scalebook.chapters.common import ends
from scalebook.chapters.known_entropy import teachers
from scalebook.chapters.parameter import Parameters
from scalebook.laboratory import learner, source, teaching
from scalinglaws import fitting
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import Fit
from scalinglaws.laws import ParametricLaw
from scalinglaws.runs import Runs
from scalinglaws.units import Floats

#: The forms of the law: the sum of its terms, and their power mean by squared error of log loss.
FORMS: dict[str, Callable[[Runs], Fit]] = {
    "sum": fitting.fit, "power mean": partial(fitting.fit, form="powermean", error="mse"),
}  # fmt: skip
#: Decades of data of the ranges that derived losses are fitted over.
DECADES = (2, 3, 4, 5, 6, 7, 8)
#: Most runs that the laboratory takes from the table.
LAB_RUNS = 240


def world(p: Parameters) -> source.Source:
    """Return the source: contexts of Zipfian frequency, each with its own next symbols."""
    rng = np.random.default_rng(p.seed)
    return source.dirichlet(p.exponent, int(p.contexts), p.symbols, p.concentration, rng)


def spaced(low: float, high: float, count: int) -> Floats:
    """Return about so many different whole numbers, evenly spaced in logarithms."""
    return np.unique(np.geomspace(low, high, count).round())


def sizes_and_data(p: Parameters) -> tuple[Floats, Floats]:
    """Return the numbers of contexts kept and of symbols learned from."""
    kept = spaced(p.size_low, p.size_high, p.sizes)
    return kept, spaced(p.data_low, p.data_high, p.amounts)


def losses(p: Parameters, world: source.Source) -> learner.LossTable:
    """Teach learners of every size on every amount of data."""
    options = {"seeds": p.seeds, "seed": p.seed, "smoothing": p.concentration}
    return learner.loss_table(world, *sizes_and_data(p), **options)


@dataclass(frozen=True)
class Derived:
    """What theory has: the limits as a law, the table's losses (n, m), the slope of the valleys.

    `entropy` is the source's, nats per symbol; `theory_gap` is the mean relative difference of the
    measured losses from the derived ones, both above the entropy.
    """

    theory: learner.Theory
    entropy: float
    law: ParametricLaw
    loss: Floats
    theory_gap: float
    theory_slope: float


def derived(p: Parameters, table: learner.LossTable) -> Derived:
    """Derive the law and the losses from the source's constants alone."""
    theory = learner.Theory(p.exponent, int(p.contexts), p.symbols, p.concentration, p.concentration)  # fmt: skip
    entropy = table.entropy
    loss = theory.loss(entropy, table.params, table.tokens)
    gap = np.abs((table.loss.mean(axis=0) - entropy) / (loss - entropy) - 1).mean()
    slope = 1 / (1 + p.exponent)
    return Derived(theory, entropy, theory.law(entropy), loss, float(gap), slope)


@dataclass(frozen=True)
class Fits:
    """Both forms fitted to the laboratory's noisy runs and to the whole table without noise.

    `runs` are the rows `pick` of all runs; the numbers are the intervals of the floor, nats.
    """

    pick: source.Ints
    runs: Runs
    noisy: dict[str, Fit]
    whole: dict[str, Fit]
    E_low: float
    E_high: float
    blended_low: float
    blended_high: float


def fitted(p: Parameters, table: learner.LossTable) -> Fits:
    """Take runs from the table at random, with noise, and fit the law as a laboratory would."""
    everything = table.runs(p.noise, p.seed + 1)
    count = len(everything)
    rng = np.random.default_rng(p.seed + 2)
    pick = rng.choice(count, min(LAB_RUNS, count), replace=False)
    runs, mean = everything.take(pick), table.mean().runs()
    noisy, whole = ({name: fit(each) for name, fit in FORMS.items()} for each in (runs, mean))
    floors = (fit.bootstrap(p.resamples, p.seed).law.E for fit in noisy.values())
    intervals = (end for each in floors for end in ends(each, p.level))
    return Fits(pick, runs, noisy, whole, *intervals)


def valleys(p: Parameters, table: learner.LossTable) -> learner.Valleys:
    """Find the lowest loss at each of some budgets."""
    low, high = p.size_low * p.data_low * 10, p.size_high * p.data_high / 10
    return learner.valleys(table, np.geomspace(low, high, 14))


def enough(found: learner.Valleys) -> bool:
    """Return whether there are enough valleys for a slope."""
    return len(found.budget) > 2


class Miss(NamedTuple):
    """How far a fitted floor lies above the entropy, percent, and its bootstrap interval.

    A fit to losses without noise has no interval: its ends are NaN.
    """

    value: float
    low: float = math.nan
    high: float = math.nan

    @property
    def barred(self) -> bool:
        """Whether it has an interval."""
        return math.isfinite(self.low)


def misses(p: Parameters, table: learner.LossTable, fits: Fits, found: learner.Valleys) -> dict[str, Miss]:  # fmt: skip
    """Return how far floors lie above the entropy, by form, error model and runs.

    Fits that have too few runs are left out.
    """

    def above(floor: Any) -> Any:
        return percent_above(table.entropy, floor)

    def miss(runs: Runs, error: str = "huber", *, noisy: bool = True) -> Miss:
        try:
            fit = fitting.fit(runs, error=error)
            draws = fit.bootstrap(p.resamples, p.seed).law.E if noisy else None
        except ScalingLawsError:
            return Miss(math.nan)
        return Miss(above(fit.law.E), *(() if draws is None else map(above, ends(draws, p.level))))

    lab, clean, noisier = fits.runs, table.mean(), table.runs(3 * p.noise, p.seed + 1)
    size_mid, data_mid = math.sqrt(p.size_low * p.size_high), math.sqrt(p.data_low * p.data_high)
    one, other = (above(fit.law.E) for fit in fits.noisy.values())
    whole, other_whole = (above(fit.law.E) for fit in fits.whole.values())
    every = {
        "sum": Miss(one, above(fits.E_low), above(fits.E_high)),
        "sum, squared errors": miss(lab, "mse"),
        "sum, three times the noise": miss(noisier.take(fits.pick)),
        "sum, runs near the best size": miss(_near_optimum(lab, found)),
        "sum, no noise": Miss(whole),
        "sum, no noise, lower half": miss(clean.within(size_mid, data_mid).runs(), noisy=False),
        "sum, no noise, upper half": miss(clean.within(least=data_mid).runs(), noisy=False),
        "power mean": Miss(other, above(fits.blended_low), above(fits.blended_high)),
        "power mean, no noise": Miss(other_whole),
    }  # fmt: skip
    return {name: each for name, each in every.items() if math.isfinite(each.value)}


def percent_above(entropy: float, floor: float) -> float:
    """Return how far a floor lies above the entropy, percent."""
    return 100 * (floor / entropy - 1)


def _near_optimum(runs: Runs, found: learner.Valleys) -> Runs:
    """Return the runs within a factor of 4 of the best size; none where it is not known."""
    if not enough(found):
        return runs.take(np.arange(0))
    best = np.exp(np.interp(np.log(runs.params * runs.tokens), np.log(found.budget), np.log(found.params)))  # fmt: skip
    return runs.take(np.abs(np.log(runs.params / best)) < np.log(4))


def drift(p: Parameters, known: Derived) -> dict[str, Floats]:
    """Fit both forms to derived losses, over ranges that no machine would count through.

    Returns
    -------
    dict
        By form: fitted over true alpha, beta, power of the best size, and floor, shape (4, k) for
        the k entries of `DECADES`.
    """
    tables = []
    for decade in DECADES:
        top = p.data_low * 10.0**decade
        reach = min(max(10.0 * p.size_low, 4 * top ** (1 / p.exponent)), p.contexts)
        sizes, data = spaced(p.size_low, reach, 24), spaced(p.data_low, top, 24)
        loss = known.theory.loss(known.entropy, sizes, data)[None]
        tables.append(learner.LossTable(sizes, data, loss, known.entropy).runs())

    true = known.law

    def over(law: Any) -> tuple[float, ...]:
        return law.alpha / true.alpha, law.beta / true.beta, law.a / known.theory_slope, law.E / known.entropy  # fmt: skip

    return {name: np.array([over(fit(runs).law) for runs in tables]).T for name, fit in FORMS.items()}  # fmt: skip


def corners(known: Derived) -> dict[str, float]:
    """Return the powers that theory has for the corners of `regimes` (Bahri et al. 2021)."""
    alpha, beta = float(known.law.alpha), float(known.law.beta)
    return {
        "data, few parameters": 1.0, "data, room for all": beta,
        "size, endless data": alpha, "size, little data": 1.0,
    }  # fmt: skip


def regimes(p: Parameters, known: Derived) -> dict[str, float]:
    """Return the powers by which derived losses fall towards their limits, in four corners.

    With few parameters or room for all, by data; with endless data or little, by size.
    """
    endless, everything = 1e18, int(p.contexts)
    middle = float(round(math.sqrt(p.size_low * p.size_high)))

    def power(sizes: list[float], data: list[float], limit: tuple[float, float]) -> float:
        floor = float(known.theory.loss(known.entropy, np.array([limit[0]]), np.array([limit[1]])).item())  # fmt: skip
        loss = known.theory.loss(known.entropy, np.array(sizes), np.array(data)).ravel()
        first, last = np.log(np.maximum(loss - floor, 1e-12))
        (start, end) = sizes if len(sizes) > 1 else data
        return float((first - last) / math.log(end / start))

    far = [1e3 * p.data_high, 1e5 * p.data_high]
    return {
        "data, few parameters": power([p.size_low], far, (p.size_low, endless)),
        "data, room for all": power([everything], [p.data_high, 100.0 * p.data_high], (everything, endless)),
        "size, endless data": power([p.size_low, middle], [endless], (everything, endless)),
        "size, little data": power([middle, p.size_high], [p.data_high / 10], (everything, p.data_high / 10)),
    }  # fmt: skip


@dataclass(frozen=True)
class Skills:
    """Shares of contexts mastered, one row for each of the `groups` of ranks, and excess loss.

    The loss above the entropy is relative to the first.
    """

    groups: list[tuple[int, int]]
    tokens: Floats
    mastered: Floats
    excess: Floats

    @property
    def ordered(self) -> bool:
        """Whether commoner contexts are mastered before rarer ones."""
        return bool((np.diff(self.mastered, axis=0) < 0.01).all())


def skills(p: Parameters, world: source.Source) -> Skills:
    """Ask a learner with room for all contexts which of them it has mastered, and when."""
    ranges = [(1, 10), (11, 100), (101, 1000), (1001, 10_000)]
    groups = [group for group in ranges if group[1] <= p.contexts]
    marks = spaced(10, p.data_high, 20)
    mastered, loss = teaching.skills(world, groups, marks, seed=p.seed, smoothing=p.concentration)
    above = loss - world.entropy()
    return Skills(groups, marks, mastered, above / above[0])


@dataclass(frozen=True)
class MethodError:
    """Learners that cannot tell so many pairs of symbols apart, their known and fitted floors.

    `known` is the loss above the entropy that they cannot avoid, nats; `floors`, and their `slopes`
    with the known loss, are by form.
    """

    ties: list[int]
    known: Floats
    floors: dict[str, Floats]
    slopes: dict[str, float]


def method_error(p: Parameters, world: source.Source) -> MethodError:
    """Fit floors to the losses of learners whose method is flawed by a known amount."""
    ties = [pairs for pairs in (0, 1, 2, 4, 8) if 2 * pairs <= p.symbols]
    known = np.array([learner.method_error(world, pairs) for pairs in ties])
    kept, data = sizes_and_data(p)
    options = {"seeds": 1, "seed": p.seed + 5, "smoothing": p.concentration}
    blind = learner.loss_tables(world, kept[::2], data[::2], tied=ties, **options)
    floors = {form: np.array([fit(each.runs()).law.E for each in blind]) for form, fit in FORMS.items()}  # fmt: skip
    slopes = {name: float(known @ (e - e[0]) / (known @ known)) for name, e in floors.items()}
    return MethodError(ties, known, floors, slopes)


@dataclass(frozen=True)
class Found:
    """All steps of the chapter."""

    world: source.Source
    table: learner.LossTable
    derived: Derived
    fits: Fits
    valleys: learner.Valleys
    misses: dict[str, Miss]
    drift: dict[str, Floats]
    regimes: dict[str, float]
    skills: Skills
    courses: teachers.Courses
    places: teachers.Places
    method: MethodError


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    teacher = world(p)
    table = losses(p, teacher)
    known, laws, lowest = derived(p, table), fitted(p, table), valleys(p, table)
    taught = teachers.courses(p, teacher)
    return Found(
        teacher, table, known, laws, lowest, misses(p, table, laws, lowest), drift(p, known), regimes(p, known),
        skills(p, teacher), taught, teachers.places(p, taught), method_error(p, teacher),
    )  # fmt: skip
