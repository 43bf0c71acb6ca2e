"""Figures and tables of the chapter on repeated data."""

from functools import partial

import numpy as np

from scalebook.chapters.common import between, stated
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.repetition import FORMS, GEOMETRIC, PAPERS_DECAY, measured, steps
from scalebook.chapters.repetition.steps import published
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Choice, Control, Slider
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION, Shown, Table
from scalebook.show.formula import Formula, Pick
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import registry
from scalinglaws.laws import Decay, ParametricLaw
from scalinglaws.optimum import repetition
from scalinglaws.units import Floats


def worths(forms: steps.Forms) -> Table:
    """List what passes are worth together, and what the last of them adds."""
    fitted = forms.fitted
    both = list(fitted)[:2]  # of the third form only the sum is of interest
    rows = [
        [f"{k:g}", *(fix(float(decay.value(k))) for decay in fitted.values()),
         *(pct(float(repetition.epoch_value(fitted[name], k)), 2) for name in both)]
        for k in (1, 2, 4, 5, 16, 40, 60)
    ]  # fmt: skip
    return Table(["passes", *(f"worth: {name}" for name in fitted), *(f"last pass: {name}" for name in both)], rows,
        "What repeated passes are worth together, in fresh passes, and what the last of them adds, in percent of a fresh one.")  # fmt: skip


#: Most passes and ends of their worth that the first figure shows.
MOST, LEAST_WORTH, MOST_WORTH = 100.0, 0.4, 100.0


def lead(p: Parameters, f: steps.Found) -> Shown:
    """Draw what passes were worth in runs and are worth by the laws; a reader's own text among them."""
    grid = np.geomspace(1, MOST, 121)
    paper, geometric = f.forms.paper.decay, f.forms.geometric.decay
    by_law = {"paper's form": paper.value(grid), "geometric form": geometric.value(grid)}
    ends_ = np.quantile(f.measured.valley.draws[:, 0], [0.025, 0.975])
    low, high = (Decay(float(end), 1.0).value(grid) for end in ends_)
    groups = _groups(f)
    data = draw.stack({
        **{name: {"epochs": grid, "worth": y} for name, y in by_law.items()},
        "fits to resampled runs": {"epochs": grid, "worth_low": low, "worth_high": high},
        "if repeats were fresh": {"epochs": grid, "worth": grid},
        **{name: {"epochs": x, "worth": y} for name, (x, y) in groups.items()},
    })  # fmt: skip
    fig, ax = draw.new(height=4.4, log="xy")
    draw.band(ax, grid, low, high, BLUE)
    ax.plot(grid, grid, color=GREY, linewidth=1, linestyle="--")
    ax.plot(grid, by_law["paper's form"], color=BLUE)
    ax.plot(grid, by_law["geometric form"], color=PURPLE)
    for (x, y), (colour, marker) in zip(groups.values(), LOOKS, strict=True):
        ax.plot(x, y, marker, color=colour, markersize=4.5, alpha=0.85)
    for at, worth, text, colour, side in (
        (1.4, 12, "if repeats were fresh", GREY, "left"), (98, 22, "paper's form", BLUE, "right"), (50, 80, "geometric form", PURPLE, "right"),
        (1.15, 0.85, "models small for their text", GREEN, "left"), (1.15, 0.55, "large ones", VERMILION, "left"),
    ):  # fmt: skip
        draw.label(ax, at, worth, text, colour, (0, 0), ha=side)
    ax.set(xlabel="passes over the same text", ylabel="worth (fresh passes)", xlim=(1, MOST), ylim=(LEAST_WORTH, MOST_WORTH))  # fmt: skip
    runs = sum(len(x) for x, _ in groups.values())
    return draw.show(fig, "fig-worth",
        f"What passes over the same text are worth. Points: {runs} pairs of runs, green where the model has less than {measured.LARGE:g} times the size that is best for one pass over its text. Up to about four passes all lie near the grey line. Beyond, small models gain and large ones lose. Blue: the paper's form, and where fits to resampled runs put it.",
        f"Worth against passes, both logarithmic. Up to four passes points and curves follow the diagonal. At sixty passes the paper's form says {fix(float(paper.value(60)), 1)}, the geometric form {fix(float(geometric.value(60)), 1)}; points of small models lie near the latter, those of large ones fall below 1.",
        data=data, control=control(p, f, by_law, (low, high), grid))  # fmt: skip


