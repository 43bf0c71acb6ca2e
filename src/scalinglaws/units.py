"""Units of the field: FLOP, PF-days, nats and bits, and quantities as people write them."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.quantities import PF_DAY as PF_DAY
from scalinglaws.quantities import format_quantity as format_quantity
from scalinglaws.quantities import parse_quantity as parse_quantity

Floats = NDArray[np.float64]
"""Result of every law: a float array, or a NumPy scalar where all inputs were scalars."""

FLOP_PER_PARAM_TOKEN = 6.0
"""Training FLOP per parameter and token: 2 forward, 4 backward (Kaplan et al. 2020, Sec. 2.1)."""

NATS_PER_BIT = math.log(2.0)
"""ln 2."""

BITS_PER_NAT = 1.0 / NATS_PER_BIT
"""1 / ln 2."""


def positive(values: ArrayLike, name: str) -> Floats:
    """Return `values` as floats, or complain that `name` is not positive.

    Infinity passes, because the limits of infinite size and data are meaningful.

    Parameters
    ----------
    values : array_like
        Numbers, of any unit.
    name : str
        What to call them in the message.

    Returns
    -------
    numpy.ndarray
        Of floats, in the shape of `values`.

    Raises
    ------
    ValueError
        If any value is zero, negative or NaN.

    Examples
    --------
    >>> positive([1, 2], "params")
    array([1., 2.])
    >>> positive([1, 0], "params")
    Traceback (most recent call last):
    ValueError: params must be positive, got 0.
    """
    floats = np.asarray(values, dtype=np.float64)
    bad = ~(floats > 0)
    if np.any(bad):
        raise ValueError(f"{name} must be positive, got {floats[bad].flat[0]:g}.")
    return floats


def training_flop(params: ArrayLike, tokens: ArrayLike) -> Floats:
    """Return the training compute C = 6 N D.

    Parameters
    ----------
    params : array_like
        Model size N, > 0.
    tokens : array_like
        Training tokens D, > 0, broadcast against `params`.

    Returns
    -------
    numpy.ndarray
        C, FLOP, of the broadcast shape.

    Raises
    ------
    ValueError
        If any input is not positive.

    Notes
    -----
    Kaplan et al. 2020, Section 2.1; attention over the context is left out.

    Examples
    --------
    Chinchilla:

    >>> f"{training_flop(70e9, 1.4e12):.3g}"
    '5.88e+23'
    """
    return FLOP_PER_PARAM_TOKEN * positive(params, "params") * positive(tokens, "tokens")


def tokens_from_flop(flop: ArrayLike, params: ArrayLike) -> Floats:
    """Return the tokens D = C / (6 N) that `flop` FLOP afford a model of `params` parameters.

    Parameters
    ----------
    flop : array_like
        Training compute C, FLOP, > 0.
    params : array_like
        Model size N, > 0, broadcast against `flop`.

    Returns
    -------
    numpy.ndarray
        D, of the broadcast shape.

    Raises
    ------
    ValueError
        If any input is not positive.

    Examples
    --------
    >>> tokens_from_flop([6e21, 6e22], [[1e9], [1e10]])
    array([[1.e+12, 1.e+13],
           [1.e+11, 1.e+12]])
    """
    return positive(flop, "flop") / (FLOP_PER_PARAM_TOKEN * positive(params, "params"))


def params_from_flop(flop: ArrayLike, tokens: ArrayLike) -> Floats:
    """Return the parameters N = C / (6 D) that `flop` FLOP can train on `tokens` tokens.

    Parameters
    ----------
    flop : array_like
        Training compute C, FLOP, > 0.
    tokens : array_like
        Training tokens D, > 0, broadcast against `flop`.

    Returns
    -------
    numpy.ndarray
        N, of the broadcast shape.

    Raises
    ------
    ValueError
        If any input is not positive.

    Examples
    --------
    >>> f"{params_from_flop(5.88e23, 1.4e12):.3g}"
    '7e+10'
    """
    return positive(flop, "flop") / (FLOP_PER_PARAM_TOKEN * positive(tokens, "tokens"))


def nats_to_bits(nats: ArrayLike) -> Floats:
    """Convert nats to bits.

    Parameters
    ----------
    nats : array_like
        Information, or a rate such as nats per token.

    Returns
    -------
    numpy.ndarray
        Bits, or the rate in bits, of the shape of `nats`: by definition nats / ln 2.

    Examples
    --------
    >>> round(float(nats_to_bits(1.0)), 4)
    1.4427
    """
    return np.asarray(nats, dtype=np.float64) * BITS_PER_NAT


def bits_to_nats(bits: ArrayLike) -> Floats:
    """Convert bits to nats.

    Parameters
    ----------
    bits : array_like
        Information, or a rate such as bits per character.

    Returns
    -------
    numpy.ndarray
        Nats, or the rate in nats, of the shape of `bits`: by definition bits times ln 2.

    Examples
    --------
    >>> round(float(bits_to_nats(1.0)), 4)
    0.6931
    """
    return np.asarray(bits, dtype=np.float64) * NATS_PER_BIT


def perplexity(loss: ArrayLike) -> Floats:
    """Return the perplexity exp(L) of a loss in nats; per token if the loss is per token.

    Parameters
    ----------
    loss : array_like
        L, nats per symbol.

    Returns
    -------
    numpy.ndarray
        Dimensionless, of the shape of `loss`: by definition the number of equally likely symbols
        that would give the same loss.

    Examples
    --------
    >>> round(float(perplexity(math.log(100))), 3)
    100.0
    """
    perplexities: Floats = np.exp(np.asarray(loss, dtype=np.float64))
    return perplexities
