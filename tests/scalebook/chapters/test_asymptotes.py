"""The article's two curves, where they go, and the optimum of both forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalebook.chapters.asymptotes import trends
from scalebook.record import claims
from scalebook.show import frames
from scalinglaws import registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import JointLaw, ParametricLaw, PowerAllocation, PowerLaw
from scalinglaws.optimum import dense

PRINTED = registry.parametric("hoffmann2022-printed")
KAPLAN = registry.published["kaplan2020-compute-min"]
COMPUTE = st.floats(1e15, 1e30)
LAWS = st.builds(
    ParametricLaw,
    E=st.floats(0.5, 3),
    A=st.floats(10, 1e4),
    B=st.floats(10, 1e4),
    alpha=st.floats(0.2, 0.8),
    beta=st.floats(0.2, 0.8),
)


# Where the article's constants come from


def test_the_constant_of_kaplans_curve():
    assert round(KAPLAN.scale**KAPLAN.exponent, 3) == claims.load()["q-kaplan-curve"].stated


def test_the_coefficients_of_chinchillas_curve():
    a, b = (registry.printed(f"hoffmann2022.approach3.{x}").value for x in "ab")
    path = trends.along(PRINTED, PowerAllocation(a, b, 0.5, 0.33))
    size, data = claims.load()["q-chinchilla-curve"].stated
    assert path.size == pytest.approx(size, abs=0.1)
    assert path.data == pytest.approx(data, abs=0.05)
    assert round(path.size_exponent, 3) == 0.156
    assert round(path.data_exponent, 4) == 0.1512
    # To three decimals of the power, as one may have done it, both are exact.
    assert round(PRINTED.A * round(0.5**-PRINTED.alpha, 3), 1) == size


def test_no_other_obvious_path_gives_them():
    size, data = claims.load()["q-chinchilla-curve"].stated
    for allocation_ in (trends.half_and_half(), trends.best_allocation(PRINTED)):
        path = trends.along(PRINTED, allocation_)
        assert abs(path.size - size) > 10
        assert abs(path.data - data) > 10


def test_the_prefactors_are_those_of_the_papers_table():
    table = frames.load("hoffmann2022_optimal")
    third = table[(table["approach"] == 3) & (table["flop"] != 1.26e24)]
    assert trends.prefactor(third["params"], third["flop"], 0.46) == pytest.approx(0.5, abs=0.01)
    assert trends.prefactor(third["tokens"], third["flop"], 0.54) == pytest.approx(0.33, abs=0.005)


# Paths


@given(LAWS, COMPUTE)
def test_the_best_path_is_the_optimum(law, compute):
    best = trends.along(law, trends.best_allocation(law))
    assert best.loss(compute) == pytest.approx(float(dense.optimal(law, compute).loss))
    assert best.size_exponent == pytest.approx(best.data_exponent)
    assert best.size_exponent == pytest.approx(trends.reducible_exponent(law))


@given(LAWS, COMPUTE)
def test_no_path_of_the_same_cost_is_better(law, compute):
    half = trends.along(law, trends.half_and_half())
    assert half.loss(compute) >= float(dense.optimal(law, compute).loss) * (1 - 1e-12)


def test_a_path_needs_both_prefactors():
    with pytest.raises(ScalingLawsError, match="hoffmann2022-approach1 cannot be followed"):
        trends.along(PRINTED, registry.published["hoffmann2022-approach1"])
    with pytest.raises(ScalingLawsError, match="both at 1 FLOP"):
        trends.along(PRINTED, registry.published["kaplan2020-allocation"])


def test_prefactor_of_an_exact_power():
    compute = np.array([1e18, 1e20, 1e23])
    assert trends.prefactor(0.3 * compute**0.6, compute, 0.6) == pytest.approx(0.3)


# Slopes


@given(LAWS, COMPUTE)
def test_the_slope_is_the_derivative_of_the_loss(law, compute):
    step = 1e-4
    around = np.log(dense.optimal(law, compute * np.exp([-step, step])).loss)
    assert trends.slope(law, compute) == pytest.approx(
        -np.diff(around)[0] / (2 * step), rel=1e-4, abs=1e-9
    )


@given(LAWS, COMPUTE)
def test_the_slope_of_the_whole_is_below_that_of_the_part_and_falls(law, compute):
    assert trends.slope(law, compute) < trends.reducible_exponent(law)
    assert trends.slope(law, 10 * compute) < trends.slope(law, compute)


@given(st.floats(0.03, 0.5), st.floats(0.3, 3), st.floats(8, 16), st.floats(8, 16), COMPUTE)
def test_the_optimum_of_kaplans_form_is_a_power_law(alpha_D, ratio, n, d, compute):
    law = JointLaw(alpha_D * ratio, alpha_D, 10**n, 10**d)
    here, there = trends.best_loss(law, compute), trends.best_loss(law, 10 * compute)
    exponent = trends.reducible_exponent(law)
    assert np.log10(here / there) == pytest.approx(exponent)
    assert trends.compute_at(law, here) == pytest.approx(compute, rel=1e-6)
    size = np.geomspace(1e2, 1e13, 200)
    assert (law.loss(size, compute / (6 * size)) >= here * (1 - 1e-9)).all()


# Crossings and years


def test_crossings_of_two_powers():
    first, second = PowerLaw(0.1, 1e20), PowerLaw(0.2, 1e20)
    found = trends.crossings(first.loss, second.loss, 1e10, 1e30)
    np.testing.assert_allclose(found, [1e20], rtol=1e-6)
    assert len(trends.crossings(first.loss, second.loss, 1e21, 1e30)) == 0


def test_a_crossing_on_the_grid_is_found_once():
    def flat(c):
        return np.zeros(np.shape(c))

    found = trends.crossings(lambda c: np.log(c), flat, np.exp(-1.0), np.exp(1.0), points=3)
    np.testing.assert_allclose(found, [1.0])


def test_the_articles_curves_cross_twice_and_agree_within_hoffmanns_budgets():
    article = trends.Path(1.69, 514.5, 560.2, 0.156, 0.1512)
    found = trends.crossings(KAPLAN.loss, article.loss, 1e14, 1e32)
    assert len(found) == 2
    low, high = (
        registry.printed(f"hoffmann2022.isoflop.{e}").value for e in ("smallest", "largest")
    )
    assert low < found[0] < found[1] < high
    np.testing.assert_allclose(KAPLAN.loss(found), article.loss(found))


def test_kaplans_curve_meets_the_floor_where_it_says():
    c = KAPLAN.inverse(1.69)
    assert KAPLAN.loss(c) == pytest.approx(1.69)
    # A tenth more on the loss moves that point by 1.1^20.
    assert KAPLAN.inverse(1.69 / 1.1) / c == pytest.approx(1.1**20)


@given(st.floats(1.1, 50), st.floats(1e15, 1e30), st.floats(-5, 30))
def test_years_invert_growth(growth, start, wait):
    assert trends.years(start * growth**wait, start, growth) == pytest.approx(wait, abs=1e-6)


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="growth must be above 1 a year, got 1"):
        trends.years(1e24, 1e23, 1.0)
    with pytest.raises(ScalingLawsError, match="from 1e\\+25 to 1e\\+20 FLOP: that is empty"):
        trends.crossings(KAPLAN.loss, KAPLAN.loss, 1e25, 1e20)
    with pytest.raises(ValueError, match="compute must be positive"):
        trends.Path(1, 1, 1, 1, 1).loss(-1.0)
