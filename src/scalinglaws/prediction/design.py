r"""Which runs to train next: those that narrow the interval of one quantity most.

Near the fit, log loss is linear in the five constants, and least squares gives a quantity with
gradient c the variance s^2 c' M^-1 c: M is the sum over the runs of x x', with x the slopes of log
loss at a run, and s the noise. A new run at (N, D) adds its own x x' whatever its loss will be, so
that the variance after it is known before it is trained (c-optimal design; Silvey 1980,
doi:10.1007/978-94-009-5912-5, chapter 3). One run lowers c' M^-1 c by

    (c' M^-1 x)^2 / (1 + x' M^-1 x),

which is computed for all candidates at once. Runs are added one by one and then exchanged, singly
and in pairs, until no exchange helps (an exchange algorithm; Fedorov 1972).

All this is to first order, at the law as fitted, and takes the form of the law for granted. The
guard against a wrong form is a discrepancy: log loss is off the law by a smooth function of log
size and log data, a Gaussian process of 2% and of a length of 2 in natural logarithms (Kennedy and
O'Hagan 2001, doi:10.1111/1467-9868.00294). Runs far from where the law is to be used then tell less
of it, and two runs of one place hardly more than one. On public suites whose largest budget was
hidden, guarded plans for the loss there left less error than plans that trust the form.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.family import FORMS
from scalinglaws.fitting.kernel import jacobian
from scalinglaws.fitting.model import MSE, Array, Design
from scalinglaws.fitting.result import Fit
from scalinglaws.fitting.result import fit as fit_runs
from scalinglaws.prediction.methods import AHEAD
from scalinglaws.prediction.methods import MOST as LONGEST
from scalinglaws.prediction.simulation import normal_half_width
from scalinglaws.runs import Runs
from scalinglaws.units import FLOP_PER_PARAM_TOKEN, parse_quantity, training_flop

MOST = 50
"""Runs that a plan has at most."""

LEVEL = 0.95
"""Coverage of an interval unless another is asked for."""

_LEVELS, _RATIOS = 16, 25  # candidates: budgets, and tokens per parameter on each
_NARROW = 100.0  # largest over smallest tokens per parameter that candidates reach at least
_OFF, _LENGTH = 0.02, 2.0  # of the discrepancy: of log loss, and in log size and log data
_PAIRS = 8  # runs up to which pairs are exchanged, too
_STARTS = 6


@dataclass(frozen=True)
class Quantity:
    """What the next runs are to tell.

    Attributes
    ----------
    kind : {"a", "E", "N", "D", "L"}
        Exponent of the optimal size; irreducible loss; optimal size, optimal tokens or lowest loss
        at `compute`. Losses are in nats per token.
    compute : float
        FLOP; NaN for a and E.

    Examples
    --------
    >>> size = Quantity("N", 1e24)
    >>> size.name, size.multiplies
    ('N@1e+24', True)
    >>> low, high = size.around(1e11, 0.1)  # the error is one of log N
    >>> f"{low:.3g} {high:.3g}"
    '8.22e+10 1.22e+11'
    """

    kind: str
    compute: float = float("nan")

    @property
    def name(self) -> str:
        """The way it is written: a, E, N@1e+24."""
        return self.kind if self.kind in "aE" else f"{self.kind}@{self.compute:g}"

    @property
    def multiplies(self) -> bool:
        """Whether its standard error is one of its logarithm."""
        return self.kind in "ND"

    def around(self, value: float, error: float, level: float = LEVEL) -> tuple[float, float]:
        """Return the normal interval about a value (textbook).

        Parameters
        ----------
        value : float
            Of the quantity.
        error : float
            Standard error, >= 0: of the quantity, or of its logarithm if it `multiplies`.
        level : float
            Coverage, 0 < level < 1.

        Returns
        -------
        (float, float)
            Ends, in the unit of `value`.

        Raises
        ------
        ValueError
            If the level is 1 or more.
        """
        half = float(normal_half_width(error, level))
        if self.multiplies:
            with np.errstate(over="ignore"):
                return value * float(np.exp(-half)), value * float(np.exp(half))
        return value - half, value + half


def quantity(text: str) -> Quantity:
    """Read a quantity: a, E, N@1e24, D@1e24 or L@1e24.

    Parameters
    ----------
    text : str
        The compute is in FLOP and may be written as people do.

    Returns
    -------
    Quantity
        By definition one of five kinds.

    Raises
    ------
    ScalingLawsError
        If it is none of these, or the compute is no number above 0 and up to 1e40.

    Examples
    --------
    >>> quantity("D@5.76e23")
    Quantity(kind='D', compute=5.76e+23)
    """
    kind, at, compute = text.strip().partition("@")
    if kind in ("a", "E") and not at:
        return Quantity(kind)
    if kind in ("N", "D", "L") and at:
        flop = parse_quantity(compute, "FLOP")
        if 0 < flop <= 1e40:
            return Quantity(kind, flop)
    raise ScalingLawsError(
        f"'{text}' is not something to plan for; expected a, E, or N, D or L at a compute in FLOP, "
        "such as N@1e24."
    )


@dataclass(frozen=True)
class Knowledge:
    """What the runs at hand say, to first order.

    The six constants are, in this order, the logarithms of A and B at the mean run, log E, alpha,
    beta and log p.

    Attributes
    ----------
    fit : Fit
        Of Chinchilla's form.
    noise : float
        Standard deviation of log loss about the fit.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> known = knowledge(fit(read_runs("hoffmann2022_runs").without_highest(5), error="mse"))
    >>> round(known.value(Quantity("a")), 2)
    0.53
    >>> slopes = known.slopes([1e9], [2e10])
    >>> slopes.round(2)  # the first three are the terms' shares of the loss
    array([[ 0.13,  0.13,  0.74, -0.02, -0.02, -0.18]])
    >>> float(known.gradient(Quantity("E"))[2].round(2))  # dE / d log E = E
    1.86
    """

    fit: Fit
    noise: float

    @property
    def flop(self) -> Array:
        """Of the runs at hand, 6 N D, shape (n,)."""
        return np.asarray(training_flop(self.fit.runs.params, self.fit.runs.tokens))

    def slopes(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return the slopes of log loss in the six constants.

        Parameters
        ----------
        params, tokens : array_like, shape (m,)
            Model sizes and training tokens, > 0.

        Returns
        -------
        numpy.ndarray, shape (m, 6)
            At the law as fitted (closed form), p = 1.
        """
        design = self.fit.problem.design
        x, y = np.log(params) - design.x_mean, np.log(tokens) - design.y_mean
        at = Design(x, y, np.zeros_like(x), design.x_mean, design.y_mean)
        phi = design.centre(self.fit.form.full(self.fit.values))
        return jacobian(phi, at.size, at.data, FORMS["powermean"])

    @property
    def own(self) -> Array:
        """The slopes of the runs at hand, shape (n, 6)."""
        return self.slopes(self.fit.runs.params, self.fit.runs.tokens)

    def bent(self, centres: Array) -> "Bent":
        """Return the same with a smooth discrepancy of the law fitted, too.

        Parameters
        ----------
        centres : numpy.ndarray, shape (r, 2)
            Log size and log data, no more than a length apart where the discrepancy matters.

        Returns
        -------
        Bent
            With r weights beside the five constants.
        """
        return Bent(self, centres)

    def value(self, wanted: Quantity) -> float:
        """Return the quantity as fitted.

        Parameters
        ----------
        wanted : Quantity
            See `Quantity` for units.

        Returns
        -------
        float
            Closed form: the optimum of Hoffmann et al. 2022, Equation 4.
        """
        law = self.fit.law
        if wanted.kind in "aE":
            return float(getattr(law, wanted.kind))
        return float(getattr(law.optimum(compute=wanted.compute), _OPTIMAL[wanted.kind]))

    def gradient(self, wanted: Quantity) -> Array:
        """Return the slopes of the quantity in the six constants.

        Parameters
        ----------
        wanted : Quantity
            Its logarithm is taken if it multiplies.

        Returns
        -------
        numpy.ndarray, shape (6,)
            Of the closed form. Where the loss is lowest it does not change with the size to first
            order, so that its slopes there are those of the loss of one run.
        """
        law, design = self.fit.law, self.fit.problem.design
        alpha, beta, total = law.alpha, law.beta, law.alpha + law.beta
        if wanted.kind == "a":
            return np.array([0.0, 0.0, 0.0, -beta / total**2, alpha / total**2, 0.0])
        if wanted.kind == "E":
            return np.array([0.0, 0.0, law.E, 0.0, 0.0, 0.0])
        best = law.optimum(compute=wanted.compute)
        if wanted.kind == "L":
            return np.asarray(best.loss * self.slopes([best.params], [best.tokens])[0])
        # ln N = [ln A - ln B + ln(alpha / beta) / p + beta ln(C / 6)] / (alpha + beta)
        by_alpha = design.x_mean - np.log(best.params) + 1 / alpha
        by_beta = np.log(best.tokens) - design.y_mean - 1 / beta
        size = np.array([1.0, -1.0, 0.0, by_alpha, by_beta, -np.log(alpha / beta)]) / total
        return np.asarray(size if wanted.kind == "N" else -size)


