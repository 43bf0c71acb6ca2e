"""Figures and tables of the chapter on networks and sources of known entropy."""

import numpy as np
from matplotlib.axes import Axes

from scalebook.chapters.common import between, with_interval
from scalebook.chapters.laboratory import steps
from scalebook.chapters.laboratory.experiments import HALF
from scalebook.chapters.laboratory.floor_fits import ERRORS, FORMS, Floor, spread
from scalebook.chapters.laboratory.shape import Counting, Frontier
from scalebook.chapters.parameter import Parameters
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Control, Layer, Slider
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION
from scalebook.show.formula import Formula
from scalebook.show.numbers import fix, num, pct, qty, sci

TOKENS, LOSS = "tokens learned", "loss (nats per token)"
ABOVE = "loss above the entropy (nats)"
MARKS = dict(zip(ERRORS, "osD^", strict=True))
COLOURS = dict(zip(FORMS, (BLUE, GREEN, ORANGE, PURPLE), strict=True))


def by_size(found: steps.Found) -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """Return lengths and mean losses of each size."""
    cells = found.used.mean()
    sizes = {}
    for size in np.unique(cells.params):
        own = np.flatnonzero(cells.params == size)
        own = own[np.argsort(cells.tokens[own])]
        sizes[float(size)] = cells.tokens[own], cells.loss[own]
    return sizes


def lead(p: Parameters, found: steps.Found) -> draw.Shown:
    """Draw the loss of each size against what it has read, above the entropy."""
    sizes, entropy, law = by_size(found), found.used.entropy, found.fitted.law
    fig, ax = draw.new(height=4.2, log="x")
    last = list(sizes)
    for place, (size, (tokens, loss)) in enumerate(sizes.items()):
        colour = draw.SEQUENTIAL(place / max(len(sizes) - 1, 1))
        ax.plot(tokens, loss, color=colour, linewidth=1.5, marker="o", markersize=3)
        if size in (last[0], last[-1]) or place == len(sizes) // 2:
            draw.label(ax, tokens[-1], loss[-1], qty(size), colour, (6, 2))
    top = max(float(loss.max()) for _, loss in sizes.values())
    ax.axhline(entropy, color=INK, linewidth=1.2)
    draw.label(ax, found.used.tokens.min(), entropy, "entropy of the source", INK, (0, -9))
    ax.set(xlabel=TOKENS, ylabel=LOSS, ylim=_ends(entropy, top))
    ax.set_xlim(None, 4 * found.used.tokens.max())
    data = draw.stack({
        **{f"{qty(size)} parameters": {"params": size, "tokens": x, "loss": y} for size, (x, y) in sizes.items()},
        "entropy": {"loss": entropy},
    })  # fmt: skip
    best = float(found.used.mean().excess.min())
    return draw.show(fig, "fig-laboratory",
        f"Each line is a size of network, {qty(last[0])} to {qty(last[-1])} parameters, trained to one length after another. Below the lowest line, {num(best, 2)} nats under it, lies the entropy, which no network can pass. The law fitted to them puts its floor {_miss(float(law.E) - entropy)}.",
        f"{len(sizes)} falling curves of loss against tokens. The smallest networks soon stop improving, high above the horizontal line of the entropy at {fix(entropy, 3)} nats; the largest come within {num(best, 2)} nats of it.",
        data=data, control=_control(found, sizes))  # fmt: skip


def _ends(entropy: float, top: float) -> tuple[float, float]:
    return entropy - 0.12 * (top - entropy), top + 0.06 * (top - entropy)


def _miss(above: float) -> str:
    return f"{num(abs(above), 2)} nats {'above' if above > 0 else 'below'} it"


