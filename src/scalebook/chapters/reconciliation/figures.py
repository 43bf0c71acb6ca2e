"""Figures and tables of the chapter on the reconciliation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from scalebook.chapters.common import law_name, printed, with_interval
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.reconciliation import steps
from scalebook.chapters.reconciliation.counted import Frontier
from scalebook.chapters.reconciliation.refitted import refits
from scalebook.chapters.reconciliation.schedules import Stopped
from scalebook.chapters.reconciliation.steps import CORPORA, CORRECTIONS, NAMES, Laws
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Choice, Control
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, VERMILION, Shown, Table
from scalebook.show.formula import Formula, Pick
from scalebook.show.numbers import fix, pct, qty

#: How the models were trained, as an axis names it and as a sentence begins; Kaplan's way first.
TRAININGS = {
    "Kaplan's\ntraining": "trained as Kaplan trained", "shorter\nwarm-up": "with a shorter warm-up",
    "decay of\nits length": "with a shorter warm-up and a decay of each run's own length",
    "tuned,\nno decay": "tuned by size, without a decay",
}  # fmt: skip
#: The two counts: what is drawn in which colour.
COUNTS = {"embeddings left out": BLUE, "embeddings counted": ORANGE}
MARKERS = dict(zip(CORPORA, "os", strict=True))
EXPONENT = "exponent of the best size"


def lead(p: Parameters, found: steps.Found) -> Shown:
    """Draw the exponents of Kaplan's experiment repeated, in both counts; a reader switches."""
    grids = {corpus: each.refit.grid for corpus, each in found.corrections.items()}
    places = np.arange(len(TRAININGS))
    fig, ax = draw.new(height=4.2)
    series: dict[str, dict[str, Any]] = {}
    for row, (count, colour) in enumerate(COUNTS.items()):
        for corpus, grid in grids.items():
            ax.plot(places, grid[row], MARKERS[corpus], color=colour, markersize=5)
            series[f"{count}, {CORPORA[corpus]}"] = {"drawn_at": places, "exponent": grid[row]}
        middle = np.mean([grid[row] for grid in grids.values()], axis=0)
        ax.plot(places, middle, color=colour)
        series[f"{count}, middle"] = {"drawn_at": places, "exponent": middle}
        draw.label(ax, 0.5, middle[:2].mean(), count, colour, (8, 10))
    for name, value in _references().items():
        ax.plot(places[[0, -1]], [value] * 2, color=GREY, linewidth=1, linestyle=":")
        series[name] = {"drawn_at": places[[0, -1]], "exponent": [value] * 2}
        # The lowest line is met by the last points, the others by the first ones.
        side, place = ("left", 0) if value == min(_references().values()) else ("right", -1)
        draw.label(ax, places[place], value, f"{name}, {fix(value)}", GREY, (0, 7), ha=side, fontsize=9)  # fmt: skip
    every = np.concatenate([*grids.values()]).ravel()
    ax.set_xticks(places, [*TRAININGS], fontsize=9.5)
    ax.set(ylabel=EXPONENT, ylim=(min(0.45, every.min() - 0.03), max(0.95, every.max() + 0.03)), xlim=(-0.25, 3.25))  # fmt: skip
    gaps = np.array([grid[0] - grid[1] for grid in grids.values()])
    always = "at every stage" if gaps.min() > 0 else "at most stages"
    return draw.show(fig, "fig-switches",
        f"Kaplan's experiment, repeated by Porian and colleagues on two corpora (circles, squares). Each step to the right corrects the training; counting the embeddings of the last layer (orange) lowers the exponent {always}.",
        f"Exponents of the best size at four stages of training and in two counts. Blue, embeddings left out: from {_between([grid[0, 0] for grid in grids.values()])} to {_between([grid[0, 3] for grid in grids.values()])}. Orange, counted: from {_between([grid[1, 0] for grid in grids.values()])} to {_between([grid[1, 3] for grid in grids.values()])}. Dotted: what Kaplan et al. and Hoffmann et al. printed.",
        data=draw.stack(series), control=control(found))  # fmt: skip


def _between(values: Sequence[float]) -> str:
    return f"{fix(min(values))} and {fix(max(values))}"


def _references() -> dict[str, float]:
    """Return the exponents that were printed, by what they are called."""
    return {
        "Kaplan": printed("kaplan2020.naive.params.exponent"),
        "Kaplan, adjusted": printed("kaplan2020.optimum.params.exponent"),
        "Hoffmann": printed("hoffmann2022.approach1.a"),
    }


