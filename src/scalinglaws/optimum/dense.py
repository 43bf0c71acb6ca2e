"""How to spend a training budget: the optimum of a law under C = 6 N D.

The closed forms are in `balance` (Hoffmann et al. 2022, Section 3.3 and Equation 4).
"""

from numpy.typing import ArrayLike

from scalinglaws.balance import Allocation
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import Surface
from scalinglaws.units import Floats, positive, tokens_from_flop


def optimal(law: Surface, compute: ArrayLike) -> Allocation:
    """Return the size and data that reach the lowest loss with `compute` FLOP.

    N = G (C/6)^a and D = (C/6)^b / G with G = ((alpha / beta)^(1/p) A / B)^(1 / (alpha + beta)),
    a = beta / (alpha + beta) and b = alpha / (alpha + beta) (Hoffmann et al. 2022, Eq 4, for
    p = 1).

    Parameters
    ----------
    law : ParametricLaw, JointLaw or GeneralLaw
        Loss surface; an ensemble broadcasts against `compute`.
    compute : array_like
        FLOP, > 0 and finite.

    Returns
    -------
    Allocation
        Of the broadcast shape; NaN where a law has no optimum, as with an exponent that is not
        positive, or one that is beyond all numbers.

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
    >>> printed = published["hoffmann2022-printed"]
    >>> f"{optimal(printed, 5.76e23).params:.3g}"
    '3.22e+10'
    """
    return _surface(law).optimum(compute=compute)


def for_loss(law: Surface, loss: ArrayLike) -> Allocation:
    """Return the cheapest run that reaches `loss`: the inverse of `optimal`.

    At the optimum the reducible loss L - E splits into a size term of beta / (alpha + beta) and a
    data term of alpha / (alpha + beta), whatever the budget; for p other than 1 their powers do.

    Parameters
    ----------
    law : ParametricLaw, JointLaw or GeneralLaw
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
    return _surface(law).optimum(loss=loss)


def given_params(law: Surface, params: ArrayLike) -> Allocation:
    """Return the run for which a model of `params` parameters is optimal.

    Parameters
    ----------
    law : ParametricLaw, JointLaw or GeneralLaw
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
    return _surface(law).optimum(params=params)


def given_tokens(law: Surface, tokens: ArrayLike) -> Allocation:
    """Return the run for which training on `tokens` tokens is optimal.

    Parameters
    ----------
    law : ParametricLaw, JointLaw or GeneralLaw
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
    return _surface(law).optimum(tokens=tokens)


def isoflop_loss(law: Surface, compute: ArrayLike, params: ArrayLike) -> Floats:
    """Return the loss of models of `params` parameters when each is trained for `compute` FLOP.

    Parameters
    ----------
    law : ParametricLaw, JointLaw or GeneralLaw
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


def _surface(law: Surface) -> Surface:
    """Return the law if it is one of loss in size and data."""
    if not isinstance(law, Surface):
        raise ScalingLawsError(
            f"{getattr(law, 'name', '') or 'This law'} is a {type(law).__name__}, which gives no "
            "loss in size and data to find the optimum of. Take a law that does, such as "
            "besiroglu2024."
        )
    return law
