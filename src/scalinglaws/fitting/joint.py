r"""Fit Kaplan's joint form L = [(N_c/N)^(alpha_N/alpha_D) + D_c/D]^alpha_D, and its relatives.

Two questions separate Kaplan's form (Kaplan et al. 2020, Equation 1.5) from Chinchilla's
(Hoffmann et al. 2022, Section 3.3): is there a constant, and is the power taken of the sum or of
each term? So there are four forms, and this module fits the three that `surface` does not:

- ``power``: Kaplan's, m = gamma ln(e^(p - kappa x) + e^(q - y)), L = e^m;
- ``power+floor``: the same above a constant, L = e^m + e^e;
- ``sum``: Chinchilla's without its constant, L = e^(a - alpha x) + e^(b - beta y);
- ``sum+floor``: Chinchilla's.

x and y are the centred logarithms of N and D. All advance by `damped_newton`, with closed-form
derivatives and the error models of `model`.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.fitting import surface
from scalinglaws.fitting.kernel import Number
from scalinglaws.fitting.model import HUBER, Array, Design, ErrorModel, law_of, prepare
from scalinglaws.fitting.newton import Evaluate, damped_newton
from scalinglaws.fitting.surface import Minimum, Problem
from scalinglaws.laws import JointLaw, ParametricLaw
from scalinglaws.units import positive

FormName = Literal["power", "power+floor", "sum", "sum+floor"]

#: Constants of each form.
COUNTS: dict[FormName, int] = {"power": 4, "power+floor": 5, "sum": 4, "sum+floor": 5}

_BLOCK = 50_000  # residuals worked on at a time
_STARTS = 4


@dataclass(frozen=True)
class FormFit:
    """Outcome of fitting one of the four forms.

    Attributes
    ----------
    form : {"power", "power+floor", "sum", "sum+floor"}
        Which.
    phi : ndarray, shape (k,)
        (p, q, gamma, kappa) or (a, b, alpha, beta), and e where there is a constant, for centred
        logarithms.
    objective : float
        Sum over the runs of the error model's charge.
    converged : bool
        Whether the gradient vanishes there.
    runs : Design
        The runs fitted.
    residuals : ndarray, shape (n,)
        log(observed) - log(predicted) loss.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> found = fit(table.params, table.tokens, table.loss, "sum+floor")
    >>> found.converged, found.n, round(found.floor, 2), round(found.law().alpha, 2)
    (True, 240, 1.82, 0.35)
    >>> bool(np.allclose(found.loss(70e9, 1.4e12), found.law().loss(70e9, 1.4e12)))
    True
    """

    form: FormName
    phi: Array
    objective: float
    converged: bool
    runs: Design = field(repr=False)
    residuals: Array = field(repr=False)

    @property
    def n(self) -> int:
        """Number of runs."""
        return self.runs.n

    @property
    def floor(self) -> float:
        """The constant, nats per token; 0 for a form without one."""
        return float(np.exp(self.phi[4])) if "floor" in self.form else 0.0

    def law(self) -> JointLaw | ParametricLaw:
        """Return the law fitted; a constant beside a `JointLaw` stands in `floor`.

        Returns
        -------
        JointLaw or ParametricLaw
            The former for the forms "power" and "power+floor".
        """
        return law(self.form, self.phi, self.runs)

    def loss(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return the fitted loss.

        Parameters
        ----------
        params, tokens : array_like
            Model sizes and training tokens, > 0, broadcast against each other.

        Returns
        -------
        ndarray
            Nats per token, the constant included.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        return predict(self.form, self.phi, self.runs, params, tokens)


def law(form: FormName, phi: Array, runs: Design) -> JointLaw | ParametricLaw:
    """Return the law, or the ensemble of laws, of centred coordinates.

    Parameters
    ----------
    form : {"power", "power+floor", "sum", "sum+floor"}
        Which of the forms.
    phi : ndarray, shape (k,) or (S, k)
        Coordinates as in `FormFit`.
    runs : Design
        The runs whose logarithms are centred.

    Returns
    -------
    JointLaw or ParametricLaw
        The former for the forms "power" and "power+floor", without the constant.

    Examples
    --------
    >>> runs = prepare([1e8, 1e9, 1e10] * 2, [1e9] * 3 + [1e11] * 3, [3.8, 3.4, 3.3, 2.8, 2.4, 2.2])
    >>> found = law("power", np.array([-3.0, -9.0, 0.1, 0.75]), runs)
    >>> round(float(found.alpha_N), 3), float(found.alpha_D), f"{found.N_c:.2g} {found.D_c:.2g}"
    (0.075, 0.1, '1.8e+07 1.2e+06')
    """
    first, second, third, fourth = (phi[..., i] for i in range(4))
    if form.startswith("sum"):
        floor = phi[..., 4] if form == "sum+floor" else np.full_like(first, -np.inf)
        return law_of(runs.uncentre(np.stack([first, second, floor, third, fourth], axis=-1)))
    return JointLaw(
        alpha_N=(third * fourth)[()],
        alpha_D=np.asarray(third)[()],
        N_c=np.exp(first / fourth + runs.x_mean)[()],
        D_c=np.exp(second + runs.y_mean)[()],
    )


def predict(
    form: FormName, phi: Array, runs: Design, params: ArrayLike, tokens: ArrayLike
) -> Array:
    """Return the loss that one of the forms predicts.

    Parameters
    ----------
    form : {"power", "power+floor", "sum", "sum+floor"}
        Which.
    phi : ndarray, shape (..., k)
        Coordinates as in `FormFit`.
    runs : Design
        The runs whose logarithms are centred.
    params, tokens : array_like, shape (n,) or ()
        Model sizes and training tokens, > 0.

    Returns
    -------
    ndarray, shape (..., n)
        Nats per token; without the last axis for single numbers.

    Raises
    ------
    ValueError
        If any size or number of tokens is not positive.

    Examples
    --------
    At the mean run the terms of a sum are e^a and e^b:

    >>> runs = prepare([1e8, 1e9, 1e10] * 2, [1e9] * 3 + [1e11] * 3, [3.8, 3.4, 3.3, 2.8, 2.4, 2.2])
    >>> phi = np.array([np.log(0.4), np.log(0.5), 0.34, 0.36, np.log(1.8)])
    >>> round(float(predict("sum+floor", phi, runs, 1e9, 1e10)), 6)
    2.7
    """
    x = np.log(positive(params, "params")) - runs.x_mean
    y = np.log(positive(tokens, "tokens")) - runs.y_mean
    return np.asarray(np.exp(_log_loss(form, np.atleast_2d(phi), x, y)).reshape(
        np.shape(phi)[:-1] + np.shape(x)
    ))  # fmt: skip


def fit(
    params: ArrayLike,
    tokens: ArrayLike,
    loss: ArrayLike,
    form: FormName,
    *,
    error: ErrorModel = HUBER,
) -> FormFit:
    """Fit one of the four forms from several starts and keep the best end.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        Model sizes, training tokens, final losses (nats per token); n >= 6, all positive and finite
        (which is not checked).
    form : {"power", "power+floor", "sum", "sum+floor"}
        Which.
    error : ErrorModel
        Huber's or squared error; the absolute one only for "sum+floor".

    Returns
    -------
    FormFit
        The estimate; `converged` says whether it is a minimum.

    Raises
    ------
    ScalingLawsError
        If there are fewer than six runs, or sizes or data do not vary.
    KeyError
        If there is no such form.
    ZeroDivisionError
        If `error` is the absolute error and the form another than "sum+floor".

    Examples
    --------
    Exact losses give back their law, here Kaplan's, as Table 2 of their paper has it:

    >>> from scalinglaws import MSE, published
    >>> kaplan = published["kaplan2020-joint"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> found = fit(N, D, kaplan.loss(N, D), "power", error=MSE).law()
    >>> f"{found.alpha_N:.3f} {found.alpha_D:.3f} {found.N_c:.1e} {found.D_c:.1e}"
    '0.076 0.103 6.4e+13 1.8e+13'
    """
    runs = prepare(params, tokens, loss)
    known, sound = form == "sum+floor", True
    if known:
        whole = surface.fit(params, tokens, loss, error=error)
        sound = whole.converged  # which a constant that goes to zero is not
        starts = runs.centre(whole.theta)[None, [0, 1, 3, 4, 2]]
    else:
        starts = _starts(form, runs)
    phi, value, converged = minimise(form, starts, runs, error, near=known)
    value = np.where(np.isfinite(value), value, np.inf)
    best = int(np.argmin(value))
    ends = np.flatnonzero((value <= value[best] * (1 + 1e-6)) & converged)
    best = int(ends[np.argmin(value[ends])]) if len(ends) else best
    residual = runs.log_loss - _log_loss(form, phi[best : best + 1], runs.x, runs.y)[0]
    settled = sound and bool(converged[best])
    return FormFit(form, phi[best], float(value[best]), settled, runs, residual)


def minimise(
    form: FormName,
    starts: Array,
    runs: Design,
    error: ErrorModel = HUBER,
    weights: Array | None = None,
    *,
    near: bool = False,
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Minimise from many starts, or for many weightings of the runs, at once.

    Parameters
    ----------
    form : {"power", "power+floor", "sum", "sum+floor"}
        Which.
    starts : ndarray, shape (S, k)
        In centred coordinates, as in `FormFit`.
    runs : Design
        n runs.
    error : ErrorModel
        Huber's or squared error; the absolute one only for "sum+floor".
    weights : ndarray, shape (S, n), optional
        How often each run counts in each member.
    near : bool
        Whether the starts are near their minima: the kink is then narrowed in one step, not many.

    Returns
    -------
    phi : ndarray, shape (S, k)
        Where the starts lead.
    objective : ndarray, shape (S,)
        Weighted sum of charges there.
    converged : ndarray of bool, shape (S,)
        Whether the gradient has vanished there.

    Raises
    ------
    ZeroDivisionError
        If `error` is the absolute error and the form another than "sum+floor".

    Examples
    --------
    >>> from scalinglaws import MSE, published
    >>> kaplan = published["kaplan2020-joint"]
    >>> N, D = (v.ravel() for v in np.meshgrid([1e8, 1e9, 1e10], [1e9, 1e10, 1e11]))
    >>> runs, start = prepare(N, D, kaplan.loss(N, D)), np.array([[8.0, 7.5, 0.1, 0.7]])
    >>> phi, value, converged = minimise("power", start, runs, MSE)
    >>> round(float(phi[0, 2]), 3), converged  # gamma is their alpha_D
    (0.103, array([ True]))
    """
    if form == "sum+floor":
        theta = runs.uncentre(starts[:, [0, 1, 4, 2, 3]])
        theta, value, converged = surface.minimise(theta, runs, error, weights, near=near)
        return runs.centre(theta)[:, [0, 1, 3, 4, 2]], value, converged
    phi, value = np.empty_like(starts), np.empty(len(starts))
    converged = np.zeros(len(starts), dtype=bool)
    block = max(1, _BLOCK // runs.n)
    for low in range(0, len(starts), block):
        part = slice(low, low + block)
        w = np.ones((len(starts[part]), runs.n)) if weights is None else weights[part]
        problem = _problem(form, runs, error.tau, w)
        descend = _descend_near if near and np.isfinite(error.delta) else surface.descend
        phi[part], _, converged[part] = descend(starts[part], problem, w.sum(axis=1), error)
        residual = runs.log_loss - _log_loss(form, phi[part], runs.x, runs.y)
        value[part] = (error.rho(residual) * w).sum(axis=1)
    return phi, value, converged


def resample(
    found: FormFit, weights: Array, *, error: ErrorModel = HUBER
) -> tuple[Array, NDArray[np.bool_]]:
    """Fit every weighting of the runs again, starting from the fit of all.

    Parameters
    ----------
    found : FormFit
        Fit of all n runs.
    weights : ndarray, shape (S, n)
        For instance bootstrap counts; the same for every form makes the comparison a paired one.
    error : ErrorModel
        The one that `found` was made with.

    Returns
    -------
    phi : ndarray, shape (S, k)
        Centred coordinates, as in `FormFit`.
    converged : ndarray of bool, shape (S,)
        Whether each fit converged.

    Raises
    ------
    ZeroDivisionError
        If `error` is the absolute error and the form another than "sum+floor".

    Examples
    --------
    >>> from scalinglaws import MSE
    >>> from scalinglaws.fitting.resampling import weights
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> found = fit(table.params, table.tokens, table.loss, "sum", error=MSE)
    >>> phi, converged = resample(found, weights(240, 20, np.random.default_rng(0)), error=MSE)
    >>> law("sum", phi, found.runs).alpha.shape, bool(converged.all())
    ((20,), True)
    """
    starts = np.repeat(found.phi[None], len(weights), axis=0)
    phi, _, converged = minimise(found.form, starts, found.runs, error, weights, near=True)
    return phi, converged


def _descend_near(points: Array, problem: Problem, total: Array, error: ErrorModel) -> Minimum:
    wide = 4 * error.delta
    points, *_ = damped_newton(points, problem(wide, np.float64), total * wide, 1e-6, 12)
    return damped_newton(points, problem(error.delta, np.float64), total * error.delta, 1e-10, 200)


def _log_loss(form: FormName, phi: Array, x: Array, y: Array) -> Array:
    """Return ln L at centred x and y, shape (S, n), for phi of shape (S, k)."""
    log_loss, *_ = _terms(form, phi, x, y)
    return np.logaddexp(log_loss, phi[:, 4:5]) if "floor" in form else log_loss


def _terms(form: FormName, phi: Array, x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Return ln L above the constant, the size term's share of the sum, and ln of that sum."""
    if form.startswith("sum"):
        size, data = phi[:, 0:1] - phi[:, 2:3] * x, phi[:, 1:2] - phi[:, 3:4] * y
    else:
        size, data = phi[:, 0:1] - phi[:, 3:4] * x, phi[:, 1:2] - y
    inner = np.logaddexp(size, data)
    log_loss = inner if form.startswith("sum") else phi[:, 2:3] * inner
    return log_loss, np.exp(size - inner), inner


def _slopes(form: FormName, phi: Array, runs: Design) -> tuple[Array, Array, Array, Array, Array]:
    """Return what `derivatives` needs, with m the logarithm of the loss above the constant.

    ln L (S, n), the gradient of m (S, 4, n), the share of the loss above the constant (S, n), the
    curvature gamma w (1 - w) of the sum (S, n), and w (S, n), the size term's share of it.
    """
    log_loss, w, inner = _terms(form, phi, runs.x, runs.y)
    rest = 1 - w
    gradient = np.empty((len(phi), 4, runs.n))
    if form.startswith("sum"):
        gradient[:, 0], gradient[:, 1] = w, rest
        gradient[:, 2], gradient[:, 3] = -w * runs.x, -rest * runs.y
        bend = w * rest
    else:
        gamma = phi[:, 2:3]
        gradient[:, 0], gradient[:, 1], gradient[:, 2] = gamma * w, gamma * rest, inner
        gradient[:, 3] = gradient[:, 0] * -runs.x
        bend = gradient[:, 0] * rest
    if "floor" not in form:
        return log_loss, gradient, np.ones_like(w), bend, w
    total = np.logaddexp(log_loss, phi[:, 4:5])
    return total, gradient, np.exp(log_loss - total), bend, w


def _bends(form: FormName, runs: Design, weight: Array, pull: Array, w: Array) -> Array:
    """Return the sum over the runs of the Hessian of m times `pull`, shape (S, 4, 4).

    `weight` is `pull` times the curvature of the sum. Its Hessian there is the outer product of
    (1, -1, 0, -x) or (1, -1, -x, y) with itself, so that a few moments of the runs give it.
    """
    one, x, y = np.ones(runs.n), runs.x, runs.y
    if form.startswith("sum"):
        apart = np.stack([one, -one, -x, y])
    else:
        apart = np.stack([one, -one, 0 * one, -x])
    products = (apart[:, None] * apart).reshape(16, runs.n)
    out: Array = (weight @ products.T).reshape(-1, 4, 4)
    if not form.startswith("sum"):
        # gamma multiplies the logarithm of the sum, whose slopes are w, 1 - w and -w x.
        size = pull * w
        slopes = np.stack([size.sum(axis=1), (pull - size).sum(axis=1), -(size @ x)], axis=1)
        out[:, [0, 1, 3], 2] += slopes
        out[:, 2, [0, 1, 3]] += slopes
    return out


def derivatives(
    form: FormName, phi: Array, runs: Design, delta: float, tau: float, weights: Array
) -> tuple[Array, Array, Array]:
    """Return the weighted sum of charges, its gradient and its Hessian.

    Parameters
    ----------
    form : {"power", "power+floor", "sum", "sum+floor"}
        Which.
    phi : ndarray, shape (S, k)
        Centred coordinates, as in `FormFit`.
    runs : Design
        n runs.
    delta, tau : float
        Half-width of the quadratic part (log loss) and weight of positive residuals, as in
        `ErrorModel`.
    weights : ndarray, shape (S, n)
        How often each run counts.

    Returns
    -------
    objective : ndarray, shape (S,)
        Weighted sum of charges.
    gradient : ndarray, shape (S, k)
        Its slopes in phi.
    hessian : ndarray, shape (S, k, k)
        Its curvature, in closed form.

    Examples
    --------
    At the minimum the gradient vanishes and the Hessian is positive definite:

    >>> from scalinglaws import MSE, read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> found = fit(table.params, table.tokens, table.loss, "power", error=MSE)
    >>> once = np.ones((1, 240))
    >>> _, gradient, hessian = derivatives("power", found.phi[None], found.runs, np.inf, 0.5, once)
    >>> bool(np.abs(gradient).max() < 1e-6), bool((np.linalg.eigvalsh(hessian[0]) > 0).all())
    (True, True)
    """
    log_loss, slopes, share, bend, w = _slopes(form, phi, runs)
    residual = runs.log_loss - log_loss
    clipped = np.clip(residual, -delta, delta)
    side = weights if tau == 0.5 else weights * np.where(residual > 0, 2 * tau, 2 * (1 - tau))
    pull = side * clipped
    charge = np.einsum("sn,sn->s", pull, residual - clipped / 2)
    curvature = side * (np.abs(residual) <= delta)
    above = pull * share
    if "floor" not in form:
        gradient = -(slopes @ pull[:, :, None])[..., 0]
        hessian = (slopes * curvature[:, None]) @ slopes.transpose(0, 2, 1)
        return charge, gradient, hessian - _bends(form, runs, above * bend, above, w)
    # Of ln(e^m + e^e): the slope in m is the share, in e the rest of it.
    floor = 1 - share
    mixed = (curvature + pull) * share * floor
    square = curvature * share**2 - above * floor
    size = COUNTS[form]
    gradient, hessian = np.empty((len(phi), size)), np.empty((len(phi), size, size))
    gradient[:, :4] = -(slopes @ above[:, :, None])[..., 0]
    gradient[:, 4] = -(pull * floor).sum(axis=1)
    hessian[:, :4, :4] = (slopes * square[:, None]) @ slopes.transpose(0, 2, 1)
    hessian[:, :4, :4] -= _bends(form, runs, above * bend, above, w)
    hessian[:, 4, :4] = hessian[:, :4, 4] = (slopes @ mixed[:, :, None])[..., 0]
    hessian[:, 4, 4] = (curvature * floor**2 - above * floor).sum(axis=1)
    return charge, gradient, hessian


def _problem(form: FormName, runs: Design, tau: float, weights: Array) -> Problem:
    # In one precision only: these fits are few.
    def problem(delta: float, _: Number) -> Evaluate:
        def evaluate(phi: Array, members: NDArray[np.intp]) -> tuple[Array, Array, Array]:
            return derivatives(form, phi, runs, delta, tau, weights[members])

        return evaluate

    return problem


def _starts(form: FormName, runs: Design) -> Array:
    """Return the best points of a grid over the exponents, amplitudes solved, shape (S, k)."""
    shares = np.array((0.3, 0.6, 0.85) if "floor" in form else (0.0,))
    lowest = np.exp(runs.log_loss.min())
    share, third, fourth = (v.ravel()[:, None] for v in np.meshgrid(shares, *_grid(form)))
    above = np.log(np.exp(runs.log_loss) - share * lowest)
    if form.startswith("sum"):
        exponents, target, power = (third, fourth), above, np.ones_like(third)
    else:
        exponents, target, power = (fourth, np.ones_like(fourth)), above / third, third
    logs = _amplitudes(exponents, target, runs)
    inner = np.logaddexp(logs[0] - exponents[0] * runs.x, logs[1] - exponents[1] * runs.y)
    scores = np.sum((power * (target - inner)) ** 2, axis=1)
    points = np.hstack([*logs, third, fourth, np.log(np.maximum(share, 1e-9) * lowest)])
    return points[np.argsort(scores, kind="stable")[:_STARTS], : COUNTS[form]]


def _grid(form: FormName) -> tuple[Array, Array]:
    if form.startswith("sum"):
        return np.geomspace(0.02, 0.8, 10), np.geomspace(0.02, 0.8, 10)
    return np.geomspace(0.04, 0.8, 9), np.geomspace(0.3, 3, 7)


def _amplitudes(exponents: tuple[Array, Array], target: Array, runs: Design) -> tuple[Array, Array]:
    """Return ln P and ln Q of the non-negative least squares P e^(-i x) + Q e^(-j y) ~ e^target.

    Exponents and the results have shape (G, 1), the target (G, n). Errors are relative, so the
    large powers that Kaplan's form takes do no harm.
    """
    size, data = np.exp(-exponents[0] * runs.x - target), np.exp(-exponents[1] * runs.y - target)
    # Each column scaled to mean 1: the target in these units is 1.
    scale = size.mean(axis=1), data.mean(axis=1)
    size, data = size / scale[0][:, None], data / scale[1][:, None]
    n = float(runs.n)  # what each column sums to
    first, both, second = (np.sum(u * v, axis=1) for u, v in
                           ((size, size), (size, data), (data, data)))  # fmt: skip
    determinant = first * second - both**2
    regular = determinant > 1e-10 * first * second
    safe = np.where(regular, determinant, 1.0)
    P = np.where(regular, n * (second - both) / safe, n / first / 2)
    Q = np.where(regular, n * (first - both) / safe, n / second / 2)
    # Where one is not positive: the better single term, and a trace of the other to start from.
    bad, by_size = np.minimum(P, Q) <= 0, first <= second
    P = np.where(bad, np.where(by_size, n / first, 1e-3), P)
    Q = np.where(bad, np.where(by_size, 1e-3, n / second), Q)
    return np.log(P / scale[0])[:, None], np.log(Q / scale[1])[:, None]
