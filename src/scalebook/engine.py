"""Snakemake as a child process that ends with its parent, however the parent ends.

`python -m scalebook.engine DESCRIPTOR ARGUMENT...` runs Snakemake with the arguments and
stops it when the other end of the pipe DESCRIPTOR is closed; the system closes it even for a parent
that was killed outright.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

#: Seconds that Snakemake has for stopping its jobs before they are killed.
GRACE = 20.0


def execute(
    arguments: Sequence[str], log: Path | None, tick: Callable[[], float], held: int | None
) -> int:
    """Run Snakemake with `arguments` and return its exit code.

    Parameters
    ----------
    arguments : sequence of str
    log : Path or None
        Takes what it prints; None prints it where this process does.
    tick : callable
        Called again and again meanwhile; returns the seconds until the next call.
    held : int, optional
        Descriptor of a lock that it holds too, for as long as it lives.
    """
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "scalebook.engine", str(reader), *arguments]
    # Jobs find the commands of this environment.
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    passed = (reader,) if held is None else (reader, held)
    try:
        with log.open("wb") if log else nullcontext() as stream:
            # In a session of its own it gets a Ctrl-C at the terminal only through this process.
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=stream, pass_fds=passed,
                stderr=subprocess.STDOUT if log else None, start_new_session=True,
                env={**os.environ, "PATH": tools},
            )  # fmt: skip
        os.close(reader)
        while True:
            try:
                return child.wait(timeout=tick())
            except subprocess.TimeoutExpired:
                continue
    finally:
        os.close(writer)
        child.wait()


def main(descriptor: int, arguments: Sequence[str]) -> int:
    """Run Snakemake in this process until it ends or the pipe is closed."""
    # A shell script has what it puts in the background ignore SIGINT, and so all that this starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_watch, args=(descriptor,), daemon=True).start()
    from snakemake.cli import main as snakemake  # type: ignore[import-untyped]

    try:
        snakemake(list(arguments))
    except KeyboardInterrupt:
        return 130
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _watch(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass
    os.killpg(0, signal.SIGINT)  # as a Ctrl-C at a terminal would: to the jobs, too
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
