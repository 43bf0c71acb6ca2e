"""Approach 1 of Hoffmann et al. 2022: the lower envelope of training curves.

A model of fixed size is followed through its training; at each compute the size with the lowest
loss so far is the best, and a line through log size against log compute has the slope a. The paper
published no training curves. `curves` draws them from a law: the loss of a run at compute C is that
of a run planned to end there; real curves lie higher until their learning rate has decayed.
`curves_of` takes a table in which sizes were read at several amounts of data.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import Array
from scalinglaws.laws import ParametricLaw
from scalinglaws.runs import Runs
from scalinglaws.units import tokens_from_flop, training_flop

_POINTS = 60  # at most; where the curves of a table are read


@dataclass(frozen=True)
class Envelope:
    """Best sizes along compute.

    Attributes
    ----------
    params : ndarray, shape (..., m)
        Best size at each compute, parameters.
    loss : ndarray, shape (..., m)
        Its loss, nats per token.
    inside : ndarray of bool, shape (..., m)
        Whether that is neither the smallest nor the largest size with a reading there: at the ends
        the envelope cannot move on, and its slope is zero.
    a, a_inside : ndarray, shape (...)
        Slope of log size on log compute, by least squares, of all readings and of those inside; NaN
        where fewer than two are.

    Examples
    --------
    Sizes far apart each win over a long stretch:

    >>> from scalinglaws import published
    >>> law, N, C = published["besiroglu2024"], [1e8, 1e9, 1e10], np.geomspace(1e18, 1e22, 5)
    >>> found = fit_envelope(N, C, curves(law, N, C))
    >>> found.params, found.inside
    (array([1.e+08, 1.e+08, 1.e+09, 1.e+09, 1.e+10]), array([False, False,  True,  True, False]))
    >>> round(float(found.a), 2), abs(round(float(found.a_inside), 2))
    (0.5, 0.0)
    """

    params: Array
    loss: Array
    inside: NDArray[np.bool_]
    a: Array
    a_inside: Array


def curves(law: ParametricLaw, params: ArrayLike, compute: ArrayLike) -> Array:
    """Return the loss of each size at each compute, with C = 6 N D.

    Parameters
    ----------
    law : ParametricLaw
        Law of the loss, of single constants.
    params : array_like, shape (k,)
        Model sizes, > 0.
    compute : array_like, shape (m,)
        FLOP, > 0.

    Returns
    -------
    ndarray, shape (k, m)
        Nats per token.

    Raises
    ------
    ValueError
        If any size or compute is not positive.

    Notes
    -----
    C = 6 N D is Kaplan et al. 2020, Section 2.1.

    Examples
    --------
    >>> from scalinglaws import published
    >>> curves(published["besiroglu2024"], [1e8, 1e9], [1e19, 1e20, 1e21]).round(2)
    array([[2.99, 2.78, 2.68],
           [3.06, 2.55, 2.34]])
    """
    size = np.asarray(params, dtype=float)[:, None]
    return np.asarray(law.loss(size, tokens_from_flop(compute, size)))


@dataclass(frozen=True)
class Curves:
    """Training curves of a table, read at the same compute by interpolation in the logarithms.

    Attributes
    ----------
    params : ndarray, shape (k,)
        Sizes that have a curve, ascending.
    compute : ndarray, shape (m,)
        Where the curves are read, FLOP, ascending.
    left, right : ndarray of int, shape (k, m)
        Rows of the runs on either side of a reading.
    share : ndarray, shape (k, m)
        Weight of the right one, 0 to 1; NaN where a size has no reading.

    Examples
    --------
    Five sizes, each trained for several lengths, of a law that is known:

    >>> from scalinglaws import published
    >>> law, side = published["besiroglu2024"], np.geomspace(1e9, 1e11, 9)
    >>> params, tokens = np.repeat(np.geomspace(1e8, 1e10, 5), 9), np.tile(side, 5)
    >>> runs = Runs(params, tokens, law.loss(params, tokens))
    >>> found = curves_of(runs)
    >>> best = found.params[found.read(np.log(runs.loss)).argmin(axis=0)]  # grows with compute
    >>> f"{best[0]:.2g} {best[-1]:.2g}"
    '3.2e+08 3.2e+09'
    """

    params: Array
    compute: Array
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    share: Array

    def read(self, log_loss: Array) -> Array:
        """Return the loss of each size at each compute.

        Parameters
        ----------
        log_loss : ndarray, shape (n,)
            Log loss of the runs that the curves were made of.

        Returns
        -------
        ndarray, shape (k, m)
            Nats per token (log-linear interpolation, textbook); infinite where a size has no
            reading.
        """
        read = np.exp(log_loss[self.left] * (1 - self.share) + log_loss[self.right] * self.share)
        return np.asarray(np.where(np.isnan(self.share), np.inf, read))


def curves_of(runs: Runs) -> Curves:
    """Return the curves of the sizes that were read at several amounts of data.

    Parameters
    ----------
    runs : Runs
        Rows of one size are readings of its curve.

    Returns
    -------
    Curves
        Read where at least three sizes have a reading, at up to 60 values of compute 6 N D, even in
        its logarithm.

    Raises
    ------
    ScalingLawsError
        If fewer than three sizes were, or at fewer than three values of compute three of them.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> len(np.unique(runs.params)), len(curves_of(runs).params)  # all sizes, those with a curve
    (129, 68)
    """
    sizes, label, counts = np.unique(runs.params, return_inverse=True, return_counts=True)
    own = np.flatnonzero(counts >= 2)
    if len(own) < 3:
        raise ScalingLawsError(
            f"{len(own)} sizes were read at more than one amount of data, and an envelope needs at "
            "least three: give training curves, or the same sizes trained for several lengths"
        )
    log_c = np.log(training_flop(runs.params, runs.tokens))
    grid = np.linspace(log_c.min(), log_c.max(), _POINTS)
    order = np.argsort(log_c, kind="stable")
    read = [_between(log_c, order[label[order] == k], grid) for k in own]
    left, right, share = (np.array(part) for part in zip(*read, strict=True))
    keep = np.isfinite(share).sum(axis=0) >= 3
    if keep.sum() < 3:
        raise ScalingLawsError(
            "the curves of the sizes hardly overlap: at fewer than three amounts of compute were "
            "three sizes read, and an envelope needs them side by side"
        )
    return Curves(sizes[own], np.exp(grid[keep]), left[:, keep], right[:, keep], share[:, keep])


def _between(
    x: Array, rows: NDArray[np.intp], grid: Array
) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Return the rows on either side of each place of a grid, and the share of the right one."""
    place = np.clip(np.searchsorted(x[rows], grid), 1, len(rows) - 1)
    left, right = rows[place - 1], rows[place]
    width = np.maximum(x[right] - x[left], 1e-12)  # of two readings at the same compute
    inside = (grid >= x[rows[0]]) & (grid <= x[rows[-1]])
    return left, right, np.where(inside, np.clip((grid - x[left]) / width, 0, 1), np.nan)


