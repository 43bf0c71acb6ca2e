"""Figures and tables of the chapter on the supply of text."""

import math
from functools import partial
from typing import Any

import numpy as np

from scalebook.chapters.common import between, interval_of, stated
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.supply import steps
from scalebook.chapters.supply.steps import NEVER, Demand, Drawn, Meeting, Total, villalobos
from scalebook.show import figures as draw
from scalebook.show.control import (
    Control,
    Layer,
    Slider,
    Style,
    axis,
    dots,
    either,
    marker,
    name,
    text,
)
from scalebook.show.figures import Shown, Table
from scalebook.show.formula import Formula, Given, Lookup, Quantity
from scalebook.show.numbers import Form, fix, num, pct, qty, sci
from scalebook.show.palette import BLUE, GREEN, GREY, INK, ORANGE, VERMILION
from scalinglaws.supply import stocks
from scalinglaws.supply.uncertain import Summary

#: Stocks and factors as a reader knows them.
NAMES = {
    "usable_web": "filtered web, read once", "repeated_web": "filtered web, with repeats",
    "indexed_web": "indexed web", "common_crawl": "Common Crawl", "whole_web": "whole web",
    "youtube": "YouTube, spoken words", "usable_youtube": "YouTube, filtered",
    "papers": "research papers", "usable_share": "share that passes the filter", "llama3": "Llama 3's set",
    "years_of_papers": "years of papers", "bytes_per_token": "bytes in a token", "bytes_per_page": "bytes on a page",
}  # fmt: skip
#: Published laws that tables name.
LAWS = {
    "hoffmann2022": "Hoffmann et al., unrounded", "hoffmann2022-printed": "Hoffmann et al., as printed",
    "besiroglu2024": "Besiroglu et al.", "besiroglu2024-all245": "Besiroglu et al., all 245 runs",
    "llama3": "Llama 3, text", "llama3-figure": "Llama 3, figure", "muennighoff2023": "Muennighoff et al.",
    "sardana2024": "Sardana et al.", "kumar2024": "Kumar et al.", "kaplan2020-allocation": "Kaplan et al., Table 6",
}  # fmt: skip
WEB, BY_DATA, BY_COMPUTE = "filtered web, with repeats", "data sets' trend", "compute's trend"
#: Years that the figures of demand show, after the base year.
AHEAD = 16
#: Names of the demand that a reader can move, by what it follows, with their colours.
PATHS = {"compute": (BY_COMPUTE, GREEN), "data": (BY_DATA, ORANGE)}


def amount(tokens: float, digits: int = 3) -> str:
    """Return a number of tokens as text: 70B, 320T, 3,200T."""
    return f"{num(tokens / 1e12, digits)}T" if tokens >= 1e15 else qty(tokens, digits)


def named(key: str) -> str:
    """Return what a reader calls a stock or a factor."""
    return NAMES.get(key, key.replace("_", " "))


def year(value: float) -> str:
    """Return the calendar year in which a moment lies, also one that is none."""
    return "never" if value >= NEVER else "long ago" if value < 1900 else f"{int(value)}"


def moment(value: float) -> str:
    """Return a year with the third of it that is meant: late 2028."""
    third = ("early ", "mid-", "late ")[int(3 * (value % 1))]
    return f"{third}{year(value)}" if 1900 <= value < NEVER else year(value)


def when(value: float) -> str:
    """Return when something is so, as a sentence says it."""
    return f"in {moment(value)}" if 1900 <= value < NEVER else moment(value)


def base() -> float:
    """Return the year for which stock and demand hold."""
    return villalobos("base_year").value


# When demand meets supply


