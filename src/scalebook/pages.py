"""Sphinx extension of the book: numbers in the prose pages, and the ledger as a table.

A prose page quotes numbers with ``{{ r.kaplan.exponent | num(3) }}`` (see `formats.render`). What
was not recorded is a warning that names the page, and warnings fail the build.
"""

import csv
import html
import importlib.util
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from scalebook import __version__, claims, paths, results
from scalebook.errors import ScalebookError
from scalebook.formats import num, render, sci
from scalebook.units import format_quantity

Row = dict[str, Any]
Numbers = float | Sequence[float]

HEADINGS = ("Claim", "Who", "Stated", "Recomputed", "Off by", "Verdict")
#: Units that only say what kind of bare number it is.
BARE = ("exponent", "ratio", "share", "1")

_LOGGER = logging.getLogger(__name__)
_LEDGER_PAGE = "book/ledger"
# What MathJax loads while it sets formulas; the rest of the package combines the same otherwise.
_MATHJAX = ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    try:
        facts = context()
    except ScalebookError as error:
        raise ExtensionError(str(error)) from None
    app.connect("source-read", partial(fill_page, facts))
    app.connect("html-page-context", _choose_scripts, priority=900)
    app.connect("build-finished", _copy_mathjax)
    # After sphinx-external-toc, which leaves a page without a title or a link.
    app.connect("build-finished", _write_redirect, priority=900)
    app.add_directive("ledger", Ledger)
    app.add_directive("tally", Tally)
    app.add_directive("findings", Findings)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


# What pages may quote


def context() -> dict[str, Any]:
    """Return what the prose pages can quote.

    Returns
    -------
    dict
        ``r`` (results by chapter), ``ledger`` (its rows), ``verdicts`` (claims by verdict),
        ``meanings`` (of the verdicts), ``tables`` (see `describe`), ``citation`` and ``version``.

    Raises
    ------
    ScalebookError
        If a chapter has not been run.
    """
    stored = results.load_all()
    rows = claims.ledger(stored)
    root = paths.root()
    return {
        "r": {chapter: content["results"] for chapter, content in stored.items()},
        "ledger": rows,
        "verdicts": tally(rows),
        "meanings": claims.VERDICTS,
        "tables": describe(paths.data_dir()),
        "citation": yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8")),
        "version": __version__,
    }


def tally(rows: Iterable[Row]) -> dict[str, int]:
    """Count the claims by verdict, in the order of the verdicts, without those that never occur."""
    counts = Counter(row["verdict"] for row in rows)
    return {verdict: counts[verdict] for verdict in claims.VERDICTS if counts[verdict]}


def describe(folder: Path) -> list[dict[str, Any]]:
    """Describe the tables in a folder by its ``datapackage.json``.

    Returns
    -------
    list of dict
        The package's own entry of each table, with ``rows`` (their number) and ``certainties``
        (rows by certainty; empty where the table has no such column).
    """
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    described = []
    for resource in package["resources"]:
        with (folder / resource["path"]).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        known = next((f for f in resource["schema"]["fields"] if f["name"] == "certainty"), None)
        order = known["constraints"]["enum"] if known else []
        counts = Counter(row.get("certainty") for row in rows)
        certainties = {name: counts[name] for name in order if counts[name]}
        described.append({**resource, "rows": len(rows), "certainties": certainties})
    return described


def fill_page(facts: dict[str, Any], app: Sphinx, docname: str, source: list[str]) -> None:
    """Fill the numbers into a prose page; executed chapters have theirs already."""
    if Path(app.env.doc2path(docname)).suffix != ".md":
        return
    try:
        source[0] = render(source[0], facts)
    except ScalebookError as error:
        _LOGGER.warning("%s", error, location=docname, type="scalebook", subtype="number")


# Numbers of a claim


