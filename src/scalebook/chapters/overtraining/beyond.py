"""Runs far beyond the best ratio that belong to no sweep: what they cost, and what they still gain.

A sweep of one budget has few runs beyond twenty times the best ratio, all of small models. Gadre et
al. 2024 trained models of several sizes at 20 and at up to 640 tokens per parameter; McLeish et al.
2025 and Alabdulmohsin et al. 2022 trained small models to thousands of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator

from scalebook.chapters.common import kept
from scalinglaws import datapackage, reading
from scalinglaws.laws import ParametricLaw
from scalinglaws.units import Floats, training_flop

#: The corpora of Gadre et al., and the text on which all their models are measured.
CORPORA, TEXT = ("c4_original", "rpj", "rw_original"), "c4_val"
NEAR, FAR = 20.0, 640.0  # tokens per parameter
LARGE = 4e8  # parameters from which on one of these models is called larger
LATE = 1000.0  # tokens per parameter from which on training is called late


@dataclass(frozen=True)
class Beyond:
    """What the runs say.

    Attributes
    ----------
    sizes, costs : ndarray
        Of the models at `FAR` tokens per parameter: parameters, and compute taken over that of a
        model at `NEAR` with the same loss.
    doubled : ndarray
        Change in loss each time that tokens doubled, from eight times `NEAR` on.
    kept_pace : ndarray
        By model: the gain of a doubling late (8 to 32 times `NEAR`) over that of one early (to 4
        times).
    late : ndarray
        By model: change in loss from `LATE` tokens per parameter to the last reading.
    farthest : float
        Tokens per parameter at the last of these readings.
    """

    sizes: Floats
    costs: Floats
    doubled: Floats
    kept_pace: Floats
    late: Floats
    farthest: float

    def larger(self) -> Floats:
        """Return the costs of the larger models."""
        return self.costs[self.sizes >= LARGE]


@kept  # no parameter changes it
def far_runs() -> Beyond:
    """Read the runs."""
    table = reading.read_runs("gadre2024")
    assert table.suite is not None
    sizes: list[float] = []
    costs: list[float] = []
    doubled: list[float] = []
    pace: list[float] = []
    for corpus in CORPORA:
        own = table.take(table.suite == f"{corpus}@{TEXT}")
        ratio = np.round(own.tokens_per_param)
        by_size = {n: dict(zip(ratio[own.params == n], own.loss[own.params == n], strict=True))
                   for n in np.unique(own.params)}  # fmt: skip
        near = [(n, at[NEAR]) for n, at in by_size.items() if NEAR in at]
        far = [(n, at[FAR]) for n, at in by_size.items() if FAR in at]
        found = costs_of(*np.transpose(near), *np.transpose(far))
        sizes += [n for n, _ in far]
        costs += found.tolist()
        for at in by_size.values():
            steps = [(k, 2 * k) for k in (8 * NEAR, 16 * NEAR) if k in at and 2 * k in at]
            doubled += [at[after] - at[before] for before, after in steps]
            if {NEAR, 4 * NEAR, 8 * NEAR, 32 * NEAR} <= at.keys():
                pace.append((at[8 * NEAR] - at[32 * NEAR]) / (at[NEAR] - at[4 * NEAR]))
    late = list(_late())
    return Beyond(
        np.array(sizes), np.array(costs), np.array(doubled), np.array(pace),
        np.array([change for change, _ in late]), max(ratio for _, ratio in late),
    )  # fmt: skip


def costs_of(params: Floats, loss: Floats, far_params: Floats, far_loss: Floats) -> Floats:
    """Return compute taken at `FAR` tokens per parameter over that needed at `NEAR`.

    The losses at `NEAR` are joined over compute, in logarithms, by a curve that keeps falling. NaN
    where a loss lies outside of them.

    Parameters
    ----------
    params, loss : ndarray
        Of models trained at `NEAR`, sizes rising.
    far_params, far_loss : ndarray
        Of models trained at `FAR`.
    """
    compute = np.log(training_flop(params, NEAR * params))
    needed = PchipInterpolator(-np.log(loss), compute, extrapolate=False)
    taken = np.log(training_flop(far_params, FAR * far_params))
    cost: Floats = np.exp(taken - needed(-np.log(far_loss)))
    return cost


def _late() -> Iterator[tuple[float, float]]:
    """Yield the change in loss after `LATE`, and the last ratio, of models trained that far."""
    table = reading.read_runs("gemstones2025")
    assert table.suite is not None
    long = table.take(table.suite == "gemstones-hot_100b+")
    # These losses are in a unit that is not stated, which does not matter to their sign.
    rows = datapackage.bundled("alabdulmohsin2022_lm")
    other = np.array([[row["params"], row["tokens"], row["loss"]] for row in rows]).T
    assert long.run is not None
    series = [(long.tokens_per_param[long.run == name], long.loss[long.run == name])
              for name in np.unique(long.run)]  # fmt: skip
    series += [((other[1] / other[0])[other[0] == n], other[2][other[0] == n]) for n in np.unique(other[0])]  # fmt: skip
    for ratio, loss in series:
        order = np.argsort(ratio)
        ratio, loss = ratio[order], loss[order]
        if ratio[-1] >= 3 * LATE:
            yield float(loss[-1] - loss[ratio >= LATE][0]), float(ratio[-1])


def to_the_limit(law: ParametricLaw, params: float, within: ArrayLike) -> Floats:
    """Return how many times its best number of tokens takes a model close to its limit.

    Parameters
    ----------
    law : ParametricLaw
        An ensemble gives arrays.
    params : float
    within : array_like
        Loss over that of infinitely many tokens, less one.
    """
    limit = law.E + law.A / params**law.alpha
    tokens = (law.B / (np.asarray(within) * limit)) ** (1 / law.beta)
    times: Floats = tokens / law.optimum(params=params).tokens
    return times
