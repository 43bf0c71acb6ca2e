"""Minima of many Akima splines at once, against SciPy's spline, one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import Akima1DInterpolator

from scalinglaws import akima


@given(st.integers(0, 2**32 - 1), st.integers(3, 12))
@settings(max_examples=60, deadline=None)
def test_each_is_the_minimum_of_scipys_spline(seed, count):
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.uniform(0.1, 2, (5, count)), axis=1)
    y = rng.normal(size=(5, count))
    place, bend, level = akima.minima(x, y)
    for k in range(5):
        spline = Akima1DInterpolator(x[k], y[k])
        fine = np.append(np.linspace(x[k, 0], x[k, -1], 5001), x[k])
        lowest = fine[np.argmin(spline(fine))]
        assert spline(place[k]) == pytest.approx(level[k], abs=1e-9)
        assert level[k] <= spline(lowest) + 1e-9
        assert level[k] == pytest.approx(spline(lowest), abs=1e-3)
        if place[k] in (x[k, 0], x[k, -1]):
            assert bend[k] == 0
        elif np.abs(place[k] - x[k]).min() > 1e-9:  # at a knot it has two
            assert bend[k] == pytest.approx(float(spline(place[k], nu=2)), rel=1e-6, abs=1e-9)


def test_a_parabola_has_its_minimum():
    x = np.linspace(0, 4, 41)
    place, bend, _ = akima.minima(x, (x - 2.23) ** 2)
    assert place == pytest.approx(2.23, abs=1e-3)
    assert bend == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_line_is_lowest_at_an_end(sign):
    x = np.array([0.0, 1.0, 3.0])
    place, bend, level = akima.minima(x, sign * x)
    assert (place, bend, level) == ((0, 0, 0) if sign > 0 else (3, 0, -3))
