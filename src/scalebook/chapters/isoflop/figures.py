"""Figures and tables of the chapter on isoFLOP profiles that show the suites."""

import numpy as np
from matplotlib.collections import LineCollection

from scalebook.chapters.common import between, printed, with_interval
from scalebook.chapters.isoflop import steps, suite
from scalebook.chapters.isoflop.outcome import trend
from scalebook.chapters.isoflop.steps import Found
from scalebook.chapters.isoflop.suite import Suite
from scalebook.chapters.parameter import Parameters
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Choice, Control, Layer, Slider
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, SKY, VERMILION, Shown, Table
from scalebook.show.formula import Formula, Pick
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws.optimum import experts
from scalinglaws.units import Floats

#: Of the suites in order.
COLOURS = (ORANGE, BLUE, GREEN, SKY, draw.PURPLE, draw.BROWN, INK)
#: Budgets, FLOP, that the first figure reaches to, unless the parameter lies beyond.
SMALLEST, LARGEST = 1e17, 1e28
#: How far its axis goes on, for the names of the lines.
ROOM = 1e7
RULE = 20  # tokens per parameter, the rule of thumb
BUDGET, RATIO = "training compute (FLOP)", "tokens per parameter"
#: A budget that is so many times the largest of the runs is beyond them.
BEYOND = 1.05

_POWERS = [10.0**n for n in range(15, 33, 3)]
#: Budgets and tokens per parameter.
Points = tuple[Floats, Floats]


def _coloured(found: Found) -> list[tuple[Suite, str]]:
    return list(zip(found.suites.values(), COLOURS, strict=False))


def _minima(s: Suite) -> Points:
    used = s.profiles.used
    return s.profiles.compute[used], (s.profiles.tokens / s.profiles.params)[used]


def _lines(s: Suite, top: float) -> tuple[Points, Points]:
    """Return the line through the minima: among them, and from the last of them to a budget."""
    first, *_, last = _minima(s)[0]
    inside, beyond = ((np.array(ends), s.line.tokens(ends) / s.line.params(ends))
                      for ends in ([first, last], [last, max(top, last)]))  # fmt: skip
    return inside, beyond


def _rule(low: float, top: float) -> Points:
    return np.array([low, top]), np.array([RULE, RULE], dtype=float)


def _within(ticks: list[float], low: float, high: float) -> list[float]:
    return [each for each in ticks if low <= each <= high]


def _columns(points: Points, names: tuple[str, str] = ("compute", "ratio")) -> dict[str, Floats]:
    return dict(zip(names, points, strict=True))


def lead(p: Parameters, found: Found) -> Shown:
    """Draw tokens per parameter at each budget's best size; a reader's budget moves on a line."""
    low, top = min(SMALLEST, p.compute), max(LARGEST, p.compute)
    line = found.suites[p.runs].line
    here = float(line.tokens(p.compute) / line.params(p.compute))
    data: draw.Series = {"rule of thumb": _columns(_rule(low, top)), "your budget": {"compute": p.compute, "ratio": here}}  # fmt: skip
    fig, ax = draw.new(height=4.3, log="x")
    for s, colour in _coloured(found):
        minima, (inside, beyond) = _minima(s), _lines(s, top)
        for name, points in ((s.label, minima), (f"{s.label}, line", inside), (f"{s.label}, carried on", beyond)):  # fmt: skip
            data[name] = _columns(points)
        ax.plot(*minima, "o", color=colour, markersize=4)
        draw.line(ax, *inside, colour, linewidth=1.6)
        draw.line(ax, *beyond, colour, s.label, linewidth=1.2, linestyle=":")
    every = np.concatenate([np.atleast_1d(each["ratio"]) for each in data.values()])
    y = 0.7 * float(every.min()), 1.5 * float(every.max())
    draw.plain_axis(ax, "y", *y)
    ax.plot(*_rule(low, top), color=GREY, linewidth=1)
    draw.point(ax, p.compute, here, VERMILION, num(here, 2), (0, 12), "center", markersize=8)
    ax.set(xlabel=BUDGET, ylabel=RATIO, xlim=(low, top * ROOM), xticks=_within(_POWERS, low, top))
    ax.spines["bottom"].set_bounds(low, top)
    ends = [float(_lines(s, top)[1][1][-1]) for s in found.suites.values()]
    trends = _trend(found)
    return draw.show(fig, "fig-minima",
        f"Each point is the best size for one budget, as tokens per parameter; each line, dotted beyond the runs, is that of one sweep. {trends} At {sci(top, 1)} FLOP the lines have {num(min(ends), 2)} to {num(max(ends), 2)} tokens per parameter. Thin grey line: {RULE}, the rule of thumb.",
        f"Tokens per parameter at the best sizes of each sweep against the budget, with a line through them. {trends} Beyond the runs the lines fan out.",
        data=draw.stack(data), control=control(p, found, (low, top), y))  # fmt: skip


