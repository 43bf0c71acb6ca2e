"""Figures and tables of the chapter on all public tables."""

import re
from collections.abc import Iterable
from functools import cache

import numpy as np
from matplotlib.axes import Axes

from scalebook.chapters.atlas import steps
from scalebook.chapters.common import between, with_interval
from scalebook.chapters.foresight import SWEEPS
from scalebook.chapters.parameter import Parameters
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Choice, Control, Slider
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, VERMILION
from scalebook.show.formula import Formula
from scalebook.show.numbers import fix, num, pct, sci
from scalinglaws import catalogue, datapackage
from scalinglaws.atlas.answers import LABELS
from scalinglaws.atlas.hierarchy import MEAN
from scalinglaws.runs import Runs

#: What a laboratory is called in figures.
NAMES = {
    "hoffmann": "Hoffmann 2022", "llama3": "Llama 3, 2024", "marin": "Marin 2025", "fineweb": "Li 2025", "porian": "Porian 2024",
    "muennighoff": "Muennighoff 2023", "gadre": "Gadre 2024", "gemstones": "Gemstones 2025", "clark": "Clark 2022", "bhagia": "Bhagia 2024",
    "brown": "Brown 2020", "alabdulmohsin": "Alabdulmohsin 2022",
}  # fmt: skip
#: What a form is called in tables.
CALLED = {"mse": "Chinchilla's form", "powermean": "power mean", "kaplan+floor": "Kaplan's, above a floor",
          "kaplan": "Kaplan's, no floor", "sum": "two terms, no floor"}  # fmt: skip
EXPONENT, RATIO = "exponent of the best size", "best tokens per parameter"
_GAP = 2.0  # between laboratories, in suites
_SHOWN = 150  # points of a table that are drawn


def places(found: steps.Atlas) -> tuple[dict[str, float], dict[str, float]]:
    """Return the ordinate of every suite, and of the middle of every laboratory; the first on top."""
    by_laboratory: dict[str, list[str]] = {}
    for suite in found.suites.values():
        by_laboratory.setdefault(suite.laboratory, []).append(suite.name)
    suites: dict[str, float] = {}
    middles: dict[str, float] = {}
    y = 0.0
    for laboratory, names in by_laboratory.items():
        taken = max(len(names), 3)  # a label has to fit
        start = y - (taken - len(names)) / 2
        suites |= {name: start - k for k, name in enumerate(names)}
        middles[laboratory] = y - (taken - 1) / 2
        y -= taken + _GAP - 1
    return suites, middles


def _rows(
    ax: Axes, found: steps.Atlas, told: Iterable[steps.Told], left: float
) -> dict[str, float]:
    """Name the laboratories, and say which tell nothing; return the ordinates of the suites."""
    suites, middles = places(found)
    ax.set_yticks([*middles.values()], [NAMES[name] for name in middles], fontsize=9)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(min(suites.values()) - 2, 2)
    silent = set(middles) - {each.suite.laboratory for each in told}
    for name in silent:
        draw.label(ax, left, middles[name], "not told by these runs", GREY, (0, 0), fontsize=8.5)
    return suites


def lead(p: Parameters, found: steps.Found) -> draw.Shown:
    """Draw the exponent of every suite by one method; a reader chooses another."""
    atlas, told = found.atlas, found.atlas.told[p.method]
    fig, ax = draw.new(height=5.4)
    ax.set_xlim(0, 1)
    suites = _rows(ax, atlas, told, 0.03)
    middle = float(np.median([each.a[0] for each in told]))
    ax.axvline(0.5, color=INK, linewidth=1, linestyle=":")
    for each in told:
        y = suites[each.suite.name]
        ax.plot(each.a[1:], [y, y], color=BLUE, linewidth=1.1, alpha=0.6)
        ax.plot(each.a[0], y, "o", color=BLUE, markersize=2.6)
    ax.axvline(middle, color=VERMILION, linewidth=1.4)
    ax.set(xlabel=EXPONENT)
    data = {
        method: {"row": [each.suite.name for each in answers], "drawn_at": [suites[each.suite.name] for each in answers],
                 **dict(zip(("a", "a_low", "a_high"), np.array([each.a for each in answers]).T, strict=True))}
        for method, answers in atlas.told.items()
    }  # fmt: skip
    data["median"] = {"row": p.method, "a": [middle]}
    data["alike"] = {"row": "size and data grow alike", "drawn_at": _ends(suites), "a": [0.5, 0.5]}
    least, most = (fix(end(each.a[0] for each in told)) for end in (min, max))
    return draw.show(fig, "fig-atlas-exponents",
        f"Exponents of {len(told)} suites of {steps.laboratories(told)} laboratories by one method ({_lower(LABELS[p.method])}), with 95% bootstrap intervals. They reach from {least} to {most}. Orange: the median. Dotted: size and data grow alike.",
        f"A row of intervals for each suite, in groups by laboratory. The points of one laboratory lie close together, those of different ones apart: from {least} to {most} about a median of {fix(middle)}.",
        data=draw.stack(data), control=control(p, found))  # fmt: skip


