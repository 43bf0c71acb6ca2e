"""The look of the figures that their readers depend on."""

from io import StringIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
import seaborn as sns
from matplotlib.colors import to_hex

from scalebook.show import figures


def test_colours_are_those_of_seaborns_colour_blind_palette():
    ours = [
        figures.BLUE, figures.ORANGE, figures.GREEN, figures.VERMILION, figures.PURPLE,
        figures.BROWN, figures.PINK, None, figures.YELLOW, figures.SKY,
    ]  # fmt: skip
    theirs = [to_hex(colour) for colour in sns.color_palette("colorblind")]
    assert [ours or theirs for ours, theirs in zip(ours, theirs, strict=True)] == theirs
    figures.new()
    assert plt.rcParams["axes.prop_cycle"].by_key()["color"] == theirs


def luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def turned_over(colour):
    """What dark pages make of a colour: invert(1) hue-rotate(180deg), as the standard has them."""
    rgb = 1 - np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    weights = np.array([0.213, 0.715, 0.072])  # hue-rotate's own, rounded to three digits
    rotation = np.tile(2 * weights, (3, 1)) - np.eye(3)
    return to_hex(np.clip(rotation @ rgb, 0, 1))


DARK_GROUND = "#121212"  # of the theme; a test in the browser compares


def test_turned_over_black_is_white_and_hues_stay():
    assert turned_over("#000000") == "#ffffff"
    red, green, blue = (int(turned_over(figures.BLUE)[i : i + 2], 16) for i in (1, 3, 5))
    assert blue > green > red


TEXTS = ["BLUE", "ORANGE", "GREEN", "VERMILION", "PURPLE", "BROWN", "PINK", "YELLOW", "SKY"]


@pytest.mark.parametrize("name", [*TEXTS, "INK", "GREY"])
def test_text_in_figures_has_contrast_of_4_5_on_dark_pages(name):
    shown = turned_over(figures.text_colour(getattr(figures, name)))
    assert (luminance(shown) + 0.05) / (luminance(DARK_GROUND) + 0.05) >= 4.5


@pytest.mark.parametrize("colour", [figures.INK, figures.GREY])
def test_ink_has_contrast_of_4_5_on_white(colour):
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


@pytest.mark.parametrize("colour", ["ORANGE", "PURPLE", "SKY", "YELLOW", "BLUE"])
def test_labels_have_contrast_of_4_5_on_white_and_no_more_than_needed(colour):
    given = getattr(figures, colour)
    contrast = 1.05 / (luminance(figures.text_colour(given)) + 0.05)
    assert contrast >= 4.4  # rounding to 8 bits
    assert contrast < 4.9 or figures.text_colour(given) == given


def test_logarithmic_axes_are_labelled_in_powers_of_ten():
    figure, axes = figures.new()
    axes.plot([1e3, 1e9], [1, 2])
    figures.log_axis(axes, "x")
    ticks = axes.get_xticks()
    assert np.allclose(np.log10(ticks), np.round(np.log10(ticks)))
    assert not any(label.get_text() for label in axes.get_xticklabels(minor=True))
    plt.close(figure)


def drawn():
    figure, (above, below) = figures.new(2, 1, height=5)
    above.plot([1, 2, 3], [1, 10, 1000], color=figures.BLUE)
    figures.log_axis(above, "y")
    figures.label(above, 2, 10, "a name beyond the edge of its panel", figures.BLUE)
    below.imshow(np.arange(6).reshape(2, 3), extent=(0, 3, 0, 2))
    below.set(xlabel="x", ylabel="y", title="title")
    return figure


def test_drawn_once_a_figure_is_what_savefig_draws():
    theirs = StringIO()
    with plt.rc_context({"figure.dpi": 72}):
        drawn().savefig(theirs, format="svg", metadata={"Date": None, "Creator": None})
    assert figures.as_svg(drawn()) == theirs.getvalue()


def panel(height=2.0, **options):
    _, axes = figures.new(height=height, **options)
    return axes


def test_new_panels_may_be_logarithmic_from_the_start():
    _, (left, right) = figures.new(1, 2, log="xy")
    assert {left.get_xscale(), left.get_yscale(), right.get_xscale(), right.get_yscale()} == {"log"}
    assert panel(log="x").get_yscale() == "linear"


def test_a_curve_has_its_label_beside_the_point_asked_for():
    axes = panel()
    figures.line(axes, [1, 2, 3], [10.0, 20.0, 40.0], figures.BLUE, "ours", at=1, linewidth=3)
    (line,), (text,) = axes.lines, axes.texts
    assert line.get_linewidth() == 3
    assert text.xy == (2, 20.0)
    assert text.get_color() == figures.text_colour(figures.BLUE)
    figures.line(axes, [1, 2], [1.0, 2.0], figures.BLUE)
    assert len(axes.texts) == 1