def _trend(found: Found) -> str:
    signs = {s.label: trend(found.intervals[name]) for name, s in found.suites.items()}
    said = {1: "they clearly rise", -1: "they clearly fall", 0: "that cannot be told"}
    groups = {words: [name for name, each in signs.items() if each == sign] for sign, words in said.items()}  # fmt: skip
    parts = [f"for {' and '.join(filter(None, [', '.join(names[:-1]), names[-1]]))} {words}"
             for words, names in groups.items() if names]  # fmt: skip
    return f"F{'; '.join(parts)[1:]}."


def control(p: Parameters, found: Found, x: tuple[float, float], y: tuple[float, float]) -> Control:
    """Let a reader ask each sweep for the best model of a budget."""
    first = found.suites[p.runs]
    every = [first, *(s for s in found.suites.values() if s is not first)]
    picked = {
        "a": [s.line.a for s in every], "b": [s.line.b for s in every],
        "Ne": [float(s.line.params(1.0)) for s in every], "De": [float(s.line.tokens(1.0)) for s in every],
        "largest": [float(_minima(s)[0][-1]) for s in every],
    }  # fmt: skip
    says = control_.text(f"By the runs of {every[-1].label}, ")
    for place, s in enumerate(every[:-1]):
        says = control_.either(f"suite == {place}", control_.text(f"By the runs of {s.label}, "), says)  # fmt: skip
    says += " + " + control_.text(
        "{C:sci} FLOP is best spent on {N:amount} parameters and {D:amount} tokens. Ten times as much wants {growth:num} times the parameters. "
    )
    says += " + " + control_.either(f"beyond > {BEYOND}",
        control_.text("The budget is {beyond:num} times the largest of these runs."), control_.text("It lies below the largest of these runs."))  # fmt: skip
    rule, budgets = control_.curve(_placed(_rule(*x)), GREY), control_.axis(BUDGET, x[0], x[1] * ROOM, labels="power", ticks=_within(_POWERS, *x))  # fmt: skip
    rule["mark"]["strokeWidth"], budgets["axis"]["domain"] = 1, False  # no axis under the names
    return Control(
        (Slider("C", "Compute", *x, p.compute, "FLOP", "sci"),
         Choice("suite", "Runs of", {s.label: place for place, s in enumerate(every)})),
        {**{name: Pick("suite", values) for name, values in picked.items()},
         "N": Formula(experts.carried, {"ratio": "Ne", "compute": "C", "reference": 1.0, "exponent": "a"}),
         "D": Formula(experts.carried, {"ratio": "De", "compute": "C", "reference": 1.0, "exponent": "b"}),
         "ratio": Formula(steps.ratio, {"params": "N", "tokens": "D"}),
         "growth": Formula(steps.tenfold, {"exponent": "a"}),
         "beyond": Formula(steps.over, {"compute": "C", "largest": "largest"})},
        says,
        [rule, *_layers(found, x[1]), control_.marker("C", "ratio", VERMILION), control_.moving_name("C", "ratio", control_.text("{ratio:num}"), VERMILION)],
        budgets,
        control_.axis(RATIO, *y, labels="~g", ticks=control_.steps(*y)),
    )  # fmt: skip


def _layers(found: Found, top: float) -> list[Layer]:
    layers, ends = [], []
    for s, colour in _coloured(found):
        inside, beyond = _lines(s, top)
        ends.append((float(beyond[1][-1]), s.label, colour))
        layers += [
            control_.dots(_placed(_minima(s)), colour), control_.curve(_placed(inside), colour),
            control_.curve(_placed(beyond), colour, dash=True),
        ]  # fmt: skip
    at = 0.0
    for value, label, colour in sorted(ends):
        at = max(value, 1.35 * at)  # names do not overlap
        layers.append(control_.name(1.6 * top, at, label, colour))
    return layers


