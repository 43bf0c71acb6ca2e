"""Measure what a sweep costs besides its runs, and store it in benchmarks/sweep.json.

    python benchmarks/sweep.py                    # a few minutes
    tests/slurm.sh | tee slurm.log; python benchmarks/sweep.py --slurm slurm.log

Times are processor time (user and system), so that other work on the machine hardly shows. The page
on sweeps quotes the file; nothing in it is typed by hand.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from scalebook import paths
from scalebook.files import dumps, write
from scalebook.sweep import grid, store

HERE = Path(__file__).resolve().parent
WORKFLOW = HERE.parent / "src" / "scalebook" / "sweep" / "sweep.smk"
SCHEDULED = (20, 220)
NOTEBOOKS = 3
RUNS, WHOLE = 200, 1_000  # in one job, and in a whole sweep
CHAPTER = "gpt4"
NOTEBOOK = paths.notebooks_dir() / f"{CHAPTER}.ipynb"

# What a sweep does itself about its runs, which are all there: give them keys, lay them out, find
# them again, and put them into the tables.
_RECORDS = f"""
import json, resource, sys, tempfile
from pathlib import Path
from scalebook.sweep import campaign, grid, store
results = json.loads(Path(sys.argv[1]).read_text())
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
def used(count):
    given = {{"compute": f"1e24:1e27:{{count}}log"}}
    with tempfile.TemporaryDirectory() as folder:
        kept, runs = store.Store(Path(folder), Path("{NOTEBOOK}")), grid.read("{CHAPTER}", given)
        start = cpu()
        kept.lay_out(runs, store.Rows([]), 100, 1.0, False)
        seconds = cpu() - start
        with (kept.runs / "0001-0.jsonl").open("wb") as out:
            for run in runs:
                row = {{"key": kept.key(run), "parameters": run, "results": results}}
                out.write(store.line(row))
        start = cpu()
        campaign.run("{CHAPTER}", given, out=Path(folder))
        return seconds + cpu() - start
used(10)
print((used(2200) - used(200)) / 2000)
"""
# The executed notebook of a run, its kernel included; the first, which imports, does not count.
_NOTEBOOK = f"""
import resource
from scalebook import paths
from scalebook.execution import parameters, runner
values = parameters.check("{CHAPTER}", {{}})
def cpu():
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)
def execute():
    runner.compute("{CHAPTER}", paths.notebooks_dir() / "{CHAPTER}.ipynb", values)
execute()
start = cpu()
for _ in range({NOTEBOOKS}):
    execute()
print((cpu() - start) / {NOTEBOOKS})
"""


def measure(command: list[str], folder: Path) -> tuple[float, float, str]:
    """Run a command; return its processor seconds, its largest memory in MiB, and its output."""
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(command)[:200]} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text


def snakemake(jobs: int, *options: str) -> tuple[float, float]:
    """Let Snakemake plan, or run, a sweep of jobs that do nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "batches").mkdir()
        for number in range(jobs):
            (folder / "batches" / f"{number}.json").write_text("{}", encoding="utf-8")
        text = WORKFLOW.read_text(encoding="utf-8")
        call = "{PYTHON:q} -m scalebook.sweep.job {input:q}"
        if call not in text:
            raise SystemExit(f"{WORKFLOW} no longer calls {call}.")
        (folder / "idle.smk").write_text(text.replace(call, "true {input:q}"), encoding="utf-8")
        command = [sys.executable, "-m", "snakemake", "--snakefile", "idle.smk", "--cores", "1",
                   "--nolock", "--drop-metadata", "--rerun-triggers", "mtime", "--scheduler",
                   "greedy", "--quiet", "all", *options]  # fmt: skip
        return measure(command, folder)[:2]


def job(folder: Path, runs: int) -> float:
    """Run one job of a sweep with so many runs, as Snakemake would."""
    kept = store.Store(folder, NOTEBOOK)
    combinations = grid.read(CHAPTER, {"compute": f"1e24:1e27:{runs}log" if runs > 1 else 1e24})
    kept.lay_out(combinations, store.Rows([]), runs, timeout=600.0, notebooks=False)
    batch = str(kept.work / "batches" / "0.json")
    return measure([sys.executable, "-m", "scalebook.sweep.job", batch], folder)[0]


def python(code: str, *arguments: str) -> float:
    """Run a piece of Python that prints a number, in a process of its own."""
    return float(measure([sys.executable, "-c", code, *arguments], HERE)[2].splitlines()[-1])


def whole(folder: Path) -> dict[str, float]:
    """Run a whole sweep by its command, and say what all of its processes took together."""
    code = "import sys; from scalebook.cli import main; sys.exit(main())"
    swept = f"compute=1e24:1e27:{WHOLE}log"
    command = [sys.executable, "-c", code, "sweep", CHAPTER, "-p", swept, "-o", str(folder)]
    seconds, mib, _ = measure(command, folder)
    return {"runs": WHOLE, "cpu_s": round(seconds, 1), "mib": round(mib)}


def main() -> None:
    """Measure, or add what a run through SLURM printed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--slurm", type=Path, metavar="LOG", help="output of tests/slurm.sh")
    arguments = parser.parse_args()
    path = HERE / "sweep.json"
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    stored = json.loads(before or "{}")
    if arguments.slurm is not None:
        stored["slurm"] = read_slurm(arguments.slurm.read_text(encoding="utf-8"))
    else:
        stored = measure_all() | {key: stored[key] for key in ("slurm",) if key in stored}
    write(path, dumps(stored))


def measure_all() -> dict[str, object]:
    """Return all that is measured on this machine."""
    few, many = (snakemake(jobs)[0] for jobs in SCHEDULED)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one, all_of_them = (job(folder / str(runs), runs) for runs in (1, RUNS))
        run = (all_of_them - one) / (RUNS - 1)
        row = next((folder / "1").glob("runs/*/*.jsonl")).read_text(encoding="utf-8")
        results = folder / "results.json"
        results.write_text(json.dumps(json.loads(row)["results"]), encoding="utf-8")
        record = python(_RECORDS, str(results))
        (folder / "whole").mkdir()
        swept = whole(folder / "whole")
    found: dict[str, object] = {
        "chapter": CHAPTER,
        "python": platform.python_version(),
        "snakemake": version("snakemake"),
        "job": {"cpu_s": round((many - few) / (SCHEDULED[1] - SCHEDULED[0]), 4)},
        "cluster_job": {"cpu_s": round(snakemake(1)[0], 2)},
        "process": {"cpu_s": round(one - run, 2)},
        "run": {"cpu_s": round(run, 4)},
        "notebook": {"cpu_s": round(python(_NOTEBOOK), 2)},
        "record": {"cpu_s": round(record, 5)},
        "sweep": swept,
    }
    print(found)
    return found


def read_slurm(text: str) -> dict[str, object]:
    """Read the line that tests/slurm.sh prints."""
    line = re.search(r"^SLURM (\S+): (\d+) jobs completed, (\d+) rows, (\d+) s$", text, re.M)
    if line is None:
        raise SystemExit("The log holds no line of a sweep that went through SLURM.")
    return {"version": line[1], "jobs": int(line[2]), "rows": int(line[3]), "seconds": int(line[4])}


if __name__ == "__main__":
    main()
