"""The tables of a sweep: one row a run, one column a swept parameter or a result.

They are written in two goes over the rows, so that no more than a block of them is ever held: the
first finds out which columns there are and what is in them.
"""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from scalebook.chapters.parameter import Value

Row = dict[str, Value]

_BLOCK = 1000
_EXACT = 2**53  # whole numbers that a float holds


def row(parameters: Mapping[str, Value], results: Mapping[str, float | int]) -> Row:
    """Return the row of a run, from its values of the swept parameters and its results.

    A result named like a parameter becomes ``NAME_result``; whole numbers beyond those that a float
    holds become floats.
    """
    named = {f"{n}_result" if n in parameters else n: value for n, value in results.items()}
    return {
        name: float(value) if isinstance(value, int) and abs(value) > _EXACT else value
        for name, value in {**parameters, **named}.items()
    }


def write(folder: Path, swept: Sequence[str], rows: Callable[[], Iterable[Row]]) -> None:
    """Write ``table.csv`` and ``table.parquet``.

    In the first, floats are written so that they read back the same. In the second, numbers are
    floats unless all of a column are whole. A run that lacks a result that others have holds
    nothing there.

    Parameters
    ----------
    folder : Path
    swept : sequence of str
        The first columns.
    rows : callable
        Returns the same rows each time.
    """
    import pyarrow as pa
    from pyarrow import parquet

    kinds: dict[str, set[type]] = {name: set() for name in swept}
    for each in rows():
        for name, value in each.items():
            kinds.setdefault(name, set()).add(type(value))
    schema = pa.schema([(name, _type(found)) for name, found in kinds.items()])
    left = iter(rows())
    with (
        (folder / "table.csv").open("w", newline="", encoding="utf-8") as stream,
        parquet.ParquetWriter(folder / "table.parquet", schema) as table,
    ):
        lines = csv.DictWriter(stream, list(kinds), lineterminator="\n")
        lines.writeheader()
        while block := list(islice(left, _BLOCK)):
            lines.writerows(block)
            table.write_table(pa.Table.from_pylist(block, schema))


def _type(kinds: set[type]) -> Any:
    """Return the type in Parquet of a column with such values."""
    import pyarrow as pa

    known: dict[frozenset[type], Any] = {
        frozenset({str}): pa.string(), frozenset({bool}): pa.bool_(), frozenset({int}): pa.int64(),
    }  # fmt: skip
    return known.get(frozenset(kinds), pa.float64())
