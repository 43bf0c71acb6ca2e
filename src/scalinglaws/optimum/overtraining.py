"""What the wrong ratio of tokens to parameters costs, in training compute.

Hold compute C = 6 N D and move the ratio D / N to k times its optimum (Hoffmann et al. 2022, Eq 4):
size becomes N_opt k^(-1/2) and data D_opt k^(1/2). At the optimum the size term and the data term
of the law are as beta to alpha, so the reducible loss is multiplied by

    g(k) = [beta k^(alpha/2) + alpha k^(-beta/2)] / (alpha + beta).

Along the optimum the reducible loss falls as C^(-alpha beta / (alpha + beta)), so a compute-optimal
run reaches the same loss with C / m, where m = g^((alpha + beta) / (alpha beta)). Only the two
exponents matter. In x = ln k the logarithm of m is convex, zero at the optimum, and close to a
straight line far from it; every root here is bracketed by that line and a parabola.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws import roots
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense
from scalinglaws.units import Floats, positive, training_flop

__all__ = [
    "CUBE_ROOT",
    "Limits",
    "crossings",
    "degree",
    "limits",
    "local_exponent",
    "matching_exponent",
    "measured",
    "measured_at",
    "over_training_penalty",
    "penalty",
    "power_rule",
    "ratios_for_penalty",
    "size_penalty",
]

CUBE_ROOT = 1 / 3
"""Exponent of the rule of thumb in a comment by Vladimir Nesov (harsimony 2025)."""

_NEAR = np.log(10.0)  # of the best ratio: within a factor of ten a profile is close to a parabola
_FEWEST = 5  # runs that fix a parabola and leave two to spare

_WINDOW = 1.6  # factor about a ratio within which measured penalties speak for it


@dataclass(frozen=True)
class Limits:
    """How the penalty behaves at the optimum and far from it; every field broadcasts.

    Attributes
    ----------
    curvature : numpy.ndarray
        ln m = curvature (ln k)^2 near the optimum: (alpha + beta) / 8.
    under, over : numpy.ndarray
        Exponents of 1/k and k in the limits k -> 0 and k -> infinity: (alpha + beta) / (2 alpha)
        and (alpha + beta) / (2 beta).
    under_factor, over_factor : numpy.ndarray
        Factors of these powers, below 1: (alpha / (alpha + beta))^((alpha + beta) / (alpha beta))
        and the same with beta above the line. The penalty lies above either power everywhere.

    Examples
    --------
    With both exponents 1 the penalty is cosh(ln(k) / 2)^2, which tends to k / 4:

    >>> ends = limits(ParametricLaw(E=0, A=1, B=1, alpha=1, beta=1))
    >>> float(ends.curvature), float(ends.over), round(float(ends.over_factor), 3)
    (0.25, 1.0, 0.25)
    """

    curvature: Floats
    under: Floats
    over: Floats
    under_factor: Floats
    over_factor: Floats


def over_training_penalty(law: ParametricLaw, ratio: ArrayLike) -> Floats:
    """Compute multiplier lost by training at `ratio` times the optimal tokens per parameter.

    m is the factor by which a compute-optimal run could be smaller and reach the same loss; it is
    also the factor by which a run kept at the same wrong ratio must grow to make up for it.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface, nats per token; an ensemble broadcasts against `ratio`.
    ratio : array_like
        k = (D/N) / (D/N)_optimal at equal compute, dimensionless, > 0 and finite.

    Returns
    -------
    numpy.ndarray
        m >= 1, dimensionless, of the broadcast shape.

    Raises
    ------
    ValueError
        If any ratio is not positive and finite, or an exponent of the law is not positive.

    Notes
    -----
    m = {[beta k^(alpha/2) + alpha k^(-beta/2)] / (alpha + beta)}^((alpha + beta) / (alpha beta)),
    derived at the head of this module from Hoffmann et al. 2022, Eq 4.

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> f"{over_training_penalty(law, 30):.3f}"
    '2.625'
    >>> over_training_penalty(law, [0.1, 1, 10]).round(2)
    array([1.59, 1.  , 1.58])
    """
    alpha, beta = _exponents(law)
    # Rounding must not make the optimum better than the optimum.
    return np.maximum(penalty(_finite(ratio), alpha, beta), 1.0)


def penalty(ratio: Floats, alpha: Floats, beta: Floats) -> Floats:
    """Return the compute multiplier lost at a ratio, by the two exponents of a law.

    Parameters
    ----------
    ratio : float or numpy.ndarray
        k = (D/N) / (D/N)_optimal at equal compute, dimensionless, > 0.
    alpha, beta : float or numpy.ndarray
        Exponents of size and of data, > 0.

    Returns
    -------
    numpy.ndarray
        m, dimensionless, of the broadcast shape: the formula that `over_training_penalty` takes,
        stated with operators alone, which a browser computes alike.

    Examples
    --------
    With both exponents 1 it is cosh(ln(k) / 2)^2, 1.125 at k = 2:

    >>> round(penalty(2.0, 1.0, 1.0), 3)
    1.125
    """
    size = beta * ratio ** (alpha / 2)
    data = alpha * ratio ** (-beta / 2)
    return ((size + data) / (alpha + beta)) ** ((alpha + beta) / (alpha * beta))


def local_exponent(law: ParametricLaw, ratio: ArrayLike) -> Floats:
    """Return the slope d ln m / d ln k of the penalty at `ratio`.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against `ratio`.
    ratio : array_like
        k, dimensionless, > 0 and finite.

    Returns
    -------
    numpy.ndarray
        0 at the optimum, negative below it, positive above; dimensionless, of the broadcast shape
        (closed form, the derivative of `over_training_penalty`).

    Raises
    ------
    ValueError
        If any ratio is not positive and finite, or an exponent of the law is not positive.

    Examples
    --------
    With both exponents 1 it is tanh(ln(k) / 2):

    >>> law = ParametricLaw(E=0, A=1, B=1, alpha=1, beta=1)
    >>> local_exponent(law, np.exp([-2, 0, 2])).round(4)
    array([-0.7616,  0.    ,  0.7616])
    """
    alpha, beta = _exponents(law)
    return _slope(alpha, beta, _log_ratio(ratio))


def matching_exponent(law: ParametricLaw, ratio: ArrayLike) -> Floats:
    """Return the exponent p for which the rule max(k, 1/k)^p is right at `ratio`.

    p = ln m / abs(ln k), which tends to 0 at the optimum: no one power serves.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against `ratio`.
    ratio : array_like
        k, dimensionless, > 0 and finite.

    Returns
    -------
    numpy.ndarray
        p >= 0, dimensionless, of the broadcast shape (closed form, from `over_training_penalty`).

    Raises
    ------
    ValueError
        If any ratio is not positive and finite, or an exponent of the law is not positive.

    Examples
    --------
    >>> from scalinglaws import published
    >>> matching_exponent(published["besiroglu2024"], [1, 2, 10, 100]).round(2)
    array([0.  , 0.06, 0.2 , 0.37])
    """
    alpha, beta = _exponents(law)
    x = _log_ratio(ratio)
    away = x != 0
    exponent = _log_penalty(alpha, beta, x) / np.where(away, np.abs(x), 1.0)
    return np.where(away, exponent, 0.0)[()]


def power_rule(ratio: ArrayLike, exponent: ArrayLike = CUBE_ROOT) -> Floats:
    """Return the penalty by a rule of thumb: the degree of over- or under-training to a power.

    Parameters
    ----------
    ratio : array_like
        k, dimensionless, > 0; k and 1/k are charged alike.
    exponent : array_like
        Power, broadcast against `ratio`; 1/3 for the cube-root rule of Vladimir Nesov, in a
        comment on harsimony 2025.

    Returns
    -------
    numpy.ndarray
        max(k, 1/k)^exponent, dimensionless, of the broadcast shape.

    Raises
    ------
    ValueError
        If any ratio is not positive.

    Examples
    --------
    >>> power_rule([30, 1 / 30, 1]).round(2)
    array([3.11, 3.11, 1.  ])
    """
    degree_ = np.maximum(positive(ratio, "ratio"), 1.0 / positive(ratio, "ratio"))
    return np.asarray(degree_ ** np.asarray(exponent, dtype=np.float64))[()]


def limits(law: ParametricLaw) -> Limits:
    """Return how the penalty behaves at the optimum and far from it.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble gives arrays.

    Returns
    -------
    Limits
        Curvature, exponents and factors, dimensionless (closed form, the limits of
        `over_training_penalty`).

    Raises
    ------
    ValueError
        If an exponent of the law is not positive.

    Examples
    --------
    >>> from scalinglaws import published
    >>> ends = limits(published["besiroglu2024"])
    >>> round(float(ends.curvature), 4), round(float(ends.over), 3), round(float(ends.under), 3)
    (0.0892, 0.975, 1.026)
    """
    alpha, beta = _exponents(law)
    total = alpha + beta
    return Limits(
        curvature=total / 8,
        under=total / (2 * alpha),
        over=total / (2 * beta),
        under_factor=np.exp(-_offset(beta, alpha)),
        over_factor=np.exp(-_offset(alpha, beta)),
    )


def crossings(law: ParametricLaw, exponent: float = CUBE_ROOT) -> tuple[Floats, Floats]:
    """Return the two ratios, below and above 1, at which a power rule gives the law's penalty.

    Between them the rule is too harsh, outside them too mild.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble gives arrays.
    exponent : float
        Of the rule, > 0.

    Returns
    -------
    under, over : numpy.ndarray
        k, dimensionless: roots of `over_training_penalty` = `power_rule`. 0 and infinity where the
        rule's exponent is not below that of the law's limit: the rule is then too harsh however far
        one goes.

    Raises
    ------
    ValueError
        If `exponent` or an exponent of the law is not positive.

    Examples
    --------
    >>> from scalinglaws import published
    >>> [f"{each:.3g}" for each in crossings(published["besiroglu2024"])]
    ['0.0184', '60.2']
    """
    power = positive(exponent, "exponent")
    alpha, beta = _exponents(law)
    under = _solve(beta, alpha, np.zeros(()), power)
    over = _solve(alpha, beta, np.zeros(()), power)
    return np.exp(-under), np.exp(over)


def ratios_for_penalty(law: ParametricLaw, penalty: ArrayLike) -> tuple[Floats, Floats]:
    """Return the two ratios, below and above 1, that cost `penalty`: the inverse of the penalty.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against `penalty`.
    penalty : array_like
        m >= 1, dimensionless and finite.

    Returns
    -------
    under, over : numpy.ndarray
        k, dimensionless, of the broadcast shape: roots of `over_training_penalty` = m. Both are 1
        where m is.

    Raises
    ------
    ValueError
        If a penalty is below 1 or not finite, or an exponent of the law is not positive.

    Examples
    --------
    How far from the optimum a tenth of the compute is lost:

    >>> from scalinglaws import published
    >>> under, over = ratios_for_penalty(published["besiroglu2024"], [1, 1 / 0.9])
    >>> under.round(3), over.round(3)
    (array([1.   , 0.337]), array([1.  , 2.98]))
    """
    target = np.asarray(penalty, dtype=np.float64)
    if not np.all(np.isfinite(target) & (target >= 1)):
        raise ValueError("penalty must be finite and at least 1: nothing beats the optimum.")
    alpha, beta = _exponents(law)
    height, none = np.log(target), np.zeros(())
    return np.exp(-_solve(beta, alpha, height, none)), np.exp(_solve(alpha, beta, height, none))


def size_penalty(law: ParametricLaw, share: ArrayLike) -> Floats:
    """Compute multiplier of a model of `share` times the best size, for the best model's loss.

    Unlike `over_training_penalty` it does not ask how far the ratio is off but how small the model
    is: the tokens are as many as the loss takes, and infinitely many where they do not reach it.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against `share`.
    share : array_like
        Size over that of the compute-optimal model of the same loss, dimensionless, > 0.

    Returns
    -------
    numpy.ndarray
        m >= 1, dimensionless, of the broadcast shape: share t, where t solves
        beta share^(-alpha) + alpha t^(-beta) = alpha + beta, the equality of the two losses.

    Raises
    ------
    ValueError
        If a share is not positive and finite, or an exponent of the law is not positive.

    Notes
    -----
    The question and the name "critical size" are those of de Vries 2023.

    Examples
    --------
    >>> from scalinglaws import published
    >>> size_penalty(published["hoffmann2022-printed"], [0.75, 0.5, 0.25]).round(3)
    array([1.028, 1.208, 2.886])
    """
    size = _finite(share)
    alpha, beta = _exponents(law)
    left = (alpha + beta - beta * size**-alpha) / alpha
    within = left > 0
    tokens = np.where(within, left, 1.0) ** (-1 / beta)
    return np.asarray(np.where(within, size * tokens, np.inf))[()]


def degree(law: ParametricLaw, params: ArrayLike, tokens: ArrayLike) -> Floats:
    """Return how far a run is over-trained: its D/N over the optimal one at the same compute.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against the other inputs.
    params, tokens : array_like
        N and D of the run, > 0 and finite, broadcast against each other.

    Returns
    -------
    numpy.ndarray
        k, dimensionless, of the broadcast shape; below 1 the run is under-trained. The optimum is
        that of Hoffmann et al. 2022, Eq 4, at C = 6 N D.

    Raises
    ------
    ValueError
        If any input is not positive and finite.

    Examples
    --------
    Chinchilla and GPT-3:

    >>> from scalinglaws import published
    >>> degree(published["besiroglu2024"], [70e9, 175e9], [1.4e12, 300e9]).round(2)
    array([1.09, 0.09])
    """
    best = dense.optimal(law, training_flop(params, tokens))
    ratio: Floats = np.asarray(tokens) / np.asarray(params) / best.tokens_per_param
    return ratio


def measured(ratio: ArrayLike, loss: ArrayLike, budget: ArrayLike) -> tuple[Floats, Floats]:
    """Return the penalty of the runs of isoFLOP profiles, without a law of size and data.

    A parabola through the runs of one budget near their best gives the optimal ratio and the loss
    there; joined in logarithms over the budgets, these losses tell with how little compute an
    optimal run would have reached the loss of any other. The unit of the loss does not matter, and
    any other increasing function of it only through what is interpolated.

    Parameters
    ----------
    ratio : array_like, shape (n,)
        Tokens per parameter of each run, > 0.
    loss : array_like, shape (n,)
        In any unit, > 0.
    budget : array_like, shape (n,)
        Compute of the profile that the run belongs to, FLOP, > 0.

    Returns
    -------
    ratio, penalty : numpy.ndarray, shape (m,)
        k over the profile's own optimum, and m, both dimensionless, for the runs whose loss lies
        between the best of the smallest and of the largest budget. Noise can put m below 1.

    Raises
    ------
    ValueError
        If an input is not positive, or fewer than two budgets have an optimum inside them.

    Notes
    -----
    The method is ours. The parabolas are in logarithms of ratio and loss, through the runs within a
    factor of ten of the best ratio, at least five.

    Examples
    --------
    Runs made by a law measure that law's penalty:

    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> budget, ratio = np.meshgrid(np.geomspace(1e18, 1e22, 9), np.geomspace(1, 400, 33))
    >>> params = np.sqrt(budget / 6 / ratio)
    >>> loss = law.loss(params, ratio * params)
    >>> k, m = measured(ratio.ravel(), loss.ravel(), budget.ravel())
    >>> round(measured_at(k, m, 2.0)[0], 2), round(float(over_training_penalty(law, 2.0)), 2)
    (1.04, 1.04)
    """
    x, height = np.log(positive(ratio, "ratio")), np.log(positive(loss, "loss"))
    compute = np.log(positive(budget, "budget"))
    profiles = [
        (c, *best) for c in np.unique(compute) if (best := _vertex(x, height, compute == c))
    ]
    if len(profiles) < 2:
        raise ValueError(
            "fewer than two budgets have an optimum inside them: no telling what compute buys."
        )
    at, best_x, best_height = np.array(profiles).T
    # A profile that is worse than one of a smaller budget tells noise, not progress.
    kept = best_height < np.minimum.accumulate(np.append(np.inf, best_height[:-1]))
    at, best_x, best_height = at[kept], best_x[kept], best_height[kept]
    used = np.isin(compute, at) & (height <= best_height[0]) & (height >= best_height[-1])
    needed = np.interp(-height[used], -best_height, at)
    own = np.searchsorted(at, compute[used])
    return np.exp(x[used] - best_x[own]), np.exp(compute[used] - needed)


def measured_at(ratio: ArrayLike, penalty: ArrayLike, at: float) -> tuple[float, int]:
    """Return what measured penalties say of one ratio, and from how many runs.

    The median, over the runs within a factor of 1.6, of the penalty carried to `at` as if ln m were
    proportional to (ln k)^2, which it is near the optimum (the curvature of `Limits`).

    Parameters
    ----------
    ratio, penalty : array_like, shape (m,)
        k and m as from `measured`, dimensionless, > 0.
    at : float
        Ratio k, positive and not 1.

    Returns
    -------
    penalty : float
        m at `at`, dimensionless; NaN where there is no run.
    runs : int
        Runs that it is the median of.

    Raises
    ------
    ValueError
        If an input is not positive, or `at` is 1.

    Notes
    -----
    The method is ours; the square follows from the limit of `over_training_penalty` at k = 1.

    Examples
    --------
    Where ln m = 0.09 (ln k)^2 the answer is exact; the run at 50 is too far off to be asked:

    >>> k = np.array([1.5, 1.9, 2.5, 50])
    >>> penalty, runs = measured_at(k, np.exp(0.09 * np.log(k) ** 2), 2.0)
    >>> round(penalty, 4), round(float(np.exp(0.09 * np.log(2) ** 2)), 4), runs
    (1.0442, 1.0442, 3)
    """
    x, height = np.log(positive(ratio, "ratio")), np.log(positive(penalty, "penalty"))
    target = float(np.log(positive(at, "at")))
    if target == 0:
        raise ValueError("at must not be 1: that is the optimum itself.")
    near = (np.abs(x - target) <= np.log(_WINDOW)) & (x * target > 0)
    if not near.any():
        return float("nan"), 0
    scaled = height[near] / x[near] ** 2 * target**2
    return float(np.exp(np.median(scaled))), int(near.sum())


def _vertex(x: Floats, height: Floats, of: np.typing.NDArray[np.bool_]) -> tuple[float, ...]:
    """Return the lowest point of the parabola through a profile's best runs; () where none."""
    x, height = x[of], height[of]
    near = np.abs(x - x[np.argmin(height)]) <= _NEAR
    if near.sum() < _FEWEST:
        return ()
    a, b, c = np.polyfit(x[near], height[near], 2)
    lowest = -b / (2 * a) if a > 0 else np.inf
    if not x[near].min() <= lowest <= x[near].max():
        return ()
    return float(lowest), float(c - b * b / (4 * a))


