"""The source of known entropy: exact sums, faithful draws, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalebook.laboratory import source
from scalinglaws.errors import ScalingLawsError


def small(exponent=1.5, contexts=11, symbols=4, prototypes=4, seed=0):
    return source.dirichlet(
        exponent, contexts, symbols, 0.5, np.random.default_rng(seed), prototypes
    )


@given(st.floats(1.05, 4.0), st.integers(1, 40), st.integers(2, 6), st.integers(1, 9))
@settings(max_examples=50, deadline=None)
def test_entropy_and_weights_are_the_sums_over_contexts(exponent, contexts, symbols, prototypes):
    world = small(exponent, contexts, symbols, prototypes)
    ranks = np.arange(1, contexts + 1)
    pi = ranks**-exponent / (ranks**-exponent).sum()
    p = world.next_symbol(ranks)
    entropy = -np.sum(pi[:, None] * p * np.log(np.maximum(p, 1e-300)))
    assert world.entropy() == pytest.approx(entropy, rel=1e-9)
    assert world.weights().sum() == pytest.approx(1.0, rel=1e-9)
    np.testing.assert_allclose(world.probability(ranks), pi, rtol=1e-9)
    kept = min(3, contexts)
    assert float(world.tail(kept)) == pytest.approx(pi[kept:].sum(), abs=1e-9)


def test_fair_coins_have_an_entropy_of_one_bit():
    world = source.Source(2.0, 10**9, np.full((7, 2), 0.5))
    assert world.entropy() == pytest.approx(np.log(2), rel=1e-12)


def test_a_deterministic_source_has_none():
    assert source.Source(2.0, 100, np.eye(5)).entropy() == 0.0


@pytest.mark.parametrize(("exponent", "contexts"), [(1.2, 50), (1.6, 10**12), (3.0, 4)])
def test_ranks_are_drawn_with_their_probabilities(exponent, contexts):
    world = source.Source(exponent, contexts, np.eye(2))
    ranks = source.draw_ranks(exponent, contexts, 200_000, np.random.default_rng(3))
    assert ranks.min() >= 1
    assert ranks.max() <= contexts
    for rank in range(1, min(contexts, 20) + 1):
        p = float(world.probability(rank))
        assert np.mean(ranks == rank) == pytest.approx(p, abs=5 * np.sqrt(p / 200_000))


def test_symbols_are_drawn_with_their_probabilities():
    world = small(contexts=3, prototypes=3)
    ranks, symbols = world.draw(200_000, np.random.default_rng(4))
    for rank in (1, 2, 3):
        mine = symbols[ranks == rank]
        shares = np.bincount(mine, minlength=4) / len(mine)
        np.testing.assert_allclose(shares, world.next_symbol(rank), atol=5 / np.sqrt(len(mine)))


@pytest.mark.parametrize("symbols", [2, 3, 5, 8, 17])
def test_a_symbol_is_the_number_of_cumulative_probabilities_passed(symbols):
    world = source.dirichlet(1.3, 40, symbols, 0.2, np.random.default_rng(symbols))
    ranks, found = world.draw(3000, np.random.default_rng(6))
    # The same stream again: first the ranks take their numbers from it, then the symbols.
    rng = np.random.default_rng(6)
    np.testing.assert_array_equal(source.draw_ranks(1.3, 40, 3000, rng), ranks)
    passed = np.cumsum(world.next_symbol(ranks), axis=1)[:, :-1] <= rng.random(3000)[:, None]
    np.testing.assert_array_equal(found, passed.sum(axis=1))


@pytest.mark.parametrize("exponent", [1.01, 1.2, 1.6, 3.0, 10.0])
def test_the_first_rank_leaves_least_room_below_it(exponent):
    # What lets most draws pass without a second power: checked here for many ranks.
    ranks = np.arange(1.0, 300.0)
    area = (ranks + 0.5) ** (1 - exponent) / (1 - exponent) - ranks**-exponent
    room = ranks - (area * (1 - exponent)) ** (1 / (1 - exponent))
    assert room.argmin() == 0


def test_concentrations_have_the_entropy_asked_for():
    c = source.concentration(1024, 2.0 * np.log(2))
    draws = np.random.default_rng(1).dirichlet(np.full(1024, c), size=4000)
    entropies = -np.where(draws > 0, draws * np.log2(np.maximum(draws, 1e-300)), 0).sum(axis=1)
    assert entropies.mean() == pytest.approx(2.0, abs=5 * entropies.std() / np.sqrt(4000))
    # Uniform over two symbols: concentration 1, mean entropy 1/2 nat.
    assert source.concentration(2, 0.5) == pytest.approx(1.0)
    with pytest.raises(ScalingLawsError, match="less than the logarithm"):
        source.concentration(4, 1.5)


def test_blocks_stop_at_the_ends_and_at_their_size():
    world = small()
    drawn = [
        (end, len(ranks))
        for end, ranks, _ in source.blocks(world, [3, 10, 25], np.random.default_rng(0), most=6)
    ]
    assert drawn == [(3, 3), (9, 6), (10, 1), (16, 6), (22, 6), (25, 3)]


@pytest.mark.parametrize("exponent", [1.0, 0.5, -1.0, np.nan, np.inf])
def test_an_exponent_that_cannot_be_summed_is_refused(exponent):
    with pytest.raises(ScalingLawsError, match="expected more than 1"):
        small(exponent=exponent)


def test_other_refusals():
    rng = np.random.default_rng(0)
    with pytest.raises(ScalingLawsError, match="Give at least 2"):
        source.dirichlet(1.5, 10, 0, 0.5, rng)
    with pytest.raises(ScalingLawsError, match="1 to 2\\^53"):
        source.dirichlet(1.5, 0, 4, 0.5, rng, prototypes=1)
    with pytest.raises(ScalingLawsError, match="positive number"):
        source.dirichlet(1.5, 10, 4, 0.0, rng)
    with pytest.raises(ScalingLawsError, match="add up to 1"):
        source.Source(1.5, 10, np.full((2, 3), 0.5))
    with pytest.raises(ScalingLawsError, match="at least 1 to learn from"):
        small().draw(0, rng)
    with pytest.raises(ScalingLawsError, match="Keep from 0 to 11"):
        small().tail(12)