def test_a_point_has_its_label_beside_it():
    axes = panel()
    figures.point(axes, np.float64(3), 4, figures.INK, "GPT-3", marker="D", ha="right")
    assert axes.lines[0].get_marker() == "D"
    assert (axes.texts[0].xy, axes.texts[0].get_ha()) == ((3, 4), "right")


def test_lines_across_and_upright_have_labels_at_their_ends_or_where_asked():
    axes = panel()
    axes.set(xlim=(2, 8), ylim=(10, 30))
    figures.hline(axes, 20, figures.GREY, "level")
    figures.hline(axes, 25, figures.GREY, "there", at=5)
    figures.vline(axes, 4, figures.GREY, "mark", linestyle="--")
    figures.vline(axes, 6, figures.GREY, "low", at=11)
    figures.vline(axes, 7, figures.GREY, linewidth=2)
    assert [text.xy for text in axes.texts] == [(2, 20), (5, 25), (4, 30), (6, 11)]
    assert [line.get_linewidth() for line in axes.lines] == [1, 1, 1, 1, 2]
    assert axes.lines[2].get_linestyle() == "--"


def test_a_bar_lies_at_its_place_with_the_number_on_it():
    axes = panel()
    figures.bar(axes, (1.5, 2.5), 3, figures.BLUE, value=2.1)
    figures.bar(axes, (1.0, 2.0), 4, figures.BLUE, linewidth=9)
    interval, value, alone = axes.lines
    assert interval.get_xydata().tolist() == [[1.5, 3], [2.5, 3]]
    assert value.get_xydata().tolist() == [[2.1, 3]]
    assert alone.get_linewidth() == 9 > interval.get_linewidth()


def test_the_compute_of_runs_is_shaded_and_named_in_its_middle():
    axes = panel(log="x")
    axes.set(xlim=(1e17, 1e25), ylim=(2, 5))
    figures.shade_runs(axes, [1e20, 1e18, 1e22])
    (span,) = axes.patches
    assert (span.get_x(), span.get_x() + span.get_width()) == (1e18, 1e22)
    assert axes.texts[0].xy == pytest.approx((1e20, 2))
    figures.shade_runs(axes, [1e18, 1e22], bottom=3)
    assert axes.texts[1].xy[1] == 3


def test_rows_are_named_from_the_lowest_on():
    axes = panel()
    figures.rows(axes, ["low", "high"], fontsize=8)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["low", "high"]
    assert axes.get_yticks().tolist() == [0, 1]
    low, high = axes.get_ylim()
    assert -1 < low < 0
    assert 1 < high < 2


def test_a_legend_above_names_what_one_panel_or_all_have():
    figure, (left, right) = figures.new(1, 2)
    left.plot([1, 2], label="law")
    right.plot([1, 2], label="rule")
    figures.legend_above(figure, 2, left)
    figures.legend_above(figure, 2)
    named = [[text.get_text() for text in legend.get_texts()] for legend in figure.legends]
    assert named == [["law"], ["law", "rule"]]


def test_published_and_recomputed_numbers_are_compared():
    rows = [("a", 0.5, 0.4, 2), ("b", 2.0, 2.1, "{:.1f}".format), ("c", 3.0, 3.0 + 1e-10, 1)]
    table = figures.compared(rows, note=", so far")
    assert table.columns == ["quantity", "published", "recomputed", "relative error"]
    assert table.rows == [
        ["a", "0.50", "0.40", "20%"], ["b", "2.0", "2.1", "5.0%"], ["c", "3.0", "3.0", "0%"],
    ]  # fmt: skip
    assert table.caption == "Published figures against recomputed ones, so far."


def test_errors_may_have_a_sign_and_recomputed_numbers_a_form_of_their_own():
    rows = [("a", 0.5, 0.4, 1, 3), ("b", 0.0, 0.0, 0)]
    table = figures.compared(rows, heading="Llama 3", caption="Both", signed=True)
    assert table.columns[0], table.columns[-1] == ("Llama 3", "error")
    assert table.rows == [["a", "0.5", "0.400", "−20%"], ["b", "0", "0", "0%"]]
    assert table.caption == "Both."


def test_words_begin_at_the_left_and_numbers_end_at_the_right():
    rows = [["one", "fitted here", "—", "+2%"], ["two", "as printed", "3", "no runs"]]
    html = figures.Table(["", "law", "runs", "off"], rows)._repr_html_()
    assert html.count('<td class="words">') == 2
    assert '<th scope="col" class="words">law</th>' in html
