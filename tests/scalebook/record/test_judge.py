"""The rule by which a verdict follows: a case on either side of each relation, and properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalebook.errors import ScalebookError
from scalebook.record import judge
from scalebook.record.judge import UNKNOWN, bounds, interval, point, pvalue, sample, truth

ORDER = ["fails", "open", "roughly", "holds"]


def verdict(relation, stated, evidence, **options):
    return judge.decide(relation, np.atleast_1d(stated), evidence, **options).verdict


@pytest.mark.parametrize(
    ("relation", "stated", "holds", "fails"),
    [
        ("eq", 1.82, point(1.8249), point(2.4)),
        ("about", 5, point(5.9), point(6.3)),
        ("at-least", 3, point(3.0), point(2.99)),
        ("at-most", 3, point(3.0), point(3.01)),
        ("less", 3, point(2.99), point(3.0)),
        ("more", 3, point(3.01), point(3.0)),
        ("between", [0.6, 1.3], point(1.3), point(1.31)),
        ("sign", -1, point(-1e-9), point(1e-9)),
        ("not-rejected", 20, pvalue(0.05), pvalue(0.049)),
        ("exists", [], truth(True), truth(False)),
        ("qualitative", [], truth([True] * 96 + [False] * 4), truth([True] * 4 + [False] * 96)),
    ],
)
def test_every_relation_has_a_case_on_either_side(relation, stated, holds, fails):
    digits = {"digits": 3} if relation == "eq" else {}
    assert verdict(relation, stated, holds, **digits) == "holds"
    assert verdict(relation, stated, fails, **digits) == "fails"


def test_the_cases_cover_all_relations():
    (mark,) = test_every_relation_has_a_case_on_either_side.pytestmark
    assert {case[0] for case in mark.args[1]} == set(judge.RELATIONS)


@pytest.mark.parametrize("relation", judge.RELATIONS)
def test_without_evidence_a_claim_is_open(relation):
    assert judge.decide(relation, [1.0], UNKNOWN) == judge.Judgement("open", None)


def test_an_equality_is_rough_within_a_fifth():
    assert verdict("eq", 1.82, point(1.84), digits=3) == "roughly"
    assert verdict("eq", 1.82, point(2.275), digits=3) == "roughly"
    assert verdict("eq", 1.82, point(2.28), digits=3) == "fails"
    assert verdict("eq", 1, point(1.0001)) == "roughly"


def test_a_single_digit_allows_more_than_a_fifth():
    assert verdict("eq", 1, point(1.49), digits=1) == "holds"
    assert verdict("eq", 1, point(1.6), digits=1) == "fails"


def test_own_words_may_ask_for_less_or_more():
    assert verdict("about", 10, point(14), within=0.5) == "holds"
    assert verdict("about", 10, point(11), within=0.05) == "roughly"


def test_the_probability_is_the_share_of_draws():
    draws = np.r_[np.full(90, 4.0), np.full(10, 2.0)]
    assert judge.decide("at-least", [3.0], sample(draws)) == judge.Judgement("roughly", 0.9)
    assert judge.decide("at-most", [3.0], sample(draws)) == judge.Judgement("open", 0.1)


def test_an_interval_is_half_a_normal_on_each_side():
    found = judge.decide("more", [2.0], interval(2.0, 1.0, 5.0))
    assert found.probability == pytest.approx(0.5, abs=1e-3)
    # 1.0 and 5.0 are where 2.5% lie beyond
    assert judge.decide("more", [5.0], interval(2.0, 1.0, 5.0)).probability == pytest.approx(0.025)
    assert judge.decide("less", [1.0], interval(2.0, 1.0, 5.0)).probability == pytest.approx(0.025)
    assert judge.decide("less", [-1.0], interval(0.5, -1, 2.0)).probability == pytest.approx(0.025)


def test_an_interval_that_excludes_what_was_stated_never_stands_beside_holds():
    assert verdict("about", 20, interval(21.5, 21.0, 22.0)) == "roughly"
    assert verdict("about", 20, interval(21.5, 19.9, 22.9)) == "holds"


def test_numbers_stated_together_must_hold_together():
    assert verdict("about", [5, 2], point([5.4, 1.9])) == "holds"
    assert verdict("about", [5, 2], point([5.4, 3.0])) == "fails"
    half = sample(np.array([[5.0, 2.0], [5.0, 3.0]] * 50))
    assert judge.decide("about", [5, 2], half).probability == 0.5


@pytest.mark.parametrize(
    ("relation", "stated", "low", "high", "expected"),
    [
        ("at-least", [3], 3, 6, "holds"), ("at-least", [3], 2, 6, "open"),
        ("at-least", [3], 1, 2, "fails"), ("about", [5], 4.2, 6, "holds"),
        ("about", [5], 1, 9, "open"), ("about", [5], 7, 9, "fails"),
        ("about", [5], 4.2, 4.8, "roughly"), ("eq", [5], 4.8, 5.2, "roughly"),
        ("between", [3, 6], 4, 5, "holds"), ("between", [3, 6], 2, 7, "open"),
        ("between", [3, 3.0001], 0, 9.5, "open"), ("between", [3, 6], 6, 7, "open"),
        ("between", [3, 6], 6.01, 7, "fails"),
        ("about", [5, 2], [4.5, 7], [5.5, 9], "fails"),
    ],
)  # fmt: skip
def test_a_range_decides_where_all_of_it_agrees(relation, stated, low, high, expected):
    assert verdict(relation, stated, bounds(low, high)) == expected


positive = st.floats(1e-3, 1e3)
numeric = st.sampled_from(["eq", "about", "at-least", "at-most", "less", "more", "sign"])


@given(stated=positive, near=st.floats(0, 3), further=st.floats(0, 3), up=st.booleans())
@pytest.mark.parametrize("relation", ["eq", "about"])
def test_nearer_is_never_judged_worse(relation, stated, near, further, up):
    near, further = sorted((near, further))
    way = 1 if up else -1
    found = [
        verdict(relation, stated, point(stated * np.exp(way * off)), **options)
        for off in (near, further)
        for options in [{"digits": 2} if relation == "eq" else {}]
    ]
    assert ORDER.index(found[0]) >= ORDER.index(found[1])


@given(stated=positive, width=st.floats(0.01, 1), near=st.floats(0, 2), further=st.floats(0, 2))
def test_nearer_estimates_are_never_judged_worse(stated, width, near, further):
    near, further = sorted((near, further))
    found = [
        verdict("about", stated, interval(x, x * np.exp(-width), x * np.exp(width)))
        for x in (stated * np.exp(near), stated * np.exp(further))
    ]
    assert ORDER.index(found[0]) >= ORDER.index(found[1])


@given(
    relation=numeric, stated=positive, value=positive, width=st.floats(0.01, 1),
    scale=st.sampled_from([0.001, 10, 1e6]),
)  # fmt: skip
def test_another_unit_changes_nothing(relation, stated, value, width, scale):
    def judged(unit):
        ends = (value * unit, value * unit * np.exp(-width), value * unit * np.exp(width))
        return verdict(relation, stated * unit, interval(*ends))

    assert judged(1.0) == judged(scale)


@given(
    relation=numeric, stated=positive, value=positive, narrow=st.floats(0.01, 1),
    more=st.floats(0.01, 2),
)  # fmt: skip
def test_a_wider_interval_never_turns_open_into_holds(relation, stated, value, narrow, more):
    def judged(width):
        return verdict(
            relation, stated, interval(value, value * np.exp(-width), value * np.exp(width))
        )

    if judged(narrow) == "open":
        assert judged(narrow + more) != "holds"


@given(stated=positive, low=positive, high=positive, more=st.floats(0, 5))
@pytest.mark.parametrize("relation", ["eq", "about", "at-least", "at-most", "less", "more"])
def test_a_wider_range_never_decides_more(relation, stated, low, high, more):
    low, high = sorted((low, high))
    narrow = verdict(relation, stated, bounds(low, high))
    wide = verdict(relation, stated, bounds(low / (1 + more), high * (1 + more)))
    decided = {"holds", "roughly", "fails"}
    assert wide not in decided or wide == narrow or {wide, narrow} == {"holds", "roughly"}


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: interval(1.0, 2.0, 3.0), "does not hold"),
        (lambda: bounds(3.0, 2.0), "wrong way round"),
        (lambda: point(np.nan), "finite numbers"),
        (lambda: truth(0.5), "expected true or false"),
        (lambda: truth([]), "expected true or false"),
        (lambda: pvalue(1.2), "between 0 and 1"),
        (lambda: judge.decide("eq", [1.0], truth(True)), "compares numbers"),
        (lambda: judge.decide("exists", [], bounds(1.0, 2.0)), "needs a truth or a p"),
        (lambda: judge.decide("not-rejected", [1.0], point(1.0)), "needs a truth or a p"),
        (lambda: judge.decide("eq", [1.0, 2.0], point(1.0)), "states 2 numbers, 1 were recomputed"),
    ],
)
def test_evidence_that_is_none_is_refused(build, said):
    with pytest.raises(ScalebookError, match=said):
        build()


def test_the_share_beyond_a_value_is_doubled():
    draws = np.arange(10.0)
    assert judge.doubled_share(draws, 2.0) == pytest.approx(0.4)
    assert judge.doubled_share(draws, 8.0) == pytest.approx(0.4)
    assert judge.doubled_share(draws, -1.0) == 0
    assert judge.doubled_share(draws, 5.0) == 1


def test_a_p_that_so_many_draws_cannot_place_decides_nothing():
    # Standard errors of twice a share: 0.012 of 400 draws, 0.0012 of 40,000.
    assert judge.sided(0.03, 400) is None
    assert judge.sided(0.03, 40_000) == 0.03
    assert [judge.sided(0.0, 400), judge.sided(0.7, 400)] == [0.0, 0.7]
