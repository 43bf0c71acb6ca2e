"""What the chapter on asymptotes says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.parameter import Parameters
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, sci
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace
_WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def _several(count: int) -> str:
    return _WORDS[count] if count < len(_WORDS) else str(count)


def _of(part: int, whole: int) -> str:
    """Return how many of several: "all six", "five of six"."""
    if part >= whole > 1:
        return f"all {_several(whole)}"
    return f"{_several(part)} of {_several(whole)}"


def _first(text: str) -> str:
    return text[0].upper() + text[1:]


def _mostly(part: int, whole: int) -> bool:
    return 2 * part > whole


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    described = _mostly(r.floor_best, r.suites)
    predicted = _mostly(r.holdout_wins, r.holdout_suites)
    if described and predicted:
        first = "They flatten, so far as these runs tell."
    elif described or predicted:
        first = "Runs do not agree."
    else:
        first = "By these runs, they go on."
    return sentences.short_answer(
        f"{first} Forms with a floor describe {_of(r.floor_best, r.suites)} tables of runs best, and Chinchilla's predicted the largest runs better than Kaplan's floorless one on {_of(r.holdout_wins, r.holdout_suites)}. "
        f"A thousand times the compute takes {pct(r.cut1000_sum)} off the loss by the first, {pct(r.cut1000_power)} by the second. {_first(_lower(r))}."
    )  # fmt: skip


def _lower(r: Numbers) -> str:
    if not _mostly(r.floor_higher, r.holdout_suites):
        return "smaller runs do not put the floor higher"
    return "smaller runs put the floor too high"


def curves(p: Parameters, r: Numbers) -> Said:
    """Say where the article's curves meet, and what that is worth."""
    wide = (
        "So where the two meet says nothing of the future."
        if r.reach_spread > 10 else "So where the two meet is known fairly well, if that is so."
    )  # fmt: skip
    return finding(
        f"Within the budgets of Hoffmann's sweeps at equal compute the two curves differ by at most {pct(r.farthest_difference)}. Kaplan's then reaches the printed floor, {fix(r.printed_E)} nats per token, at {sci(r.through_hoffmann, 2)} FLOP. That looks like a test, and is none.",
        f"Kaplan's losses are of another text, in other tokens. If one model may lose up to {pct(p.corpus - 1)} more or less there, the point where his curve meets the floor moves by the {num(1 / r.kaplan_exponent, 2)}th power of that: a factor of {num(r.reach_spread, 2)} from the earliest to the latest. {wide}",
    )  # fmt: skip


def curves_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what two curves without common runs tell."""
    if r.reach_spread > 10:
        return takeaway("Two laws from two corpora cannot be compared; both forms have to be fitted to the same runs.")  # fmt: skip
    return takeaway("Even if the two corpora are alike, both forms should be fitted to the same runs.")  # fmt: skip


def described(p: Parameters, r: Numbers) -> Said:
    """Say which form describes the runs."""
    bare = f"With the embeddings left out, as Kaplan counted, the gap on the first table is {num(r.aic_non_embedding, 2)} instead of {num(r.aic_lead_runs, 2)}."  # fmt: skip
    return finding(
        f"Chinchilla's form is ahead of Kaplan's on {_of(r.aic_wins, r.suites)} tables, and the best of the four on {_of(r.sum_best, r.suites)}. Is that due to the constant? A constant added to Kaplan's form leaves more than half of the gap on {_of(r.constant_not_enough, r.suites)}; Chinchilla's form without its constant falls more than half of it behind on {_of(r.constant_needed, r.suites)}. {_both(r)}",
        f"Two cautions. The criterion takes neighbouring runs for independent, which they are not, so it exaggerates: trust its signs, not its size. {bare}",
    )  # fmt: skip


def _both(r: Numbers) -> str:
    needed = _mostly(r.constant_needed, r.suites)
    if needed and _mostly(r.constant_not_enough, r.suites):
        return "So it takes both: a constant, and a power for each term."
    if needed:
        return "So the constant is most of it."
    return "So the constant is not what makes the difference."


def described_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line which form describes the runs."""
    return takeaway(f"A form with a floor describes {_of(r.floor_best, r.suites)} tables best.")


