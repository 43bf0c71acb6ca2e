"""What `scalebook fit` with one method, and `scalebook plan`, answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from scalebook.errors import ScalebookError
from scalebook.report.study import LEVEL as LEVEL
from scalebook.report.study import Origin, check_resamples
from scalinglaws import laws, reading, registry
from scalinglaws.balance import Allocation
from scalinglaws.fitting import ERROR_MODELS, Bootstrap, Fit, interval
from scalinglaws.fitting import fit as fit_runs
from scalinglaws.optimum import dense
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
    """A fit by one method, its resamples if there are any, and where the runs are from."""

    found: Fit
    ensemble: Bootstrap | None
    seed: int
    origin: Origin

    def as_values(self) -> dict[str, Any]:
        """Return the constants, the status and the intervals as plain values for JSON."""
        found, drawn = self.found, self.ensemble
        values = {
            **{key: float(getattr(found.law, key)) for key in CONSTANTS},
            "objective": found.objective,
            "status": found.status,
            "n": found.n,
            "method": found.method,
            "minimises": found.minimises,
            "seed": self.seed,
            "form": found.form.name,
            "constants": found.constants,
            "told": found.told,
            "note": self.origin.note,
        }
        if drawn is None:
            return values | {"intervals": {}}
        spans = {key: interval(getattr(drawn.law, key), LEVEL) for key in CONSTANTS}
        intervals = {
            "method": f"percentile bootstrap, {len(drawn)} resamples",
            "level": LEVEL,
            "converged": float(np.mean(drawn.converged)),
            **{key: [float(end) for end in span] for key, span in spans.items()},
        }
        return values | {"intervals": intervals}


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
    found = fit_runs(runs, error=method)
    ensemble = found.bootstrap(resamples, seed, progress) if resamples else None
    return Fitted(found, ensemble, seed, origin or Origin(runs.name))


def objectives() -> str:
    """Return what each method of `fit` minimises, a line each."""
    lines = [f"  {name:<8}{model.minimises}" for name, model in ERROR_MODELS.items()]
    return "\n".join(["what each method minimises:", *lines])


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
        return {"law": name, **{key: float(getattr(found, key)) for key in _ROW}, "intervals": None}
    if isinstance(law, laws.PowerAllocation):
        return {"law": name, **_power_row(law, given), "intervals": None}
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


def _refit_row(given: Given) -> dict[str, Any]:
    law, ensemble = refit()
    best = _allocate(law, given)
    draws = planned_draws(ensemble, given)
    intervals = {key: ends(values) for key, values in draws.items() if key != given.quantity}
    return {
        "law": REFIT,
        **{key: float(getattr(best, key)) for key in _ROW},
        "intervals": {
            "level": LEVEL,
            "method": "percentile bootstrap, 1000 resamples",
            **intervals,
        },
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
