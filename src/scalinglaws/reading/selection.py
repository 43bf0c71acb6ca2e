"""Which rows of a table are taken, and how that is asked for."""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from scalinglaws import quantities
from scalinglaws.errors import ScalingLawsError, shortened
from scalinglaws.reading.columns import LABELS, UNITS, Column, argument, require_column
from scalinglaws.runs import Runs

Row = Sequence[Any]

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<=": operator.le, ">=": operator.ge,
    "=": operator.eq, "<": operator.lt, ">": operator.gt,
}  # fmt: skip

EMPTY = ("", "nan", "none", "null", "na", "n/a", "-")
"""What stands, in lower case, where there is no number."""


@dataclass(frozen=True)
class Choices:
    """What of a table is read, and which of its columns is what: arguments of `read_runs`.

    Parameters
    ----------
    columns : mapping of str to str
        Columns of the table by what they are: ``{"params": "Model Size"}``.
    where : tuple of str
        Conditions that a row has to fulfil, all of them.
    best_per_cell : bool
        Whether, of rows of one size and data, only that with the lowest loss is taken.
    skip_empty : bool
        Whether rows without a loss are left out.
    last_per_run : bool
        Whether, of the rows of one training run, only that with most tokens is taken.

    Examples
    --------
    >>> Choices(where=("Dataset=C4",)).where
    ('Dataset=C4',)
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    where: tuple[str, ...] = ()
    best_per_cell: bool = False
    skip_empty: bool = False
    last_per_run: bool = False


def number(cell: Any, unit: str | None, commas: bool = False) -> float:
    """Return the number in a cell, NaN where there is none.

    Parameters
    ----------
    cell : str, float, int or None
        As a file has it; with its unit or without.
    unit : str or None
        The unit expected; empty for a number without. None for digits only, no 3B and no units.
    commas : bool
        Whether a comma may stand for a decimal point, so that no number with one is understood.

    Returns
    -------
    float
        In `unit`.

    Examples
    --------
    >>> number("3B", ""), number("3B", None)
    (3000000000.0, nan)
    >>> number("2.8B", "params"), number("3,142", "", commas=True), number(True, "")
    (2800000000.0, nan, nan)
    """
    if not isinstance(cell, str):
        return math.nan if cell is None or isinstance(cell, bool) else float(cell)
    try:
        # At once what most tables hold. Python would take digits of other scripts.
        if cell.isascii() and len(cell) <= quantities.LONGEST:
            return float(cell)
    except ValueError:
        pass
    if unit is None or (commas and "," in cell):
        return math.nan
    try:
        return quantities.read(cell, unit)
    except ScalingLawsError:
        return math.nan


def text(cell: Any) -> str:
    """Return a cell as text.

    Parameters
    ----------
    cell : object
        Text, a number or None.

    Returns
    -------
    str
        Empty for None.

    Examples
    --------
    >>> text(None), text(7.0), text("x")
    ('', '7', 'x')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return f"{cell:.12g}"
    return "" if cell is None else str(cell)


