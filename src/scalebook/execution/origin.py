"""What a result depends on: its provenance, as hashes and versions."""

import hashlib
import importlib.metadata
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scalebook import paths
from scalebook.chapters import parameter
from scalebook.contents import package
from scalebook.errors import ScalebookError
from scalinglaws import datapackage

# What every chapter's results depend on, of the package of the book.
_PARTS = (
    "chapters/__init__.py",
    "chapters/common.py",
    "chapters/declaration.py",
    "chapters/foresight.py",
    "chapters/parameter.py",
    "chapters/sweeps.py",
    "contents.py",
    "documents.py",
    "engine.py",
    "errors.py",
    "execution",
    "files.py",
    "laboratory/__init__.py",  # chapters count; the tables of what its networks learned are data
    "laboratory/extent.py",
    "laboratory/learner.py",
    "laboratory/source.py",
    "laboratory/strings.py",
    "laboratory/teaching.py",
    "paths.py",
    "record",
    "show",
)
# A line of a lock file.
_PIN = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)
_VERSIONED = ("matplotlib", "numpy", "pandas", "papermill", "scipy", "seaborn")


def provenance(
    notebook: Path, values: Mapping[str, parameter.Value] | None = None
) -> dict[str, Any]:
    """Return what a result depends on besides its parameters.

    Parameters
    ----------
    notebook : Path
    values : mapping, optional
        The parameters; a text among them that is the path of a file, such as a table of runs of
        your own, counts with the file's content.

    Returns
    -------
    dict
        ``chapter``; hashes of ``notebook``, ``library``, ``data``, ``lock`` (the lock file; empty
        where there is none) and ``files`` (by parameter); ``python`` and ``versions``.
    """
    return {
        "chapter": notebook.stem,
        "notebook": hash_of([notebook]),
        "library": hash_of(code_of(notebook.stem, Path(__file__).parents[2])),
        "data": hash_of(datapackage.every_file()),
        "lock": hash_of(_lock()),
        "files": _files(values or {}),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in _VERSIONED},
    }


def _files(values: Mapping[str, parameter.Value]) -> dict[str, str]:
    named = {name: Path(value) for name, value in values.items() if isinstance(value, str)}
    try:
        return {name: hash_of([path]) for name, path in named.items() if path.is_file()}
    except (OSError, ValueError) as error:  # a path too long or unreadable
        raise ScalebookError(f"A file among the parameters cannot be read: {error}.") from None


def code_of(chapter: str, source: Path) -> list[Path]:
    """Return the code that a chapter's results depend on, in a fixed order.

    The whole library, the chapter's own package, and the rooms that run, record and draw it; not
    the pages, the reports or the sweeps, nor the packages of other chapters.

    Parameters
    ----------
    chapter : str
    source : Path
        The folder that has both packages.
    """
    book = source / "scalebook"
    own = book / "chapters" / package(chapter)
    parts = [source / "scalinglaws", *(book / part for part in _PARTS), own]
    found = (part.rglob("*.py") if part.is_dir() else [part] for part in parts)
    # How a command is called changes no result.
    return sorted(
        path for files in found for path in files if path.is_file() and path.name != "commands.py"
    )


def _lock() -> list[Path]:
    """Return the lock file of the checkout, if this is one."""
    top = paths.checkout()
    return [top / "requirements.lock"] if top and (top / "requirements.lock").is_file() else []


def unlike_lock(lock: Path) -> list[str]:
    """Return the packages that are installed in another version than a lock file pins, in words.

    Parameters
    ----------
    lock : Path
        Lines of ``name==version``; a package may have several, for several systems. What it pins
        and is not installed does not count: some of it is for other systems.
    """
    pins: dict[str, list[str]] = {}
    for name, version in _PIN.findall(lock.read_text(encoding="utf-8")):
        pins.setdefault(name, []).append(version)
    installed = {name: _installed(name) for name in pins}
    return [
        f"{name} {installed[name]} is installed, {' or '.join(versions)} is pinned"
        for name, versions in pins.items()
        if installed[name] not in (None, *versions)
    ]


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def hash_of(files: list[Path]) -> str:
    """Return the hash of the names and contents of files; of none, the empty string."""
    if not files:
        return ""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0")
        with file.open("rb") as stream:  # piece by piece: someone's runs may be large
            while piece := stream.read(1 << 20):
                digest.update(piece)
        digest.update(b"\0")
    return digest.hexdigest()
