"""The house: what lies where, and who may know whom."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from scalebook import paths
from scalebook.contents import CHAPTERS
from scalebook.execution.origin import code_of

SOURCE = Path(__file__).resolve().parents[1] / "src"
MOST = 14
"""Modules that a folder may hold."""


@cache
def modules() -> dict[str, Path]:
    found = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


def imports(module: str) -> set[str]:
    """What a module imports, also inside functions, as far as it is ours."""
    return imported(tree(module))


def imported(code: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in modules() else node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {name for name in found if name.split(".")[0] in ("scalinglaws", "scalebook")}


def room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def foreign(module: str) -> Iterator[str]:
    """Packages that a module imports anywhere, ours and Python's own aside."""
    for node in ast.walk(tree(module)):
        names = []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "."]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        packages = {name.split(".")[0] for name in names}
        yield from packages - set(sys.stdlib_module_names) - {"scalinglaws", "scalebook"}


def test_the_library_knows_no_book() -> None:
    library = [name for name in modules() if name.startswith("scalinglaws")]
    assert library
    assert not {
        f"{name} imports {other}"
        for name in library
        for other in imports(name)
        if other.startswith("scalebook")
    }


def test_the_library_takes_numpy_and_scipy_only() -> None:
    asked_for = {  # where they are used, with words for those who have not got them
        "scalinglaws.reading.formats": {"pyarrow"},
        "scalinglaws.information.tokenizers": {"tokenizers"},
        "scalinglaws.supply.uncertain": {"SALib"},
    }
    for name in modules():
        if name.startswith("scalinglaws"):
            assert set(foreign(name)) <= {"numpy", "scipy"} | asked_for.get(name, set()), name


def test_modules_are_imported_by_name() -> None:
    texts = {name: path.read_text("utf-8") for name, path in modules().items()}
    called = {name for name, text in texts.items() if "import_module(" in text}
    assert called == {"scalinglaws", "scalebook.contents"}


@pytest.mark.parametrize("level", ["module", "room"])
def test_nobody_goes_in_a_circle(level: str) -> None:
    graph: dict[str, set[str]] = {}
    for name in modules():
        place = room if level == "room" else str
        graph.setdefault(place(name), set()).update(
            place(other) for other in imports(name) if place(other) != place(name)
        )
    if level == "room":  # the faces of the two packages hand on what their rooms have
        graph = {name: graph[name] - {"scalinglaws", "scalebook"} for name in graph}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_folder_is_crowded() -> None:
    folders = {path.parent for path in modules().values()}
    crowded = {folder for folder in folders if len(list(folder.glob("*.py"))) > MOST}
    assert not crowded


def test_no_module_bears_the_name_of_a_function() -> None:
    functions = [
        (node.name, module)
        for module in modules()
        for node in tree(module).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    files = {name for name, path in modules().items() if path.name != "__init__.py"}
    assert not {
        f"{name} and {module}"
        for name in files
        for function, module in functions
        if name.rpartition(".")[2] == function and in_one_scope(name, module)
    }


def in_one_scope(file: str, module: str) -> bool:
    """Return whether a file's name and a function of a module could be taken for one another.

    Steps and figures of a chapter are named for what they show, and are only ever called through
    their module (`figures.laws`): they keep clear of the modules of their own chapter. So do the
    modules of a chapter of the library's functions, which notebooks call through `sl`.
    """
    chapters = (re.match(r"scalebook\.chapters\.\w+\.", name) for name in (file, module))
    mine, theirs = (found and found[0] for found in chapters)
    return mine == theirs


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_imports_only_what_its_results_are_said_to_depend_on(chapter: str) -> None:
    files = {path.resolve() for path in code_of(chapter, SOURCE)}
    stated = {name for name, path in modules().items() if path.resolve() in files}
    cells = json.loads((paths.notebooks_dir() / f"{chapter}.ipynb").read_text("utf-8"))["cells"]
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    reached = imported(ast.parse(code)).union(*map(imports, stated)) - {"scalebook", "scalinglaws"}
    others = {f"scalebook.chapters.{name.replace('-', '_')}" for name in CHAPTERS}
    # The list of chapters names all of them; their modules only declare parameters. Nothing that is
    # mended in other packages changes a result.
    assert reached - stated - others - {"scalebook.patches"} == set()


def test_no_word_of_options_in_the_library() -> None:
    options = re.compile(r"(?<![-\w])--[a-z]|`scalebook|scalebook fit|command.line", re.IGNORECASE)
    texts = {
        name: path.read_text(encoding="utf-8")
        for name, path in modules().items()
        if name.startswith("scalinglaws")
    }
    assert {name for name, text in texts.items() if options.search(text)} == set()
