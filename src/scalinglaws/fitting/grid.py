"""Where fits start: exponents on a grid, and the amplitudes that are best at each.

At fixed exponents and power the law is linear in its amplitudes, so the best ones that are not
negative follow from small normal equations (variable projection; Golub and Pereyra 1973,
doi:10.1137/0710036).
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.fitting.family import NOTHING, Form
from scalinglaws.fitting.kernel import CELLS
from scalinglaws.fitting.model import Array, Design

#: Exponents tried before the search is refined.
EXPONENTS = np.geomspace(0.05, 2.0, 24)

_SUBSETS = [list(s) for size in (3, 2, 1) for s in combinations(range(3), size)]
_POWERS = (1.0, 3.0, 0.5, 6.0)  # p to start from
_GROWTH = (0.0, -0.02, -0.005, 0.005, 0.02)  # and gamma
_VANISHED = -50.0  # logarithm of an absent term at the mean run: on flat ground


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
    >>> from scalinglaws import Runs, published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> runs = Design.of(Runs(N, D, law.loss(N, D)))
    >>> found = project([0.3, law.alpha], [0.3, law.beta], runs, np.ones(9))
    >>> found.amplitudes[:, 0].round(4)  # E at wrong and right exponents
    array([1.6493, 1.8172])
    >>> np.abs(found.objective).round(4)
    array([0.002, 0.   ])
    """

    amplitudes: Array
    objective: Array


def project(alpha: ArrayLike, beta: ArrayLike, design: Design, weights: ArrayLike) -> Projection:
    """Solve the non-negative amplitudes at given exponents.

    Parameters
    ----------
    alpha, beta : array_like, shape (S,)
        Exponents of size and data.
    design : Design
        n runs.
    weights : array_like, shape (n,) or (S, n)
        Weight of each run's squared residual in loss, >= 0.

    Returns
    -------
    Projection
        Of S members.

    Examples
    --------
    >>> from scalinglaws import Runs, published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> found = project(law.alpha, law.beta, Design.of(Runs(N, D, law.loss(N, D))), np.ones(9))
    >>> E, size, data = found.amplitudes[0]  # those of the terms are of the mean run
    >>> round(float(E), 4), np.allclose((size, data), law.terms(1e9, 1e10))
    (1.8172, True)
    """
    pair = np.broadcast_arrays(np.atleast_1d(alpha), np.atleast_1d(beta))
    exponents = np.stack(pair, axis=1).astype(float)
    w = np.atleast_2d(np.asarray(weights, dtype=float))
    parts = [
        _amplitudes(*_basis(exponents[rows], design), np.exp(design.log_loss), w[_rows(w, rows)])
        for rows in _blocks(len(exponents), design.n)
    ]
    return Projection(
        np.concatenate([part.amplitudes for part in parts]),
        np.concatenate([part.objective for part in parts]),
    )


def project_grid(
    alpha: ArrayLike, beta: ArrayLike, design: Design, weights: ArrayLike, gamma: float = 0.0
) -> Projection:
    """Solve the amplitudes at every pair of exponents, alpha (p,) with beta (q,): S = p q members.

    The terms of size and data are computed once an exponent, not once a pair.

    Parameters
    ----------
    alpha, beta : array_like, shape (p,), (q,)
        Exponents of size and data.
    design : Design
        n runs.
    weights : array_like, shape (n,)
        Weight of each run's squared residual in loss, >= 0.
    gamma : float
        Growth of the exponent of data with ln N.

    Returns
    -------
    Projection
        Of p q members; that of alpha[i] and beta[j] stands at i q + j.

    Examples
    --------
    >>> from scalinglaws import Runs, published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> runs = Design.of(Runs(N, D, law.loss(N, D)))
    >>> alpha, beta = [0.2, law.alpha], [0.2, 0.5, law.beta]
    >>> int(project_grid(alpha, beta, runs, np.ones(9)).objective.argmin())
    5
    """
    w, loss = np.asarray(weights, dtype=float), np.exp(design.log_loss)
    size = np.exp(-np.asarray(alpha, dtype=float)[:, None] * design.x)
    varying = gamma * design.data[2]
    data = np.exp(varying - np.asarray(beta, dtype=float)[:, None] * design.y)
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


def _basis(exponents: Array, design: Design) -> tuple[Array, Array]:
    """Return the terms of size and data at unit amplitude, each (S, n)."""
    return np.exp(-exponents[:, :1] * design.x), np.exp(-exponents[:, 1:] * design.y)


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


