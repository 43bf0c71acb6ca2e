"""Which form describes the runs better, and which predicts the next ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import joint
from scalinglaws.fitting.joint import COUNTS, FormFit, FormName
from scalinglaws.fitting.likelihood import profiled_log_likelihood
from scalinglaws.fitting.model import HUBER, Array, ErrorModel
from scalinglaws.fitting.resampling import weights


@dataclass(frozen=True)
class Information:
    """How well a form describes the runs it was fitted to, its constants charged for.

    Attributes
    ----------
    log_likelihood : float
        Maximised over the scale of the noise.
    aic, bic : float
        Akaike's and Schwarz's criteria; lower is better.
    """

    log_likelihood: float
    aic: float
    bic: float


def information(found: FormFit, error: ErrorModel = HUBER) -> Information:
    """Return the log-likelihood and the information criteria of a fit.

    The scale of the noise counts as one more constant. Runs are taken as independent.

    Parameters
    ----------
    found : FormFit
    error : ErrorModel
        The one that it was fitted with.
    """
    value = float(profiled_log_likelihood(found.objective, found.n, error.delta))
    constants = COUNTS[found.form] + 1
    return Information(value, 2 * constants - 2 * value, constants * np.log(found.n) - 2 * value)


def largest(flop: ArrayLike, factor: float, name: str = "") -> NDArray[np.bool_]:
    """Return which runs took more than the largest budget divided by `factor`.

    Parameters
    ----------
    flop : array_like, shape (n,)
        Compute or nominal budget.
    factor : float
        Above 1.
    name : str
        Table, for the message.

    Raises
    ------
    ScalingLawsError
        If that leaves fewer than 12 runs to fit or fewer than 3 to predict.
    """
    compute = np.asarray(flop, dtype=float)
    held: NDArray[np.bool_] = compute > compute.max() / factor * (1 + 1e-9)
    if held.sum() < 3 or (~held).sum() < 12:
        raise ScalingLawsError(
            f"{name or 'these runs'}: holding out what took more than 1/{factor:g} of the largest "
            f"budget leaves {(~held).sum()} runs to fit and {held.sum()} to predict; expected at "
            "least 12 and 3. Choose another factor or give more runs."
        )
    return held


@dataclass(frozen=True)
class Prediction:
    """How one form, fitted to the cheaper runs, predicts the dearer ones.

    Attributes
    ----------
    fit : FormFit
        Of the cheaper runs.
    residuals : ndarray, shape (h,)
        log(observed) - log(predicted) loss of the runs held out.
    """

    fit: FormFit
    residuals: Array

    @property
    def bias(self) -> float:
        """Mean of the residuals."""
        return float(self.residuals.mean())

    @property
    def error(self) -> float:
        """Root mean square of the residuals."""
        return float(np.sqrt(np.mean(self.residuals**2)))


@dataclass(frozen=True)
class ResampledPrediction(Prediction):
    """The same, with what resampling says about it.

    Attributes
    ----------
    biases, errors : ndarray, shape (S,)
        In each resample of both the fitted runs and those held out.
    covered : float
        Share of the runs held out that lie inside their interval.
    converged : float
        Share of the resamples whose fit did.
    """

    biases: Array
    errors: Array
    covered: float
    converged: float


def predict(
    params: ArrayLike,
    tokens: ArrayLike,
    loss: ArrayLike,
    held: NDArray[np.bool_],
    form: FormName,
    *,
    error: ErrorModel = HUBER,
) -> Prediction:
    """Fit one form without the runs held out and predict these.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
    held : ndarray of bool, shape (n,)
        Runs to predict.
    form : str
    error : ErrorModel
    """
    size, data, observed = (np.asarray(v, dtype=float) for v in (params, tokens, loss))
    fit = joint.fit(size[~held], data[~held], observed[~held], form, error=error)
    return Prediction(fit, np.log(observed[held] / fit.loss(size[held], data[held])))


def predict_largest(
    params: ArrayLike,
    tokens: ArrayLike,
    loss: ArrayLike,
    held: NDArray[np.bool_],
    forms: Sequence[FormName],
    *,
    resamples: int = 200,
    seed: int = 0,
    level: float = 0.95,
    error: ErrorModel = HUBER,
) -> Mapping[FormName, ResampledPrediction]:
    """Fit each form without the runs held out, predict these, and resample both.

    All forms see the same resamples, so that their errors can be compared in pairs.

    Parameters
    ----------
    params, tokens, loss : array_like, shape (n,)
    held : ndarray of bool, shape (n,)
        Runs to predict.
    forms : sequence of str
    resamples, seed : int
    level : float
        Coverage that the prediction intervals promise.
    error : ErrorModel
    """
    size, data, observed = (np.asarray(v, dtype=float) for v in (params, tokens, loss))
    rng = np.random.default_rng(seed)
    fitted_counts = weights(int((~held).sum()), resamples, rng)
    test_counts = weights(int(held.sum()), resamples, rng)
    found = {}
    for form in forms:
        point = predict(size, data, observed, held, form, error=error)
        fit = point.fit
        phi, settled = joint.resample(fit, fitted_counts, error=error)
        predictions = joint.predict(form, phi, fit.runs, size[held], data[held])
        spread = np.log(observed[held] / predictions)
        noise = rng.choice(fit.residuals, size=predictions.shape)
        tail = (1 - level) / 2
        low, high = np.quantile(predictions * np.exp(noise), [tail, 1 - tail], axis=0)
        total = test_counts.sum(axis=1)
        found[form] = ResampledPrediction(
            fit=fit,
            residuals=point.residuals,
            biases=(spread * test_counts).sum(axis=1) / total,
            errors=np.sqrt((spread**2 * test_counts).sum(axis=1) / total),
            covered=float(np.mean((low <= observed[held]) & (observed[held] <= high))),
            converged=float(settled.mean()),
        )
    return found
