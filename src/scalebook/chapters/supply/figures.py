"""Figures and tables of the chapter on the supply of text."""

from functools import partial

import numpy as np

from scalebook.chapters.common import between, interval_of
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.supply import steps
from scalebook.chapters.supply.steps import Demand, Drawn, Meeting, Total, villalobos
from scalebook.show import figures as draw
from scalebook.show.figures import Shown, Table
from scalebook.show.numbers import Form, fix, num, pct, qty, sci
from scalebook.show.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILION
from scalinglaws.supply import stocks
from scalinglaws.supply.uncertain import Summary


def _qty(value: float, digits: int = 3) -> str:
    return f"{num(value / 1e12, digits)}T" if value >= 1e15 else qty(value, digits)


def _named(name: str) -> str:
    return name.replace("_", " ")


def _year(value: float) -> str:
    return "never" if value >= steps.NEVER else "long ago" if value < 1900 else f"{value:.1f}"


def products(d: Drawn) -> Table:
    """List every stock as a product of its factors."""
    rows = [[_named(each.name), _product(each), _qty(each.point)] for each in d.table.stocks]
    return Table(["stock", "factors", "tokens"], rows,
        "Every stock as a product of its factors, at the stated values (the middle of the range where none was stated).")  # fmt: skip


def _product(stock: stocks.Stock) -> str:
    parts: list[str] = []
    for factor in stock.factors:
        value = factor.distribution.median if np.isnan(factor.stated) else factor.stated
        sign = "÷ " if factor.power < 0 else "× " if parts else ""
        unit = "" if factor.unit in ("share", "x") else f" {factor.unit}"
        parts.append(f"{sign}{qty(value) if value > 1e4 else num(value, 3)}{unit}")
    return " ".join(parts)


def assumptions(p: Parameters, d: Drawn, s: steps.Sums) -> Shown:
    """Draw what papers and YouTube hold, against the factor that nobody stated."""
    growth, years = np.linspace(0, max(0.1, p.paper_growth), 101), d.stated("years_of_papers")
    speech, llama, a_year = (tokens / 1e12 for tokens in (s.all_speech, s.llama, s.papers / years))
    papers, here = a_year * stocks.years_at_todays_rate(growth, years), a_year * s.paper_years
    drawn = {
        "papers": {"growth_percent": 100 * growth, "trillions": papers},
        f"{pct(p.paper_growth)} a year": {"growth_percent": 100 * p.paper_growth, "trillions": here},
        "Llama 3's set": {"trillions": llama},
    }  # fmt: skip
    fig, (above, below) = draw.new(2, 1, height=5.6)
    draw.line(above, 100 * growth, papers, BLUE, "as stated: no growth", 0, (10, 0))
    draw.point(above, 100 * p.paper_growth, here, BLUE, f"{pct(p.paper_growth)} a year", (6, 9))
    above.set(xlabel="growth of the number of papers (% a year)", ylabel="papers (T tokens)",
              ylim=(0, None), xlim=(-0.2, 100 * growth[-1]))  # fmt: skip
    for kept, text, colour, shift, side in (
        (1, "all speech", ORANGE, (-6, 6), "right"), (0.1, "a tenth kept", GREEN, (0, 9), "center"),
    ):  # fmt: skip
        drawn[text] = {"share_percent": [0, 100], "trillions": [0, kept * speech]}
        below.plot(*drawn[text].values(), color=colour)
        draw.label(below, 66, kept * speech * 0.66, text, colour, shift, ha=side)
    draw.hline(below, llama, GREY, "Llama 3's set", 100, (0, -8), "right", linestyle=":")
    below.set(xlabel="share of YouTube's minutes that is speech (%)", ylabel="YouTube (T tokens)",
              ylim=(0, None), xlim=(0, 100))  # fmt: skip
    return draw.show(fig, "fig-assumptions",
        f"Above: a century of papers is worth {fix(papers[0], 1)}T tokens at today's rate and {fix(here, 1)}T if it grew by {pct(p.paper_growth)} a year. Below: YouTube's speech stays below Llama 3's set only if less than {pct(s.break_even)} of the minutes are speech.",
        f"Two panels. Above, tokens in papers fall from {fix(papers[0], 1)}T without growth to {fix(papers[-1], 1)}T at {pct(growth[-1])} a year. "
        f"Below, tokens in YouTube rise in a straight line to {fix(speech, 0)}T when all minutes are speech, crossing Llama 3's {fix(llama, 0)}T at {pct(s.break_even)}; with a tenth kept they reach {fix(speech / 10, 1)}T.",
        data=draw.stack(drawn))  # fmt: skip


