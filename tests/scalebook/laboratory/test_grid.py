"""The grid: the search for the rate, resumption, and the stored table."""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from tests.scalebook.laboratory.jax_wanted import jax

# isort: split
from scalebook.cli import main
from scalebook.laboratory import agenda, collection, extent, grid, job, strings
from scalinglaws import datapackage
from scalinglaws.errors import ScalingLawsError


def searched(loss, begin=0.02):
    tried = {}
    for rates in grid.search(tried, begin):
        tried.update((rate, loss(rate)) for rate in rates)
    return min(tried, key=tried.get), tried


@pytest.mark.parametrize("best", [0.02, 0.08, 0.64, 0.0025, 0.00015625])
def test_the_best_rate_has_a_worse_one_on_either_side(best):
    found, tried = searched(lambda rate: abs(np.log(rate / best)))
    assert found == pytest.approx(best)
    assert min(tried) < found < max(tried)


def test_where_every_rate_diverges_smaller_ones_are_tried():
    found, tried = searched(lambda rate: rate if rate < 0.004 else np.inf)
    assert found < 0.004
    assert len(tried) <= 3 * 5


def test_sizes_and_lengths_span_what_they_should():
    for learner, whole in extent.GRIDS.items():
        params = [grid.network_of(learner, w, strings.named("first")).params for w in whole.widths]
        assert len(params) >= 8
        assert len(whole.steps) >= 8
        assert params[-1] / params[0] > 10**2.5
        assert whole.steps[-1] / whole.steps[0] > 10**2.5
        corner = extent.REDUCED[learner]
        assert set(corner.widths) < set(whole.widths)
        assert corner.steps == whole.steps[: len(corner.steps)]


def tiny(folder, steps=(3, 6, 12)):
    return {"source": "first", "learner": "perceptron", "width": 2, "steps": steps,
            "folder": str(folder / "runs" / "first-perceptron" / "2")}  # fmt: skip


def done(folder, task):
    place = folder / "task.json"
    place.write_text(json.dumps(task))
    return job.main(place)


def table(folder):
    found = collection.gather(folder)
    return [[{k: v for k, v in row.items() if k != "seconds"} for row in found[name]]
            for name in ("runs", "curves")]  # fmt: skip


def test_a_job_that_dies_loses_one_length_and_goes_on_to_the_same_table(
    tmp_path, monkeypatch, capsys
):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir(), broken.mkdir()
    assert done(whole, tiny(whole)) == 0
    real = grid.cell

    def vanished(*given):
        if given[4] == 1:
            raise jax.errors.JaxRuntimeError("DEVICE LOST: no such device\nand more")
        return real(*given)

    monkeypatch.setattr(grid, "cell", vanished)
    assert done(broken, tiny(broken)) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert "DEVICE LOST" in said
    assert "JAX_PLATFORMS=cpu" in said
    assert [path.name for path in broken.rglob("runs/**/*.json")] == ["3.json"]
    monkeypatch.undo()
    assert done(broken, tiny(broken)) == 0
    assert table(broken) == table(whole)
    runs, curves = table(whole)
    assert {run["arm"] for run in runs} == {"matched", "unmatched", "tuning"}
    assert {run["seed"] for run in runs if run["arm"] == "tuning"} == set(grid.TUNING)
    unmatched = [run for run in runs if run["arm"] == "unmatched"]
    assert {(run["tokens"], run["schedule_tokens"]) for run in unmatched} == {
        (3 * 64, 12 * 64), (6 * 64, 12 * 64)
    }  # fmt: skip
    for run in runs:
        assert run["loss"] == pytest.approx(
            run["excess"] + strings.named("first").source.entropy(), abs=1e-5
        )
        assert run["flop"] == run["tokens"] * 6 * (3 * 2 + 2 * 2 + 2 * 16)
    ends = {(c["schedule_tokens"], c["seed"]): c["excess"] for c in curves
            if c["tokens"] == c["schedule_tokens"]}  # fmt: skip
    assert ends == {(run["schedule_tokens"], run["seed"]): run["excess"]
                    for run in runs if run["arm"] == "matched"}  # fmt: skip


def test_a_run_that_diverges_is_kept(monkeypatch):
    def nowhere(self, logs):
        return np.full(len(logs), np.nan)

    monkeypatch.setattr(strings.Strings, "excess", nowhere)
    found = grid.cell("first", "perceptron", 2, [2], 0, 0.02)
    assert len(found.runs) > len(grid.TUNING) * 3 + len(grid.SEEDS)
    assert {run.excess for run in found.runs} == {run.loss for run in found.runs} == {None}


