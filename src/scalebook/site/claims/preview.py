"""The picture that a link to a claim or a chapter is shown with: what it says, and what came of it.

Drawn in pixels. It is often shown at half its size, so that no letter is smaller than 22 of them.
"""

import io
from collections.abc import Mapping
from functools import cache
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle
from matplotlib.textpath import TextToPath
from matplotlib.transforms import IdentityTransform
from PIL import Image

from scalebook.record.judge import REASONS, VERDICTS
from scalebook.show.palette import GREY, INK
from scalebook.site.claims.numberline import WIDTH as AXIS
from scalebook.site.claims.numberline import Drawing, Mark, drawing
from scalebook.site.exports import PICTURE_SIZE as SIZE
from scalebook.site.markup import join_numbers

Row = Mapping[str, Any]

#: Colours of text and ground by verdict, as the pages have them by day.
COLOURS = {
    "holds": ("#14532d", "#dcf5e3"),
    "roughly": ("#1e3a6e", "#e0eafc"),
    "fails": ("#7f1d1d", "#fde4e1"),
    "open": ("#713f12", "#fdf0cc"),
}
_OTHER = ("#3b4450", "#e8ebef")  # where there is nothing to judge
_BLUE = "#1360cf"
_SHADES = {"roughly": "#eef9f1", "true": "#cdeed7"}

_DPI = 100
_POINT = 72 / _DPI  # a pixel in points
_MARGIN, _TOP, _LABELS = 60, 90, 470  # sides; above the text; width of the labels of a drawing
_SMALL, _MIDDLE, _BADGE = 22, 27, 34  # heights of letters
_ROW, _LINE = 56, 1.25  # of a drawing; and the height of a line over its letters'
_MOST = 4  # rows of a drawing
_SIZES = (58, 52, 46, 42, 38, 35, 32, 29, 26, 23)  # of a claim: the largest that fits


def alternative(row: Row) -> str:
    """Return what the picture of a claim says, for people who do not see it."""
    return f"{row['who']}: {row['claim']} Verdict: {row['verdict']}."


def of_claim(row: Row, site: str) -> Figure:
    """Return the picture of a claim.

    Parameters
    ----------
    row : mapping
        Of the ledger.
    site : str
        Name of the book.
    """
    sheet = _Sheet(site)
    ink, ground = COLOURS.get(row["verdict"], _OTHER)
    made = drawing(row)
    foot = SIZE[1] - 30 - (_SMALL * 1.6 + _ROW * min(len(made.marks), _MOST) if made else 0)
    badge = foot - 66
    who = badge - 46
    below = sheet.block(row["claim"], _SIZES, _TOP, who - (6 if made else 150), weight="bold")
    if not made:
        sheet.block(f"“{row['quote']}”", _SIZES[4:], below + 20, who - 6, colour=GREY)
    sheet.write(_shortened(row["who"], _MIDDLE, SIZE[0] - 2 * _MARGIN), _MARGIN, who, _MIDDLE, GREY)
    right = sheet.badge(row["verdict"], badge, ink, ground)
    why = REASONS[row["reason"]] if row["reason"] else VERDICTS[row["verdict"]]
    lines = _lines(why, _SMALL, SIZE[0] - _MARGIN - right)
    for k, line in enumerate(lines):
        middle = k - (len(lines) - 1) / 2
        sheet.write(line, right, badge + 10 + middle * 1.2 * _SMALL, _SMALL, ink)
    if made:
        _draw(sheet, made, foot)
    return sheet.figure


def of_chapter(title: str, answer: str, site: str) -> Figure:
    """Return the picture of a chapter: its question and its short answer."""
    sheet = _Sheet(site)
    below = sheet.block(title, _SIZES[:4], _TOP, SIZE[1] // 2, weight="bold")
    sheet.block(answer, _SIZES[2:], below + 30, SIZE[1] - 40)
    return sheet.figure


def png(figure: Figure) -> bytes:
    """Return a picture as PNG, in a few colours and with nothing that changes between builds."""
    drawn, file = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="rgba", dpi=_DPI)
    picture = Image.frombytes("RGBA", SIZE, drawn.getvalue()).convert("RGB")
    few = picture.quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(file, format="png")
    return file.getvalue()


