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
    choices: dict[str, suite.Choices]
    parts: dict[str, surface.Parts]
    biases: dict[str, sweep.Bias]
    needed: sweep.Needed


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    suites = suite.suites(p)
    surfaces = surface.surfaces(p, suites)
    return Found(
        suites, suite.intervals(p, suites), suite.llama(p, suites["llama3"]), surfaces,
        suite.choices(p, suites), surface.parts(p, suites, surfaces), sweep.biases(p, surfaces),
        sweep.needed(p, suites["hoffmann2022_runs"]))  # fmt: skip


# What the control of the first figure computes, stated with operators alone


def ratio(params: float, tokens: float) -> float:
    """Return tokens per parameter."""
    return tokens / params


def tenfold(exponent: float) -> float:
    """Return what ten times the compute multiplies a power of it by."""
    return 10**exponent


def over(compute: float, largest: float) -> float:
    """Return how many times the largest budget of some runs a budget is."""
    return compute / largest
