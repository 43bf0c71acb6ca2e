"""What the chapter on networks and sources of known entropy says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.laboratory import readings
from scalebook.chapters.laboratory.experiments import HALF
from scalebook.chapters.laboratory.readings import ENOUGH, planned
from scalebook.chapters.laboratory.shape import FEW
from scalebook.chapters.parameter import Parameters
from scalebook.laboratory import extent
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    yes = "Nearly" if max(_miss(E, r.entropy) for E in _both(r, "E")) <= 0.01 else "Only roughly"
    first = f"{fix(r.E, 3)} ({_hold(r.E_low, r.entropy, r.E_high)})"
    if r.other_share:
        first += f", to those of {_kind(p, other=True)} {fix(r.other_E, 3)} ({_hold(r.other_E_low, r.entropy, r.other_E_high)})"
    fits, hold = (int(sum(_both(r, name))) for name in ("tried_fits", "tried_fits_hold"))
    return sentences.short_answer(
        f"{yes}. Where the entropy is {fix(r.entropy, 3)} nats, Chinchilla's law fitted to the losses of {_kind(p)} says {first}. "
        f"Over all forms the floor is {fix(min(_both(r, 'floor_low')), 2)} to {fix(max(_both(r, 'floor_high')), 2)}, and {_count(hold)} of {fits} intervals of {pct(p.level)} {_plural(hold, 'holds', 'hold')} the truth."
    )  # fmt: skip


def _both(r: Numbers, name: str) -> list[float]:
    """Return a number of both kinds of network, or of the one that there is."""
    return [getattr(r, key) for key in (name, f"other_{name}") if hasattr(r, key)]


def _kind(p: Parameters, *, other: bool = False) -> str:
    """Return what the networks are called, or the other kind of them."""
    return f"{(readings.other(p.suite) if other else p.suite).rpartition('-')[2]}s"


def _hold(low: float, value: float, high: float) -> str:
    return "interval holds the truth" if low <= value <= high else "interval misses the truth"


def _miss(fitted: float, entropy: float) -> float:
    return abs(fitted / entropy - 1)


def _count(number: int) -> str:
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[number] if number < len(words) else str(number)


def _plural(number: int, one: str, several: str) -> str:
    return one if number == 1 else several


def _range(r: Numbers, name: str, digits: int = 2) -> str:
    low, high = (getattr(r, f"{name}_{end}") for end in ("low", "high"))
    return f"{num(low, digits)} to {num(high, digits)}"


def _fixed(r: Numbers, name: str, places: int = 2) -> str:
    low, high = (getattr(r, f"{name}_{end}") for end in ("low", "high"))
    return f"{fix(low, places)} to {fix(high, places)}"


def grid(p: Parameters, r: Numbers) -> Said:
    """Say what was trained, and what is missing."""
    return finding(
        f"We read {r.runs} runs of {r.sizes} sizes, {_amounts(r, 'params')} parameters, on {_amounts(r, 'tokens')} tokens. {_missing(p, r)} {_diverged(r)}",
    )  # fmt: skip


def _amounts(r: Numbers, name: str) -> str:
    low, high = (getattr(r, f"{name}_{end}") for end in ("low", "high"))
    return f"{_amount(low)} to {_amount(high)}"


def _amount(value: float) -> str:
    return qty(value) if value >= 1e6 else num(value, 3)


def _missing(p: Parameters, r: Numbers) -> str:
    if r.planned_cells >= r.planned:
        return "That is the whole grid."
    widths = _widths(p)
    measured = {width: getattr(r, f"width_{width}", 0) for width in widths}
    absent = [str(width) for width, count in measured.items() if count == 0]
    partly = [
        f"{width} ({count} of {r.lengths} lengths)"
        for width, count in measured.items()
        if 0 < count < r.lengths
    ]
    parts = []
    if absent:
        parts.append(f"of {_plural(len(absent), 'width', 'widths')} {_listed(absent)} none")
    if partly:
        parts.append(f"in part there {_plural(len(partly), 'is width', 'are widths')} {_listed(partly)}")  # fmt: skip
    so_far = f"The grid is not whole: {r.planned_cells} of {r.planned} cells, sizes at lengths, are trained"
    return f"{so_far}; {'; '.join(parts)}." if parts else f"{so_far}."


def _widths(p: Parameters) -> tuple[int, ...]:
    learner = p.suite.rpartition("-")[2]
    return planned(p.suite).widths if learner in extent.GRIDS else ()


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _diverged(r: Numbers) -> str:
    if not r.diverged:
        return "No run diverged."
    return f"In addition {_count(r.diverged)} diverged and {_plural(r.diverged, 'is', 'are')} left out."  # fmt: skip


def grid_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how good the table is."""
    return takeaway(f"{r.runs} runs, exact losses, a known floor, and seeds that differ by {pct(r.seed_excess)} of the loss above it.")  # fmt: skip


