"""Figures and tables of the chapter on a source of known entropy."""

from itertools import pairwise
from typing import Any

import numpy as np

from scalebook.chapters.known_entropy import steps, teachers
from scalebook.chapters.parameter import Parameters
from scalebook.laboratory import learner, teaching
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Choice, Control, Layer, Slider
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION, Shown, Table
from scalebook.show.formula import Lookup, Pick, Quantity
from scalebook.show.numbers import fix, num, pct
from scalinglaws.units import BITS_PER_NAT

COLOURS = VERMILION, ORANGE, GREEN, BLUE


def losses(p: Parameters, table: learner.LossTable, known: steps.Derived) -> Shown:
    """Draw the losses of four learners above the entropy, measured and derived."""
    measured, expected = (each - table.entropy for each in (table.loss.mean(axis=0), known.loss))
    sizes, data = table.params, table.tokens
    fig, ax = draw.new(height=4.2, log="xy")
    chosen = np.unique(np.linspace(0, len(sizes) - 1, 4).round().astype(int))
    dots, lines = {}, {}
    for place, colour in zip(chosen, COLOURS, strict=False):
        name = f"N = {sizes[place]:,.0f}"
        dots[name], lines[name] = ({"tokens": data, "excess": each[place]} for each in (measured, expected))  # fmt: skip
        ax.plot(data, measured[place], "o", color=colour, markersize=3.5)
        draw.line(ax, data, expected[place], colour, name, linewidth=1.2)
    limit = known.law.terms(1.0, data)[1]
    draw.line(ax, data, limit, INK, "limit B / Dᵝ", len(data) // 3, (-6, -12), "right",
               linestyle="--", linewidth=1)  # fmt: skip
    lines["limit B / Dᵝ"] = {"tokens": data, "excess": limit}
    draw.plain_axis(ax, "y", *ax.get_ylim())
    ax.set(xlabel="symbols learned from, D", ylabel="loss above the entropy (nats)",
           xlim=(p.data_low / 1.3, p.data_high * 6))  # fmt: skip
    return draw.show(fig, "fig-table",
        f"Measured (dots, mean of {p.seeds} streams) and derived (lines) losses of four learners differ by {pct(known.theory_gap)} of the excess on average over the whole table. Small learners stop early; large ones follow the dashed limit.",
        f"Loss above the entropy against data on logarithmic axes. The learner with {sizes[0]:,.0f} contexts levels off at {num(measured[0, -1], 2)} nats, the one with {sizes[-1]:,.0f} falls to {num(measured[-1, -1], 2)}.",
        data=draw.stack({"measured": draw.stack(dots), "derived": draw.stack(lines)}, "kind"))  # fmt: skip


def constants(known: steps.Derived, fits: steps.Fits) -> Table:
    """Set fitted constants against the true ones."""
    laws = fits.noisy["sum"].law, fits.whole["sum"].law, fits.whole["power mean"].law
    rows = []
    for name, field, digits in (
        ("floor (nats)", "E", 3), ("α", "alpha", 2), ("β", "beta", 2), ("best size", "a", 2),
    ):  # fmt: skip
        true = known.theory_slope if field == "a" else getattr(known.law, field)
        rows.append([name, *(fix(float(value), digits) for value in (true, *(getattr(law, field) for law in laws)))])  # fmt: skip
    columns = ["", "truth", "noisy", "exact", "power mean"]
    return Table(columns, rows,
        f"True constants, and those of the sum fitted to {len(fits.pick)} noisy runs and to all runs without noise; last, of the power mean, without noise.")  # fmt: skip


