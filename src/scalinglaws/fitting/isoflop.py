"""Approach 2 of Hoffmann et al. 2022: a parabola for each budget, a power law through the minima.

Runs of equal compute are a budget. Their loss is fitted by a parabola in log N, whose vertex is the
budget's optimal size; a line through the vertices in log C has the slope a (and, in log D, b). All
fits are weighted least squares in closed form, so that a bootstrap is a stack of weights.

A wide profile is no parabola, and its vertex then depends on how far the sizes reach. `MINIMA` says
what else finds a minimum: a parabola through the runs near the lowest, or an Akima spline.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws import akima
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import Array
from scalinglaws.laws import PowerAllocation, Surface
from scalinglaws.runs import Runs

Minimum = Literal["parabola", "window", "akima"]

#: How the minimum of a budget's runs is found.
MINIMA: dict[Minimum, str] = {
    "parabola": "the vertex of a parabola through all runs",
    "window": "the vertex of a parabola through the runs within a factor 4 in size of the lowest",
    "akima": "the minimum of an Akima spline of log loss in log size",
}
_WINDOW = 4.0

USED = "used"
NO_MINIMUM = "opens downwards"

_BRACKETS = 1000  # steps of log size among which a minimum is bracketed

_Places = NDArray[np.intp]


@dataclass(frozen=True)
class Profiles:
    """Parabolas of K budgets, ascending in compute; arrays of shape (K,) unless said otherwise.

    Attributes
    ----------
    runs : Runs
        The n runs they were fitted to.
    compute : ndarray
        FLOP of the budget.
    counts, sizes : ndarray of int
        Runs on the budget, and different model sizes among them.
    low, high : ndarray
        Smallest and largest size tried, parameters.
    params, tokens, loss : ndarray
        Vertex of the parabola in log N (parameters), vertex of the one in log D (tokens), loss at
        the former (nats per token); NaN where there is no parabola.
    curvature : ndarray
        Factor of (log N)^2, nats per token; NaN where there is no parabola.
    status : tuple of str
        "used", or why the budget is left out.
    group : ndarray of int, shape (n,)
        Budget that each run belongs to, -1 for none.
    residuals : ndarray, shape (n,)
        Loss less the parabola's, nats per token; NaN for runs on no budget or on one without a
        parabola, and outside the window.
    minimum : str
        One of `MINIMA`; for ``akima`` read spline for parabola.

    Examples
    --------
    >>> size = np.array([1e8, 2e8, 4e8, 8e8])
    >>> loss = 3 + 0.1 * np.log(size / 3e8) ** 2
    >>> found = profiles(Runs(size, 1e19 / (6 * size), loss, budget=[1e19] * 4))
    >>> f"{found.params[0]:.4g}", round(float(found.loss[0]), 3), found.status
    ('3e+08', 3.0, ('used',))
    >>> round(float(found.curve(0, 3e8 * np.e)), 3)  # at e times the best size
    3.1
    """

    runs: Runs = field(repr=False)
    compute: Array
    counts: _Places
    sizes: _Places
    low: Array
    high: Array
    params: Array
    tokens: Array
    loss: Array
    curvature: Array
    status: tuple[str, ...]
    group: _Places = field(repr=False)
    residuals: Array = field(repr=False)
    minimum: Minimum = "parabola"

    @property
    def used(self) -> NDArray[np.bool_]:
        """Which budgets have a minimum that can be used."""
        return np.array([status == USED for status in self.status])

    @property
    def notices(self) -> tuple[str, ...]:
        """One sentence for each budget that is left out."""
        return tuple(
            f"budget {compute:.3g} FLOP left out: {status}"
            for compute, status in zip(self.compute, self.status, strict=True)
            if status != USED
        )

    def curve(self, budget: int, params: ArrayLike) -> Array:
        """Return the parabola of one budget at the given sizes.

        Parameters
        ----------
        budget : int
            Position of the budget, 0 to K - 1.
        params : array_like
            Model sizes, > 0.

        Returns
        -------
        ndarray
            Loss, nats per token, same shape as `params`; NaN where the budget has no parabola, and
            beyond the sizes tried for a spline.
        """
        if self.minimum == "akima" and self.sizes[budget] >= 3:
            on = self.group == budget
            spline = _spline(np.log(self.runs.params[on]), self.runs.loss[on], np.ones(on.sum()))
            return np.asarray(np.exp(spline(np.log(params), extrapolate=False)))
        u = np.log(np.asarray(params, dtype=float) / self.params[budget])
        return np.asarray(self.loss[budget] + self.curvature[budget] * u**2)


@dataclass(frozen=True)
class IsoflopFit:
    """Outcome of Approach 2; it owns its runs.

    Attributes
    ----------
    profiles : Profiles
        Parabolas of the budgets, those left out too.
    allocation : PowerAllocation
        N = N_e C^a and D = D_e C^b, C in FLOP.
    scatter : float
        Standard deviation of log N at the minima about the line, with two fewer degrees of freedom
        than minima; NaN for two minima.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> found = fit(read_runs("llama3"))
    >>> len(found.profiles.compute), found.profiles.notices, round(found.scatter, 2)
    (10, (), 0.13)
    """

    profiles: Profiles
    allocation: PowerAllocation
    scatter: float

    @property
    def runs(self) -> Runs:
        """The n runs it was made from."""
        return self.profiles.runs

    def bootstrap(
        self, resamples: int = 2000, seed: int = 0, *, by_size: bool = False
    ) -> "IsoflopBootstrap":
        """Resample runs within each budget, with replacement, and fit each resample.

        Parameters
        ----------
        resamples : int
            How many, > 0.
        seed : int
            Seed of the draws, >= 0.
        by_size : bool
            Draw whole model sizes, each with all its runs on all budgets, instead of runs: for
            tables in which runs of one size share their training.

        Returns
        -------
        IsoflopBootstrap
            Fits of the resamples, as from `ensemble`.

        Raises
        ------
        ValueError
            If `resamples` is not positive.

        Notes
        -----
        Drawn as in Efron 1979 (doi:10.1214/aos/1176344552), but within each budget. The number of
        runs on a budget stays the same in each resample unless `by_size` is set or rows share a
        training run (`Runs.groups`), which are then drawn together.

        Examples
        --------
        >>> from scalinglaws import read_runs
        >>> draws = fit(read_runs("llama3")).bootstrap(50)
        >>> round(float(draws.allocation.b.std()), 2)
        0.01
        """
        if resamples < 1:
            raise ValueError(f"resamples is {resamples}; expected at least 1.")
        rng = np.random.default_rng(seed)
        group = self.runs.groups
        if by_size:
            group = np.unique(self.runs.params, return_inverse=True)[1]
        if by_size or group.max() + 1 < len(group):
            weights = _drawn(int(group.max()) + 1, resamples, rng)[:, group]
        else:
            weights = np.zeros((resamples, len(self.runs)))
            for k in range(len(self.profiles.compute)):
                rows = np.flatnonzero(self.profiles.group == k)
                weights[:, rows] = _drawn(len(rows), resamples, rng)
        return ensemble(self.runs, weights=weights, minimum=self.profiles.minimum)


@dataclass(frozen=True)
class IsoflopBootstrap:
    """Approach 2 on resampled runs.

    Attributes
    ----------
    allocation : PowerAllocation
        Fields of shape (S,); NaN where a resample leaves fewer than two budgets.
    kept : ndarray, shape (K,)
        Share of the resamples in which a budget had a usable minimum.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> draws = fit(read_runs("llama3")).bootstrap(20)
    >>> draws.allocation.a.shape, draws.kept.shape, draws.failed
    ((20,), (10,), 0.0)
    """

    allocation: PowerAllocation
    kept: Array

    @property
    def failed(self) -> float:
        """Share of the resamples without a power law."""
        return float(np.mean(np.isnan(self.allocation.a)))


def cluster(flop: ArrayLike, tolerance: float = 0.08, fewest: int = 8) -> Array:
    """Find budgets among runs whose table names none: the densest stretches of compute.

    The stretch of relative width `tolerance` that holds most runs is a budget; its runs are taken
    away and the next is sought, until none holds `fewest`. A stretch that comes within half a width
    of an earlier one is its flank, and no budget.

    Parameters
    ----------
    flop : array_like, shape (n,)
        Training compute, FLOP, > 0.
    tolerance : float
        Largest over smallest compute on a budget, less one; > 0.
    fewest : int
        Runs that a budget has at least, > 0.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Geometric mean of the compute of the run's budget, FLOP; NaN for a run on none.

    Examples
    --------
    >>> (cluster([1.00e18, 5e18, 1.02e18, 1.01e18, 9e18], fewest=3) / 1e18).round(2)
    array([1.01,  nan, 1.01, 1.01,  nan])
    """
    log_flop = np.log(np.asarray(flop, dtype=float))
    if len(log_flop) < fewest:
        return np.full(len(log_flop), np.nan)
    width = np.log1p(tolerance)
    order = np.argsort(log_flop, kind="stable")
    position, free = log_flop[order], np.ones(len(log_flop), dtype=bool)
    budget = np.full(len(log_flop), np.nan)
    taken: list[tuple[float, float]] = []
    while True:
        left = np.cumsum(np.concatenate([[0], free]))
        ends = np.searchsorted(position, position + width, side="right")
        counts = np.where(free, left[ends] - left[:-1], 0)
        best = int(np.argmax(counts))
        if counts[best] < fewest:
            return budget
        members = np.zeros(len(free), dtype=bool)
        members[best : ends[best]] = free[best : ends[best]]
        low, high = position[members][[0, -1]]
        free &= ~members
        if all(high + width / 2 < start or low - width / 2 > end for start, end in taken):
            budget[order[members]] = np.exp(position[members].mean())
            taken.append((low, high))


def profiles(runs: Runs, *, minimum: Minimum = "parabola") -> Profiles:
    """Fit a parabola to each budget (Approach 2 of Hoffmann et al. 2022, Section 3.2).

    Parameters
    ----------
    runs : Runs
        With their budgets; those of a table without any are found by `cluster` or
        `survey.on_budgets`.
    minimum : {"parabola", "window", "akima"}
        See `MINIMA`.

    Returns
    -------
    Profiles
        A parabola for each budget of at least three sizes, and whether it can be used.

    Raises
    ------
    ScalingLawsError
        If the runs have no budgets, or none is on any.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> found = profiles(read_runs("fineweb-c4"))
    >>> int(found.used.sum()), found.notices[0]
    (20, 'budget 8.46e+16 FLOP left out: opens downwards')
    """
    sheet = _Sheet.of(runs)
    size, data = sheet.curves(runs.loss, np.ones(len(runs)), minimum)
    group = np.full(len(runs), -1)
    group[sheet.rows] = g = sheet.budget
    found = Profiles(
        runs=runs,
        compute=sheet.compute,
        counts=np.bincount(g),
        sizes=size.distinct,
        low=np.exp(size.low),
        high=np.exp(size.high),
        params=np.exp(size.vertex),
        tokens=np.exp(data.vertex),
        loss=size.level,
        curvature=size.curvature,
        status=tuple(_status(size, data, k) for k in range(len(sheet.compute))),
        group=group,
        residuals=np.full(len(runs), np.nan),
        minimum=minimum,
    )
    for k in range(len(found.compute)):
        on = np.flatnonzero(group == k)
        found.residuals[on] = runs.loss[on] - found.curve(k, runs.params[on])
    if minimum == "window":
        outside = ~sheet.window(runs.loss[sheet.rows], np.ones(len(sheet.rows)))
        found.residuals[sheet.rows[outside]] = np.nan
    return found


def near(found: Profiles, factor: float, middle: ArrayLike | None = None) -> NDArray[np.bool_]:
    """Return which runs lie within a factor of their budget's minimum, in size.

    Runs of budgets that are left out are kept, so that the budget can still be named.

    Parameters
    ----------
    found : Profiles
        Profiles of K budgets, of n runs.
    factor : float
        Largest ratio to the minimum, either way, > 1.
    middle : array_like, shape (K,), optional
        Sizes to take in place of the minima.

    Returns
    -------
    ndarray of bool, shape (n,)
        True also for a run on no budget.

    Examples
    --------
    >>> size = np.array([1e8, 2e8, 4e8, 8e8])
    >>> loss = 3 + 0.1 * np.log(size / 3e8) ** 2
    >>> near(profiles(Runs(size, 1e19 / (6 * size), loss, budget=[1e19] * 4)), factor=2)
    array([False,  True,  True, False])
    """
    centre = np.where(found.used, found.params if middle is None else middle, np.nan)
    ratio = found.runs.params / centre[found.group]
    return np.asarray(~((found.group >= 0) & (np.abs(np.log(ratio)) > np.log(factor))))


def fit(runs: Runs, *, minimum: Minimum = "parabola") -> IsoflopFit:
    """Fit Approach 2 of Hoffmann et al. 2022 to a table of runs.

    Parameters
    ----------
    runs : Runs
        With their budgets; those of a table without any are found by `cluster` or
        `survey.on_budgets`. The allocation has the name of the runs.
    minimum : {"parabola", "window", "akima"}
        How the minimum of each budget is found, see `MINIMA`.

    Returns
    -------
    IsoflopFit
        The parabolas and the power law through their minima.

    Raises
    ------
    ScalingLawsError
        If the runs have no budgets, or fewer than two budgets have a usable minimum; the message
        says what is wrong with each.

    Examples
    --------
    The paper of Llama 3 labels its figure 0.299 C^0.537 (data/laws.csv):

    >>> from scalinglaws import read_runs
    >>> line = fit(read_runs("llama3")).allocation
    >>> round(line.D_e, 3), round(line.b, 3), round(line.a, 3)
    (0.299, 0.537, 0.463)

    On wide profiles the vertex of one parabola is off; Porian et al. 2024 interpolate, for 0.835:

    >>> from scalinglaws import table
    >>> wide = table("porian2024", suite="rw-base-long-kaplan-kaplan-train")
    >>> for way in MINIMA:
    ...     print(way, round(fit(wide, minimum=way).allocation.a, 3))
    parabola 0.865
    window 0.858
    akima 0.834
    """
    found = profiles(runs, minimum=minimum)
    used = found.used
    if used.sum() < 2:
        because = "".join(f"; {notice}" for notice in found.notices)
        raise ScalingLawsError(
            f"{_name(runs)}: {used.sum()} of {len(used)} budgets have a usable minimum, "
            f"and a power law through minima needs at least two{because}. "
            "Train sizes on both sides of each minimum, at least three on a budget."
        )
    log_c = np.log(found.compute)
    a, n_e = _line(log_c, np.log(found.params), used)
    b, d_e = _line(log_c, np.log(found.tokens), used)
    off = np.log(found.params[used]) - n_e - a * log_c[used]
    scatter = float(np.sqrt(off @ off / (used.sum() - 2))) if used.sum() > 2 else float("nan")
    allocation = PowerAllocation(
        float(a), float(b), float(np.exp(n_e)), float(np.exp(d_e)), name=runs.name
    )
    return IsoflopFit(found, allocation, scatter)


def ensemble(
    runs: Runs,
    loss: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    *,
    minimum: Minimum = "parabola",
) -> IsoflopBootstrap:
    """Fit Approach 2 to many versions of a table at once.

    Parameters
    ----------
    runs : Runs
        With their budgets.
    loss : array_like, shape (S, n), optional
        Nats per token, each version's own; that of the runs, unless given.
    weights : array_like, shape (S, n), optional
        How often each run counts; once, unless given.
    minimum : {"parabola", "window", "akima"}
        See `MINIMA`.

    Returns
    -------
    IsoflopBootstrap
        A budget counts in a version if it has three sizes there, opens upwards, and has its minimum
        between the smallest and largest size of the whole table's budget, and likewise in tokens.

    Raises
    ------
    ScalingLawsError
        If the runs have no budgets, or none is on any.

    Examples
    --------
    Two versions of a table, the second without its largest budget:

    >>> from scalinglaws import read_runs
    >>> table = read_runs("llama3")
    >>> smaller = np.where(table.budget < 1e22, 1.0, 0.0)
    >>> both = ensemble(table, weights=[np.ones(len(table)), smaller])
    >>> both.allocation.a.round(3), float(both.kept[-1])
    (array([0.463, 0.489]), 0.5)
    """
    sheet = _Sheet.of(runs)
    y = runs.loss if loss is None else np.asarray(loss, dtype=float)
    w = np.ones(len(runs)) if weights is None else np.asarray(weights, dtype=float)
    size, data = sheet.curves(np.atleast_2d(y), np.atleast_2d(w), minimum)
    usable = size.usable & data.usable
    a, n_e = _line(np.log(sheet.compute), size.vertex, usable)
    b, d_e = _line(np.log(sheet.compute), data.vertex, usable)
    # An ensemble: the fields are arrays, as those of an ensemble of laws are.
    fields: list[Any] = [a, b, np.exp(n_e), np.exp(d_e)]
    return IsoflopBootstrap(PowerAllocation(*fields), usable.mean(axis=0))


def counted_optimum(law: Surface, compute: ArrayLike, runs: Runs) -> Array:
    """Return the optimal size where training costs what a table says it does, and not 6 N D.

    The cost of a parameter and a token is taken to depend on size alone; its logarithm is
    interpolated linearly in log N between the sizes of the table, and constant beyond. The least
    loss is sought among sizes up to a factor e outside the table's.

    Parameters
    ----------
    law : ParametricLaw, JointLaw or GeneralLaw
        Law of the loss, of single constants.
    compute : array_like, shape (K,)
        FLOP, as counted in the table, > 0.
    runs : Runs
        The table; its `flop` is what counts.

    Returns
    -------
    numpy.ndarray, shape (K,)
        Parameters.

    Raises
    ------
    ValueError
        If any compute is not positive.

    Notes
    -----
    The cost has kinks, at which the minimum may lie: a grid brackets it, and Chandrupatla's method
    (doi:10.1016/S0965-9978(96)00051-5, `scipy.optimize.elementwise.find_minimum`) closes in on it.

    Examples
    --------
    Where training costs 7 N D, C FLOP buy what 6/7 C do at 6 N D:

    >>> from scalinglaws import optimal, published
    >>> law, N = published["besiroglu2024"], np.geomspace(1e8, 1e11, 9)
    >>> D = 20 * N
    >>> found = counted_optimum(law, [1e21], Runs(N, D, law.loss(N, D), flop=7 * N * D))
    >>> round(float(found[0] / optimal(law, 6 / 7 * 1e21).params), 4)
    1.0
    """
    from scipy.optimize import elementwise  # half a second to import, for this alone

    size, label = np.unique(runs.params, return_inverse=True)
    cost = np.bincount(label, np.log(runs.flop / (runs.params * runs.tokens))) / np.bincount(label)

    def loss(log_n: Array, budget: Array) -> Array:
        tokens = budget / np.exp(log_n + np.interp(log_n, np.log(size), cost))
        return np.asarray(law.loss(np.exp(log_n), tokens))

    budget, low, high = np.asarray(compute, dtype=float), np.log(size[0]) - 1, np.log(size[-1]) + 1
    step = (high - low) / _BRACKETS
    grid = np.arange(-1, _BRACKETS + 2) * step + low
    lowest = loss(grid, budget[:, None]).argmin(axis=1)
    best = np.clip(lowest, 1, len(grid) - 2)
    found = elementwise.find_minimum(
        loss, tuple(grid[best + k] for k in (-1, 0, 1)), args=(budget,)
    )
    # At an end of the grid, a step too far out, there is no bracket.
    log_n = np.where(lowest == best, found.x, grid[lowest])
    return np.asarray(np.exp(np.clip(log_n, low, high)))


@dataclass(frozen=True)
class _Parabolas:
    """Parabolas of K budgets along one axis, the logarithm of size or of data."""

    low: Array  # ends of the runs of each budget, shape (K,)
    high: Array
    distinct: _Places  # different values that count, shape (..., K) as what follows
    vertex: Array  # NaN where there is no parabola
    curvature: Array
    level: Array

    @property
    def inside(self) -> NDArray[np.bool_]:
        return np.asarray((self.low <= self.vertex) & (self.vertex <= self.high))

    @property
    def usable(self) -> NDArray[np.bool_]:
        return np.asarray((self.curvature > 0) & self.inside)


@dataclass(frozen=True)
class _Sheet:
    """The runs on budgets, m of them, one budget after the other, so that sums run over slices."""

    compute: Array  # of each budget
    rows: _Places  # which runs they are, shape (m,)
    budget: _Places  # which each is on, shape (m,)
    first: _Places  # where each budget starts
    logs: tuple[Array, Array]  # of size and of data, shape (m,)

    @classmethod
    def of(cls, runs: Runs) -> "_Sheet":
        if runs.budget is None:
            raise ScalingLawsError(
                f"{_name(runs)}: no run has a budget, so there are no isoFLOP profiles. Give the "
                "table a column budget (FLOP), or find budgets among the runs with "
                "isoflop.cluster or survey.on_budgets."
            )
        rows = np.argsort(runs.budget, kind="stable")  # NaN last
        rows = rows[np.isfinite(runs.budget[rows])]
        if not len(rows):
            raise ScalingLawsError(
                f"{_name(runs)}: No runs of equal compute were found, so there are no isoFLOP "
                "profiles. Give the table a column budget (FLOP), widen the tolerance within which "
                "compute counts as equal, or ask for fewer runs on a budget."
            )
        compute, first, budget = np.unique(
            runs.budget[rows], return_index=True, return_inverse=True
        )
        logs = np.log(runs.params[rows]), np.log(runs.tokens[rows])
        return cls(compute, rows, budget, first, logs)

    def curves(
        self, loss: Array, weights: Array, minimum: Minimum
    ) -> tuple[_Parabolas, _Parabolas]:
        """Return the parabolas along log size and log data of runs of shape (..., n)."""
        if minimum not in MINIMA:
            raise ScalingLawsError(f"minimum is {minimum!r}; expected one of {', '.join(MINIMA)}.")
        y, w = loss[..., self.rows], weights[..., self.rows]
        if minimum == "window":
            w = w * self.window(y, w)
        along = self._splines if minimum == "akima" else self._along
        size, data = (along(axis, y, w) for axis in self.logs)
        return size, data

    def window(self, y: Array, w: Array) -> NDArray[np.bool_]:
        """Return which runs are near their budget's lowest in size, all of shape (..., m)."""
        x = self.logs[0]
        seen = np.where(w > 0, y, np.inf)
        lowest = np.minimum.reduceat(seen, self.first, axis=-1)[..., self.budget]
        place = np.where((seen == lowest) & (w > 0), x, np.inf)
        middle = np.minimum.reduceat(place, self.first, axis=-1)[..., self.budget]
        return np.asarray(np.abs(x - middle) <= np.log(_WINDOW))

    def _splines(self, x: Array, y: Array, w: Array) -> _Parabolas:
        """Return minima of Akima splines, one for each budget and version."""
        y, w = np.broadcast_arrays(y, w)
        low, high = (ends.reduceat(x, self.first) for ends in (np.minimum, np.maximum))
        distinct = self._distinct(x, w)
        found = np.full((3, *distinct.shape), np.nan)
        for k, (a, b) in enumerate(pairwise([*self.first, len(self.rows)])):
            values, place = np.unique(x[a:b], return_inverse=True)
            on = np.eye(len(values))[place]
            weight = w[..., a:b] @ on
            sums = (w[..., a:b] * np.log(y[..., a:b])) @ on
            found[..., k] = _lowest(values, sums, weight)
        return _Parabolas(low, high, distinct, *found)

    def _along(self, x: Array, y: Array, w: Array) -> _Parabolas:
        middle = np.add.reduceat(x, self.first) / np.bincount(self.budget)
        powers = (x - middle[self.budget])[:, None] ** np.arange(3)
        products = (powers[:, :, None] * powers[:, None, :]).reshape(-1, 9)
        distinct, gram = self._distinct(x, w), self._sums(w, products)
        gram = gram.reshape(*gram.shape[:-1], 3, 3)
        gram[distinct < 3] = np.nan
        right = self._sums(w * y, powers)[..., None]
        c0, c1, c2 = np.moveaxis(np.linalg.solve(gram, right)[..., 0], -1, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            offset = -c1 / (2 * c2)
        low, high = (ends.reduceat(x, self.first) for ends in (np.minimum, np.maximum))
        return _Parabolas(low, high, distinct, middle + offset, c2, c0 + c1 * offset / 2)

    def _sums(self, values: Array, factors: Array) -> Array:
        """Return the sums over each budget of values, shape (..., m), times columns of factors."""
        ends = pairwise([*self.first, len(self.rows)])
        return np.stack([values[..., a:b] @ factors[a:b] for a, b in ends], axis=-2)

    def _distinct(self, x: Array, w: Array) -> _Places:
        """Count the different values on each budget among runs of weight above zero."""
        order = np.lexsort((x, self.budget))
        new = np.diff(x[order], prepend=np.nan) != 0
        new[self.first] = True
        values = np.flatnonzero(new)
        present = np.logical_or.reduceat(w[..., order] > 0, values, axis=-1)
        starts = np.searchsorted(values, self.first)
        return np.add.reduceat(present, starts, axis=-1, dtype=np.intp)


def _spline(x: Array, y: Array, w: Array) -> Any:
    """Return the Akima spline of log loss through runs, the mean where several are of one size."""
    from scipy.interpolate import Akima1DInterpolator  # a quarter of a second to import

    values, place = np.unique(x[w > 0], return_inverse=True)
    weight = w[w > 0]
    means = np.bincount(place, weight * np.log(y[w > 0])) / np.bincount(place, weight)
    return Akima1DInterpolator(values, means)


def _lowest(values: Array, sums: Array, weight: Array) -> Array:
    """Return place, curvature and level of the minima of Akima splines of log loss.

    Each of the versions, shape (...), has a spline through the means of the values that count in
    it. The curvature is 0 if the minimum is at an end; all are NaN for fewer than three values.
    """
    present = (weight > 0).reshape(-1, len(values))
    with np.errstate(invalid="ignore"):
        means = (sums / weight).reshape(present.shape)
    found = np.full((3, len(present)), np.nan)
    order, counts = np.argsort(~present, axis=1, kind="stable"), present.sum(axis=1)
    for count in set(counts[counts >= 3].tolist()):
        rows = np.flatnonzero(counts == count)
        knots = order[rows, :count]
        place, bend, level = akima.minima(values[knots], means[rows[:, None], knots])
        found[:, rows] = place, bend * np.exp(level) / 2, np.exp(level)
    return found.reshape(3, *weight.shape[:-1])


def _drawn(count: int, resamples: int, rng: np.random.Generator) -> Array:
    """Return how often each of `count` things is drawn, shape (resamples, count)."""
    return rng.multinomial(count, np.full(count, 1 / count), size=resamples).astype(float)


def _line(x: Array, y: Array, used: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return slope and intercept of the least-squares line through the used points, each (...)."""
    w = used.astype(float)
    y = np.where(used, y, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = w.sum(axis=-1)
        x_mean, y_mean = (w * x).sum(axis=-1) / total, (w * y).sum(axis=-1) / total
        off = w * (x - x_mean[..., None])
        slope = (off * y).sum(axis=-1) / np.where(total >= 2, (off * x).sum(axis=-1), np.nan)
    return slope, y_mean - slope * x_mean


def _status(size: _Parabolas, data: _Parabolas, k: int) -> str:
    """Say whether a budget can be used, or why not."""
    for one, several, axis in (
        ("size", "sizes", size),
        ("amount of data", "amounts of data", data),
    ):
        if axis.distinct[k] < 3:
            what = one if axis.distinct[k] == 1 else several
            return f"{axis.distinct[k]} {what}, and a parabola needs at least three"
    if size.curvature[k] == 0 or data.curvature[k] == 0:
        return "its lowest loss is at an end of the grid"
    if not (size.curvature[k] > 0 and data.curvature[k] > 0):
        return NO_MINIMUM
    for name, axis in (("params", size), ("tokens", data)):
        if not axis.inside[k]:
            logs = axis.vertex[k], axis.low[k], axis.high[k]
            vertex, low, high = (float(np.exp(np.clip(v, -600, 600))) for v in logs)
            return (
                f"its minimum, {vertex:.2g} {name}, is outside the grid of {low:.2g} to {high:.2g}"
            )
    return USED


def _name(runs: Runs) -> str:
    return runs.name or "these runs"
