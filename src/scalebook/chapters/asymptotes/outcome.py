"""What the chapter on asymptotes comes to: its results and its verdicts."""

import math
from collections.abc import Iterator

from scalebook.chapters.asymptotes import steps, trends
from scalebook.chapters.asymptotes.steps import Found
from scalebook.chapters.common import ends, prefixed, printed, ranged, recording, stated
from scalebook.chapters.parameter import Parameters
from scalebook.record.claims import Settlement, Verdicts, settle
from scalebook.record.results import numbers_of
from scalebook.show.numbers import fix, num, pct, sci
from scalinglaws import datapackage
from scalinglaws.fitting import FORMS
from scalinglaws.units import PF_DAY


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    return {**_of_curves(p, f), **_of_forms(p, f)}


def _of_curves(p: Parameters, f: Found) -> dict[str, object]:
    kaplan, law = steps.kaplan(), steps.chinchilla("printed")
    paths, through, best = f.paths, f.meeting.through, f.paths.best.loss(p.compute)
    floor, later = through["printed"], through["besiroglu"]
    known = [m["flop"] for m in datapackage.bundled("models") if math.isfinite(m["flop"])]
    halving = 2 ** (1 / kaplan.exponent)
    return {
        **numbers_of(paths, f.meeting, f.exponents, but=["farthest", "least", "most"]), "kaplan_exponent": kaplan.exponent,
        "kaplan_scale": kaplan.scale, "kaplan_scale_pf": kaplan.scale / PF_DAY, "article_constant": stated("q-kaplan-curve"),
        "article_size": paths.article.size, "article_data": paths.article.data,
        "article_size_exponent": paths.article.size_exponent, "article_data_exponent": paths.article.data_exponent,
        "guess_product": 6 * paths.guess_k_N * paths.guess_k_D, "half_power": round(float(paths.guess_k_N**-law.alpha), 3),
        "guess_size": paths.inferred.size, "guess_data": paths.inferred.data,
        "best_size": paths.best.size, "best_data": paths.best.data, "best_exponent": paths.best.size_exponent,
        "article_excess": paths.article.loss(p.compute) - best, "half_excess": paths.half.loss(p.compute) - best,
        **{f"crossing_{i}": c for i, c in enumerate(f.meeting.crossings, 1)},
        **{f"proper_crossing_{i}": c for i, c in enumerate(f.meeting.proper_crossings, 1)},
        "farthest_difference": abs(f.meeting.farthest - 1), "printed_E": law.E, "besiroglu_E": steps.chinchilla("besiroglu").E,
        "through_hoffmann": floor, "through_besiroglu": later, "years_hoffmann": trends.years(floor, p.compute, p.growth),
        "years_besiroglu": trends.years(later, p.compute, p.growth),
        "models_known": len(known), "models_beyond": sum(flop > floor for flop in known),
        "chars_per_token": printed("kaplan2020.chars_per_token"), "corpus_power": 1 / kaplan.exponent,
        "corpus_spread": f.reach["printed"][1] / f.reach["printed"][0],
        "halving_factor": halving, "halving_years": trends.years(halving, 1.0, p.growth),
        **prefixed("reducible", f.exponents.reducible), "reducible_halving": 2 ** (1 / f.exponents.reducible["fit"]),
    }  # fmt: skip


def _of_forms(p: Parameters, f: Found) -> dict[str, object]:
    d, outcomes, lead = f.description, f.holdout.outcomes, f.description.behind("kaplan")
    own, every = next(iter(d.fits)), list(outcomes.values())
    reference = outcomes.get("hoffmann2022_runs", every[0])
    cuts = [promise.cut[0] for promise in f.promises.values()]
    return {
        **numbers_of(f.refits, f.holdout), "constants_few": len(FORMS["kaplan"].free), "constants_many": len(FORMS["chinchilla"].free),
        "suites": len(d.fits), "aic_wins": sum(v > 0 for v in lead.values()),
        "aic_lead_hoffmann": lead["hoffmann2022_runs"], "aic_lead_runs": lead[own],
        "aic_best_power_floor": list(d.best.values()).count("kaplan+floor"),
        "aic_non_embedding": d.aic_non_embedding, "unconverged": len(d.unconverged),
        "constant_not_enough": d.most_of_it("kaplan+floor"), "constant_needed": d.most_of_it("sum"),
        "alpha_D_floor": d.fits[own]["kaplan+floor"].law.beta,
        "holdout_suites": len(outcomes), "holdout_left_out": len(f.holdout.left_out),
        "hoffmann_tested": int("hoffmann2022_runs" in outcomes),
        "bias_power_hoffmann": reference.kaplan.bias, "error_power_hoffmann": reference.kaplan.error,
        "bias_sum_hoffmann": reference.chinchilla.bias, "error_sum_hoffmann": reference.chinchilla.error,
        "sum_negative": sum(o.chinchilla.bias < 0 for o in every),
        "power_positive": sum(o.kaplan.bias > 0 for o in every),
        **ranged("covered_sum", (o.chinchilla.covered for o in every)),
        **ranged("covered_power", (o.kaplan.covered for o in every)),
        "floor_higher": sum(
            o.chinchilla.fit.law.E > d.fits[name]["chinchilla"].law.E for name, o in outcomes.items()
        ),
        **ranged("cut10", cuts), **dict(_cuts(f)), "reach": 1000 * p.compute / f.refits.runs.flop.max(),
        **{f"share_{m.lower().replace('-', '')}_{key}": split.share for (m, key), split in f.splits.items()},
    }  # fmt: skip


