"""What the chapter on predictions says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.parameter import Parameters
from scalebook.chapters.predictions.figures import (
    CHINCHILLA,
    FORM_NAMES,
    said_share,
)
from scalebook.chapters.predictions.trials import NAMES
from scalebook.chapters.predictions.words import span, times
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace
_CLOSE = 0.05  # of the loss
_BETTER = 2.0  # times as large an error is another


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    first = "Roughly." if r.error_2 < r.gain_10 / 2 else "Hardly."
    return sentences.short_answer(
        f"{first} On {r.suites} public suites predictions for 3 to 10 times the compute typically missed by {pct(r.error_2)} of the loss. "
        f"A law's own {pct(p.level)} interval held {pct(r.law_share)} of larger runs; a band that held {pct(r.band_share)} needs {span(r.band_half_10)} at ten times, {span(r.band_half_100)} at a hundred. "
        "Farther out, or with another recipe, it is untested."
    )  # fmt: skip


def _ends(r: Numbers, name: str) -> str:
    low, high = (100 * getattr(r, f"{name}_{end}") for end in ("low", "high"))
    return f"{low:.0f} to {high:.0f}%"


def _several(count: int, what: str = "laboratory", many: str = "laboratories") -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    number = words[count] if count < len(words) else str(count)
    return f"{number} {what if count == 1 else many}"


def _by_laboratory(r: Numbers, kind: str) -> dict[str, float]:
    shares = {name: getattr(r, f"{kind}_share_of_{name}", None) for name in NAMES}
    return {name: share for name, share in shares.items() if share is not None}


def _worst(r: Numbers, kind: str) -> tuple[str, float]:
    """Return the laboratory whose runs were held least, and the share."""
    by = _by_laboratory(r, kind)
    worst = min(by, key=lambda name: by[name])
    return _named(worst), by[worst]


def _named(laboratory: str) -> str:
    name = NAMES[laboratory].replace("et al.", "and colleagues")
    return f"the {name}" if laboratory == "bhagia" else name


def own(p: Parameters, r: Numbers) -> Said:
    """Say what came of one prediction."""
    off = f"{pct(abs(r.own_error))} {'above' if r.own_error > 0 else 'below'} what came"
    law = "held it" if _held(r, "own_law") else "missed it"
    if not r.own_band_runs:
        band = "For such a run from such a table there is no calibrated band: nothing like it was tried."
    else:
        how = "holds" if _held(r, "own_band") else "does not hold"
        band = f"The calibrated band {how} it."
    return finding(
        f"That run has {qty(r.own_params, 2)} parameters and {qty(r.own_tokens, 2)} tokens. From runs of at most 1/{times(p.ahead)} of its compute the prediction is {off}. "
        f"The law's own {pct(p.level)} interval {law}. {band}"
    )  # fmt: skip


def _held(r: Numbers, name: str) -> bool:
    return bool(getattr(r, f"{name}_low") <= r.own_came <= getattr(r, f"{name}_high"))


def own_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what one prediction teaches."""
    if _held(r, "own_law"):
        return takeaway("Here the law's own interval held; one success does not say how often it would.")  # fmt: skip
    if abs(r.own_error) < _CLOSE:
        return takeaway("A prediction can be close and its own interval still miss: the interval takes the law's form for granted.")  # fmt: skip
    return takeaway("Here the prediction was far off, and the law's own interval gave no warning.")


def tried(p: Parameters, r: Numbers) -> Said:
    """Say what was tried and what held."""
    whose = "" if p.left_out == "none" else f" (those of {_named(p.left_out)} are left out)"
    return finding(
        f"The suites are of {_several(r.laboratories)}{whose}. Up to {times(p.farthest)} times the compute, the law's own {pct(p.level)} interval held {said_share(r.law_share)} of the larger runs, {_ends(r, 'law_share')} with the laboratories drawn again. {_reason(p, r)}",
        f"The calibrated band held {said_share(r.band_share)} ({_ends(r, 'band_share')}). {_kept(p, r)}",
    )  # fmt: skip


