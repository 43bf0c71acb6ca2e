"""Approach 1 of Hoffmann et al. 2022: the lower envelope of training curves.

A model of fixed size is followed through its training; at each compute the size with the lowest
loss so far is the best, and a line through log size against log compute has the slope a. The paper
published no training curves, so these are drawn from a law: the loss of a run at compute C is that
of a run planned to end there. Real curves lie higher until their learning rate has decayed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import Array
from scalinglaws.laws import ParametricLaw
from scalinglaws.units import tokens_from_flop


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
