"""What public experiments say of mixtures of experts: Clark's routed runs, and Abnar's law.

Clark et al. 2022 trained dense models and mixtures, in three ways of routing, all on about 130B
tokens, and fitted a law of the base model's size N and the number of experts E,

    log L = a log N + b log e + c log N log e + d,

where e is E, saturating at both ends. Abnar et al. 2025 fitted losses over budgets and sparsity.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from scalebook.chapters.common import kept
from scalinglaws import datapackage, laws
from scalinglaws.optimum import experts
from scalinglaws.units import Floats

ROUTINGS = ("clark2022-s-base", "clark2022-rl-r", "clark2022-hash")
RESAMPLES, SEED = 500, 2022
#: The most of a model that Abnar et al. leave idle.
MOST_IDLE = 0.98


@dataclass(frozen=True)
class Routed:
    """Clark's law, fitted to the runs of one way of routing.

    Attributes
    ----------
    law : ndarray of shape (4,)
        a, b, c and d, of decimal logarithms.
    draws : ndarray of shape (resamples, 4)
        The same of resampled runs, with `ends` held.
    ends : tuple of two floats
        Where the number of experts saturates.
    sizes, numbers : tuple of two floats
        The smallest and the largest base model, and the fewest and the most experts, of the runs.
    """

    law: Floats
    draws: Floats
    ends: tuple[float, float]
    sizes: tuple[float, float]
    numbers: tuple[float, float]

    def saturated(self, number: ArrayLike) -> Floats:
        """Return the logarithm of what a number of experts counts for."""
        return np.log10(saturating(number, *self.ends))

    def gain(self, params: float) -> Floats:
        """Return the slope of log loss in log experts at a size, by resample: negative if good."""
        slope: Floats = self.draws[:, 1] + self.draws[:, 2] * np.log10(params)
        return slope

    def of_size(self, number: float) -> Floats:
        """Return the slope of log loss in log size with a number of experts, by resample."""
        slope: Floats = self.draws[:, 0] + self.draws[:, 2] * self.saturated(number)
        return slope

    def last_size(self, law: Floats) -> Floats:
        """Return the size from which on more experts gain nothing; 1e18 where there is none."""
        b, c = law[..., 1], law[..., 2]
        power = np.where(c > 0, -b / np.where(c > 0, c, 1.0), 18.0)
        size: Floats = 10.0 ** np.clip(power, 0, 18)
        return size

    def loss(self, params: float, number: float) -> Floats:
        """Return the loss at a size and number of experts, by resample."""
        size, many = np.log10(params), self.saturated(number)
        found: Floats = 10.0 ** (self.draws @ np.array([size, many, size * many, 1.0]))
        return found

    def multiplier(self, law: Floats, params: float, number: float) -> Floats:
        """Return the size of a dense model with the same loss, over that of the base model.

        On the same number of tokens it is the ratio of their compute. `law` is that of the fit, or
        of resamples.
        """
        a, b, c = law[..., 0], law[..., 1], law[..., 2]
        one, many = self.saturated(1.0), self.saturated(number)
        size = np.log10(params)
        dense = (a * size + (b + c * size) * many - b * one) / (a + c * one)
        times: Floats = 10.0 ** (dense - size)
        return times


def saturating(number: ArrayLike, start: float, most: float) -> Floats:
    """Return the number of experts, saturating below `start` and towards `most`, as Clark has it."""
    few = 1 / (1 / start - 1 / most)
    found: Floats = 1 / (1 / (np.asarray(number) - 1 + few) + 1 / most)
    return found


@kept  # no parameter changes it
def routed() -> dict[str, Routed]:
    """Fit Clark's law to the runs of each way of routing, one expert for each token."""
    rows = [row for row in datapackage.bundled("clark2022_final")
            if row["top_k"] == 1 and row["routing_frequency"] == 0.5]  # fmt: skip
    found = {}
    for routing in ROUTINGS:
        own = [row for row in rows if row["suite"] == routing]
        found[routing] = fit_routed(*np.array([[row[name] for name in ("params", "experts", "loss")] for row in own]).T)  # fmt: skip
    return found


