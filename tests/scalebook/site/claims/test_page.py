"""A claim's page, and its drawing."""

import re

import pytest
from bs4 import BeautifulSoup

from scalebook.site.claims import page as claimpage
from scalebook.site.claims.numberline import MARGIN, WIDTH, number_line
from tests.scalebook.site.test_extension import row

SOURCE, CHAPTER = "A title (2020)", "What did Kaplan find?"


def page(*rows):
    made = claimpage.text(rows[0], rows, SOURCE, CHAPTER)
    return BeautifulSoup(made, "html.parser")


def test_a_page_has_the_words_the_verdict_and_the_way_to_the_computation():
    shown = page(row(supplied="380 is ours."))
    assert shown.select_one("h1").get_text() == row()["claim"]
    assert shown.select_one(".claim-quote").get_text() == "“<about> 380B”"
    assert "380 is ours." in shown.select_one(".claim-who").get_text()
    outcome = shown.select_one(".claim-outcome").get_text()
    assert outcome.startswith("fails: misquoted What it says is not so: the source says something")
    assert shown.select_one(".claim-place").get_text() == "The ledger / x-size"
    assert [link["href"] for link in shown.select("a")] == [
        "../ledger.html#claim-x-size",
        "../bibliography.html#kaplan2020",
        "../executed/kaplan.html#claim-x-size",
        "../ledger.html#claim-x-size",
    ]


def test_a_page_has_the_history_of_the_verdict():
    history = [
        {"date": "2026-11-28", "verdict": "misquoted", "note": ""},
        {"date": "2026-11-29", "verdict": "fails", "note": "New words."},
    ]
    cells = [cell.get_text() for cell in page(row(history=history)).select(".claim-history td")]
    assert cells == [
        "2026-11-28",
        "misquoted",
        "as first judged",
        "2026-11-29",
        "fails",
        "New words.",
    ]

    assert page(row(history=history)).select_one('a[href="../how-to-read.html#verdicts"]')
    lone = page(row(history=history[1:]))
    assert lone.select_one(".claim-history") is None
    assert "Judged so since 2026-11-29." in lone.get_text()


def test_a_claim_that_is_open_by_its_conditions_says_so():
    each = {"recomputed": 1.0, "low": None, "high": None, "probability": None}
    rows = [{"given": "a", "verdict": "holds", **each}, {"given": "b", "verdict": "fails", **each}]
    said = claimpage.sentence(row(verdict="open", reason="", rows=rows))
    assert said.startswith("It depends on the condition")


@pytest.mark.parametrize(
    ("claim", "needed"),
    [
        ({"relation": "about", "within": 0.1}, "differ from the number stated by at most 10%"),
        ({"relation": "eq", "digits": 0}, "the number recomputed must equal the number stated"),
        ({"relation": "at-most", "stated": [1, 2]}, "each number recomputed must be the number"),
        ({"relation": "between", "stated": [1, 2]}, "the number recomputed must lie between"),
        ({"relation": "not-rejected", "probability": 0.053}, "The test came to p = 0.053."),
    ],
)
def test_the_sentence_says_what_the_claim_needs(claim, needed):
    assert needed in claimpage.sentence(row(**claim))


def test_a_derived_claim_leads_to_its_inputs_and_back():
    parent = row(id="x-parent", verdict="open", reason="")
    child = row(follows_from=["x-parent"])
    shown = page(child, parent)
    assert "Follows from its inputs, of which 1 is open." in shown.get_text()
    assert shown.select_one('a[href="x-parent.html"]') is not None
    assert page(parent, child).select_one('a[href="x-size.html"]') is not None


def test_a_pending_claim_shows_no_outcome():
    shown = page(row(verdict="pending", reason="", why="", recomputed=None, low=None, high=None))
    assert "not computed yet" in shown.get_text()
    assert shown.select_one(".claim-numbers") is None


