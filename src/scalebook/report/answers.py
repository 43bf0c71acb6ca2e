"""What `scalebook fit` with one method, and `scalebook plan`, answer."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from scalebook.errors import ScalebookError
from scalebook.report import ahead, cautions
from scalebook.report.sources import Origin
from scalebook.report.study import LEVEL as LEVEL
from scalebook.report.study import check_resamples
from scalinglaws import laws, reading, registry
from scalinglaws.balance import Allocation
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import ERROR_MODELS, MSE, Bootstrap, Fit, interval, isoflop
from scalinglaws.fitting import fit as fit_runs
from scalinglaws.optimum import dense
from scalinglaws.prediction import comparison, methods
from scalinglaws.prediction.comparison import Preference
from scalinglaws.prediction.forecast import Outlook
from scalinglaws.prediction.methods import WIDEST
from scalinglaws.runs import Runs
from scalinglaws.units import Floats

#: Constants that a fit gives, with intervals.
CONSTANTS = ("E", "A", "B", "alpha", "beta", "a")

#: Name under which `plan` fits the bundled runs itself, with intervals.
REFIT = "refit"

#: Laws that `plan` compares unless others are named.
PLAN_LAWS = (REFIT, "besiroglu2024", "hoffmann2022", "llama3", "kaplan2020-allocation")


@dataclass(frozen=True)
class Fitted:
    """A fit by one method, its resamples if there are any, and where the runs are from.

    Attributes
    ----------
    table : Runs
        As read, copies of a row included.
    found : Fit
        Of Chinchilla's form.
    ensemble : Bootstrap or None
        None where none was asked for, or the fit did not converge.
    resamples, seed : int
        As asked for.
    origin : Origin
    preference : Preference or None
        Which form the runs prefer; None if no form converged.
    chosen : Fit or None
        Of that form, by the same method.
    """

    table: Runs
    found: Fit
    ensemble: Bootstrap | None
    resamples: int
    seed: int
    origin: Origin
    preference: Preference | None
    chosen: Fit | None

    @cached_property
    def intervals(self) -> dict[str, tuple[float, float] | None]:
        """That of each constant; None where it does not exist, or was not asked for."""
        if self.ensemble is None:
            return dict.fromkeys(CONSTANTS)
        spans = {key: self.ensemble.interval(key, LEVEL) for key in CONSTANTS}
        return {key: span if np.isfinite(span).all() else None for key, span in spans.items()}

    @cached_property
    def told(self) -> dict[str, bool]:
        """Whether the runs tell each constant, by the design and by the resamples."""
        found = self.found
        known = {key: found.converged and value for key, value in found.told.items()}
        known = {key: known[key] for key in CONSTANTS if key in known} | {"a": found.optimum_told}
        if self.ensemble is not None:
            known = {key: value and self.intervals[key] is not None for key, value in known.items()}
            low, high = self.intervals["a"] or (0.0, np.inf)
            known["a"] = known["a"] and high - low <= WIDEST
        return known

    @property
    def warnings(self) -> list[str]:
        """What a reader has to know before the numbers."""
        floor = float(self.found.law.E) if self.told["E"] else None
        return [
            *cautions.of_table(self.table, floor),
            *cautions.of_fit(self.found, self.told),
            *cautions.of_form(self.found.form.name, self.preference),
        ]

    def as_values(self) -> dict[str, Any]:
        """Return the constants, the status and the intervals as plain values for JSON.

        Constants that the runs do not tell, and ends that do not exist, are None.
        """
        found, told, chosen = self.found, self.told, self.chosen
        law = {key: float(getattr(found.law, key)) if told[key] else None for key in CONSTANTS}
        return {
            **law,
            "objective": found.objective,
            "status": found.status,
            "n": found.n,
            "method": found.method,
            "minimises": found.minimises,
            "seed": self.seed,
            "told": told,
            "form": chosen.form.name if chosen else None,
            "preferred_by": self.preference.by if self.preference else None,
            "constants": _constants(chosen) if chosen else {},
            "warnings": self.warnings,
            "note": self.origin.note,
            "reading": list(self.origin.notes),
            "intervals": self._spans(),
        }

    def _spans(self) -> dict[str, Any]:
        if not self.resamples:
            return {}
        return {
            "of": cautions.OF,
            "method": f"percentile bootstrap, {self.resamples} resamples",
            "level": LEVEL,
            "converged": float(np.mean(self.ensemble.converged)) if self.ensemble else None,
            **{
                key: list(span) if span and self.told[key] else None
                for key, span in self.intervals.items()
            },
        }


def _constants(found: Fit) -> dict[str, float | None]:
    """Return the constants of a fit; None for what the runs do not tell."""
    told = found.told | {"p": True}  # a power of 1 is a value like others
    return {name: value if told[name] else None for name, value in found.constants.items()}


def fit(
    runs: Runs,
    method: str,
    resamples: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    origin: Origin | None = None,
) -> Fitted:
    """Fit runs by one method, once, and resample it unless `resamples` is 0.

    Raises
    ------
    ScalebookError
        If the runs cannot fix the law, or `resamples` or `seed` is out of bounds.
    """
    check_resamples(resamples, seed)
    with np.errstate(all="ignore"):  # a wild table overflows; what came of it is said
        found = fit_runs(runs, error=method)
        drawn = resamples and found.converged
        ensemble = found.bootstrap(resamples, seed, progress) if drawn else None
        fits = comparison.fit_surfaces(found.runs, sure=0.05)
        preference = comparison.preferred(fits)
        chosen = None
        if preference is not None:
            near = fits[preference.form]
            begin = near.values[None] if {"A", "B", "E"} <= set(near.form.free) else None
            chosen = found
            if preference.form != found.form.name:
                chosen = fit_runs(found.runs, preference.form, error=method, starts=begin)
    origin = origin or Origin(runs.name)
    return Fitted(runs, found, ensemble, resamples, seed, origin, preference, chosen)


def objectives() -> str:
    """Return what each method of `fit` minimises, a line each."""
    lines = [f"  {name:<8}{model.minimises}" for name, model in ERROR_MODELS.items()]
    others = [
        f"  {method.label}:\n    {method.minimises}"
        for method in methods.METHODS.values()
        if method.kind == "allocation"
    ]
    others.append(f"  other forms, as mse:\n    {MSE.minimises}")
    ways = [f"  {name:<10}{meaning}" for name, meaning in isoflop.MINIMA.items()]
    return "\n".join(
        ["\b", "what each method minimises:", *lines, "", "\b", "and, of --method all:", *others,
         "", "\b", "what --minimum finds on each budget, for Approach 2:", *ways]
    )  # fmt: skip


@dataclass(frozen=True)
class Given:
    """What a plan starts from: compute, or what it has to reach or to use.

    Attributes
    ----------
    quantity : {"compute", "loss", "params", "tokens"}
    value : float
        FLOP, nats per token, or a count.
    utilisation : float or None
        Share of the peak at which a machine was taken to do it; None without a machine.
    """

    quantity: str
    value: float
    utilisation: float | None = None

    def __post_init__(self) -> None:
        unit, most = _BOUNDS[self.quantity]
        if not 0 < self.value <= most:
            raise ScalebookError(
                f"--{self.quantity} {self.value:g}: expected a positive number of {unit}, at most "
                f"{most:g}."
            )


_BOUNDS = {
    "compute": ("FLOP", 1e40),
    "loss": ("nats per token", 100.0),
    "params": ("parameters", 1e25),
    "tokens": ("tokens", 1e25),
}

_ROW = ("compute", "params", "tokens", "loss", "tokens_per_param")


def plan(given: float | Given, names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return the compute-optimal size, data and loss, by law.

    A row of `REFIT` has the law's own ``intervals``, of its constants if its form is right, and the
    ``prediction`` that `scalebook predict` makes of the same runs.

    Parameters
    ----------
    given : float or Given
        Compute in FLOP; or a loss to reach, a size, or a number of tokens.
    names : sequence of str, optional
        Published laws, or "refit". Without names, `PLAN_LAWS`; of these only the ones that give a
        loss where a loss is to be reached.

    Raises
    ------
    ScalebookError
        If what is given is not positive, a law is unknown or says nothing of size and data, or a
        loss is at or below a law's floor.
    """
    if not isinstance(given, Given):
        given = Given("compute", float(given))
    if names is None:
        names = [
            name for name in PLAN_LAWS
            if given.quantity != "loss" or name == REFIT or registry.law_form(name) == "parametric"
        ]  # fmt: skip
    return [_plan_row(name, given) for name in names]


