"""What the chapter on models that are served comes to: its results and its verdict."""

from scalebook.chapters.common import ends, interval_of, low_high, printed, recording
from scalebook.chapters.inference import steps
from scalebook.chapters.inference.steps import AS_PRINTED, CHEAPEST, OURS, SAME, THEIRS, Found
from scalebook.chapters.parameter import Parameters
from scalebook.record.claims import Verdicts, settle
from scalebook.record.results import numbers_of
from scalebook.show.numbers import num, span
from scalinglaws import registry
from scalinglaws.optimum import serving


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    plan, draws, law, theirs = f.plans.by_law[OURS], f.plans.draws, f.laws.named[OURS], registry.parametric("sardana2024")  # fmt: skip
    examples = f.examples.found
    found = {**examples[THEIRS], "printed": examples[AS_PRINTED]["13B"], "fit": examples[OURS]["13B"]}  # fmt: skip
    old, ours = steps.old_models(), {name: found[OURS] for name, found in f.smaller.by_law.items()}
    gpt3, loss = f.smaller.intervals["GPT-3"], law.loss(p.params, p.tokens)
    return {
        **numbers_of(f.plans, f.examples, f.bits),
        "loss": loss, "smallest": serving.smallest(law, loss),
        "params_served": plan.best.params, **low_high("params_served", ends(draws.best.params, p.level)),
        "tokens_served": plan.best.tokens, "ratio_served": plan.best.tokens_per_param,
        "params_plain": plan.plain.params, "tokens_plain": plan.plain.tokens,
        "saved": plan.saved, **low_high("saved", ends(draws.saved, p.level)),
        "serving_share": plan.best.serving / plan.best.total,
        "sardana_alpha": theirs.alpha, "sardana_beta": theirs.beta, "AB_hoffmann": theirs.A / theirs.B,
        "sardana_ratio_max": printed("sardana2024.ratio_max"), "sardana_30B_data": found["30B"].data_factor,
        **{f"sardana_{name}_{what}": getattr(example, what) for name, example in found.items() for what in ("params", "saving")},
        "gpt3_ratio": old["GPT-3"].tokens / old["GPT-3"].params, "gopher_ratio": old["Gopher"].tokens / old["Gopher"].params,
        "gopher_over_chinchilla": old["Gopher"].params / registry.published_model("Chinchilla").params,
        "gpt3_cheapest": ours["GPT-3"][CHEAPEST], **low_high("gpt3_cheapest", gpt3[CHEAPEST]),
        "gpt3_same": ours["GPT-3"][SAME], **low_high("gpt3_same", gpt3[SAME]), "gopher_cheapest": ours["Gopher"][CHEAPEST],
        "bits_plain": f.bits.best[steps.PLAIN], "bits_mean": f.bits.best[steps.MEAN], "bits_added": f.bits.best[steps.ADDED],
        "harmful4": f.harm[1].ratios[1], "harmful6": f.harm[1].ratios[3],
        "kumar_runs": printed("kumar2024.runs"), "kumar_params": printed("kumar2024.params_max"), "kumar_tokens": printed("kumar2024.tokens_max"),
    }  # fmt: skip


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claim of the chapter."""
    by_law, gpt3 = f.smaller.by_law["GPT-3"], f.smaller.intervals["GPT-3"]
    found, (low, high) = by_law[OURS][CHEAPEST], gpt3[CHEAPEST]
    least, *_, most = sorted(each[CHEAPEST] for each in by_law.values())
    beyond = "does not exclude less than 3" if low < 3 else "lies above 3"
    return Verdicts((settle("a-inference-3x", found, low, high, against="law",
        why=f"A model of GPT-3's loss that is cheapest to train is {num(found)} times smaller by our fit; the {interval_of(p)}, {span([low, high], 2)}, {beyond}, and laws range from {num(least, 2)} to {num(most, 2)}. "
        f"At GPT-3's own training compute it is {num(by_law[OURS][SAME])} ({span([*gpt3[SAME]], 2)})."),))  # fmt: skip


compute, of = recording("inference", steps.take, recorded, verdicts)
