"""Figures and tables of the chapter on the reconciliation."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from scalebook.chapters.common import printed, with_interval
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.reconciliation import steps
from scalebook.chapters.reconciliation.counted import Frontier
from scalebook.chapters.reconciliation.schedules import Stopped
from scalebook.chapters.reconciliation.steps import CORPORA, CORRECTIONS, NAMES, Laws
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, VERMILION, Shown, Table
from scalebook.show.numbers import fix, pct, qty
from scalinglaws.optimum import counting
from scalinglaws.units import Floats


def sizes(p: Parameters) -> Table:
    """List models by both counts of their parameters."""
    params = np.unique(np.round([p.smallest, 1e4, 1e6, 1e8, p.largest, 7e10]))
    total, growth = (count(params, p.embedding) for count in (counting.total_params, counting.elasticity))  # fmt: skip
    rows = [[qty(float(n)), qty(float(t)), pct(1 - n / t, 2), f"{fix(s, 2)}%"]
            for n, t, s in zip(params, total, growth, strict=True)]  # fmt: skip
    columns = ["parameters without embeddings", "with embeddings", "share of the embeddings", "growth of the total for 1% more"]  # fmt: skip
    return Table(columns, rows, "One model, two sizes.")


def exponents(p: Parameters, laws: Laws, found: steps.Exponents) -> Shown:
    """Draw the local exponent of the best size against size, counted without embeddings."""
    kaplan, at, slopes = printed("kaplan2020.optimum.params.exponent"), found.sizes, found.slopes
    drawn = {name: {"params": at, "exponent": slopes[key]} for key, name in NAMES.items()}
    drawn[NAMES["fit"]] |= zip(("exponent_low", "exponent_high"), found.band, strict=True)
    lines = {
        "Kaplan's models": {"params_low": p.smallest, "params_high": p.largest},
        "Kaplan": {"exponent": kaplan}, "one half": {"exponent": 0.5},
    }  # fmt: skip
    fig, ax = draw.new(height=4.2, log="x")
    draw.shade(ax, p.smallest, p.largest)
    draw.band(ax, at, *found.band, BLUE)
    for key, colour, style in (
        ("hoffmann", VERMILION, "-"), ("besiroglu", GREEN, "--"), ("fit", BLUE, "-"),
    ):  # fmt: skip
        ax.plot(at, slopes[key], color=colour, linestyle=style)
    top = max(1.08, 1.05 * np.nanmax(found.band[1]))
    ax.set(xlabel="parameters without embeddings N", ylabel="local exponent d ln N / d ln C", ylim=(0.4, top))  # fmt: skip
    draw.label(ax, p.smallest, top, "Kaplan's models", GREY, shift=(4, -8))
    draw.hline(ax, kaplan, INK, f"Kaplan {fix(kaplan)}", at[-1], ha="right", linestyle=":")
    draw.hline(ax, 0.5, INK, "one half", at[0], (2, 8), linestyle=":")
    for key, size, text, colour, shift, side in (
        ("fit", 1e7, "our fit and the\nreplication (dashed)", BLUE, (14, 8), "left"),
        ("hoffmann", 2e8, "Hoffmann\net al.", VERMILION, (-10, -22), "right"),
    ):
        place = int(np.searchsorted(at, size))
        draw.label(ax, at[place], float(slopes[key][place]), text, colour, shift=shift, ha=side)
    size, height = found.peak["fit"]
    small, peak, large = (f"{fix(min(ends))} {{}} {fix(max(ends))}"
                          for ends in (laws.small.values(), [v for _, v in found.peak.values()], laws.large.values()))  # fmt: skip
    return draw.show(fig, "fig-local-exponent",
        f"Counted without embeddings, the exponent of the optimal size is not one number. Within Kaplan's range it rises to {fix(height)} near {qty(size, 1)} parameters and ends at {fix(found.last)}. Band: {pct(p.level)} bootstrap of our fit.",
        f"Local exponent against model size for three laws. All start between {small.format('and')}, rise to a peak of {peak.format('to')} inside Kaplan's range, and fall to between {large.format('and')} for large models.",
        data=draw.stack({**drawn, **lines}))  # fmt: skip


def ranges(p: Parameters, laws: Laws) -> Table:
    """List the exponents of each law by what is counted and at which sizes."""
    by_range = {f"{name} ({qty(low, 2)} to {qty(high, 2)})": steps.path_exponents(laws, low, high, p.embedding)
                for name, (low, high) in steps.ranges(p).items()}  # fmt: skip
    twice = steps.path_exponents(laws, p.smallest, p.largest, 2 * p.embedding)
    rows = {"all parameters counted": laws.large, **by_range, "Kaplan's range, embeddings twice as large": twice, "very small models": laws.small}  # fmt: skip
    return Table(
        ["exponent of the optimal size", *NAMES.values()],
        [[name, *(fix(v, 3) for v in row.values())] for name, row in rows.items()],
        "One law, many exponents: what is counted and at which sizes.",
    )


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
        draw.point(ax, 0, predicted, GREEN, "the count alone,\nby Chinchilla's law", (9, 0), marker="D", markersize=5)  # fmt: skip
        ax.set(ylabel="exponent of size", title=CORPORA[corpus], ylim=(0.42, max(1.08, 1.05 * predicted)), xlim=(-0.5, 4.8))  # fmt: skip
    draw.label(axes[0], 0.62, found["openwebtext2"].published[1].value, "printed", INK, shift=(-4, -12), ha="right")  # fmt: skip
    axes[-1].set_xticks(range(5), [*CORRECTIONS.values()], fontsize=9)
    one, other = (pct(each.cosine[0], 1) for each in found.values())
    ways = " and ".join(f"{fix(each.refit.exponents[0], 3)} to {fix(each.refit.exponents[-1], 3)} on {CORPORA[corpus]}"
                        for corpus, each in found.items())  # fmt: skip
    largest = {names[1 + int(each.share[0].argmax())] for each in found.values()}
    return draw.show(fig, "fig-waterfall",
        f"The measured way from Kaplan's exponent to Hoffmann's, refitted. The decay of the learning rate (vermilion) takes {one} and {other} of it. Percentages: share of the whole change; whiskers: {pct(_level(found))} intervals over model sizes; circles: as printed.",
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


def shares(found: dict[str, steps.Corrections]) -> Table:
    """List which share of the way each correction takes."""
    rows = [[name.replace("\n", " "), *(_share(each.share[:, place]) for each in found.values())]
            for place, name in enumerate([*CORRECTIONS.values()][1:])]  # fmt: skip
    columns = ["step", *(f"{name}: share of the change" for name in CORPORA.values())]
    return Table(columns, rows,
        f"Shares of the change of exponent, refitted, with {pct(_level(found))} intervals over model sizes.")  # fmt: skip


def _share(share: Floats) -> str:
    return with_interval(share[0], share[1:], pct)


def stopped(p: Parameters, found: list[Stopped]) -> Table:
    """Set the loss in the middle of a schedule beside that at the end of a shorter one."""
    rows = [[qty(each.params), fix(each.ended, 3), fix(each.stopped, 3),
             with_interval(each.excess, each.interval(p.level), 3), pct(each.share)] for each in found]  # fmt: skip
    columns = ["parameters", "at the end of its schedule", "a third of the way", "difference", "of what three times the steps gain"]  # fmt: skip
    return Table(columns, rows,
        f"Loss after 24,000 steps, nats per token, at the end of a cosine schedule and in the middle of one three times as long. {pct(p.level)} intervals: the noise of the readings, of one run each.")  # fmt: skip


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
    return draw.show(fig, "fig-constant",
        f"Generated from a law with a floor of {fix(floor)}: counted in full, a fit with a constant finds {fix(found.whole.floor.law.floor)}; counted without embeddings, {fix(found.counted.floor.law.floor)}. Solid: with a constant; dashed: without.",
        f"Loss against compute for two counts of the same models. The curve counted without embeddings is nearly straight in the logarithms, its misfit to a power law {pct(steps.misfit(found.counted.power), 2)} on average; the other bends, with a misfit of {pct(steps.misfit(found.whole.power), 2)}.",
        data=draw.stack(drawn))  # fmt: skip


def compared(laws: Laws, found: steps.Exponents, best: dict[str, Frontier], floors: steps.Constant) -> Table:  # fmt: skip
    """Set published figures against recomputed ones."""
    kaplans, a = float(steps.kaplan().exponent), laws.large
    return draw.compared([
        ("exponent of size, Hoffmann's constants, Kaplan's count", printed("pearce2024.a.hoffmann"), best["hoffmann"].exponent, _short),
        ("exponent of size, replication's constants, Kaplan's count", printed("pearce2024.a.besiroglu"), best["besiroglu"].exponent, _short),
        ("Kaplan's exponent of size, from our fit", printed("kaplan2020.optimum.params.exponent"), found.path["fit"], _short),
        ("Kaplan's exponent of the loss, from the replication's law", kaplans, floors.counted.power.law.exponent, 3),
        ("Kaplan's exponent of the loss, from Hoffmann's law", kaplans, floors.hoffmann.law.exponent, 3),
        ("exponent of size, replication, all counted", printed("besiroglu2024.a"), a["besiroglu"], 4),
        ("exponent of size, Hoffmann's approach 3, all counted", printed("hoffmann2022.approach3.a"), a["hoffmann"], _short),
    ], ". The third to fifth lines are not the same experiment: they ask how near one comes from Hoffmann's side")  # fmt: skip


def _short(value: float) -> str:
    """Write an exponent to three decimal places, or with the two that it was printed with."""
    return f"{value:.3g}"
