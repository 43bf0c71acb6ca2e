"""What Snakemake would run after a change, asked of a copy of the built checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scalebook import paths
from scalebook.contents import CHAPTERS

pytestmark = pytest.mark.book

SOURCES = ("_config.yml", "_toc.yml", "CITATION.cff", "Snakefile", "requirements.lock")
FOLDERS = (
    "benchmarks",
    "book",
    "data",
    "notebooks",
    "src",
    ".snakemake",
    "_build/cache",
    "_build/html",
    "_build/made",
    "_build/results",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = paths.root()
    if not (root / "_build" / "html" / "index.html").is_file():
        if os.environ.get("SCALEBOOK_REQUIRE_BOOK") == "1":
            pytest.fail("the book is not built; run make book")
        pytest.skip("the book is not built; run make book")
    for name in SOURCES:
        shutil.copy2(root / name, tmp_path / name)
    for name in FOLDERS:
        skip = shutil.ignore_patterns("__pycache__", "locks", "log")
        shutil.copytree(root / name, tmp_path / name, ignore=skip, symlinks=True)
    return tmp_path


def planned(checkout: Path) -> set[str]:
    """Names of the rules, with their chapter, that a build would run."""
    command = [Path(sys.executable).with_name("snakemake"), "--dry-run", "--cores", "1", "--nolock"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = done.stdout + done.stderr
    chapters = {name for name in CHAPTERS if f"wildcards: chapter={name}" in text}
    return chapters | ({"book"} if "rule book:" in text or "localrule book:" in text else set())


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write(text)


def test_nothing_changed_nothing_to_do(checkout: Path) -> None:
    assert planned(checkout) == set()


def test_one_notebook_changed_one_notebook_runs(checkout: Path) -> None:
    append(checkout / "notebooks" / "kaplan.ipynb", "\n")
    assert planned(checkout) == {"kaplan", "book"}


def test_a_page_changed_no_notebook_runs(checkout: Path) -> None:
    append(checkout / "book" / "cite.md", "\nOne more line.\n")
    assert planned(checkout) == {"book"}


@pytest.mark.parametrize("name", ["site/print/pdf.py", "site/extension.py", "report/report.md.j2"])
def test_pages_print_or_reports_changed_no_notebook_runs(checkout: Path, name: str) -> None:
    append(checkout / "src" / "scalebook" / name, "\n# One more line.\n")
    assert planned(checkout) == {"book"}


def test_one_chapter_s_code_changed_one_notebook_runs(checkout: Path) -> None:
    append(checkout / "src" / "scalebook" / "chapters" / "kaplan" / "steps.py", "\n")
    assert planned(checkout) == {"kaplan", "book"}


@pytest.mark.parametrize(
    "name", ["data/laws.csv", "src/scalinglaws/laws.py", "src/scalebook/show/figures.py"]
)
def test_data_or_library_changed_all_runs(checkout: Path, name: str) -> None:
    append(checkout / name, "\n")
    assert planned(checkout) == {*CHAPTERS, "book"}
