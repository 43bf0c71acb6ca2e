"""The figures of a study."""

import re
from html import escape

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.ticker import MaxNLocator

from scalebook.report.study import LEVEL, Study
from scalebook.report.wording import groups, plural
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, GREY, INK, ORANGE, PURPLE, Shown
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import registry
from scalinglaws.fitting.isoflop import IsoflopFit
from scalinglaws.laws import ParametricLaw
from scalinglaws.units import FLOP_PER_PARAM_TOKEN, Floats

_DRAWN = 600  # points; of longer tables cells are drawn
_CELLS = 28
_BUDGETS = 8  # budgets whose parabolas are drawn
_CONSTANTS = ("E", "A", "B", "alpha", "beta")
_MARGIN = 1.3  # factor by which the axes of the plane reach beyond the runs

#: Published laws whose exponents are compared with, and who published them.
PUBLISHED = {
    "hoffmann2022": "Hoffmann et al. 2022, Approach 3",
    "besiroglu2024": "Besiroglu et al. 2024",
    "hoffmann2022-approach2": "Hoffmann et al. 2022, Approach 2",
    "llama3": "Grattafiori et al. 2024 (Llama 3)",
    "kaplan2020-allocation": "Kaplan et al. 2020",
}


def as_html(study: Study) -> dict[str, str]:
    """Return the figures that can be drawn as HTML, by name."""
    made = [make(study) for make in (plane, residuals, parabolas, exponents, next_plane)]
    return {each.name: _html(each) for each in made if each is not None}


def _html(shown: Shown) -> str:
    """Return a figure as SVG within HTML, whose names are its own on a page with others."""
    svg = draw.as_svg(shown.figure)
    svg = re.sub(r"<(metadata|style).*?</\1>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{shown.name}-", svg)
    told = f'<svg role="img" aria-label="{escape(shown.alt)}" stroke-linejoin="round"'
    return (
        f'<figure id="figure-{shown.name}">{svg.replace("<svg", told, 1).strip()}\n'
        f"<figcaption><p>{escape(shown.caption)}</p></figcaption></figure>"
    )


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


def plane(study: Study) -> Shown:
    """Draw the runs in the plane of size and data, coloured by loss."""
    runs, best = study.runs, study.reference
    params, tokens, loss = thinned(runs.params, runs.tokens, runs.loss)
    data = {"runs": {"params": params, "tokens": tokens, "loss": loss}}
    figure, axes = draw.new(height=4.2, log="xy")
    sizes = _frame(axes, runs.params, runs.tokens)
    for flop, _ in study.seen.budgets[:_BUDGETS]:
        axes.plot(sizes, flop / (FLOP_PER_PARAM_TOKEN * sizes), "--", color=GREY, linewidth=1)
    lawful = best.usable and best.kind == "law" and set(_CONSTANTS) <= set(best.estimate)
    if lawful:
        E, A, B, alpha, beta = (best.estimate[name] for name in _CONSTANTS)
        with np.errstate(all="ignore"):  # far off, and outside the frame
            tokens_at = ParametricLaw(E, A, B, alpha, beta).optimum(params=sizes).tokens
        optimum = {"params": sizes, "tokens": tokens_at}
        axes.plot(optimum["params"], optimum["tokens"], color=ORANGE)
        data["optimum by the law"] = optimum
    points = axes.scatter(params, tokens, c=loss, s=22, cmap=draw.SEQUENTIAL, linewidth=0)
    figure.colorbar(points, ax=axes, label="loss, nats per token")
    count = len(study.seen.budgets)
    caption = f"The {plural(len(runs), 'run')}: size, data and loss."
    if count:
        some = f", {_BUDGETS} of them drawn" * (count > _BUDGETS)
        caption += f" Dashed: {plural(count, 'budget')} of equal compute{some}."
    caption += " The orange line is the optimum by the law as fitted." * lawful
    caption += " Each point is the mean of the runs in a cell." * (len(params) < len(runs))
    ranges = [f"{qty(v.min())} to {qty(v.max())}" for v in (runs.params, runs.tokens)]
    alt = (
        f"Scatter plot of {plural(len(runs), 'run')}: {ranges[0]} parameters, {ranges[1]} tokens, "
        f"loss {num(runs.loss.min())} to {num(runs.loss.max())}."
    )
    return draw.show(figure, "plane", caption, alt, data=draw.stack(data))