def floors(p: Parameters, r: Numbers) -> Said:
    """Say where the fitted floors lie."""
    left = r.tried - r.tried_fits
    missing = "" if left <= 0 else f" ({_count(left)} more did not come to an answer)"
    return finding(
        f"Chinchilla's sum by Huber's error, the usual choice, puts the floor at {fix(r.E, 4)} nats ({pct(p.level)} bootstrap {_fixed(r, 'E', 4)}). The entropy is {fix(r.entropy, 4)}: {_outside(r.E_low, r.entropy, r.E_high)} "
        f"All {r.tried_fits} fits{missing} give {_fixed(r, 'floor', 3)}, and {_count(r.tried_fits_hold)} of their intervals {_plural(r.tried_fits_hold, 'holds', 'hold')} the entropy; of intervals that keep their word {pct(p.level)} would.",
        _verdict_of_forms(r),
    )  # fmt: skip


def _outside(low: float, value: float, high: float) -> str:
    if low <= value <= high:
        return "the interval holds it."
    return f"the interval lies wholly {'above' if low > value else 'below'} it."


def _verdict_of_forms(r: Numbers) -> str:
    if r.tried_fits_hold < r.tried_fits * 0.8:
        return "The bootstrap knows how runs scatter, not that the form is wrong, so its intervals are too narrow."
    return "The forms differ by little more than the runs scatter."


def _parts(r: Numbers) -> str:
    names = {
        "cheap_E": "the cheaper half of the runs",
        "larger_E": "the larger half of the sizes",
        "single_E": "one seed",
    }
    told = [
        f"{fix(getattr(r, key), 3)} ({_fixed(r, key, 3)}) from {name}"
        for key, name in names.items()
        if hasattr(r, key)
    ]
    return f" The floor is {_listed(told)}." if told else ""


def floors_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what a fitted floor is worth."""
    most = max(_miss(r.floor_low, r.entropy), _miss(r.floor_high, r.entropy))
    if r.tried_fits_hold >= r.tried_fits * 0.8:
        return takeaway(f"From {_kind(p)} every form finds the entropy to within {pct(most)}, and most intervals can be believed.")  # fmt: skip
    return takeaway(f"From {_kind(p)} the fitted floor is within {pct(most)} of the entropy, whichever form one takes; its interval is too narrow to believe.")  # fmt: skip


def power(p: Parameters, r: Numbers) -> Said:
    """Say whether the loss above the entropy is a power law."""
    return finding(
        f"{_line(p, r)}; the fitted law says {num(r.law_slope, 3)}.",
    )  # fmt: skip


def _line(p: Parameters, r: Numbers) -> str:
    """Say how straight the frontier is."""
    slope, bend, decades, straight, early, late = (
        getattr(r, f"frontier_{each}")
        for each in ("slope", "bend", "decades", "straight", "early", "late")
    )
    scatter = (
        f"Over all {num(decades, 2)} decades of compute one line fits the best runs: no point is off by more than {pct(bend)} of the loss above the entropy."
        if bend <= p.straight else
        f"To within {pct(p.straight)} of the loss above the entropy a line holds for {num(straight, 2)} of the {num(decades, 2)} decades of compute."
    )  # fmt: skip
    even = (
        "the same in the cheaper and in the costlier half"
        if abs(late / early - 1) < 0.05
        else f"{'steeper' if late > early else 'flatter'} in the costlier half ({num(late, 2)}) than in the cheaper ({num(early, 2)})"
    )
    return f"{scatter} The slope of a line through all is {num(slope, 3)}, {even}"


def _table(r: Numbers) -> str:
    if not r.counts_share:
        return "What a table of counts would lose at these very sizes is not derived for a source with noise."
    more = f"At as many free numbers as the networks have parameters a table is {num(max(r.counts_ratio, 1 / r.counts_ratio), 2)} times {'nearer to' if r.counts_ratio > 1 else 'farther from'} the entropy, in the median"
    return f"{more}, and the same fit finds {fix(r.table_alpha, 2)} and {fix(r.table_beta, 2)} in its losses: exponents are of a range, not of a source."


def power_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line whether it is a power law."""
    decades = num(r.frontier_decades, 2)
    if r.frontier_bend <= p.straight:
        return takeaway(f"Above the entropy the best losses follow a power law over {decades} decades of compute, exponent {num(r.frontier_slope, 2)}.")  # fmt: skip
    return takeaway(f"Above the entropy no power law holds over all {decades} decades of compute; to within {pct(p.straight)} one holds for {num(r.frontier_straight, 2)}.")  # fmt: skip


