"""Build the static book from the executed chapters, whole or not at all."""

import json
import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from scalebook import paths
from scalebook.chapters import parameter
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalebook.execution.locks import exclusive
from scalebook.execution.origin import hash_of, provenance
from scalebook.files import write
from scalebook.machine import cores
from scalebook.record import ledger, results
from scalebook.record.seals import sealed
from scalebook.site import typeset
from scalebook.site.editions import changes, making

#: Tells Sphinx, in a process of its own, which edition it builds.
EDITION = "SCALEBOOK_EDITION"
# What Sphinx leaves beside its pages: texts as it has read them, and their figures.
_READ = (".doctrees", "jupyter_execute")
_READ_BY = "read-by"
#: Seconds that an edition waits for another build of the checkout.
PATIENCE = 600.0


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
            _check_fresh(chapter, found[chapter])
        page = _make(_lay_out(), ledger.rows(found), paths.root() / "_build", cores())
        _keep_read()
        shutil.rmtree(_stage())
        return page


def build_edition(name: str) -> Path:
    """Build a personal edition, from the chapters run for it and the book's others.

    Raises
    ------
    ScalebookError
        As `build`; if there is no such edition.
    """
    folder = paths.edition_dir(name)
    with _alone(PATIENCE):
        book = results.load_all()
        changed = making.changed_chapters(name)
        own = making.own_results(name)
        for chapter in CHAPTERS:
            _check_fresh(chapter, book[chapter])
        for chapter, values in changed.items():
            _check_fresh(chapter, own[chapter], values, folder)
        source = _lay_out()
        jobs = 1 if _take_read() else cores()  # few are left to read: two would mostly wait
        changes.complete(name, source, book, {**book, **own})
        os.environ[EDITION] = name
        try:
            page = _make(source, ledger.rows(book), folder, jobs)
        finally:
            del os.environ[EDITION]
        shutil.rmtree(_stage())
        return page


def _alone(wait: float = 0.0) -> AbstractContextManager[int | None]:
    refusal = "Another build of the book is running in this checkout. Wait for it, or stop it."
    return exclusive(paths.root() / "_build" / ".lock", refusal, wait)


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


def _keep_read() -> None:
    """Keep what Sphinx read of the book: an edition then reads its own pages only."""
    kept = _kept()
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    for name in _READ:
        (_stage() / name).rename(kept / name)
    write(kept / _READ_BY, _code())


def _take_read() -> bool:
    """Put back what Sphinx kept, if the code that read it is the present one; say whether it is.

    Whatever else a page depends on, Sphinx knows and looks at.
    """
    mark = _kept() / _READ_BY
    same = mark.is_file() and mark.read_text(encoding="utf-8") == _code()
    for name in _READ if same else ():
        shutil.copytree(_kept() / name, _stage() / name)
    return same


def _kept() -> Path:
    return paths.root() / "_build" / "read"


def _code() -> str:
    source = paths.root() / "src"
    return hash_of([*sorted(source.rglob("*.py")), paths.root() / "requirements.lock"])


def _make(source: Path, rows: list[dict[str, Any]], folder: Path, jobs: int) -> Path:
    """Build the pages, put them in their place and the ledger with the results."""
    typeset.build(source, _stage() / "html", jobs)
    text = json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
    write(folder / "results" / "ledger.json", text)
    _swap(_stage() / "html", folder / "html")
    return folder / "html" / "index.html"


def _check_fresh(
    chapter: str,
    found: dict[str, object],
    values: dict[str, parameter.Value] | None = None,
    edition: Path | None = None,
) -> None:
    """Refuse results that do not belong to the chapter as it is now, or were changed since."""
    shown = parameters.check(chapter, values or {})
    now = provenance(paths.notebooks_dir() / f"{chapter}.ipynb", shown)
    remedy = f"Run `make book`, or `scalebook run {chapter}`."
    executed, stored = paths.executed_dir(), paths.results_dir()
    if edition is not None:
        executed, stored, remedy = edition / "executed", edition / "results", "Make it again."
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
    if not sealed(stored / f"{chapter}.json", executed / f"{chapter}.ipynb"):
        raise ScalebookError(
            f"The results of chapter '{chapter}', or its executed notebook, were changed after "
            f"they were made. {remedy}"
        )


def _swap(new: Path, place: Path) -> None:
    old = place.with_name(".html-before")
    shutil.rmtree(old, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)
