"""Approach 2 of Hoffmann et al. 2022: a parabola for each budget, a power law through the minima.

Runs of equal compute are a budget. Their loss is fitted by a parabola in log N, whose vertex is the
budget's optimal size; a line through the vertices in log C has the slope a (and, in log D, b). All
fits are weighted least squares in closed form, so that a bootstrap is a stack of weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import Array
from scalinglaws.laws import ParametricLaw, PowerAllocation

USED = "used"
NO_MINIMUM = "opens downwards"


@dataclass(frozen=True)
class Profiles:
    """Parabolas of K budgets, ascending in compute; arrays of shape (K,) unless said otherwise.

    Attributes
    ----------
    compute : ndarray
        FLOP of the budget.
    runs, sizes : ndarray of int
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
        parabola.

    Examples
    --------
    >>> size = np.array([1e8, 2e8, 4e8, 8e8])
    >>> found = profiles([1e19] * 4, size, 1e19 / (6 * size), 3 + 0.1 * np.log(size / 3e8) ** 2)
    >>> f"{found.params[0]:.4g}", round(float(found.loss[0]), 3), found.status
    ('3e+08', 3.0, ('used',))
    >>> round(float(found.curve(0, 3e8 * np.e)), 3)  # at e times the best size
    3.1
    """

    compute: Array
    runs: NDArray[np.intp]
    sizes: NDArray[np.intp]
    low: Array
    high: Array
    params: Array
    tokens: Array
    loss: Array
    curvature: Array
    status: tuple[str, ...]
    group: NDArray[np.intp] = field(repr=False)
    residuals: Array = field(repr=False)

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
            Loss, nats per token, same shape as `params`; NaN where the budget has no parabola.
        """
        u = np.log(np.asarray(params, dtype=float) / self.params[budget])
        return np.asarray(self.loss[budget] + self.curvature[budget] * u**2)


@dataclass(frozen=True)
class IsoflopFit:
    """Outcome of Approach 2.

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
    >>> table = read_runs("llama3")
    >>> found = fit(table.budget, table.params, table.tokens, table.loss)
    >>> len(found.profiles.compute), found.profiles.notices, round(found.scatter, 2)
    (10, (), 0.13)
    """

    profiles: Profiles
    allocation: PowerAllocation
    scatter: float


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
    >>> table = read_runs("llama3")
    >>> draws = bootstrap(table.budget, table.params, table.tokens, table.loss, resamples=20)
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


def profiles(budget: ArrayLike, params: ArrayLike, tokens: ArrayLike, loss: ArrayLike) -> Profiles:
    """Fit a parabola to each budget (Approach 2 of Hoffmann et al. 2022, Section 3.2).

    Parameters
    ----------
    budget : array_like, shape (n,)
        Compute of the budget that a run belongs to, FLOP; NaN for a run on none.
    params, tokens, loss : array_like, shape (n,)
        Model sizes, training tokens, losses (nats per token), > 0.

    Returns
    -------
    Profiles
        A parabola for each budget of at least three sizes, and whether it can be used.

    Raises
    ------
    ScalingLawsError
        If no run is on any budget.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> table = read_runs("fineweb-c4")
    >>> found = profiles(table.budget, table.params, table.tokens, table.loss)
    >>> int(found.used.sum()), found.notices[0]
    (20, 'budget 8.46e+16 FLOP left out: opens downwards')
    """
    sheet = _Sheet.of(budget, params, tokens)
    y = np.asarray(loss, dtype=float)
    size, data = (_parabolas(axis, sheet, y, np.ones(sheet.n)) for axis in (sheet.x, sheet.z))
    status = tuple(_status(sheet, size, data, k) for k in range(sheet.k))
    enough = sheet.sizes >= 3
    vertex, curvature, level = (np.where(enough, part, np.nan) for part in size)
    residuals = np.full(sheet.n, np.nan)
    on = sheet.group >= 0
    g = sheet.group[on]
    residuals[on] = y[on] - level[g] - curvature[g] * (sheet.x[on] - vertex[g]) ** 2
    return Profiles(
        compute=sheet.compute,
        runs=np.bincount(g, minlength=sheet.k),
        sizes=sheet.sizes,
        low=np.exp(sheet.low + sheet.x_mean),
        high=np.exp(sheet.high + sheet.x_mean),
        params=np.exp(vertex + sheet.x_mean),
        tokens=np.exp(np.where(enough, data[0], np.nan) + sheet.z_mean),
        loss=level,
        curvature=curvature,
        status=status,
        group=sheet.group,
        residuals=residuals,
    )


