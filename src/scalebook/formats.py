"""Numbers as text, and texts with numbers filled in."""

import math
from collections.abc import Mapping

import jinja2

from scalebook.errors import ScalebookError
from scalebook.units import format_quantity

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def num(value: float, digits: int = 3) -> str:
    """Format a number to significant digits, without an exponent: 1.82, 0.0347, 1,234."""
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    return f"{round(value, places):,.{max(places, 0)}f}".replace("-", "−")


def fix(value: float, places: int = 2) -> str:
    """Format a number to a fixed number of decimal places."""
    return f"{value:,.{places}f}".replace("-", "−")


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


def span(pair: list[float], digits: int = 3) -> str:
    """Format an interval: 1.78 to 1.86."""
    return f"{num(pair[0], digits)} to {num(pair[1], digits)}"


_ENVIRONMENT = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    autoescape=False,
    keep_trailing_newline=True,
    # MyST writes {#name} for a label, which Jinja would take for a comment.
    comment_start_string="{##",
    comment_end_string="##}",
)
_ENVIRONMENT.filters.update(num=num, fix=fix, sci=sci, pct=pct, span=span, qty=format_quantity)


def render(text: str, context: Mapping[str, object]) -> str:
    """Fill the numbers into a text: ``{{ r.alpha | num(3) }}``.

    Raises
    ------
    ScalebookError
        If the text asks for something that was not recorded, or is malformed.
    """
    try:
        return _ENVIRONMENT.from_string(text).render(context)
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        raise ScalebookError(f"a number cannot be filled in: {error}") from None
