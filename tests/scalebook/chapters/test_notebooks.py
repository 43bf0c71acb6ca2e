"""The form of the chapters' notebooks: the method in short cells, and nothing else."""

import ast
import json
import re

import pytest

from scalebook import contents, paths
from scalebook.contents import CHAPTERS
from scalebook.execution.runner import COMMENTARY
from scalebook.record import results
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalebook.site.form import ANSWER, BOXES, METHOD, RECORD, SPECIALISTS
from tests.scalebook.chapters.cells import cells, code, compute, given, tags

#: What a page says of a cell by its tags.
#: Tags of cells below the heading For the record.
BELOW = {*BOXES, SPECIALISTS}
KNOWN = {ANSWER, "takeaway", METHOD, COMMENTARY, *BELOW}
#: The first heading of a page, and the last ones.
HEARD = "## Where you may have heard it"
ENDS = ["## How sure, and what would change this", "## Exercises", RECORD]
#: Lines of a cell that shows a reader what he could type himself.
METHOD_LINES = range(3, 11)


def source(cell):
    return "".join(cell["source"])


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_only_the_parameters_are_folded(chapter):
    first, *rest = code(chapter)
    assert tags(first) == ["parameters", "hide-input"]
    assert not [source(cell) for cell in rest if "hide-input" in tags(cell)]


# The page


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_answer_comes_first_with_its_figure_and_who_has_said_it(chapter):
    title, parameters, start, answer, lead, heading, heard, *_ = cells(chapter)
    assert re.fullmatch(r"# [A-Z].+\?", source(title))
    assert tags(parameters) == ["parameters", "hide-input"]
    ends = ("found = steps.take(p)", "record = outcome.of(p, found)", "r = record.numbers")
    assert tuple(source(start).splitlines()[-3:]) == ends
    assert (source(answer), tags(answer)) == ("findings.short_answer(p, r)", [ANSWER])
    assert source(lead) == "figures.lead(p, found)"
    assert source(heading).startswith(HEARD)
    assert re.match(r"heard\(outcome\.verdicts\(p, found\), ", source(heard))
    assert 2 <= len(ast.parse(source(heard)).body[0].value.args) - 1 <= 4


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_parts_of_a_page_are_in_order(chapter):
    headings = re.findall(r"^## .+$", "\n".join(map(source, cells(chapter))), re.MULTILINE)
    assert headings[0] == HEARD
    assert headings[-3:] == ENDS
    assert len(headings) == len(set(headings)) >= 6


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_is_for_the_record_has_its_box(chapter):
    found = cells(chapter)
    start = next(i for i, cell in enumerate(found) if source(cell) == RECORD)
    *record, last = found[start + 1 :]
    assert (source(last), tags(last)) == ("record", [])
    assert [tags(cell) for cell in record if len(set(tags(cell)) & BELOW) != 1] == []
    boxed = {tag for cell in record for tag in tags(cell)}
    assert {"claims", "compared", "commands"} <= boxed
    assert not [source(cell) for cell in found[:start] if set(tags(cell)) & BELOW]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_tags_are_those_that_a_page_knows(chapter):
    assert {tag for cell in cells(chapter)[2:] for tag in tags(cell)} <= KNOWN


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_method_is_shown_in_a_few_lines_and_checked(chapter):
    methods = [cell for cell in code(chapter) if METHOD in tags(cell)]
    assert 1 <= len(methods) <= 3
    for cell in methods:
        assert len(source(cell).splitlines()) in METHOD_LINES, source(cell)
        assert source(cell).splitlines()[-1].startswith("checked(r, "), source(cell)
        assert max(map(len, source(cell).splitlines())) <= 100
        # What a reader could type himself: nothing of the book's but this chapter's numbers.
        assert not re.search(r"\b(steps|found|figures|findings|outcome)\b", source(cell)), source(
            cell
        )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_other_cells_show_one_thing(chapter):
    for cell in code(chapter)[2:]:
        if METHOD not in tags(cell):
            assert len(source(cell).splitlines()) <= 3, source(cell)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_section_of_the_argument_ends_in_a_takeaway(chapter):
    last, now = {}, ""
    for cell in cells(chapter):
        now = next(reversed(re.findall(r"^## .+$", source(cell), re.MULTILINE)), now)
        if source(cell).startswith("findings."):
            last[now] = cell
    argued = {name: cell for name, cell in last.items() if name and name not in ENDS}
    assert len(argued) >= 2
    assert [name for name, cell in argued.items() if "takeaway" not in tags(cell)] in ([], [HEARD])


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_texts_are_what_any_viewer_shows(chapter):
    """No numbers to be filled in, and no marks that only the book reads."""
    for cell in cells(chapter):
        assert cell["cell_type"] == "markdown" or "display(" not in source(cell)
        if cell["cell_type"] == "markdown":
            assert not re.search(
                r"\{\{|\{[a-z:]+\}`|:::|```\{|^\(.*\)=$", source(cell), re.MULTILINE
            )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_short_answer_is_short_and_has_a_number_of_the_record(chapter):
    numbers = results.load(chapter)["results"]
    answer = contents.module(chapter, "findings").short_answer(
        given(chapter), results.Record({}, numbers, []).numbers
    )
    assert answer.words - 3 <= 60
    told = set(re.findall(r"(?<![\w.])\d[\d,.]*\d|(?<![\w.])\d", answer.markdown))
    shares = [1 - 1 / value for value in numbers.values() if value > 1]
    written = {
        form(value, digits).rstrip("%")
        for value in [*numbers.values(), *shares]
        for form in (num, fix, sci, qty, pct)
        for digits in (1, 2, 3)
    }
    assert told & written


# Every chapter


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