def _cell(count: float, training: float) -> float:
    return 4 * count + training


def _middle(one: float, other: float) -> float:
    return (one + other) / 2


def _tenfold(exponent: float) -> float:
    times: float = 10**exponent
    return times


def _done(first: float, now: float, last: float) -> float:
    return (first - now) / (first - last)


def _rest(exponent: float) -> float:
    return 1 - exponent


def control(found: steps.Found) -> Control:
    """Let a reader switch the count and the training."""
    one, other = (each.refit.grid.ravel() for each in found.corrections.values())
    middle = (one + other) / 2
    how, *others = map(control_.text, reversed(TRAININGS.values()))
    for place, words in zip((2, 1, 0), others, strict=True):
        how = control_.either(f"training < {place + 0.5}", words, how)
    count = control_.either("count < 0.5", control_.text("Embeddings left out, "), control_.text("Embeddings counted, "))  # fmt: skip
    grows = control_.text(f": {{one:fix}} on {CORPORA['openwebtext2']} and {{other:fix}} on {CORPORA['refinedweb']}. Ten times the compute then asks for a model {{larger:num}} times as large on {{longer:num}} times the tokens. ")  # fmt: skip
    way = control_.text("{done:percent} of the way from Kaplan's exponent is made.")
    begun = control_.text("This is where Kaplan's experiment starts.")
    says = f"{count} + {how} + {grows} + {control_.either('place < 0.5', begun, control_.either('place > 6.5', control_.text('This is where the corrections end.'), way))}"
    places = np.arange(len(TRAININGS))
    layers = []
    # Above the upper line, and under the lower one, where a narrow drawing has room.
    beside = (0.55, middle[:2].mean() + 0.02, "embeddings left out"), (0.05, middle[4] - 0.11, "counted")  # fmt: skip
    for row, (colour, where) in enumerate(zip(COUNTS.values(), beside, strict=True)):
        values = slice(4 * row, 4 * row + 4)
        layers += [
            control_.curve({"x": places, "y": middle[values]}, colour),
            control_.dots({"x": places, "y": one[values]}, colour),
            control_.dots({"x": places, "y": other[values]}, colour, "square"),
            control_.name(*where, colour),
        ]
    for name, value in _references().items():
        side, place = ("left", 0) if value == min(_references().values()) else ("right", 3)
        layers += [control_.curve({"x": places[[0, -1]], "y": [value] * 2}, GREY, dash=True),
                   control_.name(place, value + 0.018, f"{name}, {fix(value)}", GREY, side)]  # fmt: skip
    labels = ", ".join(str(name.split("\n")) for name in TRAININGS)
    x = control_.axis("", -0.25, 3.25, log=False, ticks=[0, 1, 2, 3])
    x["axis"] |= {"labelExpr": f"[{labels}][datum.value]", "labelOverlap": False}
    return Control(
        (Choice("count", "Embeddings", {"left out (Kaplan)": 0, "counted (Hoffmann)": 1}),
         Choice("training", "Training", {"Kaplan's": 0, "shorter warm-up": 1, "decay of its length": 2, "tuned, no decay": 3})),
        {"place": Formula(_cell, {"count": "count", "training": "training"}),
         "one": Pick("place", one.tolist()), "other": Pick("place", other.tolist()),
         "a": Formula(_middle, {"one": "one", "other": "other"}),
         "larger": Formula(_tenfold, {"exponent": "a"}),
         "b": Formula(_rest, {"exponent": "a"}), "longer": Formula(_tenfold, {"exponent": "b"}),
         "done": Formula(_done, {"first": float(middle[0]), "now": "a", "last": float(middle[-1])})},
        says,
        [*layers, control_.marker("training", "a", VERMILION), control_.moving_name("training", "a", "format(a, '.2f')", VERMILION, dy=24)],
        x, control_.axis(EXPONENT, 0.45, 0.95, log=False, labels=".1f"),
    )  # fmt: skip


