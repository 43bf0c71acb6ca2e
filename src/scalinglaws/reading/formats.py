"""Files as rows of cells, whatever they are written in: it is told from what is in them."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from scalinglaws.errors import ScalingLawsError, shortened

#: Runs that one file may have: a gigabyte of numbers.
MOST_RUNS = 30_000_000

MOST_BYTES = 2_000_000_000
"""Of a file, packed or not."""

_LONGEST_LINE = 1_000_000  # characters
_LONGEST_DOCUMENT = 100_000_000  # characters; in memory a document takes ten times as much
_MOST_NAMES = 20_000
_HEAD = 4096  # bytes by which a format is told
_SEPARATORS = ",\t;|"

_AN_OBJECT_A_LINE = (
    'expected a JSON object such as {"params": 1e9, "tokens": 2e10, "loss": 2.5}, one a line.'
)


@dataclass(frozen=True)
class Cells:
    """A file as rows of cells.

    Parameters
    ----------
    names : list of str
        Of the columns.
    rows : iterator of sequences
        A row each, as long as `names`; a cell is a text, a number or None.
    nested : tuple of str
        Columns that hold lists or objects, whose cells are of no use.
    commas : bool
        Whether a comma within a number may stand for a decimal point.
    kind : str
        What the file is, where that says more than its columns.

    Examples
    --------
    >>> Cells(["params", "loss"], iter([["1e8", "3.4"]])).names
    ['params', 'loss']
    """

    names: list[str]
    rows: Iterator[Sequence[Any]] = field(repr=False)
    nested: tuple[str, ...] = ()
    commas: bool = False
    kind: str = ""


@contextmanager
def opened(path: Path, name: str) -> Iterator[Cells]:
    """Open a file of runs as rows of cells.

    Parameters
    ----------
    path : pathlib.Path
        CSV with a header (separated by commas, tabs, semicolons or bars), JSON objects one a line,
        a JSON array of objects or a trainer state of Hugging Face, each plain or packed by gzip; or
        Parquet.
    name : str
        What to call it in messages.

    Yields
    ------
    Cells
        Whose rows are read as they are asked for.

    Raises
    ------
    ScalingLawsError
        If it is none of these, or too long; also while its rows are read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.json")
    ...     _ = path.write_text('[{"N": 1e8, "loss": 3.4}, {"N": 2e8, "lr": 0.1}]')
    ...     with opened(path, "mine.json") as cells:
    ...         cells.names, list(cells.rows)
    (['N', 'loss', 'lr'], [[100000000.0, 3.4, None], [200000000.0, None, 0.1]])
    """
    try:
        _check_size(path.stat().st_size, name)
        with path.open("rb") as file:
            start = file.read(_HEAD)
        packed = start.startswith(b"\x1f\x8b")
        if packed:
            with gzip.open(path) as file:
                start = file.read(_HEAD)
        if start.startswith(b"PAR1") and not packed:
            yield _parquet(path, name)
            return
        _check_text(start, name)
        first = start.decode(errors="ignore").lstrip("\ufeff \t\r\n")[:1]
        with (
            gzip.open(path) if packed else path.open("rb") as raw,
            io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file,
        ):
            yield _text(file, first, name)
    except UnicodeDecodeError:
        raise ScalingLawsError(
            f"{name} is not text in UTF-8. Expected CSV or JSON: export it as CSV (UTF-8)."
        ) from None
    except csv.Error as error:
        raise ScalingLawsError(f"{name} is not a CSV file: {error}.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ScalingLawsError(f"{name} cannot be unpacked: {error}.") from None
    except OSError as error:
        raise ScalingLawsError(f"{name} cannot be read: {error.strerror or error}.") from None


def _check_size(size: int, name: str) -> None:
    if size > MOST_BYTES:
        raise ScalingLawsError(
            f"{name} has more than {MOST_BYTES / 1e9:g} GB. A fit needs some hundred runs; give a "
            "sample, or only the columns of size, tokens and loss."
        )


def check_count(count: int, name: str) -> None:
    """Complain of more rows than `MOST_RUNS`.

    Parameters
    ----------
    count : int
        Rows, so far.
    name : str
        Of the file.

    Raises
    ------
    ScalingLawsError
        If there are more.

    Examples
    --------
    >>> check_count(30_000_000, "runs.csv")
    """
    if count > MOST_RUNS:
        raise ScalingLawsError(
            f"{name} has more than {MOST_RUNS:,} rows. A fit needs some hundred; give a sample."
        )


def _check_text(start: bytes, name: str) -> None:
    if not start:
        raise _empty(name)
    if start.startswith(b"PK"):
        raise ScalingLawsError(
            f"{name} is a spreadsheet or an archive. Unpack it, or export the table as CSV (UTF-8)."
        )
    if b"\0" in start.partition(b"\n")[0] and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ScalingLawsError(f"{name} is a binary file. Expected a table: CSV, JSON or Parquet.")


def _empty(name: str) -> ScalingLawsError:
    return ScalingLawsError(
        f"{name} is empty. Expected columns params, loss and one of tokens or flop."
    )


def _text(file: TextIO, first: str, name: str) -> Cells:
    if first == "[":
        return _document(file, name)
    if first != "{":
        return _csv(_short(file, name), name)
    line = next((each for each in _short(file, name) if each.strip()), "")
    alone = not any(each.strip() for each in _short(file, name))
    file.seek(0)
    row = _parsed(line)
    nested = isinstance(row, dict) and any(isinstance(each, (dict, list)) for each in row.values())
    if not isinstance(row, dict) or (alone and nested):  # one object, on several lines or on one
        return _document(file, name)
    names, unread = _names(_objects(_short(file, name), name), name)
    file.seek(0)
    return Cells(names, _rows(_objects(_short(file, name), name), names), unread)


def _short(file: TextIO, name: str) -> Iterator[str]:
    """Yield the lines of a file, none of which takes much memory."""
    number = size = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        size += len(line)
        if len(line) == _LONGEST_LINE and not line.endswith("\n"):
            raise ScalingLawsError(
                f"{name}, line {number} has more than {_LONGEST_LINE:,} characters. Expected one "
                "training run a line; is it the right file?"
            )
        _check_size(size, name)
        yield line


# CSV


def _csv(lines: Iterator[str], name: str) -> Cells:
    first = next((line for line in lines if line.strip()), "")
    mark = max(_SEPARATORS, key=lambda each: len(next(csv.reader([first], delimiter=each), [])))
    rows = _cells(csv.reader(chain([first], lines), delimiter=mark, strict=True), mark, name)
    names = next(rows, None)
    if names is None:
        raise _empty(name)
    return Cells(names, rows, commas=mark == ";")


def _cells(lines: Iterable[list[str]], mark: str, name: str) -> Iterator[list[str]]:
    """Yield the lines that hold anything, each as long as the first."""
    width = 0
    for number, cells in enumerate(lines, start=1):
        line = [cell.strip() for cell in cells]
        if not any(line):
            continue
        width = width or len(line)
        if len(line) > width:
            advice = "Separate cells by commas, and write numbers without them or in quotes."
            raise ScalingLawsError(
                f"{name}, line {number}: {len(line)} cells where the header has {width}. "
                + (advice if mark == "," else f"Put cells that hold {mark!r} in quotes.")
            )
        yield line + [""] * (width - len(line))


# JSON


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _objects(lines: Iterable[str], name: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            row = _parsed(line)
            if not isinstance(row, dict):
                raise ScalingLawsError(f"{name}, line {number}: {_AN_OBJECT_A_LINE}")
            yield row


def _document(file: TextIO, name: str) -> Cells:
    text = file.read(_LONGEST_DOCUMENT + 1)
    if len(text) > _LONGEST_DOCUMENT:
        raise ScalingLawsError(
            f"{name} is one JSON document of more than {_LONGEST_DOCUMENT / 1e6:g} MB. Write an "
            "object a line, or CSV."
        )
    found, kind = _parsed(text), ""
    if isinstance(found, dict) and isinstance(found.get("log_history"), list):
        found, kind = found["log_history"], "a trainer state of Hugging Face"
    if isinstance(found, dict):
        raise ScalingLawsError(
            f"{name} is one JSON object with the keys {_listed(found)}; expected an array of "
            "objects, one for each run, or one object a line. If each key is a run, jq '[.[]]' "
            'FILE > runs.json makes one; pandas does with to_json(orient="records").'
        )
    if not isinstance(found, list):
        raise ScalingLawsError(f"{name} is not JSON that can be read: {_AN_OBJECT_A_LINE}")
    for number, row in enumerate(found, start=1):
        if not isinstance(row, dict):
            raise ScalingLawsError(
                f"{name}, item {number} of its array is {shortened(row, 20)}; expected an object "
                'such as {"params": 1e9, "tokens": 2e10, "loss": 2.5}.'
            )
    if not found:
        raise ScalingLawsError(f"{name} is an empty array. Add one object for each training run.")
    names, nested = _names(found, name)
    return Cells(names, _rows(found, names), nested, kind=kind)


def _listed(keys: Iterable[str]) -> str:
    shown = [shortened(key, 30) for key in keys]
    return ", ".join(shown[:5]) + f" and {len(shown) - 5} more" * (len(shown) > 5)


def _names(objects: Iterable[dict[str, Any]], name: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the keys of all objects, and those of them that hold lists or objects."""
    names: dict[str, bool] = {}
    for row in objects:
        for key, cell in row.items():
            names[key] = names.get(key, False) or isinstance(cell, (dict, list))
        if len(names) > _MOST_NAMES:
            raise ScalingLawsError(
                f"{name} has more than {_MOST_NAMES:,} different keys. Expected one object a run, "
                "with the same keys."
            )
    return list(names), tuple(key for key, nested in names.items() if nested)


