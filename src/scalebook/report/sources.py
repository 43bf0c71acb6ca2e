"""Where the commands take runs from: a file or a bundled table, and which of its rows."""

import functools
import inspect
import json
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from scalebook.arguments import WrongUse, argument, flag, option
from scalebook.errors import ScalebookError
from scalinglaws.errors import ScalingLawsError, shortened

if TYPE_CHECKING:
    from scalinglaws import reading

ALL = "all"
"""In place of a suite: the runs of all of them together."""

_LISTED = 30  # suites in a message
_OFFERED = 3  # columns that might be suites
_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet", ".json", ".jsonl", ".ndjson")

_TEXT = r'("(?:[^"\\]|\\.)*")'
_MAPPED = re.compile(rf"columns=\{{{_TEXT}: {_TEXT}\}}")
_CONDITION = re.compile(rf"where={_TEXT}")


@dataclass(frozen=True)
class Origin:
    """Where runs are from.

    Attributes
    ----------
    name : str
        As it is given to a command: a bundled table, or the name of a file.
    suite : str or None
        The one that was chosen, or `ALL` of several; None where no choice was made.
    note : str or None
        Which rows of a bundled table must not be fitted together; None for other tables.
    notes : tuple of str
        How the table was read, where that is not plain from it.
    options : str
        Which said how to read it, as they are typed, with a space before each.
    """

    name: str
    suite: str | None = None
    note: str | None = None
    notes: tuple[str, ...] = ()
    options: str = ""

    @property
    def chosen(self) -> bool:
        """Whether the runs are one suite of the table."""
        return self.suite not in (None, ALL)


@dataclass(frozen=True)
class Source:
    """A table of runs as a command is given it.

    Attributes
    ----------
    name : str
        A file, or a bundled table.
    suite : str or None
        One of the table's, or `ALL`. Without it, a table of several suites is refused.
    columns : dict of str to str
    where : tuple of str
    best_per_cell, skip_empty, last_per_run : bool
        As for `scalinglaws.read_runs`.
    """

    name: str
    suite: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    where: tuple[str, ...] = ()
    best_per_cell: bool = False
    skip_empty: bool = False
    last_per_run: bool = False

    @property
    def options(self) -> str:
        """What was said beside name and suite, as it is typed."""
        said = [f"--column {ours}={shlex.quote(name)}" for ours, name in self.columns.items()]
        said += [f"--where {shlex.quote(each)}" for each in self.where]
        said += ["--best-per-cell"] * self.best_per_cell + ["--skip-empty"] * self.skip_empty
        said += ["--last-per-run"] * self.last_per_run
        return "".join(f" {each}" for each in said)

    def read(self) -> "tuple[reading.Reading, Origin]":
        """Return the runs, and where they are from.

        Raises
        ------
        ScalebookError
            If they cannot be read, or there is a choice of suites and none was made.
        """
        from scalinglaws import catalogue, reading

        try:
            found, mapped = self._found()
        except ScalingLawsError as error:
            raise ScalebookError(as_typed(str(error))) from None
        runs, suite = found.runs, self.suite
        bundled = self.name in reading.bundled_names()
        about = None
        if bundled:
            table = "isoflop_runs" if self.name in reading.SUITES else self.name
            about = catalogue.tables()[table]
        if suite is None and len(runs.suites) > 1:
            raise ScalebookError(
                f"{runs.name} has {len(runs.suites)} suites, which may not follow one law. Choose "
                f"one with --suite, such as --suite {_typed(runs.suites[0])}, or fit them all "
                f"together with --suite {ALL}. The suites: {_list(runs.suites)}"
            )
        if suite is None and found.suites:
            raise ScalebookError(as_typed(_offer(found)))
        if suite is not None and suite != ALL:
            if not runs.suites:
                raise ScalebookError(
                    f"--suite {shortened(suite)}: {runs.name} has no column suite. Leave --suite "
                    "out, or say which column it is with --column suite=NAME."
                )
            runs = replace(runs.of_suite(suite), name=f"{runs.name}, suite {_typed(suite)}")
        elif len(runs.suites) < 2:
            suite = None
        name = Path(self.name).name
        if bundled or name.startswith("-") or name in reading.bundled_names():
            name = self.name if bundled else f"./{name}"  # no option, and no bundled table
        said = map(as_typed, found.notes)
        note = about.pooling if about else None
        return replace(found, runs=runs), Origin(name, suite, note, tuple(said), mapped.options)

    def _found(self) -> "tuple[reading.Reading, Source]":
        """Return the table, of which a column of text is the suites if one of them is wanted."""
        from scalinglaws import reading

        found = reading.read(self.name, self._choices)
        if self.suite is not None and not found.runs.suites:
            splits = [n for n, values in found.suites.items() if self.suite in (ALL, *values)]
            if len(splits) == 1:
                mapped = replace(self, columns={**self.columns, "suite": splits[0]})
                return reading.read(self.name, mapped._choices), mapped
        return found, self

    @property
    def _choices(self) -> "reading.Choices":
        from scalinglaws import reading

        return reading.Choices(
            self.columns, self.where, self.best_per_cell, self.skip_empty, self.last_per_run
        )


