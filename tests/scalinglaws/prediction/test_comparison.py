"""Which form describes runs, and which predicts the larger ones."""

import numpy as np
import pytest

from scalinglaws import Runs, fit, read_runs
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import HUBER
from scalinglaws.fitting.likelihood import profiled_log_likelihood
from scalinglaws.laws import JointLaw, ParametricLaw
from scalinglaws.prediction import comparison

KAPLAN = JointLaw(alpha_N=0.08, alpha_D=0.1, N_c=6e13, D_c=2e13)
CHINCHILLA = ParametricLaw(1.8, 480.0, 2000.0, 0.35, 0.37)


def noisy(law, seed):
    """Return 80 runs of a law, spread over the plane, with 0.3% of noise."""
    rng = np.random.default_rng(1)
    params = np.exp(rng.uniform(np.log(5e7), np.log(1e10), 80))
    tokens = np.exp(rng.uniform(np.log(1e9), np.log(1e12), 80))
    noise = 0.003 * np.random.default_rng(seed).standard_normal(80)
    return Runs(params, tokens, law.loss(params, tokens) * np.exp(noise))


@pytest.fixture(scope="module")
def hoffmann():
    return read_runs("hoffmann2022_runs").without_highest(5)


def test_information_charges_for_the_constants(hoffmann):
    found = fit(hoffmann, "kaplan")
    value = float(profiled_log_likelihood(found.objective, found.n, HUBER.delta))
    got = comparison.information(found)
    assert got.log_likelihood == pytest.approx(value)
    assert got.aic == pytest.approx(10 - 2 * value)
    assert got.bic == pytest.approx(5 * np.log(found.n) - 2 * value)
    bent = comparison.information(fit(hoffmann, "powermean"))
    assert bent.aic + 2 * bent.log_likelihood == pytest.approx(14)


def test_the_likelihood_of_squared_error_is_the_normal_one(hoffmann):
    found = fit(hoffmann, error="mse")
    variance = np.mean(found.residuals**2)
    normal = -found.n / 2 * (np.log(2 * np.pi * variance) + 1)
    assert comparison.information(found).log_likelihood == pytest.approx(normal)


@pytest.mark.parametrize("error", ["lad", "varpro"])
def test_other_errors_have_no_such_likelihood(hoffmann, error):
    with pytest.raises(ScalingLawsError, match=f"{error}: the likelihood is that of Huber's"):
        comparison.information(fit(hoffmann, error=error))


def test_the_true_form_wins_and_predicts():
    runs = noisy(CHINCHILLA, seed=4)
    aic = {
        form: comparison.information(fit(runs, form)).aic for form in ("kaplan", "chinchilla")
    }  # fmt: skip
    assert aic["chinchilla"] < aic["kaplan"] - 10
    held = comparison.largest(runs, 20.0)
    outcome = comparison.predict_largest(
        runs, held, ("kaplan", "chinchilla"), resamples=60, seed=1
    )  # fmt: skip
    assert outcome["chinchilla"].error < outcome["kaplan"].error
    assert outcome["chinchilla"].covered > 0.8
    floor = outcome["chinchilla"].fit.constants["E"]
    assert floor == pytest.approx(CHINCHILLA.E, rel=0.1)
    assert outcome["kaplan"].errors.shape == (60,)


def test_kaplans_form_wins_on_its_own_ground():
    runs = noisy(KAPLAN, seed=5)
    kaplan, chinchilla = (
        comparison.information(fit(runs, form)).aic for form in ("kaplan", "chinchilla")
    )
    assert kaplan < chinchilla


