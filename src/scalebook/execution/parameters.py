"""The parameters of a chapter as people give them, checked before any work is done."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from scalebook import contents, documents, paths
from scalebook.chapters import declaration
from scalebook.chapters.parameter import Parameter, Parameters, Relation, Value
from scalebook.errors import ScalebookError
from scalinglaws.errors import ScalingLawsError, shortened


def check(
    chapter: str, given: Mapping[str, object], notebook: Path | None = None
) -> dict[str, Value]:
    """Return all parameters of a chapter, defaults filled in, or say what is wrong with one.

    Parameters
    ----------
    chapter : str
        Name of the chapter.
    given : mapping
        Values by name, as numbers or as people write them.
    notebook : Path, optional
        The notebook that declares them; the book's own unless given.

    Raises
    ------
    ScalebookError
        For an unknown name (with the nearest one), a value of the wrong type or out of bounds, or
        values that do not go together.
    """
    known = {p.name: p for p in declared(chapter, notebook)}
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


def checked(chapter: str, namespace: Mapping[str, object]) -> Parameters:
    """Return a notebook's parameters as its cells go on with them, all of them checked.

    So a notebook that is run by plain papermill, or by hand, refuses bad values just as
    `scalebook run` does.

    Parameters
    ----------
    chapter : str
    namespace : mapping
        The notebook's ``globals()``. Only the names declared are looked at, and what papermill
        put in.

    Raises
    ------
    ScalebookError
        As `check` does, and if a parameter is missing.
    """
    known = {p.name: p for p in declared(chapter)}
    for name in _injected(namespace):
        if name not in known:
            raise ScalebookError(f"{chapter}: {_unknown(name, known)}")
    missing = [p.label for p in known.values() if p.name not in namespace]
    if missing:
        raise ScalebookError(
            f"{chapter}: parameter {missing[0]} is missing from the parameters cell. Run that cell "
            "first, or put the assignment back."
        )
    return Parameters(**check(chapter, {name: namespace[name] for name in known}))


def _injected(namespace: Mapping[str, object]) -> Iterator[str]:
    """Yield the names that plain papermill gave values; it only warns of those it does not know."""
    cells = namespace.get("In")
    for cell in cells if isinstance(cells, list) else ():
        if cell.startswith("# Parameters\n"):  # as papermill begins its cell
            yield from re.findall(r"^(\w+) = ", cell, re.MULTILINE)


def relations(chapter: str) -> tuple[Relation, ...]:
    """Return the conditions on several parameters that a chapter has."""
    return getattr(contents.module(chapter), "RELATIONS", ())


def declared(chapter: str, notebook: Path | None = None) -> tuple[Parameter, ...]:
    """Return the parameters that a chapter's notebook declares.

    Parameters
    ----------
    chapter : str
    notebook : Path, optional
        The book's own unless given.

    Raises
    ------
    ScalebookError
        If there is no such chapter, with the nearest; or the notebook declares one badly.
    """
    if chapter not in contents.CHAPTERS:
        near = nearest(chapter, contents.CHAPTERS)
        hint = f" Did you mean '{near}'?" if near else ""
        raise ScalebookError(
            f"There is no chapter {shortened(chapter)}.{hint} "
            f"The chapters are {', '.join(contents.CHAPTERS)}."
        )
    book = paths.notebooks_dir() / f"{chapter}.ipynb"
    found = _read_now(chapter, notebook or book)
    if notebook is not None and notebook.resolve() != book.resolve():
        _check_copy(chapter, notebook, found, _read_now(chapter, book))
    return found


def _check_copy(
    chapter: str, copy: Path, found: Sequence[Parameter], own: Sequence[Parameter]
) -> None:
    """Refuse a copy that declares other parameters; in its kernel the book's own count."""
    theirs, ours = (
        {p.name: {**p.describe(), "default": None} for p in each} for each in (found, own)
    )
    for name in {**ours, **theirs}:
        if theirs.get(name) != ours.get(name):
            said = "is missing" if name not in theirs else "is declared otherwise"
            said = said if name in ours else "is unknown"
            raise ScalebookError(
                f"{copy}: parameter '{name}' {said}; expected the parameters of the chapter "
                f"'{chapter}', with other values at most."
            )


def _read_now(chapter: str, notebook: Path) -> tuple[Parameter, ...]:
    try:
        written = notebook.stat().st_mtime_ns
    except OSError:
        raise ScalebookError(f"There is no notebook {notebook}.") from None
    return _read(chapter, notebook.absolute(), written)


@lru_cache
def _read(chapter: str, notebook: Path, _: int) -> tuple[Parameter, ...]:
    """Read a notebook's parameters once, until it is written again."""
    choices = getattr(contents.module(chapter), "CHOICES", {})
    found = declaration.read(notebook, choices)
    needed = {*choices, *(name for each in relations(chapter) for name in each.names)}
    for name in sorted(needed - {p.name for p in found}):
        raise ScalebookError(
            f"{chapter}: parameter '{name}' is missing from the parameters cell of "
            f"{notebook.name}. Put its line back."
        )
    return found


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
    declared(path.stem, path)
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


def by_chapter(given: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return the values of a file by chapter.

    Values stand below the name of a chapter, or by themselves: then they are for every chapter that
    has a parameter of that name. What is said of one chapter outweighs what is said of all.

    Raises
    ------
    ScalebookError
        If a name is neither a chapter nor a parameter of one, or below a chapter stand no names.
    """
    wanted: dict[str, dict[str, object]] = {chapter: {} for chapter in contents.CHAPTERS}
    for name, value in given.items():
        for chapter in () if name in wanted else _knowing(name):
            wanted[chapter][name] = value
    for name, below in given.items():
        if name not in wanted:
            continue
        if not isinstance(below, dict):
            raise ScalebookError(
                f"'{name}' is a chapter; expected its parameters below it, one 'name: value' a "
                "line."
            )
        wanted[name].update({str(each): value for each, value in below.items()})
    return wanted


def _knowing(name: str) -> list[str]:
    if found := knowing(name):
        return found
    known = sorted({p.name for each in contents.CHAPTERS for p in declared(each)})
    near = nearest(name, [*contents.CHAPTERS, *known])
    raise ScalebookError(
        f"'{name}' is neither a chapter nor a parameter of one."
        + (f" Did you mean '{near}'?" if near else "")
    )


def knowing(name: str) -> list[str]:
    """Return the chapters that have a parameter of a name."""
    return [each for each in contents.CHAPTERS if name in {p.name for p in declared(each)}]


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
