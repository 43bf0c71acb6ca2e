"""What is said of how a table was read."""

import math
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from scalinglaws.errors import shortened
from scalinglaws.reading import selection
from scalinglaws.reading.columns import Column, argument
from scalinglaws.reading.selection import Choices
from scalinglaws.runs import Runs

_MOST_NAMES = 50
"""Different names in a column that might be suites."""

_FEWEST = 6
"""Rows that a suite of its own has."""

_FLAG = re.compile(r"(is_?)?(outlier|exclude|excluded|flagged|diverged|failed|crashed)s?", re.I)
_STEP = re.compile(r"_?(global_?)?(steps?|iterations?|iters?)", re.I)

_Found = Mapping[str, tuple[tuple[str, ...], npt.NDArray[np.intp]]]


class Groups:
    """Columns with few different names, found as rows pass.

    Parameters
    ----------
    names : sequence of str
        All columns.
    taken : sequence of int
        Places of those that are read anyway.

    Examples
    --------
    >>> groups = Groups(["loss", "data", "lr"], [0])
    >>> for row in (["3", "C4", "0.1"], ["4", "code", "0.1"], ["4", "C4", "0.2"]):
    ...     groups.add(row)
    >>> groups.found()
    {'data': (('C4', 'code'), array([0, 1, 0]))}
    """

    def __init__(self, names: Sequence[str], taken: Sequence[int]) -> None:
        self._names = names
        self.open: dict[int, tuple[dict[str, int], array[int]]] = {
            place: ({}, array("b")) for place in range(len(names)) if place not in taken
        }
        """Columns that still have few names, by place: the code of each name, and each row's."""

    def add(self, row: Sequence[Any]) -> None:
        """Look at a row.

        Parameters
        ----------
        row : sequence
            A cell for each column.

        Examples
        --------
        >>> Groups(["loss", "data"], [0]).add(["3", "C4"])
        """
        out = []
        for place, (known, codes) in self.open.items():
            cell = selection.text(row[place])
            code = known.get(cell)
            if code is None:
                numeric = not math.isnan(selection.number(cell, ""))
                if len(known) >= _MOST_NAMES or (
                    numeric and not _FLAG.fullmatch(self._names[place])
                ):
                    out.append(place)
                    continue
                code = known[cell] = len(known)
            codes.append(code)
        for place in out:
            del self.open[place]

    def found(self) -> dict[str, tuple[tuple[str, ...], npt.NDArray[np.intp]]]:
        """Return the names in each such column that has several, and which is each row's.

        Returns
        -------
        dict of str to (tuple of str, numpy.ndarray)
            By column: the names in the order of their first rows, and the place of each row's name
            among them, shape (n,).

        Examples
        --------
        >>> Groups(["loss", "data"], [0]).found()
        {}
        """
        return {
            self._names[place]: (tuple(known), np.array(codes, dtype=np.intp))
            for place, (known, codes) in self.open.items()
            if len(known) > 1
        }


def on_columns(columns: Mapping[str, Column], program: str, derived: str) -> Iterator[str]:
    """Yield what is said of columns that are not called as ours are.

    Parameters
    ----------
    columns : mapping of str to Column
        Those that are read.
    program : str
        Whose export the table is; empty if it is not known.
    derived : str
        ``params`` or ``tokens``, if it was computed; else empty.

    Yields
    ------
    str
        A sentence.

    Examples
    --------
    >>> list(on_columns({"params": Column(0, "size"), "flop": Column(1, "C", 1e9)}, "", "tokens"))
    ['Read as params: size; as flop: C, times 1e+09.', 'tokens = flop / (6 params).']
    """
    if program:
        yield f"By its columns this is an export of {program.removeprefix('a ')}."
    renamed = [
        f"as {ours}: {_shown(column.name)}" + f", times {column.factor:g}" * (column.factor != 1)
        for ours, column in columns.items()
        if column.name != ours
    ]
    if renamed:
        yield f"Read {'; '.join(renamed)}."
    if derived:
        yield f"{derived} = flop / (6 {'tokens' if derived == 'params' else 'params'})."


