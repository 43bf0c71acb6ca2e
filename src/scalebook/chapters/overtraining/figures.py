"""Figures and tables of the chapter on over-training."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from scalebook.chapters.common import between, law_name, printed, stated, with_interval
from scalebook.chapters.foresight import SWEEPS
from scalebook.chapters.overtraining import steps
from scalebook.chapters.parameter import Parameters
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Control, Slider
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILION
from scalebook.show.formula import Formula
from scalebook.show.numbers import fix, num, pct, qty
from scalinglaws import fitting
from scalinglaws.optimum import overtraining
from scalinglaws.units import Floats

RATIO, PRICE = "tokens per parameter, over the best", "compute taken over needed"
SUITES = (GREEN, PURPLE, ORANGE, INK, SKY)
#: Where the names of the models stand beside their points.
SHIFTS = {
    "GPT-3": (8, 9), "Gopher": (8, 8), "MT-NLG": (-7, -8), steps.PLAN: (8, 6), "Chinchilla": (-8, -10),
    "Llama 3.1 405B": (-1, 22), steps.GPT4: (12, -12), "AMD-Llama-135M": (-8, 2),
}  # fmt: skip


def _band(ax: Axes, p: Parameters, ratio: Floats, of_resamples: Floats) -> tuple[Floats, Floats]:
    low, high = fitting.interval(of_resamples.T, p.level)
    draw.band(ax, ratio, low, high, BLUE)
    return low, high


def penalty(p: Parameters, found: steps.Found) -> draw.Shown:
    """Draw the price by the rule of thumb, among the runs of the sweeps and by the law."""
    curve, suites = found.curve, found.suites
    k, m = (np.concatenate(both) for both in zip(*suites.measured.values(), strict=True))
    fig, ax = draw.new(height=4.2, log="x")
    low, high = _band(ax, p, curve.ratio, overtraining.over_training_penalty(found.fitted.spread, curve.ratio[:, None]))  # fmt: skip
    ax.scatter(k, m, s=10, color=GREY, linewidth=0, alpha=0.6)
    draw.line(ax, curve.ratio, curve.law, BLUE, "law", -14, (-8, 4), "right")
    draw.line(ax, curve.ratio, curve.rule, INK, "rule of thumb", -59, (8, -10), linewidth=1.8, linestyle=":")  # fmt: skip
    ax.set(xlabel=RATIO, ylabel=PRICE)
    draw.plain_axis(ax, "y", 0.8, 1.3 * max(*high, *m, *curve.rule))
    draw.label(ax, 30, 13, "runs", GREY, (-8, 0), ha="right")
    data = draw.stack({
        "law": {"degree": curve.ratio, "penalty": curve.law, "penalty_low": low, "penalty_high": high},
        "rule of thumb": {"degree": curve.ratio, "penalty": curve.rule}, "runs": {"degree": k, "penalty": m},
    })  # fmt: skip
    return draw.show(fig, "fig-penalty",
        f"The {root_name(p)} rule (dotted) has a kink where runs have a flat bottom. Band: {pct(p.level)} bootstrap of the law, which leaves out that the form may be wrong.",
        f"Price against the ratio over the best, both logarithmic. The runs and the law's curve form a rounded valley; the rule is a wedge with straight sides from the point 1, 1, to {num(curve.rule[0], 2)} at {num(p.ratio_low, 2)} and {num(curve.rule[-1], 2)} at {num(p.ratio_high, 4)}.", data=data)  # fmt: skip


def exponent(p: Parameters, found: steps.Fitted, curve: steps.Curve) -> draw.Shown:
    """Draw the power that would be right at each ratio, and the local slope of the cost."""
    k, law, rule = curve.ratio, found.fit.law, 1 / p.root
    needed = overtraining.matching_exponent(law, k)
    slope, limits = np.abs(overtraining.local_exponent(law, k)), overtraining.limits(law)
    over, under = float(limits.over), float(limits.under)
    fig, ax = draw.new(height=3.8, log="x")
    low, high = _band(ax, p, k, overtraining.matching_exponent(found.spread, k[:, None]))
    data = draw.stack({
        "power needed": {"degree": k, "exponent": needed, "exponent_low": low, "exponent_high": high},
        "slope": {"degree": k, "exponent": slope}, "rule": {"exponent": rule},
        "limit of the slope": {"degree": k[[0, -1]], "exponent": [under, over]},
    })  # fmt: skip
    draw.line(ax, k, needed, BLUE, "power needed", shift=(0, -46), ha="right")
    draw.line(ax, k, slope, ORANGE, "slope", -75, (-6, 6), "right", linewidth=1.4)
    draw.hline(ax, rule, INK, "rule", k[105], (0, 9), "right", linewidth=1.5, linestyle=":")
    ax.set(xlabel=RATIO, ylabel="exponent", ylim=(0, 1.15))
    for place, limit, inner, side, shift in ((k[-1], over, k[-30], "right", (-6, -6)), (k[0], under, k[30], "left", (6, 6))):  # fmt: skip
        ax.plot([place, inner], [limit, limit], color=GREY, linewidth=1, linestyle="--")
        draw.label(ax, inner, limit, f"limit of the slope, {fix(limit)}", GREY, shift, ha=side)  # fmt: skip
    return draw.show(fig, "fig-exponent",
        f"The power that would be right is zero at the best ratio and grows with the distance; it equals {num(rule, 2)} only where the rule crosses the law. The local slope of the penalty itself tends to {fix(over)} above and {fix(under)} below.",
        f"Two V-shaped curves against the ratio over the best, both zero at the best. The power needed reaches {fix(needed[0])} at {num(p.ratio_low, 2)} and {fix(needed[-1])} at {num(p.ratio_high, 4)}; the local slope of the penalty lies above it. A dotted line marks the rule, {num(rule, 2)}.", data=data)  # fmt: skip


def lead(p: Parameters, found: steps.Found) -> draw.Shown:
    """Draw what runs lost, about the law's curve; a reader's own model moves along it."""
    suites, curve, law = found.suites, found.curve, found.fitted.fit.law
    k, m = (np.concatenate(both) for both in zip(*suites.measured.values(), strict=True))
    fig, ax = draw.new(height=4.2, log="x")
    name = law_name(p)
    spread = overtraining.over_training_penalty(found.fitted.spread, curve.ratio[:, None])
    low, high = _band(ax, p, curve.ratio, spread)
    for (suite, points), colour, marker in zip(suites.measured.items(), SUITES, "osD^v", strict=True):  # fmt: skip
        ax.scatter(
            *points, s=13, color=colour, marker=marker, linewidth=0, alpha=0.75, label=SWEEPS[suite]
        )
    ax.plot(curve.ratio, curve.law, color=BLUE)
    ax.set(xlabel=RATIO, ylabel=PRICE, xlim=(0.9 * k.min(), 1.1 * k.max()))
    draw.plain_axis(ax, "y", 0.8, 1.3 * m.max())
    ten = float(overtraining.over_training_penalty(law, 12.0))
    draw.label(ax, 12.0, ten, name, BLUE, (4, -9))
    ax.legend(loc="upper center", fontsize=9, handletextpad=0.1)
    data = draw.stack({
        **{SWEEPS[suite]: {"degree": x, "penalty": y} for suite, (x, y) in suites.measured.items()},
        name: {"degree": curve.ratio, "penalty": curve.law, "penalty_low": low, "penalty_high": high},
    })  # fmt: skip
    far, runs = suites.beyond(law, steps.FAR)
    return draw.show(fig, "fig-measured",
        f"Each point is a run: how many times the compute it took that a run at the best ratio needs for equal loss. Near that ratio almost nothing is lost. Half of the {runs} runs beyond {steps.FAR:g} times the best took over {num(far, 2)} times what {name} says.",
        f"Points of {len(suites.measured)} sweeps form a valley. Its flat bottom lies at the best ratio; the highest point, far right, took {num(m.max(), 2)} times the compute it needed. The law's curve follows the bottom and lies {'below' if far > 1 else 'above'} the points on the far right.",
        data=data, control=control(p, found))  # fmt: skip


def control(p: Parameters, found: steps.Found) -> Control:
    """Let a reader put a model on the curve."""
    law, curve, suites = found.fitted.fit.law, found.curve, found.suites
    far, runs = suites.beyond(law, steps.FAR)
    farthest = max(float(k.max()) for k, _ in suites.measured.values())
    scale, power = float(law.optimum(compute=6.0).params), float(law.a)
    model = (
        "{N:amount} parameters on {D:amount} tokens: {k:num} times the best tokens per parameter. "
    )
    outside = control_.text("No run of the sweeps was that far out.")
    more = control_.text(
        f"Half of the {runs} runs beyond {steps.FAR:g} times took over {num(far, 2)} times as much as the law says."
    )
    beyond = control_.either(
        f"k > {farthest:.4g}", outside, control_.either(f"k > {steps.FAR}", more, "''")
    )
    says = control_.either("k > 0.9 && k < 1.1", control_.text(f"{model}Next to nothing is lost."),
        control_.text(f"{model}The law says that {{wasted:percent}} of the compute is wasted: {{m:times}} times what was needed. ") + f" + {beyond}")  # fmt: skip
    spread = overtraining.over_training_penalty(found.fitted.spread, curve.ratio[:, None])
    low, high = fitting.interval(spread.T, p.level)
    points = [control_.dots({"x": x, "y": y}, GREY) for x, y in suites.measured.values()]
    return Control(
        (Slider("N", "Parameters", 1e8, 1e13, 8e9, style="amount"),
         Slider("D", "Tokens", 1e9, 1e15, 15e12, style="amount")),
        {"k": Formula(steps.degree_of, {"params": "N", "tokens": "D", "scale": scale, "power": power}),
         "m": Formula(overtraining.penalty, {"ratio": "k", "alpha": float(law.alpha), "beta": float(law.beta)}),
         "wasted": Formula(steps.wasted, {"lost": "m"})},
        says,
        [control_.band({"x": curve.ratio, "low": low, "high": high}, BLUE), *points,
         control_.curve({"x": curve.ratio, "y": curve.law}, BLUE),
         control_.name(1, 12, f"runs of {len(suites.measured)} sweeps", GREY, "center"), control_.name(35, 1.6, "the law", BLUE),
         control_.marker("k", "m", VERMILION), control_.moving_name("k", "m", "'your model'", VERMILION, 8, dx=12, align="left")],
        control_.axis(RATIO, p.ratio_low / 3, p.ratio_high, labels="~g", ticks=[10.0**n for n in range(-6, 7)]),
        control_.axis(PRICE, 0.8, 100, labels="~g", ticks=[1, 2, 5, 10, 20, 50, 100]),
    )  # fmt: skip


def costs(p: Parameters, found: dict[float, steps.Cost]) -> draw.Table:
    """List the cost at several ratios: as measured, by the law, and by rule."""
    rows = [
        [f"{num(k, 2)}", f"{between((min(cost.suites), max(cost.suites)))} ({len(cost.suites)}, {cost.runs})",
         fix(cost.law.value), fix(float(overtraining.power_rule(k, 1 / p.root)))]
        for k, cost in found.items()
    ]  # fmt: skip
    columns = ["times the best ratio", "sweeps", "law", f"{root_name(p)} rule"]
    return draw.Table(columns, rows, "Compute taken over needed: lowest and highest sweep (how many, and their runs near there), the law, and the rule of thumb.")  # fmt: skip


def root_name(p: Parameters) -> str:
    """Return what the root of the rule is called."""
    return {2.0: "square-root", 3.0: "cube-root"}.get(p.root, f"{p.root:g}th-root")


def own_laws(p: Parameters, found: steps.Fitted, costs: dict[float, steps.Cost], own: dict[str, steps.Own]) -> draw.Table:  # fmt: skip
    """List the cost of ten times too many tokens by each suite's own law, and as measured."""
    laws = {"the chapter's law": (found.fit.law, costs[10.0].law, "—"),
            **{SWEEPS[name]: (each.law, each.by_law, fix(each.measured)) for name, each in own.items()}}  # fmt: skip
    rows = [[name, fix(float(law.alpha)), fix(float(law.beta)), with_interval(ten.value, ten[1:]), measured]
            for name, (law, ten, measured) in laws.items()]  # fmt: skip
    columns = ["runs", "α", "β", f"m(10) by its own exponents, {pct(p.level)} bootstrap", "m(10) measured without a law"]  # fmt: skip
    return draw.Table(
        columns,
        rows,
        "The cost of ten times too many tokens, by sweep; measured for the sweeps alone.",
    )


