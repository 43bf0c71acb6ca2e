"""What the chapter on Chinchilla's law says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.chinchilla.figures import fitted_elsewhere
from scalebook.chapters.common import of_hoffmann
from scalebook.chapters.parameter import Parameters
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty, sci, span
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace
_CLOSE = 0.05  # a difference, relative, up to which constants are called the same
_MUCH = 2.0  # a factor from which on something is said to move much


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    asks = f"{num(r.optimal_ratio, 2)} tokens per parameter at {sci(p.compute)} FLOP, {_range(r, 'ratio')} if its form is right"  # fmt: skip
    others = f"{fitted_elsewhere().removeprefix('laws of ')} ask for {_range(r, 'sweeps_ratio')}"
    floor = f"Its floor, {fix(r.E)} nats per token, may be {_floors(r)}."
    if not of_hoffmann(p):
        return sentences.short_answer(
            f"{_unsure(r)} By these runs it asks for {asks}; {others}. {floor}"
        )  # fmt: skip
    first = "Far less than was printed." if r.times_as_wide > _MUCH else "As sure as was printed."
    return sentences.short_answer(
        f"{first} Fitted again it asks for {asks}; {others}. "
        f"{floor} The interval printed in 2022 would take about {num(r.runs_needed, 1)} runs."
    )  # fmt: skip


def _unsure(r: Numbers) -> str:
    if r.sweeps_ratio_high / r.sweeps_ratio_low > r.ratio_high / r.ratio_low:
        return "Less than the interval of one fit says."
    return "Not very: its own runs leave it open."


def _floors(r: Numbers) -> str:
    return f"{fix(r.believed_low)} to {fix(r.believed_high)}"


def _range(r: Numbers, name: str, digits: int = 2) -> str:
    return span([getattr(r, f"{name}_{end}") for end in ("low", "high")], digits)


def refit(p: Parameters, r: Numbers) -> Said:
    """Say what the runs give, and how that compares with what was printed."""
    if not of_hoffmann(p):
        return finding(
            f"With the constants fitted to {r.runs_used} of {r.runs_all} runs the law misses a run's loss by {pct(r.missed)} on average, with those of Hoffmann and colleagues, which are of other runs, by {pct(r.hoffmann_missed)}. At {sci(p.compute)} FLOP the first ask for {num(r.optimal_ratio, 2)} tokens per parameter, the second for {num(r.hoffmann_ratio, 2)}. {_left_out(r)}",
        )  # fmt: skip
    if r.refit_apart < _CLOSE:
        same = f"Besiroglu and colleagues print the same constants, to within {pct(r.refit_apart, 1)}."  # fmt: skip
    else:
        same = "Besiroglu and colleagues print other constants."
    return finding(
        f"{same} With the fitted constants the law misses a run's loss by {pct(r.missed)} on average, with those of Hoffmann and colleagues by {pct(r.hoffmann_missed)}. At {sci(p.compute)} FLOP the first ask for {num(r.optimal_ratio, 2)} tokens per parameter, the second for {num(r.hoffmann_ratio, 2)}. {_left_out(r)}",
    )  # fmt: skip


def _left_out(r: Numbers) -> str:
    if not r.runs_all_out:
        return "No run was left out."
    return f"Fitted with the few runs that were left out, $B$ is {num(r.B_all_over_B, 2)} times as large."  # fmt: skip


def refit_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how far the runs fix the law."""
    times = max(r.hoffmann_ratio / r.optimal_ratio, r.optimal_ratio / r.hoffmann_ratio)
    if r.hoffmann_missed > _MUCH * r.missed and not of_hoffmann(p):
        return takeaway("Constants belong to the runs that they were fitted to: those of 2022 do not describe these.")  # fmt: skip
    if r.hoffmann_missed > _MUCH * r.missed:
        return takeaway("The constants of 2022 do not describe these runs.")
    if times > 1.5:
        return takeaway(f"Two sets of constants describe the same losses nearly as well and differ {num(times, 2)}-fold in the best tokens per parameter.")  # fmt: skip
    return takeaway("The constants of 2022 and those fitted here ask for much the same.")


