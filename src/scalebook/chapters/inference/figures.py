"""Figures and tables of the chapter on models that are served."""

from collections.abc import Callable

import numpy as np

from scalebook.chapters.common import between, ends, interval_of, law_name, printed, stated
from scalebook.chapters.inference import steps
from scalebook.chapters.inference.steps import ADDED, CHEAPEST, OURS, PLAIN, SAME, UNLIMITED
from scalebook.chapters.parameter import Parameters
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Control, Slider
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION, Shown, Table
from scalebook.show.formula import Formula, Lookup
from scalebook.show.numbers import Form, fix, num, pct, qty, sci, span
from scalinglaws import registry
from scalinglaws.optimum import overtraining, precision, serving
from scalinglaws.units import Floats

LOAD, SIZE = "tokens served for each training token", "best size, over the best to train"
#: Ends of the loads that the first figure shows; its table goes no further.
LEAST, MOST = 0.01, 1000.0


def _qty(value: float | Floats, digits: int = 3) -> str:
    return qty(float(value), digits)


def _loads(f: steps.Found) -> list[float]:
    """Return loads from end to end, the one of the parameters among them."""
    grid = {float(f"{load:.4g}") for load in np.geomspace(LEAST, MOST, 26)}
    return sorted(grid | ({f.here.load} if LEAST < f.here.load < MOST else set()))


def lead(p: Parameters, f: steps.Found) -> Shown:
    """Draw the best size against the tokens served; a reader's own demand moves along it."""
    loads = _loads(f)
    found = steps.changes(f.laws, loads)
    law = [float(each.by_law[OURS].size) for each in found]
    low, high = ([end(each.all("size")) for each in found] for end in (min, max))
    name = law_name(p)
    x, y = _dots(f)
    fig, ax = draw.new(height=4.0, log="x")
    draw.band(ax, loads, low, high, BLUE)
    ax.plot(loads, law, color=BLUE)
    ax.scatter(x, y, s=22, color=INK, linewidth=0, zorder=3)
    draw.label(ax, 2, 0.48, name, BLUE, (0, 0), ha="right")
    draw.label(ax, 1.5, 0.9, "sweeps, without a law", INK, (0, 0))
    draw.label(ax, 0.012, 0.2, "band: all laws and sweeps", BLUE, (0, 0))
    ax.set(xlabel=LOAD, ylabel=SIZE, xlim=(LEAST, MOST), ylim=(0, 1.05))
    data = draw.stack({
        name: {"load": loads, "share": law, "share_low": low, "share_high": high},
        "sweeps, without a law": {"load": x, "share": y},
    })  # fmt: skip
    return draw.show(fig, "fig-inference-size",
        f"The more a model is used, the smaller the one that is cheapest over its life. With ten tokens served for each training token it has {_shares(f.by_load[10.0].all('size'))} of the size that is best to train.",
        f"A curve that falls from 1 on the left, where little is served, to {fix(law[-1])} at a thousand tokens served for each training token; a band about it, and dots for sweeps inside or near its upper edge.",
        data=data, control=control(p, f, loads, found))  # fmt: skip


def _shares(values: list[float]) -> str:
    return f"{pct(min(values)).rstrip('%')} to {pct(max(values))}"


