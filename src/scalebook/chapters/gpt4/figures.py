"""Figures and tables of the chapter on GPT-4."""

import math
from functools import partial

import numpy as np

from scalebook.chapters.common import between, interval_of, printed, stated
from scalebook.chapters.gpt4 import steps
from scalebook.chapters.gpt4.steps import EIGHTH, THIRTY_SECOND, Estimate, Later, Spread
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.repetition import GEOMETRIC
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, VERMILION, Shown, Table
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import registry
from scalinglaws.optimum import experts
from scalinglaws.supply.uncertain import Summary, Swing

NAMES = {
    "compute": "training compute", "total_params": "total parameters", "shared_params": "shared parameters",
    "dense_ratio": "dense optimum", "ratio_growth": "its growth with compute", "repetition": "factor for repetition",
    "sparsity_factor": "factor for sparsity", "sparsity": "factor for sparsity",
}  # fmt: skip
TWO = partial(num, digits=2)


def estimate(p: Parameters, e: Estimate) -> Table:
    """Set the estimate for GPT-4 against the comment, step by step."""
    active, tokens, ratio, optimum, under = map(float, vars(e).values())
    parts = f"{qty(p.shared_params)} + {p.active_experts}/{p.experts} of {qty(p.total_params - p.shared_params)}"
    carried = f"{num(p.dense_ratio)} carried from {sci(p.dense_compute, 1)} FLOP"
    dense, sparsity = optimum / p.sparsity_factor, f"times {num(p.sparsity_factor, 2)} for sparsity"
    rows = [
        ["training compute", f"{sci(printed('nesov.gpt4.compute'), 1)} FLOP", f"{sci(p.compute, 2)} FLOP", "rumour, a parameter"],
        ["active parameters", qty(stated("n-gpt4-active")), qty(active), parts],
        ["tokens", qty(stated("n-gpt4-tokens")), qty(tokens), "compute / (6 active)"],
        ["tokens per parameter", num(stated("n-gpt4-ratio"), 2), num(ratio), "tokens / active"],
        ["optimum, dense", num(stated("n-llama-37"), 2), num(dense), carried],
        ["optimum, with experts", num(stated("n-gpt4-optimal"), 3), num(optimum), sparsity],
        ["under-trained by", f"{num(stated('n-gpt4-under'), 1)} x", f"{num(under)} x", "optimum / ratio"],
    ]  # fmt: skip
    columns = ["step", "stated", "recomputed", "how"]
    return Table(columns, rows, "The estimate for GPT-4, step by step.")


def under(p: Parameters, e: Estimate, spread: Spread) -> Shown:
    """Draw how far the degree of under-training may be off."""
    draws, found, said = spread.drawn["under"], float(e.under), stated("n-gpt4-under")
    certain = not np.ptp(draws)
    low, high = (found / 1.1, found * 1.1) if certain else np.quantile(draws, [0.0005, 0.9995])
    fig, ax = draw.new(height=3.6)
    draw.plain_axis(ax, "x", low, high)
    counts, edges, _ = ax.hist(draws, bins=np.geomspace(low, high, 61), color=BLUE, alpha=0.35, linewidth=0)  # fmt: skip
    data = draw.stack({
        "draws": {"multiple_low": edges[:-1], "multiple_high": edges[1:], "count": counts},
        "optimal": {"multiple": 1}, "stated": {"multiple": said}, "recomputed": {"multiple": found},
    })  # fmt: skip
    top = ax.get_ylim()[1]
    for place, text, colour in ((1.0, "optimal", GREY), (said, "stated", VERMILION)):
        draw.vline(ax, place, colour, text, 0.97 * top, (-5, 0), "right", linewidth=1.3, linestyle="--")  # fmt: skip
    draw.vline(ax, found, BLUE, "recomputed", 0.86 * top, linewidth=1.3)
    ax.set(xlabel="optimal over actual tokens per parameter", ylabel="draws", yticks=[])
    s, share = spread.summary["under"], steps.share_under(spread)
    return draw.show(fig, "fig-under",
        f"With every input uncertain, GPT-4's ratio is too low by a factor of {num(s.median, 2)} ({interval_of(p)} {between((s.low, s.high), TWO)}); {pct(share)} of the draws are under-trained. {p.draws:,} draws.",
        f"Histogram of the optimal over the actual ratio on a logarithmic axis, with its peak near {num(s.median, 2)}, and lines at 1, at the stated {num(said, 1)} and at the recomputed {num(found)}.", data=data)  # fmt: skip


