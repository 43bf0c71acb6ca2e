r"""Objective, gradient and Hessian of the fit, for many members at once, in blocks of cache.

With p_k the share of term k in the prediction, z_k the gradient of its exponent and g = sum p_k z_k
the gradient of the log prediction, the Hessian of sum w rho(r) is
sum w [(rho'' + rho') g g^T - rho' sum_k p_k z_k z_k^T]. Each entry is a sum over the runs of shares
times a monomial in log N and log D; `sums` makes the table of these sums, `derivatives` assembles.
"""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scalinglaws.fitting.model import Array, Design

Number = type[np.float64] | type[np.float32]

#: Residuals worked on at a time: enough to hide the cost of the calls, and so few that their
#: products with up to four monomials are too small for the linear algebra library to start threads.
CELLS = 61_440
_COLUMNS = 8_192  # runs worked on at a time: a longer sum would lose digits in single precision

# Columns of the table: sums over the runs of w times the slope or times c = slope + curvature.
_SLOPE_SIZE, _SLOPE_DATA, _SLOPE = slice(0, 3), slice(3, 6), slice(6, 7)  # 1, x, x^2; 1, y, y^2; 1
_BOTH, _SIZE, _DATA = slice(7, 8), slice(8, 10), slice(10, 12)  # c; c p1 (1, x); c p2 (1, y)
_SIZE_SIZE, _DATA_DATA, _SIZE_DATA = slice(12, 15), slice(15, 18), slice(18, 22)
_CHARGE, _WIDTH = 22, 23

_local = threading.local()


def _scratch(rows: int, columns: int, kind: Number) -> NDArray[Any]:
    """Return seven arrays of this thread, kept: memory touched anew costs page faults."""
    held: dict[str, NDArray[Any]] = _local.__dict__
    size = rows * columns
    if (kept := held.get(kind.__name__)) is None or kept.shape[1] < size:
        kept = held[kind.__name__] = np.empty((7, max(size, CELLS)), kind)
    return kept[:, :size].reshape(7, rows, columns)


class Monomials:
    """The runs as the sums need them, in one precision."""

    def __init__(self, runs: Design, kind: Number) -> None:
        x, y, one = runs.x, runs.y, np.ones(runs.n)

        def columns(*parts: Array) -> NDArray[Any]:
            return np.stack(parts, axis=1).astype(kind)

        self.log_loss = runs.log_loss.astype(kind)
        self.reach = float(max(np.abs(x).max(), np.abs(y).max()))
        self.one = columns(one)
        self.size_exponent = np.stack([one, -x]).astype(kind)
        self.data_exponent = np.stack([one, -y]).astype(kind)
        self.x1, self.y1 = columns(one, x), columns(one, y)
        self.x2, self.y2 = columns(one, x, x * x), columns(one, y, y * y)
        self.xy = columns(one, x, y, x * y)


def monomials(runs: Design, kind: Number) -> Monomials:
    """Return the monomials of a design, made once."""
    held = runs.held
    if kind.__name__ not in held:
        held[kind.__name__] = Monomials(runs, kind)
    found: Monomials = held[kind.__name__]
    return found


