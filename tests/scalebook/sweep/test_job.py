import contextlib
import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scalebook import paths
from scalebook.chapters.gpt4 import outcome as gpt4
from scalebook.chapters.parameter import Parameters
from scalebook.errors import ScalebookError
from scalebook.execution import origin, runner
from scalebook.record.results import Record
from scalebook.sweep import grid, job, store
from tests.scalebook.sweep.common import NOTEBOOK, growth


@pytest.fixture
def kept(tmp_path: Path) -> store.Store:
    return store.Store(tmp_path, paths.notebooks_dir() / "gpt4.ipynb")


def laid_out(
    kept: store.Store, given: dict[str, object], timeout: float = 60.0, notebooks: bool = False
) -> tuple[grid.Grid, Path]:
    """Lay a sweep of gpt4 out as one job, and return it with the job's file."""
    found = grid.read("gpt4", given)
    kept.lay_out(found, store.Rows([]), len(found), timeout, notebooks)
    return found, kept.work / "batches" / "0.json"


def rows_of(kept: store.Store) -> list[dict[str, Any]]:
    text = "".join(path.read_text(encoding="utf-8") for path in kept.files())
    return [json.loads(row) for row in text.splitlines() if row]


Compute = Callable[[Parameters], Record]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Callable[[Compute], None]:
    """Put something in the place of the chapter's function."""
    return lambda compute: monkeypatch.setattr(gpt4, "compute", compute)


def cheap(p: Parameters) -> Record:
    return Record(vars(p), {"twice": 2 * p.compute, "same": 1}, [{"id": "a", "verdict": "roughly"}])


def test_a_row_is_what_the_function_returns(kept):
    found, batch = laid_out(kept, {"compute": "1e25,3e25"})
    assert job.main(batch) == 0
    rows = rows_of(kept)
    for values, row in zip(found, rows, strict=True):
        record = gpt4.compute(Parameters(**values))
        assert row["parameters"] == values
        assert row["results"] == record.results
        assert row["verdicts"] == {claim["id"]: claim["verdict"] for claim in record.claims}


def test_a_run_that_fails_does_not_stop_the_others(kept, fake, capsys):
    def compute(p: Parameters) -> Record:
        if p.compute == 1e25:
            raise ScalebookError("gpt4: too little of it")
        if p.compute == 2e25:
            raise ZeroDivisionError("by zero")
        return cheap(p)

    fake(compute)
    _, batch = laid_out(kept, {"compute": "1e25,2e25,3e25"})
    assert job.main(batch) == 1
    assert [row.get("message") for row in rows_of(kept)] == [
        "gpt4: too little of it", "gpt4: ZeroDivisionError: by zero", None,
    ]  # fmt: skip
    assert "in compute" in capsys.readouterr().err  # in the job's log


def test_a_run_that_takes_too_long(kept, fake):
    def compute(p: Parameters) -> Record:
        until = time.monotonic() + 60 * (p.compute == 1e25)
        while time.monotonic() < until:
            with contextlib.suppress(Exception):  # one that swallows what it can
                time.sleep(0.01)
        return cheap(p)

    fake(compute)
    _, batch = laid_out(kept, {"compute": "1e25,2e25"}, timeout=0.2)
    assert job.main(batch) == 1
    late, good = rows_of(kept)
    assert late["message"].startswith("gpt4: stopped after 0.2 s, the time limit of a run; `--tim")
    assert good["results"]["twice"] == 4e25
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_job_started_twice_goes_on(kept, fake):
    calls = []
    fake(lambda p: calls.append(p.compute) or cheap(p))
    found, batch = laid_out(kept, {"compute": "1e25,2e25,3e25"})
    assert job.main(batch) == 0
    (path,) = kept.files()
    first, second, _ = path.read_bytes().split(b"\n")[1:]
    path.write_bytes(b"\n" + first + b"\n" + second[:-5])
    assert job.main(batch) == 0
    assert calls == [1e25, 2e25, 3e25, 2e25, 3e25]
    assert list(store.Rows([path]).places) == [kept.key(values) for values in found]


@pytest.mark.parametrize("part", ["notebook", "library", "data", "lock"])
def test_what_changed_after_planning_is_refused(kept, fake, monkeypatch, part):
    fake(cheap)
    _, batch = laid_out(kept, {"compute": "1e25,2e25"})
    changed = {**origin.provenance(NOTEBOOK), part: "changed"}
    calls = []
    monkeypatch.setattr(origin, "provenance", lambda *_: calls.append(1) or changed)
    assert job.main(batch) == 1
    words = {"lock": "the lock file"}.get(part, f"the {part}")
    for row in rows_of(kept):
        assert row["message"] == (
            f"gpt4: not the same here as where the sweep was started: {words}. If you changed it "
            "meanwhile, start the sweep again."
        )
    assert len(calls) == 1  # once a job, not once a run


def computed(folder: Path, runs: int) -> None:
    """Go through one job of so many runs."""
    gpt4.compute = cheap
    kept = store.Store(folder, paths.notebooks_dir() / "gpt4.ipynb")
    _, batch = laid_out(kept, {"compute": f"1e25:1e26:{runs}log"})
    assert job.main(batch) == 0


def test_a_worker_stays_as_small_as_it_was(tmp_path):
    # Half a MiB of it is the list of the runs.
    assert growth("tests.scalebook.sweep.test_job:computed", tmp_path, 200, 2000) < 6


def test_an_executed_notebook_must_come_to_the_same(kept, fake, monkeypatch):
    import nbformat

    def execute(chapter, path, values, timeout, place):
        content = {"parameters": values, "results": {"twice": 2 * values["compute"], "same": 1},
                   "claims": [{"id": "a", "verdict": verdicts[values["compute"]]}],
                   "provenance": {}}  # fmt: skip
        return nbformat.v4.new_notebook(), content

    verdicts = {1e25: "roughly", 2e25: "holds"}
    fake(cheap)
    monkeypatch.setattr(runner, "compute", execute)
    _, batch = laid_out(kept, {"compute": "1e25,2e25"}, notebooks=True)
    assert job.main(batch) == 1
    same, other = rows_of(kept)
    assert kept.notebook(same["key"]).is_file()
    stored = json.loads(kept.notebook(same["key"]).with_suffix(".json").read_bytes())
    assert stored["results"] == same["results"]
    assert not kept.notebook(other["key"]).exists()
    assert "results" not in other
    assert other["message"].startswith(
        "gpt4: 'a' is {'id': 'a', 'verdict': 'holds'} in the executed notebook and {'id': 'a'"
    )