def _placed(points: Points) -> dict[str, Floats]:
    return _columns(points, ("x", "y"))


def profiles(p: Parameters, found: Found) -> Shown:
    """Draw one suite's losses at equal compute, their parabolas and minima."""
    s = found.suites[p.runs]
    fit, on, used = s.profiles, s.on, np.flatnonzero(s.profiles.used)
    stray = (fit.group >= 0) & ~on
    sizes = np.geomspace(fit.low, fit.high, 30)
    curves = np.reshape([[sizes[:, k], fit.curve(int(k), sizes[:, k])] for k in used], (-1, 2, 30))
    data = draw.stack({
        **{name: {"params": s.kept.params[which], "loss": s.kept.loss[which], "compute": fit.compute[fit.group[which]]}
           for name, which in (("runs", on), ("left out", stray))},
        "parabola": {"params": curves[:, 0].ravel(), "loss": curves[:, 1].ravel(), "compute": np.repeat(fit.compute[used], 30)},
        "minimum": {"params": fit.params[used], "loss": fit.loss[used], "compute": fit.compute[used]},
    })  # fmt: skip
    fig, ax = draw.new(height=4.2, log="x")
    ax.scatter(s.kept.params[on], s.kept.loss[on], c=fit.group[on], s=9, cmap=draw.SEQUENTIAL, linewidth=0)  # fmt: skip
    ax.plot(s.kept.params[stray], s.kept.loss[stray], "x", color=VERMILION, markersize=4)
    lines = LineCollection([*curves.swapaxes(1, 2)], linewidths=1.1, cmap=draw.SEQUENTIAL)
    lines.set_array(used)
    ax.add_collection(lines)
    ax.plot(fit.params[used], fit.loss[used], "D", color=INK, markersize=4.5)
    for place, end, shift, side in ((0, -1, 6, "left"), (-1, 0, -6, "right")):
        x, y = curves[place, :, end]
        draw.label(ax, x, y, f"{sci(fit.compute[used[place]], 1)} FLOP", INK, (shift, 0), ha=side)  # fmt: skip
    tried = s.kept.loss[on]
    ax.set_ylim(tried.min() - 0.06 * np.ptp(tried), tried.max() + 0.08 * np.ptp(tried))
    ax.set(xlabel="parameters", ylabel="loss, as read off the figure" if s.name == "llama3" else "loss (nats per token)")  # fmt: skip
    out = "" if not len(fit.notices) else f" Budgets left out, {len(fit.notices)} of {len(fit.compute)}, are crosses, or beyond the edge."  # fmt: skip
    best = fit.params[used]
    return draw.show(fig, "fig-profiles",
        f"{s.label}: the loss of models of many sizes, one colour a budget, with a parabola for each. The best size (diamonds) goes from {qty(best[0], 2)} parameters on the smallest budget to {qty(best[-1], 2)} on the largest.{out}",
        f"Loss against parameters. {len(used)} U-shaped curves, one for each budget, move down and to the right as compute grows; diamonds mark their lowest points.", data=data)  # fmt: skip


def suites(p: Parameters, found: Found) -> Table:
    """List the sweeps, and how size and data grow with compute by their minima."""
    rows = []
    for name, s in found.suites.items():
        used = s.profiles.compute[s.profiles.used]
        budgets = (
            f"{len(used)} of {len(s.profiles.compute)}, {sci(used[0], 1)} to {sci(used[-1], 1)}"
        )
        growth = (num(steps.tenfold(each), 2) for each in (s.a, s.b))
        rows.append([f"{s.label}: {budgets}", with_interval(s.a, found.intervals[name].a), *growth])
    columns = ["sweep: budgets used, FLOP", f"exponent a ({pct(p.level)})", "size ×", "data ×"]
    return Table(columns, rows, "How the best size grows with compute by the minima of each sweep, and what ten times the compute multiplies the best size and its data by.")  # fmt: skip


