r"""Approach 3 of Hoffmann et al. 2022: fit L = E + A/N^alpha + B/D^beta to a table of runs.

The residual of a run is r = log(observed loss) - log(predicted loss), and the predicted log loss
is a log-sum-exp of a - alpha log N, b - beta log D and e (a = ln A, b = ln B, e = ln E;
Hoffmann et al. 2022, section D.3). Many fits on the same runs (grid of starts, bootstrap
resamples as weights) advance together by a safeguarded Newton method with the closed-form gradient
and Hessian. A kink in the error model is approached through a falling sequence of Huber widths.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalebook.fitting import varpro
from scalebook.fitting.design import Array, Design, Fit, design, law_of, predict, residuals
from scalebook.fitting.errors import HUBER, ErrorModel
from scalebook.fitting.newton import Evaluate, newton

_BLOCK = 60_000  # residuals worked on at a time: the temporaries stay in a 1 MiB cache
_WIDEST_KINK = 0.03  # above the spread of real residuals; the smoothing path starts here


#: The 4,500 starts of Hoffmann et al. 2022, section D.3, as (ln A, ln B, ln E, alpha, beta).
PAPER_STARTS = np.array(
    list(
        product(
            np.arange(0.0, 26.0, 5.0),
            np.arange(0.0, 26.0, 5.0),
            np.arange(-1.0, 1.1, 0.5),
            np.arange(0.0, 2.1, 0.5),
            np.arange(0.0, 2.1, 0.5),
        )
    )
)


def objective(
    theta: ArrayLike, runs: Design, error: ErrorModel = HUBER, weights: ArrayLike | None = None
) -> Array:
    """Return the sum of charges over the runs, shape (...), for vectors of shape (..., 5)."""
    charge = error.rho(residuals(np.asarray(theta, dtype=float), runs))
    if weights is not None:
        charge = charge * np.asarray(weights, dtype=float)
    return np.asarray(charge.sum(axis=-1))


def _charge_and_slopes(r: Array, delta: float, tau: float) -> tuple[Array, Array, Array]:
    """Huber charge, its slope and its curvature, lopsided by tau."""
    inside = np.abs(r) <= delta
    slope = np.clip(r, -delta, delta)
    charge = slope * (r - slope / 2)
    curvature = inside.astype(float)
    if tau != 0.5:
        side = np.where(r > 0, 2 * tau, 2 * (1 - tau))
        charge, slope, curvature = charge * side, slope * side, curvature * side
    return charge, slope, curvature


def derivatives(
    phi: Array, runs: Design, delta: float, tau: float = 0.5, weights: Array | None = None
) -> tuple[Array, Array, Array]:
    """Return objective (S,), gradient (S, 5) and Hessian (S, 5, 5) at centred coordinates.

    With p_k the share of term k in the prediction, z_k the gradient of its exponent and g = sum
    p_k z_k the gradient of the log prediction, the Hessian of sum w rho(r) is
    sum w [(rho'' + rho') g g^T - rho' sum_k p_k z_k z_k^T].
    """
    (p1, p2, p3), r = predict(phi, runs)
    charge, slope, curvature = _charge_and_slopes(r, delta, tau)
    if weights is not None:
        charge, slope, curvature = charge * weights, slope * weights, curvature * weights
    x, y, one = runs.x, runs.y, np.ones_like(runs.x)

    s1, s2, s3 = slope * p1, slope * p2, slope * p3
    m1 = s1 @ np.stack([one, x], axis=1)
    m2 = s2 @ np.stack([one, y], axis=1)
    gradient = np.stack([-m1[:, 0], -m2[:, 0], -s3.sum(axis=1), m1[:, 1], m2[:, 1]], axis=1)

    both = curvature + slope
    c1, c2 = both * p1, both * p2
    q11 = (c1 * p1 - s1) @ np.stack([one, x, x * x], axis=1)
    q22 = (c2 * p2 - s2) @ np.stack([one, y, y * y], axis=1)
    q12 = (c1 * p2) @ np.stack([one, x, y, x * y], axis=1)
    q13 = (c1 * p3) @ np.stack([one, x], axis=1)
    q23 = (c2 * p3) @ np.stack([one, y], axis=1)
    q33 = (both * p3 * p3 - s3).sum(axis=1)

    hessian = np.empty((len(phi), 5, 5))
    entries = {
        (0, 0): q11[:, 0], (0, 3): -q11[:, 1], (3, 3): q11[:, 2],
        (1, 1): q22[:, 0], (1, 4): -q22[:, 1], (4, 4): q22[:, 2],
        (0, 1): q12[:, 0], (1, 3): -q12[:, 1], (0, 4): -q12[:, 2], (3, 4): q12[:, 3],
        (0, 2): q13[:, 0], (2, 3): -q13[:, 1],
        (1, 2): q23[:, 0], (2, 4): -q23[:, 1],
        (2, 2): q33,
    }  # fmt: skip
    for (i, j), entry in entries.items():
        hessian[:, i, j] = hessian[:, j, i] = entry
    return charge.sum(axis=1), gradient, hessian


def descend(
    points: Array, problem: Callable[[float], Evaluate], total: Array, error: ErrorModel
) -> tuple[Array, NDArray[np.bool_]]:
    """Minimise along the path of falling kink widths that the error model asks for.

    Parameters
    ----------
    points : ndarray, shape (S, k)
    problem : callable
        Kink width (log loss) to the function that `newton` evaluates.
    total : ndarray, shape (S,)
        Weight of all runs together, by member.
    error : ErrorModel
    """
    *path, target = _kink_path(error)
    for delta in path:
        points, _ = newton(points, problem(delta), total * min(delta, _WIDEST_KINK), 1e-10, 12)
    # Residuals are known to a few 1e-16, and a kink of width delta divides by delta.
    tolerance = max(1e-10, 1e-14 / target)
    scale = total * min(target, _WIDEST_KINK)
    return newton(points, problem(target), scale, tolerance, 200)


def _vertex(
    phi: Array, runs: Design, tau: float, weights: Array | None
) -> tuple[Array, NDArray[np.bool_]]:
    """Move to the nearby vertex of the absolute error, where five residuals are zero.

    The vertex is optimal if the slopes of those five can balance the rest, that is, if the
    multipliers lie within the slopes on either side of the kink (optimality of a sum of absolute
    values; Koenker and Bassett 1978, doi:10.2307/1913643, theorem 3.3).
    """
    rows = np.arange(len(phi))[:, None]
    chosen = np.argsort(np.abs(predict(phi, runs)[1]), axis=1)[:, :5]
    if weights is not None:  # a run left out of a resample holds nothing
        left_out = np.where(weights > 0, 0.0, np.inf)
        chosen = np.argsort(np.abs(predict(phi, runs)[1]) + left_out, axis=1)[:, :5]
    moved = phi.copy()
    for _ in range(8):
        (p1, p2, p3), r = predict(moved, runs)
        slopes = np.stack([p1, p2, p3 + 0 * p1, -p1 * runs.x, -p2 * runs.y], axis=-1)
        held = slopes[rows, chosen]
        solvable = np.abs(np.linalg.det(held)) > 1e-14
        held = np.where(solvable[:, None, None], held, np.eye(5))
        step = np.linalg.solve(held, r[rows, chosen][..., None])[..., 0]
        solvable &= np.abs(step).max(axis=1) < 1.0
        moved += np.where(solvable[:, None], step, 0.0)
    side = np.where(r > 0, 2 * tau, 2 * (tau - 1))
    count = np.ones_like(r) if weights is None else weights
    side = side * count
    side[rows, chosen] = 0.0
    multipliers = np.linalg.solve(
        held.transpose(0, 2, 1), -np.einsum("sni,sn->si", slopes, side)[..., None]
    )[..., 0]
    high = 2 * tau * count[rows, chosen]
    low = 2 * (tau - 1) * count[rows, chosen]
    optimal = solvable & ((multipliers <= high) & (multipliers >= low)).all(axis=1)
    return np.where(optimal[:, None], moved, phi), optimal


def _kink_path(error: ErrorModel) -> list[float]:
    """Huber widths to go through, from smooth to the wanted one."""
    if np.isinf(error.delta):
        return [np.inf]
    target = error.delta
    widths = [np.inf, _WIDEST_KINK]
    while widths[-1] > target * 4:
        widths.append(widths[-1] / 4)
    return [*(w for w in widths if w > target), target]


def minimise(
    starts: Array, runs: Design, error: ErrorModel = HUBER, weights: Array | None = None
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Minimise the objective from many starts, or for many weightings of the runs, at once.

    Parameters
    ----------
    starts : ndarray, shape (S, 5)
        (ln A, ln B, ln E, alpha, beta) to start from.
    runs : Design
    error : ErrorModel
    weights : ndarray, shape (S, n), optional
        How often each run counts in each member, for instance bootstrap counts.

    Returns
    -------
    theta : ndarray, shape (S, 5)
    objective : ndarray, shape (S,)
    converged : ndarray of bool, shape (S,)
    """
    starts = np.atleast_2d(np.asarray(starts, dtype=float))
    theta, value = np.empty_like(starts), np.empty(len(starts))
    converged = np.zeros(len(starts), dtype=bool)
    block = max(1, _BLOCK // runs.n)
    for low in range(0, len(starts), block):
        part = slice(low, low + block)
        w = None if weights is None else np.asarray(weights[part], dtype=float)
        theta[part], converged[part] = _minimise_block(starts[part], runs, error, w)
        value[part] = objective(theta[part], runs, error, w)
    return theta, value, converged


def _minimise_block(
    starts: Array, runs: Design, error: ErrorModel, weights: Array | None
) -> tuple[Array, NDArray[np.bool_]]:
    problem = _problem(runs, error.tau, weights)
    total = np.full(len(starts), float(runs.n)) if weights is None else weights.sum(axis=1)
    if error.delta > 0:
        phi, converged = descend(runs.centre(starts), problem, total, error)
        return runs.uncentre(phi), converged
    return _absolute(runs.centre(starts), runs, error, weights, total)


def _problem(runs: Design, tau: float, weights: Array | None) -> Callable[[float], Evaluate]:
    def problem(delta: float) -> Evaluate:
        def evaluate(phi: Array, members: NDArray[np.intp]) -> tuple[Array, Array, Array]:
            w = None if weights is None else weights[members]
            return derivatives(phi, runs, delta, tau, w)

        return evaluate

    return problem


def _absolute(
    phi: Array, runs: Design, error: ErrorModel, weights: Array | None, total: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """Minimise the absolute error: narrow the kink until the nearby vertex proves optimal."""
    phi, _ = descend(phi, _problem(runs, error.tau, weights), total, replace(error, delta=1e-4))
    phi, converged = _vertex(phi, runs, error.tau, weights)
    for delta in (2e-5, 4e-6, 1e-6, 2e-7):
        left = np.flatnonzero(~converged)
        if not len(left):
            break
        w = None if weights is None else weights[left]
        narrow = _problem(runs, error.tau, w)(delta)
        closer, _ = newton(phi[left], narrow, total[left] * delta, 1e-14 / delta, 40)
        phi[left], converged[left] = _vertex(closer, runs, error.tau, w)
    return runs.uncentre(phi), converged


def _degenerate(theta: Array, runs: Design) -> str:
    """Say why a minimum is no scaling law, or nothing."""
    if theta[3:].min() <= 0:
        return "no scaling law: an exponent is not positive, so these runs have no optimum"
    shares, _ = predict(runs.centre(theta), runs)
    for share, term in zip(shares, ("size", "data", "irreducible"), strict=True):
        if share.max() < 1e-6:
            return f"at a bound: the {term} term is zero, so it cannot be told from these data"
    return ""


def fit(
    params: ArrayLike,
    tokens: ArrayLike,
    loss: ArrayLike,
    *,
    error: ErrorModel = HUBER,
    starts: Array | Sequence[Sequence[float]] | None = None,
    name: str = "fit",
) -> Fit:
    """Fit the parametric law to runs from many starts and keep the best end.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        Model sizes, training tokens, final losses (nats per token).
    error : ErrorModel
        `HUBER` (delta 1e-3, as in the paper), `LAD`, `MSE` or one's own.
    starts : array_like, shape (S, 5), optional
        (ln A, ln B, ln E, alpha, beta). Unless given, a grid over the exponents with the
        amplitudes solved (`varpro.starts`). The paper's own grid is `PAPER_STARTS`.
    name : str
        Name of the fitted law.

    Raises
    ------
    ScalebookError
        If the runs cannot fix the law at all.
    """
    runs = design(params, tokens, loss)
    grid = varpro.starts(runs) if starts is None else np.atleast_2d(np.asarray(starts, float))
    theta, value, converged = minimise(grid, runs, error)
    value = np.where(np.isfinite(value), value, np.inf)
    best = int(np.argmin(value))
    ends = value <= value[best] * (1 + 1e-6)
    if converged[ends].any():
        best = int(np.flatnonzero(ends & converged)[np.argmin(value[ends & converged])])
    status = "converged" if converged[best] else "not converged: the gradient has not vanished"
    status = _degenerate(theta[best], runs) or status
    return Fit(
        law=law_of(theta[best], name),
        theta=theta[best],
        objective=float(value[best]),
        status=status,
        method=error.name,
        n=runs.n,
        starts=len(grid),
        starts_at_best=float(ends.mean()),
        residuals=residuals(theta[best], runs),
    )
