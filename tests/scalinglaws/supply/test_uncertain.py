import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws.errors import ScalingLawsError
from scalinglaws.supply import uncertain
from scalinglaws.supply.uncertain import Distribution, fixed

positives = st.floats(1e-6, 1e12)
levels = st.floats(0.5, 0.99)


@given(
    positives,
    st.floats(1.1, 1e4),
    st.sampled_from(["lognormal", "normal", "loguniform", "uniform"]),
    levels,
)
def test_the_stated_ends_are_the_quantiles(low, ratio, kind, level):
    one = Distribution(low, low * ratio, level, kind=kind)
    ends = one.interval(level)
    assert ends == pytest.approx((low, low * ratio), rel=1e-6)


@given(positives, st.floats(1.1, 1e3), st.floats(0.05, 0.95), levels)
def test_a_median_off_the_middle_keeps_all_three(low, ratio, place, level):
    value = low * ratio**place
    one = Distribution(low, low * ratio, level, value)
    assert one.median == pytest.approx(value, rel=1e-9)
    assert one.interval(level) == pytest.approx((low, low * ratio), rel=1e-6)


@given(st.floats(0.01, 0.4), st.floats(0.5, 0.99))
def test_shares_stay_shares(low, high):
    one = Distribution(low, high, kind="logit")
    assert one.interval(0.95) == pytest.approx((low, high), rel=1e-6)
    extreme = one.at(np.array([-8.0, 8.0]))
    assert 0 < extreme[0] < low
    assert high < extreme[1] <= 1


def test_four_bytes_a_token_between_two_and_five():
    # Six minus a lognormal quantity of 1 to 4, as Villalobos et al. have it in their code.
    one = Distribution(2, 5, kind="reflected", offset=6)
    assert one.median == pytest.approx(4)
    assert one.interval(0.95) == pytest.approx((2, 5), rel=1e-9)


def test_a_floor_raises_what_falls_below_it():
    one = Distribution(2, 5, kind="reflected", offset=6)
    floored = Distribution(2, 5, kind="reflected", offset=6, floor=1)
    assert one.at(-4.0) < 0
    assert floored.at([-4.0, 0.0, 1.0]) == pytest.approx([1, one.at(0.0), one.at(1.0)])


def test_lognormal_median_is_the_geometric_mean():
    assert Distribution(2, 8).median == pytest.approx(4)
    assert Distribution(2, 8, value=4).at(1.0) == pytest.approx(Distribution(2, 8).at(1.0))


def test_what_is_known_does_not_vary():
    assert fixed(-3.0).at([-1.0, 0.0, 2.0]) == pytest.approx([-3, -3, -3])
    assert fixed(5.0).median == 5
    draws = uncertain.sample({"a": fixed(2.0), "b": Distribution(1, 2)}, 10, 1)
    assert draws["a"].shape == ()
    assert draws["b"].shape == (10,)


def test_draws_have_the_stated_quantiles():
    one = Distribution(10, 1000, 0.9)
    draws = uncertain.sample({"x": one}, 200_000, 7)["x"]
    found = uncertain.summarise(draws, 0.9)
    assert abs(found.median - 100) < 4 * found.median_error
    assert abs(found.low - 10) < 4 * found.low_error
    assert abs(found.high - 1000) < 4 * found.high_error


def test_the_same_seed_gives_the_same_draws():
    both = [uncertain.sample({"x": Distribution(1, 2)}, 5, seed)["x"] for seed in (3, 3, 4)]
    np.testing.assert_array_equal(both[0], both[1])
    assert not np.array_equal(both[0], both[2])


def test_a_product_of_lognormals_is_lognormal():
    factors = {"a": Distribution(1, 4), "b": Distribution(10, 1000), "c": fixed(3.0)}
    draws = uncertain.sample(factors, 400_000, 11)
    found = uncertain.summarise(draws["a"] * draws["b"] * draws["c"])
    width = math.hypot(math.log(4), math.log(100)) / 2
    assert found.median == pytest.approx(2 * 100 * 3, abs=4 * found.median_error)
    assert found.high == pytest.approx(600 * math.exp(width), abs=4 * found.high_error)


def test_monte_carlo_errors_are_those_of_repeated_runs():
    runs = [
        uncertain.summarise(uncertain.sample({"x": Distribution(1, 9)}, 2000, seed)["x"])
        for seed in range(200)
    ]
    for part in ("median", "low", "high"):
        scatter = np.std([getattr(run, part) for run in runs])
        claimed = np.mean([getattr(run, f"{part}_error") for run in runs])
        assert claimed == pytest.approx(scatter, rel=0.25)


@pytest.mark.parametrize("wanted", [-0.7, 0.3, 1.0])
def test_correlations_are_met(wanted):
    names = {"a": Distribution(1, 4), "b": Distribution(2, 3), "c": Distribution(1, 2)}
    draws = uncertain.sample(names, 100_000, 5, {("a", "b"): wanted})
    logs = np.corrcoef([np.log(draws[name]) for name in "abc"])
    assert logs[0, 1] == pytest.approx(wanted, abs=0.01)
    assert abs(logs[0, 2]) < 0.02
    assert uncertain.summarise(draws["a"]).low == pytest.approx(1, rel=0.03)


