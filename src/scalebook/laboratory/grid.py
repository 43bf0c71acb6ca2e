"""The grid: which networks learn how much of which source, and at what learning rate.

For each size and length the rate is tuned by factors of two, until neither neighbour is better: on
one seed, or on three where networks are so small that seeds differ more than rates do. Other seeds
are then trained at that rate, and these are the runs to fit. Every run is kept, those of the search
and those that diverged too.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from scalebook.errors import ScalebookError
from scalebook.laboratory import extent, training
from scalebook.laboratory.network import Network
from scalebook.laboratory.strings import Strings, named

#: Seeds of the runs that are measured, seeds on which the rate is tuned, and the largest width that
#: takes all of these and not the first alone.
SEEDS, TUNING, SMALL = (1, 2, 3), (0, 4, 5), 10
#: Where the search for the rate begins, at the shortest length; a longer one begins with the last.
FIRST_RATE = 0.02
#: Times that the search may go beyond the rates it has tried.
_ROUNDS = 4
#: Points of a learning curve.
POINTS = 20


@dataclass(frozen=True)
class Run:
    """One row of the table: a training run, or a reading on its way.

    Attributes
    ----------
    suite : str
        Source and learner.
    arm : str
        ``matched``, a run whose schedule ends where it ends; ``unmatched``, the reading of the
        longest run of its size at a shorter length; ``tuning``, a run of the search for the rate.
    width, params, params_no_embed : int
    tokens, schedule_tokens : int
        Symbols learned, and those at which the rate has fallen to zero.
    seed : int
    learning_rate : float
        The highest.
    flop : float
        Counted, see `Network.flop_per_token`.
    seconds : float
        Wall time; of runs trained side by side, an equal share.
    excess, loss : float, optional
        Loss above the entropy, and loss, nats per symbol; None if it diverged.
    """

    suite: str
    arm: str
    width: int
    params: int
    params_no_embed: int
    tokens: int
    schedule_tokens: int
    seed: int
    learning_rate: float
    flop: float
    seconds: float
    excess: float | None
    loss: float | None


_CURVE = ("suite", "params", "schedule_tokens", "seed", "tokens", "excess")


@dataclass(frozen=True)
class Cell:
    """All runs of one size and length, and the curves of those measured.

    Attributes
    ----------
    rate : float
        The tuned rate.
    runs : list of Run
    curves : list of dict
        ``suite, params, schedule_tokens, seed, tokens, excess``.
    """

    rate: float
    runs: list[Run]
    curves: list[dict[str, object]]


def network_of(learner: str, width: int, strings: Strings) -> Network:
    """Return a network that can read and predict a source."""
    return Network(learner, width, strings.base, strings.depth, strings.source.symbols)


def cell(
    source: str, learner: str, width: int, all_steps: Sequence[int], at: int, rate: float
) -> Cell:
    """Tune the rate of one size and length, and train the other seeds at it.

    Parameters
    ----------
    source, learner : str
    width : int
    all_steps : sequence of int
        All lengths.
    at : int
        Which of them.
    rate : float
        Where the search begins.
    """
    strings, steps = named(source), all_steps[at]
    taught = Course(f"{source}-{learner}", network_of(learner, width, strings), strings, steps)
    best, runs = _tuned(taught, rate)
    others = all_steps[:-1] if steps == all_steps[-1] else ()
    marks = {*map(int, np.geomspace(2, steps, POINTS).round()), *others}
    points = list(taught.read(SEEDS, [best] * len(SEEDS), sorted(marks)))
    runs += taught.rows(points[-1], "matched")
    for point in points:
        if point.steps in others:
            runs += taught.rows(point, "unmatched")
    curves = [
        {column: getattr(run, column) for column in _CURVE}
        for point in points
        for run in taught.rows(point, "")
    ]
    return Cell(best, runs, curves)


def _tuned(taught: "Course", rate: float) -> tuple[float, list[Run]]:
    """Return the best rate and the runs of the search for it."""
    tried: dict[float, float] = {}
    runs = []
    for rates in search(tried, rate):
        for seed in TUNING if taught.network.width <= SMALL else TUNING[:1]:
            (last,) = taught.read([seed] * len(rates), rates)
            runs += taught.rows(last, "tuning")
            for each, excess in zip(rates, last.excess, strict=True):
                tried[each] = tried.get(each, 0.0) + (excess if np.isfinite(excess) else np.inf)
    return min(tried, key=tried.__getitem__), runs


def search(tried: dict[float, float], rate: float) -> Iterator[list[float]]:
    """Yield rates to try, three at a time, until the best of them has a worse one on either side.

    Parameters
    ----------
    tried : dict
        The loss found for each rate; to be filled by whoever tries them.
    rate : float
        The middle of the first three.
    """
    yield [rate / 2, rate, rate * 2]
    for _ in range(_ROUNDS):
        best = min(tried, key=lambda each: (tried[each], each))
        if best == min(tried):
            yield [best / 8, best / 4, best / 2]
        elif best == max(tried):
            yield [best * 2, best * 4, best * 8]
        else:
            return


@dataclass(frozen=True)
class Reading:
    """What networks came to after some steps; `excess` has one entry each."""

    steps: int
    seeds: Sequence[int]
    rates: Sequence[float]
    excess: Sequence[float]
    seconds: float


@dataclass(frozen=True)
class Course:
    """A size and a length, for which runs are made."""

    suite: str
    network: Network
    strings: Strings
    steps: int

    def read(
        self, seeds: Sequence[int], rates: Sequence[float], marks: Sequence[int] = ()
    ) -> Iterator[Reading]:
        """Train and yield a reading at each mark, the end included."""
        start = time.perf_counter()
        for stand in training.train(self.network, self.strings, seeds, rates, self.steps, marks):
            excess = [float(each) for each in self.strings.excess(stand.logs)]
            yield Reading(stand.steps, seeds, rates, excess, time.perf_counter() - start)

    def rows(self, reading: Reading, arm: str) -> list[Run]:
        """Return a reading as rows of the table."""
        entropy, tokens = self.strings.source.entropy(), reading.steps * extent.BATCH
        rows = []
        for seed, rate, excess in zip(reading.seeds, reading.rates, reading.excess, strict=True):
            known = bool(np.isfinite(excess))
            rows.append(
                Run(
                    self.suite, arm, self.network.width, self.network.params,
                    self.network.params_no_embed, tokens, self.steps * extent.BATCH, seed, rate,
                    float(self.network.flop_per_token) * tokens,
                    round(reading.seconds / len(reading.seeds), 3),
                    float(f"{excess:.6g}") if known else None,
                    float(f"{excess + entropy:.8g}") if known else None,
                )
            )  # fmt: skip
        return rows


def seconds(learner: str, width: int, steps: int, strings: Strings) -> float:
    """Return about how long a cell takes on one core of a server, seconds.

    From runs on one core of a server's processor in 2026, with some six to a cell, or fifteen where
    rates are tuned on three seeds.
    """
    fixed, rate = {"perceptron": (3e-5, 5e10), "transformer": (2e-4, 2e10)}[learner]
    flop = network_of(learner, width, strings).flop_per_token * extent.BATCH
    return (15 if width <= SMALL else 6.5) * steps * (fixed + flop / rate) + 2


def require_short(longest: float, what: str, hours: float) -> None:
    """Complain if the largest piece of work takes longer than allowed."""
    if longest > hours * 3600:
        raise ScalebookError(
            f"{what} would take about {longest / 3600:.1f} h on one core, and at most {hours:g} h "
            "are allowed. Allow more with --hours, or take a corner of the grid with --reduced."
        )


def as_rows(found: Cell) -> dict[str, object]:
    """Return a cell as plain values."""
    return {"rate": found.rate, "runs": [asdict(run) for run in found.runs], "curves": found.curves}
