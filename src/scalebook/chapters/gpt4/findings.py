"""What the chapter on GPT-4 says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.common import printed, stated
from scalebook.chapters.gpt4.figures import NAMES, NEAR, degree, is_nesovs
from scalebook.chapters.parameter import Parameters
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalebook.show.sentences import Said, finding, takeaway
from scalinglaws import registry

Numbers = SimpleNamespace

#: Inputs of the estimate that are had from the rumour, and those from scaling studies.
RUMOURED = ("compute", "total_params", "shared_params")
STUDIED = ("dense_ratio", "ratio_growth", "sparsity_factor")

#: Shares of the draws from which on something is called probable, or not.
PROBABLE = 0.9
#: Factors that differ by less are said to agree.
CLOSE = 1.15


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    return sentences.short_answer(
        f"{_verdict(r)} {_rumour(p)} GPT-4 saw {_two(r.ratio)} tokens per active parameter where {num(r.optimum)} were best: {degree(r.under)}. "
        f"{_range(r)}; another law{_beyond(r)} says {_roughly(1 / r.small_over)}. "
        "No public experiment at that size settles it."
    )  # fmt: skip


def _verdict(r: Numbers) -> str:
    if r.under_low > 1:
        return "Yes, by these numbers."
    if r.under_high < 1:
        return "No, by these numbers."
    if r.share_under >= PROBABLE:
        return "Probably." if r.small_over < 1 else "Perhaps."
    if r.share_under <= 1 - PROBABLE:
        return "Probably not." if r.small_over > 1 else "Perhaps not."
    return "That cannot be told."


def _whose(p: Parameters) -> str:
    own = p.ratio_growth == stated("n-llama-1.5x") and p.sparsity_factor == stated("n-moe-3x")
    return "Nesov's" if own and is_nesovs(p) and rumoured(p) else "these"


def _rumour(p: Parameters) -> str:
    if not rumoured(p):
        return "On these inputs"
    return (
        f"By a rumour and {_whose(p)} guesses,"
        if _whose(p) == "Nesov's"
        else "By the rumour and these inputs,"
    )


def _range(r: Numbers) -> str:
    if not decided(r):
        return "Every input is taken as certain here"
    return f"Our guessed ranges leave it {_span(r.under_low, r.under_high)}"


def _beyond(r: Numbers) -> str:
    """Say where another law's answer lies, if that is outside the ranges."""
    inside = not decided(r) or r.under_low <= 1 / r.small_over <= r.under_high
    return "" if inside else ", outside them,"


def _span(low: float, high: float) -> str:
    """Return in words what lies between two values of best over actual."""
    few = degree(low).endswith("few"), degree(high).endswith("few")
    if few == (True, True):
        return f"between {_two(low)} and {degree(high)}"
    if degree(low).endswith("many") and degree(high).endswith("many"):
        return f"between {_two(1 / high)} and {degree(low)}"
    return f"between {degree(low)} and {degree(high)}" if degree(low) != degree(high) else degree(low)  # fmt: skip


def rumoured(p: Parameters) -> bool:
    """Return whether GPT-4 is as the rumour, and Nesov's guess, have it."""
    said = {
        "compute": printed("nesov.gpt4.compute"), "shared_params": printed("gpt4.shared"),
        "total_params": registry.published_model("GPT-4 (rumoured)").params,
        "experts": printed("gpt4.experts"), "active_experts": printed("gpt4.active_experts"),
    }  # fmt: skip
    return all(getattr(p, name) == value for name, value in said.items())


def _two(value: float) -> str:
    return num(value, 2)


def estimate(p: Parameters, r: Numbers) -> Said:
    """Say what this book adds to Nesov's steps, and what the report itself has."""
    there = sci(p.dense_compute, 1)
    shared = printed("gpt4.shared")
    guess = f"One input is Nesov's guess: {qty(shared)} parameters outside the experts. " if p.shared_params == shared else ""  # fmt: skip
    step = (
        f"Nesov's {_two(p.dense_ratio)} tokens per parameter are for {there} FLOP, and he uses them unchanged; that they are carried to GPT-4's compute is this book's step."
        if is_nesovs(p) else
        f"The {_two(p.dense_ratio)} tokens per parameter are for {there} FLOP. At GPT-4's compute they are {num(r.dense)}."
    )  # fmt: skip
    return finding(
        f"{step} {guess}With the {qty(r.report_active)} active of the report it would be {_two(r.report_ratio)} tokens per parameter, {degree(r.report_under)}.",
    )  # fmt: skip


