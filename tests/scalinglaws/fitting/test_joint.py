"""The four forms: derivatives, recovery, and the comparison of forms on runs."""

from dataclasses import replace

import numpy as np
import pytest

from scalinglaws import reading
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import HUBER, MSE, fit, joint, prepare
from scalinglaws.fitting.likelihood import profiled_log_likelihood
from scalinglaws.laws import JointLaw, ParametricLaw
from scalinglaws.prediction import comparison

KAPLAN = JointLaw(alpha_N=0.08, alpha_D=0.1, N_c=6e13, D_c=2e13)
CHINCHILLA = ParametricLaw(1.8, 480.0, 2000.0, 0.35, 0.37)
POINTS = {
    "power": [3.0, 2.0, 0.1, 0.8],
    "power+floor": [3.0, 2.0, 0.2, 0.8, 0.3],
    "sum": [0.1, 0.2, 0.1, 0.12],
    "sum+floor": [-0.9, -1.0, 0.35, 0.37, 0.6],
}


@pytest.fixture(scope="module")
def runs():
    rng = np.random.default_rng(1)
    return np.exp(rng.uniform(np.log(5e7), np.log(1e10), 80)), np.exp(
        rng.uniform(np.log(1e9), np.log(1e12), 80)
    )


@pytest.fixture(scope="module")
def hoffmann():
    return reading.read_runs("hoffmann2022_runs").without_highest(5)


@pytest.mark.parametrize("form", ["power", "power+floor", "sum"])
@pytest.mark.parametrize("tau", [0.5, 0.3])
def test_derivatives(form, tau, hoffmann):
    prepared = prepare(hoffmann.params, hoffmann.tokens, hoffmann.loss)
    phi = np.array([POINTS[form]])
    weights = np.random.default_rng(0).poisson(1, (1, prepared.n)).astype(float)

    def at(shift):
        return joint.derivatives(form, phi + shift, prepared, 5.0, tau, weights)

    value, gradient, hessian = at(0.0)
    steps = 1e-6 * np.eye(phi.shape[1])
    slopes = np.array([(at(s)[0] - at(-s)[0])[0] / 2e-6 for s in steps])
    bends = np.array([(at(s)[1] - at(-s)[1])[0] / 2e-6 for s in steps])
    np.testing.assert_allclose(gradient[0], slopes, rtol=1e-5, atol=1e-6 * np.abs(gradient).max())
    # One-sided charges kink at zero, so only the symmetric ones have a Hessian everywhere.
    if tau == 0.5:
        np.testing.assert_allclose(hessian[0], bends, rtol=1e-5, atol=1e-6 * np.abs(hessian).max())
    assert value[0] > 0


def test_kaplans_form_is_recovered(runs):
    found = joint.fit(*runs, KAPLAN.loss(*runs), "power")
    law = found.law()
    assert found.converged
    assert found.objective < 1e-20
    assert law.alpha_N == pytest.approx(KAPLAN.alpha_N, rel=1e-6)
    assert law.alpha_D == pytest.approx(KAPLAN.alpha_D, rel=1e-6)
    assert law.N_c == pytest.approx(KAPLAN.N_c, rel=1e-4)
    assert law.D_c == pytest.approx(KAPLAN.D_c, rel=1e-4)
    assert found.floor == 0.0


def test_kaplans_form_with_a_constant_is_recovered(runs):
    found = joint.fit(*runs, 1.2 + KAPLAN.loss(*runs), "power+floor")
    assert found.floor == pytest.approx(1.2, rel=1e-3)
    np.testing.assert_allclose(found.loss(*runs), 1.2 + KAPLAN.loss(*runs), rtol=1e-6)


def test_the_sum_without_a_constant_is_recovered(runs):
    law = replace(CHINCHILLA, E=0.0, alpha=0.1, beta=0.12, A=8.0, B=20.0)
    found = joint.fit(*runs, law.loss(*runs), "sum").law()
    assert found.alpha == pytest.approx(0.1, rel=1e-6)
    assert float(found.B) == pytest.approx(20, rel=1e-5)
    assert found.E == 0.0


def test_chinchillas_form_is_the_one_of_the_package(hoffmann):
    data = (hoffmann.params, hoffmann.tokens, hoffmann.loss)
    found, known = joint.fit(*data, "sum+floor"), fit(*data)
    assert found.objective == pytest.approx(known.objective, rel=1e-9)
    assert float(found.law().E) == pytest.approx(known.law.E)
    assert found.floor == pytest.approx(known.law.E)
    np.testing.assert_allclose(found.residuals, known.residuals, atol=1e-8)


def test_with_the_outer_power_at_one_both_forms_are_the_same(runs):
    # alpha_D = 1 and beta = 1.
    law = ParametricLaw(1.5, 300.0, 3e8, 0.3, 1.0)
    loss = law.loss(*runs)
    one, other = joint.fit(*runs, loss, "power+floor"), joint.fit(*runs, loss, "sum+floor")
    np.testing.assert_allclose(one.loss(*runs), loss, rtol=1e-5)
    np.testing.assert_allclose(other.loss(*runs), loss, rtol=1e-5)
    assert one.phi[2] == pytest.approx(1.0, rel=1e-2)


