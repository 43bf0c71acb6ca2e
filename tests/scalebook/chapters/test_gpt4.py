"""GPT-4's tokens per parameter and a far larger run's: whole cases, published numbers, limits."""

import inspect
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from scalebook.chapters.common import printed, stated
from scalebook.chapters.gpt4 import figures, findings, mixtures, outcome, steps
from scalebook.chapters.gpt4.steps import EIGHTH, THIRTY_SECOND
from scalebook.chapters.overtraining import steps as overtraining_steps
from scalebook.chapters.repetition import GEOMETRIC
from scalebook.errors import ScalebookError
from scalebook.show.numbers import num
from scalinglaws import datapackage, registry
from scalinglaws.optimum import experts, overtraining
from scalinglaws.supply.uncertain import Swing
from tests.scalebook.chapters.cells import given

FEW = {"draws": 1000}
CERTAIN = {
    f"{name}_off": 1.0
    for name in (
        *("compute", "total", "shared", "dense", "growth", "sparsity"),
        *("later_sparsity", "repetition"),
    )
}


@pytest.fixture(scope="module")
def p():
    return given("gpt4", **FEW)


@pytest.fixture(scope="module")
def found(p):
    return steps.take(p)


def verdict(claim, p, found):
    return next(each for each in outcome.verdicts(p, found) if each.claim.id == claim)


def rows(table):
    return {row[0]: row[1:] for row in table.rows}


# The estimate


def test_the_estimate_follows_from_the_rumour(found):
    e = found.estimate
    assert e.active == pytest.approx(stated("n-gpt4-active"), rel=0.005)
    assert e.tokens == pytest.approx(stated("n-gpt4-tokens"), abs=0.05e13)
    assert e.ratio == pytest.approx(stated("n-gpt4-ratio"), abs=1)
    assert e.under == pytest.approx(stated("n-gpt4-under"), rel=0.1)


def test_the_estimate_in_whole_numbers():
    p = given("gpt4", total_params=1e9, shared_params=0.0, experts=4, active_experts=1,
              compute=6 * 250e6 * 5e9, dense_compute=6 * 250e6 * 5e9, dense_ratio=20.0,
              sparsity_factor=2.0)  # fmt: skip
    e = steps.estimate(p)
    assert [e.active, e.tokens, e.ratio] == pytest.approx([250e6, 5e9, 20])
    assert [e.optimum, e.under] == pytest.approx([40, 2])


def test_more_compute_means_more_tokens_and_less_under_training(found):
    more = steps.estimate(given("gpt4", compute=4e25))
    assert more.tokens == pytest.approx(2 * found.estimate.tokens)
    assert more.under < found.estimate.under


def test_draws_take_the_place_of_the_parameters(p, found):
    drawn_ = steps.estimate(p, {"sparsity_factor": np.array([p.sparsity_factor, 1.0])})
    assert drawn_.optimum[0] == found.estimate.optimum
    assert drawn_.optimum[1] == pytest.approx(found.estimate.optimum / p.sparsity_factor)


@drawn(st.floats(1e-3, 1e12), st.floats(1.01, 10))
def test_a_range_has_its_value_in_the_middle_of_its_logarithms(value, off):
    p = given("gpt4")
    low, high = steps.uncertain(p, value, off).interval(p.range_level)
    assert (low, high) == pytest.approx((value / off, value * off))


def test_what_may_not_be_off_and_what_is_nothing_are_certain():
    p = given("gpt4")
    for value, off in ((40e9, 1.0), (0.0, 2.0)):
        assert steps.uncertain(p, value, off).interval(p.range_level) == (value, value)


def test_the_draws_lie_about_the_estimate(p, found):
    spread = found.spread
    assert spread.drawn["under"].shape == (p.draws,)
    assert spread.summary["under"].median == pytest.approx(found.estimate.under, rel=0.1)
    half = replace(spread, drawn={"under": np.array([0.5, 1.0, 2.0, 3.0])})
    assert steps.share_under(half) == 0.5
    assert (spread.drawn["ratio"] * spread.drawn["active"]) == pytest.approx(spread.drawn["tokens"])


def test_what_decides_comes_from_scaling_studies_at_these_ranges(found):
    assert {swing.name for swing in found.spread.swings[:2]} == {"sparsity_factor", "dense_ratio"}
    wide = steps.uncertainty(given("gpt4", **FEW, compute_off=10.0))
    assert wide.swings[0].name == "compute"


def test_certain_inputs_leave_nothing_to_draw(found):
    spread = steps.uncertainty(given("gpt4", **FEW, **CERTAIN))
    assert np.ptp(spread.drawn["under"]) == 0
    assert spread.drawn["under"][0] == pytest.approx(float(found.estimate.under))
    assert not spread.swings


# The cost


def test_the_rule_costs_the_cube_root_and_the_laws_less(found):
    point = {name: m for name, (m, _) in found.costs.items()}
    assert point.pop(steps.RULE) == pytest.approx(float(found.estimate.under) ** (1 / 3))
    assert all(1 < m < 1.1 for m in point.values())
    hoffmann = registry.parametric("hoffmann2022")
    too_few = overtraining.over_training_penalty(hoffmann, 1 / found.estimate.under)
    assert point["Hoffmann et al."] == pytest.approx(float(too_few), rel=1e-12)