def _plan_row(name: str, given: Given) -> dict[str, Any]:
    if name == REFIT:
        return _refit_row(given)
    law = registry.published[name]
    if isinstance(law, laws.ParametricLaw):
        found = _allocate(law, given)
        values = {key: float(getattr(found, key)) for key in _ROW}
        return {"law": name, **values, "intervals": None, "prediction": None}
    if isinstance(law, laws.PowerAllocation):
        return {"law": name, **_power_row(law, given), "intervals": None, "prediction": None}
    choices = (*registry.law_names("parametric"), *registry.law_names("allocation"), REFIT)
    raise ScalebookError(
        f"{name} gives a loss, not how to spend compute. Choose one of {', '.join(choices)}."
    )


def _allocate(law: laws.ParametricLaw, given: Given) -> Allocation:
    if given.quantity == "loss" and np.any(given.value <= np.asarray(law.E)):
        raise ScalebookError(
            f"--loss {given.value:g}: expected more than {law.E:.4g} nats per token, the "
            f"irreducible loss of {law.name}, which no compute reaches. Raise it, or choose other "
            "laws with --law."
        )
    return law.optimum(**{given.quantity: given.value})


def _power_row(law: laws.PowerAllocation, given: Given) -> dict[str, Any]:
    if given.quantity == "loss":
        raise ScalebookError(
            f"{law.name} says how to spend compute, not what loss it buys. For --loss choose one "
            f"of {', '.join((*registry.law_names('parametric'), REFIT))}."
        )
    compute = given.value
    if given.quantity != "compute":
        compute = float(law.compute_for(**{given.quantity: given.value}))
    params, tokens = float(law.params(compute)), float(law.tokens(compute))
    return {"compute": compute, "params": params, "tokens": tokens, "loss": None,
            "tokens_per_param": tokens / params}  # fmt: skip