LOOKS = ((GREEN, "o"), (VERMILION, "s"))


def _groups(f: steps.Found) -> dict[str, tuple[list[float], list[float]]]:
    """Return passes and worth of the pairs of runs, by how large the model is for its text."""
    law = f.forms.paper
    found: dict[str, tuple[list[float], list[float]]] = {"small models": ([], []), "large models": ([], [])}  # fmt: skip
    for pair in f.measured.pairs:
        worth = pair.repeated.epochs * pair.worth(law.fresh)
        if worth >= LEAST_WORTH:
            x, y = found["large models" if pair.size_over(law) >= measured.LARGE else "small models"]  # fmt: skip
            x.append(pair.repeated.epochs)
            y.append(worth)
    return found


def control(p: Parameters, f: steps.Found, by_law: dict[str, Floats], ends_: tuple[Floats, Floats], grid: Floats) -> Control:  # fmt: skip
    """Let a reader repeat a text of his own, by one law or another."""
    valley = f.measured.valley
    low, high = np.quantile(valley.draws[:, 0], [0.025, 0.975])
    decays = {
        "paper's form": f.forms.paper.decay, "geometric form": f.forms.geometric.decay, "best fit to the same runs": Decay(valley.best[0], 1.0),
        "least of the resampled fits": Decay(float(low), 1.0), "most of the resampled fits": Decay(float(high), 1.0),
    }  # fmt: skip
    most, kept = zip(*map(steps.constants, decays.values()), strict=True)
    worth = {"passes": "k", "most": "all_repeats", "kept": "kept"}
    once = control_.text("{U:amount} tokens read once: nothing is repeated.")
    said = control_.text("{U:amount} tokens read {k:num} times are worth {fresh:amount} fresh tokens by this law: {share:percent} of the {read:amount} that are read. One more pass would add {next:percent} of a fresh one.")  # fmt: skip
    far = control_.text("{U:amount} tokens read {k:num} times are worth {fresh:amount} fresh tokens by this law: {share:percent} of the {read:amount} that are read. Models that are large for their text became worse long before so many passes.")  # fmt: skip
    says = control_.either("k < 1.01", once, control_.either("k > 20", far, said))
    groups = zip(_groups(f).values(), LOOKS, strict=True)
    return Control(
        (Slider("U", "Unique tokens", 1e6, 1e15, min(p.unique, 1e15), style="amount", reads="tokens"),
         Slider("k", "Passes", 1, MOST, 4),
         Choice("form", "Law", {name: number for number, name in enumerate(decays)})),
        {"all_repeats": Pick("form", most), "kept": Pick("form", kept),
         "worth": Formula(steps.worth_of, worth), "more": Formula(one_more, {"passes": "k"}),
         "after": Formula(steps.worth_of, {**worth, "passes": "more"}), "next": Formula(less, {"one": "after", "other": "worth"}),
         "share": Formula(part, {"one": "worth", "whole": "k"}),
         "fresh": Formula(product, {"one": "U", "other": "worth"}), "read": Formula(product, {"one": "U", "other": "k"})},
        says,
        [control_.band({"x": grid, "low": ends_[0], "high": ends_[1]}, BLUE), control_.curve({"x": grid, "y": grid}, GREY, dash=True),
         control_.curve({"x": grid, "y": by_law["paper's form"]}, BLUE), control_.curve({"x": grid, "y": by_law["geometric form"]}, PURPLE),
         *(control_.dots({"x": x, "y": y}, colour, "square" if marker == "s" else "circle") for (x, y), (colour, marker) in groups),
         control_.name(1.2, 0.75, "models small for their text", GREEN), control_.name(1.2, 0.5, "large ones", VERMILION),
         control_.name(98, 23, "paper's form", BLUE, "right"), control_.name(50, 85, "geometric form", PURPLE, "right"), control_.name(1.3, 12, "if repeats were fresh", GREY),
         control_.marker("k", "worth", INK), control_.moving_name("k", "worth", "'your text'", INK, dy=28)],
        control_.axis("passes over the same text", 1, MOST, labels="~g", ticks=[1, 2, 4, 10, 20, 50, 100]),
        control_.axis("worth (fresh passes)", LEAST_WORTH, MOST_WORTH, labels="~g", ticks=[1, 2, 4, 10, 20, 50, 100]),
    )  # fmt: skip


