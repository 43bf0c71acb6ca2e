"""What a wrong ratio costs: the closed form in exact cases, the suites, and the models placed."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from scalebook.chapters.common import printed, stated
from scalebook.chapters.foresight import SWEEPS
from scalebook.chapters.overtraining import beyond, figures, findings, outcome, steps
from scalebook.chapters.overtraining.beyond import Beyond
from scalebook.chapters.overtraining.steps import GPT4, PLAN, Fitted, Interval
from scalebook.errors import ScalebookError
from scalinglaws import fitting, reading, registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense, overtraining
from scalinglaws.runs import Runs
from tests.scalebook.chapters.cells import given, part

FEW = {"resamples": 100}
BESIROGLU = registry.parametric("besiroglu2024")
ONES = ParametricLaw(E=1.0, A=100.0, B=100.0, alpha=1.0, beta=1.0)


@pytest.fixture(scope="module")
def p():
    return given("overtraining", **FEW)


@pytest.fixture(scope="module")
def found(p):
    return steps.take(p)


def fitted_to(*laws):
    """Return a fit whose law is the first, and whose resamples are all of them."""
    fields = ("E", "A", "B", "alpha", "beta")
    spread = ParametricLaw(*(np.array([float(getattr(law, f)) for law in laws]) for f in fields))
    return Fitted(SimpleNamespace(law=laws[0]), spread, 1.0)


def verdict(claim, p, found):
    return next(each for each in outcome.verdicts(p, found) if each.claim.id == claim)


def curves(shown):
    """Return the curves of a figure, those of more than two points."""
    return [line for line in shown.figure.axes[0].lines if len(line.get_xdata()) > 2]


def rows(table):
    return {row[0]: row[1:] for row in table.rows}


# The law


def test_the_fit_is_the_replications(found):
    law = found.fitted.fit.law
    assert law.alpha == pytest.approx(BESIROGLU.alpha, abs=0.005)
    assert law.beta == pytest.approx(BESIROGLU.beta, abs=0.005)
    assert found.fitted.fit.n == 240
    assert found.fitted.spread.alpha.shape == (100,)


def test_all_runs_make_the_data_term_steeper(found):
    steeper = steps.fit(given("overtraining", **FEW, drop_highest=0))
    assert steeper.fit.n == 245
    assert steeper.fit.law.beta > found.fitted.fit.law.beta + 0.05


def resampled(monkeypatch, alpha, alphas):
    """Let every fit have one exponent of size, and its resamples others."""
    found = fitting.fit(reading.read_runs("hoffmann2022_runs"))
    values = np.tile(found.values, (len(alphas), 1))
    values[:, found.form.free.index("alpha")] = alphas
    draws = fitting.Bootstrap(found, values, np.ones(len(alphas)), np.ones(len(alphas), bool), 0)
    fit = replace(found, values=found.form.values(replace(found.law, alpha=alpha)))
    monkeypatch.setattr(fitting, "fit", lambda *_: fit)
    monkeypatch.setattr(fitting.Fit, "bootstrap", lambda *_: draws)


def test_runs_that_worsen_with_size_have_no_optimum(monkeypatch):
    resampled(monkeypatch, -0.1, [0.1, 0.2])
    with pytest.raises(ScalebookError, match=r"the fit of .* has alpha -0.1 .* must be positive"):
        steps.fit(given("overtraining"))


def test_resamples_without_an_optimum_are_left_out(monkeypatch):
    resampled(monkeypatch, 0.3, [0.2, np.nan, -0.1, 0.4])
    found = steps.fit(given("overtraining"))
    assert found.sound_share == 0.5
    assert found.spread.alpha.tolist() == [0.2, 0.4]


def test_too_few_runs_are_refused():
    with pytest.raises(ScalingLawsError, match="drop_highest"):
        steps.fit(given("overtraining", drop_highest=230))


def test_an_interval_is_that_of_the_resamples():
    laws = [replace(ONES, alpha=alpha) for alpha in np.linspace(0.5, 1.5, 101)]
    found = steps.by_law(given("overtraining", level=0.9), fitted_to(*laws), lambda law: law.alpha)
    assert found == pytest.approx((0.5, 0.55, 1.45))


# The cost in closed form


def test_with_both_exponents_one_the_cost_is_a_hyperbolic_cosine():
    p = given("overtraining")
    curve = steps.curve(p, fitted_to(ONES))
    assert curve.law == pytest.approx(np.cosh(np.log(curve.ratio) / 2) ** 2)
    assert curve.ratio[[0, -1]] == pytest.approx([p.ratio_low, p.ratio_high])
    assert curve.rule == pytest.approx(np.maximum(curve.ratio, 1 / curve.ratio) ** (1 / 3))


@settings(max_examples=20)
@drawn(st.floats(0.15, 1), st.floats(0.15, 1), st.floats(0, 3))
def test_the_closed_form_is_the_law_itself(alpha, beta, floor):
    law = ParametricLaw(floor, 400.0, 900.0, alpha, beta)
    curve = steps.curve(given("overtraining"), fitted_to(law))
    assert curve.check_points == len(curve.ratio)
    assert curve.check_worst < 1e-8


def test_the_check_tells_a_wrong_closed_form(monkeypatch):
    right = overtraining.over_training_penalty
    monkeypatch.setattr(overtraining, "over_training_penalty", lambda *of: 1.01 * right(*of))
    wrong = steps.curve(given("overtraining"), fitted_to(BESIROGLU))
    assert wrong.check_worst == pytest.approx(0.01 / 1.01)


def test_at_the_crossings_rule_and_law_agree(found):
    under, over = found.crossings
    for side in (under, over):
        exact = overtraining.over_training_penalty(found.fitted.fit.law, side.value)
        assert overtraining.power_rule(side.value) == pytest.approx(exact)
        assert side.low < side.value < side.high
    assert under.high < 1 < over.low


def test_a_square_root_crosses_much_farther_out(found):
    under, over = steps.crossings(given("overtraining", **FEW, root=2.0), found.fitted)
    assert over.value > 10 * found.crossings[1].value
    assert under.value < found.crossings[0].value / 10


# Without a law


def test_what_the_suites_hold(found):
    assert found.suites.swept_runs == sum(map(len, found.suites.runs.values()))
    assert found.suites.measured_runs < found.suites.swept_runs
    assert all(k.shape == m.shape for k, m in found.suites.measured.values())


def test_too_few_runs_near_a_ratio_say_nothing():
    near = np.array([1.9, 2.0, 2.1]), np.array([1.05, 1.05, 1.05])
    two = tuple(each[:2] for each in near)
    suites = steps.Suites({}, {"three": near, "two": two}, 5, 5)
    assert suites.at(2.0) == {"three": (pytest.approx(1.05), 3)}
    assert suites.at(30.0) == {}


def suite_of(law):
    """Return a suite of runs by a law, without noise."""
    budget, ratio = np.meshgrid(np.geomspace(1e18, 1e22, 9), np.geomspace(0.1, 4000, 45))
    size = np.sqrt(budget / 6 / ratio).ravel()
    data = ratio.ravel() * size
    runs = Runs(size, data, law.loss(size, data), budget=budget.ravel(), name="made")
    points = overtraining.measured(data / size, runs.loss, runs.budget)
    return steps.Suites({"made": runs}, {"made": points}, len(runs), len(points[0]))


def test_runs_made_by_a_law_measure_that_laws_cost(p):
    costs = steps.costs(p, fitted_to(BESIROGLU), suite_of(BESIROGLU))
    for ratio, cost in costs.items():
        assert cost.suites == [
            pytest.approx(cost.law.value, rel=0.03 if 0.1 <= ratio <= 10 else 0.1)
        ]


def test_a_cost_rests_on_enough_runs(found):
    for cost in found.costs.values():
        assert cost.runs >= steps.FEWEST * len(cost.suites)
        assert cost.law.low < np.median(cost.drawn) < cost.law.high
    assert found.costs.keys() == {*steps.ASKED}


def test_a_lower_level_narrows_the_law_alone(found):
    narrow = steps.costs(given("overtraining", **FEW, level=0.5), found.fitted, found.suites)
    for ratio, cost in found.costs.items():
        assert cost.law.low < narrow[ratio].law.low < narrow[ratio].law.high < cost.law.high
        assert narrow[ratio].suites == cost.suites


def test_the_law_of_a_made_suite_is_the_one_it_was_made_by(p):
    (own,) = steps.own_laws(p, suite_of(BESIROGLU)).values()
    assert own.law.alpha == pytest.approx(BESIROGLU.alpha, abs=1e-3)
    ten = overtraining.over_training_penalty(BESIROGLU, 10.0)
    assert own.by_law == pytest.approx((ten, ten, ten), rel=1e-3)
    assert own.measured == pytest.approx(own.by_law.value, rel=0.03)


def test_the_miss_is_relative_to_what_was_measured(p, found):
    own = {str(cost): steps.Own(BESIROGLU, Interval(2.0, 1.9, 2.1), cost) for cost in (1.6, 2, 4)}
    numbers = outcome.recorded(p, replace(found, own=own))
    assert (numbers["own_miss"], numbers["own_miss_most"]) == (0.25, 0.5)


def test_suites_differ_in_their_laws_more_than_one_bootstrap_knows(found):
    tens = [own.by_law.value for own in found.own.values()]
    cost = found.costs[10.0]
    assert max(tens) - min(tens) > 5 * (cost.law.high - cost.law.low)
    assert [own.measured for own in found.own.values()] == cost.suites


# Models


def test_chinchilla_lies_at_its_optimum_and_the_plan_far_below(found):
    chinchilla, plan = found.models["Chinchilla"], found.models[PLAN]
    assert chinchilla.degree.low < 1 < chinchilla.degree.high
    assert chinchilla.lost.value == pytest.approx(1, abs=0.01)
    assert plan.degree.high < 0.1
    assert plan.lost.low > 1.5


def test_gpt4_is_placed_by_its_active_parameters(found):
    assert found.models[GPT4].params == pytest.approx(stated("n-gpt4-active"), rel=0.005)
    assert found.models[GPT4].params < registry.published_model(GPT4).params


def test_a_model_at_the_optimum_of_the_law_loses_nothing():
    best = dense.optimal(BESIROGLU, 1e23)
    half = steps.penalty_of(BESIROGLU, best.params / np.sqrt(2), best.tokens * np.sqrt(2))
    assert steps.penalty_of(BESIROGLU, best.params, best.tokens) == pytest.approx(1)
    assert half == pytest.approx(overtraining.over_training_penalty(BESIROGLU, 2.0))


def test_models_are_placed_by_the_law_given(p):
    placed = steps.models(p, fitted_to(registry.parametric("hoffmann2022")), steps.suites())
    assert placed.keys() == {*steps.MODELS}
    # By the constants printed for their Approach 3 Chinchilla itself is under-trained.
    assert placed["Chinchilla"].degree.value < 0.5


def test_the_plans_days_and_tokens_agree():
    days, tokens = steps.plan()
    assert days == pytest.approx(printed("narayanan2021.plan.days"), abs=1)
    ratio = tokens / printed("narayanan2021.plan.tokens")
    assert ratio == pytest.approx(printed("narayanan2021.plan.days") / days)


# The record


def test_the_curvature_gives_the_costs_near_the_optimum(p, found):
    numbers = outcome.recorded(p, found)
    assert numbers["curvature"] == pytest.approx((numbers["alpha"] + numbers["beta"]) / 8)
    assert np.log(numbers["m_2"]) == pytest.approx(numbers["curvature"] * np.log(2) ** 2, rel=0.01)
    tenth = overtraining.over_training_penalty(found.fitted.fit.law, numbers["tenth_over"])
    assert tenth == pytest.approx(1 / 0.9)
    assert numbers["tenth_square"] == pytest.approx(numbers["tenth_over"], rel=0.01)


def test_a_steeper_rule_is_harsher_and_less_mild(found):
    cube, square = (
        outcome.recorded(p, replace(found, curve=steps.curve(p, found.fitted)))
        for p in (given("overtraining", **FEW, root=root) for root in (3.0, 2.0))
    )
    assert square["harsh"] > cube["harsh"] > 1
    assert square["mild"] < cube["mild"]
    last = found.curve.law[-1] / found.curve.rule[-1]
    assert cube["mild"] == pytest.approx(last)  # at the worse end
    assert square["rule_10"] == pytest.approx(np.sqrt(10))
    assert square["m_10"] == cube["m_10"]


def test_nine_runs_in_ten_lie_within_the_reach(p, found):
    numbers, used = outcome.recorded(p, found), found.fitted.fit.runs
    degrees = overtraining.degree(found.fitted.fit.law, used.params, used.tokens)
    within = (numbers["reach_low"] <= degrees) & (degrees <= numbers["reach_high"])
    assert within.mean() == pytest.approx(0.9, abs=0.01)


def given_of(settled):
    """Return the verdicts of a claim by the conditions that they were reached under."""
    return {row.given: row.verdict for row in settled.rows}


def test_the_claims_of_the_book_as_it_is(p, found):
    expected = {
        "n-cube-root-30": "open", "n-cube-root-10": "open", "n-gpt4-loss": "holds",
        "n-600": "holds", "n-gpt3-alike": "open", "a-1t-450b": "holds",
        "w-karpathy-75x": "holds", "w-llama3-longer": "holds", "w-llama1-1t": "holds",
        "w-karpathy-undertrained": "open",
        "w-meta-loglinear": "open", "w-devries-30": "open", "w-devries-half": "open",
        "w-gadre-32x": "holds",
        "w-sardana-10000": "holds", "w-snakeoil-20x": "roughly",
    }  # fmt: skip
    settled = {each.claim.id: each.verdict for each in outcome.verdicts(p, found)}
    assert settled == expected


def test_law_sweeps_and_larger_models_answer_apart(p, found):
    by = given_of(verdict("n-cube-root-30", p, found))
    assert list(by.values()) == ["roughly", "fails", "open"]
    some = np.array([-0.1])
    alike = Beyond(np.array([1e9, 2e9]), np.array([2.9, 3.1]), some, some, some, 1e4)
    law = Interval(3.0, 3.0, 3.0)
    agreed = replace(found.costs[30.0], law=law, suites=[2.9, 3.2], drawn=np.full(9, 3.0))
    agreeing = replace(found, costs={**found.costs, 30.0: agreed}, beyond=alike)
    assert verdict("n-cube-root-30", p, agreeing).verdict == "holds"


def test_suites_that_agreed_with_the_law_would_fail_the_rule(p, found):
    flat = steps.costs(p, found.fitted, suite_of(found.fitted.fit.law))
    changed = replace(found, costs=flat)
    assert given_of(verdict("n-cube-root-30", p, changed))[outcome.SWEEPS] != "fails"


def test_a_steep_valley_would_bear_out_the_loss(p, found):
    law = Interval(1.3, 1.3, 1.3)
    steep = replace(
        found.costs[0.5], law=law, suites=[1.27, 1.33], drawn=np.linspace(1.28, 1.32, 9)
    )
    changed = replace(found, costs={**found.costs, 0.5: steep})
    assert verdict("n-gpt4-loss", p, changed).verdict == "holds"


def test_the_rule_in_the_verdicts_is_that_of_the_parameters(p, found):
    why = verdict("n-cube-root-30", given("overtraining", **FEW, root=2.0), found).why
    assert why.startswith("The rule itself gives 5.48.")
    assert "took 2.60 to 5.21 times the compute needed at 20" in why


def test_a_plan_less_than_ten_times_off_is_told_so(p, found):
    assert "over the whole interval" in verdict("a-1t-450b", p, found).why
    wide = replace(found.models[PLAN], degree=Interval(0.05, 0.01, 0.2))
    near = verdict("a-1t-450b", p, replace(found, models={**found.models, PLAN: wide}))
    assert near.verdict == "holds"
    assert "does not exclude" in near.why


def test_both_models_must_be_under_trained_to_be_alike(p):
    # By these constants everything was under-trained.
    law = registry.parametric("hoffmann2022")
    fitted = fitted_to(law)
    placed = steps.models(p, fitted, steps.suites())
    changed = replace(steps.take(p), fitted=fitted, models=placed)
    alike = verdict("n-gpt3-alike", p, changed)
    assert placed[GPT4].degree.value < 1
    assert alike.verdict == "holds"
    assert "too few tokens (" in alike.why


def test_how_close_is_close_enough_decides_on_convergence(p, found):
    by = given_of(verdict("w-karpathy-undertrained", p, found))
    assert [*by.values()] == ["fails", "holds", "holds"]
    assert next(iter(by)) == "within 2% of the loss of endless training"


def test_gains_that_keep_pace_are_log_linear_and_losses_that_rise_no_gains(p, found):
    even = replace(found.beyond, kept_pace=np.ones(5), doubled=np.full(5, 0.01))
    changed = replace(found, beyond=even)
    by = given_of(verdict("w-meta-loglinear", p, changed))
    assert [*by.values()] == ["fails", "holds", "open"]
    assert verdict("w-llama1-1t", p, changed).verdict == "fails"
    rising = replace(found.beyond, late=np.array([0.1, 0.2]))
    assert verdict("w-sardana-10000", p, replace(found, beyond=rising)).verdict == "fails"


def test_the_price_of_half_the_size_is_told_by_three(p, found):
    why = verdict("w-devries-half", p, found).why
    assert "takes 20.8% more compute" in why
    assert "sweeps over sizes at fixed compute measured 42% to 69%" in why
    few = {share: replace(each, suites=[]) for share, each in found.smaller.items()}
    alone = verdict("w-devries-half", p, replace(found, smaller=few))
    assert "too few runs of that size" in alone.why
    assert [row.given for row in alone.rows] == [outcome.PRINTED, outcome.law_called(p)]
    by = given_of(verdict("w-devries-30", p, found))
    assert [*by.values()] == ["holds", "fails", "fails"]


# Beyond the sweeps


def test_runs_made_by_a_law_at_twenty_and_far_beyond_cost_what_it_says():
    law = replace(BESIROGLU, alpha=0.35, beta=0.35)
    size = np.geomspace(1e7, 1e10, 9)
    loss = law.loss(size, beyond.NEAR * size)
    found = beyond.costs_of(size, loss, size[:6], law.loss(size[:6], beyond.FAR * size[:6]))
    best = law.optimum(compute=1e20).tokens_per_param
    ends = np.array([beyond.NEAR, beyond.FAR])
    near, far = overtraining.over_training_penalty(law, ends / best)
    assert found == pytest.approx(np.full(6, far / near), rel=0.01)


def test_a_loss_outside_those_at_twenty_has_no_price():
    size = np.geomspace(1e8, 1e9, 4)
    loss = BESIROGLU.loss(size, beyond.NEAR * size)
    assert np.isnan(beyond.costs_of(size, loss, np.array([1e9]), np.array([loss[-1] - 0.1]))).all()


def test_the_models_beyond_the_sweeps(found):
    far = found.beyond
    assert len(far.costs) == len(far.sizes) == 12
    assert np.isfinite(far.costs).all()
    assert far.larger().max() < far.costs.max()
    assert far.farthest > 10_000  # as far as the claim goes
    assert np.median(far.kept_pace) < 0.8


def test_a_model_comes_as_close_to_its_limit_as_was_asked():
    tokens = beyond.to_the_limit(BESIROGLU, 8e9, 0.01) * BESIROGLU.optimum(params=8e9).tokens
    limit = BESIROGLU.E + BESIROGLU.A / 8e9**BESIROGLU.alpha
    assert BESIROGLU.loss(8e9, tokens) == pytest.approx(1.01 * limit)


def test_runs_made_by_a_law_have_its_price_of_being_small(p):
    made, fitted = suite_of(BESIROGLU), fitted_to(BESIROGLU)
    found_ = steps.smaller(p, fitted, made, {"made": steps.Own(BESIROGLU, Interval(1, 1, 1), 1.0)})
    for share, each in found_.items():
        assert each.law.value == pytest.approx(float(overtraining.size_penalty(BESIROGLU, share)))
        assert each.suites == [pytest.approx(each.law.value, rel=0.15)]


# Figures and tables


def test_the_penalty_is_drawn_by_the_law_and_the_rule_among_the_runs(p, found):
    shown = figures.penalty(p, found)
    law, rule = curves(shown)
    for line in (law, rule):
        assert line.get_ydata().min() == pytest.approx(1, abs=0.01)
    assert rule.get_ydata() == pytest.approx(found.curve.rule)
    assert len(part(shown.data, series="runs")["degree"]) == found.suites.measured_runs
    assert "leaves out that the form may be wrong" in shown.caption


def test_the_exponents_needed_are_zero_at_the_optimum_and_below_the_slope(p, found):
    shown = figures.exponent(p, found.fitted, found.curve)
    needed, slope = (line.get_ydata() for line in curves(shown))
    assert needed.min() < 0.01
    assert (slope[slope > 0.02] > needed[slope > 0.02]).all()
    limits = [line.get_ydata()[0] for line in shown.figure.axes[0].lines[3:]]
    ends = overtraining.limits(found.fitted.fit.law)
    assert limits == pytest.approx([ends.over, ends.under])
    assert (slope < max(limits)).all()


def test_all_measured_runs_are_drawn(p, found):
    ax = figures.lead(p, found).figure.axes[0]
    band, *points = ax.collections
    assert band.get_facecolor()[0][3] < 1
    assert sum(len(each.get_offsets()) for each in points) == found.suites.measured_runs
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        SWEEPS[each] for each in found.suites.measured
    ]
    assert ax.get_xlim()[0] < min(k.min() for k, _ in found.suites.measured.values())


def test_the_table_of_costs_has_the_rule_of_the_parameters(p, found):
    table = rows(figures.costs(p, found.costs))
    assert table["30"] == ["4.73 to 5.47 (2, 9)", table["30"][1], "3.11"]
    square = figures.costs(given("overtraining", root=2.0), found.costs)
    assert square.columns[-1] == "square-root rule"
    assert rows(square)["10"][1:] == ["1.58", "3.16"]


def test_the_table_of_suites_has_law_and_measurement_side_by_side(found):
    p = given("overtraining", **FEW, level=0.5)
    table = figures.own_laws(p, found.fitted, found.costs, found.own)
    assert "50% bootstrap" in table.columns[3]
    assert [*rows(table)] == ["the chapter's law", *(SWEEPS[each] for each in found.own)]
    for name, own in found.own.items():
        assert float(rows(table)[SWEEPS[name]][-1]) == pytest.approx(own.measured, abs=0.005)


def test_the_table_of_models_has_their_published_sizes(p, found):
    table = rows(figures.placed(p, found.models))
    assert "GPT-3 (175B on 300B)" in table
    ratio, *rest = table["Chinchilla (70B on 1.4T)"]
    assert ratio.startswith("1.1 (")
    assert rest == ["1.00", "—"]
    assert table["AMD-Llama-135M (135M on 670B)"][-1] == "45 to 46 (2)"


def test_runs_near_a_ratio_speak_for_it_where_there_are_any():
    suites = steps.Suites({}, {"one": (np.array([9.0, 100.0]), np.array([2.0, 20.0]))}, 2, 2)
    assert suites.near(1.5) is None
    assert suites.near(0.01) is None
    near = suites.near(10.0)
    # Carried to 10 as if the logarithm of the cost went with the square of the ratio's.
    assert near.runs == 1
    assert near.low == near.high == pytest.approx(2 ** (np.log(10) / np.log(9)) ** 2)


def test_beyond_a_ratio_the_law_is_set_against_the_runs_there():
    k = np.array([2.0, 30.0, 40.0])
    cost = overtraining.over_training_penalty(BESIROGLU, k)
    suites = steps.Suites({}, {"one": (k, 3 * cost)}, 3, 3)
    assert suites.beyond(BESIROGLU, 20.0) == (pytest.approx(3), 2)


def test_how_far_off_a_model_is_takes_operators_only():
    scale = float(BESIROGLU.optimum(compute=6.0).params)
    found = steps.degree_of(8e9, 15e12, scale, BESIROGLU.a)
    assert found == pytest.approx(float(overtraining.degree(BESIROGLU, 8e9, 15e12)), rel=1e-12)


@settings(max_examples=50)
@drawn(size=st.floats(1e8, 1e13), data=st.floats(1e9, 1e15))
def test_the_control_has_the_librarys_numbers(control, size, data):
    law, control = control
    found = control.evaluate({"N": size, "D": data})
    k = overtraining.degree(law, size, data)
    assert found["k"] == pytest.approx(float(k), rel=1e-9)
    lost = overtraining.over_training_penalty(law, k)
    assert found["m"] == pytest.approx(float(lost), rel=1e-9)
    assert found["wasted"] == pytest.approx(1 - 1 / float(lost), abs=1e-9)


@pytest.fixture(scope="module")
def control(p, found):
    return found.fitted.fit.law, figures.lead(p, found).control


def test_the_farthest_model_is_named(p, found):
    shown = figures.models(p, found.fitted, found.models)
    assert "AMD-Llama-135M is the farthest" in shown.caption
    worse = replace(found.models["GPT-3"], lost=Interval(99.0, 90.0, 110.0))
    changed = figures.models(p, found.fitted, {**found.models, "GPT-3": worse})
    assert "GPT-3 is the farthest" in changed.caption


def test_models_stand_on_the_laws_curve(p, found):
    shown = figures.models(p, found.fitted, found.models)
    (law,) = curves(shown)
    for each in found.models.values():
        on_it = np.interp(np.log(each.degree.value), np.log(law.get_xdata()), law.get_ydata())
        assert each.lost.value == pytest.approx(on_it, rel=1e-3)


def test_published_and_recomputed(p, found):
    table = rows(figures.compared(p, found))
    assert table["30× over-training, by the law"][0] == "3"
    assert table["days for the trillion-parameter plan"][:2] == ["84", "83.2"]


def test_a_rule_without_a_root_is_refused():
    with pytest.raises(ScalebookError, match="'root'"):
        given("overtraining", root=0.0)


# What the page says


@pytest.fixture
def r(p, found):
    return outcome.of(p, found).numbers


def test_the_answer_has_what_the_sweeps_measured(p, r):
    said = str(findings.short_answer(p, r))
    assert "twice too many 3 to 7%" in said
    assert "ten times too few wasted 36 to 60% of the compute" in said
    assert "62 to 68% in larger. The Chinchilla refit says 62%." in said


@pytest.mark.parametrize(
    ("m_30", "said"),
    [(2.0, "says only 50%"), (3.0, "says 67%"), (9.0, "says 89%")],
)
def test_the_answer_sets_the_law_against_the_sweeps(p, r, m_30, said):
    r.m_30 = m_30
    assert said in str(findings.short_answer(p, r))


def test_a_steep_valley_is_not_called_flat(p, r):
    assert "costs little" in str(findings.measured_takeaway(p, r))
    r.suites_2_low, r.suites_2_high = 1.5, 2.0
    assert "A lot, and soon." in str(findings.short_answer(p, r))
    assert "33 to 50%" in str(findings.measured_takeaway(p, r))


def test_a_law_that_agrees_is_not_called_too_mild(p, r):
    assert "is too mild at ten times" in str(findings.law_takeaway(p, r))
    r.m_10, r.m_30 = 2.0, 5.0
    assert "as far out as they reach" in str(findings.law_takeaway(p, r))
    r.m_10 = 3.0
    assert "charges too much" in str(findings.law_takeaway(p, r))
    r.m_10, r.m_30, r.m_2 = 2.0, 2.5, 1.5
    assert "misses the sweeps even near" in str(findings.law_takeaway(p, r))
    assert "beyond ten times" in str(findings.law_takeaway(p, r))
    assert "measured less" in str(findings.law(p, r))


def test_other_runs_are_not_called_chinchillas(r):
    p = given("overtraining", **FEW, runs="llama3", drop_highest=0)
    assert "The law fitted here" in str(findings.short_answer(p, r))
    assert "Chinchilla" not in str(findings.law(p, r))


def test_a_law_is_not_believed_where_runs_say_otherwise(p, r):
    assert "not to be believed there: the two nearest runs" in str(findings.models(p, r))
    r.amd_lost = 44.0
    assert "is about what runs of the sweeps near that ratio took" in str(findings.models(p, r))
    r.amd_near_runs = 0
    assert "cannot be tested" in str(findings.models(p, r))


def test_the_rule_is_judged_by_what_was_measured(p, r):
    far = "At thirty it is too mild for small models, about right for larger ones."
    said = f"too harsh at twice the best ratio and about right at ten times. {far}"
    assert said in str(findings.rule_takeaway(p, r))
    r.rule_2, r.rule_10, r.rule_30 = 1.05, 1.5, 5.0
    r.far_large_high = 5.0
    said = "about right at twice the best ratio and too mild at ten times. At thirty it is about"
    assert said in str(findings.rule_takeaway(p, r))


def test_models_that_paid_little_are_counted(p, r):
    assert "three of the eight took at most 12% more" in str(findings.models_takeaway(p, r))
    r.models_cheap = 7
    assert "the other, 1.6 times" in str(findings.models_takeaway(p, r))
    r.models_cheap = 8
    assert "all eight took at most 12%" in str(findings.models_takeaway(p, r))
    r.models_cheap = 0
    assert "all eight took 1.6 times" in str(findings.models_takeaway(p, r))
