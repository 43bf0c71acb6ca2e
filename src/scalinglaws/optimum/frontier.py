"""The compute-efficient frontier of Kaplan et al. 2020: its exponents, and where it has to end."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import JointLaw, PowerAllocation, PowerLaw
from scalinglaws.units import FLOP_PER_PARAM_TOKEN, Floats, positive


@dataclass(frozen=True)
class FrontierExponents:
    """Powers of C_min along the frontier, as derived from how loss depends on N, B and S.

    Parameters
    ----------
    loss : float
        alpha_C_min: the loss falls as C_min to minus this power.
    params, batch, steps, tokens : float
        Powers by which size, critical batch size, steps and data (batch times steps) grow.
    """

    loss: float
    params: float
    batch: float
    steps: float
    tokens: float


def exponents(alpha_N: float, alpha_B: float, alpha_S: float) -> FrontierExponents:
    """Derive the exponents of the frontier (Kaplan et al. 2020, Eqs 1.7, 1.8 and 6.4).

    Parameters
    ----------
    alpha_N, alpha_B, alpha_S : float
        Exponents of size, critical batch size and steps, > 0.

    Raises
    ------
    ValueError
        If any exponent is not positive.

    Examples
    --------
    >>> round(exponents(0.076, 0.21, 0.76).params, 3)
    0.684
    """
    alphas = positive([alpha_N, alpha_B, alpha_S], "alpha")
    loss = float(1.0 / np.sum(1.0 / alphas))
    params, batch, steps = (float(power) for power in loss / alphas)
    return FrontierExponents(loss, params, batch, steps, batch + steps)


@dataclass(frozen=True)
class Crossing:
    """Where the loss promised by compute meets the loss that the data allow.

    Parameters
    ----------
    compute : numpy.ndarray
        C*, FLOP.
    params, tokens : numpy.ndarray
        N* and D*, the allocation at C*.
    loss : numpy.ndarray
        L*, nats per token.
    """

    compute: Floats
    params: Floats
    tokens: Floats
    loss: Floats


def crossing(compute_law: PowerLaw, tokens_law: PowerLaw, allocation: PowerAllocation) -> Crossing:
    """Return where L(C_min) and L(D(C_min)) cross, in closed form (Kaplan et al. 2020, Sec. 6.3).

    Parameters
    ----------
    compute_law : PowerLaw
        L(C_min), its scale in FLOP.
    tokens_law : PowerLaw
        L(D) of unlimited size.
    allocation : PowerAllocation
        N and D of C_min, with both prefactors.

    Raises
    ------
    ScalingLawsError
        If the loss promised by compute does not fall faster than the data allow, so that going up
        in compute the curves part; or if the allocation has no prefactor of tokens.
    """
    steepness = compute_law.exponent - tokens_law.exponent * np.asarray(allocation.b)
    if np.any(steepness <= 0):
        raise ScalingLawsError(
            "The two curves do not cross: the loss promised by compute must fall faster than the "
            f"loss that the data allow, but its exponent is {np.min(steepness):.2g} above it. "
            "Take a larger exponent of compute or a smaller one of data."
        )
    one_unit = allocation.compute_unit
    log_gap = np.log(compute_law.loss(one_unit)) - np.log(
        tokens_law.loss(allocation.tokens(one_unit))
    )
    compute = one_unit * np.exp(log_gap / steepness)
    return Crossing(
        compute, allocation.params(compute), allocation.tokens(compute), compute_law.loss(compute)
    )


def sensitivity(
    compute_law: PowerLaw,
    tokens_law: PowerLaw,
    allocation: PowerAllocation,
    half_units: Mapping[str, float],
) -> dict[str, tuple[float, float]]:
    """Return how far C* moves when printed constants move by half a unit of their last digit.

    Parameters
    ----------
    compute_law, tokens_law, allocation
        As for `crossing`; single laws, no ensembles.
    half_units : mapping
        Half a unit in the last digit printed, by constant: ``alpha_C``, ``C_c`` (FLOP),
        ``alpha_D``, ``D_c``, ``b``, ``D_e``.

    Returns
    -------
    dict
        Lowest and highest C*, FLOP: by constant, and under ``all`` over every combination.

    Raises
    ------
    ScalingLawsError
        If in some combination the curves do not cross.
    """

    def moved(shift: Mapping[str, float]) -> float:
        def by(name: str) -> float:
            return shift.get(name, 0.0)

        return float(
            crossing(
                PowerLaw(compute_law.exponent + by("alpha_C"), compute_law.scale + by("C_c")),
                PowerLaw(tokens_law.exponent + by("alpha_D"), tokens_law.scale + by("D_c")),
                replace(
                    allocation, b=allocation.b + by("b"), D_e=(allocation.D_e or 0.0) + by("D_e")
                ),
            ).compute
        )

    ranges = {}
    for name, half in half_units.items():
        ends = [moved({name: sign * half}) for sign in (-1, 1)]
        ranges[name] = (min(ends), max(ends))
    corners = [
        moved({name: sign * half_units[name] for name, sign in zip(half_units, signs, strict=True)})
        for signs in itertools.product((-1, 1), repeat=len(half_units))
    ]
    return {**ranges, "all": (min(corners), max(corners))}


def joint_optimum(law: JointLaw, compute: ArrayLike) -> tuple[Floats, Floats]:
    """Return the size and data that minimise Kaplan's joint law L(N, D) at C = 6 N D.

    Setting the derivative along 6 N D = C to zero gives alpha_N times the size term equal to
    alpha_D times the data term, and so N proportional to C^(alpha_D / (alpha_N + alpha_D)). The
    paper does not use its law so: there D is a corpus that may be read many times.

    Parameters
    ----------
    law : JointLaw
    compute : array_like
        FLOP, > 0.

    Raises
    ------
    ValueError
        If any `compute` is not positive.
    """
    power = np.asarray(law.tokens_exponent)
    product = positive(compute, "compute") / FLOP_PER_PARAM_TOKEN
    # In logarithms, since powers of fitted constants may leave the range of floats.
    log_balance = np.log(power) + power * np.log(law.N_c) + np.log(product) - np.log(law.D_c)
    params: Floats = np.exp(log_balance / (1.0 + power))
    tokens: Floats = product / params
    return params, tokens
