"""Figures of the chapter on planning."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from scalebook.chapters.common import printed
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner import fits, hoffmann, ratios, steps
from scalebook.chapters.planner.fits import ALL_RUNS, HOFFMANN, KAPLAN, LLAMA_FIGURE, OURS, Refit
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION, Shown
from scalebook.show.numbers import fix, num, pct, qty, sci, span
from scalinglaws import fitting
from scalinglaws.optimum import dense
from scalinglaws.units import Floats

#: The laws that are drawn against compute: name, colour, line.
LINES: dict[str, tuple[str, str, Any]] = {
    OURS: ("our fit", BLUE, "-"),
    HOFFMANN: ("Hoffmann et al.", VERMILION, "-"),
    ALL_RUNS: ("all 245 runs", ORANGE, "-"),
    LLAMA_FIGURE: ("Llama 3", GREEN, (0, (4, 2))),
    KAPLAN: ("Kaplan et al.", PURPLE, (0, (1, 1))),
}


def _curves(ax: Axes, p: Parameters, refit: Refit, key: str, compute: Floats, *others: str) -> dict[str, dict[str, Floats]]:  # fmt: skip
    """Draw a quantity of the optimum by our fit and by other laws; return the curves by name."""
    draws = getattr(dense.optimal(refit.draws, compute[:, None]), key)
    drawn, column = {}, key.replace("tokens_per_param", "ratio")
    low, high = fitting.interval(draws.T, p.level)
    draw.band(ax, compute, low, high, BLUE)
    for law in (OURS, *others):
        name, colour, line = LINES[law]
        drawn[name] = {"compute": compute, column: getattr(fits.best(refit.laws[law], compute), key)}  # fmt: skip
        ax.plot(*drawn[name].values(), color=colour, linewidth=1.8 if law == OURS else 1.4, linestyle=line)  # fmt: skip
    drawn[LINES[OURS][0]] |= {f"{column}_low": low, f"{column}_high": high}
    return drawn


def _name(ax: Axes, refit: Refit, law: str, key: str, compute: float, shift: tuple[int, int], side: str) -> None:  # fmt: skip
    name, colour, _ = LINES[law]
    height = float(getattr(fits.best(refit.laws[law], compute), key))
    draw.label(ax, compute, height, name, colour, shift, ha=side)


def laws(p: Parameters, budget: steps.Budgets, refit: Refit) -> Shown:
    """Draw the best size and data against compute by four laws, with the notes' machines."""
    compute, flop = np.geomspace(1e19, 1e28, 46), refit.used.flop
    fig, (top, bottom) = draw.new(2, 1, height=6.4, log="xy", sharex=True)
    notes = {name: (peak * budget.share_low, peak * budget.share_high) for name, peak in budget.notes.items()}  # fmt: skip
    drawn: dict[str, dict[str, Any]] = {
        name: {"compute_low": low, "compute_high": high}
        for name, (low, high) in {**notes, "runs": (flop.min(), flop.max())}.items()
    }
    for ax, key, unit in ((top, "params", "parameters N"), (bottom, "tokens", "tokens D")):
        for name, curve in _curves(ax, p, refit, key, compute, HOFFMANN, LLAMA_FIGURE, KAPLAN).items():  # fmt: skip
            drawn[name] = {**drawn.get(name, {}), **curve}
        for ends in notes.values():
            draw.shade(ax, *ends, alpha=0.25)
        ax.axvspan(flop.min(), flop.max(), ymax=0.02, color=INK, linewidth=0)
        ax.set(ylabel=unit)
    top.set_ylim(1e8, 1e16)
    bottom.set(ylim=(1e9, 1e16), xlabel="training compute (FLOP)")
    for ax, law, key, at, shift, side in (
        (top, KAPLAN, "params", 3e20, (-8, 8), "right"), (bottom, KAPLAN, "tokens", 1e27, (0, -11), "center"),
        (top, HOFFMANN, "params", 1e27, (0, -30), "center"), (bottom, HOFFMANN, "tokens", 1e22, (-8, 8), "right"),
        (bottom, OURS, "tokens", 1e21, (8, -12), "left"), (bottom, LLAMA_FIGURE, "tokens", 1e19, (8, -10), "left"),
    ):  # fmt: skip
        _name(ax, refit, law, key, at, shift, side)
    middle = np.sqrt(budget.share_low * budget.share_high)
    for note, x, side in ((steps.FIRST, -5, "right"), (steps.SECOND, 5, "left")):
        draw.label(top, middle * budget.notes[note], 1e16, note.replace(", ", "\n"), GREY, (x, -13), ha=side)  # fmt: skip
    draw.label(bottom, flop.max(), 1e9, "runs", INK, (4, 6))
    two = [fits.best(refit.law, peak * p.utilisation) for peak in budget.notes.values()]
    buys = " and ".join(f"{qty(float(best.params), 2)} parameters on {qty(float(best.tokens), 2)} tokens" for best in two)  # fmt: skip
    return draw.show(fig, "fig-planner-laws",
        f"The best size and data by four laws. At {pct(p.utilisation)} of their peaks the notes' two machines (grey: reported utilisations) buy {buys} by our fit (band: {pct(p.level)} bootstrap).",
        "Two panels against training compute on logarithmic axes. Parameters rise steepest by Kaplan's law, which begins beside the others and ends far above them, and tokens slowest. "
        f"Our fit has a band that widens beyond the runs, which end at {sci(flop.max(), 1)} FLOP; Hoffmann's third approach rises more slowly in parameters and faster in tokens. Two grey stripes mark the notes' machines.",
        data=draw.stack(drawn))  # fmt: skip