def one_more(passes: float) -> float:
    """Return one pass more."""
    return passes + 1


def less(one: float, other: float) -> float:
    """Return a number less another."""
    return one - other


def part(one: float, whole: float) -> float:
    """Return a number over another."""
    return one / whole


def product(one: float, other: float) -> float:
    """Return a number times another."""
    return one * other


def pairs(f: steps.Found) -> Table:
    """List what repeated runs lost against their twins, by passes and size."""
    law = f.forms.paper.fresh
    rows = [
        [f"{band.least:g} to {band.most:g}", *(cell for group in (band.small, band.large) for cell in _group(group, law))]
        for band in f.measured.bands
    ]  # fmt: skip
    return Table(["passes", "small: more loss, %", "small: worth of a token", "large: more loss, %", "large: worth of a token"], rows,
        f"Runs that repeat their text beside twins of the same size that read as many fresh tokens: lowest and highest pair, and how many. Large: at least {measured.LARGE:g} times the size that is best for one pass over the text. Worth: the tokens that would leave as much loss if fresh, over those read.")  # fmt: skip


def _group(group: tuple[measured.Pair, ...], law: ParametricLaw) -> list[str]:
    if not group:
        return ["—", "—"]
    excess, worths = [100 * pair.excess for pair in group], [pair.worth(law) for pair in group]
    return [f"{_spread(excess, 1)} ({len(group)})", _spread(worths, 2)]


def _spread(values: list[float], places: int) -> str:
    low, high = min(values), max(values)
    return between((low, high), places) if len(values) > 1 else fix(low, places)


def valley(forms: steps.Forms, found: measured.Valley) -> Shown:
    """Draw the objective of the fit over the two constants of the decay, and its profile."""
    off, profile = 100 * (found.charge / found.charge.min() - 1), 100 * found.profile
    (tokens, params), paper = found.best, forms.paper.decay
    low, high = np.quantile(found.draws[:, 0], [0.025, 0.975])
    data = draw.stack({
        "objective": {"repeats": np.repeat(found.tokens, found.params.size), "repeats_params": np.tile(found.params, found.tokens.size), "excess_percent": off.ravel()},
        "least": {"repeats": tokens, "repeats_params": params}, "published": {"repeats": paper.tokens, "repeats_params": paper.params},
        "resampled": {"repeats": found.draws[:, 0], "repeats_params": found.draws[:, 1]},
        "profile": {"repeats": found.tokens, "excess_percent": profile},
        "95% interval": {"repeats_low": low, "repeats_high": high},
    })  # fmt: skip
    fig, (top, bottom) = draw.new(2, 1, height=6.4, log="x", sharex=True, height_ratios=(1.6, 1))
    draw.log_axis(top, "y")
    lines = top.contour(found.tokens, found.params, off.T, levels=[1, 2, 5, 10, 20, 50], cmap=draw.SEQUENTIAL, linewidths=1.3)  # fmt: skip
    top.clabel(lines, fmt="%g%%", fontsize=8.5, colors=INK)
    top.plot(found.draws[:, 0], found.draws[:, 1], ".", color=GREY, markersize=3, alpha=0.4)
    draw.point(top, tokens, params, VERMILION, markersize=7)
    draw.point(top, paper.tokens, paper.params, BLUE, markersize=7)
    top.set(ylabel="R of excess parameters", ylim=(found.params[0], found.params[-1]))
    bottom.plot(found.tokens, profile, color=VERMILION)
    draw.shade(bottom, low, high, alpha=0.2)
    draw.vline(bottom, paper.tokens, BLUE, "published", 8, (4, 0))
    bottom.set(xlabel="R of tokens (repeats)", ylabel="objective over\nits least (%)",
               xlim=(found.tokens[0], found.tokens[-1]), ylim=(0, 10))  # fmt: skip
    near = found.tokens[found.profile <= 0.02]
    most = f"{near[-1]:,.0f}"
    return draw.show(fig, "fig-repeats-valley",
        f"The objective of the fit to {found.runs} runs, over its two constants. Orange: the least; blue: as published. Within 2% of the least lie all R of tokens from {num(near[0], 2)} to {most}, where the drawing ends. Dots, and the band below: where the least is in resamples of the runs.",
        f"Above, contours of the objective form a valley that runs from small R of tokens with large R of parameters to the opposite, open to the right; the published point and the least, at {num(tokens, 2)} and {num(params, 2)}, both lie in it. Below, the profile falls until {num(near[0], 2)} and is flat from there on.",
        data=data)  # fmt: skip


