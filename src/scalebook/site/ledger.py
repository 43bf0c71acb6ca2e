"""The ledger on the book's pages: its table, its tally and a few findings, as Sphinx directives.

And its claims as objects, so that text can refer to one by its id, ``{claim:id}`h-6nd` ``, and the
search of the book finds each by its id and by its words.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.builders import Builder
from sphinx.domains import Domain, ObjType
from sphinx.environment import BuildEnvironment
from sphinx.roles import XRefRole
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from scalebook import paths
from scalebook.contents import CHAPTERS
from scalebook.record import claims, results
from scalebook.record.claims import recomputed, recomputed_digits
from scalebook.show.numbers import listed, num, quantity
from scalinglaws import datapackage

Row = dict[str, Any]
#: Gives the address of a page of the book by its name.
Address = Callable[[str], str]

#: One sign a verdict, for pictures of the ledger.
SIGNS = {
    "reproduced": "✓",
    "rounded": "≈",
    "wrong-unit": "⇄",
    "misquoted": "”",
    "contradicted": "✗",
    "coincidence": "∗",
    "underdetermined": "?",
    "assumption": "–",
}

PAGE = "book/ledger"
HEADINGS = ("Claim", "Who", "Stated", "Recomputed", "Off by", "Verdict")


def tally(rows: Iterable[Row]) -> dict[str, int]:
    """Count the claims by verdict, in the order of the verdicts, without those that never occur."""
    counts = Counter(row["verdict"] for row in rows)
    return {verdict: counts[verdict] for verdict in claims.VERDICTS if counts[verdict]}


def difference(row: Row) -> float | None:
    """Return (recomputed - stated) / stated, the largest in size where a claim has several."""
    if row["recomputed"] is None:
        return None
    pairs = zip(listed(row["stated"]), listed(row["recomputed"]), strict=True)
    ratios = [(found - stated) / stated for stated, found in pairs if stated]
    return max(ratios, key=abs, default=None)


def off_by(row: Row) -> str:
    """Format the relative difference of a claim: +4.2%."""
    share = difference(row)
    if share is None:
        return "—"
    if abs(share) < 5e-4:
        return "0%"
    return ("+" if share > 0 else "") + num(100 * share, 2) + "%"


class Ledger(SphinxDirective):
    """The whole ledger as a table, one row a claim, with the claim's permanent address."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        note_sources(self.env)
        self.env.get_domain("claim").data["page"] = self.env.docname
        named = titles(self.env)
        table, group = nodes.table(classes=["ledger"]), nodes.tgroup(cols=len(HEADINGS))
        head, body = nodes.thead(), nodes.tbody()
        head += _table_row([nodes.Text(heading)] for heading in HEADINGS)
        body += [ledger_row(row, named[row["source"]], _to(self.env)) for row in _rows()]
        group += [*(nodes.colspec(colwidth=1) for _ in HEADINGS), head, body]
        table += group
        return [table]


class Claims(Domain):
    """The claims as objects of the book, each at its row of the ledger."""

    name = "claim"
    label = "Claim"
    object_types = {"id": ObjType("claim", "id")}  # noqa: RUF012
    roles = {"id": XRefRole(warn_dangling=True)}  # noqa: RUF012
    dangling_warnings = {"id": "no such claim in the ledger: %(target)s"}  # noqa: RUF012
    initial_data = {"page": ""}  # noqa: RUF012

    def get_type_name(self, type: ObjType, primary: bool = False) -> str:  # noqa: A002
        """Return what the search calls such an object."""
        return type.lname

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Yield name, text, type, page, place on it, and rank of each claim.

        The search looks into the text, so it holds the id and the words of the claim.
        """
        page = self.data["page"]
        for row in _rows() if page else []:
            text = f"{row['id']}: {row['claim']}"
            yield row["id"], text, "id", page, f"claim-{row['id']}", 1

    def resolve_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,
        contnode: nodes.Element,
    ) -> nodes.reference | None:
        """Return a link to a claim's row of the ledger; None, and a warning, if there is none."""
        if not self.data["page"] or target not in {row["id"] for row in _rows()}:
            return None
        place = f"claim-{target}"
        return make_refnode(builder, fromdocname, self.data["page"], place, contnode)

    def resolve_any_xref(self, *_: object) -> list[tuple[str, nodes.reference]]:
        """Return nothing: a claim is named as such."""
        return []

    def clear_doc(self, docname: str) -> None:
        """Forget a page that is read again."""
        if self.data["page"] == docname:
            self.data["page"] = ""

    def merge_domaindata(self, docnames: list[str], otherdata: dict[str, Any]) -> None:
        """Take over what a parallel process read."""
        if otherdata["page"] in docnames:
            self.data["page"] = otherdata["page"]


class Tally(SphinxDirective):
    """How many claims came out how, each with a link to them."""

    def run(self) -> list[nodes.Node]:
        """Return a paragraph of badges."""
        note_sources(self.env)
        shown, page = nodes.paragraph(classes=["tally"]), _to(self.env)(PAGE)
        for verdict, count in tally(_rows()).items():
            text, classes = f"{SIGNS[verdict]} {count} {verdict}", ("verdict", f"verdict-{verdict}")
            shown += [link(text, f"{page}?verdict={verdict}", *classes), nodes.Text(" ")]
        return [shown]