def starts(
    form: Form, design: Design, keep: int | None = None, weights: ArrayLike | None = None
) -> Array:
    """Return starting points for a fit.

    The exponents go over a grid, the amplitudes are solved for relative squared error, and the
    best points are returned, best first.

    Parameters
    ----------
    form : Form
        Which is to be fitted.
    design : Design
        n runs.
    keep : int, optional
        Number of points, > 0; 12 of a sum above a floor and fewer of other forms, unless given.
    weights : array_like, shape (n,), optional
        How often each run counts; for a sum above a floor only.

    Returns
    -------
    ndarray, shape (keep, 7)
        All constants in centred coordinates.

    Examples
    --------
    >>> from scalinglaws import Runs, published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> from scalinglaws.fitting.family import FORMS
    >>> points = starts(FORMS["chinchilla"], Design.of(Runs(N, D, law.loss(N, D))))
    >>> points.shape, points[0, 3:5].round(2)  # where the law has 0.35 and 0.37
    ((12, 7), array([0.34, 0.34]))
    """
    if {"A", "B", "E"} <= set(form.free) and not form.tied:
        return _above_floor(form, design, keep, weights)
    return _of_powers(form, design, keep or 8)


def _above_floor(form: Form, design: Design, keep: int | None, weights: ArrayLike | None) -> Array:
    """Return the best sums above a floor, each with the powers that p may start from."""
    powers = _POWERS if "p" in form.free else (1.0,)
    alpha, beta = (v.ravel() for v in np.meshgrid(EXPONENTS, EXPONENTS, indexing="ij"))
    relative = np.exp(-2 * design.log_loss)
    if weights is not None:
        relative = relative * np.asarray(weights, dtype=float)
    parts, scores = [], []
    for gamma in _GROWTH if "gamma" in form.free else (0.0,):
        found = project_grid(EXPONENTS, EXPONENTS, design, relative, gamma)
        parts.append(coordinates(alpha, beta, found.amplitudes))
        parts[-1][:, 6] = gamma
        scores.append(found.objective)
    best = np.argsort(np.concatenate(scores), kind="stable")[
        : keep or (12 if len(powers) == 1 else 3)
    ]
    points = np.repeat(np.concatenate(parts)[best], len(powers), axis=0)
    points[:, 5] = np.tile(np.log(powers), len(best))
    return _held(form, points)


def coordinates(alpha: ArrayLike, beta: ArrayLike, amplitudes: Array) -> Array:
    """Return the centred coordinates of exponents and their amplitudes.

    Parameters
    ----------
    alpha, beta : array_like, shape (S,)
        Exponents of size and data.
    amplitudes : ndarray, shape (S, 3)
        As in `Projection`.

    Returns
    -------
    ndarray, shape (S, 7)
        Of a plain sum. An absent term's logarithm is -50.

    Examples
    --------
    >>> coordinates([0.3], [0.4], np.array([[1.0, 0.0, 1.0]]))
    array([[-50. ,   0. ,   0. ,   0.3,   0.4,   0. ,   0. ]])
    """
    floor, size, data = np.log(np.maximum(amplitudes, np.exp(_VANISHED))).T
    nothing = np.zeros_like(floor)
    columns = np.broadcast_arrays(size, data, floor, alpha, beta, nothing, nothing)
    return np.stack(columns, axis=-1).astype(float)


def with_amplitudes(points: Array, design: Design, weights: ArrayLike | None = None) -> Array:
    """Solve the amplitudes of starting points, for relative squared error at their exponents.

    A term that is best left out at these exponents stays out: such a start is on flat ground.

    Parameters
    ----------
    points : ndarray, shape (S, 7)
        Centred coordinates, of which the exponents count.
    design : Design
        n runs.
    weights : array_like, shape (n,) or (S, n), optional
        How often each run counts.

    Returns
    -------
    ndarray, shape (S, 7)
        With the exponents of `points`, as a plain sum.

    Examples
    --------
    >>> from scalinglaws import Runs, published
    >>> law = published["besiroglu2024"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> point = np.array([[0.0, 0.0, 0.0, law.alpha, law.beta, 0.0, 0.0]])
    >>> float(np.exp(with_amplitudes(point, Design.of(Runs(N, D, law.loss(N, D))))[0, 2]).round(3))
    1.817
    """
    relative = np.exp(-2 * design.log_loss)
    if weights is not None:
        relative = relative * np.asarray(weights, dtype=float)
    alpha, beta = points[:, 3], points[:, 4]
    return coordinates(alpha, beta, project(alpha, beta, design, relative).amplitudes)


