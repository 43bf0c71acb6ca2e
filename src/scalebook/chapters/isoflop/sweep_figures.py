"""What a parabola gets wrong without noise, drawn."""

from collections.abc import Mapping

import numpy as np

from scalebook.chapters.isoflop import sweep
from scalebook.chapters.isoflop.sweep import HALF_WIDTHS, Bias
from scalebook.chapters.parameter import Parameters
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, BROWN, GREEN, GREY, VERMILION, Shown
from scalebook.show.numbers import fix
from scalinglaws.fitting import parabola

#: Of the laws in order.
TINTS = (BLUE, VERMILION, BROWN, GREEN)


def construction(p: Parameters, biases: Mapping[str, Bias]) -> Shown:
    """Draw the errors of Approach 2 without noise: of the size, and of the exponent."""
    # As far as the first grid still has a width.
    widenings = np.geomspace(1, min(30, 0.9 * p.factor**2), 9)
    fig, axes = draw.new(1, 2, height=4.0, log="x")
    panels: list[draw.Series] = [{"as the parameters have it": {"multiple": mark}} for mark in (p.factor, p.widening)]  # fmt: skip
    for (name, bias), colour in zip(biases.items(), TINTS, strict=True):
        spread, shift = np.exp(2 * HALF_WIDTHS), parabola.vertex_shift(bias.law.alpha, bias.law.beta, HALF_WIDTHS)  # fmt: skip
        off, errors = 100 * np.expm1(shift), [sweep.error_of_a(p, bias.law, each) for each in widenings]  # fmt: skip
        panels[0][name] = {"multiple": spread, "error_percent": off}
        panels[1][name] = {"multiple": widenings, "exponent_error": errors}
        draw.line(axes[0], spread, off, colour, label=name)
        draw.line(axes[1], widenings, errors, colour)
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
    told = ", ".join(f"{fix(bias.error, 4)} ({name})" for name, bias in biases.items())
    return draw.show(fig, "fig-construction",
        f"Error of Approach 2 without noise. Left: a centred grid shifts all minima by one factor, at {p.factor:g}x (dashed) by {shifts}, and leaves a alone. Right: over {sweep.paper_budgets()[2]} budgets, a grid that becomes wider, {p.factor:g}x in the middle, gives a wrong a.",
        f"Two panels. Left, the error of the size against the width of the grid, largest for the most asymmetric law. Right, the error of the exponent against how much the grid widens; at {p.widening:g}x it is {told}.", data=draw.stack(data, by="panel"))  # fmt: skip
