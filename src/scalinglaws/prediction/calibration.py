"""How wide bands must be: every public suite cut at every budget, and its larger runs predicted.

The stored tables are made by ``make calibration``. A suite is cut wherever enough is left below
(`splits`), the smaller runs are fitted, and every larger one is predicted. The multiples of the
bands are quantile regressions of the errors on distance (Koenker and Bassett 1978,
doi:10.2307/1913643); every laboratory counts alike in them, and so do the suites of a laboratory,
the cuts of a suite and the distances of a cut.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

from scalinglaws import datapackage
from scalinglaws.catalogue import table, tables
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import isoflop
from scalinglaws.fitting.model import Array
from scalinglaws.prediction import survey
from scalinglaws.prediction.bands import MIDDLE, REACH, UNIT, Band, Multiple, extrapolation
from scalinglaws.prediction.splits import cuts, thinned
from scalinglaws.runs import Runs

Columns = Mapping[str, NDArray[np.generic]]

#: Levels of coverage that are stored.
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
#: Ends of the distances h that count alike, and are shown.
DISTANCES = (1.0, 3.0, 10.0, 30.0, 100.0, np.inf)

# Tables that give no split, and why.
LEFT_OUT = {
    "bhagia2024_curves": "other readings of the runs of bhagia2024_final",
    "brown2020_final": "one number of tokens",
    "clark2022_final": "one number of tokens",
    "luo2025_final": "one size a suite",
    "luo2025_curves": "one size a suite",
    "nanochat2026_optima": "optima of a fit, no runs",
}
# Suites of other kinds than runs of size and data alone, or other losses of the same runs.
_OTHER = ("clark2022-s-base", "clark2022-hash", "clark2022-rl-r", "brown2020-training")
_GROWTH = 0.8  # level whose growth with distance is that of all, of sizes
_SMALLEST = 1e-6  # of an error over its scale: its logarithm is taken


@dataclass(frozen=True)
class Suite:
    """A suite of the calibration.

    Attributes
    ----------
    laboratory : str
        Whose runs.
    table, name : str
        Where they are.
    runs : Runs
        Those that count.
    readings : Runs
        All of them, those too that share their training: for the minima of budgets.

    Examples
    --------
    >>> len({suite.laboratory for suite in suites()}), len(list(suites()))
    (12, 60)
    """

    laboratory: str
    table: str
    name: str
    runs: Runs
    readings: Runs


def suites() -> Iterator[Suite]:
    """Yield every suite of the public tables whose loss goes by size and data.

    Yields
    ------
    Suite
        Those of one laboratory one after another. Rows that share training are thinned; of
        hoffmann2022_runs the five highest losses are left out, of muennighoff2023 the runs of more
        than one epoch or on deduplicated text.

    Examples
    --------
    >>> first = next(suites())
    >>> first.laboratory, len(first.runs)
    ('hoffmann', 240)
    """
    known = tables()
    for name in known:
        if name in LEFT_OUT:
            continue
        runs = table(name, loss_unit=known[name].loss_unit)
        if name == "hoffmann2022_runs":
            runs = runs.without_highest(5)
        if name == "muennighoff2023":
            rows = datapackage.rows(name)
            runs = runs.take(
                np.array([
                    row["epochs"] == 1 and not row["deduplicated"] and not row["reshaped"]
                    for row in rows
                ])
            )  # fmt: skip
        if name == "bhagia2024_final":  # the two targets belong to the ladder below them
            runs = replace(runs, suite=np.full(len(runs), "bhagia2024-c4"))
        for suite, each in (runs.split() or {name: runs}).items():
            if suite not in _OTHER:
                counted = _counted(suite, each)
                yield Suite(_laboratory(name, suite), name, suite, counted, each)


def _laboratory(table: str, suite: str) -> str:
    if table == "isoflop_runs":
        return suite.split("-")[0]
    return table.split("_")[0].rstrip("0123456789")


def _counted(suite: str, runs: Runs) -> Runs:
    """Thin rows that share training, where the table says which do."""
    if suite == "fineweb-c4":
        return thinned(runs, runs.params)
    shared = runs.run is not None and 1 < len(np.unique(runs.run)) < len(runs)
    if not shared or "sampled" in suite:
        return runs
    return thinned(runs, np.asarray(runs.run))


def predicted(suite: Suite) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Cut a suite wherever enough is left below, and predict every larger run.

    Parameters
    ----------
    suite : Suite
        Of one laboratory.

    Returns
    -------
    losses : dict of str to list
        A row a larger run: ``split``, ``fitted`` (number of runs), ``params``, ``tokens``, ``h``,
        ``loss``, ``error`` and ``simple_error`` (log loss less that predicted with the discrepancy,
        and by the power mean), ``scale`` of the former, ``above``, ``law_error`` and
        ``standard_error`` (log loss less that of the law alone, and the law's own standard error).
    sizes : dict of str to list
        A row a larger budget whose runs show a minimum: ``split``, ``h``, ``error`` (log of the
        size there over that predicted).

    Examples
    --------
    >>> small = next(suite for suite in suites() if suite.name == "bhagia2024-c4")
    >>> losses, sizes = predicted(small)
    >>> len(losses["h"]), max(losses["h"]) > 10
    (24, True)
    """
    losses: dict[str, list[float]] = {}
    sizes: dict[str, list[float]] = {}
    minima = _minima(suite.runs if suite.readings.budget is None else suite.readings)
    for place, split in enumerate(cuts(suite.runs)):
        smaller, larger = suite.runs.take(split.smaller), suite.runs.take(split.larger)
        found = extrapolation(smaller)
        there, log_loss = found.at(larger.params, larger.tokens), np.log(larger.loss)
        number = len(larger)
        _append(losses, {
            "split": np.full(number, place), "fitted": np.full(number, len(smaller)),
            "params": larger.params, "tokens": larger.tokens, "h": there.h, "loss": larger.loss,
            "error": log_loss - there.log_loss, "simple_error": log_loss - there.simple,
            "scale": there.scale, "above": there.above, "law_error": log_loss - there.law,
            "standard_error": there.error,
        })  # fmt: skip
        compute, size = minima
        beyond = compute > split.largest * (1 + 1e-6)
        law = found.law.form.general(found.law.values)
        expected = law.optimum(compute=compute[beyond]).params if beyond.any() else np.empty(0)
        off = np.log(size[beyond]) - np.log(expected)
        kept = np.isfinite(off)
        _append(sizes, {
            "split": np.full(int(kept.sum()), place), "h": compute[beyond][kept] / split.largest,
            "error": off[kept],
        })  # fmt: skip
    return losses, sizes


