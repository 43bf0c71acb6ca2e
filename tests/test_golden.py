"""Every machine-readable output is as it is stored in `tests/golden`.

Where one changed on purpose: `python -m tests.golden` stores all of them anew.
"""

import json
import math
import os
from typing import Any

import numpy as np
import pytest

from tests.golden import cases, compare
from tests.golden.compare import differences, lost

AGAIN = "if this is meant, store all outputs anew: python -m tests.golden"


@pytest.fixture
def book() -> None:
    if cases.is_built():
        return
    message = "the book is not built: there is no _build/html/index.html; run make book"
    if os.environ.get("SCALEBOOK_REQUIRE_BOOK") == "1":
        pytest.fail(message)
    pytest.skip(message)


def expect_none(found: list[str]) -> None:
    if found:
        pytest.fail("\n".join([*found, AGAIN]), pytrace=False)


# Today's outputs


@pytest.mark.parametrize("name", [name for name in cases.CASES if name not in cases.OF_THE_BOOK])
def test_a_command_says_what_is_stored(name: str) -> None:
    stored = cases.stored(cases.file(cases.COMMANDS, name))
    expect_none(differences(stored, cases.output(name), cases.resamples(name)))


@pytest.mark.book
@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("name", sorted(cases.OF_THE_BOOK))
def test_a_command_says_what_is_stored_of_the_book(name: str) -> None:
    stored = cases.stored(cases.file(cases.COMMANDS, name))
    expect_none(differences(stored, cases.output(name), cases.resamples(name)))


@pytest.mark.book
@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("chapter", cases.CHAPTERS)
def test_a_chapter_records_what_is_stored(chapter: str) -> None:
    stored = cases.stored(cases.file(cases.RECORDS, chapter))
    expect_none(differences(stored, cases.record(chapter)))


@pytest.mark.book
@pytest.mark.usefixtures("book")
def test_pages_and_their_anchors_stay() -> None:
    expect_none(lost(cases.stored(cases.PAGES), cases.pages()))


@pytest.mark.book
@pytest.mark.usefixtures("book")
def test_every_chapter_has_a_stored_record() -> None:
    assert cases.recorded() == sorted(cases.CHAPTERS)


@pytest.mark.parametrize(
    ("folder", "names"), [(cases.RECORDS, cases.CHAPTERS), (cases.COMMANDS, tuple(cases.CASES))]
)
def test_nothing_is_stored_that_no_one_compares(folder: Any, names: tuple[str, ...]) -> None:
    assert sorted(path.stem for path in folder.glob("*.json")) == sorted(names)


def test_a_command_that_fails_is_no_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cases.CASES, "wrong", ["plan", "--loss", "0.1", "--json"])
    with pytest.raises(RuntimeError, match="plan --loss 0.1 --json gave 1: scalebook: --loss 0.1"):
        cases.output("wrong")


# What is the same, and what is not


@pytest.mark.parametrize(
    ("stored", "now", "line"),
    [
        ({"a": 1.0}, {}, "a: stored 1.0, now nothing, allowed the same keys"),
        ({}, {"a": 1.0}, "a: stored nothing, now 1.0, allowed the same keys"),
        ([1.0], [1.0, 2.0], "all of it: stored 1 entries, now 2 entries, allowed as many"),
        ({"n": 240}, {"n": 241}, "n: stored 240, now 241, allowed the same"),
        ({"n": 6}, {"n": 6.0}, "n: stored 6, now 6.0, allowed the same kind"),
        ({"n": 1}, {"n": True}, "n: stored 1, now true, allowed the same kind"),
        ({"low": None}, {"low": 0.0}, "low: stored null, now 0.0, allowed the same kind"),
        (
            {"claims": [{"id": "h-6nd", "verdict": "rounded"}]},
            {"claims": [{"id": "h-6nd", "verdict": "reproduced"}]},
            'claims[h-6nd].verdict: stored "rounded", now "reproduced", allowed the same',
        ),
        (
            [{"why": "It is 6.08."}],
            [{"why": "It is 6.09."}],
            '[0].why: stored "It is 6.08.", now "It is 6.09.", allowed the same',
        ),
    ],
)
def test_structure_texts_and_counts_are_equal(stored: Any, now: Any, line: str) -> None:
    assert differences(stored, now) == [line]
    assert differences(stored, stored) == []
    assert differences(now, now) == []


def test_every_difference_has_a_line() -> None:
    stored = {"one": {"x": [1.0, 2.0]}, "two": "text"}
    found = differences(stored, {"one": {"x": [1.1, 2.1]}, "two": "texts"})
    assert [line.partition(":")[0] for line in found] == ["one.x[0]", "one.x[1]", "two"]


