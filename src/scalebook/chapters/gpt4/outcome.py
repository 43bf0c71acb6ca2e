"""What the chapter on GPT-4 comes to: its results and its verdicts."""

import math
from collections.abc import Iterator
from functools import partial

import numpy as np

from scalebook.chapters import foresight
from scalebook.chapters.common import between, low_high, printed, ranged, recording, stated
from scalebook.chapters.gpt4 import mixtures, steps
from scalebook.chapters.gpt4.steps import EIGHTH, THIRTY_SECOND, Found
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.repetition import GEOMETRIC
from scalebook.record.judge import UNKNOWN, bounds, point, sample, truth
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Settlement, Verdicts, settle
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import registry
from scalinglaws.optimum import experts, overtraining
from scalinglaws.units import Floats, training_flop

#: What Llama 3's paper prints, by the names that it is recorded under.
LLAMA = {
    "optimum_compute": "optimum.compute", "optimum_params": "optimum.params", "optimum_tokens": "optimum.tokens",
    "rounded_tokens": "tokens.rounded", "params": "trained.params", "largest": "isoflop.largest",
}  # fmt: skip


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    dense_costs = [f.costs[name][0] for name in steps.DENSE]
    budgets = p.sparse_compute_low, p.sparse_compute_high
    sparse_costs = [f.costs[steps.sparse_name(budget)][0] for budget in budgets]
    common, text, label = min(p.shared_params / p.total_params, 0.999), f.llama.text, f.llama.label
    busy = p.later_compute / (p.run_days * 86400 * p.accelerator_speed)
    group, state = p.accelerator_memory * p.joined, f.later.later_total * p.training_bytes
    law, summary, ratio = steps.abnar(), f.spread.summary, f.later_spread.summary["ratio"]
    common8, common32 = experts.ratio_factor(law, budgets[0], [EIGHTH, THIRTY_SECOND], common)
    small, over = f.pairs["small"].best, 1 / f.pairs["small"].under
    reported = printed("gpt4.report.active")
    report_ratio = p.compute / (6 * reported**2)
    idle = experts.sparsity(p.experts, p.active_experts)
    return {
        **numbers_of(f.estimate, f.llama, f.later, but=["implied_epochs", "share_active"]),
        **steps.exercises(p, f.estimate), **_swings(f),
        "small_optimum": small, "small_over": over,
        "small_lost": overtraining.over_training_penalty(steps.small_law(), over), "factor_here": experts.ratio_factor(law, p.compute, idle),
        **_near(f), "report_active": reported,
        "report_ratio": report_ratio, "report_under": f.estimate.optimum / report_ratio,
        **{f"{name}_{end}": getattr(summary[name], end) for name in ("active", "ratio", "optimum", "under") for end in ("low", "high")},
        "sparsity": idle,
        "share_under": steps.share_under(f.spread), "under_by_fit": by_fit(p, f),
        "text_under": f.pairs["text"].under, "label_under": f.pairs["label"].under,
        "cost_rule": f.costs[steps.RULE][0], "cost_range_high": max(f.costs[name][1].high for name in steps.DENSE),
        "cost_range_low": min(f.costs[name][1].low for name in steps.DENSE),
        **ranged("cost_law", dense_costs), **ranged("cost_sparse", sparse_costs),
        "llama_b": text.b, "llama_A": text.D_e, "llama_figure_b": label.b, "llama_figure_A": label.D_e,
        **{f"llama_{name}": printed(f"llama3.{key}") for name, key in LLAMA.items()},
        **dict(zip(("size_reach", "size_factor"), foresight.size_reach(p.range_level), strict=True)),
        "llama_reach": p.dense_compute / printed("llama3.isoflop.largest"),
        "stated_3": stated("n-moe-3x"), "stated_6": stated("n-moe-6x"),
        **_ends("factor", f.sparsity.factors), **_ends("multiplier", f.sparsity.multipliers),
        **_ends("wide", f.sparsity.wide), **ranged("isoflop", f.sparsity.budgets),
        "common_share": common, "common8": common8, "common32": common32,
        "where_3": f.sparsity.at[EIGHTH], "where_6": f.sparsity.at[THIRTY_SECOND],
        "sparse_dense_ratio": experts.optimal(law, p.compute, 0.0).tokens_per_param,
        "geometric_factor": steps.repetition_factor(p, p.epochs, GEOMETRIC),
        **low_high("later", (ratio.low, ratio.high)), "worth_share": f.later.worth / f.later.seen,
        "weights_groups": math.ceil(f.later.later_total * p.bytes_per_weight / group), "state_groups": math.ceil(state / group),
        "assumed_accelerators": busy, "memory_multiple": busy * p.accelerator_memory / state,
    }  # fmt: skip


