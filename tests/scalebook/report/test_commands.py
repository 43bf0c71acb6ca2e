"""What `fit` and `simulate` write, and what they do not write over."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scalebook import cli
from scalebook.report import study, wording
from scalebook.report.sources import Source
from scalinglaws import catalogue
from scalinglaws.prediction import design, methods, simulation
from scalinglaws.prediction.simulation import Laboratory


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    text = simulation.csv_text(Laboratory(budgets=3, sizes=5))
    (tmp_path / "runs.csv").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return text


@pytest.mark.parametrize("page", ["runs.csv", "../{}/runs.csv", "link.html"])
def test_a_page_is_not_written_over_the_runs(
    runs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    (tmp_path / "link.html").symlink_to("runs.csv")
    page = page.format(tmp_path.name)
    assert cli.main(["fit", "runs.csv", "--page", page]) == 1
    said = f"scalebook: --page {page}: your runs are there. Give the page another name.\n"
    assert capsys.readouterr().err == said
    assert Path("runs.csv").read_text(encoding="utf-8") == runs


@pytest.mark.parametrize(
    ("arguments", "option"),
    [(("fit", "runs.csv", "--page"), "--page"), (("simulate", "-o"), "-o")],
)
def test_no_folder_is_made_by_a_slip_of_the_pen(
    runs: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], option: str
) -> None:
    assert cli.main([*arguments, "fodler/x.html"]) == 1
    said = f"scalebook: {option} fodler/x.html cannot be written: there is no folder fodler."
    assert capsys.readouterr().err.startswith(said)
    assert not Path("fodler").exists()


def test_runs_that_are_there_are_written_over_only_by_force(
    runs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["simulate", "--seed", "3"]) == 1
    said = "scalebook: -o runs.csv already exists. Give another name, or --force.\n"
    assert capsys.readouterr().err == said
    assert Path("runs.csv").read_text(encoding="utf-8") == runs
    assert cli.main(["simulate", "--seed", "3", "--force"]) == 0
    assert Path("runs.csv").read_text(encoding="utf-8") != runs


def test_a_refusal_ends_in_one_full_stop(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["simulate", "--seed", "-1", "-o", "none.csv"]) == 1
    assert capsys.readouterr().err.endswith("from 0 to 4.29497e+09.\n")


def test_columns_of_a_plan_never_run_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plan", "--compute", "1e-5", "--law", "besiroglu2024"]) == 0
    header, _, row = capsys.readouterr().out.splitlines()[:3]
    assert len(header.split(" | ")) == len(row.split(" | ")) == 5


def test_a_study_tells_how_far_it_is(runs: str) -> None:
    told: list[tuple[int, int]] = []
    request = study.Request(resamples=0, count=1)
    study.of_file("runs.csv", request, lambda *counts: told.append(counts))
    whole = len(methods.METHODS) + 3
    assert told == [(done + 1, whole) for done in range(whole)]


# Tables of several suites


@pytest.fixture
def suites(runs: str) -> None:
    """A file with the runs of two laboratories, "one" and "the other"."""
    head, *rows = runs.splitlines()
    lines = [f"{head},suite", *(f"{r},one" for r in rows), *(f"{r},the other" for r in rows[:9])]
    Path("two.csv").write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize("command", [("fit",), ("fit", "--method", "all"), ("next",)])
@pytest.mark.usefixtures("suites")
def test_suites_are_not_pooled_unasked(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    assert cli.main([command[0], "two.csv", *command[1:]]) == 1
    assert capsys.readouterr().err == (
        "scalebook: two.csv has 2 suites, which may not follow one law. Choose one with --suite, "
        "such as --suite one, or fit them all together with --suite all. The suites: one, "
        "'the other'.\n"
    )


@pytest.mark.parametrize(("suite", "count"), [("one", 15), ("the other", 9), ("all", 24)])
@pytest.mark.usefixtures("suites")
def test_a_suite_is_chosen_by_name(
    capsys: pytest.CaptureFixture[str], suite: str, count: int
) -> None:
    options = ["two.csv", "--suite", suite]
    assert cli.main(["fit", *options, "--bootstrap", "0", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["n"], found["note"]) == (count, None)
    assert cli.main(["fit", *options, "--bootstrap", "0"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert ("fitted together here" in said) == (suite == "all")
    assert ("Only this suite of `two.csv` was read" in said) == (suite != "all")
    assert cli.main(["next", *options, "--runs", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == count


@pytest.mark.parametrize(
    ("source", "suite", "message"),
    [
        ("two.csv", "oen", "There is no suite of two.csv 'oen'. Did you mean 'one'?"),
        (
            "runs.csv",
            "one",
            "--suite 'one': runs.csv has no column suite. Leave --suite out, or say "
            "which column it is with --column suite=NAME.",
        ),
    ],
)
@pytest.mark.usefixtures("suites")
def test_a_suite_that_is_none_is_refused(
    capsys: pytest.CaptureFixture[str], source: str, suite: str, message: str
) -> None:
    assert cli.main(["fit", source, "--suite", suite]) == 1
    assert capsys.readouterr().err == f"scalebook: {message}\n"


@pytest.mark.usefixtures("suites")
def test_a_study_of_a_file_pools_its_suites_and_says_so() -> None:
    request = study.Request(resamples=0, count=0)
    pooled = study.of_file("two.csv", request)
    assert len(pooled.runs) == 24
    said = wording.report(pooled)
    assert "The table has 2 suites" in said
    assert "scalebook fit two.csv --suite all --method all" in said
    chosen = wording.report(study.of_file(Source("two.csv", "the other"), request))
    assert "scalebook fit two.csv --suite 'the other' --method all" in chosen
    assert "make book" not in chosen  # which would take all suites


@pytest.mark.parametrize("options", [(), ("--method", "all")])
def test_the_note_of_a_bundled_table_is_shown(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    note = catalogue.tables()["brown2020_final"].pooling
    for more in ([], ["--json"]):
        assert cli.main(["fit", "brown2020_final", "--bootstrap", "0", *options, *more]) == 0
        said = capsys.readouterr().out
        if more:
            assert json.loads(said)["note"] == note
        else:
            assert f"About this table: {note}" in " ".join(said.split())
    found = study.of_file("brown2020_final", study.Request(resamples=0, count=0))
    assert f"About this table: {note}" in wording.report(found, ["table"])


def test_a_plan_for_a_machine_says_its_utilisation(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["plan", "--time", "3 months", "--peak", "1e19", "--law", "besiroglu2024"]
    for more, share in (((), "40%"), (("--utilisation", "0.355"), "35.5%")):
        assert cli.main([*options, *more]) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert f"the machine is taken to train at {share} of its peak (--utilisation)" in said
    assert cli.main(["plan", "--compute", "1e24", "--law", "besiroglu2024"]) == 0
    assert "--utilisation" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("numbers", "said"),
    [([1, 2, 3], "1 to 3"), ([1, 2], "1, 2"), ([1, 3, 4, 5, 8], "1, 3 to 5, 8")],
)
def test_equal_runs_of_a_plan_are_one_row(numbers: list[int], said: str) -> None:
    sizes = np.where(np.isin(np.arange(1, 10), numbers), 1e9, 2e9)
    made = design.next_runs(simulation.simulate(Laboratory(budgets=3, sizes=5)), "a", runs=9)
    plan = replace(made, params=sizes, tokens=20 * sizes)
    found = {size: (order, each) for order, each, size, _ in wording.groups(plan)}
    assert found[1e9] == (said, numbers)
    assert sum(len(each) for _, each in found.values()) == 9


def test_equal_runs_are_to_have_seeds_of_their_own(
    runs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # Of so few candidates some come twice.
    assert cli.main(["next", "runs.csv", "--for", "a", "--runs", "20", "--ratios", "20:20"]) == 0
    said = capsys.readouterr().out
    assert said.count("different seeds") == 1
    made = design.next_runs(
        simulation.simulate(Laboratory(budgets=3, sizes=5)), "a", runs=20, ratios=(20, 20)
    )
    rows = said.partition("\n\n")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(rows) == len(set(zip(made.params, made.tokens, strict=True)))
    assert sum(int(row.split("|")[2]) for row in rows) == 20
