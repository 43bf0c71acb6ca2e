"""Figures and tables of the chapter on GPT-4."""

import math
from functools import partial
from typing import Any

import numpy as np

from scalebook.chapters.common import between, interval_of, printed, stated
from scalebook.chapters.gpt4 import steps
from scalebook.chapters.gpt4.steps import EIGHTH, THIRTY_SECOND, Later, Spread
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.repetition import GEOMETRIC
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Control, Layer, Slider, axis, either, marker, moving_name, text
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, VERMILION, Shown, Table
from scalebook.show.formula import Formula
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import registry
from scalinglaws.optimum import experts
from scalinglaws.supply.uncertain import Swing

NAMES = {
    "compute": "training compute", "total_params": "total size", "shared_params": "part outside the experts",
    "dense_ratio": "dense optimum", "ratio_growth": "growth with compute", "repetition": "factor for repetition",
    "sparsity_factor": "factor for experts", "sparsity": "factor for experts",
}  # fmt: skip
TWO = partial(num, digits=2)

# Heights of the points of the first figure, in a drawing from -0.4 to _TOP.
_GOT, _DENSE, _BEST, _SMALL, _TOP = 3.0, 2.0, 1.0, 0.0, 3.8


def lead(p: Parameters, f: steps.Found) -> Shown:
    """Draw the actual ratio beside the best ones; a reader moves the inputs."""
    e, spread, small = f.estimate, f.spread.summary["optimum"], f.pairs["small"].best
    ratio, dense, best = map(float, (e.ratio, e.dense, e.optimum))
    low, high = min(ratio, dense, best) / 25, max(ratio, dense, best) * 25
    ends = min(low, small / 2), max(high, small * 2)
    points = (
        (ratio, _GOT, "GPT-4", "GPT-4", VERMILION), (dense, _DENSE, "best for a dense model", "best for a dense model, about", GREY),
        (best, _BEST, "best with experts", "best with experts, about", BLUE),
        (small, _SMALL, SMALL_NAME, f"{SMALL_NAME}, about", GREEN),
    )  # fmt: skip
    data = draw.stack({
        **{name: {"ratio": place} for place, _, name, _, _ in points},
        "best with experts, range": {"ratio_low": spread.low, "ratio_high": spread.high},
    })  # fmt: skip
    fig, ax = draw.new(height=2.9)
    draw.plain_axis(ax, "x", *ends)
    ax.set(ylim=(-0.4, _TOP), yticks=[], xlabel="tokens per active parameter")
    ax.spines["left"].set_visible(False)
    ax.plot([ratio] * 2, [-0.4, _GOT], color=VERMILION, linewidth=1.2, linestyle=":")
    draw.bar(ax, (spread.low, spread.high), _BEST, BLUE)
    for place, height, _, words, colour in points:
        draw.point(ax, place, height, colour, f"{words}: {TWO(place)}" if words == "GPT-4" else f"{words} {num(place)}", (0, 13), "center", markersize=9)  # fmt: skip
    return draw.show(fig, "fig-lead",
        f"GPT-4's tokens per active parameter, beside the best. For a dense model, in which all parameters are active, that is taken as {num(dense)}{dense_source(p)}; with experts, as {TWO(p.sparsity_factor)} times as many. The bar holds {pct(p.level)} of draws from this book's ranges. Green: the law of the over-training chapter. Move the sliders you doubt.",
        f"Four points on a logarithmic axis of tokens per active parameter: GPT-4 at {TWO(ratio)}, the best for a dense model at {num(dense)}, the best with experts at {num(best)} with a bar from {between((spread.low, spread.high), TWO)}, and the best by the law of the over-training chapter at {TWO(small)}.",
        data=data, control=_control(p, f, ends))  # fmt: skip


#: A ratio so close to the best is called about right.
NEAR = 1.05
SMALL_NAME = "law of small runs"


