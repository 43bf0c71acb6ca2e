"""The form of a chapter's page: the answer first, and what is for the record folded at the end.

A notebook has its cells in the order in which they are run, parameters first. A reader of the page
wants the answer first. So a chapter is arranged when Sphinx reads it: no code but that of cells
tagged ``method``, and under its last heading, For the record, boxes to open, with the parameters
among them. What only specialists need has a page of its own, the chapter's appendix.
"""

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from scalebook.contents import modules
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalebook.show.templates import plain
from scalebook.site import listing

#: Tag of the cell that a page of this form begins with.
ANSWER = "short-answer"
#: Tag of a cell whose code is shown.
METHOD = "method"
#: Tag of the cell in which an edition says how a chapter differs from the book's: a title in bold,
#: then a text.
NOTE = "note"
#: The heading of the part that is folded.
RECORD = "## For the record"

#: Tag of the cells below that heading which go to the appendix.
SPECIALISTS = "specialists"
#: Tags of the other cells below it, and what the box is called that has them.
BOXES = {
    "claims": "All claims of this chapter",
    "compared": "Published figures against recomputed ones",
    "commands": "Change the numbers",
}

# A notebook refers to terms, sources and pages by ordinary links to the files that have them, which
# any viewer shows. On a page a term has its definition at hand and a source is cited in the book's
# style, so there the links become roles.
GLOSSARY = "../book/glossary.md#"
SOURCES = "../book/references.bib#"

_TEXT = r"\[([^\[\]]+)\]"
_TERM = re.compile(rf"{_TEXT}\({re.escape(GLOSSARY)}([^\s()]+)\)")
_SOURCE = rf"{_TEXT}\({re.escape(SOURCES)}([a-z0-9]+)\)"
_SOURCES = re.compile(rf"\({_SOURCE}(?:; {_SOURCE})*\)")
_ONE = re.compile(_SOURCE)

_FURTHER = "Details for specialists are in [the appendix](../appendix/{chapter}.ipynb)."
_OPENING = (
    "# Appendix: {title}\n\n"
    "What only specialists need of the chapter [{title}](../executed/{chapter}.ipynb) "
    "The chapter has the answer."
)

Cell = dict[str, Any]


def arranged(text: str, chapter: str, up: str) -> str:
    """Return a chapter's notebook, as JSON, in the order of its page.

    Parameters
    ----------
    text : str
        The executed notebook.
    chapter : str
    up : str
        What leads from the page to the top of the book.

    Raises
    ------
    ScalebookError
        If what is to be folded does not stand where it belongs.
    """
    notebook, body, record = _parts(text, chapter)
    if any(SPECIALISTS in _tags(cell) for cell in record):
        body.append(_markdown(_FURTHER.format(chapter=chapter)))
    for tag, title in BOXES.items():
        body += _box(title, tag, [cell for cell in record if tag in _tags(cell)])
    body += _box("Parameters", "parameters", [_markdown(_parameters(chapter, notebook))])
    body += _box("Downloads", "downloads", [_markdown(_raw(_downloads(chapter, up)))])
    return _dumps(notebook, body)


def appendix(text: str, chapter: str) -> str | None:
    """Return the notebook of a chapter's appendix, as JSON; None if it needs none.

    Parameters
    ----------
    text : str
        The executed notebook of the chapter.
    chapter : str

    Raises
    ------
    ScalebookError
        As `arranged`.
    """
    notebook, body, record = _parts(text, chapter)
    own = [cell for cell in record if SPECIALISTS in _tags(cell)]
    if not own:
        return None
    title = _source(body[0]).partition("\n")[0].removeprefix("# ")
    opening = _markdown(_OPENING.format(title=title, chapter=chapter))
    return _dumps(notebook, [opening, *(c for c in body if NOTE in _tags(c)), *own])


def _parts(text: str, chapter: str) -> tuple[dict[str, Any], list[Cell], list[Cell]]:
    """Return an executed notebook, the cells that its page shows, and those for the record."""
    notebook = json.loads(text)
    cells = [_shown(cell) for cell in notebook["cells"] if not _unseen(cell)]
    starts = [i for i, cell in enumerate(cells) if _source(cell).startswith(RECORD)]
    if len(starts) != 1:
        raise ScalebookError(
            f"{chapter}: the notebook has {len(starts)} cells that begin with '{RECORD}'; expected "
            "one, for what is folded."
        )
    body, record = cells[: starts[0] + 1], cells[starts[0] + 1 :]
    places = (*BOXES, SPECIALISTS)
    for cell in record:
        if not {*_tags(cell)} & {*places}:
            raise ScalebookError(
                f"{chapter}: a cell below '{RECORD}' has none of the tags {', '.join(places)}, so "
                f"no page would have it: {_source(cell)[:60]!r}."
            )
    return notebook, body, record