def _near(f: Found) -> dict[str, object]:
    """Return what runs near GPT-4's ratio took, by the law of the chapter on over-training."""
    if f.near is None:
        return {"near_runs": 0}
    return {"near_runs": f.near.runs, **low_high("near", f.near[:2])}


def _swings(f: Found) -> dict[str, object]:
    """Return the result at the ends of each input's range; where an input is certain, the result."""
    under, found = float(f.estimate.under), {swing.name: swing for swing in f.spread.swings}
    ends = {
        name: (found[name].low, found[name].high) if name in found else (under, under)
        for name in f.spread.inputs
    }
    return {
        key: end
        for name, pair in ends.items()
        for key, end in ranged(f"swing_{name}", pair).items()
    }


def _ends(name: str, by_idle: dict[float, Floats]) -> dict[str, object]:
    return ranged(f"{name}8", by_idle[EIGHTH]) | ranged(f"{name}32", by_idle[THIRTY_SECOND])


def by_fit(p: Parameters, f: Found) -> float:
    """Return the degree of under-training with the printed law's factor at their own sparsity."""
    return float(f.estimate.under / p.sparsity_factor * f.sparsity.own)


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*_dense(f), *_sparsity(p, f), *_gpt4(p, f), *_report(p), *_later(p, f), *_mixtures(p, f)))  # fmt: skip


def _dense(f: Found) -> Iterator[Settlement]:
    model = registry.published_model("Chinchilla")
    refit, paper = (
        num(float(registry.parametric(name).optimum(compute=model.flop).tokens_per_param), 3)
        for name in ("besiroglu2024", "hoffmann2022")
    )
    yield settle("n-chinchilla-20", point(model.tokens / model.params), reason="misquoted",
        why=f"Chinchilla was trained with {qty(model.params)} parameters on {qty(model.tokens)} tokens, {sci(model.flop, 2)} FLOP. "
        f"At that budget the law that Besiroglu and colleagues refitted has {refit} tokens per parameter as the optimum, the law of the paper itself {paper}.")  # fmt: skip
    params, rounded, there = printed("llama3.trained.params"), printed("llama3.tokens.rounded"), printed("nesov.dense.compute")  # fmt: skip
    label, words = (float(steps.llama_ratio(law, there)) for law in (f.llama.label, f.llama.text))
    yield settle("n-llama-37", {
            "by the formula in the figure that Nesov names": point(label),
            "by the optimum that the paper states": point(f.llama.llama_optimum),
        }, reason="misquoted",
        why=f"The formula in Figure 3 gives {num(label, 3)} tokens per parameter at {sci(there, 1)} FLOP, and the paper's own optimum, {qty(printed('llama3.optimum.params'))} parameters on {qty(printed('llama3.optimum.tokens'), 4)} tokens, has {num(f.llama.llama_optimum, 3)}. "
        f"The paper contradicts itself: the formula in its text gives {num(words, 2)}. Exactly {num(rounded / params, 2)} is what {qty(rounded)} tokens on the {qty(params)} of the trained model would be.")  # fmt: skip
    b = f.llama.text.b
    growths = [float(1000 ** (2 * each - 1)) for each in (b - 0.005, b, b + 0.005, f.llama.label.b)]
    yield settle("n-llama-1.5x", {
            "by the formula in the figure that Nesov names": point(growths[3]),
            "by the formula in the text, as rounded": bounds(growths[0], growths[2]),
        },
        why=f"Tokens as the {f.llama.label.b:g}th power of compute, as in the figure, make the ratio grow {fix(growths[3])} times for a thousandfold of compute. As the {b:g}th power, as in the text, they make it grow {fix(growths[1])} times; rounding allows {fix(growths[0])} to {fix(growths[2])}.")  # fmt: skip


