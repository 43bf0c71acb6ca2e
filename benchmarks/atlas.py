"""Fit every public suite by every method anew; `make atlas`.

python benchmarks/atlas.py [--jobs N] [--date YYYY-MM-DD]

Writes data/atlas.csv and data/atlas_suites.csv, and prints what it took.
"""

import argparse
import csv
import datetime
import io
import math
import os
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when NumPy is imported

from scalebook.execution import files
from scalebook.terminal import progress
from scalinglaws.atlas import inventory as suites
from scalinglaws.atlas.answers import BUDGETS, Estimate, estimates
from scalinglaws.atlas.inventory import Entry

ROOT = Path(__file__).resolve().parents[1]
RESAMPLES, SEED = 1000, 2026
RATIOS = ("ratio", *(f"ratio_{compute:.0e}".replace("+", "") for compute in BUDGETS))
#: Columns with an interval, and those without one.
SPANNED, PLAIN = ("a", "shift", "E", *RATIOS), ("aic", "held_out")


def main() -> None:
    """Make the tables."""
    parser = argparse.ArgumentParser(prog="python benchmarks/atlas.py", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--date", default=datetime.date.today().isoformat(), help="to store")
    asked = parser.parse_args()
    entries = list(suites.entries())
    found, seconds = everything(len(entries), asked.jobs)
    wall = seconds.pop()
    store("atlas_suites", list(about(entries[0])), (about(each).values() for each in entries))
    spanned = [end for name in SPANNED for end in ends(name)]
    columns = ["suite", "method", "status", *spanned, *PLAIN, "made"]
    store("atlas", columns, (
        [entry.name, each.method, each.status, *numbers(each), asked.date]
        for entry, answers in zip(entries, found, strict=True) for each in answers
    ))  # fmt: skip
    told = sum(each.status == "told" for answers in found for each in answers)
    print(
        f"{len(entries)} suites, {told} exponents told, {RESAMPLES} resamples of each: "
        f"{wall:.0f} s with {asked.jobs} processes, {sum(seconds):.0f} s of one core"
    )


def everything(number: int, jobs: int) -> tuple[list[list[Estimate]], list[float]]:
    """Return the estimates of every suite, the seconds of a core that each took, and of all."""
    start = time.perf_counter()
    with ProcessPoolExecutor(jobs) as pool, progress("suites") as told:
        found = []
        for one in pool.map(fitted, range(number)):
            found.append(one)
            told(len(found), number)
    return [each for each, _ in found], [*(s for _, s in found), time.perf_counter() - start]


def fitted(place: int) -> tuple[list[Estimate], float]:
    """Return the estimates of one suite, without their draws but for what is stored of them."""
    entry, start = list(suites.entries())[place], time.process_time()
    found = estimates(entry, RESAMPLES, SEED)
    return found, time.process_time() - start


def about(entry: Entry) -> dict[str, Any]:
    """Return what is stored of a suite."""
    return {
        "suite": entry.name, "laboratory": entry.laboratory, "table": entry.table,
        "embeddings": int(entry.embeddings), "schedule": entry.schedule,
        "runs": len(entry.runs), "compute": float(entry.runs.flop.max()),
    }  # fmt: skip


def ends(name: str) -> tuple[str, str, str]:
    """Return the columns of a number with an interval."""
    return name, f"{name}_low", f"{name}_high"


def numbers(found: Estimate) -> Iterable[float]:
    """Yield what is stored of an estimate; NaN where it has no such number."""
    for name in SPANNED:
        yield float(found.values.get(name, math.nan))
        yield from found.interval(name) or (math.nan, math.nan)
    for name in PLAIN:
        yield float(found.values.get(name, math.nan))


def store(name: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a table; a number that is none is an empty cell."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows([written(value) for value in row] for row in rows)
    files.write(ROOT / "data" / f"{name}.csv", text.getvalue())


def written(value: Any) -> Any:
    """Return a cell: of numbers, five digits."""
    if not isinstance(value, float):
        return value
    return f"{value:.5g}" if math.isfinite(value) else ""


if __name__ == "__main__":
    main()