def exponents(p: Parameters, laws: Laws, found: steps.Exponents) -> Shown:
    """Draw the local exponent of the best size against size, counted without embeddings."""
    kaplan, at, slopes = printed("kaplan2020.optimum.params.exponent"), found.sizes, found.slopes
    drawn = {NAMES[key]: {"params": at, "exponent": slopes[key]} for key in ("hoffmann", "fit")}
    drawn[NAMES["fit"]] |= zip(("exponent_low", "exponent_high"), found.band, strict=True)
    lines = {
        "Kaplan's models": {"params_low": p.smallest, "params_high": p.largest},
        "Kaplan": {"exponent": kaplan}, "one half": {"exponent": 0.5},
    }  # fmt: skip
    fig, ax = draw.new(height=4.2, log="x")
    draw.shade(ax, p.smallest, p.largest)
    draw.band(ax, at, *found.band, BLUE)
    ax.plot(at, slopes["hoffmann"], color=VERMILION, linestyle="--")
    ax.plot(at, slopes["fit"], color=BLUE)
    top = max(1.08, 1.05 * np.nanmax(found.band[1]))
    ax.set(xlabel="parameters without embeddings", ylabel="exponent at that size", ylim=(0.4, top))
    draw.label(ax, p.smallest, top, "Kaplan's models", GREY, shift=(4, -8))
    draw.hline(ax, kaplan, INK, f"Kaplan {fix(kaplan)}", at[-1], ha="right", linestyle=":")
    draw.hline(ax, 0.5, INK, "one half", at[0], (2, 8), linestyle=":")
    for key, size, text, colour, shift, side in (
        ("fit", 1e7, law_name(p), BLUE, (14, 8), "left"),
        ("hoffmann", 2e8, "Hoffmann\net al.", VERMILION, (-10, -22), "right"),
    ):
        place = int(np.searchsorted(at, size))
        draw.label(ax, at[place], float(slopes[key][place]), text, colour, shift=shift, ha=side)
    size, height = found.peak["fit"]
    small, peak, large = (f"{fix(min(ends))} {{}} {fix(max(ends))}"
                          for ends in (laws.small.values(), [v for _, v in found.peak.values()], laws.large.values()))  # fmt: skip
    varies = height - min(found.last, laws.small["fit"], laws.large["fit"]) > 0.1
    shape = (
        f"Counted without embeddings, the exponent depends on the size of the models: within Kaplan's range (grey) it reaches {fix(height)} near {qty(size, 1)} parameters and ends at {fix(found.last)}."
        if varies else
        f"With so few embeddings the exponent hardly depends on the size of the models: within Kaplan's range (grey) it is at most {fix(height)} and ends at {fix(found.last)}."
    )  # fmt: skip
    tiny = f"Very small models have {small.format('to')}. " if p.embedding else ""
    return draw.show(fig, "fig-local-exponent",
        f"{shape} Band: {pct(p.level)} bootstrap of {law_name(p)}.",
        f"Exponent of the best size against model size by two laws. {tiny}The highest within Kaplan's range are {peak.format('to')}, large models have {large.format('to')}.",
        data=draw.stack({**drawn, **lines}))  # fmt: skip


def ranges(p: Parameters, laws: Laws) -> Table:
    """List the exponents of each law by what is counted and at which sizes."""
    by_range = {f"{name} ({qty(low, 2)} to {qty(high, 2)})": steps.path_exponents(laws, low, high, p.embedding)
                for name, (low, high) in steps.ranges(p).items()}  # fmt: skip
    twice = steps.path_exponents(laws, p.smallest, p.largest, 2 * p.embedding)
    rows = {"all parameters counted": laws.large, **by_range, "Kaplan's range, embeddings twice as large": twice, "very small models": laws.small}  # fmt: skip
    return Table(
        ["exponent of the best size", *NAMES.values()],
        [[name, *(fix(v, 3) for v in row.values())] for name, row in rows.items()],
        "One law, many exponents: what is counted and at which sizes.",
    )


def corrected(p: Parameters, found: dict[str, steps.Corrections]) -> Table:
    """List which share of the way each correction takes, the count corrected first and last."""
    names = {"last_layer": "embeddings counted", "warmup": "shorter warm-up", "cosine": "decay of its length", "tuned": "tuned, no decay"}  # fmt: skip
    readings = np.concatenate([each.readings for each in found.values()])
    rows = [
        [name, *(" and ".join(_whole(each.readings[order, place]) for each in found.values()) for order in (0, 1)),
         f"{_whole(readings[:, place].min())} to {_whole(readings[:, place].max())}"]
        for place, name in enumerate(names.values())
    ]  # fmt: skip
    columns = ["correction", "count first", "count last", "lowest to highest"]
    return Table(columns, rows, f"Share of the whole change of the exponent, on {' and '.join(CORPORA.values())}. Last column: over both corpora and both orders, at all budgets and at the {refits(p.seed).budgets} that all steps have in common.")  # fmt: skip


def _whole(share: float) -> str:
    return f"{fix(100 * share, 0)}%"


