"""Run a sweep: plan it, run what is missing, and gather tables and a figure."""

import csv
import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import starmap
from pathlib import Path

import yaml

from scalebook import engine, paths
from scalebook.chapters.parameter import Value
from scalebook.errors import ScalebookError
from scalebook.execution import parameters, runner
from scalebook.execution.locks import exclusive
from scalebook.files import write
from scalebook.machine import cores
from scalebook.sweep import columns
from scalebook.sweep.grid import Grid, read
from scalebook.sweep.store import Rows, Store

#: How many runs go into a job, unless people say: so many that there are a few jobs for each core,
#: and all cores end at about the same time, up to a limit; on a cluster, where starting a job takes
#: longer than most runs, always the same number; and more where there would be too many jobs.
JOBS_A_CORE, MOST_RUNS, RUNS_AWAY, MAX_JOBS = 4, 250, 50, 1000

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
    progress: Callable[[int, int], None] | None = None,
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
        Runs to a job; see `runs_to_a_job` unless given.
    timeout : float
        Seconds that one run may take.
    notebooks : bool
        Whether to execute the notebook of each run too, and keep it.
    progress : callable, optional
        Called now and then with how many runs have ended and how many there are.

    Raises
    ------
    ScalebookError
        For bad parameters, before anything runs; if another sweep is running in the folder; if
        Snakemake itself fails. Runs that fail raise nothing; they are in the outcome.
    """
    for name, number in (("--jobs", jobs), ("--batch", batch), ("--timeout", timeout)):
        if number is not None and not 0 < number <= runner.LONGEST:
            raise ScalebookError(
                f"{name} {number}: expected a positive number, at most {runner.LONGEST:g}."
            )
    chapter, source = parameters.locate(notebook)
    _check_cells(chapter, source)
    grid, arguments = read(chapter, given, source), _arguments(jobs, _profile(profile))
    folder = (out or paths.work_dir() / "sweeps" / chapter).absolute()
    store, start = Store(folder, source.absolute()), time.perf_counter()
    refusal = (
        f"Another sweep is running in {folder}. Wait for it, stop it, or give this one another "
        "folder with -o."
    )
    with exclusive(folder / ".lock", refusal, PATIENCE) as held:
        rows = _known(store, grid, notebooks)
        due = sum(store.key(values) not in rows.places for values in grid)
        if due:
            batch = batch or runs_to_a_job(due, jobs or cores(), profile is not None)
            files = store.lay_out(grid, rows, batch, timeout, notebooks)
            count = _Count(store, files, len(grid), due, progress)
            _execute(store, arguments, held, count)
            rows.take(store.files(files))
            _name_dead(store, rows)
        drawn, failures = _gather(store, grid, rows)
    seconds = time.perf_counter() - start
    return Outcome(chapter, folder, len(grid), len(grid) - due, failures, drawn, seconds)


def _check_cells(chapter: str, source: Path) -> None:
    """Refuse a notebook whose cells are not those of the chapter, whose function a sweep calls."""
    own, other = (
        [cell["source"] for cell in json.loads(path.read_bytes())["cells"]
         if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", ())]
        for path in (paths.notebooks_dir() / f"{chapter}.ipynb", source)
    )  # fmt: skip
    if own != other:
        raise ScalebookError(
            f"{source}: its code cells are not those of the chapter '{chapter}', whose function a "
            "sweep calls; expected other values in the parameters cell at most. "
            "`scalebook run` executes a notebook as it is."
        )


def _known(store: Store, grid: Grid, notebooks: bool) -> Rows:
    """Return the runs that are there; without those whose notebooks are wanted and are not."""
    rows = Rows(store.files())
    rows.failed.clear()  # they are tried again
    for key in map(store.key, grid) if notebooks else ():
        if not store.notebook(key).is_file():
            rows.places.pop(key, None)
    return rows


def runs_to_a_job(runs: int, cores: int, away: bool) -> int:
    """Return how many runs go into a job, unless people say; `away` is on a cluster."""
    shared_out = RUNS_AWAY if away else math.ceil(runs / (JOBS_A_CORE * cores))
    return max(min(shared_out, MOST_RUNS), math.ceil(runs / MAX_JOBS))


def _profile(name: str | None) -> Path | None:
    """Return the folder of a profile whose plugins are installed."""
    if name is None:
        return None
    shipped = (Path(__file__).parent / "profiles" / name).resolve()
    place = next((p for p in (Path(name), shipped) if (p / "config.yaml").is_file()), None)
    if place is None:
        known = ", ".join(sorted(p.parent.name for p in shipped.parent.glob("*/config.yaml")))
        raise ScalebookError(
            f"There is no profile '{name}'. Give the path of a folder with a config.yaml, or "
            f"one of {known}."
        )
    for plugin in _plugins(place / "config.yaml"):
        if find_spec(plugin.replace("-", "_")) is None:
            raise ScalebookError(
                f"--profile {name} needs the package {plugin}, which is not installed: "
                f"`pip install {plugin}` (or the extra `cluster`, which has all of them)."
            )
    return place.absolute()


def _plugins(config: Path) -> list[str]:
    """Return the packages that Snakemake looks for by a profile's executor and storage."""
    try:
        settings = yaml.safe_load(config.read_bytes())
    except yaml.YAMLError:
        return []  # Snakemake reads more, or says what is wrong
    asked = settings if isinstance(settings, dict) else {}
    kinds = {"executor": asked.get("executor"), "storage": asked.get("default-storage-provider")}
    own = (None, "none", "local", "dryrun", "touch")
    return [f"snakemake-{kind}-plugin-{name}" for kind, name in kinds.items() if name not in own]


