"""Install the wheel in empty environments far from the checkout, and use it there.

`make check-wheel` builds the wheel and does that three times: beside NumPy and SciPy alone, where
the library must import and its examples run; with the few packages that the wheel asks for, where
the commands that need only the library must work; and with the extra `book`, where chapters run and
are swept. With DIST=dist it then leaves the source distribution and the wheel in that folder. It
needs the network, or what an earlier call left in the installer's cache.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).with_name("uv")

EXAMPLES = """
import doctest, importlib, pkgutil, sys
import scalinglaws as sl

missing = [name for name in sl.__all__ if not hasattr(sl, name)]
names = ["scalinglaws", *(m.name for m in pkgutil.walk_packages(sl.__path__, "scalinglaws."))]
found = [doctest.testmod(importlib.import_module(name)) for name in names]
tried, failed = sum(f.attempted for f in found), sum(f.failed for f in found)
foreign = {"scalebook", "yaml", "pandas", "matplotlib"} & set(sys.modules)
print(f"{len(names)} modules, {tried} lines of examples, {failed} failed; {missing} {foreign}")
sys.exit(bool(failed or missing or foreign or tried < 300))
"""

LIGHT = (
    "simulate -o runs.csv --seed 1",
    "fit runs.csv --bootstrap 50 --json",
    "fit runs.csv --method all --bootstrap 20 --page report.html",
    "predict runs.csv --compute 1e22 --json",
    "backtest runs.csv --level 0.8",
    "next runs.csv --budget 1e20 --runs 2 --for a",
    "plan --compute 1e25",
    "plan --loss 2.0 --json",
    "params gpt4",
)
BOOK = (
    "run gpt4",
    "run gpt4 -p compute=3e25 -o mine.ipynb",
    "sweep gpt4 -p compute=1e25,5e25 --jobs 2",
)


def main(keep: Path | None) -> int:
    """Try the three environments, keep what was tried, and return 0 if everything worked."""
    with tempfile.TemporaryDirectory(prefix="scalebook-wheel-") as folder:
        base = Path(folder)
        wheel = build(base)
        lock = constraints(base)
        bare = environment(base / "bare", lock, "numpy", "scipy")
        install(bare, lock, "--no-deps", str(wheel))
        far = base / "far"
        far.mkdir()
        call(far, bare / "bin" / "python", "-c", EXAMPLES)
        light = environment(base / "light", lock, str(wheel))
        for command in LIGHT:
            call(far, light / "bin" / "scalebook", *command.split())
        refuse(far, light / "bin" / "scalebook", "run", "gpt4", expected="scalebook[book]")
        full = environment(base / "book", lock, f"{wheel}[book]")
        # Here the book's packages are at hand; the library still does not reach for them.
        call(far, full / "bin" / "python", "-c", EXAMPLES)
        for command in BOOK:
            call(far, full / "bin" / "scalebook", *command.split())
        refuse(far, full / "bin" / "scalebook", "build", expected="make book")
        made = sorted(p.relative_to(far).as_posix() for p in far.rglob("*") if p.is_file())
        wanted = {"runs.csv", "report.html", "mine.ipynb", "mine.json"}
        wanted |= {f"scalebook-out/runs/gpt4.{suffix}" for suffix in ("ipynb", "json")}
        wanted |= {f"scalebook-out/sweeps/gpt4/{name}" for name in ("table.csv", "figure.svg")}
        if not wanted <= set(made):
            raise SystemExit(f"not made: {', '.join(sorted(wanted - set(made)))}")
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            for archive in (wheel, *base.glob("*.tar.gz")):
                shutil.copy(archive, keep)
    print("The wheel works without the checkout.")
    return 0


def build(folder: Path) -> Path:
    """Build a source distribution, and from that the wheel, as is done for a release."""
    hatch = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    run(ROOT, *hatch, "-t", "sdist")
    (source,) = folder.glob("*.tar.gz")
    names = run(folder, "tar", "-tzf", str(source)).stdout.splitlines()
    run(folder, "tar", "-xzf", str(source))
    unpacked = folder / source.name.removesuffix(".tar.gz")
    if len(set(names)) < len(names) or not (unpacked / "data" / "laws.csv").is_file():
        raise SystemExit("the source distribution lacks data, or has a file twice")
    run(unpacked, *hatch, "-t", "wheel")
    (wheel,) = folder.glob("*.whl")
    return wheel


def constraints(folder: Path) -> Path:
    """Write the versions of the lock file, without its hashes: the wheel has none there."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^[\w.-]+==[^\\\n]+", lock, re.MULTILINE)
    path = folder / "constraints.txt"
    path.write_text("\n".join(pins) + "\n", encoding="utf-8")
    return path


def environment(folder: Path, lock: Path, *packages: str) -> Path:
    """Make an environment with some packages, at the versions of the lock file."""
    run(folder.parent, UV, "venv", "--quiet", "--python", sys.executable, folder)
    install(folder, lock, *packages)
    return folder


def install(folder: Path, lock: Path, *packages: str) -> None:
    """Install packages into an environment."""
    python = folder / "bin" / "python"
    run(folder, UV, "pip", "install", "--quiet", "--python", python, "-c", lock, *packages)


def call(folder: Path, *command: str | Path) -> None:
    """Run a command as a user would, and show what it was and the last that it said."""
    done = run(folder, *command)
    words = " ".join(Path(c).name if isinstance(c, Path) else c for c in command)
    shown = words if "\n" not in words else "the library's examples"
    print(f"{shown}: {(done.stdout.strip().splitlines() or [''])[-1][:100]}", flush=True)


def refuse(folder: Path, *command: str | Path, expected: str) -> None:
    """Run a command that cannot work here: one line must say why, and what to do."""
    done = subprocess.run(command, cwd=folder, env=_bare(), capture_output=True, text=True)
    if done.returncode != 1 or expected not in done.stderr or "Traceback" in done.stderr:
        raise SystemExit(f"{command}: expected a line with {expected!r}, got:\n{done.stderr}")


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command, and end with what it said if it fails."""
    done = subprocess.run(command, cwd=folder, env=_bare(), capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done


def _bare() -> dict[str, str]:
    """Return the environment without what could lead back to the checkout."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else None))
