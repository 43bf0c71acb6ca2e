"""The front page: a field that looks claims up, and cards of what people quote.

And the phrases that people use for what a page or a claim is about (``book/phrases.yml``), as
objects of the book, so that its search finds the page by them, too.
"""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.domains import Domain, ObjType
from sphinx.util.docutils import SphinxDirective

from scalebook import paths
from scalebook.contents import module, title
from scalebook.execution import parameters
from scalebook.record import results
from scalebook.site import exports, ledger
from scalebook.site.claims import page as claimpage
from scalebook.site.claims.numberline import number_line

Row = dict[str, Any]

PAGE = "book/index"

#: How many of the claims and pages found a reader is shown.
SHOWN = 8


class Cards(SphinxDirective):
    """What people quote, each with verdict, number and a link, as ``book/cards.yml`` has it."""

    def run(self) -> list[nodes.Node]:
        """Return a list of cards."""
        ledger.note_sources(self.env)
        self.env.note_dependency(str(paths.root() / "book" / "cards.yml"))
        shown = nodes.bullet_list(classes=["cards"])
        rows = {row["id"]: row for row in ledger.current()}
        for entry in _read("cards"):
            row = rows[entry["claim"]]
            address = self.env.app.builder.get_relative_uri(
                self.env.docname, claimpage.address(row["id"])
            )
            heading = nodes.paragraph(
                "", "", ledger.link(entry["says"], address), classes=["card-says"]
            )
            verdict = nodes.paragraph("", "", ledger.badge(row["verdict"], row["reason"]))
            shown += nodes.list_item("", heading, verdict, *self._answer(entry), _basis(row))
        return [shown]

    def _answer(self, entry: Row) -> list[nodes.Node]:
        """Return the sentence of a chapter that answers, for the numbers at hand."""
        chapter, name = entry["answer"].split(".")
        place = nodes.Element()
        text = answer(chapter, name)
        self.state.nested_parse(StringList([text], source=f"{chapter}.{name}"), 0, place)
        return list(place.children)


def _basis(row: Row) -> nodes.Node:
    """Return what the verdict rests on: the numbers drawn, or where there are none the words."""
    if drawn := number_line(row):
        return nodes.raw("", drawn, format="html")
    said = f"{row['who']}: “{row['quote']}”"
    return nodes.paragraph("", said, classes=["card-quote"])


class Lookup(SphinxDirective):
    """A field in which a reader types what was quoted, and what the book has on it.

    Without scripts it is the search of the book.
    """

    def run(self) -> list[nodes.Node]:
        """Return the field, with all claims and pages that can be found."""
        ledger.note_sources(self.env)
        relative = self.env.app.builder.get_relative_uri
        found = [{**each, "page": relative(self.env.docname, each["page"])} for each in entries()]
        action = relative(self.env.docname, "search")
        text = (
            f'<form class="lookup" role="search" action="{action}">'
            '<label for="lookup">What did somebody say?</label>'
            '<input id="lookup" name="q" type="search" autocomplete="off" '
            'placeholder="20 tokens per parameter">'
            f'<ol class="lookup-found" aria-live="polite" data-shown="{SHOWN}"></ol>'
            f"{exports.script(found, 'application/json')}</form>"
        )
        return [nodes.raw("", text, format="html")]


class Phrases(Domain):
    """What people call the matter of a page, as objects that the search of the book finds."""

    name = "phrase"
    label = "Phrase"
    object_types = {"topic": ObjType("topic", "topic")}  # noqa: RUF012

    def get_type_name(self, type: ObjType, primary: bool = False) -> str:  # noqa: A002
        """Return what the search calls such an object."""
        return type.lname

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Yield name, text, type, page, place on it, and rank of each matter."""
        by_id = {row["id"]: row for row in ledger.current()}
        for entry in _read("phrases"):
            row = by_id.get(entry.get("claim", ""))
            page = f"book/executed/{row['notebook']}" if row else entry.get("page", "")
            place = f"claim-{row['id']}" if row else ""
            if page not in self.env.found_docs:
                continue
            said = row["claim"] if row else _title(page)
            yield (
                entry["words"][0],
                f"{said} ({'; '.join(entry['words'])})",
                "topic",
                page,
                place,
                1,
            )

    def merge_domaindata(self, docnames: list[str], otherdata: dict[str, Any]) -> None:
        """Do nothing: phrases are read from a file."""


def answer(chapter: str, name: str) -> str:
    """Return a sentence that a chapter finds, for the results at hand.

    Parameters
    ----------
    chapter : str
    name : str
        Of a function of its module of findings.
    """
    stored = results.load(chapter)
    p = parameters.checked(chapter, stored["parameters"])
    said = getattr(module(chapter, "findings"), name)(p, SimpleNamespace(**stored["results"]))
    return str(said.markdown).removeprefix("> ").removeprefix("**Short answer.** ")


def entries() -> list[Row]:
    """Return all that can be looked up: the claims, and the pages that phrases lead to.

    Returns
    -------
    list of dict
        ``title``, ``page``, ``words`` (phrases that lead there), ``text`` (other words of it),
        ``verdict`` (of a claim).
    """
    phrases = _read("phrases")
    by_claim = {each["claim"]: each["words"] for each in phrases if "claim" in each}
    pages = [
        {
            "title": _title(each["page"]),
            "page": each["page"],
            "words": each["words"],
            "text": "",
            "verdict": "",
        }
        for each in phrases
        if "page" in each
    ]
    claims = [
        {
            "title": row["claim"],
            "page": claimpage.address(row["id"]),
            "words": [*by_claim.get(row["id"], ()), row["id"]],
            "text": f"{row['quote']} {row['who']}",
            "verdict": row["verdict"],
        }
        for row in ledger.current()
    ]
    return pages + claims


def _title(page: str) -> str:
    """Return the title of a page, from its source: Sphinx may not have read it yet."""
    chapter = page.removeprefix("book/executed/")
    if chapter != page:
        return title(chapter)
    text = (paths.root() / f"{page}.md").read_text(encoding="utf-8")
    return text.partition("\n")[0].removeprefix("# ")


def _read(name: str) -> list[Row]:
    text = (paths.root() / "book" / f"{name}.yml").read_text(encoding="utf-8")
    return list(yaml.safe_load(text))