def _cuts(f: Found) -> Iterator[tuple[str, float]]:
    for key, name in steps.OURS.items():
        promise = f.promises[name]
        for kind, values in zip(("", "_low", "_high"), (promise.cut, *promise.ends), strict=True):
            for factor, value in zip((10, 1000), values, strict=True):
                yield f"cut{factor}_{key}{kind}", value


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*_on_constants(p, f), *_on_curves(f), *_on_loss(p, f)))


def _on_constants(p: Parameters, f: Found) -> Iterator[Settlement]:
    kaplan, paths, best, draws = steps.kaplan(), f.paths, f.paths.best, f.refits.chinchilla_draws
    yield settle("q-kaplan-curve", paths.kaplan_constant,
        why=f"Equation 1.3 of the paper has {sci(float(kaplan.scale) / PF_DAY, 2)} PF-days, {sci(float(kaplan.scale), 5)} FLOP; to the power {fix(float(kaplan.exponent), 2)} that is {num(paths.kaplan_constant, 5)}.")  # fmt: skip
    yield settle("q-chinchilla-curve", [paths.inferred.size, paths.inferred.data],
        why=f"They follow from the paper's printed law along N = {paths.guess_k_N:g} C^{paths.approach3_a:g}, D = {paths.guess_k_D:g} C^{paths.approach3_b:g}, up to a rounding on the way; the path is inferred from the digits and agrees with the paper's table for Approach 3. "
        f"Properly minimised, the coefficients are {fix(best.size, 1)} and {fix(best.data, 1)} and both exponents {fix(best.size_exponent, 4)}.")  # fmt: skip
    a, b = float(f.refits.chinchilla.a), float(f.refits.chinchilla.b)
    low, high = zip(*(ends(drawn, p.level) for drawn in (draws.a, draws.b)), strict=True)
    yield settle("q-sqrt", [a, b], low, high, against="law",
        why=f"The fit of the runs gives {fix(a, 3)} and {fix(b, 3)}, the paper's third approach {fix(paths.approach3_a)} and {fix(paths.approach3_b)}. The article's own curve uses the latter, not the square root.")  # fmt: skip


def _on_curves(f: Found) -> Iterator[Settlement]:
    kaplan, paths, best, meeting = steps.kaplan(), f.paths, f.paths.best, f.meeting
    exponent = float(kaplan.exponent)
    last, crossed = steps.BUDGETS[-1], " and ".join(sci(c, 2) for c in meeting.crossings)
    yield settle("q-similar-then-differ", meeting.farthest, meeting.least, meeting.most,
        why=f"At the budgets of Hoffmann's isoFLOP runs the curves differ by at most {pct(abs(meeting.farthest - 1), 2)} (low and high: over these budgets), and they cross at {crossed} FLOP. At {sci(last, 1)} FLOP one is at {fix(float(kaplan.loss(last)))}, the other at {fix(float(paths.article.loss(last)))} nats per token.")  # fmt: skip
    low, high = (f"{fix(float(trends.slope(steps.chinchilla('printed'), c)), 3)} at {sci(c, 1)}" for c in steps.studied())  # fmt: skip
    yield settle("q-exponent-larger", [best.size_exponent, exponent],
        why=f"The numbers follow, but of unlike things: {fix(best.size_exponent, 3)} is the power of the loss above the floor, {fix(exponent, 3)} of the whole loss. For the whole loss Chinchilla's slope is {low} FLOP, {high}, and zero in the end.")  # fmt: skip
    end = f.ending
    yield settle("q-kaplan-breaks", end.compute, end.low, end.high,
        why=f"Equations 1.2 and 1.3 with Table 6 cross at {sci(end.compute, 2)} PF-days and {fix(end.loss)} nats per token; rounding of the exponents alone allows {sci(end.low, 1)} to {sci(end.high, 1)}, and the paper itself a factor of ten either way.")  # fmt: skip


def _on_loss(p: Parameters, f: Found) -> Iterator[Settlement]:
    cuts = [100 * float(promise.cut[0]) for promise in f.promises.values()]
    yield settle("l-10x-better", None,
        why=f"How capable a model is does not follow from its loss. Ten times the compute takes {fix(min(cuts), 1)} to {fix(max(cuts), 1)}% off the loss at {sci(p.compute)} FLOP, depending on the law; and spent at the optimum it buys {fix(10 ** float(f.refits.chinchilla.b), 1)} times the data, not ten times. "
        "A measure of capability against loss would settle it.")  # fmt: skip
    split = {key: f.splits["Chinchilla", key] for key in steps.NAMES}
    yield settle("v-chinchilla-terms", split["printed"].share,
        why=f"With the printed constants the size term is {fix(split['printed'].size, 3)} and the data term {fix(split['printed'].data, 3)} nats per token. The share is {pct(split['hoffmann'].share, 2)} with the unrounded constants and {pct(split['besiroglu'].share, 2)} with the replication's.")  # fmt: skip


compute, of = recording("asymptotes", steps.take, recorded, verdicts)
