"""The form of the chapters' notebooks: the method in short cells, and nothing else."""

import ast
import json

import pytest

from scalebook import paths
from scalebook.contents import CHAPTERS
from tests.scalebook.chapters.cells import code, compute

LONGEST = 30


def source(cell):
    return "".join(cell["source"])


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_only_the_parameters_are_folded_and_cells_are_short(chapter):
    first, *rest = code(chapter)
    assert first["metadata"]["tags"] == ["parameters", "hide-input"]
    for cell in rest:
        assert not cell["metadata"].get("tags"), source(cell)
        assert len(source(cell).splitlines()) <= LONGEST, source(cell)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_notebook_defines_nothing(chapter):
    """What is worth a function or a class stands in the chapter's modules, where it is tested."""
    made = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.Global)
    for cell in code(chapter):
        nodes = ast.walk(ast.parse(source(cell)))
        assert not [node for node in nodes if isinstance(node, made)], source(cell)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_cell_takes_the_name_of_a_parameter(chapter):
    """Otherwise a cell that is run again goes on with another value than the one declared."""
    first, *rest = [ast.parse(source(cell)) for cell in code(chapter)]
    declared = {node.target.id for node in first.body}
    stored = {
        node.id
        for tree in rest
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    assert not declared & stored


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_notebooks_are_stored_without_outputs(chapter):
    for cell in code(chapter):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_record_of_the_book_is_what_compute_returns(chapter):
    stored = json.loads((paths.results_dir() / f"{chapter}.json").read_text(encoding="utf-8"))
    record = compute(chapter)
    assert record.parameters == stored["parameters"]
    # A chapter runs with one thread; with more, sums are added up in another order.
    assert record.results == pytest.approx(stored["results"], rel=1e-9, abs=1e-12)
    verdicts = [(claim["id"], claim["verdict"], claim["why"]) for claim in record.claims]
    assert verdicts == [(claim["id"], claim["verdict"], claim["why"]) for claim in stored["claims"]]
