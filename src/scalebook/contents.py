"""The chapters, in the order of the book, and where their code is."""

import json
from importlib import import_module
from pathlib import Path
from types import ModuleType

from scalebook import paths

CHAPTERS = (
    "scaling-law",
    "entropy",
    "kaplan",
    "reconciliation",
    "chinchilla",
    "isoflop",
    "asymptotes",
    "predictions",
    "atlas",
    "laboratory",
    "known-entropy",
    "planner",
    "overtraining",
    "inference",
    "supply",
    "repetition",
    "gpt4",
)


def package(chapter: str) -> str:
    """Return the name of a chapter's package: hyphens are no part of Python's names."""
    return chapter.replace("-", "_")


def modules(chapter: str) -> list[Path]:
    """Return the files of a chapter's modules: its steps, its outcome, its figures."""
    folder = Path(__file__).parent / "chapters" / package(chapter)
    return sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")


def title(chapter: str) -> str:
    """Return the title of a chapter, which its notebook begins with."""
    text = (paths.notebooks_dir() / f"{chapter}.ipynb").read_text(encoding="utf-8")
    first = "".join(json.loads(text)["cells"][0]["source"])
    return first.partition("\n")[0].removeprefix("# ")


def module(chapter: str, part: str = "") -> ModuleType:
    """Return a chapter's package, or one of its modules: "steps", "outcome" or "figures"."""
    return import_module(".".join(filter(None, ("scalebook.chapters", package(chapter), part))))
