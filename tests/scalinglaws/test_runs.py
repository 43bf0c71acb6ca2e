"""A table of runs: what is kept, chosen and refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws.errors import ScalingLawsError
from scalinglaws.runs import Runs

COLUMNS = {
    "params": [1e8, 2e8, 4e8, 8e8],
    "tokens": [2e9, 4e9, 8e9, 1e9],
    "loss": [3.4, 3.6, 2.9, 3.6],
}
LABELLED = Runs(
    **COLUMNS,
    flop=[1e18, 2e18, 3e18, 4e18],
    budget=[1e18, np.nan, 3e18, 3e18],
    suite=["a", "b", "a", "c"],
    run=["1", "2", "1", "4"],
    name="mine",
)
EVERY = ("params", "tokens", "loss", "flop", "budget", "suite", "run")


def test_columns_are_arrays_of_floats():
    runs = Runs([100, 200], (1000, 3000), np.array([3, 2]))
    assert (len(runs), runs.name) == (2, "")
    assert {runs.params.dtype, runs.tokens.dtype, runs.loss.dtype, runs.flop.dtype} == {
        np.dtype(float)
    }
    assert (runs.budget, runs.suite, runs.run) == (None, None, None)
    np.testing.assert_allclose(runs.tokens_per_param, [10, 15])


def test_compute_is_that_of_size_and_data_unless_given():
    np.testing.assert_allclose(Runs(**COLUMNS).flop, [1.2e18, 4.8e18, 1.92e19, 4.8e18])
    assert LABELLED.flop.tolist() == [1e18, 2e18, 3e18, 4e18]
    assert LABELLED.suite.tolist() == ["a", "b", "a", "c"]
    assert LABELLED.name == "mine"


@pytest.mark.parametrize("number", [1e200, 1e-200])
def test_compute_beyond_all_numbers_is_refused(number):
    with pytest.raises(ScalingLawsError, match="^mine: 6 params tokens is beyond all numbers"):
        Runs([number], [number], [1.0], name="mine")


def test_what_is_shown_is_short():
    ranges = "params 100M to 800M, tokens 1B to 8B, loss 2.9 to 3.6"
    assert repr(LABELLED) == f"Runs: 4 of mine in 3 suites, {ranges}"
    assert repr(Runs(**COLUMNS)) == f"Runs: 4, {ranges}"
    assert repr(LABELLED.take(np.array([], dtype=int))) == "Runs: 0 of mine"


def test_runs_do_not_change():
    with pytest.raises(AttributeError, match="cannot assign"):
        LABELLED.loss = [1.0]
    with pytest.raises(TypeError, match="positional"):
        Runs([1.0], [1.0], [1.0], [1.0])


@pytest.mark.parametrize("which", [[2, 0], [0, 0, 3], []])
def test_a_selection_keeps_every_column(which):
    taken = LABELLED.take(np.array(which, dtype=int))
    for key in EVERY:
        np.testing.assert_array_equal(getattr(taken, key), getattr(LABELLED, key)[which])
    assert (taken.name, len(taken)) == ("mine", len(which))
    plain = Runs(**COLUMNS, name="plain").take(np.array([1]))
    assert (plain.budget, plain.suite, plain.run, plain.name) == (None, None, None, "plain")
    assert plain.flop.tolist() == [4.8e18]


def test_a_mask_selects_too():
    assert LABELLED.take(LABELLED.suite == "a").params.tolist() == [1e8, 4e8]
    with pytest.raises(IndexError):
        LABELLED.take(np.array([True, False]))
    with pytest.raises(IndexError):
        LABELLED.take(np.array([4]))


@pytest.mark.parametrize(
    ("drop", "kept"), [(0, [0, 1, 2, 3]), (1, [0, 2, 3]), (2, [0, 2]), (3, [2])]
)
def test_the_highest_losses_are_left_out(drop, kept):
    # Of equal losses the first goes first.
    found = LABELLED.without_highest(drop)
    assert found.params.tolist() == LABELLED.params[kept].tolist()
    assert found.suite.tolist() == LABELLED.suite[kept].tolist()


@pytest.mark.parametrize("drop", [-1, 4, 5])
def test_some_runs_must_be_left(drop):
    expected = f"^drop_highest is {drop}; mine has 4 runs, of which 0 to 3 can be left out.$"
    with pytest.raises(ScalingLawsError, match=expected):
        LABELLED.without_highest(drop)


@given(st.integers(1, 60), st.integers(0, 50))
def test_a_sample_is_a_part_in_the_same_order(most, seed):
    sizes = 1e8 * np.arange(1, 41)
    runs = Runs(sizes, sizes, np.ones(40), suite=[str(i) for i in range(40)])
    part = runs.sample(most, seed)
    assert len(part) == min(most, 40)
    assert (np.diff(part.params) > 0).all()
    assert set(part.params) <= set(sizes)
    assert part.suite.tolist() == [str(round(size / 1e8) - 1) for size in part.params]
    np.testing.assert_array_equal(runs.sample(most, seed).params, part.params)
    if most >= 40:
        assert part is runs


def test_a_sample_is_of_its_seed():
    runs = Runs(np.arange(1.0, 1001), np.ones(1000), np.ones(1000))
    parts = [runs.sample(500, seed).params for seed in (0, 1)]
    assert len(set(parts[0]) & set(parts[1])) < 400
    np.testing.assert_array_equal(runs.sample(500).params, parts[0])
    assert abs(parts[0].mean() - 500) < 40


def test_enough_runs_are_asked_for():
    LABELLED.require(4, "a bootstrap", "without_highest")
    expected = (
        r"^mine: 4 runs are left to fit; a bootstrap needs at least 5. Leave fewer out "
        r"\(without_highest\) or add runs; .* does with six.$"
    )
    with pytest.raises(ScalingLawsError, match=expected):
        LABELLED.require(5, "a bootstrap", "without_highest")


# What is refused


@pytest.mark.parametrize("key", EVERY)
def test_columns_are_of_one_length(key):
    given = {k: getattr(LABELLED, k) for k in EVERY}
    with pytest.raises(
        ScalingLawsError, match=rf"^these runs: the columns must be of one length, .*{key} \(3,\)"
    ):
        Runs(**given | {key: given[key][:3]})


def test_columns_have_one_axis():
    grid = np.ones((2, 2))
    with pytest.raises(
        ScalingLawsError,
        match=r"^mine: .* shapes params \(2, 2\), tokens \(2, 2\), loss \(2, 2\).$",
    ):
        Runs(grid, grid, grid, name="mine")
    with pytest.raises(ScalingLawsError, match=r"params \(\), tokens \(\), loss \(\)"):
        Runs(1e9, 2e9, 3.0)


@pytest.mark.parametrize("key", ["params", "tokens", "loss", "flop", "budget"])
@pytest.mark.parametrize("bad", [0.0, -2.5, np.inf, np.nan])
def test_the_first_bad_number_is_named_by_its_row(key, bad):
    given = {k: getattr(LABELLED, k).copy() for k in ("params", "tokens", "loss", "flop", "budget")}
    given[key][1] = given[key][3] = bad
    if key == "budget" and np.isnan(bad):  # of no profile
        assert np.isnan(Runs(**given).budget[1])
        return
    with pytest.raises(ScalingLawsError, match=f"^mine, row 2: {key} is {bad:g}; "):
        Runs(**given, name="mine")
    with pytest.raises(ScalingLawsError, match="^these runs, row 2"):
        Runs(**given)


def test_runs_own_their_columns():
    loss = np.array([3.4, 3.1])
    runs = Runs([1e8, 2e8], [2e9, 4e9], loss)
    loss[0] = 99
    assert runs.loss[0] == 3.4
    with pytest.raises(ValueError, match="read-only"):
        runs.loss[0] = 99
    assert len({runs, runs, runs.take(np.array([0, 1]))}) == 2  # each is itself


# Copies, and rows of one run


def test_rows_of_one_run_are_a_group_and_others_are_their_own():
    runs = Runs([1e8] * 5, [1e9] * 5, [3, 3, 3, 3, 3], run=["b", "", "a", "b", ""])
    assert runs.groups.tolist() == [0, 1, 2, 0, 3]
    assert Runs([1e8] * 2, [1e9] * 2, [3, 3]).groups.tolist() == [0, 1]


def test_runs_of_one_name_in_two_suites_are_two():
    runs = Runs([1e8] * 3, [1e9] * 3, [3] * 3, run=["a"] * 3, suite=["x", "y", "x"])
    assert runs.groups.tolist() == [0, 1, 0]


def test_a_copy_equals_in_every_column():
    columns = {"params": [1e8] * 4, "tokens": [1e9] * 4, "loss": [3.0, 3.0, 3.0, 3.1]}
    assert Runs(**columns).distinct().loss.tolist() == [3.0, 3.1]
    named = Runs(**columns, run=["a", "b", "a", "a"])
    assert named.distinct().run.tolist() == ["a", "b", "a"]
    budget = [np.nan, 1e18, np.nan, np.nan]
    assert len(Runs(**columns, budget=budget).distinct()) == 3
    whole = named.distinct()
    assert whole.distinct() is whole