@dataclass(frozen=True)
class Bent:
    """What the runs at hand say if the law has a discrepancy, a weighted sum of r smooth bumps.

    Attributes
    ----------
    known : Knowledge
    centres : numpy.ndarray, shape (r, 2)
        Of the bumps, in log size and log data.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> known = knowledge(fit(read_runs("hoffmann2022_runs").without_highest(5), error="mse"))
    >>> bent = known.bent(np.log([[1e9, 2e10], [1e9, 2e11]]))
    >>> bent.slopes([1e9], [2e10]).shape, bent.own.shape  # a row for each weight beside the runs'
    ((1, 7), (242, 7))
    """

    known: Knowledge
    centres: Array

    def _bumps(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return features whose products are the covariance of the discrepancy, shape (m, r)."""
        places = np.stack([np.log(params), np.log(tokens)], axis=-1)
        among = _covariance(self.centres, self.centres) + 1e-6 * np.eye(len(self.centres))
        across = _covariance(places, self.centres)
        return np.asarray(np.linalg.solve(np.linalg.cholesky(among), across.T).T)

    def slopes(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return the slopes of log loss in the constants and the weights.

        Parameters
        ----------
        params, tokens : array_like, shape (m,)
            Model sizes and training tokens, > 0.

        Returns
        -------
        numpy.ndarray, shape (m, 5 + r)
            At the law as fitted (closed form), without a discrepancy.
        """
        law = self.known.slopes(params, tokens)[:, :5]
        return np.hstack([law, _OFF * self._bumps(params, tokens)])

    @property
    def own(self) -> Array:
        """The slopes of the runs at hand, and a row for what is known of each weight before."""
        runs, count = self.known.fit.runs, len(self.centres)
        before = np.hstack([np.zeros((count, 5)), self.known.noise * np.eye(count)])
        return np.vstack([self.slopes(runs.params, runs.tokens), before])

    def gradient(self, wanted: Quantity) -> Array:
        """Return the slopes of a quantity in the constants and the weights.

        Parameters
        ----------
        wanted : Quantity
            Its logarithm is taken if it multiplies.

        Returns
        -------
        numpy.ndarray, shape (5 + r,)
            The discrepancy adds to the lowest loss what it is at the optimum. It moves the optimal
            size by its slope along the budget over the curvature of log loss there (a step of
            Newton's method). It leaves a and E, which are of the law.
        """
        law, known = self.known.gradient(wanted)[:5], self.known
        weights = np.zeros(len(self.centres))
        if wanted.kind in "NDL":
            best = known.fit.law.optimum(compute=wanted.compute)
            step = np.exp([-_STEP, 0.0, _STEP])
            bumps = _OFF * self._bumps(best.params * step, best.tokens / step)
            if wanted.kind == "L":
                weights = best.loss * bumps[1]
            else:
                along = np.log(known.fit.law.loss(best.params * step, best.tokens / step))
                bend = (along[0] - 2 * along[1] + along[2]) / _STEP**2
                weights = (bumps[0] - bumps[2]) / (2 * _STEP) / bend
                weights = weights if wanted.kind == "N" else -weights
        return np.concatenate([law, weights])


_STEP = 0.01  # in log size, of slopes along a budget


def _covariance(one: Array, other: Array) -> Array:
    """Return that of a process of variance 1 at two sets of places, shape (m, r)."""
    apart = ((one[:, None] - other) ** 2).sum(axis=-1)
    return np.asarray(np.exp(-apart / (2 * _LENGTH**2)))


def _centres(params: ArrayLike, tokens: ArrayLike) -> Array:
    """Return places that cover runs, a length apart, and no further from one than that."""
    places = np.stack([np.log(params), np.log(tokens)], axis=-1)
    cells = np.unique(np.rint(places / _LENGTH), axis=0)
    return np.asarray(cells * _LENGTH)


_OPTIMAL = {"N": "params", "D": "tokens", "L": "loss"}


def knowledge(fit: Fit) -> Knowledge:
    """Return what a fit knows.

    Parameters
    ----------
    fit : Fit
        Of Chinchilla's form to the n runs at hand; by squared error, the plan is right to first
        order.

    Returns
    -------
    Knowledge
        With the noise that the fit leaves, n - 5 degrees of freedom.

    Raises
    ------
    ScalingLawsError
        If the runs fix no law with an optimum, or the fit is of another form.

    Examples
    --------
    >>> from scalinglaws import Laboratory, fit, simulate
    >>> round(knowledge(fit(simulate(Laboratory(noise=0.005)), error="mse")).noise, 3)
    0.005
    """
    if fit.form != FORMS["chinchilla"]:
        raise ScalingLawsError(
            f"A plan starts from a fit of the form 'chinchilla', not of '{fit.form.name}'."
        )
    if not fit.converged:
        raise ScalingLawsError(
            f"These runs fix no law from which to plan the next ones ({fit.status}). Spread "
            "sizes and data over at least a factor of ten each, at several budgets, and fit again."
        )
    return Knowledge(fit, float(np.sqrt(np.sum(fit.residuals**2) / (fit.n - len(fit.form.free)))))


# Choosing runs


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
    return [each % count for each in _ordered(start, gradient, among, best)]


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
    even = Limits(limits.runs, min(limits.each, limits.total / limits.runs), limits.total)
    if even.each < limits.each and np.sum(among.flop <= even.each) >= limits.runs:
        yield _greedy(start, gradient, among, even, [])
    for each in first:
        rest = _reserve(among, [each], limits.runs - 1)
        if among.flop[each] <= min(limits.each, limits.total - rest):
            yield _greedy(start, gradient, among, limits, [each])


def _greedy(
    start: Array, gradient: Array, among: Candidates, limits: Limits, chosen: list[int]
) -> list[int]:
    now = start
    for each in chosen:
        now = added(now, among.slopes[each])
    chosen = list(chosen)
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
    now = start
    for each in chosen:
        now = added(now, among.slopes[each])
    return variance(now, gradient)


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
                now = start
                for each in rest:
                    now = added(now, among.slopes[each])
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


def _ordered(start: Array, gradient: Array, among: Candidates, chosen: list[int]) -> list[int]:
    now, left, order = start, sorted(chosen), []
    while left:
        place = int(np.argmax(gains(now, gradient, among.slopes[left])))
        now = added(now, among.slopes[left[place]])
        order.append(left.pop(place))
    return order


# A plan


@dataclass(frozen=True)
class Plan:
    """The next runs, and what they are expected to tell.

    Standard errors are in the unit of the quantity, or of its logarithm if it multiplies; see
    `Quantity.around`.

    Attributes
    ----------
    quantity : Quantity
        What they are to tell.
    value : float
        As fitted to the runs at hand.
    noise : float
        Standard deviation of log loss.
    n : int
        Runs at hand.
    guarded : bool
        Whether the runs were chosen for a law that has a discrepancy.
    params, tokens, flop : numpy.ndarray, shape (k,)
        The runs, the one that gains most first.
    now : float
        Standard error at present, if the law has the right form.
    after : numpy.ndarray, shape (k,)
        Expected after the first, the first two, ... and all of the runs.
    now_bent, after_bent : float
        The same if the law has a discrepancy, now and after all runs.
    others, others_bent : dict of str to float
        Both standard errors after as many runs by plans without a design: more like those at hand
        (fewer if the total does not pay for them), optimal runs of several budgets, runs about the
        optimum of the two largest budgets, or one more budget.
    by : str
        The one of `others` whose runs the plan has, where the search found none better; or nothing.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> made = next_runs(runs, "a", runs=1)
    >>> f"{made.now:.4f} {made.after[-1]:.4f}"
    '0.0092 0.0088'
    >>> round(made.worth)  # one run as good as so many more of the present kind
    22
    """

    quantity: Quantity
    value: float
    noise: float
    n: int
    guarded: bool
    params: Array
    tokens: Array
    flop: Array
    now: float
    after: Array
    now_bent: float
    after_bent: float
    others: dict[str, float]
    others_bent: dict[str, float]
    by: str = ""

    @property
    def worth(self) -> float:
        """More runs of the present design that would narrow the interval as far."""
        return self.n * ((self.now / float(self.after[-1])) ** 2 - 1)


def candidates(
    known: Knowledge, limits: Limits, ratios: tuple[float, float] | None = None
) -> tuple[Array, Array]:
    """Return sizes and tokens to choose from.

    Budgets go from the smallest at hand, or a thousandth of the largest allowed if that is less, to
    the largest allowed; tokens per parameter from the smallest at hand to the largest, or ten times
    to either side of their middle where that is more. No candidate
    is below the smallest size or the least data at hand, or expected to end above the highest loss
    there: where models are hardly trained the law was never seen to hold, though it promises the
    most there.

    Parameters
    ----------
    known : Knowledge
        Of the runs at hand.
    limits : Limits
        Only the largest run that they allow matters.
    ratios : (float, float), optional
        Smallest and largest tokens per parameter, > 0; as said above unless given.

    Returns
    -------
    params, tokens : numpy.ndarray, shape (m,)
        At most 16 budgets by 25 ratios, even in their logarithms (our choice).

    Raises
    ------
    ScalingLawsError
        If the ratios are no range, or the limits leave nothing to choose from.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> known = knowledge(fit(runs, error="mse"))
    >>> params, tokens = candidates(known, Limits(3, each=1e22), ratios=(10, 40))
    >>> ratio = tokens / params
    >>> round(float(ratio.min())), round(float(ratio.max())), f"{6 * (params * tokens).max():.2g}"
    (10, 40, '1e+22')
    """
    runs = known.fit.runs
    ratio = runs.tokens_per_param
    low, high = float(ratio.min()), float(ratio.max())
    middle, wide = np.sqrt(low * high), np.sqrt(_NARROW)
    low, high = ratios or (min(low, middle / wide), max(high, middle * wide))
    if not 0 < low <= high < np.inf:
        raise ScalingLawsError(
            f"Tokens per parameter from {low:g} to {high:g}: expected two positive numbers, the "
            "smaller first."
        )
    top = limits.largest
    bottom = min(float(known.flop.min()), top / 1e3)
    flop, by = np.meshgrid(np.geomspace(bottom, top, _LEVELS), np.geomspace(low, high, _RATIOS))
    params = np.sqrt(flop.ravel() / (FLOP_PER_PARAM_TOKEN * by.ravel()))
    tokens, slack = params * by.ravel(), 1 - 1e-9
    kept = (params >= runs.params.min() * slack) & (tokens >= runs.tokens.min() * slack)
    kept &= known.fit.law.loss(params, tokens) <= runs.loss.max() / slack
    if not kept.any():
        raise ScalingLawsError(
            f"With {top:.3g} FLOP for a run there is nothing to choose from that is as large and "
            "as well trained as the runs at hand. Allow more compute."
        )
    return params[kept], tokens[kept]


def next_runs(
    fit: Fit | Runs,
    narrow: str | None = None,
    *,
    runs: int = 6,
    budget: float | None = None,
    total: float | None = None,
    guarded: bool = True,
    ratios: tuple[float, float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Choose the runs to train next, so that one quantity is known better.

    Parameters
    ----------
    fit : Fit or Runs
        Of Chinchilla's form to the runs at hand. Runs are fitted by squared error first, of a long
        table a part (`methods.compare`).
    narrow : str, optional
        What the next runs are to tell: a, E, or N, D or L at a compute, such as N@1e24. Unless
        given, the lowest loss at ten times the compute of the largest run.
    runs : int
        How many, 1 to 50.
    budget : float, optional
        FLOP of a run at most; the largest at hand unless it or `total` is given.
    total : float, optional
        FLOP of all together at most.
    guarded : bool
        Narrow the interval that remains if the law has a discrepancy: a guard against a law of the
        wrong form.
    ratios : (float, float), optional
        Smallest and largest tokens per parameter of the runs to choose from.
    progress : callable, optional
        Called with how many designs are tried and how many there are to try.

    Returns
    -------
    Plan
        A c-optimal design added to the runs at hand (Silvey 1980): the runs, and the standard error
        of the quantity now and after each of them. It is never worse than the plans without a
        design that it is compared with.

    Raises
    ------
    ScalingLawsError
        If the runs at hand do not fix the law, or what is asked for is out of bounds.

    Examples
    --------
    For a better estimate of the floor, train two more runs as dear as the largest:

    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> made = next_runs(runs, "E", runs=2, guarded=False)
    >>> f"E {made.value:.3f} +- {made.now:.4f}, then +- {made.after[-1]:.4f}"
    'E 1.865 +- 0.0142, then +- 0.0133'
    >>> [f"{flop:.2g}" for flop in made.flop]
    ['1.3e+22', '1.3e+22']
    """
    hand = fit.runs if isinstance(fit, Fit) else fit
    ahead = AHEAD * float(training_flop(hand.params, hand.tokens).max())
    wanted = Quantity("L", ahead) if narrow is None else quantity(narrow)
    if budget is None and total is None:
        budget = float(hand.flop.max())
    limits = Limits(runs, np.inf if budget is None else budget, np.inf if total is None else total)
    found = fit if isinstance(fit, Fit) else fit_runs(fit.distinct().sample(LONGEST), error=MSE)
    return plan(knowledge(found), wanted, limits, guarded=guarded, ratios=ratios, progress=progress)


def plan(
    known: Knowledge,
    wanted: Quantity,
    limits: Limits,
    *,
    guarded: bool = True,
    ratios: tuple[float, float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Choose the next runs from what is known of those at hand.

    Parameters
    ----------
    known : Knowledge
        Of the runs at hand.
    wanted : Quantity
        What the next runs are to tell.
    limits : Limits
        What they may cost.
    guarded : bool
        Narrow the interval that remains if the law has a discrepancy, and so guard against a law of
        the wrong form.
    ratios : (float, float), optional
        Smallest and largest tokens per parameter of the runs to choose from; see `candidates`.
    progress : callable, optional
        Called again and again with how much of the work is done and how much there is.

    Returns
    -------
    Plan
        A c-optimal design added to the runs at hand (Silvey 1980).

    Raises
    ------
    ScalingLawsError
        If the ratios are no range, or the limits leave nothing to choose from.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> known = knowledge(fit(runs, error="mse"))
    >>> bold, careful = (
    ...     plan(known, Quantity("a"), Limits(1, each=1e22), guarded=guarded)
    ...     for guarded in (False, True)
    ... )
    >>> bool(bold.after[-1] <= careful.after[-1]), careful.after_bent <= bold.after_bent
    (True, True)
    """
    params, tokens = candidates(known, limits, ratios)
    plain = {"along the optimum": _along(known, limits),
             "about the optimum of the two largest budgets": _about(known, limits),
             "one more budget, sizes about its optimum": _profile(known, limits)}  # fmt: skip
    at = [known.fit.runs, *(Runs(*pair, np.ones(limits.runs)) for pair in plain.values())]
    sizes, data = [params], [tokens]
    for each in at:
        sizes, data = [*sizes, each.params], [*data, each.tokens]
    if wanted.kind in "NDL":
        best = known.fit.law.optimum(compute=wanted.compute)
        sizes, data = [*sizes, np.atleast_1d(best.params)], [*data, np.atleast_1d(best.tokens)]
    bent = known.bent(_centres(np.concatenate(sizes), np.concatenate(data)))
    judge, trusting = _Judge(bent, wanted), _Judge(known, wanted)
    chooser = judge if guarded else trusting
    flop = np.asarray(training_flop(params, tokens))
    chosen = choose(
        inverse(chooser.own), chooser.gradient,
        Candidates(chooser.slopes(params, tokens), flop), limits, progress,
    )  # fmt: skip
    found, by = (params[chosen], tokens[chosen]), ""
    for name, pair in plain.items():
        by_ratio = pair[1] / pair[0]
        if ratios is not None and not ratios[0] <= by_ratio.min() <= by_ratio.max() <= ratios[1]:
            continue
        if chooser.error(*pair) < chooser.error(*found) * (1 - 1e-9):
            found, by = pair, name
    if by:
        slopes = chooser.slopes(*found)
        among = Candidates(slopes, np.ones(len(slopes)))
        order = _ordered(inverse(chooser.own), chooser.gradient, among, list(range(len(slopes))))
        found = found[0][order], found[1][order]
    weight = _repeats(known, limits)
    present = "more of the present design"
    return Plan(
        quantity=wanted,
        value=known.value(wanted),
        noise=known.noise,
        n=known.fit.n,
        guarded=guarded,
        params=found[0],
        tokens=found[1],
        flop=np.asarray(training_flop(*found)),
        now=trusting.error(),
        after=np.array([
            trusting.error(found[0][: k + 1], found[1][: k + 1]) for k in range(len(found[0]))
        ]),
        now_bent=judge.error(),
        after_bent=judge.error(*found),
        others={present: trusting.error(weight=weight)}
        | {name: trusting.error(*pair) for name, pair in plain.items()},
        others_bent={present: judge.error(weight=weight)}
        | {name: judge.error(*pair) for name, pair in plain.items()},
        by=by,
    )  # fmt: skip


class _Judge:
    """What a quantity's standard error is after runs, if the law is right or if it is bent."""

    def __init__(self, model: Knowledge | Bent, wanted: Quantity) -> None:
        self.known = model if isinstance(model, Knowledge) else model.known
        self._slopes, constants = model.slopes, 5 if isinstance(model, Knowledge) else None
        self._constants = constants
        self.gradient = model.gradient(wanted)[:constants]
        self.own = model.own[:, :constants]

    def slopes(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        return self._slopes(params, tokens)[:, : self._constants]

    def error(
        self, params: ArrayLike = (), tokens: ArrayLike = (), weight: float = 0.0
    ) -> float:  # fmt: skip
        """Return it after more runs, or after those at hand were had again by this share."""
        own = self.own.copy()
        own[: self.known.fit.n] *= np.sqrt(1 + weight)
        extra = self.slopes(params, tokens) if np.size(params) else np.empty((0, own.shape[1]))
        left = variance(inverse(np.vstack([own, extra])), self.gradient)
        return self.known.noise * float(np.sqrt(left))


def _repeats(known: Knowledge, limits: Limits) -> float:
    """Return how often the present design can be had again, in shares of it."""
    affordable = limits.total / float(known.flop.mean())
    return min(limits.runs, affordable) / known.fit.n


def _along(known: Knowledge, limits: Limits) -> tuple[Array, Array]:
    """Return optimal runs at budgets up to the largest, or smaller ones within the total."""
    low = min(float(known.flop.min()), limits.largest)
    flop = np.geomspace(low, limits.largest, limits.runs) if limits.runs > 1 else (
        np.array([limits.largest])
    )  # fmt: skip
    flop = flop * min(1.0, limits.total / float(flop.sum()))
    best = known.fit.law.optimum(compute=flop)
    return best.params, best.tokens


def _about(known: Knowledge, limits: Limits) -> tuple[Array, Array]:
    """Return runs about the optimum of the largest budget and of a third of it, half on each."""
    budget = min(limits.each, limits.total / limits.runs)
    each = np.where(np.arange(limits.runs) % 2, budget / 3, budget)
    best = known.fit.law.optimum(compute=each).params
    steps = np.arange(limits.runs) // 2
    params = best * 1.5 ** (steps - steps.mean())
    return params, each / (FLOP_PER_PARAM_TOKEN * params)


def _profile(known: Knowledge, limits: Limits) -> tuple[Array, Array]:
    """Return runs of the largest budget, sizes spread by a factor of 10 about the optimum."""
    budget = min(limits.each, limits.total / limits.runs)
    best = known.fit.law.optimum(compute=budget).params
    spread = 10.0 ** np.linspace(-0.5, 0.5, limits.runs) if limits.runs > 1 else np.ones(1)
    params = best * spread
    return params, budget / (FLOP_PER_PARAM_TOKEN * params)
