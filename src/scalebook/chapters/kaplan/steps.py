"""The laws of Kaplan et al. 2020, and what follows from their printed numbers, step by step."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

import scalinglaws as sl
from scalebook.chapters.common import kept, printed, stated
from scalebook.chapters.parameter import Parameters
from scalinglaws import datapackage, reading, registry
from scalinglaws.fitting import isoflop
from scalinglaws.laws import JointLaw, ParametricLaw, PowerAllocation, PowerLaw
from scalinglaws.optimum import frontier
from scalinglaws.optimum.transformer import Shape
from scalinglaws.registry import Model, published_model
from scalinglaws.runs import Runs
from scalinglaws.units import PF_DAY, Floats, tokens_from_flop, training_flop

#: Half a unit in the last digit printed: of the exponents, and of the scales.
HALF = {"alpha_C": 0.0005, "alpha_D": 0.0005, "b": 0.005}
HALF_SCALES = {"C_c": 0.05e8 * PF_DAY, "D_c": 0.05e13, "D_e": 0.5e10}
QUANTITIES = ("params", "batch", "steps", "tokens")
#: Models whose reported compute agrees with 6ND.
AGREEING = ("GPT-3", "Chinchilla", "PaLM", "Llama 3.1 405B")
THREE, SIX, BOTH = "all three exponents", "all six constants", "both of the last"


def kaplan(key: str) -> float:
    """Return a figure that Kaplan et al. print."""
    return printed(f"kaplan2020.{key}")


@dataclass(frozen=True)
class Laws:
    """The laws of one quantity, the joint law with two sets of constants, and two allocations."""

    params: PowerLaw
    tokens: PowerLaw
    compute: PowerLaw
    compute_min: PowerLaw
    table2: JointLaw
    eqs: JointLaw
    table6: PowerAllocation
    eq67: PowerAllocation


def laws() -> Laws:
    """Look up the laws as printed."""
    of = registry.of_kind
    return Laws(of("kaplan2020-params", PowerLaw), of("kaplan2020-tokens", PowerLaw),
                of("kaplan2020-compute", PowerLaw), of("kaplan2020-compute-min", PowerLaw),
                of("kaplan2020-joint", JointLaw), of("kaplan2020-joint-eq", JointLaw),
                of("kaplan2020-allocation", PowerAllocation), of("kaplan2020-allocation-eq6.7", PowerAllocation))  # fmt: skip


def brown_loss(pf_days: ArrayLike) -> Floats:
    """Return the loss on the line of Brown et al. 2020, Figure 3.1; compute in PF-days."""
    exponent = printed("brown2020.loss_compute.exponent")
    return printed("brown2020.loss_compute.prefactor") * np.asarray(pf_days) ** -exponent


def gpt3_losses(found: Laws) -> dict[str, float]:
    """Return the loss of GPT-3 by each law of one quantity, nats per token."""
    gpt3 = published_model("GPT-3")
    losses = {
        "params": found.params.loss(gpt3.params), "tokens": found.tokens.loss(gpt3.tokens),
        "compute_min": found.compute_min.loss(gpt3.flop), "compute": found.compute.loss(gpt3.flop),
        "brown": brown_loss(gpt3.flop / PF_DAY),
    }  # fmt: skip
    return {name: float(loss) for name, loss in losses.items()}


def measured(part: str) -> dict[str, float]:
    """Return the "exponent" or "prefactor" of each quantity at the best allocation, Table 6."""
    return {name: kaplan(f"optimum.{name}.{part}") for name in QUANTITIES}


def grown(allocation: PowerAllocation, factor: float) -> dict[str, float]:
    """Return how many times "params" and "tokens" grow with the compute."""
    return dict(zip(("params", "tokens"), map(float, allocation.growth(factor)), strict=True))


#: Compute whose least compute is one PF-day: at the batch that Kaplan et al. advise it is twice that.
AT_ONE = 2 * PF_DAY


def scaled(compute: float, exponent: float, size: float, reference: float) -> float:
    """Return the best size at a budget, from that at another and the exponent of size."""
    grown: float = size * (compute / reference) ** exponent
    return grown


def tokens_of(compute: float, size: float) -> float:
    """Return the tokens that a model of some size reads with a budget."""
    return compute / (6 * size)


def ratio_of(tokens: float, size: float) -> float:
    """Return tokens per parameter."""
    return tokens / size


def degree_of(size: float, best: float) -> float:
    """Return tokens per parameter over the best, at one budget."""
    return (best / size) ** 2


def wasted(lost: float) -> float:
    """Return the share of the compute that a factor of it is."""
    return 1 - 1 / lost


def refit() -> ParametricLaw:
    """Look up the refit of Chinchilla's runs."""
    return registry.parametric("besiroglu2024")


