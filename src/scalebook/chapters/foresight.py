"""What chapters say of runs beyond those at hand: the band that was tried, beside the law's own.

An interval from resamples is of a law's constants, if the form of the law is right. How far a run
that is not yet trained may be from it, only runs of other suites can say (`scalinglaws.prediction`).
"""

from functools import cache

import numpy as np

from scalebook.chapters.common import between
from scalebook.show.numbers import fix, num, pct, qty
from scalinglaws import fitting, reading
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import Surface
from scalinglaws.prediction import bands
from scalinglaws.prediction.forecast import Forecast, Outlook
from scalinglaws.runs import Runs

#: The public sweeps of runs at equal compute, by table, and the forms of law fitted to each.
SWEEPS = {
    "hoffmann2022_runs": "Hoffmann et al.", "llama3": "Llama 3", "marin-comma": "Marin Comma",
    "marin-dclm": "Marin DCLM", "marin-nemotron": "Marin Nemotron", "fineweb-c4": "FineWeb C4",
}  # fmt: skip
FORMS = {"chinchilla": "the sum of two powers", "powermean": "their power mean"}
_NONE = "No calibrated interval of the loss: "


def expected(
    runs: Runs,
    level: float,
    *,
    compute: float | None = None,
    params: float | None = None,
    tokens: float | None = None,
) -> Forecast | None:
    """Predict a run from a table of runs; None where the table says nothing of it."""
    try:
        return Outlook(runs).forecast(params=params, tokens=tokens, compute=compute, level=level)
    except ScalingLawsError:
        return None


def of_loss(found: Forecast | None, own: tuple[float, float]) -> str:
    """Say what loss to expect of a run.

    Parameters
    ----------
    found : Forecast or None
        Of the run.
    own : (float, float)
        Interval of its loss by the chapter's law, from resamples.
    """
    law = f"the law's own interval of the loss is {between(own, 3)}, right only if its form is"
    if found is None:
        return f"These runs are too few to predict from; {law}."
    if found.low is not None and found.high is not None:
        return (
            f"The calibrated prediction from these runs is {fix(found.loss, 3)} nats per token, with a {pct(found.level)} interval of {between((found.low, found.high), 3)}. "
            f"That interval is as wide as it had to be to hold the larger runs of other laboratories. Beside it, {law}."
        )  # fmt: skip
    if found.extrapolated is not None or found.h > bands.REACH[found.centre]:
        trend = "" if found.extrapolated is None else f"; the calibrated one, if its trend went on, would be {between(found.extrapolated)}"  # fmt: skip
        return (
            f"That is {num(found.h, 2)} times the compute of the largest run at hand, and prediction intervals were held to runs up to {num(bands.REACH[found.centre], 2)} times larger: none can be given. "
            f"What is left is extrapolated: {law}{trend}."
        )  # fmt: skip
    why = (found.reason or "").removeprefix(_NONE).partition(". ")[0].removesuffix(".")
    return f"No prediction interval that was held to larger runs can be given: {why}. What is left: {law}."  # fmt: skip


def of_size(found: Forecast | None) -> str:
    """Say between which sizes the best run of a budget is to be expected; "" where it is not."""
    if found is None or found.params_low is None or found.params_high is None:
        return ""
    ends = between((found.params_low, found.params_high), qty)
    return f"The best size is expected at {qty(found.params)} parameters, {ends} by the calibrated interval."  # fmt: skip


def size_reach(level: float) -> tuple[float, float]:
    """Return how far out an optimal size was tried, and the factor of its interval there.

    Parameters
    ----------
    level : float
        Of the interval; held to those that are stored.

    Returns
    -------
    h, factor : float
        Compute over that of the largest run, and what the size may be off by, up or down.
    """
    low, high = bands.stored_levels()
    h = bands.REACH["size"]
    return h, float(np.exp(bands.multiple("size", min(max(level, low), high))(h)))


@cache
def sweep_laws() -> dict[tuple[str, str], Surface]:
    """Return the law of each form fitted to each sweep, where the runs tell the best size."""
    told = {}
    for name in SWEEPS:
        runs = reading.read_runs(name)
        runs = runs.without_highest(5) if name == "hoffmann2022_runs" else runs
        for form in FORMS:
            with np.errstate(all="ignore"):
                found = fitting.fit(runs, form=form, error="huber")
            if found.converged and found.optimum_told:
                told[name, form] = found.law
    return told


@cache
def largest_sweep() -> float:
    """Return the compute of the largest run of the sweeps, FLOP."""
    return max(float(reading.read_runs(name).flop.max()) for name in SWEEPS)


def exponents() -> dict[tuple[str, str], float]:
    """Return the exponent a of the optimal size by sweep and form, where the runs tell it."""
    return {key: float(law.a) for key, law in sweep_laws().items()}


def of_exponent(a: float, own: tuple[float, float], level: float) -> str:
    """Say what the public sweeps say of an exponent, beside one law's interval of it.

    Parameters
    ----------
    a : float
        Exponent of compute in the optimal size, by the chapter's law.
    own : (float, float)
        Its interval from resamples.
    level : float
        Of that interval.
    """
    found = np.array([*exponents().values()])
    low, high = min(found.min(), a), max(found.max(), a)
    held = int(((own[0] <= found) & (found <= own[1])).sum())
    share = "all" if held == len(found) else "none" if held == 0 else f"{held}"
    return (
        f"So how should size grow with compute? Over {len(SWEEPS)} public sweeps and {len(FORMS)} forms of law, {' and '.join(FORMS.values())}, the exponent $a$ runs from {fix(low)} to {fix(high)}: that spread is what to go by. "
        f"The law of this chapter has {fix(a, 3)}, and its own {pct(level)} interval, {between(own, 3)}, is right only if its form is; it holds {share} of the {len(found)} exponents of the sweeps."
    )  # fmt: skip
