import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import yaml
from packaging.requirements import Requirement
from pyarrow import parquet

from scalebook import cli, paths
from scalebook.errors import ScalebookError
from scalebook.execution.locks import exclusive
from scalebook.sweep import campaign
from tests.scalebook.chapters.cells import compute
from tests.scalebook.sweep.common import NOTEBOOK, read


def lines(folder: Path) -> list[str]:
    """Return what has been written of runs, in the order of the files."""
    files = sorted(folder.glob("runs/*/*.jsonl"))
    texts = (path.read_text(encoding="utf-8") for path in files)
    return [line for text in texts for line in text.splitlines() if line]


@pytest.fixture
def in_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put something in the place of the chapter's function, in the jobs that Snakemake starts."""

    def put(body: str) -> None:
        folder = tmp_path / "fake"
        folder.mkdir()
        code = (
            "import os, sys, time\n"
            "if 'scalebook.sweep.job' in sys.orig_argv:\n"
            "    from scalebook.chapters.gpt4 import outcome\n"
            "    from scalebook.record.results import Record\n"
            "    def compute(p):\n"
            + "".join(f"        {line}\n" for line in body.splitlines())
            + "        return Record(vars(p), {'twice': 2 * p.compute}, [])\n"
            "    outcome.compute = compute\n"
        )
        (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)

    return put


