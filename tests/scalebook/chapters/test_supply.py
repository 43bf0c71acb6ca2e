"""Stocks of text and the year they are used up: published figures, limits and opposite outcomes."""

import csv
import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from scalebook.chapters.common import printed
from scalebook.chapters.supply import figures, findings, outcome, steps
from scalebook.show import figures as draw
from scalinglaws import datapackage
from scalinglaws.supply import stocks, uncertain
from tests.scalebook.chapters.cells import given

DRAWS = 4000


def few(**values):
    return given("supply", **({"draws": DRAWS} | values))


P = few()
FOUND = steps.take(P)
WEB = FOUND.recomputed["repeated_web"]
R = outcome.of(P, FOUND).numbers


def told(finding, **numbers):
    """Return what a finding says where some numbers came out otherwise."""
    return finding(P, SimpleNamespace(**(vars(R) | numbers))).markdown


def met(**values):
    p = few(**values)
    return steps.meeting(p, FOUND.drawn, steps.demand(p))


def with_a_stock(folder, tokens):
    """Return the path of the bundled table with one more stock, known and counted."""
    source = datapackage.folder() / "supply_factors.csv"
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    mine = dict.fromkeys(rows[0], "")
    mine |= {"stock": "mine", "role": "sum", "factor": "mine", "power": "1", "unit": "tokens"}
    mine["value"] = str(tokens)
    path = folder / "mine.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(mine))
        writer.writeheader()
        writer.writerows([*rows, mine])
    return str(path)


# The stocks and the articles' sums


def test_the_articles_sum_in_whole_numbers():
    s = FOUND.sums
    assert (s.book_words, s.paper_words) == pytest.approx((1e13, 4e12))
    assert (s.books, s.papers, s.article_sum) == pytest.approx((13e12, 5.2e12, 18.2e12))
    assert s.catalogued == printed("loc2014.books")
    assert s.all_speech == pytest.approx(150e9 * 150 * 1.3)
    assert s.break_even * s.all_speech == pytest.approx(s.llama)


def test_papers_that_never_grew_count_in_full():
    s = steps.sums(few(paper_growth=0), FOUND.drawn)
    assert s.paper_years == pytest.approx(100)
    assert s.papers_grown_words == pytest.approx(s.paper_words)


@settings(max_examples=20, deadline=None)
@for_all(st.floats(0.001, 0.99))
def test_growth_makes_the_past_smaller(growth):
    s = steps.sums(few(paper_growth=growth), FOUND.drawn)
    assert 1 < s.paper_years < min(100, 1 + 1 / growth) + 1e-9
    assert s.catalogued_words < s.reduced_sum / FOUND.drawn.stated("tokens_per_word")
    assert s.reduced_sum < s.article_sum


def test_stated_values_multiply():
    d = FOUND.drawn
    assert d.stated("books", "words_per_book") == pytest.approx(1e13)
    assert d.stated() == 1
    assert d.point("llama3") == 15e12


def test_a_table_of_ones_own(tmp_path):
    p = few(table=with_a_stock(tmp_path, 1e17))
    found = steps.take(p)
    assert "mine" in found.drawn.table.counted
    # It dwarfs the others, half of which it holds already.
    assert found.total.whole.median == pytest.approx(1e17, rel=0.01)
    assert found.total.whole.low > 1e17
    assert found.total.stocks.keys() == FOUND.total.stocks.keys()
    name, _, quantity = figures.products(found.drawn).rows[-1]
    assert (name, quantity) == ("mine", "100,000T")
    numbers = outcome.of(p, found).numbers
    assert "adds much to the filtered web" in findings.articles(p, numbers).markdown
    assert "adds little to the filtered web" in findings.articles(P, R).markdown


# The published stocks


@pytest.mark.parametrize("stock", steps.PRINTED)
def test_the_published_stocks_follow_from_their_factors(stock):
    found = steps.recomputed(steps.drawn(few(draws=40_000)))
    median, low, high = steps.errors(stock, found[stock])
    assert median < 0.05
    assert max(low, high) < 0.08


def test_the_ranges_in_the_text_do_not_give_the_published_web():
    found = steps.recomputed(steps.drawn(few(draws=40_000)))[steps.AS_PRINTED]
    assert steps.published(steps.AS_PRINTED) == steps.published("indexed_web")
    assert min(steps.errors(steps.AS_PRINTED, found)[1:]) > 0.15