def control(p: Parameters, f: steps.Found, loads: list[float], found: list[steps.Changes]) -> Control:  # fmt: skip
    """Let a reader serve a model of his own."""
    law, plan = f.laws.named[OURS], f.plans.by_law[OURS]
    scale, power = float(law.optimum(params=1e9).tokens), float(law.alpha / law.beta)
    own = [each.by_law[OURS] for each in found]

    def looked_up(values: list[float]) -> Lookup:
        return Lookup("q", loads, values)

    def at_ends(what: str, end: Callable[[list[float]], float]) -> Lookup:
        return looked_up([float(end(each.all(what))) for each in found])

    low, high = at_ends("size", min), at_ends("size", max)
    asked = "{N:amount} parameters on {D:amount} tokens are compute-optimal, and {I:amount} tokens are to be served. "
    best = control_.text(f"{asked}As good, and cheapest over its life: {{n:amount}} parameters on {{d:amount}} tokens. That saves {{saved:percent}} of the compute to train and serve. Over all laws and sweeps: {{low:percent}} to {{high:percent}} of the size, {{less:percent}} to {{more:percent}} saved.")  # fmt: skip
    none = control_.text(f"{asked}That is too little to change the best model.")
    far = control_.text(f"{asked}That is over a thousand for each training token; no run here tells how small the best model then is.")  # fmt: skip
    says = control_.either(f"q < {4 * LEAST}", none, control_.either(f"q > {MOST}", far, best))
    x, y = _dots(f)
    served = min(max(p.served, 1e9), 1e18)
    return Control(
        (Slider("N", "Compute-optimal parameters", 1e8, 1e13, min(max(float(plan.plain.params), 1e8), 1e13), style="amount", reads="params"),
         Slider("I", "Tokens served over its life", 1e9, 1e18, served, style="amount", reads="tokens"),
         Slider("w", "Cost of serving a FLOP (training: 1)", 0.1, 10, min(max(p.serving_weight, 0.1), 10.0))),
        {"D": Formula(tokens_of, {"params": "N", "scale": scale, "power": power}),
         "q": Formula(steps.load_of, {"served": "I", "weight": "w", "tokens": "D"}),
         "size": looked_up([float(each.size) for each in own]), "data": looked_up([float(each.data) for each in own]),
         "saved": looked_up([float(each.saved) for each in own]),
         "low": low, "high": high, "less": at_ends("saved", min), "more": at_ends("saved", max),
         "n": Formula(product, {"one": "N", "other": "size"}), "d": Formula(product, {"one": "D", "other": "data"})},
        says,
        [control_.band({"x": loads, "low": low.to, "high": high.to}, BLUE),
         control_.curve({"x": loads, "y": [float(each.size) for each in own]}, BLUE),
         control_.dots({"x": x, "y": y}, INK), control_.name(0.013, 0.62, law_name(p), BLUE), control_.name(1.3, 0.95, "sweeps, without a law", INK),
         control_.marker("q", "size", VERMILION), control_.moving_name("q", "size", "'your model'", VERMILION, 12, dx=-10, align="right")],
        control_.axis(LOAD, LEAST, MOST, labels="~g", ticks=[10.0**n for n in range(-2, 4)]),
        control_.axis(SIZE, 0.0, 1.05, log=False, labels=".0%"),
    )  # fmt: skip


def tokens_of(params: float, scale: float, power: float) -> float:
    """Return the training tokens that are best for a size: scale at a billion, then a power."""
    tokens: float = scale * (params / 1e9) ** power
    return tokens


def product(one: float, other: float) -> float:
    """Return a number times another."""
    return one * other


def _dots(f: steps.Found) -> tuple[list[float], list[float]]:
    found = [(each.load, size) for each in f.by_load.values() for size in each.runs("size")]
    return [load for load, _ in found], [size for _, size in found]


#: Loads at which the cost of a smaller model is drawn.
DRAWN = ((0.0, INK, "never used"), (3.0, PURPLE, "3 served"), (10.0, BLUE, "10"), (30.0, ORANGE, "30"))  # fmt: skip


def cost(p: Parameters, f: steps.Found) -> Shown:
    """Draw compute over a model's life against its size, for equal loss, at several loads."""
    law, sweeps = f.laws.named[OURS], steps.sweeps()
    share = np.geomspace(0.12, 1.6, 149)
    price = overtraining.size_penalty(law, share)
    fig, ax = draw.new(height=4.2, log="x")
    data: draw.Series = {}
    lows = {}
    for load, colour, text in DRAWN:
        y = steps.total(share, price, load)
        seen = y <= 2.2
        best = serving.change(law, load)
        least = 1 - float(best.saved)
        lows[load] = (float(best.size), least)
        ax.plot(share[seen], y[seen], color=colour)
        ax.plot(best.size, least, "o", color=colour, markersize=6)
        data |= {f"{text}, law": {"load": load, "multiple": share[seen], "total": y[seen]},
                 f"{text}, cheapest": {"load": load, "multiple": float(best.size), "total": least}}  # fmt: skip
        if load in (0.0, 30.0):
            x, z = (np.concatenate(each) for each in zip(*((s.shares, steps.total(s.shares, s.prices, load)) for s in sweeps.values()), strict=True))  # fmt: skip
            near = (x >= share[0]) & (z <= 2.2)
            ax.plot(x[near], z[near], ".", color=colour, markersize=4, alpha=0.55)
            data[f"{text}, sweeps"] = {"load": load, "multiple": x[near], "total": z[near]}
        # Right of 1 the other curves lie above that of a model that is never used.
        place, side = ((1.57, 0.92), "right") if load == 0 else ((float(best.size), least + (-0.06 if load == 30 else 0.07)), "center")  # fmt: skip
        draw.label(ax, *place, text, colour, (0, 0), ha=side)
    ax.set(xlabel="size, over the best to train", ylabel="compute to train and serve", xlim=(0.12, 1.6), ylim=(0.3, 2.0))  # fmt: skip
    draw.plain_axis(ax, "x", 0.12, 1.6)
    (_, _), _, _, (size, least) = lows.values()
    return draw.show(fig, "fig-inference-cost",
        f"Compute over a model's life against its size, at equal loss. The cheapest (large dots) has {pct(size)} of the size that is best to train, with 30 tokens served for each training token. Lines: {law_name(p)}; small dots: runs of {len(sweeps)} sweeps, without a law.",
        f"Four U-shaped curves. Without use the lowest point is at 1; the more tokens are served, the further left and down it lies, at {fix(size)} and {fix(least)} for 30 of them. All rise steeply on the left.", data=draw.stack(data))  # fmt: skip


