"""Figures of the articles' thought experiments, in small multiples, and their table."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from scalebook.chapters.common import between
from scalebook.chapters.laboratory import steps
from scalebook.chapters.laboratory.experiments import Course, Spread, Trials
from scalebook.chapters.parameter import Parameters
from scalebook.show import figures as draw
from scalebook.show.columns import Series, Table
from scalebook.show.figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILION
from scalebook.show.numbers import num, pct

ABOVE = "above the entropy (nats)"
_SMALL = 8.5


def _panel(ax: Axes, title: str, x: str, y: str) -> None:
    ax.set_title(title, fontsize=9.5)
    ax.set_xlabel(x, fontsize=9)
    ax.set_ylabel(y, fontsize=9)
    ax.tick_params(labelsize=8.5)


def _curve(ax: Axes, course: Course, colour: str, name: str = "", shift: draw.Shift = (0, 8),
           at: int = -1, ha: str = "right") -> Mapping[str, ArrayLike]:  # fmt: skip
    """Draw the loss of an arm, with the spread of its seeds, and return its table."""
    loss = course["excess"]
    middle, low, high = loss.mean(axis=1), loss.min(axis=1), loss.max(axis=1)
    draw.band(ax, course.tokens, low, high, colour)
    ax.plot(course.tokens, middle, color=colour, marker="o", markersize=2.5, linewidth=1.4)
    if name:
        draw.label(ax, course.tokens[at], middle[at], name, colour, shift, ha=ha, fontsize=_SMALL)
    return {"tokens": course.tokens, "excess": middle, "excess_low": low, "excess_high": high}


def _line(ax: Axes, height: float, colour: str = GREY) -> Mapping[str, ArrayLike]:
    ax.axhline(height, color=colour, linewidth=1, linestyle="--")
    return {"excess": height}


def teachers(p: Parameters, found: steps.Found) -> draw.Shown:
    """Draw networks of better and worse teachers, of both, of many, and of less than all."""
    every, numbers = found.trials.courses, found.trials.numbers
    fig, axes = draw.new(2, 2, height=5.6)
    panels: Series = {
        "one teacher after another": _turned(axes[0, 0], every),
        "both at once": _mixed(axes[0, 1], numbers),
        "teachers that err apart": _crowd(axes[1, 0], every["many-teachers"]),
        "one digit unseen": _blind(axes[1, 1], every["blind"]),
    }
    return draw.show(fig, "fig-teachers",
        f"Taught by eight teachers, a network has the best symbol as its favourite in {pct(numbers['crowd_pick'].value)} of cases; one of them plays it in {pct(numbers['crowd_teacher_play'].value)}. One teacher after another: on the better source, then the worse, and the other way round. Both at once: how far from the better to the worse. One digit unseen: each of three in turn. Dashed: floors, exactly known, and one teacher. Bands: three seeds.",
        "Four panels: loss on the better source rises at once when the teacher gets worse and falls back when it gets better; the place between two teachers goes with the share of the worse; the share of best symbols picked rises with the number of teachers, above that of any of them; loss without one digit levels off at dashed lines.",
        data=draw.stack(panels, by="panel"))  # fmt: skip


def _turned(ax: Axes, every: dict[str, dict[str, Course]]) -> Table:
    down, up = every["better-then-worse"], every["worse-then-better"]
    parts: Series = {
        "better": _curve(ax, down["better"], BLUE, "better", (4, 9), 0, "left"),
        "then worse": _curve(ax, down["then worse"], VERMILION),
        "worse": _curve(ax, up["worse"], VERMILION, "worse", (4, 9), 0, "left"),
        "then better": _curve(ax, up["then better"], BLUE),
    }
    heights = [float(each.end("floor")[0]) for each in (down["better"], up["worse"])]
    parts["floors"] = {"excess": heights}
    for height in heights:
        _line(ax, height)
    _panel(ax, "one teacher after another", "tokens (millions)", ABOVE)
    ax.xaxis.set_major_formatter(lambda x, _: f"{x / 1e6:g}")
    return draw.stack(parts)


def _mixed(ax: Axes, numbers: dict[str, Spread]) -> Table:
    share = np.array([0, 0.25, 0.5, 0.75, 1])
    parts: Series = {}
    for what, name, colour, shift in (("place", "by its play", BLUE, (-6, 8)), ("loss", "by its loss", ORANGE, (8, -9))):  # fmt: skip
        each = [Spread(0, 0, 0), *(numbers[f"mixed_{what}_{n}"] for n in (25, 50, 75)), Spread(1, 1, 1)]  # fmt: skip
        value, low, high = np.array(each).T
        draw.band(ax, share, low, high, colour)
        ax.plot(share, value, color=colour, marker="o", markersize=3.5, linewidth=1.4)
        draw.label(ax, 0.5, value[2], name, colour, shift, ha="right" if what == "place" else "left", fontsize=_SMALL)  # fmt: skip
        parts[name] = {"share": share, "position": value, "position_low": low, "position_high": high}  # fmt: skip
    _panel(ax, "both at once", "share of the worse", "place: 0 better, 1 worse")
    return draw.stack(parts)


def _crowd(ax: Axes, arms: dict[str, Course]) -> Table:
    count = np.array([int(arm.split()[0]) for arm in arms], dtype=float)
    pick = np.stack([course.end("pick") for course in arms.values()])
    own = float(arms["1 teachers"].end("teacher_play")[0])
    draw.band(ax, count, pick.min(axis=1), pick.max(axis=1), BLUE)
    ax.plot(count, pick.mean(axis=1), color=BLUE, marker="o", markersize=3.5, linewidth=1.4)
    draw.label(ax, count[-1], pick[-1].mean(), "network", BLUE, (0, -22), ha="right", fontsize=_SMALL)  # fmt: skip
    ax.axhline(own, color=GREY, linewidth=1, linestyle="--")
    draw.label(ax, count[-1], own, "one teacher", GREY, (0, 8), ha="right", fontsize=_SMALL)
    _panel(ax, "teachers that err apart", "number of teachers", "best symbol picked")
    ax.set(ylim=(0, 1), xticks=count)
    ends = {"probability_low": pick.min(axis=1), "probability_high": pick.max(axis=1)}
    return draw.stack({
        "network": {"count": count, "probability": pick.mean(axis=1), **ends},
        "one teacher": {"probability": own},
    })  # fmt: skip


def _blind(ax: Axes, arms: dict[str, Course]) -> Table:
    draw.log_axis(ax, "x")
    colours = BLUE, GREEN, ORANGE, PURPLE
    parts: Series = {}
    for (arm, course), colour in zip(reversed(arms.items()), colours, strict=True):
        parts[arm] = _curve(ax, course, colour)
        if arm != "all digits":
            parts[f"floor {arm}"] = _line(ax, float(course.end("floor")[0]), colour)
    whole, third = arms["all digits"], arms["without digit 1"]
    draw.label(ax, whole.tokens[2], whole["excess"][2].mean(), "all digits", BLUE, (-4, -9), ha="right", fontsize=_SMALL)  # fmt: skip
    draw.label(ax, third.tokens[1], third["excess"][1].mean(), "one unseen", INK, (8, 8), fontsize=_SMALL)  # fmt: skip
    _panel(ax, "one digit unseen", "tokens", ABOVE)
    ax.set_ylim(0, None)
    return draw.stack(parts)


def outputs(p: Parameters, found: steps.Found) -> draw.Shown:
    """Draw networks that learn from networks, and from part of the data."""
    every, numbers = found.trials.courses, found.trials.numbers
    fig, axes = draw.new(2, 2, height=5.6)
    panels: Series = {
        "a larger network teaches": _distilled(axes[0, 0], every["distilled"]),
        "the worse half left out": _filtered(axes[0, 1], every["filtered"]),
        "taught by its own outputs": _repeated(axes[1, 0], every["own-outputs"]),
        "own outputs, checked": _checked(axes[1, 1], every["checked-outputs"], numbers),
    }
    return draw.show(fig, "fig-outputs",
        f"Loss above the entropy. Students read symbols (orange: of the source, purple: of a larger network) or probabilities (green and blue). The better half is set against everything. Five generations of own outputs end at {num(numbers['echo_last'].value, 2)} nats. Checked outputs end at {num(numbers['check_best_1'].value, 2)} at best and from four times as many at {num(numbers['check_best_4'].value, 2)}; their writer is at {num(numbers['check_network'].value, 2)}. Dashed: the teacher, the floor of everything, the writer. Bands: three seeds.",
        "Four panels of loss above the entropy: students of probabilities below students of symbols at every length; networks of the better half below networks of everything; a rising line over five generations; and two U-shaped curves against the strictness of a check, whose lowest points lie under a dashed line.",
        data=draw.stack(panels, by="panel"))  # fmt: skip


def _distilled(ax: Axes, arms: dict[str, Course]) -> Table:
    draw.log_axis(ax, "x")
    soft, plain = "probabilities of the teacher", "symbols"
    parts: Series = {
        plain: _curve(ax, arms[plain], VERMILION, "symbols", (0, 9), 3, "left"),
        "symbols of the teacher": _curve(ax, arms["symbols of the teacher"], PURPLE),
        soft: _curve(ax, arms[soft], BLUE, "probabilities", (0, -10), 2),
        "probabilities of the source": _curve(ax, arms["probabilities of the source"], GREEN),
        "teacher": _line(ax, float(arms["teacher"].end("excess").mean())),
    }
    height = float(arms["teacher"].end("excess").mean())
    draw.label(ax, arms[plain].tokens[-1], height, "the teacher", GREY, (0, -8), ha="right", fontsize=_SMALL)  # fmt: skip
    _panel(ax, "a larger network teaches", "tokens", ABOVE)
    ax.set_ylim(0, None)
    return draw.stack(parts)


def _filtered(ax: Axes, arms: dict[str, Course]) -> Table:
    draw.log_axis(ax, "x")
    whole, half = arms["everything"], arms["the better half"]
    # Both stand at what was at hand, of which the second left half out.
    at_hand = Course(half.params, whole.tokens, half.columns)
    parts: Series = {
        "everything": _curve(ax, whole, VERMILION, "everything", (0, 9)),
        "the better half": _curve(ax, at_hand, BLUE, "better half", (6, 8), 2, "left"),
        "floor of everything": _line(ax, float(whole.end("floor")[0])),
    }
    _panel(ax, "the worse half left out", "tokens at hand", ABOVE)
    ax.set_ylim(0, None)
    return draw.stack(parts)


def _repeated(ax: Axes, arms: dict[str, Course]) -> Table:
    loss = np.stack([course.end("excess") for course in arms.values()])
    count, middle = np.arange(len(loss), dtype=float), loss.mean(axis=1)
    draw.band(ax, count, loss.min(axis=1), loss.max(axis=1), BLUE)
    ax.plot(count, middle, color=BLUE, marker="o", markersize=3.5, linewidth=1.4)
    _panel(ax, "taught by its own outputs", "generation", ABOVE)
    ax.set_ylim(0, None)
    ends = {"excess_low": loss.min(axis=1), "excess_high": loss.max(axis=1)}
    return draw.stack({"generations": {"count": count, "excess": middle, **ends}})


def _checked(ax: Axes, arms: dict[str, Course], numbers: dict[str, Spread]) -> Table:
    # Without a check the strictness is none; it stands where a half would.
    strictness, places = np.array([0, 1.0, 2.0, 4.0, 16.0]), np.array([0.5, 1.0, 2.0, 4.0, 16.0])
    parts: Series = {}
    for times, colour, at, shift, side in ((1, ORANGE, 4, (-12, 2), "right"), (4, BLUE, 3, (-4, -11), "left")):  # fmt: skip
        how = ["all", *(f"strictness {m:g}" for m in strictness[1:])]
        loss = np.stack([arms[f"drawn {times}, {each}"].end("excess") for each in how])
        draw.band(ax, places, loss.min(axis=1), loss.max(axis=1), colour)
        ax.plot(places, loss.mean(axis=1), color=colour, marker="o", markersize=3.5, linewidth=1.4)  # fmt: skip
        name = f"{num(arms[f'drawn {times}, all'].tokens[0] / 1e6, 2)}M drawn"
        draw.label(ax, places[at], loss[at].mean(), name, colour, shift, ha=side, fontsize=_SMALL)
        parts[name] = {"multiple": strictness, "excess": loss.mean(axis=1), "excess_low": loss.min(axis=1), "excess_high": loss.max(axis=1)}  # fmt: skip
    parts["the network that wrote them"] = _line(ax, numbers["check_network"].value)
    draw.plain_axis(ax, "x", 0.45, 18)
    ax.set_xticks(places, ["none", *(f"{m:g}" for m in strictness[1:])])
    _panel(ax, "own outputs, checked", "strictness of the check", ABOVE)
    ax.set_ylim(0, None)
    return draw.stack(parts)


def trials(p: Parameters, found: steps.Found) -> draw.Table:
    """List the experiments, each with a number and its spread over seeds."""
    rows = [[f"{what}: {said}", _told(found.trials, name, unit)] for what, name, unit, said in ROWS if name in found.trials.numbers]  # fmt: skip
    return draw.Table(["experiment", "three seeds"], rows, "The articles' thought experiments, as networks had them. In brackets the least and the greatest over seeds, unseen digits and generations.")  # fmt: skip


def _told(found: Trials, name: str, unit: str) -> str:
    each = found.numbers[name]
    digits = 3 if num(each[1], 2) == num(each[2], 2) else 2
    return (
        f"{num(each.value, digits)} ({between(each[1:], lambda value: num(value, digits))}){unit}"
    )


#: Experiment, the record's name of its number, unit, and what the number is.
ROWS = (
    ("better, then worse", "turned_place", "", "place by loss at the end, 0 as the better source teaches, 1 as the worse"),
    ("worse, then better", "back_place", "", "the same place"),
    ("both, half each", "mixed_place_50", "", "place by its play"),
    ("eight teachers that err apart", "crowd_pick", "", "how often its favourite is the best symbol"),
    ("one digit unseen", "flaw_ratio", " times", "fitted floor over the known one, both above the entropy"),
    ("a larger network teaches", "student_fewer", " times", "fewer tokens for the loss of a student of symbols"),
    ("the worse half left out", "filter_gain", " nats", "lower loss at the end"),
    ("own outputs", "echo_step", " nats", "higher loss a generation"),
    ("own outputs, checked", "check_best_4", " nats", "above the entropy at the best strictness, four times the outputs drawn"),
)  # fmt: skip
