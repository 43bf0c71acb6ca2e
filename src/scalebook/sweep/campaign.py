"""Run a sweep: plan it, run what is missing, and gather tables and a figure."""

import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scalebook import paths
from scalebook.chapters.parameter import Value
from scalebook.errors import ScalebookError
from scalebook.execution import origin, parameters, runner
from scalebook.execution.files import write, write_all
from scalebook.execution.locks import exclusive
from scalebook.sweep import columns, engine
from scalebook.sweep.grid import Grid, read
from scalebook.sweep.store import Run, Store, identify

#: Jobs that Snakemake is given at most, unless a sweep says how many runs go into one; its own
#: work grows with them (see the page on sweeps).
MAX_JOBS = 1000

#: Seconds to wait for an earlier sweep in the same folder that is about to end.
PATIENCE = 30.0


@dataclass(frozen=True)
class Outcome:
    """What a sweep left behind.

    Attributes
    ----------
    chapter : str
    folder : Path
    total, cached : int
        Runs, and those that were there already.
    failures : list of (combination, message)
        The swept parameters of each run that failed, as text, with what it said.
    figure : bool
        Whether there was something to draw.
    seconds : float
    """

    chapter: str
    folder: Path
    total: int
    cached: int
    failures: list[tuple[str, str]]
    figure: bool
    seconds: float


def run(
    notebook: str,
    given: Mapping[str, object],
    jobs: int | None = None,
    profile: str | None = None,
    out: Path | None = None,
    batch: int | None = None,
    timeout: float = runner.TIMEOUT,
    notebooks: bool = False,
) -> Outcome:
    """Run a chapter for every combination of values, and gather the results.

    Parameters
    ----------
    notebook : str
        Name of a chapter, or path of its notebook.
    given : mapping
        Parameters; see `grid.read` for how several values are written.
    jobs : int, optional
        Jobs at a time; all cores, or as many as the profile says, unless given.
    profile : str, optional
        A Snakemake profile: the name of a folder in `profiles/`, or a path.
    out : Path, optional
        Folder; one below `paths.work_dir()` unless given.
    batch : int, optional
        Runs to a job; one, or as many as keep to `MAX_JOBS`, unless given.
    timeout : float
        Seconds that one run may take.
    notebooks : bool
        Whether to keep the executed notebooks too.

    Raises
    ------
    ScalebookError
        For bad parameters, before anything runs; if another sweep is running in the folder; if
        Snakemake itself fails. Runs that fail raise nothing; they are in the outcome.
    """
    for name, number in (("--jobs", jobs), ("--batch", batch), ("--timeout", timeout)):
        if number is not None and not number > 0:
            raise ScalebookError(f"{name} {number}: expected a positive number.")
    chapter, path = parameters.locate(notebook)
    grid = read(chapter, given)
    runs = _identify(path, grid)
    arguments = _arguments(jobs, profile)
    folder = (out or paths.work_dir() / "sweeps" / chapter).absolute()
    store = Store(folder)
    start = time.perf_counter()
    refusal = (
        f"Another sweep is running in {folder}. Wait for it, stop it, or give this one another "
        "folder with -o."
    )
    with exclusive(folder / ".lock", refusal, PATIENCE) as held:
        missing = [run for run in runs if not _there(store, run, notebooks)]
        if missing:
            size = batch or math.ceil(len(missing) / MAX_JOBS)
            common: dict[str, object] = {
                "notebook": str(path.absolute()), "folder": str(folder), "cwd": str(Path.cwd()),
                "timeout": timeout, "notebooks": notebooks,
            }  # fmt: skip
            _execute(store, missing, size, common, arguments, held, len(runs))
        failures, drawn = _gather(store, grid, runs)
    cached, seconds = len(runs) - len(missing), time.perf_counter() - start
    return Outcome(chapter, folder, len(runs), cached, failures, drawn, seconds)


def _identify(notebook: Path, grid: Grid) -> list[Run]:
    """Return the runs of a grid; hashing the library once, not once a run."""
    base = origin.provenance(notebook)
    files: dict[tuple[str, ...], dict[str, str]] = {}
    runs = []
    for values in grid.combinations():
        texts = tuple(value for value in values.values() if isinstance(value, str))
        if texts not in files:
            files[texts] = origin.provenance(notebook, values)["files"]
        runs.append(identify(values, {**base, "files": files[texts]}))
    return runs


def _there(store: Store, run: Run, notebooks: bool) -> bool:
    if notebooks and not store.results(run.key).with_suffix(".ipynb").is_file():
        store.results(run.key).unlink(missing_ok=True)
    return store.load(run) is not None


def _arguments(jobs: int | None, profile: str | None) -> list[str]:
    """Return what Snakemake is told about where to run."""
    if profile is None:
        return ["--cores", str(jobs or "all")]
    shipped = (Path(__file__).parent / "profiles" / profile).resolve()
    place = next((p for p in (Path(profile), shipped) if (p / "config.yaml").is_file()), None)
    if place is None:
        known = ", ".join(sorted(p.parent.name for p in shipped.parent.glob("*/config.yaml")))
        raise ScalebookError(
            f"There is no profile '{profile}'. Give the path of a folder with a config.yaml, or "
            f"one of {known}."
        )
    return ["--profile", str(place.absolute()), *(["--jobs", str(jobs)] if jobs else [])]