def _control(found: steps.Found, sizes: dict[float, tuple[np.ndarray, np.ndarray]]) -> Control:
    law, entropy, used = found.fitted.law, found.used.entropy, found.used
    counts, data = np.array(list(sizes)), (used.tokens.min(), used.tokens.max())
    between_sizes: list[float] = [0.0, *np.sqrt(counts[1:] * counts[:-1]), float("inf")]
    layers: list[Layer] = []
    for size, low, high in zip(sizes, between_sizes[:-1], between_sizes[1:], strict=True):
        curve = control_.curve(dict(zip("xy", sizes[size], strict=True)), BLUE)
        near = f"N >= {low:.6g}" + (f" && N < {high:.6g}" if np.isfinite(high) else "")
        curve["mark"] |= {"opacity": {"expr": control_.either(near, "1", "0.5")}}
        layers.append(curve)
    top = max(float(loss.max()) for _, loss in sizes.values())
    far = 10 * data[1]
    ends = data[0] / 1.3, 1.3 * far
    terms: dict[str, str | float] = {
        "amplitude": float(law.A),
        "count": "N",
        "exponent": float(law.alpha),
    }
    values = {
        "size": Formula(steps.term, terms),
        "rest": Formula(steps.term, {"amplitude": float(law.B), "count": "D", "exponent": float(law.beta)}),
        "told": Formula(steps.total, {"floor": float(law.E), "size": "size", "data": "rest"}),
        "above": Formula(steps.total, {"floor": 0.0, "size": "size", "data": "rest"}),
        "want": Formula(steps.part, {"size": "size", "data": "rest"}),
    }  # fmt: skip
    network = "{N:amount} parameters, {D:amount} tokens: by the law {above:num} nats above its floor, {want:percent} of that for want of parameters. "
    beyond = control_.either(
        f"N > {counts[-1]:.6g} || D > {data[1]:.6g}",
        control_.text("No network here was that large or read so much."), "''",
    )  # fmt: skip
    more = control_.either(
        "want > 0.5", control_.text(network + "A larger network would help most. "),
        control_.text(network + "More tokens would help most. "),
    )  # fmt: skip
    line = {"type": "rule", "color": INK, "strokeWidth": 1.5}
    layers += [
        {"data": {"values": [{"y": float(f"{entropy:.4g}")}]}, "mark": line, "encoding": {"y": {"field": "y"}}},
        control_.name(data[0], entropy - 0.06 * (top - entropy), "entropy of the source", INK),
        control_.marker("D", "told", VERMILION), control_.moving_name("D", "told", "'your network'", VERMILION),
    ]  # fmt: skip
    return Control(
        (Slider("N", "Parameters", counts[0], 10 * counts[-1], float(np.sqrt(counts[0] * counts[-1])), style="amount"),
         Slider("D", "Tokens", data[0], far, float(np.sqrt(data[0] * data[1])), style="amount")),
        values, f"{more} + {beyond}", layers,
        control_.axis(TOKENS, *ends, labels="amount", ticks=[10.0**n for n in range(2, 12) if ends[0] < 10.0**n < ends[1]]),
        control_.axis(LOSS, *_ends(entropy, top), log=False),
    )  # fmt: skip


def by_method(p: Parameters, found: steps.Found) -> draw.Shown:
    """Draw how far each fitted floor lies from the entropy."""
    entropy, floors = found.used.entropy, found.by_method
    fig, ax = draw.new(height=4.6)
    names: list[str] = []
    series: draw.Series = {}
    for place, ((form, error), floor) in enumerate(reversed(floors.items())):
        above = [each - entropy for each in floor]
        draw.bar(ax, above[1:], place, COLOURS[form], above[0])
        names.append(f"{form}: {error}")
        series[names[-1]] = {"row": names[-1], "excess": above[0], "excess_low": above[1], "excess_high": above[2]}  # fmt: skip
    draw.rows(ax, names, fontsize=8.5)
    ax.axvline(0, color=INK, linewidth=1.2)
    ax.set(xlabel="fitted floor less the entropy (nats)")
    low, high = (end - entropy for end in spread(floors))
    holding = sum(floor.holds(entropy) for floor in floors.values())
    return draw.show(fig, "fig-fitted-floors",
        f"All floors lie within {num(max(abs(low), abs(high)), 2)} nats of the entropy (the upright line), yet {holding if holding else 'none'} of the {len(floors)} intervals ({pct(p.level)}) {'holds' if holding == 1 else 'hold'} it: the form moves the floor by more than the scatter of the runs does.",
        f"{len(floors)} points with bars, one for each form and error model, from {num(low, 2)} to {num(high, 2)} nats from an upright line at the entropy.", data=draw.stack(series))  # fmt: skip


def _frontier(ax: Axes, found: Frontier, colour: str, name: str, shift: draw.Shift, at: int = -1) -> None:  # fmt: skip
    ax.plot(found.compute, found.excess, "o", color=colour, markersize=4)
    ax.plot(found.compute, found.scale * found.compute**-found.slope, color=colour, linewidth=1.2)
    draw.label(ax, found.compute[at], found.excess[at], name, colour, shift, ha="center")


def _points(found: Frontier) -> dict[str, np.ndarray]:
    return {
        "compute": np.concatenate([found.compute, found.compute]),
        "excess": np.concatenate([found.excess, found.scale * found.compute**-found.slope]),
    }


