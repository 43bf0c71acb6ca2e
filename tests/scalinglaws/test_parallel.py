import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import current_process

import numpy as np
import pytest

from scalinglaws import parallel
from scalinglaws.errors import ScalingLawsError

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
WAYS = [pytest.param(parallel.forked, marks=linux), parallel.threaded]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_order(way, workers):
    def slow_at_first(i):
        time.sleep(0.01 if i == 0 else 0)
        return i * i

    assert list(way(slow_at_first, range(20), workers)) == [i * i for i in range(20)]


@pytest.mark.parametrize("way", WAYS)
def test_an_error_reaches_the_reader(way):
    found = way(lambda i: 1 / (2 - i), range(4), 2)
    assert next(found) == 0.5
    with pytest.raises(ZeroDivisionError):
        list(found)


@pytest.mark.parametrize("way", WAYS)
def test_what_numpy_is_to_be_silent_about_it_is(way):
    with np.errstate(divide="ignore"):
        assert list(way(lambda i: float(np.log(i)), [0, 1], 2)) == [-np.inf, 0.0]


def test_work_stays_close_ahead_of_the_reader():
    begun, lock = [], threading.Lock()

    def note(i):
        with lock:
            begun.append(i)
        return i

    reader = parallel.threaded(note, range(1000), 2)
    assert next(reader) == 0
    assert len(begun) <= 6
    assert list(reader)[-1] == 999


@linux
def test_processes_wait_for_the_reader_and_end_with_it(tmp_path):
    def note(i):
        with (tmp_path / "begun").open("a") as file:
            file.write(f"{os.getpid()}\n")
        return np.zeros(1_000_000)  # more than a pipe holds

    reader = parallel.forked(note, range(1000), 2)
    next(reader)
    pids = (tmp_path / "begun").read_text().split()
    assert len(pids) <= 4
    assert os.getpid() not in map(int, pids)
    reader.close()
    assert not any(alive(int(pid)) for pid in pids)


@linux
def test_a_process_that_was_ended_is_reported():
    def end(i):
        if current_process().daemon and i == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return i

    with pytest.raises(ScalingLawsError, match="was ended from outside"):
        list(parallel.forked(end, range(6), 2))


@linux
def test_no_process_outlives_a_reader_that_was_killed(tmp_path):
    code = f"""
import os, time
from pathlib import Path
from scalinglaws import parallel
def work(i):
    Path({str(tmp_path)!r}, str(os.getpid())).touch()
    time.sleep(0.01)
    return b"0" * 100_000
reader = parallel.forked(work, range(100_000), 2)
next(reader), next(reader)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    pids = [int(path.name) for path in tmp_path.iterdir()]
    assert len(pids) == 2
    for _ in range(500):
        if not any(alive(pid) for pid in pids):
            return
        time.sleep(0.01)
    pytest.fail("a process goes on without its reader")


@linux
def test_only_long_work_gets_processes(monkeypatch):
    def where(i):
        return os.getpid()

    assert set(parallel.over(where, range(50), 2)) == {os.getpid()}
    monkeypatch.setattr(parallel, "_WORTH", 0.0)
    first, *others = parallel.over(where, range(50), 2)
    assert first == os.getpid()
    assert len(set(others) - {first}) == 2
    assert set(parallel.over(where, range(50), 1)) == {os.getpid()}
    assert list(parallel.over(where, [], 2)) == []
    monkeypatch.setattr(parallel, "_can_fork", lambda: False)
    assert set(parallel.over(where, range(50), 2)) == {os.getpid()}


def test_there_is_a_core():
    assert parallel.cores() >= 1
