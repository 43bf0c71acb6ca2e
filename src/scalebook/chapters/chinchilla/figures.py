"""Figures and tables of the chapter on Chinchilla's law."""

import numpy as np

from scalebook.chapters.chinchilla import fits, intervals, steps
from scalebook.chapters.chinchilla.fits import HOFFMANN, REPLICATION, Fitted, Sample, published
from scalebook.chapters.common import between, printed
from scalebook.chapters.parameter import Parameters
from scalebook.show import figures as draw
from scalebook.show.figures import BLUE, GREY, INK, ORANGE, SKY, VERMILION, Shown, Table
from scalebook.show.numbers import fix, num, pct, qty, sci, span
from scalinglaws import registry
from scalinglaws.balance import Allocation
from scalinglaws.fitting import LAD
from scalinglaws.fitting.likelihood import Conditioning
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense


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
        f"The {len(everything)} runs span {qty(used.params.min(), 2)} to {qty(used.params.max(), 2)} parameters and {sci(used.flop.min(), 2)} to {sci(used.flop.max(), 2)} FLOP.{crosses}",
        f"Scatter of training tokens against parameters, coloured by loss, which falls from {fix(used.loss.max())} at small sizes and few tokens to {fix(used.loss.min())} nats per token.{crosses}", data=data)  # fmt: skip


def objectives(sample: Sample, fitted: Fitted) -> Shown:
    """Draw two objectives along the line through their minima, and where the printed law lies."""
    start, line = fitted.stated.values, fitted.absolute.values - fitted.stated.values
    along = np.linspace(-1, 2, 121)
    place = float((fits.FORM.values(REPLICATION) - start) @ line / np.sum(line**2))
    data: draw.Series = {"printed": {"position": place}}
    fig, ax = draw.new(height=3.6)
    highest = []
    for best, colour, text, shift in (
        (fitted.stated, BLUE, "Huber, as stated", (2, 12)),
        (fitted.absolute, ORANGE, "absolute error", (14, 0)),
    ):
        charges = best.problem.objective(start + along[:, None] * line)
        excess = 100 * (charges / best.problem.objective(best.values) - 1)
        highest.append(excess.max())
        data[text] = {"position": along, "excess_percent": excess}
        draw.line(ax, along, excess, colour, text, 0, shift)
    lie = "the printed constants, of other runs or for another objective, lie beyond the picture"
    if along[0] <= place <= along[-1]:
        draw.vline(ax, place, INK, "printed", shift=(5, -8), linestyle="--")
        lie = f"the printed constants lie at {fix(place, 2)}"
    if abs(place - 1) < 0.1:
        lie += ": at that of the absolute error, not of the stated objective"
    ax.set_ylim(bottom=0)
    ax.set(xlabel="from the Huber minimum (0) to the absolute one (1)", ylabel="objective above its minimum (%)")  # fmt: skip
    flat = "Both curves are nearly flat; the" if highest[0] < 1 else "The"
    apart = fits.objective(fitted.absolute.law, sample, fitted.error) / fitted.stated.objective - 1
    return draw.show(fig, "fig-objectives",
        f"Along the line through both minima {lie}. {flat} two minima differ by {pct(apart, 1)} in the Huber objective.",
        f"Two curves along the line through both minima. The Huber objective is lowest at 0, the absolute error at 1; {lie}.", data=draw.stack(data))  # fmt: skip


