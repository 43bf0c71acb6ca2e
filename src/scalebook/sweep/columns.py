"""The tables of a sweep: one row a run, one column a swept parameter or a result."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from scalebook.chapters.parameter import Value

Columns = dict[str, list[Any]]


def tidy(
    swept: Sequence[str],
    combinations: Sequence[Mapping[str, Value]],
    results: Sequence[Mapping[str, float | int]],
) -> tuple[Columns, Columns]:
    """Arrange runs in columns.

    Parameters
    ----------
    swept : sequence of str
        Names of the parameters that differ between runs.
    combinations : sequence of mapping
        All parameters of each run.
    results : sequence of mapping
        Results of each run.

    Returns
    -------
    parameters, results : dict of str to list
        Columns by name. A result named like a swept parameter becomes ``NAME_result``; a run that
        lacks a result that others have holds None there.
    """
    names = dict.fromkeys(name for row in results for name in row)
    left: Columns = {name: [row[name] for row in combinations] for name in swept}
    right: Columns = {
        f"{name}_result" if name in left else name: [row.get(name) for row in results]
        for name in names
    }
    return left, right


def as_csv(columns: Columns) -> str:
    """Return columns as CSV; floats are written so that they read back the same."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return stream.getvalue()


def as_parquet(columns: Columns) -> bytes:
    """Return columns as Parquet; numbers are floats unless all of a column are whole."""
    import pyarrow as pa
    from pyarrow import parquet

    stream = io.BytesIO()
    parquet.write_table(
        pa.table({name: pa.array(_one_type(c)) for name, c in columns.items()}), stream
    )
    return stream.getvalue()


def _one_type(column: list[Any]) -> list[Any]:
    if any(isinstance(value, float) for value in column):
        return [value if value is None else float(value) for value in column]
    whole = all(value is None or isinstance(value, str | bool) for value in column)
    if not whole and any(value is not None and abs(value) >= 2**63 for value in column):
        return [value if value is None else float(value) for value in column]
    return column
