"""Figures and tables of the chapter on asymptotes."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from scalebook.chapters.asymptotes import forms, steps, trends
from scalebook.chapters.asymptotes.forms import Refits
from scalebook.chapters.asymptotes.steps import BUDGETS, Found, Paths
from scalebook.chapters.common import between, ends, printed, stated
from scalebook.chapters.foresight import SWEEPS
from scalebook.chapters.parameter import Parameters
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Control, Layer, Slider, either, marker, moving_name
from scalebook.show.figures import BLUE, GREY, INK, PURPLE, VERMILION, Shown, Table
from scalebook.show.formula import Formula, Given, Lookup, Quantity
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import fitting, reading, registry
from scalinglaws.runs import Runs
from scalinglaws.units import Floats

#: Data for which Henighan et al. published a floor, by the end of its key.
KINDS = {
    "image_8x8": "images, 8 x 8 pixels", "image_16x16": "images, 16 x 16 pixels",
    "image_32x32": "images, 32 x 32 pixels", "vq_16x16": "images, 16 x 16 learned codes",
    "vq_32x32": "images, 32 x 32 learned codes", "video": "video, learned codes",
    "math": "mathematics, generated problems",
}  # fmt: skip


#: How far beyond the runs and the budget the first figure goes, in FLOP.
AHEAD = 1e4


def lead(p: Parameters, f: Found) -> Shown:
    """Draw both forms beyond the runs that they were fitted to; a reader moves the floor."""
    both, flop = f.refits, f.refits.runs.flop
    compute = np.geomspace(flop.min(), AHEAD * max(p.compute, flop.max()), 41)
    power, sum_ = (law.optimum(compute=compute).loss for law in (both.kaplan, both.chinchilla))
    none = _held(f.floors, 0, compute)
    data: draw.Series = {
        "runs": {"compute": flop, "loss": both.runs.loss}, "floor": {"loss": both.E},
        "start": {"compute": p.compute},
    }  # fmt: skip
    fig, ax = draw.new(height=4.2, log="x")
    ax.scatter(flop, both.runs.loss, s=8, color=GREY, linewidth=0, alpha=0.6)
    for name, loss, draws, colour in (
        (KAPLAN, power, both.kaplan_draws, PURPLE), (CHINCHILLA, sum_, both.chinchilla_draws, VERMILION),
    ):  # fmt: skip
        low, high = fitting.interval(draws.optimum(compute=compute[:, None]).loss.T, p.level)
        draw.band(ax, compute, low, high, colour)
        ax.plot(compute, loss, color=colour)
        data[name] = {"compute": compute, "loss": loss, "loss_low": low, "loss_high": high}
    draw.hline(ax, both.E, INK, f"floor {fix(both.E)}", compute[0], (4, -9), linestyle=":")
    draw.vline(ax, p.compute, GREY, linestyle=":")
    later = [float(law.optimum(compute=1000 * p.compute).loss) for law in (both.chinchilla, both.kaplan)]  # fmt: skip
    data["a thousand times the budget"] = {"compute": 1000 * p.compute, "loss": later}
    for one, colour in zip(later, (VERMILION, PURPLE), strict=True):
        draw.point(ax, 1000 * p.compute, one, colour, fix(one), (0, 10), "center")
    span = _span(both.runs, power, none)
    draw.label(ax, compute[-1], float(sum_[-1]), CHINCHILLA, VERMILION, (-2, 34), ha="right")
    draw.label(ax, compute[28], float(power[28]), KAPLAN, PURPLE, (-8, -10), ha="right")
    ax.set(xlabel="training compute (FLOP)", ylabel="loss (nats per token)", ylim=span)
    cuts = f.floors.cut(p.compute, 1000), f.promises[steps.OURS["power"]].cut[1]
    at = int(np.searchsorted(f.floors.floor, both.E))
    return draw.show(fig, "fig-futures",
        f"Each grey point is a run; curves are the best that each form expects. Dots with numbers: a thousand times the budget. That takes {pct(cuts[0][at])} off the loss at {sci(p.compute)} FLOP by Chinchilla's form, {pct(cuts[1])} by Kaplan's, which has no floor. Bands: {pct(p.level)} bootstrap, right only if the form is.",
        f"Loss against compute. Points of {len(flop)} runs, the lowest of them followed by two curves: at {sci(compute[-1], 1)} FLOP the form with a floor is at {fix(float(sum_[-1]))}, {'just ' if sum_[-1] < 1.1 * both.E else ''}above its floor of {fix(both.E)}, Kaplan's at {fix(float(power[-1]))} nats per token.",
        data=draw.stack(data), control=_control(p, f, data, span))  # fmt: skip


KAPLAN, CHINCHILLA = "Kaplan's form, no floor", "Chinchilla's form"


def _held(floors: steps.Floors, at: int, compute: Floats) -> Floats:
    floor, above, power = floors.floor[at], floors.above[at], floors.power[at]
    return np.asarray(steps.at_floor(floor, above, power, compute, floors.middle))


def _span(runs: Runs, power: Floats, none: Floats) -> tuple[float, float]:
    """Return losses between which all that matters lies: the lower runs, and the curves ahead."""
    low, high = float(min(power[-1], none[-1])), float(np.quantile(runs.loss, 0.9))
    return low - 0.08 * (high - low), high


def _control(p: Parameters, f: Found, drawn: draw.Series, ends: tuple[float, float]) -> Control:
    """Let a reader hold the floor, and choose where to begin."""
    held, both, runs = f.floors, f.refits, f.refits.runs
    compute, power = (np.asarray(drawn[KAPLAN][name]) for name in ("compute", "loss"))
    kaplan: dict[str, Given] = {"floor": 0.0, "above": float(both.kaplan.optimum(compute=held.middle).loss),
              "power": float(f.exponents.reducible["form"]), "middle": held.middle}  # fmt: skip
    chosen: dict[str, Given] = {
        "floor": "floor",
        "above": "above",
        "power": "power",
        "middle": held.middle,
    }
    floors = [float(each) for each in held.floor]
    values: dict[str, Quantity] = {
        **{name: Lookup("floor", floors, [float(each) for each in getattr(held, name)], log=False) for name in ("above", "power", "miss")},
        "far": Formula(steps.multiplied, {"compute": "budget", "factor": 1000.0}),
        **{name: Formula(steps.at_floor, {**law, "compute": at}) for name, law, at in (
            ("now", chosen, "budget"), ("later", chosen, "far"), ("kaplan_now", kaplan, "budget"), ("kaplan_later", kaplan, "far"),
        )},
        "cut": Formula(steps.taken_off, {"now": "now", "later": "later"}),
        "kaplan_cut": Formula(steps.taken_off, {"now": "kaplan_now", "later": "kaplan_later"}),
        **{f"{name}_percent": Formula(steps.multiplied, {"compute": name, "factor": 100.0}) for name in ("cut", "kaplan_cut")},
    }  # fmt: skip
    least = float(held.miss[np.searchsorted(held.floor, both.E)])
    without = "Without a floor Chinchilla's form misses the runs by {miss:num}%"
    with_ = "With a floor of {floor:fix} nats per token Chinchilla's form misses the runs by {miss:num}%"
    beside = f" (root mean square; with the fitted floor by {num(least, 2)}%)"
    fitted = f"floor > {both.E - 0.005!r} && floor < {both.E + 0.005!r}"
    says = " + ".join([
        either("floor < 0.005", control_.text(without), control_.text(with_)),
        either(fitted, repr(" (root mean square)"), repr(beside)),
        control_.text(". From {budget:sci} FLOP a thousand times the compute takes {cut_percent:num}% off the loss, and {kaplan_cut_percent:num}% by Kaplan's form."),
    ])  # fmt: skip
    budget = Slider("budget", "Budget", min(1e20, p.compute), max(1e27, p.compute), p.compute, "FLOP", "sci")  # fmt: skip
    layers = [
        *(control_.band({"x": drawn[form]["compute"], "low": drawn[form]["loss_low"], "high": drawn[form]["loss_high"]}, colour)
          for form, colour in ((KAPLAN, PURPLE), (CHINCHILLA, VERMILION))),
        control_.dots({"x": runs.flop, "y": runs.loss}, GREY),
        control_.curve({"x": compute, "y": power}, PURPLE), _moving_curve(held, compute), _floor(compute),
        marker("far", "later", VERMILION), marker("far", "kaplan_later", PURPLE),
        moving_name("far", "later", control_.text("{later:fix}"), VERMILION),
        moving_name("far", "kaplan_later", control_.text("{kaplan_later:fix}"), PURPLE),
        control_.name(float(compute[0] * 2), float(ends[0] + 0.16 * (ends[1] - ends[0])), CHINCHILLA, VERMILION),
        control_.name(float(compute[0] * 2), float(ends[0] + 0.06 * (ends[1] - ends[0])), KAPLAN, PURPLE),
    ]  # fmt: skip
    first, last = math.ceil(math.log10(compute[0])), math.floor(math.log10(compute[-1]))
    ticks = [10.0**n for n in range(first, last + 1, 2)]
    x = control_.axis("training compute (FLOP)", float(compute[0]), float(compute[-1]), labels="power", ticks=ticks)  # fmt: skip
    y = control_.axis("loss (nats per token)", *ends, log=False)
    y = {**y, "scale": {**y["scale"], "clamp": False}}  # what is above the drawing is cut off
    return Control((Slider("floor", "Floor", 0.0, floors[-1], both.E, "nats", "fix", log=False, reads="nats per token"), budget), values, says, layers, x, y)  # fmt: skip


def _moving_curve(held: steps.Floors, compute: Floats) -> Layer:
    """Return the loss of the form with the floor that is chosen."""
    loss = f"floor + above * pow({held.middle!r} / datum.x, power)"
    return {
        "data": {"values": [{"x": float(f"{each:.4g}")} for each in compute]},
        "mark": {"type": "line", "color": VERMILION, "strokeWidth": 2.5, "clip": True},
        "transform": [{"calculate": loss, "as": "loss"}],
        "encoding": {"x": {"field": "x"}, "y": {"field": "loss"}},
    }  # fmt: skip


def _floor(compute: Floats) -> Layer:
    """Return the line of the floor that is chosen."""
    places = {"x": repr(float(compute[0])), "last": repr(float(compute[-1])), "y": "floor"}
    return {
        "data": {"values": [{}]},
        "mark": {"type": "rule", "color": INK, "strokeDash": [2, 4], "clip": True},
        "transform": [{"calculate": each, "as": key} for key, each in places.items()],
        "encoding": {"x": {"field": "x"}, "x2": {"field": "last"}, "y": {"field": "y"}},
    }  # fmt: skip


def curves(p: Parameters, f: Found) -> Shown:
    """Draw the article's two curves among Hoffmann's runs, where they cross and meet the floor."""
    paths, found, kaplan = f.paths, f.meeting, steps.kaplan()
    floor, below = paths.article.floor, found.through["printed"]
    runs = reading.read_runs("hoffmann2022_runs")
    early, late = f.reach["printed"]
    power = kaplan.loss(BUDGETS)
    data = draw.stack({
        "Kaplan": {"compute": BUDGETS, "loss": power, "loss_low": power / p.corpus, "loss_high": power * p.corpus},
        "Chinchilla, as plotted": {"compute": BUDGETS, "loss": paths.article.loss(BUDGETS)},
        "Hoffmann's runs": {"compute": runs.flop, "loss": runs.loss}, "floor E": {"loss": floor},
        "crossing": {"compute": found.crossings, "loss": kaplan.loss(found.crossings)},
        "Kaplan at the floor": {"compute": [early, below, late], "loss": [floor] * 3},
    })  # fmt: skip
    fig, ax = draw.new(height=4, log="x")
    ax.scatter(runs.flop, runs.loss, s=8, color=GREY, linewidth=0, alpha=0.6)
    draw.band(ax, BUDGETS, power / p.corpus, power * p.corpus, PURPLE)
    for text_, curve, colour, at, shift, side in (
        ("Kaplan", kaplan, PURPLE, 1e27, (8, 8), "left"),
        ("Chinchilla, as plotted", paths.article, VERMILION, 1e27, (0, 12), "center"),
    ):  # fmt: skip
        ax.plot(BUDGETS, curve.loss(BUDGETS), color=colour)
        draw.label(ax, at, float(curve.loss(at)), text_, colour, shift, ha=side)
    draw.hline(ax, floor, INK, f"floor {fix(floor)}", BUDGETS[0], (4, -9), linestyle=":")
    ax.plot([early, late], [floor, floor], color=PURPLE, linewidth=3)
    for c in found.crossings:
        draw.point(ax, c, float(kaplan.loss(c)), INK, markersize=5)
    draw.point(ax, below, floor, PURPLE, marker="D")
    ax.set(ylim=(0.7, 4.2), xlabel="training compute (FLOP)", ylabel="loss (nats per token)")
    last, flat = (fix(float(curve.loss(BUDGETS[-1]))) for curve in (kaplan, paths.article))
    return draw.show(fig, "fig-curves",
        f"The article's two curves among Hoffmann's runs. Black dots: where they cross. Diamond: where Kaplan's reaches the printed floor; if its losses, of another text, may be off by a factor of {num(p.corpus, 3)} either way, that may be anywhere in the band.",
        f"Loss against compute. The lowest of the runs lie along both curves. Kaplan's falls on to {last} at {sci(BUDGETS[-1], 1)} FLOP, Chinchilla's levels off at {flat}, just above its floor.", data=data)  # fmt: skip


def paths(p: Parameters, found: Paths) -> Table:
    """List the terms of Chinchilla's printed law along four paths."""
    inferred = f"N = {found.guess_k_N:g} C<sup>{found.approach3_a:g}</sup>, D = {found.guess_k_D:g} C<sup>{found.approach3_b:g}</sup>".replace(
        " = ", "\u00a0=\u00a0"
    )
    named = {
        "as the article prints it": found.article, inferred: found.inferred,
        "optimum of the printed law": found.best, "half and half, N\u00a0=\u00a0D": found.half,
    }  # fmt: skip
    columns = ["path", "size term", "its exponent", "data term", "its exponent", f"loss at {sci(p.compute)} FLOP", "at 1,000 times that"]  # fmt: skip
    rows = [
        [name, fix(path.size, 1), fix(path.size_exponent, 4), fix(path.data, 1), fix(path.data_exponent, 4),
         *(fix(float(path.loss(times * p.compute)), 4) for times in (1, 1000))]
        for name, path in named.items()
    ]  # fmt: skip
    return Table(columns, rows, "Chinchilla's law with its printed constants along four paths.")