def degree(under: float) -> str:
    """Return in words how far from the best the tokens are, from best over actual."""
    if 1 / NEAR <= under <= NEAR:
        return "about the right number"
    return f"{TWO(under)} times too few" if under > 1 else f"{TWO(1 / under)} times too many"


def is_nesovs(p: Parameters) -> bool:
    """Return whether the best ratio for a dense model is the one that Nesov states."""
    return bool(
        p.dense_ratio == stated("n-llama-37") and p.dense_compute == printed("nesov.dense.compute")
    )


def later_is_nesovs(p: Parameters) -> bool:
    """Return whether the best ratio of the later run is the one that Nesov states."""
    return bool(p.later_ratio == stated("n-2028-ratio"))


def dense_source(p: Parameters) -> str:
    """Return where the best ratio of a dense model is from, in brackets; "" for a reader's own."""
    return f" (Nesov's {TWO(p.dense_ratio)}, carried to GPT-4's compute)" if is_nesovs(p) else ""


def _control(p: Parameters, f: steps.Found, ends: tuple[float, float]) -> Control:
    active, spread = float(f.estimate.active), f.spread.summary["optimum"]
    low, high = (end / float(f.estimate.optimum) for end in (spread.low, spread.high))
    growth = math.log10(p.ratio_growth) / 3
    inputs = [
        Slider("compute", "Training compute", p.compute / 3, p.compute * 3, p.compute, "FLOP", style="sci"),
        Slider("active", "Active parameters", active / 2.5, active * 2.5, active, style="amount"),
        Slider("reference", f"Dense optimum at {sci(p.dense_compute, 1)} FLOP", p.dense_ratio / 3, p.dense_ratio * 3, p.dense_ratio),
        Slider("factor", "Factor for experts", min(1.0, p.sparsity_factor), max(8.0, 2 * p.sparsity_factor), p.sparsity_factor, "×"),
    ]  # fmt: skip
    carried = {"ratio": "reference", "compute": "compute", "reference": p.dense_compute, "exponent": growth}  # fmt: skip
    small = {
        "ratio": f.pairs["small"].best,
        "compute": "compute",
        "reference": p.compute,
        "exponent": steps.small_growth(),
    }
    values = {
        "ratio": Formula(experts.trained_ratio, {"compute": "compute", "active": "active"}),
        "dense": Formula(experts.carried, carried),
        "best": Formula(steps.with_experts, {"dense": "dense", "factor": "factor"}),
        # The ranges are factors, which go with the best ratio wherever it is moved.
        "low": Formula(steps.with_experts, {"dense": "best", "factor": low}),
        "high": Formula(steps.with_experts, {"dense": "best", "factor": high}),
        "small": Formula(experts.carried, small),
        "under": Formula(steps.shortfall, {"optimum": "best", "ratio": "ratio"}),
        "over": Formula(steps.shortfall, {"optimum": "ratio", "ratio": "best"}),
    }
    got = "GPT-4 then had {ratio:num} tokens per active parameter, where about {best:amount} were best: "
    says = either(
        "under > 1.05", text(got + "{under:num} times too few."),
        either("over > 1.05", text(got + "{over:num} times too many."), text(got + "about right.")),
    )  # fmt: skip
    layers = [
        *_lines(),
        marker("ratio", repr(_GOT), VERMILION), marker("dense", repr(_DENSE), GREY), marker("best", repr(_BEST), BLUE),
        marker("small", repr(_SMALL), GREEN),
        moving_name("ratio", repr(_GOT), text("GPT-4: {ratio:num}"), VERMILION),
        moving_name("dense", repr(_DENSE), text("best for a dense model, about {dense:amount}"), GREY),
        moving_name("best", repr(_BEST), text("best with experts, about {best:amount}"), BLUE),
        moving_name("small", repr(_SMALL), text(SMALL_NAME + ", about {small:amount}"), GREEN),
    ]  # fmt: skip
    y: dict[str, Any] = {"type": "quantitative", "scale": {"domain": [-0.4, _TOP], "nice": False}, "axis": None}  # fmt: skip
    return Control(inputs, values, says, layers, axis("tokens per active parameter", *ends, labels="~g", ticks=control_.steps(*ends)), y, height=250)  # fmt: skip


