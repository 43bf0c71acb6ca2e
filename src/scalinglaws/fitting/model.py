"""What every fit of the law shares: runs as a design, coordinates, error models, the outcome."""

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
    minimum does not depend on it.
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
        """Turn (ln A, ln B, ln E, alpha, beta), shape (..., 5), into centred coordinates."""
        out = np.array(theta, dtype=float)
        out[..., 0] -= out[..., 3] * self.x_mean
        out[..., 1] -= out[..., 4] * self.y_mean
        return out

    def uncentre(self, phi: Array) -> Array:
        """Invert `centre`."""
        out = np.array(phi, dtype=float)
        out[..., 0] += out[..., 3] * self.x_mean
        out[..., 1] += out[..., 4] * self.y_mean
        return out


def prepare(params: ArrayLike, tokens: ArrayLike, loss: ArrayLike) -> Design:
    """Prepare runs for fitting.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
        Model sizes, training tokens, final losses (nats per token), all positive.

    Raises
    ------
    ScalingLawsError
        If there are fewer runs than the five constants need, or sizes or data do not vary.
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
    """Turn (ln A, ln B, ln E, alpha, beta), shape (..., 5), into a law (or an ensemble of laws)."""
    a, b, e, alpha, beta = np.moveaxis(np.asarray(theta, dtype=float), -1, 0)
    fields = {"E": np.exp(e), "A": np.exp(a), "B": np.exp(b), "alpha": alpha, "beta": beta}
    if np.ndim(theta) == 1:
        return ParametricLaw(**{key: float(v) for key, v in fields.items()}, name=name)
    return ParametricLaw(**fields, name=name)


def theta_of(law: ParametricLaw) -> Array:
    """Turn a law (or an ensemble) into (ln A, ln B, ln E, alpha, beta), shape (..., 5)."""
    columns = (np.log(law.A), np.log(law.B), np.log(law.E), law.alpha, law.beta)
    return np.stack(np.broadcast_arrays(*columns), axis=-1).astype(float)


def predict(phi: Array, runs: Design) -> tuple[tuple[Array, Array, Array], Array]:
    """Return the shares of the three terms and the residuals, each (..., n).

    The coordinates are centred; the residuals are log(observed) - log(predicted) loss.
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
    """Return log(observed) - log(predicted) loss, shape (..., n), for vectors of shape (..., 5)."""
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
        Sum over the runs of the error model's charge.
    status : str
        "converged", or what went wrong.
    method : str
        Name of the error model, or "varpro".
    n : int
        Runs used.
    starts : int
        Starting points tried.
    starts_at_best : float
        Share of the starting points that ended at the best objective, to 1e-6 relative.
    residuals : ndarray, shape (n,)
        log(observed) - log(predicted) loss.
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
    absolute error, delta -> infinity the squared error.

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
    """

    name: str
    delta: float
    tau: float = 0.5

    def rho(self, residual: ArrayLike) -> Array:
        """Return the charge for residuals of any shape (log loss), without smoothing."""
        r = np.asarray(residual, dtype=float)
        size = np.abs(r)
        if self.delta == 0:
            charge = size
        elif np.isinf(self.delta):
            charge = r * r / 2
        else:
            charge = np.where(size <= self.delta, r * r / 2, self.delta * (size - self.delta / 2))
        return np.asarray(charge * np.where(r > 0, 2 * self.tau, 2 * (1 - self.tau)))


HUBER = ErrorModel("huber", 1e-3)  # Hoffmann et al. 2022, equation 3
LAD = ErrorModel("lad", 0.0)
MSE = ErrorModel("mse", np.inf)
ERROR_MODELS = {model.name: model for model in (HUBER, LAD, MSE)}
