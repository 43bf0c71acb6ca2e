"""What the chapter on repeated data says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.parameter import Parameters
from scalebook.chapters.repetition import FORMS
from scalebook.chapters.repetition.measured import LARGE
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace
#: Percent of more loss up to which four passes are called nearly as good as fresh text.
LITTLE = 2.0


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    nearly = "Nearly." if r.four_excess_high < LITTLE else "No."
    return sentences.short_answer(
        f"{nearly} In {r.four_runs} pairs of runs, tokens read four times were worth {_percent(r, 'four_worth')} as many fresh ones. {_many(r)} "
        f"The usual law says sixty are worth {num(r.worth60, 2)}; its runs fit {num(r.valley_worth60_low, 2)} to {num(r.valley_worth60_high, 2)}."
    )  # fmt: skip


def _many(r: Numbers) -> str:
    if not r.small_runs or not r.large_runs:
        return "About many more passes the runs do not tell."
    return f"At 20 to 60 passes: {_percent(r, 'small')} in models small for their text, {_percent(r, 'large')} in large ones."  # fmt: skip


def _percent(r: Numbers, name: str) -> str:
    low, high = (getattr(r, f"{name}_{end}") for end in ("low", "high"))
    return f"{pct(low).rstrip('%')} to {pct(high)}"


def pairs(p: Parameters, r: Numbers) -> Said:
    """Say what pairs of runs tell."""
    return finding(
        f"At about four passes, repetition left {num(r.four_excess, 2)}% more loss in the mean of {r.four_runs} pairs; {pct(r.four_worth)} as many tokens would have done as well if fresh. A small difference in loss is not so small in text.",
        _sizes(r),
        f"Some large models even get worse with more passes: of {r.beyond} models trained beyond forty, {r.beyond_rose} ended well above the lowest loss that they had reached.",
    )  # fmt: skip


def _sizes(r: Numbers) -> str:
    if not r.small_runs or not r.large_runs:
        return "Between 20 and 60 passes there are too few of them to compare sizes."
    small = f"less than {LARGE:g} times the size that is best for one pass"
    if r.small_low > r.large_high:
        return f"Between 20 and 60 passes the size of the model decides: a token counted for more in every model of {small} than in any larger one."  # fmt: skip
    return f"Between 20 and 60 passes models of {small} and larger ones overlap."


def pairs_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the runs tell."""
    nearly = "Four passes are nearly as good as fresh text" if r.four_excess_high < LITTLE else "Four passes are not as good as fresh text"  # fmt: skip
    if r.small_runs and r.large_runs and r.small_low > r.large_high:
        return takeaway(f"{nearly}; forty can still pay for a model that is small for its text, and ruin one that is large for it.")  # fmt: skip
    return takeaway(f"{nearly}; about many more the runs disagree.")


def forms(p: Parameters, r: Numbers) -> Said:
    """Set the two forms of the decay against one another."""
    apart = abs(r.worth4_geometric / r.worth4 - 1)
    better = "slightly better" if r.r2_geometric > r.r2_saturating else "no better"
    return finding(
        f"The paper prints $R = {fix(r.R_D, 1)}$ for tokens. Then the fourth pass adds {pct(r.fourth)} of a fresh one and the fortieth {pct(r.fortieth)}, and no number of passes is worth more than {fix(r.limit, 1)}. There is no sharp edge.",
        f"The paper's appendix fits the first form to the same runs, {better}. At four passes the two differ by {pct(apart, 1)}; at sixty one says {num(r.worth60, 2)} fresh passes and the other {num(r.worth60_geometric, 2)}.",
    )  # fmt: skip


