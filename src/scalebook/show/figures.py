"""The look of the figures, and how one is shown with its caption and alternative text."""

import re
from collections.abc import Sequence
from html import escape
from io import StringIO
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import ArrayLike

from scalebook.show import artists, labels, media, palette
from scalebook.show.figuredata import Data
from scalebook.show.numbers import sci
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

#: Label of what carries no data, such as a leader from a line to its name.
HELPER = artists.HELPER


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


def style() -> None:
    """Set the style of all figures: called once in a notebook's first cell."""
    mpl.rcParams.update(STYLE)
    import matplotlib_inline.backend_inline as inline
    from IPython import get_ipython

    inline.set_matplotlib_formats("svg")
    shell = get_ipython()
    if shell:
        shell.display_formatter.formatters["image/svg+xml"].for_type(Figure, as_svg)


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
    rows: int = 1, columns: int = 1, height: float = _TALL, **options: Any
) -> tuple[Figure, Any]:
    """Return a figure of the book's width with its axes; `height` in inches."""
    return plt.subplots(rows, columns, figsize=(WIDTH, height), **options)


class Caption:
    """Caption, alternative text and data of the figure in the same cell."""

    def __init__(self, name: str, caption: str, alt: str, data: Data) -> None:
        self.name, self.caption, self.alt, self.data = name, caption, alt, data

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {
            media.FIGURE: {
                "name": self.name,
                "caption": self.caption,
                "alt": self.alt,
                "data": self.data,
            },
            "text/markdown": f"*{self.caption}*",
        }


def show(figure: Figure, name: str, caption: str, alt: str) -> None:
    """Show a figure with its caption, and keep its data with it: the last line of a cell.

    Parameters
    ----------
    figure : Figure
    name : str
        Name to refer to it by: {numref}`name`.
    caption : str
        The finding, in Markdown; numbers come from variables.
    alt : str
        What the figure shows, for people who do not see it.
    """
    from IPython.display import display

    display(figure)
    # After it is drawn, when limits and layout are settled.
    display(Caption(name, caption, alt, artists.data(figure, text_colour)))
    plt.close(figure)


class Table:
    """A small table of texts, with a caption."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> None:
        self.columns, self.rows, self.caption = columns, rows, caption

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in self.columns)
        body = "".join(
            f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
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


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> Table:
    """Return a table of texts to show as the last expression of a cell; numbers come formatted."""
    return Table(columns, rows, caption)


def log_axis(axes: Axes, which: str) -> None:
    """Make the axis "x" or "y" logarithmic, labelled in powers of ten."""
    getattr(axes, f"set_{which}scale")("log")
    axis = getattr(axes, f"{which}axis")
    axis.set_major_locator(LogLocator(base=10, numticks=8))
    # Plain characters: Matplotlib would write formulas, whose parsing took half of the drawing.
    axis.set_major_formatter(FuncFormatter(lambda value, _: sci(value, 1)))
    # And no ticks between them: eight more a decade cost a third of the rest.
    axis.set_minor_locator(NullLocator())


def band(
    axes: Axes, x: ArrayLike, low: ArrayLike, high: ArrayLike, colour: str, label: str = ""
) -> None:
    """Draw an interval as a band; `label` names it in the figure's data."""
    axes.fill_between(np.asarray(x), np.asarray(low), np.asarray(high), color=colour, alpha=0.22,
                      linewidth=0, label=label)  # fmt: skip


def text_colour(colour: Any) -> str:
    """Return a colour of Matplotlib's dark enough for text on white (see `palette.text_colour`)."""
    return palette.text_colour(mpl.colors.to_hex(colour))


def label(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    colour: str,
    shift: tuple[float, float] = (6, 0),
    **options: Any,
) -> None:
    """Write a label beside a point of the data; `shift` in points."""
    axes.annotate(
        text, (x, y), xytext=shift, textcoords="offset points", color=text_colour(colour),
        # A halo in the colour of the page keeps the text legible where it crosses a line.
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
        **{"va": "center", **options},
    )  # fmt: skip
