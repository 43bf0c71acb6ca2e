"""Units of the field: FLOP, PF-days, nats and bits, and quantities as people write them."""

import math
import re
from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalebook.errors import ScalebookError, shortened

Floats = NDArray[np.float64]
"""Result of every law: a float array, or a NumPy scalar where all inputs were scalars."""

PF_DAY = 8.64e19
"""FLOP in one petaFLOP/s-day, 1e15 x 24 x 3600 (Kaplan et al. 2020, Section 1.3)."""

FLOP_PER_PARAM_TOKEN = 6.0
"""Training FLOP per parameter and token: 2 forward, 4 backward (Kaplan et al. 2020, Sec. 2.1)."""

NATS_PER_BIT = math.log(2.0)
BITS_PER_NAT = 1.0 / NATS_PER_BIT

_POWERS = {"": 0, "k": 3, "m": 6, "b": 9, "t": 12,
           "thousand": 3, "million": 6, "billion": 9, "trillion": 12}  # fmt: skip
_DIGITS = r"\d+(?:_\d+)*"
NUMBER = rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:e[+-]?\d{{1,4}})?"
"""A decimal number, for a regular expression that ignores case."""
SUFFIX = "thousand|million|billion|trillion|[kmbt]"
_QUANTITY = re.compile(rf"({NUMBER})\s*({SUFFIX}|)", re.IGNORECASE | re.ASCII)
_LONGEST = 100  # characters


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


def parse_quantity(text: str) -> float:
    """Read a number as people write it: ``70B``, ``15T``, ``1e25``, ``5.76e23``.

    Parameters
    ----------
    text : str
        A decimal number, with an exponent or one of the suffixes K, M, B and T (thousand, million,
        billion, trillion; either case) or the word itself. Digits may be grouped: 1_000.

    Returns
    -------
    float
        The nearest float to the decimal number written.

    Raises
    ------
    ScalebookError
        If `text` is not such a number, or too large for a float.

    Examples
    --------
    >>> parse_quantity("1.4T")
    1400000000000.0
    """
    match = _QUANTITY.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if match is None:
        raise ScalebookError(
            f"{shortened(text)} is not a quantity. Write a number such as 70B, 1.4T or 5.76e23 "
            "(K, M, B and T stand for thousand, million, billion and trillion)."
        )
    number, suffix = match.groups()
    # Through Decimal, because 1.1 * 1e9 in floats is not 1.1e9.
    value = float(Decimal(number).scaleb(_POWERS[suffix.lower()]))
    if not math.isfinite(value):
        raise ScalebookError(f"{shortened(text)} is too large. Write a number below 1e308.")
    return value


def format_quantity(value: float, digits: int = 3) -> str:
    """Write a number as people read it: ``70B``, ``1.4T``, ``5.76e23``.

    Suffixes serve from a thousand up to a thousand trillion, exponents beyond; trailing zeros go.
    `parse_quantity` reads it back to `digits` significant digits.

    Parameters
    ----------
    value : float
        Any finite number.
    digits : int
        Significant digits, at least 1.

    Raises
    ------
    ValueError
        If `value` is not finite or `digits` is less than 1.

    Examples
    --------
    >>> format_quantity(7e10), format_quantity(5.76e23)
    ('70B', '5.76e23')
    """
    if not math.isfinite(value) or digits < 1:
        raise ValueError(f"cannot write {value} to {digits} significant digits.")
    # Rounded first, so that 999.96e9 becomes 1T and not 1000B.
    rounded = Decimal(f"{value:.{digits - 1}e}")
    exponent = rounded.adjusted() if rounded else 0
    if exponent >= 15 or exponent < -3:
        return f"{_plain(rounded.scaleb(-exponent))}e{exponent}"
    power = max(0, exponent // 3 * 3)
    suffix = {0: "", 3: "K", 6: "M", 9: "B", 12: "T"}[power]
    return _plain(rounded.scaleb(-power)) + suffix


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
