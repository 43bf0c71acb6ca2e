"""What the chapter on the supply of text comes to: its results and its verdicts."""

from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import printed, ranged, recording, stated
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.supply import steps
from scalebook.chapters.supply.steps import AS_PRINTED, PRINTED, Found, villalobos
from scalebook.record.judge import UNKNOWN, bounds, point, sample
from scalebook.record.results import numbers_of
from scalebook.record.verdicts import Settlement, Verdicts, settle
from scalebook.show.numbers import fix, num, pct, qty, sci
from scalinglaws.optimum import repetition
from scalinglaws.registry import Printed
from scalinglaws.supply.uncertain import Distribution, Summary, summarise

#: What Villalobos et al. print, by the names that it is recorded under.
PUBLISHED = {
    "gain_cut": "repetition.text", "images_published": "images", "video_published": "video",
    "stated_year": "exhaustion", "start_text": "dataset_now.text",
}  # fmt: skip


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    d, s, web, met, m = f.drawn, f.sums, f.recomputed, f.meeting, f.middle
    post, year, start, gain = map(villalobos, ("blog.repeated_web", "exhaustion", "dataset_now", "repetition.text"))  # fmt: skip
    ranges = {name: factor.distribution for name, factor in d.factors.items()}
    off = {name: steps.errors(name, summary) for name, summary in web.items()}
    medians = [*(three[-1].median for name, three in met.by_stock.items() if name in steps.LADDER), *(each.median for each in met.at.values())]  # fmt: skip
    return {
        **numbers_of(s, but=["paper_words", "paper_years", "papers_grown_words", "llama", "books", "papers", "book_words", "catalogued_words"]),
        **numbers_of(m, but=["web", "web_low", "web_high", "demand", "dataset_now", "year_by_compute", "year_by_data"]),
        **steps.exercises(p, d, web["repeated_web"]), **_indices(f),
        **_ends("median", usable=web["usable_web"], repeated=web["repeated_web"]),
        "overtrained_median": met.overtrained.median, "slow_median": met.slow.median,
        **_ends(
            left=f.orders.left, year=met.at[steps.MIXED], repeated_90=summarise(d.tokens["repeated_web"], post.level), stated_year=year,
            start=start, gain=gain, gain_code=ranges["repetition_gain"],
            pages_code=ranges["indexed_pages"], pages_text=ranges["indexed_pages_printed"], usable_share=ranges["usable_share"],
        ),
        **_ends("value", "level", blog=post), **_ends("offset", bytes=steps.bundled().distributions()["bytes_per_token"]),
        **{name: villalobos(key).value for name, key in PUBLISHED.items()},
        "minutes": d.stated("video_minutes"), "bytes_stated": d.stated("bytes_per_token"), "bytes_negative": steps.negative_bytes(p),
        "video_rate": d.stated("tokens_per_second"),
        "video_implied": d.stated("tokens_per_second") * villalobos("video").value / d.point("video"),
        "images": d.point("images"), "video": d.point("video"), "crawled": d.stated("crawled_pages"),
        "added": f.total.whole.median / f.total.stocks["usable_web"].median - 1,
        "year": met.at[steps.MIXED].median, "year_level": year.level, **ranged("spread", medians),
        "pace": f.paths()["compute"], **_enough(f.orders.left),
        "worst_median": max(off[name][0] for name in PRINTED),
        "worst_end": max(max(off[name][1:]) for name in PRINTED), "printed_end": min(off[AS_PRINTED][1:]),
        "start_shift": met.at[steps.CODE].median - met.at[steps.TEXT].median,
        "once_enough": float(10 ** f.orders.by_law[f.demand.rule.name][0]),
        **ranged("orders", (left[1] for left in f.orders.by_law.values())),
        "stated_trained": printed("llama3.trained.tokens"), "stock_growth": steps.stock_growth(),
    }  # fmt: skip


def _ends(*also: str, **found: Summary | Distribution | Printed) -> dict[str, float]:
    fields = ("low", "high", *also)
    return {f"{name}_{field}": getattr(each, field) for name, each in found.items() for field in fields}  # fmt: skip


def _enough(left: Summary) -> dict[str, float]:
    """Return how many times the largest budget the repeated web suffices for."""
    return {"enough": float(10**left.median), "enough_low": float(10**left.low)}


