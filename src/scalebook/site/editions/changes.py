"""The pages of an edition: the chapters with the reader's values, and what moved.

All else is the book's: its ledger, its verdicts, and what compares papers with what was recomputed.
A claim is a sentence of somebody's about certain numbers; with other numbers it is another claim.
So a changed chapter shows its claims as they are in the book, and the page of what moved says,
apart, what the reader's numbers give.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scalebook import patches, paths
from scalebook.chapters.parameter import Value
from scalebook.contents import title
from scalebook.files import write
from scalebook.record import claims
from scalebook.record.verdicts import recomputed
from scalebook.show.numbers import num, sci, significant
from scalebook.show.templates import plain
from scalebook.site import form
from scalebook.site.editions.making import LeftOut, asked, changed_chapters, left_out

Results = Mapping[str, dict[str, Any]]

#: Name of the page that shows what moved.
PAGE = "book/edition"

#: Stands in the announcement for the address of that page, which differs from page to page.
MOVED = "{moved}"

#: Name of the page on the reader's own runs.
RUNS_PAGE = "book/your-runs"

# Chapters that the announcement names: it stands on every page, above everything.
_NAMED = 4
#: Tags of cells that show what others said, and the call that shows some of it.
_THEIRS = {"claims", "compared"}
_HEARD = "heard("


@dataclass(frozen=True)
class Move:
    """One number before and after; `name` is a parameter, a result or a claim."""

    name: str
    before: Any
    after: Any


def moves(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Move]:
    """Return what differs between two mappings, in the order of the second."""
    return [
        Move(key, before.get(key), value)
        for key, value in after.items()
        if before.get(key) != value
    ]


def what_moved(
    before: Results, after: Results, *, runs: bool = False, left: Sequence[LeftOut] = ()
) -> str:
    """Return the page that shows what moved, in Markdown.

    Parameters
    ----------
    before, after : mapping
        Stored results by chapter: the book's and the edition's.
    runs : bool
        Whether the edition has a page on runs of the reader's own.
    left : sequence of LeftOut
        Chapters that the runs did not suffice for.
    """
    parts = [
        "# What moved\n",
        "This is a personal edition: the values below differ from the book's, and so do the "
        "numbers that depend on them. Verdicts are the book's on every page, for a claim speaks of "
        "the numbers that its author meant, and is not judged by others.\n",
    ]
    if runs:
        parts.append(
            "[Your runs](your-runs.md) says first what the table of runs can tell, then what every "
            "method makes of it.\n"
        )
    if left:
        parts.append("## Chapters that are as in the book\n")
        parts.append("They could not be computed from your runs:\n")
        parts += [f"- [{each.chapter}](executed/{each.chapter}.ipynb): {_said(each.reason)}"
                  for each in left]  # fmt: skip
        parts.append("")
    moved = [name for name in after if after[name]["parameters"] != before[name]["parameters"]]
    parts += _claims(moved, before, after)
    for chapter in moved:
        old, new = before[chapter], after[chapter]
        parts += [f"## {title(chapter)}\n", f"[The chapter](executed/{chapter}.ipynb)\n"]
        parts += _table("Parameter", moves(old["parameters"], new["parameters"]))
        parts += _folded(
            "Results that moved", _table("Result", moves(old["results"], new["results"]))
        )
    return "\n".join(parts)


def _claims(chapters: Sequence[str], before: Results, after: Results) -> list[str]:
    """Return the part on what the reader's numbers give where claims speak of the book's."""
    stated = claims.load()
    lines = []
    for chapter in chapters:
        old, new = (_recomputed(each[chapter]["claims"]) for each in (before, after))
        lines += [
            f"| {{claim:id}}`{move.name}`: {plain(stated[move.name].claim)} "
            f"| {_cell(move.before)} | {_cell(move.after)} |"
            for move in moves(old, new)
        ]
    if not lines:
        return ["No number that a claim speaks of moved.\n"]
    head = [
        "## What your numbers give where claims speak of others\n",
        "| Claim | recomputed in the book | from your numbers |",
        "| --- | --- | --- |",
    ]
    return ["\n".join([*head, *lines]) + "\n"]


def _recomputed(entries: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return what was recomputed for each claim, as text."""
    return {
        each["id"]: "; ".join(
            recomputed({**row, "stated": each["stated"], "unit": each["unit"]})
            for row in each["rows"] or [each]
        )
        for each in entries
    }


def _cell(text: str | None) -> str:
    return "—" if text is None else plain(text)


def _folded(heading: str, content: list[str]) -> list[str]:
    """Put a long part where a reader opens it."""
    return (
        [f":::{{admonition}} {heading}\n:class: dropdown\n", *content, ":::\n"] if content else []
    )


