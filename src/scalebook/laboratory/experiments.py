"""The articles' thought experiments, tried with networks.

Each is a function that teaches networks of three seeds and returns rows of one table. The better
source is the first of the laboratory; the worse one follows it, but half of its symbols come from
distributions of its own. What a network is taught by has a floor, the loss that a perfect copy of
it has on the better source, and that is known exactly too. A source without noise, the last of the
articles' experiments, is the source called certain of the grid.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scalebook.errors import ScalebookError
from scalebook.laboratory import extent, grid, training
from scalebook.laboratory.network import Network
from scalebook.laboratory.source import Source
from scalebook.laboratory.strings import Strings, named
from scalebook.laboratory.teaching import blend, blundering, cross_entropy, pick, play
from scalinglaws.units import Floats

Row = dict[str, object]

#: Share of the worse source's symbols that are its own, and their Dirichlet concentration.
BLUNDERS, CONCENTRATION = 0.5, 0.2
#: Widths of the networks and their learning rates, about the best of the grid at a million tokens.
RATES = {16: 0.02, 68: 0.005}
STUDENT, MAIN = RATES
#: Steps of a course, and of shorter ones.
STEPS = 16_000
LADDER = (740, 1600, 3400, 7400, 16_000, 34_000)


@dataclass(frozen=True)
class Bench:
    """What an experiment works with.

    Attributes
    ----------
    share : float
        Of the steps that are taken; below 1 for a trial.
    """

    share: float = 1.0

    @cached_property
    def strings(self) -> Strings:
        """The better source."""
        return named("first")

    @cached_property
    def better(self) -> Source:
        """The better source, without its strings."""
        return self.strings.source

    @cached_property
    def worse(self) -> Source:
        """The worse source."""
        return self.blunderer(1)

    def blunderer(self, seed: int, blunders: float = BLUNDERS) -> Source:
        """Return a source that follows the better one but for blunders of its own."""
        return blundering(self.better, blunders, CONCENTRATION, seed)

    def network(self, width: int = MAIN) -> Network:
        """Return a network of two hidden layers for the better source."""
        return grid.network_of("perceptron", width, self.strings)

    def teach(
        self,
        arm: str,
        teachers: Source | Sequence[Source],
        steps: int = STEPS,
        *,
        width: int = MAIN,
        points: int = 1,
        start: training.Stand | None = None,
        targets: Floats | None = None,
        strings: Strings | None = None,
        floor: float | None = None,
    ) -> tuple[list[Row], training.Stand]:
        """Teach networks of every seed, and judge them on the way and at the end.

        Parameters
        ----------
        arm : str
            What to call it in the table.
        teachers : Source, or one for each seed
        steps : int
        width : int
        points : int
            How often they are judged.
        start : training.Stand, optional
            Networks to go on from.
        targets : numpy.ndarray, optional
        strings : Strings, optional
            What they read, unless all.
        floor : float, optional
            Least loss above the entropy, unless that of the teachers.
        """
        steps, done = max(2, round(steps * self.share)), start.steps if start else 0
        each = [teachers] * len(grid.SEEDS) if isinstance(teachers, Source) else list(teachers)
        marks = np.linspace(0, steps, points + 1).round().astype(int)[1:]
        rows: list[Row] = []
        for stand in training.train(
            self.network(width), strings or self.strings, grid.SEEDS,
            [RATES[width]] * len(grid.SEEDS), steps, [int(mark) for mark in marks],
            teachers=each, targets=targets, start=start.weights if start else None,
            salt=sum(map(ord, arm)),
        ):  # fmt: skip
            stand = training.Stand(stand.steps + done, stand.weights, stand.logs)
            for seed, teacher, own in zip(grid.SEEDS, each, self.copies(stand), strict=True):
                rows.append(self.judged(arm, width, stand.steps, seed, own, teacher, floor))
        return rows, stand

    def copies(self, stand: training.Stand) -> list[Source]:
        """Return networks as sources: they speak as they predict."""
        return [
            Source(self.better.exponent, self.better.contexts, np.exp(logs)) for logs in stand.logs
        ]

    def judged(
        self, arm: str, width: int, steps: int, seed: int, own: Source, teacher: Source,
        floor: float | None,
    ) -> Row:  # fmt: skip
        """Return how a network stands, and how its teacher does."""
        entropy = self.better.entropy()
        numbers = {
            "excess": cross_entropy(self.better, own) - entropy,
            "floor": cross_entropy(self.better, teacher) - entropy if floor is None else floor,
            "excess_worse": cross_entropy(self.worse, own) - self.worse.entropy(),
            "play": play(self.better, own),
            "pick": pick(self.better, own),
            "teacher_play": play(self.better, teacher),
            "teacher_pick": pick(self.better, teacher),
        }
        known = {name: float(f"{value:.6g}") for name, value in numbers.items()}
        params, tokens = self.network(width).params, steps * extent.BATCH
        return {"arm": arm, "params": params, "tokens": tokens, "seed": seed, **known}


def better_then_worse(bench: Bench) -> list[Row]:
    """Train on the better source and go on with the worse."""
    first, stand = bench.teach("better", bench.better, points=10)
    second, _ = bench.teach("then worse", bench.worse, points=10, start=stand)
    return first + second


def worse_then_better(bench: Bench) -> list[Row]:
    """Train on the worse source and go on with the better."""
    first, stand = bench.teach("worse", bench.worse, points=10)
    second, _ = bench.teach("then better", bench.better, points=10, start=stand)
    return first + second


def mixed(bench: Bench) -> list[Row]:
    """Train on both sources at once, twice as long, in three proportions."""
    rows = []
    for share in (0.25, 0.5, 0.75):
        both = blend(bench.better, bench.worse, share)
        rows += bench.teach(f"{share:.0%} worse", both, 2 * STEPS, points=10)[0]
    return rows


def many_teachers(bench: Bench) -> list[Row]:
    """Learn from sources that err each in its own way: the reader of all against each of them."""
    rows, mixture = [], None
    for count in range(1, 9):
        teacher = bench.blunderer(count, 0.7)
        mixture = blend(mixture, teacher, 1 / count) if mixture else teacher
        if count in (1, 2, 4, 8):
            rows += bench.teach(f"{count} teachers", mixture)[0]
    return rows


def blind(bench: Bench) -> list[Row]:
    """Learn without seeing one of the digits: the floor is that of what can be seen."""
    rows = []
    for place in range(bench.strings.depth):
        seen = bench.strings.hide(place)
        floor = seen.floor() - bench.better.entropy()
        for steps in LADDER:
            rows += bench.teach(
                f"without digit {place + 1}", bench.better, steps, strings=seen, floor=floor
            )[0]
    for steps in LADDER:
        rows += bench.teach("all digits", bench.better, steps)[0]
    return rows


def distilled(bench: Bench) -> list[Row]:
    """Learn from a larger network's probabilities, from the source's own, and from symbols."""
    rows, stand = bench.teach("teacher", bench.better, LADDER[-1])
    teachers = bench.copies(stand)
    soft = np.exp(stand.logs)
    true = np.broadcast_to(bench.better.prototypes, soft.shape)
    for steps in LADDER:
        for arm, who, targets in (
            ("symbols", bench.better, None),
            ("symbols of the teacher", teachers, None),
            ("probabilities of the teacher", teachers, soft),
            ("probabilities of the source", bench.better, true),
        ):
            rows += bench.teach(arm, who, steps, width=STUDENT, targets=targets)[0]
    return rows


def filtered(bench: Bench) -> list[Row]:
    """Throw the worse half of the data away: half the symbols, and a lower floor."""
    both = blend(bench.better, bench.worse, 0.5)
    rows = []
    for steps in LADDER:
        rows += bench.teach("everything", both, steps)[0]
        rows += bench.teach("the better half", bench.better, steps // 2)[0]
    return rows


def own_outputs(bench: Bench) -> list[Row]:
    """Train on samples of a network trained on samples of a network, and so on."""
    rows, stand = bench.teach("source", bench.better)
    for generation in range(1, 6):
        more, stand = bench.teach(f"generation {generation}", bench.copies(stand))
        rows += more
    return rows


def checked_outputs(bench: Bench) -> list[Row]:
    """Train on samples of a network that a check from outside lets pass.

    A check of strictness M lets symbol x of context c pass with probability min(1, p / (M q)),
    where p is the source's probability and q the network's: the stricter, the nearer is what passes
    to the source, and the less passes. Each context is asked until something passes.
    """
    rows, stand = bench.teach("network", bench.better, LADDER[2])
    copies = bench.copies(stand)
    for times in (1, 4):
        drawn = times * STEPS
        rows += bench.teach(f"drawn {times}, all", copies, drawn)[0]
        for strictness in (1, 2, 4, 16):
            checked = [check(bench.better, copy, strictness) for copy in copies]
            passed = np.mean([share for _, share in checked])
            teachers = [teacher for teacher, _ in checked]
            arm = f"drawn {times}, strictness {strictness}"
            rows += bench.teach(arm, teachers, round(drawn * float(passed)))[0]
    return rows


def check(truth: Source, model: Source, strictness: float) -> tuple[Source, float]:
    """Return what passes a check, as a source, and the share of symbols that pass.

    Raises
    ------
    ScalebookError
        If the strictness is not positive.
    """
    if not strictness > 0:
        raise ScalebookError(f"A strictness of {strictness:g} was given; expected more than 0.")
    passing = np.minimum(model.prototypes, truth.prototypes / strictness)
    share = passing.sum(axis=1, keepdims=True)
    passed = Source(truth.exponent, truth.contexts, passing / share)
    return passed, float(1 / (truth.weights() @ (1 / share[:, 0])))


EXPERIMENTS: dict[str, Callable[[Bench], list[Row]]] = {
    "better-then-worse": better_then_worse,
    "worse-then-better": worse_then_better,
    "mixed": mixed,
    "many-teachers": many_teachers,
    "blind": blind,
    "distilled": distilled,
    "filtered": filtered,
    "own-outputs": own_outputs,
    "checked-outputs": checked_outputs,
}


def run(name: str, reduced: bool = False) -> list[Row]:
    """Return the rows of an experiment.

    Raises
    ------
    ScalebookError
        If there is none of that name.
    """
    if name not in EXPERIMENTS:
        raise ScalebookError(
            f"There is no experiment '{name}'. Choose one of {', '.join(EXPERIMENTS)}."
        )
    rows = EXPERIMENTS[name](Bench(0.01 if reduced else 1.0))
    return [{"experiment": name, **row} for row in rows]
