import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import datapackage, registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.optimum import dense
from scalinglaws.supply import stocks as supply
from scalinglaws.supply import uncertain

DRAWS = 400_000
laws_of_data = st.sampled_from(
    [
        registry.parametric("besiroglu2024"),
        registry.parametric("hoffmann2022"),
        registry.published["llama3"],
        supply.ratio_rule(20),
    ]
)


def columns(text):
    header, *rows = csv.reader(io.StringIO(text.strip()))
    return {name: [row[place] for row in rows] for place, name in enumerate(header)}


def read(text):
    return supply.read(columns(text), "mine.csv")


BOOKS = """
stock,factor,power,value,low,high,unit
books,books,1,100M,50M,200M,books
books,words_per_book,1,1e5,,,words/book
books,words_per_token,-1,0.75,0.7,0.8,words/token
"""


@pytest.fixture(scope="module")
def bundled():
    name, cells = datapackage.cells("supply_factors", "supply_factors")
    return supply.read(cells, name)


@pytest.fixture(scope="module")
def draws(bundled):
    return bundled.tokens(uncertain.sample(bundled.distributions(), DRAWS, 3))


def test_a_stock_is_the_product_of_its_factors():
    found = read(BOOKS)
    assert found["books"].point == pytest.approx(1e8 * 1e5 / 0.75)
    values = {name: each.median for name, each in found.distributions().items()}
    assert found.tokens(values)["books"] == pytest.approx(1e8 * 1e5 / np.sqrt(0.7 * 0.8))
    assert found.counted == ("books",)


SHARED = """
stock,factor,value,low,high,unit
one,wide,,1,100,tokens
other,wide,,,,tokens
other,narrow,,1,2,x
"""


def test_factors_of_one_name_share_their_draws():
    def correlation(found):
        values = uncertain.sample(found.distributions(), 20_000, 1)
        return np.corrcoef(np.log(list(found.tokens(values).values())))[0, 1]

    found = read(SHARED)
    assert len(found.distributions()) == 2
    assert len(found.unshared().distributions()) == 3
    assert correlation(found) == pytest.approx(np.cos(np.arctan(np.log(2) / np.log(100))), abs=0.01)
    assert abs(correlation(found.unshared())) < 0.03


STOCKS = ["common_crawl", "indexed_web", "usable_web", "repeated_web", "whole_web"]


@pytest.mark.parametrize("stock", STOCKS)
def test_the_published_stocks_follow_from_their_factors(draws, stock):
    printed = registry.printed(f"villalobos2024.{stock}")
    found = uncertain.summarise(draws[stock])
    for value, error, figure in (
        (found.median, found.median_error, printed.value),
        (found.low, found.low_error, printed.low),
        (found.high, found.high_error, printed.high),
    ):
        # Printed to two digits; rounded factors add up to 3.5%.
        assert value == pytest.approx(figure, abs=4 * error, rel=0.035)


def test_the_ranges_printed_in_the_text_do_not_give_the_printed_stock(draws):
    printed = registry.printed("villalobos2024.indexed_web")
    found = uncertain.summarise(draws["indexed_web_as_printed"])
    assert found.low > 1.25 * printed.low
    assert found.high > 1.15 * printed.high


def test_the_article_adds_up(bundled):
    assert bundled["books"].point == pytest.approx(1.3e13)
    assert bundled["papers"].point == pytest.approx(5.2e12)
    assert bundled["books"].point + bundled["papers"].point == pytest.approx(18.2e12)


def test_video_was_counted_at_ten_tokens_a_second(bundled):
    published = registry.printed("villalobos2024.video").value
    assert bundled["video"].point / 3 == pytest.approx(published, rel=0.005)


@given(st.lists(st.floats(1, 1e15), min_size=1, max_size=5), st.floats(0, 1))
def test_a_total_lies_between_the_largest_and_the_sum(stocks, overlap):
    tokens = {str(place): np.array([stock]) for place, stock in enumerate(stocks)}
    found = supply.total(tokens, overlap)[0]
    assert max(stocks) * (1 - 1e-9) <= found <= sum(stocks) * (1 + 1e-9)
    assert supply.total(tokens, 0)[0] == pytest.approx(sum(stocks))
    assert supply.total(tokens, 1)[0] == pytest.approx(max(stocks))


