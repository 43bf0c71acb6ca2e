"""A personal edition: the whole book with a reader's own values, beside the book as it is.

A parameter file names values by chapter, or for every chapter that knows the name:

    compute: 3e25            # wherever a chapter has the parameter `compute`
    chinchilla:
      level: 0.8

Each changed chapter gets a parameter file in the edition's folder, from which Snakemake runs it;
the others are taken from the book. The pages say on top that values were changed, and one page
shows what moved. A chapter that the reader's runs do not suffice for stays as in the book and says
why.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scalebook import patches, paths
from scalebook.chapters.parameter import Value
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalebook.execution.origin import provenance
from scalebook.files import write
from scalebook.record import claims
from scalebook.record.judge import VERDICTS
from scalebook.show.numbers import num, sci, significant
from scalebook.show.templates import plain
from scalebook.site import form

Results = Mapping[str, dict[str, Any]]

#: Name of the page that shows what moved.
PAGE = "book/edition"

#: Stands in the announcement for the address of that page, which differs from page to page.
MOVED = "{moved}"

#: Name of the page on the reader's own runs.
RUNS_PAGE = "book/your-runs"

_LEFT_OUT = "left-out.json"


@dataclass(frozen=True)
class Edition:
    """Which parameters of which chapters differ from the defaults.

    Attributes
    ----------
    name : str
        Name of its folder.
    changed : dict
        Changed values by chapter and parameter.
    runs : Path or None
        A file of runs that the values refer to.
    """

    name: str
    changed: dict[str, dict[str, Value]]
    runs: Path | None = None


@dataclass(frozen=True)
class LeftOut:
    """A chapter that could not be computed from the reader's runs, and is as in the book.

    Attributes
    ----------
    chapter : str
    reason : str
        What the run said.
    asked : str
        Its parameter file.
    provenance : dict
        What it ran on (see `origin.provenance`).
    """

    chapter: str
    reason: str
    asked: str
    provenance: dict[str, Any]


@dataclass(frozen=True)
class Move:
    """One number before and after; `name` is a parameter, a result or a claim."""

    name: str
    before: Any
    after: Any


def read(file: Path | None, runs: Path | None) -> Edition:
    """Read an edition from a parameter file, a file of runs, or both.

    Raises
    ------
    ScalebookError
        If neither is given, a file cannot be read, a name or value is wrong, or nothing differs
        from the defaults.
    """
    if file is None and runs is None:
        raise ScalebookError(
            "An edition needs something of yours: make book PARAMS=mine.yml, or RUNS=runs.csv."
        )
    given = parameters.read_file(file) if file else {}
    wanted: dict[str, dict[str, object]] = {chapter: {} for chapter in CHAPTERS}
    for name, value in given.items():
        if name not in CHAPTERS:
            _spread(wanted, name, value)
    for name, value in given.items():
        if name in CHAPTERS:  # what is said of one chapter outweighs what is said of all
            wanted[name].update(_mapping(name, value))
    if runs is not None:
        if not runs.is_file():
            raise ScalebookError(f"{runs}: no such file of runs.")
        for chapter in _knowing("runs"):
            wanted[chapter].setdefault("runs", str(runs))
            # The default leaves out what the replication left out of the published runs.
            if chapter in _knowing("drop_highest"):
                wanted[chapter].setdefault("drop_highest", 0)
    changed = {}
    for chapter, values in wanted.items():
        defaults = {p.name: p.default for p in parameters.declared(chapter)}
        checked = parameters.check(chapter, values)
        moved = {name: value for name, value in checked.items() if value != defaults[name]}
        if moved:
            changed[chapter] = moved
    if not changed:
        raise ScalebookError("All values given are the defaults: that edition is the book itself.")
    stem = (file or runs or Path()).stem
    return Edition(
        re.sub(r"[^A-Za-z0-9_-]+", "-", stem)[:60].strip("-") or "edition", changed, runs
    )


def prepare(edition: Edition) -> Path:
    """Write the parameter file of each changed chapter, and remove what no longer belongs.

    Returns
    -------
    Path
        Folder of the edition.
    """
    folder = paths.edition_dir(edition.name)
    texts = {
        chapter: yaml.safe_dump(values, allow_unicode=True) + _mark(values)
        for chapter, values in edition.changed.items()
    }
    # What failed on the same would fail again.
    known = [
        each
        for each in left_out(edition.name)
        if texts.get(each.chapter) == each.asked and each.provenance == _provenance(each.chapter)
    ]
    for chapter in {each.chapter for each in known}:
        del texts[chapter]
    for chapter in CHAPTERS:
        file = folder / "parameters" / f"{chapter}.yml"
        if chapter not in texts:
            _forget(folder, chapter)
        elif not file.is_file() or file.read_text(encoding="utf-8") != texts[chapter]:
            write(file, texts[chapter])
    _write_left_out(folder, known)
    return folder


def leave_out(edition: Edition) -> list[LeftOut]:
    """Take out of a prepared edition the chapters that its runs did not suffice for.

    Called when making it has failed.

    Returns
    -------
    list of LeftOut
        Those that failed now; empty if something else failed, too, or none was to use the runs.
    """
    folder = paths.edition_dir(edition.name)
    failed = {path.stem: path for path in paths.failed_dir().glob("*.failed")}
    if any("runs" not in edition.changed.get(name, {}) for name in failed):
        return []
    found = []
    for chapter, path in sorted(failed.items(), key=lambda each: CHAPTERS.index(each[0])):
        said = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = said[-1].removeprefix("scalebook: ").rstrip(".") if said else "it gave no reason"
        asked = (folder / "parameters" / f"{chapter}.yml").read_text(encoding="utf-8")
        found.append(LeftOut(chapter, reason, asked, _provenance(chapter)))
        _forget(folder, chapter)
    _write_left_out(folder, [*left_out(edition.name), *found])
    return found


def left_out(name: str) -> list[LeftOut]:
    """Return the chapters of an edition that its runs did not suffice for."""
    file = paths.edition_dir(name) / _LEFT_OUT
    if not file.is_file():
        return []
    return [LeftOut(**each) for each in json.loads(file.read_text(encoding="utf-8"))]


def _write_left_out(folder: Path, chapters: list[LeftOut]) -> None:
    file = folder / _LEFT_OUT
    ordered = sorted(chapters, key=lambda each: CHAPTERS.index(each.chapter))
    text = json.dumps([vars(each) for each in ordered], indent=1, ensure_ascii=False) + "\n"
    if not ordered:
        file.unlink(missing_ok=True)
    elif not file.is_file() or file.read_text(encoding="utf-8") != text:
        write(file, text)


def _provenance(chapter: str) -> dict[str, Any]:
    return provenance(paths.notebooks_dir() / f"{chapter}.ipynb")


def _forget(folder: Path, chapter: str) -> None:
    """Remove what an edition has of a chapter that is not changed in it."""
    for stale in ("parameters/{}.yml", "executed/{}.ipynb", "results/{}.json", "made/{}"):
        (folder / stale.format(chapter)).unlink(missing_ok=True)


def changed_chapters(name: str) -> dict[str, dict[str, Value]]:
    """Return the changed values of a prepared edition, by chapter, in the order of the book.

    Raises
    ------
    ScalebookError
        If there is no such edition.
    """
    folder = paths.edition_dir(name) / "parameters"
    found = {
        chapter: parameters.read_file(folder / f"{chapter}.yml")
        for chapter in CHAPTERS
        if (folder / f"{chapter}.yml").is_file()
    }
    if not found and not left_out(name):
        raise ScalebookError(f"There is no edition '{name}'. Make one: make book PARAMS=mine.yml.")
    return {
        chapter: {name: parameters.check(chapter, values)[name] for name in values}
        for chapter, values in found.items()
    }


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
        "numbers and verdicts that depend on them. The ledger compares what was stated with what "
        "was recomputed from the changed values. A verdict of this edition is one on its values.\n",
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
    parts += _verdicts(moved, before, after)
    for chapter in moved:
        old, new = before[chapter], after[chapter]
        parts += [f"## {_title(chapter)}\n", f"[The chapter](executed/{chapter}.ipynb)\n"]
        parts += _table("Parameter", moves(old["parameters"], new["parameters"]))
        parts += _folded(
            "Results that moved", _table("Result", moves(old["results"], new["results"]))
        )
    return "\n".join(parts)


def _verdicts(chapters: Sequence[str], before: Results, after: Results) -> list[str]:
    """Return the part on the claims that come out otherwise than in the book."""
    found = []
    for chapter in chapters:
        old, new = (
            {c["id"]: c["verdict"] for c in each[chapter]["claims"]} for each in (before, after)
        )
        found += moves(old, new)
    if not found:
        return ["No verdict moved.\n"]
    stated = claims.load()
    lines = ["## Verdicts that moved\n", "| Claim | book | this edition |", "| --- | --- | --- |"]
    for move in found:
        claim = f"{{claim:id}}`{move.name}`: {plain(stated[move.name].claim)}"
        lines.append(f"| {claim} | {_show(move.before)} | {_show(move.after)} |")
    return ["\n".join(lines) + "\n"]


def _title(chapter: str) -> str:
    """Return the title of a chapter, which its notebook begins with."""
    notebook = json.loads((paths.notebooks_dir() / f"{chapter}.ipynb").read_text(encoding="utf-8"))
    first = "".join(notebook["cells"][0]["source"])
    return first.splitlines()[0].removeprefix("# ")


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
    notes = {chapter: _changed_note(chapter, values) for chapter, values in changed.items()}
    notes |= {each.chapter: _left_out_note(each) for each in left}
    for chapter, note in notes.items():
        made = folder / "executed" if chapter in changed else paths.executed_dir()
        _mark_chapter(
            made / f"{chapter}.ipynb", source / "book" / "executed" / f"{chapter}.ipynb", note
        )
    own = own_runs({**changed, **{each.chapter: _asked(each) for each in left}})
    pages = {PAGE: what_moved(before, after, runs=own is not None, left=left)}
    if own is not None:
        pages = {RUNS_PAGE: _runs_page(own)} | pages
    for page, text in pages.items():
        write(source / f"{page}.md", text)
    _frame(name, source, list(changed), list(pages))


def _frame(name: str, source: Path, changed: Sequence[str], pages: Sequence[str]) -> None:
    """Say on all pages whose they are, and list the edition's own in the contents."""
    config, contents = (
        yaml.safe_load((source / file).read_text(encoding="utf-8"))
        for file in ("_config.yml", "_toc.yml")
    )
    config["title"] += f", edition {name}"
    config["sphinx"]["config"]["html_theme_options"]["announcement"] = (
        f"A personal edition: parameters were changed in {', '.join(changed) or 'no chapter'}. "
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


def _changed_note(chapter: str, values: Mapping[str, Value]) -> str:
    given = "; ".join(f"`{key}`: {_show(value)}" for key, value in values.items())
    written = (
        "All that this page finds is of these values; what it says of the book's own runs is left "
        "out."
        if form.answers_first(paths.notebooks_dir() / f"{chapter}.ipynb")
        else "Numbers, tables, figures and their captions are of these values; the sentences "
        "between them were written for the book's, and may not fit."
    )
    return (
        ":::{admonition} Changed parameters\n:class: important\n"
        f"{given}. [What moved](../edition.md) compares the results with the book's. {written}\n:::"
    )


def _left_out_note(chapter: LeftOut) -> str:
    return (
        ":::{admonition} As in the book\n:class: important\n"
        f"This chapter could not be computed from your runs: {_said(chapter.reason)}.\n:::"
    )


def _asked(chapter: LeftOut) -> dict[str, Value]:
    values: dict[str, Value] = yaml.safe_load(chapter.asked)
    return values


def _mark_chapter(executed: Path, place: Path, note: str) -> None:
    """Copy an executed chapter with a note below its title."""
    nbformat = patches.nbformat()
    notebook = nbformat.read(executed, as_version=4)
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(note, id="edition"))
    write(place, nbformat.writes(notebook) + "\n")


