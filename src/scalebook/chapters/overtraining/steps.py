"""What the wrong ratio of tokens to parameters costs: by a law, without one, and to known models.

Ratios are tokens per parameter over the optimum at equal compute, k; a cost is the factor of
compute lost, m.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from scalebook.chapters.common import ends, gpt4_active, printed, runs_of
from scalebook.chapters.overtraining.beyond import Beyond, far_runs
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.sweeps import FEWEST, Near, Suites, suites
from scalebook.errors import ScalebookError
from scalinglaws import fitting, registry
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import overtraining
from scalinglaws.runs import Runs
from scalinglaws.units import Floats

FAR = 20.0  # times the best ratio: from here on the law is set against measured runs
#: Ratios that the ways to the cost are compared at.
ASKED = (1 / 30, 1 / 10, 1 / 2, 2.0, 10.0, 30.0)
GPT4, PLAN = "GPT-4 (rumoured)", "trillion-parameter plan"
#: Models that are put on the curve.
MODELS = ("GPT-3", "Gopher", "MT-NLG", PLAN, "Chinchilla", "Llama 3.1 405B", GPT4, "AMD-Llama-135M")  # fmt: skip


@dataclass(frozen=True)
class Fitted:
    """The law fitted to the runs, and those of its resamples by which some ratio is optimal."""

    fit: fitting.Fit
    spread: ParametricLaw
    sound_share: float


def fit(p: Parameters) -> Fitted:
    """Fit the law to the runs, and to resamples of them.

    Raises
    ------
    ScalebookError
        If an exponent of the fit is not positive.
    """
    _, used = runs_of(p)
    found = _resampled(used, p.resamples, p.seed)
    law = found.fit.law
    if min(law.alpha, law.beta) <= 0:
        raise ScalebookError(
            f"overtraining: the fit of {used.name} has alpha {law.alpha:.3g} and beta {law.beta:.3g}; both must be positive, or no ratio is optimal. "
            "Give runs that cover a wider range of params and tokens."
        )
    return found


def _resampled(used: Runs, resamples: int, seed: int) -> Fitted:
    found = fitting.fit(used)
    draws = found.bootstrap(resamples, seed)
    sound = (draws.law.alpha > 0) & (draws.law.beta > 0)
    spread = replace(draws, values=draws.values[sound]).law
    return Fitted(found, spread, float(sound.mean()))


class Interval(NamedTuple):
    """A quantity by the fitted law, and the ends of its bootstrap interval."""

    value: float
    low: float
    high: float


def by_law(p: Parameters, found: Fitted, quantity: Callable[..., Floats], *of: ArrayLike) -> Interval:  # fmt: skip
    """Return a quantity by the fitted law, with its interval over the resamples.

    Parameters
    ----------
    p : Parameters
    found : Fitted
    quantity : callable
        Of a law and whatever else is given.
    """
    return Interval(float(quantity(found.fit.law, *of)), *ends(quantity(found.spread, *of), p.level))  # fmt: skip


@dataclass(frozen=True)
class Curve:
    """The cost against the ratio, by the law in closed form and by the rule of thumb.

    `check_worst` is how far the closed form is from a search for the cheapest run of the same loss,
    relative, at worst.
    """

    ratio: Floats
    law: Floats
    rule: Floats
    check_points: int
    check_worst: float


def curve(p: Parameters, found: Fitted) -> Curve:
    """Draw out the cost by the closed form, and check it against the law itself."""
    law, ratio, budget = found.fit.law, np.geomspace(p.ratio_low, p.ratio_high, 241), 1e22
    closed = overtraining.over_training_penalty(law, ratio)
    best = law.optimum(compute=budget)
    wrong = law.loss(best.params * ratio**-0.5, best.tokens * ratio**0.5)
    searched = budget / law.optimum(loss=wrong).compute
    rule = overtraining.power_rule(ratio, 1 / p.root)
    return Curve(ratio, closed, rule, len(ratio), float(np.max(np.abs(searched / closed - 1))))


def crossings(p: Parameters, found: Fitted) -> tuple[Interval, Interval]:
    """Return the ratios below and above 1 where the rule of thumb gives the law's cost."""
    rule = 1 / p.root
    return (by_law(p, found, lambda law: overtraining.crossings(law, rule)[0]),
            by_law(p, found, lambda law: overtraining.crossings(law, rule)[1]))  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """The cost at one ratio: by the law, and in each suite with enough runs there, without one.

    `drawn` is the law's, of its resamples.
    """

    law: Interval
    drawn: Floats
    suites: list[float]
    runs: int


def costs(p: Parameters, found: Fitted, measured: Suites) -> dict[float, Cost]:
    """Return the cost at the ratios `ASKED`, by law and measured."""
    result = {}
    for ratio in ASKED:
        law = by_law(p, found, overtraining.over_training_penalty, ratio)
        drawn = overtraining.over_training_penalty(found.spread, ratio)
        values, counts = zip(*measured.at(ratio).values(), strict=True)
        result[ratio] = Cost(law, drawn, [*values], sum(counts))
    return result