def published(found: dict[str, Summary]) -> Table:
    """Set the published stocks against the recomputed ones."""
    names = {"common_crawl": "Common Crawl", "indexed_web": "indexed web", steps.AS_PRINTED: "… with the ranges in the text",
             "usable_web": "… filtered for quality", "repeated_web": "… and repeated", "whole_web": "whole web"}  # fmt: skip
    rows = []
    for stock, name in names.items():
        said, s, off = steps.published(stock), found[stock], steps.errors(stock, found[stock])
        theirs, ours = (between((each.low, each.high), partial(_trillions, digits=digits)) for each, digits in ((said, 3), (s, 4)))  # fmt: skip
        middle = f"{_trillions(s.median, 4)} ± {_trillions(s.median_error, 1)}"
        rows.append([name, _trillions(said.value, 3), theirs, middle, ours, pct(off[0]), pct(max(off[1:]))])  # fmt: skip
    return Table(["stock (T tokens)", "published", "95%", "recomputed", "95%", "error of the median", "of the ends"], rows,
        "Published stocks against products of the published factors, all intervals 95%.")  # fmt: skip


def _trillions(value: float, digits: int) -> str:
    return num(value / 1e12, digits)


def all_stocks(p: Parameters, d: Drawn, added: Total) -> Shown:
    """Draw the intervals of all stocks and of their total."""
    rows, whole = sorted(added.stocks.items(), key=lambda item: item[1].median), added.whole
    ours, theirs = {}, {}
    fig, ax = draw.new(height=0.42 * (len(rows) + 1) + 1.1, log="x")
    for place, (stock, s) in enumerate([*rows, ("total", whole)]):
        colour = VERMILION if s is whole else BLUE if d.table[stock].counted else SKY
        ours[_named(stock)] = {"tokens": s.median, "tokens_low": s.low, "tokens_high": s.high}
        ax.plot([s.low, s.high], [place, place], color=colour, linewidth=2.4)
        ax.plot(s.median, place, "o", color=colour, markersize=5.5)
        if stock in steps.PRINTED:
            said, under = villalobos(stock), place - 0.28
            theirs[_named(stock)] = {"tokens": said.value, "tokens_low": said.low, "tokens_high": said.high}  # fmt: skip
            ax.plot([said.low, said.high], [under, under], color=INK, linewidth=1)
            ax.plot(said.value, under, "D", color=INK, markersize=3.5)
    draw.vline(ax, d.point("llama3"), GREY, "Llama 3", len(rows) + 0.45, (3, 4), linestyle=":")
    ax.set_yticks(range(len(ours)), [*ours])
    ax.set(xlabel="tokens", ylim=(-0.7, len(rows) + 0.9))
    (least, smallest), (most, largest) = rows[0], rows[-1]
    return draw.show(fig, "fig-stocks",
        f"Stocks with their {interval_of(p)}s; dark: counted in the total, pale: for comparison, thin with diamond: as published (95%). The total is {_qty(whole.median)} tokens, {_qty(whole.low)} to {_qty(whole.high)}.",
        f"Horizontal intervals of {len(rows)} stocks and their total on a logarithmic axis of tokens. The smallest is {_named(least)} at {_qty(smallest.median)}, the largest {_named(most)} at {_qty(largest.median)}. Published intervals lie just under ours. The total is {_qty(whole.median)}.",
        data=draw.stack({
            "recomputed": draw.stack(ours, "row"), "published": draw.stack(theirs, "row"),
            "Llama 3": {"tokens": d.point("llama3")},
        }))  # fmt: skip