def slopes(p: Parameters, both: Refits, found: steps.Exponents) -> Shown:
    """Draw how steeply each loss falls, above its floor and as a whole."""
    end, exponent = BUDGETS[-1], float(steps.kaplan().exponent)
    low, high = fitting.interval(trends.slope(both.chinchilla_draws, BUDGETS[:, None]).T, p.level)
    data: draw.Series = {
        "Kaplan, whole loss": {"exponent": exponent},
        "whole loss, fitted here, interval": {"compute": BUDGETS, "exponent_low": low, "exponent_high": high},
        "runs": {"compute_low": both.runs.flop.min(), "compute_high": both.runs.flop.max()},
    }  # fmt: skip
    fig, ax = draw.new(height=3.9, log="x")
    draw.band(ax, BUDGETS, low, high, BLUE)
    start = []
    for key, law, colour, name, shift, at, text, aside in (
        ("printed", steps.chinchilla("printed"), VERMILION, "Hoffmann et al.", (0, -8), 1e24, "whole loss, Hoffmann et al.", (4, 12)),
        ("fit", both.chinchilla, BLUE, "fitted here", (0, 8), 1e17, "whole loss,\nfitted here", (6, 16)),
    ):  # fmt: skip
        above, whole = found.reducible[key], trends.slope(law, BUDGETS)
        data |= {
            f"whole loss, {name}": {"compute": BUDGETS, "exponent": whole},
            f"above the floor, {name}": {"exponent": above},
        }
        draw.line(ax, BUDGETS, whole, colour)
        draw.hline(ax, above, colour, f"above the floor, {name}", end, shift, "right", linestyle="--")  # fmt: skip
        draw.label(ax, at, float(trends.slope(law, at)), text, colour, shift=aside)
        start.append(fix(float(whole[0]), 3))
    draw.hline(ax, exponent, PURPLE, "Kaplan, whole loss", end, ha="right", linewidth=1.8)
    draw.shade_runs(ax, both.runs.flop, 0)
    printed, fit = (found.reducible[key] for key in ("printed", "fit"))
    ax.set(ylim=(0, 1.18 * max(printed, fit)), xlabel="training compute (FLOP)", ylabel="effective exponent, −d ln L / d ln C")  # fmt: skip
    return draw.show(fig, "fig-slopes",
        f"Above the floor Chinchilla's loss falls by the power {fix(printed, 3)} of compute; as a whole, beyond {sci(found.equal_slopes, 1)} FLOP, more slowly than Kaplan's {fix(exponent, 3)}. Band: {pct(p.level)} bootstrap of the fit.",
        f"Effective exponent against compute. Two dashed horizontal lines at {fix(printed, 3)} and {fix(fit, 3)} for the loss above the floor; two curves for the whole loss that fall from {' and '.join(start)} at {sci(BUDGETS[0], 1)} FLOP towards zero; a horizontal line at {fix(exponent, 3)} for Kaplan.", data=draw.stack(data))  # fmt: skip


