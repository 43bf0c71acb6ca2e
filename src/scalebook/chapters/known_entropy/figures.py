"""Figures and tables of the chapter on a source of known entropy."""

from itertools import pairwise
from typing import Any

import numpy as np

from scalebook.chapters.common import between
from scalebook.chapters.known_entropy import steps, teachers
from scalebook.chapters.parameter import Parameters
from scalebook.laboratory import learner, teaching
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION, Shown, Table
from scalebook.show.numbers import fix, num, pct
from scalinglaws.units import BITS_PER_NAT, Floats

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
    draw.line(ax, data, limit, INK, "limit B / D^β", len(data) // 3, (-6, -12), "right",
               linestyle="--", linewidth=1)  # fmt: skip
    lines["limit B / D^β"] = {"tokens": data, "excess": limit}
    draw.plain_axis(ax, "y", *ax.get_ylim())
    ax.set(xlabel="symbols learned from, D", ylabel="loss above the entropy (nats)",
           xlim=(p.data_low / 1.3, p.data_high * 6))  # fmt: skip
    return draw.show(fig, "fig-table",
        f"Measured (dots, mean of {p.seeds} streams) and derived (lines) losses of four learners differ by {pct(known.theory_gap)} of the excess on average over the whole table. Small learners stop early; large ones follow the dashed limit.",
        f"Loss above the entropy against data on logarithmic axes. The learner with {sizes[0]:,.0f} contexts levels off at {num(measured[0, -1], 2)} nats, the one with {sizes[-1]:,.0f} falls to {num(measured[-1, -1], 2)}.",
        data=draw.stack({"measured": draw.stack(dots), "derived": draw.stack(lines)}, "kind"))  # fmt: skip


def constants(known: steps.Derived, fits: steps.Fits) -> Table:
    """Set fitted constants against the true ones."""
    laws = [own[form].law for form in steps.FORMS for own in (fits.noisy, fits.whole)]
    rows = []
    for name, field, digits in (
        ("E (nats)", "E", 4), ("α", "alpha", 3), ("β", "beta", 3), ("A", "A", 2), ("B", "B", 2),
    ):  # fmt: skip
        true, *fitted = (getattr(law, field) for law in (known.law, *laws))
        off = (num(steps.percent_above(true, value), 2) for value in fitted)
        signed = (each if each.startswith("−") else f"+{each}" for each in off)
        cells = (f"{fix(value, digits)} ({each}%)" for value, each in zip(fitted, signed, strict=True))  # fmt: skip
        rows.append([name, fix(true, digits), *cells])
    rows.append(["p", "", "1", "1", *(fix(law.p) for law in laws[2:])])
    columns = ["", "truth", "sum, noisy runs", "sum, whole table", "power mean, noisy", "power mean, whole"]  # fmt: skip
    return Table(columns, rows,
        f"Fitted against true constants, with the relative error. Noisy: the {len(fits.pick)} runs. Whole: all runs without noise, their streams averaged. Power mean: explained below.")  # fmt: skip


def misses(p: Parameters, table: learner.LossTable, fits: steps.Fits, found: dict[str, float]) -> Shown:  # fmt: skip
    """Draw how far the fitted floors lie from the entropy."""
    names, rows = list(reversed(found)), {name: {"error_percent": miss} for name, miss in found.items()}  # fmt: skip
    fig, ax = draw.new(height=4.6)
    for name, *ends in (
        ("sum, Huber", fits.E_low, fits.E_high), ("power mean", fits.blended_low, fits.blended_high),
    ):  # fmt: skip
        low, high = (steps.percent_above(table.entropy, end) for end in ends)
        draw.bar(ax, (low, high), names.index(name), _colour(name), linewidth=6, alpha=0.3)
        rows[name] |= {"error_percent_low": low, "error_percent_high": high}
    for place, name in enumerate(names):
        ax.plot(found[name], place, "o", color=_colour(name))
    draw.vline(ax, 0, INK)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="fitted floor above the entropy (%)")
    sums = sorted((miss for name, miss in found.items() if name.startswith("sum")), key=abs)
    listed = "; ".join(f"{name} {num(miss, 2)}%" for name, miss in found.items())
    return draw.show(fig, "fig-misses",
        f"The sum misses the entropy by {num(sums[0], 2)}% to {num(sums[-1], 2)}%, according to runs and error model; the power mean by {num(found['power mean'], 2)}% on the same runs. Bars: {pct(p.level)} bootstrap intervals.",
        f"Dot plot of the error of the fitted floor: {listed}.",
        data=draw.stack({**rows, "entropy": {"error_percent": 0}}, "row"))  # fmt: skip


