"""What the chapter on isoFLOP profiles says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.common import interval_of, printed
from scalebook.chapters.isoflop.outcome import KEYS
from scalebook.chapters.isoflop.suite import LABELS
from scalebook.chapters.parameter import Parameters
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace
#: Relative errors up to which the printed digits are called met.
DIGITS = 0.002
MARIN = ("marin_comma", "marin_dclm", "marin_nemotron")


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    thousand = (r.any_growth_high / r.any_growth_low) ** 3
    return sentences.short_answer(
        f"{_alike(r)} In {_count(r.suites)} public sweeps over sizes, ten times the compute asks for {_times(r, 'growth')} times the parameters. "
        f"Two other methods on the same runs say {_times(r, 'any_growth')}: believe that range. "
        f"A thousand times beyond the runs it leaves the best size open by a factor of {_two(thousand)}."
    )  # fmt: skip


def _alike(r: Numbers) -> str:
    if r.any_a_high < 0.5:
        return "More slowly than its data."
    if r.any_a_low > 0.5:
        return "Faster than its data."
    if r.a_high < 0.5:
        return "More slowly than its data, or about as fast."
    if r.a_low > 0.5:
        return "Faster than its data, or about as fast."
    return "About as fast as its data."


def _times(r: Numbers, name: str) -> str:
    return " to ".join(_two(getattr(r, f"{name}_{end}")) for end in ("low", "high"))


def _two(value: float) -> str:
    return num(value, 2)


def _count(number: int) -> str:
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[number] if number < len(words) else str(number)


def one(p: Parameters, r: Numbers) -> Said:
    """Say what one sweep comes to."""
    whose = (
        f"of {LABELS[p.runs].replace('et al.', 'and colleagues')}"
        if p.runs in LABELS
        else "of the table given"
    )
    some = f"{r.shown_budgets_used} of {r.shown_budgets}" if r.shown_budgets_used < r.shown_budgets else f"All {_count(r.shown_budgets)}"  # fmt: skip
    return finding(
        f"{some} budgets {whose} have a usable minimum, and the line through these has the slope $a$ = {fix(r.shown_a)} ({interval_of(p)} {fix(r.shown_a_low)} to {fix(r.shown_a_high)}, from drawing runs again). "
        f"So ten times the compute asks for {_two(r.shown_growth)} times the parameters and {_two(r.shown_data_growth)} times the tokens.",
    )  # fmt: skip


def llama(p: Parameters, r: Numbers) -> Said:
    """Say how Llama 3's printed plan compares with its own runs."""
    met = abs(r.llama3_line_b / r.llama3_label_b - 1) < DIGITS
    line = f"The line through the runs has {fix(r.llama3_line_b, 3)} for the exponent of the tokens; a label in the paper's figure has {fix(r.llama3_label_b, 3)}, the text {fix(r.llama3_text_b, 2)}."  # fmt: skip
    so = "So the method is the one that the paper says it is." if met else "So the runs used here make another line than the printed one."  # fmt: skip
    digits = f"The third digit matters so far out: with the text's two the tokens would be {qty(r.llama3_rounded_tokens)}, not {qty(r.llama3_tokens)}."  # fmt: skip
    own = (
        f"the line gives the pair to within {pct(r.llama3_meant_off, 1)}"
        if r.llama3_meant_off < DIGITS else
        f"the line is off by {pct(r.llama3_meant_off)}, too"
    )  # fmt: skip
    return finding(
        f"{line} {so} {digits}",
        f"The printed size and tokens take {pct(r.llama3_meant_excess)} more compute than is printed beside them. At their own compute {own}.",
    )  # fmt: skip