def _sparsity(p: Parameters, f: Found) -> Iterator[Settlement]:
    found, low, high = f.sparsity, sci(p.sparse_compute_low, 1), sci(p.sparse_compute_high, 1)
    for idle, claim in steps.STATED.items():
        factors, wide = found.factors[idle], found.wide[idle]
        yield settle(claim, bounds(float(wide.min()), float(wide.max())),
            why=f"It depends on the budget, and Nesov names none. The law that Abnar and colleagues print gives {fix(factors[0], 1)} at {low} FLOP, {fix(factors[2], 1)} at {high} and {num(stated(claim), 1)} at {sci(found.at[idle], 1)}; "
            f"the range is over budgets from {sci(found.budgets[0], 1)} to {sci(found.budgets[-1], 1)}. The budgets of the figure that he reads, and a new measurement of it, would settle this.",
        )  # fmt: skip
    dense_ratio, factor = stated("n-llama-37"), stated("n-moe-6x")
    yield settle("n-moe-220", point(dense_ratio * factor), reason="slip",
        why=f"{num(dense_ratio, 2)} times {num(factor, 1)}. With the factor that Abnar's law gives at {high} FLOP it would be {num(dense_ratio * found.factors[THIRTY_SECOND][2], 2)}; at Llama 3's budget the factor is not known.")  # fmt: skip
    ranges = [_saved(f, idle) for idle in steps.STATED]
    (few, many), (clark_few, clark_many) = zip(*ranges, strict=True), zip(*(_clark(f, idle) for idle in steps.STATED), strict=True)  # fmt: skip
    eighth, thirty_second = found.multipliers[EIGHTH], found.multipliers[THIRTY_SECOND]
    yield settle("n-moe-multiplier", bounds(few, many),
        why=f"By Abnar's law, from {low} to {high} FLOP, a dense model needs {between((eighth[0], eighth[2]), 1)} times the compute of a 1:8 mixture and {between((thirty_second[0], thirty_second[2]), 1)} times that of a 1:32 one. In Clark's runs, all on one number of tokens, it was {between((clark_few[0], clark_many[0]), 1)} times with 8 experts and {between((clark_few[1], clark_many[1]), 1)} with 32. "
        "The two studies differ so much that there is a range and no point. The figure that he reads, measured anew, would settle it.")  # fmt: skip


def _clark(f: Found, idle: float) -> tuple[float, float]:
    """Return the least and the most that experts save in Clark's runs, of this share idle."""
    number = 1 / (1 - idle)
    saved = [float(each.multiplier(each.law, size, number)) for each in f.mixtures.routed.values() for size in each.sizes]  # fmt: skip
    return min(saved), max(saved)


def _saved(f: Found, idle: float) -> tuple[float, float]:
    """Return the least and the most that experts save, by Abnar's law and in Clark's runs."""
    every = (*_clark(f, idle), *f.sparsity.multipliers[idle].tolist())
    return min(every), max(every)


