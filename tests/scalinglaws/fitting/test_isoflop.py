from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws import reading
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import isoflop
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense
from scalinglaws.prediction import simulation
from scalinglaws.runs import Runs
from tests.scalinglaws.synthetic import LAW


def sweep(law=LAW, budgets=7, sizes=9, factor=20.0, **grid):
    return simulation.Sweep(law, 1e18, 1e22, budgets, sizes, factor, **grid).runs()


def exact_parabolas(a=0.45, curvature=0.03, budgets=5, sizes=6):
    """Runs that lie on parabolas whose minima follow N = 2 C^a exactly."""
    budget = np.repeat(np.geomspace(1e18, 1e21, budgets), sizes)
    u = np.tile(np.linspace(-1.5, 1.0, sizes), budgets)
    params = 2 * budget**a * np.exp(u)
    return Runs(params, budget / (6 * params), 2 + curvature * u**2, budget=budget)


def test_parabolas_are_recovered_exactly():
    runs = exact_parabolas()
    fit = isoflop.fit(runs)
    assert fit.runs is runs
    assert fit.allocation.a == pytest.approx(0.45, abs=1e-10)
    assert fit.allocation.b == pytest.approx(0.55, abs=1e-10)
    assert fit.allocation.N_e == pytest.approx(2, rel=1e-8)
    assert fit.allocation.D_e == pytest.approx(1 / 12, rel=1e-8)
    assert fit.scatter == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(fit.profiles.curvature, 0.03, rtol=1e-8)
    np.testing.assert_allclose(fit.profiles.loss, 2, rtol=1e-10)
    np.testing.assert_allclose(fit.profiles.residuals, 0, atol=1e-10)
    np.testing.assert_allclose(
        fit.profiles.curve(2, fit.profiles.params[2] * np.array([1, np.e])), [2, 2.03], rtol=1e-9
    )
    assert fit.profiles.notices == ()


def test_vertices_agree_with_polyfit():
    runs = sweep()
    noisy = simulation.scatter(runs.loss, 0.002, 1, np.random.default_rng(0))[0]
    order = np.random.default_rng(1).permutation(len(runs))  # of the rows of a table
    found = isoflop.profiles(replace(runs, loss=noisy).take(order))
    for k, compute in enumerate(found.compute):
        x, y = np.log(runs.params[runs.budget == compute]), noisy[runs.budget == compute]
        c2, c1, _ = np.polyfit(x - x.mean(), y, 2)
        assert np.log(found.params[k]) == pytest.approx(x.mean() - c1 / (2 * c2), abs=1e-8)
        assert found.curvature[k] == pytest.approx(c2, rel=1e-8)
        rows = found.group == k
        np.testing.assert_array_equal(rows, found.runs.budget == compute)
        curve = found.curve(k, found.runs.params[rows])
        np.testing.assert_allclose(found.residuals[rows], found.runs.loss[rows] - curve, atol=1e-12)


def test_llama3_has_the_label_of_its_figure():
    runs = reading.read_runs("llama3")
    found = isoflop.fit(runs).allocation
    assert round(found.b, 3) == 0.537
    assert round(found.D_e, 3) == 0.299
    assert found.name == runs.name


def test_hoffmann_has_nine_budgets_and_the_printed_exponents():
    runs = reading.read_runs("hoffmann2022_runs").without_highest(5)
    found = isoflop.fit(replace(runs, budget=isoflop.cluster(runs.flop)))
    assert len(found.profiles.compute) == 9
    assert round(found.allocation.a, 2) == 0.49
    assert round(found.allocation.b, 2) == 0.51


@settings(max_examples=30, deadline=None)
@given(scale=st.floats(0.01, 100), shift=st.floats(-0.5, 3), unit=st.floats(1e-3, 1e3))
def test_exponents_do_not_depend_on_units(scale, shift, unit):
    runs = sweep()
    base = isoflop.fit(runs).allocation
    moved = replace(runs, budget=runs.budget * unit, loss=scale * (runs.loss + shift))
    other = isoflop.fit(moved).allocation
    assert other.a == pytest.approx(base.a, abs=1e-7)
    assert other.b == pytest.approx(base.b, abs=1e-7)


@settings(max_examples=20, deadline=None)
@given(alpha=st.floats(0.2, 0.8), beta=st.floats(0.2, 0.8), factor=st.floats(3, 60))
def test_the_same_centred_grid_gives_the_right_exponent(alpha, beta, factor):
    law = ParametricLaw(1.7, 400.0, 900.0, alpha, beta)
    found = isoflop.fit(sweep(law, factor=factor)).allocation
    assert found.a == pytest.approx(law.a, abs=1e-7)