def _lines() -> list[Layer]:
    """Return the upright line at GPT-4, and the bar about the best ratio, of the control."""
    made: dict[str, Any] = {"values": [{}]}
    upright = {"type": "rule", "color": VERMILION, "strokeDash": [2, 4], "clip": True}
    bar = {"type": "rule", "color": BLUE, "strokeWidth": 8, "opacity": 0.35, "clip": True}
    return [
        {"data": made, "mark": upright,
         "transform": [{"calculate": "ratio", "as": "x"}, {"calculate": "-0.4", "as": "y"}, {"calculate": repr(_GOT), "as": "top"}],
         "encoding": {"x": {"field": "x"}, "y": {"field": "y"}, "y2": {"field": "top"}}},
        {"data": made, "mark": bar,
         "transform": [{"calculate": "low", "as": "x"}, {"calculate": "high", "as": "end"}, {"calculate": repr(_BEST), "as": "y"}],
         "encoding": {"x": {"field": "x"}, "x2": {"field": "end"}, "y": {"field": "y"}}},
    ]  # fmt: skip


def estimate(p: Parameters, f: steps.Found) -> Table:
    """Set the estimate for GPT-4 against Nesov's, step by step."""
    e = f.estimate
    active, tokens, ratio, dense, optimum, under = map(float, vars(e).values())
    rows = [
        ["training compute (FLOP)", sci(printed("nesov.gpt4.compute"), 1), sci(p.compute, 2)],
        ["active parameters", qty(stated("n-gpt4-active")), qty(active)],
        ["tokens", qty(stated("n-gpt4-tokens")), qty(tokens)],
        ["tokens per active parameter", TWO(stated("n-gpt4-ratio")), num(ratio)],
        ["best for a dense model", TWO(stated("n-llama-37")), num(dense)],
        ["best with experts", num(stated("n-gpt4-optimal"), 3), num(optimum)],
        ["best over actual", num(stated("n-gpt4-under"), 1), num(under)],
    ]  # fmt: skip
    return Table(["step", "Nesov", "recomputed"], rows, "From the rumour to the degree of under-training.")  # fmt: skip


def _ends(swing: Swing) -> tuple[float, float]:
    return min(swing.low, swing.high), max(swing.low, swing.high)


def tornado(p: Parameters, f: steps.Found) -> Shown:
    """Draw how far each input moves the result over its range."""
    swings = f.spread.swings
    found, names = float(f.estimate.under), [NAMES[swing.name] for swing in swings]
    low, high = np.array([_ends(swing) for swing in swings]).reshape(-1, 2).T
    data = draw.stack({
        "over its range": {"row": names, "multiple_low": low, "multiple_high": high},
        "recomputed": {"multiple": found}, "enough": {"multiple": 1},
    })  # fmt: skip
    fig, ax = draw.new(height=1.1 + 0.42 * max(len(swings), 2))
    places = range(len(swings))
    ax.barh(places, (high - low)[::-1], left=low[::-1], color=BLUE, alpha=0.5, height=0.6)
    draw.plain_axis(ax, "x", min(0.9, *low, found) / 1.06, max(1.0, found, *high) * 1.1)
    ticks = [m * 10.0**k for k in range(-4, 5) for m in (1, 1.5, 2, 3, 4, 6)]
    left, right = ax.get_xlim()
    if right < 10 * left:  # a decade or less: 1, 2 and 5 would be too few
        shown = [tick for tick in ticks if left < tick < right]
        ax.set_xticks(shown, [f"{tick:g}" for tick in shown])
    ax.set_yticks(places, names[::-1])
    top = len(swings) - 0.45
    ax.set_ylim(-0.55, top + 0.55)
    draw.vline(ax, found, INK, f"recomputed, {TWO(found)}", top, (4, 6))
    draw.vline(ax, 1, GREY, "enough", top, (4, 6), linestyle="--")
    ax.set(xlabel="best over actual tokens per parameter")
    listed = [(NAMES[swing.name], between(_ends(swing), TWO)) for swing in swings]
    second = f", then the {listed[1][0]}" if len(listed) > 1 else ""
    return draw.show(fig, "fig-tornado",
        f"What decides is the {listed[0][0]}, over whose range alone the result goes from {listed[0][1]}{second}. Right of the dashed line GPT-4 had too few tokens." if listed else "Nothing is uncertain.",
        f"Bars, widest first, of how far each input moves the result over its range: {'; '.join(map(' '.join, listed))}. Dashed: enough tokens.", data=data)  # fmt: skip