def refit_runs() -> Runs:
    """Return the runs that `refit` fits."""
    return reading.read_runs("hoffmann2022_runs").without_highest(5)


@cache
def refit() -> tuple[laws.ParametricLaw, laws.ParametricLaw]:
    """Fit the bundled runs, without the five highest losses, as the replication did.

    Returns
    -------
    law : ParametricLaw
    ensemble : ParametricLaw
        The laws of 1000 resamples.
    """
    found = fit_runs(refit_runs(), name=REFIT)
    return found.law, found.bootstrap(1000, seed=0).law


@cache
def outlook() -> Outlook:
    """Return what the same runs predict."""
    return Outlook(refit_runs())


def _prediction(given: Given, best: Allocation) -> dict[str, Any]:
    """Return the prediction of what is planned: the run of a budget, or that of the law."""
    compute, params, tokens = (float(getattr(best, k)) for k in ("compute", "params", "tokens"))
    if given.quantity in ("compute", "loss"):
        with suppress(ScalingLawsError):  # no law has an optimum of less than a parameter
            return ahead.as_values(outlook().forecast(compute=compute))
    return ahead.as_values(outlook().forecast(params=params, tokens=tokens))


def _refit_row(given: Given) -> dict[str, Any]:
    law, ensemble = refit()
    best = _allocate(law, given)
    draws = planned_draws(ensemble, given)
    intervals = {key: ends(values) for key, values in draws.items() if key != given.quantity}
    return {
        "law": REFIT,
        **{key: float(getattr(best, key)) for key in _ROW},
        "intervals": {
            "of": cautions.OF,
            "level": LEVEL,
            "method": "percentile bootstrap, 1000 resamples",
            **intervals,
        },
        "prediction": _prediction(given, best),
    }


def planned_draws(law: laws.ParametricLaw, given: Given) -> dict[str, Floats]:
    """Return the plan of every member of an ensemble; infinite where its floor is too high.

    Parameters
    ----------
    law : ParametricLaw
        An ensemble of S laws.
    given : Given

    Returns
    -------
    dict of str to numpy.ndarray, shape (S,)
        compute, params, tokens, loss and tokens_per_param; the last is NaN where out of reach.
    """
    if given.quantity != "loss":
        found = _allocate(law, given)
        shape = np.shape(law.E)
        return {key: np.broadcast_to(getattr(found, key), shape) for key in _ROW}
    floor = np.asarray(law.E)
    reached = given.value > floor
    found = dense.for_loss(law, np.where(reached, given.value, floor + 1.0))
    never = {key: np.nan if key == "tokens_per_param" else np.inf for key in _ROW}
    draws = {key: np.where(reached, getattr(found, key), never[key]) for key in _ROW}
    return draws | {"loss": np.full(reached.shape, given.value)}


def ends(values: Floats) -> list[float | None]:
    """Return the ends of the percentile interval of some draws; None for an end out of reach."""
    finite = values[~np.isnan(values)]
    if np.isfinite(finite).all():
        return [float(end) for end in interval(finite, LEVEL)]
    tail = (1 - LEVEL) / 2
    found = np.quantile(finite, [tail, 1 - tail], method="inverted_cdf")
    return [float(end) if np.isfinite(end) else None for end in found]
