"""The figures of a study."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scalebook.report import svg
from scalebook.report.study import LEVEL, Study
from scalebook.show.numbers import fix, num, pct, sci
from scalinglaws import registry
from scalinglaws.fitting.isoflop import IsoflopFit
from scalinglaws.laws import ParametricLaw, PowerAllocation
from scalinglaws.prediction.design import Plan
from scalinglaws.prediction.methods import Answer
from scalinglaws.units import FLOP_PER_PARAM_TOKEN, Floats, format_quantity

_DRAWN = 600  # points; of longer tables cells are drawn
_CELLS = 28
_BUDGETS = 8  # budgets whose parabolas are drawn

#: Published exponents to compare with.
PUBLISHED = ("hoffmann2022", "besiroglu2024", "hoffmann2022-approach2", "llama3",
             "kaplan2020-allocation")  # fmt: skip


@dataclass(frozen=True)
class Drawing:
    """A chart with its caption and its text for those who do not see it."""

    name: str
    chart: str
    caption: str
    alt: str


def _drawing(name: str, chart: svg.Chart, caption: str, alt: str) -> Drawing:
    return Drawing(name, chart.svg(alt), caption, alt)


def all_of(study: Study) -> dict[str, Drawing]:
    """Return the figures that can be drawn, by name."""
    makers = (plane, residuals, parabolas, exponents, next_plane)
    found = [maker(study) for maker in makers]
    return {each.name: each for each in found if each is not None}


def thinned(x: Floats, y: Floats, value: Floats, log: bool = True) -> tuple[Floats, Floats, Floats]:
    """Return points to draw: all, or the means of cells where there are too many."""
    if len(x) <= _DRAWN:
        return x, y, value
    u, v = np.log(x), np.log(y) if log else y
    cells = [
        np.minimum((each - each.min()) / max(np.ptp(each), 1e-300) * _CELLS, _CELLS - 1).astype(int)
        for each in (u, v)
    ]
    _, cell, counts = np.unique(cells[0] * _CELLS + cells[1], return_inverse=True,
                                return_counts=True)  # fmt: skip
    u, v, mean = (np.bincount(cell, each) / counts for each in (u, v, value))
    return np.exp(u), np.exp(v) if log else v, mean


def _law(study: Study) -> Answer | None:
    first = study.reference
    return first if first.usable and first.kind == "law" else None


def plane(study: Study) -> Drawing:
    """Draw the runs in the plane of size and data, coloured by loss."""
    runs = study.runs
    x, y, loss = thinned(runs.params, runs.tokens, runs.loss)
    chart = svg.frame(x, y, log_x=True, log_y=True, height=470, legend=True)
    low, high = float(runs.loss.min()), float(runs.loss.max())
    edge = np.geomspace(chart.x.low, chart.x.high, 200)
    for flop, _ in study.seen.budgets[:_BUDGETS]:
        chart.line(list(edge), list(flop / (FLOP_PER_PARAM_TOKEN * edge)), style="dashed")
    best = _law(study)
    if best is not None:
        E, A, B, alpha, beta = (best.estimate[k] for k in ("E", "A", "B", "alpha", "beta"))
        with np.errstate(over="ignore", under="ignore"):  # far off, and outside the frame
            tokens = ParametricLaw(E, A, B, alpha, beta).optimum(params=edge).tokens
        chart.line(list(edge), list(tokens), svg.ORANGE)
    for n, d, value in zip(x, y, loss, strict=True):
        chart.point(n, d, svg.ramp((value - low) / (high - low) if high > low else 0.5))
    chart.axes("model size N, parameters", "training data D, tokens")
    chart.legend(chart.x.start, 16, "loss, nats per token", (num(low, 3), num(high, 3)))
    budgets = f" Dashed lines are the budgets, {len(study.seen.budgets)} of them" + (
        f", of which {_BUDGETS} are drawn." if len(study.seen.budgets) > _BUDGETS else "."
    )
    cells = " Each point is the mean of the runs in a cell." if len(x) < len(runs) else ""
    line = " The orange line is the optimum by the law as fitted." if best else ""
    return _drawing(
        "plane",
        chart,
        f"The {len(runs):,} runs: size, data and loss."
        + (budgets if study.seen.budgets else "") + line + cells,
        f"Scatter plot of {len(runs):,} runs: {format_quantity(float(runs.params.min()))} to "
        f"{format_quantity(float(runs.params.max()))} parameters, "
        f"{format_quantity(float(runs.tokens.min()))} to "
        f"{format_quantity(float(runs.tokens.max()))} tokens, loss {num(low, 3)} to "
        f"{num(high, 3)}.",
    )  # fmt: skip


def residuals(study: Study) -> Drawing | None:
    """Draw what the fit leaves, against compute."""
    first = study.reference
    if first.residuals is None or not np.isfinite(first.residuals).all():
        return None
    off = 100 * np.expm1(first.residuals)
    x, y, _ = thinned(study.flop, off, off, log=False)
    chart = svg.frame(x, [*y, 0.0], log_x=True)
    chart.line([chart.x.low, chart.x.high], [0.0, 0.0], style="thin")
    for c, value in zip(x, y, strict=True):
        chart.point(c, value, svg.BLUE)
    # Where all points are drawn, all runs were fitted, so that a row is a place.
    far = [row - 1 for row in study.outliers] if len(x) == len(off) else []
    for place in far:
        chart.ring(study.flop[place], off[place])
    chart.axes("compute C, FLOP", "observed over fitted loss, less 1, %")
    typical = float(np.median(np.abs(off)))
    ringed = f" The {len(far)} ringed are far from the fit." if far else ""
    return _drawing(
        "residuals",
        chart,
        f"What the fit leaves ({first.label}). Half of the runs lie within {num(typical, 2)}% of "
        f"it. A trend or a bend here says that the form is wrong.{ringed}",
        f"Scatter plot of residuals against compute, from {num(float(off.min()), 2)}% to "
        f"{num(float(off.max()), 2)}%.",
    )


def parabolas(study: Study) -> Drawing | None:
    """Draw the isoFLOP profiles."""
    found = study.answer("isoflop").detail
    if not isinstance(found, IsoflopFit):
        return None
    profiles = found.profiles
    used = np.flatnonzero(profiles.used)
    shown = used[np.unique(np.linspace(0, len(used) - 1, min(len(used), _BUDGETS)).astype(int))]
    on = np.isin(profiles.group, shown)
    chart = svg.frame(study.table.params[on], study.table.loss[on], log_x=True, legend=True)
    for place, k in enumerate(shown):
        colour = svg.ramp(place / max(len(shown) - 1, 1) * 0.999)
        rows = profiles.group == k
        sizes = np.geomspace(profiles.low[k], profiles.high[k], 60)
        chart.line(list(sizes), list(profiles.curve(int(k), sizes)), style="thin")
        x, y, _ = thinned(study.table.params[rows], study.table.loss[rows],
                          study.table.loss[rows], log=False)  # fmt: skip
        for n, value in zip(x, y, strict=True):
            chart.point(n, value, colour, 3)
        chart.point(profiles.params[k], profiles.loss[k], svg.ORANGE, 5, "diamond")
    chart.axes("model size N, parameters", "loss, nats per token")
    chart.legend(chart.x.start, 16, "budget, FLOP",
                 (sci(float(profiles.compute[shown[0]]), 1),
                  sci(float(profiles.compute[shown[-1]]), 1)))  # fmt: skip
    slope = found.allocation.a
    left_out = len(profiles.used) - len(used)
    return _drawing(
        "parabolas",
        chart,
        f"A parabola through the runs of each budget, and its minimum (orange). The minima move as "
        f"compute to the power {fix(slope, 3)}."
        + (f" {left_out} budgets without a usable minimum are left out." if left_out else "")
        + (f" {len(shown)} of {len(used)} budgets are drawn." if len(shown) < len(used) else ""),
        f"Loss against size on {len(shown)} budgets, with parabolas whose minima go from "
        f"{format_quantity(float(profiles.params[shown[0]]))} to "
        f"{format_quantity(float(profiles.params[shown[-1]]))} parameters.",
    )


def published() -> list[tuple[str, float]]:
    """Return the published exponents to compare with, by law."""
    found = []
    for name in PUBLISHED:
        law = registry.published[name]
        if isinstance(law, ParametricLaw | PowerAllocation):
            found.append((name, float(law.a)))
    return found


def exponents(study: Study) -> Drawing | None:
    """Draw the exponent by every method, with intervals, above the published ones."""
    ours = [each for each in study.answers if each.usable]
    if not ours:
        return None
    spans = {each.method: each.interval("a", LEVEL) for each in ours}
    theirs = published()
    low, high = -0.1, 1.1  # an interval may run off to nowhere; all that makes sense is inside
    values = [e.estimate["a"] for e in ours] + [a for _, a in theirs]
    values += [end for span in spans.values() if span for end in span]
    rows = len(ours) + len(theirs) + 1
    height = 26 * rows + 64
    chart = svg.frame(
        [min(max(v, low), high) for v in values], [0.0, rows], height=height, left=232
    )
    chart.y = svg.Scale(rows - 0.5, -0.5, height - 50, 8)
    chart.x = svg.Scale(max(chart.x.low, low), min(chart.x.high, high), 232, svg.WIDTH - 16)
    for row, each in enumerate(ours):
        up = chart.y(row)
        span, a = spans[each.method], each.estimate["a"]
        if span:
            ends = [min(max(end, chart.x.low), chart.x.high) for end in span]
            chart.line(ends, [row, row], svg.BLUE if each.kind != "form" else svg.PINK)
        if chart.x.low <= a <= chart.x.high:
            chart.point(a, row, svg.BLUE if each.kind != "form" else svg.PINK, 5)
        chart.text(224, up + 4, each.label, anchor="end", style="small")
    chart.text(224, chart.y(len(ours)) + 4, "Published:", anchor="end", style="small")
    for row, (name, a) in enumerate(theirs, start=len(ours) + 1):
        chart.point(a, row, svg.ORANGE, 4.5, "diamond")
        chart.text(224, chart.y(row) + 4, name, anchor="end", style="small")
    _value_axis(chart, "exponent a of the optimal size, N ~ C to the a")
    told = "; ".join(f"{each.label} {fix(each.estimate['a'], 3)}" for each in ours)
    with_spans = any(spans.values())
    return _drawing(
        "exponents",
        chart,
        "The exponent of the optimal size by every method"
        + (f", with {pct(LEVEL, 2)} intervals" if with_spans else "")
        + ". Methods of one law are blue, other forms purple, published values orange. "
        "The published values are of other data and, in part, of other ways of counting.",
        f"Exponent a by method: {told}. Published: "
        + "; ".join(f"{name} {num(a, 2)}" for name, a in theirs) + ".",
    )  # fmt: skip


def _value_axis(chart: svg.Chart, label: str) -> None:
    base = chart.height - 50
    chart.parts.append(
        f'<path d="M{chart.x.start:g} {base:g}H{chart.x.end:g}" class="axis"/>'
    )  # fmt: skip
    for value in chart.x.ticks():
        at = chart.x(value)
        chart.parts.append(f'<path d="M{at:.1f} {base:g}v5" class="axis"/>')
        chart.text(at, base + 19, svg.tick_label(value, False), anchor="middle")
    chart.text(chart.x.end, base + 40, label, anchor="end")


def next_plane(study: Study) -> Drawing | None:
    """Draw the next runs beside those at hand."""
    if not study.plans:
        return None
    return plan_plane(study, study.plans[0])


def plan_plane(study: Study, plan: Plan) -> Drawing:
    """Draw the runs of one plan beside those at hand."""
    x, y, _ = thinned(study.runs.params, study.runs.tokens, study.runs.loss)
    chart = svg.frame([*x, *plan.params], [*y, *plan.tokens], log_x=True, log_y=True)
    for n, d in zip(x, y, strict=True):
        chart.point(n, d, "#8a8f98", 2.5)
    places = grouped(plan)
    for n, d, _, numbers in places:
        chart.point(n, d, svg.ORANGE, 6, "diamond")
        right = chart.x(n) < svg.WIDTH - 90
        chart.text(chart.x(n) + (11 if right else -11), chart.y(d) + 5, _listed(numbers),
                   anchor="start" if right else "end")  # fmt: skip
    chart.axes("model size N, parameters", "training data D, tokens")
    return _drawing(
        "next",
        chart,
        f"The next runs that narrow the interval of {plan.quantity.kind} most (orange, numbered by "
        "what they gain), beside the runs at hand (grey).",
        f"Scatter plot of the runs at hand, with {len(plan.params)} next runs at "
        + "; ".join(
            f"{format_quantity(n)} parameters and {format_quantity(d)} tokens"
            for n, d, _, _ in places
        ) + ".",
    )  # fmt: skip


def grouped(plan: Plan) -> list[tuple[float, float, float, list[int]]]:
    """Return the different runs of a plan: size, data, FLOP and the numbers of the runs there."""
    found: dict[tuple[float, float, float], list[int]] = {}
    for number, key in enumerate(zip(plan.params, plan.tokens, plan.flop, strict=True), start=1):
        found.setdefault((float(key[0]), float(key[1]), float(key[2])), []).append(number)
    return [(*key, numbers) for key, numbers in found.items()]


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
