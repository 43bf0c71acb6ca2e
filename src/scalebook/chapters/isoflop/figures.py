"""Figures and tables of the chapter on isoFLOP profiles that show the suites."""

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from scalebook.chapters.common import between, interval_of, printed
from scalebook.chapters.isoflop import suite
from scalebook.chapters.isoflop.steps import Found
from scalebook.chapters.isoflop.suite import Choices, Intervals, Llama, Suite, Suites, shown
from scalebook.chapters.isoflop.surface import Parts, Surfaces
from scalebook.chapters.parameter import Parameters
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, SKY, VERMILION, Shown, Table
from scalebook.show.numbers import fix, num, pct, qty, sci

#: Of the suites in order.
COLOURS = (VERMILION, BLUE, GREEN, ORANGE, draw.PURPLE, draw.BROWN, INK)
Drawn = Mapping[str, Intervals]
Others = Mapping[str, Choices]
Splits = Mapping[str, Parts]


def _left_out(p: Parameters, s: Suite) -> str:
    astray = int((s.profiles.group < 0).sum())
    reasons = [
        (s.untrained, f"under {p.min_ratio:g} tokens per parameter"),
        (s.distant, "too far from the minimum"),
        (astray, "on no budget"),
        (int((~s.on).sum()) - astray, "on budgets left out"),
    ]
    return "; ".join(f"{count} {why}" for count, why in reasons if count) or "none"


def sweeps(p: Parameters, suites: Suites) -> Table:
    """List the suites, and what is left out of each."""
    rows = []
    for s in shown(p, suites):
        used = s.profiles.compute[s.profiles.used]
        counts = len(s.table), int(s.on.sum()), len(s.profiles.compute), len(used)
        rows.append([s.label, *map(str, counts), sci(used.min(), 2), sci(used.max(), 2), _left_out(p, s)])  # fmt: skip
    return Table(["suite", "runs", "used", "budgets", "used", "from (FLOP)", "to", "runs left out"], rows, "The sweeps, and what is left out of each.")  # fmt: skip


def _panels(found: list[Suite], each: float, least: float, along: str, up: str, **options: Any) -> tuple[Any, Any]:  # fmt: skip
    """Return a figure with a panel for each suite, and its panels; their x is logarithmic."""
    rows, columns = (len(found) + 1) // 2, min(len(found), 2)
    fig, axes = draw.new(rows, columns, height=max(each * rows, least), log="x", squeeze=False, **options)  # fmt: skip
    for ax in axes.flat:
        ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    for ax in axes.flat[len(found) :]:
        ax.axis("off")
    fig.supxlabel(along, fontsize=11)
    fig.supylabel(up, fontsize=11)
    return fig, axes.flat[: len(found)]


def profiles(p: Parameters, suites: Suites) -> Shown:
    """Draw the losses at equal compute, their parabolas and minima."""
    found = shown(p, suites)
    fig, axes = _panels(found, 2.3, 3.6, "parameters N", "loss (nats per token; Llama 3: unit unknown)")  # fmt: skip
    data = {}
    for ax, s in zip(axes, found, strict=True):
        fit, on, used = s.profiles, s.on, np.flatnonzero(s.profiles.used)
        stray = (fit.group >= 0) & ~on
        sizes = np.geomspace(fit.low, fit.high, 30)
        curves = np.reshape([[sizes[:, k], fit.curve(int(k), sizes[:, k])] for k in used], (-1, 2, 30))  # fmt: skip
        data[s.label] = draw.stack({
            **{name: {"params": s.kept.params[which], "loss": s.kept.loss[which], "compute": fit.compute[fit.group[which]]}
               for name, which in (("runs", on), ("left out", stray))},
            "parabola": {"params": curves[:, 0].ravel(), "loss": curves[:, 1].ravel(), "compute": np.repeat(fit.compute[used], 30)},
            "minimum": {"params": fit.params[used], "loss": fit.loss[used], "compute": fit.compute[used]},
        })  # fmt: skip
        ax.scatter(s.kept.params[on], s.kept.loss[on], c=fit.group[on], s=5, cmap=draw.SEQUENTIAL, linewidth=0)  # fmt: skip
        ax.plot(s.kept.params[stray], s.kept.loss[stray], "x", color=VERMILION, markersize=4)
        lines = LineCollection([*curves.swapaxes(1, 2)], linewidths=0.9, cmap=draw.SEQUENTIAL)
        lines.set_array(used)
        ax.add_collection(lines)
        ax.plot(fit.params[used], fit.loss[used], "D", color=INK, markersize=3)
        bad, count = len(fit.notices), len(fit.compute)
        ax.set_title(f"{s.label}\n" + (f"{bad} of {count} budgets left out (×)" if bad else ""), fontsize=9.5)  # fmt: skip
        tried = s.kept.loss[on]
        ax.set_ylim(tried.min() - 0.06 * np.ptp(tried), tried.max() + 0.08 * np.ptp(tried))
    out, of = len(suite.notices(p, suites)), sum(len(s.profiles.compute) for s in found)
    return draw.show(fig, "fig-profiles",
        f"Losses at equal compute (one colour a budget, greener as compute grows), their parabolas and minima (diamonds). {out} of {of} budgets have no usable minimum (crosses); those beyond the edge of a panel are not drawn.",
        f"{len(found)} panels of loss against parameters. In each, U-shaped curves, one for each budget, move down and to the right as compute grows; diamonds mark their minima. Crosses mark the points of {out} budgets left out.", data=draw.stack(data, by="panel"))  # fmt: skip


