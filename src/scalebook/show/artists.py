"""The data of a figure, read from what Matplotlib was asked to draw.

A row is one drawn point, bar or interval, in the coordinates of its axes (see `figuredata`). Text,
legends, and what is labelled `HELPER` carry no data and are left out.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from unicodedata import normalize

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import (
    Collection,
    FillBetweenPolyCollection,
    LineCollection,
    PathCollection,
    QuadMesh,
)
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Annotation
from matplotlib.ticker import FixedLocator
from numpy.typing import NDArray

from scalebook.show.figuredata import NUMBERS, Data, join

#: Label of what carries no data, such as a leader from a line to its name.
HELPER = "_helper"

#: A series with more points than this is thinned, and says so in its name.
MOST = 10_000

_NO_LINE = ("None", "", " ")
# How far from what it names the place may be that a text belongs to, in pixels.
_NEAR = 2.0
# Inks that many things share, so that a common colour alone does not tell what belongs to a text.
_NEUTRAL = 0.06

# What Matplotlib calls what was not given a name.
_UNNAMED = re.compile(r"_?(?:child|container)\d+|_nolegend_")

_WORD = re.compile(r"[^\W\d_]")

Columns = dict[str, NDArray[Any]]


def data(figure: Figure, darken: Any = None) -> Data:
    """Return the data of a figure that has been drawn.

    Parameters
    ----------
    figure : Figure
    darken : callable, optional
        Turns the colour of what is drawn into that of the text that names it.

    Returns
    -------
    Data
    """
    panels = [axes for axes in figure.axes if axes.axison and not hasattr(axes, "_colorbar")]
    names = _Names(panels, cache(darken) if darken else to_hex)
    rows: list[str] = []
    for number, axes in enumerate(panels, 1):
        categories = _categories(axes)
        for series, kind, columns in _drawn(axes, names):
            rows += _lines(number, series, kind, columns, categories)
    return {
        "rows": "\n".join(rows),
        "panels": {
            str(number): join(_about(figure, axes)) for number, axes in enumerate(panels, 1)
        },
    }


# What is drawn in a panel


def _drawn(axes: Axes, names: "_Names") -> Iterator[tuple[str, str, Columns]]:
    """Yield name, kind and columns of each series, in the order in which it was drawn."""
    of_containers: set[Any] = set()
    for container in axes.containers:
        if isinstance(container, BarContainer):
            of_containers.update(container.patches)
            if container.get_label() != HELPER:
                yield names.of(container.patches[0], container), "bar", _bars(container)
        elif isinstance(container, ErrorbarContainer):
            line, caps, bars = container.lines
            of_containers.update([*([line] if line else []), *caps, *bars])
            if container.get_label() != HELPER:
                yield names.of(line or bars[0], container), "interval", _intervals(container)
    for artist in axes.get_children():
        skipped = artist in of_containers or artist.get_label() == HELPER
        if not skipped and artist.get_visible() and artist is not axes.patch:
            for kind, suffix, columns in _series(artist, axes):
                yield (names.of(artist) + suffix).removeprefix(", "), kind, columns


def _series(artist: Any, axes: Axes) -> Iterator[tuple[str, str, Columns]]:
    if isinstance(artist, Line2D):
        yield from _line(artist, axes)
    elif isinstance(artist, ContourSet):
        yield from _contours(artist)
    elif isinstance(artist, PathCollection):
        yield "points", "", _points(artist)
    elif isinstance(artist, FillBetweenPolyCollection):
        along_x = vars(artist)["t_direction"] == "x"
        for path in artist.get_paths():
            yield "band", "", _band(np.asarray(path.vertices), along_x)
    elif isinstance(artist, LineCollection):
        yield from _segments(artist)
    elif isinstance(artist, QuadMesh | AxesImage):
        yield "grid", "", _grid(artist)
    elif isinstance(artist, Rectangle):
        yield "span", "", _span(artist, axes)
    elif isinstance(artist, Patch) and artist.get_transform().contains_branch(axes.transData):
        vertices = artist.get_patch_transform().transform(artist.get_path().vertices)
        yield "outline", "", {"x": vertices[:, 0], "y": vertices[:, 1]}
    elif isinstance(artist, Collection):
        for number, path in enumerate(artist.get_paths(), 1):
            vertices = np.asarray(path.vertices)
            yield "outline", f", part {number}", {"x": vertices[:, 0], "y": vertices[:, 1]}


def _line(line: Line2D, axes: Axes) -> Iterator[tuple[str, str, Columns]]:
    x, y = (np.asarray(values) for values in line.get_data(orig=False))
    if not len(x):
        return
    along_x, along_y = line.get_transform().contains_branch_seperately(axes.transData)
    if along_x and along_y:
        if line.get_linestyle() in _NO_LINE:
            yield "points", "", {"x": x, "y": y}
        elif len(x) == 2 and (x[0] == x[1]) != (y[0] == y[1]):
            (at, there), (ends, off) = (
                (("x", x), ("y", y)) if x[0] == x[1] else (("y", y), ("x", x))
            )
            low, high = np.sort(off)[:, None]
            yield "interval", "", {at: there[:1], f"{ends}_low": low, f"{ends}_high": high}
        else:
            yield "line", "", {"x": x, "y": y}
    elif along_x:
        yield "reference line", "", {"x": x[:1]}
    elif along_y:
        yield "reference line", "", {"y": y[:1]}


def _points(points: PathCollection) -> Columns:
    places = np.ma.getdata(points.get_offsets())
    columns: Columns = {"x": places[:, 0], "y": places[:, 1]}
    values = points.get_array()
    return columns if values is None else columns | {"value": np.ma.getdata(values)}


def _band(corners: NDArray[Any], along_x: bool) -> Columns:
    """Take a band apart: start, one side, end, the other side backwards, start again."""
    count = (len(corners) - 3) // 2
    t, f = (0, 1) if along_x else (1, 0)
    sides = corners[1 : count + 1, f], corners[count + 2 : 2 * count + 2, f][::-1]
    names = ("x", "y_low", "y_high") if along_x else ("y", "x_low", "x_high")
    columns = corners[1 : count + 1, t], np.minimum(*sides), np.maximum(*sides)
    return dict(zip(names, columns, strict=True))


def _segments(lines: LineCollection) -> Iterator[tuple[str, str, Columns]]:
    values, segments = lines.get_array(), lines.get_segments()
    for number, segment in enumerate(segments):
        corners = np.asarray(segment)
        columns: Columns = {"x": corners[:, 0], "y": corners[:, 1]}
        if values is not None:
            columns["value"] = np.full(len(corners), float(values[number]))
        yield "line", f", {number + 1}" if len(segments) > 1 else "", columns


def _contours(contours: ContourSet) -> Iterator[tuple[str, str, Columns]]:
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        pieces = _pieces(path)
        for number, corners in enumerate(pieces, 1):
            yield "contour", f", part {number}" if len(pieces) > 1 else "", {
                "x": corners[:, 0], "y": corners[:, 1], "value": np.full(len(corners), level),
            }  # fmt: skip


def _pieces(path: Path) -> list[NDArray[np.float64]]:
    """Return the separate lines of a path; a closed one ends where it began."""
    corners = np.asarray(path.vertices)
    if path.codes is None:
        return [corners] if len(corners) else []
    starts = np.flatnonzero(path.codes == Path.MOVETO)
    pieces = [piece.copy() for piece in np.split(corners, starts[1:])] if len(starts) else []
    for piece, codes in zip(pieces, np.split(path.codes, starts[1:]), strict=True):
        if codes[-1] == Path.CLOSEPOLY:
            piece[-1] = piece[0]
    return pieces


def _grid(mesh: QuadMesh | AxesImage) -> Columns:
    values: NDArray[Any] = np.ma.filled(np.ma.asarray(mesh.get_array(), dtype=float), np.nan)
    if isinstance(mesh, QuadMesh):
        corners = np.asarray(mesh.get_coordinates())
        middle = (corners[:-1, :-1] + corners[1:, 1:]) / 2
        x, y = middle[..., 0], middle[..., 1]
    else:
        left, right, bottom, top = mesh.get_extent()
        across, down = ((np.arange(n) + 0.5) / n for n in (values.shape[1], values.shape[0]))
        # The first row of an image is at its top, unless the extent is turned over.
        low, high = (bottom, top) if mesh.origin == "lower" else (top, bottom)
        x, y = np.meshgrid(left + across * (right - left), low + down * (high - low))
    return {"x": x.ravel(), "y": y.ravel(), "value": values.reshape(len(x.ravel()))}


def _bars(bars: BarContainer) -> Columns:
    corners = np.array([[*p.get_xy(), p.get_width(), p.get_height()] for p in bars.patches])
    ends = {"x": np.sort([corners[:, 0], corners[:, 0] + corners[:, 2]], axis=0),
            "y": np.sort([corners[:, 1], corners[:, 1] + corners[:, 3]], axis=0)}  # fmt: skip
    along, across = ("x", "y") if bars.orientation == "vertical" else ("y", "x")
    return {
        along: ends[along].mean(axis=0),
        across: np.asarray(bars.datavalues, dtype=float),
        **{f"{axis}_low": ends[axis][0] for axis in "xy"},
        **{f"{axis}_high": ends[axis][1] for axis in "xy"},
    }


def _intervals(container: ErrorbarContainer) -> Columns:
    line, _, bars = container.lines
    columns: Columns = {}
    if line:
        columns = dict(zip("xy", map(np.asarray, line.get_data(orig=False)), strict=True))
    axes_of_bars = [axis for axis in "xy" if getattr(container, f"has_{axis}err")]
    for axis, lines in zip(axes_of_bars, bars, strict=True):
        ends = np.sort([segment[:, "xy".index(axis)] for segment in lines.get_segments()], axis=1)
        columns |= {f"{axis}_low": ends[:, 0], f"{axis}_high": ends[:, 1]}
        if not line:
            other = "yx"["xy".index(axis)]
            columns[other] = np.array([s[0, "xy".index(other)] for s in lines.get_segments()])
    return columns


def _span(box: Rectangle, axes: Axes) -> Columns:
    along = box.get_data_transform().contains_branch_seperately(axes.transData)
    (x, y), width, height = box.get_xy(), box.get_width(), box.get_height()
    columns: Columns = {}
    for axis, inside, ends in zip("xy", along, ((x, x + width), (y, y + height)), strict=True):
        if inside:
            columns |= {f"{axis}_low": np.array([min(ends)]), f"{axis}_high": np.array([max(ends)])}
    return columns


# How it is named


class _Names:
    """Names for what is drawn: its own label, else the text beside it in its colour."""

    def __init__(self, panels: list[Axes], darken: Any) -> None:
        self.darken = darken
        self.texts: list[tuple[str, Annotation]] = [
            (to_hex(text.get_color()), text)
            for axes in panels
            for text in axes.texts
            if isinstance(text, Annotation) and text.get_text().strip()
        ]

    def of(self, artist: Any, holder: Any = None) -> str:
        label = str((holder or artist).get_label())
        if label and not _UNNAMED.fullmatch(label):
            return _plain(label.removeprefix("_"))
        colour = self._colour(artist)
        if colour is None:
            return ""
        own = [text for shade, text in self.texts if shade == colour]
        here = [text for text in own if text.axes is artist.axes]
        apart = _distances(artist, [text.xy for text in here]) if here else []
        if apart and min(apart) <= _NEAR:
            return _plain(here[apart.index(min(apart))].get_text())
        different = {_plain(text.get_text()) for text in own}
        return different.pop() if len(different) == 1 and not _is_neutral(colour) else ""

    def _colour(self, artist: Any) -> str | None:
        if isinstance(artist, Line2D):
            shade: Any = artist.get_color()
        elif isinstance(artist, Patch):
            shade = artist.get_facecolor()
        elif isinstance(artist, AxesImage):
            return None
        else:
            shades = artist.get_facecolor()
            shades = shades if len(shades) else artist.get_edgecolor()
            if not len(shades):
                return None
            shade = shades[0]
        return str(to_hex(self.darken(to_hex(shade))))


def _is_neutral(colour: str) -> bool:
    shades = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return max(shades) - min(shades) < _NEUTRAL


def _distances(artist: Any, points: list[tuple[float, float]]) -> list[float]:
    """Return how far points of the data are from what is drawn, in pixels."""
    to_page = artist.axes.transData
    places = to_page.transform(points)
    if isinstance(artist, Patch):
        box = artist.get_window_extent().padded(_NEAR)
        return [0.0 if box.contains(*place) else np.inf for place in places]
    if isinstance(artist, Line2D):
        drawn = artist.get_transform().transform(np.column_stack(artist.get_data(orig=False)))
        measure = _to_corners if artist.get_linestyle() in _NO_LINE else _to_segments
    elif isinstance(artist, PathCollection):
        drawn = to_page.transform(np.ma.getdata(artist.get_offsets()))
        measure = _to_corners
    else:
        drawn, measure = np.empty((0, 2)), _to_corners
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    return [measure(place, drawn) if len(drawn) else np.inf for place in places]


def _to_corners(place: NDArray[np.float64], corners: NDArray[np.float64]) -> float:
    return float(np.hypot(*(corners - place).T).min())


def _to_segments(place: NDArray[np.float64], corners: NDArray[np.float64]) -> float:
    start, step = corners[:-1], np.diff(corners, axis=0)
    if not len(start):
        return _to_corners(place, corners)
    length = np.maximum((step**2).sum(axis=1), 1e-12)
    share = np.clip(((place - start) * step).sum(axis=1) / length, 0, 1)
    return _to_corners(place, start + share[:, None] * step)


# What a panel says of its axes


def _about(figure: Figure, axes: Axes) -> list[str]:
    bars = [bar.ax for a in axes.get_children() if (bar := getattr(a, "colorbar", None))]
    return [
        _plain(axes.get_title() or axes.get_title("left") or axes.get_title("right")),
        _label(axes, "x", figure.get_supxlabel()),
        _label(axes, "y", figure.get_supylabel()),
        _plain(bars[0].get_ylabel() or bars[0].get_xlabel()) if bars else "",
    ]


def _label(axes: Axes, axis: str, of_all: str) -> str:
    """Return an axis' label, which panels that share the axis may have only once."""
    labels = [getattr(panel, f"get_{axis}label")() for panel in _sharing(axes, axis)]
    return _plain(next((label for label in labels if label), of_all))