def test_errors_are_relative_to_what_is_printed():
    said = steps.villalobos("usable_web")
    found = uncertain.Summary(2 * said.value, said.low, said.high / 2, 0.95, 0, 0, 0)
    assert steps.errors("usable_web", found) == pytest.approx((1, 0, 0.5))


def test_bytes_per_token_fall_below_zero_once_in_a_thousand():
    # Six minus a lognormal number of 1 to 4: it reaches 6 at ln 3 / (ln 2 / 1.96) standard scores.
    score = math.log(3) / (math.log(2) / 1.96)
    expected = math.erfc(score / math.sqrt(2)) / 2
    assert steps.negative_bytes(few(draws=200_000)) == pytest.approx(expected, rel=0.3)


# The total and what decides


def test_overlap_takes_the_smaller_stocks_away():
    medians = [steps.total(few(overlap=o), FOUND.drawn).whole.median for o in (0, 0.5, 1)]
    assert medians == sorted(medians, reverse=True)
    counted = [FOUND.drawn.tokens[name] for name in FOUND.drawn.table.counted]
    assert medians[-1] == pytest.approx(np.median(np.max(counted, axis=0)))
    assert medians[0] == pytest.approx(np.median(np.sum(counted, axis=0)))


def test_only_uncertain_stocks_have_intervals():
    assert not {"llama3", "images", "video"} & FOUND.total.stocks.keys()
    assert all(s.low < s.median < s.high for s in FOUND.total.stocks.values())


def test_pages_decide_and_the_indices_add_up_to_one():
    swings, indices = FOUND.decisive
    assert swings[0].name == "indexed_pages"
    assert indices.names[int(np.argmax(indices.total))] == "indexed_pages"
    assert sum(indices.first) == pytest.approx(1, abs=0.1)
    assert {swing.name for swing in swings} == set(indices.names)


def test_what_decides_depends_on_the_overlap_by_little():
    whole = steps.decisive(few(overlap=1), FOUND.drawn)
    books = [indices.total[indices.names.index("books")] for _, indices in (whole, FOUND.decisive)]
    assert books[0] <= books[1] + 1e-3


# Demand


def test_the_rule_in_closed_form():
    wanted = steps.demand(few(compute_now=6e24, overtraining=1))
    assert wanted.rule.name == next(iter(wanted.laws)) == "20 tokens per parameter"
    assert wanted.tokens[wanted.rule.name] == pytest.approx(math.sqrt(20 * 1e24))


@settings(max_examples=15, deadline=None)
@for_all(st.floats(20, 30), st.floats(-2, 4))
def test_over_training_takes_its_root_in_data(log_compute, log_over):
    over, plain = (
        steps.demand(few(compute_now=10**log_compute, overtraining=k)).tokens
        for k in (10**log_over, 1)
    )
    for law in plain:
        assert over[law] == pytest.approx(plain[law] * 10 ** (log_over / 2))


def test_the_law_asked_for_comes_last_unless_it_is_there():
    assert [*steps.demand(few(law="kaplan2020-allocation")).laws][-1] == "kaplan2020-allocation"
    assert len(steps.demand(few(law="llama3-figure")).laws) == 1 + len(steps.LAWS)


# When they meet


def test_the_published_year():
    said = steps.villalobos("exhaustion")
    found = FOUND.meeting.at[steps.MIXED]
    assert found.median == pytest.approx(said.value, abs=1)
    assert said.low < found.low < found.high < said.high


def test_half_and_half_lies_between_the_two():
    at = FOUND.meeting.at
    data, compute = at[steps.CODE], at[steps.compute_trend(FOUND.demand.rule.name)]
    low, high = sorted((data.median, compute.median))
    assert low <= at[steps.MIXED].median <= high
    three = FOUND.meeting.by_stock["repeated_web"]
    assert [s.median for s in three] == [data.median, compute.median, at[steps.MIXED].median]


def test_larger_stocks_last_longer():
    years = {name: three[2].median for name, three in FOUND.meeting.by_stock.items()}
    assert years["usable_web"] < years["repeated_web"] < years["whole_web"]
    assert years["repeated_web"] < years["indexed_web"]


def test_demand_that_shrinks_never_meets_the_stock():
    found = met(dataset_growth_low=-1, dataset_growth_high=-1)
    # A draw whose demand is ahead already has met it ever since.
    assert found.at[steps.CODE].median == steps.NEVER
    assert (found.growth["datasets"] == 0.1).all()
    assert {row[0]: row[1] for row in figures.years(found).rows}[steps.CODE] == "never"