def sparsity(p: Parameters, f: steps.Found) -> Shown:
    """Draw the factor for experts by the law of Abnar et al., against Nesov's."""
    found = f.sparsity
    c, ends = steps.BUDGETS, {}
    low, high = p.sparse_compute_low, p.sparse_compute_high
    data = {"these budgets": {"compute_low": low, "compute_high": high}, "GPT-4": {"compute": p.compute}}  # fmt: skip
    fig, ax = draw.new(height=3.6, log="x")
    for idle, colour, name, at, shift, side in (
        (EIGHTH, BLUE, "1 in 8", 12, (-3, -20), "right"), (THIRTY_SECOND, ORANGE, "1 in 32", 6, (7, 5), "left"),
    ):  # fmt: skip
        line, said = experts.ratio_factor(steps.abnar(), c, idle), stated(steps.STATED[idle])
        ends[idle] = float(line[0])
        data |= {
            f"law, {name}": {"compute": c, "multiple": line},
            f"Nesov, {name}": {"multiple": said},
        }
        draw.line(ax, c, line, colour, f"law, {name}", at, shift, side)
        draw.hline(ax, said, colour, f"Nesov, {name}", p.compute, (-6, 8), "right", linewidth=1.2, linestyle="--")  # fmt: skip
    draw.shade(ax, low, high, alpha=0.18)
    top = ends[THIRTY_SECOND] * 1.05
    draw.vline(ax, p.compute, INK, "GPT-4", top, (-4, -8), "right", linestyle=":")
    ax.set(xlabel="training compute (FLOP)", ylabel="factor on the best ratio", ylim=(0.8, top))
    three, six = (num(stated(claim), 1) for claim in steps.STATED.values())
    return draw.show(fig, "fig-sparse",
        f"By Abnar's law the factor for experts falls with compute. Dashed: Nesov's factors. Grey: budgets of small studies, {sci(low, 1)} to {sci(high, 1)} FLOP.",
        f"Two curves of the factor by which experts raise the best ratio, falling from {fix(ends[EIGHTH], 1)} and {fix(ends[THIRTY_SECOND], 1)} at {sci(c[0], 1)} FLOP towards 1 at {sci(c[-1], 1)}. They cross Nesov's dashed lines, {three} and {six}, at {sci(found.at[EIGHTH], 1)} and {sci(found.at[THIRTY_SECOND], 1)} FLOP; a grey band runs from {sci(low, 1)} to {sci(high, 1)}.", data=draw.stack(data))  # fmt: skip