def _reason(p: Parameters, r: Numbers) -> str:
    if r.law_share_high < p.level:
        return "So the interval says too much: it knows the scatter of the runs, and not that the law may have the wrong form."
    return "With so few laboratories that may be what it promises."


def _kept(p: Parameters, r: Numbers) -> str:
    if r.band_share_high < p.level:
        return "So even this band is too narrow."
    if r.band_share_low > p.level:
        return "So it is wider than it says."
    return "So it keeps its word, as far as so few laboratories can tell."


def tried_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the intervals are worth."""
    if r.law_share_high < p.level:
        return takeaway("Do not read a fit's own interval as one for the next run.")  # fmt: skip
    return takeaway(f"The law's own interval held {said_share(r.law_share)} of larger runs, where it promised {pct(p.level)}.")  # fmt: skip


def laboratories(p: Parameters, r: Numbers) -> Said:
    """Say how laboratories differ."""
    (worst, least), (band_worst, band_least) = _worst(r, "law"), _worst(r, "band")
    blame = "So the promise is kept on average over laboratories, not for each." if band_least < p.level - 0.05 else "So no laboratory was badly served."  # fmt: skip
    return finding(
        f"The law's own interval did worst for {worst}, with {said_share(least)}; the calibrated band for {band_worst}, with {said_share(band_least)}. {blame}",
    )  # fmt: skip


def width(p: Parameters, r: Numbers) -> Said:
    """Say what an honest width costs."""
    ratio, part = r.band_half_10 / r.law_half_10, r.band_half_10 / r.gain_10
    wider = f"{num(ratio, 2)} times as wide as the law's own interval" if ratio >= 1.05 else "no wider than the law's own interval"  # fmt: skip
    if part > 1:
        so = "So from a tenth of the compute the prediction may miss by more than the whole gain."
    elif part > 0.5:
        so = f"So from a tenth of the compute the prediction may miss by {said_share(part)} of the gain."
    else:
        so = "So from a tenth of the compute the band is narrow beside the gain."
    return finding(
        f"At ten times the compute the typical band of the loss is {wider}. Along the best runs of {CHINCHILLA}, ten times $10^{{22}}$ FLOP lowers the loss by {pct(r.gain_10)}. {so} "
        "The band is there for the bad misses, not for typical ones.",
    )  # fmt: skip


def width_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what an honest width is."""
    return takeaway(f"An honest width grows with distance: for {pct(p.level)}, {span(r.band_half_3)} at 3 times the compute and {span(r.band_half_100)} at 100.")  # fmt: skip


def best(p: Parameters, r: Numbers) -> Said:
    """Say how the run that counts was predicted."""
    held = [
        f"{said_share(getattr(r, f'best_{factor}_law_share'))} and {said_share(getattr(r, f'best_{factor}_band_share'))} from {factor} times less compute"
        for factor in (10, 100)
    ]  # fmt: skip
    return finding(
        f"Over all suites, each laboratory counted alike, the law's own interval and the calibrated band held {', '.join(held)}. These shares are rough, of so few laboratories.",
    )  # fmt: skip


def forms(p: Parameters, r: Numbers) -> Said:
    """Say which form predicted best."""
    errors = {key: getattr(r, f"form_{key}_error") for key in FORM_NAMES}
    first, *_, last = sorted(errors, key=lambda key: errors[key])
    side = "high" if r.form_sum_bias < 0 else "low"
    return finding(
        f"Six forms were tried on the best run of the largest budget. From ten times less compute, the form that missed least was {FORM_NAMES[first]}, by {pct(errors[first])} in the median. The one that missed most was {FORM_NAMES[last]}, by {pct(errors[last])}. "
        f"Chinchilla's own form, fitted to all runs, told the best run {pct(abs(r.form_sum_bias))} too {side} in the median. With so few runs, which form leads is not settled; your own table may prefer another, which `scalebook backtest` tells.",
    )  # fmt: skip


