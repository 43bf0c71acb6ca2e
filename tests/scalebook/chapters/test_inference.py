"""Models that are served: published examples, limits, laws solved by hand, and fewer bits."""

from dataclasses import replace
from types import SimpleNamespace

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from scalebook.chapters.common import ends, printed
from scalebook.chapters.inference import figures, findings, outcome, steps
from scalebook.chapters.inference.steps import ADDED, CHEAPEST, MEAN, OURS, PLAIN, SAME, UNLIMITED
from scalebook.errors import ScalebookError
from scalinglaws import fitting, registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense
from scalinglaws.registry import Model
from tests.scalebook.chapters.cells import given, part

EVEN = ParametricLaw(1.0, 100.0, 100.0, 0.5, 0.5)
BESIROGLU = registry.parametric("besiroglu2024")


def cheap(**values):
    return given("inference", **({"resamples": 100} | values))


@pytest.fixture(scope="module")
def p():
    return cheap()


@pytest.fixture(scope="module")
def f(p):
    return steps.take(p)


# Laws


def test_our_fit_comes_first_and_its_resamples_surround_it(f):
    assert list(f.laws.named) == [OURS, *steps.PUBLISHED]
    assert f.laws.draws.E.shape == (100,)
    for name in ("E", "alpha", "beta"):
        low, high = ends(getattr(f.laws.draws, name), 0.95)
        assert low < getattr(f.laws.named[OURS], name) < high
    assert f.laws.named[OURS].alpha == pytest.approx(BESIROGLU.alpha, abs=0.01)


def runs_file(path, rows, loss):
    rng = np.random.default_rng(1)
    params, tokens = np.exp(rng.uniform(np.log(1e7), np.log(1e11), (2, rows)))
    lines = [f"{n},{d},{loss(n, d)}" for n, d in zip(params, tokens, strict=True)]
    path.write_text("\n".join(["params,tokens,loss", *lines]) + "\n")
    return str(path)


def test_the_law_that_runs_follow_is_found(tmp_path):
    path = runs_file(tmp_path / "exact.csv", 60, BESIROGLU.loss)
    found = steps.parametric_laws(cheap(runs=path, drop_highest=0)).named[OURS]
    np.testing.assert_allclose([found.E, found.beta], [BESIROGLU.E, BESIROGLU.beta], rtol=1e-3)


def test_runs_that_fix_no_law_are_refused(tmp_path):
    path = runs_file(tmp_path / "rising.csv", 60, lambda n, d: 2 + (n / 1e10) + 0 * d)
    with pytest.raises(ScalingLawsError, match=r"rising\.csv"):
        steps.parametric_laws(cheap(runs=path, drop_highest=0))
    few = runs_file(tmp_path / "few.csv", 31, BESIROGLU.loss)
    with pytest.raises(ScalingLawsError, match="32"):
        steps.parametric_laws(cheap(runs=few, drop_highest=0))


def test_a_fit_that_has_not_converged_is_refused(monkeypatch, p):
    fit, status = fitting.fit, "not converged: stopped"
    monkeypatch.setattr(
        fitting, "fit", lambda *runs, **name: replace(fit(*runs, **name), status=status)
    )
    with pytest.raises(ScalebookError, match=r"of no use here \(not converged: stopped\)"):
        steps.parametric_laws(p)


# Plans


@pytest.mark.parametrize("law", [EVEN, BESIROGLU])
def test_without_serving_the_plan_is_the_training_optimum(law):
    found = steps.plan(cheap(served=0.0), law)
    assert found.best.params == pytest.approx(found.plain.params)
    assert found.best.tokens == pytest.approx(found.plain.tokens)
    assert found.saved == pytest.approx(0, abs=1e-9)


@hypothesis.given(st.floats(8, 17), st.floats(0.1, 2))
def test_more_demand_takes_a_smaller_model_on_more_data_and_saves_more(power, more):
    p = cheap(served=10.0**power)
    found = steps.plan(p, BESIROGLU, p.served * np.array([1.0, 10.0**more]))
    small, large = found.best.params
    assert large < small < found.plain.params * (1 + 1e-9)
    assert found.best.tokens[1] > found.best.tokens[0]
    assert 0 <= found.saved[0] < found.saved[1] < 1
    np.testing.assert_allclose(found.best.loss, BESIROGLU.loss(p.params, p.tokens), rtol=1e-9)


