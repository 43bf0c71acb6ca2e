"""The loss of a run that is not yet trained, from the runs at hand, with a band that was tried.

The band is as wide as it had to be to hold the larger runs of the public suites (`calibration`; the
widths are in ``data/calibration.csv``). The interval of the law itself stands beside it: that of
the law's constants if its form is right, which holds far fewer runs than it says.

What was tried is larger runs. Inside a table the band is that of a run as dear as the largest, and
holds fewer runs than it promises where budgets are missing from the middle: a warning says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.special import ndtri

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import Array, Design
from scalinglaws.fitting.surface import Problem
from scalinglaws.prediction.bands import (
    REACH,
    UNIT,
    Band,
    Extrapolation,
    extrapolation,
    laboratory_of,
    multiple,
    stored_levels,
)
from scalinglaws.prediction.splits import BUDGETS, FACTOR, RUNS, independent, levels, supports
from scalinglaws.quantities import format_quantity
from scalinglaws.runs import Runs
from scalinglaws.units import training_flop

MOST = 500
"""Runs that are fitted at most; of longer tables so many are drawn."""

BELOW = 4.0
"""How many times less compute than the smallest run a band is given for."""

_FEWEST = 6
_UNLIKE = 4.0  # factor beyond the ratios of tokens to parameters at hand: further no band was tried
_NEAR = 4.0  # factor in size and data within which a run counts as near
_WIDEST = 1.0  # half-width of a trend that is worth saying, log loss
_WIDEST_SIZE = float(np.log(100.0))  # the same of a size
_SAME = 1e-9  # of a logarithm
_ABOVE = 0.1  # above the frontier: such runs are not fitted

_Size = tuple[tuple[float | None, float | None], tuple[float, float] | None, tuple[str, ...]]
_NO_SIZE: _Size = (None, None), None, ()


@dataclass(frozen=True)
class Forecast:
    """The loss to expect of one run.

    Attributes
    ----------
    loss : float
        Predicted, nats per token.
    low, high : float or None
        Ends of the calibrated band; None where nothing like it was tried, as `reason` says.
    level : float
        Share of runs that the band should hold.
    params, tokens : float
        Of the run.
    h : float
        Its compute 6 N D over that of the largest run at hand.
    among : bool
        Whether its size and its data each lie between the least and the most at hand.
    centre : {"discrepancy", "powermean"}
        What the band is about: a law whose exponent of the data varies with size, with what it
        leaves over as a Gaussian process; or, where that has no answer, the power mean.
    law_low, law_high : float or None
        The law's own interval of the same level: of its constants, if its form is right.
    params_low, params_high : float or None
        Calibrated band of the optimal size; None unless that was asked for and can be told.
    n_used : int
        Runs that were fitted, copies and neighbouring readings of one training left out.
    extrapolated : (float, float) or None
        Where there is no band because the run is too far out: what it would be if the trend of its
        width went on.
    params_extrapolated : (float, float) or None
        The same of the optimal size.
    reason : str or None
        Why an end is None.
    warnings : tuple of str
        What else one should know.

    Examples
    --------
    >>> Forecast(2.0, 1.9, 2.1, 0.95, params=7e10, tokens=1.4e12, h=45.0).kind
    'extrapolates'
    """

    loss: float
    low: float | None
    high: float | None
    level: float
    params: float
    tokens: float
    h: float
    among: bool = True
    centre: Band = "discrepancy"
    law_low: float | None = None
    law_high: float | None = None
    params_low: float | None = None
    params_high: float | None = None
    n_used: int = 0
    extrapolated: tuple[float, float] | None = None
    params_extrapolated: tuple[float, float] | None = None
    reason: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def kind(self) -> Literal["interpolates", "extrapolates"]:
        """Whether the run lies within those at hand, or the law is trusted beyond them."""
        return "interpolates" if self.h <= 1 and self.among else "extrapolates"


def predict(
    runs: Runs,
    *,
    params: float | None = None,
    tokens: float | None = None,
    compute: float | None = None,
    level: float = 0.95,
) -> Forecast:
    """Predict the loss of one run, or of the optimal run of a budget.

    Parameters
    ----------
    runs : Runs
        At least six, of one suite; of a table longer than `MOST` a random part is fitted.
    params, tokens : float, optional
        N and D of the run, > 0.
    compute : float, optional
        FLOP, > 0, instead of both: the run is the optimum of the fitted law.
    level : float
        Coverage of the band, 0 < level < 1.

    Returns
    -------
    Forecast
        Where the table has enough runs and the run is at most `REACH` times larger than the largest
        of them, with a band that held its share of the larger runs of the public suites, each by
        the width of the other laboratories (`calibration`). A public table of the calibration gets
        the width of the others, too.

    Raises
    ------
    ScalingLawsError
        Unless either both of `params` and `tokens` or `compute` is given, positive and finite; if
        the level is out of its range, there are fewer than six runs, or no optimum can be told.

    Examples
    --------
    Chinchilla, of 70 billion parameters and 1.4 trillion tokens, from the runs before it:

    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> found = predict(runs, params=70e9, tokens=1.4e12)
    >>> f"{found.loss:.2f} [{found.low:.2f}, {found.high:.2f}]", found.kind, round(found.h)
    ('1.94 [1.86, 2.03]', 'extrapolates', 45)

    The law's own interval is narrower:

    >>> found.low < found.law_low < found.law_high < found.high
    True

    And the best run of a budget within the reach of these:

    >>> found = predict(runs, compute=1e21)
    >>> f"{found.params:.2g} parameters, {found.tokens:.2g} tokens: {found.loss:.2f}", found.kind
    ('2.7e+09 parameters, 6.2e+10 tokens: 2.30', 'interpolates')
    """
    _check(params, tokens, compute, level)
    return Outlook(runs).forecast(params=params, tokens=tokens, compute=compute, level=level)


class Outlook:
    """A table fitted once, for several predictions.

    Parameters
    ----------
    runs : Runs
        As of `predict`.
    without : str, optional
        Laboratory of the calibration to leave out of it; unless given, the table's own, if it is
        one of the public tables that the calibration is made of.

    Raises
    ------
    ScalingLawsError
        If there are fewer than six runs that differ.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> outlook = Outlook(read_runs("llama3"))
    >>> near, far = (outlook.forecast(compute=c) for c in (1e23, 4e25))
    >>> near.low < near.loss < near.high, far.low, far.reason.partition(",")[0]
    (True, None, 'No calibrated interval of the loss: 4K times the compute of the largest run')
    """

    def __init__(self, runs: Runs, without: str | None = None) -> None:
        if not isinstance(runs, Runs):
            raise ScalingLawsError(
                f"predict was given a {type(runs).__name__}; expected Runs. Make them by "
                "Runs(params=..., tokens=..., loss=...), or by read_runs."
            )
        self.given = runs
        self.without = laboratory_of(runs.name) if without is None else without
        kept = independent(runs)
        self.runs = kept.sample(MOST)
        if len(self.runs) < _FEWEST:
            raise ScalingLawsError(
                f"{runs.name or 'these runs'}: {len(self.runs)} runs that differ; a prediction "
                f"takes at least {_FEWEST}, and a band {RUNS}, on {BUDGETS} budgets. Add runs."
            )

    @cached_property
    def found(self) -> Extrapolation:
        """The laws, fitted."""
        return extrapolation(self.runs)

    @cached_property
    def one_ratio(self) -> bool:
        """Whether tokens go up with parameters in all runs, so that no optimum can be told."""
        return Problem(Design.of(self.runs), self.found.law.form).confounded

    @property
    def centre(self) -> Band:
        """The method whose answer counts."""
        first, second = self.found.law.converged, self.found.simple.converged
        return "powermean" if second and not first else "discrepancy"

    def forecast(
        self,
        *,
        params: float | None = None,
        tokens: float | None = None,
        compute: float | None = None,
        level: float = 0.95,
    ) -> Forecast:
        """Predict one run.

        Parameters
        ----------
        params, tokens, compute, level
            As of `predict`.

        Returns
        -------
        Forecast
            As from `predict`.

        Raises
        ------
        ScalingLawsError
            As `predict` does.
        """
        _check(params, tokens, compute, level)
        size, far_size, reasons = _NO_SIZE
        if compute is not None:
            params, tokens = self._best(compute)
            size, far_size, reasons = self._size_band(params, tokens, level)
        assert params is not None  # as `_check` says
        assert tokens is not None
        there = self.found.at(params, tokens)
        h, error = float(there.h[0]), ndtri((1 + level) / 2) * float(there.error[0])
        middle = there.log_loss if self.centre == "discrepancy" else there.simple
        log_loss, law = float(middle[0]), float(there.law[0])
        scale = float(there.scale[0]) if self.centre == "discrepancy" else UNIT
        why_not, far = self._unlike(params, tokens, h, level)
        ends: tuple[float, float] | None = None
        extrapolated: tuple[float, float] | None = None
        if why_not is None or far:
            band = multiple(self.centre, level, self.without)
            half = scale * float(band(h))
            ends = _around(log_loss, half) if half <= _WIDEST or why_not is None else None
        if why_not is not None:
            ends, extrapolated = None, ends
            trend = _trend(extrapolated, "{:.3g}".format)
            reasons = (f"No calibrated interval of the loss: {why_not}.{trend}", *reasons)
        law_low, law_high = _around(law, error)
        return Forecast(
            loss=float(np.exp(log_loss)), low=None if ends is None else ends[0],
            high=None if ends is None else ends[1], level=level, params=params,
            tokens=tokens, h=h, among=self._among(params, tokens), centre=self.centre,
            law_low=law_low, law_high=law_high, params_low=size[0], params_high=size[1],
            n_used=len(self.found.law.runs), extrapolated=extrapolated,
            params_extrapolated=far_size, reason=" ".join(reasons) or None,
            warnings=self._warnings(params, tokens, h, float(there.above[0])),
        )  # fmt: skip

    def _best(self, compute: float) -> tuple[float, float]:
        """Return size and data of the optimal run; at the ratio at hand where there is but one."""
        if self.one_ratio:
            ratio = float(np.exp(np.mean(np.log(self.runs.tokens_per_param))))
            size = np.sqrt(compute / 6 / ratio)
            return float(size), float(compute / 6 / size)
        for centre in (self.found.law, self.found.power.centre):
            best = centre.form.general(centre.values).optimum(compute=compute)
            if np.isfinite(best.params) and best.params > 1 and best.tokens > 1:
                return float(best.params), float(best.tokens)
        raise ScalingLawsError(
            f"{self.given.name or 'these runs'} fix no optimum at {compute:.3g} FLOP. Ask for a "
            "run of given params and tokens, or add runs of other sizes on the largest budgets."
        )

    def _size_band(self, params: float, tokens: float, level: float) -> _Size:
        """Return the band of the optimal size, what it would be further out, and why it is not."""
        if self.one_ratio:
            why = "No optimal size can be told from runs at one ratio of tokens to parameters; the "
            return (None, None), None, (f"{why}run keeps that ratio.",)
        h = float(training_flop(params, tokens)) / self.found.largest
        why_not, far = self._unlike(params, tokens, h, level, "size")
        if why_not is not None and not far:
            return (None, None), None, (f"No calibrated interval of the optimal size: {why_not}.",)
        half = float(multiple("size", level, self.without)(h))
        ends = _around(float(np.log(params)), half)
        if why_not is None:
            return ends, None, ()
        extrapolated = ends if half <= _WIDEST_SIZE else None
        trend = _trend(extrapolated, format_quantity)
        why = f"No calibrated interval of the optimal size: {why_not}.{trend}"
        return (None, None), extrapolated, (why,)

    def _unlike(
        self, params: float, tokens: float, h: float, level: float, band: Band | None = None
    ) -> tuple[str | None, bool]:
        """Say why a band of such a run was never tried, and whether that is its distance alone."""
        compute, reach = levels(self.runs), REACH[band or self.centre]
        low, high = stored_levels()
        if not low <= level <= high:
            return f"the calibration holds levels from {low:g} to {high:g}", False
        if not supports(compute):
            return (
                f"{_count(len(self.runs), 'run')} on {_count(len(np.unique(compute)), 'budget')} "
                f"over a factor {compute.max() / compute.min():.2g} in compute; the calibration "
                f"rests on tables of at least {RUNS} runs on {BUDGETS} budgets over a factor "
                f"{FACTOR:g}"
            ), False
        alike = [
            name
            for name in ("params", "tokens")
            if np.ptp(np.log(getattr(self.runs, name))) < _SAME
        ]
        if alike or self.one_ratio:
            what = f"the same {alike[0]}" if alike else "one ratio of tokens to parameters"
            return f"all runs have {what}; none of the calibration's tables is like that", False
        smallest = float(np.min(training_flop(self.runs.params, self.runs.tokens)))
        if h * self.found.largest * BELOW < smallest:
            share = h * self.found.largest / smallest
            return f"it takes {share:.2g} times the compute of the smallest run", False
        ratio = _beyond(tokens / params, self.runs.tokens_per_param)
        if band is None and ratio > _UNLIKE:
            return (
                f"{format_quantity(tokens / params)} tokens per parameter are "
                f"{format_quantity(ratio)} times beyond the ratios of these runs"
            ), False
        if h > reach:
            return (
                f"{format_quantity(h)} times the compute of the largest run, and the "
                f"calibration reaches {reach:g} times"
            ), True
        return None, False

    def _among(self, params: float, tokens: float) -> bool:
        pairs = ((params, self.given.params), (tokens, self.given.tokens))
        return all(bool(known.min() <= value <= known.max()) for value, known in pairs)

    def _warnings(self, params: float, tokens: float, h: float, above: float) -> tuple[str, ...]:
        runs, told = self.runs, []
        if len(self.given.suites) > 1:
            told.append(
                f"the table has {len(self.given.suites)} suites, which may not follow one law"
            )
        if len(runs) < len(self.given):
            told.append(
                f"{len(self.given) - len(runs):,} of {len(self.given):,} rows left out: copies, "
                "neighbouring readings of one training, or beyond what is fitted at most"
            )
        if self.centre != "discrepancy":
            told.append(
                "no law whose exponent of the data varies with size could be told; by the power "
                "mean instead"
            )
        elif not self.found.law.converged:
            told.append("these runs do not fix a law: what it says is one of many that fit")
        if len(np.unique(levels(runs))) < 2:
            told.append(
                "all runs are on one budget: how the loss falls with compute is assumed, not told"
            )
        if self.one_ratio:
            told.append(
                "all runs are at one ratio of tokens to parameters: the law holds along it only"
            )
        ratio = _beyond(tokens / params, runs.tokens_per_param)
        if 1 + 1e-9 < ratio <= _UNLIKE:
            told.append(
                f"{format_quantity(tokens / params)} tokens per parameter lie a factor "
                f"{format_quantity(ratio)} beyond the ratios of these runs"
            )
        if above > _ABOVE:
            told.append(
                f"the law puts this run {np.expm1(above):.0%} above the least loss of its compute, "
                "where laws are wrong sooner"
            )
        apart = np.maximum(_apart(params, runs.params), _apart(tokens, runs.tokens))
        among = self._among(params, tokens)
        if h <= 1 and not among:
            told.append("its size or its data are beyond those of all runs, though not its compute")
        elif h <= 1 and apart.min() > _NEAR:
            told.append(
                f"no run is within a factor {_NEAR:g} of this one in size and data: it lies in a "
                "hole of the table, where bands held less than they promise"
            )
        return tuple(told)


def _around(log_middle: float, half: float) -> tuple[float, float]:
    """Return the ends of a band of a logarithm; infinite or zero beyond all numbers."""
    with np.errstate(over="ignore", under="ignore"):
        return float(np.exp(log_middle - half)), float(np.exp(log_middle + half))


def _trend(ends: tuple[float, float] | None, write: Callable[[float], str]) -> str:
    """Say what a band would be further out than it was tried; "" without ends."""
    if ends is None:
        return ""
    return f" If the trend of its width went on, it would be {' to '.join(map(write, ends))}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _apart(value: float, known: Array) -> Array:
    return np.asarray(np.maximum(value / known, known / value))


def _beyond(value: float, known: Array) -> float:
    """Return the factor by which a value is beyond the known ones, 1 within."""
    return float(max(1.0, value / known.max(), known.min() / value))


def _check(
    params: float | None, tokens: float | None, compute: float | None, level: float
) -> None:  # fmt: skip
    given = {"params": params, "tokens": tokens, "compute": compute}
    known = {name: value for name, value in given.items() if value is not None}
    if set(known) not in ({"params", "tokens"}, {"compute"}):
        raise ScalingLawsError(
            f"{' and '.join(known) or 'nothing'} given; expected params and tokens of the run, or "
            "compute alone, for the optimal run of a budget."
        )
    for name, value in known.items():
        if not isinstance(value, (int, float, np.number)):
            raise ScalingLawsError(f"{name} is {value!r}; expected one number, of one run.")
        if not 0 < value < np.inf:
            raise ScalingLawsError(f"{name} is {value:g}; it must be positive and finite.")
    if not 0 < level < 1:
        raise ScalingLawsError(f"level is {level:g}; expected a coverage between 0 and 1.")