def floors(p: Parameters, found: list[fits.Floor]) -> Shown:
    """Draw the irreducible loss by the choice of error, with its intervals."""
    lowest, highest = min(found, key=lambda each: each.E), max(found, key=lambda each: each.E)
    papers = next(each for each in found if each.name == fits.PAPERS)
    printed = {"replication": float(REPLICATION.E), "Hoffmann et al.": float(HOFFMANN.E)}
    names, values, low, high = zip(*((each.name, each.E, each.low, each.high) for each in found), strict=True)  # fmt: skip
    data = draw.stack({
        "floor": {"row": names, "loss": values, "loss_low": low, "loss_high": high},
        **{name: {"loss": floor} for name, floor in printed.items()},
    })  # fmt: skip
    fig, ax = draw.new(height=4.4)
    for place, floor in enumerate(found):
        colour = VERMILION if floor is papers else BLUE
        draw.bar(ax, (floor.low, floor.high), place, colour, value=floor.E)
    for (text, floor_of), colour in zip(printed.items(), (INK, GREY), strict=True):
        draw.vline(ax, floor_of, colour, text, len(found) - 0.4, (4, 0), linestyle="--")
    draw.rows(ax, [floor.name for floor in found])
    ax.set(xlabel="irreducible loss E (nats per token)", ylim=(-0.6, len(found)))
    quantiles = all(each.name.startswith("quantile") for each in (lowest, highest))
    shifted = "; the ends are quantile fits, which are meant to shift it" if quantiles else ""
    times = (highest.E - lowest.E) / (papers.high - papers.low)
    return draw.show(fig, "fig-error-models",
        f"The choice of error moves the floor from {fix(lowest.E)} to {fix(highest.E)} nats per token on the same data, {num(times, 2)} times the width of the {pct(p.level)} interval that the paper's own choice gives{shifted}. "
        f"Bars: bootstrap of {p.resamples} resamples for the paper's choice, of {min(fits.FLOOR_RESAMPLES, p.resamples)} where drawn for the others.",
        f"Dot plot of the irreducible loss under ten choices of error model and data, from {fix(lowest.E)} to {fix(highest.E)}; the paper's choice gives {fix(papers.E)}, the replication prints {fix(float(REPLICATION.E))} and Hoffmann et al. {fix(float(HOFFMANN.E))}.", data=data)  # fmt: skip


def exponent(found: intervals.Exponent, ours: float, draws: ParametricLaw) -> Shown:
    """Draw the resamples' exponent of the optimal size beside the three printed ones."""
    marks, (low, high) = intervals.approaches(), found.interval80
    third = marks[2]
    density, edges = np.histogram(draws.a, bins=20, density=True)
    centres = (edges[1:] + edges[:-1]) / 2
    data = draw.stack({
        "bootstrap": {"exponent": centres, "density": density}, "our fit": {"exponent": ours},
        **{f"approach {k}": {"exponent": each.value, "exponent_low": each.low, "exponent_high": each.high}
           for k, each in enumerate(marks, 1)},
    })  # fmt: skip
    fig, ax = draw.new(height=3.8)
    draw.band(ax, centres, 0 * density, density, BLUE)
    ax.plot(centres, density, color=BLUE)
    ax.set_ylim(bottom=0)
    height = ax.get_ylim()[1]
    for place, mark in enumerate(marks):
        y, text = height * (0.86 - 0.13 * place), f"approach {place + 1}"
        ax.plot([mark.low, mark.high], [y, y], color=VERMILION, linewidth=4)
        draw.point(ax, mark.value, y, VERMILION, markersize=5)
        draw.label(ax, min(mark.low, mark.value), y, text, VERMILION, shift=(-7, 0), ha="right")
    draw.vline(ax, ours, BLUE, "our fit", height * 0.97)
    draw.label(ax, high, height * 0.55, "bootstrap", BLUE, shift=(10, 0))
    ax.set_xlim(min(0.405, edges[0] - 0.01), max(0.605, edges[-1] + 0.01))
    ax.set(xlabel="a, exponent of compute in the optimal size", ylabel="density of resamples", yticks=[])  # fmt: skip
    contains = "contains" if low <= third.value <= high else "does not contain"
    outside = "" if third.low <= third.value <= third.high else ", which lies outside its own interval"  # fmt: skip
    first, second, last = (fix(each.value) for each in marks)
    return draw.show(fig, "fig-a",
        f"The bootstrap's 80% interval for a, {span(found.interval80)}, is {num(found.times, 2)} times as wide as the one printed for the parametric fit (vermilion: Hoffmann et al., point and 80% interval), and {contains} its point{outside}.",
        f"Density of the exponent a over the resamples, centred on {fix(ours, 3)}, with three printed estimates: {first}, {second}, and {last} with a very short interval.", data=data)  # fmt: skip


