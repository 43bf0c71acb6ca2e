"""Figures of the chapter on planning."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from scalebook.chapters import foresight
from scalebook.chapters.common import printed
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner import fits, hoffmann, steps
from scalebook.chapters.planner.fits import ALL_RUNS, HOFFMANN, LLAMA_FIGURE, OURS, called, title
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Choice, Control, Layer, Slider, either, text
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION, Shown
from scalebook.show.formula import Formula, Lookup, Pick, Quantity
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import fitting
from scalinglaws import laws as laws_
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense, machine, overtraining
from scalinglaws.optimum.machine import SECONDS_PER_DAY

#: The laws that are drawn against compute: name, colour, line.
LINES: dict[str, tuple[str, str, Any]] = {
    OURS: ("refit", BLUE, "-"),
    HOFFMANN: ("Hoffmann et al.", VERMILION, "-"),
    ALL_RUNS: ("all 245 runs", ORANGE, "-"),
    LLAMA_FIGURE: ("Llama 3", GREEN, (0, (4, 2))),
}

#: Where the names of models stand on the map, from their marks, in points.
PLACES = {
    "GPT-3": (1, -11, "left"), "Jurassic-1": (1, -22, "left"), "Gopher": (3, 10, "left"), "Chinchilla": (-9, -7, "right"),
    "PaLM": (7, 0, "left"), "MT-NLG": (7, 0, "left"), "LaMDA": (-6, 0, "right"),
    "GPT-4 (rumoured)": (-6, -9, "right"), "Llama 3.1 405B": (8, -6, "left"),
    "DeepSeek-V3": (-7, -4, "right"), "Qwen3-235B-A22B": (0, 10, "center"), "AMD-Llama-135M": (7, 0, "left"),
}  # fmt: skip
#: What they are called in the map that moves, which end of the name is at the mark, and how much higher it stands.
SHORT = {
    "GPT-3": ("", "left", 1.0), "Jurassic-1": ("GPT-3, Jurassic-1", "right", 1.85), "Gopher": ("Gopher", "left", 1.45), "Chinchilla": ("Chinchilla", "right", 1.0),
    "PaLM": ("PaLM", "left", 1.0), "MT-NLG": ("MT-NLG", "left", 1.0), "LaMDA": ("LaMDA", "right", 0.75),
    "GPT-4 (rumoured)": ("GPT-4", "right", 0.8), "Llama 3.1 405B": ("Llama 3.1", "left", 0.9),
    "DeepSeek-V3": ("DeepSeek-V3", "left", 1.5), "Qwen3-235B-A22B": ("Qwen3", "left", 1.1), "AMD-Llama-135M": ("AMD-135M", "left", 1.6),
}  # fmt: skip
PARAMS, TOKENS = "parameters (of mixtures of experts: active)", "training tokens"


def lead(p: Parameters, found: steps.Found) -> Shown:
    """Draw models on a map of size and data, with the best split; a reader's own plan moves on it."""
    known, refit, planned = found.models, found.refit, found.budgets.planned
    best, yours = _plans(p, found)
    path = dense.optimal(refit.law, np.geomspace(1e17, 1e29, 60))
    sizes, data = _corners(best, yours)
    drawn: dict[str, dict[str, Any]] = {
        "best split": {"params": path.params, "tokens": path.tokens},
        "best split, band": {
            "params": known.params,
            "tokens_low": known.low,
            "tokens_high": known.high,
        },
    }
    fig, ax = draw.new(height=4.6, log="xy")
    for compute in _EQUAL:
        ax.plot(sizes, compute / 6 / np.array(sizes), color=GREY, linewidth=0.7, linestyle=":")
        drawn[f"{sci(compute, 1)} FLOP"] = {
            "compute": compute,
            "params": sizes,
            "tokens": compute / 6 / np.array(sizes),
        }
        left = max(sizes[0] * 1.2, compute / 6 / (data[1] / 1.6))
        if left < sizes[1] and compute / 6 / left > 2 * data[0]:
            draw.label(
                ax, left, compute / 6 / left, sci(compute, 1), GREY, (1, 3), ha="left", fontsize=9
            )
    ax.plot(sizes, planned / 6 / np.array(sizes), color=VERMILION, linewidth=1.2, linestyle="--")
    drawn["planned"] = {
        "compute": planned,
        "params": sizes,
        "tokens": planned / 6 / np.array(sizes),
    }
    draw.band(ax, known.params, known.low, known.high, BLUE)
    ax.plot(path.params, path.tokens, color=BLUE)
    for row in known.table.itertuples():
        mark, fill = ("D", "none") if row.mixture else ("o", "full")
        ax.plot(row.size, row.tokens, mark, color=INK, markersize=4.5, fillstyle=fill)
        if row.most_tokens > row.tokens:
            ax.plot([row.size] * 2, [row.tokens, row.most_tokens], color=INK, linewidth=1)
        kind = "mixture of experts" if row.mixture else "dense"
        drawn[row.Index] = {
            "kind": kind,
            "params": row.size,
            "tokens": [row.tokens, row.most_tokens],
        }
        draw.label(
            ax,
            row.size,
            row.tokens,
            row.Index,
            INK,
            PLACES[row.Index][:2],
            ha=PLACES[row.Index][2],
            fontsize=9,
        )
    for words, (size, tokens), colour, shift in (
        ("best", best, BLUE, (9, -7)),
        (f"at {qty(p.ratio)} a parameter", yours, VERMILION, (-9, 9)),
    ):
        draw.point(
            ax,
            size,
            tokens,
            colour,
            words,
            shift,
            "left" if shift[0] > 0 else "right",
            markersize=9,
        )
        drawn[words] = {"params": size, "tokens": tokens}
    ax.set(xlim=sizes, ylim=data, xlabel=PARAMS, ylabel=TOKENS)
    below, above = len(known.below), len(known.above)
    return draw.show(fig, "fig-planner-map",
        f"What to train with the compute given (dashed), among published models: {below} of {len(known.table)} lie below the band of best splits (blue, {pct(p.level)} by {called(p)}), with fewer tokens, {above} above it. "
        "Open marks are mixtures of experts, at their active size; GPT-4's is a rumour. Two sources disagree on LaMDA's tokens (line).",
        f"Training tokens against parameters on logarithmic axes. A blue line with a band rises across the plane. Below it: {', '.join(known.below) or 'no model'}. Above it: {', '.join(known.above) or 'no model'}. A dashed diagonal marks the budget; on it lie the best run, {qty(best[0], 2)} parameters on {qty(best[1], 2)} tokens, and the one at {qty(p.ratio)} tokens per parameter.",
        data=draw.stack(drawn), control=_control(p, found, (sizes, data)))  # fmt: skip


