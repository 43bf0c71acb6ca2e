"""The look of the figures that their readers depend on."""

import subprocess
import sys
from io import StringIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
import seaborn as sns
from matplotlib.colors import to_hex

from scalebook import paths
from scalebook.show import figures


def test_colours_are_those_of_seaborns_colour_blind_palette():
    ours = [
        figures.BLUE, figures.ORANGE, figures.GREEN, figures.VERMILION, figures.PURPLE,
        figures.BROWN, figures.PINK, None, figures.YELLOW, figures.SKY,
    ]  # fmt: skip
    theirs = [to_hex(colour) for colour in sns.color_palette("colorblind")]
    assert [ours or theirs for ours, theirs in zip(ours, theirs, strict=True)] == theirs
    figures.style()
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
    figures.style()
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


UNATTENDED = """
import sys
from scalebook.execution import startup
if sys.argv[1] == "unattended":
    startup.load_ipython_extension(None)
sys.path.insert(0, ".")
from tests.scalebook.show import test_figures
sys.stdout.write(test_figures.figures.as_svg(test_figures.drawn()))
"""


def test_kernel_with_nobody_at_it_draws_the_same():
    with_extras, without = (
        subprocess.run(
            [sys.executable, "-c", UNATTENDED, who], cwd=paths.root(), capture_output=True,
            text=True, check=True,
        ).stdout
        for who in ("attended", "unattended")
    )  # fmt: skip
    assert with_extras.startswith("<?xml")
    assert with_extras == without
