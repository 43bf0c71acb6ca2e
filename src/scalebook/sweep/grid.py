"""The combinations of a sweep: read from people, and all checked before anything runs."""

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scalebook.chapters.parameter import Parameter, Value
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalinglaws.errors import ScalingLawsError
from scalinglaws.units import parse_quantity

#: Combinations that one sweep may have. More would take days to plan; split them.
MAX_COMBINATIONS = 1_000_000

_POINTS = re.compile(r"(\d{1,7})(log|lin)?")


@dataclass(frozen=True)
class Grid:
    """The values of a sweep.

    Attributes
    ----------
    chapter : str
    swept : mapping of str to tuple
        The values of each parameter that was given several, in the order given.
    fixed : mapping of str to Value
        Parameters given one value.
    """

    chapter: str
    swept: Mapping[str, tuple[Value, ...]]
    fixed: Mapping[str, Value]

    def __len__(self) -> int:
        return math.prod(len(values) for values in self.swept.values())

    def combinations(self) -> list[dict[str, Value]]:
        """Return all parameters of every combination; the last parameter given varies fastest.

        Raises
        ------
        ScalebookError
            If the values of a combination do not go together.
        """
        rows = itertools.product(*self.swept.values())
        chosen = (dict(zip(self.swept, row, strict=True)) for row in rows)
        return [parameters.check(self.chapter, {**self.fixed, **values}) for values in chosen]


def read(chapter: str, given: Mapping[str, object]) -> Grid:
    """Return the grid that a sweep's parameters span.

    Parameters
    ----------
    chapter : str
    given : mapping
        By name: a text ``v1,v2,...`` or ``low:high:5log`` (or ``5lin``, or ``5``, evenly spaced),
        a list of values, or one value. Equal values count once.

    Raises
    ------
    ScalebookError
        For an unknown parameter, a value that it does not take, or too many combinations.
    """
    known = {p.name: p for p in parameters.declared(chapter)}
    for name in given:
        if name not in known:
            parameters.check(chapter, {name: None})  # raises, and names the nearest
    values = {name: _values(chapter, known[name], entry) for name, entry in given.items()}
    swept = {name: found for name, found in values.items() if len(found) > 1}
    fixed = {name: found[0] for name, found in values.items() if len(found) == 1}
    grid = Grid(chapter, swept, fixed)
    if len(grid) > MAX_COMBINATIONS:
        counts = " x ".join(str(len(found)) for found in swept.values())
        raise ScalebookError(
            f"{chapter}: {counts} = {len(grid):,} combinations; one sweep takes at most "
            f"{MAX_COMBINATIONS:,}. Give fewer values, or sweep a part of them at a time."
        )
    return grid


def _values(chapter: str, parameter: Parameter, entry: object) -> tuple[Value, ...]:
    read: list[object]
    if isinstance(entry, list):
        read = entry
    elif not isinstance(entry, str):
        read = [entry]
    elif parameter.kind in (int, float) and ":" in entry:
        read = _range(chapter, parameter, entry)
    else:
        read = [part.strip() for part in entry.split(",")]
    if not read or "" in read:
        raise ScalebookError(
            f"{chapter}: {parameter.name}={entry}: a value is missing. Write {_form(parameter)}."
        )
    try:
        return tuple(dict.fromkeys(parameter.read(value) for value in read))
    except ScalingLawsError as error:
        raise ScalebookError(f"{chapter}: {error}") from None


def _range(chapter: str, parameter: Parameter, entry: str) -> list[object]:
    parts = [part.strip() for part in entry.split(":")]
    points = _POINTS.fullmatch(parts[2]) if len(parts) == 3 else None
    try:
        if points is None:
            raise ScalebookError("")
        low, high = parse_quantity(parts[0]), parse_quantity(parts[1])
    except ScalingLawsError:
        raise ScalebookError(
            f"{chapter}: {parameter.name}={entry} is no range. Write {_form(parameter)}."
        ) from None
    count, logarithmic = int(points[1]), points[2] == "log"
    if not 2 <= count <= MAX_COMBINATIONS or low == high or (logarithmic and min(low, high) <= 0):
        raise ScalebookError(
            f"{chapter}: {parameter.name}={entry}: a range needs two different ends, two points or "
            "more, and positive ends if it is logarithmic."
        )
    # The ends are checked first, so that a bound is named with the value that was typed.
    for end in (low, high):
        _checked(chapter, parameter, end)
    spaced = np.geomspace(low, high, count) if logarithmic else np.linspace(low, high, count)
    inner: Sequence[float] = [float(value) for value in spaced[1:-1]]
    numbers = [low, *inner, high]
    return [round(value) if parameter.kind is int else value for value in numbers]


def _checked(chapter: str, parameter: Parameter, value: object) -> None:
    try:
        parameter.read(value)
    except ScalingLawsError as error:
        raise ScalebookError(f"{chapter}: {error}") from None


def _form(parameter: Parameter) -> str:
    form = f"-p {parameter.name}=v1,v2,..."
    if parameter.kind in (int, float):
        form += f" or -p {parameter.name}=low:high:5log"
    return form