def _categories(axes: Axes) -> dict[str, tuple[NDArray[np.float64], list[str]]]:
    """Return places and names of the ticks of the axes whose ticks are names, not numbers."""
    found = {}
    for axis in "xy":
        if not isinstance(getattr(axes, f"{axis}axis").get_major_locator(), FixedLocator):
            continue
        for panel in _sharing(axes, axis):  # only one of them has the names
            ticks = getattr(panel, f"{axis}axis")
            names = [_plain(label.get_text()) for label in ticks.get_majorticklabels()]
            if any(names) and not all(_is_number(name) for name in names):
                found[axis] = np.asarray(ticks.get_majorticklocs(), dtype=float), names
                break
    return found


def _sharing(axes: Axes, axis: str) -> list[Axes]:
    """Return a panel and those that share an axis with it."""
    shared = getattr(axes, f"get_shared_{axis}_axes")().get_siblings(axes)
    return [axes, *(panel for panel in axes.figure.axes if panel in shared and panel is not axes)]


def _is_number(text: str) -> bool:
    """Return whether a tick says a number: 1,000, 0.5, 70B, 20% or 3 × 10²¹."""
    return not _WORD.search(normalize("NFKC", text).rstrip("BMTkK"))


# Rows


def _lines(
    panel: int,
    series: str,
    kind: str,
    columns: Columns,
    categories: dict[str, tuple[NDArray[np.float64], list[str]]],
) -> Iterable[str]:
    numbers = {name: np.asarray(column, dtype=float) for name, column in columns.items()}
    count = max((len(column) for column in numbers.values()), default=0)
    every = max(1, -(-count // MOST))
    if every > 1:
        series = f"{series} (one in {every} of {count} points)"
    head = f"{panel},{join([series, kind])}"
    nothing = [""] * count
    texts = [
        _texts(numbers[name][::every]) if name in numbers else nothing[::every] for name in NUMBERS
    ]
    placed = categories if kind not in ("reference line", "span") else {}
    names = [join([name]) for name in _nearest(numbers, placed)] if placed else nothing
    for row in zip(*texts, names[::every], strict=True):
        yield f"{head},{','.join(row)}"


def _texts(column: NDArray[np.float64]) -> list[str]:
    return [f"{number:.10g}" if number - number == 0 else "" for number in column.tolist()]


def _nearest(
    numbers: dict[str, NDArray[np.float64]],
    categories: dict[str, tuple[NDArray[np.float64], list[str]]],
) -> list[str]:
    """Name the tick that each row stands at or beside."""
    for axis, (places, names) in categories.items():
        at = numbers.get(axis)
        if at is None and f"{axis}_low" in numbers:
            at = (numbers[f"{axis}_low"] + numbers[f"{axis}_high"]) / 2
        if at is None or not len(places):
            continue
        reach = 0.6 * np.diff(np.sort(places)).min(initial=1.0)
        apart = np.abs(at[:, None] - places)
        best = apart.argmin(axis=1)
        return [names[k] if apart[i, k] < reach else "" for i, k in enumerate(best)]
    return [""] * max((len(column) for column in numbers.values()), default=0)


def _plain(text: str) -> str:
    return " ".join(text.split())