def test_the_right_ratio_costs_nothing(p):
    for name, (point, summary) in steps.costs(p, 1.0, np.ones(10)).items():
        assert point == pytest.approx(1, abs=1e-6), name
        assert summary.low == pytest.approx(point)


def test_a_cost_by_the_sparse_law_is_named_by_its_budget(p, found):
    assert steps.sparse_name(p.sparse_compute_low) == "sparse law at 10²⁰ FLOP"
    assert steps.sparse_name(p.sparse_compute_high) in found.costs


# The dense optimum


def test_llama_3s_two_printings_disagree_and_the_figures_agrees_with_its_optimum(found):
    compute = printed("llama3.optimum.compute")
    text, label = (steps.llama_ratio(law, compute) for law in (found.llama.text, found.llama.label))
    assert label == pytest.approx(found.llama.llama_optimum, rel=0.03)
    assert text < found.llama.llama_optimum / 2
    assert found.llama.llama_optimum == pytest.approx(41.2, abs=0.05)


def test_the_ratios_growth_is_that_of_the_printed_exponent(found):
    growth = steps.llama_ratio(found.llama.text, 1e25) / steps.llama_ratio(found.llama.text, 1e22)
    assert growth == pytest.approx(stated("n-llama-1.5x"), abs=0.05)
    assert experts.scaled_ratio(1, growth, 1e26, 1e25) ** 3 == pytest.approx(growth)


def test_rounding_leaves_a_range_about_the_printed_constants(found):
    assert found.llama.llama_low < found.llama.llama_text < found.llama.llama_high
    exponents = {round(law.b, 3) for law in found.llama.corners}
    assert exponents == {0.525, 0.535}


def test_the_constants_are_asked_at_the_dense_budget(found):
    near = steps.llama(given("gpt4", dense_compute=1e22))
    assert near.llama_text == pytest.approx(float(steps.llama_ratio(found.llama.text, 1e22)))
    assert near.llama_text < found.llama.llama_text
    assert near.llama_optimum == found.llama.llama_optimum


# Sparsity


def test_the_printed_law_favours_many_idle_experts_less_with_more_compute(found):
    assert steps.abnar().name == "abnar2025"
    for idle in steps.STATED:
        assert (np.diff(found.sparsity.factors[idle]) < 0).all()
        assert (found.sparsity.factors[idle] > 1).all()
    assert (found.sparsity.factors[THIRTY_SECOND] > found.sparsity.factors[EIGHTH]).all()
    assert (found.sparsity.multipliers[THIRTY_SECOND] > found.sparsity.multipliers[EIGHTH]).all()


def test_the_comments_factors_are_the_laws_at_the_budgets_given(found):
    for idle, budget in found.sparsity.at.items():
        factor = experts.ratio_factor(steps.abnar(), budget, idle)
        assert factor == pytest.approx(stated(steps.STATED[idle]), rel=1e-3)


def test_the_factors_follow_the_budgets_of_the_parameters_and_the_wide_ones_do_not(found):
    small = steps.sparsity(given("gpt4", sparse_compute_low=1e18, sparse_compute_high=1e19))
    assert (small.factors[EIGHTH] > found.sparsity.factors[EIGHTH]).all()
    assert small.wide[EIGHTH].tolist() == found.sparsity.wide[EIGHTH].tolist()


# Repetition and the later run


def test_repetition_raises_the_ratio_as_nesov_has_it_within_a_tenth(p):
    factor = steps.repetition_factor(p, printed("nesov.repetition.epochs"))
    assert factor == pytest.approx(printed("nesov.repetition.factor"), rel=0.1)


def test_repetition_counts_from_one_pass_and_not_on_the_amount_of_data(p):
    assert steps.repetition_factor(p, 1.0) == pytest.approx(1, rel=1e-6)
    few, many = (
        steps.repetition_factor(given("gpt4", unique_tokens=unique), 30.0) for unique in (1e9, 1e14)
    )
    assert few == pytest.approx(many)
    assert (np.diff(steps.repetition_factor(p, [1.0, 2.0, 5.0, 30.0, 100.0])) > 0).all()


def test_the_other_form_of_decay_raises_it_more(p):
    geometric = steps.repetition_factor(p, 30.0, GEOMETRIC)
    assert geometric > 3 * steps.repetition_factor(p, 30.0)


def test_the_quoted_factors_need_about_two_for_repetition(p, found):
    run = found.later
    assert run.implied == pytest.approx(2.07, abs=0.01)
    assert steps.repetition_factor(p, 10.0) < run.implied < run.repetition_factor
    assert steps.repetition_factor(p, run.implied_epochs) == pytest.approx(run.implied, rel=1e-3)


def test_the_later_run_spends_its_compute_at_nesovs_ratio(p, found):
    run = found.later
    assert 6 * run.later_active * run.later_tokens == pytest.approx(p.later_compute)
    assert run.later_tokens / run.later_active == pytest.approx(p.later_ratio)
    assert run.later_active == pytest.approx(stated("n-2028-active"), rel=0.02)
    assert run.later_total == pytest.approx(p.later_experts * run.later_active)
    assert run.product == pytest.approx(
        p.dense_ratio * run.scale_factor * p.later_sparsity_factor * run.repetition_factor
    )
    assert run.worth < run.seen == p.unique_tokens * p.epochs


