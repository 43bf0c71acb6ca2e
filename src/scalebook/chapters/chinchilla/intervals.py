"""How sure the constants are, and what follows from them: the optimum, and losses beyond the runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scalebook.chapters.chinchilla import fits
from scalebook.chapters.chinchilla.fits import HOFFMANN, HOFFMANN_PRINTED, Fitted, Sample
from scalebook.chapters.common import ends
from scalebook.chapters.parameter import Parameters
from scalinglaws import fitting, registry
from scalinglaws.balance import Allocation
from scalinglaws.fitting import Bootstrap, Fit, grid, likelihood, profile
from scalinglaws.fitting.likelihood import ChiSquareTest
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense
from scalinglaws.registry import Printed
from scalinglaws.units import Floats

#: Resamples at most that are fitted from other starting points as well.
ELSEWHERE = 50


def optima(p: Parameters, fitted: Fitted) -> dict[str, Allocation]:
    """Return the optimum at the quoted budget by four sets of constants."""
    laws = {
        "Hoffmann et al., unrounded": HOFFMANN, "Hoffmann et al., as printed": HOFFMANN_PRINTED,
        "replication, as printed": fits.REPLICATION, "our fit": fitted.stated.law,
    }  # fmt: skip
    return {name: dense.optimal(law, p.compute) for name, law in laws.items()}


def rounding(p: Parameters) -> dict[str, float]:
    """Return what rounding Hoffmann's beta does, alone and with B.

    Returns
    -------
    dict
        The optimal size with beta alone rounded, and how far the data term at 1e11 tokens is off,
        relative, with beta rounded and with both.
    """
    only_beta = replace(HOFFMANN, beta=HOFFMANN_PRINTED.beta)
    exact, rough, both = (float(law.terms(1e9, 1e11)[1]) for law in (HOFFMANN, only_beta, HOFFMANN_PRINTED))  # fmt: skip
    return {
        "only_beta_params": float(dense.optimal(only_beta, p.compute).params),
        "beta_rounding_bias": rough / exact - 1, "data_rounding_bias": both / exact - 1,
    }  # fmt: skip


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


#: Outcomes by the scale of comparison and by how Hoffmann's constants are rounded.
Tests = dict[tuple[str, str], ChiSquareTest]


def equality(ensemble: Bootstrap) -> Tests:
    """Test whether Hoffmann's constants equal the fitted ones."""
    fit = ensemble.fit
    scales = {
        "logarithms": (fit.form.values, fit.values, np.cov(ensemble.values.T)),
        "plain": (_vector, _vector(fit.law), np.cov(_vector(ensemble.law))),
    }
    return {
        (scale, which): likelihood.equality(vector(law), ours, covariance)
        for scale, (vector, ours, covariance) in scales.items()
        for which, law in (("unrounded", HOFFMANN), ("as printed", HOFFMANN_PRINTED))
    }


def _vector(law: ParametricLaw) -> Floats:
    return np.stack([law.E, law.A, law.B, law.alpha, law.beta])


@dataclass(frozen=True)
class Ratios:
    """Optimal tokens per parameter by compute, with the bootstrap's interval.

    `profiles` are intervals by the profile, by budget; `median_compute` is the runs' median, and
    `falling_share` the share of the resamples whose ratio falls with compute.
    """

    budgets: Floats
    ratio: Floats
    low: Floats
    high: Floats
    profiles: dict[float, list[float]]
    at_compute: Sequence[float]
    at_median: Sequence[float]
    median_compute: float
    falling_share: float


