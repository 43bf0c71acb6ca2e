"""How training runs are read from people's own files.

A file is read row by row, and what is wrong with it is said in terms of its rows and columns. Only
numbers are kept, so that a file of millions of runs takes little more memory than its numbers.
"""

import csv
import gzip
import hashlib
import json
import math
import re
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from scalinglaws import datapackage, quantities
from scalinglaws.errors import ScalingLawsError, shortened
from scalinglaws.runs import Labels, Runs
from scalinglaws.units import Floats, tokens_from_flop, training_flop

_Columns = dict[str, Any]  # arrays of numbers or of names, by column

#: The unit of losses that `Runs` are in.
NATS = "nats/token"

SUITES = ("llama3", "marin-comma", "marin-dclm", "marin-nemotron", "fineweb-c4")
"""Suites of isoFLOP profiles in ``data/isoflop_runs.csv``."""

RUN_TABLES = ("hoffmann2022_runs", *SUITES)
"""Bundled training runs that the book's chapters rest on; `bundled_names` lists all."""

_LONGEST_NAME = 80
_LONGEST_LINE = 1_000_000  # characters
_LONGEST_LABEL = 200  # characters
_MOST_LABELS = 2**30  # bytes: as much as the numbers may take
#: Runs that one file may have: a gigabyte of numbers.
MOST_RUNS = 30_000_000

# Column names people use for what we call by another.
_ALIASES = {
    "n": "params",
    "parameters": "params",
    "n_params": "params",
    "num_params": "params",
    "model_size": "params",
    "d": "tokens",
    "n_tokens": "tokens",
    "num_tokens": "tokens",
    "training_tokens": "tokens",
    "c": "flop",
    "flops": "flop",
    "compute": "flop",
    "training_flop": "flop",
    "l": "loss",
    "final_loss": "loss",
    "val_loss": "loss",
    "training_loss": "loss",
}

MEANING = {
    "params": "a number of parameters",
    "tokens": "a number of training tokens",
    "flop": "training compute in FLOP",
    "loss": "a loss in nats per token",
    "budget": "the compute of an isoFLOP profile in FLOP",
    "suite": "the name of a family of runs",
    "run": "the name of a training run",
}
"""Columns that `read_runs` reads, and what each holds."""

_UNITS = {
    "params": "params", "tokens": "tokens", "flop": "FLOP", "loss": "nats/token", "budget": "FLOP",
}  # fmt: skip