def _of_powers(form: Form, design: Design, keep: int) -> Array:
    """Return the best points of a grid over the floor's share, the exponents and the power.

    (L - E)^p is a sum of two terms, whose amplitudes are solved.
    """
    lowest = float(np.exp(design.log_loss.min()))
    shares = np.array([0.0, 0.3, 0.6, 0.85] if "E" in form.free else [0.0])
    if "E" in form.fixed:
        shares = np.array([min(form.fixed["E"] / lowest, 0.999)])
    share, alpha, beta = (v.ravel()[:, None] for v in np.meshgrid(shares, *_grid(form)))
    alpha, beta = (np.full_like(v, form.fixed.get(k, np.nan)) if k in form.fixed else v
                   for k, v in (("alpha", alpha), ("beta", beta)))  # fmt: skip
    p = 1 / beta if form.tied else np.full_like(beta, form.fixed.get("p", 1.0))
    above = np.log(np.exp(design.log_loss) - share * lowest)
    exponents = alpha * p, beta * p
    both = "B" in form.free
    log_a, log_b = (
        _pair(exponents, p * above, design) if both else _single(exponents[0], p * above, design)
    )
    inner = np.logaddexp(log_a - exponents[0] * design.x, log_b - exponents[1] * design.y)
    floor = np.log(np.maximum(share, 1e-9) * lowest)
    scores = np.sum((design.log_loss - np.logaddexp(floor, inner / p)) ** 2, axis=1)
    columns = log_a / p, log_b / p, floor, alpha, beta, np.log(p), np.zeros_like(p)
    best = np.argsort(scores, kind="stable")
    if "E" in form.free:  # one start without a floor, which no other reaches
        bare = share[best, 0] == 0
        best = np.concatenate([best[~bare][: keep - 1], best[bare][:1]])
    return _held(form, np.hstack(columns)[best[:keep]])


def _held(form: Form, points: Array) -> Array:
    """Give the constants that are not fitted their values."""
    return form.full(form.take(points))


def _grid(form: Form) -> tuple[Array, Array]:
    if form.variable == "flop":
        return np.geomspace(0.005, 2.0, 40), np.zeros(1)
    if form.tied:  # beta stands for the power of the whole, and is small
        return np.geomspace(0.02, 0.8, 12), np.geomspace(0.04, 0.8, 9)
    return np.geomspace(0.02, 0.8, 10), np.geomspace(0.02, 0.8, 10)


def _single(exponent: Array, target: Array, design: Design) -> tuple[Array, Array]:
    """Return ln P of the least squares P e^(-i x) ~ e^target of relative error, and nothing."""
    ratio = np.exp(-exponent * design.x - target)
    P = ratio.sum(axis=1) / np.sum(ratio**2, axis=1)
    return np.log(P)[:, None], np.full((len(P), 1), NOTHING)


def _pair(exponents: tuple[Array, Array], target: Array, design: Design) -> tuple[Array, Array]:
    """Return ln P and ln Q of the non-negative least squares P e^(-i x) + Q e^(-j y) ~ e^target.

    Exponents and the results have shape (G, 1), the target (G, n). Errors are relative, so the
    large powers that Kaplan's form takes do no harm.
    """
    size, data = (
        np.exp(-exponents[0] * design.x - target),
        np.exp(-exponents[1] * design.y - target),
    )
    # Each column scaled to mean 1: the target in these units is 1.
    scale = size.mean(axis=1), data.mean(axis=1)
    size, data = size / scale[0][:, None], data / scale[1][:, None]
    n = float(design.n)  # what each column sums to
    first, both, second = (np.sum(u * v, axis=1) for u, v in
                           ((size, size), (size, data), (data, data)))  # fmt: skip
    determinant = first * second - both**2
    regular = determinant > 1e-10 * first * second
    safe = np.where(regular, determinant, 1.0)
    P = np.where(regular, n * (second - both) / safe, n / first / 2)
    Q = np.where(regular, n * (first - both) / safe, n / second / 2)
    # Where one is not positive: the better single term, and a trace of the other to start from.
    bad, by_size = np.minimum(P, Q) <= 0, first <= second
    P = np.where(bad, np.where(by_size, n / first, 1e-3), P)
    Q = np.where(bad, np.where(by_size, 1e-3, n / second), Q)
    return np.log(P / scale[0])[:, None], np.log(Q / scale[1])[:, None]
