"""Likelihoods of fits: tests, and how ill-conditioned a fit is.

The tests are those that Besiroglu et al. 2024 (Table 2 and text) put the constants of
Hoffmann et al. 2022 to. They take residuals to be independent, and twice a difference of
log-likelihoods to be drawn from chi-square (textbook, for many runs).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.fitting.kernel import jacobian
from scalinglaws.fitting.model import CONSTANTS, LOGARITHMS, Array
from scalinglaws.fitting.result import Fit


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
    >>> found = fit(read_runs("hoffmann2022_runs").without_highest(5), error=LAD)
    >>> round(log_likelihood(found.residuals), 2)
    879.77
    """
    r = np.abs(np.asarray(residuals, dtype=float))

    def negative(log_sigma: Array) -> Array:
        z = r * np.exp(-log_sigma)[..., None]
        charge = np.where(z <= delta, z * z / 2, delta * (z - delta / 2))
        return np.asarray(charge.sum(axis=-1) + len(r) * log_sigma)

    least = float(_lowest(negative, np.log(delta * r.mean())))
    return -least - len(r) * float(_log_normaliser(delta, 1.0))


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

    def negative(log_s: Array, objective: Array) -> Array:
        return objective * np.exp(-log_s) + n * _log_normaliser(delta, np.exp(log_s))

    return -_lowest(negative, np.log(total / n), total)


def _lowest(function: Callable[..., Array], near: Array, *args: Array) -> Array:
    """Return the least value of a function with one minimum, element by element."""
    from scipy.optimize import elementwise  # half a second to import, and few callers ask

    bracket = elementwise.bracket_minimum(function, near, args=args).bracket
    return np.asarray(elementwise.find_minimum(function, bracket, args=args).f_x)


def _tail(dof: int, statistic: float) -> float:
    """Return the chance that a chi-square variable exceeds `statistic`."""
    from scipy.special import chdtrc  # half a second to import, and few callers test anything

    return float(chdtrc(dof, statistic))


def _log_normaliser(delta: float, s: ArrayLike) -> Array:
    """Log of the integral of exp(-Huber_delta(r) / s) over all r."""
    from scipy.special import erf  # half a second to import, and few callers ask

    s = np.asarray(s, dtype=float)
    inside = np.sqrt(2 * np.pi * s) * erf(delta / np.sqrt(2 * s))
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
        In the constants as they are printed, >= 1.
    centred : float
        In the coordinates that the fit uses (ln A and ln B at the mean run, ln E, exponents).
    projected : float
        In the exponents, and p where it is fitted, with A, B and E solved.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> numbers = conditioning(fit(read_runs("hoffmann2022_runs").without_highest(5)))
    >>> f"{numbers.full:.1e} {numbers.centred:.1e} {numbers.projected:.1f}"
    '1.9e+13 4.2e+03 1.3'
    """

    full: float
    centred: float
    projected: float


def conditioning(fit: Fit) -> Conditioning:
    """Return how ill-conditioned a fit is in three sets of coordinates.

    Parameters
    ----------
    fit : Fit
        At a minimum.

    Returns
    -------
    Conditioning
        Condition numbers, from the slopes of the law in closed form.

    Examples
    --------
    An exponent that changes with size is hard to tell from the others:

    >>> from scalinglaws import fit, read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> plain, varying = (conditioning(fit(runs, form)) for form in ("chinchilla", "varying"))
    >>> varying.full > 100 * plain.full
    True
    """
    form, design = fit.form, fit.problem.design
    phi = design.centre(form.full(fit.values))
    loss = np.exp(design.log_loss - fit.residuals)
    centred = loss[:, None] * jacobian(phi, design.size, design.data, form)
    # Centring is linear in the constants, the logarithms of which are not what is printed.
    places = [CONSTANTS.index(name) for name in form.free]
    linear = design.centre(np.eye(len(CONSTANTS)))[np.ix_(places, places)]
    logarithms = np.isin(form.free, LOGARITHMS)
    raw = centred @ linear.T / np.where(logarithms, np.exp(fit.values), 1.0)
    # Projecting out the columns of the amplitudes leaves the curvature in the others.
    amplitudes = np.isin(form.free, ("A", "B", "E"))
    basis, _ = np.linalg.qr(centred[:, amplitudes])
    left = raw[:, ~amplitudes]
    left = left - basis @ (basis.T @ left)
    return Conditioning(*(float(np.linalg.cond(j)) ** 2 for j in (raw, centred, left)))