def lead(p: Parameters, f: steps.Found) -> Shown:
    """Draw the stock and what asks for it over the years; a reader moves both."""
    said, m, growth = villalobos("exhaustion"), f.middle, f.meeting.growth
    time, few = np.arange(base(), base() + AHEAD + 1), slice(4000)
    tails, crossed = [(1 - said.level) / 2, (1 + said.level) / 2], villalobos("exhaustion.tokens").value  # fmt: skip
    by_compute = stocks.demand_growth(f.demand.rule, growth["compute"])
    fig, ax = draw.new(height=3.6)
    drawn = {}
    for what, start, growths, middle, colour in (
        (WEB, f.drawn.tokens["repeated_web"][few], growth["stock"], (m.web, m.web_growth), BLUE),
        (BY_DATA, growth["dataset_now"][few], growth["datasets"], (m.dataset_now, m.dataset_growth), ORANGE),
        (BY_COMPUTE, m.demand, by_compute, (m.demand, f.paths()["compute"]), GREEN),
    ):  # fmt: skip
        low, high = np.quantile(start * growths[few] ** (time - base())[:, None], tails, axis=1)
        centre = middle[0] * middle[1] ** (time - base())
        draw.band(ax, time, low, high, colour)
        ax.plot(time, centre, color=colour)
        drawn[what] = {"year": time, "tokens": centre, "tokens_low": low, "tokens_high": high}
    draw.label(ax, time[-1], 5e13, WEB, BLUE, (-4, 0), ha="right")
    draw.label(ax, time[0] + 0.4, 4e16, BY_DATA, ORANGE, (0, 0))
    draw.label(ax, time[0] + 0.4, 1.2e16, BY_COMPUTE, GREEN, (0, 0))
    draw.point(ax, said.value, crossed, INK, "published", (-8, 10), "right", "D", markersize=6)
    draw.log_axis(ax, "y")
    ax.set(xlabel="year", ylabel="tokens", ylim=(1e12, 1e17), xlim=(time[0], time[-1]))
    drawn["published"] = {"year": said.value, "tokens": crossed}
    mixed = f.meeting.at[steps.MIXED]
    return draw.show(fig, "fig-demand",
        f"What one training run reads, against the {WEB} ({amount(m.web)} tokens in {base():.0f}). Green: as compute grows, {num(m.compute_growth, 2)} times a year. Orange: as data sets grow, {num(m.dataset_growth, 2)} times. Half and half, they meet the web {when(mixed.median)} ({pct(said.level)}: {_between(mixed)}). Diamond: as Villalobos and colleagues print it. Shaded: {pct(said.level)}.",
        f"On a logarithmic axis of tokens a nearly level band, the web, and two straight bands of demand. By compute demand meets the web {when(m.year_by_compute)}, by data sets {when(m.year_by_data)}. A diamond marks the published meeting.",
        data=draw.stack(drawn), control=_control(p, f))  # fmt: skip


def _between(each: Summary) -> str:
    low, high = year(each.low), year(each.high)
    return f"{low} to {high}" if low != high or each.high < NEVER else low


def _slider(key: str, label: str, ends: tuple[float, float], value: float, unit: str = "", style: Style = "num", reads: str = "") -> Slider:  # fmt: skip
    """Return a slider whose ends make room for where it begins."""
    return Slider(key, label, min(ends[0], value), max(ends[1], value), value, unit, style, reads=reads)  # fmt: skip


