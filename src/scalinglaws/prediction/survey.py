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

_MOST_TOKENS = 1e5  # per parameter
_MOST_PARAMS = 100.0  # per token
_LOWEST, _HIGHEST = 1.5, 6.0  # nats per token; of half of the runs, of the best run
_FLOOR = 4.0  # nats per token
_UNEQUAL = 3.0  # factor between runs in flop over 6 params tokens

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


def suspicions(runs: Runs, floor: float | None = None) -> list[str]:
    """Return what about the numbers of a table suggests another unit than the one expected.

    Parameters
    ----------
    runs : Runs
        At least one.
    floor : float, optional
        Irreducible loss of a law fitted to them, nats per token.

    Returns
    -------
    list of str
        A sentence each. The limits are our own: no published run is beyond them.

    Examples
    --------
    Sizes in millions, and losses that are perplexities:

    >>> for each in suspicions(Runs([70, 16000], [2e9, 3e11], [20.0, 10.0]), floor=8.0):
    ...     print(each.partition(":")[0])
    Tokens per parameter reach 2.86e+07
    No loss is below 10
    The fitted floor E is 8 nats per token
    """
    ratio, found = runs.tokens_per_param, []
    if ratio.max() > _MOST_TOKENS:
        found.append(
            f"Tokens per parameter reach {ratio.max():.3g}: are params in thousands or millions? "
            "Plain counts are expected."
        )
    if np.median(ratio) < 1 / _MOST_PARAMS:
        found.append(
            f"Parameters per token are {1 / np.median(ratio):.3g} for half of the runs: are tokens "
            "in millions or billions? Plain counts are expected."
        )
    if runs.loss.min() > _HIGHEST:
        found.append(
            f"No loss is below {runs.loss.min():.3g}: are they perplexities? Nats per token are "
            "expected, the natural logarithm of a perplexity."
        )
    if np.median(runs.loss) < _LOWEST:
        found.append(
            f"Half of the losses are below {np.median(runs.loss):.3g}: are they bits per byte, or "
            "per character? Nats per token are expected; in another unit the exponents mean what "
            "they do, but E, A and B do not."
        )
    off = np.log(runs.flop / training_flop(runs.params, runs.tokens))
    spread = float(np.exp(np.quantile(off, 0.95) - np.quantile(off, 0.05)))
    if spread > _UNEQUAL:
        found.append(
            f"flop over 6 params tokens differs by a factor of {spread:.2g} between runs: do all "
            "three count the same?"
        )
    if floor is not None and floor > _FLOOR:
        found.append(
            f"The fitted floor E is {floor:.3g} nats per token: published ones are below 2.5. Are "
            "the losses in nats per token?"
        )
    return found


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
