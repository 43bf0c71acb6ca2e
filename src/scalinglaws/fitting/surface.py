"""Minimise an objective for many starts, or many weightings of the runs, at once.

All members advance together by a safeguarded Newton method with the gradient and Hessian of
`kernel`. From afar, a kink in the error model is approached through a falling sequence of Huber
widths; the way there is done in single precision, at half the cost.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.fitting.family import Form, chained
from scalinglaws.fitting.grid import with_amplitudes
from scalinglaws.fitting.kernel import Cells, Charging, Layout, Number, derivatives, log_loss
from scalinglaws.fitting.model import HUBER, Array, Charge, Design, ErrorModel
from scalinglaws.fitting.newton import Evaluate, damped_newton

#: Points (S, k), objective (S,) and whether each converged (S,).
Minimum = tuple[Array, Array, NDArray[np.bool_]]
#: Points (S, k) and their members to all seven centred coordinates (S, 7) and the two derivatives
#: of the active ones, (S, m, k) and (S, m, k, k).
Embedding = Callable[[Array, NDArray[np.intp]], tuple[Array, Array, Array]]

HELD = 262_144
"""Residuals of members that advance together: enough, and no more than fits memory."""

_WIDEST_KINK = 0.03  # above the spread of real residuals; the first width after none at all
_FINEST_SINGLE = 1e-5  # kink width that single precision still resolves
_NO_WORSE = 1e-9  # relative
_TOGETHER = 1e-3  # share of log D that log N leaves open, root mean square
_ENVELOPE = 1e-4  # kink width of the envelopes of the absolute error

#: The 4,500 starts of Hoffmann et al. 2022, Section D.3, as (ln A, ln B, ln E, alpha, beta).
PAPER_STARTS = np.array(
    list(
        product(
            np.arange(0.0, 26.0, 5.0),
            np.arange(0.0, 26.0, 5.0),
            np.arange(-1.0, 1.1, 0.5),
            np.arange(0.0, 2.1, 0.5),
            np.arange(0.0, 2.1, 0.5),
        )
    )
)


@dataclass(frozen=True)
class Problem:
    """What is fitted: runs, a form and an error model.

    Attributes
    ----------
    design : Design
        n runs.
    form : Form
        Which has k free constants.
    error : ErrorModel
        What a residual is charged.
    """

    design: Design
    form: Form
    error: ErrorModel = HUBER
    _layouts: dict[str, Layout] = field(default_factory=dict, repr=False, compare=False)

    @property
    def confounded(self) -> bool:
        """Whether tokens rise as a power of params, so that two terms could be exchanged."""
        x, y = self.design.x, self.design.y
        if not {"A", "B"} <= set(self.form.free):
            return False
        apart = y - x * (x @ y) / (x @ x)
        # On one budget tokens fall as params rise: there one term falls and the other rises.
        return bool(x @ y > 0 and np.linalg.norm(apart) < _TOGETHER * np.linalg.norm(y))

    def layout(self, kind: Number) -> Layout:
        """Return the runs as the kernel needs them in one precision, made once."""
        if kind.__name__ not in self._layouts:
            self._layouts[kind.__name__] = Layout(self.form, self.design, kind)
        return self._layouts[kind.__name__]

    def centre(self, values: Array) -> Array:
        """Turn free constants, shape (..., k), into centred coordinates."""
        return self.form.take(self.design.centre(self.form.full(values)))

    def uncentre(self, points: Array) -> Array:
        """Invert `centre`."""
        return self.form.take(self.design.uncentre(self.form.full(points)))

    def residuals(self, values: Array) -> Array:
        """Return log(observed) - log(predicted) loss, shape (..., n), for constants (..., k)."""
        full = self.design.centre(self.form.full(np.asarray(values, dtype=float)))
        predicted = log_loss(full.reshape(-1, full.shape[-1]), self.design, self.form)
        return np.asarray(self.design.log_loss - predicted.reshape(*full.shape[:-1], -1))

    def least_exponent(self, values: Array) -> Array:
        """Return the least exponent at any of the runs, shape (...), of constants (..., k)."""
        phi = self.design.centre(self.form.full(np.asarray(values, dtype=float)))
        data = (phi[..., 4:5] + phi[..., 6:7] * self.design.x).min(axis=-1)
        known = {"alpha": phi[..., 3], "beta": data}
        kept = [v for key, v in known.items() if key in self.form.free] or [np.ones_like(data)]
        return np.asarray(np.min(kept, axis=0))

    def objective(self, values: ArrayLike, weights: ArrayLike | None = None) -> Array:
        """Return the sum over the runs of what their residuals are charged.

        Parameters
        ----------
        values : array_like, shape (..., k)
            Of the free constants, with A, B, E and p as logarithms.
        weights : array_like, shape (n,) or (..., n), optional
            How often each run counts; once, unless given.

        Returns
        -------
        ndarray, shape (...)
            Objective, >= 0 (Hoffmann et al. 2022, Equation 3, for the Huber loss).
        """
        residuals = self.residuals(np.asarray(values, dtype=float))
        charge = self.error.charge(residuals, np.exp(self.design.log_loss)).value
        if weights is not None:
            charge = charge * np.asarray(weights, dtype=float)
        return np.asarray(charge.sum(axis=-1))

    def evaluate(
        self,
        error: ErrorModel,
        kind: Number,
        weights: Cells | None,
        shift: Array | None = None,
        embedding: Embedding | None = None,
    ) -> Evaluate:
        """Return the function that `damped_newton` evaluates, of points (S, k) and their members.

        Parameters
        ----------
        error : ErrorModel
            The problem's own, or a smoother one.
        kind : float64 or float32
            Precision of the residuals.
        weights : ndarray, shape (M, n), optional
            How often each run counts, by member.
        shift : ndarray, shape (M, n), optional
            Added to the residuals, for the method of multipliers; the charge is then the Moreau
            envelope, of the width of `error`, of the lopsided absolute error.
        embedding : callable, optional
            For points that are not the free constants.
        """
        layout, form = self.layout(kind), self.form

        def evaluate(points: Array, members: NDArray[np.intp]) -> tuple[Array, Array, Array]:
            w = None if weights is None else weights[members]
            charging = _charging(error, layout, None if shift is None else shift[members])
            if embedding is not None:
                phi, first, second = embedding(points, members)
                value, g, h = derivatives(phi, layout, form, charging, w, kind)
                return value, *chained(g, h, first, second)
            full = form.full(points)
            value, g, h = derivatives(full, layout, form, charging, w, kind)
            return value, *form.reduced(points, g, h)

        return evaluate


def _charging(error: ErrorModel, layout: Layout, shift: Array | None) -> Charging:
    """Return what residuals are charged, as the kernel asks for it."""
    if shift is not None:
        low, high = -2 * (1 - error.tau) * error.delta, 2 * error.tau * error.delta

        def enveloped(residual: Cells, rows: slice, columns: slice) -> Charge:
            r = residual + shift[rows, columns]
            slope = np.clip(r, low, high)
            return Charge(slope * (r - slope / 2), slope, (slope == r).astype(r.dtype))

        return enveloped
    loss = np.exp(layout.log_loss)
    return lambda residual, _, columns: error.charge(residual, loss[columns])


def minimise(
    starts: Array,
    problem: Problem,
    weights: ArrayLike | None = None,
    *,
    near: bool = False,
) -> Minimum:
    """Minimise the objective from many starts, or for many weightings of the runs.

    Parameters
    ----------
    starts : ndarray, shape (S, k)
        Free constants to start from.
    problem : Problem
        n runs, a form with k free constants, and an error model.
    weights : ndarray, shape (S, n), optional
        How often each run counts in each member, for instance bootstrap counts.
    near : bool
        Whether the starts are near the minima, as the full-sample optimum is to those of resamples,
        so that the path of falling kink widths can be left out.

    Returns
    -------
    values : ndarray, shape (S, k)
        Free constants of the end that each start leads to.
    objective : ndarray, shape (S,)
        Weighted sum of charges there.
    converged : ndarray of bool, shape (S,)
        Whether the gradient has vanished there.

    Examples
    --------
    Two starts and the one minimum that they lead to:

    >>> from scalinglaws import read_runs
    >>> from scalinglaws.fitting.family import FORMS
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> problem = Problem(Design.of(table), FORMS["chinchilla"])
    >>> starts = np.array([[6.0, 7, 0.5, 0.3, 0.3], [7, 9, 0.4, 0.4, 0.4]])
    >>> values, objective, converged = minimise(starts, problem)
    >>> np.exp(values[:, 2]).round(3), converged
    (array([1.817, 1.817]), array([ True,  True]))
    """
    starts = np.atleast_2d(np.asarray(starts, dtype=float))
    height = max(1, HELD // problem.design.n)
    parts = []
    for top in range(0, len(starts), height):
        rows = slice(top, top + height)
        counts = None if weights is None else np.asarray(weights)[rows]
        parts.append(_minimise(problem.centre(starts[rows]), problem, counts, near))
    points, value, converged = (np.concatenate(part) for part in zip(*parts, strict=True))
    return problem.uncentre(points), value, converged


def from_exponents(starts: Array, problem: Problem) -> Minimum:
    """Minimise from starts whose amplitudes are solved first, so that only exponents matter.

    Parameters
    ----------
    starts : ndarray, shape (S, k)
        Free constants; those of equal exponents are one start.
    problem : Problem
        Of a sum above a floor.

    Returns
    -------
    values, objective, converged : ndarray, shape (S, k), (S,) and (S,)
        As from `minimise`.
    """
    full = problem.design.centre(problem.form.full(np.atleast_2d(starts)))
    once, member = np.unique(full[:, 3:], axis=0, return_inverse=True)
    points = np.concatenate([np.zeros((len(once), 3)), once], axis=1)
    solved = with_amplitudes(points, problem.design)
    solved[:, 5:] = points[:, 5:]
    points = problem.form.take(problem.design.uncentre(solved))
    values, objective, converged = minimise(points, problem)
    member = member.ravel()
    return values[member], objective[member], converged[member]


def descend(
    points: Array,
    evaluate: Callable[[ErrorModel, Number], Evaluate],
    total: Array,
    error: ErrorModel,
    *,
    near: bool = False,
) -> Minimum:
    """Minimise along the path of falling kink widths that the error model asks for.

    Parameters
    ----------
    points : ndarray, shape (S, k)
        Where to start, in the coordinates of the problem.
    evaluate : callable
        Error model and precision to the function that `damped_newton` evaluates.
    total : ndarray, shape (S,)
        Weight of all runs together, by member.
    error : ErrorModel
        Of width delta > 0.
    near : bool
        Whether the points are near the minimum, so that the path can be left out.

    Returns
    -------
    points, objective, converged : ndarray, shape (S, k), (S,) and (S,)
        Where the paths end, what the objective is there, and whether the gradient has vanished.
    """
    target = error.delta
    for delta in [] if near else _kink_path(target):
        coarse = evaluate(replace(error, delta=delta), np.float32)
        scale = total * min(delta, _WIDEST_KINK)
        points = damped_newton(points, coarse, scale, 1e-5, 20, gain=1e-4, noise=1e-6)[0]
    size = total * min(target, _WIDEST_KINK)
    if target >= _FINEST_SINGLE:
        single = evaluate(error, np.float32)
        points = damped_newton(points, single, size, 1e-6, 15, gain=1e-7, noise=1e-6)[0]
    # Residuals are known to a few 1e-16, and a kink of width delta divides by delta.
    tolerance = max(1e-10, 1e-14 / target)
    return damped_newton(points, evaluate(error, np.float64), size, tolerance, 200, damping=1e-8)


def _kink_path(target: float) -> list[float]:
    """Huber widths to go through before the wanted one, from smooth to sharp."""
    if np.isinf(target):
        return []
    widths = [np.inf, _WIDEST_KINK]
    while widths[-1] > target * 4:
        widths.append(widths[-1] / 4)
    return [w for w in widths if w > target]


def _minimise(points: Array, problem: Problem, weights: Cells | None, near: bool) -> Minimum:
    """Minimise for members that fit memory together, in centred coordinates.

    Those that were taken to be near their minimum and did not get there go the long way.
    """
    ends, value, converged = _once(points, problem, weights, near)
    lost = ~converged
    if near and lost.any():
        counts = None if weights is None else weights[lost]
        again, lower, arrived = _once(points[lost], problem, counts, near=False)
        better = (lower < value[lost]) | (arrived & (lower <= value[lost] * (1 + _NO_WORSE)))
        places = np.flatnonzero(lost)[better]
        ends[places], value[places], converged[places] = (
            again[better],
            lower[better],
            arrived[better],
        )
    return ends, value, converged


def _once(points: Array, problem: Problem, weights: Cells | None, near: bool) -> Minimum:
    error, by_kind = problem.error, dict[str, Cells]()
    total = np.full(len(points), float(problem.design.n))
    if weights is not None:
        by_kind = {kind.__name__: weights.astype(kind) for kind in (np.float32, np.float64)}
        total = weights.sum(axis=1).astype(float)

    def evaluate(smoother: ErrorModel, kind: Number) -> Evaluate:
        return problem.evaluate(smoother, kind, by_kind.get(kind.__name__))

    smooth = error if error.delta > 0 else replace(error, delta=HUBER.delta)
    found = descend(points, evaluate, total, smooth, near=near)
    if error.delta > 0:
        return found
    return _absolute(found[0], problem, by_kind.get("float64"), total)


def _absolute(phi: Array, problem: Problem, weights: Array | None, total: Array) -> Minimum:
    """Minimise the absolute error by the method of multipliers, from near the minimum.

    Each round minimises the Moreau envelope of the absolute error at shifted residuals, then takes
    the slopes found as the next shifts, on a narrower envelope (Rockafellar 1976,
    doi:10.1287/moor.1.2.97). At the end the runs within the kink lie on the law, and their slopes,
    which are between those on either side, balance the others: the condition of optimality
    (Koenker and Bassett 1978, doi:10.2307/1913643, Theorem 3.3). A member has converged when the
    slopes meet it so closely that the objective could not fall by more than 1e-11 of itself.
    """
    error, design = problem.error, problem.design
    phi, value = phi.copy(), np.full(len(phi), np.inf)
    converged = np.zeros(len(phi), dtype=bool)
    slopes, left = np.zeros((len(phi), design.n)), np.arange(len(phi))
    limits = -2 * (1 - error.tau), 2 * error.tau
    for narrowing in range(14):
        width = max(_ENVELOPE * 0.3**narrowing, 1e-2 * _ENVELOPE)
        w = None if weights is None else weights[left]
        narrow = replace(error, delta=width)
        envelope = problem.evaluate(narrow, np.float64, w, slopes[left] * width)
        tolerance = max(1e-9, 1e-14 / width)
        end, _, flat = damped_newton(
            phi[left], envelope, total[left] * width, tolerance, 60, damping=1e-6, gain=1e-13
        )
        r = design.log_loss - log_loss(problem.form.full(end), design, problem.form)
        slope = np.clip(slopes[left] + r / width, *limits)
        charge = error.rho(r)
        gap = charge - slope * r
        if w is not None:
            charge, gap = charge * w, gap * w
        phi[left], slopes[left], value[left] = end, slope, charge.sum(axis=1)
        met = flat & (gap.sum(axis=1) <= 1e-11 * value[left])
        converged[left[met]] = True
        left = left[~met]
        if not len(left):
            break
    return phi, value, converged