def _ends(swing: Swing) -> tuple[float, float]:
    return min(swing.low, swing.high), max(swing.low, swing.high)


def tornado(e: Estimate, swings: tuple[Swing, ...]) -> Shown:
    """Draw how far each input moves the result over its range."""
    found, names = float(e.under), [NAMES[swing.name] for swing in swings]
    low, high = np.array([_ends(swing) for swing in swings]).reshape(-1, 2).T
    data = draw.stack({
        "over its range": {"row": names, "multiple_low": low, "multiple_high": high},
        "recomputed": {"multiple": found}, "optimal": {"multiple": 1},
    })  # fmt: skip
    fig, ax = draw.new(height=0.9 + 0.42 * max(len(swings), 2))
    places = range(len(swings))
    ax.barh(places, (high - low)[::-1], left=low[::-1], color=BLUE, alpha=0.5, height=0.6)
    draw.plain_axis(ax, "x", min(0.9, *low, found) / 1.06, max(1.0, found, *high) * 1.1)
    ax.set_yticks(places, names[::-1])
    draw.vline(ax, found, INK)
    draw.vline(ax, 1, GREY, linestyle="--")
    ax.set(xlabel="optimal over actual tokens per parameter")
    listed = [(NAMES[swing.name], between(_ends(swing), TWO)) for swing in swings]
    return draw.show(fig, "fig-tornado",
        f"What decides is the {listed[0][0]}: over its range alone the factor goes from {listed[0][1]}." if listed else "Nothing is uncertain.",
        f"Bars, widest first, of how far each input moves the result over its range: {'; '.join(map(' '.join, listed))}. Dashed: optimal training.", data=data)  # fmt: skip


def costs(p: Parameters, e: Estimate, found: dict[str, tuple[float, Summary]]) -> Table:
    """List what this under-training costs, by rule and law."""
    columns = ["cost of this under-training", "compute lost, m", f"{interval_of(p)} from the draws"]
    rows = [[name, fix(m), between((s.low, s.high))] for name, (m, s) in found.items()]
    some = min(steps.SPARSE_DRAWS, p.draws)
    caption = f"Effective compute lost at {num(float(e.under))} times too few tokens per parameter. The intervals of the sparse law are of the first {some:,} draws."
    return Table(columns, rows, caption)


def llama(p: Parameters, found: steps.Llama) -> Shown:
    """Draw the dense optimum by Llama 3's printed constants, and the comment's line."""
    c, at = np.geomspace(printed("llama3.isoflop.smallest"), 1e29, 121), p.dense_compute
    corners = np.array([steps.llama_ratio(law, c) for law in found.corners])
    text, label = steps.llama_ratio(found.text, c), steps.llama_ratio(found.label, c)
    comment = experts.scaled_ratio(p.dense_ratio, p.ratio_growth, c, p.dense_compute)
    best = printed("llama3.optimum.compute"), found.llama_optimum
    trained = registry.published_model("Llama 3.1 405B").flop, found.llama_trained
    data = draw.stack({
        "text, two digits": {"compute": c, "ratio": text, "ratio_low": corners.min(0), "ratio_high": corners.max(0)},
        "figure's label": {"compute": c, "ratio": label}, "comment": {"compute": c, "ratio": comment},
        "optimum stated": {"compute": best[0], "ratio": best[1]},
        "as trained": {"compute": trained[0], "ratio": trained[1]},
    })  # fmt: skip
    fig, ax = draw.new(height=4.0, log="x")
    every = [*corners.flat, *comment]
    draw.plain_axis(ax, "y", min(every) / 1.5, max(every) * 1.5)
    draw.band(ax, c, corners.min(0), corners.max(0), ORANGE)
    draw.line(ax, c, text, ORANGE, "text, two digits", 80, (4, -10))
    draw.line(ax, c, label, BLUE, "figure's label", 30, (2, -10))
    draw.line(ax, c, comment, VERMILION, "comment", 0, (0, 19), linewidth=1.3, linestyle="--")
    draw.point(ax, *best, INK, "optimum stated", (-4, 14), "right", markersize=5)
    draw.point(ax, *trained, INK, "as trained", (7, -12), markersize=5)
    ax.set(xlabel="training compute (FLOP)", ylabel="optimal tokens per parameter")
    return draw.show(fig, "fig-llama",
        f"At {sci(at, 1)} FLOP the constants in Llama 3's text give {num(found.llama_text, 2)} tokens per parameter, those in its figure {num(found.llama_figure, 2)}. Band: what rounding the text's two digits allows, {num(found.llama_low, 2)} to {num(found.llama_high, 2)}.",
        f"Optimal tokens per parameter against compute, rising. The line of the text's constants passes below the stated optimum, {num(found.llama_optimum, 3)}, within a wide band; the figure's line passes through it; the comment's line goes from {num(float(comment[0]), 2)} to {num(float(comment[-1]), 2)}, with {num(p.dense_ratio, 2)} at {sci(at, 1)} FLOP, where the figure's has {num(found.llama_figure, 2)}.", data=data)  # fmt: skip