def _control(p: Parameters, f: steps.Found) -> Control:
    """Let a reader move the growths, the stock, and how long a model is trained."""
    m, ratio = f.middle, villalobos("tokens_per_param").value * p.overtraining
    said = villalobos("exhaustion")
    inputs = [
        _slider("growth", "Growth of compute", (1.1, 10), m.compute_growth, "×/year", reads="x/year"),
        _slider("sets", "Growth of data sets", (1.1, 10), m.dataset_growth, "×/year", reads="x/year"),
        _slider("stock", "Stock of text", (1e13, 1e16), m.web, "tokens", "amount"),
        _slider("ratio", "Tokens per parameter", (2, 2000), ratio),
    ]  # fmt: skip
    values: dict[str, Quantity] = {
        "demand": Formula(steps.read_at, {"ratio": "ratio", "compute": p.compute_now}),
        "pace": Formula(steps.growth_of_tokens, {"compute_growth": "growth"}),
        **_path(m, "compute", "demand", "pace"), **_path(m, "data", m.dataset_now, "sets"),
        **{end: Formula(steps.halfway, {"one": f"{end}_compute", "other": f"{end}_data"}) for end in ("year", "low", "high")},
    }  # fmt: skip
    layers = [
        _stock_band(m), _straight("stock", "stock_end", BLUE),
        _straight("demand", "end_compute", GREEN), _straight(repr(m.dataset_now), "end_data", ORANGE),
        name(base() + 0.4, 5e16, BY_DATA, ORANGE), name(base() + 0.4, 2e16, BY_COMPUTE, GREEN),
        *(marker(f"at_{key}", f"met_{key}", colour) for key, (_, colour) in PATHS.items()),
        dots({"x": [said.value], "y": [villalobos("exhaustion.tokens").value]}, INK, "diamond"),
        name(base() + AHEAD - 0.2, 4e13, WEB, BLUE, "right"),
    ]  # fmt: skip
    values["stock_end"] = Formula(steps.grown, {"tokens": "stock", "growth": m.web_growth, "years": AHEAD})  # fmt: skip
    tokens = axis("tokens", 1e12, 1e17, labels="power", ticks=[10.0**n for n in range(12, 18)])
    # Lines leave the drawing; they do not run along its edge.
    tokens = {**tokens, "scale": {**tokens["scale"], "clamp": False}}
    time = axis("year", base(), base() + AHEAD, log=False, labels="d", ticks=[base() + n for n in range(0, AHEAD + 1, 4)])  # fmt: skip
    return Control(inputs, values, _says(), layers, time, tokens)


def _path(m: steps.Middle, key: str, start: str | float, pace: str) -> dict[str, Quantity]:
    """Return when a demand meets the stock, and where that is drawn, by names that end in its key."""
    web, last, shifts = m.web_growth, base() + AHEAD, {"low": m.web_low, "high": m.web_high}
    meeting: dict[str, Given] = {"year": base(), "gap": f"gap_{key}", "closing": f"closing_{key}"}
    return {
        f"times_{key}": Formula(steps.over, {"one": "stock", "other": start}),
        f"gains_{key}": Formula(steps.over, {"one": pace, "other": web}),
        # The logarithm is a straight line here. What gains nothing meets the stock in a far year.
        f"gap_{key}": Lookup(f"times_{key}", (1e-9, 1e9), (-9, 9)),
        f"closing_{key}": Lookup(f"gains_{key}", (1 + 1e-6, 100), (math.log10(1 + 1e-6), 2)),
        f"year_{key}": Formula(stocks.meeting_year, meeting),
        **{f"{end}_{key}": Formula(steps.with_stock, {**meeting, "larger": math.log10(each / m.web)}) for end, each in shifts.items()},
        f"at_{key}": Lookup(f"year_{key}", (base(), last), (base(), last), log=False),
        f"since_{key}": Formula(steps.less, {"one": f"at_{key}", "other": base()}),
        f"met_{key}": Formula(steps.grown, {"tokens": "stock", "growth": web, "years": f"since_{key}"}),
        f"end_{key}": Formula(steps.grown, {"tokens": start, "growth": pace, "years": AHEAD}),
    }  # fmt: skip


def _regular() -> str:
    """Return a condition of Vega's: both demands meet the stock, and in years that one tells."""
    return " && ".join(f"gap_{key} > 0 && year_{key} < 2100" for key in PATHS)


def _says() -> str:
    def when(key: str) -> str:
        late = either(f"year_{key} > 2100", "'not before 2100'", text(f"in {{year_{key}:year}}"))
        return either(f"gap_{key} <= 0", f"'before {base():.0f}'", late)

    held = text(f"The stock is {{stock:amount}} tokens in {base():.0f} and grows. ")
    first = text("If compute grows {growth:num} times a year, a run with {ratio:num} tokens per parameter reads as many as it holds ")  # fmt: skip
    second = text("; if data sets grow {sets:num} times a year, the largest run does ")
    level = pct(villalobos("exhaustion").level)
    half = text(f" Halfway is {{year:year}}, and {{low:year}} to {{high:year}} over the {level} interval of the stock.")  # fmt: skip
    return f"{held} + {first} + {when('compute')} + {second} + {when('data')} + '.' + {either(_regular(), half, repr(''))}"  # fmt: skip


