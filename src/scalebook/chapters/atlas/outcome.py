"""What the chapter on all public tables comes to: its results and its verdicts."""

import re
from collections.abc import Iterable

import numpy as np

from scalebook.chapters.atlas import settled, steps
from scalebook.chapters.common import low_high, recording
from scalebook.chapters.parameter import Parameters
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Verdicts
from scalinglaws import catalogue
from scalinglaws.atlas.hierarchy import MEAN

ONE = "hoffmann2022_runs"  # whose bootstrap stands for what one law says of itself


def recorded(p: Parameters, f: steps.Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    told = f.atlas.told[p.method]
    a = np.array([each.a for each in told])
    tables = catalogue.tables().values()
    return {
        "tables": len(tables), "rows": sum(each.rows for each in tables),
        "suites": len(f.atlas.suites), "laboratories": len({each.laboratory for each in f.atlas.suites.values()}),
        "told": len(told), "told_laboratories": steps.laboratories(told), "fits": sum(map(len, f.atlas.told.values())),
        "fits_kept": f.spread.count, **_spans("a", a[:, 0]),
        **low_high("range", (f.spread.low, f.spread.high)), **low_high("whole", (f.spread.least, f.spread.most)),
        **{f"told_{_key(method)}": len(each) for method, each in f.atlas.told.items()},
        **{f"middle_{_key(method)}": np.median([one.a[0] for one in each]) for method, each in f.atlas.told.items()},
        **_one(f), **_pooled(p, f), **_equal(told), **_ratios(p, told), **_forms(f), **_floors(told), **_laws(f),
        "valleys": len(f.valleys.slopes), "valleys_flatter": f.valleys.flatter, "valleys_steeper": f.valleys.steeper,
        "seeds_cells": f.seeds.cells, "seeds_middle": f.seeds.middle, "seeds_most": f.seeds.most,
        **{f"a_of_{_key(each.suite.name)}": each.a[0] for each in told},
    }  # fmt: skip


def _key(name: str) -> str:
    return re.sub(r"\W+", "_", name).lower()


def _spans(name: str, values: Iterable[float]) -> dict[str, object]:
    """Return the median of some numbers, the ends of all and of their middle half."""
    least, low, middle, high, most = np.quantile(list(values), [0, 0.25, 0.5, 0.75, 1])
    return {f"{name}_middle": middle, f"{name}_half_low": low, f"{name}_half_high": high,
            f"{name}_low": least, f"{name}_high": most}  # fmt: skip


def _one(f: steps.Found) -> dict[str, object]:
    """Return what one suite says by the reference method, and the one that is fitted on the page."""
    by_name = {each.suite.name: each for each in f.atlas.told[steps.REFERENCE]}
    one = by_name[ONE]
    return {"one": one.a[0], **low_high("one", one.a[1:]), **numbers_of(f.again)}  # fmt: skip


def _pooled(p: Parameters, f: steps.Found) -> dict[str, object]:
    plain, moved = f.pools.plain[p.method], f.pools.moved
    found: dict[str, object] = {"mean": plain.value(MEAN), **low_high("mean", plain.interval(MEAN, p.level)),
        **low_high("next", plain.next_suite(p.level))}  # fmt: skip
    for of, name in (("laboratories", "between"), ("suites", "within")):
        middle, low, high = plain.spread(of, p.level)
        found |= {name: middle, **low_high(name, (low, high))}
        found[f"{name}_left"] = moved.spread(of, p.level)[0]
    for name in steps.COVARIATES:
        known = name in moved.names
        value, ends = (
            (moved.value(name), moved.interval(name, p.level)) if known else (0.0, (-1.0, 1.0))
        )
        found |= {f"by_{name}": value, **low_high(f"by_{name}", ends)}
    for method, each in f.pools.shifts.items():
        found |= {f"shift_{_key(method)}": each.value(MEAN), **low_high(f"shift_{_key(method)}", each.interval(MEAN, p.level))}  # fmt: skip
    return found


def _equal(told: list[steps.Told]) -> dict[str, object]:
    """Count the suites whose interval holds equal growth of size and data."""
    below, above = (sum(each.a[2] < 0.5 for each in told), sum(each.a[1] > 0.5 for each in told))
    holding = [each for each in told if each.a[1] <= 0.5 <= each.a[2]]
    return {"told_equal": len(holding), "told_below": below, "told_above": above}  # fmt: skip


def _ratios(p: Parameters, told: list[steps.Told]) -> dict[str, object]:
    """Count the suites whose best ratio is about twenty, at their own largest run and far beyond."""
    priced = [each for each in told if np.isfinite(each.ratio[0])]
    found: dict[str, object] = {"ratios": len(priced)}
    if not priced:
        return {**found, "ratios_near": 0, "ratios_far": 0}
    near = [each for each in priced if _about(each.ratio[0], steps.RULE, p.near)]
    far = [each for each in priced if _about(each.far[0], steps.RULE, p.near)]
    return {
        **found, "ratios_near": len(near), "ratios_far": len(far),
        **_spans("ratio", [each.ratio[0] for each in priced]), **_spans("beyond", [each.far[0] for each in priced]),
    }  # fmt: skip


def _about(ratio: float, rule: float, factor: float) -> bool:
    return bool(rule / factor <= ratio <= rule * factor)


def _forms(f: steps.Found) -> dict[str, object]:
    found: dict[str, object] = {"forms_predicted": f.forms.predicted}
    for form in steps.FORMS:
        name = {"mse": "chinchilla"}.get(form, _key(form))
        found |= {f"{name}_judged": f.forms.judged[form], f"{name}_judged_rejected": f.forms.rejected[form],
                  f"forms_predicted_{name}": f.forms.best[form]}  # fmt: skip
    return found


def _floors(told: list[steps.Told]) -> dict[str, object]:
    """Count the suites that tell a floor, in nats per token, and give its range."""
    floors = [
        each for each in told if np.isfinite(each.floor).all() and each.suite.name != "llama3"
    ]
    zero = sum(each.floor[1] < 0.1 for each in floors)
    return {"floors": len(floors), "floors_none": zero, **(_spans("floor", [e.floor[0] for e in floors]) if floors else {})}  # fmt: skip


def _laws(f: steps.Found) -> dict[str, object]:
    others = {name: each.times for name, each in f.laws.items() if name.startswith("gemstones")}
    named = {"hoffmann": "hoffmann2022", "printed": "hoffmann2022-printed", "besiroglu": "besiroglu2024", "muennighoff": "muennighoff2023"}  # fmt: skip
    found: dict[str, object] = {"laws": len(f.laws), "laws_gemstones": len(others), "gemstones_times": np.median(list(others.values()))}  # fmt: skip
    for name, law in named.items():
        each = f.laws[law]
        found |= {f"{name}_times": each.times, f"{name}_error": each.error, f"{name}_bias": each.bias, f"{name}_runs": each.runs}  # fmt: skip
    return found


def verdicts(p: Parameters, f: steps.Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts(settled.verdicts(p, f))


compute, of = recording("atlas", steps.take, recorded, verdicts)
