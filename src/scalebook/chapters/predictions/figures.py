"""Figures and tables of the chapter on predictions."""

from typing import Any

import numpy as np

from scalebook.chapters.parameter import Parameters
from scalebook.chapters.predictions import promises, steps
from scalebook.chapters.predictions.outcome import FORMS
from scalebook.chapters.predictions.trials import NAMES, NARROW, SURE, Tried
from scalebook.chapters.predictions.words import span, times
from scalebook.show import control as control_
from scalebook.show import figures as draw
from scalebook.show.control import Choice, Control, Layer, Slider
from scalebook.show.figures import BLUE, GREEN, GREY, INK, VERMILION, Shown, Table
from scalebook.show.formula import Formula
from scalebook.show.numbers import fix, num, pct
from scalinglaws.prediction import calibration
from scalinglaws.units import Floats

DISTANCE = "compute, over the largest run fitted"
ERROR = "came out, over predicted, %"
CHINCHILLA = "the Chinchilla refit"
#: Forms as a sentence names them, by the key of their results.
FORM_NAMES = {
    "sum": "Chinchilla's form", "free": "two terms without a floor", "mean": "the power mean of all runs",
    "near": "the power mean of runs near the frontier", "varying": "the law whose exponent varies with size",
    "left": "the same law with what it leaves over",
}  # fmt: skip
PLACES = ("1–3", "3–10", "10–30", "30–100", "over 100")
_SAID = ("up to 3 times", "3 to 10 times", "10 to 30 times", "30 to 100 times", "over 100 times")
_FARTHEST, _TALLEST, _DOTS = 300.0, 30.0, 350


def is_narrow(p: Parameters) -> bool:
    """Return whether the level of the parameters is that of the second band."""
    return bool(abs(p.level - NARROW) < 1e-9)


def _curve(trend: steps.Trend) -> tuple[Floats, Floats]:
    h = np.geomspace(1, _FARTHEST, 61)
    return h, steps.half_width(h, trend.scale, trend.power)  # type: ignore[arg-type, return-value]


def _dots(p: Parameters, found: Tried) -> tuple[Floats, Floats, dict[str, Any]]:
    """Draw some of the larger runs, each as likely as it counts: distance, error and what held it."""
    among = np.flatnonzero(found.within(_FARTHEST))
    weight = calibration.weights_of(found.rows, found.within(_FARTHEST))
    some = np.random.default_rng(p.seed).choice(
        among, _DOTS, replace=False, p=weight / weight.sum()
    )
    held = {kind: found.held(kind)[some] for kind in ("band", "law")}
    return np.maximum(found.h[some], 1.0), 100 * np.expm1(found.off["band"][some]), held


def lead(p: Parameters, found: steps.Found) -> Shown:
    """Draw the errors of larger runs in a band that widens with distance; a reader moves along it."""
    x, y, held = _dots(p, found.tried)
    h, band = _curve(found.width.trend["band"])
    _, law = _curve(found.width.trend["law"])
    inside = held["band"]
    fig, ax = draw.new(height=4.2)
    draw.band(ax, h, -band, band, BLUE)
    for side in (-1, 1):
        ax.plot(h, side * law, color=INK, linewidth=1.2, linestyle=":")
    ax.scatter(x[inside], y[inside], s=9, color=BLUE, linewidth=0, alpha=0.7)
    ax.scatter(x[~inside], y[~inside], s=26, color=VERMILION, marker="D", linewidth=0)
    draw.plain_axis(ax, "x", 0.95, 1.05 * _FARTHEST)
    ax.set(xlabel=DISTANCE, ylabel=ERROR, ylim=(-_TALLEST, _TALLEST))
    draw.label(
        ax,
        12,
        -steps.half_width(12, found.width.trend["band"].scale, found.width.trend["band"].power),
        f"{pct(p.level)} band",
        BLUE,
        (0, -12),
    )
    draw.label(
        ax,
        70,
        steps.half_width(70, found.width.trend["law"].scale, found.width.trend["law"].power),
        "law's own",
        INK,
        (2, 8),
        ha="center",
    )
    data = draw.stack({
        f"{pct(p.level)} band": {"distance": h, "error_percent_low": -band, "error_percent_high": band},
        f"law's own {pct(p.level)}": {"distance": h, "error_percent_low": -law, "error_percent_high": law},
        "held by its band": {"distance": x[inside], "error_percent": y[inside]},
        "outside its band": {"distance": x[~inside], "error_percent": y[~inside]},
    })  # fmt: skip
    c = found.coverage
    return draw.show(fig, "fig-fan",
        f"Each point is a larger run of a public suite: {_DOTS} of {c.predicted:,}, laboratories alike; round if its calibrated band held it, else a diamond. Dotted: the law's own {pct(p.level)} interval. Drawn are typical widths; each run is judged by its own.",
        f"Points about zero error, against compute from 1 to {times(_FARTHEST)} times that of the largest run fitted. A band opens to the right, from {span(found.width.trend['band'].at(1))} to {span(found.width.trend['band'].at(100))} at a hundred times; within it a narrower dotted funnel, the law's own interval. Most points lie close to zero; a few diamonds lie outside.",
        data=data, control=_control(p, found, x, y, held))  # fmt: skip


