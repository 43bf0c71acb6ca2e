"""What a chapter's page has besides the chapter: figures that move, downloads, folded solutions.

A Sphinx extension. It works on the resolved document, so that a notebook needs nothing of its own
for it. It also writes the notebooks of the appendices, which are parts of the chapters'.
"""

import html
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

#: Class of the part of a figure that a reader can move.
CONTROL = "figure-control"

#: The folders of the chapters' pages and of their appendices.
FOLDER, APPENDICES = "book/executed", "book/appendix"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    figures: dict[str, exports.Row] = {}
    app.connect("builder-inited", _write_appendices)
    app.connect("source-read", _arrange)
    app.connect("doctree-resolved", partial(_complete, figures))
    app.connect("build-finished", partial(_describe, figures))
    # Documents are resolved in one process also where pages are written in several.
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _write_appendices(app: Sphinx) -> None:
    """Write the appendices among the sources, before Sphinx looks which pages there are."""
    top = Path(app.srcdir)
    shutil.rmtree(top / APPENDICES, ignore_errors=True)
    for path in sorted((top / FOLDER).glob("*.ipynb")):
        text = form.appendix(path.read_text(encoding="utf-8"), path.stem)
        if text is not None:
            place = top / APPENDICES / path.name
            place.parent.mkdir(exist_ok=True)
            place.write_text(text, encoding="utf-8", newline="\n")


def _arrange(app: Sphinx, page: str, source: list[str]) -> None:
    """Bring a chapter into the order of its page (see `form`)."""
    if page.startswith(f"{FOLDER}/"):
        source[0] = form.arranged(source[0], page.removeprefix(f"{FOLDER}/"), _up(app, page))


def _up(app: Sphinx, page: str) -> str:
    return "../" * str(app.builder.get_target_uri(page)).count("/")


def _complete(
    figures: dict[str, exports.Row], app: Sphinx, document: nodes.document, page: str
) -> None:
    if app.builder.format != "html":
        return
    _fold_solutions(document)
    section = next(document.findall(nodes.section), None)
    if section is None or not page.startswith((f"{FOLDER}/", f"{APPENDICES}/")):
        return
    chapter = page.rpartition("/")[2]
    up = _up(app, page)
    if page.startswith(f"{FOLDER}/"):
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


def _add_control(figure: nodes.figure, control: dict[str, Any]) -> None:
    """Put what a browser draws and moves before the caption; without scripts the drawing stays."""
    script = exports.script(control, "application/json")
    (caption,) = figure.findall(nodes.caption)
    figure.insert(figure.index(caption), _raw(f'<div class="{CONTROL}" hidden>{script}</div>'))


# Links


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