def estimate_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the arithmetic comes to."""
    return takeaway(f"By {_whose(p)} inputs GPT-4's tokens were {degree(r.under)}.")  # fmt: skip


def opposite(p: Parameters, r: Numbers) -> Said:
    """Say at once that another chapter says something else."""
    if not rumoured(p):
        return finding(
            f"On these inputs the law of the [chapter on over-training](overtraining.ipynb) gives GPT-4 {_roughly(1 / r.small_over)}. It takes its best ratio from other experiments; which to believe is open."
        )  # fmt: skip
    lead = "This book says so twice" if _agree(r) else "This book says the opposite as well"
    return finding(
        f"{lead}: by the law of the [chapter on over-training](overtraining.ipynb) GPT-4 had {_roughly(1 / r.small_over)}. The two chapters take their best ratio from different experiments; which to believe is open."
    )  # fmt: skip


def _agree(r: Numbers) -> bool:
    return bool((r.small_over < 1) == (r.under > 1))


def _roughly(under: float) -> str:
    if 1 / CLOSE <= under <= CLOSE:
        return "about the right number of tokens"
    far = max(under, 1 / under)
    return f"about {num(far, 1 if far > 1.95 else 2)} times too {'few' if under > 1 else 'many'} tokens"


def _unders(r: Numbers) -> list[float]:
    """Return best over actual by each pair of sources."""
    return [r.under, r.under_by_fit, r.text_under, r.label_under, 1 / r.small_over]


def pairs(p: Parameters, r: Numbers) -> Said:
    """Say what the pairs of sources come to, and where the two chapters part."""
    apart, by_dense = r.optimum / r.small_optimum, r.dense / r.small_optimum
    return finding(
        f"The last row is the law of the [chapter on over-training](overtraining.ipynb), fitted to small dense runs and counting only the active parameters. "
        f"The first row's best is {_two(apart)} times the last row's: {_two(p.sparsity_factor)} from experts, {_two(by_dense)} from the dense optimum."
    )  # fmt: skip


def pairs_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the pairs of sources leave."""
    low, high = min(_unders(r)), max(_unders(r))
    return takeaway(f"By the sources that one combines, GPT-4's tokens were {_span(low, high)}; no public experiment tells which are right.")  # fmt: skip


