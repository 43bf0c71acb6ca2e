"""The tables that come with the library, read by their description in ``datapackage.json``."""

import csv
import difflib
import gzip
import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, TextIO, cast

from scalinglaws.errors import ScalingLawsError, UnknownName

Row = dict[str, Any]

_FOLDER = Path(__file__).resolve().parent / "data"


def folder() -> Path:
    """Return the folder with the tables.

    Returns
    -------
    pathlib.Path
        Absolute.

    Examples
    --------
    >>> (folder() / "datapackage.json").is_file()
    True
    """
    return _FOLDER


def every_file() -> list[Path]:
    """Return every file of data: the tables, their description, and what else lies with them.

    Returns
    -------
    list of pathlib.Path
        In a fixed order, folders left out.

    Examples
    --------
    >>> {"laws.csv", "kaplan.yml", "porian2024.csv"} <= {path.name for path in every_file()}
    True
    """
    kinds = {".csv", ".gz", ".json", ".txt", ".yml"}
    return sorted(path for path in folder().rglob("*") if path.suffix in kinds)


def open_text(path: Path) -> TextIO:
    """Open a table for reading, unpacking it if its name ends in ``.gz``.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    file object
        Text in UTF-8, a byte order mark left out, line ends as they are.

    Raises
    ------
    OSError
        If there is no such file, or it may not be read.

    Examples
    --------
    >>> with open_text(location("clark2022_curves")) as file:
    ...     file.readline().split(",")[:5]
    ['suite', 'run', 'params', 'tokens', 'loss']
    """
    if path.suffix == ".gz":
        return cast("TextIO", gzip.open(path, "rt", encoding="utf-8-sig", newline=""))
    return path.open(encoding="utf-8-sig", newline="")


def description(name: str) -> dict[str, Any]:
    """Return what ``datapackage.json`` says of a table.

    Parameters
    ----------
    name : str
        One of `table_names`.

    Returns
    -------
    dict
        The resource of the package, not to be changed; a table of training runs has ``runs``.

    Raises
    ------
    UnknownName
        If there is no such table; the message gives the nearest.

    Examples
    --------
    >>> description("porian2024")["runs"]["licence"]
    'MIT'
    """
    require(name, table_names(), "table")
    return _resources(folder())[name]


def location(name: str) -> Path:
    """Return where a table lies.

    Parameters
    ----------
    name : str
        One of `table_names`.

    Returns
    -------
    pathlib.Path
        Absolute.

    Raises
    ------
    UnknownName
        If there is no such table; the message gives the nearest.

    Examples
    --------
    >>> location("porian2024").name
    'porian2024.csv'
    """
    return folder() / str(description(name)["path"])


def table_names() -> tuple[str, ...]:
    """Return the names of the tables.

    Returns
    -------
    tuple of str
        In the order of ``datapackage.json``.

    Examples
    --------
    >>> "laws" in table_names()
    True
    """
    return tuple(_resources(folder()))


def types(name: str) -> dict[str, str]:
    """Return the type of each column of a table.

    Parameters
    ----------
    name : str
        One of `table_names`.

    Returns
    -------
    dict of str to str
        ``string``, ``number`` or ``integer``, by column, in the order of the table.

    Raises
    ------
    UnknownName
        If there is no such table; the message gives the nearest.

    Examples
    --------
    >>> types("hoffmann2022_runs")
    {'run': 'integer', 'params': 'number', 'flop': 'number', 'loss': 'number'}
    """
    return {field["name"]: field["type"] for field in description(name)["schema"]["fields"]}


def rows(name: str) -> list[Row]:
    """Return a table as one dictionary a row; an empty cell is an empty string, or NaN.

    Parameters
    ----------
    name : str
        One of `table_names`.

    Returns
    -------
    list of dict
        By column; copies, which may be changed.

    Raises
    ------
    UnknownName
        If there is no such table; the message gives the nearest.

    Examples
    --------
    >>> rows("hoffmann2022_runs")[0]
    {'run': 1, 'params': 6795600000.0, 'flop': 9.993853e+18, 'loss': 5.005582}
    """
    require(name, table_names(), "table")
    return [dict(row) for row in bundled(name)]


