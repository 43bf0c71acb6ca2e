import json
import math
import shutil
from pathlib import Path

import nbformat
import pytest

from scalebook import cli, paths
from scalebook.errors import ScalebookError
from scalebook.execution import origin, runner, verify
from scalebook.execution.parameters import declared
from tests.test_faults import quick

NOW = {
    "chapter": "kaplan", "notebook": "a", "library": "b", "data": "c", "lock": "d", "files": {},
    "python": "3.12.1", "versions": {"numpy": "2.0"},
}  # fmt: skip

RECORD = (
    "from IPython.display import display\nfrom scalebook.show import media\n"
    "claim = {'id': 'kaplan-x', 'verdict': 'reproduced', 'recomputed': growth}\n"
    f"given = {{name: globals()[name] for name in {[p.name for p in declared('kaplan')]}}}\n"
    "found = {'results': {'twice': 2 * growth, 'one': 1}, 'claims': [claim]}\n"
    "display({media.RESULTS: {'parameters': given, **found}}, raw=True)"
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    """Results of a small notebook that stands in for the chapter of its name."""
    folder = tmp_path_factory.mktemp("verify")
    source = quick(folder, RECORD)
    runner.run(source, {"growth": 20}, folder / "mine.ipynb")
    return folder / "mine.json"


@pytest.fixture
def result(stored, tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(paths, "notebooks_dir", lambda: stored.parent)
    return Path(shutil.copy(stored, tmp_path / "mine.json"))


def change(path: Path, **parts: object) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    for name, value in parts.items():
        content[name] = {**content[name], **value} if isinstance(value, dict) else value
    path.write_text(json.dumps(content), encoding="utf-8")


def test_provenance_says_where_a_result_comes_from(stored):
    content = json.loads(stored.read_text(encoding="utf-8"))
    assert set(content["provenance"]) == set(NOW)
    assert content["provenance"]["chapter"] == "kaplan"
    hashes = [content["provenance"][name] for name in ("notebook", "library", "data", "lock")]
    assert all(len(text) == 64 for text in hashes)
    book = nbformat.read(stored.with_suffix(".ipynb"), as_version=4)
    assert book.metadata["scalebook"]["parameters"] == content["parameters"]
    assert book.metadata["scalebook"]["provenance"] == content["provenance"]


def test_the_lock_file_counts(tmp_path, monkeypatch):
    notebook = paths.notebooks_dir() / "kaplan.ipynb"
    before = origin.provenance(notebook)
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)
    without = origin.provenance(notebook)
    assert without == {**before, "lock": ""}
    (tmp_path / "requirements.lock").write_text("numpy==0", encoding="utf-8")
    assert verify.differences(without, origin.provenance(notebook)) == ["the lock file"]


def test_what_is_reproduced(result, capsys):
    assert cli.main(["verify", str(result)]) == 0
    streams = capsys.readouterr()
    assert "Notebook, library, data, lock file and versions are as they were." in streams.out
    assert "Reproduced: 3 numbers and claims, all identical." in streams.out
    assert streams.err == ""


def test_what_is_not(result, capsys):
    claim = {"id": "kaplan-x", "verdict": "rounded", "recomputed": 20.0}
    results = {"twice": 32.0, "more": 1.0}
    change(result, results=results, claims=[claim], provenance={"data": "x", "python": "3.9.0"})
    assert cli.main(["verify", str(result)]) == 1
    streams = capsys.readouterr()
    assert "Not the same in this checkout: the data; Python 3.9.0, here 3." in streams.out
    assert "  twice: stored 32.0, now 40.0 (0.25 relative)" in streams.out
    assert "  more: stored 1.0, now nothing" in streams.out
    assert '  claim kaplan-x, verdict: stored "rounded", now "reproduced"' in streams.out
    assert "Not reproduced: 3 of 4 numbers and claims differ." in streams.out
    assert "The largest difference of a number is 0.25 relative, in twice." in streams.out
    assert streams.err == f"scalebook: {result} is not reproduced by this checkout.\n"


def test_a_tolerance_is_for_numbers_and_says_what_it_allows(result, capsys):
    near = 40.0 * (1 + 5e-10)
    claim = {"id": "kaplan-x", "verdict": "reproduced", "recomputed": 20.0 * (1 - 2e-10)}
    change(result, results={"twice": near}, claims=[claim])
    assert cli.main(["verify", str(result)]) == 1
    assert "Not reproduced: 2 of 3 numbers and claims differ. The" in capsys.readouterr().out
    assert cli.main(["verify", str(result), "--tolerance", "1e-9"]) == 0
    said = capsys.readouterr().out
    assert (
        "Reproduced: of 3 numbers and claims none differs by more than the 1e-09 relative that "
        "--tolerance allows; 2 are not identical. The largest difference of a number is 5e-10 "
        "relative, in twice." in said
    )
    assert cli.main(["verify", str(result), "--tolerance", "3e-10"]) == 1
    said = capsys.readouterr().out
    assert "Not reproduced: 1 of 3 numbers and claims differ by more than the 3e-10 " in said
    assert "claim" not in said.replace("claims", "")  # it is within


def test_no_tolerance_covers_a_verdict_or_a_number_that_is_missing(result, capsys):
    change(result, claims=[{"id": "kaplan-x", "verdict": "rounded", "recomputed": 20.0}])
    change(result, results={"gone": 1.0})
    assert cli.main(["verify", str(result), "--tolerance", "0.9"]) == 1
    said = capsys.readouterr().out
    assert "gone: stored 1.0, now nothing" in said
    assert 'verdict: stored "rounded", now "reproduced"' in said


@pytest.mark.parametrize(
    ("then", "now", "gap"),
    [
        (1, 1.0, 0), (1.0, 1.5, 0.5), (-2.0, 2.0, 2), (0.0, 1e-300, math.inf), (True, 1, math.inf),
        (None, None, 0), (None, 1.0, math.inf), ("a", "b", math.inf), ([1.0], [1.0, 2], math.inf),
        ([1.0, [2.0]], [1.0, [3.0]], 0.5), ({"a": 4.0}, {"a": 5.0}, 0.25), ({}, {"a": 1}, math.inf),
        (math.nan, 1.0, math.inf), (1.0, math.inf, math.inf), (10**400, 1.0, math.inf),
        (10**400, 10**400, 0), ([], [], 0), (1.0, [1.0], math.inf),
    ],
)  # fmt: skip
def test_by_how_much_something_differs(then, now, gap):
    assert verify.apart(then, now) == gap


@pytest.mark.parametrize("tolerance", ["-1", "1", "1e9", "x", "nan"])
def test_what_is_no_tolerance(result, tolerance, capsys):
    assert cli.main(["verify", str(result), f"--tolerance={tolerance}"]) in (1, 2)
    assert "--tolerance" in capsys.readouterr().err


def test_a_tolerance_needs_a_run(result, capsys):
    assert cli.main(["verify", str(result), "--no-run", "--tolerance", "1e-9"]) == 2
    assert "--no-run computes none" in capsys.readouterr().err


def test_without_a_run(result, capsys, monkeypatch):
    monkeypatch.setattr(runner, "compute", None)  # would fail if called
    assert cli.main(["verify", str(result), "--no-run"]) == 0
    change(result, provenance={"library": "x"})
    assert cli.main(["verify", str(result), "--no-run"]) == 1
    assert "the library" in capsys.readouterr().out


def test_differences_are_named():
    assert verify.differences(NOW, NOW) == []
    then = {
        "notebook": "x", "library": "b", "files": {"runs": "1"}, "versions": {"scipy": "1"},
        "data": "c", "python": "3.12.1",
    }  # fmt: skip
    assert verify.differences(then, NOW) == [
        "the notebook", "the lock file (not recorded)", "the file of parameter runs",
        "scipy 1, here ?", "numpy ?, here 2.0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as results"),
        ("[" * 100_000, "cannot be read as results"),
        ("[]", "holds no results"),
        ('{"parameters": {}}', "holds no results: .* and results is not there"),
        ('{"parameters": {}, "results": {"a": "b"}, "claims": [], "provenance": {}}', "no results"),
        ('{"parameters": {}, "results": {}, "claims": [1], "provenance": {}}', "no results"),
        ('{"parameters": {}, "results": {}, "claims": [], "provenance": {}}', "no chapter 'x'"),
        (
            '{"parameters": {"a": 1}, "results": {}, "claims": [], '
            '"provenance": {"chapter": "kaplan"}}',
            "unknown parameter 'a'",
        ),
    ],
)
def test_what_is_no_result(tmp_path, content, message):
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ScalebookError, match=message):
        verify.reproduce(path)


@pytest.mark.parametrize("chapter", ["../kaplan", "/evil.ipynb", ["kaplan"]])
def test_a_result_does_not_choose_what_is_run(result, chapter):
    change(result, provenance={"chapter": chapter})
    with pytest.raises(ScalebookError, match="There is no chapter"):
        verify.reproduce(result)


def test_a_missing_file(tmp_path):
    with pytest.raises(ScalebookError, match="no such file"):
        verify.reproduce(tmp_path / "x.json")