def test_demand_that_is_far_ahead_met_it_long_ago():
    found = met(compute_now=1e30, compute_growth_low=0.5, compute_growth_high=0.5)
    name = steps.compute_trend("besiroglu2024")
    assert found.at[name].median == 0
    called = steps.compute_trend(figures.LAWS["besiroglu2024"])
    assert {row[0]: row[1] for row in figures.years(found).rows}[called] == "long ago"


def test_more_compute_or_over_training_brings_the_year_nearer():
    name = steps.compute_trend(FOUND.demand.rule.name)
    now = FOUND.meeting.at[name].median
    assert met(compute_now=5e26).at[name].median < now
    assert met(overtraining=10).at[name].median < now < met(overtraining=0.1).at[name].median
    assert met(overtraining=10).at[steps.CODE] == FOUND.meeting.at[steps.CODE]


def test_growth_without_a_range_is_drawn_as_known():
    p = few(compute_growth_low=4, compute_growth_high=4)
    found = steps.take(p)
    assert found.meeting.growth["compute"].shape == (DRAWS,)
    assert found.middle.compute_growth == pytest.approx(4)
    draw.as_svg(figures.lead(p, found).figure)


def test_the_middle_meets_where_the_draws_do():
    middle, at = FOUND.middle, FOUND.meeting.at
    by_compute = at[steps.compute_trend(FOUND.demand.rule.name)]
    assert middle.year_by_compute == pytest.approx(by_compute.median, abs=0.1)
    assert middle.year_by_data == pytest.approx(at[steps.CODE].median, abs=0.1)
    half = steps.halfway(middle.year_by_compute, middle.year_by_data)
    assert half == pytest.approx(at[steps.MIXED].median, abs=0.1)
    assert middle.web_low < middle.web < middle.web_high


def test_what_ifs_move_the_year_of_computes_trend():
    plain = FOUND.meeting.at[steps.compute_trend(FOUND.demand.rule.name)].median
    assert FOUND.meeting.overtrained.median < plain < FOUND.meeting.slow.median
    over = met(overtraining=steps.OVER).at[steps.compute_trend(FOUND.demand.rule.name)].median
    assert FOUND.meeting.overtrained.median == pytest.approx(over)


def test_three_times_the_text_lasts_longer():
    assert steps.longer(3.0, 1.0, 3) == pytest.approx(1)
    assert steps.longer(1.08, 1.08, 3) == steps.longer(1.0, 1.08, 3) == steps.NEVER


def test_the_ranges_of_growth_are_the_parameters():
    found = steps.rises(few(dataset_growth_low=0.1, compute_growth_high=6))
    assert found["dataset_growth"].low == 0.1
    assert found["compute_growth"].high == 6
    assert found["dataset_now"].level == steps.villalobos("dataset_now").level


# What is left


def test_orders_invert_demand():
    left, webs = FOUND.orders, [FOUND.total.stocks[name].median for name in steps.LADDER]
    rule = left.by_law[FOUND.demand.rule.name]
    assert rule[0] == pytest.approx(math.log10(6 * webs[0] ** 2 / 20 / 5e25))
    for name, law in FOUND.demand.laws.items():
        compute = P.compute_now * 10 ** left.by_law[name]
        assert stocks.tokens_for_compute(law, compute) == pytest.approx(webs, rel=1e-6)


def test_the_orders_of_the_draws_are_those_of_the_median():
    by_rule = FOUND.orders.by_law[FOUND.demand.rule.name]
    assert FOUND.orders.left.median == pytest.approx(by_rule[1], abs=0.02)
    assert FOUND.orders.now_left == pytest.approx(by_rule[0] - 2 * math.log10(3) - 1)


def test_side_results_by_hand():
    side = steps.side(WEB, FOUND.demand)
    tokens = printed("villalobos2024.exhaustion.tokens")
    assert side["exhaustion_compute"] == pytest.approx(6 * tokens**2 / 20)
    assert side["over_compute"] == pytest.approx(6 * WEB.median**2 / 20 / 5)
    keys = ("exhaustion.compute", "overtraining.earlier", "overtraining.compute")
    for key, found in zip(keys, side.values(), strict=True):
        assert found == pytest.approx(printed(f"villalobos2024.{key}"), rel=0.08)