def _gpt4(p: Parameters, f: Found) -> Iterator[Settlement]:
    e, summary = f.estimate, f.spread.summary
    active, tokens, ratio, _, optimum, under = map(float, vars(e).values())
    report = printed("gpt4.report.active")
    yield settle("n-gpt4-active", {
            "from its parts": point(active),
            "by the report's own count": point(report),
        }, reason="slip",
        why=f"{p.active_experts} of {p.experts} experts out of {qty(p.total_params - p.shared_params)} are {qty(active - p.shared_params)}, plus {qty(p.shared_params)} shared; the report itself counts {qty(report)}. Whether the report is right is not known.")  # fmt: skip
    said = {name: stated(f"n-gpt4-{name}") for name in ("active", "tokens", "ratio", "optimal", "under")}  # fmt: skip
    budget, reported = printed("nesov.gpt4.compute"), registry.published_model("GPT-4 (rumoured)").tokens  # fmt: skip
    yield settle("n-gpt4-tokens", point(budget / (6 * said["active"])), reason="slip",
        why=f"{sci(budget, 1)} FLOP over 6 times {qty(said['active'])} active parameters. The report of the rumour has {qty(reported)} tokens as well.")  # fmt: skip
    yield settle("n-gpt4-ratio", point(said["tokens"] / said["active"]), reason="slip",
        why=f"{qty(said['tokens'])} tokens on {qty(said['active'])} active parameters; without rounding, {num(ratio)}. By total parameters it would be {num(tokens / p.total_params, 2)}, and with the {qty(report)} active of the report {num(budget / (6 * report**2), 2)}.")  # fmt: skip
    dense_ratio, factor = stated("n-llama-37"), stated("n-moe-3x")
    by_law = dense_ratio * f.sparsity.factors[EIGHTH][2]
    yield settle("n-gpt4-optimal", point(dense_ratio * factor), reason="slip",
        why=f"{num(dense_ratio, 2)} times {num(factor, 1)}. Carried to {sci(p.compute, 1)} FLOP with the growth that he states it is {num(optimum)}; with the factor of Abnar's law at {sci(p.sparse_compute_high, 1)} FLOP {num(by_law, 2)}.")  # fmt: skip
    low, high, small = summary["under"].low, summary["under"].high, f.pairs["small"].under
    yield settle("n-gpt4-under", {
            "by Nesov's own numbers as they stand": point(said["optimal"] / said["ratio"]),
            "by Nesov's dense optimum and factor for experts, over this book's ranges": sample(f.spread.drawn["under"], under, p.level),
            "by the law of small dense models": point(small),
        },
        decides="The best ratio of mixtures of that size, measured, would decide.",
            why=f"Nesov's best ratio of {num(said['optimal'], 2)} is {num(said['optimal'] / said['ratio'], 2)} times the {num(said['ratio'], 2)} that GPT-4 had. If his ratio for dense models is carried here from {sci(p.dense_compute, 1)} FLOP, where he states it, the best number of tokens is {num(under, 2)} times what GPT-4 saw; with the factor for experts of Abnar's law, {fix(f.sparsity.own, 1)}, it is {num(by_fit(p, f), 2)}. "
        f"The ranges that this book chose for the inputs put it between {num(low, 2)} and {num(high, 2)} in {pct(p.level)} of the draws, and the law fitted to small dense models, which knows no experts, at {num(small, 2)}.")  # fmt: skip


def _report(p: Parameters) -> Iterator[Settlement]:
    """Settle what the report on GPT-4 says, the source of the rumour."""
    active, model = printed("gpt4.report.active"), registry.published_model("GPT-4 (rumoured)")
    machine = [
        printed("gpt4.report.accelerators") * printed("nvidia.a100.peak") * 86400
        * getattr(registry.printed("gpt4.report.days"), end) * getattr(registry.printed("gpt4.report.utilisation"), end)
        for end in ("low", "high")
    ]  # fmt: skip
    counted = float(training_flop(active, model.tokens))
    yield settle("w-patel-flop", {
            "by accelerators, days and utilisation": bounds(*machine), "by active parameters and tokens": point(counted),
        }, reason="slip",
        why=f"{num(printed('gpt4.report.accelerators'))} A100s of {sci(printed('nvidia.a100.peak'), 3)} FLOP/s make {between(machine, lambda x: sci(x, 2))} FLOP in those days at that utilisation, and {qty(active)} active parameters on {qty(model.tokens)} tokens take {sci(counted, 2)}. So the report agrees with itself, which does not make it true.")  # fmt: skip
    forward = 2 * active
    yield settle("w-patel-forward", point(forward / 1e12), as_printed=point(forward / 1e9),
        why=f"Two operations for each of {qty(active)} parameters are {sci(forward, 2)}, {num(forward / 1e9)} GFLOP: the unit is a thousand times too large. So is that of the dense model beside it.")  # fmt: skip
    law, total = steps.small_law(), model.params
    rows = {
        name: sorted((float(law.optimum(params=size).tokens) / model.tokens, stated("n-chinchilla-20") * size / model.tokens))
        for name, size in (("counting the active parameters", active), ("counting all parameters", total))
    }  # fmt: skip
    few, many = rows.values()
    yield settle("w-patel-2x", {name: bounds(*each) for name, each in rows.items()},
        decides="Saying which count is meant would decide.",
            why=f"For {qty(active)} active parameters the best number of tokens is {between(few, _two)} times the {qty(model.tokens)} that GPT-4 is said to have seen, by 20 tokens per parameter and by the law fitted to Chinchilla's runs; for all {qty(total)} it is {between(many, _two)} times. Chinchilla's law is of dense models and does not say which count is right.")  # fmt: skip


