"""Floors fitted to the runs, set against the entropy: by form, error model and range."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scalebook.chapters.common import ends
from scalebook.chapters.laboratory import readings
from scalebook.chapters.laboratory.readings import Readings
from scalebook.chapters.parameter import Parameters
from scalebook.errors import ScalebookError
from scalinglaws import fitting
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import Fit
from scalinglaws.laws import ParametricLaw
from scalinglaws.runs import Runs

#: The forms that have a floor, by what the page calls them.
FORMS = {
    "sum": "chinchilla", "varying exponent": "varying", "power mean": "powermean",
    "Kaplan's, with floor": "kaplan+floor",
}  # fmt: skip
#: The error models.
ERRORS = {
    "Huber": "huber", "absolute": "lad", "squared, log loss": "mse", "squared, loss": "varpro",
}  # fmt: skip


class Floor(NamedTuple):
    """A fitted floor with its bootstrap interval, nats per symbol."""

    value: float
    low: float
    high: float

    def holds(self, entropy: float) -> bool:
        """Return whether the interval holds the entropy."""
        return self.low <= entropy <= self.high


@dataclass(frozen=True)
class Fitted:
    """Chinchilla's form fitted to all runs by Huber's error, with the laws of its resamples.

    The intervals of exponents are in `alpha`, `beta` and `a`.
    """

    fit: Fit
    floor: Floor
    alpha: Floor
    beta: Floor
    a: Floor

    @property
    def law(self) -> ParametricLaw:
        """The fitted law."""
        law: ParametricLaw = self.fit.law
        return law


def main(p: Parameters, runs: Runs) -> Fitted:
    """Fit Chinchilla's form, as the rest of the book does.

    Raises
    ------
    ScalebookError
        If the runs do not fix it.
    """
    found = fitting.fit(runs)
    if not found.converged:
        raise ScalebookError(
            f"laboratory: the runs of {runs.name} do not fix a law ({found.status}). "
            "Lower 'least_tokens', or choose another suite."
        )
    boot = found.bootstrap(p.resamples, p.seed)
    law, draws = found.law, boot.law
    each = [Floor(float(getattr(law, name)), *ends(getattr(draws, name), p.level))
            for name in ("E", "alpha", "beta", "a")]  # fmt: skip
    return Fitted(found, *each)


def one(p: Parameters, runs: Runs, form: str, error: str) -> Floor | None:
    """Return a fitted floor; None where the runs do not tell it."""
    try:
        found = fitting.fit(runs, form, error=error)
    except ScalingLawsError:
        return None
    if not found.converged:
        return None
    boot = found.bootstrap(p.resamples, p.seed)
    return Floor(found.constants["E"], *boot.interval("E", p.level))


def by_method(p: Parameters, runs: Runs) -> dict[tuple[str, str], Floor]:
    """Return the floor by form and error model; those that the runs do not tell are left out."""
    found = {
        (form, error): one(p, runs, FORMS[form], ERRORS[error])
        for form in FORMS
        for error in ERRORS
    }
    return {key: floor for key, floor in found.items() if floor is not None}


def by_range(p: Parameters, used: Readings) -> dict[str, Floor]:
    """Return the floor of the sum by Huber's error from parts of the runs."""
    flop = used.compute
    parts = {
        "cheaper half of the runs": flop <= np.median(flop),
        "larger half of the sizes": used.params >= np.median(np.unique(used.params)),
        "one seed": used.seed == used.seed.min(),
    }
    found = {name: one(p, used.take(part).runs(), "chinchilla", "huber") for name, part in parts.items()}  # fmt: skip
    return {name: floor for name, floor in found.items() if floor is not None}


@dataclass(frozen=True)
class Suite:
    """One suite of the table: how far its grid is, and its law where there is enough of it."""

    cells: int
    planned: int
    entropy: float
    fitted: Fitted | None


def suites(p: Parameters) -> dict[str, Suite]:
    """Return all suites that have an entropy, each with its law."""
    found = {}
    for (name, arm), stored in readings.every().items():
        if arm != "matched" or not stored.entropy > 0:
            continue
        grid = readings.planned(name)
        try:
            law = main(p, stored.runs()) if stored.cells >= readings.ENOUGH else None
        except ScalingLawsError:
            law = None
        count = len(grid.widths) * len(grid.steps)
        found[name] = Suite(stored.cells, count, stored.entropy, law)
    return found


def spread(floors: Mapping[tuple[str, str], Floor]) -> tuple[float, float]:
    """Return the lowest and the highest of several floors."""
    values = [each.value for each in floors.values()]
    return min(values), max(values)
