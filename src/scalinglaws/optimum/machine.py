"""Training compute from a machine and a deadline, from money, or from energy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.numerals import DAYS_PER_YEAR as DAYS_PER_YEAR
from scalinglaws.numerals import SECONDS_PER_DAY as SECONDS_PER_DAY
from scalinglaws.numerals import SECONDS_PER_HOUR as SECONDS_PER_HOUR
from scalinglaws.numerals import duration as duration
from scalinglaws.units import Floats, positive

JOULES_PER_KWH = 3.6e6


@dataclass(frozen=True)
class Machine:
    """An accelerator, or a whole machine counted as one.

    Attributes
    ----------
    peak : float
        Arithmetic at peak, FLOP/s.
    utilisation : float
        Share of the peak spent on 6 N D, over the whole time paid for; 0 to 1.
    """

    peak: float
    utilisation: float

    def __post_init__(self) -> None:
        _inside("peak", self.peak, "FLOP/s")
        share = float(self.utilisation)
        if not 0 < share <= 1:
            raise ScalingLawsError(
                f"utilisation is {share:g}; expected a share of the peak, above 0 and at most 1."
            )

    @property
    def speed(self) -> float:
        """FLOP/s that count towards training."""
        return self.peak * self.utilisation


def from_machine(machine: Machine, seconds: ArrayLike) -> Floats:
    """Return the compute that a machine does in a time, FLOP.

    Raises
    ------
    ValueError
        If any time is not positive.

    Examples
    --------
    >>> f"{from_machine(Machine(1e18, 1.0), duration('64 days')):.4g}"
    '5.53e+24'
    """
    return machine.speed * positive(seconds, "time in seconds")


def from_cost(machine: Machine, cost: ArrayLike, price: ArrayLike) -> Floats:
    """Return the compute that money buys, FLOP.

    Parameters
    ----------
    machine : Machine
        What is hired.
    cost : array_like
        Money.
    price : array_like
        Money per hour of that machine.

    Raises
    ------
    ValueError
        If any cost or price is not positive.
    """
    hours = positive(cost, "cost") / positive(price, "price per hour")
    return from_machine(machine, hours * SECONDS_PER_HOUR)


def from_energy(machine: Machine, energy: ArrayLike, power: ArrayLike) -> Floats:
    """Return the compute that energy pays for, FLOP.

    Parameters
    ----------
    machine : Machine
        What runs.
    energy : array_like
        kWh, cooling and all else included.
    power : array_like
        Draw of that machine with its share of all else, W.

    Raises
    ------
    ValueError
        If any energy or power is not positive.
    """
    joules = positive(energy, "energy in kWh") * JOULES_PER_KWH
    return from_machine(machine, joules / positive(power, "power in W"))


def utilisation(compute: ArrayLike, peak: ArrayLike, seconds: ArrayLike) -> Floats:
    """Return the share of a machine's peak that `compute` FLOP in `seconds` amounts to.

    Above one the figures contradict each other.

    Raises
    ------
    ValueError
        If any input is not positive.
    """
    most = positive(peak, "peak in FLOP/s") * positive(seconds, "time in seconds")
    return positive(compute, "compute") / most


def _inside(name: str, value: float, unit: str) -> None:
    if not 0 < value < np.inf:
        raise ScalingLawsError(f"{name} is {value:g}; expected a positive number of {unit}.")
