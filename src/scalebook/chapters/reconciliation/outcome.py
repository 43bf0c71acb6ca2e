"""What the chapter on the reconciliation comes to: its results and its verdict."""

from math import factorial

import numpy as np

from scalebook.chapters.common import low_high, printed, recording
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.reconciliation import counted, steps
from scalebook.chapters.reconciliation.steps import Found
from scalebook.record.claims import Verdicts, settle
from scalebook.record.results import numbers_of
from scalebook.show.numbers import fix, pct
from scalinglaws import registry
from scalinglaws.laws import PowerLaw
from scalinglaws.optimum import counting


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    return {**_of_exponents(p, f), **_of_corrections(f), **_of_constant(f)}


def _of_exponents(p: Parameters, f: Found) -> dict[str, object]:
    ends = np.array([p.smallest, p.largest])
    growth = counting.elasticity(ends, p.embedding)
    shares = 1 - ends / counting.total_params(ends, p.embedding)
    falling = counted.counted_optima(f.laws.each["fit"], ends, p.embedding).loss_exponent
    porian = steps.ranges(p)["sizes of Porian et al."]
    theirs = steps.path_exponents(f.laws, *porian, p.embedding)
    by_law = {
        "frontier": {key: best.exponent for key, best in f.frontiers.items()},
        "path": f.exponents.path,
        "peak": {key: height for key, (_, height) in f.exponents.peak.items()},
        "peak_params": {key: size for key, (size, _) in f.exponents.peak.items()},
        "small": f.laws.small, "a": f.laws.large,
        "count_effect": {key: theirs[key] - f.laws.large[key] for key in theirs},
    }  # fmt: skip
    return {
        **numbers_of(f.exponents, but=["last"]),
        **{f"{name}_{key}": v for name, values in by_law.items() for key, v in values.items()},
        **{f"{name}_{end}": value
           for name, values in (("embedding_share", shares), ("s", growth), ("loss_slope", falling), ("porian", porian))
           for end, value in zip(("smallest", "largest"), values, strict=True)},
        "kaplan_a": printed("kaplan2020.optimum.params.exponent"), "kaplan_naive": printed("kaplan2020.naive.params.exponent"),
        "published_sizes": int(printed("pearce2024.sizes")), "published_budgets": int(printed("pearce2024.budgets")),
        "published_hoffmann": printed("pearce2024.a.hoffmann"), "published_besiroglu": printed("pearce2024.a.besiroglu"),
    }  # fmt: skip


def _of_corrections(f: Found) -> dict[str, object]:
    found: dict[str, object] = {
        "orders": factorial(len(steps.CORRECTIONS) - 1),
        "after_last_layer": np.mean([each.exponents[1].value for each in f.corrections.values()]),
    }
    for corpus, each in f.corrections.items():
        first, second, *_, last = (exponent.value for exponent in each.exponents)
        found |= {f"last_layer_{corpus}": first - second, f"tuned_{corpus}": last,
                  f"last_layer_share_{corpus}": each.share[0, 0]}  # fmt: skip
        for name, (share, *ends) in (("cosine", each.cosine), ("wide", each.wide)):
            found |= {f"{name}_{corpus}": share, **low_high(f"{name}_{corpus}", ends)}
    return found


def _of_constant(f: Found) -> dict[str, object]:
    seen, whole = f.constant.counted, f.constant.whole
    bend = steps.misfit(whole.power)
    return {
        "kaplan_alpha_C": steps.kaplan().exponent,
        "kaplan_alpha_C_min": registry.of_kind("kaplan2020-compute-min", PowerLaw).exponent,
        "floor_true": f.laws.each["besiroglu"].E, "floor_counted": seen.floor.law.floor, "floor_whole": whole.floor.law.floor,
        "floor_upper_half": f.constant.upper.law.floor, "kaplan_refit_floor": f.constant.refit.law.floor,
        "misfit_power": steps.misfit(seen.power), "misfit_floor": steps.misfit(seen.floor), "misfit_whole": bend,
        "noise_whole": steps.hidden_by(bend, int(printed("pearce2024.sizes"))),
        "loss_exponent_counted": seen.power.law.exponent, "loss_exponent_hoffmann": f.constant.hoffmann.law.exponent,
        "loss_exponent_whole": whole.power.law.exponent,
        "loss_at_1e25_power": seen.power.law.loss(1e25), "loss_at_1e25_floor": whole.floor.law.loss(1e25),
    }  # fmt: skip


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claim of the chapter."""
    found = f.corrections.values()
    share, low, high = zip(*(each.cosine for each in found), strict=True)
    narrow, wide, tuned = (
        [pct(each.cosine[0], 1) for each in found], [pct(each.wide[0], 2) for each in found],
        [fix(each.exponents[-1].value, 3) for each in found],
    )  # fmt: skip
    return Verdicts([settle("a-lr-schedule", share, low, high, against="law",
        why=f"Of the measured change of exponent, the decay of the learning rate takes {narrow[0]} on OpenWebText2 and {narrow[1]} on RefinedWeb, with the warm-up {wide[0]} and {wide[1]}; "
        f"the published order is one of several. At a constant rate, tuned, the exponent is {tuned[0]} and {tuned[1]}, so the decay is not needed.")])  # fmt: skip


compute, of = recording("reconciliation", steps.take, recorded, verdicts)
