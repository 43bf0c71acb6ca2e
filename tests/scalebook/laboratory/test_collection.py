"""The tables of the laboratory, and the command where its packages are missing."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from scalebook.laboratory import collection, job
from scalinglaws.errors import ScalingLawsError


def cell(seed, excess):
    run = {"suite": "first-perceptron", "arm": "matched", "width": 2, "params": 110,
           "tokens": 64, "schedule_tokens": 64, "seed": seed, "learning_rate": 0.1 + 0.2,
           "excess": excess}  # fmt: skip
    names = ("suite", "params", "schedule_tokens", "seed", "tokens", "excess")
    return {"rate": 0.3, "runs": [run], "curves": [{name: run[name] for name in names}],
            "made_with": "jax 1, numpy 2, cpu"}  # fmt: skip


def test_what_is_done_is_gathered_in_one_order_whatever_was_first(tmp_path):
    for name, seed, excess in (("b", 1, 0.25), ("a", 2, None)):
        job.put(tmp_path / "runs" / "first-perceptron" / f"{name}.json", cell(seed, excess))
    runs, curves, experiments = collection.gather(tmp_path).values()
    assert [run["seed"] for run in runs] == [curve["seed"] for curve in curves] == [1, 2]
    assert experiments == []
    lines = collection.text(runs).splitlines()
    assert lines[0].startswith("suite,arm,width,")
    assert lines[1].endswith(',0.3,0.25,"jax 1, numpy 2, cpu"')
    assert lines[2].endswith(',0.3,,"jax 1, numpy 2, cpu"')  # it diverged


def test_tables_are_the_same_bytes_again(tmp_path):
    job.put(tmp_path / "runs" / "1.json", cell(1, 0.5))
    job.put(tmp_path / "experiments" / "e.json", {"rows": [{"arm": "x"}], "made_with": "jax"})
    places = collection.write(tmp_path, tmp_path / "out", "laboratory_")
    assert [place.name for place in places] == [
        "laboratory_runs.csv.gz", "laboratory_curves.csv.gz", "laboratory_experiments.csv"
    ]  # fmt: skip
    before = [place.read_bytes() for place in places]
    assert before == [p.read_bytes() for p in collection.write(tmp_path, tmp_path / "out", "laboratory_")]  # fmt: skip # noqa: E501
    assert before[0][3:8] == bytes(5)  # neither a name nor a time
    assert gzip.decompress(before[1]).decode().splitlines()[0].startswith("suite,params")
    assert before[2] == b"arm,made_with\nx,jax\n"


def test_nothing_done_is_no_table(tmp_path):
    assert collection.write(tmp_path, tmp_path) == []
    with pytest.raises(ScalingLawsError, match="Nothing is done yet"):
        collection.text([])


def test_a_file_is_whole_or_not_there(tmp_path):
    job.put(tmp_path / "a" / "1.json", {"x": 1})
    assert json.loads((tmp_path / "a" / "1.json").read_text()) == {"x": 1}
    with pytest.raises(TypeError):
        job.put(tmp_path / "a" / "2.json", object())
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["1.json"]


def test_without_jax_the_command_says_what_to_install():
    program = "import sys; sys.modules['jax'] = None; from scalebook.cli import main; sys.exit(main(['laboratory']))"  # noqa: E501
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == (
        "scalebook: this needs the package jax, which comes with the laboratory: "
        "pip install 'scalebook[laboratory]'\n"
    )


def test_the_laboratory_goes_on_from_its_tables(tmp_path):
    stored = Path("data/laboratory")
    files = collection.lay_out(stored, tmp_path, "laboratory_")
    assert files == len(list(tmp_path.rglob("*.json"))) > 400
    again = collection.write(tmp_path, tmp_path / "out", "laboratory_")
    assert [path.read_bytes() for path in again] == [
        (stored / path.name).read_bytes() for path in again
    ]
    assert len(again) == 3
    assert collection.lay_out(stored, tmp_path, "laboratory_") == 0  # what is done stays


def test_tables_that_are_not_there_are_named(tmp_path):
    with pytest.raises(ScalingLawsError, match="laboratory_curves.csv: No such file"):
        collection.lay_out(tmp_path, tmp_path, "laboratory_")