def fit_envelope(params: ArrayLike, compute: ArrayLike, loss: ArrayLike) -> Envelope:
    """Find the best size at each compute and the power law through them.

    Parameters
    ----------
    params : array_like, shape (k,)
        Model sizes, > 0, ascending; k >= 3.
    compute : array_like, shape (m,)
        FLOP, > 0.
    loss : array_like, shape (..., k, m)
        Loss of each size at each compute, nats per token; infinite where a size has no reading.

    Returns
    -------
    Envelope
        Best sizes, their losses and the slopes.

    Raises
    ------
    ScalingLawsError
        If there are fewer than three sizes, so that none is inside.

    Examples
    --------
    With sizes close together the slope is that of the law's optimum, beta / (alpha + beta):

    >>> from scalinglaws import published
    >>> law, N = published["besiroglu2024"], np.geomspace(1e7, 1e11, 60)
    >>> C = np.geomspace(1e18, 1e22, 50)
    >>> round(float(fit_envelope(N, C, curves(law, N, C)).a), 2), round(law.a, 2)
    (0.51, 0.51)
    """
    size = np.asarray(params, dtype=float)
    if len(size) < 3:
        raise ScalingLawsError(
            f"{len(size)} sizes have no envelope: at least three are needed, so that one lies "
            "between the smallest and the largest."
        )
    losses = np.asarray(loss, dtype=float)
    best = losses.argmin(axis=-2)
    read = np.isfinite(losses)
    last = len(size) - 1 - read[..., ::-1, :].argmax(axis=-2)
    inside = (best > read.argmax(axis=-2)) & (best < last)
    log_size, log_c = np.log(size)[best], np.log(np.asarray(compute, dtype=float))
    return Envelope(
        params=size[best],
        loss=losses.min(axis=-2),
        inside=inside,
        a=_slope(log_c, log_size, np.ones_like(log_size)),
        a_inside=_slope(log_c, log_size, inside.astype(float)),
    )


def _slope(x: Array, y: Array, weights: Array) -> Array:
    total = weights.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        x_mean = (weights * x).sum(axis=-1) / total
        off = weights * (x - x_mean[..., None])
        slope = (off * y).sum(axis=-1) / (off * x).sum(axis=-1)
    return np.asarray(np.where(total >= 2, slope, np.nan))
