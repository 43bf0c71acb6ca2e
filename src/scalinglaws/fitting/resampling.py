"""Bootstrap of the parametric fit: resample runs with replacement, fit each resample again.

The bootstrap of Efron 1979 (doi:10.1214/aos/1176344552): runs are drawn independently, and the
spread of the fits of such tables stands for that of the fits of tables yet to be made.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws import parallel
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import varpro
from scalinglaws.fitting.model import HUBER, Array, ErrorModel, Fit, law_of, prepare
from scalinglaws.fitting.surface import block_size, minimise, minimise_block
from scalinglaws.laws import ParametricLaw


@dataclass(frozen=True)
class Bootstrap:
    """Fits of resampled runs.

    Attributes
    ----------
    theta : ndarray, shape (S, 5)
        (ln A, ln B, ln E, alpha, beta) of each resample.
    objective : ndarray, shape (S,)
        What each fit has minimised, at its end.
    converged : ndarray of bool, shape (S,)
        Whether the gradient has vanished there.
    residuals : ndarray, shape (n,)
        log(observed) - log(predicted) loss of the full fit, from which predictions draw noise.
    seed : int
        Seed that the resamples were drawn with.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = table.params, table.tokens, table.loss
    >>> draws = bootstrap(*data, fit(*data), resamples=50)
    >>> bool(draws.converged.all()), draws.law.E.shape
    (True, (50,))
    >>> draws.falling_law("these runs").a.shape  # in each of them size and data help
    (50,)
    """

    theta: Array
    objective: Array
    converged: NDArray[np.bool_]
    residuals: Array
    seed: int

    @property
    def law(self) -> ParametricLaw:
        """The ensemble of laws, each field of shape (S,)."""
        return law_of(self.theta)

    def falling_law(self, name: str) -> ParametricLaw:
        """Return the ensemble of laws if each of them has an optimum.

        Parameters
        ----------
        name : str
            What to call the runs in the message.

        Returns
        -------
        ParametricLaw
            Each field of shape (S,).

        Raises
        ------
        ScalingLawsError
            If a law's loss does not fall with size and with data (an exponent is not positive).
        """
        rising = int(np.sum((self.theta[:, 3:] <= 0).any(axis=1)))
        if rising:
            raise ScalingLawsError(
                f"{name}: by {rising:,} of {len(self.theta):,} resamples more parameters or more "
                "tokens would not lower the loss, so these runs do not fix what is optimal. Give "
                "more runs, or less noisy ones."
            )
        return self.law


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
    drawn = rng.integers(0, n, size=(resamples, n))
    drawn += n * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n).astype(float)


def block_counts(n: int, block: int, seed: int) -> Array:
    """Return the weights of a block of resamples, from a stream of random numbers of its own.

    Parameters
    ----------
    n : int
        Number of runs, > 0.
    block : int
        Position of the block, >= 0.
    seed : int
        Seed of the bootstrap, >= 0.

    Returns
    -------
    ndarray, shape (block_size(n), n)
        How often each run is drawn in each resample of the block.

    Examples
    --------
    >>> first, again, second = (block_counts(240, block, seed=0) for block in (0, 0, 1))
    >>> first.shape, bool((first == again).all()), bool((first == second).all())
    ((1000, 240), True, False)
    """
    stream = np.random.SeedSequence(seed, spawn_key=(block,))
    return weights(n, block_size(n), np.random.default_rng(stream))


def stream(
    params: ArrayLike,
    tokens: ArrayLike,
    loss: ArrayLike,
    fit: Fit,
    *,
    resamples: int,
    seed: int = 0,
    error: ErrorModel = HUBER,
) -> Iterator[Bootstrap]:
    """Yield the resamples of `bootstrap` a block at a time, in memory that does not grow.

    The blocks are computed by all cores and come in order. The first k resamples are the same
    whatever their number, and do not depend on the cores.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        The runs that `fit` was made from.
    fit : Fit
        Fit of all runs; for one by `varpro.fit` the resamples are fitted by variable projection
        too, whatever `error` is.
    resamples : int
        How many in all, > 0.
    seed : int
        Seed of the draws, >= 0.
    error : ErrorModel
        The one that `fit` was made with.

    Yields
    ------
    Bootstrap
        The next `block_size` resamples, the last block the rest.

    Raises
    ------
    ScalingLawsError
        If there are fewer than six runs, or sizes or data do not vary.

    Examples
    --------
    >>> from scalinglaws.fitting import varpro
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = table.params, table.tokens, table.loss
    >>> [len(block.theta) for block in stream(*data, varpro.fit(*data), resamples=20)]
    [20]
    """
    runs = prepare(params, tokens, loss)
    size = block_size(runs.n)

    def one(block: int) -> Bootstrap:
        counts = block_counts(runs.n, block, seed)[: resamples - block * size]
        if fit.method == "varpro":
            start = np.repeat(fit.theta[None, 3:], len(counts), axis=0)
            exponents, converged = varpro.search(start, runs, counts)
            theta, value, _ = varpro.finish(exponents, runs, counts)
        else:
            start = np.repeat(fit.theta[None], len(counts), axis=0)
            theta, value, converged = minimise_block(start, runs, error, counts, near=True)
        return Bootstrap(theta, value, converged, fit.residuals, seed)

    yield from parallel.over(one, range(-(-resamples // size)))


def bootstrap(
    params: ArrayLike,
    tokens: ArrayLike,
    loss: ArrayLike,
    fit: Fit,
    *,
    resamples: int = 4000,
    seed: int = 0,
    error: ErrorModel = HUBER,
) -> Bootstrap:
    """Fit resampled runs, all resamples at once.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        The runs that `fit` was made from.
    fit : Fit
        Fit of all runs; every resample starts from its estimate.
    resamples : int
        How many, > 0.
    seed : int
        Seed of the draws, >= 0.
    error : ErrorModel
        The one that `fit` was made with; for a fit by variable projection see `project_again`.

    Returns
    -------
    Bootstrap
        The fits of the resamples. The first k are the same whatever their number.

    Raises
    ------
    ScalingLawsError
        If there are fewer than six runs, or sizes or data do not vary.
    ValueError
        If `resamples` is not positive.

    Notes
    -----
    Runs are drawn independently and with replacement (Efron 1979, doi:10.1214/aos/1176344552).
    Noise that runs share, as by a reading error of one axis, is not in the spread.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = table.params, table.tokens, table.loss
    >>> draws = bootstrap(*data, fit(*data), resamples=50)
    >>> round(float(draws.law.beta.std()), 2)  # Besiroglu et al. 2024, Table 1: 0.02
    0.02
    """
    parts = stream(params, tokens, loss, fit, resamples=resamples, seed=seed, error=error)
    return _joined(list(parts), fit, seed)


def project_again(
    params: ArrayLike, tokens: ArrayLike, loss: ArrayLike, fit: Fit, *, resamples: int, seed: int
) -> Bootstrap:
    """Bootstrap a fit by variable projection.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        The runs that `fit` was made from.
    fit : Fit
        From `varpro.fit`.
    resamples : int
        How many, > 0.
    seed : int
        Seed of the draws, >= 0.

    Returns
    -------
    Bootstrap
        The fits of the resamples, their `objective` in nats squared.

    Raises
    ------
    ScalingLawsError
        If there are fewer than six runs, or sizes or data do not vary.
    ValueError
        If `resamples` is not positive.

    Examples
    --------
    >>> from scalinglaws.fitting import varpro
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = table.params, table.tokens, table.loss
    >>> found = varpro.fit(*data)
    >>> low, high = interval(project_again(*data, found, resamples=25, seed=1).law.E)
    >>> bool(low < found.law.E < high)
    True
    """
    return _joined(
        list(stream(params, tokens, loss, fit, resamples=resamples, seed=seed)), fit, seed
    )


def _joined(parts: list[Bootstrap], fit: Fit, seed: int) -> Bootstrap:
    theta, value, converged = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("theta", "objective", "converged")
    )
    return Bootstrap(theta, value, converged, fit.residuals, seed)


def better_elsewhere(
    params: ArrayLike,
    tokens: ArrayLike,
    loss: ArrayLike,
    ensemble: Bootstrap,
    *,
    sample: int = 50,
    error: ErrorModel = HUBER,
) -> float:
    """Return the share of resamples for which another starting point finds a better minimum.

    The first `sample` resamples are fitted again from the starting points of `varpro.starts`, each
    resample's own; better means lower by more than 1e-9, relative.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        The runs that `ensemble` was made from.
    ensemble : Bootstrap
        From `bootstrap`.
    sample : int
        How many to fit again, > 0; no more than there are resamples.
    error : ErrorModel
        The one that `ensemble` was made with.

    Returns
    -------
    float
        Share, 0 to 1.

    Raises
    ------
    ScalingLawsError
        If there are fewer than six runs, or sizes or data do not vary.
    ZeroDivisionError
        If `sample` is zero.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = table.params, table.tokens, table.loss
    >>> better_elsewhere(*data, bootstrap(*data, fit(*data), resamples=5), sample=5)
    0.0
    """
    runs = prepare(params, tokens, loss)
    sample, size = min(sample, len(ensemble.theta)), block_size(runs.n)
    found = 0
    for block in range(-(-sample // size)):
        counts = block_counts(runs.n, block, ensemble.seed)[: sample - block * size]
        begin = np.stack([varpro.starts(runs, weights=row) for row in counts])
        tried = begin.shape[1]
        _, value, _ = minimise(begin.reshape(-1, 5), runs, error, np.repeat(counts, tried, axis=0))
        best = value.reshape(-1, tried).min(axis=1)
        known = ensemble.objective[block * size :][: len(counts)]
        found += int(np.sum(best < known * (1 - 1e-9)))
    return found / sample


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
        If `level` is above 1.

    Examples
    --------
    >>> low, high = interval(np.arange(101), level=0.8)
    >>> round(float(low), 9), round(float(high), 9)
    (10.0, 90.0)
    """
    tail = (1 - level) / 2
    low, high = np.quantile(np.asarray(values, dtype=float), [tail, 1 - tail], axis=0)
    return low, high


