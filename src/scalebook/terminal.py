"""What the commands print: plain in a pipe, with colour and tables on a terminal.

Rich takes a tenth of a second to import, so everything here imports it when it is asked for.
"""

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

#: Told how much of the work is done, and how much there is.
Told = Callable[[int, int], None]


def say(text: str = "") -> None:
    """Print a line as it stands."""
    print(text)


def complain(text: str) -> None:
    """Print a line to the standard error."""
    print(text, file=sys.stderr)


def near(path: Path) -> str:
    """Write a path relative to here if it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path)


def as_json(content: object) -> None:
    """Print plain values as JSON; a number that does not exist is null."""
    ascii_only = "utf" not in (sys.stdout.encoding or "").lower()
    print(json.dumps(_known(content), indent=1, ensure_ascii=ascii_only, allow_nan=False))


def _known(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {key: _known(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_known(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def markdown(text: str) -> None:
    """Print a text in Markdown: set on a terminal, as it stands in a pipe."""
    if not sys.stdout.isatty():
        print(text)
        return
    from rich.markdown import Markdown

    _console().print(Markdown(text))


@contextmanager
def progress(what: str) -> Iterator[Told]:
    """Show how far work is, with an estimate of the rest, on a terminal; nothing in a pipe.

    Yields
    ------
    callable
        To be called with the work done and the whole, as often as one likes.
    """
    console = _console(stderr=True) if sys.stderr.isatty() else None
    if console is None or not console.is_interactive:
        yield lambda _done, _whole: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    # What is typed is no markup.
    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()
    times = TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, *times, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)


def _console(stderr: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)
