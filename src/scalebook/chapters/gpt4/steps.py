"""GPT-4's tokens per parameter from a rumour, and those of a far larger run, step by step.

Every step follows a comment by Vladimir Nesov on harsimony 2025, and looks up what its sources give.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalebook.chapters import sweeps
from scalebook.chapters.common import kept, printed, stated
from scalebook.chapters.gpt4.mixtures import Mixtures, tried
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.repetition import PAPERS_DECAY
from scalebook.show.numbers import sci
from scalinglaws import fitting, laws, reading, registry
from scalinglaws.optimum import experts, overtraining, repetition
from scalinglaws.supply.uncertain import Distribution, Summary, Swing, fixed, sample, summarise
from scalinglaws.supply.uncertain import tornado as swings_of
from scalinglaws.units import Floats

#: Shares of idle experts that Nesov names: one of eight in use, and one of thirty-two.
EIGHTH, THIRTY_SECOND = 7 / 8, 31 / 32
#: The claims on the factors that belong to them.
STATED = {EIGHTH: "n-moe-3x", THIRTY_SECOND: "n-moe-6x"}
#: Dense laws by which the cost of under-training is computed.
DENSE = {"Chinchilla refit": "besiroglu2024", "Hoffmann et al.": "hoffmann2022",
         "Muennighoff et al., fresh data": "muennighoff2023"}  # fmt: skip
RULE = "rule of thumb, cube root"
#: Draws for which the cost by the sparse law is computed: it takes a root for each, the others none.
SPARSE_DRAWS = 2000
#: Budgets (FLOP) over which the factor for sparsity is followed, and passes for that of repetition.
BUDGETS, PASSES = np.geomspace(1e18, 1e26, 81), np.geomspace(1, 1000, 241)


@dataclass(frozen=True)
class Estimate:
    """GPT-4 as the rumour has it: active parameters, tokens, their ratio, and the optimal ones.

    `dense` is the optimal ratio of a dense model with this compute, `optimum` that of the mixture.
    """

    active: Floats
    tokens: Floats
    ratio: Floats
    dense: Floats
    optimum: Floats
    under: Floats


def estimate(p: Parameters, given: Mapping[str, Floats] | None = None) -> Estimate:
    """Follow Nesov's comment from the rumour to the degree of under-training.

    Parameters
    ----------
    p : Parameters
    given : mapping, optional
        Other values of some inputs, such as draws; of one shape.

    Returns
    -------
    Estimate
        ``under`` is the optimal over the actual tokens per active parameter: above 1, too few.
    """
    v: Mapping[str, Floats] = {**vars(p), **(given or {})}
    active = experts.active_params(v["total_params"], p.experts, p.active_experts, v["shared_params"])  # fmt: skip
    ratio = experts.trained_ratio(v["compute"], active)
    dense = experts.scaled_ratio(v["dense_ratio"], v["ratio_growth"], v["compute"], p.dense_compute)
    optimum = with_experts(dense, v["sparsity_factor"])
    return Estimate(active, active * ratio, ratio, dense, optimum, shortfall(optimum, ratio))


# Formulas with operators alone, which the page's figure computes too.


def with_experts(dense: Floats, factor: Floats) -> Floats:
    """Return the best tokens per active parameter of a mixture, from those of a dense model."""
    return dense * factor


def shortfall(optimum: Floats, ratio: Floats) -> Floats:
    """Return how many times too few tokens there are; below 1, too many."""
    return optimum / ratio


@kept
def small_law() -> laws.ParametricLaw:
    """Return the law that the chapter on over-training fits to Chinchilla's runs, by default."""
    outliers = int(printed("besiroglu2024.runs") - printed("besiroglu2024.runs.fitted"))
    runs = reading.read_runs("hoffmann2022_runs").without_highest(outliers)
    law: laws.ParametricLaw = fitting.fit(runs).law
    return law


def small_optimum(p: Parameters) -> float:
    """Return the best tokens per parameter at this compute by a law fitted to small dense runs."""
    return float(small_law().optimum(compute=p.compute).tokens_per_param)


def small_growth() -> float:
    """Return the power of compute that the best tokens per parameter grow with, by that law."""
    law = small_law()
    return float((law.alpha - law.beta) / (law.alpha + law.beta))


def near_small(degree: float) -> sweeps.Near | None:
    """Return what the runs of the chapter on over-training took near a ratio over the best."""
    return sweeps.suites().near(degree)