def sums(
    phi: Array,
    runs: Design,
    delta: float,
    tau: float,
    weights: NDArray[Any] | None,
    members: NDArray[np.intp] | None,
    kind: Number,
    shift: Array | None,
) -> Array:
    """Return the table of sums, shape (S, 23); see `derivatives`."""
    width = min(runs.n, _COLUMNS)
    height = max(1, CELLS // width)
    table = np.zeros((len(phi), _WIDTH))
    points, run = phi.astype(kind), monomials(runs, kind)
    limits = (-delta, delta) if shift is None else (-2 * (1 - tau) * delta, 2 * tau * delta)
    sides = None if tau == 0.5 or shift is not None else (2 * tau, 2 * (1 - tau))
    for top in range(0, len(phi), height):
        rows = slice(top, min(top + height, len(phi)))
        for left in range(0, runs.n, width):
            columns = slice(left, min(left + width, runs.n))
            held = _scratch(rows.stop - top, columns.stop - left, kind)
            part = np.empty((rows.stop - top, _WIDTH), kind)
            _terms(points[rows], run, columns, held)
            if shift is not None:
                held[3] += shift[rows, columns]
            w = None
            if weights is not None:
                w = _take(weights, rows if members is None else members[rows], columns, held[6])
            _add(held, run, columns, limits, sides, w, part)
            table[rows] += part
    return table


def _take(weights: NDArray[Any], rows: Any, columns: slice, out: NDArray[Any]) -> NDArray[Any]:
    if isinstance(rows, slice) or out.shape[1] != weights.shape[1]:
        np.copyto(out, weights[rows, columns])
        return out
    # Of the modes this one writes in place; no row is out of range.
    return np.take(weights, rows, axis=0, out=out, mode="clip")


def _terms(phi: NDArray[Any], run: Monomials, columns: slice, scratch: NDArray[Any]) -> None:
    """Fill in the shares of size and data, something, and the residuals."""
    p1, p2, total, r = scratch[:4]
    reach = 80 if phi.dtype == np.float32 else 600
    np.matmul(phi[:, [0, 3]], run.size_exponent[:, columns], out=p1)
    np.matmul(phi[:, [1, 4]], run.data_exponent[:, columns], out=p2)
    # Clipped, a start far from the runs neither overflows nor vanishes; no fit comes near.
    far = not np.abs(phi).max() * (1 + run.reach) < reach
    for exponent in (p1, p2):
        if far:
            np.clip(exponent, -reach, reach, out=exponent)
        np.exp(exponent, out=exponent)
    np.add(p1, p2, out=total)
    total += np.exp(np.clip(phi[:, 2:3], -reach, reach))
    p1 /= total
    p2 /= total
    np.log(total, out=r)
    np.subtract(run.log_loss[columns], r, out=r)


def _add(
    scratch: NDArray[Any],
    run: Monomials,
    columns: slice,
    limits: tuple[float, float],
    sides: tuple[float, float] | None,
    w: NDArray[Any] | None,
    out: NDArray[Any],
) -> None:
    """Fill in the sums over some of the runs."""
    p1, p2, spare, r, slope, both = scratch[:6]
    np.clip(r, *limits, out=slope)
    np.equal(slope, r, out=both, casting="unsafe")  # the curvature
    np.multiply(slope, -0.5, out=spare)
    spare += r  # the charge is slope * (r - slope / 2)
    if sides is not None:
        side = np.where(r > 0, *sides).astype(r.dtype)
        slope *= side
        both *= side
    if w is not None:
        slope *= w
        both *= w
    both += slope
    np.einsum("ij,ij->i", slope, spare, out=out[:, _CHARGE])
    np.matmul(slope, run.one[columns], out=out[:, _SLOPE])
    np.matmul(both, run.one[columns], out=out[:, _BOTH])
    np.multiply(slope, p1, out=r)
    np.matmul(r, run.x2[columns], out=out[:, _SLOPE_SIZE])
    np.multiply(slope, p2, out=r)
    np.matmul(r, run.y2[columns], out=out[:, _SLOPE_DATA])
    size = np.multiply(both, p1, out=r)
    np.matmul(size, run.x1[columns], out=out[:, _SIZE])
    data = np.multiply(both, p2, out=spare)
    np.matmul(data, run.y1[columns], out=out[:, _DATA])
    np.multiply(size, p2, out=slope)
    np.matmul(slope, run.xy[columns], out=out[:, _SIZE_DATA])
    size *= p1
    np.matmul(size, run.x2[columns], out=out[:, _SIZE_SIZE])
    data *= p2
    np.matmul(data, run.y2[columns], out=out[:, _DATA_DATA])


def derivatives(
    phi: Array,
    runs: Design,
    delta: float,
    tau: float = 0.5,
    weights: NDArray[Any] | None = None,
    members: NDArray[np.intp] | None = None,
    kind: Number = np.float64,
    shift: Array | None = None,
) -> tuple[Array, Array, Array]:
    """Return objective (S,), gradient (S, 5) and Hessian (S, 5, 5) at centred coordinates.

    Parameters
    ----------
    phi : ndarray, shape (S, 5)
    runs : Design
    delta, tau : float
        Half-width of the quadratic part (log loss) and weight of positive residuals.
    weights : ndarray, shape (S, n) or (M, n), optional
        How often each run counts.
    members : ndarray of int, shape (S,), optional
        Rows of `weights` that belong to `phi`; all, unless given.
    kind : float64 or float32
        Precision of the residuals and their products.
    shift : ndarray, shape (S, n), optional
        Added to the residuals, for the method of multipliers; the charge is then the Moreau
        envelope of the lopsided absolute error.
    """
    table = sums(phi, runs, delta, tau, weights, members, kind, shift).T
    s1, s2, s = table[_SLOPE_SIZE], table[_SLOPE_DATA], table[_SLOPE][0]
    c, c1, c2 = table[_BOTH][0], table[_SIZE], table[_DATA]
    c11, c22, c12 = table[_SIZE_SIZE], table[_DATA_DATA], table[_SIZE_DATA]
    s3 = s - s1[0] - s2[0]  # the shares add up to one
    gradient = np.stack([-s1[0], -s2[0], -s3, s1[1], s2[1]], axis=1)
    c13, x13 = c1[0] - c11[0] - c12[0], c1[1] - c11[1] - c12[1]
    c23, y23 = c2[0] - c22[0] - c12[0], c2[1] - c22[1] - c12[2]
    c33 = c - c1[0] - c2[0] - c13 - c23
    hessian = np.empty((len(phi), 5, 5))
    entries = {
        (0, 0): c11[0] - s1[0], (0, 3): s1[1] - c11[1], (3, 3): c11[2] - s1[2],
        (1, 1): c22[0] - s2[0], (1, 4): s2[1] - c22[1], (4, 4): c22[2] - s2[2],
        (0, 1): c12[0], (1, 3): -c12[1], (0, 4): -c12[2], (3, 4): c12[3],
        (0, 2): c13, (2, 3): -x13, (1, 2): c23, (2, 4): -y23, (2, 2): c33 - s3,
    }  # fmt: skip
    for (i, j), entry in entries.items():
        hessian[:, i, j] = hessian[:, j, i] = entry
    return table[_CHARGE].copy(), gradient, hessian
