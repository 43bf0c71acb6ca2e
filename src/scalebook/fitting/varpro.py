"""Variable projection: search the two exponents, solve the three amplitudes exactly.

At fixed (alpha, beta) the law E + A/N^alpha + B/D^beta is linear in (E, A, B), so the best
non-negative amplitudes follow from 3 x 3 normal equations (Golub and Pereyra 1973,
doi:10.1137/0710036). What is left is a smooth search in two dimensions, far better conditioned
than the search in five.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from scalebook.fitting.design import Array, Design, Fit, design, law_of, residuals

#: Exponents tried before the search is refined.
EXPONENTS = np.geomspace(0.05, 2.0, 24)

_SUBSETS = [list(s) for size in (3, 2, 1) for s in combinations(range(3), size)]


@dataclass(frozen=True)
class Projection:
    """Best amplitudes at given exponents.

    Attributes
    ----------
    amplitudes : ndarray, shape (S, 3)
        E, and A and B for centred logarithms: A N^-alpha = amplitude exp(-alpha x).
    objective : ndarray, shape (S,)
        Weighted sum of squared residuals of the loss.
    """

    amplitudes: Array
    objective: Array


def project(alpha: ArrayLike, beta: ArrayLike, runs: Design, weights: Array) -> Projection:
    """Solve the non-negative amplitudes at exponents of shape (S,).

    Parameters
    ----------
    alpha, beta : array_like, shape (S,)
    runs : Design
    weights : ndarray, shape (n,)
        Weight of each run's squared residual in loss.
    """
    alpha, beta = np.broadcast_arrays(np.atleast_1d(alpha), np.atleast_1d(beta))
    loss = np.exp(runs.log_loss)
    basis = np.stack(
        [
            np.ones((len(alpha), runs.n)),
            np.exp(-alpha[:, None] * runs.x),
            np.exp(-beta[:, None] * runs.y),
        ],
        axis=1,
    )
    weighted = basis * weights
    gram, right = weighted @ basis.transpose(0, 2, 1), weighted @ loss
    base = float(weights @ loss**2)
    best, value = np.zeros((len(alpha), 3)), np.full(len(alpha), base)
    for subset in _SUBSETS:
        solved = _solve(gram[:, subset][:, :, subset], right[:, subset])
        fitted = base - np.einsum("sk,sk->s", solved, right[:, subset])
        wins = (solved >= 0).all(axis=1) & (fitted < value)
        value[wins] = fitted[wins]
        best[wins] = 0.0
        best[np.ix_(wins, subset)] = solved[wins]
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
    """Return (ln A, ln B, ln E, alpha, beta), shape (S, 5); an absent term gets ln = -50."""
    floor, size, data = np.log(np.maximum(amplitudes, np.exp(-50))).T
    return runs.uncentre(np.stack([size, data, floor, *np.broadcast_arrays(alpha, beta)], axis=-1))


def starts(runs: Design, keep: int = 12) -> Array:
    """Return starting points for a fit in five dimensions, shape (keep, 5).

    The exponents go over a grid, the amplitudes are solved for relative squared error, and the
    `keep` best points are returned, best first.
    """
    alpha, beta = (v.ravel() for v in np.meshgrid(EXPONENTS, EXPONENTS, indexing="ij"))
    projection = project(alpha, beta, runs, np.exp(-2 * runs.log_loss))
    best = np.argsort(projection.objective, kind="stable")[:keep]
    return theta(alpha[best], beta[best], projection.amplitudes[best], runs)


def objective(exponents: Array, runs: Design, weights: Array) -> tuple[float, Array]:
    """Return the projected sum of squares at (alpha, beta) and its gradient, shape (2,)."""
    alpha, beta = exponents
    projection = project(alpha, beta, runs, weights)
    floor, size, data = projection.amplitudes[0]
    size_term, data_term = size * np.exp(-alpha * runs.x), data * np.exp(-beta * runs.y)
    residual = floor + size_term + data_term - np.exp(runs.log_loss)
    # The amplitudes are optimal, so their own change does not count (envelope theorem).
    pull = -2 * weights * residual
    gradient = np.array([(pull * size_term) @ runs.x, (pull * data_term) @ runs.y])
    return float(weights @ residual**2), gradient


def search(start: Array, runs: Design, weights: Array) -> tuple[Array, bool]:
    """Minimise the projected sum of squares from `start`, shape (2,).

    Returns
    -------
    exponents : ndarray, shape (2,)
    vanished : bool
        Whether the gradient is zero there.
    """
    # In units of the first value the stopping rule on the gradient means the same for all data.
    unit = max(objective(start, runs, weights)[0], np.finfo(float).tiny)

    def scaled(exponents: Array) -> tuple[float, Array]:
        value, gradient = objective(exponents, runs, weights)
        return value / unit, gradient / unit

    found = optimize.minimize(scaled, start, jac=True, method="BFGS", options={"gtol": 1e-9})
    return np.asarray(found.x), bool(np.abs(found.jac).max() <= 1e-6)


def fit(params: ArrayLike, tokens: ArrayLike, loss: ArrayLike, *, name: str = "varpro") -> Fit:
    """Fit the parametric law by variable projection, with squared error of the loss itself.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        Model sizes, training tokens, final losses (nats per token).
    name : str
        Name of the fitted law.

    Returns
    -------
    Fit
        With `objective` the sum of squared residuals, in nats squared.
    """
    runs = design(params, tokens, loss)
    alpha, beta = (v.ravel() for v in np.meshgrid(EXPONENTS, EXPONENTS, indexing="ij"))
    grid = project(alpha, beta, runs, np.ones(runs.n))
    first = int(np.argmin(grid.objective))
    exponents, vanished = search(np.array([alpha[first], beta[first]]), runs, np.ones(runs.n))
    end = project(exponents[0], exponents[1], runs, np.ones(runs.n))
    estimate = theta(exponents[:1], exponents[1:], end.amplitudes, runs)[0]
    if not (end.amplitudes > 0).all():
        status = "at a bound: an amplitude is zero, so its term cannot be told from these data"
    else:
        status = "converged" if vanished else "not converged: the gradient has not vanished"
    return Fit(
        law=law_of(estimate, name),
        theta=estimate,
        objective=float(end.objective[0]),
        status=status,
        method="varpro",
        n=runs.n,
        starts=len(alpha),
        starts_at_best=float("nan"),
        residuals=residuals(estimate, runs),
    )
