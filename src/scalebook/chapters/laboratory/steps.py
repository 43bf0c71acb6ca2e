"""Networks on a source of known entropy: their floors, their shape, and what one may expect.

The networks were trained by `scalebook.laboratory`; the chapter reads their losses.
"""

from dataclasses import dataclass

import numpy as np

from scalebook.chapters.laboratory import experiments, floor_fits, forecasts, readings, shape
from scalebook.chapters.laboratory.floor_fits import Fitted, Floor, Suite
from scalebook.chapters.laboratory.readings import Readings
from scalebook.chapters.parameter import Parameters
from scalebook.errors import ScalebookError
from scalinglaws.units import Floats


@dataclass(frozen=True)
class Grid:
    """How much of the grid there is, by width: the lengths measured."""

    widths: dict[int, int]
    lengths: int
    diverged: int

    @property
    def planned(self) -> int:
        """Sizes by lengths that there are to be."""
        return len(self.widths) * self.lengths


def grid(used: Readings) -> Grid:
    """Count what is measured of what is planned."""
    whole = readings.planned(used.suite)
    lengths = {width: len(np.unique(used.tokens[used.width == width])) for width in whole.widths}
    return Grid(lengths, len(whole.steps), readings.diverged(used.suite))


@dataclass(frozen=True)
class Seeds:
    """How much runs of one size and length differ that differ in their seed alone.

    Mean relative difference of two seeds, of the loss above the entropy (of all sizes, of the
    smaller half of them and of the larger) and of the loss itself.
    """

    excess: float
    small: float
    large: float
    loss: float


def seeds(used: Readings) -> Seeds:
    """Compare the seeds of each cell, two at a time."""
    small = used.params < np.median(np.unique(used.params))
    parts = (used, used.take(small), used.take(~small))
    every, smaller, larger = (_apart(each, each.excess) for each in parts)
    return Seeds(every, smaller, larger, _apart(used, used.loss))


def _apart(used: Readings, values: Floats) -> float:
    found = []
    for cell in range(used.cells):
        logs = np.log(values[used.places == cell])
        gaps = np.abs(logs[:, None] - logs)[np.triu_indices(len(logs), 1)]
        found.append(gaps.mean() if len(gaps) else np.nan)
    return float(np.nanmean(found))


def term(amplitude: float, count: float, exponent: float) -> float:
    """Return a term of the law: what is lost for want of parameters, or of tokens, nats."""
    lost: float = amplitude / count**exponent
    return lost


def total(floor: float, size: float, data: float) -> float:
    """Return the loss of the law from its parts."""
    return floor + size + data


def part(size: float, data: float) -> float:
    """Return the share of what is above the floor that is for want of parameters."""
    return size / (size + data)


@dataclass(frozen=True)
class Learned:
    """What the networks of one suite came to, one field a step."""

    used: Readings
    grid: Grid
    fitted: Fitted
    by_method: dict[tuple[str, str], Floor]
    frontier: shape.Frontier
    counting: shape.Counting
    schedule: shape.Schedule | None
    seeds: Seeds
    promises: forecasts.Promises


def learned(p: Parameters, suite: str) -> Learned:
    """Take the steps for one suite.

    Raises
    ------
    ScalebookError
        If there are too few runs of it, or they do not fix a law.
    """
    whole = readings.measured(suite)
    used = whole.take(whole.tokens >= p.least_tokens)
    fitted = floor_fits.main(p, used.runs())
    return Learned(
        used, grid(whole), fitted, floor_fits.by_method(p, used.runs()), shape.frontier(p, used),
        shape.counting(p, used, fitted), shape.schedule(p, used), seeds(used),
        forecasts.promises(p, used),
    )  # fmt: skip


def beside(p: Parameters) -> Learned | None:
    """Take the steps for the other kind of network on the same source; None if too few are there."""
    try:
        return learned(p, readings.other(p.suite))
    except ScalebookError:
        return None


@dataclass(frozen=True)
class Found(Learned):
    """What all steps came to; `other` is the same source learned by the other kind of network."""

    by_range: dict[str, Floor]
    suites: dict[str, Suite]
    counts: shape.Counts
    trials: experiments.Trials
    certain: experiments.Certain
    other: Learned | None


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    own = learned(p, p.suite)
    return Found(
        **vars(own), by_range=floor_fits.by_range(p, own.used), suites=floor_fits.suites(p),
        counts=shape.counts(own.used), trials=experiments.trials(p), certain=experiments.certain(p),
        other=beside(p),
    )  # fmt: skip
