"""The data of a figure: what was drawn comes back."""

import csv
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from scalebook.show import artists, figuredata, figures

numbers = st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-6)
pairs = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=12)
#: Each example draws a figure of its own.
few = settings(max_examples=10)
triples = st.lists(st.tuples(numbers, numbers, numbers), min_size=3, max_size=12)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def panel(**options):
    figure = Figure()
    return figure, figure.subplots(**options)


def rows(figure, darken=None):
    text = figuredata.csv(artists.data(figure, darken))
    found = list(csv.DictReader(io.StringIO(text)))
    assert all(list(row) == list(figuredata.FIELDS) for row in found)
    return found


def column(found, name):
    return [float(row[name]) for row in found]


def printed(values):
    """Numbers as they stand in the table, to ten digits."""
    return [float(f"{value:.10g}") for value in np.asarray(values, dtype=float)]


def kinds(found):
    return {row["kind"] for row in found}


# What is drawn


@few
@given(pairs)
def test_a_line_comes_back(points):
    figure, axes = panel()
    x, y = zip(*points, strict=True)
    axes.plot(x, y)
    found = rows(figure)
    assert kinds(found) == {"line"}
    assert (column(found, "x"), column(found, "y")) == (printed(x), printed(y))


@few
@given(triples)
def test_points_come_back_with_the_value_of_their_colour(points):
    figure, axes = panel()
    x, y, value = zip(*points, strict=True)
    figure.colorbar(axes.scatter(x, y, c=value), label="loss (nats)")
    found = rows(figure)
    assert kinds(found) == {"points"}
    assert column(found, "x") == printed(x)
    assert column(found, "y") == printed(y)
    assert column(found, "value") == printed(value)
    assert {row["value_label"] for row in found} == {"loss (nats)"}


@few
@given(triples, st.booleans())
def test_a_band_comes_back(points, upright):
    figure, axes = panel()
    t, one, other = (np.array(each) for each in zip(*points, strict=True))
    (axes.fill_between if upright else axes.fill_betweenx)(t, one, other)
    found = rows(figure)
    along, across = ("x", "y") if upright else ("y", "x")
    assert kinds(found) == {"band"}
    assert column(found, along) == printed(t)
    assert column(found, f"{across}_low") == printed(np.minimum(one, other))
    assert column(found, f"{across}_high") == printed(np.maximum(one, other))


def test_a_band_with_a_gap_comes_back_in_parts():
    figure, axes = panel()
    x = np.arange(6.0)
    axes.fill_between(x, 0 * x, x, where=x != 3)
    found = rows(figure)
    assert column(found, "x") == [0, 1, 2, 4, 5]
    assert column(found, "y_high") == [0, 1, 2, 4, 5]


@few
@given(triples, st.booleans())
def test_bars_come_back(bars, upright):
    figure, axes = panel()
    place, start, length = (np.array(each) for each in zip(*bars, strict=True))
    if upright:
        axes.bar(place, length, bottom=start, width=0.5, label="a")
    else:
        axes.barh(place, length, left=start, height=0.5, label="a")
    found = rows(figure)
    along, across = ("x", "y") if upright else ("y", "x")
    assert {(row["series"], row["kind"]) for row in found} == {("a", "bar")}
    assert column(found, along) == pytest.approx(place, rel=1e-9, abs=1e-9)
    # Matplotlib itself takes the length as the difference of the ends.
    assert column(found, across) == pytest.approx(length, rel=1e-9, abs=1e-9)
    ends = np.sort([start, start + length], axis=0)
    assert column(found, f"{across}_low") == pytest.approx(ends[0], rel=1e-9, abs=1e-9)
    assert column(found, f"{across}_high") == pytest.approx(ends[1], rel=1e-9, abs=1e-9)


@few
@given(st.lists(st.floats(0, 10), min_size=1, max_size=50))
def test_a_histogram_counts_all_draws(draws):
    figure, axes = panel()
    axes.hist(draws, bins=np.linspace(0, 10, 6))
    found = rows(figure)
    assert sum(column(found, "y")) == len(draws)
    assert column(found, "x_low")[1:] == column(found, "x_high")[:-1]


