"""The files around the code agree with the code, and hold nothing of one person's machine."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import tomllib
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest
import yaml

import hatch_build
import scalebook
from scalebook import cli

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "CONTRIBUTING.md"]
CALLERS = [
    *PAGES,
    ".ci/run",
    *(f".github/workflows/{n}.yml" for n in ("ci", "pages", "release", "weekly")),
]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout: there is no list of tracked files")
    paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


@cache
def tracked_texts() -> dict[str, str]:
    texts = {}
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            texts[path.relative_to(ROOT).as_posix()] = content.decode("utf-8")
    return texts


def notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def assignments(notebook: Path) -> set[str]:
    """Names assigned in the cell tagged `parameters`."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", [])]
    return set(re.findall(r"^(\w+)\s*:", "\n".join(sources), re.MULTILINE))


# Commands


@pytest.mark.parametrize("name", CALLERS)
def test_make_targets_exist(name: str) -> None:
    # In prose a command stands in backquotes; in a block or a script it starts a line or a step.
    called = set(re.findall(r"(?:^\s*(?:run: )?|`)make ([a-z-]+)", text(name), re.MULTILINE))
    defined = set(re.findall(r"^([a-z][\w-]*)\s*:(?!=)", text("Makefile"), re.MULTILINE))
    assert called, f"{name} calls no make target: is the pattern still right?"
    assert called <= defined


def test_readme_names_both_commands() -> None:
    assert {"make book", "make test"} <= set(
        re.findall(r"^ {4}(make \w+)", text("README.md"), re.M)
    )


def test_links_of_the_package_s_description_lead_somewhere() -> None:
    readme = text("README.md")
    links = re.compile(r"\]\((.*?)\)")
    known = hatch_build.standalone(readme, "https://example.org/o/n", "v1")
    assert all(link.startswith("https://") for link in links.findall(known))
    assert "](https://example.org/o/n/raw/v1/book/_static/book.png)" in known
    assert "[MIT](https://example.org/o/n/blob/v1/LICENSE)" in known
    assert len(links.findall(known)) == len(links.findall(readme))
    unknown = hatch_build.standalone(readme, "", "v1")
    assert not re.search(r"\]\((?!https:)", unknown)
    assert "Code: MIT. " in unknown
    assert "![" not in unknown


def test_readme_runs_existing_chapters_with_existing_parameters() -> None:
    commands = re.findall(r"^ {4}scalebook (?:run|params) (\w+)(.*)", text("README.md"), re.M)
    assert commands
    for chapter, rest in commands:
        notebook = ROOT / "notebooks" / f"{chapter}.ipynb"
        assert notebook in notebooks()
        assert set(re.findall(r"-p (\w+)=", rest)) <= assignments(notebook)


def test_readme_names_existing_data() -> None:
    files = re.findall(r"scalebook (?:fit|next) (\S+\.csv)", text("README.md"))
    made = re.findall(r"scalebook simulate -o (\S+\.csv)", text("README.md"))
    assert files
    assert all((ROOT / file).is_file() for file in files if file not in made)


def test_readme_names_existing_values() -> None:
    files = re.findall(r"PARAMS=(\S+)", text("README.md"))
    assert files
    assert all((ROOT / file).is_file() for file in files)


def indented(start: str) -> str:
    """Return the block of the README that begins with something."""
    (first,) = [
        m.start() for m in re.finditer(f"^ {{4}}{re.escape(start)}", text("README.md"), re.M)
    ]
    lines = text("README.md")[first:].splitlines()
    block = takewhile(lambda line: line.startswith(" ") or not line, lines)
    return "\n".join(line.removeprefix("    ") for line in block).strip()


def test_readme_prediction_is_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    install, command = indented("pip install").splitlines()
    assert install == "pip install ."
    assert cli.main(command.split()[1:]) == 0
    shown, printed = indented("**"), capsys.readouterr().out
    number = re.compile(r"\d+(?:\.\d+)?")
    assert number.sub("#", shown).split() == number.sub("#", printed).split()
    for now, then in zip(number.findall(printed), number.findall(shown), strict=True):
        assert float(now) == pytest.approx(float(then), rel=1e-3)  # the last digit, elsewhere


