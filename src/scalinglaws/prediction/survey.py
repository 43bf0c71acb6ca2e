"""What a table of runs can tell, before anything is read off its fit.

Counts and ranges are arithmetic; scatter and outliers are textbook statistics.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.fitting.isoflop import cluster
from scalinglaws.fitting.model import Array
from scalinglaws.runs import Runs
from scalinglaws.units import training_flop

#: Residuals further out than this many robust standard deviations are named.
FAR = 5.0

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
    >>> seen = describe(runs)
    >>> seen.runs, seen.doubles, len(seen.budgets)
    (240, 0, 9)
    """

    runs: int
    ranges: dict[str, tuple[float, float]]
    doubles: int
    copies: int
    repeat_noise: float
    budgets: tuple[tuple[float, int], ...]


def describe(runs: Runs) -> Survey:
    """Describe a table of runs: ranges, repeated runs and budgets.

    Parameters
    ----------
    runs : Runs
        At least one.

    Returns
    -------
    Survey
        The scatter of repeated runs is pooled over their groups (textbook).

    Examples
    --------
    Two runs of one size and data, which end 2% apart, and a third:

    >>> seen = describe(Runs([1e8, 1e8, 4e8], [2e9, 2e9, 8e9], [3.60, 3.67, 3.10]))
    >>> seen.doubles, seen.copies, round(seen.repeat_noise, 3)
    (1, 0, 0.014)
    >>> seen.ranges["tokens per param"]
    (20.0, 20.0)
    """
    flop = np.asarray(training_flop(runs.params, runs.tokens))
    columns = {
        "params": runs.params,
        "tokens": runs.tokens,
        "flop": flop,
        "loss": runs.loss,
        "tokens per param": runs.tokens_per_param,
    }
    copies, doubles, noise = _repeats(runs.params, runs.tokens, runs.loss)
    budget = budgets(flop)
    found, counts = np.unique(budget[np.isfinite(budget)], return_counts=True)
    return Survey(
        runs=len(runs),
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


def on_budgets(runs: Runs) -> Runs:
    """Return the runs with their budgets.

    Parameters
    ----------
    runs : Runs
        With a column of budgets, which stays as it is, or without.

    Returns
    -------
    Runs
        The same; `budgets` found among 6 N D where the table names none.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = on_budgets(read_runs("hoffmann2022_runs").without_highest(5))
    >>> int(np.isfinite(runs.budget).sum())  # of 240
    104
    """
    if runs.budget is not None:
        return runs
    return replace(runs, budget=budgets(training_flop(runs.params, runs.tokens)))


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
