"""What the chapter on planning comes to: its results and its verdicts."""

import math

from scalebook.chapters.common import ends, low_high, prefixed, printed, ranged, recording
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner import fits, hoffmann, settled, steps
from scalebook.chapters.planner.fits import KAPLAN, LLAMA_FIGURE, LLAMA_TEXT, OURS
from scalebook.chapters.planner.steps import FIRST, SECOND, Found
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Verdicts
from scalinglaws import registry
from scalinglaws.optimum import dense
from scalinglaws.optimum.machine import SECONDS_PER_DAY


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    refit, rows, x, gopher = f.refit, f.columns.rows, f.llama, f.rejection.at["gopher"]
    best, draws = refit.optimum(f.budgets.planned)
    amd, over = f.amd.by_law[OURS], f.amd.draws
    share = f.budgets.share_high / f.budgets.share_low
    reported = registry.printed("grattafiori2024.utilisation")
    sizes = [float(each.params) for name, each in f.plan.items() if name != KAPLAN]
    run, (low, high) = dense.for_loss(refit.law, f.backwards.target_nats), f.backwards.intervals[0]
    text, figure, kaplan = (fits.power(name) for name in (LLAMA_TEXT, LLAMA_FIGURE, KAPLAN))
    misses = f.columns.misses
    prose, crowded = printed("hoffmann2022.prose.175B.flop"), f.rejection.at["dense"]
    return {
        **numbers_of(f.budgets, f.backwards, f.columns, f.multiples, x, f.trend, f.rejection, but=["all_draws"]),
        **{name: getattr(best, name) for name in ("params", "tokens", "loss", "tokens_per_param")},
        **low_high("params", ends(draws.params, p.level)), **_expected(f), "law_params_factor": max(sizes) / min(sizes),
        "runs_used": len(refit.used), "E": refit.law.E, "runs_ratio_max": refit.used.tokens_per_param.max(),
        "utilisation_lamda": printed("thoppilan2022.utilization"), "utilisation_palm": printed("chowdhery2022.utilisation"),
        **low_high("utilisation_llama", (reported.low, reported.high)), "months_spread": 92 / 90 - 1,
        "share_factor": share, "share_params_factor": share**refit.law.a,
        **_machine(p, f, "machine1", FIRST), **_machine(p, f, "machine2", SECOND),
        "loss_compute": run.compute, "loss_params": run.params,
        # Beyond all bounds where resamples put the loss out of reach.
        "loss_compute_factor": (high if math.isfinite(high) else 1e99) / low, **prefixed("amd", numbers_of(f.amd)),
        "amd_best_params": amd.best.params, "amd_best_tokens": amd.best.tokens,
        "amd_over": amd.over, **low_high("amd_over", ends(over.over, p.level)),
        "chinchilla_params": registry.published_model("Chinchilla").params,
        **{f"row67_{k}": rows[k].over[hoffmann.ODD] - 1 for k in rows},
        "row67_size1": min(f.columns.odd_size.values()), "row67_size3": max(f.columns.odd_size.values()),
        "ratio_printed_10b": 1 / rows[1].gopher_ratio[10e9], "ratio_10b": f.multiples.gopher_flop / rows[1].flop[10e9],
        **{f"table_a{k}": a for k, a in f.columns.exponents.items()},
        **{f"printed_a{k}": printed(f"hoffmann2022.approach{k}.a") for k in rows},
        "prose_flop": prose, "prose_over_table": prose / rows[1].flop[175e9],
        **ranged("miss_printed", misses["as printed"]), **ranged("miss_unrounded", misses["unrounded"]), **ranged("miss_three", misses["three-digit exponents"]),
        **_multiples(f, "x520", 520e9), **_multiples(f, "x1t", 1e12),
        "llama_b": text.b, "llama_A": text.D_e, "llama_b_figure": figure.b, "kaplan_b": kaplan.b,
        "llama_6nd": 6 * x.llama_params * x.llama_tokens,
        "llama_6nd_excess": 6 * x.llama_params * x.llama_tokens / x.llama_compute - 1,
        "llama_kaplan_params": kaplan.params(x.llama_compute),
        "llama_days": x.llama_compute / (steps.NOTES[FIRST][0] * p.utilisation) / SECONDS_PER_DAY,
        "llama_digit_factor": x.llama_compute**0.005, "digit_factor_two": 2.0**200, "digit_23": 10 ** (23 * 0.005),
        "p_gopher": gopher.ours.p, "p_gopher_profile": gopher.p_likelihood,
        "p_gopher_all": max(gopher.everything.p, 1 / f.rejection.all_draws), "gopher_ratio_all": gopher.everything.best,
        "dense_compute": crowded.compute, "dense_ratio": crowded.ours.best, **low_high("dense", (crowded.ours.low, crowded.ours.high)),
        "models_below": len(f.models.below), "models_above": len(f.models.above),
    }  # fmt: skip


def _machine(p: Parameters, f: Found, name: str, note: str) -> dict[str, object]:
    peak = f.budgets.notes[note]
    best, draws = f.refit.optimum(peak * p.utilisation)
    return {
        f"{name}_peak": peak, f"{name}_reach": peak * p.utilisation / f.refit.used.flop.max(),
        f"{name}_params": best.params, **low_high(f"{name}_params", ends(draws.params, p.level)),
        f"{name}_kaplan": fits.power(KAPLAN).params(peak * p.utilisation),
    }  # fmt: skip


def _multiples(f: Found, name: str, size: float) -> dict[str, object]:
    by_law, found = f.multiples.by_law[size], low_high(name, f.multiples.ends[size])
    tables = {f"{name}_{k}": by_law[hoffmann.approach(k)] for k in f.columns.rows}
    return {**tables, f"{name}_fit": by_law[OURS], **found}


def _expected(f: Found) -> dict[str, object]:
    """Return what the runs predict of the planned run; no ends of the band where none was tried."""
    if f.expected is None:
        return {}
    ends = {} if f.expected.low is None else low_high("expected", (f.expected.low, f.expected.high))
    return {"expected_loss": f.expected.loss, "expected_h": f.expected.h, **ends}


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*settled.of_articles(p, f), *settled.of_papers(p, f)))


compute, of = recording("planner", steps.take, recorded, verdicts)
