"""Small charts as SVG text, whose ink is that of the page they stand in.

Matplotlib would bring half a megabyte of outlines and a look for one theme. Here text stays text,
lines take `currentColor`, and the series have colours that stand out on white and on black alike.
"""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, isfinite, log10

from scalebook.show.numbers import sci

#: Colours of a contrast of 3 or more on white and on black, apart for the colour-blind.
BLUE, ORANGE, GREEN, PINK = "#2b7fc4", "#c8620f", "#0f8a63", "#b45fa0"

#: Steps from viridis, from dark to light; points in them are drawn with an outline in ink.
RAMP = ("#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b")

WIDTH, HEIGHT = 520, 380
_STEP = 22  # of the ramp in a legend: eight hold two numbers side by side
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 16, 14, 50


@dataclass(frozen=True)
class Scale:
    """From data to a stretch of the drawing.

    Attributes
    ----------
    low, high : float
        Of the data.
    start, end : float
        Of the drawing.
    log : bool
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        low, high, at = (log10(v) if self.log else v for v in (self.low, self.high, value))
        return self.start + (at - low) / (high - low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Return round values inside."""
        if self.log:
            first, last = ceil(log10(self.low) - 1e-9), floor(log10(self.high) + 1e-9)
            if last - first >= 1:
                step = max(1, ceil((last - first) / 5))
                return [10.0**k for k in range(first, last + 1, step)]
        return _round_values(self.low, self.high)


def scale(
    values: Iterable[float], start: float, end: float, *, log: bool = False, margin: float = 0.06
) -> Scale:
    """Return a scale that holds the values with a margin on either side."""
    finite = [v for v in values if isfinite(v) and (v > 0 or not log)]
    low, high = (min(finite), max(finite)) if finite else (1.0, 10.0)
    if log:
        pad = max(margin * log10(high / low), 0.05)
        return Scale(low / 10**pad, high * 10**pad, start, end, log=True)
    pad = margin * (high - low) or 0.05 * abs(high) or 1.0
    return Scale(low - pad, high + pad, start, end)