def _ends(suites: dict[str, float]) -> list[float]:
    """Return where a line through all rows ends."""
    return [min(suites.values()) - 1, max(suites.values()) + 1]


def _lower(text: str) -> str:
    return text if text.startswith(("Chinchilla", "Kaplan", "IsoFLOP")) else text[0].lower() + text[1:]  # fmt: skip


def grown(factor: float, exponent: float) -> float:
    """Return how many times something grows that goes as a power."""
    times: float = factor**exponent
    return times


def rest(factor: float, exponent: float) -> float:
    """Return how many times the other factor of a product grows."""
    times: float = factor ** (1 - exponent)
    return times


def control(p: Parameters, found: steps.Found) -> Control:
    """Let a reader choose the method, and see what its median means for a larger budget."""
    atlas = found.atlas
    order = [p.method, *(method for method in LABELS if method != p.method)]
    # An option is the median itself, so that formulas know it.
    medians = {m: float(np.median([each.a[0] for each in atlas.told[m]])) for m in order}
    suites, middles = places(atlas)
    layers, says = [], control_.text("No suite tells an exponent so.")
    for method in reversed(order):
        told = atlas.told[method]
        a, low, high = np.array([each.a for each in told]).T
        y = [suites[each.suite.name] for each in told]
        chosen = f"middle == {medians[method]!r}"
        for layer in (control_.bars({"low": low, "high": high, "y": y}, BLUE), control_.dots({"x": a, "y": y}, BLUE)):  # fmt: skip
            layer["mark"] |= {"opacity": {"expr": f"{chosen} ? 0.75 : 0"}}
            layer["mark"] |= {"size": 14} if layer["mark"]["type"] == "point" else {}
            layers.append(layer)
        half = between(np.quantile(a, [0.25, 0.75]))
        begun = f"{LABELS[method]}: {len(told)} suites of {steps.laboratories(told)} laboratories tell an exponent, half of them one from {half}. "  # fmt: skip
        says = control_.either(chosen, control_.text(begun + _MEANS), says)
    lines = "".join(f"datum.value == {y!r} ? '{NAMES[name]}' : " for name, y in middles.items())
    y_axis = control_.axis("", min(suites.values()) - 2, 6, log=False, ticks=[*middles.values()])
    y_axis["axis"] |= {"labelExpr": f"{lines}''", "labelOverlap": False, "labelLimit": 200}
    return Control(
        (Choice("middle", "Fitted by", {LABELS[method]: medians[method] for method in order}),
         Slider("factor", "Compute grows by", 10, 1e6, 100, "times", style="num")),
        {"larger": Formula(grown, {"factor": "factor", "exponent": "middle"}),
         "longer": Formula(rest, {"factor": "factor", "exponent": "middle"})},
        says,
        [control_.curve({"x": [0.5, 0.5], "y": _ends(suites)}, INK, dash=True), *layers,
         control_.marker("middle", "2", VERMILION), control_.moving_name("middle", "2", "'median'", VERMILION, dy=-14)],
        control_.axis(EXPONENT, 0, 1, log=False, labels=".1f", ticks=[0, 0.2, 0.4, 0.6, 0.8, 1]), y_axis, height=420,
    )  # fmt: skip


_MEANS = "By their median, {factor:num} times the compute calls for {larger:times} times the parameters and {longer:times} times the tokens."