def on_rows(choices: Choices, count: int, other: int, empty: int, kept: int) -> Iterator[str]:
    """Yield what is said of rows that were left out.

    Parameters
    ----------
    choices : Choices
        What was asked for.
    count, other, empty, kept : int
        Rows of the table; those that do not fulfil the conditions; those of the others without a
        loss; those that are left.

    Yields
    ------
    str
        A sentence.

    Examples
    --------
    >>> list(on_rows(Choices(skip_empty=True), 10, 0, 2, 8))
    ['2 of 10 rows have no loss and are left out; rows are counted among the rest.']
    """
    said = []
    if choices.where:
        conditions = " and ".join(argument("where", each) for each in choices.where)
        said.append(f"{other:,} of {count:,} rows are left out by {conditions}")
    if choices.skip_empty:
        said.append(f"{empty:,} of {count - other:,} rows have no loss and are left out")
    if said:
        yield "; ".join([*said, *["rows are counted among the rest"] * (kept < count)]) + "."


def on_cells(count: int, kept: int) -> Iterator[str]:
    """Yield what is said of rows that another of their size and data is better than.

    Parameters
    ----------
    count, kept : int
        Rows, and those that are left.

    Yields
    ------
    str
        A sentence.

    Examples
    --------
    >>> list(on_cells(100, 10))
    ['90 of 100 rows are left out: another of their size and data has a lower loss.']
    """
    yield (
        f"{count - kept:,} of {count:,} rows are left out: another of their size and data has a "
        "lower loss."
    )


def on_lasts(count: int, kept: int) -> Iterator[str]:
    """Yield what is said of rows that come before the last of their run.

    Parameters
    ----------
    count, kept : int
        Rows, and those that are left.

    Yields
    ------
    str
        A sentence.

    Examples
    --------
    >>> list(on_lasts(100, 10))
    ['90 of 100 rows are left out: another of their run has more tokens.']
    """
    yield (
        f"{count - kept:,} of {count:,} rows are left out: another of their run has more tokens."
    )


def splitting(runs: Runs, groups: _Found) -> dict[str, tuple[str, ...]]:
    """Return the columns that might be suites.

    Parameters
    ----------
    runs : Runs
        At least one.
    groups : mapping
        As `Groups.found` gives them for these runs.

    Returns
    -------
    dict of str to tuple of str
        The names by column; of columns with a name in every row, six rows a name on average and
        in two names at least, that are neither flags, dates nor names of sizes. None if the
        suites are known.

    Examples
    --------
    >>> runs = Runs([1e8, 2e8] * 6, [2e9] * 12, [3.4] * 12)
    >>> sizes = ("small", "large"), np.array([0, 1] * 6)
    >>> splitting(runs, {"data": (("C4", "code"), np.array([0] * 6 + [1] * 6)), "model": sizes})
    {'data': ('C4', 'code')}
    """
    return {column: groups[column][0] for column in _roles(runs, groups)["suite"]}


def _roles(runs: Runs, groups: _Found) -> dict[str, list[str]]:
    """Return the columns that flag rows, that may name runs, and that may name suites."""
    roles: dict[str, list[str]] = {"flag": [], "run": [], "suite": []}
    for column, (names, codes) in groups.items():
        if _FLAG.fullmatch(column):
            roles["flag"].append(column)
        elif len(np.unique(codes + 1j * runs.params)) == len(np.unique(codes)) < len(runs):
            roles["run"].append(column)  # each name has one size
        elif (
            runs.suite is None
            and _FEWEST * len(names) <= len(runs)
            and "" not in names
            and _several(codes)
            and not all(map(_is_date, names))
        ):
            roles["suite"].append(column)
    return roles


