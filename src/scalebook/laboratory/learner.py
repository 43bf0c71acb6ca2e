"""A learner with room for N contexts, taught D symbols of a source whose entropy is known.

It counts which symbol followed each context, keeps the N contexts that it saw most often, and
predicts by its counts with Dirichlet smoothing: after n visits, of which n_x ended in x, symbol x
has probability (n_x + a) / (n + a V). A context that it never saw or had no room for gets 1 / V.
Its cross-entropy is computed against the source itself and not on a sample of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from scalebook.errors import ScalebookError
from scalebook.laboratory.source import (
    Ints,
    Source,
    blocks,
    power_sum,
    require_kept,
    require_symbols,
)
from scalinglaws.laws import ParametricLaw
from scalinglaws.runs import Runs
from scalinglaws.units import Floats

_NEAR = 2**16  # ranks below are found in a table


class Counts:
    """What a learner has seen: how often each symbol followed each context.

    Parameters
    ----------
    symbols : int
        Number V of symbols.
    memory : float
        Symbols after which a count has faded to 1/e; infinite for a learner that never forgets.
    """

    def __init__(self, symbols: int, memory: float = np.inf) -> None:
        if not memory > 0:
            raise ScalebookError(
                f"A memory of {memory:g} symbols was given; expected a positive number."
            )
        self.ranks: Ints = np.empty(0, dtype=np.int64)
        self._near: Ints = np.full(_NEAR, -1, dtype=np.int64)
        self.table: Floats = np.zeros((0, symbols))
        self.memory = memory

    def add(self, ranks: Ints, symbols: Ints) -> None:
        """Count a block of symbols, in the order in which they came."""
        width = self.table.shape[1]
        codes = self._codes(ranks)
        age = np.arange(len(ranks) - 1, -1, -1)
        weights = None if np.isinf(self.memory) else np.exp(-age / self.memory)
        counted = np.bincount(codes * width + symbols, weights, minlength=len(self.ranks) * width)
        fresh: Floats = counted.reshape(-1, width).astype(np.float64)
        fresh[: len(self.table)] += self.table * np.exp(-len(ranks) / self.memory)
        self.table = fresh

    def _codes(self, ranks: Ints) -> Ints:
        """Return the contexts of a block as numbers, given in the order of first appearance."""
        # The common contexts are looked up in a table; only what is not there has to be sorted.
        codes = self._near[np.minimum(ranks, _NEAR - 1)]
        other = np.flatnonzero(codes < 0)
        seen = len(self.ranks)
        codes[other] = self._sorted_codes(ranks[other])
        fresh = self.ranks[seen:]
        common = fresh < _NEAR - 1
        self._near[fresh[common]] = seen + np.flatnonzero(common)
        return codes

    def _sorted_codes(self, ranks: Ints) -> Ints:
        block, first, inverse = np.unique(ranks, return_index=True, return_inverse=True)
        sorter = np.argsort(self.ranks)
        place = np.searchsorted(self.ranks, block, sorter=sorter)
        codes = np.concatenate([sorter, [-1]])[place]
        new = (codes < 0) | (np.concatenate([self.ranks, [0]])[codes] != block)
        appeared = np.flatnonzero(new)[np.argsort(first[new])]
        codes[appeared] = len(self.ranks) + np.arange(len(appeared))
        self.ranks = np.concatenate([self.ranks, block[appeared]])
        return np.asarray(codes[inverse], dtype=np.int64)

    def predictions(self, smoothing: float, tied: int = 0) -> Floats:
        """Return the predicted next-symbol distribution of each context seen, shape (U, V).

        Parameters
        ----------
        smoothing : float
            Dirichlet parameter a, > 0.
        tied : int
            Pairs of symbols, the first ones, between which the learner cannot tell.
        """
        counts = tie(self.table, tied) + smoothing
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))

    def cross_entropy(self, truth: Floats, smoothing: float, tied: int = 0) -> Floats:
        """Return the cross-entropy of each context seen, nats per symbol, shape (U,).

        Parameters
        ----------
        truth : numpy.ndarray, shape (U, V)
            The next-symbol distributions to be predicted, in the order of `ranks`.
        smoothing : float
            Dirichlet parameter a, > 0.
        tied : int
            Pairs of symbols that the learner cannot tell apart.
        """
        visits = self.table.sum(axis=1)
        missed: Floats = np.log(visits + smoothing * self.table.shape[1])
        missed -= np.einsum("uv,uv->u", truth, np.log(tie(self.table, tied) + smoothing))
        return missed

    def loss(self, source: Source, kept: ArrayLike, smoothing: float, tied: int = 0) -> Floats:
        """Return the loss on `source` of a learner that keeps so many contexts, nats per symbol.

        The contexts kept are those seen most often; of equally frequent ones those seen first.

        Parameters
        ----------
        source : Source
        kept : array_like of int
            Numbers N of contexts.
        smoothing : float
        tied : int
        """
        uniform = np.log(source.symbols)
        visits = self.table.sum(axis=1)
        gain = source.probability(self.ranks) * (
            uniform - self.cross_entropy(source.next_symbol(self.ranks), smoothing, tied)
        )
        ordered = np.concatenate([[0.0], np.cumsum(gain[np.argsort(-visits, kind="stable")])])
        loss: Floats = uniform - ordered[np.minimum(np.asarray(kept), len(gain))]
        return loss


def tie(table: Floats, pairs: int) -> Floats:
    """Return a table, shape (..., V), in which the first `pairs` pairs of columns are averaged.

    Raises
    ------
    ScalebookError
        If there are not so many pairs.
    """
    if not 0 <= 2 * pairs <= table.shape[-1]:
        raise ScalebookError(
            f"{pairs} pairs of symbols cannot be tied; the source has {table.shape[-1]} symbols. "
            f"Tie from 0 to {table.shape[-1] // 2}."
        )
    if pairs == 0:
        return np.asarray(table, dtype=np.float64)
    tied = np.array(table, dtype=np.float64)
    tied[..., : 2 * pairs : 2] += tied[..., 1 : 2 * pairs : 2]
    tied[..., : 2 * pairs : 2] /= 2
    tied[..., 1 : 2 * pairs : 2] = tied[..., : 2 * pairs : 2]
    return tied


def method_error(source: Source, tied: int) -> float:
    """Return the loss above the entropy of the best predictor with tied symbols, nats, exactly."""
    rows = source.prototypes
    lost = special.rel_entr(rows, tie(rows, tied)).sum(axis=1)
    return float(source.weights() @ lost)


@dataclass(frozen=True)
class LossTable:
    """Losses of learners of every size on every amount of data, once for each seed.

    Attributes
    ----------
    params : numpy.ndarray, shape (n,)
        Contexts kept, N.
    tokens : numpy.ndarray, shape (m,)
        Symbols learned from, D.
    loss : numpy.ndarray, shape (seeds, n, m)
        Cross-entropy against the source, nats per symbol.
    entropy : float
        Entropy rate of the source, nats per symbol.
    """

    params: Floats
    tokens: Floats
    loss: Floats
    entropy: float

    def runs(self, noise: float = 0.0, seed: int = 0) -> Runs:
        """Return the table as runs, one for each seed and cell.

        Parameters
        ----------
        noise : float
            Standard deviation of an error put on the logarithm of each loss.
        seed : int
            Of the noise.
        """
        size, data = np.meshgrid(self.params, self.tokens, indexing="ij")
        count = len(self.loss)
        loss = self.loss.ravel()
        if noise > 0:
            loss = loss * np.exp(noise * np.random.default_rng(seed).standard_normal(loss.size))
        return Runs(np.tile(size.ravel(), count), np.tile(data.ravel(), count), loss)

    def mean(self) -> "LossTable":
        """Return the table with its seeds averaged, shape (1, n, m)."""
        return LossTable(self.params, self.tokens, self.loss.mean(axis=0)[None], self.entropy)

    def within(
        self, params: float = np.inf, tokens: float = np.inf, least: float = 0
    ) -> "LossTable":
        """Return the part with N up to `params` and D from `least` up to `tokens`."""
        size = self.params <= params
        data = (self.tokens <= tokens) & (self.tokens >= least)
        return LossTable(
            self.params[size], self.tokens[data], self.loss[:, size][:, :, data], self.entropy
        )


def loss_table(source: Source, kept: ArrayLike, tokens: ArrayLike, **options: Any) -> LossTable:
    """Teach learners that can tell all symbols apart; see `loss_tables` for the options."""
    return loss_tables(source, kept, tokens, tied=(0,), **options)[0]


def loss_tables(
    source: Source,
    kept: ArrayLike,
    tokens: ArrayLike,
    *,
    seeds: int = 5,
    seed: int = 0,
    smoothing: float = 0.5,
    tied: Sequence[int] = (0,),
) -> list[LossTable]:
    """Teach learners of every size on every amount of data and compute their exact losses.

    All sizes share one stream of symbols for each seed, and smaller amounts are its beginnings.
    The cost grows linearly with the symbols drawn, `seeds` times the largest amount.

    Parameters
    ----------
    source : Source
    kept : array_like of int, shape (n,)
        Contexts kept, increasing.
    tokens : array_like of int, shape (m,)
        Symbols learned from, increasing.
    seeds : int
        Streams.
    seed : int
    smoothing : float
        Dirichlet parameter of the learners, > 0.
    tied : sequence of int
        Pairs of symbols that a learner cannot tell apart: one table for each entry.

    Raises
    ------
    ScalebookError
        Before any work, if a size exceeds the contexts that exist, an amount is below 1, either
        does not increase, or the smoothing is not positive.
    """
    sizes, amounts = np.asarray(kept, dtype=np.int64), np.asarray(tokens, dtype=np.int64)
    require_kept(sizes, source.contexts)
    require_symbols(float(amounts.min(initial=np.iinfo(np.int64).max)))
    for name, values in (("sizes", sizes), ("amounts of data", amounts)):
        if values.ndim != 1 or not len(values) or np.any(np.diff(values) <= 0):
            raise ScalebookError(
                f"The {name} must be a list of increasing whole numbers; take fewer or a wider "
                "range if two fall on the same one."
            )
    if not smoothing > 0:
        raise ScalebookError(
            f"A smoothing of {smoothing:g} was given; expected a positive number. At 0 a "
            "symbol not seen yet costs infinitely much."
        )
    kinds = tuple(tied)
    for pairs in kinds:
        tie(source.prototypes[:1], pairs)
    losses = np.empty((len(kinds), seeds, len(sizes), len(amounts)))
    for run, rng in enumerate(np.random.default_rng(seed).spawn(seeds)):
        counts = Counts(source.symbols)
        for drawn, ranks, symbols in blocks(source, amounts, rng):
            counts.add(ranks, symbols)
            for place in np.flatnonzero(amounts == drawn):
                for kind, pairs in enumerate(kinds):
                    losses[kind, run, :, place] = counts.loss(source, sizes, smoothing, pairs)
    size, data, entropy = sizes.astype(float), amounts.astype(float), source.entropy()
    return [LossTable(size, data, each, entropy) for each in losses]


@dataclass(frozen=True)
class Valleys:
    """The lowest loss at each budget, N D = budget.

    Attributes
    ----------
    budget, params, tokens, loss : numpy.ndarray, shape (k,)
        Only budgets whose lowest loss lies inside the table.
    """

    budget: Floats
    params: Floats
    tokens: Floats
    loss: Floats

    def slope(self) -> float:
        """Return the exponent of the budget in the best size, by least squares of logarithms."""
        return float(np.polyfit(np.log(self.budget), np.log(self.params), 1)[0])


def isoflop_losses(table: LossTable, budget: float) -> tuple[Floats, Floats]:
    """Return sizes and mean losses of the learners with N D = `budget`, read off the table.

    The loss is interpolated along log D; sizes whose data lie outside the table are left out.
    """
    data = budget / table.params
    inside = (data >= table.tokens[0]) & (data <= table.tokens[-1])
    mean = table.loss.mean(axis=0)
    losses = [
        np.interp(np.log(d), np.log(table.tokens), row)
        for d, row in zip(data[inside], mean[inside], strict=True)
    ]
    return table.params[inside], np.asarray(losses)


def valleys(table: LossTable, budgets: ArrayLike, reach: int = 3) -> Valleys:
    """Return the lowest point of each isoFLOP profile, by a parabola through its neighbourhood.

    Parameters
    ----------
    table : LossTable
    budgets : array_like
        Values of N D.
    reach : int
        Points on either side that the parabola goes through.
    """
    rows = []
    for budget in np.atleast_1d(np.asarray(budgets, dtype=np.float64)):
        size, loss = isoflop_losses(table, float(budget))
        if len(loss) < 2 * reach + 1:
            continue
        lowest = int(loss.argmin())
        if not reach <= lowest < len(loss) - reach:
            continue
        near = slice(lowest - reach, lowest + reach + 1)
        centre = np.log(size[lowest])
        a, b, c = np.polyfit(np.log(size[near]) - centre, loss[near], 2)
        shift = float(np.clip(-b / (2 * a), -1.0, 1.0)) if a > 0 else 0.0
        best = float(np.exp(centre + shift))
        rows.append((budget, best, budget / best, a * shift**2 + b * shift + c))
    columns = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    return Valleys(*columns)


@dataclass(frozen=True)
class Theory:
    """What the loss of the learner is on average over sources, without drawing anything.

    A context that was visited n times costs r(n) nats more than its entropy. Visits are Poisson
    with mean u = D pi, which makes f(u), the mean of r. The loss above the entropy is then

        sum over kept contexts of pi f(D pi)  +  f(0) times the probability of all others.

    With unlimited data the second sum is A / N^alpha with alpha = s - 1. With unlimited room the
    first one is B / D^beta with beta = (s - 1) / s: putting i = (pi Z)^(-1/s) turns the sum over
    ranks into an integral over u = D pi of Z^(-1/s) / s D^(1/s - 1) u^(-1/s) f(u).

    Parameters
    ----------
    exponent, contexts, symbols, concentration
        Of the source, as in `source.dirichlet`.
    smoothing : float
        Of the learner.
    """

    exponent: float
    contexts: int
    symbols: int
    concentration: float
    smoothing: float

    def regret(self, visits: ArrayLike) -> Floats:
        """Return r(n), the mean loss above the entropy after n visits to a context, nats.

        Exact: if the symbol that comes next is x, the number of earlier visits that ended in x is
        beta-binomial with parameters c + 1 and (V - 1) c.
        """
        c, width, a = self.concentration, self.symbols, self.smoothing
        own = special.digamma(c + 1) - special.digamma(width * c + 1)
        out = []
        for n in np.atleast_1d(np.asarray(visits, dtype=np.int64)):
            k = np.arange(n + 1)
            log_mass = (
                special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
                + special.betaln(k + c + 1, n - k + (width - 1) * c)
                - special.betaln(c + 1, (width - 1) * c)
            )  # fmt: skip
            out.append(own - np.exp(log_mass) @ np.log(k + a) + np.log(n + width * a))
        return np.asarray(out).reshape(np.shape(visits))

    @cached_property
    def _regret_nodes(self) -> tuple[Floats, Floats]:
        few = np.arange(0, 64)
        many = np.unique(np.geomspace(64, 2**15, 60).astype(np.int64))
        nodes = np.concatenate([few, many])
        return nodes.astype(np.float64), self.regret(nodes)

    def visited(self, mean_visits: ArrayLike) -> Floats:
        """Return f(u), the mean loss above the entropy of a context with u visits on average."""
        u = np.asarray(mean_visits, dtype=np.float64)
        # Read off a fine table in logarithms; below it f is constant, above it goes as 1/u.
        log_u, log_f = self._table
        inside = np.interp(np.log(np.maximum(u, 1e-300)), log_u, log_f)
        return np.asarray(np.exp(inside - np.maximum(np.log(np.maximum(u, 1e-300)) - log_u[-1], 0)))

    @cached_property
    def _table(self) -> tuple[Floats, Floats]:
        log_u = np.linspace(np.log(1e-9), np.log(1e9), 6001)
        return log_u, np.log(self._visited(np.exp(log_u)))

    def _visited(self, u: Floats) -> Floats:
        nodes, regret = self._regret_nodes
        # From a few dozen visits on, the scatter of the visits hardly matters: f(u) = r(u).
        logs = np.log(np.maximum(u, 1.0)), np.log(nodes[1:]), np.log(regret[1:])
        smooth = np.exp(np.interp(*logs))
        slope = (logs[2][-1] - logs[2][-8]) / (logs[1][-1] - logs[1][-8])
        smooth = np.where(u > nodes[-1], regret[-1] * (u / nodes[-1]) ** slope, smooth)
        n = np.arange(160)
        few = np.exp(np.interp(np.log(np.maximum(n, 1)), logs[1], logs[2]))
        few[0] = regret[0]
        low = np.minimum(u, 64.0)[..., None]
        weights = np.exp(special.xlogy(n, low) - low - special.gammaln(n + 1))
        return np.asarray(np.where(u < 64, weights @ few, smooth))

    def law(self, entropy: float) -> ParametricLaw:
        """Return the limits as a law: E the entropy, A and alpha, B and beta.

        The law adds the two limits. The loss of the learner is less than their sum where both
        matter: a context for which there is no room need not also be learned.
        """
        s = self.exponent
        normaliser = float(power_sum(s, 1, self.contexts))
        size = float(self.regret(0)) / ((s - 1) * normaliser)
        # B = Z^(-1/s) / s times the integral of u^(-1/s) f(u), in t = log u.
        t = np.linspace(np.log(1e-12), np.log(1e12), 20001)
        values = np.exp(t * (1 - 1 / s)) * self.visited(np.exp(t))
        data = normaliser ** (-1 / s) / s * float(np.trapezoid(values, t))
        # The parts beyond the ends: f is constant below and falls as 1/u above.
        data += normaliser ** (-1 / s) / s * float(values[0] / (1 - 1 / s) + values[-1] * s)
        return ParametricLaw(entropy, size, data, s - 1, (s - 1) / s, "theory")

    def loss(self, entropy: float, params: ArrayLike, tokens: ArrayLike) -> Floats:
        """Return the mean loss at every N and every D, shape (n, m), nats per symbol.

        The N contexts kept are taken to be the N most frequent ones of the source.

        Parameters
        ----------
        entropy : float
            Entropy rate that the loss tends to.
        params : array_like, shape (n,)
            N.
        tokens : array_like, shape (m,)
            D.
        """
        sizes, amounts = np.asarray(params, dtype=float), np.asarray(tokens, dtype=float)
        require_kept(sizes, self.contexts)
        most = float(sizes.max())
        edges = np.arange(0, min(most, 1000.0) + 1)
        if most > 1000:
            far = np.geomspace(1000, most, 2 + int(200 * np.log10(most / 1000)))
            edges = np.concatenate([edges, far[1:]])
        normaliser = float(power_sum(self.exponent, 1, self.contexts))
        beyond = power_sum(self.exponent, edges + 1, self.contexts) / normaliser
        mass = -np.diff(beyond)
        # Probability of the one rank that stands for a bin: its mean over the bin.
        typical = mass / np.diff(edges)
        learned = mass[:, None] * self.visited(typical[:, None] * amounts)
        sums = np.concatenate([np.zeros((1, len(amounts))), np.cumsum(learned, axis=0)])
        kept = np.stack([np.interp(sizes, edges, column) for column in sums.T], axis=1)
        tail = power_sum(self.exponent, sizes + 1, self.contexts) / normaliser
        total: Floats = entropy + kept + float(self.regret(0)) * tail[:, None]
        return total
