r"""Objective, gradient and Hessian of any form, for many members at once, in blocks of cache.

Write s = ln A - alpha ln N and d = ln B - (beta + gamma ln N) ln D for the logarithms of the two
terms, e = ln E and q = ln p. The log loss f depends on the constants only through these four, and
on each of them linearly. So its derivatives in the four, run by run, are all that is needed: a
gradient in the constants is a matrix product with what multiplies them, a Hessian one with the
products of these (`Design.size` and `Design.data`).

With w the share of the first term in the joined sum, u the share of both in the loss,
z = p (s - d) and k = [w ln w + (1 - w) ln(1 - w)] / p, the slopes of f are

    s: u w,    d: u (1 - w),    e: 1 - u,    q: u k,

and its second derivatives are those of a plain sum, delta_ij f_i - f_i f_j, and for p other than 1

    ss, dd, -sd: (p - 1) u w (1 - w),    sq: u w [k + (1 - w) z],    dq: u (1 - w) [k - w z],
    qq: u [k^2 - 2 k + w (1 - w) z^2 / p].
"""

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scalinglaws.fitting.family import LOG_POWERS, Form
from scalinglaws.fitting.model import CONSTANTS, Array, Charge, Design

Number = type[np.float64] | type[np.float32]
Cells = NDArray[Any]
#: Residuals (S, n) of some rows and columns to what they are charged.
Charging = Callable[[Cells, slice, slice], Charge]

#: Residuals worked on at a time: enough to hide the cost of the calls, and so few that they stay in
#: the cache.
CELLS = 61_440
_COLUMNS = 8_192  # runs worked on at a time: a longer sum would lose digits in single precision

#: Which constants each of the four variables is linear in.
_LINEAR = {"s": ("A", "alpha"), "d": ("B", "beta", "gamma"), "e": ("E",), "q": ("p",)}
#: (i, j) to what is beyond the second derivative of a plain sum.
_Extra = dict[tuple[str, str], Cells]


