"""What the chapter on the supply of text says, as its numbers have it."""

from types import SimpleNamespace

from scalebook.chapters.parameter import Parameters
from scalebook.chapters.supply.figures import amount, base, moment, when, year
from scalebook.chapters.supply.steps import NEVER, OVER, SLOW, longer
from scalebook.show import sentences
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalebook.show.sentences import Said, finding, takeaway

Numbers = SimpleNamespace
_SMALL, _FEW = 0.15, 3.0  # a share that is called little, and years
_FAR = 100  # years


def short_answer(p: Parameters, r: Numbers) -> Said:
    """Answer the chapter's question."""
    grows = f"compute grows {num(r.compute_growth, 2)} times a year and data sets {num(r.dataset_growth, 2)} times"  # fmt: skip
    if r.year >= NEVER:
        return sentences.short_answer(
            f"Never, if {grows}: the text on the web then grows faster. By other stocks and trends, {_readings(r)}. {_UNCOUNTED}"
        )  # fmt: skip
    when = _first(moment(r.year)) if r.year > base() else f"Before {base():.0f}"
    then = f"one run then reads as many tokens as the filtered public web holds, repeats counted: {_held(r)}" if r.year > base() else f"one training run read as much as the filtered public web holds, repeats counted, about {amount(r.repeated_median, 2)}"  # fmt: skip
    slow = f"; if compute only doubles each year, {year(r.slow_median)}" if r.compute_growth > SLOW * 1.2 and r.enough >= 1 else ""  # fmt: skip
    return sentences.short_answer(
        f"{when}, if {grows}: {then}. By other stocks and trends, {_readings(r)}{slow}. {_UNCOUNTED}"
    )  # fmt: skip


_UNCOUNTED = "Images, video and generated text are not counted."


def _held(r: Numbers) -> str:
    """Say what the stock has grown to when demand meets it, unless that is too far to tell."""
    now, years = f"{amount(r.repeated_median, 2)} in {base():.0f}", r.year - base()
    grown = r.web_growth ** min(years, _FAR)
    told = years < _FAR and 0.1 < grown < 1e3
    return f"{amount(r.repeated_median * grown, 2)} ({now})" if told else now


def _first(text: str) -> str:
    return text[0].upper() + text[1:]


def _readings(r: Numbers) -> str:
    low, high = year(r.spread_low), year(r.spread_high)
    return low if low == high else f"{low} to {high}"


def _span(r: Numbers, name: str) -> str:
    """Return an interval of years."""
    low, high = (getattr(r, f"{name}_{end}") for end in ("low", "high"))
    return f"{year(low)} to {year(high)}" if low < NEVER else year(low)


def _amounts(r: Numbers, name: str) -> str:
    """Return an interval of tokens."""
    return f"{amount(getattr(r, f'{name}_low'), 2)} to {amount(getattr(r, f'{name}_high'), 2)}"


def stock(p: Parameters, r: Numbers) -> Said:
    """Say how much the web holds."""
    if max(r.worst_median, r.worst_end) < 0.1:
        printed = f"These are the stocks that Villalobos and colleagues print: medians and ends of intervals agree within {pct(max(r.worst_median, r.worst_end))}."  # fmt: skip
    else:
        printed = f"Beside what Villalobos and colleagues print, an end or a median of one stock differs by {pct(max(r.worst_median, r.worst_end))}."  # fmt: skip
    return finding(
        f"The part of the web that passes a filter for quality comes to {amount(r.usable_median, 2)} tokens ({_amounts(r, 'usable')} in 95% of the draws). Repeats are worth something too: counting them, it is as good as {amount(r.repeated_median, 2)} fresh tokens. {printed}",
    )  # fmt: skip


