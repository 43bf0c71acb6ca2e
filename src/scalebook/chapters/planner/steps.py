"""Plans from a machine and a deadline, forwards and backwards, step by step."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from scalebook.chapters import foresight
from scalebook.chapters.common import gpt4_active, printed
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner import fits, hoffmann, ratios
from scalebook.chapters.planner.fits import LLAMA_FIGURE, LLAMA_TEXT, Refit
from scalebook.errors import ScalebookError
from scalebook.show import frames
from scalinglaws import fitting, registry, units
from scalinglaws.balance import Allocation
from scalinglaws.laws import ParametricLaw, PowerAllocation
from scalinglaws.optimum import dense, machine
from scalinglaws.optimum.machine import Machine
from scalinglaws.optimum.overtraining import over_training_penalty
from scalinglaws.optimum.transformer import Shape
from scalinglaws.prediction.forecast import Forecast
from scalinglaws.units import Floats

#: The notes' machines, by what they are called: FLOP/s at peak, and the time.
FIRST, SECOND = "1 EFLOP/s, 64 days", "10 EFLOP/s, 3 months"
NOTES = {FIRST: (1e18, "64 days"), SECOND: (1e19, "three months")}


@dataclass(frozen=True)
class Budgets:
    """Training compute, FLOP, and the ends of the utilisations (shares of a peak) reported.

    `by_basis` has it by what it follows from, `notes` that of the notes' machines at their peak.
    """

    by_basis: dict[str, float]
    notes: dict[str, float]
    planned: float
    share_low: float
    share_high: float


def budgets(p: Parameters) -> Budgets:
    """Turn the machine, the money and the energy into compute."""
    owned, hired = Machine(p.peak, p.utilisation), Machine(p.accelerator, p.utilisation)
    by_basis = {
        "machine": float(machine.from_machine(owned, p.days * machine.SECONDS_PER_DAY)),
        "cost": float(machine.from_cost(hired, p.cost, p.price)),
        "energy": float(machine.from_energy(hired, p.energy, p.power)),
        "compute": p.compute,
    }
    notes = {name: float(machine.from_machine(Machine(peak, 1.0), machine.duration(time)))
             for name, (peak, time) in NOTES.items()}  # fmt: skip
    one, two = printed("thoppilan2022.utilization"), printed("chowdhery2022.utilisation")
    llama = registry.printed("grattafiori2024.utilisation")
    low, high = min(one, two, llama.low), max(one, two, llama.high)
    return Budgets(by_basis, notes, by_basis[p.basis], low, high)


def tokens_from_constant() -> dict[str, tuple[float, float]]:
    """Return, by what k is, FLOP per token and GPT-3's tokens C / k: right, and upside down."""
    gpt3 = registry.published_model("GPT-3")
    right = float(units.training_flop(gpt3.params, 1.0))
    named = {"k = 6N": right, "k = 1/(6N), as in the notes": 1 / right}
    return {name: (k, gpt3.flop / k) for name, k in named.items()}


def expected(p: Parameters, found: Budgets, refit: Refit) -> Forecast | None:
    """Return what the runs predict of the best run of the chosen budget."""
    return foresight.expected(refit.used, p.level, compute=found.planned)


def plan(found: Budgets, refit: Refit) -> dict[str, Allocation]:
    """Return the best use of the chosen budget by law."""
    return {name: fits.best(law, found.planned) for name, law in refit.laws.items()}


@dataclass(frozen=True)
class Backwards:
    """The compute, FLOP, at which a loss is reached, a size is the best, a corpus is used up.

    Attributes
    ----------
    by_law : dict of list
        The three by law; infinite for the loss where the law has none, or has its floor above it.
    intervals : list of tuple
        Those of our fit; infinite where resamples put the loss out of reach.
    target_nats : float
        The loss, nats per token.
    """

    by_law: dict[str, list[float]]
    intervals: list[tuple[float, float]]
    target_nats: float


def backwards(p: Parameters, refit: Refit) -> Backwards:
    """Plan from a loss, a size and a corpus.

    Raises
    ------
    ScalebookError
        If the loss is not above the floor of our fit.
    """
    target = target_loss(p, refit)
    givens = {"loss": target, "params": p.given_params, "tokens": p.given_tokens}
    by_law = {name: [float(fits.compute_for(law, *each)) for each in givens.items()] for name, law in refit.laws.items()}  # fmt: skip
    intervals, tails = [], (1 - p.level) / 2
    for draws in (fits.compute_for(refit.draws, *each) for each in givens.items()):
        # Not interpolated: between a number and infinity there is nothing.
        low, high = np.quantile(draws, (tails, 1 - tails), method="inverted_cdf")
        intervals.append((float(low), float(high)))
    return Backwards(by_law, intervals, target)


def target_loss(p: Parameters, refit: Refit) -> float:
    """Return the loss to plan for, nats per token: the one given, or Chinchilla's by our fit."""
    chinchilla = registry.published_model("Chinchilla")
    target = p.target_loss or float(refit.law.loss(chinchilla.params, chinchilla.tokens))
    if target <= refit.law.E:
        raise ScalebookError(
            f"planner: parameter 'target_loss' is {p.target_loss:g} nats per token; expected more than {refit.law.E:.4f}, the "
            "irreducible loss of the fitted law, which no compute reaches, and at most 20; or 0."
        )
    return float(target)


@dataclass(frozen=True)
class OverTrained:
    """AMD's run by one law: the best run at its compute, and how far it is from that.

    `over` is its tokens per parameter over the best, `penalty` its compute over what the cheapest
    run of the same loss takes; all may be arrays.
    """

    best: Allocation
    over: Floats
    penalty: Floats


