"""What the chapter on the supply of text comes to: its results and its verdicts."""

import math
from collections.abc import Iterator

import numpy as np

from scalebook.chapters.common import low_high, printed, ranged, recording, stated
from scalebook.chapters.parameter import Parameters
from scalebook.chapters.supply import steps
from scalebook.chapters.supply.steps import AS_PRINTED, PRINTED, Found, villalobos
from scalebook.record.claims import Settlement, Verdicts, settle
from scalebook.record.results import numbers_of
from scalebook.show.numbers import fix, pct, qty, sci
from scalinglaws.optimum import repetition
from scalinglaws.registry import Printed
from scalinglaws.supply.uncertain import Distribution, Summary, summarise

#: What Villalobos et al. print, by the names that it is recorded under.
PUBLISHED = {
    "gain_cut": "repetition.text", "images_published": "images", "video_published": "video",
    "growth_published": "dataset_growth", "published_year": "exhaustion", "start_text": "dataset_now.text",
    "exhaustion_tokens": "exhaustion.tokens", "exhaustion_compute_published": "exhaustion.compute",
    "over": "overtraining", "over_years_published": "overtraining.earlier",
    "over_compute_published": "overtraining.compute", "first_ratio": "tokens_per_param",
}  # fmt: skip


def recorded(p: Parameters, f: Found) -> dict[str, object]:
    """Return the numbers that the chapter records."""
    d, s, web, mixed = f.drawn, f.sums, f.recomputed, f.meeting.at[steps.MIXED]
    post, year, start, gain = map(villalobos, ("blog.repeated_web", "exhaustion", "dataset_now", "repetition.text"))  # fmt: skip
    ranges = {name: factor.distribution for name, factor in d.factors.items()}
    off = {name: steps.errors(name, summary) for name, summary in web.items()}
    repeated = steps.LADDER.index("filtered and repeated")
    uploaded = 60 * d.stated("upload_rate", "minutes_per_year")
    return {
        **numbers_of(s, but=["paper_words", "llama"]), **steps.side(web["repeated_web"], f.demand),
        **steps.exercises(p, d, web["repeated_web"]), **_sharing(f), **_indices(f),
        **_ends(
            "median", crawl=web["common_crawl"], web=web["indexed_web"], usable=web["usable_web"],
            repeated=web["repeated_web"], printed=web[AS_PRINTED], kept=f.total.stocks["usable_youtube"],
            total=f.total.whole, left=f.orders.left,
        ),
        **_ends(
            year=mixed, repeated_90=summarise(d.tokens["repeated_web"], post.level), published=year, start=start,
            gain=gain, gain_code=ranges["repetition_gain"],
            pages_code=ranges["indexed_pages"], pages_text=ranges["indexed_pages_printed"],
        ),
        **_ends("value", "level", blog=post), **_ends("offset", bytes=steps.bundled().distributions()["bytes_per_token"]),
        **{name: villalobos(key).value for name, key in PUBLISHED.items()},
        **low_high("ratio", words()), "whole_median": web["whole_web"].median, "paper_growth_published": printed("bornmann2021.growth"),
        "minutes": d.stated("video_minutes"), "all_speech_share": s.all_speech / s.llama,
        "all_speech_kept": 0.1 * s.all_speech / 1e12, "break_even_third": s.break_even / 3,
        "upload_rate": d.stated("upload_rate"), "upload_years": d.stated("video_minutes") / uploaded,
        "bytes_stated": d.stated("bytes_per_token"), "bytes_negative": steps.negative_bytes(p),
        "tokens_per_word": d.stated("tokens_per_word"), "video_rate": d.stated("tokens_per_second"),
        "video_implied": d.stated("tokens_per_second") * villalobos("video").value / d.point("video"),
        "images": d.point("images"), "video": d.point("video"), "crawled": d.stated("crawled_pages"),
        "added": f.total.whole.median / f.total.stocks["usable_web"].median - 1,
        "law_spread": max(f.demand.tokens.values()) / min(f.demand.tokens.values()),
        "year_level": year.level, "never": steps.NEVER, "year_mixture": mixed.median, "assumed_level": steps.rises(p)["compute_growth"].level,
        "worst_median": max(off[name][0] for name in PRINTED),
        "worst_end": max(max(off[name][1:]) for name in PRINTED), "printed_end": min(off[AS_PRINTED][1:]),
        "start_shift": f.meeting.at[steps.CODE].median - f.meeting.at[steps.TEXT].median,
        **ranged("orders", (left[repeated] for left in f.orders.by_law.values())), "ten_years": steps.ten_years(p),
        "trained": printed("llama3.trained.tokens"), "stock_growth": steps.stock_growth(),
    }  # fmt: skip


def _ends(*also: str, **found: Summary | Distribution | Printed) -> dict[str, float]:
    fields = ("low", "high", *also)
    return {f"{name}_{field}": getattr(each, field) for name, each in found.items() for field in fields}  # fmt: skip


def _sharing(f: Found) -> dict[str, float]:
    shared, apart = f.total.whole, f.total.independent
    width = np.log(shared.high / shared.low)
    noise = np.hypot(apart.low_error / apart.low, apart.high_error / apart.high)
    effect = abs(np.log(apart.high / apart.low) / width - 1)
    return {"sharing_effect": float(effect), "sharing_noise": float(noise / width)}