def ratios(p: Parameters, sample: Sample, fitted: Fitted, found: intervals.Ratios) -> Shown:
    """Draw optimal tokens per parameter against compute, with both kinds of interval."""
    budgets, ratio = found.budgets, found.ratio
    hoffmann = dense.optimal(HOFFMANN, budgets).tokens_per_param
    chinchilla = registry.published_model("Chinchilla")
    there = 6 * chinchilla.params * chinchilla.tokens, chinchilla.tokens / chinchilla.params
    flop, profiles = sample.used.flop, np.reshape([*found.profiles.values()], (-1, 2)).T
    data = draw.stack({
        "our fit": {"compute": budgets, "ratio": ratio, "ratio_low": found.low, "ratio_high": found.high},
        "our fit, profile": {"compute": [*found.profiles], "ratio_low": profiles[0], "ratio_high": profiles[1]},
        "Hoffmann et al., approach 3": {"compute": budgets, "ratio": hoffmann},
        "Chinchilla": {"compute": there[0], "ratio": there[1]}, "rule of thumb": {"ratio": 20},
        "runs": {"compute_low": flop.min(), "compute_high": flop.max()},
    })  # fmt: skip
    shown = np.hstack([found.low, found.high, hoffmann, *found.profiles.values(), 20])
    fig, ax = draw.new(height=4.2, log="x")
    draw.plain_axis(ax, "y", max(shown.min() / 1.5, 1e-3), min(shown.max() * 1.5, 1e6), most=10)
    draw.band(ax, budgets, found.low, found.high, BLUE)
    draw.line(ax, budgets, ratio, BLUE, "our fit", -1, (-4, 10), "right")
    draw.line(ax, budgets, hoffmann, VERMILION, "Hoffmann et al., approach 3", 24, (-8, 8), "right")  # fmt: skip
    for c, profile in found.profiles.items():
        ax.plot([c, c], profile, color=BLUE, linewidth=2.5)
    draw.hline(ax, 20, INK, linestyle="--")
    draw.point(ax, *there, INK, "Chinchilla", (4, 11), marker="D", markersize=5)
    draw.shade_runs(ax, flop)
    ax.set(xlabel="training compute (FLOP)", ylabel="optimal tokens per parameter")
    twenty, at = _twenty(found), num(float(fitted.best.tokens_per_param))
    return draw.show(fig, "fig-ratio",
        f"At {sci(p.compute)} FLOP the optimum is {at} tokens per parameter, {pct(p.level)} interval {span(found.at_compute, 2)} (band: bootstrap; bars: profile). {twenty}; {_trend(p.level, found.falling_share)}.",
        f"Optimal tokens per parameter against compute. Our fit goes from {num(float(ratio[0]), 2)} to {num(float(ratio[-1]), 2)}, in a band that widens from the runs outwards. {twenty}. Hoffmann's third approach rises steeply.", data=data)  # fmt: skip


def _twenty(found: intervals.Ratios) -> str:
    inside = (found.low <= 20) & (found.high >= 20)
    if not inside.any():
        return f"Twenty is rejected at every budget from {sci(found.budgets[0], 1)} to {sci(found.budgets[-1], 1)} FLOP"
    held, side = found.budgets[inside], "few" if found.low[0] > 20 else "many"
    below = "" if inside[0] else f"; below, it is too {side}"
    return f"Twenty cannot be rejected at budgets from about {sci(held[0], 1)} to {sci(held[-1], 1)} FLOP{below}"


