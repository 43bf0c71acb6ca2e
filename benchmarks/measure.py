"""Time, memory and the machine."""

import multiprocessing
import os
import platform
import resource
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy

from scalebook.machine import cores

_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes, of the peak that the system reports


@dataclass
class Cost:
    """Seconds on the clock, seconds of all cores together, and the peak of memory in MiB.

    Of memory that processes share with this one, what they have not written to is counted once.
    """

    seconds: float = 0.0
    core_seconds: float = 0.0
    peak_mib: float = 0.0


@contextmanager
def cost():
    """Measure what is done inside, by this process and those that it makes and ends."""
    found, done = Cost(), threading.Event()
    watch = threading.Thread(target=_watch_children, args=(found, done))
    _forget_peak()
    clock, cores = time.perf_counter(), _core_seconds()
    watch.start()
    try:
        yield found
    finally:
        done.set()
        watch.join()
    found.seconds, found.core_seconds = time.perf_counter() - clock, _core_seconds() - cores
    found.peak_mib += _peak()


def _watch_children(found, done):
    """Note the most memory that the processes made by this one have to themselves."""
    while not done.wait(0.1):
        found.peak_mib = max(found.peak_mib, sum(map(_own_mib, multiprocessing.active_children())))


def _own_mib(process):
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended, or this is another system, where none is made
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def _forget_peak():
    # Where it cannot be done the peak is that of the process so far, which is no less.
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _core_seconds():
    now = os.times()
    return time.process_time() + now.children_user + now.children_system


def _peak():
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT / 2**20


def machine():
    """Describe the machine: nothing by which it could be found."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def _processor():
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