def near(
    found: Profiles, params: ArrayLike, factor: float, middle: ArrayLike | None = None
) -> NDArray[np.bool_]:
    """Return which runs lie within a factor of their budget's minimum, in size.

    Runs of budgets that are left out are kept, so that the budget can still be named.

    Parameters
    ----------
    found : Profiles
        Profiles of K budgets.
    params : array_like, shape (n,)
        Model sizes of the runs that the profiles were fitted to.
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
    >>> found = profiles([1e19] * 4, size, 1e19 / (6 * size), 3 + 0.1 * np.log(size / 3e8) ** 2)
    >>> near(found, size, factor=2)
    array([False,  True,  True, False])
    """
    centre = np.where(found.used, found.params if middle is None else middle, np.nan)
    ratio = np.asarray(params, dtype=float) / centre[found.group]
    outside = (found.group >= 0) & (np.abs(np.log(ratio)) > np.log(factor))
    return np.asarray(~outside)


def fit(
    budget: ArrayLike, params: ArrayLike, tokens: ArrayLike, loss: ArrayLike, *, name: str = ""
) -> IsoflopFit:
    """Fit Approach 2 of Hoffmann et al. 2022 to a table of runs.

    Parameters
    ----------
    budget : array_like, shape (n,)
        Compute of the budget that a run belongs to, FLOP; NaN for a run on none.
    params, tokens, loss : array_like, shape (n,)
        Model sizes, training tokens, losses (nats per token), > 0.
    name : str
        Name of the table, for messages and for the allocation.

    Returns
    -------
    IsoflopFit
        The parabolas and the power law through their minima.

    Raises
    ------
    ScalingLawsError
        If no run is on any budget, or fewer than two budgets have a usable minimum; the message
        says what is wrong with each.

    Examples
    --------
    The paper of Llama 3 labels its figure 0.299 C^0.537 (data/laws.csv):

    >>> from scalinglaws import read_runs
    >>> table = read_runs("llama3")
    >>> line = fit(table.budget, table.params, table.tokens, table.loss).allocation
    >>> round(line.D_e, 3), round(line.b, 3), round(line.a, 3)
    (0.299, 0.537, 0.463)
    """
    found = profiles(budget, params, tokens, loss)
    used = found.used
    if used.sum() < 2:
        because = "".join(f"; {notice}" for notice in found.notices)
        raise ScalingLawsError(
            f"{name or 'these runs'}: {used.sum()} of {len(used)} budgets have a usable minimum, "
            f"and a power law through minima needs at least two{because}. "
            "Train sizes on both sides of each minimum, at least three on a budget."
        )
    log_c = np.log(found.compute)
    a, n_e = _line(log_c, np.log(found.params), used)
    b, d_e = _line(log_c, np.log(found.tokens), used)
    off = np.log(found.params[used]) - n_e - a * log_c[used]
    scatter = float(np.sqrt(off @ off / (used.sum() - 2))) if used.sum() > 2 else float("nan")
    allocation = PowerAllocation(
        float(a), float(b), float(np.exp(n_e)), float(np.exp(d_e)), name=name
    )
    return IsoflopFit(found, allocation, scatter)


def ensemble(
    budget: ArrayLike,
    params: ArrayLike,
    tokens: ArrayLike,
    loss: ArrayLike,
    weights: ArrayLike | None = None,
) -> IsoflopBootstrap:
    """Fit Approach 2 to many versions of a table at once.

    Parameters
    ----------
    budget, params, tokens : array_like, shape (n,)
        See `fit`.
    loss : array_like, shape (n,) or (S, n)
        Nats per token, the same in all S versions or each version's own.
    weights : array_like, shape (S, n), optional
        How often each run counts; once, unless given.

    Returns
    -------
    IsoflopBootstrap
        A budget counts in a version if it has three sizes there, opens upwards, and has its minimum
        between the smallest and largest size of the whole table's budget, and likewise in tokens.

    Raises
    ------
    ScalingLawsError
        If no run is on any budget.

    Examples
    --------
    Two versions of a table, the second without its largest budget:

    >>> from scalinglaws import read_runs
    >>> table = read_runs("llama3")
    >>> smaller = np.where(table.budget < 1e22, 1.0, 0.0)
    >>> both = ensemble(
    ...     table.budget, table.params, table.tokens, table.loss, [np.ones(len(table)), smaller]
    ... )
    >>> both.allocation.a.round(3), float(both.kept[-1])
    (array([0.463, 0.489]), 0.5)
    """
    sheet = _Sheet.of(budget, params, tokens)
    y = np.asarray(loss, dtype=float)
    w = np.ones(sheet.n) if weights is None else np.asarray(weights, dtype=float)
    y, w = np.atleast_2d(y), np.atleast_2d(w)
    size, curvature, _ = _parabolas(sheet.x, sheet, y, w)
    data, data_curvature, _ = _parabolas(sheet.z, sheet, y, w)
    with np.errstate(invalid="ignore"):
        usable = (curvature > 0) & (sheet.low <= size) & (size <= sheet.high)
        usable &= (data_curvature > 0) & (sheet.z_low <= data) & (data <= sheet.z_high)
    a, n_e = _line(np.log(sheet.compute), size + sheet.x_mean, usable)
    b, d_e = _line(np.log(sheet.compute), data + sheet.z_mean, usable)
    # An ensemble: the fields are arrays, as those of an ensemble of laws are.
    fields: list[Any] = [a, b, np.exp(n_e), np.exp(d_e)]
    return IsoflopBootstrap(PowerAllocation(*fields), usable.mean(axis=0))