def description(found: forms.Description) -> Table:
    """List by how much each form is behind on each table of runs."""
    rows = [
        [f"{_short(name)} ({next(iter(found.fits[name].values())).n})", *(fix(row[form].aic - row[found.best[name]].aic, 0) for form in forms.FORMS)]
        for name, row in found.criteria.items()
    ]  # fmt: skip
    failed = f" Not converged: {'; '.join(found.unconverged)}." if found.unconverged else ""
    return Table(["table (runs)", *forms.FORMS.values()], rows, f"Akaike's criterion above that of the best form; 0 is the best.{failed}")  # fmt: skip


def _short(name: str) -> str:
    """Return what a reader calls a table of runs."""
    return SWEEPS.get(name, name)


def holdout(p: Parameters, found: forms.Holdout) -> Shown:
    """Draw how far each form is off when it predicts the largest runs."""
    outcomes = found.outcomes
    fig, ax = draw.new(height=1.2 + 0.62 * len(outcomes))
    data = {
        _short(name): _errors(ax, place, outcome, p.level)
        for place, (name, outcome) in enumerate(reversed(outcomes.items()))
    }
    first, top = next(iter(outcomes.values())), len(outcomes) - 1
    for form, text, colour, side in (
        (first.kaplan, "Kaplan's", PURPLE, 1), (first.chinchilla, "Chinchilla's", VERMILION, -1),
    ):  # fmt: skip
        draw.label(ax, 100 * form.error, top + 0.14 * side, text, colour, shift=(0, 11 * side), ha="center")  # fmt: skip
    draw.rows(ax, [_short(name) for name in reversed(outcomes)])
    ax.set(xlabel=f"error on the runs above 1/{p.holdout:g}\nof the largest budget (% of the loss)")  # fmt: skip
    ax.set_xlim(left=0)
    left_out = f" Left out: {', '.join(found.left_out)}." if found.left_out else ""
    errors = "; ".join(
        f"{_short(name)} {fix(100 * each.kaplan.error, 1)}% for Kaplan's form and {fix(100 * each.chinchilla.error, 1)}% for Chinchilla's"
        for name, each in outcomes.items()
    )
    return draw.show(fig, "fig-holdout",
        f"Predicting the largest budgets from the smaller ones. Chinchilla's form is nearer on {found.holdout_wins} of {len(outcomes)} tables, clearly so on {found.holdout_clear}; Kaplan's clearly on {found.holdout_clear_losses or 'none'}. "
        f"Bars: {pct(p.level)} bootstrap intervals; x: Kaplan's with a constant; +: Chinchilla's without.{left_out}",
        f"Dots with intervals for each table of runs: root-mean-square error of the prediction, {errors}.", data=draw.stack(data, by="row"))  # fmt: skip


