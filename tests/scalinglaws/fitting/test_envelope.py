import numpy as np
import pytest

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import envelope
from scalinglaws.optimum import dense
from tests.scalinglaws.synthetic import LAW

COMPUTE = np.geomspace(1e18, 1e23, 800)


def test_curves_are_the_law_at_6nd():
    params = np.array([1e8, 1e9])
    loss = envelope.curves(LAW, params, COMPUTE)
    assert loss.shape == (2, 800)
    assert loss[1, 5] == pytest.approx(LAW.loss(1e9, COMPUTE[5] / 6e9))


def test_many_sizes_give_the_optimum():
    params = np.geomspace(1e7, 1e12, 400)
    found = envelope.fit_envelope(params, COMPUTE, envelope.curves(LAW, params, COMPUTE))
    assert found.inside.all()
    assert found.a == found.a_inside
    assert found.a == pytest.approx(LAW.a, abs=1e-3)
    np.testing.assert_allclose(found.params, dense.optimal(LAW, COMPUTE).params, rtol=0.03)
    np.testing.assert_allclose(found.loss, dense.optimal(LAW, COMPUTE).loss, rtol=1e-5)


def test_saturated_ends_flatten_the_slope():
    params = np.geomspace(2e8, 5e9, 40)
    found = envelope.fit_envelope(params, COMPUTE, envelope.curves(LAW, params, COMPUTE))
    assert 0 < found.inside.mean() < 1
    assert found.a < LAW.a - 0.05
    assert found.a_inside == pytest.approx(LAW.a, abs=0.02)


def test_stacks_of_curves_are_taken_one_by_one():
    params = np.geomspace(1e8, 1e10, 9)
    loss = envelope.curves(LAW, params, COMPUTE)
    stack = np.stack([loss, loss[::-1]])
    both = envelope.fit_envelope(params, COMPUTE, stack)
    assert both.a.shape == (2,)
    assert both.a[0] == envelope.fit_envelope(params, COMPUTE, loss).a
    assert both.a[1] == pytest.approx(-both.a[0], rel=0.05)


def test_without_an_inside_there_is_no_slope():
    params = np.array([1e8, 1e9, 1e10])
    loss = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    found = envelope.fit_envelope(params, [1e19, 1e20], loss)
    assert np.isnan(found.a_inside)
    assert found.a == pytest.approx(0, abs=1e-12)
    with pytest.raises(ScalingLawsError, match="2 sizes have no envelope"):
        envelope.fit_envelope(params[:2], [1e19, 1e20], loss[:2])