#: Budgets whose lines the map has.
_EQUAL = 10.0 ** np.arange(20, 30, 2)


def _plans(p: Parameters, found: steps.Found) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return size and data of the best run of the budget, and of the one at the ratio asked about."""
    planned, best = found.budgets.planned, found.plan[OURS]
    yours = steps.size_at(planned, p.ratio), steps.data_at(planned, p.ratio)
    return (float(best.params), float(best.tokens)), yours


def _corners(*plans: tuple[float, float]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of the map's axes, wide enough for these plans."""
    sizes, data = zip(*plans, strict=True)
    return (min(6e7, *(each / 3 for each in sizes)), max(3e13, *(3 * each for each in sizes))), (min(3e10, *(each / 3 for each in data)), max(3e14, *(3 * each for each in data)))  # fmt: skip


def _control(p: Parameters, found: steps.Found, corners: Any) -> Control:
    """Let a reader say what he has, and plan by a law of his choice."""
    (left, right), (bottom, top) = corners
    known = found.models
    layers = [
        _thin(control_.band({"x": known.params, "low": known.low, "high": known.high}, BLUE)),
        *(_thin(control_.curve({"x": (left, right), "y": (each / 6 / left, each / 6 / right)}, GREY, dash=True)) for each in _EQUAL),
        *_marks(known.table),
        *(control_.name(row.size * (0.82 if side == "right" else 1.22), row.tokens * higher, name, INK, side)
          for row in known.table.itertuples() for name, side, higher in [SHORT[row.Index]] if name),
        _ruler(left, f"compute / 6 / {left!r}", right, f"compute / 6 / {right!r}", VERMILION, [5, 4]),
        _ruler("N / 1e4", f"D / pow(1e4, {_RISE})", "N * 1e4", f"D * pow(1e4, {_RISE})", BLUE),
        control_.marker("N", "D", BLUE), control_.marker("own_N", "own_D", VERMILION),
        *(control_.moving_name(*place, words, colour, dy, dx=14, align="left")
          for place, words, colour, dy in ((("N", "D"), "'best'", BLUE, 6), (("own_N", "own_D"), "'yours'", VERMILION, -9))),
    ]  # fmt: skip
    decades = [10.0**power for power in range(4, 21)]
    x = _open(control_.axis(PARAMS, left, right, labels="amount", ticks=decades))
    y = _open(control_.axis(TOKENS, bottom, top, labels="amount", ticks=decades))
    return Control(_asked(p, found), _planned(found), _says(found), layers, x, y, height=330)