def prediction_interval(
    ensemble: Bootstrap, params: ArrayLike, tokens: ArrayLike, level: float = 0.95
) -> tuple[Array, Array]:
    """Return where the loss of one new run would fall, nats per token.

    The interval joins the spread of the fitted laws with the scatter of single runs about the law
    (residuals of the full fit, drawn with replacement). It takes the form of the law for granted.

    Parameters
    ----------
    ensemble : Bootstrap
        Fits of S resamples.
    params, tokens : array_like, shape (k,)
        Size and data of the runs to predict, > 0, broadcast against each other.
    level : float
        Coverage, 0 < level < 1.

    Returns
    -------
    low, high : ndarray, shape (k,)
        Percentile interval of the loss, nats per token.

    Raises
    ------
    ValueError
        If a size or number of tokens is not positive, or `level` is above 1.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = table.params, table.tokens, table.loss
    >>> draws = bootstrap(*data, fit(*data), resamples=50)
    >>> low, high = prediction_interval(draws, [70e9], [1.4e12])  # Chinchilla's size and data
    >>> narrow, wide = interval(draws.law.loss(70e9, 1.4e12))  # of the law itself
    >>> bool(low[0] < narrow < wide < high[0])
    True
    """
    rng = np.random.default_rng(ensemble.seed + 1)
    params, tokens = np.broadcast_arrays(np.atleast_1d(params), np.atleast_1d(tokens))
    laws = law_of(ensemble.theta[:, None, :])
    noise = rng.choice(ensemble.residuals, size=(len(ensemble.theta), len(params)))
    return interval(laws.loss(params, tokens) * np.exp(noise), level)


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