def misses(found: dict[str, steps.Miss], level: float) -> Shown:
    """Draw how far the fitted floors lie from the entropy."""
    names = list(reversed(found))
    rows: dict[str, dict[str, float]] = {}
    fig, ax = draw.new(height=3.9)
    for place, name in enumerate(names):
        miss = found[name]
        rows[name] = {"error_percent": miss.value}
        if miss.barred:
            draw.bar(ax, (miss.low, miss.high), place, _colour(name), linewidth=6, alpha=0.3)
            rows[name] |= {"error_percent_low": miss.low, "error_percent_high": miss.high}
        ax.plot(miss.value, place, "o", color=_colour(name))
    draw.vline(ax, 0, INK)
    draw.rows(ax, names)
    ax.set(xlabel="fitted floor above the entropy (%)")
    sums = [abs(each.value) for name, each in found.items() if name.startswith("sum")]
    clean = found.get("power mean, no noise")
    exact = f" and by {num(abs(clean.value), 2)}% without noise" if clean else ""
    listed = "; ".join(f"{name} {num(each.value, 2)}%" for name, each in found.items())
    return draw.show(fig, "fig-misses",
        f"The sum misses the entropy by {num(min(sums), 2)}% to {num(max(sums), 2)}%, the power mean by {num(abs(found['power mean'].value), 2)}% on the same runs{exact}. Bars: {pct(level)} bootstrap intervals of the fits to noisy runs.",
        f"Dot plot of the error of the fitted floor, with bars for the fits to noisy runs: {listed}.",
        data=draw.stack({**rows, "entropy": {"error_percent": 0}}, "row"))  # fmt: skip


def _colour(name: str) -> str:
    return BLUE if name.startswith("power") else VERMILION


#: What of a law is compared with the truth, in the order of `steps.drift`.
PARTS = {
    "α, of size": VERMILION,
    "β, of data": BLUE,
    "growth of the best size": GREEN,
    "floor": INK,
}
NAMES = {"sum": "Chinchilla's sum", "power mean": "The power mean"}


def lead(p: Parameters, f: steps.Found) -> Shown:
    """Draw how fits to exact losses compare with the truth as their range grows."""
    x, fig, ax = steps.DECADES, *draw.new(height=3.9)
    drawn: dict[str, dict[str, Any]] = {"truth": {"multiple": 1}}
    for (form, rows), style in zip(f.drift.items(), ("-", "--"), strict=True):
        for (name, colour), y in zip(PARTS.items(), rows, strict=True):
            ax.plot(x, y, style, color=colour, marker="o" if style == "-" else "", markersize=3)
            drawn[f"{name}, {form}"] = {"decades": x, "multiple": y}
    for (name, colour), y, at, shift in zip(PARTS.items(), f.drift["sum"], (1, 2, 1, 4), ((8, 6), (0, 10), (8, -10), (0, -10)), strict=True):  # fmt: skip
        draw.label(ax, x[at], y[at], name, colour, shift)
    draw.hline(ax, 1, GREY, linewidth=0.8)
    ax.set(xlabel="decades of data that the runs span", ylabel="fitted over true")
    alpha, _, size, _ = f.drift["sum"]
    return draw.show(fig, "fig-drift",
        f"What a law fitted to exact losses says, over the truth: solid, Chinchilla's sum; broken, a power mean. Over {x[1]} decades of data the sum has the exponent α at {num(float(alpha[1]), 2)} times the truth; over {x[-1]}, at {num(float(alpha[-1]), 2)} times.",
        f"Four solid curves of fitted over true against decades of data: α goes from {fix(float(alpha[0]))} to {fix(float(alpha[-1]))}, the growth of the best size from {fix(float(size[0]))} to {fix(float(size[-1]))}, β and the floor stay near 1. Dashed curves of the power mean lie between {fix(float(f.drift['power mean'].min()))} and {fix(float(f.drift['power mean'].max()))}.",
        data=draw.stack(drawn), control=control(f))  # fmt: skip


