"""What the chapter on all public tables says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.atlas.steps import COVARIATES, FAR, RULE
from scalebook.chapters.parameter import Parameters
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, sci
from scalebook.show.sentences import Said, finding, takeaway
from scalinglaws.atlas.answers import LABELS

Numbers = SimpleNamespace

ENVELOPE = "envelope"  # which gives exponents only


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    equal = (
        "growing model and data alike cannot be excluded" if r.next_low <= 0.5 <= r.next_high else
        "it would not grow model and data alike"
    )  # fmt: skip
    return sentences.short_answer(
        f"{_agree(r)}: the best model size grows as compute to the power {_span(r, 'range')}, by suite and method. "
        f"One law's bootstrap says {_span(r, 'one')}. "
        f"Laboratories differ by about {fix(r.between)} (one standard deviation), suites of one by {fix(r.within)}. "
        f"A new laboratory's exponent: {_span(r, 'next')}; {equal}."
    )  # fmt: skip


def _agree(r: Numbers) -> str:
    wide = r.range_high - r.range_low
    return "No common exponent" if wide > 0.15 else "Nearly the same everywhere"


def _span(r: Numbers, name: str) -> str:
    return f"{fix(getattr(r, f'{name}_low'))} to {fix(getattr(r, f'{name}_high'))}"


def _signed(value: float) -> str:
    return fix(round(value, 2) + 0.0)  # no minus before a zero


def _of(part: int, whole: int, what: str = "suites") -> str:
    if part == whole:
        return f"all {whole} {what}"
    return f"none of the {whole} {what}" if part == 0 else f"{part} of {whole} {what}"


def _first(text: str) -> str:
    return text[0].upper() + text[1:]


def contents(p: Parameters, r: Numbers) -> Said:
    """Say how much there is."""
    return finding(
        f"The {r.tables} tables have {r.rows:,} rows, in {r.suites} suites of {r.laboratories} laboratories. A suite is the runs of one recipe on one corpus, judged on one text. "
        "Some runs are in several suites, counted or judged in another way."
    )  # fmt: skip


def contents_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how much there is."""
    return takeaway("The suites come from few laboratories, and their number is the one that counts.")  # fmt: skip


def exponents(p: Parameters, r: Numbers) -> Said:
    """Say what one method finds in all suites, and what all methods do."""
    untold = r.suites - r.told
    silent = " The others vary too little for their noise to tell one." if untold > 1 else ""  # fmt: skip
    return finding(
        f"By the method of the first figure, {LABELS[p.method]}, {_of(r.told, r.suites)} tell an exponent; half lie between {fix(r.a_half_low)} and {fix(r.a_half_high)}.{silent}",
        f"Of the {r.fits} exponents by all methods we keep the {r.fits_kept} by a method whose form the suite does not clearly reject, with equal weight for each laboratory. {_narrow(r)}",
    )  # fmt: skip


def _narrow(r: Numbers) -> str:
    times = (r.range_high - r.range_low) / max(r.one_high - r.one_low, 1e-9)
    if times > 1.5:
        return f"The middle 90% of these spread {num(times, 2)} times as widely as the bootstrap of one law on the runs of Hoffmann and colleagues."
    return "The middle 90% of these spread hardly more widely than the bootstrap of one law on the runs of Hoffmann and colleagues."