def corrections(found: dict[str, steps.Corrections], count: steps.Count) -> Shown:
    """Draw the measured way from Kaplan's exponent to Hoffmann's, correction by correction."""
    names = [name.replace("\n", " ") for name in CORRECTIONS.values()]
    data = draw.stack({CORPORA[corpus]: {
        "kind": ["refitted"] * 5 + ["printed"] * 5 + ["by the count alone"], "row": [*names, *names, names[0]],
        "exponent": [*each.refit.exponents, *(one.value for one in each.published), _by_counting(each, count)],
        "exponent_low": [*each.low, *(one.low for one in each.published), np.nan],
        "exponent_high": [*each.high, *(one.high for one in each.published), np.nan],
        "share": [np.nan, *each.share[0], *[np.nan] * 6],
    } for corpus, each in found.items()}, "panel")  # fmt: skip
    fig, axes = draw.new(2, 1, height=6.4, sharex=True)
    for ax, (corpus, each) in zip(axes, found.items(), strict=True):
        _waterfall(ax, each)
        predicted = _by_counting(each, count)
        draw.point(ax, 0, predicted, GREEN, "the count alone,\nby the fitted law", (9, 0), marker="D", markersize=5)  # fmt: skip
        ax.set(ylabel="exponent of size", title=CORPORA[corpus], ylim=(0.42, max(1.08, 1.05 * predicted)), xlim=(-0.5, 4.8))  # fmt: skip
    draw.label(axes[0], 0.62, found["openwebtext2"].published[1].value, "printed", INK, shift=(-4, -12), ha="right")  # fmt: skip
    axes[-1].set_xticks(range(5), [*CORRECTIONS.values()], fontsize=9)
    one, other = (_whole(each.share[0, 2]) for each in found.values())
    ways = " and ".join(f"{fix(each.refit.exponents[0], 3)} to {fix(each.refit.exponents[-1], 3)} on {CORPORA[corpus]}"
                        for corpus, each in found.items())  # fmt: skip
    largest = {names[1 + int(each.share[0].argmax())] for each in found.values()}
    return draw.show(fig, "fig-waterfall",
        f"The measured way from Kaplan's exponent to Hoffmann's, refitted. The decay of the learning rate (orange) takes {one} and {other} of it. Percentages: share of the whole change; whiskers: {pct(_level(found))} intervals over model sizes; circles: as printed.",
        f"Two waterfalls from {ways}; the printed exponents lie beside. The largest step: {', '.join(sorted(largest))}.", data=data)  # fmt: skip


def _by_counting(found: steps.Corrections, count: steps.Count) -> float:
    """Return the exponent in Kaplan's count that the law predicts from the one with the last layer."""
    return float(found.refit.exponents[1] + count.effect["fit"])


def _level(found: dict[str, steps.Corrections]) -> float:
    return found["refinedweb"].level


def _waterfall(ax: Axes, found: steps.Corrections) -> None:
    before = found.refit.exponents[0]
    draw.point(ax, 0, before, INK)
    rows = zip(CORRECTIONS, found.refit.exponents, found.low, found.high, found.published, strict=True)  # fmt: skip
    for place, (step, value, low, high, published) in enumerate(rows):
        colour = VERMILION if step == "cosine" else BLUE
        if place:
            share = pct(found.share[0, place - 1], 2)
            ax.bar(place, value - before, bottom=before, width=0.55, color=colour, alpha=0.75, linewidth=0)  # fmt: skip
            ax.plot([place - 1.28, place + 0.28], [before] * 2, color=GREY, linewidth=0.8)
            draw.label(ax, place + 0.16, (value + before) / 2, share, INK, shift=(18, 0))
        ax.plot([place] * 2, [low, high], "_-", color=INK, linewidth=1.2, markersize=6)
        draw.point(ax, place - 0.38, published.value, INK, markersize=4, markerfacecolor="none")
        before = value
    draw.hline(ax, 0.5, INK, linestyle=":")


def stopped(p: Parameters, found: list[Stopped]) -> Table:
    """Set the loss in the middle of a schedule beside that at the end of a shorter one."""
    rows = [[qty(each.params), fix(each.ended, 3), fix(each.stopped, 3),
             with_interval(each.excess, each.interval(p.level), 3), pct(each.share)] for each in found]  # fmt: skip
    columns = ["parameters", "at the end", "a third of the way", "difference", "share of the gain"]  # fmt: skip
    return Table(columns, rows,
        f"Loss after 24,000 steps, nats per token, at the end of a cosine schedule and a third of the way through one three times as long. Last column: the difference as a share of what three times the steps gain. {pct(p.level)} intervals: the noise of the readings, of one run each.")  # fmt: skip


