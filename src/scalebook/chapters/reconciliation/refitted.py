"""The steps of Porian et al. 2024 from the points of their isoFLOP profiles.

The minimum of each budget is that of an Akima spline, as theirs. Resamples draw model sizes with
replacement, the same at every step of a corpus: a step compares exponents of common models.
"""

from dataclasses import dataclass

import numpy as np

import scalinglaws as sl
from scalebook.chapters.common import kept
from scalinglaws.fitting import isoflop
from scalinglaws.runs import Runs
from scalinglaws.units import Floats

#: The corpora, by the part of a key that names them, and by the part of a suite's name.
SUITES = {"openwebtext2": "owt2", "refinedweb": "rw"}
#: The suite of each step, by the part of a key that names it.
STEPS = {
    "reproduction": "base-long-kaplan-kaplan-train",
    "last_layer": "base-long-kaplan-standard-val",
    "warmup": "base-short-kaplan-standard-val",
    "cosine": "base-short-chinchilla-standard-val",
    "tuned": "tuned-short-const-standard-val",
}
#: Tuned and without decay, but counted and warmed up as by Kaplan et al.; on RefinedWeb only.
TUNED_FIRST = "rw-tuned-long-const-kaplan-train"
#: So many that a probability near a verdict's threshold moves by 1% from seed to seed.
RESAMPLES = 2000


@dataclass(frozen=True)
class Refit:
    """Exponents of the best size after each step on one corpus.

    Attributes
    ----------
    exponents : ndarray, shape (5,)
        By `STEPS`.
    draws : ndarray, shape (S, 5)
        Of resampled model sizes.
    """

    exponents: Floats
    draws: Floats

    @property
    def share(self) -> Floats:
        """Share of the whole change that each step takes, shape (4,)."""
        return shares(self.exponents)

    @property
    def shares(self) -> Floats:
        """The same of each draw, shape (S, 4)."""
        return shares(self.draws)


@dataclass(frozen=True)
class Refits:
    """What the points of Porian et al. come to.

    Attributes
    ----------
    each : dict
        By corpus.
    early, late : float
        By how much tuning, with the decay as it was before, lowers the exponent on RefinedWeb: as
        the first step and as the last.
    early_draws, late_draws : ndarray, shape (S,)
    smallest, largest : float
        Best size of the smallest and of the largest budget in Kaplan's count, parameters.
    embedding : float
        omega of the heads of their models: parameters of the last layer over N^(1/3), the median.
    """

    each: dict[str, Refit]
    early: float
    late: float
    early_draws: Floats
    late_draws: Floats
    smallest: float
    largest: float
    embedding: float


def shares(exponents: Floats) -> Floats:
    """Return the shares of the way from the first to the last exponent; (..., k + 1) to (..., k).

    Examples
    --------
    >>> shares(np.array([0.9, 0.7, 0.5]))
    array([0.5, 0.5])
    """
    found: Floats = np.diff(exponents) / (exponents[..., -1:] - exponents[..., :1])
    return found


@kept
def refits(seed: int) -> Refits:
    """Refit every step on both corpora.

    Parameters
    ----------
    seed : int
        Of the resamples.
    """
    suites = sl.table("porian2024").split()
    runs = {key: {step: suites[f"{corpus}-{suite}"] for step, suite in STEPS.items()}
            for key, corpus in SUITES.items()}  # fmt: skip
    bare, headed = (np.unique(runs["refinedweb"][step].params) for step in ("reproduction", "last_layer"))  # fmt: skip
    count = len(bare)
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), RESAMPLES).astype(float)  # fmt: skip

    def refit(one: Runs, models: Floats) -> tuple[isoflop.IsoflopFit, Floats]:
        drawn = weights[:, np.searchsorted(models, one.params)]
        many = isoflop.ensemble(one, weights=drawn, minimum="akima").allocation.a
        return isoflop.fit(one, minimum="akima"), np.asarray(many)

    each, ends = {}, []
    for key, of_step in runs.items():
        found = [refit(one, bare if step == "reproduction" else headed) for step, one in of_step.items()]  # fmt: skip
        values = np.array([float(fit.allocation.a) for fit, _ in found])
        each[key] = Refit(values, np.column_stack([draws for _, draws in found]))
        best = found[0][0].profiles
        ends += [*best.params[best.used][[0, -1]]]
    first, draws = refit(suites[TUNED_FIRST], bare)
    there = each["refinedweb"]
    return Refits(
        each, float(there.exponents[0] - first.allocation.a), float(there.exponents[2] - there.exponents[4]),
        there.draws[:, 0] - draws, there.draws[:, 2] - there.draws[:, 4],
        float(min(ends)), float(max(ends)), float(np.median((headed - bare) / np.cbrt(bare))),
    )  # fmt: skip
