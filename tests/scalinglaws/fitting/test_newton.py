"""Newton's method for many problems at once: the steps it takes, and where it ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import rosen, rosen_der, rosen_hess

from scalinglaws.fitting.newton import damped_newton, damped_step


def recorded(function):
    """Return a function of points and members that keeps what it is asked."""
    asked = []

    def evaluate(points, members):
        asked.append((points.copy(), members.copy()))
        each = [function(point, member) for point, member in zip(points, members, strict=True)]
        return tuple(np.array(part, dtype=float) for part in zip(*each, strict=True))

    return evaluate, asked


def quartic(point, member):
    """x^4 / 4 + member: no Newton step is exact."""
    x = float(point[0])
    return x**4 / 4 + member, [x**3], [[3 * x**2]]


def valley(point, _):
    return rosen(point), rosen_der(point), rosen_hess(point)


def solve(function, points, scale=1.0, tolerance=1e-10, iterations=100, **settings):
    evaluate, asked = recorded(function)
    points = np.array(points, dtype=float)
    found = damped_newton(
        points, evaluate, np.full(len(points), scale), tolerance, iterations, **settings
    )
    return *found, asked


def test_the_valley_of_rosenbrock_is_walked_to_its_end():
    ends, values, converged, _ = solve(
        valley, [[-1.2, 1.0], [3.0, -4.0], [1.0, 1.0]], iterations=200
    )
    np.testing.assert_allclose(ends, 1.0, rtol=1e-9)
    assert (values < 1e-18).all()
    assert converged.all()


def test_the_damping_falls_tenfold_after_a_good_step():
    _, _, _, asked = solve(quartic, [[1.0]], tolerance=1e-7, iterations=6, damping=0.5)
    x, weight = 1.0, 0.5
    for points, _ in asked:
        assert points[0, 0] == pytest.approx(x, rel=1e-12)
        x, weight = x - x**3 / (3 * x**2 * (1 + weight)), weight / 10
    assert len(asked) == 7


def test_the_first_damping_is_a_thousandth_unless_given():
    _, _, _, asked = solve(quartic, [[1.0]], iterations=1)
    assert asked[1][0][0, 0] == pytest.approx(1 - 1 / (3 * 1.001), rel=1e-12)


def test_the_damping_grows_eightfold_after_a_bad_step():
    def worse(point, _):
        return float(np.any(point != 1.0)), [1.0], [[2.0]]

    ends, values, converged, asked = solve(worse, [[1.0]], iterations=4, damping=0.25)
    steps = [1 - points[0, 0] for points, _ in asked[1:]]
    np.testing.assert_allclose(steps, [1 / (2 + 0.5 * 8**i) for i in range(4)], rtol=1e-12)
    assert (ends[0, 0], values[0], converged[0]) == (1, 0, False)


def test_a_member_that_finds_no_step_downhill_is_given_up():
    def worse(point, _):
        return float(np.any(point != 1.0)), [1.0], [[2.0]]

    _, _, converged, asked = solve(worse, [[1.0]], iterations=100)
    assert not converged[0]
    assert len(asked) - 1 == int(np.ceil(np.log(1e10 / 1e-3) / np.log(8)))


def test_the_damping_does_not_vanish():
    def straight(point, _):  # the curvature that is told is four times the true one
        return point[0] ** 2 / 2, [point[0]], [[4.0]]

    _, _, _, asked = solve(straight, [[1.0]], iterations=60, tolerance=1e-30, gain=0.0)
    x = [points[0, 0] for points, _ in asked]
    np.testing.assert_allclose(np.divide(x[1:], x[:-1])[12:], 0.75, rtol=1e-12)


def test_the_damping_starts_again_from_next_to_nothing():
    asked = [0]

    def fickle(point, _):  # a slope of steps downhill, then none
        asked[0] += 1
        return (-asked[0] if asked[0] < 30 else 0.0), [-1.0], [[4.0]]

    _, _, _, seen = solve(fickle, [[0.0]], iterations=45, gain=0.0, noise=0.0)
    x = np.array([points[0, 0] for points, _ in seen])
    refused = x[30:] - x[28]
    assert len(refused) > 12
    np.testing.assert_allclose(
        1 / refused[8:] - 4, [4e-14 * 8.0**i for i in range(9, len(refused) + 1)], rtol=1e-4
    )


def test_a_gradient_below_its_share_of_the_scale_has_vanished():
    def slope(point, _):
        return 5.0 - 1e-9 * point[0], [-1e-9, 0.0], [[1.0, 0], [0, 1]]

    for scale, evaluations in ((1.01e-3, 1), (0.99e-3, 2)):
        ends, values, converged, asked = solve(
            slope, [[0.0, 3.0]], scale=scale, tolerance=1e-6, iterations=1, gain=0.0, noise=0.0
        )
        assert len(asked) == evaluations
        assert converged[0] == (evaluations == 1)
        assert values[0] == pytest.approx(5)
        assert ends[0, 1] == 3


def test_the_last_step_is_taken_if_it_is_small():
    # One Newton step from the bottom of (x - 2)^2 / 2, on a floor of 1.
    def bowl(point, _):
        return 1 + (point[0] - 2) ** 2 / 2, [point[0] - 2], [[1.0]]

    near, _, converged, asked = solve(bowl, [[2 + 5e-7]], tolerance=1e-6, damping=1e-12)
    assert converged[0]
    assert len(asked) == 1
    assert near[0, 0] == pytest.approx(2, abs=1e-12)

    def wide(point, _):
        return 1 + 1e-8 * (point[0] - 2) ** 2 / 2, [1e-8 * (point[0] - 2)], [[1e-8]]

    for distance, moves in ((0.9e-3, True), (1.1e-3, False)):
        far, _, converged, _ = solve(
            wide, [[2 + distance]], scale=1e-6, tolerance=1e-4, damping=1e-12
        )
        assert converged[0]
        assert bool(abs(far[0, 0] - 2) < 1e-9) is moves


@pytest.mark.parametrize(("gain", "evaluations"), [(1.1e-6, 1), (0.9e-6, 2)])
def test_a_step_that_gains_nothing_ends_the_search(gain, evaluations):
    # The next step would lower the objective from 1 by 1e-6.
    def bowl(point, _):
        return 1 + (point[0] ** 2 / 2 - 1e-6), [point[0]], [[1.0]]

    *_, asked = solve(
        bowl, [[np.sqrt(2e-6)]], iterations=1, tolerance=1e-30, damping=1e-12, gain=gain
    )
    assert len(asked) == evaluations


def test_while_the_damping_is_large_a_small_gain_is_not_the_end():
    def bowl(point, _):
        return 1 + point[0] ** 2 / 2, [point[0]], [[1.0]]

    for damping, evaluations in ((0.9e-3, 1), (1.1e-3, 2)):
        *_, asked = solve(bowl, [[1e-4]], iterations=5, tolerance=1e-30, damping=damping, gain=1e-6)
        assert len(asked) == evaluations


@pytest.mark.parametrize(("noise", "kept"), [(1e-6, True), (1e-8, False)])
def test_within_the_noise_the_smaller_gradient_decides(noise, kept):
    # The objective is told 1e-7 too high at all points but the first.
    def noisy(point, _):
        return 1 + point[0] ** 2 / 2 + 1e-7 * (point[0] != 1e-4), [point[0]], [[1.0]]

    ends, *_ = solve(noisy, [[1e-4]], iterations=1, tolerance=1e-30, gain=0.0, noise=noise)
    assert bool(ends[0, 0] != 1e-4) is kept


def test_within_the_noise_a_larger_gradient_is_refused():
    def steeper(point, _):
        return 1.0, [1e-3 if point[0] == 0 else 2e-3], [[1.0]]

    ends, *_ = solve(steeper, [[0.0]], iterations=3, gain=0.0, noise=1e-13)
    assert ends[0, 0] == 0


def test_members_leave_when_they_are_done_and_keep_their_own():
    starts = [[2.0], [0.0], [1.0], [1e-4]]
    ends, values, converged, asked = solve(
        quartic, starts, tolerance=1e-9, iterations=8, gain=0.0, noise=0.0
    )
    assert asked[0][1].tolist() == [0, 1, 2, 3]
    assert asked[1][1].tolist() == [0, 2]
    np.testing.assert_array_equal(converged, [False, True, False, True])
    for i, start in enumerate(starts):
        alone = solve(quartic, [start], tolerance=1e-9, iterations=8, gain=0.0, noise=0.0)
        assert ends[i, 0] == alone[0][0, 0]
        assert values[i] - i == pytest.approx(alone[1][0], rel=1e-9, abs=1e-15)


def test_each_member_has_its_own_scale():
    evaluate, asked = recorded(quartic)
    scale = np.array([1.0, 1e6, 1.0])
    _, _, converged = damped_newton(np.array([[0.1], [0.1], [3.0]]), evaluate, scale, 1e-6, 3)
    assert converged.tolist() == [False, True, False]
    assert asked[1][1].tolist() == [0, 2]


def test_no_steps_at_all():
    start = np.array([[2.0], [0.0]])
    evaluate, asked = recorded(quartic)
    ends, values, converged = damped_newton(start, evaluate, np.ones(2), 1e-9, 0)
    np.testing.assert_array_equal(ends, start)
    np.testing.assert_array_equal(values, [4, 1])
    assert converged.tolist() == [False, True]
    assert len(asked) == 1


def test_a_refused_step_leaves_the_curvature_as_it_was():
    # A lone member once lost its Hessian to the factors of a step, and with it the way.
    def bend(point, _):
        x, y = point
        return np.cosh(3 * x) + x * y + y**2, [3 * np.sinh(3 * x) + y, x + 2 * y], [
            [9 * np.cosh(3 * x), 1.0], [1.0, 2.0],
        ]  # fmt: skip

    def refused(point, member):
        value, gradient, hessian = bend(point, member)
        return value if point[0] == 1.0 else value + 100, gradient, hessian

    _, _, _, alone = solve(refused, [[1.0, 1.0]], iterations=3)
    _, _, _, several = solve(refused, [[1.0, 1.0]] * 2, iterations=3)
    for (one, _), (both, _) in zip(alone, several, strict=True):
        np.testing.assert_array_equal(one[0], both[0])


def test_starts_are_left_as_they_were():
    start = np.array([[2.0]])
    damped_newton(start, recorded(quartic)[0], np.ones(1), 1e-9, 5)
    assert start[0, 0] == 2


# One step


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_a_step_solves_the_damped_system(seed, k):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(4, k, k))
    hessian = root @ root.transpose(0, 2, 1) + 0.3 * np.eye(k)
    gradient, damping = 0.1 * rng.normal(size=(4, k)), 10.0 ** rng.uniform(-6, 2, 4)
    found = damped_step(gradient, hessian, damping, np.full(4, 1e-12))
    for i in range(4):
        damped = hessian[i] + damping[i] * np.diag(np.diag(hessian[i]))
        expected = -np.linalg.solve(damped, gradient[i])
        expected *= min(1, 5 / np.abs(expected).max())
        np.testing.assert_allclose(found[i], expected, rtol=1e-8, atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_every_step_descends(seed, k):
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(4, k, k))
    hessian, gradient = half + half.transpose(0, 2, 1), rng.normal(size=(4, k))
    given_hessian, given_gradient = hessian.copy(), gradient.copy()
    step = damped_step(gradient, hessian, np.full(4, 1e-3), np.full(4, 1e-3))
    assert ((step * gradient).sum(axis=1) < 0).all()
    assert (np.abs(step).max(axis=1) <= 5 * (1 + 1e-12)).all()
    np.testing.assert_array_equal(hessian, given_hessian)
    np.testing.assert_array_equal(gradient, given_gradient)


def one_step(gradient, hessian, damping=0.0, floor=0.0):
    return damped_step(
        np.array([gradient], float), np.array([hessian], float), np.array([damping]),
        np.array([floor]),
    )[0]  # fmt: skip


def test_a_negative_curvature_counts_by_its_size():
    np.testing.assert_allclose(one_step([1, -1], [[-2, 0], [0, 4]]), [-0.5, 0.25])
    np.testing.assert_allclose(one_step([1], [[-2]], damping=0.25), [-1 / 1.5])


def test_a_step_is_no_longer_than_five():
    np.testing.assert_allclose(one_step([3, -12], np.eye(2)), [-1.25, 5])
    np.testing.assert_allclose(one_step([4.9], [[1]]), [-4.9])


def test_a_curvature_that_vanishes_is_damped_by_its_floor():
    np.testing.assert_allclose(one_step([1e-3], [[0]], damping=2.0, floor=0.5), [-1e-3])
    # A millionth of the largest curvature counts at least.
    np.testing.assert_allclose(
        one_step([1e-6, 0.1], [[0, 0], [0, 4]], damping=0.5), [-1e-6 / (0.5 * 4e-6), -0.1 / 6]
    )


def test_a_pivot_that_vanishes_is_replaced_by_a_small_one():
    # 1e-10 of a curvature of 4, and of a floor of 0.01.
    np.testing.assert_allclose(one_step([1e-10, 0], [[1, 2], [2, 4]])[1] * 4e-10, 2e-10, rtol=1e-6)
    np.testing.assert_allclose(one_step([1e-13], [[0]], floor=0.01), [-0.1])
    np.testing.assert_array_equal(one_step([0], [[0]]), [0])