def _colour(name: str) -> str:
    return BLUE if name.startswith("power") else VERMILION


def drift(found: dict[str, Floats]) -> Shown:
    """Draw how fits to derived losses move as their range grows."""
    x, fig, (left, right) = steps.DECADES, *draw.new(1, 2, height=3.6)
    drawn: dict[str, dict[str, Any]] = {
        "true exponent": {"multiple": 1}, "entropy": {"error_percent": 0},
    }  # fmt: skip
    for (form, three), style in zip(found.items(), ("-", "--"), strict=True):
        for ax, name, key, y, colour in zip(
            (left, left, right), ("α", "β", "floor"), ("multiple", "multiple", "error_percent"),
            three, (VERMILION, BLUE, INK), strict=True,
        ):  # fmt: skip
            ax.plot(x, y, style, color=colour)
            drawn[f"{name}, {form}"] = {"decades": x, key: y}
    draw.hline(left, 1, GREY, linewidth=0.8)
    draw.hline(right, 0, GREY, linewidth=0.8)
    for ax, form, row, at, text, colour, shift in (
        (left, "sum", 0, 2, "α", VERMILION, (6, 8)), (left, "sum", 1, 1, "β", BLUE, (0, 8)),
        (right, "sum", 2, 1, "sum", INK, (6, 6)), (right, "power mean", 2, 2, "power mean", INK, (0, -10)),
    ):  # fmt: skip
        draw.label(ax, x[at], found[form][row, at], text, colour, shift=shift)
    left.set(xlabel="decades of data", ylabel="fitted over true exponent")
    right.set(xlabel="decades of data", ylabel="floor above entropy (%)")
    alpha, beta, _ = (between(row[[0, -1]], num) for row in found["sum"])
    first, last, blended = (num(miss, 2) for miss in (*found["sum"][2, [0, -1]], found["power mean"][2, -1]))  # fmt: skip
    return draw.show(fig, "fig-drift",
        f"Fits to derived losses, without noise, as the range grows (solid: sum; dashed: power mean). From {x[0]} to {x[-1]} decades of data the sum's error of the floor falls from {first}% to {last}%, and its α from {alpha} times the truth.",
        f"Left: the ratio of fitted to true exponents; for alpha of the sum from {alpha}, for beta from {beta}. Right: the error of the floor, for the sum from {first}% to {last}%, for the power mean to {blended}%.",
        data=draw.stack(drawn))  # fmt: skip


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
        caption = f"Left: losses at {len(picked)} of {len(budgets)} budgets, with the lowest points of all. Right: the best size grows as the budget to the power {fix(found.slope(), 3)}; theory says 1/(1 + s) = {fix(theory, 3)}, and the fitted sum {fix(fit, 3)}."
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
        "Contexts are mastered one after the other, the common ones (ranks 1 to 10) first, while the loss (dashed: its excess over the entropy, relative to the first) falls smoothly.",
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
    right.set(xlabel="symbols since the change", ylabel="play, from better (0) to worse (1)", ylim=(-0.05, 1.1))  # fmt: skip
    return draw.show(fig, "fig-thought",
        f"Left: {taught.first:,} symbols of the better source, then (from the line) the worse: its loss falls, that on the better rises; dotted, the two entropies. "
        f"Right: the play during the second stage. Dots measured, lines: the share of new data for a learner that only counts, 1 − exp(−D/{p.memory:,.0f}) for one that forgets.",
        f"Left: loss on the better source falls to {fix(better[~at.later][-1])} bits and rises to {fix(better[-1])} after the change of teacher; loss on the worse ends at {fix(worse[-1])}. "
        f"Right: the play moves from the better source's to {fix(at.end_play)} of the way for the counting learner, and earlier for the one that forgets, to {fix(at.fading[-1])}.",
        data=draw.stack({"left": draw.stack(before), "right": draw.stack(after)}, "panel"))  # fmt: skip


