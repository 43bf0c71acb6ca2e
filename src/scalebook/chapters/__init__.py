"""The chapters, in the order of the book, and their parameters.

A chapter is `notebooks/NAME.ipynb`; its parameters cell assigns exactly the names and defaults
declared in the module of its name here (a test compares them), each with where its default comes
from; conditions on several parameters stand below them.
"""

from importlib import import_module

from scalebook.chapters.parameter import Parameter, Relation

_ORDER = (
    "kaplan",
    "chinchilla",
    "isoflop",
    "reconciliation",
    "asymptotes",
    "planner",
    "overtraining",
    "gpt4",
    "inference",
    "supply",
    "repetition",
    "entropy",
    "known-entropy",
)

_MODULES = {name: import_module(f"{__name__}.{name.replace('-', '_')}") for name in _ORDER}

CHAPTERS: dict[str, tuple[Parameter, ...]] = {
    name: module.PARAMETERS for name, module in _MODULES.items()
}
RELATIONS: dict[str, tuple[Relation, ...]] = {
    name: getattr(module, "RELATIONS", ()) for name, module in _MODULES.items()
}
"""Conditions on several parameters, checked with them."""
