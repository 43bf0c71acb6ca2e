"""Loss against compute alone: a power law with and without a constant.

Without, it is the form of Kaplan et al. 2020, Equation 1.3; with one, that which Henighan et al.
2020 fitted to images, video and mathematics.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import Array
from scalinglaws.fitting.newton import damped_newton
from scalinglaws.units import positive


@dataclass(frozen=True)
class Curve:
    """L(C) = floor + amplitude (C / C_0)^-exponent, with C_0 the geometric mean of the points.

    Attributes
    ----------
    floor : float
        Nats per token, >= 0; 0 for a pure power law.
    exponent : float
        How fast the rest falls with compute.
    amplitude : float
        Nats per token above the floor at `centre`.
    centre : float
        C_0, FLOP.
    residuals : ndarray, shape (n,)
        log(observed) - log(fitted) loss.

    Examples
    --------
    >>> found = power([1e18, 1e20, 1e22], [4.0, 3.0, 2.25])
    >>> f"{found.centre:.2g}", round(found.amplitude, 3), round(found.rms, 6)
    ('1e+20', 3.0, 0.0)
    >>> round(float(found.loss(1e24)), 4)
    1.6875
    """

    floor: float
    exponent: float
    amplitude: float
    centre: float
    residuals: Array

    @property
    def rms(self) -> float:
        """Root mean square of the residuals, log loss."""
        return float(np.sqrt(np.mean(self.residuals**2)))

    def loss(self, compute: ArrayLike) -> Array:
        """Return the fitted loss.

        Parameters
        ----------
        compute : array_like
            FLOP, > 0.

        Returns
        -------
        ndarray
            Nats per token, same shape as `compute`.

        Raises
        ------
        ValueError
            If any compute is not positive.
        """
        ratio = positive(compute, "compute") / self.centre
        return np.asarray(self.floor + self.amplitude * ratio**-self.exponent)


def power(compute: ArrayLike, loss: ArrayLike) -> Curve:
    """Fit a power law without a constant: a straight line in the logarithms.

    Parameters
    ----------
    compute, loss : array_like, shape (n,)
        FLOP and nats per token, > 0.

    Returns
    -------
    Curve
        With floor 0, by least squares of the log loss.

    Raises
    ------
    ScalingLawsError
        If there are fewer than three different budgets.
    ValueError
        If any input is not positive.

    Examples
    --------
    >>> from scalinglaws import published
    >>> C = np.geomspace(1e18, 1e22, 9)
    >>> round(power(C, published["kaplan2020-compute-min"].loss(C)).exponent, 3)
    0.05
    """
    x, log_loss, centre = _points(compute, loss)
    exponent = -float(x @ log_loss / (x @ x))
    level = float(log_loss.mean())
    return Curve(0.0, exponent, float(np.exp(level)), centre, log_loss - level + exponent * x)


def power_with_floor(compute: ArrayLike, loss: ArrayLike) -> Curve:
    """Fit a power law above a constant that may not be negative, with squared log residuals.

    Parameters
    ----------
    compute, loss : array_like, shape (n,)
        FLOP and nats per token, > 0.

    Returns
    -------
    Curve
        The pure power law where no constant fits better.

    Raises
    ------
    ScalingLawsError
        If there are fewer than four different budgets.
    ValueError
        If any input is not positive.

    Examples
    --------
    The optimum of a law with a constant falls towards it, as C^-(alpha beta / (alpha + beta)):

    >>> from scalinglaws import optimal, published
    >>> law, C = published["besiroglu2024"], np.geomspace(1e18, 1e22, 9)
    >>> found = power_with_floor(C, optimal(law, C).loss)
    >>> round(found.floor, 3), round(found.exponent, 3)
    (1.817, 0.178)
    >>> round(law.alpha * law.beta / (law.alpha + law.beta), 3)
    0.178
    """
    x, log_loss, centre = _points(compute, loss, least=4)
    plain = power(compute, loss)
    lowest = float(np.exp(log_loss.min()))
    shares = np.array([1e-3, 0.4, 0.8, 0.95])[:, None]
    above = np.log(np.exp(log_loss) - shares * lowest)
    slope = -(above @ x) / (x @ x)
    starts = np.column_stack([above.mean(axis=1), slope, np.log(shares * lowest)])

    def evaluate(theta: Array, _: NDArray[np.intp]) -> tuple[Array, Array, Array]:
        return _derivatives(theta, x, log_loss)

    scale = np.full(len(starts), float(len(x)))
    ends, value, _ = damped_newton(starts, evaluate, scale, 1e-15, 200)
    best = ends[int(np.argmin(value))]
    # A constant that has shrunk to nothing leaves the pure power law, which is exact.
    if value.min() >= plain.residuals @ plain.residuals / 2:
        return plain
    residuals = log_loss - np.logaddexp(best[0] - best[1] * x, best[2])
    return Curve(float(np.exp(best[2])), float(best[1]), float(np.exp(best[0])), centre, residuals)


def _derivatives(theta: Array, x: Array, log_loss: Array) -> tuple[Array, Array, Array]:
    """Return half the squared residuals of ln(e^(a - b x) + e^e), with gradient and Hessian."""
    size = theta[:, :1] - theta[:, 1:2] * x
    total = np.logaddexp(size, theta[:, 2:])
    residual, share = log_loss - total, np.exp(size - total)
    slopes = np.stack([share, -share * x, 1 - share], axis=1)
    apart = np.stack([np.ones_like(x), -x, -np.ones_like(x)])
    hessian = slopes @ slopes.transpose(0, 2, 1)
    hessian -= (apart * (residual * share * (1 - share))[:, None]) @ apart.T
    gradient = -(slopes @ residual[:, :, None])[..., 0]
    return np.sum(residual**2, axis=1) / 2, gradient, hessian


def hidden_by(misfit: float, points: int, threshold: float = 3.841) -> float:
    """Return the noise at which a misfit would go unnoticed by a likelihood ratio test.

    A wrong form adds `misfit` (root mean square, log loss) to noise of standard deviation sigma;
    twice the expected gain in log-likelihood of the right form is about
    n ln(1 + misfit^2 / sigma^2), to be held against `threshold` (derived from the normal
    likelihood with its scale fitted).

    Parameters
    ----------
    misfit : float
        Log loss, >= 0.
    points : int
        Independent points n, > 0.
    threshold : float
        3.841 for one more constant at the 5% level.

    Returns
    -------
    float
        sigma, log loss.

    Raises
    ------
    ZeroDivisionError
        If there are no points.

    Examples
    --------
    >>> for points in (10, 100):
    ...     print(f"{hidden_by(0.01, points):.3f}")
    0.015
    0.051
    """
    return float(misfit / np.sqrt(np.expm1(threshold / points)))


def _points(compute: ArrayLike, loss: ArrayLike, least: int = 3) -> tuple[Array, Array, float]:
    log_compute = np.log(positive(compute, "compute"))
    log_loss = np.log(positive(loss, "loss"))
    found = len(np.unique(log_compute))
    if found < least:
        raise ScalingLawsError(
            f"A curve of loss against compute needs at least {least} different budgets to be "
            f"fitted; there are {found}. Give more."
        )
    centre = float(log_compute.mean())
    return log_compute - centre, log_loss, float(np.exp(centre))