def _marks(table: Any) -> list[Layer]:
    """Return the marks of the models: full for a dense one, open for a mixture, a line for a doubt."""
    layers = [
        control_.dots({"x": part["size"], "y": part.tokens}, INK, shape)
        for part, shape in ((table[~table.mixture], "circle"), (table[table.mixture], "diamond"))
    ]
    layers[1]["mark"]["filled"] = False
    doubted = table[table.most_tokens > table.tokens]
    return layers + [
        _thin(control_.curve({"x": [row.size] * 2, "y": [row.tokens, row.most_tokens]}, INK))
        for row in doubted.itertuples()
    ]


def _asked(p: Parameters, found: steps.Found) -> list[Slider | Choice]:
    """Return what a reader may have, and how it is planned."""
    machine_first = p.basis == "machine"
    have = {"compute": 0.0, "a machine and a time": 1.0, "a size of model": 2.0, "an amount of text": 3.0}  # fmt: skip
    if machine_first:
        have = {"a machine and a time": 1.0, **have}
    flop = p.compute if machine_first else found.budgets.planned

    def slider(name: str, label: str, low: float, high: float, value: float, **look: Any) -> Slider:
        return Slider(name, label, min(low, value), max(high, value), value, **look)

    return [
        Choice("start", "I have", have),
        slider("flop", "Compute", 1e18, 1e28, flop, unit="FLOP", style="sci", when="start == 0"),
        slider("peak", "Machine at its peak", 1e14, 1e22, p.peak, unit="FLOP/s", style="sci", when="start == 1"),
        slider("share", "Share of the peak used", 0.02, 1.0, p.utilisation, style="percent", reads="share", when="start == 1"),
        slider("days", "Time", 0.1, 1000.0, p.days, unit="days", when="start == 1"),
        slider("size", "Parameters", 1e7, 1e14, p.given_params, style="amount", reads="params", when="start == 2"),
        slider("data", "Tokens", 1e9, 1e15, p.given_tokens, style="amount", reads="tokens", when="start == 3"),
        Choice("law", "Law", {_first(title(p, name)): float(number) for number, name in enumerate(found.refit.laws)}),
        slider("ratio", "Tokens per parameter", 0.5, 2000.0, p.ratio),
    ]  # fmt: skip