_two = partial(num, digits=2)


def _later(p: Parameters, f: Found) -> Iterator[Settlement]:
    run, ratio = f.later, f.later_spread.summary["ratio"]
    dense_ratio, growth, factor, repeated = map(stated, ("n-llama-37", "n-llama-1.5x", "n-moe-6x", "n-repeat-2.5x"))  # fmt: skip
    scale = float(experts.scaled_ratio(1.0, growth, p.later_compute, printed("nesov.dense.compute")))  # fmt: skip
    before = dense_ratio * scale * factor
    yield settle("n-2028-ratio", {
            f"with the law's factor for {num(p.epochs, 2)} passes": point(before * run.repetition_factor),
            f"with Nesov's factor for {num(printed('nesov.repetition.epochs'), 2)} passes": point(before * repeated),
        }, reason="slip",
        why=f"{num(dense_ratio, 2)} × {fix(scale)} for scale × {factor:g} for experts are {num(before)}; times {fix(run.repetition_factor)} for {num(p.epochs, 2)} passes, {num(before * run.repetition_factor)}, and times Nesov's {num(repeated, 2)} for {num(printed('nesov.repetition.epochs'), 2)}, {num(before * repeated)}. How sure these inputs are is another question: from {num(ratio.low, 2)} to {num(ratio.high, 2)} lie {pct(p.level)} of draws from ranges that this book chose.")  # fmt: skip
    said = {name: stated(f"n-2028-{name}") for name in ("ratio", "active", "tokens")}
    active, tokens = map(float, experts.spend(p.later_compute, said["ratio"]))
    yield settle("n-2028-active", point(active), reason="slip",
        why=f"The square root of {sci(p.later_compute, 1)} / (6 × {num(said['ratio'])}) is {qty(active, 3)}.")  # fmt: skip
    yield settle("n-2028-total", point(said["active"] / run.share_active), reason="slip",
        why=f"{1 / run.share_active:.3g} times {qty(said['active'])}, with nothing shared. Parameters outside the experts would lower it.")  # fmt: skip
    yield settle("n-2028-tokens", point(said["ratio"] * said["active"]), reason="rounding",
        why=f"{num(said['ratio'])} times the rounded {qty(said['active'])} are {sci(said['ratio'] * said['active'], 3)}; with {qty(active, 3)} it would be {sci(tokens, 3)}.")  # fmt: skip
    yield settle("n-2028-repeat", point(run.seen), reason="slip",
        why=f"{qty(p.unique_tokens)} times {num(p.epochs, 2)}; {sci(said['tokens'], 2)} would be {num(said['tokens'] / p.unique_tokens, 3)} passes. By the law of repeated data they are worth {sci(run.worth, 2)} fresh tokens.")  # fmt: skip


