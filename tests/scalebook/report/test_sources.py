"""Tables of runs as commands take them: options, what is said of the reading, and refusals."""

import json
import re
from pathlib import Path

import pytest

from scalebook import cli
from scalebook.errors import ScalebookError
from scalebook.report import study, wording
from scalebook.report.sources import Source, as_typed
from scalinglaws.reading.columns import argument
from tests.scalinglaws.synthetic import LAW

GRID = [(n, d, float(LAW.loss(n, d))) for n in (5e7, 1e8, 2e8, 4e8) for d in (2e9, 4e9, 8e9, 2e10)]


@pytest.fixture(autouse=True)
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of two data sets, each row twice and once without a loss."""
    monkeypatch.chdir(tmp_path)
    lines = ["Model Size,tokens,val loss,train loss,Data"]
    for data in ("C4 en", "Pile"):
        for n, d, loss in GRID:
            lines += [f"{n:g},{d:g},{each},1,{data}" for each in (loss, loss + 0.3, "")]
    Path("runs.csv").write_text("\n".join(lines), encoding="utf-8")


COLUMN = ("--column", "loss=val loss")
ONE = (*COLUMN, "--skip-empty", "--best-per-cell", "--where", "Data=Pile")


def run(*arguments: str, capsys: pytest.CaptureFixture[str], code: int = 0) -> str:
    assert cli.main([*arguments]) == code
    found = capsys.readouterr()
    return found.err if code else found.out


@pytest.mark.parametrize("command", ["fit", "next"])
def test_each_refusal_says_what_to_type_next(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    said = run(command, "runs.csv", capsys=capsys, code=1)
    assert said.endswith("Choose one, such as --column loss='val loss'.\n")
    said = run(command, "runs.csv", *COLUMN, capsys=capsys, code=1)
    assert said.endswith("To leave out rows without a loss: --skip-empty.\n")


def test_what_was_read_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    values = json.loads(
        run(
            "fit",
            "runs.csv",
            *COLUMN,
            "--skip-empty",
            "--suite",
            "all",
            "--bootstrap",
            "0",
            "--json",
            capsys=capsys,
        )
    )
    assert values["n"] == 64
    assert values["reading"] == [
        "Read as params: Model Size; as loss: val loss; as suite: Data.",
        "32 of 96 rows have no loss and are left out; rows are counted among the rest.",
        "64 rows have only 32 pairs of size and data. If they differ in rates or batches, only the "
        "best of each pair tells of the law: --best-per-cell.",
    ]
    for command in (("fit", "--bootstrap", "0"), ("next", "--runs", "1")):
        said = run(command[0], "runs.csv", *ONE, *command[1:], capsys=capsys)
        assert "48 of 96 rows are left out by --where Data=Pile" in " ".join(said.split())
    said = run("next", "runs.csv", *ONE, "--runs", "1", "--json", capsys=capsys)
    assert len(json.loads(said)["reading"]) == 3


def test_a_column_that_might_be_suites_is_asked_about() -> None:
    source = Source("runs.csv", None, {"loss": "val loss"}, skip_empty=True)
    with pytest.raises(ScalebookError, match="column Data splits the rows into 2 groups: 'C4 en'"):
        source.read()


def test_a_column_of_text_is_the_suites_if_one_is_asked_for() -> None:
    source = Source("runs.csv", "C4 en", {"loss": "val loss"}, skip_empty=True, best_per_cell=True)
    found, origin = source.read()
    assert len(found.runs) == len(GRID)
    assert origin.options.split(" --")[1:] == [
        "column loss='val loss'", "column suite=Data", "best-per-cell", "skip-empty",
    ]  # fmt: skip


def test_a_study_says_how_to_read_the_table_again(capsys: pytest.CaptureFixture[str]) -> None:
    source = Source("runs.csv", None, {"loss": "val loss"}, ("Data=Pile",), True, True)
    found = study.of_file(source, study.Request(resamples=0, count=0))
    said = wording.report(found)
    command = re.findall(r"^scalebook fit (.*?) --method", said, re.MULTILINE)
    assert command == [
        "runs.csv --column loss='val loss' --where Data=Pile --best-per-cell --skip-empty"
    ]
    assert "make book" not in said
    assert "Every row was read" not in said
    assert "Read as params: Model Size; as loss: val loss" in said
    assert study.as_values(found)["reading"] == list(found.origin.notes)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--column", "loss"), "--column 'loss': expected what it is, = and its name"),
        ((*COLUMN, *COLUMN), "--column loss is given twice."),
    ],
)
def test_columns_that_cannot_be(
    capsys: pytest.CaptureFixture[str], given: tuple[str, ...], said: str
) -> None:
    assert said in run("fit", "runs.csv", *given, capsys=capsys, code=2)


@pytest.mark.parametrize(
    "given",
    [
        ("--column", "params=None of\x1b[31m these"), ("--where", "tokens>\x1b[31m"),
        ("--where", 'x"y=1'), ("--column", "size=x"),
    ],
)  # fmt: skip
def test_odd_words_are_shown_plainly(
    capsys: pytest.CaptureFixture[str], given: tuple[str, ...]
) -> None:
    said = run("fit", "runs.csv", *COLUMN, *given, capsys=capsys, code=1)
    assert "\x1b" not in said
    assert "Traceback" not in said


def test_what_the_library_would_be_given_is_what_is_typed() -> None:
    name = """it's "quoted\\" """
    said = f"{argument('columns', name, 'loss')} {argument('where', 'a<b')}"
    assert as_typed(said) == """--column loss='it'"'"'s "quoted\\" ' --where 'a<b'"""
    assert as_typed("best_per_cell=True or skip_empty=True") == "--best-per-cell or --skip-empty"
    assert as_typed("last_per_run=True") == "--last-per-run"
    assert Source("runs.csv", last_per_run=True).options == " --last-per-run"