def control(f: steps.Found) -> Control:
    """Let a reader widen the range of the runs, and change the form."""
    x, keys = steps.DECADES, ("alpha", "beta", "size", "floor")
    values: dict[str, Quantity] = {}
    layers: list[Layer] = [control_.curve({"x": (x[0], x[-1]), "y": (1, 1)}, GREY)]
    for form, rows in enumerate(f.drift.values()):
        for key, y, colour in zip(keys, rows, PARTS.values(), strict=True):
            values[f"{key}_{form}"] = Lookup("decades", x, tuple(map(float, y)), log=False)
            layers.append(control_.curve({"x": x, "y": y}, colour, dash=form == 1))
    for key, colour in zip(keys, PARTS.values(), strict=True):
        values[key] = Pick("form", (f"{key}_0", f"{key}_1"))
        layers.append(control_.marker("decades", key, colour))
    layers += [control_.name(x[at], float(y[at]) + lift, name, colour) for (name, colour), y, at, lift in
               zip(PARTS.items(), f.drift["sum"], (1, 1, 1, 3), (0.07, 0.05, -0.12, -0.08), strict=True)]  # fmt: skip
    told = control_.text(" over {decades:num} decades of data: exponent of size {alpha:fix} times the truth, of data {beta:fix} times, growth of the best size {size:fix} times, floor {floor:fix} times. ")  # fmt: skip
    which = control_.either("form < 1", *(control_.text(each) for each in NAMES.values()))
    near = " && ".join(f"abs({key} - 1) < 0.1" for key in keys)
    verdict = control_.either(near, control_.text("All are right to a tenth."),
        control_.either("abs(floor - 1) < 0.01", control_.text("The floor is right to a hundredth; of the rest, not all is right to a tenth."),
            control_.text("Not all of it is to be believed.")))  # fmt: skip
    every = np.concatenate([each.ravel() for each in f.drift.values()])
    return Control(
        (Slider("decades", "Decades of data", x[0], x[-1], 3.0, log=False),
         Choice("form", "Form of the law", {"Chinchilla's sum": 0.0, "power mean": 1.0})),
        values, f"{which} + {told} + {verdict}", layers,
        control_.axis("decades of data that the runs span", x[0], x[-1], log=False, ticks=x),
        control_.axis("fitted over true", min(0.5, float(every.min())), 1.08 * max(1.1, float(every.max())), log=False),
    )  # fmt: skip


def valleys(p: Parameters, table: learner.LossTable, known: steps.Derived, fits: steps.Fits, found: learner.Valleys) -> Shown:  # fmt: skip
    """Draw losses at equal compute, and the best size against the budget."""
    theory, fit = known.theory_slope, fits.whole["sum"].law.a
    budgets, caption = found.budget, "The table is too small for valleys."
    fig, (left, right) = draw.new(1, 2, height=3.8)
    right.plot(budgets, found.params, "o", color=INK, markersize=4)
    drawn = {"lowest": {"budget": budgets, "params": found.params, "loss": found.loss}}
    if len(budgets):
        for ax, which in ((left, "x"), (right, "x"), (right, "y")):
            draw.log_axis(ax, which)
    if steps.enough(found):
        picked = budgets[np.unique(np.linspace(0, len(budgets) - 1, 5).round().astype(int))]
        for budget, shade in zip(picked, np.linspace(0, 1, len(picked)), strict=True):
            kept, losses = learner.isoflop_losses(table, budget)
            left.plot(kept, losses, color=draw.SEQUENTIAL(shade), linewidth=1.4)
            drawn[f"budget {budget:,.0f}"] = {"budget": budget, "params": kept, "loss": losses}
        middle, centre = (np.exp(np.log(each).mean()) for each in (found.params, budgets))
        for slope, text, colour, shift in (
            (theory, "theory", BLUE, (-4, 10)), (fit, "slope of\nthe sum", VERMILION, (6, -58)),
        ):  # fmt: skip
            path = middle * (budgets / centre) ** slope
            draw.line(right, budgets, path, colour, text, -1, shift, "right", linewidth=1.2)
            drawn[text.replace("\n", " ")] = {"budget": budgets, "params": path}
        draw.plain_axis(right, "y", *right.get_ylim())
        caption = f"Left: losses at {len(picked)} of {len(budgets)} budgets, with the lowest points of all. Right: the best size of each budget, with the lines of theory, of slope 1/(1 + s), and of the fitted sum."
    left.plot(found.params, found.loss, "o", color=INK, markersize=3.5)
    draw.hline(left, table.entropy, GREY, "entropy", p.size_low, (2, 7), linestyle="--")
    left.set(xlabel="contexts kept, N", ylabel="loss (nats per symbol)")
    right.set(xlabel="budget, N D", ylabel="best N")
    return draw.show(fig, "fig-valleys", caption,
        f"Left: valley-shaped curves of loss against size, lower for larger budgets, above a dashed line at the entropy of {fix(table.entropy)}. Right: best size against budget, with lines of slope {fix(theory, 3)} (theory) and {fix(fit, 3)} (the fitted sum).",
        data=draw.stack({**drawn, "entropy": {"loss": table.entropy}}))  # fmt: skip