@pytest.mark.parametrize("ratio", [100.0, 1e6])
def test_a_ratio_that_no_repetition_gives_has_no_passes(ratio):
    assert math.isnan(steps.later(given("gpt4", later_ratio=ratio)).implied_epochs)


def test_data_seen_once_are_worth_what_they_are():
    run = steps.later(given("gpt4", epochs=1.0))
    assert run.worth == pytest.approx(run.seen)
    assert run.product == pytest.approx(run.without)


def test_the_later_draws_spend_the_same_compute(p, found):
    drawn_ = found.later_spread.drawn
    assert 6 * drawn_["active"] * drawn_["tokens"] == pytest.approx(
        np.full(p.draws, p.later_compute)
    )
    assert drawn_["total"] == pytest.approx(p.later_experts * drawn_["active"])
    assert found.later_spread.swings[0].name == "sparsity"
    certain = given("gpt4", **FEW, **CERTAIN)
    still = steps.later_uncertainty(certain, found.later)
    assert still.summary["ratio"].low == pytest.approx(found.later.product)
    assert not still.swings


def test_the_exercises_by_hand(p, found):
    answers = steps.exercises(p, found.estimate)
    doubled = p.total_params / 8 + 2 * p.shared_params * 7 / 8
    assert answers["twice_shared_active"] == pytest.approx(doubled)
    assert answers["half_active"] == pytest.approx(math.sqrt(2) * found.later.later_active)
    assert answers["half_tokens"] == pytest.approx(found.later.later_tokens / math.sqrt(2))
    right = given("gpt4", dense_ratio=answers["right_dense"])
    assert steps.estimate(right).under == pytest.approx(1)


# The record


@settings(max_examples=5)
@drawn(st.floats(1.1, 100))
def test_the_degree_by_the_printed_law_does_not_depend_on_the_factor_assumed(found, factor):
    p = given("gpt4", **FEW, sparsity_factor=factor)
    by_fit = outcome.by_fit(p, replace(found, estimate=steps.estimate(p)))
    assert by_fit == pytest.approx(outcome.by_fit(given("gpt4"), found))


def test_the_printed_law_is_asked_at_the_parameters_own_sparsity():
    p = given("gpt4", **FEW, experts=8, active_experts=2, sparse_compute_low=1e19)
    turned = steps.take(p)
    middle = math.sqrt(1e19 * p.sparse_compute_high)
    factor = float(experts.ratio_factor(steps.abnar(), middle, 6 / 8))
    assert factor < 0.95 * turned.sparsity.factors[EIGHTH][1]
    under = float(turned.estimate.under) / p.sparsity_factor * factor
    assert outcome.by_fit(p, turned) == pytest.approx(under)
    assert outcome.recorded(p, turned)["under_by_fit"] == pytest.approx(under)
    told = f"with the factor for experts of Abnar's law, {factor:.1f}, it is {under:.2g}."
    assert told in verdict("n-gpt4-under", p, turned).why


def test_the_memory_follows_the_accelerators(p, found):
    numbers = outcome.recorded(p, found)
    larger = given("gpt4", **FEW, accelerator_memory=10 * p.accelerator_memory)
    more = outcome.recorded(larger, found)
    assert more["memory_multiple"] == pytest.approx(10 * numbers["memory_multiple"])
    assert (numbers["weights_groups"], more["weights_groups"]) == (16, 2)


def test_parameters_that_are_always_active_lower_the_factors(p, found):
    numbers = outcome.recorded(p, found)
    assert 1 < numbers["common8"] < numbers["factor8_high"]
    assert numbers["common8"] < numbers["common32"] < numbers["factor32_high"]
    without = outcome.recorded(given("gpt4", **FEW, shared_params=0.0), found)
    assert without["common32"] == pytest.approx(numbers["factor32_high"])


def given_of(settled):
    """Return the verdicts of a claim by the conditions that they were reached under."""
    return {row.given: row.verdict for row in settled.rows}


def test_the_claims_of_the_book_as_it_is(p, found):
    expected = {
        "n-chinchilla-20": "holds", "n-llama-37": "holds", "n-llama-1.5x": "holds",
        "n-moe-3x": "open", "n-moe-6x": "open", "n-moe-220": "holds", "n-moe-multiplier": "open",
        "n-gpt4-active": "holds", "n-gpt4-tokens": "holds", "n-gpt4-ratio": "holds",
        "n-gpt4-optimal": "holds", "n-gpt4-under": "open", "n-2028-ratio": "holds",
        "n-2028-active": "holds", "n-2028-total": "holds", "n-2028-tokens": "holds",
        "n-2028-repeat": "holds", "w-patel-flop": "holds", "w-patel-forward": "fails",
        "w-patel-2x": "open", "w-moe-sparser": "holds", "w-abnar-optimal": "holds",
        "w-clark-axes": "holds", "w-clark-900b": "open", "w-krajewski-gap": "open",
        "w-krajewski-20x": "open", "w-krajewski-40x": "open", "w-moe-memory": "holds",
    }  # fmt: skip
    assert {each.claim.id: each.verdict for each in outcome.verdicts(p, found)} == expected


