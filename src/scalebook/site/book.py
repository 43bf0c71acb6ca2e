"""Build the static book from the executed chapters, whole or not at all."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from scalebook import paths
from scalebook.chapters import parameter
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalebook.execution.locks import exclusive
from scalebook.execution.origin import provenance
from scalebook.files import write
from scalebook.record import ledger, results
from scalebook.site import edition, typeset


def build() -> Path:
    """Build the book and return its first page.

    The pages are built in a folder of their own, which takes the place of `_build/html` when
    Sphinx has finished without a warning.

    Raises
    ------
    ScalebookError
        If a chapter's results do not belong to its present notebook, library and data; if a claim
        has no verdict; if Sphinx warns; if another build is running.
    """
    with _alone():
        found = results.load_all()
        for chapter in CHAPTERS:
            _check_fresh(chapter, found[chapter], {})
        rows = ledger.rows(found)
        return _make(_lay_out(), rows, paths.root() / "_build" / "html")


def build_edition(name: str) -> Path:
    """Build a personal edition, from the chapters run for it and the book's others.

    Raises
    ------
    ScalebookError
        As `build`; if there is no such edition.
    """
    folder = paths.edition_dir(name)
    with _alone():
        before = results.load_all()
        changed = edition.changed_chapters(name)
        for chapter in CHAPTERS:
            if chapter not in changed:
                _check_fresh(chapter, before[chapter], {})
                book_file = paths.results_dir() / f"{chapter}.json"
                write(folder / "results" / book_file.name, book_file.read_text(encoding="utf-8"))
        with _edition(name):
            after = results.load_all()
            for chapter, values in changed.items():
                _check_fresh(chapter, after[chapter], values, "Make the edition again.")
            rows = ledger.rows(after)
            source = _lay_out()
            edition.complete(name, source, before, after)
            return _make(source, rows, folder / "html")


def _alone() -> AbstractContextManager[int | None]:
    refusal = "Another build of the book is running in this checkout. Wait for it, or stop it."
    return exclusive(paths.root() / "_build" / ".lock", refusal)


@contextmanager
def _edition(name: str) -> Iterator[None]:
    """Make the results those of an edition, here and for Sphinx."""
    os.environ["SCALEBOOK_EDITION"] = name
    try:
        yield
    finally:
        del os.environ["SCALEBOOK_EDITION"]


def _stage() -> Path:
    """Return where pages are built: in one place, for Sphinx keeps absolute paths."""
    return paths.root() / "_build" / "stage"


def _lay_out() -> Path:
    """Copy what the pages are built from, and return where."""
    source = _stage() / "source"
    shutil.rmtree(_stage(), ignore_errors=True)
    shutil.copytree(paths.root() / "book", source / "book")
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy2(paths.root() / name, source / name)
    return source


def _make(source: Path, rows: list[dict[str, Any]], place: Path) -> Path:
    """Build the pages, put them in their place and the ledger with the results."""
    typeset.build(source, _stage() / "html")
    text = json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
    write(paths.results_dir() / "ledger.json", text)
    _swap(_stage() / "html", place)
    shutil.rmtree(_stage())
    return place / "index.html"


def _check_fresh(
    chapter: str, found: dict[str, object], values: dict[str, parameter.Value], remedy: str = ""
) -> None:
    shown = parameters.check(chapter, values)
    now = provenance(paths.notebooks_dir() / f"{chapter}.ipynb", shown)
    remedy = remedy or f"Run `make book`, or `scalebook run {chapter}`."
    if found["parameters"] != shown:
        raise ScalebookError(
            f"The results of chapter '{chapter}' were made with other parameters than those that "
            f"this book shows. {remedy}"
        )
    if found["provenance"] != now:
        raise ScalebookError(
            f"The results of chapter '{chapter}' were made by another state of the notebook, the "
            f"library, the data or the environment. {remedy}"
        )


def _swap(new: Path, place: Path) -> None:
    old = place.with_name(".html-before")
    shutil.rmtree(old, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)