def skills(found: steps.Skills) -> Shown:
    """Draw how groups of contexts are mastered, one after the other."""
    tokens, excess = found.tokens, found.excess
    places = found.mastered[:, -1].copy()
    for lower, upper in pairwise(np.argsort(places)):  # labels at least a line apart
        places[upper] = max(places[upper], places[lower] + 0.075)
    fig, ax = draw.new(height=3.6, log="x")
    ends, drawn = [], {"excess loss": {"tokens": tokens, "share": excess}}
    groups = zip(found.groups, found.mastered, places, COLOURS, strict=False)
    for (first, last), row, place, colour in groups:
        name = f"{first:,} to {last:,}"
        ax.plot(tokens, row, color=colour)
        draw.label(ax, tokens[-1], place, name, colour)
        drawn[name] = {"tokens": tokens, "share": row}
        ends.append(f"ranks {first} to {last} reach {fix(row[-1])}")
    draw.line(ax, tokens, excess, INK, "excess loss", 1, (8, 4), linestyle="--")
    ax.set(xlabel="symbols learned from, D", ylabel="share mastered, by rank", ylim=(0, 1.1))
    return draw.show(fig, "fig-skills",
        "Solid: the share of contexts that is mastered, by rank; the common ones come first. Dashed: the loss above the entropy, relative to the first, falls smoothly.",
        f"Rising curves, one for each of four groups of contexts by rank, each later than the one before: {'; '.join(ends)}. A dashed line falls smoothly to {fix(excess[-1])}.",
        data=draw.stack(drawn))  # fmt: skip


def retrained(p: Parameters, taught: teachers.Courses, at: teachers.Places) -> Shown:
    """Draw the losses of a learner whose teacher changes, and where it stands between the two."""
    one, since, tokens = taught.counting, at.since, taught.counting.tokens
    better, worse = one.better * BITS_PER_NAT, one.worse * BITS_PER_NAT
    fig, (left, right) = draw.new(1, 2, height=3.9, log="x")
    before: dict[str, dict[str, Any]] = {"change of teacher": {"tokens": taught.first}}
    after: dict[str, dict[str, Any]] = {"the better alone": {"play": 0}, "the worse alone": {"play": 1}}  # fmt: skip
    for loss, teacher, name, colour, mark, shift in (
        (better, taught.better, "better", BLUE, 1, (10, 4)),
        (worse, taught.worse, "worse", VERMILION, 0, (4, -18)),
    ):  # fmt: skip
        floor = teacher.entropy() * BITS_PER_NAT
        draw.line(left, tokens, loss, colour, f"on the {name}", mark, shift)
        draw.hline(left, floor, colour, linewidth=1.3, linestyle=":")
        before |= {f"on the {name}": {"tokens": tokens, "loss_bits": loss}, f"entropy of the {name}": {"loss_bits": floor}}  # fmt: skip
    draw.vline(left, taught.first, GREY, linewidth=0.8)
    left.set(xlabel="symbols learned from", ylabel="loss (bits per symbol)")
    for all_play, curve, name, colour, side, ha in (
        (at.counting, at.share, "counts", INK, 7, "left"),
        (at.fading, 1 - np.exp(-since / p.memory), "forgets", PURPLE, -7, "right"),
    ):  # fmt: skip
        play = all_play[at.later]
        middle = int(np.argmin(np.abs(play - 0.5)))
        draw.line(right, since, play, colour, name, middle, (side, 0), ha, linestyle="", marker="o", markersize=3.5)  # fmt: skip
        right.plot(since, curve, color=colour, linewidth=1)
        after |= {name: {"tokens": since, "play": play}, f"{name}, by formula": {"tokens": since, "play": curve}}  # fmt: skip
    for place in (1, 0):
        draw.hline(right, place, GREY, linewidth=0.8, linestyle="--")
    right.set(xlabel="symbols since the change", ylabel="play: 0 better, 1 worse", ylim=(-0.05, 1.1))  # fmt: skip
    return draw.show(fig, "fig-thought",
        f"Left: {taught.first:,} symbols of the better source, then (from the line) the worse: its loss falls, that on the better rises; dotted, the two entropies. "
        f"Right: the play during the second stage. Dots measured, lines: the share of new data for a learner that only counts, 1 − exp(−D/{p.memory:,.0f}) for one that forgets.",
        f"Left: loss on the better source falls to {fix(better[~at.later][-1])} bits and rises to {fix(better[-1])} after the change of teacher; loss on the worse ends at {fix(worse[-1])}. "
        f"Right: the play moves from the better source's to {fix(at.end_play)} of the way for the counting learner, and earlier for the one that forgets, to {fix(at.fading[-1])}.",
        data=draw.stack({"left": draw.stack(before), "right": draw.stack(after)}, "panel"))  # fmt: skip


