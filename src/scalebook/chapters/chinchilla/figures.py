"""Figures and tables of the chapter on Chinchilla's law."""

from collections.abc import Sequence

import numpy as np

from scalebook.chapters import foresight
from scalebook.chapters.chinchilla import fits, intervals, steps
from scalebook.chapters.chinchilla.fits import (
    HOFFMANN,
    HOFFMANN_PRINTED,
    REPLICATION,
    Fitted,
    Sample,
    published,
)
from scalebook.chapters.common import between, law_name, of_hoffmann, printed
from scalebook.chapters.parameter import Parameters
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Choice, Control, Slider, either, text
from scalebook.show.figures import BLUE, GREY, INK, ORANGE, VERMILION, Shown, Table
from scalebook.show.formula import Formula, Lookup, Pick
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import registry
from scalinglaws.balance import Allocation
from scalinglaws.fitting import LAD
from scalinglaws.optimum import dense
from scalinglaws.units import Floats


def runs(sample: Sample) -> Shown:
    """Draw the runs by size and data, coloured by loss, with those left out."""
    everything, used, out = sample.everything, sample.used, sample.left_out
    sizes, tokens = everything.params[out], everything.tokens[out]
    data = draw.stack({
        "used": {"params": used.params, "tokens": used.tokens, "loss": used.loss},
        "left out": {"params": sizes, "tokens": tokens, "loss": everything.loss[out]},
    })  # fmt: skip
    fig, ax = draw.new(height=4.2, log="xy")
    points = ax.scatter(used.params, used.tokens, c=used.loss, s=16, cmap=draw.SEQUENTIAL.reversed(), linewidth=0)  # fmt: skip
    ax.scatter(sizes, tokens, marker="x", s=36, color=VERMILION)
    crosses = ""
    if out.any():
        draw.label(ax, float(sizes[0]), float(tokens[0]), "left out", VERMILION, shift=(-8, 0), ha="right")  # fmt: skip
        ratio = everything.tokens_per_param
        apart = ratio[out].max() < ratio[~out].min()
        edge = ", which have fewer tokens per parameter than any other" if apart else ""
        crosses = f" Crosses: the {out.sum()} runs left out{edge}."
    ax.set(xlabel="parameters N", ylabel="training tokens D")
    fig.colorbar(points, ax=ax, label="final loss (nats per token)")
    return draw.show(fig, "fig-runs",
        f"The {len(everything)} runs span {qty(used.params.min(), 2)} to {qty(used.params.max(), 2)} parameters.{crosses}",
        f"Scatter of training tokens against parameters, coloured by loss, which falls from {fix(used.loss.max())} at small sizes and few tokens to {fix(used.loss.min())} nats per token.{crosses}", data=data)  # fmt: skip


def lead(p: Parameters, f: steps.Found) -> Shown:
    """Draw optimal tokens per parameter against compute; a reader moves the budget."""
    found, budgets = f.ratios, f.ratios.budgets
    name, (least, most) = refit_name(p), found.sweeps
    theirs = {kind: dense.optimal(law, budgets).tokens_per_param for kind, law in _HOFFMANNS.items()}  # fmt: skip
    chinchilla = registry.published_model("Chinchilla")
    there = 6 * chinchilla.params * chinchilla.tokens, chinchilla.tokens / chinchilla.params
    data = draw.stack({
        name: {"compute": budgets, "ratio": found.ratio, "ratio_low": found.low, "ratio_high": found.high},
        "sweeps and forms": {"compute": budgets, "ratio_low": least, "ratio_high": most},
        **{kind: {"compute": budgets, "ratio": ratio} for kind, ratio in theirs.items()},
        "Chinchilla": {"compute": there[0], "ratio": there[1]},
        "rule of thumb": {"compute": budgets[[0, -1]], "ratio": [20, 20]},
    })  # fmt: skip
    low, high = float(min(least.min(), found.low.min())), float(max(most.max(), found.high.max()))
    ends = max(0.8 * low, 1e-3), min(1.2 * high, 1e6)
    fig, ax = draw.new(height=4.2, log="x")
    draw.plain_axis(ax, "y", *ends, most=10)
    draw.band(ax, budgets, least, most, GREY)
    draw.band(ax, budgets, found.low, found.high, BLUE)
    draw.line(ax, budgets, found.ratio, BLUE, name, -1, (-4, -11), "right")
    for (kind, ratio), style in zip(theirs.items(), ("-", ":"), strict=True):
        draw.line(ax, budgets, ratio, VERMILION, linestyle=style, linewidth=1.4)
        draw.label(ax, budgets[24], ratio[24], kind.removeprefix("Hoffmann et al., "), VERMILION, (6, -13 if style == "-" else 13), ha="right")  # fmt: skip
    draw.label(ax, budgets[-1], float(most[-1]), "sweeps and forms", GREY, (-4, -26), ha="right")
    draw.hline(ax, 20, INK, linestyle=":")
    draw.point(ax, *there, INK, "Chinchilla", (6, 11), marker="D", markersize=5)
    ax.set(xlabel=COMPUTE, ylabel=RATIO)
    twenty = _twenty(found)
    wider = "wider at every budget" if np.all(most / least > found.high / found.low) else "narrower at some budgets"  # fmt: skip
    return draw.show(fig, "fig-ratio",
        f"The best ratio at each budget by {law_name(p)} (blue, with its {pct(p.level)} bootstrap) and by {fitted_elsewhere()} (grey). {twenty}; {_trend(p.level, found.falling_share)}. Orange: the constants of Hoffmann and colleagues, unrounded (solid) and as printed (dotted). Black, dotted: 20.",
        f"Best tokens per parameter against compute. {_first(name)} goes from {num(float(found.ratio[0]), 2)} to {num(float(found.ratio[-1]), 2)}, in a blue band; the grey band is {wider}. {twenty}. Both curves of Hoffmann's constants rise steeply.",
        data=data, control=_control(p, f, theirs, ends))  # fmt: skip