def _straight(start: str, end: str, colour: str) -> Layer:
    """Return a line over all years between two tokens, which are expressions of Vega's."""
    look = {"type": "rule", "color": colour, "strokeWidth": 2.5, "clip": True}
    places = {"x": repr(base()), "y": start, "last": repr(base() + AHEAD), "top": end}
    return {
        "data": {"values": [{}]}, "mark": look,
        "transform": [{"calculate": each, "as": key} for key, each in places.items()],
        "encoding": {"x": {"field": "x"}, "x2": {"field": "last"}, "y": {"field": "y"}, "y2": {"field": "top"}},
    }  # fmt: skip


def _stock_band(m: steps.Middle) -> Layer:
    """Return the interval of the stock, which goes with it."""
    grown = f"stock * pow({m.web_growth!r}, datum.x - {base()!r})"
    made: list[dict[str, Any]] = [
        {"calculate": f"{end / m.web!r} * {grown}", "as": key}
        for key, end in (("low", m.web_low), ("high", m.web_high))
    ]
    return {
        "data": {"values": [{"x": base()}, {"x": base() + AHEAD}]}, "transform": made,
        "mark": {"type": "area", "color": BLUE, "opacity": 0.22, "clip": True},
        "encoding": {"x": {"field": "x"}, "y": {"field": "low"}, "y2": {"field": "high"}},
    }  # fmt: skip


def dates(p: Parameters, f: steps.Found) -> Shown:
    """Draw the year under one assumption after another."""
    met, said = f.meeting, villalobos("exhaustion")
    rows = [
        ("published", Summary(said.value, said.low, said.high, said.level, 0, 0, 0), INK),
        ("half and half", met.at[steps.MIXED], VERMILION),
        ("data sets' trend alone", met.at[steps.CODE], ORANGE),
        ("compute's trend alone", met.at[steps.compute_trend(f.demand.rule.name)], GREEN),
        (f"compute's, {steps.OVER:g} times the tokens per parameter", met.overtrained, GREEN),
        (f"compute's, growing {steps.SLOW:g} times a year", met.slow, GREEN),
        *((f"half and half, {named(stock)}", met.by_stock[stock][-1], BLUE) for stock in steps.LADDER if stock != "repeated_web"),
    ]  # fmt: skip
    fig, ax = draw.new(height=0.48 * len(rows) + 0.9)
    first, ends = base() - 2, [each.high for _, each, _ in rows]
    last = min(max(base() + AHEAD, 2 * math.ceil(max(ends) / 2)), base() + 2 * AHEAD)
    cut = " A bar that reaches the right edge goes on." if max(ends) > last else ""
    drawn = {}
    for place, (what, each, colour) in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
        draw.bar(ax, (each.low, each.high), place, colour, each.median, alpha=0.55)
        # A year that no axis holds is told all the same.
        told = f"{said.value:.0f}" if what == "published" else moment(each.median)
        draw.label(ax, first, place + 0.36, f"{what}: {told}", colour, (0, 0), ha="left")
        drawn[what] = {"year": each.median, "year_low": each.low, "year_high": each.high}
    ax.set(xlabel="year", xlim=(first, last), xticks=np.arange(first, last + 1, 4), ylim=(-0.5, len(rows) - 0.3), yticks=[])  # fmt: skip
    ax.spines["left"].set_visible(False)
    medians = [each.median for _, each, _ in rows[1:]]
    return draw.show(fig, "fig-dates",
        f"The year in which one run reads the whole stock (the {WEB}, unless another is named). Medians lie between {moment(min(medians))} and {moment(max(medians))}. Bars: {pct(said.level)} intervals of each row by itself.{cut}",
        f"Horizontal bars with points, one a row: {'; '.join(f'{what} {moment(each.median)} ({_between(each)})' for what, each, _ in rows)}.",
        data=draw.stack(drawn))  # fmt: skip


