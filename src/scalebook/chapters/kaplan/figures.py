"""Figures and tables of the chapter on Kaplan et al."""

import numpy as np
from matplotlib.ticker import LogLocator

from scalebook.chapters.common import printed
from scalebook.chapters.kaplan import steps
from scalebook.chapters.kaplan.steps import Found, Laws, Terms, kaplan
from scalebook.chapters.parameter import Parameters
from scalebook.show import figures as draw
from scalebook.show.figures import Shown, Table
from scalebook.show.numbers import fix, num, pct, qty, sci, significant
from scalebook.show.palette import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION
from scalinglaws import registry
from scalinglaws.optimum.frontier import Crossing, FrontierExponents
from scalinglaws.registry import published_model
from scalinglaws.units import PF_DAY, training_flop

DASHED = (0, (4, 2))
NAMES = {"params": "size N (parameters)", "batch": "batch B (tokens)", "steps": "steps S",
         "tokens": "data D (tokens)"}  # fmt: skip


def five_laws(laws: Laws, losses: dict[str, float]) -> Shown:
    """Draw loss against size, data, compute, and both size and data."""
    gpt3 = published_model("GPT-3")
    fig, ((size, data), (cost, both)) = draw.new(2, 2, height=6.0, log="x", sharey=True)
    largest, corpus = kaplan("params_largest"), kaplan("webtext2.tokens")
    panels = {}
    for ax, panel, key, law, x, most, colour, shift in (
        (size, "Size", "params", laws.params, np.logspace(2, 12, 400), largest, BLUE, (2, -13)),
        (data, "Data", "tokens", laws.tokens, np.logspace(6.5, 13, 400), corpus, GREEN, (-4, -13)),
    ):
        inside, name = x[(x >= kaplan(f"{key}_smallest")) & (x <= most)], f"GPT-3's {panel.lower()}"
        at, loss = getattr(gpt3, key), losses[key]
        ax.plot(x, law.loss(x), color=colour, linestyle=DASHED, linewidth=1.2)
        ax.plot(inside, law.loss(inside), color=colour, linewidth=3)
        draw.point(ax, at, loss, colour, name, shift, ha="right")
        panels[panel] = draw.stack({
            "law": {key: x, "loss": law.loss(x)}, name: {key: at, "loss": loss},
            "law, where measured": {key: inside, "loss": law.loss(inside)},
        })  # fmt: skip
    draw.label(size, 1e6, float(laws.params.loss(1e6)), "measured", BLUE, (7, 7))
    x = np.logspace(-8, 5, 400)
    curves = {}
    for law, name, colour, at, shift in (
        (laws.compute_min, "L(Cₘᵢₙ)", PURPLE, 1e-6, (-22, -24)), (laws.compute, "L(C)", GREY, 1e-3, (2, 12)),
    ):  # fmt: skip
        curves[name] = {"pf_days": x, "loss": law.loss(x * PF_DAY)}
        cost.plot(*curves[name].values(), color=colour)
        draw.label(cost, at, float(law.loss(at * PF_DAY)), name, colour, shift)
    late, spent = x[x > 1e-4], gpt3.flop / PF_DAY
    curves["GPT-3's line"] = {"pf_days": late, "loss": steps.brown_loss(late)}
    cost.plot(*curves["GPT-3's line"].values(), color=VERMILION, linestyle=(0, (1, 1)))
    draw.point(cost, spent, losses["brown"], VERMILION, "GPT-3's line", (-2, -15), "right")
    panels["Compute"] = draw.stack({**curves, "GPT-3": {"pf_days": spent, "loss": losses["brown"]}})
    x, curves = np.logspace(6.5, 13, 400), {}
    for each, shade in ((1e6, 0.7), (1e8, 0.8), (1e10, 0.9), (1e12, 1)):
        curve, name = laws.table2.loss(each, x), qty(each)
        draw.line(both, x, curve, ORANGE, alpha=shade)
        draw.label(both, x[-1], curve[-1], name, INK, (3, 0))
        curves[name] = {"params": np.full(len(x), each), "tokens": x, "loss": curve}
    panels["Both"] = draw.stack(curves)
    size.set(title="Size", xlabel="parameters N", ylabel="loss (nats per token)")
    data.set(title="Data", xlabel="tokens D")
    cost.set(title="Compute", xlabel="compute (PF-days)", ylabel="loss (nats per token)")
    both.set(title="Both, for four sizes N", xlabel="tokens D", xlim=(10**6.5, 10**14.6))
    for ax in (size, data, cost, both):
        ax.xaxis.set_major_locator(LogLocator(base=10, numticks=5))
        ax.set(yscale="log", ylim=(1.3, 7))
        ax.set_yticks([1.5, 2, 3, 4, 6], ["1.5", "2", "3", "4", "6"])
        ax.minorticks_off()
    return draw.show(fig, "fig-kaplan-laws",
        f"The laws of Kaplan et al. 2020 put GPT-3 outside all they had seen. Thick: the range they measured. GPT-3 is {num(gpt3.params / largest, 2)} times larger than their largest model and saw {num(gpt3.tokens / corpus, 2)} times more tokens than their corpus had. "
        f"On the line drawn for GPT-3 itself its compute means a loss of {fix(losses['brown'])}; $L(C_{{\\min}})$ says {fix(losses['compute_min'])}, $L(C)$ {fix(losses['compute'])}.",
        "Four panels with logarithmic axes. Loss falls along straight lines with size, with data and with compute. In the fourth panel loss falls with data along four curves, one per model size, and each flattens at a level that is lower for larger models.",
        data=draw.stack(panels, "panel"))  # fmt: skip


