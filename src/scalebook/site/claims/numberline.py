"""A claim as a drawing: where what was stated would be true, and what came out."""

import html
import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalebook.record import claims
from scalebook.record.claims import stated as stated_text
from scalebook.record.judge import HEDGE, half_unit
from scalebook.record.verdicts import BRIEF, recomputed
from scalebook.show.numbers import listed, significant, units_of

Row = Mapping[str, Any]
Ends = tuple[float, float]

# In units of the drawing, which is scaled to its place on the page.
WIDTH, MARGIN = 340, 14
LETTER, TEXT, BAR, GAP = 7.4, 16, 14, 10  # widths of a letter, heights of a text and of a bar
_NUMBERS = ("low", "recomputed", "high")
_FAR = 8  # a ratio of largest to smallest from which the axis is logarithmic


@dataclass(frozen=True)
class Mark:
    """What came out under one condition: its label, its numbers, and where it would be true."""

    given: str
    label: str
    values: list[float]  # low, middle and high, as far as there are any
    regions: dict[str, Ends]

    @property
    def texts(self) -> list[str]:
        """The lines above its bar."""
        return _lines(self.given) + _lines(self.label)

    @property
    def height(self) -> int:
        """What it takes of the height of the drawing."""
        return TEXT * len(self.texts) + BAR + GAP


@dataclass(frozen=True)
class Drawing:
    """A claim on an axis: what was stated and where, and what came out."""

    word: str  # "stated", or "tested" where nobody stated the number
    said: str
    heading: str
    goals: list[float]
    marks: list[Mark]
    shares: bool

    @property
    def place(self) -> "Axis":
        """Return the axis that has room for all of it."""
        ends = [end for mark in self.marks for pair in mark.regions.values() for end in pair]
        values = [value for mark in self.marks for value in mark.values]
        return Axis([*self.goals, *filter(math.isfinite, ends), *values])


def drawing(row: Row) -> Drawing | None:
    """Return a claim as it is drawn; None where it states no number, or nothing was recomputed.

    Where it states several numbers, each is drawn as a share of what was stated; signs are drawn
    about zero.

    Parameters
    ----------
    row : mapping
        Of the ledger.
    """
    found = [each for each in row["rows"] or [row] if _values(each)]
    relation, stated = row["relation"], row["stated"]
    if not row["unit"] or stated is None or not found:
        return None
    shares = isinstance(stated, list) and relation not in ("between", "sign")
    marks = [mark for each in found for mark in _marks(row, each, shares)]
    word = claims.word(row["supplied"])
    said = _plain(stated_text(relation, stated, row["unit"]))
    heading = f"as {word}" if shares else f"{word}: {said}"
    goals = [1.0] if shares else [0.0] if relation == "sign" else listed(stated)
    return Drawing(word, said, heading, goals, marks, shares)


def number_line(row: Row) -> str:
    """Return a claim as SVG; empty where there is nothing to draw (see `drawing`).

    The shaded part of the axis is where the claim would be true.
    """
    made = drawing(row)
    if made is None:
        return ""
    place = made.place
    lines = [place(goal) for goal in made.goals]
    heading = _lines(made.heading)
    drawn = [_texts(heading, sum(lines) / len(lines), 0)]
    top = TEXT * len(heading) + 6
    for mark in made.marks:
        drawn.append(_drawn(mark, lines, place, top))
        top += mark.height
    title = f"{made.word.capitalize()}: {made.said}. " + " ".join(
        f"Recomputed: {': '.join(filter(None, (mark.given, mark.label)))}." for mark in made.marks
    )
    return (
        f'<figure class="number-line"><svg viewBox="0 0 {WIDTH} {top}" role="img" '
        f'aria-label="{html.escape(title)}">{"".join(drawn)}</svg>'
        f"<figcaption>{_caption(made, place.logs)}</figcaption></figure>"
    )


def _caption(made: Drawing, logs: bool) -> str:
    """Say what is to be seen in a drawing, of what there is in it."""
    counts = {len(mark.values) for mark in made.marks}
    kinds = {kind for mark in made.marks for kind in mark.regions}
    wider = ", and paler, roughly so" if "roughly" in kinds else ""
    parts = [
        f"Shaded: where the claim would be true{wider}." if kinds else "",
        "" if kinds else f"Dashed: what was {made.word}.",
        "Dot: what came out." if counts & {1, 3} else "",
        "Bar: its interval." if 3 in counts else "",
        "Bar without a dot: the range that came out." if 2 in counts else "",
        f"Each number is drawn as a share of the one {made.word}." if made.shares else "",
        "Equal distances are equal factors." if logs else "",
    ]
    return " ".join(filter(None, parts))


def _values(found: Row) -> list[float]:
    """Return the numbers of one outcome, ends and middle."""
    known = [found[key] for key in _NUMBERS if found[key] is not None]
    return [value for each in known for value in listed(each)]