# How much there is


def all_stocks(p: Parameters, d: Drawn, added: Total) -> Shown:
    """Draw the intervals of all stocks and of their total."""
    known = {key: each for key, each in added.stocks.items() if key != steps.AS_PRINTED}
    rows, whole = sorted(known.items(), key=lambda item: item[1].median), added.whole
    ours, theirs = {}, {}
    fig, ax = draw.new(height=0.42 * (len(rows) + 1) + 1.1, log="x")
    for place, (stock, s) in enumerate([*rows, ("total", whole)]):
        colour = VERMILION if s is whole else BLUE if d.table[stock].counted else GREY
        ours[named(stock)] = {"tokens": s.median, "tokens_low": s.low, "tokens_high": s.high}
        ax.plot([s.low, s.high], [place, place], color=colour, linewidth=2.4)
        ax.plot(s.median, place, "o", color=colour, markersize=5.5)
        if stock in steps.PRINTED:
            said, under = villalobos(stock), place - 0.28
            theirs[named(stock)] = {"tokens": said.value, "tokens_low": said.low, "tokens_high": said.high}  # fmt: skip
            ax.plot([said.low, said.high], [under, under], color=INK, linewidth=1)
            ax.plot(said.value, under, "D", color=INK, markersize=3.5)
    draw.vline(ax, d.point("llama3"), GREY, "Llama 3", len(rows) + 0.45, (3, 4), linestyle=":")
    ax.set_yticks(range(len(ours)), [*ours])
    ax.set(xlabel="tokens", ylim=(-0.7, len(rows) + 0.9))
    (least, smallest), (most, largest) = rows[0], rows[-1]
    return draw.show(fig, "fig-stocks",
        f"Stocks with their {interval_of(p)}s. Blue: counted in the total. Grey: for comparison. Thin, with a diamond: as Villalobos and colleagues print them (95%). Orange: the total.",
        f"Horizontal intervals of {len(rows)} stocks and their total on a logarithmic axis of tokens. The smallest is {named(least)} at {amount(smallest.median)}, the largest {named(most)} at {amount(largest.median)}. Published intervals lie just under those drawn here. The total is {amount(whole.median)}.",
        data=draw.stack({
            "recomputed": draw.stack(ours, "row"), "published": draw.stack(theirs, "row"),
            "Llama 3": {"tokens": d.point("llama3")},
        }))  # fmt: skip


def articles(p: Parameters, f: steps.Found) -> Table:
    """List what two articles make of other text, beside what is drawn here."""
    s, found = f.sums, f.total.stocks
    said = {
        "books": amount(s.books), "papers": amount(s.papers),
        "youtube": f"less than {amount(stated('s-youtube'))}",
        "usable_youtube": f"{pct(stated('s-youtube-dedup'))} of that or less",
    }  # fmt: skip
    rows = [
        [named(stock), told, amount(found[stock].median, 2), between((found[stock].low, found[stock].high), partial(amount, digits=2))]
        for stock, told in said.items()
    ]  # fmt: skip
    columns = ["text", "as stated", "drawn here", interval_of(p)]
    return Table(columns, rows, "Tokens in text besides the web: as the articles state them, and with a range for each factor.")  # fmt: skip


