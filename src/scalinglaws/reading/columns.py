"""Which column of a table is which, by the names that people and programs give them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scalinglaws import datapackage
from scalinglaws.errors import ScalingLawsError
from scalinglaws.reading.formats import Cells

MEANING = {
    "params": "a number of parameters",
    "tokens": "a number of training tokens",
    "flop": "training compute in FLOP",
    "loss": "a loss in nats per token",
    "budget": "the compute of an isoFLOP profile in FLOP",
    "suite": "the name of a family of runs",
    "run": "the name of a training run",
}
"""Columns that `read_runs` reads, and what each holds."""

UNITS = {
    "params": "params", "tokens": "tokens", "flop": "FLOP", "loss": "nats/token", "budget": "FLOP",
}  # fmt: skip

#: Those of them that are text.
LABELS = ("suite", "run")

_MOST_LISTED = 8

# Names as `_plain` writes them, of the whole column or of what stands behind its last slash: those
# of the field, of Weights & Biases, of Hugging Face's trainer, Levanter, OLMo and of people.
_SCALES = {
    "": 1.0,
    "k": 1e3,
    "m": 1e6,
    "g": 1e9,
    "b": 1e9,
    "t": 1e12,
    "p": 1e15,
    "e": 1e18,
    "z": 1e21,
}
_WORDS = {"thousand": "k", "million": "m", "billion": "b", "trillion": "t"}
_IN = r"(?:_(?:in_)?(?P<scale>[kmbt]|thousand|million|billion|trillion)s?)?"
_KNOWN = {
    name: re.compile(pattern)
    for name, pattern in {
        "params": r"(?:n|(?:\w+_)?(?:params?|parameters)|nparams|model_size"
        rf"|(?:\w+_)?(?:params?|parameters?)_count){_IN}",
        "tokens": r"(?:d|(?:(?:n|num|total|number_of|train|training|seen|consumed)_)*tokens|ntokens"
        rf"|tokens?_(?:num|count|seen|trained|consumed)|num_input_tokens_seen){_IN}",
        "flop": r"c|compute|flops?|(?:(?:total|training|train|compute|model)_)+"
        r"(?:compute|(?P<scale>[kmgtpez]?)(?:flops?|flos))",
        "budget": r"(?:compute_|flops?_|isoflop_|c_)?budget|target_flops?",
        "suite": r"suite",
        "run": r"run|run_?(?:name|id)|name",
        "loss": r"l|(?:\w+_)?loss(?:_\w+)?|(?:\w+_)?(?:cross_?entropy(?:_?loss)?|nll)",
    }.items()
}  # fmt: skip
#: What is called so and is another thing.
_OTHER = {
    "params": re.compile("(^|_)per_|hyper|^(vocab|embed)"),
    "loss": re.compile(
        "scale|weight|std|sem$|stderr|aux|(^|_)z_|balanc|router|delta|diff|spike|grad|bits|bpb"
    ),
}
#: What may hold a quantity, and is worth naming where it is missing.
_LOOSE = {
    "params": ("param", "model", "^size$"), "tokens": ("token",), "flop": ("flop", "compute"),
    "loss": ("loss",),
}  # fmt: skip

_EXPORTS = {
    "OLMo": r"CrossEntropyLoss$|throughput/total_training_",
    "Levanter": r"^throughput/total_(tokens|gflops)$",
    "Weights & Biases": r"^(_step|_runtime|_timestamp|_wandb)$",
}
"""Programs by a column that their exports have, the rarer first."""

_CHART = re.compile(r"__(MIN|MAX)$")


@dataclass(frozen=True)
class Column:
    """A column that is read.

    Parameters
    ----------
    place : int
        Among the columns of its table, from 0.
    name : str
        As it stands in the table.
    factor : float
        By which its numbers are multiplied: 1e9 of one in billions.
    unit : str or None
        In which a cell may say that its number is; None where only plain numbers will do.

    Examples
    --------
    >>> Column(2, "throughput/total_gflops", 1e9)
    Column(place=2, name='throughput/total_gflops', factor=1000000000.0, unit=None)
    """

    place: int
    name: str
    factor: float = 1.0
    unit: str | None = None


def argument(name: str, value: str, column: str = "") -> str:
    """Write an argument of `read_runs`, as messages show what may be given.

    Parameters
    ----------
    name, value : str
        ``where`` and a condition; ``columns``, one of theirs and, as `column`, one of ours.
    column : str
        Key of the value in a mapping; empty for a value by itself.

    Returns
    -------
    str
        In Python.

    Examples
    --------
    >>> print(argument("columns", "Model Size", "params"), argument("where", "lr<1"))
    columns={"params": "Model Size"} where="lr<1"
    """
    text = json.dumps(value, ensure_ascii=not value.isprintable())
    return f'{name}={{"{column}": {text}}}' if column else f"{name}={text}"


def require_column(name: str, names: Sequence[str], table: str) -> None:
    """Complain if a table has no column of a name.

    Parameters
    ----------
    name : str
        The name asked for.
    names : sequence of str
        Of its columns.
    table : str
        What to call it.

    Raises
    ------
    UnknownName
        With the nearest name, or the first of all.

    Examples
    --------
    >>> require_column("Loss", ["loss", "tokens"], "mine.csv")
    Traceback (most recent call last):
    scalinglaws.errors.UnknownName: There is no column of mine.csv 'Loss'. Did you mean 'loss'?
    """
    if name not in names:
        shown = _shown(name)
        known = [each for each in map(_shown, names) if each != shown]
        datapackage.require(shown, known, f"column of {table}")


def assigned(cells: Cells, chosen: Mapping[str, str], table: str) -> dict[str, Column]:
    """Return which columns of a table are params, tokens, flop, loss, budget, suite and run.

    Parameters
    ----------
    cells : Cells
        The table.
    chosen : mapping of str to str
        Columns by what they are; an empty name for what is to be left alone.
    table : str
        What to call the table in messages.

    Returns
    -------
    dict of str to Column
        In the order of `MEANING`. A column of that very name is taken, or else the one column that
        is called so by custom.

    Raises
    ------
    ScalingLawsError
        If a column is not there, or is there twice, or several may be meant, or they do not
        suffice for a fit.

    Examples
    --------
    >>> found = assigned(Cells(["Model Size", "total_gflops", "eval/loss"], iter([])), {}, "mine")
    >>> {ours: column.name for ours, column in found.items()}, found["flop"].factor
    ({'params': 'Model Size', 'flop': 'total_gflops', 'loss': 'eval/loss'}, 1000000000.0)
    """
    for ours in chosen:
        datapackage.require(ours, MEANING, "quantity")
    names, taken, unclear = cells.names, dict[str, str](), dict[str, list[str]]()
    for ours in MEANING:
        free = [name for name in names if name not in chosen.values()]
        known = [name for name in free if name not in MEANING and _scale(ours, name) is not None]
        if ours in chosen:
            if chosen[ours]:
                require_column(chosen[ours], names, table)
                taken[ours] = chosen[ours]
        elif ours in free:
            taken[ours] = ours
        elif len(known) == 1 or (known and ours == "run"):
            taken[ours] = known[0]
        elif known:
            unclear[ours] = known
    if "budget" in taken and "flop" not in taken and not {"params", "tokens"} <= taken.keys():
        taken["flop"] = taken["budget"]
    _check_enough(cells, taken, unclear, table)
    for ours, name in taken.items():
        if names.count(name) > 1:
            raise ScalingLawsError(
                f"{table} has {names.count(name)} columns {_shown(name)}; keep one."
            )
        if name in cells.nested:
            wanted = "names" if ours in LABELS else "numbers"
            raise ScalingLawsError(
                f"{table}: column {_shown(name)} holds lists, objects or other things of several "
                f"parts; expected {wanted}."
            )
    return {ours: _column(ours, taken[ours], names) for ours in MEANING if ours in taken}


def _column(ours: str, name: str, names: list[str]) -> Column:
    factor = _scale(ours, name) or 1.0
    return Column(names.index(name), name, factor, UNITS.get(ours) if factor == 1 else None)


def _plain(name: str) -> str:
    """Return a name in lower case, with an underscore for whatever is neither letter nor digit."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _scale(ours: str, name: str) -> float | None:
    """Return the factor of a column's numbers if by its name it holds this quantity, else None."""
    for plain in dict.fromkeys((_plain(name), _plain(name.rpartition("/")[2]))):
        match = _KNOWN[ours].fullmatch(plain)
        if match and not (ours in _OTHER and _OTHER[ours].search(plain)):
            scale = match.groupdict().get("scale") or ""
            return _SCALES[_WORDS.get(scale, scale)]
    return None


