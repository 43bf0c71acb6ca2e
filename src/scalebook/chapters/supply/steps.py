"""How much text there is, how sure that is, and when demand meets it, step by step."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalebook.chapters.common import printed
from scalebook.chapters.parameter import Parameters
from scalinglaws import datapackage, registry
from scalinglaws.laws import ParametricLaw, PowerAllocation
from scalinglaws.supply import stocks, uncertain
from scalinglaws.supply.stocks import meeting_year
from scalinglaws.supply.uncertain import Distribution, Summary, summarise
from scalinglaws.units import Floats

#: Stocks that Villalobos et al. print, by size, and the one by the ranges in their text.
PRINTED = ("usable_web", "common_crawl", "repeated_web", "indexed_web", "whole_web")
AS_PRINTED = "indexed_web_as_printed"
LEVEL = 0.95  # of the published intervals
LADDER = ("usable_web", "repeated_web", "indexed_web", "whole_web")
LAWS = ("hoffmann2022", "besiroglu2024", "llama3-figure", "muennighoff2023")
NEVER = 9999.0  # a year in place of infinity
OVER, SLOW = 10.0, 2.0  # times the best tokens per parameter, and compute a year, as what-ifs
CODE = "datasets' trend, from the code's 3T to 13T"
TEXT = "datasets' trend, from the text's 10T"
MIXED = "half datasets', half compute's"

Allocation = ParametricLaw | PowerAllocation


def villalobos(key: str) -> registry.Printed:
    """Return a figure that Villalobos et al. print, with its interval."""
    return registry.printed(f"villalobos2024.{key}")


@dataclass(frozen=True)
class Drawn:
    """The stocks of the table with the draws of their factors and of their tokens, by name."""

    table: stocks.Supply
    factors: dict[str, stocks.Factor]
    values: dict[str, Floats]
    tokens: dict[str, Floats]

    def stated(self, *factors: str) -> float:
        """Return the product of the stated values of some factors."""
        return math.prod(self.factors[name].stated for name in factors)

    def point(self, stock: str) -> float:
        """Return a stock at the stated values."""
        return self.table[stock].point


def bundled() -> stocks.Supply:
    """Return the stocks of the bundled table."""
    cells = datapackage.cells("supply_factors", "supply_factors")[1]
    return stocks.read(cells, "supply_factors.csv")


def drawn(p: Parameters) -> Drawn:
    """Read the table of factors, and draw them."""
    name, cells = datapackage.cells(p.table, "supply_factors")
    table = stocks.read(cells, name)
    table.require(bundled())
    values = uncertain.sample(table.distributions(), p.draws, p.seed)
    factors = {factor.name: factor for stock in table.stocks for factor in stock.factors}
    return Drawn(table, factors, values, table.tokens(values))


@dataclass(frozen=True)
class Sums:
    """The articles' sums, and what they would be with other factors."""

    books: float
    papers: float
    article_sum: float
    book_words: float
    catalogued: float
    catalogued_words: float
    paper_words: float
    paper_years: float
    papers_grown_words: float
    reduced_sum: float
    llama: float
    all_speech: float
    break_even: float


def sums(p: Parameters, d: Drawn) -> Sums:
    """Multiply the stated factors out, with catalogued books and growing papers as well."""
    books, papers, llama = (d.point(stock) for stock in ("books", "papers", "llama3"))
    catalogued, years = printed("loc2014.books"), d.stated("years_of_papers")
    catalogued_words = catalogued * d.stated("words_per_book")
    paper_words = d.stated("papers_per_year", "years_of_papers", "words_per_paper")
    paper_years = float(stocks.years_at_todays_rate(p.paper_growth, years))
    grown = paper_words * paper_years / years
    all_speech = d.stated("video_minutes", "words_per_minute", "tokens_per_word")
    return Sums(
        books, papers, books + papers, d.stated("books", "words_per_book"),
        catalogued, catalogued_words, paper_words, paper_years, grown,
        (catalogued_words + grown) * d.stated("tokens_per_word"),
        llama, all_speech, llama / all_speech,
    )  # fmt: skip


def recomputed(d: Drawn) -> dict[str, Summary]:
    """Return the stocks that are published, from the draws of their factors."""
    return {name: summarise(d.tokens[name], LEVEL) for name in (*PRINTED, AS_PRINTED)}


def published(stock: str) -> registry.Printed:
    """Return what is published for a stock, tokens."""
    return villalobos("indexed_web" if stock == AS_PRINTED else stock)


def errors(stock: str, found: Summary) -> tuple[float, float, float]:
    """Return how far median, low and high end are off the published ones, relative to them."""
    said = published(stock)
    return abs(found.median / said.value - 1), abs(found.low / said.low - 1), abs(found.high / said.high - 1)  # fmt: skip


