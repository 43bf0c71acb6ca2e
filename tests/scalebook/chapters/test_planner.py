"""The chapter on planning: its steps, its figures and tables, and the command that plans."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given as cases
from hypothesis import strategies as st

from scalebook import cli
from scalebook.chapters.common import gpt4_active, printed, stated
from scalebook.chapters.planner import (
    figures,
    findings,
    fits,
    hoffmann,
    outcome,
    ratios,
    settled,
    steps,
    tables,
)
from scalebook.errors import ScalebookError
from scalebook.record import claims
from scalebook.report import answers
from scalebook.report.answers import Given
from scalebook.show.numbers import sci
from scalinglaws import laws, reading, registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import ParametricLaw, PowerAllocation
from scalinglaws.optimum import dense, overtraining
from scalinglaws.optimum.overtraining import over_training_penalty
from scalinglaws.prediction import bands
from scalinglaws.prediction.forecast import Outlook
from scalinglaws.quantities import format_quantity as qty
from tests.scalebook.chapters.cells import given, part
from tests.scalebook.show.vega import evaluated

P = given("planner", resamples=100)
FOUND = steps.take(P)
REFIT, COLUMNS = FOUND.refit, FOUND.columns
RECORD = outcome.of(P, FOUND)
OUTLOOK = Outlook(REFIT.used)


def changed(**values):
    return given("planner", resamples=100, **values)


def with_spread(**constants):
    """Return the refit as if its resamples had given laws with these constants."""
    one = {"E": 1.8, "A": 480.0, "B": 2000.0, "alpha": 0.35, "beta": 0.36} | constants
    count = max(np.size(value) for value in one.values())
    law = {name: np.broadcast_to(value, max(count, 2)) for name, value in one.items()}
    return replace(REFIT, draws=ParametricLaw(**law))


def verdicts(p=P, **other):
    return {each.claim.id: each for each in outcome.verdicts(p, replace(FOUND, **other))}


def texts(axes):
    return [text.get_text() for text in axes.texts]


# Compute from a machine, money, energy


def test_the_machine_the_money_and_the_energy_by_hand():
    p = changed(peak=1e18, days=10.0, utilisation=0.5, cost=1e6, price=2.0, accelerator=1e15,
                energy=1e6, power=1000.0, compute=1e22)  # fmt: skip
    found = steps.budgets(p).by_basis
    assert found["machine"] == pytest.approx(0.5 * 1e18 * 10 * 86400)
    assert found["cost"] == pytest.approx(0.5 * 1e15 * 5e5 * 3600)
    assert found["energy"] == pytest.approx(0.5 * 1e15 * 1e6 * 3600)
    assert found["compute"] == 1e22


@pytest.mark.parametrize("basis", ["machine", "cost", "energy", "compute"])
def test_the_basis_chooses_the_budget_and_the_table_marks_it(basis):
    p = changed(basis=basis)
    spent = steps.budgets(p)
    assert spent.planned == spent.by_basis[basis]
    rows = tables.budgets(p, replace(FOUND, budgets=spent)).rows
    (marked,) = [row for row in rows if row[0].endswith("(planned here)")]
    assert marked[1] == sci(spent.planned, 2)
    best = fits.best(REFIT.law, spent.planned)
    assert marked[2:] == [qty(float(best.params), 2), qty(float(best.tokens), 2)]
    # The machine of the parameters is by default the first of the notes, and stands there once.
    assert len(rows) == 6 if basis == "machine" else len(rows) == 5


def test_the_notes_machines_at_their_peak_are_the_stated_budgets():
    for name, claim in ((steps.FIRST, "l-exaflop-64d"), (steps.SECOND, "l-10ef-3mo")):
        assert float(f"{FOUND.budgets.notes[name]:.1e}") == stated(claim)


def test_the_reported_utilisations_go_from_llamas_to_lamdas():
    assert FOUND.budgets.share_low == registry.printed("grattafiori2024.utilisation").low
    assert FOUND.budgets.share_high == printed("thoppilan2022.utilization")


@cases(st.floats(0.001, 1), st.floats(0.001, 1e5))
def test_the_machines_compute_is_in_proportion_to_share_and_time(share, days):
    found = steps.budgets(changed(utilisation=share, days=days)).by_basis["machine"]
    assert found == pytest.approx(FOUND.budgets.by_basis["machine"] * share / 0.4 * days / 64)


def test_the_constant_upside_down_makes_the_data_36_n_squared_too_large():
    (k, right), (inverse, wrong) = steps.tokens_from_constant().values()
    gpt3 = registry.published_model("GPT-3")
    assert k == 6 * gpt3.params
    assert k * inverse == pytest.approx(1)
    assert right == pytest.approx(gpt3.tokens, rel=0.005)
    assert wrong / right == pytest.approx(36 * gpt3.params**2)


# The laws


def test_the_fit_is_the_replications_within_its_standard_errors():
    constants = registry.law_constants("besiroglu2024")
    for name in ("E", "alpha", "beta"):
        value, error = constants[name].value, constants[name].standard_error
        assert getattr(REFIT.law, name) == pytest.approx(value, abs=error)
    assert len(REFIT.everything) - len(REFIT.used) == P.drop_highest
    assert REFIT.draws.E.shape == (100,)
    assert REFIT.used.loss.max() < REFIT.everything.loss.max()


def test_runs_of_no_use_are_refused(tmp_path):
    runs = reading.read_runs("hoffmann2022_runs")
    rising = 2 + np.log(runs.params) / 50 + np.log(runs.tokens) / 50
    rows = zip(runs.params, runs.tokens, rising, strict=True)
    path = tmp_path / "rising.csv"
    path.write_text("params,tokens,loss\n" + "\n".join(f"{n},{d},{x}" for n, d, x in rows))
    with pytest.raises(ScalebookError, match="of no use here"):
        fits.refit(changed(runs=str(path)))
    with pytest.raises(ScalingLawsError, match="31 runs are left to fit"):
        fits.refit(changed(drop_highest=214))


def test_all_laws_are_there_and_the_refit_is_first():
    assert next(iter(REFIT.laws)) == fits.OURS
    assert len(REFIT.laws) == 1 + len(fits.SURFACES) + len(fits.POWERS)
    assert REFIT.laws[fits.KAPLAN] == registry.published["kaplan2020-allocation"]
    assert REFIT.surfaces[fits.HOFFMANN] == registry.published["hoffmann2022"]


@cases(st.sampled_from([*REFIT.laws]), st.floats(18, 28))
def test_plans_by_any_law_invert(name, power):
    law, compute = REFIT.laws[name], 10**power
    best = fits.best(law, compute)
    assert best.tokens_per_param == pytest.approx(best.tokens / best.params)
    assert fits.compute_for(law, "params", best.params) == pytest.approx(compute, rel=1e-6)
    assert fits.compute_for(law, "tokens", best.tokens) == pytest.approx(compute, rel=1e-6)


def test_a_loss_out_of_reach_takes_infinite_compute():
    assert np.isinf(fits.compute_for(REFIT.law, "loss", 1.5))
    assert np.isinf(fits.compute_for(fits.power(fits.KAPLAN), "loss", 2.0))
    compute = fits.compute_for(REFIT.law, "loss", 2.0)
    assert fits.best(REFIT.law, compute).loss == pytest.approx(2.0)


def test_powers_have_no_loss_and_surfaces_have_one():
    assert np.isnan(fits.best(fits.power(fits.KAPLAN), [1e20, 1e22]).loss).all()
    best = fits.best(REFIT.law, 1e22)
    assert best.loss == pytest.approx(REFIT.law.loss(best.params, best.tokens))


# Plans forwards


def test_a_plan_spends_the_budget_by_every_law():
    for name, best in FOUND.plan.items():
        if name not in fits.SUPERSEDED:  # whose compute depends on the batch
            assert 6 * best.params * best.tokens == pytest.approx(FOUND.budgets.planned, rel=1e-9)
    best, draws = REFIT.optimum(FOUND.budgets.planned)
    assert best.params == FOUND.plan[fits.OURS].params
    assert draws.params.shape == (100,)


def test_gophers_budget_buys_the_size_that_hoffmann_print():
    p = changed(basis="compute", compute=printed("hoffmann2022.gopher.flop.text"))
    found = steps.plan(steps.budgets(p), REFIT)[fits.HOFFMANN]
    assert found.params == pytest.approx(printed("hoffmann2022.gopher.params_at_budget"), rel=0.02)


def test_more_compute_buys_more_of_both_by_every_law():
    plans = [steps.plan(steps.budgets(changed(compute=c)), REFIT) for c in (1e24, 1e25)]
    for name in REFIT.laws:
        small, large = (plan[name] for plan in plans)
        assert large.params > small.params
        assert large.tokens > small.tokens


def test_the_table_of_plans_has_a_row_by_law_and_one_for_the_sweeps():
    rows = tables.plan(P, FOUND).rows
    assert rows[0][0] == "Chinchilla refit"
    assert rows[0][1] == qty(float(FOUND.plan[fits.OURS].params), 2)
    assert {row[0] for row in rows[:-1] if row[4] == "—"} == {fits.LLAMA_FIGURE, fits.KAPLAN}
    assert rows[-1][0] == "12 laws of public sweeps"
    other = tables.plan(changed(runs="marin-dclm", drop_highest=0), FOUND).rows
    assert other[0][0] == "law fitted here"


@pytest.mark.parametrize("law", ["besiroglu2024", "hoffmann2022"])
def test_the_price_of_a_ratio_is_that_of_over_training(law):
    law = registry.parametric(law)
    best = float(law.optimum(compute=1e24).tokens_per_param)
    assert steps.cost(law, 1e24, best) == pytest.approx(1, abs=1e-9)
    expected = over_training_penalty(law, 20 / best)
    assert steps.cost(law, 1e24, 20) == pytest.approx(float(expected))
    size, data = steps.size_at(1e24, 20), steps.data_at(1e24, 20)
    assert (6 * size * data, data / size) == pytest.approx((1e24, 20))


def test_the_spread_is_over_published_laws_and_over_sweeps():
    r = RECORD.numbers
    published = [
        float(each.params)
        for name, each in FOUND.plan.items()
        if name not in (fits.OURS, *fits.SUPERSEDED)
    ]
    sweeps = [float(each.params) for each in FOUND.spread.sweeps.values()]
    assert (r.any_size_low, r.any_size_high) == (min(published + sweeps), max(published + sweeps))
    assert r.kaplan_params > r.any_size_high
    assert r.cost_sweeps == max(FOUND.spread.sweeps_cost.values()) > r.cost_published > 1
    assert r.cost_kaplan > r.cost_followed


def test_the_map_has_the_budget_the_best_run_and_the_one_at_the_ratio():
    shown = figures.lead(P, FOUND)
    for name, ratio in (
        ("best", float(FOUND.plan[fits.OURS].tokens_per_param)), ("at 20 a parameter", P.ratio)
    ):  # fmt: skip
        own = part(shown.data, series=name)
        (size,), (data,) = own["params"], own["tokens"]
        assert 6 * size * data == pytest.approx(FOUND.budgets.planned)
        assert data / size == pytest.approx(ratio)


# What a reader may plan


CONTROL = figures.lead(P, FOUND).control


def plan(**chosen):
    given = {each.name: each.value for each in CONTROL.inputs}
    return CONTROL.evaluate(given | chosen)


def test_the_figure_begins_with_the_plan_of_the_chapter():
    found, best = plan(), FOUND.plan[fits.OURS]
    for name, value in (("N", best.params), ("D", best.tokens), ("loss", best.loss)):
        assert found[name] == pytest.approx(float(value), rel=1e-9)
    told = FOUND.foreseen.planned
    assert [found[key] for key in ("expected", "low", "high")] == pytest.approx(
        [told.loss, told.low, told.high], rel=1e-9
    )
    assert found["m"] == pytest.approx(FOUND.spread.published_cost[fits.OURS], rel=1e-9)
    begins = figures.lead(changed(basis="machine"), FOUND).control.inputs[0]
    assert next(iter(begins.options)) == "a machine and a time"


@pytest.mark.parametrize(("number", "name"), [*enumerate(REFIT.laws)])
def test_the_figure_plans_by_any_law_from_whatever_one_has(number, name):
    law = REFIT.laws[name]
    best = fits.best(law, 3e24)
    starts = {
        0: {"flop": 3e24}, 1: {"peak": 1e18, "share": 0.5, "days": 3e24 / 0.5e18 / 86400},
        2: {"size": float(best.params)}, 3: {"data": float(best.tokens)},
    }  # fmt: skip
    for start, values in starts.items():
        found = plan(start=start, law=number, ratio=40, **values)
        assert found["compute"] == pytest.approx(3e24, rel=1e-9)
        assert (found["N"], found["D"]) == pytest.approx((best.params, best.tokens), rel=1e-9)
        assert found["own_D"] / found["own_N"] == pytest.approx(40)
        if name in REFIT.surfaces:
            assert found["loss"] == pytest.approx(float(best.loss), rel=1e-9)
            own = law.loss(found["own_N"], found["own_D"])
            assert found["own_loss"] == pytest.approx(float(own), rel=1e-9)
            assert found["m"] == pytest.approx(steps.cost(law, 3e24, 40), rel=1e-6)


@cases(st.floats(18.1, 24.1))
def test_between_its_points_the_figure_expects_what_predict_does(power):
    told = OUTLOOK.forecast(compute=10**power)
    found = plan(flop=10**power)
    for key, value in (("expected", told.loss), ("low", told.low), ("high", told.high)):
        assert found[key] == pytest.approx(value, abs=0.003)


def test_only_what_was_tried_is_expected():
    first, *_, last = FOUND.foreseen.compute[FOUND.foreseen.tried]
    given = {each.name: each.value for each in CONTROL.inputs}
    for flop, law, words in (
        (first, 0, "expect"), (last, 0, "expect"), (1.01 * last, 0, "never tried"), (last, 1, "")
    ):  # fmt: skip
        known = given | {"flop": flop, "law": law}
        (says,) = evaluated(CONTROL.says, **known, **CONTROL.evaluate(known))
        assert (words in says) if words else ("xpect" not in says)
    assert last == pytest.approx(bands.REACH["discrepancy"] * REFIT.used.flop.max())


def test_runs_that_predict_nothing_leave_the_law_alone():
    nothing = np.array([])
    none = steps.Foreseen(None, nothing, nothing, nothing, nothing, nothing, nothing)
    found = replace(FOUND, foreseen=none)
    control = figures.lead(P, found).control
    assert "expected" not in control.values
    r = outcome.of(P, found).numbers
    assert "tell no loss" in findings.short_answer(P, r).markdown
    assert "predict no loss" in findings.reach(P, r).markdown
    assert "No calibrated band" in figures.reach(P, found).caption


# Plans backwards


def test_the_cheapest_run_of_a_loss_reaches_it():
    found = steps.backwards(changed(target_loss=2.0), REFIT)
    for name, law in REFIT.surfaces.items():
        if law.E < 2:
            assert fits.best(law, found.by_law[name][0]).loss == pytest.approx(2.0)
    assert all(np.isinf(found.by_law[name][0]) for name in fits.POWERS)


def test_without_a_target_it_is_chinchillas_loss():
    chinchilla = registry.published_model("Chinchilla")
    expected = REFIT.law.loss(chinchilla.params, chinchilla.tokens)
    assert steps.target_loss(P, REFIT) == pytest.approx(expected)
    assert steps.target_loss(changed(target_loss=1.9), REFIT) == 1.9


def test_a_loss_below_the_floor_is_refused_with_the_floor():
    with pytest.raises(ScalebookError, match=f"expected more than {REFIT.law.E:.4f}"):
        steps.backwards(changed(target_loss=1.8), REFIT)


def test_resamples_that_cannot_reach_the_loss_leave_no_upper_end():
    p = changed(target_loss=1.95)
    for floors, top in (((1.8, 1.9), False), ((1.8, 1.96), True)):
        refit = with_spread(E=floors)
        found = steps.backwards(p, refit)
        assert np.isinf(found.intervals[0][1]) is np.bool_(top)
        row = tables.backwards(p, refit, found).rows[2]
        assert ("out of reach" in row[1]) is top


def test_the_table_says_where_a_law_has_its_floor_above_the_loss():
    p = changed(target_loss=1.83)
    found = steps.backwards(p, REFIT)
    rows = {row[0]: row for row in tables.backwards(p, REFIT, found).rows}
    assert rows["Muennighoff et al., new data"][1] == "below its floor 1.87"
    assert rows[fits.KAPLAN][1] == "—"
    assert rows[fits.HOFFMANN][1] == sci(found.by_law[fits.HOFFMANN][0], 2)


@cases(st.floats(1e6, 1e16))
def test_a_size_and_the_data_it_calls_for_take_the_same_compute(params):
    tokens = float(dense.given_params(REFIT.law, params).tokens)
    found = steps.backwards(changed(given_params=params, given_tokens=tokens), with_spread())
    _, by_size, by_corpus = found.by_law[fits.OURS]
    assert by_size == pytest.approx(by_corpus)


# AMD-135M


def test_amds_arithmetic_by_hand():
    found, peak = FOUND.amd, 4 * 4 * 362.1e12
    assert found.compute == pytest.approx(6 * 135e6 * 670e9)
    assert found.machine_compute == pytest.approx(peak * 6 * 86400)
    assert found.share == pytest.approx(found.compute / found.machine_compute)
    assert found.share_attention == pytest.approx(found.share * (1 + found.attention))
    assert found.most * found.share == pytest.approx(670e9)
    assert found.ratio == pytest.approx(670e9 / 135e6)


def test_amds_run_is_held_against_the_best_at_its_compute():
    best = dense.optimal(REFIT.law, FOUND.amd.compute)
    assert FOUND.amd.over == pytest.approx(FOUND.amd.ratio / best.tokens_per_param)
    assert FOUND.amd.over_low < FOUND.amd.over < FOUND.amd.over_high


def test_the_law_prices_amds_run_nowhere_for_runs_that_far_out_lost_more():
    assert not [key for key in outcome.recorded(P, FOUND) if re.search("amd.*(penalty|cost)", key)]


@pytest.mark.parametrize("compute", [1e21, 5.76e23, 1e26])
def test_the_planned_run_is_told_what_it_is_expected_to_reach(compute):
    p = changed(compute=compute)
    spent = steps.budgets(p)
    foreseen = steps.foreseen(p, spent, REFIT)
    found = replace(FOUND, budgets=spent, plan=steps.plan(spent, REFIT), foreseen=foreseen)
    r = outcome.of(p, found).numbers
    told = OUTLOOK.forecast(compute=compute, level=p.level)
    near = told.low is not None
    assert near == (r.foreseen_h <= r.foreseen_reach)
    said, answer = findings.reach(p, r).markdown, findings.short_answer(p, r).markdown
    assert f"The prediction is {told.loss:.2f}" in said
    assert ("Bands were tried up to 100" in said) != near
    if near:
        assert f"{told.loss:.2f} nats per token, {told.low:.2f} to {told.high:.2f}" in answer
    assert ("Expect a loss of" in answer) == near
    assert ("nobody can promise" in answer) != near


def test_an_own_interval_that_leaves_the_prediction_out_says_so():
    r = RECORD.numbers
    assert not r.loss_low <= r.foreseen_loss <= r.loss_high
    assert "lies outside" in findings.reach(P, r).markdown
    inside = SimpleNamespace(**vars(r) | {"foreseen_loss": r.loss})
    assert "lies outside" not in findings.reach(P, inside).markdown


# What is said on other outcomes


def said(name, **numbers):
    return getattr(findings, name)(P, SimpleNamespace(**vars(RECORD.numbers) | numbers)).markdown


def test_a_ratio_that_some_law_finds_costly_is_no_fair_plan():
    assert "are a fair plan" in said("plan_takeaway")
    assert "take another ratio" in said("plan_takeaway", cost_published=3.0)
    assert "matters less" in said("split")
    assert "it matters which law one follows" in said("split", cost_followed=3.0)
    assert " But 20 tokens" in said("short_answer")
    assert " And 20 tokens" in said("short_answer", cost_sweeps=5.0)
    own = {"cost_own": 2.0, "tokens_per_param": 130.0}
    assert "By this law 20 tokens per parameter would waste 50%" in said("short_answer", **own)
    assert "take its own ratio instead, 130" in said("plan_takeaway", **own)


def test_a_trend_on_which_all_sweeps_agree_is_said_to_be_one():
    assert "cannot be told" in said("ratio_takeaway")
    assert "falls with compute" in said("ratio_takeaway", growth_low=0.5, growth_high=0.9)
    assert "rises with compute" in said("ratio_takeaway", growth_low=1.2, growth_high=2.0)
    assert "leave the sign open" in said("ratio")
    assert "fix the sign" in said("ratio", trend=0.05, trend_low=0.01, trend_high=0.1)


def test_nothing_is_rejected_by_intervals_that_are_too_narrow():
    for name in ("ratio", "constant"):
        assert "is rejected" not in said(name)
    assert "leaves it out" in said("ratio")
    assert "neither rule 20 out nor confirm it" in said("ratio")
    assert "No one ratio" in said("constant", one_ratio=0)


def test_gpt4_is_said_to_be_above_or_below():
    assert "3.1 times the best number" in said("models")
    assert "2.0 times too few" in said("models", gpt4_over=0.5)
    assert "Most of these" in said("models_takeaway")
    assert "Most" not in said("models_takeaway", models_below=1, models_above=2)


# The tables of Hoffmann et al.


def test_four_rows_disagree_with_6nd_beyond_their_rounding():
    slips = [(k, size) for k, rows in COLUMNS.rows.items() for size in rows.params[rows.slip]]
    assert slips == [(1, 67e9), (3, 67e9), (3, 175e9), (3, 280e9)]
    assert COLUMNS.slips == 4


@pytest.mark.parametrize("approach", [1, 2, 3])
def test_each_column_has_the_exponent_printed_for_its_approach(approach):
    found = round(COLUMNS.exponents[approach], 2)
    assert found == printed(f"hoffmann2022.approach{approach}.a")
    rows = COLUMNS.rows[approach]
    assert float((rows.over[rows.good] - 1).abs().max()) <= COLUMNS.line_worst < 0.004


def test_the_rows_of_67b_are_those_of_a_larger_model_on_their_line():
    for k, size in COLUMNS.odd_size.items():
        rows = COLUMNS.rows[k]
        assert 67.5e9 < size < 70.5e9
        slope = np.log(rows.over[hoffmann.ODD]) / np.log(size / hoffmann.ODD)
        assert slope == pytest.approx(1 / COLUMNS.exponents[k])


def test_no_printed_constants_give_the_third_column():
    miss = COLUMNS.misses
    assert 0.06 < miss["unrounded"].min() < miss["unrounded"].max() < 0.19
    assert miss["as printed"].min() > 0.5
    assert 0 < miss["three-digit exponents"].min() < miss["three-digit exponents"].max() < 0.09


def test_the_table_of_odd_rows_has_the_slips_and_the_rows_of_67b():
    rows = tables.odd_rows(COLUMNS).rows
    assert [row[0] for row in rows] == [
        "67B, approach 1", "67B, approach 2", "67B, approach 3", "175B, approach 3",
        "280B, approach 3",
    ]  # fmt: skip
    assert rows[3][1] == "1.26 × 10²⁴"
    assert rows[3][2] == "1.26 × 10²⁵"


def test_the_figure_of_the_columns_rings_the_rows_that_disagree_with_6nd():
    shown = figures.columns(COLUMNS)
    for k, count in ((1, 1), (2, 0), (3, 3)):
        assert shown.data["series"].count(f"approach {k}, 6ND") == count
    points = part(shown.data, series="approach 3")
    assert min(points["multiple"]) == pytest.approx(0.1, rel=0.01)
    assert 175e9 in points["params"]
    assert "As printed they miss by up to 120%, unrounded by 18%" in shown.caption


def test_the_articles_multiples_are_rows_of_table_3():
    by_law = FOUND.multiples.by_law
    first = hoffmann.approach(1)
    assert round(by_law[520e9][first]) == stated("a-520b")
    assert round(by_law[1e12][first], -2) == stated("a-1t")
    assert by_law[520e9][first] == pytest.approx(COLUMNS.rows[1].gopher_ratio[520e9], abs=0.06)


def test_the_multiples_by_law_are_the_compute_of_the_size():
    for size, by_law in FOUND.multiples.by_law.items():
        compute = by_law[fits.HOFFMANN] * FOUND.multiples.gopher_flop
        assert dense.optimal(REFIT.surfaces[fits.HOFFMANN], compute).params == pytest.approx(size)
        low, high = FOUND.multiples.ends[size]
        assert low < by_law[fits.OURS] < high


def test_the_alt_text_says_that_the_bars_hold_the_stated_multiples_only_where_they_do():
    p = changed(level=0.5)
    narrow = hoffmann.multiples(p, with_spread(), COLUMNS)
    assert "inside the bars" in figures.sizes(P, FOUND.multiples).alt
    assert "inside the bars" not in figures.sizes(p, narrow).alt


def test_the_figure_of_the_sizes_has_a_dot_by_size_and_law():
    data = figures.sizes(P, FOUND.multiples).data
    for size, (name, said) in hoffmann.SIZES.items():
        own, ours = part(data, series=name), part(data, series=name, row=fits.OURS)
        assert (*ours["multiple_low"], *ours["multiple_high"]) == FOUND.multiples.ends[size]
        found = dict(zip(own["row"], own["multiple"], strict=True))
        assert found == FOUND.multiples.by_law[size] | {"stated": said}


# Llama 3


def test_the_digits_of_the_text_miss_the_stated_tokens_and_those_of_the_figure_do_not():
    tokens, ranges = printed("llama3.optimum.tokens"), FOUND.llama.ranges
    assert ranges[fits.LLAMA_TEXT][1] < tokens
    assert ranges[fits.LLAMA_FIGURE][0] < tokens < ranges[fits.LLAMA_FIGURE][1]
    assert ranges[fits.LLAMA_TEXT][0] < FOUND.llama.llama_text_tokens < ranges[fits.LLAMA_TEXT][1]


def test_the_implied_exponent_gives_the_stated_tokens():
    found, text = FOUND.llama, fits.power(fits.LLAMA_TEXT)
    law = replace(text, b=found.llama_implied_b)
    assert law.tokens(found.llama_compute) == pytest.approx(printed("llama3.optimum.tokens"))


def test_the_figure_of_llama_draws_the_ranges_and_the_stated_tokens():
    shown = figures.llama(FOUND.llama)
    for law, within in FOUND.llama.ranges.items():
        own = part(shown.data, row=law)
        assert (*own["tokens_low"], *own["tokens_high"]) == within
    labels = [each.get_text() for each in shown.figure.axes[0].get_yticklabels()]
    assert labels == ["text: 0.29 $C^{0.53}$", "figure: 0.299 $C^{0.537}$"]


# Which way the ratio goes


def test_the_trend_is_the_slope_of_the_optimal_ratio():
    ratio = dense.optimal(REFIT.law, [1e20, 1e24]).tokens_per_param
    assert FOUND.trend.trend == pytest.approx(np.log10(ratio[1] / ratio[0]) / 4)
    best = dense.optimal(REFIT.law, [1e20, 1e24])
    slope = np.diff(np.log(best.params)) / np.diff(np.log(best.tokens))
    assert FOUND.trend.params_per_tokens_exponent == pytest.approx(slope[0])
    assert FOUND.trend.trend_published == pytest.approx((0.3478 - 0.3658) / (0.3478 + 0.3658))


@pytest.mark.parametrize(
    ("alpha", "falls", "fixed"), [((0.30, 0.40), 0.5, False), ((0.30, 0.31), 1.0, True)]
)
def test_whether_the_sign_is_fixed_follows_from_the_resamples(alpha, falls, fixed):
    trend = ratios.trend(P, with_spread(alpha=alpha))
    assert (trend.falls, trend.fixed) == (falls, fixed)
    found = verdicts(trend=trend, refit=with_spread(alpha=alpha))
    assert ("the runs fix the sign" in found["h-dn-trend"].why) is fixed
    assert found["h-dn-trend"].verdict == ("fails" if fixed else "open")
    assert found["h-dn-trend-note"].verdict == "fails"


def test_a_law_with_a_rising_ratio_turns_the_verdicts():
    values = REFIT.fit.form.values(replace(REFIT.law, alpha=0.4))
    fit = replace(REFIT.fit, values=values)
    spread = replace(with_spread(alpha=(0.39, 0.4)), fit=fit)
    rising = ratios.trend(P, spread)
    assert rising.trend > 0
    found = verdicts(trend=rising, refit=spread)
    assert "so it falls" in found["h-dn-trend"].why
    assert found["h-dn-trend"].verdict == "holds"
    published = verdicts(trend=replace(FOUND.trend, trend_published=0.02))
    assert published["h-dn-reply"].verdict == "fails"


def test_the_figure_of_the_ratio_has_the_laws_and_every_sweep():
    shown = figures.ratio(P, FOUND)
    names = set(shown.data["series"])
    assert {name for name, _, _ in figures.LINES.values()} <= names
    assert len([name for name in names if name.startswith("sweep")]) == len(FOUND.spread.sweeps)
    assert "up or down" in shown.caption


# Whether a ratio can be rejected


def test_the_optimum_itself_is_not_rejected_and_a_far_ratio_is():
    own = FOUND.rejection.at["gopher"][1].best
    kept, far = (ratios.rejection(changed(ratio=ratio), REFIT) for ratio in (own, 1000.0))
    assert kept.at["gopher"][1].p > 0.5
    assert far.at["gopher"][1].p == 0
    # Which ratios would do at every budget does not depend on the one asked about.
    assert far.constant_low == kept.constant_low == FOUND.rejection.constant_low
    assert tables.rejection(changed(ratio=1000.0), REFIT, far).rows[2][3] == "below 0.02"


def test_a_level_that_asks_for_less_allows_fewer_ratios():
    found = ratios.rejection(changed(level=0.5), REFIT)
    assert FOUND.rejection.constant_low < found.constant_low
    assert found.constant_high < FOUND.rejection.constant_high


def test_where_the_trend_is_sure_no_ratio_would_do_at_every_budget():
    rng = np.random.default_rng(1)
    alpha, beta = 0.30 + rng.normal(0, 1e-4, 50), 0.36 + rng.normal(0, 1e-4, 50)
    found = ratios.rejection(P, with_spread(alpha=alpha, beta=beta))
    assert found.constant_low == found.constant_high == 0


def test_the_table_of_tests_has_the_budgets_in_order():
    rows = tables.rejection(P, REFIT, FOUND.rejection).rows
    budgets = [compute for compute, _ in FOUND.rejection.at.values()]
    assert budgets == sorted(budgets)
    assert [row[0] for row in rows] == [sci(each) for each in budgets]
    keys = "hoffmann2022.gopher.flop.text", "llama3.optimum.compute"
    assert budgets[2:] == [printed(key) for key in keys]


def test_the_verdict_on_20_is_given_by_budget():
    found = verdicts()["h-dn-20"]
    assert [row.verdict for row in found.rows] == ["fails", "fails", "holds", "holds"]
    assert found.verdict == "open"
    near = with_spread(B=np.geomspace(500, 8000, 60))
    assert verdicts(refit=near)["h-dn-20"].verdict == "holds"


# Every model on one map


def test_a_model_is_below_or_above_the_band_or_in_it():
    found = FOUND.models
    assert {"GPT-3", "Gopher", "MT-NLG"} <= set(found.below)
    assert "AMD-Llama-135M" in found.above
    assert not set(found.below) & set(found.above)
    assert "Chinchilla" not in [*found.below, *found.above]
    assert found.table["size"]["DeepSeek-V3"] == 37e9
    assert found.table["size"]["GPT-4 (rumoured)"] < found.table.params["GPT-4 (rumoured)"]
    assert [*found.table.index[found.table.mixture]] == [
        "GPT-4 (rumoured)", "DeepSeek-V3", "Qwen3-235B-A22B"
    ]  # fmt: skip


def test_a_narrower_band_leaves_more_models_outside():
    narrow, wide = (steps.models(changed(level=level), REFIT) for level in (0.5, 0.999))
    assert set(wide.below) <= set(narrow.below)
    assert set(wide.above) <= set(narrow.above)
    assert len(narrow.below) + len(narrow.above) > len(wide.below) + len(wide.above)


def test_the_map_marks_and_names_every_model():
    shown = figures.lead(P, FOUND)
    (axes,) = shown.figure.axes
    marks = {tuple(line.get_xydata()[0]): line.get_fillstyle() for line in axes.lines}
    for name, row in FOUND.models.table.iterrows():
        own = part(shown.data, series=name)
        assert (own["params"][0], own["tokens"][0]) == (row["size"], row.tokens)
        assert marks[row["size"], row.tokens] == ("none" if row.mixture else "full")
        assert name in texts(axes)
    moving = " ".join(str(each["mark"].get("text", "")) for each in shown.control.layers)
    for name in ("Jurassic-1", "GPT-3", "Gopher", "MT-NLG", "PaLM", "LaMDA", "GPT-4", "Chinchilla"):
        assert name in moving
    assert f"{len(FOUND.models.below)} of {len(FOUND.models.table)} lie below" in shown.caption
    assert ", ".join(FOUND.models.above) in shown.alt


def test_lamdas_tokens_are_drawn_as_far_as_its_sources_disagree():
    row = FOUND.models.table.loc["LaMDA"]
    own = registry.published_model("LaMDA (own paper)")
    assert row.most_tokens == pytest.approx(own.flop / 6 / own.params)
    assert row.most_tokens > 2 * row.tokens
    others = FOUND.models.table.drop("LaMDA")
    assert (others.most_tokens == others.tokens).all()


def test_gpt4_stands_at_its_active_size():
    row = FOUND.models.table.loc["GPT-4 (rumoured)"]
    assert row["size"] == gpt4_active(row.params)
    degree = overtraining.degree(REFIT.law, row["size"], row.tokens)
    assert FOUND.models.gpt4_over == pytest.approx(float(degree))


# Published against recomputed, and the verdicts


def test_published_figures_stand_beside_recomputed_ones():
    rows = {row[0]: row[1:] for row in tables.compared(FOUND).rows}
    assert rows["a, approach 1, from Table 3"][:2] == ["0.500", "0.498"]
    assert rows["FLOP, 175B, approach 3 (against 6ND)"] == ["1.26 × 10²⁴", "1.26 × 10²⁵", "900%"]
    assert rows["Gopher ratio, 1T (Table 3)"][:2] == ["221.3", "220.5"]
    assert rows["Llama 3's tokens, label of the figure"][:2] == ["16.55T", "16.29T"]


def test_every_claim_of_the_chapter_is_settled():
    mine = {each.id for each in claims.load().values() if each.chapter == "planner"}
    assert set(verdicts()) == mine


def test_amds_machine_could_do_it_or_not():
    assert verdicts()["l-amd-135m"].verdict == "holds"
    slow = replace(FOUND.amd, share_attention=1.2)
    assert verdicts(amd=slow)["l-amd-135m"].verdict == "fails"


def test_five_gigawatts_depend_on_the_accelerators():
    assert verdicts()["n-5gw"].verdict == "open"
    assert verdicts(changed(power=100.0))["n-5gw"].verdict == "fails"


def test_losses_trade_evenly_where_the_exponents_are_alike():
    near, far = with_spread(alpha=(0.35, 0.37)), with_spread(alpha=(0.2, 0.21))
    assert verdicts(refit=near)["v-tradeoff-1-1"].verdict == "holds"
    assert verdicts(refit=far)["v-tradeoff-1-1"].rows[1].verdict == "fails"


def test_the_lines_of_hoffmanns_tables_run_through_their_rows():
    for k in (1, 2, 3):
        row = COLUMNS.rows[k].loc[10e9]
        assert settled.flop_for(FOUND, k, 10e9) == pytest.approx(row.flop, rel=0.02)
        assert settled.size_at(FOUND, k, row.flop) == pytest.approx(10e9, rel=0.02)


def test_the_record_is_that_of_the_steps_taken():
    found = outcome.compute(P)
    assert found.results == outcome.of(P, FOUND).results
    assert found.results["planned"] == FOUND.budgets.planned


# Inverting a power law


def test_exponents_alone_do_not_invert():
    with pytest.raises(ScalingLawsError, match="exponents only"):
        PowerAllocation(0.5, 0.5).compute_for(params=1e9)
    with pytest.raises(ValueError, match="tokens must be positive"):
        registry.published["llama3"].compute_for(tokens=0.0)


# The command


def run(capsys, *arguments):
    code = cli.main(["plan", *arguments])
    streams = capsys.readouterr()
    return code, streams.out, streams.err


def rows(capsys, *arguments):
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.mark.parametrize("law", ["besiroglu2024", "llama3"])
def test_plans_agree_forwards_and_backwards(capsys, law):
    (forward,) = rows(capsys, "--compute", "1e24", "--law", law)
    for quantity in ("params", "tokens", "loss"):
        if forward[quantity] is not None:
            (back,) = rows(capsys, f"--{quantity}", repr(forward[quantity]), "--law", law)
            for key in ("compute", "params", "tokens", "tokens_per_param"):
                assert back[key] == pytest.approx(forward[key], rel=1e-6)


def test_machine_money_and_energy(capsys):
    one = ("--law", "besiroglu2024")
    (machine,) = rows(capsys, "--peak", "1e18", "--time", "64 days", "--utilisation", "1", *one)
    assert machine["compute"] == pytest.approx(5.5296e24)
    (money,) = rows(capsys, "--peak", "1e15", "--cost", "1e6", "--price", "2", *one)
    assert money["compute"] == pytest.approx(1e15 * 0.4 * 5e5 * 3600)
    (energy,) = rows(capsys, "--peak", "1e15", "--energy", "1e6", "--power", "1000", *one)
    assert energy["compute"] == pytest.approx(1e15 * 0.4 * 1e6 * 3600)


def test_intervals_of_the_refit_hold_its_plan(capsys):
    (row,) = rows(capsys, "--loss", "2.0", "--law", "refit")
    assert "loss" not in row["intervals"]
    for key in ("compute", "params", "tokens", "tokens_per_param"):
        low, high = row["intervals"][key]
        assert low < row[key] < high
    _, out, _ = run(capsys, "--loss", "2.0", "--law", "refit")
    assert "compute in FLOP" in out


def test_a_target_near_the_floor_is_out_of_reach_of_some_resamples(capsys):
    (row,) = rows(capsys, "--loss", "1.83", "--law", "refit")
    low, high = row["intervals"]["compute"]
    assert low < row["compute"]
    assert high is None
    assert "out of reach" in run(capsys, "--loss", "1.83", "--law", "refit")[1]


def test_without_names_a_loss_is_planned_by_the_laws_that_have_one():
    names = [row["law"] for row in answers.plan(Given("loss", 2.1))]
    assert names == ["refit", "besiroglu2024", "hoffmann2022"]


def test_draws_where_the_floor_is_too_high_are_infinite():
    ensemble = laws.ParametricLaw(
        np.array([1.7, 2.1]), np.full(2, 400.0), np.full(2, 400.0), np.full(2, 0.3), np.full(2, 0.3)
    )
    draws = answers.planned_draws(ensemble, Given("loss", 2.0))
    assert np.isfinite(draws["compute"]).tolist() == [True, False]
    assert np.isnan(draws["tokens_per_param"]).tolist() == [False, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--compute", "-1e25"), "--compute -1e25: expected a positive number of FLOP"),
        (("--compute", "1e50"), "positive number of FLOP, at most 1e+40"),
        (("--loss", "1.5", "--law", "hoffmann2022"), "expected more than 1.693 nats per token"),
        (("--loss", "1.7"), "the irreducible loss of refit"),
        (("--loss", "2", "--law", "llama3"), "llama3 says how to spend compute"),
        (("--params", "0"), "--params 0: expected a positive number of parameters"),
        (("--tokens", "-5"), "--tokens -5: expected a positive number of tokens"),
        (("--tokens", "lots"), "--tokens: 'lots' is not a quantity"),
        (("--time", "3 months"), "--peak is missing: expected a positive number of FLOP/s"),
        (("--time", "soon", "--peak", "1e18"), "'soon' is not a time"),
        (("--time", "1 day", "--peak", "1e18", "--utilisation", "40"), "at most 1"),
        (("--cost", "1e6", "--peak", "1e15"), "--price is missing"),
        (("--energy", "1e6", "--peak", "1e15", "--price", "2"), "--price does not go with"),
        (("--compute", "1e24", "--peak", "1e18"), "--peak does not go with --compute"),
        (("--params", "1e9", "--law", "hoffmann2022-approach1"), "exponents only"),
    ],
)
def test_bad_input_is_one_clear_line(capsys, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (1, "")
    assert message in err
    assert err.count("\n") == 1


def test_one_start_is_needed_and_only_one(capsys):
    for arguments in ((), ("--compute", "1e24", "--loss", "2")):
        assert cli.main(["plan", *arguments]) == 2
        assert "--compute" in capsys.readouterr().err