def test_a_sweep_has_what_a_run_has(tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    command = ["sweep", "gpt4", "-p", "compute=3e25,1e25", "-p", "draws=2000,1000", "-o", str(out)]
    assert cli.main(command) == 0
    assert cli.main(["run", "gpt4", "-p", "compute=1e25", "-p", "draws=2000",
                     "-o", str(tmp_path / "one.ipynb")]) == 0  # fmt: skip
    results = json.loads((tmp_path / "one.json").read_bytes())["results"]
    rows = read(out)
    assert [(row["compute"], row["draws"]) for row in rows] == [
        ("3e+25", "2000"), ("3e+25", "1000"), ("1e+25", "2000"), ("1e+25", "1000"),
    ]  # fmt: skip
    row = rows[2]
    # A column that another run has, and this one not, is empty.
    assert {k: float(v) for k, v in row.items() if k not in ("compute", "draws") and v} == results
    assert (out / "figure.svg").is_file()
    assert (out / "snakemake.log").is_file()

    # Another, smaller one in the same folder finds its runs there.
    before = lines(out)
    command[3:6] = ["compute=1e25", "-p", "draws=1000,2000"]
    assert cli.main(command) == 0
    assert "2 runs, 2 of them there already" in capsys.readouterr().out
    assert [row["draws"] for row in read(out)] == ["1000", "2000"]
    assert lines(out) == before


def test_notebooks_on_request(tmp_path, capsys):
    out = tmp_path / "out"
    command = ["sweep", "gpt4", "-p", "draws=1000", "-o", str(out)]
    assert cli.main(command) == 0
    assert not (out / "notebooks").exists()
    assert cli.main([*command, "--notebooks"]) == 0
    assert "1 run, none computed before" in capsys.readouterr().out
    (place,) = (out / "notebooks").glob("*.ipynb")
    stored = json.loads(place.with_suffix(".json").read_bytes())
    (row,) = read(out)
    assert {name: float(value) for name, value in row.items()} == stored["results"]
    assert cli.main(["verify", str(place.with_suffix(".json")), "--no-run"]) == 0
    assert cli.main([*command, "--notebooks"]) == 0
    assert "1 run, 1 of them there already" in capsys.readouterr().out


def test_failures_are_kept_apart_and_tried_again(tmp_path, monkeypatch, capsys, in_jobs):
    monkeypatch.chdir(tmp_path)
    in_jobs("if p.epochs == 2 and not os.path.exists('fixed'): raise ValueError('no epochs')")
    out = tmp_path / "it's a sweep"  # a name that a shell would split
    command = ["sweep", "gpt4", "-p", "epochs=1,2", "-p", "compute=1e25,2e25", "-o", str(out)]
    command += ["--batch", "3", "--jobs", "1"]
    assert cli.main(command) == 1
    errors = capsys.readouterr().err.strip().splitlines()
    assert errors[-1].startswith("scalebook: 2 of 4 runs of gpt4 failed; ")
    assert errors[-1].endswith("it's a sweep/failures.csv.")
    assert errors[:-1] == [
        "epochs=2.0, compute=1e+25: gpt4: ValueError: no epochs",
        "epochs=2.0, compute=2e+25: gpt4: ValueError: no epochs",
    ]
    assert [float(row["twice"]) for row in read(out)] == [2e25, 4e25]
    failures = read(out, "failures.csv")
    assert [row["compute"] for row in failures] == ["1e+25", "2e+25"]
    assert {row["message"] for row in failures} == {"gpt4: ValueError: no epochs"}
    assert parquet.read_table(out / "table.parquet").column("twice").to_pylist() == [2e25, 4e25]
    before = lines(out)

    (tmp_path / "fixed").touch()
    assert cli.main(command) == 0
    assert "4 runs, 2 of them there already" in capsys.readouterr().out
    assert [float(row["twice"]) for row in read(out)] == [2e25, 4e25, 2e25, 4e25]
    assert not (out / "failures.csv").exists()
    assert lines(out)[: len(before)] == before


def test_a_job_that_dies_loses_the_run_that_it_was_in(tmp_path, monkeypatch, capsys, in_jobs):
    monkeypatch.chdir(tmp_path)
    in_jobs("if p.compute == 2e25 and not os.path.exists('fixed'): os.kill(os.getpid(), 9)")
    out = tmp_path / "out"
    command = ["sweep", "gpt4", "-p", "compute=1e25,2e25,3e25", "-o", str(out), "--batch", "3"]
    assert cli.main(command) == 1
    assert "2 of 3 runs of gpt4 failed" in capsys.readouterr().err
    assert [float(row["twice"]) for row in read(out)] == [2e25]
    assert "its job ended before it did" in read(out, "failures.csv")[0]["message"]
    (tmp_path / "fixed").touch()
    assert cli.main(command) == 0
    assert "3 runs, 1 of them there already" in capsys.readouterr().out


def test_it_tells_how_far_it_is(tmp_path, in_jobs):
    in_jobs("pass")
    told = []
    given = {"compute": "1e25,2e25,3e25"}
    campaign.run("gpt4", given, batch=1, out=tmp_path, progress=lambda *both: told.append(both))
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)
    assert told == sorted(told)