def _errors(ax: Axes, place: int, outcome: forms.Outcome, level: float) -> Mapping[str, ArrayLike]:
    """Draw the errors on one table of runs in a row, and return them."""
    data = {}
    for text, form, colour, y in (
        ("Kaplan's", outcome.kaplan, PURPLE, place + 0.14),
        ("Chinchilla's", outcome.chinchilla, VERMILION, place - 0.14),
    ):
        low, high = ends(100 * form.errors, level)
        data[text] = {"error_percent": 100 * form.error, "error_percent_low": low, "error_percent_high": high}  # fmt: skip
        draw.bar(ax, (low, high), y, colour, value=100 * form.error)
    for text, other, mark in (
        ("Kaplan's with a constant", outcome.kaplan_with_constant, "x"),
        ("Chinchilla's without", outcome.chinchilla_without, "+"),
    ):
        data[text] = {"error_percent": 100 * other.error}
        ax.plot(100 * other.error, place, mark, color=GREY, markersize=6)
    return draw.stack(data)


def predictions(p: Parameters, found: forms.Holdout) -> Table:
    """List how the published forms predict the largest budgets of each table."""
    columns = [
        "runs", "fitted", "predicted", "bias, Kaplan's", "bias, Chinchilla's", "difference of errors",
        "inside, Kaplan's", "inside, Chinchilla's",
    ]  # fmt: skip
    rows = [
        [_short(name), str(each.kaplan.fit.n), str(each.held),
         *(f"{fix(100 * form.bias, 1)}%" for form in (each.kaplan, each.chinchilla)),
         f"{between(100 * np.array(each.difference), 1)}%",
         *(pct(form.covered) for form in (each.kaplan, each.chinchilla))]
        for name, each in found.outcomes.items()
    ]  # fmt: skip
    left_out = "".join(f" Left out: {text}" for text in found.left_out.values())
    return Table(columns, rows,
        f"Predictions of the largest budgets. Bias: observed over predicted loss, less one; positive where the form promised too much. Difference: Kaplan's error less Chinchilla's, interval from paired resamples, {_converged(found.converged_least)}. Inside: runs inside the {pct(p.level)} interval.{left_out}")  # fmt: skip