def _trend(level: float, falling: float) -> str:
    if min(falling, 1 - falling) > (1 - level) / 2:
        return "whether the ratio rises or falls with compute cannot be told from these data"
    return f"the ratio {'falls' if falling > 0.5 else 'rises'} with compute"


def valley(sample: Sample, fitted: Fitted, draws: ParametricLaw, condition: Conditioning) -> Shown:
    """Draw the error over the two exponents, with the resamples and three fits."""
    (alpha, beta, error), fit = intervals.valley(fitted.stated, draws), fitted.stated.law
    every, some = f"all {len(sample.everything)} runs", np.array([draws.alpha, draws.beta])[:, :500]
    laws = {"our fit": fit, "Hoffmann et al.": HOFFMANN, every: fitted.stated_all.law}
    grid = np.meshgrid(alpha, beta)
    data = draw.stack({
        "error over its minimum": {"alpha": grid[0].ravel(), "beta": grid[1].ravel(), "multiple": np.ravel(error)},
        "resamples": {"alpha": some[0], "beta": some[1]},
        **{name: {"alpha": law.alpha, "beta": law.beta} for name, law in laws.items()},
    })  # fmt: skip
    fig, ax = draw.new(height=4.4)
    lines = ax.contour(alpha, beta, error, levels=[1.01, 1.02, 1.05, 1.1, 1.2, 1.4], colors=GREY, linewidths=1)  # fmt: skip
    # Towards the upper right, where no resample lies, on one line so that none meets another.
    places = [tuple(axis[0] + share * np.ptp(axis) for axis in (alpha, beta)) for share in (0.66, 0.73, 0.8, 0.89)]  # fmt: skip
    ax.clabel(lines, lines.levels[2:], fmt=lambda value: f"+{100 * (value - 1):.0f}%", fontsize=9, manual=places)  # fmt: skip
    ax.scatter(*some, s=5, color=BLUE, alpha=0.5, linewidth=0)
    for (text, law), shift in zip(laws.items(), ((14, -34), (8, 0), (8, 6)), strict=True):
        draw.point(ax, float(law.alpha), float(law.beta), VERMILION, text, shift, markersize=7)
    equal = max(alpha[0], beta[0]), min(alpha[-1], beta[-1])
    draw.line(ax, equal, equal, INK, "α = β", 0, (10, -8), linewidth=1, linestyle=":")
    ax.set(xlabel="α, exponent of size", ylabel="β, exponent of data")
    side = "on both sides" if 0 < np.mean(draws.alpha < draws.beta) < 1 else "all on one side"
    return draw.show(fig, "fig-valley",
        f"With the amplitudes solved exactly, two exponents are left, and their condition number is {num(condition.projected, 2)}; in the five printed constants it is {sci(condition.full, 1)}. "
        f"Lines: root-mean-square error above its minimum. Dots: bootstrap resamples of the Huber fit, {side} of the line α = β that decides which way tokens per parameter go.",
        f"Contours of the error over the two exponents. Our fit lies near ({fix(float(fit.alpha))}, {fix(float(fit.beta))}), Hoffmann's constants near ({fix(float(HOFFMANN.alpha))}, {fix(float(HOFFMANN.beta))}); resamples scatter around our fit, {side} of the diagonal.", data=data)  # fmt: skip