def decided(r: Numbers) -> list[str]:
    """Return the inputs that move the result over their ranges, most first; certain ones do not."""
    moved = {}
    for name in (*RUMOURED, *STUDIED):
        low, high = (getattr(r, f"swing_{name}_{end}") for end in ("low", "high"))
        moved[name] = high / low
    return sorted((name for name in moved if moved[name] > 1), key=lambda name: -moved[name])


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how far the result may be off, and what decides."""
    named = decided(r)
    if not named:
        return finding(f"Here every input is taken as certain, so the factor is {_two(r.under)} and no range belongs to it.")  # fmt: skip
    said = stated("n-llama-37")
    dense_wide = max(said / r.llama_text, r.llama_figure / said)
    experts_wide = max(r.stated_3 / r.wide8_low, r.wide8_high / r.stated_3)
    narrow = (p.dense_off < dense_wide) + (p.sparsity_off < experts_wide)
    reach = ("the ranges reach as far", "only one of the ranges reaches as far", "neither range reaches as far, so the range of the result is too narrow")[narrow]  # fmt: skip
    others = f" Llama 3's formulas and Abnar's law, the latter over the budgets of Llama 3's sweeps, lie up to {_apart(dense_wide, experts_wide)} from Nesov's values: {reach}." if is_nesovs(p) and p.sparsity_factor == r.stated_3 else ""  # fmt: skip
    return finding(
        f"The {'rumoured ' if rumoured(p) else ''}compute may be off by {_off(p.compute_off)} either way, a guess, as nothing public says more; the dense optimum by {_off(p.dense_off)} and the factor for experts by {_off(p.sparsity_off)}.{others}",
        f"Of draws from these ranges, {pct(r.share_under)} have too few tokens. {_excluded(r)} That is a share of draws, not a probability: it leaves out that the rumour may be plain wrong.",
        _untried(p, r),
    )  # fmt: skip


def _untried(p: Parameters, r: Numbers) -> str:
    """Say how far out an optimal size has been held to larger runs, and how far this one is."""
    tried = f"On public suites the best size was tested on runs up to {num(r.size_reach, 2)} times larger than those fitted, and there its {pct(p.range_level)} interval had to reach {_two(r.size_factor)} times either way"  # fmt: skip
    if r.llama_reach <= r.size_reach:
        return f"The dense optimum is taken at {num(r.llama_reach, 2)} times the largest budget of Llama 3's sweeps. {tried}."  # fmt: skip
    return f"The dense optimum is carried to {num(r.llama_reach, 2)} times the largest budget of Llama 3's sweeps. {tried}. Nothing farther out was tried."  # fmt: skip


def _apart(dense: float, experts: float) -> str:
    one, other = _two(dense), _two(experts)
    return f"{one} times" if one == other else f"{one} and {other} times"


def _off(factor: float) -> str:
    return "nothing" if factor <= 1 else f"{_two(factor)} times" if factor > 1.3 else pct(factor - 1, 2)  # fmt: skip


def _excluded(r: Numbers) -> str:
    if r.under_low > 1:
        return "So at these ranges it had too few."
    if r.under_high < 1:
        return "So at these ranges it had too many."
    return "So it may have had enough." if r.under > 1 else "So it may have had too few."


def sure_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line which kind of input decides."""
    named = decided(r)
    if not named:
        return takeaway("With no input uncertain, nothing decides.")
    weak = [name in RUMOURED for name in named[:2]]
    if any(weak):
        return takeaway(f"On this book's guesses, what decides most is the {NAMES[named[0]]}; the rumour itself is among the weak points.")  # fmt: skip
    return takeaway("If the rumour is roughly right, the best ratio is the least certain input.")


def dense(p: Parameters, r: Numbers) -> Said:
    """Say where 37 comes from, and what the source has."""
    return finding(
        f"**{_two(stated('n-llama-37'))}** Nesov reads off Figure 3 of the Llama 3 paper. The paper contradicts itself: "
        f"at the same compute the formula in its figure gives {_two(r.llama_figure)}, that in its text {_two(r.llama_text)}."
    )  # fmt: skip


def sparse(p: Parameters, r: Numbers) -> Said:
    """Say where 3 and 6 come from, and what the law of their source has."""
    three, six = num(r.stated_3, 1), num(r.stated_6, 1)
    here = "it is almost 1" if r.factor_here < NEAR else f"it is {fix(r.factor_here, 1)}"
    odd = r.sparse_dense_ratio < r.dense / 3
    asked = (
        f"but there the law fails: it gives a dense model {_two(r.sparse_dense_ratio)} tokens per parameter, absurdly low."
        if odd else
        f"with {_two(r.sparse_dense_ratio)} tokens per parameter as the best for a dense model."
    )  # fmt: skip
    return finding(
        f"The factors **{three}** (one expert in eight active) and {six} (one in thirty-two) Nesov reads off a figure of Abnar and colleagues. By their law the factor falls as compute grows. "
        f"At GPT-4's compute {here}, {asked} The combinations below also take its value midway in the figure's grey band."
    )  # fmt: skip


