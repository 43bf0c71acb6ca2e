import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml
from pyarrow import parquet

from scalebook import cli, paths, sweep
from scalebook.chapters import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.execution import files, origin
from scalebook.execution.locks import exclusive
from scalebook.sweep import campaign as sweep_module
from scalebook.sweep import columns as table
from scalebook.sweep import cost, figure, grid
from scalebook.sweep.store import Store, identify
from tests.test_faults import RECORD, quick

# Combinations


def values(chapter: str = "kaplan", **given: object) -> list[object]:
    ((name, _),) = given.items()
    return [combination[name] for combination in grid.read(chapter, given).combinations()]


def test_values_as_people_write_them():
    assert values(params="70B, 1.4e11,70e9") == [70e9, 140e9]  # equal values count once
    assert values(growth=[2, "3"]) == [2.0, 3.0]
    assert values(growth="5") == [5.0]
    assert values("chinchilla", runs="a,b") == ["a", "b"]
    assert values("chinchilla", runs=["a,b"]) == ["a,b"]


def test_ranges():
    found = values(params="1e11:1e12:5log")
    assert (found[0], found[-1]) == (1e11, 1e12)
    assert np.allclose(np.diff(np.log(found)), np.log(10) / 4)
    assert values(growth="2:3:3") == values(growth="2:3:3lin") == [2.0, 2.5, 3.0]
    assert values(growth="3:2:2") == [3.0, 2.0]
    # Whole numbers stay whole, and those that fall together count once.
    assert values("chinchilla", seed="1:3:9") == [1, 2, 3]


