"""What the chapter on the reconciliation says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.common import law_name, printed
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.reconciliation.steps import CORPORA
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace

#: The corrections, in the order of Porian et al., as sentences name them.
STEPS = {
    "last_layer": "counting the embeddings", "warmup": "a shorter warm-up",
    "cosine": "a decay of each run's own length", "tuned": "tuning by size",
}  # fmt: skip
#: What was printed: by Kaplan et al., adjusted and not, and by Hoffmann et al. in three ways.
KAPLAN, NAIVE = (printed(f"kaplan2020.{which}.params.exponent") for which in ("optimum", "naive"))
LOWEST, *_, HIGHEST = sorted(printed(f"hoffmann2022.approach{way}.a") for way in (1, 2, 3))
#: Exponents that differ by less are said to be near one another.
NEAR = 0.05


def _two(value: float) -> str:
    return num(value, 2)


def _first(text: str) -> str:
    return text[0].upper() + text[1:]


def _exponents(low: float, high: float) -> str:
    return f"{fix(low)} to {fix(high)}" if fix(low) != fix(high) else fix(low)


def _range(r: Numbers, name: str) -> str:
    return _exponents(getattr(r, f"{name}_low"), getattr(r, f"{name}_high"))


def _share(r: Numbers, step: str) -> str:
    """Return from where to where a step's share of the change goes, over all readings."""
    return _percents(getattr(r, f"share_of_{step}_low"), getattr(r, f"share_of_{step}_high"))


def _percents(low: float, high: float) -> str:
    """Return a range of shares; whole per cent, as their spread is wide."""
    few, many = (f"{fix(100 * each, 0)}%" for each in (low, high))
    return f"{few.removesuffix('%')} to {many}" if few != many else few


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    return sentences.short_answer(
        f"{_verdict(r)} When Kaplan's experiment was repeated and corrected, the exponent of the best size went from {fix(r.start)} to {fix(r.end)}. Counting embeddings took {_share(r, 'last_layer')} of that, a shorter warm-up {_share(r, 'warmup')}, the often-blamed learning-rate decay {_share(r, 'cosine')}. "
        f"{_by_law(p, r)} Kaplan's runs are not public."
    )  # fmt: skip


def _most(r: Numbers) -> str:
    """Return the correction that takes more than half of the change in every reading, if one does."""
    return next((step for step in STEPS if getattr(r, f"share_of_{step}_low") > 0.5), "")


def _verdict(r: Numbers) -> str:
    most = _most(r)
    if most:
        return {
            "last_layer": "Mostly over the count.", "warmup": "Mostly over the warm-up.",
            "cosine": "Mostly over the decay.", "tuned": "Mostly over the tuning.",
        }[most]  # fmt: skip
    if all(getattr(r, f"share_of_{step}_high") < 0.5 for step in STEPS):
        return "No one mistake explains it."
    return "It depends on the order."


def _by_law(p: Parameters, r: Numbers) -> str:
    laws = _exponents(r.law_low, r.law_high)
    if p.embedding == 0:
        return f"Laws of Chinchilla's form give {laws}."
    return f"Counted Kaplan's way, laws of Chinchilla's form give {laws}."


def disagreement(p: Parameters, r: Numbers) -> Said:
    """Say what the two exponents ask for."""
    return finding(
        f"Kaplan and colleagues printed {fix(NAIVE)} for their runs as they were, and {fix(KAPLAN)} after a correction to an ideal batch size: {_two(10**KAPLAN)} times the parameters. "
        f"Hoffmann and colleagues printed {_exponents(LOWEST, HIGHEST)}: {_two(10**LOWEST)} to {_two(10**HIGHEST)} times the parameters."
    )  # fmt: skip


def disagreement_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how far the two recipes part."""
    return takeaway(f"With a thousand times the compute, {fix(KAPLAN)} asks for a model {_two(1000 ** (KAPLAN - 0.5))} times as large as an exponent of one half does.")  # fmt: skip


def corrected(p: Parameters, r: Numbers) -> Said:
    """Say how good the refit is, and which corrections take most."""
    return finding(
        f"A new fit of their runs gives every exponent that Porian and colleagues print to within {fix(r.refit_off, 3)}. {_ranked(r)}"
    )  # fmt: skip


def _ranked(r: Numbers) -> str:
    """Say which corrections take most, by the middle of their readings."""
    middle = {step: getattr(r, f"share_of_{step}_low") + getattr(r, f"share_of_{step}_high") for step in STEPS}  # fmt: skip
    first, second, *_ = sorted(STEPS, key=lambda step: -middle[step])
    return f"The largest shares go to {STEPS[first]} and to {STEPS[second]}."


def corrected_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what explains the difference."""
    most = _most(r)
    if most:
        return takeaway(f"{_first(STEPS[most])} takes more than half of the change, whatever comes first.")  # fmt: skip
    least = min(STEPS, key=lambda step: getattr(r, f"share_of_{step}_high"))
    none = all(getattr(r, f"share_of_{step}_high") < 0.5 for step in STEPS)
    which = "No correction takes half of the change, in either order" if none else "No correction takes more than half of the change in both orders"  # fmt: skip
    return takeaway(f"{which}; {STEPS[least]} takes least, {_share(r, least)}.")


