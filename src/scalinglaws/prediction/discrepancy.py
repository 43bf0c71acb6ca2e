"""What a law leaves over, as a Gaussian process in the logarithms of size and data.

A form that is wrong is wrong smoothly: the residuals of runs of like size and data agree (Kennedy
and O'Hagan 2001, doi:10.1111/1467-9868.00294). Near the runs the process corrects the law; far from
them it returns to the law, with a standard deviation that says how wrong the law has been.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.fitting.model import Array
from scalinglaws.prediction.centre import Centre

#: Correlation lengths that are tried, in natural logarithms of size and of data.
LENGTHS = (1.0, 2.0, 4.0, 8.0)

# Log loss; exponential priors, which prefer a law without discrepancy (Simpson et al. 2017,
# doi:10.1214/16-STS576).
_AMPLITUDE, _NOISE = 0.01, 0.01
_SIZES = np.geomspace(1e-4, 0.3, 41)
_LEAST = 1e-12


@dataclass(frozen=True)
class Discrepancy:
    """A Gaussian process that n residuals were drawn from.

    Attributes
    ----------
    centre : Centre
        Whose residuals.
    length : float
        Correlation length, in natural logarithms of size and of data.
    amplitude, noise : float
        Standard deviations of the process and of single runs about it, log loss.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> from scalinglaws.prediction.centre import centred
    >>> found = fitted(centred(read_runs("llama3"), "varying", within=0.1))
    >>> found.length, round(found.amplitude, 4), round(found.noise, 4)
    (1.0, 0.0055, 0.0013)
    """

    centre: Centre = field(repr=False)
    length: float
    amplitude: float
    noise: float
    _factor: Array = field(repr=False)

    def at(self, params: ArrayLike, tokens: ArrayLike) -> tuple[Array, Array]:
        """Return mean and standard deviation of what the law leaves over in a new run.

        Parameters
        ----------
        params, tokens : array_like, shape (m,)
            N and D, > 0, broadcast against each other.

        Returns
        -------
        mean, deviation : numpy.ndarray, shape (m,)
            Log loss; the deviation has the noise of a single run in it.
        """
        there = np.stack(np.broadcast_arrays(np.log(params), np.log(tokens)), axis=-1)
        runs = self.centre.runs
        here = np.log(np.stack([runs.params, runs.tokens], axis=-1))
        root = np.sqrt(self.centre.weights)
        across = self.amplitude**2 * correlations(there, here, self.length) * root
        half = across @ self._factor
        mean = half @ (self._factor.T @ (root * self.centre.residuals))
        left = self.amplitude**2 - np.sum(half * half, axis=1)
        return mean, np.sqrt(np.maximum(left, 0.0) + self.noise**2)


def fitted(centre: Centre) -> Discrepancy:
    """Fit the process to a law's residuals, by marginal likelihood.

    Parameters
    ----------
    centre : Centre
        Of n runs; the n x n correlations are held in memory.

    Returns
    -------
    Discrepancy
        The length, amplitude and noise of largest posterior density.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> from scalinglaws.prediction.centre import centred
    >>> left = fitted(centred(read_runs("marin-dclm"), "chinchilla", within=0.1))
    >>> mean, deviation = left.at([1e9, 1e11], [2e10, 2e12])
    >>> bool(deviation[0] < deviation[1])
    True
    """
    here = np.log(np.stack([centre.runs.params, centre.runs.tokens], axis=-1))
    root = np.sqrt(centre.weights)
    best: tuple[float, float, float, float] | None = None
    kept: tuple[Array, Array] = np.empty(0), np.empty((0, 0))
    for length in LENGTHS:
        values, axes = np.linalg.eigh(root[:, None] * correlations(here, here, length) * root)
        values = np.maximum(values, 0.0)
        z = (axes.T @ (root * centre.residuals)) ** 2
        a, t = (each.ravel()[:, None] for each in np.meshgrid(_SIZES, _SIZES))
        variance = a * a * values + t * t
        score = -np.sum(z / variance + np.log(variance), axis=1) / 2
        score = score - (a / _AMPLITUDE + t / _NOISE).ravel()
        top = int(np.argmax(score))
        if best is None or score[top] > best[0]:
            best = float(score[top]), length, float(a[top, 0]), float(t[top, 0])
            kept = values, axes
    assert best is not None
    _, length, amplitude, noise = best
    factor = kept[1] / np.sqrt(amplitude**2 * kept[0] + noise**2 + _LEAST)
    return Discrepancy(centre, length, amplitude, noise, factor)


def correlations(first: Array, second: Array, length: float) -> Array:
    """Return the correlations of such a process between two sets of places.

    Parameters
    ----------
    first, second : numpy.ndarray, shapes (m, 2) and (n, 2)
        Log size and log data.
    length : float
        Correlation length, > 0, in the same unit.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        Of a squared exponential (textbook).

    Examples
    --------
    >>> correlations(np.zeros((1, 2)), np.array([[0.0, 0.0], [1.0, 1.0]]), 1.0).round(3)
    array([[1.   , 0.368]])
    """
    apart = ((first[:, None] - second[None]) ** 2).sum(axis=-1)
    return np.asarray(np.exp(-apart / (2 * length**2)))