def predicted(p: Parameters, r: Numbers) -> Said:
    """Say which form predicts the largest runs."""
    own = (
        f"On the first table Chinchilla's missed the largest runs by {pct(r.own_error_sum)} of the loss, Kaplan's by {pct(r.own_error_power)}. "
        if r.own_tested else ""
    )  # fmt: skip
    sides = (
        "So the truth lay between the two more often than not: Kaplan's form promises too much, Chinchilla's too little."
        if _mostly(r.sum_negative, r.holdout_suites) and _mostly(r.power_positive, r.holdout_suites)
        else "So the two do not err to opposite sides on most tables."
    )  # fmt: skip
    return finding(
        f"Chinchilla's form was nearer on {_of(r.holdout_wins, r.holdout_suites)} tables, clearly so on {_several(r.holdout_clear)}; Kaplan's was clearly nearer on {_several(r.holdout_clear_losses)}. {own}"
        f"But the largest runs came out lower than Chinchilla's form expected on {_of(r.sum_negative, r.holdout_suites)} tables, and higher than Kaplan's promised on {_of(r.power_positive, r.holdout_suites)}. {sides}",
        f"Neither knows how far to trust itself. Where an interval promised {pct(p.level)}, on the worst table {_share(r.covered_sum_low)} of the runs lay inside Chinchilla's, and {_share(r.covered_power_low)} inside Kaplan's.",
    )  # fmt: skip


def _share(value: float) -> str:
    return pct(value)


