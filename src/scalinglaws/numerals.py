"""Numbers and times as people write them: 70B, 1.4T, 5.76e23; 64 days, three months.

Without NumPy, for programs that only read parameters.
"""

import math
import re
from decimal import Decimal

from scalinglaws.errors import ScalingLawsError, shortened

PF_DAY = 8.64e19
"""FLOP in one petaFLOP/s-day, 1e15 x 24 x 3600 (Kaplan et al. 2020, Section 1.3)."""

SECONDS_PER_HOUR = 3600.0
SECONDS_PER_DAY = 86400.0
DAYS_PER_YEAR = 365.25
"""Julian year; a month is a twelfth of it."""

_POWERS = {"": 0, "k": 3, "m": 6, "b": 9, "t": 12,
           "thousand": 3, "million": 6, "billion": 9, "trillion": 12}  # fmt: skip
_DIGITS = r"\d+(?:_\d+)*"
# A decimal number, for a regular expression that ignores case.
NUMBER = rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:e[+-]?\d{{1,4}})?"
SUFFIX = "thousand|million|billion|trillion|[kmbt]"
_QUANTITY = re.compile(rf"({NUMBER})\s*({SUFFIX}|)", re.IGNORECASE | re.ASCII)
_LONGEST = 100  # characters

SECONDS = {
    "s": 1.0,
    "second": 1.0,
    "min": 60.0,
    "minute": 60.0,
    "h": SECONDS_PER_HOUR,
    "hour": SECONDS_PER_HOUR,
    "d": SECONDS_PER_DAY,
    "day": SECONDS_PER_DAY,
    "week": 7 * SECONDS_PER_DAY,
    "month": DAYS_PER_YEAR / 12 * SECONDS_PER_DAY,
    "year": DAYS_PER_YEAR * SECONDS_PER_DAY,
}
"""Seconds in each unit of time that `duration` reads."""
_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_DURATION = re.compile(r"(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+|[a-z]+)\s*-?\s*([a-z]+)", re.IGNORECASE)


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
    ScalingLawsError
        If `text` is not such a number, or too large for a float.

    Examples
    --------
    >>> parse_quantity("1.4T")
    1400000000000.0
    """
    match = _QUANTITY.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if match is None:
        raise ScalingLawsError(
            f"{shortened(text)} is not a quantity. Write a number such as 70B, 1.4T or 5.76e23 "
            "(K, M, B and T stand for thousand, million, billion and trillion)."
        )
    number, suffix = match.groups()
    # Through Decimal, because 1.1 * 1e9 in floats is not 1.1e9.
    value = float(Decimal(number).scaleb(_POWERS[suffix.lower()]))
    if not math.isfinite(value):
        raise ScalingLawsError(f"{shortened(text)} is too large. Write a number below 1e308.")
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

    Returns
    -------
    str
        Rounded to `digits` significant digits.

    Raises
    ------
    ValueError
        If `value` is not finite or `digits` is less than 1.

    Examples
    --------
    >>> format_quantity(7e10), format_quantity(5.76e23), format_quantity(1234567, digits=2)
    ('70B', '5.76e23', '1.2M')
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


def duration(text: str) -> float:
    """Read a time as people write it, in seconds: ``64 days``, ``3 months``, ``six days``, ``12h``.

    Parameters
    ----------
    text : str
        A number, or a word up to twelve, and a unit of `SECONDS`, singular or plural. A month is a
        twelfth of a year of 365.25 days.

    Returns
    -------
    float
        Seconds, > 0 and finite.

    Raises
    ------
    ScalingLawsError
        If `text` is not a positive time with a unit.

    Examples
    --------
    >>> duration("64 days"), duration("three months")
    (5529600.0, 7889400.0)
    """
    match = _DURATION.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    unit = match.group(2).lower() if match else ""
    factor = SECONDS.get(unit, SECONDS.get(unit.removesuffix("s")))
    number = _number(match.group(1).lower()) if match else None
    if factor is None or number is None:
        raise ScalingLawsError(
            f"{shortened(text)} is not a time. Write a number and a unit: 64 days, 3 months, 12 h "
            "(seconds, minutes, hours, days, weeks, months, years)."
        )
    if not 0 < number * factor < math.inf:
        raise ScalingLawsError(f"{shortened(text)}: expected a positive time.")
    return number * factor


def _number(text: str) -> float | None:
    if text in _WORDS:
        return float(_WORDS[text])
    try:
        return float(text)
    except ValueError:
        return None
