"""Which form describes the runs better, and which predicts the next ones.

The forms are those of `joint`: with or without a floor, the power taken of the sum of the two terms
(Kaplan et al. 2020, Equation 1.5) or of each (Hoffmann et al. 2022). Description is judged by
information criteria, prediction by holding out the dearest runs: textbook methods, both.
"""

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
        Of the log losses, maximised over the scale of the noise.
    aic, bic : float
        Akaike's and Schwarz's criteria; lower is better, and only differences mean anything.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> chinchilla, kaplan = (
    ...     information(joint.fit(runs.params, runs.tokens, runs.loss, form))
    ...     for form in ("sum+floor", "power")
    ... )
    >>> round(kaplan.aic - chinchilla.aic)
    430
    """

    log_likelihood: float
    aic: float
    bic: float


def information(found: FormFit, error: ErrorModel = HUBER) -> Information:
    """Return the log-likelihood and the information criteria of a fit.

    With k constants and n runs, AIC = 2 k - 2 ln L (Akaike 1974) and BIC = k ln n - 2 ln L (Schwarz
    1978). The scale of the noise counts as one more constant. Runs are taken as independent.

    Parameters
    ----------
    found : FormFit
        Of one of the four forms.
    error : ErrorModel
        The one that it was fitted with: Huber's or squared error.

    Returns
    -------
    Information
        All three dimensionless.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> found = information(joint.fit(runs.params, runs.tokens, runs.loss, "sum+floor"))
    >>> round(found.aic + 2 * found.log_likelihood)  # five constants and the scale of the noise
    12
    """
    value = float(profiled_log_likelihood(found.objective, found.n, error.delta))
    constants = COUNTS[found.form] + 1
    return Information(value, 2 * constants - 2 * value, constants * np.log(found.n) - 2 * value)


def largest(flop: ArrayLike, factor: float, name: str = "") -> NDArray[np.bool_]:
    """Return which runs took more than the largest budget divided by `factor`.

    Parameters
    ----------
    flop : array_like, shape (n,)
        Compute or nominal budget, FLOP.
    factor : float
        > 1.
    name : str
        Table, for the message.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
        True for a run to hold out (by definition, to 1e-9 relative).

    Raises
    ------
    ScalingLawsError
        If that leaves fewer than 12 runs to fit or fewer than 3 to predict.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> held = largest(runs.flop, 10)
    >>> int(held.sum()), int((~held).sum())
    (19, 221)
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
    residuals : numpy.ndarray, shape (h,)
        log(observed) - log(predicted) loss of the runs held out.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> held = largest(runs.flop, 10)
    >>> found = predict(runs.params, runs.tokens, runs.loss, held, "sum+floor")
    >>> f"bias {found.bias:.2%}, error {found.error:.2%}"
    'bias -0.40%, error 1.11%'
    """

    fit: FormFit
    residuals: Array

    @property
    def bias(self) -> float:
        """Mean of the residuals, log loss; above zero where the runs end worse than predicted."""
        return float(self.residuals.mean())

    @property
    def error(self) -> float:
        """Root mean square of the residuals, log loss."""
        return float(np.sqrt(np.mean(self.residuals**2)))


@dataclass(frozen=True)
class ResampledPrediction(Prediction):
    """The same, with what resampling says about it.

    Attributes
    ----------
    biases, errors : numpy.ndarray, shape (S,)
        `bias` and `error` in each resample of both the fitted runs and those held out.
    covered : float
        Share of the runs held out that lie inside their interval.
    converged : float
        Share of the resamples whose fit did.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> held = largest(runs.flop, 10)
    >>> (found,) = predict_largest(
    ...     runs.params, runs.tokens, runs.loss, held, ["power"], resamples=50
    ... ).values()
    >>> len(found.errors), found.covered < 0.8  # the intervals promised 0.95
    (50, True)
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
    params, tokens : array_like, shape (n,)
        Model sizes and training tokens, > 0.
    loss : array_like, shape (n,)
        Nats per token, > 0.
    held : numpy.ndarray of bool, shape (n,)
        Runs to predict.
    form : {"power", "power+floor", "sum", "sum+floor"}
        See `joint`.
    error : ErrorModel
        Huber's or squared error.

    Returns
    -------
    Prediction
        Of the runs held out, in their order.

    Raises
    ------
    ScalingLawsError
        If fewer than six runs are left to fit, or their sizes or data do not vary.
    ValueError
        If the size or data of a run held out is not positive.

    Examples
    --------
    Fitted to runs of at most a tenth of the largest budget, Kaplan's form promises too little loss
    at the rest, so that its residuals are positive:

    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> held = largest(runs.flop, 10)
    >>> for form in ("power", "sum+floor"):
    ...     found = predict(runs.params, runs.tokens, runs.loss, held, form)
    ...     print(f"{form:9} {found.bias:+.3f}")
    power     +0.024
    sum+floor -0.004
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
    params, tokens : array_like, shape (n,)
        Model sizes and training tokens, > 0.
    loss : array_like, shape (n,)
        Nats per token, > 0.
    held : numpy.ndarray of bool, shape (n,)
        Runs to predict.
    forms : sequence of str
        As `form` of `predict`.
    resamples : int
        >= 1.
    seed : int
        >= 0.
    level : float
        Coverage that the prediction intervals promise, 0 < level < 1.
    error : ErrorModel
        Huber's or squared error.

    Returns
    -------
    dict of str to ResampledPrediction
        By form.

    Raises
    ------
    ScalingLawsError
        If fewer than six runs are left to fit, or their sizes or data do not vary.
    ValueError
        If the size or data of a run held out is not positive.

    Notes
    -----
    The fitted runs and those held out are resampled independently (Efron 1979,
    doi:10.1214/aos/1176344552). An interval joins the spread of the fits with the scatter of single
    runs, drawn from the residuals of the fit, as `resampling.prediction_interval` does.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> held = largest(runs.flop, 10)
    >>> found = predict_largest(
    ...     runs.params, runs.tokens, runs.loss, held, ["power", "sum+floor"], resamples=50
    ... )
    >>> float(np.mean(found["sum+floor"].errors < found["power"].errors)) > 0.9
    True
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