def test_readme_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(ast.parse(indented("import scalinglaws")), "README.md", "exec"), {})
    first, *summary = capsys.readouterr().out.splitlines()
    values = [float(value) for value in first.split()]
    assert len(values) == 3
    assert all(value > 0 for value in values)
    assert summary[0].endswith("converged")


def test_readme_names_the_supported_pythons() -> None:
    classifiers = tomllib.loads(text("pyproject.toml"))["project"]["classifiers"]
    minors = {c.rsplit(" ", 1)[1] for c in classifiers if "Python :: 3." in c}
    assert set(re.findall(r"(?<![\d.])3\.\d+", text("README.md"))) == minors


# Versions and licences


def test_one_version() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    citation = yaml.safe_load(text("CITATION.cff"))
    assert citation["version"] == project["version"] == scalebook.__version__


def test_changelog_has_the_version_and_its_day() -> None:
    citation = yaml.safe_load(text("CITATION.cff"))
    headings = re.findall(r"^## (.*)", text("CHANGELOG.md"), re.M)
    released = f"[{scalebook.__version__}] - {citation['date-released']}"
    assert headings[:2] == ["[Unreleased]", released]


def test_citation_names_no_person() -> None:
    citation = yaml.safe_load(text("CITATION.cff"))
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["authors"] == project["authors"]


def test_licence_files() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert all((ROOT / name).is_file() for name in project["license-files"])
    assert "2026 The scalebook contributors" in text("LICENSE")
    by = text("LICENSE-CC-BY-4.0")
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in by
    assert [f"Section {n} --" in by for n in range(1, 9)] == [True] * 8


# What is stored


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_notebooks_are_stored_without_outputs(path: Path) -> None:
    code = [
        cell
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    assert [cell["outputs"] for cell in code] == [[]] * len(code)
    assert [cell["execution_count"] for cell in code] == [None] * len(code)


def occurrences(pattern: str) -> list[str]:
    expression = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, content in tracked_texts().items()
        for number, line in enumerate(content.splitlines(), start=1)
        if expression.search(line)
    ]


def test_no_path_of_one_machine() -> None:
    assert occurrences(r"(?<![\w.])/(?:root|home|tmp|work|Users)/") == []


def test_no_registry_address() -> None:
    assert occurrences(r"index[-_]url|https?://[\w.:-]+/(?:simple|packages/[0-9a-f]{2})/") == []


def test_lines_end_in_lf() -> None:
    assert [name for name, content in tracked_texts().items() if "\r" in content] == []


def test_no_large_file_is_tracked() -> None:
    assert [path.name for path in tracked() if path.stat().st_size > 1024 * 1024] == []


def test_no_built_file_is_tracked() -> None:
    built = re.compile(r"^(_build|book/executed|\.venv|\.snakemake)/|\.pyc$|\.egg-info/")
    assert [name for name in tracked_texts() if built.search(name)] == []


# Links


@pytest.mark.parametrize("page", PAGES)
def test_local_links_exist(page: str) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", text(page))
    local = [target for target in targets if "://" not in target and not target.startswith("#")]
    assert local
    assert [target for target in local if not (ROOT / target.split("#")[0]).exists()] == []


def test_readme_maps_existing_folders() -> None:
    rows = [line for line in text("README.md").splitlines() if line.startswith("| `")]
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert names
    made = {"_build/"}
    assert [name for name in names if name not in made and not (ROOT / name).exists()] == []


def test_workflows_are_the_ones_checked_here() -> None:
    present = {path.relative_to(ROOT).as_posix() for path in ROOT.glob(".github/workflows/*.yml")}
    assert present == {name for name in CALLERS if name.startswith(".github/")}
