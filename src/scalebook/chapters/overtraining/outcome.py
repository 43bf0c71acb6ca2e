"""What the chapter on over-training comes to: its results and its verdicts."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from scalebook.chapters.common import (
    between,
    low_high,
    printed,
    ranged,
    recording,
    runs_name,
    stated,
)
from scalebook.chapters.overtraining import beyond, steps
from scalebook.chapters.parameter import Parameters
from scalebook.record.judge import HEDGE, UNKNOWN, Evidence, bounds, point, sample, truth
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Settlement, Verdicts, settle
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws import registry
from scalinglaws.optimum import overtraining
from scalinglaws.units import Floats, training_flop

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
    costs, (under, over) = f.costs, f.crossings
    return {
        **numbers_of(f.fitted, f.curve, f.suites), "runs_used": len(used),
        "alpha": law.alpha, "beta": law.beta, "curvature": square, "curvature_inverse": 1 / square,
        **{f"limit_{name}": getattr(limits, name) for name in ("over", "under", "over_factor", "under_factor")},
        **{f"m_{name}": costs[ratio].law.value for name, ratio in RATIOS.items()},
        **_spanned(m_10=costs[10].law, m_30=costs[30].law, cross_under=under, cross_over=over, plan_lost=f.models[steps.PLAN].lost),
        **ranged("suites_2", costs[2].suites), **ranged("suites_10", costs[10].suites), **ranged("suites_30", costs[30].suites),
        **ranged("suites_half", costs[1 / 2].suites), **ranged("suites_tenth", costs[1 / 10].suites),
        "m_4": overtraining.over_training_penalty(law, 4.0),
        **{f"rule_{k}": overtraining.power_rule(k, rule) for k in (2, 10, 30)},
        **{f"square_{k}": np.exp(square * np.log(k) ** 2) for k in (10, 30)},
        "harsh": excess.max(), "mild": 1 / min(excess[0], excess[-1]),
        **low_high("reach", reach), **ranged("own_10", tens), **ranged("own_sum", sums),
        "own_miss": np.median(misses), "own_miss_most": max(misses),
        **{f"{name}_{what}": getattr(f.models[model], what).value for name, model in MODELS.items() for what in ("degree", "lost")},
        **_far(f), **_paid(f), **ranged("far", f.beyond.costs), **ranged("far_large", f.beyond.larger()),
        "far_runs": len(f.beyond.costs), "far_large_runs": len(f.beyond.larger()), "dclm_10": f.suites.at(10.0)["marin-dclm"][0], "suites": len(f.suites.runs),
        "tenth_over": overtraining.ratios_for_penalty(law, 1 / 0.9)[1],
        "tenth_square": np.exp(np.sqrt(np.log(1 / 0.9) / square)),
    }  # fmt: skip


def _far(f: steps.Found) -> dict[str, object]:
    """Return how the law does far from the best ratio: against all runs there, and beside AMD's."""
    beyond, _ = f.suites.beyond(f.fitted.fit.law, steps.FAR)
    near = f.models["AMD-Llama-135M"].near
    found = {"beyond": beyond, "amd_near_runs": near.runs if near else 0}
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
    return Verdicts((*_rule(p, f), *_ratios(p, f), *_longer(p, f), *_smaller(p, f)))


#: Numbers with two digits.
_two = partial(num, digits=2)
SWEEPS = "by sweeps over sizes at fixed compute"
#: The law that a statement of 2022 or 2023 rests on.
PRINTED = "by the constants that Hoffmann et al. print"
#: Why two estimates that exclude one another stand side by side.
NOT_THE_FORM = "The law's interval supposes that its form is right, and leaves out that the runs of each sweep follow exponents of their own."
#: What nobody has measured here.
SCORES = "by scores in tests, which may be what is meant"


def law_called(p: Parameters) -> str:
    """Return what the law of the chapter is called as a condition."""
    return f"by the law fitted to {runs_name(p)}"


