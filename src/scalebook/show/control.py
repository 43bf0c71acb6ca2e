"""Controls: a figure that answers to a slider or a choice, drawn by Vega-Lite in the browser.

What it computes is stated as formulas (see `formula`), or comes as a table that the library made.
Without scripts, on paper and in a notebook, the figure is the drawing that goes with it.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from scalebook.show.formula import Quantity
from scalebook.show.palette import INK, text_colour
from scalinglaws.quantities import SUPERSCRIPTS, grammar, spellings

#: How a number is written: significant digits, a factor, an amount (70B), a power of ten
#: (5.8 × 10²³), decimal places, a share, or a year.
Style = Literal["num", "times", "amount", "sci", "fix", "percent", "year"]


_EXPONENT = "replace(format({0}, '.1~e'), regexp('.*e'), '')"


def _raised(power: str) -> str:
    """Return an expression for ten to a power, written as "e+24" or "24", in superscripts."""
    written = f"replace({power}, regexp('[e+]', 'g'), '')"
    for low, high in SUPERSCRIPTS.items():
        written = f"replace({written}, regexp('{low}', 'g'), '{high}')"
    return f"'10' + {written}"


_WRITTEN: dict[str, str] = {
    "num": "format({0}, ',.2~r')",
    # Of factors near one, what matters is how far from it they are.
    "times": "format({0}, {0} < 2 ? '.2f' : ',.2~r')",
    # D3's own letter beyond is P.
    "amount": "({0} < 9.995e14 ? replace(replace(format({0}, '.3~s'), 'G', 'B'), 'k', 'K') "
    ": format({0} / 1e12, '.3~r') + 'T')",
    "sci": "replace(format({0}, '.1~e'), regexp('e.*'), '') + '\u00a0×\u00a0' + "
    + _raised(_EXPONENT),
    "fix": "format({0}, '.2f')",
    "year": "({0} % 1 < 1 / 3 ? 'early ' : {0} % 1 < 2 / 3 ? 'mid-' : 'late ') + floor({0})",
    # A small part is not none, and nearly all is not all.
    "percent": "({0} < 0.005 ? 'less than 1%' : {0} > 0.995 && {0} < 1 ? 'more than 99%' "
    ": format({0}, '.0%'))",
}
_PLACE = re.compile(r"{(\w+):(\w+)}")

Layer = dict[str, Any]
#: Columns of numbers by name.
Points = Mapping[str, ArrayLike]


@dataclass(frozen=True)
class Slider:
    """A number that the reader moves, or types.

    Attributes
    ----------
    name : str
        Of the quantity, as formulas know it.
    label : str
        What stands before it.
    low, high, value : float
        Ends, and where it begins.
    unit : str
        What stands after the number.
    style : str
        How the number is written.
    log : bool
        Whether equal steps are equal factors.
    reads : str
        The unit that a number typed may have behind it, or another that converts to it, as
        `scalinglaws.units.parse_quantity` reads them; `unit` unless given.
    when : str
        A condition of Vega's, such as ``start == 1``, without which there is no such field.
    """

    name: str
    label: str
    low: float
    high: float
    value: float
    unit: str = ""
    style: Style = "num"
    log: bool = True
    reads: str = ""
    when: str = ""


@dataclass(frozen=True)
class Choice:
    """One of several, each of which is a number to the formulas; see also `formula.Pick`."""

    name: str
    label: str
    options: Mapping[str, float]

    @property
    def value(self) -> float:
        """Of the first."""
        return next(iter(self.options.values()))


@dataclass(frozen=True)
class Control:
    """What a figure does when a reader moves something.

    Attributes
    ----------
    inputs : sequence of Slider or Choice
    values : mapping of str to Formula, Pick or Lookup
        Quantities by name, in the order in which they follow from the inputs and one another.
    says : str
        An expression of Vega's for the sentence under the figure; see `text` and `either`.
    layers : sequence of dict
        What is drawn: layers of Vega-Lite, which may name inputs and values in expressions.
    x, y : dict
        The axes, as Vega-Lite has them; see `axis`.
    height : int
        Pixels.
    """

    inputs: Sequence[Slider | Choice]
    values: Mapping[str, Quantity]
    says: str
    layers: Sequence[Layer]
    x: dict[str, Any]
    y: dict[str, Any]
    height: int = 260

    def evaluate(self, given: Mapping[str, float]) -> dict[str, float]:
        """Return the values for some settings of all inputs, as the library has them."""
        known = dict(given)
        for name, formula in self.values.items():
            known[name] = formula.value(known)
        return {name: known[name] for name in self.values}

    def described(self) -> dict[str, Any]:
        """Return all that the browser needs, as JSON has it."""
        return {
            "inputs": [_described(each) for each in self.inputs],
            "values": list(self.values),
            "numbers": grammar(),
            "spec": self._spec(),
        }

    def _spec(self) -> dict[str, Any]:
        inputs = [{"name": each.name, "value": each.value} for each in self.inputs]
        values = [{"name": name, "expr": each.vega} for name, each in self.values.items()]
        fields = [
            {"name": f"shows_{each.name}", "expr": f"{each.when} ? 1 : 0"}
            for each in self.inputs
            if isinstance(each, Slider) and each.when
        ]
        return {
            "width": "container",
            "height": self.height,
            "background": None,
            "autosize": {"type": "fit-x", "contains": "padding"},
            "params": [*inputs, *values, *fields, {"name": "says", "expr": self.says}],
            "layer": [self._on_axes(layer) for layer in self.layers],
        }

    def _on_axes(self, layer: Layer) -> Layer:
        axes = {"x": self.x, "y": self.y}
        encoding = {
            name: {**axes.get(name, {}), **said} for name, said in layer["encoding"].items()
        }
        return {**layer, "encoding": encoding, **_held(layer, axes)}


def _held(layer: Layer, axes: Mapping[str, Any]) -> Layer:
    """Hold what moves at the ends of the axes; whatever else goes beyond them is cut off there."""
    if layer["mark"].get("clip") or "transform" not in layer:
        return {}
    ends = {name: axis["scale"]["domain"] for name, axis in axes.items() if "scale" in axis}
    held = [
        {"calculate": f"clamp(datum.{name}, {low!r}, {high!r})", "as": name}
        for name, (low, high) in ends.items()
    ]
    return {"transform": [*layer["transform"], *held]}


def _described(each: Slider | Choice) -> dict[str, Any]:
    if isinstance(each, Choice):
        # As pairs: a notebook's JSON has its keys in the order of the alphabet.
        options = [[text, value] for text, value in each.options.items()]
        return {"kind": "choice", **vars(each), "options": options, "value": each.value}
    units = spellings(each.reads or each.unit)
    return {"kind": "slider", **vars(each), "spellings": units}


# Sentences


def text(template: str) -> str:
    """Return a sentence with quantities in it, ``{k:num}``, as an expression of Vega's.

    Examples
    --------
    >>> text("It took {lost:fix} times the compute.")
    "'It took ' + format(lost, '.2f') + ' times the compute.'"
    """
    parts, end = [], 0
    for found in _PLACE.finditer(template):
        parts.append(_quoted(template[end : found.start()]))
        parts.append(_WRITTEN[found[2]].format(found[1]))
        end = found.end()
    parts.append(_quoted(template[end:]))
    return " + ".join(part for part in parts if part != "''")


def either(condition: str, then: str, other: str) -> str:
    """Return one of two expressions, as a condition of Vega's has it: ``k < 1``."""
    return f"({condition} ? {then} : {other})"


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


