"""Kaplan et al. 2020 from Hoffmann et al. 2022: what counting without embeddings does.

Kaplan et al. count parameters and compute without the embeddings, Hoffmann et al. with them. With
the count of Pearce and Song 2024, N_total = N + omega N^(1/3), a law of total size becomes one of
counted size, and its optimum at equal counted compute C = 6 N D no longer follows a power.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalebook.errors import ScalebookError
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum.counting import elasticity, embedding_ratio, total_params
from scalinglaws.runs import Runs
from scalinglaws.units import Floats, positive, tokens_from_flop, training_flop


@dataclass(frozen=True)
class CountedOptimum:
    """Compute-optimal runs as one sees them who counts without embeddings; fields of one shape.

    Parameters
    ----------
    params : numpy.ndarray
        N without embeddings.
    tokens : numpy.ndarray
        D.
    compute : numpy.ndarray
        6 N D, FLOP.
    loss : numpy.ndarray
        Nats per token.
    exponent : numpy.ndarray
        d ln N / d ln C, the local exponent of size.
    loss_exponent : numpy.ndarray
        -d ln L / d ln C, the local exponent of the loss.
    """

    params: Floats
    tokens: Floats
    compute: Floats
    loss: Floats
    exponent: Floats
    loss_exponent: Floats


def counted_optima(law: ParametricLaw, params: ArrayLike, embedding: float) -> CountedOptimum:
    """Return the budget, in counted compute, at which each size is the best one.

    With s the elasticity of total in counted size, the loss at fixed 6 N D is lowest where
    alpha s A / N_total^alpha equals beta B / D^beta; call both m. Then D, C and the slopes follow,
    and by the envelope theorem dL / d ln C = -m.

    Parameters
    ----------
    law : ParametricLaw
        Law of total parameters; an ensemble broadcasts against `params`.
    params : array_like
        N without embeddings, > 0.
    embedding : float
        omega of `total_params`.

    Raises
    ------
    ValueError
        If `params` is not positive or `embedding` is negative.
    """
    size = positive(params, "params")
    slope = elasticity(size, embedding)
    total = total_params(size, embedding)
    pull = law.alpha * slope * law.A * total ** -np.asarray(law.alpha)
    tokens = (law.beta * law.B / pull) ** (1.0 / np.asarray(law.beta))
    loss = law.loss(total, tokens)
    parts = np.broadcast_arrays(
        size, tokens, training_flop(size, tokens), loss,
        local_exponent(law, size, embedding), pull / loss)  # fmt: skip
    return CountedOptimum(*(part[()] for part in parts))


def local_exponent(law: ParametricLaw, params: ArrayLike, embedding: float) -> Floats:
    """Return d ln N / d ln C of the optimum at size N, both counted without embeddings.

    beta / (beta + alpha s - d ln s / d ln N), with s the elasticity of the total. It goes from
    beta / (alpha/3 + beta) for small models to beta / (alpha + beta) for large ones, not always
    monotonically: in between it exceeds both where the share of the embeddings falls fastest. NaN
    where the balance of size and data is no minimum, which takes a beta below 0.18.

    Raises
    ------
    ValueError
        If `params` is not positive or `embedding` is negative.
    """
    u = embedding_ratio(params, embedding)
    bend = (4.0 / 3.0) * u / ((3.0 + u) * (1.0 + u))
    stiffness = np.asarray(law.beta + law.alpha * elasticity(params, embedding) - bend)
    return np.asarray(law.beta / np.where(stiffness > 0, stiffness, np.nan))[()]


def limits(law: ParametricLaw) -> tuple[float | Floats, float | Floats]:
    """Return the local exponents of size of very small and of very large models."""
    return law.beta / (law.alpha / 3.0 + law.beta), law.beta / (law.alpha + law.beta)


def path_exponent(law: ParametricLaw, smallest: float, largest: float, embedding: float, points: int = 400) -> Floats:  # fmt: skip
    """Return the slope of one straight line through ln N against ln C of the optima.

    Least squares over sizes that are even in the logarithm, each at its own optimal budget. NaN
    where some size on the way is optimal at no budget.

    Parameters
    ----------
    law : ParametricLaw
        An ensemble of shape (S,) gives slopes of shape (S,).
    smallest, largest : float
        N without embeddings, 0 < smallest < largest.
    embedding : float
    points : int
        Sizes.

    Raises
    ------
    ScalebookError
        If the range is empty.
    """
    sizes = _range(smallest, largest, points)
    counted = counted_optima(law, sizes if np.ndim(law.beta) == 0 else sizes[:, None], embedding)
    slope = _slope(np.log(counted.compute), np.log(counted.params))
    return np.where(np.isnan(counted.exponent).any(axis=0), np.nan, slope)[()]


class Frontier(Runs):
    """The best of a grid of sizes at each of many budgets, with size and compute as they are counted."""

    @property
    def exponent(self) -> float:
        """Slope of ln N against ln C, least squares over the budgets."""
        return float(_slope(np.log(self.flop), np.log(self.params)))


def training_frontier(law: ParametricLaw, sizes: ArrayLike, budgets: ArrayLike, embedding: float) -> Frontier:  # fmt: skip
    """Return the lower envelope of the training curves of a few sizes, as Kaplan et al. found it.

    Every size is trained on D = C / (6 N) tokens at every budget, and the lowest loss wins
    (Pearce and Song 2024, Section 3).

    Parameters
    ----------
    law : ParametricLaw
        Law of total parameters, a single one.
    sizes : array_like, shape (k,)
        N without embeddings.
    budgets : array_like, shape (n,)
        C counted without embeddings, FLOP.
    embedding : float

    Raises
    ------
    ValueError
        If sizes or budgets are not positive.
    """
    size, compute = positive(sizes, "sizes"), positive(budgets, "budgets")
    tokens = tokens_from_flop(compute[:, None], size)
    losses = law.loss(total_params(size, embedding), tokens)
    best = np.arange(len(compute)), np.argmin(losses, axis=1)
    return Frontier(size[best[1]], tokens[best], losses[best], flop=compute)


def _range(smallest: float, largest: float, points: int) -> Floats:
    if not 0 < smallest < largest:
        raise ScalebookError(f"The range of sizes goes from {smallest:g} to {largest:g} parameters; the smallest must be positive and below the largest.")  # fmt: skip
    return np.geomspace(smallest, largest, points)


def _slope(x: Floats, y: Floats) -> Floats:
    """Least-squares slope over the first axis."""
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    slope: Floats = np.asarray((x * y).sum(axis=0) / (x * x).sum(axis=0))
    return slope
