"""Profiles of a fit: the likelihood lost as one quantity is held away from its estimate.

The quantity is held by eliminating one constant, which the other four and the value determine.
Residuals are taken to be drawn from one law of noise, that of the error (`likelihood`), and twice a
loss of log-likelihood from chi-square (textbook, for many runs). Residuals of different runs are
taken to be independent. Rows of one run, such as checkpoints, are not: they count together as one,
as if they said the same thing over (the effective number of observations at a correlation of 1).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.family import FORMS
from scalinglaws.fitting.likelihood import profiled_log_likelihood
from scalinglaws.fitting.model import CONSTANTS, LOGARITHMS, Array, Design
from scalinglaws.fitting.result import Fit
from scalinglaws.fitting.surface import Embedding, descend

_FORM = FORMS["chinchilla"]

#: The eliminated constant (S,), its slopes in the others and its second derivatives, by constant.
Solved = tuple[Array, Mapping[str, Array | float], Mapping[str, Array]]


@dataclass(frozen=True)
class Profile:
    """Profile of one quantity.

    Attributes
    ----------
    values : ndarray, shape (k,)
        Values it was held at, ascending, in its own unit.
    drop : ndarray, shape (k,)
        Twice the log-likelihood lost against the best fit, >= 0 up to rounding.
    converged : ndarray of bool, shape (k,)
        Whether the fit of the others converged at each.

    Examples
    --------
    Of a normal mean of standard error 1:

    >>> grid = np.linspace(-4, 4, 801)
    >>> low, high = Profile(grid, grid**2, np.ones(801, dtype=bool)).interval(level=0.95)
    >>> round(low, 2), round(high, 2)
    (-1.96, 1.96)
    """

    values: Array
    drop: Array
    converged: NDArray[np.bool_]

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return where the drop stays below the chi-square quantile (1 degree of freedom).

        Parameters
        ----------
        level : float
            Coverage, 0 < level < 1.

        Returns
        -------
        low, high : float
            Ends of the interval, in the quantity's unit, interpolated linearly between the values;
            infinite where an end lies outside the grid.

        Raises
        ------
        ScalingLawsError
            If no value of the grid lies inside the interval.
        statistics.StatisticsError
            If `level` is 1 or more.
        """
        limit = NormalDist().inv_cdf((1 + level) / 2) ** 2  # of chi-square, 1 degree of freedom
        best = int(np.argmin(self.drop))
        if not self.drop[best] <= limit:
            first, nearest, last = self.values[[0, best, -1]]
            raise ScalingLawsError(
                f"None of the {len(self.values)} values that were profiled, from {first:.4g} to "
                f"{last:.4g}, lies inside the {100 * level:.4g}% interval; {nearest:.4g} is "
                "nearest. Give values on both sides of the estimate, and closer to each other."
            )
        low = _crossing(self.values[best::-1], self.drop[best::-1], limit, -np.inf)
        high = _crossing(self.values[best:], self.drop[best:], limit, np.inf)
        return low, high


def _crossing(values: Array, drop: Array, limit: float, outside: float) -> float:
    above = np.flatnonzero(drop > limit)
    if not len(above):
        return outside
    i = int(above[0])
    share = (limit - drop[i - 1]) / (drop[i] - drop[i - 1])
    return float(values[i - 1] + share * (values[i] - values[i - 1]))


@dataclass(frozen=True)
class Quantity:
    """A quantity that can be held fixed by eliminating one constant.

    Attributes
    ----------
    name : str
        For tables and messages.
    eliminated : str
        The constant that the value and the other four determine.
    solve : callable
        From the constants by name, of which A, B and E are logarithms, and the values of the
        quantity, each of shape (S,), to the eliminated constant and its derivatives; it may depend
        on A and on exponents.

    Examples
    --------
    >>> half = size_exponent()
    >>> half.name, half.eliminated, half.solve({"alpha": np.array([0.35])}, np.array([0.5]))[0]
    ('a', 'beta', array([0.35]))
    """

    name: str
    eliminated: str
    solve: Callable[[Mapping[str, Array], Array], Solved] = field(repr=False)


def profile_along(fit: Fit, quantity: Quantity, values: ArrayLike) -> Profile:
    """Profile one quantity over a grid of values.

    Parameters
    ----------
    fit : Fit
        Best fit of the form "chinchilla", by a symmetric error that has no kink.
    quantity : Quantity
        One of `coordinate(...)`, `size_exponent()`, `tokens_per_param(compute)`.
    values : array_like, shape (k,)
        In the quantity's own unit, on both sides of the estimate.

    Returns
    -------
    Profile
        The log-likelihood with all else at its best: that of `profiled_log_likelihood`, times the
        share that the runs are of the rows, where rows share a run.

    Raises
    ------
    ScalingLawsError
        If the fit is of another form, or by an error that has no such likelihood.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> found = fit(read_runs("hoffmann2022_runs").without_highest(5))
    >>> low, high = profile_along(found, coordinate("E"), np.linspace(1.7, 1.9, 21)).interval()
    >>> f"{low:.2f} to {high:.2f} nats per token"
    '1.79 to 1.85 nats per token'
    """
    error, problem = fit.error, fit.problem
    if fit.form != _FORM:
        raise ScalingLawsError(
            f"profile of {quantity.name}: expected a fit of the form '{_FORM.name}', which has it; "
            f"found one of '{fit.form.name}'. Its bootstrap gives intervals."
        )
    if error.delta == 0 or error.tau != 0.5:
        raise ScalingLawsError(
            f"profile of {quantity.name}: the fit minimises {error.minimises}; expected an error "
            "that is symmetric and has no kink. Fit by 'huber' or 'mse', or take the bootstrap."
        )
    values = np.sort(np.asarray(values, dtype=float))
    embedding = _embedding(quantity, problem.design, values)
    start = np.delete(problem.centre(fit.values), CONSTANTS.index(quantity.eliminated))
    _, objective, converged = descend(
        np.repeat(start[None], len(values), axis=0),
        partial(problem.evaluate, weights=None, embedding=embedding),
        np.full(len(values), float(fit.n)),
        error,
    )
    best, held = (
        profiled_log_likelihood(each, fit.n, error.delta) for each in (fit.objective, objective)
    )
    independent = len(np.unique(fit.runs.groups)) / len(fit.runs)
    return Profile(values, 2 * independent * (best - held), converged)