def _mixtures(p: Parameters, f: Found) -> Iterator[Settlement]:
    """Settle what others say of mixtures of experts, by Abnar's law and Clark's runs."""
    found, routed = f.mixtures, f.mixtures.routed
    low, high = sci(p.sparse_compute_low, 1), sci(p.sparse_compute_high, 1)
    changes = [each.loss(each.sizes[1], each.numbers[1]) - each.loss(each.sizes[1], 1.0) for each in routed.values()]  # fmt: skip
    worst = np.max(changes, axis=0)
    most, all_the_way = pct(mixtures.MOST_IDLE), "at every step" if found.falls else "though not at every step"  # fmt: skip
    yield settle("w-moe-sparser", {
            "by the law of Abnar et al., each at its best size": bounds(found.sparser.min(), found.sparser.max()),
            "by Clark's runs, at one size and number of tokens": sample(worst, level=p.level),
        },
        why=f"By the law of the same paper the best loss falls by {between((-found.sparser.max(), -found.sparser.min()))} nats per token from a dense model to {most} idle, from {low} to {high} FLOP, {all_the_way}. In the runs of Clark and colleagues {num(next(iter(routed.values())).numbers[1])} experts lower the loss of the largest base model by {fix(-np.median(worst))} or more, in each of three ways of routing.")  # fmt: skip
    yield settle("w-abnar-optimal", truth(bool(found.inside.all())),
        why=f"By the law of the paper, at a total size of {qty(mixtures.SIZES[0])} to {qty(mixtures.SIZES[-1])} parameters and {low} to {high} FLOP, some share of idle parameters is better than none and than nearly all in {int(found.inside.sum())} of {len(found.inside)} cases. If the size may grow too, sparser is always better by that law.")  # fmt: skip
    slopes = [np.max([each.of_size(n) for n in (1.0, each.numbers[1])], axis=0) for each in routed.values()]  # fmt: skip
    gains = [np.max([each.gain(n) for n in each.sizes], axis=0) for each in routed.values()]
    axes = np.stack([np.max(slopes, axis=0), np.max(gains, axis=0)], axis=-1)
    yield settle("w-clark-axes", sample(axes, level=p.level),
        why=f"Their law, fitted anew to their runs, has a log loss that falls with the log of the size by {fix(-np.median(axes[:, 0]), 3)} or more at every number of experts, and with the log of the experts by {fix(-np.median(axes[:, 1]), 3)} or more at every size, in each of three ways of routing. Independent they are not quite: the larger the base model, the less the experts add.")  # fmt: skip
    best, *others = routed.values()
    last = float(best.last_size(best.law))
    rest = " and ".join(qty(float(each.last_size(each.law)), 2) for each in others)
    yield settle("w-clark-900b", sample(best.last_size(best.draws), last, p.level),
        decides="Larger base models would decide.",
            why=f"Their law, fitted anew to the runs of the best routing, has no gain from {qty(last, 2)} parameters on; for the two other routings it is {rest}. All runs are of {qty(best.sizes[1], 2)} or less, so this is far from the data, and of one number of tokens.")  # fmt: skip
    growing = [float(each[2] / each[0] - 1) for each in f.sparsity.multipliers.values()]
    narrowing = np.max([mixtures.widening(each) for each in routed.values()], axis=0)
    yield settle("w-krajewski-gap", {
            "by the law of Abnar et al., tokens growing with the model": bounds(min(growing), max(growing)),
            "by Clark's runs, all on one number of tokens": sample(narrowing, level=p.level),
        },
        decides="Their runs, or others at several budgets, would decide.",
            why=f"Their own law is of experts of several sizes, and its runs are not public. By Abnar's law the compute saved {_grew(growing)} from {low} to {high} FLOP; in Clark's runs, all on about 130B tokens, what 8 experts save {_grew([float(np.median(narrowing))])} from the smallest to the largest base model. That Clark's tokens do not grow with the model may explain the difference.")  # fmt: skip
    abnar = experts.compute_multiplier(steps.abnar(), 1e20, [EIGHTH, mixtures.MOST_IDLE])
    missing = "Their fitted constants are not in a public table that this book has, and the smaller experts that they rest on are in no other public runs"  # fmt: skip
    yield settle("w-krajewski-20x", UNKNOWN,
        why=f"{missing}. With experts of the usual size, Abnar's law has {between(abnar, 1)} times at 10²⁰ FLOP, for one in eight to one in fifty active. Their runs, or such runs by others, would decide.")  # fmt: skip
    yield settle("w-krajewski-40x", UNKNOWN,
        why=f"{missing}. Nor is a dense model public beside a mixture of that budget, both at their best; Abnar's law, carried so far, {_absurd()}. Such a pair would decide.")  # fmt: skip
    yield settle("w-moe-memory", truth(bool(found.saved.any())),
        why=f"By Abnar's law, from {low} to {high} FLOP, {'each' if found.saved.all() else 'not each'} best dense model is beaten by a mixture of as many parameters in all, which fills the same memory: it uses fewer of them for each token and sees more tokens for the same compute. The authors' own law is not in this book's tables.")  # fmt: skip


def _grew(changes: list[float]) -> str:
    """Return in words how something changed, from shares of change."""
    low, high = min(changes), max(changes)
    if low > 0:
        return f"grew by {pct(low)}" if low == high else f"grew by {pct(low)} to {pct(high)}"
    if high < 0:
        return f"fell by {pct(-high)}" if low == high else f"fell by {pct(-high)} to {pct(-low)}"
    return "grew or fell"


def _absurd() -> str:
    said = float(experts.compute_multiplier(steps.abnar(), 1e25, EIGHTH))
    return (
        f"says {num(said, 2)} times for one in eight active, far outside of what it was fitted to"
    )


compute, of = recording("gpt4", steps.take, recorded, verdicts)
