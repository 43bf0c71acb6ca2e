"""The loss of a run that is not trained yet: exact laws, intervals, and what is refused."""

import numpy as np
import pytest

from scalinglaws import Laboratory, Runs, ScalingLawsError, predict, published, simulate
from scalinglaws.laws import GeneralLaw
from scalinglaws.prediction import comparison
from scalinglaws.reading import RUN_TABLES, read_runs

LAW = published["besiroglu2024"]
RUN = {"params": 7e10, "tokens": 1.4e12}


def test_an_exact_law_is_followed_to_larger_runs():
    found = predict(simulate(Laboratory(noise=0.0)), **RUN, resamples=20)
    truth = float(LAW.loss(**RUN))
    np.testing.assert_allclose([found.loss, found.low, found.high], truth, rtol=1e-9)
    assert found.h == pytest.approx(6 * 7e10 * 1.4e12 / 1e21)
    assert found.kind == "extrapolates"


def test_terms_that_are_not_simply_added_are_followed_too():
    made = simulate(Laboratory(noise=0.0))
    law = GeneralLaw(1.8, 480.0, 2000.0, 0.35, 0.37, p=2.0)
    runs = Runs(made.params, made.tokens, law.loss(made.params, made.tokens))
    assert predict(runs, **RUN, resamples=2).loss == pytest.approx(float(law.loss(**RUN)), rel=1e-7)


def test_for_a_budget_the_run_is_the_optimum():
    found = predict(simulate(Laboratory(noise=0.0)), compute=1e20, resamples=20)
    best = LAW.optimum(compute=1e20)
    assert found.params == pytest.approx(float(best.params), rel=1e-5)
    assert found.loss == pytest.approx(float(best.loss), rel=1e-9)
    assert (found.h, found.kind) == (pytest.approx(0.1), "interpolates")


def test_intervals_hold_single_runs_as_often_as_they_say():
    """Within the reach of the runs, where the form is right and so is its scatter."""
    laboratories, noise, held = 120, 0.01, 0
    rng = np.random.default_rng(7)
    for seed in range(laboratories):
        runs = simulate(Laboratory(noise=noise, seed=seed))
        found = predict(runs, params=1e9, tokens=2e10, level=0.8, resamples=60, seed=seed)
        loss = float(LAW.loss(1e9, 2e10)) * np.exp(noise * rng.standard_normal())
        held += found.low <= loss <= found.high
    assert abs(held / laboratories - 0.8) <= 3 * np.sqrt(0.8 * 0.2 / laboratories) + 0.02


def test_the_same_seed_gives_the_same_and_a_higher_level_more():
    runs = simulate(Laboratory())
    first, again = (predict(runs, **RUN, resamples=50, seed=3) for _ in range(2))
    assert first == again
    wide = predict(runs, **RUN, resamples=50, seed=3, level=0.99)
    assert wide.low < first.low < first.loss < first.high < wide.high


def test_the_form_halves_the_mean_error_of_a_plain_sum_on_larger_runs():
    errors = []
    for name in RUN_TABLES:
        runs = read_runs(name).without_highest(5 if name == "hoffmann2022_runs" else 0)
        held = comparison.largest(runs, 10)
        forms = ("chinchilla", "powermean")
        errors.append([comparison.predict(runs, held, form, error="mse").bias for form in forms])
    plain, power = np.abs(errors).mean(axis=0)
    assert power < plain / 2


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
    ],
)
def test_what_is_asked_is_checked(asked, message):
    with pytest.raises(ScalingLawsError, match=message):
        predict(simulate(Laboratory()), **asked)


def test_runs_that_fix_no_law_predict_nothing():
    made = simulate(Laboratory(budgets=4, sizes=6))
    rising = Runs(made.params, made.tokens, 1 + made.params / made.params.max())
    with pytest.raises(ScalingLawsError, match="fix no law to predict by"):
        predict(rising, **RUN)
    with pytest.raises(ScalingLawsError, match="6 runs cannot fix the 6 constants"):
        predict(made.take(np.arange(6)), **RUN)


@pytest.mark.parametrize("params", [[1e9, 2e9], "70B", np.array([1e9])])
def test_one_run_is_predicted_at_a_time(params) -> None:
    with pytest.raises(
        ScalingLawsError, match=r"^params is .*; expected one number, of one run\.$"
    ):
        predict(simulate(Laboratory()), params=params, tokens=1e10)


@pytest.mark.parametrize(
    ("params", "tokens", "kind"),
    [(1e9, 2e10, "interpolates"), (1e13, 1e7, "extrapolates"), (1e6, 1e13, "extrapolates")],
)
def test_a_run_unlike_any_is_no_interpolation(params, tokens, kind) -> None:
    found = predict(simulate(Laboratory()), params=params, tokens=tokens, resamples=10)
    assert found.h < 1
    assert found.kind == kind
