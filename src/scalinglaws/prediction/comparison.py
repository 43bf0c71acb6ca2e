"""Which form describes the runs better, and which predicts the next ones.

The forms are those of `fitting.FORMS`: with or without a floor, the power taken of the sum of both
terms (Kaplan et al. 2020, Equation 1.5) or of each (Hoffmann et al. 2022). Description is judged
by information criteria, prediction by holding out the largest runs: textbook methods, both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import resample
from scalinglaws.fitting.family import Form, form_of
from scalinglaws.fitting.likelihood import profiled_log_likelihood
from scalinglaws.fitting.model import MSE, Array, ErrorModel
from scalinglaws.fitting.result import Fit, fit
from scalinglaws.runs import Runs

#: Forms of a loss that depends on size and data, which a table of runs may prefer.
SURFACES = ("chinchilla", "powermean", "kaplan+floor", "kaplan", "sum")

#: Difference in AIC from which a form describes the runs clearly worse (a rule of thumb).
CLEARLY = 10.0

# Shares of Chinchilla's exponents, and log p, from which two forms start.
_BEGIN: dict[str, list[tuple[float, list[float]]]] = {
    "powermean": [(1.0, [0.0]), (1.0, [0.5])],
    "kaplan+floor": [(0.8, [])],
}
_ABOVE = {"sum": "chinchilla", "kaplan": "kaplan+floor"}  # the same forms above a floor
_EQUAL = 1.05  # of the least error of held-out runs; below it two forms predict equally well
_CUTS = (10.0, 5.0, 3.0)  # largest budget over the one above which runs are held out


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
    >>> from scalinglaws import fit, read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> chinchilla, kaplan = (information(fit(runs, form)) for form in ("chinchilla", "kaplan"))
    >>> round(kaplan.aic - chinchilla.aic)
    430
    """

    log_likelihood: float
    aic: float
    bic: float


def information(found: Fit) -> Information:
    """Return the log-likelihood and the information criteria of a fit.

    With k constants and n runs, AIC = 2 k - 2 ln L (Akaike 1974) and BIC = k ln n - 2 ln L (Schwarz
    1978). The scale of the noise counts as one more constant. Runs are taken as independent.

    Parameters
    ----------
    found : Fit
        Of any form, by Huber's or squared error of the log loss.

    Returns
    -------
    Information
        All three dimensionless.

    Raises
    ------
    ScalingLawsError
        If the fit was by another error model, which has no such likelihood.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> found = information(fit(read_runs("hoffmann2022_runs").without_highest(5)))
    >>> round(found.aic + 2 * found.log_likelihood)  # five constants and the scale of the noise
    12
    """
    error = found.error
    if error.of != "log loss" or error.delta == 0 or error.tau != 0.5:
        raise ScalingLawsError(
            f"{error.name}: the likelihood is that of Huber's or squared error of the log loss, "
            "symmetric. Fit by 'huber' or 'mse'."
        )
    value = float(profiled_log_likelihood(found.objective, found.n, error.delta))
    constants = len(found.form.free) + 1
    return Information(value, 2 * constants - 2 * value, constants * np.log(found.n) - 2 * value)


def largest(runs: Runs, factor: float) -> NDArray[np.bool_]:
    """Return which runs took more than the largest budget divided by `factor`.

    Parameters
    ----------
    runs : Runs
        n of them. What a run took is its nominal budget or, where it is on none, its compute.
    factor : float
        > 1.

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
    >>> held = largest(read_runs("hoffmann2022_runs").without_highest(5), 10)
    >>> int(held.sum()), int((~held).sum())
    (19, 221)
    """
    compute = runs.flop
    if runs.budget is not None:
        compute = np.where(np.isnan(runs.budget), runs.flop, runs.budget)
    held: NDArray[np.bool_] = compute > compute.max() / factor * (1 + 1e-9)
    if held.sum() < 3 or (~held).sum() < 12:
        raise ScalingLawsError(
            f"{runs.name or 'these runs'}: holding out what took more than 1/{factor:g} of the "
            f"largest budget leaves {(~held).sum()} runs to fit and {held.sum()} to predict; "
            "expected at least 12 and 3. Choose another factor or give more runs."
        )
    return held


