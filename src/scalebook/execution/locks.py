"""A lock on a folder that dies with its holder, so that a killed process leaves none behind."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from scalebook.errors import ScalebookError

# What file systems without locks say, as some of clusters are.
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)


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
        The descriptor; None where the file system has no locks.

    Raises
    ------
    ScalebookError
        If another process holds the lock, or the file cannot be made.
    """
    held: list[int] = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=wait, on_acquired=held.append)
        lock.acquire()
    except Timeout:
        raise ScalebookError(refusal) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            why = error.strerror or error
            raise ScalebookError(f"{path} cannot be written: {why}.") from None
    try:
        yield next(iter(held), None)
    finally:
        lock.release()