@hypothesis.given(st.floats(8, 16), st.floats(0.01, 100))
def test_demand_and_weight_enter_as_their_product(power, weight):
    first = steps.plan(cheap(served=10.0**power, serving_weight=weight), BESIROGLU)
    second = steps.plan(cheap(served=10.0**power * weight), BESIROGLU)
    assert first.best.params == pytest.approx(second.best.params)
    assert first.saved == pytest.approx(second.saved)


def test_serving_as_much_as_training_moves_the_terms_apart_by_a_third(p):
    # The first exercise: I = D makes the right side of the condition 4/3.
    served = 1e12
    for _ in range(60):
        best = steps.plan(p, BESIROGLU, served).best
        served = float(best.tokens)
    size, data = BESIROGLU.terms(best.params, best.tokens)
    assert BESIROGLU.alpha * size / (BESIROGLU.beta * data) == pytest.approx(4 / 3)


def test_no_plan_nearby_is_cheaper(f, p):
    best = f.plans.by_law[OURS].best
    law, loss = f.laws.named[OURS], float(best.loss)
    for size in best.params * np.array([0.98, 1.02]):
        data = (law.B / (loss - law.E - law.A / size**law.alpha)) ** (1 / law.beta)
        assert 6 * size * data + 2 * size * p.served > best.total


def test_every_plan_meets_the_condition(f):
    assert list(f.plans.by_law) == list(f.laws.named)
    for name, law in f.laws.named.items():
        best = f.plans.by_law[name].best
        size, data = law.terms(best.params, best.tokens)
        wanted = 1 + best.served / (3 * best.tokens)
        assert law.alpha * size / (law.beta * data) == pytest.approx(wanted, rel=1e-9)
    assert f.plans.draws.saved.shape == (100,)


# The published examples


@pytest.mark.parametrize(("case", "key"), steps.CHECKS)
def test_the_published_examples_come_out_at_the_precision_printed(f, case, key):
    digits = {"params": 2, "saving": 2, "saved": 2, "data_factor": 3}[key]
    value, reference = (
        getattr(f.examples[steps.THEIRS][case], key),
        printed(f"sardana2024.{case}.{key}"),
    )
    if key == "params":
        assert value == pytest.approx(reference, rel=0.005)
    else:
        assert float(f"{value:.{digits - 1}e}") == pytest.approx(reference)


@hypothesis.given(st.floats(0.1, 5), st.floats(0.5, 2))
def test_of_a_law_only_exponents_and_the_ratio_enter(floor, factor):
    law = ParametricLaw(1.7, 400.0, 410.0, 0.34, 0.28)
    other = ParametricLaw(floor, 400.0 * factor, 410.0 * factor, 0.34, 0.28)
    first, second = (vars(steps.example(each, 13e9, 2e12)) for each in (law, other))
    assert first == pytest.approx(second, rel=1e-6)
    off = replace(law, A=400.0 * (1 + factor))
    assert first["params"] != pytest.approx(steps.example(off, 13e9, 2e12).params, rel=1e-3)


def test_an_example_that_serves_nothing_is_the_model_itself():
    found = steps.example(EVEN, 13e9, 0.0)
    assert found.params == pytest.approx(13e9)
    assert found.data_factor == pytest.approx(1)
    assert found.saving == pytest.approx(0, abs=1e-9)


def test_the_cases_serve_what_is_printed():
    assert steps.cases() == {
        "13B": (13e9, printed("sardana2024.13B.served")),
        "30B": (30e9, printed("sardana2024.30B.served")),
    }


# Smaller models


def model_of(params, tokens):
    return replace(registry.published_model("GPT-3"), params=params, tokens=tokens)


