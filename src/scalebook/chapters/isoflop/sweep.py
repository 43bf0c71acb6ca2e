"""Sweeps made up from a law: what parabolas and envelopes get wrong, and how many runs it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from scalebook.chapters.common import printed
from scalebook.chapters.isoflop.suite import Suite, trained
from scalebook.chapters.isoflop.surface import Surfaces
from scalebook.chapters.parameter import Parameters
from scalinglaws import fitting, registry
from scalinglaws.fitting import envelope, isoflop, parabola
from scalinglaws.laws import ParametricLaw
from scalinglaws.prediction import simulation
from scalinglaws.units import Floats

TRUTH, COMMA = "Besiroglu et al.", "Marin Comma, our fit"
#: Half-widths of grids in log size.
HALF_WIDTHS = np.log(np.geomspace(2, 100, 60)) / 2
#: Sizes on a grid against which the closed form of the vertex is checked.
CHECK_SIZES = 2001
#: Decades of compute beyond the largest budget.
AHEAD = np.linspace(0, 8, 81)
#: Sizes and compute of made-up training curves, and numbers of sizes over the same range.
LADDER, READINGS = np.geomspace(1e8, 1e10, 12), np.geomspace(1e18, 1e23, 1500)
RUNGS = (6, 12, 24, 48)
#: Sizes on each budget of made-up sweeps, and how many of each are drawn, and fitted.
COUNTS, DRAWS, TRIED = np.array([4, 6, 10, 20, 40, 80, 160]), 300, 40
#: Runs in the tables that are drawn from Hoffmann's.
DRAWN = np.array([120, 240, 480, 960, 1920])


def truth() -> ParametricLaw:
    """Return the law that made-up runs are drawn from."""
    return registry.parametric("besiroglu2024")


def law_pairs(fitted: Surfaces) -> dict[str, ParametricLaw]:
    """Return two published and two fitted laws, of more and less equal exponents."""
    return {
        TRUTH: truth(),
        "Hoffmann et al.": registry.parametric("hoffmann2022"),
        "FineWeb, our fit": fitted["fineweb-c4"].varpro.law,
        COMMA: fitted["marin-comma"].varpro.law,
    }


def paper_budgets() -> tuple[float, float, int]:
    """Return the smallest and largest budget of Hoffmann et al. (FLOP), and their number."""
    keys = ("smallest", "largest", "budgets")
    low, high, count = (printed(f"hoffmann2022.isoflop.{key}") for key in keys)
    return low, high, int(count)


def planned(
    p: Parameters, law: ParametricLaw, sizes: int = 3, drift: float = 0.0, widening: float = 1.0
) -> simulation.Sweep:
    """Return a sweep over the paper's budgets, with grids as wide as the parameter `factor`."""
    budgets = paper_budgets()
    return simulation.Sweep(law, *budgets, sizes, p.factor, drift=drift, widening=widening)


@dataclass(frozen=True)
class Bias:
    """What a parabola gets wrong under one law, without noise.

    Attributes
    ----------
    law : ParametricLaw
    shift : float
        Relative error of the size on a centred grid.
    error, drifted : float
        Error of a on a grid that widens, and on one that also drifts.
    bias : float
        The latter as Approach 2 has it on 160 sizes a budget.
    lost, steady : ndarray, float
        Compute wasted (%) at `AHEAD` by the grid that widens and drifts, and by the centred one.
    """

    law: ParametricLaw
    shift: float
    error: float
    drifted: float
    bias: float
    lost: Floats
    steady: float

    @property
    def cost(self) -> float:
        """Share of compute wasted four decades beyond the largest budget."""
        return float(np.interp(4, AHEAD, self.lost)) / 100


def error_of_a(p: Parameters, law: ParametricLaw, drift: float, widening: float) -> float:
    """Return the error of Approach 2's a on the paper's budgets, in closed form."""
    budgets, widths, offsets = planned(p, law, drift=drift, widening=widening).grids()
    return float(parabola.exponent_error(law.alpha, law.beta, widths, offsets, budgets))


