"""Small multiples of a sweep: the results that vary most, against the swept parameters."""

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from scalebook.chapters.parameter import Parameter, Value
from scalebook.show import figures
from scalebook.show.numbers import sci
from scalinglaws.units import format_quantity

#: Results that get a panel, and colours that get a name, at most.
MAX_PANELS, MAX_COLOURS = 8, 6
#: Lines in a panel and points along one of them, at most.
MAX_LINES, MAX_POINTS = 60, 200

_LOG_SPAN = 30.0

Columns = dict[str, list[Any]]


def draw(swept: Sequence[Parameter], table: Path) -> str | None:
    """Draw the figure of a sweep as SVG.

    Parameters
    ----------
    swept : sequence of Parameter
    table : Path
        In Parquet. It is read a column at a time, and only the columns drawn are kept.

    Returns
    -------
    str or None
        None if there is nothing to draw: no parameter was swept, or no result varies.
    """
    parameters = {parameter.name: _read(table, parameter.name) for parameter in swept}
    results = choose(table, parameters)
    if not swept or not results:
        return None
    across, colour = _axes(swept, parameters)
    rows = math.ceil(len(results) / 2)
    with mpl.rc_context({**figures.STYLE, "savefig.facecolor": "white", "svg.fonttype": "path"}):
        columns = min(2, len(results))
        figure = Figure(figsize=(figures.WIDTH * 1.25, 1.9 * rows + 0.9))
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes, name in zip(grid.flat, results, strict=False):
            _panel(axes, name, across, colour, parameters, results[name])
        for axes in list(grid.flat)[len(results) :]:
            axes.set_axis_off()
        for axes in list(grid.flat)[max(len(results) - columns, 0) : len(results)]:
            axes.set_xlabel(_label(across))
        if colour is not None:
            _name_colours(figure, grid[0, 0], colour)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()


def choose(table: Path, parameters: Columns) -> Columns:
    """Return the results to draw, in the order recorded.

    Those that vary most, relative to their largest size; one that repeats a parameter or an earlier
    result is left out.
    """
    from pyarrow import parquet

    names = [name for name in parquet.read_schema(table).names if name not in parameters]
    spread = {name: _spread(_read(table, name)) for name in names}
    chosen: Columns = {}
    for name in sorted(names, key=lambda name: -min(spread[name], 1.0)):
        if spread[name] <= 1e-9 or len(chosen) == MAX_PANELS:
            break
        column = _read(table, name)
        if column not in [*parameters.values(), *chosen.values()]:
            chosen[name] = column
    return {name: chosen[name] for name in names if name in chosen}


def _read(table: Path, name: str) -> list[Any]:
    from pyarrow import parquet

    column: list[Any] = parquet.read_table(table, columns=[name]).column(0).to_pylist()
    return column


def _spread(column: Sequence[float | None]) -> float:
    numbers = [value for value in column if value is not None]
    size = max((abs(value) for value in numbers), default=0.0)
    return (max(numbers) - min(numbers)) / size if size else 0.0


def _axes(swept: Sequence[Parameter], parameters: Columns) -> tuple[Parameter, Parameter | None]:
    """Return the parameter across, the number with most values, and the one in colour."""

    def rank(parameter: Parameter) -> tuple[bool, int]:
        return parameter.kind in (int, float), len(set(parameters[parameter.name]))

    across = max(swept, key=rank)
    rest = [parameter for parameter in swept if parameter is not across]
    return across, max(rest, key=rank, default=None)


def _panel(
    axes: Axes,
    name: str,
    across: Parameter,
    colour: Parameter | None,
    parameters: Columns,
    column: list[Any],
) -> None:
    places = _places(axes, across, parameters[across.name])
    others = [c for key, c in parameters.items() if key != across.name]
    lines: dict[tuple[Value, ...], list[int]] = {}
    for row, value in enumerate(column):
        if value is not None:
            lines.setdefault(tuple(c[row] for c in others), []).append(row)
    shades = _shades(sorted(set(parameters[colour.name]))) if colour else {}
    for line in _some(list(lines.values()), MAX_LINES):
        rows = _some(sorted(line, key=lambda row: places[row]), MAX_POINTS)
        shade = shades[parameters[colour.name][rows[0]]] if colour else figures.BLUE
        label = str(parameters[colour.name][rows[0]]) if colour else ""
        x, y = [places[row] for row in rows], [column[row] for row in rows]
        axes.plot(x, y, color=shade, label=label, marker="o", markersize=3.5 if len(x) < 30 else 0,
                  linewidth=1.4)  # fmt: skip
    axes.set_title(name, fontsize=10)
    numbers = np.array([value for value in column if value is not None], dtype=float)
    if np.all(numbers > 0) and numbers.max() / numbers.min() > _LOG_SPAN:
        figures.log_axis(axes, "y")
    else:
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))


def _some(items: list[Any], most: int) -> list[Any]:
    """Return items, or of very many some, evenly: no eye tells more apart."""
    return items[:: math.ceil(len(items) / most) or 1]


def _places(axes: Axes, across: Parameter, column: Sequence[Value]) -> list[float]:
    """Return where each run stands along the axis, and set the axis up."""
    if across.kind not in (int, float):
        names = list(dict.fromkeys(column))
        axes.set_xticks(range(len(names)), [str(name)[:18] for name in names])
        return [float(names.index(value)) for value in column]
    values = [float(value) for value in column]
    if min(values) > 0 and max(values) / min(values) > _LOG_SPAN:
        figures.log_axis(axes, "x")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    return values


def _shades(values: Sequence[Value]) -> Mapping[Value, Any]:
    places = np.linspace(0, 1, max(len(values), 2))
    return {value: figures.SEQUENTIAL(places[i]) for i, value in enumerate(values)}


def _name_colours(figure: Figure, axes: Axes, colour: Parameter) -> None:
    handles, labels = axes.get_legend_handles_labels()
    byname = dict(zip(labels, handles, strict=True))
    names = sorted(byname, key=float) if colour.kind in (int, float) else sorted(byname)
    picked = np.unique(np.linspace(0, len(names) - 1, min(len(names), MAX_COLOURS)).round())
    kept = [names[int(i)] for i in picked]
    texts = [_short(float(n)) if colour.kind in (int, float) else n[:18] for n in kept]
    figure.legend(
        [byname[n] for n in kept], texts, title=_label(colour), loc="outside lower center",
        ncols=min(len(kept), 6),
    )  # fmt: skip


def _label(parameter: Parameter) -> str:
    unit = "" if parameter.unit in ("", "x", parameter.name) else f" ({parameter.unit})"
    return f"{parameter.name}{unit}"


def _short(value: float) -> str:
    if 1e3 <= abs(value) < 1e15:
        return format_quantity(value)
    plain = value == 0 or 1e-3 <= abs(value) < 1e3
    return f"{value:.4g}".replace("-", "−") if plain else sci(value, 2)
