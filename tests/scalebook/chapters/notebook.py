"""Run a chapter's code cells in this process, without a kernel.

What a kernel does and this does not: magics, and a process of its own. A run with other parameters
repeats only the parts of cells that depend on what was changed, directly or through names that
other cells assign; `tests/test_every_bound.py` compares this with running all of them.
"""

import ast
import hashlib
import json
import pickle
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import CodeType
from typing import Any
from unittest import mock

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from scalebook import paths
from scalebook.chapters.parameter import Value
from scalebook.execution import parameters
from scalebook.record import claims, results
from scalebook.show import figures, labels, templates
from scalinglaws import fitting
from scalinglaws.fitting import likelihood, powermean, varpro

_MUTATORS = {
    "append", "extend", "update", "insert", "pop", "remove", "sort", "clear", "setdefault", "add",
    "discard", "popitem", "fill",
}  # fmt: skip

# Most of a chapter's time: computed once in a session for the same runs and options.
_FITS = (
    (fitting, "fit"), (fitting, "bootstrap"), (powermean, "fit"), (powermean, "bootstrap"),
    (varpro, "fit"), (likelihood, "profile_along"),
)  # fmt: skip

# What a text with numbers in it must not have left: a number that was not filled in.
_BRACES, _FORMULA = re.compile(r"[{}]"), re.compile(r"\$.*?\$")

_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass
class Cell:
    """A part of a code cell: how to run it, and which names it touches."""

    number: int
    statements: CodeType
    last: CodeType | None
    reads: set[str]
    stores: set[str]
    mutates: set[str]
    within: dict[str, set[str]]
    """Names read inside functions, by the name that the function is reached by."""


@dataclass
class Record:
    """What a cell left behind in the first run."""

    stored: dict[str, Any]
    texts: list[str]
    settled: dict[str, Any]
    value: Any


@dataclass
class Outcome:
    """Results, claims and texts of a run, and how many cells it took."""

    results: dict[str, float]
    claims: list[dict[str, Any]]
    texts: list[str]
    executed: int
    figures: int = 0
    overlapping: list[tuple[int, str, str]] = field(default_factory=list)
    """Texts that overlap in the figures drawn: number of the figure, and the two."""


