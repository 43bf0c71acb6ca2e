"""The penalty of a wrong ratio: the closed form against the law itself, its limits, its inverse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from scalinglaws import registry
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense, overtraining

NAMES = registry.law_names("parametric")
EXPONENTS = st.floats(0.05, 2.0)
RATIOS = st.floats(1e-4, 1e5)


def law(alpha, beta, E=1.8, A=480.0, B=2100.0):
    return ParametricLaw(E=E, A=A, B=B, alpha=alpha, beta=beta, name="test")


def by_search(which, ratio, compute=1e23):
    """Compute over that of the cheapest run with the same loss, without the closed form."""
    best = dense.optimal(which, compute)
    loss = which.loss(best.params * ratio**-0.5, best.tokens * ratio**0.5)
    return compute / dense.for_loss(which, loss).compute


@pytest.mark.parametrize("name", NAMES)
def test_closed_form_is_what_the_published_laws_give(name):
    which, ratio = registry.parametric(name), np.geomspace(0.01, 1000, 41)
    found = overtraining.over_training_penalty(which, ratio)
    np.testing.assert_allclose(found, by_search(which, ratio), rtol=1e-9)


@given(EXPONENTS, EXPONENTS, st.floats(0.01, 1000), st.floats(18, 28))
def test_closed_form_is_what_any_law_gives(alpha, beta, ratio, exponent):
    # Without a floor, so that the search keeps its digits where the loss comes close to it.
    which = law(alpha, beta, E=0.0)
    found = overtraining.over_training_penalty(which, ratio)
    assert found == pytest.approx(by_search(which, ratio, 10.0**exponent), rel=1e-9)


@pytest.mark.parametrize("ratio", [0.01, 2.0, 1000.0])
def test_closed_form_is_what_a_blind_search_finds(ratio):
    # Nothing of the law but its loss: the optimum by minimising, the smaller run by root finding.
    # A minimum is found to half the digits only, and the penalty to no more.
    which = law(0.3478, 0.3658, E=0.0)

    def lowest(log_compute):
        def loss(log_params):
            return float(which.loss(np.exp(log_params), np.exp(log_compute - log_params) / 6))

        found = minimize_scalar(loss, bounds=(10, 40), method="bounded", options={"xatol": 1e-9})
        return found.x, found.fun

    start = np.log(1e23)
    params = np.exp(lowest(start)[0] - np.log(ratio) / 2)
    target = float(which.loss(params, 1e23 / 6 / params))
    saved = brentq(lambda x: lowest(start - x)[1] - target, -1, 20, xtol=1e-13)
    found = overtraining.over_training_penalty(which, ratio)
    assert np.exp(saved) == pytest.approx(found, rel=2e-6)


def test_equal_exponents_can_be_done_by_hand():
    # (cosh(alpha x / 2))^(2 / alpha); with alpha 1 and k = e^2 that is cosh(1)^2.
    found = overtraining.over_training_penalty(law(1.0, 1.0), [np.e**2, np.e**-2, 1.0])
    assert found == pytest.approx([np.cosh(1) ** 2, np.cosh(1) ** 2, 1.0])


@given(EXPONENTS, EXPONENTS, RATIOS)
def test_no_ratio_beats_the_optimum_and_further_is_worse(alpha, beta, ratio):
    one, further = overtraining.over_training_penalty(law(alpha, beta), [ratio, ratio**1.5])
    assert 1 <= one <= further


@given(EXPONENTS, EXPONENTS, RATIOS, st.floats(1e-6, 1e6), st.floats(0, 5))
def test_only_the_exponents_matter(alpha, beta, ratio, unit, floor):
    # A is what counting the parameters in another unit changes.
    found = overtraining.over_training_penalty(law(alpha, beta, E=floor, A=unit, B=1 / unit), ratio)
    assert found == overtraining.over_training_penalty(law(alpha, beta), ratio)


@given(EXPONENTS, EXPONENTS, RATIOS)
def test_exchanging_size_and_data_exchanges_over_and_under(alpha, beta, ratio):
    over = overtraining.over_training_penalty(law(alpha, beta), ratio)
    assert over == pytest.approx(overtraining.over_training_penalty(law(beta, alpha), 1 / ratio))


def test_a_run_kept_at_the_wrong_ratio_must_grow_by_the_same_factor():
    which, ratio, compute = registry.parametric("besiroglu2024"), 30.0, 1e23
    m = overtraining.over_training_penalty(which, ratio)
    best = dense.optimal(which, m * compute)
    loss = which.loss(best.params * ratio**-0.5, best.tokens * ratio**0.5)
    assert loss == pytest.approx(dense.optimal(which, compute).loss, rel=1e-12)


@given(EXPONENTS, EXPONENTS)
def test_limits(alpha, beta):
    which = law(alpha, beta)
    ends = overtraining.limits(which)
    log_k = 50 / (alpha + beta)
    over, under = overtraining.over_training_penalty(which, np.exp([log_k, -log_k]))
    assert over == pytest.approx(ends.over_factor * np.exp(ends.over * log_k))
    assert under == pytest.approx(ends.under_factor * np.exp(ends.under * log_k))
    near = 1e-3
    m = overtraining.over_training_penalty(which, np.exp([near, -near]))
    assert np.log(m) == pytest.approx(ends.curvature * near**2, rel=1e-3)


@given(EXPONENTS, EXPONENTS, RATIOS)
def test_the_limiting_powers_bound_the_penalty_from_below(alpha, beta, ratio):
    which = law(alpha, beta)
    ends = overtraining.limits(which)
    powers = [ends.over_factor * ratio**ends.over, ends.under_factor * ratio**-ends.under]
    assert overtraining.over_training_penalty(which, ratio) >= max(powers) * (1 - 1e-12)


@given(EXPONENTS, EXPONENTS, st.floats(1e-3, 1e3))
def test_local_exponent_is_the_slope(alpha, beta, ratio):
    step = 1e-4
    m = overtraining.over_training_penalty(law(alpha, beta), ratio * np.exp([step, -step]))
    slope = np.diff(np.log(m))[0] / (-2 * step)
    found = overtraining.local_exponent(law(alpha, beta), ratio)
    assert found == pytest.approx(slope, abs=1e-6)


def test_no_power_is_right_near_the_optimum():
    ratio = np.array([1.001, 1.1, 2.0, 10.0, 100.0])
    found = overtraining.matching_exponent(law(0.35, 0.37), ratio)
    assert (np.diff(found) > 0).all()
    assert found[0] < 1e-4
    assert overtraining.matching_exponent(law(0.35, 0.37), 1.0) == 0


@given(EXPONENTS, EXPONENTS, st.floats(0.01, 0.4))
def test_the_rule_crosses_the_law_where_it_says(alpha, beta, power):
    which = law(alpha, beta)
    under, over = overtraining.crossings(which, power)
    assert 0 <= under < 1 < over
    for crossing in (under, over):
        if 1e-250 < crossing < 1e250:
            m = overtraining.over_training_penalty(which, crossing)
            assert m == pytest.approx(overtraining.power_rule(crossing, power), rel=1e-9)
            between, beyond = crossing**0.5, crossing**1.1
            assert overtraining.over_training_penalty(which, between) < between ** (
                power * np.sign(np.log(between))
            )
            assert overtraining.over_training_penalty(which, beyond) > beyond ** (
                power * np.sign(np.log(beyond))
            )


def test_a_steep_rule_is_never_too_mild():
    under, over = overtraining.crossings(law(0.4, 0.4), 1.01)
    assert (under, over) == (0, np.inf)


@given(EXPONENTS, EXPONENTS, st.floats(1 + 1e-6, 100.0))
def test_the_inverse_inverts(alpha, beta, penalty):
    which = law(alpha, beta)
    under, over = overtraining.ratios_for_penalty(which, penalty)
    assert under < 1 < over
    for ratio in (under, over):
        found = overtraining.over_training_penalty(which, ratio)
        assert found == pytest.approx(penalty, rel=1e-9)


def test_no_penalty_means_the_optimum():
    assert overtraining.ratios_for_penalty(law(0.3, 0.4), 1.0) == (1.0, 1.0)


def test_degree_recovers_how_far_a_run_was_moved():
    which, ratio = registry.parametric("besiroglu2024"), np.geomspace(0.01, 1000, 7)
    best = dense.optimal(which, 1e22)
    found = overtraining.degree(which, best.params * ratio**-0.5, best.tokens * ratio**0.5)
    np.testing.assert_allclose(found, ratio, rtol=1e-12)


def test_an_ensemble_broadcasts_and_a_failed_fit_stays_nan():
    ensemble = law(np.array([0.3, np.nan, 0.4]), np.array([0.4, 0.3, 0.3]))
    found = overtraining.over_training_penalty(ensemble, np.array([[0.1], [10.0]]))
    assert found.shape == (2, 3)
    assert np.isnan(found[:, 1]).all()
    assert np.isfinite(found[:, [0, 2]]).all()


@given(st.floats(0.05, 1.5), st.floats(0.05, 1.5), st.floats(0.5, 2.0))
def test_a_model_off_the_best_size_reaches_the_loss_of_the_best(alpha, beta, share):
    which, compute = law(alpha, beta, E=0.0), 1e22
    best = dense.optimal(which, compute)
    m = overtraining.size_penalty(which, share)
    if np.isfinite(m) and m < 1e12:
        loss = which.loss(best.params * share, best.tokens * m / share)
        assert loss == pytest.approx(float(best.loss), rel=1e-6)
        assert m >= 1 - 1e-12


def test_a_model_too_small_for_the_loss_never_reaches_it():
    assert overtraining.size_penalty(law(0.5, 0.5), [1.0, 0.25, 0.2]).tolist() == [
        1,
        np.inf,
        np.inf,
    ]
    with pytest.raises(ValueError, match="ratio must be positive"):
        overtraining.size_penalty(law(0.5, 0.5), 0.0)


def test_the_rule_of_thumb_charges_both_sides_alike():
    assert overtraining.power_rule([30, 1 / 30, 1]) == pytest.approx([30 ** (1 / 3)] * 2 + [1])


def profiles(which, budgets, ratios):
    budget, ratio = (each.ravel() for each in np.meshgrid(budgets, ratios, indexing="ij"))
    params = np.sqrt(budget / 6 / ratio)
    return ratio, which.loss(params, ratio * params), budget


@pytest.mark.parametrize("unit", [1.0, 0.1])
def test_measured_penalties_are_those_of_the_law_that_made_the_runs(unit):
    which = registry.parametric("besiroglu2024")
    ratio, loss, budget = profiles(which, np.geomspace(1e18, 1e22, 25), np.geomspace(1, 400, 33))
    found, m = overtraining.measured(ratio, unit * loss, budget)
    np.testing.assert_allclose(m, overtraining.over_training_penalty(which, found), rtol=0.02)
    for at in (0.1, 0.5, 2.0, 10.0):
        value, runs = overtraining.measured_at(found, m, at)
        assert runs > 20
        assert value == pytest.approx(overtraining.over_training_penalty(which, at), rel=0.02)


def test_where_no_run_was_made_nothing_is_measured():
    value, runs = overtraining.measured_at([2.0, 3.0], [1.1, 1.2], 100.0)
    assert np.isnan(value)
    assert runs == 0
    # A run on the other side of the optimum says nothing of this one.
    assert overtraining.measured_at([0.9], [1.1], 1.1)[1] == 0


def test_profiles_without_an_optimum_inside_are_refused():
    which = registry.parametric("besiroglu2024")
    ratio, loss, budget = profiles(which, [1e19, 1e20], [400.0, 800.0, 1600.0, 3200.0, 6400.0])
    with pytest.raises(ValueError, match="fewer than two budgets"):
        overtraining.measured(ratio, loss, budget)
    with pytest.raises(ValueError, match="at must not be 1"):
        overtraining.measured_at([2.0], [1.1], 1.0)


@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf])
def test_a_ratio_must_be_positive_and_finite(bad):
    with pytest.raises(ValueError, match="ratio must be"):
        overtraining.over_training_penalty(law(0.3, 0.3), bad)


@pytest.mark.parametrize("bad", [0.99, np.nan, np.inf])
def test_a_penalty_below_one_has_no_ratio(bad):
    with pytest.raises(ValueError, match="finite and at least 1"):
        overtraining.ratios_for_penalty(law(0.3, 0.3), bad)


def test_a_law_without_an_optimum_is_refused():
    with pytest.raises(ValueError, match="alpha -0.1 and beta 0.3; both must be positive"):
        overtraining.over_training_penalty(law(-0.1, 0.3), 2)
    with pytest.raises(ValueError, match="exponent must be positive"):
        overtraining.crossings(law(0.3, 0.3), 0)
