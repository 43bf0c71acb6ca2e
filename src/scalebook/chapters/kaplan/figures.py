"""Figures and tables of the chapter on Kaplan et al."""

import numpy as np

from scalebook.chapters.common import printed
from scalebook.chapters.kaplan import checks, steps
from scalebook.chapters.kaplan.steps import Found, kaplan
from scalebook.chapters.parameter import Parameters
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Control, Slider
from scalebook.show.figures import Shown, Table
from scalebook.show.formula import Formula
from scalebook.show.numbers import fix, num, pct, qty, sci, significant
from scalebook.show.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION
from scalinglaws import registry
from scalinglaws.optimum import overtraining
from scalinglaws.registry import published_model
from scalinglaws.units import PF_DAY, Floats, training_flop

DASHED = (0, (4, 2))
COMPUTE, BEST_SIZE = "training compute (FLOP)", "parameters"
#: Ends of the axes of the first figure.
_LEAST, _MOST, _SMALLEST, _LARGEST = 1e16, 1e26, 3e5, 1e13
#: Models in the first figure, with where their names stand.
MODELS = {
    "GPT-3": ((7, -4), "left"),
    "Chinchilla": ((0, -12), "left"),
    "Llama 3.1 405B": ((14, 12), "right"),
}
#: The same in the figure that moves: factors of compute and size.
BESIDE = {"GPT-3": (1.7, 1.3), "Chinchilla": (1.5, 0.2), "Llama 3.1 405B": (1.8, 3.5)}
WAYS = {
    "kaplan": "Kaplan's way",
    "bare": "no embeddings, to the end",
    "early": "all counted, mid-schedule",
    "full": "all counted, to the end",
}
NAMES = {"params": "size N (parameters)", "batch": "batch B (tokens)", "steps": "steps S",
         "tokens": "data D (tokens)"}  # fmt: skip


def lead(p: Parameters, found: Found) -> Shown:
    """Draw the best size against compute: Kaplan's line, the sweeps since, and models."""
    laws, sweeps, law = found.laws, found.sweeps, steps.refit()
    at_one, a = float(laws.table6.params(PF_DAY)), float(laws.table6.a)
    ends = np.array([_LEAST, _MOST])
    measured = steps.AT_ONE * (kaplan("params_largest") / at_one) ** (1 / a)
    seen, beyond = np.array([_LEAST, measured]), np.array([measured, _MOST])

    def line(x: Floats, exponent: float = a) -> Floats:
        return at_one * (x / steps.AT_ONE) ** exponent

    fan = np.array([steps.AT_ONE, _MOST])
    low, high = (line(fan, end) for end in _ends(sweeps))
    refit = law.optimum(compute=ends).params
    models = {name: published_model(name) for name in MODELS}
    flop = {name: steps.six_nd(model) for name, model in models.items()}
    spent = published_model("GPT-3").flop
    asked = float(line(np.array(spent)))
    fig, ax = draw.new(height=4.4, log="xy")
    draw.band(ax, fan, low, high, GREEN)
    ax.plot(ends, refit, color=GREEN, linewidth=1.2)
    ax.plot(beyond, line(beyond), color=BLUE, linestyle=DASHED, linewidth=1.5)
    ax.plot(seen, line(seen), color=BLUE, linewidth=3)
    ax.plot(*sweeps.again, "D", color=ORANGE, markersize=4)
    ax.plot(*sweeps.since, "o", color=GREEN, markersize=4)
    for name, model in models.items():
        shift, side = MODELS[name]
        draw.point(
            ax, flop[name], model.params, INK, _short(name), shift, side, markersize=5, zorder=3
        )
    draw.point(ax, spent, asked, VERMILION, "Kaplan's best", (-8, 6), "right", zorder=3)
    draw.label(ax, 1e22, float(line(np.array(1e22))), "Kaplan (thick: measured)", BLUE, (-10, 4), ha="right")  # fmt: skip
    draw.label(ax, 1e22, float(line(np.array(1e22), min(_ends(sweeps)))), "sweeps since", GREEN, (8, -14))  # fmt: skip
    draw.label(ax, sweeps.again[0].min(), sweeps.again[1].min(), "Kaplan's experiment,\nmade again", ORANGE, (16, 4))  # fmt: skip
    ax.set(xlabel=COMPUTE, ylabel=BEST_SIZE, xlim=(_LEAST, _MOST), ylim=(_SMALLEST, _LARGEST))
    data = draw.stack({
        "Kaplan, measured": {"compute": seen, "params": line(seen)}, "Kaplan, extrapolated": {"compute": beyond, "params": line(beyond)},
        "Kaplan's best for GPT-3's compute": {"compute": spent, "params": asked},
        "Kaplan's experiment, made again": {"compute": sweeps.again[0], "params": sweeps.again[1]},
        "sweeps since": {"compute": sweeps.since[0], "params": sweeps.since[1]},
        "sweeps since, extrapolated": {"compute": fan, "params_low": low, "params_high": high},
        "Chinchilla refit": {"compute": ends, "params": refit},
        **{name: {"compute": flop[name], "params": model.params} for name, model in models.items()},
    })  # fmt: skip
    return draw.show(fig, "fig-kaplan-size",
        f"The best size for a budget. Kaplan's line (blue) and later sweeps meet near {sci(steps.AT_ONE, 1)} FLOP; beyond, the sweeps (band) part from Kaplan's slope of {fix(a)}. At GPT-3's compute Kaplan's line asks for {qty(asked)} parameters, the Chinchilla refit (solid green line) for {qty(float(law.optimum(compute=spent).params))}.",
        f"Best size against training compute on logarithmic axes. A steep line of slope {fix(a)} and a flatter band with points of sweeps cross near {sci(steps.AT_ONE, 1)} FLOP. Far to the right GPT-3 lies between the two, Chinchilla and Llama 3.1 405B on the flatter one. Points of the experiment made again follow a line steeper still.",
        data=data, control=_control(found))  # fmt: skip