def exponents(p: Parameters, suites: Suites, intervals: Drawn) -> Table:
    """List the exponents by Approach 2, with their intervals."""
    rows = []
    for s in shown(p, suites):
        drawn, used = intervals[s.name], s.profiles.used
        ratio = (s.profiles.tokens / s.profiles.params)[used]
        rows.append([
            s.label, fix(s.a, 3), between(drawn.a, 3), fix(s.b, 3), between(drawn.b, 3), fix(s.a + s.b, 3),
            pct(drawn.kept), f"{num(ratio[0], 2)} and {num(ratio[-1], 2)}",
        ])  # fmt: skip
    interval = interval_of(p)
    return Table(["suite", "a", interval, "b", interval, "a + b", "budgets kept", "tokens per parameter, first and last budget"], rows,
        "Exponents by Approach 2, with bootstrap intervals; budgets kept: mean share of the usable budgets that a resample keeps.")  # fmt: skip


def minima(p: Parameters, suites: Suites, intervals: Drawn) -> Shown:
    """Draw the tokens per parameter at the minima, and the fitted lines."""
    found = shown(p, suites)
    fig, ax = draw.new(height=4.4, log="xy")
    data: draw.Series = {"rule of thumb": {"ratio": 20}}
    names, rightmost = [], 0.0
    for s, colour in zip(found, COLOURS, strict=False):
        used, line = s.profiles.used, s.line
        c = s.profiles.compute[used]
        ratio, least = line.tokens(c) / line.params(c), (s.profiles.tokens / s.profiles.params)[used]  # fmt: skip
        data[s.label] = {"compute": c, "ratio": least}
        data[f"{s.label}, line"] = {"compute": c, "ratio": ratio}
        ax.plot(c, least, "o", color=colour, markersize=4)
        draw.line(ax, c, ratio, colour, linewidth=1.4)
        names.append((float(ratio[-1]), float(c[-1]), s.label, colour))
        rightmost = max(rightmost, float(c[-1]))
    ax.set_xlim(right=rightmost * 300)
    lowest, at = 0.0, rightmost * 1.6
    for value, end, name, colour in sorted(names):
        lowest = max(value, lowest * 1.09)
        ax.plot([end, at], [value, lowest], color=colour, linewidth=0.6, linestyle=":", label="_leader")  # fmt: skip
        draw.label(ax, at, lowest, name, colour, shift=(3, 0), fontsize=9.5)
    draw.plain_axis(ax, "y", *ax.get_ylim())
    draw.hline(ax, 20, GREY, linestyle="--")
    ax.set(xlabel="budget (FLOP)", ylabel="tokens per parameter at the minimum")
    trend = _trend(found, intervals)
    return draw.show(fig, "fig-minima",
        f"Tokens per parameter at each budget's minimum. {trend} Dashed: 20, the rule of thumb.",
        f"Tokens per parameter at the minima against budget, with a fitted line for each suite. {trend}", data=draw.stack(data))  # fmt: skip


def _trend(found: list[Suite], intervals: Drawn) -> str:
    ends = [(s.label, intervals[s.name].a, intervals[s.name].b) for s in found]
    rising = [label for label, a, b in ends if b[0] > a[1]]
    undecided = [label for label, a, b in ends if not (b[0] > a[1] or a[0] > b[1])]
    told = f"They rise with compute for {', '.join(rising)}" if rising else "For no suite do they clearly rise with compute"  # fmt: skip
    return f"{told}; for {', '.join(undecided)} the intervals of a and b overlap." if undecided else f"{told}."  # fmt: skip


