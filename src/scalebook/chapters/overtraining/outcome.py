"""What the chapter on over-training comes to: its results and its verdicts."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import low_high, printed, ranged, recording
from scalebook.chapters.overtraining import steps
from scalebook.chapters.parameter import Parameters
from scalebook.record.claims import Settlement, Verdicts, settle
from scalebook.record.results import numbers_of
from scalebook.show.numbers import fix, num, pct, qty
from scalinglaws import registry
from scalinglaws.optimum import overtraining

#: Ratios and models by what their results are called.
RATIOS = {"2": 2.0, "half": 1 / 2, "tenth": 1 / 10}
MODELS = {"gpt3": "GPT-3", "gpt4": steps.GPT4, "amd": "AMD-Llama-135M", "llama3": "Llama 3.1 405B",
          "plan": steps.PLAN}  # fmt: skip
LITTLE = 1.15  # a multiplier up to which the loss of compute is called little
FAR = 600  # tokens per parameter, in the comment


def recorded(p: Parameters, f: steps.Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    law, used, rule = f.fitted.fit.law, f.fitted.fit.runs, 1 / p.root
    limits = overtraining.limits(law)
    square, excess = float(limits.curvature), f.curve.rule / f.curve.law
    reach = np.quantile(overtraining.degree(law, used.params, used.tokens), [0.05, 0.95])
    tens = [each.by_law.value for each in f.own.values()]
    sums = [float(each.law.alpha + each.law.beta) for each in f.own.values()]
    misses = [abs(each.by_law.value / each.measured - 1) for each in f.own.values()]
    costs, (under, over), amd = f.costs, f.crossings, f.models["AMD-Llama-135M"].degree.value
    return {
        **numbers_of(f.fitted, f.curve, f.suites), "runs_used": len(used), "plan_days": f.plan[0],
        "alpha": law.alpha, "beta": law.beta, "curvature": square, "curvature_inverse": 1 / square,
        **{f"limit_{name}": getattr(limits, name) for name in ("over", "under", "over_factor", "under_factor")},
        **{f"m_{name}": costs[ratio].law.value for name, ratio in RATIOS.items()},
        **_spanned(m_10=costs[10].law, m_30=costs[30].law, cross_under=under, cross_over=over, plan_lost=f.models[steps.PLAN].lost),
        **ranged("suites_2", costs[2].suites), **ranged("suites_10", costs[10].suites), **ranged("suites_30", costs[30].suites),
        **ranged("suites_half", costs[1 / 2].suites), **ranged("suites_tenth", costs[1 / 10].suites),
        "m_4": overtraining.over_training_penalty(law, 4.0),
        **{f"rule_{k}": overtraining.power_rule(k, rule) for k in (2, 10, 30)},
        **{f"square_{k}": np.exp(square * np.log(k) ** 2) for k in (10, 30)},
        "harsh": excess.max(), "harsh_at": f.curve.ratio[excess.argmax()], "mild": 1 / min(excess[0], excess[-1]),
        **low_high("reach", reach), **ranged("own_10", tens), **ranged("own_sum", sums),
        "own_miss": np.median(misses), "own_miss_most": max(misses),
        **{f"{name}_{what}": getattr(f.models[model], what).value for name, model in MODELS.items() for what in ("degree", "lost")},
        **_far(f), **_paid(f), "dclm_10": f.suites.at(10.0)["marin-dclm"][0], "suites": len(f.suites.runs),
        "suites_30_count": len(costs[30].suites),
        "amd_rule": overtraining.power_rule(amd, rule), "chinchilla_lost": f.models["Chinchilla"].lost.value,
        "tenth_over": overtraining.ratios_for_penalty(law, 1 / 0.9)[1],
        "tenth_square": np.exp(np.sqrt(np.log(1 / 0.9) / square)),
    }  # fmt: skip


def _far(f: steps.Found) -> dict[str, object]:
    """Return how the law does far from the best ratio: against all runs there, and beside AMD's."""
    beyond, runs = f.suites.beyond(f.fitted.fit.law, steps.FAR)
    near = f.models["AMD-Llama-135M"].near
    found = {"beyond": beyond, "beyond_runs": runs, "amd_near_runs": near.runs if near else 0}
    return {**found, **(low_high("amd_near", near[:2]) if near else {})}


def _paid(f: steps.Found) -> dict[str, object]:
    """Count the models that paid little for their ratio, and give what the others paid."""
    lost = [each.lost.value for each in f.models.values()]
    cheap, dear = (
        [each for each in lost if (each <= LITTLE) is little] for little in (True, False)
    )
    return {"models": len(lost), "models_cheap": len(cheap), "cheap_most": max(cheap, default=1.0), "dear_least": min(dear, default=max(lost))}  # fmt: skip