def decides(p: Parameters, added: Total, found: steps.Decisive) -> Shown:
    """Draw how far each factor moves the total, with its share of the variance."""
    (swings, indices), median = found, added.whole.median
    shown = swings[:6][::-1]
    names = [named(swing.name) for swing in shown]
    low, high = np.transpose([(swing.low / median, swing.high / median) for swing in shown])
    at = [indices.names.index(swing.name) for swing in shown]
    shares, errors = indices.total[at], indices.total_error[at]
    fig, ax = draw.new(height=0.5 * len(shown) + 1)
    for place, ends in enumerate(zip(low, high, strict=True)):
        ax.plot(ends, [place, place], color=BLUE, linewidth=7, solid_capstyle="butt")
        blame = pct(max(shares[place], 0.0), 2 if shares[place] >= 0.01 else 1)
        draw.label(ax, max(ends), place, blame, BLUE, (8, 0))
    draw.plain_axis(ax, "x", min(*low, *high) / 1.15, max(*low, *high) * 1.7)
    draw.vline(ax, 1, INK)
    draw.rows(ax, names)
    ax.set(xlabel="total over its median")
    one, two = np.argsort(-indices.total)[:2]
    first, second = (named(indices.names[i]) for i in (one, two))
    return draw.show(fig, "fig-decides",
        f"The total with one factor at the ends of its {pct(p.level)} range and all others in the middle. Numbers: the share of the variance that would remain if all the others were known. First: {first}; then the {second}.",
        f"Bars by factor, widest at the top: {named(shown[-1].name)} moves the total by a factor of {num(shown[-1].size, 2)}. Shares of the variance stand beside them.",
        data=draw.stack({
            "range of the factor": {"row": names, "multiple_low": low, "multiple_high": high},
            "share of the variance": {"row": names, "share": shares, "share_low": shares - errors, "share_high": shares + errors},
            "median": {"multiple": 1},
        }))  # fmt: skip


# How much compute that leaves


def left(p: Parameters, f: steps.Found) -> Table:
    """List the stocks with the year of each, and the compute that each suffices for."""
    rule, met = f.demand.rule.name, f.meeting.by_stock
    laws = np.array([*f.orders.by_law.values()])
    rows = [
        [named(stock), _range(f.total.stocks[stock]), f"{year(met[stock][-1].median)} ({_between(met[stock][-1])})".replace(" to ", "\u00a0to\u00a0"),
         f"{fix(f.orders.by_law[rule][i], 1)} ({between((laws[:, i].min(), laws[:, i].max()), 1)})"]
        for i, stock in enumerate(steps.LADDER)
    ]  # fmt: skip
    level = pct(villalobos("exhaustion").level)
    columns = ["stock", f"tokens ({pct(p.level)})", f"year ({level})", "powers of ten (by law)"]
    return Table(columns, rows,
        f"Each stock, the year by both trends, half and half, and the powers of ten of compute from {sci(p.compute_now, 1)} FLOP to the run that reads it once (negative: such a run was possible before), by {rule} and over {len(laws)} laws.")  # fmt: skip


def _range(s: Summary) -> str:
    return f"{amount(s.median)} ({between((s.low, s.high), partial(amount, digits=2))})"


# For the record


def products(d: Drawn) -> Table:
    """List every stock as a product of its factors."""
    rows = [
        [named(each.name), _product(each), amount(each.point)]
        for each in d.table.stocks
        if each.name != steps.AS_PRINTED
    ]
    return Table(["stock", "factors", "tokens"], rows,
        "Every stock as a product of its factors, at the stated values (the middle of the range where none was stated).")  # fmt: skip


def _product(stock: stocks.Stock) -> str:
    parts: list[str] = []
    for factor in stock.factors:
        value = factor.distribution.median if np.isnan(factor.stated) else factor.stated
        sign = "÷ " if factor.power < 0 else "× " if parts else ""
        unit = "" if factor.unit in ("share", "x") else f" {factor.unit}"
        parts.append(f"{sign}{qty(value) if value > 1e4 else _short(value)}{unit}")
    return " ".join(parts)


def _short(value: float) -> str:
    text = num(value, 3)
    return text.rstrip("0").rstrip(".") if "." in text else text