def _several(codes: npt.NDArray[np.intp]) -> bool:
    """Return whether two names have rows enough, or all that are left have."""
    counts = np.bincount(codes)
    enough = np.count_nonzero(counts >= _FEWEST)
    return bool(enough > 1 or enough == np.count_nonzero(counts))


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def on_runs(runs: Runs, names: Sequence[str], groups: _Found) -> Iterator[str]:
    """Yield what the rows of a table may be, other than runs at their end of one family.

    Parameters
    ----------
    runs : Runs
        At least one.
    names : sequence of str
        Columns of the table.
    groups : mapping
        As `Groups.found` gives them for these runs.

    Yields
    ------
    str
        A sentence.

    Examples
    --------
    >>> runs = Runs([1e8] * 3, [1e9, 2e9, 3e9], [3.4, 3.3, 3.2], run=["a", "a", "a"])
    >>> list(on_runs(runs, [], {}))  # doctest: +ELLIPSIS
    ["3 rows are checkpoints: rows of one run at several numbers of tokens, 1 run so. Before ..."]
    """
    roles = _roles(runs, groups)
    yield from _on_checkpoints(runs, names, {column: groups[column][0] for column in roles["run"]})
    others = [groups[column][1] for column in roles["suite"]]
    if runs.suite is not None:
        others.append(np.unique(runs.suite, return_inverse=True)[1])
    pair = runs.params + 1j * runs.tokens
    for codes in others:
        pair = np.unique(pair, return_inverse=True)[1] + 1j * codes
    pairs = len(np.unique(pair))
    if 2 * pairs <= len(runs) and 2 * pairs <= (rows := len(runs.distinct())):
        yield (
            f"{rows:,} rows have only {pairs:,} pairs of size and data. If they differ in "
            "rates or batches, only the best of each pair tells of the law: best_per_cell=True."
        )
    for column in roles["flag"]:
        values, codes = groups[column]
        if len(values) < 4:
            usual = values[int(np.bincount(codes).argmax())]
            flagged = int(np.sum(codes != values.index(usual)))
            yield (
                f"Column {_shown(column)} marks {flagged:,} rows; to leave them out: "
                f"{argument('where', f'{column}={usual}')}."
            )


def _on_checkpoints(
    runs: Runs, names: Sequence[str], labels: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    if runs.run is not None:
        label = runs.run if runs.suite is None else np.rec.fromarrays([runs.run, runs.suite])
        _, group = np.unique(label, return_inverse=True)
        distinct = np.unique(group + 1j * runs.tokens).real.astype(int)
        several = np.bincount(distinct) > 1
        rows, found = int(several[group].sum()), int(several.sum())
        if found:
            yield (
                f"{rows:,} rows are checkpoints: rows of one run at several numbers of tokens, "
                f"{found:,} run{'s' * (found > 1)} so. Before the end of its schedule a run's loss "
                "lies above that of one that ends there. To take only ends: last_per_run=True."
            )
        return
    sizes = len(np.unique(runs.params))
    if not 2 * sizes <= len(np.unique(runs.params + 1j * runs.tokens)):
        return
    if labels and sizes > 1:
        column, values = next(iter(labels.items()))
        yield (
            f"The rows may be checkpoints, each of a run that {_shown(column)} names "
            f"({_listed(values)}). If so: {argument('columns', column, 'run')}."
        )
        return
    step = next((name for name in names if _STEP.fullmatch(name)), "")
    if step:
        yield (
            f"There is a column {_shown(step)}, so the rows may be checkpoints. Name the column "
            'that tells which run a row is of, such as columns={"run": "NAME"}.'
        )


def _listed(names: Sequence[str], most: int = 3) -> str:
    shown = ", ".join(_shown(name) for name in names[:most])
    return shown + f" and {len(names) - most:,} more" * (len(names) > most)


def _shown(name: str) -> str:
    return name if name.isprintable() and 0 < len(name) <= 60 else shortened(name)