def residuals(study: Study) -> Shown | None:
    """Draw what the fit leaves, against compute."""
    first = study.reference
    if first.residuals is None or not np.isfinite(first.residuals).all():
        return None
    off = 100 * np.expm1(first.residuals)
    compute, residual, _ = thinned(study.flop, off, off, log=False)
    figure, axes = draw.new(height=3.4, log="x")
    _reach(axes, "x", compute)
    axes.axhline(0, color=INK, linewidth=1)
    axes.plot(compute, residual, "o", color=BLUE, markersize=4)
    # Where all points are drawn, all runs were fitted, so that a row is a place.
    far = [row - 1 for row in study.outliers] if len(compute) == len(off) else []
    axes.plot(compute[far], residual[far], "o", color=INK, fillstyle="none", markersize=10)
    axes.set(xlabel="compute C, FLOP", ylabel="observed minus fitted loss, %")
    return draw.show(
        figure, "residuals",
        f"Residuals of the fit ({first.label}). Half of the runs lie within "
        f"{num(float(np.median(np.abs(off))), 2)}% of it. A trend or a bend here shows that the "
        "form is wrong." + " The ringed ones are far from the fit." * bool(far),
        f"Scatter plot of residuals against compute, from {num(off.min(), 2)}% to "
        f"{num(off.max(), 2)}%.",
        data={"compute": compute, "residual": residual},
    )  # fmt: skip


def parabolas(study: Study) -> Shown | None:
    """Draw the isoFLOP profiles."""
    found = study.answer("isoflop").detail
    if not isinstance(found, IsoflopFit):
        return None
    profiles, data = found.profiles, {}
    used = np.flatnonzero(profiles.used)
    shown = used[np.unique(np.linspace(0, len(used) - 1, min(len(used), _BUDGETS)).astype(int))]
    figure, axes = draw.new(height=4, log="x")
    ends = profiles.compute[shown[0]], profiles.compute[shown[-1]]
    colours = ScalarMappable(LogNorm(*ends), draw.SEQUENTIAL)
    _reach(axes, "x", study.table.params[np.isin(profiles.group, shown)])
    for k in shown:
        colour = colours.to_rgba(profiles.compute[k])
        sizes, rows = np.geomspace(profiles.low[k], profiles.high[k], 60), profiles.group == k
        loss = study.table.loss[rows]
        params, loss, _ = thinned(study.table.params[rows], loss, loss, log=False)
        axes.plot(sizes, profiles.curve(int(k), sizes), color=colour, linewidth=1.2)
        axes.plot(params, loss, "o", color=colour, markersize=4)
        data[sci(profiles.compute[k])] = {
            "kind": "run", "params": params, "loss": loss, "compute": profiles.compute[k]
        }  # fmt: skip
    minima = {
        "kind": "minimum", "params": profiles.params[shown], "loss": profiles.loss[shown],
        "compute": profiles.compute[shown],
    }  # fmt: skip
    axes.plot(minima["params"], minima["loss"], "D", color=ORANGE, markersize=6)
    bar = figure.colorbar(colours, ax=axes, label="budget, FLOP")
    draw.log_axis(bar.ax, "y")
    axes.set(xlabel="model size N, parameters", ylabel="loss, nats per token")
    left_out = len(profiles.used) - len(used)
    return draw.show(
        figure, "parabolas",
        "A parabola through the runs of each budget, and its minimum (orange). The minima grow "
        f"with compute to the power {fix(found.allocation.a, 3)}."
        + f" Left out: {plural(left_out, 'budget')} without a usable minimum." * bool(left_out)
        + f" {len(shown)} of {len(used)} budgets are drawn." * (len(shown) < len(used)),
        f"Loss against size on {len(shown)} budgets, with parabolas whose minima go from "
        f"{qty(profiles.params[shown[0]])} to {qty(profiles.params[shown[-1]])} parameters.",
        data=draw.stack(data | {"minima": minima}),
    )  # fmt: skip