def test_every_combination_once_and_the_rest_at_its_default():
    found = grid.read("kaplan", {"growth": "2,3", "params": "1e9,1e10,1e11", "tokens": "5e9"})
    rows = found.combinations()
    assert len(found) == len(rows) == 6
    assert [(row["growth"], row["params"]) for row in rows] == [
        (g, p) for g in (2.0, 3.0) for p in (1e9, 1e10, 1e11)
    ]
    assert {row["tokens"] for row in rows} == {5e9}
    assert {row["gopher_flop"] for row in rows} == {CHAPTERS["kaplan"][3].default}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"grwoth": "2,3"}, "unknown parameter 'grwoth'. Did you mean 'growth'"),
        ({"growth": "2,,3"}, "a value is missing. Write -p growth=v1,v2,... or -p growth=low:high"),
        ({"growth": []}, "a value is missing"),
        ({"growth": "2:3"}, "growth=2:3 is no range"),
        ({"growth": "2:3:4cubic"}, "is no range"),
        ({"growth": "2:x:4"}, "is no range"),
        ({"growth": "2:3:1"}, "two points or more"),
        ({"growth": "2:2:5"}, "two different ends"),
        ({"growth": "0:5:5log"}, "positive ends"),
        ({"growth": "2:5e6:5log"}, "'growth' .*: 5000000.0 was given; expected from 1.01"),
        ({"growth": "2,0.5"}, "'0.5' was given"),
        ({"params": "1e9:1e12:2000", "tokens": "1e9:1e12:2000"}, "2000 x 2000 = 4,000,000 comb"),
    ],
)
def test_a_bad_sweep_is_refused_before_anything_runs(tmp_path, given, message):
    with pytest.raises(ScalebookError, match=f"kaplan: .*{message}"):
        sweep.run("kaplan", given, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--jobs", "--batch", "--timeout"])
def test_numbers_of_jobs_are_positive(tmp_path, capsys, option):
    assert cli.main(["sweep", "kaplan", option, "0", "-o", str(tmp_path / "out")]) == 1
    assert f"{option} 0" in capsys.readouterr().err


# The cache


@pytest.fixture
def stored(tmp_path):
    run = identify({"growth": 2.0}, {"library": "a"})
    store = Store(tmp_path)
    content = {"parameters": {"growth": 2.0}, "results": {"x": 1}, "claims": []}
    files.write(store.results(run.key), json.dumps({**content, "provenance": {"library": "a"}}))
    return store, run


def test_a_run_is_known_by_all_that_it_depends_on():
    base = origin.provenance(paths.notebooks_dir() / "kaplan.ipynb")
    run = identify({"growth": 2.0}, base)
    assert identify({"growth": 2.0}, dict(reversed(base.items()))).key == run.key
    others = [identify({"growth": 3.0}, base)]
    others += [
        identify({"growth": 2.0}, {**base, part: "changed"})
        for part in ("chapter", "notebook", "library", "data", "lock", "files", "versions")
    ]
    assert len({run.key, *(other.key for other in others)}) == 9


DAMAGED = (
    '{"parameters": {"growth": 2.0}}',
    '{"parameters": {"growth": 3.0}, "results": {}, "claims": [], "provenance": {"library": "a"}}',
    '{"parameters": {"growth": 2.0}, "results": {}, "claims": [], "provenance": {"library": "b"}}',
    '{"parameters": {"growth": 2.0}, "results": {"x": "y"}, "claims": [], '
    '"provenance": {"library": "a"}}',
)


@pytest.mark.parametrize("content", ["", "{", "[]", "\0", "{}", *DAMAGED])
def test_a_damaged_run_is_run_again(stored, content):
    store, run = stored
    assert store.load(run) == {"results": {"x": 1}, "claims": []}
    store.results(run.key).write_text(content, encoding="utf-8")
    assert store.load(run) is None
    assert not store.results(run.key).exists()


@pytest.mark.parametrize("when", [1, 4e9])
def test_the_clock_does_not_matter(stored, when):
    store, run = stored
    os.utime(store.results(run.key), (when, when))
    assert store.load(run) is not None


def test_a_file_among_the_parameters_counts_with_its_content(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = grid.read("chinchilla", {"runs": "mine.csv"})
    notebook = paths.notebooks_dir() / "chinchilla.ipynb"
    keys = set()
    for text in ("a", "b"):
        Path("mine.csv").write_text(text, encoding="utf-8")
        keys.add(sweep_module._identify(notebook, given)[0].key)
    assert len(keys) == 2


# Tables and figure


def test_tables_hold_parameters_and_results():
    left, right = table.tidy(
        ["growth", "runs"],
        [{"growth": 2.0, "runs": "=a,b", "seed": 1}, {"growth": 0.1, "runs": 'c"', "seed": 1}],
        [{"growth": 7, "n": 3, "x": 1}, {"growth": 8, "n": 4, "x": 0.5, "y": 2**70}],
    )
    columns = {**left, **right}
    assert list(columns) == ["growth", "runs", "growth_result", "n", "x", "y"]
    rows = list(csv.DictReader(io.StringIO(table.as_csv(columns))))
    assert [row["runs"] for row in rows] == ["=a,b", 'c"']
    assert [float(row["growth"]) for row in rows] == [2.0, 0.1]
    assert [row["y"] for row in rows] == ["", str(2**70)]
    read = parquet.read_table(io.BytesIO(table.as_parquet(columns))).to_pydict()
    assert read == {**columns, "y": [None, float(2**70)]}
    assert isinstance(read["n"][0], int)


def drawn(chapter: str, given: dict[str, object], results) -> tuple[list[str], str | None]:
    found = grid.read(chapter, given)
    rows = found.combinations()
    left, right = table.tidy(list(found.swept), rows, [results(row) for row in rows])
    known = {p.name: p for p in CHAPTERS[chapter]}
    swept = [known[name] for name in found.swept]
    return figure.choose(left, right), figure.draw(swept, left, right)


def test_the_figure_shows_what_varies():
    def results(row):
        g = row["growth"]
        return {"echo": g, "same": 3.0, "little": 1 + 1e-3 * g, "a": g**2, "b": g**2, "c": -g}

    chosen, svg = drawn("kaplan", {"growth": "2:1000:12log"}, results)
    assert chosen == ["little", "a", "c"]
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert drawn("kaplan", {"growth": "2:1000:12log"}, results)[1] == svg  # to the byte


def test_the_figure_is_limited_to_what_varies_most():
    results = {f"r{n}": [1 + n * 2e-8, 1 + n * 1e-7] for n in range(30)}
    chosen = figure.choose({"growth": [2.0, 10.0]}, results)
    assert chosen == [f"r{n}" for n in range(22, 30)]


def test_figures_of_several_parameters_and_of_words():
    def results(row):
        return {"x": row["level"] + (row["runs"] == "b"), "y": row["seed"] * row["level"]}

    given = {"runs": "a,b", "level": "0.5:0.99:9", "seed": "1,2,3"}
    assert drawn("chinchilla", given, results)[1] is not None
    words = drawn("chinchilla", {"runs": "a,b"}, lambda row: {"x": float(row["runs"] == "b")})
    assert words[0] == ["x"]
    assert words[1] is not None


@pytest.mark.parametrize("given", [{"growth": "2"}, {"growth": "2,3"}])
def test_no_figure_where_nothing_varies(given):
    assert drawn("kaplan", given, lambda _: {"x": 1.0, "zero": 0.0})[1] is None


# Through Snakemake


def read(folder: Path, name: str = "table.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8"))))


def stamps(folder: Path) -> dict[Path, tuple[int, int]]:
    """Identify each run's file: a run that was repeated has another."""
    return {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in folder.glob("runs/*/*.json")}


