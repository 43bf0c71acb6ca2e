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
from scalinglaws.optimum import counting

#: The corrections, as their results are called.
STEPS = ("last_layer", "warmup", "cosine", "tuned")


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    return {**_of_exponents(p, f), **_of_corrections(p, f), **_of_schedules(f), **_of_constant(f)}


def _of_exponents(p: Parameters, f: Found) -> dict[str, object]:
    sizes = np.array([p.smallest, p.largest])
    growth = counting.elasticity(sizes, p.embedding)
    shares = 1 - sizes / counting.total_params(sizes, p.embedding)
    falling = counted.counted_optima(f.laws.each["fit"], sizes, p.embedding).loss_exponent
    by_law = {
        "frontier": {key: best.exponent for key, best in f.frontiers.items()},
        "path": f.exponents.path,
        "a": f.laws.large,
        "count_effect": f.count.effect,
    }  # fmt: skip
    return {
        **numbers_of(f.exponents),
        **{f"{name}_{key}": v for name, values in by_law.items() for key, v in values.items()},
        **{f"{name}_{end}": value
           for name, values in (("embedding_share", shares), ("s", growth), ("loss_slope", falling))
           for end, value in zip(("smallest", "largest"), values, strict=True)},
        **low_high("porian_params", (f.count.smallest, f.count.largest)),
        **low_high("count_effect_fit", (f.count.low, f.count.high)), "porian_embedding": f.count.embedding,
        "law_low": min(*f.exponents.path.values(), *(each.exponent for each in f.frontiers.values())),
        "law_high": max(*f.exponents.path.values(), *(each.exponent for each in f.frontiers.values())),
    }  # fmt: skip


def _of_corrections(p: Parameters, f: Found) -> dict[str, object]:
    theirs = refits(p.seed)
    pairs = [pair for each in f.corrections.values()
             for pair in zip(each.refit.exponents, each.published, strict=True)]  # fmt: skip
    readings = np.concatenate([each.readings for each in f.corrections.values()])
    found: dict[str, object] = {
        "orders": factorial(len(STEPS)),
        "after_last_layer": np.mean([each.refit.exponents[1] for each in f.corrections.values()]),
        "start": np.mean([each.refit.exponents[0] for each in f.corrections.values()]),
        "end": np.mean([each.refit.exponents[-1] for each in f.corrections.values()]),
        "refit_off": max(abs(value - printed.value) for value, printed in pairs),
        "recount_off": theirs.recount_off,
    }  # fmt: skip
    moved = np.array([each.refit.grid[0] - each.refit.grid[1] for each in f.corrections.values()])
    found |= low_high("moved", (moved.min(), moved.max()))
    spread = dict(zip(STEPS, readings.T, strict=True)) | {"schedule": readings[:, 1:3].sum(axis=1)}
    for step, values in spread.items():
        found |= low_high(f"share_of_{step}", (values.min(), values.max()))
    for corpus, each in f.corrections.items():
        found |= {
            f"a_{step}_{corpus}": value
            for step, value in zip(steps.CORRECTIONS, each.refit.exponents, strict=True)
        }
        found |= {
            f"{step}_bare_{corpus}": value
            for step, value in zip(STEPS[1:], each.refit.bare[1:], strict=True)
        }
        for place, step in ((0, "last_layer"), (2, "cosine")):
            low, high = each.mean_share[1:, place]
            found |= low_high(f"{step}_mean_share_{corpus}", (low, high))
        drop = each.refit.draws[:, 0] - each.refit.draws[:, 1]
        found |= {f"last_layer_{corpus}": each.refit.exponents[0] - each.refit.exponents[1],
                  **low_high(f"last_layer_{corpus}", ends(drop, p.level))}  # fmt: skip
    return found


def _of_schedules(f: Found) -> dict[str, object]:
    """Return what a loss in the middle of a schedule is off by, of the smallest and largest size."""
    return {f"stopped_share_{end}": f.stopped[place].share for end, place in (("small", 0), ("large", -1))}  # fmt: skip


def _of_constant(f: Found) -> dict[str, object]:
    seen, whole = f.constant.counted, f.constant.whole
    bend = steps.misfit(whole.power)
    return {
        "floor_true": f.laws.each["besiroglu"].E, "floor_counted": seen.floor.law.floor, "floor_whole": whole.floor.law.floor,
        "floor_upper_half": f.constant.upper.law.floor, "kaplan_refit_floor": f.constant.refit.law.floor,
        "misfit_power": steps.misfit(seen.power), "misfit_whole": bend,
        "noise_whole": steps.hidden_by(bend, int(printed("pearce2024.sizes"))),
        "loss_exponent_hoffmann": f.constant.hoffmann.law.exponent,
        "loss_exponent_whole": whole.power.law.exponent,
    }  # fmt: skip


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts(settled.every(p, f))


compute, of = recording("reconciliation", steps.take, recorded, verdicts)
