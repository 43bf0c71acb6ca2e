"""A chapter's notebook, cell by cell, without Jupyter."""

import ast
import json

from scalebook import contents, paths
from scalebook.chapters.parameter import Parameters
from scalebook.execution import parameters


def given(chapter, **values):
    """Return a chapter's parameters, some of them changed."""
    return Parameters(**parameters.check(chapter, values))


def compute(chapter, **values):
    """Return what a chapter comes to, with some parameters changed."""
    return contents.module(chapter, "outcome").compute(given(chapter, **values))


def code(chapter):
    """Return the code cells of a chapter's notebook, the parameters cell first."""
    return [cell for cell in _cells(chapter) if cell["cell_type"] == "code"]


def texts(chapter):
    """Return the texts of a chapter's notebook, numbers not yet filled in."""
    return ["".join(c["source"]) for c in _cells(chapter) if c["cell_type"] == "markdown"]


def _cells(chapter):
    path = paths.notebooks_dir() / f"{chapter}.ipynb"
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def shown(chapter, **values):
    """Return what the cells of a notebook show, in order, with some parameters changed."""
    namespace = dict(vars(given(chapter, **values)))
    found = []
    for cell in code(chapter)[1:]:
        *statements, last = ast.parse("".join(cell["source"])).body
        if not isinstance(last, ast.Expr):
            statements, last = [*statements, last], ast.Expr(ast.Constant(None))
        exec(_compiled(ast.Module(statements, []), "exec"), namespace)
        found.append(eval(_compiled(ast.Expression(last.value), "eval"), namespace))
    return [each for each in found if each is not None]


def part(data, **where):
    """Return the rows of a figure's table that have these values, without empty columns."""
    count = len(next(iter(data.values())))
    rows = [i for i in range(count) if all(data[name][i] == v for name, v in where.items())]
    found = {name: [column[i] for i in rows] for name, column in data.items()}
    return {name: column for name, column in found.items() if set(column) != {None}}


def _compiled(tree, mode):
    return compile(ast.fix_missing_locations(tree), "<cell>", mode)
