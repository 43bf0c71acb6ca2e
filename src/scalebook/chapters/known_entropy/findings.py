"""What the chapter on a source of known entropy says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.known_entropy.steps import DECADES
from scalebook.chapters.parameter import Parameters
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace
#: By how much, over the truth, a floor and an exponent may be off and be called found.
FLOOR, EXPONENT = 0.03, 0.1
FEW = 3  # valleys below which there is no slope


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    return sentences.short_answer(
        f"{_found(r)} In a toy whose law can be derived, Chinchilla's sum misses the floor by up to {pct(r.miss_most)} and has the exponent of size at {num(r.alpha_ratio, 2)} times the truth. "
        f"By it the best size grows as compute to the power {fix(r.fit_slope)}. The truth is {fix(r.theory_slope)}{_valleys(r)}."
    )  # fmt: skip


def _found(r: Numbers) -> str:
    floor, exponents = r.miss_most < FLOOR, _right(r.alpha_ratio) and _right(r.beta_ratio)
    if floor:
        return "Nearly." if exponents else "The floor nearly, the exponents not."
    return "The exponents nearly, the floor not." if exponents else "No."


def _right(ratio: float) -> bool:
    return abs(ratio - 1) < EXPONENT


def _valleys(r: Numbers) -> str:
    if r.valleys < FEW:
        return ""
    return f"; runs of equal compute, compared without a law, say {fix(r.path_slope)}"


def _times(ratio: float) -> str:
    return f"{num(ratio, 2)} times"


def world(p: Parameters, r: Numbers) -> Said:
    """Say what the law of this world is."""
    agree = "so theory can be taken for the truth" if r.theory_gap < 0.1 else "so theory holds only roughly at these sizes"  # fmt: skip
    return finding(
        f"Here $s$ is {p.exponent:.3g}, so $\\alpha$ is {num(r.true_alpha, 2)} and $\\beta$ {num(r.true_beta, 2)}, and the best size grows as compute to the power {fix(r.theory_slope)}. "
        f"What learners lost above the entropy differs from theory by {pct(r.theory_gap)} on average, {agree}."
    )  # fmt: skip


def world_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line where the exponents come from."""
    return takeaway("In this world exponents come from one thing: how rare the rare contexts are.")


def fit(p: Parameters, r: Numbers) -> Said:
    """Set the fitted constants against the true ones."""
    return finding(
        f"Fitted to all runs without noise, the sum has $\\alpha$ at {_times(r.alpha_ratio)} the truth and $\\beta$ at {_times(r.beta_ratio)}, although it describes the losses to {pct(r.exact_residual)} on average. So a close fit is no proof of its exponents. {_blended(r)}",
        f"{_rest(r)} {_held(r)}",
    )  # fmt: skip


def _rest(r: Numbers) -> str:
    """Say what the miss without noise is of what is left to learn."""
    told = f"Without noise the floor is off by {pct(r.miss_of_rest)} of what the best learner still lacks"
    return f"{told}: little of the loss, and much of what is left." if r.miss_of_rest > 0.2 else f"{told}."  # fmt: skip


def _held(r: Numbers) -> str:
    if r.bars_hold == r.bars:
        return f"All {r.bars} of its bootstrap intervals hold the entropy."
    count = "None" if r.bars_hold == 0 else f"{r.bars_hold}"
    return f"{count} of its {r.bars} bootstrap intervals {'holds' if r.bars_hold <= 1 else 'hold'} the entropy: a bootstrap knows how far other runs would move the answer, not whether the form is right."


def _blended(r: Numbers) -> str:
    """Say whether the power mean does better."""
    better = r.power_alpha_off < abs(r.alpha_ratio - 1)
    told = f"The power mean has $\\alpha$ {pct(r.power_alpha_off)} off"
    return f"{told}, which is nearer." if better else f"{told}, which is no nearer."


def fit_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what a fit is worth."""
    floor = "The floor is nearly found" if r.miss_most < FLOOR else "The floor is not found"
    if _right(r.alpha_ratio) and _right(r.beta_ratio):
        return takeaway(f"{floor}, and the exponents are right to a tenth.")
    return takeaway(f"{floor}, and the exponents belong to the range of the runs, not to the world.")  # fmt: skip


def wider(p: Parameters, r: Numbers) -> Said:
    """Say what a wider range of runs does."""
    gone = "The form is wrong at every range, and less wrong far out." if abs(r.drift_alpha_last - 1) < abs(r.drift_alpha_first - 1) else "A wider range does not help here."  # fmt: skip
    return finding(
        f"Would more compute help? From {DECADES[0]} to {DECADES[-1]} decades of data, in the first figure, the sum's $\\alpha$ goes from {_times(r.drift_alpha_first)} to {_times(r.drift_alpha_last)} the truth. {gone}"
        if abs(r.drift_alpha_last / r.drift_alpha_first - 1) > 0.02 else
        f"Would more compute help? From {DECADES[0]} to {DECADES[-1]} decades of data, $\\alpha$ by the sum stays at {_times(r.drift_alpha_first)} the truth."
    )  # fmt: skip


def valleys(p: Parameters, r: Numbers) -> Said:
    """Say what grows how with compute."""
    if r.valleys < FEW:
        return finding("Here are too few runs for valleys of equal compute, so only the fit can say how the best size grows.")  # fmt: skip
    return finding(
        f"The lowest points of {r.valleys} valleys have the best size grow as compute to the power {fix(r.path_slope)}; theory says {fix(r.theory_slope)}, and the sum, fitted to the very same losses, {fix(r.fit_slope)}. {_guide(r)} "
        f"Data per entry go as compute to the power {fix(r.ratio_slope)}: {'no fixed ratio of data to size is best, even in a world this plain' if abs(r.ratio_slope) > 0.05 else 'nearly a fixed ratio'}."
    )  # fmt: skip


def _guide(r: Numbers) -> str:
    if _better(r):
        return "So the valleys are the better guide, although the fit sees every run."
    return "So the fit is as good a guide as the valleys."


def _better(r: Numbers) -> bool:
    return bool(abs(r.path_slope - r.theory_slope) < abs(r.fit_slope - r.theory_slope))


def valleys_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what to trust for the best size."""
    if r.valleys < FEW:
        return takeaway("To find the best size without a law, train several sizes at several budgets.")  # fmt: skip
    if _better(r):
        return takeaway("To find the best size, trust runs of equal compute before a fitted law.")
    return takeaway("Runs of equal compute and the fitted law agree about the best size.")


