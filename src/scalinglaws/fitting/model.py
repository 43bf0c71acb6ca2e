"""What every fit of the law shares: runs as a design, coordinates, error models, the outcome.

The law is L = E + A/N^alpha + B/D^beta (Hoffmann et al. 2022, Section 3.3), its constants are held
as theta = (ln A, ln B, ln E, alpha, beta), and the residual of a run is
log(observed) - log(predicted) loss.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import ParametricLaw

Array = NDArray[np.float64]

#: Order of the five fitted numbers in a parameter vector.
COORDINATES = ("ln A", "ln B", "ln E", "alpha", "beta")


@dataclass(frozen=True)
class Design:
    """Runs in the coordinates of the fit: centred logarithms.

    Centring log N and log D takes the condition number of the problem down by many orders; the
    minimum does not depend on it. `prepare` makes one.

    Attributes
    ----------
    x, y : ndarray, shape (n,)
        log N and log D, each less its mean.
    log_loss : ndarray, shape (n,)
        Logarithm of the observed loss in nats per token.
    x_mean, y_mean : float
        Means of log N and log D.
    held : dict
        What the fits derive from the runs once and keep.

    Examples
    --------
    >>> runs = prepare([1e8, 1e9, 1e10] * 2, [1e9] * 3 + [1e11] * 3, [3.8, 3.4, 3.3, 2.8, 2.4, 2.2])
    >>> runs.n, f"{np.exp(runs.x_mean):.2g}", f"{np.exp(runs.y_mean):.2g}"
    (6, '1e+09', '1e+10')
    >>> theta = np.log([400.0, 2000.0, 1.8, np.exp(0.34), np.exp(0.36)])
    >>> phi = runs.centre(theta)  # its amplitudes are the terms of the mean run
    >>> bool(np.isclose(np.exp(phi[0]), 400 / 1e9**0.34)), np.allclose(runs.uncentre(phi), theta)
    (True, True)
    """

    x: Array
    y: Array
    log_loss: Array
    x_mean: float
    y_mean: float
    held: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n(self) -> int:
        """Number of runs."""
        return len(self.x)

    def centre(self, theta: Array) -> Array:
        """Turn (ln A, ln B, ln E, alpha, beta) into centred coordinates.

        Parameters
        ----------
        theta : ndarray, shape (..., 5)
            (ln A, ln B, ln E, alpha, beta).

        Returns
        -------
        ndarray, shape (..., 5)
            The same with ln A - alpha mean(log N) and ln B - beta mean(log D), the logarithms of
            the two terms at the mean run, in place of ln A and ln B.
        """
        out = np.array(theta, dtype=float)
        out[..., 0] -= out[..., 3] * self.x_mean
        out[..., 1] -= out[..., 4] * self.y_mean
        return out

    def uncentre(self, phi: Array) -> Array:
        """Invert `centre`.

        Parameters
        ----------
        phi : ndarray, shape (..., 5)
            Centred coordinates.

        Returns
        -------
        ndarray, shape (..., 5)
            (ln A, ln B, ln E, alpha, beta).
        """
        out = np.array(phi, dtype=float)
        out[..., 0] += out[..., 3] * self.x_mean
        out[..., 1] += out[..., 4] * self.y_mean
        return out


def prepare(params: ArrayLike, tokens: ArrayLike, loss: ArrayLike) -> Design:
    """Prepare runs for fitting.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        Model sizes, training tokens, final losses (nats per token); n >= 6, all positive and finite
        (which is not checked).

    Returns
    -------
    Design
        The runs in centred logarithms.

    Raises
    ------
    ScalingLawsError
        If there are fewer than six runs (five constants and one to judge them by), or sizes or data
        do not vary.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> runs = prepare(table.params, table.tokens, table.loss)
    >>> runs.n, bool(abs(runs.x.mean()) < 1e-12)
    (240, True)
    >>> prepare([1e9] * 6, [1e9, 2e9, 4e9, 8e9, 9e9, 1e10], [3.5] * 6)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    scalinglaws.errors.ScalingLawsError: All runs have the same params, so its exponent ...
    """
    x, y, log_loss = (np.log(np.asarray(v, dtype=float)) for v in (params, tokens, loss))
    if len(x) < 6:
        raise ScalingLawsError(
            f"{len(x)} runs cannot fix the five constants of the law and leave anything over to "
            "judge the fit by. Give at least 6 runs; a few dozen are needed for useful intervals."
        )
    for name, v in (("params", x), ("tokens", y)):
        if np.ptp(v) < 1e-9:
            raise ScalingLawsError(
                f"All runs have the same {name}, so its exponent cannot be told from these data. "
                f"Add runs at other {name}."
            )
    return Design(x - x.mean(), y - y.mean(), log_loss, float(x.mean()), float(y.mean()))


def law_of(theta: Array, name: str = "") -> ParametricLaw:
    """Turn (ln A, ln B, ln E, alpha, beta) into a law, or an ensemble of laws.

    Parameters
    ----------
    theta : ndarray, shape (..., 5)
        (ln A, ln B, ln E, alpha, beta).
    name : str
        Name of the law.

    Returns
    -------
    ParametricLaw
        Its fields are floats for one vector, and have shape (...) for an array of them.

    Examples
    --------
    >>> law = law_of(np.array([6.0, 7.6, 0.6, 0.34, 0.36]))
    >>> round(law.A), round(law.B), round(law.E, 2), law.alpha, law.beta
    (403, 1998, 1.82, 0.34, 0.36)
    >>> law_of(np.zeros((100, 5))).E.shape
    (100,)
    """
    a, b, e, alpha, beta = np.moveaxis(np.asarray(theta, dtype=float), -1, 0)
    fields = {"E": np.exp(e), "A": np.exp(a), "B": np.exp(b), "alpha": alpha, "beta": beta}
    if np.ndim(theta) == 1:
        return ParametricLaw(**{key: float(v) for key, v in fields.items()}, name=name)
    return ParametricLaw(**fields, name=name)


def theta_of(law: ParametricLaw) -> Array:
    """Turn a law, or an ensemble of laws, into (ln A, ln B, ln E, alpha, beta).

    Parameters
    ----------
    law : ParametricLaw
        With fields of shape (...); A, B and E positive.

    Returns
    -------
    ndarray, shape (..., 5)
        (ln A, ln B, ln E, alpha, beta).

    Examples
    --------
    >>> theta_of(ParametricLaw(E=1.8, A=400.0, B=2000.0, alpha=0.34, beta=0.36)).round(3)
    array([5.991, 7.601, 0.588, 0.34 , 0.36 ])
    """
    columns = (np.log(law.A), np.log(law.B), np.log(law.E), law.alpha, law.beta)
    return np.stack(np.broadcast_arrays(*columns), axis=-1).astype(float)


def predict(phi: Array, runs: Design) -> tuple[tuple[Array, Array, Array], Array]:
    """Return the shares of the three terms in the predicted loss, and the residuals.

    Parameters
    ----------
    phi : ndarray, shape (..., 5)
        Centred coordinates.
    runs : Design
        n runs.

    Returns
    -------
    shares : tuple of three ndarray, each of shape (..., n)
        Share of the size term, of the data term and of E; they add up to 1.
    residuals : ndarray, shape (..., n)
        log(observed) - log(predicted) loss.

    Examples
    --------
    >>> from scalinglaws import published, read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> runs = prepare(table.params, table.tokens, table.loss)
    >>> phi = runs.centre(theta_of(published["besiroglu2024"]))
    >>> (size, data, floor), residual = predict(phi, runs)
    >>> residual.shape, np.allclose(size + data + floor, 1)
    ((240,), True)
    >>> round(float(floor.mean()), 1)  # most of these losses is the constant
    0.7
    """
    size = phi[..., 0:1] - phi[..., 3:4] * runs.x
    data = phi[..., 1:2] - phi[..., 4:5] * runs.y
    # Clipped, a start far from the runs neither overflows nor vanishes; no fit comes near the ends.
    size, data, floor = (np.exp(np.clip(v, -600, 600)) for v in (size, data, phi[..., 2:3]))
    total = size + data
    total += floor
    residual = runs.log_loss - np.log(total)
    size /= total
    data /= total
    return (size, data, floor / total), residual


def residuals(theta: ArrayLike, runs: Design) -> Array:
    """Return log(observed) - log(predicted) loss.

    Parameters
    ----------
    theta : array_like, shape (..., 5)
        (ln A, ln B, ln E, alpha, beta).
    runs : Design
        n runs.

    Returns
    -------
    ndarray, shape (..., n)
        Residuals in log loss, positive for a run that is worse than the law.

    Examples
    --------
    Digits that rounding took from the constants of a law show in how it fits:

    >>> from scalinglaws import published, read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> runs = prepare(table.params, table.tokens, table.loss)
    >>> for name in ("hoffmann2022", "hoffmann2022-printed"):
    ...     rms = np.sqrt(np.mean(residuals(theta_of(published[name]), runs) ** 2))
    ...     print(f"{name}: {rms:.3f}")
    hoffmann2022: 0.010
    hoffmann2022-printed: 0.019
    """
    return predict(runs.centre(np.asarray(theta, dtype=float)), runs)[1]


@dataclass(frozen=True)
class Fit:
    """Outcome of a fit; it carries its estimate whether or not it converged.

    Attributes
    ----------
    law : ParametricLaw
        The estimate.
    theta : ndarray, shape (5,)
        (ln A, ln B, ln E, alpha, beta).
    objective : float
        Sum over the runs of the error model's charge; by variable projection, of squared residuals
        of the loss (nats squared).
    status : str
        "converged", or what went wrong: "not converged: ...", "at a bound: ..." or
        "no scaling law: ...".
    method : str
        Name of the error model, or "varpro".
    n : int
        Runs used.
    starts : int
        Starting points tried.
    starts_at_best : float
        Share of the starting points that ended at the best objective, to 1e-6 relative; NaN by
        variable projection.
    residuals : ndarray, shape (n,)
        log(observed) - log(predicted) loss.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> table = read_runs("hoffmann2022_runs").without_highest(5)
    >>> found = fit(table.params, table.tokens, table.loss)
    >>> found.converged, found.method, found.n, found.starts, found.starts_at_best
    (True, 'huber', 240, 12, 1.0)
    """

    law: ParametricLaw
    theta: Array
    objective: float
    status: str
    method: str
    n: int
    starts: int
    starts_at_best: float
    residuals: Array = field(repr=False)

    @property
    def converged(self) -> bool:
        """Whether the gradient vanishes at the estimate."""
        return self.status == "converged"


@dataclass(frozen=True)
class ErrorModel:
    """How a residual is charged: Huber's function, its limits, and a lopsided version.

    rho(r) = r^2 / 2 for abs(r) <= delta, delta (abs(r) - delta / 2) beyond, times 2 tau for
    positive and 2 (1 - tau) for negative r. The limit delta -> 0 (divided by delta) is the
    absolute error, delta -> infinity the squared error. Hoffmann et al. 2022, Equation 3, take
    delta = 1e-3 and tau = 0.5 (`HUBER`).

    Parameters
    ----------
    name : str
        For tables and messages.
    delta : float
        Half-width of the quadratic part, in units of log loss; 0 for the absolute error and
        infinity for the squared error.
    tau : float
        Weight of positive residuals (runs worse than the law), 0 < tau < 1; 0.5 is symmetric.
        With delta = 0 the fit is the quantile regression at level tau.

    Examples
    --------
    >>> MSE.rho([-2.0, 0.0, 3.0])
    array([2. , 0. , 4.5])
    >>> ErrorModel("lower quarter", delta=0.0, tau=0.25).rho([-2.0, 0.0, 2.0])
    array([3., 0., 1.])
    """

    name: str
    delta: float
    tau: float = 0.5

    def rho(self, residual: ArrayLike) -> Array:
        """Return the charge for residuals, without smoothing.

        Parameters
        ----------
        residual : array_like
            log(observed) - log(predicted) loss.

        Returns
        -------
        ndarray
            Charge >= 0, same shape as `residual`.
        """
        r = np.asarray(residual, dtype=float)
        size = np.abs(r)
        if self.delta == 0:
            charge = size
        elif np.isinf(self.delta):
            charge = r * r / 2
        else:
            charge = np.where(size <= self.delta, r * r / 2, self.delta * (size - self.delta / 2))
        return np.asarray(charge * np.where(r > 0, 2 * self.tau, 2 * (1 - self.tau)))


HUBER = ErrorModel("huber", 1e-3)
"""Huber's charge at the width of Hoffmann et al. 2022, Equation 3."""
LAD = ErrorModel("lad", 0.0)
"""Least absolute deviations of the log loss."""
MSE = ErrorModel("mse", np.inf)
"""Least squares of the log loss."""
ERROR_MODELS = {model.name: model for model in (HUBER, LAD, MSE)}