def _arguments(jobs: int | None, profile: Path | None) -> list[str]:
    """Return what Snakemake is told about where to run."""
    if profile is None:
        return ["--cores", str(jobs or "all")]
    return ["--profile", str(profile), *(["--jobs", str(jobs)] if jobs else [])]


def _execute(store: Store, arguments: Sequence[str], held: int | None, count: "_Count") -> None:
    """Run what was laid out."""
    # A copy in the folder is found by jobs wherever they run.
    workflow = store.work / "sweep.smk"
    source = Path(__file__).parent / workflow.name
    write(workflow, source.read_text(encoding="utf-8"))
    command = [
        "--snakefile", str(workflow), "--directory", str(store.work), *arguments, "--keep-going",
        # The lock of this sweep is one that dies with it, and the keys tell what is up to date.
        "--nolock", "--drop-metadata", "--rerun-triggers", "mtime", "--scheduler", "greedy",
        # Only executors that go through a storage service look at this: it is the folder itself.
        "--default-storage-prefix", str(store.work),
    ]  # fmt: skip
    log = store.folder / "snakemake.log"
    try:
        code = engine.execute(command, log, count.tick, held)
        count.tick()
    except OSError as error:
        raise ScalebookError(f"The sweep cannot start in {store.folder}: {error}.") from None
    except KeyboardInterrupt:
        count.tick()
        print(f"{count.done} of {count.total} runs are done; the same command does the rest.",
              file=sys.stderr)  # fmt: skip
        raise
    if code != 0 and not any((store.work / "log").glob("*.txt")):
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
        raise ScalebookError(f"Snakemake did not run the sweep ({log}):\n" + "\n".join(last))


def _name_dead(store: Store, rows: Rows) -> None:
    """Say of each run that has neither results nor a message why that is."""
    for batch in (store.work / "batches").iterdir():
        for key, _ in json.loads(batch.read_bytes())["runs"]:
            if key not in rows.places and key not in rows.failed:
                rows.failed[key] = _last_words(store.work / "log" / f"{batch.stem}.txt")


def _last_words(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    ended = "its job ended before it did: killed, out of memory or out of time"
    return f"{ended}; it last said: {lines[-1]}" if lines else f"{ended}; it said nothing"


def _gather(store: Store, grid: Grid, rows: Rows) -> tuple[bool, list[tuple[str, str]]]:
    """Write tables and figure; return whether there is a figure, and the failures."""

    def runs() -> Iterator[tuple[str, dict[str, Value]]]:
        return ((store.key(v), {name: v[name] for name in grid.swept}) for v in grid)

    names = ("table.csv", "table.parquet", "figure.svg", "failures.csv")
    failed = [(swept, rows.failed[key]) for key, swept in runs() if key not in rows.places]
    try:
        for name in names:
            (store.work / name).unlink(missing_ok=True)
        store.work.mkdir(exist_ok=True)
        columns.write(store.work, list(grid.swept), lambda: starmap(columns.row, rows.read(runs())))
        _draw(grid, store.work)
        if failed:
            with (store.work / "failures.csv").open("w", newline="", encoding="utf-8") as stream:
                lines = csv.writer(stream, lineterminator="\n")
                lines.writerow([*grid.swept, "message"])
                lines.writerows([*values.values(), message] for values, message in failed)
        for name in names:  # none before all are whole
            if (store.work / name).exists():
                (store.work / name).replace(store.folder / name)
            else:
                (store.folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise ScalebookError(
            f"The tables cannot be written in {store.folder}: {error.strerror or error}."
        ) from None
    drawn = (store.folder / "figure.svg").exists()
    return drawn, [(_combination(values), message) for values, message in failed]


def _draw(grid: Grid, folder: Path) -> None:
    from scalebook.sweep import figure

    known = {p.name: p for p in parameters.declared(grid.chapter)}
    drawing = figure.draw([known[name] for name in grid.swept], folder / "table.parquet")
    if drawing is not None:
        (folder / "figure.svg").write_text(drawing, encoding="utf-8")


def _combination(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items()) or "the only combination"


class _Count:
    """Counts the runs that have ended, and tells who wants to know."""

    def __init__(
        self,
        store: Store,
        files: str,
        total: int,
        due: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._store, self._files, self._progress = store, files, progress
        self._sizes: dict[Path, int] = {}
        self.done, self.total = total - due, total

    def tick(self) -> float:
        """Count the new lines, and return how long to wait until it is worth counting again."""
        start, ended = time.monotonic(), 0
        for path in self._store.files(self._files):
            with path.open("rb") as stream:
                stream.seek(self._sizes.get(path, 0))
                new = stream.read()
                self._sizes[path] = stream.tell()
            ended += new.count(b"\n")
        # A job that a cluster started twice may say more.
        self.done = min(self.done + ended, self.total)
        if self._progress is not None:
            self._progress(self.done, self.total)
        return max(0.2, 10 * (time.monotonic() - start))