def allocation(p: Parameters) -> Table:
    """List the best allocation by Table 6, and what more compute buys."""
    powers, at_one = steps.measured("exponent"), steps.measured("prefactor")
    rows = [[text, sci(at_one[name], 2), fix(powers[name]), f"{num(p.growth ** powers[name])} x"]
            for name, text in NAMES.items()]  # fmt: skip
    return Table(["", "at one PF-day", "power of C<sub>min</sub>", f"for {qty(p.growth)} times the compute"], rows,
        "The best allocation of compute by Kaplan et al. 2020, Table 6, and what more compute buys.")  # fmt: skip


def exponents(laws: Laws, derived: FrontierExponents) -> Table:
    """Set the exponents of the best allocation as measured against those derived."""
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


def reported(counted: steps.Counted) -> Shown:
    """Draw reported compute over 6ND, model by model."""
    ratios, names = counted.reported, [*reversed(counted.reported)]
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
        f"Reported training compute over $6ND$. Four models agree within about {pct(most, 1)}, as they must where a paper computed its figure by the formula. Gopher's own counts are {fix(ratios['Gopher, text'])} and {fix(ratios['Gopher, App. F'])} times it. LaMDA's {fix(ratios['LaMDA'])} is a conflict between two papers about its data.",
        "Dot plot of seven ratios. GPT-3, Chinchilla, PaLM and Llama 3.1 lie at one; Gopher lies somewhat above one by either of two counts; LaMDA lies far above two.",
        data={"row": [*ratios], "multiple": [*ratios.values()]})  # fmt: skip


def joint(p: Parameters, laws: Laws, table2: Terms, eqs: Terms) -> Table:
    """List the terms of the joint law and the losses, by both sets of constants."""
    named = {
        "size term in the bracket": "size", "data term in the bracket": "data",
        "size term / data term": "ratio", "loss L(N, D)": "loss",
        "with unlimited data, L(N, ∞)": "loss_size", "with unlimited size, L(∞, D)": "loss_data",
    }  # fmt: skip
    rows = [[text, *((num if name in ("size", "data") else fix)(getattr(terms, name)) for terms in (table2, eqs))]
            for text, name in named.items()]  # fmt: skip
    rows.append(["α<sub>N</sub>/α<sub>D</sub>", *(fix(float(law.tokens_exponent)) for law in (laws.table2, laws.eqs))])  # fmt: skip
    return Table(["", "Table 2", "Eqs 1.1, 1.2"], rows,
        f"Kaplan's joint law at {qty(p.params)} parameters and {qty(p.tokens)} tokens, with two sets of its constants; losses in nats per token.")  # fmt: skip


def gopher(counts: dict[str, float]) -> Table:
    """List Gopher's compute by several counts, over Chinchilla's."""
    names = {"6nd": "6ND", "text": "text", "appendix": "Appendix F",
             "chosen": "chosen (parameter gopher_flop)", "6nd_380": "6ND with 380B"}  # fmt: skip
    ratios, same = steps.over_chinchilla(counts), counts["chosen"] == counts["text"]
    rows = [[text, sci(counts[name]), fix(ratios[name])]
            for name, text in names.items() if name != "chosen" or not same]  # fmt: skip
    return Table(["Gopher's compute", "FLOP", "over Chinchilla's 6ND"], rows,
                 "Gopher's training compute by several counts, over Chinchilla's.")  # fmt: skip


def crossing(laws: Laws, crossings: tuple[Crossing, Crossing]) -> Shown:
    """Draw where the promise of compute meets what the data allow."""
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


def sensitivity(point: Crossing, moved: dict[str, list[float]]) -> Shown:
    """Draw how far the crossing moves within rounding, and with other printed values."""
    ends, here = registry.printed("kaplan2020.crossing.compute"), float(point.compute) / PF_DAY
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
        f"How far $C^*$ moves from {sci(here, 2)} PF-days. Blue: constants of Table 6 and Eqs 1.2 and 1.3 moved by half a unit in their last digit; together the exponents span a factor of {num(three, 2)}, all six constants {num(six, 2)}. Red: other values printed in the same paper. Shaded: the tenfold either way that the authors allow.",
        "Ten rows on a logarithmic axis of compute. Rounding of single exponents moves the crossing little, all six constants over more than an order of magnitude. The other printed values move it up, two of them together the farthest.",
        data=draw.stack({
            "rounding": {"row": [*rounded], "pf_days_low": [low for low, _ in rounded.values()], "pf_days_high": [high for _, high in rounded.values()]},
            "another printed value": {"row": [*single], "pf_days": [*single.values()]},
            "recomputed": {"pf_days": here},
            "as printed, tenfold either way": {"pf_days_low": ends.low, "pf_days_high": ends.high},
        }))  # fmt: skip


def compared(f: Found) -> Table:
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
