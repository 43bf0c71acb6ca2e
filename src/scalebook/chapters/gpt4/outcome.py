"""What the chapter on GPT-4 comes to: its results and its verdicts."""

import math
from collections.abc import Iterator

from scalebook.chapters.common import low_high, printed, ranged, recording, stated
from scalebook.chapters.gpt4 import steps
from scalebook.chapters.gpt4.steps import EIGHTH, THIRTY_SECOND, Found
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.repetition import GEOMETRIC
from scalebook.record.claims import Settlement, Verdicts, settle
from scalebook.record.results import numbers_of
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import registry
from scalinglaws.optimum import experts, overtraining
from scalinglaws.units import Floats

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
        "small_optimum": small, "small_over": over, "reported_over": steps.reported_over(),
        "small_lost": overtraining.over_training_penalty(steps.small_law(), over), "factor_here": experts.ratio_factor(law, p.compute, idle),
        "report_active": reported,
        "report_ratio": report_ratio, "report_under": f.estimate.optimum / report_ratio,
        **{f"{name}_{end}": getattr(summary[name], end) for name in ("active", "ratio", "optimum", "under") for end in ("low", "high")},
        "sparsity": idle,
        "under_median": summary["under"].median, "share_under": steps.share_under(f.spread), "under_by_fit": by_fit(p, f),
        "factor_midway": f.sparsity.own, "text_under": f.pairs["text"].under, "label_under": f.pairs["label"].under,
        "cost_rule": f.costs[steps.RULE][0], "cost_range_high": max(f.costs[name][1].high for name in steps.DENSE),
        "cost_range_low": min(f.costs[name][1].low for name in steps.DENSE),
        **ranged("cost_law", dense_costs), **ranged("cost_sparse", sparse_costs),
        "llama_b": text.b, "llama_A": text.D_e, "llama_figure_b": label.b, "llama_figure_A": label.D_e,
        **{f"llama_{name}": printed(f"llama3.{key}") for name, key in LLAMA.items()},
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
    return Verdicts((*_dense(f), *_sparsity(p, f), *_gpt4(p, f), *_later(p, f)))


def _dense(f: Found) -> Iterator[Settlement]:
    model = registry.published_model("Chinchilla")
    refit, paper = (
        num(float(registry.parametric(name).optimum(compute=model.flop).tokens_per_param), 3)
        for name in ("besiroglu2024", "hoffmann2022")
    )
    yield settle("n-chinchilla-20", model.tokens / model.params, against="source",
        why=f"Chinchilla was trained with {qty(model.params)} parameters on {qty(model.tokens)} tokens, {sci(model.flop, 2)} FLOP. "
        f"At that budget the law that Besiroglu and colleagues refitted has {refit} tokens per parameter as the optimum, the law of the paper itself {paper}.")  # fmt: skip
    params, rounded = printed("llama3.trained.params"), printed("llama3.tokens.rounded")
    yield settle("n-llama-37", f.llama.llama_optimum, against="source",
        why=f"The paper's own optimum is {qty(printed('llama3.optimum.params'))} parameters on {qty(printed('llama3.optimum.tokens'), 4)} tokens, {num(f.llama.llama_optimum, 3)} tokens per parameter; as trained it is {num(f.llama.llama_trained, 3)}. "
        f"{num(rounded / params, 3)} is what {qty(rounded)} tokens on {qty(params)} would be.")  # fmt: skip
    b = f.llama.text.b
    growths = [float(1000 ** (2 * each - 1)) for each in (b - 0.005, b, b + 0.005, f.llama.label.b)]
    yield settle("n-llama-1.5x", growths[1], min(growths), max(growths),
        why=f"Tokens as the {b:g}th power of compute make the ratio grow as the {2 * b - 1:.2f}th: {fix(growths[1])} for 1000x. The rounding of {b:g} allows {fix(growths[0])} to {fix(growths[2])}, the figure's label gives {fix(growths[3])}; the interval spans them all.")  # fmt: skip


def _sparsity(p: Parameters, f: Found) -> Iterator[Settlement]:
    found, low, high = f.sparsity, sci(p.sparse_compute_low, 1), sci(p.sparse_compute_high, 1)
    for idle, claim in steps.STATED.items():
        factors, wide = found.factors[idle], found.wide[idle]
        yield settle(claim, float(factors[1]), float(wide.min()), float(wide.max()), against="law",
            why=f"It depends on the budget, and Nesov names none. The law that Abnar and colleagues print gives {fix(factors[0], 1)} at {low} FLOP, {fix(factors[2], 1)} at {high} and {num(stated(claim), 1)} at {sci(found.at[idle], 1)}; "
            f"the interval spans budgets from {sci(found.budgets[0], 1)} to {sci(found.budgets[-1], 1)}. The budgets of the figure that he reads, and a new measurement of it, would settle this.",
        )  # fmt: skip
    dense_ratio, factor = stated("n-llama-37"), stated("n-moe-6x")
    yield settle("n-moe-220", dense_ratio * factor,
        why=f"{num(dense_ratio, 2)} times {num(factor, 1)}. With the factor that Abnar's law gives at {high} FLOP it would be {num(dense_ratio * found.factors[THIRTY_SECOND][2], 2)}; at Llama 3's budget the factor is not known.")  # fmt: skip
    few, many = found.multipliers[EIGHTH], found.multipliers[THIRTY_SECOND]
    yield settle("n-moe-multiplier", None,
        why=f"It depends on sparsity and budget, and Nesov names neither. By Abnar's law a dense model needs {fix(few[0], 1)} to {fix(few[2], 1)} times the compute of a 1:8 mixture and {fix(many[0], 1)} to {fix(many[2], 1)} times that of a 1:32 one, from {low} to {high} FLOP. "
        "The figure that he reads, measured anew, would settle it.")  # fmt: skip