@dataclass(frozen=True)
class Amd:
    """AMD-135M's run: its machine, its compute, and the run against the optimum by law.

    Attributes
    ----------
    per_node, peak : float
        Accelerators in a node, and FLOP/s of one.
    compute, machine_compute : float
        FLOP of 6ND, and of the machine at its peak.
    share, share_attention : float
        Share of the peak, and with attention, which adds a share of `attention` to 6ND.
    most, ratio : float
        Tokens at the peak, and tokens per parameter.
    by_law : dict of OverTrained
    draws : OverTrained
        By the resamples.
    """

    per_node: float
    peak: float
    compute: float
    machine_compute: float
    share: float
    attention: float
    share_attention: float
    most: float
    ratio: float
    by_law: dict[str, OverTrained]
    draws: OverTrained


def amd(refit: Refit) -> Amd:
    """Do the arithmetic of AMD's announcement, and hold the run against the optimum."""
    model = registry.published_model("AMD-Llama-135M")
    names = ("nodes", "accelerators_per_node", "peak", "days", "n_layer", "d_model", "n_ctx")
    nodes, per_node, peak, days, *shape = (printed(f"amd2024.{name}") for name in names)
    machine_peak, seconds = nodes * per_node * peak, days * machine.SECONDS_PER_DAY
    compute = float(units.training_flop(model.params, model.tokens))
    attention = float(Shape(*map(int, shape)).attention_share(model.params))
    share = float(machine.utilisation(compute, machine_peak, seconds))
    whole = float(machine.from_machine(Machine(machine_peak, 1.0), seconds))
    most, ratio = float(units.tokens_from_flop(whole, model.params)), model.tokens / model.params
    by_law = {name: over_trained(law, compute, ratio) for name, law in refit.surfaces.items()}
    return Amd(per_node, peak, compute, whole, share, attention, share * (1 + attention), most, ratio, by_law,
               over_trained(refit.draws, compute, ratio))  # fmt: skip


def over_trained(law: ParametricLaw, compute: float, ratio: float) -> OverTrained:
    """Return how far a run of `ratio` tokens per parameter is from the best by a law."""
    best = dense.optimal(law, compute)
    over = ratio / best.tokens_per_param
    return OverTrained(best, over, over_training_penalty(law, over))


@dataclass(frozen=True)
class Llama:
    """Llama 3's optimum as stated, and by the constants printed for it.

    `ranges` is what the rounding of the constants allows for the tokens, by law, and
    `llama_implied_b` the exponent that gives the tokens stated.
    """

    ranges: dict[str, tuple[float, float]]
    llama_compute: float
    llama_tokens: float
    llama_params: float
    llama_text_tokens: float
    llama_figure_tokens: float
    llama_implied_b: float


def llama() -> Llama:
    """Ask the printed constants for the optimum that the paper states."""
    names = ("compute", "tokens", "params")
    compute, tokens, params = (printed(f"llama3.optimum.{name}") for name in names)
    text, figure = fits.power(LLAMA_TEXT), fits.power(LLAMA_FIGURE)

    def rounded(law: PowerAllocation, half: float) -> tuple[float, float]:
        low, high = ((law.tokens(1.0) + x) * compute ** (law.b + x) for x in (-half, half))
        return float(low), float(high)

    ranges = {LLAMA_TEXT: rounded(text, 0.005), LLAMA_FIGURE: rounded(figure, 0.0005)}
    return Llama(ranges, compute, tokens, params, float(text.tokens(compute)), float(figure.tokens(compute)),
                 float(np.log(tokens / text.tokens(1.0)) / np.log(compute)))  # fmt: skip


@dataclass(frozen=True)
class Models:
    """Published models against the optimum of our fit.

    Attributes
    ----------
    table : DataFrame
        One row a model, by name: ``tokens``, ``size`` (of mixtures of experts the active
        parameters), ``mixture``.
    params, low, high : ndarray, shape (60,)
        Sizes, and the interval of the tokens for which each is optimal.
    below, above : list of str
        Models with fewer tokens than that interval, and with more.
    """

    table: Any
    params: Floats
    low: Floats
    high: Floats
    below: list[str]
    above: list[str]


def models(p: Parameters, refit: Refit) -> Models:
    """Place the published models beside the path of the best size and data."""
    table = frames.load("models").set_index("model")
    table, rumour = table[table.tokens.notna()], "GPT-4 (rumoured)"
    table.loc[rumour, "active_params"] = gpt4_active(table.params[rumour])
    active = table.active_params
    table = table.assign(size=active.fillna(table.params), mixture=active.notna())
    params = np.geomspace(3e7, 1e13, 60)
    draws = dense.given_params(refit.draws, params[:, None]).tokens
    low, high = fitting.interval(draws.T, p.level)
    below = table.tokens < np.interp(table["size"], params, low)
    above = table.tokens > np.interp(table["size"], params, high)
    return Models(table, params, low, high, [*table.index[below]], [*table.index[above]])


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    budgets: Budgets
    constant: dict[str, tuple[float, float]]
    refit: Refit
    plan: dict[str, Allocation]
    expected: Forecast | None
    backwards: Backwards
    amd: Amd
    columns: hoffmann.Columns
    multiples: hoffmann.Multiples
    llama: Llama
    trend: ratios.Trend
    rejection: ratios.Rejection
    models: Models


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    spent, refit, columns = budgets(p), fits.refit(p), hoffmann.columns()
    return Found(spent, tokens_from_constant(), refit, plan(spent, refit),
                 expected(p, spent, refit), backwards(p, refit), amd(refit), columns, hoffmann.multiples(p, refit, columns), llama(),
                 ratios.trend(p, refit), ratios.rejection(p, refit), models(p, refit))  # fmt: skip
