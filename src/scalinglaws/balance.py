"""The balance of size and data at the optimum of a law, under C = 6 N D.

At the optimum, moving compute from size to data changes nothing, so alpha S^p equals beta T^p, with
S = A / N^alpha and T = B / D^beta the terms and p the power that joins them, 1 for a sum (Hoffmann
et al. 2022, Section 3.3). Only where the exponent of the data varies with size (gamma) is the
balance solved numerically.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.units import FLOP_PER_PARAM_TOKEN, Floats, positive, training_flop

_SMALLEST = 0.0  # log of the fewest parameters that an optimum is sought among
_ASIDE = 1e-9  # of the log of a size


class _Family(Protocol):
    """A law of the family: `laws.GeneralLaw`, which asks for its optimum here."""

    @property
    def E(self) -> float | Floats: ...
    @property
    def A(self) -> float | Floats: ...
    @property
    def B(self) -> float | Floats: ...
    @property
    def alpha(self) -> float | Floats: ...
    @property
    def beta(self) -> float | Floats: ...
    @property
    def p(self) -> float | Floats: ...
    @property
    def gamma(self) -> float | Floats: ...
    @property
    def name(self) -> str: ...
    def loss(self, params: ArrayLike, tokens: ArrayLike) -> Floats: ...


@dataclass(frozen=True)
class Allocation:
    """A compute-optimal run, or an array of them; all fields have one shape.

    Parameters
    ----------
    compute : numpy.ndarray
        Training compute C, FLOP.
    params : numpy.ndarray
        Optimal model size N.
    tokens : numpy.ndarray
        Optimal training tokens D.
    loss : numpy.ndarray
        Loss reached, nats per token.
    tokens_per_param : numpy.ndarray
        D / N.

    Examples
    --------
    >>> from scalinglaws import published
    >>> best = published["besiroglu2024"].optimum(compute=[1e22, 1e24])
    >>> best.tokens_per_param.round(1)
    array([20.4, 18.1])
    """

    compute: Floats
    params: Floats
    tokens: Floats
    loss: Floats
    tokens_per_param: Floats


def optimum(
    law: _Family,
    *,
    compute: ArrayLike | None = None,
    loss: ArrayLike | None = None,
    params: ArrayLike | None = None,
    tokens: ArrayLike | None = None,
) -> Allocation:
    """Return the compute-optimal run of a budget, a loss, a size or a number of tokens.

    Parameters
    ----------
    law : GeneralLaw
        An ensemble broadcasts against what is given.
    compute, loss, params, tokens : array_like
        One of the four: C in FLOP, L in nats per token, N, or D; > 0.

    Returns
    -------
    Allocation
        Of the broadcast shape (Hoffmann et al. 2022, Equation 4, for p = 1); NaN where a law has
        no optimum, as with an exponent that is not positive, or one that is beyond all numbers.

    Raises
    ------
    TypeError
        Unless one of the four is given.
    ValueError
        If it is not positive and finite.
    ScalingLawsError
        If the loss is not above the law's floor, or what is given does not go with gamma.

    Examples
    --------
    >>> from scalinglaws import published
    >>> f"{optimum(published['besiroglu2024'].general, tokens=1.4e12).params:.3g}"
    '7.63e+10'
    """
    ways = {
        "compute": (_of_compute, compute), "loss": (_of_loss, loss),
        "params": (_of_params, params), "tokens": (_of_tokens, tokens),
    }  # fmt: skip
    asked = [name for name, (_, value) in ways.items() if value is not None]
    if len(asked) != 1:
        raise TypeError(
            f"{len(asked)} of compute, loss, params and tokens were given; an optimum is that of "
            "one of them."
        )
    (name,) = asked
    if name != "compute" and np.any(law.gamma):
        raise ScalingLawsError(
            "The exponent of this law's data varies with size (gamma), and its optimum is found "
            "for a budget only. Give compute."
        )
    way, value = ways[name]
    given = positive(value, name)  # type: ignore[arg-type]
    if not np.all(np.isfinite(given)):
        raise ValueError(f"{name} must be finite.")
    with np.errstate(all="ignore"):  # of laws without an optimum, which is then NaN
        return way(law, given)


def _of_compute(law: _Family, compute: Floats) -> Allocation:
    product = compute / FLOP_PER_PARAM_TOKEN
    if np.any(law.gamma):
        size = _balanced(law, product)
        return _allocation(law, size, product / size)
    alpha, beta = (np.where(np.greater(v, 0), v, np.nan) for v in (law.alpha, law.beta))
    with np.errstate(all="ignore"):  # what is not there is left out below
        skew = _ratio(law) ** (1.0 / (alpha + beta))
        size = skew * product ** (beta / (alpha + beta))
        data = product ** (alpha / (alpha + beta)) / skew
    return _allocation(law, size, data)


def _of_loss(law: _Family, target: Floats) -> Allocation:
    reducible = target - law.E
    if np.any(reducible <= 0):
        short = np.broadcast_to(target, reducible.shape)[reducible <= 0].flat[0]
        floor = np.broadcast_to(law.E, reducible.shape)[reducible <= 0].flat[0]
        raise ScalingLawsError(
            f"No amount of compute reaches a loss of {short:g} nats per token under "
            f"{law.name or 'this law'}: its irreducible loss is {floor:g}. Ask for more than that."
        )
    total, each = law.alpha + law.beta, 1.0 / np.asarray(law.p)
    params = (law.A / (reducible * (law.beta / total) ** each)) ** (1.0 / np.asarray(law.alpha))
    tokens = (law.B / (reducible * (law.alpha / total) ** each)) ** (1.0 / np.asarray(law.beta))
    return _allocation(law, params, tokens)


def _of_params(law: _Family, size: Floats) -> Allocation:
    alpha, beta = np.asarray(law.alpha), np.asarray(law.beta)
    return _allocation(law, size, (size**alpha / _ratio(law)) ** (1.0 / beta))


def _of_tokens(law: _Family, data: Floats) -> Allocation:
    alpha, beta = np.asarray(law.alpha), np.asarray(law.beta)
    return _allocation(law, (_ratio(law) * data**beta) ** (1.0 / alpha), data)


def _ratio(law: _Family) -> Floats:
    """Return (alpha / beta)^(1/p) A / B, which is N^alpha / D^beta at every optimum."""
    share = np.asarray(law.alpha / law.beta) ** (1.0 / np.asarray(law.p))
    return np.asarray(share * law.A / law.B, dtype=np.float64)


def _balanced(law: _Family, product: Floats) -> Floats:
    """Return the size at which the loss is lowest for N D = `product`; NaN where there is none.

    With n = ln N and c = ln(N D) the logarithms of the terms change with n by -alpha and by
    beta' = beta - gamma c + 2 gamma n, so that at the optimum
    p (ln A - alpha n) + ln alpha = p (ln B - (beta + gamma n) (c - n)) + ln beta'.
    """
    from scipy.optimize import elementwise  # half a second to import, for few laws

    def excess(n: Floats, c: Floats, *constants: Floats) -> Floats:
        log_a, log_b, alpha, beta, p, gamma = constants
        slope = beta - gamma * c + 2 * gamma * n
        size = p * (log_a - alpha * n) + np.log(alpha)
        return np.asarray(size - p * (log_b - (beta + gamma * n) * (c - n)) - np.log(slope))

    with np.errstate(invalid="ignore", divide="ignore"):
        constants = (np.log(law.A), np.log(law.B), law.alpha, law.beta, law.p, law.gamma)
        args = np.broadcast_arrays(np.log(product), *constants)
        c, _, _, alpha, beta, p, gamma = args
        # The slope beta' is positive beyond this n if gamma is, and short of it otherwise; there
        # the excess falls from above all bounds, and for gamma below zero only as far as where
        # p beta'^2 + p alpha beta' + 2 gamma = 0.
        turn = (gamma * c - beta) / (2 * gamma)
        root = (np.sqrt((p * alpha) ** 2 - 8 * p * np.minimum(gamma, 0)) - p * alpha) / (2 * p)
        low = np.where(gamma > 0, np.maximum(_SMALLEST, turn + _ASIDE), _SMALLEST)
        high = np.where(gamma < 0, np.minimum(c, turn + root / (2 * gamma)), c)
        found = elementwise.find_root(excess, (low, high), args=args)
    return np.asarray(np.where(found.success, np.exp(found.x), np.nan))


def _allocation(law: _Family, params: Floats, tokens: Floats) -> Allocation:
    params, tokens, *_ = np.broadcast_arrays(params, tokens, law.alpha, law.beta, law.gamma)
    there = (params > 0) & (tokens > 0) & (np.asarray(law.alpha) > 0)
    there &= (np.asarray(law.beta) > 0) | (np.asarray(law.gamma) != 0)
    size, data = np.where(there, params, 1.0), np.where(there, tokens, 1.0)

    def known(values: Floats) -> Floats:
        # Back from zero-dimensional arrays to scalars, which print and format.
        return np.asarray(np.where(there, values, np.nan))[()]

    return Allocation(
        compute=known(training_flop(size, data)),
        params=known(size),
        tokens=known(data),
        loss=known(law.loss(size, data)),
        tokens_per_param=known(data / size),
    )
