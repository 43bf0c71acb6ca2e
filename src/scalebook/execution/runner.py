"""Run a chapter through papermill: check, execute, tidy, and take the results out.

What it leaves is written whole or not at all (see `files`).
"""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scalebook import patches, paths
from scalebook.chapters import parameter
from scalebook.errors import ScalebookError, Unsuited
from scalebook.execution import parameters
from scalebook.execution.origin import provenance
from scalebook.files import check_writable, dumps, write, write_all
from scalebook.record.seals import seal
from scalebook.show import media, templates
from scalinglaws import quantities
from scalinglaws.errors import ScalingLawsError, UnknownName

#: Seconds that one notebook may take.
TIMEOUT = 600.0
LONGEST = 1e6
#: Tag of a cell that speaks of the book's own runs and models.
COMMENTARY = "commentary"
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
# One thread per process: notebooks run side by side, and sums do not depend on the machine.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
#: Bytes that a kernel needs for its temporary files.
_ROOM = 100_000
#: How a kernel is started that runs a chapter.
KERNEL = [
    # The kernel's own log says nothing that the error of a cell does not.
    "--IPKernelApp.log_level=50",
    # Nobody goes back to an earlier cell.
    "--HistoryManager.enabled=False",
]


# Errors that say all that people need; the kernel tells only their names.
_MEANT = {
    error.__name__
    for error in (ScalingLawsError, UnknownName, quantities.Miswritten, ScalebookError)
}


@dataclass(frozen=True)
class Run:
    """What a run left behind."""

    chapter: str
    notebook: Path
    results: Path
    seconds: float