# Parts of drawings


def axis(
    title: str,
    low: float,
    high: float,
    *,
    log: bool = True,
    labels: str = "",
    ticks: Sequence[float] = (),
) -> dict[str, Any]:
    """Return an axis from `low` to `high`, to be `x` or `y` of a control.

    Parameters
    ----------
    title : str
    low, high : float
    log : bool
    labels : str
        A format of D3's, such as "~g"; with "amount", 70B and the like; with "power", 10²⁴.
    ticks : sequence of float
        Where it is labelled; Vega's choice unless given.
    """
    said: dict[str, Any] = {"grid": False, "labelOverlap": "greedy", "labelSeparation": 6}
    if labels == "amount":
        said["labelExpr"] = _WRITTEN["amount"].format("datum.value")
    elif labels == "power":
        said["labelExpr"] = _raised(_EXPONENT.format("datum.value"))
    elif labels:
        said["format"] = labels
    if ticks:
        # One beyond the ends would stand beside the figure.
        said["values"] = [tick for tick in ticks if low <= tick <= high]
    kind = "log" if log else "linear"
    # Numbers of NumPy write themselves as no expression of Vega's does.
    scale = {"type": kind, "domain": [float(low), float(high)], "nice": False}
    return {"type": "quantitative", "title": title, "scale": scale, "axis": said}