def _planned(found: steps.Found) -> dict[str, Quantity]:
    """Return what follows: the compute, the best run and the reader's own, by the law chosen."""
    laws, table = [*found.refit.laws.values()], found.foreseen
    one, ten = ([fits.best(law, compute) for law in laws] for compute in (1.0, 10.0))
    surfaces = [law if isinstance(law, ParametricLaw) else found.refit.law for law in laws]

    def pick(values: Iterable[Any]) -> Pick:
        return Pick("law", [float(each) for each in values])

    def slope(key: str) -> Pick:
        return pick(np.log10(getattr(b, key) / getattr(a, key)) for a, b in zip(one, ten, strict=True))  # fmt: skip

    values: dict[str, Quantity] = {
        "params_1": pick(each.params for each in one), "params_b": slope("params"),
        "tokens_1": pick(each.tokens for each in one), "tokens_b": slope("tokens"),
        "seconds": Formula(times, {"factor": SECONDS_PER_DAY, "value": "days"}),
        "by_machine": Formula(machine.work, {"peak": "peak", "utilisation": "share", "seconds": "seconds"}),
        "by_size": Formula(laws_.root, {"value": "size", "scale": "params_1", "exponent": "params_b"}),
        "by_data": Formula(laws_.root, {"value": "data", "scale": "tokens_1", "exponent": "tokens_b"}),
        "compute": Pick("start", ("flop", "by_machine", "by_size", "by_data")),
        "N": Formula(laws_.power, {"x": "compute", "scale": "params_1", "exponent": "params_b"}),
        "D": Formula(laws_.power, {"x": "compute", "scale": "tokens_1", "exponent": "tokens_b"}),
        "best": Formula(over, {"part": "D", "whole": "N"}),
        "own_N": Formula(steps.size_at, {"compute": "compute", "ratio": "ratio"}),
        "own_D": Formula(steps.data_at, {"compute": "compute", "ratio": "ratio"}),
        **{key: pick(getattr(law, name) for law in surfaces) for key, name in _CONSTANTS.items()},
        "loss": Formula(laws_.sum_of_powers, {"params": "N", "tokens": "D", **_GIVEN}),
        "own_loss": Formula(laws_.sum_of_powers, {"params": "own_N", "tokens": "own_D", **_GIVEN}),
        "k": Formula(over, {"part": "ratio", "whole": "best"}),
        "m": Formula(overtraining.penalty, {"ratio": "k", "alpha": "alpha", "beta": "beta"}),
        "wasted": Formula(wasted, {"lost": "m"}),
    }  # fmt: skip
    told = table.tried
    if told.any():
        columns = {"expected": table.loss, "low": table.low, "high": table.high}
        at = table.compute[told].tolist()
        values |= {
            name: Lookup("compute", at, each[told].tolist()) for name, each in columns.items()
        }
    return values


#: Slope of the line of best splits, of the logarithm of the tokens in that of the parameters.
_RISE = "(tokens_b / params_b)"
_CONSTANTS = {"floor": "E", "A": "A", "B": "B", "alpha": "alpha", "beta": "beta"}
_GIVEN = {name: key for key, name in _CONSTANTS.items()}


def _first(words: str) -> str:
    return words[0].upper() + words[1:]


def times(factor: float, value: float) -> float:
    """Return a product."""
    return factor * value


def over(part: float, whole: float) -> float:
    """Return a quotient."""
    return part / whole


def wasted(lost: float) -> float:
    """Return the share of the compute that was spent for nothing."""
    return 1 - 1 / lost


def _says(found: steps.Found) -> str:
    """Say what is best, what the reader's ratio costs, and what loss to expect."""
    table = found.foreseen
    begin = text("With {compute:sci} FLOP the best by this law is {N:amount} parameters on {D:amount} tokens, {best:num} per parameter")  # fmt: skip
    own = "At {ratio:num} it would be {own_N:amount} on {own_D:amount}"
    priced = f"law < {len(found.refit.surfaces)}"
    first = either(priced, text(", for a loss of {loss:fix}. "), text(". "))
    second = either(priced, text(f"{own}, for {{own_loss:fix}}: {{wasted:percent}} of the compute wasted."), text(f"{own}. This law gives no losses."))  # fmt: skip
    third = "''"
    if table.tried.any():
        ends = table.compute[table.tried]
        inside = f"compute >= {float(ends[0])!r} && compute <= {float(ends[-1])!r}"
        third = either("law > 0", "''", either(inside,
            text(" Judged by larger runs elsewhere, expect {expected:fix}, from {low:fix} to {high:fix}."),
            text(" What to expect was never tried so far from the runs at hand.")))  # fmt: skip
    return f"{begin} + {first} + {second} + {third}"


def _thin(layer: Layer) -> Layer:
    return {**layer, "mark": {**layer["mark"], "strokeWidth": 1}}


def _open(axis: dict[str, Any]) -> dict[str, Any]:
    """Let what lies beyond an axis lie there: a line that leaves the map keeps its direction."""
    return {**axis, "scale": {**axis["scale"], "clamp": False}}


