"""The command line: the commands that stand beside their subjects, as one program."""

import gc
import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, TextIO

import typer

import scalebook
from scalebook import patches, paths
from scalebook.errors import Unsuited
from scalebook.execution import commands as execution
from scalebook.laboratory import commands as laboratory
from scalebook.record import commands as record
from scalebook.report import commands as report
from scalebook.site import commands as site
from scalebook.sweep import commands as sweep
from scalebook.terminal import complain, say
from scalinglaws.errors import ScalingLawsError

#: What is returned and said after a Ctrl-C.
INTERRUPTED, STOPPED = 130, "scalebook: stopped."
_ROOMS = (execution, sweep, record, report, laboratory, site)
_LABORATORY = "the laboratory: pip install 'scalebook[laboratory]'"
_EXTRAS = {"jax": _LABORATORY, "optax": _LABORATORY}
_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"]}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors go to stderr without a traceback."""
    gc.set_threshold(100_000)  # 700 is for programs that run for longer than they import
    # A program that was started with its outputs closed has none.
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file's name may hold what has no encoding
            stream.reconfigure(errors="backslashreplace")
    command = patches.name_only(typer.main.get_command(_program()), _SETTINGS)
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        code = command.main(arguments, prog_name="scalebook", standalone_mode=False)
        sys.stdout.flush()
        if code == INTERRUPTED:
            complain(STOPPED)
        return code or 0
    except ScalingLawsError as error:
        complain(f"scalebook: {error}")
        # So that who calls can tell data that do not suffice from a run that went wrong.
        return 4 if isinstance(error, Unsuited) else 1
    except typer.TyperException as error:
        complain(f"scalebook: {_in_words(error)}")
        return error.exit_code
    except ModuleNotFoundError as error:
        if str(error.name).startswith(("scalebook", "scalinglaws")):
            raise
        complain(
            f"scalebook: this needs the package {error.name}, which comes with "
            + _EXTRAS.get(str(error.name), "the chapters: pip install 'scalebook[book]'")
        )
    except OSError as error:
        _let_go()
        if isinstance(error, BrokenPipeError):  # who reads has read enough
            return 0
        place = error.filename or "the output cannot be written"
        complain(f"scalebook: {place}: {error.strerror or error}.")
    except SystemExit as end:
        if not isinstance(end.__context__, BrokenPipeError):  # typer ends so where a pipe is broken
            raise
        _let_go()
        return 0
    return 1


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123


def _let_go() -> None:
    """Send to nowhere what is left to write, which Python would try again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _in_words(error: typer.TyperException) -> str:
    """Say what was wrong with a command line on one line, with the nearest that is right."""
    text = error.format_message()
    if near := getattr(error, "possibilities", None):
        text = f"No such option {getattr(error, 'option_name', '')}. Did you mean {near[0]}?"
    elif (context := getattr(error, "ctx", None)) and "Did you mean" not in text:
        text += f" `{context.command_path} --help` says what there is."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _program() -> typer.Typer:
    app = typer.Typer(
        rich_markup_mode="rich" if sys.stdout.isatty() else None,
        context_settings=_SETTINGS,
    )
    app.callback(
        invoke_without_command=True, help="Recompute what is said about language-model scaling."
    )(_begin)
    for room in _ROOMS:
        app.add_typer(room.app)
    return app


def _begin(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="say which version this is")] = False,
) -> None:
    if version:
        say(scalebook.__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        say(_welcome())


_ANYWHERE = {
    "scalebook plan --compute 1e25": "size and data for a budget",
    "scalebook fit runs.csv": "the law of your own training runs",
    "scalebook run kaplan -p growth=3": "a chapter with your own number",
}
_WITH_THE_BOOK = {
    "scalebook run chinchilla -p level=0.8": "a chapter with your own number",
    "scalebook claims": "what was said, and what comes out",
    "scalebook fit runs.csv --page report.html": "your own training runs, as a page",
}


def _welcome() -> str:
    """Say what to do next, here."""
    top, tries = paths.checkout(), _ANYWHERE
    if top is None:
        lines = ["scalebook recomputes what is said about language-model scaling. Try:"]
    elif not (page := top / "_build" / "html" / "index.html").is_file():
        lines = [f"The book is not built yet: run `make book` in {top}. Or try:"]
    else:
        lines, tries = [f"The book is in {page}. Try:"], _WITH_THE_BOOK
    width = max(map(len, tries))
    lines += [f"  {command:<{width}}   {what}" for command, what in tries.items()]
    return "\n".join([*lines, "`scalebook --help` lists all commands."])