@pytest.mark.parametrize("form", joint.COUNTS)
def test_a_factor_in_the_loss_changes_nothing_else(form, hoffmann):
    data = (hoffmann.params, hoffmann.tokens)
    one = joint.fit(*data, hoffmann.loss, form)
    other = joint.fit(*data, 0.37 * hoffmann.loss, form)
    assert other.objective == pytest.approx(one.objective, rel=1e-6)
    np.testing.assert_allclose(other.loss(*data), 0.37 * one.loss(*data), rtol=1e-4)


@pytest.mark.parametrize("form", joint.COUNTS)
def test_a_richer_form_never_fits_worse(form, hoffmann):
    data = (hoffmann.params, hoffmann.tokens, hoffmann.loss)
    base = form.removesuffix("+floor")
    assert joint.fit(*data, f"{base}+floor").objective <= joint.fit(*data, base).objective * (
        1 + 1e-9
    )


@pytest.mark.parametrize("form", joint.COUNTS)
def test_a_resample_that_draws_each_run_once_is_the_fit(form, hoffmann):
    found = joint.fit(hoffmann.params, hoffmann.tokens, hoffmann.loss, form)
    phi, converged = joint.resample(found, np.ones((2, len(hoffmann))))
    assert converged.all()
    np.testing.assert_allclose(phi, [found.phi, found.phi], rtol=1e-5, atol=1e-7)


def test_an_ensemble_predicts_as_its_members(hoffmann):
    found = joint.fit(hoffmann.params, hoffmann.tokens, hoffmann.loss, "power")
    counts = np.random.default_rng(3).poisson(1, (3, len(hoffmann))).astype(float)
    phi, _ = joint.resample(found, counts)
    size, data = hoffmann.params[:4], hoffmann.tokens[:4]
    together = joint.predict("power", phi, found.runs, size, data)
    assert together.shape == (3, 4)
    law = joint.law("power", phi, found.runs)
    np.testing.assert_allclose(together, law.loss(size[:, None], data[:, None]).T, rtol=1e-9)


def test_squared_errors_too(runs):
    found = joint.fit(*runs, KAPLAN.loss(*runs), "power", error=MSE)
    assert found.objective < 1e-18


# Comparison


def test_information_charges_for_the_constants(hoffmann):
    found = joint.fit(hoffmann.params, hoffmann.tokens, hoffmann.loss, "power")
    value = float(profiled_log_likelihood(found.objective, found.n, HUBER.delta))
    got = comparison.information(found)
    assert got.log_likelihood == pytest.approx(value)
    assert got.aic == pytest.approx(10 - 2 * value)
    assert got.bic == pytest.approx(5 * np.log(found.n) - 2 * value)


def test_the_true_form_wins_and_predicts(runs):
    rng = np.random.default_rng(4)
    size, data = runs
    loss = CHINCHILLA.loss(size, data) * np.exp(0.003 * rng.standard_normal(len(size)))
    held = comparison.largest(size * data * 6, 20.0)
    fits = {form: joint.fit(size, data, loss, form) for form in ("power", "sum+floor")}
    aic = {form: comparison.information(found).aic for form, found in fits.items()}
    assert aic["sum+floor"] < aic["power"] - 10
    outcome = comparison.predict_largest(
        size, data, loss, held, ("power", "sum+floor"), resamples=60, seed=1
    )
    assert outcome["sum+floor"].error < outcome["power"].error
    assert outcome["sum+floor"].covered > 0.8
    assert outcome["sum+floor"].fit.floor == pytest.approx(CHINCHILLA.E, rel=0.1)
    assert outcome["power"].errors.shape == (60,)


def test_kaplans_form_wins_on_its_own_ground(runs):
    rng = np.random.default_rng(5)
    loss = KAPLAN.loss(*runs) * np.exp(0.003 * rng.standard_normal(len(runs[0])))
    aic = {
        form: comparison.information(joint.fit(*runs, loss, form)).aic
        for form in ("power", "sum+floor")
    }
    assert aic["power"] < aic["sum+floor"]


def test_the_largest_runs_are_held_out():
    flop = np.repeat([1e18, 1e19, 1e20, 1e21], 5)
    held = comparison.largest(flop, 10.0)
    assert held.sum() == 5
    assert flop[held].min() == 1e21
    with pytest.raises(
        ScalingLawsError, match=r"mine.csv: .* leaves 5 runs to fit and 15 to predict"
    ):
        comparison.largest(flop, 1000.0, "mine.csv")
    with pytest.raises(ScalingLawsError, match="Choose another factor"):
        comparison.largest(flop[:13], 1.5)


def test_what_is_wrong_is_named(hoffmann):
    with pytest.raises(ScalingLawsError, match="All runs have the same params"):
        joint.fit(np.full(9, 1e9), np.geomspace(1e9, 1e10, 9), np.linspace(3, 2, 9), "power")
    found = joint.fit(hoffmann.params, hoffmann.tokens, hoffmann.loss, "sum")
    with pytest.raises(ValueError, match="tokens must be positive"):
        found.loss(1e9, -1.0)