@dataclass(frozen=True)
class Total:
    """All stocks that are uncertain, and the total of the counted ones."""

    stocks: dict[str, Summary]
    whole: Summary


def total(p: Parameters, d: Drawn) -> Total:
    """Add up the counted stocks, less their overlap."""
    summaries = {name: summarise(drawn, p.level) for name, drawn in d.tokens.items() if drawn.ndim}
    counted = {name: np.broadcast_to(d.tokens[name], (p.draws,)) for name in d.table.counted}
    return Total(summaries, summarise(stocks.total(counted, p.overlap), p.level))


Decisive = tuple[tuple[uncertain.Swing, ...], uncertain.SobolIndices]


def decisive(p: Parameters, d: Drawn) -> Decisive:
    """Return which factor decides: the total over the range of each, and Sobol's indices."""

    def log_total(values: Mapping[str, Floats]) -> Floats:
        logs: Floats = np.log(stocks.total(d.table.tokens(values, d.table.counted), p.overlap))
        return logs

    factors = d.table.distributions(d.table.counted)
    swings = uncertain.tornado(lambda values: np.exp(log_total(values)), factors, p.level)
    return swings, uncertain.sobol(log_total, factors, points=1024, seed=p.seed, level=p.level)


@dataclass(frozen=True)
class Demand:
    """What the largest run takes by law; the first law is the rule of tokens per parameter."""

    rule: PowerAllocation
    laws: dict[str, Allocation]
    tokens: dict[str, float]


def _allocation(name: str) -> Allocation:
    parametric = registry.law_form(name) == "parametric"
    return registry.parametric(name) if parametric else registry.of_kind(name, PowerAllocation)


def demand(p: Parameters) -> Demand:
    """Ask the laws for the tokens of the largest run of 2024."""
    rule = stocks.ratio_rule(villalobos("tokens_per_param").value)
    laws = {rule.name: rule} | {name: _allocation(name) for name in dict.fromkeys((*LAWS, p.law))}
    budget = p.compute_now, p.overtraining
    taken = {name: float(stocks.tokens_for_compute(law, *budget)) for name, law in laws.items()}
    return Demand(rule, laws, taken)


def compute_trend(law: str) -> str:
    """Return the name of the demand that follows compute by a law."""
    return f"compute's trend, {law}"


@dataclass(frozen=True)
class Meeting:
    """When demand meets supply.

    Attributes
    ----------
    growth : dict
        Draws of ``dataset_now`` (tokens) and of the factors a year of datasets, compute and stock.
    years : dict
        Draws of the year in which the repeated web is used up, by demand.
    at : dict
        Their summaries.
    by_stock : dict
        For each stock the summaries by datasets' trend, by compute's, and half and half.
    filtered : ndarray
        Draws of the year in which the filtered web, read once, is used up, half and half.
    overtrained, slow : Summary
        The year by compute's trend if runs take `OVER` times the tokens per parameter, and if
        compute grows by `SLOW` a year.
    """

    growth: dict[str, Floats]
    years: dict[str, Floats]
    at: dict[str, Summary]
    by_stock: dict[str, tuple[Summary, ...]]
    filtered: Floats
    overtrained: Summary
    slow: Summary


def rises(p: Parameters) -> dict[str, Distribution]:
    """Return how sure the start and the growth of demand and stock are."""
    now, page, pages = map(villalobos, ("dataset_now", "page_growth", "pages_growth"))
    return {
        "dataset_now": Distribution(now.low, now.high, now.level),
        "dataset_growth": Distribution(p.dataset_growth_low, p.dataset_growth_high, kind="normal"),
        "compute_growth": Distribution(p.compute_growth_low, p.compute_growth_high),
        "page_growth": Distribution(page.low, page.high),
        "pages_growth": Distribution(pages.low, pages.high),
    }