def export(names: Sequence[str]) -> str:
    """Return which program a table was exported from, by its columns; empty if it is not known.

    Parameters
    ----------
    names : sequence of str
        Of the columns.

    Returns
    -------
    str
        ``Levanter``, say.

    Examples
    --------
    >>> export(["parameter_count", "throughput/total_gflops", "eval/loss"])
    'Levanter'
    """
    found = (
        program
        for program, pattern in _EXPORTS.items()
        if any(re.search(pattern, name) for name in names)
    )
    return next(found, "")


def _check_enough(
    cells: Cells, taken: dict[str, str], unclear: dict[str, list[str]], table: str
) -> None:
    """Complain of a table in which the quantities that a fit needs are missing or unclear."""
    found = taken.keys() | unclear.keys()
    few = len({"params", "tokens", "flop"} & taken.keys()) < 2
    asked = [each for each in unclear if each in ("params", "tokens", "loss")]
    asked += ["flop"] * (few and "flop" in unclear and "tokens" not in found)
    choices = "".join(_which(ours, unclear[ours]) for ours in asked)
    wanted = ["params"] * (len(found & {"params", "tokens", "flop"}) < 2 and "params" not in found)
    wanted += ["tokens", "flop"] * (not found & {"tokens", "flop"})
    wanted += ["loss"] * ("loss" not in found)
    if wanted:
        advice = _chart(cells) or _advice(cells, wanted, set(taken.values())) + choices
        names = ", ".join(map(_shown, cells.names))
        names = names if len(names) <= 300 else f"{names[:300]}..."
        kind = f" is {cells.kind}, which is of one run" if cells.kind else ""
        raise ScalingLawsError(
            f"{table}{kind}: expected columns params, loss and one of tokens or flop; found "
            f"{names}.{advice}"
        )
    if choices:
        raise ScalingLawsError(f"{table}:{choices}")


