"""How to spend a training budget: the closed-form optimum of a parametric law under C = 6 N D.

At the optimum, moving compute from size to data changes nothing, so alpha A / N^alpha equals
beta B / D^beta (Hoffmann et al. 2022, Section 3.3). All of this module follows from that balance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import ParametricLaw
from scalinglaws.units import (
    FLOP_PER_PARAM_TOKEN,
    Floats,
    positive,
    tokens_from_flop,
    training_flop,
)


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
    >>> best = optimal(published["besiroglu2024"], [1e22, 1e24])
    >>> best.tokens_per_param.round(1)
    array([20.4, 18.1])
    """

    compute: Floats
    params: Floats
    tokens: Floats
    loss: Floats
    tokens_per_param: Floats


def optimal(law: ParametricLaw, compute: ArrayLike) -> Allocation:
    """Return the size and data that reach the lowest loss with `compute` FLOP.

    N = G (C/6)^a and D = (C/6)^b / G with G = (alpha A / (beta B))^(1 / (alpha + beta)),
    a = beta / (alpha + beta) and b = alpha / (alpha + beta) (Hoffmann et al. 2022, Eq 4).

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against `compute`.
    compute : array_like
        FLOP, > 0 and finite.

    Returns
    -------
    Allocation
        Of the broadcast shape.

    Raises
    ------
    ValueError
        If any compute is not positive and finite.

    Examples
    --------
    The budget of Gopher, for which Hoffmann et al. 2022 print 40 billion parameters (Figure 4); the
    rounded constants of their Eq 10 give fewer:

    >>> from scalinglaws import published
    >>> best = optimal(published["hoffmann2022"], 5.76e23)
    >>> f"{best.params:.3g} parameters, {best.tokens:.3g} tokens"
    '4.04e+10 parameters, 2.38e+12 tokens'
    >>> f"{optimal(published['hoffmann2022-printed'], 5.76e23).params:.3g}"
    '3.22e+10'
    """
    product = _finite(compute, "compute") / FLOP_PER_PARAM_TOKEN
    skew = _ratio(law) ** (1.0 / (law.alpha + law.beta))
    size = skew * product ** np.asarray(law.a)
    return _allocation(law, size, product ** np.asarray(law.b) / skew)


def for_loss(law: ParametricLaw, loss: ArrayLike) -> Allocation:
    """Return the cheapest run that reaches `loss`: the inverse of `optimal`.

    At the optimum the reducible loss L - E splits into a size term of beta / (alpha + beta) and a
    data term of alpha / (alpha + beta), whatever the budget.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against `loss`.
    loss : array_like
        Target, nats per token, above the law's E and finite.

    Returns
    -------
    Allocation
        Of the broadcast shape.

    Raises
    ------
    ScalingLawsError
        If a target is at or below the law's irreducible loss: no compute reaches it.
    ValueError
        If a target is not positive and finite.

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> f"{for_loss(law, 2.0).compute:.3g} FLOP"
    '2.47e+23 FLOP'
    >>> round(float(optimal(law, for_loss(law, 2.0).compute).loss), 6)
    2.0
    """
    target = _finite(loss, "loss")
    reducible = target - law.E
    if np.any(reducible <= 0):
        short = np.broadcast_to(target, reducible.shape)[reducible <= 0].flat[0]
        floor = np.broadcast_to(law.E, reducible.shape)[reducible <= 0].flat[0]
        raise ScalingLawsError(
            f"No amount of compute reaches a loss of {short:g} nats per token under "
            f"{law.name or 'this law'}: its irreducible loss is {floor:g}. Ask for more than that."
        )
    params = (law.A / (reducible * law.a)) ** (1.0 / np.asarray(law.alpha))
    tokens = (law.B / (reducible * law.b)) ** (1.0 / np.asarray(law.beta))
    return _allocation(law, params, tokens)


def given_params(law: ParametricLaw, params: ArrayLike) -> Allocation:
    """Return the run for which a model of `params` parameters is optimal.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against `params`.
    params : array_like
        N, > 0 and finite.

    Returns
    -------
    Allocation
        Of the broadcast shape.

    Raises
    ------
    ValueError
        If any size is not positive and finite.

    Examples
    --------
    Chinchilla has 70 billion parameters and saw 1.4 trillion tokens:

    >>> from scalinglaws import published
    >>> f"{given_params(published['besiroglu2024'], 70e9).tokens:.3g}"
    '1.29e+12'
    """
    size = _finite(params, "params")
    alpha, beta = np.asarray(law.alpha), np.asarray(law.beta)
    return _allocation(law, size, (size**alpha / _ratio(law)) ** (1.0 / beta))


def given_tokens(law: ParametricLaw, tokens: ArrayLike) -> Allocation:
    """Return the run for which training on `tokens` tokens is optimal.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface; an ensemble broadcasts against `tokens`.
    tokens : array_like
        D, > 0 and finite.

    Returns
    -------
    Allocation
        Of the broadcast shape.

    Raises
    ------
    ValueError
        If any number of tokens is not positive and finite.

    Examples
    --------
    >>> from scalinglaws import published
    >>> f"{given_tokens(published['besiroglu2024'], 1.4e12).params:.3g}"
    '7.63e+10'
    """
    data = _finite(tokens, "tokens")
    alpha, beta = np.asarray(law.alpha), np.asarray(law.beta)
    return _allocation(law, (_ratio(law) * data**beta) ** (1.0 / alpha), data)


def isoflop_loss(law: ParametricLaw, compute: ArrayLike, params: ArrayLike) -> Floats:
    """Return the loss of models of `params` parameters when each is trained for `compute` FLOP.

    Parameters
    ----------
    law : ParametricLaw
        Loss surface.
    compute : array_like
        C, FLOP, > 0, broadcast against `params`.
    params : array_like
        Model sizes N, > 0; the data are D = C / (6 N).

    Returns
    -------
    numpy.ndarray
        Nats per token, of the broadcast shape.

    Raises
    ------
    ValueError
        If any input is not positive.

    Examples
    --------
    At 1e22 FLOP the optimum is near 9 billion parameters:

    >>> from scalinglaws import published
    >>> isoflop_loss(published["besiroglu2024"], 1e22, [1e9, 9e9, 8.1e10]).round(3)
    array([2.245, 2.141, 2.247])
    """
    return law.loss(params, tokens_from_flop(positive(compute, "compute"), params))


def _ratio(law: ParametricLaw) -> Floats:
    """Return alpha A / (beta B), which is N^alpha / D^beta at every optimum."""
    return np.asarray(law.alpha * law.A / (law.beta * law.B), dtype=np.float64)


def _allocation(law: ParametricLaw, params: Floats, tokens: Floats) -> Allocation:
    params, tokens = np.broadcast_arrays(params, tokens)
    return Allocation(
        compute=training_flop(params, tokens),
        # Back from zero-dimensional arrays to scalars, which print and format.
        params=params[()],
        tokens=tokens[()],
        loss=law.loss(params, tokens),
        tokens_per_param=tokens / params,
    )


def _finite(values: ArrayLike, name: str) -> Floats:
    floats = positive(values, name)
    if not np.all(np.isfinite(floats)):
        raise ValueError(f"{name} must be finite.")
    return floats