def _round_values(low: float, high: float) -> list[float]:
    rough = (high - low) / 4
    power = 10.0 ** floor(log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * (1 - 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


def tick_label(value: float, log: bool) -> str:
    """Write a tick: a power of ten on a wide logarithmic axis, a plain number otherwise."""
    if log and (value >= 1e4 or value < 1e-2):
        whole = abs(log10(value) - round(log10(value))) < 1e-9
        return sci(value, 1 if whole else 2)
    return f"{value:.6g}".replace("-", "−") if abs(value) >= 1e-12 else "0"


@dataclass
class Chart:
    """A chart that is drawn bit by bit and then written out.

    Attributes
    ----------
    x, y : Scale
    width, height : float
    """

    x: Scale
    y: Scale
    width: float = WIDTH
    height: float = HEIGHT
    parts: list[str] = field(default_factory=list)

    def axes(self, x_label: str, y_label: str) -> None:
        """Draw both axes with ticks and labels."""
        left, right, base, top = self.x.start, self.x.end, self.y.start, self.y.end
        self._add(f'<path d="M{_n(left)} {_n(top)}V{_n(base)}H{_n(right)}" class="axis"/>')
        for value in self.x.ticks():
            at = self.x(value)
            self._add(f'<path d="M{_n(at)} {_n(base)}v5" class="axis"/>')
            self.text(at, base + 19, tick_label(value, self.x.log), anchor="middle")
        for value in self.y.ticks():
            at = self.y(value)
            self._add(f'<path d="M{_n(left)} {_n(at)}h-5" class="axis"/>')
            self.text(left - 8, at + 4, tick_label(value, self.y.log), anchor="end")
        self.text((left + right) / 2, base + 40, x_label, anchor="middle")
        middle = (top + base) / 2
        self._add(
            f'<text transform="translate(15 {_n(middle)}) rotate(-90)" text-anchor="middle">'
            f"{html.escape(y_label)}</text>"
        )

    def text(self, x: float, y: float, text: str, anchor: str = "start", style: str = "") -> None:
        """Write text at a place of the drawing."""
        kind = f' class="{style}"' if style else ""
        self._add(f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"{kind}>'
                  f"{html.escape(text)}</text>")  # fmt: skip

    def point(
        self, x: float, y: float, colour: str, radius: float = 3.5, shape: str = "circle"
    ) -> None:
        """Draw a point at a value of the data, with an outline in ink."""
        at, up = self.x(x), self.y(y)
        if shape == "diamond":
            r = radius * 1.3
            outline = f"M{_n(at)} {_n(up - r)}l{_n(r)} {_n(r)}l{_n(-r)} {_n(r)}l{_n(-r)} {_n(-r)}z"
            self._add(f'<path d="{outline}" fill="{colour}" class="dot"/>')
        else:
            self._add(f'<circle cx="{_n(at)}" cy="{_n(up)}" r="{_n(radius)}" fill="{colour}" '
                      'class="dot"/>')  # fmt: skip

    def ring(self, x: float, y: float) -> None:
        """Mark a point of the data with a ring."""
        self._add(f'<circle cx="{_n(self.x(x))}" cy="{_n(self.y(y))}" r="7" class="ring"/>')

    def line(
        self, xs: Sequence[float], ys: Sequence[float], colour: str = "", style: str = "line"
    ) -> None:
        """Draw a line through values of the data, cut where it leaves the axes."""
        pieces: list[list[str]] = [[]]
        bottom, top = sorted((self.y.low, self.y.high))
        for x, y in zip(xs, ys, strict=True):
            if self.x.low <= x <= self.x.high and bottom <= y <= top:
                pieces[-1].append(f"{_n(self.x(x))} {_n(self.y(y))}")
            elif pieces[-1]:
                pieces.append([])
        stroke = f' stroke="{colour}"' if colour else ""
        for piece in pieces:
            if len(piece) > 1:
                self._add(f'<path d="M{"L".join(piece)}" class="{style}"{stroke}/>')

    def legend(self, x: float, y: float, title: str, labels: tuple[str, str]) -> None:
        """Draw the ramp of colours with its ends labelled, at a place of the drawing."""
        self.text(x, y, title)
        for step, colour in enumerate(RAMP):
            self._add(
                f'<rect x="{_n(x + _STEP * step)}" y="{_n(y + 6)}" width="{_STEP}" height="9" '
                f'fill="{colour}"/>'
            )
        self.text(x, y + 30, labels[0])
        self.text(x + _STEP * len(RAMP), y + 30, labels[1], anchor="end")

    def svg(self, alt: str) -> str:
        """Return the chart as one line of SVG with a text for those who do not see it."""
        return (
            f'<svg viewBox="0 0 {_n(self.width)} {_n(self.height)}" role="img" '
            f'aria-label="{html.escape(alt, quote=True)}" class="chart">'
            f"{''.join(self.parts)}</svg>"
        )

    def _add(self, part: str) -> None:
        self.parts.append(part)


def frame(
    xs: Iterable[float],
    ys: Iterable[float],
    *,
    log_x: bool = False,
    log_y: bool = False,
    height: float = HEIGHT,
    left: float = _LEFT,
    legend: bool = False,
) -> Chart:
    """Return an empty chart whose axes hold the values, with room for a legend above if wanted."""
    x = scale(xs, left, WIDTH - _RIGHT, log=log_x)
    y = scale(ys, height - _BOTTOM, _TOP + 44 * legend, log=log_y)
    return Chart(x, y, WIDTH, height)


def ramp(share: float) -> str:
    """Return the colour at a share of the ramp, 0 to 1."""
    return RAMP[min(len(RAMP) - 1, max(0, int(share * len(RAMP))))]


def _n(value: float) -> str:
    """Write a coordinate to a tenth, so that the last bits of a sum do not change the bytes."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


#: Style of the charts, for any page they stand in.
STYLE = (
    ".chart{display:block;width:100%;max-width:40rem;height:auto;color:inherit;"
    "font:14px system-ui,sans-serif}"
    ".chart text{fill:currentColor}.chart .small{font-size:12.5px}"
    ".chart .axis{fill:none;stroke:currentColor;stroke-width:1.2}"
    ".chart .line{fill:none;stroke-width:2}.chart .thin{fill:none;stroke-width:1.2;"
    "stroke:currentColor;stroke-opacity:.55}.chart .dashed{fill:none;stroke:currentColor;"
    "stroke-width:1.2;stroke-dasharray:5 4;stroke-opacity:.7}"
    ".chart .dot{stroke:currentColor;stroke-width:.7}"
    ".chart .ring{fill:none;stroke:currentColor;stroke-width:1.6}"
)