def counting(p: Parameters, r: Numbers) -> Said:
    """Say what the way to count and the schedule do to Kaplan's exponent."""
    return finding(
        f"Embeddings are {pct(r.embedded_low)} to {pct(r.embedded_high)} of the parameters. Without them the exponent of the best size goes from {fix(r.a)} ({_fixed(r, 'a')}) to {fix(r.bare_a)} ({_fixed(r, 'bare_a')}). {_count_way(r)}",
        _schedule(r),
    )  # fmt: skip


def _valleys(r: Numbers) -> str:
    if r.valleys < FEW:
        return "Too few sizes are trained to find valleys of equal compute, so what no law bends cannot be told."
    return f"Valleys of equal compute, read without a law, give the exponent of the best size as {fix(r.valley_a)} ({_fixed(r, 'valley_a')} over seeds), and as {fix(r.bare_valley_a)} ({_fixed(r, 'bare_valley_a')}) without embeddings."


def _count_way(r: Numbers) -> str:
    if r.bare_a > r.a:
        return "So Kaplan's way of counting makes the best size seem to grow faster."
    return "So Kaplan's way of counting does not make the best size seem to grow faster here."


def _schedule(r: Numbers) -> str:
    if r.off_runs < ENOUGH:
        return "Too few runs of the longest length are there to read shorter lengths off them; what the schedule does cannot be told yet."
    apart = r.off_a_low > r.on_a_high or r.off_a_high < r.on_a_low
    told = "the intervals do not meet" if apart else "the intervals overlap"
    return (
        f"A schedule of the wrong length does {'more' if abs(r.off_a - r.on_a) > abs(r.bare_a - r.a) else 'less'}. Where shorter lengths are read off the longest run of each of {_count(r.off_sizes)} sizes, "
        f"the loss above the entropy is {num(r.off_worse, 2)} times as high at the shortest length and {num(r.off_later, 2)} times just after the warm-up. The exponent of the best size goes from {fix(r.on_a)} ({_fixed(r, 'on_a')}) to {fix(r.off_a)} ({_fixed(r, 'off_a')}; {told})."
    )  # fmt: skip


