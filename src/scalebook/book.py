"""Build the static book from the executed chapters, whole or not at all."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from scalebook import claims, edition, parallel, parameters, paths, results
from scalebook.chapters import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.execution import provenance, write
from scalebook.locks import exclusive

# What `jupyter-book build` does, but on several cores, for which the command has no option.
_JUPYTER_BOOK = """
import gc
import sys
import scalebook.lean
gc.disable()  # of a process that lives for seconds: an eighth of its time
from jupyter_book.sphinx import build_sphinx
source, target, jobs = sys.argv[1:]
given = {"external_toc_path": f"{source}/_toc.yml", "latex_individualpages": False}
sys.exit(build_sphinx(
    source, target, path_config=f"{source}/_config.yml", confoverrides=given, freshenv=True,
    noconfig=True, warningiserror=True, keep_going=True, quiet=True, jobs=int(jobs),
) != 0)
"""


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
        top = paths.root()
        return _pages(top, found, paths.results_dir(), top / "_build" / "html", "")


def build_edition(name: str) -> Path:
    """Build a personal edition, from the chapters run for it and the book's others.

    Raises
    ------
    ScalebookError
        As `build`; if there is no such edition.
    """
    with _alone():
        return _build_edition(name)


def _build_edition(name: str) -> Path:
    before = results.load_all()
    changed = edition.changed_chapters(name)
    folder = paths.edition_dir(name)
    for chapter in CHAPTERS:
        if chapter not in changed:
            _check_fresh(chapter, before[chapter], {})
            book_file = paths.results_dir() / f"{chapter}.json"
            write(folder / "results" / book_file.name, book_file.read_text(encoding="utf-8"))
    with _edition(name):
        after = results.load_all()
        for chapter, values in changed.items():
            _check_fresh(chapter, after[chapter], values)
        source = folder / "source"
        shutil.rmtree(source, ignore_errors=True)
        edition.source(name, source, before, after)
        place = _pages(source, after, paths.results_dir(), folder / "html", name)
    shutil.rmtree(source, ignore_errors=True)
    return place


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


def _pages(
    source: Path, found: dict[str, Any], results_dir: Path, place: Path, edition_name: str
) -> Path:
    rows = claims.ledger(found)
    stage = paths.root() / "_build" / f"stage{edition_name and '-' + edition_name}"
    shutil.rmtree(stage, ignore_errors=True)
    command = [sys.executable, "-c", _JUPYTER_BOOK, str(source), str(stage / "html")]
    # Sphinx hands each process an equal share of the pages, but one after the other: with shares of
    # a third of a core none waits long for its own.
    command += [str(3 * parallel.cores())]
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise ScalebookError(f"The book was not built.\n{_complaints(done.stdout + done.stderr)}")
    write(results_dir / "ledger.json", json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    page = _swap(stage / "html", place) / "index.html"
    shutil.rmtree(stage, ignore_errors=True)
    return page


def _check_fresh(
    chapter: str, found: dict[str, object], values: dict[str, parameters.Value]
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