def test_a_unit_slip_is_named(p, found):
    forward = verdict("w-patel-forward", p, found)
    assert (forward.reason, forward.rows[0].recomputed) == ("unit", pytest.approx(0.56))


def test_other_sizes_turn_the_claim_on_active_parameters():
    small = given("gpt4", **FEW, total_params=9e11, shared_params=2e10)
    by = given_of(verdict("n-gpt4-active", small, steps.take(small)))
    assert [*by.values()] == ["fails", "holds"]


def test_what_follows_from_other_claims_is_judged_on_what_they_state():
    small = given("gpt4", **FEW, total_params=9e11, shared_params=2e10)
    turned = steps.take(small)
    for claim in ("n-gpt4-tokens", "n-gpt4-ratio", "n-gpt4-optimal"):
        assert verdict(claim, small, turned).verdict == "holds", claim
        assert verdict(claim, small, turned).claim.follows_from, claim


def test_gpt4_was_under_trained_by_one_source_and_not_by_the_other(p, found):
    assert [*given_of(verdict("n-gpt4-under", p, found)).values()] == ["holds", "open", "fails"]
    sure = given("gpt4", **FEW, **CERTAIN)
    each = [*given_of(verdict("n-gpt4-under", sure, steps.take(sure))).values()]
    assert each == ["holds", "roughly", "fails"]


def test_factors_at_budgets_that_agree_would_settle_the_readings(p, found):
    three = replace(
        found.sparsity, wide={EIGHTH: np.array([2.9, 3.1]), THIRTY_SECOND: np.array([1.5, 2.0])}
    )
    changed = replace(found, sparsity=three)
    assert verdict("n-moe-3x", p, changed).verdict == "holds"
    assert verdict("n-moe-6x", p, changed).verdict == "fails"


def test_another_budget_turns_the_later_runs_ratio():
    p = given("gpt4", **FEW, later_compute=5e31, epochs=100.0)
    assert verdict("n-2028-ratio", p, steps.take(p)).verdict == "fails"


# Mixtures


def test_clarks_law_is_found_again_in_runs_made_by_it():
    size, number = (
        each.ravel() for each in np.meshgrid(np.geomspace(1e7, 1e9, 6), 2.0 ** np.arange(1, 10))
    )
    n, e = np.log10(size), np.log10(mixtures.saturating(number, 2.0, 300.0))
    found = mixtures.fit_routed(size, number, 10 ** (-0.08 * n - 0.11 * e + 0.009 * n * e + 1.1))
    assert found.law == pytest.approx([-0.08, -0.11, 0.009, 1.1], abs=2e-4)
    assert found.last_size(found.law) == pytest.approx(10 ** (0.11 / 0.009), rel=0.05)
    # A dense model of the multiplied size has the loss of the mixture.
    times = float(found.multiplier(found.law, 1e8, 32))
    dense, mixed = found.loss(1e8 * times, 1), found.loss(1e8, 32)
    assert dense[0] == pytest.approx(mixed[0], rel=1e-3)


def test_experts_saturate_at_both_ends():
    assert mixtures.saturating(1, 2.0, 300.0) == pytest.approx(2)
    assert mixtures.saturating(1e9, 2.0, 300.0) == pytest.approx(300, rel=1e-3)


def test_a_law_whose_gain_never_ends_has_no_last_size(found):
    routed = found.mixtures.routed["clark2022-s-base"]
    assert routed.last_size(np.array([-0.08, -0.1, 0.0, 1.1])) == 1e18


def test_the_fitted_law_has_clarks_losses_within_two_percent(found):
    best = found.mixtures.routed["clark2022-s-base"]
    assert best.numbers == (2, 512)
    own = [row for row in datapackage.bundled("clark2022_final")
           if row["suite"] == "clark2022-s-base" and row["top_k"] == 1
           and row["routing_frequency"] == 0.5]  # fmt: skip
    for row in own:
        said = np.median(best.loss(row["params"], row["experts"]))
        assert said == pytest.approx(row["loss"], rel=0.02)


def test_experts_that_gain_more_in_larger_models_would_close_the_question(p, found):
    routed = {name: replace(each, draws=each.draws * [1, 1, -1, 1])
              for name, each in found.mixtures.routed.items()}  # fmt: skip
    turned = replace(found, mixtures=replace(found.mixtures, routed=routed))
    assert verdict("w-krajewski-gap", p, turned).verdict == "holds"


def test_no_best_sparsity_inside_and_no_memory_saved_fail(p, found):
    none = replace(found.mixtures, inside=np.zeros(3, bool), saved=np.zeros(3, bool))
    turned = replace(found, mixtures=none)
    assert verdict("w-abnar-optimal", p, turned).verdict == "fails"
    assert verdict("w-moe-memory", p, turned).verdict == "fails"