def plane(p: Parameters, found: steps.Found) -> draw.Shown:
    """Draw every table on one plane of size and data."""
    tables = catalogue.tables()
    fig, axes = draw.new(4, 4, 6.2, sharex=True, sharey=True)
    size = np.array([1e5, 1e12])
    data = {"rule": {"params": size, "tokens": steps.RULE * size}}
    for ax, name in zip(axes.flat, tables, strict=True):
        runs = _sampled(name)
        ax.plot(size, steps.RULE * size, color=GREY, linewidth=0.8)
        ax.plot(runs.params, runs.tokens, ".", color=BLUE, markersize=2, alpha=0.6)
        ax.set_title(_title(name), fontsize=7)
        data[_title(name)] = {"params": runs.params, "tokens": runs.tokens}
        draw.log_axis(ax, "xy")
        ax.set(xlim=size, ylim=(1e6, 1e13), xticks=[1e6, 1e9, 1e12], yticks=[1e7, 1e10, 1e13])
        ax.tick_params(labelsize=7.5)
    fig.supxlabel("parameters", fontsize=10)
    fig.supylabel("tokens", fontsize=10)
    return draw.show(fig, "fig-atlas-plane",
        f"The tables by size and data; grey: {steps.RULE:g} tokens per parameter. No two tables cover the same ground. Of long ones {_SHOWN} rows are drawn.",
        f"{len(tables)} small panels with points of parameters against tokens, both logarithmic. Profiles fill a band about the grey line, training curves stand upright, tables of one number of tokens lie flat.",
        data=draw.stack(data))  # fmt: skip


@cache
def _sampled(name: str) -> Runs:
    runs = catalogue.table(name, loss_unit=catalogue.tables()[name].loss_unit)
    return runs.sample(_SHOWN)


def _title(name: str) -> str:
    """Return what a reader calls a table: `clark2022_final` is "Clark 2022, final"."""
    source, _, rest = name.removesuffix("_runs").removesuffix("_lm").partition("_")
    named = {"isoflop": "isoFLOP sweeps"}.get(source) or _dated(source)
    return f"{named}, {rest}" if rest else named


#: What readers call the words that names of suites are made of; in this order.
WORDS = {
    r"\bgemstones": "Gemstones", r" (\d+)b\+ only": r", only beyond \1B tokens", r" (\d+)b\+": r", beyond \1B tokens",
    r" hot\b": "", r" cool": ", cool-down", r" lr ablation": ", other rate", r"\bchinchilla\b": "Chinchilla",
    r" (512x|slim|sampled|without|validation)": r", \1", r" lm$": "",
    r"\brpj\b": "RedPajama", r"\brw\b": "RefinedWeb", r"\bc4\b": "C4", r" original\b": "", r"\bpaloma ": "Paloma's ",
    r"\bdolma 100 programing languages": "code", r"\bfalcon refinedweb": "RefinedWeb", r"\bptb": "Penn Treebank",
    r"\bopenlm": "held-out text", r"\bde en\b": "German and English", r"C4 (val|en)\b": "C4", r"\bredpajama": "RedPajama",
}  # fmt: skip
_PORIAN = re.compile("(rw|owt2)-(base|tuned)-(long|short)-(kaplan|chinchilla|const)-(kaplan|standard|attention)-(train|val)")  # fmt: skip
_STEPS = {
    "rw": "RefinedWeb", "owt2": "OpenWebText2", "tuned": "tuned", "long": "long warm-up", "short": "short warm-up",
    "kaplan": "unfinished decay", "chinchilla": "decay", "const": "constant rate",
}  # fmt: skip
_COUNTS = {"kaplan": "Kaplan's count", "standard": "last layer counted", "attention": "attention counted"}  # fmt: skip


def _suite(name: str) -> str:
    """Return what a reader calls a suite: `rpj@c4_val` is "RedPajama, judged on C4"."""
    if steps_ := _PORIAN.fullmatch(name):
        *made, count, _ = steps_.groups()
        return ", ".join([*(_STEPS[word] for word in made if word in _STEPS), _COUNTS[count]])
    called = re.sub(r"[_-]", " ", name.replace("@", ", judged on "))
    for word, better in WORDS.items():
        called = re.sub(word, better, called)
    return SWEEPS.get(name) or _dated(called)


def _dated(name: str) -> str:
    """Return a name with its author and year apart: `clark2022` is "Clark 2022"."""
    author = re.compile(r"^([a-z]+)(20\d\d)")
    return author.sub(lambda found: f"{found[1].capitalize()} {found[2]}", name)


