"""Estimates of one quantity from many suites, pooled: laboratories differ, and so do their suites.

The model is the textbook one of meta-analysis with two levels of random effects: an estimate is

    y = x beta + u + v + e,

u common to the suites of a laboratory, with standard deviation tau; v of the suite alone, with
sigma; e the estimate's own error, with the standard error that it came with. Suites of one
laboratory are therefore not independent, and noise that they share counts to u. Both spreads have a
uniform prior up to `widest` (Gelman 2006, doi:10.1214/06-BA117A); their posterior is summed on a
grid, over which coefficients are integrated in closed form (the restricted likelihood).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import Array

MEAN = "mean"

_STEPS = 60  # of each spread
_PLACES = 1001  # at which a mixture's distribution is read
_FAR = 8.0  # standard deviations that it reaches beyond its outermost means
_SMALLEST = 1e-4  # share of the widest; an estimate without error needs some weight


@dataclass(frozen=True)
class Pooled:
    """The outcome of `pool`.

    Attributes
    ----------
    names : tuple of str
        Of the coefficients: "mean", of a suite whose covariates are all 0, and the covariates.
    suites, laboratories : int
        How many were pooled.
    tau, sigma : numpy.ndarray, shape (g,)
        Grid of the spreads, between laboratories and between the suites of one.
    weight : numpy.ndarray, shape (g, g)
        Their posterior, tau first; adds up to 1.
    restricted : numpy.ndarray, shape (g, g)
        Restricted log-likelihood, less a constant.
    means, variances : numpy.ndarray, shape (g, g, k) and (g, g, k, k)
        Of the coefficients, given the spreads.

    Examples
    --------
    Three laboratories with two suites each:

    >>> found = pool([0.4, 0.5, 0.5, 0.6, 0.6, 0.7], [0.02] * 6, list("aabbcc"))
    >>> round(found.value("mean"), 2), found.suites, found.laboratories
    (0.55, 6, 3)
    >>> low, high = found.interval("mean", 0.95)
    >>> low < 0.45, high > 0.65  # three laboratories tell little
    (True, True)
    """

    names: tuple[str, ...]
    suites: int
    laboratories: int
    tau: Array = field(repr=False)
    sigma: Array = field(repr=False)
    weight: Array = field(repr=False)
    restricted: Array = field(repr=False)
    means: Array = field(repr=False)
    variances: Array = field(repr=False)

    @property
    def best(self) -> tuple[float, float]:
        """Spreads of the greatest restricted likelihood, on the grid: tau and sigma."""
        i, j = np.unravel_index(int(self.restricted.argmax()), self.restricted.shape)
        return float(self.tau[i]), float(self.sigma[j])

    def value(self, name: str) -> float:
        """Return the posterior mean of a coefficient.

        Parameters
        ----------
        name : str
            One of `names`.

        Returns
        -------
        float
            In the unit of the estimates.
        """
        return float((self.weight * self.means[..., self.names.index(name)]).sum())

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Return the posterior interval of a coefficient, of equal tails.

        Parameters
        ----------
        name : str
            One of `names`.
        level : float
            What it holds, 0 < level < 1.

        Returns
        -------
        (float, float)
            Ends.
        """
        place = self.names.index(name)
        return self._ends(self.means[..., place], self.variances[..., place, place], level)

    def next_suite(self, level: float = 0.95) -> tuple[float, float]:
        """Return where a suite of another laboratory would lie, its covariates all 0.

        Parameters
        ----------
        level : float
            What the interval holds, 0 < level < 1.

        Returns
        -------
        (float, float)
            Ends of the predictive interval of its true value, without an error of its own.
        """
        spread = self.tau[:, None] ** 2 + self.sigma**2
        return self._ends(self.means[..., 0], self.variances[..., 0, 0] + spread, level)

    def spread(self, of: str, level: float = 0.95) -> tuple[float, float, float]:
        """Return a spread with its interval.

        Parameters
        ----------
        of : {"laboratories", "suites"}
            Between which.
        level : float
            What the interval holds, 0 < level < 1.

        Returns
        -------
        (float, float, float)
            Posterior median, and the ends.
        """
        axis, grid = (1, self.tau) if of == "laboratories" else (0, self.sigma)
        total = np.cumsum(self.weight.sum(axis=axis))
        tail = (1 - level) / 2
        middle, low, high = np.interp([0.5, tail, 1 - tail], total, grid)
        return float(middle), float(low), float(high)

    def _ends(self, means: Array, variances: Array, level: float) -> tuple[float, float]:
        kept = self.weight > 1e-6
        mean, error, weight = means[kept], np.sqrt(variances[kept]), self.weight[kept]
        reach = _FAR * error
        places = np.linspace((mean - reach).min(), (mean + reach).max(), _PLACES)
        below = weight @ ndtr((places - mean[:, None]) / error[:, None]) / weight.sum()
        low, high = np.interp([(1 - level) / 2, (1 + level) / 2], below, places)
        return float(low), float(high)