def columns(found: hoffmann.Columns) -> Shown:
    """Draw the FLOP of Hoffmann's tables over their own lines, with what constants give."""
    third, misses = found.rows[3], found.misses
    drawn: dict[str, dict[str, Any]] = {}
    fig, ax = draw.new(height=4.2, log="x")
    for name, colour, line, y in (
        ("unrounded", VERMILION, "-", 5), ("as printed", ORANGE, "--", 0),
        ("three-digit exponents", PURPLE, ":", -7),
    ):  # fmt: skip
        drawn[name] = {"params": third.params, "multiple": 1 + misses[name]}
        draw.line(ax, third.params, 1 + misses[name], colour, name, -1, (16, y), linestyle=line)
    # Side by side, for most points lie on each other.
    for (k, rows), colour, mark, beside in zip(
        found.rows.items(), (BLUE, GREEN, INK), "osD", (0.82, 1.0, 1.22), strict=True
    ):
        slip = rows[rows.slip]
        by_6nd = 6 * slip.params * slip.tokens / slip.line
        for series, sizes, y, look in (
            (f"approach {k}", rows.params, rows.over, {"markersize": 4}),
            (f"approach {k}, 6ND", slip.params, by_6nd, {"markersize": 9, "fillstyle": "none"}),
        ):
            drawn[series] = {"params": sizes, "drawn_at": sizes * beside, "multiple": y}
            ax.plot(sizes * beside, y, mark, color=colour, **look)
    draw.label(ax, 175e9, third.over[175e9], "175B, approach 3: a slip", INK, (8, 0))
    draw.plain_axis(ax, "y", 0.08, 2.5)
    ax.set(xlabel="parameters N", ylabel="FLOP / FLOP on the table's own line", xlim=(3e8, 1.2e15), xticks=[1e9, 1e11, 1e13])  # fmt: skip
    most = {name: pct(float(np.abs(miss).max())) for name, miss in misses.items()}
    return draw.show(fig, "fig-planner-tables",
        "Tables 3 and A3 against the power law through their own rows (points, side by side: approach 1 blue, 2 green, 3 black; rings: $6ND$ of rows that disagree with it), and what the third approach's constants give (lines). "
        f"As printed they miss by up to {most['as printed']}, unrounded by {most['unrounded']}, with three digits in the exponents by {most['three-digit exponents']}.",
        "Ratios against size on logarithmic axes. Nearly all points lie at one; one lies at a tenth. Three lines for sets of constants start above one and rise with size, the printed constants highest.",
        data=draw.stack(drawn))  # fmt: skip