def counting_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what either does."""
    count = f"counting without embeddings moves the exponent of the best size by {_signed(r.bare_a - r.a)}"
    if r.off_runs < ENOUGH:
        return takeaway(f"On the same runs, {count}.")
    return takeaway(f"On the same runs, {count}, reading off a schedule of the wrong length by {_signed(r.off_a - r.on_a)}.")  # fmt: skip


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '−'}{fix(abs(value))}"


def learners(p: Parameters, r: Numbers) -> Said:
    """Say what the other kind of network comes to on the same source."""
    if not r.other_share:
        return finding(f"**Another kind of network.** Too few {_kind(p, other=True)} have been trained on this source to say whether they agree.")  # fmt: skip
    some = "" if r.other_planned_cells >= r.other_planned else f", {r.other_planned_cells} of the {r.other_planned} cells of their grid,"  # fmt: skip
    gap = r.other_E - r.entropy
    holds = "holds it" if r.other_E_low <= r.entropy <= r.other_E_high else "leaves it out"
    return finding(
        f"**Another kind of network.** From {_kind(p, other=True)}{some} the sum puts the floor {num(abs(gap), 2)} nats {'above' if gap > 0 else 'below'} the entropy, and its interval {holds}. "
        f"{_falls(p, r)} {_alike(p, r)}",
    )  # fmt: skip


def _falls(p: Parameters, r: Numbers) -> str:
    if abs(r.other_slope / r.frontier_slope - 1) < 0.05:
        return f"Their best losses fall as fast with compute as those of {_kind(p)}."
    how = "faster" if r.other_slope > r.frontier_slope else "more slowly"
    return f"Their best losses fall {how} with compute than those of {_kind(p)}."


def _alike(p: Parameters, r: Numbers) -> str:
    """Say whether counting and schedule do to both kinds of network what they do to one."""
    count, other_count = r.bare_a - r.a, r.other_bare_a - r.other_a
    told = f"Counting without embeddings moves the exponent of their best size by {_signed(other_count)}{_beside(count, other_count)}"
    if min(r.off_runs, r.other_off_runs) < ENOUGH:
        return f"{told}."
    off, other_off = r.off_a - r.on_a, r.other_off_a - r.other_on_a
    return f"{told}; a schedule of the wrong length moves it by {_signed(other_off)}{_beside(off, other_off)}."  # fmt: skip


def _beside(first: float, second: float) -> str:
    return f" ({_signed(first)} above)" if first * second > 0 else f", the other way than above ({_signed(first)})"  # fmt: skip


def sources(p: Parameters, r: Numbers) -> Said:
    """Say what the same networks come to on other sources."""
    if not r.sources:
        return finding(f"**Other sources.** Too few {_kind(p)} have been trained on any of them to say.")  # fmt: skip
    words = _plural(r.sources, "other source", "other sources")
    off = max(abs(r.sources_off_low), abs(r.sources_off_high))
    alphas = (min(r.sources_alpha_low, r.alpha), max(r.sources_alpha_high, r.alpha))
    betas = (min(r.sources_beta_low, r.beta), max(r.sources_beta_high, r.beta))
    moved = max(alphas[1] / alphas[0], betas[1] / betas[0])
    so = "the exponents are the source's as much as the network's" if moved > 1.2 else "the exponents hardly depend on the source"  # fmt: skip
    return finding(
        f"**Other sources.** On {_count(r.sources)} {words} the sum, fitted to {_kind(p)}, misses the entropy by at most {num(off, 2)} nats, and {_count(r.sources_hold)} of {r.sources} intervals {_plural(r.sources_hold, 'holds', 'hold')} it. "
        f"Over all sources α is {fix(alphas[0])} to {fix(alphas[1])} and β {fix(betas[0])} to {fix(betas[1])}: {so}."
    )  # fmt: skip


def learners_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line whether it hangs on the network."""
    if not r.other_share:
        return takeaway("Whether another kind of network finds the same floor cannot be told yet.")
    most = max(_miss(E, r.entropy) for E in _both(r, "E"))
    return takeaway(f"Two kinds of network, read by one law, put the floor within {pct(most)} of the entropy.")  # fmt: skip


def promises(p: Parameters, r: Numbers) -> Said:
    """Say what predictions promised and kept."""
    return finding(
        f"From the {r.promise_fitted} cheapest runs of one seed, `predict` gave the loss of {r.promise_runs} larger ones, up to {num(r.promise_farthest, 2)} times the compute. It was off by {pct(r.promise_error)} of the loss (root mean square), and by {pct(r.promise_far_error)} from {num(r.promise_far_from, 3)} times on. {_bands(p, r)}"
    )  # fmt: skip


