"""The chapter on all public tables: what it pools, counts, draws and says."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from scalebook.chapters.atlas import figures, findings, outcome, settled, steps
from scalebook.record.results import checked
from scalinglaws import datapackage, fit, table
from scalinglaws.atlas.answers import LABELS
from scalinglaws.atlas.hierarchy import MEAN
from tests.scalebook.chapters.cells import given, part
from tests.scalebook.chapters.test_overtraining import rows


@pytest.fixture(scope="module")
def p():
    return given("atlas")


@pytest.fixture(scope="module")
def found(p):
    return steps.take(p)


@pytest.fixture(scope="module")
def numbers(p, found):
    return outcome.recorded(p, found)


@pytest.fixture
def r(numbers):
    return SimpleNamespace(**numbers)


def suite(name, laboratory="a", **more):
    given_ = {"table": "t", "embeddings": True, "schedule": "decayed", "runs": 50, "compute": 1e21}
    return steps.Suite(name, laboratory, **{**given_, **more})


def told(of, a, half=0.02, ratio=20.0):
    none = (np.nan,) * 3
    return steps.Told(of, (a, a - half, a + half), (ratio,) * 3, (ratio,) * 3, none, none)


def atlas(exponents, aic=None):
    """Return an atlas of suites, by name and laboratory, with one exponent each by two methods."""
    suites = {name: suite(name, laboratory) for (name, laboratory) in exponents}
    answers = [told(suites[name], a) for (name, _), a in exponents.items()]
    aic = aic or {name: dict.fromkeys(steps.FORMS, 0.0) for name in suites}
    return steps.Atlas(
        suites, {"huber": answers, "window": answers}, aic, {n: {} for n in suites}, ""
    )


# Steps


def test_a_method_whose_form_is_rejected_has_no_part_in_the_spread():
    suites = {("one", "a"): 0.4, ("two", "b"): 0.6}
    whole = steps.spread(atlas(suites))
    assert (whole.least, whole.most, whole.count) == (0.4, 0.6, 4)
    worse = {"one": {"mse": 50.0}, "two": {"mse": 0.0}}
    assert steps.spread(atlas(suites, worse)).count == 3  # the budgets of the first are kept


def test_laboratories_count_alike_in_the_spread():
    suites = {(f"one {k}", "a"): 0.5 + 0.001 * k for k in range(40)} | {("two", "b"): 0.8}
    found = steps.spread(atlas(suites))
    assert found.high == pytest.approx(0.8)  # one suite of 41, half of the weight


def test_forms_are_counted_once_a_suite_and_against_the_best():
    suites = {("one", "a"): 0.4, ("two", "b"): 0.5, ("two without embeddings", "b"): 0.6}
    aic = {"one": {"mse": 11.0, "sum": 0.0}, "two": {"mse": 9.0, "sum": 0.0, "powermean": 2.0},
           "two without embeddings": {"mse": 99.0}}  # fmt: skip
    errors = {"one": {"mse": 0.01, "sum": 0.02}, "two": {}, "two without embeddings": {}}
    made = replace(atlas(suites, aic), held_out=errors)
    found = steps.forms(made)
    assert (found.judged["mse"], found.rejected["mse"]) == (2, 1)
    assert (found.predicted, found.best["mse"]) == (1, 1)
    assert found.by_laboratory["b"][0] == 1


def test_exponents_of_laboratories_that_differ_are_not_pooled_into_one(p, found):
    for method, pooled in found.pools.plain.items():
        low, high = pooled.interval(MEAN, p.level)
        least, most = pooled.next_suite(p.level)
        assert least < low < pooled.value(MEAN) < high < most, method
        assert pooled.suites == len(found.atlas.told[method])


def test_shifts_are_taken_on_the_suites_that_both_methods_tell(found):
    reference = {each.suite.name for each in found.atlas.told[steps.REFERENCE]}
    assert steps.REFERENCE not in found.pools.shifts
    for method, pooled in found.pools.shifts.items():
        both = [each for each in found.atlas.told[method] if each.suite.name in reference]
        assert pooled.suites == len(both)


def test_a_law_on_runs_that_follow_it_errs_as_little_as_the_best(found):
    assert found.laws["besiroglu2024"].times < found.laws["hoffmann2022"].times
    assert found.laws["hoffmann2022"].times < found.laws["hoffmann2022-printed"].times
    for name, each in found.laws.items():
        if name.startswith("gemstones"):
            assert 1 - 1e-9 <= each.times < 1.5, name
    assert all(each.times >= 1 - 1e-9 for each in found.laws.values())


def test_the_printed_constants_of_hoffmann_promise_too_much(found):
    """Besiroglu et al. 2024 print a mean residual of about that of rounding: runs end lower."""
    assert found.laws["hoffmann2022-printed"].bias < -0.01


def test_profiles_of_a_power_law_become_flatter_as_they_were_made():
    x = np.log(np.geomspace(1e18, 1e21, 12))
    slope, low, high = steps._slope(x, -0.2 * x)
    assert (slope, low, high) == pytest.approx((-0.2, -0.2, -0.2))


def test_seeds_apart_are_those_of_the_table():
    found = steps.seeds()
    cell = [row["loss"] for row in datapackage.rows("muennighoff2023")
            if row["seed"] > 0 and row["run"].startswith("4b284b17bc4seed")]  # fmt: skip
    assert found.cells == 16
    assert found.most == pytest.approx(max(cell) / min(cell) - 1)


# The record


def test_the_fit_shown_on_the_page_is_the_stored_one(r):
    law = fit(table("marin-dclm")).law
    assert checked(r, dclm=law.a)
    (kept,) = [each.a for each in steps.atlas().told["huber"] if each.suite.name == "marin-dclm"]
    assert (r.dclm, r.dclm_low, r.dclm_high) == pytest.approx(kept, rel=1e-4)


def test_counts_add_up(r):
    assert r.told_equal + r.told_below + r.told_above == r.told
    assert r.range_low < r.one_low < r.one_high < r.range_high
    assert r.whole_low <= r.range_low
    assert r.ratios_near <= r.ratios == r.told
    assert r.a_of_llama3 == pytest.approx(0.527, abs=5e-4)


@pytest.mark.parametrize("method", ["window", "envelope"])
def test_other_methods_have_a_record_too(method):
    p = given("atlas", method=method)
    r = SimpleNamespace(**outcome.recorded(p, steps.take(p)))
    assert str(findings.exponents(p, r)).startswith(
        f"By the method of the first figure, {LABELS[method]},"
    )
    assert (r.ratios == 0) == (method == "envelope")
    assert "no ratio" in str(findings.ratios(p, r)) or method != "envelope"


# Claims


def verdict(claim, p, found):
    (each,) = [one for one in outcome.verdicts(p, found) if one.claim.id == claim]
    return each


def test_the_claims_of_the_book_as_it_is(p, found):
    expected = {
        "w-hoffmann-approaches": "open", "w-choshen-seeds": "holds", "w-seed-noise": "open",
        "w-mcleish-sensitive": "roughly", "w-bi-datasets": "open", "w-llama-053": "roughly",
        "w-czech-llama": "roughly",
    }  # fmt: skip
    assert {each.claim.id: each.verdict for each in outcome.verdicts(p, found)} == expected


@pytest.mark.parametrize(
    ("groups", "most", "noise"),
    [
        ((0.02,) * 9, "holds", "holds"),
        ((0.021, 0.05), "fails", "open"),
        ((0.001,) * 9, "holds", "fails"),
    ],
)
def test_seeds_decide_how_far_runs_lie_apart(p, found, groups, most, noise):
    other = replace(found, seeds=steps.Seeds(groups))
    assert verdict("w-choshen-seeds", p, other).verdict == most
    assert verdict("w-seed-noise", p, other).verdict == noise
    said = verdict("w-choshen-seeds", p, other).why
    assert ("can happen" in said) == (most == "fails")


def changed(found, method, suites, **fields):
    """Return what was found with other answers of one method on some suites."""
    answers = [
        replace(each, **fields) if each.suite.name in suites else each
        for each in found.atlas.told[method]
    ]
    return replace(found, atlas=replace(found.atlas, told={**found.atlas.told, method: answers}))


def test_approaches_agree_on_runs_that_tell_so(p, found):
    near = changed(found, "window", ["hoffmann2022_runs"], shift=(0.001, -0.01, 0.01))
    first, _ = verdict("w-hoffmann-approaches", p, near).rows
    assert first.verdict == "holds"
    far = changed(found, "window", ["hoffmann2022_runs"], shift=(-0.2, -0.21, -0.19))
    first, _ = verdict("w-hoffmann-approaches", p, far).rows
    assert first.verdict == "fails"
    assert "by −0.20 (−0.21 to −0.19)" in verdict("w-hoffmann-approaches", p, far).why


def test_selections_that_prescribe_one_ratio_are_not_sensitive(p, found):
    alike = found
    for method, told_ in settled.prescriptions(found.atlas).items():
        names = [each.suite.name for each in told_]
        alike = changed(alike, method, names, a=(0.5, 0.49, 0.51), ratio=(20.0, 19.0, 21.0))
    assert verdict("w-mcleish-sensitive", p, alike).verdict == "fails"
    none = replace(found, atlas=replace(found.atlas, aic={n: {} for n in found.atlas.aic}))
    assert verdict("w-mcleish-sensitive", p, none).verdict == "open"


def test_a_ratio_goes_with_compute_as_the_exponent_says():
    each = told(suite("one", compute=1e20), 0.4, ratio=10.0)
    assert settled.at(each, 1e20)[0] == 10
    assert settled.at(each, 1e25)[0] == pytest.approx(10 * 1e5**0.2)


def test_corpora_far_apart_are_told_so(p, found):
    rows_ = {}
    for middle in (0.35, 0.6):
        other = changed(
            found, "huber", ["marin-nemotron"], a=(middle, middle - 0.01, middle + 0.01)
        )
        other = changed(other, "huber", ["marin-comma", "marin-dclm"], a=(0.35, 0.34, 0.36))
        marin, *_ = verdict("w-bi-datasets", p, other).rows
        rows_[middle] = marin.verdict
    assert rows_ == {0.35: "fails", 0.6: "holds"}
    no = replace(found, atlas=replace(found.atlas, told={**found.atlas.told, "huber": [
        each for each in found.atlas.told["huber"] if each.suite.name == "llama3"]}))  # fmt: skip
    assert verdict("w-bi-datasets", p, no).why.startswith("No laboratory's runs tell")


def test_parabolas_that_ask_for_more_parameters_turn_the_claim(p, found):
    other = changed(found, "parabola", ["llama3"], far=(2.0, 1.9, 2.1))
    assert verdict("w-czech-llama", p, other).verdict == "fails"


# Figures and tables


def test_the_first_figure_has_a_point_for_each_suite_that_tells_an_exponent(p, found):
    shown = figures.lead(p, found)
    points = [line for line in shown.figure.axes[0].lines if line.get_marker() == "o"]
    assert len(points) == len(found.atlas.told[p.method])
    for method, answers in found.atlas.told.items():
        assert part(shown.data, series=method)["a"] == [each.a[0] for each in answers]


def test_the_reader_is_told_of_the_method_that_he_chose(p, found):
    control = figures.control(p, found)
    choice, slider = control.inputs
    assert list(choice.options) == [
        LABELS[p.method],
        *(v for k, v in LABELS.items() if k != p.method),
    ]
    given_ = {"middle": choice.value, "factor": slider.value}
    values = control.evaluate(given_)
    assert values["larger"] * values["longer"] == pytest.approx(100)
    assert values["larger"] == pytest.approx(100**choice.value)


def test_suites_of_one_laboratory_stand_together(found):
    suites, middles = figures.places(found.atlas)
    order = sorted(found.atlas.suites.values(), key=lambda each: -suites[each.name])
    laboratories = [each.laboratory for each in order]
    assert sum(a != b for a, b in pairwise(laboratories)) == len(middles) - 1


def test_every_table_has_its_panel_and_its_licence(p, found):
    shown = figures.plane(p, found)
    listed = rows(figures.tables(p, found))
    assert {"rule", *listed} == {*shown.data["series"]}
    assert all(cells[-1] for cells in listed.values())


def test_the_tables_of_forms_agree(p, found):
    whole, parts = (make(p, found.forms) for make in (figures.preferences, figures.rejections))
    for place, (_, every, _) in enumerate(whole.rows, start=1):
        assert every.startswith(f"{sum(int(row[place]) for row in parts.rows)} of ")


def test_the_worst_law_stands_first(p, found):
    first, *_ = figures.laws(p, found.laws).rows
    assert first[0].startswith("Muennighoff 2023")


def test_published_exponents_stand_beside_recomputed_ones(p, found):
    listed = rows(figures.compared(p, found))
    assert len(listed) == len(datapackage.rows("porian2024_fits"))


# What the page says


def test_the_answer_has_the_spread_beside_one_bootstrap(p, r):
    said = str(findings.short_answer(p, r))
    assert "No common exponent" in said
    assert "One law's bootstrap says 0.48 to 0.56" in said
    r.range_low, r.range_high = 0.49, 0.53
    assert "Nearly the same everywhere" in str(findings.short_answer(p, r))
    r.next_low = 0.6
    assert "it would not grow model and data alike" in str(findings.short_answer(p, r))


def test_a_covariate_is_said_to_act_where_its_interval_says_so(p, r):
    assert "without embeddings adds" in str(findings.moves(p, r))
    r.by_without_low, r.by_without, r.by_without_high = -0.3, -0.2, -0.1
    assert "takes off 0.20." in str(findings.moves(p, r))
    r.by_without_low, r.by_without_high = -0.1, 0.1
    assert "may be nothing" in str(findings.moves(p, r))
    r.by_without_low, r.by_without_high = -1.0, 1.0
    assert "cannot be judged by this method" in str(findings.moves(p, r))


def test_a_cause_may_be_larger_than_what_is_left(p, r):
    assert "is more than counting or the learning rate" in str(findings.moves_takeaway(p, r))
    r.by_without = 0.4
    assert "Counting or the learning rate moves" in str(findings.moves_takeaway(p, r))


def test_the_winner_is_one_only_if_it_is(p, r):
    assert "No form wins half of the time" in str(findings.forms(p, r))
    r.forms_predicted_powermean = r.forms_predicted
    assert "more often than all others together" in str(findings.forms(p, r))
    assert "terms that do not simply add" in str(findings.forms_takeaway(p, r))
    r.chinchilla_judged_rejected = 0
    assert "By likelihood most suites have a floor; they share no exponent." in str(
        findings.forms_takeaway(p, r)
    )
    r.sum_judged_rejected = 0
    assert "do not even share a floor" in str(findings.forms_takeaway(p, r))


def test_the_worst_law_is_named_by_the_numbers(p, r):
    assert "The law of Muennighoff" in str(findings.laws(p, r))
    r.muennighoff_times, r.muennighoff_bias = 1.0, -0.02
    said = str(findings.laws(p, r))
    assert "that law is 2.0% too high" in said
    assert "law of Hoffmann and colleagues as printed" in said
    r.printed_times = r.hoffmann_times = r.besiroglu_times = 1.1
    assert "about as well as their form can" in str(findings.laws_takeaway(p, r))


def test_far_from_the_runs_twenty_may_hold_as_often(p, r):
    assert "fewer when carried far beyond" in str(findings.ratios_takeaway(p, r))
    r.ratios_far = r.ratios_near
    assert "fewer" not in str(findings.ratios_takeaway(p, r))
