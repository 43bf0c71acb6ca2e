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
        **_trials(f), **_certain(f), **_other(f), **_sources(f),
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
    }  # fmt: skip


def _other(f: steps.Found) -> dict[str, object]:
    """Return what the other kind of network came to."""
    other = f.other
    if other is None:
        return {"other_share": 0.0}
    off = other.schedule
    found = {
        "share": sum(other.grid.widths.values()) / other.grid.planned,
        "planned": other.grid.planned, "planned_cells": sum(other.grid.widths.values()),
        **_told("E", other.fitted.floor), "a": other.fitted.a.value, "bare_a": other.counting.bare.a.value,
        **_tried(other), "slope": other.frontier.slope, "off_runs": 0 if off is None else len(off.cells),
    }  # fmt: skip
    if off is not None:
        found |= {"on_a": off.matched.a.value, "off_a": off.unmatched.a.value}
    return prefixed("other", found)


def _tried(f: steps.Learned) -> dict[str, object]:
    """Return how the floors of all fits fare."""
    entropy, floors = f.used.entropy, f.by_method.values()
    holding = sum(floor.holds(entropy) for floor in floors)
    values = ranged("floor", [each.value for each in floors])
    return {"tried_fits": len(floors), "tried_fits_hold": holding, **values}


def _sources(f: steps.Found) -> dict[str, object]:
    """Return how far off the floors of the other sources are, by the networks of this kind."""
    kind = f.used.suite.rpartition("-")[2]
    others = [
        each for name, each in f.suites.items()
        if name != f.used.suite and name.endswith(kind) and each.fitted is not None
    ]  # fmt: skip
    if not others:
        return {"sources": 0}
    floors = [each.fitted.floor for each in others if each.fitted is not None]
    off = [floor.value - each.entropy for floor, each in zip(floors, others, strict=True)]
    holding = [floor.holds(each.entropy) for floor, each in zip(floors, others, strict=True)]
    found = {"sources": len(others), "sources_hold": sum(holding), **ranged("sources_off", off)}
    for name in ("alpha", "beta"):
        found |= ranged(f"sources_{name}", [getattr(each.fitted, name).value for each in others])
    return found


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
        "tried": len(floor_fits.FORMS) * len(floor_fits.ERRORS), **_tried(f),
        "sums": len(by_form["sum"]), "sums_hold": sum(each.holds(entropy) for each in by_form["sum"]),
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