def articles(p: Parameters, r: Numbers) -> Said:
    """Say what other text adds."""
    spoken = f"if someone spoke in every minute of its video, they would hold {amount(r.all_speech, 2)} tokens"  # fmt: skip
    if r.break_even >= 1:
        youtube = f"Even {spoken}, which is less."
    else:
        youtube = f"I{spoken[1:]}; so the statement needs less than {pct(r.break_even)} of the minutes to be speech, for which we know of no measurement."  # fmt: skip
    adds = "little" if abs(r.added) < _SMALL else "much"
    return finding(
        f"Harsimony's {amount(r.article_sum)} for books and papers assumes a hundred million books, by its author an upper bound, and a century of papers at today's rate. With the books in the catalogue of the Library of Congress, and papers that grew by {pct(p.paper_growth)} a year, {amount(r.reduced_sum, 2)} remain.",
        f"Narayanan and Kapoor put YouTube below Llama 3's set. {youtube} All this adds {adds} to the filtered web: {pct(r.added)}.",
    )  # fmt: skip


def stock_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how much there is."""
    factor = (r.repeated_high / r.repeated_low) ** 0.5
    return takeaway(f"Of filtered public text there are about {amount(r.usable_median, 2)} tokens; what they are worth with repeats is known to a factor of {num(factor, 2)} either way.")  # fmt: skip


def decides(p: Parameters, r: Numbers) -> Said:
    """Say which factor decides how uncertain the total is."""
    rest = _rest(r)
    others = (
        "Better counts of books, papers or spoken minutes would change next to nothing."
        if rest < _SMALL else f"Everything else accounts for {pct(rest)}."
    )  # fmt: skip
    return finding(
        f"The number of indexed pages, {_pages(r.pages_code_low)} to {_pages(r.pages_code_high)}, accounts for {pct(r.pages_total)} of the variance; the share of text that passes the filter for {pct(r.usable_total)}. {others}"
    )  # fmt: skip


def _pages(count: float) -> str:
    return f"{num(count / 1e9, 2)} billion"


def _rest(r: Numbers) -> float:
    return float(max(1 - r.pages_total - r.usable_total, 0.0))


def decides_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what would have to be known."""
    if r.pages_total >= max(r.usable_total, _rest(r)):
        return takeaway("To know the stock better, count pages.")
    if r.usable_total >= _rest(r):
        return takeaway("To know the stock better, measure what filtering leaves.")
    return takeaway("To know the stock better, neither pages nor the filter is what to measure.")


def meeting(p: Parameters, r: Numbers) -> Said:
    """Say when demand meets the stock, and what moves that."""
    own = (p.compute_growth_low, p.compute_growth_high) == COMPUTE_GROWTH
    theirs = (
        f"they print {r.stated_year:.0f}, and {r.stated_year_low:.0f} to {r.stated_year_high:.0f}"
    )
    if r.stated_year_low <= r.year <= r.stated_year_high:
        narrow = r.year_high - r.year_low < r.stated_year_high - r.stated_year_low
        agree = (
            f"So the two agree{', and the interval here is the narrower one' if narrow else ''}."
        )
    else:
        agree = "So the two do not agree." if own else "With the growth given here the two differ."
    return finding(
        f"Weighed half and half, as Villalobos and colleagues do, demand meets the filtered web with repeats {when(r.year)} ({pct(r.year_level)} interval {_span(r, 'year')}); {theirs}. {agree} One step is not theirs: where they project budgets, compute grows steadily here.",
        f"At {OVER:g} times the tokens per parameter, as in small models made for use, compute's trend meets the stock {when(r.overtrained_median)}. {_slow(p, r)}{_size(r)}",
    )  # fmt: skip


def _slow(p: Parameters, r: Numbers) -> str:
    """Say when slower growth meets the stock, unless the largest run asks for more already."""
    return "" if r.enough < 1 else f"If compute only doubles each year, it does so {when(r.slow_median)}. "  # fmt: skip


def _longer(r: Numbers) -> tuple[float, float]:
    """Return how many years longer three times the text lasts, by the two trends."""
    low, high = sorted(longer(growth, r.web_growth, 3) for growth in (r.pace, r.dataset_growth))
    return low, high


def _size(r: Numbers) -> str:
    least, most = _longer(r)
    if most >= NEVER:
        return "A demand that grows no faster than the web never meets it, whatever its size."
    return "The size of the stock matters less." if most < _FEW else f"The size of the stock matters too: three times the text lasts {num(least, 2)} to {num(most, 2)} years longer."  # fmt: skip