def _append(rows: dict[str, list[float]], more: Mapping[str, Array]) -> None:
    for name, values in more.items():
        rows.setdefault(name, []).extend(np.asarray(values).tolist())


def _minima(runs: Runs) -> tuple[Array, Array]:
    """Return compute, 6 N D, and size of the minima of the budgets that show one inside."""
    runs = survey.on_budgets(runs)
    if runs.budget is None or not np.isfinite(runs.budget).any():
        return np.empty(0), np.empty(0)
    found = isoflop.profiles(runs, minimum="window")
    inside = found.used & (found.low < found.params) & (found.params < found.high)
    inside &= found.sizes >= 5
    params, tokens = found.params[inside], found.tokens[inside]
    kept = np.isfinite(tokens)
    return 6 * params[kept] * tokens[kept], params[kept]


def weights(laboratory: ArrayLike, suite: ArrayLike, split: ArrayLike, h: ArrayLike) -> Array:
    """Return weights that are equal by laboratory, suite, split and distance.

    Parameters
    ----------
    laboratory, suite, split : array_like, shape (n,)
        To which each error belongs.
    h : array_like, shape (n,)
        Its distance.

    Returns
    -------
    numpy.ndarray, shape (n,)
        They add up to 1.

    Examples
    --------
    >>> weights(["a", "a", "b"], ["s", "s", "t"], [0, 0, 0], [2.0, 2.5, 2.0])
    array([0.25, 0.25, 0.5 ])
    """
    levels = (laboratory, suite, split, distance(h))
    out, label = np.ones(np.size(h)), np.zeros(np.size(h), dtype=np.intp)
    for level in levels:
        names, place = np.unique(level, return_inverse=True)
        groups, inner = np.unique(label * len(names) + place.ravel(), return_inverse=True)
        out = out / np.bincount(groups // len(names))[label]  # how many groups the parent has
        label = inner.ravel()
    return np.asarray(out / np.bincount(label)[label])


def distance(h: ArrayLike) -> NDArray[np.intp]:
    """Return the place of each h among `DISTANCES`.

    Parameters
    ----------
    h : array_like
        Compute over that of the largest run fitted.

    Returns
    -------
    numpy.ndarray of int
        Of the shape of `h`; below 1 it is the first.

    Examples
    --------
    >>> distance([0.9, 2, 3, 99, 1e4])
    array([0, 0, 1, 3, 4])
    """
    return np.asarray(np.digitize(np.asarray(h, dtype=float), DISTANCES[1:-1]))


def fitted(
    h: ArrayLike, ratio: ArrayLike, weight: ArrayLike, level: float, c1: float | None = None
) -> Multiple:
    """Fit the multiple whose band holds a share of the errors at every distance.

    Parameters
    ----------
    h, ratio, weight : array_like, shape (n,)
        Distance, size of the error over the scale, and weight of each error.
    level : float
        The share, 0 < level < 1.
    c1 : float, optional
        Growth with distance, where it is known; else it is fitted.

    Returns
    -------
    Multiple
        By quantile regression of the logarithm of the ratio on log10 h: the quantiles of a
        logarithm are the logarithms of the quantiles.

    Raises
    ------
    ScalingLawsError
        If the linear programme has no solution.

    Examples
    --------
    >>> found = fitted([1, 1, 1, 10, 10, 10], [1, 2, 3, 2, 4, 6], np.ones(6), 0.5)
    >>> found(np.array([1.0, 10.0])).round(6)
    array([2., 4.])
    """
    y = np.log(np.maximum(ratio, _SMALLEST))
    x = np.log10(np.maximum(h, 1.0)) - MIDDLE
    w = np.asarray(weight, dtype=float)
    if c1 is not None:
        y = y - c1 * x
    design = np.stack([np.ones_like(x), x])[: 2 if c1 is None else 1]
    # The dual of the linear programme, in one bounded unknown an error (Koenker and Bassett 1978).
    done = linprog(
        -y, A_eq=design, b_eq=(1 - level) * design @ w, bounds=np.stack([0 * w, w], axis=1)
    )
    if done.status != 0:
        raise ScalingLawsError(f"these {len(y)} errors give no quantile: {done.message}")
    c0, *slope = map(float, -done.eqlin.marginals)
    return Multiple(c0, slope[0] if c1 is None else c1)


def _ratios(rows: Columns, band: Band) -> Array:
    """Return the size of the errors over their scale.

    Parameters
    ----------
    rows : mapping of str to numpy.ndarray
        Of losses, or of sizes.
    band : {"discrepancy", "powermean", "size"}
        Of which band.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Dimensionless; of sizes, the logarithm of a factor.
    """
    off = np.abs(_numbers(rows, "simple_error" if band == "powermean" else "error"))
    if band == "discrepancy":
        return np.asarray(off / _numbers(rows, "scale"))
    return np.asarray(off / (UNIT if band == "powermean" else 1.0))


def _numbers(rows: Columns, name: str) -> Array:
    return np.asarray(rows[name], dtype=float)


def multiples(
    rows: Columns, band: Band, without: str = "", levels: tuple[float, ...] = LEVELS
) -> dict[float, Multiple]:
    """Fit the multiples of a band to the errors of all laboratories, or of all but one.

    Parameters
    ----------
    rows : mapping of str to numpy.ndarray
        Of losses, or of sizes, as `stored` gives them.
    band : {"discrepancy", "powermean", "size"}
        Of which band.
    without : str
        Laboratory to leave out.
    levels : tuple of float
        Coverages.

    Returns
    -------
    dict of float to Multiple
        By level; of errors up to the band's reach. Of sizes, which few laboratories have, all
        levels have the growth of one, so that they do not cross.

    Examples
    --------
    >>> found = multiples(stored("calibration_sizes"), "size")
    >>> bool(found[0.5](10.0) < found[0.95](10.0))
    True
    """
    h = _numbers(rows, "h")
    kept = (np.asarray(rows["laboratory"]) != without) & (h <= REACH[band])
    ratio, weight = _ratios(rows, band)[kept], weights_of(rows, kept)
    c1 = fitted(h[kept], ratio, weight, _GROWTH).c1 if band == "size" else None
    return {level: fitted(h[kept], ratio, weight, level, c1) for level in levels}


def weights_of(rows: Columns, kept: NDArray[np.bool_]) -> Array:
    """Return the `weights` of some of the rows.

    Parameters
    ----------
    rows : mapping of str to numpy.ndarray
        With ``laboratory``, ``suite``, ``split`` and ``h``.
    kept : numpy.ndarray of bool, shape (n,)
        Which.

    Returns
    -------
    numpy.ndarray
        Of those kept; they add up to 1.

    Examples
    --------
    >>> rows = stored("calibration_sizes")
    >>> weights_of(rows, rows["h"] > 10).sum().round(9)
    np.float64(1.0)
    """
    laboratory, suite, split = (np.asarray(rows[k])[kept] for k in ("laboratory", "suite", "split"))
    return weights(laboratory, suite, split, _numbers(rows, "h")[kept])


def _halves(rows: Columns, band: Band, level: float) -> Array:
    """Return the half-width of every band, each by the other laboratories.

    Parameters
    ----------
    rows, band
        As of `multiples`.
    level : float
        Coverage that is promised.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Log loss, or logarithm of size; beyond the band's reach by its trend.
    """
    laboratory, h = np.asarray(rows["laboratory"]), _numbers(rows, "h")
    scale = _numbers(rows, "scale") if band == "discrepancy" else np.ones(len(h))
    out = np.empty(len(h))
    for name in np.unique(laboratory):
        mine = laboratory == name
        out[mine] = multiples(rows, band, str(name), (level,))[level](h[mine])
    return out * scale * (UNIT if band == "powermean" else 1.0)


@dataclass(frozen=True)
class Coverage:
    """How bands fared on laboratories that had no part in them; arrays (laboratories, distances).

    Attributes
    ----------
    laboratories : tuple of str
        In the order of the rows.
    held : numpy.ndarray
        Share of the errors that the bands held; NaN where a laboratory has none.
    width : numpy.ndarray
        Mean full width, log loss or logarithm of size.
    score : numpy.ndarray
        Mean interval score: the width, and 2 / (1 - level) times what an error is beyond its end
        (Gneiting and Raftery 2007, doi:10.1198/016214506000001437, Equation 43).
    pooled : float
        Share held of all errors up to the band's reach, laboratories, suites, splits and distances
        counting alike.
    pooled_score : float
        The same of the score.

    Examples
    --------
    >>> found = coverage(stored("calibration_sizes"), "size", 0.95)
    >>> found.held.shape == (len(found.laboratories), len(DISTANCES) - 1)
    True
    """

    laboratories: tuple[str, ...]
    held: Array
    width: Array
    score: Array
    pooled: float
    pooled_score: float


def coverage(rows: Columns, band: Band, level: float) -> Coverage:
    """Return how the bands of the other laboratories fared on each.

    Parameters
    ----------
    rows, band, level
        As of `multiples`, and the coverage that is promised.

    Returns
    -------
    Coverage
        By laboratory and distance.

    Examples
    --------
    >>> found = coverage(stored("calibration_sizes"), "size", 0.8)
    >>> 0.6 < found.pooled < 0.95
    True
    """
    unit = UNIT if band == "powermean" else 1.0
    off, half = _ratios(rows, band) * unit, _halves(rows, band, level)
    if band == "discrepancy":
        off = off * _numbers(rows, "scale")
    kinds = np.stack(
        [off <= half, 2 * half, 2 * half + 2 / (1 - level) * np.maximum(off - half, 0)]
    )
    laboratory, h = np.asarray(rows["laboratory"]), _numbers(rows, "h")
    names, place = np.unique(laboratory), distance(h)
    out = np.full((3, len(names), len(DISTANCES) - 1), np.nan)
    for i, name in enumerate(names):
        for j in range(len(DISTANCES) - 1):
            at = (laboratory == name) & (place == j)
            if at.any():
                out[:, i, j] = kinds[:, at] @ weights_of(rows, at)
    near = h <= REACH[band]
    held, _, score = kinds[:, near] @ weights_of(rows, near)
    return Coverage(tuple(map(str, names)), out[0], out[1], out[2], float(held), float(score))


def stored(name: str) -> dict[str, NDArray[np.generic]]:
    """Return the stored errors, with the laboratory of each.

    Parameters
    ----------
    name : {"calibration_splits", "calibration_sizes"}
        Of losses, or of optimal sizes.

    Returns
    -------
    dict of str to numpy.ndarray
        By column.

    Examples
    --------
    >>> errors = stored("calibration_splits")
    >>> len(set(errors["laboratory"])), len(errors["h"]) > 5000
    (12, True)
    """
    rows = datapackage.rows(name)
    known = {row["suite"]: row["laboratory"] for row in datapackage.rows("calibration_suites")}
    columns = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    return {**columns, "laboratory": np.array([known[row["suite"]] for row in rows])}
