"""Files that are written whole or not at all.

Everything is written beside its place and moved there when it is whole, so that a run that fails
leaves earlier outputs as they were.
"""

import errno
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from scalebook.errors import ScalebookError


def dumps(content: object) -> str:
    """Return results as the text of their file."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all."""
    write_all({path: content})


def write_all(contents: Mapping[Path, str | bytes]) -> None:
    """Write files whole or not at all: none takes its place before all are on the disk.

    Raises
    ------
    ScalebookError
        If one cannot be written; earlier files are then as they were.
    """
    staged: dict[Path, Path] = {}
    path = Path()
    try:
        for path, content in contents.items():
            staged[path] = _stage(path, content)
        for path, temporary in staged.items():
            temporary.replace(path)
    except OSError as error:
        raise ScalebookError(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


def _stage(path: Path, content: str | bytes) -> Path:
    """Write a file beside its place and return where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
        Path(name).chmod(0o644)
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)


def check_writable(path: Path) -> None:
    """Say now, and not after the run, that a file cannot be written there; make no folder yet."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "There is a folder of that name")
        there = next(folder for folder in path.parents if folder.exists())
        _stage(there / path.name, "").unlink()
    except OSError as error:
        raise ScalebookError(f"{path} cannot be written: {error.strerror or error}.") from None
