"""The loss of a run that is not trained yet: exact laws, bands, what is refused and why."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws import Laboratory, Runs, ScalingLawsError, predict, published, simulate, table
from scalinglaws.laws import GeneralLaw
from scalinglaws.prediction.forecast import Forecast, Outlook
from scalinglaws.reading import read_runs
from scalinglaws.units import training_flop

LAW = published["besiroglu2024"]
RUN = {"params": 7e10, "tokens": 1.4e12}
SIMULATED = simulate(Laboratory())
HELD = Outlook(SIMULATED)


def drawn(params, tokens, noise=0.004, **columns):
    rng = np.random.default_rng(0)
    loss = LAW.loss(params, tokens) * np.exp(noise * rng.standard_normal(len(params)))
    return Runs(params, tokens, loss, **columns)


def test_an_exact_law_is_followed_to_larger_runs():
    found = predict(simulate(Laboratory(noise=0.0)), **RUN)
    truth = float(LAW.loss(**RUN))
    np.testing.assert_allclose([found.loss, found.law_low, found.law_high], truth, rtol=1e-4)
    assert found.h == pytest.approx(6 * 7e10 * 1.4e12 / 1e21)
    assert found.kind == "extrapolates"


def test_an_exponent_of_the_data_that_varies_is_followed_too():
    made = simulate(Laboratory(noise=0.0))
    law = GeneralLaw(1.8, 480.0, 2000.0, 0.35, 0.2, gamma=0.008)
    runs = Runs(made.params, made.tokens, law.loss(made.params, made.tokens))
    assert predict(runs, **RUN).loss == pytest.approx(float(law.loss(**RUN)), rel=1e-4)


def test_for_a_budget_the_run_is_the_optimum():
    found = predict(simulate(Laboratory(noise=0.0)), compute=1e20)
    best = LAW.optimum(compute=1e20)
    assert found.params == pytest.approx(float(best.params), rel=1e-2)
    assert found.loss == pytest.approx(float(best.loss), rel=1e-5)
    assert (found.h, found.kind) == (pytest.approx(0.1), "interpolates")
    assert found.params_low < best.params < found.params_high


def test_the_same_runs_give_the_same_and_a_higher_level_more():
    assert predict(SIMULATED, compute=1e22) == HELD.forecast(compute=1e22)
    ends = [HELD.forecast(compute=1e22, level=level) for level in (0.98, 0.95, 0.8, 0.5)]
    assert sorted(each.low for each in ends) == [each.low for each in ends]
    assert sorted((each.high for each in ends), reverse=True) == [each.high for each in ends]
    assert all(each.low < each.loss < each.high for each in ends)


# Published runs that were held out


@pytest.mark.parametrize(("model", "error"), [(0, 0.005), (1, 0.02)])
def test_the_ladder_predicts_its_targets(model, error):
    """Bhagia et al. 2024 predict a 7B and a 13B model from 25 runs of 190M to 3B parameters."""
    runs = table("bhagia2024_final")
    ladder, targets = runs.of_suite("bhagia2024-c4"), runs.of_suite("bhagia2024-target")
    found = predict(ladder, params=targets.params[model], tokens=targets.tokens[model])
    assert found.low < targets.loss[model] < found.high
    assert abs(np.log(targets.loss[model] / found.loss)) < error
    assert found.h > 10
    assert "beyond the ratios of these runs" in found.warnings[0]


def test_gadres_two_dearest_models_are_predicted_from_twenty_times_less():
    """Gadre et al. 2024: 1.4B and 6.9B parameters, on three corpora and eight texts."""
    held = []
    for runs in table("gadre2024").split().values():
        compute = training_flop(runs.params, runs.tokens)
        outlook = Outlook(runs.take(compute < compute.max() / 20))
        assert outlook.without == "gadre"  # by the widths of the other laboratories
        for place in np.argsort(compute)[-2:]:
            found = outlook.forecast(params=runs.params[place], tokens=runs.tokens[place])
            held.append(found.low < runs.loss[place] < found.high)
    assert len(held) == 48
    assert 0.9 <= np.mean(held) <= 1


def test_the_laws_own_interval_is_named_and_narrower():
    found = predict(read_runs("hoffmann2022_runs").without_highest(5), **RUN)
    assert found.low < found.law_low < found.law_high < found.high
    assert found.high - found.low > 3 * (found.law_high - found.law_low)


# What cannot be told


def test_beyond_a_hundred_times_there_is_no_band_but_a_trend():
    near, far = HELD.forecast(compute=0.99e23), HELD.forecast(compute=1e24)
    assert near.low is not None
    assert (far.low, far.high, far.params_low, far.params_high) == (None,) * 4
    assert far.law_low < far.loss < far.law_high
    low, high = far.extrapolated
    assert low < far.law_low < far.law_high < high
    assert "1K times the compute of the largest run, and the calibration reaches 100" in far.reason
    assert "If the trend of its width went on, it would be" in far.reason
    assert "optimal size: 1K times the compute" in far.reason
    assert HELD.forecast(compute=1e27).extrapolated is not None
    assert HELD.forecast(compute=1e60).extrapolated is None


def test_the_size_has_a_band_up_to_thirty_times():
    near, far = HELD.forecast(compute=2.9e22), HELD.forecast(compute=3.1e22)
    assert near.params_low < near.params < near.params_high
    assert near.reason is None
    assert (far.params_low, far.params_high) == (None, None)
    low, high = far.params_extrapolated
    assert high / low > near.params_high / near.params_low
    assert near.params_extrapolated is None
    assert HELD.forecast(compute=1e30).params_extrapolated is None
    assert far.low < far.loss < far.high
    assert far.reason.startswith("No calibrated interval of the optimal size: 31 times")
    assert HELD.forecast(**RUN).params_low is None  # not asked for


CELLS = np.array([[n, d] for n in (1e8, 2e8, 4e8) for d in (1e9, 8e9)]).T
SIZES = np.geomspace(1e8, 2e9, 20)
LADDER = np.geomspace(1e8, 1e10, 60)


@pytest.mark.parametrize(
    ("runs", "asked", "reason", "warning"),
    [
        (drawn(*CELLS), {"compute": 1e20}, "6 runs on 6 budgets over a factor", ""),
        (drawn(SIZES, 1e20 / 6 / SIZES), {"compute": 1e21}, "20 runs on 1 budget over a factor 1 ",
         "all runs are on one budget"),
        (drawn(LADDER, 20 * LADDER), {"compute": 1e23}, "one ratio of tokens to parameters",
         "the law holds along it only"),
        (drawn(LADDER, 20 * LADDER), {"params": 1e10, "tokens": 5e12}, "one ratio of tokens", ""),
        (drawn(np.full(30, 1e9), np.geomspace(1e9, 1e12, 30)), {"params": 1e9, "tokens": 2e12},
         "all runs have the same params", ""),
        (drawn(np.geomspace(1e7, 1e10, 30), np.full(30, 1e10)), {"params": 2e10, "tokens": 1e10},
         "all runs have the same tokens", ""),
        (SIMULATED, {"params": 1e8, "tokens": 1e13}, "tokens per parameter are 130 times beyond",
         "above the least loss of its compute"),
        (SIMULATED, {"compute": 1e15}, "it takes 0.001 times the compute of the smallest run", ""),
        (SIMULATED, {"compute": 1e22, "level": 0.99}, "holds levels from 0.5 to 0.98", ""),
        (SIMULATED, {"params": 1e150, "tokens": 1e150}, "times the compute of the largest", ""),
    ],
)  # fmt: skip
def test_where_nothing_alike_was_tried_it_says_so_and_what_the_law_says(
    runs, asked, reason, warning
):
    found = predict(runs, **asked)
    assert (found.low, found.high) == (None, None)
    assert reason in found.reason
    assert warning in " ".join(found.warnings)
    assert found.law_low <= found.law_high
    assert np.isfinite(found.loss)


def test_runs_at_one_ratio_keep_it():
    found = predict(drawn(LADDER, 20 * LADDER), compute=1e23)
    assert found.tokens / found.params == pytest.approx(20)
    assert found.loss == pytest.approx(float(LAW.loss(found.params, found.tokens)), rel=0.02)
    assert "No optimal size can be told" in found.reason


def test_a_hole_of_the_table_is_answered_and_named():
    hole = (SIMULATED.params < 1e8) | (SIMULATED.params > 4e9)
    run = {"params": 6e8, "tokens": 2e10}
    found = predict(SIMULATED.take(hole), **run)
    assert found.low < LAW.loss(**run) < found.high
    assert found.kind == "interpolates"
    assert "it lies in a hole of the table, where bands held less" in found.warnings[-1]
    assert not HELD.forecast(**run).warnings


def test_a_run_like_those_at_hand_is_no_hole_and_one_unlike_them_no_interpolation():
    for params, tokens, kind in ((1e9, 2e10, "interpolates"), (1e13, 1e7, "extrapolates"),
                                 (1e6, 1e13, "extrapolates")):  # fmt: skip
        found = HELD.forecast(params=params, tokens=tokens)
        assert found.h < 1
        assert found.kind == kind


def test_copies_tell_nothing_more():
    columns = (np.tile(each, 10) for each in (SIMULATED.params, SIMULATED.tokens, SIMULATED.loss))
    found, once = predict(Runs(*columns), compute=1e22), HELD.forecast(compute=1e22)
    assert (found.loss, found.low, found.law_low) == (once.loss, once.low, once.law_low)
    assert found.n_used == once.n_used
    assert found.warnings[0].startswith("864 of 960 rows left out: copies")


def test_readings_of_one_training_are_thinned_and_suites_named():
    runs = table("gemstones2025", suite="gemstones-hot")
    found = predict(runs, compute=1e22)
    assert found.n_used < 70
    assert "220 rows left out" in found.warnings[0]
    both = table("isoflop_runs")
    assert "the table has 5 suites" in predict(both, compute=1e22).warnings[0]


def test_runs_that_fix_no_optimum_still_predict_a_run_of_given_size():
    made = simulate(Laboratory(budgets=4, sizes=6))
    rising = Runs(made.params, made.tokens, 1 + made.params / made.params.max())
    with pytest.raises(ScalingLawsError, match=r"fix no optimum at 1e\+24 FLOP"):
        predict(rising, compute=1e24)
    assert np.isfinite(predict(rising, params=1e9, tokens=1e10).loss)


@settings(max_examples=25, deadline=None)
@given(st.floats(5.0, 13.0), st.floats(5.0, 15.0), st.floats(0.5, 0.98))
def test_whatever_is_asked_ends_are_in_order_or_explained(params, tokens, level):
    found = HELD.forecast(params=10**params, tokens=10**tokens, level=level)
    assert found.law_low < found.law_high
    if found.low is None:
        assert found.high is None
        assert found.reason
    else:
        assert 0 < found.low < found.loss < found.high
        assert found.reason is None


# What is asked, and what is refused


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "nothing given; expected params and tokens"),
        ({"params": 7e10}, "params given; expected params and tokens"),
        ({**RUN, "compute": 1e24}, "params and tokens and compute given"),
        ({"tokens": 1e12, "compute": 1e24}, "tokens and compute given"),
        ({"params": -1.0, "tokens": 1e12}, "params is -1; it must be positive"),
        ({"compute": np.inf}, "compute is inf; it must be positive and finite"),
        ({**RUN, "level": 1.0}, "level is 1; expected a coverage"),
        ({"params": [1e9, 2e9], "tokens": 1e10}, "params is .*; expected one number, of one run"),
        ({"params": "70B", "tokens": 1e10}, "params is '70B'; expected one number, of one run"),
    ],
)
def test_what_is_asked_is_checked(asked, message):
    with pytest.raises(ScalingLawsError, match=message):
        predict(SIMULATED, **asked)


def test_too_few_runs_and_what_is_no_table_are_refused():
    with pytest.raises(ScalingLawsError, match="5 runs that differ; a prediction takes at least 6"):
        predict(SIMULATED.take(np.arange(5)), **RUN)
    with pytest.raises(ScalingLawsError, match="1 runs that differ"):
        predict(Runs([1e9] * 9, [1e10] * 9, [3.0] * 9), **RUN)
    with pytest.raises(ScalingLawsError, match="predict was given a str; expected Runs"):
        predict("runs.csv", **RUN)
    with pytest.raises(ScalingLawsError, match="'nobody' is no laboratory of the calibration"):
        Outlook(SIMULATED, without="nobody").forecast(compute=1e22)


def test_a_run_no_dearer_but_elsewhere_extrapolates():
    made = {"low": 1.9, "high": 2.1, "level": 0.95, "params": 1e9, "tokens": 1e10}
    assert Forecast(2.0, **made, h=0.5).kind == "interpolates"
    assert Forecast(2.0, **made, h=0.5, among=False).kind == "extrapolates"
