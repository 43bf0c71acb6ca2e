"""Every public function of the library says what it takes and gives, and shows itself at work.

The examples run as tests of their own (pytest --doctest-modules).
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

import scalinglaws

INTERNAL = {
    "scalinglaws.fitting.kernel",
    "scalinglaws.fitting.newton",
    "scalinglaws.fitting.surface",
    "scalinglaws.roots",
}
"""Modules that the reference leaves out: machinery of the fits."""

SOURCE = re.compile(
    r"\b(19|20)\d\d\b|closed form|definition|derive|follows from|arithmetic|by hand|textbook|data/"
)
"""What a docstring says of where its mathematics is from."""

MATHEMATICS = ("laws", "optimum", "fitting", "prediction", "information", "supply")


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(scalinglaws.__path__, "scalinglaws."):
        if found.name not in INTERNAL:
            yield importlib.import_module(found.name)


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Public functions and classes defined in a module, and the public methods of the latter."""
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(inspect.unwrap(thing)) or inspect.isclass(thing):
            yield f"{module.__name__}.{name}", thing
        if inspect.isclass(thing):
            for method, member in vars(thing).items():
                if not method.startswith("_") and inspect.isfunction(member):
                    yield f"{module.__name__}.{name}.{method}", member


EVERYTHING = {name: thing for module in modules() for name, thing in public(module)}
FUNCTIONS = {
    name: inspect.unwrap(thing)
    for name, thing in EVERYTHING.items()
    if inspect.isfunction(inspect.unwrap(thing))
}


def doc(thing: object) -> str:
    return inspect.getdoc(thing) or ""


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^(\w+)\n-{3,}$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def arguments(function: Callable[..., object]) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]


def described(text: str) -> set[str]:
    """Names that a section of parameters describes; several may share one line."""
    heads = re.findall(r"^(\S[^:\n]*?)(?: :.*)?$", text, re.MULTILINE)
    return {name.strip(" *`") for head in heads for name in head.split(",")}


def missing_example(name: str, thing: object) -> bool:
    owner = EVERYTHING.get(name.rpartition(".")[0])
    return ">>>" not in doc(thing) + (doc(owner) if inspect.isclass(owner) else "")


def undescribed_arguments(_: str, function: Callable[..., object]) -> bool:
    text = sections(doc(function)).get("Parameters", "")
    return not set(arguments(function)) <= described(text)


def undescribed_result(_: str, function: Callable[..., object]) -> bool:
    gives = inspect.signature(function).return_annotation
    return gives not in (None, "None") and not {"Returns", "Yields"} & set(sections(doc(function)))


def undescribed_errors(_: str, function: Callable[..., object]) -> bool:
    raises = re.search(r"^\s+raise \w", inspect.getsource(function), re.MULTILINE)
    return bool(raises) and "Raises" not in sections(doc(function))


def missing_source(name: str, function: Callable[..., object]) -> bool:
    if name.split(".")[1] not in MATHEMATICS:
        return False
    owner = EVERYTHING.get(name.rpartition(".")[0])
    module = importlib.import_module(function.__module__)
    texts = doc(function), doc(owner) if inspect.isclass(owner) else "", doc(module)
    return not any(SOURCE.search(text) for text in texts)


@pytest.mark.parametrize(
    ("fault", "things"),
    [
        (missing_example, EVERYTHING),
        (undescribed_arguments, FUNCTIONS),
        (undescribed_result, FUNCTIONS),
        (undescribed_errors, FUNCTIONS),
        (missing_source, FUNCTIONS),
    ],
)
def test_nothing_is_left_out(fault: Callable[[str, Any], bool], things: dict[str, Any]) -> None:
    assert len(things) > 200
    assert [name for name, thing in things.items() if fault(name, thing)] == []


def silent(count):
    """Return the count.

    Parameters
    ----------
    number : int
    """
    if count < 0:
        raise ValueError
    return count


@pytest.mark.parametrize(
    "fault",
    [
        missing_example,
        undescribed_arguments,
        undescribed_result,
        undescribed_errors,
        missing_source,
    ],
)
def test_what_is_left_out_is_seen(fault: Callable[[str, Any], bool]) -> None:
    assert fault("scalinglaws.laws.silent", silent)
