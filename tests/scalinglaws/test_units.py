import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import units

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