def _exponents(law: ParametricLaw) -> tuple[Floats, Floats]:
    """Return alpha and beta; NaN passes, because it marks a failed fit in an ensemble."""
    alpha, beta = np.asarray(law.alpha, dtype=np.float64), np.asarray(law.beta, dtype=np.float64)
    if np.any(alpha <= 0) or np.any(beta <= 0):
        raise ValueError(
            f"{law.name or 'the law'} has alpha {np.min(alpha):g} and beta {np.min(beta):g}; both "
            "must be positive, or no ratio is optimal and over-training means nothing."
        )
    return alpha, beta


def _log_ratio(ratio: ArrayLike) -> Floats:
    return np.log(_finite(ratio))


def _finite(ratio: ArrayLike) -> Floats:
    ratios = positive(ratio, "ratio")
    if not np.all(np.isfinite(ratios)):
        raise ValueError("ratio must be finite.")
    return ratios


def _log_penalty(alpha: Floats, beta: Floats, x: Floats) -> Floats:
    """Return the logarithm of `penalty` at exp(x), also where its powers are beyond all numbers."""
    total = alpha + beta
    size, data = np.log(beta / total) + alpha * x / 2, np.log(alpha / total) - beta * x / 2
    # Like numpy.logaddexp, which warns of the NaN of a failed fit.
    sum_ = np.maximum(size, data) + np.log1p(np.exp(-np.abs(size - data)))
    # Rounding must not make the optimum better than the optimum.
    excess: Floats = np.maximum(sum_, 0.0)
    return excess * total / (alpha * beta)