def pairs(p: Parameters, f: steps.Found) -> Table:
    """List what GPT-4 would have been by each pair of sources for the best ratio."""
    nesovs, factor = is_nesovs(p), p.sparsity_factor == stated("n-moe-3x")
    carried = f"Nesov's {TWO(p.dense_ratio)}, carried" if nesovs else "as given, carried"
    mine = "Nesov" if factor else "as given"
    told = {
        "nesov": (carried, mine), "midway": (carried, "Abnar's law, midway"), "text": ("Llama 3's text", mine),
        "label": ("Llama 3's figure", mine), "small": ("over-training chapter", ""),
    }  # fmt: skip
    rows = [
        [f"{num(each.dense)} ({dense})", f"{num(each.factor)} ({experts_})" if experts_ else "not counted", num(each.best), degree(each.under)]
        for each, (dense, experts_) in ((f.pairs[name], words) for name, words in told.items())
    ]  # fmt: skip
    return Table(["best for a dense model", "factor for experts", "best for GPT-4", "so GPT-4 had"], rows,
        f"Five combinations of sources for the best number of tokens per active parameter at {sci(p.compute, 1)} FLOP. GPT-4 had {num(float(f.estimate.ratio))}.")  # fmt: skip


# For specialists


def costs(p: Parameters, f: steps.Found) -> Table:
    """List what this under-training costs, by rule and law."""
    columns = ["law or rule", "compute taken over compute needed", f"{interval_of(p)} from the draws"]  # fmt: skip
    rows = [[name, fix(m), between((s.low, s.high))] for name, (m, s) in f.costs.items()]
    some = min(steps.SPARSE_DRAWS, p.draws)
    caption = f"What it costs that the best ratio is {num(float(f.estimate.under))} times the actual one. The intervals of the sparse law are of the first {some:,} draws."
    return Table(columns, rows, caption)


def llama(p: Parameters, f: steps.Found) -> Shown:
    """Draw the dense optimum by Llama 3's printed constants, and Nesov's line."""
    found = f.llama
    c, at = np.geomspace(printed("llama3.isoflop.smallest"), 1e29, 121), p.dense_compute
    corners = np.array([steps.llama_ratio(law, c) for law in found.corners])
    words, label = steps.llama_ratio(found.text, c), steps.llama_ratio(found.label, c)
    nesov = experts.scaled_ratio(p.dense_ratio, p.ratio_growth, c, p.dense_compute)
    best = printed("llama3.optimum.compute"), found.llama_optimum
    trained = registry.published_model("Llama 3.1 405B").flop, found.llama_trained
    data = draw.stack({
        "text, two digits": {"compute": c, "ratio": words, "ratio_low": corners.min(0), "ratio_high": corners.max(0)},
        "figure's label": {"compute": c, "ratio": label}, "Nesov": {"compute": c, "ratio": nesov},
        "optimum stated": {"compute": best[0], "ratio": best[1]},
        "as trained": {"compute": trained[0], "ratio": trained[1]},
    })  # fmt: skip
    fig, ax = draw.new(height=4.0, log="x")
    every = [*corners.flat, *nesov]
    draw.plain_axis(ax, "y", min(every) / 1.5, max(every) * 1.5)
    draw.band(ax, c, corners.min(0), corners.max(0), ORANGE)
    draw.line(ax, c, words, ORANGE, "text, two digits", 80, (4, -10))
    draw.line(ax, c, label, BLUE, "figure's label", 30, (2, -10))
    draw.line(
        ax,
        c,
        nesov,
        VERMILION,
        "Nesov" if is_nesovs(p) else "as given",
        0,
        (0, 19),
        linewidth=1.3,
        linestyle="--",
    )
    draw.point(ax, *best, INK, "optimum stated", (-4, 14), "right", markersize=5)
    draw.point(ax, *trained, INK, "as trained", (7, -12), markersize=5)
    ax.set(xlabel="training compute (FLOP)", ylabel="optimal tokens per parameter")
    whose = "Nesov's" if is_nesovs(p) else "the given"
    return draw.show(fig, "fig-llama",
        f"At {sci(at, 1)} FLOP the constants in Llama 3's text give {num(found.llama_text, 2)} tokens per parameter, those in its figure {num(found.llama_figure, 2)}. Band: what rounding the text's two digits allows, {num(found.llama_low, 2)} to {num(found.llama_high, 2)}.",
        f"Optimal tokens per parameter against compute, rising. The line of the text's constants passes below the stated optimum, {num(found.llama_optimum, 3)}, within a wide band; the figure's line passes through it; {whose} line goes from {num(float(nesov[0]), 2)} to {num(float(nesov[-1]), 2)}.", data=data)  # fmt: skip


