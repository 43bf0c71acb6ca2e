"""How sure the constants are, and what follows from them: the optimum, and losses of larger runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scalebook.chapters import foresight
from scalebook.chapters.chinchilla import fits
from scalebook.chapters.chinchilla.fits import HOFFMANN, HOFFMANN_PRINTED, Fitted, Sample
from scalebook.chapters.common import ends
from scalebook.chapters.parameter import Parameters
from scalinglaws import fitting, registry
from scalinglaws.balance import Allocation
from scalinglaws.fitting import Bootstrap, Fit, likelihood, profile
from scalinglaws.fitting.likelihood import ChiSquareTest
from scalinglaws.laws import ParametricLaw, Surface
from scalinglaws.optimum import dense
from scalinglaws.registry import Printed
from scalinglaws.units import Floats


def optima(p: Parameters, fitted: Fitted) -> dict[str, Allocation]:
    """Return the optimum at the quoted budget by four sets of constants."""
    laws = {
        "Hoffmann et al., unrounded": HOFFMANN, "Hoffmann et al., as printed": HOFFMANN_PRINTED,
        "Besiroglu et al., as printed": fits.REPLICATION, "fitted here": fitted.stated.law,
    }  # fmt: skip
    return {name: dense.optimal(law, p.compute) for name, law in laws.items()}


def rounding(p: Parameters) -> dict[str, float]:
    """Return what rounding Hoffmann's beta alone does.

    Returns
    -------
    dict
        The optimal size then, and how far the data term at 1e11 tokens is off, relative.
    """
    only_beta = replace(HOFFMANN, beta=HOFFMANN_PRINTED.beta)
    exact, rough = (float(law.terms(1e9, 1e11)[1]) for law in (HOFFMANN, only_beta))
    return {
        "only_beta_params": float(dense.optimal(only_beta, p.compute).params),
        "beta_rounding_bias": rough / exact - 1,
    }


@dataclass(frozen=True)
class Constant:
    """A constant with its standard error, the Monte Carlo error of that, and two intervals."""

    value: float
    se: float
    se_error: float
    interval: Sequence[float]
    profile: Sequence[float]


def constants(p: Parameters, fit: Fit, drawn: ParametricLaw) -> dict[str, Constant]:
    """Return the constants with what the bootstrap and the profiles say of them."""
    found = {}
    for name in ("E", "A", "B", "alpha", "beta", "a"):
        value, draws = float(getattr(fit.law, name)), getattr(drawn, name)
        # A and B are positive and their profiles lopsided, so the grid is even in the logarithm.
        width = 4 * float(np.std(np.log(draws)))
        values = value * np.exp(np.linspace(-width, width, 81))
        kind = profile.size_exponent() if name == "a" else profile.coordinate(name)
        held = profile.profile_along(fit, kind, values).interval(p.level)
        found[name] = Constant(value, *fitting.standard_error(draws), ends(draws, p.level), held)
    return found


def approaches() -> list[Printed]:
    """Return the exponents of the optimal size that Hoffmann et al. print, by approach."""
    return [registry.printed(f"hoffmann2022.approach{number}.a") for number in (1, 2, 3)]


@dataclass(frozen=True)
class Exponent:
    """The bootstrap's 80% interval for the exponent of the optimal size.

    `times` is its width over that of the interval printed for approach 3, `runs_needed` the runs
    that would make it as narrow.
    """

    interval80: Sequence[float]
    times: float
    runs_needed: float


def exponent(sample: Sample, drawn: ParametricLaw) -> Exponent:
    """Ask how many runs the printed interval would take."""
    low, high = ends(drawn.a, 0.8)
    third = approaches()[2]
    times = (high - low) / (third.high - third.low)
    return Exponent([low, high], times, len(sample.used) * times**2)


def runs_needed_by_chance(p: Parameters, sample: Sample, drawn: ParametricLaw) -> Floats:
    """Return the runs needed by bootstraps drawn from this one: what its draws leave to chance."""
    rng, alpha, beta = np.random.default_rng(p.seed), *map(np.atleast_1d, (drawn.alpha, drawn.beta))
    picks = (rng.integers(0, len(alpha), len(alpha)) for _ in range(400))
    again = (replace(drawn, alpha=alpha[pick], beta=beta[pick]) for pick in picks)
    return np.array([exponent(sample, each).runs_needed for each in again])


def equality(ensemble: Bootstrap) -> dict[str, ChiSquareTest]:
    """Test whether Hoffmann's constants equal the fitted ones, by the scale of comparison."""
    fit = ensemble.fit
    scales = {
        "logarithms": (fit.form.values, fit.values, np.cov(ensemble.values.T)),
        "plain": (_vector, _vector(fit.law), np.cov(_vector(ensemble.law))),
    }
    return {
        scale: likelihood.equality(vector(HOFFMANN), ours, covariance)
        for scale, (vector, ours, covariance) in scales.items()
    }


