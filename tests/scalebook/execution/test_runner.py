import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from scalebook import paths
from scalebook.chapters import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.execution import files, origin, parameters, runner
from scalebook.show import figuredata, media
from tests.scalinglaws import synthetic

SETUP = 'from scalebook.execution import parameters\nparameters.check_notebook("kaplan", globals())'
PARAMETERS = "\n".join(
    f"{p.name}: {p.kind.__name__} = {p.default!r}  # {p.meaning}" for p in CHAPTERS["kaplan"]
)
SETTLE = """from scalebook.record import claims, results
for claim in claims.load().values():
    if claim.chapter == "kaplan":
        claims.settle(claim.id, claim.stated, why="as stated")"""


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
        "from scalebook.show import figures\nfigures.style()\nfig, ax = figures.new()\n"
        'ax.plot([1, 2], label="line")\n'
        'figures.show(fig, "fig-x", caption=f"Finds {growth:.0f}.", alt="a line")',
        SETTLE + '\nresults.record("kaplan", {"twice": 2 * growth})',
    )
    runs = [
        runner.run(source, {"growth": "20"}, folder / f"{name}.ipynb") for name in ("one", "two")
    ]
    return folder, runs


def test_results_hold_parameters_results_claims_provenance(done):
    folder, _ = done
    content = json.loads((folder / "one.json").read_text(encoding="utf-8"))
    assert set(content) == {"parameters", "results", "claims", "provenance"}
    assert content["parameters"]["growth"] == 20.0
    assert content["results"] == {"twice": 40.0}
    assert {claim["verdict"] for claim in content["claims"]} == {"reproduced"}
    assert len(content["provenance"]["notebook"]) == 64


def test_text_and_caption_are_filled(done):
    folder, _ = done
    book = nbformat.read(folder / "one.ipynb", as_version=4)
    assert "Growth 20" in book.cells[0].source
    figure = next(c for c in book.cells if "mystnb" in c.metadata)
    assert figure.metadata["mystnb"]["figure"]["caption"] == "Finds 20."
    assert figure.metadata["mystnb"]["image"]["alt"] == "a line"
    assert [set(o["data"]) for o in figure.outputs] == [{"image/svg+xml", "text/plain"}]
    lines = figuredata.csv(figure.metadata[media.DATA]).splitlines()
    assert lines[1:] == ["1,line,line,0,1,,,,,,,,,,", "1,line,line,1,2,,,,,,,,,,"]


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
        tmp_path, SETTLE + '\nresults.record("kaplan", {})', text="{{ r.nothing | num(2) }}"
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


def test_plain_papermill_refuses_bad_values_in_the_first_cell(tmp_path: Path):
    source = notebook(tmp_path, "print('never')")
    command = [sys.executable, "-m", "papermill", source, str(tmp_path / "out.ipynb")]
    command += ["-p", "growth", "-3"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "parameter 'growth' (x, default 10): -3 was given" in done.stderr
    executed = (tmp_path / "out.ipynb").read_text(encoding="utf-8")
    assert '"text": "never' not in executed


def test_an_unwritable_place_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ScalebookError, match="cannot be written"):
        files.write(tmp_path / "file" / "out.json", "{}")


def test_a_chapter_takes_other_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    columns = np.stack(synthetic.runs(noise=0.003, seed=1), axis=1)
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
    with (package / "chapters" / "kaplan.py").open("a") as file:
        file.write("\n# changed\n")
    assert (library("kaplan") == before[0], library("chinchilla") == before[1]) == (False, True)


def test_what_the_library_says_of_a_name_is_all_that_is_said(tmp_path: Path):
    source = notebook(tmp_path, 'from scalinglaws import published\npublished["besirogl"]')
    with pytest.raises(ScalebookError, match=r"^There is no law 'besirogl'\. Did you mean"):
        runner.run(source, {}, tmp_path / "out.ipynb")