def repetition(p: Parameters, f: steps.Found) -> Shown:
    """Draw how far repeated data raise the optimal ratio, and what Nesov's number needs."""
    run, passes = f.later, steps.PASSES
    rising = steps.repetition_factor(p, passes)
    geometric = steps.repetition_factor(p, passes, GEOMETRIC)
    quoted = printed("nesov.repetition.epochs"), printed("nesov.repetition.factor")
    top = max(rising[-1], run.implied, quoted[1])
    data = draw.stack({
        "used in the paper": {"epochs": passes, "multiple": rising},
        "geometric decay": {"epochs": passes, "multiple": geometric},
        "Nesov": {"epochs": quoted[0], "multiple": quoted[1]},
        f"needed for {num(p.later_ratio)}": {"multiple": run.implied},
        f"{TWO(p.epochs)} passes": {"epochs": p.epochs, "multiple": run.repetition_factor},
    })  # fmt: skip
    fig, ax = draw.new(height=3.8, log="x")
    ax.plot(passes, rising, color=BLUE)
    shown = min(int(np.searchsorted(geometric, 1.3 * top)), len(passes) - 1)
    draw.line(ax, passes, geometric, GREEN, "geometric decay", shown, linewidth=1.3, linestyle="--")  # fmt: skip
    draw.point(ax, *quoted, VERMILION, f"Nesov, {quoted[1]:g} at {quoted[0]:g}", (6, -10))
    draw.hline(ax, run.implied, INK, f"needed for {num(p.later_ratio)}", 1.0, (2, 8), linewidth=1.2, linestyle=":")  # fmt: skip
    draw.point(ax, p.epochs, run.repetition_factor, BLUE, f"{TWO(p.epochs)} passes", (-5, 9), "right", markersize=5)  # fmt: skip
    ax.set(xlabel="passes over the unique data", ylabel="factor of the optimal ratio", ylim=(0.8, 1.5 * top))  # fmt: skip
    known = math.isfinite(run.implied_epochs)
    needed = f", which the law gives at {num(run.implied_epochs, 2)} passes" if known else ""
    there = float(steps.repetition_factor(p, quoted[0]))
    return draw.show(fig, "fig-repeat",
        f"Repetition raises the optimal ratio by {fix(run.repetition_factor)} at {num(p.epochs, 2)} passes and {fix(there)} at {num(quoted[0], 2)}, where Nesov has {num(quoted[1], 2)}. {'His' if later_is_nesovs(p) else 'The'} {num(p.later_ratio, 3)} tokens per parameter need {fix(run.implied)}{needed}.",
        f"The factor against passes over the data rises from 1 to about {fix(float(rising[-1]), 1)} and flattens; the paper's other form of decay gives a dashed curve; dots mark Nesov's figure and {num(p.epochs, 2)} passes.", data=data)  # fmt: skip