def test_at_a_size_the_dense_model_comes_first():
    law = steps.abnar()
    along = mixtures.at_size(law, 1e9, 1e20)
    assert along[0] == pytest.approx(float(law.loss(1e9, 1e20 / 6e9, 0.0)))
    assert along.min() < along[0]


# What the page says


def said(name, p, f=None, **changed):
    """Return a finding, some of the numbers changed."""
    r = outcome.of(p, f or steps.take(p)).numbers
    return getattr(findings, name)(p, SimpleNamespace(**{**vars(r), **changed})).markdown


ALL = [
    name
    for name, value in vars(findings).items()
    if inspect.isfunction(value)
    and not name.startswith("_")
    and [*inspect.signature(value).parameters] == ["p", "r"]
]

OTHERS = [
    {},
    {"compute": 5e24},
    {"compute": 5e26},
    {"dense_ratio": 10.0},
    {"sparsity_factor": 1.0},
    {"epochs": 1.0},
    {"later_ratio": 100.0},
    {"later_ratio": 1e6},
    {"experts": 2},
    {"accelerator_memory": 1e12, "bytes_per_weight": 0.1},
    CERTAIN,
]


@pytest.mark.parametrize("values", OTHERS)
def test_every_finding_speaks_at_other_parameters(values):
    p = given("gpt4", **FEW, **values)
    r = outcome.of(p, steps.take(p)).numbers
    assert len(ALL) > 20
    for name in ALL:
        sentence = getattr(findings, name)(p, r).markdown
        assert sentence.strip(), name
        for wrong in ("nan", "inf ", "{{", "1.0 times too", "comment", "from memory"):
            assert wrong not in sentence, (name, sentence)


@pytest.mark.parametrize("values", OTHERS)
def test_the_short_answer_is_short_and_has_a_recorded_number(values):
    p = given("gpt4", **FEW, **values)
    r = outcome.of(p, steps.take(p)).numbers
    answer = findings.short_answer(p, r)
    assert answer.words - 3 <= 60
    assert num(r.ratio, 2) in answer.markdown
    assert num(r.optimum) in answer.markdown


@pytest.mark.parametrize(
    ("changed", "begins", "holds"),
    [
        ({}, "Perhaps.", "2.2 times too few"),
        ({"small_over": 0.5}, "Probably.", "says about 2 times too few"),
        ({"small_over": 1.3}, "Perhaps.", "outside them, says about 1.3 times too many"),
        ({"under_low": 1.2}, "Yes,", "between 1.2 and 5.4 times too few"),
        (
            {"under": 0.5, "under_low": 0.2, "under_high": 0.8, "share_under": 0.0},
            "No,",
            "2.0 times too many",
        ),
        ({"under": 0.9, "share_under": 0.05}, "Probably not.", "1.1 times too many"),
        (
            {"under": 0.9, "share_under": 0.05, "small_over": 0.5},
            "Perhaps not.",
            "1.1 times too many",
        ),
        ({"under_low": 1.01}, "Yes,", "between about the right number and 5.4 times too few"),
        ({"under": 1.01, "share_under": 0.5}, "That cannot be told.", "about the right number"),
    ],
)
def test_the_answer_follows_the_factor_and_its_interval(p, found, changed, begins, holds):
    answer = said("short_answer", p, found, **changed)
    assert f"**Short answer.** {begins}" in answer
    assert holds in answer


def test_less_compute_on_the_same_parameters_is_fewer_tokens():
    p = given("gpt4", **FEW, compute=5e24)
    answer = said("short_answer", p)
    assert "Yes, by these numbers. On these inputs GPT-4 saw 12 tokens" in answer
    assert "By a rumour and Nesov's guesses" in said("short_answer", given("gpt4", **FEW))


def test_certain_inputs_have_no_range_and_nothing_decides():
    p = given("gpt4", **FEW, **CERTAIN)
    assert "Every input is taken as certain here;" in said("short_answer", p)
    assert "no range belongs to it" in said("sure", p)
    assert "nothing decides" in said("sure_takeaway", p)


def test_what_decides_may_be_the_rumour(p, found):
    assert "the best ratio is the least certain input" in said("sure_takeaway", p, found)
    wide = said("sure_takeaway", p, found, swing_compute_low=0.1, swing_compute_high=10.0)
    assert "what decides most is the training compute" in wide


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "may have had enough"),
        ({"under": 0.9}, "may have had too few"),
        ({"under_low": 1.1}, "at these ranges it had too few"),
        ({"under_low": 0.1, "under_high": 0.9}, "at these ranges it had too many"),
    ],
)
def test_what_the_interval_leaves_out(p, found, changed, told):
    assert told in said("sure", p, found, **changed)


def test_the_two_chapters_agree_or_not(p, found):
    assert "the opposite as well" in said("opposite", p, found)
    assert "about 3 times too many tokens" in said("opposite", p, found)
    assert "says so twice" in said("opposite", p, found, under=0.5)
    near = said("opposite", p, found, small_over=1.05)
    assert "about the right number of tokens" in near


def test_the_two_chapters_have_one_law():
    there = overtraining_steps.fit(given("overtraining", resamples=100)).fit.law
    assert vars(steps.small_law()) == pytest.approx(vars(there) | {"name": "fit"})