def total(p: Parameters, added: Total) -> Shown:
    """Draw the distribution of the total, without overlap, with ours and with full overlap."""
    low, high = added.whole.low, added.whole.high
    edges = np.linspace(np.log10(low) - 0.6, np.log10(high) + 0.6, 70)
    centres = 10 ** ((edges[1:] + edges[:-1]) / 2)
    part = {stock: drawn[:200_000] for stock, drawn in added.counted.items()}
    fig, ax = draw.new(height=3.1, log="x")
    peak, medians, drawn = 0.0, {}, {}
    for share, colour in ((0.0, GREEN), (p.overlap, VERMILION), (1.0, PURPLE)):
        whole = stocks.total(part, share)
        medians[share] = float(np.median(whole))
        density, _ = np.histogram(np.log10(whole), edges, density=True)
        peak, side = max(peak, float(density.max())), {0.0: 1, 1.0: -1}.get(share, 0)
        at = int(np.clip(np.argmax(density) + 9 * side, 0, len(density) - 1))
        text = {0.0: "no overlap", 1.0: "full overlap"}.get(share, f"overlap {pct(share)}")
        draw.line(ax, centres, density, colour, text, at, (8 * side, 6 if side else 19), ("center", "left", "right")[side],
                   linewidth=2 if share == p.overlap else 1.2)  # fmt: skip
        drawn[text] = {"tokens": centres, "density": density}
    draw.shade(ax, low, high)
    ax.set(xlabel="total (tokens)", ylabel="density per factor of ten", ylim=(0, 1.2 * peak))
    return draw.show(fig, "fig-total",
        f"Distribution of the total. Whether nothing or everything in the smaller stocks is on the web already moves the median only from {_qty(medians[0.0])} to {_qty(medians[1.0])} tokens. Grey: the {interval_of(p)} at overlap {p.overlap:g}.",
        f"Three bell-shaped curves over tokens on a logarithmic axis, nearly on top of each other, peaking near {_qty(medians[p.overlap], 2)} and reaching from {_qty(low, 2)} to {_qty(high, 2)}.",
        data=draw.stack({**drawn, interval_of(p): {"tokens_low": low, "tokens_high": high}}))  # fmt: skip


def decides(p: Parameters, added: Total, found: steps.Decisive) -> Shown:
    """Draw how far each factor moves the total, and its share of the variance."""
    (swings, indices), median = found, added.whole.median
    shown = swings[:8][::-1]
    names = [_named(swing.name) for swing in shown]
    low, high = np.transpose([(swing.low / median, swing.high / median) for swing in shown])
    drawn = {"range of the factor": {"row": names, "multiple_low": low, "multiple_high": high}}
    at = [indices.names.index(swing.name) for swing in shown]
    fig, (left, right) = draw.new(1, 2, height=4.2, sharey=True, width_ratios=(1.25, 1))
    both = (("total", indices.total[at], indices.total_error[at], 0.12, ORANGE, "o"),
            ("first-order", indices.first[at], indices.first_error[at], -0.14, GREEN, "s"))  # fmt: skip
    for place, ends in enumerate(zip(low, high, strict=True)):
        left.plot(ends, [place, place], color=BLUE, linewidth=7, solid_capstyle="butt")
        for _, share, error, up, colour, marker in both:
            right.errorbar(share[place], place + up, xerr=error[place], fmt=marker, color=colour,
                           markersize=4.5, linewidth=1.4)  # fmt: skip
    for name, share, error, up, colour, _ in both:
        drawn[name] = {"row": names, "share": share, "share_low": share - error, "share_high": share + error}  # fmt: skip
        draw.label(right, share[-1], len(names) - 1 + up, name, colour, (-10, 75 * up), ha="right")
    draw.plain_axis(left, "x", min(low) / 1.15, max(high) * 1.15)
    draw.vline(left, 1, INK)
    left.set_yticks(range(len(names)), names)
    left.set(xlabel="total over its median")
    right.set(xlabel="share of variance", xlim=(-0.08, 1.05))
    one, two = np.argsort(-indices.total)[:2]
    first, second = (_named(indices.names[at]) for at in (one, two))
    return draw.show(fig, "fig-decides",
        f"Left: the total with one factor at the ends of its {pct(p.level)} range. Right: Sobol indices of the log of the total with their {pct(p.level)} bootstrap intervals. {first.capitalize()} accounts for {pct(indices.total[one])} of the variance, {second} for {pct(indices.total[two])}.",
        f"Left, bars by factor, widest at the top: {_named(shown[-1].name)} moves the total by a factor of {num(shown[-1].size, 2)}. "
        f"Right, total and first-order indices with error bars, nearly equal for each factor: {num(indices.total[one], 2)} for {first}, {num(indices.total[two], 2)} for {second}.",
        data=draw.stack({**drawn, "median": {"multiple": 1}}))  # fmt: skip