def sizes(p: Parameters, found: hoffmann.Multiples) -> Shown:
    """Draw the compute for which the article's two sizes are optimal, by table and law."""
    names = [*reversed(found.by_law[520e9])]
    ours, labelled = names.index(OURS), names.index(ALL_RUNS)
    drawn = {}
    fig, ax = draw.new(height=4.3, log="x")
    for size, colour, shift, y, side, x in (
        (520e9, BLUE, 0.13, 3, "right", -4), (1e12, ORANGE, -0.13, -1, "left", 4),
    ):  # fmt: skip
        places, values = np.arange(len(names)) + shift, found.by_law[size]
        name, stated = hoffmann.SIZES[size]
        draw.bar(ax, found.ends[size], ours + shift, colour)
        ax.plot([values[each] for each in names], places, "o", color=colour)
        rows = {each: {"multiple": value} for each, value in {**values, "stated": stated}.items()}
        rows[OURS] |= zip(("multiple_low", "multiple_high"), found.ends[size], strict=True)
        drawn[name] = draw.stack(rows, "row")
        draw.vline(ax, stated, colour, f"{stated:g}x", len(names) - 0.3, (x, 0), side, linestyle="--")  # fmt: skip
        draw.label(ax, values[ALL_RUNS], labelled + shift, name, colour, (7, y))
    draw.rows(ax, names)
    ax.set(xlabel="compute over Gopher's", ylim=(-0.6, len(names)))
    multiples = [each.values() for each in found.by_law.values()]
    factors = " and ".join(num(max(each) / min(each), 2) for each in multiples)
    bars = " and ".join(span(ends, 2) for ends in found.ends.values())
    inside = all(low <= hoffmann.SIZES[size][1] <= high for size, (low, high) in found.ends.items())
    return draw.show(fig, "fig-planner-sizes",
        f"The compute for which 520B (blue) and 1T parameters (orange) are optimal spans factors of {factors} over laws. Bars: {pct(p.level)} bootstrap of our fit, {bars} times Gopher's.",
        f"Dot plot of the compute over Gopher's by law for two sizes. The article's 60 and 200 lie at the first approach{' and inside the bars of our fit' if inside else ''}; the third approach's values lie to the right of them, those of the fit to all 245 runs to the left.",
        data=draw.stack(drawn))  # fmt: skip


def llama(found: steps.Llama) -> Shown:
    """Draw the tokens that Llama 3's printed constants allow, beside those stated."""
    fig, ax = draw.new(height=2.9)
    places, tokens = (1, 0), (found.llama_text_tokens, found.llama_figure_tokens)
    drawn = {}
    for place, printed_tokens, (law, ends) in zip(places, tokens, found.ranges.items(), strict=True):  # fmt: skip
        draw.bar(ax, ends, place, GREEN, value=printed_tokens)
        drawn[law] = {"tokens": printed_tokens, "tokens_low": ends[0], "tokens_high": ends[1]}
    for value, name, colour, side, shift in (
        (found.llama_tokens, "extrapolated", VERMILION, "left", 5),
        (printed("llama3.trained.tokens"), "trained", INK, "right", -5),
    ):
        draw.vline(ax, value, colour, name, 1.55, (shift, 0), side, linestyle="--")
        drawn[name] = {"tokens": value}
    text, label = fits.power(fits.LLAMA_TEXT), fits.power(LLAMA_FIGURE)
    named = f"text: {text.D_e:g} $C^{{{text.b:g}}}$", f"figure: {label.D_e:g} $C^{{{label.b:g}}}$"
    ax.set_yticks(places, named)
    ax.xaxis.set_major_formatter(lambda v, _: qty(v))
    compute = sci(found.llama_compute, 2)
    ax.set(xlabel=f"optimal tokens at {compute} FLOP", ylim=(-0.6, 1.8), xlim=(6e12, 20e12))
    ranges = {name: f"{qty(low)} to {qty(high)}" for name, (low, high) in found.ranges.items()}
    return draw.show(fig, "fig-planner-llama",
        f"The constants in the text give {qty(found.llama_text_tokens)} tokens, and within their rounding {ranges[fits.LLAMA_TEXT]} (bar): not the {qty(found.llama_tokens, 4)} that the paper states. "
        f"With the third digit of the figure's label it is {qty(found.llama_figure_tokens)}, {ranges[LLAMA_FIGURE]}.",
        f"Two horizontal bars of optimal tokens. The bar for the text's constants ends at {qty(found.ranges[fits.LLAMA_TEXT][1])}, below the trained and the extrapolated number of tokens; the bar for the figure's label contains the extrapolated one.",
        data=draw.stack(drawn, "row"))  # fmt: skip