@pytest.mark.parametrize("overlap", [-0.1, 1.5, np.nan])
def test_an_overlap_is_a_share(overlap):
    with pytest.raises(ScalingLawsError, match="expected a share from 0 to 1"):
        supply.total({"a": np.ones(2)}, overlap)


def test_nothing_has_no_total():
    with pytest.raises(ScalingLawsError, match="no stock to add up"):
        supply.total({}, 0.5)


@given(st.floats(0.001, 0.2), st.integers(1, 300))
def test_years_at_todays_rate_are_a_sum(growth, years):
    plain = sum((1 + growth) ** -i for i in range(years))
    assert supply.years_at_todays_rate(growth, years) == pytest.approx(plain)


def test_a_century_without_growth_is_a_century():
    assert supply.years_at_todays_rate([0.0, 1e-12], 100) == pytest.approx([100, 100])
    assert supply.years_at_todays_rate(0.041, np.inf) == pytest.approx(1 + 1 / 0.041)


@given(laws_of_data, st.floats(1e20, 1e30), st.floats(0.1, 100))
def test_compute_and_tokens_invert(law, compute, overtraining):
    tokens = supply.tokens_for_compute(law, compute, overtraining)
    back = supply.compute_for_tokens(law, tokens, overtraining)
    assert back == pytest.approx(compute, rel=1e-9)


def test_overtraining_keeps_the_compute_and_raises_the_ratio():
    law = registry.parametric("besiroglu2024")
    best = dense.optimal(law, 1e25)
    tokens = supply.tokens_for_compute(law, 1e25, 5)
    params = 1e25 / (6 * tokens)
    assert tokens / params == pytest.approx(5 * best.tokens_per_param)


def test_the_ratio_rule_is_chinchillas():
    rule = supply.ratio_rule(20)
    assert rule.tokens(5.88e23) == pytest.approx(1.4e12)
    assert rule.params(5.88e23) == pytest.approx(7e10)
    # Villalobos et al.: 4e14 tokens are 5e28 FLOP; sqrt(5) times the data when over-trained by 5.
    assert supply.compute_for_tokens(rule, 4e14) == pytest.approx(4.8e28)
    assert supply.compute_for_tokens(rule, 3.2e14, 5) == pytest.approx(6e27, rel=0.03)


@given(laws_of_data, st.floats(1.1, 10))
def test_demand_grows_as_the_law_has_it(law, growth):
    one, later = (float(supply.tokens_for_compute(law, c)) for c in (1e24, 1e24 * growth))
    assert supply.demand_growth(law, growth) == pytest.approx(later / one, rel=1e-9)


@given(st.floats(1e12, 1e16), st.floats(1, 1.1), st.floats(1e10, 1e12), st.floats(1.2, 5))
def test_stock_and_demand_are_equal_when_they_cross(stock, slow, demand, fast):
    year = supply.crossing_year(2024, stock, slow, demand, fast)
    assert year >= 2024
    assert stock * slow ** (year - 2024) == pytest.approx(demand * fast ** (year - 2024), rel=1e-6)