class _Sheet:
    """A page to draw on, with the name of the book; places are pixels from its upper left."""

    def __init__(self, site: str) -> None:
        width, height = SIZE
        self.figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor="white")
        self.add(Rectangle((0, 0), 14, height, color=_BLUE))
        self.write(site, _MARGIN, 36, _MIDDLE, _BLUE, "bold")

    def add(self, patch: Artist) -> None:
        patch.set_transform(IdentityTransform())
        self.figure.add_artist(patch)

    def write(self, text: str, x: float, y: float, size: int, colour: str = INK,
              weight: str = "normal", ha: str = "left") -> None:  # fmt: skip
        """Write a line that has its upper edge at `y`."""
        self.figure.text(
            x, SIZE[1] - y - size, text, transform=IdentityTransform(), color=colour, ha=ha,
            va="baseline", fontproperties=_font(size, weight), parse_math=False,
        )  # fmt: skip

    def block(
        self, text: str, sizes: tuple[int, ...], top: float, foot: float,
        colour: str = INK, weight: str = "normal",
    ) -> float:  # fmt: skip
        """Write a text in the largest letters with which it fits, and return where it ends."""
        for size in sizes:
            lines = _lines(text, size, SIZE[0] - 2 * _MARGIN, weight)
            if top + len(lines) * size * _LINE <= foot:
                break
        room = int((foot - top) / (size * _LINE))
        if len(lines) > room:
            lines[room - 1 :] = [f"{lines[room - 1]} …"]
        for line in lines:
            self.write(line, _MARGIN, top, size, colour, weight)
            top += size * _LINE
        return top

    def badge(self, text: str, y: float, ink: str, ground: str) -> float:
        """Write a verdict in a box, and return where there is room on its right."""
        width = _width(text, _BADGE, "bold")
        box = (_MARGIN + 8, SIZE[1] - y - _BADGE - 8), width + 20, _BADGE + 12
        self.add(FancyBboxPatch(*box, boxstyle="round,pad=4,rounding_size=10", color=ground))
        self.write(text, _MARGIN + 18, y + 3, _BADGE, ink, "bold")
        return _MARGIN + width + 54

    def rectangle(self, left: float, right: float, y: float, height: float, colour: str) -> None:
        """Draw a box that has its upper edge at `y`."""
        self.add(Rectangle((left, SIZE[1] - y - height), right - left, height, color=colour))


def _draw(sheet: _Sheet, made: Drawing, top: float) -> None:
    """Draw a claim on its axis: labels on the left, and where the numbers are on the right."""
    axis = made.place
    wide = SIZE[0] - 2 * _MARGIN - _LABELS

    def place(value: float) -> float:
        return _MARGIN + _LABELS + wide * axis(value) / AXIS

    goals = [place(goal) for goal in made.goals[:: max(len(made.goals) - 1, 1)]]
    half = _width(made.heading, _SMALL) / 2
    middle = min(max(sum(goals) / len(goals), _MARGIN + half), SIZE[0] - _MARGIN - half)
    sheet.write(made.heading, middle, top, _SMALL, ha="center")
    top += 1.6 * _SMALL
    rest = len(made.marks) - _MOST + 1 if len(made.marks) > _MOST else 0
    for mark in made.marks[: len(made.marks) - rest]:
        for kind, ends in mark.regions.items():
            left, right = map(place, ends)
            sheet.rectangle(left, max(right, left + 4), top, _ROW, _SHADES[kind])
        _write_label(sheet, mark, top)
        for goal in goals:
            for step in range(0, _ROW, 10):
                sheet.rectangle(goal - 1, goal + 1, top + step, 6, INK)
        x, y = [place(value) for value in mark.values], top + _ROW / 2
        if len(x) > 1:
            sheet.rectangle(x[0], max(x[-1], x[0] + 4), y - 6, 12, "#7fa6e3")
        if len(x) != 2:  # a range has no middle
            sheet.add(Circle((x[len(x) // 2], SIZE[1] - y), 11, color=_BLUE))
        top += _ROW
    if rest:
        sheet.write(f"and {rest} more", _MARGIN, top + (_ROW - _SMALL) / 2, _SMALL, GREY)


def _write_label(sheet: _Sheet, mark: Mark, top: float) -> None:
    """Write the number that came out, and under it the condition if there is one."""
    room = _LABELS - 20
    lines = [(mark.label, INK, "bold"), (mark.given, GREY, "normal")]
    if not mark.given:
        lines = [(line, INK, "bold") for line in _lines(mark.label, _SMALL, room, "bold")[:2]]
    top += (_ROW - len(lines) * 1.2 * _SMALL) / 2 + 2
    for text, colour, weight in lines:
        sheet.write(_shortened(text, _SMALL, room, weight), _MARGIN, top, _SMALL, colour, weight)
        top += 1.2 * _SMALL


# Letters and lines


@cache
def _font(size: int, weight: str) -> FontProperties:
    return FontProperties(family="DejaVu Sans", size=size * _POINT, weight=weight)


@cache
def _width(text: str, size: int, weight: str = "normal") -> float:
    measured = TextToPath().get_text_width_height_descent(text, _font(size, weight), ismath=False)
    return float(measured[0]) / _POINT


def _lines(text: str, size: int, room: float, weight: str = "normal") -> list[str]:
    """Break a text into lines that fit."""
    lines, used = [""], 0.0
    space = _width("a a", size, weight) - _width("aa", size, weight)
    for word in join_numbers(text).split(" "):
        width = _width(word, size, weight)
        if lines[-1] and used + space + width > room:
            lines.append(word)
            used = width
        else:
            used += width + (space if lines[-1] else 0.0)
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _shortened(text: str, size: int, room: float, weight: str = "normal") -> str:
    """Return a text as it is or, if it is too long for a line, its beginning."""
    if _width(text, size, weight) <= room:
        return text
    return f"{_lines(text, size, room - _width(' …', size, weight), weight)[0]} …"
