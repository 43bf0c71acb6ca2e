r"""What a parabola makes of an isoFLOP curve that is not one.

Along a budget, with u = log(N / N_opt), the law is lowest at u = 0 and its loss is

    L(u) = E + R [beta exp(-alpha u) + alpha exp(beta u)] / (alpha + beta)

with R the reducible loss at the optimum. Only R depends on the budget. So a parabola fitted to the
same stretch of u has its vertex at the same place on every budget: a wrong prefactor, and a wrong
exponent only where the stretch moves from budget to budget. These closed forms are derived in the
chapter on isoFLOP profiles.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import spherical_in

from scalinglaws.fitting.model import Array
from scalinglaws.units import positive


def reducible(alpha: ArrayLike, beta: ArrayLike, shift: ArrayLike) -> Array:
    """Return the reducible loss at u = `shift` over that at the optimum.

    Parameters
    ----------
    alpha, beta : array_like
        Exponents of size and data, > 0.
    shift : array_like
        log(N / N_opt) at equal compute.

    Returns
    -------
    ndarray
        Ratio >= 1, of the inputs' common shape.

    Raises
    ------
    ValueError
        If any exponent is not positive.

    Examples
    --------
    With these exponents half the best size costs a little more than twice the best size:

    >>> reducible(0.35, 0.30, np.log([0.5, 1.0, 2.0])).round(3)
    array([1.026, 1.   , 1.025])
    """
    alpha, beta = positive(alpha, "alpha"), positive(beta, "beta")
    u = np.asarray(shift, dtype=float)
    return np.asarray((beta * np.exp(-alpha * u) + alpha * np.exp(beta * u)) / (alpha + beta))


def compute_multiplier(alpha: ArrayLike, beta: ArrayLike, shift: ArrayLike) -> Array:
    """Return how many times the necessary compute a run of log size off by `shift` costs.

    The reducible loss at the optimum falls as C^(-alpha beta / (alpha + beta)), so a run whose
    reducible loss is r times the optimal one could have been had for
    r^(-(alpha + beta) / (alpha beta)) of its compute.

    Parameters
    ----------
    alpha, beta : array_like
        Exponents of size and data, > 0.
    shift : array_like
        log(N / N_opt) at equal compute.

    Returns
    -------
    ndarray
        Multiplier >= 1, of the inputs' common shape.

    Raises
    ------
    ValueError
        If any exponent is not positive.

    Examples
    --------
    Near the optimum it is 1 + (alpha + beta) u^2 / 2:

    >>> round(float(compute_multiplier(0.35, 0.37, np.log(2))), 3)
    1.188
    >>> round(float(1 + (0.35 + 0.37) * np.log(2) ** 2 / 2), 3)
    1.173
    """
    alpha, beta = positive(alpha, "alpha"), positive(beta, "beta")
    return np.asarray(reducible(alpha, beta, shift) ** ((alpha + beta) / (alpha * beta)))


def vertex_shift(
    alpha: ArrayLike, beta: ArrayLike, half_width: ArrayLike, offset: ArrayLike = 0.0
) -> Array:
    r"""Return log(N_vertex / N_opt) for sizes spread evenly over log N, without noise.

    The best parabola over offset - w <= u <= offset + w (w the half-width) is the expansion of L in
    Legendre polynomials up to the second, and exp(k s) has the coefficients (2n + 1) i_n(k w) with
    i_n the modified spherical Bessel functions (Abramowitz and Stegun 1964, 10.2.36). Its vertex is

        c - (w/5) [alpha e^(beta c) i_1(beta w) - beta e^(-alpha c) i_1(alpha w)]
                / [alpha e^(beta c) i_2(beta w) + beta e^(-alpha c) i_2(alpha w)].

    Parameters
    ----------
    alpha, beta : array_like
        Exponents of size and data, > 0.
    half_width : array_like
        Half the range of log N, > 0.
    offset : array_like
        log of the grid's centre over N_opt.

    Returns
    -------
    ndarray
        Of the inputs' common shape.

    Raises
    ------
    ValueError
        If an exponent or half-width is not positive.

    Examples
    --------
    On a grid of sizes up to 4 times the best, either way, only unequal exponents mislead:

    >>> vertex_shift([0.35, 0.3], [0.35, 0.6], np.log(4)).round(3) + 0.0
    array([ 0.   , -0.057])
    """
    alpha, beta = positive(alpha, "alpha"), positive(beta, "beta")
    w, c = positive(half_width, "half_width"), np.asarray(offset, dtype=float)
    left, right = beta * np.exp(-alpha * c), alpha * np.exp(beta * c)
    slope = right * spherical_in(1, beta * w) - left * spherical_in(1, alpha * w)
    bend = right * spherical_in(2, beta * w) + left * spherical_in(2, alpha * w)
    return np.asarray(c - w * slope / (5 * bend))


def vertex_shift_series(
    alpha: ArrayLike, beta: ArrayLike, half_width: ArrayLike, offset: ArrayLike = 0.0
) -> Array:
    """Return `vertex_shift` to third order in the widths, for narrow grids.

    L is proportional to u^2/2 + (beta - alpha) u^3/6 + (alpha^2 - alpha beta + beta^2) u^4/24. The
    cubic term alone moves the vertex by (beta - alpha)(5 c^2 - w^2)/10; to third order its square
    adds (beta - alpha)^2 c (w^2 - 5 c^2)/10 and the quartic term
    (alpha^2 - alpha beta + beta^2) c (c^2/3 - w^2/35).

    Parameters
    ----------
    alpha, beta : array_like
        Exponents of size and data, > 0.
    half_width : array_like
        Half the range of log N, w > 0.
    offset : array_like
        log of the grid's centre over N_opt, c.

    Returns
    -------
    ndarray
        Approximate log(N_vertex / N_opt), of the inputs' common shape.

    Raises
    ------
    ValueError
        If an exponent or half-width is not positive.

    Examples
    --------
    >>> for w in (0.5, 2.0):
    ...     exact, series = vertex_shift(0.3, 0.6, w), vertex_shift_series(0.3, 0.6, w)
    ...     print(f"{exact:.4f} {series:.4f}")
    -0.0075 -0.0075
    -0.1185 -0.1200
    """
    alpha, beta = positive(alpha, "alpha"), positive(beta, "beta")
    w, c = positive(half_width, "half_width"), np.asarray(offset, dtype=float)
    skew = (beta - alpha) * (5 * c**2 - w**2) / 10
    quartic = (alpha**2 - alpha * beta + beta**2) * c * (c**2 / 3 - w**2 / 35)
    return np.asarray(skew * (1 - (beta - alpha) * c) + quartic)


def exponent_error(
    alpha: ArrayLike,
    beta: ArrayLike,
    half_width: ArrayLike,
    offset: ArrayLike,
    compute: ArrayLike,
) -> Array:
    """Return the error of Approach 2's a where the grid moves or widens along the budgets.

    Parameters
    ----------
    alpha, beta : array_like, shape (...)
        Exponents of size and data, > 0.
    half_width, offset : array_like, shape (..., K)
        Of the grid on each budget, half-widths > 0; see `vertex_shift`.
    compute : array_like, shape (K,)
        FLOP, > 0, at least two different budgets.

    Returns
    -------
    numpy.ndarray, shape (...)
        Slope of `vertex_shift` in log compute, by least squares: fitted less true exponent.

    Raises
    ------
    ValueError
        If an exponent, half-width or compute is not positive.

    Examples
    --------
    A grid that is off centre leaves the exponent alone; one that widens does not:

    >>> for widths in ([1.5, 1.5, 1.5], [1.0, 1.5, 2.0]):
    ...     error = exponent_error(0.3, 0.6, widths, [0.3, 0.3, 0.3], [1e18, 1e20, 1e22])
    ...     print(f"{abs(error):.3f}")
    0.000
    0.009
    """
    left, right = (np.asarray(v, dtype=float)[..., None] for v in (alpha, beta))
    shift = vertex_shift(left, right, half_width, offset)
    x = np.log(positive(compute, "compute"))
    x = x - x.mean()
    return np.asarray(shift @ x / (x @ x))