def _ruler(x: Any, y: Any, right: Any, top: Any, colour: str, dash: Sequence[int] = ()) -> Layer:
    """Return a straight line between two points that move."""
    made = [{"calculate": str(each), "as": name} for each, name in ((x, "x"), (y, "y"), (right, "right"), (top, "top"))]  # fmt: skip
    look = {"type": "rule", "color": colour, "strokeWidth": 1.5, "clip": True, **({"strokeDash": list(dash)} if dash else {})}  # fmt: skip
    places = {"x": {"field": "x"}, "y": {"field": "y"}, "x2": {"field": "right"}, "y2": {"field": "top"}}  # fmt: skip
    return {"data": {"values": [{}]}, "transform": made, "mark": look, "encoding": places}


def reach(p: Parameters, found: steps.Found) -> Shown:
    """Draw the loss of the best run of each budget, as predicted and by the refit, with the runs."""
    table, used, planned = found.foreseen, found.refit.used, found.budgets.planned
    compute = np.geomspace(float(used.flop.min()), max(1e26, 10 * planned), 61)
    best = dense.optimal(found.refit.law, compute).loss
    draws = dense.optimal(found.refit.draws, compute[:, None]).loss
    low, high = fitting.interval(draws.T, p.level)
    drawn: dict[str, dict[str, Any]] = {
        "runs": {"compute": used.flop, "loss": used.loss},
        "refit": {"compute": compute, "loss": best, "loss_low": low, "loss_high": high},
    }
    fig, ax = draw.new(height=4.0, log="x")
    ax.plot(used.flop, used.loss, ".", color=GREY, markersize=3.5, alpha=0.6)
    draw.band(ax, compute, low, high, BLUE)
    ax.plot(compute, best, color=BLUE, linewidth=1.4)
    for name, where, ends, look in (
        ("calibrated", table.tried, (table.low, table.high), {"color": VERMILION, "linewidth": 1.6}),
        ("calibrated, by its trend", np.isfinite(table.far_low), (table.far_low, table.far_high), {"color": VERMILION, "linewidth": 1.2, "linestyle": ":"}),
    ):  # fmt: skip
        where = where & (table.compute >= compute[0]) & (table.compute <= compute[-1])
        if where.any():
            x, below, above = table.compute[where], ends[0][where], ends[1][where]
            ax.plot(x, below, **look)
            ax.plot(x, above, **look)
            drawn[name] = {"compute": x, "loss_low": below, "loss_high": above}
    draw.vline(ax, planned, INK, linewidth=1, linestyle="--")
    drawn["planned"] = {"compute": planned}
    bottom = min(float(np.min(each["loss_low"])) for each in drawn.values() if "loss_low" in each)
    top = float(used.loss.max())
    ax.set(xlabel="training compute (FLOP)", ylabel="loss (nats per token)", ylim=(bottom - 0.05, top + 0.05), xlim=(compute[0] / 2, compute[-1]))  # fmt: skip
    draw.label(ax, planned, top, f"{sci(planned, 2)} FLOP", INK, (5, -4))
    draw.label(
        ax,
        float(np.quantile(used.flop, 0.4)),
        float(np.quantile(used.loss, 0.85)),
        "runs",
        GREY,
        (4, 6),
    )
    draw.label(ax, compute[52], best[52], "refit", BLUE, (0, 9), ha="center")
    if "calibrated" in drawn:
        ends_ = drawn["calibrated"]
        draw.label(
            ax,
            ends_["compute"][-1],
            ends_["loss_high"][-1],
            "calibrated band",
            VERMILION,
            (2, 22),
        )
    said = foreseen_caption(p, found)
    return draw.show(fig, "fig-planner-reach",
        f"The best loss of every budget. Blue: {called(p)}, with its own {pct(p.level)} band. {said}",
        f"Loss against compute. Grey points of runs end at {sci(used.flop.max(), 1)} FLOP; the blue line of best runs falls along their lower edge and on. A dashed line marks the planned budget.",
        data=draw.stack(drawn))  # fmt: skip


