"""What the chapter on planning says, as its numbers have it."""

from functools import partial
from types import SimpleNamespace

from scalebook.chapters.parameter import Parameters
from scalebook.chapters.planner.fits import DEFAULT, called
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace
amount, two = partial(qty, digits=2), partial(num, digits=2)

#: A price that is called small: a quarter of the compute.
SMALL = 4 / 3
#: Times the best ratio, or a part of it, from which on a ratio is no plan by the law fitted here.
FAR = 5.0


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    return sentences.short_answer(
        f"With {sci(r.planned, 2)} FLOP, about {amount(r.params)} parameters on {amount(r.tokens)} tokens; other laws say {_sizes(r, 'any_size')} parameters. {_price(p, r)} {_to_expect(p, r)}"
    )  # fmt: skip


def _price(p: Parameters, r: Numbers) -> str:
    if _far(p, r):
        return f"By this law {qty(p.ratio)} tokens per parameter would waste {_wasted(r.cost_own)} of the compute, by the published ones at most {_wasted(r.cost_published)}."  # fmt: skip
    link = "But" if max(r.cost_published, r.cost_sweeps) < 2 else "And"
    return f"{link} {qty(p.ratio)} tokens per parameter waste at most {_wasted(r.cost_published)} of the compute by the published laws, {_wasted(r.cost_sweeps)} by those of public sweeps."  # fmt: skip


def _far(p: Parameters, r: Numbers) -> bool:
    return bool(not 1 / FAR < p.ratio / r.tokens_per_param < FAR)


def _to_expect(p: Parameters, r: Numbers) -> str:
    if not r.foreseen:
        return "These runs tell no loss to expect of it."
    if r.band:
        whose = "Chinchilla's" if p.runs == DEFAULT else "that of the runs"
        return f"Expect a loss of {fix(r.foreseen_loss)} nats per token, {fix(r.band_low)} to {fix(r.band_high)}, on text like {whose}."  # fmt: skip
    return "What it will reach nobody can promise: such a prediction was never tried."


def _sizes(r: Numbers, name: str) -> str:
    return f"{amount(getattr(r, f'{name}_low'))} to {amount(getattr(r, f'{name}_high'))}"


def _wasted(lost: float) -> str:
    if lost > 200:
        return "nearly all"
    return f"{100 - 100 / lost:.0f}%" if lost > 1.005 else "next to nothing"


def _first(text: str) -> str:
    return text[0].upper() + text[1:]


