"""The table behind each figure has what is drawn in it."""

import re
from functools import cache
from unicodedata import normalize

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection, LineCollection, PathCollection
from matplotlib.patches import Rectangle

from scalebook.contents import CHAPTERS
from scalebook.show import columns, figures
from tests.scalebook.chapters.cells import shown

#: Label of a line from a point to its name.
LEADER = "_leader"


@cache
def drawn(chapter):
    """Return a chapter's figures, drawn."""
    found = [each for each in shown(chapter) if isinstance(each, figures.Shown)]
    assert all(figures.as_svg(each.figure).endswith("</svg>\n") for each in found)
    return found


def numbers(table):
    values = [v for name, column in table.items() if name not in columns.TEXTS for v in column]
    return np.sort([v for v in values if v is not None and np.isfinite(v)])


def is_measured(axes, axis):
    """Return whether places on an axis are values, rather than rows with names or any height."""
    ticks = getattr(axes, f"get_{axis}ticklabels")()
    # A superscript is no digit to regular expressions, and "70B" is a number.
    labels = [normalize("NFKC", tick.get_text()).rstrip("KMBT") for tick in ticks]
    return labels and not re.search(r"[^\W\d_]", "".join(labels))


def coordinates(axes):
    """Yield axis and values of what is drawn in the coordinates of the data."""
    for artist in axes.get_children():
        if not artist.get_visible() or artist.get_label() == LEADER or artist is axes.patch:
            continue
        if isinstance(artist, PathCollection):
            transform, corners = artist.get_offset_transform(), artist.get_offsets()
        elif isinstance(artist, FillBetweenPolyCollection | LineCollection):
            paths = [path.vertices for path in artist.get_paths()]
            transform, corners = artist.get_transform(), np.concatenate(paths)
        elif isinstance(artist, Rectangle):
            transform, corners = artist.get_data_transform(), artist.get_corners()
        elif artist in axes.lines:
            transform, corners = artist.get_transform(), np.transpose(artist.get_data(orig=False))
        else:
            continue
        branches = transform.contains_branch_seperately(axes.transData)
        for axis, here, values in zip(
            "xy", branches, np.asarray(np.ma.getdata(corners), dtype=float).T, strict=True,
        ):  # fmt: skip
            if isinstance(artist, Rectangle):
                # A bar may begin where there is nothing.
                values = values[~np.isin(values, [0, *getattr(axes, f"get_{axis}lim")()])]
            if not all(branches):
                # And zero is on every scale.
                values = values[values != 0]
            if here and is_measured(axes, axis):
                yield axis, values[np.isfinite(values)]


def missing(figure, table):
    """Return what is drawn and does not stand in the table: axis and value."""
    known = np.concatenate([[-np.inf], numbers(table), [np.inf]])
    found = set()
    for axes in figure.axes:
        if not hasattr(axes, "_colorbar"):
            for axis, values in coordinates(axes):
                after = np.searchsorted(known, values)
                off = np.minimum(abs(known[after] - values), abs(known[after - 1] - values))
                found |= {(axis, float(value)) for value in values[off > 1e-9 * abs(values)]}
    return sorted(found)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_is_drawn_stands_in_the_table(chapter):
    found = {each.name: missing(each.figure, each.data) for each in drawn(chapter)}
    assert {name: values for name, values in found.items() if values} == {}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_column_is_of_its_kind_and_none_is_empty(chapter):
    for each in drawn(chapter):
        assert len(next(iter(each.data.values()))) >= 2
        for name, values in each.data.items():
            filled = [value for value in values if value is not None]
            texts = [isinstance(value, str) for value in filled]
            assert filled, (each.name, name)
            assert all(texts) if name in columns.TEXTS else not any(texts), (each.name, name)
            assert name in columns.TEXTS or np.isfinite(np.array(filled, dtype=float)).any()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_row_says_what_it_is_of(chapter):
    for each in drawn(chapter):
        places = [each.data[name] for name in columns.TEXTS if name in each.data]
        assert places, each.name
        assert all(any(row) for row in zip(*places, strict=True)), each.name


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: axes.plot([1, 2.5], [10, 20]),
        lambda axes: axes.plot([1, 2], [10, 20.0001], "o"),
        lambda axes: axes.scatter([1, 2], [10, 21]),
        lambda axes: axes.errorbar([1], [10], yerr=[1]),
        lambda axes: axes.fill_between([1, 2], [10, 10], [20, 21]),
        lambda axes: axes.barh([1, 2], [10, 25]),
        lambda axes: axes.vlines([1, 2], 10, 19),
        lambda axes: axes.axhline(11),
        lambda axes: axes.axvspan(1, 1.5),
    ],
)
def test_what_is_not_in_the_table_is_found(draw):
    figure, axes = figures.new()
    table = columns.table({"params": [1, 2], "loss": [10, 20]})
    axes.plot(*table.values())
    assert missing(figure, table) == []
    draw(axes)
    assert missing(figure, table)
