"""The look of the figures, and how one is shown with its caption and alternative text."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import ArrayLike

from scalebook.show import columns, labels, media, palette
from scalebook.show.columns import Series as Series
from scalebook.show.columns import stack as stack
from scalebook.show.control import Control
from scalebook.show.numbers import Form, pct, sci, written
from scalebook.show.palette import BLUE as BLUE
from scalebook.show.palette import BROWN as BROWN
from scalebook.show.palette import GREEN as GREEN
from scalebook.show.palette import GREY as GREY
from scalebook.show.palette import INK as INK
from scalebook.show.palette import ORANGE as ORANGE
from scalebook.show.palette import PALETTE
from scalebook.show.palette import PINK as PINK
from scalebook.show.palette import PURPLE as PURPLE
from scalebook.show.palette import SKY as SKY
from scalebook.show.palette import VERMILION as VERMILION
from scalebook.show.palette import YELLOW as YELLOW

#: For quantities: viridis without its palest end, which vanishes on white.
SEQUENTIAL = ListedColormap(mpl.colormaps["viridis"](np.linspace(0, 0.82, 256)))

WIDTH = 5.6  # inches; 10-point text is then still legible on a phone, where a page is 4 wide
_TALL = 4.0
_NUMBER = 40  # characters; a column with a longer cell holds sentences
_FIGURE = re.compile(r"[−+±~×]?\d|—")  # how a number begins, or the sign for none

#: How far a label stands from its point, in points.
Shift = tuple[float, float]

STYLE: dict[Any, Any] = {
    "figure.figsize": (WIDTH, _TALL),
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=PALETTE),
    "axes.linewidth": 1.25,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.labelsize": 11,
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    **{f"{axis}tick.{which}": size for axis in "xy" for which, size in (
        ("major.size", 6.0), ("major.width", 1.25), ("minor.size", 4.0), ("minor.width", 1.0),
    )},
    "legend.frameon": False,
    "legend.fontsize": 10,
    "legend.title_fontsize": 10.5,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "patch.edgecolor": "white",
    "patch.force_edgecolor": True,
    # Without a fixed salt every run writes other identifiers into the SVG.
    "svg.hashsalt": "scalebook",
}  # fmt: skip


def as_svg(figure: Figure) -> str:
    """Return a figure as an SVG of the size that it was made with, laid out and drawn once.

    Labels that overlap are moved apart.

    `Figure.savefig` draws all of it a second time, to settle the layout, which this does alone.
    """
    canvas, text = FigureCanvasSVG(figure), StringIO()
    figure.dpi = canvas.fixed_dpi
    engine = figure.get_layout_engine()
    if engine:
        engine.execute(figure)
        figure.set_layout_engine("none")
    labels.settle(figure)
    canvas.print_svg(text, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    return text.getvalue()


def new(
    rows: int = 1, columns: int = 1, height: float = _TALL, log: str = "", **options: Any
) -> tuple[Figure, Any]:
    """Return a figure of the book's width and look with its axes.

    The look is Matplotlib's from then on: what is drawn into the figure later takes it from there.

    Parameters
    ----------
    rows, columns : int
    height : float
        Inches.
    log : str
        Which axes of every panel are logarithmic, as `log_axis` makes them: "x", "y" or "xy".
    **options
        As `Figure.subplots` takes them.
    """
    mpl.rcParams.update(STYLE)
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.subplots(rows, columns, **options)
    for panel in figure.axes:
        log_axis(panel, log)
    return figure, axes


@dataclass(frozen=True)
class Shown:
    """A figure with its name, caption and alternative text; Jupyter shows it with its data.

    Attributes
    ----------
    figure : Figure
    name : str
        Name to refer to it by: {numref}`name`.
    caption : str
        The finding, in Markdown.
    alt : str
        What the figure shows, for people who do not see it.
    data : Table
        The table that it is drawn from.
    control : Control, optional
        What a reader can move in it, in a browser.
    """

    figure: Figure
    name: str
    caption: str
    alt: str
    data: columns.Table
    control: Control | None = None

    def _ipython_display_(self) -> None:
        from IPython.display import display

        plain = f"<Figure {self.name}>"
        display({"image/svg+xml": as_svg(self.figure), "text/plain": plain}, raw=True)
        data = columns.csv(self.data)
        said: dict[str, Any] = {
            "name": self.name,
            "caption": self.caption,
            "alt": self.alt,
            "data": data,
        }
        if self.control is not None:
            said["control"] = self.control.described()
        display({media.FIGURE: said, "text/markdown": f"*{self.caption}*"}, raw=True)


def show(
    figure: Figure,
    name: str,
    caption: str,
    alt: str,
    *,
    data: Mapping[str, ArrayLike],
    control: Control | None = None,
) -> Shown:
    """Return a figure with its name, caption, alternative text and the table it is drawn from.

    Parameters
    ----------
    figure : Figure
    name, caption, alt : str
        See `Shown`.
    data : mapping of str to array_like
        Columns of equal length, or a table by `stack`, with names from `columns.MEANING`. What is
        drawn stands in it.
    control : Control, optional
        What a reader can move in it, in a browser.

    Raises
    ------
    ScalebookError
        If a column is unknown, or they differ in length.
    """
    return Shown(figure, name, caption, alt, columns.table(data), control)


@dataclass(frozen=True, repr=False)
class Table:
    """A small table of texts, with a caption; numbers come formatted."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""

    def _repr_html_(self) -> str:
        # Words begin at the left, numbers end at the right.
        columns = list(zip(*self.rows, strict=True))[1:]
        kinds = [' class="words"' if _of_words(cells) else "" for cells in columns]
        head = "".join(map('<th scope="col"{}>{}</th>'.format, ["", *kinds], self.columns))
        cell = "<td{}>{}</td>".format
        body = "".join(
            f'<tr><th scope="row">{first}</th>{"".join(map(cell, kinds, rest))}</tr>'
            for first, *rest in self.rows
        )
        caption = f"<caption>{self.caption}</caption>" if self.caption else ""
        name = self.caption or ", ".join(filter(None, self.columns))
        label = escape(re.sub(r"<[^>]*>", "", name))
        return (
            f'<div class="table-box" role="region" tabindex="0" aria-label="Table: {label}">'
            f'<table class="numbers">{caption}<thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )

    def __repr__(self) -> str:
        return "\n".join(" | ".join(row) for row in [self.columns, *self.rows])


def _of_words(cells: Iterable[str]) -> bool:
    """Return whether a column holds words: a cell is a sentence, or none begins as a number."""
    return any(len(cell) > _NUMBER for cell in cells) or not any(map(_FIGURE.match, cells))


def log_axis(axes: Axes, which: str) -> None:
    """Make the axis "x" or "y", or with "xy" both, logarithmic, labelled in powers of ten."""
    for name in which:
        getattr(axes, f"set_{name}scale")("log")
        axis = getattr(axes, f"{name}axis")
        axis.set_major_locator(LogLocator(base=10, numticks=8))
        # Plain characters: Matplotlib would write formulas, whose parsing took half of the drawing.
        axis.set_major_formatter(FuncFormatter(lambda value, _: sci(value, 1)))
        # And no ticks between them: eight more a decade cost a third of the rest.
        axis.set_minor_locator(NullLocator())


def plain_axis(axes: Axes, which: str, low: float, high: float, most: int = 9) -> None:
    """Make the axis "x" or "y" logarithmic from `low` to `high`, labelled 1, 2, 5, 10 and so on.

    Over two factors of ten, or with more than `most` labels, it has powers of ten alone.
    """
    getattr(axes, f"set_{which}scale")("log")
    getattr(axes, f"set_{which}lim")(low, high)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = [
        m * 10.0**power for power in decades for m in (1, 2, 5) if low < m * 10.0**power < high
    ]
    tens = [10.0**power for power in decades if low < 10.0**power < high]
    ticks = tens if tens and (len(every) > most or high >= 100 * low) else every
    getattr(axes, f"set_{which}ticks")(ticks, [f"{tick:g}" for tick in ticks])
    getattr(axes, f"{which}axis").set_minor_locator(NullLocator())


def band(axes: Axes, x: ArrayLike, low: ArrayLike, high: ArrayLike, colour: str) -> None:
    """Draw an interval as a band."""
    axes.fill_between(np.asarray(x), np.asarray(low), np.asarray(high), color=colour, alpha=0.22,
                      linewidth=0)  # fmt: skip


def text_colour(colour: Any) -> str:
    """Return a colour of Matplotlib's dark enough for text on white (see `palette.text_colour`)."""
    return palette.text_colour(mpl.colors.to_hex(colour))


def label(axes: Axes, x: float, y: float, text: str, colour: Any,
          shift: Shift = (6, 0), **options: Any) -> None:  # fmt: skip
    """Write a label beside a point of the data; `shift` in points."""
    axes.annotate(
        text, (x, y), xytext=shift, textcoords="offset points", color=text_colour(colour),
        # A halo in the colour of the page keeps the text legible where it crosses a line.
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
        **{"va": "center", **options},
    )  # fmt: skip


def line(axes: Axes, x: ArrayLike, y: ArrayLike, colour: Any, text: str = "", at: int = -1,
         shift: Shift = (6, 0), ha: str = "left", **options: Any) -> None:  # fmt: skip
    """Draw a curve with its label.

    Parameters
    ----------
    axes : Axes
    x, y : array_like
    colour : color
    text : str
        The label, if it is to have one.
    at : int
        Place in `x` and `y` of the point that the label stands beside.
    shift, ha
        Of the label; see `label`.
    **options
        As `Axes.plot` takes them.
    """
    axes.plot(x, y, color=colour, **options)
    if text:
        label(axes, np.asarray(x)[at], np.asarray(y)[at], text, colour, shift, ha=ha)


def point(axes: Axes, x: float, y: float, colour: Any, text: str = "", shift: Shift = (6, 0),
          ha: str = "left", marker: str = "o", **options: Any) -> None:  # fmt: skip
    """Draw a point with its label, if it has one; `options` as `Axes.plot` takes them."""
    axes.plot(x, y, marker, color=colour, **options)
    if text:
        label(axes, float(x), float(y), text, colour, shift, ha=ha)


def hline(axes: Axes, y: float, colour: Any, text: str = "", at: float | None = None,
          shift: Shift = (0, 8), ha: str = "left", **options: Any) -> None:  # fmt: skip
    """Draw a thin line across the axes, with its label at the abscissa `at` if it has one.

    Without `at` the label stands at the left end of the axes as they are. `options` as
    `Axes.axhline` takes them.
    """
    axes.axhline(y, color=colour, **{"linewidth": 1, **options})
    if text:
        label(axes, axes.get_xlim()[0] if at is None else at, y, text, colour, shift, ha=ha)


def vline(axes: Axes, x: float, colour: Any, text: str = "", at: float | None = None,
          shift: Shift = (5, 0), ha: str = "left", **options: Any) -> None:  # fmt: skip
    """Draw a thin upright line, with its label at the ordinate `at` if it has one.

    Without `at` the label stands at the top of the axes as they are. `options` as `Axes.axvline`
    takes them.
    """
    axes.axvline(x, color=colour, **{"linewidth": 1, **options})
    if text:
        label(axes, x, axes.get_ylim()[1] if at is None else at, text, colour, shift, ha=ha)


def bar(axes: Axes, ends: ArrayLike, place: float, colour: Any, value: float | None = None,
        **options: Any) -> None:  # fmt: skip
    """Draw an interval as a thick pale bar along x, with the number that it belongs to as a point.

    Parameters
    ----------
    axes : Axes
    ends : array_like
        Low and high end.
    place : float
        Ordinate.
    colour : color
    value : float, optional
        Abscissa of the point; without it there is none.
    **options
        Of the bar, as `Axes.plot` takes them.
    """
    look = {"linewidth": 5, "alpha": 0.35, "solid_capstyle": "butt", **options}
    axes.plot(ends, [place, place], color=colour, **look)
    if value is not None:
        axes.plot(value, place, "o", color=colour)


def shade(axes: Axes, low: float, high: float, alpha: float = 0.12) -> None:
    """Shade the axes from `low` to `high` along x."""
    axes.axvspan(low, high, color=GREY, alpha=alpha, linewidth=0)


def shade_runs(axes: Axes, flop: ArrayLike, bottom: float | None = None) -> None:
    """Shade the compute (FLOP, along a logarithmic x) of the runs, and write "runs" at the bottom.

    Parameters
    ----------
    axes : Axes
    flop : array_like
        Compute of each run.
    bottom : float, optional
        Ordinate of the label; the lower end of the axes as they are unless given.
    """
    low, high = float(np.min(flop)), float(np.max(flop))
    shade(axes, low, high)
    height = axes.get_ylim()[0] if bottom is None else bottom
    label(axes, math.sqrt(low * high), height, "runs", GREY, (0, 9), ha="center")


def rows(axes: Axes, names: Sequence[str], **options: Any) -> None:
    """Name the rows of a figure that has one at each whole number from 0; the first is lowest.

    `options` as `Axes.set_yticks` takes them.
    """
    axes.set_yticks(range(len(names)), names, **options)
    axes.set_ylim(-0.6, len(names) - 0.4)


def legend_above(figure: Figure, columns: int, axes: Axes | None = None, **options: Any) -> None:
    """Put a legend above all panels: of one of them where `axes` is given, or of all."""
    handles = axes.get_legend_handles_labels() if axes else ()
    figure.legend(*handles, loc="outside upper center", ncols=columns, fontsize=9, **options)


def compared(rows: Iterable[tuple[str, float, float, *tuple[Form, ...]]], note: str = "",
             heading: str = "quantity", caption: str = "Published figures against recomputed ones",
             signed: bool = False) -> Table:  # fmt: skip
    """Return the table of published figures against recomputed ones.

    Parameters
    ----------
    rows : iterable of (quantity, published, recomputed, form) or with one more form
        The form is that of both numbers; where there are two, the second is of the recomputed one.
    note : str
        What to add to the caption.
    heading : str
        Of the first column.
    caption : str
    signed : bool
        Whether errors have a sign: negative where the recomputed number is the smaller one.
    """
    texts = []
    for name, published, found, *forms in rows:
        error = 0.0 if found == published else found / published - 1
        error = error if signed else abs(error)
        texts.append([
            name, written(published, forms[0]), written(found, forms[-1]),
            pct(error, 2) if abs(error) > 1e-9 else "0%",
        ])  # fmt: skip
    last = "error" if signed else "relative error"
    return Table([heading, "published", "recomputed", last], texts, f"{caption}{note}.")
