"""The command `sweep`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from scalebook import terminal
from scalebook.arguments import flag, option, whole
from scalebook.errors import ScalebookError
from scalebook.execution.commands import Notebook, ParameterFile, Timeout, assignments, given
from scalebook.terminal import complain, near, say

app = typer.Typer()


@app.command("sweep")
def sweep_chapter(
    notebook: Notebook,
    values: Annotated[
        list[str],
        option(
            "name=v1,v2,...", "values, or a range such as 1e9:1e12:5log", "-p", complete=assignments
        ),
    ] = [],  # noqa: B006
    file: ParameterFile = None,
    out: Annotated[Path | None, option("DIR", "where it all goes", "-o")] = None,
    jobs: Annotated[int | None, option("N", "jobs at a time", read=whole("--jobs"))] = None,
    profile: Annotated[str | None, option("PROFILE", "slurm, kubernetes, or a folder")] = None,
    batch: Annotated[int | None, option("N", "runs to a job", read=whole("--batch"))] = None,
    notebooks: Annotated[
        bool, flag("--notebooks", "execute the notebook of each run too, and keep it")
    ] = False,
    timeout: Timeout = 600.0,
) -> None:
    """Run a chapter for every combination of values."""
    from scalebook.sweep import campaign

    wanted = given(notebook, file, values)
    with terminal.progress(f"{notebook}, runs") as progress:
        done = campaign.run(
            notebook, wanted, jobs, profile, out, batch, timeout, notebooks, progress
        )
    folder, failed = near(done.folder), len(done.failures)
    say(
        f"{done.chapter}: {done.total} run{'s' * (done.total != 1)}, "
        f"{f'{done.cached} of them there already' if done.cached else 'none computed before'}, "
        f"{done.seconds:.1f} s; {folder}/table.csv, table.parquet"
        + (" and figure.svg" if done.figure else "; no result varies, so there is no figure")
    )
    if failed:
        sys.stdout.flush()
        for combination, message in done.failures[:5]:
            complain(f"{combination}: {message}")
        if failed > 5:
            complain(f"... and {failed - 5} more")
        raise ScalebookError(
            f"{failed} of {done.total} runs of {done.chapter} failed; each is named with its "
            f"message in {folder}/failures.csv."
        )
