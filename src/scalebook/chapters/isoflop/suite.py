"""The tables of runs at equal compute, and Approach 2 on each of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalebook.chapters.common import ends, printed
from scalebook.chapters.parameter import Parameters
from scalebook.errors import ScalebookError
from scalinglaws import laws, reading, registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import isoflop
from scalinglaws.runs import Runs

#: The bundled suites, as shown.
LABELS = {
    "hoffmann2022_runs": "Hoffmann et al.", "llama3": "Llama 3", "marin-comma": "Marin Comma",
    "marin-dclm": "Marin DCLM", "marin-nemotron": "Marin Nemotron", "fineweb-c4": "FineWeb C4",
}  # fmt: skip
#: Low and high end of an interval.
Span = tuple[float, float]


@dataclass(frozen=True)
class Suite:
    """Approach 2 on one table of runs.

    Attributes
    ----------
    name, label : str
        As in the parameter `runs`, and as shown.
    table : Runs
        All of them.
    fit : IsoflopFit
        Of those that the parameters keep, with their budgets.
    untrained, distant : int
        Runs left out for too few tokens a parameter, and for a size far from the minimum.
    """

    name: str
    label: str
    table: Runs
    fit: isoflop.IsoflopFit
    untrained: int
    distant: int

    @property
    def kept(self) -> Runs:
        """The runs that the parameters keep."""
        return self.fit.runs

    @property
    def profiles(self) -> isoflop.Profiles:
        """Parabolas of the budgets."""
        return self.fit.profiles

    @property
    def on(self) -> NDArray[np.bool_]:
        """Which of the runs kept are on a budget that is used."""
        return (self.profiles.group >= 0) & self.profiles.used[self.profiles.group]

    @property
    def used(self) -> Runs:
        """The runs on a budget that is used."""
        return self.kept.take(self.on)

    @property
    def line(self) -> laws.PowerAllocation:
        """The power law through the minima."""
        return self.fit.allocation

    @property
    def a(self) -> float:
        """Exponent of compute in the optimal size."""
        return self.line.a

    @property
    def b(self) -> float:
        """Exponent of compute in the optimal tokens."""
        return self.line.b


Suites = Mapping[str, Suite]


def trained(table: Runs, min_ratio: float) -> Runs:
    """Return the runs of at least that many tokens per parameter."""
    return table.take(table.tokens_per_param >= min_ratio)


def approach2(p: Parameters, name: str, table: Runs, min_ratio: float, window: float) -> Suite:
    """Return Approach 2 on the runs trained long enough and near enough to their minimum."""
    long = trained(table, min_ratio)
    long.require(6, "this chapter", "min_ratio")
    if long.budget is None:
        long = replace(long, budget=isoflop.cluster(long.flop, p.tolerance, p.fewest))
    distant = 0
    try:
        near = isoflop.near(isoflop.profiles(long), window)
        distant = int((~near).sum())
        fit = isoflop.fit(long.take(near))
    except ScalingLawsError as error:
        hint = f" Or raise 'window': {distant} runs are left out by it." if distant else ""
        raise ScalebookError(f"{error}{hint}") from None
    return Suite(name, LABELS.get(name, table.name), table, fit, len(table) - len(long), distant)


def suites(p: Parameters) -> dict[str, Suite]:
    """Return Approach 2 on all bundled suites, and on the reader's own runs if there are any."""
    names = [*LABELS] if p.runs in LABELS else [*LABELS, p.runs]
    tables = {name: reading.read_runs(name) for name in names}
    return {name: approach2(p, name, each, p.min_ratio, p.window) for name, each in tables.items()}


@dataclass(frozen=True)
class Intervals:
    """Bootstrap intervals of a and b from drawing runs, and of a from drawing whole sizes."""

    a: Span
    b: Span
    by_size: Span

    @property
    def half_width(self) -> float:
        """Half the width of the interval of a."""
        return (self.a[1] - self.a[0]) / 2


def interval(values: ArrayLike, level: float) -> Span:
    """Return the interval of the draws that are numbers."""
    draws = np.asarray(values, dtype=float)
    return ends(draws[np.isfinite(draws)], level)


def intervals(p: Parameters, found: Suites) -> dict[str, Intervals]:
    """Draw runs again within each budget, and whole model sizes, and repeat Approach 2."""

    def of(s: Suite) -> Intervals:
        runs, sizes = (s.fit.bootstrap(p.resamples, p.seed, by_size=by_size) for by_size in (False, True))  # fmt: skip
        exponents = runs.allocation.a, runs.allocation.b, sizes.allocation.a
        a, b, by_size = (interval(draws, p.level) for draws in exponents)
        return Intervals(a, b, by_size)

    return {name: of(s) for name, s in found.items()}