def _short(model: str) -> str:
    return model.removesuffix(" 405B")


def _ends(sweeps: steps.Sweeps) -> tuple[float, float]:
    """Return the least and the greatest exponent of the sweeps that count all and run to the end."""
    full = sweeps.ways["full"].exponents
    return min(full), max(full)


def _between(ends: tuple[float, float]) -> str:
    return f"{fix(ends[0])} to {fix(ends[1])}"


def _control(found: Found) -> Control:
    """Let a reader choose a budget and an exponent."""
    laws, sweeps, law = found.laws, found.sweeps, steps.refit()
    at_one, a = float(laws.table6.params(PF_DAY)), float(laws.table6.a)
    there = float(law.optimum(compute=steps.AT_ONE).params)
    alpha, beta = float(law.alpha), float(law.beta)
    models = [(steps.six_nd(model), model.params) for model in map(published_model, MODELS)]
    ends = np.array([_LEAST, _MOST])
    fan = np.array([steps.AT_ONE, _MOST])
    low, high = (at_one * (fan / steps.AT_ONE) ** end for end in _ends(sweeps))
    start = {"x": "C", "y": "size", "x2": repr(float(steps.AT_ONE)), "y2": repr(at_one)}
    rule = {
        "data": {"values": [{}]}, "mark": {"type": "rule", "color": VERMILION, "strokeWidth": 2, "clip": True},
        "transform": [{"calculate": how, "as": name} for name, how in start.items()],
        "encoding": {name: {"field": name} for name in start},
    }  # fmt: skip
    model = control_.text("With {C:sci} FLOP this exponent asks for {size:amount} parameters on {D:amount} tokens, {ratio:num} a parameter. ")  # fmt: skip
    about = control_.text("That is about the best by the Chinchilla refit, {best:amount}.")  # fmt: skip
    off = control_.text("The Chinchilla refit asks for {best:amount}; by it {lost:percent} of the compute is wasted.")  # fmt: skip
    near = "k > 0.67 && k < 1.5"
    return Control(
        (Slider("C", "Training compute", 1e18, _MOST, published_model("GPT-3").flop, "FLOP", style="sci"),
         Slider("a", "Exponent of size", 0.3, 0.9, a, style="fix")),
        {"size": Formula(steps.scaled, {"compute": "C", "exponent": "a", "size": at_one, "reference": steps.AT_ONE}),
         "best": Formula(steps.scaled, {"compute": "C", "exponent": float(law.a), "size": there, "reference": steps.AT_ONE}),
         "D": Formula(steps.tokens_of, {"compute": "C", "size": "size"}),
         "ratio": Formula(steps.ratio_of, {"tokens": "D", "size": "size"}),
         "k": Formula(steps.degree_of, {"size": "size", "best": "best"}),
         "m": Formula(overtraining.penalty, {"ratio": "k", "alpha": alpha, "beta": beta}),
         "lost": Formula(steps.wasted, {"lost": "m"})},
        f"{model} + {control_.either(near, about, off)}",
        [control_.band({"x": fan, "low": low, "high": high}, GREEN),
         control_.curve({"x": ends, "y": at_one * (ends / steps.AT_ONE) ** a}, BLUE, dash=True),
         control_.curve({"x": ends, "y": law.optimum(compute=ends).params}, GREEN),
         control_.dots(dict(zip("xy", sweeps.since, strict=True)), GREEN), control_.dots(dict(zip("xy", sweeps.again, strict=True)), ORANGE, "diamond"),
         control_.dots(dict(zip("xy", zip(*models, strict=True), strict=True)), INK),
         rule, control_.marker("C", "size", VERMILION), control_.marker("C", "best", GREEN),
         control_.name(8e25, 4e6, "◆ Kaplan's way, repeated", ORANGE, "right"), control_.name(8e25, 1.1e6, "● sweeps since", GREEN, "right"),
         control_.name(8e25, 1.5e7, "Kaplan's line", BLUE, "right"), control_.name(8e25, 5.3e7, "the exponent chosen", VERMILION, "right"),
         *(control_.name(flop * BESIDE[name][0], size * BESIDE[name][1], _short(name), INK, MODELS[name][1]) for (flop, size), name in zip(models, MODELS, strict=True))],
        control_.axis(COMPUTE, _LEAST, _MOST, labels="power", ticks=[10.0**n for n in range(16, 27, 2)]),
        control_.axis(BEST_SIZE, _SMALLEST, _LARGEST, labels="amount", ticks=[1e6, 1e8, 1e10, 1e12]),
        height=300,
    )  # fmt: skip