def meeting_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line what decides the year."""
    _, most = _longer(r)
    if most >= NEVER:
        return takeaway("Whether the stock is ever met depends on growth, not on its size.")
    if most < _FEW:
        return takeaway(f"One run reads as much as the whole filtered web, with repeats, {when(r.year)}. Tripling the stock puts that off by {num(most, 2)} years at most: growth decides, not the stock.")  # fmt: skip
    return takeaway(f"At such growth the stock counts as well: tripling it puts the year off by up to {num(most, 2)} years.")  # fmt: skip


def left(p: Parameters, r: Numbers) -> Said:
    """Say how much compute the stock suffices for."""
    return finding(
        f"The largest runs of 2024 are taken to be of {sci(p.compute_now, 1)} FLOP. At 20 tokens per parameter the filtered web, read once, suffices for {_of(r.once_enough)} that, and with repeats for {_of(r.enough)}. For that second stock, other laws give {fix(r.orders_low, 1)} to {fix(r.orders_high, 1)} powers of ten.",
    )  # fmt: skip


def _of(times: float) -> str:
    return f"{num(times, 2)} times"


def left_takeaway(p: Parameters, r: Numbers) -> Said:
    """Say in a line how much compute that leaves."""
    if r.enough < 1:
        return takeaway("By data alone, the largest run already asks for more than the stock.")
    if r.enough_low < 1:
        return takeaway("By data alone, it cannot be told whether a larger run has text enough.")
    return takeaway(f"Text leaves room for {fix(r.left_low, 1)} to {fix(r.left_high, 1)} powers of ten of compute ({pct(p.level)} interval of the stock with repeats); what money, power and chips leave is another matter.")  # fmt: skip


def sure(p: Parameters, r: Numbers) -> Said:
    """Say how sure the answer is, and what would change it."""
    tokens = r.images_published + r.video_published
    return finding(
        "The year carries two trends on; it is no forecast of what laboratories will do. And text that is used up is no wall: a model can [read it again](repetition.ipynb), or read what models write. "
        f"Images and video, which Villalobos and colleagues put at {amount(tokens, 2)} tokens, and private text would come on top; what licences and websites forbid would go.",
        f"Two ranges are judgements of this book: how much of YouTube is speech, and which part of books and papers is on the web already ({pct(p.overlap)}). {_growth(p)} "
        "A count of pages by sampling an index would change the stock; a year in which compute grew much more slowly would change the answer.",
    )  # fmt: skip


#: Times a year, as its source has it.
COMPUTE_GROWTH = (4.0, 5.0)


def _growth(p: Parameters) -> str:
    low, high = p.compute_growth_low, p.compute_growth_high
    if (low, high) == COMPUTE_GROWTH:
        return "That compute grows “four to five times” a year is taken as a 95% interval, though its source gives none."
    return f"That compute grows {num(low, 2)} to {num(high, 2)} times a year is taken as a 95% interval."  # fmt: skip


def exercises(p: Parameters, r: Numbers) -> Said:
    """Give the solutions of the exercises."""
    ten = (r.pace / r.web_growth) ** 10
    factor = f"{num(ten, 2)} times as large" if ten > 1 else "no larger, as compute's demand never gains on it"  # fmt: skip
    return sentences.solutions([
        f"$t = \\ln(S/D) / \\ln(g_D/g_S)$ with $S$ = {amount(r.repeated_median)}, $D$ = {amount(r.stated_trained)}, $g_D = 1.2$ and $g_S$ = {fix(r.stock_growth, 3)}: {_exercise(r.exercise_year)}. Growth matters more than where it begins.",
        f"Demand gains a factor of $\\sqrt{{{num(r.compute_growth, 2)}}} / {fix(r.web_growth)}$ on the stock each year. To the tenth power: the stock would have to be {factor}.",
        f"In logarithms widths add in quadrature, nearly: with pages between half and twice {qty(r.crawled, 2)}, the draws give {amount(r.exercise_crawl_low, 2)} to {amount(r.exercise_crawl_high, 2)}.",
    ])  # fmt: skip


def _exercise(value: float) -> str:
    return f"the year {value:.0f}"