def run(
    notebook: str,
    given: Mapping[str, object],
    out: Path | None = None,
    results_path: Path | None = None,
    timeout: float = TIMEOUT,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Execute a chapter and write the executed notebook and its results, both or neither.

    Parameters
    ----------
    notebook : str
        Name of a chapter, or path of its notebook.
    given : mapping
        Parameters that differ from the defaults.
    out, results_path : Path, optional
        Where to write. Unless given, a run with the default parameters writes the book's own
        files, any other run writes below `paths.work_dir()`, so that the book is left alone.
        Without a checkout all do.
    timeout : float
        Seconds that the notebook may take.
    progress : callable, optional
        As of `compute`.

    Raises
    ------
    ScalebookError
        For bad parameters or a place that cannot be written, before any work is done; for a cell
        that fails, with its message; for a notebook that takes too long.
    """
    chapter, path = parameters.locate(notebook)
    values = parameters.check(chapter, given, path)
    if not 0 < timeout <= LONGEST:
        raise ScalebookError(
            f"--timeout {timeout:g}: expected a number of seconds above 0, at most {LONGEST:g}."
        )
    target, target_results = _targets(chapter, path, values, out, results_path)
    for place in (target, target_results):
        check_writable(place)
    start = time.perf_counter()
    kept = paths.failed_dir(target) / f"{chapter}.ipynb"
    executed, content = compute(chapter, path, values, timeout, kept, progress)
    text = patches.nbformat().writes(executed) + "\n"
    content["seal"] = seal(content, text)
    write_all({target: text, target_results: dumps(content)})
    return Run(chapter, target, target_results, time.perf_counter() - start)


def compute(
    chapter: str,
    path: Path,
    values: Mapping[str, parameter.Value],
    timeout: float = TIMEOUT,
    kept: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Any, dict[str, Any]]:
    """Execute a chapter and return the executed notebook and its results, without writing either.

    Parameters
    ----------
    chapter : str
    path : Path
        The notebook.
    values : mapping
        All parameters, checked.
    timeout : float
        Seconds that the notebook may take.
    kept : Path, optional
        Where to keep what ran of a notebook that fails; `paths.failed_dir()` unless given.
    progress : callable, optional
        Called after each cell with how many are done and how many there are.

    Raises
    ------
    Unsuited
        For data or values that the chapter itself says it cannot be computed from.
    ScalebookError
        For a cell that fails, with its message; for a notebook that takes too long.
    """
    # Taken first: what changes during the run then shows as a difference.
    sources = provenance(path, values)
    executed = _execute(chapter, path, values, timeout, kept, progress)
    found = _take_results(chapter, executed, values)
    _lift_captions(executed)
    _fill_numbers(chapter, executed, {"r": found["results"], "p": values})
    _tidy(executed, _changed(chapter, values, path))
    executed.metadata["scalebook"] = {"parameters": dict(values), "provenance": sources}
    return executed, {"parameters": dict(values), **found, "provenance": sources}


def _changed(
    chapter: str, values: Mapping[str, parameter.Value], path: Path
) -> dict[str, parameter.Value]:
    own = parameters.declared(chapter, path)
    return {p.name: values[p.name] for p in own if values[p.name] != p.default}


def _targets(
    chapter: str,
    path: Path,
    values: Mapping[str, parameter.Value],
    out: Path | None,
    results_path: Path | None,
) -> tuple[Path, Path]:
    own = path.resolve() == (paths.notebooks_dir() / f"{chapter}.ipynb").resolve()
    usual = own and not _changed(chapter, values, path)
    if out is None and usual and paths.checkout():
        out = paths.executed_dir() / f"{chapter}.ipynb"
        results_path = results_path or paths.results_dir() / f"{chapter}.json"
    elif out is None:
        tag = hashlib.sha256(repr(sorted(values.items())).encode() + path.read_bytes()).hexdigest()
        name = chapter if usual else f"{chapter}-{tag[:8]}"
        out = paths.work_dir() / "runs" / f"{name}.ipynb"
    if out.suffix != ".ipynb":
        raise ScalebookError(f"-o {out}: expected a name that ends in .ipynb.")
    if out.resolve().parent == paths.notebooks_dir().resolve():
        raise ScalebookError(f"-o {out}: the chapters themselves are there. Give another folder.")
    results_path = results_path or out.with_suffix(".json")
    if results_path.suffix != ".json":
        raise ScalebookError(f"--results {results_path}: expected a name that ends in .json.")
    if not usual and paths.checkout():
        for place, books in ((out, paths.executed_dir()), (results_path, paths.results_dir())):
            if place.resolve().parent == books.resolve():
                raise ScalebookError(
                    f"{place}: the book's own results are there. Give another folder."
                )
    return out, results_path


def _execute(
    chapter: str,
    path: Path,
    values: Mapping[str, object],
    timeout: float,
    kept: Path | None,
    progress: Callable[[int, int], None] | None,
) -> Any:
    nbformat = patches.nbformat()
    import papermill
    from nbclient.exceptions import CellTimeoutError
    from papermill.exceptions import PapermillExecutionError

    whole = len(nbformat.read(path, as_version=4).cells) + bool(values)
    with tempfile.TemporaryDirectory(prefix="scalebook-") as folder:
        out = Path(folder) / path.name
        write(out, bytes(_ROOM))  # a kernel without room dies with a traceback
        saved = dict(os.environ)
        # A clock that nobody sets: the limit holds when the time of day jumps.
        end = time.monotonic() + timeout
        # A user's own IPython profile must not colour the book.
        os.environ.update(_ENVIRONMENT, IPYTHONDIR=str(Path(folder) / "ipython"))
        try:
            papermill.execute_notebook(
                str(path), str(out), dict(values), kernel_name="python3", cwd=str(Path.cwd()),
                progress_bar=False, log_output=False,
                # nbclient takes zero for no limit.
                timeout_func=lambda _: max(end - time.monotonic(), 1e-3),
                # All has come back by then; a kernel that tidies up takes half a second.
                shutdown_kernel="immediate",
                config=_kernel_config(Path(folder)),
                # One save at the end: papermill would write the notebook after every cell.
                request_save_on_cell_execute=False, autosave_cell_every=0,
                extra_arguments=KERNEL,
                on_cell_complete=progress
                and (lambda cell, cell_index: progress(cell_index + 1, whole)),
            )  # fmt: skip
        except PapermillExecutionError as error:
            place = _keep(chapter, out, kept)
            if error.ename in _MEANT:
                raise Unsuited(str(error.evalue)) from None
            raise ScalebookError(_failure(chapter, error, place)) from None
        except CellTimeoutError:
            raise ScalebookError(_too_long(chapter, timeout, _keep(chapter, out, kept))) from None
        except Exception as error:  # a kernel that died ends a run as an error does
            raise ScalebookError(
                f"{chapter}: the run stopped: {type(error).__name__}: {str(error).rstrip('.')}. "
                "Earlier outputs are as they were."
            ) from None
        finally:
            os.environ.clear()
            os.environ.update(saved)
        return nbformat.read(out, as_version=4)


def _kernel_config(folder: Path) -> Any:
    """Talk to the kernel through sockets in a folder of its own rather than open ports."""
    from traitlets.config import Config

    if os.name != "posix":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(folder / "kernel")}})


def _keep(chapter: str, partial: Path, kept: Path | None) -> Path | None:
    """Keep what ran of a notebook that failed, if it can be kept, and return where."""
    place = kept or paths.failed_dir() / f"{chapter}.ipynb"
    try:
        write(place, partial.read_bytes())
    except (OSError, ScalingLawsError):
        return None
    return place


def _failure(chapter: str, error: Any, kept: Path | None) -> str:
    if error.ename == "KeyboardInterrupt":
        said = f"was interrupted in cell {error.cell_index}"
    else:
        said = f"cell {error.cell_index} failed: {error.ename}: {error.evalue}"
    return f"{chapter}: {said}. Earlier outputs are as they were{_where(kept)}."


def _too_long(chapter: str, timeout: float, kept: Path | None) -> str:
    return (
        f"{chapter}: stopped after {timeout:g} s, the time limit of a notebook; "
        f"`--timeout SECONDS` gives it longer. Earlier outputs are as they were{_where(kept)}."
    )


def _where(kept: Path | None) -> str:
    if kept is None:
        return ""
    top = paths.checkout() or Path.cwd()
    return f"; what ran is in {kept.relative_to(top) if kept.is_relative_to(top) else kept}"


def _outputs(notebook: Any) -> list[tuple[Any, Any]]:
    return [
        (cell, output)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]


def _take_results(
    chapter: str, notebook: Any, values: Mapping[str, parameter.Value]
) -> dict[str, Any]:
    """Return results and claims from the output that carries them, made with these values."""
    for _, output in reversed(_outputs(notebook)):
        bundle = output.get("data", {}).get(media.RESULTS)
        if bundle:
            other = [
                name for name, value in values.items() if bundle["parameters"].get(name) != value
            ]
            if other:
                name = other[0]
                raise ScalebookError(
                    f"{chapter}: '{name}' was to be {values[name]!r}, but the notebook computed "
                    f"with {bundle['parameters'].get(name)!r}: one of its cells changes it."
                )
            return {"results": bundle["results"], "claims": bundle["claims"]}
    raise ScalebookError(
        f"{chapter}: the notebook recorded no results. Its last cell must end in "
        "outcome.of(p, found)."
    )


def _lift_captions(notebook: Any) -> None:
    """Move captions and alternative texts to where MyST-NB reads them, and data beside them."""
    for cell, output in _outputs(notebook):
        bundle = output.get("data", {}).get(media.FIGURE)
        if bundle:
            cell.metadata["mystnb"] = {
                "figure": {"caption": bundle["caption"], "name": bundle["name"]},
                "image": {"alt": bundle["alt"]},
            }
            cell.metadata[media.DATA] = bundle["data"]
            if "control" in bundle:
                cell.metadata[media.CONTROL] = bundle["control"]
            cell.outputs = [o for o in cell.outputs if o is not output]


def _fill_numbers(chapter: str, notebook: Any, context: Mapping[str, object]) -> None:
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            try:
                cell.source = templates.render(cell.source, context)
            except ScalingLawsError as error:
                raise ScalebookError(f"{chapter}: text cell {number}: {error}") from None


def _tidy(notebook: Any, changed: Mapping[str, parameter.Value]) -> None:
    """Remove what differs between two runs of the same thing, and values that are the defaults."""
    injected = [c for c in notebook.cells if "injected-parameters" in c.metadata.get("tags", ())]
    for cell in injected:
        cell.source = "\n".join(
            line for line in cell.source.splitlines() if line.partition(" = ")[0] in changed
        )
    notebook.cells = [cell for cell in notebook.cells if cell not in injected or cell.source]
    if changed:  # what is said of the book's own runs is not said of others
        notebook.cells = [c for c in notebook.cells if COMMENTARY not in c.metadata.get("tags", ())]
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("language_info", None)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        cell.metadata["tags"] = list(cell.metadata.get("tags", []))
        if cell.cell_type == "code":
            cell.outputs = [_tidy_output(o) for o in cell.outputs if o.output_type != "stream"
                            or o.text.strip()]  # fmt: skip


def _tidy_output(output: Any) -> Any:
    data = output.get("data", {})
    data.pop(media.RESULTS, None)
    if "text/plain" in data:
        data["text/plain"] = _ADDRESS.sub("", data["text/plain"])
    return output