def cells(source: str | Path, bundled: str) -> tuple[str, dict[str, list[str]]]:
    """Return the cells of a CSV file as text, by column, with the name to call it by.

    Parameters
    ----------
    source : str or pathlib.Path
        The path of a CSV file with a header, or the name of the bundled table.
    bundled : str
        Name of the bundled table that has these columns.

    Returns
    -------
    tuple of str and dict
        The name of the file, and its cells as lists by column, without the space around them and
        without blank lines.

    Raises
    ------
    ScalingLawsError
        If there is no such file, it is empty, or it is not CSV with rows as long as the header.

    Examples
    --------
    >>> name, columns = cells("models", "models")
    >>> name, columns["params"][:2]
    ('models.csv', ['175e9', '280e9'])
    """
    path = folder() / f"{bundled}.csv" if str(source) == bundled else Path(source)
    if not path.is_file():
        raise ScalingLawsError(
            f"{path}: no such file. Give the path of a CSV file, or the name of the bundled table, "
            f"{bundled}."
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [[cell.strip() for cell in line] for line in csv.reader(file, strict=True)]
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise ScalingLawsError(f"{path.name} cannot be read as CSV in UTF-8: {error}.") from None
    header, *body = [line for line in lines if any(line)] or [[]]
    if not header:
        raise ScalingLawsError(f"{path.name} is empty. Expected columns as in {bundled}.csv.")
    for number, line in enumerate(body, start=1):
        if len(line) != len(header) or len(set(header)) < len(header):
            raise ScalingLawsError(
                f"{path.name}, row {number}: {len(line)} cells where the header has {len(header)}, "
                f"{len(set(header))} of them different. Give every row one cell a column."
            )
    return path.name, {column: [line[at] for line in body] for at, column in enumerate(header)}


def prose() -> str:
    """Return the English text that tokenizers and compressors are measured on.

    Returns
    -------
    str
        The contents of ``data/prose.txt``.

    Examples
    --------
    >>> len(prose().split()) > 1000
    True
    """
    return (folder() / "prose.txt").read_text(encoding="utf-8")


def require(name: str, known: Iterable[str], what: str) -> None:
    """Complain if a name is none of those known.

    Parameters
    ----------
    name : str
        The name asked for.
    known : iterable of str
        All names there are.
    what : str
        What they are names of, for the message.

    Raises
    ------
    UnknownName
        With the nearest name, or the first of all.

    Examples
    --------
    >>> require("modles", table_names(), "table")
    Traceback (most recent call last):
    scalinglaws.errors.UnknownName: There is no table 'modles'. Did you mean 'models'?
    """
    known = list(known)
    if name in known:
        return
    if not isinstance(name, str):
        raise UnknownName(f"There is no {what} {name!r}. Choose one of {_listed(known)}.")
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    advice = f"Did you mean '{folded[near[0]]}'?" if near else f"Choose one of {_listed(known)}."
    raise UnknownName(f"There is no {what} '{name}'. {advice}")


def _listed(known: list[str], most: int = 40) -> str:
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


@cache
def _resources(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the description of each bundled table, by name."""
    package: dict[str, Any] = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return {resource["name"]: resource for resource in package["resources"]}


def bundled(name: str) -> tuple[Row, ...]:
    """Return the rows of a table that is known to be there, not to be changed.

    Parameters
    ----------
    name : str
        One of `table_names`.

    Returns
    -------
    tuple of dict
        As of `rows`, but shared between callers.

    Raises
    ------
    KeyError
        If there is no such table.

    Examples
    --------
    >>> bundled("models")[0]["model"]
    'GPT-3'
    """
    return read_rows(folder(), name)


@cache
def read_rows(folder: Path, name: str) -> tuple[Row, ...]:
    """Return the rows of a table in a folder, not to be changed.

    Parameters
    ----------
    folder : pathlib.Path
        With ``datapackage.json`` and the table.
    name : str
        Of a table that ``datapackage.json`` describes.

    Returns
    -------
    tuple of dict
        One a row, by column; shared between callers.

    Raises
    ------
    OSError
        If a file is missing.
    KeyError
        If the table is not described, or lacks a column that is.
    ValueError
        If a cell is not of its column's type.

    Examples
    --------
    >>> read_rows(folder(), "models")[0]["params"]
    175000000000.0
    """
    read: dict[str, Callable[[str], object]] = {
        "string": str,
        "integer": int,
        "number": lambda cell: float(cell) if cell else float("nan"),
    }
    resource = _resources(folder)[name]
    kinds = {field["name"]: read[field["type"]] for field in resource["schema"]["fields"]}
    with open_text(folder / resource["path"]) as file:
        return tuple(
            {column: kind(row[column]) for column, kind in kinds.items()}
            for row in csv.DictReader(file)
        )