@dataclass(frozen=True)
class Llama:
    """Llama 3's optimum: our line through all digitised runs, and the laws of text and figure.

    `target` is the budget that the paper prints, `meant` the compute of the optimum it prints.
    """

    line: laws.PowerAllocation
    text: laws.PowerAllocation
    label: laws.PowerAllocation
    target: float
    meant: float


def llama_laws() -> tuple[laws.PowerAllocation, laws.PowerAllocation]:
    """Return the optima that Llama 3's text and figure print."""
    kind = laws.PowerAllocation
    return registry.of_kind("llama3", kind), registry.of_kind("llama3-figure", kind)


def llama(p: Parameters, found: Suite) -> Llama:
    """Fit Llama 3's line to all points, as the paper does."""
    line = approach2(p, found.name, found.table, min_ratio=0.0, window=1e6).line
    meant = 6 * printed("llama3.optimum.params") * printed("llama3.optimum.tokens")
    return Llama(line, *llama_laws(), printed("llama3.optimum.compute"), meant)


def published_exponents() -> dict[str, tuple[float, float]]:
    """Return the printed a and b of each study; where one is printed, b is what is left of 1."""

    def alone(a: float) -> tuple[float, float]:
        return a, 1 - a

    def pair(study: str) -> tuple[float, float]:
        return printed(f"{study}.a"), printed(f"{study}.b")

    text, label = llama_laws()
    return {
        **{f"Hoffmann et al., approach {k}": pair(f"hoffmann2022.approach{k}") for k in (1, 2, 3)},
        "Hoffmann et al., C4": pair("hoffmann2022.c4"),
        "Hoffmann et al., GitHub": pair("hoffmann2022.github"),
        "Besiroglu et al.": alone(printed("besiroglu2024.a")),
        "Llama 3, text": (text.a, text.b), "Llama 3, figure": (label.a, label.b),
        "DeepSeek LLM": pair("bi2024"),
        "DeepSeek LLM, early corpus": alone(printed("bi2024.early.a")),
        "DeepSeek LLM, OpenWebText2": alone(printed("bi2024.openwebtext2.a")),
        "MiniCPM": alone(printed("hu2024.beta") / (printed("hu2024.alpha") + printed("hu2024.beta"))),
        "xLSTM study, transformer": alone(printed("beck2025.transformer.a")),
        "discrete diffusion": alone(printed("vonruette2025.a")),
        "Kaplan et al.": (printed("kaplan2020.optimum.params.exponent"), printed("kaplan2020.optimum.tokens.exponent")),
    }  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """a under other choices of what to keep (None: too few budgets have a minimum then).

    `every` has no limit on tokens per parameter, `long` one of 2, `narrow` the sizes within 3x of
    the minimum; `without_one` is the range of a with one budget left out, `move` the largest move.
    """

    every: float | None
    long: float | None
    narrow: float | None
    without_one: Span | None
    move: float


def choices(p: Parameters, found: Suites) -> dict[str, Choices]:
    """Repeat Approach 2 on each suite with other choices of points."""

    def other(s: Suite, min_ratio: float, window: float) -> float | None:
        try:
            return approach2(p, s.name, s.table, min_ratio, window).a
        except ScalingLawsError:
            return None

    def of(s: Suite) -> Choices:
        every, long = (other(s, min_ratio, p.window) for min_ratio in (0.0, 2.0))
        narrow = other(s, p.min_ratio, 3.0)
        moves = [abs(a - s.a) for a in (every, long, narrow) if a is not None]
        return Choices(every, long, narrow, _without_one(s), max(moves, default=0.0))

    return {name: of(s) for name, s in found.items()}


def _without_one(s: Suite) -> Span | None:
    used = np.flatnonzero(s.profiles.used)
    if len(used) < 3:
        return None
    out = isoflop.ensemble(s.kept, weights=s.profiles.group != used[:, None]).allocation.a
    return float(np.nanmin(out)), float(np.nanmax(out))


def budget_counts(p: Parameters, table: Runs) -> tuple[int, list[int]]:
    """Return how many budgets are found in a table, and how many with other limits."""
    flop = trained(table, p.min_ratio).flop

    def count(tolerance: float, fewest: int) -> int:
        found = isoflop.cluster(flop, tolerance, fewest)
        return len(np.unique(found[np.isfinite(found)]))

    others = [count(t, f) for t in (0.06, 0.07, 0.08, 0.09, 0.1) for f in (7, 8)]
    return count(p.tolerance, p.fewest), others