def _bands(p: Parameters, r: Numbers) -> str:
    if not r.promise_banded_share:
        return "It gave no calibrated band for any of them: nothing so far out, or of that level, was ever tried."
    if r.promise_held >= p.level:
        kept = "more than it promises"
    elif r.promise_held >= p.level - 0.1:
        kept = "nearly what it promises"
    else:
        kept = "less than it promises"
    some = f"The calibrated band, {pct(r.promise_width)} of the loss wide, held {pct(r.promise_held)}, {kept}."
    if r.promise_banded_share == 1:
        return some
    return f"{some} It was given for {pct(r.promise_banded_share)} of them."


def _law_held(p: Parameters, r: Numbers) -> str:
    return f"For larger networks the law's own interval, which takes the form to be right, held {pct(r.promise_law_held)}{', less than it says' if r.promise_law_held < p.level else ', as it says'}."


def outputs(p: Parameters, r: Numbers) -> Said:
    """Say what networks learn of many teachers, and of networks."""
    return finding(
        f"**Only as good as its data?** Each of eight teachers with errors of its own plays the best symbol in {pct(r.crowd_teacher_play)} of cases; {_crowd(r)}",
        f"**Own outputs.** In five generations, each taught by the outputs of the one before, the loss above the entropy goes from {num(r.echo_first, 2)} to {num(r.echo_last, 2)} nats. {_echo(r)}",
        f"**Own outputs, checked.** {_check(r)}",
    )  # fmt: skip


