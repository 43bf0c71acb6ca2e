"""Training compute from a machine and a deadline, from money, or from energy."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalebook.errors import ScalebookError, shortened
from scalebook.units import Floats, positive

SECONDS_PER_HOUR = 3600.0
SECONDS_PER_DAY = 86400.0
DAYS_PER_YEAR = 365.25
"""Julian year; a month is a twelfth of it."""
JOULES_PER_KWH = 3.6e6

SECONDS = {
    "s": 1.0,
    "second": 1.0,
    "min": 60.0,
    "minute": 60.0,
    "h": SECONDS_PER_HOUR,
    "hour": SECONDS_PER_HOUR,
    "d": SECONDS_PER_DAY,
    "day": SECONDS_PER_DAY,
    "week": 7 * SECONDS_PER_DAY,
    "month": DAYS_PER_YEAR / 12 * SECONDS_PER_DAY,
    "year": DAYS_PER_YEAR * SECONDS_PER_DAY,
}
"""Seconds in each unit of time that `duration` reads."""
_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_DURATION = re.compile(r"(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+|[a-z]+)\s*-?\s*([a-z]+)", re.IGNORECASE)
_LONGEST = 100  # characters


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
            raise ScalebookError(
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


def duration(text: str) -> float:
    """Read a time as people write it, in seconds: ``64 days``, ``3 months``, ``six days``, ``12h``.

    A month is a twelfth of a year of 365.25 days.

    Raises
    ------
    ScalebookError
        If `text` is not a positive time with a unit.

    Examples
    --------
    >>> duration("64 days"), duration("three months")
    (5529600.0, 7889400.0)
    """
    match = _DURATION.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    unit = match.group(2).lower() if match else ""
    factor = SECONDS.get(unit, SECONDS.get(unit.removesuffix("s")))
    number = _number(match.group(1).lower()) if match else None
    if factor is None or number is None:
        raise ScalebookError(
            f"{shortened(text)} is not a time. Write a number and a unit: 64 days, 3 months, 12 h "
            "(seconds, minutes, hours, days, weeks, months, years)."
        )
    if not 0 < number * factor < np.inf:
        raise ScalebookError(f"{shortened(text)}: expected a positive time.")
    return number * factor


def _number(text: str) -> float | None:
    if text in _WORDS:
        return float(_WORDS[text])
    try:
        return float(text)
    except ValueError:
        return None


def _inside(name: str, value: float, unit: str) -> None:
    if not 0 < value < np.inf:
        raise ScalebookError(f"{name} is {value:g}; expected a positive number of {unit}.")