def ratio(p: Parameters, refit: Refit, trend: ratios.Trend) -> Shown:
    """Draw the optimal tokens per parameter against compute by four laws."""
    compute, key = np.geomspace(1e18, 1e28, 61), "tokens_per_param"
    fig, ax = draw.new(height=4.4, log="xy")
    drawn = _curves(ax, p, refit, key, compute, HOFFMANN, ALL_RUNS, LLAMA_FIGURE)
    low, high = (drawn[LINES[OURS][0]][f"ratio_{end}"] for end in ("low", "high"))
    draw.hline(ax, p.ratio, INK, qty(p.ratio), 1e18, (2, -9), linestyle="--")
    draw.shade_runs(ax, refit.used.flop, 0.8)
    for law, at, shift in (
        (HOFFMANN, 1e26, (-12, 14)), (OURS, 1e28, (-4, -9)), (ALL_RUNS, 1e25, (0, -13)), (LLAMA_FIGURE, 1e28, (-2, -17)),
    ):  # fmt: skip
        _name(ax, refit, law, key, at, shift, "right")
    ax.set(xlabel="training compute (FLOP)", ylabel="optimal tokens per parameter", ylim=(0.8, 400))
    inside = compute[(low <= p.ratio) & (high >= p.ratio)]
    held = "at no budget shown"
    if len(inside):
        held = f"from {sci(inside[0], 1)} to {sci(inside[-1], 1)} FLOP"
    direction = "whether it rises or falls cannot be told from these runs"
    if trend.fixed:
        direction = f"it {'falls' if trend.trend < 0 else 'rises'} with compute"
    middle = float(np.median(fits.best(refit.law, compute).tokens_per_param))
    flop = refit.used.flop
    ranges = {"runs": {"compute_low": flop.min(), "compute_high": flop.max()}, qty(p.ratio): {"ratio": p.ratio}}  # fmt: skip
    return draw.show(fig, "fig-planner-ratio",
        f"By our fit the ratio goes as the power {fix(trend.trend, 3)} of compute, {pct(p.level)} interval {fix(trend.trend_low, 2)} to {fix(trend.trend_high, 2)}: {direction}. {qty(p.ratio)} tokens per parameter lie inside the band {held}.",
        f"Optimal tokens per parameter against compute by four laws. Our fit runs near {num(middle, 2)} in a band that widens away from the runs. Hoffmann's third approach and Llama 3 rise, the fit to all 245 runs falls steeply.",
        data=draw.stack({**drawn, **ranges}))  # fmt: skip


#: Where the names of models stand on the map, from their marks, in points; the others have none.
PLACES = {
    "GPT-3": (0, -10, "center"), "Gopher": (6, 8, "left"), "Chinchilla": (-7, 4, "right"),
    "PaLM": (-7, 2, "right"), "MT-NLG": (7, 0, "left"), "LaMDA": (-6, -8, "right"),
    "GPT-4 (rumoured)": (7, -2, "left"), "Llama 3.1 405B": (0, 10, "center"),
    "DeepSeek-V3": (-7, -6, "right"), "Qwen3-235B-A22B": (0, 9, "center"), "AMD-Llama-135M": (6, 8, "left"),
}  # fmt: skip