@pytest.mark.parametrize("learner", extent.GRIDS)
def test_a_corner_of_the_grid_agrees_with_the_stored_table(learner):
    stored = defaultdict(list)
    for row in datapackage.rows("laboratory_runs"):
        if row["suite"] == f"first-{learner}" and row["arm"] == "matched":
            stored[row["width"], row["tokens"]].append(row["excess"])
    corner, found = extent.REDUCED[learner], {}
    for width in corner.widths:
        rate = grid.FIRST_RATE
        for at in range(len(corner.steps)):
            cell = grid.cell("first", learner, width, extent.GRIDS[learner].steps, at, rate)
            rate = cell.rate
            mine = [run.excess for run in cell.runs if run.arm == "matched"]
            found[width, corner.steps[at] * extent.BATCH] = mine
    assert all(len(stored[key]) == len(mine) for key, mine in found.items())
    # Three seeds say little of their own deviation; those of all cells together say it.
    deviation = np.sqrt(np.mean([np.var(stored[key], ddof=1) for key in found]))
    apart = {key: np.mean(mine) - np.mean(stored[key]) for key, mine in found.items()}
    assert max(map(abs, apart.values())) < 3 * deviation, (deviation, apart)


def test_what_takes_too_long_is_said_before_any_work(tmp_path):
    jobs = agenda.sizes(tmp_path, "first", "transformer")
    seconds, what = agenda.longest(jobs)
    assert what == "first-transformer-064, 74000 steps"
    with pytest.raises(ScalingLawsError, match="first-transformer-064, 74000 steps would take"):
        grid.require_short(seconds, what, 0.1)
    grid.require_short(seconds, what, 10)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--hours", "0.001"], "first-transformer-064, 74000 steps would take about"),
        (["--jobs", "0"], "0 processes at a time"),
        (["--source", "last"], "There is no source 'last'"),
        (["--learner", "counts"], "There is no learner 'counts'"),
    ],
)
def test_the_command_refuses_in_a_line_and_before_any_work(options, said, tmp_path, capsys):
    assert main(["laboratory", *options, "-o", str(tmp_path / "out")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("scalebook: ")
    assert said in line
    assert not (tmp_path / "out").exists()


def test_the_command_goes_on_from_what_the_checkout_has_stored(tmp_path, capsys):
    assert main(["laboratory", "--reduced", "--onward", "-o", str(tmp_path)]) == 0
    assert "takes about 0 min" in capsys.readouterr().out
    stored = Path("data/laboratory/laboratory_runs.csv.gz")
    assert (tmp_path / "runs.csv.gz").read_bytes() == stored.read_bytes()


def test_two_do_not_work_in_one_folder(tmp_path):
    from filelock import FileLock

    with FileLock(tmp_path / ".lock"), pytest.raises(ScalingLawsError, match="at work in"):
        agenda.work(tmp_path, agenda.sizes(tmp_path, "first", "perceptron"), 1)


def test_jobs_know_what_is_left(tmp_path):
    (some, *_) = agenda.sizes(tmp_path, "first", "perceptron")
    before = some.due()
    for place in some.pieces:
        job.put(place, {})
    assert before > 0
    assert some.due() == 0
    agenda.work(tmp_path, [some])  # nothing to do, so nothing is started
    assert not (tmp_path / "jobs").exists()


def test_names_that_there_are_not_are_refused(tmp_path):
    with pytest.raises(ScalingLawsError, match="no learner 'counts'"):
        agenda.sizes(tmp_path, "first", "counts")
    with pytest.raises(ScalingLawsError, match="no source 'last'"):
        agenda.sizes(tmp_path, "last", "perceptron")


def test_work_goes_through_snakemake_and_says_what_failed(tmp_path):
    told = []
    good = agenda.Job("good", tiny(tmp_path, [2]), {tmp_path / tiny(tmp_path)["folder"] / "2.json": 1})  # fmt: skip # noqa: E501
    agenda.work(tmp_path, [good], 1, lambda *numbers: told.append(numbers))
    assert good.due() == 0
    assert told[0] == (0, 1)
    bad = agenda.Job("bad", {**tiny(tmp_path, [2, 0])}, {tmp_path / "0.json": 1})
    with pytest.raises(ScalingLawsError, match="1 of 1 jobs are not done.*bad: 0 steps"):
        agenda.work(tmp_path, [bad], 1)
