"""What the chapter on models that are served comes to: its results and its verdicts."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import (
    interval_of,
    low_high,
    printed,
    ranged,
    recording,
    runs_name,
)
from scalebook.chapters.inference import steps
from scalebook.chapters.inference.steps import CHEAPEST, OURS, SAME, THEIRS, Found
from scalebook.chapters.parameter import Parameters
from scalebook.record import claims
from scalebook.record.judge import UNKNOWN, point, sample, truth
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Settlement, Verdicts, settle
from scalebook.show.numbers import fix, num, pct, qty, sci, span
from scalinglaws import registry
from scalinglaws.optimum import overtraining
from scalinglaws.units import Floats


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    plan, here = f.plans.by_law[OURS], f.here.by_law[OURS]
    by_law, gpt3 = f.smaller.by_law["GPT-3"], f.smaller.intervals["GPT-3"]
    old = steps.old_models()
    eight = f.justified["Llama 3 8B"]
    halves = [float(np.interp(0.5, each.shares, each.prices)) for each in steps.sweeps().values()]
    return {
        **numbers_of(f.bits), "load": f.here.load,
        "size_share": here.size, **ranged("size_share", f.here.all("size")),
        "data_times": here.data, **ranged("data_times", f.here.all("data")),
        "saved_share": here.saved, **ranged("saved_share", f.here.all("saved")),
        **_told("tried_share", f.here.runs("size")), **_told("gain_share", f.here.runs("saved")),
        **{key: value for load in (1, 10, 100) for key, value in ranged(f"saved_share_{load}", f.by_load[load].all("saved")).items()},
        "laws": len(f.here.by_law), "suites": len(steps.sweeps()), **ranged("cost_half", halves),
        "dclm_half": overtraining.measured_at(steps.sweeps()["marin-dclm"].share, steps.sweeps()["marin-dclm"].price, 0.5)[0],
        "params_served": plan.best.params, "tokens_served": plan.best.tokens, "ratio_served": plan.best.tokens_per_param,
        "params_plain": plan.plain.params, "tokens_plain": plan.plain.tokens,
        "serving_share": plan.best.serving / plan.best.total,
        "llama8_size": eight.share, "llama8_served": eight.served, "llama8_tokens": eight.tokens,
        "llama8_served_low": max(eight.low, 0.0), "llama8_served_high": max(eight.high, 0.0),
        "gopher_over_chinchilla": old["Gopher"].params / registry.published_model("Chinchilla").params,
        "gpt3_cheapest": by_law[OURS][CHEAPEST], **low_high("gpt3_cheapest", gpt3[CHEAPEST]),
        "gpt3_same": by_law[OURS][SAME], **low_high("gpt3_same", gpt3[SAME]),
        **ranged("gpt3_cheapest_laws", (each[CHEAPEST] for each in by_law.values())), **ranged("gpt3_same_laws", (each[SAME] for each in by_law.values())),
        "bits_plain": f.bits.best[steps.PLAIN], "bits_mean": f.bits.best[steps.MEAN], "bits_added": f.bits.best[steps.ADDED],
        "harmful4": f.harm[1].ratios[1], "harmful6": f.harm[1].ratios[3],
        "kumar_params": printed("kumar2024.params_max"), "kumar_tokens": printed("kumar2024.tokens_max"),
        "sardana_ratio_max": printed("sardana2024.ratio_max"),
    }  # fmt: skip


def _told(name: str, values: list[float]) -> dict[str, object]:
    """Return the ends of what sweeps tell, and how many do; no ends where none does."""
    return {f"{name}_runs": len(values), **(ranged(name, values) if values else {})}


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*_served(p, f), *_prices(p), *_thinking(), *_bits(p, f)))


def _served(p: Parameters, f: Found) -> Iterator[Settlement]:
    by_law, draws, gpt3 = f.smaller.by_law["GPT-3"], f.smaller.draws["GPT-3"], f.smaller.intervals["GPT-3"]  # fmt: skip
    cheapest, same = ({law: each[sense] for law, each in by_law.items()} for sense in (CHEAPEST, SAME))  # fmt: skip
    yield settle("a-inference-3x", {
            "with the model that is cheapest to train": sample(draws[CHEAPEST], cheapest[OURS], p.level),
            "with GPT-3's own training compute spent again": sample(draws[SAME], same[OURS], p.level),
        },
        why=f"A model of GPT-3's loss that is cheapest to train is {num(cheapest[OURS])} times smaller by the law fitted to {runs_name(p)} ({interval_of(p)} {span([*gpt3[CHEAPEST]], 2)}), and by published laws {_range(cheapest)}. "
        f"The smallest that GPT-3's training compute can bring to that loss is {num(same[OURS])} times smaller ({span([*gpt3[SAME]], 2)}; published laws {_range(same)}). The intervals suppose that the form of the law and its runs are right; published laws differ by more.")  # fmt: skip
    requests = 1e9
    few = steps.plan(p, f.laws.draws, requests * steps.REQUEST_TOKENS)
    change = [each - 1 for each in (few.best.params / few.plain.params, few.best.tokens / few.plain.tokens)]  # fmt: skip
    size, data = (float(np.median(each)) for each in change)
    yield settle("w-inference-small", sample(np.transpose(change), level=p.level),
        why=f"By any law of this form serving makes the best model smaller and its training longer. How much depends on its size: for the loss of {qty(p.params)} parameters on {qty(p.tokens)} tokens, {qty(requests)} requests of {steps.REQUEST_TOKENS:g} tokens make it {pct(-size, 2)} smaller on {pct(data, 2)} more tokens.")  # fmt: skip
    demands = {f"{qty(served)} tokens served": _shares(p, f, served) for served in (p.served / 10, p.served, 10 * p.served)}  # fmt: skip
    listed = ", ".join(f"{num(float(np.median(each)), 2)} with {given}" for given, each in demands.items())  # fmt: skip
    yield settle("w-snakeoil-equal", {given: sample(each, level=p.level) for given, each in demands.items()},
        why=f"At the best size serving costs I/(3D) of what training costs, for I tokens served and D trained on: {listed}. They are equal only where three tokens are served for each one trained on; the demand decides, and the more there is, the more of the whole serving should be.")  # fmt: skip
    found, printed_as = f.examples[THEIRS]["13B"], printed("sardana2024.13B.saving")
    yield settle("w-sardana-17", point(found.saving),
        why=f"With their exponents and Hoffmann's ratio A/B the best model has {qty(found.params)} parameters and saves {pct(found.saving, 3)} of the FLOP; printed are {qty(printed('sardana2024.13B.params'))} and {pct(printed_as)}.")  # fmt: skip


def _range(by_law: dict[str, float]) -> str:
    others = [ratio for name, ratio in by_law.items() if name != OURS]
    return f"{num(min(others), 2)} to {num(max(others), 2)}" if others else "none"


def _shares(p: Parameters, f: Found, served: float) -> Floats:
    """Return serving's cost over training's at the best size, in each resample."""
    best = steps.plan(p, f.laws.draws, served).best
    return np.asarray(served * p.serving_weight / (3 * best.tokens))


def _prices(p: Parameters) -> Iterator[Settlement]:
    kinds = ("read", "written")
    old, new = ([printed(f"openai2025.{model}.{kind}") for kind in kinds] for model in ("o1", "o3_mini"))  # fmt: skip
    factors = [a / b for a, b in zip(old, new, strict=True)]
    alike = num(factors[0]) == num(factors[1])
    read = "as for tokens read" if alike else f"for tokens read {num(factors[0])} times"
    yield settle("h-100x-cheaper", {
            "with the price of a token written as the cost": point(factors[1]), "with what a task takes as the cost": UNKNOWN,
        },
        why=f"By OpenAI's price list of early 2025 a million tokens written cost ${old[1]:g} with o1 and ${new[1]:g} with o3-mini, {num(factors[1])} times less, {read}. Prices are not costs, and a task may take fewer tokens; the link to harsimony's source is lost. What each takes for the same tasks would decide.")  # fmt: skip


def _thinking() -> Iterator[Settlement]:
    factors = claims.load()["w-noam-brown"].numbers
    size, length = factors
    yield settle("w-noam-brown", UNKNOWN,
        why=f"The measurement was made with bots that play poker, and no table here has it. Losses of bots by size and length of training, over factors of {num(size)} and {num(length)}, would decide; as reported, the talk does not say whether they were trained or extrapolated.")  # fmt: skip
    yield settle("l-noam-1e10", point(size * length),
        why=f"Compute is proportional to size times length of training, so the two factors are {sci(size * length, 1)} together. The notes quote them and do not multiply. The widest trend of Kaplan et al. spans eight orders of magnitude of compute.")  # fmt: skip


def _bits(p: Parameters, f: Found) -> Iterator[Settlement]:
    post, law = steps.rounded(), registry.parametric("kumar2024")
    rises = post.gamma_D > 0 and post.gamma_post > 0
    more = np.array([1.0, 10.0])
    fixed = steps.bits_of_one_size(p, more)
    doubling = float(post.gamma_post * post.gamma_D * np.log(10))
    yield settle("l-precision-data", {
            "with weights rounded after training": truth(rises),
            "with one size trained in few bits": truth(bool(fixed[1] > fixed[0])),
        },
        why=f"By the law of Kumar et al. ten times the data ask for {fix(doubling, 2)} bits more after training if rounding is to cost as much as before. A model of {qty(p.params)} parameters is best trained in {fix(fixed[0], 1)} bits with the compute of {qty(p.tokens)} tokens, and in {fix(fixed[1], 1)} with ten times that. "
        "Where the size may grow as well, the best bits of that law do not depend on compute. It was fitted to small models.")  # fmt: skip
    harmful = post.harmful_tokens(law, p.params, steps.SERVING_BITS) / p.params
    yield settle("w-kumar-harmful", truth(bool(rises and np.isfinite(harmful).all())),
        why=f"The added loss grows as D to the power {post.gamma_D:.2g} while the gain from data shrinks, so by that law there is such a point at any number of bits: at {steps.SERVING_BITS[1]:g} bits, for {qty(p.params)} parameters, {num(float(harmful[1]), 2)} tokens per parameter. "
        f"The runs had at most {qty(printed('kumar2024.params_max'))} parameters and {qty(printed('kumar2024.tokens_max'))} tokens.")  # fmt: skip
    best = f.bits.best
    yield settle("w-kumar-78", {
            "by the equations as printed": point(best[steps.PLAIN]),
            "with the offsets of the paper's table": point(best[steps.ADDED]),
        },
        why=f"The printed equation with the printed constants gives {fix(best[steps.PLAIN], 1)} bits. The appendix lists offsets that the equations leave out; added to the exponent they give {fix(best[steps.ADDED], 1)}, and no other reading that was tried does. How the fit used them, in the authors' code, would decide.")  # fmt: skip


compute, of = recording("inference", steps.take, recorded, verdicts)
