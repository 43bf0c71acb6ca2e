"""Minima of many Akima splines at once.

The spline of Akima 1970 (doi:10.1145/321607.321609) in the variant of SciPy's
`Akima1DInterpolator`, for stacks in which each spline has knots of its own: what a bootstrap of
isoFLOP profiles needs.
"""

import numpy as np

from scalinglaws.units import Floats as Array

_FLAT = 1e-9  # of the largest change of slope; below it a knot's slope is the mean of both sides


def minima(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Return where the Akima splines through points are lowest.

    Parameters
    ----------
    x : ndarray, shape (..., c)
        Knots, ascending; c >= 3.
    y : ndarray, shape (..., c)
        Values there, in any unit.

    Returns
    -------
    place : ndarray, shape (...)
        In the unit of x, between the first knot and the last.
    bend : ndarray, shape (...)
        Second derivative there; 0 where the spline is lowest at an end.
    level : ndarray, shape (...)
        Value there.

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 2.0, 3.0])
    >>> place, bend, level = minima(np.stack([x, x]), np.stack([(x - 1.5) ** 2, x]))
    >>> place.round(6), level.round(6), bend[1]
    (array([1.5, 0. ]), array([0., 0.]), np.float64(0.0))
    """
    width, rise = np.diff(x), np.diff(y)
    slope = rise / width
    left, right = _slopes(slope)[..., :-1], _slopes(slope)[..., 1:]
    # y + left u + c2 u^2 + c3 u^3, u the distance from the left knot.
    c2 = (3 * slope - 2 * left - right) / width
    c3 = (left + right - 2 * slope) / width**2
    with np.errstate(divide="ignore", invalid="ignore"):
        # Of the slope's two zeros the one where it rises, written so that c3 may be 0.
        turn = left / (-c2 - np.sqrt(c2**2 - 3 * left * c3))
    here = (turn >= 0) & (turn <= width)
    u = np.where(here, turn, 0.0)
    inner = np.where(here, y[..., :-1] + u * (left + u * (c2 + u * c3)), np.inf)
    value = np.concatenate([y[..., [0, -1]], inner], axis=-1)
    where = np.concatenate([x[..., [0, -1]], x[..., :-1] + u], axis=-1)
    curve = np.concatenate([np.zeros_like(y[..., :2]), 2 * c2 + 6 * c3 * u], axis=-1)
    best = np.argmin(value, axis=-1)[..., None]
    place, bend, level = (
        np.take_along_axis(each, best, axis=-1)[..., 0] for each in (where, curve, value)
    )
    return place, bend, level


def _slopes(slope: Array) -> Array:
    """Return the slope at each knot from those of the pieces, shape (..., c - 1)."""
    first, last = 2 * slope[..., :1] - slope[..., 1:2], 2 * slope[..., -1:] - slope[..., -2:-1]
    m = np.concatenate([2 * first - slope[..., :1], first, slope, last,
                        2 * last - slope[..., -1:]], axis=-1)  # fmt: skip
    change = np.abs(np.diff(m))
    before, after = change[..., :-2], change[..., 2:]
    both = before + after
    bent = both > _FLAT * both.max(axis=-1, keepdims=True)
    weighed = (after * m[..., 1:-2] + before * m[..., 2:-1]) / np.where(bent, both, 1.0)
    return np.asarray(np.where(bent, weighed, (m[..., 3:] + m[..., :-3]) / 2))