@pytest.mark.parametrize("verdict", ["holds", "roughly", "fails", "open", "assumption", "pending"])
def test_every_verdict_has_a_sentence(verdict):
    said = claimpage.sentence(row(verdict=verdict, reason="", probability=0.97))
    assert said.endswith(".")
    needed = "must round to the number stated, and its interval must contain it. It comes so near"
    assert (f"{needed} with probability 97%." in said) == (verdict not in ("assumption", "pending"))
    assert ("For “roughly” it may differ by 20%." in said) == (verdict == "roughly")


def test_a_derived_claim_is_no_surer_than_its_inputs():
    child = row(follows_from=["x-open", "x-sure"], verdict="holds", reason="")
    inputs = [row(id="x-open", verdict="open"), row(id="x-sure", verdict="holds")]
    said = claimpage.sentence(child, inputs)
    assert said.startswith("It follows from its inputs, and not all of them are known to hold: ")
    assert "borne out" not in said
    assert claimpage.sentence(child, inputs[1:]).startswith("It follows from its inputs. ")


def test_a_claim_without_a_number_found_has_no_empty_line():
    nothing = {"recomputed": None, "low": None, "high": None, "probability": None}
    shown = page(row(verdict="open", reason="", **nothing))
    assert "Nothing that could be computed decides it." in shown.get_text()
    assert "—" not in shown.select_one(".claim-numbers").get_text()


def test_a_number_that_nobody_stated_is_tested():
    shown = page(row(supplied="the half is chosen here")).get_text()
    assert "Not the speaker's: the half is chosen here." in shown
    assert "Tested" in shown
    assert "Stated" not in shown
    assert "tested: " in number_line(row(supplied="the half is chosen here"))


# The drawing


def xs(svg, kind):
    found = BeautifulSoup(svg, "html.parser").select(f".number-line-{kind}")
    return [
        {k: float(v) for k, v in each.attrs.items() if re.fullmatch(r"-?[\d.]+", str(v))}
        for each in found
    ]


def test_the_interval_lies_where_its_numbers_are():
    svg = number_line(row(relation="about", stated=20, recomputed=25, low=22, high=28, unit="x"))
    (goal,), (bar,), (dot,), (true,) = (xs(svg, k) for k in ("stated", "bar", "dot", "true"))
    assert goal["x1"] < bar["x1"] < dot["cx"] < bar["x2"]
    scale = (bar["x2"] - bar["x1"]) / 6
    assert dot["cx"] - bar["x1"] == pytest.approx(3 * scale, abs=0.2)
    # 20 and a fifth of the larger of the two: from 16 to 25
    assert true["x"] + true["width"] == pytest.approx(dot["cx"], abs=0.2)


@pytest.mark.parametrize(
    ("relation", "stated", "inside", "outside"),
    [("at-least", 3, 4, 2), ("at-most", 3, 2, 4), ("between", [3, 6], 4, 7), ("sign", -1, -1, 1),
     ("eq", 3, 3, 4)],
)  # fmt: skip
def test_the_shaded_part_is_where_the_claim_is_true(relation, stated, inside, outside):
    for value, held in ((inside, True), (outside, False)):
        svg = number_line(
            row(relation=relation, stated=stated, recomputed=value, low=None, high=None, unit="x")
        )
        (dot,), (true,) = xs(svg, "dot"), xs(svg, "true")
        assert (true["x"] - 0.1 <= dot["cx"] <= true["x"] + true["width"] + 0.1) == held


def test_numbers_far_apart_have_a_logarithmic_axis():
    far = row(relation="about", stated=1, recomputed=1e6, low=1e3, high=1e9, unit="x")
    svg = number_line(far)
    (goal,), (bar,), (dot,) = (xs(svg, k) for k in ("stated", "bar", "dot"))
    assert dot["cx"] - bar["x1"] == pytest.approx(bar["x2"] - dot["cx"], abs=0.2)
    assert bar["x1"] - goal["x1"] == pytest.approx(dot["cx"] - bar["x1"], abs=0.2)