def demand(p: Parameters, wanted: Demand) -> Table:
    """List what the largest run takes, by law."""
    middle = float(np.sqrt(p.compute_growth_low * p.compute_growth_high))
    rows = [
        [name, num(wanted.tokens[name] / 1e12, 3), num(6 * wanted.tokens[name] ** 2 / p.compute_now, 3),
         f"{num(float(stocks.demand_growth(law, middle)), 3)}x"]
        for name, law in wanted.laws.items()
    ]  # fmt: skip
    stretched = f"with {p.overtraining:g} times the optimal tokens per parameter."
    how = "compute-optimal." if p.overtraining == 1 else stretched
    return Table(["law", "tokens (T)", "tokens per parameter", f"growth a year, compute {num(middle, 2)}x"], rows,
        f"What {sci(p.compute_now, 2)} FLOP ask for by law, {how}")  # fmt: skip


def years(met: Meeting) -> Table:
    """List when the filtered and repeated web is used up, by demand."""
    said = villalobos("exhaustion")
    rows = [[each, _year(s.median), between((s.low, s.high), _year)] for each, s in met.at.items()]
    rows.append(["published", f"{said.value:.0f}", between((said.low, said.high), "{:.0f}".format)])
    return Table(["demand", "median year", f"{pct(said.level)} interval"], rows,
                 "The year in which one run takes the whole filtered and repeated web.")  # fmt: skip


def years_by_stock(met: Meeting) -> Table:
    """List when each stock is used up."""
    rows = [[_named(stock), *(_year(s.median) for s in three), between((three[-1].low, three[-1].high), _year)]
            for stock, three in met.by_stock.items()]  # fmt: skip
    level = pct(villalobos("exhaustion").level)
    columns = ["stock", "datasets' trend", "compute's trend", "half and half", f"{level} interval"]
    return Table(columns, rows,
        "The median year in which demand meets each stock, and the interval of the half-and-half demand.")  # fmt: skip


