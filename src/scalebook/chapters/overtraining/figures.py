"""Figures and tables of the chapter on over-training."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from scalebook.chapters.common import between, printed, stated, with_interval
from scalebook.chapters.overtraining import steps
from scalebook.chapters.parameter import Parameters
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, VERMILION
from scalebook.show.numbers import fix, num, pct, qty
from scalinglaws import fitting, registry
from scalinglaws.optimum import overtraining
from scalinglaws.units import Floats

RATIO = "tokens per parameter, over the optimum"
#: Where the names of the models stand beside their points.
SHIFTS = {
    "GPT-3": (8, 4), "Gopher": (8, 8), "MT-NLG": (-7, -8), steps.PLAN: (8, 6), "Chinchilla": (-8, -10),
    "Llama 3.1 405B": (-4, 16), steps.GPT4: (12, -12), "AMD-Llama-135M": (-8, 2),
}  # fmt: skip


def _band(ax: Axes, p: Parameters, ratio: Floats, of_resamples: Floats) -> tuple[Floats, Floats]:
    low, high = fitting.interval(of_resamples.T, p.level)
    draw.band(ax, ratio, low, high, BLUE)
    return low, high


def penalty(p: Parameters, found: steps.Fitted, curve: steps.Curve, crossings: tuple[steps.Interval, steps.Interval]) -> draw.Shown:  # fmt: skip
    """Draw the cost against the ratio, by the law and by the rule of thumb."""
    k, (under, over) = curve.ratio, (each.value for each in crossings)
    hoffmann = overtraining.over_training_penalty(registry.parametric("hoffmann2022"), k)
    met = [each for each in (under, over) if p.ratio_low <= each <= p.ratio_high]
    fig, ax = draw.new(height=4.2, log="x")
    low, high = _band(ax, p, k, overtraining.over_training_penalty(found.spread, k[:, None]))
    data = draw.stack({
        "fitted law": {"degree": k, "penalty": curve.law, "penalty_low": low, "penalty_high": high},
        "Hoffmann et al.": {"degree": k, "penalty": hoffmann},
        "rule of thumb": {"degree": k, "penalty": curve.rule},
        "crossing": {"degree": met, "penalty": overtraining.power_rule(met, 1 / p.root)},
    })  # fmt: skip
    draw.line(ax, k, curve.law, BLUE, "fitted law", shift=(-34, 6), ha="right")
    ax.plot(k, hoffmann, color=VERMILION, linewidth=1.3, linestyle="--")
    ax.plot(k, curve.rule, color=INK, linewidth=1.5, linestyle=":")
    for each in met:
        ax.plot(each, overtraining.power_rule(each, 1 / p.root), "o", color=INK, markersize=6)
    ax.set(xlabel=RATIO, ylabel="compute multiplier lost, m")
    draw.plain_axis(ax, "y", 0.9, 1.3 * max(*high, *hoffmann, *curve.rule))
    draw.label(ax, k[0], 1.07, "Hoffmann et al.", VERMILION, shift=(2, 0))
    draw.label(ax, 3.0, float(overtraining.power_rule(3.0, 1 / p.root)), "rule of thumb", INK, shift=(-4, 13), ha="right")  # fmt: skip
    return draw.show(fig, "fig-penalty",
        f"The law's penalty is flat at the optimum and steepens. The rule of thumb is too harsh from {num(under, 2)} to {num(over, 2)} times the optimum (dots) and too mild outside. Band: {pct(p.level)} bootstrap of {found.fit.n} runs.",
        f"Compute multiplier lost against the ratio over the optimum, both logarithmic. The law's curve is a rounded valley: 1 at the optimum, {num(curve.law[0], 2)} at {num(p.ratio_low, 2)} and {num(curve.law[-1], 2)} at {num(p.ratio_high, 4)}. The rule is a wedge with straight sides, above the curve near the optimum and below it far away.", data=data)  # fmt: skip


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
    for place, limit, inner, side, shift in ((k[-1], over, k[-30], "right", -6), (k[0], under, k[30], "left", 6)):  # fmt: skip
        ax.plot([place, inner], [limit, limit], color=GREY, linewidth=1, linestyle="--")
        draw.label(ax, inner, limit, f"limit of the slope, {fix(limit)}", GREY, shift=(shift, 0), ha=side)  # fmt: skip
    return draw.show(fig, "fig-exponent",
        f"The power that would be right is zero at the optimum and grows with the distance; it equals {num(rule, 2)} only where the rule crosses the law. The local slope of the penalty itself tends to {fix(over)} above and {fix(under)} below.",
        f"Two V-shaped curves against the ratio over the optimum, both zero at the optimum. The power needed reaches {fix(needed[0])} at {num(p.ratio_low, 2)} and {fix(needed[-1])} at {num(p.ratio_high, 4)}; the local slope of the penalty lies above it. A dotted line marks the rule, {num(rule, 2)}.", data=data)  # fmt: skip


def measured(p: Parameters, found: steps.Fitted, curve: steps.Curve, suites: steps.Suites) -> draw.Shown:  # fmt: skip
    """Draw the costs measured in the suites, about the law's curve."""
    k, m = (np.concatenate(both) for both in zip(*suites.measured.values(), strict=True))
    fig, ax = draw.new(height=4.6, log="x")
    colours, law = (GREEN, PURPLE, ORANGE, INK, SKY), f"law of {found.fit.n} runs"
    drawn = {**suites.measured, law: (curve.ratio, curve.law), "rule": (curve.ratio, curve.rule)}
    for (name, points), colour, marker in zip(
        suites.measured.items(), colours, "osD^v", strict=True
    ):
        ax.scatter(*points, s=13, color=colour, marker=marker, linewidth=0, alpha=0.75, label=name)
    ax.plot(curve.ratio, curve.law, color=BLUE)
    draw.line(ax, curve.ratio, curve.rule, INK, "rule", shift=(0, -9), ha="right", linewidth=1.5, linestyle=":")  # fmt: skip
    draw.plain_axis(ax, "y", 0.7, 1.4 * m.max())
    ax.set(xlabel=RATIO, ylabel="compute multiplier lost, m", xlim=(min(p.ratio_low, k.min() / 1.2), max(p.ratio_high, k.max() * 1.2)))  # fmt: skip
    draw.label(ax, p.ratio_high, min(curve.law[-1], m.max()), law, BLUE, shift=(0, 8), ha="right")  # fmt: skip
    ax.legend(loc="upper center", fontsize=9, handletextpad=0.1)
    near, far = np.abs(np.log(k)) < np.log(3), k > 20
    beyond = np.median(m[far] / overtraining.over_training_penalty(found.fit.law, k[far]))
    return draw.show(fig, "fig-measured",
        f"Penalties measured on {suites.measured_runs} of {suites.swept_runs} isoFLOP runs without a law. Within a factor of three of the optimum their median is {fix(np.median(m[near]))}; the {far.sum()} runs beyond 20 times the optimum lose {num(beyond, 2)} times what the law says (median).",
        f"Points of five suites about the law's curve. Near the optimum they lie along its flat bottom, below the rule; far above the optimum they rise more steeply than law and rule, up to {num(m.max(), 2)}.",
        data=draw.stack({name: {"degree": x, "penalty": y} for name, (x, y) in drawn.items()}))  # fmt: skip