@dataclass(frozen=True)
class Spread:
    """A quantity with all of its inputs uncertain, and what decides it."""

    inputs: dict[str, Distribution]
    drawn: dict[str, Floats]
    summary: dict[str, Summary]
    swings: tuple[Swing, ...]


def uncertain(p: Parameters, value: float, off: float) -> Distribution:
    """Return a quantity that may be off by a factor either way, at the level of the ranges."""
    if off <= 1 or value <= 0:
        return fixed(value)
    return Distribution(value / off, value * off, p.range_level)


def uncertainty(p: Parameters) -> Spread:
    """Draw all inputs of the estimate from their ranges."""
    off = {"compute": p.compute_off, "total_params": p.total_off, "shared_params": p.shared_off,
           "dense_ratio": p.dense_off, "ratio_growth": p.growth_off, "sparsity_factor": p.sparsity_off}  # fmt: skip
    inputs = {name: uncertain(p, getattr(p, name), factor) for name, factor in off.items()}
    given = sample(inputs, p.draws, p.seed)
    given["shared_params"] = np.minimum(given["shared_params"], given["total_params"])
    return _spread(p, inputs, vars(estimate(p, given)), lambda v: estimate(p, v).under)


def _spread(p: Parameters, inputs: dict[str, Distribution], found: Mapping[str, Floats], of: Callable[[Mapping[str, Floats]], Floats]) -> Spread:  # fmt: skip
    drawn = {name: np.broadcast_to(values, (p.draws,)) for name, values in found.items()}
    summary = {name: summarise(values, p.level) for name, values in drawn.items()}
    return Spread(inputs, drawn, summary, swings_of(of, inputs, p.range_level))


def share_under(spread: Spread) -> float:
    """Return the share of the draws that are under-trained."""
    return float(np.mean(spread.drawn["under"] > 1))


def costs(p: Parameters, under: float, drawn: Floats) -> dict[str, tuple[float, Summary]]:
    """Return the compute that this under-training loses, by rule and law, with its draws."""
    found: dict[str, Sequence[Floats]] = {RULE: [overtraining.power_rule(k) for k in (under, drawn)]}  # fmt: skip
    for label, name in DENSE.items():
        law = registry.parametric(name)
        found[label] = [overtraining.over_training_penalty(law, 1 / k) for k in (under, drawn)]
    budgets = p.sparse_compute_low, p.sparse_compute_high
    idle = experts.sparsity(p.experts, p.active_experts)
    some = np.append(under, drawn[:SPARSE_DRAWS])
    lost = experts.over_training_penalty(abnar(), np.array(budgets)[:, None], idle, 1 / some)
    for budget, (point, *values) in zip(budgets, lost, strict=True):
        found[sparse_name(budget)] = point, np.array(values)
    return {name: (float(point), summarise(values, p.level)) for name, (point, values) in found.items()}  # fmt: skip


def sparse_name(budget: float) -> str:
    """Return what the cost by the sparse law at a budget is called."""
    return f"sparse law at {sci(budget, 1)} FLOP"


def abnar() -> laws.SparseLaw:
    """Return the law of Abnar et al. for mixtures of experts."""
    return registry.of_kind("abnar2025", laws.SparseLaw)


def llama_ratio(law: laws.PowerAllocation, compute: ArrayLike) -> Floats:
    """Return the optimal tokens per parameter by Llama 3's power law of tokens."""
    ratio: Floats = 6 * law.tokens(compute) ** 2 / np.asarray(compute)
    return ratio


@dataclass(frozen=True)
class Llama:
    """Llama 3's optimum for dense models, as far as its printed digits fix it.

    `text` and `label` are the power laws in the paper's text and in its figure, `corners` those at
    the ends of the text's rounding; the numbers are tokens per parameter.
    """

    text: laws.PowerAllocation
    label: laws.PowerAllocation
    corners: list[laws.PowerAllocation]
    llama_optimum: float
    llama_trained: float
    llama_text: float
    llama_figure: float
    llama_low: float
    llama_high: float
    llama_rounded: float