def test_forms_see_the_same_resamples(hoffmann):
    """A form gives the same alone and beside another, and sees the draws of its own bootstrap."""
    held = comparison.largest(hoffmann, 10)
    both = comparison.predict_largest(hoffmann, held, ("sum", "chinchilla"), resamples=30, seed=2)
    alone = comparison.predict_largest(hoffmann, held, ("chinchilla",), resamples=30, seed=2)
    found = both["chinchilla"]
    np.testing.assert_array_equal(found.errors, alone["chinchilla"].errors)
    assert found.covered == alone["chinchilla"].covered
    laws, test = found.fit.bootstrap(30, seed=2).law, hoffmann.take(held)
    spread = np.log(test.loss[:, None] / laws.loss(test.params[:, None], test.tokens[:, None]))
    # What is left of the biases is the draw of the runs held out, which does not know the laws'.
    drawn = found.biases - spread.mean(axis=0)
    assert abs(drawn.mean()) < 4 * spread.std(axis=0).mean() / np.sqrt(len(test) * 30)
    assert np.corrcoef(found.biases, spread.mean(axis=0))[0, 1] > 0.3


def test_the_largest_runs_are_held_out():
    flop = np.repeat([1e18, 1e19, 1e20, 1e21], 5)
    params = np.sqrt(flop / 120)
    runs = Runs(params, 20 * params, np.linspace(4, 2, 20), budget=flop, name="mine.csv")
    held = comparison.largest(runs, 10.0)
    assert held.sum() == 5
    assert flop[held].min() == 1e21
    with pytest.raises(
        ScalingLawsError, match=r"mine.csv: .* leaves 5 runs to fit and 15 to predict"
    ):
        comparison.largest(runs, 1000.0)
    with pytest.raises(ScalingLawsError, match="Choose another factor"):
        comparison.largest(runs.take(np.arange(13)), 1.5)


def test_what_a_run_took_is_its_budget_or_without_one_its_compute():
    params = np.full(16, 1e8)
    tokens = np.repeat([1e9, 1e11], [13, 3]) * np.linspace(1, 1.2, 16)
    budget = np.where(np.arange(16) == 15, np.nan, np.repeat([6e17, 6e19], [13, 3]))
    runs = Runs(params, tokens, np.linspace(4, 3, 16), budget=budget)
    assert comparison.largest(runs, 10).tolist() == [False] * 13 + [True] * 3


# Which form the runs prefer


def test_no_form_is_preferred_that_another_beats_clearly(hoffmann):
    fits = comparison.fit_surfaces(hoffmann)
    found = comparison.preferred(fits)
    assert found.form == "powermean"
    assert set(found.errors) == {n for n, above in found.aic.items() if above <= comparison.CLEARLY}
    worse = {name: 50.0 * (name == "powermean") for name in fits}
    assert comparison.preferred(fits, worse).form != "powermean"


def test_held_out_runs_decide_among_forms_that_describe_the_runs_alike(hoffmann):
    fits = comparison.fit_surfaces(hoffmann)
    found = comparison.preferred(fits, dict.fromkeys(fits, 0.0))
    errors = comparison.held_out_errors(fits)
    assert found.by == "held-out runs"
    assert found.form == min(errors, key=errors.get)
    held = comparison.largest(hoffmann, 10)
    for name in ("chinchilla", "sum"):
        direct = comparison.predict(hoffmann, held, name, error="mse").error
        assert errors[name] == pytest.approx(direct, rel=1e-4)


def test_of_few_runs_the_criterion_decides():
    runs = Runs(np.geomspace(1e8, 1e9, 12), np.geomspace(1e10, 1e9, 12) * np.tile([1, 3, 9], 4),
                np.linspace(3, 2.5, 12) + 0.01 * np.cos(np.arange(12)))  # fmt: skip
    fits = {n: f for n, f in comparison.fit_surfaces(runs).items() if f.converged}
    found = comparison.preferred(fits)
    assert found is None or (found.by == "AIC" and found.aic[found.form] == 0)
    assert comparison.preferred({}) is None


@pytest.mark.parametrize("name", ["hoffmann2022_runs", "llama3", "fineweb-c4"])
def test_forms_that_start_from_chinchillas_end_where_the_grid_does(name):
    runs = read_runs(name)
    for form, found in comparison.fit_surfaces(runs).items():
        assert found.objective == pytest.approx(fit(runs, form, error="mse").objective, rel=1e-9)
