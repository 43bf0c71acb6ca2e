"""What the commands print, in a pipe and on a terminal."""

import os
import pty
import subprocess
import sys

import pytest

from scalebook import terminal

TABLE = "terminal.markdown('| law | params |\\n| :-- | --: |\\n| [bold]x | 12B |')"
PROGRESS = """
with terminal.progress('cells') as told:
    told(0, 3)
    told(2, 3)
"""


def on_a_terminal(code: str, **environment: str) -> str:
    """Run code whose two outputs are a terminal, and return what came to be seen there."""
    ours, theirs = pty.openpty()
    known = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen(
        [sys.executable, "-c", f"from scalebook import terminal\n{code}"],
        stdout=theirs, stderr=theirs,
        env={**known, "TERM": "xterm-256color", "COLUMNS": "80", **environment},
    ) as child:  # fmt: skip
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # on Linux the end of a terminal is an error
                part = b""
            if not part:
                break
            seen += part
    os.close(ours)
    assert child.returncode == 0, seen
    return seen.decode()


def test_a_table_in_a_pipe_is_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    exec(TABLE, {"terminal": terminal})
    assert capsys.readouterr().out == "| law | params |\n| :-- | --: |\n| [bold]x | 12B |\n"


def test_a_table_on_a_terminal_is_ruled() -> None:
    seen = on_a_terminal(TABLE)
    assert "────" in seen
    assert "\x1b[1m" in seen
    assert "[bold]x" in seen  # a name is no markup


def test_no_colour_where_none_is_wanted() -> None:
    coloured, plain = on_a_terminal(PROGRESS), on_a_terminal(PROGRESS, NO_COLOR="1")
    assert "\x1b[32m" in coloured
    assert "\x1b[32m" not in plain


def test_progress_is_shown_on_a_terminal() -> None:
    seen = on_a_terminal(PROGRESS)
    assert "cells" in seen
    assert "2/3" in seen


def test_several_commands_at_once_draw_nothing() -> None:
    assert on_a_terminal(PROGRESS, TTY_INTERACTIVE="0") == ""


def test_progress_says_nothing_in_a_pipe(capfd: pytest.CaptureFixture[str]) -> None:
    exec(PROGRESS, {"terminal": terminal})
    assert capfd.readouterr() == ("", "")


def test_a_number_that_does_not_exist_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.as_json({"a": [float("nan"), 1.0], "b": float("inf")})
    assert capsys.readouterr().out == '{\n "a": [\n  null,\n  1.0\n ],\n "b": null\n}\n'