def ways(p: Parameters, found: Found) -> Table:
    """List the exponents of public sweeps by how they were made and counted."""
    rows = []
    for name, words in WAYS.items():
        way = found.sweeps.ways[name]
        ends = min(way.exponents), max(way.exponents)
        grows = [num(10**end, 2) for end in ends]
        one = fix(ends[0]) == fix(ends[1])
        rows.append([words, f"{len(way.exponents)} ({way.laboratories})", fix(ends[0]) if one else _between(ends),
                     f"{grows[0]}×" if one or grows[0] == grows[1] else f"{grows[0]} to {grows[1]}×"])  # fmt: skip
    rows.append(["Kaplan's Table 6", "—", fix(float(found.laws.table6.a)), f"{num(10 ** float(found.laws.table6.a), 2)}×"])  # fmt: skip
    return Table(["counted and trained", "suites (labs)", "exponent", "model"], rows,
        "How the best size grows, by the lowest loss of each budget: the exponent of compute, and the model for ten times the compute, in public suites by how they were made. Kaplan's way leaves embeddings out and reads losses in mid-schedule.")  # fmt: skip


def five_laws(p: Parameters, found: Found) -> Shown:
    """Draw loss against size, data and compute."""
    laws, losses, gpt3 = found.laws, found.losses, published_model("GPT-3")
    fig, panels_ = draw.new(1, 3, height=3.1, log="xy", sharey=True)
    spent, seen = gpt3.flop / PF_DAY, checks.gpt3_loss()
    budgets = [
        10 ** printed(f"pearce2024.flop.log10_{end}") / PF_DAY for end in ("smallest", "largest")
    ]
    panels = {}
    for ax, panel, key, law, unit, ends, ticks, most, measured, colour in (
        (panels_[0], "Size", "params", laws.params, 1, (1e2, 1e13), (1e4, 1e7, 1e10), gpt3.params, [kaplan("params_smallest"), kaplan("params_largest")], BLUE),
        (panels_[1], "Data", "tokens", laws.tokens, 1, (1e6, 1e13), (1e8, 1e10, 1e12), gpt3.tokens, [kaplan("tokens_smallest"), kaplan("webtext2.tokens")], GREEN),
        (panels_[2], "Compute", "pf_days", laws.compute_min, PF_DAY, (1e-9, 1e6), (1e-6, 1e-2, 1e2), spent, budgets, PURPLE),
    ):  # fmt: skip
        x, inside = np.array(ends), np.array(measured)
        ax.plot(x, law.loss(x * unit), color=colour, linestyle=DASHED, linewidth=1.2)
        ax.plot(inside, law.loss(inside * unit), color=colour, linewidth=3)
        draw.point(ax, most, seen, VERMILION, "GPT-3", (-6, -9), "right")
        panels[panel] = draw.stack({
            "law": {key: x, "loss": law.loss(x * unit)}, "law, where measured": {key: inside, "loss": law.loss(inside * unit)},
            "GPT-3": {key: most, "loss": seen},
        })  # fmt: skip
        ax.set(title=panel, xlim=ends)
        ax.set_xticks(ticks)
        ax.set(ylim=(1.3, 7))
        ax.set_yticks([1.5, 2, 3, 4, 6], ["1.5", "2", "3", "4", "6"])
        ax.minorticks_off()
    panels_[0].set(xlabel="parameters N", ylabel="loss (nats per token)")
    panels_[1].set(xlabel="tokens D")
    panels_[2].set(xlabel="PF-days")
    lost = seen / losses["brown"] - 1
    return draw.show(fig, "fig-kaplan-laws",
        f"Kaplan's three laws (thick: where measured) and GPT-3. It is {num(gpt3.params / kaplan('params_largest'), 2)} times larger than Kaplan's largest model; its loss (read off a figure, on another corpus) lies {'above' if lost > 0 else 'below'} the line of its own paper.",
        "Three panels with logarithmic axes. Loss falls along straight lines with size, with data and with compute; thick parts are where Kaplan et al. measured. GPT-3 lies to the right of all of them, near the lines for data and compute and above the one for size.",
        data=draw.stack(panels, "panel"))  # fmt: skip


