"""Kaplan's exponent from Chinchilla's law: the published figures, limits and properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalebook.chapters.reconciliation import counted
from scalinglaws import registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import curve
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import counting, dense

HOFFMANN = registry.parametric("hoffmann2022")
BESIROGLU = registry.parametric("besiroglu2024")
OMEGA = registry.printed("pearce2024.embedding.coefficient").value
LAWS = st.builds(
    ParametricLaw,
    E=st.floats(0.5, 3),
    A=st.floats(10, 1e4),
    B=st.floats(10, 1e4),
    alpha=st.floats(0.2, 0.8),
    beta=st.floats(0.2, 0.8),
)
SIZES = st.floats(1e2, 1e13)


def grid(quantity, count):
    ends = [
        registry.printed(f"pearce2024.{quantity}.log10_{end}").value
        for end in ("smallest", "largest")
    ]
    return np.logspace(*ends, int(registry.printed(f"pearce2024.{count}").value))


# The count


def test_the_count_in_whole_numbers():
    assert counting.total_params(1e6, 100) == pytest.approx(1e6 + 100 * 100)
    assert counting.elasticity(1e6, 1e4) == pytest.approx((1 + 1 / 3) / 2)


@given(st.floats(1, 1e14), st.floats(0, 1e6))
def test_the_count_is_inverted(params, embedding):
    total = counting.total_params(params, embedding)
    assert counting.non_embedding_params(total, embedding) == pytest.approx(params, rel=1e-9)


@given(SIZES, st.floats(1, 1e6))
def test_the_elasticity_is_the_slope_of_the_count(params, embedding):
    step = 1e-5
    up, down = (np.log(counting.total_params(params * np.exp(s), embedding)) for s in (step, -step))
    slope = (up - down) / (2 * step)
    assert counting.elasticity(params, embedding) == pytest.approx(slope, abs=1e-7)
    assert 1 / 3 <= slope + 1e-7 <= 1 + 2e-7


def test_the_count_fits_the_models_of_hoffmann():
    # 70B and 44M, the ends of Table A9: widths 8192 and 512, a vocabulary of 32,000.
    for total, width, off in ((70e9, 8192, 0.35), (44e6, 512, 0.35)):
        bare = counting.non_embedding_params(total, OMEGA)
        assert total - bare == pytest.approx(32_000 * width, rel=off)


# The optimum


@given(LAWS, SIZES)
def test_the_optimum_is_one(law, params):
    found = counted.counted_optima(law, params, OMEGA)
    nearby = params * np.array([0.97, 1.03])
    tokens = found.compute / (6 * nearby)
    around = law.loss(counting.total_params(nearby, OMEGA), tokens)
    if np.isfinite(found.exponent):
        assert (around >= found.loss * (1 - 1e-12)).all()


@given(LAWS, SIZES)
def test_without_embeddings_it_is_chinchillas(law, params):
    found = counted.counted_optima(law, params, 0.0)
    known = dense.given_params(law, params)
    assert found.tokens == pytest.approx(known.tokens, rel=1e-9)
    assert found.compute == pytest.approx(known.compute, rel=1e-9)
    assert found.exponent == pytest.approx(law.a)


@given(LAWS, SIZES)
def test_the_closed_form_is_the_slope_of_the_optimum(law, params):
    step = 1e-4
    around = counted.counted_optima(law, params * np.exp([-step, step]), OMEGA)
    slope = 2 * step / np.diff(np.log(around.compute))[0]
    found = counted.counted_optima(law, params, OMEGA)
    if np.isfinite(found.exponent) and found.exponent < 20:
        assert found.exponent == pytest.approx(slope, rel=1e-3)
        loss_slope = -np.diff(np.log(around.loss))[0] / np.diff(np.log(around.compute))[0]
        assert found.loss_exponent == pytest.approx(loss_slope, rel=1e-3)


@given(LAWS)
def test_the_limits(law):
    small, large = counted.limits(law)
    assert counted.local_exponent(law, 1e-8, OMEGA) == pytest.approx(small, rel=1e-4)
    assert counted.local_exponent(law, 1e18, OMEGA) == pytest.approx(large, rel=1e-4)
    assert small > large


def test_between_the_limits_the_exponent_exceeds_both():
    slopes = counted.local_exponent(HOFFMANN, np.logspace(3, 9, 60), OMEGA)
    assert slopes.max() > max(counted.limits(HOFFMANN)) + 0.2


def test_where_no_budget_makes_a_size_the_best_there_is_no_exponent():
    flat = ParametricLaw(1.7, 400.0, 400.0, 0.05, 0.05)
    assert np.isnan(counted.local_exponent(flat, OMEGA**1.5 / 3**0.75, OMEGA))
    assert np.isnan(counted.path_exponent(flat, 768, 1.5e9, OMEGA))


@given(LAWS, st.floats(0.01, 100))
def test_the_exponent_does_not_depend_on_the_unit_of_parameters(law, unit):
    # Parameters counted in units: A and omega change, the exponents do not.
    scaled = ParametricLaw(law.E, law.A * unit**-law.alpha, law.B, law.alpha, law.beta)
    assert counted.local_exponent(scaled, 1e7 / unit, OMEGA * unit ** (-2 / 3)) == pytest.approx(
        counted.local_exponent(law, 1e7, OMEGA), rel=1e-9, nan_ok=True
    )


# Published figures


@pytest.mark.parametrize(
    ("law", "key"), [(HOFFMANN, "pearce2024.a.hoffmann"), (BESIROGLU, "pearce2024.a.besiroglu")]
)
def test_the_published_exponents(law, key):
    found = counted.training_frontier(law, grid("params", "sizes"), grid("flop", "budgets"), OMEGA)
    assert round(found.exponent, 2) == registry.printed(key).value


def test_the_grid_converges_to_the_closed_form():
    sizes = np.geomspace(768, 1.5e9, 3000)
    ends = counted.counted_optima(HOFFMANN, sizes[[0, -1]], OMEGA).compute
    found = counted.training_frontier(HOFFMANN, sizes, np.geomspace(*ends, 50), OMEGA)
    exact = counted.counted_optima(HOFFMANN, found.params[1:-1], OMEGA)
    np.testing.assert_allclose(np.log(found.compute[1:-1]), np.log(exact.compute), atol=0.02)


def test_an_ensemble_gives_one_exponent_a_member():
    many = ParametricLaw(*(np.array([getattr(law, f) for law in (HOFFMANN, BESIROGLU)])
                           for f in ("E", "A", "B", "alpha", "beta")))  # fmt: skip
    found = counted.path_exponent(many, 768, 1.5e9, OMEGA)
    each = [counted.path_exponent(law, 768, 1.5e9, OMEGA) for law in (HOFFMANN, BESIROGLU)]
    np.testing.assert_allclose(found, each)


# Shares of the way


def porian(corpus):
    steps = ("reproduction", "last_layer", "warmup", "cosine", "tuned")
    rows = [registry.printed(f"porian2024.{corpus}.{step}") for step in steps]
    return [[getattr(row, field) for row in rows] for field in ("value", "low", "high")]


@pytest.mark.parametrize("corpus", ["openwebtext2", "refinedweb"])
def test_shares_sum_to_one_and_the_decay_is_the_smallest(corpus):
    share, low, high = counted.step_shares(*porian(corpus))
    assert share.sum() == pytest.approx(1)
    assert share.argmin() == 2
    assert share[2] == pytest.approx(0.09, abs=0.01)
    assert ((low <= share) & (share <= high)).all()
    assert high[2] < 0.5


def test_shares_without_error_have_no_width():
    share, low, high = counted.step_shares([4, 3, 1, 0], [4, 3, 1, 0], [4, 3, 1, 0])
    np.testing.assert_allclose(share, [0.25, 0.5, 0.25])
    np.testing.assert_allclose([low, high], [share, share])


def test_narrower_intervals_give_narrower_shares():
    _, low, high = counted.step_shares([0.8, 0.7, 0.5], [0.78, 0.68, 0.48], [0.82, 0.72, 0.52])
    _, low2, high2 = counted.step_shares([0.8, 0.7, 0.5], [0.79, 0.69, 0.49], [0.81, 0.71, 0.51])
    assert (high2 - low2 < high - low).all()


# Messages


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="embedding must not be negative, got -1"):
        counting.total_params(1e6, -1)
    with pytest.raises(ValueError, match="params must be positive, got 0"):
        counting.elasticity(0, OMEGA)
    with pytest.raises(ScalingLawsError, match="from 1e\\+09 to 1000 parameters"):
        counted.path_exponent(HOFFMANN, 1e9, 1e3, OMEGA)
    with pytest.raises(ScalingLawsError, match="Step 2: the value 0.7 lies outside its interval"):
        counted.step_shares([0.8, 0.7], [0.7, 0.71], [0.9, 0.8])
    with pytest.raises(ScalingLawsError, match="both 0.5: there is no change"):
        counted.step_shares([0.5, 0.6, 0.5], [0.4, 0.5, 0.4], [0.6, 0.7, 0.6])


def test_counting_without_embeddings_hides_the_floor():
    sizes = np.geomspace(768, 1.5e9, 200)
    seen = counted.counted_optima(BESIROGLU, sizes, OMEGA)
    whole = counted.counted_optima(BESIROGLU, sizes, 0.0)
    floor = curve.power_with_floor(whole.compute, whole.loss).floor
    assert floor == pytest.approx(BESIROGLU.E, rel=1e-4)
    assert curve.power_with_floor(seen.compute, seen.loss).floor < 0.2 * BESIROGLU.E
    assert curve.power(seen.compute, seen.loss).rms < 0.02