def valley(p: Parameters, r: Numbers) -> Said:
    """Say how flat the valley is that the published constant lies in."""
    end = f"{r.valley_end:,.0f}"
    most = f"more than {end}, where the search stops" if r.valley_high >= r.valley_end else num(r.valley_high, 2)  # fmt: skip
    corner = " With the runs that were left out, too, the fit goes to the corner of the search: many of them became worse with more passes, which a law that only flattens must blame on their size." if r.all_best_D >= r.valley_end else f" With the runs that were left out, too, the least is at {num(r.all_best_D, 2)}."  # fmt: skip
    return finding(
        f"The least is at $R = {num(r.valley_best_D, 2)}$ for tokens, and the published pair is only {pct(r.valley_gain, 1)} above it. In 95% of resamples of the runs $R$ lies from {num(r.valley_low, 2)} to {most}.",
        f"The runs cannot say more, because those with many passes mostly had many parameters for their text as well: a slower decay of tokens makes up for a faster decay of parameters.{corner}",
    )  # fmt: skip


def valley_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the published constant is."""
    wide = r.valley_high > 3 * r.valley_low
    if wide:
        return takeaway(f"The published $R = {fix(r.R_D, 1)}$, the “sixteen epochs”, is one point of a flat valley: resamples of the runs put it anywhere from {num(r.valley_low, 2)} {'on' if r.valley_high >= r.valley_end else f'to {num(r.valley_high, 2)}'}.")  # fmt: skip
    return takeaway(f"The runs fix the constant: {num(r.valley_low, 2)} to {num(r.valley_high, 2)} repeats, where {fix(r.R_D, 1)} was published.")  # fmt: skip


def spend(p: Parameters, r: Numbers) -> Said:
    """Say how to spend compute on little text, and what the confirming runs tell."""
    if r.optimal_epochs < 1.005:
        best = f"With {sci(p.compute, 2)} FLOP and {qty(p.unique)} unique tokens nothing need be repeated: the best model has {qty(r.optimal_params)} parameters."  # fmt: skip
    else:
        best = f"With this page's compute and text {FORMS[p.decay]} puts the best model at {qty(r.optimal_params, 2)} parameters and {num(r.optimal_epochs, 2)} passes."  # fmt: skip
    nearer = "the geometric form" if abs(r.geometric_gain - r.measured_gain) < abs(r.predicted_gain - r.measured_gain) else "the law"  # fmt: skip
    return finding(
        best,
        f"The paper tested its advice with one pair of runs, the model of its law against that of a law without decay. The smaller one won by {fix(r.measured_gain, 3)} nats per token, where the law predicts {fix(r.predicted_gain, 3)} and the geometric form {fix(r.geometric_gain, 3)}. So the pair supports the direction, and its gain is nearer to what {nearer} says; but one pair carries the noise of two trainings.",
    )  # fmt: skip


def spend_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how to spend compute on little text."""
    if r.optimal_epochs < 1.005:
        return takeaway("With this much text nothing need be repeated.")
    return takeaway("When text is short, take a smaller model and more passes than the usual rule says; the runs do not say how much smaller.")  # fmt: skip


def ratio(p: Parameters, r: Numbers) -> Said:
    """Set the quoted factor against both forms."""
    passes = "pass" if p.epochs == 1 else "passes"
    return finding(
        f"At {p.epochs:g} {passes} the paper's form has {num(r.gain_paper, 2)} times the tokens per parameter of a single pass; Nesov quotes {r.quoted:g} for 60. The geometric form, fitted to the same runs, has {num(r.gain_geometric, 2)}."
    )  # fmt: skip


