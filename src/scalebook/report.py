"""What `scalebook fit` and `scalebook plan` answer, as plain values and as text."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from scalebook import allocation, laws, tables
from scalebook.errors import ScalebookError
from scalebook.fitting import ERROR_MODELS, Bootstrap, Fit, bootstrap, interval, varpro
from scalebook.fitting import fit as fit_parametric
from scalebook.fitting.bootstrap import project_again
from scalebook.formats import sci
from scalebook.units import format_quantity

LEVEL = 0.95

#: Name under which `plan` fits the bundled runs itself, with intervals.
REFIT = "refit"

#: Laws that `plan` compares unless others are named.
PLAN_LAWS = (REFIT, "besiroglu2024", "hoffmann2022", "llama3", "kaplan2020-allocation")


def fit(runs: tables.Runs, method: str, resamples: int, seed: int) -> dict[str, Any]:
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
    found, ensemble = _fit(runs, method, resamples, seed)
    law = found.law
    constants = {key: float(getattr(law, key)) for key in ("E", "A", "B", "alpha", "beta", "a")}
    return {
        **constants,
        "objective": found.objective,
        "status": found.status,
        "n": found.n,
        "intervals": _intervals(ensemble) if ensemble else {},
    }


def _fit(runs: tables.Runs, method: str, resamples: int, seed: int) -> tuple[Fit, Bootstrap | None]:
    data = (runs.params, runs.tokens, runs.loss)
    if method == "varpro":
        found = varpro.fit(*data)
        if not resamples:
            return found, None
        return found, project_again(*data, found, resamples=resamples, seed=seed)
    error = ERROR_MODELS[method]
    found = fit_parametric(*data, error=error)
    if not resamples:
        return found, None
    return found, bootstrap(*data, found, resamples=resamples, seed=seed, error=error)


def _intervals(ensemble: Bootstrap) -> dict[str, Any]:
    law = ensemble.law
    out: dict[str, Any] = {
        "method": f"percentile bootstrap, {len(ensemble.theta)} resamples",
        "level": LEVEL,
        "converged": float(np.mean(ensemble.converged)),
    }
    for key in ("E", "A", "B", "alpha", "beta", "a"):
        out[key] = [float(end) for end in interval(getattr(law, key), LEVEL)]
    return out


def fit_table(found: dict[str, Any]) -> str:
    """Return the outcome of `fit` as text."""
    lines = [f"L(N, D) = E + A/N^alpha + B/D^beta, {found['n']} runs, {found['status']}"]
    for key in ("E", "A", "B", "alpha", "beta", "a"):
        ends = found["intervals"].get(key)
        span = f"   [{ends[0]:.4g}, {ends[1]:.4g}]" if ends else ""
        lines.append(f"  {key:<6}{found[key]:>12.5g}{span}")
    if found["intervals"]:
        spread = found["intervals"]
        lines.append(f"  intervals: {spread['level']:.0%}, {spread['method']}, "
                     f"{spread['converged']:.1%} converged")  # fmt: skip
    lines.append(f"  objective {found['objective']:.10g}; a = beta/(alpha+beta), N_opt ~ C^a")
    return "\n".join(lines)


def plan(compute: float, names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return the compute-optimal size, data and loss for a budget, by law.

    Parameters
    ----------
    compute : float
        FLOP.
    names : sequence of str, optional
        Published laws, or "refit".

    Raises
    ------
    ScalebookError
        If the budget is not positive, or a law is unknown or says nothing of size and data.
    """
    if not 0 < compute < float("inf"):
        raise ScalebookError(f"--compute {compute:g}: expected a positive number of FLOP.")
    return [_plan_row(name, compute) for name in names or PLAN_LAWS]


def _plan_row(name: str, compute: float) -> dict[str, Any]:
    if name == REFIT:
        return _refit_row(compute)
    law = laws.published(name)
    row: dict[str, Any] = {"law": name, "compute": compute}
    if isinstance(law, laws.ParametricLaw):
        best = allocation.optimal(law, compute)
        params, tokens, loss = float(best.params), float(best.tokens), float(best.loss)
    elif isinstance(law, laws.PowerAllocation):
        params, tokens, loss = float(law.params(compute)), float(law.tokens(compute)), None
    else:
        choices = (*laws.names("parametric"), *laws.names("allocation"), REFIT)
        raise ScalebookError(
            f"{name} gives a loss, not how to spend compute. Choose one of {', '.join(choices)}."
        )
    return {**row, "params": params, "tokens": tokens, "loss": loss,
            "tokens_per_param": tokens / params, "intervals": None}  # fmt: skip


def _refit_row(compute: float) -> dict[str, Any]:
    """Fit the bundled runs, without the five highest losses, as the replication did."""
    runs = tables.runs("hoffmann2022_runs").without_highest(5)
    found, ensemble = _fit(runs, "huber", 1000, 0)
    assert ensemble is not None
    best, spread = (allocation.optimal(law, compute) for law in (found.law, ensemble.law))
    keys = ("params", "tokens", "loss", "tokens_per_param")
    intervals = {key: [float(v) for v in interval(getattr(spread, key), LEVEL)] for key in keys}
    return {
        "law": REFIT,
        "compute": compute,
        **{key: float(getattr(best, key)) for key in keys},
        "intervals": {
            "level": LEVEL,
            "method": "percentile bootstrap, 1000 resamples",
            **intervals,
        },
    }


def plan_table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the outcome of `plan` as text."""
    lines = [f"{'law':<24}{'params':>10}{'tokens':>10}{'tokens/param':>14}{'loss':>8}"]
    for row in rows:
        loss = "-" if row["loss"] is None else f"{row['loss']:.3f}"
        lines.append(
            f"{row['law']:<24}{format_quantity(row['params']):>10}{format_quantity(row['tokens']):>10}"
            f"{row['tokens_per_param']:>14.3g}{loss:>8}"
        )
        if row["intervals"]:
            ends = row["intervals"]
            params, tokens = ([format_quantity(v) for v in ends[k]] for k in ("params", "tokens"))
            lines.append(
                f"  {ends['level']:.0%}: params {params[0]} to {params[1]}, tokens {tokens[0]} to "
                f"{tokens[1]}, {ends['tokens_per_param'][0]:.3g} to "
                f"{ends['tokens_per_param'][1]:.3g} tokens per parameter, "
                f"loss {ends['loss'][0]:.3f} to {ends['loss'][1]:.3f}"
            )
    lines.append(f"compute {sci(rows[0]['compute'])} FLOP; loss in nats per token; parameters as "
                 "each paper counts them (Kaplan et al. leave out embeddings)")  # fmt: skip
    return "\n".join(lines)