def _vector(law: ParametricLaw) -> Floats:
    return np.stack([law.E, law.A, law.B, law.alpha, law.beta])


@dataclass(frozen=True)
class Ratios:
    """Optimal tokens per parameter by compute, with the bootstrap's interval.

    `sweeps` are the least and the most by other public sweeps and forms, and by this law;
    `median_compute` is the runs' median, `largest_compute` their most, and `falling_share` the
    share of the resamples whose ratio falls with compute.
    """

    budgets: Floats
    ratio: Floats
    low: Floats
    high: Floats
    sweeps: tuple[Floats, Floats]
    at_compute: Sequence[float]
    at_median: Sequence[float]
    sweeps_at_compute: Sequence[float]
    median_compute: float
    largest_compute: float
    falling_share: float


def ratios(p: Parameters, fit: Fit, drawn: ParametricLaw) -> Ratios:
    """Ask at which budgets the runs can tell the optimal tokens per parameter."""
    budgets, median = np.geomspace(1e18, 1e27, 37), float(np.median(fit.runs.flop))
    low, high = fitting.interval(dense.optimal(drawn, budgets[:, None]).tokens_per_param.T, p.level)
    at_compute, at_median = (ends(dense.optimal(drawn, c).tokens_per_param, p.level) for c in (p.compute, median))  # fmt: skip
    least, most = _over_sweeps(fit.law, np.append(budgets, p.compute))
    return Ratios(
        budgets, dense.optimal(fit.law, budgets).tokens_per_param, low, high, (least[:-1], most[:-1]),
        at_compute, at_median, (float(least[-1]), float(most[-1])), median,
        float(fit.runs.flop.max()), float(np.mean(drawn.alpha < drawn.beta)),
    )  # fmt: skip


def _over_sweeps(own: ParametricLaw, compute: Floats) -> tuple[Floats, Floats]:
    """Return the least and the most tokens per parameter by the sweeps' laws and by this one."""
    laws: list[Surface] = [own, *foresight.sweep_laws().values()]
    told = np.stack([dense.optimal(law, compute).tokens_per_param for law in laws])
    return told.min(axis=0), told.max(axis=0)


def best_size(compute: float, scale: float, power: float) -> float:
    """Return the optimal size, G (C / 6)^a (Hoffmann et al. 2022, Eq 4)."""
    size: float = scale * (compute / 6) ** power
    return size


def tokens_of(compute: float, params: float) -> float:
    """Return the tokens that a budget buys for a size, by C = 6 N D."""
    return compute / (6 * params)


def over(one: float, other: float) -> float:
    """Return how many times another number one is."""
    return one / other


@dataclass(frozen=True)
class Split:
    """A fit of the runs up to a limit of compute, and the share of the larger ones it covers.

    `reach` is the largest run over the limit.
    """

    limit: float
    runs: int
    E: float
    a: float
    covered: float
    reach: float


def splits(p: Parameters, whole: Fit) -> list[Split]:
    """Fit the smaller runs, and test their prediction intervals on the larger ones."""
    used, found = whole.runs, []
    for limit in np.quantile(used.flop, [0.25, 0.5, 0.75]):
        small, large = used.take(used.flop <= limit), used.take(used.flop > limit)
        fit = fitting.fit(small, error=whole.error)
        several = fit.bootstrap(min(500, p.resamples), p.seed)
        low, high = several.predict(large.params, large.tokens, p.level)
        covered = np.mean((low <= large.loss) & (large.loss <= high))
        found.append(Split(
            float(limit), len(small), float(fit.law.E), float(fit.law.a), float(covered),
            float(used.flop.max() / limit)))  # fmt: skip
    return found