def chosen(own: float, band: float, law: float) -> float:
    """Return the half-width that is asked for: of the band at 0, of the law at 1."""
    half: float = band + own * (law - band)
    return half


def _control(
    p: Parameters, found: steps.Found, x: Floats, y: Floats, held: dict[str, Any]
) -> Control:
    """Let a reader choose a distance and an interval."""
    trend = found.width.trend
    band, law = held["band"], held["law"]
    # Which of the points lie outside depends on the interval that is chosen: all or none of a group.
    groups = ((band & law, "false"), (band & ~law, "own > 0.5"), (~band & law, "own < 0.5"), (~band & ~law, "true"))  # fmt: skip
    points = [
        _marked(control_.dots({"x": x[at], "y": y[at]}, BLUE), color=f"{out} ? '{VERMILION}' : '{BLUE}'", shape=f"{out} ? 'diamond' : 'circle'")
        for at, out in groups
    ]  # fmt: skip
    areas = []
    for kind, when in (("band", "own < 0.5"), ("law", "own > 0.5")):
        h, half = _curve(trend[kind])
        area = control_.band({"x": h, "low": -half, "high": half}, BLUE)
        areas.append(_marked(area, opacity=f"{when} ? 0.22 : 0"))
    # The narrower interval, for comparison; it is the last.
    areas += [control_.curve({"x": h, "y": side * half}, INK, dash=True) for side in (-1, 1)]
    return Control(
        (Slider("h", "Times more compute", 1.2, _FARTHEST, 10, style="num"),
         Choice("own", "Interval", {f"{pct(p.level)} band": 0, f"the law's own {pct(p.level)}": 1})),
        {"wide": Formula(steps.half_width, {"h": "h", "scale": trend["band"].scale, "power": trend["band"].power}),
         "tight": Formula(steps.half_width, {"h": "h", "scale": trend["law"].scale, "power": trend["law"].power}),
         "half": Formula(chosen, {"own": "own", "band": "wide", "law": "tight"}),
         "below": Formula(minus, {"value": "half"})},
        control_.either("own < 0.5", _says(found, "band", "a band as wide as other laboratories needed is ±{half:num}% of the loss", "their bands"),
                        _says(found, "law", "the law's own interval is ±{half:num}% of the loss", "theirs")),
        [*areas, *points, control_.marker("h", "half", INK), control_.marker("h", "below", INK),
         control_.moving_name("h", "half", control_.text("±{half:num}%"))],
        control_.axis(DISTANCE, 1, _FARTHEST, labels="~g", ticks=[1, 3, 10, 30, 100, 300]),
        control_.axis(ERROR, -_TALLEST, _TALLEST, log=False),
    )  # fmt: skip


def minus(value: float) -> float:
    """Return the lower end of an interval about zero."""
    return -value


