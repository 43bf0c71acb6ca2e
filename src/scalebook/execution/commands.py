"""Commands on one chapter: `run`, `params` and `verify`."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from scalebook import terminal
from scalebook.arguments import Json, WrongUse, argument, flag, named, number, option
from scalebook.errors import ScalebookError
from scalebook.terminal import near, say

app = typer.Typer()


def _chapters() -> list[str]:
    from scalebook.contents import CHAPTERS

    return list(CHAPTERS)


def assignments(context: typer.Context) -> Iterator[tuple[str, str]]:
    """Yield the parameters of the chapter that is named before, and what they mean."""
    from scalebook.execution import parameters
    from scalinglaws.errors import ScalingLawsError

    try:
        chapter, path = parameters.locate(named(context, "notebook"))
    except ScalingLawsError:
        return
    for each in parameters.declared(chapter, path):
        yield f"{each.name}=", each.meaning


Notebook = Annotated[
    str, argument("NOTEBOOK", "name of a chapter, or path of a notebook", _chapters)
]
Assignments = Annotated[
    list[str],
    option("name=value", "a parameter; give it again for another", "-p", complete=assignments),
]
ParameterFile = Annotated[Path | None, option("params.yml", "parameters, one to a line", "-f")]
Timeout = Annotated[
    float, option("SECONDS", "time limit of one notebook", read=number("--timeout"))
]


def given(notebook: str, file: Path | None, assignments: Sequence[str]) -> dict[str, object]:
    """Return the parameters of a file and of options, which outweigh it."""
    from scalebook.execution import parameters

    known = _of_chapter(notebook, file) if file else {}
    return {**known, **parameters.read_assignments(assignments)}


def _of_chapter(notebook: str, file: Path) -> dict[str, object]:
    """Return what a file says of a chapter: all of it, unless it names values by chapter."""
    from scalebook.execution import parameters

    found = parameters.read_file(file)
    named = [name for name in found if name in _chapters()]
    if not named:
        return found
    chapter, _ = parameters.locate(notebook)
    known = parameters.by_chapter(found)[chapter]
    if not known:
        raise ScalebookError(
            f"{file}: nothing in it is for the chapter '{chapter}'; it has values for "
            f"{', '.join(named)}."
        )
    return known


@app.command()
def run(
    notebook: Notebook,
    values: Assignments = [],  # noqa: B006
    file: ParameterFile = None,
    out: Annotated[
        Path | None, option("OUT.ipynb", "where the executed notebook goes", "-o")
    ] = None,
    results: Annotated[Path | None, option("OUT.json", "where the results go")] = None,
    timeout: Timeout = 600.0,
) -> None:
    """Run a chapter, with your parameters if you give any."""
    from scalebook.execution import runner

    with terminal.progress(f"{notebook}, cells") as progress:
        done = runner.run(notebook, given(notebook, file, values), out, results, timeout, progress)
    say(f"{done.chapter}: {done.seconds:.1f} s, {near(done.notebook)}, {near(done.results)}")
    if told := _moved(done.chapter, done.results):
        say(told)


def _moved(chapter: str, place: Path) -> str:
    """Say which verdicts differ from the book's, where a run had other parameters.

    In an edition none does: its verdicts are the book's.
    """
    from scalebook import paths
    from scalebook.record import results

    if place.resolve().is_relative_to((paths.work_dir() / "editions").resolve()):
        return ""
    mine = json.loads(place.read_text(encoding="utf-8"))
    try:
        book = results.load(chapter)
    except ScalebookError:
        return ""
    if mine["parameters"] == book["parameters"] or not mine["claims"]:
        return ""
    before = {each["id"]: each["verdict"] for each in book["claims"]}
    moved = [
        f"  {each['id']}: {before[each['id']]} -> {each['verdict']}"
        for each in mine["claims"]
        if each["verdict"] != before.get(each["id"], each["verdict"])
    ]
    if not moved:
        return "No verdict moved."
    return "\n".join(["Verdicts that moved, book -> now:", *moved])


@app.command()
def params(notebook: Notebook, json: Json = False) -> None:
    """Show the parameters of a chapter, with units and bounds."""
    from scalebook.execution import parameters
    from scalinglaws.quantities import format_quantity

    chapter, path = parameters.locate(notebook)
    known = parameters.declared(chapter, path)
    if json:
        terminal.as_json([p.describe() for p in known])
        return
    for p in known:
        bounds = ", ".join(p.choices) if p.choices else ("" if p.kind in (str, bool) else p.bounds)
        value = f"{p.default:g}" if p.kind is float else str(p.default)
        if p.unit in ("params", "tokens"):
            value = format_quantity(float(p.default), 6)
        say(f"{p.name}: {p.kind.__name__} = {_typed(value)} {p.unit}".rstrip())
        say(f"    {p.meaning}" + (f"; {_typed(bounds)}" if bounds else ""))
        say(f"    default: {p.source}")
    for relation in parameters.relations(chapter):
        say(f"Together: {relation.rule}")


def _typed(text: str) -> str:
    """Return numbers as they are typed: 1e6, 2e25."""
    return re.sub(r"(?<=\d)e\+0?(?=\d)", "e", text)


@app.command("verify")
def verify_result(
    result: Annotated[Path, argument("RESULT.json", "what `scalebook run` or `sweep` wrote")],
    no_run: Annotated[bool, flag("--no-run", "only compare what the result depends on")] = False,
    tolerance: Annotated[
        float,
        option(
            "SHARE",
            "by how much a number may differ, relative to the stored one, such as 1e-9; texts and "
            "verdicts may not",
            read=number("--tolerance"),
        ),
    ] = 0.0,
    timeout: Timeout = 600.0,
) -> None:
    """Reproduce a stored result from this checkout.

    With the versions that the lock file pins, which are those of Python 3.11 to 3.13 alike, results
    are identical on one kind of machine. With another NumPy or SciPy, or on another processor, sums
    are rounded otherwise, and fits end a little elsewhere: differences up to 1e-9 relative were
    seen. The report names the versions that differ, what was allowed, and the largest difference.
    """
    from scalebook.execution import verify

    rerun = not no_run
    if no_run and tolerance:
        raise WrongUse("--tolerance is for numbers computed again, and --no-run computes none.")
    with terminal.progress(f"{result.stem}, cells") as progress:
        found = verify.reproduce(result, rerun, timeout, progress, tolerance)
    say(verify.report(result, found, rerun))
    if (rerun and not found.reproduced) or (not rerun and found.differing):
        raise ScalebookError(
            f"{result} is not reproduced by this checkout."
            if rerun
            else f"{result} was made by another state of this checkout."
        )