def llama(p: Parameters) -> Llama:
    """Look up Llama 3's optimum: as stated, as trained, and by the printed constants."""
    text, label = (registry.of_kind(name, laws.PowerAllocation) for name in ("llama3", "llama3-figure"))  # fmt: skip
    b, d = text.b, float(text.tokens(1.0))
    half = (-0.005, 0.005)
    corners = [laws.PowerAllocation(1 - b - x, b + x, None, d + y) for x in half for y in half]
    rounded = [float(llama_ratio(law, p.dense_compute)) for law in corners]
    trained = printed("llama3.trained.params")
    return Llama(
        text, label, corners,
        printed("llama3.optimum.tokens") / printed("llama3.optimum.params"),
        printed("llama3.trained.tokens") / trained,
        float(llama_ratio(text, p.dense_compute)), float(llama_ratio(label, p.dense_compute)),
        min(rounded), max(rounded), printed("llama3.tokens.rounded") / trained,
    )  # fmt: skip


@dataclass(frozen=True)
class Sparsity:
    """The factor for sparsity by the law of Abnar et al., by the share of idle experts.

    Three values each, at the lowest, middle and highest budget of the parameters; `wide` over the
    budgets of Llama 3's profiles, `at` the budget where the law has what Nesov states. `own` is
    the factor at the parameters' own share and their middle budget.
    """

    factors: dict[float, Floats]
    multipliers: dict[float, Floats]
    budgets: Floats
    wide: dict[float, Floats]
    at: dict[float, float]
    own: float


def sparsity(p: Parameters) -> Sparsity:
    """Ask the printed law how far sparsity raises the optimal ratio, and what it saves."""
    idle = float(experts.sparsity(p.experts, p.active_experts))
    return _sparsity(p.sparse_compute_low, p.sparse_compute_high, idle)


# Of use in a sweep, of which most runs have the same two budgets and experts.
@kept
def _sparsity(low: float, high: float, own: float) -> Sparsity:
    three, idle = np.array([low, math.sqrt(low * high), high]), np.array([*STATED])[:, None]
    factors = experts.ratio_factor(abnar(), three, idle)
    multipliers = experts.compute_multiplier(abnar(), three, idle)
    budgets, wide, at = _elsewhere()
    middle = float(experts.ratio_factor(abnar(), three[1], own))
    return Sparsity(_by_idle(factors), _by_idle(multipliers), budgets, _by_idle(wide), at, middle)


def _by_idle(rows: Floats) -> dict[float, Floats]:
    return dict(zip(STATED, rows, strict=True))


@kept
def _elsewhere() -> tuple[Floats, Floats, dict[float, float]]:
    """Return what of `Sparsity` no parameter changes: `budgets`, `wide` and `at`."""
    low, high = printed("llama3.isoflop.smallest"), printed("llama3.isoflop.largest")
    budgets = np.geomspace(low, high, 41)
    idle = np.array([*STATED])[:, None]
    falling = _by_idle(-experts.ratio_factor(abnar(), BUDGETS, idle))
    at = {each: float(np.exp(np.interp(-stated(claim), falling[each], np.log(BUDGETS)))) for each, claim in STATED.items()}  # fmt: skip
    return budgets, experts.ratio_factor(abnar(), budgets, idle), at


@dataclass(frozen=True)
class Pair:
    """A dense optimum and a factor for experts, and what GPT-4 would have been by them."""

    dense: float
    factor: float
    best: float
    under: float


def pairs(p: Parameters, e: Estimate, dense: Llama, sparse: Sparsity) -> dict[str, Pair]:
    """Combine the sources of the best ratio, all at GPT-4's compute.

    Nesov's two numbers; his dense one with the printed law's factor midway; his factor with Llama
    3's two printed formulas; and the law of the chapter on over-training, which knows no experts.
    """
    text, label = (float(llama_ratio(law, p.compute)) for law in (dense.text, dense.label))
    sources = {
        "nesov": (float(e.dense), p.sparsity_factor), "midway": (float(e.dense), sparse.own),
        "text": (text, p.sparsity_factor), "label": (label, p.sparsity_factor),
        "small": (small_optimum(p), 1.0),
    }  # fmt: skip
    ratio = float(e.ratio)
    return {
        name: Pair(dense_ratio, factor, dense_ratio * factor, dense_ratio * factor / ratio)
        for name, (dense_ratio, factor) in sources.items()
    }


def repetition_factor(p: Parameters, passes: ArrayLike, decay: str = PAPERS_DECAY) -> Floats:  # fmt: skip
    """Return how far repeating the unique tokens raises the optimal ratio, by Muennighoff's law."""
    each = tuple(np.ravel(passes))
    return _repetition_factor(p.unique_tokens, each, decay).reshape(np.shape(passes))