def blocks(rows: int, columns: int) -> list[tuple[slice, slice]]:
    """Return pieces of a table of residuals, each of at most `CELLS`.

    Parameters
    ----------
    rows, columns : int
        Members and runs.

    Returns
    -------
    list of (slice, slice)
        Row by row.

    Examples
    --------
    >>> blocks(2, 10_000)[1]
    (slice(0, 2, None), slice(8192, 10000, None))
    """
    width = min(columns, _COLUMNS)
    height = max(1, CELLS // width)
    return [
        (slice(top, min(top + height, rows)), slice(left, min(left + width, columns)))
        for top in range(0, rows, height)
        for left in range(0, columns, width)
    ]


def terms(
    phi: Cells, size: Cells, data: Cells, form: Form
) -> tuple[Cells, dict[str, Cells], _Extra]:
    """Return the log loss, its slopes in s, d, e and q, and what p adds to its curvature.

    Parameters
    ----------
    phi : ndarray, shape (S, 7)
        Constants: logarithms of A, B, E and p, and the exponents.
    size, data : ndarray, shape (2, n), (3, n)
        What multiplies (ln A, alpha) and (ln B, beta, gamma), as in `Design`.
    form : Form
        Which of the constants matter.

    Returns
    -------
    log_loss : ndarray, shape (S, n)
    slopes : dict of str to ndarray, shape (S, n)
        The first three add up to 1.
    extra : dict of (str, str) to ndarray, shape (S, n)
        Empty for a plain sum.
    """
    # Clipped, a start far from the runs neither overflows nor vanishes; of a fit, only what is
    # absent comes near.
    reach = 80 if phi.dtype == np.float32 else 600
    s, d = phi[:, [0, 3]] @ size, phi[:, [1, 4, 6]] @ data
    floor = np.exp(np.clip(phi[:, 2:3], -reach, reach))
    for each in (s, d):
        np.clip(each, -reach, reach, out=each)
    if form.is_sum:
        np.exp(s, out=s)
        np.exp(d, out=d)
        total = s + d
        total += floor
        s /= total
        d /= total
        return np.log(total), {"s": s, "d": d, "e": floor / total}, {}
    p = np.exp(np.clip(phi[:, 5:6], *LOG_POWERS))
    z = np.clip(p * (s - d), -reach, reach)
    w = 1 / (1 + np.exp(-z))
    rest = 1 / (1 + np.exp(z))
    above = np.exp(np.maximum(s, d) + np.log1p(np.exp(-np.abs(z))) / p)
    total = above + floor
    u = above / total
    slopes = {"s": u * w, "d": u * rest, "e": floor / total}
    bend = u * w * rest
    extra = {("s", "s"): (p - 1) * bend, ("d", "d"): (p - 1) * bend, ("s", "d"): (1 - p) * bend}
    if "p" in form.active:
        k = (w * np.log(w) + rest * np.log(rest)) / p
        slopes["q"] = u * k
        extra["s", "q"], extra["d", "q"] = slopes["s"] * (k + rest * z), slopes["d"] * (k - w * z)
        extra["q", "q"] = u * (k * k - 2 * k) + bend * z * z / p
    return np.log(total), slopes, extra


class Layout:
    """Where the constants of a form stand, and what multiplies them."""

    def __init__(self, form: Form, design: Design, kind: Number) -> None:
        active = form.active
        one = np.ones((1, design.n))
        rows = {"s": design.size, "d": design.data, "e": one, "q": one}
        self.size, self.data = design.size.astype(kind), design.data.astype(kind)
        self.log_loss = design.log_loss.astype(kind)
        self.places: dict[str, list[int]] = {}
        self.by: dict[str, Cells] = {}  # (n, c): what multiplies the constants
        for variable, names in _LINEAR.items():
            kept = [i for i, name in enumerate(names) if name in active]
            if kept:
                self.places[variable] = [active.index(names[i]) for i in kept]
                self.by[variable] = rows[variable][kept].T.astype(kind)
        self.pairs = list(combinations_with_replacement(self.places, 2))
        self.products: dict[tuple[str, str], Cells] = {}  # (n, c c'): and their products
        for i, j in self.pairs:
            both = self.by[i][:, :, None] * self.by[j][:, None]
            self.products[i, j] = both.reshape(design.n, -1)


def derivatives(
    phi: Array,
    layout: Layout,
    form: Form,
    charging: Charging,
    weights: Cells | None = None,
    kind: Number = np.float64,
) -> tuple[Array, Array, Array]:
    """Return objective (S,), gradient (S, m) and Hessian (S, m, m) in a form's active constants.

    Parameters
    ----------
    phi : ndarray, shape (S, 7)
        Centred coordinates of all constants.
    layout : Layout
        Of the form and the n runs.
    form : Form
        Which has m active constants.
    charging : callable
        What residuals are charged.
    weights : ndarray, shape (S, n), optional
        How often each run counts.
    kind : float64 or float32
        Precision of the residuals and their products.
    """
    members, m = len(phi), len(form.active)
    value, gradient, hessian = np.zeros(members), np.zeros((members, m)), np.zeros((members, m, m))
    points = phi.astype(kind)
    for rows, columns in blocks(members, len(layout.log_loss)):
        size, data = layout.size[:, columns], layout.data[:, columns]
        log_loss, slopes, extra = terms(points[rows], size, data, form)
        charge = charging(layout.log_loss[columns] - log_loss, rows, columns)
        slope, curvature, charged = charge.slope, charge.curvature, charge.value
        if weights is not None:
            w = weights[rows, columns]
            slope, curvature, charged = slope * w, curvature * w, charged * w
        # With r = log(observed) - f the second derivative of a charge rho(r) in the variables is
        # rho'' f_i f_j - rho' f_ij, and f_ij = delta_ij f_i - f_i f_j + extra_ij.
        both = curvature + slope
        value[rows] += charged.sum(axis=1)
        pulled = {i: slope * slopes[i] for i in layout.places}
        scaled = {i: both * slopes[i] for i in layout.places}
        for i, places in layout.places.items():
            gradient[rows, places] -= pulled[i] @ layout.by[i][columns]
        for i, j in layout.pairs:
            block = scaled[i] * slopes[j]
            if i == j:
                block -= pulled[i]
            if (i, j) in extra:
                block -= slope * extra[i, j]
            sums = block @ layout.products[i, j][columns]
            here, there = layout.places[i], layout.places[j]
            sums = sums.reshape(-1, len(here), len(there))
            hessian[rows, np.array(here)[:, None], there] += sums
            if i != j:
                hessian[rows, np.array(there)[:, None], here] += sums.transpose(0, 2, 1)
    return value, gradient, hessian


def log_loss(phi: Array, design: Design, form: Form) -> Array:
    """Return the log loss that a form predicts.

    Parameters
    ----------
    phi : ndarray, shape (S, 7)
        Centred coordinates of all constants.
    design : Design
        n runs.
    form : Form
        Which.

    Returns
    -------
    ndarray, shape (S, n)
        Logarithm of nats per token.
    """
    out = np.empty((len(phi), design.n))
    for rows, columns in blocks(len(phi), design.n):
        size, data = design.size[:, columns], design.data[:, columns]
        out[rows, columns] = terms(phi[rows], size, data, form)[0]
    return out


def jacobian(phi: Array, size: Array, data: Array, form: Form) -> Array:
    """Return the slopes of log loss in the free constants of a form.

    Parameters
    ----------
    phi : ndarray, shape (7,)
        All constants.
    size, data : ndarray, shape (2, n), (3, n)
        What multiplies (ln A, alpha) and (ln B, beta, gamma), as in `Design`.
    form : Form
        Which has k free constants.

    Returns
    -------
    ndarray, shape (n, k)
        With A, B, E and p as logarithms.
    """
    _, slopes, _ = terms(phi[None], size, data, form)
    one = np.ones((1, size.shape[1]))
    rows = {"s": size, "d": data, "e": one, "q": one}
    by_name = {
        name: slopes[variable][0] * rows[variable][i]
        for variable, names in _LINEAR.items()
        for i, name in enumerate(names)
        if variable in slopes
    }
    columns = {name: by_name[name] for name in form.free}
    for name, other in form.tied.items():
        columns[other] = columns[other] - by_name[name] / phi[CONSTANTS.index(other)]
    return np.stack([columns[name] for name in form.free], axis=-1)