def _count(number: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")  # fmt: skip
    return words[number] if number < len(words) else str(number)


def models(p: Parameters, r: Numbers) -> Said:
    """Say where published models lie."""
    side = (
        f"has {two(r.gpt4_over)} times the best number of tokens per parameter"
        if r.gpt4_over > 1 else
        f"has {two(1 / r.gpt4_over)} times too few tokens per parameter"
    )  # fmt: skip
    return finding(
        f"The rumoured GPT-4, at its active size, {side}.",
    )  # fmt: skip


def models_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the map shows."""
    outside = r.models_below + r.models_above
    if outside > r.models / 2:
        return takeaway(f"Most of these models, {outside} of {r.models}, were trained outside the band of best splits.")  # fmt: skip
    return takeaway(f"Of these {r.models} models {outside} were trained outside the band of best splits.")  # fmt: skip


def budgets(p: Parameters, r: Numbers) -> Said:
    """Say how far the share of the peak moves a plan."""
    return finding(
        f"The share of the peak is the uncertain factor. LaMDA's paper reports {pct(r.utilisation_lamda)}, PaLM's {pct(r.utilisation_palm)}, Llama 3's {pct(r.utilisation_llama_low)} to {pct(r.utilisation_llama_high)}; such a figure may or may not count the days lost to failures.",
    )  # fmt: skip


def budgets_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what a machine and a time fix."""
    return takeaway(f"A machine and a time fix the compute to a factor of {two(r.factor_compute)}, and with it the best size to a factor of {two(r.factor_size)}.")  # fmt: skip


def plan(p: Parameters, r: Numbers) -> Said:
    """Say what the laws make of the budget."""
    return finding(
        f"{_first(called(p))} itself leaves the size at {_sizes(r, 'params')} ({pct(p.level)} bootstrap), if its form is right. The last row has two forms of law, fitted to each of {_count(r.sweeps)} public sweeps{_beyond(r)}. "
        f"By {called(p)}, Kaplan's older law ([why it differs](reconciliation.ipynb)) wastes {_wasted(r.cost_kaplan)} of the compute.",
    )  # fmt: skip


def _beyond(r: Numbers) -> str:
    """Say so where a budget lies far beyond the runs of the sweeps."""
    return " and carried far beyond their runs" if r.planned > 10 * r.sweep_compute else ""


def split(p: Parameters, r: Numbers) -> Said:
    """Say what it costs to follow a law that is not the right one."""
    low = "So the choice of law matters less than the sizes suggest: near the best split the loss is flat." if _flat(r) else "So it matters which law one follows."  # fmt: skip
    return finding(
        f"{low} If {called(p)} is right, following any of the others but Kaplan's wastes at most {_wasted(r.cost_followed)}.",
    )  # fmt: skip


def _flat(r: Numbers) -> bool:
    return bool(max(r.cost_published, r.cost_followed) < SMALL)


def plan_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how to split a budget."""
    if _far(p, r):
        return takeaway(f"At {qty(p.ratio)} tokens per parameter {called(p)} says that {_wasted(r.cost_own)} of the compute is wasted: take its own ratio instead, {two(r.tokens_per_param)}.")  # fmt: skip
    if r.cost_published < SMALL:
        less = ", less so by laws of public sweeps" if r.cost_sweeps > r.cost_published else ""
        return takeaway(f"Without a sweep of your own, {qty(p.ratio)} tokens per parameter are a fair plan by the laws published since Chinchilla's{less}.")  # fmt: skip
    return takeaway(f"At {qty(p.ratio)} tokens per parameter {_wasted(r.cost_published)} of the compute is wasted by one published law: take another ratio, or measure yours.")  # fmt: skip


def reach(p: Parameters, r: Numbers) -> Said:
    """Say what the best run of the budget will reach."""
    if not r.foreseen:
        return finding(f"These runs predict no loss for {sci(r.planned, 2)} FLOP. {_own(p, r)}")
    said = f"The run planned takes {two(r.foreseen_h)} times the compute of the largest one at hand. The prediction is {fix(r.foreseen_loss)} nats per token."  # fmt: skip
    return finding(f"{said} {_band(p, r)}", _own(p, r))


def _band(p: Parameters, r: Numbers) -> str:
    if r.band:
        half, gain = (r.band_high - r.band_low) / 2, r.gain_10
        so = "is more than" if half > 1.1 * gain else "is less than" if half < 0.9 * gain else "is about"  # fmt: skip
        return f"Half the calibrated band's width {so} what ten times the compute would gain."
    if r.edge and r.foreseen_h > r.foreseen_reach:
        return f"Bands were tried up to {two(r.foreseen_reach)} times the largest run. There the band is {_losses(r, 'edge')}, and from there on it opens."  # fmt: skip
    return "For such a run from such runs no band was tried."


def _losses(r: Numbers, name: str) -> str:
    return f"{fix(getattr(r, f'{name}_low'))} to {fix(getattr(r, f'{name}_high'))}"


def _own(p: Parameters, r: Numbers) -> str:
    if not r.foreseen:
        return f"{_first(called(p))} says {fix(r.loss)}, {fix(r.loss_low)} to {fix(r.loss_high)} by its own interval. That is right only if its form is."  # fmt: skip
    if r.loss_low <= r.foreseen_loss <= r.loss_high:
        return f"{_first(called(p))} says the same within its own interval, which is right only if its form is."  # fmt: skip
    return f"The prediction, by a law with one more constant, lies outside the own interval of {called(p)}, which takes its form for granted."  # fmt: skip


def reach_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what to expect."""
    if r.foreseen and r.band:
        half = (r.band_high - r.band_low) / 2 / r.foreseen_loss
        return takeaway(f"Expect {fix(r.foreseen_loss)} nats per token, give or take {pct(half, 1)}, if text and recipe are like those of the runs.")  # fmt: skip
    return takeaway("Nobody can say with a tried interval what this run will reach: run something larger first.")  # fmt: skip


def ratio(p: Parameters, r: Numbers) -> Said:
    """Say which way the best ratio goes."""
    fixed = not r.trend_low < 0 < r.trend_high
    way = "falls" if r.trend < 0 else "rises"
    sign = "and its runs fix the sign" if fixed else "but its runs leave the sign open (by some resamples it falls, by others it rises)"  # fmt: skip
    return finding(
        f"By {called(p)} the best ratio {way} with compute, {sign}. By the constants that Besiroglu and colleagues publish it falls slowly, so parameters become a rising part of the data.",
        _twenty(p, r),
    )  # fmt: skip


def _twenty(p: Parameters, r: Numbers) -> str:
    gopher, dense = (
        "holds it" if getattr(r, f"{name}_ratio_low") <= p.ratio <= getattr(r, f"{name}_ratio_high") else "leaves it out"
        for name in ("gopher", "dense")
    )  # fmt: skip
    return (
        f"Can {qty(p.ratio)} be ruled out? At Gopher's budget the law's own interval {gopher}; at {sci(r.dense_compute, 2)} FLOP, among the runs, it {dense}. Such intervals take the form for granted, so these runs neither rule {qty(p.ratio)} out nor confirm it."
    )  # fmt: skip


def ratio_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line which way the best ratio goes."""
    if r.growth_low < 1 < r.growth_high:
        return takeaway(f"Whether the best ratio rises or falls with compute cannot be told: tenfold compute may multiply it by {two(r.growth_low)} or by {two(r.growth_high)}.")  # fmt: skip
    way = "rises" if r.growth_low >= 1 else "falls"
    return takeaway(f"By all public sweeps the best ratio {way} with compute, {two(r.growth_low)} to {two(r.growth_high)} times for tenfold compute.")  # fmt: skip


def trillion(p: Parameters, r: Numbers) -> Said:
    """Say at which compute the two sizes are best."""
    held = "which holds the 200" if r.x1t_low <= 200 <= r.x1t_high else "which leaves out the 200"
    return finding(
        f"These numbers are rows of Table 3, from the first of three approaches in Chinchilla's paper. The figure has the other two. {_first(called(p))} says {num(r.x1t, 2)}, {num(r.x1t_low, 2)} to {num(r.x1t_high, 2)} if its form is right, {held}.",
    )  # fmt: skip


def trillion_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how far a size is from fixing the compute."""
    low, high = min(r.x1t_1, r.x1t_2, r.x1t_3, r.x1t), max(r.x1t_1, r.x1t_2, r.x1t_3, r.x1t)
    source = "From one set of runs" if p.runs == DEFAULT else "By these laws and tables"
    return takeaway(f"{source}, a trillion parameters are the best size at {num(low, 2)} to {num(high, 2)} times Gopher's compute: a size does not fix a budget.")  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    data = "The runs are of one laboratory, one text and one recipe" if p.runs == DEFAULT else "The runs are of one table"  # fmt: skip
    return finding(
        f"{data}, and end at {sci(r.largest, 2)} FLOP. The loss belongs to their text; sizes and ratios carry over better, as far as the sweeps agree. All of it is about training alone: a model that will be used a lot should be [smaller](inference.ipynb), and [a few more tokens cost little](overtraining.ipynb).",
        "A sweep of your own would settle more than any law here: a few sizes on each of several budgets, the largest within a factor of thirty of the plan.",
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    return sentences.solutions([
        f"{sci(r.llama_compute, 2)} FLOP over {sci(1e18 * p.utilisation, 2)} FLOP/s is {num(r.llama_days, 3)} days.",
        f"$C^{{0.005}} = 2$ at $C = 2^{{200}}$, or {sci(r.digit_factor_two, 2)} FLOP; over 23 orders of magnitude it is already a factor of {num(r.digit_23, 2)}.",
        f"At equal compute $dN/N = -dD/D$, so the best split has $\\alpha A N^{{-\\alpha}} = \\beta B D^{{-\\beta}}$. The size term is then $\\beta/(\\alpha+\\beta)$ of $L - E$, and $N = [A / (a (L-E))]^{{1/\\alpha}}$ with $a = \\beta/(\\alpha+\\beta)$. For {num(r.target_nats, 3)} nats {called(p)} gives {qty(r.loss_params)} parameters.",
    ])  # fmt: skip


def backwards(p: Parameters, r: Numbers) -> Said:
    """Say what a target loss takes."""
    what = f"Chinchilla's loss by {called(p)}" if p.target_loss == 0 else "The target loss"
    return finding(
        f"{what}, {num(r.target_nats, 3)} nats per token, takes {sci(r.loss_compute, 2)} FLOP at the best split. The nearer a target lies to the floor, {fix(r.E)} here, the wider the interval, until some resamples put it out of reach. By other laws the same number of nats is another task, since their floors differ."
    )  # fmt: skip


def constant(p: Parameters, r: Numbers) -> Said:
    """Say which ratios would do at every budget."""
    one = (
        f"One ratio at every budget would have to lie between {num(r.constant_low, 3)} and {num(r.constant_high, 3)}"
        if r.one_ratio else "No one ratio at every budget would do"
    )  # fmt: skip
    return finding(
        f"{one}, by these resamples and if the form is right. The [chapter on Chinchilla](chinchilla.ipynb) shows why such intervals are too narrow, so this rejects nothing."
    )  # fmt: skip


def odd(p: Parameters, r: Numbers) -> Said:
    """Say which rows of Hoffmann's tables do not hold together."""
    return finding(
        f"{_first(_count(r.slips))} rows fail the first check. The 175B row of the third approach has its FLOP ten times too small, a slip of the exponent. The 280B row of the same approach has FLOP on the line of the others, but tokens that are too few for them. The rows of 67B stand off the line in all three approaches, by {pct(r.row67_1)}, {pct(r.row67_2)} and {pct(r.row67_3)} in FLOP: they are the rows of a somewhat larger model, of {qty(r.row67_size1)} to {qty(r.row67_size3)} parameters by their lines. Chinchilla has {qty(r.chinchilla_params)}. Last, one of the printed ratios to Gopher's compute is cut off rather than rounded: 1/{num(r.ratio_printed_10b, 2)} at 10B, where the FLOP give 1/{num(r.ratio_10b, 3)}.",
        f"All other rows of an approach lie on one line to within {pct(r.line_worst)}, and its exponent is the printed one: {fix(r.table_a1, 3)}, {fix(r.table_a2, 3)} and {fix(r.table_a3, 3)}, where Table 2 has {fix(r.printed_a1)}, {fix(r.printed_a2)} and {fix(r.printed_a3)}. Section 3.4 of the paper quotes yet other figures: {sci(r.prose_flop)} FLOP for 175B parameters, {num(r.prose_over_table, 3)} times those of Table 3.",
    )  # fmt: skip


def digits(p: Parameters, r: Numbers) -> Said:
    """Say what rounded constants do to the third approach."""
    return finding(
        f"No set of constants gives the third column exactly. The printed ones are too high by {pct(r.miss_printed_low)} to {pct(r.miss_printed_high)}, most of which is what rounding the exponents to two digits does. The unrounded ones from the paper's source are high by {pct(r.miss_unrounded_low)} to {pct(r.miss_unrounded_high)}. Exponents of three digits, as Sardana and colleagues work with, with Hoffmann's $A$ and $B$, come nearest, {pct(r.miss_three_low)} to {pct(r.miss_three_high)}. From which constants the table was computed cannot be told.",
    )  # fmt: skip


def llama(p: Parameters, r: Numbers) -> Said:
    """Say what two printed digits cannot carry."""
    return finding(
        f"The paper prints $({fix(r.llama_b)}, {fix(r.llama_A)})$ and extrapolates to {sci(r.llama_compute, 2)} FLOP: {qty(r.llama_params)} parameters on {qty(r.llama_tokens, 4)} tokens. Two digits cannot carry that: half a unit in the exponent's last digit is a factor of {num(r.llama_digit_factor, 3)} at this compute, and even the upper end of the rounding stays below what the paper states. An exponent of {fix(r.llama_implied_b, 4)} would give it; the label of the paper's figure has {fix(r.llama_b_figure, 3)}. The stated pair has a rounding of its own: it multiplies to {sci(r.llama_6nd)} FLOP, {pct(r.llama_6nd_excess)} above the budget. Kaplan's exponent for the tokens is {fix(r.kaplan_b)}.",
    )  # fmt: skip


def amd(p: Parameters, r: Numbers) -> Said:
    """Do the arithmetic of AMD's announcement."""
    return finding(
        f"Each node holds {qty(r.amd_per_node)} accelerators of {sci(r.amd_peak, 4)} FLOP/s at peak. The run took $6ND$ = {sci(r.amd_compute)} FLOP. In six days the machine could have done {sci(r.amd_machine_compute)} at its peak, so it ran at {pct(r.amd_share)} of it; {pct(r.amd_share_attention)} if attention is counted, which for a model this small adds {pct(r.amd_attention)} to $6ND$. That is low beside large runs, and plausible for a small model. At its peak the machine would have gone through {qty(r.amd_most)} tokens.",
        f"Each parameter saw {num(r.amd_ratio, 3)} tokens. The best model would have been {qty(r.amd_best_params)} parameters on {qty(r.amd_best_tokens)} tokens by {called(p)}, {_amd(r)}",
    )  # fmt: skip


def _amd(r: Numbers) -> str:
    over = f"({num(r.amd_over_low, 2)} to {num(r.amd_over_high, 2)}, if the form is right)"
    times = f"so AMD over-trained {num(r.amd_over, 3)} times {over}" if r.amd_over > 1 else f"so AMD trained on {num(r.amd_over, 2)} times the best number of tokens per parameter {over}"  # fmt: skip
    reach = f"The fitted runs reach {num(r.runs_ratio_max, 2)} tokens per parameter"
    if r.runs_ratio_max < r.amd_ratio:
        return f"{times}. {reach}, so what this cost is not read off the law; [the chapter on over-training](overtraining.ipynb) has sweeps that went farther."  # fmt: skip
    return f"{times}. {reach}; what such a ratio costs is in [the chapter on over-training](overtraining.ipynb)."  # fmt: skip
