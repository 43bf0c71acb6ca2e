"""The compute-efficient frontier of Kaplan et al. 2020: its exponents, and where it has to end."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import PowerAllocation, PowerLaw
from scalinglaws.units import Floats, positive


@dataclass(frozen=True)
class FrontierExponents:
    """Powers of C_min along the frontier, as derived from how loss depends on N, B and S.

    Parameters
    ----------
    loss : float
        alpha_C_min: the loss falls as C_min to minus this power.
    params, batch, steps, tokens : float
        Powers by which size, critical batch size, steps and data (batch times steps) grow.

    Examples
    --------
    Compute is size times data, so their powers add up to one:

    >>> found = exponents(alpha_N=0.076, alpha_B=0.21, alpha_S=0.76)
    >>> round(found.params + found.tokens, 6)
    1.0
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
        Exponents of size, critical batch size and steps, dimensionless, > 0.

    Returns
    -------
    FrontierExponents
        loss = 1 / (1/alpha_N + 1/alpha_B + 1/alpha_S); params = loss / alpha_N, and so on.

    Raises
    ------
    ValueError
        If any exponent is not positive.

    Examples
    --------
    The paper's Table 5 gives the 0.052 of its Eq B.7 for the loss, and less for the size than the
    0.71 of Eq 6.5 or the 0.73 of Table 6:

    >>> found = exponents(alpha_N=0.076, alpha_B=0.21, alpha_S=0.76)
    >>> round(found.loss, 3), round(found.params, 3)
    (0.052, 0.684)
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

    Examples
    --------
    Where (100 / C)^(1/2) meets (10 / D)^(1/2), if both N and D are C^(1/2):

    >>> square_root = PowerAllocation(a=0.5, b=0.5, N_e=1.0, D_e=1.0)
    >>> found = crossing(PowerLaw(0.5, 100.0), PowerLaw(0.5, 10.0), square_root)
    >>> [round(float(x), 6) for x in (found.compute, found.params, found.tokens, found.loss)]
    [100.0, 10.0, 10.0, 1.0]
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
        N and D of C_min, with the prefactor of tokens.

    Returns
    -------
    Crossing
        The constants of the laws broadcast against each other.

    Raises
    ------
    ScalingLawsError
        If the loss promised by compute does not fall faster than the data allow, so that going up
        in compute the curves part; or if the allocation has no prefactor of tokens.

    Examples
    --------
    The paper prints C* of 1e4 PF-days, N* and D* of 1e12 and L* of 1.7, each but the last good to a
    factor of ten (Eq 6.8):

    >>> from scalinglaws import published
    >>> laws = [published[f"kaplan2020-{name}"] for name in ("compute-min", "tokens", "allocation")]
    >>> found = crossing(*laws)
    >>> f"{found.compute / 8.64e19:.2g} PF-days, N* {found.params:.2g}, D* {found.tokens:.2g}"
    '1.1e+04 PF-days, N* 1.2e+12, D* 2.5e+11'
    >>> round(float(found.loss), 2)
    1.67
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
    compute_law, tokens_law : PowerLaw
        As for `crossing`; single laws, no ensembles.
    allocation : PowerAllocation
        As for `crossing`.
    half_units : mapping of str to float
        Half a unit in the last digit printed, by constant: ``alpha_C``, ``C_c`` (FLOP),
        ``alpha_D``, ``D_c``, ``b``, ``D_e``.

    Returns
    -------
    dict of str to tuple of float
        Lowest and highest C*, FLOP: by constant, and under ``all`` over every combination. Ours:
        each is a `crossing` of the moved constants.

    Raises
    ------
    ScalingLawsError
        If in some combination the curves do not cross.
    ValueError
        If the allocation has no prefactor of tokens, or it is moved to 0 or below.

    Examples
    --------
    C* in PF-days, for exponents of the loss and of the data that are printed as 0.050 and 0.27:

    >>> from scalinglaws import published
    >>> laws = [published[f"kaplan2020-{name}"] for name in ("compute-min", "tokens", "allocation")]
    >>> ends = sensitivity(*laws, half_units={"alpha_C": 0.0005, "b": 0.005})
    >>> {name: f"{low / 8.64e19:.2g} to {high / 8.64e19:.2g}" for name, (low, high) in ends.items()}
    {'alpha_C': '9e+03 to 1.4e+04', 'b': '9.4e+03 to 1.3e+04', 'all': '7.6e+03 to 1.7e+04'}
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