# Numbers: each rule, a little within and a little beyond


def moved(entry: dict[str, Any], change: dict[str, float]) -> dict[str, Any]:
    """Return a copy of an entry with numbers added; `a.b.0` is the first of the list b in a."""
    copy: dict[str, Any] = json.loads(json.dumps(entry))
    for place, amount in change.items():
        *way, last = (int(key) if key.isdigit() else key for key in place.split("."))
        part: Any = copy
        for key in way:
            part = part[key]
        part[last] += amount
    return copy


def expect_limit(
    entry: dict[str, Any], place: str, limit: float, resamples: int = compare.RESAMPLES
) -> None:
    """A number may be moved by anything below the limit, up and down, and by nothing above it."""
    for sign in (1, -1):
        within = moved(entry, {place: 0.99 * sign * limit})
        beyond = moved(entry, {place: 1.01 * sign * limit})
        assert differences(entry, within, resamples) == []
        assert len(differences(entry, beyond, resamples)) == 1


@pytest.mark.parametrize(
    ("value", "limit"), [(2e25, 2e19), (-3.0, 3e-6), (1e-3, 1e-9), (3e-15, 1e-9), (0.0, 1e-9)]
)
def test_a_number_holds_to_six_digits(value: float, limit: float) -> None:
    expect_limit({"x": value}, "x", limit)
    expect_limit({"deep": [{"x": [value]}]}, "deep.0.x.0", limit)


@pytest.mark.parametrize("key", ["objective", "lad_objective"])
def test_an_objective_holds_to_nine_digits(key: str) -> None:
    expect_limit({key: 0.00102}, key, 1.02e-12)


@pytest.mark.parametrize("key", ["lr_p", "chi2_p_log", "p"])
def test_a_tiny_p_value_holds_to_a_hundredth_of_its_logarithm(key: str) -> None:
    stored = {key: 4e-51}
    assert differences(stored, {key: 4e-51 * 10**0.0099}) == []
    assert differences(stored, {key: 4e-51 * 10**-0.0099}) == []
    assert len(differences(stored, {key: 4e-51 * 10**0.0101})) == 1
    assert len(differences(stored, {key: 4e-51 * 10**-0.0101})) == 1
    assert len(differences(stored, {key: 0.0})) == 1


def test_a_p_value_of_ordinary_size_is_a_number_like_any_other() -> None:
    expect_limit({"lr_p": 0.03}, "lr_p", 3e-8)
    expect_limit({"gap": 4e-51}, "gap", 1e-9)  # a name that only has the letter


def test_a_constant_holds_to_a_hundredth_of_its_standard_error() -> None:
    expect_limit({"A": 478.0, "A_se": 120.0}, "A", 1.2)
    # The error says more than the interval does.
    expect_limit({"A": 4.0, "A_se": 2.0, "A_low": 3.87654321, "A_high": 4.1}, "A", 0.02)


def test_a_standard_error_is_a_number_like_any_other() -> None:
    expect_limit({"A": 478.0, "A_se": 120.0}, "A_se", 1.2e-4)


# An interval of 95% is 2 × 1.959964 standard errors wide.
ERROR = 0.3 / 3.919928
# sqrt(.975 × .025 / 1000) over .0584451, the normal density at 1.959964
END = 0.084474

INTERVALS = [
    ({"E": 1.8123456, "E_low": 1.7123456, "E_high": 2.0123456}, "E", "E_low", "E_high"),
    ({"value": 1.8123456, "low": 1.7123456, "high": 2.0123456}, "value", "low", "high"),
    ({"recomputed": 1.8123456, "low": 1.7123456, "high": 2.0123456}, "recomputed", "low", "high"),
    (
        {"recomputed": [1.0, 1.8123456], "low": [0.5, 1.7123456], "high": [2.5, 2.0123456]},
        "recomputed.1",
        "low.1",
        "high.1",
    ),
    (
        {"E": 1.8123456, "intervals": {"E": [1.7123456, 2.0123456]}},
        "E",
        "intervals.E.0",
        "intervals.E.1",
    ),
]


@pytest.mark.parametrize(("entry", "centre", "low", "high"), INTERVALS)
def test_an_interval_says_how_far_its_constant_may_move(
    entry: dict[str, Any], centre: str, low: str, high: str
) -> None:
    expect_limit(entry, centre, 0.01 * ERROR)
    expect_limit({"deep": [entry]}, f"deep.0.{centre}", 0.01 * ERROR)