def steps(low: float, high: float) -> list[float]:
    """Return where a logarithmic axis is labelled: 1, 2, 5, 10 and so on.

    Over two factors of ten it is at powers of ten alone, as in `figures.plain_axis`.
    """
    within = (1,) if high >= 100 * low else (1, 2, 5)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = [m * 10.0**power for power in decades for m in within]
    return [tick for tick in every if low <= tick <= high]


def curve(points: Points, colour: str, *, dash: bool = False) -> Layer:
    """Return a curve through points, by "x" and "y"."""
    look = {"type": "line", "color": colour, "strokeWidth": 2.5, "clip": True}
    return _drawn(points, look | ({"strokeDash": [3, 4]} if dash else {}))


def band(points: Points, colour: str) -> Layer:
    """Return a band, by "x", "low" and "high"."""
    look = {"type": "area", "color": colour, "opacity": 0.22, "clip": True}
    return _drawn(points, look, y={"field": "low"}, y2={"field": "high"})


def dots(points: Points, colour: str, shape: str = "circle") -> Layer:
    """Return points, by "x" and "y"."""
    look = {"type": "point", "filled": True, "size": 45, "opacity": 0.8, "clip": True}
    return _drawn(points, {**look, "color": colour, "shape": shape})


def upright(x: float, low: float, high: float, colour: str) -> Layer:
    """Return a thick pale bar that stands at `x`."""
    look = {"type": "rule", "color": colour, "opacity": 0.3, "strokeWidth": 9, "clip": True}
    points = {"x": [x], "low": [low], "high": [high]}
    return _drawn(points, look, y={"field": "low"}, y2={"field": "high"})


def bars(points: Points, colour: str) -> Layer:
    """Return intervals that lie, by "low", "high" and "y"."""
    look = {"type": "rule", "color": colour, "opacity": 0.6, "strokeWidth": 1.2, "clip": True}
    return _drawn(points, look, x={"field": "low"}, x2={"field": "high"})


def marker(x: str, y: str, colour: str) -> Layer:
    """Return a point that moves: at expressions of Vega's."""
    look = {"type": "point", "filled": True, "opacity": 1, "size": 150, "color": colour}
    return _moving(x, y, look)


def name(x: float, y: float, words: str, colour: str, align: str = "left") -> Layer:
    """Return a label at a point."""
    look = {"type": "text", "text": words, "color": text_colour(colour), "align": align}
    return _moving(repr(float(x)), repr(float(y)), look)


def moving_name(
    x: str, y: str, words: str, colour: str = INK, dy: float = -16, **look: Any
) -> Layer:
    """Return a label above a point that moves; place and words are expressions of Vega's."""
    look |= {"type": "text", "text": {"expr": words}, "color": text_colour(colour), "dy": dy}
    return _moving(x, y, {**look, "fontWeight": "bold"})


def _moving(x: str, y: str, look: dict[str, Any]) -> Layer:
    made = [{"calculate": x, "as": "x"}, {"calculate": y, "as": "y"}]
    return {**_drawn({}, look), "data": {"values": [{}]}, "transform": made}


def _drawn(points: Points, look: dict[str, Any], **encoding: dict[str, str]) -> Layer:
    names = list(points)
    # More digits than a drawing shows would only make the page larger.
    columns = [[float(f"{value:.4g}") for value in np.asarray(points[each])] for each in names]
    rows = [
        dict(zip(names, row, strict=True))
        for row in zip(*columns, strict=True)
        if all(map(math.isfinite, row))  # JSON has no other numbers
    ]
    places = {"x": {"field": "x"}, "y": {"field": "y"}, **encoding}
    return {"data": {"values": rows}, "mark": look, "encoding": places}