@dataclass(frozen=True)
class Way:
    """Public sweeps of equal compute that were made and counted in one way.

    Attributes
    ----------
    exponents : list of float
        Of the best size, by the minima of each suite's budgets.
    laboratories : int
    """

    exponents: list[float]
    laboratories: int


#: Ways by what a suite counts, with embeddings or not, and whether its losses are from the middle
#: of a longer schedule of the learning rate.
WAYS = {"kaplan": (0, True), "bare": (0, False), "early": (1, True), "full": (1, False)}
#: Suites whose best sizes are drawn: Kaplan's experiment made again, and sweeps since.
REPEATED = ("rw-base-long-kaplan-kaplan-train", "owt2-base-long-kaplan-kaplan-train")
TUNED = ("rw-tuned-short-const-standard-val", "owt2-tuned-short-const-standard-val")


@dataclass(frozen=True)
class Sweeps:
    """What public sweeps say of the best size.

    Attributes
    ----------
    ways : dict
        `Way` by a key of `WAYS`.
    again, since : tuple of two arrays
        Compute and best size of the budgets of Kaplan's experiment made again, and of sweeps since.
    fitted : list of float
        The exponent by Chinchilla's form in every public suite that fixes it.
    """

    ways: dict[str, Way]
    again: tuple[Floats, Floats]
    since: tuple[Floats, Floats]
    fitted: list[float]


@kept  # no parameter changes it
def sweeps() -> Sweeps:
    """Look up the exponents of the public suites, and find the best sizes of some."""
    suites = {row["suite"]: row for row in datapackage.rows("atlas_suites")}
    told = [row for row in datapackage.rows("atlas") if row["status"] == "told"]
    minima = [(suites[row["suite"]], row["a"]) for row in told if row["method"] == "window"]
    ways = {}
    for name, (embeddings, unfinished) in WAYS.items():
        mine = [(suite["laboratory"], a) for suite, a in minima
                if (suite["embeddings"], suite["schedule"] == "unfinished") == (embeddings, unfinished)]  # fmt: skip
        ways[name] = Way([a for _, a in mine], len({each for each, _ in mine}))
    ended = [name for name in reading.SUITES if suites[name]["schedule"] != "unfinished"]
    since = [reading.read_runs(name) for name in ended] + [sl.table("porian2024", suite=name) for name in TUNED]  # fmt: skip
    again = [sl.table("porian2024", suite=name) for name in REPEATED]
    fitted = [row["a"] for row in told if row["method"] == "huber"]
    return Sweeps(ways, _best_sizes(again), _best_sizes(since), fitted)


def _best_sizes(suites: list[Runs]) -> tuple[Floats, Floats]:
    found = [isoflop.profiles(runs, minimum="window") for runs in suites]
    return (np.concatenate([each.compute[each.used] for each in found]),
            np.concatenate([each.params[each.used] for each in found]))  # fmt: skip


def tokens_prefactors(found: Laws) -> dict[str, float]:
    """Return the tokens at one PF-day by 2BS and by 2C/6N."""
    at_one = measured("prefactor")
    return {"2BS": 2 * at_one["batch"] * at_one["steps"],
            "2C_6N": 2 * float(tokens_from_flop(PF_DAY, found.table6.params(PF_DAY)))}  # fmt: skip


def derived(found: Laws) -> frontier.FrontierExponents:
    """Derive the exponents of the best allocation from those of size, batch and steps."""
    alpha_N = float(found.params.exponent)
    return frontier.exponents(alpha_N, kaplan("alpha_B"), kaplan("alpha_S"))


@dataclass(frozen=True)
class Counted:
    """What 6ND leaves out for GPT-3's shape, and reported compute over 6ND by model."""

    shape: Shape
    gpt3_attention_share: float
    flop_per_param_token: float
    reported: dict[str, float]
    lamda_flop_counted: float
    lamda_tokens_implied: float


def six_nd(model: Model) -> float:
    """Return 6ND of a model, FLOP."""
    return float(training_flop(model.params, model.tokens))


def counted() -> Counted:
    """Count GPT-3's compute with attention, and set reported compute against 6ND."""
    shape = Shape(*(int(printed(f"brown2020.{name}")) for name in ("n_layer", "d_model", "n_ctx")))
    gopher, lamda = map(published_model, ("Gopher", "LaMDA (own paper)"))
    params, appendix = printed("brown2020.params"), printed("hoffmann2022.gopher.flop.appendixF")
    agreeing = {name: published_model(name) for name in AGREEING}
    reported = {name: model.flop / six_nd(model) for name, model in agreeing.items()} | {
        "Gopher, text": gopher.flop / six_nd(gopher),
        "Gopher, App. F": appendix / six_nd(gopher),
        "LaMDA": lamda.flop / six_nd(published_model("LaMDA")),
    }
    parts = (printed(f"thoppilan2022.{name}") for name in ("chips", "peak", "utilization", "days"))
    return Counted(shape, float(shape.attention_share(params)), float(shape.training_flop(1.0, params)) / params,
                   reported, math.prod(parts) * 86400, float(tokens_from_flop(lamda.flop, lamda.params)))  # fmt: skip