def test_of_an_optimal_model_there_is_no_smaller_one_at_its_compute():
    best = dense.given_params(EVEN, 1e10)
    found = steps.times_smaller(EVEN, model_of(float(best.params), float(best.tokens)))
    assert found[CHEAPEST] == pytest.approx(1)
    assert found[SAME] == pytest.approx(1, rel=1e-4)
    # Half of the reducible loss is the size's; all of it takes a model 2^(1/alpha) times smaller.
    assert found[UNLIMITED] == pytest.approx(4)


@hypothesis.given(st.floats(1.2, 1000))
def test_the_larger_a_model_for_its_data_the_smaller_its_equals(excess):
    best = dense.given_params(EVEN, 1e10)
    model = model_of(float(best.params) * excess, float(best.tokens) / excess)
    found = steps.times_smaller(EVEN, model)
    assert 1 < found[CHEAPEST] < found[SAME] < found[UNLIMITED]
    # Where size and data enter alike, the smaller of two of equal compute has the other's tokens.
    assert found[SAME] == pytest.approx(excess**2, rel=1e-6)


def test_the_old_models_are_those_published():
    found = steps.old_models()
    assert found["GPT-3"].params == 175e9
    assert found["Gopher"].params / registry.published_model("Chinchilla").params == 4
    assert all(isinstance(model, Model) for model in found.values())


def test_every_law_is_asked_and_our_interval_holds_our_fit(f):
    for model, by_law in f.smaller.by_law.items():
        assert list(by_law) == list(f.laws.named)
        for sense, (low, high) in f.smaller.intervals[model].items():
            assert low < by_law[OURS][sense] < high


# Bits


def test_only_the_offsets_added_give_the_papers_best_bits(f):
    paper = registry.printed("kumar2024.best_bits")
    inside = {name for name, bits in f.bits.best.items() if paper.low <= bits <= paper.high}
    assert inside == {ADDED}


def test_with_one_gamma_the_best_bits_solve_their_equation(f):
    x = f.bits.best[MEAN] / f.bits.readings[MEAN].gamma[0]
    assert 3 * x == pytest.approx(np.expm1(x), rel=1e-3)


def test_activations_fail_below_their_floor(f):
    reading = f.bits.readings[ADDED]
    assert reading.shares(f.bits.activation_floor * 0.99)[1] == 0
    assert reading.shares(f.bits.activation_floor * 1.01)[1] > 0


def test_sixteen_bits_change_nothing():
    found = steps.fewer_bits(cheap(bits=16.0))
    assert [found.compute_factor, found.size_factor, found.data_factor] == pytest.approx([1] * 3)


@hypothesis.given(st.floats(4.5, 15.9))
def test_size_data_and_bits_spend_the_same_budget(bits):
    found = steps.fewer_bits(cheap(bits=bits))
    assert found.size_factor * found.data_factor * bits / 16 == pytest.approx(1)
    assert found.size_factor > 1


# Rounding


def test_more_data_than_that_harm_a_rounded_model(f):
    law = registry.parametric("kumar2024")
    names = ("C_T", "gamma_D", "gamma_N", "gamma_post")
    post = steps.precision.Quantisation(*(printed(f"kumar2024.{name}") for name in names))
    for each in f.harm:
        tokens = each.ratios * each.size * np.array([[0.9], [1.0], [1.1]])
        loss = law.loss(each.size, tokens) + post.added_loss(each.size, tokens, steps.SERVING_BITS)
        assert (loss[1] < loss[0]).all()
        assert (loss[1] < loss[2]).all()
        assert (np.diff(each.ratios) > 0).all()


def test_an_offset_moves_every_limit_by_one_factor(f):
    factors = np.array([each.shifted / each.ratios for each in f.harm])
    power = -printed("kumar2024.b") / (
        registry.parametric("kumar2024").beta + printed("kumar2024.gamma_D")
    )
    np.testing.assert_allclose(factors, np.exp(power))


def test_harm_is_asked_of_the_model_served_and_of_the_one_given():
    found = steps.harm(cheap(params=2e9), 3e9)
    assert [each.size for each in found] == [1e9, 3e9, 2e9]


# Record


