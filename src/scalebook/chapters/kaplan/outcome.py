"""What the chapter on Kaplan et al. comes to: its results and its verdicts."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import low_high, prefixed, recording
from scalebook.chapters.kaplan import steps
from scalebook.chapters.kaplan.steps import Found, kaplan
from scalebook.chapters.parameter import Parameters
from scalebook.record import claims
from scalebook.record.claims import Settlement, Verdicts, settle
from scalebook.record.results import numbers_of
from scalebook.show.numbers import fix, num, pct, qty
from scalinglaws.registry import published_model
from scalinglaws.units import FLOP_PER_PARAM_TOKEN, PF_DAY, training_flop


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    laws, derived, reported, star = f.laws, f.derived, f.counted.reported, steps.printed_star()
    gpt3, gopher, chinchilla = map(published_model, ("GPT-3", "Gopher", "Chinchilla"))
    alphas = {"N": laws.params, "D": laws.tokens, "C": laws.compute, "C_min": laws.compute_min}
    ratios = {name.removeprefix("6nd_"): each for name, each in steps.over_chinchilla(f.gopher).items()}  # fmt: skip
    by_count = {**prefixed("gopher", f.gopher), **prefixed("gopher_ratio", ratios)}
    crossed = [vars(each) | {"compute": each.compute / PF_DAY} for each in f.crossings]
    halving, fixed = (2 ** (1 / law.exponent) for law in (laws.compute_min, laws.compute))
    size_compute = (gpt3.params / laws.table6.params(PF_DAY)) ** (1 / laws.table6.a)
    return {
        **numbers_of(f.counted), **prefixed("gpt3", vars(f.counted.shape)), **prefixed("gpt3_loss", f.losses),
        **prefixed("alpha", {name: law.exponent for name, law in alphas.items()}),
        **prefixed("tokens_prefactor", steps.tokens_prefactors(laws)),
        **prefixed("growth", steps.grown(laws.table6, p.growth)), **prefixed("hundredfold", steps.grown(laws.table6, 100)),
        **{f"derived_{name}_exponent": getattr(derived, name) for name in steps.QUANTITIES},
        **{f"{name}_table2": value for name, value in vars(f.table2).items()},
        **{f"{name}_eqs": value for name, value in vars(f.eqs).items()},
        **prefixed("printed_star", star), **prefixed("crossing", crossed[0]), **prefixed("crossing67", crossed[1]),
        **low_high("star_three", f.moved[steps.THREE]), **low_high("star_six", f.moved[steps.SIX]),
        **{key: value for key, value in by_count.items() if not key.endswith("chosen")},
        "pf_day": PF_DAY, "gpt3_pf_days": gpt3.flop / PF_DAY, "gpt3_tokens": gpt3.tokens,
        "doubling_params": laws.params.loss(2) / laws.params.loss(1),
        "tenfold_compute": laws.compute_min.loss(10) / laws.compute_min.loss(1), "derived_alpha_C_min": derived.loss,
        "derived_tenfold_params": 10**derived.params, "derived_tenfold_tokens": 10**derived.tokens,
        "reported_over_6nd_gopher": reported["Gopher, text"], "reported_over_6nd_gopher_appendix": reported["Gopher, App. F"],
        "reported_over_6nd_lamda": reported["LaMDA"], "lamda_tokens_listed": published_model("LaMDA").tokens,
        "gopher_short_text": 1 - 1 / reported["Gopher, text"], "gopher_short_appendix": 1 - 1 / reported["Gopher, App. F"],
        "iso_tradeoff": iso_tradeoff(), "joint_alpha_D": laws.table2.alpha_D,
        "table6_params_exponent": laws.table6.a, "table6_tokens_exponent": laws.table6.b,
        "printed_alpha_C_min_section6": kaplan("alpha_C_min.section6.3"),
        "printed_params_exponent_eq65": kaplan("optimum_eq6.5.params.exponent"),
        "printed_tokens_prefactor_eq67": laws.eq67.tokens(PF_DAY), "printed_overfitting_exponent": kaplan("overfitting.exponent"),
        "chinchilla_size_over_data": steps.ratio(laws.table2, "Chinchilla"),
        "gpt3_ratio_table2": steps.ratio(laws.table2, "GPT-3"), "gpt3_ratio_eqs": steps.ratio(laws.eqs, "GPT-3"),
        "left_without_data": f.table2.loss_size / f.table2.loss, "left_without_size": f.table2.loss_data / f.table2.loss,
        "optimal_ratio_table2": laws.table2.alpha_D / laws.table2.alpha_N,
        "gopher_params": gopher.params, "gopher_tokens": gopher.tokens, "chinchilla_6nd": steps.six_nd(chinchilla),
        "gopher_budget_gap": 1 - ratios["text"], "chinchilla_over_gopher_6nd": 1 / ratios["6nd"],
        "data_limited_exponent": laws.tokens.exponent * laws.table6.b, "loss_at_printed_tokens": laws.tokens.loss(star["tokens"]),
        "loss_at_printed_compute": laws.compute_min.loss(star["compute"] * PF_DAY),
        "tokens_at_printed_compute": laws.table6.tokens(star["compute"] * PF_DAY), "star_both": f.moved[steps.BOTH][0],
        "halving_compute_min": halving, "halving_compute": fixed, "halving_gap": halving / fixed,
        "alpha_gap": laws.compute.exponent - laws.compute_min.exponent,
        "gpt3_size_compute": size_compute, "gpt3_size_flop": 2 * size_compute * PF_DAY,
        "gpt3_size_tokens": laws.table6.tokens(size_compute * PF_DAY),
    }  # fmt: skip


def iso_tradeoff() -> float:
    """Return the compute of 20B parameters on 40% of a corpus over that of 200B on 4%."""
    return float(training_flop(20e9, 0.40) / training_flop(200e9, 0.04))


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts(_settled(f))


def _settled(f: Found) -> Iterator[Settlement]:
    gopher, ratios, seen = published_model("Gopher"), steps.over_chinchilla(f.gopher), f.counted
    table6, derived, half = f.laws.table6, f.derived, steps.HALF["b"]
    text, appendix = (flop / gopher.params / gopher.tokens for flop in (gopher.flop, f.gopher["appendix"]))  # fmt: skip
    yield settle("h-6nd", seen.flop_per_param_token, FLOP_PER_PARAM_TOKEN, f.gopher["appendix"] / (gopher.params * gopher.tokens),
        why=f"Two FLOP per parameter and token forward, four back; attention adds up to {pct(seen.gpt3_attention_share)} for GPT-3's shape. Gopher's own counts come to {num(text)} and {num(appendix)}, the upper end of the range.")  # fmt: skip
    yield settle("l-kaplan-073", steps.measured("exponent")["params"], against="source",
        why=f"Table 6 and Eq 6.1 print it, as measured. The same paper predicts {fix(kaplan('optimum_eq6.5.params.exponent'))} (Eq 6.5), and its printed exponents give {fix(derived.params)}.")  # fmt: skip
    yield settle("l-gopher-380", gopher.params, against="source",
        why=f"Hoffmann et al. give Gopher {qty(gopher.params)} parameters; the tokens are right. With 380B its compute would be {pct(f.gopher['6nd_380'] / f.gopher['6nd'] - 1)} higher.")  # fmt: skip
    yield settle("l-same-flops", ratios["chosen"], ratios["6nd"], ratios["appendix"], against="law",
        why=f"Gopher's compute over Chinchilla's is {fix(ratios['6nd'])} by 6ND, {fix(ratios['text'])} by the budget in the text and {fix(ratios['appendix'])} by Appendix F, so 1 is possible and not shown. A count of Chinchilla like that of Appendix F would settle it.")  # fmt: skip
    ten, hundred = ([*steps.grown(table6, factor).values()] for factor in (10, 100))
    off = np.divide(hundred, claims.load()["a-kaplan-100x"].stated) - 1
    for factor, found, why in (
        (10, ten, f'Table 6 gives {num(ten[0])} and {num(ten[1])}, within "about". The exponents derived in Section 6.2 give {num(10**derived.params)} and {num(10**derived.tokens)}, nearer still.'),
        (100, hundred, f"Table 6 gives {num(hundred[0])} and {num(hundred[1])}: the article squares 5 and 2, and the rounding errors grow to {pct(off[0])} and {pct(off[1])}."),
    ):  # fmt: skip
        low, high = ([factor ** (power + by) for power in (table6.a, table6.b)] for by in (-half, half))  # fmt: skip
        yield settle(f"a-kaplan-{factor}x", found, low, high, against="law", why=why)
    yield settle("a-iso-tradeoff", iso_tradeoff(),
        why="Compute is proportional to parameters times tokens, and 20 times 40 is 200 times 4. The size of the corpus cancels.")  # fmt: skip
    table2, eqs = (steps.ratio(law, "GPT-3") for law in (f.laws.table2, f.laws.eqs))
    yield settle("v-kaplan-gpt3", table2, eqs, table2, against="law",
        why=f"Size term over data term is {fix(table2)} with the constants of Table 2 and {fix(eqs)} with those of Eqs 1.1 and 1.2, on either side of 1. Saying which constants, and what a contribution is in a law that does not add its terms, would settle it.")  # fmt: skip


compute, of = recording("kaplan", steps.take, recorded, verdicts)
