"""Figures and tables of the chapter on isoFLOP profiles that show made-up sweeps."""

from collections.abc import Mapping

import numpy as np

from scalebook.chapters.isoflop import sweep
from scalebook.chapters.isoflop.sweep import AHEAD, DRAWN, HALF_WIDTHS, LADDER, READINGS, Bias
from scalebook.chapters.parameter import Parameters
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, BROWN, GREEN, GREY, INK, ORANGE, VERMILION, Shown, Table
from scalebook.show.numbers import fix, pct, qty
from scalinglaws.fitting import parabola

#: Of the laws in order.
TINTS = (BLUE, VERMILION, BROWN, GREEN)


def construction(p: Parameters, biases: Mapping[str, Bias]) -> Shown:
    """Draw the errors of Approach 2 without noise: of the size, and of the exponent."""
    # As far as the first grid still has a width.
    widenings = np.geomspace(1, min(30, 0.9 * p.factor**2), 9)
    fig, axes = draw.new(1, 2, height=4.0, log="x")
    panels: list[draw.Series] = [{"sweep of this chapter": {"multiple": mark}} for mark in (p.factor, p.widening)]  # fmt: skip
    for (name, bias), colour in zip(biases.items(), TINTS, strict=True):
        spread, shift = np.exp(2 * HALF_WIDTHS), parabola.vertex_shift(bias.law.alpha, bias.law.beta, HALF_WIDTHS)  # fmt: skip
        panels[0][name] = {"multiple": spread, "error_percent": 100 * np.expm1(shift)}
        draw.line(axes[0], spread, 100 * np.expm1(shift), colour, label=name)
        for drift, text, style, width in ((0.0, name, "-", 1.8), (p.drift, f"{name}, drifting", ":", 1)):  # fmt: skip
            errors = [sweep.error_of_a(p, bias.law, drift, each) for each in widenings]
            panels[1][text] = {"multiple": widenings, "exponent_error": errors}
            draw.line(axes[1], widenings, errors, colour, linestyle=style, linewidth=width)
    titles = "same grid on every budget", "grid that widens"
    for ax, mark, title in zip(axes, (p.factor, p.widening), titles, strict=True):
        draw.hline(ax, 0, GREY)
        draw.vline(ax, mark, GREY, linestyle="--")
        ax.set_title(title, fontsize=10)
    data = {title: draw.stack(panel) for title, panel in zip(titles, panels, strict=True)}
    axes[0].set(xlabel="largest over smallest size", ylabel="error of the size (%)")
    axes[1].set(xlabel="last grid over first, in width", ylabel="error of the exponent a")
    draw.legend_above(fig, 2, axes[0])
    shifts = ", ".join(f"{fix(100 * bias.shift, 1)}% ({name})" for name, bias in biases.items())
    told = ", ".join(f"{fix(bias.error, 4)} for {name}" for name, bias in biases.items())
    drift = f"{p.drift:g}".replace("-", "−")
    return draw.show(fig, "fig-construction",
        f"Error of Approach 2 without noise. Left: a centred grid shifts all minima by one factor, at {p.factor:g}x (dashed) by {shifts}, and leaves a alone. Right: over {sweep.paper_budgets()[2]} budgets, a grid that becomes wider, {p.factor:g}x in the middle, gives a wrong a; dotted: it also drifts as C to the {drift}.",
        f"Two panels. Left, the error of the size against the width of the grid, largest for the most asymmetric law. Right, the error of the exponent against how much the grid widens; at {p.widening:g}x it is {told}.", data=draw.stack(data, by="panel"))  # fmt: skip


