"""A formula that is stated once, in Python, and read by the browser too.

A function of operators only, such as ``def flop(params, tokens): return 6 * params * tokens``, is
the formula. Python calls it; for Vega it is translated from its own source. What needs more than
operators, such as a quantile, is computed by the library and looked up: in a list by a choice
(`Pick`), or between the points of a table (`Lookup`).
"""

import ast
import inspect
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalebook.errors import ScalebookError

#: What an argument of a formula is: the name of another quantity, or a number.
Given = str | float

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}


@dataclass(frozen=True)
class Formula:
    """A function of operators only, with what its arguments are.

    Attributes
    ----------
    function : callable
        Of numbers; assignments and a ``return``, with ``+ - * / **`` and calls of such functions.
    given : mapping of str to str or float
        By argument: the name of another quantity of the same control, or a number.

    Examples
    --------
    >>> def flop(params, tokens):
    ...     return 6 * params * tokens
    >>> Formula(flop, {"params": "N", "tokens": 2e9}).value({"N": 1e9})
    1.2e+19
    """

    function: Callable[..., Any]
    given: Mapping[str, Given]

    def value(self, known: Mapping[str, float]) -> float:
        """Return the number, where those that the arguments name are known."""
        found = {
            name: known[each] if isinstance(each, str) else each
            for name, each in self.given.items()
        }
        return float(self.function(**found))

    @property
    def vega(self) -> str:
        """The same as an expression of Vega's."""
        names: dict[str, str] = {
            name: each if isinstance(each, str) else _number(each)
            for name, each in self.given.items()
        }
        return translated(self.function, names)


@dataclass(frozen=True)
class Pick:
    """One of several numbers, by a choice whose options are 0, 1, 2 and so on.

    Attributes
    ----------
    choice : str
        The name of the choice, or of a quantity that is a whole number.
    among : sequence of str or float
        Numbers, or the names of other quantities.

    Examples
    --------
    >>> Pick("law", (1.69, "floor")).value({"law": 1, "floor": 1.82})
    1.82
    """

    choice: str
    among: Sequence[Given]

    def value(self, known: Mapping[str, float]) -> float:
        """Return the number chosen."""
        found = self.among[int(known[self.choice])]
        return float(known[found] if isinstance(found, str) else found)

    @property
    def vega(self) -> str:
        """The same as an expression of Vega's."""
        each = (given if isinstance(given, str) else _number(given) for given in self.among)
        return f"([{', '.join(each)}])[{self.choice}]"


@dataclass(frozen=True)
class Lookup:
    """A number between the points of a table that the library made, on straight lines.

    Attributes
    ----------
    of : str
        The name of the quantity that the table is entered with; beyond the ends, the ends count.
    at, to : sequence of float
        The points, the first of them rising.
    log : bool
        Whether lines are straight in the logarithm of the quantity.

    Examples
    --------
    >>> Lookup("year", (2024, 2026), (2.0, 3.0), log=False).value({"year": 2025})
    2.5
    """

    of: str
    at: Sequence[float]
    to: Sequence[float]
    log: bool = True

    def _points(self) -> list[float]:
        return [math.log(each) if self.log else float(each) for each in self.at]

    def value(self, known: Mapping[str, float]) -> float:
        """Return the number at the quantity's present value."""
        at = math.log(known[self.of]) if self.log else known[self.of]
        return float(np.interp(at, self._points(), self.to))

    @property
    def vega(self) -> str:
        """The same as an expression of Vega's: a sum of what each line adds."""
        at = f"log({self.of})" if self.log else self.of
        points, to = self._points(), [float(each) for each in self.to]
        steps = (
            f" + ({(d - c) / (b - a)!r}) * (clamp({at}, {_number(a)}, {_number(b)}) - {_number(a)})"
            for a, b, c, d in zip(points, points[1:], to, to[1:], strict=False)
        )
        return f"({to[0]!r}{''.join(steps)})"


#: What a quantity may follow from.
Quantity = Formula | Pick | Lookup


def translated(function: Callable[..., Any], names: Mapping[str, str]) -> str:
    """Return a function of operators as an expression of Vega's.

    Parameters
    ----------
    function : callable
    names : mapping of str to str
        What stands for each argument, an expression itself.

    Raises
    ------
    ScalebookError
        If the function has anything but operators in it, or an argument is not named.
    """
    if not inspect.isfunction(function) or function.__name__ == "<lambda>":
        raise ScalebookError(f"{function!r} is no function with a name; a formula is one.")
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)  # as it is a function with a name
    known = dict(names)
    for line in tree.body:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                known[name] = _expression(value, known, function)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                known[name] = _expression(value, known, function)
            case ast.Return(value=ast.expr() as value):
                return _expression(value, known, function)
            case ast.Expr(value=ast.Constant()):
                pass  # a docstring says nothing to the browser
            case _:
                break
    raise _refused(function, "more than assignments and a return")


def _expression(node: ast.expr, names: Mapping[str, str], function: Callable[..., Any]) -> str:
    def of(each: ast.expr) -> str:
        return _expression(each, names, function)

    match node:
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return repr(value)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return f"(-{of(inner)})"
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"pow({of(left)}, {of(right)})"
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return f"({of(left)} {_OPERATORS[type(operator)]} {of(right)})"
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            called = function.__globals__.get(name)
            if inspect.isfunction(called):
                order = list(inspect.signature(called).parameters)
                return translated(called, dict(zip(order, map(of, args), strict=True)))
    raise _refused(function, ast.unparse(node))


def _number(value: float) -> str:
    # In JavaScript two signs in a row are an operator of their own.
    return repr(float(value)) if value >= 0 else f"({float(value)!r})"


def _refused(function: Callable[..., Any], what: str) -> ScalebookError:
    return ScalebookError(
        f"{function.__name__} has {what}; a formula for the browser has numbers, its arguments, "
        "+ - * / ** and calls of such functions."
    )
