"""Cuts of a table: what lies below, what above, and what counts as one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import Laboratory, Runs, read_runs, simulate
from scalinglaws.prediction import splits
from scalinglaws.units import training_flop


@given(st.integers(2, 9), st.integers(2, 12), st.integers(0, 5))
def test_every_cut_has_enough_below_and_all_that_is_larger_above(budgets, sizes, seed):
    runs = simulate(Laboratory(budgets=budgets, sizes=sizes, seed=seed))
    compute = splits.levels(runs)
    found = list(splits.cuts(runs))
    for cut in found:
        below, above = compute[cut.smaller], compute[cut.larger]
        assert sorted([*cut.smaller, *cut.larger]) == list(range(len(runs)))
        assert below.max() < above.min()
        assert len(below) >= 18
        assert len(np.unique(below)) >= 3
        assert below.max() / below.min() > 4.99
    assert len({cut.largest for cut in found}) == len(found)


def test_budgets_of_the_table_count_and_otherwise_stretches_of_compute():
    flop = np.array([5.0, 7.0, 10.0, 14.0, 16.0])
    budget = [5.0, 7.0, np.nan, np.nan, np.nan]
    runs = Runs(np.ones(5), flop / 6, np.ones(5), budget=budget)
    np.testing.assert_allclose(splits.levels(runs), [5.0, 7.0, 14.0, 14.0, 16.0])


def test_hoffmanns_runs_are_cut_where_they_lie_dense():
    runs = read_runs("hoffmann2022_runs").without_highest(5)
    found = list(splits.cuts(runs))
    flop = training_flop(runs.params, runs.tokens)
    assert len(found) == 15
    assert all(flop[cut.larger].min() > cut.largest for cut in found)


def test_a_long_curve_gives_twelve_readings_spread_evenly_and_its_end():
    tokens = np.geomspace(1e9, 1e12, 400)
    runs = Runs(np.full(400, 1e8), tokens, 3 - 0.1 * np.log10(tokens), run=["a"] * 400)
    kept = splits.thinned(runs, runs.run)
    assert len(kept) == 12
    assert kept.tokens[-1] == tokens[-1]
    np.testing.assert_allclose(np.diff(np.log(kept.tokens)), np.log(1e3) / 11, rtol=0.15)
    assert len(splits.independent(runs)) == 12


@pytest.mark.parametrize("run", [None, [f"run {i}" for i in range(96)]])
def test_runs_of_their_own_all_stay(run):
    made = simulate(Laboratory())
    runs = Runs(made.params, made.tokens, made.loss, run=run)
    np.testing.assert_array_equal(splits.independent(runs).loss, runs.loss)


def test_the_same_row_of_two_suites_is_no_copy():
    runs = Runs([1e8, 1e8], [1e9, 1e9], [3.0, 3.0], suite=["a", "b"])
    assert len(splits.independent(runs)) == 2
