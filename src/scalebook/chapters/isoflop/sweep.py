"""Sweeps made up from a law: what parabolas get wrong without noise, and how many runs it takes."""

from dataclasses import dataclass

import numpy as np

from scalebook.chapters.common import printed
from scalebook.chapters.isoflop.suite import Suite, trained
from scalebook.chapters.isoflop.surface import Surfaces
from scalebook.chapters.parameter import Parameters
from scalinglaws import fitting, registry
from scalinglaws.fitting import isoflop, parabola
from scalinglaws.laws import ParametricLaw
from scalinglaws.prediction import simulation

TRUTH, COMMA = "Besiroglu et al.", "Marin Comma, fitted"
#: Half-widths of grids in log size.
HALF_WIDTHS = np.log(np.geomspace(2, 100, 60)) / 2
#: Sizes on each budget of the made-up sweep, and how many such sweeps are drawn.
SIZES, DRAWS = 20, 300
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
        "FineWeb C4, fitted": fitted["fineweb-c4"].varpro.law,
        COMMA: fitted["marin-comma"].varpro.law,
    }


def paper_budgets() -> tuple[float, float, int]:
    """Return the smallest and largest budget of Hoffmann et al. (FLOP), and their number."""
    keys = ("smallest", "largest", "budgets")
    low, high, count = (printed(f"hoffmann2022.isoflop.{key}") for key in keys)
    return low, high, int(count)


def planned(
    p: Parameters, law: ParametricLaw, sizes: int = 3, widening: float = 1.0
) -> simulation.Sweep:
    """Return a sweep over the paper's budgets, with grids as wide as the parameter `factor`."""
    return simulation.Sweep(law, *paper_budgets(), sizes, p.factor, widening=widening)


@dataclass(frozen=True)
class Bias:
    """What a parabola gets wrong under one law, without noise.

    Attributes
    ----------
    law : ParametricLaw
    shift : float
        Relative error of the size on a centred grid.
    error : float
        Error of a on a grid that widens.
    """

    law: ParametricLaw
    shift: float
    error: float


def error_of_a(p: Parameters, law: ParametricLaw, widening: float) -> float:
    """Return the error of Approach 2's a on the paper's budgets, in closed form."""
    budgets, widths, offsets = planned(p, law, widening=widening).grids()
    return float(parabola.exponent_error(law.alpha, law.beta, widths, offsets, budgets))


def biases(p: Parameters, fitted: Surfaces) -> dict[str, Bias]:
    """Ask the closed forms what a sweep like the parameters' gets wrong under each law."""

    def of(law: ParametricLaw) -> Bias:
        shift = parabola.vertex_shift(law.alpha, law.beta, np.log(p.factor) / 2)
        return Bias(law, float(np.expm1(shift)), error_of_a(p, law, p.widening))

    return {name: of(law) for name, law in law_pairs(fitted).items()}


@dataclass(frozen=True)
class Needed:
    """How many runs narrow the interval of a to the half-width wanted.

    Attributes
    ----------
    runs_parabola, runs_surface : float
        Of a made-up sweep, by Approach 2 and by a fit of the surface.
    runs_wanted : float
        Of runs that scatter as Hoffmann's do, by Approach 3.
    """

    runs_parabola: float
    runs_surface: float
    runs_wanted: float


def needed(p: Parameters, hoffmann: Suite) -> Needed:
    """Ask a made-up sweep, and tables drawn from Hoffmann's runs, how exponents scatter."""
    law, rng = truth(), np.random.default_rng(p.seed)
    runs = planned(p, law, SIZES).runs()
    noisy = simulation.scatter(runs.loss, p.noise, DRAWS, rng)
    errors = (
        float(np.nanstd(isoflop.ensemble(runs, noisy).allocation.a)),
        simulation.standard_error(law, runs.params, runs.tokens, p.noise),
    )
    parabolas, surface = (
        float(simulation.runs_needed(len(runs), simulation.normal_half_width(each, p.level), p.wanted))
        for each in errors
    )  # fmt: skip
    return Needed(parabolas, surface, drawn_again(p, hoffmann))


def drawn_again(p: Parameters, hoffmann: Suite) -> float:
    """Return the runs that it takes if they scatter as Hoffmann's, fitted by Approach 3."""
    runs = trained(hoffmann.table, p.min_ratio)
    by_count = simulation.exponents_by_count(fitting.fit(runs), DRAWN, resamples=150, seed=p.seed)
    widths = np.array([np.subtract(*fitting.interval(a, 0.8)[::-1]) for a in by_count])
    # The line through all lengths steadies the width that a single one gives.
    width = float(np.exp(np.mean(np.log(widths) + 0.5 * np.log(DRAWN / len(runs)))))
    # From 80%, whose ends few draws settle, to the level of this chapter.
    wider, at_80 = (float(simulation.normal_half_width(1.0, each)) for each in (p.level, 0.8))
    return float(simulation.runs_needed(len(runs), width / 2 * wider / at_80, p.wanted))
