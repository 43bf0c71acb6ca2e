"""Gather what the laboratory has done into its three tables, and lay it out again from them."""

import csv
import gzip
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from scalebook.errors import ScalebookError
from scalebook.laboratory import extent
from scalebook.laboratory.job import put

Row = dict[str, Any]


def gather(folder: Path) -> dict[str, list[Row]]:
    """Return the rows of ``runs``, ``curves`` and ``experiments``, in a fixed order.

    Parameters
    ----------
    folder : Path
        Where the laboratory worked; what is not done yet is left out.
    """
    runs: list[Row] = []
    curves: list[Row] = []
    for cell in _contents(folder / "runs"):
        runs += [{**run, "made_with": cell["made_with"]} for run in cell["runs"]]
        curves += cell["curves"]
    trials = [
        {**row, "made_with": found["made_with"]}
        for found in _contents(folder / "experiments")
        for row in found["rows"]
    ]
    keys = ("suite", "params", "schedule_tokens", "arm", "seed", "learning_rate", "tokens")
    return {
        "runs": sorted(runs, key=lambda row: [row[key] for key in keys]),
        "curves": sorted(curves, key=lambda row: [row[k] for k in keys if k in row]),
        "experiments": trials,
    }


def _contents(folder: Path) -> Iterator[Row]:
    for place in sorted(folder.rglob("*.json")):
        yield json.loads(place.read_bytes())


def text(rows: Iterable[Row]) -> str:
    """Return rows as CSV; what is None is an empty cell.

    Raises
    ------
    ScalebookError
        If there are none.
    """
    every = list(rows)
    if not every:
        raise ScalebookError("Nothing is done yet, so there is no table to write.")
    stream = io.StringIO()
    lines = csv.DictWriter(stream, list(every[0]), lineterminator="\n")
    lines.writeheader()
    lines.writerows({name: _cell(value) for name, value in row.items()} for row in every)
    return stream.getvalue()


def _cell(value: object) -> object:
    return f"{value:.10g}" if isinstance(value, float) else value


def write(folder: Path, place: Path, stem: str = "") -> list[Path]:
    """Write what is done as tables, the longer two compressed, and return their paths.

    Parameters
    ----------
    folder : Path
        Where the laboratory worked.
    place : Path
        Folder of the tables.
    stem : str
        What their names begin with.

    Raises
    ------
    ScalebookError
        If they cannot be written.
    """
    written = []
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, rows in gather(folder).items():
            if rows:
                packed = gzip.compress(text(rows).encode(), 9, mtime=0)
                plain = name == "experiments"
                path = place / f"{stem}{name}.csv{'' if plain else '.gz'}"
                path.write_bytes(text(rows).encode() if plain else packed)
                written.append(path)
    except OSError as error:
        raise ScalebookError(f"{place}: {error.strerror or error}.") from None
    return written


def lay_out(place: Path, folder: Path, stem: str = "") -> int:
    """Put what tables hold where the laboratory works, so that it goes on from there.

    What is done in the folder already stays as it is.

    Parameters
    ----------
    place, folder, stem
        As `write` has them.

    Returns
    -------
    int
        Files written.

    Raises
    ------
    ScalebookError
        If a table cannot be read.
    """
    curves = _grouped(read(place, stem, "curves"), "suite", "params", "schedule_tokens")
    runs = _grouped(read(place, stem, "runs"), "suite", "width", "params", "schedule_tokens")
    trials = _grouped(read(place, stem, "experiments"), "experiment")
    files: dict[Path, Row] = {}
    for (suite, width, params, tokens), rows in runs.items():
        rate = next(row["learning_rate"] for row in rows if row["arm"] == "matched")
        here = {"rate": rate, "runs": rows, "curves": curves[suite, params, tokens]}
        path = folder / "runs" / suite / f"{width}" / f"{tokens // extent.BATCH}.json"
        files[path] = {**here, "made_with": _shared(rows)}
    for (name,), rows in trials.items():
        files[folder / "experiments" / f"{name}.json"] = {"rows": rows, "made_with": _shared(rows)}
    fresh = {path: each for path, each in files.items() if not path.is_file()}
    for path, each in fresh.items():
        put(path, each)
    return len(fresh)


def read(place: Path, stem: str, name: str) -> list[Row]:
    """Return the rows of one of the tables."""
    path = next(iter(place.glob(f"{stem}{name}.csv*")), place / f"{stem}{name}.csv")
    try:
        packed = path.read_bytes()
        plain = gzip.decompress(packed) if path.suffix == ".gz" else packed
        lines = csv.DictReader(io.StringIO(plain.decode()))
        return [{column: _value(cell) for column, cell in line.items()} for line in lines]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise ScalebookError(f"{path}: {getattr(error, 'strerror', None) or error}.") from None


def _value(cell: str) -> object:
    """Return what `_cell` has written."""
    try:
        return json.loads(cell) if cell else None
    except json.JSONDecodeError:
        return cell


def _grouped(rows: Iterable[Row], *names: str) -> defaultdict[tuple[Any, ...], list[Row]]:
    groups: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in names)].append(row)
    return groups


def _shared(rows: Iterable[Row]) -> str:
    """Take from the rows what made them, and return it."""
    (made_with,) = {str(row.pop("made_with")) for row in rows}
    return made_with