def _rule(p: Parameters, f: steps.Found) -> Iterator[Settlement]:
    thirty, ten, tenth, half = (f.costs[ratio] for ratio in (30.0, 10.0, 1 / 10, 1 / 2))
    by_rule = {k: fix(float(overtraining.power_rule(k, 1 / p.root))) for k in (30, 10, 2)}
    large, every = f.beyond.larger(), f.beyond.costs
    yield settle("n-cube-root-30", {
            law_called(p): _drawn(p, thirty), SWEEPS: bounds(*_ends(thirty.suites)),
            "by models at 640 against 20 tokens per parameter": bounds(*_ends(every)),
        },
        decides="Sweeps of larger models so far out would decide.",
            why=f"The rule itself gives {by_rule[30]}. The law fitted to {runs_name(p)} says {_said(p, thirty.law)}. In the sweeps over sizes at fixed compute, where all runs so far out are of small models, it was {between(_ends(thirty.suites))}. Gadre and colleagues trained {len(every)} models at 640 tokens per parameter that took {between(_ends(every))} times the compute needed at 20; the {len(large)} above {qty(beyond.LARGE)} parameters took {between(_ends(large))}. {NOT_THE_FORM}")  # fmt: skip
    yield settle("n-cube-root-10", {
            f"with too many tokens, {law_called(p)}": _drawn(p, ten), f"with too many tokens, {SWEEPS}": bounds(*_ends(ten.suites)),
            f"with too few, {law_called(p)}": _drawn(p, tenth), f"with too few, {SWEEPS}": bounds(*_ends(tenth.suites)),
        },
        decides="Larger sweeps would decide.",
            why=f"The rule itself gives {by_rule[10]}. For ten times too many tokens the law fitted to {runs_name(p)} says {_said(p, ten.law)} and sweeps over sizes at fixed compute measured {between(_ends(ten.suites))}; for ten times too few {_said(p, tenth.law)} and {between(_ends(tenth.suites))}. {NOT_THE_FORM}")  # fmt: skip
    not_so = f.models[steps.GPT4].degree.value > 1
    twice = f"All this supposes that GPT-4 was under-trained; by the law fitted to {runs_name(p)} it was{' not' if not_so else ', too'}."
    yield settle("n-gpt4-loss", point(stated("n-gpt4-under") ** (1 / 3)),
        why=f"It is the cube root of Nesov's 2, {fix(stated('n-gpt4-under') ** (1 / 3))}. Close to the best ratio that rule charges too much: at half of it the law fitted to {runs_name(p)} says {_said(p, half.law, 3)} times the compute needed, and sweeps over sizes at fixed compute measured {between(_ends(half.suites))}. {twice}")  # fmt: skip


def _ends(values: Sequence[float] | Floats) -> tuple[float, float]:
    return float(min(values)), float(max(values))


def _drawn(p: Parameters, cost: steps.Cost) -> Evidence:
    return sample(cost.drawn, cost.law.value, p.level)


def _said(p: Parameters, law: steps.Interval, places: int = 2) -> str:
    """Return what a law says with its interval: "1.58 (95% bootstrap 1.55 to 1.63)"."""
    return f"{fix(law.value, places)} ({pct(p.level)} bootstrap {between(law[1:], places)})"


