"""Figures and tables of the chapter on models that are served."""

import numpy as np

from scalebook.chapters.common import between, ends, interval_of, printed
from scalebook.chapters.inference import steps
from scalebook.chapters.inference.steps import ADDED, CHEAPEST, OURS, PLAIN, SAME, UNLIMITED
from scalebook.chapters.parameter import Parameters
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, VERMILION, Shown, Table
from scalebook.show.numbers import Form, fix, num, pct, qty, sci, span, written
from scalinglaws import fitting, registry
from scalinglaws.optimum import precision
from scalinglaws.units import Floats


def _qty(value: float | Floats, digits: int = 3) -> str:
    return qty(float(value), digits)


def plans(p: Parameters, found: steps.Plans) -> Table:
    """List the cheapest models to train and to serve, by law."""

    def spread(values: Floats, form: Form) -> str:
        return between(ends(values, p.level), form)

    rows = [
        [name, f"{_qty(plan.plain.params)} on {_qty(plan.plain.tokens)}", f"{_qty(plan.best.params)} on {_qty(plan.best.tokens)}",
         num(float(plan.best.tokens_per_param)), pct(float(plan.saved))]
        for name, plan in found.by_law.items()
    ]  # fmt: skip
    plain, best = found.draws.plain, found.draws.best
    rows.insert(1, [
        interval_of(p), spread(plain.params, _qty), f"{spread(best.params, _qty)} on {spread(best.tokens, _qty)}",
        spread(best.tokens_per_param, num), spread(found.draws.saved, pct),
    ])  # fmt: skip
    served = f"best with {_qty(p.served * p.serving_weight)} tokens served"
    return Table(["law", "best to train", served, "tokens per parameter", "FLOP saved"], rows,
        f"Models with the loss of {_qty(p.params)} parameters on {_qty(p.tokens)} tokens: the cheapest to train, and the cheapest to train and serve. The interval is of our fit's constants, if its form is right.")  # fmt: skip


def demand(p: Parameters, laws: steps.Laws, found: steps.Plans) -> Shown:
    """Draw how the best model changes with the tokens that it serves."""
    served = np.geomspace(1e9, 1e17, 81)
    data: draw.Series = {"tokens served": {"served": p.served}, "training optimum": {"multiple": 1}}
    fig, (top, bottom) = draw.new(2, 1, height=6.2, log="x", sharex=True)
    for name, colour, text, shift, ha in (
        (steps.UNROUNDED, VERMILION, "Hoffmann et al.", (-4, 12), "right"), (OURS, BLUE, "our fit", (0, -14), "left"),
    ):  # fmt: skip
        plan = steps.plan(p, laws.named[name], served)
        size, tokens = plan.best.params / plan.plain.params, plan.best.tokens / plan.plain.tokens
        top.plot(served, size, color=colour)
        top.plot(served, tokens, color=colour, linestyle="--")
        draw.line(bottom, served, 100 * plan.saved, colour, text, 70, shift, ha)
        data |= {
            f"{text}: size": {"served": served, "multiple": size},
            f"{text}: data": {"served": served, "multiple": tokens},
            f"{text}: saved": {"served": served, "saved_percent": 100 * plan.saved},
        }
    some = served[::4]
    several = steps.plan(p, laws.draws, some[:, None])
    for ax, values, name, column in (
        (top, several.best.params / several.plain.params, "size", "multiple"),
        (top, several.best.tokens / several.plain.tokens, "data", "multiple"),
        (bottom, 100 * several.saved, "saved", "saved_percent"),
    ):
        low, high = fitting.interval(values.T, p.level)
        draw.band(ax, some, low, high, BLUE)
        data[f"our fit: {name}, interval"] = {"served": some, f"{column}_low": low, f"{column}_high": high}  # fmt: skip
    for ax in (top, bottom):
        draw.vline(ax, p.served, GREY)
    draw.log_axis(top, "y")
    draw.hline(top, 1, GREY, linewidth=0.8)
    top.set(ylabel="over the training optimum", ylim=(0.05, 300))
    bottom.set(xlabel="tokens served", ylabel="FLOP saved (%)", ylim=(0, 100))
    draw.label(top, 2e10, 1, "data (dashed)", INK, (0, 13))
    draw.label(top, 2e10, 1, "size", INK, (0, -12))
    ours = found.by_law[OURS]
    less = pct(float(ours.best.params / ours.plain.params))
    more = num(float(ours.best.tokens / ours.plain.tokens), 2)
    return draw.show(fig, "fig-inference-demand",
        f"The more tokens are served, the smaller the best model of equal loss and the more data it takes. At {_qty(p.served)} tokens (grey line) it has {less} of the parameters and {more} times the data by our fit "
        f"(band: {pct(p.level)} bootstrap), and saves {pct(float(ours.saved))} of the FLOP.",
        "Two panels against tokens served. Above, the best size falls from one and the data rise from one, by two laws alike in shape. Below, the FLOP saved rise from nothing towards most of the total.", data=draw.stack(data))  # fmt: skip