def _marked(layer: Layer, **said: str) -> Layer:
    """Let expressions say how a layer looks."""
    return {
        **layer,
        "mark": {**layer["mark"], **{name: {"expr": each} for name, each in said.items()}},
    }


def _says(found: steps.Found, kind: str, what: str, theirs: str) -> str:
    ends = (3, 10, 30, 100)
    texts = []
    for place, share in zip(_SAID, found.coverage.at[kind], strict=True):
        beyond = " So far out the width is extrapolated." if place == _SAID[-1] else ""
        texts.append(
            control_.text(
                f"For a run {{h:num}} times larger {what}.{beyond} Of the runs tried at {place} the compute, {said_share(share.value)} lay within {theirs}."
            )
        )
    said = texts[-1]
    for end, text in zip(reversed(ends), reversed(texts[:-1]), strict=True):
        said = control_.either(f"h < {end}", text, said)
    return said


def said_share(value: float) -> str:
    """Return a share; nearly all is not all."""
    if value in (0.0, 1.0):
        return "all" if value else "none"
    return (
        "less than 1%"
        if value < 0.005
        else "more than 99%"
        if value > 0.995
        else f"{100 * value:.0f}%"
    )


def by_distance(p: Parameters, found: steps.Found) -> Shown:
    """Draw the shares that the intervals held against distance."""
    looks = {
        "band": (BLUE, "o", f"{pct(p.level)} band"),
        "narrow": (GREEN, "s", f"{pct(NARROW)} band"),
        "law": (VERMILION, "D", f"law's own {pct(p.level)}"),
    }
    fig, ax = draw.new(height=3.8)
    data: dict[str, dict[str, Any]] = {}
    for k, (kind, (colour, marker, name)) in enumerate(looks.items()):
        if kind == "narrow" and is_narrow(p):
            continue
        shares = found.coverage.at[kind]
        x = np.arange(len(shares)) + 0.13 * (k - 1)
        value, low, high = (
            100 * np.array([getattr(each, what) for each in shares])
            for what in ("value", "low", "high")
        )
        ax.vlines(x, low, high, color=colour, alpha=0.4, linewidth=4)
        ax.plot(x, value, marker, color=colour, markersize=6)
        draw.label(ax, x[0], value[0], name, colour, (-10, 0), ha="right")
        data[name] = {
            "row": list(PLACES),
            "drawn_at": x,
            "share_percent": value,
            "share_percent_low": low,
            "share_percent_high": high,
        }
    for level in {p.level, NARROW}:
        draw.hline(ax, 100 * level, GREY, linestyle=":", xmin=0.265)  # right of the names
    ax.set_xticks(range(len(PLACES)), PLACES)
    ax.set(
        xlabel=DISTANCE,
        ylabel="larger runs held, %",
        xlim=(-1.75, len(PLACES) - 0.6),
        ylim=(0, 104),
    )
    short = sum(each.value < p.level for each in found.coverage.at["law"])
    where = (
        "At every distance" if short == len(PLACES) else f"At {short} of {len(PLACES)} distances"
    )
    return draw.show(fig, "fig-coverage",
        f"{where} the law's own {pct(p.level)} interval held fewer of the larger runs than it promised (dotted). Bars: {pct(SURE)} over laboratories drawn again. Beyond 100 times the compute, widths are extrapolated.",
        f"Three rows of points with bars at five distances. The law's own interval lies at {', '.join(said_share(each.value) for each in found.coverage.at['law'])}; the {pct(p.level)} band at {', '.join(said_share(each.value) for each in found.coverage.at['band'])}.",
        data=draw.stack({**data, "promised": {"share_percent": [100 * p.level, 100 * NARROW]}}))  # fmt: skip