def _ratios(p: Parameters, f: steps.Found) -> Iterator[Settlement]:
    law, spread, model = f.fitted.fit.law, f.fitted.spread, registry.published_model("Chinchilla")
    small, large = (float(law.optimum(compute=flop).tokens_per_param) for flop in (1e21, 1e25))
    ratio = model.tokens / model.params
    yield settle("n-600", point(FAR / stated("n-chinchilla-20")),
        why=f"It is {FAR} over {num(stated('n-chinchilla-20'), 2)}. Chinchilla had {num(ratio, 2)} tokens per parameter. Whether {num(ratio, 2)} is the optimum at every budget is another question: by the law fitted to {runs_name(p)} it is {num(small, 3)} at 10²¹ FLOP and {num(large, 3)} at 10²⁵.")  # fmt: skip
    four, three = (f.models[name] for name in (steps.GPT4, "GPT-3"))
    drawn = [overtraining.degree(spread, each.params, each.tokens) < 1 for each in (four, three)]
    best, had = stated("n-gpt4-optimal"), stated("n-gpt4-ratio")
    yield settle("n-gpt3-alike", {
            "by Nesov's best ratio for a mixture of experts": truth(best > had),
            "by the law fitted to small dense models": truth(drawn[0] & drawn[1]),
        },
        why=f"By the law fitted to {runs_name(p)} GPT-3 had {_off(three.degree.value)}. GPT-4 had {num(best / had, 2)} times too few by Nesov's {num(best)} and {num(had, 2)} tokens per active parameter; by the law, which knows no experts, it had {_off(four.degree.value)} ({pct(p.level)} bootstrap {between(four.degree[1:], _two)} times the best). Only a best ratio measured for mixtures of that size would decide.")  # fmt: skip
    planned = f.models[steps.PLAN]
    k, lost, far = planned.degree, planned.lost, bool(planned.degree.high < 0.1)
    near = "but the interval does not exclude a factor of less than ten"
    how = "more than ten times off over the whole interval" if far else near
    tokens = float(law.optimum(params=planned.params).tokens)
    yield settle("a-1t-450b", point(planned.tokens), reason="misquoted",
        why=f"The paper assumes {qty(planned.tokens)} tokens, without a reason; {num(printed('narayanan2021.plan.days'), 2)} days on its machine are {qty(f.plan[1])}. That is {num(k.value, 2)} times the best ratio by the law fitted to {runs_name(p)}, {how} ({num(k.low, 2)} to {num(k.high, 2)}), "
        f"and wastes a factor of {num(lost.value, 3)} in compute; a trillion parameters would call for {qty(tokens, 2)} tokens.")  # fmt: skip
    far_params, far_tokens = printed("gadre2024.far.params"), printed("gadre2024.far.tokens")
    own = f.beyond.costs[f.beyond.sizes > far_params]
    took = (
        f", and took {fix(float(own.max()))} times the compute that 20 needed" if len(own) else ""
    )
    yield settle("w-gadre-32x", point(far_tokens / far_params / beyond.NEAR),
        why=f"{qty(far_tokens)} tokens on {qty(far_params)} parameters are {num(far_tokens / far_params)} a parameter, against the {num(beyond.NEAR, 2)} that the paper takes as best. Their run lies in this book's table{took}.")  # fmt: skip


def _off(degree: float) -> str:
    return f"{num(max(degree, 1 / degree), 2)} times too {'many' if degree > 1 else 'few'} tokens"


def _longer(p: Parameters, f: steps.Found) -> Iterator[Settlement]:
    """Settle what is said of training small models for long."""
    law, spread, runs = f.fitted.fit.law, f.fitted.spread, f.beyond
    params, tokens, best = (printed(f"meta2024.{name}") for name in ("params", "tokens", "chinchilla_tokens"))  # fmt: skip
    by_law = steps.by_law(p, f.fitted, lambda law: tokens / law.optimum(params=params).tokens)
    yield settle("w-karpathy-75x", point(tokens / best),
        why=f"{qty(tokens)} tokens over the {qty(best)} of the announcement. By the law fitted to {runs_name(p)} {qty(params)} parameters are best trained on {qty(tokens / by_law.value, 2)}, and {qty(tokens)} are {num(by_law.value, 2)} times that ({pct(p.level)} bootstrap {between(by_law[1:], _two)}).")  # fmt: skip
    lost = steps.by_law(p, f.fitted, steps.penalty_of, params, tokens)
    times = np.asarray(tokens / spread.optimum(params=params).tokens)
    yield settle("w-llama3-longer", sample(times, by_law.value, p.level), reason="law",
        why=f"By the law fitted to {runs_name(p)} {qty(params)} parameters are best trained on {qty(tokens / by_law.value, 2)} tokens; they had {qty(tokens)}. For the same loss a model of the best size would have needed {num(lost.value, 2)} times less compute by the law ({pct(p.level)} bootstrap {between(lost[1:], _two)}); few runs lie so far out.")  # fmt: skip
    close = {within: steps.by_law(p, f.fitted, beyond.to_the_limit, params, within) for within in WITHIN}  # fmt: skip
    yield settle("w-karpathy-undertrained", {
            f"within {100 * within:g}% of the loss of endless training": sample(beyond.to_the_limit(spread, params, within), each.value, p.level)
            for within, each in close.items()
        },
        decides="Saying how close would decide.",
            why=f"By a law of Chinchilla's form no training ever ends, so it depends on how close is close enough, and the post does not say. A model of {qty(params)} parameters with its best number of tokens would need {', '.join(f'{num(each.value, 2)} times as many to come within {100 * within:g}%' for within, each in close.items())} of its limit.")  # fmt: skip
    llama, after = printed("touvron2023.params"), printed("touvron2023.tokens")
    gain = float(law.loss(llama, after) - law.loss(llama, 2 * after))
    fell = int(np.sum(runs.doubled < 0))
    yield settle("w-llama1-1t", sample(_means(p, runs.doubled), runs.doubled.mean(), p.level),
        why=f"{qty(after)} tokens are {num(after / llama)} for each of {qty(llama)} parameters. In models of up to 1.4B parameters by Gadre and colleagues, tokens were doubled from 160 a parameter or more {len(runs.doubled)} times; the loss fell in {fell} of them, by {fix(-runs.doubled.mean(), 3)} on average. By the law, doubling {qty(after)} lowers the loss of such a model by {fix(gain, 3)}.")  # fmt: skip
    slower = 8 ** -np.asarray(spread.beta)
    pace = _means(p, runs.kept_pace)
    yield settle("w-meta-loglinear", {
            law_called(p): truth(slower >= 1 - HEDGE), "by the loss of models of up to 640 tokens per parameter": truth(pace >= 1 - HEDGE), SCORES: UNKNOWN,
        },
        decides="Meta's losses and scores along the runs would decide.",
            why=f"Log-linearly means that each doubling of the tokens helps as much as the one before; the announcement does not say of which measure, and its runs are not public. Of the loss it is not so elsewhere: in {len(runs.kept_pace)} models of Gadre and colleagues a doubling late (from 160 to 640 tokens per parameter) lowered it {num(runs.kept_pace.mean(), 2)} times as much as one early (from 20 to 80), on average; the law says {num(8 ** -float(law.beta), 2)}.")  # fmt: skip
    yield settle("w-sardana-10000", sample(runs.late, float(np.median(runs.late)), p.level),
        why=f"Two other suites have {len(runs.late)} small models trained to 3,000 tokens per parameter and on, the longest to {num(runs.farthest)}. After the first {num(beyond.LATE)} the loss still fell in {int(np.sum(runs.late < 0))} of them.")  # fmt: skip
    new, old = (float(training_flop(*pair)) for pair in ((params, tokens), (llama, after)))
    yield settle("w-snakeoil-20x", point(new / old),
        why=f"{qty(params)} parameters on {qty(tokens)} tokens are {sci(new, 2)} FLOP, {qty(llama)} on {qty(after)} are {sci(old, 2)}.")  # fmt: skip