def _rows(objects: Iterable[dict[str, Any]], names: list[str]) -> Iterator[list[Any]]:
    for row in objects:
        yield [row.get(name) for name in names]


# Parquet


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


def _parquet(path: Path, name: str) -> Cells:
    arrow = _arrow(name)
    try:
        schema = arrow.parquet.read_schema(path)
        texts = [each.name for each in schema if arrow.types.is_string(each.type)]
        # a few bytes of Parquet can stand for a great many of text: a repeated one is read once
        file = arrow.parquet.ParquetFile(path, read_dictionary=texts)
        check_count(file.metadata.num_rows, name)
    except (arrow.ArrowException, OSError, OverflowError, ValueError) as error:
        raise _unread(error, name) from None
    names = list(schema.names)
    plain = [
        each.name for each in file.schema_arrow
        if names.count(each.name) == 1 and _is_plain(each.type, arrow.types)
    ]  # fmt: skip
    nested = tuple(each for each in names if each not in plain and names.count(each) == 1)
    return Cells(names, _batches(file, names, plain, arrow, name), nested)


def _is_plain(kind: Any, types: Any) -> bool:
    if types.is_dictionary(kind):
        kind = kind.value_type
    checks = ("integer", "floating", "decimal", "string", "large_string", "boolean")
    return any(getattr(types, f"is_{check}")(kind) for check in checks)


def _batches(
    file: Any, names: list[str], plain: list[str], arrow: Any, name: str
) -> Iterator[list[Any]]:
    places = [names.index(each) for each in plain]
    try:
        for batch in file.iter_batches(batch_size=_HEAD, columns=plain):
            for cells in zip(*map(_values, batch.columns), strict=True):
                row: list[Any] = [None] * len(names)
                for place, cell in zip(places, cells, strict=True):
                    row[place] = cell
                yield row
    except (arrow.ArrowException, OSError, OverflowError, ValueError) as error:
        raise _unread(error, name) from None


def _values(column: Any) -> list[Any]:
    if not hasattr(column, "dictionary"):
        return list(column.to_pylist())
    known = column.dictionary.to_pylist()
    return [None if at is None else known[at] for at in column.indices.to_pylist()]


def _unread(error: Exception, name: str) -> ScalingLawsError:
    detail = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    return ScalingLawsError(f"{name} cannot be read as Parquet: {detail}.")