def confirming_runs(forms: steps.Forms, plans: steps.Plans) -> Table:
    """List the runs that confirmed the law beside what the forms recommend."""
    pool = published("confirm.unique")
    ours, theirs = (fix(published(f"confirm.{kind}loss"), 3) for kind in ("", "chinchilla."))
    confirm, geometric, plain = ((float(run.params), float(run.tokens)) for run in (plans.confirm, plans.confirm_geometric, plans.plain))  # fmt: skip
    rows = [
        [name, qty(params), qty(tokens), fix(tokens / pool, 1), fix(float(forms.paper.loss(params, tokens, pool)), 3), measured]
        for name, (params, tokens), measured in (
            ("recommended in the paper", steps.trained(), ours), ("best by the printed law", confirm, ""),
            ("without decay, in the paper", steps.trained("chinchilla."), theirs), ("without decay, recomputed", plain, ""),
            ("best by the geometric form", geometric, ""),
        )
    ]  # fmt: skip
    return Table(["run", "parameters", "tokens", "passes", "loss by the law", "measured"], rows,
        f"How to spend {sci(published('confirm.compute'), 2)} FLOP on {qty(pool)} unique tokens.")  # fmt: skip


def isoflop(p: Parameters, plans: steps.Plans) -> Shown:
    """Draw the loss by size at fixed compute, with repeated tokens and with fresh ones."""
    middle, curves, drawn = float(plans.best.params), [], {}
    sizes = np.geomspace(middle / 12, middle * 12, 241)
    tokens = p.compute / (6 * sizes)
    fig, ax = draw.new(height=3.9, log="x")
    for decay, name, colour, end, shift, side in (
        (PAPERS_DECAY, "paper's form", BLUE, 0, (8, 6), "left"),
        (GEOMETRIC, "geometric form", ORANGE, -1, (-12, 9), "right"),
    ):
        law = repetition.published(p.law, decay)
        best = repetition.optimal(law, p.compute, p.unique)
        loss = law.loss(sizes, tokens, p.unique)
        draw.line(ax, sizes, loss, colour, name, end, shift, side)
        ax.plot(best.params, best.loss, "o", color=colour)
        curves.append(best)
        drawn[name] = {"params": sizes, "tokens": tokens, "loss": loss}
        drawn[f"{name}, optimum"] = {key: getattr(best, key) for key in drawn[name]}
    fresh = registry.parametric(p.law).loss(sizes, tokens)
    draw.line(ax, sizes, fresh, GREY, "if all tokens were fresh", 150, (4, -10), linestyle="--", linewidth=1.2)  # fmt: skip
    drawn["if all tokens were fresh"] = {"params": sizes, "tokens": tokens, "loss": fresh}
    floor = float(fresh.min())
    # With more unique tokens than the budget can use nothing is repeated, and the two agree.
    span = max(*(float(best.loss) - floor for best in curves), 0.001 * floor)
    ax.set(xlabel="parameters N", ylabel="loss (nats per token)", ylim=(floor - 0.5 * span, floor + 6 * span))  # fmt: skip
    (size, _, reached), (other, more, lowest) = ((qty(float(best.params)), fix(float(best.epochs), 1), fix(float(best.loss), 3)) for best in curves)  # fmt: skip
    return draw.show(fig, "fig-isoflop",
        f"Loss against size at {sci(p.compute, 2)} FLOP with {qty(p.unique)} unique tokens. Dots: the best sizes, by the paper's form and by the geometric one, which makes {more} passes.",
        f"Two U-shaped curves of loss against parameters above a dashed one for fresh tokens. The paper's form is lowest at {size} parameters with {reached} nats, the geometric form at {other} with {lowest}; fresh tokens would reach {fix(floor, 3)}.",
        data=draw.stack(drawn))  # fmt: skip