def _execute(
    store: Store,
    missing: Sequence[Run],
    batch: int,
    common: Mapping[str, object],
    arguments: Sequence[str],
    held: int | None,
    total: int,
) -> None:
    """Run what is missing; failures are left in the store."""
    store.forget_failures(missing)
    store.lay_out(missing, batch, common)
    # A copy in the folder is found by jobs wherever they run.
    workflow = store.work / "sweep.smk"
    source = Path(__file__).parent / workflow.name
    write(workflow, source.read_text(encoding="utf-8"))
    command = [
        "--snakefile", str(workflow), "--directory", str(store.work), *arguments, "--keep-going",
        # The lock of this sweep is one that dies with it, and the cache knows what is up to date.
        "--nolock", "--drop-metadata", "--rerun-triggers", "mtime", "--scheduler", "greedy",
        # Only executors that go through a storage service look at this: it is the folder itself.
        "--default-storage-prefix", str(store.work),
    ]  # fmt: skip
    log = store.folder / "snakemake.log"
    with _Progress(store, missing, total) as progress:
        try:
            code = engine.execute(command, log, progress.tick, held)
        except OSError as error:
            raise ScalebookError(f"The sweep cannot start in {store.folder}: {error}.") from None
        except KeyboardInterrupt:
            progress.tick()
            done = total - len(progress.outstanding)
            print(f"{done} of {total} runs are done; the same command does the rest.",
                  file=sys.stderr)  # fmt: skip
            raise
    if code != 0 and not any(store.settled(run.key) for run in missing):
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
        raise ScalebookError(f"Snakemake did not run the sweep ({log}):\n" + "\n".join(last))
    for number, run in enumerate(missing):
        if not store.settled(run.key):
            store.fail(run, _last_words(store.work / "log" / f"{number // batch}.txt"))


def _last_words(log: Path) -> str:
    """Say why a run has neither results nor a message."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    ended = "its job ended before it did: killed, out of memory or out of time"
    return f"{ended}; it last said: {lines[-1]}" if lines else f"{ended}; it said nothing"


def _gather(store: Store, grid: Grid, runs: Sequence[Run]) -> tuple[list[tuple[str, str]], bool]:
    """Write tables and figure; return the failures, and whether there is a figure."""
    found = [store.load(run) for run in runs]
    names = list(grid.swept)
    good = [(run, content) for run, content in zip(runs, found, strict=True) if content]
    bad = [run for run, content in zip(runs, found, strict=True) if not content]
    messages = [store.message(run.key) or "it was not run" for run in bad]
    left, right = columns.tidy(names, [r.values for r, _ in good], [c["results"] for _, c in good])
    contents: dict[Path, str | bytes] = {
        store.folder / "table.csv": columns.as_csv({**left, **right}),
        store.folder / "table.parquet": columns.as_parquet({**left, **right}),
    }
    known = {p.name: p for p in parameters.declared(grid.chapter)}
    from scalebook.sweep import figure

    drawing = figure.draw([known[name] for name in names], left, right)
    if drawing is not None:
        contents[store.folder / "figure.svg"] = drawing
    if bad:
        failed: columns.Columns = {name: [run.values[name] for run in bad] for name in names}
        failed |= {"message": messages, "file": [_relative(store, run) for run in bad]}
        contents[store.folder / "failures.csv"] = columns.as_csv(failed)
    write_all(contents)
    for name in ["failures.csv"] * (not bad) + ["figure.svg"] * (drawing is None):
        (store.folder / name).unlink(missing_ok=True)
    return [
        (_combination(names, run.values), message)
        for run, message in zip(bad, messages, strict=True)
    ], drawing is not None


def _relative(store: Store, run: Run) -> str:
    return store.failure(run.key).relative_to(store.folder).as_posix()


def _combination(names: Sequence[str], values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name}={values[name]}" for name in names) or "the only combination"


class _Progress:
    """A bar on the terminal that counts the runs that have ended; silent elsewhere."""

    def __init__(self, store: Store, missing: Sequence[Run], total: int) -> None:
        from tqdm import tqdm  # type: ignore[import-untyped]

        self.store, self.outstanding = store, [run.key for run in missing]
        # The mean rate of this sweep makes a steadier estimate than that of the last runs.
        self.bar: Any = tqdm(total=total, initial=total - len(missing), disable=None, unit="run",
                             smoothing=0, dynamic_ncols=True)  # fmt: skip

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def tick(self) -> float:
        """Count, and return how long to wait until it is worth counting again."""
        start = time.monotonic()
        before = len(self.outstanding)
        self.outstanding = [key for key in self.outstanding if not self.store.settled(key)]
        self.bar.update(before - len(self.outstanding))
        return max(0.2, 10 * (time.monotonic() - start))
