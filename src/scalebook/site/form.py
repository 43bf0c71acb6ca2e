"""The form of a chapter's page: the answer first, and what is for the record folded at the end.

A notebook has its cells in the order in which they are run, parameters first. A reader of the page
wants the answer first. So a chapter whose notebook has a cell tagged ``short-answer`` is arranged
when Sphinx reads it: no code but that of cells tagged ``method``, and under its last heading, For
the record, boxes to open, with the parameters among them.
"""

import html
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scalebook.contents import modules
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalebook.show.templates import plain
from scalebook.site import listing

#: Tag of the cell that a page of this form begins with.
ANSWER = "short-answer"
#: Tag of a cell whose code is shown.
METHOD = "method"
#: The heading of the part that is folded.
RECORD = "## For the record"

#: Tags of the cells below that heading, and what the box is called that has them.
BOXES = {
    "claims": "All claims of this chapter",
    "compared": "Published figures against recomputed ones",
    "specialists": "For specialists",
    "commands": "Change the numbers",
}

Cell = dict[str, Any]


def answers_first(notebook: Path) -> bool:
    """Return whether a chapter's notebook is of this form."""
    return _answers_first(json.loads(notebook.read_text(encoding="utf-8")))


def _answers_first(notebook: Mapping[str, Any]) -> bool:
    return any(ANSWER in _tags(cell) for cell in notebook["cells"])


def arranged(text: str, chapter: str, up: str) -> str:
    """Return a chapter's notebook, as JSON, in the order of its page; another form as it is.

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
    notebook = json.loads(text)
    if not _answers_first(notebook):
        return text
    cells = [_quiet(cell) for cell in notebook["cells"] if not _unseen(cell)]
    starts = [i for i, cell in enumerate(cells) if _source(cell).startswith(RECORD)]
    if len(starts) != 1:
        raise ScalebookError(
            f"{chapter}: the notebook begins with a short answer and has {len(starts)} cells that "
            f"begin with '{RECORD}'; expected one, for what is folded."
        )
    body, record = cells[: starts[0] + 1], cells[starts[0] + 1 :]
    for cell in record:
        if not {*_tags(cell)} & {*BOXES}:
            raise ScalebookError(
                f"{chapter}: a cell below '{RECORD}' has none of the tags {', '.join(BOXES)}, so "
                f"no box would have it: {_source(cell)[:60]!r}."
            )
    for tag, title in BOXES.items():
        body += _box(title, tag, [cell for cell in record if tag in _tags(cell)])
    body += _box("Parameters", "parameters", [_markdown(_parameters(chapter, notebook))])
    body += _box("Downloads", "downloads", [_markdown(_raw(_downloads(chapter, up)))])
    notebook["cells"] = [{**cell, "id": f"cell-{place}"} for place, cell in enumerate(body)]
    return json.dumps(notebook)


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


def _quiet(cell: Cell) -> Cell:
    if cell["cell_type"] != "code" or METHOD in _tags(cell):
        return cell
    return {**cell, "metadata": {**cell["metadata"], "tags": [*_tags(cell), "remove-input"]}}


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
