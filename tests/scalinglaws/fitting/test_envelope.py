import numpy as np
import pytest

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import envelope
from scalinglaws.optimum import dense
from scalinglaws.runs import Runs
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


def trained(params, tokens):
    """Runs whose loss is a power of compute for each size, in the order of a shuffled table."""
    params, tokens = np.asarray(params, dtype=float), np.asarray(tokens, dtype=float)
    runs = Runs(params, tokens, (6 * params * tokens / params**2) ** -0.05)
    return runs.take(np.random.default_rng(0).permutation(len(runs)))


def test_curves_of_a_table_are_read_between_their_runs():
    sizes = np.geomspace(1e8, 1e9, 4)
    runs = trained(np.repeat(sizes, 5), np.tile(np.geomspace(1e9, 1e11, 5), 4))
    found = envelope.curves_of(runs)
    np.testing.assert_allclose(found.params, sizes)
    read = found.read(np.log(runs.loss))
    # Straight in the logarithms, so that interpolation is exact; nothing beyond a curve's ends.
    expected = (found.compute / found.params[:, None] ** 2) ** -0.05
    inside = (found.compute > 6e9 * sizes[:, None]) & (found.compute < 6e11 * sizes[:, None])
    np.testing.assert_allclose(read[inside], expected[inside], rtol=1e-12)
    assert np.isinf(read[~inside]).all()
    assert (np.isfinite(read).sum(axis=0) >= 3).all()
    assert not inside.all()


def test_a_size_read_once_has_no_curve():
    lengths = np.tile([1e9, 1e10, 1e11], 3)
    runs = trained([*np.repeat([1e8, 2e8, 4e8], 3), 3e8], [*lengths, 5e9])
    np.testing.assert_allclose(envelope.curves_of(runs).params, [1e8, 2e8, 4e8])


def test_tables_without_an_envelope_are_refused():
    with pytest.raises(ScalingLawsError, match="2 sizes were read at more than one amount of data"):
        envelope.curves_of(trained([1e8, 1e8, 2e8, 2e8, 4e8], [1e9, 2e9, 1e9, 2e9, 1e9]))
    apart = trained(np.repeat([1e7, 1e9, 1e11], 2), np.tile([1e10, 1.1e10], 3))
    with pytest.raises(ScalingLawsError, match="hardly overlap"):
        envelope.curves_of(apart)