def bootstrap(
    budget: ArrayLike,
    params: ArrayLike,
    tokens: ArrayLike,
    loss: ArrayLike,
    *,
    resamples: int = 2000,
    seed: int = 0,
    by_size: bool = False,
) -> IsoflopBootstrap:
    """Resample runs within each budget, with replacement, and fit each resample.

    Parameters
    ----------
    budget, params, tokens, loss : array_like, shape (n,)
        See `fit`.
    resamples : int
        How many, > 0.
    seed : int
        Seed of the draws, >= 0.
    by_size : bool
        Draw whole model sizes, each with all its runs on all budgets, instead of runs: for tables
        in which runs of one size share their training.

    Returns
    -------
    IsoflopBootstrap
        Fits of the resamples, as from `ensemble`.

    Raises
    ------
    ScalingLawsError
        If no run is on any budget.

    Notes
    -----
    Drawn as in Efron 1979 (doi:10.1214/aos/1176344552), but within each budget. The number of runs
    on a budget stays the same in each resample unless `by_size` is set.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> table = read_runs("llama3")
    >>> draws = bootstrap(table.budget, table.params, table.tokens, table.loss, resamples=50)
    >>> round(float(draws.allocation.b.std()), 2)
    0.01
    """
    groups = _labels(np.asarray(budget, dtype=float))[1]
    rng = np.random.default_rng(seed)
    if by_size:
        _, size = np.unique(np.asarray(params, dtype=float), return_inverse=True)
        count = int(size.max()) + 1
        drawn = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
        weights = drawn[:, size].astype(float)
    else:
        weights = np.zeros((resamples, len(groups)))
        for k in range(groups.max() + 1):
            rows = np.flatnonzero(groups == k)
            weights[:, rows] = rng.multinomial(
                len(rows), np.full(len(rows), 1 / len(rows)), size=resamples
            )
    return ensemble(budget, params, tokens, loss, weights)


def counted_optimum(
    law: ParametricLaw, compute: ArrayLike, flop: ArrayLike, params: ArrayLike, tokens: ArrayLike
) -> Array:
    """Return the optimal size where training costs what a table says it does, and not 6 N D.

    The cost of a parameter and a token is taken to depend on size alone; its logarithm is
    interpolated linearly in log N between the sizes of the table, and constant beyond. The least
    loss is sought among sizes up to a factor e outside the table's.

    Parameters
    ----------
    law : ParametricLaw
        Law of the loss, of single constants.
    compute : array_like, shape (K,)
        FLOP, as counted in the table, > 0.
    flop, params, tokens : array_like, shape (n,)
        The table's compute (FLOP), model sizes and training tokens, > 0.

    Returns
    -------
    numpy.ndarray, shape (K,)
        Parameters.

    Raises
    ------
    ValueError
        If any compute is not positive.

    Examples
    --------
    Where training costs 7 N D, C FLOP buy what 6/7 C do at 6 N D:

    >>> from scalinglaws import optimal, published
    >>> law, N = published["besiroglu2024"], np.geomspace(1e8, 1e11, 9)
    >>> D = 20 * N
    >>> found = counted_optimum(law, [1e21], 7 * N * D, N, D)
    >>> round(float(found[0] / optimal(law, 6 / 7 * 1e21).params), 4)
    1.0
    """
    n, d, c = (np.asarray(v, dtype=float) for v in (params, tokens, flop))
    size, label = np.unique(n, return_inverse=True)
    cost = np.bincount(label, np.log(c / (n * d))) / np.bincount(label)
    grid = np.linspace(np.log(size[0]) - 1, np.log(size[-1]) + 1, 2001)
    factor = np.exp(np.interp(grid, np.log(size), cost))
    loss = law.loss(
        np.exp(grid), np.asarray(compute, dtype=float)[:, None] / (np.exp(grid) * factor)
    )
    best = np.clip(loss.argmin(axis=1), 1, len(grid) - 2)
    left, middle, right = (loss[np.arange(len(loss)), best + step] for step in (-1, 0, 1))
    bend = np.maximum(left - 2 * middle + right, np.finfo(float).tiny)
    return np.asarray(np.exp(grid[best] + (left - right) / (2 * bend) * (grid[1] - grid[0])))


