"""Likelihoods and tests for fits of the parametric law."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalebook.fitting.design import Array, Design


@dataclass(frozen=True)
class Test:
    """A test statistic with its degrees of freedom and p value under chi-square."""

    statistic: float
    dof: int
    p: float


def log_likelihood(residuals: ArrayLike, delta: float = 1e-3) -> float:
    """Return the log-likelihood of residuals under the replication's error law, maximised in scale.

    The density of r / sigma is proportional to exp(-Huber_delta). Because delta is in units of
    sigma, 1e-3 leaves next to nothing of the quadratic part: this is Laplace's law, whose
    maximum-likelihood fit is the one of least absolute deviations (Besiroglu et al. 2024,
    appendix on the likelihood; their published notebook).

    Parameters
    ----------
    residuals : array_like, shape (n,)
        log(observed) - log(predicted) loss.
    delta : float
        Half-width of the quadratic part in units of sigma.
    """
    r = np.abs(np.asarray(residuals, dtype=float))

    def negative(log_sigma: Array) -> Array:
        z = r * np.exp(-log_sigma)
        charge = np.where(z <= delta, z * z / 2, delta * (z - delta / 2))
        return np.asarray(charge.sum() + len(r) * (log_sigma + _log_normaliser(delta, 1.0)))

    centre = np.log(delta * r.mean())
    return -float(negative(_golden(negative, centre - 8, centre + 8)))


def profiled_log_likelihood(objective: ArrayLike, n: int, delta: float) -> Array:
    """Return the log-likelihood of a Huber objective, maximised over the scale of the noise.

    The density of a residual is proportional to exp(-Huber_delta(r) / s) with delta fixed in
    units of log loss, so that its maximum is the minimum of the objective; s is fitted.

    Parameters
    ----------
    objective : array_like
        Sum of Huber charges over n runs, any shape.
    n : int
    delta : float
        Half-width of the quadratic part, log loss; infinity for squared error.
    """
    total = np.asarray(objective, dtype=float)
    if np.isinf(delta):
        return -n / 2 * (np.log(2 * np.pi * 2 * total / n) + 1)
    centre = np.log(total / n)

    def negative(log_s: Array) -> Array:
        return total * np.exp(-log_s) + n * np.asarray(_log_normaliser(delta, np.exp(log_s)))

    return -negative(_golden(negative, centre - 8, centre + 8))


def _golden(function: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Return where a function with one minimum has it, for all elements at once."""
    share = (np.sqrt(5) - 1) / 2
    left, right = high - share * (high - low), low + share * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(56):  # to 3e-11 of a bracket of 16
        down = at_left < at_right
        low, high = np.where(down, low, left), np.where(down, right, high)
        fresh = np.where(down, high - share * (high - low), low + share * (high - low))
        at_fresh = function(fresh)
        left, right = np.where(down, fresh, right), np.where(down, left, fresh)
        at_left, at_right = (
            np.where(down, at_fresh, at_right),
            np.where(down, at_left, at_fresh),
        )
    return np.asarray((low + high) / 2)


def _erf(values: Array) -> Array:
    return np.asarray(np.vectorize(math.erf, otypes=[float])(values))


def _tail(dof: int, statistic: float) -> float:
    """Return the chance that a chi-square variable exceeds `statistic`."""
    from scipy.special import chdtrc  # half a second to import, and few chapters test anything

    return float(chdtrc(dof, statistic))


def _log_normaliser(delta: float, s: ArrayLike) -> Array:
    """Log of the integral of exp(-Huber_delta(r) / s) over all r."""
    s = np.asarray(s, dtype=float)
    inside = np.sqrt(2 * np.pi * s) * _erf(delta / np.sqrt(2 * s))
    outside = 2 * s / delta * np.exp(-(delta**2) / (2 * s))
    return np.asarray(np.log(inside + outside))


def likelihood_ratio(log_likelihood_0: float, log_likelihood_1: float, dof: int) -> Test:
    """Test fixed constants (0) against fitted ones (1) by twice the gain in log-likelihood."""
    statistic = 2 * (log_likelihood_1 - log_likelihood_0)
    return Test(statistic, dof, _tail(dof, statistic))


def rank_correlation(first: ArrayLike, second: ArrayLike) -> float:
    """Return Spearman's correlation: that of the ranks, where equal values share their mean rank.

    SciPy has it in a package that takes longer to import than most chapters to compute.

    Parameters
    ----------
    first, second : array_like, shape (n,)
    """
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: ArrayLike) -> Array:
    _, place, count = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])


def equality(theta_0: ArrayLike, theta_1: ArrayLike, covariance: ArrayLike) -> Test:
    """Test whether two parameter vectors differ, by the chi-square of their difference.

    Parameters
    ----------
    theta_0, theta_1 : array_like, shape (k,)
    covariance : array_like, shape (k, k)
        Covariance of the difference.
    """
    difference = np.asarray(theta_1, dtype=float) - np.asarray(theta_0, dtype=float)
    statistic = float(difference @ np.linalg.solve(np.asarray(covariance), difference))
    return Test(statistic, len(difference), _tail(len(difference), statistic))


@dataclass(frozen=True)
class Conditioning:
    """Condition numbers of the Hessian of the sum of squared residuals of the loss.

    Attributes
    ----------
    full : float
        In (E, A, B, alpha, beta) as they are printed.
    centred : float
        In the coordinates that the fit uses (ln A and ln B at the mean run, ln E, exponents).
    projected : float
        In (alpha, beta) with the amplitudes solved.
    """

    full: float
    centred: float
    projected: float


def conditioning(theta: Array, runs: Design) -> Conditioning:
    """Return how ill-conditioned the fit is in three sets of coordinates.

    Parameters
    ----------
    theta : ndarray, shape (5,)
        (ln A, ln B, ln E, alpha, beta) at a minimum.
    runs : Design
    """
    a, b, e, alpha, beta = theta
    log_n, log_d = runs.x + runs.x_mean, runs.y + runs.y_mean
    size, data = np.exp(-alpha * log_n), np.exp(-beta * log_d)
    big_a, big_b = np.exp(a), np.exp(b)
    one = np.ones(runs.n)
    raw = np.stack([one, size, data, -big_a * size * log_n, -big_b * data * log_d], axis=1)
    centred = np.stack(
        [big_a * size, big_b * data, np.exp(e) * one, -big_a * size * runs.x,
         -big_b * data * runs.y], axis=1
    )  # fmt: skip
    # Projecting out the columns of the amplitudes leaves the curvature in the exponents.
    amplitudes, exponents = raw[:, :3], raw[:, 3:]
    basis, _ = np.linalg.qr(amplitudes)
    left = exponents - basis @ (basis.T @ exponents)
    return Conditioning(*(float(np.linalg.cond(j)) ** 2 for j in (raw, centred, left)))