def power(p: Parameters, found: steps.Found) -> draw.Shown:
    """Draw the loss above the entropy of the best runs at each compute."""
    fig, ax = draw.new(height=4.2, log="xy")
    cells, line, off = found.used.mean(), found.frontier, found.schedule
    series: dict[str, dict[str, np.ndarray]] = {}
    for size in np.unique(cells.params):
        own = cells.take(cells.params == size)
        own = own.take(np.argsort(own.tokens))
        ax.plot(own.compute, own.excess, color=GREY, linewidth=0.8, alpha=0.7)
        series[f"{qty(size)} parameters"] = {"compute": own.compute, "excess": own.excess}
    _frontier(ax, line, BLUE, "best runs", (6, -22), 1)
    series["best runs"] = _points(line)
    if off:
        _frontier(ax, off.frontier, ORANGE, "wrong schedule", (60, 30), len(off.frontier.compute) // 3)  # fmt: skip
        series["wrong schedule"] = _points(off.frontier)
    green = ""
    if found.certain.frontier and found.certain.share >= HALF:
        _frontier(ax, found.certain.frontier, GREEN, "source without noise", (0, -14), -2)
        series["source without noise"] = _points(found.certain.frontier)
        green = " Green: a source without noise."
    draw.plain_axis(ax, "y", 0.8 * min(min(np.min(each["excess"]) for each in series.values()), 0.1), 1.3 * max(np.max(each["excess"]) for each in series.values()))  # fmt: skip
    ax.set(xlabel="compute, 6 parameters × tokens (FLOP)", ylabel=ABOVE)
    wrong = f" Read off runs whose learning rate had not yet fallen, the line has slope {num(off.frontier.slope, 2)}." if off else ""  # fmt: skip
    straight = f"a line through {num(line.decades, 2)} decades, no point off by more than {pct(line.bend)}" if line.bend <= p.straight else f"no straight line: a point is off by {pct(line.bend)}"  # fmt: skip
    return draw.show(fig, "fig-power",
        f"The best runs at each compute lie on {straight}; its slope is {num(line.slope, 2)}.{wrong}{green} Grey: single sizes, which level off." if line.bend <= p.straight else f"The best runs at each compute lie on {straight}; the nearest line has slope {num(line.slope, 2)}.{wrong}{green} Grey: single sizes, which level off.",
        f"Loss above the entropy against compute, both logarithmic. The best runs fall from {num(line.excess[0], 2)} to {num(line.excess[-1], 2)} nats from {sci(line.compute[0], 1)} to {sci(line.compute[-1], 1)} FLOP; grey curves of single sizes leave them one after another.", data=draw.stack(series))  # fmt: skip


def promises(p: Parameters, found: steps.Found) -> draw.Table:
    """List what predictions of larger networks promised and kept, by distance."""
    rows = [
        [f"{each.nearest:g} to {each.furthest:g}" if np.isfinite(each.furthest) else f"over {each.nearest:g}",
         f"{pct(each.held)} ({each.banded})" if each.banded else "—",
         f"{pct(each.law_held)} ({each.runs})", pct(each.error)]
        for each in found.promises.distances
    ]  # fmt: skip
    columns = ["compute over largest", "band held", "law held", "error"]
    return draw.Table(columns, rows, f"Networks predicted from the {found.promises.fitted} cheapest runs of one seed; intervals promise {pct(p.level)}. In brackets, of how many runs. The error is a share of the loss.")  # fmt: skip


def suites(p: Parameters, found: steps.Found) -> draw.Table:
    """List all suites of the table, with the law fitted to each."""
    rows = []
    for name, suite in found.suites.items():
        told = ["—"] * 4 if suite.fitted is None else [
            with_interval(suite.fitted.floor.value, suite.fitted.floor[1:], 3), *(fix(each.value) for each in (suite.fitted.alpha, suite.fitted.beta, suite.fitted.a))]  # fmt: skip
        rows.append(
            [name.replace("-", " "), f"{suite.cells}/{suite.planned}", fix(suite.entropy, 3), *told]
        )
    columns = ["suite", "trained", "entropy", "floor", "α", "β", "a"]
    few = " —: too few of them." if any("—" in row for row in rows) else ""
    return draw.Table(columns, rows, f"Chinchilla's form by Huber's error, with the floor's {pct(p.level)} bootstrap interval; a is the exponent of the best size. Trained: cells, a size at a length each.{few}")  # fmt: skip


def learners(p: Parameters, found: steps.Found) -> draw.Table:
    """Set the kinds of network side by side."""
    kinds = [found, *([found.other] if found.other else [])]
    rows = [
        ["runs", *(str(len(each.used)) for each in kinds)],
        ["parameters", *(_ends_of(each.used.params) for each in kinds)],
        ["floor of the sum (nats)", *(_three(each.fitted.floor) for each in kinds)],
        ["floors of all forms (nats)", *(_range_of(each) for each in kinds)],
        ["intervals that hold the entropy", *(_holding(each) for each in kinds)],
        ["power of compute of the best losses", *(fix(each.frontier.slope) for each in kinds)],
        ["exponent of the best size", *(_two(each.fitted.a) for each in kinds)],
        ["the same without embeddings", *(_two(each.counting.bare.a) for each in kinds)],
        ["the same by a wrong schedule", *("—" if each.schedule is None else _two(each.schedule.unmatched.a) for each in kinds)],
        ["difference of two seeds, above the entropy", *(pct(each.seeds.excess) for each in kinds)],
        ["calibrated bands that held larger runs", *(pct(each.promises.total.held) if each.promises.total.banded else "—" for each in kinds)],
    ]  # fmt: skip
    names = [f"{each.used.suite.rpartition('-')[2]}s" for each in kinds]
    return draw.Table(["", *names], rows, f"The source's entropy is {fix(found.used.entropy, 4)} nats. {pct(p.level)} bootstrap intervals.")  # fmt: skip


def _ends_of(values: np.ndarray) -> str:
    return f"{qty(values.min())} to {qty(values.max())}"


def _range_of(each: steps.Learned) -> str:
    low, high = spread(each.by_method)
    return f"{fix(low, 3)} to {fix(high, 3)}"


def _holding(each: steps.Learned) -> str:
    held = sum(floor.holds(each.used.entropy) for floor in each.by_method.values())
    return f"{held} of {len(each.by_method)}"


def _two(floor: Floor) -> str:
    return with_interval(floor.value, floor[1:], 2)


def _three(floor: Floor) -> str:
    return with_interval(floor.value, floor[1:], 4)


def sizes(p: Parameters, found: steps.Found) -> draw.Shown:
    """Draw the best size at each compute, by both ways to count."""
    both = found.counting
    fig, ax = draw.new(height=3.8, log="xy")
    series: dict[str, dict[str, np.ndarray]] = {}
    ways = {"all parameters": (both.valley, both.law, BLUE, (-40, 4)), "without embeddings": (both.bare_valley, both.bare, ORANGE, (0, -96))}  # fmt: skip
    ends = found.frontier.compute[[0, -1]]
    for name, (valley, fitted, colour, shift) in ways.items():
        best = fitted.law.optimum(compute=ends).params
        ax.plot(ends, best, color=colour, linewidth=1.2, linestyle=":")
        points = {"compute": ends, "params": best}
        if valley:
            used = valley.found.profiles.used
            flop, size = valley.found.profiles.compute[used], valley.found.profiles.params[used]
            ax.plot(flop, size, "o", color=colour, markersize=5)
            points = {"compute": np.r_[ends, flop], "params": np.r_[best, size]}
        draw.label(ax, ends[-1], best[-1], name, colour, shift, ha="right")
        series[name] = points
    ax.set(xlabel="compute, 6 parameters × tokens (FLOP)", ylabel="best size (parameters)")
    return draw.show(fig, "fig-sizes",
        f"The best size grows as compute to the power {num(both.law.a.value, 2)} by the law (dotted) with all parameters counted, {num(both.bare.a.value, 2)} without embeddings. {_by_valley(both)}",
        "Best size against compute, both logarithmic: two dotted lines by the laws, and points where valleys of equal compute have their lowest loss.", data=draw.stack(series))  # fmt: skip


def _by_valley(both: Counting) -> str:
    if both.valley is None or both.bare_valley is None:
        return "Too few sizes were trained to find valleys of equal compute."
    return f"Points: lowest losses at equal compute, without a law, which give {num(both.valley.a, 2)} and {num(both.bare_valley.a, 2)}."


def compared(p: Parameters, found: steps.Found) -> draw.Table:
    """Set what is known exactly, or by theory, against what the fits say."""
    law, counts, known = found.fitted, found.counts, found.trials.courses["blind"]
    rows = [
        ["floor (nats)", fix(found.used.entropy, 4), _three(law.floor)],
        ["alpha", fix(counts.alpha, 3), with_interval(law.alpha.value, law.alpha[1:], 3)],
        ["beta", fix(counts.beta, 3), with_interval(law.beta.value, law.beta[1:], 3)],
        ["exponent a of the best size", fix(counts.a, 3), with_interval(law.a.value, law.a[1:], 3)],
        *([f"floor {arm} (nats above)", fix(float(known[arm].end("floor")[0]), 4), with_interval(floor.value, floor[1:], 4)]
          for arm, floor in found.trials.blind.items() if arm != "all digits"),
    ]  # fmt: skip
    return draw.Table(["quantity", "known", "fitted"], rows, f"The known floors are exact. The known exponents are those of a table of counts in its limits; for networks there is no theory. {pct(p.level)} bootstrap. Known: {between((counts.beta, counts.alpha))} for the exponents.")  # fmt: skip