def test_what_is_recorded_is_what_was_found(p, f):
    found, best = outcome.recorded(p, f), f.plans.by_law[OURS].best
    assert found["serving_share"] == pytest.approx(p.served / (p.served + 3 * best.tokens))
    assert found["ratio_served"] == pytest.approx(found["tokens_served"] / found["params_served"])
    # What is found in units of the training optimum is what the plan has.
    assert found["size_share"] == pytest.approx(found["params_served"] / found["params_plain"])
    assert found["data_times"] == pytest.approx(found["tokens_served"] / found["tokens_plain"])
    assert found["saved_share"] == pytest.approx(float(f.plans.by_law[OURS].saved))
    assert found["saved_share_low"] < found["saved_share"] < found["saved_share_high"]
    assert found["gopher_over_chinchilla"] == 4
    assert found["bits_plain"] == f.bits.best[PLAIN]
    twice = outcome.compute(cheap(served=2 * p.served)).results
    assert twice["params_served"] < found["params_served"]
    assert twice["params_plain"] == found["params_plain"]


# Sweeps


def test_runs_that_a_law_made_tell_its_best_size_without_it():
    share = np.geomspace(0.1, 0.99, 400)
    price = steps.overtraining.size_penalty(EVEN, share)
    known = np.isfinite(price)
    sweep = steps._sweep(EVEN, (share[known] / price[known] ** float(EVEN.a)) ** -2.0, price[known])
    for load in (3.0, 10.0):
        told, law = steps.tried(sweep, load), steps.serving.change(EVEN, load)
        assert told.size == pytest.approx(float(law.size), rel=0.06)
        assert told.saved == pytest.approx(float(law.saved), abs=0.01)


def test_sweeps_do_not_tell_what_lies_beyond_their_smallest_models(f):
    law = EVEN
    few = steps.Sweep(law, np.ones(3), np.ones(3), np.array([0.5, 0.7]), np.array([1.3, 1.1]))
    assert steps.tried(few, 100.0) is None
    assert steps.tried(few, 2.0).size == 0.7
    assert not steps.changes(f.laws, [0.5])[0].tried  # less to save than they can tell


def test_every_law_and_sweep_saves_the_more_the_more_is_served(f):
    found = [f.by_load[load] for load in steps.LOADS]
    assert len(found[0].by_law) == len(f.laws.named) + len(steps.sweeps())
    for what, grows in (("size", False), ("saved", True)):
        for end in (min, max):
            values = [end(each.laws(what)) for each in found]
            assert values == sorted(values, reverse=not grows)
    assert all(each.tried for each in found)


@pytest.mark.parametrize("served", [1e12, 1e13])
def test_the_demand_that_justifies_a_plan_is_the_one_it_was_made_for(p, served):
    best = steps.plan(p, BESIROGLU, served).best
    assert steps.demand(BESIROGLU, float(best.params), float(best.tokens)) == pytest.approx(served)


def test_no_demand_justifies_a_model_that_is_too_large(f):
    gpt3, eight = (f.justified[name] for name in ("GPT-3", "Llama 3 8B"))
    assert gpt3.share > 1
    assert gpt3.served < 0
    assert eight.low < eight.served < eight.high
    rows = {row[0].split(" (")[0]: row for row in figures.justified(cheap(), f).rows}
    assert rows["GPT-3"][3:] == ["none", "none"]
    assert rows["Llama 3"][3].endswith("T")


# What is said


def numbers(p, f, **values):
    return SimpleNamespace(**outcome.recorded(p, f) | values)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Yes, for heavy use. To serve 10T tokens"),
        ({"saved_share_low": 0.01, "saved_share_high": 0.04}, "Hardly, for that little use."),
        ({"saved_share_low": 0.04, "saved_share_high": 0.2}, "A little."),
    ],
)
def test_the_answer_follows_what_is_saved(p, f, changed, said):
    assert said in findings.short_answer(p, numbers(p, f, **changed)).markdown