def allocation(p: Parameters, found: Found) -> Table:
    """List the best allocation by Table 6, and what more compute buys."""
    powers, at_one = steps.measured("exponent"), steps.measured("prefactor")
    rows = [[text, sci(at_one[name], 2), fix(powers[name]), f"{num(p.growth ** powers[name])} x"]
            for name, text in NAMES.items()]  # fmt: skip
    return Table(["", "at one PF-day", "power of C<sub>min</sub>", f"for {qty(p.growth)} times the compute"], rows,
        "The best allocation of compute by Kaplan et al. 2020, Table 6, and what more compute buys.")  # fmt: skip


def exponents(p: Parameters, found: Found) -> Table:
    """Set the exponents of the best allocation as measured against those derived."""
    laws, derived = found.laws, found.derived
    powers = steps.measured("exponent")
    elsewhere = {
        "params": f"{fix(kaplan('optimum_eq6.5.params.exponent'))} (Eq 6.5)",
        "tokens": f"{fix(kaplan('optimum_eq6.7.tokens.exponent'))} (Eq 6.7)",
    }
    losses = (f"{fix(kaplan(f'alpha_C_min.eq{eq}'), 3)} (Eq {eq})" for eq in ("6.4", "B.7"))
    rows = [["loss", fix(float(laws.compute_min.exponent), 3), ", ".join(losses), fix(derived.loss, 4)]]  # fmt: skip
    rows += [[text.split()[0], fix(powers[name]), elsewhere.get(name, ""), fix(getattr(derived, name), 3)]
             for name, text in NAMES.items()]  # fmt: skip
    return Table(["exponent of C<sub>min</sub>", "measured", "printed elsewhere", "derived here"], rows,
        "The exponents of the best allocation, as measured (Eq 1.3 and Table 6), as printed elsewhere in the paper, and as derived from its printed exponents of size, batch and steps.")  # fmt: skip