def _slope(alpha: Floats, beta: Floats, x: Floats) -> Floats:
    # Scaled by the larger of the two powers, so that neither overflows.
    size = np.exp(np.minimum((alpha + beta) * x / 2, 0.0))
    data = np.exp(np.minimum(-(alpha + beta) * x / 2, 0.0))
    slope: Floats = (alpha + beta) / 2 * (size - data) / (beta * size + alpha * data)
    return slope


def _offset(alpha: Floats, beta: Floats) -> Floats:
    """Return c where ln m -> x (alpha + beta) / (2 beta) - c for large x; never below that."""
    total = alpha + beta
    offset: Floats = total / (alpha * beta) * np.log(total / beta)
    return offset


def _solve(alpha: Floats, beta: Floats, height: Floats, power: Floats) -> Floats:
    """Return the x > 0 at which ln m(x) = height + power x; infinity where there is none.

    Below the optimum the same holds of -x with alpha and beta exchanged.
    """
    steepness = (alpha + beta) / (2 * beta) - power
    never = steepness <= 0
    # ln m lies above its asymptote and below `steepest` x^2, which has the most curvature it takes.
    high = (height + _offset(alpha, beta)) / np.where(never, np.inf, steepness)
    steepest = (alpha + beta) ** 3 / (32 * alpha * beta)
    low = (power + np.sqrt(power**2 + 4 * steepest * height)) / (2 * steepest)

    def short(x: Floats, alpha: Floats, beta: Floats, height: Floats, power: Floats) -> Floats:
        return height + power * x - _log_penalty(alpha, beta, x)

    x = roots.falling(short, low, high, alpha, beta, height, power)
    return np.where(never, np.inf, x)[()]