def test_answers_to_the_exercises():
    found = steps.exercises(P, FOUND.drawn, WEB)
    gap = math.log(WEB.median / printed("llama3.trained.tokens"))
    year = printed("villalobos2024.base_year") + gap / math.log(1.2 / steps.stock_growth())
    assert found["exercise_year"] == pytest.approx(year)
    crawl = FOUND.recomputed["common_crawl"]
    assert found["exercise_crawl_low"] < crawl.low < crawl.high < found["exercise_crawl_high"]


# Results and verdicts


def test_tokens_per_word_are_those_of_two_papers():
    low, high = outcome.words()
    assert low == pytest.approx(1.25)
    assert high == pytest.approx(1.41, abs=0.005)


def test_results_hold_the_ends_of_what_they_name():
    found = outcome.recorded(P, FOUND)
    assert (found["blog_low"], found["blog_high"], found["blog_level"]) == (100e12, 1000e12, 0.9)
    assert found["pages_text_high"] == 1.2e12
    assert found["pages_code_high"] == 1e12
    assert found["bytes_offset"] == 6
    assert found["gain_cut"] == 5
    assert found["enough_low"] == pytest.approx(10 ** found["left_low"])
    assert found["enough"] == pytest.approx(10**FOUND.orders.left.median)
    assert found["spread_low"] < found["year"] < found["spread_high"]


def one(claim, **values):
    p = few(**values)
    return next(c for c in outcome.verdicts(p, steps.take(p)) if c.claim.id == claim)


def test_how_many_orders_are_left_hangs_on_the_reading():
    found = one("s-orders-left")
    assert found.verdict == "open"
    assert found.rows[0].probability > found.rows[1].probability
    assert one("s-orders-left", compute_now=1e30).verdict == "holds"
    assert one("s-orders-left", compute_now=1e21).verdict == "fails"


def test_the_stock_is_met_in_the_years_stated_or_not():
    now, late = one("w-data-2028"), {"compute_growth_low": 1.3, "compute_growth_high": 1.4}
    slow = late | {"dataset_growth_low": 0.05, "dataset_growth_high": 0.06}
    assert now.verdict == "holds"
    assert one("w-data-2028", **slow).verdict == "fails"
    share, wide = one("w-epoch-80ci"), one("w-epoch-80ci", **slow)
    assert share.rows[0].recomputed == pytest.approx(now.probability)
    assert "is narrower than theirs" in share.why
    assert (share.verdict, wide.verdict) == ("roughly", "fails")
    assert one("w-data-2022", **slow).verdict == "fails"
    early = {"compute_growth_low": 400.0, "compute_growth_high": 500.0}
    fast = early | {"dataset_growth_low": 2.0, "dataset_growth_high": 2.5}
    assert one("w-data-2022", **fast).verdict == "holds"


def test_runs_of_2030_are_as_large_as_the_growth_lets_them():
    found = one("w-epoch-2e29")
    assert [row.verdict for row in found.rows] == ["holds", "open"]
    assert found.rows[0].recomputed == pytest.approx(4e29, rel=0.05)
    slow = one("w-epoch-2e29", compute_growth_low=1.5, compute_growth_high=2.0)
    assert slow.rows[0].verdict == "fails"
    at = steps.ahead(P, FOUND, 2024)
    assert at.compute == pytest.approx(P.compute_now)
    assert at.stock == pytest.approx(FOUND.drawn.tokens["repeated_web"][: at.stock.size])


def test_the_data_grow_but_not_beside_the_compute():
    assert [row.verdict for row in one("w-sutskever-internet").rows] == ["fails", "holds"]
    still = one("w-sutskever-internet", compute_growth_low=0.9, compute_growth_high=0.95)
    assert still.verdict == "fails"


def test_transcripts_add_less_than_an_order_whatever_is_spoken():
    found = one("s-order-or-two")
    assert found.verdict == "fails"
    assert found.rows[0].high < np.log10(1 + FOUND.sums.all_speech / FOUND.sums.llama)


def test_derived_claims_follow_from_what_is_stated(tmp_path):
    table = with_a_stock(tmp_path, 1e12)
    verdicts = {each.claim.id: each for each in outcome.verdicts(P, FOUND)}
    for name in ("h-books-papers-tokens", "h-double-llama3", "h-25x", "w-data-5e28"):
        assert verdicts[name].claim.follows_from
        assert verdicts[name].verdict == "holds"
        assert one(name, table=table).rows == verdicts[name].rows


