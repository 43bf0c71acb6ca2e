"""The public tables of training runs that come with the library, and what each is.

What is said of a table stands in ``datapackage.json``; the page on the data shows the same.
"""

from dataclasses import dataclass
from typing import Any

from scalinglaws import datapackage
from scalinglaws.errors import ScalingLawsError
from scalinglaws.reading import NATS, SUITES, read_bundled
from scalinglaws.runs import Runs


@dataclass(frozen=True)
class Table:
    """A table of training runs, and what one must know before fitting it.

    Parameters
    ----------
    name : str
        For `table`.
    title : str
        What it is, in a line.
    studies : tuple of str
        Keys of the publications it comes from, in ``book/references.bib``.
    rows : int
        Rows of the table.
    suites : tuple of str
        Families of runs in it; each is fitted for itself. Empty if it is one family.
    row : str
        What a row is: a run, a checkpoint, a point on a curve.
    loss_unit : str
        ``nats/token``, ``bits/byte`` or ``not stated``.
    counting : str
        How parameters are counted.
    made : str
        What was done to each row of the source.
    pooling : str
        Which rows must not be fitted together.
    licence, licence_ground : str
        Licence of the source (an SPDX identifier, or ``not stated``), and where it is stated.
    repository, commit, path : str
        Where it was read.

    Examples
    --------
    >>> tables()["porian2024"]  # doctest: +ELLIPSIS
    Table: porian2024, 1745 rows in 15 suites; a row: point on an isoFLOP profile, read off a ...
      loss: nats/token; licence: MIT
    >>> found = tables()["muennighoff2023"]
    >>> found.rows, found.row, found.licence
    (308, 'training run, at its end', 'Apache-2.0')
    """

    name: str
    title: str
    studies: tuple[str, ...]
    rows: int
    suites: tuple[str, ...]
    row: str
    loss_unit: str
    counting: str
    made: str
    pooling: str
    licence: str
    licence_ground: str
    repository: str
    commit: str
    path: str

    def __repr__(self) -> str:
        """Return the name, the rows and suites, what a row is, the loss's unit and the licence."""
        suites = f" in {len(self.suites)} suites" if len(self.suites) > 1 else ""
        return (
            f"Table: {self.name}, {self.rows} rows{suites}; a row: {self.row}\n"
            f"  loss: {self.loss_unit}; licence: {self.licence}"
        )


def tables() -> dict[str, Table]:
    """Return what is known of each table of training runs.

    Returns
    -------
    dict of str to Table
        By name, in the order of ``datapackage.json``.

    Examples
    --------
    >>> print(*tables(), sep=", ")  # doctest: +ELLIPSIS
    hoffmann2022_runs, isoflop_runs, porian2024, muennighoff2023, gadre2024, gemstones2025, ...
    >>> sum(table.rows for table in tables().values() if table.loss_unit == "nats/token") > 30000
    True
    """
    found = {}
    for name in datapackage.table_names():
        about = datapackage.description(name)
        if "runs" in about:
            said: dict[str, Any] = {
                key: tuple(each) if isinstance(each, list) else each
                for key, each in about["runs"].items()
            }
            found[name] = Table(name=name, title=about["title"], **said)
    return found


def table(name: str, suite: str | None = None, *, loss_unit: str = NATS) -> Runs:
    """Return the runs of a public table.

    Parameters
    ----------
    name : str
        One of `tables`, or a suite of ``isoflop_runs``.
    suite : str, optional
        The only suite to return; all of them otherwise (`Runs.split` takes them apart).
    loss_unit : str
        The unit that losses are expected in. A table in another is refused: no table says how many
        bytes its tokens have, so nothing is converted.

    Returns
    -------
    Runs
        With suite, run and budget where the table has them.

    Raises
    ------
    UnknownName
        If there is no such table or suite; the message gives the nearest.
    ScalingLawsError
        If its losses are in another unit than the one expected.

    Examples
    --------
    >>> runs = table("porian2024")
    >>> len(runs), len(runs.suites)
    (1745, 15)
    >>> one = table("porian2024", suite="owt2-tuned-short-const-standard-val")
    >>> len(one), len(set(one.budget))
    (116, 12)
    >>> table("nanochat2026_optima")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    scalinglaws.errors.ScalingLawsError: nanochat2026_optima: losses are in bits/byte, expected ...
    >>> len(table("nanochat2026_optima", loss_unit="bits/byte"))
    12
    """
    known = tables()
    datapackage.require(name, [*known, *SUITES], "table of runs")
    unit = known["isoflop_runs" if name in SUITES else name].loss_unit
    if unit != loss_unit:
        raise ScalingLawsError(
            f"{name}: losses are in {unit}, expected {loss_unit}, to which nothing converts them. "
            f'Take them as they are with loss_unit="{unit}".'
        )
    runs = read_bundled(name)
    return runs if suite is None else runs.of_suite(suite)
