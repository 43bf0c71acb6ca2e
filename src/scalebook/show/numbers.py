"""Numbers as text."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from scalinglaws.quantities import SUPERSCRIPTS, format_quantity

Numbers = float | Sequence[float]

#: A number of parameters or tokens with the letter of its power of a thousand: 70B.
qty = format_quantity

#: How a number is written: to so many decimal places, or by a function.
Form = int | Callable[[float], str]

_SIGNS = {"x": "×", "%": "%", "percent": "%"}
#: Units that only say what kind of bare number it is.
BARE = ("exponent", "ratio", "year", "1")
#: Units of things that are counted: 1 epoch, 4 epochs.
_COUNTED = ("budgets", "epochs", "minutes", "params", "runs", "tokens", "words", "years")

_SUPERSCRIPTS = str.maketrans(SUPERSCRIPTS)


def num(value: float, digits: int = 3) -> str:
    """Format a number to significant digits: 1.82, 0.0347, 1,234; far ones with a power of ten."""
    if value == 0:
        return "0"
    if not 1e-9 <= abs(value) < 1e12:
        return sci(value, digits)
    places = digits - 1 - math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    return f"{round(value, places):,.{max(places, 0)}f}".replace("-", "−")


def fix(value: float, places: int = 2) -> str:
    """Format a number to a fixed number of decimal places."""
    return f"{value:,.{places}f}".replace("-", "−")


def written(value: float, form: Form) -> str:
    """Return a number as text in a form."""
    return fix(value, form) if isinstance(form, int) else form(value)


def sci(value: float, digits: int = 3) -> str:
    """Format a number as 5.76 × 10²³, in characters that captions and alt texts can hold."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = f"10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    mantissa = mantissa.replace("-", "−")
    return (
        power if float(mantissa.replace("−", "-")) == 1 and digits == 1 else f"{mantissa} × {power}"
    )


def pct(value: float, digits: int = 2) -> str:
    """Format a share as a percentage to significant digits."""
    return f"{num(100 * value, digits)}%"


def span(pair: Sequence[float], digits: int = 3) -> str:
    """Format an interval: 1.78 to 1.86."""
    return f"{num(pair[0], digits)} to {num(pair[1], digits)}"


def quantity(
    values: Numbers | None,
    unit: str,
    digits: int | None = None,
    intervals: Sequence[tuple[float, float]] = (),
) -> str:
    """Format the numbers of a claim with their unit.

    Parameters
    ----------
    values : float or sequence of float or None
    unit : str
        "x" (a factor) and percent become signs behind each number, and shares percent; the
        words for a bare number go; numbers of params and tokens are written 70B. May name a unit
        for each number (see `units_of`).
    digits : int, optional
        Significant digits; as many as the number has where left out.
    intervals : sequence of (float, float)
        Ends of the interval of each number, put behind it; or empty.
    """
    if values is None:
        return "—"
    several = units_of(unit, len(listed(values)))
    if len(set(several)) > 1:
        each = zip(listed(values), several, strict=True)
        found = (quantity(v, own, digits, intervals[k : k + 1]) for k, (v, own) in enumerate(each))
        return ", ".join(found)
    if unit.partition(" ")[0] == "share":
        values, unit = [100 * each for each in listed(values)], unit.replace("share", "%", 1)
        intervals = [(100 * low, 100 * high) for low, high in intervals]
    first, _, rest = unit.partition(" ")
    sign, rest = (_SIGNS[first], rest) if first in _SIGNS else ("", unit)
    texts = [_number(v, unit, digits) + sign for v in listed(values)]
    for index, ends in enumerate(intervals):
        texts[index] += f" [{' to '.join(_number(end, unit, digits) for end in ends)}]"
    # Long units may break behind a slash or a dot.
    if texts == ["1"] and rest in _COUNTED:
        rest = rest.removesuffix("s")
    rest = "" if rest in BARE else rest.replace("*", "·\u200b").replace("/", "/\u200b")
    return f"{', '.join(texts)} {rest}".strip()


def units_of(unit: str, count: int) -> list[str]:
    """Return the unit of each of several numbers: one for all, or as in "params and tokens"."""
    named = re.split(", | and ", unit)
    return named if len(named) == count else [unit] * count


def _number(value: float, unit: str, digits: int | None) -> str:
    if unit == "year":  # of the calendar
        return f"{value:.0f}"
    digits = digits or significant(value)
    if unit in ("params", "tokens") and 1e3 <= abs(value) < 1e15:
        return format_quantity(value, digits)
    plain = value == 0 or 1e-3 <= abs(value) < 1e5
    return num(value, digits) if plain else sci(value, digits)


def significant(value: float) -> int:
    """Return how many significant digits it takes to write a number."""
    return len(f"{value:.11e}".split("e")[0].replace(".", "").lstrip("-").rstrip("0")) or 1


def listed(values: Any) -> list[float]:
    """Return one number, or a sequence or array of some, as a list."""
    several = isinstance(values, Sequence) or getattr(values, "ndim", 0) > 0
    return [float(v) for v in values] if several else [float(values)]
