"""What a law leaves over: nothing of an exact law, a bump where there is one, prior far away."""

import numpy as np
import pytest

from scalinglaws import Laboratory, Runs, simulate
from scalinglaws.prediction.centre import centred
from scalinglaws.prediction.discrepancy import fitted

MADE = simulate(Laboratory(noise=0.001, budgets=10, sizes=15))


def bumped(height):
    apart = np.log(MADE.params / 1e9) ** 2 + np.log(MADE.tokens / 2e10) ** 2
    return Runs(MADE.params, MADE.tokens, MADE.loss * np.exp(height * np.exp(-apart / 2)))


def test_a_right_law_leaves_next_to_nothing():
    left = fitted(centred(MADE, "chinchilla", 0.1))
    mean, deviation = left.at(MADE.params, MADE.tokens)
    assert np.abs(mean).max() < 5e-4
    assert deviation.max() < 2e-3
    assert left.noise == pytest.approx(0.001, rel=0.3)


def test_a_bump_is_seen_where_it_is_and_nowhere_else():
    flat, found = (fitted(centred(bumped(h), "chinchilla", 0.1)) for h in (0.0, 0.01))
    top, _ = found.at(1e9 * np.ones(1), 2e10)
    assert 0.003 < float(top[0]) < 0.011
    assert found.amplitude > 2 * flat.amplitude
    far, deviation = found.at([1e13], [1e15])
    assert abs(float(far[0])) < 1e-9  # back to the law
    assert float(deviation[0]) == pytest.approx(np.hypot(found.amplitude, found.noise), rel=1e-6)


def test_it_is_surest_among_the_runs():
    found = fitted(centred(bumped(0.01), "chinchilla", 0.1))
    _, deviation = found.at([1e9, 1e10, 1e11, 1e12], [2e10, 2e11, 2e12, 2e13])
    assert (np.diff(deviation) >= 0).all()
