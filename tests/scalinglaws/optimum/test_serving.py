"""Training plus serving: the optimum, checked against its condition, its limits and the paper."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense, serving

HOFFMANN = registry.parametric("hoffmann2022")
SARDANA = registry.parametric("sardana2024")
LAWS = st.builds(
    ParametricLaw,
    E=st.floats(0.5, 3),
    A=st.floats(10, 1e4),
    B=st.floats(10, 1e4),
    alpha=st.floats(0.2, 0.6),
    beta=st.floats(0.2, 0.6),
)
REDUCIBLE = st.floats(0.02, 2)
SERVED = st.one_of(st.just(0.0), st.floats(6, 18).map(lambda power: 10**power))


def printed(key):
    return registry.printed(f"sardana2024.{key}").value


@given(LAWS, REDUCIBLE, SERVED)
def test_the_condition_holds_and_the_loss_is_reached(law, reducible, served):
    plan = serving.optimal(law, law.E + reducible, served)
    size, data = law.terms(plan.params, plan.tokens)
    assert size + data == pytest.approx(reducible, rel=1e-9)
    assert law.alpha * size / (law.beta * data) == pytest.approx(
        1 + served / (3 * plan.tokens), rel=1e-7
    )


@given(LAWS, REDUCIBLE, SERVED, st.sampled_from([0.98, 1.02]))
def test_no_model_nearby_is_cheaper(law, reducible, served, factor):
    plan = serving.optimal(law, law.E + reducible, served)
    size = plan.params * factor
    left = reducible - law.A * size**-law.alpha
    if left > 0:
        other = 6 * size * (law.B / left) ** (1 / law.beta) + 2 * size * served
        assert other >= plan.total * (1 - 1e-12)


@given(LAWS, REDUCIBLE)
def test_without_serving_it_is_the_training_optimum(law, reducible):
    plan, plain = (
        serving.optimal(law, law.E + reducible, 0.0),
        dense.for_loss(law, law.E + reducible),
    )
    assert plan.params == pytest.approx(plain.params, rel=1e-6)
    assert plan.tokens == pytest.approx(plain.tokens, rel=1e-6)
    assert plan.total == pytest.approx(plain.compute, rel=1e-9)


@given(LAWS, REDUCIBLE, st.floats(6, 17))
def test_more_serving_wants_a_smaller_model_on_more_data(law, reducible, power):
    less, more = (serving.optimal(law, law.E + reducible, 10**p) for p in (power, power + 1))
    assert more.params < less.params * (1 + 1e-9)
    assert more.tokens > less.tokens * (1 - 1e-9)
    assert more.params > serving.smallest(law, law.E + reducible)


@given(LAWS, REDUCIBLE, st.floats(8, 16), st.floats(0.1, 10))
def test_tokens_may_be_counted_in_any_unit(law, reducible, power, unit):
    other = ParametricLaw(law.E, law.A, law.B * unit**-law.beta, law.alpha, law.beta)
    one = serving.optimal(law, law.E + reducible, 10**power)
    two = serving.optimal(other, law.E + reducible, 10**power / unit)
    assert two.params == pytest.approx(one.params, rel=1e-6)
    assert two.tokens * unit == pytest.approx(one.tokens, rel=1e-6)


@given(LAWS, REDUCIBLE, st.floats(0.01, 1000))
def test_only_exponents_and_load_say_how_it_changes(law, reducible, load):
    plain = dense.for_loss(law, law.E + reducible)
    best = serving.optimal(law, law.E + reducible, load * plain.tokens)
    found = serving.change(law, load)
    assert found.size == pytest.approx(best.params / plain.params, rel=1e-6)
    assert found.data == pytest.approx(best.tokens / plain.tokens, rel=1e-6)
    before = serving.deployment(law, plain.params, plain.tokens, load * plain.tokens)
    assert found.saved == pytest.approx(1 - best.total / before.total, abs=1e-9)


def test_so_much_serving_that_only_the_size_counts():
    plan = serving.optimal(HOFFMANN, 2.0, 1e28)
    assert plan.params == pytest.approx(float(serving.smallest(HOFFMANN, 2.0)), rel=1e-3)


@pytest.mark.parametrize(("case", "size"), [("13B", 13e9), ("30B", 30e9)])
def test_the_published_examples(case, size):
    start = dense.given_params(SARDANA, size)
    served = printed(f"{case}.served")
    plan = serving.optimal(SARDANA, start.loss, served)
    before = float(start.compute) + 2 * size * served
    assert round(1 - float(plan.total) / before, 2) == printed(f"{case}.saving")
    if case == "13B":
        assert round(float(plan.params), -9) == printed("13B.params")
        assert round(before - float(plan.total), -21) == printed("13B.saved")
    else:
        assert round(float(plan.params), -8) == printed("30B.params")
        assert round(float(plan.tokens / start.tokens), 2) == printed("30B.data_factor")


@given(st.floats(0.5, 3), st.floats(0.1, 10))
def test_only_the_ratio_of_the_amplitudes_matters_to_them(floor, scale):
    law = ParametricLaw(floor, SARDANA.A * scale, SARDANA.B * scale, SARDANA.alpha, SARDANA.beta)
    plans = [
        serving.optimal(each, dense.given_params(each, 30e9).loss, 1e13) for each in (law, SARDANA)
    ]
    assert plans[0].params == pytest.approx(float(plans[1].params), rel=1e-6)
    assert plans[0].tokens == pytest.approx(float(plans[1].tokens), rel=1e-6)


@given(LAWS, st.floats(8, 12), st.floats(9, 14))
def test_a_model_and_its_twin_of_equal_loss_and_compute(law, log_params, log_tokens):
    params, tokens = 10**log_params, 10**log_tokens
    loss, compute = law.loss(params, tokens), 6 * params * tokens
    small, large = serving.same_loss(law, loss, compute)
    best = float(dense.optimal(law, compute).params)
    assert small <= best * (1 + 1e-6)
    assert large >= best * (1 - 1e-6)
    twin = small if params > best else large
    own = large if params > best else small
    assert law.loss(twin, compute / 6 / twin) == pytest.approx(float(loss), rel=1e-9)
    # Near the optimum the loss is flat, and so is what it says about the size.
    assert own == pytest.approx(params, rel=1e-3)


def test_too_little_compute_reaches_nothing():
    enough = float(dense.for_loss(HOFFMANN, 2.0).compute)
    assert np.isnan(serving.same_loss(HOFFMANN, 2.0, 0.99 * enough)).all()
    small, large = serving.same_loss(HOFFMANN, 2.0, 1.01 * enough)
    assert small < dense.for_loss(HOFFMANN, 2.0).params < large


def test_arrays_and_ensembles_broadcast():
    ensemble = ParametricLaw(
        np.array([1.6, 1.7]), np.array([400.0, 500.0]), np.array([400.0, 900.0]),
        np.array([0.34, 0.35]), np.array([0.28, 0.33]),
    )  # fmt: skip
    plan = serving.optimal(ensemble, 2.1, np.array([[0.0], [1e12], [1e15]]))
    assert plan.params.shape == plan.total.shape == (3, 2)
    single = ParametricLaw(1.7, 500.0, 900.0, 0.35, 0.33)
    assert plan.params[2, 1] == pytest.approx(float(serving.optimal(single, 2.1, 1e15).params))
    assert np.shape(serving.same_loss(ensemble, 2.1, 1e24)[0]) == (2,)


def test_the_costs_are_counted():
    model = serving.deployment(HOFFMANN, 7e9, 1e12, 2e12)
    assert float(model.training) == pytest.approx(4.2e22)
    assert float(model.serving) == pytest.approx(2.8e22)
    assert float(model.total) == pytest.approx(7e22)
    assert float(model.tokens_per_param) == pytest.approx(1e12 / 7e9)


def test_a_loss_below_the_floor_is_refused_with_the_floor():
    message = r"loss of 1\.6 nats per token under hoffmann2022: its irreducible loss is 1\.69"
    for call in (
        lambda: serving.optimal(HOFFMANN, 1.6, 1e12),
        lambda: serving.smallest(HOFFMANN, 1.6),
        lambda: serving.same_loss(HOFFMANN, 1.6, 1e24),
    ):
        with pytest.raises(ScalingLawsError, match=message):
            call()


@pytest.mark.parametrize("served", [-1.0, np.inf, np.nan])
def test_served_tokens_must_be_a_number_of_tokens(served):
    with pytest.raises(ValueError, match="served must be a number of tokens, zero or more"):
        serving.optimal(HOFFMANN, 2.0, served)


def test_a_loss_must_be_finite():
    with pytest.raises(ValueError, match="loss must be finite"):
        serving.optimal(HOFFMANN, np.nan, 1e12)


def test_one_target_below_the_floor_is_enough_to_refuse_all():
    law = ParametricLaw(E=1, A=100, B=100, alpha=0.5, beta=0.5)
    with pytest.raises(ScalingLawsError, match=r"No model reaches a loss of 0\.9 nats"):
        serving.optimal(law, [2.0, 0.9, 1.5], 1e12)
