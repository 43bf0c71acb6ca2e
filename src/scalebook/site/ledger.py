"""The ledger on the book's pages: its table and its tally, as Sphinx directives.

And its claims as objects, so that text can refer to one by its id, ``{claim:id}`h-6nd` ``, and the
search of the book finds each by its id and by its words.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from scalebook.record import ledger as joined
from scalebook.record import results
from scalebook.record.claims import VOICES, stated
from scalebook.record.judge import VERDICTS
from scalebook.record.verdicts import chance, recomputed
from scalebook.show.numbers import listed, num
from scalebook.site.claims import page as claimpage
from scalinglaws import datapackage

Row = dict[str, Any]
#: Gives the address of a page of the book by its name.
Address = Callable[[str], str]

#: One sign a verdict, for pictures of the ledger.
SIGNS = {
    "holds": "✓",
    "roughly": "≈",
    "fails": "✗",
    "open": "?",
    "assumption": "–",
    "pending": "…",
}

PAGE = "book/ledger"
HEADINGS = ("Claim", "Who", "Stated", "Recomputed", "Off by", "Verdict")


def differences(row: Row) -> list[float]:
    """Return (recomputed - stated) / stated, the least and the largest in order, once if alike.

    Of all conditions and all numbers; of a range without a middle both ends count.
    """
    if row["relation"] not in ("eq", "about"):
        return []
    goals, shares = listed(row["stated"]), []
    for each in row["rows"] or [row]:
        ends = [each["low"], each["high"]] if each["recomputed"] is None else [each["recomputed"]]
        for found in (listed(end) for end in ends if end is not None):
            shares += [(v - goal) / goal for goal, v in zip(goals, found, strict=True) if goal]
    return sorted({min(shares), max(shares)}) if shares else []


def off_by(row: Row) -> str:
    """Format how far a claim is off: +4.2%, or −26% to +4.2%."""
    texts = dict.fromkeys(map(_signed, differences(row)))
    return " to ".join(texts) or "—"


def _signed(share: float) -> str:
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
        body += [ledger_row(row, named[row["source"]], _to(self.env)) for row in current()]
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
        for row in current() if page else []:
            text = f"{row['id']}: {row['claim']} “{row['quote']}”"
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
        if not self.data["page"] or target not in {row["id"] for row in current()}:
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
    """How many claims came out how, by who speaks, each count with a link to them."""

    def run(self) -> list[nodes.Node]:
        """Return a list: a line for the authors, their commenters, others, and derived claims."""
        note_sources(self.env)
        shown = nodes.bullet_list(classes=["tally-lines"])
        for label, rows, address in grouped(current(), _to(self.env)(PAGE)):
            shown += nodes.list_item("", tally(label, rows, address))
        return [shown]


def note_sources(environment: BuildEnvironment) -> None:
    """Tell Sphinx what the page that it reads quotes: with another of these it is another page."""
    files = [paths.results_dir() / f"{chapter}.json" for chapter in CHAPTERS]
    files += sorted(path for path in datapackage.folder().rglob("*") if path.is_file())
    files += sorted((paths.root() / "benchmarks").glob("*.json"))
    for file in [*files, paths.root() / "book" / "benchmark.json"]:
        environment.note_dependency(str(file))


def _to(environment: BuildEnvironment) -> Address:
    """Return what gives the address of a page as seen from the one that is read."""
    return partial(environment.app.builder.get_relative_uri, environment.docname)


@cache  # the results stay as they are while the book is built
def current() -> list[Row]:
    """Return the rows of the ledger, of the results at hand."""
    return joined.rows(results.load_all())


def titles(environment: Any) -> dict[str, str]:
    """Return the title of each entry of the bibliography, by key, from Sphinx's environment."""
    entries = environment.get_domain("cite").bibdata.data.entries
    return {key: article_title(entry.fields) for key, entry in entries.items()}


def grouped(every: Sequence[Row], page: str) -> Iterator[tuple[str, Sequence[Row], str]]:
    """Yield the claims by who speaks, and those that follow from others.

    Yields
    ------
    label : str
    rows : list of dict
    address : str
        Of these claims in the ledger; it wants a verdict at its end.
    """
    own = [row for row in every if not row["follows_from"]]
    groups = {voice: (rows, f"by {VOICES[voice]}") for voice, rows in joined.by_voice(own).items()}
    derived = [row for row in every if row["follows_from"]]
    groups["derived"] = derived, "that follow from others, not counted above"
    for voice, (rows, which) in groups.items():
        if rows:
            yield f"{len(rows)} {which}", rows, f"{page}?voice={voice}&verdict="


def tally(label: str, rows: Sequence[Row], address: str) -> nodes.paragraph:
    """Return how many of some claims came out how, as badges that lead to them."""
    shown = nodes.paragraph("", "", nodes.Text(f"{label}: "), classes=["tally"])
    for verdict, count in joined.tally(rows).items():
        text, classes = f"{SIGNS[verdict]} {count} {verdict}", ("verdict", f"verdict-{verdict}")
        badge = link(text, address + verdict, *classes)
        badge["reftitle"] = VERDICTS[verdict]
        shown += [badge, nodes.Text(" ")]
    return shown


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
    page = link(row["id"], to(claimpage.address(row["id"])), "claim-id")
    said = f"“{row['quote']}”"
    why = [] if row["verdict"] == "pending" else [nodes.Text(f" {row['why']} "), cell]
    made = _table_row(
        (
            [nodes.Text(f"{row['claim']} "), page],
            [nodes.Text(f"{row['who']}: {said}, in "), source],
            [nodes.Text(stated(row["relation"], row["stated"], row["unit"]))],
            [nodes.Text(outcome(row))],
            [nodes.Text(off_by(row))],
            [badge(row["verdict"], row["reason"]), *why],
        )
    )
    made["ids"] = [place]
    made["classes"] = [f"voice-{'derived' if row['follows_from'] else row['voice']}"]
    return made


def outcome(row: Row) -> str:
    """Return what was recomputed, under each condition that there is, and how sure it is."""
    texts = []
    for each in row["rows"] or [row]:
        found = recomputed({**each, "stated": row["stated"], "unit": row["unit"]})
        given = f"{each['given']}: " if row["rows"] else ""
        if given and found == "—":  # no number, but an answer
            found = each["verdict"]
        sure = chance(each["probability"], row["relation"])
        texts.append(f"{given}{found}" + (f" ({sure})" if sure else ""))
    return "; ".join(texts)


def article_title(fields: Mapping[str, str]) -> str:
    """Return title and year of an entry of the bibliography, without BibTeX's braces."""
    return re.sub(r"[{}]", "", f"{fields['title']} ({fields['year']})")


def link(text: str, address: str, *classes: str) -> nodes.reference:
    """Return a link within the book."""
    return nodes.reference("", text, refuri=address, internal=True, classes=list(classes))


def badge(verdict: str, reason: str = "") -> nodes.inline:
    """Return a verdict with its reason, set off by its class."""
    text = f"{verdict}: {reason}" if reason else verdict
    return nodes.inline("", text, classes=["verdict", f"verdict-{verdict}"])


def _table_row(cells: Iterable[list[nodes.Node]]) -> nodes.row:
    row = nodes.row()
    row += [nodes.entry("", nodes.paragraph("", "", *content)) for content in cells]
    return row