def _gpt4(p: Parameters, f: Found) -> Iterator[Settlement]:
    e, summary = f.estimate, f.spread.summary
    active, tokens, ratio, _, optimum, under = map(float, vars(e).values())
    yield settle("n-gpt4-active", active, summary["active"].low, summary["active"].high,
        why=f"{p.active_experts} of {p.experts} experts out of {qty(p.total_params - p.shared_params)} are {qty(active - p.shared_params)}, plus {qty(p.shared_params)} shared. The inputs are a rumour and a guess; {_draws(p)}.")  # fmt: skip
    reported = registry.published_model("GPT-4 (rumoured)").tokens
    yield settle("n-gpt4-tokens", tokens,
        why=f"{sci(p.compute, 1)} FLOP over 6 times {qty(active)} active parameters. The report of the rumour has {qty(reported)} tokens as well.")  # fmt: skip
    rounded = stated("n-gpt4-tokens"), stated("n-gpt4-active")
    yield settle("n-gpt4-ratio", ratio, summary["ratio"].low, summary["ratio"].high,
        why=f"{qty(tokens)} tokens on {qty(active)} active parameters are {num(ratio)}; Nesov's rounded {qty(rounded[0])} on {qty(rounded[1])} make {num(rounded[0] / rounded[1], 3)}. By total parameters it would be {num(tokens / p.total_params, 2)}. Here too {_draws(p)}.")  # fmt: skip
    dense_ratio, factor = stated("n-llama-37"), stated("n-moe-3x")
    by_law = dense_ratio * f.sparsity.factors[EIGHTH][2]
    yield settle("n-gpt4-optimal", dense_ratio * factor,
        why=f"{num(dense_ratio, 2)} times {num(factor, 1)}. Carried to {sci(p.compute, 1)} FLOP with the growth that he states it is {num(optimum)}; with the factor of Abnar's law at {sci(p.sparse_compute_high, 1)} FLOP {num(by_law, 2)}.")  # fmt: skip
    low, high = summary["under"].low, summary["under"].high
    yield settle("n-gpt4-under", under, low, high,
        why=f"The optimum of {num(optimum)} over {num(ratio)} is {num(under)}, as far as the factor of {num(p.sparsity_factor, 2)} for experts holds: with the factor of Abnar's law, {fix(f.sparsity.own, 1)}, it is {num(by_fit(p, f), 2)}. "
        f"From {num(low, 2)} to {num(high, 2)} lie {pct(p.level)} of draws from ranges of all inputs, which this book chose; {pct(steps.share_under(f.spread))} of the draws are under-trained.")  # fmt: skip


def _draws(p: Parameters) -> str:
    return f"the interval holds {pct(p.level)} of draws from ranges of the inputs, which this book chose"


def _later(p: Parameters, f: Found) -> Iterator[Settlement]:
    run, ratio = f.later, f.later_spread.summary["ratio"]
    yield settle("n-2028-ratio", run.product, ratio.low, ratio.high, against="law",
        why=f"{num(p.dense_ratio, 2)} x {fix(run.scale_factor)} for scale x {num(p.later_sparsity_factor, 2)} for experts x {fix(run.repetition_factor)} for {num(p.epochs, 2)} epochs. His figure needs {fix(run.implied)} for repetition; the factor for experts is not known at such a budget. From {num(ratio.low, 2)} to {num(ratio.high, 2)} lie {pct(p.level)} of draws from ranges of the factors, which this book chose.")  # fmt: skip
    yield settle("n-2028-active", run.later_active,
        why=f"The square root of {sci(p.later_compute, 1)} / (6 x {num(p.later_ratio, 3)}) is {qty(run.later_active, 3)}.")  # fmt: skip
    yield settle("n-2028-total", run.later_total,
        why=f"{num(1 / run.share_active, 3)} times the active parameters, with nothing shared. Parameters outside the experts would lower it.")  # fmt: skip
    rounded = stated("n-2028-active")
    yield settle("n-2028-tokens", run.later_tokens,
        why=f"{num(p.later_ratio, 3)} times {qty(run.later_active, 3)} are {sci(run.later_tokens, 3)}; with the rounded {qty(rounded)} it is {sci(p.later_ratio * rounded, 3)}.")  # fmt: skip
    yield settle("n-2028-repeat", run.seen,
        why=f"The product; the run of {sci(p.later_compute, 1)} FLOP needs {sci(run.later_tokens, 3)}, which is {num(run.later_tokens / p.unique_tokens, 3)} passes. By the law of repeated data they are worth {sci(run.worth, 2)} fresh tokens.")  # fmt: skip


compute, of = recording("gpt4", steps.take, recorded, verdicts)
