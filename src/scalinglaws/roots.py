"""Where falling functions pass zero, for many of them at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.units import Floats

_BISECTIONS = 80  # of brackets up to a few hundred wide: below rounding


def falling(function: Callable[[Floats], Floats], low: ArrayLike, high: ArrayLike) -> Floats:
    """Return where a falling function passes zero, by bisection.

    Parameters
    ----------
    function : callable
        Of an array of points, element by element.
    low, high : array_like
        Bracket of each element.

    Returns
    -------
    numpy.ndarray
        The root, or the end of the bracket next to it where it lies outside.
    """
    left, right = np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)
    for _ in range(_BISECTIONS):
        middle = (left + right) / 2
        above = function(middle) > 0
        left, right = np.where(above, middle, left), np.where(above, right, middle)
    return np.asarray((left + right) / 2)