#: How close to the loss of endless training a model is called converged, relative.
WITHIN = (0.02, 0.01, 0.005)


def _means(p: Parameters, values: Floats) -> Floats:
    """Return the means of resamples."""
    rng = np.random.default_rng(p.seed)
    drawn: Floats = rng.choice(values, (2000, len(values))).mean(axis=1)
    return drawn


def _smaller(p: Parameters, f: steps.Found) -> Iterator[Settlement]:
    """Settle what is said of the price of a model that is smaller than best."""
    for claim, share in zip(("w-devries-30", "w-devries-half"), steps.SHARES, strict=True):
        found = f.smaller[share]
        rows = {
            PRINTED: point(100 * (found.printed - 1)),
            law_called(p): sample(_percent(found.drawn), _percent(found.law.value), p.level),
        }
        measured = "sweeps over sizes at fixed compute have too few runs of that size"
        if found.suites:
            low, high = _ends(np.subtract(found.suites, 1))
            rows[SWEEPS] = bounds(100 * low, 100 * high)
            measured = f"sweeps over sizes at fixed compute measured {pct(low)} to {pct(high)}"
        yield settle(claim, rows, decides="Sweeps of larger models far below the best size would decide.",
            why=f"With the constants that Hoffmann and colleagues print, which the post rests on, a model of {pct(share)} of the best size takes {pct(found.printed - 1, 3)} more compute. Those constants are not the best fit to their runs; the law fitted to {runs_name(p)} says {_more(found.law.value)} ({pct(p.level)} bootstrap {_more(found.law.low)} to {_more(found.law.high)}), and {measured}.")  # fmt: skip


#: What stands, in percent, for the price of a loss that a model of that size never reaches.
NEVER = 1e9


def _percent(times: ArrayLike) -> Floats:
    """Return how much more compute is taken, in percent."""
    more: Floats = np.minimum(100 * (np.asarray(times) - 1), NEVER)
    return more


def _more(times: float) -> str:
    return pct(times - 1) if np.isfinite(times) else "more than any amount"


compute, of = recording("overtraining", steps.take, recorded, verdicts)
