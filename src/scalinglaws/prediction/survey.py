"""What a table of runs can tell, before anything is read off its fit.

Counts and ranges are arithmetic; scatter, outliers and standard errors are textbook statistics.
"""

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
        How many there are.
    ranges : dict of str to (float, float)
        Smallest and largest of ``params``, ``tokens``, ``flop`` (6 N D), ``loss`` (nats per token)
        and ``tokens per param``.
    doubles : int
        Runs whose size and data another run before them has.
    copies : int
        Those of them whose loss is the same, too.
    repeat_noise : float
        Standard deviation of log loss among runs of the same size and data, whatever the law; NaN
        without such runs that differ.
    budgets : tuple of (float, int)
        Budgets on which several runs lie: FLOP, and how many.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> seen = describe(runs.params, runs.tokens, runs.loss)
    >>> seen.runs, seen.doubles, len(seen.budgets)
    (240, 0, 9)
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
        The constant.
    value : float
        As fitted; E, A and B in nats per token.
    relative_error : float
        Standard error over the value, to first order.

    Examples
    --------
    >>> Told("alpha", 0.35, 0.02).told, Told("alpha", 0.35, 0.8).told
    (True, False)
    """

    name: str
    value: float
    relative_error: float

    @property
    def told(self) -> bool:
        """Whether the estimate is more than `TOLD` standard errors from nothing at all."""
        return bool(self.relative_error * TOLD < 1)


def describe(params: ArrayLike, tokens: ArrayLike, loss: ArrayLike) -> Survey:
    """Describe a table of runs: ranges, repeated runs and budgets.

    Parameters
    ----------
    params, tokens : array_like, shape (n,)
        Model sizes and training tokens, > 0.
    loss : array_like, shape (n,)
        Nats per token, > 0.

    Returns
    -------
    Survey
        The scatter of repeated runs is pooled over their groups (textbook).

    Raises
    ------
    ValueError
        If a size or number of tokens is not positive.

    Examples
    --------
    Two runs of one size and data, which end 2% apart, and a third:

    >>> seen = describe([1e8, 1e8, 4e8], [2e9, 2e9, 8e9], [3.60, 3.67, 3.10])
    >>> seen.doubles, seen.copies, round(seen.repeat_noise, 3)
    (1, 0, 0.014)
    >>> seen.ranges["tokens per param"]
    (20.0, 20.0)
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

    A budget is a stretch of compute no wider than 8% with at least five runs and, where compute
    spans more than ten such stretches, at least three times as many as if all runs were spread
    evenly: a long table of training curves has runs everywhere, and no budgets (our definition).

    Parameters
    ----------
    flop : array_like, shape (n,)
        Training compute, FLOP, > 0.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Geometric mean of the compute of the budget's runs, FLOP.

    Examples
    --------
    >>> found = budgets([0.99e20, 1e20, 1e20, 1e20, 1.01e20, 3e20])
    >>> [f"{flop:.2g}" for flop in found]
    ['1e+20', '1e+20', '1e+20', '1e+20', '1e+20', 'nan']
    """
    compute = np.asarray(flop, dtype=float)
    stretches = np.log(compute.max() / compute.min()) / np.log1p(_WIDTH)
    even = len(compute) / stretches if stretches > 10 else 0.0
    return cluster(compute, _WIDTH, fewest=max(_FEWEST, int(np.ceil(3 * even))))


def outliers(residuals: ArrayLike) -> list[int]:
    """Return the positions of residuals more than `FAR` robust standard deviations out.

    The standard deviation is 1.4826 times the median absolute residual (textbook: for normal noise
    this is the standard deviation).

    Parameters
    ----------
    residuals : array_like, shape (n,)
        Of log loss.

    Returns
    -------
    list of int
        Ascending.

    Examples
    --------
    >>> outliers([0.01, -0.02, 0.01, 0.5, -0.01])
    [3]
    """
    size = np.abs(np.asarray(residuals, dtype=float))
    return [int(i) for i in np.flatnonzero(size > FAR * 1.4826 * np.median(size))]


def told(params: ArrayLike, tokens: ArrayLike, loss: ArrayLike, fit: Fit) -> list[Told]:
    """Return how well the runs fix each constant, by first-order least squares at the fit.

    The noise is the robust standard deviation of the fit's residuals (see `outliers`); runs count
    as independent, so that true errors are rather larger. A textbook propagation of errors.

    Parameters
    ----------
    params, tokens : array_like, shape (n,)
        Model sizes and training tokens, > 0.
    loss : array_like, shape (n,)
        Nats per token, > 0.
    fit : Fit
        Of these runs.

    Returns
    -------
    list of Told
        A, B, E, alpha and beta; an infinite error where the runs say nothing.

    Raises
    ------
    ScalingLawsError
        If there are fewer than six runs, or sizes or data do not vary.

    Examples
    --------
    >>> from scalinglaws.fitting import surface
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> data = runs.params, runs.tokens, runs.loss
    >>> for each in told(*data, surface.fit(*data)):
    ...     print(f"{each.name:5} {each.value:8.3g} +- {each.relative_error:.1%}")
    A          478 +- 12.2%
    B     2.14e+03 +- 12.9%
    E         1.82 +- 0.6%
    alpha    0.347 +- 2.0%
    beta     0.367 +- 1.7%
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