def quantity(
    values: Numbers | None,
    unit: str,
    digits: int | None = None,
    intervals: Sequence[tuple[float, float]] = (),
) -> str:
    """Format the numbers of a claim with their unit.

    Parameters
    ----------
    values : float or sequence of float or None
    unit : str
        "x" (a factor) becomes a sign behind each number, the words for a bare number go; numbers of
        params and tokens are written 70B.
    digits : int, optional
        Significant digits; as many as the number has where left out.
    intervals : sequence of (float, float)
        Ends of the interval of each number, put behind it; or empty.
    """
    if values is None:
        return "—"
    factor, _, rest = unit.partition(" ")
    sign, rest = ("×", rest) if factor == "x" else ("", unit)
    texts = [_number(v, unit, digits) + sign for v in _list(values)]
    for index, ends in enumerate(intervals):
        texts[index] += f" [{' to '.join(_number(end, unit, digits) for end in ends)}]"
    # Long units may break behind a slash or a dot.
    rest = "" if rest in BARE else rest.replace("*", "·\u200b").replace("/", "/\u200b")
    return f"{', '.join(texts)} {rest}".strip()


def _number(value: float, unit: str, digits: int | None) -> str:
    digits = digits or significant(value)
    if unit in ("params", "tokens") and 1e3 <= abs(value) < 1e15:
        return format_quantity(value, digits)
    plain = value == 0 or 1e-3 <= abs(value) < 1e5
    return num(value, digits) if plain else sci(value, digits)


def significant(value: float) -> int:
    """Return how many significant digits it takes to write a number."""
    return len(f"{value:.11e}".split("e")[0].replace(".", "").lstrip("-").rstrip("0")) or 1


def recomputed_digits(row: Row) -> int:
    """Return the digits to show of what was recomputed: one more than stated, three at least."""
    return max(3, *(significant(v) + 1 for v in _list(row["stated"])))


def recomputed(row: Row) -> str:
    """Format what was recomputed, with its interval where there is one."""
    pairs: list[tuple[float, float]] = []
    if row["low"] is not None and row["high"] is not None:
        pairs = list(zip(_list(row["low"]), _list(row["high"]), strict=True))
    return quantity(row["recomputed"], row["unit"], recomputed_digits(row), pairs)


def difference(row: Row) -> float | None:
    """Return (recomputed - stated) / stated, the largest in size where a claim has several."""
    if row["recomputed"] is None:
        return None
    pairs = zip(_list(row["stated"]), _list(row["recomputed"]), strict=True)
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


def _list(values: Numbers) -> list[float]:
    return [float(v) for v in values] if isinstance(values, Sequence) else [float(values)]


# Directives


class Ledger(SphinxDirective):
    """The whole ledger as a table, one row a claim, with the claim's permanent address."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        citations: Any = self.env.get_domain("cite")
        entries = citations.bibdata.data.entries
        titles = {key: article_title(entry.fields) for key, entry in entries.items()}
        table, group = nodes.table(classes=["ledger"]), nodes.tgroup(cols=len(HEADINGS))
        head, body = nodes.thead(), nodes.tbody()
        head += _table_row([nodes.Text(heading)] for heading in HEADINGS)
        body += [ledger_row(row, titles[row["source"]]) for row in _rows()]
        group += [*(nodes.colspec(colwidth=1) for _ in HEADINGS), head, body]
        table += group
        return [table]


class Tally(SphinxDirective):
    """How many claims came out how, each with a link to them."""

    def run(self) -> list[nodes.Node]:
        """Return a paragraph of badges."""
        shown = nodes.paragraph(classes=["tally"])
        for verdict, count in tally(_rows()).items():
            address = f"ledger.html?verdict={verdict}"
            shown += link(f"{count} {verdict}", address, "verdict", f"verdict-{verdict}")
            shown += nodes.Text(" ")
        return [shown]


class Findings(SphinxDirective):
    """A few claims of the ledger in short, by their ids, one a line."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return a list of claims."""
        rows = {row["id"]: row for row in _rows()}
        unknown = [name for name in self.content if name not in rows]
        if unknown:
            raise self.error(f"no such claim in the ledger: {', '.join(unknown)}")
        found = nodes.bullet_list(classes=["findings"])
        found += [finding(rows[name]) for name in self.content]
        return [found]


