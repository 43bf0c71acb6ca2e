"""A safeguarded Newton method that minimises many small problems at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scalebook.fitting.design import Array

#: Objective (S,), gradient (S, k) and Hessian (S, k, k) of some members at their points (S, k).
Evaluate = Callable[[Array, NDArray[np.intp]], tuple[Array, Array, Array]]


def newton(
    points: Array, evaluate: Evaluate, scale: Array, tolerance: float, iterations: int
) -> tuple[Array, NDArray[np.bool_]]:
    """Minimise from each row of `points`; return the ends and whether each converged.

    Newton steps on the absolute eigenvalues of the Hessian (so that every step descends), damped
    as Levenberg and Marquardt do. A member leaves the batch when its gradient has vanished.

    Parameters
    ----------
    points : ndarray, shape (S, k)
    evaluate : callable
        (points, members) to objective, gradient, Hessian.
    scale : ndarray, shape (S,)
        Size of the gradient far from the minimum.
    tolerance : float
        A gradient below `tolerance * scale` has vanished.
    iterations : int
        Steps at most.
    """
    points = points.copy()
    active = np.arange(len(points))
    value, gradient, hessian = evaluate(points, active)
    damping = np.full(len(points), 1e-4)
    converged = np.zeros(len(points), dtype=bool)
    for _ in range(iterations):
        finished = np.abs(gradient).max(axis=1) <= tolerance * scale[active]
        converged[active[finished]] = True
        going = ~finished & (damping[active] < 1e12)
        active, gradient, hessian = active[going], gradient[going], hessian[going]
        if not len(active):
            break
        trial = points[active] + _step(gradient, hessian, damping[active], scale[active])
        new_value, new_gradient, new_hessian = evaluate(trial, active)
        # At the bottom rounding hides a further fall: a smaller gradient then decides.
        flat = np.abs(new_value - value[active]) <= 1e-13 * np.abs(value[active])
        smaller = np.abs(new_gradient).max(axis=1) < np.abs(gradient).max(axis=1)
        better = np.where(flat, smaller, new_value < value[active])
        won = active[better]
        points[won], value[won] = trial[better], new_value[better]
        gradient = np.where(better[:, None], new_gradient, gradient)
        hessian = np.where(better[:, None, None], new_hessian, hessian)
        damping[active] = np.maximum(damping[active] * np.where(better, 0.1, 8.0), 1e-14)
    return points, converged


def _step(gradient: Array, hessian: Array, damping: Array, scale: Array) -> Array:
    curvature, axes = np.linalg.eigh(hessian)
    curvature = np.abs(curvature)
    curvature += damping[:, None] * np.maximum(curvature[:, -1:], scale[:, None])
    step = -np.einsum("sij,sj->si", axes, np.einsum("sji,sj->si", axes, gradient) / curvature)
    step *= np.minimum(1.0, 5.0 / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-300))
    return np.asarray(step)
