"""What a loss says that is read off in the middle of a longer schedule: runs of Luo et al. 2025.

At three sizes one run's cosine ends at 24,000 steps and another's at 72,000. At 24,000 steps both
have seen the same data, and only the learning rate differs. Two runs at a constant rate, of 24,000
and of 72,000 steps, differ in nothing up to there: what they differ by is noise.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

import scalinglaws as sl
from scalebook.chapters.common import kept
from scalinglaws.runs import Runs
from scalinglaws.units import Floats

_SHORT, _LONG = 24_000, 72_000  # steps


@dataclass(frozen=True)
class Stopped:
    """One size: a run stopped a third of the way through its schedule beside one at its end.

    Attributes
    ----------
    params : float
    ended, stopped : float
        Loss of the run whose schedule ends there and of the other, nats per token.
    noise : float
        Root mean square of the differences of two runs of one schedule, nats per token.
    gain : float
        By how much three times the steps lower the loss at the end of a schedule, nats per token.
    """

    params: float
    ended: float
    stopped: float
    noise: float
    gain: float

    @property
    def excess(self) -> float:
        """Loss of the run stopped, less that of the other, nats per token."""
        return self.stopped - self.ended

    @property
    def share(self) -> float:
        """The excess as a share of what three times the steps gain."""
        return self.excess / self.gain

    def interval(self, level: float) -> tuple[float, float]:
        """Return the interval of the excess for normal noise."""
        reach = NormalDist().inv_cdf((1 + level) / 2) * self.noise
        return self.excess - reach, self.excess + reach


@kept
def stopped() -> list[Stopped]:
    """Read the curves of Luo et al. at the end of the shorter schedule, the smallest size first."""
    found = []
    for suite, runs in sl.table("luo2025_curves").split().items():
        size = suite.rpartition("-")[2]
        cosine, longer, constant, control = (
            _curve(runs, f"{size}-{kind}_{steps}")
            for kind in ("cosine", "constant") for steps in (_SHORT, _LONG)
        )  # fmt: skip
        late = constant.tokens > constant.tokens[-1] / 2
        apart = constant.loss[late] - _at(control, constant.tokens[late])
        ended, read = float(cosine.loss[-1]), float(_at(longer, cosine.tokens[-1:])[0])
        noise = float(np.sqrt(np.mean(apart**2)))
        found.append(Stopped(float(runs.params[0]), ended, read, noise, ended - float(longer.loss[-1])))  # fmt: skip
    return found


def _curve(runs: Runs, run: str) -> Runs:
    """Return the points of one run, in order of its tokens."""
    one = runs.take(np.asarray(runs.run) == run)
    return one.take(np.argsort(one.tokens))


def _at(curve: Runs, tokens: Floats) -> Floats:
    return np.interp(tokens, curve.tokens, curve.loss)