def published(found: dict[str, Summary]) -> Table:
    """Set the published stocks against the recomputed ones."""
    names = {"common_crawl": "Common Crawl", "indexed_web": "indexed web", steps.AS_PRINTED: "… with the ranges in the text",
             "usable_web": "… filtered for quality", "repeated_web": "… and repeated", "whole_web": "whole web"}  # fmt: skip
    rows = []
    for stock, told in names.items():
        said, s, off = steps.published(stock), found[stock], steps.errors(stock, found[stock])
        theirs, ours = (between((each.low, each.high), partial(_trillions, digits=digits)) for each, digits in ((said, 3), (s, 4)))  # fmt: skip
        middle = f"{_trillions(s.median, 4)} ± {_trillions(s.median_error, 1)}"
        rows.append([told, _trillions(said.value, 3), theirs, middle, ours, pct(off[0]), pct(max(off[1:]))])  # fmt: skip
    return Table(["stock (T tokens)", "published", "published, 95%", "recomputed", "recomputed, 95%", "error of the median", "error of the ends"], rows,
        "Published stocks against products of the published factors, all intervals 95%.")  # fmt: skip


def _trillions(value: float, digits: int) -> str:
    return num(value / 1e12, digits)


def demand(p: Parameters, wanted: Demand) -> Table:
    """List what the largest run takes, by law."""
    middle = float(np.sqrt(p.compute_growth_low * p.compute_growth_high))
    rows = [
        [LAWS.get(name, name), num(wanted.tokens[name] / 1e12, 3), num(6 * wanted.tokens[name] ** 2 / p.compute_now, 3),
         f"{num(float(stocks.demand_growth(law, middle)), 3)}×"]
        for name, law in wanted.laws.items()
    ]  # fmt: skip
    stretched = f"with {p.overtraining:g} times the best tokens per parameter."
    how = "compute-optimal." if p.overtraining == 1 else stretched
    return Table(["law", "tokens (T)", "tokens per parameter", f"growth a year, compute {num(middle, 2)}×"], rows,
        f"What {sci(p.compute_now, 2)} FLOP ask for by law, {how}")  # fmt: skip


def years(met: Meeting) -> Table:
    """List when the filtered and repeated web is used up, by demand."""
    said = villalobos("exhaustion")
    trends = {steps.compute_trend(law): steps.compute_trend(called) for law, called in LAWS.items()}
    rows = [[trends.get(each, each), moment(s.median), _between(s)] for each, s in met.at.items()]
    rows.append(["published", f"{said.value:.0f}", between((said.low, said.high), "{:.0f}".format)])
    return Table(["demand", "median", f"{pct(said.level)} interval"], rows,
                 "The year in which one run takes the whole filtered and repeated web.")  # fmt: skip


def compared(f: steps.Found) -> Table:
    """Set published figures against recomputed ones."""
    images, video, web = f.drawn.point("images"), f.drawn.point("video"), f.recomputed
    side, said = steps.side(web["repeated_web"], f.demand), villalobos("exhaustion")
    at, over = sci(villalobos("exhaustion.tokens").value, 1), villalobos("overtraining").value
    names = {"common_crawl": "Common Crawl", "indexed_web": "indexed web", "usable_web": "filtered web",
             "repeated_web": "filtered and repeated web", "whole_web": "whole web"}  # fmt: skip
    rows = [
        *((f"{name}, tokens", stock, web[stock].median) for stock, name in names.items()),
        ("images, tokens", "images", images), ("video, tokens", "video", video),
        ("video at 10 tokens a second", "video", video * 10 / f.drawn.stated("tokens_per_second")),
        (f"compute at {at} tokens, FLOP", "exhaustion.compute", side["exhaustion_compute"]),
        (f"compute when over-trained {over:g} times, FLOP", "overtraining.compute", side["over_compute"]),
        ("years gained by over-training", "overtraining.earlier", side["over_years"]),
    ]  # fmt: skip
    values = (villalobos(key).value for _, key, _ in rows)
    table = draw.compared(
        ((name, value, found, _form(value)) for (name, _, found), value in zip(rows, values, strict=True)),
        "; for the years the difference counts, not the ratio",
    )  # fmt: skip
    last = ["median year", f"{said.value:.0f}", moment(f.meeting.at[steps.MIXED].median), ""]
    return Table(table.columns, [*table.rows, last], table.caption)


def _form(value: float) -> Form:
    return partial(sci if value >= 1e15 else qty if value >= 1e5 else num, digits=3)
