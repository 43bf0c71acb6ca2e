"""What a table of runs can tell, before anything is read off its fit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.fitting.isoflop import cluster
from scalinglaws.fitting.model import Array, Fit, predict, prepare
from scalinglaws.units import training_flop

#: Residuals further out than this many robust standard deviations are named.
FAR = 5.0

#: A constant is told from the runs if its estimate is this many standard errors from nothing.
TOLD = 2.0

_FEWEST = 5  # runs of equal compute that are named as a budget
_WIDTH = 0.08  # largest over smallest compute on one, less one


@dataclass(frozen=True)
class Survey:
    """Ranges, doubles and budgets of a table of runs.

    Attributes
    ----------
    runs : int
    ranges : dict
        Smallest and largest of ``params``, ``tokens``, ``flop``, ``loss`` and ``tokens per param``.
    doubles : int
        Runs whose size and data another run before them has.
    copies : int
        Those of them whose loss is the same, too.
    repeat_noise : float
        Standard deviation of log loss among runs of the same size and data, whatever the law; NaN
        without such runs that differ.
    budgets : tuple of (float, int)
        Budgets on which several runs lie: FLOP, and how many.
    """

    runs: int
    ranges: dict[str, tuple[float, float]]
    doubles: int
    copies: int
    repeat_noise: float
    budgets: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Told:
    """How well the runs fix one constant of the law.

    Attributes
    ----------
    name : {"E", "A", "B", "alpha", "beta"}
    value : float
    relative_error : float
        Standard error over the value, to first order.
    """

    name: str
    value: float
    relative_error: float

    @property
    def told(self) -> bool:
        """Whether the runs tell the constant from nothing at all."""
        return bool(self.relative_error * TOLD < 1)


def describe(params: ArrayLike, tokens: ArrayLike, loss: ArrayLike) -> Survey:
    """Describe a table of runs.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        Model sizes, training tokens, losses (nats per token).
    """
    n, d, y = (np.asarray(each, dtype=float) for each in (params, tokens, loss))
    flop = np.asarray(training_flop(n, d))
    columns = {"params": n, "tokens": d, "flop": flop, "loss": y, "tokens per param": d / n}
    copies, doubles, noise = _repeats(n, d, y)
    budget = budgets(flop)
    found, counts = np.unique(budget[np.isfinite(budget)], return_counts=True)
    return Survey(
        runs=len(n),
        ranges={name: (float(each.min()), float(each.max())) for name, each in columns.items()},
        doubles=doubles,
        copies=copies,
        repeat_noise=noise,
        budgets=tuple((float(f), int(c)) for f, c in zip(found, counts, strict=True)),
    )


def _repeats(n: Array, d: Array, y: Array) -> tuple[int, int, float]:
    """Return copied rows, rows of the same size and data, and the scatter of the latter."""
    # One sort of complex numbers is many times faster than one of pairs.
    _, group, counts = np.unique(n + 1j * d, return_inverse=True, return_counts=True)
    doubles = len(n) - len(counts)
    if not doubles:
        return 0, 0, float("nan")
    log_loss = np.log(y)
    copies = len(n) - len(np.unique(group + 1j * y))
    off = log_loss - (np.bincount(group, log_loss) / counts)[group]
    noise = float(np.sqrt(off @ off / doubles)) if copies < doubles else float("nan")
    return copies, doubles, noise


def budgets(flop: ArrayLike) -> Array:
    """Return the budget that each run lies on, FLOP; NaN for a run on none.

    A budget is a stretch of compute no wider than 8% with at least five runs, and with at least
    three times as many as there would be if all runs were spread evenly: a long table of training
    curves has runs everywhere, and no budgets.

    Parameters
    ----------
    flop : array_like, shape (n,)
    """
    compute = np.asarray(flop, dtype=float)
    stretches = np.log(compute.max() / compute.min()) / np.log1p(_WIDTH)
    even = len(compute) / stretches if stretches > 10 else 0.0
    return cluster(compute, _WIDTH, fewest=max(_FEWEST, int(np.ceil(3 * even))))


def outliers(residuals: ArrayLike) -> list[int]:
    """Return the positions of residuals more than `FAR` robust standard deviations out.

    The standard deviation is 1.4826 times the median absolute residual.

    Parameters
    ----------
    residuals : array_like, shape (n,)
        Of log loss.
    """
    size = np.abs(np.asarray(residuals, dtype=float))
    return [int(i) for i in np.flatnonzero(size > FAR * 1.4826 * np.median(size))]


def told(params: ArrayLike, tokens: ArrayLike, loss: ArrayLike, fit: Fit) -> list[Told]:
    """Return how well the runs fix each constant, by first-order least squares at the fit.

    The noise is the robust standard deviation of the fit's residuals; runs count as independent,
    so that true errors are rather larger.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
    fit : Fit
        Of these runs.
    """
    runs = prepare(params, tokens, loss)
    (size, data, floor), _ = predict(runs.centre(fit.theta)[None], runs)
    log_n, log_d = runs.x + runs.x_mean, runs.y + runs.y_mean
    columns = [size[0], data[0], floor[0], -size[0] * log_n, -data[0] * log_d]
    errors = _errors(np.stack(columns, axis=-1), np.asarray(fit.residuals))
    law = fit.law
    scale = (1.0, 1.0, 1.0, float(law.alpha), float(law.beta))
    values = (law.A, law.B, law.E, law.alpha, law.beta)
    return [
        Told(name, float(value), float(error / each))
        for name, value, error, each in zip(
            ("A", "B", "E", "alpha", "beta"), values, errors, scale, strict=True
        )
    ]


def _errors(jacobian: Array, residuals: Array) -> Array:
    """Return standard errors by the singular values, infinite along directions that do nothing."""
    noise = 1.4826 * np.median(np.abs(residuals))
    norms = np.maximum(np.linalg.norm(jacobian, axis=0), np.finfo(float).tiny)
    _, values, axes = np.linalg.svd(jacobian / norms, full_matrices=False)
    with np.errstate(divide="ignore"):
        spread = np.where(values > 1e-12 * values[0], 1 / values, np.inf)
        parts = np.where(axes != 0, (axes * spread[:, None]) ** 2, 0.0)
    return np.asarray(noise * np.sqrt(parts.sum(axis=0)) / norms)