#: Those of them that are text.
LABELS = ("suite", "run")


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
        Columns that are read, and the others.

    Examples
    --------
    >>> header("hoffmann2022_runs").path.name
    'hoffmann2022_runs.csv'
    """

    path: Path
    sha256: str
    used: tuple[str, ...]
    ignored: tuple[str, ...]


def header(source: str | Path) -> Header:
    """Return the columns of a file of runs, or of a bundled table by name.

    Parameters
    ----------
    source : str or pathlib.Path
        As for `read_runs`.

    Returns
    -------
    Header
        Which columns `read_runs` would take, without reading the rows.

    Raises
    ------
    ScalingLawsError
        If the file cannot be read (Parquet without pyarrow, say) or lacks columns.

    Examples
    --------
    >>> columns = header("marin-dclm")
    >>> columns.used, columns.ignored
    (('params', 'tokens', 'loss', 'budget', 'suite'), ())
    """
    path = _locate(source)
    name = shown_name(path)
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            found = list(_arrow(name).parquet.read_schema(path).names)
        else:
            with datapackage.open_text(path) as file:
                if suffix in (".jsonl", ".ndjson"):
                    found = list(next(_objects(file, name), {}))
                else:
                    found = next(_lines(csv.reader(file, strict=True), name), [])
        with path.open("rb") as raw:
            digest = hashlib.file_digest(raw, "sha256").hexdigest()
    except (OSError, ValueError, EOFError, zlib.error, csv.Error) as error:
        raise ScalingLawsError(f"{name} cannot be read: {error}.") from None
    used = tuple(_run_columns(found, name))
    return Header(path, digest, used, tuple(name for name in found if name not in used))


def bundled_names() -> tuple[str, ...]:
    """Return the names of the bundled tables and suites, which `read_runs` takes.

    Returns
    -------
    tuple of str
        `RUN_TABLES`, then the other tables of `scalinglaws.tables`.

    Examples
    --------
    >>> {"hoffmann2022_runs", "llama3", "porian2024"} <= set(bundled_names())
    True
    """
    known = (name for name in datapackage.table_names() if "runs" in datapackage.description(name))
    return tuple(dict.fromkeys((*RUN_TABLES, *known)))


def _locate(source: str | Path) -> Path:
    name = str(source)
    if name in SUITES:
        name = "isoflop_runs"
    return datapackage.location(name) if name in bundled_names() else Path(source)


def read_runs(source: str | Path) -> Runs:
    r"""Return training runs from a file, or bundled ones by name.

    Parameters
    ----------
    source : str or pathlib.Path
        A CSV file with a header, a Parquet file (``.parquet``) or a file of JSON objects, one a
        line (``.jsonl``), with the columns ``params``, ``loss`` (nats per token) and ``tokens`` or
        ``flop``; ``budget`` (FLOP of the isoFLOP profile), ``suite`` and ``run`` (names) are read
        if they are there, other columns are left alone. CSV may be packed (``.csv.gz``). Numbers
        may be written as `parse_quantity` reads them, with the unit or without: 2.8B, 15T tokens,
        1.2e21 FLOP. Or one of `bundled_names`; of a table with several suites all are returned,
        see `Runs.split`.

    Returns
    -------
    Runs
        In the order of the file. With only ``tokens``, flop = 6 params tokens; with only ``flop``,
        tokens = flop / (6 params); with both, both as they are.

    Raises
    ------
    ScalingLawsError
        If the file cannot be read (Parquet takes pyarrow), lacks columns or rows, or holds anything
        but positive finite numbers in those columns, or numbers that can only be in another unit,
        or the losses of a bundled table are in another unit.
        Rows are counted from 1 below the header, blank lines left out.

    Examples
    --------
    >>> runs = read_runs("hoffmann2022_runs")
    >>> len(runs), f"{runs.flop.min():.3g} to {runs.flop.max():.3g} FLOP"
    (245, '1.4e+18 to 1.3e+22 FLOP')

    A file of one's own:

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.csv")
    ...     _ = path.write_text("params,tokens,loss\n1e8,2e9,3.4\n2e8,4e9,3.1\n")
    ...     mine = read_runs(path)
    >>> mine.name, mine.flop.tolist()
    ('mine.csv', [1.2e+18, 4.8e+18])
    """
    name = str(source)
    if name not in bundled_names():
        path = Path(source)
        return _runs(_read_file(path), shown_name(path))
    unit = NATS if name in RUN_TABLES else datapackage.description(name)["runs"]["loss_unit"]
    if unit != NATS:
        raise ScalingLawsError(
            f"{name}: its losses are in {unit}; expected {NATS}, to which nothing here converts "
            f'them. As they are they come from scalinglaws.table("{name}", loss_unit="{unit}").'
        )
    return read_bundled(name)


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
    path = _locate(name)
    values = _read_csv(path, name, suite=name if name in SUITES else "")
    return _runs(values, path.name if name == "hoffmann2022_runs" else name)


def _runs(values: _Columns, name: str) -> Runs:
    with np.errstate(over="ignore", under="ignore"):  # told of below, by row
        if "tokens" not in values:
            values["tokens"] = tokens_from_flop(values["flop"], values["params"])
        if "flop" not in values:
            values["flop"] = training_flop(values["params"], values["tokens"])
    _check_range(values, name)
    _check_units(values, name)
    return Runs(**values, name=name)


def shown_name(path: Path) -> str:
    """Return a file's name as it may be shown to people: short, and nothing in it is markup.

    Parameters
    ----------
    path : pathlib.Path
        The file; it need not exist.

    Returns
    -------
    str
        Its name without folders, at most 83 characters; any but letters, digits, spaces and
        ``_.,()+@=-`` are underscores.

    Examples
    --------
    >>> shown_name(Path("runs", "<mine>.csv"))
    '_mine_.csv'
    """
    name = re.sub(r"[^\w .,()+@=-]", "_", path.name)
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."


def _read_file(path: Path) -> _Columns:
    try:
        there = path.exists()
    except (OSError, ValueError):  # a name too long, or with a null in it
        there = False
    if not there:
        raise ScalingLawsError(
            f"{shortened(str(path))}: no such file. Give the path of a file of runs, or the "
            f"name of a bundled table ({', '.join(bundled_names())})."
        )
    if path.is_dir():
        raise ScalingLawsError(f"{path} is a folder. Give the path of a file in it.")
    if not path.is_file():
        raise ScalingLawsError(f"{path} is a device or a pipe. Give the path of a file.")
    readers = {".parquet": _read_parquet, ".jsonl": _read_json_lines, ".ndjson": _read_json_lines}
    return readers.get(path.suffix.lower(), _read_csv)(path, shown_name(path))


def _read_csv(path: Path, name: str, suite: str = "") -> _Columns:
    try:
        with datapackage.open_text(path) as file:
            lines = _lines(csv.reader(_short(file, name), strict=True), name)
            header = next(lines, None)
            if header is None:
                raise ScalingLawsError(f"{name} is empty. {_expected('nothing')}")
            rows: Iterable[Sequence[str]] = lines
            if suite:
                place = header.index("suite")
                rows = (row for row in lines if row[place] == suite)
            return _collect(header, rows, name)
    except UnicodeDecodeError:
        raise ScalingLawsError(
            f"{name} is not text in UTF-8. Expected a CSV file: export it as CSV (UTF-8)."
        ) from None
    except csv.Error as error:
        raise ScalingLawsError(f"{name} is not a CSV file: {error}.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ScalingLawsError(f"{name} cannot be unpacked: {error}.") from None
    except OSError as error:
        raise ScalingLawsError(f"{name} cannot be read: {error.strerror}.") from None


def _short(file: TextIO, name: str) -> Iterator[str]:
    """Yield the lines of a file, none of which takes much memory."""
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE and not line.endswith("\n"):
            raise ScalingLawsError(
                f"{name}, line {number} has more than {_LONGEST_LINE:,} characters. Expected one "
                "training run a line; is it the right file?"
            )
        yield line


def _lines(lines: Iterable[list[str]], name: str) -> Iterator[list[str]]:
    """Yield the lines that hold anything, each as long as the first."""
    width = 0
    for number, cells in enumerate(lines, start=1):
        line = [cell.strip() for cell in cells]
        if not any(line):
            continue
        width = width or len(line)
        if len(line) > width:
            raise ScalingLawsError(
                f"{name}, line {number}: {len(line)} cells where the header has {width}. "
                "Separate cells by commas, and write numbers without them or in quotes."
            )
        yield line + [""] * (width - len(line))


def _read_json_lines(path: Path, name: str) -> _Columns:
    try:
        with path.open(encoding="utf-8-sig") as file:
            rows = _objects(_short(file, name), name)
            first = next(rows, None)
            if first is None:
                raise ScalingLawsError(f"{name} is empty. {_expected('nothing')}")
            header = list(first)
            cells = ([str(row.get(column, "")) for column in header] for row in _chain(first, rows))
            return _collect(header, cells, name)
    except UnicodeDecodeError:
        raise ScalingLawsError(
            f"{name} is not text in UTF-8. Expected JSON, an object a line."
        ) from None
    except OSError as error:
        raise ScalingLawsError(f"{name} cannot be read: {error.strerror}.") from None


def _chain(first: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from rest


def _objects(lines: Iterable[str], name: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise ScalingLawsError(
                f'{name}, line {number}: expected a JSON object such as {{"params": 1e9, '
                '"tokens": 2e10, "loss": 2.5}, one a line.'
            )
        yield row


def _arrow(name: str) -> Any:
    """Return PyArrow: a second of import that only this format costs, and an extra package."""
    try:
        import pyarrow.parquet
    except ImportError:
        raise ScalingLawsError(
            f"{name} is a Parquet file, which only the package pyarrow reads. Install it, or "
            "export the table as CSV."
        ) from None
    return pyarrow


def _read_parquet(path: Path, name: str) -> _Columns:
    arrow = _arrow(name)
    try:
        schema = arrow.parquet.read_schema(path)
        found = _run_columns(schema.names, name)
        texts = [each for each in found if each in LABELS and schema.field(each).type == "string"]
        # a few bytes of Parquet can stand for a great many of text: a repeated one is read once
        file = arrow.parquet.ParquetFile(path, read_dictionary=texts)
        present = [column for column in found if column not in LABELS]
        _check_count(file.metadata.num_rows, name)
        for column in found:
            kind = schema.field(column).type
            is_number = arrow.types.is_integer, arrow.types.is_floating, arrow.types.is_decimal
            wanted = "names" if column in LABELS else "numbers"
            if column in LABELS:
                fits = not arrow.types.is_nested(kind)
            else:
                fits = any(check(kind) for check in is_number)
            if not fits:
                raise ScalingLawsError(
                    f"{name} cannot be read as Parquet of runs: column {column} holds {kind}; "
                    f"expected {wanted}."
                )
        table = file.read(columns=found)
        columns = {
            column: table[column].cast(arrow.float64()).to_numpy(zero_copy_only=False)
            for column in present
        }
    except (arrow.ArrowException, OSError, OverflowError, ValueError) as error:
        detail = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise ScalingLawsError(f"{name} cannot be read as Parquet: {detail}.") from None
    read: _Columns = {}
    read |= _accept(columns, {}, table.num_rows, name)
    for column in found:
        if column in LABELS:
            read[column] = _parquet_labels(table[column], column, name)
    return read


def _parquet_labels(column: Any, title: str, name: str) -> Labels:
    """Return a column of Parquet as names; a repeated one is in memory once."""
    known: dict[str, int] = {}
    codes = array("l")
    for chunk in column.chunks:
        encoded = chunk if hasattr(chunk, "dictionary") else chunk.dictionary_encode()
        names = [str(each) for each in [*encoded.dictionary.to_pylist(), ""]]
        places = [known.setdefault(each, len(known)) for each in names]
        codes.extend(places[-1 if at is None else at] for at in encoded.indices.to_pylist())
    return _named(codes, known, title, name)


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


def _collect(header: list[str], rows: Iterable[Sequence[str]], name: str) -> _Columns:
    """Return the run columns of a table of cells as numbers and names."""
    present = _run_columns(header, name)
    places = [(array("d"), header.index(each), each) for each in present if each not in LABELS]
    known: dict[str, dict[str, int]] = {each: {} for each in present if each in LABELS}
    labels = [(array("l"), header.index(each), names) for each, names in known.items()]
    bad: dict[tuple[int, str], str] = {}  # the first one is shown as it stands in the file
    count = 0
    for count, row in enumerate(rows, start=1):
        for numbers, place, column in places:
            number = _number(row[place], column)
            numbers.append(number)
            if not 0 < number < math.inf and not bad:
                bad[count, column] = row[place]
        for codes, place, names in labels:
            codes.append(names.setdefault(row[place], len(names)))
        if count > MOST_RUNS:
            break
    _check_count(count, name)
    columns: _Columns = {}
    columns |= _accept({column: np.array(n) for n, _, column in places}, bad, count, name)
    for column, (codes, _, names) in zip(known, labels, strict=True):
        columns[column] = _named(codes, names, column, name)
    return columns


def _check_count(count: int, name: str) -> None:
    if count > MOST_RUNS:
        raise ScalingLawsError(
            f"{name} has more than {MOST_RUNS:,} rows. A fit needs some hundred; give a sample."
        )


def _accept(
    columns: dict[str, Floats], cells: dict[tuple[int, str], str], count: int, name: str
) -> dict[str, Floats]:
    """Return columns of positive finite numbers, or complain about the first row with another.

    `cells` holds the text of bad cells, by row and column, where there was one.
    """
    if count == 0:
        raise ScalingLawsError(
            f"{name} has a header and no rows. Add one row for each training run."
        )
    bad = {column: ~(np.isfinite(numbers) & (numbers > 0)) for column, numbers in columns.items()}
    worst = {column: int(np.argmax(wrong)) for column, wrong in bad.items() if wrong.any()}
    if worst:
        column = min(worst, key=lambda each: worst[each])
        row, value = worst[column], columns[column][worst[column]]
        problem = _problem(column, cells.get((row + 1, column), f"{value:g}"), value)
        others = int(np.any(list(bad.values()), axis=0).sum()) - 1
        more = f" {others} more row{'s' * (others > 1)} cannot be used." if others else ""
        raise ScalingLawsError(f"{name}, row {row + 1}: {problem}.{more}")
    return columns


def _run_columns(found: list[str], name: str) -> list[str]:
    """Return which of the run columns a header has, having made sure that they suffice."""
    present = [column for column in MEANING if column in found]
    enough = {"params", "loss"} <= set(present) and {"tokens", "flop"} & set(present)
    if not enough:
        raise ScalingLawsError(_expected(", ".join(found)) + _advice(found, present))
    for column in present:
        if found.count(column) > 1:
            raise ScalingLawsError(f"{name} has {found.count(column)} columns {column}; keep one.")
    return present


def _expected(found: str) -> str:
    found = found if len(found) <= 300 else f"{found[:300]}..."
    found = "".join(c if c.isprintable() else "\ufffd" for c in found)
    return f"Expected columns params, loss and one of tokens or flop; found {found}."


def _advice(found: list[str], present: list[str]) -> str:
    if len(found) == 1 and re.search(r"[;\t|]", found[0]):
        return " Separate the columns by commas."
    renames: dict[str, str] = {}
    for column in found:
        ours = column.lower() if column.lower() in MEANING else _ALIASES.get(column.lower())
        if ours and ours not in present and ours not in renames.values():
            renames[column] = ours
    if not renames:
        return ""
    *rest, last = [f"{theirs} to {ours}" for theirs, ours in renames.items()]
    return f" Rename {', '.join(rest)}{' and ' if rest else ''}{last}."


def _check_range(values: dict[str, Floats], name: str) -> None:
    """Complain where flop = 6 params tokens leaves the range of floating-point numbers."""
    bad = ~(np.isfinite(values["flop"]) & (values["tokens"] > 0))
    if bad.any():
        raise ScalingLawsError(
            f"{name}, row {int(np.argmax(bad)) + 1}: params, tokens and flop are too far apart for "
            "flop = 6 params tokens to be a number. Check their units: plain counts and FLOP."
        )


def _check_units(values: dict[str, Floats], name: str) -> None:
    """Complain of numbers that can only be in another unit than the one expected."""
    for column in ("params", "tokens"):
        most = values[column].max()
        if most < 1000:
            raise ScalingLawsError(
                f"{name}: the largest {column} is {most:g}; expected plain counts. If the table is "
                "in millions or billions, multiply it out; if tokens come from flop, check both."
            )
    worst = int(np.argmax(values["loss"]))
    if values["loss"][worst] > 25:
        raise ScalingLawsError(
            f"{name}, row {worst + 1}: loss is {values['loss'][worst]:g}; a loss in nats per token "
            "does not come to that for any tokenizer. If it is a perplexity, take its logarithm."
        )
    ratio = float(np.median(values["flop"] / training_flop(values["params"], values["tokens"])))
    if not 0.2 <= ratio <= 5:
        raise ScalingLawsError(
            f"{name}: flop is {ratio:.3g} times 6 params tokens, expected about once. Give flop in "
            "FLOP, params and tokens as plain counts, or leave one of tokens and flop out."
        )


def _number(cell: str, column: str) -> float:
    try:
        # At once what most tables hold. Python would take digits of other scripts.
        if cell.isascii():
            return float(cell)
    except ValueError:
        pass
    try:
        return quantities.read(cell, _UNITS[column])
    except ScalingLawsError:
        return math.nan


def _problem(column: str, given: str, value: float) -> str:
    cell = given if len(given) <= 40 else f"{given[:40]}..."
    if cell == "":
        return f"{column} is empty, expected a number"
    if np.isnan(value):
        try:
            quantities.read(given, _UNITS[column])
        except quantities.Miswritten as error:
            return f"{column} is {cell!r}; {error}"
        except ScalingLawsError:
            pass
        return f"{column} is {cell!r}, expected a number"
    if np.isinf(value):
        return f"{column} is {cell}; {MEANING[column]} must be finite"
    return f"{column} is {cell}; {MEANING[column]} must be positive"
