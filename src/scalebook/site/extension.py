"""Sphinx extension of the book: numbers in the prose pages, and what the built book needs.

A prose page quotes numbers with ``{{ r.kaplan.exponent | num(3) }}`` (see `templates.render`). What
was not recorded is a warning that names the page, and warnings fail the build.
"""

import csv
import html
import importlib.util
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from enum import EnumType
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

from scalebook import __version__, patches, paths
from scalebook.contents import CHAPTERS
from scalebook.record import ledger as joined
from scalebook.record import results
from scalebook.record.claims import FORMER
from scalebook.record.judge import VERDICTS
from scalebook.show import charting, columns
from scalebook.show.templates import render
from scalebook.site import (
    book,
    chapterpage,
    exports,
    form,
    glossary,
    launch,
    ledger,
    listing,
    markup,
)
from scalebook.site.claims import front
from scalebook.site.claims import page as claimpage
from scalebook.site.editions import changes, making
from scalebook.sweep import cost
from scalinglaws import datapackage, registry
from scalinglaws.errors import ScalingLawsError

_LOGGER = logging.getLogger(__name__)

# What MathJax loads while it sets formulas; the rest of the package combines the same otherwise.
_MATHJAX = ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    try:
        facts = context()
    except ScalingLawsError as error:
        raise ExtensionError(str(error)) from None
    app.connect("source-read", partial(fill_page, facts))
    app.connect("html-page-context", _choose_scripts)
    app.connect("html-page-context", _lead_to_moves)
    app.connect("html-page-context", partial(_add_metadata, facts))
    app.connect("html-page-context", markup.complete)
    app.connect("html-collect-pages", partial(_claim_pages, facts))
    # Before the theme, which tries whether its parts of a page are empty.
    app.connect("html-page-context", partial(_share_contents, {}), priority=400)
    app.connect("build-finished", _copy_mathjax)
    app.connect("build-finished", _copy_charting)
    app.connect("build-finished", partial(_write_exports, facts))
    # After sphinx-external-toc, which leaves a page without a title or a link.
    app.connect("build-finished", _write_redirect, priority=900)
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", _keep_colons, priority=900)  # after napoleon
    app.connect("autodoc-process-signature", _hide_enums)
    app.setup_extension("scalebook.site.chapterpage")
    patches.setup(app)
    app.add_directive("ledger", ledger.Ledger)
    app.add_directive("tally", ledger.Tally)
    app.add_domain(ledger.Claims)
    app.add_directive("cards", front.Cards)
    app.add_directive("lookup", front.Lookup)
    app.add_domain(front.Phrases)
    glossary.setup(app)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


# What pages may quote


def context() -> dict[str, Any]:
    """Return what the prose pages can quote.

    Returns
    -------
    dict
        ``r`` (results by chapter), ``stored`` (all that is stored of them), ``parameters`` (see
        `listing.chapters`), ``ledger`` (its rows), ``verdicts`` (examined claims by verdict),
        ``meanings`` (of the verdicts), ``examined`` (claims by who speaks), ``derived`` (claims
        that follow from others), ``former`` (words that verdicts had before), ``tables`` (see
        `describe`), ``files`` (see `exports.data_index`), ``figure_columns`` (`columns.MEANING`),
        ``rows`` (of a bundled table, called with its name), ``published`` (printed figures by
        key), ``laws`` (constants of published laws by name), ``b`` (the stored benchmark, empty if
        there is none), ``sweep`` (see `cost.facts`), ``own`` (see `own_runs`), ``citation`` and
        ``version``.

    Raises
    ------
    ScalebookError
        If a chapter has not been run.
    """
    stored = results.load_all()
    rows = joined.rows(stored)
    voices = joined.by_voice(joined.examined(rows))
    root = paths.root()
    benchmark = root / "book" / "benchmark.json"
    return {
        "r": {chapter: content["results"] for chapter, content in stored.items()},
        "ledger": rows,
        "verdicts": joined.tally(joined.examined(rows)),
        "examined": {voice: len(own) for voice, own in voices.items()},
        "derived": sum(bool(row["follows_from"]) for row in rows),
        "former": FORMER,
        "meanings": VERDICTS,
        "stored": stored,
        "parameters": listing.chapters(),
        "tables": describe(datapackage.folder()),
        "published": {key: registry.printed(key) for key in registry.printed_keys()},
        "rows": datapackage.rows,
        "laws": {name: registry.law_constants(name) for name in registry.law_names()},
        "figure_columns": columns.MEANING,
        "files": exports.data_index(stored),
        "b": json.loads(benchmark.read_text("utf-8")) if benchmark.exists() else {},
        "citation": yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8")),
        "sweep": cost.facts(
            json.loads((root / "benchmarks" / "sweep.json").read_text(encoding="utf-8"))
        ),
        "own": own_runs(
            json.loads((root / "benchmarks" / "own_runs.json").read_text(encoding="utf-8"))
        ),
        "version": __version__,
    }


