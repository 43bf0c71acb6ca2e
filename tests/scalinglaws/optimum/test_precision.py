"""Effective parameters by bits: limits, the best bits, and what the paper prints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from scalinglaws import registry
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense, precision
from scalinglaws.optimum.precision import Quantisation, Sensitivity

KUMAR = registry.parametric("kumar2024")


def printed(*names):
    return tuple(registry.printed(f"kumar2024.{name}").value for name in names)


GAMMAS = printed("gamma_w", "gamma_a", "gamma_kv")
OFFSETS = printed("n_w", "n_a", "n_kv")
PLAIN, SHIFTED = Sensitivity(GAMMAS, (0.0, 0.0, 0.0)), Sensitivity(GAMMAS, OFFSETS)
POST = Quantisation(*printed("C_T", "gamma_D", "gamma_N", "gamma_post"))


def test_the_offsets_reproduce_the_papers_bits_and_the_equation_does_not():
    paper = registry.printed("kumar2024.best_bits")
    assert paper.low <= round(precision.best_bits(SHIFTED), 2) <= paper.high
    assert precision.best_bits(PLAIN) < 4


@given(st.floats(0.5, 4), st.integers(1, 4))
def test_best_bits_of_equal_parts_solve_the_papers_condition(gamma, parts):
    best = precision.best_bits(Sensitivity((gamma,) * parts, (0.0,) * parts), low=1e-3) / gamma
    if parts == 1:
        assert best < 0.01  # (1 - exp(-x)) / x only falls
    else:
        root = optimize.brentq(lambda x: parts * x - np.expm1(x), 1e-3, 20)
        assert best == pytest.approx(root, rel=1e-3)


@given(st.floats(4.5, 30), st.floats(0.1, 10))
def test_share_rises_with_bits_towards_one(bits, more):
    low, high = SHIFTED.share(bits), SHIFTED.share(bits + more)
    assert 0 < low < high < 1
    assert SHIFTED.share(300.0) == pytest.approx(1)


def test_a_part_that_fails_counts_as_nothing():
    # Appendix L: training with 3 bits of activations is unstable.
    assert SHIFTED.shares(3.0)[1] == 0
    assert SHIFTED.share(3.0) == 0
    assert np.shape(PLAIN.share(np.ones((2, 5)))) == (2, 5)


@given(st.floats(5, 16), st.floats(20, 27))
def test_the_best_size_at_few_bits_is_the_best_by_search(bits, power):
    budget = 10**power * precision.FULL_BITS / bits  # N D times 6
    share = float(SHIFTED.share(bits))
    centre = dense.optimal(KUMAR, 10**power)
    found = float(centre.params * precision.size_factor(KUMAR, SHIFTED, bits))

    def loss(log_params):
        size = np.exp(log_params)
        return float(KUMAR.loss(size * share, budget / 6 / size))

    assert loss(np.log(found)) <= min(loss(np.log(found) + d) for d in (-0.05, 0.05))
    tokens = budget / 6 / found
    # Compute 6 N D P / 16 is what was given.
    assert 6 * found * tokens * bits / 16 == pytest.approx(10**power)
    assert KUMAR.loss(found * share, tokens) == pytest.approx(
        float(dense.optimal(KUMAR, 10**power * precision.compute_factor(SHIFTED, bits)).loss)
    )


@given(st.floats(8, 12), st.floats(3, 8))
def test_harmful_tokens_are_where_the_loss_turns(log_params, bits):
    size = 10**log_params
    turn = float(POST.harmful_tokens(KUMAR, size, bits))

    def loss(tokens):
        return float(KUMAR.loss(size, tokens) + POST.added_loss(size, tokens, bits))

    assert loss(turn) <= min(loss(0.9 * turn), loss(1.1 * turn))


@given(st.floats(8, 11), st.floats(9, 13), st.floats(3, 8))
def test_rounding_costs_more_with_data_and_less_with_size_and_bits(log_params, log_tokens, bits):
    size, data = 10**log_params, 10**log_tokens
    added = POST.added_loss(size, data, bits)
    assert POST.added_loss(size, 2 * data, bits) > added
    assert POST.added_loss(2 * size, data, bits) < added
    assert POST.added_loss(size, data, bits + 1) < added


def test_exponents_are_tied_as_the_paper_says():
    assert KUMAR.alpha == KUMAR.beta
    assert isinstance(KUMAR, ParametricLaw)


def test_bits_must_be_positive():
    for call in (PLAIN.share, lambda p: POST.added_loss(1e9, 1e12, p)):
        with pytest.raises(ValueError, match="bits must be positive"):
            call(0.0)