def loads(p: Parameters, f: steps.Found) -> Table:
    """List how serving changes the best model, at several loads: laws, and sweeps."""
    rows = [
        [f"{load:g}", _shares(each.laws("size")), _shares(each.runs("size")) if each.tried else "—",
         _shares(each.laws("saved")), _shares(each.runs("saved")) if each.tried else "—"]
        for load, each in f.by_load.items()
    ]  # fmt: skip
    return Table([LOAD, f"size: {len(f.here.by_law)} laws", "size: sweeps", "saved: laws", "saved: sweeps"], rows,
        "The cheapest model to train and serve: its size over that of the best to train, and the share of compute saved. Lowest and highest law, lowest and highest sweep without a law; — where none tells.")  # fmt: skip


def justified(p: Parameters, f: steps.Found) -> Table:
    """List what demand would make known models the cheapest of their loss."""
    rows = [
        [f"{name.removesuffix(f' {_qty(each.params)}')} ({_qty(each.params)} on {_qty(each.tokens)})", fix(each.share), fix(each.price),
         _demand(each.served), f"{_demand(each.low)} to {_demand(each.high)}" if each.high > 0 else "none"]
        for name, each in f.justified.items()
    ]  # fmt: skip
    columns = ["model (parameters on tokens)", "size over the best to train", "training compute over needed", "tokens served that justify it", "over all laws"]  # fmt: skip
    return Table(columns, rows, f"The tokens served at which each model would be the cheapest of its loss, by {law_name(p)} and by {len(f.here.by_law)} laws. None: larger than the best even if never used.")  # fmt: skip


def _demand(served: float) -> str:
    return trillions(served) if served > 0 else "none"


def trillions(tokens: float) -> str:
    """Return tokens served to two digits, in trillions also where those are thousands."""
    return f"{num(tokens / 1e12, 2)}T" if tokens >= 1e12 else _qty(tokens, 2)


def rounding(p: Parameters, f: steps.Found) -> Shown:
    """Draw loss against training data of the model planned, rounded to few bits."""
    law, post, size = registry.parametric("kumar2024"), steps.rounded(), f.harm[1].size
    ratio = np.geomspace(3, 3000, 121)
    plain = law.loss(size, ratio * size)
    fig, ax = draw.new(height=3.8, log="x")
    data: draw.Series = {"not rounded": {"ratio": ratio, "loss": plain}}
    draw.line(ax, ratio, plain, INK, "not rounded", -1, (0, -10), "right")
    span_ = float(plain[0] - plain[-1])
    top, bottom = float(plain[0]) + 0.25 * span_, float(plain[-1]) - 0.2 * span_
    for bits, turn, colour in zip(steps.SERVING_BITS, f.harm[1].ratios, (VERMILION, ORANGE, PURPLE, BLUE), strict=True):  # fmt: skip
        loss = plain + post.added_loss(size, ratio * size, bits)
        seen = (loss <= top) & (loss >= bottom)
        if not seen.any():
            continue
        ax.plot(ratio[seen], loss[seen], color=colour)
        at = ratio[seen][-1], float(loss[seen][-1])
        draw.label(ax, *at, f"{bits:g} bits", colour, (-4, 6), ha="right")
        data[f"{bits:g} bits"] = {"ratio": ratio[seen], "loss": loss[seen]}
        if ratio[seen][0] < turn < ratio[seen][-1]:
            least = float(law.loss(size, turn * size) + post.added_loss(size, turn * size, bits))
            ax.plot(turn, least, "o", color=colour)
            data[f"{bits:g} bits, least"] = {"ratio": float(turn), "loss": least}
    here = float(f.plans.by_law[OURS].best.tokens_per_param)
    if ratio[0] < here < ratio[-1]:
        draw.vline(ax, here, GREY)
        data["model planned"] = {"ratio": here}
    ax.set(xlabel="training tokens per parameter", ylabel="loss (nats per token)", xlim=(ratio[0], ratio[-1]), ylim=(bottom, top))  # fmt: skip
    return draw.show(fig, "fig-inference-rounding",
        f"A model of {_qty(size)} parameters, rounded to few bits after training: beyond each dot more training makes it worse. Grey line: the model planned here.",
        "Loss against training tokens per parameter. Not rounded it falls throughout. Rounded, it falls, turns at a dot and rises; the fewer bits, the earlier.", data=draw.stack(data))  # fmt: skip