def skills(p: Parameters, r: Numbers) -> Said:
    """Say in what order contexts are mastered."""
    order = "one group after the other, the common ones first" if r.skills_ordered else "in no order of how common they are"  # fmt: skip
    return finding(
        f"Contexts are mastered {order}. Meanwhile what is lost above the entropy falls to {pct(r.excess_last)} of where it began, without a jump."
    )  # fmt: skip


def skills_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what that shows."""
    return takeaway("A smooth loss can be made of skills that are there or not; that language is so, this does not show.")  # fmt: skip


def taught(p: Parameters, r: Numbers) -> Said:
    """Say how far learners of two teachers go over to the second."""
    arrives = "it would arrive" if abs(r.limit_play - 1) < 0.1 else f"it would come to {fix(r.limit_play)} of the way"  # fmt: skip
    return finding(
        f"**One after the other.** A learner that counts all that it saw is {pct(r.end_play)} of the way from the better source to the worse; {pct(r.end_share)} of its data are of the worse. Taught by the worse for ever, {arrives}, ever more slowly. A learner that forgets is {pct(r.forgets_play)} of the way.",
        f"**Both at once,** half each: {pct(r.mixed_play)} of the way{', in between' if 0 <= r.mixed_play <= 1 else ', which is not in between'}.",
    )  # fmt: skip


def chess(p: Parameters, r: Numbers) -> Said:
    """Say whether a learner can be better than its teacher."""
    return finding(f"A learner's loss cannot be lower than its data allow. But {_favourite(r)}")


def _favourite(r: Numbers) -> str:
    told = f"the worse source plays the best symbol in {pct(r.play_worse)} of cases, and a learner of it that always plays its own favourite in {pct(r.pick_worse)}"
    if r.pick_worse > 1.02 * r.play_worse:
        return f"{told}: mistakes rarer than good moves are outvoted."
    return f"{told}: no better."


def chess_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the thought experiments come to."""
    if r.pick_worse > 1.02 * r.play_worse:
        return takeaway("A model's loss is bounded by its data; how well it plays is not, if it picks its favourite.")  # fmt: skip
    return takeaway("A model's loss is bounded by its data, and here so is how well it plays.")


def flaw(p: Parameters, r: Numbers) -> Said:
    """Say by how much a flaw of the method raises the floor."""
    slopes = r.method_slope, r.method_slope_power
    off = max(abs(each - 1) for each in slopes)
    told = f"The fitted floor rises by {fix(min(slopes))} to {fix(max(slopes))} times the loss that they cannot avoid"
    return finding(
        f"{told}, by the form. {'So a fitted floor is the entropy plus whatever the method cannot reach, and losses alone do not tell the two apart.' if off < 0.1 else 'So the floor does not simply take up the flaw.'}"
    )  # fmt: skip


def flaw_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what that means for text."""
    if max(abs(r.method_slope - 1), abs(r.method_slope_power - 1)) < 0.1:
        return takeaway("On text a fitted floor bounds the entropy from above at best, and only if the form is right.")  # fmt: skip
    return takeaway("A flaw of the method does not move the floor by what it costs.")


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is."""
    return finding(
        "Here the sum is certainly the wrong form, for theory says so. By how much it misses the floor depends on the runs. How wrong it is for networks on text cannot be told from a toy."
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    return sentences.solutions([
        "$s - 1 = (s-1)/s$ only for $s = 1$, where both are zero. For all others $\\alpha$ is $s$ times $\\beta$: a larger model always pays off more steeply than more data.",
        f"$s = 1/(1-\\beta)$ = {fix(r.exercise_s)}, and $\\alpha = s - 1$ = {fix(r.exercise_alpha)}, where Besiroglu and colleagues have {fix(r.replication_alpha)}. So real runs are not this world; and an $\\alpha$ fitted with the sum would come out larger still.",
        f"$10^{{1/\\beta}}$, which is {num(r.exercise_tenth, 2)} times as many.",
    ])  # fmt: skip
