"""What every method says of a suite: the exponent, the floor and the optimal ratio, with intervals.

``make atlas`` stores the outcome for all suites. A method that does not apply, did not converge or
whose runs do not tell the exponent says so and is not resampled. Intervals are percentiles of
resampled runs (Efron 1979, doi:10.1214/aos/1176344552); those of the envelope have the residuals of
the law added to the runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scalinglaws import datapackage
from scalinglaws.atlas.inventory import Entry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import isoflop
from scalinglaws.fitting.envelope import curves_of, fit_envelope
from scalinglaws.fitting.model import HUBER, VARPRO, Array
from scalinglaws.fitting.resample import interval
from scalinglaws.fitting.result import Fit, fit
from scalinglaws.laws import PowerAllocation
from scalinglaws.prediction import comparison, survey
from scalinglaws.prediction.methods import WIDEST

#: Every method by its key. "lad" is left out: where Huber's exponents are told, its own lie within
#: 0.015 of them.
LABELS = {
    "huber": "Chinchilla's form, Huber's error",
    "mse": "Chinchilla's form, squared error",
    "varpro": "Chinchilla's form, squared error of the loss",
    "powermean": "Power mean of two terms, with a floor",
    "kaplan+floor": "Kaplan's form above a floor",
    "kaplan": "Kaplan's form, no floor",
    "sum": "Two terms, no floor",
    "parabola": "IsoFLOP minima, parabola",
    "window": "IsoFLOP minima, parabola near the lowest",
    "akima": "IsoFLOP minima, Akima spline",
    "envelope": "Envelope of training curves",
}

#: Budgets at which the optimal tokens per parameter are asked for, FLOP, besides the suite's own.
BUDGETS = (1e20, 1e22, 1e24)

LEVEL = 0.95
_NOISES = 200  # of the envelope


@dataclass(frozen=True)
class Estimate:
    """What one method says of one suite.

    Attributes
    ----------
    method : str
        A key of `LABELS`.
    status : str
        "told", or in short why not.
    values : dict of str to float
        ``a``, ``E`` (unit of the loss), ``ratio`` (tokens per parameter of the optimum at the
        largest compute of the suite) and ``ratio_1e20`` and so on; ``shift``, a less that of
        "huber"; ``aic`` above the lowest of all forms and ``held_out``, the root mean square error
        of log loss at the largest runs when fitted to the others. Only what the method gives.
    draws : dict of str to numpy.ndarray
        The same in each resample.

    Examples
    --------
    >>> Estimate("huber", "told", {"a": 0.5}, {"a": np.linspace(0.4, 0.6, 101)}).interval("a")
    (0.405, 0.595)
    """

    method: str
    status: str
    values: Mapping[str, float] = field(default_factory=dict)
    draws: Mapping[str, Array] = field(default_factory=dict, repr=False)

    def interval(self, name: str) -> tuple[float, float] | None:
        """Return the 95% percentile interval; None if more than it leaves out have no value.

        Parameters
        ----------
        name : str
            A key of `values`.

        Returns
        -------
        (float, float) or None
            Ends.
        """
        draws = self.draws.get(name)
        finite = None if draws is None else draws[np.isfinite(draws)]
        if draws is None or finite is None or len(finite) < LEVEL * len(draws):
            return None
        low, high = interval(finite, LEVEL)
        return round(float(low), 12), round(float(high), 12)


def estimates(entry: Entry, resamples: int = 1000, seed: int = 0) -> list[Estimate]:
    """Fit a suite by every method.

    Parameters
    ----------
    entry : Entry
        The suite.
    resamples : int
        Of every method whose exponent the runs tell, > 0.
    seed : int
        Of the draws, >= 0; laws and forms see the same.

    Returns
    -------
    list of Estimate
        In the order of `LABELS`.

    Examples
    --------
    >>> from scalinglaws.atlas.inventory import entries
    >>> first = next(entries())
    >>> for each in estimates(first, resamples=50)[:3]:
    ...     print(f"{each.method:7}{each.values['a']:.2f}")
    huber  0.51
    mse    0.53
    varpro 0.54
    """
    with np.errstate(all="ignore"):  # a wild resample overflows, and then has no value
        forms = comparison.fit_surfaces(entry.runs)
        fits = {key: forms[key] for key in LABELS if key in forms}
        fits["mse"] = forms["chinchilla"]
        for key, error in (("huber", HUBER), ("varpro", VARPRO)):
            fits[key] = fit(entry.runs, error=error)
        judged = _judged(forms)
        found = {key: _of_law(entry, key, each, judged, resamples, seed)
                 for key, each in fits.items()}  # fmt: skip
        for minimum in isoflop.MINIMA:
            found[minimum] = _of_budgets(entry, minimum, resamples, seed)
        found["envelope"] = _of_curves(entry, fits["huber"], seed)
    return [_shifted(found[key], found["huber"]) for key in LABELS if key in found]


def _judged(forms: Mapping[str, Fit]) -> dict[str, dict[str, float]]:
    """Return Akaike's criterion and the error at held-out runs, by form."""
    settled = {name: each for name, each in forms.items() if each.converged}
    aic = {name: comparison.akaike(each) for name, each in settled.items()}
    lowest, errors = min(aic.values(), default=0.0), comparison.held_out_errors(settled)
    return {
        name: {"aic": aic[name] - lowest} | ({"held_out": errors[name]} if name in errors else {})
        for name in settled
    }


