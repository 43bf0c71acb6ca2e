"""Build the static book from the executed chapters, whole or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scalebook import paths
from scalebook.chapters import parameter
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalebook.execution.files import write
from scalebook.execution.locks import exclusive
from scalebook.execution.origin import provenance
from scalebook.record import claims, results
from scalebook.site import edition, masthead, typeset

if TYPE_CHECKING:
    import subprocess

# Beside the pages of the book, what Sphinx read of them: editions go on from there.
_SOURCES = "sources"


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
    with _alone(), typeset.process() as sphinx:
        found = results.load_all()
        for chapter in CHAPTERS:
            _check_fresh(chapter, found[chapter], {})
        rows = claims.ledger_rows(found)
        shutil.rmtree(_kept(), ignore_errors=True)  # it is of the pages that are replaced now
        sources = _sources()
        _lay_out(_stage() / "source")
        _build_pages(sphinx)
        page = _publish(rows, paths.root() / "_build" / "html")
        for name in typeset.KEPT:
            (_kept() / name).parent.mkdir(exist_ok=True)
            (_stage() / name).rename(_kept() / name)
        write(_kept() / _SOURCES, sources)
        shutil.rmtree(_stage())
        return page


def build_edition(name: str) -> Path:
    """Build a personal edition, from the chapters run for it and the book's others.

    Where the book is built from the same sources, only the pages that differ are built.

    Raises
    ------
    ScalebookError
        As `build`; if there is no such edition.
    """
    folder = paths.edition_dir(name)
    with _alone(), typeset.process(name) as sphinx:
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
                _check_fresh(chapter, after[chapter], values)
            rows = claims.ledger_rows(after)
            source = _stage() / "source"
            _lay_out(source)
            edition.complete(name, source, before, after)
            _take_over()
            _build_pages(sphinx)
            masthead.put_on_all(_stage() / "html", edition.masthead_of(name, source))
            page = _publish(rows, folder / "html")
        shutil.rmtree(_stage())
        return page


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


def _kept() -> Path:
    return paths.root() / "_build" / "pages"


def _lay_out(source: Path) -> None:
    """Copy what the pages are built from, with its times, by which Sphinx knows what changed."""
    shutil.rmtree(_stage(), ignore_errors=True)
    shutil.copytree(paths.root() / "book", source / "book")
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy2(paths.root() / name, source / name)


def _take_over() -> None:
    """Begin with the pages of the book, if they were built from the present sources."""
    made_of = _kept() / _SOURCES
    if made_of.is_file() and made_of.read_text(encoding="utf-8") == _sources():
        for name in typeset.KEPT:
            shutil.copytree(_kept() / name, _stage() / name)
        shutil.copytree(
            paths.root() / "_build" / "html",
            _stage() / "html",
            # Sphinx makes these in any case, and says in the pages which were there before.
            ignore=shutil.ignore_patterns("_static"),
            copy_function=shutil.copyfile,  # dated now: later than its source, a page is fresh
        )


def _sources() -> str:
    """Return a hash of all that pages are made of, but the executed chapters and their results."""
    top = paths.root()
    files = [
        top / name for name in ("_config.yml", "_toc.yml", "CITATION.cff", "requirements.lock")
    ]
    for folder in ("benchmarks", "book", "data", "notebooks", "src"):
        files += sorted((top / folder).rglob("*"))
    settings = [os.environ.get(name) for name in (typeset.VARIABLE, typeset.BASE_VARIABLE)]
    digest = hashlib.sha256(repr(settings).encode())
    for path in files:
        made = path.is_relative_to(paths.executed_dir()) or path.suffix == ".pyc"
        if path.is_file() and not made:
            digest.update(f"\0{path.relative_to(top)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _build_pages(sphinx: "subprocess.Popen[str]") -> None:
    source = _stage() / "source"
    said = typeset.build(sphinx, source, _stage() / "html")
    if said is not None:
        said = _complaints(said).replace(f"{source}{os.sep}", "")
        raise ScalebookError(f"The book was not built.\n{said}")


def _publish(rows: list[dict[str, Any]], place: Path) -> Path:
    """Put the pages in their place, and the ledger with the results; return the first page."""
    text = json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
    write(paths.results_dir() / "ledger.json", text)
    return _swap(_stage() / "html", place) / "index.html"


def _check_fresh(
    chapter: str, found: dict[str, object], values: dict[str, parameter.Value]
) -> None:
    shown = parameters.check(chapter, values)
    now = provenance(paths.notebooks_dir() / f"{chapter}.ipynb", shown)
    if found["parameters"] != shown:
        raise ScalebookError(
            f"The results of chapter '{chapter}' were made with other parameters than those that "
            f"this book shows. Run `make book`, or `scalebook run {chapter}`."
        )
    if found["provenance"] != now:
        raise ScalebookError(
            f"The results of chapter '{chapter}' were made by another state of the notebook, the "
            f"library, the data or the environment. Run `make book`, or `scalebook run {chapter}`."
        )


def _complaints(output: str) -> str:
    """Return the warnings among Sphinx's output, or its end if there are none."""
    lines = [line for line in output.splitlines() if line.strip()]
    marked = [line for line in lines if any(w in line for w in ("WARNING", "ERROR", "Error"))]
    return "\n".join(marked or lines[-20:])


def _swap(new: Path, place: Path) -> Path:
    old = place.with_name(".html-before")
    shutil.rmtree(old, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)
    return place
