"""The optimal tokens per parameter: which way they go with compute, and whether they are 20."""

import math
from dataclasses import dataclass

import numpy as np

from scalebook.chapters.common import ends, printed
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner import fits
from scalebook.chapters.planner.fits import Refit
from scalebook.record.judge import doubled_share
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense


@dataclass(frozen=True)
class Trend:
    """How the optimal tokens per parameter go with compute, by the refit.

    Attributes
    ----------
    trend, trend_low, trend_high : float
        The power of compute that they go as, and its interval.
    trend_published : float
        The same by the replication's law as published.
    falls : float
        Share of the resamples by which they fall.
    params_per_tokens_exponent : float
        The power of the optimal data that the optimal size goes as.
    """

    trend: float
    trend_low: float
    trend_high: float
    trend_published: float
    falls: float
    params_per_tokens_exponent: float

    @property
    def fixed(self) -> bool:
        """Whether the interval leaves the sign no choice."""
        return not self.trend_low < 0 < self.trend_high


def trend(p: Parameters, refit: Refit) -> Trend:
    """Take the trend of the ratio from the exponents of the laws."""
    law, published = refit.law, refit.surfaces[fits.BESIROGLU]
    draws = np.asarray(refit.draws.b - refit.draws.a)
    return Trend(float(law.b - law.a), *ends(draws, p.level), float(published.b - published.a),
                 float(np.mean(draws < 0)), float(law.a / law.b))  # fmt: skip


@dataclass(frozen=True)
class Estimate:
    """The optimal tokens per parameter at a budget, and the ratio asked about against it.

    `low` and `high` are the interval of `best` from the resamples, `p` the share of those beyond
    the ratio, doubled: the chance of an estimate so far away.
    """

    best: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Rejection:
    """Whether the ratio asked about can be rejected, budget by budget and at all of them at once.

    `at` has the budgets (FLOP) and the estimates there: dense (a quarter of the runs have less
    compute), median, gopher, llama. `constant_low` and `constant_high` are the ratios that would do
    at every budget (0 where none would).
    """

    at: dict[str, tuple[float, Estimate]]
    constant_low: float
    constant_high: float


def rejection(p: Parameters, refit: Refit) -> Rejection:
    """Test whether the optimum can be the ratio asked about."""
    flop = refit.used.flop
    budgets = {
        "dense": float(np.quantile(flop, 0.25)), "median": float(np.median(flop)),
        "gopher": printed("hoffmann2022.gopher.flop.text"), "llama": printed("llama3.optimum.compute"),
    }  # fmt: skip
    at = {name: (compute, _estimate(p, refit.law, refit.draws, compute)) for name, compute in budgets.items()}  # fmt: skip
    return Rejection(at, *_constant(p, refit, *at["gopher"]))


def _estimate(p: Parameters, law: ParametricLaw, spread: ParametricLaw, compute: float) -> Estimate:
    best, draws = (dense.optimal(each, compute).tokens_per_param for each in (law, spread))
    return Estimate(float(best), *ends(draws, p.level), doubled_share(draws, p.ratio))


def _constant(p: Parameters, refit: Refit, compute: float, there: Estimate) -> tuple[float, float]:
    """Return the ends of the ratios that would do at every budget.

    Slope and level at one budget are taken as normal with the covariance of the resamples.
    """
    level = np.log(dense.optimal(refit.draws, compute).tokens_per_param)
    precision = np.linalg.inv(np.cov(np.stack([refit.draws.b - refit.draws.a, level])))
    point = np.array([float(refit.law.b - refit.law.a), float(np.log(there.best))])

    def chance(value: float) -> float:
        away = point - [0.0, np.log(value)]
        return math.exp(-(away @ precision @ away) / 2)  # chi-square, 2 degrees of freedom

    values = np.geomspace(1, 400, 2001)
    allowed = values[np.array([chance(value) for value in values]) > 1 - p.level]
    return (allowed.min(), allowed.max()) if len(allowed) else (0.0, 0.0)