def test_killed_halfway_and_resumed(tmp_path, in_jobs):
    # The second half waits for a file that is not there yet.
    in_jobs("while p.compute > 2.5e25 and not os.path.exists('go'): time.sleep(0.05)")
    out = tmp_path / "out"
    command = [sys.executable, "-c", "import sys; from scalebook.cli import main; sys.exit(main())"]
    command += ["sweep", "gpt4", "-p", "compute=1e25,2e25,3e25,4e25", "-o", str(out)]
    command += ["--batch", "4"]
    # A shell script starts what it puts in the background deaf to SIGINT.
    deaf = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", *command]
    child = subprocess.Popen(deaf, cwd=tmp_path, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while len(lines(out)) < 2:
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    below = psutil.Process(child.pid).children(recursive=True)
    child.send_signal(signal.SIGKILL)
    child.wait()
    psutil.wait_procs(below, timeout=60)  # or what it started would go on where the file is there
    half = lines(out)
    assert len(half) == 2
    assert "KeyboardInterrupt" in (out / "work" / "log" / "0.txt").read_text("utf-8")  # at once
    (tmp_path / "go").touch()

    command[-1] = "2"
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "4 runs, 2 of them there already" in done.stdout
    assert done.stderr == ""  # no bar where there is no terminal
    assert lines(out)[:2] == half
    assert [float(row["twice"]) for row in read(out)] == [2e25, 4e25, 6e25, 8e25]


def test_two_sweeps_in_one_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(campaign, "PATIENCE", 0.0)
    with (
        exclusive(tmp_path / ".lock", "held"),
        pytest.raises(ScalebookError, match=r"Another sweep is running in .*-o"),
    ):
        campaign.run("kaplan", {"growth": "2,3"}, out=tmp_path)


def edited(folder, old, new):
    """Write a copy of the notebook with a part of its text changed."""
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert text.count(old) == 1
    own = folder / "gpt4.ipynb"
    own.write_text(text.replace(old, new), encoding="utf-8")
    return str(own)


def test_a_notebook_of_ones_own_is_swept_with_its_values(tmp_path):
    own = edited(tmp_path, '"dense_ratio: float = 37.0', '"dense_ratio: float = 50.0')
    campaign.run(own, {"draws": "1000,2000"}, out=tmp_path / "out", jobs=1)
    for row in read(tmp_path / "out"):
        expected = compute("gpt4", dense_ratio=50.0, draws=int(row["draws"])).results
        assert float(row["under"]) == pytest.approx(expected["under"], rel=1e-12)


def test_a_notebook_with_other_cells_is_not_swept(tmp_path):
    own = edited(tmp_path, "found = steps.take(p)", "found = steps.take( p )")
    with pytest.raises(ScalebookError, match="its code cells are not those of the chapter 'gpt4'"):
        campaign.run(own, {"compute": "1e25,2e25"}, out=tmp_path / "out")


def test_an_unknown_profile(tmp_path):
    with pytest.raises(ScalebookError, match="no profile 'slrum'.* one of kubernetes, slurm"):
        campaign.run("kaplan", {"growth": "2,3"}, profile="slrum", out=tmp_path / "out")


@pytest.mark.parametrize("name", ["slurm", "kubernetes"])
def test_shipped_profiles(name):
    file = paths.root() / "profiles" / name / "config.yaml"
    profile = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert profile["executor"] == name
    assert campaign._arguments(3, file.parent) == ["--profile", str(file.parent), "--jobs", "3"]
    plugins = campaign._plugins(file)
    assert plugins[0] == f"snakemake-executor-plugin-{name}"
    project = tomllib.loads((paths.root() / "pyproject.toml").read_text("utf-8"))["project"]
    cluster = project["optional-dependencies"]["cluster"]
    assert {Requirement(line).name for line in cluster} >= set(plugins)


def test_a_profile_without_its_plugin_says_what_to_install(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text("executor: not-there\n", encoding="utf-8")
    command = ["sweep", "gpt4", "-p", "compute=1e25,2e25", "--profile", str(tmp_path)]
    assert cli.main([*command, "-o", str(tmp_path / "out")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "`pip install snakemake-executor-plugin-not-there`" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text", ["executor: local\n", "executor: none", "jobs: 3", "", "a: [", "- 1"]
)
def test_a_profile_that_needs_no_plugin(tmp_path, text):
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    assert campaign._profile(str(tmp_path)) == tmp_path


@pytest.mark.parametrize(
    ("runs", "cores", "away", "batch"),
    [
        (3, 2, False, 1), (1000, 2, False, 125), (100_000, 2, False, 250), (3, 2, True, 50),
        (100_000, 2, True, 100), (1_000_000, 64, False, 1000),
    ],
)  # fmt: skip
def test_how_many_runs_go_into_a_job(runs, cores, away, batch):
    assert campaign.runs_to_a_job(runs, cores, away) == batch


def test_a_job_that_ends_without_a_word_is_named(tmp_path):
    log = tmp_path / "0.txt"
    assert "it said nothing" in campaign._last_words(log)
    log.write_text("one\nKilled\n", encoding="utf-8")
    assert campaign._last_words(log).endswith("it last said: Killed")
