"""Training compute from a machine and a deadline, from money, or from energy.

All of it is arithmetic: FLOP per second that count towards training, times seconds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.quantities import DAYS_PER_YEAR as DAYS_PER_YEAR
from scalinglaws.quantities import SECONDS_PER_DAY as SECONDS_PER_DAY
from scalinglaws.quantities import SECONDS_PER_HOUR as SECONDS_PER_HOUR
from scalinglaws.quantities import duration as duration
from scalinglaws.units import Floats, positive

JOULES_PER_KWH = 3.6e6
"""1000 x 3600."""


@dataclass(frozen=True)
class Machine:
    """An accelerator, or a whole machine counted as one.

    Parameters
    ----------
    peak : float
        Arithmetic at peak, FLOP/s, > 0 and finite.
    utilisation : float
        Share of the peak spent on 6 N D, over the whole time paid for; above 0 and at most 1.

    Raises
    ------
    ScalingLawsError
        If either is outside its range.

    Examples
    --------
    The 1024 chips that trained LaMDA, by the figures of its paper (Thoppilan et al. 2022):

    >>> from scalinglaws import printed
    >>> peak = printed("thoppilan2022.chips").value * printed("thoppilan2022.peak").value
    >>> machine = Machine(peak, printed("thoppilan2022.utilization").value)
    >>> f"{machine.speed:.3g} of {machine.peak:.3g} FLOP/s"
    '7.12e+16 of 1.26e+17 FLOP/s'
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
    """Return the compute that a machine does in a time.

    Parameters
    ----------
    machine : Machine
        What runs.
    seconds : array_like
        Time, s, > 0.

    Returns
    -------
    numpy.ndarray
        FLOP, of the shape of `seconds`.

    Raises
    ------
    ValueError
        If any time is not positive.

    Examples
    --------
    LaMDA's machine for its 57.7 days; the paper states 3.55e23 FLOP (Thoppilan et al. 2022):

    >>> lamda = Machine(peak=1024 * 123e12, utilisation=0.565)
    >>> f"{from_machine(lamda, duration('57.7 days')):.3g}"
    '3.55e+23'
    """
    return work(machine.peak, machine.utilisation, positive(seconds, "time in seconds"))


def work(peak: float, utilisation: float, seconds: Floats) -> Floats:
    """Return peak x utilisation x time, with operators alone, which a browser computes alike.

    Parameters
    ----------
    peak : float
        FLOP per second.
    utilisation : float
        Share of the peak that training gets, above 0 and at most 1.
    seconds : float or numpy.ndarray
        Time, s.

    Returns
    -------
    float or numpy.ndarray
        FLOP.

    Examples
    --------
    >>> work(1e15, 0.5, 2.0)
    1000000000000000.0
    """
    flop: Floats = peak * utilisation * seconds
    return flop


def from_cost(machine: Machine, cost: ArrayLike, price: ArrayLike) -> Floats:
    """Return the compute that money buys.

    Parameters
    ----------
    machine : Machine
        What is hired.
    cost : array_like
        Money, > 0.
    price : array_like
        Money per hour of that machine, > 0, in the same currency; broadcast against `cost`.

    Returns
    -------
    numpy.ndarray
        FLOP, of the broadcast shape.

    Raises
    ------
    ValueError
        If any cost or price is not positive.

    Examples
    --------
    A million dollars, at two prices an hour:

    >>> from_cost(Machine(peak=1e15, utilisation=0.4), 1e6, [2.0, 4.0])
    array([7.2e+23, 3.6e+23])
    """
    hours = positive(cost, "cost") / positive(price, "price per hour")
    return from_machine(machine, hours * SECONDS_PER_HOUR)


def from_energy(machine: Machine, energy: ArrayLike, power: ArrayLike) -> Floats:
    """Return the compute that energy pays for.

    Parameters
    ----------
    machine : Machine
        What runs.
    energy : array_like
        kWh, > 0, cooling and all else included.
    power : array_like
        Draw of that machine with its share of all else, W, > 0; broadcast against `energy`.

    Returns
    -------
    numpy.ndarray
        FLOP, of the broadcast shape.

    Raises
    ------
    ValueError
        If any energy or power is not positive.

    Examples
    --------
    A GWh for a machine that draws a kW, which runs it for a million hours:

    >>> f"{from_energy(Machine(peak=1e15, utilisation=0.4), 1e6, 1000):.3g}"
    '1.44e+24'
    """
    joules = positive(energy, "energy in kWh") * JOULES_PER_KWH
    return from_machine(machine, joules / positive(power, "power in W"))


def utilisation(compute: ArrayLike, peak: ArrayLike, seconds: ArrayLike) -> Floats:
    """Return the share of a machine's peak that `compute` FLOP in `seconds` amounts to.

    Above one the figures contradict each other.

    Parameters
    ----------
    compute : array_like
        Training compute, FLOP, > 0.
    peak : array_like
        Arithmetic of the whole machine at peak, FLOP/s, > 0.
    seconds : array_like
        Time, s, > 0; the three broadcast against each other.

    Returns
    -------
    numpy.ndarray
        Dimensionless, > 0, of the broadcast shape.

    Raises
    ------
    ValueError
        If any input is not positive.

    Examples
    --------
    AMD-Llama-135M, trained on 670 billion tokens in six days on 16 accelerators of 362.1 TFLOP/s
    by its announcement:

    >>> round(float(utilisation(6 * 135e6 * 670e9, 16 * 362.1e12, duration("6 days"))), 3)
    0.181
    """
    most = positive(peak, "peak in FLOP/s") * positive(seconds, "time in seconds")
    return positive(compute, "compute") / most


def _inside(name: str, value: float, unit: str) -> None:
    if not 0 < value < np.inf:
        raise ScalingLawsError(f"{name} is {value:g}; expected a positive number of {unit}.")
