"""What a chapter's page has besides the chapter: reading time, aims, downloads, folded solutions.

A Sphinx extension. It works on the resolved document, so that a notebook needs nothing of its own
for it but a list under the words *What you will learn*.
"""

import html
import json
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from scalebook import __version__, paths
from scalebook.contents import modules
from scalebook.show import media
from scalebook.site import exports, form

#: The words that introduce a chapter's aims in its notebook.
AIMS = "What you will learn"

#: Class of the part of a figure that a reader can move.
CONTROL = "figure-control"

_CHAPTERS = "book/executed/"
# Chapters that have a calculator, and its heading on the page of the calculators.
_CALCULATORS = {
    "planner": "the-planner",
    "entropy": "units-of-loss",
    "supply": "the-supply-of-text",
}
# Words a minute of careful reading, and seconds that other things take beyond their words.
_PACE = 220
_SECONDS = {"figure": 20.0, "table": 20.0, "formula": 10.0}
_TAG = re.compile(r"<[^>]*>")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    figures: dict[str, exports.Row] = {}
    app.connect("source-read", _arrange)
    app.connect("doctree-resolved", partial(_complete, figures))
    app.connect("build-finished", partial(_describe, figures))
    # Documents are resolved in one process also where pages are written in several.
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _arrange(app: Sphinx, page: str, source: list[str]) -> None:
    """Bring a chapter of the new form into the order of its page (see `form`)."""
    if page.startswith(_CHAPTERS):
        source[0] = form.arranged(source[0], page.removeprefix(_CHAPTERS), _up(app, page))


def _up(app: Sphinx, page: str) -> str:
    return "../" * str(app.builder.get_target_uri(page)).count("/")


def _complete(
    figures: dict[str, exports.Row], app: Sphinx, document: nodes.document, page: str
) -> None:
    if app.builder.format != "html":
        return
    minutes = reading_minutes(document)
    _fold_solutions(document)
    section = next(document.findall(nodes.section), None)
    if section is None or not page.startswith(_CHAPTERS):
        return
    chapter = page.removeprefix(_CHAPTERS)
    up = _up(app, page)
    if not _answers_first(section):
        _add_head(section, chapter, minutes, up)
    _offer_notebooks(app, chapter, page)
    for cell, figure in _figures(section):
        name = str(cell["cell_metadata"]["mystnb"]["figure"]["name"])
        place = f"{chapter}/{name}"
        number = app.env.toc_fignumbers.get(page, {}).get("figure", {}).get(figure["ids"][0], ())
        title = f"figure {'.'.join(map(str, number))}" if number else f"figure {name}"
        (caption,) = figure.findall(nodes.caption)
        table = cell["cell_metadata"][media.DATA]
        csv = f"{place}.csv"
        figures[csv] = exports.figure_resource(csv, caption.astext(), table)
        _offer_figure(app, figure, table, place)
        caption += _raw(_figure_links(f"{up}data/figures/{place}", title))
        if media.CONTROL in cell["cell_metadata"]:
            _add_control(figure, cell["cell_metadata"][media.CONTROL])


def _answers_first(section: nodes.section) -> bool:
    cells = section.findall(nodes.container)
    return any(f"tag_{form.ANSWER}" in cell["classes"] for cell in cells)