def outputs_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what teachers and outputs are worth."""
    choices = "its choices can be better than any of its teachers'" if r.crowd_pick > r.crowd_teacher_play else "here its choices are, too"  # fmt: skip
    echo = "Own outputs alone make a network worse" if r.echo_last > r.echo_first else "Own outputs alone do no harm here"  # fmt: skip
    check = "checked from outside they make it better" if r.check_best_1 < r.check_network else "a check does not mend that"  # fmt: skip
    return takeaway(f"A network's loss is bounded by its data; {choices}. {echo}; {check}.")


def lessons(p: Parameters, r: Numbers) -> Said:
    """Say, for specialists, what else networks learn of sources and of networks."""
    return finding(
        f"**One teacher after another.** A network that learned from the better source and is then taught by a worse, half of whose symbols come from distributions of its own, {_turned(r)}",
        f"**Both at once.** With a quarter, a half and three quarters of its data from the worse, a network plays {pct(r.mixed_place_25)}, {pct(r.mixed_place_50)} and {pct(r.mixed_place_75)} of the way from the better to the worse{_as_share(r)}.",
        f"**A flaw in the method.** We know the floor of networks that cannot see one of the three digits. {_flaw(r)}",
        f"**A larger network teaches.** A student of {pct(r.student_share)} of its teacher's size, taught its probabilities, needs {num(r.student_fewer, 2)} times fewer tokens ({_range(r, 'student_fewer')}) than one taught symbols for the same loss. {_soft(r)} {_outdone(r)}",
        f"**The worse half left out.** Trained on the better half of the tokens, networks end {num(r.filter_half, 2)} nats above the entropy; on all of them, {num(r.filter_all, 2)}. {_filter(r)}",
    )  # fmt: skip


def _turned(r: Numbers) -> str:
    if r.turned_place > 0.95:
        return f"forgets: its loss ends {fix(r.turned_place)} ({_fixed(r, 'turned_place')}) of the way to that of a network taught by the worse alone."
    return f"keeps something: its loss ends {fix(r.turned_place)} ({_fixed(r, 'turned_place')}) of the way to that of a network taught by the worse alone."


def _as_share(r: Numbers) -> str:
    off = max(abs(getattr(r, f"mixed_place_{share}") - share / 100) for share in (25, 50, 75))
    return ", in proportion" if off < 0.05 else ""


def _crowd(r: Numbers) -> str:
    network = f"a network of all eight has it as its favourite in {pct(r.crowd_pick)} ({_pcts(r, 'crowd_pick')} over seeds)"  # fmt: skip
    if r.crowd_pick > r.crowd_teacher_play:
        return f"{network}. The data limit its loss, but not how well it may play."
    return f"{network}, no better than one of them."


def _pcts(r: Numbers, name: str) -> str:
    low, high = (getattr(r, f"{name}_{end}") for end in ("low", "high"))
    return f"{pct(low)} to {pct(high)}"


def _flaw(r: Numbers) -> str:
    if not r.flaw_share:
        return "No floor can be fitted to their losses."
    how = "finds the flaw" if abs(r.flaw_ratio - 1) < 0.1 else "does not find the flaw"
    return f"The fitted floor rises by {fix(r.flaw_ratio)} times as much ({_fixed(r, 'flaw_ratio')} over the digits): a fit {how}, and cannot tell it from entropy."  # fmt: skip


def _soft(r: Numbers) -> str:
    if abs(r.student_echo / r.student_symbols - 1) < 0.1:
        return "Symbols drawn from the teacher help no more than those of the source: the gain is in the probabilities."
    return f"Symbols drawn from the teacher bring it to {num(r.student_echo, 2)}."


def _outdone(r: Numbers) -> str:
    if r.student_soft > r.student_teacher:
        return f"At {num(r.student_soft, 2)} nats it does not reach its teacher ({num(r.student_teacher, 2)})."
    return f"At {num(r.student_soft, 2)} nats it outdoes its teacher ({num(r.student_teacher, 2)})."


def _filter(r: Numbers) -> str:
    if r.filter_half < r.filter_floor and r.filter_half < r.filter_all:
        return f"No amount of the whole would bring them below {num(r.filter_floor, 2)}."
    if r.filter_half < r.filter_all:
        return "The filtered network is better."
    return "The filtered network is no better."


def _echo(r: Numbers) -> str:
    if r.echo_share == 1:
        return "Every generation of every seed is worse than the one before."
    return f"A generation is worse than the one before in {pct(r.echo_share)} of cases, over all seeds."


def _check(r: Numbers) -> str:
    gain = f"A check that knows the source picks which of a network's outputs the next one reads. The next network ends at {num(r.check_all_1, 2)} nats without a check and at {num(r.check_best_1, 2)} with the best strictness ({num(r.check_best_4, 2)} from four times the outputs); the network that wrote them is at {num(r.check_network, 2)}."
    better = "So the check adds what the outputs lack" if r.check_best_1 < r.check_network else "So the check does not help here"  # fmt: skip
    strict = f"The strictest check lets {pct(r.check_passed_1)} pass, which is too little text: {num(r.check_most_1, 2)} nats." if r.check_most_1 > r.check_best_1 else f"The strictest check lets {pct(r.check_passed_1)} pass."  # fmt: skip
    return f"{gain} {better}. {strict}"


def certain(p: Parameters, r: Numbers) -> Said:
    """Say what happens where nothing is uncertain."""
    if not _certain(r):
        there = f"Of the networks that are to learn this source only {pct(r.certain_share)} are trained" if r.certain_share else "The networks that are to learn this source are not trained yet"  # fmt: skip
        return finding(f"{there}. Whether their loss goes on falling as a power law cannot be told.")  # fmt: skip
    early, late = r.certain_line_early, r.certain_line_late
    line = f"The best losses fall as compute to the power {num(late, 2)} in the costlier half and {num(early, 2)} in the cheaper, to {num(r.certain_least, 2)} nats."  # fmt: skip
    return finding(
        f"{line} A law fitted to all {r.certain_runs} runs has {_certain_floor(r)}.{_of_grid(r)}"
    )


def _of_grid(r: Numbers) -> str:
    return "" if r.certain_share == 1 else f" Of the grid {pct(r.certain_share)} is trained."


def _certain_floor(r: Numbers) -> str:
    if r.certain_told:
        return f"a floor of {fix(r.certain_E, 3)} nats ({_fixed(r, 'certain_E', 3)})"
    return "no floor"


def _certain(r: Numbers) -> bool:
    return bool(r.certain_share >= HALF and hasattr(r, "certain_runs"))


def certain_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line whether the loss goes on."""
    if not _certain(r):
        return takeaway("What a source without noise does cannot be told yet.")
    fall = r.certain_line_late / r.certain_line_early
    if fall > 0.9:
        how = "falls faster and faster" if fall > 1.2 else "goes on falling"
        return takeaway(f"Without noise the loss {how}, to {num(r.certain_least, 2)} nats as yet, and a law fitted to it has {_certain_floor(r)}.")  # fmt: skip
    return takeaway(f"Without noise the loss levels off all the same, at about {num(r.certain_least, 2)} nats.")  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    tried = [
        f"{_count(1 + r.sources)} {_plural(1 + r.sources, 'source', 'sources')}",
        "two kinds of network" if r.other_share else "one kind of network",
    ]
    return finding(
        f"The losses are exact, and so is the entropy; what is uncertain is how far {' and '.join(tried)} speak for others.",
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    return sentences.solutions([
        f"No network's loss is below the entropy, so it is at most {fix(r.entropy + r.excess_low, 3)} nats, the lowest loss. A floor above that would be refuted; {'none of those fitted is' if r.floor_high <= r.entropy + r.excess_low else 'the highest of those fitted is'}.",
        "Let strings with the same last digits have similar distributions. A network that finds what they share needs fewer tokens than one that learns each by itself.",
    ])  # fmt: skip


def specialists(p: Parameters, r: Numbers) -> Said:
    """Give details for specialists."""
    return finding(
        f"The fitted law is $L = E + A/N^\\alpha + B/D^\\beta$ with $E = {fix(r.E, 4)}$, $A = {num(r.A, 3)}$, $\\alpha = {fix(r.alpha, 3)}$, $B = {num(r.B, 3)}$ and $\\beta = {fix(r.beta, 3)}$. {_forms(r)}Of the sum's {_count(r.sums)} intervals, one for each error model, {_count(r.sums_hold)} {_plural(r.sums_hold, 'holds', 'hold')} the entropy. Counted without embeddings the sum has the floor at {fix(r.bare_E, 4)}.{_parts(r)} Seeds differ by {pct(r.seed_small)} above the entropy in the smaller half of the sizes and by {pct(r.seed_large)} in the larger, {pct(r.seed_loss)} of the loss itself.",
        f"{_valleys(r)} {_beta(r)}{_law_held(p, r)}",
        f"A table of counts on this source has $\\alpha = {fix(r.counts_alpha, 2)}$ and $\\beta = {fix(r.counts_beta, 2)}$ in its limits, from how rare rare contexts are ([the toy](known-entropy.ipynb)); the networks' law has {fix(r.alpha, 2)} ({_fixed(r, 'alpha')}) and {fix(r.beta, 2)} ({_fixed(r, 'beta')}). {_table(r)}",
        f"Fitted without a floor, as Kaplan and colleagues fitted, the same runs have $\\alpha$ of {fix(r.alone_alpha, 3)} and $\\beta$ of {fix(r.alone_beta, 3)}: exponents of the whole loss are far smaller than those of what is above the floor."
        if max(r.alone_alpha / r.alpha, r.alone_beta / r.beta) < 0.5 else
        f"Fitted without a floor, as Kaplan and colleagues fitted, the same runs have $\\alpha$ of {fix(r.alone_alpha, 3)} and $\\beta$ of {fix(r.alone_beta, 3)}.",
    )  # fmt: skip


def _beta(r: Numbers) -> str:
    if r.off_runs < ENOUGH:
        return ""
    return f"The wrong schedule turns $\\beta$ from {fix(r.on_beta)} into {fix(r.off_beta)}, and the floor from {fix(r.on_E, 3)} into {fix(r.off_E, 3)} ({_fixed(r, 'off_E', 3)}), which {'still holds' if r.off_E_low <= r.entropy <= r.off_E_high else 'leaves out'} the entropy. "


def _forms(r: Numbers) -> str:
    names = {"varying": "an exponent of the data that varies with size", "powermean": "a power mean of the terms", "kaplan": "Kaplan's way to join them"}  # fmt: skip
    told = [f"{_fixed(r, f'floor_{key}', 3)} ({name})" for key, name in names.items() if hasattr(r, f"floor_{key}_low")]  # fmt: skip
    return f"Other forms put the floor at {_listed(told)}. " if told else ""