def supply_and_demand(d: Drawn, wanted: Demand, met: Meeting) -> Shown:
    """Draw stock and demand over the years, and how likely it is that they have met."""
    said, base, law = villalobos("exhaustion"), villalobos("base_year").value, wanted.rule.name
    time, few, growth = np.linspace(base, base + 12, 60), slice(4000), met.growth
    by_compute, tails = steps.compute_trend(law), [(1 - said.level) / 2, 0.5, (1 + said.level) / 2]
    web, datasets, mix = "filtered and repeated web", "datasets' trend", "half and half"
    drawn = {name: {"year": time} for name in (web, datasets, by_compute, mix)}
    fig, (ax, lower) = draw.new(2, 1, height=6.2, sharex=True, height_ratios=(1.7, 1))
    for start, growths, colour, name in (
        (d.tokens["repeated_web"][few], growth["stock"], BLUE, web),
        (growth["dataset_now"][few], growth["datasets"], ORANGE, datasets),
        (wanted.tokens[law], stocks.demand_growth(wanted.rule, growth["compute"]), GREEN, by_compute),
    ):  # fmt: skip
        paths = start * growths[few] ** (time - base)[:, None]
        low, centre, high = np.quantile(paths, tails, axis=1)
        draw.band(ax, time, low, high, colour)
        draw.line(ax, time, centre, colour, web if name == web else "", -1, (0, -28), "right")
        drawn[name] |= {"tokens": centre, "tokens_low": low, "tokens_high": high}
    draw.label(ax, base + 0.3, 3e17, datasets, ORANGE, (0, 0))
    draw.label(ax, base + 0.3, 7e16, by_compute, GREEN, (0, 0))
    draw.log_axis(ax, "y")
    ax.set(ylabel="tokens", ylim=(1e12, 1e18))
    crossed = villalobos("exhaustion.tokens").value
    draw.point(ax, said.value, crossed, INK, "published", (-8, 10), "right", "D", markersize=6)
    for each, name, colour in ((steps.CODE, datasets, ORANGE), (by_compute, by_compute, GREEN), (steps.MIXED, mix, VERMILION)):  # fmt: skip
        ordered = np.sort(met.years[each])
        drawn[name]["probability"] = np.searchsorted(ordered, time) / ordered.size
        lower.plot(time, drawn[name]["probability"], color=colour)
    draw.label(lower, base + 8.3, 0.8, mix, VERMILION, (0, 0))
    draw.shade(lower, said.low, said.high, alpha=0.15)
    draw.vline(lower, said.value, INK, linestyle="--")
    draw.label(lower, said.high, 0.08, f"published {pct(said.level)}", GREY, (-4, 0), ha="right")
    lower.set(xlabel="year", ylabel="probability that\nit is used up", ylim=(0, 1), xlim=(base, time[-1]))  # fmt: skip
    mixed = met.at[steps.MIXED]
    stated = {"year": said.value, "year_low": said.low, "year_high": said.high, "tokens": crossed}  # fmt: skip
    return draw.show(fig, "fig-demand",
        f"Above: stock and demand, medians with {pct(said.level)} bands. Below: the probability that demand has met the stock. Half and half, the median is {_year(mixed.median)} ({pct(said.level)}: {between((mixed.low, mixed.high), _year)}); published are {said.value:.0f} and {said.low:.0f} to {said.high:.0f}.",
        f"Above, a nearly level band of tokens in the web and two rising bands of demand that cross it around {_year(met.at[by_compute].median)} and {_year(met.at[steps.CODE].median)}. "
        f"Below, three rising curves of probability; half and half, it passes one half in {_year(mixed.median)}. A grey band marks the published interval.",
        data=draw.stack({**drawn, "published": stated}))  # fmt: skip


def orders(p: Parameters, found: steps.Orders, wanted: Demand) -> Table:
    """List the orders of magnitude of compute that are left, by law and stock."""
    lines = found.by_law | {"the same, over-trained 10 times": found.overtrained}
    rows = [[name, *(fix(value, 1) for value in line)] for name, line in lines.items()]
    return Table(["law", *found.ladder], rows,
        f"Orders of magnitude of compute beyond {sci(p.compute_now, 2)} FLOP until a stock is taken whole (negative: already there). The last line is for {wanted.rule.name}.")  # fmt: skip


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
    last = ["median year", f"{said.value:.0f}", _year(f.meeting.at[steps.MIXED].median), ""]
    return Table(table.columns, [*table.rows, last], table.caption)


def _form(value: float) -> Form:
    return partial(sci if value >= 1e15 else qty if value >= 1e5 else num, digits=3)