def _indices(f: Found) -> dict[str, float]:
    _, found = f.decisive
    pages, usable = map(found.names.index, ("indexed_pages", "usable_share"))
    return {"pages_total": found.total[pages], "usable_total": found.total[usable]}


def words() -> tuple[float, float]:
    """Return the tokens per word of Villalobos et al. and of Kaplan et al."""
    texts = (printed(f"kaplan2020.webtext2.{unit}") for unit in ("tokens", "words"))
    return 1 / villalobos("words_per_token").value, next(texts) / next(texts)


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*_sums(p, f), *_stocks(p, f), *_video(p, f), *_years(p, f), *_ahead(p, f)))


def _sums(p: Parameters, f: Found) -> Iterator[Settlement]:
    s, per_word = f.sums, f.drawn.stated("tokens_per_word")
    yield settle("h-loc-words", bounds(min(s.catalogued_words, s.book_words), s.book_words),
        why=f"The product of the two factors is exactly the bound. The {qty(s.catalogued)} catalogued books would be {qty(s.catalogued_words)} words of it.")  # fmt: skip
    yield settle("h-papers-words", point(s.paper_words),
        why=f"The product is exact, for a century at today's rate. Had the rate grown by {pct(p.paper_growth)} a year, the century would count as {fix(s.paper_years, 1)} years and {qty(s.papers_grown_words)} words.")  # fmt: skip
    low, high = words()
    yield settle("h-tokens-per-word", bounds(low, high),
        why=f"Villalobos et al. have {fix(low)} for web text ({villalobos('words_per_token').value:g} words a token), Kaplan et al. {fix(high)} for WebText2. It depends on the tokenizer and the text.")  # fmt: skip
    parts = stated("h-loc-words") + stated("h-papers-words")
    together = parts * stated("h-tokens-per-word")
    yield settle("h-books-papers-tokens", point(together),
        why=f"({qty(stated('h-loc-words'))} + {qty(stated('h-papers-words'))}) words × {stated('h-tokens-per-word'):g} tokens per word. "
        f"With the catalogued books alone, and papers that grew in number, it would be {qty(s.reduced_sum)} at {per_word:g} tokens per word.")  # fmt: skip
    doubled = (s.llama + stated("h-books-papers-tokens")) / s.llama
    less, reduced = ((s.llama + added) / s.llama for added in ((1 - p.overlap) * s.article_sum, s.reduced_sum))  # fmt: skip
    yield settle("h-double-llama3", point(doubled),
        why=f"The sum is {fix(doubled)} times Llama 3's set without the overlap that the article allows for, {fix(less)} times with {pct(p.overlap)} of it in the set already, and {fix(reduced)} times with the catalogued books alone and papers that grew in number.")  # fmt: skip


def _stocks(p: Parameters, f: Found) -> Iterator[Settlement]:
    crawl, d = f.recomputed["common_crawl"], f.drawn
    usable = summarise(d.tokens["common_crawl"] * d.values["usable_share"], steps.LEVEL)
    yield settle("h-commoncrawl", sample(d.tokens["common_crawl"], crawl.median, steps.LEVEL),
        why=f"Unique pages × bytes per page ÷ bytes per token give {qty(crawl.median)} (95%: {qty(crawl.low)} to {qty(crawl.high)}), from {num(crawl.low / stated('h-commoncrawl'), 2)} to {num(crawl.high / stated('h-commoncrawl'), 2)} times the number stated; "
        f"published are {qty(villalobos('common_crawl').value)}. The bytes in a token of such text would decide. Filtered for quality, {qty(usable.median, 2)} ({qty(usable.low, 2)} to {qty(usable.high, 2)}) would be left, which is the article's point.")  # fmt: skip
    used, repeats, made = repetition.published().decay, stated("h-epochs-5x"), stated("h-synthetic-5x")  # fmt: skip
    worth, limit = float(used.value(repeats)), float(used.limit())
    yield settle("h-25x", point(repeats * made),
        why=f"{repeats:g} × {made:g}. By the law of Muennighoff et al. {repeats:g} passes are worth {fix(worth)} fresh ones, so {fix(worth * made, 1)} in all if synthetic text counts as fresh, which is an assumption, and {fix(worth, 1)} if it counts for nothing. "
        f"Nor is repetition used up there: that law goes on to {fix(limit, 1)}.")  # fmt: skip
    web, said = f.recomputed["repeated_web"], villalobos("blog.repeated_web")
    same = summarise(d.tokens["repeated_web"], said.level)
    yield settle("w-epoch-300t", point(web.median),
        why=f"The factors of the estimate, drawn together, have the median {_trillions(web.median)}. Their {pct(said.level)} interval is {_trillions(same.low)} to {_trillions(same.high)}, of which the post's {_trillions(said.low)} to {_trillions(said.high)} may be a rounding.")  # fmt: skip


