"""Loss against compute: what is recovered, and what a floor looks like when it is hidden."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import curve

BUDGETS = np.geomspace(1e16, 1e22, 30)


@settings(max_examples=12, deadline=None)
@given(st.floats(0.02, 0.5), st.floats(1, 1e4))
def test_a_pure_power_is_recovered_and_has_no_floor(exponent, amplitude):
    loss = amplitude * (BUDGETS / 1e19) ** -exponent
    plain, floored = curve.power(BUDGETS, loss), curve.power_with_floor(BUDGETS, loss)
    assert plain.exponent == pytest.approx(exponent)
    assert plain.rms < 1e-12
    np.testing.assert_allclose(floored.loss(BUDGETS), loss, rtol=1e-6)
    assert floored.floor < 1e-4 * loss.min()


@settings(max_examples=12, deadline=None)
@given(st.floats(0.5, 3), st.floats(0.08, 0.3), st.floats(0.1, 2))
def test_a_floor_is_recovered(floor, exponent, amplitude):
    loss = floor + amplitude * (BUDGETS / 1e19) ** -exponent
    found = curve.power_with_floor(BUDGETS, loss)
    assert found.floor == pytest.approx(floor, rel=1e-3)
    assert found.exponent == pytest.approx(exponent, rel=1e-2)
    assert found.rms < curve.power(BUDGETS, loss).rms


def test_the_unit_of_compute_does_not_matter():
    loss = 1.7 + (BUDGETS / 1e19) ** -0.15
    one, other = curve.power_with_floor(BUDGETS, loss), curve.power_with_floor(BUDGETS / 1e15, loss)
    assert one.floor == pytest.approx(other.floor)
    assert one.exponent == pytest.approx(other.exponent)


def test_noise_that_hides_a_misfit():
    # n ln(1 + misfit^2 / sigma^2) equals the threshold there.
    sigma = curve.hidden_by(0.01, 20)
    assert 20 * np.log1p(0.01**2 / sigma**2) == pytest.approx(3.841)
    assert curve.hidden_by(0.01, 100) > sigma


def test_what_is_wrong_is_named():
    with pytest.raises(
        ScalingLawsError, match="at least 4 different budgets to be fitted; there are 3"
    ):
        curve.power_with_floor([1e18, 1e19, 1e20], [3, 2, 1])
    with pytest.raises(ScalingLawsError, match="at least 3 different budgets"):
        curve.power([1e18, 1e18, 1e18], [3, 2, 1])
    with pytest.raises(ValueError, match="loss must be positive, got -1"):
        curve.power([1e18, 1e19, 1e20], [3, 2, -1])