def as_typed(text: str) -> str:
    """Return a text in which arguments of `scalinglaws.read_runs` are the options that give them.

    Examples
    --------
    >>> as_typed('Choose one: columns={"loss": "eval loss"}.')
    "Choose one: --column loss='eval loss'."
    """
    text = _MAPPED.sub(lambda m: f"--column {json.loads(m[1])}={_typed(json.loads(m[2]))}", text)
    text = _CONDITION.sub(lambda m: f"--where {_typed(json.loads(m[1]))}", text)
    text = text.replace("best_per_cell=True", "--best-per-cell")
    text = text.replace("last_per_run=True", "--last-per-run")
    return text.replace("skip_empty=True", "--skip-empty")


def _offer(found: "reading.Reading") -> str:
    """Ask for one of the suites that columns of text might be."""
    said = [
        f"column {_typed(column)} splits the rows into {len(values)} groups: {_list(values)}"
        for column, values in list(found.suites.items())[:_OFFERED]
    ]
    first = next(iter(found.suites.values()))[0]
    return (
        f"{found.runs.name}: {' And '.join(said)} They may not follow one law. Choose one with "
        f"--suite, such as --suite {_typed(first)}, or fit them all together with --suite {ALL}."
    )


def _typed(suite: str) -> str:
    """Return the name of a suite as it is typed."""
    return shlex.quote(suite) if suite.isprintable() else shortened(suite)


def _list(suites: Sequence[str]) -> str:
    more = f" and {len(suites) - _LISTED:,} more" if len(suites) > _LISTED else ""
    return f"{', '.join(map(_typed, suites[:_LISTED]))}{more}."


# How a command takes them


def _tables(incomplete: str) -> Iterator[str]:
    """Yield the bundled tables of runs, and files and folders that may hold some."""
    from scalinglaws import reading

    yield from reading.bundled_names()
    folder, slash, start = incomplete.rpartition("/")
    with suppress(OSError, RuntimeError):  # no such folder or user, or one that is shut
        for path in sorted(Path(folder + slash).expanduser().iterdir()):
            wanted = path.name.startswith(start) and (start or not path.name.startswith("."))
            if wanted and (path.is_dir() or path.name.lower().endswith(_ENDINGS)):
                yield f"{folder}{slash}{path.name}{'/' * path.is_dir()}"


def _options(
    runs: Annotated[
        str,
        argument(
            "RUNS.csv", "columns params, loss, and tokens or flop; or a bundled table", _tables
        ),
    ],
    suite: Annotated[
        str | None, option("NAME", "the suite of a table that has several; all: all of them")
    ] = None,
    column: Annotated[
        list[str] | None,
        option("WHAT=NAME", "the column that is params, tokens, flop, loss, budget, suite or run"),
    ] = None,
    where: Annotated[
        list[str] | None,
        option("CONDITION", "only rows for which it holds, such as 'Dataset=C4' or 'lr!=0.1'"),
    ] = None,
    best_per_cell: Annotated[
        bool, flag("--best-per-cell", "of rows of one size and data, only the lowest loss")
    ] = False,
    skip_empty: Annotated[bool, flag("--skip-empty", "leave out rows without a loss")] = False,
    last_per_run: Annotated[
        bool, flag("--last-per-run", "of rows of one run, only the last by tokens")
    ] = False,
) -> Source:
    mapped: dict[str, str] = {}
    for each in column or ():
        ours, equals, name = each.partition("=")
        if not equals:
            raise WrongUse(
                f"--column {shortened(each)}: expected what it is, = and its name, such as "
                "--column params='Model Size'."
            )
        if ours.strip() in mapped:
            raise WrongUse(f"--column {ours.strip()} is given twice. Leave one of them out.")
        mapped[ours.strip()] = name.strip()
    return Source(runs, suite, mapped, tuple(where or ()), best_per_cell, skip_empty, last_per_run)


def takes_runs(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command whose first parameter is a `Source` take the table and its options instead."""
    parts = inspect.signature(_options).parameters
    _, *others = inspect.signature(command).parameters.values()

    @functools.wraps(command)
    def taken(**given: Any) -> None:
        source = _options(**{name: given.pop(name) for name in parts})
        command(source, **given)

    kept = {each.name: each.annotation for each in (*parts.values(), *others)}
    taken.__signature__ = inspect.Signature([*parts.values(), *others])  # type: ignore[attr-defined]
    taken.__annotations__ = {**kept, "return": None}
    return taken
