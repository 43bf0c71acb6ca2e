"""The chapter on what a scaling law is: four runs, the law of the small ones, and what it says."""

from types import SimpleNamespace

import numpy as np
import pytest

from scalebook.chapters.scaling_law import figures, findings, outcome, steps
from scalebook.record import claims
from scalinglaws.registry import published_model
from tests.scalebook.chapters.cells import given, part

P = given("scaling-law")
FOUND = steps.take(P)
NUMBERS = outcome.recorded(P, FOUND)


def said(name, **changed):
    return getattr(findings, name)(P, SimpleNamespace(**(NUMBERS | changed))).markdown


# The runs


def test_the_four_runs_differ_in_size_alone():
    four = FOUND.four
    assert four.tokens_per_param == pytest.approx([steps.RATIO] * 4, rel=0.01)
    assert [*np.round(four.params / 1e6, -1)] == [10, 80, 410, 6890]
    assert np.all(np.diff(four.loss) < 0)
    assert four.params[-1] == FOUND.runs.params.max() == FOUND.foretold.params


def test_the_largest_run_is_not_among_those_that_foretell_it():
    for largest in (4.2e8, 5e8, 1.5e9):
        found = steps.foretell(given("scaling-law", largest=largest), FOUND.runs)
        assert found.fitted == np.sum(FOUND.runs.params <= largest) < len(FOUND.runs)
        assert found.low < found.told < found.high
        assert found.low < found.loss < found.high


def test_the_straight_line_goes_through_the_small_runs():
    small = FOUND.sizes.take(FOUND.sizes.params <= P.largest)
    assert FOUND.foretold.straight(small.flop) == pytest.approx(small.loss, rel=0.03)
    assert FOUND.foretold.straight(FOUND.four.flop[-1]) < 0.9 * FOUND.four.loss[-1]


def test_every_valley_has_worse_runs_on_both_sides():
    for each in FOUND.valleys:
        ratio, best = each.runs.tokens_per_param, each.best_ratio
        bottom = float(each.curve(each.best))
        assert each.ratio(each.runs.params) == pytest.approx(ratio, rel=0.1)
        for side in (ratio < best / 3, ratio > 3 * best):
            assert not side.any() or each.runs.loss[side].min() > bottom
    assert [round(each.best_ratio) for each in FOUND.valleys] == [5, 8, 12]


# The law


def test_the_parts_add_up_to_the_law():
    law = FOUND.foretold.law
    size, data = steps.term(1e9, law.A, law.alpha), steps.term(2e10, law.B, law.beta)
    assert steps.total(law.E, size, data) == pytest.approx(law.loss(1e9, 2e10))
    assert steps.choices(2.0) == pytest.approx(np.exp(2.0))
    assert steps.flop(7e9, 2e12) == 8.4e22
    assert steps.each(2e12, 1e9) == 2000


def test_compute_as_reported_is_6nd():
    for name, (said_, found) in steps.reported().items():
        assert found == pytest.approx(said_, rel=0.01)
        assert found == 6 * published_model(name).params * published_model(name).tokens


def test_the_control_begins_at_the_largest_run():
    control = figures.lead(P, FOUND).control
    found = control.evaluate({each.name: each.value for each in control.inputs})
    assert found["L"] == pytest.approx(FOUND.foretold.told)
    assert found["C"] == pytest.approx(FOUND.four.flop[-1], rel=0.01)
    larger = control.evaluate({"N": 1e11, "D": 1e13})
    assert found["E0"] == larger["E0"] < larger["L"] < found["L"]


# Results and verdicts


def test_every_claim_of_the_chapter_is_settled():
    mine = {each.id for each in claims.load().values() if each.chapter == "scaling-law"}
    found = {each.claim.id: each.verdict for each in outcome.verdicts(P, FOUND)}
    assert found == dict.fromkeys(mine, "holds")
    assert steps.trade() == pytest.approx(1)


# Figures


def test_the_lead_draws_the_four_runs_and_what_was_foretold():
    found = figures.lead(P, FOUND)
    assert part(found.data, series="four runs")["loss"] == [*FOUND.four.loss]
    low, high = part(found.data, series="band of the largest run")["loss"]
    assert low < FOUND.foretold.loss < high
    assert "ends below what came" in found.caption


def test_the_table_has_the_four_runs():
    rows = figures.four(P, FOUND).rows
    assert rows[0] == ["11M", "210M", "1.3 × 10¹⁶", "5.39", "220"]
    assert rows[-1] == ["6.9B", "140B", "5.7 × 10²¹", "2.42", "11"]


def test_the_bars_end_at_the_loss_of_the_law():
    found = figures.terms(P, FOUND)
    ends = part(found.data, series="with data")["loss"]
    assert ends == pytest.approx(FOUND.foretold.law.loss(FOUND.four.params, FOUND.four.tokens))


# Findings


def test_the_answer_follows_the_numbers():
    answer = said("short_answer")
    assert "expects a loss of 2.35 nats a token (95% band 2.23 to 2.50)" in answer
    assert "the model came to 2.42. A straight line does worse: 2.03." in answer
    assert "the model fell outside, at 3.00" in said("short_answer", asked_loss=3.0)
    assert "A straight line does better: 2.42." in said("short_answer", straight=2.42)


def test_the_straight_line_may_promise_too_much_or_too_little():
    assert "promises too much" in said("law")
    assert "promises too little" in said("law", straight=3.0)
    assert "which is as good here" in said("law", straight=2.4)
    assert "It misses this run" in said("law", asked_loss=3.0)


def test_the_law_may_be_above_or_below():
    assert "of the loss of one with 6.9B, below it" in said("law_takeaway")
    assert "above it" in said("law_takeaway", told=2.6)


def test_the_best_ratio_is_near_twenty_or_not():
    assert "not the 20" in said("valley")
    assert "near the 20" in said("valley", valley_ratio_high=30.0)


def test_a_failed_prediction_is_said_to_have_failed():
    assert "may be luck" in said("sure")
    assert "may be bad luck" in said("sure", asked_loss=3.0)


def test_half_the_loss_lies_below_the_floor_or_above_it():
    assert "no compute suffices" in said("exercises")
    assert "enough compute would do" in said("exercises", floor=1.0)
