"""Figures and tables of the chapter on asymptotes."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from scalebook.chapters.asymptotes import forms, steps, trends
from scalebook.chapters.asymptotes.forms import Refits
from scalebook.chapters.asymptotes.steps import BUDGETS, Paths
from scalebook.chapters.common import between, ends, printed, stated
from scalebook.chapters.parameter import Parameters
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, GREY, INK, PURPLE, VERMILION, Shown, Table
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import fitting, registry
from scalinglaws.runs import Runs

#: Data for which Henighan et al. published a floor, by the end of its key.
KINDS = {
    "image_8x8": "images, 8 x 8 pixels", "image_16x16": "images, 16 x 16 pixels",
    "image_32x32": "images, 32 x 32 pixels", "vq_16x16": "images, 16 x 16 learned codes",
    "vq_32x32": "images, 32 x 32 learned codes", "video": "video, learned codes",
    "math": "mathematics, generated problems",
}  # fmt: skip


def paths(p: Parameters, found: Paths) -> Table:
    """List the terms of Chinchilla's printed law along four paths."""
    inferred = f"N = {found.guess_k_N:g} C^{found.approach3_a:g}, D = {found.guess_k_D:g} C^{found.approach3_b:g}"
    named = {
        "as the article prints it": found.article, inferred: found.inferred,
        "optimum of the printed law": found.best, "half and half, N = D": found.half,
    }  # fmt: skip
    columns = ["path", "size term", "its exponent", "data term", "its exponent", f"loss at {sci(p.compute)} FLOP", "at 1,000 times that"]  # fmt: skip
    rows = [
        [name, fix(path.size, 1), fix(path.size_exponent, 4), fix(path.data, 1), fix(path.data_exponent, 4),
         *(fix(float(path.loss(times * p.compute)), 4) for times in (1, 1000))]
        for name, path in named.items()
    ]  # fmt: skip
    return Table(columns, rows, "Chinchilla's law with its printed constants along four paths.")


def meeting(paths: Paths, found: steps.Meeting) -> Shown:
    """Draw the article's two curves, where they cross and where Kaplan's meets the floor."""
    kaplan, floor, below = steps.kaplan(), paths.article.floor, found.through["printed"]
    low, high = steps.studied()
    lines = (
        ("Kaplan", kaplan, PURPLE, "-", 1.8, 1e27, (6, 8), "left"),
        ("Chinchilla, as plotted", paths.article, VERMILION, "-", 1.8, 1e28, (0, 14), "center"),
        ("half and half", paths.half, VERMILION, "--", 1, 3e18, (8, 4), "left"),
    )
    data = draw.stack({
        **{text: {"compute": BUDGETS, "loss": curve.loss(BUDGETS)} for text, curve, *_ in lines},
        "floor E": {"loss": floor},
        "crossing": {"compute": found.crossings, "loss": kaplan.loss(found.crossings)},
        "Kaplan at the floor": {"compute": below, "loss": floor},
        "Hoffmann's budgets": {"compute_low": low, "compute_high": high},
    })  # fmt: skip
    fig, ax = draw.new(height=4.4, log="x")
    draw.shade(ax, low, high)
    draw.label(ax, math.sqrt(low * high), 0.7, "Hoffmann's budgets", GREY, shift=(0, 8), ha="center")  # fmt: skip
    for text, curve, colour, style, width, at, shift, side in lines:
        draw.line(ax, BUDGETS, curve.loss(BUDGETS), colour, linewidth=width, linestyle=style)
        draw.label(ax, at, float(curve.loss(at)), text, colour, shift=shift, ha=side)
    draw.hline(ax, floor, INK, f"floor E = {fix(floor)}", BUDGETS[0], (2, -9), linestyle=":")
    for c in found.crossings:
        draw.point(ax, c, float(kaplan.loss(c)), INK, markersize=5)
    draw.point(ax, below, floor, PURPLE, f"{sci(below, 2)} FLOP", (-4, -12), "right", "D")  # fmt: skip
    ax.set(ylim=(0.7, 4.2), xlabel="training compute (FLOP)", ylabel="loss (nats per token)")
    near = f"{sci(found.similar_low, 1)} {{}} {sci(found.similar_high, 1)} FLOP"
    power, flat = (fix(float(curve.loss(BUDGETS[-1]))) for curve in (kaplan, paths.article))
    return draw.show(fig, "fig-curves",
        f"The article's two curves. They cross at {' and '.join(sci(c, 2) for c in found.crossings)} FLOP (dots), stay within 5% of each other from {near.format('to')}, and part for good; Kaplan's passes Chinchilla's floor at {sci(below, 2)} FLOP.",
        f"Loss against compute. Both curves run together between about {near.format('and')}. Kaplan's then falls in a straight sweep to {power} at {sci(BUDGETS[-1], 1)} FLOP, Chinchilla's levels off at {flat}, just above its floor.", data=data)  # fmt: skip