def by_laboratory(p: Parameters, found: steps.Found) -> Shown:
    """Draw the shares that the intervals held for each laboratory."""
    law, band = (found.coverage.all[kind].by_laboratory for kind in ("law", "band"))
    order = sorted(law, key=lambda name: law[name])
    names = [NAMES[name] for name in order]
    x = {
        "law's own": 100 * np.array([law[name] for name in order]),
        "band": 100 * np.array([band[name] for name in order]),
    }
    fig, ax = draw.new(height=0.3 * len(order) + 1.2)
    draw.vline(ax, 100 * p.level, GREY, linestyle=":")
    y = np.arange(len(order))
    ax.hlines(
        y, np.minimum(*x.values()), np.maximum(*x.values()), color=GREY, alpha=0.35, linewidth=2
    )
    ax.plot(
        x["law's own"], y, "D", color=VERMILION, markersize=6, label=f"law's own {pct(p.level)}"
    )
    ax.plot(x["band"], y, "o", color=BLUE, markersize=7, label=f"{pct(p.level)} band")
    draw.rows(ax, names)
    ax.set(xlabel="larger runs held, %", xlim=(-3, 103))
    draw.legend_above(fig, 2)
    least = NAMES[order[0]]
    return draw.show(fig, "fig-laboratories",
        f"The law's own interval held least for {least}; the band is as wide as the others needed. Runs up to {times(p.farthest)} times the compute.",
        f"A row for each of {len(order)} laboratories with two points, the share held by the law's own interval and by the band: " + ", ".join(f"{name} {said_share(law[key])} and {said_share(band[key])}" for name, key in zip(names, order, strict=True)) + ".",
        data=draw.stack({**{name: {"row": names, "share_percent": value} for name, value in x.items()}, "promised": {"share_percent": [100 * p.level]}}))  # fmt: skip


def best(p: Parameters, found: steps.Found) -> Shown:
    """Draw the best run of each laboratory's largest budget within the intervals of its prediction."""
    factor, tried = 10.0, found.tried
    places = {NAMES[name]: each.place for name, each in steps.firsts(p, factor).items()}
    places = dict(sorted(places.items(), key=lambda item: tried.off["band"][item[1]]))
    at, names = np.array([*places.values()]), [*places]
    off = tried.off["band"][at]
    ends = {
        kind: (100 * np.expm1(-tried.half[kind][at]), 100 * np.expm1(tried.half[kind][at]))
        for kind in ("band", "law")
    }
    fig, ax = draw.new(height=0.3 * len(names) + 1.2)
    draw.vline(ax, 0, GREY, linewidth=1)
    for y in range(len(names)):
        draw.bar(ax, [ends["band"][0][y], ends["band"][1][y]], y, BLUE, linewidth=9, alpha=0.3)
        draw.bar(ax, [ends["law"][0][y], ends["law"][1][y]], y, VERMILION, linewidth=4, alpha=0.6)
    value = 100 * np.expm1(off)
    ax.plot(value, np.arange(len(names)), "o", color=INK, markersize=6)
    draw.rows(ax, names)
    ax.set(xlabel=ERROR)
    data = draw.stack({
        "came out": {"row": names, "error_percent": value, "distance": tried.h[at]},
        **{name: {"row": names, "error_percent_low": ends[kind][0], "error_percent_high": ends[kind][1]}
           for kind, name in (("band", f"{pct(p.level)} band"), ("law", f"law's own {pct(p.level)}"))},
    })  # fmt: skip
    held = {
        kind: int(np.sum(np.abs(tried.off[kind][at]) <= tried.half[kind][at]))
        for kind in ("band", "law")
    }
    return draw.show(fig, "fig-best",
        f"The best run of the largest budget (point), predicted from ten times less compute or a little more. Of {len(names)} laboratories' first suites the law's own {pct(p.level)} interval (narrow bar) held {held['law']}, the calibrated band (wide bar) {held['band']}.",
        f"A row for each of {len(names)} laboratories. Points, in per cent of the predicted loss: " + ", ".join(f"{name} {fix(v, 1)}" for name, v in zip(names, value, strict=True)) + ".",
        data=data)  # fmt: skip


