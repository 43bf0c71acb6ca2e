"""The program `scalebook`: what a signal does to it, from its first line to its last."""

import signal
import sys
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_came: list[int] = []


def main() -> int:
    """Run one command and return its exit code, 128 and its number after a signal."""
    _leave_to_the_system()  # until there is something to clear away, and who says so
    from scalebook import cli
    from scalebook.terminal import complain

    for each in _SIGNALS:
        signal.signal(each, _stop)
    try:
        code = cli.main()
    except KeyboardInterrupt:  # not in the command itself, which says so
        complain(cli.STOPPED)
        code = cli.INTERRUPTED
    finally:
        _leave_to_the_system()
    return 128 + _came[0] if _came and code == cli.INTERRUPTED else code


def _leave_to_the_system() -> None:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_DFL)


def _stop(number: int, _: FrameType | None) -> None:
    """Take any signal as a Ctrl-C is taken: children end, and what was begun is cleared away."""
    _came.append(number)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