@dataclass(frozen=True)
class Own:
    """The law fitted to one suite; the cost at ten times the optimum by it, and as measured."""

    law: ParametricLaw
    by_law: Interval
    measured: float


def own_laws(p: Parameters, measured: Suites) -> dict[str, Own]:
    """Fit the law to each suite, and ask it for the cost at ten times the optimum."""
    at_10 = measured.at(10.0)
    fits = {name: _resampled(runs, 200, p.seed) for name, runs in measured.runs.items()}
    return {
        name: Own(found.fit.law, by_law(p, found, overtraining.over_training_penalty, 10.0), at_10[name][0])
        for name, found in fits.items()
    }  # fmt: skip


#: Sizes, over the best size for the same loss, whose price de Vries 2023 asks for.
SHARES = (0.3, 0.5)


@dataclass(frozen=True)
class Smaller:
    """What a model of a share of the best size takes for the loss of the best: law, and sweeps."""

    law: Interval
    drawn: Floats
    printed: float
    suites: list[float]


def smaller(p: Parameters, found: Fitted, measured: Suites, own: dict[str, Own]) -> dict[float, Smaller]:  # fmt: skip
    """Ask for the price of being smaller than best, at `SHARES`: fitted law, printed law, sweeps.

    A run of a sweep at k times the best ratio that took m times the compute has k^(-1/2) m^a times
    the size of the best run of its loss, where the best size goes as C^a; a is that of the law
    fitted to the sweep.
    """
    as_printed = registry.parametric("hoffmann2022-printed")
    sizes = {name: (k**-0.5 * m ** float(own[name].law.a), m) for name, (k, m) in measured.measured.items()}  # fmt: skip
    result = {}
    for share in SHARES:
        near = [overtraining.measured_at(*points, share) for points in sizes.values()]
        result[share] = Smaller(
            by_law(p, found, overtraining.size_penalty, share),
            overtraining.size_penalty(found.spread, share),
            float(overtraining.size_penalty(as_printed, share)),
            [cost for cost, runs in near if runs >= FEWEST],
        )
    return result


@dataclass(frozen=True)
class Placed:
    """A model on the curve: its size and data, its ratio over the optimum, and what it lost.

    By the law, and as the runs of the suites near that ratio did.
    """

    params: float
    tokens: float
    degree: Interval
    lost: Interval
    near: Near | None


def models(p: Parameters, found: Fitted, measured: Suites) -> dict[str, Placed]:
    """Place the models on the curve; GPT-4 by its active parameters, as if it were dense."""

    def place(name: str) -> Placed:
        size = _size(name)
        degree = by_law(p, found, overtraining.degree, *size)
        lost = by_law(p, found, penalty_of, *size)
        return Placed(*size, degree, lost, measured.near(degree.value))

    return {name: place(name) for name in MODELS}


def degree_of(params: float, tokens: float, scale: float, power: float) -> float:
    """Return tokens per parameter over the best at the same compute: how far off a model is.

    The best size for C = 6 N D is scale (N D)^power (Hoffmann et al. 2022, Eq 4), and the ratio
    D / N goes as one over the square of the size.
    """
    best: float = scale * (params * tokens) ** power
    return (best / params) ** 2


def wasted(lost: float) -> float:
    """Return the share of the compute that a multiplier lost stands for."""
    return 1 - 1 / lost


def _size(name: str) -> tuple[float, float]:
    if name == PLAN:
        return printed("narayanan2021.plan.params"), printed("narayanan2021.plan.tokens")
    model = registry.published_model(name)
    if name != GPT4:
        return model.params, model.tokens
    return gpt4_active(model.params), model.tokens


def penalty_of(law: ParametricLaw, params: ArrayLike, tokens: ArrayLike) -> Floats:
    """Return what a run of this size and data lost by its ratio."""
    return overtraining.over_training_penalty(law, overtraining.degree(law, params, tokens))


def plan() -> tuple[float, float]:
    """Return the days that the plan for a trillion parameters takes, and the tokens of its days."""
    machine, speed, days = (printed(f"narayanan2021.plan.{what}") for what in ("accelerators", "throughput", "days"))  # fmt: skip
    params, tokens = _size(PLAN)
    a_day = 86400 * machine * speed / (printed("narayanan2021.flop_per_param_token") * params)
    return tokens / a_day, days * a_day


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    fitted: Fitted
    curve: Curve
    crossings: tuple[Interval, Interval]
    suites: Suites
    costs: dict[float, Cost]
    own: dict[str, Own]
    smaller: dict[float, Smaller]
    beyond: Beyond
    models: dict[str, Placed]
    plan: tuple[float, float]


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    fitted, measured = fit(p), suites()
    own = own_laws(p, measured)
    return Found(
        fitted, curve(p, fitted), crossings(p, fitted), measured, costs(p, fitted, measured),
        own, smaller(p, fitted, measured, own), far_runs(), models(p, fitted, measured), plan(),
    )  # fmt: skip