def sparsity(p: Parameters, found: steps.Sparsity) -> Shown:
    """Draw the factor for sparsity by the printed law, against the comment's."""
    c, ends = steps.BUDGETS, {}
    low, high = p.sparse_compute_low, p.sparse_compute_high
    data = {"these budgets": {"compute_low": low, "compute_high": high}, "GPT-4": {"compute": p.compute}}  # fmt: skip
    fig, ax = draw.new(height=4.0, log="x")
    for idle, colour, text, at, shift, side in (
        (EIGHTH, BLUE, "1:8", 12, (-3, -20), "right"), (THIRTY_SECOND, ORANGE, "1:32", 6, (7, 5), "left"),
    ):  # fmt: skip
        line, said = experts.ratio_factor(steps.abnar(), c, idle), stated(steps.STATED[idle])
        ends[idle] = float(line[0])
        data |= {
            f"fit, {text}": {"compute": c, "multiple": line},
            f"comment, {text}": {"multiple": said},
        }
        draw.line(ax, c, line, colour, f"fit, {text}", at, shift, side)
        draw.hline(ax, said, colour, f"comment, {text}", c[-1], ha="right", linewidth=1.2, linestyle="--")  # fmt: skip
    draw.shade(ax, low, high, alpha=0.18)
    top = ends[THIRTY_SECOND] * 1.05
    draw.vline(ax, p.compute, INK, "GPT-4", top, (-4, -8), "right", linestyle=":")
    ax.set(xlabel="training compute (FLOP)", ylabel="factor of the optimal ratio", ylim=(0.8, top))
    few, many = (found.factors[idle] for idle in (EIGHTH, THIRTY_SECOND))
    three, six = (num(stated(claim), 1) for claim in steps.STATED.values())
    return draw.show(fig, "fig-sparse",
        f"The printed fit's factor for sparsity falls with compute: at {sci(low, 1)} FLOP {fix(few[0], 1)} for 1:8 and {fix(many[0], 1)} for 1:32, at {sci(high, 1)} FLOP {fix(few[2], 1)} and {fix(many[2], 1)} (grey: these budgets). It reaches {three} at {sci(found.at[EIGHTH], 1)} and {six} at {sci(found.at[THIRTY_SECOND], 1)}.",
        f"Two curves of the factor by which sparsity raises the optimal ratio, falling from {fix(ends[EIGHTH], 1)} and {fix(ends[THIRTY_SECOND], 1)} at {sci(c[0], 1)} FLOP towards 1 at {sci(c[-1], 1)}. They cross the comment's dashed lines, {three} and {six}, at {sci(found.at[EIGHTH], 1)} and {sci(found.at[THIRTY_SECOND], 1)} FLOP; a grey band runs from {sci(low, 1)} to {sci(high, 1)}.", data=draw.stack(data))  # fmt: skip


