"""What the chapter on Kaplan et al. says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.parameter import Parameters
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace

#: A loss within this share of a line is said to be near it.
NEAR = 0.05
#: Ratios that differ by less are said to agree.
CLOSE = 1.5


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    low, high = r.full_tenfold_low, r.full_tenfold_high
    advice = low <= r.tenfold_params <= high
    if _near(r):
        said = "The straight lines hold, and so does the advice on size." if advice else "The straight lines hold; the advice on size does not."  # fmt: skip
    else:
        said = "The straight lines did not last, but the advice on size holds." if advice else "Neither the straight lines nor the advice on size held."  # fmt: skip
    return sentences.short_answer(
        f"{said} GPT-3, at {_two(r.beyond)} times the compute of Kaplan's largest run, came within {pct(abs(r.gpt3_off), 2)} of the loss on its line. "
        f"For ten times the compute Kaplan grew the model {_two(r.tenfold_params)} times, later sweeps {_two(low)} to {_two(high)}. "
        f"{_at_gpt3(r)}"
    )  # fmt: skip


def _near(r: Numbers) -> bool:
    return bool(abs(r.gpt3_off) <= NEAR)


def _two(value: float) -> str:
    return num(value, 2)


def _at_gpt3(r: Numbers) -> str:
    low, high = r.gpt3_larger_low, r.gpt3_larger_high
    if low > 1:
        return f"At GPT-3's budget Kaplan's best model is {_two(low)} to {_two(high)} times theirs."
    if high < 1:
        return f"At GPT-3's budget their best model is {_two(1 / high)} to {_two(1 / low)} times Kaplan's."
    return "At GPT-3's budget the two agree within their spread."


def lines(p: Parameters, r: Numbers) -> Said:
    """Say how the loss falls, and whether GPT-3 followed."""
    side = "above" if r.gpt3_off > 0 else "below"
    so = "" if _near(r) else " So far out the line did not hold."
    return finding(
        f"Kaplan's lines span {fix(r.orders_compute, 1)} powers of ten in compute, and GPT-3 added {fix(r.orders_beyond, 1)} more. Its loss, read off a figure, is {pct(abs(r.gpt3_off), 2)} {side} the line drawn in its own paper. As the exponents are small, that little is worth a factor of {_two(r.gpt3_off_compute)} in compute.{so}"
    )  # fmt: skip


def lines_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how the loss falls."""
    went = "GPT-3 stayed near the line" if _near(r) else "GPT-3 left the line"
    return takeaway(f"Ten times the compute takes {pct(1 - r.tenfold_compute, 2)} off the loss; {went}, far beyond the compute measured before.")  # fmt: skip


def growth(p: Parameters, r: Numbers) -> Said:
    """Say what more compute buys, and where the advice agrees with later ones."""
    agree = 1 / CLOSE < r.agreeing_ratio / r.agreeing_refit < CLOSE
    there = "So the advice agrees with the later one where it was measured, and differs in slope" if agree else "So the two differ where the advice was measured, and in slope"  # fmt: skip
    return finding(
        f"Kaplan's Table 6 has the best size grow as compute to the power {fix(r.table6_params_exponent)}: for {qty(p.growth)} times the compute {_two(r.growth_params)} times the parameters. "
        f"The line passes through {qty(r.agreeing_size)} parameters at {sci(r.agreeing_compute, 2)} FLOP, with {_two(r.agreeing_ratio)} tokens for each. There the Chinchilla refit has {_two(r.agreeing_refit)}. {there}."
    )  # fmt: skip


def repeated(p: Parameters, r: Numbers) -> Said:
    """Say what sweeps found that were made and counted in other ways."""
    slip = (
        "So Kaplan's slope was no slip: this way of measuring gives a steep one."
        if r.kaplan_exponent_low >= r.table6_params_exponent else
        "That is less than the paper has."
        if r.kaplan_exponent_high < r.table6_params_exponent else
        "The paper's own lies between."
    )  # fmt: skip
    falls = (
        "Counting all parameters and training to the end both flatten it."
        if r.early_exponent_high < r.kaplan_exponent_low and r.full_exponent_high < r.early_exponent_high else
        "The ways overlap."
    )  # fmt: skip
    return finding(
        f"Porian and colleagues repeated the experiment in Kaplan's way on two corpora, and the best size grew with the power {_span(r, 'kaplan_exponent')} of compute. {slip} {falls} "
        f"With embeddings counted and no loss read in mid-schedule, {_suites(r.full_suites)} of {_laboratories(r.full_laboratories)} have exponents of {_span(r, 'full_exponent')}."
    )  # fmt: skip


def _span(r: Numbers, name: str, places: int = 2) -> str:
    low, high = (fix(getattr(r, f"{name}_{end}"), places) for end in ("low", "high"))
    return low if low == high else f"{low} to {high}"


def _suites(count: int) -> str:
    return "one suite" if count == 1 else f"{count} suites"


