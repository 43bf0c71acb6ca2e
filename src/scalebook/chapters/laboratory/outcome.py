"""What the chapter on networks and sources of known entropy comes to."""

import numpy as np

from scalebook.chapters.common import low_high, prefixed, ranged, recording
from scalebook.chapters.laboratory import floor_fits, settled, steps
from scalebook.chapters.laboratory.floor_fits import Fitted, Floor
from scalebook.chapters.laboratory.shape import Frontier, Valleys
from scalebook.chapters.parameter import Parameters
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Verdicts

#: What the floors of some forms, and of parts of the runs, are recorded as.
FORMS = {"varying exponent": "varying", "power mean": "powermean", "Kaplan's, with floor": "kaplan"}
RANGES = {
    "cheaper half of the runs": "cheap_E", "larger half of the sizes": "larger_E", "one seed": "single_E",
}  # fmt: skip
#: Numbers of the experiments that are the same for every seed.
FIXED = ("teacher_play", "crowd_teacher_play", "crowd_limit", "filter_floor", "check_strictness_1",
         "check_strictness_4", "check_passed_1", "check_passed_4", "student_share", "echo_share", "flaw_share")  # fmt: skip


def recorded(p: Parameters, f: steps.Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    return {
        **_grid(f), **_floors(f), **_shape(f), **_counting(f), **_schedule(f), **_promises(f),
        **_trials(f), **_certain(f),
    }  # fmt: skip


def _grid(f: steps.Found) -> dict[str, object]:
    used, mean = f.used, f.used.mean()
    return {
        "entropy": used.entropy, "runs": len(used), "planned": f.grid.planned,
        "planned_cells": sum(f.grid.widths.values()), "lengths": f.grid.lengths,
        "sizes": len(np.unique(used.params)), "diverged": f.grid.diverged,
        **{f"width_{width}": count for width, count in f.grid.widths.items()},
        **ranged("params", used.params), **ranged("tokens", used.tokens),
        "excess_low": mean.excess.min(), **ranged("embedded", f.counting.share),
        **prefixed("seed", numbers_of(f.seeds)),
        "other_suites": sum(each.fitted is not None for name, each in f.suites.items() if name != used.suite),
    }  # fmt: skip


def _told(name: str, floor: Floor | Valleys) -> dict[str, object]:
    value = floor.a if isinstance(floor, Valleys) else floor.value
    return {name: value, **low_high(name, (floor.low, floor.high))}


def _law(name: str, fitted: Fitted) -> dict[str, object]:
    """Return floor and exponents of a fit with their intervals."""
    floor, a = _told(f"{name}E", fitted.floor), _told(f"{name}a", fitted.a)
    exponents = {**_told(f"{name}alpha", fitted.alpha), **_told(f"{name}beta", fitted.beta)}
    return {**floor, **exponents, **a}


def _floors(f: steps.Found) -> dict[str, object]:
    entropy, law = f.used.entropy, f.fitted.law
    by_form: dict[str, list[Floor]] = {form: [] for form in floor_fits.FORMS}
    for (form, _), floor in f.by_method.items():
        by_form[form].append(floor)
    found = {
        **_law("", f.fitted), "A": law.A, "B": law.B,
        "tried": len(floor_fits.FORMS) * len(floor_fits.ERRORS), "tried_fits": len(f.by_method),
        "tried_fits_hold": sum(floor.holds(entropy) for floor in f.by_method.values()),
        "sums": len(by_form["sum"]), "sums_hold": sum(each.holds(entropy) for each in by_form["sum"]),
        **ranged("floor", [each.value for each in f.by_method.values()]),
    }  # fmt: skip
    for form, name in FORMS.items():
        if by_form[form]:
            found |= ranged(f"floor_{name}", [each.value for each in by_form[form]])
    for part, floor in f.by_range.items():
        found |= _told(RANGES[part], floor)
    return found


def _frontier(name: str, line: Frontier) -> dict[str, object]:
    return prefixed(name, numbers_of(line, but=("scale",)))


def _shape(f: steps.Found) -> dict[str, object]:
    law, counts, table = f.fitted.law, f.counts, f.counts.fitted
    found = {
        **_frontier("frontier", f.frontier), "law_slope": law.alpha * law.beta / (law.alpha + law.beta),
        "counts_alpha": counts.alpha, "counts_beta": counts.beta, "counts_a": counts.a,
        "counts_share": float(table is not None),
    }  # fmt: skip
    if table is None:
        return found
    fitted = {f"table_{name}": getattr(table, name) for name in ("alpha", "beta")}
    return {**found, "counts_ratio": counts.ratio, **fitted}


def _counting(f: steps.Found) -> dict[str, object]:
    both = f.counting
    found = {
        **_told("bare_a", both.bare.a), "bare_E": both.bare.law.E,
        "alone_alpha": both.alone.constants["alpha"], "alone_beta": both.alone.constants["beta"],
        "valleys": 0 if both.valley is None or both.bare_valley is None else both.valley.budgets,
    }  # fmt: skip
    if both.valley is None or both.bare_valley is None:
        return found
    return found | _told("valley_a", both.valley) | _told("bare_valley_a", both.bare_valley)


def _schedule(f: steps.Found) -> dict[str, object]:
    off = f.schedule
    if off is None:
        return {"off_runs": 0}
    return {
        "off_runs": len(off.cells), "off_sizes": len(np.unique(off.cells.params)),
        **_wrong("off_", off.unmatched), **_wrong("on_", off.matched),
        "off_worse": off.worse, "off_later": off.later,
    }  # fmt: skip


def _wrong(name: str, fitted: Fitted) -> dict[str, object]:
    beta = {f"{name}beta": fitted.beta.value}
    return {**_told(f"{name}E", fitted.floor), **beta, **_told(f"{name}a", fitted.a)}


def _promises(f: steps.Found) -> dict[str, object]:
    found, far = f.promises, f.promises.distances[-1]
    total = numbers_of(found.total, but=("nearest", "furthest", "banded"))
    return {
        "promise_fitted": found.fitted, **prefixed("promise", total),
        "promise_banded_share": found.total.banded / found.total.runs,
        "promise_far_error": far.error, "promise_far_from": far.nearest,
        "promise_farthest": float(f.used.compute.max() / found.largest),
    }  # fmt: skip


def _trials(f: steps.Found) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, spread in f.trials.numbers.items():
        found[name] = spread.value
        if name not in FIXED:
            found |= low_high(name, spread[1:])
    return found


def _certain(f: steps.Found) -> dict[str, object]:
    found, line, fit = f.certain, f.certain.frontier, f.certain.fit
    if line is None or fit is None or found.floor is None:
        return {"certain_share": found.share}
    return {
        "certain_share": found.share, "certain_runs": fit.n, "certain_told": int(fit.converged),
        **_told("certain_E", found.floor), "certain_line_early": line.early, "certain_line_late": line.late,
        "certain_least": line.excess[-1],
    }  # fmt: skip


def verdicts(p: Parameters, f: steps.Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts(settled.every(f))


compute, of = recording("laboratory", steps.take, recorded, verdicts)
