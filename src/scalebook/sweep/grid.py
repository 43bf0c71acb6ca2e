"""The combinations of a sweep: read from people, and all checked before anything runs."""

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scalebook.chapters.parameter import Parameter, Value
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalinglaws import quantities
from scalinglaws.errors import ScalingLawsError

#: Combinations that one sweep may have; split more.
MAX_COMBINATIONS = 1_000_000

_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3}){1,8}[ \w./%]*", re.ASCII)
_POINTS = re.compile(r"(\d{1,7})(log|lin)?")


@dataclass(frozen=True)
class Grid:
    """The combinations of a sweep, made one after the other: there may be very many.

    Attributes
    ----------
    chapter : str
    swept : mapping of str to tuple
        The values of each parameter that was given several, in the order given.
    fixed : mapping of str to Value
        All parameters with the values of the first combination.
    """

    chapter: str
    swept: Mapping[str, tuple[Value, ...]]
    fixed: Mapping[str, Value]

    def __len__(self) -> int:
        return math.prod(len(values) for values in self.swept.values())

    def __iter__(self) -> Iterator[dict[str, Value]]:
        """Yield all parameters of every combination; the last parameter given varies fastest."""
        return self.of(tuple(self.swept))

    def of(self, names: Sequence[str]) -> Iterator[dict[str, Value]]:
        """Yield the combinations of some of the parameters that are swept."""
        for row in itertools.product(*(self.swept[name] for name in names)):
            yield {**self.fixed, **dict(zip(names, row, strict=True))}


def read(chapter: str, given: Mapping[str, object], notebook: Path | None = None) -> Grid:
    """Return the grid that a sweep's parameters span, all of its combinations checked.

    Parameters
    ----------
    chapter : str
    given : mapping
        By name: a text ``v1,v2,...`` or ``low:high:5log`` (or ``5lin``, or ``5``, evenly spaced),
        a list of values, or one value. Equal values count once. A comma always separates values
        here; ends of a range may have them within, 1,000:1,000,000:4log.
    notebook : Path, optional
        The notebook that declares the parameters; the book's own unless given.

    Raises
    ------
    ScalebookError
        For an unknown parameter, a value that it does not take, too many combinations, or values
        that do not go together.
    """
    known = {p.name: p for p in parameters.declared(chapter, notebook)}
    for name in given:
        if name not in known:
            parameters.check(chapter, {name: None}, notebook)  # raises, and names the nearest
    values = {name: _values(chapter, known[name], entry) for name, entry in given.items()}
    swept = {name: found for name, found in values.items() if len(found) > 1}
    if math.prod(map(len, swept.values())) > MAX_COMBINATIONS:
        counts = " x ".join(str(len(found)) for found in swept.values())
        raise ScalebookError(
            f"{chapter}: {counts} = {math.prod(map(len, swept.values())):,} combinations; one "
            f"sweep takes at most {MAX_COMBINATIONS:,}. Give fewer values, or sweep a part of them "
            "at a time."
        )
    first = {name: found[0] for name, found in values.items()}
    grid = Grid(chapter, swept, parameters.check(chapter, first, notebook))
    for relation in parameters.relations(chapter):
        # Each value has been checked, and a condition looks at few parameters only.
        for combination in grid.of([name for name in swept if name in relation.names]):
            if not relation.holds(combination):
                # It raises, and says what does not hold.
                parameters.check(chapter, combination, notebook)
    return grid


def _values(chapter: str, parameter: Parameter, entry: object) -> tuple[Value, ...]:
    read: list[object]
    try:
        if isinstance(entry, list):
            read = entry
        elif not isinstance(entry, str):
            read = [entry]
        elif parameter.kind in (int, float) and ":" in entry:
            read = _range(parameter, entry)
        else:
            parts = [part.strip() for part in entry.split(",")]
            number = parameter.kind in (int, float) and _GROUPED.fullmatch(entry)
            if number and any(re.match(r"0\d", part) for part in parts):
                raise ScalebookError(f"{parameter.name}={entry} is no list of values.")
            read = list(parts)
        if not read or "" in read:
            raise ScalebookError(
                f"{parameter.name}={entry}: a value is missing. Write {_form(parameter)}."
            )
        return tuple(dict.fromkeys(parameter.read(value) for value in read))
    except ScalingLawsError as error:
        raise ScalebookError(f"{chapter}: {error}{_hint(entry)}") from None


def _hint(entry: object) -> str:
    """Return what to say to someone who may have meant one number with commas in it."""
    if not isinstance(entry, str) or not _GROUPED.fullmatch(entry):
        return ""
    one = f"{entry.replace(',', '_')} or {entry.replace(',', '')}"
    return f" In a sweep commas separate values; for one number write {one}."


def _range(parameter: Parameter, entry: str) -> list[object]:
    parts = [part.strip() for part in entry.split(":")]
    points = _POINTS.fullmatch(parts[2]) if len(parts) == 3 else None
    try:
        if points is None:
            raise ScalebookError("")
        low, high = (quantities.read(part, parameter.unit) for part in parts[:2])
    except ScalingLawsError:
        raise ScalebookError(
            f"{parameter.name}={entry} is no range. Write {_form(parameter)}."
        ) from None
    count, logarithmic = int(points[1]), points[2] == "log"
    if not 2 <= count <= MAX_COMBINATIONS or low == high or (logarithmic and min(low, high) <= 0):
        raise ScalebookError(
            f"{parameter.name}={entry}: a range needs two different ends, two points or more, and "
            "positive ends if it is logarithmic."
        )
    # The ends are checked first, so that a bound is named with the value that was typed.
    for end in (low, high):
        parameter.read(end)
    spaced = np.geomspace(low, high, count) if logarithmic else np.linspace(low, high, count)
    inner: Sequence[float] = [float(value) for value in spaced[1:-1]]
    numbers = [low, *inner, high]
    return [round(value) if parameter.kind is int else value for value in numbers]


def _form(parameter: Parameter) -> str:
    form = f"-p {parameter.name}=v1,v2,..."
    if parameter.kind in (int, float):
        form += f" or -p {parameter.name}=low:high:5log"
    return form
