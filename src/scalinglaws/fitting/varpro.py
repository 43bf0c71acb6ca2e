"""Variable projection: search the two exponents, solve the three amplitudes exactly.

At fixed (alpha, beta) the law E + A/N^alpha + B/D^beta is linear in (E, A, B), so the best
non-negative amplitudes follow from 3 x 3 normal equations (Golub and Pereyra 1973,
doi:10.1137/0710036). What is left is a smooth search in two dimensions, far better conditioned
than the search in five.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.fitting.kernel import CELLS
from scalinglaws.fitting.model import Array, Design, Fit, law_of, prepare, residuals
from scalinglaws.fitting.newton import damped_newton

#: Exponents tried before the search is refined.
EXPONENTS = np.geomspace(0.05, 2.0, 24)

_SUBSETS = [list(s) for size in (3, 2, 1) for s in combinations(range(3), size)]


@dataclass(frozen=True)
class Projection:
    """Best amplitudes at given exponents.

    Attributes
    ----------
    amplitudes : ndarray, shape (S, 3)
        E, and A and B for centred logarithms: A N^-alpha = amplitude exp(-alpha x); nats per token,
        >= 0.
    objective : ndarray, shape (S,)
        Weighted sum of squared residuals of the loss.

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> runs = prepare(N, D, law.loss(N, D))
    >>> found = project([0.3, law.alpha], [0.3, law.beta], runs, np.ones(9))
    >>> found.amplitudes[:, 0].round(4)  # E at wrong and right exponents
    array([1.6493, 1.8172])
    >>> np.abs(found.objective).round(4)
    array([0.002, 0.   ])
    """

    amplitudes: Array
    objective: Array


def project(alpha: ArrayLike, beta: ArrayLike, runs: Design, weights: ArrayLike) -> Projection:
    """Solve the non-negative amplitudes at given exponents.

    Parameters
    ----------
    alpha, beta : array_like, shape (S,)
        Exponents of size and data.
    runs : Design
        n runs.
    weights : array_like, shape (n,) or (S, n)
        Weight of each run's squared residual in loss, >= 0.

    Returns
    -------
    Projection
        Of S members.

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> found = project(law.alpha, law.beta, prepare(N, D, law.loss(N, D)), np.ones(9))
    >>> E, size, data = found.amplitudes[0]  # those of the terms are of the mean run
    >>> round(float(E), 4), np.allclose((size, data), law.terms(1e9, 1e10))
    (1.8172, True)
    """
    pair = np.broadcast_arrays(np.atleast_1d(alpha), np.atleast_1d(beta))
    exponents = np.stack(pair, axis=1).astype(float)
    w = np.atleast_2d(np.asarray(weights, dtype=float))
    parts = [
        _amplitudes(*_basis(exponents[rows], runs), np.exp(runs.log_loss), w[_rows(w, rows)])
        for rows in _blocks(len(exponents), runs.n)
    ]
    return Projection(
        np.concatenate([part.amplitudes for part in parts]),
        np.concatenate([part.objective for part in parts]),
    )


def project_grid(alpha: ArrayLike, beta: ArrayLike, runs: Design, weights: ArrayLike) -> Projection:
    """Solve the amplitudes at every pair of exponents, alpha (p,) with beta (q,): S = p q members.

    The terms of size and data are computed once an exponent, not once a pair.

    Parameters
    ----------
    alpha, beta : array_like, shape (p,), (q,)
        Exponents of size and data.
    runs : Design
        n runs.
    weights : array_like, shape (n,)
        Weight of each run's squared residual in loss, >= 0.

    Returns
    -------
    Projection
        Of p q members; that of alpha[i] and beta[j] stands at i q + j.

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> runs, alpha, beta = prepare(N, D, law.loss(N, D)), [0.2, law.alpha], [0.2, 0.5, law.beta]
    >>> int(project_grid(alpha, beta, runs, np.ones(9)).objective.argmin())
    5
    """
    w, loss = np.asarray(weights, dtype=float), np.exp(runs.log_loss)
    size, data = (
        np.exp(-np.asarray(exponent, dtype=float)[:, None] * coordinate)
        for exponent, coordinate in ((alpha, runs.x), (beta, runs.y))
    )
    p, q = len(size), len(data)

    def pairs(sizes: ArrayLike, datas: ArrayLike) -> Array:
        left, right = np.reshape(sizes, (-1, 1)), np.reshape(datas, (1, -1))
        return np.broadcast_to(left + right, (p, q)).reshape(-1)

    sums = {
        (0, 0): pairs(w.sum(), 0.0), (0, 1): pairs(size @ w, 0.0), (0, 2): pairs(0.0, data @ w),
        (1, 1): pairs(size**2 @ w, 0.0), (2, 2): pairs(0.0, data**2 @ w),
        (1, 2): ((size * w) @ data.T).reshape(-1),
    }  # fmt: skip
    right = [pairs(w @ loss, 0.0), pairs(size @ (w * loss), 0.0), pairs(0.0, data @ (w * loss))]
    return _best_subset(_symmetric(sums, p * q), np.stack(right, axis=1), float(w @ loss**2))


def _blocks(members: int, n: int) -> list[slice]:
    rows = max(1, CELLS // n)
    return [slice(low, min(low + rows, members)) for low in range(0, members, rows)]


def _rows(weights: Array, rows: slice) -> slice:
    """Rows of the weights: the one that is for all, or each member's own."""
    return rows if len(weights) > 1 else slice(None)