def foreseen_caption(p: Parameters, found: steps.Found) -> str:
    """Say what the calibrated band does."""
    table = found.foreseen
    if not table.tried.any():
        return "No calibrated band can be given for such runs."
    last = table.compute[table.tried][-1]
    width = (table.high - table.low)[table.tried][-1]
    return f"Orange: the {pct(p.level)} band, calibrated on the larger runs of other laboratories. It opens to {fix(width)} nats at {sci(last, 2)} FLOP, the farthest that was tried; dotted is its trend."  # fmt: skip


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
    # One misprint does not set the axis: what lies below it is marked at its foot.
    least = num(float(third.over[175e9]), 2)
    draw.label(ax, 175e9, 0.73, f"↓ 175B, approach 3: {least}, a slip", INK, (-4, 0))
    draw.plain_axis(ax, "y", 0.7, 2.5)
    ax.set(xlabel="parameters N", ylabel="FLOP / FLOP on the table's own line", xlim=(3e8, 1.2e15), xticks=[1e9, 1e11, 1e13])  # fmt: skip
    most = {name: pct(float(np.abs(miss).max())) for name, miss in misses.items()}
    return draw.show(fig, "fig-planner-tables",
        "Tables 3 and A3 against the power law through their own rows (points, side by side: approach 1 circles, 2 squares, 3 diamonds; large and hollow: $6ND$ of rows that disagree with it; arrow: far below), and what the third approach's constants give (lines). "
        f"As printed they miss by up to {most['as printed']}, unrounded by {most['unrounded']}, with three digits in the exponents by {most['three-digit exponents']}.",
        f"Ratios against size on logarithmic axes. Nearly all points lie at one; one, at {least}, is marked at the foot. Three lines for sets of constants start above one and rise with size, the printed constants highest.",
        data=draw.stack(drawn))  # fmt: skip