def costs(p: Parameters, found: dict[float, steps.Cost]) -> draw.Table:
    """List the cost at several ratios: by rule, by two laws, and measured."""
    hoffmann = registry.parametric("hoffmann2022")
    rows = [
        [f"{num(k, 2)} x", fix(float(overtraining.power_rule(k, 1 / p.root))), fix(cost.law.value), between(cost.law[1:]),
         fix(float(overtraining.over_training_penalty(hoffmann, k))),
         f"{between((min(cost.suites), max(cost.suites)))} ({len(cost.suites)} suites, {cost.runs} runs)"]
        for k, cost in found.items()
    ]  # fmt: skip
    columns = ["ratio over optimum", "rule", "fitted law", f"{pct(p.level)} bootstrap", "Hoffmann et al.", "measured, range of suites"]  # fmt: skip
    return draw.Table(columns, rows, "The compute multiplier lost, four ways.")


def own_laws(p: Parameters, found: steps.Fitted, costs: dict[float, steps.Cost], own: dict[str, steps.Own]) -> draw.Table:  # fmt: skip
    """List the cost of ten times too many tokens by each suite's own law, and as measured."""
    laws = {"fitted above": (found.fit.law, costs[10.0].law, "not isoFLOP"),
            **{name: (each.law, each.by_law, fix(each.measured)) for name, each in own.items()}}  # fmt: skip
    rows = [[name, fix(float(law.alpha)), fix(float(law.beta)), with_interval(ten.value, ten[1:]), measured]
            for name, (law, ten, measured) in laws.items()]  # fmt: skip
    columns = ["runs", "alpha", "beta", f"m(10) by its own exponents, {pct(p.level)} bootstrap", "m(10) measured without a law"]  # fmt: skip
    return draw.Table(columns, rows, "The cost of ten times too many tokens, by suite.")


