"""The table behind a figure: the columns that it is drawn from, as CSV.

All figures share one vocabulary of columns, so that a name means the same wherever it stands.
"""

import csv as csv_module
import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scalebook.errors import ScalebookError

#: Columns by name, of equal length.
Table = dict[str, list[Any]]

#: Columns of several series, or panels or rows, by their name.
Series = dict[str, Mapping[str, ArrayLike]]

#: What each column of a figure's table holds, with its unit. NAME_low and NAME_high are the ends of
#: an interval of NAME.
MEANING = {
    "panel": "panel of the figure that the row is drawn in",
    "row": "name of the line or place that it stands at, on an axis of names",
    "series": "what the row belongs to, as it is named in the figure",
    "kind": "what the row is drawn as, where a series has several",
    "params": "model size N, parameters",
    "tokens": "training data D, tokens",
    "compute": "training compute C, FLOP",
    "ratio": "tokens per parameter D/N",
    "loss": "loss, nats per token",
    "excess": "loss above the floor or the entropy, nats per token",
    "budget": "parameters times tokens N D",
    "served": "tokens that a model serves",
    "load": "tokens served for each training token of the model that is best to train",
    "total": "compute to train and serve, over that of the model that is best to train",
    "epochs": "passes over the same tokens",
    "worth": "what repeated tokens are worth, fresh passes",
    "repeats": "constant of the decay of repeated tokens R, repeats",
    "repeats_params": "constant of the decay of excess parameters R, multiples beyond the first",
    "degree": "over-training: tokens per parameter over the optimum",
    "penalty": "compute multiplier lost m",
    "exponent": "exponent of a power law",
    "exponent_error": "what an exponent is off by, or a part of that",
    "alpha": "exponent of size in the law",
    "beta": "exponent of data in the law",
    "multiple": "how many times what the axis names",
    "distance": "compute of a run over that of the largest run fitted",
    "decades": "factors of ten that a range spans",
    "position": "place on a line that the axis explains",
    "play": "place between two teachers: 0 better, 1 worse",
    "drawn_at": "where it is drawn, to stand beside others of the same place",
    "count": "how many of what the axis names",
    "share": "share of a whole, 0 to 1",
    "probability": "probability, 0 to 1",
    "density": "probability density, for a step of the axis: of one, or of a factor of ten",
    "year": "calendar year",
    "error_percent": "error, %",
    "excess_percent": "what is above the least, %",
    "saved_percent": "share of the FLOP saved, %",
    "wasted_percent": "share of the compute wasted, %",
    "growth_percent": "growth a year, %",
    "share_percent": "share, %",
    "pf_days": "training compute C, PF-days",
    "trillions": "tokens, trillions",
    "loss_bits": "loss, bits per token",
    "excess_bits": "loss above the entropy, bits per token",
    "floor_bits": "fitted floor above the entropy, bits per token",
    "bits": "bits in which a parameter is held",
    "bits_per_char": "bits per character of text",
    "bits_per_byte": "bits per byte of text",
    "bits_per_param": "bits per parameter",
    "chars": "length of a text, characters",
    "chars_per_token": "characters per token",
    "vocabulary": "number of different tokens",
    "a": "exponent of compute in the optimal size",
    "residual": "observed minus fitted loss, %",
}

#: The columns of texts; all others hold numbers.
TEXTS = ("panel", "row", "series", "kind")


def meaning(column: str) -> str | None:
    """Return what a column holds; None for one that no figure has."""
    for end, words in (("_low", "lower"), ("_high", "upper")):
        if column.endswith(end) and (of := MEANING.get(column.removesuffix(end))):
            return f"{words} end of an interval of: {of}"
    return MEANING.get(column)


def table(columns: Mapping[str, ArrayLike]) -> Table:
    """Return columns of equal length; a single value stands in every row.

    Raises
    ------
    ScalebookError
        If a column is not in `MEANING`, or they differ in length.
    """
    unknown = [name for name in columns if meaning(name) is None]
    if unknown:
        raise ScalebookError(
            f"The table of a figure has a column {unknown[0]}, which no figure has: expected one "
            f"of {', '.join(MEANING)}. Say in columns.MEANING what it holds."
        )
    arrays = {name: np.asarray(values) for name, values in columns.items()}
    lengths = {len(each) for each in arrays.values() if each.ndim} or {1}
    if len(lengths) > 1:
        told = ", ".join(f"{name} {np.shape(each)}" for name, each in arrays.items())
        raise ScalebookError(f"The columns of a figure's table differ in length: {told}.")
    (length,) = lengths
    return {name: np.broadcast_to(each, (length,)).tolist() for name, each in arrays.items()}


def stack(series: Mapping[str, Mapping[str, ArrayLike]], by: str = "series") -> Table:
    """Return several tables below one another, named in a column of its own.

    Parameters
    ----------
    series : mapping of str to mapping of str to array_like
        Columns of each, by its name; a column that one lacks is empty in its rows. They may be
        stacks themselves, such as those of the panels of a figure.
    by : str
        The column that has the names.
    """
    parts = {name: table(columns) for name, columns in series.items()}
    every = dict.fromkeys(column for part in parts.values() for column in part)
    names = sorted(every, key=lambda name: name not in TEXTS)
    stacked: Table = {by: [], **{name: [] for name in names}}
    for series_name, part in parts.items():
        length = len(next(iter(part.values())))
        stacked[by] += [series_name] * length
        for name in names:
            stacked[name] += part.get(name, [None] * length)
    return stacked


def schema(names: Iterable[str]) -> dict[str, Any]:
    """Return the Frictionless Table Schema of a table with these columns."""
    kinds = {name: "string" if name in TEXTS else "number" for name in names}
    fields = [
        {"name": name, "type": kind, "description": meaning(name)} for name, kind in kinds.items()
    ]
    return {"fields": fields, "missingValues": [""]}


def csv(columns: Mapping[str, ArrayLike]) -> str:
    """Return a table as the text of a CSV file; what is no number stays empty."""
    whole = table(columns)
    text = io.StringIO()
    writer = csv_module.writer(text, lineterminator="\n")
    writer.writerow(whole)
    writer.writerows([[_cell(value) for value in row] for row in zip(*whole.values(), strict=True)])
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}" if np.isfinite(value) else ""
    return str(value)
