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
    E : float or numpy.ndarray
        Irreducible loss, nats per token.
    A, B : float or numpy.ndarray
        Size of the two terms, nats per token at one parameter and at one token, > 0.
    alpha, beta : float or numpy.ndarray
        Exponents of parameters and tokens.
    p : float or numpy.ndarray
        1 for a sum, larger to count the larger term for more; > 0.

    Examples
    --------
    >>> for p in (1, 2, 100):
    ...     law = PowerMeanLaw(E=1.8, A=400.0, B=2000.0, alpha=0.34, beta=0.36, p=p)
    ...     print(f"{law.loss(1e9, 1e10):.3f}")
    2.651
    2.411
    2.302
    >>> f"{1.8 + max(400 / 1e9**0.34, 2000 / 1e10**0.36):.3f}"
    '2.302'
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float
    p: float

    def loss(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return the loss of a model of `params` parameters trained on `tokens` tokens.

        Parameters
        ----------
        params, tokens : array_like
            N and D, > 0, broadcast against each other and the law's constants.

        Returns
        -------
        ndarray
            Nats per token.

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
        The estimate.
    objective : float
        Sum of squared residuals of the log loss.
    status : str
        "converged", or what went wrong.
    residuals : ndarray, shape (n,)
        log(observed) - log(predicted) loss.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> found = fit(table.params, table.tokens, table.loss)
    >>> found.status, np.allclose(found.objective, np.sum(found.residuals**2))
    ('converged', True)
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
        Model sizes, training tokens, final losses (nats per token); n >= 6, all positive and finite
        (which is not checked).

    Returns
    -------
    PowerMeanFit
        The estimate; its `status` says whether it is to be trusted. p is between e^-3 and e^6.

    Raises
    ------
    ScalingLawsError
        If the runs cannot fix the law at all: there are fewer than six, or sizes or data do not
        vary.

    Examples
    --------
    Exact losses give back their law:

    >>> law = PowerMeanLaw(E=1.8, A=400.0, B=2000.0, alpha=0.34, beta=0.36, p=2.0)
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> found = fit(N, D, law.loss(N, D)).law
    >>> round(found.E, 3), round(found.alpha, 3), round(found.beta, 3), round(found.p, 3)
    (1.8, 0.34, 0.36, 2.0)
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

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        The runs that `fit` was made from.
    fit : PowerMeanFit
        Fit of all of them.
    resamples : int
        How many.
    seed : int
        Seed of the draws, >= 0.

    Returns
    -------
    ndarray, shape (resamples,)
        E, nats per token.

    Raises
    ------
    ScalingLawsError
        If there are fewer than six runs, or sizes or data do not vary.

    Notes
    -----
    Runs are drawn independently and with replacement (Efron 1979, doi:10.1214/aos/1176344552).

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = table.params, table.tokens, table.loss
    >>> found = fit(*data)
    >>> floors = bootstrap(*data, found, resamples=20)
    >>> bool(floors.min() < found.law.E < floors.max())
    True
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
        Model sizes, training tokens, final losses (nats per token).
    fit : PowerMeanFit
        Of these runs.
    counts : ndarray, shape (S, n)
        How often each run counts.

    Returns
    -------
    law : PowerMeanLaw
        An ensemble, each field of shape (S,).
    converged : ndarray of bool, shape (S,)
        Which fits converged.

    Raises
    ------
    ScalingLawsError
        If there are fewer than six runs, or sizes or data do not vary.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = table.params, table.tokens, table.loss
    >>> found = fit(*data)
    >>> law, converged = resample(*data, found, np.ones((2, 240)))  # the table itself, twice
    >>> np.allclose(law.p, found.law.p, rtol=1e-3), converged
    (True, array([ True,  True]))
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