def best_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how well the run that counts is known."""
    missed = f"From ten times less compute, predictions missed the run that one trains for by {pct(r.best_10_error)} in the median"
    if r.best_10_band_share > r.best_10_law_share:
        return takeaway(f"{missed}; the calibrated band held it more often than the law's own interval.")  # fmt: skip
    return takeaway(f"{missed}, and the calibrated band held it no more often than the law's own interval.")  # fmt: skip


def promised(p: Parameters, r: Numbers) -> Said:
    """Set published predictions against what their runs give."""
    return finding(_gadre(r), _ladder(r), _closed(r))


def _again(r: Numbers) -> tuple[float, float]:
    """Return the largest miss of Gadre's recipe on the text that they published, and on others."""
    most = max(abs(r.again_RedPajama_1_4B_error), abs(r.again_RedPajama_6_9B_error))
    return most, max(abs(r.again_C4_6_9B_error), abs(r.again_RefinedWeb_6_9B_error))


def _gadre(r: Numbers) -> str:
    most, others = _again(r)
    agrees = f"{100 * most:.1f}" == f"{100 * r.stated_gadre_error:.1f}"
    printed = "as printed" if agrees else f"where they printed {pct(r.stated_gadre_error, 1)}"
    luck = "So the printed error was a lucky one" if others > _BETTER * most else "So the printed error is typical"  # fmt: skip
    ours = max(abs(r.gadre_1_4B_error), abs(r.gadre_6_9B_error))
    simpler = (
        "So their simpler law did better here." if ours > most else "So this library did no worse."
    )
    return (
        f"**Gadre and colleagues.** Their law, fitted again to their five runs, misses the two large models by {pct(most)} at most, {printed}. On two other training texts the recipe misses the larger model by up to {pct(others)}. {luck}. "
        f"This library, given all runs of at most 1/{times(r.stated_gadre)} of the compute, misses the larger by {_signed(r.gadre_6_9B_error)}. {simpler}"
    )  # fmt: skip


def _ladder(r: Numbers) -> str:
    held = "holds" if r.ladder_13B_band_low <= r.ladder_13B_came <= r.ladder_13B_band_high else "does not hold"  # fmt: skip
    return (
        f"**The OLMo ladder** promised accuracy; the table has losses. From its smaller runs, {num(r.ladder_13B_h, 2)} times below the model of 13B parameters, the prediction is off by {_signed(r.ladder_13B_error)}, and the band {held} what came."
    )  # fmt: skip


def _closed(r: Numbers) -> str:
    return (
        "**GPT-4 and DeepSeek LLM** cannot be checked: neither laboratory published the runs, nor an error in numbers. "
        f"So far out public runs do not tell: if its trend went on, the band here would be {span(r.band_half_1000)} at a thousand times the compute. A recipe kept the same at every size may do better."
    )  # fmt: skip


def _signed(error: float) -> str:
    return f"{pct(abs(error))} (too {'high' if error > 0 else 'low'})"


def promised_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the published predictions show."""
    most, others = _again(r)
    made = "GPT-4's prediction cannot be checked: its runs are not public. Gadre's can be made again"  # fmt: skip
    if others > _BETTER * most:
        return takeaway(f"{made}, and the same recipe did worse on a text beside it: one success is no error rate.")  # fmt: skip
    return takeaway(f"{made}, and the same recipe does about as well on the texts beside it.")


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    return finding(
        f"With {_several(r.laboratories)} a share is known only to within some percentage points. The suites of one laboratory are not independent, so they count as one.",
        "Suites are what laboratories chose to publish: one recipe each, no accidents, mostly small models. No band here covers a run that changes its data, tokenizer, optimizer or schedule with size. Far beyond there are next to no runs: one laboratory's, over five orders of magnitude, could change the last rows of the table.",
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    ten = r.band_half_10
    near = 10 * 2 ** (-1 / r.band_power)
    how = f"or {num(near, 2)} times the compute" if near > 1 else "which is below one, so no run before the one itself would do"  # fmt: skip
    return sentences.solutions([
        f"The half-width goes as the distance to the power {fix(r.band_power)}. Half of it, {pct(ten / 2)}, is reached at $10 \\times 2^{{-1/{fix(r.band_power)}}}$, {how}.",
        f"The difference has $\\sqrt{{2}}$ times the width of each: {pct(2**0.5 * ten)} at ten times. Recipes fitted alike may share some of their error, and then less is enough.",
    ])  # fmt: skip
