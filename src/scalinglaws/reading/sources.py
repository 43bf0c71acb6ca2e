"""Where runs are read from: a file of one's own, or a table that comes with the library."""

import re
from pathlib import Path

from scalinglaws import datapackage
from scalinglaws.errors import ScalingLawsError, shortened

#: The unit of losses that `Runs` are in.
NATS = "nats/token"

SUITES = ("llama3", "marin-comma", "marin-dclm", "marin-nemotron", "fineweb-c4")
"""Suites of isoFLOP profiles in ``data/isoflop_runs.csv``."""

RUN_TABLES = ("hoffmann2022_runs", *SUITES)
"""Bundled training runs that the book's chapters rest on; `bundled_names` lists all."""

_LONGEST_NAME = 80


def bundled_names() -> tuple[str, ...]:
    """Return the names of the bundled tables and suites, which `read_runs` takes.

    Returns
    -------
    tuple of str
        `RUN_TABLES`, then the other tables of `scalinglaws.tables`.

    Examples
    --------
    >>> {"hoffmann2022_runs", "llama3", "porian2024"} <= set(bundled_names())
    True
    """
    known = (name for name in datapackage.table_names() if "runs" in datapackage.description(name))
    return tuple(dict.fromkeys((*RUN_TABLES, *known)))


def bundled_path(name: str) -> Path:
    """Return where a bundled table lies, or the one that has a suite.

    Parameters
    ----------
    name : str
        One of `bundled_names`, or ``isoflop_runs``.

    Returns
    -------
    pathlib.Path
        Absolute.

    Examples
    --------
    >>> bundled_path("llama3").name
    'isoflop_runs.csv'
    """
    return datapackage.location("isoflop_runs" if name in SUITES else name)


def file_path(source: str | Path) -> Path:
    """Return the path of a file of one's own, or complain that it is none.

    Parameters
    ----------
    source : str or pathlib.Path
        Its path.

    Returns
    -------
    pathlib.Path
        Of a file that is there.

    Raises
    ------
    ScalingLawsError
        If there is nothing, or something other than a file.

    Examples
    --------
    >>> file_path("/dev/null")
    Traceback (most recent call last):
    scalinglaws.errors.ScalingLawsError: /dev/null is a device or a pipe. Give the path of a file.
    """
    path = Path(source)
    try:
        there = path.exists()
    except (OSError, ValueError):  # a name too long, or with a null in it
        there = False
    if not there:
        raise ScalingLawsError(
            f"{shortened(str(path))}: no such file. Give the path of a file of runs, or the "
            f"name of a bundled table ({', '.join(bundled_names())})."
        )
    if path.is_dir():
        raise ScalingLawsError(f"{path} is a folder. Give the path of a file in it.")
    if not path.is_file():
        raise ScalingLawsError(f"{path} is a device or a pipe. Give the path of a file.")
    return path


def shown_name(path: Path) -> str:
    """Return a file's name as it may be shown to people: short, and nothing in it is markup.

    Parameters
    ----------
    path : pathlib.Path
        The file; it need not exist.

    Returns
    -------
    str
        Its name without folders, at most 83 characters; any but letters, digits, spaces and
        ``_.,()+@=-`` are underscores.

    Examples
    --------
    >>> shown_name(Path("runs", "<mine>.csv"))
    '_mine_.csv'
    """
    name = re.sub(r"[^\w .,()+@=-]", "_", path.name)
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."