def _which(ours: str, names: Sequence[str]) -> str:
    several = [_shown(name) for name in names[:_MOST_LISTED]]
    more = f" and {len(names) - _MOST_LISTED} more" * (len(names) > _MOST_LISTED)
    return (
        f" {len(names)} columns may be {ours}: {', '.join(several)}{more}. Choose one, such as "
        f"{argument('columns', names[0], ours)}."
    )


def _chart(cells: Cells) -> str:
    if not any(_CHART.search(name) for name in cells.names):
        return ""
    return (
        " This is a chart of Weights & Biases, with a column for each run; export the table of "
        "runs instead, with their sizes and tokens."
    )


def _advice(cells: Cells, wanted: Sequence[str], taken: set[str]) -> str:
    """Return what can be done about quantities that are missing."""
    if cells.nested and "loss" in wanted:
        return (
            f" Objects are in {', '.join(map(_shown, cells.nested[:3]))}; take them apart, as "
            'pandas.json_normalize(rows, sep="/") does.'
        )
    if len(cells.names) == 1 or any(re.search(r"[\t;|]|:.*\d", name) for name in cells.names):
        return " Separate all columns by commas, and give their names in the first line."
    said, near = "", dict[str, str]()
    for ours in wanted:
        hits = (
            name
            for pattern in _LOOSE[ours]
            for name in cells.names
            if name not in {*taken, *near.values()}
            and re.search(pattern, _plain(name))
            and "_per_" not in _plain(name)
        )
        if name := next(hits, ""):
            near[ours] = name
            said += f" If {_shown(name)} is {ours}: {argument('columns', name, ours)}."
    if "params" in wanted and "params" not in near:
        said += (
            " No column looks like sizes: give each row its own, and put runs of all sizes into "
            "one table."
        )
    if "tokens" in wanted and not near.keys() & {"tokens", "flop"}:
        said += " No column looks like tokens or compute: add one."
    if "loss" in wanted and "loss" not in near:
        said += " No column looks like a loss; the logarithm of a perplexity is one."
    return said


def _shown(name: str) -> str:
    text = "".join(c if c.isprintable() else "\ufffd" for c in name)
    return text if len(text) <= 60 else f"{text[:60]}..."
