"""A claim as a drawing: where what was stated would be true, and what came out."""

import html
import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalebook.record.claims import stated as stated_text
from scalebook.record.judge import HEDGE, half_unit
from scalebook.record.verdicts import recomputed
from scalebook.show.numbers import listed

Row = Mapping[str, Any]
Ends = tuple[float, float]

# In units of the drawing, which is scaled to its place on the page.
WIDTH, MARGIN = 400, 14
LETTER, TEXT, BAR, GAP = 7.4, 16, 14, 10  # widths of a letter, heights of a text and of a bar
_NUMBERS = ("low", "recomputed", "high")
_FAR = 8  # a ratio of largest to smallest from which the axis is logarithmic


@dataclass(frozen=True)
class Mark:
    """What came out under one condition: its label, its numbers, and where it would be true."""

    given: list[str]
    label: list[str]
    values: list[float]  # low, middle and high, as far as there are any
    true: Ends
    roughly: Ends

    @property
    def height(self) -> int:
        """Return what it takes of the height of the drawing."""
        return TEXT * len(self.given + self.label) + BAR + GAP


def number_line(row: Row) -> str:
    """Return a claim as SVG; empty where it states no number, or nothing was recomputed.

    The shaded part of the axis is where the claim would be true. Where it states several numbers,
    each is drawn as a share of what was stated.

    Parameters
    ----------
    row : mapping
        Of the ledger.
    """
    found = [each for each in row["rows"] or [row] if _values(each)]
    if not row["unit"] or row["stated"] is None or not found or row["relation"] == "not-rejected":
        return ""
    shares = isinstance(row["stated"], list) and row["relation"] != "between"
    goals = [1.0] if shares else listed(row["stated"])
    marks = [mark for each in found for mark in _marks(row, each, shares)]
    ends = [end for mark in marks for end in (*mark.true, *mark.roughly) if math.isfinite(end)]
    place = _Axis([*goals, *ends, *(v for mark in marks for v in mark.values)])
    said = stated_text(row["relation"], row["stated"], row["unit"])
    heading = _lines("as stated" if shares else f"stated: {said}")
    lines = [place(goal) for goal in (goals if row["relation"] == "between" else goals[:1])]
    drawn = [_texts(heading, sum(lines) / len(lines), 0)]
    top = TEXT * len(heading) + 6
    for mark in marks:
        drawn.append(_drawn(mark, lines, place, top))
        top += mark.height
    title = f"Stated: {said}. " + " ".join(
        f"Recomputed: {': '.join(filter(None, map(' '.join, (mark.given, mark.label))))}."
        for mark in marks
    )
    return (
        f'<figure class="number-line"><svg viewBox="0 0 {WIDTH} {top}" role="img" '
        f'aria-label="{html.escape(title)}">{"".join(drawn)}</svg>'
        f"<figcaption>{_caption(marks, place.logs, shares)}</figcaption></figure>"
    )


def _caption(marks: list[Mark], logs: bool, shares: bool) -> str:
    """Say what is to be seen in a drawing, of what there is in it."""
    counts = {len(mark.values) for mark in marks}
    wider = any(mark.roughly != mark.true for mark in marks)
    parts = [
        f"Shaded: where the claim would be true{', and paler, roughly so' if wider else ''}.",
        "Dot: what came out." if counts & {1, 3} else "",
        "Bar: its interval." if 3 in counts else "",
        "Bar without a dot: the range that came out." if 2 in counts else "",
        "Each number is drawn as a share of the one stated." if shares else "",
        "Equal distances are equal factors." if logs else "",
    ]
    return " ".join(filter(None, parts))


def _values(found: Row) -> list[float]:
    """Return the numbers of one outcome, ends and middle."""
    known = [found[key] for key in _NUMBERS if found[key] is not None]
    return [value for each in known for value in listed(each)]


def _marks(row: Row, found: Row, shares: bool) -> list[Mark]:
    """Return what is drawn of one outcome: a mark for each number that the claim states."""
    given = _lines(found["given"]) if row["rows"] and found["given"] else []
    if not shares:
        text = recomputed({**found, "stated": row["stated"], "unit": row["unit"]})
        return [Mark(given, _lines(text), _values(found), *_regions(row, listed(row["stated"])))]
    marks = []
    for k, goal in enumerate(row["stated"]):
        one = {key: None if found[key] is None else found[key][k] for key in _NUMBERS}
        text = recomputed({**one, "stated": goal, "unit": row["unit"]})
        label = _lines(f"{text}, stated {stated_text('eq', goal, row['unit'])}")
        scale = goal or 1.0
        true, roughly = (_shares(ends, scale) for ends in _regions(row, [goal]))
        marks.append(Mark(given, label, [v / scale for v in _values(one)], true, roughly))
    return marks