@dataclass(frozen=True)
class Prediction:
    """How one form, fitted to the smaller runs, predicts the larger ones.

    Attributes
    ----------
    fit : Fit
        Of the smaller runs.
    residuals : numpy.ndarray, shape (h,)
        log(observed) - log(predicted) loss of the runs held out.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> found = predict(runs, largest(runs, 10), "chinchilla")
    >>> f"bias {found.bias:.2%}, error {found.error:.2%}"
    'bias -0.40%, error 1.11%'
    """

    fit: Fit
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
    >>> (found,) = predict_largest(runs, largest(runs, 10), ["kaplan"], resamples=50).values()
    >>> len(found.errors), found.covered < 0.8  # the intervals promised 0.95
    (50, True)
    """

    biases: Array
    errors: Array
    covered: float
    converged: float


def predict(
    runs: Runs,
    held: NDArray[np.bool_],
    form: str | Form = "chinchilla",
    *,
    error: str | ErrorModel = "huber",
) -> Prediction:
    """Fit one form without the runs held out and predict these.

    Parameters
    ----------
    runs : Runs
        n of them.
    held : numpy.ndarray of bool, shape (n,)
        Runs to predict.
    form : str or Form
        A key of `fitting.FORMS`, or a form of one's own.
    error : str or ErrorModel
        As of `fitting.fit`.

    Returns
    -------
    Prediction
        Of the runs held out, in their order.

    Raises
    ------
    ScalingLawsError
        If too few runs are left to fit, or their sizes or data do not vary; or there is no such
        form or error model.

    Examples
    --------
    Fitted to runs of at most a tenth of the largest budget, Kaplan's form promises too little loss
    at the rest, so that its residuals are positive:

    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> for form in ("kaplan", "chinchilla"):
    ...     print(f"{form:10} {predict(runs, largest(runs, 10), form).bias:+.3f}")
    kaplan     +0.024
    chinchilla -0.004
    """
    found, test = fit(runs.take(~held), form, error=error), runs.take(held)
    return Prediction(found, np.log(test.loss / found.predict(test.params, test.tokens)))


def predict_largest(
    runs: Runs,
    held: NDArray[np.bool_],
    forms: Sequence[str | Form],
    *,
    resamples: int = 200,
    seed: int = 0,
    level: float = 0.95,
    error: str | ErrorModel = "huber",
) -> dict[str, ResampledPrediction]:
    """Fit each form without the runs held out, predict these, and resample both.

    All forms see the same resamples, so that their errors can be compared in pairs.

    Parameters
    ----------
    runs : Runs
        n of them.
    held : numpy.ndarray of bool, shape (n,)
        Runs to predict.
    forms : sequence of str or Form
        As `form` of `predict`.
    resamples : int
        >= 1.
    seed : int
        >= 0.
    level : float
        Coverage that the prediction intervals promise, 0 < level < 1.
    error : str or ErrorModel
        As of `fitting.fit`.

    Returns
    -------
    dict of str to ResampledPrediction
        By the form's name.

    Raises
    ------
    ScalingLawsError
        If too few runs are left to fit, or their sizes or data do not vary; or there is no such
        form or error model.

    Notes
    -----
    The fitted runs and those held out are resampled independently (Efron 1979,
    doi:10.1214/aos/1176344552). An interval joins the spread of the fits with the scatter of single
    runs, drawn from the residuals of the fit, as `Bootstrap.predict` does.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> found = predict_largest(runs, largest(runs, 10), ["kaplan", "chinchilla"], resamples=50)
    >>> float(np.mean(found["chinchilla"].errors < found["kaplan"].errors)) > 0.9
    True
    """
    test, n = runs.take(held), int((~held).sum())
    groups = runs.take(~held).groups
    counts = np.concatenate(list(resample.drawn(n, resamples, seed, groups)))
    test_counts = resample.weights(len(test), resamples, np.random.default_rng([seed, 1]))
    scattered = np.random.default_rng([seed, 2]).integers(0, n, size=(resamples, len(test)))
    found = {}
    for form in map(form_of, forms):
        point = predict(runs, held, form, error=error)
        draws = resample.again(point.fit, counts, seed)
        predictions = form.loss(draws.values[:, None, :], test.params, test.tokens)
        spread = np.log(test.loss / predictions)
        noise = point.fit.residuals[scattered]
        low, high = resample.interval(predictions * np.exp(noise), level)
        total = test_counts.sum(axis=1)
        found[form.name] = ResampledPrediction(
            fit=point.fit,
            residuals=point.residuals,
            biases=(spread * test_counts).sum(axis=1) / total,
            errors=np.sqrt((spread**2 * test_counts).sum(axis=1) / total),
            covered=float(np.mean((low <= test.loss) & (test.loss <= high))),
            converged=float(draws.converged.mean()),
        )
    return found


@dataclass(frozen=True)
class Preference:
    """Which form a table of runs prefers, and by what.

    Attributes
    ----------
    form : str
        Its name.
    by : str
        "held-out runs", or "AIC" where there are too few of them.
    aic : dict of str to float
        Of each form that converged, above the lowest.
    errors : dict of str to float
        Root mean square error of log loss at the runs held out, of the forms that describe the
        runs no clearly worse than the best; empty where there are too few.

    Examples
    --------
    >>> Preference("sum", "AIC", {"sum": 0.0}, {}).form
    'sum'
    """

    form: str
    by: str
    aic: dict[str, float]
    errors: dict[str, float]


def fit_surfaces(runs: Runs, sure: float = 0.0) -> dict[str, Fit]:
    """Fit each of `SURFACES` to runs by squared error of the log loss.

    Parameters
    ----------
    runs : Runs
        At least one.
    sure : float
        A form without a floor is left out where that of the same form with one has a standard error
        below this share of it: twenty standard errors from zero, at 0.05, cost it some 400 in AIC.

    Returns
    -------
    dict of str to Fit
        By the form's name; without those for which there are too few runs.

    Notes
    -----
    The power mean and Kaplan's form above a floor start from Chinchilla's exponents, which spares
    most of their time.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> len(fit_surfaces(read_runs("llama3")))
    5
    """
    found: dict[str, Fit] = {}
    for form in SURFACES:
        above = found.get(_ABOVE.get(form, ""))
        if above is not None and above.converged and above.relative_errors["E"] < sure:
            continue
        first = found.get("chinchilla")
        begin = None
        if form in _BEGIN and first is not None and first.converged:
            begin = [[0.0, 0.0, 0.0, *(share * first.values[3:5]), *p] for share, p in _BEGIN[form]]
        try:
            found[form] = fit(runs, form, error=MSE, starts=begin)
        except (ScalingLawsError, np.linalg.LinAlgError):
            continue
    return found


def akaike(found: Fit) -> float:
    """Return Akaike's criterion of a fit by squared error of log loss.

    Parameters
    ----------
    found : Fit
        Of n runs.

    Returns
    -------
    float
        n ln(mean squared residual) + 2 (constants + 1), less a constant that all forms share
        (Akaike 1974; textbook, for normal noise).

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> fits = fit_surfaces(read_runs("llama3"))
    >>> akaike(fits["powermean"]) < akaike(fits["sum"])
    True
    """
    mean = max(float(np.mean(found.residuals**2)), np.finfo(float).tiny)
    return float(found.n * np.log(mean) + 2 * (len(found.form.free) + 1))


def held_out_errors(fits: Mapping[str, Fit]) -> dict[str, float]:
    """Return how far forms miss the largest runs when they are fitted to the others.

    Parameters
    ----------
    fits : mapping of str to Fit
        Of the same runs. What took more than a tenth of the largest budget is held out, or more
        than a fifth or a third where that leaves enough to fit (see `largest`).

    Returns
    -------
    dict of str to float
        Root mean square error of log loss; empty where no cut leaves enough on either side. A form
        is fitted again from where it ended with all runs.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> errors = held_out_errors(fit_surfaces(read_runs("hoffmann2022_runs").without_highest(5)))
    >>> errors["powermean"] < errors["kaplan"]
    True
    """
    held = _held(next(iter(fits.values())).runs) if fits else None
    if held is None:
        return {}
    errors = {}
    for name, found in fits.items():
        again = resample.again(found, (~held)[None].astype(float))
        residuals = found.problem.residuals(again.values[0])[held]
        errors[name] = float(np.sqrt(np.mean(residuals**2)))
    return {name: error for name, error in errors.items() if np.isfinite(error)}


def _held(runs: Runs) -> NDArray[np.bool_] | None:
    for cut in _CUTS:
        try:
            return largest(runs, cut)
        except ScalingLawsError:
            continue
    return None


def preferred(fits: Mapping[str, Fit], aic: Mapping[str, float] | None = None) -> Preference | None:
    """Return the form that the runs prefer.

    Of the forms that no other beats by more than `CLEARLY` in Akaike's criterion it is the one that
    best predicts the largest runs from the others. Of several that do so to a twentieth of the
    error, or where too few runs could be held out, it is the one of the lowest criterion. None is a
    favourite.

    Parameters
    ----------
    fits : mapping of str to Fit
        By squared error, of the same runs, such as `fit_surfaces` gives.
    aic : mapping of str to float, optional
        Akaike's criterion of each; `akaike` unless given.

    Returns
    -------
    Preference or None
        None if no fit converged.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> found = preferred(fit_surfaces(read_runs("hoffmann2022_runs").without_highest(5)))
    >>> found.form, found.by
    ('powermean', 'held-out runs')
    """
    settled = {name: found for name, found in fits.items() if found.converged}
    if not settled:
        return None
    known = {name: akaike(f) if aic is None else aic[name] for name, f in settled.items()}
    above = {name: value - min(known.values()) for name, value in known.items()}
    errors = held_out_errors({n: f for n, f in settled.items() if above[n] <= CLEARLY})
    least = min(errors.values(), default=np.inf)
    near = [name for name, error in errors.items() if error <= _EQUAL * least] or list(above)
    form = min(near, key=lambda name: above[name])
    return Preference(form, "held-out runs" if errors else "AIC", above, errors)