def cost(biases: Mapping[str, Bias]) -> Shown:
    """Draw the compute wasted when such a sweep is extrapolated."""
    fig, ax = draw.new(height=3.6)
    top, lowest = max(bias.lost[-1] for bias in biases.values()), -np.inf
    data: draw.Series = {}
    coloured = zip(biases.items(), TINTS, strict=True)
    for (name, bias), colour in sorted(coloured, key=lambda each: each[0][1].lost[-1]):
        draw.line(ax, AHEAD, bias.lost, colour)
        draw.hline(ax, bias.steady, colour, xmax=8 / 11.5, linestyle=":")
        data[name] = {"decades": AHEAD, "wasted_percent": bias.lost}
        data[f"{name}, same grid"] = {"wasted_percent": bias.steady}
        lowest = max(bias.lost[-1], lowest + 0.075 * top)
        draw.label(ax, 8, lowest, name, colour, shift=(5, 0), fontsize=9)
    ax.set(
        xlim=(0, 11.5),
        xticks=range(9),
        xlabel="decades of compute beyond the largest budget",
        ylabel="compute wasted (%)",
    )
    ranked = sorted((bias.cost, name) for name, bias in biases.items())
    told = ", ".join(f"{pct(share, 1)} ({name})" for share, name in ranked)
    return draw.show(fig, "fig-cost",
        f"Compute wasted when the sweep that widens and drifts is extrapolated without noise. Four decades on: {told}. Dotted: the same grid on every budget.",
        f"Compute wasted against decades of extrapolation for four laws; curves that rise where the grid widens and drifts, flat dotted lines near zero where it does not. After four decades: {told}.", data=draw.stack(data))  # fmt: skip


def envelope(found: sweep.Envelopes) -> Shown:
    """Draw made-up training curves with their envelope, and the sizes along it."""
    edge, law = found.edge, sweep.truth()
    best, curves = law.optimum(compute=READINGS).params, found.curves[:, ::5]
    data = {
        "curves": draw.stack({
            **{f"{qty(size, 2)} parameters": {"compute": READINGS[::5], "loss": losses, "params": size}
               for size, losses in zip(LADDER, curves, strict=True)},
            "envelope": {"compute": READINGS, "loss": edge.loss},
        }),
        "best size": draw.stack({
            "envelope": {"compute": READINGS, "params": edge.params},
            "true": {"compute": READINGS, "params": best},
        }),
    }  # fmt: skip
    fig, (left, right) = draw.new(1, 2, height=3.8, log="x")
    for k, losses in enumerate(curves):
        draw.line(left, READINGS[::5], losses, draw.SEQUENTIAL(k / (len(LADDER) - 1)), linewidth=1)
    draw.line(left, READINGS, edge.loss, VERMILION, "envelope", 900, (-12, -6), "right", linewidth=2)  # fmt: skip
    left.set_ylim(edge.loss.min() - 0.1, edge.loss.max() + 0.6)
    left.set_ylabel("loss (nats per token)")
    draw.line(right, READINGS, edge.params, VERMILION, "envelope", 750, (12, -8), linewidth=1.6)
    draw.line(right, READINGS, best, BLUE, "true", -1, (-8, 0), "right", linewidth=1.2, linestyle="--")  # fmt: skip
    draw.log_axis(right, "y")
    right.set_ylabel("best size (parameters)")
    for ax in (left, right):
        ax.set(xlabel="compute (FLOP)", xticks=[1e18, 1e20, 1e22])
    return draw.show(fig, "fig-envelope",
        f"The envelope of {len(LADDER)} made-up training curves. Where the smallest or the largest size wins, {pct(1 - edge.inside.mean())} of the readings, its slope is zero: with them a = {fix(float(edge.a), 3)}, without {fix(float(edge.a_inside), 3)}, in truth {fix(float(law.a), 3)}.",
        f"Left: {len(LADDER)} falling curves of loss against compute and their lower envelope. Right: the size on the envelope climbs in steps along the true line and stays flat at both ends.", data=draw.stack(data, by="panel"))  # fmt: skip


def envelope_errors(p: Parameters, found: sweep.Envelopes) -> Table:
    """List the errors of the envelope: too few sizes, saturated ends, luck of single runs."""
    a, lucky = float(sweep.truth().a), found.lucky
    slopes = {f"{count} sizes, readings inside": float(each.a_inside) for count, each in found.by_count.items()}  # fmt: skip
    slopes[f"{len(LADDER)} sizes, all readings"] = float(found.edge.a)
    rows = [[name, fix(slope, 4), fix(slope - a, 4)] for name, slope in slopes.items()]
    rows.append([f"{len(LADDER)} sizes, inside, each run off by {pct(p.noise)}", f"{fix(lucky.mean(), 4)} ± {fix(lucky.std(), 4)}", fix(lucky.mean() - a, 4)])  # fmt: skip
    return Table(["Approach 1 on made-up curves", "a", "error"], rows,
        f"Errors of the envelope: too few sizes, saturated ends, and luck of single runs (mean and standard deviation over {sweep.DRAWS} draws).")  # fmt: skip


