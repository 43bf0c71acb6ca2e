"""Where the checkout keeps its data, notebooks and built things."""

import os
import re
from functools import cache
from pathlib import Path

from scalebook.errors import ScalebookError, shortened

_PACKAGE = Path(__file__).resolve().parent


@cache
def root() -> Path:
    """Return the top folder of the checkout.

    Raises
    ------
    ScalebookError
        If the package was installed away from its checkout, so that there are no notebooks.
    """
    top = _PACKAGE.parents[1]
    if not (top / "notebooks").is_dir():
        raise ScalebookError(
            f"No notebooks and data beside the installed package ({_PACKAGE}). scalebook works "
            "from its checkout, installed in place: clone it and run `make book`."
        )
    return top


def data_dir() -> Path:
    """Return the folder with the published tables."""
    return root() / "data"


def notebooks_dir() -> Path:
    """Return the folder with the chapters' notebooks."""
    return root() / "notebooks"


def executed_dir() -> Path:
    """Return the folder for the executed chapters of the book."""
    return root() / "book" / "executed"


def results_dir() -> Path:
    """Return the folder for the results of the book's chapters, or of the edition being built."""
    edition = os.environ.get("SCALEBOOK_EDITION")
    return edition_dir(edition) / "results" if edition else root() / "_build" / "results"


def failed_dir() -> Path:
    """Return the folder for what is left of runs that failed."""
    return root() / "_build" / "failed"


def edition_dir(name: str) -> Path:
    """Return the folder of a personal edition.

    Raises
    ------
    ScalebookError
        If the name is none of a folder of ours.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", name):
        raise ScalebookError(
            f"{shortened(name)} is no name of an edition: expected letters, digits, - and _."
        )
    return root() / "_build" / "editions" / name