def _basis(exponents: Array, runs: Design) -> tuple[Array, Array]:
    """Return the terms of size and data at unit amplitude, each (S, n)."""
    return np.exp(-exponents[:, :1] * runs.x), np.exp(-exponents[:, 1:] * runs.y)


def _amplitudes(size: Array, data: Array, loss: Array, w: Array) -> Projection:
    """Solve the amplitudes from the two terms (S, n) and the weights (1 or S, n)."""
    weighted_size, weighted_data = size * w, data * w
    sums = {
        (0, 0): w.sum(axis=1), (0, 1): weighted_size.sum(axis=1), (0, 2): weighted_data.sum(axis=1),
        (1, 1): _dot(weighted_size, size), (2, 2): _dot(weighted_data, data),
        (1, 2): _dot(weighted_size, data),
    }  # fmt: skip
    right = [np.broadcast_to(w @ loss, len(size)), weighted_size @ loss, weighted_data @ loss]
    gram = _symmetric(sums, len(size))
    return _best_subset(gram, np.stack(right, axis=1), w @ loss**2)


def _dot(left: Array, right: Array) -> Array:
    return np.asarray(np.einsum("sn,sn->s", left, right))


def _symmetric(entries: dict[tuple[int, int], Array], members: int) -> Array:
    size = 1 + max(j for _, j in entries)
    matrix = np.empty((members, size, size))
    for (i, j), entry in entries.items():
        matrix[:, i, j] = matrix[:, j, i] = entry
    return matrix


def _best_subset(gram: Array, right: Array, base: Array | float) -> Projection:
    """Return the best non-negative solution, of those in which some amplitudes are zero."""
    best = np.zeros_like(right)
    value = np.broadcast_to(np.asarray(base, dtype=float), len(right)).copy()
    open_ = np.arange(len(right))
    for subset in _SUBSETS:
        own = right[open_][:, subset]
        solved = _solve(gram[open_][:, subset][:, :, subset], own)
        fitted = np.broadcast_to(base, len(right))[open_] - np.einsum("sk,sk->s", solved, own)
        wins = (solved >= 0).all(axis=1) & (fitted < value[open_])
        won = open_[wins]
        value[won] = fitted[wins]
        best[won] = 0.0
        best[np.ix_(won, subset)] = solved[wins]
        if len(subset) == 3:  # where all three are positive nothing can be better
            open_ = open_[~wins]
    return Projection(best, value)


def _solve(gram: Array, right: Array) -> Array:
    """Solve a stack of small systems; a singular one gives a negative answer, that is, none."""
    diagonal = np.einsum("sii->si", gram)
    scale = np.sqrt(diagonal[:, :, None] * diagonal[:, None, :])
    singular = np.linalg.det(gram / scale) < 1e-13
    safe = np.where(singular[:, None, None], np.eye(gram.shape[-1]), gram)
    solved = np.linalg.solve(safe, right[..., None])[..., 0]
    solved[singular] = -1.0
    return np.asarray(solved)


