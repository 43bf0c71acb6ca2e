"""The folder of an edition: what is asked of its chapters, what they left, and who is at work."""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scalebook import paths
from scalebook.chapters.parameter import Value
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalebook.execution.locks import exclusive
from scalebook.execution.origin import hash_of, provenance
from scalebook.files import write
from scalebook.site.editions.wanted import ORIGIN, Edition

_LEFT_OUT = "left-out.json"
_HOLDER = ".holder"


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


@contextmanager
def alone(name: str) -> Iterator[int | None]:
    """Keep an edition to oneself within a ``with`` statement.

    Yields
    ------
    int or None
        A descriptor for processes that go on with the work, as of `locks.exclusive`.

    Raises
    ------
    ScalebookError
        If another process makes it; the message says which.
    """
    folder = paths.edition_dir(name)
    holder = folder / _HOLDER
    by = holder.read_text(errors="replace") if holder.is_file() else "another process"
    by = by if re.fullmatch(r"process \d+, since [\d:]+", by) else "another process"
    refusal = f"Edition '{name}' is being made by {by}. Wait for it, or stop it."
    with exclusive(folder / ".lock", refusal) as held:
        write(holder, f"process {os.getpid()}, since {time.strftime('%H:%M:%S')}")
        yield held


def prepare(edition: Edition) -> Path:
    """Write the parameter file of each changed chapter, and remove what no longer belongs.

    Files of the reader's, such as a table of runs, are copied into the edition's folder, so that
    its pages say nothing of where they lie, and it stays as it is when they change.

    Returns
    -------
    Path
        Folder of the edition.
    """
    folder = paths.edition_dir(edition.name)
    write(folder / ORIGIN, edition.origin)
    shutil.rmtree(folder / "failed", ignore_errors=True)
    copies: dict[str, str] = {}
    texts = {
        chapter: _asked_for({name: _copied(value, folder, copies) for name, value in own.items()})
        for chapter, own in edition.changed.items()
    }
    # What failed on the same would fail again.
    known = [
        each
        for each in _still_left_out(edition.name)
        if texts.get(each.chapter) == each.asked and each.provenance == _provenance(each.chapter)
    ]
    for chapter in {each.chapter for each in known}:
        del texts[chapter]
    for chapter in CHAPTERS:
        file = folder / "parameters" / f"{chapter}.yml"
        if chapter not in texts:
            _forget(folder, chapter)
        elif not file.is_file() or file.read_bytes() != texts[chapter].encode():
            write(file, texts[chapter])
    _write_left_out(folder, known)
    return folder


def leave_out(edition: Edition) -> list[LeftOut]:
    """Take out of a prepared edition the chapters that its runs did not suffice for.

    Called when making it has failed.

    Returns
    -------
    list of LeftOut
        Those left out now.

    Raises
    ------
    ScalebookError
        If anything failed for another reason than the reader's data; it is tried again next time.
    """
    folder = paths.edition_dir(edition.name)
    failed = folder / "failed"
    unsuited = [name for name in CHAPTERS if (failed / f"{name}.unsuited").is_file()]
    asked = {path.stem for path in (folder / "parameters").glob("*.yml")}
    made = {path.name for path in (folder / "made").glob("*")}
    others = sorted({path.stem for path in failed.glob("*.failed")} | (asked - made - {*unsuited}))
    foreign = [name for name in unsuited if "runs" not in edition.changed.get(name, {})]
    if others or foreign or not unsuited:
        reasons = [f"{name} ({_reason(failed, name)})" for name in [*others, *foreign]]
        raise ScalebookError(
            f"The edition was not built: {'; '.join(reasons) or 'its pages failed'}. What could be "
            "made is kept, and the rest is tried again next time."
        )
    found = []
    for chapter in unsuited:
        file = folder / "parameters" / f"{chapter}.yml"
        text = file.read_text(encoding="utf-8")
        found.append(LeftOut(chapter, _reason(failed, chapter), text, _provenance(chapter)))
        _forget(folder, chapter)
    _write_left_out(folder, [*_still_left_out(edition.name), *found])
    return found


