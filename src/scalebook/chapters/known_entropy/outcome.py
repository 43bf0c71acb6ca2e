"""What the chapter on a source of known entropy comes to: its results and its verdicts."""

import numpy as np

from scalebook.chapters.common import ranged, recording
from scalebook.chapters.known_entropy import steps, teachers
from scalebook.chapters.parameter import Parameters
from scalebook.record.claims import Verdicts, settle
from scalebook.record.results import numbers_of
from scalebook.show.numbers import fix, num, pct
from scalinglaws import registry
from scalinglaws.units import BITS_PER_NAT


def recorded(p: Parameters, f: steps.Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    entropy, true, best = f.table.entropy, f.derived.law, f.table.loss.mean(axis=0).min()
    noisy, blended = f.fits.noisy["sum"].law, f.fits.noisy["power mean"].law
    exact, exact_blended = f.fits.whole["sum"].law, f.fits.whole["power mean"].law
    slope = f.valleys.slope() if steps.enough(f.valleys) else f.derived.theory_slope
    by_error_model = [f.misses[name] for name in steps.ERROR_MODELS if name in f.misses]
    replication = registry.parametric("besiroglu2024")
    s = 1 / (1 - replication.beta)
    return {
        **numbers_of(f.fits, f.places, f.derived), **teachers.favourites(f.courses),
        "entropy_bits": entropy * BITS_PER_NAT, "prototypes": len(f.world.prototypes), "lab_runs": len(f.fits.pick),
        "true_alpha": true.alpha, "true_beta": true.beta,
        "E": noisy.E, "E_error": noisy.E / entropy - 1, "alpha": noisy.alpha, "beta": noisy.beta,
        "interval_width": 100 * (f.fits.E_high - f.fits.E_low) / entropy,
        "exact_E": exact.E, "exact_E_error": exact.E / entropy - 1, "exact_alpha": exact.alpha, "exact_beta": exact.beta,
        "exact_residual": np.abs(f.fits.whole["sum"].residuals).mean(),
        "alpha_ratio": exact.alpha / true.alpha, "beta_ratio": exact.beta / true.beta,
        "E_error_nats": exact.E - entropy, "reducible_best": best - entropy,
        "E_error_of_reducible": (exact.E - entropy) / (best - entropy),
        "blended_E": blended.E, "exact_p": exact_blended.p, "exact_blended_error": exact_blended.E / entropy - 1,
        "blended_alpha_error": exact_blended.alpha / true.alpha - 1,
        "blended_beta_error": exact_blended.beta / true.beta - 1,
        "blended_beta_worse": int(abs(exact_blended.beta / true.beta - 1) > abs(exact.beta / true.beta - 1)),
        "miss_clean": f.misses.get("sum, no noise, whole table", 0.0),
        "miss_power_clean": f.misses.get("power mean, no noise, whole table", 0.0),
        "miss_lower": f.misses.get("sum, no noise, lower half of the ranges", 0.0),
        "miss_noise": f.misses.get("sum, noise three times as large", 0.0),
        **ranged("miss_error", by_error_model), "path_slope": slope, "fit_slope": exact.a, "ratio_slope": 1 - 2 * slope,
        "method_slope": f.method.slopes["sum"], "method_slope_power": f.method.slopes["power mean"],
        "exercise_s": s, "exercise_alpha": s - 1, "exercise_tenth": 10 ** (1 / true.beta),
        "replication_alpha": replication.alpha, "replication_beta": replication.beta,
    }  # fmt: skip


def verdicts(p: Parameters, f: steps.Found) -> Verdicts:
    """Settle the claims of the chapter."""
    at, taught, slopes, right = f.places, f.courses, f.method.slopes, teachers.favourites(f.courses)
    slope, floors = slopes["sum"], f.method.floors["sum"]
    ends = [*((floors - floors[0])[1:] / f.method.known[1:]), *slopes.values()]
    miss = steps.percent_above(f.table.entropy, floors[0])
    return Verdicts((
        settle("h-elo-mixture", [at.mixed_play, at.limit_play],
            why=f"On a source of known entropy and a worse one, a learner of both halves plays at {fix(at.mixed_play)} of the way from better to worse; after {num(taught.second / taught.first, 2)} times as much of the worse alone at {fix(at.end_play)}, as the share of the data, {fix(at.end_share)}, says. Carried on, it goes to {fix(at.limit_play)}, ever more slowly. "
            f"One that forgets reaches {fix(float(at.fading[-1]))}. By the favourite instead of a draw they stand at {fix(right['pick_both'])} and {fix(right['pick_end'])}, but right in {pct(right['choice_both'], 3)} and {pct(right['choice_end'], 3)} of cases, where the sources themselves play it in {pct(right['play_better'], 3)} and {pct(right['play_worse'], 3)}."),
        settle("h-method-error", 2.0 + 0.1 * slope, 2.0 + 0.1 * min(ends), 2.0 + 0.1 * max(ends),
            why=f"Learners that cannot tell symbols apart raise the fitted floor by {fix(slope, 3)} times the loss they cannot avoid, so 0.1 bits on 2.0 give {fix(2.0 + 0.1 * slope, 3)}. "
            f"The floor itself is fitted {num(miss, 2)}% from the entropy, for the form of the law is not exact."),
    ))  # fmt: skip


compute, of = recording("known-entropy", steps.take, recorded, verdicts)
