"""The steps of Porian et al. 2024 from the points of their isoFLOP profiles.

The minimum of each budget is that of an Akima spline, as theirs. Resamples draw model sizes with
replacement, the same at every step of a corpus: a step compares exponents of common models.

What counts as a parameter and as compute is bookkeeping, so any of their runs can be counted in
Kaplan's way afterwards (`recounted`): the count is then the last thing corrected, not the first.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

import scalinglaws as sl
from scalebook.chapters.common import kept
from scalinglaws.fitting import isoflop
from scalinglaws.runs import Runs
from scalinglaws.units import Floats, tokens_from_flop

#: The corpora, by the part of a key that names them, and by the part of a suite's name.
SUITES = {"openwebtext2": "owt2", "refinedweb": "rw"}
#: The suite of each step, by the part of a key that names it.
STEPS = {
    "reproduction": "base-long-kaplan-kaplan-train",
    "last_layer": "base-long-kaplan-standard-val",
    "warmup": "base-short-kaplan-standard-val",
    "cosine": "base-short-chinchilla-standard-val",
    "tuned": "tuned-short-const-standard-val",
}
#: Budgets, FLOP, at which the best size lies within the grid after every step and in both counts.
COMMON = (9e16, 1.4e19)
#: So many that a probability near a verdict's threshold moves by 1% from seed to seed.
RESAMPLES = 1500


@dataclass(frozen=True)
class Refit:
    """Exponents of the best size on one corpus, in both counts.

    Attributes
    ----------
    exponents : ndarray, shape (5,)
        By `STEPS`: the first in Kaplan's count, the others with the last layer counted.
    draws : ndarray, shape (S, 5)
        Of resampled model sizes.
    bare : ndarray, shape (4,)
        By how the models were trained, as Kaplan's first, all in Kaplan's count.
    bare_draws : ndarray, shape (S, 4)
    """

    exponents: Floats
    draws: Floats
    bare: Floats
    bare_draws: Floats

    @property
    def grid(self) -> Floats:
        """Exponents in Kaplan's count and with the last layer, by training; shape (2, 4)."""
        return np.array([self.bare, self.exponents[1:]])

    @property
    def share(self) -> Floats:
        """Share of the whole change that each step takes, shape (4,)."""
        return shares(self.exponents)

    @property
    def shares(self) -> Floats:
        """The same of each draw, shape (S, 4)."""
        return shares(self.draws)

    @property
    def share_last(self) -> Floats:
        """The same where the count is corrected after all else, shape (4,)."""
        return counted_last(self.bare, self.exponents)

    @property
    def shares_last(self) -> Floats:
        """The same of each draw, shape (S, 4)."""
        return counted_last(self.bare_draws, self.draws)


@dataclass(frozen=True)
class Refits:
    """What the points of Porian et al. come to.

    Attributes
    ----------
    each : dict
        By corpus.
    common : dict
        Exponents by corpus at the budgets `COMMON` alone: shape (2, 4), Kaplan's count first.
    budgets : int
        How many those are.
    recount_off : float
        By how much, at those budgets, the recount misses Kaplan's count of the same training.
    smallest, largest : float
        Best size of the smallest and of the largest budget in Kaplan's count, parameters.
    embedding : float
        omega of the heads of their models: parameters of the last layer over N^(1/3), the median.
    """

    each: dict[str, Refit]
    common: dict[str, Floats]
    budgets: int
    recount_off: float
    smallest: float
    largest: float
    embedding: float


def shares(exponents: Floats) -> Floats:
    """Return the shares of the way from the first to the last exponent; (..., k + 1) to (..., k).

    Examples
    --------
    >>> shares(np.array([0.9, 0.7, 0.5]))
    array([0.5, 0.5])
    """
    found: Floats = np.diff(exponents) / (exponents[..., -1:] - exponents[..., :1])
    return found


def counted_last(bare: Floats, counted: Floats) -> Floats:
    """Return the shares by step where the count is the last; steps stand in the order of `STEPS`.

    Examples
    --------
    >>> counted_last(np.array([0.9, 0.8, 0.7, 0.7]), np.array([0.5]))
    array([ 0.5 ,  0.25,  0.25, -0.  ])
    """
    training_first = shares(np.concatenate([bare, counted[..., -1:]], axis=-1))
    return np.roll(training_first, 1, axis=-1)


