"""What the chapter on planning comes to: its results and its verdicts."""

import numpy as np

from scalebook.chapters import foresight
from scalebook.chapters.common import ends, low_high, prefixed, printed, ranged, recording
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner import fits, hoffmann, settled, steps
from scalebook.chapters.planner.fits import KAPLAN, LLAMA_FIGURE, LLAMA_TEXT, OURS
from scalebook.chapters.planner.steps import FIRST, Found
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Verdicts
from scalinglaws import registry
from scalinglaws.optimum import dense
from scalinglaws.optimum.machine import SECONDS_PER_DAY
from scalinglaws.prediction import bands


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    refit, rows, x = f.refit, f.columns.rows, f.llama
    best, draws = refit.optimum(f.budgets.planned)
    ten = refit.optimum(10 * f.budgets.planned)[0]
    share = f.budgets.share_high / f.budgets.share_low
    reported = registry.printed("grattafiori2024.utilisation")
    run = dense.for_loss(refit.law, f.backwards.target_nats)
    text, figure = fits.power(LLAMA_TEXT), fits.power(LLAMA_FIGURE)
    misses, prose = f.columns.misses, printed("hoffmann2022.prose.175B.flop")
    return {
        **numbers_of(f.budgets, f.backwards, f.columns, f.multiples, x, f.trend, f.rejection, f.models),
        **{name: getattr(best, name) for name in ("params", "tokens", "loss", "tokens_per_param")},
        **low_high("params", ends(draws.params, p.level)), **low_high("loss", ends(draws.loss, p.level)),
        "gain_10": best.loss - ten.loss, **_spread(f), **_foreseen(f),
        "runs_used": len(refit.used), "largest": refit.used.flop.max(), "E": refit.law.E, "runs_ratio_max": refit.used.tokens_per_param.max(),
        "utilisation_lamda": printed("thoppilan2022.utilization"), "utilisation_palm": printed("chowdhery2022.utilisation"),
        **low_high("utilisation_llama", (reported.low, reported.high)),
        "factor_compute": share, "factor_size": share**refit.law.a,
        "loss_compute": run.compute, "loss_params": run.params, **prefixed("amd", numbers_of(f.amd)),
        "chinchilla_params": registry.published_model("Chinchilla").params,
        **{f"row67_{k}": rows[k].over[hoffmann.ODD] - 1 for k in rows},
        "row67_size1": min(f.columns.odd_size.values()), "row67_size3": max(f.columns.odd_size.values()),
        "ratio_printed_10b": 1 / rows[1].gopher_ratio[10e9], "ratio_10b": f.multiples.gopher_flop / rows[1].flop[10e9],
        **{f"table_a{k}": a for k, a in f.columns.exponents.items()},
        **{f"printed_a{k}": printed(f"hoffmann2022.approach{k}.a") for k in rows},
        "prose_flop": prose, "prose_over_table": prose / rows[1].flop[175e9],
        **ranged("miss_printed", misses["as printed"]), **ranged("miss_unrounded", misses["unrounded"]), **ranged("miss_three", misses["three-digit exponents"]),
        **_multiples(f, "x520", 520e9), **_multiples(f, "x1t", 1e12),
        "llama_b": text.b, "llama_A": text.D_e, "llama_b_figure": figure.b, "kaplan_b": fits.power(KAPLAN).b,
        "llama_6nd": 6 * x.llama_params * x.llama_tokens,
        "llama_6nd_excess": 6 * x.llama_params * x.llama_tokens / x.llama_compute - 1,
        "llama_days": x.llama_compute / (steps.NOTES[FIRST][0] * p.utilisation) / SECONDS_PER_DAY,
        "llama_digit_factor": x.llama_compute**0.005, "digit_factor_two": 2.0**200, "digit_23": 10 ** (23 * 0.005),
        **_at(f, "gopher"), **_at(f, "dense"), "one_ratio": int(f.rejection.constant_low > 0), "dense_compute": f.rejection.at["dense"][0],
        "models": len(f.models.table), "models_below": len(f.models.below), "models_above": len(f.models.above),
    }  # fmt: skip


def _spread(f: Found) -> dict[str, object]:
    """Return how far laws are apart at the chosen budget, and what other ratios than theirs cost."""
    published = {name for name in f.plan if name != OURS and name not in fits.SUPERSEDED}
    sizes = [float(f.plan[name].params) for name in published]
    sweeps = [float(best.params) for best in f.spread.sweeps.values()]
    costs = f.spread.published_cost
    growth = [10 ** (1 - 2 * a) for a in foresight.exponents().values()]
    return {
        **ranged("published_size", sizes), **ranged("sweep_size", sweeps), **ranged("any_size", sizes + sweeps),
        **ranged("growth", growth), "sweep_compute": foresight.largest_sweep(), "cost_own": costs[OURS],
        "cost_published": max(cost for name, cost in costs.items() if name in published),
        "cost_sweeps": max(f.spread.sweeps_cost.values()),
        "cost_followed": max(f.spread.followed[name] for name in published),
        "cost_kaplan": f.spread.followed[KAPLAN],
        **prefixed("kaplan", {name: getattr(f.plan[KAPLAN], name) for name in ("params", "tokens")}),
        "sweeps": len(foresight.SWEEPS), "sweep_laws": len(sweeps),
    }  # fmt: skip


def _foreseen(f: Found) -> dict[str, object]:
    """Return what the runs predict of the planned run; bands that there are none of have no ends."""
    table, found = f.foreseen, f.foreseen.planned
    if found is None:
        return {"foreseen": 0, "band": 0, "edge": 0}
    told: dict[str, object] = {"band": int(found.low is not None), "edge": int(table.tried.any())}
    if found.low is not None:
        told |= low_high("band", (found.low, found.high))
    if table.tried.any():
        last = np.flatnonzero(table.tried)[-1]
        told |= low_high("edge", (table.low[last], table.high[last]))
    return {
        "foreseen": 1, "foreseen_loss": found.loss, "foreseen_h": found.h,
        "foreseen_reach": bands.REACH[found.centre], **told,
    }  # fmt: skip


def _at(f: Found, name: str) -> dict[str, object]:
    """Return the best ratio at a budget, with its interval."""
    _, found = f.rejection.at[name]
    return {f"{name}_ratio": found.best, **low_high(f"{name}_ratio", (found.low, found.high))}


def _multiples(f: Found, name: str, size: float) -> dict[str, object]:
    by_law, found = f.multiples.by_law[size], low_high(name, f.multiples.ends[size])
    tables = {f"{name}_{k}": by_law[hoffmann.approach(k)] for k in f.columns.rows}
    return {**tables, name: by_law[OURS], **found}


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*settled.of_articles(p, f), *settled.of_papers(p, f)))


compute, of = recording("planner", steps.take, recorded, verdicts)
