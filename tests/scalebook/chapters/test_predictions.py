"""Predictions of larger runs: what held, how wide it had to be, and what others promised."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from scalebook.chapters.predictions import figures, findings, outcome, promises, steps, trials
from scalebook.errors import ScalebookError
from scalinglaws import Runs, predict, table
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import ParametricLaw
from scalinglaws.prediction import calibration, splits
from tests.scalebook.chapters.cells import given, part

LAW = ParametricLaw(E=1.8, A=480.0, B=2000.0, alpha=0.35, beta=0.37)


@pytest.fixture(scope="module")
def p():
    return given("predictions")


@pytest.fixture(scope="module")
def found(p):
    return steps.take(p)


@pytest.fixture
def r(p, found):
    return outcome.of(p, found).numbers


def rows(made):
    return {row[0]: row[1:] for row in made.rows}


def written(tmp_path, runs):
    path = tmp_path / "mine.csv"
    columns = (runs.params, runs.tokens, runs.loss)
    lines = [",".join(map(repr, row)) for row in zip(*map(np.ndarray.tolist, columns), strict=True)]
    path.write_text("\n".join(["params,tokens,loss", *lines, ""]), encoding="utf-8")
    return str(path)


def by_law(bend=0.0):
    """Return runs of six budgets by a law, the loss of the largest budget off by a share."""
    budget, ratio = np.meshgrid(np.geomspace(1e18, 1e21, 6), np.geomspace(3, 200, 9))
    size = np.sqrt(budget / 6 / ratio).ravel()
    data = budget.ravel() / 6 / size
    off = np.where(budget.ravel() > 9e20, 1 + bend, 1.0)
    return Runs(size, data, LAW.loss(size, data) * off)


# One prediction


def test_the_best_run_of_the_largest_budget_is_hidden_with_all_like_it(found):
    own = found.own
    assert own.told.h >= 10
    assert own.smaller == 221
    assert own.told.low < own.came < own.told.high
    assert not own.told.law_low < own.came < own.told.law_high


def test_runs_by_a_law_are_predicted(tmp_path):
    own = steps.own(given("predictions", runs=written(tmp_path, by_law()), drop_highest=0))
    assert own.error == pytest.approx(0, abs=2e-4)
    assert own.told.low < own.came < own.told.high
    loss = by_law().loss[-9:]
    assert own.came == pytest.approx(by_law().loss.reshape(9, 6)[:, -1].min(), rel=1e-6)
    assert len(loss) == 9


def test_a_jump_on_the_largest_budget_is_missed(tmp_path):
    p = given("predictions", runs=written(tmp_path, by_law(-0.2)), drop_highest=0)
    own = steps.own(p)
    assert own.error == pytest.approx(0.25, abs=0.01)
    numbers = outcome.of(p, replace(steps.take(p), own=own)).numbers
    assert "25% above what came" in str(findings.own(p, numbers))
    assert "does not hold it" in str(findings.own(p, numbers))
    assert "gave no warning" in str(findings.own_takeaway(p, numbers))


def test_a_table_without_much_smaller_runs_is_refused(tmp_path):
    runs = by_law()
    few = runs.take(runs.params * runs.tokens > 3e19)
    with pytest.raises(ScalebookError, match="0 of the .* Lower 'ahead'"):
        steps.own(given("predictions", runs=written(tmp_path, few), drop_highest=0))


def test_a_table_that_was_never_tried_gets_no_band(tmp_path):
    runs = by_law()
    few = runs.take(np.isin(np.arange(len(runs)) % 6, (0, 1, 5)))
    p = given("predictions", runs=written(tmp_path, few), drop_highest=0)
    own = steps.own(p)
    assert own.told.low is None
    numbers = outcome._own(own)
    assert numbers["own_band_runs"] == 0
    assert "own_band_low" not in numbers


# All predictions


def test_the_shares_are_those_that_the_library_finds_anew():
    p = given("predictions", level=0.8)
    found = trials.tried(p)
    anew = calibration.coverage(calibration.stored("calibration_splits"), "discrepancy", 0.8)
    share = steps.coverage(p, found).all["band"]
    assert share.value == pytest.approx(anew.pooled, abs=0.003)  # the stored multiples are rounded
    assert tuple(share.by_laboratory) == anew.laboratories == trials.LABORATORIES


def test_the_laws_own_interval_holds_far_less_than_it_says(found):
    law, band = found.coverage.all["law"], found.coverage.all["band"]
    assert 0.5 < law.value < 0.6
    assert law.high < 0.75
    assert 0.9 < band.value < 0.98
    assert band.low < 0.95 < band.high
    for near, far in zip(found.coverage.at["law"], found.coverage.at["band"], strict=True):
        assert near.value < far.value


def test_a_share_counts_laboratories_alike():
    data = {"laboratory": ["a"] * 3 + ["b"], "suite": ["s"] * 3 + ["t"], "split": [0] * 4,
            "h": [2.0] * 4}  # fmt: skip
    data = {name: np.array(each) for name, each in data.items()}
    held = np.array([True, True, True, False])
    found = trials.share(data, held, np.ones(4, dtype=bool), 0)
    assert found.value == pytest.approx(0.5)
    assert (found.low, found.high, found.runs) == (0.0, 1.0, 4)
    assert found.by_laboratory == pytest.approx({"a": 1.0, "b": 0.0})


@settings(max_examples=30)
@drawn(st.lists(st.tuples(st.floats(0, 10), st.floats(0.01, 1)), min_size=1, max_size=20))
def test_half_of_the_weight_lies_at_or_below_the_median(pairs):
    values, weight = np.array(pairs).T
    middle = trials.median(values, weight)
    assert weight[values <= middle].sum() >= weight.sum() / 2 * (1 - 1e-12)
    assert weight[values < middle].sum() <= weight.sum() / 2 * (1 + 1e-12)


def test_a_laboratory_that_is_left_out_does_not_count(found):
    p = given("predictions", left_out="porian")
    less = steps.coverage(p, trials.tried(p))
    assert less.laboratories == found.coverage.laboratories - 1
    assert less.predicted < found.coverage.predicted
    assert "porian" not in less.all["law"].by_laboratory
    others = [v for k, v in found.coverage.all["law"].by_laboratory.items() if k != "porian"]
    assert less.all["law"].value == pytest.approx(np.mean(others))
    assert "porian" not in steps.firsts(p, 10.0)


def test_the_farthest_distance_bounds_what_is_pooled(found):
    near = steps.coverage(given("predictions", farthest=3.0), found.tried).all["law"]
    assert near.runs == int(np.sum(found.tried.h <= 3))
    assert near.value == pytest.approx(found.coverage.at["law"][0].value, abs=0.01)


# Widths


def test_the_trend_of_the_width_goes_through_the_medians(found):
    for kind, trend in found.width.trend.items():
        inside = found.tried.half[kind] <= [trend.at(max(h, 1.0)) for h in found.tried.h]
        among = found.tried.within(steps.REACH)
        weight = calibration.weights_of(found.tried.rows, among)
        assert weight @ inside[among] == pytest.approx(0.5, abs=0.01), kind


def test_wider_levels_are_wider_and_widths_grow(found):
    for h in steps.TOLD[:5]:
        law, narrow, band = (found.width.trend[kind].at(h) for kind in ("law", "narrow", "band"))
        assert law < narrow < band
    wide = [found.width.trend["band"].at(h) for h in steps.TOLD]
    assert (np.diff(wide) > 0).all()
    assert found.sizes.factor[3.0] < found.sizes.factor[10.0] < found.sizes.factor[30.0]
    assert 100.0 not in found.sizes.factor


# The run that counts


def test_the_run_that_counts_is_the_best_of_its_largest_budget():
    data = trials.stored()
    for each in steps.counting():
        runs = trials.suites()[each.suite].runs
        assert data["suite"][each.place] == each.suite
        assert each.factor * 0.99 <= data["h"][each.place] <= 3.2 * each.factor
        budget = splits.levels(runs)
        best = runs.loss[budget == budget.max()].min()
        assert data["loss"][each.place] == pytest.approx(best, rel=1e-4)


def test_each_laboratory_has_one_suite_in_the_comparison_of_forms(found):
    assert len(steps.firsts(given("predictions"), 10.0)) == 11
    assert {each.laboratories for each in found.forms.values()} == {11}
    assert list(found.forms) == sorted(found.forms, key=lambda name: found.forms[name].error)
    near, plain = found.forms["power mean, near the frontier"], found.forms["Chinchilla's sum"]
    assert near.error < plain.error


# Published predictions


def test_gadres_errors_come_out_as_printed(found):
    errors = found.promised.again["RedPajama"].errors
    stated = promises.stated()["gadre_error"]
    assert round(errors["1.4B"], 3) == round(errors["6.9B"], 3) == stated
    assert found.promised.again["C4"].errors["6.9B"] < -0.03


def test_a_tied_law_is_found_again():
    runs = table("gadre2024", suite="rpj@c4_val")
    law = promises.Tied(1.7, 300.0, 900.0, 0.27)
    made = promises.tied(Runs(runs.params, runs.tokens, law.loss(runs.params, runs.tokens)))
    for name, value in vars(law).items():
        assert getattr(made, name) == pytest.approx(value, rel=1e-3), name


def test_the_ladder_is_predicted_from_runs_below_its_targets(found):
    largest = table("bhagia2024_final", suite="bhagia2024-target")
    ladder = table("bhagia2024_final", suite="bhagia2024-c4")
    for name, each in found.promised.ladder.items():
        assert each.runs == len(ladder)
        assert each.came in largest.loss
        assert each.told.low < each.came < each.told.high
        assert each.told.h > 10 < found.promised.hundredth[name].told.h
        told = predict(ladder, params=each.told.params, tokens=each.told.tokens)
        assert told.loss == pytest.approx(each.told.loss, rel=1e-9)


def test_bands_beyond_the_calibration_are_not_given(found):
    for each in found.promised.gadre.values():
        assert each.told.low is None
        assert each.told.extrapolated is not None
        assert each.told.h > steps.REACH


def test_a_level_that_is_not_stored_is_refused():
    with pytest.raises((ScalebookError, ScalingLawsError), match="level"):
        given("predictions", level=0.99)


# Figures and tables


def test_runs_inside_and_outside_are_told_apart(p, found):
    shown = figures.lead(p, found)
    inside, outside = (
        part(shown.data, series=f"{which} its band")["distance"] for which in ("held by", "outside")
    )
    assert len(inside) + len(outside) == 350
    # As each is as likely as it counts, the share drawn is about that of all.
    assert len(inside) / 350 == pytest.approx(0.95, abs=0.04)
    assert "350 of 10,177" in shown.caption


def test_the_control_has_the_librarys_widths(p, found):
    control = figures.lead(p, found).control
    for own, kind in ((0, "band"), (1, "law")):
        for h in (1.5, 10.0, 250.0):
            half = control.evaluate({"h": h, "own": own})["half"]
            assert half == pytest.approx(100 * found.width.trend[kind].at(h))


def test_wide_bands_are_told_as_factors():
    said = ["±4.8%", "±41%", "a factor of 3.3", "more than a thousandfold"]
    assert [figures.span(half) for half in (0.048, 0.41, 1.2, 9.0)] == said
    assert [figures.times(each) for each in (3.0, 12.5, 10_000.0)] == ["3", "12.5", "10,000"]


def test_widths_beyond_the_calibration_are_named_so(p, found):
    made = rows(figures.widths(p, found))
    far = [each.split(", ")[0] for each in made if "extrapolated" in each]
    assert far == ["300", "1,000", "10,000"]
    assert made["10"][0] == "±4.8%"
    assert made["100"][-1] == "—"


def test_published_and_recomputed(p, found):
    made = rows(figures.compared(p, found))
    assert made["Gadre's error for 1.4B parameters"][:2] == ["0.70%", "0.71%"]
    promise = rows(figures.published(p, found))
    assert promise["GPT-4, loss, from 1/10,000"] == ["no number", "no runs", "no runs"]
    assert promise["Gadre, 6.9B, from 1/300"][:2] == ["0.7%", "+0.73%"]


def test_distances_without_runs_have_no_share(p, found):
    made = rows(figures.held(p, found))
    assert made["FineWeb"][3:] == ["—", "—"]
    assert len(made) == 12


# Claims


def settled(p, found):
    return {each.claim.id: each for each in outcome.verdicts(p, found)}


def test_what_has_no_runs_stays_open(p, found):
    made = settled(p, found)
    for name in ("w-gpt4-predicted", "w-gpt4-1000", "w-deepseek-1000x", "w-olmo-ladder"):
        assert made[name].verdict == "open"
        assert "would decide" in made[name].why
    assert "a factor of 3.4" in made["w-gpt4-predicted"].why
    assert "off by 1.7% and 2.5%" in made["w-olmo-ladder"].why


def test_gadres_claims_are_judged_by_their_own_recipe(p, found):
    made = settled(p, found)
    assert made["w-gadre-07"].verdict == made["w-constant-ratio-overtrain"].verdict == "holds"
    assert (made["w-gadre-300x"].verdict, made["w-gadre-300x"].reason) == ("fails", "")
    assert made["w-gadre-300x"].rows[0].recomputed == pytest.approx([330, 236], abs=0.5)


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [([[0.01, 0.02]], "holds"), ([[0.02, 0.01]], "fails"), ([[0.01, 0.02], [0.02, 0.01]], "open")],
)
def test_nearer_runs_predict_better_where_the_misses_grow(p, found, errors, verdict):
    by = dict(zip("ab", errors, strict=False))
    width = replace(found.width, errors=by)
    assert settled(p, replace(found, width=width))["w-choshen-near"].verdict == verdict


def test_the_misses_of_every_laboratory_grow(p, found):
    assert tuple(found.width.errors) == trials.LABORATORIES
    assert len(found.width.errors["fineweb"]) == 3
    assert "12 of 12 laboratories" in settled(p, found)["w-choshen-near"].why


# What the page says


def test_the_answer_has_what_held_and_what_it_takes(p, r):
    said = str(findings.short_answer(p, r))
    assert "held 53% of larger runs; a band that held 94% needs ±4.8% at ten times" in said
    assert said.startswith("> **Short answer.** Roughly.")
    r.error_2 = 0.04
    assert "Hardly." in str(findings.short_answer(p, r))


def test_a_law_that_kept_its_word_is_not_blamed(p, r):
    assert "says too much" in str(findings.tried(p, r))
    assert "Do not read a fit's own interval" in str(findings.tried_takeaway(p, r))
    r.law_share, r.law_share_low, r.law_share_high = 0.94, 0.9, 0.98
    assert "may be what it promises" in str(findings.tried(p, r))
    assert "where it promised 95%" in str(findings.tried_takeaway(p, r))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.8, 0.9, "too narrow"), (0.96, 0.99, "wider than it says"), (0.9, 0.97, "keeps its word")],
)
def test_the_band_is_judged_by_its_interval(p, r, low, high, said):
    r.band_share_low, r.band_share_high = low, high
    assert said in str(findings.tried(p, r))


def test_the_worst_laboratory_is_named(p, r):
    assert "for Alabdulmohsin and colleagues" in str(findings.laboratories(p, r))
    r.law_share_of_llama3 = 0.01
    assert "worst for Llama 3, with 1%" in str(findings.laboratories(p, r))


def test_the_width_is_set_against_the_gain(p, r):
    assert "may miss by 94% of the gain" in str(findings.width(p, r))
    r.band_half_10 = 0.06
    assert "more than the whole gain" in str(findings.width(p, r))
    r.band_half_10 = 0.01
    assert "narrow beside the gain" in str(findings.width(p, r))
    assert "no wider than" in str(findings.width(p, r))


def test_a_published_error_is_called_lucky_only_where_others_are_larger(p, r):
    assert "a lucky one" in str(findings.promised(p, r))
    assert "one success is no error rate" in str(findings.promised_takeaway(p, r))
    r.again_C4_6_9B_error = r.again_RefinedWeb_6_9B_error = 0.008
    assert "is typical" in str(findings.promised(p, r))
    assert "about as well" in str(findings.promised_takeaway(p, r))


def test_the_form_that_did_best_is_named(p, r):
    assert "missed least was the power mean of runs near the frontier" in str(findings.forms(p, r))
    assert "too high in the median" in str(findings.forms(p, r))
    r.form_sum_error, r.form_sum_bias = 0.001, 0.001
    said = str(findings.forms(p, r))
    assert "missed least was Chinchilla's form" in said
    assert "too low in the median" in said