def reported(p: Parameters, found: Found) -> Shown:
    """Draw reported compute over 6ND, model by model."""
    ratios = found.counted.reported
    names = [*reversed(ratios)]
    fig, ax = draw.new(height=3.3)
    for row, name in enumerate(names):
        colour = PURPLE if name == "LaMDA" else ORANGE if "Gopher" in name else BLUE
        ax.plot([1, ratios[name]], [row, row], color=colour, linewidth=1.2)
        draw.point(ax, ratios[name], row, colour)
        draw.label(ax, ratios[name], row, fix(ratios[name]), INK, (8, 0))
    draw.vline(ax, 1, GREY)
    draw.rows(ax, names)
    ax.set(xlabel="compute as reported / 6ND", xlim=(0.9, 2.85))
    most = max(abs(ratios[name] - 1) for name in steps.AGREEING)
    return draw.show(fig, "fig-kaplan-6nd",
        f"Reported training compute over $6ND$. Four models agree within about {pct(most, 1)}, as they must where a paper computed its figure by the formula. Gopher's own counts are up to {fix(max(ratios['Gopher, text'], ratios['Gopher, App. F']))} times it. LaMDA's {fix(ratios['LaMDA'])} is a conflict between two papers about its data.",
        "Dot plot of seven ratios. GPT-3, Chinchilla, PaLM and Llama 3.1 lie at one; Gopher lies somewhat above one by either of two counts; LaMDA lies far above two.",
        data={"row": [*ratios], "multiple": [*ratios.values()]})  # fmt: skip


def joint(p: Parameters, found: Found) -> Table:
    """List the terms of the joint law and the losses, by both sets of constants."""
    laws, both = found.laws, (found.table2, found.eqs)
    named = {
        "size term in the bracket": "size", "data term in the bracket": "data",
        "size term / data term": "ratio", "loss L(N, D)": "loss",
        "with unlimited data, L(N, ∞)": "loss_size", "with unlimited size, L(∞, D)": "loss_data",
    }  # fmt: skip
    rows = [[text, *((num if name in ("size", "data") else fix)(getattr(terms, name)) for terms in both)]
            for text, name in named.items()]  # fmt: skip
    rows.append(["α<sub>N</sub>/α<sub>D</sub>", *(fix(float(law.tokens_exponent)) for law in (laws.table2, laws.eqs))])  # fmt: skip
    return Table(["", "Table 2", "Eqs 1.1, 1.2"], rows,
        f"Kaplan's joint law at {qty(p.params)} parameters and {qty(p.tokens)} tokens, with two sets of its constants; losses in nats per token.")  # fmt: skip


def gopher(p: Parameters, found: Found) -> Table:
    """List Gopher's compute by several counts, over Chinchilla's."""
    counts = found.gopher
    names = {"6nd": "6ND", "text": "text", "appendix": "Appendix F",
             "chosen": "chosen (parameter gopher_flop)", "6nd_380": "6ND with 380B"}  # fmt: skip
    ratios, same = steps.over_chinchilla(counts), counts["chosen"] == counts["text"]
    rows = [[text, sci(counts[name]), fix(ratios[name])]
            for name, text in names.items() if name != "chosen" or not same]  # fmt: skip
    return Table(["Gopher's compute", "FLOP", "over Chinchilla's 6ND"], rows,
                 "Gopher's training compute by several counts, over Chinchilla's.")  # fmt: skip


