"""Run the commands that the README and the book show, in a fresh clone, and say which failed.

`make check-commands` clones the commit that is checked out, has the clone use this environment, and
runs there, page by page, every line of the README's blocks and of those marked `sh` in the book. A
file that a page takes for granted is made up, and small. That takes as long as some builds do;
`ONLY='plan|fit'` runs the commands that match (and what needs a built book then fails).
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", *(f"book/{name}.md" for name in (
    "how-to-read", "your-runs-guide", "sweeps", "calculators")))  # fmt: skip
PROGRAMS = ("make", "scalebook", "pip", "papermill", "jupyter", ".")
LONGEST = 3600.0
"""Seconds that a command may take."""

LEFT_OUT = {
    ". .venv/bin/activate": "its folder is on the path already",
    "make test": "CI does it",
}
if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
    LEFT_OUT["make pdf"] = "there is no Chromium"
if find_spec("snakemake_executor_plugin_slurm"):
    LEFT_OUT["--profile slurm"] = "tests/slurm.sh does it"

REFUSED = {
    "--profile slurm": "pip install snakemake-executor-plugin-slurm",
    "--profile /volume/my-kubernetes": "There is no profile '/volume/my-kubernetes'",
}
"""Commands that need what is not here, and what they must say of it."""


@dataclass(frozen=True)
class Shown:
    """A line of a block on a page; `alone` if the block installs the package first."""

    page: str
    command: str
    alone: bool


def shown(page: str) -> Iterator[Shown]:
    """Yield the commands of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    own = json.loads((ROOT / "benchmarks" / "own_runs.json").read_text(encoding="utf-8"))
    text = re.sub(r"\{\{ own\.commands\.(\w+) \}\}", lambda found: own["commands"][found[1]], text)
    fenced = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for block in fenced or re.findall(r"(?:^ {4}.*\n)+", text, re.MULTILINE):
        lines = [line.strip() for line in block.splitlines() if line.split()[:1]]
        commands = [line for line in lines if line.split()[0] in PROGRAMS]
        alone = any(line.startswith("pip install") for line in commands)
        yield from (Shown(page, command, alone) for command in commands)


def main(pattern: str) -> int:
    """Run those commands that match, and return 0 if none failed."""
    wanted = [each for page in PAGES for each in shown(page) if re.search(pattern, each.command)]
    failed = []
    with tempfile.TemporaryDirectory(prefix="scalebook-commands-") as folder:
        clone = Path(folder) / "scalebook"
        call(ROOT, "git", "clone", "--quiet", str(ROOT), str(clone))
        link_environment(clone)
        page = ""
        for each in wanted:
            if each.page != page:
                page = each.page
                for name in ("runs.csv", "report.html", "mine.yml"):
                    (clone / name).unlink(missing_ok=True)
            if trouble := tried(clone, each):
                failed.append(f"{each.page}: {each.command}\n{trouble}")
    print(f"\n{len(wanted)} commands, {len(failed)} failed", *failed, sep="\n")
    return int(bool(failed))


def link_environment(clone: Path) -> None:
    """Have a clone use this environment, which its `make` then takes for its own."""
    (clone / ".venv").mkdir()
    for path in Path(sys.prefix).iterdir():
        if path.name != "installed":
            (clone / ".venv" / path.name).symlink_to(path)
    (clone / ".venv" / "installed").touch()


def tried(clone: Path, each: Shown) -> str:
    """Run a command, and return what it said last if it failed."""
    why = next((why for part, why in LEFT_OUT.items() if part in each.command), None)
    if why is not None:
        print(f"left out, {why}: {each.command}", flush=True)
        return ""
    start = time.monotonic()
    prepare(clone, each)
    if each.command.startswith("jupyter lab"):
        trouble = served(clone, each.command)
    else:
        trouble = run(clone, each)
    word = "FAILED" if trouble else "ok"
    print(f"{word}, {time.monotonic() - start:.0f} s: {each.command}", flush=True)
    return trouble


def run(clone: Path, each: Shown) -> str:
    """Run a command to its end."""
    expected = next((said for part, said in REFUSED.items() if part in each.command), None)
    try:
        done = subprocess.run(
            ["bash", "-c", each.command], cwd=clone, env=environment(clone, each.alone),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"    not done after {LONGEST:.0f} s"
    said = (done.stdout + done.stderr).strip().splitlines()
    if expected is not None and done.returncode == 1 and expected in done.stderr:
        return ""
    if expected is None and done.returncode == 0 and "Traceback" not in done.stderr:
        return ""
    return "\n".join(f"    {line}" for line in [f"exit code {done.returncode}", *said[-15:]])


def served(clone: Path, command: str) -> str:
    """Start a server, and stop it once it says where it is."""
    child = subprocess.Popen(
        ["bash", "-c", f"exec {command} --no-browser --allow-root --port=0"], cwd=clone,
        env=environment(clone, alone=False), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    last = threading.Timer(300, child.kill)
    last.start()
    assert child.stdout is not None
    said = []
    for line in child.stdout:
        said.append(line)
        if "http://" in line:
            child.terminate()
            break
    child.communicate()
    last.cancel()
    up = bool(said) and "http://" in said[-1]
    return "" if up else "".join(f"    {line}" for line in said[-15:]) or "    it said nothing"


def environment(clone: Path, alone: bool) -> dict[str, str]:
    """Return the variables of a command: the clone first, or an environment with nothing in it."""
    known = {
        k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV", "MAKEFLAGS")
    }
    if alone:
        empty = clone.parent / "empty"
        if not empty.exists():
            call(clone, sys.executable, "-m", "venv", str(empty))
        return {**known, "PATH": f"{empty / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    path = f"{clone / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**known, "PATH": path, "PYTHONPATH": str(clone / "src")}


def prepare(clone: Path, each: Shown) -> None:
    """Make what a command takes for granted."""
    runs, command = clone / "runs.csv", each.command
    if "params.yml" in command:
        (clone / "params.yml").write_text("growth: 100\n", encoding="utf-8")
    if "PARAMS=mine.yml" in command:
        (values,) = re.findall(
            r"^```yaml\n(.*?)^```", (ROOT / each.page).read_text("utf-8"), re.M | re.S
        )
        (clone / "mine.yml").write_text(values, encoding="utf-8")
    if "runs.csv" not in command or "simulate" in command:
        return
    # Not all lines of a page are of one table.
    if not runs.exists() or "--column" in command or "--where" in command:
        runs.unlink(missing_ok=True)
        make = "scalebook simulate --budgets 5 --sizes 7 --seed 1 -o runs.csv"
        if trouble := run(clone, Shown(each.page, make, alone=False)):
            raise SystemExit(f"{make}:\n{trouble}")
    if "--column" in command:
        store(runs, [
            {"Non-embedding params": row["params"], "tokens": row["tokens"],
             "eval/paloma/macro_loss": row["loss"], "eval/c4/loss": row["loss"]}
            for row in rows(runs)
        ])  # fmt: skip
    if "--where" in command:
        store(runs, [{**row, "Dataset": name} for row in rows(runs) for name in ("C4", "Pile")])


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def store(path: Path, table: list[dict[str, str]]) -> None:
    """Write a table."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


def call(folder: Path, *command: str) -> None:
    """Run a command that must not fail."""
    subprocess.run(command, cwd=folder, check=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
