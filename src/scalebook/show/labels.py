"""Labels in figures that keep clear of one another, whatever the data they stand beside."""

from collections.abc import Iterator
from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox, BboxBase

# Points by which boxes may overlap: they have room above and below the letters.
_ROOM = (1.0, 3.0)
# Where a label may go instead, in points: the nearest place first, and sideways only in need.
_REACH, _STEP = 48, 3
_MOVES = sorted(
    ((x, y) for x in range(-_REACH, _REACH + 1, _STEP) for y in range(-_REACH, _REACH + 1, _STEP)),
    key=lambda move: (2 * abs(move[0]) + abs(move[1]), move),
)


def settle(figure: Figure) -> None:
    """Move labels that overlap other text, or leave the figure, to the nearest free place.

    Labels are annotations at an offset in points, such as `figures.label` makes; what comes first
    stays. A label without a free place stays, too. One on a contour cannot move, and is left out
    where it overlaps another. The layout of the figure must be settled.
    """
    _thin_out(figure)
    shown = texts(figure)
    labels = [text for text in shown if isinstance(text, Annotation) and _movable(text)]
    taken = [text.get_window_extent() for text in shown if not _movable(text)]
    scale = figure.dpi / 72
    for label in labels:
        box = label.get_window_extent()
        for x, y in _MOVES:
            moved = box.translated(scale * x, scale * y)
            if _inside(moved, figure.bbox) and not any(_overlap(moved, other) for other in taken):
                label.xyann = label.xyann[0] + x, label.xyann[1] + y
                box = moved
                break
        taken.append(box)


def _thin_out(figure: Figure) -> None:
    """Hide the labels on contours that overlap another of them, or leave their axes."""
    for axes in figure.axes:
        kept: list[Bbox] = []
        for contours in (each for each in axes.collections if isinstance(each, ContourSet)):
            for text in getattr(contours, "labelTexts", ()):
                box = text.get_window_extent()
                free = not any(_overlap(box, other) for other in kept)
                text.set_visible(free and _inside(box, axes.bbox))
                kept += [box] if text.get_visible() else []


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Return the pairs of texts that overlap, and single texts that leave the figure."""
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    pairs = [(a, b) for (a, box), (b, other) in combinations(boxes, 2) if _overlap(box, other)]
    return pairs + [(text, "the edge") for text, box in boxes if not _inside(box, figure.bbox)]


def texts(figure: Figure) -> list[Text]:
    """Return the texts that a figure shows."""
    found = [*figure.texts, *(text for each in figure.legends for text in each.get_texts())]
    for axes in figure.axes:
        if axes.get_visible():
            found += _texts_of(axes)
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def _texts_of(axes: Axes) -> Iterator[Text]:
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_visible():
            yield from _texts_along(axis)
    legend = axes.get_legend()
    yield from legend.get_texts() if legend else ()
    yield from (child for child in axes.get_children() if isinstance(child, Text))  # and titles


def _texts_along(axis: Axis) -> Iterator[Text]:
    low, high = sorted(axis.get_view_interval())
    for tick in axis.get_major_ticks():
        if low <= tick.get_loc() <= high:
            yield from (tick.label1, tick.label2)
    yield axis.label


def _movable(text: Text) -> bool:
    return isinstance(text, Annotation) and text.anncoords == "offset points"


def _overlap(box: Bbox, other: Bbox) -> bool:
    width = min(box.x1, other.x1) - max(box.x0, other.x0)
    height = min(box.y1, other.y1) - max(box.y0, other.y0)
    return bool(width > _ROOM[0] and height > _ROOM[1])


def _inside(box: Bbox, whole: BboxBase) -> bool:
    room = (box.x0 - whole.x0, whole.x1 - box.x1, box.y0 - whole.y0, whole.y1 - box.y1)
    return bool(min(room) >= -1)