RATIO, COMPUTE = "best tokens per parameter", "training compute (FLOP)"
_HOFFMANNS = {"Hoffmann et al., unrounded": HOFFMANN, "Hoffmann et al., as printed": HOFFMANN_PRINTED}  # fmt: skip


def refit_name(p: Parameters) -> str:
    """Return what the law of this chapter is called: that of Hoffmann's runs, or of others."""
    return "the refit" if of_hoffmann(p) else "the law fitted here"


def fitted_elsewhere() -> str:
    """Return what the laws of other sweeps are called, with how many there are."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return f"laws of {words[len(foresight.FORMS)]} forms fitted to {words[len(foresight.SWEEPS)]} public sweeps"  # fmt: skip


def _first(text: str) -> str:
    return text[0].upper() + text[1:]


def _control(p: Parameters, f: steps.Found, theirs: dict[str, Floats], ends: tuple[float, float]) -> Control:  # fmt: skip
    """Let a reader choose a budget, and whose constants say what is best for it."""
    found, fitted, budgets = f.ratios, f.fitted, f.ratios.budgets
    laws = {
        "fitted here": fitted.stated.law, "Besiroglu et al., as printed": REPLICATION, **_HOFFMANNS,
        "fitted here, no run left out": fitted.stated_all.law,
    }  # fmt: skip
    scales = [float(law.optimum(compute=6.0).params) for law in laws.values()]
    powers = [float(law.a) for law in laws.values()]
    looked = {"low": found.low, "high": found.high, "least": found.sweeps[0], "most": found.sweeps[1]}  # fmt: skip
    best = text("At {C:sci} FLOP these constants ask for {N:amount} parameters on {D:amount} tokens: {k:num} tokens per parameter. ")  # fmt: skip
    than = either("law > 0", text("That is {times:times} times the size by the law fitted here. "), "''")  # fmt: skip
    allowed = text(f"The runs allow {{low:num}} to {{high:num}} if the form of the law is right; {fitted_elsewhere()} ask for {{least:num}} to {{most:num}}. ")  # fmt: skip
    far = either("beyond > 1.05", text("The budget is {beyond:num} times that of the largest run."), text("Runs reach this budget."))  # fmt: skip
    return Control(
        (Slider("C", "Compute", budgets[0], budgets[-1], float(np.clip(p.compute, budgets[0], budgets[-1])), unit="FLOP", style="sci"),
         Choice("law", "Constants", {name: place for place, name in enumerate(laws)})),
        {"scale": Pick("law", scales), "power": Pick("law", powers),
         "N": Formula(intervals.best_size, {"compute": "C", "scale": "scale", "power": "power"}),
         "D": Formula(intervals.tokens_of, {"compute": "C", "params": "N"}),
         "k": Formula(intervals.over, {"one": "D", "other": "N"}),
         "refit": Formula(intervals.best_size, {"compute": "C", "scale": scales[0], "power": powers[0]}),
         "times": Formula(intervals.over, {"one": "N", "other": "refit"}),
         "beyond": Formula(intervals.over, {"one": "C", "other": found.largest_compute}),
         **{name: Lookup("C", budgets.tolist(), values.tolist()) for name, values in looked.items()}},
        f"{best} + {than} + {allowed} + {far}",
        [control_.band({"x": budgets, "low": found.sweeps[0], "high": found.sweeps[1]}, GREY),
         control_.band({"x": budgets, "low": found.low, "high": found.high}, BLUE),
         control_.curve({"x": budgets, "y": found.ratio}, BLUE),
         *(control_.curve({"x": budgets, "y": ratio}, VERMILION, dash=dash) for ratio, dash in zip(theirs.values(), (False, True), strict=True)),
         control_.curve({"x": budgets[[0, -1]], "y": [20, 20]}, INK, dash=True),
         control_.name(budgets[-3], float(np.sqrt(found.sweeps[1][-3] * theirs["Hoffmann et al., as printed"][-3])), "sweeps and forms", GREY, "right"),
         control_.name(budgets[-3], float(np.sqrt(found.low[-3] * found.ratio[-3])), "the runs, resampled", BLUE, "right"),
         control_.name(budgets[12], 2.0 * float(theirs["Hoffmann et al., as printed"][12]), "Hoffmann et al.", VERMILION, "center"),
         control_.marker("C", "k", VERMILION), control_.moving_name("C", "k", "'best'", VERMILION)],
        control_.axis(COMPUTE, budgets[0], budgets[-1], labels="power", ticks=[10.0**n for n in range(18, 28, 3)]),
        control_.axis(RATIO, *ends, labels="~g", ticks=control_.steps(*ends)),
    )  # fmt: skip


def _twenty(found: intervals.Ratios) -> str:
    inside = (found.low <= 20) & (found.high >= 20)
    if not inside.any():
        return f"The blue band leaves out twenty at every budget from {sci(found.budgets[0], 1)} to {sci(found.budgets[-1], 1)} FLOP"
    held, side = found.budgets[inside], "few" if found.low[0] > 20 else "many"
    below = "" if inside[0] else f"; below, it is too {side}"
    return f"The blue band holds twenty from about {sci(held[0], 1)} to {sci(held[-1], 1)} FLOP{below}"  # fmt: skip


def _trend(level: float, falling: float) -> str:
    if min(falling, 1 - falling) > (1 - level) / 2:
        return "whether the ratio rises or falls with compute cannot be told from these runs"
    return f"the ratio {'falls' if falling > 0.5 else 'rises'} with compute"


def exponents(p: Parameters, f: steps.Found) -> Shown:
    """Draw the exponent of the optimal size: as printed, fitted here, and by sweep and form."""
    marks, own, told = intervals.approaches(), f.constants["a"], foresight.exponents()
    third, (low, high) = marks[2], f.exponent.interval80
    sweeps = {name: [told[key, form] for form in foresight.FORMS if (key, form) in told]
              for key, name in foresight.SWEEPS.items()}  # fmt: skip
    name = refit_name(p)
    printed_rows = {f"Approach {k}": each for k, each in enumerate(marks, 1)}
    data = draw.stack({
        **{row: {"row": row, "exponent": each.value, "exponent_low": each.low, "exponent_high": each.high} for row, each in printed_rows.items()},
        name: {"row": name, "exponent": own.value, "exponent_low": low, "exponent_high": high},
        **{row: {"row": row, "exponent": values} for row, values in sweeps.items()},
    })  # fmt: skip
    fig, ax = draw.new(height=4.2)
    rows = [*reversed(sweeps), name, *reversed(printed_rows)]
    for row, values in sweeps.items():
        for value, marker in zip(values, "os", strict=False):
            ax.plot(value, rows.index(row), marker, color=INK, markersize=6)
    draw.bar(ax, (low, high), rows.index(name), BLUE, value=own.value)
    for row, each in printed_rows.items():
        draw.bar(ax, (each.low, each.high), rows.index(row), VERMILION, value=each.value, alpha=0.8)
    draw.rows(ax, rows)
    ax.set(xlabel="a, exponent of compute in the best size")
    every = [value for values in sweeps.values() for value in values]
    both = between((min(own.value, *every), max(own.value, *every)))
    outside = "" if third.low <= third.value <= third.high else ", and leaves out its own point"
    return draw.show(fig, "fig-a",
        f"The exponent as printed (orange) and of {name} (blue), with 80% intervals, and of public sweeps by Chinchilla's form (round) and a power mean (square): from {both}. The interval printed for Approach 3 is a speck{outside}.",
        f"Rows of exponents. Approaches 1 to 3 have {', '.join(fix(each.value) for each in marks)}; {name} {fix(own.value)} with a bar from {between((low, high))}; the sweeps lie from {between((min(every), max(every)))}.",
        data=data)  # fmt: skip


def floors(p: Parameters, f: steps.Found) -> Shown:
    """Draw the irreducible loss by the choice of error and of form, with its intervals."""
    found, forms = f.floors, f.forms
    papers = next(each for each in found if each.name == fits.PAPERS)
    printed_floors = {"Besiroglu et al.": float(REPLICATION.E), "Hoffmann et al.": float(HOFFMANN.E)}  # fmt: skip
    every = [*found, *forms]
    names, values, low, high = zip(*((each.name, each.E, each.low, each.high) for each in every), strict=True)  # fmt: skip
    data = draw.stack({
        "floor": {"row": names, "loss": values, "loss_low": low, "loss_high": high},
        **{name: {"loss": floor} for name, floor in printed_floors.items()},
    })  # fmt: skip
    fig, ax = draw.new(height=4.0)
    for place, floor in enumerate(every):
        colour = VERMILION if floor is papers else ORANGE if floor in forms else BLUE
        draw.bar(ax, (floor.low, floor.high), place, colour, value=floor.E)
    for (name, floor_of), colour, shift in zip(printed_floors.items(), (INK, GREY), ((4, 0), (-4, 0)), strict=True):  # fmt: skip
        draw.vline(ax, floor_of, colour, name, len(every) - 0.4, shift, "left" if shift[0] > 0 else "right", linestyle="--")  # fmt: skip
    draw.rows(ax, [floor.name for floor in every])
    ax.set(xlabel="floor E (nats per token)", ylim=(-0.6, len(every)))
    errors = [each.E for each in found]
    by_form = f", and another form {_away(forms, papers.E)}" if forms else ""
    return draw.show(fig, "fig-error-models",
        f"On the same runs the choice of error moves the floor from {between((min(errors), max(errors)))} nats per token{by_form}. Bars: {pct(p.level)} bootstrap. Orange bar: the paper's choice.",
        f"Rows of floors by the choice of error, from {between((min(errors), max(errors)))}, and by other forms, {', '.join(f'{each.name} {fix(each.E)}' for each in forms)}. The paper's choice gives {fix(papers.E)}; Besiroglu et al. print {fix(float(REPLICATION.E))} and Hoffmann et al. {fix(float(HOFFMANN.E))}.",
        data=data)  # fmt: skip


def _away(forms: Sequence[fits.Floor], own: float) -> str:
    """Say how far other forms move the floor."""
    farthest = max(forms, key=lambda each: abs(each.E - own))
    return f"moves it to {fix(farthest.E)}"


#: The exponents of the law as tables write them.
GREEK = {"alpha": "α", "beta": "β"}


def candidates(sample: Sample, fitted: Fitted) -> Table:
    """List five sets of constants with what two objectives make of them."""
    digits = {"A": 2, "B": 2, "E": 4, "alpha": 4, "beta": 4}
    rows = [
        [name, *(fix(getattr(law, constant), places) for constant, places in digits.items()),
         sci(fits.objective(law, sample, fitted.error), 6), fix(fits.objective(law, sample, LAD), 4)]
        for name, law in fits.candidates(fitted).items()
    ]  # fmt: skip
    return Table(["constants", *(GREEK.get(n, n) for n in digits), "Huber objective", "sum of |r|"], rows,
        f"Five sets of constants on the same {len(sample.used)} runs.")  # fmt: skip


def log_likelihoods(p: Parameters, sample: Sample, tests: fits.LogLikelihoods) -> Table:
    """Set log-likelihoods of three sets of constants against the published ones."""
    used, everything = len(sample.used), len(sample.everything)
    names = {"refit": f"fit of the {used} runs", "hoffmann": "Hoffmann et al., unrounded", "hoffmann_printed": "Hoffmann et al., as printed"}  # fmt: skip
    rows = [
        [names[key], str(n), fix(published(f"{table}.{key}")), fix(value)]
        for table, n, values in (("loglik", used, tests.used), ("loglik245", everything, tests.everything))
        for key, value in values.items()
    ]  # fmt: skip
    ratio = ["likelihood ratio, p", str(used), sci(published("lr.p"), 2), sci(tests.ratio.p, 2)]
    columns, rows = ["log-likelihood of", "on runs", "published", "recomputed"], [*rows, ratio]
    if not of_hoffmann(p):  # what is published is of Hoffmann's runs
        columns, *rows = [[*row[:2], row[3]] for row in (columns, *rows)]
    return Table(columns, rows,
        "Log-likelihoods of three sets of constants, on the runs used and on all.")  # fmt: skip


def optima(p: Parameters, found: dict[str, Allocation]) -> Table:
    """List the optimum at the quoted budget by four sets of constants."""
    rows = [[name, qty(float(best.params)), qty(float(best.tokens)), num(float(best.tokens_per_param)), fix(float(best.loss), 3)]
            for name, best in found.items()]  # fmt: skip
    return Table(["constants", "parameters", "tokens", "tokens per parameter", "loss"], rows,
        f"The best model at {sci(p.compute)} FLOP by four sets of constants.")  # fmt: skip


def constants(p: Parameters, found: dict[str, intervals.Constant]) -> Table:
    """List the constants with their standard errors and two intervals."""
    rows = []
    for name, each in found.items():
        places = 2 if name in "AB" else 4
        both = (between(pair, places) for pair in (each.interval, each.profile))
        error = f"{num(each.se, 3)} ± {num(each.se_error, 1)}"
        rows.append(
            [
                GREEK.get(name, name),
                fix(each.value, places),
                error,
                f"{published(f'{name}.se'):g}",
                *both,
            ]
        )
    level, print_ = pct(p.level), ", those that Besiroglu and colleagues print,"
    columns = ["", "estimate", "standard error", "published", f"bootstrap {level}", f"profile {level}"]  # fmt: skip
    if not of_hoffmann(p):  # what is published is of Hoffmann's runs
        columns, *rows = [[*row[:3], *row[4:]] for row in (columns, *rows)]
        print_ = ""
    return Table(columns, rows,
        f"Constants with standard errors (bootstrap, ± their Monte Carlo error){print_} and two intervals.")  # fmt: skip


def splits(p: Parameters, found: list[intervals.Split]) -> Table:
    """List fits of the smaller runs, and how well they predict the larger ones."""
    rows = [[sci(s.limit, 2), str(s.runs), fix(s.E), fix(s.a, 3), pct(s.covered), f"{num(s.reach, 2)} times"] for s in found]  # fmt: skip
    return Table(["fitted up to (FLOP)", "runs", "E", "a", "larger runs inside", "reach"], rows,
        f"Laws fitted to the runs up to a limit of compute: how many of the larger ones lie inside their {pct(p.level)} intervals, and the largest run over the limit (reach).")  # fmt: skip


def compared(f: steps.Found) -> Table:
    """Set published figures against recomputed ones."""
    lad, every, tests = f.fitted.absolute.law, f.fitted.absolute_all.law, f.tests.used
    budget = printed("hoffmann2022.gopher.params_at_budget")
    refit, all245 = ((("A", 2), ("B", 2), ("E", 4), ("alpha", 4), ("beta", 4)),
                     (("E", 2), ("alpha", 3), ("A", 1), ("B", 0), ("beta", 3)))  # fmt: skip
    return draw.compared([
        *((f"{GREEK.get(n, n)}, Besiroglu et al. (absolute error)", getattr(REPLICATION, n), getattr(lad, n), places) for n, places in refit),
        ("a, Besiroglu et al.", published("a"), float(lad.a), 4),
        *((f"{GREEK.get(n, n)}, all runs (absolute error)", published(f"all245.{n}"), getattr(every, n), places) for n, places in all245),
        *((f"standard error of {n}", published(f"{n}.se"), f.constants[n].se, places) for n, places in (("E", 3), ("A", 1), ("B", 0), ("a", 3))),
        ("width of the 80% interval of a", published("a.width80"), float(np.ptp(f.exponent.interval80)), 3),
        ("log-likelihood, refit", published("loglik.refit"), tests["refit"], 2),
        ("log-likelihood, Hoffmann unrounded", published("loglik.hoffmann"), tests["hoffmann"], 2),
        ("log-likelihood, Hoffmann printed", published("loglik.hoffmann_printed"), tests["hoffmann_printed"], 2),
        ("a, Hoffmann's Approach 3", intervals.approaches()[2].value, float(HOFFMANN.a), 3),
        ("best size at Gopher's budget (40B)", budget, float(f.optima["Hoffmann et al., unrounded"].params), qty),
    ])  # fmt: skip
