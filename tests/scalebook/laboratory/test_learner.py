"""The learner against exact sums, its theory against the learner, and refusals before any work."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from scalebook.laboratory import learner, source
from scalebook.laboratory.learner import Counts, Theory
from scalinglaws.errors import ScalingLawsError


@pytest.fixture(scope="module")
def world():
    return source.dirichlet(1.6, 10**10, 8, 0.4, np.random.default_rng(5))


def test_loss_is_the_cross_entropy_of_the_predictions():
    world = source.dirichlet(1.5, 9, 4, 0.5, np.random.default_rng(1), prototypes=9)
    ranks, symbols = world.draw(60, np.random.default_rng(2))
    counts = Counts(4)
    counts.add(ranks[:25], symbols[:25])
    counts.add(ranks[25:], symbols[25:])
    table = np.zeros((9, 4))
    np.add.at(table, (ranks - 1, symbols), 1)
    every = np.arange(1, 10)
    for kept in range(10):
        first = {rank: place for place, rank in reversed(list(enumerate(ranks)))}
        order = sorted(set(ranks), key=lambda rank: (-table[rank - 1].sum(), first[rank]))[:kept]
        predicted = np.full((9, 4), 0.25)
        for rank in order:
            predicted[rank - 1] = (table[rank - 1] + 0.3) / (table[rank - 1].sum() + 1.2)
        exact = -np.sum(
            world.probability(every)[:, None] * world.next_symbol(every) * np.log(predicted)
        )
        assert counts.loss(world, [kept], 0.3)[0] == pytest.approx(exact, rel=1e-12)


@given(st.integers(1, 400), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_loss_never_falls_below_the_entropy(count, seed):
    world = source.dirichlet(1.4, 1000, 3, 0.3, np.random.default_rng(seed))
    counts = Counts(3)
    counts.add(*world.draw(count, np.random.default_rng(seed + 1)))
    losses = counts.loss(world, np.arange(0, 1001, 50), 0.3)
    assert (losses >= world.entropy() - 1e-12).all()
    assert losses[0] == pytest.approx(np.log(3))


def test_blocks_of_any_size_give_the_same_counts():
    world = source.dirichlet(1.5, 50, 4, 0.5, np.random.default_rng(1))
    ranks, symbols = world.draw(300, np.random.default_rng(2))
    whole, parts = Counts(4), Counts(4)
    whole.add(ranks, symbols)
    for part in np.array_split(np.arange(300), 7):
        parts.add(ranks[part], symbols[part])
    np.testing.assert_array_equal(whole.ranks, parts.ranks)
    np.testing.assert_array_equal(whole.table, parts.table)


def test_contexts_near_and_far_are_counted_in_the_order_of_their_appearance():
    rng = np.random.default_rng(8)
    ranks = rng.choice([1, 5, 2**16 - 2, 2**16 - 1, 2**16, 10**12], 400)
    symbols = rng.integers(3, size=400)
    counts = Counts(3)
    for part in np.array_split(np.arange(400), 9):
        counts.add(ranks[part], symbols[part])
    assert counts.ranks.tolist() == list(dict.fromkeys(ranks.tolist()))
    for rank, row in zip(counts.ranks, counts.table, strict=True):
        assert row.tolist() == np.bincount(symbols[ranks == rank], minlength=3).tolist()


def test_a_fading_count_halves_in_its_half_life():
    counts = Counts(2, memory=10 / np.log(2))
    counts.add(np.array([1]), np.array([0]))
    counts.add(np.full(10, 2), np.full(10, 1))
    assert counts.table[0, 0] == pytest.approx(0.5)
    assert counts.table[1, 1] == pytest.approx(sum(0.5 ** (age / 10) for age in range(10)))


def test_theory_agrees_with_the_learner(world):
    theory = Theory(1.6, 10**10, 8, 0.4, 0.4)
    kept, data = np.array([10, 100, 1000]), np.array([1000, 10_000, 100_000])
    table = learner.loss_table(world, kept, data, seeds=4, seed=1, smoothing=0.4)
    expected = theory.loss(world.entropy(), kept, data)
    excess = table.loss.mean(axis=0) - world.entropy()
    np.testing.assert_allclose(excess, expected - world.entropy(), rtol=0.12)


def test_the_limits_of_the_theory_are_power_laws():
    theory = Theory(1.6, 2**52, 8, 0.4, 0.4)
    law = theory.law(1.0)
    assert (law.alpha, law.beta) == pytest.approx((0.6, 0.375))
    size = theory.loss(1.0, np.array([1e3, 1e4]), np.array([1e15]))[:, 0] - 1.0
    np.testing.assert_allclose(size, law.terms([1e3, 1e4], 1.0)[0], rtol=0.01)
    data = theory.loss(1.0, np.array([1e9]), np.array([1e6, 1e9]))[0] - 1.0
    np.testing.assert_allclose(data, law.terms(1.0, [1e6, 1e9])[1], rtol=0.01)


def test_the_sum_of_the_limits_charges_the_rare_contexts_twice():
    theory = Theory(1.6, 2**52, 8, 0.4, 0.4)
    grid = np.array([1e2, 1e3]), np.array([1e4, 1e6])
    assert (theory.loss(1.0, *grid) < theory.law(1.0).loss(grid[0][:, None], grid[1])).all()


def test_regret_by_direct_integration_over_two_symbols():
    # With V = 2 the first symbol's probability is Beta(c, c) and everything is one integral.
    c, a = 0.7, 0.4
    theory = Theory(1.5, 100, 2, c, a)
    nodes, weights = np.polynomial.legendre.leggauss(400)
    p, w = (nodes + 1) / 2, weights / 2
    density = w * p ** (c - 1) * (1 - p) ** (c - 1)
    density /= density.sum()
    for n in (0, 1, 3):
        k = np.arange(n + 1)
        choose = np.array([np.prod(np.arange(n - i + 1, n + 1) / np.arange(1, i + 1)) for i in k])
        seen = choose * p[:, None] ** k * (1 - p[:, None]) ** (n - k)
        q = (k + a) / (n + 2 * a)
        lost = p[:, None] * np.log(p[:, None] / q) + (1 - p[:, None]) * np.log(
            (1 - p[:, None]) / (1 - q)
        )
        exact = density @ (seen * lost).sum(axis=1)
        assert float(theory.regret(n)) == pytest.approx(exact, rel=2e-3)


def test_the_right_smoothing_is_the_best_and_its_regret_falls():
    right = Theory(1.5, 100, 6, 0.5, 0.5).regret(np.arange(30))
    assert (np.diff(right) < 0).all()
    for smoothing in (0.1, 2.0):
        assert (Theory(1.5, 100, 6, 0.5, smoothing).regret(np.arange(1, 30)) > right[1:]).all()
    far = Theory(1.5, 100, 6, 0.5, 0.5).regret([4000])
    assert float(far[0]) == pytest.approx(5 / (2 * 4000), rel=0.02)  # (V - 1) / 2n


def test_tied_symbols_cost_exactly_the_method_error():
    world = source.Source(2.0, 10, np.array([[0.7, 0.1, 0.2, 0.0], [0.25, 0.25, 0.5, 0.0]]))
    tied = 0.7 * np.log(0.7 / 0.4) + 0.1 * np.log(0.1 / 0.4)
    assert learner.method_error(world, 0) == 0.0
    assert learner.method_error(world, 1) == pytest.approx(float(world.weights()[0]) * tied)
    data = np.array([10, 2_000_000])
    blind = learner.loss_tables(world, [10], data, seeds=1, smoothing=0.5, tied=(0, 1))
    gap = blind[1].loss[0, 0, -1] - blind[0].loss[0, 0, -1]
    assert gap == pytest.approx(learner.method_error(world, 1), abs=1e-4)


def test_the_same_seed_gives_the_same_table(world):
    tables = [
        learner.loss_table(world, [5, 50], [100, 1000], seeds=2, seed=seed) for seed in (7, 7, 8)
    ]
    np.testing.assert_array_equal(tables[0].loss, tables[1].loss)
    assert not np.array_equal(tables[0].loss, tables[2].loss)


def test_runs_of_a_table_line_up(world):
    table = learner.loss_table(world, [5, 50], [100, 1000, 5000], seeds=2, seed=7)
    runs = table.runs()
    assert runs.loss[7] == table.loss[1, 0, 1]
    assert (runs.params[7], runs.tokens[7]) == (5, 1000)
    noisy = table.runs(noise=0.1, seed=1).loss
    assert 0.02 < np.std(np.log(noisy / runs.loss)) < 0.25
    part = table.within(params=10, least=500)
    assert part.loss.shape == (2, 1, 2)


def test_valleys_of_an_exact_law_are_its_optima():
    size, data = np.geomspace(10, 1e5, 60), np.geomspace(1e3, 1e8, 60)
    loss = 1 + size[:, None] ** -0.5 + 5 * data**-0.4
    table = learner.LossTable(size, data, loss[None], 1.0)
    found = learner.valleys(table, np.geomspace(1e6, 1e11, 9))
    best = (0.5 / (0.4 * 5)) ** (1 / 0.9) * found.budget ** (0.4 / 0.9)
    np.testing.assert_allclose(found.params, best, rtol=0.06)
    assert found.slope() == pytest.approx(0.4 / 0.9, abs=0.01)
    np.testing.assert_allclose(found.tokens, found.budget / found.params)


@pytest.mark.parametrize(
    ("kept", "data", "message"),
    [
        ([5, 10**11], [10], "Keep from 0 to 1e\\+10"),
        ([5], [0], "at least 1 to learn from"),
        ([5], [], "at least 1|increasing"),
        ([5, 5], [10], "sizes must be a list of increasing"),
        ([5], [100, 10], "amounts of data must be a list of increasing"),
    ],
)
def test_bad_tables_are_refused_before_any_work(world, kept, data, message, monkeypatch):
    monkeypatch.setattr(source.Source, "draw", lambda *_: pytest.fail("drew symbols"))
    with pytest.raises(ScalingLawsError, match=message):
        learner.loss_table(world, kept, data)


def test_bad_smoothing_memory_and_ties_are_refused(world):
    with pytest.raises(ScalingLawsError, match="infinitely much"):
        learner.loss_table(world, [5], [10], smoothing=0.0)
    with pytest.raises(ScalingLawsError, match="Tie from 0 to 4"):
        learner.loss_tables(world, [5], [10], tied=(5,))
    with pytest.raises(ScalingLawsError, match="memory"):
        Counts(4, memory=0.0)


def test_poisson_visits_average_the_regret():
    theory = Theory(1.6, 100, 4, 0.5, 0.5)
    n = np.arange(200)
    for u in (0.01, 1.0, 20.0):
        weights = np.exp(n * np.log(u) - u - np.cumsum(np.log(np.maximum(n, 1))))
        assert float(theory.visited(u)) == pytest.approx(weights @ theory.regret(n), rel=2e-3)


def test_the_data_amplitude_is_also_a_sum_over_visits():
    # The integral of u^(-1/s) times a Poisson probability is Gamma(n + 1 - 1/s) / n!.
    theory = Theory(1.6, 100, 4, 0.5, 0.5)
    n = np.arange(2000)
    terms = np.exp(special.gammaln(n + 1 - 1 / 1.6) - special.gammaln(n + 1)) * theory.regret(n)
    rest = 3 / 2 * 1.6 * 2000 ** (-1 / 1.6)  # beyond, r(n) = (V - 1) / 2n
    z = float(source.power_sum(1.6, 1, 100))
    amplitude = z ** (-1 / 1.6) / 1.6 * (terms.sum() + rest)
    assert pytest.approx(amplitude, rel=1e-3) == theory.law(1.0).B
