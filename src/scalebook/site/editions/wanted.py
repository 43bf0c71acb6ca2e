"""What a reader wants otherwise than the book has it."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from scalebook import paths
from scalebook.chapters.parameter import Value
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalinglaws import reading

#: In an edition's folder: a hash of where the files lie that it was made from.
ORIGIN = "made-from"


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
    origin : str
        A hash of where the reader's files lie.
    """

    name: str
    changed: dict[str, dict[str, Value]]
    runs: Path | None = None
    origin: str = ""


def read(file: Path | None, runs: Path | None) -> Edition:
    """Read an edition from a parameter file, a file of runs, or both.

    Raises
    ------
    ScalebookError
        If neither is given, a file cannot be read, a name or value is wrong, or nothing differs
        from the defaults.
    ScalingLawsError
        If the file of runs is no table of runs.
    """
    if file is None and runs is None:
        raise ScalebookError(
            "An edition needs something of yours: make book PARAMS=mine.yml, or RUNS=runs.csv."
        )
    wanted = parameters.by_chapter(parameters.read_file(file) if file else {})
    if runs is not None:
        _take_runs(wanted, runs)
    changed = {}
    for chapter, values in wanted.items():
        defaults = {p.name: p.default for p in parameters.declared(chapter)}
        checked = parameters.check(chapter, values)
        moved = {name: value for name, value in checked.items() if value != defaults[name]}
        if moved:
            changed[chapter] = moved
    if not changed:
        raise ScalebookError("All values given are the defaults: that edition is the book itself.")
    given = [each for each in (file, runs) if each is not None]
    origin = hashlib.sha256("\0".join(str(each.resolve()) for each in given).encode()).hexdigest()
    return Edition(_name(given[0].stem, origin), changed, runs, origin)


def _name(stem: str, origin: str) -> str:
    """Return the name of an edition: another than those made from other files have."""
    name = re.sub(r"[^\w-]+", "-", stem)[:60].strip("-") or "edition"
    known = paths.edition_dir(name) / ORIGIN
    if known.is_file() and known.read_bytes() != origin.encode():
        return f"{name}-{origin[:6]}"
    return name


def _take_runs(wanted: dict[str, dict[str, object]], runs: Path) -> None:
    """Have the chapters that fit runs use a file, once it has been read as one."""
    if not runs.is_file():
        raise ScalebookError(f"{runs}: no such file of runs.")
    reading.read_runs(runs)  # said once and at once, not by every chapter
    for chapter in parameters.knowing("runs"):
        wanted[chapter].setdefault("runs", str(runs))
        # The default leaves out what the replication left out of the published runs.
        if chapter in parameters.knowing("drop_highest"):
            wanted[chapter].setdefault("drop_highest", 0)