def widths(p: Parameters, found: steps.Found) -> Table:
    """List the widths by distance."""
    kinds = {"band": f"{pct(p.level)} band", "law": f"law's own {pct(p.level)}"}
    rows = [
        [f"{times(h)}{', extrapolated' * (h > steps.REACH)}", *(span(found.width.trend[kind].at(h)) for kind in kinds),
         num(found.sizes.factor[h], 2) if h in found.sizes.factor else "—"]
        for h in steps.TOLD
    ]  # fmt: skip
    columns = ["times the compute", *kinds.values(), "best size, factor"]  # fmt: skip
    return Table(columns, rows, "Typical half-widths about a predicted loss, by their trend with distance. Beyond 100 times too few laboratories could be tried, for the best size beyond 30.")  # fmt: skip


def published(p: Parameters, found: steps.Found) -> Table:
    """Set what others promised beside what came of it."""
    made, told = found.promised, promises.stated()
    again, points = made.again["RedPajama"].errors, f"{times(100 * told['points'])} points"
    closed = ("no number", "no runs", "no runs")

    def row(name: str, less: str, *cells: str) -> list[str]:
        return [f"{name}, from 1/{times(told[less])}", *cells]

    rows = [
        row("GPT-4, loss", "gpt4_loss", *closed),
        row("GPT-4, HumanEval", "gpt4_capability", *closed),
        row("DeepSeek LLM, loss", "deepseek", *closed),
        *(row(f"Gadre, {name}", "gadre", pct(told["gadre_error"], 1), _signed(again[name]), _signed(each.error))
          for name, each in made.gadre.items()),
        *(row(f"OLMo ladder, {name}", "ladder", points, "no accuracies", _signed(each.error))
          for name, each in made.hundredth.items()),
    ]  # fmt: skip
    return Table(["prediction", "promised", "made again", "this library"], rows, "Published predictions, with the share of the compute: the error promised, that of the same recipe made again, and that of this library on the loss. Errors are predicted over observed, less 1; the ladder's points are of accuracy.")  # fmt: skip


def _signed(error: float) -> str:
    return f"{'+' if error > 0 else ''}{pct(error, 2)}"


def forms(p: Parameters, found: steps.Found) -> Table:
    """List how each form predicted the best run of the largest budget."""
    names = {name: key for key, name in FORMS.items()}
    rows = [
        [FORM_NAMES[names[name]], pct(each.error, 2), pct(each.bias, 2), str(each.laboratories)]
        for name, each in found.forms.items()
    ]
    return Table(
        ["form", "median miss", "median, observed less predicted", "laboratories"],
        rows,
        "The best run of the largest budget, from ten times less compute, one suite a laboratory: log loss. The first three were fitted here, the others are stored.",
    )


def held(p: Parameters, found: steps.Found) -> Table:
    """List the share held by laboratory and distance."""
    rows = []
    for name in found.coverage.all["law"].by_laboratory:
        cells = []
        for k in range(len(PLACES)):
            law, band = (
                found.coverage.at[kind][k].by_laboratory.get(name) for kind in ("law", "band")
            )
            cells.append(
                "—" if law is None or band is None else f"{100 * law:.0f}, {100 * band:.0f}"
            )
        rows.append([NAMES[name], *cells])
    return Table(
        ["laboratory", *PLACES],
        rows,
        f"Larger runs held, %: by the law's own {pct(p.level)} interval, and by the calibrated band, by compute over that of the largest run fitted.",
    )


def compared(p: Parameters, found: steps.Found) -> Table:
    """Set published figures against recomputed ones."""
    red, r = found.promised.again["RedPajama"], promises.stated()
    return draw.compared([
        ("Gadre's error for 1.4B parameters", r["gadre_error"], abs(red.errors["1.4B"]), lambda value: pct(value, 2)),
        ("Gadre's error for 6.9B parameters", r["gadre_error"], abs(red.errors["6.9B"]), lambda value: pct(value, 2)),
        ("Compute of 1.4B parameters over that of Gadre's five runs", r["gadre"], red.ratios["1.4B"], "{:.3g}".format),
    ])  # fmt: skip
