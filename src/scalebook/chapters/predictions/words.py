"""How the chapter on predictions writes factors and half-widths."""

import math

from scalebook.show.numbers import num, pct

_WIDE = 0.5  # half-width of log loss that is told as a factor


def times(value: float) -> str:
    """Return a factor as text: 3, 12.5, 10,000."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else num(value)


def span(half: float) -> str:
    """Return a half-width as text: ±4.8%, or a factor where it is wide."""
    if half < _WIDE:
        return f"±{pct(half, 2)}"
    factor = math.exp(min(half, 50))
    return f"a factor of {num(factor, 2)}" if factor < 1000 else "more than a thousandfold"
