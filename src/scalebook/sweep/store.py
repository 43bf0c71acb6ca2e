"""The folder of a sweep: what its runs came to, one line of JSON each, in files that only grow.

A run is known by a key made of everything that it depends on, so nothing has to be remembered about
what is up to date, and no clock is asked: a line that is there and whole is the right one. Runs of
one state of code and data share a folder, which says once what that state is::

    runs/STATE/provenance.json
    runs/STATE/0001-0.jsonl      the first sweep, its first job
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from itertools import count, groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from scalebook.chapters.parameter import Value
from scalebook.execution import origin
from scalebook.files import dumps, write
from scalebook.sweep.grid import Grid


class Store:
    """The folder of a sweep of a chapter's notebook; looks at code and data once."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder, self.work, self.source = folder, folder / "work", source
        self.provenance = origin.provenance(source)
        self._state = _hash(self.provenance)
        self.runs = folder / "runs" / self._state[:16]
        self._files: dict[tuple[Value, ...], dict[str, str]] = {(): {}}

    def key(self, values: Mapping[str, Value]) -> str:
        """Return the key of a combination: of all its values and the state of all else."""
        texts = tuple(value for value in values.values() if isinstance(value, str))
        if texts not in self._files:
            self._files[texts] = origin.provenance(self.source, values)["files"]
        return _hash([self._state, values, self._files[texts]])

    def notebook(self, key: str) -> Path:
        """Return where the executed notebook of a run is kept, if it was asked for."""
        return self.folder / "notebooks" / f"{key}.ipynb"

    def files(self, sweep: str = "") -> list[Path]:
        """Return the files of runs, of one sweep or of all."""
        return sorted(self.runs.glob(f"{sweep}*.jsonl"))

    def lay_out(
        self, grid: Grid, there: "Rows", batch: int, timeout: float, notebooks: bool
    ) -> str:
        """Write one file a job, with `batch` runs that are not there, and one with what they share.

        Returns what the names of the files of this sweep begin with.
        """
        shutil.rmtree(self.work, ignore_errors=True)
        write(self.runs / "provenance.json", dumps(self.provenance))
        plan = {
            "chapter": grid.chapter, "fixed": dict(grid.fixed), "swept": list(grid.swept),
            "folder": str(self.folder), "cwd": str(Path.cwd()), "provenance": self.provenance,
            "notebook": str(self.source),
            "timeout": timeout, "notebooks": notebooks,
        }  # fmt: skip
        write(self.work / "plan.json", dumps(plan))
        sweep = next(name for n in count(1) if not self.files(name := f"{n:04d}-"))
        keyed = ((self.key(values), values) for values in grid)
        runs = (
            [key, [v[name] for name in grid.swept]] for key, v in keyed if key not in there.places
        )
        for number, part in enumerate(iter(lambda: list(islice(runs, batch)), [])):
            task = {"plan": str(self.work / "plan.json"), "runs": part,
                    "out": str(self.runs / f"{sweep}{number}.jsonl")}  # fmt: skip
            write(self.work / "batches" / f"{number}.json", json.dumps(task))
        return sweep


def _hash(content: object) -> str:
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def line(row: Mapping[str, object]) -> bytes:
    """Return a row as it is appended to a file; it begins by ending a line that was torn."""
    text = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return b"\n" + text.encode()


class Rows:
    """The rows of some files, by key; held is only where they are, and what failed runs said."""

    def __init__(self, files: Iterable[Path]) -> None:
        self.places: dict[str, tuple[Path, int]] = {}
        self.failed: dict[str, str] = {}
        self.take(files)

    def take(self, files: Iterable[Path]) -> None:
        """Go through further files; of several rows with one key the last counts."""
        for path in files:
            for offset, row in _rows(path):
                self.places.pop(row["key"], None)
                self.failed.pop(row["key"], None)
                if "results" in row:
                    self.places[row["key"]] = path, offset
                else:
                    self.failed[row["key"]] = row["message"]

    def read(
        self, runs: Iterable[tuple[str, Mapping[str, Value]]]
    ) -> Iterator[tuple[Mapping[str, Value], dict[str, float | int]]]:
        """Yield values and results of those runs that are there, with one file open at a time."""
        placed = ((*self.places[key], values) for key, values in runs if key in self.places)
        for path, part in groupby(placed, itemgetter(0)):
            with path.open("rb") as stream:
                for _, offset, values in part:
                    stream.seek(offset)
                    yield values, json.loads(stream.readline())["results"]


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each whole line with its place; one that is torn is as if it were not there."""
    with path.open("rb") as stream:
        offset = 0
        for text in stream:
            try:
                row = json.loads(text)
                if {"results", "message"} & row.keys():
                    yield offset, row
            except (ValueError, AttributeError):
                pass
            offset += len(text)