FORMS: dict[str, tuple[str, Form]] = {
    "params": ("best size", _qty), "saving": ("FLOP saved", pct),
    "saved": ("FLOP saved, absolute", lambda value: sci(value, 2)),
    "data_factor": ("data over the training optimum", lambda value: f"{fix(value)} x"),
}  # fmt: skip


def examples(found: steps.Examples) -> Table:
    """Set the published examples against recomputed ones."""
    rows = []
    for (case, key), error in found.errors.items():
        (words, form), served = FORMS[key], _qty(steps.cases()[case][1])
        theirs, ours = (written(getattr(found.found[name][case], key), form) for name in (steps.THEIRS, OURS))  # fmt: skip
        published = written(printed(f"sardana2024.{case}.{key}"), form)
        rows.append([f"{case} quality, {served} served: {words}", published, theirs, pct(abs(error), 2), ours])  # fmt: skip
    return Table(["example", "published", "recomputed", "relative error", "our fit"], rows,
        "The examples of Sardana et al., with their exponents and Hoffmann's printed A and B, and by our fit.")  # fmt: skip


def smaller(p: Parameters, found: steps.Smaller) -> Shown:
    """Draw how many times smaller models of equal loss are."""
    fig, axes = draw.new(1, 2, height=3.6, log="x", sharey=True)
    names = [*reversed(steps.PUBLISHED), OURS]
    none, data = [np.nan] * len(steps.PUBLISHED), {}
    for ax, (model, by_law) in zip(axes, found.by_law.items(), strict=True):
        panel: draw.Series = {"claim": {"multiple": 3}}
        for sense, colour, shift, text in (
            (CHEAPEST, BLUE, 0.22, "cheapest"), (SAME, ORANGE, 0.0, "same compute"), (UNLIMITED, GREEN, -0.22, "any data"),
        ):  # fmt: skip
            for place, name in enumerate(names):
                ax.plot(by_law[name][sense], place + shift, "o", color=colour, markersize=5)
            low, high = found.intervals[model][sense]
            draw.bar(ax, (low, high), len(names) - 1 + shift, colour)
            panel[text] = {
                "row": names, "multiple": [by_law[name][sense] for name in names],
                "multiple_low": [*none, low], "multiple_high": [*none, high],
            }  # fmt: skip
            if ax is axes[1]:
                at = len(names) - 0.15 + 2.0 * shift
                draw.label(ax, 400, at, text, colour, (0, 0), ha="right", fontsize=9.5)
        draw.vline(ax, 3, INK, linestyle="--")
        data[model] = draw.stack(panel)
        ax.set(title=model, xlabel="times smaller", xlim=(1, 400))
    broken = [name.replace(" et al., ", " et al.,\n") for name in names]
    axes[0].set(yticks=range(len(names)), yticklabels=broken, ylim=(-0.6, len(names) + 0.5))
    draw.label(axes[0], 3, len(names) + 0.2, "3x", INK, (4, 0))
    least, *_, most = sorted(each[CHEAPEST] for each in found.by_law["GPT-3"].values())
    cheapest, same = (_ours(found, "GPT-3", sense) for sense in (CHEAPEST, SAME))
    return draw.show(fig, "fig-inference-smaller",
        f"How many times smaller a model of equal loss can be. For GPT-3 our fit gives {cheapest} for the cheapest to train, and {same} at GPT-3's own compute. Bars: {pct(p.level)} bootstrap; dashed: the claim.",
        f"Dot plots for GPT-3 and Gopher by several laws, each with three ratios of sizes. For GPT-3 the cheapest model is between {num(least, 2)} and {num(most, 2)} times smaller; with equal compute or unlimited data it is smaller still. A dashed line marks three.", data=draw.stack(data, by="panel"))  # fmt: skip


def _ours(found: steps.Smaller, model: str, sense: str) -> str:
    low, high = found.intervals[model][sense]
    return f"{num(found.by_law[model][OURS][sense])} ({span([low, high], 2)})"


