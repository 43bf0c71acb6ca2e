"""Plans from a machine and a deadline, forwards and backwards, step by step."""

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scalebook.chapters import foresight
from scalebook.chapters.common import ends, gpt4_active, printed
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner import fits, hoffmann, ratios
from scalebook.chapters.planner.fits import LLAMA_FIGURE, LLAMA_TEXT, Refit
from scalebook.errors import ScalebookError
from scalebook.show import frames
from scalinglaws import fitting, registry, units
from scalinglaws.balance import Allocation
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import PowerAllocation, Surface
from scalinglaws.optimum import dense, machine, overtraining
from scalinglaws.optimum.machine import Machine
from scalinglaws.optimum.transformer import Shape
from scalinglaws.prediction import bands
from scalinglaws.prediction.forecast import Forecast, Outlook
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


def plan(found: Budgets, refit: Refit) -> dict[str, Allocation]:
    """Return the best use of the chosen budget by law."""
    return {name: fits.best(law, found.planned) for name, law in refit.laws.items()}


@dataclass(frozen=True)
class Spread:
    """What laws that are not the refit make of the chosen budget, and what the ratio asked about costs.

    Attributes
    ----------
    sweeps : dict of Allocation
        The best use by the law of each form fitted to each public sweep.
    published_cost, sweeps_cost : dict of float
        Compute at the ratio asked about over what the best needs for that loss, by law; the refit
        among the published ones.
    followed : dict of float
        The same, by the refit, of following each of the published laws.
    """

    sweeps: dict[tuple[str, str], Allocation]
    published_cost: dict[str, float]
    sweeps_cost: dict[tuple[str, str], float]
    followed: dict[str, float]


def spread(p: Parameters, found: Budgets, refit: Refit) -> Spread:
    """Ask every law for the best use of the chosen budget, and for the price of another ratio."""
    compute, laws = found.planned, foresight.sweep_laws()
    ratios = {name: float(best.tokens_per_param) for name, best in plan(found, refit).items()}
    return Spread(
        {key: law.optimum(compute=compute) for key, law in laws.items()},
        {name: cost(law, compute, p.ratio) for name, law in refit.surfaces.items()},
        {key: cost(law, compute, p.ratio) for key, law in laws.items()},
        {name: cost(refit.law, compute, each) for name, each in ratios.items()},
    )


def cost(law: Surface, compute: float, ratio: float) -> float:
    """Return the compute spent at a ratio of tokens to parameters over what its loss needs."""
    params, tokens = size_at(compute, ratio), data_at(compute, ratio)
    needed = float(law.optimum(loss=law.loss(params, tokens)).compute)
    return max(compute / needed, 1.0)  # rounding must not make it better than the best


def size_at(compute: float, ratio: float) -> float:
    """Return the parameters that use up compute at a ratio of tokens to parameters."""
    params: float = (compute / 6 / ratio) ** 0.5
    return params


def data_at(compute: float, ratio: float) -> float:
    """Return the tokens that use up compute at a ratio of tokens to parameters."""
    tokens: float = (compute * ratio / 6) ** 0.5
    return tokens


@dataclass(frozen=True)
class Foreseen:
    """What the runs predict of the best run of each budget.

    Attributes
    ----------
    planned : Forecast or None
        Of the chosen budget; None where the runs tell nothing of it.
    compute : ndarray, shape (n,)
        Budgets, FLOP, the chosen one among them; none where the runs predict nothing.
    loss, low, high : ndarray, shape (n,)
        Nats per token, and the ends of the calibrated band; NaN where none was tried.
    far_low, far_high : ndarray, shape (n,)
        What they would be if the trend of the band's width went on.
    """

    planned: Forecast | None
    compute: Floats
    loss: Floats
    low: Floats
    high: Floats
    far_low: Floats
    far_high: Floats

    @property
    def tried(self) -> NDArray[np.bool_]:
        """Where there is a calibrated band."""
        return np.isfinite(self.low)


def foreseen(p: Parameters, found: Budgets, refit: Refit) -> Foreseen:
    """Predict the best runs of many budgets from the runs at hand."""
    outlook = Outlook(refit.used)
    forecasts = {}
    for compute in budgets_ahead(found.planned, refit.used.flop):
        with suppress(ScalingLawsError):
            forecasts[float(compute)] = outlook.forecast(compute=float(compute), level=p.level)

    told = [
        (each.loss, each.low, each.high, *(each.extrapolated or (None, None)))
        for each in forecasts.values()
    ]
    columns = np.array(told, dtype=float).reshape(-1, 5).T  # None becomes NaN
    return Foreseen(forecasts.get(found.planned), np.array([*forecasts]), *columns)


def budgets_ahead(planned: float, flop: Floats) -> Floats:
    """Return the budgets that are predicted: four a decade, the chosen one, and where bands end."""
    largest = float(flop.max())
    low, high = min(1e18, planned, float(flop.min())), max(1e28, planned)
    decades = math.floor(math.log10(low)), math.ceil(math.log10(high))
    grid = np.logspace(*decades, 4 * (decades[1] - decades[0]) + 1)
    ends = [largest * reach * (1 - 1e-9) for reach in set(bands.REACH.values())]
    return np.unique(np.array([*grid, planned, *(end for end in ends if end < grid[-1])]))