def meeting(p: Parameters, d: Drawn, wanted: Demand) -> Meeting:
    """Let demand run into each stock, draw by draw."""
    some, level = min(p.draws, 100_000), villalobos("exhaustion").level
    draws = {name: np.broadcast_to(values, (some,))
             for name, values in uncertain.sample(rises(p), some, p.seed + 2).items()}  # fmt: skip
    now, orders, compute, page, pages = draws.values()
    datasets, rising = 10**orders, page * pages

    def met(stock: str, start: Floats | float, growth: Floats) -> Floats:
        base = villalobos("base_year").value
        year = stocks.crossing_year(base, d.tokens[stock][:some], rising, start, growth)
        return np.clip(year, 0, NEVER)

    def by_law(stock: str, law: str) -> Floats:
        return met(stock, wanted.tokens[law], stocks.demand_growth(wanted.laws[law], compute))

    pairs = {each: (met(each, now, datasets), by_law(each, wanted.rule.name)) for each in PRINTED}
    web, (by_data, by_compute) = "repeated_web", pairs["repeated_web"]
    years = {
        CODE: by_data,
        TEXT: met(web, villalobos("dataset_now.text").value, datasets),
        "datasets' trend, from Llama 3": met(web, printed("llama3.trained.tokens"), datasets),
        compute_trend(wanted.rule.name): by_compute,
        compute_trend(p.law): by_law(web, p.law),
        MIXED: np.concatenate(pairs[web]),
    }
    at = {name: summarise(drawn, level) for name, drawn in years.items()}
    by_stock = {
        each: tuple(summarise(drawn, level) for drawn in (*pair, np.concatenate(pair)))
        for each, pair in pairs.items()
    }
    growth = {"dataset_now": now, "datasets": datasets, "compute": compute, "stock": rising}
    taken = wanted.tokens[wanted.rule.name]
    others = (
        (taken * math.sqrt(OVER), stocks.demand_growth(wanted.rule, compute)),
        (taken, stocks.demand_growth(wanted.rule, SLOW)),
    )
    what_if = (summarise(met(web, *each), level) for each in others)
    return Meeting(growth, years, at, by_stock, np.concatenate(pairs["usable_web"]), *what_if)


@dataclass(frozen=True)
class Middle:
    """Stock and demand in the middle of their ranges, and the years in which they meet.

    Attributes
    ----------
    web, demand, dataset_now : float
        The repeated web, what the rule asks for, and the largest sets, in the base year, tokens.
    web_low, web_high : float
        Ends of the interval of the web at the level of the published years.
    web_growth, compute_growth, dataset_growth : float
        Factors a year.
    wait_by_compute : float
        Years from the base year on.
    year_by_compute, year_by_data : float
    """

    web: float
    web_low: float
    web_high: float
    web_growth: float
    demand: float
    compute_growth: float
    dataset_now: float
    dataset_growth: float
    wait_by_compute: float
    year_by_compute: float
    year_by_data: float


def middle(p: Parameters, d: Drawn, wanted: Demand) -> Middle:
    """Let demand run into the repeated web, everything in the middle of its range."""
    at = {name: each.median for name, each in rises(p).items()}
    web, growth = d.tokens["repeated_web"], at["page_growth"] * at["pages_growth"]
    some = summarise(web, villalobos("exhaustion").level)
    taken, sets = wanted.tokens[wanted.rule.name], 10 ** at["dataset_growth"]
    paths = (
        (taken, stocks.demand_growth(wanted.rule, at["compute_growth"])),
        (at["dataset_now"], sets),
    )
    base = villalobos("base_year").value
    waits = [np.clip(stocks.crossing_year(0, some.median, growth, *path), -NEVER, NEVER) for path in paths]  # fmt: skip
    years = (float(np.clip(base + wait, 0, NEVER)) for wait in waits)
    return Middle(some.median, some.low, some.high, growth, taken, at["compute_growth"],
                  at["dataset_now"], sets, float(waits[0]), *years)  # fmt: skip


def longer(growth: float, web_growth: float, times: float) -> float:
    """Return how many years longer a stock lasts that is so many times as large."""
    closing = math.log(growth / web_growth)
    return min(math.log(times) / closing, NEVER) if closing > 0 else NEVER


# What a browser computes too: operators only


def read_at(ratio: float, compute: float) -> float:
    """Return the tokens that a run reads at so many tokens per parameter."""
    tokens: float = (ratio * compute / 6) ** 0.5
    return tokens


def growth_of_tokens(compute_growth: float) -> float:
    """Return the growth of what runs of growing compute read, at equal tokens per parameter."""
    growth: float = compute_growth**0.5
    return growth


def over(one: float, other: float) -> float:
    """Return one over the other."""
    return one / other


def less(one: float, other: float) -> float:
    """Return one less the other."""
    return one - other


def halfway(one: float, other: float) -> float:
    """Return the middle of two years."""
    return (one + other) / 2


def grown(tokens: float, growth: float, years: float) -> float:
    """Return what tokens have grown to after some years."""
    later: float = tokens * growth**years
    return later


def with_stock(year: float, gap: Floats, closing: Floats, larger: Floats) -> Floats:
    """Return the year of a stock that is larger, by a logarithm."""
    return meeting_year(year, gap + larger, closing)


@dataclass(frozen=True)
class Orders:
    """Orders of magnitude of compute that are left, by stock.

    `by_law` has a number for each stock of `LADDER`, by law; `left` sums up the rule's for the
    repeated web, `now_left` is its number for a third of the filtered web, over-trained `OVER`
    times, and `draws` has the rule's draw by draw, by how often the filtered web is read.
    """

    by_law: dict[str, Floats]
    left: Summary
    now_left: float
    draws: dict[str, Floats]


