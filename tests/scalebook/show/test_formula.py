"""A formula is stated once: Python and the browser come to the same number."""

import itertools
import linecache
import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scalebook.errors import ScalebookError
from scalebook.show.formula import Formula, Lookup, Pick, translated
from tests.scalebook.show.vega import evaluated

_NUMBERED = itertools.count()


def made(source, **known):
    """Return the function `formula` of some source, which `inspect` can read."""
    name = f"<formula {next(_NUMBERED)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), known)
    return known["formula"]


def half(value):
    return value / 2


def mean(first, second):
    """Return what lies between two numbers."""
    total = first + second
    return half(total)


# What is translated

LEAVES = (
    st.sampled_from(["a", "b", "c"]) | st.floats(0.01, 100).map(repr) | st.integers(1, 9).map(str)
)


def _larger(parts):
    powers = st.sampled_from(["2", "0.5", "-1", "b"])
    return (
        st.tuples(parts, st.sampled_from("+-*/"), parts).map(lambda p: f"({p[0]} {p[1]} {p[2]})")
        | st.tuples(parts, st.sampled_from("+-*/"), parts).map(" ".join)
        | parts.map(lambda p: f"-{p}")
        | st.tuples(parts, powers).map(lambda p: f"({p[0]}) ** {p[1]}")
        | st.tuples(parts, parts).map(lambda p: f"mean({p[0]}, {p[1]})")
    )


EXPRESSIONS = st.recursive(LEAVES, _larger, max_leaves=8)
VALUES = st.floats(0.1, 10) | st.floats(-10, -0.1)


@given(EXPRESSIONS, EXPRESSIONS, VALUES, VALUES, VALUES)
def test_vega_comes_to_what_python_comes_to(first, second, a, b, c):
    function = made(f"def formula(a, b, c):\n    x = {first}\n    return x + {second}\n", mean=mean)
    # One is known to the page, one is a number.
    formula = Formula(function, {"a": "left", "b": "right", "c": c})
    try:
        here = formula.value({"left": a, "right": b})
    except (ArithmeticError, TypeError):  # by zero, beyond all numbers, or complex
        assume(False)
    assume(math.isfinite(here))
    (there,) = evaluated(formula.vega, left=a, right=b)
    assert float(there) == pytest.approx(here, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("source", "names", "expression"),
    [
        ("return a", {"a": "N"}, "N"),
        ('"""Say what."""\n    return 2 * a', {"a": "N"}, "(2 * N)"),
        ("return a - b - c", {"a": "x", "b": "y", "c": "z"}, "((x - y) - z)"),
        ("return a ** -0.5", {"a": "N"}, "pow(N, (-0.5))"),
        ("return -a ** b", {"a": "N", "b": "k"}, "(-pow(N, k))"),
        ("twice = 2 * a\n    a = twice + 1\n    return a * twice", {"a": "N"},
         "(((2 * N) + 1) * (2 * N))"),
        ("twice: float = 2 * a\n    return twice", {"a": "N"}, "(2 * N)"),
        ("return mean(b, a)", {"a": "N", "b": "D"}, "((D + N) / 2)"),
    ],
)  # fmt: skip
def test_each_operator_has_its_expression(source, names, expression):
    function = made(f"def formula({', '.join(names)}):\n    {source}\n", mean=mean)
    assert translated(function, names) == expression


def test_negative_numbers_are_no_decrements():
    formula = Formula(made("def formula(a, b):\n    return -a - b\n"), {"a": -2.0, "b": -3.0})
    assert float(*evaluated(formula.vega)) == formula.value({}) == 5


def test_a_quantity_that_follows_from_another_is_known_by_its_name():
    formula = Formula(half, {"value": "k"})
    assert formula.value({"k": 3.0, "other": 1.0}) == 1.5
    with pytest.raises(KeyError, match="k"):
        formula.value({"other": 1.0})


# What is refused


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("return a if a > 1 else 1", "a if a > 1 else 1"),
        ("return max(a, 1)", "max(a, 1)"),
        ("return math.log(a)", "math.log(a)"),
        ("return unknown(a)", "unknown(a)"),
        ("return mean(a, second=1)", "mean(a, second=1)"),
        ("return a % 2", "a % 2"),
        ("return a // 2", "a // 2"),
        ("return +a", "+a"),
        ("return OUTSIDE * a", "OUTSIDE"),
        ("return a[0]", "a[0]"),
        ("return True * a", "True"),
        ("return 2j * a", "2j"),
        ("return 'text'", "'text'"),
        ("return lambda: a", "lambda: a"),
        ("if a > 1:\n        return a\n    return 1", "more than assignments and a return"),
        ("for _ in a:\n        pass\n    return a", "more than assignments and a return"),
        ("a += 1\n    return a", "more than assignments and a return"),
        ("x = y = a\n    return x", "more than assignments and a return"),
        ("x: float\n    return a", "more than assignments and a return"),
        ("x, y = a, 1\n    return x", "more than assignments and a return"),
        ("return", "more than assignments and a return"),
        ("pass", "more than assignments and a return"),
    ],
)
def test_what_a_browser_would_not_compute_alike_is_refused(body, what):
    function = made(f"def formula(a):\n    {body}\n", math=math, mean=mean, OUTSIDE=3)
    with pytest.raises(ScalebookError) as refused:
        translated(function, {"a": "N"})
    assert str(refused.value) == (
        f"formula has {what}; a formula for the browser has numbers, its arguments, "
        "+ - * / ** and calls of such functions."
    )


def test_what_a_called_function_has_is_refused_in_its_name():
    loud = made("def formula(a):\n    return abs(a)\n")
    function = made("def formula(a):\n    return inner(a)\n", inner=loud)
    with pytest.raises(ScalebookError, match=r"formula has abs\(a\)"):
        translated(function, {"a": "N"})


def test_an_argument_without_a_name_is_refused():
    with pytest.raises(ScalebookError, match="mean has second; a formula"):
        translated(mean, {"first": "N"})


@pytest.mark.parametrize("function", [lambda a: a, math.sqrt, half.__call__])
def test_only_functions_with_a_source_are_formulas(function):
    with pytest.raises(ScalebookError, match="is no function with a name"):
        translated(function, {"a": "N"})


# What is looked up


@pytest.mark.parametrize("law", [0, 1, 2])
def test_one_of_several_is_picked_by_number(law):
    pick = Pick("law", (1.69, -2.5, "floor"))
    (found,) = evaluated(pick.vega, law=law, floor=1.82)
    assert float(found) == pick.value({"law": law, "floor": 1.82}) == (1.69, -2.5, 1.82)[law]


@pytest.mark.parametrize("log", [True, False])
@given(at=st.floats(0.5, 2e6))
@settings(max_examples=20, deadline=None)
def test_a_table_is_read_alike_between_and_beyond_its_points(log, at):
    table = Lookup("C", (1.0, 30.0, 1e3, 1e6), (2.0, -3.0, 0.5, 7.0), log)
    (found,) = evaluated(table.vega, C=at)
    assert float(found) == pytest.approx(table.value({"C": at}), rel=1e-9, abs=1e-9)
    assert table.value({"C": 30.0}) == pytest.approx(-3)
    assert table.value({"C": 1e9}) == 7