def _converged(share: float) -> str:
    least = int(100 * share)
    return "all of which converged" if least == 100 else f"of which at least {least}% converged"


def promises(p: Parameters, found: dict[str, steps.Promise]) -> Table:
    """List what ten and a thousand times the compute take off the loss, by law."""
    columns = [
        "law",
        f"loss at {sci(p.compute)} FLOP",
        "10 times takes off",
        "1,000 times takes off",
    ]
    rows = [[name, fix(float(each.loss[0]), 2), *_cuts(each)] for name, each in found.items()]
    return Table(columns, rows,
        f"Loss at the optimum (nats per token), and by how much more compute lowers it. Intervals: {pct(p.level)} bootstrap, if the form is right.")  # fmt: skip


def _cuts(promise: steps.Promise) -> list[str]:
    cuts = [f"{fix(100 * cut, 1)}%" for cut in promise.cut]
    pairs = 100 * np.transpose(promise.ends)
    return ([f"{cut} ({between(pair, 1)})" for cut, pair in zip(cuts, pairs, strict=True)] if len(pairs) else cuts)  # fmt: skip


def splits(p: Parameters, found: dict[tuple[str, str], steps.Split]) -> Table:
    """List what is left to size and what to data in trained models, by law."""
    rows = []
    for (name, key), each in found.items():
        model = registry.published_model(name)
        ends = f" ({between(100 * np.array(each.ends), 1)})" if each.ends else ""
        rows.append([
            f"{name} ({qty(model.params)}, {qty(model.tokens)})", steps.NAMES[key],
            fix(each.size, 3), fix(each.data, 3), pct(each.share, 3) + ends,
        ])  # fmt: skip
    return Table(["model", "law", "size term", "data term", "share of size"], rows,
        f"Reducible loss of three models, nats per token, and the share that more parameters alone could remove. Interval: {pct(p.level)} bootstrap.")  # fmt: skip


