"""The chapters, in the order of the book, and where their code is."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

CHAPTERS = (
    "kaplan",
    "chinchilla",
    "isoflop",
    "reconciliation",
    "asymptotes",
    "predictions",
    "atlas",
    "laboratory",
    "planner",
    "overtraining",
    "gpt4",
    "inference",
    "supply",
    "repetition",
    "entropy",
    "known-entropy",
)


def package(chapter: str) -> str:
    """Return the name of a chapter's package: hyphens are no part of Python's names."""
    return chapter.replace("-", "_")


def modules(chapter: str) -> list[Path]:
    """Return the files of a chapter's modules: its steps, its outcome, its figures."""
    folder = Path(__file__).parent / "chapters" / package(chapter)
    return sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")


def module(chapter: str, part: str = "") -> ModuleType:
    """Return a chapter's package, or one of its modules: "steps", "outcome" or "figures"."""
    return import_module(".".join(filter(None, ("scalebook.chapters", package(chapter), part))))
