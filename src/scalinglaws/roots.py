"""Where falling functions pass zero, for many of them at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.units import Floats

_BISECTIONS = 60  # of brackets up to a few hundred wide: below rounding


def falling(
    function: Callable[..., Floats], low: ArrayLike, high: ArrayLike, *args: ArrayLike
) -> Floats:
    """Return where a falling function passes zero, by bisection.

    Parameters
    ----------
    function : callable
        Of an array of points and of `args`, element by element.
    low, high : array_like
        Bracket of each element.
    *args : array_like
        What else the function takes; broadcast against the bracket.

    Returns
    -------
    numpy.ndarray
        The root, or the end of the bracket next to it where it lies outside.
    """
    left, right, *others = np.broadcast_arrays(np.asarray(low, float), high, *args)
    for _ in range(_BISECTIONS):
        middle = (left + right) / 2
        above = function(middle, *others) > 0
        left, right = np.where(above, middle, left), np.where(above, right, middle)
    return np.asarray((left + right) / 2)
