"""The order of a chapter's page: the answer first, and what is for the record folded at the end."""

import json

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from scalebook.contents import modules
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalebook.site import form

CHAPTER = "overtraining"
SHOWN = {"output_type": "execute_result", "data": {"text/markdown": "x", "text/plain": "x"}}
COUNTED = {"output_type": "execute_result", "data": {"text/plain": "7 results"}}


def markdown(source):
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source, *tags, outputs=(SHOWN,)):
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)},
        "source": [source],
        "outputs": list(outputs),
    }


def notebook(*cells, **values):
    metadata = {"scalebook": {"parameters": values}} if values else {}
    return json.dumps({"cells": list(cells), "metadata": metadata})


PAGE = (
    markdown("# What does it cost?"),
    code("runs: str = 'x'", "parameters", "hide-input", outputs=()),
    code("record = outcome.of(p, found)", outputs=()),
    code("answer", "short-answer"),
    code("lead"),
    markdown("## What a law says"),
    code("method", "method"),
    code("quiet method", "method", outputs=()),
    code("takeaway", "takeaway"),
    markdown("## For the record"),
    code("limits", "specialists"),
    code("verdicts", "claims"),
    markdown("```sh\nscalebook run x\n```") | {"metadata": {"tags": ["commands"]}},
    code("compared", "compared"),
    code("more", "specialists"),
    code("record", outputs=(COUNTED,)),
)


def arranged(*cells, **values):
    return json.loads(form.arranged(notebook(*cells, **values), CHAPTER, "../../"))["cells"]


def sources(cells):
    return ["".join(cell["source"]) for cell in cells]


def box(title, cells=None):
    """Return the sources of the cells in the box of this title."""
    found = sources(arranged(*PAGE) if cells is None else cells)
    start = next(i for i, text in enumerate(found) if f"<summary>{title}</summary>" in text)
    return found[start + 1 : found.index("```{raw} html\n</details>\n```", start)]


def test_what_an_edition_says_of_a_chapter_stands_before_the_answer():
    title, *rest = PAGE
    note = "**Changed parameters**\n\n`runs`: `[x](../book/glossary.md#y)`."
    found = sources(arranged(title, {**markdown(note), "metadata": {"tags": [form.NOTE]}}, *rest))
    box = ":::{admonition} Changed parameters\n:class: important\n" + note.partition("\n\n")[2]
    assert found[:3] == ["# What does it cost?", f"{box}\n:::", "answer"]


def test_the_answer_follows_the_title_and_nothing_that_sets_up_is_seen():
    found = sources(arranged(*PAGE))
    body = found[: found.index("## For the record")]
    assert body == ["# What does it cost?", "answer", "lead", "## What a law says", "method",
                    "quiet method", "takeaway"]  # fmt: skip
    assert "record" not in found
    assert "runs: str = 'x'" not in found


def test_only_the_method_shows_its_code():
    for cell in arranged(*PAGE):
        if cell["cell_type"] == "code":
            hidden = "remove-input" in cell["metadata"]["tags"]
            assert hidden == (form.METHOD not in cell["metadata"]["tags"]), cell["source"]


def test_tags_stay_for_the_style_of_the_page():
    answer = next(cell for cell in arranged(*PAGE) if cell["source"] == ["answer"])
    assert answer["metadata"]["tags"] == ["short-answer", "remove-input"]


def test_what_is_for_the_record_is_in_boxes_in_one_order():
    cells = arranged(*PAGE)
    opened = [text for text in sources(cells) if "<details" in text]
    titles = [BeautifulSoup(text, "html.parser").summary.get_text() for text in opened]
    assert titles == [*form.BOXES.values(), "Parameters", "Downloads"]
    assert box("All claims of this chapter") == ["verdicts"]
    assert box("Published figures against recomputed ones") == ["compared"]
    assert box("Change the numbers") == ["```sh\nscalebook run x\n```"]
    assert all("open" not in BeautifulSoup(text, "html.parser").details.attrs for text in opened)


def appendix(*cells):
    return json.loads(form.appendix(notebook(*cells), CHAPTER))["cells"]


