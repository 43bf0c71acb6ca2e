"""What the chapter on Chinchilla's law comes to: its results and its verdicts."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters import foresight
from scalebook.chapters.chinchilla import fits, intervals, steps
from scalebook.chapters.chinchilla.fits import HOFFMANN, HOFFMANN_PRINTED, REPLICATION, published
from scalebook.chapters.chinchilla.steps import Found
from scalebook.chapters.common import (
    between,
    ends,
    low_high,
    prefixed,
    printed,
    ranged,
    recording,
    runs_name,
)
from scalebook.chapters.parameter import Parameters
from scalebook.record.judge import bounds, doubled_share, point, pvalue, sample, sided
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Settlement, Verdicts, settle
from scalebook.show.numbers import fix, num, pct, sci, span
from scalinglaws import datapackage, registry
from scalinglaws.fitting import LAD
from scalinglaws.optimum import dense
from scalinglaws.units import Floats


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    taken, fit, lad, tests = f.sample, f.fitted.stated, f.fitted.absolute, f.tests
    exact, rough, *_ = f.optima.values()
    off = [abs(getattr(lad.law, name) / getattr(REPLICATION, name) - 1) for name in "AB"]
    apart = [abs(getattr(fit.law, name) / getattr(REPLICATION, name) - 1) for name in ("E", "A", "B", "alpha", "beta")]  # fmt: skip
    third, E, a, best = intervals.approaches()[2], f.constants["E"], f.constants["a"], f.fitted.best
    return {
        **numbers_of(taken, fit.law, f.ratios), **f.scatter, **intervals.rounding(p),
        "runs_all": len(taken.everything), "runs_used": len(taken.used), "runs_all_out": int(taken.left_out.sum()),
        "left_out_ratio_max": max(taken.everything.tokens_per_param[taken.left_out], default=0),
        "a": fit.law.a, **low_high("E", E.interval), **low_high("a", a.interval), "a_all": f.fitted.stated_all.law.a, "B_all_over_B": f.fitted.stated_all.law.B / fit.law.B,
        "refit_apart": max(apart), "missed": fits.missed(fit.law, taken), "hoffmann_missed": fits.missed(HOFFMANN, taken),
        "printed_A": REPLICATION.A, "printed_B": REPLICATION.B, "lad_match_parts": 1 / max(off),
        "printed_excess": fits.objective(REPLICATION, taken, LAD) / lad.objective - 1,
        "rounded_excess": fits.objective(fits.as_printed(lad.law), taken, LAD) / lad.objective - 1,
        "loglik_all_best": tests.best_on_all, "loglik_all_published": published("loglik245.refit"),
        "rounding_cost_nats": tests.used["hoffmann"] - tests.used["hoffmann_printed"],
        "lr_p": tests.ratio.p, "lr_all_p": tests.ratio_all.p, "lr_all_p_published": published("lr245.p"),
        **ranged("floor", [each.E for each in f.floors]), **_believed(f),
        "hoffmann_runs": printed("hoffmann2022.runs"), "hoffmann_beta": HOFFMANN.beta, "hoffmann_printed_beta": HOFFMANN_PRINTED.beta,
        "hoffmann_params": exact.params, "hoffmann_ratio": exact.tokens_per_param, "hoffmann_printed_params": rough.params, "hoffmann_figure_params": printed("hoffmann2022.gopher.params_at_budget"),
        "E_rounding_share": abs(float(HOFFMANN.E - HOFFMANN_PRINTED.E)) / float(exact.loss), "optimal_compute": p.compute, "interval_level": p.level,
        "optimal_params": best.params, "optimal_ratio": best.tokens_per_param,
        "E_width_ratio": (E.interval[1] - E.interval[0]) / (E.profile[1] - E.profile[0]), "a_se": a.se, "a_se_published": published("a.se"),
        "a3_low": third.low, "a3_high": third.high, **low_high("a80", f.exponent.interval80), "a_width80": np.ptp(f.exponent.interval80),
        "runs_needed": f.exponent.runs_needed, "runs_needed_published": published("runs_needed"), "times_as_wide": f.exponent.times,
        **_sweeps(f), **low_high("sweeps_ratio", f.ratios.sweeps_at_compute),
        "scatter_ratio": f.scatter["scatter_large"] / f.scatter["scatter_small"],
        "chi2_p_log": f.equality["logarithms"].p, "chi2_p_plain": f.equality["plain"].p, "chi2_p_published": published("chi2.p"),
        **low_high("ratio", f.ratios.at_compute), **low_high("ratio_median", f.ratios.at_median), **prefixed("condition", vars(f.condition)),
        **{f"coverage_{name}": split.covered for name, split in zip(("median", "three_quarters"), f.splits[1:], strict=True)},
        "exercise_seven": (6 / 7) ** fit.law.a, "size_share": fit.law.a,
    }  # fmt: skip


def _believed(f: Found) -> dict[str, object]:
    """Return between what the floor may lie: intervals by all choices of error, and other forms."""
    forms = [each.E for each in (*f.floors, *f.forms)]
    ends = [end for each in f.floors for end in (each.low, each.high) if np.isfinite(end)]
    return ranged("believed", [*ends, *forms])


def _sweeps(f: Found) -> dict[str, object]:
    """Return what the public sweeps say of the exponent, beside the interval of this law."""
    told, (low, high) = [*foresight.exponents().values()], f.constants["a"].interval
    held = sum(low <= each <= high for each in told)
    return {
        "exponents": len(told),
        "exponents_held": held,
        **ranged("sweeps_a", told),
    }


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*_on_floor(p, f), *_on_growth(p, f), *_on_ratio(p, f), *_on_runs(p, f)))


def _on_floor(p: Parameters, f: Found) -> Iterator[Settlement]:
    E, errors = f.constants["E"], [each.E for each in f.floors]
    unlike = [*errors, *(each.E for each in f.forms)]
    refit, other = sample(f.drawn.E, E.value, p.level), bounds(min(unlike), max(unlike))
    forms = f", other forms at {' and '.join(f'{fix(each.E)} ({each.name})' for each in f.forms)}" if f.forms else ""  # fmt: skip
    ours = f"The fit of {runs_name(p)} has {fix(E.value, 3)} ({pct(p.level)} bootstrap {between(E.interval)}). Other choices of error put it at {between((min(errors), max(errors)))}{forms}"  # fmt: skip
    again = float(REPLICATION.E)
    yield settle(
        "h-law-E",
        {"the replication's printed law": point(again), f"{runs_name(p)} fitted again": refit,
         f"{runs_name(p)} fitted by other error models or another form": other},
        why=f"The article quotes the law of Besiroglu and colleagues, whose E is {fix(again, 4)} nats per token. {ours}.",
    )  # fmt: skip
    exact = float(HOFFMANN.E)
    low, high = E.interval
    said = "contains" if low <= 1.69 <= high else "does not contain"
    yield settle(
        "w-floor-169",
        {"the paper's own unrounded constants": point(exact), f"{runs_name(p)} fitted again": refit,
         f"{runs_name(p)} fitted by other error models or another form": other},
        why=f"The paper's source has {fix(exact, 4)}. {ours}; the bootstrap {said} 1.69. The term is a fitted limit of one family of models, and no measured entropy.",
    )  # fmt: skip


def _on_growth(p: Parameters, f: Found) -> Iterator[Settlement]:
    a, drawn, three = f.constants["a"], f.drawn, intervals.approaches()
    exponents = [each.value for each in three]
    half = "contains" if a.interval[0] <= 0.5 <= a.interval[1] else "does not contain"
    yield settle(
        "l-chinchilla-half",
        {"Hoffmann's three approaches, as printed": bounds(min(exponents), max(exponents)),
         f"{runs_name(p)} fitted again": sample(drawn.a, a.value, p.level)},
        why=f"Hoffmann's three approaches print {', '.join(map(fix, exponents))} for parameters. The fit of the runs gives a = {fix(a.value, 3)}, {pct(p.level)} bootstrap {span(a.interval)}, which {half} one half.",
        reason="experiment",
    )  # fmt: skip
    second, b = three[1].value, printed("hoffmann2022.approach2.b")
    grown = [fix(10**x) for x in (second, b, a.value, 1 - a.value)]
    yield settle(
        "a-chinchilla-10x",
        {"equal proportion": point([10**0.5, 10**0.5, 10.0, 10.0]),
         "the exponents of Hoffmann's Approach 2": point([10**second, 10**b, 100**second, 100**b])},
        why=f"The square root of ten is {fix(10**0.5)}, which rounds to {fix(10**0.5, 1)} and not to 3.1; a hundred times the compute gives ten and ten. Approach 2, which the article follows, has {grown[0]} times the model and {grown[1]} times the data; the fit of the runs has {grown[2]} and {grown[3]}.",
        reason="rounding",
    )  # fmt: skip
    printed_growth = [2 ** (printed(f"hoffmann2022.approach{i}.b") / x) for i, x in enumerate(exponents, 1)]  # fmt: skip
    growth = 2 ** (drawn.b / drawn.a)
    yield settle(
        "w-equal-scaling",
        {"the paper's three approaches": bounds(min(printed_growth), max(printed_growth)),
         f"{runs_name(p)} fitted again": sample(growth, 2 ** ((1 - a.value) / a.value), p.level)},
        why=f"The paper's three approaches ask for {', '.join(map(fix, printed_growth))} times the tokens with twice the parameters. The fit of the runs asks for {fix(2 ** ((1 - a.value) / a.value))} times, {pct(p.level)} bootstrap {between(ends(growth, p.level))}.",
        reason="experiment",
    )  # fmt: skip


def _on_ratio(p: Parameters, f: Found) -> Iterator[Settlement]:
    budgets = {"the runs' median budget": f.ratios.median_compute, "Gopher's budget": p.compute}
    if p.compute != printed("hoffmann2022.gopher.flop.text"):
        budgets = {"the runs' median budget": f.ratios.median_compute, "the budget chosen": p.compute}  # fmt: skip
    found = {name: _ratio(p, f, flop) for name, flop in budgets.items()}
    table = [row for row in datapackage.bundled("hoffmann2022_optimal") if row["approach"] == 1]
    tabled = sorted(float(row["tokens"]) / float(row["params"]) for row in table)
    told = "; ".join(
        f"{num(best, 2)} ({span(ends(drawn, p.level), 2)}; p of 20 is {num(doubled_share(drawn, 20.0), 2)}) at {sci(budgets[name], 2)} FLOP"
        for name, (best, drawn) in found.items()
    )
    yield settle(
        "w-20-tokens",
        {name: pvalue(sided(doubled_share(drawn, 20.0), len(drawn)), best, *ends(drawn, p.level)) for name, (best, drawn) in found.items()},
        decides="Naming the budget, and more resamples where p is near 5%, would decide.",
        why=f"Optimal tokens per parameter by the fit of the runs, with {pct(p.level)} bootstrap of {p.resamples:,} draws: {told}. The bootstrap supposes that the form of the law is right, so that what it does not reject may still be wrong. Hoffmann's paper states no ratio; its table for Approach 1 has {span((tabled[0], tabled[-1]))}.",
        reason="experiment",
    )  # fmt: skip
    theirs = {name: float(dense.optimal(REPLICATION, flop).tokens_per_param) for name, flop in budgets.items()}  # fmt: skip
    all_runs = registry.parametric("besiroglu2024-all245")
    with_all = [float(dense.optimal(all_runs, flop).tokens_per_param) for flop in budgets.values()]
    power = float((REPLICATION.alpha - REPLICATION.beta) / (REPLICATION.alpha + REPLICATION.beta))
    at = float(p.compute * (25.6 / dense.optimal(REPLICATION, p.compute).tokens_per_param) ** (1 / power))  # fmt: skip
    yield settle(
        "w-repl-256",
        {name: point(value) for name, value in theirs.items()},
        why=f"By the printed constants the optimum is {' and '.join(f'{num(value, 3)} tokens per parameter at {sci(budgets[name], 2)} FLOP' for name, value in theirs.items())}; 25.6 is optimal at {sci(at, 1)} FLOP alone. The constants for all 245 runs give {' and '.join(num(value, 3) for value in with_all)} at the same budgets. The sentence names no budget; naming it would decide.",
    )  # fmt: skip


def _ratio(p: Parameters, f: Found, compute: float) -> tuple[float, Floats]:
    """Return the optimal tokens per parameter at a budget, by the fit and by its resamples."""
    best = float(dense.optimal(f.fitted.stated.law, compute).tokens_per_param)
    return best, np.asarray(dense.optimal(f.drawn, compute).tokens_per_param)


def _on_runs(p: Parameters, f: Found) -> Iterator[Settlement]:
    needed, twice = f.exponent.runs_needed, f.exponent.runs_needed / 4
    width, third = float(np.ptp(f.exponent.interval80)), intervals.approaches()[2]
    made = printed("hoffmann2022.runs")
    runs = intervals.runs_needed_by_chance(p, f.sample, f.drawn)
    yield settle(
        "w-repl-ci",
        {"a printed interval that is 0.001 wide": sample(runs, needed, p.level),
         "one 0.002 wide, which prints alike": point(twice)},
        why=f"The interval printed in 2022 is {fix(third.low, 3)} to {fix(third.high, 3)}. The bootstrap's is {fix(width, 4)} wide; if the width shrinks as the square root of the number of runs, {num(needed, 2)} runs make it 0.001 wide and {num(twice, 2)} make it 0.002 wide, which rounds to the same two numbers. One more digit of the printed interval would decide. The authors say that they made over {num(made, 3)} runs, so that it is {num(twice / made, 2)} or {num(needed / made, 2)} times as many.",
    )  # fmt: skip
    product = printed("besiroglu2024.runs_needed.product")
    yield settle(
        "w-repl-240x2116",
        point(product),
        why=f"240 times 2116 is {num(product, 6)}. The 600,000 of the abstract is 240 times the square of 50, the ratio of the two printed widths, {fix(printed('besiroglu2024.a.width80'))} and {fix(printed('hoffmann2022.a.width80'), 3)}.",
        reason="slip",
    )  # fmt: skip
    fraction, larger = printed("openai2023.compute_fraction"), f.splits[1]
    yield settle(
        "l-gpt4-0.1pct",
        point(1 / fraction),
        why=f"The technical report's abstract says no more than 1/{num(1 / fraction, 4)} of the compute, for some aspects of performance; its final loss was predicted from at most 1/{num(printed('openai2023.loss.compute_ratio'), 5)}. "
        f"On {runs_name(p)} the intervals of a fitted law keep less than they promise: {pct(larger.covered)} instead of {pct(p.level)} over a factor of {num(larger.reach, 2)}.",
    )  # fmt: skip


compute, of = recording("chinchilla", steps.take, recorded, verdicts)