def complete(name: str, source: Path, before: Results, after: Results) -> None:
    """Make the source of the book's pages that of an edition's.

    Parameters
    ----------
    name : str
    source : Path
        A copy of what the book is built from, which is changed.
    before, after : mapping
        Stored results by chapter: the book's and the edition's.
    """
    folder = paths.edition_dir(name)
    changed, left = changed_chapters(name), left_out(name)
    notes = {chapter: _changed_note(values) for chapter, values in changed.items()}
    notes |= {each.chapter: _left_out_note(each) for each in left}
    for chapter, note in notes.items():
        made = folder / "executed" if chapter in changed else paths.executed_dir()
        own, book = (each / f"{chapter}.ipynb" for each in (made, paths.executed_dir()))
        _mark_chapter(own, book, source / "book" / "executed" / f"{chapter}.ipynb", note)
    mine = own_runs({**changed, **{each.chapter: asked(each) for each in left}})
    pages = {PAGE: what_moved(before, after, runs=mine is not None, left=left)}
    if mine is not None:
        pages = {RUNS_PAGE: _runs_page(mine)} | pages
    for page, text in pages.items():
        write(source / f"{page}.md", text)
    _frame(name, source, list(changed), list(pages))


def _frame(name: str, source: Path, changed: Sequence[str], pages: Sequence[str]) -> None:
    """Say on all pages whose they are, and list the edition's own in the contents."""
    config, contents = (
        yaml.safe_load((source / file).read_text(encoding="utf-8"))
        for file in ("_config.yml", "_toc.yml")
    )
    few = ", ".join(changed) or "no chapter"
    named = few if len(changed) <= _NAMED else f"{len(changed)} chapters"
    config["title"] += f", edition {name}"
    config["sphinx"]["config"]["html_theme_options"]["announcement"] = (
        f"A personal edition: parameters were changed in {named}. "
        f'<a href="{MOVED}">What moved</a> compares it with the book.'
    )
    own = {"caption": "This edition", "chapters": [{"file": page} for page in pages]}
    contents["parts"].insert(0, own)
    for file, content in (("_config.yml", config), ("_toc.yml", contents)):
        write(source / file, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def own_runs(changed: Mapping[str, Mapping[str, Value]]) -> str | None:
    """Return the file or table of runs that the changed chapters use; the first, if several."""
    found = (values["runs"] for values in changed.values() if "runs" in values)
    first = next(found, None)
    return None if first is None else str(first)


def _runs_page(source: str) -> str:
    from scalebook.report import chapter, study

    return chapter.write(study.of_file(source, study.Request()))


def _changed_note(values: Mapping[str, Value]) -> str:
    given = "; ".join(f"`{key}`: {_show(value)}" for key, value in values.items())
    return (
        f"**Changed parameters**\n\n{given}. All that this chapter finds is of these values; what "
        "it says of the book's own runs is left out. Claims and published figures are judged as in "
        "the book; the page “What moved” says what your numbers give."
    )


def _left_out_note(chapter: LeftOut) -> str:
    return (
        "**As in the book**\n\nThis chapter could not be computed from your runs: "
        f"{_said(chapter.reason)}."
    )


def _mark_chapter(executed: Path, book: Path, place: Path, note: str) -> None:
    """Copy an executed chapter with a note below its title, and what others said as in the book."""
    nbformat = patches.nbformat()
    notebook, theirs = (nbformat.read(path, as_version=4) for path in (executed, book))
    shown = {cell.source: cell.outputs for cell in theirs.cells if _is_theirs(cell)}
    for cell in notebook.cells:
        if _is_theirs(cell):
            cell.outputs = shown.get(cell.source, [])
    cell = nbformat.v4.new_markdown_cell(note, id="edition", metadata={"tags": [form.NOTE]})
    notebook.cells.insert(1, cell)
    write(place, nbformat.writes(notebook) + "\n")


def _is_theirs(cell: Any) -> bool:
    if cell.cell_type != "code":
        return False
    return bool(_THEIRS & {*cell.metadata.get("tags", ())}) or _HEARD in cell.source


def _table(heading: str, rows: list[Move]) -> list[str]:
    if not rows:
        return []
    lines = [f"| {heading} | book | this edition |", "| --- | --- | --- |"]
    lines += [f"| `{m.name}` | {_show(m.before)} | {_show(m.after)} |" for m in rows]
    return ["\n".join(lines) + "\n"]


def _show(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, str) and Path(value).is_file():
        return _said(Path(value).name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _said(json.dumps(value, ensure_ascii=False))
    digits = min(significant(value), 4)
    return num(value, digits) if value == 0 or 1e-3 <= abs(value) < 1e6 else sci(value, digits)


def _said(text: str) -> str:
    """Return a text that may hold a reader's own words, which must not become markup."""
    line = " ".join(text.replace("`", "'").replace("|", "¦").split())
    return f"`{line}`" if line else "—"