def _of_law(
    entry: Entry, method: str, found: Fit, judged: Mapping[str, dict[str, float]],
    resamples: int, seed: int,
) -> Estimate:  # fmt: skip
    own = judged.get("chinchilla" if method == "mse" else method, {})
    if not found.converged:
        return Estimate(method, found.status.split(":")[0], own)
    if not found.optimum_told:
        return Estimate(method, "not told", own)
    drawn = found.bootstrap(resamples, seed)
    made = Estimate(method, "told", {**own, **_numbers(_says(entry, found, found.values))},
                    _says(entry, found, drawn.values))  # fmt: skip
    ends = made.interval("a")
    if ends is None or ends[1] - ends[0] > WIDEST:
        return Estimate(method, "not told", own)
    return made


def _says(entry: Entry, found: Fit, values: Array) -> dict[str, NDArray[np.float64]]:
    law = found.form.general(values)
    falling = (np.asarray(law.alpha) > 0) & (np.asarray(law.beta) > 0)
    says = {"a": np.where(falling, law.a, np.nan)}
    if "E" in found.form.free:
        says["E"] = np.asarray(law.E)
    for name, compute in _budgets(entry):
        ratio = np.asarray(law.optimum(compute=compute).tokens_per_param)
        says[name] = np.where(falling, ratio, np.nan)
    return says


def _numbers(found: Mapping[str, Array]) -> dict[str, float]:
    return {name: float(value) for name, value in found.items()}


def _budgets(entry: Entry) -> list[tuple[str, float]]:
    own = ("ratio", float(entry.runs.flop.max()))
    return [own, *((f"ratio_{compute:.0e}".replace("+", ""), compute) for compute in BUDGETS)]


def _of_budgets(entry: Entry, minimum: isoflop.Minimum, resamples: int, seed: int) -> Estimate:
    try:
        found = isoflop.fit(survey.on_budgets(entry.profiled), minimum=minimum)
    except ScalingLawsError:
        return Estimate(minimum, "does not apply")
    drawn = found.bootstrap(resamples, seed, by_size=entry.shares_sizes)
    made = Estimate(minimum, "told", _numbers(_spends(entry, found.allocation)),
                    _spends(entry, drawn.allocation))  # fmt: skip
    ends = made.interval("a")
    if ends is None or ends[1] - ends[0] > WIDEST:
        return Estimate(minimum, "not told")
    return made


def _spends(entry: Entry, line: PowerAllocation) -> dict[str, NDArray[np.float64]]:
    ratios = {
        name: np.asarray(line.tokens(compute) / line.params(compute))
        for name, compute in _budgets(entry)
    }
    return {"a": np.asarray(line.a), **ratios}


def _of_curves(entry: Entry, reference: Fit, seed: int) -> Estimate:
    try:
        read = curves_of(reference.runs)
    except ScalingLawsError:
        return Estimate("envelope", "does not apply")

    def slope(log_loss: Array) -> float:
        line = fit_envelope(read.params, read.compute, read.read(log_loss))
        enough = len(np.unique(line.params[line.inside])) >= 3
        return float(line.a_inside) if enough else np.nan

    log_loss, rng = np.log(reference.runs.loss), np.random.default_rng(seed)
    value = slope(log_loss)
    if not np.isfinite(value):
        return Estimate("envelope", "does not apply")
    noise = rng.choice(reference.residuals, size=(_NOISES, len(log_loss)))
    draws = np.array([slope(log_loss + each) for each in noise])
    made = Estimate("envelope", "told", {"a": value}, {"a": draws})
    ends = made.interval("a")
    if ends is None or ends[1] - ends[0] > WIDEST:
        return Estimate("envelope", "not told")
    return made


def _shifted(found: Estimate, reference: Estimate) -> Estimate:
    """Add the difference of a from the reference, in pairs where both saw the same resamples."""
    if found is reference or {found.status, reference.status} != {"told"}:
        return found
    ours, theirs = found.draws["a"], reference.draws["a"]
    count = min(len(ours), len(theirs))
    values = {**found.values, "shift": found.values["a"] - reference.values["a"]}
    draws = {**found.draws, "shift": ours[:count] - theirs[:count]}
    return Estimate(found.method, found.status, values, draws)


def stored() -> list[datapackage.Row]:
    """Return the stored estimates of all suites.

    Returns
    -------
    list of dict
        A row a suite and method, with the columns of ``data/atlas.csv``; NaN where one is empty.

    Examples
    --------
    >>> rows = stored()
    >>> {row["status"] for row in rows} >= {"told", "not told"}
    True
    """
    return datapackage.rows("atlas")
