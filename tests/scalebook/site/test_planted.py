"""Markup planted in every text that reaches a page is shown as it was typed, and does nothing."""

import dataclasses
import json
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.core import publish_from_doctree
from docutils.utils import new_document
from markdown_it import MarkdownIt

from scalebook.record import claims, verdicts
from scalebook.record.claims import Claim, Moment
from scalebook.record.verdicts import Row, Settlement
from scalebook.site import chapterpage, exports, form, ledger, listing
from scalebook.site.claims import front
from scalebook.site.claims import page as claimpage
from scalebook.site.editions import changes, making
from scalebook.site.form import ANSWER, RECORD, arranged
from tests.scalebook.site.test_extension import row

PLANTED = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onclick='alert(1)",
    "</script><b>", "<!--<script>", "{{ 7*7 }}", "{% raw %}", "a | b", "`a` ``b``", ":::\n:::",
    "\n\n# Heading\n\n:::{raw} html\n<b>x</b>\n:::\n", "[x](javascript:alert(1))", "{raw}`<b>`",
    "&lt;b&gt; &amp;", "```{raw} html\n<b>\n```", "\u2028<b>",
]  # fmt: skip


@pytest.fixture(params=PLANTED, ids=range(len(PLANTED)))
def planted(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def shown(page: str, planted: str, times: int = 1) -> BeautifulSoup:
    """Return a piece of a page, once what was planted is in it as text and as nothing else."""
    soup = BeautifulSoup(page, "html.parser")
    assert not soup.select("script:not([type]), img, b, [onclick], [onerror], a[href^=javascript]")
    assert flat(soup.get_text()).count(flat(planted)) >= times
    return soup


def flat(text: str) -> str:
    return " ".join(text.split())


def entry(planted: str) -> dict[str, object]:
    """Return a row of the ledger with the text in every field that takes any."""
    history = [{"date": day, "verdict": "fails", "note": planted} for day in ("a", "b")]
    each = {"recomputed": 1.0, "low": None, "high": None, "probability": None, "verdict": "fails"}
    texts = dict.fromkeys(("who", "quote", "claim", "where", "supplied", "why", "given"), planted)
    rows = [{**each, "given": f"given {planted}"}, {**each, "given": "by another"}]
    return row(**texts, rows=rows, history=history)


# Claims: in a notebook, in the ledger, on their pages, and on the front page


def settlement(planted: str) -> Settlement:
    known = next(each for each in claims.load().values() if each.stated is not None)
    texts = dict.fromkeys(("who", "quote", "claim", "where", "supplied", "given"), planted)
    claim: Claim = dataclasses.replace(
        known, **texts, unit=planted, history=(Moment("2026-11-29", "fails", planted),)
    )
    rows = tuple(Row(f"{given} {planted}", 1.0, 0.5, 2.0, 0.3, "fails") for given in "ab")
    return Settlement(claim, rows, "fails", 0.3, "misquoted", planted)


def test_what_a_notebook_shows_of_a_claim(planted: str) -> None:
    each = settlement(planted)
    shown(each._repr_html_(), planted, times=7)
    shown(verdicts.Verdicts([each])._repr_html_(), planted, times=7)
    shown(verdicts.Heard([each])._repr_html_(), planted, times=3)


def test_the_page_of_a_claim(planted: str) -> None:
    claim = entry(planted)
    ((_, filled, _),) = claimpage.pages([claim], {"kaplan2020": planted}, {"kaplan": planted})
    shown(filled["body"], planted, times=10)
    shown(f"<h1>{filled['title']}</h1>", planted)  # Sphinx puts it there as it is
    tags = exports.preview_tags("x", "y", f"{planted} z", "", "")
    soup = BeautifulSoup("".join(tags), "html.parser")
    assert {tag.name for tag in soup.find_all()} == {"meta"}


def test_a_row_of_the_ledger(planted: str) -> None:
    columns = [nodes.colspec(colwidth=1) for _ in ledger.HEADINGS]
    made = ledger.ledger_row(entry(planted), planted, lambda page: f"{page}.html")
    document = new_document("ledger")
    group = nodes.tgroup("", *columns, nodes.tbody("", made), cols=len(columns))
    document += nodes.table("", group)
    page = publish_from_doctree(document, writer_name="html5").decode()
    shown(str(BeautifulSoup(page, "html.parser").select_one("tbody")), planted, times=6)


def test_what_the_front_page_looks_up(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "current", lambda: [entry(planted)])
    monkeypatch.setattr(ledger, "note_sources", lambda _: None)
    builder = SimpleNamespace(get_relative_uri=lambda _, page: f"{page}.html")
    environment = SimpleNamespace(app=SimpleNamespace(builder=builder), docname="book/index")
    (made,) = front.Lookup.run(SimpleNamespace(env=environment))  # type: ignore[arg-type]
    claim = read(made.astext())[-1]
    assert claim["title"] == planted
    assert claim["text"] == f"{planted} {planted}"


def read(page: str) -> list[dict[str, str]]:
    """Return what a page's script of data has; the script is whole, and the last of the page."""
    _, _, inside = page.partition("<script")
    inside, _, after = inside.partition("</script>")
    assert "<" not in inside
    assert "script" not in after
    data: list[dict[str, str]] = json.loads(inside.partition(">")[2])
    return data


def test_data_within_pages(planted: str) -> None:
    assert read(exports.script([{"a": planted}])) == [{"a": planted}]
    figure = nodes.figure("", nodes.caption())
    chapterpage._add_control(figure, {"title": planted})
    control = next(iter(figure.findall(nodes.raw))).astext()
    assert read(control) == {"title": planted}


# Editions


def markdown(page: str, planted: str, times: int = 1) -> None:
    """Check a page in Markdown, in which HTML would go through and colons open boxes."""
    planted = planted.replace("`", "'").replace("|", "¦")
    made = MarkdownIt("commonmark", {"html": True}).enable("table").render(page)
    shown(made, planted, times)


def boxes(note: str) -> list[str]:
    """Return the lines of a note that are marks of Sphinx's, once it is on a page."""
    cell = {"cell_type": "markdown", "metadata": {"tags": [form.NOTE]}, "source": note}
    lines = form._shown(cell)["source"].splitlines()
    return [line for line in lines if line.startswith((":::", "```", "#"))]


def test_why_chapters_are_left_out(planted: str) -> None:
    left = making.LeftOut("kaplan", planted, "{}", {})
    markdown(changes.what_moved({}, {}, left=[left]), planted)
    note = changes._left_out_note(left)
    markdown(note, planted)
    assert [line for line in note.splitlines() if line.startswith((":::", "```", "#"))] == []
    assert boxes(note) == [":::{admonition} As in the book", ":::"]


def test_values_of_an_edition(planted: str) -> None:
    note = changes._changed_note({"runs": planted})
    assert boxes(note) == [":::{admonition} Changed parameters", ":::"]
    told = {"parameters": {"runs": planted}, "results": {}, "claims": []}
    book = {"parameters": {"runs": "x"}, "results": {}, "claims": []}
    page = changes.what_moved({"chinchilla": book}, {"chinchilla": told})
    (line,) = [each for each in page.splitlines() if each.startswith("| `runs` |")]
    assert line.count("|") == 4
    cell = json.dumps(planted, ensure_ascii=False)
    markdown(page, cell)


def test_the_values_that_a_chapter_was_run_with(planted: str) -> None:
    answer = {"cell_type": "code", "metadata": {"tags": [ANSWER]}, "source": "", "outputs": []}
    cells = [answer, {"cell_type": "markdown", "metadata": {}, "source": RECORD}]
    metadata = {"scalebook": {"parameters": {"runs": planted}}}
    made = arranged(json.dumps({"cells": cells, "metadata": metadata}), "chinchilla", "../../")
    (page,) = [
        text for cell in json.loads(made)["cells"] if "| `runs` |" in (text := cell["source"])
    ]
    (line,) = [each for each in page.splitlines() if each.startswith("| `runs` |")]
    told = MarkdownIt("commonmark", {"html": True}).enable("table").render(page)
    shown(told, listing.written(planted))
    assert line