def _rows() -> list[Row]:
    return claims.ledger(results.load_all())


def ledger_row(row: Row, article: str) -> nodes.row:
    """Return a claim as a row of the ledger.

    Parameters
    ----------
    row : dict
    article : str
        Title of the article that the claim is from.
    """
    address = f"claim-{row['id']}"
    cell = link("how it was computed", f"executed/{row['notebook']}.html#{address}")
    made = _table_row(
        (
            [nodes.Text(row["claim"] + " "), link(row["id"], f"#{address}", "claim-id")],
            [nodes.Text(f"{row['who']}, in "), link(article, f"bibliography.html#{row['source']}")],
            [nodes.Text(quantity(row["stated"], row["unit"]))],
            [nodes.Text(recomputed(row))],
            [nodes.Text(off_by(row))],
            [badge(row["verdict"]), nodes.Text(f" {row['why']} "), cell],
        )
    )
    made["ids"] = [address]
    return made


def finding(row: Row) -> nodes.list_item:
    """Return a claim as an item of a list."""
    outcome = nodes.strong("", quantity(row["recomputed"], row["unit"], recomputed_digits(row)))
    more = link("why", f"ledger.html#claim-{row['id']}")
    said = nodes.Text(f" {row['who']}: {row['claim']} Recomputed: ")
    parts = [badge(row["verdict"]), said, outcome, nodes.Text(" ("), more, nodes.Text(")")]
    return nodes.list_item("", nodes.paragraph("", "", *parts))


def article_title(fields: Mapping[str, str]) -> str:
    """Return title and year of an entry of the bibliography, without BibTeX's braces."""
    return re.sub(r"[{}]", "", f"{fields['title']} ({fields['year']})")


def link(text: str, address: str, *classes: str) -> nodes.reference:
    """Return a link within the book, written as seen from the prose pages."""
    return nodes.reference("", text, refuri=address, internal=True, classes=list(classes))


def badge(verdict: str) -> nodes.inline:
    """Return a verdict, set off by its class."""
    return nodes.inline("", verdict, classes=["verdict", f"verdict-{verdict}"])


def _table_row(cells: Iterable[list[nodes.Node]]) -> nodes.row:
    row = nodes.row()
    row += [nodes.entry("", nodes.paragraph("", "", *content)) for content in cells]
    return row


# Files of the built book


def _choose_scripts(app: Sphinx, page: str, _: str, page_context: Row, *__: object) -> None:
    if page == _LEDGER_PAGE:
        app.add_js_file("ledger.js", loading_method="defer")
    # Sphinx counts the formulas of the chapters as the title page's own.
    if not app.env.get_domain("math").data["has_equations"].get(page):
        scripts = page_context["script_files"]
        page_context["script_files"] = [s for s in scripts if app.config.mathjax_path not in str(s)]


def _copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    package = importlib.util.find_spec("sphinx-mathjax-offline")
    if package is None or package.origin is None:
        raise ExtensionError("MathJax is missing: install the package sphinx-mathjax-offline.")
    source = Path(package.origin).parent / "static" / "mathjax"
    target = Path(app.outdir) / "_static" / "mathjax"
    for name in _MATHJAX:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        else:
            shutil.copyfile(source / name, target / name)


def _write_redirect(app: Sphinx, error: Exception | None) -> None:
    first = app.config.root_doc
    if error is None and app.builder.name == "html" and first != "index":
        page = redirect(f"{first}.html", app.config.html_title)
        (Path(app.outdir) / "index.html").write_text(page, "utf-8")


def redirect(address: str, title: str) -> str:
    """Return a page that leads to another, by itself and by a link."""
    address, title = html.escape(address), html.escape(title)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="refresh" content="0; url={address}">\n'
        f"<title>{title}</title>\n</head>\n"
        f'<body><h1><a href="{address}">{title}</a></h1></body>\n</html>\n'
    )
