"""Whether intervals hold the truth as often as they say, in laboratories whose law is known."""

import numpy as np
import pytest

from scalinglaws import fitting, registry
from scalinglaws.fitting import interval
from scalinglaws.prediction import simulation

LABORATORIES = 200
CONSTANTS = ("E", "alpha", "beta", "a")


@pytest.fixture(scope="module")
def outcomes():
    """Law and bootstrap of each laboratory, by squared error, which is right for its noise."""
    found = []
    for seed in range(LABORATORIES):
        runs = simulation.simulate(simulation.Laboratory(seed=seed))
        fit = fitting.fit(runs, error="mse")
        found.append((fit, fit.bootstrap(300, seed)))
    return found


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_cover_the_truth_as_often_as_they_say(outcomes, level):
    truth = registry.parametric("besiroglu2024")
    # Three standard deviations of a binomial share, and what 300 resamples blur.
    slack = 3 * np.sqrt(level * (1 - level) / LABORATORIES) + 0.01
    for name in CONSTANTS:
        ends = [interval(getattr(ensemble.law, name), level) for _, ensemble in outcomes]
        held = np.mean([low <= getattr(truth, name) <= high for low, high in ends])
        assert abs(held - level) <= slack, (name, held)


def test_estimates_scatter_about_the_truth(outcomes):
    truth = registry.parametric("besiroglu2024")
    for name in CONSTANTS:
        values = np.array([getattr(fit.law, name) for fit, _ in outcomes])
        error = values.std(ddof=1) / np.sqrt(LABORATORIES)
        assert abs(values.mean() - getattr(truth, name)) <= 4 * error, name