def biases(p: Parameters, fitted: Surfaces) -> dict[str, Bias]:
    """Ask the closed forms what a sweep like the parameters' gets wrong under each law."""
    low, high, _ = paper_budgets()

    def of(law: ParametricLaw) -> Bias:
        pair = law.alpha, law.beta
        shift = float(np.expm1(parabola.vertex_shift(*pair, np.log(p.factor) / 2)))
        error, drifted = (error_of_a(p, law, drift, p.widening) for drift in (0.0, p.drift))
        sweep = planned(p, law, COUNTS[-1], p.drift, p.widening)
        found = isoflop.ensemble(sweep.runs()).allocation.a
        middle = float(parabola.vertex_shift(*pair, *sweep.grids()[1:]).mean())
        u = middle + drifted * (AHEAD * np.log(10) + np.log(high / low) / 2)
        lost, steady = (100 * (parabola.compute_multiplier(*pair, off) - 1) for off in (u, np.log1p(shift)))  # fmt: skip
        bias = float(np.ravel(found)[0] - law.a)
        return Bias(law, shift, error, drifted, bias, lost, float(steady))

    return {name: of(law) for name, law in law_pairs(fitted).items()}


def closed_form_error(laws: Mapping[str, Bias]) -> float:
    """Return the largest error of the closed form of the vertex, against direct fits."""
    errors = []
    for bias, w, c in product(laws.values(), HALF_WIDTHS[9::25], (-0.5, 0.0, 0.8)):
        pair = bias.law.alpha, bias.law.beta
        u = c + w * ((2 * np.arange(CHECK_SIZES) + 1) / CHECK_SIZES - 1)
        quadratic = np.polynomial.Polynomial.fit(u, parabola.reducible(*pair, u), 2)
        direct = float(quadratic.deriv().roots()[0])
        errors.append(abs(direct - float(parabola.vertex_shift(*pair, w, c))))
    return max(errors)


@dataclass(frozen=True)
class Envelopes:
    """Approach 1 on curves made up from a law.

    Attributes
    ----------
    curves : ndarray
        Loss of each size of `LADDER` at each of `READINGS`.
    by_count : dict
        Envelope by the number of sizes.
    lucky : ndarray
        a inside, of draws in which each run is off by the parameter `noise`.
    real : float
        Exponent of the sizes of lowest loss on the budgets of the FineWeb suite.
    """

    curves: Floats
    by_count: dict[int, envelope.Envelope]
    lucky: Floats
    real: float

    @property
    def edge(self) -> envelope.Envelope:
        """Envelope of the curves."""
        return self.by_count[len(LADDER)]


def envelopes(p: Parameters, fineweb: Suite) -> Envelopes:
    """Follow made-up curves through their training, and take the best size at each compute."""
    curves = envelope.curves(truth(), LADDER, READINGS)
    rng = np.random.default_rng(p.seed)
    luck = rng.standard_normal((DRAWS, len(LADDER), 1))
    lucky = envelope.fit_envelope(LADDER, READINGS[::6], curves[:, ::6] * np.exp(p.noise * luck))
    by_count = {}
    for count in RUNGS:
        sizes = np.geomspace(LADDER[0], LADDER[-1], count)
        losses = envelope.curves(truth(), sizes, READINGS)
        by_count[count] = envelope.fit_envelope(sizes, READINGS, losses)
    slopes = lucky.a_inside[np.isfinite(lucky.a_inside)]
    return Envelopes(curves, by_count, slopes, lowest_sizes_exponent(fineweb))


def lowest_sizes_exponent(s: Suite) -> float:
    """Return the exponent of the sizes of lowest loss on the used budgets, without a parabola."""
    used = np.flatnonzero(s.profiles.used)
    rows = [np.flatnonzero(s.profiles.group == k) for k in used]
    lowest = [on[np.argmin(s.kept.loss[on])] for on in rows]
    return float(np.polyfit(np.log(s.profiles.compute[used]), np.log(s.kept.params[lowest]), 1)[0])


