"""What the chapter on isoFLOP profiles comes to: its results and its verdicts."""

import numpy as np

from scalebook.chapters.common import low_high, prefixed, printed, ranged, recording
from scalebook.chapters.isoflop import settled, steps, suite, sweep
from scalebook.chapters.isoflop.steps import Found
from scalebook.chapters.parameter import Parameters
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Verdicts

KEYS = {
    "hoffmann2022_runs": "hoffmann", "llama3": "llama3", "marin-comma": "marin_comma",
    "marin-dclm": "marin_dclm", "marin-nemotron": "marin_nemotron", "fineweb-c4": "fineweb",
}  # fmt: skip


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    return {
        **{key: value for name in KEYS for key, value in _of_suite(f, name).items()},
        **_shown(p, f), **_spread(f), **_llama(f), **_carried(f), **_made_up(f), **numbers_of(f.needed),
        "runs_product": printed("besiroglu2024.runs_needed.product"),
    }  # fmt: skip


def _of_suite(f: Found, name: str) -> dict[str, object]:
    a = f.intervals[name].a
    return prefixed(KEYS[name], {"a": f.suites[name].a, **low_high("a", a)})


def _shown(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers of the suite that the parameters name, a bundled one or the reader's."""
    s, drawn = f.suites[p.runs], f.intervals[p.runs]
    return prefixed("shown", {
        "a": s.a, "b": s.b, **low_high("a", drawn.a), "budgets": len(s.profiles.compute),
        "budgets_used": int(s.profiles.used.sum()), "growth": steps.tenfold(s.a), "data_growth": steps.tenfold(s.b),
    })  # fmt: skip


def exponents(f: Found) -> list[float]:
    """Return a of the bundled suites by all three methods."""
    return [a for name in KEYS for a in (f.suites[name].a, f.surfaces[name].a_huber, f.surfaces[name].a_varpro)]  # fmt: skip


def _spread(f: Found) -> dict[str, object]:
    """Return how far suites, methods and choices of points move the exponent."""
    profiles = [f.suites[name].profiles for name in KEYS]
    by_minima, every = [f.suites[name].a for name in KEYS], exponents(f)
    drawn = f.intervals["fineweb-c4"]
    return {
        "suites": len(KEYS), "suites_data": sum(trend(f.intervals[name]) > 0 for name in KEYS),
        "suites_size": sum(trend(f.intervals[name]) < 0 for name in KEYS),
        "largest_budget": max(float(each.compute[each.used].max()) for each in profiles),
        **ranged("a", by_minima), **ranged("any_a", every),
        **ranged("growth", map(steps.tenfold, by_minima)), **ranged("any_growth", map(steps.tenfold, every)),
        "widest": max(float(np.ptp(ends)) for name in KEYS
                      for ends in (f.intervals[name].a, f.surfaces[name].huber_ends, f.surfaces[name].varpro_ends)),
        "largest_move": max(f.choices[name].move for name in KEYS),
        "fineweb_size_width": np.ptp(drawn.by_size) / np.ptp(drawn.a),
        **ranged("neighbours", (f.surfaces[name].near_surface for name in KEYS)),
    }  # fmt: skip


def trend(drawn: suite.Intervals) -> int:
    """Return 1 where data clearly grow faster than size, -1 where size does, and else 0."""
    return int(drawn.b[0] > drawn.a[1]) - int(drawn.a[0] > drawn.b[1])


def _llama(f: Found) -> dict[str, object]:
    line, text, target, meant = f.llama.line, f.llama.text, f.llama.target, f.llama.meant
    params, tokens = printed("llama3.optimum.params"), printed("llama3.optimum.tokens")
    found = {"params": float(line.params(meant)), "tokens": float(line.tokens(meant))}
    surface, parts = f.surfaces["llama3"], f.parts["llama3"]
    return prefixed("llama3", {
        "line_b": line.b, "label_b": f.llama.label.b, "text_b": text.b,
        "params": line.params(target), "tokens": line.tokens(target), "rounded_tokens": text.tokens(target),
        "meant": meant, "meant_excess": meant / target - 1,
        "meant_off": max(abs(found["params"] / params - 1), abs(found["tokens"] / tokens - 1)),
        "a_huber": surface.a_huber, "a_varpro": surface.a_varpro,
        "part_parabola": parts.split["parabola"], "part_whole": sum(parts.split.values()),
        "exercise_digits": target ** (line.b - text.b), "exercise_prefactor": float(line.tokens(1.0)) / float(text.tokens(1.0)),
    })  # fmt: skip


def _carried(f: Found) -> dict[str, object]:
    """Return what the suites name at the budget of the parameters."""
    parts = [f.parts[name] for name in KEYS]
    llama = f.parts["llama3"]
    return {
        **ranged("carried", (each.size for each in parts)),
        **ranged("carried_any", (size for each in parts for size in (each.size, each.best))),
        "llama3_share_wasted": llama.share_wasted, "most_share_wasted": max(each.share_wasted for each in parts),
        "carried_apart": max(max(each.size / each.best, each.best / each.size) for each in parts),
    }  # fmt: skip


def _made_up(f: Found) -> dict[str, object]:
    true, comma = f.biases[sweep.TRUTH], f.biases[sweep.COMMA]
    profiles = f.suites["marin-comma"].profiles
    factors = profiles.high / profiles.low
    return {
        **{f"{what}_{name}": getattr(of, what) for name, of in (("besiroglu", true), ("comma", comma))
           for what in ("shift", "error")},
        "comma_first_factor": factors[0], "comma_last_factor": factors[-1],
    }  # fmt: skip


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts(settled.every(p, f))


compute, of = recording("isoflop", steps.take, recorded, verdicts)