def _spread(wanted: dict[str, dict[str, object]], name: str, value: object) -> None:
    knowing = _knowing(name)
    if not knowing:
        known = sorted({p.name for each in CHAPTERS for p in parameters.declared(each)})
        near = parameters.nearest(name, [*CHAPTERS, *known])
        raise ScalebookError(
            f"'{name}' is neither a chapter nor a parameter of one."
            + (f" Did you mean '{near}'?" if near else "")
        )
    for chapter in knowing:
        wanted[chapter][name] = value


def _knowing(name: str) -> list[str]:
    return [each for each in CHAPTERS if name in {p.name for p in parameters.declared(each)}]


def _mapping(chapter: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ScalebookError(
            f"'{chapter}' is a chapter; expected its parameters below it, one 'name: value' a line."
        )
    return {str(name): each for name, each in value.items()}


def _mark(values: Mapping[str, Value]) -> str:
    """Return a comment with the hash of a file of runs: a change of the file is one here too."""
    runs = values.get("runs")
    if not isinstance(runs, str) or not Path(runs).is_file():
        return ""
    with Path(runs).open("rb") as file:
        return f"# runs: sha256 {hashlib.file_digest(file, 'sha256').hexdigest()}\n"


def _table(heading: str, rows: list[Move]) -> list[str]:
    if not rows:
        return []
    lines = [f"| {heading} | book | this edition |", "| --- | --- | --- |"]
    lines += [f"| `{m.name}` | {_show(m.before)} | {_show(m.after)} |" for m in rows]
    return ["\n".join(lines) + "\n"]


def _show(value: Any) -> str:
    if value is None:
        return "—"
    if value in VERDICTS:
        return str(value)
    if isinstance(value, str) and Path(value).is_file():
        return _said(Path(value).name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _said(json.dumps(value, ensure_ascii=False))
    digits = min(significant(value), 4)
    return num(value, digits) if value == 0 or 1e-3 <= abs(value) < 1e6 else sci(value, digits)


def _said(text: str) -> str:
    """Return a text that may hold a reader's own words, which must not become markup."""
    return "`" + text.replace("`", "'").replace("|", "¦") + "`"
