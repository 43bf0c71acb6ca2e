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


def tags(cell):
    """Return the tags of a cell."""
    return cell["metadata"].get("tags", [])


class _Whole(ast.NodeTransformer):
    """Makes one text of an f-string, with 0 in the place of each number."""

    def visit_JoinedStr(self, node):
        parts = [part.value if isinstance(part, ast.Constant) else "0" for part in node.values]
        return ast.Constant("".join(parts))


def phrases(chapter):
    """Return the texts in the code of a chapter's findings, with 0 for each number."""
    sources = [each for each in contents.modules(chapter) if each.stem == "findings"]
    trees = [_Whole().visit(ast.parse(each.read_text(encoding="utf-8"))) for each in sources]
    constants = [
        node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)
    ]
    return [node.value for node in constants if isinstance(node.value, str)]


def code(chapter):
    """Return the code cells of a chapter's notebook, the parameters cell first."""
    return [cell for cell in cells(chapter) if cell["cell_type"] == "code"]


def texts(chapter):
    """Return the texts of a chapter's notebook, numbers not yet filled in."""
    return ["".join(c["source"]) for c in cells(chapter) if c["cell_type"] == "markdown"]


def cells(chapter):
    """Return the cells of a chapter's notebook."""
    return json.loads(_notebook(chapter).read_text(encoding="utf-8"))["cells"]


def _notebook(chapter):
    return paths.notebooks_dir() / f"{chapter}.ipynb"


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