def test_rounding_is_warned_of_where_it_harms(p, f):
    def both(**values):
        r = numbers(p, f, **values)
        said = (
            findings.short_answer(p, r),
            findings.rounding(p, r),
            findings.rounding_takeaway(p, r),
        )
        return "\n".join(each.markdown for each in said)

    assert "may undo it" in (said := both(ratio_served=100.0))
    assert "fine for 6 bits, too many for 4" in said
    assert "may undo it" not in (said := both(ratio_served=10.0))
    assert "either would do" in said
    assert "not trained too long" in said
    assert "beyond both" in both(ratio_served=1e5)


def test_where_nothing_is_served_the_compute_optimal_model_is_best(f):
    p = cheap(served=0.0)
    r = SimpleNamespace(**outcome.compute(p).results)
    assert r.params_served == pytest.approx(r.params_plain)
    said = findings.short_answer(p, r).markdown + findings.plan(p, r).markdown
    assert "Only if it is used" in said
    assert "with nothing served, that is the answer" in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"size_share": 0.3}, "it goes smaller than they do"),
        ({"size_share": 0.9}, "does not go as small"),
        ({"size_share": 0.55, "tried_share_runs": 1}, "one sweep puts the size"),
        ({"size_share": 0.55}, "in agreement"),
        ({"tried_share_runs": 0}, "the sweeps do not tell"),
    ],
)
def test_law_and_sweeps_are_compared_as_they_come_out(p, f, changed, said):
    assert said in findings.spread(p, numbers(p, f, **changed)).markdown


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"gpt3_cheapest_laws_low": 3.1, "gpt3_cheapest_low": 3.1}, "by every law here, even"),
        ({}, "if GPT-3's compute is spent again, and not by every law"),
        ({"gpt3_same_laws_low": 2.0}, "depends on the law"),
    ],
)
def test_a_factor_of_three_holds_as_the_laws_have_it(p, f, changed, said):
    assert said in findings.gpt3_takeaway(p, numbers(p, f, **changed)).markdown


def test_a_model_that_is_larger_than_best_is_said_to_be(p, f):
    r = numbers(p, f, llama8_size=2.0)
    assert "2.0 times as large as is best" in findings.known(p, r).markdown
    assert "not trained too long" in findings.known_takeaway(p, r).markdown


def test_tokens_beyond_thousands_of_trillions_are_written_out():
    assert [figures.trillions(each) for each in (1.51e15, 1.9e14, 3e9)] == ["1,500T", "190T", "3B"]


def settled(p, f):
    return {each.claim.id: each for each in outcome.verdicts(p, f)}


def with_ratios(f, cheapest, same):
    draws = {"GPT-3": {CHEAPEST: np.asarray(cheapest), SAME: np.asarray(same)}}
    intervals = {name: ends(values, 0.95) for name, values in draws["GPT-3"].items()}
    ratios = {CHEAPEST: float(np.median(cheapest)), SAME: float(np.median(same))}
    by_law = {"GPT-3": {OURS: ratios, "other": ratios}}
    return replace(f, smaller=steps.Smaller(by_law, {"GPT-3": intervals}, draws))


def test_running_costs_fall_to_a_third_if_both_readings_say_so(p, f):
    def found(cheapest, same):
        return settled(p, with_ratios(f, cheapest, same))["a-inference-3x"].verdict

    above, below = np.linspace(3.1, 6, 200), np.linspace(1, 2.9, 200)
    assert found(above, above) == "holds"
    assert found(np.linspace(2.5, 6, 200), above) == "roughly"
    assert found(below, above) == "open"
    assert found(below, below) == "fails"
    here = settled(p, f)["a-inference-3x"]
    assert here.rows[0].recomputed == pytest.approx(f.smaller.by_law["GPT-3"][OURS][CHEAPEST])


def test_a_model_to_serve_is_smaller_and_trained_longer(p, f):
    modest = cheap(params=7e8, tokens=1.4e10)
    small, large = (settled(each, f)["w-inference-small"] for each in (p, modest))
    assert (small.verdict, large.verdict) == ("holds", "holds")
    assert large.rows[0].recomputed[0] < small.rows[0].recomputed[0] < 0