def predicted_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line which form predicts."""
    if _mostly(r.holdout_wins, r.holdout_suites):
        nearer = "Chinchilla's form predicts larger runs better"
    elif 2 * r.holdout_wins == r.holdout_suites:
        nearer = "Neither form predicts larger runs better"
    else:
        nearer = "Kaplan's form predicts larger runs better"
    if _mostly(r.floor_higher, r.holdout_suites):
        return takeaway(f"{nearer}, and smaller runs put the floor too high.")
    return takeaway(f"{nearer}.")


def promised(p: Parameters, r: Numbers) -> Said:
    """Say what more compute buys by either form, and what that hangs on."""
    apart = (
        "The intervals do not touch, so the form decides, not the scatter of the runs."
        if r.cut1000_sum_high < r.cut1000_power_low or r.cut1000_power_high < r.cut1000_sum_low
        else "The intervals overlap, so the runs leave it open which form is right."
    )  # fmt: skip
    alike = abs(r.floor_none_cut - r.cut1000_power) < 0.25 * r.cut1000_power
    floor = (
        "So the floor decides, not how the terms are joined."
        if alike else "So the floor is not all that decides."
    )  # fmt: skip
    return finding(
        f"From {sci(p.compute, 3)} FLOP a thousand times the compute takes {_cut(r, 'sum')} off the loss by Chinchilla's form, {_cut(r, 'power')} by Kaplan's ({pct(p.level)} intervals). {apart} Hold the floor of Chinchilla's form at zero, and it says {pct(r.floor_none_cut)}. {floor}",
        f"{_floors(r)} {_reach(p, r)}",
    )  # fmt: skip


def _floors(r: Numbers) -> str:
    """Say which floors the runs put up with."""
    fitted = f"at {fix(r.E)} by {num(r.miss, 2)}%"
    if min(r.miss_none, r.miss_most) > _CLEARLY * r.miss:
        return f"The runs do not put up with any floor: at zero the form misses them by {num(r.miss_none, 2)}%, {fitted}. But at {fix(r.floor_most)} it is {num(r.miss_most, 2)}%, and the thousandfold buys {pct(r.floor_most_cut)}."
    return f"The runs hardly tell the floor: at zero the form misses them by {num(r.miss_none, 2)}%, {fitted}, at {fix(r.floor_most)} by {num(r.miss_most, 2)}%, where the thousandfold buys {pct(r.floor_most_cut)}."


_CLEARLY = 1.02  # times the least miss, from which on a floor is said to describe the runs worse


def _reach(p: Parameters, r: Numbers) -> str:
    return f"The thousandfold ends at {sci(r.beyond, 1)} times the compute of the largest run; the test above reached {num(p.holdout, 2)}."


def _cut(r: Numbers, form: str) -> str:
    low, high = (getattr(r, f"cut1000_{form}_{end}") for end in ("low", "high"))
    return f"{pct(low)} to {pct(high)}"


def promised_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what more compute buys."""
    return takeaway(f"Ten times the compute takes {pct(r.cut10_low)} to {pct(r.cut10_high)} off the loss, depending on the law; what a model can then do, no law of the loss says.")  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    detail = ", and still misses the largest runs to one side" if _mostly(r.sum_negative, r.holdout_suites) else ""  # fmt: skip
    return finding(
        f"Chinchilla's form is ahead of Kaplan's on {_of(r.aic_wins, r.suites)} tables by likelihood and on {_of(r.holdout_wins, r.holdout_suites)} by prediction{detail}. The floor of {fix(r.E)} nats per token is of one text and one tokenizer. It also moves with [how errors are counted](chinchilla.ipynb), and with the runs: {_lower(r)} ({_of(r.floor_higher, r.holdout_suites)} tables). It is what is left when size and data are unlimited within this family of models, which need not be the entropy of the text.",
        "Runs a hundred times larger than these, published as a table, would tell more than any better fit: the farther out, the farther the two forms are apart.",
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    return sentences.solutions([
        f"$2^{{1/{fix(r.kaplan_exponent)}}}$, or {sci(r.halving_factor, 2)}. At {num(p.growth, 2)} times a year that takes {num(r.halving_years, 2)} years.",
        f"At the optimum $N \\propto C^{{\\beta/(\\alpha+\\beta)}}$, so $A/N^\\alpha \\propto C^{{-\\alpha\\beta/(\\alpha+\\beta)}}$, and the data term likewise. Fitted here the power is {fix(r.reducible_fit, 3)}: halving takes {num(r.reducible_halving, 3)} times the compute.",
        f"With $\\alpha_D = 1$ the outer power does nothing: $L = E + (N_c/N)^{{\\alpha_N}} + D_c/D$. An $\\alpha_D$ below 1 takes a power of the sum, so that a shortage of data matters less to a model that is also too small. On the runs of this page, with a constant, $\\alpha_D$ is {fix(r.alpha_D_floor)}.",
    ])  # fmt: skip


# For specialists


def constants(p: Parameters, r: Numbers) -> Said:
    """Say which path the article's Chinchilla curve takes."""
    return finding(
        f"The article by alyssavance says that size and data both grow roughly as the square root of compute. Its exponents, {fix(r.article_size_exponent, 3)} and {fix(r.article_data_exponent, 4)}, are $\\alpha a$ and $\\beta b$ with the {fix(r.approach3_a)} and {fix(r.approach3_b)} of Hoffmann's third approach; its coefficients tell the prefactors, {fix(r.implied_k_N, 4)} and {fix(r.implied_k_D, 4)}. So the path was $N = {r.guess_k_N:g}\\, C^{{{fix(r.approach3_a)}}}$, $D = {r.guess_k_D:g}\\, C^{{{fix(r.approach3_b)}}}$, which spends {fix(r.guess_product)} of $C = 6ND$ and agrees with the paper's table ({fix(r.table_k_N, 3)} and {fix(r.table_k_D, 3)}). The article does not say so; it is inferred from the digits.",
        f"At a true optimum both terms fall by one exponent, $\\alpha\\beta/(\\alpha+\\beta) = {fix(r.best_exponent, 4)}$. At {sci(p.compute, 3)} FLOP the article's curve lies {num(r.article_excess, 2)} nats per token above that optimum; one token per parameter would lie {num(r.half_excess, 2)} above.",
        f"That exponent is of the loss above the floor, Kaplan's {fix(r.kaplan_exponent)} of the whole loss. For the whole loss the two are equal at {sci(r.equal_slopes, 2)} FLOP; beyond, Chinchilla's falls more slowly. Fitted here, the loss above the floor falls by the power {fix(r.reducible_fit, 3)} ({fix(r.reducible_low, 3)} to {fix(r.reducible_high, 3)}).",
    )  # fmt: skip


def splits(p: Parameters, r: Numbers) -> Said:
    """Say what is left to size and to data in Chinchilla."""
    return finding(
        f"What is left to size and what to data in a trained model hangs on the constants: in Chinchilla size has {pct(r.share_chinchilla_printed, 3)} of the reducible loss as printed, {pct(r.share_chinchilla_hoffmann, 3)} unrounded, {pct(r.share_chinchilla_besiroglu, 3)} by the replication. At an optimum it is $\\beta/(\\alpha+\\beta)$ whatever the budget.",
    )  # fmt: skip
