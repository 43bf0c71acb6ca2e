"""Terms of the glossary in running text, and the pages that help with reading."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup

from scalebook import paths
from scalebook.record import claims
from scalebook.site import form, glossary
from tests.scalebook.site.test_extension import build

PAGE = paths.root() / "book" / "glossary.md"


def test_note_escapes_and_is_hidden() -> None:
    note = glossary.note("term-x", "x < y", "a & b")
    assert note == (
        '<div class="glossary-note" role="tooltip" id="about-term-x" hidden>'
        "<strong>x &lt; y</strong>: a &amp; b</div>"
    )


# The book's own glossary


def entries() -> Iterator[tuple[str, list[str]]]:
    """Yield each term of the book's glossary with the paragraphs of its definition."""
    text = PAGE.read_text("utf-8").split(":sorted:\n", 1)[1].rsplit("```", 1)[0]
    for block in re.split(r"\n(?=\S)", text.strip()):
        term, _, definition = block.partition("\n")
        paragraphs = [part.strip() for part in re.split(r"\n\s*\n", definition) if part.strip()]
        yield term, [" ".join(part.split()) for part in paragraphs]


def test_entries_are_many_short_and_plain() -> None:
    found = dict(entries())
    assert len(found) >= 60
    for term, (first, *_rest) in found.items():
        sentences = re.findall(r"[.?](?= [A-Z]|$)", re.sub(r"et al\.|\{\{.*?\}\}", "", first))
        assert 1 <= len(sentences) <= 4, (term, len(sentences))
        # What is shown in place is text: no links, citations or formulas.
        assert not re.search(r"\]\(|\{cite|\{term|\$|`", first), term


def marks(text: str) -> list[str]:
    """The terms that a text refers to."""
    found = re.findall(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`", form.on_page(text))
    return [" ".join(term.split()).lower() for term in found]


def test_a_page_marks_a_term_once() -> None:
    pages = {path.stem: path.read_text("utf-8") for path in PAGE.parent.glob("*.md")}
    for path in (paths.root() / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        pages[path.stem] = "\n".join("".join(c["source"]) for c in cells)
    found = {name: Counter(marks(text)) for name, text in pages.items()}
    assert sum(map(len, found.values())) > 100
    assert {n: t for n, counts in found.items() for t, count in counts.items() if count > 1} == {}


# The other pages


def test_open_questions_name_claims_that_there_are() -> None:
    for name in ("open-questions", "misprints"):
        text = (paths.root() / "book" / f"{name}.md").read_text("utf-8")
        named = re.findall(r"\{claim:id\}`([^`{]+)`", text)
        assert named
        assert [claim for claim in named if claim not in claims.load()] == []


def test_each_misprint_says_what_against_what_and_whether_it_matters() -> None:
    text = (paths.root() / "book" / "misprints.md").read_text("utf-8")
    found = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    assert len(found) >= 20
    for entry in found:
        title = entry.splitlines()[0]
        assert len(re.findall(r"^- \*\*Printed", entry, re.MULTILINE)) == 1, title
        assert len(re.findall(r"^- \*\*(?:Conflict|Should be):", entry, re.MULTILINE)) == 1, title
        assert len(re.findall(r"^- \*\*Matters:", entry, re.MULTILINE)) == 1, title


def test_each_question_says_what_would_settle_it() -> None:
    text = (paths.root() / "book" / "open-questions.md").read_text("utf-8")
    found = re.split(r"^## ", text.split("(claims-that-wait)=")[0], flags=re.MULTILINE)[1:]
    assert 8 <= len(found) <= 15
    for question in found:
        title = question.splitlines()[0]
        assert title.endswith("?"), title
        assert question.count("*What would settle it:*") == 1, title
        assert re.search(r"\{\{.*?\}\}", question), f"{title} quotes no number"
        assert "](executed/" in question, title


# A small book of its own

GLOSSARY = """# Glossary

```{glossary}
perplexity
  A number of *choices*.

  More of it.
```
"""


def test_built_pages_have_definitions_and_claims_as_objects(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "glossary.md").write_text(GLOSSARY, "utf-8")
    text = (
        "# Title\n\nTwo {term}`Perplexities <perplexity>`. See {claim:id}`x-size`.\n\n"
        "```{ledger}\n```\n\n"
        "```{toctree}\nbook/glossary\n```\n"
    )
    done = build(tmp_path, text)
    assert (done.returncode, done.stderr) == (0, "")
    page = BeautifulSoup((tmp_path / "html" / "index.html").read_text("utf-8"), "html.parser")
    term, note = page.select_one("a.glossed"), page.select_one("[role=tooltip]")
    assert term is not None
    assert note is not None
    assert (term.get_text(), term["href"]) == ("Perplexities", "book/glossary.html#term-perplexity")
    assert note["id"] == "about-term-perplexity"
    assert note.get_text() == "perplexity: A number of choices."
    assert page.select_one('script[src*="glossary.js"]') is not None
    assert page.select_one('p a[href="#claim-x-size"]') is not None
    permanent = page.select_one("tr#claim-x-size a.claim-id")
    assert permanent is not None
    assert permanent["href"] == "book/claims/x-size.html"
    index = (tmp_path / "html" / "searchindex.js").read_text("utf-8")
    assert "x-size: A model of" in index
    # The definition is that of the glossary, not something the page says.
    assert '"choic": 0' not in index.replace('"choic":0', '"choic": 0')
    glossary_page = (tmp_path / "html" / "book" / "glossary.html").read_text("utf-8")
    assert "glossary.js" not in glossary_page


def test_reference_to_an_unknown_claim_fails_the_build(tmp_path: Path) -> None:
    done = build(tmp_path, "# Title\n\n{claim:id}`x-nothing`\n\n```{ledger}\n```\n")
    assert done.returncode != 0
    assert "x-nothing" in done.stderr


def test_reference_to_an_unknown_term_fails_the_build(tmp_path: Path) -> None:
    done = build(tmp_path, "# Title\n\n{term}`nothing`\n")
    assert done.returncode != 0
    assert "term not in glossary: 'nothing'" in done.stderr
