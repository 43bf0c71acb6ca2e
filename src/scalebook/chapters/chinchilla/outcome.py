"""What the chapter on Chinchilla's law comes to: its results and its verdicts."""

from collections.abc import Sequence

import numpy as np

from scalebook.chapters.chinchilla import fits, intervals, steps
from scalebook.chapters.chinchilla.fits import HOFFMANN, HOFFMANN_PRINTED, REPLICATION, published
from scalebook.chapters.chinchilla.steps import Found
from scalebook.chapters.common import between, low_high, prefixed, printed, ranged, recording
from scalebook.chapters.parameter import Parameters
from scalebook.record.claims import Verdicts, settle
from scalebook.record.results import numbers_of
from scalebook.show.numbers import fix, num, pct, span
from scalinglaws import fitting
from scalinglaws.fitting import LAD
from scalinglaws.laws import ParametricLaw
from scalinglaws.units import BITS_PER_NAT


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    sample, fit, lad, tests = f.sample, f.fitted.stated, f.fitted.absolute, f.tests
    ratio = sample.everything.tokens_per_param
    exact, rough, *_ = f.optima.values()
    off = [abs(getattr(lad.law, name) / getattr(REPLICATION, name) - 1) for name in "AB"]
    symmetric = [each.E for each in f.floors if each.name.startswith(fits.SYMMETRIC)]
    third, E, beyond, best = intervals.approaches()[2], f.constants["E"], f.beyond, f.fitted.best
    return {
        **numbers_of(sample, fit.law, f.ratios), **f.scatter, **intervals.rounding(p),
        "runs_all": len(sample.everything), "runs_used": len(sample.used), "left_out_share": sample.left_out.mean(),
        "left_out_ratio_max": max(ratio[sample.left_out], default=0), "kept_ratio_min": sample.used.tokens_per_param.min(),
        "a": fit.law.a, "objective": fit.objective, **low_high("E", E.interval), **low_high("a", f.constants["a"].interval),
        **{f"{name}_se": each.se for name, each in f.constants.items()}, **{f"{name}_se_error": f.constants[name].se_error for name in "AB"},
        "bootstrap_converged": f.ensemble.converged.mean(), "elsewhere_tried": min(intervals.ELSEWHERE, p.resamples), "elsewhere_better": f.elsewhere_better,
        "paper_grid": len(fitting.PAPER_STARTS), "paper_exponents": len(np.unique(fitting.PAPER_STARTS[:, 3:], axis=0)),
        "paper_starts": f.papers.starts, "paper_starts_at_best": f.papers.starts_at_best, "paper_gain": 1 - f.papers.objective / fit.objective,
        "a_all": f.fitted.stated_all.law.a, "B_all_over_B": f.fitted.stated_all.law.B / fit.law.B,
        **_constants("printed", REPLICATION, "ABE"), **_constants("lad", lad.law, "ABE"), **_constants("lad_all", f.fitted.absolute_all.law, "ABE"),
        **{f"printed_all_{name}": published(f"all245.{name}") for name in "ABE"},
        "lad_objective": lad.objective, "lad_match_parts": 1 / max(off), "printed_objective": fits.objective(REPLICATION, sample, f.fitted.error),
        "printed_excess": fits.objective(REPLICATION, sample, LAD) / lad.objective - 1,
        "rounded_excess": fits.objective(fits.as_printed(lad.law), sample, LAD) / lad.objective - 1,
        **prefixed("loglik", tests.used), "loglik_all_best": tests.best_on_all,
        **{f"loglik_all_{name}": tests.everything[name] for name in ("refit", "hoffmann")}, "loglik_all_published": published("loglik245.refit"),
        "loglik_gap": max(
            *(abs(published(f"loglik.{name}") - value) for name, value in tests.used.items()),
            *(abs(published(f"loglik245.{name}") - value) for name, value in tests.everything.items()),
        ),
        "rounding_cost_nats": tests.used["hoffmann"] - tests.used["hoffmann_printed"],
        "lr_statistic": tests.ratio.statistic, "lr_p": tests.ratio.p, "lr_all_p": tests.ratio_all.p, "lr_all_p_published": published("lr245.p"),
        **ranged("floor", [each.E for each in f.floors]), **ranged("floor_symmetric", symmetric),
        "floor_reach_low": np.nanmin([each.low for each in f.floors]), "floor_reach_high": np.nanmax([each.high for each in f.floors]),
        "hoffmann_runs": printed("hoffmann2022.runs"), "hoffmann_apart": _apart(f), "openai_ratio": 1 / printed("openai2023.compute_fraction"),
        **_constants("hoffmann", HOFFMANN, ["B", "E", "beta"]), **_constants("hoffmann_printed", HOFFMANN_PRINTED, ["alpha", "beta", "E"]),
        "hoffmann_params": exact.params, "hoffmann_printed_params": rough.params, "hoffmann_figure_params": printed("hoffmann2022.gopher.params_at_budget"),
        "E_rounding_share": abs(float(HOFFMANN.E - HOFFMANN_PRINTED.E)) / float(exact.loss), "optimal_compute": p.compute, "interval_level": p.level,
        "optimal_params": best.params, "optimal_tokens": best.tokens, "optimal_ratio": best.tokens_per_param, "optimal_loss": best.loss,
        "E_width_ratio": (E.interval[1] - E.interval[0]) / (E.profile[1] - E.profile[0]), "a_se_published": published("a.se"),
        "a3_low": third.low, "a3_high": third.high, "a_width80": np.ptp(f.exponent.interval80), "a_width80_published": published("a.width80"),
        "runs_needed": f.exponent.runs_needed, "runs_needed_published": published("runs_needed"),
        "scatter_ratio": f.scatter["scatter_large"] / f.scatter["scatter_small"], "chi2_p_published": published("chi2.p"),
        "chi2_p_log": f.equality["logarithms", "unrounded"].p, "chi2_p_log_printed": f.equality["logarithms", "as printed"].p,
        "chi2_p_plain": f.equality["plain", "unrounded"].p, "chi2_p_largest": max(test.p for test in f.equality.values()),
        **low_high("ratio", f.ratios.at_compute), **low_high("ratio_median", f.ratios.at_median), **low_high("ratio_profile", f.ratios.profiles[p.compute]),
        **prefixed("condition", vars(f.condition)),
        "extrapolated_compute": beyond.compute[-1], "extrapolated_loss": beyond.loss[-1], **low_high("extrapolated", [end[-1] for end in beyond.run]),
        **{f"coverage_{name}": split.covered for name, split in zip(("quarter", "median", "three_quarters"), f.splits, strict=True)},
        "converged_quarter": f.splits[0].settled, "E_quarter": f.splits[0].E, "exercise_seven": (6 / 7) ** fit.law.a, "size_share": fit.law.a,
    }  # fmt: skip