def _laboratories(count: int) -> str:
    return "one laboratory" if count == 1 else f"{count} laboratories"


def growth_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what more compute buys."""
    ten, low, high = r.tenfold_params, r.full_tenfold_low, r.full_tenfold_high
    than = "too much by" if ten > high else "too little by" if ten < low else "the same within the spread of"  # fmt: skip
    return takeaway(f"Kaplan's {_two(ten)} times the model for ten times the compute is {than} later sweeps.")  # fmt: skip


def counted(p: Parameters, r: Numbers) -> Said:
    """Say what 6ND leaves out, and how it compares with what papers report."""
    return finding(
        f"For a model of GPT-3's shape attention adds {pct(r.gpt3_attention_share, 2)} at most. "
        "What papers report is a weaker test than it seems: GPT-3's paper multiplies 6 by parameters and tokens, and Chinchilla's figure is $6ND$ outright. Gopher was counted in other ways. LaMDA's paper counts chips, hours and utilisation, and its result does not fit the tokens that Hoffmann and colleagues list.",
    )  # fmt: skip


def counted_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how well 6ND counts."""
    most = max(r.reported_over_6nd_gopher_appendix, r.flop_per_param_token / 6) - 1
    return takeaway(f"Most papers report $6ND$ itself. It is up to {pct(1 - 1 / (1 + most), 2)} below other counts for GPT-3 and Gopher, and {pct(1 - 1 / r.reported_over_6nd_lamda, 2)} below LaMDA's, whose tokens are in dispute.")  # fmt: skip


def crossing(p: Parameters, r: Numbers) -> Said:
    """Say where the laws collide, and how firm that is."""
    return finding(
        f"The paper has the two meet at about {sci(r.printed_star_compute, 1)} PF-days and {fix(r.printed_star_loss, 1)} nats, right to a factor of ten, and guesses that this is near the [entropy](entropy.ipynb) of text.",
        f"Recomputed with Table 6, they meet nearby, but on {_two(r.crossing_tokens / r.printed_star_tokens)} times the tokens that the paper prints. With Equation 6.7 of the same paper the tokens nearly agree, and the rest does not. The printed numbers seem to come from both.",
    )  # fmt: skip