def theta(alpha: ArrayLike, beta: ArrayLike, amplitudes: Array, runs: Design) -> Array:
    """Return the parameter vectors of exponents and their amplitudes.

    Parameters
    ----------
    alpha, beta : array_like, shape (S,)
        Exponents of size and data.
    amplitudes : ndarray, shape (S, 3)
        As in `Projection`.
    runs : Design
        The runs they were solved for.

    Returns
    -------
    ndarray, shape (S, 5)
        (ln A, ln B, ln E, alpha, beta). An absent term's logarithm, at the mean run, is -50.

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> runs = prepare(N, D, law.loss(N, D))
    >>> found = project(law.alpha, law.beta, runs, np.ones(9))
    >>> estimate = theta([law.alpha], [law.beta], found.amplitudes, runs)
    >>> round(law_of(estimate[0]).B, 1), law.B
    (2085.4, 2085.43)
    """
    floor, size, data = np.log(np.maximum(amplitudes, np.exp(-50))).T
    return runs.uncentre(np.stack([size, data, floor, *np.broadcast_arrays(alpha, beta)], axis=-1))


def starts(runs: Design, keep: int = 12, weights: ArrayLike | None = None) -> Array:
    """Return starting points for a fit in five dimensions.

    The exponents go over a grid, the amplitudes are solved for relative squared error, and the
    `keep` best points are returned, best first.

    Parameters
    ----------
    runs : Design
        n runs.
    keep : int
        Number of points, > 0.
    weights : array_like, shape (n,), optional
        How often each run counts.

    Returns
    -------
    ndarray, shape (keep, 5)
        (ln A, ln B, ln E, alpha, beta).

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> points = starts(prepare(N, D, law.loss(N, D)))
    >>> points.shape, points[0, 3:].round(2)  # where the law has 0.35 and 0.37
    ((12, 5), array([0.34, 0.34]))
    """
    alpha, beta = (v.ravel() for v in np.meshgrid(EXPONENTS, EXPONENTS, indexing="ij"))
    relative = np.exp(-2 * runs.log_loss)
    if weights is not None:
        relative = relative * np.asarray(weights, dtype=float)
    projection = project_grid(EXPONENTS, EXPONENTS, runs, relative)
    best = np.argsort(projection.objective, kind="stable")[:keep]
    return theta(alpha[best], beta[best], projection.amplitudes[best], runs)


def with_amplitudes(starts: Array, runs: Design, weights: ArrayLike | None = None) -> Array:
    """Solve the amplitudes of starting points, for relative squared error at their exponents.

    A term that is best left out at these exponents stays out: such a start is on flat ground.

    Parameters
    ----------
    starts : ndarray, shape (S, 5)
        (ln A, ln B, ln E, alpha, beta), of which the exponents count.
    runs : Design
        n runs.
    weights : array_like, shape (n,) or (S, n), optional
        How often each run counts.

    Returns
    -------
    ndarray, shape (S, 5)
        (ln A, ln B, ln E, alpha, beta) with the exponents of `starts`.

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> start = np.array([[0.0, 0.0, 0.0, law.alpha, law.beta]])
    >>> solved = law_of(with_amplitudes(start, prepare(N, D, law.loss(N, D)))[0])
    >>> round(solved.E, 3), round(solved.A, 1), round(solved.B, 1)
    (1.817, 482.0, 2085.4)
    """
    relative = np.exp(-2 * runs.log_loss)
    if weights is not None:
        relative = relative * np.asarray(weights, dtype=float)
    alpha, beta = starts[:, 3], starts[:, 4]
    return theta(alpha, beta, project(alpha, beta, runs, relative).amplitudes, runs)


def objective(exponents: Array, runs: Design, weights: ArrayLike) -> tuple[float, Array]:
    """Return the projected sum of squares at one pair of exponents, and its gradient.

    Parameters
    ----------
    exponents : ndarray, shape (2,)
        (alpha, beta).
    runs : Design
        n runs.
    weights : array_like, shape (n,)
        Weight of each run's squared residual in loss, >= 0.

    Returns
    -------
    value : float
        Weighted sum of squared residuals of the loss, at the best amplitudes.
    gradient : ndarray, shape (2,)
        Its slopes in alpha and beta.

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> runs = prepare(N, D, law.loss(N, D))
    >>> value, gradient = objective(np.array([law.alpha, law.beta]), runs, np.ones(9))
    >>> value < 1e-20, bool(np.abs(gradient).max() < 1e-9)
    (True, True)
    """
    value, gradient, _ = derivatives(np.asarray(exponents, dtype=float)[None], runs, weights)
    return float(value[0]), gradient[0]


