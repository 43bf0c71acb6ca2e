"""Bands about an extrapolated law: how wide they must be to hold what they say.

The width is not derived from the runs at hand: no resampling of them knows what their law leaves
out. It is the width that would have held the larger runs of other laboratories. Of a run h times
larger than the largest at hand it is

    half-width of log loss = scale x exp(c0 + c1 (log10 h - 0.8)),

where the scale says how well this law is known for that run, and c0 and c1, the same for all
tables, are read from ``calibration.csv`` (see `calibration`).
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from scalinglaws import datapackage
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import Array
from scalinglaws.prediction import discrepancy
from scalinglaws.prediction.centre import Centre, above_frontier, centred
from scalinglaws.prediction.discrepancy import Discrepancy
from scalinglaws.runs import Runs

Band = Literal["discrepancy", "powermean", "size"]

#: Largest h up to which each band has been tried on enough laboratories.
REACH: dict[Band, float] = {"discrepancy": 100.0, "powermean": 100.0, "size": 30.0}
#: log10 h at which c0 stands: the middle of what is calibrated.
MIDDLE = 0.8
#: Unit of scales, log loss.
UNIT = 0.01

_ASIDE = 0.2  # share above the frontier at which the scale has doubled


@dataclass(frozen=True)
class Extrapolation:
    """A table's law for larger runs, and how well it is known.

    Attributes
    ----------
    law : Centre
        With an exponent of the data that varies with size, fitted to runs within 10% of the
        frontier.
    left : Discrepancy
        What it leaves over.
    power : Discrepancy
        The same of the power mean, fitted to runs within 10% of the frontier.
    simple : Centre
        The power mean, fitted to runs within 5% of it.
    largest : float
        6 N D of the largest run, FLOP.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> found = extrapolation(read_runs("llama3"))
    >>> there = found.at([4.05e11], [1.56e13])
    >>> there.h.round(-1), np.exp(there.log_loss).round(2), there.scale.round(3)
    (array([3790.]), array([0.6]), array([0.01]))
    """

    law: Centre
    left: Discrepancy
    power: Discrepancy
    simple: Centre
    largest: float

    def at(self, params: ArrayLike, tokens: ArrayLike) -> "Points":
        """Return what is known of runs.

        Parameters
        ----------
        params, tokens : array_like, shape (m,)
            N and D, > 0.

        Returns
        -------
        Points
            Of the m runs.
        """
        params, tokens = np.broadcast_arrays(*map(np.atleast_1d, (params, tokens)))
        law = self.law.log_loss(params, tokens)
        left, _ = self.left.at(params, tokens)
        power = self.power.centre
        _, deviation = self.power.at(params, tokens)
        apart = law - power.log_loss(params, tokens)
        known = np.sqrt(deviation**2 + power.error(params, tokens) ** 2 + apart**2)
        above = np.maximum(above_frontier(self.law, params, tokens), 0.0)
        return Points(
            h=6 * params * tokens / self.largest,
            law=law,
            log_loss=law + left,
            scale=np.sqrt(known * UNIT) * (1 + above / _ASIDE),
            above=above,
            error=self.law.error(params, tokens),
            simple=self.simple.log_loss(params, tokens),
        )


@dataclass(frozen=True)
class Points:
    """What is known of m runs; arrays of shape (m,).

    Attributes
    ----------
    h : numpy.ndarray
        Compute, 6 N D, over that of the largest run at hand.
    law, simple : numpy.ndarray
        Log loss by the law alone, and by the power mean.
    log_loss : numpy.ndarray
        By the law with what it leaves over: the middle of the band.
    scale : numpy.ndarray
        Of the band, log loss: the root of s times 1%, where s joins the standard deviation of the
        process about the power mean, the standard error of the power mean, and how far the two laws
        are apart; larger for a run that is predicted to lie far above the frontier.
    above : numpy.ndarray
        How far above the frontier, log loss.
    error : numpy.ndarray
        Standard error of `law` if its form is right.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> there = extrapolation(read_runs("marin-dclm")).at([1e9, 1e10], [2e10, 2e11])
    >>> there.h.round(1), bool(there.scale[0] < there.scale[1])
    (array([ 0.3, 29.7]), True)
    """

    h: Array
    law: Array
    log_loss: Array
    scale: Array
    above: Array
    error: Array
    simple: Array


def extrapolation(runs: Runs) -> Extrapolation:
    """Fit what larger runs are predicted by.

    Parameters
    ----------
    runs : Runs
        n of them, without copies.

    Returns
    -------
    Extrapolation
        Two laws, and what each leaves over.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> found = extrapolation(read_runs("marin-dclm"))
    >>> len(found.law.runs), len(found.simple.runs), f"{found.largest:.2g}"
    (79, 64, '4e+20')
    """
    law = centred(runs, "varying", within=0.1)
    power = centred(runs, "powermean", within=0.1)
    simple = centred(runs, "powermean", within=0.05, near=power.values)
    largest = float(np.max(6 * runs.params * runs.tokens))
    return Extrapolation(law, discrepancy.fitted(law), discrepancy.fitted(power), simple, largest)


@dataclass(frozen=True)
class Multiple:
    """The stored half-width over the scale, exp(c0 + c1 (log10 h - 0.8)), of one level.

    Attributes
    ----------
    c0, c1 : float
        Dimensionless.

    Examples
    --------
    >>> Multiple(np.log(3.0), 0.0)(np.array([0.1, 1.0, 50.0]))
    array([3., 3., 3.])
    """

    c0: float
    c1: float

    def __call__(self, h: ArrayLike) -> Array:
        """Return the multiple at h, shape of `h`; below 1, that at 1."""
        x = np.log10(np.maximum(h, 1.0)) - MIDDLE
        return np.asarray(np.exp(self.c0 + self.c1 * x))


class _Stored:
    """The rows of ``calibration.csv``, read once."""

    @cached_property
    def rows(self) -> dict[tuple[str, str], list[tuple[float, float, float]]]:
        found: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
        for row in datapackage.rows("calibration"):
            place = found.setdefault((row["band"], row["without"]), [])
            place.append((row["level"], row["c0"], row["c1"]))
        return found


_STORED = _Stored()


def stored_levels() -> tuple[float, float]:
    """Return the lowest and the highest level that the stored calibration has.

    Returns
    -------
    low, high : float
        Coverages.

    Examples
    --------
    >>> stored_levels()
    (0.5, 0.98)
    """
    levels = [level for level, _, _ in _STORED.rows["discrepancy", ""]]
    return min(levels), max(levels)


@cache
def multiple(band: Band, level: float, without: str = "") -> Multiple:
    """Return the stored multiple of a band.

    Parameters
    ----------
    band : {"discrepancy", "powermean", "size"}
        About `Points.log_loss`, about `Points.simple`, or about the optimal size. The second's
        scale is 1% of the loss for every run; the third's multiple is itself the logarithm of the
        factor of the size.
    level : float
        Coverage. Between those stored, c0 and c1 are interpolated in the logarithm of the normal
        quantile.
    without : str
        A laboratory of the calibration that is left out of it: for tables that it is made of.

    Returns
    -------
    Multiple
        Of that level.

    Raises
    ------
    ScalingLawsError
        If the level is outside of those stored, or there is no such laboratory.

    Examples
    --------
    >>> wide, narrow = multiple("discrepancy", 0.95), multiple("discrepancy", 0.8)
    >>> bool((wide([1, 10, 100]) > narrow([1, 10, 100])).all())
    True
    """
    known = sorted({name for _, name in _STORED.rows if name})
    if without and without not in known:
        raise ScalingLawsError(
            f"{without!r} is no laboratory of the calibration; expected one of {', '.join(known)}."
        )
    rows = _STORED.rows.get((band, without)) or _STORED.rows[band, ""]  # it may have had no part
    levels, c0, c1 = np.array(sorted(rows)).T
    low, high = levels.min(), levels.max()
    if not low <= level <= high:
        raise ScalingLawsError(
            f"level is {level:g}; the calibration holds levels from {low:g} to {high:g}."
        )
    places = np.log(ndtri((1 + levels) / 2))
    at = np.log(ndtri((1 + level) / 2))
    return Multiple(float(np.interp(at, places, c0)), float(np.interp(at, places, c1)))


@cache
def laboratory_of(suite: str) -> str:
    """Return the laboratory of the calibration that a table is of.

    Parameters
    ----------
    suite : str
        Name of a suite or table, as `Runs.name` has it.

    Returns
    -------
    str
        Empty for a table that is not in the calibration.

    Examples
    --------
    >>> laboratory_of("marin-dclm"), laboratory_of("mine.csv")
    ('marin', '')
    """
    names = {row["suite"]: row["laboratory"] for row in datapackage.rows("calibration_suites")}
    return str(names.get(suite.removesuffix(".csv").rpartition(", suite ")[2].strip("'"), ""))
