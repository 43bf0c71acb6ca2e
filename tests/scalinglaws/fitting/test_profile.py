from dataclasses import replace

import numpy as np
import pytest

from scalinglaws import fitting
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import profile, result
from scalinglaws.fitting.family import FORMS, Form
from scalinglaws.fitting.likelihood import profiled_log_likelihood
from scalinglaws.fitting.profile import Profile, profile_along
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
CHINCHILLA = FORMS["chinchilla"]


def _quantity(name):
    if name == "a":
        return profile.size_exponent()
    return profile.tokens_per_param(1e21) if name == "ratio" else profile.coordinate(name)


def _embedded(fit, name, factor):
    """Return a quantity's value, the free coordinates of the fit, and the map from them to all."""
    kind, value = _quantity(name), factor * QUANTITIES[name](fit.law)
    free = np.delete(fit.problem.centre(fit.values), CHINCHILLA.free.index(kind.eliminated))
    embed = profile._embedding(kind, fit.problem.design, np.array([value]))
    return value, free, lambda points: embed(points[None], np.zeros(1, dtype=int))


@pytest.mark.parametrize("name", QUANTITIES)
def test_nothing_is_lost_at_the_estimate(huber_fit, name):
    value = QUANTITIES[name](huber_fit.law)
    found = profile_along(huber_fit, _quantity(name), value * np.array([0.97, 1.0, 1.03]))
    assert found.converged.all()
    assert found.drop[1] == pytest.approx(0.0, abs=1e-6)
    assert (found.drop[[0, 2]] > 0).all()


def test_readings_of_one_run_count_as_one(huber_fit):
    runs = huber_fit.runs
    once = profile_along(huber_fit, profile.size_exponent(), np.linspace(0.4, 0.6, 21))
    names = np.array([f"run {place // 2}" for place in range(len(runs))])
    found = fitting.fit(replace(runs, run=names))
    shared = profile_along(found, profile.size_exponent(), once.values)
    share = len(np.unique(names)) / len(runs)
    assert shared.drop == pytest.approx(once.drop * share, rel=1e-6, abs=1e-6)
    (low, high), (least, most) = once.interval(), shared.interval()
    assert least < low < high < most


@pytest.mark.parametrize("name", QUANTITIES)
def test_the_quantity_is_held_and_the_free_coordinates_are_kept(huber_fit, name):
    value, free, embed = _embedded(huber_fit, name, 1.02)
    phi = embed(free)[0][0]
    law = CHINCHILLA.law(CHINCHILLA.take(huber_fit.problem.design.uncentre(phi)))
    assert QUANTITIES[name](law) == pytest.approx(value)
    assert np.isin(free, phi).all()


@pytest.mark.parametrize("name", QUANTITIES)
def test_derivatives_of_the_embedding(huber_fit, name):
    _, free, embed = _embedded(huber_fit, name, 1.0)
    _, first, second = embed(free)
    for k, step in enumerate(1e-6 * np.eye(4)):
        ahead, behind = embed(free + step), embed(free - step)
        np.testing.assert_allclose(
            first[0, :, k], CHINCHILLA.take(ahead[0] - behind[0])[0] / 2e-6, rtol=1e-6, atol=1e-8
        )
        np.testing.assert_allclose(
            second[0, :, :, k], (ahead[1] - behind[1])[0] / 2e-6, rtol=1e-6, atol=1e-6
        )


@pytest.mark.parametrize("error", ["huber", "mse", "varpro"])
@pytest.mark.parametrize("name", ["E", "alpha", "beta"])
def test_a_profile_is_that_of_fits_with_the_constant_fixed(runs, name, error):
    fit = fitting.fit(runs, error=error)
    grid = getattr(fit.law, name) * np.array([0.98, 1.01])
    free = tuple(each for each in CHINCHILLA.free if each != name)
    held = [
        fitting.fit(runs, Form("held", "", free, {name: value}), error=error).objective
        for value in grid
    ]
    best, lower = (
        profiled_log_likelihood(each, fit.n, fit.error.delta) for each in (fit.objective, held)
    )
    found = profile_along(fit, profile.coordinate(name), grid)
    np.testing.assert_allclose(found.drop, 2 * (best - lower), rtol=1e-6)


def test_squared_error_gives_the_textbook_interval():
    fit = fitting.fit(synthetic.runs(noise=0.003, seed=4), error="mse")
    grid = fit.law.E + np.linspace(-0.06, 0.06, 201)
    low, high = profile_along(fit, profile.coordinate("E"), grid).interval(0.95)
    # Gauss-Newton covariance: close to the profile when the curvature is small
    sigma = fit.law.E * fit.relative_errors["E"] * fit.residuals.std()
    sigma /= result._noise(fit.residuals, 5)
    assert (high - low) / 2 == pytest.approx(1.96 * sigma, rel=0.05)


def test_an_end_outside_the_grid_is_infinite(huber_fit):
    grid = huber_fit.law.E * np.array([0.999, 1.0, 1.001])
    found = profile_along(huber_fit, profile.coordinate("E"), grid)
    assert found.interval(0.95) == (-np.inf, np.inf)


def test_a_grid_beside_the_interval_is_refused():
    grid = np.linspace(3, 5, 9)
    beside = Profile(grid, grid**2, np.ones(9, dtype=bool))
    with pytest.raises(
        ScalingLawsError, match=r"None of the 9 values .* from 3 to 5, .* the 95% interval; 3 is"
    ):
        beside.interval(0.95)
    assert beside.interval(0.999) == (-np.inf, pytest.approx(3.29, abs=0.03))


@pytest.mark.parametrize(
    ("form", "error", "says"),
    [
        ("chinchilla", "lad", "the sum of the absolute residuals of log loss; expected an error"),
        ("chinchilla", fitting.ErrorModel("lopsided", 1e-3, 0.375), "weighted 0.75 times"),
        ("powermean", "huber", "expected a fit of the form 'chinchilla'.* one of 'powermean'"),
    ],
)
def test_a_fit_without_such_a_profile_is_refused(runs, form, error, says):
    fit = fitting.fit(runs, form, error=error)
    with pytest.raises(ScalingLawsError, match=f"profile of E: .*{says}"):
        profile_along(fit, profile.coordinate("E"), [1.8])


def test_a_constant_that_is_not_there_is_refused():
    with pytest.raises(ScalingLawsError, match="coordinate 'p': expected one of A, B, E, alpha"):
        profile.coordinate("p")


def test_a_member_without_an_optimum_spoils_no_other():
    known = {"A": np.array([6.0, 6.0]), "alpha": np.array([0.3, -0.1]), "beta": np.full(2, 0.4)}
    solve = profile.tokens_per_param(1e21).solve
    found, slopes, _ = solve(known, np.full(2, 20.0))
    alone, _, _ = solve({key: values[:1] for key, values in known.items()}, np.array([20.0]))
    assert found[0] == alone[0]
    assert np.isnan(found[1])
    assert np.isnan(slopes["beta"]).tolist() == [False, True]
