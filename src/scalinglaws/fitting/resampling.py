"""Bootstrap of the parametric fit: resample runs with replacement, fit each resample again."""

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
    converged : ndarray of bool, shape (S,)
    residuals : ndarray, shape (n,)
        log(observed) - log(predicted) loss of the full fit, from which predictions draw noise.
    seed : int
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

        Raises
        ------
        ScalingLawsError
            If a law's loss does not fall with size and with data.
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
    """Return how often each of n runs is drawn in each resample, shape (resamples, n)."""
    drawn = rng.integers(0, n, size=(resamples, n))
    drawn += n * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n).astype(float)


def block_counts(n: int, block: int, seed: int) -> Array:
    """Return the weights of a block of resamples, from a stream of random numbers of its own."""
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
    params, tokens, loss, fit, resamples, seed, error
        As for `bootstrap`. For a fit by `varpro.fit` the resamples are fitted by variable
        projection too.
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
    seed : int
    error : ErrorModel
        The one that `fit` was made with; for a fit by variable projection see `project_again`.

    Notes
    -----
    Runs are drawn independently and with replacement (Efron 1979, doi:10.1214/aos/1176344552).
    Noise that runs share, as by a reading error of one axis, is not in the spread.
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
    resamples, seed : int
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
        At most the number of resamples.
    error : ErrorModel
        The one that `ensemble` was made with.
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
        A quantity in each resample.
    level : float
        Coverage, 0 < level < 1.
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
    params, tokens : array_like, shape (k,)
        Size and data of the runs to predict.
    level : float
        Coverage, 0 < level < 1.
    """
    rng = np.random.default_rng(ensemble.seed + 1)
    params, tokens = np.broadcast_arrays(np.atleast_1d(params), np.atleast_1d(tokens))
    laws = law_of(ensemble.theta[:, None, :])
    noise = rng.choice(ensemble.residuals, size=(len(ensemble.theta), len(params)))
    return interval(laws.loss(params, tokens) * np.exp(noise), level)


def standard_error(values: ArrayLike) -> tuple[float, float]:
    """Return the standard deviation of a resampled quantity and its own Monte Carlo error.

    The error of a standard deviation from S draws is sigma sqrt((k - 1) / (4 S)) with k the
    kurtosis, which heavy tails make large.

    Parameters
    ----------
    values : array_like, shape (S,)
    """
    draws = np.asarray(values, dtype=float)
    sigma = float(draws.std(ddof=1))
    kurtosis = float(np.mean((draws - draws.mean()) ** 4) / draws.var() ** 2)
    return sigma, sigma * np.sqrt((kurtosis - 1) / (4 * len(draws)))
