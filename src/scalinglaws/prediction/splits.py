"""Cuts of a table of runs: the smaller runs to fit, and every larger one to predict.

What makes a cut, a budget and a reading that counts is our definition.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scalinglaws.fitting.model import Array
from scalinglaws.runs import Runs
from scalinglaws.units import training_flop

#: What a cut leaves below it at least: runs, budgets, and the factor that their compute spans.
RUNS, BUDGETS, FACTOR = 18, 3, 5.0

_WIDTH = 1.5  # largest over smallest compute of runs that count as one budget
_SLACK = 1 + 1e-6
_ONE_IN, _MOST = 4, 12  # readings of one training that count


@dataclass(frozen=True)
class Split:
    """One cut of n runs.

    Attributes
    ----------
    smaller, larger : numpy.ndarray of int
        Positions of the runs to fit and of those to predict.
    largest : float
        Compute of the largest run to fit, FLOP.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> first = next(cuts(read_runs("llama3")))
    >>> len(first.smaller), len(first.larger), f"{first.largest:.1g}"
    (49, 84, '3e+19')
    """

    smaller: NDArray[np.intp]
    larger: NDArray[np.intp]
    largest: float


def levels(runs: Runs) -> Array:
    """Return the compute that each run counts with: its budget's.

    Parameters
    ----------
    runs : Runs
        n of them, at least one.

    Returns
    -------
    numpy.ndarray, shape (n,)
        FLOP: the nominal budget where the table names one; otherwise runs whose 6 N D lies within a
        factor 1.5 count with the largest of them (our definition).

    Examples
    --------
    >>> levels(Runs([1e8, 1e8, 1e8], [1e9, 1.2e9, 9e9], [3.4, 3.3, 3.0])) / 6e17
    array([1.2, 1.2, 9. ])
    """
    out = np.full(len(runs), np.nan) if runs.budget is None else runs.budget.copy()
    open_ = np.flatnonzero(np.isnan(out))
    compute = np.asarray(training_flop(runs.params, runs.tokens), dtype=float)[open_]
    order, first = np.argsort(compute, kind="stable"), 0
    for place in range(1, len(order) + 1):
        if place == len(order) or compute[order[place]] > compute[order[first]] * _WIDTH:
            out[open_[order[first:place]]] = compute[order[place - 1]]
            first = place
    return out


def supports(compute: Array) -> bool:
    """Return whether runs are enough for a prediction whose error is known.

    Parameters
    ----------
    compute : numpy.ndarray, shape (n,)
        As from `levels`.

    Returns
    -------
    bool
        Whether there are `RUNS`, on `BUDGETS`, over `FACTOR` in compute: what every split had that
        the calibration rests on.

    Examples
    --------
    >>> supports(np.repeat([1e18, 3e18, 9e18], 6)), supports(np.repeat([1e18, 9e18], 9))
    (True, False)
    """
    return bool(
        len(compute) >= RUNS
        and len(np.unique(compute)) >= BUDGETS
        and compute.max() * _SLACK >= compute.min() * FACTOR
    )


def cuts(runs: Runs) -> Iterator[Split]:
    """Yield every cut of a table that leaves enough below it and something above.

    Parameters
    ----------
    runs : Runs
        Of one suite.

    Yields
    ------
    Split
        In the order of compute.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> [len(each.smaller) for each in cuts(read_runs("llama3"))]
    [49, 65, 83, 97, 109, 121, 127]
    """
    compute = levels(runs)
    for limit in np.unique(compute)[:-1]:
        below = compute <= limit
        if supports(compute[below]):
            smaller, larger = np.flatnonzero(below), np.flatnonzero(~below)
            flop = training_flop(runs.params[smaller], runs.tokens[smaller])
            yield Split(smaller, larger, float(np.max(flop)))


def thinned(runs: Runs, labels: NDArray[np.str_] | Array) -> Runs:
    """Return some of the readings of runs that share their training.

    Neighbouring readings of one training curve repeat one another, noise and all.

    Parameters
    ----------
    runs : Runs
        n readings.
    labels : numpy.ndarray, shape (n,)
        Rows of one label share their training.

    Returns
    -------
    Runs
        One row in four of each label, counted back from that with most tokens; of those, where they
        are more than twelve, twelve that are evenly spread in the logarithm of tokens. In the same
        order.

    Examples
    --------
    >>> runs = Runs([1e8] * 5, [1e9, 2e9, 3e9, 4e9, 5e9], [3.5, 3.4, 3.3, 3.2, 3.1])
    >>> thinned(runs, runs.params).loss
    array([3.5, 3.1])
    """
    kept = np.zeros(len(runs), dtype=bool)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        rows = rows[np.argsort(runs.tokens[rows], kind="stable")][::-1][::_ONE_IN][::-1]
        if len(rows) > _MOST:
            place = np.log(runs.tokens[rows])
            even = np.linspace(place[0], place[-1], _MOST) - 1e-9
            rows = rows[np.unique(np.searchsorted(place, even))]
        kept[rows] = True
    return runs.take(kept)


def independent(runs: Runs) -> Runs:
    """Return the rows that tell something of their own.

    Parameters
    ----------
    runs : Runs
        n rows.

    Returns
    -------
    Runs
        Without copies of a row, and with the rows of one `run` `thinned`; in the same order.

    Examples
    --------
    >>> runs = Runs([1e8, 1e8, 2e8], [2e9, 2e9, 4e9], [3.4, 3.4, 3.1])
    >>> len(independent(runs))
    2
    """
    columns = [runs.params, runs.tokens, runs.loss]
    if runs.suite is not None:
        columns.append(np.unique(runs.suite, return_inverse=True)[1].astype(float))
    _, first = np.unique(np.stack(columns), axis=1, return_index=True)
    runs = runs.take(np.sort(first))
    if runs.run is None or len(np.unique(runs.run)) == len(runs):
        return runs
    return thinned(runs, runs.run)
