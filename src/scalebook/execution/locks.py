"""A lock on a folder that dies with its holder, so that a killed process leaves none behind."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scalebook.errors import ScalebookError


@contextmanager
def exclusive(path: Path, refusal: str, wait: float = 0.0) -> Iterator[int | None]:
    """Hold the lock at `path` within a ``with`` statement.

    The operating system holds the lock for as long as its descriptor is open, here or in a child
    process that was handed it; however those end, the lock is free then.

    Parameters
    ----------
    path : Path
        File to lock; created where it is missing, and left in place.
    refusal : str
        What to say when another process holds it.
    wait : float
        Seconds to wait for it.

    Yields
    ------
    int or None
        The descriptor; None where the file system has no locks, as some of clusters have not.

    Raises
    ------
    ScalebookError
        If another process holds the lock, or the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ScalebookError(f"{path} cannot be written: {error.strerror or error}.") from None
    try:
        held = _lock(descriptor, refusal, time.monotonic() + wait)
        yield descriptor if held else None
    finally:
        os.close(descriptor)


def _lock(descriptor: int, refusal: str, until: float) -> bool:
    try:
        import fcntl
    except ImportError:  # not a POSIX system
        return False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                raise ScalebookError(refusal) from None
            time.sleep(0.1)
        except OSError:
            return False