def llama(found: Llama) -> Table:
    """Set Llama 3's printed optimum against ours from the digitised runs."""
    line, four = found.line, partial(qty, digits=4)
    laws = (("text", found.text, 2), ("figure's label", found.label, 3))
    budgets = (found.target, sci(found.target, 2)), (found.meant, sci(found.meant, 3))
    sizes = ("tokens", printed("llama3.optimum.tokens"), line.tokens), ("parameters", printed("llama3.optimum.params"), line.params)  # fmt: skip
    return draw.compared([
        *((f"exponent of tokens, {name}", law.b, line.b, digits, digits + 1) for name, law, digits in laws),
        *((f"prefactor, {name}", float(law.tokens(1.0)), float(line.tokens(1.0)), digits, digits + 1) for name, law, digits in laws),
        *((f"{name} at {text} FLOP", stated, float(of(compute)), four) for compute, text in budgets for name, stated, of in sizes),
    ], heading="Llama 3", caption="Llama 3's published optimum, and ours from the digitised runs")  # fmt: skip


def published(p: Parameters, suites: Suites, intervals: Drawn, surfaces: Surfaces) -> Shown:
    """Draw the exponent of each suite by three methods, and the published ones."""
    found = shown(p, suites)
    stated = {name: a for name, (a, _) in suite.published_exponents().items()}
    fits, labels = [surfaces[s.name] for s in found], [s.label for s in found]
    data: draw.Series = {"one half": {"exponent": 0.5}, "published": {"row": [*stated], "exponent": [*stated.values()]}}  # fmt: skip
    fig, ax = draw.new(height=0.48 * len(found) + 0.24 * len(stated) + 1.1)
    edge, low_places = 0.6 * len(stated), 0.6 * np.arange(len(stated))[::-1]
    ax.plot([*stated.values()], low_places, "D", color=INK, markersize=4, label="published")
    places = edge + 0.5 + 1.2 * np.arange(len(found))[::-1]
    for name, aside, colour, marker, rows in (
        ("Approach 2", 0.3, BLUE, "o", [(s.a, *intervals[s.name].a) for s in found]),
        ("Approach 3", 0.0, ORANGE, "s", [(f.a_huber, *f.huber_ends) for f in fits]),
        ("variable projection", -0.3, GREEN, "^", [(f.a_varpro, *f.varpro_ends) for f in fits]),
    ):
        a, low, high = np.transpose(rows)
        data[name] = {"row": labels, "exponent": a, "exponent_low": low, "exponent_high": high}
        for place, (_, *ends) in zip(places + aside, rows, strict=True):
            draw.bar(ax, ends, place, colour, linewidth=4)
        ax.plot(a, places + aside, marker, color=colour, markersize=5, label=name)
    draw.hline(ax, edge - 0.05, GREY)
    draw.vline(ax, 0.5, GREY, linestyle="--")
    draw.legend_above(fig, 4, handletextpad=0.2, columnspacing=1)
    ax.set_yticks([*low_places, *places], [*stated, *labels], fontsize=9)
    ax.set_ylim(-0.6, places[0] + 1)
    ax.set(xlabel="a, exponent of compute in the optimal size")
    ours, kaplan = [s.a for s in found], stated.pop("Kaplan et al.")
    listed = "; ".join(f"{s.label} {fix(s.a, 3)}, {fix(surfaces[s.name].a_huber, 3)} and {fix(surfaces[s.name].a_varpro, 3)}"
                       for s in found)  # fmt: skip
    return draw.show(fig, "fig-exponents",
        f"By Approach 2 the exponent a lies between {fix(min(ours))} and {fix(max(ours))}, depending on the suite; published values without Kaplan's lie between {fix(min(stated.values()))} and {fix(max(stated.values()))}. Bars: {pct(p.level)} bootstrap intervals.",
        f"Dot plot of the exponent a. Upper part: each suite by three methods with intervals, {listed}. Lower part: {len(stated) + 1} published values, Kaplan's far to the right at {fix(kaplan)}.", data=draw.stack(data))  # fmt: skip


def differences(p: Parameters, suites: Suites, intervals: Drawn) -> Table:
    """List our exponents less the published ones, or a tick where those lie in our interval."""

    def cell(s: Suite, stated: tuple[float, float]) -> str:
        ends = intervals[s.name].a, intervals[s.name].b
        return ", ".join("✓" if low <= value <= high else f"{ours - value:+.3f}".replace("-", "−")
                         for ours, (low, high), value in zip((s.a, s.b), ends, stated, strict=True))  # fmt: skip

    found = shown(p, suites)
    rows = [[name, fix(both[0], 3), fix(both[1], 3), *(cell(s, both) for s in found)]
            for name, both in suite.published_exponents().items()]  # fmt: skip
    return Table(["published", "a", "b", *(s.label for s in found)], rows,
        f"Our a and b less the published ones; a tick where the published one lies within our {pct(p.level)} interval. Where one exponent is printed, the other is what is left of 1.")  # fmt: skip