def narrow(p: Parameters, r: Numbers) -> Said:
    """Set the printed interval of the exponent against the bootstrap's and the sweeps'."""
    return finding(
        f"For Approach 3 the paper prints an 80% interval of $a$ from {fix(r.a3_low, 3)} to {fix(r.a3_high, 3)}. The bootstrap's is {_wide(p, r)}",
        f"The bootstrap also takes form and runs for granted. Its {pct(p.level)} interval, {_range(r, 'a')}, holds {_part(r.exponents_held, r.exponents)} of the {r.exponents} exponents by {fitted_elsewhere()}.",
    )  # fmt: skip


def _wide(p: Parameters, r: Numbers) -> str:
    """Say how wide the bootstrap's interval is, and how many runs would make it narrower."""
    if r.times_as_wide <= 1:
        return "no wider than the printed one."
    runs = "runs" if of_hoffmann(p) else "runs like these"
    return (
        f"{num(r.times_as_wide, 2)} times as wide as the printed one. If widths shrink with the square root of the number of runs, as Besiroglu and colleagues reckon, so narrow an interval takes about {num(r.runs_needed, 1)} {runs}. "
        f"The printed ends are rounded; were the true width twice as large, a quarter would do. Hoffmann and colleagues made a little over {num(r.hoffmann_runs, 1)}."
    )  # fmt: skip


def _part(part: int, whole: int) -> str:
    return "all" if part == whole else "none" if part == 0 else str(part)


def narrow_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line which spread to go by."""
    return takeaway(f"For how fast the best size grows, go by the spread over sweeps and forms, {_range(r, 'sweeps_a')}, not by the interval of one fit.")  # fmt: skip


def ratio(p: Parameters, r: Numbers) -> Said:
    """Say what the runs say of twenty tokens per parameter."""
    open_ = min(r.falling_share, 1 - r.falling_share) > (1 - p.level) / 2
    way = "so which way it goes cannot be told" if open_ else f"so it {'falls' if r.falling_share > 0.5 else 'rises'}"  # fmt: skip
    return finding(
        f"Amid the runs, at about {sci(r.median_compute, 1)} FLOP, the bootstrap allows {_range(r, 'ratio_median')} tokens per parameter. At this page's budget it allows {_range(r, 'ratio')}{_extrapolated(r)}. "
        f"In {pct(r.falling_share)} of the draws the ratio falls with compute, {way}."
    )  # fmt: skip


def _extrapolated(r: Numbers) -> str:
    beyond = r.optimal_compute / r.largest_compute
    return f", extrapolated to {num(beyond, 2)} times the compute of the largest run" if beyond > _MUCH else ""  # fmt: skip


def ratio_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line whether twenty is what the runs ask for."""
    if r.ratio_low <= 20 <= r.ratio_high:
        return takeaway("Twenty tokens per parameter is one of many ratios that these runs allow at this page's budget.")  # fmt: skip
    side = "few" if r.ratio_low > 20 else "many"
    return takeaway(f"At this page's budget twenty tokens per parameter is too {side}, if the form of the law is right.")  # fmt: skip


def digits(p: Parameters, r: Numbers) -> Said:
    """Say what rounding did."""
    own = f"The paper's own figure has {qty(r.hoffmann_figure_params)} for Gopher's budget, as the unrounded constants do. "  # fmt: skip
    return finding(
        f"Rounding alone moves the best size at this page's budget from {qty(r.hoffmann_params, 2)} to {qty(r.hoffmann_printed_params, 2)} parameters. {own}"
        f"Most of it is $\\beta$, printed as {fix(r.hoffmann_printed_beta)} instead of {fix(r.hoffmann_beta, 4)}."
    )  # fmt: skip