def _video(p: Parameters, f: Found) -> Iterator[Settlement]:
    s, d, tokens = f.sums, f.drawn, f.drawn.tokens["youtube"]
    speech, kept = (d.factors[name].distribution for name in ("speech_share", "usable_share"))
    rate, minutes = d.stated("upload_rate"), d.stated("video_minutes")
    yield settle("s-150bn-minutes", UNKNOWN,
        why=f"YouTube does not publish it. At the {fix(rate, 0)} hours a minute that Villalobos et al. have, it is what {fix(minutes / (60 * d.stated('upload_rate', 'minutes_per_year')), 1)} years of uploads add up to. A random sample of videos with their lengths would decide.")  # fmt: skip
    below, third = (float(np.mean(tokens < share * s.llama)) for share in (1, 1 / 3))
    yield settle("s-youtube", sample(tokens, f.total.stocks["youtube"].median, p.level),
        why=f"All minutes as speech would be {qty(s.all_speech)} tokens; it is less than {qty(s.llama)} if less than {pct(s.break_even)} of them are speech. With {pct(speech.low)} to {pct(speech.high)} of speech, a range that this book chose, it is less in {pct(below)} of the draws, and less than a third of it in {pct(third)}. The article says much less; tested is only that it is less.")  # fmt: skip
    yield settle("s-youtube-dedup", None,
        why=f"None of these sources measures what filtering leaves of transcribed video. Of deduplicated web text Villalobos et al. keep {pct(kept.low)} to {pct(kept.high)}; a tenth is the low end of that.")  # fmt: skip
    gain, most = np.log10(1 + tokens / s.llama), float(np.log10(1 + s.all_speech / s.llama))
    other = sum(villalobos(name).value for name in ("images", "video"))
    yield settle("s-order-or-two", sample(gain, level=p.level),
        why=f"The authors report this to deny it. Transcripts would add {fix(float(np.median(gain)))} orders of magnitude to Llama 3's {qty(s.llama)} tokens, and {fix(most)} if every minute were speech. "
        f"Not as text but as tokens of their own, images and video are put at {_trillions(other)}, which would be {fix(float(np.log10(1 + other / s.llama)), 1)} orders.")  # fmt: skip