def _spanned(**found: steps.Interval) -> dict[str, float]:
    return {f"{name}{end}": value for name, each in found.items() for end, value in zip(("", "_low", "_high"), each, strict=True)}  # fmt: skip


def verdicts(p: Parameters, f: steps.Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*_rule(p, f), *_ratios(p, f)))


def _rule(p: Parameters, f: steps.Found) -> Iterator[Settlement]:
    thirty, ten, tenth, half = (f.costs[ratio] for ratio in (30.0, 10.0, 1 / 10, 1 / 2))
    by_rule = {k: fix(float(overtraining.power_rule(k, 1 / p.root))) for k in (30, 10, 2)}
    level = f"{pct(p.level)} bootstrap"
    yield settle("n-cube-root-30", thirty.middle, thirty.low, thirty.high, against="law",
        why=f"The rule gives {by_rule[30]}; the fitted law {fix(thirty.law.value)} ({level} {fix(thirty.law.low)} to {fix(thirty.law.high)}). IsoFLOP runs near that ratio lost {fix(min(thirty.suites))} to {fix(max(thirty.suites))} by sweep, measured without a law. "
        f"The number is the median of the law and {len(thirty.suites)} sweeps: what 30x costs depends on corpus and recipe.")  # fmt: skip
    yield settle("n-cube-root-10", ten.middle, min(ten.low, tenth.low), max(ten.high, tenth.high), against="law",
        why=f"The fitted law gives {fix(ten.law.value)} for 10x too many tokens ({level} {fix(ten.law.low)} to {fix(ten.law.high)}) and {fix(tenth.law.value)} for 10x too few. "
        f"The sweeps measure {fix(min(ten.suites))} to {fix(max(ten.suites))} without a law, {fix(min(tenth.suites))} to {fix(max(tenth.suites))} on the other side. The number is the median of the law and {len(ten.suites)} sweeps; the rule itself gives {by_rule[10]}.")  # fmt: skip
    not_so = f.models[steps.GPT4].degree.value > 1
    twice = f"This supposes that GPT-4 was under-trained; by the law of this chapter it was{' not' if not_so else ', too'}."
    yield settle("n-gpt4-loss", half.middle, half.low, half.high, against="law",
        why=f"The cube root of 2 is {by_rule[2]}, but the cost is flat near the optimum: the fitted law gives {fix(half.law.value, 3)} ({level} {fix(half.law.low, 3)} to {fix(half.law.high, 3)}), the sweeps {fix(min(half.suites))} to {fix(max(half.suites))}; the number is the median of the law and the sweeps. {twice}")  # fmt: skip


def _ratios(p: Parameters, f: steps.Found) -> Iterator[Settlement]:
    law, model = f.fitted.fit.law, registry.published_model("Chinchilla")
    small, large = (float(law.optimum(compute=flop).tokens_per_param) for flop in (1e21, 1e25))
    ratio = model.tokens / model.params
    yield settle("n-600", FAR / ratio,
        why=f"Chinchilla had {num(ratio, 2)} tokens per parameter, and {FAR} is {num(FAR * model.params / model.tokens, 3)} times that. Whether {num(ratio, 2)} is the optimum at every budget is another question: by the fitted law it is {num(small, 3)} at 10²¹ FLOP and {num(large, 3)} at 10²⁵.")  # fmt: skip
    planned = f.models[steps.PLAN]
    k, lost, far = planned.degree, planned.lost, bool(planned.degree.high < 0.1)
    near = "but the interval does not exclude a factor of less than ten"
    how = "more than ten times off over the whole interval" if far else near
    best, (_, tokens) = float(law.optimum(params=planned.params).tokens), f.plan
    yield settle("a-1t-450b", tokens, against="derivation", step_holds=far,
        why=f"The paper's {num(printed('narayanan2021.plan.days'), 2)} days on its machine are {qty(tokens)} tokens. That is {num(k.value, 2)} times the best ratio by the fitted law, {how} ({num(k.low, 2)} to {num(k.high, 2)}), "
        f"and wastes a factor of {num(lost.value, 3)} in compute ({pct(p.level)} bootstrap {num(lost.low, 3)} to {num(lost.high, 3)}); a trillion parameters would call for {qty(best, 2)} tokens.")  # fmt: skip


compute, of = recording("overtraining", steps.take, recorded, verdicts)
