"""Fits of the whole loss surface to the suites, and what sets Approach 2 apart from them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from scalebook.chapters.isoflop.suite import Span, Suite, Suites, interval
from scalebook.chapters.parameter import Parameters
from scalinglaws import fitting
from scalinglaws.fitting import isoflop, parabola
from scalinglaws.laws import ParametricLaw
from scalinglaws.units import Floats


@dataclass(frozen=True)
class Surface:
    """The law fitted to the used runs of a suite by Approach 3 and by variable projection.

    Attributes
    ----------
    huber, varpro : Fit
    a_huber, a_varpro : float
        Exponent of size by each.
    huber_ends, varpro_ends : (float, float)
        Its bootstrap interval.
    scatter_parabola, scatter_surface : float
        Root mean square of the relative residuals about parabolas and surface (varpro).
    near_surface : float
        Correlation of a residual about the surface with that of the next size on its budget.
    """

    huber: fitting.Fit
    varpro: fitting.Fit
    a_huber: float
    a_varpro: float
    huber_ends: Span
    varpro_ends: Span
    scatter_parabola: float
    scatter_surface: float
    near_surface: float


Surfaces = Mapping[str, Surface]


def surfaces(p: Parameters, found: Suites) -> dict[str, Surface]:
    """Fit the surface to the used runs of each suite, with its bootstrap and its residuals."""

    def of(s: Suite) -> Surface:
        huber, varpro = (fitting.fit(s.used, error=error) for error in ("huber", "varpro"))
        huber_ends, varpro_ends = (interval(fit.bootstrap(p.surface_resamples, p.seed).law.a, p.level)
                                   for fit in (huber, varpro))  # fmt: skip
        inner, outer = s.profiles.residuals[s.on] / s.used.loss, varpro.residuals
        return Surface(huber, varpro, float(huber.law.a), float(varpro.law.a), huber_ends, varpro_ends,
                       root_mean_square(inner), root_mean_square(outer), neighbours(s, outer))  # fmt: skip

    return {name: of(s) for name, s in found.items()}


def root_mean_square(values: Floats) -> float:
    """Return the root of the mean of the squares."""
    return float(np.sqrt(np.mean(values**2)))


def neighbours(s: Suite, residuals: Floats) -> float:
    """Return the correlation of a used run's residual with that of the next size on its budget."""
    group = s.profiles.group[s.on]
    order = np.lexsort((s.used.params, group))
    together = np.diff(group[order]) == 0
    values = residuals[order]
    return float(np.corrcoef(values[:-1][together], values[1:][together])[0, 1])


@dataclass(frozen=True)
class Parts:
    """What Approach 2 less the surface (varpro) is made of, and what it would cost.

    Attributes
    ----------
    split : dict of str to float
        The difference in a, in the parts "counting", "parabola" and "misfit".
    size, best : float
        Parameters at the parameter `compute`, by Approach 2 and by the surface.
    share_wasted : float
        Share of that compute that `size` wastes, were the surface the truth.
    """

    split: dict[str, float]
    size: float
    best: float
    share_wasted: float


def parts(p: Parameters, found: Suites, fitted: Surfaces) -> dict[str, Parts]:
    """Split the difference between Approach 2 and the surface (varpro), for each suite."""

    def of(s: Suite, law: ParametricLaw) -> Parts:
        used = s.used
        clean = isoflop.fit(replace(used, loss=law.loss(used.params, used.tokens)))
        found, a = clean.profiles, clean.allocation.a  # by Approach 2 on the surface's own losses
        c = found.compute[found.used]
        if s.table.budget is not None:  # what the table counts, which need not be 6 N D
            used = replace(used, flop=found.compute[found.group])
        counted = isoflop.counted_optimum(law, c, used)
        slope = float(np.polyfit(np.log(c), np.log(counted), 1)[0])
        size, best = float(s.line.params(p.compute)), float(law.optimum(compute=p.compute).params)
        lost = float(parabola.compute_multiplier(law.alpha, law.beta, np.log(size / best)))
        split = {"counting": slope - float(law.a), "parabola": a - slope, "misfit": s.a - a}
        return Parts(split, size, best, 1 - 1 / lost)

    return {name: of(s, fitted[name].varpro.law) for name, s in found.items()}