def own_runs(stored: dict[str, Any]) -> dict[str, Any]:
    """Return what is stored for the page on one's own runs, with what follows from it.

    Parameters
    ----------
    stored : dict
        The content of ``benchmarks/own_runs.json``.

    Returns
    -------
    dict
        The same with ``short`` and ``wide``: the shares of coverage that lie more than two standard
        deviations below and above their level, by ``label``, ``constant``, ``level`` and ``held``.
    """
    off: dict[str, list[dict[str, Any]]] = {"short": [], "wide": []}
    for row in stored["coverage"]:
        for level, held in row["held"].items():
            if abs(held - float(level)) > 2 * stored["slack"][level]:
                off["short" if held < float(level) else "wide"].append(
                    {**row, "level": float(level), "held": held}
                )
    return {**stored, **off}


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
        with datapackage.open_text(folder / resource["path"]) as file:
            rows = list(csv.DictReader(file))
        known = next((f for f in resource["schema"]["fields"] if f["name"] == "certainty"), None)
        order = known["constraints"]["enum"] if known else []
        counts = Counter(row.get("certainty") for row in rows)
        certainties = {name: counts[name] for name in order if counts[name]}
        described.append({**resource, "rows": len(rows), "certainties": certainties})
    return described


def fill_page(facts: dict[str, Any], app: Sphinx, docname: str, source: list[str]) -> None:
    """Fill the numbers into a prose page; executed chapters have theirs already.

    So has the page that an edition adds, and it holds texts of the reader's, which are no template.
    """
    if Path(app.env.doc2path(docname)).suffix != ".md" or docname == changes.PAGE:
        return
    ledger.note_sources(app.env)
    try:
        source[0] = render(source[0], {**facts, "repository": launch.repository(app)})
    except ScalingLawsError as error:
        _LOGGER.warning("%s", error, location=docname, type="scalebook", subtype="number")


# Files of the built book


def _choose_scripts(
    app: Sphinx, page: str, _: str, __: dict[str, Any], doctree: nodes.document | None
) -> None:
    app.add_js_file("boxes.js", loading_method="defer")
    if doctree is not None and any(
        chapterpage.CONTROL in each.astext()[:80] for each in doctree.findall(nodes.raw)
    ):
        app.add_js_file("control.js", loading_method="defer")
    if page == ledger.PAGE:
        app.add_js_file("ledger.js", loading_method="defer")
    if page == app.config.root_doc:
        app.add_js_file("front.js", loading_method="defer")


def _lead_to_moves(
    app: Sphinx, page: str, _: str, page_context: dict[str, Any], *__: object
) -> None:
    """Complete the announcement of an edition by the address of the page that it names."""
    if changes.PAGE in app.env.found_docs:
        address = app.builder.get_relative_uri(page, changes.PAGE) or "#"
        announced = page_context["theme_announcement"]
        page_context["theme_announcement"] = announced.replace(changes.MOVED, address)


def _keep_colons(
    app: Sphinx, what: str, name: str, described: object, options: object, lines: list[str]
) -> None:
    """Put together what is said of a constant or property: to napoleon a type precedes a colon."""
    kind = next((line for line in lines if line.startswith(":type: ")), "")
    if what in ("data", "property") and kind:
        lines.remove(kind)
        lines[0] = f"{kind.removeprefix(':type: ')}: {lines[0]}"