def test_the_pairs_of_sources_by_hand(p, found):
    e, pairs = found.estimate, found.pairs
    assert pairs["nesov"].under == pytest.approx(float(e.under))
    assert pairs["midway"].under == pytest.approx(outcome.by_fit(p, found))
    text = 6 * (0.29 * p.compute**0.53) ** 2 / p.compute
    assert pairs["text"].best == pytest.approx(3 * text)
    assert pairs["text"].under == pytest.approx(3 * text / float(e.ratio))
    assert pairs["label"].under > pairs["nesov"].under
    assert pairs["small"].factor == 1
    at = {"compute": 7e25, "ratio": pairs["small"].best, "reference": p.compute}
    elsewhere = steps.small_optimum(given("gpt4", compute=7e25))
    assert experts.carried(**at, exponent=steps.small_growth()) == pytest.approx(elsewhere)


def test_the_table_of_pairs_names_its_sources(p, found):
    table = figures.pairs(p, found).rows
    assert [row[-1] for row in table] == [
        "2.2 times too few",
        "1.5 times too few",
        "about the right number",
        "2.4 times too few",
        "3.0 times too many",
    ]
    assert table[0][:2] == ["35.5 (Nesov's 37, carried)", "3.00 (Nesov)"]
    own = given("gpt4", **FEW, dense_ratio=20.0, sparsity_factor=2.0)
    assert "Nesov" not in str(figures.pairs(own, steps.take(own)).rows)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "6.6 times the last row's: 3.0 from experts, 2.2 from the dense"),
        ({"small_optimum": 5.0}, "3.0 from experts, 7.1 from the dense optimum"),
        ({"optimum": 32.5}, "best is 2.0 times the last row's"),
        ({"optimum": 8.12}, "best is 0.50 times the last row's"),
    ],
)
def test_where_the_two_chapters_part(p, found, changed, told):
    assert told in said("pairs", p, found, **changed)


def test_the_pairs_span(p, found):
    line = said("pairs_takeaway", p, found)
    assert "between 3.0 times too many and 2.4 times too few" in line
    same = said("pairs_takeaway", p, found, text_under=2.0, small_over=1 / 3)
    assert "between 1.5 and 3.0 times too few" in same


def test_nesovs_inputs_are_named_only_where_they_are_his(p, found):
    assert "Nesov's 37 tokens" in said("estimate", p, found)
    assert "By Nesov's inputs" in said("estimate_takeaway", p, found)
    budget = given("gpt4", **FEW, compute=5e25)  # not his
    assert "By these inputs" in said("estimate_takeaway", budget)
    assert "On these inputs the law" in said("opposite", budget)
    assert "rounded" not in said("pairs", budget)
    for changed in ({"dense_ratio": 20.0}, {"dense_compute": 1e25}):
        other = given("gpt4", **FEW, **changed)
        assert "Nesov's 37" not in said("estimate", other)
        assert "By these inputs" in said("estimate_takeaway", other)
    assert "43 tokens per parameter, 2.5 times too few" in said("estimate", p, found)


@pytest.mark.parametrize(
    ("off", "told"),
    [
        ({}, "neither range reaches as far"),
        ({"dense_off": 3.0}, "only one of the ranges reaches as far"),
        ({"dense_off": 3.0, "sparsity_off": 3.0}, "the ranges reach as far"),
    ],
)
def test_whether_the_ranges_reach_as_far_as_the_sources(off, told):
    assert told in said("sure", given("gpt4", **FEW, **off))


def test_the_law_far_out_is_asked_only_where_it_makes_sense(p, found):
    assert "there the law fails" in said("sparse", p, found)
    sane = said("sparse", p, found, sparse_dense_ratio=30.0, factor_here=1.8)
    assert "it is 1.8, with 30 tokens per parameter as the best" in sane


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "wasted about 5% of the compute (0% to 22% over the ranges), by the cube root 23%"),
        (
            {"cost_rule": 1.01},
            "by the cube root 1%.",
        ),
    ],
)
def test_the_cost_is_below_the_rule_or_not(p, found, changed, told):
    assert told in said("cost_takeaway", p, found, **changed)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "must supply a factor of 2.1"),
        ({"implied": 0.3}, "needs no repetition"),
        ({}, "gives 2.3 for 30 passes"),
        ({}, "700 lies within"),
        ({"later_high": 600.0}, "700 lies outside"),
    ],
)
def test_repetition_supplies_what_is_needed_or_not(p, found, changed, told):
    assert told in said("later", p, found, **changed)


def test_the_later_numbers_are_nesovs_only_at_his_factors(p, found):
    assert "Nesov's own factors" in said("later", p, found)
    assert "these factors" in said("later", given("gpt4", **FEW, later_sparsity_factor=3.0))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "fills 16 groups of 72"),
        ({"weights_groups": 1}, "fills one group of 72"),
        ({}, "so memory does not forbid it. Whether"),
        ({"weights_groups": 1}, "so memory does not forbid it."),
        ({"memory_multiple": 0.5}, "so the run does not fit."),
        ({"assumed_accelerators": 5000.0}, "takes 5,000 of them"),
    ],
)
def test_the_weights_fit_or_not(p, found, changed, told):
    assert told in said("memory", p, found, **changed)