def small(p: Parameters, r: Numbers) -> Said:
    """Say what the count does to a law, and in models of which size."""
    if p.embedding == 0:
        return finding("Here the embeddings are taken to be of size nothing, so both counts are the same and nothing changes.")  # fmt: skip
    inside = r.path_low <= KAPLAN <= r.path_high
    place = "inside" if inside else "below" if r.path_low > KAPLAN else "above"
    return finding(
        f"Of Kaplan's smallest model the embeddings are {pct(r.embedding_share_smallest, 3)}, of his largest {pct(r.embedding_share_largest)}. So a growing model was counted ever more fully.",
        f"By {law_name(p)}, a line through every best size in Kaplan's range has a slope of {fix(r.path_fit)} ({pct(p.level)} bootstrap {_range(r, 'path')}). Kaplan's {fix(KAPLAN)} lies {place} that interval. {_overstated(p, r)}",
        _floor_in_count(r),
    )  # fmt: skip


def _overstated(p: Parameters, r: Numbers) -> str:
    """Set what the count does in the law against what it did in runs."""
    measured = f"in their runs, however trained, it did so by {_range(r, 'moved')}"
    law = f"For models as small as those of Porian and colleagues this law says that the count moves the exponent by {fix(r.count_effect_fit)}"
    if r.count_effect_fit > r.moved_high:
        return f"{law}; {measured}. So the law overstates what counting does."
    if r.count_effect_fit < r.moved_low:
        return f"{law}; {measured}. So the law understates what counting does."
    return f"{law}; {measured}. So the two agree."


def _floor_in_count(r: Numbers) -> str:
    """Say whether the count hides the floor of a law."""
    fit = f"from losses of a law with a floor of {fix(r.floor_true)}, so counted, a fit finds {fix(r.floor_counted)}"
    if r.floor_counted < 0.5 * r.floor_true:
        return f"The count can also hide the irreducible loss, which Kaplan's law does not have: {fit}."
    return (
        f"It would not have hidden the irreducible loss, which Kaplan's law does not have: {fit}."
    )


def small_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the count does."""
    if abs(r.path_fit - r.a_fit) < NEAR:
        return takeaway("In this law the count makes next to no difference to the exponent.")
    last = ", and large models would not have shown it" if abs(r.last - r.a_fit) < 2 * NEAR else ""
    return takeaway(f"Leaving the embeddings of small models out turns an exponent of {fix(r.a_fit)} into {fix(r.path_fit)}{last}.")  # fmt: skip


def schedule(p: Parameters, r: Numbers) -> Said:
    """Say what share the schedule has, and what a constant rate reaches."""
    ends = [getattr(r, f"a_tuned_{corpus}") for corpus in CORPORA]
    reached = all(abs(each - 0.5) < NEAR for each in ends)
    without = (
        "So one half is reached without fitting a decay to each run. That does not clear Kaplan's schedule, for a constant rate cannot have a decay of the wrong length."
        if reached else
        "Without a decay, one half is not reached on both corpora."
    )  # fmt: skip
    return finding(
        f"The warm-up is part of a schedule, too; it and the decay together took {_share(r, 'schedule')} of the change. Tuning removes the decay again. {without}"
    )  # fmt: skip


def stopped(p: Parameters, r: Numbers) -> Said:
    """Say what a loss in the middle of a schedule is off by."""
    low, high = sorted([r.stopped_share_small, r.stopped_share_large])
    return finding(
        f"A loss read a third of the way is too high by {_percents(low, high)} of what three times the steps gain. So the suspicion was reasonable. But pairs at one number of tokens cannot show what that does to an exponent.",
    )  # fmt: skip


def schedule_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the schedule did."""
    if r.share_of_cosine_low > 0.5:
        return takeaway(f"The decay of the learning rate took {_share(r, 'cosine')} of the change: it is the main reason.")  # fmt: skip
    if r.share_of_cosine_high > 0.5:
        return takeaway(f"The decay of the learning rate took {_share(r, 'cosine')} of the change: a part, perhaps the main one.")  # fmt: skip
    return takeaway(f"The decay of the learning rate took {_share(r, 'cosine')} of the change: a part, not the reason.")  # fmt: skip


