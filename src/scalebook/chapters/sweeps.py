"""What the wrong ratio cost in the isoFLOP sweeps, measured without a law.

Ratios are tokens per parameter over the optimum at equal compute; a cost is the factor of compute
lost.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scalebook.chapters.common import kept
from scalinglaws import reading
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import overtraining
from scalinglaws.runs import Runs
from scalinglaws.units import Floats

FEWEST = 3  # runs near a ratio that let a suite speak for it


class Near(NamedTuple):
    """The least and the most that runs near a ratio lost, and how many they are."""

    low: float
    high: float
    runs: int


@dataclass(frozen=True)
class Suites:
    """The isoFLOP suites, and the ratio and cost of those of their runs that can be measured."""

    runs: dict[str, Runs]
    measured: dict[str, tuple[Floats, Floats]]
    swept_runs: int
    measured_runs: int

    def at(self, ratio: float) -> dict[str, tuple[float, int]]:
        """Return cost and number of runs near a ratio, by suite, where enough of them are."""
        each = {n: overtraining.measured_at(*points, ratio) for n, points in self.measured.items()}
        return {name: found for name, found in each.items() if found[1] >= FEWEST}

    def near(self, ratio: float) -> Near | None:
        """Return what the runs nearest a ratio lost; None near the optimum, or if there are none.

        Their middle 80% (all of fewer than ten), each carried to the ratio as if ln m went with the square of ln k.
        """
        if abs(np.log(ratio)) < np.log(3):
            return None
        lost = [
            np.exp(np.log(m[close]) * (np.log(ratio) / np.log(k[close])) ** 2)
            for k, m in self.measured.values()
            for close in [np.abs(np.log(k / ratio)) <= np.log(1.6)]
        ]
        found = np.concatenate(lost)
        if not len(found):
            return None
        low, high = np.quantile(found, [0.1, 0.9] if len(found) >= 10 else [0, 1])
        return Near(float(low), float(high), len(found))

    def beyond(self, law: ParametricLaw, least: float) -> tuple[float, int]:
        """Return the cost over a law's, in the median of the runs beyond a ratio, and their number."""
        k, m = (np.concatenate(each) for each in zip(*self.measured.values(), strict=True))
        far = k > least
        lost = m[far] / overtraining.over_training_penalty(law, k[far])
        return float(np.median(lost)), int(far.sum())


@kept  # no parameter changes it
def suites() -> Suites:
    """Measure the cost in the isoFLOP suites, without a law."""
    runs = {name: reading.read_runs(name) for name in reading.SUITES}
    measured = {name: overtraining.measured(each.tokens_per_param, each.loss, np.asarray(each.budget))
                for name, each in runs.items()}  # fmt: skip
    swept = sum(map(len, runs.values()))
    return Suites(runs, measured, swept, sum(len(k) for k, _ in measured.values()))
