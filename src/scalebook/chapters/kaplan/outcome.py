"""What the chapter on Kaplan et al. comes to: its results and its verdicts."""

from scalebook.chapters.common import gpt3_line, low_high, prefixed, ranged, recording
from scalebook.chapters.kaplan import checks, settled, steps
from scalebook.chapters.kaplan.steps import Found, kaplan
from scalebook.chapters.parameter import Parameters
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Verdicts
from scalinglaws import reading
from scalinglaws.fitting import isoflop
from scalinglaws.registry import published_model
from scalinglaws.units import PF_DAY


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    return {**_of_laws(f), **_of_growth(p, f), **_of_compute(f), **_of_joint(f), **_of_crossing(f)}


def _of_laws(f: Found) -> dict[str, object]:
    laws, gpt3, orders = f.laws, published_model("GPT-3"), checks.orders()
    alphas = {"N": laws.params, "D": laws.tokens, "C": laws.compute, "C_min": laws.compute_min}
    off = checks.gpt3_loss() / f.losses["brown"] - 1
    halving, fixed = (2 ** (1 / law.exponent) for law in (laws.compute_min, laws.compute))
    return {
        **prefixed("alpha", {name: law.exponent for name, law in alphas.items()}),
        "doubling_params": laws.params.loss(2) / laws.params.loss(1),
        "tenfold_compute": laws.compute_min.loss(10) / laws.compute_min.loss(1),
        "orders_compute": orders["compute"], "orders_beyond": orders["beyond"], "beyond": 10 ** orders["beyond"],
        "gpt3_loss": checks.gpt3_loss(), "gpt3_off": off, "gpt3_off_compute": (1 + abs(off)) ** (1 / gpt3_line()[1]),
        "gpt3_pf_days": gpt3.flop / PF_DAY, "gpt3_tokens": gpt3.tokens,
        "halving_compute_min": halving, "halving_compute": fixed, "halving_gap": halving / fixed,
        "alpha_gap": laws.compute.exponent - laws.compute_min.exponent,
    }  # fmt: skip


def _of_growth(p: Parameters, f: Found) -> dict[str, object]:
    table6, derived, gpt3 = f.laws.table6, f.derived, published_model("GPT-3")
    at_one, a = float(table6.params(PF_DAY)), float(table6.a)
    line = isoflop.fit(reading.read_runs("llama3"), minimum="window").allocation
    beyond, full = gpt3.flop / steps.AT_ONE, f.sweeps.ways["full"].exponents
    ours, theirs = (
        steps.refit().optimum(compute=steps.AT_ONE),
        steps.refit().optimum(compute=gpt3.flop),
    )
    size_compute = (gpt3.params / at_one) ** (1 / a)
    found: dict[str, object] = {}
    for name, way in f.sweeps.ways.items():
        found |= {f"{name}_suites": len(way.exponents), f"{name}_laboratories": way.laboratories,
                  **ranged(f"{name}_exponent", way.exponents)}  # fmt: skip
    return {
        **found, **prefixed("growth", steps.grown(table6, p.growth)), **prefixed("tenfold", steps.grown(table6, 10)),
        **ranged("full_tenfold", (10**each for each in full)), "llama3_tenfold": line.growth(10)[0],
        **ranged("fitted", f.sweeps.fitted), "fitted_suites": len(f.sweeps.fitted),
        "table6_params_exponent": a,
        "agreeing_compute": steps.AT_ONE, "agreeing_size": at_one,
        "agreeing_ratio": steps.AT_ONE / 6 / at_one**2, "agreeing_refit": ours.tokens / ours.params,
        "gpt3_best": steps.scaled(gpt3.flop, a, at_one, steps.AT_ONE), "gpt3_refit": theirs.params,
        **ranged("gpt3_larger", (beyond ** (a - each) for each in full)),
        "thousandfold_off": 1000 ** (2 * a - 1),
        "gpt3_size_compute": size_compute, "gpt3_size_flop": 2 * size_compute * PF_DAY,
        "gpt3_size_tokens": table6.tokens(size_compute * PF_DAY),
        **{f"derived_{name}_exponent": getattr(derived, name) for name in steps.QUANTITIES}, "derived_alpha_C_min": derived.loss,
        "derived_tenfold_params": 10**derived.params, "derived_tenfold_tokens": 10**derived.tokens,
        "printed_alpha_C_min_section6": kaplan("alpha_C_min.section6.3"),
        "printed_params_exponent_eq65": kaplan("optimum_eq6.5.params.exponent"),
    }  # fmt: skip


def _of_compute(f: Found) -> dict[str, object]:
    reported, gopher = f.counted.reported, published_model("Gopher")
    ratios = {name.removeprefix("6nd_"): each for name, each in steps.over_chinchilla(f.gopher).items()}  # fmt: skip
    by_count = {**prefixed("gopher", f.gopher), **prefixed("gopher_ratio", ratios)}
    return {
        **numbers_of(f.counted), **prefixed("gpt3", vars(f.counted.shape)),
        **{key: value for key, value in by_count.items() if not key.endswith("chosen")},
        "reported_over_6nd_gopher_appendix": reported["Gopher, App. F"],
        "reported_over_6nd_lamda": reported["LaMDA"], "lamda_tokens_listed": published_model("LaMDA").tokens,
        "gopher_params": gopher.params, "gopher_tokens": gopher.tokens,
        "chinchilla_6nd": steps.six_nd(published_model("Chinchilla")),
        "gopher_budget_gap": abs(1 - ratios["text"]), "chinchilla_over_gopher_6nd": 1 / ratios["6nd"],
    }  # fmt: skip


def _of_joint(f: Found) -> dict[str, object]:
    laws = f.laws
    return {
        **{f"{name}_table2": value for name, value in vars(f.table2).items()},
        **{f"{name}_eqs": value for name, value in vars(f.eqs).items()},
        "joint_alpha_D": laws.table2.alpha_D, "printed_overfitting_exponent": kaplan("overfitting.exponent"),
        "gpt3_ratio_table2": steps.ratio(laws.table2, "GPT-3"), "gpt3_ratio_eqs": steps.ratio(laws.eqs, "GPT-3"),
        "left_without_data": f.table2.loss_size / f.table2.loss, "left_without_size": f.table2.loss_data / f.table2.loss,
        "optimal_ratio_table2": laws.table2.alpha_D / laws.table2.alpha_N,
    }  # fmt: skip


def _of_crossing(f: Found) -> dict[str, object]:
    laws, star = f.laws, steps.printed_star()
    crossed = [vars(each) | {"compute": each.compute / PF_DAY} for each in f.crossings]
    return {
        **prefixed("printed_star", star), **prefixed("crossing", crossed[0]), **prefixed("crossing67", crossed[1]),
        **low_high("star_three", f.moved[steps.THREE]), **low_high("star_six", f.moved[steps.SIX]), "star_both": f.moved[steps.BOTH][0],
        **ranged("star_any", (each for ends in f.moved.values() for each in ends)),
        **prefixed("tokens_prefactor", steps.tokens_prefactors(laws)), "printed_tokens_prefactor_eq67": laws.eq67.tokens(PF_DAY),
        "loss_at_printed_tokens": laws.tokens.loss(star["tokens"]),
    }  # fmt: skip


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*settled.of_articles(f), *settled.of_papers(f)))


compute, of = recording("kaplan", steps.take, recorded, verdicts)
