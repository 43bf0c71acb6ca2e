"""Teach one learner from two sources, a better and a worse one, and see where it ends up.

The worse source has the contexts of the better one, and follows it except for a share of blunders
of its own. A learner is judged on both sources by its exact loss, and by how often a symbol drawn
from its predictions is the favourite of the better source: its play.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from scalebook.errors import ScalebookError
from scalebook.laboratory.learner import Counts
from scalebook.laboratory.source import Source, blocks
from scalinglaws.units import Floats


@dataclass(frozen=True)
class Course:
    """How a learner stands while it is taught.

    Attributes
    ----------
    tokens : numpy.ndarray, shape (k,)
        Symbols learned so far.
    better, worse : numpy.ndarray, shape (k,)
        Loss on the two sources, nats per symbol.
    play : numpy.ndarray, shape (k,)
        Probability that its play is the favourite of the better source.
    choice : numpy.ndarray, shape (k,)
        Probability of a context in which its own favourite is that of the better source.
    """

    tokens: Floats
    better: Floats
    worse: Floats
    play: Floats
    choice: Floats


def blundering(source: Source, blunders: float, concentration: float, seed: int = 0) -> Source:
    """Return a source that follows `source` except for a share of symbols of its own.

    Parameters
    ----------
    source : Source
    blunders : float
        Share of symbols that come from another distribution, from 0 to 1, the same for every
        visit to a context: mistakes that are made again and again.
    concentration : float
        Dirichlet concentration of these distributions.
    seed : int

    Raises
    ------
    ScalebookError
        If the share is not from 0 to 1.
    """
    own = np.random.default_rng(seed).standard_gamma(concentration, size=source.prototypes.shape)
    own = np.maximum(own, 1e-300)
    return blend(source, Source(source.exponent, source.contexts,
                                own / own.sum(axis=1, keepdims=True)), blunders)  # fmt: skip


def blend(first: Source, second: Source, share: float) -> Source:
    """Return the source that takes each symbol from `second` with probability `share`.

    Raises
    ------
    ScalebookError
        If the share is not from 0 to 1, or the sources differ in their contexts or symbols.
    """
    if not 0 <= share <= 1:
        raise ScalebookError(f"A share of {share:g} was given; expected a number from 0 to 1.")
    if (first.exponent, first.contexts, first.prototypes.shape) != (
        second.exponent, second.contexts, second.prototypes.shape
    ):  # fmt: skip
        raise ScalebookError("Two sources can be blended only if they have the same contexts.")
    mixed = (1 - share) * first.prototypes + share * second.prototypes
    return Source(first.exponent, first.contexts, mixed)


def cross_entropy(truth: Source, model: Source) -> float:
    """Return the loss on one source of a learner that has become another, nats per symbol."""
    lost = special.rel_entr(truth.prototypes, model.prototypes).sum(axis=1)
    return truth.entropy() + float(truth.weights() @ lost)


def play(judge: Source, model: Source) -> float:
    """Return how often a symbol drawn from `model` is the favourite of `judge`."""
    favourite = judge.prototypes.argmax(axis=1)[:, None]
    hits = np.take_along_axis(model.prototypes, favourite, axis=1)[:, 0]
    return float(judge.weights() @ hits)


def pick(judge: Source, model: Source) -> float:
    """Return how often the favourite of `model` is the favourite of `judge`."""
    same = judge.prototypes.argmax(axis=1) == model.prototypes.argmax(axis=1)
    return float(judge.weights() @ same)


def course(
    stages: Sequence[tuple[Source, int]],
    better: Source,
    worse: Source,
    marks: ArrayLike,
    *,
    seed: int = 0,
    smoothing: float = 0.5,
    memory: float = np.inf,
) -> Course:
    """Teach a learner with room for all contexts, one stage after another.

    Parameters
    ----------
    stages : sequence of (Source, int)
        Source and number of symbols of each stage.
    better, worse : Source
        The two it is judged on.
    marks : array_like of int
        Increasing numbers of symbols, counted over all stages, at which it is judged.
    seed : int
    smoothing : float
    memory : float
        Symbols after which a count has faded to 1/e.

    Raises
    ------
    ScalebookError
        If a mark lies beyond the last stage.
    """
    points = np.unique(np.asarray(marks, dtype=np.int64))
    ends = np.cumsum([count for _, count in stages])
    if not len(points) or points[-1] > ends[-1] or points[0] < 1:
        found = f"{points[0]} to {points[-1]}" if len(points) else "none"
        raise ScalebookError(
            f"The marks must lie from 1 to {ends[-1]} symbols, the length of all stages; got "
            f"{found}. Leave out those beyond, or make a stage longer."
        )
    rng = np.random.default_rng(seed)
    counts = Counts(better.symbols, memory)
    rows = []
    for (teacher, _), start, end in zip(stages, [0, *ends[:-1]], ends, strict=True):
        inside = points[(points > start) & (points <= end)]
        for drawn, ranks, symbols in blocks(teacher, np.append(inside, end) - start, rng):
            counts.add(ranks, symbols)
            if start + drawn in inside:
                rows.append(_judge(counts, better, worse, smoothing))
    return Course(
        points.astype(np.float64), *(np.array(column) for column in zip(*rows, strict=True))
    )


def skills(
    source: Source,
    groups: Sequence[tuple[int, int]],
    marks: ArrayLike,
    *,
    seed: int = 0,
    smoothing: float = 0.5,
) -> tuple[Floats, Floats]:
    """Return how many contexts of each group a learner has mastered, and its loss.

    A context is mastered when the symbol that the learner thinks likeliest is the source's
    favourite; one never visited counts 1 / V.

    Parameters
    ----------
    source : Source
    groups : sequence of (int, int)
        First and last rank of each group.
    marks : array_like of int, shape (k,)
        Increasing numbers of symbols.
    seed : int
    smoothing : float

    Returns
    -------
    mastered : numpy.ndarray, shape (len(groups), k)
        Share of the group's contexts.
    loss : numpy.ndarray, shape (k,)
        Nats per symbol, of a learner with room for all.
    """
    points = np.unique(np.asarray(marks, dtype=np.int64))
    mastered, losses = np.empty((len(groups), len(points))), np.empty(len(points))
    counts = Counts(source.symbols)
    for drawn, ranks, symbols in blocks(source, points, np.random.default_rng(seed)):
        counts.add(ranks, symbols)
        for place in np.flatnonzero(points == drawn):
            favourite = source.next_symbol(counts.ranks).argmax(axis=1)
            right = counts.table.argmax(axis=1) == favourite
            for row, (first, last) in enumerate(groups):
                inside = (counts.ranks >= first) & (counts.ranks <= last)
                size = last - first + 1
                unseen = (size - inside.sum()) / source.symbols
                mastered[row, place] = (right[inside].sum() + unseen) / size
            losses[place] = counts.loss(source, np.array([len(counts.ranks)]), smoothing)[0]
    return mastered, losses


def _judge(
    counts: Counts, better: Source, worse: Source, smoothing: float
) -> tuple[float, float, float, float]:
    weight = better.probability(counts.ranks)
    unseen = 1 - weight.sum()
    predicted = counts.predictions(smoothing)
    logs = np.log(predicted)
    first, second = (
        unseen * np.log(judge.symbols)
        - float(weight @ np.einsum("uv,uv->u", judge.next_symbol(counts.ranks), logs))
        for judge in (better, worse)
    )
    favourite = better.next_symbol(counts.ranks).argmax(axis=1)[:, None]
    hits = np.take_along_axis(predicted, favourite, axis=1)[:, 0]
    chosen = predicted.argmax(axis=1) == favourite[:, 0]
    guessed = unseen / better.symbols
    return first, second, float(weight @ hits + guessed), float(weight @ chosen + guessed)