def recovery(p: Parameters, made: sweep.Precision, real: sweep.Redrawn) -> Shown:
    """Draw the half-width of the interval of a against the number of runs."""
    lengths, (first, *_, last) = made.lengths, made.parabolas
    reach = np.array([100, 3e4, 2e6])
    narrowing = real.half_width * np.sqrt(real.reported / reach)
    data: draw.Series = {
        "Hoffmann's runs, Approach 3": {"count": DRAWN, "half_width": real.half_widths},
        "Hoffmann's runs, line": {"count": reach[::2], "half_width": narrowing[::2]},
        "printed interval, Approach 3": {
            "count": real.runs_original,
            "half_width": real.printed_half,
        },
        "wanted": {"half_width": p.wanted},
    }
    fig, ax = draw.new(height=4.6, log="xy")
    for noise, style in zip(made.parabolas, ("-", "--", ":"), strict=False):
        for name, widths, colour in (("Approach 2", made.parabolas, BLUE), ("surface", made.surface, ORANGE)):  # fmt: skip
            data[f"{name}, noise {pct(noise)}"] = {"count": lengths, "half_width": widths[noise]}
            draw.line(ax, lengths, widths[noise], colour, linestyle=style)
        draw.label(ax, lengths[0], made.parabolas[noise][0], pct(noise), BLUE, shift=(-6, 0), ha="right")  # fmt: skip
    ax.plot(DRAWN, real.half_widths, "o", color=VERMILION, markersize=5)
    ax.plot(reach[::2], narrowing[::2], color=VERMILION, linewidth=1)
    draw.point(ax, real.runs_original, real.printed_half, INK, "printed interval,\nApproach 3", (-8, -4), "right", "D")  # fmt: skip
    draw.label(ax, reach[1], narrowing[1], "Hoffmann's runs, Approach 3", VERMILION, shift=(4, 10), fontsize=9.5)  # fmt: skip
    ax.set_xlim(6, 4e6)
    draw.hline(ax, p.wanted, GREY, f"wanted: ±{p.wanted:g}", 4e6, (-2, 8), "right", linestyle="--")
    draw.label(ax, lengths[-1], made.parabolas[last][-1], "Approach 2", BLUE, fontsize=9.5, shift=(6, 6))  # fmt: skip
    draw.label(ax, lengths[-1], made.surface[first][-1], "surface", ORANGE, fontsize=9.5, shift=(6, -4))  # fmt: skip
    ax.set(xlabel="runs", ylabel=f"half-width of the {pct(p.level)} interval of a")
    needed = qty(real.runs_original, 2)
    return draw.show(fig, "fig-recovery",
        f"Half-width of the interval of a against the number of runs, for {'three' if len(made.parabolas) == 3 else 'two'} levels of noise (made-up runs) and for tables drawn from Hoffmann's runs, which narrow as the {fix(real.width_rate, 2)} power of their length. The interval printed in 2022 would need {needed} runs.",
        f"Falling straight lines on log axes. At {pct(last)} noise and {lengths[3]} runs the half-width is {fix(made.parabolas[last][3], 3)} for Approach 2 and {fix(made.surface[last][3], 3)} for the surface. Points from Hoffmann's runs lie on a line that reaches the printed interval near {needed} runs.", data=draw.stack(data))  # fmt: skip


def runs_needed(p: Parameters, made: sweep.Precision) -> Table:
    """List how many runs narrow the interval to the half-width wanted."""
    rows = []
    for noise in made.parabolas:
        needed = [qty(runs, 2) for runs in sweep.runs_wanted(p, made, noise)]
        widths = [fix(by_noise[noise][2], 4) for by_noise in (made.parabolas, made.surface)]
        rows.append([pct(noise), *needed, *widths, fix(made.simulated, 4) if noise == p.noise else ""])  # fmt: skip
    nine = sweep.paper_budgets()[2]
    return Table(["noise in the loss", f"runs for ±{p.wanted:g}, Approach 2", "surface", f"half-width at {made.lengths[2]} runs, Approach 2", "surface", "surface, simulated"], rows,
        f"Runs needed for a {pct(p.level)} interval of half-width {p.wanted:g}, if the law holds and the noise is independent; {nine} parabolas take {3 * nine} runs at the least. Simulated: {sweep.TRIED} fits.")  # fmt: skip
