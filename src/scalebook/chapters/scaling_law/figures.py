"""Figures and tables of the chapter on what a scaling law is."""

import numpy as np

from scalebook.chapters.parameter import Parameters
from scalebook.chapters.scaling_law import steps
from scalebook.chapters.scaling_law.steps import Found
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Control, Slider
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, SKY, VERMILION, Shown, Table
from scalebook.show.formula import Formula
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws.units import Floats

COMPUTE, LOSS, EACH = "training compute (FLOP)", "loss (nats per token)", "tokens per parameter"
DASHED = (0, (4, 2))
#: Ends of the axes of the first figure, FLOP and nats.
_LEAST, _MOST, _LOW, _HIGH = 3e15, 1e24, 1.3, 6.5
_TICKS = [1.5, 2, 3, 4, 6]


def lead(p: Parameters, f: Found) -> Shown:
    """Draw four runs, the law of the small ones and a straight line; a reader's run moves."""
    told, four = f.foretold, f.four
    reached = float(f.runs.flop[f.runs.params <= p.largest].max())
    inside, beyond = np.geomspace(_LEAST, reached, 60), np.geomspace(reached, _MOST, 40)
    line = np.array([_LEAST, _MOST])
    fig, ax = draw.new(height=4.2, log="x")
    ax.plot(f.runs.flop, f.runs.loss, "o", color=GREY, markersize=3.5, alpha=0.6)
    ax.plot(line, told.straight(line), color=ORANGE, linewidth=1.4, linestyle=(0, (1, 1)))
    ax.plot(inside, _law(f, inside), color=BLUE)
    ax.plot(beyond, _law(f, beyond), color=BLUE, linestyle=DASHED)
    ax.plot([four.flop[-1]] * 2, [told.low, told.high], color=BLUE, linewidth=6, alpha=0.3, solid_capstyle="butt")  # fmt: skip
    draw.hline(ax, float(told.law.E), GREEN, "floor of the law", 1e16)
    for params, flop, loss in zip(four.params, four.flop, four.loss, strict=True):
        draw.point(ax, flop, loss, VERMILION, qty(params, 2), (7, 8), zorder=3)
    draw.label(ax, 1e23, float(_law(f, np.array([1e23]))[0]), "law of the\nsmall runs", BLUE, (-6, -22), ha="center")  # fmt: skip
    draw.label(ax, 1e21, float(told.straight(1e21)), "straight line", ORANGE, (-6, -10), ha="right")
    draw.label(ax, 1.9e17, 5.04, "other runs", GREY, (8, 0))
    ax.set_yscale("log")
    ax.set(xlabel=COMPUTE, ylabel=LOSS, xlim=(_LEAST, _MOST), ylim=(_LOW, _HIGH))
    ax.set_yticks(_TICKS, [f"{tick:g}" for tick in _TICKS])
    ax.minorticks_off()
    data = draw.stack({
        "all runs": {"compute": f.runs.flop, "loss": f.runs.loss},
        "four runs": {"params": four.params, "tokens": four.tokens, "compute": four.flop, "loss": four.loss},
        "law": {"compute": inside, "loss": _law(f, inside)}, "law, extrapolated": {"compute": beyond, "loss": _law(f, beyond)},
        "band of the largest run": {"compute": [four.flop[-1]] * 2, "loss": [told.low, told.high]},
        "straight line": {"compute": line, "loss": told.straight(line)}, "floor": {"loss": told.law.E},
    })  # fmt: skip
    small = qty(float(f.runs.params[f.runs.params <= p.largest].max()), 2)
    return draw.show(fig, "fig-scaling-law",
        f"Four runs of one recipe, from {qty(float(four.params[0]), 2)} to {qty(float(four.params[-1]), 2)} parameters (squares), each read {steps.RATIO:g} tokens for every parameter; grey: other runs of the recipe. The law was fitted to runs of at most {small}; the bar is its {pct(p.level)} band for the largest. A straight line through the smaller runs ends {'below' if float(told.straight(four.flop[-1])) < told.loss else 'above'} what came.",
        f"Loss against training compute, both logarithmic. Four points fall from {fix(float(four.loss[0]), 1)} to {fix(float(four.loss[-1]), 1)} nats along a curve that bends towards a floor at {fix(float(told.law.E), 1)}. A straight line through the first ones passes below the last. Grey points of other runs lie on the curve or above it.",
        data=data, control=_control(f, p))  # fmt: skip