def orders(p: Parameters, d: Drawn, added: Total, wanted: Demand) -> Orders:
    """Ask for the compute of the run that takes a whole stock once."""

    def left(law: Allocation, tokens: ArrayLike, stretch: float = 1.0) -> Floats:
        taken = stocks.compute_for_tokens(law, tokens, stretch * p.overtraining)
        return np.asarray(np.log10(taken / p.compute_now))

    webs = [added.stocks[name].median for name in LADDER]
    by_law = {name: left(law, webs) for name, law in wanted.laws.items()}
    now = float(left(wanted.rule, webs[0] / 3, OVER))
    readings = {"read once": "usable_web", "read repeatedly": "repeated_web"}
    draws = {how: left(wanted.rule, d.tokens[web][: min(p.draws, 100_000)]) for how, web in readings.items()}  # fmt: skip
    some = summarise(draws["read repeatedly"], p.level)
    return Orders(by_law, some, now, draws)


@dataclass(frozen=True)
class Ahead:
    """Stock and compute some years on, draw by draw.

    `stock` is the filtered and repeated web, `compute` the largest run if the growth of compute
    lasts, and `by_text` the run that reads that stock once, by the rule of tokens per parameter.
    """

    stock: Floats
    compute: Floats
    by_text: Floats


def ahead(p: Parameters, f: "Found", year: float) -> Ahead:
    """Let stock and compute grow from the base year to another."""
    growth, passed = f.meeting.growth, year - villalobos("base_year").value
    stock = f.drawn.tokens["repeated_web"][: growth["stock"].size] * growth["stock"] ** passed
    by_text = np.asarray(stocks.compute_for_tokens(f.demand.rule, stock, p.overtraining))
    return Ahead(stock, p.compute_now * growth["compute"] ** passed, by_text)


def stock_growth() -> float:
    """Return the factor a year by which the web grows, in pages and their size."""
    return villalobos("page_growth").value * villalobos("pages_growth").value


def side(web: Summary, wanted: Demand) -> dict[str, float]:
    """Return side results for the repeated web, as recorded: compute, and years gained."""
    over, growth = villalobos("overtraining").value, villalobos("dataset_growth").value
    tokens = [villalobos("exhaustion.tokens").value, web.median]
    exhaustion, stretched = map(float, stocks.compute_for_tokens(wanted.rule, tokens, [1, over]))
    years = math.log10(math.sqrt(over)) / (growth - math.log10(stock_growth()))
    return {"exhaustion_compute": exhaustion, "over_years": years, "over_compute": stretched}


def exercises(p: Parameters, d: Drawn, web: Summary) -> dict[str, float]:
    """Return the answers to the exercises, by the names that they are recorded under."""
    some, pages = min(p.draws, 100_000), d.stated("crawled_pages")
    loose = {"pages": Distribution(0.5 * pages, 2 * pages)}
    drawn_pages = uncertain.sample(loose, some, p.seed + 3)["pages"]
    crawl = summarise(d.tokens["common_crawl"][:some] / pages * drawn_pages, LEVEL)
    trained, base = printed("llama3.trained.tokens"), villalobos("base_year").value
    year = float(stocks.crossing_year(base, web.median, stock_growth(), trained, 1.2))
    answers = {"year": year, "crawl_low": crawl.low, "crawl_high": crawl.high}
    return {f"exercise_{name}": value for name, value in answers.items()}


def negative_bytes(p: Parameters) -> float:
    """Return how often the published distribution of bytes per token falls below zero."""
    code = bundled().distributions()["bytes_per_token"]
    bare = Distribution(code.low, code.high, code.level, kind=code.kind, offset=code.offset)
    return float(np.mean(uncertain.sample({"bytes": bare}, p.draws, p.seed + 4)["bytes"] <= 0))


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    drawn: Drawn
    sums: Sums
    recomputed: dict[str, Summary]
    total: Total
    decisive: Decisive
    demand: Demand
    meeting: Meeting
    middle: Middle
    orders: Orders

    def paths(self) -> dict[str, float]:
        """Return the factors a year by which demand grows, by what it follows."""
        by_compute = stocks.demand_growth(self.demand.rule, self.middle.compute_growth)
        return {"compute": float(by_compute), "data": self.middle.dataset_growth}


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    made, wanted = drawn(p), demand(p)
    added = total(p, made)
    return Found(made, sums(p, made), recomputed(made), added, decisive(p, made), wanted,
                 meeting(p, made, wanted), middle(p, made, wanted), orders(p, made, added, wanted))  # fmt: skip
