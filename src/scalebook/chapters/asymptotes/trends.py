"""Where the curves of loss against compute go: paths, crossings, slopes and limits."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalebook.errors import ScalebookError
from scalinglaws import roots
from scalinglaws.laws import JointLaw, ParametricLaw, PowerAllocation
from scalinglaws.units import FLOP_PER_PARAM_TOKEN, Floats, positive


@dataclass(frozen=True)
class Path:
    """Loss along a path N = k_N C^a, D = k_D C^b: a floor and two powers of compute.

    Parameters
    ----------
    floor : float
        Nats per token.
    size, data : float
        Coefficients A k_N^-alpha and B k_D^-beta, nats per token at 1 FLOP.
    size_exponent, data_exponent : float
        Powers of compute by which the two terms fall, alpha a and beta b.
    """

    floor: float
    size: float
    data: float
    size_exponent: float
    data_exponent: float

    def loss(self, compute: ArrayLike) -> Floats:
        """Return the loss, nats per token; ValueError if any compute (FLOP) is not positive."""
        flop = positive(compute, "compute")
        size = self.size * flop**-self.size_exponent
        data = self.data * flop**-self.data_exponent
        return np.asarray(self.floor + size + data)[()]


def along(law: ParametricLaw, allocation: PowerAllocation) -> Path:
    """Return a law's loss along sizes and data that grow as powers of compute.

    Parameters
    ----------
    law : ParametricLaw
        A single law.
    allocation : PowerAllocation
        With both prefactors, for compute in FLOP.

    Raises
    ------
    ScalebookError
        If a prefactor is missing or compute is in another unit.
    """
    if allocation.N_e is None or allocation.D_e is None or allocation.compute_unit != 1.0:
        raise ScalebookError(f"{allocation.name or 'This allocation'} cannot be followed: it needs a prefactor of size and one of data, both at 1 FLOP.")  # fmt: skip
    size, data = law.A * allocation.N_e**-law.alpha, law.B * allocation.D_e**-law.beta
    powers = float(law.alpha * allocation.a), float(law.beta * allocation.b)
    return Path(float(law.E), float(size), float(data), *powers)


def best_allocation(law: ParametricLaw) -> PowerAllocation:
    """Return the optimum of a single law under C = 6 N D as powers of compute in FLOP."""
    at_one = law.optimum(compute=FLOP_PER_PARAM_TOKEN)
    a, b = float(law.a), float(law.b)
    k_N = float(at_one.params) * FLOP_PER_PARAM_TOKEN**-a
    k_D = float(at_one.tokens) * FLOP_PER_PARAM_TOKEN**-b
    return PowerAllocation(a, b, k_N, k_D, name=law.name)


def half_and_half() -> PowerAllocation:
    """Return N = D = sqrt(C / 6), the root of compute for both."""
    root = FLOP_PER_PARAM_TOKEN**-0.5
    return PowerAllocation(0.5, 0.5, root, root, name="half and half")


def prefactor(values: ArrayLike, compute: ArrayLike, exponent: float) -> float:
    """Return k of values = k C^exponent through a table's rows: their geometric mean.

    Parameters
    ----------
    values, compute : array_like, shape (n,)
        Sizes or tokens, and FLOP.
    exponent : float

    Raises
    ------
    ValueError
        If any input is not positive.
    """
    logs = np.log(positive(values, "values")) - exponent * np.log(positive(compute, "compute"))
    return float(np.exp(logs.mean()))


def reducible_exponent(law: ParametricLaw | JointLaw) -> float | Floats:
    """Return the power by which the optimum's loss above the floor falls with compute.

    alpha beta / (alpha + beta) for Hoffmann's form; the same expression in alpha_N and alpha_D for
    Kaplan's, which has no floor (both from the optimum under C = 6 N D).
    """
    alpha, beta = law.general.alpha, law.general.beta
    return alpha * beta / (alpha + beta)


def slope(law: ParametricLaw, compute: ArrayLike) -> Floats:
    """Return -d ln L / d ln C of the whole loss at the optimum, floor included.

    The exponent of the reducible loss times its share of the loss, so that it falls to zero.

    Raises
    ------
    ValueError
        If any compute is not positive and finite.
    """
    loss = law.optimum(compute=compute).loss
    return np.asarray(reducible_exponent(law) * (1.0 - law.E / loss))[()]


def crossings(
    first: Callable[[Floats], Floats],
    second: Callable[[Floats], Floats],
    low: float,
    high: float,
    points: int = 2000,
) -> Floats:
    """Return where two curves of compute cross between `low` and `high`, in order.

    Parameters
    ----------
    first, second : callable
        Array of FLOP to loss.
    low, high : float
        FLOP, 0 < low < high.
    points : int
        Grid, even in the logarithm, on which sign changes are sought; two crossings within one
        step of it are missed.

    Raises
    ------
    ScalebookError
        If the range is empty.
    """
    if not 0 < low < high:
        raise ScalebookError(f"Crossings are sought from {low:g} to {high:g} FLOP: that is empty.")

    def gap(log_compute: ArrayLike) -> Floats:
        compute = np.exp(np.asarray(log_compute, dtype=float))
        return np.asarray(first(compute) - second(compute))

    grid = np.linspace(np.log(low), np.log(high), points)
    sign = np.sign(gap(grid))
    found = np.flatnonzero(sign[:-1] * sign[1:] < 0)
    between = roots.falling(
        lambda x, side: side * gap(x), grid[found], grid[found + 1], sign[found]
    )
    crossed: Floats = np.exp(np.sort(np.concatenate([between, grid[sign == 0]])))
    return crossed


def years(compute: ArrayLike, start: float, growth: float) -> Floats:
    """Return the years until `compute` is reached from `start` when budgets grow `growth` a year.

    Negative where it has been passed.

    Raises
    ------
    ValueError
        If any input is not positive, or growth is not above 1.
    """
    if not growth > 1:
        raise ValueError(f"growth must be above 1 a year, got {growth:g}.")
    ratio = positive(compute, "compute") / positive(start, "start")
    return np.asarray(np.log(ratio) / np.log(growth))[()]