def derivatives(exponents: Array, runs: Design, weights: ArrayLike) -> tuple[Array, Array, Array]:
    """Return the projected sum of squares, its gradient and its Hessian.

    Parameters
    ----------
    exponents : ndarray, shape (S, 2)
        (alpha, beta) of each member.
    runs : Design
        n runs.
    weights : array_like, shape (n,) or (S, n)
        Weight of each run's squared residual in loss, >= 0.

    Returns
    -------
    value : ndarray, shape (S,)
        Weighted sum of squared residuals of the loss, at the best amplitudes.
    gradient : ndarray, shape (S, 2)
        Its slopes in alpha and beta.
    hessian : ndarray, shape (S, 2, 2)
        Its curvature, the Schur complement of the amplitudes in that of all five constants.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> runs = prepare(table.params, table.tokens, table.loss)
    >>> best = fit(table.params, table.tokens, table.loss).theta[None, 3:]
    >>> value, gradient, hessian = derivatives(best, runs, np.ones(240))
    >>> round(float(value[0]), 4), bool(np.abs(gradient).max() < 1e-8)
    (0.0832, True)
    >>> bool((np.linalg.eigvalsh(hessian[0]) > 0).all())
    True
    """
    w = np.atleast_2d(np.asarray(weights, dtype=float))
    parts = [
        _derivatives(exponents[rows], runs, w[_rows(w, rows)])
        for rows in _blocks(len(exponents), runs.n)
    ]
    value, gradient, hessian = (np.concatenate(part) for part in zip(*parts, strict=True))
    return value, gradient, hessian


def _derivatives(exponents: Array, runs: Design, w: Array) -> tuple[Array, Array, Array]:
    x, y, loss = runs.x, runs.y, np.exp(runs.log_loss)
    size, data = _basis(exponents, runs)
    floor, a, b = _amplitudes(size, data, loss, w).amplitudes.T
    absent = np.stack([floor, a, b], axis=1) == 0
    term_a, term_b = a[:, None] * size, b[:, None] * data
    residual = floor[:, None] + term_a + term_b - loss
    pull = residual * w
    value = _dot(pull, residual)
    # The amplitudes are optimal, so their own change does not count (envelope theorem).
    pull_a, pull_b = pull * term_a, pull * term_b
    first_a, second_a = (pull_a @ np.stack([x, x * x], axis=1)).T
    first_b, second_b = (pull_b @ np.stack([y, y * y], axis=1)).T
    gradient = np.stack([-2 * first_a, -2 * first_b], axis=1)

    # Half the Hessian in (E, A, B, alpha, beta), then the Schur complement of the amplitudes.
    full = np.empty((len(exponents), 5, 5))
    one, w_a, w_b = np.ones_like(x), w * size, w * data
    columns_x, columns_y = np.stack([one, x, x * x], 1), np.stack([one, y, y * y], 1)
    m_a, m_b = w_a @ columns_x, w_b @ columns_y
    m_aa, m_bb = (w_a * size) @ columns_x, (w_b * data) @ columns_y
    m_ab = (w_a * data) @ np.stack([one, x, y, x * y], 1)
    entries = {
        (0, 0): w.sum(axis=1), (0, 1): m_a[:, 0], (0, 2): m_b[:, 0], (1, 1): m_aa[:, 0],
        (2, 2): m_bb[:, 0], (1, 2): m_ab[:, 0],
        (0, 3): -a * m_a[:, 1], (0, 4): -b * m_b[:, 1],
        (1, 3): -a * m_aa[:, 1] - (pull * size) @ x, (1, 4): -b * m_ab[:, 2],
        (2, 3): -a * m_ab[:, 1], (2, 4): -b * m_bb[:, 1] - (pull * data) @ y,
        (3, 3): a**2 * m_aa[:, 2] + second_a, (4, 4): b**2 * m_bb[:, 2] + second_b,
        (3, 4): a * b * m_ab[:, 3],
    }  # fmt: skip
    full = _symmetric(entries, len(exponents))
    for k in range(3):  # an amplitude at zero stays there
        full[:, k][absent[:, k]] = full[:, :, k][absent[:, k]] = 0.0
        full[absent[:, k], k, k] = 1.0
    cross = full[:, :3, 3:]
    inner = cross.transpose(0, 2, 1) @ np.linalg.solve(full[:, :3, :3], cross)
    return value, gradient, 2 * (full[:, 3:, 3:] - inner)


