import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter

from scalebook import files, paths
from scalebook.errors import ScalebookError
from scalebook.execution import origin, parameters, runner
from scalebook.show import media
from tests.scalebook.chapters.cells import code, compute
from tests.scalinglaws import synthetic

SETUP = 'from scalebook.execution import parameters\np = parameters.checked("kaplan", globals())'
PARAMETERS = "".join(code("kaplan")[0]["source"])
SETTLE = """from scalebook.record import claims, judge, results
from scalebook.record.verdicts import settle
own = [claim for claim in claims.load().values() if claim.chapter == "kaplan"]
verdicts = [settle(claim.id, judge.UNKNOWN, why="not known") for claim in own]"""


def notebook(folder: Path, *cells: str, text: str = "Growth {{ p.growth | num(2) }}") -> str:
    book = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        }
    )
    first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    book.cells = [nbformat.v4.new_markdown_cell(f"# Test\n\n{text}"), first]
    book.cells += [nbformat.v4.new_code_cell(source) for source in (SETUP, *cells)]
    path = folder / "kaplan.ipynb"
    nbformat.write(book, path)
    return str(path)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("run")
    source = notebook(
        folder,
        "from scalebook.show import control, figures\nfig, ax = figures.new()\n"
        'data = {"ratio": [10, 20], "loss": [1, 2]}\nax.plot(*data.values())\n'
        'axis = control.axis("x", 1, 9)\n'
        'inputs = [control.Slider("k", "k", 1, 9, 2)]\n'
        "moves = control.Control(inputs, {}, \"'so'\", [], axis, axis)\n"
        'figures.show(fig, "fig-x", f"Finds {p.growth:.0f}.", "a line", data=data, control=moves)',
        SETTLE + '\nresults.record("kaplan", p, {"twice": 2 * p.growth}, verdicts)',
    )
    told: list[tuple[int, int]] = []
    runs = [
        runner.run(
            source, {"growth": "20"}, folder / f"{name}.ipynb",
            progress=lambda *counts: told.append(counts),
        )
        for name in ("one", "two")
    ]  # fmt: skip
    cells = len(json.loads((folder / "one.ipynb").read_bytes())["cells"])
    assert told[-1] == (cells, cells)  # the last cell is one of code
    assert told == 2 * told[: len(told) // 2]
    return folder, runs


def test_results_hold_parameters_results_claims_provenance(done):
    folder, _ = done
    content = json.loads((folder / "one.json").read_text(encoding="utf-8"))
    assert set(content) == {"parameters", "results", "claims", "provenance", "seal"}
    assert content["parameters"]["growth"] == 20.0
    assert content["results"] == {"twice": 40.0}
    assert {claim["verdict"] for claim in content["claims"]} == {"open"}
    assert len(content["provenance"]["notebook"]) == 64


def test_text_and_caption_are_filled(done):
    folder, _ = done
    book = nbformat.read(folder / "one.ipynb", as_version=4)
    assert "Growth 20" in book.cells[0].source
    figure = next(c for c in book.cells if "mystnb" in c.metadata)
    assert figure.metadata["mystnb"]["figure"]["caption"] == "Finds 20."
    assert figure.metadata["mystnb"]["image"]["alt"] == "a line"
    assert [set(o["data"]) for o in figure.outputs] == [{"image/svg+xml", "text/plain"}]
    assert figure.metadata[media.DATA] == "ratio,loss\n10,1\n20,2\n"
    assert figure.metadata[media.CONTROL]["inputs"][0]["name"] == "k"
    assert "control" not in json.dumps([dict(output) for output in figure.outputs])


def test_two_runs_are_byte_identical(done):
    folder, _ = done
    for suffix in ("ipynb", "json"):
        assert (folder / f"one.{suffix}").read_bytes() == (folder / f"two.{suffix}").read_bytes()


def test_nothing_of_the_machine_is_left(done):
    folder, _ = done
    text = (folder / "one.ipynb").read_text(encoding="utf-8")
    assert str(folder) not in text
    assert str(Path.home()) not in text
    assert "date_time" not in text


def test_a_failing_cell_leaves_earlier_outputs(tmp_path: Path):
    source = notebook(tmp_path, SETTLE, "raise RuntimeError('halfway')")
    out = tmp_path / "out.ipynb"
    out.write_text("earlier", encoding="utf-8")
    with pytest.raises(ScalebookError, match="kaplan: cell .* failed: RuntimeError: halfway"):
        runner.run(source, {}, out)
    assert out.read_text(encoding="utf-8") == "earlier"
    assert not out.with_suffix(".json").exists()
    (paths.root() / "_build" / "failed" / "kaplan.ipynb").unlink()


def test_a_text_that_quotes_what_was_not_recorded(tmp_path: Path):
    source = notebook(
        tmp_path,
        SETTLE + '\nresults.record("kaplan", p, {}, verdicts)',
        text="{{ r.nothing | num(2) }}",
    )
    with pytest.raises(ScalebookError, match="kaplan: text cell 0: .*nothing"):
        runner.run(source, {}, tmp_path / "out.ipynb")
    assert not (tmp_path / "out.ipynb").exists()


def test_a_notebook_that_records_nothing(tmp_path: Path):
    with pytest.raises(ScalebookError, match="recorded no results"):
        runner.run(notebook(tmp_path), {}, tmp_path / "out.ipynb")


def test_bad_parameters_stop_before_any_work(tmp_path: Path):
    with pytest.raises(ScalebookError, match="unknown parameter 'grow'"):
        runner.run(notebook(tmp_path), {"grow": 2}, tmp_path / "out.ipynb")
    assert not (tmp_path / "out.ipynb").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("growth", "-3"), "parameter 'growth' (x, default 10): -3 was given"),
        (("grwoth", "3"), "unknown parameter 'grwoth'. Did you mean 'growth'"),
    ],
)
def test_plain_papermill_refuses_bad_values_in_the_first_cell(tmp_path: Path, given, said):
    source = notebook(tmp_path, "print('never')")
    command = [sys.executable, "-m", "papermill", source, str(tmp_path / "out.ipynb")]
    done = subprocess.run([*command, "-p", *given], capture_output=True, text=True)
    assert done.returncode != 0
    assert said in done.stderr
    executed = (tmp_path / "out.ipynb").read_text(encoding="utf-8")
    assert '"text": "never' not in executed