def ratios(p: Parameters, forms: steps.Forms, gains: dict[str, float]) -> Shown:
    """Draw how optimal tokens per parameter grow with the passes, by form."""
    passes, claimed = np.geomspace(1, 200, 80), stated("n-repeat-2.5x")
    paper, geometric, explicit = gains.values()
    at = f"{p.epochs:g} passes"
    drawn = {at: {"epochs": p.epochs, "multiple": paper}, "quoted": {"multiple": claimed}}
    fig, ax = draw.new(height=4.0, log="xy")
    looks = (BLUE, "-", (0, 9)), (ORANGE, "-", (-30, 6)), (VERMILION, "--", (0, -80))
    laws = forms.readings(registry.parametric(p.law))
    for (name, law), (colour, line, shift) in zip(laws.items(), looks, strict=True):
        ratio = repetition.best_runs(law, p.unique, passes).tokens_per_param
        drawn[name] = {"epochs": passes, "multiple": ratio / ratio[0]}
        draw.line(ax, passes, ratio / ratio[0], colour, name, -1, shift, "right", linestyle=line)
    draw.point(ax, p.epochs, paper, BLUE, f"{at}: {fix(paper)}×", (8, -16), "center")
    draw.hline(ax, claimed, GREY, f"quoted: {claimed:g}×", 1, (4, 7), linestyle=":")
    ax.set(xlabel="passes over the unique tokens", ylabel="best tokens per parameter\n(over that of one pass)")  # fmt: skip
    return draw.show(fig, "fig-repeated-ratio",
        "How the best tokens per parameter grow with the passes. The geometric form is drawn twice, for two lines of the paper's table, of which one must be wrong. "
        "Their kink: the first excess parameters are at once worth less than full.",
        f"Ratio of the best tokens per parameter to that of one pass, against passes. The paper's form reaches {fix(paper)} at {p.epochs:g} passes, where a dotted line has the quoted {claimed:g}; the geometric forms reach {fix(geometric, 1)} and {fix(explicit, 1)}.",
        data=draw.stack(drawn))  # fmt: skip