def bad_budgets():
    runs = exact_parabolas()
    compute = np.unique(runs.budget)
    keep = np.ones(len(runs), dtype=bool)
    keep[np.flatnonzero(runs.budget == compute[0])[2:]] = False
    loss = np.where(runs.budget == compute[1], 4 - runs.loss, runs.loss)
    beyond = runs.params > 2 * compute[2] ** 0.45 * np.exp(-0.2)
    keep[(runs.budget == compute[2]) & beyond] = False
    return replace(runs, loss=loss).take(keep)


def test_bad_budgets_are_named_and_left_out():
    fit = isoflop.fit(bad_budgets())
    assert list(fit.profiles.used) == [False, False, False, True, True]
    two, down, outside = fit.profiles.notices
    assert two == "budget 1e+18 FLOP left out: 2 sizes, and a parabola needs at least three"
    assert down.endswith("left out: opens downwards")
    assert "its minimum, " in outside
    assert "params, is outside the grid of" in outside
    assert fit.allocation.a == pytest.approx(0.45, abs=1e-9)
    # A budget without a parabola has no vertex; residuals are those of the others.
    assert np.isnan(fit.profiles.params[0])
    assert np.isnan(fit.profiles.residuals).sum() == 2


def test_repeated_sizes_do_not_count_twice():
    runs = exact_parabolas(sizes=6)
    first, params = runs.budget == runs.budget.min(), runs.params.copy()
    params[first] = np.repeat(params[first][:2], 3)
    found = isoflop.profiles(replace(runs, params=params))
    assert found.counts[0] == 6
    assert found.sizes[0] == 2
    assert not found.used[0]


def test_a_budget_needs_three_amounts_of_data_too():
    runs = exact_parabolas(sizes=3)
    first, tokens = runs.budget == runs.budget.min(), runs.tokens.copy()
    tokens[np.flatnonzero(first)[1]] = tokens[np.flatnonzero(first)[0]]
    fit = isoflop.fit(replace(runs, tokens=tokens))
    (notice,) = fit.profiles.notices
    assert notice.endswith("2 amounts of data, and a parabola needs at least three")
    assert fit.bootstrap(50).kept[0] == 0


def test_too_few_budgets_are_refused_with_the_reasons():
    runs = replace(bad_budgets(), name="mine.csv")
    with pytest.raises(ScalingLawsError, match="0 of 3 budgets have a usable minimum") as refusal:
        isoflop.fit(runs.take(runs.budget < 1e20))
    assert str(refusal.value).startswith("mine.csv: ")
    assert "opens downwards" in str(refusal.value)


def test_runs_of_unequal_compute_have_no_profiles():
    flop = np.geomspace(1e18, 1e22, 40)
    budget = isoflop.cluster(flop, 0.05, 3)
    assert np.isnan(budget).all()
    runs = Runs(flop**0.5, flop**0.5, np.ones(40), budget=budget)
    with pytest.raises(ScalingLawsError, match="No runs of equal compute"):
        isoflop.profiles(runs)
    assert np.isnan(isoflop.cluster([1e18, 1e18], fewest=3)).all()


@pytest.mark.parametrize("ask", [isoflop.profiles, isoflop.fit, isoflop.ensemble])
def test_runs_without_budgets_are_told_how_to_get_them(ask):
    runs = replace(sweep(), budget=None, name="mine.csv")
    with pytest.raises(ScalingLawsError, match=r"mine\.csv: .*isoflop\.cluster.*on_budgets"):
        ask(runs)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), budgets=st.integers(1, 8), runs=st.integers(3, 12))
def test_clean_budgets_are_found(seed, budgets, runs):
    rng = np.random.default_rng(seed)
    centre = np.geomspace(1e18, 1e18 * 3.0 ** (budgets - 1), budgets)
    flop = np.repeat(centre, runs) * np.exp(rng.uniform(-0.015, 0.015, budgets * runs))
    order = rng.permutation(len(flop))
    found = isoflop.cluster(flop[order], 0.05, 3)
    assert len(np.unique(found)) == budgets
    np.testing.assert_allclose(found, flop[order], rtol=0.031)


def test_flanks_of_a_budget_are_none():
    # Twenty runs fill the width of a budget; three lie just beyond its edge, three far away.
    flop = np.concatenate([np.geomspace(1e20, 1.049e20, 20), np.full(3, 1.06e20), [2e20] * 3])
    found = isoflop.cluster(flop, 0.05, 3)
    assert np.isnan(found[20:23]).all()
    np.testing.assert_allclose(found[:20], np.sqrt(1.049) * 1e20)
    np.testing.assert_allclose(found[23:], 2e20)


def test_near_keeps_sizes_within_the_factor():
    runs = exact_parabolas()
    found = isoflop.profiles(runs)
    u = np.log(runs.params / (2 * runs.budget**0.45))
    np.testing.assert_array_equal(isoflop.near(found, 2.0), np.abs(u) <= np.log(2))
    assert isoflop.near(found, 1e6).all()
    elsewhere = isoflop.near(found, 2.0, middle=3 * found.params)
    np.testing.assert_array_equal(elsewhere, np.abs(u - np.log(3)) <= np.log(2))