def smaller_by_law(p: Parameters, found: steps.Smaller) -> Table:
    """List how many times smaller models of equal loss are."""
    asked = [(model, sense) for model in found.by_law for sense in (CHEAPEST, SAME)]
    published = [[name, *(num(found.by_law[model][name][sense]) for model, sense in asked)] for name in steps.PUBLISHED]  # fmt: skip
    rows = [[OURS, *(_ours(found, *each) for each in asked)], *published]
    far = num(found.by_law["GPT-3"][OURS][UNLIMITED], 2)
    return Table(["law", *(f"{model}, {sense}" for model, sense in asked)], rows,
        f"Size of GPT-3 and Gopher over that of a model of equal loss; our fit with its {interval_of(p)}. With unlimited data our fit has {far} for GPT-3, far from any runs.")  # fmt: skip


def readings(p: Parameters, found: steps.Bits) -> Table:
    """List what the readings of the constants of precision come to."""
    rows = []
    for name, reading in found.readings.items():
        shares = ", ".join(fix(float(reading.share(width))) for width in (4.0, p.bits, 16.0))
        few, full = precision.compute_factor(reading, [p.bits, 16.0])
        best = fix(found.best[name], 1) if found.best[name] > 1.01 else "at most 1"
        rows.append([name, shares, best, f"{fix(few / full)} x"])
    bits = _qty(p.bits)
    columns = ["reading of the constants", f"N_eff / N at 4, {bits} and 16 bits", "best bits", f"effective compute at {bits} bits over 16 bits"]  # fmt: skip
    return Table(columns, rows, "Effective parameters by bits, with the same printed constants read in four ways.")  # fmt: skip


def bits(found: steps.Bits) -> Shown:
    """Draw effective parameters and compute against bits, by the printed equation and with offsets."""
    width, paper = np.linspace(2.5, 16, 271), registry.printed("kumar2024.best_bits")
    data: draw.Series = {
        "paper": {"bits_low": paper.low, "bits_high": paper.high}, "16 bits, ideal": {"multiple": 1},
    }  # fmt: skip
    fig, (left, right) = draw.new(1, 2, height=3.4)
    for name, text, colour, style in (
        (PLAIN, "printed equation", VERMILION, "--"), (ADDED, "with offsets", BLUE, "-"),
    ):  # fmt: skip
        reading, best = found.readings[name], found.best[name]
        share, gain = reading.share(width), precision.compute_factor(reading, width)
        most = float(precision.compute_factor(reading, best))
        left.plot(width, share, color=colour, linestyle=style)
        right.plot(width, gain, color=colour, linestyle=style)
        right.plot(best, most, "o", color=colour)
        data[text] = {"bits": width, "share": share, "multiple": gain}
        data[f"{text}, best"] = {"bits": best, "multiple": most}
    draw.shade(right, paper.low, paper.high, alpha=0.25)
    draw.hline(right, 1, GREY, linewidth=0.8)
    for ax, x, y, text, colour, shift in (
        (left, 8.5, 0.72, "with offsets", BLUE, (0, -8)),
        (right, found.best[PLAIN], 2.62, "printed equation", VERMILION, (8, 2)),
        (right, paper.high, 0.25, f"paper: {num(paper.low, 1)} to {num(paper.high, 1)} bits", GREY, (4, 0)),
    ):  # fmt: skip
        draw.label(ax, x, y, text, colour, shift)
    left.set(xlabel="bits", ylabel="effective share of parameters", ylim=(0, 1.02))
    right.set(xlabel="bits", ylabel="effective compute (16 bits, ideal: 1)", ylim=(0, 2.8))
    plain, added = (fix(found.best[name], 1) for name in (PLAIN, ADDED))
    return draw.show(fig, "fig-inference-bits",
        f"The equations as printed put the best training precision at {plain} bits; with the offsets of the paper's table added in the exponent it is {added}, at the lower end of what the paper finds.",
        f"Two panels against bits. The effective share of parameters rises to one, later with offsets. Effective compute peaks at {plain} bits by the printed equation and at {added} bits with offsets, at the edge of the grey stripe of the paper's result.", data=draw.stack(data))  # fmt: skip


def harm(found: list[steps.Harm]) -> Table:
    """List the data beyond which more training harms a model that is rounded."""
    rows = [
        [f"{_qty(each.size)} parameters", *(f"{_qty(a, 2)} ({_qty(b, 2)})" for a, b in zip(each.ratios, each.shifted, strict=True))]
        for each in found
    ]  # fmt: skip
    widths = (f"{num(width, 1)} bits" for width in steps.SERVING_BITS)
    return Table(["tokens per parameter beyond which rounding costs more than data gain", *widths], rows,
        "Data beyond which more training harms a model whose weights are rounded afterwards. In brackets: with the unexplained constant b of the paper's table taken as an offset of the exponent.")  # fmt: skip
