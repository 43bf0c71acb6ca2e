"""Rates with units: exact inverses, refusals, published conversions, and what a run could learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scalinglaws import laws, registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.information import rates as entropy
from scalinglaws.information.rates import (
    BIT,
    BYTE,
    CHARACTER,
    NAT,
    TOKEN,
    WORD,
    Perplexity,
    Rate,
    Text,
)
from scalinglaws.units import BITS_PER_NAT

REPLICATION = registry.parametric("besiroglu2024")
values = hnp.arrays(float, hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(1e-3, 1e3))
texts = st.builds(Text, st.floats(0.5, 20), st.floats(1, 4), st.floats(0.5, 20))
measures, units = st.sampled_from([NAT, BIT]), st.sampled_from([TOKEN, BYTE, CHARACTER, WORD])


@given(values, measures, units, units, texts)
def test_every_conversion_has_its_inverse(value, measure, unit, other, text):
    rate = Rate(value, measure, unit)
    back = rate.to(other, text).to(unit, text)
    assert back.unit == rate.unit
    np.testing.assert_allclose(back.value, value, rtol=1e-14)
    np.testing.assert_allclose(rate.bits.nats.value, rate.nats.value, rtol=1e-14)
    np.testing.assert_allclose(rate.nats.bits.value, rate.bits.value, rtol=1e-14)


@given(values.filter(lambda v: v.max() < 500), units)
def test_perplexity_has_its_inverse(value, unit):
    np.testing.assert_allclose(
        Rate(value, NAT, unit).perplexity.nats.value, value, rtol=1e-12, atol=1e-13
    )


@given(values, texts, units, units, units)
def test_the_way_over_a_third_unit_is_the_direct_way(value, text, first, second, third):
    rate = Rate(value, BIT, first)
    np.testing.assert_allclose(
        rate.to(second, text).to(third, text).value, rate.to(third, text).value, rtol=1e-14
    )


@given(texts, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), units)
def test_the_factor_is_the_same_at_every_loss(text, one, another, unit):
    pair = entropy.loss([one, another])
    ratio = pair.to(unit, text).value / pair.value
    assert ratio[0] == pytest.approx(ratio[1], rel=1e-14)


def test_arrays_of_rates_and_texts_broadcast():
    rates = entropy.loss(np.ones((3, 1))).to(BYTE, Text(np.array([2.0, 4.0]), 2.0))
    assert rates.value.shape == (3, 2)
    np.testing.assert_array_equal(rates.value[0], [0.25, 0.125])


def test_units_do_not_mix():
    rate = entropy.loss(1.69)
    for other in (rate.bits, rate.to(WORD, Text(4.0))):
        for operation in (rate.__add__, rate.__sub__, rate.__truediv__, rate.__lt__):
            with pytest.raises(ScalingLawsError, match=r"nats/token.*\.bits, \.nats or \.to"):
                operation(other)
    with pytest.raises(ScalingLawsError, match="has no unit"):
        rate + 1.0
    with pytest.raises(ScalingLawsError, match="cannot be multiplied"):
        rate * rate
    with pytest.raises(ScalingLawsError, match="Perplexity cannot be added"):
        rate + rate.perplexity


def test_like_rates_add_and_compare():
    one, two = entropy.loss(1.0), entropy.loss(2.0)
    assert one + one == two
    assert two - one == one
    assert two / one == 2.0
    assert 2 * one == two
    assert one < two
    assert repr(two) == "2.0 nats/token"


@pytest.mark.parametrize(
    ("rate", "expected", "digits"),
    [
        (entropy.loss(1.69).bits, 2.44, 2),
        (entropy.loss(1.8172).bits, 2.62, 2),
        (Rate(2.43, BIT, TOKEN).to(CHARACTER, Text(4.0864)), 0.595, 3),
        (Perplexity(7.16, WORD).bits, 2.84, 2),
    ],
)
def test_published_conversions(rate, expected, digits):
    assert round(float(rate.value), digits) == expected


def test_the_comments_divisor_is_right_only_at_one_half():
    ratio = np.array([0.3, 0.5, 0.5108, 0.8])
    chars = entropy.chars_per_token_from_ratio(ratio)
    np.testing.assert_allclose(chars / (8 * ratio), 0.25 / ratio**2)
    assert chars[1] == 4.0


def test_bad_texts_are_refused():
    with pytest.raises(ValueError, match="chars_per_token must be positive, got 0"):
        Text(0.0)
    with pytest.raises(ValueError, match="tokens_per_word must be positive"):
        Text(4.0, tokens_per_word=[1.0, -1.0])
    with pytest.raises(ValueError, match="perplexity must be positive"):
        Perplexity(-1.0, WORD)


def test_chinchillas_run_could_learn_three_to_four_bits_a_parameter():
    bound = entropy.learned(REPLICATION, 7e10, 1.4e12, 32000)
    assert 3 < bound.per_param < 4
    assert bound.all > bound.data


@given(st.floats(1e8, 1e12), st.floats(1e9, 1e14), st.sampled_from([256.0, 32000.0, np.inf]))
def test_the_area_is_the_integral_of_the_curve(params, tokens, vocabulary):
    law = REPLICATION
    floor = law.E + law.A / params**law.alpha
    grid = np.geomspace(1e-3, tokens, 40001)
    curve = np.minimum(law.B / grid**law.beta, np.log(vocabulary) - floor)
    area = (np.trapezoid(curve * grid, np.log(grid)) + grid[0] * curve[0]) * BITS_PER_NAT
    found = float(entropy.learned(law, params, tokens, vocabulary).data)
    assert found == pytest.approx(area, rel=1e-3)


@given(st.floats(1e6, 1e13), st.floats(0.5, 8.0))
def test_tokens_to_learn_is_the_inverse_of_the_area(bits, start):
    needed = float(entropy.tokens_to_learn(REPLICATION, bits, start))
    assert needed >= bits / start * (1 - 1e-12)
    grid = np.geomspace(1e-6 * needed, needed, 40001)
    curve = np.minimum(REPLICATION.B / grid**REPLICATION.beta * BITS_PER_NAT, start)
    assert np.trapezoid(curve * grid, np.log(grid)) + grid[0] * curve[0] == pytest.approx(
        bits, rel=1e-3
    )
    free = float(entropy.tokens_to_learn(REPLICATION, bits))
    unlimited = entropy.learned(REPLICATION, 1e30, free)
    assert float(unlimited.data) == pytest.approx(bits, rel=1e-9)


@given(st.floats(0.9, 1.6), st.floats(1e8, 1e12))
def test_the_area_of_a_steep_law_is_finite_with_a_cut_and_infinite_without(beta, tokens):
    law = laws.ParametricLaw(1.0, 10.0, 1e4, 0.3, beta, "steep")
    start = np.log(32000) - law.E - law.A / 1e9**law.alpha
    grid = np.geomspace(1e-3, tokens, 200_001)
    curve = np.minimum(law.B / grid**law.beta, start)
    area = (np.trapezoid(curve * grid, np.log(grid)) + grid[0] * curve[0]) * BITS_PER_NAT
    found = entropy.learned(law, 1e9, tokens, 32000)
    assert float(found.data) == pytest.approx(area, rel=1e-3)
    assert np.isinf(entropy.learned(law, 1e9, tokens).data) == (beta >= 1)


def test_the_area_is_continuous_where_the_exponent_is_one():
    areas = [
        float(entropy.learned(laws.ParametricLaw(1.0, 10.0, 1e4, 0.3, b), 1e9, 1e11, 32000).data)
        for b in (1 - 1e-9, 1.0, 1 + 1e-9)
    ]
    assert areas == pytest.approx([areas[1]] * 3, rel=1e-6)


def test_a_law_that_rises_with_data_is_refused():
    rising = laws.ParametricLaw(1.0, 1.0, 1.0, 0.3, -0.1, "rising")
    with pytest.raises(ScalingLawsError, match="rising has -0.1"):
        entropy.learned(rising, 1e9, 1e9)