def _dumps(notebook: dict[str, Any], cells: Iterable[Cell]) -> str:
    named = [{**cell, "id": f"cell-{place}"} for place, cell in enumerate(cells)]
    return json.dumps({**notebook, "cells": named})


def _tags(cell: Cell) -> list[str]:
    return list(cell["metadata"].get("tags", ()))


def _source(cell: Cell) -> str:
    return "".join(cell["source"])


def _unseen(cell: Cell) -> bool:
    """Return whether a page has no use for a cell: it sets up, and shows nothing but a count."""
    if cell["cell_type"] != "code":
        return False
    shown = [output for output in cell["outputs"] if set(output.get("data", ())) - {"text/plain"}]
    return not shown and METHOD not in _tags(cell)


def _shown(cell: Cell) -> Cell:
    if NOTE in _tags(cell):  # may quote a reader, whose words are no links
        return {**cell, "source": _boxed(_source(cell))}
    if cell["cell_type"] == "markdown":
        return {**cell, "source": on_page(_source(cell))}
    if cell["cell_type"] != "code" or METHOD in _tags(cell):
        return cell
    return {**cell, "metadata": {**cell["metadata"], "tags": [*_tags(cell), "remove-input"]}}


def _boxed(note: str) -> str:
    title, _, text = note.partition("\n\n")
    return f":::{{admonition}} {title.strip('*')}\n:class: important\n{text}\n:::"


def _markdown(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _raw(text: str) -> str:
    return f"```{{raw}} html\n{text}\n```"


def _box(title: str, kind: str, cells: Iterable[Cell]) -> list[Cell]:
    inside = list(cells)
    if not inside:
        return []
    opened = f'<details class="record-box record-{kind}"><summary>{html.escape(title)}</summary>'
    return [_markdown(_raw(opened)), *inside, _markdown(_raw("</details>"))]


def _parameters(chapter: str, notebook: Mapping[str, Any]) -> str:
    values = notebook["metadata"].get("scalebook", {}).get("parameters", {})
    rows = [
        f"| `{each.name}` | {plain(listing.written(values.get(each.name, each.default)))} "
        f"| {each.unit} | {each.meaning} |"
        for each in parameters.declared(chapter)
    ]
    table = ["| parameter | value | unit | meaning |", "| --- | --- | --- | --- |", *rows]
    more = f"[All parameters](#parameters-{chapter}) has their bounds and sources."
    return "\n".join(table) + f"\n\n{more}"


def _downloads(chapter: str, up: str) -> str:
    offers = [
        (f"notebooks/{chapter}.ipynb", "notebook", "Notebook, without outputs"),
        (f"executed/{chapter}.ipynb", "executed notebook", "Executed notebook, with outputs"),
        (f"results/{chapter}.json", "results", "Results and claims of this chapter as JSON"),
        *((f"code/{chapter}/{each.name}", f"{each.stem}.py", f"Code of this chapter: {each.name}")
          for each in modules(chapter)),
    ]  # fmt: skip
    links = ", ".join(link(f"{up}data/{place}", text, name) for place, text, name in offers)
    return f"<p>{links}; each figure and its data are under the figure.</p>"


def link(address: str, text: str, name: str) -> str:
    """Return a link that downloads, with a name that says what."""
    return (
        f'<a href="{html.escape(address)}" download title="{html.escape(name)}" '
        f'aria-label="{html.escape(name)}">{html.escape(text)}</a>'
    )


def on_page(text: str) -> str:
    """Return the Markdown of a notebook's cell as a page has it.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> on_page("[a floor](../book/glossary.md#irreducible%20loss), [data](../book/data.md)")
    '{term}`a floor <irreducible loss>`, [data](../data.md)'
    >>> on_page("size ([Kaplan et al., 2020](../book/references.bib#kaplan2020))")
    'size {cite:p}`kaplan2020`'
    >>> on_page("by [Kaplan et al. (2020)](../book/references.bib#kaplan2020)")
    'by {cite:t}`kaplan2020`'
    """
    text = _TERM.sub(lambda link: _term(link[1], unquote(link[2])), text)
    text = _SOURCES.sub(lambda links: f"{{cite:p}}`{','.join(cited(links[0]))}`", text)
    text = _ONE.sub(lambda link: f"{{cite:t}}`{link[2]}`", text)
    # A page lies in a folder of its own beside the other pages.
    return text.replace("](../book/", "](../")


def cited(text: str) -> dict[str, str]:
    """Return the keys of the sources that a text refers to, each with what its link says."""
    return {key: said for said, key in _ONE.findall(text)}


def terms(text: str) -> list[str]:
    """Return the terms of the glossary that a text refers to."""
    return [unquote(term) for _, term in _TERM.findall(text)]


def _term(said: str, term: str) -> str:
    return f"{{term}}`{said}`" if said == term else f"{{term}}`{said} <{term}>`"
