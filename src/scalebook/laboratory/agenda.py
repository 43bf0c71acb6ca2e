"""What the laboratory is to do, how long it takes, and doing it through Snakemake."""

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scalebook import engine
from scalebook.errors import ScalebookError
from scalebook.laboratory import experiments, extent, grid
from scalebook.laboratory.strings import named

#: Seconds of an experiment on one core, about.
EXPERIMENT = 90.0
#: Seconds between two looks at how far the work is.
_PAUSE = 2.0


@dataclass(frozen=True)
class Job:
    """A piece of work of one process.

    Attributes
    ----------
    name : str
    task : dict
        What `scalebook.laboratory.job` reads.
    pieces : dict of Path to float
        The files that it leaves, one after the other, and the seconds that each takes.
    """

    name: str
    task: dict[str, Any]
    pieces: dict[Path, float]

    def due(self) -> float:
        """Return the seconds of work that are left."""
        return sum(seconds for place, seconds in self.pieces.items() if not place.is_file())


def sizes(folder: Path, source: str, learner: str, reduced: bool = False) -> list[Job]:
    """Return the jobs of a grid, one a size.

    Parameters
    ----------
    folder : Path
    source, learner : str
    reduced : bool
        Whether to take a corner of the grid only.

    Raises
    ------
    ScalebookError
        If there is no such source or learner.
    """
    strings = named(source)
    if learner not in extent.GRIDS:
        raise ScalebookError(
            f"There is no learner '{learner}'. Choose one of {', '.join(extent.GRIDS)}."
        )
    wanted = (extent.REDUCED if reduced else extent.GRIDS)[learner]
    jobs = []
    for width in wanted.widths:
        place = folder / "runs" / f"{source}-{learner}" / str(width)
        task = {"source": source, "learner": learner, "width": width, "steps": wanted.steps}
        jobs.append(
            Job(
                f"{source}-{learner}-{width:03d}",
                {**task, "folder": str(place)},
                {
                    place / f"{steps}.json": grid.seconds(learner, width, steps, strings)
                    for steps in wanted.steps
                },
            )
        )
    return jobs


def trials(folder: Path, reduced: bool = False) -> list[Job]:
    """Return the jobs of the thought experiments, one each."""
    place = folder / "experiments"
    seconds = EXPERIMENT / (20 if reduced else 1)
    return [
        Job(
            f"experiment-{name}",
            {"experiment": name, "reduced": reduced, "folder": str(place)},
            {place / f"{name}.json": seconds},
        )
        for name in experiments.EXPERIMENTS
    ]


def longest(jobs: Iterable[Job]) -> tuple[float, str]:
    """Return the longest piece of work that is left, in seconds, and its name."""
    pieces = [
        (seconds, f"{job.name}, {place.stem} steps" if "width" in job.task else job.name)
        for job in jobs
        for place, seconds in job.pieces.items()
        if not place.is_file()
    ]
    return max(pieces, default=(0.0, ""))


def work(
    folder: Path,
    jobs: Iterable[Job],
    cores: int | None = None,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> None:
    """Do what is left of some jobs.

    Parameters
    ----------
    folder : Path
    jobs : iterable of Job
    cores : int, optional
        Processes at a time; as many as there are cores unless given.
    progress : callable
        Told now and then how many seconds of work are done, and how many there are in all.

    Raises
    ------
    ScalebookError
        If there are no processes to work, others work in the folder, or a job fails; what was done
        is kept.
    """
    from filelock import FileLock, Timeout

    if cores is not None and cores < 1:
        raise ScalebookError(f"{cores} processes at a time were asked for; expected at least 1.")
    every = list(jobs)
    due = [job for job in every if job.due()]
    if not due:
        return
    whole = sum(sum(job.pieces.values()) for job in every)

    def tick() -> float:
        progress(round(whole - sum(job.due() for job in every)), round(whole))
        return _PAUSE

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0):
            _lay_out(folder, due)
            code = engine.execute(
                ["--snakefile", str(Path(__file__).parent / "laboratory.smk"), "--directory",
                 str(folder), "--cores", str(cores or "all"), "--keep-going", "--nolock",
                 "--drop-metadata", "--rerun-triggers", "mtime", "--scheduler", "greedy"],
                folder / "snakemake.log", tick, None,
            )  # fmt: skip
    except Timeout:
        raise ScalebookError(
            f"The laboratory is at work in {folder} already. Wait for it, stop it, or give another "
            "folder with -o."
        ) from None
    except OSError as error:
        raise ScalebookError(f"{folder}: {error.strerror or error}.") from None
    left = [job for job in due if job.due()]
    if code != 0 or left:
        raise ScalebookError(
            f"{len(left)} of {len(due)} jobs are not done; what was done is kept, and the same "
            "command goes on with the rest. " + " ".join(_last_words(folder, j) for j in left[:3])
        )


def _lay_out(folder: Path, due: Iterable[Job]) -> None:
    for name in ("jobs", "done", "log"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "jobs").mkdir()
    for job in due:
        (folder / "jobs" / f"{job.name}.json").write_text(json.dumps(job.task), encoding="utf-8")


def _last_words(folder: Path, job: Job) -> str:
    try:
        lines = (folder / "log" / f"{job.name}.txt").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    return f"{job.name}: {lines[-1] if lines else 'stopped before it said anything.'}"