def repetition(p: Parameters, run: Later) -> Shown:
    """Draw how far repeated data raise the optimal ratio, and what the comment needs."""
    passes = steps.PASSES
    rising = steps.repetition_factor(p, passes)
    geometric = steps.repetition_factor(p, passes, GEOMETRIC)
    quoted = printed("nesov.repetition.epochs"), printed("nesov.repetition.factor")
    top = max(rising[-1], run.implied, quoted[1])
    data = draw.stack({
        "used in the paper": {"epochs": passes, "multiple": rising},
        "geometric decay": {"epochs": passes, "multiple": geometric},
        "comment": {"epochs": quoted[0], "multiple": quoted[1]},
        f"needed for {num(p.later_ratio)}": {"multiple": run.implied},
        f"{TWO(p.epochs)} epochs": {"epochs": p.epochs, "multiple": run.repetition_factor},
    })  # fmt: skip
    fig, ax = draw.new(height=3.8, log="x")
    ax.plot(passes, rising, color=BLUE)
    shown = min(int(np.searchsorted(geometric, 1.3 * top)), len(passes) - 1)
    draw.line(ax, passes, geometric, GREEN, "geometric decay", shown, linewidth=1.3, linestyle="--")  # fmt: skip
    draw.point(ax, *quoted, VERMILION, f"comment, {quoted[1]:g} at {quoted[0]:g}", (6, -10))
    draw.hline(ax, run.implied, INK, f"needed for {num(p.later_ratio)}", 1.0, (2, 8), linewidth=1.2, linestyle=":")  # fmt: skip
    draw.point(ax, p.epochs, run.repetition_factor, BLUE, f"{TWO(p.epochs)} epochs", (-5, 9), "right", markersize=5)  # fmt: skip
    ax.set(xlabel="passes over the unique data", ylabel="factor of the optimal ratio", ylim=(0.8, 1.5 * top))  # fmt: skip
    known = math.isfinite(run.implied_epochs)
    needed = f", which the law gives at {num(run.implied_epochs, 2)} passes" if known else ""
    there = float(steps.repetition_factor(p, quoted[0]))
    return draw.show(fig, "fig-repeat",
        f"Repetition raises the optimal ratio by {fix(run.repetition_factor)} at {num(p.epochs, 2)} passes and {fix(there)} at {num(quoted[0], 2)}, where the comment has {num(quoted[1], 2)}. Its {num(p.later_ratio, 3)} tokens per parameter need {fix(run.implied)}{needed}.",
        f"The factor against passes over the data rises from 1 to about {fix(float(rising[-1]), 1)} and flattens; the paper's other form of decay gives a dashed curve; dots mark the comment's figure and {num(p.epochs, 2)} epochs.", data=data)  # fmt: skip


def factors(p: Parameters, run: Later) -> Shown:
    """Draw the optimal ratio of the later run, factor by factor."""
    grown, named = p.dense_ratio * run.scale_factor, num(p.later_sparsity_factor, 2)
    stages = [
        ("dense, Llama 3's budget", p.dense_ratio, p.dense_ratio),
        (f"x {num(run.scale_factor)} for scale", p.dense_ratio, grown),
        (f"x {named} for sparsity", grown, run.without),
        (f"x {fix(run.repetition_factor)} for {num(p.epochs, 2)} epochs", run.without, run.product),
    ]
    names, _, reached = zip(*stages, strict=True)
    data = draw.stack({
        "optimum so far": {"row": names, "ratio": reached}, "comment": {"ratio": p.later_ratio},
    })  # fmt: skip
    base = min(10.0, 0.3 * min(reached))
    fig, ax = draw.new(height=3.0)
    top = len(stages) - 1
    for place, (_, start, end) in enumerate(reversed(stages)):
        left, colour = (base, GREY) if place == top else (start, BLUE)
        ax.barh(place, end - left, left=left, color=colour, alpha=0.5, height=0.6)
        draw.label(ax, max(start, end), place, num(end, 3), INK, shift=(5, 0))
    draw.plain_axis(ax, "x", base, 2.2 * max(run.product, p.later_ratio))
    draw.vline(ax, p.later_ratio, VERMILION, f"comment, {num(p.later_ratio)}", top, (-5, 0), "right", linewidth=1.3, linestyle="--")  # fmt: skip
    ax.set_yticks(range(len(stages)), names[::-1])
    ax.set(xlabel="tokens per active parameter")
    listed = "; ".join(f"{name} to {num(end, 3)}" for name, _, end in stages)
    return draw.show(fig, "fig-700",
        f"The factors multiply to {num(run.product, 3)} tokens per parameter, against the comment's {num(p.later_ratio, 3)}; the factor of {named} for sparsity is carried over from far smaller runs.",
        f"Bars on a logarithmic axis, each starting where the one before ends: {listed}. A dashed line marks {num(p.later_ratio, 3)}.", data=data)  # fmt: skip