def digits_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what more digits would have saved."""
    off = abs(r.hoffmann_printed_params / r.hoffmann_params - 1)
    return takeaway(f"Two more printed digits would have prevented an error of {pct(off)} in the best size.")  # fmt: skip


def floor_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what a quoted floor is."""
    return takeaway(f"The same runs put the floor at {_floors(r)} nats, by the form of the law, how errors are weighed and which runs are drawn: whoever quotes one figure quotes one choice.")  # fmt: skip


def kept(p: Parameters, r: Numbers) -> Said:
    """Say how many larger runs the intervals held."""
    why = ""
    if r.neighbour_correlation > _ALIKE:
        why = f" One reason: the error of a run resembles that of the run nearest in size and data (rank correlation {fix(r.neighbour_correlation)}), and the bootstrap takes runs for independent."  # fmt: skip
    return finding(
        f"An interval that promised {pct(p.level)} held {pct(r.coverage_median)} of the larger half and {pct(r.coverage_three_quarters)} of the largest quarter.{why}"
    )  # fmt: skip


_ALIKE = 0.2  # a rank correlation from which on errors are said to resemble one another


def kept_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what such an interval is worth."""
    least = min(r.coverage_median, r.coverage_three_quarters)
    if least < p.level - 0.05:
        return takeaway("Larger runs fell outside such an interval more often than it says: the true uncertainty is larger.")  # fmt: skip
    return takeaway("On these runs such an interval held about as many of the larger runs as it promises, or more.")  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    table = f"So would the true table, since a loss here may be misread by {pct(r.half_step, 1)}, and runs" if of_hoffmann(p) else "So would runs"  # fmt: skip
    return finding(
        "The spread over sweeps mixes error with real difference: other text, other tokens, other ways to train. For one recipe it may be too wide, as the bootstrap's interval, which takes the form for granted, may be too narrow. What every public table says, by eleven methods, is in [the chapter on them](atlas.ipynb).",
        f"The largest run took {sci(r.largest_compute, 1)} FLOP; several sizes at a budget far above it would narrow the answer most. {table} repeated with another seed, which tell noise from a wrong form.",
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    shift = r.hoffmann_beta - r.hoffmann_printed_beta
    return sentences.solutions([
        f"$N_\\mathrm{{opt}} = G (C/6)^a$ becomes $G (C/7)^a$: a factor of $(6/7)^a$, which is {fix(r.exercise_seven, 3)} with the fitted $a$. The exponents do not change.",
        f"Along $ND = \\mathrm{{const}}$, $\\mathrm{{d}}L = 0$ gives $\\alpha A N^{{-\\alpha}} = \\beta B D^{{-\\beta}}$. So the two terms are as $\\beta$ to $\\alpha$: size takes {pct(r.size_share)} of the loss above the floor at every budget.",
        f"$D^{{-\\beta}}$ with $D = 10^{{11}}$ changes by a factor $10^{{11 \\Delta\\beta}}$ with $\\Delta\\beta$ = {num(shift, 2)}, that is by {pct(r.beta_rounding_bias)}. Rounding $E$ changes the loss by {pct(r.E_rounding_share, 1)} and the optimum not at all.",
    ])  # fmt: skip


# For specialists


def minimised(p: Parameters, r: Numbers) -> Said:
    """Say what the constants that Besiroglu et al. print minimise."""
    if not of_hoffmann(p):
        return finding(f"Huber's function with the width chosen here has its minimum at $A$ = {fix(r.A, 1)} and $B$ = {fix(r.B, 1)}. On average a residual is {num(r.residual_over_delta, 2)} times that width, and {pct(r.share_beyond_delta)} of them lie beyond it. Which objective the constants that Besiroglu and colleagues print minimise can be told on the runs that they fitted alone.")  # fmt: skip
    if r.lad_match_parts < _MATCH:
        return finding("The constants that Besiroglu and colleagues print minimise neither objective on these runs.")  # fmt: skip
    return finding(
        f"Besiroglu and colleagues say that they minimise Huber's function with a width of $10^{{-3}}$ in the log loss. That minimum has $A$ = {fix(r.A, 1)} and $B$ = {fix(r.B, 1)}. The printed {fix(r.printed_A, 1)} and {fix(r.printed_B, 1)} are those of least absolute deviations, to one part in {num(r.lad_match_parts, 2)}. "
        f"That would come of a width counted in standard deviations of the noise; we infer it from the numbers. On average a residual is {num(r.residual_over_delta, 2)} times the width chosen here, and {pct(r.share_beyond_delta)} of them lie beyond it. "
        f"As printed, the constants lie {pct(r.printed_excess)} above the least absolute error, where rounding would explain {pct(r.rounded_excess, 1)}; most of the rest is $E$. Nothing practical hangs on it.",
    )  # fmt: skip


_MATCH = 100.0  # one part in so many, from which on constants are called the same fit


def likelihoods(p: Parameters, r: Numbers) -> Said:
    """Say what the tests of Besiroglu et al. come to."""
    if not of_hoffmann(p):
        return finding(f"If Hoffmann's constants were true of these runs and residuals independent, a likelihood ratio so large would have probability {_chance(r.lr_p)}. Neither is so: these runs are others than those that the constants were fitted to, and residuals are not independent. So the number means little. The tests that Besiroglu and colleagues print are of Hoffmann's runs.")  # fmt: skip
    return finding(
        f"If Hoffmann's constants were true and residuals independent, a likelihood ratio so large would have probability {_chance(r.lr_p)}; residuals are not independent, so the number means little. Rounding those constants costs {num(r.rounding_cost_nats)} nats of log-likelihood. "
        f"For all runs {fix(r.loglik_all_published)} is printed, which is what the constants fitted without the runs left out reach there; fitted to all, it is {fix(r.loglik_all_best)}, and the probability {_chance(r.lr_all_p)} instead of {sci(r.lr_all_p_published, 2)}.",
        f"A chi-square test of equality by the covariance of the resamples gives {_chance(r.chi2_p_log, 1)} on the logarithms of the constants and {_chance(r.chi2_p_plain, 1)} on the constants; below {sci(r.chi2_p_published, 1)} is printed. So far out its power of ten reports an assumed tail.",
    )  # fmt: skip


def _chance(value: float, digits: int = 2) -> str:
    """Return a probability as text; the smallest are told apart no more."""
    return sci(value, digits) if value >= _LEAST else f"below {sci(_LEAST, 1)}"


_LEAST = 1e-300


def valley(p: Parameters, r: Numbers) -> Said:
    """Say how the constants hang together, and what the two kinds of interval assume."""
    scatters = f"the largest third of the models scatters {num(r.scatter_ratio, 2)} times as much as the smallest"  # fmt: skip
    if r.E_width_ratio > 1 and r.scatter_ratio > 1:
        wider = f"{num(r.E_width_ratio, 2)} times as wide as the profile's: it knows that {scatters}."  # fmt: skip
    else:
        wider = f"{num(r.E_width_ratio, 2)} times as wide as the profile's; {scatters}."
    error = f" For $a$ a standard error of {fix(r.a_se_published, 3)} is printed, and {fix(r.a_se, 4)} comes out." if of_hoffmann(p) else f" For $a$ the standard error is {fix(r.a_se, 4)}."  # fmt: skip
    return finding(
        f"Profile intervals hold one constant, fit the rest and take the error law at its word. For $E$ the bootstrap's is {wider}{error}",
        f"The constants make up for one another. The curvature of the objective has a condition number of {sci(r.condition_full, 1)} in the printed constants, of {num(r.condition_centred, 2)} in centred ones and of {num(r.condition_projected, 2)} once the amplitudes are solved for. An optimiser that is content with a small slope stops far from the bottom in the first; Hoffmann's did, Besiroglu and colleagues report, since its objective was averaged over runs.",
    )  # fmt: skip
