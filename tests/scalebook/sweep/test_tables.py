from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from pyarrow import parquet

from scalebook import paths
from scalebook.execution import parameters
from scalebook.sweep import campaign, columns, figure, grid, store
from tests.scalebook.sweep.common import growth, line, read


@pytest.fixture(params=[1, 2, 1000])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "_BLOCK", request.param)


@pytest.mark.usefixtures("block")
def test_tables_hold_parameters_and_results(tmp_path):
    rows = [
        columns.row({"growth": 2.0, "runs": "=a,b"}, {"growth": 7, "n": 3, "x": 1}),
        columns.row({"growth": 0.1, "runs": 'c"'}, {"growth": 8, "n": 4, "x": 0.5, "y": 2**70}),
        columns.row({"growth": 0.1, "runs": "d"}, {"n": 5, "growth": 9, "x": 0.25}),
    ]
    columns.write(tmp_path, ["growth", "runs"], lambda: rows)
    written = read(tmp_path)
    assert list(written[0]) == ["growth", "runs", "growth_result", "n", "x", "y"]
    assert [row["runs"] for row in written] == ["=a,b", 'c"', "d"]
    assert [float(row["growth"]) for row in written] == [2.0, 0.1, 0.1]
    assert [row["y"] for row in written] == ["", repr(float(2**70)), ""]
    table = parquet.read_table(tmp_path / "table.parquet")
    assert table.to_pydict() == {
        "growth": [2.0, 0.1, 0.1], "runs": ["=a,b", 'c"', "d"], "growth_result": [7, 8, 9],
        "n": [3, 4, 5], "x": [1.0, 0.5, 0.25], "y": [None, float(2**70), None],
    }  # fmt: skip
    assert [str(kind) for kind in table.schema.types] == [
        "double", "string", "int64", "int64", "double", "double",
    ]  # fmt: skip


def test_tables_without_a_row(tmp_path):
    columns.write(tmp_path, ["growth"], lambda: [])
    assert (tmp_path / "table.csv").read_text(encoding="utf-8") == "growth\n"
    assert parquet.read_table(tmp_path / "table.parquet").to_pydict() == {"growth": []}
    known = {p.name: p for p in parameters.declared("kaplan")}
    assert figure.draw([known["growth"]], tmp_path / "table.parquet") is None


def drawn(tmp_path, chapter, given, results) -> tuple[list[str], str | None]:
    found = grid.read(chapter, given)
    rows = [columns.row({n: v[n] for n in found.swept}, results(v)) for v in found]
    columns.write(tmp_path, list(found.swept), lambda: rows)
    known, table = {p.name: p for p in parameters.declared(chapter)}, tmp_path / "table.parquet"
    left = parquet.read_table(table, columns=list(found.swept)).to_pydict()
    chosen = list(figure.choose(table, left))
    return chosen, figure.draw([known[name] for name in found.swept], table)


def test_the_figure_shows_what_varies(tmp_path):
    def results(row):
        g = row["growth"]
        return {"echo": g, "same": 3.0, "little": 1 + 1e-3 * g, "a": g**2, "b": g**2, "c": -g}

    chosen, svg = drawn(tmp_path, "kaplan", {"growth": "2:1000:12log"}, results)
    assert chosen == ["little", "a", "c"]
    assert svg is not None
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    again = drawn(tmp_path, "kaplan", {"growth": "2:1000:12log"}, results)
    assert again == (chosen, svg)  # to the byte


def test_the_figure_is_limited_to_what_varies_most(tmp_path):
    chosen, _ = drawn(
        tmp_path, "kaplan", {"growth": "2,10"},
        lambda row: {f"r{n}": 1 + n * (2e-8 if row["growth"] == 2 else 1e-7) for n in range(30)},
    )  # fmt: skip
    assert chosen == [f"r{n}" for n in range(22, 30)]


def test_figures_of_several_parameters_and_of_words(tmp_path):
    def results(row):
        return {"x": row["level"] + (row["runs"] == "b"), "y": row["seed"] * row["level"]}

    given = {"runs": "a,b", "level": "0.5:0.99:9", "seed": "1,2,3"}
    assert drawn(tmp_path, "chinchilla", given, results)[1] is not None
    words = drawn(
        tmp_path, "chinchilla", {"runs": "a,b"}, lambda row: {"x": float(row["runs"] == "b")}
    )
    assert words[0] == ["x"]
    assert words[1] is not None


@pytest.mark.parametrize("given", [{"growth": "2"}, {"growth": "2,3"}])
def test_no_figure_where_nothing_varies(tmp_path, given):
    assert drawn(tmp_path, "kaplan", given, lambda _: {"x": 1.0, "zero": 0.0})[1] is None


def test_of_very_many_lines_and_points_some_are_drawn():
    for many in (0, 1, 59, 60, 61, 1000):
        some = figure._some(list(range(many)), 60)
        assert min(many, 30) <= len(some) <= 60
        assert len(set(np.diff(some))) <= 1


def gathered(folder: Path, runs: int) -> None:
    """Gather so many runs that are there."""
    given, kept = (
        {"compute": f"1e25:1e26:{runs}log"},
        store.Store(folder, paths.notebooks_dir() / "gpt4.ipynb"),
    )
    kept.runs.mkdir(parents=True)
    with (kept.runs / "0001-0.jsonl").open("wb") as stream:
        for row in grid.read("gpt4", given):
            results = {f"result_{n}": n * row["compute"] for n in range(100)}
            stream.write(line(kept.key(row), **results))
    assert campaign.run("gpt4", given, out=folder).cached == runs


def test_gathering_holds_little_more_for_more_runs(tmp_path):
    # In Python the results of the larger one are 30 MiB, and 100 with their names.
    assert growth("tests.scalebook.sweep.test_tables:gathered", tmp_path, 2_000, 12_000) < 20
