"""What `scalebook fit` and `scalebook plan` answer, as plain values and as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from scalebook.errors import ScalebookError
from scalebook.show.numbers import sci
from scalinglaws import laws, reading, registry
from scalinglaws.balance import Allocation
from scalinglaws.fitting import ERROR_MODELS, Bootstrap, interval
from scalinglaws.fitting import fit as fit_runs
from scalinglaws.optimum import dense
from scalinglaws.prediction import survey
from scalinglaws.runs import Runs
from scalinglaws.units import Floats, format_quantity

LEVEL = 0.95

#: Name under which `plan` fits the bundled runs itself, with intervals.
REFIT = "refit"

#: Laws that `plan` compares unless others are named.
PLAN_LAWS = (REFIT, "besiroglu2024", "hoffmann2022", "llama3", "kaplan2020-allocation")


def fit(runs: Runs, method: str, resamples: int, seed: int) -> dict[str, Any]:
    """Fit runs and return the constants, the status and bootstrap intervals as plain values.

    Raises
    ------
    ScalebookError
        If the runs cannot fix the law, or `resamples` or `seed` is negative.
    """
    if resamples < 0 or resamples == 1:
        raise ScalebookError(f"--bootstrap {resamples}: expected 0 for none, or at least 2.")
    if seed < 0:
        raise ScalebookError(f"--seed {seed}: expected a whole number, at least 0.")
    found = fit_runs(runs, error=method)
    ensemble = found.bootstrap(resamples, seed) if resamples else None
    constants = {key: float(getattr(found.law, key)) for key in _CONSTANTS}
    return {
        **constants,
        "objective": found.objective,
        "status": found.status,
        "n": found.n,
        "method": method,
        "minimises": found.minimises,
        "seed": seed,
        "form": found.form.name,
        "constants": found.constants,
        "told": found.told,
        "intervals": _intervals(ensemble) if ensemble else {},
    }


_CONSTANTS = ("E", "A", "B", "alpha", "beta", "a")


def objectives() -> str:
    """Return what each method of `fit` minimises, a line each."""
    lines = [f"  {name:<8}{model.minimises}" for name, model in ERROR_MODELS.items()]
    return "\n".join(["what each method minimises:", *lines])


def _intervals(ensemble: Bootstrap) -> dict[str, Any]:
    law = ensemble.law
    out: dict[str, Any] = {
        "method": f"percentile bootstrap, {len(ensemble)} resamples",
        "level": LEVEL,
        "converged": float(np.mean(ensemble.converged)),
    }
    for key in _CONSTANTS:
        out[key] = [float(end) for end in interval(getattr(law, key), LEVEL)]
    return out


def data_table(runs: Runs, method: str) -> str:
    """Return, as text, what a table of runs holds and what its fit can tell."""
    seen = survey.describe(runs)
    lines = [f"{runs.name}: {seen.runs} runs"]
    for name, (low, high) in seen.ranges.items():
        lines.append(f"  {name:<17}{low:>11.4g} to {high:.4g}")
    if seen.doubles:
        lines.append(f"  {seen.doubles} of them repeat the size and data of another")
    if seen.budgets:
        shown = ", ".join(f"{flop:.3g} ({count})" for flop, count in seen.budgets)
        lines.append(f"  budgets, FLOP (runs): {shown}")
    else:
        lines.append("  no five runs of equal compute: nothing for isoFLOP profiles")
    found = fit_runs(runs, error=method)
    far = [str(row + 1) for row in survey.outliers(found.residuals)]
    if far:
        more = f" and {len(far) - 10} more" if len(far) > 10 else ""
        lines.append(
            f"  {len(far)} far from the fit (over {survey.FAR:g} robust standard deviations), "
            f"{'row' if len(far) == 1 else 'rows'} {', '.join(far[:10])}{more}"
        )
    lost = [name for name, told in found.told.items() if not told]
    if lost:
        lines.append(f"  cannot be told from these runs: {', '.join(lost)}")
    return "\n".join(lines)


def fit_table(found: dict[str, Any]) -> str:
    """Return the outcome of `fit` as text."""
    lines = [f"L(N, D) = E + A/N^alpha + B/D^beta, {found['n']} runs, {found['status']}"]
    lines.append(f"  {found['method']}: minimises {found['minimises']}")
    for key in _CONSTANTS:
        ends = found["intervals"].get(key)
        span = f"   [{', '.join(map(_end, ends))}]" if ends else ""
        lines.append(f"  {key:<6}{found[key]:>12.5g}{span}")
    if found["intervals"]:
        spread = found["intervals"]
        lines.append(f"  intervals: {spread['level']:.0%}, {spread['method']}, "
                     f"{spread['converged']:.1%} converged")  # fmt: skip
    lines.append(f"  objective {found['objective']:.10g}; a = beta/(alpha+beta), N_opt ~ C^a")
    return "\n".join(lines)


def _end(value: float) -> str:
    """Write an end of an interval, or a dash for one that does not exist."""
    return f"{value:.4g}" if np.isfinite(value) else "-"


@dataclass(frozen=True)
class Given:
    """What a plan starts from: compute, or what it has to reach or to use.

    Attributes
    ----------
    quantity : {"compute", "loss", "params", "tokens"}
    value : float
        FLOP, nats per token, or a count.
    """

    quantity: str
    value: float

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


def plan_table(rows: Sequence[dict[str, Any]], given: Given | None = None) -> str:
    """Return the outcome of `plan` as text; `given` says what the plan started from."""
    inverse = given is not None and given.quantity != "compute"
    head = f"{'compute':>11}" if inverse else ""
    lines = [f"{'law':<24}{head}{'params':>10}{'tokens':>10}{'tokens/param':>14}{'loss':>8}"]
    for row in rows:
        loss = "-" if row["loss"] is None else f"{row['loss']:.3f}"
        cost = f"{row['compute']:>11.3g}" if inverse else ""
        lines.append(
            f"{row['law']:<24}{cost}{format_quantity(row['params']):>10}{format_quantity(row['tokens']):>10}"
            f"{row['tokens_per_param']:>14.3g}{loss:>8}"
        )
        if row["intervals"]:
            lines.append(f"  {row['intervals']['level']:.0%}: {_spans(row['intervals'])}")
    if inverse:
        assert given is not None  # as `inverse` says
        value = given.value
        what = f"{given.quantity} {format_quantity(value) if value >= 1e3 else value}"
        what += "; compute in FLOP"
    else:
        what = f"compute {sci(rows[0]['compute'])} FLOP"
    lines.append(f"{what}; loss in nats per token; parameters as each paper counts them "
                 "(Kaplan et al. leave out embeddings)")  # fmt: skip
    return "\n".join(lines)


def _spans(ends: dict[str, Any]) -> str:
    parts = []
    for key, word in _WORDS.items():
        if key in ends:
            low, high = ("out of reach" if v is None else _written(key, v) for v in ends[key])
            parts.append(f"{word} {low} to {high}")
    return ", ".join(parts)


_WORDS = {
    "compute": "compute",
    "params": "params",
    "tokens": "tokens",
    "tokens_per_param": "tokens per parameter",
    "loss": "loss",
}


def _written(key: str, value: float) -> str:
    if key in ("params", "tokens"):
        return format_quantity(value)
    return f"{value:.3f}" if key == "loss" else f"{value:.3g}"
