r"""Approach 3 of Hoffmann et al. 2022: fit L = E + A/N^alpha + B/D^beta to a table of runs.

The residual of a run is r = log(observed loss) - log(predicted loss), and the predicted log loss
is a log-sum-exp of a - alpha log N, b - beta log D and e (a = ln A, b = ln B, e = ln E;
Hoffmann et al. 2022, Section D.3). Many fits on the same runs (grid of starts, bootstrap
resamples as weights) advance together by a safeguarded Newton method with the closed-form gradient
and Hessian. From afar, a kink in the error model is approached through a falling sequence of Huber
widths.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws import parallel
from scalinglaws.fitting import varpro
from scalinglaws.fitting.kernel import Number, derivatives
from scalinglaws.fitting.model import (
    HUBER,
    Array,
    Design,
    ErrorModel,
    Fit,
    law_of,
    predict,
    prepare,
    residuals,
)
from scalinglaws.fitting.newton import Evaluate, damped_newton

#: Kink width (log loss) and precision to the function that `damped_newton` evaluates.
Problem = Callable[[float, Number], Evaluate]
#: Points (S, k), objective (S,) and whether each converged (S,).
Minimum = tuple[Array, Array, NDArray[np.bool_]]

_BLOCK = 262_144  # counts held at a time by each core
_WIDEST_KINK = 0.03  # above the spread of real residuals; the smoothing path starts here
_FINEST_SINGLE = 1e-5  # kink width that single precision still resolves
_ENVELOPE = 1e-4  # kink width of the envelopes of the absolute error


#: The 4,500 starts of Hoffmann et al. 2022, Section D.3, as (ln A, ln B, ln E, alpha, beta).
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
    """Return the sum over the runs of what their residuals are charged.

    Parameters
    ----------
    theta : array_like, shape (..., 5)
        (ln A, ln B, ln E, alpha, beta).
    runs : Design
        n runs.
    error : ErrorModel
        What a residual in log loss is charged; `HUBER` is Hoffmann et al. 2022, Equation 3.
    weights : array_like, shape (n,) or (..., n), optional
        How often each run counts; once, unless given.

    Returns
    -------
    ndarray, shape (...)
        Objective, >= 0.

    Examples
    --------
    >>> from scalinglaws.fitting.model import theta_of
    >>> from scalinglaws import published, read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> runs = prepare(table.params, table.tokens, table.loss)
    >>> for name in ("hoffmann2022", "besiroglu2024"):
    ...     print(f"{name}: {objective(theta_of(published[name]), runs):.5f}")
    hoffmann2022: 0.00123
    besiroglu2024: 0.00102
    """
    charge = error.rho(residuals(np.asarray(theta, dtype=float), runs))
    if weights is not None:
        charge = charge * np.asarray(weights, dtype=float)
    return np.asarray(charge.sum(axis=-1))


def descend(
    points: Array,
    problem: Problem,
    total: Array,
    error: ErrorModel,
    *,
    near: bool = False,
) -> Minimum:
    """Minimise along the path of falling kink widths that the error model asks for.

    All but the end is done in single precision, at a third of the cost; what it leaves undone the
    last steps in double precision do.

    Parameters
    ----------
    points : ndarray, shape (S, k)
        Where to start, in the coordinates of the problem.
    problem : callable
        Kink width (log loss) and precision to the function that `damped_newton` evaluates.
    total : ndarray, shape (S,)
        Weight of all runs together, by member.
    error : ErrorModel
        Of width delta > 0.
    near : bool
        Whether the points are near the minimum, so that the path can be left out.

    Returns
    -------
    points : ndarray, shape (S, k)
        Where the paths end.
    objective : ndarray, shape (S,)
        What it is there.
    converged : ndarray of bool, shape (S,)
        Whether the gradient has vanished there.

    Raises
    ------
    ZeroDivisionError
        If the width of the error model is zero.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> runs = prepare(table.params, table.tokens, table.loss)
    >>> def problem(delta, kind):
    ...     return lambda phi, members: derivatives(phi, runs, delta, kind=kind)
    >>> start = runs.centre(varpro.starts(runs, keep=1))
    >>> phi, value, converged = descend(start, problem, np.array([240.0]), HUBER)
    >>> bool(converged[0]), round(law_of(runs.uncentre(phi[0])).E, 2)
    (True, 1.82)
    """
    target = error.delta
    size = total * min(target, _WIDEST_KINK)
    for delta in [] if near else _kink_path(target):
        coarse = problem(delta, np.float32)
        scale = total * min(delta, _WIDEST_KINK)
        points = damped_newton(points, coarse, scale, 1e-5, 20, gain=1e-4, noise=1e-6)[0]
    if target >= _FINEST_SINGLE:
        single = problem(target, np.float32)
        points = damped_newton(points, single, size, 1e-6, 15, gain=1e-7, noise=1e-6)[0]
    # Residuals are known to a few 1e-16, and a kink of width delta divides by delta.
    tolerance = max(1e-10, 1e-14 / target)
    return damped_newton(points, problem(target, np.float64), size, tolerance, 200, damping=1e-8)


def _kink_path(target: float) -> list[float]:
    """Huber widths to go through before the wanted one, from smooth to sharp."""
    if np.isinf(target):
        return []
    widths = [np.inf, _WIDEST_KINK]
    while widths[-1] > target * 4:
        widths.append(widths[-1] / 4)
    return [w for w in widths if w > target]


def block_size(n: int) -> int:
    """Return how many members advance together on n runs: enough, and no more than fit memory.

    Parameters
    ----------
    n : int
        Number of runs, > 0.

    Returns
    -------
    int
        Members of a block, 1 to 1000. A bootstrap's random numbers depend on it.

    Examples
    --------
    >>> block_size(240), block_size(100_000)
    (1000, 2)
    """
    return max(1, min(1000, _BLOCK // n))


def minimise(
    starts: Array,
    runs: Design,
    error: ErrorModel = HUBER,
    weights: ArrayLike | None = None,
    *,
    near: bool = False,
) -> Minimum:
    """Minimise the objective from many starts, or for many weightings of the runs, at once.

    Parameters
    ----------
    starts : ndarray, shape (S, 5)
        (ln A, ln B, ln E, alpha, beta) to start from. Unless they are near, the first step solves
        the amplitudes at the exponents, so that only these matter.
    runs : Design
        n runs.
    error : ErrorModel
        What a residual in log loss is charged.
    weights : ndarray, shape (S, n), optional
        How often each run counts in each member, for instance bootstrap counts.
    near : bool
        Whether the starts are near the minima, as the full-sample optimum is to those of resamples.

    Returns
    -------
    theta : ndarray, shape (S, 5)
        (ln A, ln B, ln E, alpha, beta) of the end that each start leads to.
    objective : ndarray, shape (S,)
        Weighted sum of charges there.
    converged : ndarray of bool, shape (S,)
        Whether the gradient has vanished there.

    Examples
    --------
    Two starts and the one minimum that they lead to; only their exponents count:

    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> runs = prepare(table.params, table.tokens, table.loss)
    >>> theta, value, converged = minimise([[0, 0, 0, 0.5, 0.5], [25, 25, 1, 1.0, 1.5]], runs)
    >>> law_of(theta).E.round(3), converged
    (array([1.817, 1.817]), array([ True,  True]))
    """
    starts = np.atleast_2d(np.asarray(starts, dtype=float))
    counts = None if weights is None else np.asarray(weights)
    if counts is None and not near:
        # With the amplitudes solved first, starts of equal exponents are one.
        exponents, member = np.unique(starts[:, 3:], axis=0, return_inverse=True)
        if len(exponents) < len(starts):
            once = np.concatenate([np.zeros((len(exponents), 3)), exponents], axis=1)
            theta, value, converged = minimise(once, runs, error)
            member = member.ravel()
            return theta[member], value[member], converged[member]
    block = block_size(runs.n)

    def one(low: int) -> Minimum:
        part = slice(low, low + block)
        return minimise_block(
            starts[part], runs, error, None if counts is None else counts[part], near=near
        )

    parts = list(parallel.over(one, range(0, len(starts), block)))
    theta, value, converged = (np.concatenate(part) for part in zip(*parts, strict=True))
    return theta, value, converged


def minimise_block(
    starts: Array,
    runs: Design,
    error: ErrorModel,
    weights: NDArray[Any] | None,
    *,
    near: bool = False,
) -> Minimum:
    """Do one block of `minimise`, in the thread that calls it.

    Parameters
    ----------
    starts : ndarray, shape (S, 5)
        (ln A, ln B, ln E, alpha, beta), S at most `block_size`.
    runs : Design
        n runs.
    error : ErrorModel
        What a residual in log loss is charged.
    weights : ndarray, shape (S, n), or None
        How often each run counts in each member.
    near : bool
        Whether the starts are near the minima.

    Returns
    -------
    theta, objective, converged : ndarray, shape (S, 5), (S,) and (S,)
        As from `minimise`.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> runs = prepare(table.params, table.tokens, table.loss)
    >>> whole = fit(table.params, table.tokens, table.loss)
    >>> twice = np.full((1, 240), 2)  # each run counted twice: the same law at twice the objective
    >>> theta, value, _ = minimise_block(whole.theta[None], runs, HUBER, twice, near=True)
    >>> np.allclose(theta, whole.theta), np.allclose(value, 2 * whole.objective)
    (True, True)
    """
    phi = runs.centre(starts if near else varpro.with_amplitudes(starts, runs, weights))
    total = np.full(len(starts), float(runs.n))
    by_kind: dict[Number, NDArray[Any]] = {}
    if weights is not None:
        by_kind = {kind: np.asarray(weights, dtype=kind) for kind in (np.float32, np.float64)}
        total = by_kind[np.float64].sum(axis=1)

    def problem(delta: float, kind: Number) -> Evaluate:
        def evaluate(points: Array, members: NDArray[np.intp]) -> tuple[Array, Array, Array]:
            w = by_kind.get(kind)
            return derivatives(points, runs, delta, error.tau, w, members, kind)

        return evaluate

    smooth = error if error.delta > 0 else replace(error, delta=HUBER.delta)
    phi, value, converged = descend(phi, problem, total, smooth, near=near)
    if error.delta == 0:
        counts = by_kind.get(np.float64)
        phi, value, converged = _absolute(phi, runs, error, counts, total)
    return runs.uncentre(phi), value, converged


def _absolute(
    phi: Array, runs: Design, error: ErrorModel, weights: Array | None, total: Array
) -> Minimum:
    """Minimise the absolute error by the method of multipliers, from near the minimum.

    Each round minimises the Moreau envelope of the absolute error at shifted residuals, then takes
    the slopes found as the next shifts, on a narrower envelope (Rockafellar 1976,
    doi:10.1287/moor.1.2.97). At the end the runs within the kink lie on the law, and their slopes,
    which are between those on either side, balance the others: the condition of optimality
    (Koenker and Bassett 1978, doi:10.2307/1913643, Theorem 3.3). A member has converged when the
    slopes meet it so closely that the objective could not fall by more than 1e-11 of itself.
    """
    phi, value = phi.copy(), np.full(len(phi), np.inf)
    converged = np.zeros(len(phi), dtype=bool)
    slopes, left = np.zeros((len(phi), runs.n)), np.arange(len(phi))
    for narrowing in range(14):
        width = max(_ENVELOPE * 0.3**narrowing, 1e-2 * _ENVELOPE)
        w = None if weights is None else weights[left]
        problem = _envelope(runs, width, error.tau, w, slopes[left] * width)
        tolerance = max(1e-9, 1e-14 / width)
        end, _, flat = damped_newton(
            phi[left], problem, total[left] * width, tolerance, 60, damping=1e-6, gain=1e-13
        )
        r = predict(end, runs)[1]
        limits = -2 * (1 - error.tau), 2 * error.tau
        slope = np.clip(slopes[left] + r / width, *limits)
        charge = error.rho(r)
        gap = charge - slope * r
        if w is not None:
            charge, gap = charge * w, gap * w
        phi[left], slopes[left], value[left] = end, slope, charge.sum(axis=1)
        met = flat & (gap.sum(axis=1) <= 1e-11 * value[left])
        converged[left[met]] = True
        left = left[~met]
        if not len(left):
            break
    return phi, value, converged


def _envelope(
    runs: Design, width: float, tau: float, weights: Array | None, shift: Array
) -> Evaluate:
    def evaluate(points: Array, members: NDArray[np.intp]) -> tuple[Array, Array, Array]:
        return derivatives(points, runs, width, tau, weights, members, shift=shift[members])

    return evaluate


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
        Model sizes, training tokens, final losses (nats per token); n >= 6, all positive and finite
        (which is not checked).
    error : ErrorModel
        `HUBER` (delta 1e-3, Hoffmann et al. 2022, Equation 3), `LAD`, `MSE` or one's own.
    starts : array_like, shape (S, 5), optional
        (ln A, ln B, ln E, alpha, beta). Unless given, a grid over the exponents with the
        amplitudes solved (`varpro.starts`). The paper's own grid is `PAPER_STARTS`.
    name : str
        Name of the fitted law.

    Returns
    -------
    Fit
        The law and how it was come by; its `status` says whether it is to be trusted.

    Raises
    ------
    ScalingLawsError
        If the runs cannot fix the law at all: there are fewer than six, or sizes or data do not
        vary.

    Examples
    --------
    The replication of Besiroglu et al. 2024 states the first objective; it printed the A and B of
    the second:

    >>> from scalinglaws import LAD, read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> for error in (HUBER, LAD):
    ...     law = fit(table.params, table.tokens, table.loss, error=error).law
    ...     print(f"{law.E:.3f} {law.A:.0f} {law.B:.0f} {law.alpha:.3f} {law.beta:.3f}")
    1.817 478 2143 0.347 0.367
    1.817 482 2085 0.348 0.366
    """
    runs = prepare(params, tokens, loss)
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
