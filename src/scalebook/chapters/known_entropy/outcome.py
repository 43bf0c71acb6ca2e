"""What the chapter on a source of known entropy comes to: its results and its verdicts."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import recording
from scalebook.chapters.known_entropy import steps, teachers
from scalebook.chapters.parameter import Parameters
from scalebook.record.judge import UNKNOWN, interval, point, truth
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Settlement, Verdicts, settle
from scalebook.show.numbers import fix, num, pct
from scalinglaws import registry

#: What the corners of Bahri et al. are called as conditions.
CORNERS = {
    "data, few parameters": "with more data, for few parameters",
    "data, room for all": "with more data, and room for all of it",
    "size, endless data": "with more parameters, on endless data",
    "size, little data": "with more parameters, on little data",
}


def recorded(p: Parameters, f: steps.Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    true, favourites = f.derived.law, teachers.favourites(f.courses)
    noisy, exact, other = f.fits.noisy["sum"].law, f.fits.whole["sum"].law, f.fits.whole["power mean"].law  # fmt: skip
    slope = f.valleys.slope() if steps.enough(f.valleys) else f.derived.theory_slope
    sums = [each for name, each in f.misses.items() if name.startswith("sum")]
    off, barred = [abs(each.value) / 100 for each in sums], [each for each in sums if each.barred]
    drift, replication = f.drift["sum"][0], registry.parametric("besiroglu2024")
    s = 1 / (1 - replication.beta)
    return {
        **numbers_of(f.fits, f.places, f.derived, but=["blended_low", "blended_high"]),
        **{name: favourites[name] for name in ("choice_both", "pick_worse", "play_worse", "play_better")},
        "true_alpha": true.alpha, "true_beta": true.beta, "E": noisy.E,
        "alpha_ratio": exact.alpha / true.alpha, "beta_ratio": exact.beta / true.beta, "fit_slope": exact.a,
        "exact_residual": np.abs(f.fits.whole["sum"].residuals).mean(),
        "power_alpha_off": abs(other.alpha / true.alpha - 1),
        "miss_of_rest": abs(exact.E - f.table.entropy) / (f.table.loss.mean(axis=0).min() - f.table.entropy),
        "miss_most": max(off), "bars": len(barred), "bars_hold": sum(each.low <= 0 <= each.high for each in barred),
        "drift_alpha_first": drift[0], "drift_alpha_last": drift[-1],
        "valleys": len(f.valleys.budget), "path_slope": slope, "ratio_slope": 1 - 2 * slope,
        "skills_ordered": int(f.skills.ordered),
        "excess_last": f.skills.excess[-1], "forgets_play": f.places.fading[-1],
        "method_slope": f.method.slopes["sum"], "method_slope_power": f.method.slopes["power mean"],
        "exercise_s": s, "exercise_alpha": s - 1, "exercise_tenth": 10 ** (1 / true.beta), "replication_alpha": replication.alpha,
    }  # fmt: skip


def verdicts(p: Parameters, f: steps.Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*_on_teachers(f), *_on_floors(f), *_on_scaling(p, f)))


def _on_teachers(f: steps.Found) -> Iterator[Settlement]:
    at, taught, right = f.places, f.courses, teachers.favourites(f.courses)
    drawn, best = "with a move drawn from what was learned", "with the favourite move played"
    yield settle("h-elo-mixture", {drawn: point(at.mixed_play), best: point(right["pick_both"])},
        why=f"A learner of two sources, half each, plays {fix(at.mixed_play)} of the way from one of the better source alone to one of the worse; if it plays its favourite move, {fix(right['pick_both'])}.")  # fmt: skip
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
        {"with a low loss called good": truth(least >= f.table.entropy, f.table.entropy / least), drawn: truth(bool(play.max() <= 1.02), float(play.max())),
         best: truth(bool(choice.max() <= 1.02), float(choice.max()))},
        why=f"No learner's loss is below the source's entropy. But a learner of a source that plays its favourite in {pct(own, 3)} of cases, and plays the favourite of what it learned, is right in {pct(right['pick_better'], 3)}: mistakes that are rarer than good moves are outvoted. What is meant by good decides.")  # fmt: skip


def _on_floors(f: steps.Found) -> Iterator[Settlement]:
    slopes, floors, known, entropy = f.method.slopes, f.method.floors["sum"], f.method.known, f.table.entropy  # fmt: skip
    slope, rise = slopes["sum"], floors - floors[0]
    ends = [*(rise[1:] / known[1:]), *slopes.values()]
    miss = steps.percent_above(entropy, floors[0])
    yield settle("h-method-error", {f"with the {form} as the form": point(2.0 + 0.1 * each) for form, each in slopes.items()}, reason="experiment",
        why=f"Learners that cannot tell symbols apart raise the fitted floor by {fix(slope, 3)} times the loss they cannot avoid ({fix(min(ends), 3)} to {fix(max(ends), 3)} by form and method), so that 0.1 bits on 2.0 give {fix(2.0 + 0.1 * slope, 3)}. "
        f"The floor itself is fitted {num(miss, 2)}% from the entropy, for the form of the law is not exact.")  # fmt: skip
    E, low, high = (float(x) / entropy for x in (f.fits.noisy["sum"].law.E, f.fits.E_low, f.fits.E_high))  # fmt: skip
    worst = float(floors[-1]) / entropy
    yield settle("w-floor-entropy",
        {"a source of known entropy and a sound method": interval(E, min(low, E), max(high, E)),
         "the same source and a method that cannot tell symbols apart": point(worst), "natural text": UNKNOWN},
        why=f"On a source whose entropy is known the floor fitted to noisy runs is {fix(E, 3)} times the entropy ({fix(low, 3)} to {fix(high, 3)}). If the method cannot tell {f.method.ties[-1]} pairs of symbols apart it is {fix(worst)} times: E is the entropy and whatever the method cannot reach. For natural text, whose entropy nobody knows, a measurement of it by other means would decide.")  # fmt: skip


def _on_scaling(p: Parameters, f: steps.Found) -> Iterator[Settlement]:
    found = f.regimes
    alpha, beta = float(f.derived.law.alpha), float(f.derived.law.beta)
    near = {
        name: bool(abs(found[name] / power - 1) < 0.1)
        for name, power in steps.corners(f.derived).items()
    }
    ordered = f.skills.ordered
    size = "size, endless data"
    yield settle("w-michaud", truth(ordered and near[size], found[size]),
        why=f"Learners of the toy master {'the common contexts before the rare ones' if ordered else 'contexts in no order of how common they are'}. Frequencies fall as the power {p.exponent} of the rank, and with endless data the loss above the entropy falls as the power {fix(found[size])} of size, where theory has {fix(alpha)}. That real skills are so is not shown.")  # fmt: skip
    yield settle("w-bahri", {CORNERS[name]: truth(so, found[name]) for name, so in near.items()},
        why=f"In the toy the loss falls towards its limit as the power {fix(found['data, few parameters'])} of data if there are few parameters and {fix(found['data, room for all'])} if there is room for all, and of size as {fix(found[size])} with endless data: the inverse and the two slower powers of theory, {fix(beta)} and {fix(alpha)}. With little data it falls as {fix(found['size, little data'])}, where an inverse is expected of networks: counting has no noise that more parameters would average out. Networks would decide.")  # fmt: skip


compute, of = recording("known-entropy", steps.take, recorded, verdicts)
