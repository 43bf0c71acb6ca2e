"""Build the checked-out commit in another folder and compare every file of the two books.

Run by `make check-reproducible`; not a test module, for it takes as long as a build.
"""

import filecmp
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPARED = ("_build/html", "_build/results", "book/executed")


def main() -> int:
    """Return 0 if the books are the same to the byte."""
    if subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True).stdout:
        print("Uncommitted changes: commit first, for the comparison is of one commit.")
        return 1
    with tempfile.TemporaryDirectory(prefix="scalebook-") as folder:
        clone = Path(folder) / "elsewhere"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        environment = {**os.environ, "PYTHONPATH": str(clone / "src")}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        snakemake = Path(sys.executable).with_name("snakemake")
        command = [snakemake, "--cores", "all", "--quiet", "all"]
        subprocess.run(command, cwd=clone, env=environment, check=True)
        differing = [name for part in COMPARED for name in compare(ROOT / part, clone / part, part)]
        count = sum(1 for part in COMPARED for p in (ROOT / part).rglob("*") if p.is_file())
    for name in differing:
        print(f"differs: {name}")
    print(f"{count} files compared, {len(differing)} differ.")
    return bool(differing)


def compare(first: Path, second: Path, name: str) -> list[str]:
    """Return the files that differ or are on one side only."""
    names = {p.relative_to(top) for top in (first, second) for p in top.rglob("*") if p.is_file()}
    return [
        f"{name}/{path}"
        for path in sorted(names)
        if not (first / path).is_file()
        or not (second / path).is_file()
        or not filecmp.cmp(first / path, second / path, shallow=False)
    ]


if __name__ == "__main__":
    sys.exit(main())