def constant(found: steps.Constant, floor: float) -> Shown:
    """Draw the losses of one law in both counts, and what fits to them make of its floor."""
    fig, (above, below) = draw.new(2, 1, height=6.4, log="x", sharex=True, height_ratios=(1.5, 1))
    above.set_yscale("log")
    drawn: dict[str, dict[str, Any]] = {
        "true floor": {"loss": floor}, "no misfit": {"error_percent": 0},
    }  # fmt: skip
    for seen, colour, name in (
        (found.counted, BLUE, "counted without embeddings"), (found.whole, ORANGE, "all counted"),
    ):  # fmt: skip
        best, misfit = seen.frontier, 100 * seen.power.residuals
        ahead = np.geomspace(best.flop[0], 1e25, 200)
        drawn[name] = {"compute": best.flop, "loss": best.loss, "error_percent": misfit}
        above.plot(best.flop[::5], best.loss[::5], "o", color=colour, markersize=3.5)
        for fit, width, style, kind in ((seen.power, 1, "--", "without"), (seen.floor, 1.4, "-", "with")):  # fmt: skip
            fitted = fit.law.loss(ahead)
            drawn[f"{name}, {kind} a constant"] = {"compute": ahead, "loss": fitted}
            above.plot(ahead, fitted, color=colour, linewidth=width, linestyle=style)
        below.plot(best.flop, misfit, color=colour, linestyle="--", linewidth=1.4)
    few, every = found.counted.frontier, found.whole.frontier
    draw.hline(above, floor, INK, f"true floor {fix(floor)}", few.flop[0], (0, -9), linestyle=":")  # fmt: skip
    draw.label(above, few.flop[45], few.loss[45], "counted without\nembeddings", BLUE, shift=(-10, -24), ha="right")  # fmt: skip
    draw.label(above, every.flop[30], every.loss[30], "all counted", ORANGE, shift=(8, 10))
    draw.plain_axis(above, "y", *above.get_ylim())
    above.set(ylabel="loss (nats per token)")
    draw.hline(below, 0, INK)
    below.set(xlabel="compute (FLOP)", ylabel="misfit of the pure\npower law (%)")
    few_off, every_off = (steps.misfit(each.power) for each in (found.counted, found.whole))
    bends = ": the first is the straighter in the logarithms" if few_off < 0.9 * every_off else ""
    return draw.show(fig, "fig-constant",
        f"Losses generated from a law with a floor of {fix(floor)}, counted in full and without embeddings. Solid: fits with a constant; dashed: without.",
        f"Loss against compute for two counts of the same models. The curve counted without embeddings misses a power law by {pct(few_off)} on average, the other by {pct(every_off)}{bends}.",
        data=draw.stack(drawn))  # fmt: skip


def compared(laws: Laws, found: steps.Exponents, best: dict[str, Frontier], floors: steps.Constant) -> Table:  # fmt: skip
    """Set published figures against recomputed ones."""
    kaplans, a = float(steps.kaplan().exponent), laws.large
    return draw.compared([
        ("exponent of size, Hoffmann's constants, Kaplan's count", printed("pearce2024.a.hoffmann"), best["hoffmann"].exponent, _short),
        ("exponent of size, Besiroglu's constants, Kaplan's count", printed("pearce2024.a.besiroglu"), best["besiroglu"].exponent, _short),
        ("Kaplan's exponent of size, from the law fitted here", printed("kaplan2020.optimum.params.exponent"), found.path["fit"], _short),
        ("Kaplan's exponent of the loss, from Besiroglu's law", kaplans, floors.counted.power.law.exponent, 3),
        ("Kaplan's exponent of the loss, from Hoffmann's law", kaplans, floors.hoffmann.law.exponent, 3),
        ("exponent of size, Besiroglu et al., all counted", printed("besiroglu2024.a"), a["besiroglu"], 4),
        ("exponent of size, Hoffmann's Approach 3, all counted", printed("hoffmann2022.approach3.a"), a["hoffmann"], _short),
    ], ". The third to fifth lines are not the same experiment: they ask how near one comes from Hoffmann's side")  # fmt: skip


def _short(value: float) -> str:
    """Write an exponent to three decimal places, or with the two that it was printed with."""
    return f"{value:.3g}"