def exponents_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how far exponents spread."""
    return takeaway(f"Whoever quotes one exponent should quote {_span(r, 'range')} beside its bootstrap.")  # fmt: skip


def moves(p: Parameters, r: Numbers) -> Said:
    """Say what moves the exponent and what is left."""
    said = [_moved(r, name, words) for name, words in COVARIATES.items()]
    more = "more" if r.between > r.within else "less"
    rest = (
        f"Laboratories differ {more} than their own suites. Once these causes are taken out, {fix(r.between_left)} is left among laboratories and {fix(r.within_left)} among the suites of one (standard deviations)."
    )  # fmt: skip
    return finding(_shifts(r), " ".join(said), rest)


def _shifts(r: Numbers) -> str:
    names = [name for name in vars(r) if name.startswith("shift_") and f"{name}_low" in vars(r)]
    shifts = [getattr(r, name) for name in names]
    least, most = _signed(min(shifts)), _signed(max(shifts))
    sure = [name for name in names if getattr(r, f"{name}_low") > 0 or getattr(r, f"{name}_high") < 0]  # fmt: skip
    nothing = "" if sure else " Each may be nothing on average; in one suite it can be much more."  # fmt: skip
    return f"Against Chinchilla's form with Huber's error, the {len(names)} other methods move the exponent by {least} to {most}.{nothing}"  # fmt: skip


def _moved(r: Numbers, name: str, words: str) -> str:
    value, low, high = (getattr(r, f"by_{name}{end}") for end in ("", "_low", "_high"))
    subject = {"without": "Counting parameters without embeddings", "unfinished": "Reading losses before the learning rate has decayed",
               "constant": "Never letting the learning rate decay"}[name]  # fmt: skip
    if low <= -1 and high >= 1:
        return f"{subject} cannot be judged by this method."
    if low > 0:
        return f"{subject} adds {fix(value)}."
    if high < 0:
        return f"{subject} takes off {fix(abs(value))}."
    return f"{subject} moves it by {_signed(value)}, which may be nothing."  # fmt: skip


def moves_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what moves the exponent most."""
    if r.between_left > max(abs(r.by_without), abs(r.by_unfinished), abs(r.by_constant)):
        return takeaway(f"What is left among laboratories ({fix(r.between_left)}) is more than counting or the learning rate explains.")  # fmt: skip
    return takeaway(f"Counting or the learning rate moves the exponent more than what is left among laboratories ({fix(r.between_left)}).")  # fmt: skip


def ratios(p: Parameters, r: Numbers) -> Said:
    """Say where twenty tokens per parameter hold."""
    if p.method == ENVELOPE:
        return finding("This method tells exponents only, and no ratio.")
    return finding(
        f"Half of the best ratios at the suites' own largest runs lie between {num(r.ratio_half_low, 2)} and {num(r.ratio_half_high, 2)}. "
        f"Carried on to {sci(FAR, 1)} FLOP, {_of(r.ratios_far, r.ratios)} still say about {RULE:g}.",
        f"An exponent of 0.5 lets model and data grow alike. The interval holds it in {_of(r.told_equal, r.told)}.",
    )  # fmt: skip


def ratios_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what twenty is worth."""
    if p.method == ENVELOPE:
        return takeaway("An envelope tells how the best size grows, and no ratio.")
    fewer = " and fewer when carried far beyond" if r.ratios_far < r.ratios_near else ""
    return takeaway(f"Twenty tokens per parameter, give or take a factor of {p.near:g}, fits {_of(r.ratios_near, r.ratios)} at their own scale{fewer}.")  # fmt: skip


def forms(p: Parameters, r: Numbers) -> Said:
    """Say which form the suites prefer."""
    return finding(
        f"Chinchilla's form $E + A/N^\\alpha + B/D^\\beta$ is clearly worse than another form in {_of(r.chinchilla_judged_rejected, r.chinchilla_judged)} where it converged, the power mean in {_of(r.powermean_judged_rejected, r.powermean_judged)}; it has one constant more, so it is hard to beat here. "
        f"Held-out runs judge better. {_winner(r)}",
    )  # fmt: skip


def _winner(r: Numbers) -> str:
    each = (r.forms_predicted_powermean, r.forms_predicted_kaplan, r.forms_predicted_kaplan_floor, r.forms_predicted_chinchilla, r.forms_predicted_sum)  # fmt: skip
    if max(each) > r.forms_predicted / 2:
        return "One form wins more often than all others together."
    return "No form wins half of the time, so none is common to all."


def forms_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what is common to the tables."""
    most = r.chinchilla_judged_rejected > r.chinchilla_judged / 2
    floor = r.sum_judged_rejected > r.sum_judged / 2
    if floor and most:
        return takeaway(
            "By likelihood most suites have a floor, and terms that do not simply add; they share no exponent."
        )
    if floor:
        return takeaway("By likelihood most suites have a floor; they share no exponent.")
    return takeaway("By likelihood most of the suites do not even share a floor.")