def condition(
    said: str, names: Sequence[str], columns: Mapping[str, Column], table: str
) -> Callable[[Row], bool]:
    """Return what tells of a row whether a condition holds.

    Parameters
    ----------
    said : str
        A column, one of ``= == != < <= > >=``, and a value: ``Dataset=C4``, ``tokens>=1e9``. The
        column is one of the table's or, in the units of `Runs`, one that is read. Numbers are
        compared as numbers; a cell that is none fulfils only ``!=``.
    names : sequence of str
        Columns of the table.
    columns : mapping of str to Column
        Those that are read.
    table : str
        What to call it in messages.

    Returns
    -------
    callable
        Of a row of cells.

    Raises
    ------
    ScalingLawsError
        If there is no such column or it is there twice, or the value is no number where the order
        of numbers is asked for.

    Examples
    --------
    >>> taken = {"tokens": Column(1, "D", unit="tokens")}
    >>> holds = condition("tokens>=1.5B", ["data", "D"], taken, "mine.csv")
    >>> holds(["C4", "1e9"]), holds(["C4", "2e9 tokens"])
    (False, True)
    """
    name, sign, value = _parts(said, [*names, *columns])
    if not sign:
        guess = re.split(r"[!<>=]", said)[0].strip()
        if guess not in ("", said.strip(), *names, *columns):
            require_column(guess, [*names, *columns], table)
        raise ScalingLawsError(
            f"{argument('where', said[:60])}: expected a column, one of {' '.join(_OPERATORS)} "
            "and a value, such as tokens>=1e9."
        )
    if names.count(name) > 1:
        raise ScalingLawsError(f"{table} has {names.count(name)} such columns; keep one.")
    if name in names:
        units = {each.name: each.unit for each in columns.values()}
        column = Column(names.index(name), name, unit=units.get(name) or "")
    else:
        column = columns[name]
    place, factor, unit = column.place, column.factor, column.unit
    wanted, compare = number(value, unit or UNITS.get(name, "")), _OPERATORS[sign]
    ordered = sign not in ("=", "==", "!=")
    if ordered and math.isnan(wanted):
        raise ScalingLawsError(
            f"{argument('where', said[:60])}: {shortened(value)} is no number, with which "
            "others could be compared."
        )
    as_names = math.isnan(wanted) or name in LABELS

    def holds(row: Row) -> bool:
        cell = row[place]
        if as_names:
            return compare(text(cell), value)
        found = number(cell, unit) * factor
        if math.isnan(found):
            return sign == "!="
        return compare(found, wanted)

    return holds


def _parts(said: str, known: Sequence[str]) -> tuple[str, str, str]:
    """Return the column, the operator and the value of a condition; empty ones if it is none."""
    for name in sorted(filter(None, known), key=len, reverse=True):
        rest = said.strip()
        if rest.startswith(name):
            rest = rest[len(name) :].lstrip()
            sign = next((each for each in _OPERATORS if rest.startswith(each)), "")
            if sign and not rest[len(sign) :].startswith(("<", ">", "=", "!")):
                return name, sign, rest[len(sign) :].strip()
    return "", "", ""


def last(runs: Runs, table: str) -> npt.NDArray[np.intp]:
    """Return which row is the last of each training run.

    Parameters
    ----------
    runs : Runs
        Readings of runs, which their `run` names; a row without a name is a run of its own.
    table : str
        What to call the table in messages.

    Returns
    -------
    numpy.ndarray, shape (k,)
        Positions of the rows with most tokens, ascending; of equal tokens the last.

    Raises
    ------
    ScalingLawsError
        If nothing tells which run a row is of.

    Examples
    --------
    >>> last(Runs([1e8] * 3, [1e9, 2e9, 1e9], [3.5, 3.4, 3.6], run=["a", "a", "b"]), "mine.csv")
    array([1, 2])
    """
    if runs.run is None:
        raise ScalingLawsError(
            f"last_per_run=True: {table} has no column run. Name the column that tells which run a "
            'row is of, such as columns={"run": "NAME"}.'
        )
    order = np.lexsort((runs.tokens, runs.groups))
    group = runs.groups[order]
    return np.sort(order[np.concatenate([group[1:] != group[:-1], [True]])])


def best(runs: Runs) -> npt.NDArray[np.intp]:
    """Return which runs have the lowest loss of all of their size and data, and suite.

    Parameters
    ----------
    runs : Runs
        A sweep over rate and batch, say, with many rows to one size and amount of data.

    Returns
    -------
    numpy.ndarray, shape (k,)
        Positions, ascending; of equal losses the first.

    Examples
    --------
    >>> best(Runs([1e8, 1e8, 2e8], [2e9, 2e9, 2e9], [3.5, 3.4, 3.1]))
    array([1, 2])
    """
    suite = (
        np.zeros(len(runs)) if runs.suite is None else np.unique(runs.suite, return_inverse=True)[1]
    )
    order = np.lexsort((runs.loss, suite, runs.tokens, runs.params))
    cells = np.stack([runs.params, runs.tokens, suite])[:, order]
    first = np.concatenate([[True], np.any(cells[:, 1:] != cells[:, :-1], axis=0)])
    return np.sort(order[first])
