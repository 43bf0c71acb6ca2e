import numpy as np
import pytest
from scipy.optimize import nnls

from scalinglaws import fitting
from scalinglaws.fitting import varpro
from tests.scalinglaws import synthetic


@pytest.mark.parametrize(("alpha", "beta"), [(0.35, 0.36), (0.1, 1.5), (1.9, 0.06), (2.0, 2.0)])
def test_amplitudes_agree_with_nnls(design, alpha, beta):
    found = varpro.project(alpha, beta, design, np.ones(design.n))
    basis = np.stack(
        [np.ones(design.n), np.exp(-alpha * design.x), np.exp(-beta * design.y)], axis=1
    )
    expected, norm = nnls(basis, np.exp(design.log_loss))
    np.testing.assert_allclose(found.amplitudes[0], expected, rtol=1e-7, atol=1e-9)
    assert found.objective[0] == pytest.approx(norm**2, rel=1e-8)


def test_gradient(design):
    weights = np.ones(design.n)
    point, step = np.array([0.4, 0.3]), 1e-6
    _, gradient = varpro.objective(point, design, weights)
    for k in range(2):
        ahead, behind = (
            varpro.objective(point + sign * step * np.eye(2)[k], design, weights)[0]
            for sign in (1, -1)
        )
        assert gradient[k] == pytest.approx((ahead - behind) / (2 * step), rel=1e-5)


def test_recovers_a_known_law():
    fit = varpro.fit(*synthetic.runs())
    assert fit.converged
    assert pytest.approx(synthetic.LAW.E, rel=1e-6) == fit.law.E
    assert fit.law.a == pytest.approx(synthetic.LAW.a, rel=1e-6)


def test_is_the_minimum_in_five_dimensions(data, design):
    fit = varpro.fit(*data)
    rng = np.random.default_rng(0)
    near = fit.theta + rng.normal(size=(500, 5)) * 1e-3
    losses = np.exp(design.log_loss)
    predicted = np.exp(design.log_loss - fitting.residuals(near, design))
    assert (np.sum((predicted - losses) ** 2, axis=1) >= fit.objective).all()


def test_a_law_without_a_data_term_is_at_a_bound():
    params, tokens, _ = synthetic.runs()
    fit = varpro.fit(params, tokens, 1.7 + 450 * params**-0.35)
    assert fit.status.startswith("at a bound")
