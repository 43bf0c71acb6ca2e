"""Likelihoods of fits of the parametric law: tests, conditioning, and profiles of a quantity.

The tests are those that Besiroglu et al. 2024 (Table 2 and text) put the constants of
Hoffmann et al. 2022 to. They and the profiles take residuals to be independent, and twice a
difference of log-likelihoods to be drawn from chi-square (textbook, for many runs).
"""

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
class ChiSquareTest:
    """A test statistic with its degrees of freedom and p value under chi-square.

    Attributes
    ----------
    statistic : float
        Dimensionless.
    dof : int
        Degrees of freedom, > 0.
    p : float
        Chance that chi-square exceeds the statistic, 0 to 1.

    Examples
    --------
    >>> test = likelihood_ratio(-102.0, -100.0, dof=1)
    >>> test.statistic, test.dof, round(test.p, 3)
    (4.0, 1, 0.046)
    """

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
        log(observed) - log(predicted) loss, not all zero.
    delta : float
        Half-width of the quadratic part in units of sigma, > 0.

    Returns
    -------
    float
        Log-likelihood, nats, of log losses.

    Examples
    --------
    The replication prints 879.77 (Table 2):

    >>> from scalinglaws import LAD, fit, read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> found = fit(table.params, table.tokens, table.loss, error=LAD)
    >>> round(log_likelihood(found.residuals), 2)
    879.77
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
    units of log loss, so that its maximum is the minimum of the objective; s is fitted. The
    density's integral has a closed form, and for squared error so has the maximum.

    Parameters
    ----------
    objective : array_like
        Sum of symmetric Huber charges over n runs, > 0, any shape.
    n : int
        Number of runs.
    delta : float
        Half-width of the quadratic part, log loss, > 0; infinity for squared error.

    Returns
    -------
    ndarray
        Log-likelihood, nats, same shape as `objective`.

    Examples
    --------
    Of 100 normal residuals of mean square 1:

    >>> round(float(profiled_log_likelihood(50.0, 100, np.inf)), 2)
    -141.89
    >>> round(float(-50 * (np.log(2 * np.pi) + 1)), 2)
    -141.89
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
    from scipy.special import chdtrc  # half a second to import, and few callers test anything

    return float(chdtrc(dof, statistic))


def _log_normaliser(delta: float, s: ArrayLike) -> Array:
    """Log of the integral of exp(-Huber_delta(r) / s) over all r."""
    s = np.asarray(s, dtype=float)
    inside = np.sqrt(2 * np.pi * s) * _erf(delta / np.sqrt(2 * s))
    outside = 2 * s / delta * np.exp(-(delta**2) / (2 * s))
    return np.asarray(np.log(inside + outside))


def likelihood_ratio(log_likelihood_0: float, log_likelihood_1: float, dof: int) -> ChiSquareTest:
    """Test fixed constants (0) against fitted ones (1) by twice the gain in log-likelihood.

    Parameters
    ----------
    log_likelihood_0, log_likelihood_1 : float
        Log-likelihoods of the two, nats, of the same runs.
    dof : int
        Degrees of freedom: how many constants were fitted, > 0.

    Returns
    -------
    ChiSquareTest
        The likelihood ratio test (textbook).

    Examples
    --------
    Besiroglu et al. 2024, Table 2, on the constants of Hoffmann et al. 2022:

    >>> f"{likelihood_ratio(837.78, 879.77, dof=5).p:.1e}"
    '1.2e-16'
    """
    statistic = 2 * (log_likelihood_1 - log_likelihood_0)
    return ChiSquareTest(statistic, dof, _tail(dof, statistic))


def rank_correlation(first: ArrayLike, second: ArrayLike) -> float:
    """Return Spearman's correlation: that of the ranks, where equal values share their mean rank.

    Computed from that definition, because `scipy.stats` takes long to import.

    Parameters
    ----------
    first, second : array_like, shape (n,)
        Two measures of the same things, in any units; neither may be constant.

    Returns
    -------
    float
        -1 to 1.

    Examples
    --------
    >>> round(rank_correlation([1, 2, 3, 4], [1, 10, 1000, 100]), 3)
    0.8
    """
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: ArrayLike) -> Array:
    _, place, count = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])


def equality(theta_0: ArrayLike, theta_1: ArrayLike, covariance: ArrayLike) -> ChiSquareTest:
    """Test whether two parameter vectors differ, by the chi-square of their difference.

    Parameters
    ----------
    theta_0, theta_1 : array_like, shape (k,)
        The two vectors, in the same units.
    covariance : array_like, shape (k, k)
        Covariance of the difference, positive definite.

    Returns
    -------
    ChiSquareTest
        With d^T covariance^-1 d as statistic, d the difference, and k degrees of freedom
        (textbook).

    Raises
    ------
    numpy.linalg.LinAlgError
        If the covariance is singular.

    Examples
    --------
    >>> test = equality([0.0, 0.0], [3.0, 4.0], [[1.0, 0.0], [0.0, 4.0]])
    >>> round(test.statistic, 6), test.dof, round(test.p, 4)
    (13.0, 2, 0.0015)
    """
    difference = np.asarray(theta_1, dtype=float) - np.asarray(theta_0, dtype=float)
    statistic = float(difference @ np.linalg.solve(np.asarray(covariance), difference))
    return ChiSquareTest(statistic, len(difference), _tail(len(difference), statistic))