def sizes(p: Parameters, found: hoffmann.Multiples) -> Shown:
    """Draw the compute for which the article's two sizes are optimal, by table and law."""
    names = [*reversed(found.by_law[520e9])]
    ours, labelled = names.index(OURS), names.index(ALL_RUNS)
    drawn = {}
    fig, ax = draw.new(height=4.3, log="x")
    for size, colour, shift, beside, side, x in (
        (520e9, BLUE, 0.13, (7, 3), "right", -4), (1e12, ORANGE, -0.13, (-9, -11), "left", 4),
    ):  # fmt: skip
        places, values = np.arange(len(names)) + shift, found.by_law[size]
        name, stated = hoffmann.SIZES[size]
        draw.bar(ax, found.ends[size], ours + shift, colour)
        ax.plot([values[each] for each in names], places, "o", color=colour)
        rows = {each: {"multiple": value} for each, value in {**values, "stated": stated}.items()}
        rows[OURS] |= zip(("multiple_low", "multiple_high"), found.ends[size], strict=True)
        drawn[name] = draw.stack(rows, "row")
        draw.vline(ax, stated, colour, f"{stated:g}×", len(names) - 0.3, (x, 0), side, linestyle="--")  # fmt: skip
        draw.label(ax, values[ALL_RUNS], labelled + shift, name, colour, beside)
    draw.rows(ax, names)
    ax.set(xlabel="compute over Gopher's", ylim=(-0.6, len(names)))
    multiples = [each.values() for each in found.by_law.values()]
    factors = " and ".join(num(max(each) / min(each), 2) for each in multiples)
    inside = all(low <= hoffmann.SIZES[size][1] <= high for size, (low, high) in found.ends.items())
    return draw.show(fig, "fig-planner-sizes",
        f"The compute for which 520B (blue) and 1T parameters (orange) are the best size, over Gopher's. Laws and tables differ by factors of {factors}. Dashed: as 1a3orn read Table 3. Bars: {pct(p.level)} bootstrap of {called(p)}.",
        f"Dot plot of the compute over Gopher's by law for two sizes. 1a3orn's 60 and 200 lie at the first approach{' and inside the bars' if inside else ''}; the third approach's values lie to the right of them, those of the fit to all 245 runs to the left.",
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
    ax.set(xlabel=f"best tokens at {compute} FLOP", ylim=(-0.6, 1.8), xlim=(6e12, 20e12))
    ranges = {name: f"{qty(low)} to {qty(high)}" for name, (low, high) in found.ranges.items()}
    return draw.show(fig, "fig-planner-llama",
        f"The constants in the text give {qty(found.llama_text_tokens)} tokens, and within their rounding {ranges[fits.LLAMA_TEXT]} (bar): not the {qty(found.llama_tokens, 4)} that the paper states. "
        f"With the third digit of the figure's label it is {qty(found.llama_figure_tokens)}, {ranges[LLAMA_FIGURE]}.",
        f"Two horizontal bars of best tokens. The bar for the text's constants ends at {qty(found.ranges[fits.LLAMA_TEXT][1])}, below the trained and the extrapolated number of tokens; the bar for the figure's label contains the extrapolated one.",
        data=draw.stack(drawn, "row"))  # fmt: skip


def ratio(p: Parameters, found: steps.Found) -> Shown:
    """Draw the best tokens per parameter against compute by four laws, with the spread of sweeps."""
    refit, key = found.refit, "tokens_per_param"
    compute = np.geomspace(1e18, 1e28, 61)
    best, draws = dense.optimal(refit.law, compute), dense.optimal(refit.draws, compute[:, None])
    low, high = fitting.interval(getattr(draws, key).T, p.level)
    sweeps = [getattr(law.optimum(compute=compute), key) for law in foresight.sweep_laws().values()]
    drawn: dict[str, dict[str, Any]] = {}
    fig, ax = draw.new(height=4.2, log="xy")
    for number, each in enumerate(sweeps):
        ax.plot(compute, each, color=GREY, linewidth=0.9, alpha=0.7)
        drawn[f"sweep {number + 1}"] = {"compute": compute, "ratio": each}
    draw.band(ax, compute, low, high, BLUE)
    for law, (name, colour, line) in LINES.items():
        ratios = getattr(fits.best(refit.laws[law], compute), key)
        drawn[name] = {"compute": compute, "ratio": ratios}
        ax.plot(
            compute, ratios, color=colour, linewidth=1.8 if law == OURS else 1.4, linestyle=line
        )
    drawn[LINES[OURS][0]] |= {"ratio_low": low, "ratio_high": high}
    draw.hline(ax, p.ratio, INK, qty(p.ratio), 1e28, (4, 0), linestyle="--")
    ax.set(
        xlabel="training compute (FLOP)",
        ylabel="best tokens per parameter",
        ylim=(0.8, 1000),
        xlim=compute[[0, -1]],
    )
    for law, at, shift, side in (
        (HOFFMANN, 1e28, (-2, 10), "right"), (OURS, 1e28, (-4, -9), "right"), (ALL_RUNS, 1e24, (0, -28), "right"), (LLAMA_FIGURE, 1e28, (-2, -14), "right"),
    ):  # fmt: skip
        name, colour, _ = LINES[law]
        draw.label(
            ax,
            at,
            float(getattr(fits.best(refit.laws[law], at), key)),
            name,
            colour,
            shift,
            ha=side,
        )
    top = max(sweeps, key=lambda each: float(each[-1]))
    draw.label(
        ax,
        1e25,
        float(np.interp(25, np.log10(compute), top)),
        "public sweeps",
        GREY,
        (-6, 8),
        ha="right",
    )
    flop = refit.used.flop
    draw.shade_runs(ax, flop, 0.8)
    drawn |= {
        "runs": {"compute_low": flop.min(), "compute_high": flop.max()},
        qty(p.ratio): {"ratio": p.ratio},
    }
    growth = [10 ** (1 - 2 * a) for a in foresight.exponents().values()]
    way = "up or down" if min(growth) < 1 < max(growth) else "one way"
    return draw.show(fig, "fig-planner-ratio",
        f"Best tokens per parameter by compute. By {len(sweeps)} laws fitted to public sweeps (grey) they go {way}. Blue: {called(p)}, with its own {pct(p.level)} band.",
        f"Tokens per parameter against compute by many laws. {_first(called(p))} runs near {num(float(np.median(getattr(best, key))), 2)} in a band. Grey lines of the sweeps fan out; Hoffmann's law and Llama 3's rise, that of all 245 runs falls.",
        data=draw.stack(drawn))  # fmt: skip