def learners(taught: teachers.Courses, at: teachers.Places) -> Table:
    """List where learners of two teachers end, beside the teachers themselves."""
    first, second = taught.first, taught.second
    change = np.flatnonzero(~at.later)[-1]
    ends = [
        (f"better source, {first:,} symbols", at.counting[change], taught.counting.choice[change]),
        (f"then the worse, {second:,} more", at.counting[-1], taught.counting.choice[-1]),
        ("the same, forgetting", at.fading[-1], taught.fading.choice[-1]),
        (f"both, half each, {first + second:,}", at.both[-1], taught.both.choice[-1]),
    ]  # fmt: skip
    rows = [[name, fix(float(place)), pct(float(right))] for name, place, right in ends]
    rows += [[f"the {name} source itself", fix(place), pct(teaching.play(taught.better, each))]
             for name, place, each in (("better", 0.0, taught.better), ("worse", 1.0, taught.worse))]  # fmt: skip
    return Table(["learner", "way from better (0) to worse (1)", "plays the best symbol"], rows,
        "Way: by how often a symbol drawn from the learner is the best one, between learners of one source alone. Last column: learners pick their favourite, sources draw.")  # fmt: skip


def method_error(table: learner.LossTable, m: steps.MethodError) -> Shown:
    """Draw the fitted floor against the loss that a flawed method cannot avoid."""
    known = m.known * BITS_PER_NAT
    above = {name: (floors - table.entropy) * BITS_PER_NAT for name, floors in m.floors.items()}
    fig, ax = draw.new(height=3.6)
    ax.plot(known, known, color=GREY, linewidth=1)
    for name, colour, mark, shift, ha in (
        ("sum", VERMILION, "o", (-8, 8), "right"), ("power mean", BLUE, "x", (4, -12), "left"),
    ):  # fmt: skip
        draw.line(ax, known, above[name], colour, name, -1, shift, ha, linestyle="", marker=mark, fillstyle="none")  # fmt: skip
    ax.set(xlabel="loss that the best such learner cannot avoid\n(bits above the entropy)",
           ylabel="fitted floor above the entropy (bits)", xlim=(-0.02, known[-1] * 1.25))  # fmt: skip
    pairs, off = ", ".join(map(str, m.ties)), float(np.abs(above["sum"] - known).max())
    drawn = {"equality": known, **above}
    return draw.show(fig, "fig-method",
        f"Learners that cannot tell {pairs} pairs of symbols apart: the fitted floor rises by {fix(m.slopes['sum'], 3)} (sum) and {fix(m.slopes['power mean'], 3)} (power mean) times the known amount. Line: equality.",
        f"Fitted floor against known method error, both in bits above the entropy, for {len(m.ties)} learners: points along the line of equality up to {fix(known[-1])} bits, those of the sum up to {fix(off, 3)} bits from it.",
        data=draw.stack({name: {"excess_bits": known, "floor_bits": y} for name, y in drawn.items()}))  # fmt: skip


def compared(known: steps.Derived, found: dict[str, float]) -> Table:
    """Set the powers that theory has for the toy's four corners against those of its losses."""
    rows = [[name, fix(power), fix(found[name])] for name, power in steps.corners(known).items()]
    return Table(["power of", "published", "recomputed"], rows,
        "Powers by which the loss falls to its limit in the four corners of Bahri and colleagues, whose powers are those of networks: the inverse, or a slower one, here by the toy's theory.")  # fmt: skip