def extrapolation(p: Parameters, sample: Sample, fitted: Fitted, found: intervals.Extrapolation) -> Shown:  # fmt: skip
    """Draw the loss at the optimum to beyond the largest run, with its intervals."""
    compute, fit, used = found.compute, fitted.stated.law, sample.used
    floor, last = float(fit.E), float(compute[-1])
    off = np.log(used.params / dense.optimal(fit, used.flop).params)
    near = used.take(np.abs(off) < np.log(1.5))
    hoffmann = dense.optimal(HOFFMANN, compute).loss
    data = draw.stack({
        "our fit": {"compute": compute, "loss": found.loss, "loss_low": found.law[0], "loss_high": found.law[1]},
        "our fit, a single run": {"compute": compute, "loss_low": found.run[0], "loss_high": found.run[1]},
        "Hoffmann et al.": {"compute": compute, "loss": hoffmann}, "floor": {"loss": floor},
        "runs near the optimum": {"compute": near.flop, "loss": near.loss},
    })  # fmt: skip
    fig, ax = draw.new(height=4.2, log="x")
    draw.band(ax, compute, *found.run, SKY)
    draw.band(ax, compute, *found.law, BLUE)
    draw.line(ax, compute, found.loss, BLUE)
    draw.line(ax, compute, hoffmann, VERMILION, "Hoffmann et al.", -1, (-4, -14), "right", linewidth=1.4)  # fmt: skip
    ax.scatter(near.flop, near.loss, s=10, color=INK, linewidth=0, zorder=3)
    draw.hline(ax, floor, INK, f"floor E = {fix(floor)}", compute[0], (0, -9), linestyle="--")
    ax.set_ylim(bottom=min(1.65, 0.97 * float(found.law[0].min())))
    named = float(np.clip(1e21, compute[5], compute[-5]))
    draw.label(ax, named, float(dense.optimal(fit, named).loss), "our fit", BLUE, shift=(8, 10))
    ax.set(xlabel="training compute (FLOP)", ylabel="loss at the optimum (nats per token)")
    low, high = (fix(float(end[-1]), 3) for end in found.run)
    return draw.show(fig, "fig-extrapolation",
        f"At {sci(last, 2)} FLOP, {num(p.extrapolation, 4)} times the largest run, the fitted law predicts {fix(float(found.loss[-1]), 3)} nats per token, {pct(p.level)} prediction interval {low} to {high} (dark band: law; light band: a single run). The form of the law is taken for granted.",
        f"Loss at the optimum against compute, falling from {fix(float(found.loss[0]))} towards the floor at {fix(floor)}, with a narrow band. Runs near the optimum lie along the curve; Hoffmann's law ends lower.", data=data)  # fmt: skip


def candidates(sample: Sample, fitted: Fitted) -> Table:
    """List five sets of constants with what two objectives make of them."""
    digits = {"A": 2, "B": 2, "E": 4, "alpha": 4, "beta": 4}
    rows = [
        [name, *(fix(getattr(law, constant), places) for constant, places in digits.items()),
         sci(fits.objective(law, sample, fitted.error), 6), fix(fits.objective(law, sample, LAD), 4)]
        for name, law in fits.candidates(fitted).items()
    ]  # fmt: skip
    return Table(["constants", *digits, "Huber objective", "sum of |r|"], rows,
        f"Five sets of constants on the same {len(sample.used)} runs.")  # fmt: skip


def log_likelihoods(sample: Sample, tests: fits.LogLikelihoods) -> Table:
    """Set log-likelihoods of three sets of constants against the published ones."""
    used, everything = len(sample.used), len(sample.everything)
    names = {"refit": f"fit of the {used} runs", "hoffmann": "Hoffmann et al., unrounded", "hoffmann_printed": "Hoffmann et al., as printed"}  # fmt: skip
    rows = [
        [names[key], str(n), fix(published(f"{table}.{key}")), fix(value)]
        for table, n, values in (("loglik", used, tests.used), ("loglik245", everything, tests.everything))
        for key, value in values.items()
    ]  # fmt: skip
    ratio = ["likelihood ratio, p", str(used), sci(published("lr.p"), 2), sci(tests.ratio.p, 2)]
    return Table(["log-likelihood of", "on runs", "published", "recomputed"], [*rows, ratio],
        "Log-likelihoods of three sets of constants, on the runs used and on all.")  # fmt: skip


