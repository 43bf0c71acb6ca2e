"""Parameters with and without embeddings: N_total = N + omega N^(1/3) (Pearce and Song 2024).

Kaplan et al. 2020 count parameters and compute without the embeddings, Hoffmann et al. 2022 with.
"""

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.units import Floats, positive


def total_params(params: ArrayLike, embedding: float) -> Floats:
    """Return the parameters with embeddings of models with `params` without.

    Parameters
    ----------
    params : array_like
        N without embeddings, > 0.
    embedding : float
        omega in N + omega N^(1/3) (Pearce and Song 2024, Section 3), >= 0.

    Returns
    -------
    numpy.ndarray
        N_total, of the shape of `params`.

    Raises
    ------
    ValueError
        If `params` is not positive or `embedding` is negative.

    Examples
    --------
    Embeddings are most of a small model and little of a large one, with the omega that Pearce and
    Song fit to the models of Hoffmann et al. 2022:

    >>> from scalinglaws import printed
    >>> omega = printed("pearce2024.embedding.coefficient").value
    >>> [f"{total:.3g}" for total in total_params([1e6, 1e9], omega)]
    ['5.75e+06', '1.05e+09']
    """
    size = positive(params, "params")
    return size + _checked(embedding) * np.cbrt(size)


def non_embedding_params(total: ArrayLike, embedding: float) -> Floats:
    """Return the parameters without embeddings of models with `total` parameters.

    The inverse of `total_params`, from the one real root of x^3 + omega x = total.

    Parameters
    ----------
    total : array_like
        N_total with embeddings, > 0.
    embedding : float
        omega, as for `total_params`.

    Returns
    -------
    numpy.ndarray
        N, of the shape of `total`.

    Raises
    ------
    ValueError
        If `total` is not positive or `embedding` is negative.

    Examples
    --------
    2^3 + 5 x 2 = 18:

    >>> round(float(non_embedding_params(18, embedding=5)), 6)
    8.0
    """
    size = positive(total, "total")
    if _checked(embedding) < 1e-100:  # nothing to subtract, and its power would underflow
        return size
    scale = np.sqrt(embedding / 3.0)
    root = 2.0 * scale * np.sinh(np.arcsinh(size / (2.0 * scale**3)) / 3.0)
    return np.asarray(root**3)[()]


def elasticity(params: ArrayLike, embedding: float) -> Floats:
    """Return d ln N_total / d ln N: 1/3 where embeddings are all, 1 where they are nothing.

    With u = omega N^(-2/3) it is (1 + u/3) / (1 + u), the derivative of the count in closed form.

    Parameters
    ----------
    params : array_like
        N without embeddings, > 0.
    embedding : float
        omega, as for `total_params`.

    Returns
    -------
    numpy.ndarray
        Dimensionless, 1/3 to 1, of the shape of `params`.

    Raises
    ------
    ValueError
        If `params` is not positive or `embedding` is negative.

    Examples
    --------
    With the omega of Pearce and Song:

    >>> elasticity([1e3, 1e6, 1e9, 1e12], 47491).round(2)
    array([0.33, 0.45, 0.97, 1.  ])
    """
    u = embedding_ratio(params, embedding)
    slope: Floats = (1.0 + u / 3.0) / (1.0 + u)
    return slope


def _checked(embedding: float) -> float:
    """Return omega, or complain that it is negative; ValueError."""
    if not embedding >= 0:
        raise ValueError(f"embedding must not be negative, got {embedding:g}.")
    return embedding


def embedding_ratio(params: ArrayLike, embedding: float) -> Floats:
    """Return the embedding's parameters per parameter counted, omega N^(-2/3).

    Parameters
    ----------
    params : array_like
        N without embeddings, > 0.
    embedding : float
        omega, as for `total_params`.

    Returns
    -------
    numpy.ndarray
        Dimensionless, >= 0, of the shape of `params`.

    Raises
    ------
    ValueError
        If `params` is not positive or `embedding` is negative.

    Examples
    --------
    >>> embedding_ratio([1e6, 1e9], 47491).round(3)
    array([4.749, 0.047])
    """
    size = positive(params, "params")
    ratio: Floats = _checked(embedding) * size ** (-2.0 / 3.0)
    return ratio
