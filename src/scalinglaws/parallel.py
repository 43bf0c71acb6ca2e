"""Work shared out over the cores of the machine, with results in a fixed order."""

import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from scalinglaws.errors import ScalingLawsError

Item = TypeVar("Item")
Result = TypeVar("Result")

_WORTH = 0.25  # seconds of work that pay for processes


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def over(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int | None = None
) -> Iterator[Result]:
    """Yield `function(item)` for each item in order, by all cores if that takes long.

    The first item is done here: how long it takes tells whether processes are worth while, and
    what it makes and keeps they share. They are forked, and so know all that this process knows.
    Where that is not safe, threads do the work; NumPy lets go of the interpreter while it computes,
    but calls are so short that threads wait for one another a good deal. No more than a few items
    are ahead of the reader, so that memory does not grow with their number.

    Parameters
    ----------
    function : callable
        Its result must not depend on the order in which the items are done.
    items : sequence
    workers : int, optional
        The number of cores, unless given.

    Raises
    ------
    ScalingLawsError
        If a process was ended from outside.
    """
    workers = workers or cores()
    if not items:
        return
    start = time.perf_counter()
    first = function(items[0])
    left = items[1:]
    seconds = (time.perf_counter() - start) * len(left)
    yield first
    if workers == 1 or seconds < _WORTH:
        yield from map(function, left)
    elif _can_fork():
        yield from forked(function, left, min(workers, len(left)))
    else:
        yield from threaded(function, left, workers)


def _can_fork() -> bool:
    """Say whether a copy of this process can compute; on macOS its libraries do not allow it."""
    return sys.platform == "linux" and not multiprocessing.current_process().daemon


def forked(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Iterator[Result]:
    """Yield `function(item)` for each item in order, computed by copies of this process."""
    context: Any = multiprocessing.get_context("fork")
    pipes = [context.Pipe(duplex=False) for _ in range(workers)]
    processes = [
        context.Process(target=_work, args=(function, items[k::workers], pipes, k), daemon=True)
        for k in range(workers)
    ]
    try:
        with warnings.catch_warnings():
            # Of other threads, whose locks a copy may find closed; the work takes none of them.
            warnings.simplefilter("ignore", DeprecationWarning)
            for process in processes:
                process.start()
        for _, sender in pipes:
            sender.close()
        for index in range(len(items)):
            yield _received(pipes[index % workers][0])
    finally:
        for process in processes:
            if process.pid is not None:
                process.terminate()
                process.join()


def _work(
    function: Callable[[Item], object],
    items: Sequence[Item],
    pipes: list[tuple[Connection, Connection]],
    own: int,
) -> None:
    """Send the results of some items, one after the other; the pipe holds the next one or two."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interruption is for the one who reads
    for index, (receiver, sender) in enumerate(pipes):
        receiver.close()  # so that sending fails, and this process ends, if the reader is gone
        if index != own:
            sender.close()
    try:
        for item in items:
            pipes[own][1].send((function(item), None))
    except BrokenPipeError:
        pass
    except Exception as error:
        pipes[own][1].send((None, error))


def _received(receiver: Connection) -> Any:
    try:
        result, error = receiver.recv()
    except EOFError:
        raise ScalingLawsError(
            "A process that computed was ended from outside, perhaps for want of memory. Ask for "
            "fewer resamples, or give it more memory."
        ) from None
    if error is not None:
        raise error
    return result


def threaded(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Iterator[Result]:
    """Yield `function(item)` for each item in order, computed by threads."""
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            # In the caller's context: what NumPy is to be silent about holds in the threads too.
            waiting.append(pool.submit(copy_context().run, function, item))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