def _regions(row: Row, goals: list[float]) -> tuple[Ends, Ends]:
    """Return where a claim is true, and where it is roughly so, as the judge has it."""
    relation, low, high = row["relation"], goals[0], goals[-1]
    wide = _near(low, max(row["within"], HEDGE))
    if relation == "about":
        return _near(low, row["within"]), wide
    if relation == "eq":
        half = float(half_unit(np.array(low), row["digits"]))
        return (low - half, low + half), wide
    true = low, high
    if relation in ("at-least", "more") or (relation == "sign" and low > 0):
        true = (0.0 if relation == "sign" else low), math.inf
    elif relation in ("at-most", "less", "sign"):
        true = -math.inf, (0.0 if relation == "sign" else low)
    return true, true


def _shares(ends: Ends, scale: float) -> Ends:
    low, high = sorted(end / scale for end in ends)
    return low, high


def _near(goal: float, within: float) -> Ends:
    """Return the numbers that differ from another by a share of the larger of the two at most."""
    low, high = sorted((goal * (1 - within), goal / (1 - within)))
    return low, high


class _Axis:
    """Places numbers on the drawing: logarithmic where they are far apart and positive."""

    def __init__(self, values: list[float]) -> None:
        low, high = min(values), max(values)
        self.logs = low > 0 and high / low > _FAR
        low, high = map(self._scaled, (low, high))
        gap = (high - low) * 0.12 or abs(high) * 0.2 or 1.0
        self.low, self.high = low - gap, high + gap

    def _scaled(self, value: float) -> float:
        if not self.logs:
            return value
        return math.log(value) if value > 0 else -math.inf

    def __call__(self, value: float) -> float:
        share = (self._scaled(value) - self.low) / (self.high - self.low)
        return MARGIN + min(max(share, 0.0), 1.0) * (WIDTH - 2 * MARGIN)


def _drawn(mark: Mark, lines: list[float], place: _Axis, top: int) -> str:
    """Draw a mark: the shaded part, the lines at what was stated, the label, and the numbers."""
    x = [place(value) for value in mark.values]
    y = top + mark.height - GAP - BAR / 2
    parts = [_shaded(mark.roughly, "roughly", place, top, mark.height)] * (
        mark.roughly != mark.true
    )
    parts.append(_shaded(mark.true, "true", place, top, mark.height))
    parts += [  # beside the numbers only, so that it crosses no label
        f'<line class="number-line-stated" x1="{each:.1f}" x2="{each:.1f}" '
        f'y1="{y - BAR / 2}" y2="{y + BAR / 2 + GAP}"/>'
        for each in lines
    ]
    if len(x) > 1:
        parts.append(
            f'<line class="number-line-bar" x1="{x[0]:.1f}" x2="{x[-1]:.1f}" y1="{y}" y2="{y}"/>'
        )
    if len(x) != 2:  # a range has no middle
        parts.append(
            f'<circle class="number-line-dot" cx="{x[len(x) // 2]:.1f}" cy="{y}" r="5.5"/>'
        )
    parts.append(_texts(mark.given + mark.label, (x[0] + x[-1]) / 2, top))
    return "".join(parts)


def _shaded(ends: Ends, kind: str, place: _Axis, top: int, height: int) -> str:
    left, right = (place(end) for end in ends)
    return (
        f'<rect class="number-line-{kind}" x="{left:.1f}" y="{top}" '
        f'width="{max(right - left, 1.5):.1f}" height="{height}"/>'
    )


def _lines(text: str) -> list[str]:
    """Break a label into lines that fit in the drawing."""
    return textwrap.wrap(text.replace("\u200b", ""), int((WIDTH - 8) / LETTER))


def _texts(lines: list[str], x: float, top: float) -> str:
    """Return the lines of a label about a place, kept within the drawing."""
    drawn = []
    for k, text in enumerate(lines, start=1):
        half = len(text) * LETTER / 2
        middle = min(max(x, half + 4), WIDTH - half - 4)
        drawn.append(
            f'<text x="{middle:.1f}" y="{top + TEXT * k - 2:.1f}" text-anchor="middle">'
            f"{html.escape(text, quote=False)}</text>"
        )
    return "".join(drawn)