def test_full_overlap_leaves_llama_3s_set_as_it_is():
    p = few(overlap=1)
    double = next(c for c in outcome.verdicts(p, FOUND) if c.claim.id == "h-double-llama3")
    assert double.rows[0].recomputed == pytest.approx((15 + 18.2) / 15)
    assert "1.00 times with 100% of it in the set already" in double.why


# Figures and tables


def test_products_divide_by_bytes_per_token():
    rows = {row[0]: row[1:] for row in figures.products(FOUND.drawn).rows}
    assert rows["Common Crawl"] == ["75B pages × 7,000 bytes/page ÷ 4 bytes/token", "131T"]
    assert rows["YouTube, spoken words"][0].endswith("× 0.219")


def test_the_table_of_published_stocks():
    rows = {row[0]: row for row in figures.published(FOUND.recomputed).rows}
    assert rows["Common Crawl"][1:3] == ["130", "100 to 260"]
    assert rows["… with the ranges in the text"][1:3] == rows["indexed web"][1:3]
    assert len(rows) == 6


def test_stocks_are_drawn_by_size_with_the_total_on_top():
    ax = figures.all_stocks(P, FOUND.drawn, FOUND.total).figure.axes[0]
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names[-2:] == ["whole web", "total"]
    assert names[0] == "YouTube, filtered"
    diamonds = [line for line in ax.lines if line.get_marker() == "D"]
    assert [float(line.get_xdata()[0]) for line in diamonds] == sorted(
        printed(f"villalobos2024.{name}") for name in steps.PRINTED
    )


def test_the_widest_bar_is_on_top_and_first_in_the_caption():
    found = figures.decides(P, FOUND.total, FOUND.decisive)
    names = [text.get_text() for text in found.figure.axes[0].get_yticklabels()]
    assert names[-1] == "indexed pages"
    assert "First: indexed pages; then the" in found.caption
    label = max(found.figure.axes[0].texts, key=lambda text: text.xy[1])
    assert label.xy[1] == len(names) - 1


def test_the_table_of_demand_says_how_it_is_trained():
    assert "compute-optimal" in figures.demand(P, FOUND.demand).caption
    p = few(overtraining=10)
    over = figures.demand(p, steps.demand(p))
    assert "with 10 times the best tokens" in over.caption
    assert over.rows[0][1:3] == ["40.8", "200"]
    assert figures.demand(P, FOUND.demand).rows[0][1:3] == ["12.9", "20.0"]


def test_the_table_of_years_ends_with_the_published_one():
    rows = figures.years(FOUND.meeting).rows
    assert rows[-1] == ["published", "2028", "2026 to 2032"]
    assert rows[0][1] == figures.moment(FOUND.meeting.at[steps.CODE].median)


def test_published_against_recomputed():
    rows = {row[0]: row[1:] for row in figures.compared(FOUND).rows}
    assert rows["images, tokens"] == ["300T", "600T", "100%"]
    assert rows["video at 10 tokens a second"][:2] == ["1.35 × 10¹⁵", "1.35 × 10¹⁵"]
    assert rows["median year"] == ["2028", figures.moment(FOUND.meeting.at[steps.MIXED].median), ""]


def test_the_year_stands_for_each_assumption():
    found = figures.dates(P, FOUND)
    texts = [text.get_text() for text in found.figure.axes[0].texts]
    assert texts[0] == "published: 2028"
    assert texts[1] == f"half and half: {figures.moment(FOUND.meeting.at[steps.MIXED].median)}"
    assert len(texts) == 6 + len(steps.LADDER) - 1
    slow = few(compute_growth_low=0.9, compute_growth_high=0.95)
    late = figures.dates(slow, steps.take(slow))
    assert "compute's trend alone: never" in [text.get_text() for text in late.figure.axes[0].texts]


def test_the_table_of_what_is_left():
    rows = figures.left(P, FOUND).rows
    assert [row[0] for row in rows] == [figures.named(stock) for stock in steps.LADDER]
    assert rows[0][3].startswith("1.8 (1.")
    assert rows[1][2].startswith(f"{figures.year(FOUND.meeting.at[steps.MIXED].median)} (")


def test_the_table_of_the_articles():
    rows = {row[0]: row[1:] for row in figures.articles(P, FOUND).rows}
    assert rows["books"][0] == "13T"
    assert rows["YouTube, spoken words"][0] == "less than 15T"


# The control


