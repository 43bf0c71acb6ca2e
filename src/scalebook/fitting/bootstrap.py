"""Bootstrap of the parametric fit: resample runs with replacement, fit each resample again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalebook.fitting import varpro
from scalebook.fitting.design import Array, Fit, design, law_of
from scalebook.fitting.errors import HUBER, ErrorModel
from scalebook.fitting.parametric import minimise
from scalebook.laws import ParametricLaw

_BLOCK = 240_000  # counts drawn at a time; memory does not grow with the resamples


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
    converged: Array
    residuals: Array
    seed: int

    @property
    def law(self) -> ParametricLaw:
        """The ensemble of laws, each field of shape (S,)."""
        return law_of(self.theta)


def weights(n: int, resamples: int, rng: np.random.Generator) -> Array:
    """Return how often each of n runs is drawn in each resample, shape (resamples, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), size=resamples).astype(float)


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
    runs = design(params, tokens, loss)
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK // runs.n)
    parts = []
    for low in range(0, resamples, block):
        counts = weights(runs.n, min(block, resamples - low), rng)
        starts = np.repeat(fit.theta[None], len(counts), axis=0)
        parts.append(minimise(starts, runs, error, counts))
    theta, value, converged = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Bootstrap(theta, value, converged, fit.residuals, seed)


def project_again(
    params: ArrayLike, tokens: ArrayLike, loss: ArrayLike, fit: Fit, *, resamples: int, seed: int
) -> Bootstrap:
    """Bootstrap a fit by variable projection, one resample after the other.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        The runs that `fit` was made from.
    fit : Fit
        From `varpro.fit`.
    resamples, seed : int
    """
    runs = design(params, tokens, loss)
    rng = np.random.default_rng(seed)
    theta, value = np.empty((resamples, 5)), np.empty(resamples)
    converged = np.zeros(resamples, dtype=bool)
    for i in range(resamples):
        counts = weights(runs.n, 1, rng)[0]
        exponents, converged[i] = varpro.search(fit.theta[3:], runs, counts)
        end = varpro.project(exponents[0], exponents[1], runs, counts)
        theta[i] = varpro.theta(exponents[:1], exponents[1:], end.amplitudes, runs)[0]
        value[i] = end.objective[0]
    return Bootstrap(theta, value, converged, fit.residuals, seed)


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