def crossing_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how firm the crossing is."""
    firm = r.star_any_high < 10 * r.star_any_low
    so = "within the factor of ten that it allows" if firm else f"so its {fix(r.printed_star_loss, 1)} nats is no estimate of the entropy of text"  # fmt: skip
    return takeaway(f"The paper's own digits put the collision anywhere from {sci(r.star_any_low, 1)} to {sci(r.star_any_high, 1)} PF-days, {so}.")  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    inside = r.fitted_low <= r.table6_params_exponent <= r.fitted_high
    so = f"Kaplan's {fix(r.table6_params_exponent)} lies among them, so a steep slope is not excluded for every recipe" if inside else f"Kaplan's {fix(r.table6_params_exponent)} lies outside"  # fmt: skip
    return finding(
        f"*The advice.* We quote exponents at the lowest loss of each budget, which need no law. Chinchilla's form, fitted to all {r.fitted_suites} public suites that fix it, however they count, has {_span(r, 'fitted')} ([all tables](atlas.ipynb)). {so}. Public runs at budgets above 10²² FLOP would tell most.",
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    return sentences.solutions([
        f"$2^{{1/\\alpha}}$: {sci(r.halving_compute_min, 2)} times, or {sci(r.halving_compute, 2)} times with the exponent of the fixed batch. A change of {fix(r.alpha_gap, 3)} in the exponent is a factor of {_two(r.halving_gap)} in the bill.",
        f"Inverting $N = N_e C_{{\\min}}^a$ gives {num(r.gpt3_size_compute)} PF-days of $C_{{\\min}}$, so twice that, or {sci(r.gpt3_size_flop, 2)} FLOP, at the balanced batch; and {qty(r.gpt3_size_tokens)} tokens. GPT-3 took {num(r.gpt3_pf_days)} PF-days and {qty(r.gpt3_tokens)} tokens: it was smaller, and trained longer, than Table 6 advised.",
        f"Tokens per parameter go as $C^{{1 - 2a}}$, so they end up $1000^{{2a - 1}}$ times too few: {_two(r.thousandfold_off)}.",
    ])  # fmt: skip


# For specialists


def derived(p: Parameters, r: Numbers) -> Said:
    """Set the exponents derived against those measured."""
    return finding(
        f"The derivation gives {fix(r.derived_alpha_C_min, 3)} for the loss. The paper prints that in its Appendix B, {fix(r.printed_alpha_C_min_section6, 3)} in Section 6 for the same formula, and {fix(r.alpha_C_min, 3)} as measured. For the size it gives {fix(r.derived_params_exponent)}, against {fix(r.printed_params_exponent_eq65)} printed and {fix(r.table6_params_exponent)} measured. "
        f"By the derived exponents ten times the compute buys {num(r.derived_tenfold_params)} times the model and {num(r.derived_tenfold_tokens)} times the data, nearer to the \"about 5x\" and \"about 2x\" of 1a3orn's article than the measured ones are.",
        f"At one PF-day $2BS$ is {sci(r.tokens_prefactor_2BS, 2)} tokens and $2C_{{\\min}}/6N$ is {sci(r.tokens_prefactor_2C_6N, 2)}: Table 6 holds together. Equation 6.7 has {sci(r.printed_tokens_prefactor_eq67, 1)}, nearly twice as many.",
    )  # fmt: skip


def attention(p: Parameters, r: Numbers) -> Said:
    """Say what attention takes, and where two papers on LaMDA part."""
    return finding(
        f"For GPT-3's {r.gpt3_n_layer} layers of width {num(r.gpt3_d_model, 5)} and its context of {num(r.gpt3_n_ctx, 4)} tokens that is {pct(r.gpt3_attention_share, 2)} of the rest at most, as half of its layers attend to less. "
        f"LaMDA's reported compute is {_two(r.reported_over_6nd_lamda)} times $6ND$: it is worth {qty(r.lamda_tokens_implied)} tokens, where Hoffmann and colleagues list {qty(r.lamda_tokens_listed)}."
    )  # fmt: skip


def joint(p: Parameters, r: Numbers) -> Said:
    """Say what the terms of the joint law are, and are not."""
    return finding(
        f"At {qty(p.params)} parameters and {qty(p.tokens)} tokens the terms stand in the ratio {fix(r.ratio_table2)} or {fix(r.ratio_eqs)}. In a comment on 1a3orn's article Veedrac puts GPT-3 into the joint form and finds that size and data contribute \"about 1:1\", which lies between GPT-3's {fix(min(r.gpt3_ratio_eqs, r.gpt3_ratio_table2))} and {fix(max(r.gpt3_ratio_eqs, r.gpt3_ratio_table2))}. The paper prefers neither set, though it prints $\\alpha_N/\\alpha_D = {fix(r.printed_overfitting_exponent)}$, which only Table 2 gives.",
        f"The terms are not shares of the loss. They add up inside a bracket that is raised to the power {num(r.joint_alpha_D)}, and such a power flattens: without the data term {pct(r.left_without_data, 2)} of the loss is left, without the size term {pct(r.left_without_size, 2)}, and without both nothing.",
        f"At fixed $6ND$ the law is lowest where $\\alpha_N \\times$ (size term) $= \\alpha_D \\times$ (data term), a ratio of {fix(r.optimal_ratio_table2)} with Table 2. At GPT-3's $6ND$ that is a model of {qty(r.joint_optimal_params_table2)} parameters on {qty(r.joint_optimal_tokens_table2)} tokens, almost GPT-3 itself; with the other constants, {qty(r.joint_optimal_params_eqs)} on {qty(r.joint_optimal_tokens_eqs)}. Along these optima size grows as $C^{{\\alpha_D/(\\alpha_N + \\alpha_D)}}$, a power of {fix(r.joint_a_table2)} or {fix(r.joint_a_eqs)}, and not {fix(r.table6_params_exponent)}. The paper does not use its law so, because there $D$ is a corpus that may be read many times.",
    )  # fmt: skip


def gopher(p: Parameters, r: Numbers) -> Said:
    """Compare Gopher's compute with Chinchilla's."""
    share = r.chinchilla_over_gopher_6nd
    alike = f"{pct(share - 1, 2)} more than Gopher's" if share > 1 else f"{pct(1 - share, 2)} less than Gopher's"  # fmt: skip
    return finding(
        f"Gopher has {qty(r.gopher_params)} parameters, not 380B. On {qty(r.gopher_tokens)} tokens $6ND$ is {sci(r.gopher_6nd)} FLOP; with 380B it would be {sci(r.gopher_6nd_380)}. Hoffmann and colleagues put its budget at {sci(r.gopher_text)} in the text and at {sci(r.gopher_appendix, 2)} in Appendix F. Chinchilla's $6ND$ is {sci(r.chinchilla_6nd)}, {alike} counted alike, and within {pct(r.gopher_budget_gap, 1)} of the budget in the text. \"The same\" is what was intended."
    )  # fmt: skip


def rounding(p: Parameters, r: Numbers) -> Said:
    """Say how far rounding and the paper's alternatives move the crossing."""
    return finding(
        f"Within the rounding of the three exponents $C^*$ runs from {sci(r.star_three_low, 2)} to {sci(r.star_three_high, 2)} PF-days; within that of all six constants from {sci(r.star_six_low, 2)} to {sci(r.star_six_high, 2)}. With the {fix(r.printed_alpha_C_min_section6, 3)} of Section 6 and the data of Equation 6.7 it is {sci(r.star_both, 2)}. At the {sci(r.printed_star_tokens, 1)} tokens printed, the law for data allows {fix(r.loss_at_printed_tokens)} nats."
    )  # fmt: skip