def _add_control(figure: nodes.figure, control: dict[str, Any]) -> None:
    """Put what a browser draws and moves before the caption; without scripts the drawing stays."""
    text = json.dumps(control, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    script = f'<script type="application/json">{text}</script>'
    (caption,) = figure.findall(nodes.caption)
    figure.insert(figure.index(caption), _raw(f'<div class="{CONTROL}" hidden>{script}</div>'))


# The block under the title


def reading_minutes(document: nodes.Element) -> float:
    """Return how long a page takes to read, in minutes; code and folded solutions do not count."""
    words, seconds = 0, 0.0
    for node in _read(document):
        if isinstance(node, nodes.Text):
            words += len(node.split())
        elif isinstance(node, nodes.math):
            words += 1
        elif isinstance(node, nodes.raw):
            text = node.astext()
            tables = text.count("<table")
            seconds += tables * _SECONDS["table"]
            words += 0 if tables else len(_TAG.sub(" ", text).split())
        else:
            seconds += _SECONDS["figure" if isinstance(node, nodes.figure) else "formula"]
            seconds += _SECONDS["table"] if isinstance(node, nodes.table) else 0.0
    return words / _PACE + seconds / 60


def _read(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield the parts of a page that take time to read."""
    if isinstance(node, nodes.Text | nodes.math | nodes.math_block | nodes.raw):
        yield node
        return
    if isinstance(node, nodes.literal_block | nodes.comment | nodes.Invisible):
        return
    if isinstance(node, nodes.admonition) and "dropdown" in node["classes"]:
        return
    if isinstance(node, nodes.figure):
        yield node
    for child in node.children:
        yield from _read(child)


def _add_head(section: nodes.section, chapter: str, minutes: float, up: str) -> None:
    """Put reading time, aims and downloads under the title."""
    # Rounded up to five minutes: readers differ by more than that.
    time = 5 * max(1, -int(-minutes // 5))
    head: list[nodes.Node] = [
        _raw('<div class="chapter-head" role="group" aria-label="About this chapter">'),
        nodes.paragraph("", f"Reading time: about {time} minutes", classes=["chapter-time"]),
        *_aims(section),
        _raw(f'<p class="chapter-files">Downloads: {_chapter_links(chapter, up)}</p>'),
        _raw(f'<p class="chapter-files">The code behind the cells: {_code_links(chapter, up)}</p>'),
        _raw(f"{_calculator_link(chapter, up)}</div>"),
    ]
    section[1:1] = head


def _calculator_link(chapter: str, up: str) -> str:
    if chapter not in _CALCULATORS:
        return ""
    address = f"{up}book/calculators.html#{_CALCULATORS[chapter]}"
    words = f'For your own numbers: the <a href="{address}">calculator</a>.'
    return f'<p class="chapter-files">{words}</p>'


def _aims(section: nodes.section) -> list[nodes.Node]:
    """Take a chapter's aims out of its text."""
    for words in section.findall(nodes.paragraph):
        after = words.next_node(siblings=True, descend=False)
        if words.astext().strip() == AIMS and isinstance(after, nodes.bullet_list):
            for node in (words, after):
                node.parent.remove(node)
            words["classes"].append("chapter-aims")
            return [words, after]
    return []


def _chapter_links(chapter: str, up: str) -> str:
    offers = (
        (f"notebooks/{chapter}.ipynb", "notebook", "Notebook, without outputs"),
        (f"executed/{chapter}.ipynb", "executed notebook", "Executed notebook, with outputs"),
        (f"results/{chapter}.json", "results", "Results and claims of this chapter as JSON"),
    )
    links = [form.link(f"{up}data/{place}", text, name) for place, text, name in offers]
    return f"{', '.join(links)}; each figure and its data are under the figure."


def _code_links(chapter: str, up: str) -> str:
    place = f"{up}data/code/{chapter}"
    return ", ".join(
        form.link(f"{place}/{each.name}", each.stem, f"Code of this chapter: {each.name}")
        for each in modules(chapter)
    )


def _figure_links(place: str, title: str) -> str:
    drawing = form.link(f"{place}.svg", "SVG", f"{title.capitalize()} as SVG")
    data = form.link(f"{place}.csv", "data", f"Data of {title} as CSV")
    return f' <span class="figure-files">{drawing} {data}</span>'


def _raw(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


# Files


def _figures(section: nodes.Element) -> Iterator[tuple[nodes.container, nodes.figure]]:
    """Yield the cells that drew figures, and the figures."""
    for cell in section.findall(nodes.container):
        if media.DATA in cell.get("cell_metadata", ()):
            for figure in cell.findall(nodes.figure):
                yield cell, figure


def _offer_notebooks(app: Sphinx, chapter: str, page: str) -> None:
    folder = Path(app.outdir) / "data"
    for kind, source in (
        ("notebooks", paths.notebooks_dir() / f"{chapter}.ipynb"),
        ("executed", Path(app.env.doc2path(page))),
    ):
        _copy(source, folder / kind / f"{chapter}.ipynb")
    for path in modules(chapter):
        _copy(path, folder / "code" / chapter / path.name)


def _offer_figure(app: Sphinx, figure: nodes.figure, table: str, place: str) -> None:
    target = Path(app.outdir) / "data" / "figures" / place
    (image,) = figure.findall(nodes.image)
    _copy(Path(app.srcdir) / image["uri"], target.with_suffix(".svg"))
    target.with_suffix(".csv").write_text(table, encoding="utf-8", newline="\n")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _describe(figures: dict[str, exports.Row], app: Sphinx, error: Exception | None) -> None:
    """Describe the tables of the figures."""
    if error is not None or app.builder.format != "html" or not figures:
        return
    text = exports.figure_package(figures.values())
    place = Path(app.outdir) / "data" / "figures" / "datapackage.json"
    place.write_text(text, encoding="utf-8", newline="\n")


# What is folded: the browser's own element, which keyboards and screen readers know


def _fold_solutions(document: nodes.document) -> None:
    for box in list(document.findall(nodes.admonition)):
        if "dropdown" in box["classes"]:
            title, *rest = box.children
            summary = f'<summary class="admonition-title">{html.escape(title.astext())}</summary>'
            opened = _raw(f'<details class="admonition solution">{summary}')
            place = box.parent.index(box)
            box.parent[place : place + 1] = [opened, *rest, _raw("</details>")]
