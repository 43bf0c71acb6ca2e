"""What the chapter on isoFLOP profiles comes to: its results and its verdicts."""

import numpy as np

from scalebook.chapters.common import low_high, prefixed, printed, ranged, recording
from scalebook.chapters.isoflop import settled, steps, suite, sweep
from scalebook.chapters.isoflop.steps import Found
from scalebook.chapters.parameter import Parameters
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Verdicts
from scalinglaws.fitting import parabola

KEYS = {
    "hoffmann2022_runs": "hoffmann", "llama3": "llama3", "marin-comma": "marin_comma",
    "marin-dclm": "marin_dclm", "marin-nemotron": "marin_nemotron", "fineweb-c4": "fineweb",
}  # fmt: skip
#: What is recorded of the reader's own runs; of the bundled suites all is, but for some.
OWN = ("a", "a_low", "a_high", "b", "b_low", "b_high", "a_huber", "a_varpro", "budgets", "budgets_left_out", "runs_left_out")  # fmt: skip
NOT_RECORDED = ("near_parabola", "near_surface", "size", "best", "share")


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    shown = [s.profiles for s in suite.shown(p, f.suites)]
    near = [surface.near_surface for surface in f.surfaces.values()]
    return {
        **{key: value for name in f.suites for key, value in _of_suite(f, name).items()},
        **_llama(p, f), **_moves(f), **_made_up(p, f), **numbers_of(f.redrawn, but=["half_width", "printed_half", "reported"]),
        "hoffmann_reported": f.redrawn.reported, "hoffmann_a_published": printed("hoffmann2022.approach2.a"),
        "hoffmann_a_all": f.choices["hoffmann2022_runs"].every,
        "budgets_left_out": sum(len(each.notices) for each in shown),
        "budgets_shown": sum(len(each.compute) for each in shown),
        "budgets_published": sweep.paper_budgets()[2], **ranged("neighbours", near),
        "czech_waste": printed("czech2026.llama3.waste"), "printed_width": printed("hoffmann2022.a.width80"),
        "runs_published": printed("besiroglu2024.runs_needed"), "runs_product": printed("besiroglu2024.runs_needed.product"),
    }  # fmt: skip


def _of_suite(f: Found, name: str) -> dict[str, object]:
    s, drawn, fits, key = f.suites[name], f.intervals[name], f.surfaces[name], KEYS.get(name, "own")
    count, parts = int(s.on.sum()), f.parts[name]
    found = {
        "a": s.a, "b": s.b, **numbers_of(fits, parts, but=NOT_RECORDED),
        **prefixed("part", parts.split), **low_high("a", drawn.a), **low_high("b", drawn.b),
        **low_high("a_huber", fits.huber_ends), **low_high("a_varpro", fits.varpro_ends),
        "budgets": len(s.profiles.compute), "budgets_left_out": len(s.profiles.notices),
        "runs_used": count, "runs_left_out": len(s.table) - count,
    }  # fmt: skip
    return prefixed(key, {name: v for name, v in found.items() if key != "own" or name in OWN})


def _llama(p: Parameters, f: Found) -> dict[str, object]:
    line, text, label = f.llama.line, f.llama.text, f.llama.label
    target, meant, parts = f.llama.target, f.llama.meant, f.parts["llama3"]
    params, tokens = printed("llama3.optimum.params"), printed("llama3.optimum.tokens")
    found = {"params": float(line.params(meant)), "tokens": float(line.tokens(meant))}
    return {
        **f.log_reading, "llama3_line_b": line.b, "llama3_prefactor": line.D_e,
        "llama3_text_b": text.b, "llama3_text_prefactor": text.D_e,
        "llama3_label_b": label.b, "llama3_label_prefactor": label.D_e,
        "llama3_printed_params": params, "llama3_printed_tokens": tokens,
        "llama3_meant": meant, "llama3_meant_excess": meant / target - 1,
        "llama3_meant_params": found["params"], "llama3_meant_tokens": found["tokens"],
        "llama3_meant_off": max(abs(found["params"] / params - 1), abs(found["tokens"] / tokens - 1)),
        "llama3_target": target, "llama3_reach": target / f.suites["llama3"].profiles.compute.max(),
        "llama3_tokens": line.tokens(target), "llama3_params": line.params(target), "llama3_rounded_tokens": text.tokens(target),
        "llama3_waste": 1 - parts.share, "llama3_misfit_widths": abs(parts.split["misfit"]) / f.intervals["llama3"].half_width,
        "exercise_digits": target ** (line.b - text.b), "exercise_prefactor": float(line.tokens(1.0)) / float(text.tokens(1.0)),
    }  # fmt: skip


def _moves(f: Found) -> dict[str, object]:
    mover = max(f.choices, key=lambda name: f.choices[name].move)
    widest, drawn = f.choices[mover].move, f.intervals["fineweb-c4"]
    comma = f.suites["marin-comma"].profiles
    factors = comma.high / comma.low
    return {
        "largest_move": widest, "largest_move_widths": widest / f.intervals[mover].half_width,
        "fineweb_size_width": (drawn.by_size[1] - drawn.by_size[0]) / (drawn.a[1] - drawn.a[0]),
        "comma_first_factor": factors[0], "comma_last_factor": factors[-1],
    }  # fmt: skip


def _made_up(p: Parameters, f: Found) -> dict[str, object]:
    true, comma, made = f.biases[sweep.TRUTH], f.biases[sweep.COMMA], f.envelopes
    a = float(true.law.a)
    exercise = parabola.compute_multiplier(true.law.alpha, true.law.beta, p.wanted * np.log(1e4))
    sizes = np.unique(f.suites["fineweb-c4"].used.params)
    parabolas, surface = sweep.runs_wanted(p, f.precision, p.noise)
    return {
        "check_sizes": sweep.CHECK_SIZES, "closed_form_error": sweep.closed_form_error(f.biases),
        **{f"{what}_{name}": getattr(of, what) for name, of in (("besiroglu", true), ("comma", comma))
           for what in ("shift", "error", "cost", "bias")},
        "exercise_waste": float(exercise) - 1, "envelope_a": made.edge.a, "envelope_a_inside": made.edge.a_inside,
        "envelope_sd": made.lucky.std(), "envelope_luck": made.lucky.mean() - a, "fineweb_envelope_a": made.real,
        "fineweb_step": np.exp(np.mean(np.diff(np.log(sizes)))), "ladder_step": sweep.LADDER[1] / sweep.LADDER[0],
        "simulated_fits": sweep.TRIED, "runs_parabola": parabolas, "runs_surface": surface,
        "drawn_low": sweep.DRAWN[0], "drawn_high": sweep.DRAWN[-1],
    }  # fmt: skip


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts(settled.every(p, f))


compute, of = recording("isoflop", steps.take, recorded, verdicts)