def exponents(study: Study) -> Shown | None:
    """Draw the exponent by every method, with intervals, above the published ones."""
    ours = [each for each in study.answers if each.usable]
    if not ours:
        return None
    theirs = {words: float(registry.published[name].a) for name, words in PUBLISHED.items()}
    figure, axes = draw.new(height=0.27 * (len(ours) + len(theirs)) + 1.1)
    values = [each.estimate["a"] for each in ours]
    ends = np.array([each.interval("a", LEVEL) or (np.nan, np.nan) for each in ours])
    for row, (each, (low, high)) in enumerate(zip(ours, ends, strict=True)):
        colour = PURPLE if each.kind == "form" else BLUE
        axes.plot([low, high], [-row, -row], color=colour)
        axes.plot(values[row], -row, "o", color=colour, markersize=6)
    places = -len(ours) - np.arange(len(theirs))
    axes.plot(list(theirs.values()), places, "D", color=ORANGE, markersize=6)
    names = [*(each.label for each in ours), *theirs]
    axes.set_yticks(-np.arange(len(names)), names, fontsize=10.5)
    low, high = axes.get_xlim()
    axes.set_xlim(max(low, -0.1), min(high, 1.1))  # all that makes sense is inside
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel("exponent a of the optimal size")
    told = [f"{each.label} {fix(a, 3)}" for each, a in zip(ours, values, strict=True)]
    return draw.show(
        figure, "exponents",
        "The exponent of the optimal size by every method"
        + f", with {pct(LEVEL)} intervals" * bool(np.isfinite(ends).any())
        + ". Methods of one law are blue, other forms purple, published values orange. The "
        "published values are of other data, or other ways of counting, unless the runs are "
        "theirs.",
        f"Exponent a by method: {'; '.join(told)}. Published: "
        + "; ".join(f"{name} {num(a, 2)}" for name, a in theirs.items()) + ".",
        data=draw.stack({
            "fitted": {"kind": names[: len(ours)], "a": values, "a_low": ends[:, 0],
                       "a_high": ends[:, 1]},
            "published": {"kind": list(theirs), "a": list(theirs.values())},
        }),
    )  # fmt: skip


def next_plane(study: Study) -> Shown | None:
    """Draw the next runs beside those at hand."""
    if not study.plans:
        return None
    plan, runs = study.plans[0], study.runs
    params, tokens, _ = thinned(runs.params, runs.tokens, runs.loss)
    figure, axes = draw.new(height=4, log="xy")
    _frame(axes, np.append(runs.params, plan.params), np.append(runs.tokens, plan.tokens))
    axes.plot(params, tokens, "o", color=GREY, markersize=4)
    places = groups(plan)
    for order, _, n, d in places:
        draw.point(axes, n, d, ORANGE, order, marker="D", markersize=7)
    return draw.show(
        figure, "next",
        f"The next runs that narrow the interval of {plan.quantity.kind} most (orange, numbered in "
        "the order of the table), beside the runs at hand (grey).",
        f"Scatter plot of the runs at hand, with {plural(len(plan.params), 'next run')} at "
        + "; ".join(f"{qty(n)} parameters and {qty(d)} tokens" for *_, n, d in places) + ".",
        data=draw.stack({
            "runs": {"params": params, "tokens": tokens},
            "next runs": {"params": plan.params, "tokens": plan.tokens},
        }),
    )  # fmt: skip


def _frame(axes: Axes, params: Floats, tokens: Floats) -> Floats:
    """Fit the axes of a plane to runs, and return sizes across it."""
    _reach(axes, "x", params)
    _reach(axes, "y", tokens)
    axes.set(xlabel="model size N, parameters", ylabel="training data D, tokens")
    return np.geomspace(*axes.get_xlim(), 200)


def _reach(axes: Axes, which: str, values: Floats) -> None:
    """Fit a logarithmic axis to values, with more ticks than powers of ten where those are few.

    Before anything is drawn: Matplotlib complains of values that are nearly the same.
    """
    low, high = float(values.min()) / _MARGIN, float(values.max()) * _MARGIN
    getattr(axes, f"set_{which}lim")(low, high)
    if high / low < 50:
        powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))))
        steps = [m * 10.0**k for k in powers for m in (1, 2, 5)]
        ticks = steps if high / low > 5 else MaxNLocator(3).tick_values(low, high)
        inside = [tick for tick in ticks if low < tick < high]
        getattr(axes, f"set_{which}ticks")(inside, [sci(tick, 2) for tick in inside])