def _years(p: Parameters, f: Found) -> Iterator[Settlement]:
    said, mixed, years = villalobos("exhaustion"), f.meeting.at[steps.MIXED], np.floor(f.meeting.years[steps.MIXED])  # fmt: skip
    inside = float(np.mean((years >= said.low) & (years <= said.high)))
    theirs = "One step is not theirs: a steady growth of compute stands in for their projection of budgets."  # fmt: skip
    yield settle("w-data-2028", sample(years, np.floor(mixed.median), said.level),
        why=f"Demand meets the filtered and repeated web in {pct(inside)} of the draws within those years; the median falls in {np.floor(mixed.median):.0f}; that of their Figure 1 is {said.value:.0f}, and is often quoted alone. {theirs}")  # fmt: skip
    low, high = np.quantile(years, [(1 - said.level) / 2, (1 + said.level) / 2])
    width = "narrower than" if high - low < said.high - said.low else "as wide as or wider than"
    yield settle("w-epoch-80ci", point(inside),
        why=f"Demand meets the stock within those years in {pct(inside)} of the draws. The interval at {pct(said.level)} that the published factors give, {low:.0f} to {high:.0f}, is {width} theirs. The 80% are at times quoted as 95%. {theirs}")  # fmt: skip
    filtered = f.meeting.filtered
    early, middle = float(np.mean(filtered < stated("w-data-2022"))), float(np.median(filtered))
    yield settle("w-data-2022", sample(filtered, level=said.level),
        why=f"By the same authors' estimate of 2024, the filtered web read once is used up before {stated('w-data-2022'):.0f} in {pct(early, 2)} of the draws; the median is {middle:.1f}. "
        "The statement is of 2022, of a smaller stock of books, papers and curated pages; their second version no longer has it. What counts as high quality would decide.")  # fmt: skip
    at = steps.ahead(p, f, said.value)
    stock = summarise(at.stock, steps.LEVEL)
    yield settle("w-data-4e14", point(stock.median),
        why=f"The median of the filtered and repeated web, grown to {said.value:.0f}. It has a wide interval: {_trillions(stock.low)} to {_trillions(stock.high)} (95%).")  # fmt: skip
    tokens, ratio = stated("w-data-4e14"), villalobos("tokens_per_param").value
    yield settle("w-data-5e28", point(6 * tokens**2 / ratio),
        why=f"6 × D²/{ratio:g} with D = {sci(tokens, 1)}: a model of a {ratio:g}th as many parameters as tokens. By other laws that many tokens are the best for other budgets.")  # fmt: skip
    side, over = steps.side(f.recomputed["repeated_web"], f.demand), villalobos("overtraining").value  # fmt: skip
    yield settle("w-data-overtrained", point(-side["over_years"]),
        why=f"With {over:g} times the tokens per parameter a budget asks for √{over:g} times the data, which the growth of datasets reaches {fix(side['over_years'], 1)} years sooner.")  # fmt: skip


def _ahead(p: Parameters, f: Found) -> Iterator[Settlement]:
    left, draws = f.orders.left, f.orders.draws
    once = summarise(draws["read once"], p.level)
    yield settle("s-orders-left", {f"with the filtered web {how}": sample(orders, level=p.level) for how, orders in draws.items()},
        why=f"Data alone, at {f.demand.rule.name}, leave {fix(once.median, 1)} orders beyond {sci(p.compute_now, 1)} FLOP if the filtered web is read once ({pct(p.level)}: {fix(once.low, 1)} to {fix(once.high, 1)}) and {fix(left.median, 1)} if it is repeated; "
        f"a third of it, over-trained 10 times, would leave {fix(f.orders.now_left, 1)}. Money, power and chips are not counted, and the authors call the matter hard to predict: what counts as usable would decide.")  # fmt: skip
    growth = f.meeting.growth
    web, race = growth["stock"] - 1, growth["stock"] / growth["compute"] - 1
    yield settle("w-sutskever-internet", {
            "by the letter": sample(web, level=steps.LEVEL),
            "beside the compute that is spent on it": sample(race, level=steps.LEVEL),
        },
        why=f"Pages and their size grow by {pct(float(np.median(web)), 2)} a year together, by the rates of Villalobos et al. Compute, with which the talk compares, grows {num(float(np.median(growth['compute'])), 2)} times a year, so that there are {pct(-float(np.median(race)), 2)} fewer bytes for each FLOP every year. Which is meant decides.")  # fmt: skip
    end = 2030
    at, goal = steps.ahead(p, f, end), stated("w-epoch-2e29")
    reached, read = (float(np.median(each)) for each in (at.compute, at.by_text))
    yield settle("w-epoch-2e29", {
            "with compute growing as it does": sample(at.compute, level=steps.LEVEL),
            "with filtered text as the only data, repetition counted": sample(at.by_text, level=steps.LEVEL),
        },
        why=f"Growing as it does, the largest run of {end} takes {sci(reached, 2)} FLOP. At {f.demand.rule.name} that year's filtered and repeated web suffices for {sci(read, 2)}, and for {sci(goal, 1)} in {pct(float(np.mean(at.by_text >= goal)), 2)} of the draws. "
        "The report counts images and video too, and looks at power and chips, which is not done here; whether such data replace text would decide.")  # fmt: skip


def _trillions(tokens: float) -> str:
    return f"{num(tokens / 1e12, 2)}T"


compute, of = recording("supply", steps.take, recorded, verdicts)
