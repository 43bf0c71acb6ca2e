"""The folder of a sweep: its cache of runs, its failures, and what a job needs.

A run is kept under a key made of everything that it depends on, so nothing has to be remembered
about what is up to date, and no clock is asked: a file that is there and whole is the right one.
"""

import hashlib
import json
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scalebook.chapters.parameter import Value
from scalebook.execution.files import dumps, write

Values = Mapping[str, Value]


@dataclass(frozen=True)
class Run:
    """One combination: its key, all its parameters, and what it depends on besides."""

    key: str
    values: dict[str, Value]
    provenance: dict[str, Any]


def identify(values: Values, provenance: Mapping[str, Any]) -> Run:
    """Return the run of a combination."""
    content = json.dumps([dict(values), dict(provenance)], sort_keys=True, allow_nan=False)
    return Run(hashlib.sha256(content.encode()).hexdigest()[:32], dict(values), dict(provenance))


class Store:
    """The folder of a sweep."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"

    def results(self, key: str) -> Path:
        """Return where a run's results are kept."""
        return self.folder / "runs" / key[:2] / f"{key}.json"

    def failure(self, key: str) -> Path:
        """Return where a run that failed is described."""
        return self.folder / "failed" / key[:2] / f"{key}.json"

    def settled(self, key: str) -> bool:
        """Return whether a run has ended, well or badly."""
        return self.results(key).is_file() or self.failure(key).is_file()

    def load(self, run: Run) -> dict[str, Any] | None:
        """Return a run's results if they are there and whole; what is damaged is removed."""
        path = self.results(run.key)
        try:
            content = json.loads(path.read_bytes())
            if content["parameters"] == run.values and content["provenance"] == run.provenance:
                return {"results": _numbers(content["results"]), "claims": list(content["claims"])}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            pass
        path.unlink(missing_ok=True)
        return None

    def message(self, key: str) -> str | None:
        """Return what a run that failed said, if it did."""
        try:
            return str(json.loads(self.failure(key).read_bytes())["message"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return "what it said cannot be read"

    def fail(self, run: Run, message: str) -> None:
        """Describe a run that failed."""
        write(self.failure(run.key), dumps({"parameters": run.values, "message": message}))

    def forget_failures(self, runs: Sequence[Run]) -> None:
        """Remove what is said of runs that are about to be tried again."""
        if (self.folder / "failed").is_dir():
            for run in runs:
                self.failure(run.key).unlink(missing_ok=True)
                self.failure(run.key).with_suffix(".ipynb").unlink(missing_ok=True)

    def lay_out(self, runs: Sequence[Run], batch: int, common: Mapping[str, object]) -> int:
        """Write one file a job, each with `batch` runs, and return how many."""
        shutil.rmtree(self.work, ignore_errors=True)
        for number, start in enumerate(range(0, len(runs), batch)):
            part = [asdict(run) for run in runs[start : start + batch]]
            write(self.work / "batches" / f"{number}.json", dumps({**common, "runs": part}))
        return math.ceil(len(runs) / batch)


def _numbers(results: Mapping[str, Any]) -> dict[str, float | int]:
    if not all(isinstance(value, int | float) for value in results.values()):
        raise ValueError("results are numbers")
    return dict(results)
