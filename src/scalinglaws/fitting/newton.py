"""A safeguarded Newton method that minimises many small problems at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scalinglaws.fitting.model import Array

#: Objective (S,), gradient (S, k) and Hessian (S, k, k) of some members at their points (S, k).
Evaluate = Callable[[Array, NDArray[np.intp]], tuple[Array, Array, Array]]

_LONGEST = 5.0  # no coordinate moves further in one step: the exponents would leave all reason
_FREE = 1e-3  # damping, and step, that count as small
_GIVEN_UP = 1e10  # damping at which no step downhill was found


def damped_newton(
    points: Array,
    evaluate: Evaluate,
    scale: Array,
    tolerance: float,
    iterations: int,
    *,
    damping: float = 1e-3,
    gain: float = 1e-12,
    noise: float = 1e-13,
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Minimise from each row of `points`; return the ends, their objective and which converged.

    Newton steps, damped as Levenberg and Marquardt do, on a factorisation that is made positive
    where the Hessian is not, so that every step descends. A member leaves the batch when its
    gradient has vanished or the next step would gain nothing.

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
    damping : float
        Of the first step, in units of the Hessian's diagonal.
    gain : float
        A step that lowers the objective by no more than this share gains nothing. That last step
        is still taken.
    noise : float
        Relative error of the objective; below it a smaller gradient decides between two points.
    """
    ends, values = points.copy(), np.empty(len(points))
    converged = np.zeros(len(points), dtype=bool)
    active, at = np.arange(len(points)), points
    limit, floor = tolerance * scale, _FREE * scale
    weight = np.full(len(points), damping)
    value, gradient, hessian = evaluate(at, active)
    for left in range(iterations, -1, -1):
        steepness = np.abs(gradient).max(axis=1)
        step = damped_step(gradient, hessian, weight, floor)
        fall = -np.einsum("si,si->s", gradient, step) / 2
        finished = (steepness <= limit) | ((fall <= gain * np.abs(value)) & (weight <= _FREE))
        leaving = finished | (weight > _GIVEN_UP) if left else np.ones_like(finished)
        if leaving.any():
            last = leaving & finished & (np.abs(step).max(axis=1) <= _FREE)
            at = np.where(last[:, None], at + step, at)
            gone, going = active[leaving], ~leaving
            ends[gone], converged[gone] = at[leaving], finished[leaving]
            values[gone] = value[leaving]
            active, at, limit, weight = active[going], at[going], limit[going], weight[going]
            floor = floor[going]
            value, gradient, hessian = value[going], gradient[going], hessian[going]
            step, steepness = step[going], steepness[going]
        if not len(active):
            break
        trial = at + step
        new_value, new_gradient, new_hessian = evaluate(trial, active)
        # At the bottom rounding hides a further fall: a smaller gradient then decides.
        flat = np.abs(new_value - value) <= noise * np.abs(value)
        better = np.where(flat, np.abs(new_gradient).max(axis=1) < steepness, new_value < value)
        worse = ~better
        for kept, fresh in ((at, trial), (value, new_value), (gradient, new_gradient),
                            (hessian, new_hessian)):  # fmt: skip
            fresh[worse] = kept[worse]
        at, value, gradient, hessian = trial, new_value, new_gradient, new_hessian
        weight = np.maximum(weight * np.where(better, 0.1, 8.0), 1e-14)
    return ends, values, converged


def damped_step(gradient: Array, hessian: Array, damping: Array, floor: Array) -> Array:
    """Return -(H + damping diag H)^-1 g for members (S,), with H made positive where it is not.

    The factors L D L^T are computed for all members at once; a pivot that is not positive is
    replaced by its size, one that vanishes by a small one (Gill and Murray 1974,
    doi:10.1007/BF01585529).
    """
    size = gradient.shape[1]
    a = np.array(hessian.transpose(1, 2, 0), order="C")  # a copy, also of one member
    step = np.negative(gradient.T, order="C")
    diagonal = np.abs(np.einsum("iis->is", a))
    diagonal = np.maximum(diagonal, np.maximum(1e-6 * diagonal.max(axis=0), floor))
    tiny = np.maximum(1e-10 * diagonal, np.finfo(float).tiny)
    for j in range(size):
        pivot = np.maximum(np.abs(a[j, j] + damping * diagonal[j]), tiny[j])
        column = a[j + 1 :, j] / pivot
        a[j + 1 :, j + 1 :] -= column[:, None] * a[None, j, j + 1 :]
        step[j + 1 :] -= column * step[j]
        a[j, j], a[j + 1 :, j] = pivot, column
    step /= np.einsum("iis->is", a)
    for j in range(size - 1, 0, -1):
        step[:j] -= a[j, :j] * step[j]
    longest = np.abs(step).max(axis=0)
    step *= np.minimum(1.0, _LONGEST / np.maximum(longest, 1e-300))
    return np.asarray(step.T)
