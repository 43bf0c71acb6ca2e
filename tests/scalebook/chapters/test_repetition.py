"""Repeated data: the published figures, exactly solvable decays, and what turns a caption."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given as drawn_from
from hypothesis import settings
from hypothesis import strategies as st

from scalebook.chapters.repetition import GEOMETRIC, figures, findings, measured, outcome, steps
from scalebook.chapters.repetition.steps import published
from scalebook.show import figures as draw
from scalinglaws import registry
from scalinglaws.laws import Decay
from scalinglaws.optimum import dense
from scalinglaws.optimum.repetition import RepeatedLaw, epoch_value
from tests.scalebook.chapters.cells import given, part

FRESH = registry.parametric("muennighoff2023")
#: A repeat teaches half of what the one before taught, of tokens and of parameters.
HALVING = Decay(0.5, 0.5, "geometric")


def parameters(**values):
    return given("repetition", **values)


@pytest.fixture(scope="module")
def p():
    return parameters()


@pytest.fixture(scope="module")
def found(p):
    return steps.take(p)


@pytest.fixture(scope="module")
def halving(found):
    """Return forms whose chosen and fitted decays all halve."""
    law = RepeatedLaw(FRESH, HALVING)
    return replace(found.forms, model=law, paper=law, geometric=law, only_data=HALVING)


def results(p):
    return outcome.recorded(p, steps.take(p))


# The forms


def test_the_forms_are_those_of_the_papers_table(found):
    forms = found.forms
    assert forms.only_data.tokens == published("R_D.only")
    assert forms.only_data.value([1.0, 30.0, 1e6], "params") == pytest.approx([1, 30, 1e6])
    exponent = -math.log1p(-forms.geometric.decay.tokens)
    assert exponent == pytest.approx(published("explicit.D"), abs=1e-4)
    # Of parameters the table prints one number as a share and as an exponent.
    assert forms.geometric.decay.params == published("explicit.N")
    assert -math.log1p(-forms.explicit.params) == pytest.approx(published("explicit.N"))
    assert forms.explicit.tokens == forms.geometric.decay.tokens


def test_the_chosen_law_and_decay_are_taken_and_the_papers_own_stay(found):
    forms = steps.forms(parameters(law="besiroglu2024", decay=GEOMETRIC))
    assert forms.model.fresh == registry.parametric("besiroglu2024")
    assert forms.model.decay == found.forms.geometric.decay
    assert (forms.paper, forms.geometric) == (found.forms.paper, found.forms.geometric)


def test_the_readings_share_the_law_for_fresh_data(found):
    readings = found.forms.readings(FRESH)
    assert {law.fresh for law in readings.values()} == {FRESH}
    assert len({law.decay for law in readings.values()}) == 3


# The plans


def test_the_confirming_run_is_near_the_one_recommended(found):
    params, tokens = steps.trained()
    assert found.plans.confirm.params == pytest.approx(params, rel=0.1)
    assert found.plans.confirm.tokens == pytest.approx(tokens, rel=0.1)
    assert found.plans.confirm.epochs == pytest.approx(published("confirm.epochs"), abs=1)
    assert found.plans.confirm_geometric.epochs > 1.5 * found.plans.confirm.epochs


def test_without_decay_it_is_the_papers_other_run(found):
    params, tokens = steps.trained("chinchilla.")
    assert found.plans.plain.params == pytest.approx(params, rel=0.03)
    assert found.plans.plain.tokens == pytest.approx(tokens, rel=0.03)
    assert found.plans.plain.params > found.plans.confirm.params


def test_no_size_nearby_has_a_lower_loss(p, found):
    best, law = found.plans.best, found.forms.model
    for by in (0.9, 0.99, 1.01, 1.1):
        size = best.params * by
        assert law.loss(size, p.compute / (6 * size), p.unique) > best.loss
    assert 6 * best.params * best.tokens == pytest.approx(p.compute)


def test_with_plenty_of_text_nothing_is_repeated():
    plenty = parameters(unique=1e15)
    best = steps.plans(plenty, steps.forms(plenty)).best
    assert best.epochs == pytest.approx(1)
    assert best.params == pytest.approx(dense.optimal(FRESH, plenty.compute).params)


def test_with_less_text_there_are_more_passes_and_a_smaller_model():
    scarce = parameters(unique=5e9)
    plans = [steps.plans(each, steps.forms(each)).best for each in (parameters(), scarce)]
    assert plans[1].epochs > 2 * plans[0].epochs
    assert plans[1].params < plans[0].params
    assert plans[1].loss > plans[0].loss


# The ratio


@settings(max_examples=20)
@drawn_from(st.floats(1, 500), st.floats(1e6, 1e15))
def test_the_gain_does_not_hang_on_the_amount_of_text(passes, unique):
    law = RepeatedLaw(FRESH, Decay(15.4, 5.3))
    assert steps.gain(law, unique, passes) == pytest.approx(steps.gain(law, 1e9, passes), rel=1e-6)


@pytest.mark.parametrize("passes", [2.0, 10.0, 60.0])
def test_where_both_decay_alike_the_ratio_stays(passes):
    law = RepeatedLaw(replace(FRESH, alpha=0.35, beta=0.35), Decay(8.0, 8.0))
    assert steps.gain(law, 1e9, passes) == pytest.approx(1)


def test_the_gain_is_near_the_one_quoted_in_the_papers_form_alone(p, found):
    paper, geometric, explicit = found.gains.values()
    assert paper == pytest.approx(2.5, rel=0.05)
    assert geometric > explicit > 3 * paper
    assert found.gain == paper
    once = steps.gains(parameters(epochs=1.0), found.forms)
    assert list(once.values()) == pytest.approx([1, 1, 1])
    chosen = parameters(decay=GEOMETRIC)
    assert steps.take(chosen).gain == pytest.approx(geometric)


# Results


def test_the_results_hold_the_papers_arithmetic(p):
    found = results(p)
    assert found["limit"] == pytest.approx(1 + found["R_D"])
    assert found["limit_geometric"] == pytest.approx(1 / found["delta_D"])
    assert found["lambda_D"] == pytest.approx(published("explicit.D"), abs=1e-4)
    assert 1 / found["base_ratio"] == pytest.approx(published("base_ratio"), abs=5e-4)
    assert found["sixteenth"] == pytest.approx(1 / math.e, abs=0.03)
    assert found["four_excess_low"] < 100 * published("four_epoch_excess") < found["four_excess"]
    assert found["largest_product"] == 3600
    assert found["predicted_gain"] < found["geometric_gain"] < found["measured_gain"]


def test_fifteen_passes_worth_are_reached_by_the_formula(p):
    found = results(p)
    repeats = -found["R_D"] * math.log(1 - 14 / found["R_D"])
    assert found["exercise_fifteen"] == pytest.approx(1 + repeats)
    assert found["exercise_geometric"] == pytest.approx(found["worth60"], rel=0.01)


def test_what_is_claimed_for_repetition_is_worth_less_and_may_be_out_of_reach():
    five, twenty = results(parameters()), results(parameters(stretch=20.0))
    assert five["worth"] < 5 < five["needed"] < 6
    assert five["combined"] == pytest.approx(5 * five["worth"])
    assert twenty["needed"] == 0  # beyond the limit of the chosen form
    assert results(parameters(stretch=20.0, decay=GEOMETRIC))["needed"] > 20
    once = results(parameters(stretch=1.0, synthetic=2.0))
    assert (once["worth"], once["needed"], once["combined"]) == pytest.approx((1, 1, 2))


# Figures and tables


def test_worths_of_a_halving_decay(halving):
    rows = figures.worths(halving).rows
    assert rows[0] == ["1", "1.00", "1.00", "1.00", "100%", "100%"]
    assert rows[1] == ["2", "1.50", "1.50", "1.50", "50%", "50%"]
    assert rows[2] == ["4", "1.88", "1.88", "1.88", "12%", "12%"]
    assert rows[-1][1] == "2.00"


def test_the_lead_reads_a_text_as_often_as_is_asked(p, found):
    control = figures.lead(p, found).control
    start = {each.name: each.value for each in control.inputs}
    paper, geometric = found.forms.paper.decay, found.forms.geometric.decay
    here = control.evaluate(start)
    assert here["worth"] == pytest.approx(float(paper.value(4)))
    assert here["fresh"] == pytest.approx(p.unique * float(paper.value(4)))
    assert here["next"] == pytest.approx(float(epoch_value(paper, 5)))
    there = control.evaluate(start | {"form": 1, "k": 60})
    assert there["worth"] == pytest.approx(float(geometric.value(60)))
    last = [control.evaluate(start | {"form": form, "k": 60})["worth"] for form in (3, 2, 4)]
    assert last == sorted(last)
    assert last[0] < 16 < last[-1]


def test_pairs_are_drawn_by_the_size_of_the_model(p, found):
    data = figures.lead(p, found).data
    small, large = (part(data, series=f"{kind} models") for kind in ("small", "large"))
    assert len(small["epochs"]) + len(large["epochs"]) == len(found.measured.pairs)
    late = [
        max(y for x, y in zip(each["epochs"], each["worth"], strict=True) if x > 20)
        for each in (small, large)
    ]
    assert late[0] > 30 > 8 > late[1]


@settings(max_examples=20)
@drawn_from(st.floats(1, 500), st.floats(0.5, 1000), st.floats(0.001, 0.9))
def test_both_forms_are_one_formula(passes, tokens, share):
    for decay in (Decay(tokens, 1.0), Decay(share, 0.5, "geometric")):
        worth = steps.worth_of(passes, *steps.constants(decay))
        assert worth == pytest.approx(float(decay.value(passes)), rel=1e-9)


def test_pairs_are_listed_by_passes_and_size(found):
    rows = figures.pairs(found).rows
    assert [row[0] for row in rows] == [f"{a:g} to {b:g}" for a, b in measured.BANDS]
    assert rows[0][3:] == ["—", "—"]
    four = next(band for band in found.measured.bands if band.least == 3.5)
    assert len(four.small) + len(four.large) == len(found.measured.four)
    law = found.forms.paper
    for band in found.measured.bands:
        assert all(pair.size_over(law) < measured.LARGE for pair in band.small)
        assert all(pair.size_over(law) >= measured.LARGE for pair in band.large)


def test_the_confirming_runs_beside_what_is_recommended(found):
    rows = {row[0]: row[1:] for row in figures.confirming_runs(found.forms, found.plans).rows}
    assert rows["recommended in the paper"][:3] == ["6.34B", "242B", "9.7"]
    assert rows["recommended in the paper"][-1] == "2.359"
    assert rows["without decay, in the paper"][:3] == ["8.67B", "178B", "7.1"]
    losses = {name: float(row[3]) for name, row in rows.items()}
    assert min(losses.values()) == losses["best by the printed law"]
    measured = [name for name, row in rows.items() if row[-1]]
    assert measured == ["recommended in the paper", "without decay, in the paper"]


def test_dots_lie_at_the_lowest_points_of_their_curves(p, found):
    lines = figures.isoflop(p, found.plans).figure.axes[0].lines
    for curve, dot in ((lines[0], lines[1]), (lines[2], lines[3])):
        lowest = curve.get_ydata().argmin()
        assert dot.get_xdata()[0] == pytest.approx(curve.get_xdata()[lowest], rel=0.03)
        assert dot.get_ydata()[0] <= curve.get_ydata().min()
    # The dashed curve of fresh tokens lies below both.
    assert (lines[4].get_ydata() <= np.minimum(lines[0].get_ydata(), lines[2].get_ydata())).all()


def test_with_plenty_of_text_the_forms_agree():
    plenty = parameters(unique=1e15)
    caption = figures.isoflop(plenty, steps.plans(plenty, steps.forms(plenty))).caption
    assert "the geometric one, which makes 1.0 passes" in caption


def test_the_ratios_start_at_one_and_pass_through_the_gains(p, found):
    shown = figures.ratios(p, found.forms, found.gains)
    curves = shown.figure.axes[0].lines[:3]
    for curve, value in zip(curves, found.gains.values(), strict=True):
        assert curve.get_ydata()[0] == pytest.approx(1)
        at = np.interp(np.log(p.epochs), np.log(curve.get_xdata()), curve.get_ydata())
        assert at == pytest.approx(value, rel=0.01)
    assert "reaches 2.60 at 60 passes" in shown.alt
    assert "the geometric forms reach 12.0" in shown.alt
    four = parameters(epochs=4.0)
    fewer = figures.ratios(four, found.forms, steps.gains(four, found.forms)).alt
    assert "at 4 passes" in fewer


def test_contours_start_at_the_optimum_of_one_pass_and_never_pass_the_limit(p, found):
    shown = figures.contours(p, found.forms.model)
    path = shown.figure.axes[0].lines[0]
    assert path.get_ydata()[0] == pytest.approx(published("base_ratio") * 1e8, rel=0.02)
    decay = found.forms.model.decay
    start = float(found.forms.model.base_params(1e8))
    lowest = FRESH.loss(start * decay.limit("params"), 1e8 * decay.limit())
    assert f"No run gets below {lowest:.2f}." in shown.caption
    more = figures.contours(parameters(contour_unique=1e12), found.forms.model).caption
    assert "on 1T unique tokens" in more
    draw.as_svg(shown.figure)


def test_two_factors_come_to_what_the_decay_says(found, halving):
    rows = figures.factors(parameters(stretch=2.0, synthetic=3.0), halving.model).rows
    assert [row[1] for row in rows] == ["2", "3", "6", "6", "6", "∞"]
    assert [row[2] for row in rows] == ["1.50", "3.00", "4.50", "3.00", "1.50", "6.0"]


def test_compared_finds_the_published_figures_again(found):
    rows = {row[0]: row[1:] for row in figures.compared(found).rows}
    assert rows["A"] == ["521.0", "520.8", "0.034%"]
    assert rows["best parameters, confirming run"][:2] == ["6.34B", "6.82B"]
    errors = {name: float(row[2].rstrip("%")) for name, row in rows.items()}
    far = [name for name, error in errors.items() if error > 10]
    assert far == ["exponent of the explicit decay, parameters"]


# The runs


def pair(fresh, repeated, passes=4.0):
    twin = measured.Setting(1e9, 2e10, 2e10, fresh)
    return measured.Pair(measured.Setting(1e9, 2e10, 2e10 / passes, repeated), twin)


def test_runs_on_other_data_or_recipes_are_left_out():
    runs = measured.runs()
    assert (runs.loss.size, runs.fitted.sum()) == (294, 182)
    assert sum(each.epochs == 1 for each in measured.settings()) < 41  # seeds are averaged
    assert all(p.repeated.tokens == p.fresh.tokens for p in measured.pairs(1, 2000))


def test_without_more_loss_repeats_are_worth_fresh_tokens():
    same = pair(3.0, 3.0)
    assert (same.excess, same.worth(FRESH)) == (0, pytest.approx(1))
    half = float(FRESH.loss(1e9, 1e10) - FRESH.loss(1e9, 2e10))
    assert pair(3.0, 3.0 + half).worth(FRESH) == pytest.approx(0.5)


def test_series_go_on_beyond_the_passes_asked_for():
    for line in measured.series(39, 400):
        assert len({(each.params, each.unique) for each in line}) == 1
        assert line[0].epochs >= 39
        assert line[-1].epochs >= 400
        assert [each.epochs for each in line] == sorted(each.epochs for each in line)


def test_the_objective_of_the_valley_is_that_of_the_law():
    valley = measured.valley()
    at = 30, 20
    decay = Decay(float(valley.tokens[at[0]]), float(valley.params[at[1]]))
    assert valley.charge[at] == pytest.approx(measured.charge_of(RepeatedLaw(FRESH, decay)))


def test_the_published_constants_are_one_point_of_a_flat_valley(found):
    valley, paper = found.measured.valley, found.forms.paper
    assert measured.charge_of(paper) == pytest.approx(0.0158259, abs=5e-8)
    assert valley.charge.min() < measured.charge_of(paper) < 1.005 * valley.charge.min()
    inside = valley.tokens[valley.profile < 0.02]
    assert inside[0] < paper.decay.tokens / 2
    assert inside[-1] == valley.tokens[-1]
    low, high = np.quantile(valley.draws[:, 0], [0.025, 0.975])
    assert low < paper.decay.tokens < high
    # The runs that were left out drive the fit into the corner.
    assert found.measured.all_runs.best == (valley.tokens[-1], pytest.approx(valley.params[0]))


def test_a_decay_that_runs_follow_is_found(monkeypatch):
    runs = measured.runs()
    decay = Decay(float(measured.R_TOKENS[24]), float(measured.R_PARAMS[20]))
    loss = RepeatedLaw(FRESH, decay).loss(runs.params, runs.tokens, runs.unique)
    monkeypatch.setattr(measured, "runs", lambda: replace(runs, loss=loss))
    valley = measured.valley.__wrapped__()
    assert valley.best == pytest.approx((decay.tokens, decay.params))
    assert valley.draws == pytest.approx(np.broadcast_to(valley.best, valley.draws.shape))


def test_the_valley_is_drawn_with_both_points_in_it(found):
    shown = figures.valley(found.forms, found.measured.valley)
    draw.as_svg(shown.figure)


def test_a_repeated_thousandth_does_no_harm_by_a_law_that_flattens(found):
    assert 1 < steps.as_good_as(found.forms.paper) < 1.1
    endless = RepeatedLaw(FRESH, Decay(math.inf, 1.0))
    assert steps.as_good_as(endless) == pytest.approx(1)


def test_epochs_of_massivetext_are_chinchillas():
    whole, most = steps.epochs_of(1.4e12)
    assert whole == pytest.approx(0.6, abs=0.01)
    assert most == 3.4
    assert steps.epochs_of(0.7e12) == pytest.approx((whole / 2, most / 2))
    assert sum(share for share, _ in steps.massivetext().values()) == pytest.approx(1)


# Claims


def settled(p, found):
    return {each.claim.id: each for each in outcome.verdicts(p, found)}


def ran(found, **values):
    return replace(found, measured=replace(found.measured, **values))


def test_forms_that_differ_leave_a_claim_open(p, found, halving):
    verdicts = settled(p, found)
    assert [row.verdict for row in verdicts["h-epochs-5x"].rows] == ["roughly", "open"]
    assert [row.verdict for row in verdicts["n-repeat-2.5x"].rows] == ["holds", "fails"]
    assert verdicts["h-synthetic-5x"].verdict == "assumption"
    other = settled(p, replace(found, forms=halving))
    assert other["h-epochs-5x"].rows[0].verdict == "fails"
    assert other["n-repeat-2.5x"].rows[1].verdict == "fails"
    assert "the optimum at 60 passes has 1.0" in other["n-repeat-2.5x"].why
    assert "here 7." in settled(parameters(synthetic=7.0), found)["h-synthetic-5x"].why


def test_five_passes_are_worth_five_if_runs_and_law_say_so(p, found):
    good = ran(found, five=(pair(3.0, 3.0, 5.0), pair(3.0, 3.001, 5.0)))
    assert settled(p, good)["h-epochs-5x"].verdict == "roughly"
    bad = ran(found, five=(pair(3.0, 3.5, 5.0),))
    assert settled(p, bad)["h-epochs-5x"].rows[1].verdict == "fails"


def test_four_passes_cost_little_or_much_as_the_runs_say(p, found):
    assert settled(p, found)["w-four-epochs"].verdict == "holds"
    worse = ran(found, four=tuple(pair(3.0, loss) for loss in (3.06, 3.07, 3.08)))
    verdicts = settled(p, worse)
    assert verdicts["w-four-epochs"].verdict == verdicts["w-muen-half-percent"].verdict == "fails"
    exact = ran(found, four=(pair(3.0, 3.0151),))
    assert settled(p, exact)["w-muen-half-percent"].verdict == "holds"


def test_sixteen_epochs_hold_if_the_valley_is_narrow(p, found):
    assert settled(p, found)["w-muen-16"].verdict == "open"
    valley = found.measured.valley
    narrow, far = (replace(valley, draws=np.full((100, 2), at)) for at in (15.0, 60.0))
    at = int(np.argmin(np.abs(valley.tokens - 15)))
    charge = valley.charge.copy()
    charge[at, 0] = 0.5 * charge.min()
    sure = settled(p, ran(found, valley=replace(narrow, charge=charge)))["w-muen-16"]
    assert sure.verdict in ("holds", "roughly")
    assert "more than" not in sure.why
    assert settled(p, ran(found, valley=far))["w-muen-16"].verdict == "fails"


def line(*losses, start=40.0):
    return tuple(
        measured.Setting(1e9, start * 2**at * 1e8, 1e8, loss) for at, loss in enumerate(losses)
    )


def test_what_many_passes_do_is_read_off_the_runs(p, found):
    falling, rising = (line(4.0, 3.5, 3.2), line(3.8, 3.4, 3.1)), (line(4.0, 4.5, 5.0),)
    gains, harms = (settled(p, ran(found, beyond=runs)) for runs in (falling + rising, rising))
    assert (gains["w-muen-40"].verdict, harms["w-muen-40"].verdict) == ("open", "holds")
    assert gains["w-muen-40"].probability is None  # a share of models is no probability
    assert gains["w-lovelace-harm"].verdict == harms["w-lovelace-harm"].verdict == "holds"
    only = settled(p, ran(found, beyond=falling))
    for name in ("w-muen-40", "w-muen-zero", "w-lovelace-harm"):
        assert only[name].verdict == "fails"
    assert "still gained at 160 passes" in only["w-muen-zero"].why
    assert "mostly smaller for their text" in settled(p, found)["w-muen-40"].why
    assert "Their size does not tell which" in gains["w-muen-40"].why


def test_tokens_are_read_once_in_the_runs_and_not_in_chinchilla(p, found):
    verdicts = settled(p, found)
    assert verdicts["w-hoffmann-one-epoch"].verdict == "holds"
    assert [row.verdict for row in verdicts["n-one-epoch"].rows] == ["holds", "fails"]


def test_the_quoted_passes_are_the_comments(p, found, monkeypatch):
    printed = outcome.printed
    monkeypatch.setattr(outcome, "printed", lambda key: 2.0 if "epochs" in key else printed(key))
    quoted = settled(p, found)["n-repeat-2.5x"]
    laws = found.forms.readings(found.forms.paper.fresh)
    twice = steps.gain(laws["paper's form"], p.unique, 2.0)
    assert quoted.rows[0].recomputed == pytest.approx(twice)
    assert "the optimum at 2 passes" in quoted.why


# What is said


def said(p, found, name, **values):
    r = SimpleNamespace(**outcome.recorded(p, found) | values)
    return getattr(findings, name)(p, r).markdown


@pytest.mark.parametrize(
    ("name", "changed", "words"),
    [
        ("short_answer", {}, "Nearly. In 7 pairs"),
        ("short_answer", {"four_excess_high": 5.0}, "No. In 7 pairs"),
        ("short_answer", {"large_runs": 0}, "the runs do not tell"),
        ("pairs", {}, "the size of the model decides"),
        ("pairs", {"large_high": 0.9}, "larger ones overlap"),
        ("pairs", {"small_runs": 0}, "too few of them"),
        ("pairs_takeaway", {}, "ruin one that is large"),
        ("pairs_takeaway", {"four_excess_high": 5.0, "large_runs": 0}, "not as good as fresh"),
        ("forms", {}, "slightly better"),
        ("forms", {"r2_geometric": 0.7}, "no better"),
        ("valley", {}, "more than 1,000, where the search stops."),
        ("valley", {"valley_high": 30.0, "all_best_D": 20.0}, "left out, too, the least is at 20"),
        ("valley_takeaway", {}, "one point of a flat valley"),
        ("valley_takeaway", {"valley_low": 12.0, "valley_high": 20.0}, "constant: 12 to 20"),
        ("spend", {}, "nearer to what the geometric"),
        ("spend", {"measured_gain": 0.002}, "nearer to what the law"),
        ("ratio_takeaway", {}, "not a measurement"),
        ("ratio_takeaway", {"gain_geometric": 2.5}, "both forms agree"),
    ],
)  # fmt: skip
def test_findings_follow_the_numbers(p, found, name, changed, words):
    assert words in said(p, found, name, **changed)


def test_with_enough_text_nothing_is_repeated():
    plenty = parameters(unique=1e15)
    found = steps.take(plenty)
    assert "nothing need be repeated" in said(plenty, found, "spend")
    assert "nothing need be repeated" in said(plenty, found, "spend_takeaway")


def test_what_no_number_of_passes_is_worth_is_said_to_be_out_of_reach(p, found):
    assert "no number of passes is enough" in said(parameters(stretch=20.0), found, "five")
    assert "it takes 5.6 of them" in said(p, found, "five")
    assert "1 pass is worth" in said(parameters(stretch=1.0), found, "five")