def crossing(p: Parameters, found: Found) -> Shown:
    """Draw where the promise of compute meets what the data allow."""
    laws, crossings = found.laws, found.crossings
    star, ends = steps.printed_star(), registry.printed("kaplan2020.crossing.compute")
    x = np.logspace(0, 7, 200)
    table6, eq67 = (laws.tokens.loss(data.tokens(x * PF_DAY)) for data in (laws.table6, laws.eq67))
    drawn = {}
    fig, ax = draw.new(height=4.3, log="x")
    for loss, text, colour, line, at, shift, side in (
        (laws.compute_min.loss(x * PF_DAY), "promised by compute", PURPLE, "-", 0, (16, 8), "left"),
        (table6, "data of Table 6", GREEN, "-", -1, (0, 28), "right"),
        (eq67, "data of Eq 6.7", GREEN, DASHED, 0, (2, -36), "left"),
    ):  # fmt: skip
        ax.plot(x, loss, color=colour, linestyle=line)
        draw.label(ax, x[at], loss[at], text, INK, shift, ha=side)
        drawn[text] = {"pf_days": x, "loss": loss}
    met = {"pf_days": [float(each.compute) / PF_DAY for each in crossings], "loss": [float(each.loss) for each in crossings]}  # fmt: skip
    for days, loss, shift in zip(*met.values(), ((7, 14), (-30, -14)), strict=True):
        draw.point(ax, days, loss, INK, fix(loss), shift, zorder=3)
    ax.plot([ends.low, ends.high], [star["loss"]] * 2, color=VERMILION, linewidth=1.2)
    draw.point(ax, star["compute"], star["loss"], VERMILION, marker="D", zorder=3)
    draw.label(ax, ends.high, star["loss"], "as printed", VERMILION, (5, 0))
    ax.set(xlabel="compute Cₘᵢₙ (PF-days)", ylabel="loss (nats per token)", ylim=(1.15, 2.8))
    near, far = (f"{sci(days, 2)} PF-days and {fix(loss)} nats" for days, loss in zip(*met.values(), strict=True))  # fmt: skip
    as_printed = {"pf_days": star["compute"], "pf_days_low": ends.low, "pf_days_high": ends.high, "loss": star["loss"]}  # fmt: skip
    return draw.show(fig, "fig-kaplan-crossing",
        f"Where the promise of compute meets what the data allow: {near} with the data of Table 6, near the printed point; {far} with those of Equation 6.7.",
        "Loss against compute. A steep line, promised by compute, crosses a flatter one, allowed by data, near ten thousand PF-days, and a second flatter line lower down, near a hundred thousand.",
        data=draw.stack({**drawn, "crossing": met, "as printed": as_printed}))  # fmt: skip


def sensitivity(p: Parameters, found: Found) -> Shown:
    """Draw how far the crossing moves within rounding, and with other printed values."""
    ends, moved = registry.printed("kaplan2020.crossing.compute"), found.moved
    here = float(found.crossings[0].compute) / PF_DAY
    fig, ax = draw.new(height=4.2, log="x")
    draw.shade(ax, ends.low, ends.high, alpha=0.15)
    draw.vline(ax, here, GREY)
    for row, values in enumerate(reversed(moved.values())):
        if len(values) == 2:
            draw.bar(ax, values, row, BLUE, alpha=1)
        else:
            draw.point(ax, values[0], row, VERMILION)
    draw.rows(ax, [*reversed(moved)])
    ax.set(xlabel="C* (PF-days)", xlim=(5e2, 2e6))
    single = {name: values[0] for name, values in moved.items() if len(values) == 1}
    rounded = {name: values for name, values in moved.items() if len(values) == 2}
    draw.label(ax, ends.high, len(moved) - 1, "rounding", BLUE, (8, 0))
    draw.label(ax, ends.high, len(single) - 1, "another\nprinted value", VERMILION, (8, 0))
    three, six = (moved[name][1] / moved[name][0] for name in (steps.THREE, steps.SIX))
    return draw.show(fig, "fig-kaplan-sensitivity",
        f"How far $C^*$ moves from {sci(here, 2)} PF-days. Blue: constants of Table 6 and Eqs 1.2 and 1.3 moved by half a unit in their last digit; together the exponents span a factor of {num(three, 2)}, all six constants {num(six, 2)}. Orange: other values printed in the same paper. Shaded: the tenfold either way that the authors allow.",
        "Ten rows on a logarithmic axis of compute. Rounding of single exponents moves the crossing little, all six constants over more than an order of magnitude. The other printed values move it up, two of them together the farthest.",
        data=draw.stack({
            "rounding": {"row": [*rounded], "pf_days_low": [low for low, _ in rounded.values()], "pf_days_high": [high for _, high in rounded.values()]},
            "another printed value": {"row": [*single], "pf_days": [*single.values()]},
            "recomputed": {"pf_days": here},
            "as printed, tenfold either way": {"pf_days_low": ends.low, "pf_days_high": ends.high},
        }))  # fmt: skip