def optima(p: Parameters, found: dict[str, Allocation]) -> Table:
    """List the optimum at the quoted budget by four sets of constants."""
    rows = [[name, qty(float(best.params)), qty(float(best.tokens)), num(float(best.tokens_per_param)), fix(float(best.loss), 3)]
            for name, best in found.items()]  # fmt: skip
    return Table([f"optimum at {sci(p.compute)} FLOP", "parameters", "tokens", "tokens per parameter", "loss"], rows,
        "The optimum by four sets of constants.")  # fmt: skip


def constants(p: Parameters, found: dict[str, intervals.Constant]) -> Table:
    """List the constants with their standard errors and two intervals."""
    rows = []
    for name, each in found.items():
        places = 2 if name in "AB" else 4
        both = (between(pair, places) for pair in (each.interval, each.profile))
        error = f"{num(each.se, 3)} ± {num(each.se_error, 1)}"
        rows.append([name, fix(each.value, places), error, f"{published(f'{name}.se'):g}", *both])
    level = pct(p.level)
    return Table(["", "estimate", "standard error", "published", f"bootstrap {level}", f"profile {level}"], rows,
        "Constants with standard errors (bootstrap, ± their Monte Carlo error), the replication's, and two intervals.")  # fmt: skip


def equality(tests: intervals.Tests) -> Table:
    """List four answers to whether Hoffmann's constants equal the fitted ones."""
    rows = [[*which, fix(test.statistic, 1), sci(test.p, 2)] for which, test in tests.items()]
    return Table(["scale of E, A, B", "Hoffmann's constants", "chi-square", "p"], rows,
        "One question, four answers: chi-square for equality, 5 degrees of freedom.")  # fmt: skip


def splits(p: Parameters, found: list[intervals.Split]) -> Table:
    """List fits of the cheaper runs, and how well they predict the dearer ones."""
    rows = [[sci(s.limit, 2), str(s.runs), fix(s.E), fix(s.a, 3), pct(s.covered), f"{num(s.reach, 2)} x"] for s in found]  # fmt: skip
    return Table(["fitted up to (FLOP)", "runs", "E", "a", f"dearer runs inside their {pct(p.level)} interval", "reach"], rows,
        "Fits of the cheaper runs, tested on the dearer ones.")  # fmt: skip


def compared(f: steps.Found) -> Table:
    """Set published figures against recomputed ones."""
    lad, every, tests = f.fitted.absolute.law, f.fitted.absolute_all.law, f.tests.used
    budget = printed("hoffmann2022.gopher.params_at_budget")
    refit, all245 = ((("A", 2), ("B", 2), ("E", 4), ("alpha", 4), ("beta", 4)),
                     (("E", 2), ("alpha", 3), ("A", 1), ("B", 0), ("beta", 3)))  # fmt: skip
    return draw.compared([
        *((f"{n}, replication (absolute error)", getattr(REPLICATION, n), getattr(lad, n), places) for n, places in refit),
        ("a, replication", published("a"), float(lad.a), 4),
        *((f"{n}, all runs (absolute error)", published(f"all245.{n}"), getattr(every, n), places) for n, places in all245),
        *((f"standard error of {n}", published(f"{n}.se"), f.constants[n].se, places) for n, places in (("E", 3), ("A", 1), ("B", 0), ("a", 3))),
        ("width of the 80% interval of a", published("a.width80"), float(np.ptp(f.exponent.interval80)), 3),
        ("log-likelihood, refit", published("loglik.refit"), tests["refit"], 2),
        ("log-likelihood, Hoffmann unrounded", published("loglik.hoffmann"), tests["hoffmann"], 2),
        ("log-likelihood, Hoffmann printed", published("loglik.hoffmann_printed"), tests["hoffmann_printed"], 2),
        ("runs needed for Hoffmann's interval", published("runs_needed"), f.exponent.runs_needed, 0),
        ("a, Hoffmann's approach 3", intervals.approaches()[2].value, float(HOFFMANN.a), 3),
        ("optimal size at Gopher's budget (40B)", budget, float(f.optima["Hoffmann et al., unrounded"].params), qty),
    ], "; the tests stand in their own section")  # fmt: skip
