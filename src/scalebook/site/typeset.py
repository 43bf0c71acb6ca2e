"""Run Sphinx on a book's source, in a process of its own.

What `jupyter-book build` does, but on several cores, for which the command has no option, and in a
process that lives for seconds only. Beside the pages Sphinx keeps what it has read of each; if that
is there, it reads and writes only the pages that have changed since.
"""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import scalebook.execution.lean  # noqa: F401  # before Jupyter Book imports nbformat
from scalebook.machine import cores

#: What Sphinx and MyST-NB leave beside the pages, and need to go on from there.
KEPT = (".doctrees", "jupyter_execute")

#: Address of the repository, for builds whose settings are not to be edited (see `launch`).
VARIABLE = "SCALEBOOK_REPOSITORY"
#: Address of the published book, likewise.
BASE_VARIABLE = "SCALEBOOK_BASEURL"

# Sphinx hands each process an equal share of the pages, but one after the other: with shares of a
# third of a core none waits long for its own.
_SHARES = 3


@contextmanager
def process(edition: str = "") -> Iterator["subprocess.Popen[str]"]:
    """Start the process, which imports what it needs and waits to be told what to build.

    Parameters
    ----------
    edition : str
        Name of the personal edition whose results the pages quote; empty for the book's.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "scalebook.site.typeset"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "NO_COLOR": "1", "SCALEBOOK_EDITION": edition},
    ) as started:
        try:
            yield started
        finally:
            started.kill()  # it has ended, unless something failed before it was told to begin


def build(started: "subprocess.Popen[str]", source: Path, target: Path) -> str | None:
    """Let the process build the pages; return what it said if it failed, and None if not.

    Parameters
    ----------
    started : Popen
        From `process`.
    source : Path
        A folder with ``_config.yml``, ``_toc.yml`` and what they name.
    target : Path
        Folder for the pages.
    """
    said, _ = started.communicate(f"{source}\n{target}\n")
    return said if started.returncode else None


def _main() -> int:
    """Build the pages and return an exit code; every warning is an error."""
    gc.disable()  # an eighth of the time
    from jupyter_book.sphinx import build_sphinx  # type: ignore[import-untyped]

    source, target = sys.stdin.read().splitlines()
    os.chdir(source)
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
        jobs=_SHARES * cores(),
    )
    return int(failed != 0)


if __name__ == "__main__":
    code = _main()
    sys.stdout.flush()
    sys.stderr.flush()
    # An orderly end takes the better part of a second to take a million objects apart.
    os._exit(code)