def left_out(name: str) -> list[LeftOut]:
    """Return the chapters of an edition that its runs did not suffice for.

    Raises
    ------
    ScalebookError
        If the file that names them was changed by hand.
    """
    file = paths.edition_dir(name) / _LEFT_OUT
    if not file.is_file():
        return []
    try:
        found = [LeftOut(**each) for each in json.loads(file.read_bytes())]
        whole = all(each.chapter in CHAPTERS and each.reason.strip() and "runs" in asked(each)
                    for each in found)  # fmt: skip
    except (OSError, ValueError, TypeError, AttributeError, RecursionError, yaml.YAMLError):
        whole = False
    if not whole:
        raise ScalebookError(f"{file} was changed after it was made. Make the edition again.")
    return found


def _still_left_out(name: str) -> list[LeftOut]:
    """Return the same, none from a file that was changed: it only saves trying again."""
    try:
        return left_out(name)
    except ScalebookError:
        return []


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


def own_results(name: str) -> dict[str, dict[str, Any]]:
    """Return the results of the chapters that were changed in an edition, by chapter."""
    folder = paths.edition_dir(name) / "results"
    return {
        chapter: json.loads((folder / f"{chapter}.json").read_text(encoding="utf-8"))
        for chapter in changed_chapters(name)
    }


def asked(chapter: LeftOut) -> dict[str, Value]:
    """Return the values that a chapter left out was to have."""
    values: dict[str, Value] = yaml.safe_load(chapter.asked)
    return values


def _copied(value: Value, folder: Path, copies: dict[str, str]) -> Value:
    """Return a value; of a file of the reader's, the place of its copy from the top of the book."""
    if not isinstance(value, str) or not Path(value).is_file():
        return value
    if value not in copies:
        name = re.sub(r"[^\w. -]+", "-", Path(value).name)
        if name in {Path(each).name for each in copies.values()}:
            name = f"{len(copies)}-{name}"
        place = folder / "files" / name
        content = Path(value).read_bytes()
        if not place.is_file() or place.read_bytes() != content:
            write(place, content)
        copies[value] = place.relative_to(paths.root()).as_posix()
    return copies[value]


def _asked_for(values: Mapping[str, Value]) -> str:
    """Return a parameter file; a comment has the hash of files: a change of one is one here too."""
    files = [paths.root() / v for v in values.values() if isinstance(v, str)]
    found = [file for file in files if file.is_file()]
    mark = f"# files: sha256 {hash_of(found)}\n" if found else ""
    return yaml.safe_dump(dict(values), allow_unicode=True) + mark


def _reason(failed: Path, chapter: str) -> str:
    """Return the last line of what a chapter's run said."""
    for end in ("unsuited", "failed"):
        file = failed / f"{chapter}.{end}"
        if file.is_file():
            said = file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            return said[-1].removeprefix("scalebook: ").rstrip(".") if said else "it gave no reason"
    return "it was stopped"


def _write_left_out(folder: Path, chapters: list[LeftOut]) -> None:
    file = folder / _LEFT_OUT
    ordered = sorted(chapters, key=lambda each: CHAPTERS.index(each.chapter))
    text = json.dumps([vars(each) for each in ordered], indent=1, ensure_ascii=False) + "\n"
    if not ordered:
        file.unlink(missing_ok=True)
    elif not file.is_file() or file.read_bytes() != text.encode():
        write(file, text)


def _provenance(chapter: str) -> dict[str, Any]:
    return provenance(paths.notebooks_dir() / f"{chapter}.ipynb")


def _forget(folder: Path, chapter: str) -> None:
    """Remove what an edition has of a chapter that is not changed in it."""
    for stale in ("parameters/{}.yml", "executed/{}.ipynb", "results/{}.json", "made/{}"):
        (folder / stale.format(chapter)).unlink(missing_ok=True)
