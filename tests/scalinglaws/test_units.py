import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import units
from scalinglaws.errors import ScalingLawsError

counts = st.floats(1e3, 1e20)


def test_pf_day_is_a_day_of_a_petaflop_per_second():
    assert units.PF_DAY == 1e15 * 24 * 3600


def test_chinchilla_budget_as_printed():
    # Hoffmann et al. 2022: 70B parameters on 1.4T tokens, 5.88e23 by 6ND.
    assert units.training_flop(70e9, 1.4e12) == pytest.approx(5.88e23, rel=1e-12)


@given(counts, counts)
def test_flop_tokens_and_params_invert_each_other(params, tokens):
    flop = units.training_flop(params, tokens)
    assert units.tokens_from_flop(flop, params) == pytest.approx(tokens, rel=1e-12)
    assert units.params_from_flop(flop, tokens) == pytest.approx(params, rel=1e-12)


def test_training_flop_broadcasts():
    flop = units.training_flop([[1.0], [2.0]], [1.0, 10.0, 100.0])
    np.testing.assert_allclose(flop, [[6, 60, 600], [12, 120, 1200]])


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, [1.0, -2.0]])
def test_non_positive_quantities_are_refused(bad):
    with pytest.raises(ValueError, match="params must be positive"):
        units.training_flop(bad, 1.0)


def test_bits_and_nats_of_a_fair_coin():
    assert units.nats_to_bits(math.log(2)) == pytest.approx(1.0, abs=1e-15)
    assert units.bits_to_nats(1.0) == pytest.approx(math.log(2), abs=1e-15)


@given(st.floats(0, 1e6))
def test_bits_and_nats_round_trip(nats):
    assert units.bits_to_nats(units.nats_to_bits(nats)) == pytest.approx(nats, rel=1e-14)


def test_perplexity_of_a_uniform_choice_is_the_number_of_choices():
    np.testing.assert_allclose(units.perplexity(np.log([1, 2, 50257])), [1, 2, 50257])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("70B", 70e9),
        ("15T", 15e12),
        ("1.4t", 1.4e12),
        ("405 m", 405e6),
        (" 12k ", 12e3),
        ("1e25", 1e25),
        ("5.76E+23", 5.76e23),
        ("2e3B", 2e12),
        (".5", 0.5),
        ("1.1B", 1.1e9),
    ],
)
def test_quantities_are_read_as_written(text, value):
    assert units.parse_quantity(text) == value


@pytest.mark.parametrize(
    "text", ["", "B", "70G", "1,000", "nan", "inf", "70BB", "1e", "--3", "0x1F", "1e400"]
)
def test_what_is_not_a_quantity_says_so(text):
    with pytest.raises(ScalingLawsError, match=r"Write a number"):
        units.parse_quantity(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7e10, "70B"),
        (1.4e12, "1.4T"),
        (5.76e23, "5.76e23"),
        (999.96e9, "1T"),
        (1425.5e12, "1.43e15"),
        (1234, "1.23K"),
        (20, "20"),
        (0.5, "0.5"),
        (1e-5, "1e-5"),
        (-3e9, "-3B"),
        (0, "0"),
    ],
)
def test_quantities_are_written_short(value, text):
    assert units.format_quantity(value) == text


@given(st.floats(1e-300, 1e300), st.integers(1, 15))
def test_written_quantities_read_back_to_their_digits(value, digits):
    back = units.parse_quantity(units.format_quantity(value, digits))
    assert back == pytest.approx(value, rel=0.5 * 10.0 ** (1 - digits) * (1 + 1e-9))


@pytest.mark.parametrize(("value", "digits"), [(math.inf, 3), (math.nan, 3), (1.0, 0)])
def test_what_cannot_be_written_is_refused(value, digits):
    with pytest.raises(ValueError, match="significant digits"):
        units.format_quantity(value, digits)
