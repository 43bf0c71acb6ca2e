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

from scalebook.execution.files import dumps, write

HERE = Path(__file__).resolve().parent
WORKFLOW = HERE.parent / "src" / "scalebook" / "sweep" / "sweep.smk"
DAG_SIZES = (100, 1_000, 10_000)
SCHEDULED = (20, 220)
RUNS = 3
CHAPTER = "kaplan"

# A run in a process that is up, its kernel included; the first, which imports, does not count.
_RUN = f"""
import resource
from scalebook import execution, parameters, paths
notebook = paths.notebooks_dir() / "{CHAPTER}.ipynb"
values = parameters.check("{CHAPTER}", {{}})
def cpu():
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)
execution.compute("{CHAPTER}", notebook, values)
start = cpu()
for _ in range({RUNS}):
    execution.compute("{CHAPTER}", notebook, values)
print((cpu() - start) / {RUNS})
"""
# Everything that a sweep does itself for one run: check it, give it a key, write it into a batch,
# read its results, and put them into the tables.
_RECORDS = f"""
import json, resource, tempfile
from pathlib import Path
from scalebook import execution, paths
from scalebook.sweep import grid, sweep
from scalebook.sweep.store import Store
notebook = paths.notebooks_dir() / "{CHAPTER}.ipynb"
content = execution.compute("{CHAPTER}", notebook, execution.parameters.check("{CHAPTER}", {{}}))[1]
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
def used(count):
    found = grid.read("{CHAPTER}", {{"growth": f"2:1000:{{count}}log"}})
    with tempfile.TemporaryDirectory() as folder:
        store, start = Store(Path(folder)), cpu()
        runs = sweep._identify(notebook, found)
        store.lay_out(runs, 1000, {{}})
        seconds = cpu() - start
        for run in runs:
            run_content = {{**content, "parameters": run.values, "provenance": run.provenance}}
            execution.write(store.results(run.key), execution.dumps(run_content))
        start = cpu()
        sweep._gather(store, found, runs)
        return seconds + cpu() - start
print((used(1200) - used(200)) / 1000)
"""
_KERNEL = """
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel()
client.execute_interactive("pass")
client.stop_channels()
manager.shutdown_kernel()
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


def python(code: str) -> tuple[float, str]:
    """Run a piece of Python in a process of its own."""
    seconds, _, text = measure([sys.executable, "-c", code], HERE)
    return seconds, text


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
        stored = {**stored, **measure_all()}
    write(path, dumps(stored))


def measure_all() -> dict[str, object]:
    """Return all that is measured on this machine."""
    dag = []
    for jobs in DAG_SIZES:
        seconds, mib = snakemake(jobs, "--dry-run")
        dag.append({"jobs": jobs, "seconds": round(seconds, 2), "mib": round(mib, 1)})
        print(dag[-1], flush=True)
    few, many = (snakemake(jobs)[0] for jobs in SCHEDULED)
    client = python("import jupyter_client.manager")[0]
    single = snakemake(1)[0]
    found: dict[str, object] = {
        "chapter": CHAPTER,
        "python": platform.python_version(),
        "snakemake": version("snakemake"),
        "job": {"cpu_s": round((many - few) / (SCHEDULED[1] - SCHEDULED[0]), 4)},
        "cluster_job": {"cpu_s": round(single, 2)},
        "process": {"cpu_s": round(python("import papermill, scalebook.sweep.job")[0], 2)},
        "kernel": {"cpu_s": round(python(_KERNEL)[0] - client, 2)},
        "run": {"cpu_s": round(float(python(_RUN)[1]), 2)},
        "record": {"cpu_s": round(float(python(_RECORDS)[1]), 5)},
        "dag": dag,
    }
    print({key: value for key, value in found.items() if key != "dag"})
    return found


def read_slurm(text: str) -> dict[str, object]:
    """Read the line that tests/slurm.sh prints."""
    line = re.search(r"^SLURM (\S+): (\d+) jobs completed, (\d+) rows, (\d+) s$", text, re.M)
    if line is None:
        raise SystemExit("The log holds no line of a sweep that went through SLURM.")
    return {"version": line[1], "jobs": int(line[2]), "rows": int(line[3]), "seconds": int(line[4])}


if __name__ == "__main__":
    main()