@cache
def source(chapter: str) -> list[tuple[str, str, list[str]]]:
    """Return kind, source and tags of each cell."""
    path = paths.notebooks_dir() / f"{chapter}.ipynb"
    return [
        (cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", []))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    ]


@cache
def cells(chapter: str) -> list[Cell]:
    """Return the parts of the code cells of a chapter, the parameters cell left out."""
    return [
        _cell(number, f"{chapter}.ipynb, cell {number}", part)
        for number, (kind, text, tags) in enumerate(source(chapter))
        if kind == "code" and "parameters" not in tags
        for part in _parts(ast.parse(text).body)
    ]


def _parts(body: list[ast.stmt]) -> list[ast.Module]:
    """Return the statements of a cell one by one, but a figure with all that is drawn into it."""
    parts: list[ast.Module] = []
    drawing = False
    for statement in body:
        if drawing:
            parts[-1].body.append(statement)
        else:
            parts.append(ast.Module([statement], []))
        drawing = drawing or "figures.new(" in ast.unparse(statement)
    return parts


def _cell(number: int, name: str, tree: ast.Module) -> Cell:
    reads = _free_of(tree.body)
    mutates = {base for node in ast.walk(tree) if (base := _mutated(node))}
    within: dict[str, set[str]] = {}
    for statement in tree.body:
        functions = [n for n in ast.walk(statement) if isinstance(n, ast.FunctionDef | ast.Lambda)]
        inner = {name for function in functions for name in _free(function)}
        for stored in _stored(statement):
            within[stored] = inner
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    stores = {name for statement in tree.body for name in _stored(statement)}
    return Cell(
        number, compile(tree, name, "exec"),
        compile(ast.Expression(last.value), name, "eval") if last else None,
        reads, stores, mutates - stores, within,
    )  # fmt: skip


def _names(tree: ast.AST, context: type) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def _free(node: ast.AST) -> set[str]:
    """Return the names that a piece of code reads and does not assign itself beforehand."""
    match node:
        case ast.Name():
            return {node.id} if isinstance(node.ctx, ast.Load) else set()
        case ast.AugAssign(target=ast.Name(id=name)):
            return _free(node.value) | {name}
        case ast.FunctionDef() | ast.Lambda():
            own = {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
            body = node.body if isinstance(node.body, list) else [node.body]
            own |= {name for each in body for name in _names(each, ast.Store)}
            outer = {name for each in body for name in _free(each)} - own
            return outer | _free(node.args)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            own = {n for each in node.generators for n in _names(each.target, ast.Store)}
            return {n for child in ast.iter_child_nodes(node) for n in _free(child)} - own
        case ast.For():
            inner = _free_of(node.body) | _free_of(node.orelse)
            return _free(node.iter) | (inner - _names(node.target, ast.Store))
        case _:
            return {n for child in ast.iter_child_nodes(node) for n in _free(child)}


def _free_of(statements: list[ast.stmt]) -> set[str]:
    found: set[str] = set()
    known: set[str] = set()
    for statement in statements:
        found |= _free(statement) - known
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom
                      | ast.FunctionDef):  # fmt: skip
            known |= _stored(statement)
    return found


def _stored(statement: ast.stmt) -> set[str]:
    """Return the names of the notebook that a statement may assign, not those of a function."""
    found: set[str] = set()
    left: list[ast.AST] = [statement]
    while left:
        match left.pop():
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found |= {(a.asname or a.name).partition(".")[0] for a in names}
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case node if not isinstance(node, _SCOPES):
                left.extend(ast.iter_child_nodes(node))
    return found


def _mutated(node: ast.AST) -> str | None:
    """Return the name of what a node changes in place; using a generator changes it."""
    if isinstance(node, ast.Name) and node.id == "rng" and isinstance(node.ctx, ast.Load):
        return node.id
    place: ast.expr | None = None
    if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
        place = node.value
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _MUTATORS
    ):
        place = node.func.value
    while isinstance(place, ast.Subscript | ast.Attribute):
        place = place.value
    return place.id if isinstance(place, ast.Name) else None


@dataclass
class Display:
    """Stands in for IPython's display: figures are drawn, the rest turned into text."""

    draw: bool = False
    texts: list[str] = field(default_factory=list)
    figures: int = 0
    overlapping: list[tuple[int, str, str]] = field(default_factory=list)

    def __call__(self, thing: Any, **_: object) -> "Display":
        if isinstance(thing, Figure):
            self.figures += 1
            if self.draw:
                figures.as_svg(thing)
                self.overlapping += [(self.figures, *pair) for pair in labels.overlapping(thing)]
        elif isinstance(thing, figures.Caption):
            self.texts += [thing.caption, thing.alt]
            for text in self.texts[-2:]:
                assert not _BRACES.search(_FORMULA.sub("", text)), text
        elif thing is not None:
            html = getattr(thing, "_repr_html_", None)
            self.texts.append(html() if html else repr(thing))
        return self

    def update(self, thing: Any, **_: object) -> None:
        """Show something else in the same place: a progress bar."""


class Session:
    """A chapter, run once, and then again with other parameters.

    Parameters
    ----------
    chapter : str
    base : mapping
        Parameters of the first run, which those of later runs are added to.
    """

    def __init__(self, chapter: str, base: Mapping[str, object] | None = None) -> None:
        self.chapter, self.base = chapter, dict(base or {})
        self.cells = cells(chapter)
        self.namespace: dict[str, Any] = {}
        self.records: dict[int, Record] = {}
        self.values: dict[str, Value] = {}
        self.fits: dict[bytes, Any] = {}
        self.first = self.run({})

    def run(self, given: Mapping[str, object], draw: bool = False, whole: bool = False) -> Outcome:
        """Run the cells that depend on what was given, or the `whole` chapter.

        Raises
        ------
        ScalebookError
            As the chapter does; any other exception gets a note with its cell.
        """
        values = parameters.check(self.chapter, {**self.base, **given})
        changed = {name for name, value in values.items() if self.values.get(name) != value}
        due = self._due(changed) if self.records and not whole else set(range(len(self.cells)))
        display = Display(draw)
        self.namespace.clear()
        self.namespace.update(__name__="__main__", display=display, **values)
        value = None
        with _stage(display), _remembering(self.fits):
            for index, cell in enumerate(self.cells):
                if index in due:
                    value = self._execute(index, cell, display, given)
                else:
                    value = self._recall(index, display)
        if not self.values:
            self.values = values
        assert isinstance(value, results.Record)
        texts = display.texts + self._prose(value.results, values)
        return Outcome(
            value.results, value.settled, texts, len(due), display.figures, display.overlapping
        )

    def _execute(
        self, index: int, cell: Cell, display: Display, given: Mapping[str, object]
    ) -> Any:
        texts, settled = len(display.texts), dict(claims._settled)
        value = None
        try:
            exec(cell.statements, self.namespace)
            if cell.last is not None:
                value = eval(cell.last, self.namespace)
                display(value)
        except Exception as error:
            error.add_note(f"{self.chapter}.ipynb, cell {cell.number}, with {dict(given)}")
            raise
        if not self.values:
            stored = {n: self.namespace[n] for n in cell.stores if n in self.namespace}
            new = {k: v for k, v in claims._settled.items() if k not in settled}
            self.records[index] = Record(stored, display.texts[texts:], new, value)
        return value

    def _recall(self, index: int, display: Display) -> Any:
        record = self.records[index]
        self.namespace.update(record.stored)
        claims._settled.update(record.settled)
        display.texts += record.texts
        return record.value

    def _due(self, changed: set[str]) -> set[int]:
        """Return the cells that depend on names that changed."""
        due: set[int] = set()
        while True:
            names, before = set(changed), len(due)
            within: dict[str, set[str]] = {}
            for index, cell in enumerate(self.cells):
                within |= cell.within
                reads = _reached(cell.reads, within)
                if reads & names or index in due:
                    due.add(index)
                    names |= cell.stores | cell.mutates
            # What a cell changes in place must be made anew before it is changed again.
            mutated = {name for index in due for name in self.cells[index].mutates}
            due |= {i for i, cell in enumerate(self.cells) if cell.stores & mutated}
            if len(due) == before:
                return due

    def _prose(self, found: Mapping[str, float], values: Mapping[str, Value]) -> list[str]:
        """Return the text cells with their numbers filled in."""
        context = {"r": found, "p": values}
        texts = [text for kind, text, _ in source(self.chapter) if kind == "markdown"]
        return [templates.render(text, context) for text in texts]


def _reached(reads: set[str], within: Mapping[str, set[str]]) -> set[str]:
    """Return names read, and those read by the functions among them, and so on."""
    found, fresh = set(reads), set(reads)
    while fresh:
        fresh = {name for each in fresh for name in within.get(each, ())} - found
        found |= fresh
    return found


@contextmanager
def _remembering(known: dict[bytes, Any]) -> Iterator[None]:
    """Look up fits that were made with the same arguments, for the time of a run."""
    with ExitStack() as stack:
        for module, name in _FITS:
            function = _remembered(getattr(module, name), known)
            stack.enter_context(mock.patch.object(module, name, function))
        yield


def _remembered(function: Callable[..., Any], known: dict[bytes, Any]) -> Callable[..., Any]:
    def remembered(*args: object, **options: object) -> Any:
        try:
            asked = pickle.dumps((function.__module__, function.__name__, args, options))
        except (pickle.PicklingError, AttributeError, TypeError):
            return function(*args, **options)
        key = hashlib.blake2b(asked).digest()
        if key not in known:
            known[key] = function(*args, **options)
        return known[key]

    return remembered


@contextmanager
def _stage(display: Display) -> Iterator[None]:
    """Draw without a screen, and count warnings as errors, for the time of a run."""
    with (
        warnings.catch_warnings(),
        mpl.rc_context(),
        mock.patch("IPython.display.display", display),
        mock.patch("matplotlib_inline.backend_inline.set_matplotlib_formats"),
        mock.patch.dict(claims._settled, clear=True),
    ):
        warnings.simplefilter("error")
        mpl.use("agg")
        figures.style()
        try:
            yield
        finally:
            plt.close("all")
