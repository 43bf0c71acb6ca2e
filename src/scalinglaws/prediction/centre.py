"""The law that a prediction is centred on: Student-t errors, weak priors, runs near the frontier.

Forms of the family go wrong far from the optimum first, so the runs that a form itself puts far
above the frontier of their compute are left out and it is fitted again. Student's t with four
degrees of freedom lets single bad runs do little harm (Lange, Little and Taylor 1989,
doi:10.1080/01621459.1989.10478852). The priors are so wide that they matter only where the runs say
nothing; there they keep the constants within reason.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.fitting.family import Form, form_of
from scalinglaws.fitting.grid import starts
from scalinglaws.fitting.kernel import Layout, derivatives, jacobian
from scalinglaws.fitting.model import Array, Charge, Design
from scalinglaws.fitting.newton import damped_newton
from scalinglaws.runs import Runs

#: Degrees of freedom of the errors.
DEGREES = 4.0
#: Runs that are kept at least, however far above the frontier.
FEWEST = 14

# Mean and standard deviation of the constants a priori: the logarithms of the terms of the mean
# run and of E over the lowest loss, the exponents, ln p and gamma. Of the scale of the errors too.
_PRIOR = {
    "A": (-1.5, 1.5), "B": (-1.5, 1.5), "E": (-0.5, 0.7), "alpha": (0.35, 0.25),
    "beta": (0.35, 0.25), "p": (0.0, 0.7), "gamma": (0.0, 0.02),
}  # fmt: skip
_SCALE_PRIOR = (float(np.log(0.005)), 1.5)
_ROUNDS = 3  # fits, each to the runs near the frontier of the last
_FINEST = 1e-6  # least scale of the errors: of runs that follow a law exactly
_SETTLED = 0.01  # rise in log density that another step would bring
_STEP = 0.1  # of log size, among which the frontier is sought
_BEYOND = np.log(10.0)  # how far beyond the sizes of the runs


@dataclass(frozen=True)
class Centre:
    """A form fitted to the runs near its frontier.

    Attributes
    ----------
    runs : Runs
        The n runs that it was fitted to.
    form : Form
        Which has k free constants.
    values : numpy.ndarray, shape (k,)
        Them, with A, B, E and p as logarithms.
    scale : float
        Scale of the errors of log loss.
    covariance : numpy.ndarray, shape (k, k)
        Of the constants in centred coordinates, by the curvature at the maximum (Laplace).
    objective : float
        Minus the logarithm of the posterior density, up to a constant.
    converged : bool
        Whether the logarithm of the density could rise by no more than a hundredth.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> found = centred(read_runs("llama3"), "varying", within=0.1)
    >>> len(found.runs), found.converged, f"{found.error(1e11, 1e12):.4f}"
    (133, True, '0.0042')
    """

    runs: Runs = field(repr=False)
    form: Form
    values: Array = field(repr=False)
    scale: float
    covariance: Array = field(repr=False)
    objective: float
    converged: bool

    @cached_property
    def design(self) -> Design:
        """The runs in the coordinates of the fit."""
        return Design.of(self.runs)

    def log_loss(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return the logarithm of the loss that the law gives.

        Parameters
        ----------
        params, tokens : array_like
            N and D, > 0, broadcast against each other.

        Returns
        -------
        numpy.ndarray
            Of nats per token.
        """
        return np.asarray(np.log(self.form.loss(self.values, params, tokens)))

    def error(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return the standard error of the law's log loss, if the form is right.

        Parameters
        ----------
        params, tokens : array_like
            N and D, > 0, broadcast against each other.

        Returns
        -------
        numpy.ndarray
            To first order in the constants; single runs scatter about it besides.
        """
        n, d = np.broadcast_arrays(np.log(params), np.log(tokens))
        x, y = (n - self.design.x_mean).ravel(), (d - self.design.y_mean).ravel()
        there = Design(x, y, x, self.design.x_mean, self.design.y_mean)
        phi = self.design.centre(self.form.full(self.values))
        slopes = jacobian(phi, there.size, there.data, self.form)
        variance = np.einsum("ni,ij,nj->n", slopes, self.covariance, slopes)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)).reshape(n.shape))

    @cached_property
    def residuals(self) -> Array:
        """log(observed) - log(predicted) loss, shape (n,)."""
        return np.log(self.runs.loss) - self.log_loss(self.runs.params, self.runs.tokens)

    @cached_property
    def weights(self) -> Array:
        """How much each run counts, shape (n,): 1 with no residual, less with a large one.

        The expected precision of each error given its residual (Lange et al. 1989, Section 3),
        over that of none.
        """
        return 1 / (1 + (self.residuals / self.scale) ** 2 / DEGREES)


def centred(runs: Runs, form: str | Form, within: float, near: Array | None = None) -> Centre:
    """Fit a form to the runs that it puts near the frontier of their compute.

    Parameters
    ----------
    runs : Runs
        n of them, without copies.
    form : str or Form
        With A, B and E free.
    within : float
        How far above the least loss of its compute, by the form, a run may lie, as a share of it;
        the `FEWEST` nearest are kept in any case.
    near : numpy.ndarray, shape (k,), optional
        Constants to start from, as of `student`.

    Returns
    -------
    Centre
        Of the runs kept.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("marin-dclm")
    >>> [len(centred(runs, "powermean", within).runs) for within in (0.1, 0.05, 0.01)]
    [79, 64, 29]
    """
    form = form_of(form)
    found, kept = student(runs, form, near), np.ones(len(runs), dtype=bool)
    for _ in range(_ROUNDS - 1):
        above = above_frontier(found, runs.params, runs.tokens)
        nearest = np.zeros(len(runs), dtype=bool)
        nearest[np.argsort(above, kind="stable")[:FEWEST]] = True
        again = (above <= np.log1p(within)) | nearest
        if (again == kept).all():
            break
        kept = again
        found = student(runs.take(kept), form, found.values)
    return found


def above_frontier(found: Centre, params: ArrayLike, tokens: ArrayLike) -> Array:
    """Return how far runs lie above the least loss of their compute, by the law.

    Parameters
    ----------
    found : Centre
        The law.
    params, tokens : array_like, shape (m,)
        N and D, > 0; perhaps of others than it was fitted to.

    Returns
    -------
    numpy.ndarray, shape (m,)
        Difference of log loss; of the optimum it may be a trace below 0, as the least is sought
        among sizes a few per cent apart, from a tenth to ten times those that are known.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> found = centred(read_runs("marin-dclm"), "varying", within=0.1)
    >>> above_frontier(found, np.array([1e9, 1e10]), np.array([2e10, 2e9])).round(2).tolist()
    [0.0, 0.09]
    """
    params, tokens = np.broadcast_arrays(params, tokens)
    log_n = np.log(np.concatenate([params, found.runs.params]))
    low, high = log_n.min() - _BEYOND, log_n.max() + _BEYOND
    grid = np.exp(np.arange(low, high + _STEP, _STEP))[:, None]
    # Size by size, a table of budgets has few of them.
    compute, place = np.unique(params * tokens, return_inverse=True)
    least = found.log_loss(grid, compute / grid).min(axis=0)[place]
    return np.asarray(found.log_loss(params, tokens) - least)


def student(runs: Runs, form: Form, near: Array | None = None) -> Centre:
    """Fit a form to all runs given, with Student-t errors and weak priors.

    Parameters
    ----------
    runs : Runs
        n of them.
    form : Form
        With k free constants, among them A, B and E.
    near : numpy.ndarray, shape (k,), optional
        Constants to start from, of a fit to nearly the same runs.

    Returns
    -------
    Centre
        The best end of several starts.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> student(read_runs("marin-dclm"), form_of("chinchilla")).converged
    True
    """
    design = Design.of(runs)
    layout = Layout(form, design, np.float64)
    mean, precision = _prior(form, design)
    found = starts(form, design) if near is None else design.centre(form.full(near[None]))
    begin = form.take(found)
    begin = mean + np.clip(begin - mean, -3 / np.sqrt(precision), 3 / np.sqrt(precision))
    spread = np.full((len(begin), 1), np.log(0.01))

    def evaluate(points: Array, _: NDArray[np.intp]) -> tuple[Array, Array, Array]:
        return _posterior(points, layout, form, mean, precision)

    ends, levels, _ = damped_newton(
        np.hstack([begin, spread]), evaluate, np.full(len(begin), float(design.n)), 1e-6, 200,
        damping=1e-2, gain=1e-11, noise=1e-12,
    )  # fmt: skip
    best = int(np.argmin(np.where(np.isfinite(levels), levels, np.inf)))
    point = ends[best]
    _, slope, hessian = evaluate(point[None], np.zeros(1, dtype=np.intp))
    covariance = _inverse(hessian[0])
    settled = float(slope[0] @ covariance @ slope[0]) / 2 <= _SETTLED
    values = form.take(design.uncentre(form.full(point[:-1])))
    scale, objective = float(np.exp(point[-1])), float(levels[best])
    return Centre(
        runs, form, values, scale, covariance[:-1, :-1], objective,
        converged=settled and bool(np.isfinite(values).all()),
    )  # fmt: skip


def _prior(form: Form, design: Design) -> tuple[Array, Array]:
    """Return mean and precision of the free constants in centred coordinates."""
    mean, spread = np.array([_PRIOR[name] for name in form.free]).T
    lowest = design.log_loss.min()
    mean = mean + [lowest if name in "ABE" else 0.0 for name in form.free]
    return mean, spread**-2


def _posterior(
    points: Array, layout: Layout, form: Form, mean: Array, precision: Array
) -> tuple[Array, Array, Array]:
    """Return minus the log posterior of points (S, k + 1), its gradient and its Hessian.

    The last coordinate is the logarithm of the errors' scale. The kernel differentiates in the
    constants; a second call, with the slopes of the charge in the scale, gives the mixed part.
    """
    k = points.shape[1] - 1
    phi, log_scale = points[:, :k], np.clip(points[:, k], -30.0, 5.0)
    own = DEGREES * np.exp(2 * log_scale)[:, None]
    spread = own + DEGREES * _FINEST**2
    by_scale, twice_by_scale = np.zeros(len(points)), np.zeros(len(points))

    def charge(r: Array, rows: slice, _: slice) -> Charge:
        v, more = spread[rows], DEGREES + 1
        both = v + r * r
        value = (more * np.log(both) - DEGREES * np.log(v)) / 2
        return Charge(value, more * r / both, more * (v - r * r) / both**2)

    def mixed(r: Array, rows: slice, _: slice) -> Charge:
        v, more = spread[rows], DEGREES + 1
        both, slope = v + r * r, 2 * own[rows]  # that of v in the logarithm of the scale
        first = (more / both - DEGREES / v) / 2
        second = (DEGREES / v**2 - more / both**2) / 2
        by_scale[rows] += (slope * first).sum(axis=1)
        twice_by_scale[rows] += (2 * slope * first + slope**2 * second).sum(axis=1)
        return Charge(first, -more * r * slope / both**2, np.zeros_like(r))

    full = form.full(phi)
    value, gradient, hessian = derivatives(full, layout, form, charge)
    _, cross, _ = derivatives(full, layout, form, mixed)
    off = phi - mean
    aside = (log_scale - _SCALE_PRIOR[0]) / _SCALE_PRIOR[1] ** 2
    out = np.empty((len(points), k + 1, k + 1))
    out[:, :k, :k] = hessian + np.diag(precision)
    out[:, :k, k] = out[:, k, :k] = cross
    out[:, k, k] = twice_by_scale + _SCALE_PRIOR[1] ** -2
    slopes = np.hstack([gradient + precision * off, (by_scale + aside)[:, None]])
    value = value + (off * off) @ precision / 2
    return value + aside * (log_scale - _SCALE_PRIOR[0]) / 2, slopes, out


def _inverse(hessian: Array) -> Array:
    """Invert what should be positive definite, after scaling its diagonal to one."""
    norms = 1 / np.sqrt(np.maximum(np.abs(np.diag(hessian)), 1e-300))
    values, axes = np.linalg.eigh(hessian * norms[:, None] * norms)
    safe = np.maximum(np.abs(values), 1e-12)
    return np.asarray((axes / safe) @ axes.T * norms[:, None] * norms)