def compared(p: Parameters, f: Found) -> Table:
    """Set published figures against recomputed ones."""
    laws, derived, cross, star = f.laws, f.derived, f.crossings[0], steps.printed_star()
    powers, prefactor = steps.measured("exponent"), steps.tokens_prefactors(laws)["2C_6N"]
    over, batch = kaplan("overfitting.exponent"), float(laws.compute_min.exponent) / kaplan("alpha_B")  # fmt: skip
    table2, eqs = (float(law.tokens_exponent) for law in (laws.table2, laws.eqs))
    spent = float(training_flop(printed("brown2020.params"), published_model("GPT-3").tokens))
    rows = [
        ("PF-day, FLOP (Section 1.3)", kaplan("pf_day"), PF_DAY, sci),
        ("loss after doubling N (Section 1.2)", kaplan("doubling.loss_factor"), float(laws.params.loss(2) / laws.params.loss(1)), num),
        ("α<sub>N</sub>/α<sub>D</sub> (Eq 4.4), from Table 2", over, table2, num),
        ("the same, from Eqs 1.1 and 1.2", over, eqs, num),
        ("data for 8 times the size, x (Section 1.1)", kaplan("overfitting.tokens_factor"), kaplan("overfitting.params_factor") ** table2, num),
        ("data against C<sub>min</sub> (Eq 6.6)", kaplan("overfitting.compute_exponent"), over * laws.table6.a, num),
        ("α<sub>C</sub><sup>min</sup> (Eq B.7)", kaplan("alpha_C_min.eqB.7"), derived.loss, num),
        ("α<sub>C</sub><sup>min</sup> (Eq 6.4)", kaplan("alpha_C_min.eq6.4"), derived.loss, num),
        ("exponent of N (Eq 6.5)", kaplan("optimum_eq6.5.params.exponent"), derived.params, num),
        ("exponent of B (Table 6)", powers["batch"], batch, num),
        ("exponent of S (Table 6)", powers["steps"], 1 - powers["params"] - powers["batch"], num),
        ("exponent of D (Table 6)", powers["tokens"], powers["batch"] + powers["steps"], num),
        ("prefactor of D (Table 6)", float(laws.table6.tokens(PF_DAY)), prefactor, sci),
        ("prefactor of D (Eq 6.7)", float(laws.eq67.tokens(PF_DAY)), prefactor, sci),
        ("exponent of L(D(C<sub>min</sub>)) (Section 6.3)", kaplan("data_limited.exponent"), float(laws.tokens.exponent * laws.table6.b), num),
        ("C*, PF-days (Eq 6.8)", star["compute"], float(cross.compute) / PF_DAY, sci),
        ("N* (Eq 6.8)", star["params"], float(cross.params), sci), ("D* (Eq 6.8)", star["tokens"], float(cross.tokens), sci),
        ("L* (Eq 6.8)", star["loss"], float(cross.loss), num),
        ("GPT-3, FLOP (Brown, Table D.1)", printed("brown2020.flop"), spent, sci),
        ("GPT-3, PF-days (Brown, Table D.1)", printed("brown2020.pf_days"), spent / PF_DAY, num),
        ("LaMDA, FLOP (Thoppilan)", published_model("LaMDA (own paper)").flop, f.counted.lamda_flop_counted, sci),
    ]  # fmt: skip
    return draw.compared(
        ((name, said, found, _as_printed, form) for name, said, found, form in rows), signed=True,
        caption="Printed values and what follows from other printed values. Crossing point: with Table 6")  # fmt: skip


def _as_printed(value: float) -> str:
    return f"{value:,g}" if 1e-3 < value < 1e4 else sci(value, significant(value))