def floor(p: Parameters, r: Numbers) -> Said:
    """Say what becomes of the floor in both counts."""
    hidden = r.floor_counted < 0.5 * r.floor_true
    bends = (
        " The bend that a floor gives to the curve and the bend that the missing embeddings give to compute nearly cancel."
        if hidden else ""
    )  # fmt: skip
    return finding(
        f"Counted in full, a fit with a floor finds {fix(r.floor_whole)} nats per token, where {fix(r.floor_true)} was put in; counted as Kaplan counted, it finds {fix(r.floor_counted)}.{bends}"
    )  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    return finding(
        f"The ranges are over corpora, orders and budgets; the appendix has intervals over model sizes. No run was repeated with another seed. Of {r.orders} possible orders two are known. The corrections in all combinations, or Kaplan's own runs, would tell most. Kaplan's text, vocabulary and correction to an ideal batch size are not tested here: the repeat starts at the printed {fix(NAIVE)}, not at {fix(KAPLAN)}.",
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    bargain = "so growing is a bad bargain: the best model is smaller and trained for longer" if p.embedding else "and here, without embeddings, $s$ is one: neither is smaller"  # fmt: skip
    return sentences.solutions([
        f"In counted compute 1% more parameters cost 1% and add {'only ' if p.embedding else ''}$s$ per cent to the total, {bargain}. The balance is $\\alpha s A/N_\\mathrm{{total}}^{{\\alpha}} = \\beta B/D^{{\\beta}}$, where counting everything has $s = 1$. At {qty(p.smallest)} counted parameters $s$ is {fix(r.s_smallest)}, at {qty(p.largest)} it is {fix(r.s_largest)}.",
        "Take logarithms of the balance: $\\ln D = (\\alpha \\ln N_\\mathrm{total} - \\ln s)/\\beta$ up to a constant. Since $\\mathrm{d} \\ln N_\\mathrm{total} = s\\, \\mathrm{d} \\ln N$, $\\mathrm{d} \\ln D/\\mathrm{d} \\ln N$ is $(\\alpha s - \\mathrm{d} \\ln s/\\mathrm{d} \\ln N)/\\beta$. And $\\mathrm{d} \\ln C = \\mathrm{d} \\ln N + \\mathrm{d} \\ln D$.",
        f"At the optimum moving compute between size and data changes nothing, so all of a small increase may go into data: $\\mathrm{{d}}L/\\mathrm{{d}} \\ln C = -\\beta B/D^{{\\beta}}$ (the envelope theorem). Divided by $L$, {law_name(p)} gives {fix(r.loss_slope_smallest, 3)} at {qty(p.smallest)} counted parameters and {fix(r.loss_slope_largest, 3)} at {qty(p.largest)}.",
    ])  # fmt: skip


# For specialists


def counting(p: Parameters, r: Numbers) -> Said:
    """Give intervals, and set the measured effect of the count against that in the laws."""
    measured = " and ".join(
        f"{fix(getattr(r, f'last_layer_{corpus}'))} ({_range(r, f'last_layer_{corpus}')})"
        for corpus in CORPORA
    )
    means = {step: [getattr(r, f"{step}_mean_share_{corpus}_{end}") for corpus in CORPORA for end in ("low", "high")] for step in ("last_layer", "cosine")}  # fmt: skip
    count, decay = (_percents(min(ends), max(ends)) for ends in means.values())
    return finding(
        f"With the model sizes drawn again, and averaged over the two orders, the {pct(p.level)} intervals of the count's share of the change reach from {count}, those of the decay's from {decay}.",
        f"In Kaplan's count the best models of Porian and colleagues have {qty(r.porian_params_low, 2)} to {qty(r.porian_params_high, 2)} parameters, and last layers of about {_two(r.porian_embedding)} $N^{{1/3}}$ more; the table above, \"One law, many exponents\", takes {_two(p.embedding)}. Leaving those out raises the exponent of {law_name(p)} by {fix(r.count_effect_fit)} ({_range(r, 'count_effect_fit')}), and by {fix(r.count_effect_hoffmann)} with Hoffmann's constants. As the first correction, counting them lowered the measured exponent by {measured}. The law starts from {fix(r.a_fit)}, the runs from {fix(r.after_last_layer)}."
    )  # fmt: skip


def hidden(p: Parameters, r: Numbers) -> Said:
    """Say what noise would hide the floor, and what larger models would have shown."""
    return finding(
        f"The fit of a pure power law misses by {pct(r.misfit_power)} (root mean square) in Kaplan's count and by {pct(r.misfit_whole)} in full. With {num(printed('pearce2024.sizes'), 2)} independent points a likelihood ratio test at the 5% level would miss the full count's bend about half the time if the points scattered by {pct(r.noise_whole)} of the loss. "
        f"With the embeddings left out, the upper half of the budgets alone gives a floor of {fix(r.floor_upper_half)}. Hoffmann's constants give an exponent of the loss of {fix(r.loss_exponent_hoffmann, 3)}; in full count, without a floor, it is {fix(r.loss_exponent_whole, 3)}. A refit of Kaplan's printed curve tells nothing: points on a pure power law return it, and a floor of {fix(r.kaplan_refit_floor)}."
    )  # fmt: skip
