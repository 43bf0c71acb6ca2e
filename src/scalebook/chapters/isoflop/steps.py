"""The chapter's steps in order, from the tables of runs to the number of runs that it takes."""

from dataclasses import dataclass

from scalebook.chapters.isoflop import suite, surface, sweep
from scalebook.chapters.parameter import Parameters


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step; dictionaries go by the name of the suite or law."""

    suites: dict[str, suite.Suite]
    intervals: dict[str, suite.Intervals]
    llama: suite.Llama
    surfaces: dict[str, surface.Surface]
    log_reading: dict[str, float]
    choices: dict[str, suite.Choices]
    biases: dict[str, sweep.Bias]
    parts: dict[str, surface.Parts]
    envelopes: sweep.Envelopes
    precision: sweep.Precision
    redrawn: sweep.Redrawn


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    suites = suite.suites(p)
    surfaces = surface.surfaces(p, suites)
    return Found(
        suites, suite.intervals(p, suites), suite.llama(p, suites["llama3"]),
        surfaces, surface.log_reading(suites["llama3"], surfaces["llama3"]),
        suite.choices(p, suites), sweep.biases(p, surfaces), surface.parts(p, suites, surfaces),
        sweep.envelopes(p, suites["fineweb-c4"]), sweep.precision(p),
        sweep.redrawn(p, suites["hoffmann2022_runs"]))  # fmt: skip
