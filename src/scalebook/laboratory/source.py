"""A source of symbols whose entropy rate is known exactly.

Contexts come from a Zipf distribution: the context of rank i has probability proportional to
i^-exponent, for i = 1 to `contexts`. Each context has its own distribution of the next symbol.
There may be far more contexts than memory holds: the distributions are a finite list of prototypes,
dealt to the ranks in turn, so that every sum over contexts is a sum over prototypes with weights
that the Hurwitz zeta function gives in closed form. A source of this kind with one symbol per
context is studied by Hutter 2021 (arXiv:2102.04074); that skills of Zipfian frequency give power
laws is the subject of Michaud et al. 2023 (arXiv:2303.13506).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from scalebook.errors import ScalebookError
from scalinglaws import roots
from scalinglaws.units import Floats

Ints = NDArray[np.int64]

_MOST_CONTEXTS = 2**53  # beyond, a float no longer tells neighbouring ranks apart


@dataclass(frozen=True)
class Source:
    """Contexts of Zipfian frequency, each with a distribution of the next symbol.

    Parameters
    ----------
    exponent : float
        s > 1: the probability of the context of rank i is proportional to i^-s.
    contexts : int
        Number of contexts.
    prototypes : numpy.ndarray, shape (M, V)
        Next-symbol distributions; the context of rank i has row (i - 1) mod M.

    Raises
    ------
    ScalebookError
        If the exponent is not above 1, there are no contexts or no symbols, or a row is no
        distribution.
    """

    exponent: float
    contexts: int
    prototypes: Floats

    def __post_init__(self) -> None:
        _require_summable(self.exponent)
        if not 1 <= self.contexts <= _MOST_CONTEXTS:
            raise ScalebookError(
                f"A source of {self.contexts:g} contexts was asked for; expected 1 to 2^53. "
                "Give a number of contexts in that range."
            )
        rows = np.asarray(self.prototypes, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[0] < 1 or rows.shape[1] < 2:
            raise ScalebookError(
                f"Next-symbol distributions of shape {rows.shape} were given; expected (M, V) with "
                "at least one row and two symbols."
            )
        if not (np.all(rows >= 0) and np.all(np.abs(rows.sum(axis=1) - 1.0) <= 1e-9)):
            raise ScalebookError(
                "A next-symbol distribution must not be negative and must add up to 1."
            )
        object.__setattr__(self, "prototypes", rows)

    @property
    def symbols(self) -> int:
        """Number V of symbols."""
        return int(self.prototypes.shape[1])

    @property
    def normaliser(self) -> float:
        """Sum of i^-s over all contexts."""
        return float(power_sum(self.exponent, 1, self.contexts))

    def probability(self, rank: ArrayLike) -> Floats:
        """Return the probability of the contexts of these ranks (1 is the most frequent)."""
        ranks = np.asarray(rank, dtype=np.float64)
        probabilities: Floats = ranks**-self.exponent / self.normaliser
        return probabilities

    def next_symbol(self, rank: ArrayLike) -> Floats:
        """Return the next-symbol distributions of contexts, shape (..., V)."""
        rows = (np.asarray(rank, dtype=np.int64) - 1) % len(self.prototypes)
        return np.asarray(self.prototypes[rows])

    def weights(self) -> Floats:
        """Return the probability that a context has each prototype, shape (M,); sums to 1."""
        count = len(self.prototypes)
        first = np.arange(1, count + 1, dtype=np.float64)
        # Ranks first, first + M, ...: their powers are M^-s (zeta(s, first/M) - zeta(s, beyond/M)).
        beyond = first + count * np.ceil(np.maximum(self.contexts + 1 - first, 0) / count)
        sums = special.zeta(self.exponent, first / count) - special.zeta(
            self.exponent, beyond / count
        )
        weights: Floats = sums * float(count) ** -self.exponent / self.normaliser
        return weights

    def entropy(self) -> float:
        """Return the entropy rate: the mean entropy of the next symbol, nats per symbol."""
        return float(self.weights() @ special.entr(self.prototypes).sum(axis=1))

    def tail(self, kept: ArrayLike) -> Floats:
        """Return the probability of all contexts beyond the `kept` most frequent.

        Raises
        ------
        ScalebookError
            If more contexts are kept than exist, or fewer than none.
        """
        counts = np.asarray(kept, dtype=np.float64)
        require_kept(counts, self.contexts)
        sums = special.zeta(self.exponent, counts + 1.0) - special.zeta(
            self.exponent, self.contexts + 1.0
        )
        tail: Floats = sums / self.normaliser
        return tail

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """Draw symbols with their contexts.

        Parameters
        ----------
        count : int
            Number of symbols, at least 1.
        rng : numpy.random.Generator

        Returns
        -------
        ranks, symbols : numpy.ndarray of int, shape (count,)
            Rank of each context, from 1, and the symbol that followed, from 0.

        Raises
        ------
        ScalebookError
            If no symbols are asked for.
        """
        require_symbols(count)
        ranks = draw_ranks(self.exponent, self.contexts, count, rng)
        # Inversion: the symbol is the number of cumulative probabilities at or below a uniform,
        # found by bisection in a row that is filled up to a power of two.
        uniform = rng.random(count)
        step = self._cumulative.shape[1] // 2
        flat = self._cumulative.ravel()
        start = (ranks - 1) % len(self.prototypes) * self._cumulative.shape[1]
        place = start.copy()
        while step:
            place += step * (uniform >= flat[place + (step - 1)])
            step //= 2
        return ranks, place - start

    @cached_property
    def _cumulative(self) -> Floats:
        width = 1 << (self.symbols - 1).bit_length()
        padded = np.full((len(self.prototypes), width), np.inf)
        padded[:, : self.symbols - 1] = np.cumsum(self.prototypes, axis=1)[:, :-1]
        return padded


def dirichlet(
    exponent: float,
    contexts: int,
    symbols: int,
    concentration: float,
    rng: np.random.Generator,
    prototypes: int = 4096,
) -> Source:
    """Make a source whose next-symbol distributions are draws from a symmetric Dirichlet.

    Parameters
    ----------
    exponent : float
        Zipf exponent of the contexts, > 1.
    contexts : int
        Number of contexts.
    symbols : int
        Number of symbols V, at least 2.
    concentration : float
        Parameter of the Dirichlet distribution, > 0; small values give contexts in which few
        symbols are likely.
    rng : numpy.random.Generator
    prototypes : int
        Different distributions; contexts of higher rank take them again in turn.

    Raises
    ------
    ScalebookError
        If one of these is out of range; the message says which and what to give.
    """
    _require_summable(exponent)
    if symbols < 2:
        raise ScalebookError(
            f"A source of {symbols} symbols was asked for; with fewer than 2 there is nothing to "
            "predict. Give at least 2."
        )
    if not concentration > 0:
        raise ScalebookError(
            f"A Dirichlet concentration of {concentration:g} was given; expected a positive number."
        )
    draws = rng.standard_gamma(concentration, size=(min(prototypes, contexts), symbols))
    # Where the concentration is tiny all draws of a row can underflow: one symbol is then certain.
    empty = draws.sum(axis=1) == 0
    draws[empty, rng.integers(symbols, size=len(draws))[empty]] = 1.0
    # Nor is any symbol impossible, or a learner that rules it out would have an infinite loss.
    draws = np.maximum(draws, 1e-300)
    return Source(exponent, contexts, draws / draws.sum(axis=1, keepdims=True))


def concentration(symbols: int, entropy: float) -> float:
    """Return the Dirichlet concentration at which distributions have so much entropy on average.

    The mean entropy of a symmetric Dirichlet of concentration c over V symbols is
    digamma(V c + 1) - digamma(c + 1), which grows with c from 0 to log V.

    Parameters
    ----------
    symbols : int
        Number of symbols V, at least 2.
    entropy : float
        Mean entropy, nats, between 0 and log V.

    Raises
    ------
    ScalebookError
        If no distribution over so many symbols has so much entropy.
    """
    if symbols < 2 or not 0 < entropy < np.log(symbols):
        raise ScalebookError(
            f"A mean entropy of {entropy:g} nats over {symbols} symbols was asked for; expected at "
            "least 2 symbols, and more than 0 and less than the logarithm of their number."
        )

    def missing(log_c: Floats) -> Floats:
        c = np.exp(log_c)
        return np.asarray(entropy - special.digamma(symbols * c + 1) + special.digamma(c + 1))

    return float(np.exp(roots.falling(missing, -60.0, 60.0)))


def draw_ranks(exponent: float, contexts: int, count: int, rng: np.random.Generator) -> Ints:
    """Draw ranks from a Zipf distribution cut off at `contexts`, exactly, for any number of them.

    Rejection-inversion (Hörmann and Derflinger 1996, doi:10.1145/235025.235029): a point under the
    integral of x^-s is drawn by inversion and kept if it lies under the step of its rank.
    """
    power = 1.0 - exponent
    low, high = _integral(0.5, power), _integral(contexts + 0.5, power)
    # A point that lies no further below its rank than this is under the step, whatever the rank.
    first = np.array([1.0, 2.0])
    ends = _integral(first + 0.5, power) - first**-exponent
    near = float(np.min(first - (ends * power) ** (1.0 / power))) - 1e-9
    ranks = np.empty(count, dtype=np.int64)
    filled = 0
    while filled < count:
        wanted = count - filled
        height = rng.uniform(low, high, size=int(wanted * 1.1) + 16)
        x = (height * power) ** (1.0 / power)
        rank = np.clip(np.rint(x), 1, contexts)
        # The step of a rank has area rank^-s and ends where the integral reaches rank + 1/2.
        keep = rank - x <= near
        doubt = np.flatnonzero(~keep)
        asked = rank[doubt]
        keep[doubt] = height[doubt] >= _integral(asked + 0.5, power) - asked**-exponent
        kept = rank[keep][:wanted]
        ranks[filled : filled + len(kept)] = kept.astype(np.int64)
        filled += len(kept)
    return ranks


def blocks(
    source: Source, ends: ArrayLike, rng: np.random.Generator, most: int = 2**20
) -> Iterator[tuple[int, Ints, Ints]]:
    """Draw one stream of symbols in blocks that stop at each of `ends`.

    Parameters
    ----------
    source : Source
    ends : array_like of int
        Increasing numbers of symbols.
    rng : numpy.random.Generator
    most : int
        Largest block; memory does not grow beyond it.

    Yields
    ------
    drawn : int
        Symbols drawn so far, this block included.
    ranks, symbols : numpy.ndarray of int
        The block.
    """
    drawn = 0
    for end in np.asarray(ends, dtype=np.int64):
        while drawn < end:
            size = int(min(most, end - drawn))
            drawn += size
            yield drawn, *source.draw(size, rng)


def power_sum(exponent: float, first: ArrayLike, last: ArrayLike) -> Floats:
    """Return the sum of i^-exponent for i from `first` to `last`, exponent > 1."""
    total: Floats = special.zeta(exponent, np.asarray(first, dtype=np.float64)) - special.zeta(
        exponent, np.asarray(last, dtype=np.float64) + 1.0
    )
    return total


def require_kept(kept: ArrayLike, contexts: int) -> None:
    """Complain if more contexts are to be kept than exist, or fewer than none.

    Raises
    ------
    ScalebookError
    """
    counts = np.asarray(kept)
    if np.any(counts > contexts) or np.any(counts < 0):
        worst = counts.max() if np.any(counts > contexts) else counts.min()
        raise ScalebookError(
            f"{worst:g} contexts are to be kept, but the source has {contexts:g}. "
            f"Keep from 0 to {contexts:g}."
        )


def require_symbols(count: float) -> None:
    """Complain if fewer than one symbol is to be drawn.

    Raises
    ------
    ScalebookError
    """
    if count < 1:
        raise ScalebookError(
            f"{count:g} symbols are to be drawn; a learner needs at least 1 to learn from."
        )


def _require_summable(exponent: float) -> None:
    if not exponent > 1 or not np.isfinite(exponent):
        raise ScalebookError(
            f"A Zipf exponent of {exponent:g} was given; expected more than 1. At 1 or below the "
            "frequencies of ever more contexts add up to no finite number, and there is no power "
            "law to find."
        )


def _integral(x: ArrayLike, power: float) -> Floats:
    """Antiderivative of x^(power - 1), negative for power < 0."""
    integral: Floats = np.asarray(x, dtype=np.float64) ** power / power
    return integral