def _law(f: Found, compute: Floats) -> Floats:
    """Return the loss by the law at the ratio of the four runs."""
    params = np.sqrt(compute / 6 / steps.RATIO)
    loss: Floats = f.foretold.law.loss(params, steps.RATIO * params)
    return loss


def _control(f: Found, p: Parameters) -> Control:
    """Let a reader choose size and tokens."""
    told, four, law = f.foretold, f.four, f.foretold.law
    reached = float(f.runs.flop[f.runs.params <= p.largest].max())
    inside, beyond = np.geomspace(_LEAST, reached, 60), np.geomspace(reached, _MOST, 40)
    line = np.array([_LEAST, _MOST])
    most = float(f.runs.flop.max())
    said = control_.text(
        "{N:amount} parameters on {D:amount} tokens, {ratio:num} for each: {C:sci} FLOP. The law expects a loss of {L:fix} nats, as hard as guessing among {g:num} equally likely tokens. "
    )
    size = control_.text("{s:fix} of it would go with a larger model, {d:fix} with more tokens, {E0:fix} never.")  # fmt: skip
    far = control_.text(" No run here took so much compute.")
    return Control(
        (Slider("N", "Parameters", 1e7, 1e11, told.params, style="amount"),
         Slider("D", "Tokens", 1e8, 1e13, told.tokens, style="amount")),
        {"C": Formula(steps.flop, {"params": "N", "tokens": "D"}),
         "ratio": Formula(steps.each, {"tokens": "D", "params": "N"}),
         "s": Formula(steps.term, {"x": "N", "scale": float(law.A), "exponent": float(law.alpha)}),
         "d": Formula(steps.term, {"x": "D", "scale": float(law.B), "exponent": float(law.beta)}),
         "E0": Formula(steps.total, {"floor": float(law.E), "size": 0.0, "data": 0.0}),
         "L": Formula(steps.total, {"floor": "E0", "size": "s", "data": "d"}),
         "g": Formula(steps.choices, {"loss": "L"})},
        f"{said} + {size} + {control_.either(f'C > {most:.4g}', far, chr(39) * 2)}",
        [control_.dots({"x": f.runs.flop, "y": f.runs.loss}, GREY),
         control_.curve({"x": line, "y": told.straight(line)}, ORANGE, dash=True),
         control_.curve({"x": inside, "y": _law(f, inside)}, BLUE), control_.curve({"x": beyond, "y": _law(f, beyond)}, BLUE, dash=True),
         control_.upright(float(four.flop[-1]), told.low, told.high, BLUE),
         control_.dots({"x": four.flop, "y": four.loss}, VERMILION, "square"),
         control_.curve({"x": line, "y": np.full(2, float(law.E))}, GREEN), control_.name(5e15, 1.53, "floor of the law", GREEN),
         control_.name(8e23, 5.6, "■ four runs", VERMILION, "right"), control_.name(8e23, 4.9, "law of the small runs", BLUE, "right"),
         control_.name(8e23, 4.3, "straight line", ORANGE, "right"), control_.name(8e23, 3.77, "● other runs", GREY, "right"),
         control_.marker("C", "L", INK), control_.moving_name("C", "L", "'your run'", dy=-20)],
        control_.axis(COMPUTE, _LEAST, _MOST, labels="power", ticks=[10.0**n for n in range(16, 25, 2)]),
        control_.axis(LOSS, _LOW, _HIGH, labels="~g", ticks=_TICKS),
    )  # fmt: skip


def four(p: Parameters, f: Found) -> Table:
    """List the four runs."""
    rows = [
        [qty(float(params), 2), qty(float(tokens), 2), sci(float(flop), 2), fix(float(loss)), num(float(np.exp(loss)), 2)]
        for params, tokens, flop, loss in zip(f.four.params, f.four.tokens, f.four.flop, f.four.loss, strict=True)
    ]  # fmt: skip
    return Table(["N", "D", "6ND", "loss", "one in"], rows, "Four runs of Gadre and colleagues, trained on RedPajama and judged on C4, two collections of web text: parameters, tokens, compute in FLOP, loss in nats, and among how many equally likely tokens a guess would be as hard.")  # fmt: skip


