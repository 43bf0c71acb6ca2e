"""What a reader moves, as Vega and the library have it."""

import json

import numpy as np
import pytest

from scalebook.errors import ScalebookError
from scalebook.show import control
from scalebook.show.control import Choice, Control, Slider
from scalebook.show.formula import Formula
from scalebook.show.palette import BLUE, GREY
from scalinglaws.quantities import spellings
from tests.scalebook.show.vega import evaluated


def flop(params, tokens):
    return 6 * params * tokens


def share(value, whole):
    return value / whole


def made(**changes):
    return Control(**{
        "inputs": (Slider("N", "Parameters", 1e6, 1e12, 7e10, style="amount", reads="params"),
                   Choice("D", "Tokens", {"few": 1e9, "many": 1e12})),
        "values": {"C": Formula(flop, {"params": "N", "tokens": "D"}),
                   "part": Formula(share, {"value": "C", "whole": 1e24})},
        "says": control.text("{N:amount} takes {C:num} FLOP."),
        "layers": [control.curve({"x": [1, 10], "y": np.array([2.0, 3.0])}, BLUE),
                   control.marker("N", "C", BLUE)],
        "x": control.axis("parameters", 1e6, 1e12),
        "y": control.axis("compute", 1, 5, log=False),
        **changes,
    })  # fmt: skip


# What it computes


def test_values_follow_in_their_order():
    found = made().evaluate({"N": 1e9, "D": 2e9})
    assert found == {"C": pytest.approx(1.2e19), "part": pytest.approx(1.2e-5)}
    assert list(found) == ["C", "part"]


def test_a_value_cannot_follow_from_one_that_comes_later():
    values = made().values
    turned = {name: values[name] for name in reversed(values)}
    with pytest.raises(KeyError, match="C"):
        made(values=turned).evaluate({"N": 1e9, "D": 2e9})


def test_a_formula_that_no_browser_has_is_refused_when_it_is_described():
    values = {"C": Formula(lambda params: params, {"params": "N"})}
    with pytest.raises(ScalebookError, match="no function with a name"):
        made(values=values).described()


def test_a_choice_begins_with_its_first():
    assert Choice("k", "Kind", {"b": 2.0, "a": 1.0}).value == 2.0


# What the browser is given


def test_a_field_may_wait_for_a_choice():
    size = Slider("N", "Parameters", 1e6, 1e12, 7e10, when="D > 1e10")
    chosen = Choice("D", "Tokens", {"few": 1e9, "many": 1e12})
    params = {
        each["name"]: each for each in made(inputs=(size, chosen)).described()["spec"]["params"]
    }
    shows = [evaluated(params["shows_N"]["expr"], D=value) for value in (1e9, 1e12)]
    assert shows == [["0"], ["1"]]
    assert "shows_D" not in params


def test_all_of_it_is_json():
    described = made().described()
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert described["inputs"][0]["spellings"] == spellings("params")
    assert described["values"] == ["C", "part"]
    first, second = described["inputs"]
    assert (first["kind"], first["low"], first["value"], first["log"]) == (
        "slider",
        1e6,
        7e10,
        True,
    )
    assert (second["kind"], second["value"], [text for text, _ in second["options"]]) == (
        "choice",
        1e9,
        ["few", "many"],
    )


def test_inputs_come_before_what_follows_from_them():
    params = made().described()["spec"]["params"]
    assert [each["name"] for each in params] == ["N", "D", "C", "part", "says"]
    assert params[0] == {"name": "N", "value": 7e10}
    assert params[2] == {"name": "C", "expr": "((6 * N) * D)"}


def test_every_layer_is_on_the_axes_and_keeps_its_own_columns():
    band = control.band({"x": [1, 2], "low": [1, 1], "high": [2, 2]}, BLUE)
    curve, band = made(layers=[*made().layers[:1], band]).described()["spec"]["layer"]
    for layer, field in ((curve, "y"), (band, "low")):
        assert layer["encoding"]["x"]["scale"]["domain"] == [1e6, 1e12]
        assert layer["encoding"]["y"]["field"] == field
        assert layer["encoding"]["y"]["scale"]["type"] == "linear"
    assert band["encoding"]["y2"] == {"field": "high"}
    assert curve["data"]["values"] == [{"x": 1.0, "y": 2.0}, {"x": 10.0, "y": 3.0}]


