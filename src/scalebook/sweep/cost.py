"""What a sweep costs, from measured overheads (`benchmarks/sweep.py`)."""

import math
from collections.abc import Mapping
from typing import Any


def estimate(measured: Mapping[str, Any], runs: int, batch: int) -> dict[str, float]:
    """Estimate the cost of a sweep.

    Parameters
    ----------
    measured : mapping
        ``run.cpu_s`` (one run, in a process that is up, its line written), ``process.cpu_s``
        (starting that process), ``job.cpu_s`` (what Snakemake spends on one job),
        ``cluster_job.cpu_s`` (a job's own Snakemake, on a cluster) and ``record.cpu_s`` (what the
        sweep itself does about a run: planning it and gathering it).
    runs : int
    batch : int
        Runs to a job.

    Returns
    -------
    dict
        ``batch``; ``jobs``; ``core_hours``, and ``cluster_core_hours`` with what a cluster adds;
        ``overhead``, the share of the former that is not runs; ``engine_hours``, how long the sweep
        and Snakemake themselves are busy, on one core, with however many machines; ``cores``, those
        that one Snakemake can keep busy: no more than there are jobs, nor than it can hand jobs to.
    """
    jobs = math.ceil(runs / batch)
    work = runs * measured["run"]["cpu_s"]
    engine = runs * measured["record"]["cpu_s"] + jobs * measured["job"]["cpu_s"]
    extra = jobs * measured["process"]["cpu_s"] + engine
    each = batch * measured["run"]["cpu_s"] + measured["process"]["cpu_s"]
    return {
        "batch": batch,
        "jobs": jobs,
        "core_hours": (work + extra) / 3600,
        "cluster_core_hours": (work + extra + jobs * measured["cluster_job"]["cpu_s"]) / 3600,
        "overhead": extra / (work + extra),
        "engine_hours": engine / 3600,
        "cores": min(jobs, each / measured["job"]["cpu_s"]),
    }


def facts(measured: Mapping[str, Any], runs: int = 1_000_000) -> dict[str, Any]:
    """Return what the page on sweeps quotes.

    Returns
    -------
    dict
        ``measured``; ``runs``; ``costs``, what `estimate` says of ten, a hundred and a thousand
        runs to a job.
    """
    costs = [estimate(measured, runs, batch) for batch in (10, 100, 1000)]
    return {"measured": measured, "runs": runs, "costs": costs}