def llama_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what came of repeating it."""
    off = max(abs(r.llama3_params / printed("llama3.optimum.params") - 1), abs(r.llama3_tokens / printed("llama3.optimum.tokens") - 1))  # fmt: skip
    plan = f"{qty(r.llama3_params)} parameters on {qty(r.llama3_tokens)} tokens, {pct(off)} from what is printed"  # fmt: skip
    if off < 0.05:
        return takeaway(f"Llama 3's plan can be made again from its published points: {plan}.")
    return takeaway(f"The published points used here make another plan than Llama 3's: {plan}.")


def sweeps(p: Parameters, r: Numbers) -> Said:
    """Say how far the sweeps agree."""
    lows, highs = ([getattr(r, f"{key}_a_{end}") for key in KEYS.values()] for end in ("low", "high"))  # fmt: skip
    common = (
        f"No exponent lies in all {_count(r.suites)} intervals, so the sweeps differ by more than the scatter of their runs."
        if max(lows) > min(highs) else
        f"Exponents from {fix(max(lows), 3)} to {fix(min(highs), 3)} lie in all {_count(r.suites)} intervals, so the scatter of their runs may be all that sets them apart."
    )  # fmt: skip
    marin = [getattr(r, f"{key}_a") for key in MARIN]
    apart = max(marin) - min(marin)
    narrow = min(getattr(r, f"{key}_a_high") - getattr(r, f"{key}_a_low") for key in MARIN)
    corpus = "less than the narrowest of their intervals is wide, so the corpus did little" if apart < narrow else "more than the narrowest of their intervals is wide, so the corpus may matter"  # fmt: skip
    return finding(
        f"{common} {_faster(r)}",
        f"Marin's three exponents differ by {fix(apart)}, {corpus}. The other sweeps differ in corpus, tokenizer, recipe and the counting of parameters all at once, so nobody can say which of these moves the exponent.",
    )  # fmt: skip


def _faster(r: Numbers) -> str:
    parts = []
    if r.suites_data:
        parts.append(f"In {_count(r.suites_data)} the interval of $b$ lies above that of $a$: data should grow faster than size.")  # fmt: skip
    if r.suites_size:
        parts.append(f"In {_count(r.suites_size)} it lies below: size should grow faster than data.")  # fmt: skip
    if rest := r.suites - r.suites_data - r.suites_size:
        others = "the others" if parts and rest > 1 else "the last" if parts else f"all {_count(rest)}"  # fmt: skip
        parts.append(f"In {others} the two overlap.")
    return " ".join(parts)


def sweeps_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what the sweeps tell."""
    return takeaway(f"By one method the exponent of size is {fix(r.a_low)} to {fix(r.a_high)}, depending on the sweep.")  # fmt: skip


def methods(p: Parameters, r: Numbers) -> Said:
    """Say how far methods differ on the same runs, and why."""
    return finding(
        f"On Llama 3's runs parabolas give {fix(r.llama3_a)}, the law {fix(r.llama3_a_huber)} by Huber's error and {fix(r.llama3_a_varpro)} by squared error. "
        f"Which runs are left out moves $a$ by up to {fix(r.largest_move)}.",
        f"{_blame(r)} {_neighbours(r)}",
    )  # fmt: skip


def _blame(r: Numbers) -> str:
    parabola, whole = r.llama3_part_parabola, r.llama3_part_whole
    asked = f"Is the parabola to blame? On losses that the law itself gives for Llama 3's runs, parabolas miss its $a$ by {fix(abs(parabola), 3)}; on the real ones the two methods differ by {fix(abs(whole), 3)}"
    if abs(parabola) < abs(whole) / 4:
        return f"{asked}. So what sets them apart is what the law does not describe."
    return f"{asked}. So the parabola is a good part of it."


def _neighbours(r: Numbers) -> str:
    seen = f"Its error at one size resembles that at the next size of the same budget, with a correlation of {fix(r.neighbours_low)} to {fix(r.neighbours_high)} by sweep"
    if r.neighbours_low > 0.3:
        return f"{seen}. Noise would have none. So five constants do not describe these runs, and the law cannot judge the parabolas."
    return f"{seen}; in some that may be noise."