def pool(
    values: ArrayLike,
    errors: ArrayLike,
    laboratory: Sequence[str],
    covariates: Mapping[str, ArrayLike] | None = None,
    *,
    widest: float = 0.5,
) -> Pooled:
    """Pool estimates of several suites of several laboratories.

    Parameters
    ----------
    values, errors : array_like, shape (n,)
        Estimates and their standard errors, >= 0.
    laboratory : sequence of str
        To which each belongs.
    covariates : mapping of str to array_like, optional
        What may move an estimate, shape (n,) each: 1 where it is so, 0 where not.
    widest : float
        Largest spread that is thought possible; of numbers between 0 and 1 it is 0.5 (the standard
        deviation of a fair coin).

    Returns
    -------
    Pooled
        Posterior of the spreads and, given these, of the mean and of each covariate's coefficient.

    Raises
    ------
    ScalingLawsError
        If there are no more estimates than coefficients, fewer than two laboratories, or covariates
        that cannot be told apart.

    Examples
    --------
    One laboratory counts parameters both ways, and gets .1 more without embeddings:

    >>> y, s, who = [0.5, 0.6, 0.52, 0.48], [0.01] * 4, ["a", "a", "b", "c"]
    >>> found = pool(y, s, who, {"without": [0, 1, 0, 0]})
    >>> found.names, round(found.value("without"), 2)
    (('mean', 'without'), 0.1)
    """
    y, s = (np.asarray(each, dtype=float) for each in (values, errors))
    names = (MEAN, *(covariates or {}))
    columns = [np.asarray(each, dtype=float) for each in (covariates or {}).values()]
    z = np.stack([np.ones_like(y), *columns, y], axis=1)
    labels, group = np.unique(np.asarray(laboratory), return_inverse=True)
    if len(labels) < 2 or len(y) <= len(names):
        raise ScalingLawsError(
            f"{len(y)} estimates of {len(labels)} laboratories cannot be pooled with {len(names)} "
            "coefficients: expected more estimates than coefficients, and two laboratories."
        )
    if np.linalg.matrix_rank(z[:, :-1]) < len(names):
        raise ScalingLawsError(
            f"the covariates {', '.join(names[1:])} cannot be told apart in these estimates: leave "
            "one out."
        )
    # Finer towards zero, where a spread changes most.
    grid = np.maximum(widest * (np.arange(_STEPS + 1) / _STEPS) ** 2, _SMALLEST * widest)
    inverse = 1 / (s**2 + grid[:, None] ** 2)  # (sigma, n)
    members = np.eye(len(labels))[group]
    w = inverse @ members  # (sigma, groups)
    c = np.einsum("sn,ni,ng->sgi", inverse, z, members)
    whole = np.einsum("sn,ni,nj->sij", inverse, z, z)
    shared = grid[:, None, None] ** 2 / (1 + grid[:, None, None] ** 2 * w)  # (tau, sigma, groups)
    product = whole - np.einsum("tsg,sgi,sgj->tsij", shared, c, c)  # Woodbury
    gram, right, rest = product[..., :-1, :-1], product[..., :-1, -1], product[..., -1, -1]
    variances = np.linalg.inv(gram)
    means = np.einsum("tsij,tsj->tsi", variances, right)
    left = rest - np.einsum("tsi,tsi->ts", means, right)
    logs = np.log1p(grid[:, None, None] ** 2 * w).sum(axis=-1) - np.log(inverse).sum(axis=-1)
    restricted = -(logs + np.linalg.slogdet(gram)[1] + left) / 2
    restricted -= restricted.max()
    step = np.gradient(grid)
    weight = np.exp(restricted) * step[:, None] * step
    return Pooled(names, len(y), len(labels), grid, grid, weight / weight.sum(), restricted,
                  means, variances)  # fmt: skip
