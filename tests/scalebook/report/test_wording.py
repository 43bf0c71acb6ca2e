"""That each sentence stands only where it is true."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scalebook import cli
from scalebook.report import answers, figures, sources, study, terminal, wording
from scalebook.report.sources import Source
from scalinglaws import Runs
from scalinglaws.prediction import methods, simulation
from scalinglaws.prediction.methods import Answer
from scalinglaws.prediction.simulation import Laboratory

BARE = study.Request(resamples=0, count=0)


@pytest.fixture(scope="module")
def plain() -> study.Study:
    return study.of_runs(simulation.simulate(Laboratory(budgets=3, sizes=5)), BARE)


def said(found: study.Study, *parts: str) -> str:
    return wording.report(found, parts)


def around(value: float, width: float) -> np.ndarray:
    return np.linspace(value - width / 2, value + width / 2, 50)


def with_answers(found: study.Study, **changes: Answer | None) -> study.Study:
    """Return a study with some answers changed, and those of which nothing is said left as "no"."""
    known = {each.method: each for each in found.answers}
    made = [changes.get(method) or Answer(method, "no") for method in known]
    return replace(found, answers=made)


def changed(found: study.Study, method: str, **fields: object) -> Answer:
    return replace(found.answer(method), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("column", ["epochs", None])
def test_the_scatter_of_repeats_is_noise_only_if_nothing_else_differs(
    tmp_path: Path, column: str | None
) -> None:
    path = tmp_path / "runs.csv"
    rows = ["1e8,2e9,3.60,1", "1e8,2e9,3.67,4", "4e8,8e9,3.10,1"]
    lines = [f"params,tokens,loss{',epochs' * bool(column)}", *rows]
    cut = lines if column else [lines[0], *(row.rpartition(",")[0] for row in rows)]
    path.write_text("\n".join(cut), encoding="utf-8")
    text = said(study.of_file(str(path), BARE), "data")
    assert "that is the noise if they differ in nothing else" in text
    assert ("they may differ in other columns (`epochs`)" in text) == bool(column)


def test_compute_and_budget_keep_their_digits(plain: study.Study) -> None:
    request = replace(BARE, compute=np.float64(1.23456789012e24))
    text = said(replace(plain, request=request), "again")
    assert " --compute 1.23456789012e+24 " in text
    assert f" --budget {float(plain.flop.max())!r} " in text


@pytest.mark.parametrize("name", ["-runs.csv", "llama3"])
def test_a_file_is_not_taken_for_an_option_or_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("params,tokens,loss\n1e8,2e9,3.6\n", encoding="utf-8")
    text = said(study.of_file(f"./{name}", BARE), "again")
    assert f"scalebook fit ./{name} --method all" in text


def test_a_bundled_table_keeps_its_name() -> None:
    assert Source("llama3", "all").read()[1].name == "llama3"


def test_floors_are_apart_only_where_they_are(plain: study.Study) -> None:
    huber = changed(plain, "huber", draws={"E": around(1.8, 0.02), "a": around(0.5, 0.02)})
    for floor, apart in ((1.7, True), (1.8, False)):
        other = changed(plain, "mse", estimate={**plain.answer("mse").estimate, "E": floor})
        huber = replace(huber, estimate={**huber.estimate, "E": 1.8})
        found = with_answers(plain, huber=huber, mse=other)
        assert ("put the floor" in " ".join(said(found, "disagreement").split())) == apart
        assert ("E" in found.untold()) == apart


def test_an_uncertain_floor_says_why(plain: study.Study) -> None:
    first = changed(plain, "huber", detail=replace(plain.law))  # type: ignore[type-var]
    vars(first.detail)["relative_errors"] = {"E": 0.6}  # a cached property
    found = with_answers(plain, huber=first, isoflop=changed(plain, "isoflop"))
    assert "E" in found.untold()
    text = said(found, "disagreement")
    assert "put the floor" not in text
    assert "The standard error of E is half its value or more, or unknown, so" in text


@pytest.mark.parametrize(
    ("width", "words"),
    [(None, "a has no interval, so it cannot be told"), (0.8, "The interval of a is so wide")],
)
def test_a_without_an_interval_is_not_said_to_have_a_wide_one(
    plain: study.Study, width: float | None, words: str
) -> None:
    draws = {} if width is None else {"a": around(0.5, width)}
    huber = changed(plain, "huber", draws=draws)
    found = with_answers(plain, huber=huber, mse=plain.answer("mse"))
    found = replace(found, request=study.Request(resamples=50, count=0))
    text = said(found, "disagreement")
    both = ("a has no interval", "The interval of a")
    assert words in text
    assert sum(each in text for each in both) == 1


def test_who_is_left_out_of_the_comparison_is_said(plain: study.Study) -> None:
    good, bad = (replace(plain.answer("power"), method=m, aic=aic)
                 for m, aic in (("power", -90.0), ("sum", -20.0)))  # fmt: skip
    text = said(with_answers(plain, power=good, sum=bad), "disagreement")
    assert "Fewer than two" not in text
    assert "by Akaike's criterion: Two terms, no floor." in text
    assert "Fewer than two methods" in said(with_answers(plain, power=good), "disagreement")
    worse_first = with_answers(plain, power=replace(good, aic=-20.0), sum=replace(bad, aic=-90.0))
    assert worse_first.reference.method == "sum"


def test_few_runs_are_a_sketch(plain: study.Study) -> None:
    few = study.of_runs(plain.runs.take(np.arange(9)), BARE)
    constants = len(few.law.form.free)
    assert f"From 9 runs for {constants} constants: take it as a sketch." in said(few, "short")
    assert "sketch" not in said(plain, "short")
    parabolas = with_answers(few, isoflop=changed(plain, "isoflop"))
    assert "From 9 runs: take it as a sketch." in said(parabolas, "short")


@pytest.mark.parametrize("drawn", [True, False])
def test_resampling_explains_nothing_where_a_difference_has_no_interval(
    plain: study.Study, drawn: bool
) -> None:
    first = changed(plain, "huber", estimate={"a": 0.5}, draws={"a": around(0.5, 0.02)})
    draws = {"a": around(0.52, -0.2)} if drawn else {}
    other = Answer("isoflop", "converged", {"a": 0.52}, draws)
    text = said(with_answers(plain, huber=first, isoflop=other), "disagreement")
    assert ("no wider than resampling explains" in text) == drawn
    assert ("Resampling cannot tell whether that is chance" in text) != drawn


def test_the_published_exponents_may_be_of_these_runs(plain: study.Study) -> None:
    shown = figures.exponents(plain)
    assert shown is not None
    assert "of other data, or other ways of counting, unless the runs are theirs" in shown.caption


def test_no_optimum_is_said_where_there_is_none(plain: study.Study) -> None:
    found = with_answers(plain, huber=changed(plain, "huber", estimate={"a": 0.5}),
                         mse=changed(plain, "mse", estimate={"a": 0.5}))  # fmt: skip
    text = said(found, "short", "disagreement")
    assert "FLOP it has no optimum." in text
    assert "—" not in text.partition("| method")[0]
    assert "that is a model of" in said(plain, "short")


@pytest.mark.parametrize("lead", [87.2, 9.0])
def test_the_form_that_the_runs_prefer_is_led_with(plain: study.Study, lead: float) -> None:
    huber, mse = plain.answer("huber"), changed(plain, "mse", aic=-100.0)
    form = changed(plain, "powermean", aic=-100.0 - lead)
    found = with_answers(plain, huber=huber, mse=mse, powermean=form)
    text = said(found, "short")
    assert text.startswith("## In short\n\nBy Terms joined by a power p, on 15 runs")
    assert "This is the form that the runs prefer, by AIC: `E + [(A/N^alpha)^p" in text
    with_law = [each.method for each in methods.comparable(found.answers)]
    assert ("huber" in with_law) == ("mse" in with_law) == (lead < 10)


def test_only_what_applies_is_said_of_resampling(plain: study.Study) -> None:
    asked = replace(plain, request=study.Request(resamples=20, count=0))
    huber = plain.answer("huber")
    for method, words in (
        ("isoflop", "for Approach 2 on each"),
        ("envelope", "for Approach 1 the"),
    ):
        for draws in ({"a": around(0.5, 0.1)}, {}):
            some = {method: Answer(method, "converged", {"a": 0.5}, draws, settled=1.0)}
            found = with_answers(asked, huber=huber, **some)
            assert (words in said(found, "fits")) == bool(draws)


def test_one_run_is_one() -> None:
    found = study.of_runs(Runs([1e8], [1e9], [3.5]), BARE)
    shown = figures.plane(found)
    assert shown.caption.startswith("The 1 run:")
    assert "of 1 run:" in shown.alt
    assert "No method finds an optimum in this one run." in said(found, "short")


def test_embeddings_are_told_of_only_with_kaplan() -> None:
    given = answers.Given("compute", 1e24)
    for law, told in (("besiroglu2024", False), ("kaplan2020-allocation", True)):
        text = terminal.plan(answers.plan(given, [law]), given)
        assert ("Kaplan et al. leave out embeddings" in " ".join(text.split())) == told


# Files


def test_a_name_without_an_encoding_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = os.fsdecode(b"bad\xff.csv")
    Path(name).write_text("params,tokens,loss\n1e8,2e9,3.6\n", encoding="utf-8")
    assert cli.main(["fit", name, "--bootstrap", "0", "--page", "r.html"]) == 0
    assert r"bad\udcff.csv" in Path("r.html").read_text(encoding="utf-8")


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a study fail: nothing may be computed before a refusal."""
    monkeypatch.setattr(study, "of_file", None)
    monkeypatch.setattr(simulation, "csv_text", None)