def methods_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what decides."""
    more = "more than" if r.any_a_high - r.any_a_low > r.widest else "no more than"
    return takeaway(f"Sweep and method move the exponent from {fix(r.any_a_low)} to {fix(r.any_a_high)}, {more} any one interval allows.")  # fmt: skip


def carried(p: Parameters, r: Numbers) -> Said:
    """Say what the sweeps name far beyond their runs, and what the difference costs."""
    same = p.compute == printed("llama3.optimum.compute")
    czech = f" Czech and colleagues find {pct(printed('czech2026.llama3.waste'))} and blame the parabolas, which assumes that the law is right." if same else ""  # fmt: skip
    return finding(
        f"By parabolas the sweeps ask for {qty(r.carried_low)} to {qty(r.carried_high)} parameters; with the law included, for {qty(r.carried_any_low)} to {qty(r.carried_any_high)}. "
        f"If the law is right, the parabolas' size for Llama 3's runs wastes {pct(r.llama3_share_wasted)} of the compute.{czech}",
        f"The two sizes of a sweep are at most {_two(r.carried_apart)} times apart. {_valley(r)}",
    )  # fmt: skip


def _valley(r: Numbers) -> str:
    if r.most_share_wasted < 1 - 1 / r.carried_apart:
        return "The loss is flat about the best size, so an error in the size costs a smaller one in compute."
    return "So far from the runs an error in the size costs as much in compute."


def carried_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what a far budget is worth."""
    return takeaway(f"At this page's budget the best size is open by a factor of {_two(r.carried_any_high / r.carried_any_low)}; taking one method for the other on the same runs wastes at most {pct(r.most_share_wasted)} of the compute.")  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    return finding(
        f"Each interval above belongs to one method on one sweep, and takes its form to be right. We believe the spread over sweeps and methods instead. It is of small models: no budget here is larger than {sci(r.largest_budget, 1)} FLOP.",
        f"One sweep in which corpus, tokenizer and recipe change one at a time would tell which matters. To know an exponent to ±{p.wanted:g} at {pct(p.level)} takes about {num(r.runs_parabola, 2)} runs by parabolas or {num(r.runs_surface, 2)} by a law, if losses scatter independently by {pct(p.noise)}; with the scatter of Hoffmann's runs, {num(r.runs_wanted, 2)}. {_grids(r)}",
    )  # fmt: skip


def _grids(r: Numbers) -> str:
    start = "No number of runs helps if the sizes tried shift or widen about the best one from budget to budget"
    if r.comma_last_factor > 1.5 * r.comma_first_factor:
        return f"{start}, as on Marin's Comma corpus."
    return f"{start}."


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    return sentences.solutions([
        f"On every budget the losses are $E + R\\,f(u)$ with the same $f$ of $u = \\ln(N/N_\\mathrm{{opt}})$ on the same stretch. Least squares is linear, so the parabola is $E + R$ times that of $f$, and $E$ and $R$ do not move its lowest point: $\\ln N_\\mathrm{{opt}}$ is off by the same $u^*$ on each budget, which moves the line and not its slope. By the law of Besiroglu and colleagues, with sizes over a factor of {p.factor:g}, the best size is off by {_percent(r.shift_besiroglu)}.",
        f"The text gives {qty(r.llama3_rounded_tokens)}, the line {qty(r.llama3_tokens)}: the digits left out of the exponent are a factor of {fix(r.llama3_exercise_digits)}, those left out of the prefactor one of {fix(r.llama3_exercise_prefactor)}.",
    ])  # fmt: skip


def _percent(share: float) -> str:
    return f"{fix(100 * share, 1)}%"


def grids(p: Parameters, r: Numbers) -> Said:
    """Say what a parabola gets wrong without noise, for specialists."""
    return finding(
        f"So a parabola through exact losses, of sizes over a factor of {p.factor:g} about the best one, is off in size by {_percent(r.shift_besiroglu)} for the nearly symmetric law of Besiroglu and colleagues and by {_percent(r.shift_comma)} for the one fitted to Marin's Comma runs. "
        f"If the last grid is {p.widening:g} times as wide as the first, $a$ is off by {fix(r.error_besiroglu, 4)} and {fix(r.error_comma, 4)}. "
        f"Runs of one size that share their training, as FineWeb's do, count as less: drawn by whole sizes, the interval of $a$ is {_two(r.fineweb_size_width)} times as wide."
    )  # fmt: skip
