"""The table that goes with each figure: one row a drawn point, bar or interval.

A notebook carries the rows of its figures, and apart from them what is the same for a whole panel;
`csv` puts the two together.
"""

from collections.abc import Iterable
from typing import TypedDict

#: Columns by name: type and meaning. Those after `category` are the same for a whole panel.
FIELDS = {
    "panel": ("integer", "number of the panel, in reading order"),
    "series": ("string", "what the row belongs to, as it is named in the figure"),
    "kind": (
        "string",
        "line, points, band, bar, interval, contour, grid, reference line, span or outline",
    ),
    "x": ("number", "horizontal position; empty for what has none"),
    "y": ("number", "vertical position; empty for what has none"),
    "x_low": ("number", "left end of a bar, band, span or interval"),
    "x_high": ("number", "its right end"),
    "y_low": ("number", "lower end of a bar, band, span or interval"),
    "y_high": ("number", "its upper end"),
    "value": ("number", "what the colour of a point stands for, or the level of a contour"),
    "category": ("string", "name of the tick that the row stands at, on an axis of names"),
    "panel_title": ("string", "title of the panel"),
    "x_label": ("string", "what x is, with its unit"),
    "y_label": ("string", "what y is, with its unit"),
    "value_label": ("string", "what the value is, with its unit, where a colour bar says so"),
}

#: The columns of numbers, in their order.
NUMBERS = tuple(name for name, (kind, _) in FIELDS.items() if kind == "number")


class Data(TypedDict):
    """Lines of CSV up to the column `category`, and the rest of a line by panel."""

    rows: str
    panels: dict[str, str]


def csv(data: Data) -> str:
    """Return the data of a figure as the text of a CSV file."""
    lines, ends = [",".join(FIELDS)], data["panels"]
    lines += [f"{row},{ends[row.partition(',')[0]]}" for row in data["rows"].splitlines()]
    return "\n".join(lines) + "\n"


def join(fields: Iterable[str]) -> str:
    """Return fields as a part of a line of CSV."""
    return ",".join(
        '"' + field.replace('"', '""') + '"' if set(field) & set(',"\r\n') else field
        for field in fields
    )