# Figures and tables


@pytest.fixture(scope="module")
def control(p, found):
    return figures.lead(p, found).control


@settings(max_examples=50)
@drawn(st.floats(4e24, 1e26), st.floats(65e9, 1e12), st.floats(10, 148), st.floats(1, 8))
def test_the_control_has_the_librarys_numbers(control, budget, active, reference, factor):
    moved = {"compute": budget, "active": active, "reference": reference, "factor": factor}
    found = control.evaluate(moved)
    there = given(
        "gpt4",
        compute=budget,
        total_params=active,
        shared_params=active,
        shared_off=1.0,
        total_off=1.0,
        dense_ratio=reference,
        sparsity_factor=factor,
    )
    e = steps.estimate(there)
    expected = {
        "ratio": e.ratio,
        "dense": e.dense,
        "best": e.optimum,
        "small": steps.small_optimum(there),
        "under": e.under,
        "over": 1 / e.under,
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(float(value), rel=1e-9), name


def test_the_control_begins_at_the_drawing(p, found, control):
    begun = control.evaluate({each.name: each.value for each in control.inputs})
    spread = found.spread.summary["optimum"]
    assert (begun["low"], begun["high"]) == pytest.approx((spread.low, spread.high))
    assert begun["under"] == pytest.approx(float(found.estimate.under))
    points = figures.lead(p, found).figure.axes[0].lines
    placed = [float(line.get_xdata()[0]) for line in points if line.get_marker() == "o"]
    assert placed == pytest.approx([begun[name] for name in ("ratio", "dense", "best", "small")])
    for each in control.inputs:
        assert each.low < each.value < each.high


@pytest.mark.parametrize(
    "values",
    [{"compute": 1e18}, {"compute": 1e32}, {"sparsity_factor": 0.01}, {"dense_ratio": 1e6}],
)
def test_the_control_has_room_at_every_bound(values):
    p = given("gpt4", **FEW, **values)
    for each in figures.lead(p, steps.take(p)).control.inputs:
        assert each.low <= each.value < each.high


def test_the_estimates_table_has_what_was_stated_beside_what_comes_out(p, found):
    table = rows(figures.estimate(p, found))
    assert table["active parameters"] == ["260B", "260B"]
    assert table["best over actual"] == ["2", "2.16"]


def test_the_tornado_names_what_decides_and_says_where_nothing_does(p, found):
    shown = figures.tornado(p, found)
    assert shown.caption.startswith("What decides is the factor for experts")
    widths = [bar.get_width() for bar in shown.figure.axes[0].patches]
    assert widths == sorted(widths)

    def caption(*swings):
        return figures.tornado(
            p, replace(found, spread=replace(found.spread, swings=swings))
        ).caption

    falling = caption(Swing("compute", 3.0, 1.5))
    assert (
        "training compute, over whose range alone the result goes from 1.5 to 3.0. Right" in falling
    )
    assert caption() == "Nothing is uncertain."


def test_the_table_of_costs_has_all_laws(p, found):
    table = rows(figures.costs(p, found))
    assert [*table] == [*found.costs]
    assert table[steps.RULE][0] == "1.29"


@pytest.mark.parametrize(("draws", "some"), [(1000, "1,000"), (5000, "2,000")])
def test_the_table_of_costs_says_how_many_draws_the_sparse_law_takes(found, draws, some):
    caption = figures.costs(given("gpt4", draws=draws), found).caption
    assert f"of the sparse law are of the first {some} draws" in caption


def test_the_sparse_law_takes_the_first_draws_alone(p):
    draws = np.append(np.full(steps.SPARSE_DRAWS, 2.0), np.full(steps.SPARSE_DRAWS, 9.0))
    costs = steps.costs(p, 2.0, draws)
    _, of_sparse = costs[steps.sparse_name(p.sparse_compute_low)]
    assert of_sparse.low == pytest.approx(of_sparse.high)
    _, of_dense = costs["Hoffmann et al."]
    assert of_dense.high > 1.1 * of_dense.low


def test_llamas_stated_optimum_lies_in_the_band_of_rounding(p, found):
    ax = figures.llama(p, found).figure.axes[0]
    c, text = ax.lines[0].get_data()
    assert text == pytest.approx(steps.llama_ratio(found.llama.text, c))
    points = [line.get_xydata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert points[0] == pytest.approx(
        [printed("llama3.optimum.compute"), found.llama.llama_optimum]
    )
    nesov = ax.lines[2].get_data()
    assert np.interp(p.dense_compute, *nesov) == pytest.approx(p.dense_ratio, rel=0.01)


def test_the_factors_lines_cross_nesovs_where_the_caption_says(p, found):
    shown = figures.sparsity(p, found)
    few, few_said, many, many_said, gpt4 = shown.figure.axes[0].lines
    for line, said, idle in ((few, few_said, EIGHTH), (many, many_said, THIRTY_SECOND)):
        x, y = line.get_data()
        crossing = np.interp(-said.get_ydata()[0], -y, np.log(x))
        assert np.exp(crossing) == pytest.approx(found.sparsity.at[idle], rel=1e-3)
    assert gpt4.get_xdata()[0] == p.compute


@pytest.mark.parametrize(
    ("budgets", "band"),
    [
        ({}, "a grey band runs from 10²⁰ to 10²¹."),
        (
            {"sparse_compute_low": 1e17, "sparse_compute_high": 1e18},
            "a grey band runs from 10¹⁷ to 10¹⁸.",
        ),
    ],
)
def test_the_crossings_are_placed_by_their_budgets_wherever_the_band_lies(budgets, band):
    p = given("gpt4", **FEW, **budgets)
    alt = figures.sparsity(p, steps.take(p)).alt
    assert "dashed lines, 3 and 6, at 3 × 10¹⁹ and 8 × 10¹⁸ FLOP" in alt
    assert alt.endswith(band)
    assert "left of" not in alt


@pytest.mark.parametrize(
    ("ratio", "line"),
    [(37.0, "Nesov's line goes from 15 to 59"), (400.0, "the given line goes from 160 to 630")],
)
def test_a_line_is_told_by_its_numbers_and_by_who_gave_it(found, ratio, line):
    p = given("gpt4", **FEW, dense_ratio=ratio)
    alt = figures.llama(p, found).alt
    assert alt.endswith(f"; {line}.")
    assert "close" not in alt


def test_the_passes_needed_are_named_only_where_there_are_some(p, found):
    assert "which the law gives at 19 passes" in figures.repetition(p, found).caption
    q = given("gpt4", **FEW, later_ratio=1e6)
    assert "which the law gives" not in figures.repetition(q, steps.take(q)).caption


def test_the_factors_bars_follow_one_another(p, found):
    bars = figures.factors(p, found).figure.axes[0].patches
    ends = [bar.get_x() + bar.get_width() for bar in reversed(bars)]
    starts = [bar.get_x() for bar in reversed(bars)]
    assert starts[2:] == pytest.approx(ends[1:-1])
    assert starts[1] == pytest.approx(p.dense_ratio)
    assert ends[-1] == pytest.approx(found.later.product)


def test_the_later_inputs_are_listed_with_their_ranges(p, found):
    table = rows(figures.later_inputs(p, found.later, found.later_spread))
    assert table["factor for experts"][0] == "3.0 to 12"
    certain = given("gpt4", **FEW, **CERTAIN)
    still = steps.later_uncertainty(certain, found.later)
    assert figures.later_inputs(certain, found.later, still).rows == []


def test_the_later_runs_table_has_what_was_stated(p, found):
    table = rows(figures.later(p, found.later, found.later_spread))
    assert table["total parameters"][:2] == ["110T", "110T"]
    assert table["80T tokens, 30 times"][:2] == ["2.5 × 10¹⁵", "2.4 × 10¹⁵"]


def test_memory_goes_with_the_bytes_and_no_size_is_listed_twice(p, found):
    table = rows(figures.memory(p, found.later))
    assert [*table] == ["0.50", "1.0", "2.0", "16"]
    assert table["2.0"] == ["221 TB", "1,151", "16"]
    half = given("gpt4", bytes_per_weight=0.5)
    assert [*rows(figures.memory(half, found.later))] == ["0.50", "1.0", "16"]


def test_published_and_recomputed(p, found):
    table = rows(figures.compared(p, found))
    assert table["Llama 3 optimum, stated against figure's constants"][2] == "1.8%"
    assert table["GPT-4 optimum"][:2] == ["110.0", "106.6"]


# What the chapter refuses


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"active_experts": 17}, "'active_experts' is 17 experts and 'experts' is 16 experts"),
        ({"later_active_experts": 33}, "'later_active_experts' is 33 experts"),
        ({"shared_params": 2e12}, "'shared_params' is 2e\\+12 params, .* 1.8e\\+12 params"),
        ({"shared_params": 1e12}, "'shared_off' is 2 x, .* expected shared_params times"),
        ({"sparse_compute_low": 1e22}, "'sparse_compute_low' is 1e\\+22 FLOP"),
        ({"compute": 0.0}, "'compute' \\(FLOP, .* expected from 1e\\+18 to 1e\\+32 FLOP"),
        ({"experts": 0}, "'experts' \\(experts, default 16\\).* expected from 1"),
        ({"dense_ratio": 0.0}, "'dense_ratio' \\(tokens/param, .* expected from 0.01"),
        ({"epochs": 0.5}, "'epochs' .* expected from 1 to 1000 epochs"),
        ({"flops": 2e25}, "unknown parameter 'flops'. Did you mean 'compute'"),
    ],
)
def test_bad_mixtures_are_refused_by_name_unit_and_bounds(values, message):
    with pytest.raises(ScalebookError, match=message):
        given("gpt4", **values)


@pytest.mark.parametrize(("reach", "untried"), [(4000.0, True), (29.0, False)])
def test_how_far_a_best_size_was_tried_is_said_beside_how_far_this_one_is(reach, untried):
    text = said("sure", given("gpt4", **FEW), llama_reach=reach)
    assert ("Nothing farther out was tried." in text) == untried
    assert ("carried to 4,000 times" in text) == untried
    assert "up to 30 times larger than those fitted" in text