def exponents(p: Parameters, found: Found) -> Shown:
    """Draw the exponent of each suite by three methods, and the published ones."""
    fits = [found.surfaces[name] for name in found.suites]
    labels = [s.label for s in found.suites.values()]
    stated = {name: a for name, (a, _) in suite.published_exponents().items()}
    others, kaplan = sorted(a for name, a in stated.items() if name != "Kaplan et al."), stated["Kaplan et al."]  # fmt: skip
    data: draw.Series = {"one half": {"exponent": 0.5}, "published": {"row": [*stated], "exponent": [*stated.values()]}}  # fmt: skip
    fig, ax = draw.new(height=0.55 * len(labels) + 1.6)
    places = np.arange(1, len(labels) + 1)[::-1]
    for name, aside, colour, marker, rows in (
        ("parabolas", 0.26, BLUE, "o", [(s.a, *found.intervals[key].a) for key, s in found.suites.items()]),
        ("law, Huber's error", 0.0, ORANGE, "s", [(f.a_huber, *f.huber_ends) for f in fits]),
        ("law, squared error", -0.26, GREEN, "^", [(f.a_varpro, *f.varpro_ends) for f in fits]),
    ):  # fmt: skip
        a, low, high = np.transpose(rows)
        data[name] = {"row": labels, "exponent": a, "exponent_low": low, "exponent_high": high}
        for place, (_, *ends) in zip(places + aside, rows, strict=True):
            draw.bar(ax, ends, place, colour, linewidth=4)
        ax.plot(a, places + aside, marker, color=colour, markersize=5.5, label=name)
    ax.plot([*stated.values()], np.zeros(len(stated)), "D", color=INK, markersize=4.5, label="published elsewhere")  # fmt: skip
    draw.label(ax, kaplan, 0, "Kaplan et al.", INK, (0, 12), ha="center", fontsize=9.5)
    draw.hline(ax, 0.5, GREY)
    draw.vline(ax, 0.5, GREY, linestyle="--")
    draw.legend_above(fig, 2, handletextpad=0.2, columnspacing=1)
    draw.rows(ax, ["published", *labels[::-1]])
    ax.set(xlabel="a, exponent of compute in the best size")
    ours = [s.a for s in found.suites.values()]
    listed = "; ".join(f"{s.label} {fix(s.a, 3)}, {fix(f.a_huber, 3)} and {fix(f.a_varpro, 3)}" for s, f in zip(found.suites.values(), fits, strict=True))  # fmt: skip
    return draw.show(fig, "fig-exponents",
        f"By parabolas the exponent of the sweeps drawn lies between {fix(min(ours))} and {fix(max(ours))}; the published ones without Kaplan's lie between {fix(others[0])} and {fix(others[-1])}. Bars: {pct(p.level)} bootstrap intervals. Dashed: one half, where size and data grow alike.",
        f"Dot plot of the exponent a: each sweep by three methods with intervals, {listed}. Lowest row: {len(stated)} published values, Kaplan's far to the right at {fix(kaplan)}.", data=draw.stack(data))  # fmt: skip


def carried(p: Parameters, found: Found) -> Table:
    """List what the sweeps name at a budget far beyond them, and what the difference would cost."""
    rows = []
    for name, s in found.suites.items():
        part, largest = found.parts[name], float(_minima(s)[0][-1])
        rows.append([f"{s.label}, {num(p.compute / largest, 2)} times", qty(part.size), qty(part.best), _wasted(part.share_wasted)])  # fmt: skip
    columns = ["sweep, and this budget over its largest", "by parabolas", "by the law", "wasted"]  # fmt: skip
    return Table(columns, rows, f"The best size at {sci(p.compute, 2)} FLOP by two methods on the same runs (law: squared error), and the share of the compute that the parabolas' size would waste if the law were right.")  # fmt: skip


def _wasted(share: float) -> str:
    return "under 0.1%" if share < 1e-3 else pct(share, 2)


# For specialists


def choices(p: Parameters, found: Found) -> Table:
    """List a under other choices of points."""
    rows = []
    for name, s in found.suites.items():
        other, drawn = found.choices[name], found.intervals[name]
        values = ["none" if a is None else fix(a) for a in (other.every, other.long, other.narrow)]
        without = between(other.without_one) if other.without_one else "none"
        rows.append([s.label, fix(s.a), *values, without, between(drawn.by_size)])
    return Table(["sweep", "a", "all runs", "D/N ≥ 2", "within 3x", "one budget left out", f"whole sizes drawn, {pct(p.level)}"], rows,
        "The exponent by parabolas under other choices of points (D/N: tokens per parameter; within 3x of the minimum in size), and its interval where whole model sizes are drawn.")  # fmt: skip