def recounted(runs: Runs, params: Floats, as_params: Floats) -> Runs:
    """Return the same models at the same budgets in another count of their parameters.

    Budgets of the other count take other amounts of data. The losses there lie between those that
    each model has, on a monotone cubic through their logarithms; none is extrapolated.

    Parameters
    ----------
    runs : Runs
        Points on isoFLOP profiles.
    params, as_params : ndarray, shape (k,)
        Sizes of the same models in one count and in the other, ascending.

    Examples
    --------
    >>> size, data = np.repeat([1e6, 2e6], 3), np.tile([1e8, 2e8, 4e8], 2)
    >>> table = Runs(size, data, 5 - np.log10(data) / 4, budget=6 * size * data)
    >>> counted = recounted(table, np.array([1e6, 2e6]), np.array([2e6, 4e6]))
    >>> [f"{n:g} on {d:g}" for n, d in zip(counted.params, counted.tokens, strict=True)]
    ['2e+06 on 1e+08', '2e+06 on 2e+08', '2e+06 on 4e+08', '4e+06 on 1e+08', '4e+06 on 2e+08']
    """
    assert runs.budget is not None
    budgets, parts = np.unique(runs.budget), []
    for here, there in zip(params, as_params, strict=True):
        model = runs.take(np.flatnonzero(runs.params == here))
        if len(model) < 2:  # no line goes through one point
            continue
        order = np.argsort(model.tokens)
        own, losses = np.log(model.tokens[order]), np.log(model.loss[order])
        asked = tokens_from_flop(budgets, there)
        inside = (np.log(asked) > own[0] - 1e-9) & (np.log(asked) < own[-1] + 1e-9)
        found = np.exp(PchipInterpolator(own, losses)(np.log(asked[inside])))
        parts.append(np.column_stack([np.full(len(found), there), asked[inside], found, budgets[inside]]))  # fmt: skip
    size, tokens, loss, budget = np.concatenate(parts).T
    return Runs(size, tokens, loss, budget=budget, name=runs.name)


@kept
def refits(seed: int) -> Refits:
    """Refit every step on both corpora, and count the runs of each in Kaplan's way.

    Parameters
    ----------
    seed : int
        Of the resamples.
    """
    suites = sl.table("porian2024").split()
    runs = {key: {step: suites[f"{corpus}-{suite}"] for step, suite in STEPS.items()}
            for key, corpus in SUITES.items()}  # fmt: skip
    bare, headed = (np.unique(runs["refinedweb"][step].params) for step in ("reproduction", "last_layer"))  # fmt: skip
    count = len(bare)
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), RESAMPLES).astype(float)  # fmt: skip

    def refit(some: list[Runs]) -> tuple[Floats, Floats]:
        fitted, drawn = [], []
        for one in some:
            sizes = bare if np.isin(one.params, bare).all() else headed
            many = isoflop.ensemble(one, weights=weights[:, np.searchsorted(sizes, one.params)], minimum="akima")  # fmt: skip
            fitted.append(float(isoflop.fit(one, minimum="akima").allocation.a))
            drawn.append(np.asarray(many.allocation.a))
        return np.array(fitted), np.column_stack(drawn)

    each, common, ends, off = {}, {}, [], []
    for key, of_step in runs.items():
        first, *others = of_step.values()
        again = [recounted(one, headed, bare) for one in others]
        values, draws = refit([first, *others])
        late, late_draws = refit(again[1:])
        each[key] = Refit(values, draws, np.array([values[0], *late]), np.column_stack([draws[:, 0], late_draws]))  # fmt: skip
        narrow = [_exponent(one) for one in (first, *again, *others)]
        off.append(abs(narrow[1] - narrow[0]))
        common[key] = np.array([[narrow[0], *narrow[2:5]], narrow[5:]])
        best = isoflop.fit(first, minimum="akima").profiles
        ends += [*best.params[best.used][[0, -1]]]
    omega = float(np.median((headed - bare) / np.cbrt(bare)))
    return Refits(
        each, common, len(_common(first)), max(off), float(min(ends)), float(max(ends)), omega
    )


def _exponent(runs: Runs) -> float:
    """Return the exponent of the best size at the budgets that all steps have in common."""
    assert runs.budget is not None
    inside = np.isin(runs.budget, _common(runs))
    return float(isoflop.fit(runs.take(np.flatnonzero(inside)), minimum="akima").allocation.a)


def _common(runs: Runs) -> Floats:
    """Return the budgets of some runs that all steps have in common, FLOP."""
    budgets: Floats = np.unique(np.asarray(runs.budget))
    return budgets[(budgets > COMMON[0]) & (budgets < COMMON[1])]
