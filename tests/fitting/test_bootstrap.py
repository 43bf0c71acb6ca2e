import sys

import numpy as np
import pytest

from scalebook import fitting, tables
from scalebook.fitting import varpro
from scalebook.fitting.bootstrap import project_again
from tests.fitting import synthetic


@pytest.fixture(scope="module")
def ensemble(data, huber_fit):
    return fitting.bootstrap(*data, huber_fit, resamples=2000, seed=3)


def test_every_resample_converges(ensemble):
    assert ensemble.converged.all()


@pytest.mark.parametrize("symbol", ["E", "A", "alpha", "beta", "a"])
def test_standard_errors_agree_with_the_replication(ensemble, symbol):
    sigma, error = fitting.standard_error(getattr(ensemble.law, symbol))
    printed = tables.published(f"besiroglu2024.{symbol}.se").value
    # the last printed digit, and three Monte Carlo errors of ours and of theirs (4,000 resamples)
    last = 10.0 ** -len(str(printed).partition(".")[2])
    assert abs(sigma - printed) <= last / 2 + 3 * error * np.sqrt(1.5)


def test_the_error_of_b_is_heavy_tailed(ensemble):
    draws = ensemble.law.B
    printed = tables.published("besiroglu2024.B.se").value
    sigma, error = fitting.standard_error(draws)
    assert abs(sigma - printed) <= 4 * error
    assert np.mean(((draws - draws.mean()) / sigma) ** 4) > 6


def test_width_of_the_interval_of_a(ensemble):
    low, high = fitting.interval(ensemble.law.a, 0.8)
    assert round(float(high - low), 2) == tables.published("besiroglu2024.a.width80").value


def test_same_seed_same_draws(data, huber_fit, ensemble, monkeypatch):
    module = sys.modules["scalebook.fitting.bootstrap"]  # the package has a function of its name
    monkeypatch.setattr(module, "_BLOCK", 240 * 7)  # nor does the blocking matter
    again = fitting.bootstrap(*data, huber_fit, resamples=50, seed=3)
    np.testing.assert_allclose(again.theta, ensemble.theta[:50], rtol=1e-6)


def test_intervals_cover_a_known_law():
    inside = 0
    for seed in range(40):
        runs = synthetic.runs(noise=0.005, seed=seed)
        fit = fitting.fit(*runs, error=fitting.MSE)
        draws = fitting.bootstrap(*runs, fit, resamples=200, seed=seed, error=fitting.MSE)
        low, high = fitting.interval(draws.law.a, 0.9)
        inside += bool(low <= synthetic.LAW.a <= high)
    # binomial: 36 expected, 2.5 standard deviations below is 31
    assert inside >= 31


def test_prediction_is_wider_than_the_law(ensemble):
    low, high = fitting.prediction_interval(ensemble, [7e10], [1.4e12], 0.9)
    law_low, law_high = fitting.interval(ensemble.law.loss(7e10, 1.4e12), 0.9)
    assert low[0] < law_low < law_high < high[0]


def test_variable_projection_is_resampled_too(data):
    fit = varpro.fit(*data)
    draws = project_again(*data, fit, resamples=25, seed=1)
    assert draws.converged.all()
    low, high = fitting.interval(draws.law.E, 0.95)
    assert low < fit.law.E < high