def _embedding(quantity: Quantity, design: Design, values: Array) -> Embedding:
    """Return the map from the four free coordinates, which are centred, to all of them."""
    place, every = CONSTANTS.index(quantity.eliminated), len(CONSTANTS)
    kept = np.delete(np.arange(len(_FORM.free)), place)
    # Centring is linear: the centred coordinate is that of the constant and a part of the others.
    others, uncentred = design.centre(np.eye(every))[:, place], design.uncentre(np.eye(every)).T
    others[place] = 0.0

    def embed(points: Array, members: NDArray[np.intp]) -> tuple[Array, Array, Array]:
        phi, slope, bend = (np.zeros((len(points), every)) for _ in range(3))
        phi[:, kept] = points
        theta = design.uncentre(phi)
        known = dict(zip(CONSTANTS, theta.T, strict=True))
        constant, slopes, curvatures = quantity.solve(known, values[members])
        phi[:, place] = constant + theta @ others
        slope += others
        for name, each in slopes.items():
            slope[:, CONSTANTS.index(name)] += each
        for name, each in curvatures.items():
            bend[:, CONSTANTS.index(name)] = each
        first = np.zeros((len(points), len(_FORM.free), len(kept)))
        second = np.zeros((*first.shape, len(kept)))
        first[:, kept, np.arange(len(kept))] = 1.0
        first[:, place] = slope @ uncentred[:, kept]
        second[:, place] = (uncentred[:, kept].T * bend[:, None]) @ uncentred[:, kept]
        return phi, first, second

    return embed


def coordinate(name: str) -> Quantity:
    """Return one of the five constants as a quantity to profile.

    Parameters
    ----------
    name : {"E", "A", "B", "alpha", "beta"}
        Which.

    Returns
    -------
    Quantity
        With values in nats per token (E, A, B) or dimensionless (exponents).

    Raises
    ------
    ScalingLawsError
        If there is no such constant.

    Examples
    --------
    >>> coordinate("beta")
    Quantity(name='beta', eliminated='beta')
    """
    if name not in _FORM.free:
        raise ScalingLawsError(f"coordinate {name!r}: expected one of {', '.join(_FORM.free)}.")

    def solve(_: Mapping[str, Array], value: Array) -> Solved:
        return np.log(value) if name in LOGARITHMS else value, {}, {}

    return Quantity(name, name, solve)


def size_exponent() -> Quantity:
    """Return a = beta / (alpha + beta), the exponent of the optimal size, as a quantity.

    It is solved for beta; the formula is Hoffmann et al. 2022, Equation 4.

    Returns
    -------
    Quantity
        With values above 0 and below 1, dimensionless.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> found = fit(read_runs("hoffmann2022_runs").without_highest(5))
    >>> low, high = profile_along(found, size_exponent(), np.linspace(0.46, 0.56, 21)).interval()
    >>> f"{low:.2f} to {high:.2f}"
    '0.49 to 0.54'
    """

    def solve(known: Mapping[str, Array], a: Array) -> Solved:
        odds = a / (1 - a)
        return known["alpha"] * odds, {"alpha": odds}, {}

    return Quantity("a", "beta", solve)


def tokens_per_param(compute: float) -> Quantity:
    """Return the compute-optimal tokens per parameter at `compute` FLOP as a quantity.

    With c = log(C/6), log(D/N) = [(alpha - beta) c - 2 (ln alpha A - ln beta B)] / (alpha + beta)
    (Hoffmann et al. 2022, Equation 4), which is solved for ln B.

    Parameters
    ----------
    compute : float
        FLOP, > 0.

    Returns
    -------
    Quantity
        With values in tokens per parameter, > 0.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> found = fit(read_runs("hoffmann2022_runs").without_highest(5))
    >>> found = profile_along(found, tokens_per_param(1e21), np.linspace(10, 40, 16))
    >>> low, high = found.interval()
    >>> f"{low:.0f} to {high:.0f} tokens per parameter"
    '18 to 26 tokens per parameter'
    """
    c = float(np.log(compute / 6))

    def solve(known: Mapping[str, Array], ratio: Array) -> Solved:
        # A step to exponents without an optimum turns to nan and is not taken.
        exponents = np.stack([known["alpha"], known["beta"]])
        alpha, beta = np.where(exponents.min(axis=0) > 0, exponents, np.nan)
        log = np.log(ratio)
        big_b = known["A"] + np.log(alpha / beta) + (log * (alpha + beta) - (alpha - beta) * c) / 2
        slopes = {"A": 1.0, "alpha": 1 / alpha + (log - c) / 2, "beta": (log + c) / 2 - 1 / beta}
        return big_b, slopes, {"alpha": -1 / alpha**2, "beta": 1 / beta**2}

    return Quantity("tokens per parameter", "B", solve)