@few
@given(pairs, st.booleans())
def test_error_bars_come_back(points, upright):
    figure, axes = panel()
    x, y = (np.array(each) for each in zip(*points, strict=True))
    below, above = np.full(len(x), 0.5), np.full(len(x), 0.25)
    axes.errorbar(x, y, **{"yerr" if upright else "xerr": [below, above]}, fmt="o", label="e")
    found = rows(figure)
    across, middle = ("y", y) if upright else ("x", x)
    assert {(row["series"], row["kind"]) for row in found} == {("e", "interval")}
    assert (column(found, "x"), column(found, "y")) == (printed(x), printed(y))
    assert column(found, f"{across}_low") == printed(middle - below)
    assert column(found, f"{across}_high") == printed(middle + above)


def test_a_stroke_along_an_axis_is_an_interval():
    figure, axes = panel()
    axes.plot([3, 1], [2, 2])
    axes.plot([5, 5], [7, 8])
    first, second = rows(figure)
    assert first["kind"] == second["kind"] == "interval"
    assert [first[k] for k in ("x", "y", "x_low", "x_high")] == ["", "2", "1", "3"]
    assert [second[k] for k in ("x", "y", "y_low", "y_high")] == ["5", "", "7", "8"]


def test_reference_lines_and_spans_have_no_place_on_the_other_axis():
    figure, axes = panel()
    axes.axhline(20, xmax=0.5)
    axes.axvline(3)
    axes.axvspan(7, 6)
    axes.axhspan(1, 2)
    keys = ("kind", "x", "y", "x_low", "x_high", "y_low", "y_high")
    assert [[row[key] for key in keys] for row in rows(figure)] == [
        ["reference line", "", "20", "", "", "", ""],
        ["reference line", "3", "", "", "", "", ""],
        ["span", "", "", "6", "7", "", ""],
        ["span", "", "", "", "", "1", "2"],
    ]


def test_contours_lie_at_their_level_and_closed_ones_end_where_they_began():
    figure, axes = panel()
    x = np.linspace(-1, 1, 201)
    lines = axes.contour(x, x, x**2 + x[:, None] ** 2, levels=[0.25, 0.64])
    lines.set_label("loss")
    found = rows(figure)
    assert kinds(found) == {"contour"}
    for level in (0.25, 0.64):
        line = [row for row in found if float(row["value"]) == level]
        at = np.array([column(line, "x"), column(line, "y")])
        assert np.abs((at**2).sum(axis=0) - level).max() < 1e-4
        assert (at[:, 0] == at[:, -1]).all()
        assert {row["series"] for row in line} == {"loss"}


def test_open_contours_of_a_level_are_parts():
    figure, axes = panel()
    x = np.linspace(-1, 1, 5)
    axes.contour(x, x, np.abs(x) + 0 * x[:, None], levels=[0.5]).set_label("loss")
    found = rows(figure)
    assert {row["series"] for row in found} == {"loss, part 1", "loss, part 2"}
    assert {abs(value) for value in column(found, "x")} == {0.5}


def test_segments_of_one_collection_keep_their_values():
    figure, axes = panel()
    lines = LineCollection([[(0, 1), (2, 4)], [(3, 5), (4, 7)]], label="arc")
    lines.set_array([7.0, 8.0])
    axes.add_collection(lines)
    found = rows(figure)
    assert [row["series"] for row in found] == ["arc, 1"] * 2 + ["arc, 2"] * 2
    assert column(found, "value") == [7, 7, 8, 8]
    assert column(found, "y") == [1, 4, 5, 7]


@pytest.mark.parametrize("origin", ["lower", "upper"])
def test_grids_come_back_at_the_middles_of_their_cells(origin):
    values = np.arange(6.0).reshape(2, 3)
    figure, axes = panel()
    # Without an extent the middle of the cell in row i and column j is at (j, i).
    axes.imshow(values, origin=origin)
    image = rows(figure)
    figure, axes = panel()
    axes.pcolormesh(np.arange(4) - 0.5, np.arange(3) - 0.5, values)
    mesh = rows(figure)
    for found in (image, mesh):
        assert kinds(found) == {"grid"}
        for row in found:
            assert values[int(float(row["y"])), int(float(row["x"]))] == float(row["value"])
        assert len(found) == 6