def test_the_control_begins_with_the_chapters_numbers():
    control = figures.lead(P, FOUND).control
    begin = control.evaluate({each.name: each.value for each in control.inputs})
    assert begin["year"] == pytest.approx(FOUND.meeting.at[steps.MIXED].median, abs=0.1)
    assert begin["year_compute"] == pytest.approx(FOUND.middle.year_by_compute)
    assert begin["year_data"] == pytest.approx(FOUND.middle.year_by_data)
    assert begin["demand"] == pytest.approx(FOUND.demand.tokens[FOUND.demand.rule.name])
    stock = next(each.value for each in control.inputs if each.name == "stock")
    assert stock == WEB.median


@settings(max_examples=30, deadline=None)
@for_all(st.floats(1.3, 10), st.floats(1.3, 10), st.floats(13, 16), st.floats(0.4, 3.3))
def test_the_control_computes_what_the_library_does(growth, sets, log_stock, log_ratio):
    control = figures.lead(P, FOUND).control
    found = control.evaluate(
        {"growth": growth, "sets": sets, "stock": 10**log_stock, "ratio": 10**log_ratio}
    )
    rule, web = stocks.ratio_rule(10**log_ratio), FOUND.middle.web_growth
    demand = stocks.tokens_for_compute(rule, P.compute_now)
    met = stocks.crossing_year(2024, 10**log_stock, web, demand, stocks.demand_growth(rule, growth))
    assert found["year_compute"] == pytest.approx(met)
    start = FOUND.middle.dataset_now
    met = stocks.crossing_year(2024, 10**log_stock, web, start, sets)
    assert found["year_data"] == pytest.approx(met)
    assert found["low"] < found["year"] < found["high"]


def test_demand_that_gains_nothing_meets_the_stock_in_a_far_year():
    control = figures.lead(P, FOUND).control
    begin = {each.name: each.value for each in control.inputs}
    assert control.evaluate(begin | {"growth": 1.1})["year_compute"] > 1e5
    assert control.evaluate(begin | {"stock": 1e13, "ratio": 2000})["year_compute"] < 2024


# What is said


def test_the_short_answer_at_every_outcome():
    assert told(findings.short_answer).startswith("> **Short answer.** Late 2028, if compute")
    assert "if compute only doubles each year, 2035" in told(findings.short_answer)
    assert "only doubles" not in told(findings.short_answer, compute_growth=2.1)
    assert "Never, if compute" in told(findings.short_answer, year=steps.NEVER)
    assert "Before 2024, if" in told(findings.short_answer, year=2020.5)
    assert "2027 to never" in told(findings.short_answer, spread_high=steps.NEVER)


@pytest.mark.parametrize(
    ("value", "written", "said"),
    [
        (2028.9, "late 2028", "in late 2028"),
        (2029.0, "early 2029", "in early 2029"),
        (2030.5, "mid-2030", "in mid-2030"),
        (steps.NEVER, "never", "never"),
        (1000, "long ago", "long ago"),
    ],
)
def test_moments_are_told_by_thirds_of_a_year(value, written, said):
    assert figures.moment(value) == written
    assert figures.when(value) == said


def test_findings_follow_the_numbers():
    assert "These are the stocks that" in told(findings.stock)
    assert "one stock differs by 50%" in told(findings.stock, worst_end=0.5)
    assert "less than 51% of the minutes" in told(findings.articles)
    assert "Even if someone spoke" in told(findings.articles, break_even=1.2)
    assert "next to nothing" in told(findings.decides)
    assert "next to nothing" not in told(findings.decides, pages_total=0.2)
    assert "count pages" in told(findings.decides_takeaway)
    assert "filtering" in told(findings.decides_takeaway, pages_total=0.2, usable_total=0.7)
    assert "neither" in told(findings.decides_takeaway, pages_total=0.1, usable_total=0.2)
    assert "So the two agree, and the interval here is the narrower" in told(findings.meeting)
    assert "So the two do not agree." in told(findings.meeting, year=2040.0)
    assert "never meets it, whatever its size" in told(findings.meeting, pace=1.0)
    assert "growth decides" in told(findings.meeting_takeaway)
    assert "counts as well" in told(findings.meeting_takeaway, pace=1.2)
    assert "depends on growth" in told(findings.meeting_takeaway, pace=1.0)
    assert "Text leaves room" in told(findings.left_takeaway)
    assert "already asks for more" in told(findings.left_takeaway, enough=0.5)
    assert "cannot be told" in told(findings.left_takeaway, enough_low=0.5)
