"""Labels keep clear of one another."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalebook.show import figures, labels


@pytest.fixture(autouse=True)
def _style():
    with plt.rc_context(figures.STYLE):
        yield
        plt.close("all")


def drawn(points, text="a label"):
    """Return a figure with a label beside each point, and its axes."""
    fig, ax = figures.new()
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="size", ylabel="loss")
    for x, y in points:
        figures.label(ax, x, y, text, figures.BLUE)
    return fig, ax


def places(ax):
    return [text.xyann for text in ax.texts]


shares = st.floats(0.1, 0.7)


@given(st.lists(st.tuples(shares, shares), min_size=2, max_size=6))
def test_labels_are_moved_apart(points):
    fig, _ = drawn(points)
    figures.as_svg(fig)
    assert labels.overlapping(fig) == []
    plt.close(fig)


def test_labels_that_are_clear_stay_where_they_are():
    fig, ax = drawn([(0.1, 0.1), (0.5, 0.5), (0.1, 0.9)])
    figures.as_svg(fig)
    assert places(ax) == [(6, 0)] * 3


def test_the_later_label_moves_and_not_far():
    fig, ax = drawn([(0.3, 0.5), (0.3, 0.5)])
    figures.as_svg(fig)
    first, (x, y) = places(ax)
    assert first == (6, 0)
    assert x == 6
    assert 8 < abs(y) < 20


def test_a_label_keeps_clear_of_the_numbers_at_the_axes():
    fig, ax = drawn([])
    figures.label(ax, 0.2, 0, "on the ticks", figures.BLUE, shift=(-30, -10))
    fig.draw_without_rendering()
    assert any("on the ticks" in pair for pair in labels.overlapping(fig))
    figures.as_svg(fig)
    assert labels.overlapping(fig) == []


def test_a_label_stays_in_the_figure():
    fig, _ = drawn([(0.97, 0.5)], text="too far right")
    fig.set_layout_engine("none")
    assert ("too far right", "the edge") in labels.overlapping(fig)
    labels.settle(fig)
    assert "too far right" not in {text for text, _ in labels.overlapping(fig)}


def test_a_label_without_a_free_place_stays():
    fig, ax = drawn([(0.5, 0.5), (0.5, 0.5)], text="wide " * 60)
    fig.set_layout_engine("none")
    labels.settle(fig)
    assert places(ax) == [(6, 0)] * 2


def test_of_labels_on_contours_that_overlap_one_is_left():
    fig, ax = figures.new()
    x = np.linspace(-1, 1, 41)
    lines = ax.contour(x, x, x[:, None] ** 2 + x**2, levels=[0.3, 0.31])
    where = [(0.39, 0.39), (0.394, 0.394)]
    first, second = ax.clabel(lines, fmt="%.2f", manual=where)
    figures.as_svg(fig)
    assert first.get_visible()
    assert not second.get_visible()