def sources_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the sources leave."""
    lost = max(r.llama_figure / r.llama_text, r.llama_text / r.llama_figure)
    return takeaway(f"At GPT-4's scale the factor for experts is not measured, and Llama 3's two printed formulas for a dense model lie {_two(lost)} times apart.")  # fmt: skip


def cost(p: Parameters, r: Numbers) -> Said:
    """Say what this ratio costs, by rule and laws."""
    low, high = min(r.cost_law_low, r.cost_sparse_low), max(r.cost_law_high, r.cost_sparse_high)
    laws = f"say {fix(low)} to {fix(high)}" if fix(low) != fix(high) else f"say {fix(low)}"
    return finding(
        f"Nesov's rule of thumb, the cube root of how far off the tokens are, says that GPT-4 took {fix(r.cost_rule)} times the compute it needed. Four laws, three of them dense, {laws}. "
        f"By the over-training chapter's law it took {fix(r.small_lost)} times{_near(r)}."
    )  # fmt: skip


def _near(r: Numbers) -> str:
    """Say what runs near the ratio of that law took, where it is far enough from the best to tell."""
    if not r.near_runs:
        return ""
    low, high = _two(r.near_low), _two(r.near_high)
    return f"; runs of its sweeps near that ratio, without a law, {low if low == high else f'{low} to {high}'} times"


def cost_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what this ratio costs."""
    high = max(r.cost_law_high, r.cost_sparse_high)
    low, worst = _wasted(r.cost_range_low), _wasted(r.cost_range_high)
    return takeaway(f"By four laws this ratio wasted about {_wasted(high)} of the compute ({low} to {worst} over the ranges), by the cube root {_wasted(r.cost_rule)}.")  # fmt: skip


def _wasted(lost: float) -> str:
    return f"{fix(100 * (1 - 1 / lost), 0)}%"


def later(p: Parameters, r: Numbers) -> Said:
    """Say what the factors for the later run make."""
    need = (
        f"so to reach {_two(p.later_ratio)} repetition must supply a factor of {_two(r.implied)}"
        if r.implied > 1 else f"so {_two(p.later_ratio)} needs no repetition"
    )  # fmt: skip
    inside = r.later_low <= p.later_ratio <= r.later_high
    lies = "lies within" if inside else "lies outside"
    own = is_nesovs(p) and p.ratio_growth == stated("n-llama-1.5x") and p.later_sparsity_factor == stated("n-moe-6x")  # fmt: skip
    whose = "Nesov's own factors" if own else "these factors"
    return finding(
        f"Without repetition {whose} make {_two(r.without)} tokens per parameter, {need}. "
        f"The law that Muennighoff and colleagues use gives {_two(r.repetition_factor)} for {_passes(p)}. "
        f"With ranges on all factors, {pct(p.level)} of draws lie between {_two(r.later_low)} and {_two(r.later_high)}: {_two(p.later_ratio)} {lies}."
    )  # fmt: skip


def _passes(p: Parameters) -> str:
    return "one pass" if p.epochs == 1 else f"{_two(p.epochs)} passes"


def memory(p: Parameters, r: Numbers) -> Said:
    """Say whether the later run's weights fit."""
    machines = f"{_two(r.assumed_accelerators / 1e6)} million" if r.assumed_accelerators >= 1e6 else _two(r.assumed_accelerators)  # fmt: skip
    end = "so memory does not forbid it" if r.memory_multiple > 1 else "so the run does not fit"
    spread = " Whether a model runs well when it is spread so far is another question." if r.weights_groups > 1 and r.memory_multiple > 1 else ""  # fmt: skip
    return finding(
        f"Nesov was “not sure if this kind of total params can be made to work”. At {_two(p.later_ratio)} tokens per parameter the run has {qty(r.later_total, 2)} parameters, and one copy fills {_groups(p, r.weights_groups)}. "
        f"To spend the compute in {_two(p.run_days)} days takes {machines} of them. Their memory is {_two(r.memory_multiple)} times what weights and optimiser fill (activations left out), {end}.{spread}"
    )  # fmt: skip


def _groups(p: Parameters, number: int) -> str:
    if p.joined == 1:
        return f"{number:,} accelerators" if number > 1 else "one accelerator"
    of = f"of {p.joined} linked accelerators"
    return f"{number:,} groups {of}" if number > 1 else f"one group {of}"