def moves(p: Parameters, found: steps.Found) -> draw.Shown:
    """Draw by how much the method, the counting and the schedule move the exponent."""
    pools = found.pools
    rows = [(LABELS[method], each.value(MEAN), each.interval(MEAN, p.level), BLUE) for method, each in pools.shifts.items()]  # fmt: skip
    rows += [(steps.COVARIATES[name], pools.moved.value(name), pools.moved.interval(name, p.level), ORANGE)
             for name in pools.moved.names if name != MEAN]  # fmt: skip
    for of, words in (("suites", "left among suites of a laboratory"), ("laboratories", "left among laboratories")):  # fmt: skip
        middle = pools.moved.spread(of, p.level)[0]
        rows.append((f"{words} (± one SD)", 0.0, (-middle, middle), GREEN))
    rows.reverse()
    fig, ax = draw.new(height=5.0)
    ax.axvline(0, color=INK, linewidth=1)
    for y, (_, value, ends, colour) in enumerate(rows):
        draw.bar(ax, ends, y, colour, None if colour == GREEN else value, alpha=0.6)
    draw.rows(ax, [_wrapped(name) for name, *_ in rows], fontsize=8.5)
    ax.set(xlabel="what it adds to the exponent a")
    data = {name: {"a": value, "a_low": ends[0], "a_high": ends[1]} for name, value, ends, _ in rows[::-1]}  # fmt: skip
    return draw.show(fig, "fig-atlas-moves",
        f"What moves the exponent. Blue: the method, against Chinchilla's form with Huber's error on the same suites. Orange: how parameters are counted and the learning rate ran. Their bars: {pct(p.level)} intervals. Green bars: one standard deviation, either way, of what is left.",
        f"Horizontal bars about zero. Left over among laboratories is a standard deviation of {fix(pools.moved.spread('laboratories', p.level)[0])}, among suites of one {fix(pools.moved.spread('suites', p.level)[0])}.",
        data=draw.stack(data, by="row"))  # fmt: skip


def _wrapped(text: str) -> str:
    """Break a long name of a row in two lines."""
    if len(text) < 26:
        return text
    spaces = [i for i, letter in enumerate(text) if letter == " "]
    place = min(spaces, key=lambda i: abs(i - len(text) / 2))
    return f"{text[:place]}\n{text[place + 1 :]}"


def ratios(p: Parameters, found: steps.Found) -> draw.Shown:
    """Draw the best tokens per parameter of every suite, at its largest run and far beyond."""
    atlas = found.atlas
    told = [each for each in atlas.told[p.method] if np.isfinite(each.ratio[0])]
    fig, ax = draw.new(height=5.0)
    draw.plain_axis(ax, "x", 0.01, 1e4, most=3)
    suites = _rows(ax, atlas, told, 0.02)
    ax.axvspan(steps.RULE / p.near, steps.RULE * p.near, color=GREY, alpha=0.15, linewidth=0)
    for each in told:
        y = suites[each.suite.name]
        ax.plot(each.far[0], y, "o", color=ORANGE, markersize=2.6, markerfacecolor="none", markeredgewidth=0.8)  # fmt: skip
        ax.plot(each.ratio[1:], [y, y], color=BLUE, linewidth=1, alpha=0.6)
        ax.plot(each.ratio[0], y, "o", color=BLUE, markersize=2.6)
    ax.set(xlabel=RATIO)
    columns = np.array([[*each.ratio, each.far[0]] for each in told]).reshape(-1, 4).T
    names = [each.suite.name for each in told]
    data = draw.stack({
        "at the largest run": {"row": names, **dict(zip(("ratio", "ratio_low", "ratio_high"), columns, strict=False))},
        f"at {steps.FAR:.0e} FLOP": {"row": names, "ratio": columns[3]},
        "about the rule": {"ratio": [steps.RULE / p.near, steps.RULE * p.near]},
    })  # fmt: skip
    return draw.show(fig, "fig-atlas-ratios",
        f"Blue: the best tokens per parameter at the largest run of each suite (95% bootstrap). Orange rings: carried on to {sci(steps.FAR, 1)} FLOP. Grey: within a factor of {p.near:g} of {steps.RULE:g}.",
        f"A point for each suite, in groups by laboratory, along a logarithmic axis of tokens per parameter. The blue ones scatter about {steps.RULE:g}; the orange rings lie farther apart.",
        data=data)  # fmt: skip


def preferences(p: Parameters, found: steps.Forms) -> draw.Table:
    """List how many suites reject each form, and in how many it predicts best."""
    rows = [
        [CALLED[form], f"{found.rejected[form]} of {found.judged[form]}",
         f"{found.best[form]} of {found.predicted}"]
        for form in steps.FORMS
    ]  # fmt: skip
    return draw.Table(["form", "clearly worse", "predicts best"], rows,
        "Suites in which a form is clearly worse than the best (over ten in Akaike's criterion), where it converged; and suites whose largest runs it predicts best from the others.")  # fmt: skip