def methods(p: Parameters, suites: Suites, surfaces: Surfaces) -> Table:
    """List a by three methods on the same runs."""
    rows = []
    for s in shown(p, suites):
        f = surfaces[s.name]
        rows.append([
            s.label, str(int(s.on.sum())), fix(s.a, 3), fix(f.a_huber, 3), between(f.huber_ends, 3),
            fix(f.a_varpro, 3), between(f.varpro_ends, 3),
        ])  # fmt: skip
    interval = interval_of(p)
    return Table(["suite", "runs", "a, Approach 2", "a, Approach 3", interval, "a, variable projection", interval], rows, "Three methods on the same runs; the intervals of Approach 2 stand above.")  # fmt: skip


def remainders(p: Parameters, suites: Suites, surfaces: Surfaces) -> Table:
    """List the constants of each surface, and what parabolas and surface leave."""
    rows = []
    for s in shown(p, suites):
        f = surfaces[s.name]
        status = "converged" if f.huber.converged and f.varpro.converged else f"{f.huber.status}; {f.varpro.status}"  # fmt: skip
        rows.append([
            s.label, *(fix(float(getattr(f.varpro.law, constant))) for constant in ("alpha", "beta", "E")),
            pct(f.scatter_parabola), pct(f.scatter_surface), fix(f.near_parabola), fix(f.near_surface), status,
        ])  # fmt: skip
    return Table(["suite", "alpha", "beta", "E", "residual, parabolas", "residual, surface", "neighbours, parabolas", "neighbours, surface", "surface fits"], rows,
        "The surface by variable projection, and what it leaves. Residuals: root mean squares, relative to the loss; neighbours: correlation of the residuals of neighbouring sizes on a budget.")  # fmt: skip


def residuals(p: Parameters, suites: Suites, surfaces: Surfaces) -> Shown:
    """Draw the residuals of the surface against tokens per parameter."""
    found = shown(p, suites)
    fig, axes = _panels(found, 2.0, 3.4, "tokens per parameter D/N", "observed less fitted loss (%)", sharex=True)  # fmt: skip
    data = {}
    for ax, s in zip(axes, found, strict=True):
        ratio, off = s.used.tokens_per_param, 100 * surfaces[s.name].varpro.residuals
        budget = s.profiles.compute[s.profiles.group[s.on]]
        ax.scatter(ratio, off, c=np.log(budget), s=9, cmap=draw.SEQUENTIAL, linewidth=0)
        edges = pairwise(np.quantile(ratio, np.linspace(0, 1, 7)))
        sixths = [(low <= ratio) & (ratio <= high) for low, high in edges]
        middles = [np.exp(np.log(ratio[part]).mean()) for part in sixths]
        means = [off[part].mean() for part in sixths]
        data[s.label] = draw.stack({
            "runs": {"ratio": ratio, "error_percent": off, "compute": budget},
            "means of sixths": {"ratio": middles, "error_percent": means},
        })  # fmt: skip
        ax.plot(middles, means, color=VERMILION, linewidth=1.4)
        draw.hline(ax, 0, GREY)
        ax.set_title(s.label, fontsize=9.5)
    fits = [(surfaces[s.name], s.label) for s in found]
    least = min(f.near_surface for f, _ in fits)
    excess, worst = max((f.scatter_surface / f.scatter_parabola, label) for f, label in fits)
    return draw.show(fig, "fig-residuals",
        f"Residuals of the surface (variable projection; the greener, the larger the budget; line: means of sixths of the runs). Neighbouring sizes on a budget share them: their correlation is {fix(least)} or more. The residuals are up to {num(excess, 2)} times those about the parabolas ({worst}).",
        f"{len(found)} panels of residuals in percent against tokens per parameter. Neighbouring points of one budget tend to lie on the same side of zero, and the means wave around it.", data=draw.stack(data, by="panel"))  # fmt: skip


def choices(p: Parameters, suites: Suites, intervals: Drawn, others: Others) -> Table:
    """List a under other choices of points."""
    rows = []
    for s in shown(p, suites):
        other, drawn = others[s.name], intervals[s.name]
        values = ["none" if a is None else fix(a, 3) for a in (other.every, other.long, other.narrow)]  # fmt: skip
        without = between(other.without_one, 3) if other.without_one else "none"
        rows.append([s.label, fix(s.a, 3), *values, without, between(drawn.a, 3), between(drawn.by_size, 3)])  # fmt: skip
    return Table(["suite", "as above", "all runs", "at least 2 tokens per parameter", "sizes within 3x of the minimum", "one budget left out", "interval, runs drawn", "interval, sizes drawn"], rows,
        f"a by Approach 2 under other choices, and {pct(p.level)} intervals from drawing runs within budgets or whole model sizes.")  # fmt: skip