class Glance(SphinxDirective):
    """The ledger at a glance: a line for each article, with a mark for each of its claims."""

    def run(self) -> list[nodes.Node]:
        """Return a list of articles."""
        note_sources(self.env)
        named = titles(self.env)
        rows = _rows()
        shown = nodes.bullet_list(classes=["glance"])
        for source in dict.fromkeys(row["source"] for row in rows):
            own = [row for row in rows if row["source"] == source]
            shown += glance_line(own, named[source], _to(self.env))
        return [shown]


class Findings(SphinxDirective):
    """A few claims of the ledger in short, by their ids, one a line."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return a list of claims."""
        note_sources(self.env)
        rows = {row["id"]: row for row in _rows()}
        unknown = [name for name in self.content if name not in rows]
        if unknown:
            raise self.error(f"no such claim in the ledger: {', '.join(unknown)}")
        found = nodes.bullet_list(classes=["findings"])
        found += [finding(rows[name], _to(self.env)) for name in self.content]
        return [found]


def note_sources(environment: BuildEnvironment) -> None:
    """Tell Sphinx what the page that it reads quotes: with another of these it is another page."""
    files = [paths.results_dir() / f"{chapter}.json" for chapter in CHAPTERS]
    files += sorted(datapackage.folder().iterdir())
    files += sorted((paths.root() / "benchmarks").glob("*.json"))
    for file in [*files, paths.root() / "book" / "benchmark.json"]:
        environment.note_dependency(str(file))


def _to(environment: BuildEnvironment) -> Address:
    """Return what gives the address of a page as seen from the one that is read."""
    return partial(environment.app.builder.get_relative_uri, environment.docname)


@cache  # the results stay as they are while the book is built
def _rows() -> list[Row]:
    return claims.ledger_rows(results.load_all())


def titles(environment: Any) -> dict[str, str]:
    """Return the title of each entry of the bibliography, by key, from Sphinx's environment."""
    entries = environment.get_domain("cite").bibdata.data.entries
    return {key: article_title(entry.fields) for key, entry in entries.items()}


def glance_line(rows: list[Row], article: str, to: Address) -> nodes.list_item:
    """Return the claims of one article as marks, in the order of the verdicts.

    Each mark is a link to the claim in the ledger. Its text is a sign, so that colour is not needed
    to tell verdicts apart; what it stands for is there for screen readers and as a tooltip.
    """
    order = list(claims.VERDICTS)
    line = nodes.list_item("", nodes.paragraph("", "", nodes.Text(article)))
    marks = nodes.paragraph(classes=["glance-marks"])
    for row in sorted(rows, key=lambda each: order.index(each["verdict"])):
        verdict = row["verdict"]
        mark = link(
            SIGNS[verdict], f"{to(PAGE)}#claim-{row['id']}", "verdict", f"verdict-{verdict}"
        )
        mark["reftitle"] = f"{verdict}: {row['claim']}"
        mark += nodes.inline("", f" {verdict}, {row['id']}", classes=["sr-only"])
        marks += [mark, nodes.Text(" ")]
    line += marks
    return line


def ledger_row(row: Row, article: str, to: Address) -> nodes.row:
    """Return a claim as a row of the ledger.

    Parameters
    ----------
    row : dict
    article : str
        Title of the article that the claim is from.
    to : callable
        Gives the address of a page.
    """
    place = f"claim-{row['id']}"
    cell = link("how it was computed", f"{to('book/executed/' + row['notebook'])}#{place}")
    source = link(article, f"{to('book/bibliography')}#{row['source']}")
    made = _table_row(
        (
            [nodes.Text(row["claim"] + " "), permanent_link(row["id"])],
            [nodes.Text(f"{row['who']}, in "), source],
            [nodes.Text(quantity(row["stated"], row["unit"]))],
            [nodes.Text(recomputed(row))],
            [nodes.Text(off_by(row))],
            [badge(row["verdict"]), nodes.Text(f" {row['why']} "), cell],
        )
    )
    made["ids"] = [place]
    return made


def finding(row: Row, to: Address) -> nodes.list_item:
    """Return a claim as an item of a list."""
    outcome = nodes.strong("", quantity(row["recomputed"], row["unit"], recomputed_digits(row)))
    more = link("why", f"{to(PAGE)}#claim-{row['id']}")
    said = nodes.Text(f" {row['who']}: {row['claim']} Recomputed: ")
    parts = [badge(row["verdict"]), said, outcome, nodes.Text(" ("), more, nodes.Text(")")]
    return nodes.list_item("", nodes.paragraph("", "", *parts))


def article_title(fields: Mapping[str, str]) -> str:
    """Return title and year of an entry of the bibliography, without BibTeX's braces."""
    return re.sub(r"[{}]", "", f"{fields['title']} ({fields['year']})")


def link(text: str, address: str, *classes: str) -> nodes.reference:
    """Return a link within the book."""
    return nodes.reference("", text, refuri=address, internal=True, classes=list(classes))


def permanent_link(claim: str) -> nodes.reference:
    """Return a claim's id as a link to the row that it stands in."""
    shown = link(claim, f"#claim-{claim}", "claim-id")
    shown["reftitle"] = "Permanent link to this claim"
    return shown


def badge(verdict: str) -> nodes.inline:
    """Return a verdict, set off by its class."""
    return nodes.inline("", verdict, classes=["verdict", f"verdict-{verdict}"])


def _table_row(cells: Iterable[list[nodes.Node]]) -> nodes.row:
    row = nodes.row()
    row += [nodes.entry("", nodes.paragraph("", "", *content)) for content in cells]
    return row
