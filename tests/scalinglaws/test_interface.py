"""The names at the top of the library: stated once for each purpose, and alike."""

import ast
import inspect
import subprocess
import sys
from importlib import import_module

import pytest

import scalinglaws


def test_what_is_shown_to_type_checkers_is_what_is_there() -> None:
    tree = ast.parse(inspect.getsource(scalinglaws))
    (block,) = [
        n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"
    ]
    shown = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(shown) == sorted(scalinglaws.__all__) == sorted(scalinglaws._HOME)
    for name, module in shown.items():
        assert getattr(scalinglaws, name) is getattr(import_module(module), name)


def test_all_of_it_is_listed_and_nothing_else() -> None:
    assert dir(scalinglaws) == sorted([*scalinglaws.__all__, "__version__"])
    assert not hasattr(scalinglaws, "optimol")
    with pytest.raises(AttributeError, match="no attribute 'optimol'"):
        scalinglaws.optimol  # noqa: B018


def test_what_needs_no_numbers_does_not_wait_for_numpy() -> None:
    code = "import sys, scalinglaws.errors; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_threads_may_ask_for_names_at_once() -> None:
    code = (
        "import scalinglaws as sl\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    print(len(list(pool.map(lambda name: getattr(sl, name), sl.__all__[::-1]))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{len(scalinglaws.__all__)}\n"
