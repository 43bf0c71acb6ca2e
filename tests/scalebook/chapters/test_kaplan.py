"""What the chapter on Kaplan et al. 2020 says, recomputed from the tables by the library."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalebook.record import claims
from scalinglaws import registry, units
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import JointLaw, PowerAllocation, PowerLaw
from scalinglaws.optimum import frontier
from scalinglaws.optimum.transformer import Shape
from scalinglaws.units import PF_DAY

COMPUTE = registry.published["kaplan2020-compute-min"]
TOKENS = registry.published["kaplan2020-tokens"]
TABLE6 = registry.published["kaplan2020-allocation"]
EQ67 = registry.published["kaplan2020-allocation-eq6.7"]


def printed(key):
    return registry.printed(key).value


def derived():
    alphas = registry.published["kaplan2020-params"].exponent
    return frontier.exponents(alphas, printed("kaplan2020.alpha_B"), printed("kaplan2020.alpha_S"))


# The exponents of the frontier


def test_exponents_in_whole_numbers():
    found = frontier.exponents(alpha_N=1 / 6, alpha_B=1 / 3, alpha_S=1.0)
    assert found.loss == pytest.approx(1 / 10)
    assert (found.params, found.batch, found.steps) == pytest.approx((0.6, 0.3, 0.1))
    assert found.tokens == pytest.approx(0.4)


@given(st.floats(0.01, 2), st.floats(0.01, 2), st.floats(0.01, 2))
def test_compute_is_size_times_batch_times_steps(alpha_N, alpha_B, alpha_S):
    found = frontier.exponents(alpha_N, alpha_B, alpha_S)
    assert found.params + found.tokens == pytest.approx(1)
    assert found.params + found.batch + found.steps == pytest.approx(1)


def test_exponents_must_be_positive():
    with pytest.raises(ValueError, match="alpha must be positive"):
        frontier.exponents(0.076, 0.0, 0.76)


def test_the_derived_loss_exponent_is_the_one_of_appendix_b_and_no_other():
    assert round(derived().loss, 3) == printed("kaplan2020.alpha_C_min.eqB.7")
    for other in ("eq1.3", "eq6.4", "section6.3"):
        assert round(derived().loss, 3) != printed(f"kaplan2020.alpha_C_min.{other}")


def test_the_derived_size_exponent_is_neither_printed_one():
    assert round(derived().params, 2) == 0.68
    assert printed("kaplan2020.optimum_eq6.5.params.exponent") == 0.71
    assert TABLE6.a == 0.73


def test_table_6_is_consistent_with_itself():
    power = {
        name: printed(f"kaplan2020.optimum.{name}.exponent")
        for name in ("params", "batch", "steps", "tokens")
    }
    factor = {name: printed(f"kaplan2020.optimum.{name}.prefactor") for name in power}
    assert power["batch"] + power["steps"] == pytest.approx(power["tokens"])
    assert power["params"] + power["tokens"] == pytest.approx(1)
    # D = 2 B S and D = 2 C_min / 6 N, both 2e10 to the one digit printed.
    assert 2 * factor["batch"] * factor["steps"] == pytest.approx(factor["tokens"], abs=0.5e10)
    by_compute = 2 * units.tokens_from_flop(PF_DAY, factor["params"])
    assert by_compute == pytest.approx(factor["tokens"], abs=0.5e10)
    assert abs(by_compute - EQ67.D_e) > 0.5e10


def test_batch_exponent_follows_from_the_measured_loss():
    found = COMPUTE.exponent / printed("kaplan2020.alpha_B")
    assert round(found, 2) == printed("kaplan2020.optimum.batch.exponent")


def test_overfitting_exponents():
    joint, joint_eq = (
        registry.published["kaplan2020-joint"],
        registry.published["kaplan2020-joint-eq"],
    )
    stated = printed("kaplan2020.overfitting.exponent")
    assert round(joint.tokens_exponent, 2) == stated
    assert joint_eq.tokens_exponent == pytest.approx(0.80)
    assert round(stated * TABLE6.a, 2) == printed("kaplan2020.overfitting.compute_exponent")
    grown = printed("kaplan2020.overfitting.params_factor") ** joint.tokens_exponent
    assert round(grown) == printed("kaplan2020.overfitting.tokens_factor")


def test_doubling_the_parameters():
    law = registry.published["kaplan2020-params"]
    found = round(float(law.loss(2) / law.loss(1)), 2)
    assert found == printed("kaplan2020.doubling.loss_factor")


# The crossing point


@pytest.mark.parametrize(
    ("allocation", "compute", "params", "tokens", "loss"),
    [(TABLE6, 1.1e4, 1.2e12, 2.5e11, 1.67), (EQ67, 1.1e5, 6.1e12, 8.1e11, 1.49)],
)
def test_crossing_of_the_two_data_laws(allocation, compute, params, tokens, loss):
    found = frontier.crossing(COMPUTE, TOKENS, allocation)
    assert found.compute / PF_DAY == pytest.approx(compute, rel=0.05)
    assert found.params == pytest.approx(params, rel=0.05)
    assert found.tokens == pytest.approx(tokens, rel=0.05)
    assert round(float(found.loss), 2) == loss


def test_three_printed_numbers_of_the_crossing_follow_and_one_does_not():
    found = frontier.crossing(COMPUTE, TOKENS, TABLE6)
    assert round(np.log10(found.compute / PF_DAY)) == np.log10(
        printed("kaplan2020.crossing.compute")
    )
    assert round(np.log10(found.params)) == np.log10(printed("kaplan2020.crossing.params"))
    assert round(float(found.loss), 1) == printed("kaplan2020.crossing.loss")
    assert round(np.log10(found.tokens)) == np.log10(printed("kaplan2020.crossing.tokens")) - 1


def test_the_curves_meet_at_the_crossing_and_part_beyond_it():
    found = frontier.crossing(COMPUTE, TOKENS, TABLE6)
    for factor, sign in ((1, 0), (10, -1), (0.1, 1)):
        at = found.compute * factor
        gap = COMPUTE.loss(at) - TOKENS.loss(TABLE6.tokens(at))
        assert np.sign(np.round(gap, 9)) == sign


def test_crossing_broadcasts():
    exponents = np.array([0.050, 0.052, 0.054])
    found = frontier.crossing(PowerLaw(exponents, COMPUTE.scale), TOKENS, TABLE6)
    assert found.compute.shape == found.loss.shape == (3,)
    assert found.compute[0] == pytest.approx(frontier.crossing(COMPUTE, TOKENS, TABLE6).compute)
    assert np.all(np.diff(found.compute) > 0)


def test_curves_that_never_cross_are_refused():
    with pytest.raises(ScalingLawsError, match="do not cross"):
        frontier.crossing(PowerLaw(0.02, COMPUTE.scale), TOKENS, TABLE6)
    with pytest.raises(ScalingLawsError, match="exponents only"):
        frontier.crossing(COMPUTE, TOKENS, PowerAllocation(0.5, 0.5, name="half"))


def test_sensitivity_is_the_crossing_of_the_moved_constants():
    found = frontier.sensitivity(COMPUTE, TOKENS, TABLE6, {"b": 0.005})
    ends = [
        float(frontier.crossing(COMPUTE, TOKENS, replace(TABLE6, b=b)).compute)
        for b in (0.265, 0.275)
    ]
    assert found["b"] == pytest.approx((min(ends), max(ends)))
    assert found["all"] == found["b"]


def test_rounding_of_the_exponents_moves_the_crossing_less_than_the_choice_of_printed_values():
    half_units = {"alpha_C": 0.0005, "alpha_D": 0.0005, "b": 0.005}
    low, high = frontier.sensitivity(COMPUTE, TOKENS, TABLE6, half_units)["all"]
    assert high / low == pytest.approx(2.7, abs=0.05)
    stated = registry.printed("kaplan2020.crossing.compute")
    assert stated.low < low / PF_DAY < high / PF_DAY < stated.high
    other = PowerLaw(printed("kaplan2020.alpha_C_min.eq6.4"), COMPUTE.scale)
    assert frontier.crossing(other, TOKENS, EQ67).compute / PF_DAY > stated.high


# The joint law


@pytest.mark.parametrize(
    ("name", "ratio", "size"),
    [("kaplan2020-joint", 1.30, 171e9), ("kaplan2020-joint-eq", 0.81, 137e9)],
)
def test_gpt3_in_the_joint_law(name, ratio, size):
    law, gpt3 = registry.published[name], registry.published_model("GPT-3")
    terms = law.terms(gpt3.params, gpt3.tokens)
    assert round(float(terms[0] / terms[1]), 2) == ratio
    params, tokens = frontier.joint_optimum(law, units.training_flop(gpt3.params, gpt3.tokens))
    assert params == pytest.approx(size, rel=0.005)
    assert units.training_flop(params, tokens) == pytest.approx(3.15e23)


@given(st.floats(0.05, 0.3), st.floats(0.05, 0.3), st.floats(1e18, 1e26), st.floats(-1, 1))
def test_nothing_at_equal_compute_beats_the_joint_optimum(alpha_N, alpha_D, compute, step):
    law = JointLaw(alpha_N, alpha_D, N_c=6.4e13, D_c=1.8e13)
    params, tokens = frontier.joint_optimum(law, compute)
    size, data = law.terms(params, tokens)
    assert alpha_N * size == pytest.approx(alpha_D * data)
    factor = 10**step
    assert law.loss(params * factor, tokens / factor) >= law.loss(params, tokens) * (1 - 1e-12)


# Compute


def test_gpt3s_compute_follows_from_its_size_and_data():
    flop = units.training_flop(
        printed("brown2020.params"), registry.published_model("GPT-3").tokens
    )
    assert flop == pytest.approx(printed("brown2020.flop"), abs=0.005e23)
    assert flop / PF_DAY == pytest.approx(printed("brown2020.pf_days"), abs=5)
    assert printed("brown2020.flop") == registry.published_model("GPT-3").flop


def test_gpt3s_shape_gives_its_size_and_a_small_share_of_attention():
    shape = Shape(*(int(printed(f"brown2020.{name}")) for name in ("n_layer", "d_model", "n_ctx")))
    embeddings = (50257 + shape.n_ctx) * shape.d_model
    assert shape.params + embeddings == pytest.approx(printed("brown2020.params"), abs=0.05e9)
    assert round(float(shape.attention_share()), 3) == 0.014
    assert shape.training_flop(1.0) == pytest.approx(6 * shape.params * (1 + 0.0139), rel=1e-4)


def test_attention_costs_as_much_as_the_rest_where_the_width_is_a_twelfth_of_the_context():
    # Kaplan et al. 2020, Section 2.1: small as long as d_model is far above n_ctx / 12.
    assert Shape(6, 100, 1200).attention_share() == pytest.approx(1)
    assert Shape(6, 1200, 1200).attention_share() == pytest.approx(1 / 12)


def test_lamdas_own_count_is_chips_times_hours_and_not_6nd():
    parts = [printed(f"thoppilan2022.{p}") for p in ("chips", "peak", "utilization", "days")]
    own = registry.published_model("LaMDA (own paper)").flop
    assert np.prod(parts) * 86400 == pytest.approx(own, abs=0.005e23)
    listed = registry.published_model("LaMDA")
    assert own / units.training_flop(listed.params, listed.tokens) == pytest.approx(2.57, abs=0.005)


def test_gopher_over_chinchilla_by_every_count():
    chinchilla = registry.published_model("Chinchilla")
    base = units.training_flop(chinchilla.params, chinchilla.tokens)
    counts = {"6ND": 0.86, "text": 0.98, "appendixF": 1.07}
    for count, ratio in counts.items():
        assert round(float(printed(f"hoffmann2022.gopher.flop.{count}") / base), 2) == ratio


# The verdicts, from numbers that the library gives


def test_verdicts_of_the_chapter():
    stated = claims.load()
    gopher, chinchilla = registry.published_model("Gopher"), registry.published_model("Chinchilla")
    base = chinchilla.params * chinchilla.tokens * 6
    ends = [printed(f"hoffmann2022.gopher.flop.{c}") / base for c in ("6ND", "appendixF")]
    ratios = []
    for name in ("kaplan2020-joint-eq", "kaplan2020-joint"):
        size, data = registry.published[name].terms(175e9, 300e9)
        ratios.append(float(size / data))
    ten, hundred = ([float(x) for x in TABLE6.growth(factor)] for factor in (10, 100))

    def verdict(name, *numbers, against="law"):
        return claims.judge(stated[name], *numbers, against=against)

    assert verdict("h-6nd", 6.08, 6.0, 7.5, against="arithmetic") == "rounded"
    assert verdict("l-kaplan-073", TABLE6.a, against="source") == "reproduced"
    assert verdict("l-gopher-380", gopher.params, against="source") == "misquoted"
    assert verdict("l-same-flops", gopher.flop / base, *ends) == "underdetermined"
    assert verdict("a-kaplan-10x", ten) == "rounded"
    assert verdict("a-kaplan-100x", hundred) == "rounded"
    iso = float(units.training_flop(20e9, 0.40) / units.training_flop(200e9, 0.04))
    assert verdict("a-iso-tradeoff", iso, against="arithmetic") == "reproduced"
    assert verdict("v-kaplan-gpt3", ratios[1], *ratios) == "underdetermined"
