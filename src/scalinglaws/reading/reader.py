"""Runs out of a table: its columns found, its rows chosen, its numbers checked."""

import hashlib
import math
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from scalinglaws import datapackage, quantities
from scalinglaws.errors import ScalingLawsError, shortened
from scalinglaws.reading import plausibility, remarks, selection, sources
from scalinglaws.reading.columns import LABELS, MEANING, Column, argument, assigned, export
from scalinglaws.reading.formats import Cells, check_count, opened
from scalinglaws.reading.remarks import Groups
from scalinglaws.reading.selection import Choices
from scalinglaws.runs import Labels, Runs
from scalinglaws.units import Floats, params_from_flop, tokens_from_flop, training_flop

_Columns = dict[str, Any]  # arrays of numbers or of names, by column

_LONGEST_LABEL = 200  # characters
_MOST_LABELS = 2**30  # bytes: as much as the numbers may take


@dataclass(frozen=True)
class Header:
    """The columns of a file of runs, and which file it is.

    Parameters
    ----------
    path : pathlib.Path
        Where it is.
    sha256 : str
        Hash of the file, hexadecimal.
    used, ignored : tuple of str
        Which of ours were read, and names of the others.

    Examples
    --------
    >>> read("hoffmann2022_runs").header().path.name
    'hoffmann2022_runs.csv'
    """

    path: Path
    sha256: str
    used: tuple[str, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """Runs as they were read, and how.

    Parameters
    ----------
    runs : Runs
        Those that were chosen.
    path : pathlib.Path
        Where the file is.
    used : dict of str to str
        Columns of the file by what they were read as.
    ignored : tuple of str
        Its other columns.
    notes : tuple of str
        Sentences on what is not plain from the file: which names were understood, what was
        computed, which rows were left out, what the rows may be. None of a bundled table that is
        read whole.
    suites : dict of str to tuple of str
        Columns of text that are not read and might be suites, with the names in each.

    Examples
    --------
    >>> read("hoffmann2022_runs").used
    {'params': 'params', 'flop': 'flop', 'loss': 'loss', 'run': 'run'}
    """

    runs: Runs
    path: Path
    used: dict[str, str]
    ignored: tuple[str, ...]
    notes: tuple[str, ...] = ()
    suites: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def header(self) -> Header:
        """Return the columns with the hash of the file, which is read for it.

        Returns
        -------
        Header
            Of the file as it is now.

        Examples
        --------
        >>> read("marin-dclm").header().used
        ('params', 'tokens', 'loss', 'budget', 'suite')
        """
        with self.path.open("rb") as raw:
            digest = hashlib.file_digest(raw, "sha256").hexdigest()
        return Header(self.path, digest, tuple(self.used), self.ignored)


def read_runs(
    source: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    where: str | Iterable[str] = (),
    best_per_cell: bool = False,
    skip_empty: bool = False,
    last_per_run: bool = False,
) -> Runs:
    r"""Return training runs from a file, or bundled ones by name.

    Parameters
    ----------
    source : str or pathlib.Path
        A table with the columns ``loss`` (nats per token) and two of ``params``, ``tokens`` and
        ``flop``; ``budget`` (FLOP of the isoFLOP profile), ``suite`` and ``run`` (names) are read
        if they are there, other columns are left alone. CSV with a header, JSON objects one a line,
        an array of them (each plain or packed by gzip) or Parquet, told by their contents. Numbers
        may be written as `parse_quantity` reads them, with the unit or without: 2.8B, 15T tokens,
        1.2e21 FLOP. Or one of `bundled_names`; of a table with several suites all are returned,
        see `Runs.split`.
    columns : mapping of str to str, optional
        Columns of the table by what they are: ``{"params": "Model Size"}``; an empty name for what
        is to be left alone. Without it, a column is taken by its name, or by one that is usual for
        it in whatever case: ``num_params``, ``throughput/total_gflops``.
    where : str or iterable of str
        Conditions on columns that rows have to fulfil, ``"Dataset=C4"`` or ``"tokens>=1e9"``: one
        of ``= != < <= > >=``, and a number or a name.
    best_per_cell : bool
        Of several rows of one size and data (and suite), take only that with the lowest loss.
    skip_empty : bool
        Leave out rows without a loss.
    last_per_run : bool
        Of several rows of one run, take only that with most tokens; before the others are chosen
        among by `best_per_cell`.

    Returns
    -------
    Runs
        In the order of the file. Of params, tokens and flop, the one that is not there follows from
        flop = 6 params tokens; with all three, all as they are.

    Raises
    ------
    ScalingLawsError
        If the file cannot be read (Parquet takes pyarrow), lacks columns or rows, or holds anything
        but positive finite numbers in those columns, or numbers that can only be in another unit,
        or the losses of a bundled table are in another unit; if several columns may be meant; if
        nothing is left. Rows are counted from 1 below the header, blank lines left out.

    Examples
    --------
    >>> runs = read_runs("hoffmann2022_runs")
    >>> len(runs), f"{runs.flop.min():.3g} to {runs.flop.max():.3g} FLOP"
    (245, '1.4e+18 to 1.3e+22 FLOP')

    A file of one's own:

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.csv")
    ...     _ = path.write_text("size,tokens,loss,data\n1e8,2e9,3.4,C4\n2e8,4e9,3.1,code\n")
    ...     mine = read_runs(path, columns={"params": "size"}, where="data=C4")
    >>> mine.name, mine.flop.tolist()
    ('mine.csv', [1.2e+18])
    """
    conditions = (where,) if isinstance(where, str) else tuple(where)
    choices = Choices(columns or {}, conditions, best_per_cell, skip_empty, last_per_run)
    return read(source, choices).runs


def read(source: str | Path, choices: Choices | None = None) -> Reading:
    """Read training runs, and say how they were read.

    Parameters
    ----------
    source : str or pathlib.Path
        As for `read_runs`.
    choices : Choices, optional
        Its other arguments.

    Returns
    -------
    Reading
        The runs, and what is to be said of them.

    Raises
    ------
    ScalingLawsError
        As from `read_runs`.

    Examples
    --------
    >>> found = read("brown2020_final", Choices(where=("params>1e9",)))
    >>> len(found.runs), found.notes
    (5, ('3 of 8 rows are left out by where="params>1e9"; rows are counted among the rest.',))
    """
    name, choices = str(source), choices or Choices()
    if name not in sources.bundled_names():
        path = sources.file_path(source)
        return _read(path, sources.shown_name(path), choices)
    unit = sources.NATS
    if name not in sources.RUN_TABLES:
        unit = datapackage.description(name)["runs"]["loss_unit"]
    if unit != sources.NATS:
        raise ScalingLawsError(
            f"{name}: its losses are in {unit}; expected {sources.NATS}, to which nothing here "
            f'converts them. As they are they come from scalinglaws.table("{name}", '
            f'loss_unit="{unit}").'
        )
    return _bundled(name, choices)


def read_bundled(name: str) -> Runs:
    """Return a bundled table or suite whatever its losses' unit.

    Parameters
    ----------
    name : str
        One of `bundled_names`, or ``isoflop_runs``.

    Returns
    -------
    Runs
        In the order of the table.

    Raises
    ------
    KeyError
        If there is no such table.

    Examples
    --------
    >>> read_bundled("nanochat2026_optima").suites
    ('nanochat2026-kaplan', 'nanochat2026-chinchilla', 'nanochat2026-transformer-only')
    """
    return _bundled(name, Choices()).runs


def _bundled(name: str, choices: Choices) -> Reading:
    path = sources.bundled_path(name)
    title = path.name if name == "hoffmann2022_runs" else name
    return _read(path, title, choices, name if name in sources.SUITES else "", bundled=True)


def _read(
    path: Path, name: str, choices: Choices, suite: str = "", *, bundled: bool = False
) -> Reading:
    with opened(path, name) as cells:
        columns = assigned(cells, choices.columns, name)
        rows = _Rows(cells, columns, choices, name)
        if suite:
            rows.only(selection.condition(f"suite={suite}", cells.names, columns, name))
        values = rows.gather()
    derived = _derive(values)
    _check_range(values, rows.numbers, name)
    plausibility.check(values, rows.numbers, name)
    runs = Runs(**values, name=name)
    groups = rows.groups()
    said = list(remarks.on_rows(choices, rows.count, rows.other, rows.empty, len(runs)))
    for asked, choose, say in (
        (choices.last_per_run, partial(selection.last, table=name), remarks.on_lasts),
        (choices.best_per_cell, selection.best, remarks.on_cells),
    ):
        if asked:
            kept = choose(runs)
            said += say(len(runs), len(kept))
            runs = runs.take(kept)
            groups = {each: (names, codes[kept]) for each, (names, codes) in groups.items()}
    if not bundled:
        program = cells.kind or export(cells.names)
        said = [
            *remarks.on_columns(columns, program, derived),
            *said,
            *remarks.on_runs(runs, cells.names, groups),
        ]
    taken = {column.name for column in columns.values()}
    return Reading(
        runs,
        path,
        {ours: column.name for ours, column in columns.items()},
        tuple(each for each in cells.names if each not in taken),
        tuple(said),
        remarks.splitting(runs, groups),
    )


class _Rows:
    """The rows of a table on their way to arrays."""

    def __init__(
        self, cells: Cells, columns: Mapping[str, Column], choices: Choices, name: str
    ) -> None:
        self._cells, self._columns, self._name = cells, columns, name
        self._skip = choices.skip_empty
        self._conditions = [
            selection.condition(each, cells.names, columns, name) for each in choices.where
        ]
        self._said = choices.where
        self._groups = Groups(cells.names, [column.place for column in columns.values()])
        self.count = self.other = self.empty = 0
        self.numbers = array("l")
        """Of the rows that are taken, from 1."""

    def only(self, holds: Callable[[Sequence[Any]], bool]) -> None:
        """Take only rows for which this holds, as if there were no others."""
        self._cells = Cells(self._cells.names, (row for row in self._cells.rows if holds(row)))

    def groups(self) -> dict[str, tuple[tuple[str, ...], Any]]:
        """Return the columns of text that are not read and hold few names, as `Groups.found`."""
        return self._groups.found()

    def gather(self) -> _Columns:
        """Return numbers and names by column, or complain about the first bad row."""
        numbers = {each: array("d") for each in self._columns if each not in LABELS}
        codes = {each: array("l") for each in self._columns if each in LABELS}
        known: dict[str, dict[str, int]] = {each: {} for each in codes}
        bad: dict[tuple[int, str], Any] = {}  # the first one is shown as it stands in the file
        to_read = [(ours, self._columns[ours], found.append) for ours, found in numbers.items()]
        to_name = [(self._columns[o].place, known[o], found.append) for o, found in codes.items()]
        number, text, commas = selection.number, selection.text, self._cells.commas
        for row in self._taken():
            for ours, column, append in to_read:
                cell = row[column.place]
                value = number(cell, column.unit, commas) * column.factor
                append(value)
                if not 0 < value < math.inf and not bad:
                    if ours == "budget" and text(cell).lower() in selection.EMPTY:
                        continue  # on no budget
                    bad[len(self.numbers), ours] = cell
            for place, names, put in to_name:
                put(names.setdefault(text(row[place]), len(names)))
        if not self.numbers:
            raise ScalingLawsError(self._nothing())
        columns: _Columns = {ours: np.array(found) for ours, found in numbers.items()}
        self._check(columns, bad)
        for ours, places in codes.items():
            columns[ours] = _named(places, known[ours], self._columns[ours].name, self._name)
        return columns

    def _taken(self) -> Iterable[Sequence[Any]]:
        loss, conditions = self._columns["loss"].place, self._conditions
        for count, row in enumerate(self._cells.rows, start=1):
            self.count = count
            if conditions and not all(holds(row) for holds in conditions):
                self.other += 1
            elif self._skip and selection.text(row[loss]).lower() in selection.EMPTY:
                self.empty += 1
            else:
                self.numbers.append(count)
                if self._groups.open:
                    self._groups.add(row)
                yield row
            check_count(count, self._name)

    def _nothing(self) -> str:
        if not self.count:
            return f"{self._name} has a header and no rows. Add one row for each training run."
        if self.other == self.count:
            said = " and ".join(argument("where", each) for each in self._said)
            return f"{self._name}: none of {self.count:,} rows fulfils {said}. Check its values."
        return f"{self._name}: none of the {self.count - self.other:,} rows has a loss."

    def _check(self, columns: _Columns, cells: dict[tuple[int, str], Any]) -> None:
        """Complain about the first row with anything but positive finite numbers."""
        bad = {ours: ~(np.isfinite(found) & (found > 0)) for ours, found in columns.items()}
        if "budget" in bad and ("budget" not in {ours for _, ours in cells}):
            bad["budget"] &= ~np.isnan(columns["budget"])
        worst = {ours: int(np.argmax(wrong)) for ours, wrong in bad.items() if wrong.any()}
        if not worst:
            return
        ours = min(worst, key=lambda each: worst[each])
        at, value = worst[ours], float(columns[ours][worst[ours]])
        cell = selection.text(cells.get((at + 1, ours), f"{value:g}"))
        problem = _problem(ours, self._columns[ours], cell, value, self._cells.commas)
        others = int(np.any(list(bad.values()), axis=0).sum()) - 1
        more = f" {others} more row{'s' * (others > 1)} cannot be used." if others else ""
        if ours == "loss" and cell.lower() in selection.EMPTY:
            more += " To leave out rows without a loss: skip_empty=True."
        raise ScalingLawsError(f"{self._name}, row {self.numbers[at]}: {problem}.{more}")


def _named(codes: "array[int]", known: dict[str, int], title: str, name: str) -> Labels:
    """Return the names that codes stand for, if they are names and not texts."""
    longest = max(map(len, known), default=0)
    if longest > _LONGEST_LABEL or 4 * longest * len(codes) > _MOST_LABELS:
        raise ScalingLawsError(
            f"{name}: column {title} has up to {longest:,} characters in each of {len(codes):,} "
            f"rows; expected names of up to {_LONGEST_LABEL}, and few enough for a gigabyte. "
            "Shorten them, or call the column something else to have it left alone."
        )
    return np.array(list(known), dtype=np.str_)[np.array(codes, dtype=np.intp)]


def _derive(values: _Columns) -> str:
    """Compute what is not there of params, tokens and flop; return which, unless it is flop."""
    with np.errstate(over="ignore", under="ignore"):  # told of later, by row
        if "flop" not in values:
            values["flop"] = training_flop(values["params"], values["tokens"])
        elif "tokens" not in values:
            values["tokens"] = tokens_from_flop(values["flop"], values["params"])
            return "tokens"
        elif "params" not in values:
            values["params"] = params_from_flop(values["flop"], values["tokens"])
            return "params"
    return ""


def _check_range(values: dict[str, Floats], rows: Sequence[int], name: str) -> None:
    """Complain where flop = 6 params tokens leaves the range of floating-point numbers."""
    bad = ~(np.isfinite(values["flop"]) & (values["tokens"] > 0) & (values["params"] > 0))
    if bad.any():
        raise ScalingLawsError(
            f"{name}, row {rows[int(np.argmax(bad))]}: params, tokens and flop are too far apart "
            "for flop = 6 params tokens to be a number. Check their units: plain counts and FLOP."
        )


def _problem(ours: str, column: Column, given: str, value: float, commas: bool) -> str:
    cell = given if len(given) <= 40 else f"{given[:40]}..."
    title = ours if column.name == ours else f"{ours} ({shortened(column.name, 40)})"
    if cell == "":
        return f"{title} is empty, expected a number"
    if np.isnan(value):
        if commas and "," in given:
            return (
                f"{title} is {cell!r}; between semicolons a comma may part decimals or thousands. "
                "Write decimal points"
            )
        try:
            quantities.read(given, column.unit or "")
        except quantities.Miswritten as error:
            return f"{title} is {cell!r}; {error}"
        except ScalingLawsError:
            pass
        return f"{title} is {cell!r}, expected a number"
    if np.isinf(value):
        return f"{title} is {cell}; {MEANING[ours]} must be finite"
    return f"{title} is {cell}; {MEANING[ours]} must be positive"