def plans(p: Parameters, found: steps.Plans) -> Table:
    """List the cheapest models to train and to serve, by law."""

    def spread(values: Floats, form: Form) -> str:
        return between(ends(values, p.level), form).replace(" to ", "\u00a0to\u00a0")

    rows = [
        [name, f"{_qty(plan.plain.params)} on {_qty(plan.plain.tokens)}", f"{_qty(plan.best.params)} on {_qty(plan.best.tokens)}",
         num(float(plan.best.tokens_per_param)), pct(float(plan.saved))]
        for name, plan in found.by_law.items()
    ]  # fmt: skip
    plain, best = found.draws.plain, found.draws.best
    rows.insert(1, [
        interval_of(p), *(f"{spread(each.params, _qty)}<br>on {spread(each.tokens, _qty)}" for each in (plain, best)),
        spread(best.tokens_per_param, num), spread(found.draws.saved, pct),
    ])  # fmt: skip
    served = f"best with {_qty(p.served * p.serving_weight)} tokens served"
    return Table(["law", "best to train", served, "tokens per parameter", "FLOP saved"], rows,
        f"Models with the loss of {_qty(p.params)} parameters on {_qty(p.tokens)} tokens: the cheapest to train, and the cheapest to train and serve. Each law has its own best training tokens, so by each the same tokens served are a different multiple; the chapter's short answer compares all laws at one multiple. The interval is that of the constants of the law fitted here, if its form is right.")  # fmt: skip


FORMS: dict[str, tuple[str, Form]] = {
    "params": ("best size", _qty), "saving": ("FLOP saved", pct),
    "saved": ("FLOP saved, absolute", lambda value: sci(value, 2)),
    "data_factor": ("data over the training optimum", lambda value: f"{fix(value)}×"),
}  # fmt: skip


def compared(p: Parameters, f: steps.Found) -> Table:
    """Set published figures against recomputed ones."""
    rows = [
        (f"{case} quality, {_qty(steps.cases()[case][1])} served: {FORMS[key][0]}",
         printed(f"sardana2024.{case}.{key}"), getattr(f.examples[steps.THEIRS][case], key), FORMS[key][1])
        for case, key in steps.CHECKS
    ]  # fmt: skip
    gpt3 = ("GPT-3's size over that of an equal model, cheapest to train", stated("a-inference-3x"), f.smaller.by_law["GPT-3"][OURS][CHEAPEST], num)  # fmt: skip
    return draw.compared([*rows, gpt3], "; the examples of Sardana et al. with their exponents and Hoffmann's printed A and B")  # fmt: skip


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
    draw.label(axes[0], 3, len(names) + 0.2, "3×", INK, (4, 0))
    least, *_, most = sorted(each[CHEAPEST] for each in found.by_law["GPT-3"].values())
    return draw.show(fig, "fig-inference-smaller",
        f"How many times smaller a model of equal loss can be, by law. Bars: {pct(p.level)} bootstrap of that law; dashed: the claim.",
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
        f"Size of GPT-3 and Gopher over that of a model of equal loss; the law fitted here with its {interval_of(p)}. With unlimited data it has {far} for GPT-3, far from any runs.")  # fmt: skip


def readings(p: Parameters, found: steps.Bits) -> Table:
    """List what the readings of the constants of precision come to."""
    rows = []
    for name, reading in found.readings.items():
        shares = ", ".join(fix(float(reading.share(width))) for width in (4.0, p.bits, 16.0))
        few, full = precision.compute_factor(reading, [p.bits, 16.0])
        best = fix(found.best[name], 1) if found.best[name] > 1.01 else "at most 1"
        rows.append([name, shares, best, f"{fix(few / full)}×"])
    bits = _qty(p.bits)
    columns = ["reading of the constants", f"N<sub>eff</sub> / N at 4, {bits} and 16 bits", "best bits", f"effective compute at {bits} bits over 16 bits"]  # fmt: skip
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
        (right, 9.2, 2.3, "printed\nequation", VERMILION, (0, 0)),
        (right, paper.high, 0.25, f"paper:\n{num(paper.low, 1)} to {num(paper.high, 1)} bits", GREY, (4, 0)),
    ):  # fmt: skip
        draw.label(ax, x, y, text, colour, shift)
    left.set(xlabel="bits", ylabel="effective share of parameters", ylim=(0, 1.02))
    right.set(xlabel="bits", ylabel="effective compute\n(16 bits, ideal: 1)", ylim=(0, 2.8))
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
