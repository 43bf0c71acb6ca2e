"""What each form and each band would have promised of the larger runs of a table, and what came.

The table is cut wherever enough is left below (`splits`), the smaller runs are fitted by every
method, and every larger run is predicted, as the calibration of the bands did with the public
suites. The laws' own intervals are their constants' errors, propagated to first order (textbook).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy.special import ndtri

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.kernel import jacobian
from scalinglaws.fitting.model import MSE, Array, Design, ErrorModel
from scalinglaws.fitting.result import fit
from scalinglaws.prediction.bands import REACH, UNIT, laboratory_of, multiple
from scalinglaws.prediction.calibration import DISTANCES, distance, weights
from scalinglaws.prediction.forecast import MOST, Outlook
from scalinglaws.prediction.methods import METHODS
from scalinglaws.prediction.splits import BUDGETS, FACTOR, RUNS, Split, cuts, independent
from scalinglaws.runs import Runs

Interval = Literal["law", "law and scatter", "calibrated"]

#: What each interval is of.
INTERVALS: dict[Interval, str] = {
    "law": "the law's constants, if its form is right",
    "law and scatter": "a single run, if the form is right",
    "calibrated": "a single run, as wide as the runs of other laboratories asked for",
}


@dataclass(frozen=True)
class Promise:
    """What one interval of one method promised at one split, and what came.

    Attributes
    ----------
    split : int
        Number of the cut, from 0.
    fitted, predicted : int
        Runs below it, and larger ones of which the interval says something.
    largest : float
        6 N D of the largest run fitted, FLOP.
    h : float
        6 N D of the largest run predicted over that.
    method : str
        A key of `methods.METHODS`; or "varying", "discrepancy" or "powermean 5%": the law of the
        calibrated prediction, the same with what it leaves over, and the simpler one.
    interval : {"law", "law and scatter", "calibrated"}
        See `INTERVALS`.
    level, held : float
        Share of the larger runs that it promised to hold, and that it held.
    width : float
        Mean of its full width, as a share of the loss.
    error, bias : float
        Root mean square, and mean, of log(observed) - log(predicted) loss.

    Examples
    --------
    >>> Promise(0, 43, 90, 3e19, 333.0, "huber", "law", 0.95, 0.4, 0.03, 0.02, -0.015).held
    0.4
    """

    split: int
    fitted: int
    predicted: int
    largest: float
    h: float
    method: str
    interval: Interval
    level: float
    held: float
    width: float
    error: float
    bias: float


@dataclass(frozen=True)
class Reach:
    """The same over all splits, at one distance; distances and splits count alike.

    Attributes
    ----------
    method, interval
        As of `Promise`.
    nearest, furthest : float
        Range of h; of all distances, that of all.
    runs : int
        Larger runs, each as often as it was predicted.
    held, width, error, bias : float
        As of `Promise`.

    Examples
    --------
    >>> Reach("huber", "law", 1.0, 3.0, 200, 0.44, 0.03, 0.01, -0.008).held
    0.44
    """

    method: str
    interval: Interval
    nearest: float
    furthest: float
    runs: int
    held: float
    width: float
    error: float
    bias: float


@dataclass(frozen=True)
class Backtest:
    """Outcome of a backtest.

    Attributes
    ----------
    name : str
        Of the table.
    n : int
        Runs of the table that count.
    level : float
        Coverage that all intervals promise.
    rows : tuple of Promise
        One a split, method and interval.
    distances : tuple of Reach
        One a method, interval and distance.
    totals : tuple of Reach
        One a method and interval, over all runs within reach of the calibration; the best first:
        that with the least error, of those that had an answer at every split.
    failed : dict of str to int
        Splits at which a method had no answer, by method.
    without : str
        Laboratory whose runs were left out of the calibrated bands; empty where none was.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> found = backtest(read_runs("marin-dclm"))
    >>> found.best, len({row.split for row in found.rows}), found.without
    ('powermean 5%', 4, 'marin')
    """

    name: str
    n: int
    level: float
    rows: tuple[Promise, ...] = field(repr=False)
    distances: tuple[Reach, ...] = field(repr=False)
    totals: tuple[Reach, ...] = field(repr=False)
    failed: dict[str, int]
    without: str

    @property
    def best(self) -> str:
        """Method with the least error on larger runs, all distances and splits counting alike."""
        return self.totals[0].method

    def summary(self) -> str:
        """Return the outcome as a table for people, the best first.

        Returns
        -------
        str
            Several lines.

        Examples
        --------
        >>> from scalinglaws import read_runs
        >>> print(backtest(read_runs("marin-dclm")).summary().partition(".")[0])
        marin-dclm: 85 runs, 4 splits
        """
        count = len({row.split for row in self.rows})
        lines = [
            f"{self.name or 'these runs'}: {self.n} runs, {count} splits. Best on larger runs: "
            f"{self.best}, error {self.totals[0].error:.1%}.",
            f"{'method':14} {'interval':16} {'error':>6} {'bias':>6} {'width':>6} "
            f"{'promised':>8} {'held':>5}",
        ]
        lines += [
            f"{each.method:14} {each.interval:16} {each.error:6.1%} {each.bias:+6.1%} "
            f"{each.width:6.1%} {self.level:8.0%} {each.held:5.0%}"
            for each in self.totals
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class _Said:
    """What one method says at one split of m larger runs: log losses, and half-widths."""

    log_loss: Array
    half: dict[Interval, Array]


@dataclass
class _Errors:
    """Errors of one method and interval over all splits."""

    split: list[Array] = field(default_factory=list)
    h: list[Array] = field(default_factory=list)
    off: list[Array] = field(default_factory=list)
    half: list[Array] = field(default_factory=list)


def backtest(
    runs: Runs, *, level: float = 0.95, progress: Callable[[int, int], None] | None = None
) -> Backtest:
    """Cut a table wherever enough is left below, and predict every larger run by every method.

    Parameters
    ----------
    runs : Runs
        Of one suite; of a table longer than `forecast.MOST` a random part is taken.
    level : float
        Coverage that the intervals promise; one that the stored calibration has.
    progress : callable, optional
        Called with how many splits are done and how many there are.

    Returns
    -------
    Backtest
        Of the methods of `methods.METHODS` that predict a loss, and of the calibrated prediction.
        For a public table of the calibration, the bands are those of the other laboratories.

    Raises
    ------
    ScalingLawsError
        If no cut leaves enough below it and anything above, or the level is not stored.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> found = backtest(read_runs("marin-dclm"))
    >>> held = {(each.method, each.interval): each.held for each in found.totals}
    >>> held["huber", "law"] < 0.5, held["discrepancy", "calibrated"] > 0.8
    (True, True)
    """
    without = laboratory_of(runs.name)
    multiple("discrepancy", level, without)  # complains of a level that is not stored
    kept = independent(runs).sample(MOST)
    found = list(cuts(kept)) if len(kept) else []
    if not found:
        raise ScalingLawsError(
            f"{runs.name or 'these runs'}: no cut leaves {RUNS} runs on {BUDGETS} budgets over a "
            f"factor {FACTOR:g} in compute below it and a larger run above, among {len(kept)} runs "
            "that count. Add cheap runs, and larger ones."
        )
    rows: list[Promise] = []
    errors: dict[tuple[str, Interval], _Errors] = {}
    failed: dict[str, int] = {}
    for place, cut in enumerate(found):
        larger = kept.take(cut.larger)
        observed, h = np.log(larger.loss), 6 * larger.params * larger.tokens / cut.largest
        for method, said in _answers(kept, cut, level, without):
            if said is None:
                failed[method] = failed.get(method, 0) + 1
                continue
            off = observed - said.log_loss
            for interval, half in said.half.items():
                told = np.isfinite(half)
                if not told.any():
                    continue  # all of them beyond the reach of the calibration
                each = errors.setdefault((method, interval), _Errors())
                each.split.append(np.full(told.sum(), place))
                for values, kind in ((h, each.h), (off, each.off), (half, each.half)):
                    kind.append(values[told])
                rows.append(Promise(
                    place, len(cut.smaller), int(told.sum()), cut.largest, float(h[told].max()),
                    method, interval, level, *_shares(off[told], half[told], np.ones(told.sum())),
                ))  # fmt: skip
        if progress is not None:
            progress(place + 1, len(found))
    distances = [reach for key, each in errors.items() for reach in _by_distance(*key, each)]
    over_all = (_over_all(*key, each) for key, each in errors.items())
    totals = sorted(over_all, key=lambda each: (failed.get(each.method, 0), each.error))
    return Backtest(
        runs.name, len(kept), level, tuple(rows), tuple(distances), tuple(totals), failed, without
    )


def _answers(
    runs: Runs, cut: Split, level: float, without: str
) -> Iterator[tuple[str, _Said | None]]:
    smaller, larger = runs.take(cut.smaller), runs.take(cut.larger)
    forms = {key: (each.form, each.error) for key, each in METHODS.items() if each.form}
    for key, (form, error) in forms.items():
        yield key, _by_fit(smaller, larger, form, error, level)
    outlook = Outlook(smaller, without)
    there = outlook.found.at(larger.params, larger.tokens)
    narrow, reach = ndtri((1 + level) / 2) * there.error, there.h <= REACH["discrepancy"]
    wide, simple = (
        np.where(reach, scale * multiple(band, level, without)(there.h), np.nan)
        for band, scale in (("discrepancy", there.scale), ("powermean", UNIT))
    )
    yield "varying", _Said(there.law, {"law": narrow})
    yield "discrepancy", _Said(there.log_loss, {"calibrated": wide})
    yield "powermean 5%", _Said(there.simple, {"calibrated": simple})


def _by_fit(
    smaller: Runs, larger: Runs, form: str, error: ErrorModel, level: float
) -> _Said | None:
    """Fit a form; the errors of its constants are propagated to first order."""
    try:
        found = fit(smaller, form, error=error or MSE)
    except ScalingLawsError:
        return None
    predicted = found.predict(larger.params, larger.tokens)
    if not (found.converged and np.all(np.isfinite(predicted) & (predicted > 0))):
        return None
    here = found.problem.design
    x, y = np.log(larger.params) - here.x_mean, np.log(larger.tokens) - here.y_mean
    there = Design(x, y, x, here.x_mean, here.y_mean)
    phi = here.centre(found.form.full(found.values))
    at, out = (jacobian(phi, each.size, each.data, found.form) for each in (here, there))
    noise = 1.4826 * float(np.median(np.abs(found.residuals)))
    noise *= np.sqrt(found.n / (found.n - at.shape[1]))
    spread = noise * np.linalg.norm(out @ np.linalg.pinv(at), axis=1)
    z = ndtri((1 + level) / 2)
    half: dict[Interval, Array] = {
        "law": z * spread, "law and scatter": z * np.hypot(spread, noise)
    }  # fmt: skip
    return _Said(np.log(predicted), half)


def _shares(off: Array, half: Array, weight: Array) -> tuple[float, float, float, float]:
    """Return the share held, the mean width, and root mean square and mean of the errors."""
    w = weight / weight.sum()
    with np.errstate(over="ignore"):
        width = float(w @ (2 * np.sinh(half)))
    return (
        float(w @ (np.abs(off) <= half)), width, float(np.sqrt(w @ off**2)), float(w @ off)
    )  # fmt: skip


def _by_distance(method: str, interval: Interval, errors: _Errors) -> Iterator[Reach]:
    split, h, off, half = map(np.concatenate, (errors.split, errors.h, errors.off, errors.half))
    place = distance(h)
    for each in np.unique(place):
        at = place == each
        counts = np.bincount(split[at])
        weight = 1 / counts[split[at]]  # every split alike
        yield Reach(
            method, interval, DISTANCES[each], DISTANCES[each + 1], int(at.sum()),
            *_shares(off[at], half[at], weight),
        )  # fmt: skip


def _over_all(method: str, interval: Interval, errors: _Errors) -> Reach:
    split, h, off, half = map(np.concatenate, (errors.split, errors.h, errors.off, errors.half))
    near = h <= max(REACH["discrepancy"], h.min())
    one = np.zeros(int(near.sum()), dtype=int)
    weight = weights(one, one, split[near], h[near])
    shares = _shares(off[near], half[near], weight)
    return Reach(method, interval, 1.0, float(h[near].max()), len(one), *shares)
