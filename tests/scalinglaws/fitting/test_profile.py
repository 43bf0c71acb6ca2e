import numpy as np
import pytest

from scalinglaws import fitting
from scalinglaws.fitting import likelihood
from scalinglaws.optimum import dense
from tests.scalinglaws import synthetic

QUANTITIES = {
    "E": lambda law: law.E,
    "A": lambda law: law.A,
    "B": lambda law: law.B,
    "alpha": lambda law: law.alpha,
    "beta": lambda law: law.beta,
    "a": lambda law: law.a,
    "ratio": lambda law: float(dense.optimal(law, 1e21).tokens_per_param),
}


def _quantity(name):
    if name == "a":
        return likelihood.size_exponent()
    return likelihood.tokens_per_param(1e21) if name == "ratio" else likelihood.coordinate(name)


@pytest.mark.parametrize("name", QUANTITIES)
def test_nothing_is_lost_at_the_estimate(design, huber_fit, name):
    value = QUANTITIES[name](huber_fit.law)
    grid = value * np.array([0.97, 1.0, 1.03])
    found = likelihood.profile_along(huber_fit, design, _quantity(name), grid)
    assert found.converged.all()
    assert found.drop[1] == pytest.approx(0.0, abs=1e-6)
    assert (found.drop[[0, 2]] > 0).all()


@pytest.mark.parametrize("name", QUANTITIES)
def test_the_quantity_is_held(design, huber_fit, name):
    value = 1.02 * QUANTITIES[name](huber_fit.law)
    kind = _quantity(name)
    free = np.delete(design.centre(huber_fit.theta), kind.eliminated)[None]
    phi, _, _ = kind.embedding(design)(free, kind.inner(np.array([value])))
    assert QUANTITIES[name](fitting.law_of(design.uncentre(phi)[0])) == pytest.approx(value)


@pytest.mark.parametrize("name", QUANTITIES)
def test_derivatives_of_the_embedding(design, huber_fit, name):
    value = QUANTITIES[name](huber_fit.law)
    kind = _quantity(name)
    embed, inner = kind.embedding(design), kind.inner(np.array([value]))
    free = np.delete(design.centre(huber_fit.theta), kind.eliminated)
    _, first, second = embed(free[None], inner)
    step = 1e-6
    for k in range(4):
        ahead, behind = (
            embed((free + sign * step * np.eye(4)[k])[None], inner) for sign in (1, -1)
        )
        np.testing.assert_allclose(
            first[0, :, k], (ahead[0] - behind[0])[0] / (2 * step), rtol=1e-6, atol=1e-8
        )
        np.testing.assert_allclose(
            second[0, :, :, k], (ahead[1] - behind[1])[0] / (2 * step), rtol=1e-6, atol=1e-6
        )


def test_squared_error_gives_the_textbook_interval():
    runs = synthetic.runs(noise=0.003, seed=4)
    design = fitting.prepare(*runs)
    fit = fitting.fit(*runs, error=fitting.MSE)
    grid = fit.law.E + np.linspace(-0.06, 0.06, 201)
    low, high = likelihood.profile_along(
        fit, design, likelihood.coordinate("E"), grid, fitting.MSE
    ).interval(0.95)
    # Gauss-Newton covariance: close to the profile when the curvature is small
    _, r = design.n, fit.residuals
    from scalinglaws.fitting.surface import derivatives

    hessian = derivatives(design.centre(fit.theta)[None], design, np.inf)[2][0]
    sigma = fit.law.E * np.sqrt(np.linalg.inv(hessian)[2, 2] * np.mean(r**2))
    assert (high - low) / 2 == pytest.approx(1.96 * sigma, rel=0.05)


def test_an_end_outside_the_grid_is_infinite(design, huber_fit):
    grid = huber_fit.law.E * np.array([0.999, 1.0, 1.001])
    found = likelihood.profile_along(huber_fit, design, likelihood.coordinate("E"), grid)
    assert found.interval(0.95) == (-np.inf, np.inf)