def test_correlations_with_what_is_known_change_nothing():
    draws = uncertain.sample({"a": fixed(1.0), "b": Distribution(1, 2)}, 5, 1, {("a", "b"): 0.5})
    plain = uncertain.sample({"a": fixed(1.0), "b": Distribution(1, 2)}, 5, 1)
    np.testing.assert_allclose(draws["b"], plain["b"])


@pytest.mark.parametrize(
    ("correlations", "message"),
    [
        ({("a", "z"): 0.5}, "names no quantity 'z'. The quantities are a, b, c"),
        ({("a", "b"): 1.5}, "is 1.5; expected two different quantities and a number from -1 to 1"),
        ({("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}, "contradict one another"),
    ],
)
def test_impossible_correlations_are_refused(correlations, message):
    with pytest.raises(ScalingLawsError, match=message):
        uncertain.sample({name: Distribution(1, 2) for name in "abc"}, 5, 1, correlations)


def test_tornado_puts_the_widest_first():
    factors = {"narrow": Distribution(1, 2), "known": fixed(3.0), "wide": Distribution(1, 100)}
    rows = uncertain.tornado(lambda v: v["narrow"] * v["known"] / v["wide"], factors)
    assert [row.name for row in rows] == ["wide", "narrow"]
    assert [row.size for row in rows] == pytest.approx([100, 2])
    assert rows[0].low == pytest.approx(3 * math.sqrt(2))


def test_sobol_indices_of_a_product_are_the_shares_of_its_log_variance():
    factors = {"a": Distribution(1, 2), "b": Distribution(1, 8), "c": fixed(7.0)}
    found = uncertain.sobol(lambda v: np.log(v["a"] * v["b"] * v["c"]), factors, 1024)
    exact = uncertain.log_shares(factors)
    assert found.names == ("a", "b")
    assert found.runs == 1024 * 4
    assert list(exact.values()) == pytest.approx([0.1, 0.9])
    for indices, errors in ((found.first, found.first_error), (found.total, found.total_error)):
        for name, index, error in zip(found.names, indices, errors, strict=True):
            assert abs(index - exact[name]) < 1.5 * error
            assert error < 0.1


def test_sobol_totals_count_interactions():
    # x y with both symmetric about zero: no first-order effect at all.
    factors = {name: Distribution(-1, 1, kind="normal") for name in "xy"}
    found = uncertain.sobol(lambda v: v["x"] * v["y"], factors, 1024)
    assert np.abs(found.first).max() < 0.1
    assert found.total == pytest.approx([1, 1], abs=0.15)


def test_sobol_refuses_what_it_cannot_share_out():
    with pytest.raises(ScalingLawsError, match="All quantities are known"):
        uncertain.sobol(lambda v: v["a"], {"a": fixed(1.0)})
    with pytest.raises(ScalingLawsError, match="points is 1000; a Sobol sequence needs a power"):
        uncertain.sobol(lambda v: v["a"], {"a": Distribution(1, 2)}, 1000)
    with pytest.raises(ScalingLawsError, match="the same for all draws"):
        uncertain.sobol(lambda v: 0 * v["a"], {"a": Distribution(1, 2)}, 64)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"low": 5, "high": 2}, "the low end 5 is above the high end 2; swap them"),
        ({"low": 0, "high": 2}, "the low end is 0; a lognormal quantity is positive"),
        ({"low": 1, "high": 2, "level": 95}, "the level is 95; expected a coverage between 0 and"),
        ({"low": 0.5, "high": 1.2, "kind": "logit"}, "0.5 to 1.2; a share lies between 0 and 1"),
        ({"low": 1, "high": 2, "value": 3}, "the value 3 is not inside its interval, 1 to 2"),
        ({"low": 1, "high": 1, "value": 3}, "the value 3 is not that of the interval"),
        ({"low": 1, "high": 2, "kind": "gaussian"}, "'gaussian' is no kind of distribution"),
        ({"low": 1, "high": math.inf}, "must be finite"),
        ({"low": 1, "high": 7, "kind": "reflected", "offset": 6}, "must be below the offset, 6"),
        ({"low": 1, "high": 3, "value": 2, "kind": "uniform"}, "leave the value out"),
        ({"low": 1, "high": 3, "floor": 2}, "the floor 2 is above the low end 1"),
    ],
)
def test_what_is_no_interval_is_refused(arguments, message):
    with pytest.raises(ScalingLawsError, match=message):
        Distribution(**arguments)


def test_shares_of_what_is_lopsided_are_refused():
    with pytest.raises(ScalingLawsError, match="not symmetric in the logarithm"):
        uncertain.log_shares({"a": Distribution(2, 5, value=4)})


def test_too_few_draws_are_refused():
    with pytest.raises(ScalingLawsError, match="expected at least 1"):
        uncertain.sample({"a": Distribution(1, 2)}, 0, 1)
    with pytest.raises(ScalingLawsError, match="1 draws have no interval"):
        uncertain.summarise([1.0])