def placed(p: Parameters, found: dict[str, steps.Placed]) -> draw.Table:
    """List where the models lie, and what they took by the law and by runs near their ratio."""
    rows = [
        [f"{name} ({qty(m.params)} on {qty(m.tokens)})", with_interval(m.degree.value, m.degree[1:], _short), fix(m.lost.value),
         f"{between(m.near[:2], _short)} ({m.near.runs})" if m.near else "—"]
        for name, m in found.items()
    ]  # fmt: skip
    columns = ["model (parameters on tokens)", f"times the best ratio ({pct(p.level)})", "law", "runs near there"]  # fmt: skip
    return draw.Table(columns, rows, "Compute taken over needed. Last column: the runs within 1.6 times the model's ratio, moved to it (their middle 80%, and how many); — where there is none, or the price is too small to tell. GPT-4 is a rumour, counted by its active parameters as if they were a dense model.")  # fmt: skip


_short = partial(num, digits=2)


def models(p: Parameters, found: steps.Fitted, placed: dict[str, steps.Placed]) -> draw.Shown:
    """Draw the models on the law's curve."""
    ratios = [each.degree.value for each in placed.values()]
    k = np.geomspace(min(0.8 * min(ratios), 0.02), max(1.6 * max(ratios), 50), 200)
    law = overtraining.over_training_penalty(found.fit.law, k)
    fig, ax = draw.new(height=4.2, log="x")
    low, high = _band(ax, p, k, overtraining.over_training_penalty(found.spread, k[:, None]))
    data = draw.stack({
        "fitted law": {"degree": k, "penalty": law, "penalty_low": low, "penalty_high": high},
        **{name: {"degree": at.value, "degree_low": at.low, "degree_high": at.high, "penalty": m.lost.value}
           for name, m in placed.items() for at in (m.degree,)},
    })  # fmt: skip
    ax.plot(k, law, color=BLUE)
    for name, each in placed.items():
        ax.plot(each.degree[1:], [each.lost.value] * 2, color=VERMILION, linewidth=1, alpha=0.6)
        side = "right" if SHIFTS[name][0] < 0 else "left"
        ax.plot(each.degree.value, each.lost.value, "o", color=VERMILION, markersize=5)
        draw.label(ax, each.degree.value, each.lost.value, name, VERMILION, SHIFTS[name], ha=side, fontsize=9.5)  # fmt: skip
    draw.plain_axis(ax, "y", 0.8, 1.3 * max(high))
    ax.set(xlabel=RATIO, ylabel=PRICE, xlim=(0.25 * k[0], None))
    listed = ", ".join(f"{name} at {num(each.degree.value, 2)} times the best took {fix(each.lost.value)} times what it needed" for name, each in placed.items())  # fmt: skip
    most = max(placed, key=lambda name: placed[name].lost.value)
    return draw.show(fig, "fig-models",
        f"Known models by the law: {most} is the farthest from its best ratio. Bars: {pct(p.level)} bootstrap of the ratio.",
        f"The law's valley with models on it: {listed}.", data=data)  # fmt: skip


def compared(p: Parameters, f: steps.Found) -> draw.Table:
    """Set published figures against recomputed ones."""
    claims = (("30× over-training", "n-cube-root-30", 30.0), ("10× over-training", "n-cube-root-10", 10.0))  # fmt: skip
    rows = [
        *((f"{name}, by the law", stated(claim), f.costs[k].law.value) for name, claim, k in claims),
        ("2× under-training, compute lost, by the law", stated("n-gpt4-loss"), f.costs[1 / 2].law.value - 1),
        ("days for the trillion-parameter plan", printed("narayanan2021.plan.days"), f.plan[0]),
    ]  # fmt: skip
    return draw.compared((*row, "{:.3g}".format) for row in rows)