@dataclass(frozen=True)
class Terms:
    """The terms of the joint law, the loss with both and with one, and the best use of GPT-3's 6ND.

    `joint_a` is the exponent of compute with which the size grows along these optima.
    """

    size: float
    data: float
    ratio: float
    loss: float
    loss_size: float
    loss_data: float
    joint_optimal_params: float
    joint_optimal_tokens: float
    joint_a: float


def terms(p: Parameters, law: JointLaw) -> Terms:
    """Put a model's size and data into the joint law."""
    size, data = (float(term) for term in law.terms(p.params, p.tokens))
    best = law.optimum(compute=six_nd(published_model("GPT-3")))
    runs = (p.params, p.tokens), (p.params, np.inf), (np.inf, p.tokens)
    loss, loss_size, loss_data = (float(law.loss(*run)) for run in runs)
    exponent = 1 / (1 + float(law.tokens_exponent))
    return Terms(size, data, size / data, loss, loss_size, loss_data, float(best.params), float(best.tokens), exponent)  # fmt: skip


def ratio(law: JointLaw, model: str) -> float:
    """Return the size term over the data term of a published model."""
    known = published_model(model)
    return float(np.divide(*law.terms(known.params, known.tokens)))


def gopher_counts(p: Parameters) -> dict[str, float]:
    """Return Gopher's compute by several counts, FLOP."""
    gopher = published_model("Gopher")
    return {
        "6nd": six_nd(gopher), "text": printed("hoffmann2022.gopher.flop.text"),
        "appendix": printed("hoffmann2022.gopher.flop.appendixF"), "chosen": p.gopher_flop,
        "6nd_380": float(training_flop(stated("l-gopher-380"), gopher.tokens)),
    }  # fmt: skip


def over_chinchilla(counts: dict[str, float]) -> dict[str, float]:
    """Return counts of compute over Chinchilla's 6ND."""
    return {name: flop / six_nd(published_model("Chinchilla")) for name, flop in counts.items()}


def crossings(found: Laws) -> tuple[frontier.Crossing, frontier.Crossing]:
    """Return where compute promises less than the data allow, by Table 6 and by Eq 6.7."""
    by_table6 = frontier.crossing(found.compute_min, found.tokens, found.table6)
    return by_table6, frontier.crossing(found.compute_min, found.tokens, found.eq67)


def printed_star() -> dict[str, float]:
    """Return the crossing as Kaplan et al. print it; compute in PF-days."""
    return {name: kaplan(f"crossing.{name}") for name in ("compute", "params", "tokens", "loss")}


def moved(found: Laws) -> dict[str, list[float]]:
    """Return where else the laws may cross, PF-days, by what is changed.

    Two ends of a range where constants move within their rounding, and one number where another
    printed value is taken.
    """

    def ranges(half_units: dict[str, float]) -> dict[str, list[float]]:
        ends = frontier.sensitivity(found.compute_min, found.tokens, found.table6, half_units)
        return {name: [low / PF_DAY, high / PF_DAY] for name, (low, high) in ends.items()}

    def crossing(law: PowerLaw, data: PowerAllocation) -> list[float]:
        return [float(frontier.crossing(law, found.tokens, data).compute) / PF_DAY]

    single, scale = ranges(HALF | HALF_SCALES), found.compute_min.scale
    appendix, section = (PowerLaw(kaplan(f"alpha_C_min.{key}"), scale) for key in ("eqB.7", "eq6.4"))  # fmt: skip
    return {
        "exponent of compute": single["alpha_C"], "exponent of data": single["alpha_D"],
        "exponent of D(C)": single["b"], THREE: ranges(HALF)["all"],
        "prefactor of D(C)": single["D_e"], SIX: single["all"],
        f"compute {appendix.exponent:.3f} (App. B)": crossing(appendix, found.table6),
        f"compute {section.exponent:.3f} (Section 6)": crossing(section, found.table6),
        "data of Eq 6.7": crossing(found.compute_min, found.eq67), BOTH: crossing(section, found.eq67),
    }  # fmt: skip


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    laws: Laws
    losses: dict[str, float]
    sweeps: Sweeps
    derived: frontier.FrontierExponents
    counted: Counted
    table2: Terms
    eqs: Terms
    gopher: dict[str, float]
    crossings: tuple[frontier.Crossing, frontier.Crossing]
    moved: dict[str, list[float]]


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    found = laws()
    return Found(found, gpt3_losses(found), sweeps(), derived(found), counted(), terms(p, found.table2),
                 terms(p, found.eqs), gopher_counts(p), crossings(found), moved(found))  # fmt: skip