def _constants(prefix: str, law: ParametricLaw, names: Sequence[str]) -> dict[str, float]:
    return {f"{prefix}_{name}": getattr(law, name) for name in names}


def _apart(f: Found) -> float:
    """Root-mean-square difference of Hoffmann's losses from the fitted ones, over the runs."""
    used = f.sample.used
    gap = np.log(HOFFMANN.loss(used.params, used.tokens) / f.fitted.stated.law.loss(used.params, used.tokens))  # fmt: skip
    return float(np.sqrt(np.mean(gap**2)))


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    E, a, drawn = f.constants["E"], f.constants["a"], f.drawn
    first, second, third = (each.value for each in intervals.approaches())
    floors = [each.E for each in f.floors]
    growth = np.array([10**drawn.a, 10**drawn.b, 100**drawn.a, 100**drawn.b]).T
    half = "contains" if a.interval[0] <= 0.5 <= a.interval[1] else "does not contain"
    b, fraction, dearer = (printed("hoffmann2022.approach2.b"), printed("openai2023.compute_fraction"), f.splits[1])  # fmt: skip
    return Verdicts((
        settle("h-law-E", E.value * BITS_PER_NAT, *(end * BITS_PER_NAT for end in E.interval), against="unit", as_printed=E.value,
            why=f"The corrected law has E = {fix(E.value, 3)} nats per token ({pct(p.level)} bootstrap {fix(E.interval[0])} to {fix(E.interval[1])}); printed as bits it would have to be {fix(E.value * BITS_PER_NAT)}. "
            f"Other error models move it from {between((min(floors), max(floors)))} nats."),
        settle("l-chinchilla-half", a.value, *a.interval, against="law",
            why=f"The refit gives a = {fix(a.value, 3)}, {pct(p.level)} bootstrap {span(a.interval)}, which {half} one half; Hoffmann's three approaches print {fix(first)}, {fix(second)} and {fix(third)}."),
        settle("a-chinchilla-10x", [10**0.5, 10**0.5, 10.0, 10.0], *(end.tolist() for end in fitting.interval(growth, p.level)),
            why=f"Equal proportion means the square root, {fix(10**0.5, 3)}, which rounds to {fix(10**0.5, 1)}, not 3.1; 100x gives 10 and 10. Approach 2's exponents {fix(second)} and {fix(b)} give {fix(10**second)} and {fix(10**b)}. "
            f"Interval: {pct(p.level)} bootstrap of the refit."),
        settle("l-gpt4-0.1pct", 1 / fraction, against="source",
            why=f"The technical report's abstract says no more than 1/{num(1 / fraction, 4)} of the compute, for some aspects of performance; its final loss was predicted from at most 1/{num(printed('openai2023.loss.compute_ratio'), 5)}. "
            f"On public runs such intervals keep less than they promise: {pct(dearer.covered)} instead of {pct(p.level)} over a factor of {num(dearer.reach, 2)}."),
    ))  # fmt: skip


compute, of = recording("chinchilla", steps.take, recorded, verdicts)