def test_an_unwritable_place_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ScalebookError, match="cannot be written"):
        files.write(tmp_path / "file" / "out.json", "{}")


def test_a_chapter_takes_other_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = synthetic.runs(noise=0.003, seed=1)
    columns = np.stack([made.params, made.tokens, made.loss], axis=1)
    np.savetxt(
        tmp_path / "mine.csv", columns, delimiter=",", header="params,tokens,loss", comments=""
    )
    monkeypatch.chdir(tmp_path)
    given = {"runs": "mine.csv", "drop_highest": "0", "resamples": "200"}
    runner.run("chinchilla", given, tmp_path / "out.ipynb")
    content = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert content["results"]["runs_used"] == len(columns)
    assert content["results"]["a_low"] < synthetic.LAW.a < content["results"]["a_high"]


@pytest.mark.parametrize("name", ["../kaplan", "nothing.ipynb", "kaplan.txt"])
def test_unknown_notebooks(name):
    with pytest.raises(ScalebookError, match="There is no (notebook|chapter)"):
        parameters.locate(name)


def test_a_chapter_does_not_depend_on_the_parameters_of_another(tmp_path, monkeypatch):
    package = tmp_path / "scalebook"
    shutil.copytree(paths.root() / "src", tmp_path, symlinks=True, dirs_exist_ok=True)
    monkeypatch.setattr(origin, "__file__", str(package / "execution" / "origin.py"))

    def library(chapter):
        notebook = paths.notebooks_dir() / f"{chapter}.ipynb"
        return origin.provenance(notebook)["library"]

    before = library("kaplan"), library("chinchilla")
    with (package / "chapters" / "kaplan" / "steps.py").open("a") as file:
        file.write("\n# changed\n")
    assert (library("kaplan") == before[0], library("chinchilla") == before[1]) == (False, True)