def learners(taught: teachers.Courses, at: teachers.Places) -> Table:
    """List where the learners of two teachers end, and the limits of unlimited data."""
    better, first, second = taught.better, taught.first, taught.second
    change = np.flatnonzero(~at.later)[-1]
    ends = [
        (name, one.better[mark], one.worse[mark], play[mark], one.choice[mark])
        for name, one, play, mark in (
            (f"better source, {first:,} symbols", taught.counting, at.counting, change),
            (f"then worse, {second:,} more", taught.counting, at.counting, -1),
            ("the same, forgetting", taught.fading, at.fading, -1),
            (f"both, {first + second:,} symbols in all", taught.both, at.both, -1),
        )
    ]  # fmt: skip
    limits = [
        (f"limit: {name}", teaching.cross_entropy(better, model), teaching.cross_entropy(taught.worse, model),
         place, teaching.pick(better, model))
        for name, model, place in (
            ("the better source itself", better, 0.0), ("both, half each", taught.half, 0.5), ("the worse source itself", taught.worse, 1.0),
        )
    ]  # fmt: skip
    rows = [[name, fix(loss * BITS_PER_NAT, 3), fix(other * BITS_PER_NAT, 3), fix(play, 3), pct(right, 3)]
            for name, loss, other, play, right in ends + limits]  # fmt: skip
    return Table(["learner", "loss on the better (bits)", "loss on the worse (bits)", "play", "favourite right"], rows,
        "Where the learners end, and the limits of unlimited data. Play: 0 like a learner of as much from the better source alone, 1 from the worse.")  # fmt: skip


def method_error(table: learner.LossTable, m: steps.MethodError) -> Shown:
    """Draw the fitted floor against the loss that a flawed method cannot avoid."""
    known = m.known * BITS_PER_NAT
    above = {name: (floors - table.entropy) * BITS_PER_NAT for name, floors in m.floors.items()}
    fig, ax = draw.new(height=3.6)
    ax.plot(known, known, color=GREY, linewidth=1)
    for name, colour, mark, shift, ha in (
        ("sum", VERMILION, "o", (-8, 8), "right"), ("power mean", BLUE, "x", (4, -12), "left"),
    ):  # fmt: skip
        draw.line(ax, known, above[name], colour, name, -1, shift, ha, linestyle="", marker=mark)
    ax.set(xlabel="loss that the best such learner cannot avoid\n(bits above the entropy)",
           ylabel="fitted floor above the entropy (bits)", xlim=(-0.02, known[-1] * 1.25))  # fmt: skip
    pairs, off = ", ".join(map(str, m.ties)), float(np.abs(above["sum"] - known).max())
    drawn = {"equality": known, **above}
    return draw.show(fig, "fig-method",
        f"Learners that cannot tell {pairs} pairs of symbols apart: the fitted floor rises by {fix(m.slopes['sum'], 3)} (sum) and {fix(m.slopes['power mean'], 3)} (power mean) times the known amount. Line: equality.",
        f"Fitted floor against known method error, both in bits above the entropy, for {len(m.ties)} learners: points along the line of equality up to {fix(known[-1])} bits, those of the sum up to {fix(off, 3)} bits from it.",
        data=draw.stack({name: {"excess_bits": known, "floor_bits": y} for name, y in drawn.items()}))  # fmt: skip
