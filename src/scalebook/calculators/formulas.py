"""What the calculators of the book compute, composed from the library and exported for the page.

Each calculator takes values by name (`fields`) and answers with quantities by key. The page
computes the same in JavaScript, from the constants, resampled laws and predictions in `export`;
what it shows at first is computed here. `scalebook calculate` answers on the command line.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.special import ndtri

from scalebook.chapters.parameter import Parameter, Value
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalebook.execution.parameters import nearest
from scalebook.report import answers
from scalinglaws import datapackage, laws, registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.information.rates import BIT, BYTE, CHARACTER, NAT, TOKEN, WORD, Rate, Text
from scalinglaws.optimum import dense as allocation
from scalinglaws.optimum import experts, overtraining
from scalinglaws.optimum.machine import SECONDS_PER_DAY, Machine, from_machine
from scalinglaws.prediction.bands import REACH
from scalinglaws.prediction.forecast import BELOW, Forecast
from scalinglaws.quantities import grammar, spellings
from scalinglaws.supply import stocks as supply
from scalinglaws.supply import uncertain as uncertainty
from scalinglaws.supply.uncertain import Distribution, fixed
from scalinglaws.units import FLOP_PER_PARAM_TOKEN, Floats, tokens_from_flop

#: Uncertain quantities are taken at the points of a lattice (Korobov 1959): so many, the powers of
#: the multiplier its generators. The multiplier was found by trial: of those tried it has, to the
#: digits shown, what the chapters find by many more random draws.
POINTS, MULTIPLIER = 32749, 14773

#: Stands for "in no year", as in the chapter on supply.
NEVER = 9999.0

#: The law of demand that is none of the published ones: a fixed ratio of tokens to parameters.
RATIO_RULE = "ratio-rule"

#: Law by which the cost of GPT-4's ratio is counted.
COST_LAW = "besiroglu2024"

#: The tokenizer whose numbers are given; one with a name brings its own.
OWN = "own"
TOKENIZER = ("bytes_per_token", "chars_per_token", "tokens_per_word")
STOCKS = ("repeated_web", "usable_web", "indexed_web", "common_crawl", "whole_web", "total")
RATE_UNITS = {
    "nats/token": (NAT, TOKEN),
    "bits/token": (BIT, TOKEN),
    "bits/byte": (BIT, BYTE),
    "bits/character": (BIT, CHARACTER),
}

_PERS = {"token": TOKEN, "byte": BYTE, "character": CHARACTER, "word": WORD}
_TREND = 16  # dimension of the lattice at which demand begins, beyond all factors of stocks

#: What of a plan's run is given, and the values that say it.
STARTS = {
    "compute": ("compute",),
    "machine": ("peak", "utilisation", "days"),
    "params": ("given_params",),
    "tokens": ("given_tokens",),
}
_PER_DECADE = 24  # points of the table of predictions

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Quantity:
    """A number with the ends of its interval, NaN where it has none."""

    value: float
    low: float = math.nan
    high: float = math.nan


Answer = dict[str, Quantity]


@dataclass(frozen=True)
class Tokenizer:
    """How a tokenizer cuts up a text.

    Attributes
    ----------
    name, label : str
    bytes_per_token, chars_per_token, tokens_per_word : float
    certainty : str
        Where the numbers are from, and which of them are presumed.
    """

    name: str
    label: str
    bytes_per_token: float
    chars_per_token: float
    tokens_per_word: float
    certainty: str


# What each calculator takes


def calculator_names() -> tuple[str, ...]:
    """Return the names of the calculators, in the order of the page."""
    return tuple(_COMPUTE)


@cache
def fields(calculator: str) -> tuple[Parameter, ...]:
    """Return what a calculator takes; bounds and defaults are those of the chapters.

    Raises
    ------
    ScalebookError
        If there is no such calculator; the message names the nearest.
    """
    if calculator not in _COMPUTE:
        near = nearest(calculator, calculator_names())
        hint = f" Did you mean '{near}'?" if near else ""
        raise ScalebookError(
            f"There is no calculator '{calculator}'.{hint} The calculators are "
            f"{', '.join(calculator_names())}."
        )
    return _FIELDS[calculator]()


def calculate(calculator: str, given: Mapping[str, object] | None = None) -> Answer:
    """Return what a calculator answers.

    Parameters
    ----------
    calculator : str
        One of `calculator_names`.
    given : mapping, optional
        Values by name, as numbers or as people write them; defaults for the rest.

    Raises
    ------
    ScalebookError
        If a name is unknown, a value is out of bounds, or two values contradict each other.
    """
    values = check(calculator, given or {})
    return _COMPUTE[calculator](values)


def check(calculator: str, given: Mapping[str, object]) -> dict[str, Value]:
    """Return all values of a calculator, defaults filled in, or say what is wrong with one.

    Raises
    ------
    ScalebookError
        As `calculate`.
    """
    known = {each.name: each for each in fields(calculator)}
    for name in given:
        if name not in known:
            near = nearest(name, list(known))
            hint = f"Did you mean {known[near].label}?" if near else ""
            raise ScalebookError(
                f"{calculator}: unknown value '{name}'. {hint or 'It takes ' + ', '.join(known)}"
            )
    _check_start(calculator, given)
    values: dict[str, Value] = {}
    for name, each in known.items():
        try:
            values[name] = each.read(given.get(name, each.default))
        except ScalingLawsError as error:
            raise ScalebookError(f"{calculator}: {error}") from None
    for one, other, why in ORDERED[calculator]:
        small, large = _compared(one, other, values)
        if small > large and one not in unused(calculator, values):
            raise ScalebookError(
                f"{calculator}: '{one}' is {small:g}; expected at most '{other}', which is "
                f"{large:g}: {why}."
            )
    return values


def unused(calculator: str, values: Values) -> tuple[str, ...]:
    """Return the names of values that play no part in an answer, given the others."""
    if calculator == "planner":
        others = (names for start, names in STARTS.items() if start != values["start"])
        return tuple(name for names in others for name in names)
    return TOKENIZER if calculator == "units" and values["tokenizer"] != OWN else ()


def _check_start(calculator: str, given: Mapping[str, object]) -> None:
    """Refuse a value that plays no part, for a plan starts from one thing."""
    start = str(given.get("start", "compute"))
    for other, names in STARTS.items() if calculator == "planner" and start in STARTS else ():
        for name in names:
            if name in given and other != start:
                raise ScalebookError(
                    f"planner: '{name}' plays no part in a plan that starts from {start}. Leave it "
                    f"out, or give start={other}."
                )


#: What must not be more than something else, by calculator, and why.
ORDERED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "planner": (),
    "units": (("chars_per_token", "bytes_per_token", "a character takes at least one byte"),),
    "gpt4": (
        ("active_experts", "experts", "a token is sent to some of the experts"),
        (
            "shared_params",
            "total_params",
            "shared parameters are part of the total, also at the ends of both ranges",
        ),
    ),
    "supply": (
        ("compute_growth_low", "compute_growth_high", "the low end comes first"),
        ("dataset_growth_low", "dataset_growth_high", "the low end comes first"),
        ("indexed_pages_low", "indexed_pages_high", "the low end comes first"),
        ("bytes_per_page_low", "bytes_per_page_high", "the low end comes first"),
        ("bytes_per_token_low", "bytes_per_token_high", "the low end comes first"),
        ("usable_share_low", "usable_share_high", "the low end comes first"),
        ("repetition_gain_low", "repetition_gain_high", "the low end comes first"),
    ),
}


def _compared(one: str, other: str, values: Values) -> tuple[float, float]:
    """Return two values to compare; rumoured ones at the ends of their ranges that meet first."""
    small, large = float(values[one]), float(values[other])
    if one == "shared_params":
        return small * float(values["shared_off"]), large / float(values["total_off"])
    return small, large


def _declared(chapter: str) -> dict[str, Parameter]:
    return {each.name: each for each in parameters.declared(chapter)}


def _planner_fields() -> tuple[Parameter, ...]:
    chapter = _declared("planner")
    choices = (answers.REFIT, *registry.law_names("parametric"), *_allocations())
    law = Parameter("law", str, answers.REFIT, "", "law that says what is optimal", choices=choices)
    start = Parameter("start", str, "compute", "", "what is given of a run", choices=(*STARTS,))
    given = (chapter[name] for names in STARTS.values() for name in names)
    return start, *given, law, chapter["ratio"]


def _units_fields() -> tuple[Parameter, ...]:
    chapter = _declared("entropy")
    names = tuple(each.name for each in known_tokenizers())
    first, chars = known_tokenizers()[0], chapter["chars_per_token"]
    return (
        Parameter("loss", float, 2.0, "", "loss to convert", 1e-6, 1e3),
        Parameter("unit", str, "nats/token", "", "unit of the loss", choices=tuple(RATE_UNITS)),
        Parameter("tokenizer", str, first.name, "", "how the text is cut", choices=(*names, OWN)),
        Parameter(
            "bytes_per_token", float, first.bytes_per_token, "bytes/token",
            "bytes that a token stands for", chars.low, 4 * chars.high,
        ),
        replace(chars, default=first.chars_per_token),
        replace(chapter["tokens_per_word"], default=first.tokens_per_word),
    )  # fmt: skip


_GPT4 = (
    "compute", "compute_off", "total_params", "total_off", "experts", "active_experts",
    "shared_params", "shared_off", "dense_ratio", "dense_off", "dense_compute", "ratio_growth",
    "growth_off", "sparsity_factor", "sparsity_off",
)  # fmt: skip


def _gpt4_fields() -> tuple[Parameter, ...]:
    chapter = _declared("gpt4")
    return tuple(chapter[name] for name in _GPT4)


#: Factors of the web's stock that can be changed: their bounds, and what they are.
_FACTORS = {
    "indexed_pages": (1.0, 1e18, "pages in the indexed web"),
    "bytes_per_page": (1.0, 1e9, "plain text on a page"),
    # The quantity is six less a lognormal one, and at least one.
    "bytes_per_token": (1.0, 5.99, "text in a token"),
    "usable_share": (1e-6, 1.0, "share that filtering leaves"),
    "repetition_gain": (0.01, 1000.0, "gain from repeating"),
}


def _supply_fields() -> tuple[Parameter, ...]:
    chapter, stocks = _declared("supply"), _stocks()
    rules = (RATIO_RULE, *registry.law_names("parametric"), *_allocations())
    units = {each.name: each.unit for stock in stocks.stocks for each in stock.factors}
    ranges = []
    for name, (low, high, what) in _FACTORS.items():
        spread = stocks.distributions()[name]
        for end, default in (("low", spread.low), ("high", spread.high)):
            ranges.append(
                Parameter(
                    f"{name}_{end}", float, default, units[name], f"{end} end of the {what}",
                    low, high,
                )
            )  # fmt: skip
    law = Parameter("law", str, RATIO_RULE, "", "law by which demand follows", choices=rules)
    names = (
        "overtraining", "compute_now", "compute_growth_low", "compute_growth_high",
        "dataset_growth_low", "dataset_growth_high",
    )  # fmt: skip
    stock = Parameter("stock", str, STOCKS[0], "", "stock that is used up", choices=STOCKS)
    return stock, *ranges, chapter["overlap"], law, *(chapter[name] for name in names)


_FIELDS: dict[str, Callable[[], tuple[Parameter, ...]]] = {
    "planner": _planner_fields,
    "units": _units_fields,
    "gpt4": _gpt4_fields,
    "supply": _supply_fields,
}


def _allocations() -> tuple[str, ...]:
    """Return the published allocations that have a prefactor, and so say how large a run is."""
    found = ((name, registry.published[name]) for name in registry.law_names("allocation"))
    return tuple(name for name, law in found if getattr(law, "D_e", None) is not None)


# Uncertain quantities


@cache
def _scores(dimension: int) -> Floats:
    """Return the standard normal scores of one dimension of the lattice, shape (POINTS,)."""
    places = np.arange(POINTS) * pow(MULTIPLIER, dimension, POINTS) % POINTS
    return np.asarray(ndtri((places + 0.5) / POINTS))


def on_lattice(quantities: Mapping[str, Distribution], first: int = 0) -> dict[str, Floats]:
    """Take uncertain quantities at the points of the lattice.

    Parameters
    ----------
    quantities : mapping of str to Distribution
        By name; each uncertain one takes the next dimension.
    first : int
        The first dimension taken.

    Returns
    -------
    dict of str to numpy.ndarray
        By name, shape (POINTS,), or () of known quantities.
    """
    dimension, found = first, {}
    for name, each in quantities.items():
        found[name] = np.asarray(each.low) if each.known else each.at(_scores(dimension))
        dimension += not each.known
    return found


# Planner


def _planner(values: Values) -> Answer:
    name, ratio = str(values["law"]), float(values["ratio"])
    compute = _budget(values)
    best = answers.plan(compute, [name])[0]
    ends = best["intervals"] or {}
    params, tokens = experts.spend(compute, ratio)
    answer = {"compute": _quantity(compute), **_expected(name, compute)}
    answer |= {
        f"optimum.{key}": _quantity(best[name], ends.get(name))
        for key, name in (
            ("params", "params"),
            ("tokens", "tokens"),
            ("ratio", "tokens_per_param"),
            ("loss", "loss"),
        )
    }
    answer["choice.params"], answer["choice.tokens"] = _quantity(params), _quantity(tokens)
    return answer | _choice(name, compute, ratio)


def _planned_law(name: str) -> laws.ParametricLaw | laws.PowerAllocation:
    law = answers.refit()[0] if name == answers.REFIT else registry.published[name]
    assert isinstance(law, laws.ParametricLaw | laws.PowerAllocation)  # as the choices are
    return law


def _budget(values: Values) -> float:
    """Return the compute of the run to plan, FLOP."""
    start = str(values["start"])
    if start == "compute":
        return float(values["compute"])
    if start == "machine":
        machine = Machine(float(values["peak"]), float(values["utilisation"]))
        return float(from_machine(machine, float(values["days"]) * SECONDS_PER_DAY))
    given, law = {start: float(values[f"given_{start}"])}, _planned_law(str(values["law"]))
    if isinstance(law, laws.ParametricLaw):
        return float(law.optimum(**given).compute)
    return float(law.compute_for(**given))


@cache
def predictions() -> dict[str, Any]:
    """Return what the runs of the refit predict of the best run of a budget, as a table.

    Returns
    -------
    dict
        ``rows``, of compute (FLOP), loss, its low and high end, size, its low and high end: the
        bands calibrated, or beyond ``reach`` (FLOP, by ``loss`` and ``params``) extrapolated, None
        where there is neither. Between rows the logarithms go in straight lines. Below the first
        row and beyond the last nothing is predicted.
    """
    outlook = answers.outlook()
    largest, most = outlook.found.largest, float(_declared("planner")["compute"].high)
    # A table's end stands a hair inside, so that rounding leaves it on its side.
    least = float(np.min(outlook.runs.flop)) / BELOW * (1 + 1e-9)
    reach = {"loss": REACH[outlook.centre] * largest, "params": REACH["size"] * largest}
    count = round(_PER_DECADE * math.log10(most / least))
    nodes = {*np.geomspace(least, most, count).tolist(), largest, *reach.values()}
    rows = [_row(outlook.forecast(compute=compute)) for compute in sorted(nodes)]
    return {"reach": reach, "largest": largest, "rows": rows}


def _row(found: Forecast) -> list[float | None]:
    compute = FLOP_PER_PARAM_TOKEN * found.params * found.tokens
    loss = (found.low, found.high) if found.low else found.extrapolated or (None, None)
    size = (found.params_low, found.params_high)
    if found.params_low is None:
        size = found.params_extrapolated or size
    values = (compute, found.loss, *loss, found.params, *size)
    return [None if each is None else float(f"{each:.8g}") for each in values]


def _expected(law: str, compute: float) -> Answer:
    """Return loss and size to expect of the best run, calibrated or else extrapolated."""
    table, nothing = predictions(), Quantity(math.nan)
    columns = np.log(np.array(table["rows"], dtype=float).T)
    x, known = math.log(compute), {}
    inside = law == answers.REFIT and columns[0, 0] <= x <= columns[0, -1]
    for key, first in (("loss", 1), ("params", 4)):
        found = nothing
        if inside:
            found = Quantity(
                *(
                    float(np.exp(np.interp(x, columns[0], each)))
                    for each in columns[first : first + 3]
                )
            )
        near = compute <= table["reach"][key]
        known[f"expected.{key}"] = found if near else Quantity(found.value)
        known[f"extrapolated.{key}"] = nothing if near else replace(found, value=math.nan)
    return known


def _choice(name: str, compute: float, ratio: float) -> Answer:
    """Return loss and penalty of a run at a ratio; NaN under a law that gives no loss."""
    params, tokens = experts.spend(compute, ratio)
    law, ensemble = _planned_law(name), answers.refit()[1] if name == answers.REFIT else None
    if not isinstance(law, laws.ParametricLaw):
        return {"choice.loss": Quantity(math.nan), "choice.penalty": Quantity(math.nan)}

    def penalty(each: laws.ParametricLaw) -> Floats:
        best = allocation.optimal(each, compute).tokens_per_param
        return overtraining.over_training_penalty(each, ratio / best)

    loss_ends = penalty_ends = None
    if ensemble is not None:
        loss_ends = answers.ends(ensemble.loss(params, tokens))
        penalty_ends = answers.ends(penalty(ensemble))
    return {
        "choice.loss": _quantity(law.loss(params, tokens), loss_ends),
        "choice.penalty": _quantity(penalty(law), penalty_ends),
    }


# Units


@cache
def known_tokenizers() -> tuple[Tokenizer, ...]:
    """Return how some tokenizers cut up their texts, as published or measured."""
    published = registry.printed
    own = parameters.declared("entropy")
    assumed = {each.name: float(each.default) for each in own if each.kind is float}
    char, word = assumed["bytes_per_char"], assumed["tokens_per_word"]
    plain = "presumed: one byte a character"
    webtext = published("kaplan2020.chars_per_token").value
    massive = massivetext_bytes_per_token()
    web = next(f.stated for f in _stocks()["common_crawl"].factors if f.name == "bytes_per_token")
    return (
        Tokenizer(
            "english", "English, as the chapter on entropy takes it",
            assumed["chars_per_token"] * char, assumed["chars_per_token"], word,
            "rounded from the sources below",
        ),
        Tokenizer(
            "webtext2", "GPT-2's on WebText2 (Kaplan et al. 2020)", webtext * char, webtext,
            published("kaplan2020.tokens_per_word").value, plain,
        ),
        Tokenizer(
            "massivetext", "Chinchilla's on MassiveText (Hoffmann et al. 2022)",
            massive, massive / char, word,
            f"bytes from Table A1; {plain}, and tokens a word as in WebText2",
        ),
        Tokenizer(
            "web", "Web text (Villalobos et al. 2024)", web, web / char,
            1.0 / published("villalobos2024.words_per_token").value, plain,
        ),
    )  # fmt: skip


def massivetext_bytes_per_token() -> float:
    """Return the bytes in a token of Chinchilla's training mixture.

    Size on disk x epochs / (share x training tokens) of each part of MassiveText (Hoffmann et al.
    2022, Table A1), averaged by share; without Wikipedia, whose line cannot be as printed.
    """
    name = "hoffmann2022.massivetext"
    total = registry.printed(f"{name}.tokens").value
    parts = ("massiveweb", "books", "c4", "news", "github")
    disk, epochs, share = (
        np.array([registry.printed(f"{name}.{part}.{what}").value for part in parts])
        for what in ("disk", "epochs", "share")
    )
    return float(np.average(disk * epochs / (share * total), weights=share))


def _units(values: Values) -> Answer:
    cut = values
    if values["tokenizer"] != OWN:
        cut = vars(next(each for each in known_tokenizers() if each.name == values["tokenizer"]))
    chars = cut["chars_per_token"]
    text = Text(chars, cut["bytes_per_token"] / chars, cut["tokens_per_word"])
    measure, per = RATE_UNITS[values["unit"]]
    rate = Rate(values["loss"], measure, per)
    answer = {}
    for name, unit in _PERS.items():
        found = rate.to(unit, text)
        answer[f"bits.{name}"] = _quantity(found.bits.value)
        answer[f"nats.{name}"] = _quantity(found.nats.value)
        with np.errstate(over="ignore"):
            answer[f"perplexity.{name}"] = _quantity(found.perplexity.value)
    return answer


# GPT-4


def _gpt4(values: Values) -> Answer:
    chapter = _declared("gpt4")
    level = float(chapter["level"].default)
    inputs = _gpt4_inputs(values, float(chapter["range_level"].default))
    drawn = on_lattice(inputs)
    drawn["shared_params"] = np.minimum(drawn["shared_params"], drawn["total_params"])
    point = _gpt4_steps({name: np.asarray(float(values[name])) for name in inputs}, values)
    spread = _gpt4_steps(drawn, values)
    answer = {}
    for key, value in point.items():
        found = uncertainty.summarise(np.broadcast_to(spread[key], (POINTS,)), level)
        answer[key] = Quantity(float(value), found.low, found.high)
    answer["share"] = Quantity(float(np.mean(spread["under"] > 1)))
    return answer


def _gpt4_inputs(values: Values, level: float) -> dict[str, Distribution]:
    pairs = {
        "compute": "compute_off",
        "total_params": "total_off",
        "shared_params": "shared_off",
        "dense_ratio": "dense_off",
        "ratio_growth": "growth_off",
        "sparsity_factor": "sparsity_off",
    }
    inputs = {}
    for name, off in pairs.items():
        value, factor = float(values[name]), float(values[off])
        uncertain = factor > 1 and value > 0
        inputs[name] = (
            Distribution(value / factor, value * factor, level) if uncertain else fixed(value)
        )
    return inputs


def _gpt4_steps(v: Mapping[str, Floats], values: Values) -> dict[str, Floats]:
    active = experts.active_params(
        v["total_params"], values["experts"], values["active_experts"], v["shared_params"]
    )
    tokens = tokens_from_flop(v["compute"], active)
    dense = experts.scaled_ratio(
        v["dense_ratio"], v["ratio_growth"], v["compute"], values["dense_compute"]
    )
    optimum = dense * v["sparsity_factor"]
    under = optimum / (tokens / active)
    cost = overtraining.over_training_penalty(registry.parametric(COST_LAW), 1 / under)
    steps = {"active": active, "tokens": tokens, "ratio": tokens / active, "dense": dense}
    return {**steps, "optimum": optimum, "under": under, "cost": cost}


# Supply


@cache
def _stocks() -> supply.Supply:
    name, cells = datapackage.cells("supply_factors", "supply_factors")
    return supply.read(cells, name)


def _supply(values: Values) -> Answer:
    level = float(_declared("supply")["level"].default)
    stock = np.broadcast_to(_stock(values), (POINTS,))
    trend = on_lattice(_trend(values), _TREND)
    trend = {name: np.broadcast_to(each, (POINTS,)) for name, each in trend.items()}
    law = _demand_law(str(values["law"]))
    compute, over = float(values["compute_now"]), float(values["overtraining"])
    demand = supply.tokens_for_compute(law, compute, over)
    middle = math.sqrt(float(values["compute_growth_low"]) * float(values["compute_growth_high"]))

    def met(start: Floats, growth: Floats) -> Floats:
        base, grown = _base_year(), trend["page_growth"] * trend["pages_growth"]
        return np.clip(supply.crossing_year(base, stock, grown, start, growth), 0, NEVER)

    by_data = met(trend["dataset_now"], 10 ** trend["dataset_growth"])
    by_compute = met(demand, supply.demand_growth(law, trend["compute_growth"]))
    left = np.log10(supply.compute_for_tokens(law, stock, over) / compute)
    years = registry.printed("villalobos2024.exhaustion").level
    return {
        "stock": _summary(stock, level),
        "demand": _quantity(demand),
        "growth": _quantity(supply.demand_growth(law, middle)),
        "year.datasets": _summary(by_data, years),
        "year.compute": _summary(by_compute, years),
        "year.mixture": _summary(np.concatenate([by_data, by_compute]), years),
        "orders": _summary(left, level),
    }


def _stock(values: Values) -> Floats:
    stocks = _with_ranges(_stocks(), values)
    drawn = on_lattice(stocks.distributions())
    if values["stock"] == "total":
        return supply.total(stocks.tokens(drawn, stocks.counted), values["overlap"])
    return stocks[str(values["stock"])].tokens(drawn)


def _with_ranges(stocks: supply.Supply, values: Values) -> supply.Supply:
    """Return the stocks with the ranges of some factors changed."""

    def changed(factor: supply.Factor) -> supply.Factor:
        if factor.name not in _FACTORS:
            return factor
        low, high = float(values[f"{factor.name}_low"]), float(values[f"{factor.name}_high"])
        return replace(factor, distribution=replace(factor.distribution, low=low, high=high))

    return replace(
        stocks,
        stocks=tuple(
            replace(stock, factors=tuple(changed(each) for each in stock.factors))
            for stock in stocks.stocks
        ),
    )


def _trend(values: Values) -> dict[str, Distribution]:
    now, page, pages = (
        registry.printed(f"villalobos2024.{name}")
        for name in ("dataset_now", "page_growth", "pages_growth")
    )
    data, compute = (
        (float(values[f"{name}_growth_low"]), float(values[f"{name}_growth_high"]))
        for name in ("dataset", "compute")
    )
    return {
        "dataset_now": Distribution(now.low, now.high, now.level),
        "dataset_growth": Distribution(*data, kind="normal"),
        "compute_growth": Distribution(*compute),
        "page_growth": Distribution(page.low, page.high),
        "pages_growth": Distribution(pages.low, pages.high),
    }


def _demand_law(name: str) -> laws.ParametricLaw | laws.PowerAllocation:
    if name == RATIO_RULE:
        return supply.ratio_rule(registry.printed("villalobos2024.tokens_per_param").value)
    law = registry.published[name]
    assert isinstance(law, laws.ParametricLaw | laws.PowerAllocation)  # as the choices are
    return law


def _base_year() -> float:
    return registry.printed("villalobos2024.base_year").value


def _quantity(value: Any, ends: Any = None) -> Quantity:
    low, high = (float(end) for end in ends) if ends is not None else (math.nan, math.nan)
    return Quantity(math.nan if value is None else float(value), low, high)


def _summary(values: Floats, level: float) -> Quantity:
    found = uncertainty.summarise(values, level)
    return Quantity(found.median, found.low, found.high)


_COMPUTE: dict[str, Callable[[Values], Answer]] = {
    "planner": _planner,
    "units": _units,
    "gpt4": _gpt4,
    "supply": _supply,
}


# What the page computes from


def export() -> dict[str, Any]:
    """Return all constants that the calculators need, as plain values for JSON."""
    return {
        "flopPerParamToken": FLOP_PER_PARAM_TOKEN,
        "secondsPerDay": SECONDS_PER_DAY,
        "laws": {name: _law(name) for name in (*registry.law_names("parametric"), *_allocations())},
        "refit": _refit(),
        "tokenizers": {each.name: vars(each) for each in known_tokenizers()},
        "entropies": _entropies(),
        "gpt4": _gpt4_constants(),
        "supply": _supply_constants(),
        "lattice": {"points": POINTS, "multiplier": MULTIPLIER, "trend": _TREND},
        "predictions": predictions(),
        "starts": STARTS,
        "ordered": {
            name: [list(rule) for rule in rules] for name, rules in ORDERED.items() if rules
        },
        "fields": {
            name: {each.name: _field(each) for each in fields(name)} for name in calculator_names()
        },
        "numbers": grammar(),
        "spellings": {
            each.unit: spellings(each.unit) for name in calculator_names() for each in fields(name)
        },
    }


def _field(each: Parameter) -> dict[str, Any]:
    return {**each.describe(), "bounds": bounds(each)}


def bounds(each: Parameter) -> str:
    """Return the bounds of a number in words, as short as they can be typed; "" of a choice."""
    if each.choices:
        return ""
    return re.sub(r"e\+?(-?)0*(\d)", r"e\1\2", each.bounds).removesuffix(" x")


@cache
def notes() -> dict[str, dict[str, str]]:
    """Return what is known of each choice of some fields: of a law, where its constants are from.

    Returns
    -------
    dict
        By ``calculator.field``, by choice.
    """
    known = {name: _law_note(name) for name in (*registry.law_names("parametric"), *_allocations())}
    runs = answers.refit_runs()
    known[answers.REFIT] = f"Fitted here to {runs.loss.size} runs of hoffmann2022."
    known[RATIO_RULE] = "As villalobos2024 take it from hoffmann2022."
    text = {each.name: f"{each.certainty.capitalize()}." for each in known_tokenizers()}
    return {"planner.law": known, "supply.law": known, "units.tokenizer": text}


def _law_note(name: str) -> str:
    constants = registry.law_constants(name).values()
    sources = "; ".join(dict.fromkeys(f"{each.source}, {each.where}" for each in constants))
    certainty = ", ".join(dict.fromkeys(each.certainty for each in constants))
    bare = any("non-embedding" in each.unit for each in constants)
    counted = " Parameters without embeddings." if bare else ""
    return f"{sources} ({certainty}).{counted}"


def _law(name: str) -> dict[str, Any]:
    law = registry.published[name]
    if isinstance(law, laws.ParametricLaw):
        return _constants(law)
    assert isinstance(law, laws.PowerAllocation)  # the others have no place in a plan
    return {"a": law.a, "b": law.b, "N_e": law.N_e, "D_e": law.D_e, "unit": law.compute_unit}


def _constants(law: laws.ParametricLaw) -> dict[str, Any]:
    return {key: float(getattr(law, key)) for key in ("E", "A", "B", "alpha", "beta")}


def _refit() -> dict[str, Any]:
    law, ensemble = answers.refit()
    columns = [np.asarray(getattr(ensemble, key)) for key in ("E", "A", "B", "alpha", "beta")]
    rounded = [float(f"{value:.9e}") for value in np.stack(columns, axis=1).ravel()]
    return {"law": _constants(law), "level": answers.LEVEL, "draws": rounded}


def _entropies() -> list[dict[str, Any]]:
    """Return what English was found to hold, bits per character."""
    low, high = (registry.printed(f"shannon1951.{end}").value for end in ("lower", "upper"))
    cover, brown = (registry.printed(k).value for k in ("cover1978.entropy", "brown1992.upper"))
    return [
        {"label": "Shannon 1951", "low": low, "high": high},
        {"label": "Cover 1978", "value": cover},
        {"label": "Brown 1992", "value": brown},
    ]


def _edge(level: float) -> float:
    """Return the score of the upper end of a central interval."""
    return NormalDist().inv_cdf((1.0 + level) / 2.0)


def _gpt4_constants() -> dict[str, Any]:
    chapter = _declared("gpt4")
    return {
        "level": float(chapter["level"].default),
        "edge": _edge(float(chapter["range_level"].default)),
        "costLaw": COST_LAW,
    }


def _supply_constants() -> dict[str, Any]:
    chapter, stocks = _declared("supply"), _stocks()
    rule = _demand_law(RATIO_RULE)
    assert isinstance(rule, laws.PowerAllocation)
    defaults = check("supply", {})
    return {
        "level": float(chapter["level"].default),
        "yearLevel": registry.printed("villalobos2024.exhaustion").level,
        "baseYear": _base_year(),
        "never": NEVER,
        "factors": {name: _spread(each) for name, each in stocks.distributions().items()},
        "stocks": {
            stock.name: [[each.name, each.power] for each in stock.factors]
            for stock in stocks.stocks
            if stock.counted or stock.name in STOCKS
        },
        "counted": list(stocks.counted),
        "trend": {name: _spread(each) for name, each in _trend(defaults).items()},
        "rule": {"a": rule.a, "b": rule.b, "N_e": rule.N_e, "D_e": rule.D_e, "unit": 1.0},
        "open": list(_FACTORS),
    }


def _spread(each: Distribution) -> dict[str, Any]:
    if each.kind not in ("lognormal", "normal", "logit", "reflected"):
        raise ScalebookError(f"The calculators know no {each.kind} quantities.")
    return {
        "low": each.low,
        "high": each.high,
        "value": each.value,
        "edge": _edge(each.level),
        "kind": each.kind,
        "offset": each.offset,
        "floor": each.floor if math.isfinite(each.floor) else None,
    }