def parts(p: Parameters, suites: Suites, surfaces: Surfaces, splits: Splits) -> Shown:
    """Draw the difference between Approach 2 and the surface in three parts."""
    found = shown(p, suites)
    order, places, whole = found[::-1], np.arange(len(found)), "Approach 2 less the surface"
    labels, split = [s.label for s in order], [splits[s.name].split for s in order]
    bars = {part: [each[part] for each in split] for part in split[0]}
    sums = [s.a - surfaces[s.name].a_varpro for s in order]
    data = draw.stack({
        **{part: {"row": labels, "exponent_error": values} for part, values in bars.items()},
        whole: {"row": labels, "exponent_error": sums},
    })  # fmt: skip
    fig, ax = draw.new(height=0.5 * len(found) + 1.4)
    for (part, values), colour, aside in zip(bars.items(), (SKY, BLUE, ORANGE), (0.24, 0, -0.24), strict=True):  # fmt: skip
        ax.barh(places + aside, values, height=0.22, color=colour, label=part)
    ax.plot(sums, places, "D", color=INK, markersize=4, label=whole)
    draw.vline(ax, 0, GREY)
    draw.rows(ax, labels)
    ax.set(xlabel="contribution to the difference in a")
    draw.legend_above(fig, 2)
    largest = {part: max((abs(splits[s.name].split[part]), s.label) for s in found) for part in ("parabola", "misfit")}  # fmt: skip
    most = {part: f"{fix(value, 3)} ({label})" for part, (value, label) in largest.items()}
    listed = "; ".join(f"{s.label} " + ", ".join(f"{part} {fix(round(value, 3) + 0.0, 3)}" for part, value in splits[s.name].split.items())
                       for s in found)  # fmt: skip
    return draw.show(fig, "fig-parts",
        f"Approach 2 less the surface (diamonds) in three parts. The parabola contributes at most {most['parabola']}, the misfit up to {most['misfit']}.",
        f"Bars of three contributions for each suite, with a diamond at their sum: {listed}.", data=data)  # fmt: skip


def cost_of_parts(p: Parameters, suites: Suites, intervals: Drawn, splits: Splits) -> Table:
    """List the parts of the difference, and what it would cost if the surface were the truth."""
    rows = []
    for s in shown(p, suites):
        part, half = splits[s.name], fix(intervals[s.name].half_width, 3)
        values = [fix(round(value, 4) + 0.0, 4) for value in part.split.values()]
        rows.append([s.label, *values, half, qty(part.size), qty(part.best), pct(part.share)])
    return Table(["suite", "counting", "parabola", "misfit", "half-width of the interval", f"size at {sci(p.compute, 2)} FLOP, Approach 2", "the same, surface", "compute needed for the same loss"], rows,
        "The difference between Approach 2 and the surface (variable projection), and what it would cost when extrapolated if the surface were the truth: the share of the compute that would reach the loss of Approach 2's size.")  # fmt: skip


def compared(f: Found) -> Table:
    """Set published figures against recomputed ones."""
    hoffmann, line, label = f.suites["hoffmann2022_runs"], f.llama.line, f.llama.label
    at = f"at {sci(f.llama.meant, 3)} FLOP, Llama 3"
    return draw.compared([
        ("a, Hoffmann et al., approach 2", printed("hoffmann2022.approach2.a"), hoffmann.a, 3),
        ("b, Hoffmann et al., approach 2", printed("hoffmann2022.approach2.b"), hoffmann.b, 3),
        ("b, Llama 3, figure", label.b, line.b, 3),
        ("prefactor of tokens, Llama 3, figure", float(label.tokens(1.0)), float(line.tokens(1.0)), 3),
        ("b, Llama 3, text", f.llama.text.b, line.b, 3),
        (f"tokens {at}", printed("llama3.optimum.tokens"), float(line.tokens(f.llama.meant)), qty),
        (f"parameters {at}", printed("llama3.optimum.params"), float(line.params(f.llama.meant)), qty),
        ("waste of Approach 2, Llama 3 (Czech et al.)", printed("czech2026.llama3.waste"), 1 - f.parts["llama3"].share, 3),
        ("runs for the interval of 2022", printed("besiroglu2024.runs_needed"), f.redrawn.runs_original, qty),
    ])  # fmt: skip