def test_demand_that_does_not_catch_up_never_crosses():
    assert supply.crossing_year(2024, 1e14, 1.1, 1e13, 1.05) == np.inf
    assert supply.crossing_year(2024, 1e14, 1.1, 1e13, 1.1) == np.inf
    assert supply.crossing_year(2024, 1e13, 1.1, 1e14, 1.05) == -np.inf
    assert supply.crossing_year(2024, 1e13, 1.0, 1e14, 10.0) == 2023


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("books,books,1,1e8,2e8,1e8,books", "row 1, column low: 2e+08 is above 1e+08 in column"),
        ("books,part,1,1.2,,,share", "row 1, column value: 1.2 is not a share; expected a number"),
        ("books,part,1,,0.1,1.4,share", "row 1, column high: 1.4 is not a share"),
        ("books,part,1,,-0.1,0.4,share", "row 1, column low: -0.1 is not a share"),
        ("books,books,1,many,,,books", "row 1, column value: 'many' is not a quantity"),
        ("books,books,2,1e8,,,books", "row 1, column power: '2' was given; expected 1, or -1"),
        ("books,books,1,1e8,5e7,,books", "row 1, column high: the cell is empty; give both ends"),
        ("books,books,1,,,,books", "row 1, column value: the cell is empty, and so is the range"),
        ("books,books,1,0,,,books", "row 1, column value: 0 was given; expected a positive"),
        (",books,1,1e8,,,books", "row 1, column stock: the cell is empty; expected a name"),
        (
            "books,books,1,1e8,,,books\nbooks,length,1,1e5,,,words/book",
            "rows 1 and 2, column unit: the factors of 'books' multiply out to words, expected tok",
        ),
        (
            "books,books,1,1e8,,,books\nbooks,length,-1,1e5,,,words/book",
            "multiply out to books\\*books/word, expected tokens",
        ),
        (
            "a,t,1,1e8,,,tokens\nb,t,1,1e9,,,tokens",
            "row 2, column factor: 't' has other numbers than in row 1",
        ),
        (
            "a,t,1,1e8,,,tokens\nb,t,1,,,,words",
            "row 2, column unit: words is not the tokens of 't' in row 1",
        ),
    ],
)
def test_bad_rows_are_named(text, message):
    with pytest.raises(ScalingLawsError, match=r"mine\.csv.*" + message.replace("+", r"\+")):
        read("stock,factor,power,value,low,high,unit\n" + text)


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("kind", "gaussian", "column kind: 'gaussian' is no kind of distribution"),
        ("level", "95", "column level: the level is 95"),
        ("median", "9e9", "column median: the value 9e\\+09 is not inside its interval"),
        ("role", "total", "column role: 'total' was given; expected one of sum, check"),
    ],
)
def test_bad_optional_cells_are_named(column, cell, message):
    with pytest.raises(ScalingLawsError, match=r"mine\.csv, row 1, " + message):
        read(f"stock,factor,value,low,high,unit,{column}\na,t,,1e8,1e9,tokens,{cell}")


def test_missing_columns_and_rows_are_named():
    with pytest.raises(ScalingLawsError, match="lacks the columns low, high; found stock, factor"):
        read("stock,factor,value,unit\na,t,1,tokens")
    with pytest.raises(ScalingLawsError, match="has a header and no rows"):
        read("stock,factor,value,low,high,unit")


def test_unknown_stocks_are_named(bundled):
    with pytest.raises(ScalingLawsError, match="no stock 'web'. It has books, papers"):
        bundled["web"]
    assert "books" in bundled
    assert "web" not in bundled


def test_rows_may_be_added_but_not_left_out():
    both, one = read(SHARED), read("stock,factor,value,low,high,unit\none,wide,,1,100,tokens")
    both.require(one)
    with pytest.raises(ScalingLawsError, match="lacks the factor 'wide' of the stock 'other'"):
        one.require(both)


def test_a_table_is_read_from_a_path(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(BOOKS.strip() + "\n", encoding="utf-8")
    name, cells = datapackage.cells(path, "supply_factors")
    assert supply.read(cells, name)["books"].point == pytest.approx(1e13 / 0.75)


def test_missing_and_empty_files_are_named(tmp_path):
    with pytest.raises(ScalingLawsError, match="no such file.*bundled table, supply_factors"):
        datapackage.cells(tmp_path / "none.csv", "supply_factors")
    (tmp_path / "void.csv").write_text("\n", encoding="utf-8")
    with pytest.raises(ScalingLawsError, match=r"void\.csv is empty"):
        datapackage.cells(tmp_path / "void.csv", "supply_factors")
    (tmp_path / "long.csv").write_text("a,b\n1,2\n1,2,3\n", encoding="utf-8")
    with pytest.raises(ScalingLawsError, match=r"long\.csv, row 2: 3 cells where the header has 2"):
        datapackage.cells(tmp_path / "long.csv", "supply_factors")
    (tmp_path / "odd.csv").write_bytes(b"a,b\n\xff,2\n")
    with pytest.raises(ScalingLawsError, match=r"odd\.csv cannot be read as CSV in UTF-8"):
        datapackage.cells(tmp_path / "odd.csv", "supply_factors")
