"""Where falling functions pass zero, for many of them at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.units import Floats

_CLOSE = 1e-15  # the unknowns are logarithms, some of them zero
_NO_SIGN_CHANGE = -1  # status of SciPy's finder


def falling(
    function: Callable[..., Floats], low: ArrayLike, high: ArrayLike, *args: ArrayLike
) -> Floats:
    """Return where a function that falls from `low` to `high` passes zero (Chandrupatla 1997).

    Parameters
    ----------
    function : callable
        Of an array of points and of `args`, element by element. It is called with ever fewer
        elements as roots are found, so that every array it needs must be among `args`.
    low, high : array_like
        Bracket of each element; `high` may be the smaller number.
    *args : array_like
        What else the function takes; broadcast against the bracket.

    Returns
    -------
    numpy.ndarray
        The root, or the end of the bracket next to it where it lies outside.

    Examples
    --------
    >>> falling(lambda x, level: level - np.exp(x), 0.0, 3.0, [0.5, 5.0, 50.0]).round(3)
    array([0.   , 1.609, 3.   ])
    """
    from scipy.optimize import elementwise  # half a second to import, and few commands solve

    found = elementwise.find_root(function, (low, high), args=args, tolerances={"xatol": _CLOSE})
    nearer = np.where(found.f_bracket[0] > 0, high, low)
    return np.where(found.status == _NO_SIGN_CHANGE, nearer, found.x)