def placed(p: Parameters, found: dict[str, steps.Placed]) -> draw.Table:
    """List where the models lie and what they lost."""
    hoffmann = registry.parametric("hoffmann2022")
    rows = [
        [name, qty(m.params), qty(m.tokens), num(m.tokens / m.params, 2),
         with_interval(m.degree.value, m.degree[1:], partial(num, digits=2)), with_interval(m.lost.value, m.lost[1:]),
         fix(float(steps.penalty_of(hoffmann, m.params, m.tokens))), fix(float(overtraining.power_rule(m.degree.value, 1 / p.root)))]
        for name, m in found.items()
    ]  # fmt: skip
    columns = ["model", "parameters", "tokens", "tokens per parameter", "over the optimum",
               "compute lost, m", "m by Hoffmann et al.", "m by the rule"]  # fmt: skip
    return draw.Table(columns, rows, f"Where models lie by the fitted law, with {pct(p.level)} bootstrap intervals. GPT-4 is unconfirmed and counted by its active parameters, as if it were dense.")  # fmt: skip


def models(p: Parameters, found: steps.Fitted, placed: dict[str, steps.Placed]) -> draw.Shown:
    """Draw the models on the law's curve."""
    ratios = [each.degree.value for each in placed.values()]
    k = np.geomspace(min(0.8 * min(ratios), 0.02), max(1.6 * max(ratios), 50), 200)
    law = overtraining.over_training_penalty(found.fit.law, k)
    rule = overtraining.power_rule(k, 1 / p.root)
    fig, ax = draw.new(height=4.2, log="x")
    low, high = _band(ax, p, k, overtraining.over_training_penalty(found.spread, k[:, None]))
    data = draw.stack({
        "fitted law": {"degree": k, "penalty": law, "penalty_low": low, "penalty_high": high},
        "rule": {"degree": k, "penalty": rule},
        **{name: {"degree": at.value, "degree_low": at.low, "degree_high": at.high, "penalty": m.lost.value}
           for name, m in placed.items() for at in (m.degree,)},
    })  # fmt: skip
    ax.plot(k, law, color=BLUE)
    ax.plot(k, rule, color=INK, linewidth=1.3, linestyle=":")
    for name, each in placed.items():
        ax.plot(each.degree[1:], [each.lost.value] * 2, color=VERMILION, linewidth=1, alpha=0.6)
        side = "right" if SHIFTS[name][0] < 0 else "left"
        ax.plot(each.degree.value, each.lost.value, "o", color=VERMILION, markersize=5)
        draw.label(ax, each.degree.value, each.lost.value, name, VERMILION, SHIFTS[name], ha=side, fontsize=9.5)  # fmt: skip
    draw.plain_axis(ax, "y", 0.8, 1.3 * max(*high, *rule))
    ax.set(xlabel=RATIO, ylabel="compute multiplier lost, m", xlim=(0.25 * k[0], None))
    most = max(placed, key=lambda name: placed[name].lost.value)
    worst = placed[most]
    listed = ", ".join(f"{name} at {num(each.degree.value, 2)} times the optimum loses {fix(each.lost.value)}" for name, each in placed.items())  # fmt: skip
    return draw.show(fig, "fig-models",
        f"Of the models placed, {most} is the farthest from its optimum, at {num(worst.degree.value, 2)} times, and loses a factor of {num(worst.lost.value, 2)}; Chinchilla loses {fix(placed['Chinchilla'].lost.value)}. Bars: {pct(p.level)} bootstrap of the ratio; dotted: the rule.",
        f"The law's valley with models on it: {listed}.", data=data)  # fmt: skip


def compared(p: Parameters, f: steps.Found) -> draw.Table:
    """Set published figures against recomputed ones."""
    claims = (("30x over-training", "n-cube-root-30", 30.0), ("10x over-training", "n-cube-root-10", 10.0),
              ("2x under-training", "n-gpt4-loss", 1 / 2))  # fmt: skip
    model = registry.published_model("Chinchilla")
    rows = [
        *((f"{name}, by the rule", stated(claim), float(overtraining.power_rule(k, 1 / p.root))) for name, claim, k in claims),
        *((f"{name}, by the law", stated(claim), f.costs[k].law.value) for name, claim, k in claims),
        ("days for the trillion-parameter plan", printed("narayanan2021.plan.days"), f.plan[0]),
        ("Chinchilla's tokens per parameter", stated("n-chinchilla-20"), model.tokens / model.params),
    ]  # fmt: skip
    return draw.compared((*row, "{:.3g}".format) for row in rows)
