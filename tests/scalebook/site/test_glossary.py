"""Terms of the glossary in running text, and the pages that help with reading."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from hypothesis import given
from hypothesis import strategies as st
from sphinx import addnodes

from scalebook import paths
from scalebook.record import claims
from scalebook.site import glossary
from tests.scalebook.site.test_extension import build

PAGE = paths.root() / "book" / "glossary.md"


def make(*entries: tuple[str, str]) -> glossary.Glossary:
    """A glossary as Sphinx reads it, from terms and their definitions."""
    listed = nodes.definition_list()
    for term, text in entries:
        name = nodes.term("", term, ids=[f"term-{term}"])
        listed += nodes.definition_list_item("", name, nodes.definition("", paragraph(text)))
    return glossary.read(nodes.container("", addnodes.glossary("", listed)))


def paragraph(text: str) -> nodes.paragraph:
    return nodes.paragraph("", "", nodes.Text(text))


def marked(document: nodes.Node, known: glossary.Glossary, **options: object) -> list[str]:
    """Mark a document, and return the words that became links."""
    glossary.mark(document, known, "glossary.html", **options)  # type: ignore[arg-type]
    return [mention.astext() for mention in document.findall(glossary.Mention)]


LOSS = make(("loss", "What is left."), ("reducible loss", "What can go."), ("token", "A piece."))


# Reading the glossary


def test_definition_is_the_first_paragraph() -> None:
    known = make(("bit", "An answer\nof two."))
    assert known.definitions == {"term-bit": ("bit", "An answer of two.")}


@pytest.mark.parametrize(
    ("noun", "expected"),
    [("token", "tokens"), ("loss", "losses"), ("penalty", "penalties"), ("batch", "batches"),
     ("survey", "surveys"), ("bias", "biases")],
)  # fmt: skip
def test_plural(noun: str, expected: str) -> None:
    assert glossary.plural(noun) == expected


# Marking


def test_first_occurrence_only_and_in_either_case() -> None:
    text = nodes.container("", paragraph("Tokens first, a token later."), paragraph("A token."))
    assert marked(text, LOSS) == ["Tokens"]
    assert text.astext() == "Tokens first, a token later.\n\nA token."


def test_longest_match_wins_and_the_short_one_is_found_later() -> None:
    assert marked(paragraph("The reducible\nloss is a loss."), LOSS) == ["reducible\nloss", "loss"]


@pytest.mark.parametrize("text", ["tokenizer", "sub-token", "token-wise", "tokenss", "glosses"])
def test_parts_of_words_are_left_alone(text: str) -> None:
    assert marked(paragraph(f"a {text} b"), LOSS) == []


@pytest.mark.parametrize("text", ["(loss)", "loss's", "loss,", "“loss”", "losses"])
def test_words_beside_signs_are_marked(text: str) -> None:
    assert len(marked(paragraph(text), LOSS)) == 1


@pytest.mark.parametrize(
    "apart",
    [
        nodes.title("", "", paragraph("loss")),
        nodes.literal_block("", "", paragraph("loss")),
        nodes.table("", paragraph("loss")),
        nodes.figure("", nodes.caption("", "", nodes.Text("loss"))),
        nodes.paragraph("", "", nodes.reference("", "loss", refuri="x")),
        nodes.paragraph("", "", nodes.literal("", "loss")),
        nodes.paragraph("", "", nodes.math("", "loss")),
        nodes.bullet_list("", nodes.list_item("", paragraph("loss")), classes=["findings"]),
        addnodes.glossary("", paragraph("loss")),
    ],
    ids=lambda node: node.tagname,
)
def test_what_is_not_running_text_is_left_alone(apart: nodes.Element) -> None:
    page = nodes.container("", apart, paragraph("A loss."))
    assert marked(page, LOSS) == ["loss"]
    (mention,) = page.findall(glossary.Mention)
    assert mention.parent.astext() == "A loss."


def test_verbs_are_left_alone() -> None:
    known = make(("compute", "Arithmetic."))
    assert marked(paragraph("To compute it takes compute."), known) == ["compute"]
    page = paragraph("to compute")
    assert marked(page, known) == []


def test_terms_of_another_sense_are_left_alone() -> None:
    without = frozenset({"loss"})
    assert marked(paragraph("A loss and a token."), LOSS, without=without) == ["token"]


def test_links_lead_to_the_entry() -> None:
    page = paragraph("A token.")
    marked(page, LOSS)
    (mention,) = page.findall(glossary.Mention)
    assert mention["refuri"] == "glossary.html#term-token"
    assert mention["entry"] == "term-token"


WORDS = st.sampled_from(["loss", "Losses", "reducible", "token", "glossy", "-", "of", "it.", "\n"])


@given(st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=4))
def test_marking_keeps_the_text_and_marks_no_term_twice(texts: list[str]) -> None:
    page = nodes.container("", *(paragraph(text) for text in texts))
    before = page.astext()
    entries = glossary.mark(page, LOSS, "glossary.html")
    assert page.astext() == before
    assert len(entries) == len(set(entries))
    again = glossary.mark(nodes.container("", *(paragraph(t) for t in texts)), LOSS, "x")
    assert again == entries


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


def test_rules_of_the_glossary_are_about_its_terms() -> None:
    terms = {term for term, _ in entries()}
    assert set(glossary.FORMS) <= terms
    assert terms >= glossary.UNMARKED
    assert terms >= frozenset().union(*glossary.OTHER_SENSE.values())
    for page in glossary.OTHER_SENSE:
        folder, name = page.rsplit("/", 1)
        source = Path("notebooks") / f"{name}.ipynb" if "executed" in folder else f"{page}.md"
        assert (paths.root() / source).is_file(), page


def test_no_form_stands_for_two_terms() -> None:
    stands: dict[str, str] = {}
    for term, _ in entries():
        for form in glossary.inflections(term):
            assert stands.setdefault(form, term) == term, form


# The other pages


def test_open_questions_name_claims_that_there_are() -> None:
    for name in ("open-questions", "misprints"):
        text = (paths.root() / "book" / f"{name}.md").read_text("utf-8")
        named = re.findall(r"\{claim:id\}`([^`{]+)`", text)
        assert named
        assert [claim for claim in named if claim not in claims.load()] == []


def test_each_misprint_says_what_against_what_and_whether_it_matters() -> None:
    text = (paths.root() / "book" / "misprints.md").read_text("utf-8")
    found = re.split(r"^### ", text.split("(misquoted-by-articles)=")[0], flags=re.MULTILINE)[1:]
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
        "# Title\n\nA perplexity. See {claim:id}`x-size`.\n\n```{ledger}\n```\n\n"
        "```{toctree}\nbook/glossary\n```\n"
    )
    done = build(tmp_path, text)
    assert (done.returncode, done.stderr) == (0, "")
    page = BeautifulSoup((tmp_path / "html" / "index.html").read_text("utf-8"), "html.parser")
    term, note = page.select_one("a.glossed"), page.select_one("[role=tooltip]")
    assert term is not None
    assert note is not None
    assert (term.get_text(), term["href"]) == ("perplexity", "book/glossary.html#term-perplexity")
    assert term["aria-describedby"] == note["id"]
    assert note.get_text() == "perplexity: A number of choices."
    assert page.select_one('script[src*="glossary.js"]') is not None
    assert page.select_one('p a[href="#claim-x-size"]') is not None
    permanent = page.select_one("tr#claim-x-size a.claim-id")
    assert permanent is not None
    assert permanent["href"] == "#claim-x-size"
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