# Ways in: a value edited and saved, papermill, run, all give the same or say why not


def edited(folder: Path, old: str, new: str) -> Path:
    """Write a copy of the chapter on GPT-4 with a line of its parameters cell changed."""
    content = (paths.notebooks_dir() / "gpt4.ipynb").read_text(encoding="utf-8")
    assert content.count(old) == 1
    path = folder / "gpt4.ipynb"
    path.write_text(content.replace(old, new), encoding="utf-8")
    return path


def test_edited_and_saved_is_the_same_as_given(tmp_path: Path):
    source = edited(tmp_path, '"compute: float = 2e25', '"compute: float = 3e25')
    runner.run(str(source), {}, tmp_path / "edited.ipynb")
    runner.run("gpt4", {"compute": "3e25 FLOP"}, tmp_path / "given.ipynb")
    command = [sys.executable, "-m", "papermill", str(source), str(tmp_path / "plain.ipynb")]
    subprocess.run(command, check=True, capture_output=True)
    edit, given = (
        json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("edited", "given")
    )
    cells = nbformat.read(tmp_path / "plain.ipynb", as_version=4).cells
    plain = next(o["data"][media.RESULTS] for o in cells[-1].outputs if media.RESULTS in o["data"])
    here = compute("gpt4", compute=3e25)
    for found in (edit, given, plain):
        assert found["parameters"] == here.parameters
        assert found["results"] == here.results
        assert found["claims"] == here.claims
    check_shown(tmp_path / "plain.ipynb")


def check_shown(notebook: Path) -> None:
    """Check that nbconvert shows of what papermill ran what the book shows."""
    text, _ = HTMLExporter(template_name="basic").from_filename(str(notebook))
    page = BeautifulSoup(text, "html.parser")
    for element in page.select("script, style, .input"):
        element.extract()
    for count, which in ((1, "blockquote p strong"), (3, "ul.heard li"), (3, "details.solution")):
        assert len(page.select(which)) >= count, which
    assert len(page.select(".claim-card")) > 10
    formulas = re.compile(r"\$[^$]+\$")
    assert re.findall(r"[{}]{2}|\{[a-z:]+\}|:::|\]\(|\*\*", formulas.sub("", page.get_text())) == []


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("compute: float = 3e35", r"parameter 'compute' .*3e\+35 was given; expected from 1e\+18"),
        ("compute: float = 3 * 1e25", "a number or a text as it stands"),
        ("compute = 3e25", "expected NAME: TYPE = VALUE"),
        ("flops: float = 3e25", "parameter 'compute' is missing; expected the parameters of"),
        ("compute: float = None", "a number or a text as it stands"),
        ("compute: float = 1e999", "parameter 'compute' .*inf was given; expected from"),
        ("compute: float = -" + "-" * 200 + "1", "a number or a text as it stands|was given"),
    ],
)
def test_a_cell_edited_badly_is_an_error(tmp_path: Path, new: str, message: str):
    source = edited(tmp_path, '"compute: float = 2e25', f'"{new}')
    with pytest.raises(ScalebookError, match=message):
        runner.run(str(source), {}, tmp_path / "out.ipynb")
    assert not (tmp_path / "out.ipynb").exists()


def test_a_copy_may_differ_in_its_values_alone(tmp_path: Path):
    source = edited(tmp_path, "training compute of GPT-4 [1e18, 1e32]", "its compute [1e18, 1e40]")
    with pytest.raises(ScalebookError, match="'compute' is declared otherwise; expected the param"):
        runner.run(str(source), {}, tmp_path / "out.ipynb")


def test_a_copy_does_not_write_the_files_of_the_book(tmp_path: Path):
    source = edited(tmp_path, '"draws: int = 20000', '"draws: int = 1000')
    done = runner.run(str(source), {})
    assert done.notebook.parent == paths.work_dir() / "runs"
    assert done.results.parent == paths.work_dir() / "runs"
    for left in (done.notebook, done.results):
        left.unlink()


def test_an_executed_copy_says_what_papermill_put_in(tmp_path: Path):
    source = tmp_path / "gpt4.ipynb"
    runner.run("gpt4", {"draws": 1000}, source)
    with pytest.raises(ScalebookError, match="values that papermill put in"):
        runner.run(str(source), {}, tmp_path / "again.ipynb")


