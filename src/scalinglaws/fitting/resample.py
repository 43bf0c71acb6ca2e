"""Bootstrap of a fit: resample runs with replacement, fit each resample again.

The bootstrap of Efron 1979 (doi:10.1214/aos/1176344552): runs are drawn independently, and the
spread of the fits of such tables stands for that of the fits of tables yet to be made. Rows of one
training run (`Runs.groups`) share its noise and are drawn together. Noise that runs share, as by a
reading error of one axis, is not in the spread.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import surface
from scalinglaws.fitting.family import Form
from scalinglaws.fitting.grid import starts
from scalinglaws.fitting.model import LOGARITHMS, Array
from scalinglaws.runs import Runs


class _Fitted(Protocol):
    """What a bootstrap asks of a `result.Fit`, which hands out bootstraps."""

    @property
    def runs(self) -> Runs: ...
    @property
    def form(self) -> Form: ...
    @property
    def n(self) -> int: ...
    @property
    def values(self) -> Array: ...
    @property
    def constants(self) -> dict[str, float]: ...
    @property
    def problem(self) -> surface.Problem: ...
    @property
    def residuals(self) -> Array: ...
    @property
    def law(self) -> Any: ...
    @property
    def objective(self) -> float: ...


STREAM = 1000
"""Resamples that one stream of random numbers draws, whatever the memory; published intervals
depend on it."""

_BETTER = 1e-9  # relative; a lower minimum counts as another


@dataclass(frozen=True)
class Bootstrap:
    """Fits of resampled runs.

    Attributes
    ----------
    fit : Fit
        That of all runs, whose form and error model the resamples share.
    values : ndarray, shape (S, k)
        Free constants of each resample, as `Fit.values`.
    objective : ndarray, shape (S,)
        What each fit has minimised, at its end.
    converged : ndarray of bool, shape (S,)
        Whether the gradient has vanished there.
    seed : int
        Seed that the resamples were drawn with.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> draws = fit(read_runs("hoffmann2022_runs").without_highest(5)).bootstrap(50)
    >>> bool(draws.converged.all()), draws.law.E.shape
    (True, (50,))
    >>> low, high = draws.interval("beta", level=0.9)
    >>> low < draws.fit.law.beta < high
    True

    Of anything that follows from the law:

    >>> low, high = interval(draws.law.optimum(compute=1e24).params)
    >>> bool(low < draws.fit.law.optimum(compute=1e24).params < high)
    True
    """

    fit: _Fitted = field(repr=False)
    values: Array = field(repr=False)
    objective: Array = field(repr=False)
    converged: NDArray[np.bool_] = field(repr=False)
    seed: int

    def __len__(self) -> int:
        return len(self.values)

    @property
    def law(self) -> Any:
        """The ensemble of laws, of the class of the fit's law, each field of shape (S,)."""
        return self.fit.form.law(self.values)

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Return the percentile interval of a constant, or of another number of the law.

        Parameters
        ----------
        name : str
            A constant of the fit, or an attribute of the law, such as the a of its optimum.
        level : float
            Coverage, 0 < level < 1.

        Returns
        -------
        low, high : float
            In the unit of the constant; NaN where more resamples than the interval leaves out have
            no value.

        Raises
        ------
        ScalingLawsError
            If the law has no such number.
        """
        free, values = self.fit.form.free, getattr(self.law, name, None)
        if name in free:
            values = self.values[:, free.index(name)]
            values = np.exp(values) if name in LOGARITHMS else values
        if not isinstance(values, (float, np.ndarray)):
            raise ScalingLawsError(
                f"interval of {name!r}: expected one of {', '.join(self.fit.constants)}, or an "
                "attribute of the law such as a."
            )
        finite = np.isfinite(values)
        if name not in free:  # a law that rises has no optimum for it to be a number of
            finite = finite & (self.fit.problem.least_exponent(self.values) > 0)
        if finite.mean() < level < 1:
            return float("nan"), float("nan")
        low, high = interval(np.asarray(values)[finite], level)
        return float(low), float(high)

    def falling_law(self) -> Any:
        """Return the ensemble of laws if each of them has an optimum.

        Returns
        -------
        ParametricLaw or another law
            Each field of shape (S,).

        Raises
        ------
        ScalingLawsError
            If a law's loss does not fall with size and with data (an exponent is not positive).
        """
        rising = int(np.sum(self.fit.problem.least_exponent(self.values) <= 0))
        if rising:
            raise ScalingLawsError(
                f"{self.fit.runs.name or 'these runs'}: by {rising:,} of {len(self):,} resamples "
                "more parameters or more tokens would not lower the loss, so these runs do not fix "
                "what is optimal. Give more runs, or less noisy ones."
            )
        return self.law

    def predict(
        self, params: ArrayLike, tokens: ArrayLike, level: float = 0.95
    ) -> tuple[Array, Array]:
        """Return where the loss of one new run would fall if the form were right.

        The interval joins the spread of the fitted laws with the scatter of single runs about the
        law (residuals of the full fit, drawn with replacement).

        Parameters
        ----------
        params, tokens : array_like, shape (m,)
            Size and data of the runs to predict, > 0, broadcast against each other.
        level : float
            Coverage, 0 < level < 1.

        Returns
        -------
        low, high : ndarray, shape (m,)
            Percentile interval of the loss, nats per token.

        Raises
        ------
        ValueError
            If a size or number of tokens is not positive, or `level` is above 1.

        Examples
        --------
        >>> from scalinglaws import fit, read_runs
        >>> draws = fit(read_runs("hoffmann2022_runs").without_highest(5)).bootstrap(50)
        >>> low, high = draws.predict([70e9], [1.4e12])  # Chinchilla's size and data
        >>> narrow, wide = interval(draws.law.loss(70e9, 1.4e12))  # of the law itself
        >>> bool(low[0] < narrow < wide < high[0])
        True
        """
        rng = np.random.default_rng(self.seed + 1)
        params, tokens = np.broadcast_arrays(np.atleast_1d(params), np.atleast_1d(tokens))
        loss = self.fit.form.loss(self.values[:, None, :], params, tokens)
        noise = rng.choice(self.fit.residuals, size=(len(self), len(params)))
        return interval(loss * np.exp(noise), level)

    def better_elsewhere(self, sample: int = 50) -> float:
        """Return the share of resamples for which another starting point finds a better minimum.

        The first `sample` resamples are fitted again from starting points of their own; better
        means lower by more than 1e-9, relative.

        Parameters
        ----------
        sample : int
            How many to fit again, > 0.

        Returns
        -------
        float
            Share, 0 to 1.

        Examples
        --------
        >>> from scalinglaws import fit, read_runs
        >>> draws = fit(read_runs("hoffmann2022_runs").without_highest(5)).bootstrap(5)
        >>> draws.better_elsewhere(sample=5)
        0.0
        """
        problem, found, done = self.fit.problem, 0, 0
        sample = min(sample, len(self))
        for counts in drawn(problem.design.n, sample, self.seed, self.fit.runs.groups):
            begin = [starts(problem.form, problem.design, weights=row) for row in counts]
            points = problem.form.take(problem.design.uncentre(np.concatenate(begin)))
            each = np.repeat(counts, len(begin[0]), axis=0)
            ends = surface.minimise(points, problem, each)[1].reshape(len(counts), -1)
            best = np.fmin.reduce(ends, axis=1)  # a start that went astray has no objective
            known = self.objective[done : done + len(counts)]
            found, done = found + int(np.sum(best < known * (1 - _BETTER))), done + len(counts)
        return found / sample


def weights(n: int, resamples: int, rng: np.random.Generator) -> Array:
    """Return how often each of n runs is drawn in each resample.

    Parameters
    ----------
    n, resamples : int
        Numbers of runs and of resamples, > 0.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray, shape (resamples, n)
        Whole numbers >= 0, as floats; each row adds up to n.

    Examples
    --------
    >>> counts = weights(6, 3, np.random.default_rng(0))
    >>> counts.shape, counts.sum(axis=1)
    ((3, 6), array([6., 6., 6.]))
    """
    rows = rng.integers(0, n, size=(resamples, n))
    rows += n * np.arange(resamples)[:, None]
    return np.bincount(rows.ravel(), minlength=resamples * n).reshape(resamples, n).astype(float)


def drawn(
    n: int, resamples: int, seed: int, groups: NDArray[np.intp] | None = None
) -> Iterator[Array]:
    """Yield how often each run is drawn, a part of the resamples at a time.

    Every `STREAM` resamples have a stream of random numbers of their own, so that the first k are
    the same whatever their number, and none depends on how many fit memory.

    Parameters
    ----------
    n, resamples : int
        Numbers of runs and of resamples, > 0.
    seed : int
        Seed of the draws, >= 0.
    groups : ndarray of int, shape (n,), optional
        Rows that are drawn together, numbered from 0, as `Runs.groups`; each alone unless given.

    Yields
    ------
    ndarray, shape (some, n)
        As `weights`, of the groups.

    Examples
    --------
    >>> parts = list(drawn(240, 1200, seed=0))
    >>> [len(part) for part in parts], bool((parts[0][0] == next(drawn(240, 1, 0))).all())
    ([1000, 200], True)
    """
    height = max(1, surface.HELD // n)
    whole = n if groups is None else int(groups.max()) + 1
    for place in range(-(-resamples // STREAM)):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(place,)))
        left = min(STREAM, resamples - place * STREAM)
        for top in range(0, left, height):
            counts = weights(whole, min(height, left - top), rng)
            yield counts if whole == n or groups is None else counts[:, groups]


def stream(fit: _Fitted, resamples: int, seed: int = 0) -> Iterator[Bootstrap]:
    """Yield the resamples of a bootstrap a part at a time, in memory that does not grow.

    Parameters
    ----------
    fit : Fit
        Fit of all runs; every resample starts from its estimate.
    resamples : int
        How many in all, > 0.
    seed : int
        Seed of the draws, >= 0.

    Yields
    ------
    Bootstrap
        The next resamples.

    Raises
    ------
    ValueError
        If `resamples` is not positive.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> found = fit(read_runs("hoffmann2022_runs").without_highest(5), error="mse")
    >>> [len(part) for part in stream(found, 1500)]
    [1000, 500]
    """
    for name, value, least in (("resamples", resamples, 1), ("seed", seed, 0)):
        if not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"{name} is {value!r}; expected a whole number, at least {least}.")
    for counts in drawn(fit.n, resamples, seed, fit.runs.groups):
        yield again(fit, counts, seed)


def again(fit: _Fitted, counts: Array, seed: int = 0) -> Bootstrap:
    """Fit weightings of the runs again, starting from the fit of all.

    Parameters
    ----------
    fit : Fit
        Fit of n runs.
    counts : ndarray, shape (S, n)
        How often each run counts; the same for several fits makes their comparison a paired one.
    seed : int
        That the counts were drawn with.

    Returns
    -------
    Bootstrap
        Of S members.

    Examples
    --------
    Each run counted twice: the same law at twice the objective.

    >>> from scalinglaws import fit, read_runs
    >>> found = fit(read_runs("hoffmann2022_runs").without_highest(5))
    >>> twice = again(found, np.full((1, 240), 2.0))
    >>> np.allclose(twice.values, found.values), np.allclose(twice.objective, 2 * found.objective)
    (True, True)
    """
    begin = np.repeat(fit.values[None], len(counts), axis=0)
    return Bootstrap(fit, *surface.minimise(begin, fit.problem, counts, near=True), seed)


def bootstrap(
    fit: _Fitted,
    resamples: int = 1000,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Bootstrap:
    """Fit resampled runs again.

    Parameters
    ----------
    fit : Fit
        Of all runs; it owns them, its form and its error model.
    resamples : int
        How many, > 0.
    seed : int
        Seed of the draws, >= 0.
    progress : callable, optional
        Called after each part with how many are done and how many there are.

    Returns
    -------
    Bootstrap
        The first k resamples are the same whatever their number.

    Raises
    ------
    ValueError
        If `resamples` is not positive.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> found = fit(read_runs("hoffmann2022_runs").without_highest(5))
    >>> round(float(bootstrap(found, 50).law.beta.std()), 2)  # Besiroglu et al. 2024, Table 1: 0.02
    0.02
    """
    parts: list[Bootstrap] = []
    for part in stream(fit, resamples, seed):
        parts.append(part)
        if progress is not None:
            progress(sum(map(len, parts)), resamples)
    values, objective, converged = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("values", "objective", "converged")
    )
    return Bootstrap(fit, values, objective, converged, seed)


def interval(values: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Return the percentile interval over the first axis.

    Parameters
    ----------
    values : array_like, shape (S, ...)
        A quantity in each resample, in any unit.
    level : float
        Coverage, 0 < level < 1.

    Returns
    -------
    low, high : ndarray, shape (...)
        By definition the quantiles (1 - level) / 2 and (1 + level) / 2 of the values.

    Raises
    ------
    ValueError
        Unless 0 < `level` < 1.

    Examples
    --------
    >>> low, high = interval(np.arange(101), level=0.8)
    >>> round(float(low), 9), round(float(high), 9)
    (10.0, 90.0)
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level:g}; expected a share between 0 and 1, such as 0.95.")
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):  # between two infinities lies no number
        low, high = np.quantile(np.asarray(values, dtype=float), [tail, 1 - tail], axis=0)
    return low, high


def standard_error(values: ArrayLike) -> tuple[float, float]:
    """Return the standard deviation of a resampled quantity and its own Monte Carlo error.

    The error of a standard deviation from S draws is sigma sqrt((k - 1) / (4 S)) with k the
    kurtosis, which heavy tails make large (textbook, for large S).

    Parameters
    ----------
    values : array_like, shape (S,)
        The quantity in each resample, in any unit; S >= 2.

    Returns
    -------
    sigma : float
        Standard deviation, in the unit of `values`.
    error : float
        Standard error of `sigma`, in the same unit.

    Examples
    --------
    >>> sigma, error = standard_error(np.tile([-1.0, -1.0, 0.0, 0.0, 1.0, 1.0], 100))
    >>> round(sigma, 3), round(float(error), 3)
    (0.817, 0.012)
    """
    draws = np.asarray(values, dtype=float)
    sigma = float(draws.std(ddof=1))
    kurtosis = float(np.mean((draws - draws.mean()) ** 4) / draws.var() ** 2)
    return sigma, sigma * np.sqrt((kurtosis - 1) / (4 * len(draws)))