def terms(p: Parameters, f: Found) -> Shown:
    """Draw what the law makes of each run's loss: floor, size and data."""
    law, runs = f.foretold.law, f.four
    names = [f"{qty(float(params), 2)} params" for params in runs.params]
    size, data = law.terms(runs.params, runs.tokens)
    floor = np.full(len(names), float(law.E))
    fig, ax = draw.new(height=2.9)
    left = np.zeros(len(names))
    at = np.arange(len(names))
    for what, width, colour in (("floor", floor, GREEN), ("too few parameters", size, BLUE), ("too few tokens", data, SKY)):  # fmt: skip
        ax.barh(at, width, 0.6, left=left, color=colour, label=what)
        left = left + width
    ax.plot(runs.loss, at, "D", color=VERMILION, label="measured")
    draw.rows(ax, names)
    ax.set(xlabel=LOSS, xlim=(0, 1.08 * max(*left, *runs.loss)))
    draw.legend_above(fig, 4)
    return draw.show(fig, "fig-scaling-terms",
        f"The law's loss in three parts. From {qty(float(runs.params[0]), 2)} to {qty(float(runs.params[-1]), 2)} parameters the part for size falls from {fix(size[0])} to {fix(size[-1])} nats per token and that for data falls, too; the floor stays.",
        "Four bars, one a run, each of a floor of one width, a part for too few parameters and one for too few tokens, which shrink from run to run. Diamonds mark the measured losses, at the ends of the bars or near them.",
        data=draw.stack({
            "floor": {"row": names, "loss": floor}, "with size": {"row": names, "loss": floor + size},
            "with data": {"row": names, "loss": floor + size + data}, "measured": {"row": names, "loss": runs.loss},
        }))  # fmt: skip


def valley(p: Parameters, f: Found) -> Shown:
    """Draw the loss against tokens per parameter where the compute is the same."""
    fig, ax = draw.new(height=3.9, log="x")
    data: draw.Series = {}
    for each, colour, marker in zip(f.valleys, (VERMILION, ORANGE, BLUE), "osD", strict=True):
        ends = (
            max(each.best / 4, each.runs.params.min()),
            min(4 * each.best, each.runs.params.max()),
        )
        params = np.geomspace(*ends, 60)
        ratio, loss = each.ratio(params), each.curve(params)
        name = f"{sci(each.budget, 1)} FLOP"
        ax.plot(ratio, loss, color=colour, linewidth=1.4)
        ax.plot(each.runs.tokens_per_param, each.runs.loss, marker, color=colour, markersize=5)
        draw.point(
            ax,
            each.best_ratio,
            float(each.curve(each.best)),
            INK,
            num(each.best_ratio, 2),
            (0, 12),
            "center",
            "v",
            markersize=5,
        )
        end = int(np.argmax(ratio))
        draw.label(ax, float(ratio[end]), float(loss[end]), name, colour, (9, -5))
        data[name] = {
            "ratio": each.runs.tokens_per_param,
            "params": each.runs.params,
            "loss": each.runs.loss,
        }
        data[f"{name}, parabola"] = {"ratio": ratio, "params": params, "loss": loss}
        data[f"{name}, best"] = {
            "ratio": each.best_ratio,
            "params": each.best,
            "loss": float(each.curve(each.best)),
        }
    draw.plain_axis(ax, "x", 0.2, 4000)
    ax.set(xlabel=EACH, ylabel=LOSS)
    return draw.show(fig, "fig-scaling-valley",
        "The same compute, spent in many ways: each colour is one budget, each point a model. Too many tokens for too small a model (right) cost loss, and so do too few for too large a one. Triangles: the best ratio of each budget.",
        "Loss against tokens per parameter. Points of three budgets form three valleys, one below the other, each with a flat bottom marked by a triangle.",
        data=draw.stack(data))  # fmt: skip


def compared(p: Parameters, f: Found) -> Table:
    """Set compute as reported against 6ND."""
    return draw.compared(
        ((f"{name}, FLOP", said, found, sci) for name, (said, found) in steps.reported().items()),
        caption="Training compute as the papers report it, and 6ND",
    )
