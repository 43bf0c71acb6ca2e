"""What the chapter on a source of known entropy comes to: its results and its verdicts."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import ranged, recording
from scalebook.chapters.known_entropy import steps, teachers
from scalebook.chapters.parameter import Parameters
from scalebook.record.judge import UNKNOWN, interval, point, truth
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Settlement, Verdicts, settle
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
    return Verdicts((*_on_teachers(f), *_on_floors(f), *_on_scaling(p, f)))


def _on_teachers(f: steps.Found) -> Iterator[Settlement]:
    at, taught, right = f.places, f.courses, teachers.favourites(f.courses)
    drawn, best = "a move is drawn from what was learned", "the favourite move is played"
    yield settle("h-elo-mixture", {drawn: point(at.mixed_play), best: point(right["pick_both"])},
        why=f"A learner of two sources, half each, plays at {fix(at.mixed_play)} of the way from what one of the better source alone plays to what one of the worse does; if it plays its favourite, at {fix(right['pick_both'])}.")  # fmt: skip
    yield settle("h-elo-retrained",
        {"a learner that counts all it saw": point(at.limit_play), "a learner that forgets": point(float(at.fading[-1]))},
        reason="experiment",
        why=f"After {num(taught.second / taught.first, 2)} times as much of the worse source a learner that counts all it saw is at {fix(at.end_play)} of the way, as the share of the data, {fix(at.end_share)}, says; carried on until none of the data are old, at {fix(at.limit_play)}, and it gets there ever more slowly. One that forgets is at {fix(float(at.fading[-1]))}.")  # fmt: skip
    alone, own = taught.alone["better", np.inf], right["play_better"]
    play, choice = alone.play / own, alone.choice / own
    yield settle("h-elo-asymptote",
        {drawn: truth(teachers.approaches(play), float(play[-1])), best: truth(teachers.approaches(choice), float(choice[-1]))},
        why=f"The source itself plays its favourite in {pct(own, 3)} of cases. A learner that draws from what it learned comes to {pct(float(play[0]), 2)} of that after {num(float(alone.tokens[0]), 2)} symbols and to {pct(float(play[-1]), 3)} at the end. One that plays its favourite starts at {num(float(choice[0]), 2)} times the source's own and ends at {num(float(choice[-1]), 2)}. Which of the two a model does decides.")  # fmt: skip
    least = float(f.table.loss.min())
    yield settle("h-only-as-good",
        {"good is a low loss": truth(least >= f.table.entropy, f.table.entropy / least), drawn: truth(bool(play.max() <= 1.02), float(play.max())),
         best: truth(bool(choice.max() <= 1.02), float(choice.max()))},
        why=f"No learner's loss is below the source's entropy. But a learner of a source that plays its favourite in {pct(own, 3)} of cases, and plays the favourite of what it learned, is right in {pct(right['pick_better'], 3)}: mistakes that are rarer than good moves are outvoted. What is meant by good decides.")  # fmt: skip


def _on_floors(f: steps.Found) -> Iterator[Settlement]:
    slopes, floors, known, entropy = f.method.slopes, f.method.floors["sum"], f.method.known, f.table.entropy  # fmt: skip
    slope, rise = slopes["sum"], floors - floors[0]
    ends = [*(rise[1:] / known[1:]), *slopes.values()]
    miss = steps.percent_above(entropy, floors[0])
    yield settle("h-method-error", {f"the form is the {form}": point(2.0 + 0.1 * each) for form, each in slopes.items()}, reason="experiment",
        why=f"Learners that cannot tell symbols apart raise the fitted floor by {fix(slope, 3)} times the loss they cannot avoid ({fix(min(ends), 3)} to {fix(max(ends), 3)} by form and method), so that 0.1 bits on 2.0 give {fix(2.0 + 0.1 * slope, 3)}. "
        f"The floor itself is fitted {num(miss, 2)}% from the entropy, for the form of the law is not exact.")  # fmt: skip
    E, low, high = (float(x) / entropy for x in (f.fits.noisy["sum"].law.E, f.fits.E_low, f.fits.E_high))  # fmt: skip
    worst = float(floors[-1]) / entropy
    yield settle("w-floor-entropy",
        {"a source of known entropy and a sound method": interval(E, min(low, E), max(high, E)),
         "the same source and a method that cannot tell symbols apart": point(worst), "natural text": UNKNOWN},
        why=f"On a source whose entropy is known the floor fitted to noisy runs is {fix(E, 3)} times the entropy ({fix(low, 3)} to {fix(high, 3)}). If the method cannot tell {f.method.ties[-1]} pairs of symbols apart it is {fix(worst)} times: E is the entropy and whatever the method cannot reach. For natural text, whose entropy nobody knows, a measurement of it by other means would decide.")  # fmt: skip


def _on_scaling(p: Parameters, f: steps.Found) -> Iterator[Settlement]:
    found = steps.regimes(p, f.derived)
    alpha, beta = float(f.derived.law.alpha), float(f.derived.law.beta)
    expected = {"data, few parameters": 1.0, "data, room for all": beta, "size, endless data": alpha, "size, little data": 1.0}  # fmt: skip
    near = {name: bool(abs(found[name] / power - 1) < 0.1) for name, power in expected.items()}
    mastered = f.skills.mastered
    ordered = bool((np.diff(mastered, axis=0) < 0.01).all())
    size = "size, endless data"
    yield settle("w-michaud", truth(ordered and near[size], found[size]),
        why=f"Learners of the toy master {'the common contexts before the rare ones' if ordered else 'contexts in no order of how common they are'}. Frequencies fall as the power {p.exponent} of the rank, and with endless data the loss above the entropy falls as the power {fix(found[size])} of size, where theory has {fix(alpha)}. That real skills are so is not shown.")  # fmt: skip
    yield settle("w-bahri", {name: truth(so, found[name]) for name, so in near.items()},
        why=f"In the toy the loss falls towards its limit as the power {fix(found['data, few parameters'])} of data if there are few parameters and {fix(found['data, room for all'])} if there is room for all, and of size as {fix(found[size])} with endless data: the inverse and the two slower powers of theory, {fix(beta)} and {fix(alpha)}. With little data it falls as {fix(found['size, little data'])}, where an inverse is expected of networks: counting has no noise that more parameters would average out. Networks would decide.")  # fmt: skip


compute, of = recording("known-entropy", steps.take, recorded, verdicts)