def _indices(f: Found) -> dict[str, float]:
    _, found = f.decisive
    pages, usable = map(found.names.index, ("indexed_pages", "usable_share"))
    return {"pages_total": found.total[pages], "pages_error": found.total_error[pages], "usable_total": found.total[usable]}  # fmt: skip


def words() -> tuple[float, float]:
    """Return the tokens per word of Villalobos et al. and of Kaplan et al."""
    texts = (printed(f"kaplan2020.webtext2.{unit}") for unit in ("tokens", "words"))
    return 1 / villalobos("words_per_token").value, next(texts) / next(texts)


def verdicts(p: Parameters, f: Found) -> Verdicts:
    """Settle the claims of the chapter."""
    return Verdicts((*_easy(p, f), *_hard(p, f)))


def _easy(p: Parameters, f: Found) -> Iterator[Settlement]:
    s, per_word = f.sums, f.drawn.stated("tokens_per_word")
    yield settle("h-loc-words", s.book_words,
        why=f"The product is exact. It is an upper bound: the {qty(s.catalogued)} catalogued books would be {qty(s.catalogued_words)} words.")  # fmt: skip
    yield settle("h-papers-words", s.paper_words,
        why=f"The product is exact, for a century at today's rate. Had the rate grown by {pct(p.paper_growth)} a year, the century would count as {fix(s.paper_years, 1)} years and {qty(s.papers_grown_words)} words.")  # fmt: skip
    low, high = words()
    yield settle("h-tokens-per-word", math.sqrt(low * high), low, high, against="law",
        why=f"Villalobos et al. have {fix(low)} for web text ({villalobos('words_per_token').value:g} words a token), Kaplan et al. {fix(high)} for WebText2; the value is their geometric mean. It depends on the tokenizer and the text.")  # fmt: skip
    yield settle("h-books-papers-tokens", s.article_sum,
        why=f"({qty(s.book_words)} + {qty(s.paper_words)}) words × {per_word:g} tokens per word, as the article adds them.")  # fmt: skip
    whole, less, reduced = (
        (s.llama + added) / s.llama
        for added in (s.article_sum, (1 - p.overlap) * s.article_sum, s.reduced_sum)
    )
    yield settle("h-double-llama3", whole,
        why=f"The sum is {fix(whole)} times Llama 3's set without overlap, {fix(less)} times with {pct(p.overlap)} of it in the set already, and {fix(reduced)} times with catalogued books and growing papers.")  # fmt: skip


def _hard(p: Parameters, f: Found) -> Iterator[Settlement]:
    crawl, d = f.recomputed["common_crawl"], f.drawn
    usable = summarise(d.tokens["common_crawl"] * d.values["usable_share"], steps.LEVEL)
    yield settle("h-commoncrawl", crawl.median, crawl.low, crawl.high, against="law",
        why=f"Unique pages × bytes per page ÷ bytes per token give {qty(crawl.median)} (95%: {qty(crawl.low)} to {qty(crawl.high)}), {pct(crawl.median / stated('h-commoncrawl') - 1)} more than stated and {qty(crawl.median, 1)} to one digit; "
        f"published are {qty(villalobos('common_crawl').value)}. Filtered for quality, {qty(usable.median, 2)} ({qty(usable.low, 2)} to {qty(usable.high, 2)}) would be left.")  # fmt: skip
    used, made = repetition.published().decay, stated("h-synthetic-5x")
    five, limit = float(used.value(stated("h-epochs-5x"))), float(used.limit())
    yield settle("h-25x", five * made, five, limit * made, against="law",
        why=f"Of the number alone: five passes are worth {fix(five)} fresh ones, so {fix(five * made, 1)} in all if synthetic text counts as fresh, which is an assumption; {fix(five, 1)} if it counts for nothing. Nor is repetition used up at five: its limit is {fix(limit, 1)}.")  # fmt: skip
    s, tokens, left = f.sums, d.tokens["youtube"], f.orders.left
    speech, kept = (d.factors[name].distribution for name in ("speech_share", "usable_share"))
    yield settle("s-youtube", f.total.stocks["youtube"].median, 0.0, s.all_speech, against="law",
        why=f"All minutes as speech would be {qty(s.all_speech)} tokens; it is less than {qty(s.llama)} if less than {pct(s.break_even)} of them are speech. The article says only that most have little or no usable audio, which makes it less, and does not fix how much less. "
        f"With our range of {pct(speech.low)} to {pct(speech.high)} it is below in {pct(float(np.mean(tokens < s.llama)))} of the draws.")  # fmt: skip
    yield settle("s-youtube-dedup", kept.median, kept.low, kept.high, against="law",
        why=f"None of these sources measures what filtering leaves of transcribed video. Of deduplicated web text it leaves {pct(kept.low)} to {pct(kept.high)}; a tenth is the low end of that.")  # fmt: skip
    yield settle("s-orders-left", left.median, left.low, left.high, against="law",
        why=f"By data alone, {f.demand.rule.name} and the filtered and repeated web leave {fix(left.median, 1)} orders beyond {sci(p.compute_now, 1)} FLOP ({pct(p.level)}: {fix(left.low, 1)} to {fix(left.high, 1)}); "
        f"a third of the filtered web, over-trained 10 times, would leave {fix(f.orders.now_left, 1)}. What counts as usable decides, and the article does not say.")  # fmt: skip


compute, of = recording("supply", steps.take, recorded, verdicts)
