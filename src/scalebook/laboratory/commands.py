"""The command `laboratory`."""

from pathlib import Path
from typing import Annotated

import typer

from scalebook import paths, terminal
from scalebook.arguments import flag, number, option, whole
from scalebook.terminal import near, say

app = typer.Typer()

#: The learner that is taught every source, unless people ask for others.
_QUICK = "perceptron"


@app.command("laboratory")
def work_in_laboratory(
    source: Annotated[
        list[str], option("NAME", "a source: first, flatter, noisier, deeper or certain")
    ] = [],  # noqa: B006
    learner: Annotated[list[str], option("NAME", "perceptron or transformer")] = [],  # noqa: B006
    no_experiments: Annotated[
        bool, flag("--no-experiments", "leave the thought experiments out")
    ] = False,
    reduced: Annotated[bool, flag("--reduced", "a corner of the grid, in a minute")] = False,
    out: Annotated[Path | None, option("DIR", "where it all goes", "-o")] = None,
    jobs: Annotated[int | None, option("N", "processes at a time", read=whole("--jobs"))] = None,
    hours: Annotated[
        float, option("H", "longest that a length of a size may take", read=number("--hours"))
    ] = 2.0,
    onward: Annotated[
        bool, flag("--onward", "go on from the runs that the checkout has stored")
    ] = False,
    store: Annotated[bool, flag("--store", "put the tables into the checkout's data, too")] = False,
) -> None:
    """Train networks on sources of known entropy."""
    from scalebook.laboratory import agenda, collection, grid

    folder = (out or paths.work_dir() / f"laboratory{'-reduced' * reduced}").absolute()
    todo = [
        job
        for each, kind in _wanted(source, learner, reduced)
        for job in agenda.sizes(folder, each, kind, reduced)
    ]
    todo += agenda.trials(folder, reduced) if not no_experiments else []
    if onward:
        collection.lay_out(_stored(), folder, "laboratory_")
    grid.require_short(*agenda.longest(todo), hours)
    due = sum(job.due() for job in todo)
    say(f"{len(todo)} jobs; what is left takes about {_lasting(due)} of one core.")
    with terminal.progress("laboratory, seconds of one core") as progress:
        agenda.work(folder, todo, jobs, progress)
    written = collection.write(folder, folder)
    if store:
        written += collection.write(folder, _stored(), "laboratory_")
    say(", ".join(near(path) for path in written))


def _stored() -> Path:
    return paths.root() / "data" / "laboratory"


def _wanted(sources: list[str], learners: list[str], reduced: bool) -> list[tuple[str, str]]:
    """Return sources with learners; the transformer, which takes longest, has the first only."""
    from scalebook.laboratory import extent, strings

    every = sources or (["first"] if reduced else list(strings.SOURCES))
    pairs = [(each, kind) for kind in learners or extent.GRIDS for each in every]
    if sources or learners:
        return pairs
    return [(each, kind) for each, kind in pairs if each == "first" or kind == _QUICK]


def _lasting(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds > 5400 else f"{seconds / 60:.0f} min"