def search(start: Array, runs: Design, weights: ArrayLike) -> tuple[Array, NDArray[np.bool_]]:
    """Minimise the projected sum of squares from `start`, for all members at once.

    Parameters
    ----------
    start : ndarray, shape (S, 2)
        (alpha, beta) to start from.
    runs : Design
        n runs.
    weights : array_like, shape (n,) or (S, n)
        Weight of each run's squared residual in loss, >= 0.

    Returns
    -------
    exponents : ndarray, shape (S, 2)
        (alpha, beta) at the ends.
    vanished : ndarray of bool, shape (S,)
        Whether the gradient is zero there.

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> runs = prepare(N, D, law.loss(N, D))
    >>> exponents, vanished = search(np.array([[0.3, 0.3]]), runs, np.ones(9))
    >>> exponents.round(4), vanished
    (array([[0.3478, 0.3658]]), array([ True]))
    """
    w = np.atleast_2d(np.asarray(weights, dtype=float))

    def evaluate(exponents: Array, members: NDArray[np.intp]) -> tuple[Array, Array, Array]:
        return derivatives(exponents, runs, w[members] if len(w) > 1 else w)

    # In units of the first value the stopping rule on the gradient means the same for all data.
    unit = np.maximum(derivatives(start, runs, w)[0], np.finfo(float).tiny)
    found, _, vanished = damped_newton(start, evaluate, unit, 1e-9, 100)
    return found, vanished


def finish(
    exponents: Array, runs: Design, weights: ArrayLike
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return the estimates that belong to exponents found by `search`.

    Parameters
    ----------
    exponents : ndarray, shape (S, 2)
        (alpha, beta) of each member.
    runs : Design
        n runs.
    weights : array_like, shape (n,) or (S, n)
        Weight of each run's squared residual in loss, >= 0.

    Returns
    -------
    theta : ndarray, shape (S, 5)
        (ln A, ln B, ln E, alpha, beta).
    value : ndarray, shape (S,)
        Weighted sum of squared residuals of the loss.
    inside : ndarray of bool, shape (S,)
        Whether all amplitudes are positive.

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> runs = prepare(N, D, law.loss(N, D))
    >>> estimate, _, inside = finish(np.array([[law.alpha, law.beta]]), runs, np.ones(9))
    >>> round(law_of(estimate[0]).E, 4), inside
    (1.8172, array([ True]))
    """
    amplitudes = project(exponents[:, 0], exponents[:, 1], runs, weights).amplitudes
    visible = 1e-10 * np.exp(runs.log_loss.mean())  # below it a term is rounding error
    inside: NDArray[np.bool_] = (amplitudes > visible).all(axis=1)
    estimate = theta(exponents[:, 0], exponents[:, 1], amplitudes, runs)
    return estimate, derivatives(exponents, runs, weights)[0], inside


def fit(params: ArrayLike, tokens: ArrayLike, loss: ArrayLike, *, name: str = "varpro") -> Fit:
    """Fit the parametric law by variable projection, with squared error of the loss itself.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        Model sizes, training tokens, final losses (nats per token); n >= 6, all positive and finite
        (which is not checked).
    name : str
        Name of the fitted law.

    Returns
    -------
    Fit
        With `objective` the sum of squared residuals, in nats squared.

    Raises
    ------
    ScalingLawsError
        If there are fewer than six runs, or sizes or data do not vary.

    Examples
    --------
    >>> from scalinglaws import published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> found = fit(N, D, law.loss(N, D))
    >>> found.status, round(found.law.E, 3), round(found.law.A, 1), round(found.law.B, 1)
    ('converged', 1.817, 482.0, 2085.4)
    """
    runs = prepare(params, tokens, loss)
    alpha, beta = (v.ravel() for v in np.meshgrid(EXPONENTS, EXPONENTS, indexing="ij"))
    equal = np.ones(runs.n)
    first = int(np.argmin(project_grid(EXPONENTS, EXPONENTS, runs, equal).objective))
    exponents, vanished = search(np.array([[alpha[first], beta[first]]]), runs, equal)
    estimates, values, inside = finish(exponents, runs, equal)
    estimate = estimates[0]
    if not inside[0]:
        status = "at a bound: an amplitude is zero, so its term cannot be told from these data"
    else:
        status = "converged" if vanished[0] else "not converged: the gradient has not vanished"
    return Fit(
        law=law_of(estimate, name),
        theta=estimate,
        objective=float(values[0]),
        status=status,
        method="varpro",
        n=runs.n,
        starts=len(alpha),
        starts_at_best=float("nan"),
        residuals=residuals(estimate, runs),
    )