@dataclass(frozen=True)
class Backwards:
    """The compute, FLOP, at which a loss is reached, a size is the best, a corpus is used up.

    Attributes
    ----------
    by_law : dict of list
        The three by law; infinite for the loss where the law has none, or has its floor above it.
    intervals : list of tuple
        Those of the refit; infinite where resamples put the loss out of reach.
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
        If the loss is not above the floor of the refit.
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
    """Return the loss to plan for, nats per token: the one given, or Chinchilla's by the refit."""
    chinchilla = registry.published_model("Chinchilla")
    target = p.target_loss or float(refit.law.loss(chinchilla.params, chinchilla.tokens))
    if target <= refit.law.E:
        raise ScalebookError(
            f"planner: parameter 'target_loss' is {p.target_loss:g} nats per token; expected more than {refit.law.E:.4f}, the "
            "irreducible loss of the fitted law, which no compute reaches, and at most 20; or 0."
        )
    return float(target)


@dataclass(frozen=True)
class Amd:
    """AMD-135M's run: its machine, its compute, and the run against the best by the refit.

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
    best_params, best_tokens : float
        The best size and data at that compute.
    over, over_low, over_high : float
        Tokens per parameter over the best, and the interval from the resamples.
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
    best_params: float
    best_tokens: float
    over: float
    over_low: float
    over_high: float


def amd(p: Parameters, refit: Refit) -> Amd:
    """Do the arithmetic of AMD's announcement, and hold the run against the best."""
    model = registry.published_model("AMD-Llama-135M")
    names = ("nodes", "accelerators_per_node", "peak", "days", "n_layer", "d_model", "n_ctx")
    nodes, per_node, peak, days, *shape = (printed(f"amd2024.{name}") for name in names)
    machine_peak, seconds = nodes * per_node * peak, days * machine.SECONDS_PER_DAY
    compute = float(units.training_flop(model.params, model.tokens))
    attention = float(Shape(*map(int, shape)).attention_share(model.params))
    share = float(machine.utilisation(compute, machine_peak, seconds))
    whole = float(machine.from_machine(Machine(machine_peak, 1.0), seconds))
    most, ratio = float(units.tokens_from_flop(whole, model.params)), model.tokens / model.params
    best, draws = refit.optimum(compute)
    return Amd(per_node, peak, compute, whole, share, attention, share * (1 + attention), most, ratio,
               float(best.params), float(best.tokens), ratio / float(best.tokens_per_param),
               *ends(ratio / draws.tokens_per_param, p.level))  # fmt: skip


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
    """Published models against the best size and data by the refit.

    Attributes
    ----------
    table : DataFrame
        One row a model, by name: ``tokens``, ``most_tokens`` (where two sources disagree, else the
        same), ``size`` (of mixtures of experts the active parameters), ``mixture``.
    params, low, high : ndarray, shape (60,)
        Sizes, and the interval of the tokens for which each is best.
    below, above : list of str
        Models with fewer tokens than that interval, and with more.
    gpt4_over : float
        Tokens per parameter of the rumoured GPT-4, at its active size, over the best.
    """

    table: Any
    params: Floats
    low: Floats
    high: Floats
    below: list[str]
    above: list[str]
    gpt4_over: float


def models(p: Parameters, refit: Refit) -> Models:
    """Place the published models beside the path of the best size and data."""
    table = frames.load("models").set_index("model")
    own, rumour = table.flop["LaMDA (own paper)"], "GPT-4 (rumoured)"
    table = table[table.tokens.notna()]
    table.loc[rumour, "active_params"] = gpt4_active(table.params[rumour])
    active = table.active_params
    table = table.assign(size=active.fillna(table.params), mixture=active.notna(), most_tokens=table.tokens)  # fmt: skip
    # The paper of LaMDA and that of Chinchilla disagree on LaMDA's tokens.
    table.loc["LaMDA", "most_tokens"] = units.tokens_from_flop(own, table.params["LaMDA"])
    sizes = np.geomspace(3e7, 1e14, 60)
    draws = dense.given_params(refit.draws, sizes[:, None]).tokens
    low, high = fitting.interval(draws.T, p.level)
    below = table.most_tokens < np.interp(table["size"], sizes, low)
    above = table.tokens > np.interp(table["size"], sizes, high)
    four = table.loc[rumour]
    over = float(overtraining.degree(refit.law, four["size"], four.tokens))
    return Models(table, sizes, low, high, [*table.index[below]], [*table.index[above]], over)


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    budgets: Budgets
    constant: dict[str, tuple[float, float]]
    refit: Refit
    plan: dict[str, Allocation]
    spread: Spread
    foreseen: Foreseen
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
    return Found(spent, tokens_from_constant(), refit, plan(spent, refit), spread(p, spent, refit),
                 foreseen(p, spent, refit), backwards(p, refit), amd(p, refit), columns, hoffmann.multiples(p, refit, columns), llama(),
                 ratios.trend(p, refit), ratios.rejection(p, refit), models(p, refit))  # fmt: skip
