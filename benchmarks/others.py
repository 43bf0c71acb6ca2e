"""What is not a fit of the law: Approach 2, the Monte Carlo, the start of a chapter, the book."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from measure import cost

from scalebook import paths
from scalinglaws import datapackage, reading
from scalinglaws.fitting import isoflop
from scalinglaws.prediction import survey

SEED = 1
#: A changed parameter of a short chapter and of a long one.
CHANGES = {"kaplan": "{growth: 100}", "chinchilla": "{compute: 1.0e+24}"}
SUITES = ("llama3", "marin-comma", "marin-dclm", "marin-nemotron", "fineweb-c4")


def suites(say, quick):
    """Resample Approach 2 on the public isoFLOP sweeps; the reference loops over polyfit."""
    count, tried, found = 500 if quick else 2000, 4 if quick else 20, {}
    for name in SUITES:
        runs = survey.on_budgets(reading.read_runs(name))
        data, found_by = (runs.budget, runs.params, runs.tokens, runs.loss), isoflop.fit(runs)
        with cost() as ours:
            found_by.bootstrap(count, SEED)
        with cost() as theirs:
            for i in range(tried):
                _approach_2(*data, np.random.default_rng(i))
        rate = theirs.core_seconds / tried / (ours.core_seconds / count)
        found[name] = {
            "runs": len(runs.loss), "microseconds": 1e6 * ours.core_seconds / count, "rate": rate,
        }  # fmt: skip
        say(f"Approach 2, {name}: {found[name]['microseconds']:.0f} us a resample, {rate:.0f} "
            "times the rate of polyfit in a loop")  # fmt: skip
    return found


def _approach_2(budget, params, tokens, loss, rng):
    log_n, best = np.log(params), []
    for compute in np.unique(budget[np.isfinite(budget)]):
        rows = rng.choice(np.flatnonzero(budget == compute), (budget == compute).sum())
        if len(np.unique(log_n[rows])) >= 3:
            middle = log_n[rows].mean()
            c2, c1, _ = np.polyfit(log_n[rows] - middle, loss[rows], 2)
            if c2 > 0:
                best.append((np.log(compute), middle - c1 / (2 * c2)))
    return np.polyfit(*np.array(best).T, 1) if len(best) > 1 else None


def monte_carlo(say, quick):
    """Draw the supply of text; the reference draws one at a time."""
    try:
        from scalinglaws.supply import stocks as supply
        from scalinglaws.supply import uncertain
    except ImportError:
        say("Monte Carlo: no chapter on supply here")
        return None
    name, cells = datapackage.cells("supply_factors", "supply_factors")
    stocks, found = supply.read(cells, name), []
    one = uncertain.sample(stocks.distributions(), 1, SEED)
    with cost() as theirs:
        for i in range(200):
            one = uncertain.sample(stocks.distributions(), 1, i)
            supply.total({k: v for k, v in stocks.tokens(one).items() if stocks[k].counted}, 0.5)
    for draws in (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000):
        with cost() as ours:
            values = uncertain.sample(stocks.distributions(), draws, SEED)
            tokens = stocks.tokens(values)
            supply.total({name: tokens[name] for name in stocks.counted}, 0.5)
        rate = theirs.core_seconds / 200 / (ours.core_seconds / draws)
        found.append({"draws": draws, "seconds": ours.core_seconds, "peak_mib": ours.peak_mib,
                      "rate": rate})  # fmt: skip
        say(
            f"Monte Carlo of {draws} draws: {ours.core_seconds:.2f} s of one core, peak "
            f"{ours.peak_mib:.0f} MiB; {rate:.0f} times the rate of one draw at a time"
        )
    return found


_IMPORTS = """
from scalebook.execution import parameters
from scalebook.record import claims, results
from scalebook.show import figures
from scalinglaws import fitting, reading, registry
from scalinglaws.fitting import likelihood, profile
from scalinglaws.optimum import dense
figures.new()
"""
_EMPTY = """
from scalebook.execution import runner  # as a chapter runs: see there what it leaves out
import nbformat, papermill, tempfile, pathlib
folder = pathlib.Path(tempfile.mkdtemp())
nbformat.write(nbformat.v4.new_notebook(), folder / "in.ipynb")
papermill.execute_notebook(
    folder / "in.ipynb", folder / "out.ipynb", kernel_name="python3", progress_bar=False,
    shutdown_kernel="immediate", extra_arguments=runner.KERNEL,
)
"""


def start_up(say, quick):
    """Start an interpreter with what a chapter imports, and an empty notebook."""
    found = {}
    for name, code in (("imports", _IMPORTS), ("empty notebook", _EMPTY)):
        runs = [_seconds([sys.executable, "-c", code]) for _ in range(1 if quick else 3)]
        if not all(worked for _, worked in runs):
            raise SystemExit(f"start-up, {name}: it does not start.")
        taken = found[name] = min(seconds for seconds, _ in runs)
        say(f"start-up, {name}: {taken:.2f} s")
    return found


def book(say, quick):
    """Build the book in a copy of the working tree: from nothing, idle, with changed parameters."""
    if quick:
        return None
    top, found = paths.root(), {}
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=top, capture_output=True, text=True
    ).stdout.split("\n")
    with tempfile.TemporaryDirectory() as folder:
        for name in filter(None, listed):
            if (top / name).is_file() or (top / name).is_symlink():
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(top / name, Path(folder) / name, follow_symlinks=False)
        tools = str(Path(sys.executable).parent)
        environment = {
            **os.environ,
            "PATH": tools + os.pathsep + os.environ["PATH"],
            "PYTHONPATH": str(Path(folder) / "src"),
        }
        environment.pop("OMP_NUM_THREADS", None)
        # What belongs to the environment, and then what `make book` calls.
        charting = [sys.executable, "-m", "scalebook.calculators.charting"]
        subprocess.run(charting, cwd=folder, env=environment, capture_output=True, check=True)
        command = ["snakemake", "--cores", "all", "--scheduler", "greedy"]
        command += ["--max-jobs-per-timespan", "100/5s", "--rerun-incomplete", "--quiet", "all"]
        for name in ("clean", "idle"):
            taken, worked = _seconds(command, cwd=folder, env=environment)
            found[name] = taken if worked else None
            say(f"book, {name}: {taken:.1f} s" + ("" if worked else " (failed)"))
        found["changed"] = {}
        for chapter, change in CHANGES.items():
            mine = Path(folder) / "mine.yml"
            mine.write_text(f"{chapter}: {change}\n", "utf-8")
            command = ["scalebook", "edition", "-f", str(mine)]
            taken, worked = _seconds(command, cwd=folder, env=environment)
            found["changed"][chapter] = taken if worked else None
            say(f"book, {chapter} changed: {taken:.1f} s" + ("" if worked else " (failed)"))
    return found


def _seconds(command, **keywords):
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, **keywords)
    return time.perf_counter() - start, done.returncode == 0
