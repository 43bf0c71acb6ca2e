"""A scaling law in four runs: their size, data, compute and loss, and a law fitted to small runs.

The runs are those of Gadre et al. 2024 on RedPajama, judged on C4: a model of each of six sizes at
20 tokens per parameter, the smaller ones with fewer and more as well.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

import scalinglaws as sl
from scalebook.chapters.common import printed, sound
from scalebook.chapters.parameter import Parameters
from scalinglaws.fitting import isoflop
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum.transformer import Shape
from scalinglaws.registry import published_model
from scalinglaws.runs import Runs
from scalinglaws.units import FLOP_PER_PARAM_TOKEN, Floats, training_flop

TABLE, SUITE = "gadre2024", "rpj@c4_val"
#: Tokens per parameter of the runs that differ in size alone.
RATIO = 20.0
#: Which of their six sizes are shown.
FOUR = (0, 1, 3, 5)
#: A sweep of many sizes at equal compute, and some of its budgets, FLOP.
SWEEP, BUDGETS = "marin-dclm", (3e18, 3e19, 3e20)
#: Models whose compute is set against what their papers report.
MODELS = ("GPT-3", "Chinchilla", "PaLM", "Llama 3.1 405B")


def flop(params: float, tokens: float) -> float:
    """Return the compute of a run, FLOP."""
    return 6 * params * tokens


def each(tokens: float, params: float) -> float:
    """Return tokens per parameter."""
    return tokens / params


def term(x: float, scale: float, exponent: float) -> float:
    """Return a term of the law, which falls as a power."""
    falls: float = scale * x**-exponent
    return falls


def total(floor: float, size: float, data: float) -> float:
    """Return the loss: what is left however large, and two terms."""
    return floor + size + data


def choices(loss: float) -> float:
    """Return among how many equally likely tokens a guess would be as hard: e to the loss."""
    among: float = 2.718281828459045**loss
    return among


def runs() -> Runs:
    """Read all runs of the suite."""
    return sl.table(TABLE, suite=SUITE)


def sizes(every: Runs) -> Runs:
    """Return the runs at one ratio of tokens to parameters, the smallest first."""
    alike = every.take(np.abs(every.tokens_per_param / RATIO - 1) < 0.05)
    return alike.take(np.argsort(alike.params))


@dataclass(frozen=True)
class Foretold:
    """The largest run as foretold by the smaller ones, and as it came out.

    Attributes
    ----------
    law : ParametricLaw
        Of Chinchilla's form, fitted to the runs up to some size.
    fitted : int
        How many they are.
    params, tokens, loss : float
        Of the largest run.
    told, low, high : float
        What the law says of it, and the ends of the calibrated band, nats per token.
    slope, height : float
        Of the straight line through the smaller ones of one ratio: log loss against log compute.
    """

    law: ParametricLaw
    fitted: int
    params: float
    tokens: float
    loss: float
    told: float
    low: float
    high: float
    slope: float
    height: float

    def straight(self, compute: ArrayLike) -> Floats:
        """Return the loss on the straight line, nats per token."""
        return np.asarray(np.exp(self.height + self.slope * np.log(compute)))[()]


def foretell(p: Parameters, every: Runs) -> Foretold:
    """Fit the law and the line to the smaller runs, and ask both for the largest."""
    small = every.take(every.params <= p.largest)
    law = sound(sl.fit(small, form="chinchilla", error="huber")).law
    last = sizes(every).take(np.array([-1]))
    params, tokens, loss = (float(x[0]) for x in (last.params, last.tokens, last.loss))
    told = sl.predict(small, params=params, tokens=tokens, level=p.level)
    assert told.low is not None  # within the reach of the band, by the bounds of the parameters
    assert told.high is not None
    line = sizes(small)
    slope, height = np.polyfit(np.log(line.flop), np.log(line.loss), 1)
    return Foretold(law, len(small), params, tokens, loss, float(law.loss(params, tokens)), told.low, told.high, float(slope), float(height))  # fmt: skip


@dataclass(frozen=True)
class Valley:
    """Runs of one budget, and the parabola through the lowest of them.

    `best` is the size at its lowest point, parameters; `curve` gives its loss by size.
    """

    budget: float
    runs: Runs
    best: float
    curve: Callable[[ArrayLike], Floats]

    def ratio(self, params: ArrayLike) -> Floats:
        """Return tokens per parameter at sizes between those of the runs.

        Between the runs, since their authors count compute otherwise than 6ND.
        """
        order = np.argsort(self.runs.params)
        known = np.log(self.runs.params[order]), np.log(self.runs.tokens_per_param[order])
        return np.asarray(np.exp(np.interp(np.log(params), *known)))[()]

    @property
    def best_ratio(self) -> float:
        """Tokens per parameter at the lowest point."""
        return float(self.ratio(self.best))


def valleys() -> list[Valley]:
    """Read the runs of some budgets of a sweep, and find the lowest point of each."""
    found = isoflop.profiles(sl.read_runs(SWEEP), minimum="window")
    places = [int(np.argmin(np.abs(np.log(found.compute / budget)))) for budget in BUDGETS]
    return [
        Valley(float(found.compute[k]), found.runs.take(found.group == k), float(found.params[k]), partial(found.curve, k))
        for k in places
    ]  # fmt: skip


def counted() -> tuple[float, Shape]:
    """Return the FLOP per parameter and token of GPT-3, attention counted, and its shape."""
    shape = Shape(*(int(printed(f"brown2020.{name}")) for name in ("n_layer", "d_model", "n_ctx")))
    params = printed("brown2020.params")
    return float(shape.training_flop(1.0, params)) / params, shape


def trade() -> float:
    """Return the compute of 20B parameters on 40% of a corpus over that of 200B on 4%."""
    return float(training_flop(20e9, 0.40) / training_flop(200e9, 0.04))


def reported() -> dict[str, tuple[float, float]]:
    """Return the compute that papers report, and 6ND, by model; FLOP."""
    found = {}
    for name in MODELS:
        model = published_model(name)
        found[name] = model.flop, FLOP_PER_PARAM_TOKEN * model.params * model.tokens
    return found


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    runs: Runs
    sizes: Runs
    foretold: Foretold
    valleys: list[Valley]

    @property
    def four(self) -> Runs:
        """The four runs that are shown."""
        return self.sizes.take(np.array(FOUR))


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    every = runs()
    return Found(every, sizes(every), foretell(p, every), valleys())