def laws(p: Parameters, r: Numbers) -> Said:
    """Say which published law fits its own runs worst."""
    times = {"the law of Muennighoff and colleagues for repeated data": r.muennighoff_times, "the law of Hoffmann and colleagues as printed": r.printed_times,
             "the law of Hoffmann and colleagues with the constants of their source": r.hoffmann_times, "the law of Besiroglu and colleagues": r.besiroglu_times}  # fmt: skip
    worst = max(times, key=lambda name: times[name])
    side = "low" if r.muennighoff_bias > 0 else "high"
    return finding(
        f"{_first(worst)} does worst: its error is {fix(times[worst])} times that of the best of Chinchilla's form. "
        f"Muennighoff and colleagues fitted only the constants of repetition to their runs, and took those for fresh data from a figure of Hoffmann and colleagues. On their own {r.muennighoff_runs} runs of one epoch that law is {pct(abs(r.muennighoff_bias))} too {side}.",
        f"Rounding alone can do harm: Hoffmann and colleagues' law errs {fix(r.printed_times)} times as much as the best with the constants as printed, {fix(r.hoffmann_times)} times with those in the source of their paper.",
    )  # fmt: skip


def laws_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how published laws do on their own runs."""
    worst = max(r.muennighoff_times, r.printed_times, r.hoffmann_times, r.besiroglu_times)
    if worst > 1.5:
        return takeaway("Test a published law on the runs it came with: one misses them by far more than the best of its form.")  # fmt: skip
    return takeaway(
        "Published laws fit the runs that they came with about as well as their form can."
    )


def valleys(p: Parameters, r: Numbers) -> Said:
    """Say how profiles, seeds, floors and stored fits behave."""
    floors = [
        f"Of the {r.told} suites that tell an exponent by {LABELS[p.method]}, {r.floors} also tell a floor in nats per token: between {num(r.floor_half_low, 2)} and {num(r.floor_half_high, 2)} nats per token in half of them. In {r.floors_none} the interval reaches down to almost nothing."
    ] if r.floors > 0 else []  # fmt: skip
    return finding(
        f"Are isoFLOP profiles flatter at larger budgets? The curvature of the loss in the logarithm of size falls with compute in {_of(r.valleys_flatter, r.valleys)}, its 95% interval below zero; it rises in {r.valleys_steeper}. So far as the loss above the floor falls with compute, it must.",
        f"Runs that differ in their seed alone are in one table, that of Muennighoff and colleagues. In {r.seeds_cells} groups of them the highest loss is {pct(r.seeds_middle)} above the lowest in the median, and {pct(r.seeds_most)} at most.",
        *floors,
        f"The {r.laws_gemstones} stored fits of the Gemstones err {num(r.gemstones_times)} times as much as the best of their form in the median. They aim at Huber's error and not at least squares, so a few percent mean nothing.",
    )  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure this is."""
    return finding(
        f"The exponents surely differ by more than their own errors, mostly between laboratories. With only {r.told_laboratories} laboratories that spread is itself uncertain, {_span(r, 'between')}. No two trained on one corpus with one recipe, so nobody can tell what makes them differ.",
        "Bootstrap intervals take the form to be right, and suites that fix no exponent are left out here. Only single laboratories have tested causes, most thoroughly Porian and colleagues. A sweep that changes one thing at a time, with every learning rate decayed to its end, would say more than another large one.",
    )  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    exponents_ = [
        min(each, 1.0) for each in (r.range_low, r.range_high)
    ]  # of falling terms, all are
    (low, high), (fast, slow) = ([100.0**a for a in exponents_], [100.0 ** (1 - 2 * a) for a in exponents_])  # fmt: skip
    return sentences.solutions([
        f"{num(low, 2)} times the parameters at the lower end, {num(high, 2)} at the upper end.",
        f"$D/N$ goes as $C^{{1 - 2a}}$: it is multiplied by {num(fast, 2)} at the lower end and by {num(slow, 2)} at the upper end. Only at $a = 0.5$ does it stay.",
    ])  # fmt: skip