def test_a_parameter_that_others_are_compared_with_is_missed(tmp_path: Path, monkeypatch):
    text = (paths.notebooks_dir() / "gpt4.ipynb").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines(True) if '"active_experts: int' in line)
    (tmp_path / "gpt4.ipynb").write_text(text.replace(line, ""), encoding="utf-8")
    monkeypatch.setattr(paths, "notebooks_dir", lambda: tmp_path)
    with pytest.raises(ScalebookError, match="'active_experts' is missing from the parameters ce"):
        parameters.check("gpt4", {})


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf"), 1e10])
def test_a_time_limit_is_a_positive_number_of_seconds(seconds, tmp_path: Path):
    with pytest.raises(ScalebookError, match="--timeout .*: expected a number of seconds above 0"):
        runner.run("kaplan", {}, tmp_path / "out.ipynb", timeout=seconds)


@pytest.mark.parametrize("place", ["src/scalebook/notebooks", "notebooks/../notebooks"])
def test_the_chapters_themselves_are_not_written_over(place):
    with pytest.raises(ScalebookError, match="the chapters themselves are there"):
        runner.run("kaplan", {}, paths.root() / place / "x.ipynb")


def test_results_of_other_values_do_not_stand_for_the_books(tmp_path: Path):
    there = "the book's own results are there"
    book, apart = paths.executed_dir() / "kaplan.ipynb", tmp_path / "kaplan.ipynb"
    with pytest.raises(ScalebookError, match=f"kaplan.ipynb: {there}"):
        runner.run("kaplan", {"growth": 20}, book, tmp_path / "x.json")
    with pytest.raises(ScalebookError, match=f"kaplan.json: {there}"):
        runner.run("kaplan", {"growth": 20}, apart, paths.results_dir() / "kaplan.json")


def test_a_cell_that_changes_a_parameter_is_an_error(tmp_path: Path):
    record = SETTLE + '\np.growth = 11.0\nresults.record("kaplan", p, {}, verdicts)'
    with pytest.raises(ScalebookError, match=r"'growth' was to be 20\.0, .* with 11\.0"):
        runner.run(notebook(tmp_path, record), {"growth": 20}, tmp_path / "out.ipynb")


def test_values_that_are_the_defaults_leave_no_cell(tmp_path: Path):
    record = SETTLE + '\nresults.record("kaplan", p, {}, verdicts)'
    source = notebook(tmp_path, record)
    for given, cells in (({}, []), ({"growth": 20}, ["growth = 20.0"])):
        runner.run(source, given, tmp_path / "out.ipynb")
        executed = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
        tagged = [c.source for c in executed if "injected-parameters" in c.metadata["tags"]]
        assert tagged == cells


def test_what_is_said_of_the_books_own_runs_is_said_of_no_others(tmp_path: Path):
    source = notebook(tmp_path, "1 + 1", SETTLE + '\nresults.record("kaplan", p, {}, verdicts)')
    book = nbformat.read(source, as_version=4)
    book.cells[3].metadata["tags"] = ["commentary"]
    said = nbformat.v4.new_markdown_cell("Kaplan's runs.", metadata={"tags": ["commentary"]})
    book.cells.insert(3, said)
    nbformat.write(book, source)
    for given, left in (({}, ["Kaplan's runs.", "1 + 1"]), ({"growth": 20}, [])):
        runner.run(source, given, tmp_path / "out.ipynb")
        cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
        assert [c.source for c in cells if runner.COMMENTARY in c.metadata["tags"]] == left
        assert [c.id for c in cells] == [f"cell-{number}" for number in range(len(cells))]


def test_what_the_library_says_of_a_name_is_all_that_is_said(tmp_path: Path):
    source = notebook(tmp_path, 'from scalinglaws import published\npublished["besirogl"]')
    with pytest.raises(ScalebookError, match=r"^There is no law 'besirogl'\. Did you mean"):
        runner.run(source, {}, tmp_path / "out.ipynb")
