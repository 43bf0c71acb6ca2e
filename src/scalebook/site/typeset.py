"""Run Sphinx on a book's source, in a process of its own.

What `jupyter-book build` does, but on several cores, for which the command has no option.
"""

import gc
import os
import subprocess
import sys
from pathlib import Path

from scalebook import patches
from scalebook.errors import ScalebookError


def build(source: Path, target: Path, jobs: int) -> None:
    """Build the pages of a book.

    Parameters
    ----------
    source : Path
        A folder with ``_config.yml``, ``_toc.yml`` and what they name.
    target : Path
        Folder for the pages; beside it Sphinx keeps what it has read.
    jobs : int
        Processes that read and write pages.

    Raises
    ------
    ScalebookError
        If Sphinx fails or warns, with what it said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "scalebook.site.typeset", str(source), str(target), str(jobs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        said = _complaints(done.stdout).replace(f"{source}{os.sep}", "")
        raise ScalebookError(f"The book was not built.\n{said}")


def _complaints(output: str) -> str:
    """Return the warnings among Sphinx's output, or its end if there are none."""
    lines = [line for line in output.splitlines() if line.strip()]
    marked = [line for line in lines if any(w in line for w in ("WARNING", "ERROR", "Error"))]
    return "\n".join(marked or lines[-20:])


def _main(source: str, target: str, jobs: str) -> int:
    """Build the pages and return an exit code; every warning is an error."""
    gc.disable()  # a fifth of the time of a process that lives for seconds
    patches.nbformat()
    from jupyter_book.sphinx import build_sphinx  # type: ignore[import-untyped]
    from sphinx.util.console import nocolor

    nocolor()  # what it says is quoted
    failed = build_sphinx(
        source,
        target,
        path_config=f"{source}/_config.yml",
        confoverrides={
            "external_toc_path": f"{source}/_toc.yml",
            "latex_individualpages": False,
        },
        noconfig=True,
        warningiserror=True,
        keep_going=True,
        quiet=True,
        jobs=int(jobs),
    )
    return int(failed != 0)


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
