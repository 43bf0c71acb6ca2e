import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalebook import parameters, paths
from scalebook.chapters import CHAPTERS
from scalebook.errors import ScalebookError


def test_defaults_fill_in():
    values = parameters.check("chinchilla", {})
    assert values == {p.name: p.default for p in CHAPTERS["chinchilla"]}


@pytest.mark.parametrize("written", ["1e25", "1.0e25", "1e+25", 1e25, "10000000000000T"])
def test_numbers_as_people_write_them(written):
    assert parameters.check("chinchilla", {"compute": written})["compute"] == 1e25


def test_unknown_name_gets_the_nearest():
    with pytest.raises(
        ScalebookError,
        match=r"chinchilla: unknown parameter 'flops'\. "
        r"Did you mean 'compute' \(FLOP, default 5.76e\+23\)\?",
    ):
        parameters.check("chinchilla", {"flops": 1e25})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("compute", -1, "from 1e\\+15 to 1e\\+32 FLOP"),
        ("compute", "nan", "a number, from"),
        ("compute", float("inf"), "from 1e\\+15"),
        ("compute", "a lot", "a number, from"),
        ("compute", True, "a number, from"),
        ("compute", None, "a number, from"),
        ("compute", [1e25], "a number, from"),
        ("resamples", 100.5, "a whole number"),
        ("resamples", 10**7, "from 100 to 1000000"),
        ("level", 1.0, "from 0.5 to 0.999"),
        ("runs", 7, "a text"),
    ],
)
def test_bad_values_name_parameter_and_bounds(name, value, expected):
    with pytest.raises(ScalebookError, match=f"chinchilla: parameter '{name}' .*{expected}"):
        parameters.check("chinchilla", {name: value})


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        value = parameters.check("chinchilla", {"compute": text})["compute"]
    except ScalebookError:
        return
    assert 1e15 <= value <= 1e32


def test_unknown_chapter_gets_the_nearest():
    with pytest.raises(ScalebookError, match="no chapter 'kaplann'. Did you mean 'kaplan'"):
        parameters.check("kaplann", {})


def test_yaml_numbers_mean_numbers(tmp_path: Path):
    file = tmp_path / "mine.yml"
    file.write_text("compute: 1e25\nresamples: 500\n", encoding="utf-8")
    values = parameters.check("chinchilla", parameters.read_file(file))
    assert values["compute"] == 1e25
    assert values["resamples"] == 500


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- 1\n- 2\n", "expected one 'name: value' a line"),
        ("a: [1\n", "line 2: this is not YAML"),
        ("just words\n", "expected one 'name: value'"),
    ],
)
def test_bad_parameter_files(tmp_path: Path, content: str, message: str):
    file = tmp_path / "mine.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ScalebookError, match=message):
        parameters.read_file(file)


def test_missing_parameter_file(tmp_path: Path):
    with pytest.raises(ScalebookError, match="cannot be read"):
        parameters.read_file(tmp_path / "none.yml")


@pytest.mark.parametrize("text", ["compute", "=1", ""])
def test_assignments_need_a_name_and_a_value(text):
    with pytest.raises(ScalebookError, match="expected name=value"):
        parameters.read_assignments([text])


def test_an_assignment_comes_once():
    with pytest.raises(ScalebookError, match="'a' was already given"):
        parameters.read_assignments(["a=1", "a=2"])


def test_notebook_check_converts_in_place():
    namespace = {p.name: p.default for p in CHAPTERS["kaplan"]}
    namespace.update(growth="100", In=[], Out={}, _="x", get_ipython=print)
    parameters.check_notebook("kaplan", namespace)
    assert namespace["growth"] == 100.0


def test_notebook_check_refuses_unknown_and_missing():
    namespace = {p.name: p.default for p in CHAPTERS["kaplan"]}
    with pytest.raises(ScalebookError, match="unknown parameter 'grwoth'. Did you mean 'growth'"):
        parameters.check_notebook("kaplan", {**namespace, "grwoth": 2.0})
    del namespace["growth"]
    with pytest.raises(ScalebookError, match="'growth' .* is missing from the parameters cell"):
        parameters.check_notebook("kaplan", namespace)


def _cells(chapter):
    path = paths.notebooks_dir() / f"{chapter}.ipynb"
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_parameters_cell_is_what_is_declared(chapter):
    (cell,) = [c for c in _cells(chapter) if "parameters" in c["metadata"].get("tags", [])]
    source = "".join(cell["source"])
    found = {}
    for line, statement in zip(source.splitlines(), ast.parse(source).body, strict=True):
        assert isinstance(statement, ast.AnnAssign)
        assert "#" in line, f"{line}: say what it means"
        found[statement.target.id] = (statement.annotation.id, ast.literal_eval(statement.value))
    assert found == {p.name: (p.kind.__name__, p.default) for p in CHAPTERS[chapter]}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_next_cell_checks_them(chapter):
    code = ["".join(c["source"]) for c in _cells(chapter) if c["cell_type"] == "code"]
    assert f'parameters.check_notebook("{chapter}", globals())' in code[1]
    assert f'results.record("{chapter}"' in code[-1].replace("\n    ", "")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_defaults_lie_within_their_bounds(chapter):
    for parameter in CHAPTERS[chapter]:
        assert parameter.read(parameter.default) == parameter.default
        assert parameter.meaning


def test_every_notebook_is_a_chapter():
    assert {p.stem for p in paths.notebooks_dir().glob("*.ipynb")} == set(CHAPTERS)