@pytest.mark.parametrize("command", [("fit", "llama3", "--page"), ("simulate", "-o")])
@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.usefixtures("never")
def test_what_is_no_file_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...],
    force: tuple[str, ...],
) -> None:  # fmt: skip
    for place, kind in ((tmp_path, "folder"), (Path(os.devnull), "device or a pipe")):
        assert cli.main([*command, str(place), *force]) == 1
        expected = f"{command[-1]} {place} is a {kind}. Give the name of a file.\n"
        assert capsys.readouterr().err == f"scalebook: {expected}"


def test_a_page_is_written_over_only_by_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, out = tmp_path / "runs.csv", tmp_path / "thesis.html"
    runs.write_text("params,tokens,loss\n1e8,2e9,3.6\n", encoding="utf-8")
    out.write_text("mine", encoding="utf-8")
    options = ["fit", str(runs), "--bootstrap", "0", "--page", str(out)]
    assert cli.main(options) == 1
    expected = f"--page {out} already exists. Give another name, or --force.\n"
    assert capsys.readouterr().err == f"scalebook: {expected}"
    assert out.read_text(encoding="utf-8") == "mine"
    assert cli.main([*options, "--force"]) == 0
    assert out.read_text(encoding="utf-8").endswith("</html>\n")
    assert capsys.readouterr().out.endswith(": runs.csv, 1 run\n")


def test_files_are_completed_wherever_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("a.csv", "a.csv.gz", "a.parquet", "a.jsonl", "a.ndjson")
    for name in (*names, "a.txt", "a.gz", ".a.csv"):
        (tmp_path / name).touch()
    (tmp_path / "above").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path / "above")
    for folder in (f"{tmp_path}/", "~/", "../"):
        found = [each for each in sources._tables(f"{folder}a") if "/" in each]
        assert found == [f"{folder}{name}" for name in sorted([*names, "above/"])]
    assert not [each for each in sources._tables("/no such/x") if "/" in each]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--compute", "1e24", "--utilisation", "7"), "--utilisation does not go with --compute."),
        (("--time", "1 day", "--peak", "1e19", "--utilization", "40"), "--utilisation is 40;"),
    ],
)
def test_a_utilisation_is_not_passed_over(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
) -> None:
    assert cli.main(["plan", *options]) == 1
    assert message in capsys.readouterr().err


def test_the_help_of_simulate_says_what_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["simulate", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for words in ("number of budgets", "number of sizes on each budget", "the law that the runs"):
        assert words in told