def rejections(p: Parameters, found: steps.Forms) -> draw.Table:
    """List how many suites of each laboratory reject each form."""
    rows = [
        [f"{NAMES[name]} ({suites})", *(str(rejected[form]) for form in steps.FORMS)]
        for name, (suites, rejected, _) in found.by_laboratory.items()
    ]
    return draw.Table(["laboratory (suites)", *(CALLED[form] for form in steps.FORMS)], rows, "Suites in which a form is clearly worse than the best, by laboratory.")  # fmt: skip


#: Published laws by what they are called, and whose they are.
LAWS = {"hoffmann2022": "Hoffmann 2022, constants of the source", "hoffmann2022-printed": "Hoffmann 2022, as printed",
        "besiroglu2024": "Besiroglu 2024, as printed", "muennighoff2023": "Muennighoff 2023, runs of one epoch"}  # fmt: skip


def laws(p: Parameters, found: dict[str, steps.OnItsOwn]) -> draw.Table:
    """List how published laws fit the runs that they were fitted to."""
    named = {LAWS[name]: each for name, each in found.items() if name in LAWS}
    others = [(e.error, e.refit, e.times) for name, e in found.items() if name not in LAWS]
    rows = [
        [f"{name} ({each.runs} runs)", pct(each.error), pct(each.refit), fix(each.times)]
        for name, each in sorted(named.items(), key=lambda pair: -pair[1].times)
    ]
    error, refit, times = np.median(others, axis=0)
    rows.append([f"Gemstones 2025, medians of {len(others)} fits", pct(error), pct(refit), fix(times)])  # fmt: skip
    return draw.Table(["law", "error", "best of the form", "times"], rows,
        "Published laws on the runs that they came with: root mean square error of the loss, that of Chinchilla's form fitted to the same runs, and their ratio.")  # fmt: skip


def compared(p: Parameters, found: steps.Found) -> draw.Table:
    """Set the exponents that Porian et al. print against those of the atlas."""
    own = {each.suite.name: each.a[0] for each in found.atlas.told["akima"]}
    rows = [
        (f"a of {_suite(row['suite'])}", row["a"], own[row["suite"]], 3)
        for row in datapackage.rows("porian2024_fits")
        if row["suite"] in own
    ]
    return draw.compared(rows, note=", of the suites of Porian et al. 2024 by their method, minima of Akima splines")  # fmt: skip


def tables(p: Parameters, found: steps.Found) -> draw.Table:
    """List every table: what a row is, how parameters are counted, and the licence."""
    rows = [
        [_title(each.name), f"{each.rows:,}", str(max(len(each.suites), 1)), each.row, _counting(each.counting), each.licence]
        for each in catalogue.tables().values()
    ]  # fmt: skip
    return draw.Table(["table", "rows", "suites", "a row is", "parameters count", "licence"], rows, "The public tables of training runs.")  # fmt: skip


def _counting(text: str) -> str:
    """Return how parameters are counted, without what only names a column of the table."""
    return re.sub(r" \(\w+_\w+\)|; \w+_\w+ [^;]*", "", text).replace("6 params tokens", "6ND")


def everything(p: Parameters, found: steps.Found) -> draw.Table:
    """List the exponent of every suite by three methods, its floor and its ratio."""
    methods = ("huber", "powermean", "window")
    by = {m: {each.suite.name: each for each in found.atlas.told[m]} for m in methods}
    rows = []
    for name, suite in found.atlas.suites.items():
        told = by["huber"].get(name) or by["powermean"].get(name)
        cells = [with_interval(by[m][name].a[0], by[m][name].a[1:]).replace(" to ", "\u00a0to\u00a0") if name in by[m] else "—" for m in methods]  # fmt: skip
        floor = num(told.floor[0]) if told else "—"
        ratio = num(told.ratio[0], 2) if told else "—"
        rows.append(
            [
                _suite(name),
                str(suite.runs),
                sci(suite.compute, 2),
                suite.schedule,
                *cells,
                floor,
                ratio,
            ]
        )
    return draw.Table(["suite", "runs", "largest, FLOP", "learning rate", "a, Chinchilla's form", "a, power mean", "a, isoFLOP", "floor", "ratio"],
        rows, f"Every suite: exponents with 95% bootstrap intervals; floor, and best ratio of tokens to parameters at the largest run, by the first form that tells them. — : not told by these runs. Fits of {found.atlas.made}.")  # fmt: skip
