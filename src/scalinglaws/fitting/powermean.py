"""Fit a law in which the larger of the two terms counts for more than in a sum.

    L = E + [(A / N^alpha)^p + (B / D^beta)^p]^(1/p)

With p = 1 this is the law of Hoffmann et al. 2022; as p grows it tends to the larger term alone.
Without the floor and with p = 1 / alpha_D it is Equation 1.5 of Kaplan et al. 2020.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.fitting.model import Array, Design, prepare
from scalinglaws.fitting.newton import damped_newton
from scalinglaws.fitting.resampling import weights
from scalinglaws.fitting.varpro import starts
from scalinglaws.units import positive

_POWERS = (1.0, 3.0)  # p to start from


@dataclass(frozen=True)
class PowerMeanLaw:
    """L(N, D) = E + [(A / N^alpha)^p + (B / D^beta)^p]^(1/p), nats per token.

    Parameters
    ----------
    E : float
        Irreducible loss.
    A, B : float
        Size of the two terms at one parameter and at one token.
    alpha, beta : float
        Exponents of parameters and tokens.
    p : float
        1 for a sum, larger to count the larger term for more.
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float
    p: float

    def loss(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return the loss, nats per token.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        size = np.log(self.A) - self.alpha * np.log(positive(params, "params"))
        data = np.log(self.B) - self.beta * np.log(positive(tokens, "tokens"))
        return np.asarray(self.E + np.exp(np.logaddexp(self.p * size, self.p * data) / self.p))


@dataclass(frozen=True)
class PowerMeanFit:
    """Outcome of a fit.

    Attributes
    ----------
    law : PowerMeanLaw
    objective : float
        Sum of squared residuals of the log loss.
    status : str
        "converged", or what went wrong.
    residuals : ndarray, shape (n,)
        log(observed) - log(predicted) loss.
    """

    law: PowerMeanLaw
    objective: float
    status: str
    residuals: Array = field(repr=False)


def fit(params: ArrayLike, tokens: ArrayLike, loss: ArrayLike) -> PowerMeanFit:
    """Fit the law by least squares of the log loss, from the best additive laws on a grid.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        Model sizes, training tokens, final losses (nats per token).

    Raises
    ------
    ScalingLawsError
        If the runs cannot fix the law at all.
    """
    runs = prepare(params, tokens, loss)
    first = runs.centre(starts(runs, keep=2))
    points = np.array([[*theta, np.log(p)] for theta in first for p in _POWERS])
    ends, objective, converged = _minimise(points, runs, np.ones((len(points), runs.n)), 300)
    best = int(objective.argmin())
    a, b, e, alpha, beta = (float(v) for v in runs.uncentre(ends[best, :5]))
    return PowerMeanFit(
        law=PowerMeanLaw(float(np.exp(e)), float(np.exp(a)), float(np.exp(b)), alpha, beta,
                         float(_power(ends[best, 5]))),
        objective=float(objective[best]),
        status="converged" if converged[best] else "not converged: no flat point was reached",
        residuals=-_residuals(ends[best], runs),
    )  # fmt: skip


def bootstrap(
    params: ArrayLike,
    tokens: ArrayLike,
    loss: ArrayLike,
    fit: PowerMeanFit,
    *,
    resamples: int = 200,
    seed: int = 0,
) -> Array:
    """Return the irreducible loss in fits of resampled runs, each started from `fit`.

    Returns
    -------
    ndarray, shape (resamples,)
        E, nats per token.
    """
    counts = weights(len(fit.residuals), resamples, np.random.default_rng(seed))
    return np.asarray(resample(params, tokens, loss, fit, counts)[0].E)


def resample(
    params: ArrayLike, tokens: ArrayLike, loss: ArrayLike, fit: PowerMeanFit, counts: Array
) -> tuple[PowerMeanLaw, NDArray[np.bool_]]:
    """Fit every weighting of the runs again, starting from `fit`.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
    fit : PowerMeanFit
        Of these runs.
    counts : ndarray, shape (S, n)
        How often each run counts.

    Returns
    -------
    PowerMeanLaw
        An ensemble, each field of shape (S,).
    ndarray of bool, shape (S,)
        Which fits converged.
    """
    runs = prepare(params, tokens, loss)
    law = fit.law
    theta = np.array([np.log(law.A), np.log(law.B), np.log(law.E), law.alpha, law.beta])
    start = np.append(runs.centre(theta), np.log(law.p))
    ends, _, converged = _minimise(np.tile(start, (len(counts), 1)), runs, counts, 60)
    a, b, e, alpha, beta = runs.uncentre(ends[:, :5]).T
    fields: list[Any] = [np.exp(e), np.exp(a), np.exp(b), alpha, beta, _power(ends[:, 5])]
    return PowerMeanLaw(*fields), converged


def _minimise(
    points: Array, runs: Design, weights: Array, iterations: int
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return ends, sums of squares and convergence of fits with weights (S, n) from (S, 6)."""

    def evaluate(at: Array, members: NDArray[np.intp]) -> tuple[Array, Array, Array]:
        # Gauss and Newton's Hessian: the residuals' own curvature is left out.
        residuals, slopes = _residuals(at, runs), _jacobian(at, runs)
        weighted = slopes * weights[members, None, :]
        return (
            np.einsum("sn,sn->s", weights[members], residuals**2),
            2 * np.einsum("sin,sn->si", weighted, residuals),
            2 * weighted @ slopes.transpose(0, 2, 1),
        )

    return damped_newton(points, evaluate, weights.sum(axis=1), 1e-11, iterations)


def _power(log_p: ArrayLike) -> Array:
    """Return p, kept within what can be told from the sum and from the larger term."""
    return np.asarray(np.exp(np.clip(log_p, -3, 6)))


def _parts(points: Array, runs: Design) -> tuple[Array, Array, Array, Array, Array]:
    """Return size and data terms (logs), the share of the first, and the logs of mean and loss.

    Each of shape (..., n), from points (..., 6).
    """
    a, b, e, alpha, beta, log_p = np.moveaxis(points, -1, 0)[..., None]
    p = _power(log_p)
    size, data = a - alpha * runs.x, b - beta * runs.y
    mean = np.logaddexp(p * size, p * data) / p
    share = np.exp(p * (size - mean))
    return size, data, share, mean, np.logaddexp(mean, e)


def _residuals(points: Array, runs: Design) -> Array:
    return np.asarray(_parts(points, runs)[4] - runs.log_loss)


def _jacobian(points: Array, runs: Design) -> Array:
    """Return the slopes of the log loss, shape (..., 6, n)."""
    size, data, share, mean, total = _parts(points, runs)
    reducible = np.exp(mean - total)
    # d mean / d log p: the means of the logs of the terms, less the log of their power mean.
    by_power = share * size + (1 - share) * data - mean
    slopes = [share, 1 - share, -share * runs.x, -(1 - share) * runs.y, by_power]
    by_a, by_b, by_alpha, by_beta, by_p = (reducible * slope for slope in slopes)
    return np.stack([by_a, by_b, 1 - reducible, by_alpha, by_beta, by_p], axis=-2)
