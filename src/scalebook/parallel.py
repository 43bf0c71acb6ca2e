"""Work shared out over the cores of the machine, with results in a fixed order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def over(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None
) -> Iterator[Result]:
    """Yield `function(item)` for each item in order, computed by threads.

    NumPy lets go of the interpreter while it computes, so threads suffice. No more than two items
    a core are ahead of the reader, so that memory does not grow with their number.

    Parameters
    ----------
    function : callable
        Its result must not depend on what the other threads do.
    items : iterable
    workers : int, optional
        Threads; the number of cores, unless given.
    """
    workers = workers or cores()
    if workers == 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            # In the caller's context: what NumPy is to be silent about holds in the threads too.
            waiting.append(pool.submit(copy_context().run, function, item))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