def _marks(row: Row, found: Row, shares: bool) -> list[Mark]:
    """Return what is drawn of one outcome: a mark for each number that the claim states."""
    given = found["given"] if row["rows"] else ""
    stated, relation = row["stated"], row["relation"]
    if not isinstance(stated, list) or relation == "between":
        label = _found({**found, "stated": stated, "unit": row["unit"]})
        return [Mark(given, label, _values(found), _regions(row, listed(stated)))]
    marks = []
    for k, (goal, unit) in enumerate(zip(stated, units_of(row["unit"], len(stated)), strict=True)):
        one = {key: None if found[key] is None else found[key][k] for key in _NUMBERS}
        said = stated_text("sign" if relation == "sign" else "eq", goal, unit)
        word = claims.word(row["supplied"])
        label = f"{_found({**one, 'stated': goal, 'unit': unit})}, {word} {said}"
        scale = (goal or 1.0) if shares else 1.0
        true = {kind: _shares(ends, scale) for kind, ends in _regions(row, [goal]).items()}
        marks.append(Mark(given, label, [v / scale for v in _values(one)], true))
    return marks


def _found(one: Row) -> str:
    """Return what came out, with no fewer digits than what it is held against."""
    return _plain(recomputed(one, max(BRIEF, *map(significant, listed(one["stated"])))))


def _plain(text: str) -> str:
    """Return a text that is broken into lines here, and not by a browser."""
    return text.replace("\u200b", "")


def _regions(row: Row, goals: list[float]) -> dict[str, Ends]:
    """Return where a claim is true, and roughly so, as the judge has it; nowhere for a test."""
    relation = row["relation"]
    if relation == "not-rejected":
        return {}
    low, high = goals[0], goals[-1]
    wide = _near(low, max(row["within"], HEDGE))
    if relation == "about":
        true = _near(low, row["within"])
        return {"true": true} if true == wide else {"roughly": wide, "true": true}
    if relation == "eq":
        half = float(half_unit(np.array(low), row["digits"]))
        return {"roughly": wide, "true": (low - half, low + half)}
    true = low, high
    if relation in ("at-least", "more") or (relation == "sign" and low > 0):
        true = (0.0 if relation == "sign" else low), math.inf
    elif relation in ("at-most", "less", "sign"):
        true = -math.inf, (0.0 if relation == "sign" else low)
    return {"true": true}


def _shares(ends: Ends, scale: float) -> Ends:
    low, high = sorted(end / scale for end in ends)
    return low, high


def _near(goal: float, within: float) -> Ends:
    """Return the numbers that differ from another by a share of the larger of the two at most."""
    low, high = sorted((goal * (1 - within), goal / (1 - within)))
    return low, high


class Axis:
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
        """Return the place of a number, from 0 to `WIDTH`."""
        share = (self._scaled(value) - self.low) / (self.high - self.low)
        return MARGIN + min(max(share, 0.0), 1.0) * (WIDTH - 2 * MARGIN)


def _drawn(mark: Mark, lines: list[float], place: Axis, top: int) -> str:
    """Draw a mark: the shaded part, the lines at what was stated, the label, and the numbers."""
    x = [place(value) for value in mark.values]
    y = top + mark.height - GAP - BAR / 2
    parts = [_shaded(ends, kind, place, top, mark.height) for kind, ends in mark.regions.items()]
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
    parts.append(_texts(mark.texts, (x[0] + x[-1]) / 2, top))
    return "".join(parts)


def _shaded(ends: Ends, kind: str, place: Axis, top: int, height: int) -> str:
    left, right = (place(end) for end in ends)
    return (
        f'<rect class="number-line-{kind}" x="{left:.1f}" y="{top}" '
        f'width="{max(right - left, 1.5):.1f}" height="{height}"/>'
    )


def _lines(text: str) -> list[str]:
    """Break a label into lines that fit in the drawing, about equally long."""
    broken = textwrap.wrap(text, int((WIDTH - 8) / LETTER))
    longest = max(map(len, text.split()), default=1)
    for width in range(max(longest, len(text) // max(len(broken), 1)), int((WIDTH - 8) / LETTER)):
        if len(even := textwrap.wrap(text, width)) == len(broken):
            return even
    return broken


def _texts(lines: list[str], x: float, top: float) -> str:
    """Return the lines of a label about a place, kept within the drawing."""
    half = max(map(len, lines), default=0) * LETTER / 2
    middle = min(max(x, half + 4), WIDTH - half - 4)
    drawn = []
    for k, text in enumerate(lines, start=1):
        drawn.append(
            f'<text x="{middle:.1f}" y="{top + TEXT * k - 2:.1f}" text-anchor="middle">'
            f"{html.escape(text, quote=False)}</text>"
        )
    return "".join(drawn)