def _hide_enums(
    app: Sphinx, what: str, name: str, described: object, *_: object
) -> tuple[str, None] | None:
    """Show enumerations without the call that makes one."""
    return ("", None) if isinstance(described, EnumType) else None


def _add_metadata(
    facts: dict[str, Any],
    app: Sphinx,
    page: str,
    _: str,
    page_context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Tell machines what a page is: title and text for previews, the book and its claims."""
    base = app.config.html_baseurl.rstrip("/")
    address = f"{base}/{app.builder.get_target_uri(page)}" if base else ""
    title = html.unescape(re.sub(r"<[^>]+>", "", page_context.get("title", "")))
    text = page_context.get("description") or _first_words(doctree)
    picture = _picture(facts, app, page, title, text) if base else exports.PICTURE
    tags = exports.preview_tags(title, app.config.html_title, text, address, base, picture)
    if page == app.config.root_doc:
        tags.append(exports.script(exports.describe_book(facts["citation"], base)))
    if page == ledger.PAGE:
        titles = ledger.titles(app.env)
        tags.append(exports.script(exports.describe_claims(facts["ledger"], titles, base)))
    page_context["metatags"] = page_context.get("metatags", "") + "\n".join(tags)


def _picture(
    facts: dict[str, Any], app: Sphinx, page: str, title: str, text: str
) -> tuple[str, str]:
    """Draw the picture of a page that has one of its own; return its path and what it shows."""
    folder, _, name = page.rpartition("/")
    if folder not in (claimpage.FOLDER, chapterpage.FOLDER):
        return exports.PICTURE
    from scalebook.site.claims import preview  # and Matplotlib with it, which takes its time

    if folder == claimpage.FOLDER:
        row = next(row for row in facts["ledger"] if row["id"] == name)
        drawn, shows = preview.of_claim(row, app.config.html_title), preview.alternative(row)
    else:
        text = text.removeprefix("Short answer. ")
        drawn, shows = preview.of_chapter(title, text, app.config.html_title), f"{title} {text}"
    place = Path(app.outdir) / f"{page}.png"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(preview.png(drawn))
    return f"{page}.png", shows


def _first_words(doctree: nodes.document | None) -> str:
    """Return a chapter's short answer, or the first paragraph of a page, boxes aside."""
    for cell in doctree.findall(nodes.container) if doctree is not None else ():
        if f"tag_{form.ANSWER}" in cell["classes"]:
            return " ".join(cell.astext().split())
    for found in doctree.findall(nodes.paragraph) if doctree is not None else ():
        if isinstance(found.parent, nodes.section) and not found["classes"]:
            return " ".join(found.astext().split())
    return ""


def _share_contents(
    shared: dict[str, list[str]], app: Sphinx, page: str, _: str, given: dict[str, Any], __: Any
) -> None:
    """Let pages that no contents list have those of the first such page in their folder."""
    if page not in app.env.all_docs:
        given["same_contents"] = shared.setdefault(page.rpartition("/")[0], [])


def _claim_pages(facts: dict[str, Any], app: Sphinx) -> Iterator[claimpage.Page]:
    """Yield the pages of the claims, where the book has the ledger."""
    if ledger.PAGE not in app.env.found_docs:
        return
    named = {name: app.env.titles[f"book/executed/{name}"].astext() for name in CHAPTERS}
    yield from claimpage.pages(facts["ledger"], ledger.titles(app.env), named)


def _write_exports(facts: dict[str, Any], app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.name != "html":
        return
    edition = os.environ.get(book.EDITION)
    own = making.own_results(edition) if edition else {}
    made = exports.data_files(facts["ledger"], {**facts["stored"], **own})
    made = {f"data/{name}": text for name, text in made.items()}
    if app.config.html_baseurl:
        addresses = [app.builder.get_target_uri(page) for page in sorted(app.env.found_docs)]
        made["sitemap.xml"] = exports.sitemap(app.config.html_baseurl, addresses)
    for name, text in made.items():
        place = Path(app.outdir) / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="\n")


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


def _copy_charting(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.name != "html" or front.PAGE not in app.env.found_docs:
        return
    target = Path(app.outdir) / "_static" / "vega" / "vega.js"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(charting.library(), target)
    except ScalingLawsError as missing:
        raise ExtensionError(str(missing)) from None


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
