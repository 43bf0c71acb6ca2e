"""The parameters of a chapter as people give them, checked before any work is done."""

import difflib
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from scalebook import paths
from scalebook.chapters.parameter import Parameter, Relation, Value
from scalebook.errors import ScalebookError
from scalebook.execution import documents
from scalinglaws.errors import ScalingLawsError, shortened


def check(chapter: str, given: Mapping[str, object]) -> dict[str, Value]:
    """Return all parameters of a chapter, defaults filled in, or say what is wrong with one.

    Parameters
    ----------
    chapter : str
        Name of the chapter.
    given : mapping
        Values by name, as numbers or as people write them.

    Raises
    ------
    ScalebookError
        For an unknown name (with the nearest one), a value of the wrong type or out of bounds, or
        values that do not go together.
    """
    known = {p.name: p for p in declared(chapter)}
    for name in given:
        if name not in known:
            raise ScalebookError(f"{chapter}: {_unknown(name, known)}")
    values: dict[str, Value] = {}
    for name, parameter in known.items():
        try:
            values[name] = parameter.read(given.get(name, parameter.default))
        except ScalingLawsError as error:
            raise ScalebookError(f"{chapter}: {error}") from None
    units = {name: parameter.unit for name, parameter in known.items()}
    for relation in relations(chapter):
        if not relation.holds(values):
            raise ScalebookError(f"{chapter}: {relation.refusal(values, units)}")
    return values


def check_notebook(chapter: str, namespace: MutableMapping[str, Any]) -> None:
    """Check a notebook's parameters in its first cell, and convert them in place.

    So a notebook that is run by plain papermill, or by hand, refuses bad values just as
    `scalebook run` does.

    Parameters
    ----------
    chapter : str
    namespace : mutable mapping
        The notebook's ``globals()``, holding its parameters and nothing else that is plain.
    """
    plain = (str, int, float, bool, list, tuple, dict, set, type(None))
    own = {"In", "Out"}
    given = {
        name: value
        for name, value in namespace.items()
        if not name.startswith("_") and name not in own and isinstance(value, plain)
    }
    missing = [p.label for p in declared(chapter) if p.name not in given]
    if missing:
        raise ScalebookError(
            f"{chapter}: parameter {missing[0]} is missing from the parameters cell. Run that cell "
            "first, or put the assignment back."
        )
    namespace.update(check(chapter, given))


def relations(chapter: str) -> tuple[Relation, ...]:
    """Return the conditions on several parameters that a chapter declares."""
    from scalebook.chapters import RELATIONS

    return RELATIONS.get(chapter, ())


def declared(chapter: str) -> tuple[Parameter, ...]:
    """Return the parameters that a chapter declares.

    Raises
    ------
    ScalebookError
        If there is no such chapter; the message names the nearest.
    """
    from scalebook.chapters import CHAPTERS

    if chapter not in CHAPTERS:
        near = nearest(chapter, list(CHAPTERS))
        hint = f" Did you mean '{near}'?" if near else ""
        raise ScalebookError(
            f"There is no chapter {shortened(chapter)}.{hint} "
            f"The chapters are {', '.join(CHAPTERS)}."
        )
    return CHAPTERS[chapter]


def locate(notebook: str) -> tuple[str, Path]:
    """Return the chapter's name and its notebook, from a name or a path.

    Raises
    ------
    ScalebookError
        If there is no such notebook.
    """
    path = Path(notebook)
    if path.suffix != ".ipynb":
        declared(notebook)
        path = paths.notebooks_dir() / f"{notebook}.ipynb"
    if not path.is_file():
        raise ScalebookError(f"There is no notebook {path}. `scalebook params` lists the chapters.")
    declared(path.stem)
    return path.stem, path


def read_file(path: Path) -> dict[str, object]:
    """Read parameters from a YAML (or JSON) file of names and values.

    Raises
    ------
    ScalebookError
        If there is no such file, it is not YAML (see `documents.read`), or it is not a list of
        names with values.
    """
    content = documents.read(path, "the parameter file")
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ScalebookError(f"{path}: expected one 'name: value' a line, such as 'compute: 1e25'.")
    return content


def read_assignments(assignments: Sequence[str]) -> dict[str, object]:
    """Read parameters given as ``name=value``.

    Raises
    ------
    ScalebookError
        If one has no equals sign or no name, or a name comes twice.
    """
    values: dict[str, object] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise ScalebookError(
                f"-p {_typed(text)}: expected name=value, such as -p compute=1e25."
            )
        if name in values:
            raise ScalebookError(f"-p {_typed(text)}: '{_typed(name)}' was already given.")
        values[name] = value.strip()
    return values


def nearest(name: str, known: Sequence[str]) -> str | None:
    """Return the known name that is most like the one given, or None."""
    near = difflib.get_close_matches(name[:100], known, n=1)
    return near[0] if near else None


def _unknown(name: str, known: Mapping[str, Parameter]) -> str:
    """Say that a name is unknown; the nearest is judged by name and by unit (flops: FLOP)."""

    def likeness(parameter: Parameter) -> float:
        words = (parameter.name, *parameter.unit.split())
        given = name[:100].lower()
        return max(difflib.SequenceMatcher(None, given, w.lower()).ratio() for w in words)

    best = max(known.values(), key=likeness, default=None)
    if best is not None and likeness(best) >= 0.6:
        return f"unknown parameter {shortened(name)}. Did you mean {best.label}?"
    return f"unknown parameter {shortened(name)}. The parameters are {', '.join(known) or 'none'}."


def _typed(text: str) -> str:
    """Return a text as it was typed, but short and on one line."""
    return shortened(text).removeprefix("'").removesuffix("'")