def test_failures_are_kept_apart_and_tried_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = "\n".join(
        f"{p.name}: {p.kind.__name__} = {p.default!r}  # {p.meaning}"
        for p in CHAPTERS["chinchilla"]
    )
    source = quick(
        tmp_path,
        "import os\nif runs != 'hoffmann2022_runs' and not os.path.exists('fixed'):\n"
        "    raise ValueError(f'cannot read {runs}')\ngrowth = level",
        RECORD, name="chinchilla", parameters=text,
    )  # fmt: skip
    # A value that a shell would run, in a folder whose name one would split.
    out = tmp_path / "it's a sweep"
    command = ["sweep", source, "-p", "runs=hoffmann2022_runs,$(touch pwned);`touch pwned`"]
    command += ["-p", "level=0.5,0.9", "-o", str(out), "--batch", "2", "--jobs", "1"]
    assert cli.main(command) == 1
    errors = capsys.readouterr().err.strip().splitlines()
    assert errors[-1].startswith("scalebook: 2 of 4 runs of chinchilla failed; ")
    assert errors[-1].endswith("it's a sweep/failures.csv.")
    assert "level=0.5: chinchilla: cell" in errors[0]
    assert [float(row["twice"]) for row in read(out)] == [1.0, 1.8]
    failures = read(out, "failures.csv")
    assert [row["level"] for row in failures] == ["0.5", "0.9"]
    assert all("ValueError: cannot read $(touch pwned)" in row["message"] for row in failures)
    assert parquet.read_table(out / "table.parquet").column("twice").to_pylist() == [1.0, 1.8]
    before = stamps(out)

    (tmp_path / "fixed").touch()
    assert cli.main(command) == 0
    assert "4 runs, 2 of them there already" in capsys.readouterr().out
    assert len(read(out)) == 4
    assert not (out / "failures.csv").exists()
    assert before.items() <= stamps(out).items()
    assert not list(tmp_path.rglob("pwned"))


def test_killed_halfway_and_resumed(tmp_path):
    source = quick(
        tmp_path,
        # The second half waits for a file that is not there yet.
        "import os, time\nwhile growth > 3 and not os.path.exists('go'):\n    time.sleep(0.05)",
        RECORD,
    )
    out = tmp_path / "out"
    command = [sys.executable, "-c", "import sys; from scalebook.cli import main; sys.exit(main())"]
    command += ["sweep", source, "-p", "growth=2,3,4,5", "-o", str(out), "--batch", "4"]
    child = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while len(stamps(out)) < 2:
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    child.send_signal(signal.SIGKILL)
    child.wait()
    half = stamps(out)
    assert len(half) == 2
    (tmp_path / "go").touch()

    command[-1] = "2"
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no bar where there is no terminal
    assert half.items() <= stamps(out).items()
    assert [float(row["twice"]) for row in read(out)] == [4.0, 6.0, 8.0, 10.0]


def test_two_sweeps_in_one_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_module, "PATIENCE", 0.0)
    with (
        exclusive(tmp_path / ".lock", "held"),
        pytest.raises(ScalebookError, match=r"Another sweep is running in .*-o"),
    ):
        sweep.run("kaplan", {"growth": "2,3"}, out=tmp_path)


def test_an_unknown_profile(tmp_path):
    with pytest.raises(ScalebookError, match="no profile 'slrum'.* one of kubernetes, slurm"):
        sweep.run("kaplan", {"growth": "2,3"}, profile="slrum", out=tmp_path / "out")


@pytest.mark.parametrize("name", ["slurm", "kubernetes"])
def test_shipped_profiles(name):
    file = paths.root() / "profiles" / name / "config.yaml"
    profile = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert profile["executor"] == name
    assert sweep_module._arguments(3, name) == ["--profile", str(file.parent), "--jobs", "3"]


def test_a_job_that_ends_without_a_word_is_named(tmp_path):
    log = tmp_path / "0.txt"
    assert "it said nothing" in sweep_module._last_words(log)
    log.write_text("one\nKilled\n", encoding="utf-8")
    assert sweep_module._last_words(log).endswith("it last said: Killed")


# What a million runs cost


def test_costs_follow_from_the_measurements():
    measured = {
        "run": {"cpu_s": 4.0}, "process": {"cpu_s": 1.0}, "job": {"cpu_s": 0.5},
        "cluster_job": {"cpu_s": 3.0}, "record": {"cpu_s": 0.001},
        "dag": [{"jobs": 100, "seconds": 1.2, "mib": 110.0},
                {"jobs": 1000, "seconds": 3.0, "mib": 200.0},
                {"jobs": 10000, "seconds": 21.0, "mib": 1100.0}],
    }  # fmt: skip
    one = cost.estimate(measured, runs=1_000_000, batch=1)
    assert one["jobs"] == 1_000_000
    assert one["core_hours"] == pytest.approx(5.5e6 / 3600)
    assert one["dag_seconds"] == pytest.approx(1 + 0.002 * 1e6)
    assert one["dag_gib"] == pytest.approx((100 + 0.1 * 1e6) / 1024)
    many = cost.estimate(measured, runs=1_000_000, batch=1000)
    assert many["jobs"] == 1000
    assert many["core_hours"] == pytest.approx((4e6 + 1.5e3) / 3600)
    assert many["dag_seconds"] == pytest.approx(3.0)
    assert many["engine_hours"] == pytest.approx((1000 + 3 + 500) / 3600)
    assert (one["cores"], many["cores"]) == (pytest.approx(5 / 0.5), 1000)
    assert [found["batch"] for found in cost.facts(measured)["costs"]] == [1, 100, 1000]