def ratios(p: Parameters, fit: Fit, drawn: ParametricLaw) -> Ratios:
    """Ask at which budgets the runs can tell the optimal tokens per parameter."""
    budgets, profiles = np.geomspace(1e18, 1e27, 37), {}
    low, high = fitting.interval(dense.optimal(drawn, budgets[:, None]).tokens_per_param.T, p.level)
    median = float(np.median(fit.runs.flop))
    for c in (median, 1e22, p.compute, 1e25, 1e27):
        tried = float(dense.optimal(fit.law, c).tokens_per_param) * np.geomspace(0.05, 20, 121)
        held = profile.profile_along(fit, profile.tokens_per_param(c), tried)
        # A side that stays open ends with what was tried.
        profiles[c] = np.clip(held.interval(p.level), tried[0], tried[-1]).tolist()
    at_compute, at_median = (ends(dense.optimal(drawn, c).tokens_per_param, p.level) for c in (p.compute, median))  # fmt: skip
    return Ratios(budgets, dense.optimal(fit.law, budgets).tokens_per_param, low, high, profiles,
                  at_compute, at_median, median, float(np.mean(drawn.alpha < drawn.beta)))  # fmt: skip


def valley(fit: Fit, drawn: ParametricLaw) -> tuple[Floats, Floats, Floats]:
    """Map the error over the two exponents, with the amplitudes solved.

    Returns
    -------
    alpha, beta, error : ndarray
        The last is the root-mean-square error over its minimum, of shape (beta, alpha).
    """
    # What the runs of Hoffmann et al. need, or more where other runs do.
    alpha, beta = (np.linspace(min(least, *np.quantile(draws, [0.01])), max(most, *np.quantile(draws, [0.99])), 91)
                   for least, most, draws in ((0.26, 0.44, drawn.alpha), (0.2, 0.56, drawn.beta)))  # fmt: skip
    design = fit.problem.design
    squares = grid.project_grid(alpha, beta, design, np.exp(-2 * design.log_loss)).objective
    # Pairs come with alpha outermost; a map has it along the horizontal axis.
    return alpha, beta, np.sqrt(squares / squares.min()).reshape(len(alpha), len(beta)).T


@dataclass(frozen=True)
class Extrapolation:
    """Loss at the optimum from the smallest run to beyond the largest.

    `law` and `run` are the ends of the intervals for the law and for a single run.
    """

    compute: Floats
    loss: Floats
    law: tuple[Floats, Floats]
    run: tuple[Floats, Floats]


def extrapolation(p: Parameters, ensemble: Bootstrap) -> Extrapolation:
    """Predict the loss of optimal runs dearer than all that were fitted."""
    flop = ensemble.fit.runs.flop
    compute = np.geomspace(flop.min(), float(flop.max()) * p.extrapolation, 41)
    best = dense.optimal(ensemble.fit.law, compute)
    laws = ensemble.law.loss(best.params[:, None], best.tokens[:, None])
    return Extrapolation(compute, best.loss, fitting.interval(laws.T, p.level),
                         ensemble.predict(best.params, best.tokens, p.level))  # fmt: skip


@dataclass(frozen=True)
class Split:
    """A fit of the runs up to a limit of compute, and the share of the dearer ones it covers.

    `reach` is the largest run over the limit, `settled` the share of resamples that converged.
    """

    limit: float
    runs: int
    E: float
    a: float
    covered: float
    reach: float
    settled: float


def splits(p: Parameters, whole: Fit) -> list[Split]:
    """Fit the cheaper runs, and test their prediction intervals on the dearer ones."""
    used, found = whole.runs, []
    for limit in np.quantile(used.flop, [0.25, 0.5, 0.75]):
        cheap, dear = used.take(used.flop <= limit), used.take(used.flop > limit)
        fit = fitting.fit(cheap, error=whole.error)
        several = fit.bootstrap(min(500, p.resamples), p.seed)
        low, high = several.predict(dear.params, dear.tokens, p.level)
        covered = np.mean((low <= dear.loss) & (dear.loss <= high))
        found.append(Split(
            float(limit), len(cheap), float(fit.law.E), float(fit.law.a), float(covered),
            float(used.flop.max() / limit), float(several.converged.mean())))  # fmt: skip
    return found