def test_near_keeps_the_runs_of_budgets_left_out():
    found = isoflop.profiles(bad_budgets())
    near = isoflop.near(found, 1.0001)
    assert near[~found.used[found.group]].all()


def test_runs_on_no_budget_change_nothing():
    runs = bad_budgets()
    astray = np.append(runs.budget, [np.nan] * 3)
    more = replace(runs.take(np.append(np.arange(len(runs)), [4, 0, 7])), budget=astray)
    with_them, fit = isoflop.fit(more), isoflop.fit(runs)
    assert with_them.allocation == fit.allocation
    assert (with_them.profiles.group[-3:] == -1).all()
    assert np.isnan(with_them.profiles.residuals[-3:]).all()
    np.testing.assert_array_equal(with_them.profiles.counts, fit.profiles.counts)
    assert isoflop.near(with_them.profiles, 1.0001)[-3:].all()


def test_equal_weights_give_the_fit():
    runs = sweep()
    fit = isoflop.fit(runs)
    same = isoflop.ensemble(runs, weights=np.full((2, len(runs)), 3.0))
    np.testing.assert_allclose(same.allocation.a, fit.allocation.a, rtol=1e-10)
    np.testing.assert_allclose(same.allocation.D_e, fit.allocation.D_e, rtol=1e-6)
    np.testing.assert_array_equal(same.kept, fit.profiles.used)


def test_weights_count_runs():
    runs = sweep()
    noise = np.exp(0.003 * np.random.default_rng(1).standard_normal(len(runs)))
    runs = replace(runs, loss=runs.loss * noise)
    counts = np.random.default_rng(2).integers(0, 4, len(runs))
    repeated = runs.take(np.repeat(np.arange(len(runs)), counts))
    weighted = isoflop.ensemble(runs, weights=counts[None]).allocation
    assert weighted.a[0] == pytest.approx(isoflop.fit(repeated).allocation.a, rel=1e-9)


def test_bootstrap_spread_is_that_of_new_runs():
    runs = sweep(sizes=40)
    noisy = simulation.scatter(runs.loss, 0.004, 400, np.random.default_rng(3))
    truth = isoflop.ensemble(runs, noisy).allocation.a.std()
    draws = isoflop.fit(replace(runs, loss=noisy[0])).bootstrap(800, seed=1)
    assert draws.failed == 0
    assert draws.allocation.a.std() == pytest.approx(truth, rel=0.25)


def test_bootstrap_keeps_to_its_budgets_and_its_seed():
    fit = isoflop.fit(bad_budgets())
    one = fit.bootstrap(200, seed=5)
    np.testing.assert_array_equal(one.allocation.a, fit.bootstrap(200, seed=5).allocation.a)
    assert (one.kept[:3] == 0).all()
    assert (one.kept[3:] > 0.9).all()
    # Exact parabolas have exact vertices, whichever runs are drawn.
    drawn = one.allocation.a[np.isfinite(one.allocation.a)]
    np.testing.assert_allclose(drawn, 0.45, atol=1e-7)
    assert one.failed == np.mean(np.isnan(one.allocation.a))
    with pytest.raises(ValueError, match="resamples is 0"):
        fit.bootstrap(0)


def test_shared_training_widens_the_interval_by_size():
    # One error per size, shared by all budgets: drawing runs cannot see it.
    budget = np.repeat(np.geomspace(1e19, 1e21, 8), 10)
    params = np.tile(np.geomspace(1e8, 3e9, 10), 8)
    tokens = budget / (6 * params)
    shared = np.tile(0.01 * np.random.default_rng(4).standard_normal(10), 8)
    loss = LAW.loss(params, tokens) * np.exp(shared)
    fit = isoflop.fit(Runs(params, tokens, loss, budget=budget))
    within, whole = (fit.bootstrap(600, 2, by_size=by_size) for by_size in (False, True))
    assert np.nanstd(whole.allocation.a) > 1.3 * np.nanstd(within.allocation.a)


def steep_optimum(compute, exponent):
    """The optimum where C = 6 N D (N / 1e9)^exponent: that of A N^-alpha + k N^steep."""
    steep = (1 + exponent) * LAW.beta
    k = LAW.B * (compute / 6 * 1e9**exponent) ** -LAW.beta
    return (LAW.alpha * LAW.A / (steep * k)) ** (1 / (LAW.alpha + steep))


