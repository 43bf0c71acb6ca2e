"""Units of the field: FLOP, PF-days, nats and bits, and quantities as people write them."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.numerals import PF_DAY as PF_DAY
from scalinglaws.numerals import format_quantity as format_quantity
from scalinglaws.numerals import parse_quantity as parse_quantity

Floats = NDArray[np.float64]
"""Result of every law: a float array, or a NumPy scalar where all inputs were scalars."""

FLOP_PER_PARAM_TOKEN = 6.0
"""Training FLOP per parameter and token: 2 forward, 4 backward (Kaplan et al. 2020, Sec. 2.1)."""

NATS_PER_BIT = math.log(2.0)
BITS_PER_NAT = 1.0 / NATS_PER_BIT


def positive(values: ArrayLike, name: str) -> Floats:
    """Return `values` as floats, or complain that `name` is not positive.

    Infinity passes, because the limits of infinite size and data are meaningful.

    Raises
    ------
    ValueError
        If any value is zero, negative or NaN.
    """
    floats = np.asarray(values, dtype=np.float64)
    bad = ~(floats > 0)
    if np.any(bad):
        raise ValueError(f"{name} must be positive, got {floats[bad].flat[0]:g}.")
    return floats


def training_flop(params: ArrayLike, tokens: ArrayLike) -> Floats:
    """Training compute C = 6 N D.

    Parameters
    ----------
    params : array_like
        Model size N.
    tokens : array_like
        Training tokens D, broadcast against `params`.

    Returns
    -------
    numpy.ndarray
        FLOP.

    Raises
    ------
    ValueError
        If any input is not positive.

    Notes
    -----
    Kaplan et al. 2020, Section 2.1; attention over the context is left out.

    Examples
    --------
    >>> f"{training_flop(70e9, 1.4e12):.3g}"
    '5.88e+23'
    """
    return FLOP_PER_PARAM_TOKEN * positive(params, "params") * positive(tokens, "tokens")


def tokens_from_flop(flop: ArrayLike, params: ArrayLike) -> Floats:
    """Tokens D = C / (6 N) that `flop` FLOP afford a model of `params` parameters.

    Raises
    ------
    ValueError
        If any input is not positive.
    """
    return positive(flop, "flop") / (FLOP_PER_PARAM_TOKEN * positive(params, "params"))


def params_from_flop(flop: ArrayLike, tokens: ArrayLike) -> Floats:
    """Parameters N = C / (6 D) that `flop` FLOP can train on `tokens` tokens.

    Raises
    ------
    ValueError
        If any input is not positive.
    """
    return positive(flop, "flop") / (FLOP_PER_PARAM_TOKEN * positive(tokens, "tokens"))


def nats_to_bits(nats: ArrayLike) -> Floats:
    """Convert nats to bits."""
    return np.asarray(nats, dtype=np.float64) * BITS_PER_NAT


def bits_to_nats(bits: ArrayLike) -> Floats:
    """Convert bits to nats."""
    return np.asarray(bits, dtype=np.float64) * NATS_PER_BIT


def perplexity(loss: ArrayLike) -> Floats:
    """Perplexity exp(L) of a loss in nats; per token if the loss is per token."""
    perplexities: Floats = np.exp(np.asarray(loss, dtype=np.float64))
    return perplexities