def later_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what holds of the later run."""
    inside = r.later_low <= p.later_ratio <= r.later_high
    number = f"{_two(p.later_ratio)} tokens per parameter is possible but not established" if inside else f"{_two(p.later_ratio)} tokens per parameter does not follow from these factors"  # fmt: skip
    return takeaway(f"{number}.")


def solutions(p: Parameters, r: Numbers) -> Said:
    """Solve the exercises."""
    return sentences.solutions([
        f"{qty(r.twice_shared_active)} parameters are active then, and {_two(r.twice_shared_ratio)} tokens per parameter: the ratio goes as the inverse square of the active parameters.",
        f"At {_two(r.right_dense)} tokens per parameter for {sci(p.dense_compute, 1)} FLOP: {_two(r.ratio)} over the factors for experts and for scale. The formula in Llama 3's text gives {_two(r.llama_text)}; rounding its digits allows {_two(r.llama_low)} to {_two(r.llama_high)}.",
        f"Half the ratio means $\\sqrt 2$ times the parameters, {qty(r.half_active, 2)}, and $1/\\sqrt 2$ of the tokens, {sci(r.half_tokens, 2)}: at a ratio $r$, $N_a = \\sqrt{{C/6r}}$ and $D = \\sqrt{{Cr/6}}$.",
    ])  # fmt: skip


# For specialists


def digits(p: Parameters, r: Numbers) -> Said:
    """Say what rounding the printed constants leaves."""
    return finding(
        f"Llama 3's text prints the best tokens as ${fix(r.llama_A)}\\,C^{{{fix(r.llama_b)}}}$, the label of its Figure 3 as ${fix(r.llama_figure_A, 3)}\\,C^{{{fix(r.llama_figure_b, 3)}}}$, as two texts quote it alike. The text's exponent is not the label's, rounded; it is truncated, or belongs to another fit. Only the label agrees (as it should, if both come from one fit) with the best model that the paper states, {qty(r.llama_optimum_params)} parameters on {qty(r.llama_optimum_tokens, 4)} tokens at {sci(r.llama_optimum_compute, 2)} FLOP. "
        f"At {sci(p.dense_compute, 1)} FLOP, {_two(r.llama_reach)} times the largest run fitted, rounding the text's digits allows {_two(r.llama_low)} to {_two(r.llama_high)} tokens per parameter. The model as trained has {_two(r.llama_trained)}."
    )  # fmt: skip


def sparse_law(p: Parameters, r: Numbers) -> Said:
    """Say what else the sparse law has."""
    return finding(
        f"Between {sci(p.sparse_compute_low, 1)} and {sci(p.sparse_compute_high, 1)} FLOP, budgets of this book's choice (grey in the chapter's figure), the factor falls from {fix(r.factor8_high, 1)} to {fix(r.factor8_low, 1)} for 1:8 and from {fix(r.factor32_high, 1)} to {fix(r.factor32_low, 1)} for 1:32; "
        f"over those of Llama 3's runs, {sci(r.isoflop_low, 1)} to {sci(r.isoflop_high, 1)} FLOP, from {fix(r.wide8_high, 1)} to {fix(r.wide8_low, 1)} and from {fix(r.wide32_high, 1)} to {fix(r.wide32_low, 1)}. Nesov names no budget. "
        f"With {pct(r.common_share)} of all parameters outside the experts, as here, the factors at {sci(p.sparse_compute_low, 1)} FLOP fall to {fix(r.common8, 1)} and {fix(r.common32, 1)}. "
        f"For equal loss a dense model needs {fix(r.multiplier8_low, 1)} to {fix(r.multiplier8_high, 1)} times the compute of a 1:8 mixture and {fix(r.multiplier32_low, 1)} to {fix(r.multiplier32_high, 1)} times that of a 1:32 one; Nesov has {num(r.stated_3, 1)} and {num(r.stated_6, 1)}."
    )  # fmt: skip


def repeated(p: Parameters, r: Numbers) -> Said:
    """Say what else the law of repetition has."""
    return finding(
        f"{qty(p.unique_tokens)} tokens seen {_two(p.epochs)} times are worth {sci(r.worth, 2)} fresh ones by that law, {pct(r.worth_share)} of those counted. "
        f"With the geometric decay that the same paper fits to the same runs, the factor at {_two(p.epochs)} passes would be {_two(r.geometric_factor)} and not {_two(r.repetition_factor)}. The paper uses the slower form, and so do we."
    )  # fmt: skip


def trained_state(p: Parameters, r: Numbers) -> Said:
    """Say what training has to store."""
    return finding(f"The state of training, {_two(p.training_bytes)} bytes a parameter, fills {_groups(p, r.state_groups)}.")  # fmt: skip