@kept
def _repetition_factor(unique: float, passes: tuple[float, ...], decay: str) -> Floats:
    law = repetition.published("muennighoff2023", decay)
    spent = repetition.best_runs(law, unique, passes)
    return np.asarray(spent.tokens_per_param / law.fresh.optimum(compute=spent.compute).tokens_per_param)  # fmt: skip


@dataclass(frozen=True)
class Later:
    """The later run: its optimal ratio factor by factor, and what it takes.

    `implied` is the factor for repetition that Nesov's ratio needs, `implied_epochs` the
    passes that give it (nan: none), `without` the ratio before repetition, `product` with it.
    """

    scale_factor: float
    without: float
    implied: float
    implied_epochs: float
    repetition_factor: float
    product: float
    later_active: float
    later_total: float
    later_tokens: float
    seen: float
    worth: float
    share_active: float


def later(p: Parameters) -> Later:
    """Carry the factors to the later run, and spend its compute at Nesov's ratio."""
    scale = float(experts.scaled_ratio(1.0, p.ratio_growth, p.later_compute, p.dense_compute))
    without = p.dense_ratio * scale * p.later_sparsity_factor
    by_law = float(repetition_factor(p, p.epochs))
    rising, implied = repetition_factor(p, PASSES), p.later_ratio / without
    within = rising[0] <= implied <= rising[-1]
    found = float(np.exp(np.interp(implied, rising, np.log(PASSES)))) if within else math.nan
    share = 1 - float(experts.sparsity(p.later_experts, p.later_active_experts))
    active, tokens = map(float, experts.spend(p.later_compute, p.later_ratio))
    worth = float(repetition.published().decay.value(p.epochs)) * p.unique_tokens
    return Later(
        scale, without, implied, found, by_law, without * by_law, active, active / share, tokens,
        p.unique_tokens * p.epochs, worth, share,
    )  # fmt: skip


def later_uncertainty(p: Parameters, run: Later) -> Spread:
    """Draw the factors of the later run's ratio, and spend its compute at each draw."""
    inputs = {
        "dense_ratio": uncertain(p, p.dense_ratio, p.dense_off),
        "ratio_growth": uncertain(p, p.ratio_growth, p.growth_off),
        "sparsity": uncertain(p, p.later_sparsity_factor, p.later_sparsity_off),
        "repetition": uncertain(p, run.repetition_factor, p.repetition_off),
    }

    def ratio_of(v: Mapping[str, Floats]) -> Floats:
        grown = experts.scaled_ratio(v["dense_ratio"], v["ratio_growth"], p.later_compute, p.dense_compute)  # fmt: skip
        return np.asarray(grown * v["sparsity"] * v["repetition"])

    ratio = ratio_of(sample(inputs, p.draws, p.seed + 1))
    active, tokens = experts.spend(p.later_compute, ratio)
    drawn = {"ratio": ratio, "active": active, "total": active / run.share_active, "tokens": tokens}
    return _spread(p, inputs, drawn, ratio_of)


def exercises(p: Parameters, found: Estimate) -> dict[str, float]:
    """Return the answers to the exercises, by the names that they are recorded under."""
    shared = min(2 * p.shared_params, p.total_params)
    twice = float(experts.active_params(p.total_params, p.experts, p.active_experts, shared))
    half_active, half_tokens = map(float, experts.spend(p.later_compute, p.later_ratio / 2))
    return {
        "twice_shared_active": twice, "twice_shared_ratio": p.compute / (6 * twice**2),
        "right_dense": float(found.ratio / (found.optimum / p.dense_ratio)),
        "half_active": half_active, "half_tokens": half_tokens,
    }  # fmt: skip


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    estimate: Estimate
    spread: Spread
    costs: dict[str, tuple[float, Summary]]
    llama: Llama
    sparsity: Sparsity
    mixtures: Mixtures
    pairs: dict[str, Pair]
    near: sweeps.Near | None
    later: Later
    later_spread: Spread


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    rumoured, spread, run = estimate(p), uncertainty(p), later(p)
    lost = costs(p, float(rumoured.under), spread.drawn["under"])
    dense, sparse = llama(p), sparsity(p)
    budgets = np.geomspace(p.sparse_compute_low, p.sparse_compute_high, 3)
    sources = pairs(p, rumoured, dense, sparse)
    return Found(
        rumoured, spread, lost, dense, sparse, tried(abnar(), budgets), sources,
        near_small(1 / sources["small"].under), run, later_uncertainty(p, run),
    )  # fmt: skip
