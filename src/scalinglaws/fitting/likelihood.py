"""Likelihoods of fits of the parametric law: tests, conditioning, and profiles of a quantity."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.fitting.kernel import Number, derivatives
from scalinglaws.fitting.model import COORDINATES, HUBER, Array, Design, ErrorModel, Fit
from scalinglaws.fitting.newton import Evaluate
from scalinglaws.fitting.surface import descend


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


#: (free (S, 4), value (S,)) to phi (S, 5) and its two derivatives (S, 5, 4), (S, 5, 4, 4).
Embedding = Callable[[Array, Array], tuple[Array, Array, Array]]


@dataclass(frozen=True)
class Profile:
    """Profile of one quantity.

    Attributes
    ----------
    values : ndarray, shape (k,)
    drop : ndarray, shape (k,)
        Twice the log-likelihood lost against the best fit, >= 0 up to rounding.
    converged : ndarray of bool, shape (k,)
    """

    values: Array
    drop: Array
    converged: NDArray[np.bool_]

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return where the drop stays below the chi-square quantile (1 degree of freedom).

        An end that lies outside the grid is infinite.
        """
        limit = NormalDist().inv_cdf((1 + level) / 2) ** 2  # of chi-square, 1 degree of freedom
        best = int(np.argmin(self.drop))
        low = _crossing(self.values[best::-1], self.drop[best::-1], limit, -np.inf)
        high = _crossing(self.values[best:], self.drop[best:], limit, np.inf)
        return low, high


def _crossing(values: Array, drop: Array, limit: float, outside: float) -> float:
    above = np.flatnonzero(drop > limit)
    if not len(above):
        return outside
    i = int(above[0])
    share = (limit - drop[i - 1]) / (drop[i] - drop[i - 1])
    return float(values[i - 1] + share * (values[i] - values[i - 1]))


def profile_along(
    fit: Fit, runs: Design, quantity: "Quantity", values: ArrayLike, error: ErrorModel = HUBER
) -> Profile:
    """Profile one quantity over a grid of values.

    Parameters
    ----------
    fit : Fit
        Best fit, made with the same error model.
    runs : Design
    quantity : Quantity
        One of `coordinate(...)`, `size_exponent()`, `tokens_per_param(compute)`.
    values : array_like, shape (k,)
        In the quantity's own unit, ascending.
    error : ErrorModel
        Huber or squared error.
    """
    values = np.asarray(values, dtype=float)
    embed, inner = quantity.embedding(runs), quantity.inner(values)

    def problem(delta: float, kind: Number) -> Evaluate:
        def evaluate(free: Array, members: NDArray[np.intp]) -> tuple[Array, Array, Array]:
            phi, first, second = embed(free, inner[members])
            value, g, h = derivatives(phi, runs, delta, error.tau, kind=kind)
            gradient = np.einsum("sik,si->sk", first, g)
            hessian = first.transpose(0, 2, 1) @ h @ first + np.einsum("si,sikl->skl", g, second)
            return value, gradient, hessian

        return evaluate

    start = np.delete(runs.centre(fit.theta), quantity.eliminated)
    free = np.repeat(start[None], len(values), axis=0)
    total = np.full(len(values), float(runs.n))
    _, objective, converged = descend(free, problem, total, error)
    likelihood = profiled_log_likelihood(objective, runs.n, error.delta)
    best = profiled_log_likelihood(fit.objective, runs.n, error.delta)
    return Profile(values, 2 * (best - likelihood), converged)


@dataclass(frozen=True)
class Quantity:
    """A quantity that can be held fixed by eliminating one coordinate.

    Attributes
    ----------
    name : str
    eliminated : int
        Position of the coordinate that the value and the other four determine.
    inner : callable
        From the quantity's unit to the one the elimination works in.
    embedding : callable
        Runs to the map from (free, value) to all five coordinates with two derivatives.
    """

    name: str
    eliminated: int
    inner: Callable[[Array], Array]
    embedding: Callable[[Design], Embedding]


def coordinate(name: str) -> Quantity:
    """Return E, A, B (in their own units), alpha or beta as a quantity to profile."""
    position = COORDINATES.index(name if name in COORDINATES else f"ln {name}")
    log = name not in COORDINATES

    def embedding(runs: Design) -> Embedding:
        def embed(free: Array, value: Array) -> tuple[Array, Array, Array]:
            phi, first, second = _blank(free, position)
            phi[:, position] = value
            if position == 0:  # ln A = phi_0 + alpha * mean(log N)
                phi[:, 0] -= phi[:, 3] * runs.x_mean
                first[:, 0, 2] = -runs.x_mean
            if position == 1:
                phi[:, 1] -= phi[:, 4] * runs.y_mean
                first[:, 1, 3] = -runs.y_mean
            return phi, first, second

        return embed

    return Quantity(name, position, np.log if log else np.asarray, embedding)


def size_exponent() -> Quantity:
    """Return a = beta / (alpha + beta), the exponent of the optimal size, as a quantity."""

    def embedding(runs: Design) -> Embedding:
        def embed(free: Array, value: Array) -> tuple[Array, Array, Array]:
            phi, first, second = _blank(free, 4)
            phi[:, 4] = phi[:, 3] * value
            first[:, 4, 3] = value
            return phi, first, second

        return embed

    return Quantity("a", 4, lambda a: a / (1 - a), embedding)


def tokens_per_param(compute: float) -> Quantity:
    """Return the compute-optimal tokens per parameter at `compute` FLOP as a quantity.

    With c = log(C/6), log(D/N) = [(alpha - beta) c - 2 (ln alpha A - ln beta B)] / (alpha + beta)
    (Hoffmann et al. 2022, equation 4), which is solved for ln B.
    """
    c = float(np.log(compute / 6))

    def embedding(runs: Design) -> Embedding:
        def embed(free: Array, ratio: Array) -> tuple[Array, Array, Array]:
            phi, first, second = _blank(free, 1)
            # A step to exponents without an optimum turns to nan and is not taken.
            alpha, beta = np.where(phi[:, 3:].min(axis=1) > 0, phi[:, 3:].T, np.nan)
            big_b = (
                phi[:, 0] + alpha * runs.x_mean + np.log(alpha / beta)
                + (ratio * (alpha + beta) - (alpha - beta) * c) / 2
            )  # fmt: skip
            phi[:, 1] = big_b - beta * runs.y_mean
            first[:, 1, 0] = 1.0
            first[:, 1, 2] = runs.x_mean + 1 / alpha + (ratio - c) / 2
            first[:, 1, 3] = -1 / beta + (ratio + c) / 2 - runs.y_mean
            second[:, 1, 2, 2], second[:, 1, 3, 3] = -1 / alpha**2, 1 / beta**2
            return phi, first, second

        return embed

    return Quantity("tokens per parameter", 1, np.log, embedding)


def _blank(free: Array, eliminated: int) -> tuple[Array, Array, Array]:
    """Put the four free coordinates in their places, with their (trivial) derivatives."""
    kept = [i for i in range(5) if i != eliminated]
    phi = np.zeros((len(free), 5))
    phi[:, kept] = free
    first = np.zeros((len(free), 5, 4))
    first[:, kept, range(4)] = 1.0
    return phi, first, np.zeros((len(free), 5, 4, 4))
