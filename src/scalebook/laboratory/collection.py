"""Gather what the laboratory has done into its three tables."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from scalebook.errors import ScalebookError

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