@dataclass(frozen=True)
class Conditioning:
    """Condition numbers of the Hessian of the sum of squared residuals of the loss.

    By definition the ratio of the steepest curvature to the flattest, here of Gauss and Newton's
    Hessian: the residuals' own curvature is left out.

    Attributes
    ----------
    full : float
        In (E, A, B, alpha, beta) as they are printed, >= 1.
    centred : float
        In the coordinates that the fit uses (ln A and ln B at the mean run, ln E, exponents).
    projected : float
        In (alpha, beta) with the amplitudes solved.

    Examples
    --------
    >>> from scalinglaws import fit
    >>> from scalinglaws.fitting import prepare
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = table.params, table.tokens, table.loss
    >>> numbers = conditioning(fit(*data).theta, prepare(*data))
    >>> f"{numbers.full:.1e} {numbers.centred:.1e} {numbers.projected:.1f}"
    '1.9e+13 4.2e+03 1.3'
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
        The runs it was fitted to.

    Returns
    -------
    Conditioning
        Condition numbers, from the slopes of the law in closed form.

    Examples
    --------
    >>> from scalinglaws.fitting import prepare, theta_of
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> numbers = conditioning(theta_of(law), prepare(N, D, law.loss(N, D)))
    >>> numbers.full > 1e10 > 1e4 > numbers.centred > numbers.projected
    True
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
        Values it was held at, ascending, in its own unit.
    drop : ndarray, shape (k,)
        Twice the log-likelihood lost against the best fit, >= 0 up to rounding.
    converged : ndarray of bool, shape (k,)
        Whether the fit of the others converged at each.

    Examples
    --------
    Of a normal mean of standard error 1:

    >>> grid = np.linspace(-4, 4, 801)
    >>> low, high = Profile(grid, grid**2, np.ones(801, dtype=bool)).interval(level=0.95)
    >>> round(low, 2), round(high, 2)
    (-1.96, 1.96)
    """

    values: Array
    drop: Array
    converged: NDArray[np.bool_]

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return where the drop stays below the chi-square quantile (1 degree of freedom).

        Parameters
        ----------
        level : float
            Coverage, 0 < level < 1.

        Returns
        -------
        low, high : float
            Ends of the interval, in the quantity's unit, interpolated linearly between the values;
            infinite where an end lies outside the grid. The grid must have a value inside.

        Raises
        ------
        statistics.StatisticsError
            If `level` is 1 or more.
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
        The runs it was made from.
    quantity : Quantity
        One of `coordinate(...)`, `size_exponent()`, `tokens_per_param(compute)`.
    values : array_like, shape (k,)
        In the quantity's own unit, ascending, on both sides of the estimate.
    error : ErrorModel
        Symmetric Huber or squared error.

    Returns
    -------
    Profile
        The log-likelihood with all else at its best; that of `profiled_log_likelihood`.

    Raises
    ------
    ZeroDivisionError
        If `error` is the absolute error.

    Examples
    --------
    >>> from scalinglaws import fit
    >>> from scalinglaws.fitting import prepare
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = table.params, table.tokens, table.loss
    >>> grid = np.linspace(1.7, 1.9, 21)
    >>> found = profile_along(fit(*data), prepare(*data), coordinate("E"), grid)
    >>> low, high = found.interval(level=0.95)
    >>> f"{low:.2f} to {high:.2f} nats per token"
    '1.79 to 1.85 nats per token'
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
        For tables and messages.
    eliminated : int
        Position of the coordinate that the value and the other four determine.
    inner : callable
        From the quantity's unit to the one the elimination works in.
    embedding : callable
        Runs to the map from (free, value) to all five coordinates with two derivatives.

    Examples
    --------
    >>> ratio = tokens_per_param(1e21)
    >>> ratio.name, ratio.eliminated, round(float(ratio.inner(20.0)), 3)  # in place of ln B
    ('tokens per parameter', 1, 2.996)
    """

    name: str
    eliminated: int
    inner: Callable[[Array], Array]
    embedding: Callable[[Design], Embedding]


def coordinate(name: str) -> Quantity:
    """Return one of the five constants as a quantity to profile.

    Parameters
    ----------
    name : {"E", "A", "B", "alpha", "beta"}
        Which; "ln E", "ln A" and "ln B" take their values as logarithms.

    Returns
    -------
    Quantity
        With values in nats per token (E, A, B) or dimensionless (exponents).

    Raises
    ------
    ValueError
        If there is no such constant.

    Examples
    --------
    >>> coordinate("beta").eliminated, coordinate("B").eliminated
    (4, 1)
    """
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
    """Return a = beta / (alpha + beta), the exponent of the optimal size, as a quantity.

    It is solved for beta; the formula is Hoffmann et al. 2022, Equation 4.

    Returns
    -------
    Quantity
        With values above 0 and below 1, dimensionless.

    Examples
    --------
    >>> from scalinglaws import fit
    >>> from scalinglaws.fitting import prepare
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = table.params, table.tokens, table.loss
    >>> grid = np.linspace(0.46, 0.56, 21)
    >>> low, high = profile_along(fit(*data), prepare(*data), size_exponent(), grid).interval()
    >>> f"{low:.2f} to {high:.2f}"
    '0.49 to 0.54'
    """

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
    (Hoffmann et al. 2022, Equation 4), which is solved for ln B.

    Parameters
    ----------
    compute : float
        FLOP, > 0.

    Returns
    -------
    Quantity
        With values in tokens per parameter, > 0.

    Examples
    --------
    >>> from scalinglaws import fit
    >>> from scalinglaws.fitting import prepare
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = table.params, table.tokens, table.loss
    >>> grid = np.linspace(10, 40, 16)
    >>> found = profile_along(fit(*data), prepare(*data), tokens_per_param(1e21), grid)
    >>> low, high = found.interval()
    >>> f"{low:.0f} to {high:.0f} tokens per parameter"
    '18 to 26 tokens per parameter'
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
