"""What every fit shares: runs as a design, and what a residual is charged.

The residual of a run is log(observed) - log(predicted) loss.
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.runs import Runs

Array = NDArray[np.float64]

#: The constants of the family, in the order in which a vector holds them.
CONSTANTS = ("A", "B", "E", "alpha", "beta", "p", "gamma")
#: Those that a vector holds as logarithms.
LOGARITHMS = ("A", "B", "E", "p")


@dataclass(frozen=True)
class Design:
    """Runs in the coordinates of a fit: centred logarithms.

    Centring log N and log D takes the condition number of the problem down by many orders; the
    minimum does not depend on it.

    Attributes
    ----------
    x, y : ndarray, shape (n,)
        log N and log D, each less its mean.
    log_loss : ndarray, shape (n,)
        Logarithm of the observed loss in nats per token.
    x_mean, y_mean : float
        Means of log N and log D.
    size, data : ndarray, shape (2, n), (3, n)
        What multiplies (ln A, alpha) and (ln B, beta, gamma) in the logarithms of the two terms.

    Examples
    --------
    >>> runs = Runs([1e8, 1e9, 1e10] * 2, [1e9] * 3 + [1e11] * 3, [3.8, 3.4, 3.3, 2.8, 2.4, 2.2])
    >>> design = Design.of(runs)
    >>> design.n, f"{np.exp(design.x_mean):.2g}", f"{np.exp(design.y_mean):.2g}"
    (6, '1e+09', '1e+10')
    >>> theta = np.array([*np.log([400.0, 2000.0, 1.8]), 0.34, 0.36, 0.0, 0.0])
    >>> phi = design.centre(theta)  # its amplitudes are the terms of the mean run
    >>> bool(np.isclose(np.exp(phi[0]), 400 / 1e9**0.34)), np.allclose(design.uncentre(phi), theta)
    (True, True)
    """

    x: Array
    y: Array
    log_loss: Array
    x_mean: float
    y_mean: float
    size: Array = field(init=False, repr=False)
    data: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        one, x, y = np.ones_like(self.x), self.x, self.y
        object.__setattr__(self, "size", np.stack([one, -x]))
        # ln N ln D less what ln B and beta can take up.
        object.__setattr__(self, "data", np.stack([one, -y, -(x * y + self.y_mean * x)]))

    @classmethod
    def of(cls, runs: Runs, variable: str = "params") -> "Design":
        """Lay out runs.

        Parameters
        ----------
        runs : Runs
            n of them.
        variable : {"params", "flop"}
            What stands for N.

        Returns
        -------
        Design
            Of the n runs.
        """
        x, y = np.log(getattr(runs, variable)), np.log(runs.tokens)
        x_mean, y_mean = (float(each.mean()) if len(each) else 0.0 for each in (x, y))
        return cls(x - x_mean, y - y_mean, np.log(runs.loss), x_mean, y_mean)

    @property
    def n(self) -> int:
        """Number of runs."""
        return len(self.x)

    def centre(self, theta: Array) -> Array:
        """Turn constants into centred coordinates.

        Parameters
        ----------
        theta : ndarray, shape (..., 7)
            (ln A, ln B, ln E, alpha, beta, ln p, gamma).

        Returns
        -------
        ndarray, shape (..., 7)
            The same with the logarithms of the two terms at the mean run in place of ln A and ln B,
            and the exponent of the data at the mean size in place of beta.
        """
        out = np.array(theta, dtype=float)
        gamma = out[..., 6]
        out[..., 0] -= out[..., 3] * self.x_mean
        out[..., 1] -= (out[..., 4] + gamma * self.x_mean) * self.y_mean
        out[..., 4] += gamma * self.x_mean
        return out

    def uncentre(self, phi: Array) -> Array:
        """Invert `centre`.

        Parameters
        ----------
        phi : ndarray, shape (..., 7)
            Centred coordinates.

        Returns
        -------
        ndarray, shape (..., 7)
            (ln A, ln B, ln E, alpha, beta, ln p, gamma).
        """
        out = np.array(phi, dtype=float)
        out[..., 0] += out[..., 3] * self.x_mean
        out[..., 1] += out[..., 4] * self.y_mean
        out[..., 4] -= out[..., 6] * self.x_mean
        return out

    def require(self, constants: int, *varied: str) -> None:
        """Complain of runs that cannot fix a form at all.

        Parameters
        ----------
        constants : int
            How many it has.
        *varied : {"params", "tokens", "flop"}
            What must differ between runs.

        Raises
        ------
        ScalingLawsError
            If no run would be left over to judge the fit by, or all runs have the same of one.
        """
        if self.n <= constants:
            raise ScalingLawsError(
                f"{self.n} runs cannot fix the {constants} constants of the law and leave anything "
                f"over to judge the fit by. Give at least {constants + 1} runs; a few dozen are "
                "needed for useful intervals."
            )
        for name in varied:
            if np.ptp(self.y if name == "tokens" else self.x) < 1e-9:
                raise ScalingLawsError(
                    f"All runs have the same {name}, so its exponent cannot be told from these "
                    f"data. Add runs at other {name}."
                )


class Charge(NamedTuple):
    """What residuals are charged, with the slope and the curvature of the charge.

    Attributes
    ----------
    value, slope, curvature : ndarray, shape of the residuals
        The charge and its derivatives in the residual of log loss.

    Examples
    --------
    >>> value, slope, curvature = HUBER.charge(np.array([0.0005, 0.5]), np.array([2.0, 2.0]))
    >>> slope, curvature  # quadratic, then straight
    (array([0.0005, 0.001 ]), array([1., 0.]))
    """

    value: NDArray[np.floating]
    slope: NDArray[np.floating]
    curvature: NDArray[np.floating]


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
    of : {"log loss", "loss"}
        What the residual is one of. The loss itself is charged its squared residual, nats squared;
        delta and tau are then infinity and 0.5.

    Raises
    ------
    ValueError
        If delta or tau is out of its range, or does not go with the residual.

    Examples
    --------
    >>> MSE.rho([-2.0, 0.0, 3.0])
    array([2. , 0. , 4.5])
    >>> ErrorModel("lower quarter", delta=0.0, tau=0.25).rho([-2.0, 0.0, 2.0])
    array([3., 0., 1.])
    >>> HUBER.minimises
    'the sum of the Huber loss, of width 0.001, of the residuals of log loss'
    """

    name: str
    delta: float
    tau: float = 0.5
    of: Literal["log loss", "loss"] = "log loss"

    def __post_init__(self) -> None:
        if not (self.delta >= 0 and 0 < self.tau < 1):
            raise ValueError(
                f"An error model takes delta >= 0 and 0 < tau < 1; found {self.delta:g} and "
                f"{self.tau:g}."
            )
        if self.of not in ("log loss", "loss"):
            raise ValueError(f"of is {self.of!r}; expected 'log loss' or 'loss'.")
        if self.of == "loss" and not (np.isinf(self.delta) and self.tau == 0.5):
            raise ValueError("Residuals of the loss itself are squared: delta inf and tau 0.5.")

    @property
    def minimises(self) -> str:
        """The objective of a fit, in words."""
        if self.of == "loss":
            return "the sum of the squared residuals of the loss, nats squared"
        sides = "" if self.tau == 0.5 else f", positive ones weighted {2 * self.tau:g} times"
        charge = {
            0.0: "the sum of the absolute residuals",
            np.inf: "half the sum of the squared residuals",
        }.get(
            self.delta,
            f"the sum of the Huber loss, of width {self.delta:g}, of the residuals",
        )
        return f"{charge} of log loss{sides}"

    def rho(self, residual: ArrayLike, loss: ArrayLike = 1.0) -> Array:
        """Return the charge for residuals of log loss, without smoothing.

        Parameters
        ----------
        residual : array_like
            log(observed) - log(predicted) loss.
        loss : array_like
            Observed, nats per token; used where the residual that is charged is one of the loss.

        Returns
        -------
        ndarray
            Charge >= 0, of the common shape.
        """
        r, observed = (np.asarray(v, dtype=float) for v in (residual, loss))
        return np.asarray(self.charge(r, observed).value)

    def charge(self, residual: NDArray[np.floating], loss: NDArray[np.floating]) -> Charge:
        """Return the charge with its derivatives.

        Parameters
        ----------
        residual : ndarray
            log(observed) - log(predicted) loss.
        loss : ndarray
            Observed, nats per token; used where the residual is one of the loss itself.

        Returns
        -------
        Charge
            The second derivative is taken as zero at a kink.
        """
        if self.of == "loss":
            predicted = loss * np.exp(-residual)
            off = predicted - loss
            return Charge(off * off, -2 * off * predicted, 2 * predicted * (predicted + off))
        if self.delta == 0:
            slope = np.sign(residual)
            value, curvature = np.abs(residual), np.zeros_like(residual)
        else:
            slope = np.clip(residual, -self.delta, self.delta)
            curvature = (slope == residual).astype(residual.dtype)
            value = slope * (residual - slope / 2)
        if self.tau != 0.5:
            side = np.where(residual > 0, 2 * self.tau, 2 * (1 - self.tau)).astype(residual.dtype)
            return Charge(value * side, slope * side, curvature * side)
        return Charge(value, slope, curvature)


HUBER = ErrorModel("huber", 1e-3)
"""The Huber loss at the width of Hoffmann et al. 2022, Equation 3."""
LAD = ErrorModel("lad", 0.0)
"""Least absolute deviations of the log loss."""
MSE = ErrorModel("mse", np.inf)
"""Least squares of the log loss."""
VARPRO = ErrorModel("varpro", np.inf, of="loss")
"""Least squares of the loss itself, the objective of variable projection."""
ERROR_MODELS = {model.name: model for model in (HUBER, LAD, MSE, VARPRO)}