def models(p: Parameters, refit: Refit, found: steps.Models) -> Shown:
    """Draw the published models on a map of size and data, with the path of the optimum."""
    sizes, tokens = found.params, np.geomspace(3e10, 1e14, 60)
    path = dense.optimal(refit.law, np.geomspace(1e18, 1e29, 60))
    drawn: dict[str, dict[str, Any]] = {
        "optimum": {"params": path.params, "tokens": path.tokens},
        "optimum, band": {"params": sizes, "tokens_low": found.low, "tokens_high": found.high},
    }
    fig, ax = draw.new(height=5.2, log="xy")
    small = partial(draw.label, ax, fontsize=8.5)
    for compute in 10.0 ** np.arange(20, 28):
        name = sci(compute, 1)
        ax.plot(sizes, compute / 6 / sizes, color=GREY, linewidth=0.7, linestyle=":")
        drawn[f"{name} FLOP"] = {"compute": compute, "params": sizes, "tokens": compute / 6 / sizes}
        left = max(sizes[0] * 1.15, compute / 6 / (tokens[-1] * 0.8))
        if left < sizes[-1] and compute / 6 / left > 2 * tokens[0]:
            small(left, compute / 6 / left, name, GREY, (1, 2), ha="left")
    law, room = refit.law, 4.5e12  # tokens at which there is room for the names of the lines
    levels = [loss for loss in (1.85, 1.9, 1.95, 2.0, 2.1, 2.3, 2.6) if loss > law.E]
    grid = np.meshgrid(sizes, tokens)
    losses = law.loss(*grid)
    ax.contour(sizes, tokens, losses, levels=levels, colors=PURPLE, linewidths=0.9)
    drawn["loss"] = {"params": grid[0].ravel(), "tokens": grid[1].ravel(), "loss": losses.ravel()}
    for loss in levels:
        left = loss - law.loss(np.inf, room)
        if left > 0 and sizes[0] < (edge := float((law.A / left) ** (1 / law.alpha))) < sizes[-1]:
            small(edge, room, fix(loss), PURPLE, (2, 0))
    draw.band(ax, sizes, found.low, found.high, BLUE)
    ax.plot(path.params, path.tokens, color=BLUE)
    height = float(dense.given_params(law, 3e12).tokens)
    draw.label(ax, 3e12, height, "optimum", BLUE, (-4, 14), ha="right")
    for row in found.table.itertuples():
        mark, fill = ("D", "none") if row.mixture else ("o", "full")
        ax.plot(row.size, row.tokens, mark, color=VERMILION, markersize=5, fillstyle=fill)
        kind = "mixture of experts" if row.mixture else "dense"
        drawn[row.Index] = {"kind": kind, "params": row.size, "tokens": row.tokens}
        if row.Index in PLACES:
            x, y, side = PLACES[row.Index]
            draw.label(ax, row.size, row.tokens, row.Index, INK, (x, y), ha=side, fontsize=9)
    ax.set(
        xlim=sizes[[0, -1]],
        ylim=tokens[[0, -1]],
        xlabel="parameters N (of sparse models: active)",
        ylabel="training tokens D",
    )
    return draw.show(fig, "fig-planner-map",
        f"Published models between lines of equal compute (dotted, FLOP) and of equal loss (purple, nats per token, by our fit). {len(found.below)} of {len(found.table)} lie below the optimum's {pct(p.level)} band, with too few tokens; {len(found.above)} above it. Open marks: mixtures of experts at their active size, GPT-4 at the one that is rumoured.",
        f"Training tokens against parameters on logarithmic axes. A blue line with a band rises across the plane. Below it: {', '.join(found.below)}. Above it: {', '.join(found.above)}. Dotted diagonals mark equal compute, purple curves equal loss.",
        data=draw.stack(drawn))  # fmt: skip
