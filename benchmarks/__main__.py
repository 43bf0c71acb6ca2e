"""Time the fits and the book against plain references in the same process; `make bench`.

python benchmarks [--quick] [--only NAME]... [--store]

Prints a line a measurement. With --store the results, with the machine they were taken on, go into
book/benchmark.json, from which the book's page takes its numbers.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when NumPy is imported
sys.path.insert(0, str(Path(__file__).parent))

import fits
import learner
import others
from measure import machine

SUBJECTS = {
    "bootstrap": fits.resamples,
    "grid": fits.grid,
    "methods": fits.methods,
    "runs": fits.by_runs,
    "resamples": fits.by_resamples,
    "suites": others.suites,
    "monte_carlo": others.monte_carlo,
    "learner": learner.cost,
    "start_up": others.start_up,
    "book": others.book,
}
RESULTS = Path(__file__).parents[1] / "book" / "benchmark.json"


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller numbers, no book")
    parser.add_argument("--only", action="append", choices=list(SUBJECTS), help="one subject")
    parser.add_argument("--store", action="store_true", help="write book/benchmark.json")
    asked = parser.parse_args()
    found = {"machine": machine()}
    print(", ".join(f"{key} {value}" for key, value in found["machine"].items()), flush=True)
    for name, subject in SUBJECTS.items():
        if not asked.only or name in asked.only:
            found[name] = subject(lambda line: print(line, flush=True), asked.quick)
    if asked.store:
        before = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
        if asked.only and before:  # the rest was taken under other conditions, and keeps its own
            again = dict.fromkeys(asked.only, found.pop("machine"))
            found["again"] = {**before.get("again", {}), **again}
        else:
            found["again"] = {}
        RESULTS.write_text(json.dumps({**before, **found}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
