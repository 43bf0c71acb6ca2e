"""Published predictions of larger runs, made again where the runs are public."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import minimize_scalar

from scalebook.chapters.common import kept, printed
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.predictions.trials import suites
from scalinglaws.prediction.forecast import Forecast, Outlook
from scalinglaws.runs import Runs
from scalinglaws.units import Floats, training_flop

#: Training texts of Gadre et al. 2024 as people call them, and their suites: losses on C4.
CORPORA = {
    "RedPajama": "rpj@c4_val",
    "C4": "c4_original@c4_val",
    "RefinedWeb": "rw_original@c4_val",
}
#: Sizes and tokens per parameter of the five runs that Gadre et al. fitted (their Table 1).
FIVE = ((0.011e9, 20), (0.079e9, 20), (0.154e9, 20), (0.411e9, 20), (0.011e9, 320))
_LADDER, _FIRST = "bhagia2024-c4", 10.0  # it ends more than so many times below its targets


@dataclass(frozen=True)
class Tied:
    """Gadre's law: E + A/N^alpha + B/D^alpha, one exponent for size and data."""

    E: float
    A: float
    B: float
    alpha: float

    def loss(self, params: Floats, tokens: Floats) -> Floats:
        """Return it in nats per token."""
        return np.asarray(self.E + self.A * params**-self.alpha + self.B * tokens**-self.alpha)


def tied(runs: Runs) -> Tied:
    """Fit Gadre's law by least squares of the loss, as they did.

    Their Equation 4, E + (a M^eta + b M^-eta) C^-eta with M = D/N and C = 6 N D, is this law with
    alpha = 2 eta. At a given exponent the other constants are linear.
    """

    def solved(alpha: float) -> tuple[Floats, float]:
        columns = np.stack([np.ones(len(runs)), runs.params**-alpha, runs.tokens**-alpha], axis=1)
        scale = columns.max(axis=0)
        found = np.linalg.lstsq(columns / scale, runs.loss, rcond=None)[0] / scale
        return found, float(np.sum((columns @ found - runs.loss) ** 2))

    alpha = float(minimize_scalar(lambda a: solved(a)[1], bounds=(0.05, 1.0), method="bounded").x)
    E, A, B = map(float, solved(alpha)[0])
    return Tied(E, A, B, alpha)


@dataclass(frozen=True)
class Again:
    """Gadre's prediction made again on one of their training texts.

    `errors` are predicted over observed loss, less 1, and `ratios` the compute over that of all five
    runs that were fitted, by name of the run.
    """

    errors: dict[str, float]
    ratios: dict[str, float]


@kept  # no parameter changes it
def again() -> dict[str, Again]:
    """Fit Gadre's law to their five runs and predict the two largest runs of each training text."""
    found = {}
    for corpus, name in CORPORA.items():
        runs = suites()[name].runs
        near = [
            np.isclose(runs.params, size, rtol=0.05) & np.isclose(runs.tokens_per_param, ratio, rtol=0.05)
            for size, ratio in FIVE
        ]  # fmt: skip
        five = runs.take(np.array([int(np.flatnonzero(each)[0]) for each in near]))
        flop, law = np.asarray(training_flop(runs.params, runs.tokens)), tied(five)
        largest = np.argsort(flop)[-2:]
        told = law.loss(runs.params[largest], runs.tokens[largest]) / runs.loss[largest] - 1
        names = [f"{runs.params[i] / 1e9:.1f}B" for i in largest]
        ratios = flop[largest] / np.sum(training_flop(five.params, five.tokens))
        found[corpus] = Again(
            *(dict(zip(names, map(float, each), strict=True)) for each in (told, ratios))
        )
    return found


@dataclass(frozen=True)
class Made:
    """A run predicted by the library from runs of so many times less compute, and what came."""

    runs: int
    came: float
    told: Forecast

    @property
    def error(self) -> float:
        """Predicted over observed loss, less 1."""
        return self.told.loss / self.came - 1


@cache
def _fitted(name: str, count: int) -> Outlook:
    """Fit so many of the smallest runs of a suite, once for all targets and levels."""
    runs = suites()[name].runs
    order = np.argsort(training_flop(runs.params, runs.tokens), kind="stable")
    return Outlook(runs.take(np.sort(order[:count])))


def made(name: str, factor: float, place: int, level: float) -> Made:
    """Predict the run that is so many from the largest of a suite, from runs so much smaller."""
    runs = suites()[name].runs
    flop = np.asarray(training_flop(runs.params, runs.tokens))
    target = int(np.argsort(flop)[-place])
    smaller = int(np.sum(flop <= flop[target] / factor))
    told = _fitted(name, smaller).forecast(
        params=float(runs.params[target]), tokens=float(runs.tokens[target]), level=level
    )
    return Made(smaller, float(runs.loss[target]), told)


@dataclass(frozen=True)
class Promised:
    """Published predictions made again: Gadre's by their law and by ours, and the ladder's losses.

    `gadre` and `ladder` have the library's predictions by name of the run; `ladder` those from all
    smaller runs, `hundredth` those from a hundredth of the compute.
    """

    again: dict[str, Again]
    gadre: dict[str, Made]
    ladder: dict[str, Made]
    hundredth: dict[str, Made]


def take(p: Parameters) -> Promised:
    """Make the published predictions again."""
    rpj, less, hundred = CORPORA["RedPajama"], stated()["gadre"], stated()["ladder"]
    targets = {"7B": 2, "13B": 1}
    return Promised(
        again(),
        {"1.4B": made(rpj, less, 1, p.level), "6.9B": made(rpj, less, 2, p.level)},
        {name: made(_LADDER, _FIRST, place, p.level) for name, place in targets.items()},
        {name: made(_LADDER, hundred, place, p.level) for name, place in targets.items()},
    )


def stated() -> dict[str, float]:
    """Return what the published predictions promised, and from how many times less compute."""
    return {
        "gpt4_loss": printed("openai2023.loss.compute_ratio"),
        "gpt4_capability": printed("openai2023.capability.compute_ratio"),
        "deepseek": printed("bi2024.prediction.compute_ratio"),
        "gadre": printed("gadre2024.compute_ratio"), "gadre_error": printed("gadre2024.error.1.4B"),
        "ladder": 1 / printed("bhagia2024.compute_share"), "points": printed("bhagia2024.points"),
    }  # fmt: skip
