"""What the chapter on what a scaling law is says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.parameter import Parameters
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    came = "the model came to" if _held(r) else "the model fell outside, at"
    return sentences.short_answer(
        "A formula that says how well a language model predicts text, from its size and the text it has read. "
        f"Fitted to {r.fitted_runs} small runs, one such law expects a loss of {fix(r.told)} nats a token ({pct(p.level)} band {fix(r.told_low)} to {fix(r.told_high)}) from a model {_two(r.times_larger)} times larger; {came} {fix(r.asked_loss)}. {_straight(r)}"
    )  # fmt: skip


def _held(r: Numbers) -> bool:
    return bool(r.told_low <= r.asked_loss <= r.told_high)


def _two(value: float) -> str:
    return num(value, 2)


def _straight(r: Numbers) -> str:
    near = abs(r.straight - r.asked_loss) < abs(r.told - r.asked_loss)
    return f"A straight line does {'better' if near else 'worse'}: {fix(r.straight)}."


def four(p: Parameters, r: Numbers) -> Said:
    """Say what the four runs have in common, and how far apart they are."""
    return finding(
        f"From the first to the last the compute grows {num(r.asked_compute / r.first_compute, 2)} times, while the ratio stays at {_two(r.ratio)} tokens per parameter."
    )  # fmt: skip


def four_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what describes a run."""
    return takeaway("Size and data describe a run, and six times their product is its compute.")


def nats(p: Parameters, r: Numbers) -> Said:
    """Say what the losses of the four runs mean."""
    return finding(
        f"The smallest of the four runs, at {fix(r.first_loss)} nats, is as unsure of each token as if it chose among {_two(r.first_choices)} equally likely ones. The largest, at {fix(r.asked_loss)}, chooses among {_two(r.asked_choices)}."
    )  # fmt: skip


def nats_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what a nat is worth."""
    return takeaway(f"One nat less means a choice among {num(2.718281828, 2)} times fewer tokens.")


def law(p: Parameters, r: Numbers) -> Said:
    """Say what the fitted law is like."""
    return finding(
        f"Fitted to the {r.fitted_runs} runs of at most {qty(r.fitted_largest, 2)} parameters, the floor $E$ is {fix(r.floor)} nats. Twice the parameters leave {pct(r.twice_size, 2)} of the part for size, twice the tokens {pct(r.twice_data, 2)} of the part for data. "
        f"For the largest run the law predicts {fix(r.told)} nats; it came to {fix(r.asked_loss)}. Runs of other laboratories set the width of the band: it would have held {pct(p.level)} of those as far out. It {'holds' if _held(r) else 'misses'} this run. {_line(r)}"
    )  # fmt: skip


def _line(r: Numbers) -> str:
    said = f"A straight line through the smaller runs at this ratio says {fix(r.straight)} nats"
    if r.straight < min(r.told_low, r.asked_loss):
        return f"{said}: a line without a floor promises too much."
    if r.straight > max(r.told_high, r.asked_loss):
        return f"{said}: here a line promises too little."
    return f"{said}, which is as good here."


def law_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the law did."""
    off = r.told / r.asked_loss - 1
    return takeaway(f"Fitted to runs of at most {qty(r.fitted_largest, 2)} parameters, the law came within {pct(abs(off), 2)} of the loss of one with {qty(r.asked_params, 2)}, {'below' if off < 0 else 'above'} it.")  # fmt: skip


def own(p: Parameters, r: Numbers) -> Said:
    """Say what the law expects of a model that the reader names."""
    far = (
        f", {_two(r.own_times)} times the compute of the largest run fitted"
        if r.own_times > 1
        else ""
    )
    return finding(
        f"By the law above, {qty(p.params)} parameters on {qty(p.tokens)} tokens would come to {fix(r.own_loss)} nats. That takes {sci(r.own_compute, 2)} FLOP{far}."
    )  # fmt: skip


def valley(p: Parameters, r: Numbers) -> Said:
    """Say what the runs of one budget show."""
    about = "near" if r.valley_ratio_low / 1.5 < 20 < 1.5 * r.valley_ratio_high else "not"
    return finding(
        f"Of {r.valley_count} models with {sci(r.valley_compute, 1)} FLOP each, the smallest came to {fix(r.valley_small_loss)} nats and the largest to {fix(r.valley_large_loss)}. Between them, at {qty(r.valley_best, 2)} parameters, lies the best, {fix(r.valley_best_loss)}. "
        f"Across budgets the best ratio in this sweep is {_two(r.valley_ratio_low)} to {_two(r.valley_ratio_high)} tokens per parameter, {about} the 20 for which Chinchilla's paper is quoted. Other texts and recipes have other best ratios, and the bottom of the valley is flat."
    )  # fmt: skip


def valley_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what a law decides."""
    lost = max(r.valley_small_loss, r.valley_large_loss) - r.valley_best_loss
    return takeaway(f"A law says how to split compute between size and data; at {sci(r.valley_compute, 1)} FLOP the worst split cost {fix(lost)} nats.")  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure this is, and what would change it."""
    hit = "One prediction that came out may be luck." if _held(r) else "One prediction that failed may be bad luck."  # fmt: skip
    return finding(
        f"{hit} The [chapter on predictions](predictions.ipynb) makes thousands, and the band is as wide as they require. The floor lies below all losses seen, so it rests on the form of the law ([do the curves go on?](asymptotes.ipynb)). A law holds for one recipe, one text and one way of counting."
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    return sentences.solutions([
        f"$6ND$ is {sci(r.own_compute, 2)} FLOP, and there are {_two(r.own_ratio)} tokens per parameter.",
        "$e^{2.1} = 8.2$ against $e^{2} = 7.4$: a tenth of a nat is a tenth of the choices.",
        f"The line falls as compute to the power {fix(r.slope, 3)}, so it takes $2^{{1/{fix(r.slope, 3)}}}$, {sci(r.half_loss, 2)} times. By the law, half of the largest run's {fix(r.asked_loss)} nats is {fix(r.asked_loss / 2)}, {_under(r)}.",
    ])  # fmt: skip


def _under(r: Numbers) -> str:
    if r.asked_loss / 2 < r.floor:
        return f"below the floor of {fix(r.floor)}: no compute suffices"
    return f"above the floor of {fix(r.floor)}: enough compute would do"