@dataclass(frozen=True)
class Precision:
    """Half-widths of the interval of a from made-up sweeps, by noise and at each length.

    Attributes
    ----------
    lengths : ndarray of int
        Runs of each sweep.
    parabolas, surface : dict of float to ndarray
        Half-widths by Approach 2 and by a fit of the surface.
    simulated : float
        That of the surface from simulated fits, at the parameter `noise` and the third length.
    """

    lengths: NDArray[np.int_]
    parabolas: dict[float, Floats]
    surface: dict[float, Floats]
    simulated: float


def precision(p: Parameters) -> Precision:
    """Draw noisy sweeps of more and more runs, and see how far the exponents scatter."""
    law, rng = truth(), np.random.default_rng(p.seed)
    sweeps = [planned(p, law, int(count)).runs() for count in COUNTS]
    parabolas, surface = {}, {}
    for noise in sorted({0.001, p.noise, 0.0075}):
        scatter, errors = [], []
        for runs in sweeps:
            losses = simulation.scatter(runs.loss, noise, DRAWS, rng)
            scatter.append(np.nanstd(isoflop.ensemble(runs, losses).allocation.a))
            errors.append(simulation.standard_error(law, runs.params, runs.tokens, noise))
        parabolas[noise] = simulation.normal_half_width(scatter, p.level)
        surface[noise] = simulation.normal_half_width(errors, p.level)
    start = fitting.FORMS["chinchilla"].values(law)[None]
    tried = [float(fitting.fit(replace(sweeps[2], loss=noisy), error=fitting.MSE, starts=start).law.a)
             for noisy in simulation.scatter(sweeps[2].loss, p.noise, TRIED, rng)]  # fmt: skip
    simulated = float(simulation.normal_half_width(np.std(tried, ddof=1), p.level))
    return Precision(paper_budgets()[2] * COUNTS, parabolas, surface, simulated)


def runs_wanted(p: Parameters, found: Precision, noise: float) -> tuple[float, float]:
    """Return the runs for the half-width wanted, by Approach 2 and by a fit of the surface."""
    parabolas, surface = (float(simulation.runs_needed(found.lengths[3], by_noise[noise][3], p.wanted))
                          for by_noise in (found.parabolas, found.surface))  # fmt: skip
    return parabolas, surface


@dataclass(frozen=True)
class Redrawn:
    """Approach 3 on tables drawn from Hoffmann's runs.

    Attributes
    ----------
    reported : int
        Runs that the tables are drawn from.
    half_widths : ndarray
        Of the interval of a at the parameter `level`, at the lengths of `DRAWN`.
    half_width, printed_half : float
        The same for as many runs as reported, and as printed in 2022.
    width_rate : float
        Power of the length that the widths fall with.
    runs_original, runs_wanted : float
        Runs that the interval of 2022 would take, and the one that is wanted.
    """

    reported: int
    half_widths: Floats
    half_width: float
    printed_half: float
    width_rate: float
    runs_original: float
    runs_wanted: float


def redrawn(p: Parameters, hoffmann: Suite) -> Redrawn:
    """Draw shorter and longer tables from Hoffmann's runs, and fit each by Approach 3."""
    runs = trained(hoffmann.table, p.min_ratio)
    by_count = simulation.exponents_by_count(fitting.fit(runs), DRAWN, resamples=150, seed=p.seed)
    widths = np.array([np.subtract(*fitting.interval(a, 0.8)[::-1]) for a in by_count])
    rate = float(np.polyfit(np.log(DRAWN), np.log(widths), 1)[0])
    # The line through all lengths steadies the width that a single one gives.
    width = float(np.exp(np.mean(np.log(widths) + 0.5 * np.log(DRAWN / len(runs)))))
    as_printed = printed("hoffmann2022.a.width80")
    original = float(simulation.runs_needed(len(runs), width, as_printed))
    # From 80% to the level of this chapter.
    wider, at_80 = (float(simulation.normal_half_width(1.0, each)) for each in (p.level, 0.8))
    half = width / 2 * (wider / at_80)
    return Redrawn(len(runs), widths / 2 * (wider / at_80), half, as_printed / 2 * (wider / at_80),
                   rate, original, float(simulation.runs_needed(len(runs), half, p.wanted)))  # fmt: skip