def test_points_are_rounded_beyond_what_is_seen_and_those_that_are_none_left_out():
    points = {"x": [1 / 3, np.nan, 1e9], "y": [12345.678, 1.0, np.inf]}
    assert control.dots(points, GREY)["data"]["values"] == [{"x": 0.3333, "y": 12350.0}]


def test_columns_of_one_layer_are_equally_long():
    with pytest.raises(ValueError, match="shorter"):
        control.curve({"x": [1, 2], "y": [1]}, BLUE)


# Axes


def test_an_axis_has_its_ends_its_scale_and_its_labels():
    plain = control.axis("loss", 1, 5, log=False, labels="~g", ticks=[1, 2.5])
    assert plain["scale"] == {"type": "linear", "domain": [1, 5], "nice": False}
    assert (plain["axis"]["format"], plain["axis"]["values"]) == ("~g", [1, 2.5])
    bare = control.axis("k", 0.1, 10)
    assert bare["scale"]["type"] == "log"
    assert {"format", "values", "labelExpr"} & set(bare["axis"]) == set()


def test_amounts_on_an_axis_are_written_as_in_sentences():
    written = control.axis("params", 1e6, 1e15, labels="amount")["axis"]["labelExpr"]
    said = written.replace("datum.value", "value")
    labels = [evaluated(said, value=value)[0] for value in (1e6, 2e9, 1e12, 1e15)]
    assert labels == ["1M", "2B", "1T", "1000T"]


def test_powers_of_ten_on_an_axis_have_raised_exponents():
    written = control.axis("compute", 1e18, 1e26, labels="power")["axis"]["labelExpr"]
    said = written.replace("datum.value", "value")
    assert [evaluated(said, value=value)[0] for value in (1e18, 1e-3, 1)] == ["10¹⁸", "10⁻³", "10⁰"]


# Sentences


@pytest.mark.parametrize(
    ("style", "value", "written"),
    [
        ("num", 3.14159, "3.1"),
        ("num", 1234, "1,200"),
        ("num", 0.0123, "0.012"),
        ("num", 20, "20"),
        ("times", 1.043, "1.04"),
        ("times", 1.999, "2.00"),
        ("times", 5.58, "5.6"),
        ("times", 9812, "9,800"),
        ("amount", 7e10, "70B"),
        ("amount", 1.55e13, "15.5T"),
        ("amount", 999.9e9, "1T"),
        ("amount", 2.5e15, "2500T"),
        ("amount", 1.35e8, "135M"),
        ("sci", 5.76e23, "5.8\u00a0×\u00a010²³"),
        ("sci", 1e24, "1\u00a0×\u00a010²⁴"),
        ("sci", 9.96e-7, "1\u00a0×\u00a010⁻⁶"),
        ("year", 2028.94, "late 2028"),
        ("year", 2029.0, "early 2029"),
        ("year", 2029.5, "mid-2029"),
        ("fix", 1.005, "1.00"),
        ("fix", 12.345, "12.35"),
        ("percent", 0.053, "5%"),
        ("percent", 0.001, "less than 1%"),
        ("percent", 0.9996, "more than 99%"),
        ("percent", 1, "100%"),
        ("percent", 1.5, "150%"),
    ],
)
def test_numbers_in_sentences_are_written_in_their_style(style, value, written):
    said = control.text(f"It is {{k:{style}}}, so.")
    assert evaluated(said, k=value) == [f"It is {written}, so."]


def test_axis_over_two_factors_of_ten_is_labelled_at_powers_of_ten_alone():
    assert control.steps(4, 60) == [5, 10, 20, 50]
    assert control.steps(0.5, 5000) == [1, 10, 100, 1000]


@pytest.mark.parametrize(
    "words", ["Nesov's rule", 'a "quote"', r"a \ and \n", "", "{ and }", "<b> & ü, 10²"]
)
def test_words_are_said_as_they_stand(words):
    assert evaluated(control.text(f"{words}{{k:num}}{words}"), k=2) == [f"{words}2{words}"]


def test_one_of_two_is_said_also_within_a_longer_sentence():
    how = control.either("k < 1", control.text("{k:num}, few"), "'many'")
    said = f"{control.text('It had ')} + {how} + {control.text(', so.')}"
    assert evaluated(said, k=0.5) == ["It had 0.5, few, so."]
    assert evaluated(said, k=1) == ["It had many, so."]
    assert evaluated(
        control.either("k < 0", "'a'", control.either("k < 9", "'b'", "'c'")), k=3
    ) == ["b"]