def later_inputs(p: Parameters, run: Later, spread: Spread) -> Table:
    """List what decides the optimal ratio of the later run."""
    rows = [
        [NAMES[s.name], between(spread.inputs[s.name].interval(p.range_level), TWO), between(_ends(s), TWO)]
        for s in spread.swings
    ]  # fmt: skip
    return Table(["input", "its range", "tokens per parameter over that range"], rows,
        f"What decides the optimal ratio of the later run, {num(run.product, 3)} with all inputs at their middle.")  # fmt: skip


def later(p: Parameters, run: Later, spread: Spread) -> Table:
    """Set the later run against the comment."""
    ratio, middle = num(p.later_ratio), num(spread.summary["ratio"].median)
    columns = ["quantity", "stated", f"at {ratio} tokens per parameter", f"{interval_of(p)} of the draws (middle {middle})"]  # fmt: skip
    ratios, active, total, tokens = (
        between((s.low, s.high), partial(form, digits=2))
        for s, form in zip(spread.summary.values(), (num, qty, qty, sci), strict=True)
    )
    rows = [
        ["tokens per parameter", num(stated("n-2028-ratio")), ratio, ratios],
        ["active parameters", qty(stated("n-2028-active")), qty(run.later_active), active],
        ["total parameters", qty(stated("n-2028-total")), qty(run.later_total), total],
        ["tokens", sci(stated("n-2028-tokens"), 2), sci(run.later_tokens, 3), tokens],
        [f"{qty(p.unique_tokens)} tokens, {num(p.epochs, 2)} times", sci(stated("n-2028-repeat"), 2), sci(run.seen, 2), "not drawn"],
        ["what they are worth in fresh tokens", "not stated", sci(run.worth, 2), "not drawn"],
    ]  # fmt: skip
    used = f"{p.later_active_experts} of {p.later_experts} experts active"
    return Table(columns, rows, f"A run of {sci(p.later_compute, 1)} FLOP with {used}.")


def memory(p: Parameters, run: Later) -> Table:
    """List the memory that the later run's weights take."""
    rows = []
    for size in sorted({0.5, 1.0, p.bytes_per_weight, p.training_bytes}):
        total = run.later_total * size
        units = total / p.accelerator_memory
        rows.append([num(size, 2), f"{num(total / 1e12)} TB", f"{math.ceil(units):,}", f"{math.ceil(units / p.joined):,}"])  # fmt: skip
    columns = ["bytes per weight", "memory", "accelerators", f"groups of {p.joined}"]
    return Table(columns, rows, f"Memory of {qty(run.later_total, 3)} parameters, activations not counted.")  # fmt: skip


def compared(p: Parameters, f: steps.Found) -> Table:
    """Set published figures against recomputed ones."""
    e, run, best = f.estimate, f.later, printed("llama3.optimum.compute")
    text, label = (float(steps.llama_ratio(law, best)) for law in (f.llama.text, f.llama.label))
    sixty = float(steps.repetition_factor(p, printed("nesov.repetition.epochs")))
    three = partial(qty, digits=3)
    return draw.compared([
        ("factor for 1:8, comment against fit", stated("n-moe-3x"), f.sparsity.factors[EIGHTH][1], 2),
        ("factor for 1:32, comment against fit", stated("n-moe-6x"), f.sparsity.factors[THIRTY_SECOND][1], 2),
        ("factor for 60 epochs, comment against law", printed("nesov.repetition.factor"), sixty, 2),
        ("Llama 3 optimum, stated against text's constants", f.llama.llama_optimum, text, 1),
        ("Llama 3 optimum, stated against figure's constants", f.llama.llama_optimum, label, 1),
        ("GPT-4 tokens", stated("n-gpt4-tokens"), float(e.tokens), three),
        ("GPT-4 tokens per parameter", stated("n-gpt4-ratio"), float(e.ratio), 1),
        ("GPT-4 optimum", stated("n-gpt4-optimal"), float(e.optimum), 1),
        ("2028 active parameters", stated("n-2028-active"), run.later_active, three),
        ("2028 total parameters", stated("n-2028-total"), run.later_total, three),
        ("2028 tokens", stated("n-2028-tokens"), run.later_tokens, three),
    ])  # fmt: skip
