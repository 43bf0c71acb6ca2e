"""What the chapter on Kaplan et al. comes to: its results and its verdicts."""

from scalebook.chapters.common import low_high, prefixed, recording
from scalebook.chapters.kaplan import settled, steps
from scalebook.chapters.kaplan.steps import Found, kaplan
from scalebook.chapters.parameter import Parameters
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Verdicts
from scalinglaws.registry import published_model
from scalinglaws.units import PF_DAY


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
        "iso_tradeoff": settled.iso_tradeoff(), "joint_alpha_D": laws.table2.alpha_D,
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


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*settled.of_articles(f), *settled.of_papers(f)))


compute, of = recording("kaplan", steps.take, recorded, verdicts)