def test_counted_optimum_is_the_closed_form_for_6nd():
    runs = sweep()
    compute = np.geomspace(1e15, 1e22, 15)
    found = isoflop.counted_optimum(LAW, compute, runs)
    closed = dense.optimal(LAW, compute).params
    lowest, highest = runs.params.min() / np.e, runs.params.max() * np.e
    assert closed[0] < lowest < closed[-1] < highest  # sought no further than that
    np.testing.assert_allclose(found, np.clip(closed, lowest, highest), rtol=1e-6)


def test_counted_optimum_moves_when_size_costs_more():
    runs = sweep()
    compute = np.unique(runs.budget)
    dearer = (runs.params / 1e9) ** 0.3
    runs = replace(runs, tokens=runs.tokens / dearer, flop=runs.budget)
    found = isoflop.counted_optimum(LAW, compute, runs)
    np.testing.assert_allclose(found, steep_optimum(compute, 0.3), rtol=1e-6)


def test_counted_optimum_may_sit_at_a_kink():
    # C = 6 N D (N / 1e9)^0.5 up to the middle size, and to the power 2 above it: between the
    # budgets whose optimum lies on either side, the best size is the middle one.
    sizes = np.array([1e7, 1e9, 1e11])
    runs = Runs(sizes, 20 * sizes, [3, 2, 1], flop=120 * sizes**2 * np.array([0.1, 1.0, 1e4]))
    compute = np.geomspace(1e18, 1e22, 41)
    below, above = steep_optimum(compute, 0.5), steep_optimum(compute, 2.0)
    expected = np.where(below < 1e9, below, np.where(above > 1e9, above, 1e9))
    assert 5 < (expected == 1e9).sum() < 20
    np.testing.assert_allclose(isoflop.counted_optimum(LAW, compute, runs), expected, rtol=1e-6)


@pytest.mark.parametrize("minimum", isoflop.MINIMA)
def test_every_way_finds_the_minimum_of_a_parabola(minimum):
    size = np.geomspace(1e8, 4e9, 41)
    # In loss a parabola, in log loss nearly: fine sizes leave the spline little to add.
    loss = 3 + 0.05 * np.log(size / 5e8) ** 2
    found = isoflop.profiles(
        Runs(size, 1e19 / (6 * size), loss, budget=[1e19] * 41), minimum=minimum
    )
    assert found.params[0] == pytest.approx(5e8, rel=2e-3)
    assert found.loss[0] == pytest.approx(3, rel=1e-6)
    assert found.curvature[0] == pytest.approx(0.05, rel=0.02)
    assert found.curve(0, 1e9) == pytest.approx(3 + 0.05 * np.log(2) ** 2, rel=1e-5)


@pytest.mark.parametrize("minimum", ["window", "akima"])
def test_far_runs_move_a_whole_parabola_only(minimum):
    size = np.geomspace(1e8, 2e10, 31)
    off = np.log(size / 5e8)
    loss = 3 + 0.05 * off**2 + 0.5 * (off.clip(1.5) - 1.5) ** 2
    runs = Runs(size, 1e19 / (6 * size), loss, budget=[1e19] * 31)
    assert abs(np.log(isoflop.profiles(runs).params[0] / 5e8)) > 0.1
    found = isoflop.profiles(runs, minimum=minimum)
    assert found.params[0] == pytest.approx(5e8, rel=3e-3)
    near = np.abs(np.log(size / 5e8)) < 1.3
    np.testing.assert_allclose(found.residuals[near], 0, atol=1e-4)
    assert np.isnan(found.residuals[-1]) == (minimum == "window")


def test_a_spline_that_falls_to_the_end_has_no_minimum():
    size = np.array([1e8, 2e8, 4e8, 8e8] * 3)
    budget = np.repeat([1e19, 2e19, 4e19], 4)
    runs = Runs(size, budget / (6 * size), 3 - 0.1 * np.log(size / 1e8), budget=budget)
    found = isoflop.profiles(runs, minimum="akima")
    assert set(found.status) == {"its lowest loss is at an end of the grid"}
    with pytest.raises(ScalingLawsError, match="0 of 3 budgets have a usable minimum"):
        isoflop.fit(runs, minimum="akima")


@pytest.mark.parametrize("minimum", ["window", "akima"])
def test_other_minima_are_resampled_too(minimum):
    fit = isoflop.fit(reading.read_runs("llama3"), minimum=minimum)
    same = isoflop.ensemble(fit.runs, weights=np.ones((2, len(fit.runs))), minimum=minimum)
    np.testing.assert_allclose(same.allocation.a, fit.allocation.a, rtol=1e-12)
    draws = fit.bootstrap(20)
    assert draws.failed == 0
    assert abs(np.median(draws.allocation.a) - fit.allocation.a) < 3 * draws.allocation.a.std()


def test_an_unknown_way_to_a_minimum_is_refused():
    with pytest.raises(ScalingLawsError, match="expected one of parabola, window, akima"):
        isoflop.profiles(reading.read_runs("llama3"), minimum="spline")