def contours(p: Parameters, model: repetition.RepeatedLaw) -> Shown:
    """Draw the loss over passes and parameters, with the best path through it."""
    unique, start = p.contour_unique, float(model.base_params(p.contour_unique))
    x, y = np.geomspace(1, 1000, 120), np.geomspace(start / 2, start * 1200, 120)
    surface = model.loss(y[:, None], x * unique, unique)
    limits = start * model.decay.limit("params"), unique * model.decay.limit()
    lowest, top = float(model.fresh.loss(*limits)), float(surface.max())
    levels = lowest + (top - lowest) * np.array([0.012, 0.04, 0.08, 0.14, 0.22, 0.34, 0.5, 0.7])
    path = repetition.best_runs(model, unique, x).params
    straight = model.fresh.optimum(tokens=x * unique).params
    inside = straight < y[-1]
    data = draw.stack({
        "loss": {"epochs": np.tile(x, len(y)), "params": np.repeat(y, len(x)), "loss": surface.ravel()},
        "optimal": {"epochs": x, "params": path}, "optimum of one pass": {"epochs": 1, "params": start},
        "without decay": {"epochs": x[inside], "params": straight[inside]},
    })  # fmt: skip
    fig, ax = draw.new(height=4.6, log="xy")
    lines = ax.contour(x, y, surface, levels=levels, colors=draw.SEQUENTIAL(np.linspace(0, 0.75, len(levels))), linewidths=1.3)  # fmt: skip
    ax.clabel(lines, fmt="%.2f", fontsize=8.5, colors=INK)
    ax.plot(x, path, color=VERMILION, linewidth=2.2)
    ax.plot(x[inside], straight[inside], color=INK, linestyle="--", linewidth=1.2)
    at100, at200 = np.interp([100, 200], x, path)
    draw.label(ax, 200, at200, "best", VERMILION, shift=(10, -6))
    draw.label(ax, 300, float(np.interp(300, x, straight)), "without decay", INK, shift=(-10, 10), ha="right")  # fmt: skip
    ax.plot(1, start, "o", color=INK)
    ax.set(xlabel="passes", ylabel="parameters", ylim=(y[0], y[-1]))
    return draw.show(fig, "fig-contours",
        f"Loss (nats per token) on {qty(unique)} unique tokens. From the best size for one pass, {qty(start)} parameters, the best path puts compute into {'passes sooner than into parameters' if at100 / start < 100 else 'parameters sooner than into passes'}: at 100 passes {fix(at100 / start, 0)} times the parameters. No run gets below {fix(lowest)}.",
        f"Contours of equal loss over passes from 1 to 1,000 and parameters, falling from {fix(top, 1)} at the lower left towards {fix(lowest)} at the upper right and growing further apart. "
        f"The best path starts at {qty(start)} parameters and bends below the dashed line for undecayed data.", data=data)  # fmt: skip


def factors(p: Parameters, model: repetition.RepeatedLaw) -> Table:
    """List what the two factors claimed come to."""
    both, worth = f"{p.stretch * p.synthetic:g}", float(model.decay.value(p.stretch))
    rows = [
        ["repetition alone", f"{p.stretch:g}", fix(worth)],
        ["synthetic text alone, as good as fresh", f"{p.synthetic:g}", fix(p.synthetic)],
        ["both", both, fix(p.synthetic * worth)],
        ["both, synthetic text worth half", both, fix(worth * (1 + (p.synthetic - 1) / 2))],
        ["both, synthetic text worth nothing", both, fix(worth)],
        ["endless repetition of both", "∞", fix(p.synthetic * model.decay.limit(), 1)],
    ]
    return Table(["what is trained on", "tokens processed, per unique one", "effective tokens, per unique one"], rows,
        f"What two factors of five come to, in {FORMS[p.decay]}.")  # fmt: skip


def compared(f: steps.Found) -> Table:
    """Set published figures against recomputed ones."""
    paper, steeper, plans = f.forms.paper, f.forms.geometric.decay, f.plans
    four, three, large = partial(num, digits=4), partial(num, digits=3), partial(qty, digits=3)
    rows = [
        *((name, name, getattr(paper.fresh, name), four) for name in "EAB"),
        ("best parameters per unique token", "base_ratio", paper.base_params(1.0), three),
        ("last pass worth 1/e at", "half_epochs", 1 + paper.decay.tokens, three),
        *((f"best {what}, confirming run", f"confirm.{name}", getattr(plans.confirm, name), form)
          for what, name, form in (("parameters", "params", large), ("tokens", "tokens", large), ("passes", "epochs", three))),
        *((f"{what} without decay", f"confirm.chinchilla.{name}", getattr(plans.plain, name), large)
          for what, name in (("parameters", "params"), ("tokens", "tokens"))),
        ("exponent of the explicit decay, tokens", "explicit.D", -np.log1p(-steeper.tokens), three),
        ("exponent of the explicit decay, parameters", "explicit.N", -np.log1p(-steeper.params), three),
    ]  # fmt: skip
    return draw.compared((name, published(key), float(value), form) for name, key, value, form in rows)  # fmt: skip