def test_what_specialists_need_is_in_an_appendix_that_the_page_leads_to():
    opening, *own = sources(appendix(*PAGE))
    assert own == ["limits", "more"]
    assert opening.startswith("# Appendix: What does it cost?\n")
    found = sources(arranged(*PAGE))
    assert not {*own} & {*found}
    assert f"(../appendix/{CHAPTER}.ipynb)" in found[found.index("## For the record") + 1]


def test_a_chapter_without_anything_for_specialists_has_no_appendix():
    cells = [cell for cell in PAGE if "specialists" not in cell["metadata"].get("tags", ())]
    assert form.appendix(notebook(*cells), CHAPTER) is None
    assert not any("appendix" in text for text in sources(arranged(*cells)))


def test_what_an_edition_says_of_a_chapter_stands_in_the_appendix_too():
    title, *rest = PAGE
    note = markdown("**Changed**\n\nIt.") | {"metadata": {"tags": [form.NOTE]}}
    assert "{admonition} Changed" in sources(appendix(title, note, *rest))[1]


def test_cells_have_names_of_their_own():
    names = [cell["id"] for cell in arranged(*PAGE)]
    assert names == [f"cell-{number}" for number in range(len(names))]


# The parameters


def parameter_rows(**values):
    (text,) = box("Parameters", arranged(*PAGE, **values))
    page = BeautifulSoup(MarkdownIt().enable("table").render(text), "html.parser")
    assert [each.get_text() for each in page.select("th")] == [
        "parameter",
        "value",
        "unit",
        "meaning",
    ]
    return {
        row[0].code.get_text(): row[1:]
        for tr in page.select("tbody tr")
        if (row := tr.select("td"))
    }


def test_every_parameter_is_listed_with_what_it_was():
    rows = parameter_rows(level=0.8, drop_highest=12)
    declared = parameters.declared(CHAPTER)
    assert list(rows) == [each.name for each in declared]
    for each in declared:
        value, unit, meaning = (cell.get_text() for cell in rows[each.name])
        assert (unit, meaning) == (each.unit, each.meaning)
        told = {"level": 0.8, "drop_highest": 12}.get(each.name, each.default)
        assert value == (told if each.kind is str else f"{told:g}")


@pytest.mark.parametrize(
    "value",
    ["a | b.csv", "<script>alert(1)</script>", "`code` and ``more``", "$x$ {{ r.alpha }}",
     "[a](javascript:x)", "*a* _b_ \\ &lt;", "two\nlines | three", "{cite:p}`x`"],
)  # fmt: skip
def test_a_value_is_shown_and_does_nothing(value):
    rows = parameter_rows(runs=value)
    assert len(rows) == len(parameters.declared(CHAPTER))
    assert rows["runs"][0].decode_contents() == rows["runs"][0].get_text().replace(
        "&", "&amp;"
    ).replace("<", "&lt;").replace(">", "&gt;")
    assert rows["runs"][0].get_text() == " ".join(value.split())


# The downloads


def test_all_files_of_a_chapter_are_offered_with_names_that_say_what_they_are():
    (text,) = box("Downloads")
    links = BeautifulSoup(text, "html.parser").select("a[download]")
    assert [link["href"] for link in links] == [
        f"../../data/notebooks/{CHAPTER}.ipynb",
        f"../../data/executed/{CHAPTER}.ipynb",
        f"../../data/results/{CHAPTER}.json",
        *(f"../../data/code/{CHAPTER}/{path.name}" for path in modules(CHAPTER)),
    ]
    assert all(link["aria-label"] and link.get_text() for link in links)
    assert len({link["aria-label"] for link in links}) == len(links)


def test_what_would_be_lost_is_refused():
    answer = code("answer", "short-answer")
    with pytest.raises(ScalebookError, match="has 0 cells that begin with '## For the record'"):
        arranged(markdown("# Title"), answer)
    with pytest.raises(ScalebookError, match="has none of the tags claims, compared"):
        arranged(markdown("# Title"), answer, markdown("## For the record"), markdown("Lost"))
