"""What the chapter on the reconciliation comes to: its results and its verdicts."""

from math import factorial

import numpy as np

from scalebook.chapters.common import ends, low_high, printed, recording
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.reconciliation import counted, settled, steps
from scalebook.chapters.reconciliation.refitted import refits
from scalebook.chapters.reconciliation.steps import Found
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Verdicts
from scalinglaws import registry
from scalinglaws.laws import PowerLaw
from scalinglaws.optimum import counting


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    return {**_of_exponents(p, f), **_of_corrections(p, f), **_of_schedules(f), **_of_constant(f)}


def _of_exponents(p: Parameters, f: Found) -> dict[str, object]:
    sizes = np.array([p.smallest, p.largest])
    growth = counting.elasticity(sizes, p.embedding)
    shares = 1 - sizes / counting.total_params(sizes, p.embedding)
    falling = counted.counted_optima(f.laws.each["fit"], sizes, p.embedding).loss_exponent
    porian = f.count.smallest, f.count.largest
    by_law = {
        "frontier": {key: best.exponent for key, best in f.frontiers.items()},
        "path": f.exponents.path,
        "peak": {key: height for key, (_, height) in f.exponents.peak.items()},
        "peak_params": {key: size for key, (size, _) in f.exponents.peak.items()},
        "small": f.laws.small, "a": f.laws.large,
        "count_effect": f.count.effect,
    }  # fmt: skip
    return {
        **numbers_of(f.exponents, but=["last"]),
        **{f"{name}_{key}": v for name, values in by_law.items() for key, v in values.items()},
        **{f"{name}_{end}": value
           for name, values in (("embedding_share", shares), ("s", growth), ("loss_slope", falling), ("porian", porian))
           for end, value in zip(("smallest", "largest"), values, strict=True)},
        **low_high("count_effect_fit", (f.count.low, f.count.high)), "porian_embedding": f.count.embedding,
        "kaplan_a": printed("kaplan2020.optimum.params.exponent"), "kaplan_naive": printed("kaplan2020.naive.params.exponent"),
        "published_sizes": int(printed("pearce2024.sizes")), "published_budgets": int(printed("pearce2024.budgets")),
        "published_hoffmann": printed("pearce2024.a.hoffmann"), "published_besiroglu": printed("pearce2024.a.besiroglu"),
    }  # fmt: skip


def _of_corrections(p: Parameters, f: Found) -> dict[str, object]:
    theirs = refits(p.seed)
    pairs = [pair for each in f.corrections.values()
             for pair in zip(each.refit.exponents, each.published, each.low, each.high, strict=True)]  # fmt: skip
    found: dict[str, object] = {
        "orders": factorial(len(steps.CORRECTIONS) - 1),
        "after_last_layer": np.mean([each.refit.exponents[1] for each in f.corrections.values()]),
        "refit_off": max(abs(value - printed.value) for value, printed, *_ in pairs),
        "refit_inside": sum(low <= printed.value <= high for _, printed, low, high in pairs),
        "refit_of": len(pairs),
        "tuned_early": theirs.early, **low_high("tuned_early", ends(theirs.early_draws, p.level)),
        "tuned_late": theirs.late, **low_high("tuned_late", ends(theirs.late_draws, p.level)),
        **low_high("tuned_order", ends(theirs.early_draws - theirs.late_draws, p.level)),
    }  # fmt: skip
    for corpus, each in f.corrections.items():
        found |= {
            f"{step}_exponent_{corpus}": value
            for step, value in zip(steps.CORRECTIONS, each.refit.exponents, strict=True)
        }
        for name, place in (("last_layer", 0), ("warmup", 1), ("tuning", 3)):
            values = each.share[:, place]
            found |= {
                f"{name}_share_{corpus}": values[0],
                **low_high(f"{name}_share_{corpus}", values[1:]),
            }
        drop = each.refit.draws[:, 0] - each.refit.draws[:, 1]
        found |= {f"last_layer_{corpus}": each.refit.exponents[0] - each.refit.exponents[1],
                  **low_high(f"last_layer_{corpus}", ends(drop, p.level)), f"tuned_{corpus}": each.refit.exponents[-1],
                  **low_high(f"tuned_{corpus}", (each.low[-1], each.high[-1]))}  # fmt: skip
        for name, (share, *interval) in (("cosine", each.cosine), ("wide", each.wide)):
            found |= {f"{name}_{corpus}": share, **low_high(f"{name}_{corpus}", interval)}
    return found


def _of_schedules(f: Found) -> dict[str, object]:
    """Return what a loss in the middle of a schedule is off by, of the smallest and largest size."""
    return {
        f"stopped_{name}_{end}": getattr(f.stopped[place], name)
        for name in ("params", "excess", "share", "noise") for end, place in (("small", 0), ("large", -1))
    }  # fmt: skip


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
    """Settle the claims of the chapter."""
    return Verdicts(settled.every(p, f))


compute, of = recording("reconciliation", steps.take, recorded, verdicts)
