"""What the runs of Muennighoff et al. say of repetition: with the law for fresh data or without."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scalinglaws import datapackage
from scalinglaws.fitting import HUBER
from scalinglaws.laws import Decay, ParametricLaw
from scalinglaws.optimum.repetition import RepeatedLaw, published
from scalinglaws.units import Floats

#: Where the valley is looked at: R of tokens and of excess parameters, repeats.
R_TOKENS, R_PARAMS = np.geomspace(1, 1000, 61), np.geomspace(0.1, 100, 46)
RESAMPLES, SEED = 1000, 2024


@dataclass(frozen=True)
class Repeated:
    """Runs of which some repeat their data; arrays of one length, a run each.

    `fitted` are those that the paper fitted its law to.
    """

    params: Floats
    tokens: Floats
    unique: Floats
    loss: Floats
    fitted: NDArray[np.bool_]

    def take(self, some: NDArray[np.bool_]) -> "Repeated":
        """Return some of the runs."""
        return Repeated(*(getattr(self, name)[some] for name in self.__dataclass_fields__))


@lru_cache
def runs() -> Repeated:
    """Return the published runs, but for those on deduplicated data or trained by another recipe."""
    kept = [row for row in datapackage.rows("muennighoff2023") if not row["deduplicated"] and not row["reshaped"]]  # fmt: skip
    params, tokens, unique, loss, fitted = (
        np.array([row[name] for row in kept])
        for name in ("params", "tokens", "unique_tokens", "loss", "in_published_fit")
    )
    return Repeated(params, tokens, unique, loss, fitted == 1)


@dataclass(frozen=True)
class Setting:
    """What was trained, perhaps with several seeds, and the mean loss."""

    params: float
    tokens: float
    unique: float
    loss: float

    @property
    def epochs(self) -> float:
        """Passes over the unique tokens."""
        return self.tokens / self.unique


@lru_cache
def settings() -> tuple[Setting, ...]:
    """Return the settings of the runs, by size, unique tokens and passes."""
    found: dict[tuple[float, float, float], list[float]] = {}
    every = runs()
    for n, u, d, loss in zip(every.params, every.unique, every.tokens, every.loss, strict=True):
        found.setdefault((float(n), float(u), float(d)), []).append(float(loss))
    return tuple(
        Setting(n, d, u, float(np.mean(losses))) for (n, u, d), losses in sorted(found.items())
    )


@dataclass(frozen=True)
class Pair:
    """A setting that repeats its data, and one of the same size that read as many fresh tokens."""

    repeated: Setting
    fresh: Setting

    @property
    def excess(self) -> float:
        """How much more loss repetition leaves, relative."""
        return self.repeated.loss / self.fresh.loss - 1

    def size_over(self, law: RepeatedLaw) -> float:
        """Return the size of the model over the one that is best for one pass over its text."""
        return float(self.repeated.params / law.base_params(self.repeated.unique))

    def worth(self, law: ParametricLaw) -> float:
        """Return the tokens that would leave as much loss if fresh, over those trained on.

        Only the slope of the law for fresh data is used; the losses are measured.
        """
        beyond = law.terms(self.fresh.params, self.fresh.tokens)[1]
        left = beyond + self.repeated.loss - self.fresh.loss
        return float((law.B / left) ** (1 / law.beta) / self.fresh.tokens)


def pairs(least: float, most: float) -> tuple[Pair, ...]:
    """Return the pairs whose repeated half has at least and at most so many passes."""
    fresh = {(each.params, each.tokens): each for each in settings() if each.epochs == 1}
    repeated = (each for each in settings() if each.epochs > 1 and least <= each.epochs <= most)
    return tuple(
        Pair(each, fresh[each.params, each.tokens])
        for each in repeated
        if (each.params, each.tokens) in fresh
    )


#: Times the size that is best for one pass over its text, from which a model is called large for it.
LARGE = 10.0
#: Passes that are listed together, least and most.
BANDS = ((1.8, 2.2), (3.5, 4.1), (4.5, 5.5), (6.5, 10.0), (12.0, 15.5), (20.0, 61.0))


@dataclass(frozen=True)
class Band:
    """Pairs of about as many passes, of models small and large for their text."""

    least: float
    most: float
    small: tuple[Pair, ...]
    large: tuple[Pair, ...]


def bands(law: RepeatedLaw) -> tuple[Band, ...]:
    """Return the pairs by passes and by how large the model is for its text."""
    found = []
    for least, most in BANDS:
        each = pairs(least, most)
        is_large = [pair.size_over(law) >= LARGE for pair in each]
        small, large = (tuple(pair for pair, so in zip(each, is_large, strict=True) if so is kind) for kind in (False, True))  # fmt: skip
        found.append(Band(least, most, small, large))
    return tuple(found)


def series(start: float, end: float) -> tuple[tuple[Setting, ...], ...]:
    """Return runs of one size on one pool of text with more and more passes.

    Parameters
    ----------
    start, end : float
        Each series has the settings of at least `start` passes; its last has at least `end`, and
        it has two or more.
    """
    found: dict[tuple[float, float], list[Setting]] = {}
    for each in settings():
        if each.epochs >= start:
            found.setdefault((each.params, each.unique), []).append(each)
    return tuple(tuple(line) for line in found.values() if len(line) > 1 and line[-1].epochs >= end)


def mean_draws(values: Iterable[float], seed: int = SEED) -> Floats:
    """Return means of resamples of some numbers."""
    sample = np.array(list(values))
    at = np.random.default_rng(seed).integers(sample.size, size=(RESAMPLES, sample.size))
    return np.asarray(sample[at].mean(axis=1))


@dataclass(frozen=True)
class Valley:
    """The objective of the fit over the two constants of the decay, the law for fresh data kept.

    Attributes
    ----------
    tokens, params : ndarray
        R of tokens, shape (m,), and of excess parameters, shape (k,), repeats.
    charge : ndarray
        Sum of the Huber charges of the log residuals, shape (m, k).
    draws : ndarray
        Where it is least in each resample of the runs, shape (resamples, 2).
    runs : int
    """

    tokens: Floats
    params: Floats
    charge: Floats
    draws: Floats
    runs: int

    @property
    def best(self) -> tuple[float, float]:
        """R of tokens and of parameters where the objective is least."""
        one, other = np.unravel_index(np.argmin(self.charge), self.charge.shape)
        return float(self.tokens[one]), float(self.params[other])

    @property
    def profile(self) -> Floats:
        """The least objective for each R of tokens, over the least of all, less one."""
        least: Floats = self.charge.min(axis=1)
        return np.asarray(least / least.min() - 1)


@lru_cache
def valley(fitted: bool = True, seed: int = SEED) -> Valley:
    """Fit the decay of the paper's form to the runs, and to resamples of them.

    Parameters
    ----------
    fitted : bool
        Only the runs that the paper fitted; else all.
    seed : int
    """
    some = runs().take(runs().fitted) if fitted else runs()
    law, count = published().fresh, some.loss.size
    base, ones = published().base_params(some.unique), np.ones(count)
    sizes, data = [], []
    for tokens in R_TOKENS:
        worth = some.unique * Decay(float(tokens), 1.0).value(some.tokens / some.unique)
        data.append(law.terms(ones, worth)[1])
    for params in R_PARAMS:
        size = base * Decay(1.0, float(params)).value(some.params / base, "params")
        sizes.append(law.terms(size, ones)[0])
    loss = law.E + np.array(data)[:, None] + np.array(sizes)
    charges = HUBER.rho(np.log(loss) - np.log(some.loss))
    share = np.full(count, 1 / count)
    times = np.random.default_rng(seed).multinomial(count, share, size=RESAMPLES)
    least = np.argmin(times @ charges.reshape(-1, count).T, axis=1)
    one, other = np.unravel_index(least, charges.shape[:2])
    draws = np.stack([R_TOKENS[one], R_PARAMS[other]], axis=1)
    return Valley(R_TOKENS, R_PARAMS, charges.sum(axis=-1), draws, count)


def charge_of(form: RepeatedLaw) -> float:
    """Return the objective of a law on the runs that the paper fitted."""
    some = runs().take(runs().fitted)
    off = np.log(form.loss(some.params, some.tokens, some.unique)) - np.log(some.loss)
    return float(HUBER.rho(off).sum())
