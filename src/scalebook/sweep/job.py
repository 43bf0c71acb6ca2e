"""One job of a sweep: `python -m scalebook.sweep.job batches/NUMBER.json`, called by Snakemake."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from scalebook.errors import ScalebookError
from scalebook.execution import files, origin, runner
from scalebook.execution.lean import nbformat
from scalebook.execution.verify import differences
from scalebook.sweep.store import Run, Store
from scalinglaws.errors import ScalingLawsError


def main(batch: Path) -> int:
    """Run a batch, one run after the other; return 1 if any of them failed."""
    task = json.loads(batch.read_bytes())
    store, failed = Store(Path(task["folder"])), 0
    os.chdir(task["cwd"])
    for run in (Run(**entry) for entry in task["runs"]):
        if store.load(run) is not None:  # a cluster may have started this job before
            continue
        try:
            perform(run, store, task)
        except ScalingLawsError as error:
            failed += 1
            print(f"{run.key}: {error}", flush=True)
            store.fail(run, str(error))
    return int(failed > 0)


def perform(run: Run, store: Store, task: dict[str, Any]) -> None:
    """Run one combination and keep its results.

    Raises
    ------
    ScalebookError
        If it fails, or if what it depends on is not what it was when the sweep was planned.
    """
    notebook = Path(task["notebook"])
    differing = differences(run.provenance, origin.provenance(notebook, run.values))
    if differing:
        raise ScalebookError(
            f"{notebook.stem}: not the same here as where the sweep was started: "
            f"{', '.join(differing)}. If you changed it meanwhile, start the sweep again."
        )
    kept = store.failure(run.key).with_suffix(".ipynb")
    executed, content = runner.compute(notebook.stem, notebook, run.values, task["timeout"], kept)
    place = store.results(run.key)
    contents: dict[Path, str | bytes] = {place: files.dumps(content)}
    if task["notebooks"]:
        contents[place.with_suffix(".ipynb")] = nbformat.writes(executed) + "\n"
    files.write_all(contents)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