def test_several_numbers_are_shares_of_what_was_stated():
    several = row(
        relation="about", stated=[5, 2], recomputed=[10, 2], low=None, high=None, unit="x"
    )
    first, second = xs(number_line(several), "dot")
    goal, other = xs(number_line(several), "stated")
    assert goal["x1"] == other["x1"]
    assert second["cx"] == pytest.approx(goal["x1"], abs=0.2)
    assert first["cx"] > second["cx"]


def test_signs_are_drawn_about_zero():
    svg = number_line(
        row(relation="sign", stated=[-1, 1], recomputed=[-0.2, -0.1], low=None, high=None, unit="x")
    )
    (goal, _), (below, above), (first, second) = (xs(svg, k) for k in ("stated", "true", "dot"))
    assert first["cx"] < second["cx"] < goal["x1"] == pytest.approx(above["x"], abs=0.1)
    assert below["x"] + below["width"] == pytest.approx(goal["x1"], abs=0.1)
    assert "−0.100×, stated above zero" in svg


def test_what_a_test_judges_has_a_line_and_nothing_shaded():
    svg = number_line(row(relation="not-rejected"))
    assert len(xs(svg, "stated")) == len(xs(svg, "bar")) == 1
    assert xs(svg, "true") == []
    assert "Dashed: what was stated." in svg


def test_labels_are_brief_and_have_their_own_units():
    svg = number_line(
        row(relation="eq", stated=[4.02e11, 1.655e13], recomputed=[3.9332e11, 1.6102e13],
            low=None, high=None, unit="params and tokens")
    )  # fmt: skip
    assert "393B params, stated 402B params" in svg
    assert "16.1T tokens, stated 16.55T tokens" in svg


def test_a_range_has_no_dot_and_conditions_have_a_line_each():
    ends = {"recomputed": None, "low": 2.0, "high": 4.0, "probability": None, "verdict": "open"}
    rows = [{"given": "by law", **ends}, {"given": "by runs", **ends}]
    svg = number_line(row(relation="about", stated=3, unit="x", rows=rows))
    assert len(xs(svg, "bar")) == 2
    assert xs(svg, "dot") == []
    assert "by runs: 2.00 to 4.00×" in svg.replace("2.00× to", "2.00 to")


def test_equality_at_its_digits_is_shaded_and_roughly_beside_it():
    svg = number_line(
        row(relation="eq", stated=220, digits=2, recomputed=222, low=None, high=None, unit="x")
    )
    (dot,), (true,), (roughly,) = (xs(svg, kind) for kind in ("dot", "true", "roughly"))
    assert true["x"] < dot["cx"] < true["x"] + true["width"]
    assert roughly["width"] / true["width"] == pytest.approx((220 / 0.8 - 176) / 10, rel=0.02)
    assert "paler, roughly so" in svg


def test_a_long_condition_is_broken_into_lines():
    given = "by models that were trained at 640 against 20 tokens per parameter in three suites"
    ends = {"recomputed": None, "low": 2.0, "high": 4.0, "probability": None, "verdict": "open"}
    svg = number_line(row(relation="about", stated=3, unit="x", rows=[{"given": given, **ends}]))
    texts = [each.get_text() for each in BeautifulSoup(svg, "html.parser").select("text")]
    assert " ".join(texts[1:-1]) == given
    assert all(len(text) * 7.4 < WIDTH for text in texts)


def test_labels_stay_within_the_drawing():
    svg = number_line(row(relation="eq", stated=3.8e11, recomputed=2.8e11))
    for label in BeautifulSoup(svg, "html.parser").select("text"):
        half = min(len(label.get_text()) * 3.7, WIDTH / 2)
        assert half <= float(label["x"]) <= WIDTH - half
    assert all(MARGIN <= dot["cx"] <= WIDTH - MARGIN for dot in xs(svg, "dot"))


@pytest.mark.parametrize(
    "nothing",
    [
        {"stated": None, "unit": ""},
        {"recomputed": None, "low": None, "high": None},
    ],
)
def test_what_has_no_numbers_has_no_drawing(nothing):
    assert number_line(row(**nothing)) == ""
