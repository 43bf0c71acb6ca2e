"""Quantities that runs are planned for."""

from dataclasses import dataclass

import numpy as np

from scalinglaws.errors import ScalingLawsError
from scalinglaws.prediction.simulation import normal_half_width
from scalinglaws.units import parse_quantity

LEVEL = 0.95
"""Coverage of an interval unless another is asked for."""


@dataclass(frozen=True)
class Quantity:
    """What the next runs are to tell.

    Attributes
    ----------
    kind : {"a", "E", "N", "D", "L"}
        Exponent of the optimal size; irreducible loss; optimal size, optimal tokens or lowest loss
        at `compute`. Losses are in nats per token.
    compute : float
        FLOP; NaN for a and E.

    Examples
    --------
    >>> size = Quantity("N", 1e24)
    >>> size.name, size.multiplies
    ('N@1e+24', True)
    >>> low, high = size.around(1e11, 0.1)  # the error is one of log N
    >>> f"{low:.3g} {high:.3g}"
    '8.22e+10 1.22e+11'
    """

    kind: str
    compute: float = float("nan")

    @property
    def name(self) -> str:
        """The way it is written: a, E, N@1e+24."""
        return self.kind if self.kind in "aE" else f"{self.kind}@{self.compute:g}"

    @property
    def multiplies(self) -> bool:
        """Whether its standard error is one of its logarithm."""
        return self.kind in "ND"

    def around(self, value: float, error: float, level: float = LEVEL) -> tuple[float, float]:
        """Return the normal interval about a value (textbook).

        Parameters
        ----------
        value : float
            Of the quantity.
        error : float
            Standard error, >= 0: of the quantity, or of its logarithm if it `multiplies`.
        level : float
            Coverage, 0 < level < 1.

        Returns
        -------
        (float, float)
            Ends, in the unit of `value`.

        Raises
        ------
        ValueError
            If the level is 1 or more.
        """
        half = float(normal_half_width(error, level))
        if self.multiplies:
            with np.errstate(over="ignore"):
                return value * float(np.exp(-half)), value * float(np.exp(half))
        return value - half, value + half


def quantity(text: str) -> Quantity:
    """Read a quantity: a, E, N@1e24, D@1e24 or L@1e24.

    Parameters
    ----------
    text : str
        The compute is in FLOP and may be written as people do.

    Returns
    -------
    Quantity
        By definition one of five kinds.

    Raises
    ------
    ScalingLawsError
        If it is none of these, or the compute is no number above 0 and up to 1e40.

    Examples
    --------
    >>> quantity("D@5.76e23")
    Quantity(kind='D', compute=5.76e+23)
    """
    kind, at, compute = text.strip().partition("@")
    if kind in ("a", "E") and not at:
        return Quantity(kind)
    if kind in ("N", "D", "L") and at:
        flop = parse_quantity(compute, "FLOP")
        if 0 < flop <= 1e40:
            return Quantity(kind, flop)
    raise ScalingLawsError(
        f"'{text}' is not something to plan for; expected a, E, or N, D or L at a compute in FLOP, "
        "such as N@1e24."
    )