def test_serving_costs_as_much_as_training_at_one_demand_only(p, f):
    rows = settled(p, f)["w-snakeoil-equal"].rows
    assert [row.verdict == "fails" for row in rows] == [True, False, True]
    assert rows[0].recomputed < rows[1].recomputed < rows[2].recomputed
    served = 3 * f.plans.by_law[OURS].best.tokens
    assert np.median(outcome._shares(p, f, served)) < 1  # more is trained on where more is served
    few = settled(cheap(served=1e9), f)["w-snakeoil-equal"]
    assert few.verdict == "fails"


def test_the_best_bits_of_one_size_rise_with_its_data_alone(p):
    few, more, most = steps.bits_of_one_size(p, [1, 10, 100])
    assert 7 < few < more < most <= 16
    # The exponents are one number, so only tokens per parameter count.
    small = cheap(params=1e9, tokens=1e9 * p.tokens / p.params)
    assert steps.bits_of_one_size(small, [1, 10]) == pytest.approx([few, more])


def test_rounding_harms_the_more_the_more_data(p, f):
    found = settled(p, f)
    assert found["w-kumar-harmful"].verdict == found["l-precision-data"].verdict == "holds"
    assert "18 tokens per parameter" in found["w-kumar-harmful"].why
    least = cheap(params=1e6)
    assert "at 4 bits, for 1M parameters" in settled(least, f)["w-kumar-harmful"].why


def test_the_printed_precision_needs_the_offsets(p, f):
    assert [row.verdict for row in settled(p, f)["w-kumar-78"].rows] == ["fails", "holds"]
    best = f.bits.best | {PLAIN: 7.5}
    bits = replace(f, bits=replace(f.bits, best=best))
    assert settled(p, bits)["w-kumar-78"].verdict == "holds"


def test_derived_claims_take_what_is_stated(p, f):
    found = settled(p, f)
    assert found["l-noam-1e10"].rows[0].recomputed == 1e10
    assert found["l-noam-1e10"].claim.follows_from == ("w-noam-brown",)
    assert found["h-100x-cheaper"].rows[0].recomputed == pytest.approx(60 / 4.4)


def test_the_record_of_the_steps_taken_is_that_of_all(p, f):
    assert outcome.of(p, f) == outcome.compute(p)


# Figures and tables


def test_plans_are_listed_with_the_interval_second(p, f):
    table = figures.plans(p, f.plans)
    assert [row[0] for row in table.rows] == [OURS, "95% interval", *steps.PUBLISHED]
    assert table.columns[2] == "best with 10T tokens served"
    weighted = cheap(served=1e12, serving_weight=3.0)
    assert figures.plans(weighted, f.plans).columns[2] == "best with 3T tokens served"


def test_the_lead_begins_with_the_plan_of_the_parameters(p, f):
    shown = figures.lead(p, f)
    control, plan = shown.control, f.plans.by_law[OURS]
    found = control.evaluate({each.name: each.value for each in control.inputs})
    assert found["q"] == pytest.approx(f.here.load)
    assert found["n"] == pytest.approx(float(plan.best.params))
    assert found["d"] == pytest.approx(float(plan.best.tokens))
    assert found["saved"] == pytest.approx(float(plan.saved))
    assert found["low"] < found["size"] < found["high"]
    ours = part(shown.data, series="the Chinchilla refit")
    assert (np.diff(ours["share"]) < 0).all()


def test_demand_beyond_the_ends_of_the_slider_is_drawn(f):
    for p in (cheap(served=0.0), cheap(served=1e20, serving_weight=1000.0)):
        assert figures.lead(p, steps.take(p)).control.inputs


def test_the_cheapest_lies_on_its_curve(p, f):
    shown = figures.cost(p, f)
    for _, _, text in figures.DRAWN:
        curve, best = (part(shown.data, series=f"{text}, {what}") for what in ("law", "cheapest"))
        assert best["total"][0] <= min(curve["total"]) + 1e-9
        assert best["total"][0] == pytest.approx(min(curve["total"]), abs=1e-3)