def corpora(p: Parameters, both: Refits, reach: dict[str, tuple[float, float]]) -> Shown:
    """Draw where Kaplan's curve meets the floors if the losses of two corpora differ."""
    factors = np.geomspace(1 / p.corpus, p.corpus, 81) if p.corpus > 1 else np.ones(1)
    meets, quarter = steps.kaplan().inverse, factors[len(factors) // 4]
    models = {name: registry.published_model(name).flop for name in ("GPT-3", "Gopher", "PaLM", "Llama 3.1 405B")}  # fmt: skip
    floors = {key: float(steps.chinchilla(key).E) for key in ("printed", "besiroglu")}
    data: draw.Series = {name: {"compute": flop} for name, flop in models.items()}
    data |= {
        steps.FLOORS[key]: {"multiple": factors, "compute": meets(floor / factors)}
        for key, floor in floors.items()
    }
    fig, ax = draw.new(height=4.2, log="y")
    for name, flop in models.items():
        draw.hline(ax, flop, GREY, linestyle=":")
        draw.label(ax, factors[-1], flop, name, GREY, shift=(4, 0), annotation_clip=False)
    if p.runs == "hoffmann2022_runs":
        low, high = meets(both.E_high / factors), meets(both.E_low / factors)
        draw.band(ax, factors, low, high, BLUE)
        data["our fit"] = {"multiple": factors, "compute_low": low, "compute_high": high}
    for (key, floor), colour, shift in zip(floors.items(), (VERMILION, BLUE), ((-4, 34), (22, -22)), strict=True):  # fmt: skip
        draw.line(ax, factors, meets(floor / factors), colour)
        draw.label(ax, quarter, float(meets(floor / quarter)), f"floor {fix(floor)},\n{steps.FLOORS[key]}", colour, shift=shift, ha="center")  # fmt: skip
    ax.locator_params(axis="x", nbins=5)
    ax.set(xlabel="loss on Kaplan's corpus over loss on Hoffmann's", ylabel="Kaplan's curve meets the floor (FLOP)")  # fmt: skip
    early, late = reach["printed"]
    return draw.show(fig, "fig-corpora",
        f"If losses on the two corpora differ by up to a factor of {num(p.corpus, 3)} either way, the point where Kaplan's curve meets the floor moves from {sci(early, 1)} to {sci(late, 1)} FLOP.",
        f"Compute at which Kaplan's curve meets the floor, against the ratio of the corpora's losses: two rising lines, each over {num(math.log10(late / early), 2)} powers of ten, that pass the training compute of GPT-3, Gopher, PaLM and Llama 3.1.", data=draw.stack(data))  # fmt: skip


def slopes(p: Parameters, both: Refits, found: steps.Exponents) -> Shown:
    """Draw how steeply each loss falls, above its floor and as a whole."""
    end, exponent = BUDGETS[-1], float(steps.kaplan().exponent)
    low, high = fitting.interval(trends.slope(both.chinchilla_draws, BUDGETS[:, None]).T, p.level)
    data: draw.Series = {
        "Kaplan, whole loss": {"exponent": exponent},
        "whole loss, our fit, interval": {"compute": BUDGETS, "exponent_low": low, "exponent_high": high},
        "runs": {"compute_low": both.runs.flop.min(), "compute_high": both.runs.flop.max()},
    }  # fmt: skip
    fig, ax = draw.new(height=3.9, log="x")
    draw.band(ax, BUDGETS, low, high, BLUE)
    start = []
    for key, law, colour, name, shift, at, text, aside in (
        ("printed", steps.chinchilla("printed"), VERMILION, "Hoffmann et al.", (0, -8), 1e24, "whole loss, Hoffmann et al.", (4, 12)),
        ("fit", both.chinchilla, BLUE, "our fit", (0, 8), 1e17, "whole loss,\nour fit", (6, 16)),
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
        f"Above the floor Chinchilla's loss falls by the power {fix(printed, 3)} of compute; as a whole, beyond {sci(found.equal_slopes, 1)} FLOP, more slowly than Kaplan's {fix(exponent, 3)}. Band: {pct(p.level)} bootstrap of our fit.",
        f"Effective exponent against compute. Two dashed horizontal lines at {fix(printed, 3)} and {fix(fit, 3)} for the loss above the floor; two curves for the whole loss that fall from {' and '.join(start)} at {sci(BUDGETS[0], 1)} FLOP towards zero; a horizontal line at {fix(exponent, 3)} for Kaplan.", data=draw.stack(data))  # fmt: skip


def description(tables: dict[str, Runs], found: forms.Description) -> Table:
    """List by how much each form is behind on each table of runs."""
    by_bic = found.behind("kaplan", lambda information: information.bic)
    rows = [
        [name, str(len(tables[name])),
         *(fix(row[form].aic - row[found.best[name]].aic, 1) for form in forms.FORMS),
         fix(by_bic[name], 1)]
        for name, row in found.criteria.items()
    ]  # fmt: skip
    failed = f" Not converged: {'; '.join(found.unconverged)}." if found.unconverged else ""
    return Table(["runs", "number", *forms.FORMS.values(), "the first over the last, BIC"], rows,
        f"Akaike's criterion above that of the best form, and Schwarz's for the two published forms.{failed}")  # fmt: skip


def holdout(p: Parameters, found: forms.Holdout) -> Shown:
    """Draw how far each form is off when it predicts the dearest runs."""
    outcomes = found.outcomes
    fig, ax = draw.new(height=1.2 + 0.62 * len(outcomes))
    data = {
        name: _errors(ax, place, outcome, p.level)
        for place, (name, outcome) in enumerate(reversed(outcomes.items()))
    }
    first, top = next(iter(outcomes.values())), len(outcomes) - 1
    for form, text, colour, side in (
        (first.kaplan, "Kaplan's", PURPLE, 1), (first.chinchilla, "Chinchilla's", VERMILION, -1),
    ):  # fmt: skip
        draw.label(ax, 100 * form.error, top + 0.14 * side, text, colour, shift=(0, 11 * side), ha="center")  # fmt: skip
    draw.rows(ax, [name.removesuffix("_runs") for name in reversed(outcomes)])
    ax.set(xlabel=f"error on the runs above 1/{p.holdout:g}\nof the largest budget (% of the loss)")  # fmt: skip
    ax.set_xlim(left=0)
    left_out = f" Left out: {', '.join(found.left_out)}." if found.left_out else ""
    errors = "; ".join(
        f"{name.removesuffix('_runs')} {fix(100 * each.kaplan.error, 1)}% for Kaplan's form and {fix(100 * each.chinchilla.error, 1)}% for Chinchilla's"
        for name, each in outcomes.items()
    )
    return draw.show(fig, "fig-holdout",
        f"Predicting the largest budgets from the smaller ones. Chinchilla's form is nearer on {found.holdout_wins} of {len(outcomes)} tables, clearly so on {found.holdout_clear}; Kaplan's clearly on {found.holdout_clear_losses}. "
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
        f"inside their {pct(p.level)} interval, Kaplan's", "Chinchilla's",
    ]  # fmt: skip
    rows = [
        [name, str(each.kaplan.fit.n), str(each.held),
         *(f"{fix(100 * form.bias, 1)}%" for form in (each.kaplan, each.chinchilla)),
         f"{between(100 * np.array(each.difference), 1)}%",
         *(pct(form.covered) for form in (each.kaplan, each.chinchilla))]
        for name, each in found.outcomes.items()
    ]  # fmt: skip
    left_out = "".join(f" Left out: {text}" for text in found.left_out.values())
    return Table(columns, rows,
        f"Predictions of the largest budgets. Bias: observed over predicted loss, less one; positive where the form promised too much. Difference: Kaplan's error less Chinchilla's, interval from paired resamples, of which at least {pct(found.converged_least)} converged.{left_out}")  # fmt: skip


def promises(p: Parameters, found: dict[str, steps.Promise]) -> Table:
    """List what ten and a thousand times the compute take off the loss, by law."""
    columns = ["law", f"loss at {sci(p.compute)} FLOP", "at 10 times", "at 1,000 times", "10 times takes off", "1,000 times takes off"]  # fmt: skip
    rows = [[name, *(fix(float(loss), 3) for loss in each.loss), *_cuts(each)] for name, each in found.items()]  # fmt: skip
    return Table(columns, rows,
        f"Loss at the optimum, and by how much it falls. Intervals: {pct(p.level)} bootstrap of the runs of this chapter, of each form's constants if it is right.")  # fmt: skip


def _cuts(promise: steps.Promise) -> list[str]:
    cuts = [f"{fix(100 * cut, 1)}%" for cut in promise.cut]
    pairs = 100 * np.transpose(promise.ends)
    return ([f"{cut} ({between(pair, 1)})" for cut, pair in zip(cuts, pairs, strict=True)] if len(pairs) else cuts)  # fmt: skip


def futures(p: Parameters, both: Refits) -> Shown:
    """Draw where both forms go that read the same runs."""
    flop, floor = both.runs.flop, both.E
    ahead = np.geomspace(flop.min(), max(p.compute * 1e4, 1e4 * flop.max()), 121)
    data: draw.Series = {
        "floor": {"loss": floor}, "start": {"compute": p.compute},
        "runs": {"compute_low": flop.min(), "compute_high": flop.max()},
    }  # fmt: skip
    fig, ax = draw.new(height=4.3, log="x")
    last = []
    for law, draws, colour, text, tip, shift in (
        (both.kaplan, both.kaplan_draws, PURPLE, "Kaplan's form", 80, (-6, -12)),
        (both.chinchilla, both.chinchilla_draws, VERMILION, "Chinchilla's form", -1, (0, 12)),
    ):
        loss = law.optimum(compute=ahead).loss
        low, high = fitting.interval(draws.optimum(compute=ahead[:, None]).loss.T, p.level)
        data[text] = {"compute": ahead, "loss": loss, "loss_low": low, "loss_high": high}
        draw.band(ax, ahead, low, high, colour)
        draw.line(ax, ahead, loss, colour, text, tip, shift, "right")
        last.append(fix(float(loss[-1])))
    draw.hline(ax, floor, INK, f"floor {fix(floor)}", ahead[0], (2, -9), linestyle=":")
    draw.vline(ax, p.compute, GREY, "start", float(both.chinchilla.optimum(compute=ahead[0]).loss), (4, 0), linestyle=":")  # fmt: skip
    draw.shade_runs(ax, flop)
    ax.set(xlabel="training compute (FLOP)", ylabel="loss at the optimum (nats per token)")
    return draw.show(fig, "fig-futures",
        f"Fitted to the same {len(flop)} runs, Kaplan's form passes the floor of Chinchilla's at {sci(both.meets, 1)} FLOP ({pct(p.level)} interval {sci(both.meets_low, 1)} to {sci(both.meets_high, 1)}). The bands hold only if their form does.",
        f"Loss at the optimum against compute for both forms with bands. They run together over the runs; at {sci(ahead[-1], 1)} FLOP Kaplan's form is at {last[0]} and Chinchilla's at {last[1]} nats per token.", data=draw.stack(data))  # fmt: skip


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
        "Published constants, in nats per token of each tokenizer. Those of Henighan et al. we have from one other text.")  # fmt: skip


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