def factors(p: Parameters, f: steps.Found) -> Shown:
    """Draw the optimal ratio of the later run, factor by factor."""
    run = f.later
    grown, named = p.dense_ratio * run.scale_factor, num(p.later_sparsity_factor, 2)
    stages = [
        ("dense, today", p.dense_ratio, p.dense_ratio),
        (f"× {TWO(run.scale_factor)} for scale", p.dense_ratio, grown),
        (f"× {named} for experts", grown, run.without),
        (f"× {TWO(run.repetition_factor)} for {TWO(p.epochs)} passes", run.without, run.product),
    ]
    names, _, reached = zip(*stages, strict=True)
    data = draw.stack({
        "best so far": {"row": names, "ratio": reached}, "Nesov": {"ratio": p.later_ratio},
    })  # fmt: skip
    base = min(10.0, 0.3 * min(reached))
    fig, ax = draw.new(height=2.8)
    top = len(stages) - 1
    for place, (_, start, end) in enumerate(reversed(stages)):
        left, colour = (base, GREY) if place == top else (start, BLUE)
        ax.barh(place, end - left, left=left, color=colour, alpha=0.5, height=0.6)
        draw.label(ax, max(start, end), place, TWO(end), INK, shift=(5, 0))
    draw.plain_axis(ax, "x", base, 2.2 * max(run.product, p.later_ratio))
    draw.vline(ax, p.later_ratio, VERMILION, f"{'Nesov' if later_is_nesovs(p) else 'as given'}, {TWO(p.later_ratio)}", top, (-5, 0), "right", linewidth=1.3, linestyle="--")  # fmt: skip
    ax.set_yticks(range(len(stages)), names[::-1])
    ax.set(xlabel="tokens per active parameter")
    listed = "; ".join(f"{name} to {num(end, 3)}" for name, _, end in stages)
    return draw.show(fig, "fig-700",
        f"Factor by factor to {TWO(run.product)} tokens per parameter; {'Nesov has' if later_is_nesovs(p) else 'asked for are'} {TWO(p.later_ratio)}. The {named} for experts is carried over from far smaller runs.",
        f"Bars on a logarithmic axis, each starting where the one before ends: {listed}. A dashed line marks {TWO(p.later_ratio)}.", data=data)  # fmt: skip


def later_inputs(p: Parameters, run: Later, spread: Spread) -> Table:
    """List what decides the optimal ratio of the later run."""
    rows = [
        [NAMES[s.name], between(spread.inputs[s.name].interval(p.range_level), TWO), between(_ends(s), TWO)]
        for s in spread.swings
    ]  # fmt: skip
    return Table(["input", "its range", "tokens per parameter over that range"], rows,
        f"What decides the optimal ratio of the later run, {num(run.product, 3)} with all inputs at their middle. Ranges hold {pct(p.range_level)}, and are judgements.")  # fmt: skip


def later(p: Parameters, run: Later, spread: Spread) -> Table:
    """Set the later run against Nesov's."""
    ratio, middle = num(p.later_ratio), num(spread.summary["ratio"].median)
    columns = ["quantity", "Nesov", f"at {ratio} tokens per parameter", "range of the draws"]  # fmt: skip
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
    return Table(
        columns,
        rows,
        f"A run of {sci(p.later_compute, 1)} FLOP with {used}. Draws: their {interval_of(p)}; in the middle they have {middle} tokens per parameter.",
    )


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
    words, label = (float(steps.llama_ratio(law, best)) for law in (f.llama.text, f.llama.label))
    sixty = float(steps.repetition_factor(p, printed("nesov.repetition.epochs")))
    three = partial(qty, digits=3)
    return draw.compared([
        ("factor for 60 epochs, Nesov against law", printed("nesov.repetition.factor"), sixty, 2),
        ("Llama 3 optimum, stated against text's constants", f.llama.llama_optimum, words, 1),
        ("Llama 3 optimum, stated against figure's constants", f.llama.llama_optimum, label, 1),
        ("GPT-4 tokens", stated("n-gpt4-tokens"), float(e.tokens), three),
        ("GPT-4 tokens per parameter", stated("n-gpt4-ratio"), float(e.ratio), 1),
        ("GPT-4 optimum", stated("n-gpt4-optimal"), float(e.optimum), 1),
        ("2028 active parameters", stated("n-2028-active"), run.later_active, three),
        ("2028 total parameters", stated("n-2028-total"), run.later_total, three),
        ("2028 tokens", stated("n-2028-tokens"), run.later_tokens, three),
    ])  # fmt: skip