def fit_routed(params: Floats, number: Floats, loss: Floats) -> Routed:
    """Fit Clark's law by least squares in log loss."""
    y = np.log10(loss)

    def design(ends: tuple[float, float]) -> Floats:
        n, e = np.log10(params), np.log10(saturating(number, *ends))
        return np.stack([n, e, n * e, np.ones_like(n)], axis=-1)

    def ends_of(x: Floats) -> tuple[float, float]:
        start = 1 + np.exp(x[0])
        return float(start), float(start + np.exp(x[1]))

    def misfit(x: Floats) -> float:
        at = design(ends_of(x))
        return float(1e6 * np.sum((at @ np.linalg.lstsq(at, y, rcond=None)[0] - y) ** 2))

    best = minimize(misfit, [0.0, 6.0], method="Nelder-Mead", bounds=[(-5, 4), (2, 12)])
    ends = ends_of(best.x)
    at, rng = design(ends), np.random.default_rng(SEED)
    picks = [np.arange(len(y)), *rng.integers(0, len(y), (RESAMPLES, len(y)))]
    law, *draws = (np.linalg.lstsq(at[pick], y[pick], rcond=None)[0] for pick in picks)
    return Routed(law, np.array(draws), ends, (params.min(), params.max()), (number.min(), number.max()))  # fmt: skip


def widening(each: Routed, number: float = 8) -> Floats:
    """Return the change in the compute saved from the smallest base model to the largest, less one.

    By resample; below zero it falls.
    """
    small, large = (each.multiplier(each.draws, size, number) for size in each.sizes)
    change: Floats = large / small - 1
    return change


@dataclass(frozen=True)
class Mixtures:
    """Routed runs, and what Abnar's law says at fixed budgets.

    Attributes
    ----------
    routed : dict of str to Routed
    sparser : ndarray
        Change in the best loss from a dense model to `MOST_IDLE`, by budget.
    falls : bool
        Whether it falls all the way.
    inside : ndarray of bool
        By total size and budget: whether some share of idle parameters is better than none and
        better than nearly all.
    saved : ndarray of bool
        By budget: whether a mixture of as many parameters as the best dense model has, and so of
        the same memory, reaches a lower loss with the same compute.
    """

    routed: dict[str, Routed]
    sparser: Floats
    falls: bool
    inside: Floats
    saved: Floats


#: Total sizes for which the best sparsity is looked for.
SIZES = (1e9, 3e9, 1e10, 3e10)


def tried(law: laws.SparseLaw, budgets: Floats) -> Mixtures:
    """Ask Abnar's law what sparsity does at each budget, and Clark's runs what experts do."""
    shares = np.linspace(0, MOST_IDLE, 50)
    best = experts.optimal(law, budgets[:, None], shares)
    inside = [_interior(at_size(law, size, budget)) for size in SIZES for budget in budgets]
    saved = []
    for budget, size in zip(budgets, best.params[:, 0], strict=True):
        along = at_size(law, float(size), float(budget))
        saved.append(along.min() < along[0])
    falls = bool((np.diff(best.loss, axis=1) < 0).all())
    return Mixtures(routed(), best.loss[:, -1] - best.loss[:, 0], falls, np.array(inside), np.array(saved))  # fmt: skip


def at_size(law: laws.SparseLaw, params: float, compute: float) -> Floats:
    """Return the loss at a total size and compute, from none idle to all but a thousandth."""
    active = np.geomspace(1, 1e-3, 300)
    loss: Floats = law.loss(params, compute / (6 * active * params), 1 - active)
    return loss


def _interior(loss: Floats) -> bool:
    return bool(loss.min() < min(loss[0], loss[-1]))
