"""The links of the notebooks: what they say and lead to, and what a page makes of them."""

import json
import re
from pathlib import Path

import pytest
from pybtex.database import parse_file

from scalebook import paths
from scalebook.contents import CHAPTERS
from scalebook.site import form
from tests.scalebook.site.test_glossary import entries

BOOK = paths.root() / "book"
SOURCES = parse_file(BOOK / "references.bib").entries


def texts(chapter: str) -> str:
    content = json.loads((paths.notebooks_dir() / f"{chapter}.ipynb").read_text("utf-8"))
    cells = [cell for cell in content["cells"] if cell["cell_type"] == "markdown"]
    return "\n\n".join("".join(cell["source"]) for cell in cells)


def said(key: str) -> str:
    """Return author and year as the book cites them."""
    entry = SOURCES[key]
    names = [" ".join([*who.prelast_names, *who.last_names]) for who in entry.persons["author"]]
    names = [re.sub(r"[{}]", "", name) for name in names]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"{who}, {entry.fields['year']}"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_links_say_who_is_cited_and_lead_to_terms_and_files_that_there_are(chapter: str) -> None:
    text = texts(chapter)
    for key, link in form.cited(text).items():
        assert re.sub(r" \((\d+)\)$", r", \1", link) == said(key)
    known = {term for term, _ in entries()}
    assert set(form.terms(text)) <= known
    for place in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (paths.notebooks_dir() / place).is_file(), place


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_page_has_all_of_them_as_its_own(chapter: str) -> None:
    page = form.on_page(texts(chapter))
    assert "../book/" not in page
    assert page.count("{cite:") >= 1
    cited = re.findall(r"\{cite:[pt]\}`([^`]+)`", page)
    assert {key for keys in cited for key in keys.split(",")} == {*form.cited(texts(chapter))}


@pytest.mark.parametrize(
    "text",
    ["[x](https://example.org)", "([x](kaplan.ipynb))", "$[a](b)$", "a [b] (c)", "`x` {y}"],
)
def test_other_links_and_texts_stay(text: str) -> None:
    assert form.on_page(text) == text


def test_several_sources_are_cited_together() -> None:
    each = f"[A, 2020]({form.SOURCES}a2020); [B, 2021]({form.SOURCES}b2021)"
    assert form.on_page(f"x ({each}).") == "x {cite:p}`a2020,b2021`."


def test_the_files_that_links_lead_to_are_where_they_say() -> None:
    for start in (form.GLOSSARY, form.SOURCES):
        assert (paths.notebooks_dir() / start.rstrip("#")).resolve() in [
            Path(BOOK / name).resolve() for name in ("glossary.md", "references.bib")
        ]