def surfaces(p: Parameters, found: Found) -> Table:
    """List the constants of each surface, and what parabolas and surface leave."""
    rows = []
    for name, s in found.suites.items():
        f = found.surfaces[name]
        constants = (fix(float(getattr(f.varpro.law, each))) for each in ("alpha", "beta", "E"))
        sound = "yes" if f.huber.converged and f.varpro.converged else "no"
        rows.append([s.label, *constants, pct(f.scatter_parabola), pct(f.scatter_surface), fix(f.near_surface), sound])  # fmt: skip
    return Table(["sweep", "α", "β", "E", "left by parabolas", "left by the law", "alike", "sound"], rows,
        "The law by squared error, and what it leaves: root mean squares relative to the loss, and how much alike that is for neighbouring sizes on a budget (correlation). Sound: the fits converged.")  # fmt: skip


def parts(p: Parameters, found: Found) -> Shown:
    """Draw the difference between Approach 2 and the surface in three parts."""
    order = [*found.suites][::-1]
    labels, split = [found.suites[name].label for name in order], [found.parts[name].split for name in order]  # fmt: skip
    places, whole = np.arange(len(order)), "parabolas less the law"
    bars = {part: [each[part] for each in split] for part in split[0]}
    sums = [sum(each.values()) for each in split]
    data = draw.stack({
        **{part: {"row": labels, "exponent_error": values} for part, values in bars.items()},
        whole: {"row": labels, "exponent_error": sums},
    })  # fmt: skip
    fig, ax = draw.new(height=0.5 * len(order) + 1.4)
    for (part, values), colour, aside in zip(bars.items(), (SKY, BLUE, ORANGE), (0.24, 0, -0.24), strict=True):  # fmt: skip
        ax.barh(places + aside, values, height=0.22, color=colour, label=part)
    ax.plot(sums, places, "D", color=INK, markersize=4, label=whole)
    draw.vline(ax, 0, GREY)
    draw.rows(ax, labels)
    ax.set(xlabel="contribution to the difference in a")
    draw.legend_above(fig, 2)
    largest = {part: max((abs(each[part]), name) for each, name in zip(split, labels, strict=True)) for part in ("parabola", "misfit")}  # fmt: skip
    most = {part: f"{fix(value, 3)} ({label})" for part, (value, label) in largest.items()}
    listed = "; ".join(f"{name} " + ", ".join(f"{part} {fix(round(value, 3) + 0.0, 3)}" for part, value in each.items())
                       for name, each in zip(labels, split, strict=True))  # fmt: skip
    return draw.show(fig, "fig-parts",
        f"The exponent by parabolas less that of the law (diamonds), in three parts. The parabola contributes at most {most['parabola']}, the misfit up to {most['misfit']}.",
        f"Bars of three contributions for each sweep, with a diamond at their sum: {listed}.", data=data)  # fmt: skip


def compared(p: Parameters, found: Found) -> Table:
    """Set published figures against recomputed ones."""
    hoffmann, line, label, text = found.suites["hoffmann2022_runs"], found.llama.line, found.llama.label, found.llama.text  # fmt: skip
    at = f"at {sci(found.llama.meant, 3)} FLOP, Llama 3"
    waste = [("waste of Approach 2, Llama 3 (Czech et al.)", printed("czech2026.llama3.waste"), found.parts["llama3"].share_wasted, 3)]  # fmt: skip
    return draw.compared([
        ("a, Hoffmann et al., Approach 2", printed("hoffmann2022.approach2.a"), hoffmann.a, 3),
        ("b, Hoffmann et al., Approach 2", printed("hoffmann2022.approach2.b"), hoffmann.b, 3),
        ("b, Llama 3, text", text.b, line.b, 3),
        ("b, Llama 3, figure", label.b, line.b, 3),
        ("prefactor of tokens, Llama 3, figure", float(label.tokens(1.0)), float(line.tokens(1.0)), 3),
        (f"tokens {at}", printed("llama3.optimum.tokens"), float(line.tokens(found.llama.meant)), qty),
        (f"parameters {at}", printed("llama3.optimum.params"), float(line.params(found.llama.meant)), qty),
        *(waste if p.compute == found.llama.target else []),
    ])  # fmt: skip