@pytest.mark.parametrize(("entry", "centre", "low", "high"), INTERVALS)
def test_an_end_holds_to_its_monte_carlo_error(
    entry: dict[str, Any], centre: str, low: str, high: str
) -> None:
    for end in (low, high):
        expect_limit(entry, end, 3 * END * ERROR)
        expect_limit(entry, end, 3 * END * ERROR * math.sqrt(10), resamples=100)


def test_an_interval_without_its_constant_is_one() -> None:
    expect_limit({"E_low": 1.7123456, "E_high": 2.0123456}, "E_low", 3 * END * ERROR)


def test_the_output_says_how_its_intervals_were_drawn() -> None:
    ends = {"E_low": 1.7123456, "E_high": 2.0123456}
    record = {"parameters": {"resamples": 4000, "surface_resamples": 250}, "results": ends}
    expect_limit(record, "results.E_low", 2 * 3 * END * ERROR)
    record = {"parameters": {"draws": 250}, "results": ends}
    expect_limit(record, "results.E_low", 2 * 3 * END * ERROR)
    told = {"method": "percentile bootstrap, 250 resamples", "E": [1.7123456, 2.0123456]}
    fit = {"E": 1.8, "intervals": told}
    expect_limit(fit, "intervals.E.0", 2 * 3 * END * ERROR)
    expect_limit(fit, "intervals.E.0", 2 * 3 * END * ERROR, resamples=10)


def test_the_output_says_how_wide_its_intervals_are() -> None:
    ends = {"E": 1.8123456, "E_low": 1.7123456, "E_high": 2.0123456}
    record = {"parameters": {"level": 0.8}, "results": ends}
    expect_limit(record, "results.E", 0.01 * 0.3 / (2 * 1.281552))
    fit = {"E": 1.8, "intervals": {"level": 0.8, "E": [1.7123456, 2.0123456]}}
    expect_limit(fit, "E", 0.01 * 0.3 / (2 * 1.281552))


def test_a_wide_interval_is_measured_in_logarithms() -> None:
    stored = {"B": 12845.6, "B_low": 2000.2991, "B_high": 321043.32}
    error = math.log(321043.32 / 2000.2991) / 3.919928
    for key, limit in (("B", 0.01 * error), ("B_low", 3 * END * error)):
        for sign in (1, -1):
            within, beyond = (stored[key] * math.exp(sign * f * limit) for f in (0.99, 1.01))
            assert differences(stored, {**stored, key: within}) == []
            assert len(differences(stored, {**stored, key: beyond})) == 1
    assert len(differences(stored, {**stored, "B_low": -1.0})) == 1
    # Far outside of it nothing follows from its width.
    expect_limit({**stored, "B": -1.0}, "B", 1e-6)


def test_an_end_that_was_stated_is_a_number_like_any_other() -> None:
    expect_limit({"value": 4.0, "low": 3.0, "high": 15.123456}, "low", 3e-6)


def test_bounds_of_a_parameter_are_no_interval() -> None:
    expect_limit({"default": 4.0, "low": 1.23456789, "high": 15.123456}, "low", 1.23456789e-6)


def test_an_interval_of_no_width_allows_what_a_number_may() -> None:
    expect_limit({"value": 2.123456789, "low": 2.123456789, "high": 2.123456789}, "value", 2.12e-6)
    expect_limit({"value": 2.123456789, "low": 2.123456789, "high": None}, "low", 2.12e-6)


def test_the_error_of_an_end_is_what_resampling_shows() -> None:
    drawn = np.random.default_rng(0).standard_normal((4000, 400))
    for level in (0.95, 0.5):
        ends = np.quantile(drawn, (1 + level) / 2, axis=1)
        assert compare.end_error(level, 400) == pytest.approx(np.std(ends), rel=0.04)


# Addresses


def test_a_page_or_an_anchor_may_come_and_not_go() -> None:
    stored = {"a.html": ["x", "y"], "b.html": []}
    assert lost(stored, {**stored, "a.html": ["w", "x", "y"], "c.html": ["z"]}) == []
    assert lost(stored, {"a.html": ["y", "z"]}) == [
        "b.html: stored a page, now nothing, allowed the page",
        "a.html#x: stored an anchor, now nothing, allowed the anchor",
    ]


def test_anchors_are_those_of_the_article_that_stay() -> None:
    article = (
        '<article><section id="the-planner"><span id="id3">[3]</span>'
        '<a aria-describedby="about-term-loss hint">loss</a><p id="hint"></p>'
        '<div id="about-term-loss"></div><table><tr id="claim-h-6nd"></tr></table></section>'
        "</article>"
    )
    page = f'<body><nav id="theme"></nav>{article}<footer id="end"></footer></body>'
    assert cases.anchors(page) == ["claim-h-6nd", "the-planner"]
    assert cases.anchors('<body id="top"></body>') == []