def test_what_is_not_finite_is_empty():
    figure, axes = panel()
    axes.plot([1, 2, 3], [1, np.nan, np.inf])
    assert [row["y"] for row in rows(figure)] == ["1", "", ""]


def test_helpers_legends_and_empty_lines_carry_no_data():
    figure, axes = panel()
    axes.plot([0, 1], [0, 1], label=figures.HELPER)
    axes.plot([], [], label="for the legend")
    axes.text(0, 0, "words")
    axes.legend()
    assert rows(figure) == []


def test_a_crowd_is_thinned_and_says_so():
    figure, axes = panel()
    count = artists.MOST * 2 + 1
    axes.plot(np.arange(count), np.zeros(count), "o", label="many")
    found = rows(figure)
    assert len(found) <= artists.MOST
    assert {row["series"] for row in found} == {f"many (one in 3 of {count} points)"}
    assert column(found, "x") == list(range(0, count, 3))


# How it is named


def test_a_series_is_named_by_its_label_and_not_by_what_matplotlib_calls_it():
    figure, axes = panel()
    axes.plot([1, 2], [3, 5], label='a "b", c\nd')
    axes.plot([1, 2], [3, 4], label="_not in the legend")
    axes.plot([1, 2], [3, 6])
    axes.bar([1], [1])
    names = list(dict.fromkeys(row["series"] for row in rows(figure)))
    assert sorted(names) == ["", 'a "b", c d', "not in the legend"]


def test_a_series_is_named_by_the_text_beside_it_in_its_colour():
    figure, axes = figures.new()
    x = np.linspace(0, 1, 11)
    axes.plot(x, x, color=figures.BLUE)
    axes.plot(x, x + 1, color=figures.BLUE)
    axes.plot(x, x + 0.5, color=figures.ORANGE)
    figures.label(axes, 0.55, 0.55, "low", figures.BLUE)
    figures.label(axes, 0.5, 1.5, "high", figures.BLUE)
    found = rows(figure, figures.text_colour)
    named = {row["series"]: float(row["y"]) for row in found if float(row["x"]) == 0}
    assert named == {"low": 0.0, "high": 1.0, "": 0.5}


def test_a_colour_with_one_name_gives_it_to_all_but_the_inks():
    figure, (one, other) = figures.new(1, 2)
    for axes in (one, other):
        axes.plot([0, 1], [0, 2], color=figures.GREEN)
        axes.plot([0, 1], [0, 3], color=figures.GREY)
    figures.label(one, 0.2, 1.5, "fit", figures.GREEN)
    figures.label(one, 0.2, 1.5, "remark", figures.GREY)
    found = rows(figure, figures.text_colour)
    assert [row["series"] for row in found] == ["fit", "fit", "", ""] * 2


def test_rows_know_their_panel_its_labels_and_the_names_on_its_axis():
    figure, (left, right) = panel(nrows=1, ncols=2, sharey=True)
    left.plot([1, 2], [0.1, 1.1], "o")
    right.barh([0, 1], [3, 4])
    left.set_yticks([0, 1], ["first, of all", "second"])
    left.set(title="A", xlabel="cost (USD)")
    figure.supxlabel("shared")
    figure.canvas.draw()
    found = rows(figure)
    assert [row["panel"] for row in found] == ["1", "1", "2", "2"]
    assert [row["category"] for row in found] == ["first, of all", "second"] * 2
    assert [row["x_label"] for row in found] == ["cost (USD)"] * 2 + ["shared"] * 2
    assert [row["panel_title"] for row in found] == ["A", "A", "", ""]


def test_ticks_that_are_numbers_name_nothing():
    figure, axes = panel()
    axes.plot([1e20, 2e21], [1, 20], "o")
    axes.set_xticks([1e20, 2e21], ["10²⁰", "2 × 10²¹"])
    axes.set_yticks([1, 20], ["1B", "20B"])
    assert {row["category"] for row in rows(figure)} == {""}


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_joined_fields_read_back(fields):
    (back,) = csv.reader(io.StringIO(figuredata.join(fields), newline=""))
    assert back == fields


def test_fields_are_described_for_programs():
    assert figuredata.NUMBERS[0] == "x"
    assert list(figuredata.FIELDS).index("category") == len(figuredata.NUMBERS) + 3
