"""What the chapter on asymptotes comes to: its results and its verdicts."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from scalebook.chapters.asymptotes import quoted, steps, trends
from scalebook.chapters.asymptotes.steps import Found
from scalebook.chapters.common import (
    between,
    ends,
    gpt3_line,
    gpt3_loss,
    printed,
    ranged,
    recording,
    runs_name,
)
from scalebook.chapters.parameter import Parameters
from scalebook.record.judge import HEDGE, UNKNOWN, Evidence, bounds, point, sample, truth
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Settlement, Verdicts, settle
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import registry
from scalinglaws.laws import ParametricLaw, PowerLaw
from scalinglaws.units import PF_DAY, Floats


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    return {**_of_curves(p, f), **_of_forms(p, f)}


def _of_curves(p: Parameters, f: Found) -> dict[str, object]:
    kaplan, law = steps.kaplan(), steps.chinchilla("printed")
    paths, through, best = f.paths, f.meeting.through, f.paths.best.loss(p.compute)
    halving = 2 ** (1 / kaplan.exponent)
    return {
        **numbers_of(paths, f.exponents, but=["kaplan_constant"]),
        "kaplan_exponent": kaplan.exponent, "article_size_exponent": paths.article.size_exponent, "article_data_exponent": paths.article.data_exponent,
        "guess_product": 6 * paths.guess_k_N * paths.guess_k_D,
        "best_exponent": paths.best.size_exponent,
        "article_excess": paths.article.loss(p.compute) - best, "half_excess": paths.half.loss(p.compute) - best,
        "farthest_difference": abs(f.meeting.farthest - 1), "printed_E": law.E,
        "through_hoffmann": through["printed"],
        "reach_spread": f.reach["printed"][1] / f.reach["printed"][0],
        "halving_factor": halving, "halving_years": trends.years(halving, 1.0, p.growth),
        "reducible_fit": f.exponents.reducible["fit"], "reducible_halving": 2 ** (1 / f.exponents.reducible["fit"]),
    }  # fmt: skip


def _of_forms(p: Parameters, f: Found) -> dict[str, object]:
    d, outcomes, lead = f.description, f.holdout.outcomes, f.description.behind("kaplan")
    own, every = next(iter(d.fits)), list(outcomes.values())
    reference = outcomes.get(own, every[0])
    cuts = [promise.cut[0] for promise in f.promises.values()]
    best = list(d.best.values())
    return {
        **numbers_of(f.refits, f.holdout, but=["converged_least"]), "suites": len(d.fits), "aic_wins": sum(v > 0 for v in lead.values()),
        "floor_best": sum(form in WITH_FLOOR for form in best), "sum_best": best.count("chinchilla"),
        "aic_lead_runs": lead[own], "aic_non_embedding": d.aic_non_embedding,
        "constant_not_enough": d.most_of_it("kaplan+floor"), "constant_needed": d.most_of_it("sum"),
        "alpha_D_floor": d.fits[own]["kaplan+floor"].law.beta, "holdout_suites": len(outcomes),
        "own_tested": int(own in outcomes),
        "own_error_power": reference.kaplan.error, "own_error_sum": reference.chinchilla.error,
        "sum_negative": sum(o.chinchilla.bias < 0 for o in every), "power_positive": sum(o.kaplan.bias > 0 for o in every),
        **ranged("covered_sum", (o.chinchilla.covered for o in every)),
        **ranged("covered_power", (o.kaplan.covered for o in every)),
        "floor_higher": sum(
            o.chinchilla.fit.law.E > d.fits[name]["chinchilla"].law.E for name, o in outcomes.items()
        ),
        **ranged("cut10", cuts), **dict(_cuts(f)), "beyond": 1000 * p.compute / f.refits.runs.flop.max(),
        **_of_floors(p, f),
        **{f"share_chinchilla_{key}": f.splits["Chinchilla", key].share for key in steps.LAWS},
    }  # fmt: skip


def _of_floors(p: Parameters, f: Found) -> dict[str, object]:
    held, cuts = f.floors, f.floors.cut(p.compute, 1000)
    at = int(np.searchsorted(held.floor, f.refits.E))
    return {
        "miss": held.miss[at], "miss_none": held.miss[0], "floor_none_cut": cuts[0],
        "floor_most": held.floor[-1], "miss_most": held.miss[-1], "floor_most_cut": cuts[-1],
    }  # fmt: skip


def _cuts(f: Found) -> Iterator[tuple[str, float]]:
    for key, name in steps.OURS.items():
        promise = f.promises[name]
        for kind, values in zip(("", "_low", "_high"), (promise.cut, *promise.ends), strict=True):
            yield f"cut1000_{key}{kind}", values[1]
        yield f"cut10_{key}", promise.cut[0]


#: The forms that have a constant.
WITH_FLOOR = ("kaplan+floor", "chinchilla")
#: What rows of evidence are called.
PRINTED, UNROUNDED, REFIT = "the law as printed", "the paper's unrounded constants", "the runs fitted again"  # fmt: skip


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    settled = _on_constants(p, f), _on_curves(p, f), _on_floors(p, f), _on_loss(p, f), _on_models(p, f)  # fmt: skip
    return Verdicts(each for several in settled for each in several)


def _on_constants(p: Parameters, f: Found) -> Iterator[Settlement]:
    kaplan, paths, best, draws = steps.kaplan(), f.paths, f.paths.best, f.refits.chinchilla_draws
    yield settle("q-kaplan-curve", point(paths.kaplan_constant),
        why=f"Equation 1.3 of the paper has {sci(float(kaplan.scale) / PF_DAY, 2)} PF-days, {sci(float(kaplan.scale), 5)} FLOP; to the power {fix(float(kaplan.exponent), 2)} that is {num(paths.kaplan_constant, 5)}.")  # fmt: skip
    yield settle("q-chinchilla-curve", point([paths.inferred.size, paths.inferred.data]), reason="rounding",
        why=f"Both follow from the paper's printed law, up to a rounding on the way, where N is {paths.guess_k_N:g} times C to the power {paths.approach3_a:g} and D is {paths.guess_k_D:g} times C to the power {paths.approach3_b:g}; the path is inferred from the digits and agrees with the paper's table for Approach 3. "
        f"Properly minimised, the coefficients are {fix(best.size, 1)} and {fix(best.data, 1)} and both exponents {fix(best.size_exponent, 4)}.")  # fmt: skip
    a, b = float(f.refits.chinchilla.a), float(f.refits.chinchilla.b)
    drawn = np.column_stack([draws.a, draws.b])
    yield settle("q-sqrt", sample(drawn, [a, b], p.level), reason="law",
        why=f"The fit of the runs gives {fix(a, 3)} and {fix(b, 3)} ({pct(p.level)} bootstrap {between(ends(draws.a, p.level))} and {between(ends(draws.b, p.level))}), the paper's third approach {fix(paths.approach3_a)} and {fix(paths.approach3_b)}. The article's own curve uses the latter, not the square root.")  # fmt: skip


def _on_curves(p: Parameters, f: Found) -> Iterator[Settlement]:
    kaplan, paths, best, meeting = steps.kaplan(), f.paths, f.paths.best, f.meeting
    exponent, last = float(kaplan.exponent), steps.BUDGETS[-1]
    crossed = " and ".join(sci(c, 2) for c in meeting.crossings)
    alike = bool(meeting.least >= 1 - HEDGE and meeting.most <= 1 / (1 - HEDGE))
    yield settle("q-similar-then-differ", truth(alike, meeting.farthest),
        why=f"At the budgets of Hoffmann's isoFLOP runs Kaplan's loss is {fix(meeting.least)} to {fix(meeting.most)} times Chinchilla's, and the curves cross at {crossed} FLOP. In the end they must part, for one has a floor and the other none: at {sci(last, 1)} FLOP Kaplan's is at {fix(float(kaplan.loss(last)))}, Chinchilla's at {fix(float(paths.article.loss(last)))} nats per token.")  # fmt: skip
    low, high = (f"{fix(float(trends.slope(steps.chinchilla('printed'), c)), 3)} at {sci(c, 1)}" for c in steps.studied())  # fmt: skip
    yield settle("q-exponent-larger", point(best.size_exponent),
        why=f"The printed law's loss above the floor falls by the power {fix(best.size_exponent, 3)} of compute along its optimum. That is not like with like: {fix(exponent, 3)} is the power of Kaplan's whole loss. Chinchilla's whole loss falls by the power {low} FLOP and {high}, and in the end not at all.")  # fmt: skip
    end = f.ending
    yield settle("q-kaplan-breaks", truth(bool(np.isfinite(end.compute)), end.compute),
        why=f"Equations 1.2 and 1.3 with Table 6 contradict each other beyond {sci(end.compute, 2)} PF-days, at {fix(end.loss)} nats per token: compute promises a lower loss than the data allow. Rounding of the exponents alone moves that to {sci(end.low, 1)} or {sci(end.high, 1)}; the paper says 10,000 PF-days, a factor of ten either way.")  # fmt: skip
    alpha = float(registry.of_kind("kaplan2020-params", PowerLaw).exponent)
    chinchilla = f.refits.chinchilla
    some = ", ".join(f"{fix(float((chinchilla.E + chinchilla.terms(2 * n, 1.0)[0]) / (chinchilla.E + chinchilla.terms(n, 1.0)[0])), 3)} at {qty(n)}" for n in (1e9, 1e11))  # fmt: skip
    yield settle("w-kaplan-doubling", point(2**-alpha),
        why=f"The exponent is printed as {alpha}, and 2 to the power −{alpha} is {fix(2**-alpha, 3)}. With a floor, as in Chinchilla's form fitted to the runs, unlimited data and embeddings counted, the factor is {some} parameters.")  # fmt: skip


def _on_floors(p: Parameters, f: Found) -> Iterator[Settlement]:
    law, draws, printed_law = f.refits.chinchilla, f.refits.chinchilla_draws, steps.chinchilla("printed")  # fmt: skip
    shares = [float(printed_law.E / printed_law.optimum(compute=c).loss) for c in steps.studied()]
    at = steps.studied()[0]
    share = sample(draws.E / draws.optimum(compute=at).loss, float(law.E / law.optimum(compute=at).loss), p.level)  # fmt: skip
    yield settle("q-large-constant", {PRINTED: bounds(*shares), REFIT: share}, reason="law",
        why=f"The printed constant, {fix(float(printed_law.E))} nats per token, is {pct(shares[0])} of the lowest loss at the smallest of Hoffmann's isoFLOP budgets and {pct(shares[1])} at the largest. It is a term, not a factor.")  # fmt: skip
    tested = f.holdout.outcomes.get("hoffmann2022_runs")
    if tested is None:
        confirmed, why = UNKNOWN, "Hoffmann's runs are not among the tables here, or have too few on one side of the cut: they would decide."  # fmt: skip
    else:
        better = tested.kaplan.errors > tested.chinchilla.errors
        confirmed = truth(better)
        why = f"Fitted to the smaller of Hoffmann's runs, Chinchilla's form errs by {pct(tested.chinchilla.error)} on the {tested.held} largest, Kaplan's, which has no constant, by {pct(tested.kaplan.error)}; the first is the better in {pct(float(better.mean()), 3)} of the resamples. Of all {len(f.holdout.outcomes)} tables it predicts better on {f.holdout.holdout_wins}."  # fmt: skip
    yield settle("q-confirmed", confirmed, why=why, reason="law")
    floors = [key.rsplit(".", 1)[1] for key in registry.printed_keys() if key.startswith("henighan2020.floor.")]  # fmt: skip
    yield settle("q-none-language", truth("language" not in floors),
        why=f"The paper's table has {len(floors)} floors: of images, of video and of mathematics. Of language it says that no meaningful estimate could be had yet, even with data from the largest models.")  # fmt: skip
    excess = quoted.image_excess(1e9)
    yield settle("w-henighan-8x8", point(excess),
        why=f"By the paper's own law for these images, {printed('henighan2020.floor.image_8x8')} nats per token plus N/{printed('henighan2020.image_8x8.N_c'):g} to the power −{printed('henighan2020.image_8x8.alpha_N')}, a model of 1 billion parameters is {pct(excess)} above the floor, about {num(excess * printed('henighan2020.floor.image_8x8') * 192, 2)} nats for an image of 192 tokens. That the floor is the entropy of the images is read into the form of the law.")  # fmt: skip
    best = list(f.description.best.values())
    floored = np.array([form in WITH_FLOOR for form in best])
    yield settle("w-kaplan-flatten", truth(floored), reason="experiment",
        why=f"No model can do better than the entropy of the text. Of the four forms compared, one with a constant describes the runs best on {int(floored.sum())} of {len(best)} public tables, and the largest runs of a table lie above what Kaplan's form promises from the others on {sum(o.kaplan.bias > 0 for o in f.holdout.outcomes.values())} of {len(f.holdout.outcomes)}. Kaplan's own runs, of which the first half of the sentence speaks, are not public.")  # fmt: skip


def _on_loss(p: Parameters, f: Found) -> Iterator[Settlement]:
    cuts = [100 * float(promise.cut[0]) for promise in f.promises.values()]
    least, most = fix(min(cuts), 1), fix(max(cuts), 1)
    yield settle("l-10x-better", None,
        why=f"How capable a model is does not follow from its loss. Ten times the compute takes {least} to {most}% off the loss at {sci(p.compute)} FLOP, depending on the law; and spent at the optimum it buys {fix(10 ** float(f.refits.chinchilla.b), 1)} times the data, not ten times.")  # fmt: skip
    laws: dict[str, PowerLaw | ParametricLaw] = {"Kaplan's curve, which has no floor": steps.kaplan(), f"Chinchilla's form, fitted to {runs_name(p)}": f.refits.chinchilla_draws}  # fmt: skip
    shares = f.promises["Kaplan, as published"].cut[0], f.promises[steps.OURS["sum"]].cut[0]
    yield settle("w-10x-loss",
        {name: truth(np.less(*quoted.gains(law, p.compute)[::-1]), share) for (name, law), share in zip(laws.items(), shares, strict=True)},
        why=f"From {sci(p.compute)} FLOP a first factor of ten takes {' and '.join(fix(float(np.median(quoted.gains(law, p.compute)[0])), 3) for law in laws.values())} nats off the loss by the two laws, a second one {' and '.join(fix(float(np.median(quoted.gains(law, p.compute)[1])), 3) for law in laws.values())}. The numbers above are shares of the loss; by all the laws that this book compares ten times the compute takes off {least} to {most}%. The popular \"a few percent for ten times the compute\" was found in no text of Kaplan et al.")  # fmt: skip
    exponent = float(steps.kaplan().exponent)
    yield settle("w-ord-polynomial",
        {"a law without a floor, of the whole loss": truth(True, 1 / exponent), "a law with a floor, of the loss above it": truth(True, 1 / f.exponents.reducible["fit"]),
         "a law with a floor, of the whole loss": truth(False)},
        why=f"By Kaplan's curve compute grows as the power {num(1 / exponent, 2)} of 1/loss, and by Chinchilla's form, fitted to the runs, as the power {num(1 / f.exponents.reducible['fit'], 2)} of 1/(loss − {fix(f.refits.E)}). Of the whole loss the latter is no power: no compute at all takes it below {fix(f.refits.E)}. A proof of a floor, or of none, would decide.")  # fmt: skip
    low, high = steps.studied()
    bends = {f"the loss from {sci(start, 1)} to {sci(end, 1)} FLOP": quoted.bend(f.refits.chinchilla_draws, start, end) for start, end in ((low, high), (1e18, 1e26))}  # fmt: skip
    told = " and ".join(f"{pct(float(np.median(bent)))} over {name.removeprefix('the loss from ')}" for name, bent in bends.items())  # fmt: skip
    yield settle("w-altman-log",
        {**{name: truth(bent < HEDGE, float(np.median(bent))) for name, bent in bends.items()}, "what a model can do": UNKNOWN},
        why=f"The loss by the fitted law departs from a straight line in the logarithm of training compute by {told}, as a share of its fall there; a fifth is called rough agreement here. What a model can do, and the resources to run it, are not in any law of the loss: a measure of capability on a scale with equal steps would decide.")  # fmt: skip
    half = gpt3_loss() / 2
    yield settle("w-gwern-22e6",
        {"a loss of 0.86, as Gwern has it": point(quoted.gpt3_times(0.86)), "half of GPT-3's loss by its line": point(quoted.gpt3_times(half))},
        why=f"GPT-3's line, {gpt3_line()[0]} times C to the power −{gpt3_line()[1]} with C in PF-days, comes down to 0.86 at {num(quoted.gpt3_times(0.86), 2)} times its compute, and to half of its {fix(gpt3_loss(), 3)} nats, {fix(half, 3)}, at {num(quoted.gpt3_times(half), 2)} times. Chinchilla's law has its floor at {fix(float(steps.chinchilla('printed').E))} and its refit higher: if they are right, no compute gets there.")  # fmt: skip


def _on_models(p: Parameters, f: Found) -> Iterator[Settlement]:
    split = {key: f.splits["Chinchilla", key] for key in steps.NAMES}
    sizes, datas = f.refits.chinchilla_draws.terms(*_run("Chinchilla"))
    yield settle("v-chinchilla-terms",
        {PRINTED: point(split["printed"].share), UNROUNDED: point(split["hoffmann"].share),
         REFIT: sample(sizes / (sizes + datas), split["fit"].share, p.level)},
        reason="experiment", decides="Saying which constants are meant, or runs near Chinchilla's size, would decide.",
        why=f"With the printed constants the size term is {fix(split['printed'].size, 3)} and the data term {fix(split['printed'].data, 3)} nats per token, so that size takes {pct(split['printed'].share, 2)}; with the unrounded ones {pct(split['hoffmann'].share, 2)}. The same runs fitted again give {pct(split['fit'].share, 2)}, {pct(p.level)} bootstrap {' to '.join(map(pct, split['fit'].ends))}.")  # fmt: skip
    data = _by_law(p, f, quoted.short_of_data)
    yield settle("w-nost-data", data, reason="law",
        why=f"Of {', '.join(quoted.LARGE[:-1])} and {quoted.LARGE[-1]}, where the data's term leads the size's by least, it leads by {_listed(data)}, in nats per token. In Chinchilla itself they are {fix(split['printed'].data, 3)} and {fix(split['printed'].size, 3)} as printed, {fix(split['fit'].data, 3)} and {fix(split['fit'].size, 3)} fitted again.")  # fmt: skip
    size = _by_law(p, f, quoted.size_term)
    yield settle("w-nost-0052", size,
        decides="Saying which constants are meant, or larger models on Gopher's data, would decide.",
        why=f"Gopher's 280 billion parameters leave a size term, all that an endless model on as little data could save, of {_listed(size)}, in nats per token.")  # fmt: skip
    share = _by_law(p, f, quoted.share_of_data)
    yield settle("w-nost-85", share,
        why=f"PaLM has 540 billion parameters on 780 billion tokens, Gopher 280 on 300; the data's share of the difference is {_listed(share)}.")  # fmt: skip
    behind = _by_law(p, f, quoted.behind_chinchilla)
    yield settle("w-nost-never", behind, reason="law",
        why=f"An endless model on as many tokens as {', '.join(quoted.FEW_TOKENS[:-1])} or {quoted.FEW_TOKENS[-1]} comes, where it comes nearest, to within these nats per token of Chinchilla's loss: {_listed(behind)}; below zero it wins. The post uses the printed constants, whose last digits decide here. Running such a model would decide.")  # fmt: skip


def _run(name: str) -> tuple[float, float]:
    model = registry.published_model(name)
    return model.params, model.tokens


def _by_law(
    p: Parameters, f: Found, asked: Callable[[ParametricLaw], Floats]
) -> dict[str, Evidence]:
    """Ask the law as printed, unrounded and fitted again."""
    fitted = asked(f.refits.chinchilla_draws), asked(f.refits.chinchilla)
    return {
        PRINTED: point(asked(steps.chinchilla("printed"))),
        UNROUNDED: point(asked(steps.chinchilla("hoffmann"))),
        REFIT: sample(*fitted, p.level),
    }


def _listed(found: Mapping[str, Evidence]) -> str:
    """Return what several laws say: "0.052 by the law as printed, ..."."""
    return ", ".join(f"{fix(float(each.value[0]), 3)} by {name}" for name, each in found.items() if each.value is not None)  # fmt: skip


compute, of = recording("asymptotes", steps.take, recorded, verdicts)
