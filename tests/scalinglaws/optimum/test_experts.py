"""Mixtures of experts: the arithmetic of active parameters and the optimum of the sparse law."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from scalinglaws import registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense as allocation
from scalinglaws.optimum import experts, overtraining

LAW = registry.published["abnar2025"]
BUDGETS = st.floats(17, 26).map(lambda power: 10.0**power)
SPARSITIES = st.sampled_from([0.0, 0.5, 0.75, 7 / 8, 15 / 16, 31 / 32, 0.98])


@pytest.mark.parametrize(("compute", "eight", "thirty_two"), [(1e20, 2.4, 3.3), (1e21, 1.8, 2.1)])
def test_the_fit_gives_less_than_was_read_off_the_figure(compute, eight, thirty_two):
    found = experts.ratio_factor(LAW, compute, [7 / 8, 31 / 32])
    assert found == pytest.approx([eight, thirty_two], abs=0.05)


@given(BUDGETS, SPARSITIES)
def test_the_optimum_is_what_a_search_finds(compute, idle):
    def loss(log_params):
        params = np.exp(log_params)
        return LAW.loss(params, compute / (6 * (1 - idle) * params), idle)

    found = experts.optimal(LAW, compute, idle)
    searched = minimize_scalar(loss, bounds=(5, 50), method="bounded", options={"xatol": 1e-9})
    assert found.loss == pytest.approx(searched.fun, rel=1e-12)
    assert np.log(found.params) == pytest.approx(searched.x, abs=1e-5)


@given(BUDGETS, SPARSITIES)
def test_compute_is_spent_on_the_active_parameters(compute, idle):
    found = experts.optimal(LAW, compute, idle)
    assert 6 * found.active * found.tokens == pytest.approx(compute)
    assert found.active == pytest.approx((1 - idle) * found.params)
    assert found.loss == pytest.approx(LAW.loss(found.params, found.tokens, idle))


@given(BUDGETS, st.floats(0.1, 1.0), st.floats(0.1, 1.0))
def test_without_the_mixed_term_a_dense_optimum_is_hoffmanns(compute, alpha, beta):
    plain = replace(LAW, d=1e-300, alpha=alpha, beta=beta)
    found = experts.optimal(plain, compute, 0.0)
    known = allocation.optimal(
        ParametricLaw(E=LAW.e + LAW.c, A=LAW.a, B=LAW.b, alpha=alpha, beta=beta), compute
    )
    assert found.params == pytest.approx(known.params, rel=1e-9)
    assert found.loss == pytest.approx(known.loss, rel=1e-12)


@given(BUDGETS)
def test_a_dense_model_is_the_measure(compute):
    assert experts.ratio_factor(LAW, compute, 0.0) == 1
    assert experts.compute_multiplier(LAW, compute, 0.0) == pytest.approx(1)


@given(st.floats(18, 24).map(lambda power: 10.0**power), SPARSITIES)
def test_the_multiplier_is_the_compute_a_dense_model_needs(compute, idle):
    multiplier = experts.compute_multiplier(LAW, compute, idle)
    assert multiplier >= 1 - 1e-12
    dense = experts.optimal(LAW, compute * multiplier, 0.0)
    assert dense.loss == pytest.approx(experts.optimal(LAW, compute, idle).loss, rel=1e-9)


def test_beyond_the_dense_floor_no_compute_will_do():
    assert experts.compute_multiplier(LAW, 1e45, 31 / 32) == np.inf


@given(st.floats(0.05, 20.0), st.floats(0.1, 1.0), st.floats(0.1, 1.0))
def test_the_penalty_of_a_plain_law_is_the_closed_form(ratio, alpha, beta):
    plain = replace(LAW, d=1e-300, c=0.0, e=0.0, alpha=alpha, beta=beta)
    dense = ParametricLaw(E=0.0, A=LAW.a, B=LAW.b, alpha=alpha, beta=beta)
    found = experts.over_training_penalty(plain, 1e20, 0.0, ratio)
    assert found == pytest.approx(overtraining.over_training_penalty(dense, ratio), rel=1e-7)


@given(SPARSITIES)
def test_the_optimum_of_a_mixture_costs_nothing(idle):
    assert experts.over_training_penalty(LAW, 1e21, idle, 1.0) == pytest.approx(1, abs=1e-6)
    wrong = experts.over_training_penalty(LAW, [[1e19], [1e21]], idle, [0.2, 5.0])
    assert wrong.shape == (2, 2)
    assert (wrong > 1.01).all()


def test_a_ratio_grows_by_its_factor_for_each_1000x():
    assert experts.scaled_ratio(37, 1.5, 4e28, 4e25) == pytest.approx(55.5)
    assert experts.scaled_ratio(37, 1.5, 4e25, 4e25) == 37
    with pytest.raises(ValueError, match="growth must be positive"):
        experts.scaled_ratio(37, 0, 1e25, 4e25)


@given(st.floats(1e18, 1e29), st.floats(0.1, 1e4))
def test_a_budget_is_spent_at_the_ratio_asked_for(compute, ratio):
    active, tokens = experts.spend(compute, ratio)
    assert tokens / active == pytest.approx(ratio)
    assert 6 * active * tokens == pytest.approx(compute)


def test_the_run_of_2028_has_the_size_stated():
    active, tokens = experts.spend(5e28, 700)
    assert active == pytest.approx(3.5e12, abs=0.05e12)
    assert 32 * active == pytest.approx(1.1e14, abs=0.05e14)
    assert tokens == pytest.approx(2.4e15, abs=0.05e15)


@given(BUDGETS, SPARSITIES)
def test_the_cheapest_run_for_a_loss_is_the_one_that_has_it(compute, idle):
    best = experts.optimal(LAW, compute, idle)
    found = experts.for_loss(LAW, best.loss, idle)
    assert found.params == pytest.approx(best.params, rel=1e-6)
    assert found.compute == pytest.approx(compute, rel=1e-6)


def test_a_loss_below_the_floor_is_refused_with_the_floor():
    with pytest.raises(ScalingLawsError, match="loss of 1 nats per token with 0.5 .* floor is 1.3"):
        experts.for_loss(LAW, 1.0, 0.5)


@given(BUDGETS, SPARSITIES, st.floats(0.0, 0.5))
def test_common_parameters_cost_compute_and_so_tokens(compute, idle, common):
    found = experts.optimal(LAW, compute, idle, common)
    share = common + (1 - common) * (1 - idle)
    assert found.active == pytest.approx(share * found.params)
    assert 6 * found.active * found.tokens == pytest.approx(compute)
    apart = experts.ratio_factor(LAW, compute, idle, common)
    assert apart <= experts.ratio_factor(LAW, compute, idle) * (1 + 1e-9)


def test_common_is_a_share():
    with pytest.raises(ValueError, match="common is 1; it is a share"):
        experts.optimal(LAW, 1e20, 0.5, 1.0)


def test_arrays_broadcast():
    found = experts.optimal(LAW, np.array([[1e20], [1e21]]), [0.0, 0.5, 0.9])
    assert found.params.shape == found.loss.shape == found.compute.shape == (2, 3)
    assert experts.compute_multiplier(LAW, np.array([[1e20], [1e21]]), [0.0, 0.5]).shape == (2, 2)


def test_the_rumoured_model():
    active = experts.active_params(1.8e12, 16, 2, 40e9)
    assert active == pytest.approx(260e9)
    assert experts.sparsity(16, 2) == 7 / 8


@given(st.floats(1e6, 1e14), st.integers(1, 256), st.floats(0, 1), st.data())
def test_active_lies_between_shared_and_total(total, every, share, data):
    used = data.draw(st.integers(1, every))
    active = experts.active_params(total, every, used, share * total)
    assert share * total <= active * (1 + 1e-12)
    assert active <= total * (1 + 1e-12)
    assert experts.active_params(total, every, every, share * total) == pytest.approx(total)


def test_bad_mixtures_are_refused():
    with pytest.raises(ScalingLawsError, match="active_experts is 17, more than the 16 experts"):
        experts.sparsity(16, 17)
    with pytest.raises(ScalingLawsError, match="shared is 3e\\+12 params, more than the total"):
        experts.active_params(1.8e12, 16, 2, 3e12)
    with pytest.raises(ValueError, match="shared must be at least 0"):
        experts.active_params(1.8e12, 16, 2, -1)
    with pytest.raises(ValueError, match="experts must be positive"):
        experts.sparsity(0, 0)


@pytest.mark.parametrize("bad", [-0.1, 1.0, np.nan])
def test_sparsity_must_leave_something_active(bad):
    with pytest.raises(ValueError, match="sparsity must be at least 0 and below 1"):
        experts.optimal(LAW, 1e20, bad)


@pytest.mark.parametrize("bad", [0, -1e20, np.nan, np.inf])
def test_compute_must_be_positive_and_finite(bad):
    with pytest.raises(ValueError, match="compute must be"):
        experts.optimal(LAW, bad, 0.5)