def floors() -> Table:
    """List the floors published for other data than text, beside those for text."""
    rows = [[name, fix(printed(f"henighan2020.floor.{kind}"))] for kind, name in KINDS.items()] + [
        ["language (Henighan et al.)", "not given"],
        ["language (Hoffmann et al., as printed)", fix(float(steps.chinchilla("printed").E))],
        ["language (replication)", fix(float(steps.chinchilla("besiroglu").E))],
    ]
    return Table(["data", "published floor (nats per token)"], rows,
        "Published constants, in nats per token of each tokenizer.")  # fmt: skip


def compared(along: Paths, end: steps.Ending, both: Refits) -> Table:
    """Set published figures against recomputed ones."""
    return draw.compared([
        ("constant of Kaplan's curve (article)", stated("q-kaplan-curve"), along.kaplan_constant, 3),
        ("size coefficient of Chinchilla's curve (article)", along.article.size, along.inferred.size, 1),
        ("data coefficient of Chinchilla's curve (article)", along.article.data, along.inferred.data, 1),
        ("end of the power law, PF-days (Kaplan et al.)", printed("kaplan2020.crossing.compute"), end.compute, 0),
        ("loss there (Kaplan et al.)", printed("kaplan2020.crossing.loss"), end.loss, 2),
        ("floor E (replication)", float(steps.chinchilla("besiroglu").E), both.E, 4),
        ("exponent a (replication)", printed("besiroglu2024.a"), float(both.chinchilla.a), 4),
    ], "; the last two compare the replication with the runs of this chapter")  # fmt: skip