def ratio_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the quoted factor rests on."""
    apart = max(r.gain_paper, r.gain_geometric) / min(r.gain_paper, r.gain_geometric)
    if apart > 1.5:
        return takeaway(f"The factor is a property of the curve that was chosen, not a measurement: the other curve makes it {num(apart, 2)} times as large.")  # fmt: skip
    return takeaway("At so few passes both forms agree on the factor.")


def five(p: Parameters, r: Numbers) -> Said:
    """Say what the two factors of the article come to."""
    needed = (
        "no number of passes is enough"
        if p.stretch >= r.limit_chosen
        else f"it takes {num(r.needed, 2)} of them"
    )
    passes = "pass is" if p.stretch == 1 else "passes are"
    return finding(
        f"By {FORMS[p.decay]} {p.stretch:g} {passes} worth {num(r.worth, 2)} fresh; for a worth of {p.stretch:g}, {needed}. With {p.synthetic:g} times the text from a model as well, the tokens read are worth {num(r.combined, 2)} times the unique ones if such text is as good as fresh, and no more than before if it is worth nothing.",
    )  # fmt: skip


def five_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the product rests on."""
    return takeaway("The first factor is measured, roughly; nothing in these sources measures the second.")  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    return finding(
        f"Four passes rest on {r.four_runs} pairs of runs by one group of authors. The step from loss to tokens uses the slope of the paper's law for fresh text, but not its level. Cleaner or narrower text may bear fewer passes: in an experiment of Hernandez and colleagues a small part, read a hundred times, did harm.",
        "Runs that change passes and size separately would settle the valley: several sizes near the best one for their text, each at 4, 16 and 64 passes, with two seeds.",
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    return sentences.solutions([
        f"$1 + R(1 - e^{{-r/R}}) = 15$ gives $r = -R \\ln(1 - 14/R)$ with $R = {fix(r.R_D)}$, so $r + 1$ is {fix(r.exercise_fifteen, 0)}. The nearer to the limit, the more passes the next one takes.",
        f"$(1-\\delta)^r = e^{{r \\ln(1-\\delta)}}$ and $-\\ln(1-\\delta) \\approx \\delta \\approx 1/R$. With $\\delta = {fix(r.exercise_delta, 4)}$ the geometric form gives {fix(r.exercise_geometric)} fresh passes at sixty where the other gives {fix(r.worth60)}. So it is the constants, not the approximation, that make the two published fits differ.",
        f"$R$ is {fix(r.R_N, 1)} for parameters and {fix(r.R_D, 1)} for tokens: an excess parameter loses its value sooner than a repeated token. Had the two been equal, with $\\alpha = \\beta$, $s_N = s_D$ would give $n = x$, and the ratio would stay what it is at one pass.",
    ])  # fmt: skip


def specialists(p: Parameters, r: Numbers) -> Said:
    """Say what only specialists ask."""
    return finding(
        "Where the best size goes with the passes: write $v(x)$ for the worth of $x$ passes, and count parameters in multiples $n$ of the number that is best for one pass. At the best split of a budget 1% more parameters and 1% more passes lower the loss alike, $s_N(n) = s_D(x)$ with $s(x) = x\\,v'(x) / v(x)^{1+\\gamma}$ and $\\gamma = \\alpha$ for parameters, $\\beta$ for tokens. The amount of text drops out.",
        f"The printed law puts the best split of the budget with which the paper tested its advice at {qty(r.confirm_params)} parameters and {num(r.confirm_epochs, 2)} passes, not at the {qty(r.confirm_params_published)} and {num(r.confirm_epochs_published, 2)} of the paper; it rates the two within {sci(r.confirm_loss_gap, 1)} nats of one another.",
        f"One line of the table of fits cannot be right as printed. Its “explicit” decay is the geometric one with $1 - \\delta = e^{{-\\lambda}}$. For tokens the constants agree, $-\\ln(1 - {fix(r.delta_D, 4)}) = {fix(r.lambda_D, 4)}$; for parameters both lines print {fix(r.delta_N, 4)}, where one should be {fix(r.lambda_N, 3)} if the other is right, and {num(r.gain_explicit, 2)} would then be the factor at {num(p.epochs, 2)} passes. A third fit lets data alone decay, with $R^2$ {fix(r.r2_D_only)}.",
        f"The law knows no harm from too many passes. For {qty(r.paper_contour)} tokens the paper reports the lowest measured loss at {num(r.lowest_low, 2)} to {num(r.lowest_high, 2)} times the parameters and passes of the best run of one pass, and about {num(r.lowest_compute, 1)} times the compute; the larger ends multiply to {num(r.largest_product, 2)}.",
    )  # fmt: skip
