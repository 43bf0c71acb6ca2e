"""The choice of runs that lower the variance of one quantity most, one by one and by exchange.

An exchange algorithm (Fedorov 1972); the package says what is computed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import Array

MOST = 50
"""Runs that a plan has at most."""

_PAIRS = 8  # runs up to which pairs are exchanged, too
_STARTS = 6


@dataclass(frozen=True)
class Limits:
    """What the next runs may cost.

    Attributes
    ----------
    runs : int
        How many, 1 to `MOST`.
    each, total : float
        FLOP of a run and of all together, at most, > 0; infinite for no limit. One is finite.

    Raises
    ------
    ScalingLawsError
        If the number of runs is out of bounds, or no limit is positive and finite.

    Examples
    --------
    >>> Limits(6, total=3e21).largest
    3e+21
    """

    runs: int
    each: float = np.inf
    total: float = np.inf

    def __post_init__(self) -> None:
        if not 1 <= self.runs <= MOST:
            raise ScalingLawsError(f"runs {self.runs}: expected 1 to {MOST}.")
        if not 0 < min(self.each, self.total) < np.inf:
            raise ScalingLawsError(
                "The next runs need a limit to their cost: a positive number of FLOP for each, or "
                "for all together."
            )

    @property
    def largest(self) -> float:
        """FLOP of the largest run that is allowed."""
        return min(self.each, self.total)

    @property
    def alike(self) -> float:
        """FLOP of each run if all are to cost the same."""
        return min(self.each, self.total / self.runs)


@dataclass(frozen=True)
class Candidates:
    """Runs to choose from.

    Attributes
    ----------
    slopes : numpy.ndarray, shape (m, k)
        Of log loss in the constants at each run.
    flop : numpy.ndarray, shape (m,)
        What each costs.

    Examples
    --------
    >>> among = Candidates(np.array([[1.0, 0.0], [3.0, 1.0]]), np.array([1e20, 4e20]))
    >>> choose(np.eye(2), np.array([1.0, 0.0]), among, Limits(1, each=4e20))
    [1]
    """

    slopes: Array
    flop: Array


def variance(inverse: Array, gradient: Array) -> float:
    """Return c' M^-1 c, the variance of a quantity for noise of 1.

    Parameters
    ----------
    inverse : numpy.ndarray, shape (k, k)
        M^-1 of the runs.
    gradient : numpy.ndarray, shape (k,)
        c, the slopes of the quantity in the constants.

    Returns
    -------
    float
        Unit of the quantity squared (least squares, textbook).

    Examples
    --------
    >>> variance(np.diag([0.5, 1.0]), np.array([2.0, 1.0]))
    3.0
    """
    return float(gradient @ inverse @ gradient)


def gains(inverse: Array, gradient: Array, slopes: Array) -> Array:
    """Return by how much each candidate, added alone, lowers c' M^-1 c.

    Parameters
    ----------
    inverse : numpy.ndarray, shape (k, k)
        M^-1 of the runs.
    gradient : numpy.ndarray, shape (k,)
        c.
    slopes : numpy.ndarray, shape (m, k)
        x of each candidate.

    Returns
    -------
    numpy.ndarray, shape (m,)
        (c' M^-1 x)^2 / (1 + x' M^-1 x), >= 0 (closed form, by the update of `added`).

    Examples
    --------
    >>> slopes = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> gains(np.eye(2), np.array([1.0, 0.0]), slopes).round(3)
    array([0.5  , 0.   , 0.333])
    """
    shifted = slopes @ inverse
    return np.asarray((shifted @ gradient) ** 2 / (1 + np.einsum("mk,mk->m", shifted, slopes)))


def pair_gains(inverse: Array, gradient: Array, slopes: Array) -> Array:
    """Return by how much each pair of candidates, added together, lowers c' M^-1 c.

    Parameters
    ----------
    inverse : numpy.ndarray, shape (k, k)
        M^-1 of the runs.
    gradient : numpy.ndarray, shape (k,)
        c.
    slopes : numpy.ndarray, shape (m, k)
        x of each candidate.

    Returns
    -------
    numpy.ndarray, shape (m, m)
        >= 0, symmetric; on the diagonal a candidate twice (closed form, from the update of
        `added` done for two runs at once).

    Examples
    --------
    The second run tells nothing alone, and makes the third worth more:

    >>> slopes = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> pair_gains(np.eye(2), np.array([1.0, 0.0]), slopes).round(3)
    array([[0.667, 0.5  , 0.6  ],
           [0.5  , 0.   , 0.4  ],
           [0.6  , 0.4  , 0.4  ]])
    """
    shifted = slopes @ inverse
    along, cross = shifted @ gradient, shifted @ slopes.T
    own = 1 + np.diagonal(cross)
    top = along[:, None] ** 2 * own + along**2 * own[:, None]
    top -= 2 * along[:, None] * along * cross
    return np.asarray(top / (own[:, None] * own - cross**2))


def added(inverse: Array, slope: Array, sign: float = 1.0) -> Array:
    """Return M^-1 after a run is added or taken away.

    Parameters
    ----------
    inverse : numpy.ndarray, shape (k, k)
        M^-1 before.
    slope : numpy.ndarray, shape (k,)
        x of the run.
    sign : {1.0, -1.0}
        1 to add it, -1 to take it away.

    Returns
    -------
    numpy.ndarray, shape (k, k)
        (M + sign x x')^-1 by the formula of Sherman and Morrison (textbook).

    Examples
    --------
    >>> added(np.eye(2), np.array([1.0, 0.0]))
    array([[0.5, 0. ],
           [0. , 1. ]])
    """
    shifted = inverse @ slope
    return np.asarray(inverse - sign * np.outer(shifted, shifted) / (1 + sign * slope @ shifted))


def inverse(slopes: Array) -> Array:
    """Return M^-1 of runs.

    Parameters
    ----------
    slopes : numpy.ndarray, shape (n, k)
        x of each run; n >= k.

    Returns
    -------
    numpy.ndarray, shape (k, k)
        By singular values (textbook). Directions of which the runs say next to nothing keep a
        variance that is large and finite.

    Examples
    --------
    >>> inverse(np.array([[1.0, 0.0], [0.0, 2.0]])).round(6)
    array([[1.  , 0.  ],
           [0.  , 0.25]])
    """
    scale = np.maximum(np.linalg.norm(slopes, axis=0), np.finfo(float).tiny)
    _, values, axes = np.linalg.svd(slopes / scale, full_matrices=False)
    values = np.maximum(values, 1e-8 * values[0])
    half = axes / values[:, None] / scale
    return np.asarray(half.T @ half)


def choose(
    start: Array,
    gradient: Array,
    among: Candidates,
    limits: Limits,
    progress: Callable[[int, int], None] | None = None,
) -> list[int]:
    """Choose runs that lower c' M^-1 c most within the limits, one by one and then by exchange.

    Parameters
    ----------
    start : numpy.ndarray, shape (k, k)
        M^-1 of the runs at hand.
    gradient : numpy.ndarray, shape (k,)
        c, the slopes of the quantity in the constants.
    among : Candidates
        At least one.
    limits : Limits
        In the unit of the candidates' FLOP.
    progress : callable, optional
        Called with how many starts of the search are done and how many there are.

    Returns
    -------
    list of int
        Positions of the runs chosen, the one that gains most first. None comes twice unless there
        are too few others within the limits.

    Raises
    ------
    ScalingLawsError
        If the smallest candidates cost more than is allowed.

    Notes
    -----
    The exchange (Fedorov 1972) is started from several choices and may still end in a local
    optimum when there are more than two runs.

    Examples
    --------
    With money for it, the dear third run is taken, and the second, which tells nothing of the first
    constant alone, to tell it from the other; else the first run, and the second as there is no
    other:

    >>> among = Candidates(
    ...     np.array([[1.0, 0.0], [0.0, 1.0], [3.0, 1.0]]), np.array([1e20, 1e20, 4e20])
    ... )
    >>> choose(np.eye(2), np.array([1.0, 0.0]), among, Limits(2, total=5e20))
    [2, 1]
    >>> choose(np.eye(2), np.array([1.0, 0.0]), among, Limits(2, total=2e20))
    [0, 1]
    """
    if among.flop.min() > limits.each or limits.runs * among.flop.min() > limits.total:
        raise ScalingLawsError(
            f"{limits.runs} runs of {among.flop.min():.3g} FLOP or more are over the limit. "
            "Allow more compute or fewer runs."
        )
    count, often = len(among.flop), _often(among, limits)
    among = Candidates(np.tile(among.slopes, (often, 1)), np.tile(among.flop, often))
    # One start may end in a local optimum; the best first runs are tried, and an even share.
    first = np.argsort(-gains(start, gradient, among.slopes), kind="stable")[: 2 * _STARTS : 2]
    begun = list(_begun(start, gradient, among, limits, [int(i) for i in first]))
    found = []
    for chosen in begun:
        found.append(_exchanged(start, gradient, among, limits, chosen))
        if progress is not None:
            progress(len(found), len(begun))
    best = min(found, key=lambda each: _left(start, gradient, among, each))
    return [each % count for each in ordered(start, gradient, among, best)]


def _often(among: Candidates, limits: Limits) -> int:
    """Return how often each candidate has to be there for enough runs within the limits."""
    fit = np.sort(among.flop[among.flop <= limits.each])
    for often in range(1, limits.runs + 1):
        if len(fit) * often >= limits.runs:
            smallest = np.repeat(fit, often)[: limits.runs]
            if smallest.sum() <= limits.total:
                return often
    return limits.runs


def _reserve(among: Candidates, taken: list[int], count: int) -> float:
    """Return what the smallest `count` candidates cost that are not taken."""
    left = np.delete(among.flop, taken)
    return float(np.sort(left)[:count].sum())


def _begun(
    start: Array, gradient: Array, among: Candidates, limits: Limits, first: list[int]
) -> Iterator[list[int]]:
    yield _greedy(start, gradient, among, limits, [])
    even = Limits(limits.runs, limits.alike, limits.total)
    if even.each < limits.each and np.sum(among.flop <= even.each) >= limits.runs:
        yield _greedy(start, gradient, among, even, [])
    for each in first:
        rest = _reserve(among, [each], limits.runs - 1)
        if among.flop[each] <= min(limits.each, limits.total - rest):
            yield _greedy(start, gradient, among, limits, [each])


def _greedy(
    start: Array, gradient: Array, among: Candidates, limits: Limits, chosen: list[int]
) -> list[int]:
    now, chosen = _after(start, among, chosen), list(chosen)
    while len(chosen) < limits.runs:
        later = limits.runs - len(chosen) - 1
        spent = float(among.flop[chosen].sum())
        free = np.array([each not in chosen for each in range(len(among.flop))])
        cheap = np.sort(among.flop[free])
        # A run that is not among the smallest leaves these to the later ones.
        costs = np.maximum(among.flop, cheap[later])
        fits = free & (spent + costs + cheap[:later].sum() <= limits.total * (1 + 1e-12))
        fits &= among.flop <= limits.each * (1 + 1e-12)
        best = _best(now, gradient, among, fits)
        now = added(now, among.slopes[best])
        chosen.append(best)
    return chosen


def _best(now: Array, gradient: Array, among: Candidates, allowed: NDArray[np.bool_]) -> int:
    return int(np.argmax(np.where(allowed, gains(now, gradient, among.slopes), -np.inf)))


def _left(start: Array, gradient: Array, among: Candidates, chosen: list[int]) -> float:
    return variance(_after(start, among, chosen), gradient)


def _after(start: Array, among: Candidates, chosen: list[int]) -> Array:
    """Return M^-1 after the runs chosen."""
    now = start
    for each in chosen:
        now = added(now, among.slopes[each])
    return now


def _exchanged(
    start: Array, gradient: Array, among: Candidates, limits: Limits, chosen: list[int]
) -> list[int]:
    """Exchange one run, or two, as long as that helps."""
    value = _left(start, gradient, among, chosen)
    sizes = (1, 2) if 2 <= len(chosen) <= _PAIRS else (1,)
    for _ in range(100):
        before = value
        for size in sizes:
            for places in combinations(range(len(chosen)), size):
                rest = [c for place, c in enumerate(chosen) if place not in places]
                now = _after(start, among, rest)
                left = limits.total - float(among.flop[rest].sum())
                free = among.flop <= min(limits.each, left) * (1 + 1e-12)
                free[rest] = False
                pick = (
                    [_best(now, gradient, among, free)]
                    if size == 1
                    else _best_pair(now, gradient, among, free, left)
                )
                tried = _left(now, gradient, among, pick)
                if tried < value * (1 - 1e-9):
                    chosen, value = [*rest, *pick], tried
            if value < before:
                break  # singly as far as it goes, before pairs
        if value >= before:
            break
    return chosen


def _best_pair(
    now: Array, gradient: Array, among: Candidates, free: NDArray[np.bool_], total: float
) -> list[int]:
    gain = pair_gains(now, gradient, among.slopes)
    together = among.flop[:, None] + among.flop
    allowed = (together <= total * (1 + 1e-12)) & free & free[:, None]
    np.fill_diagonal(allowed, val=False)
    place = int(np.argmax(np.where(allowed, gain, -np.inf)))
    return list(divmod(place, len(among.flop)))


def ordered(start: Array, gradient: Array, among: Candidates, chosen: list[int]) -> list[int]:
    """Return runs in the order in which they gain most.

    Parameters
    ----------
    start : numpy.ndarray, shape (k, k)
        M^-1 of the runs at hand.
    gradient : numpy.ndarray, shape (k,)
        c.
    among : Candidates
        Of which they are.
    chosen : list of int
        Their positions.

    Returns
    -------
    list of int
        The same positions; each next gains most after those before it.

    Examples
    --------
    >>> among = Candidates(np.array([[1.0, 0.0], [3.0, 1.0]]), np.array([1e20, 4e20]))
    >>> ordered(np.eye(2), np.array([1.0, 0.0]), among, [0, 1])
    [1, 0]
    """
    now, left, order = start, sorted(chosen), []
    while left:
        place = int(np.argmax(gains(now, gradient, among.slopes[left])))
        now = added(now, among.slopes[left[place]])
        order.append(left.pop(place))
    return order
