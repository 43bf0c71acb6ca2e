"""What is said of a run that is not yet trained: its loss, and intervals named as what they are."""

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from scalinglaws.errors import ScalingLawsError
from scalinglaws.prediction.forecast import Forecast, Outlook
from scalinglaws.quantities import format_quantity
from scalinglaws.runs import Runs

_CENTRES = {
    "discrepancy": "a law whose exponent of the data varies with size, and what it leaves over",
    "powermean": "the power mean",
}


def of_runs(runs: Runs, compute: float) -> dict[str, Any] | None:
    """Predict the best run of a budget; None where the runs say nothing of it."""
    try:
        return as_values(Outlook(runs).forecast(compute=compute))
    except ScalingLawsError:
        return None


def as_values(found: Forecast) -> dict[str, Any]:
    """Return a prediction as plain values."""
    return {**asdict(found), "kind": found.kind}


def write(found: Mapping[str, Any]) -> str:
    """Return a prediction in words, as Markdown."""
    params, tokens, level = found["params"], found["tokens"], f"{found['level']:.0%}"
    run = f"{format_quantity(params)} parameters on {format_quantity(tokens)} tokens"
    where = f"{found['h']:.3g} times the compute of the largest run at hand"
    alone = ", without what it leaves over" if found["centre"] == "discrepancy" else ""
    rows = [
        ("calibrated", found["low"], found["high"], f"should hold {level} of such runs"),
        ("extrapolated", *(found["extrapolated"] or ()), "that, if the trend of its width went on"),
        ("the law's own", found["law_low"], found["law_high"],
         f"{level} of the law{alone}, if its form is right"),
    ]  # fmt: skip
    lines = [
        f"**{found['loss']:.4g}** nats per token for {run}: {found['kind']}, {where}.",
        "",
        "Table: The loss to expect, by two intervals",
        "",
        "| interval | low | high | what it is |",
        "| --- | ---: | ---: | --- |",
    ]
    for name, *ends, what in rows:
        if ends:
            lines.append(f"| {name} | {' | '.join(map(_end, ends))} | {what} |")
    lines += ["", f"By {_CENTRES[found['centre']]}, fitted to {found['n_used']} runs."]
    if found["params_low"] is not None:
        low, high = (format_quantity(found[f"params_{end}"]) for end in ("low", "high"))
        lines.append(f"Calibrated likewise, the best size is {low} to {high} parameters.")
    if found["reason"] is not None:
        lines += ["", found["reason"]]
    if found["warnings"]:
        lines += ["", *(f"- Note: {text}." for text in found["warnings"])]
    return "\n".join(lines)


def _end(value: float | None) -> str:
    return "-" if value is None or not isfinite(value) else f"{value:.4g}"
