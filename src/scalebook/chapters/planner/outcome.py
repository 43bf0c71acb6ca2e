"""What the chapter on planning comes to: its results and its verdicts."""

import math
from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import between, ends, low_high, prefixed, printed, ranged, recording
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner import fits, hoffmann, steps
from scalebook.chapters.planner.fits import KAPLAN, LLAMA_FIGURE, LLAMA_TEXT, OURS
from scalebook.chapters.planner.steps import FIRST, SECOND, Found
from scalebook.record.claims import Settlement, Verdicts, settle
from scalebook.record.results import numbers_of
from scalebook.show.numbers import fix, num, pct, qty, sci, span
from scalinglaws import registry, units
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
        **low_high("params", ends(draws.params, p.level)), "law_params_factor": max(sizes) / min(sizes),
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
        "amd_penalty": amd.penalty, **low_high("amd_penalty", ends(over.penalty, p.level)),
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


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*_ratio(p, f), *_machines(p, f), *_sources(p, f)))


def _ratio(p: Parameters, f: Found) -> Iterator[Settlement]:
    t, grows, at = f.trend, f.trend.params_per_tokens_exponent, f.rejection.at
    yield settle("h-dn-trend", -t.trend, -t.trend_high, -t.trend_low, against="law",
        why=f"N/D goes as the power (β − α)/(α + β) of compute: {fix(-t.trend, 3)} by our fit, so it {'rises' if t.trend < 0 else 'falls'}, {pct(p.level)} bootstrap {fix(-t.trend_high, 3)} to {fix(-t.trend_low, 3)}; "
        f"{'the runs fix the sign' if t.fixed else 'the runs do not fix the sign, larger ones would'}. The constants as published give {fix(-t.trend_published, 3)}.")  # fmt: skip
    both, sign, low, high = map(float, np.sign([grows, t.trend, t.trend_low, t.trend_high]))
    yield settle("h-dn-trend-note", [both, sign], [both, low], [both, high], against="law",
        why=f"Along the optimum N grows with D, as D to the power {fix(grows)}, in this and any such law; D/N goes as C to the power {fix(t.trend, 3)}, interval {fix(t.trend_low, 3)} to {fix(t.trend_high, 3)}. "
        f"So the note as written fails; the reply's reading {'holds' if t.trend < 0 else 'fails'} for the fitted constants, {'beyond' if t.fixed else 'within'} their error.")  # fmt: skip
    ours, every = at["gopher"].ours, at["gopher"].everything
    yield settle("h-dn-20", ours.best, ours.low, ours.high, against="law",
        why=f"The article names no budget. At Gopher's the fit gives {num(ours.best)}, {pct(p.level)} bootstrap {span([ours.low, ours.high], 2)}; {qty(p.ratio)} is {'not ' if ours.low <= p.ratio <= ours.high else ''}rejected there. At every budget at once it has p = {num(f.rejection.p_constant, 2)}, for where the runs are dense the optimum is {num(at['dense'].ours.best)}. "
        f"With no run left out the interval is {span([every.low, every.high], 2)}.")  # fmt: skip
    k, ((_, right), (_, inverse)) = units.FLOP_PER_PARAM_TOKEN, f.constant.values()
    yield settle("l-k-constant", [k, 1.0], against="unit", as_printed=[1 / k, -1.0],
        why=f"Kaplan et al. count 6N FLOP per token; 1/(6N) is tokens per FLOP. Dividing by it, as the notes do, makes the dataset too large by 36 N²: GPT-3's {sci(right, 2)} tokens become {sci(inverse, 2)}.")  # fmt: skip


def _machines(p: Parameters, f: Found) -> Iterator[Settlement]:
    b, use, (first, second) = f.budgets, pct(p.utilisation), f.budgets.notes.values()
    (one, ones), (two, twos) = (f.refit.optimum(most * p.utilisation) for most in (first, second))
    kaplan = fits.power(KAPLAN).params(first * p.utilisation)
    yield settle("l-exaflop-64d", first * p.utilisation, first * b.share_low, first, against="law",
        why=f"The product is {sci(first)} FLOP, which only a machine that never falls below its peak would do; reported utilisations run from {pct(b.share_low, 3)} to {pct(b.share_high, 3)}. At {use} our fit gives {qty(float(one.params))} parameters, "
        f"{between(ends(ones.params, p.level), qty)}, and Kaplan's law {qty(float(kaplan))}: utilisation and law are wanting.")  # fmt: skip
    yield settle("l-10ef-3mo", second * p.utilisation, second * b.share_low, second, against="law",
        why=f"At its peak the machine does {sci(second)} FLOP in three months; at {use}, {sci(second * p.utilisation)}, which by our fit is {qty(float(two.params))} parameters ({between(ends(twos.params, p.level), qty)}) on {qty(float(two.tokens))} tokens. The notes give no utilisation.")  # fmt: skip
    a, amd = f.amd, f.amd.by_law[OURS]
    tokens = registry.published_model("AMD-Llama-135M").tokens
    yield settle("l-amd-135m", a.most * p.utilisation, 0.0, a.most, against="law",
        why=f"The four nodes could have done at most {qty(a.most)} tokens in six days; {qty(tokens)} need {pct(a.share)} of the peak ({sci(a.compute)} FLOP), which is possible and not stated. They are {num(a.ratio)} tokens per parameter, "
        f"{num(float(amd.over))} times the optimum, at {num(float(amd.penalty), 2)} times the compute needed.")  # fmt: skip


def _sources(p: Parameters, f: Found) -> Iterator[Settlement]:
    x = f.llama
    text, figure, kaplan = (fits.power(name) for name in (LLAMA_TEXT, LLAMA_FIGURE, KAPLAN))
    yield settle("l-llama31", [1 - x.llama_implied_b, x.llama_implied_b], against="source",
        why=f"Far from Kaplan's {fix(kaplan.a)} and {fix(kaplan.b)} it is. But the paper's {qty(x.llama_tokens, 4)} tokens need {fix(x.llama_implied_b, 3)}, not the {fix(text.b)} it prints, "
        f"which gives {qty(x.llama_text_tokens)}; the label of its figure has {fix(figure.b, 3)}.")  # fmt: skip
    for claim, size, says, digits, more in (
        ("a-520b", 520e9, "Table 3 (approach 1) has", 2, ""),
        ("a-1t", 1e12, "The FLOP of Table 3 (approach 1) make it", 3, " The article itself says it might be more."),
    ):  # fmt: skip
        by_law, interval = f.multiples.by_law[size], f.multiples.ends[size]
        one, two, three = (by_law[hoffmann.approach(k)] for k in (1, 2, 3))
        yield settle(claim, one, against="source",
            why=f"{says} {num(one)}; approach 2 has {num(two)}, approach 3 {num(three)}, and our fit {num(by_law[OURS], digits)}, {pct(p.level)} interval {span(interval, 2)}.{more}")  # fmt: skip


compute, of = recording("planner", steps.take, recorded, verdicts)
