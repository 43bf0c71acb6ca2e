"""Where notebooks are, and where built things go: in the checkout, or below the current folder."""

import re
from functools import cache
from pathlib import Path

from scalebook.errors import ScalebookError
from scalinglaws.errors import shortened

_PACKAGE = Path(__file__).resolve().parent


@cache
def checkout() -> Path | None:
    """Return the top folder of the checkout; None where the package was installed without one."""
    top = _PACKAGE.parents[1]
    return top if (top / "notebooks").is_dir() and (top / "_toc.yml").is_file() else None


def root() -> Path:
    """Return the top folder of the checkout.

    Raises
    ------
    ScalebookError
        If the package was installed without its checkout, so that there is no book to build.
    """
    top = checkout()
    if top is None:
        raise ScalebookError(
            f"The book is built in a checkout; scalebook is installed without one ({_PACKAGE}). "
            "Clone it and run `make book` there. Single chapters run here, too: `scalebook run`."
        )
    return top


def notebooks_dir() -> Path:
    """Return the folder with the chapters' notebooks, which come with the package."""
    return (_PACKAGE / "notebooks").resolve()


def work_dir() -> Path:
    """Return the folder for what is made of chapters besides the book."""
    top = checkout()
    return top / "_build" if top else Path.cwd() / "scalebook-out"


def executed_dir() -> Path:
    """Return the folder for the executed chapters of the book."""
    return root() / "book" / "executed"


def results_dir() -> Path:
    """Return the folder for the results of the book's chapters."""
    return root() / "_build" / "results"


def failed_dir(target: Path | None = None) -> Path:
    """Return the folder for what is left of runs that failed; an edition has one of its own."""
    editions = work_dir() / "editions"
    if target is not None and target.resolve().is_relative_to(editions):
        return editions / target.resolve().relative_to(editions).parts[0] / "failed"
    return work_dir() / "failed"


def latest_edition() -> Path:
    """Return the file that names the edition made last."""
    return root() / "_build" / "editions" / ".latest"


def edition_dir(name: str) -> Path:
    """Return the folder of a personal edition.

    Raises
    ------
    ScalebookError
        If the name is none of a folder of ours.
    """
    if not re.fullmatch(r"[\w-]{1,100}", name):
        raise ScalebookError(
            f"{shortened(name)} is no name of an edition: expected letters, digits, - and _."
        )
    return root() / "_build" / "editions" / name