def test_loads_are_listed_by_laws_and_sweeps(p, f):
    table = figures.loads(p, f)
    assert [row[0] for row in table.rows] == ["1", "3", "10", "30", "100"]
    none = replace(f, by_load={1.0: replace(f.by_load[1.0], tried={})})
    assert figures.loads(p, none).rows[0][2::2] == ["—", "—"]


def test_rounding_turns_where_it_is_said_to(p, f):
    shown = figures.rounding(p, f)
    for bits, turn in zip((4, 5, 6), f.harm[1].ratios[1:], strict=True):
        curve = part(shown.data, series=f"{bits} bits")
        at = curve["ratio"][int(np.argmin(curve["loss"]))]
        assert at == pytest.approx(float(turn), rel=0.06)


def test_published_figures_are_compared(p, f):
    rows = figures.compared(p, f).rows
    assert [row[0] for row in rows][:2] == [
        "13B quality, 2T served: best size",
        "13B quality, 2T served: FLOP saved",
    ]
    assert all(row[1] == row[2] for row in rows if row[0].endswith("FLOP saved"))
    factor = next(row for row in rows if "data over" in row[0])
    assert factor[1] == factor[2] == f"{printed('sardana2024.30B.data_factor'):.2f}×"


def test_smaller_models_have_a_dot_for_each_law_and_sense(p, f):
    shown = figures.smaller(p, f.smaller)
    for axes, (model, by_law) in zip(shown.figure.axes, f.smaller.by_law.items(), strict=True):
        dots = [line for line in axes.lines if line.get_marker() == "o"]
        assert axes.get_title(loc="left") == model
        assert len(dots) == 3 * len(by_law)
        top = {line.get_xdata()[0] for line in dots if line.get_ydata()[0] > len(by_law) - 1.5}
        assert top == set(by_law[OURS].values())
    names = [text.get_text() for text in shown.figure.axes[0].get_yticklabels()]
    assert names[-1] == OURS
    assert names[0] == "Muennighoff et al.,\nnew data"


def test_ratios_have_an_interval_for_our_fit_alone(p, f):
    ours, *others = figures.smaller_by_law(p, f.smaller).rows
    assert all("(" in cell for cell in ours[1:])
    assert not any("(" in cell for row in others for cell in row[1:])
    assert [row[0] for row in others] == list(steps.PUBLISHED)
    assert "its 80% interval" in figures.smaller_by_law(cheap(level=0.8), f.smaller).caption


def test_readings_differ_in_their_best_bits(p, f):
    rows = {row[0]: row for row in figures.readings(p, f.bits).rows}
    assert rows[ADDED][2] == "7.0"
    assert rows[PLAIN][2] == "3.5"
    eight, sixteen = f.bits.readings[PLAIN].share([8.0, 16.0])
    assert rows[PLAIN][3] == f"{2 * eight / sixteen:.2f}×"
    same = figures.readings(cheap(bits=16.0), f.bits)
    assert {row[3] for row in same.rows} == {"1.00×"}
    none = replace(f.bits, best=f.bits.best | {PLAIN: 1.0})
    assert figures.readings(p, none).rows[0][2] == "at most 1"


def test_the_best_bits_are_the_highest_points(f):
    shown = figures.bits(f.bits)
    _, right = shown.figure.axes
    for curve, dot in ((right.lines[0], right.lines[1]), (right.lines[2], right.lines[3])):
        best = curve.get_xdata()[np.argmax(curve.get_ydata())]
        assert dot.get_xdata()[0] == pytest.approx(best, abs=0.1)
    assert "at 3.5 bits" in shown.caption
    assert "it is 7.0" in shown.caption


def test_harm_is_listed_by_size_and_bits(f):
    table = figures.harm(f.harm)
    assert table.columns[1:] == ["3 bits", "4 bits", "5 bits", "6 bits"]
    assert [row[0] for row in table.rows][::2] == ["1B parameters", "70B parameters"]
    one = steps.Harm(1e9, np.array([1.0, 20, 300, 4000]), np.array([2.0, 30, 400, 5000]))
    assert figures.harm([one]).rows == [
        ["1B parameters", "1 (2)", "20 (30)", "300 (400)", "4K (5K)"]
    ]
