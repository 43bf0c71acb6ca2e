"""Roots of falling functions, many at once."""

import numpy as np

from scalinglaws import roots


def test_each_element_has_its_own_root():
    slopes, levels = np.array([0.5, 2.0, 7.0]), np.array([[1.0], [30.0]])
    found = roots.falling(lambda x, s, y: y - np.exp(s * x), -20.0, 20.0, slopes, levels)
    np.testing.assert_allclose(found, np.log(levels) / slopes, rtol=1e-14, atol=1e-14)


def test_a_root_outside_the_bracket_gives_the_end_next_to_it():
    np.testing.assert_allclose(roots.falling(lambda x: 5 - x, [0.0, 7.0], [3.0, 9.0]), [3.0, 7.0])


def test_a_root_at_an_end_is_found():
    found = roots.falling(lambda x: 5 - x, [5.0, 0.0], [9.0, 5.0])
    np.testing.assert_allclose(found, [5.0, 5.0], rtol=1e-15)


def test_a_steep_function_with_a_wide_bracket():
    found = roots.falling(lambda x, y: y - np.sinh(x), -300.0, 300.0, [1e-8, 1.0, 1e80])
    np.testing.assert_allclose(found, np.arcsinh([1e-8, 1.0, 1e80]), rtol=1e-14, atol=1e-14)


def test_a_function_may_fall_towards_smaller_numbers():
    found = roots.falling(lambda x, y: x - y, 3.0, 0.0, [-1.0, 2.0, 4.0])
    np.testing.assert_allclose(found, [0.0, 2.0, 3.0], rtol=1e-15)


def test_a_failed_fit_stays_nan():
    found = roots.falling(lambda x, y: y - x, 0.0, 3.0, [1.0, np.nan])
    np.testing.assert_allclose(found, [1.0, np.nan], rtol=1e-15)
