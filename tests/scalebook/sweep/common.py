"""What several tests of sweeps use."""

import csv
import io
import subprocess
import sys
from pathlib import Path

from scalebook import paths
from scalebook.sweep import store

NOTEBOOK = paths.notebooks_dir() / "gpt4.ipynb"


def line(key: str, **results: float) -> bytes:
    """Return a line of a file of runs."""
    return store.line({"key": key, "parameters": {}, "results": results, "verdicts": {}})


def read(folder: Path, name: str = "table.csv") -> list[dict[str, str]]:
    """Return the rows of a table, as texts."""
    return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8"))))


def growth(measure: str, folder: Path, few: int, many: int) -> float:
    """Return by how many MiB a process of its own grows from few runs to many.

    Parameters
    ----------
    measure : str
        ``module:function`` that does something with so many runs in a folder.
    """
    module, function = measure.split(":")
    code = (
        "import resource, sys\nfrom pathlib import Path\n"
        f"from {module} import {function} as work\n"
        "def largest(runs):\n"
        "    work(Path(sys.argv[1]) / str(runs), runs)\n"
        "    unit = 1 if sys.platform == 'darwin' else 1024\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20\n"
        f"before = largest({few})\nprint(largest({many}) - before)"
    )
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, cwd=paths.root(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout.splitlines()[-1])
