"""Error models: how much a residual costs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalebook.fitting.design import Array


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