@dataclass(frozen=True)
class _Sheet:
    """A table of runs, laid out by budget, in centred logarithms."""

    compute: Array
    group: NDArray[np.intp]
    x: Array
    z: Array
    x_mean: float
    z_mean: float
    size: NDArray[np.intp]
    sizes: NDArray[np.intp]
    low: Array
    high: Array
    z_low: Array
    z_high: Array

    @property
    def n(self) -> int:
        return len(self.x)

    @property
    def k(self) -> int:
        return len(self.compute)

    @classmethod
    def of(cls, budget: ArrayLike, params: ArrayLike, tokens: ArrayLike) -> "_Sheet":
        compute, group = _labels(np.asarray(budget, dtype=float))
        x, z = (np.log(np.asarray(v, dtype=float)) for v in (params, tokens))
        x_mean, z_mean = float(x.mean()), float(z.mean())
        x, z = x - x_mean, z - z_mean
        _, size = np.unique(x, return_inverse=True)
        rows = [np.flatnonzero(group == k) for k in range(len(compute))]

        def per_budget(function: "np.ufunc", values: Array) -> Array:
            return np.array([function.reduce(values[r]) for r in rows])

        return cls(
            compute, group, x, z, x_mean, z_mean, size,
            np.array([len(np.unique(size[r])) for r in rows]),
            per_budget(np.minimum, x), per_budget(np.maximum, x),
            per_budget(np.minimum, z), per_budget(np.maximum, z),
        )  # fmt: skip


def _labels(budget: Array) -> tuple[Array, NDArray[np.intp]]:
    """Return the budgets' compute, ascending, and the position of each run's, -1 for none."""
    on = np.isfinite(budget)
    if not on.any():
        raise ScalingLawsError(
            "No runs of equal compute were found, so there are no isoFLOP profiles. Give the table "
            "a column budget (FLOP), widen the tolerance within which compute counts as equal, or "
            "ask for fewer runs on a budget."
        )
    group = np.full(len(budget), -1, dtype=np.intp)
    compute, group[on] = np.unique(budget[on], return_inverse=True)
    return compute, group


def _parabolas(axis: Array, sheet: _Sheet, y: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Return vertex, curvature and level of each budget's parabola, each (..., K).

    NaN where a budget has fewer than three sizes (of weight above zero).
    """
    shape = np.broadcast_shapes(y.shape, weights.shape)[:-1]
    vertex, curvature, level = (np.full((*shape, sheet.k), np.nan) for _ in range(3))
    for k in range(sheet.k):
        rows = np.flatnonzero(sheet.group == k)
        middle = axis[rows].mean()
        t = axis[rows] - middle
        w, v = weights[..., rows], y[..., rows]
        enough = _distinct(sheet.size[rows], w) >= 3
        powers = np.stack([t**p for p in range(5)], axis=-1)
        moments = w @ powers
        gram = moments[..., [[0, 1, 2], [1, 2, 3], [2, 3, 4]]]
        right = (w * v) @ powers[:, :3]
        gram = np.where(enough[..., None, None], gram, np.eye(3))
        c0, c1, c2 = np.moveaxis(np.linalg.solve(gram, right[..., None])[..., 0], -1, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            offset = np.where(enough, -c1 / (2 * c2), np.nan)
        vertex[..., k] = middle + offset
        curvature[..., k] = np.where(enough, c2, np.nan)
        level[..., k] = c0 + c1 * offset / 2
    return vertex, curvature, level


def _distinct(size: NDArray[np.intp], weights: Array) -> NDArray[np.intp]:
    """Count the different sizes among runs of weight above zero, shape (...)."""
    _, label = np.unique(size, return_inverse=True)
    member = label[:, None] == np.arange(label.max() + 1)
    return np.asarray(((weights > 0).astype(float) @ member > 0).sum(axis=-1))


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


def _status(sheet: _Sheet, size: Sequence[Array], data: Sequence[Array], k: int) -> str:
    """Say whether a budget can be used, or why not."""
    if sheet.sizes[k] < 3:
        plural = "size" if sheet.sizes[k] == 1 else "sizes"
        return f"{sheet.sizes[k]} {plural}, and a parabola needs at least three"
    if not (size[1][k] > 0 and data[1][k] > 0):
        return NO_MINIMUM
    for name, vertex, mean, low, high in (
        ("params", size[0][k], sheet.x_mean, sheet.low[k], sheet.high[k]),
        ("tokens", data[0][k], sheet.z_mean, sheet.z_low[k], sheet.z_high[k]),
    ):
        if not low <= vertex <= high:
            ends = [float(np.exp(np.clip(v + mean, -600, 600))) for v in (vertex, low, high)]
            return (
                f"its minimum, {ends[0]:.2g} {name}, is outside the grid of "
                f"{ends[1]:.2g} to {ends[2]:.2g}"
            )
    return USED
