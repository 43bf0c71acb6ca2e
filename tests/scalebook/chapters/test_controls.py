"""What a reader can move in the first figure of a chapter: Vega, the library and the text agree.

Vega itself computes the expressions here, without a browser.
"""

import itertools
import json
import math
import random
import re
from functools import cache

import numpy as np
import pytest

from scalebook.contents import CHAPTERS
from scalebook.show.control import Choice
from tests.scalebook.chapters.test_figures import drawn, numbers
from tests.scalebook.show.vega import evaluated, followed

SETTINGS = 50
#: Of many inputs so many corners.
CORNERS = 64
#: Names that Vega's expressions have a meaning for.
TAKEN = {"E", "LN10", "LN2", "LOG10E", "LOG2E", "MAX_VALUE", "MIN_VALUE", "NaN", "PI", "SQRT1_2",
         "SQRT2", "datum", "event", "item", "parent", "width", "height", "padding", "autosize",
         "background", "style", "config", "says"}  # fmt: skip


@cache
def lead(chapter):
    """Return the first figure of a chapter."""
    return drawn(chapter)[0]


def ends(each):
    return [*each.options.values()] if isinstance(each, Choice) else [each.low, each.high]


def between(each, draw):
    if isinstance(each, Choice):
        return draw.choice(ends(each))
    if each.log:
        return math.exp(draw.uniform(math.log(each.low), math.log(each.high)))
    return draw.uniform(each.low, each.high)


def settings(control):
    """Return settings of the inputs: where they begin, corners, and some between."""
    names, draw = [each.name for each in control.inputs], random.Random(0)
    yield {each.name: each.value for each in control.inputs}
    corners = [*itertools.product(*map(ends, control.inputs))]
    for corner in draw.sample(corners, min(CORNERS, len(corners))):
        yield dict(zip(names, corner, strict=True))
    for _ in range(SETTINGS):
        yield {each.name: between(each, draw) for each in control.inputs}


@cache
def found(chapter):
    """Return settings with what the library and what Vega come to: values, and the sentence."""
    control = lead(chapter).control
    outcomes = []
    params = control.described()["spec"]["params"]
    expressions = {each["name"]: each["expr"] for each in params if "expr" in each}
    for given in settings(control):
        there = followed(expressions, given)
        known = {name: text if name == "says" else float(text) for name, text in there.items()}
        outcomes.append((given, control.evaluate(given), given | known))
    return outcomes


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_first_figure_can_be_moved_and_no_other(chapter):
    first, *others = drawn(chapter)
    assert first.control is not None
    described = first.control.described()
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert len(others) <= 6
    names = [each["name"] for each in described["inputs"]] + described["values"]
    assert len(set(names)) == len(names)
    assert not set(names) & TAKEN


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_is_moved_begins_within_its_ends_and_says_what_it_is(chapter):
    for each in lead(chapter).control.inputs:
        assert each.label
        assert len(set(ends(each))) == len(ends(each)) >= 2
        assert min(ends(each)) <= each.value <= max(ends(each))
        assert isinstance(each, Choice) or each.low > 0 or not each.log


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_browser_computes_what_the_library_does(chapter):
    for given, here, there in found(chapter):
        assert {name: there[name] for name in here} == pytest.approx(here, rel=1e-9), given


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_sentence_is_whole_at_every_setting(chapter):
    sentences = {there["says"] for _, _, there in found(chapter)}
    assert len(sentences) > 5
    for says in sentences:
        assert re.fullmatch(r"[A-Z0-9].*\.", says), says
        assert not re.search(r"NaN|undefined|Infinity|null|[{}]|  |\d[eE][+-]|\.\d{8}", says), says
        # What D3 writes otherwise than people do, and what would contradict another number.
        assert not re.search(r"\d[GPEµmn]\b|(?<![\d.,])(0|0%|100%) (times|of)\b", says), says


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_is_drawn_to_be_moved_about_stands_in_the_table(chapter):
    """Curves and points of the control are those of the drawing, to the digits of the control."""
    figure = lead(chapter)
    known = {float(f"{value:.4g}") for value in numbers(figure.data)}
    for layer in figure.control.described()["spec"]["layer"]:
        rows = [row for row in layer["data"]["values"] if row]
        drawn = {value for row in rows for value in row.values()}
        assert drawn <= known, (layer["mark"], sorted(drawn - known)[:3])


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_markers_move_and_stay_on_the_axes(chapter):
    """What moves is at a place that the settings change, and mostly within the ends of the axes."""
    control = lead(chapter).control
    moving = [layer for layer in control.layers if layer.get("transform")]
    for axis, scale in (("x", control.x["scale"]), ("y", control.y["scale"])):
        places = [
            [float(evaluated(made["calculate"], **known)[0]) for _, _, known in found(chapter)[:20]]
            for layer in moving for made in layer["transform"] if made["as"] == axis
        ]  # fmt: skip
        assert np.isfinite(places).all()
        if scale.get("type") == "log":
            assert np.min(places) > 0
