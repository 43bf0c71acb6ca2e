"""A source of known entropy: tables whose law is known exactly, limits, and what moves the rest."""

from dataclasses import replace
from types import SimpleNamespace

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from scalebook.chapters.known_entropy import figures, findings, outcome, steps, teachers
from scalebook.errors import ScalebookError
from scalebook.laboratory.learner import LossTable
from scalebook.record import claims
from scalinglaws.laws import GeneralLaw, ParametricLaw
from tests.scalebook.chapters.cells import given, part

CHEAP = {"resamples": 100, "seeds": 1, "sizes": 14, "amounts": 14, "data_high": 100_000, "seed": 7}
SUM = ParametricLaw(1.5, 3.0, 8.0, 0.5, 0.4)
MEAN = GeneralLaw(1.5, 3.0, 8.0, 0.5, 0.4, 3.0)


def cheap(**values):
    return given("known-entropy", **(CHEAP | values))


def table_of(law, p):
    """Return the table of learners whose losses follow a law exactly."""
    sizes, data = steps.sizes_and_data(p)
    return LossTable(sizes, data, law.loss(sizes[:, None], data)[None], law.E)


@pytest.fixture(scope="module")
def p():
    return cheap()


@pytest.fixture(scope="module")
def f(p):
    return steps.take(p)


@pytest.fixture(scope="module")
def exact():
    """Both laws with their noiseless tables, fits and valleys."""
    p = cheap(noise=0.0)
    tables = {"sum": table_of(SUM, p), "power mean": table_of(MEAN, p)}
    return p, {name: (t, steps.fitted(p, t), steps.valleys(p, t)) for name, t in tables.items()}


# Source and learners


def test_the_entropy_is_below_that_of_even_odds_and_rises_towards_it():
    found = [steps.world(cheap(concentration=c)).entropy() for c in (0.1, 1.0, 100.0)]
    assert found[0] < found[1] < found[2] < np.log(16)
    assert found[2] == pytest.approx(np.log(16), rel=0.01)


@hypothesis.given(st.integers(1, 50), st.integers(2, 10_000), st.integers(2, 60))
def test_spaced_numbers_are_whole_and_differ(low, more, count):
    found = steps.spaced(low, low + more, count)
    assert found[0] == low
    assert found[-1] == low + more
    assert (np.diff(found) >= 1).all()
    assert (found % 1 == 0).all()
    assert len(found) <= count


def test_where_whole_numbers_are_few_there_are_fewer():
    np.testing.assert_array_equal(steps.spaced(1, 3, 50), [1, 2, 3])


def test_the_grid_has_as_many_of_each_as_asked_for(p):
    kept, data = steps.sizes_and_data(p)
    assert (len(kept), len(data)) == (14, 14)
    assert (kept[-1], data[-1]) == (p.size_high, p.data_high)


def test_losses_lie_above_the_entropy_and_fall_with_room_and_data(f):
    mean = f.table.loss.mean(axis=0)
    assert f.table.entropy == f.world.entropy()
    assert (mean > f.table.entropy).all()
    assert (np.diff(mean[:8, -1]) < 0).all()
    assert (np.diff(mean[:, -1]) <= 0).all()  # no room is used beyond the contexts seen
    assert (np.diff(mean[-1]) < 0).all()


def test_another_seed_gives_other_losses_of_the_same_kind(f):
    other = steps.losses(cheap(seed=8), f.world)
    assert not np.array_equal(other.loss, f.table.loss)
    np.testing.assert_allclose(other.loss, f.table.loss, rtol=0.05)


# Theory


@hypothesis.settings(max_examples=5)
@hypothesis.given(st.floats(1.1, 4.0))
def test_exponents_follow_from_zipfs(exponent):
    p = cheap(exponent=exponent)
    found = steps.derived(p, table_of(SUM, p))
    assert found.law.alpha == pytest.approx(exponent - 1)
    assert found.law.beta == pytest.approx((exponent - 1) / exponent)
    # Budgets grow as N times D, and D as the power s of N.
    assert found.theory_slope * (1 + exponent) == pytest.approx(1)


def test_the_gap_is_that_of_the_excess(p, f):
    assert f.derived.theory_gap < 0.05
    excess = f.derived.loss - f.table.entropy
    off = replace(f.table, loss=(f.table.entropy + 1.2 * excess)[None])
    assert steps.derived(p, off).theory_gap == pytest.approx(0.2)
    assert steps.derived(p, replace(off, loss=f.derived.loss[None])).theory_gap < 1e-12


# Fits


def test_the_right_form_finds_its_constants(exact):
    _, known = exact
    for form, law in (("sum", SUM), ("power mean", MEAN)):
        _, fits, _ = known[form]
        for fit in (fits.noisy[form].law, fits.whole[form].law):
            found = [getattr(fit, name) for name in ("E", "A", "B", "alpha", "beta")]
            truth = [getattr(law, name) for name in ("E", "A", "B", "alpha", "beta")]
            np.testing.assert_allclose(found, truth, rtol=2e-2)
    assert known["power mean"][1].whole["power mean"].law.p == pytest.approx(3, rel=1e-3)


def test_the_wrong_form_misses_beyond_its_interval(exact):
    _, known = exact
    fits = known["power mean"][1]
    assert abs(fits.whole["sum"].law.E - MEAN.E) > 1e-3
    assert not fits.E_low <= MEAN.E <= fits.E_high
    assert fits.blended_high - fits.blended_low < fits.E_high - fits.E_low


def test_noise_widens_the_interval(f, p):
    wider = steps.fitted(cheap(noise=0.03), f.table)
    assert f.fits.E_low < f.fits.noisy["sum"].law.E < f.fits.E_high
    assert wider.E_high - wider.E_low > 3 * (f.fits.E_high - f.fits.E_low)
    narrower = steps.fitted(cheap(level=0.5), f.table)
    assert narrower.E_high - narrower.E_low < 0.6 * (f.fits.E_high - f.fits.E_low)


def test_the_laboratory_takes_at_most_so_many_runs_and_none_twice(f):
    assert len(f.fits.pick) == 14 * 14
    assert len(set(f.fits.pick)) == 14 * 14
    p = cheap(sizes=20, amounts=20)
    assert len(steps.fitted(p, table_of(SUM, p)).pick) == steps.LAB_RUNS


# Misses


def test_percent_above_in_whole_numbers():
    assert steps.percent_above(2.0, 2.5) == 25
    assert steps.percent_above(2.0, 1.5) == -25


def test_no_fit_of_the_right_form_misses_without_noise(exact):
    p, known = exact
    for form in ("sum", "power mean"):
        found = steps.misses(p, *known[form])
        own = [miss.value for name, miss in found.items() if name.startswith(form)]
        assert len(own) > 1
        assert max(map(abs, own)) < 0.05
    assert abs(steps.misses(p, *known["power mean"])["sum, no noise"].value) > 0.1


def test_all_fits_to_noisy_runs_have_an_interval_and_no_others(f):
    assert {name for name, miss in f.misses.items() if not miss.barred} == {
        name for name in f.misses if "no noise" in name
    }
    assert all(miss.low <= miss.high for miss in f.misses.values() if miss.barred)


def test_runs_too_few_to_fit_are_left_out(exact):
    p, known = exact
    table, fits, found = known["sum"]
    assert "sum, runs near the best size" in steps.misses(p, table, fits, found)
    none = replace(found, **{name: values[:0] for name, values in vars(found).items()})
    assert "sum, runs near the best size" not in steps.misses(p, table, fits, none)


# Ranges


def test_with_more_decades_the_sum_closes_in_on_the_truth(f):
    alphas, betas, sizes, floors = f.drift["sum"]
    assert alphas.shape == (len(steps.DECADES),)
    assert (np.diff(alphas) < 0).all()
    assert (np.diff(floors) < 0).all()
    assert alphas[-1] > 1.05
    assert np.abs(betas - 1).max() < np.abs(alphas - 1).max()
    assert sizes[-1] < 1
    # The best size grows as compute to the power beta / (alpha + beta).
    true = f.derived.law
    size = betas * true.beta / (betas * true.beta + alphas * true.alpha) / f.derived.theory_slope
    np.testing.assert_allclose(sizes, size)
    assert (np.abs(f.drift["power mean"][0] - 1) < np.abs(alphas - 1)).all()


# Valleys


def test_valleys_of_a_sum_have_its_exponent(exact):
    _, known = exact
    table, fits, found = known["sum"]
    assert steps.enough(found)
    assert found.slope() == pytest.approx(SUM.a, rel=0.05)
    assert fits.whole["sum"].law.a == pytest.approx(SUM.a, rel=1e-3)
    assert (found.loss > table.entropy).all()


def test_valleys_of_the_learners_follow_theory(f):
    assert f.valleys.slope() == pytest.approx(f.derived.theory_slope, abs=0.03)


def test_a_small_table_has_no_valleys():
    p = cheap(sizes=6, amounts=6)
    assert not steps.enough(steps.valleys(p, table_of(SUM, p)))


# Skills


def test_common_contexts_are_mastered_before_rare_ones(f):
    found = f.skills
    assert found.excess[0] == 1
    assert (np.diff(found.excess) < 0).all()
    assert (np.diff(found.mastered[:, -1]) < 0).all()
    assert found.mastered[0, -1] >= 0.9
    assert (found.mastered <= 1).all()


def test_groups_beyond_the_contexts_are_left_out():
    p = cheap(contexts=500.0, size_high=400)
    assert steps.skills(p, steps.world(p)).groups == [(1, 10), (11, 100)]


# Two teachers


def test_a_learner_that_counts_moves_by_the_share_of_new_data(f):
    at = f.places
    assert at.end_share == pytest.approx(10 / 11)
    assert at.end_play == pytest.approx(at.end_share, abs=0.02)
    assert at.mixed_play == pytest.approx(0.5, abs=0.03)
    assert at.end_play < at.limit_play < 1.05
    np.testing.assert_allclose(at.counting[at.later], at.share, atol=0.03)
    assert at.counting[~at.later][-1] == 0  # the same learner as the better source's alone


def test_forgetting_goes_by_the_memory(f, p):
    assert f.places.fading[-1] > f.places.counting[-1] + 0.02
    endless = cheap(memory=1e12)
    taught = teachers.courses(endless, f.world)
    found = teachers.places(endless, taught)
    np.testing.assert_allclose(found.fading, found.counting, atol=1e-6)


def test_stages_share_the_data(f):
    taught = f.courses
    assert (taught.first, taught.second) == (5000, 50_000)
    for course in (taught.counting, taught.fading, taught.both, *taught.alone.values()):
        assert course.tokens[-1] == 55_000
    halves = (taught.better.prototypes + taught.worse.prototypes) / 2
    np.testing.assert_allclose(taught.half.prototypes, halves)


def test_all_blunders_are_worse_than_few(f, p):
    many = cheap(blunders=1.0)
    found = teachers.favourites(teachers.courses(many, f.world))
    few = teachers.favourites(f.courses)
    assert found["play_better"] == few["play_better"]
    assert found["play_worse"] < few["play_worse"] < few["play_better"]
    assert found["pick_worse"] < few["pick_worse"] < few["pick_better"]


def test_favourites_stand_between_the_teachers(f):
    found = teachers.favourites(f.courses)
    assert found["pick_worse"] < found["choice_end"] < found["choice_both"] < found["pick_better"]
    way = found["pick_better"] - found["pick_worse"]
    assert found["pick_end"] * way == pytest.approx(found["pick_better"] - found["choice_end"])


def test_between_equal_teachers_there_is_no_place(f, p):
    alone = {key: f.courses.alone["better", key[1]] for key in f.courses.alone}
    alike = replace(f.courses, alone=alone)
    with pytest.raises(ScalebookError, match="plays just as one of the worse does"):
        teachers.places(p, alike)
    found = teachers.favourites(alike)
    assert found["pick_better"] == found["pick_worse"]
    assert found["pick_end"] == pytest.approx(found["pick_better"] - found["choice_end"])


# Method error


def test_the_floor_rises_by_what_the_method_cannot_reach(f):
    m = f.method
    assert m.ties == [0, 1, 2, 4, 8]
    assert m.known[0] == pytest.approx(0, abs=1e-12)
    assert (np.diff(m.known) > 0).all()
    for form in steps.FORMS:
        assert m.slopes[form] == pytest.approx(1, abs=0.05)
        assert (np.diff(m.floors[form]) > 0).all()


def test_no_more_pairs_are_tied_than_there_are():
    p = cheap(symbols=2, sizes=8, amounts=8)
    assert steps.method_error(p, steps.world(p)).ties == [0, 1]


# Record


def test_what_is_recorded_is_what_was_found(p, f):
    found = outcome.recorded(p, f)
    assert found["entropy"] == f.world.entropy()
    assert found["miss_most"] * 100 >= abs(f.misses["sum"].value)
    assert found["bars"] == 4
    assert found["ratio_slope"] == pytest.approx(1 - 2 * f.valleys.slope())
    assert found["exercise_tenth"] ** -found["true_beta"] == pytest.approx(0.1)
    none = replace(f.valleys, **{name: values[:2] for name, values in vars(f.valleys).items()})
    few = outcome.recorded(p, replace(f, valleys=none))
    assert (few["valleys"], few["path_slope"]) == (2, f.derived.theory_slope)


def settled(p, f):
    return {each.claim.id: each for each in outcome.verdicts(p, f)}


def by_row(settlement):
    return [row.verdict for row in settlement.rows]


def test_every_claim_is_settled_once(p, f):
    ids = [each.claim.id for each in outcome.verdicts(p, f)]
    every = claims.load().values()
    assert sorted(ids) == sorted(c.id for c in every if c.chapter == "known-entropy")


def test_a_mixture_lies_between_its_teachers_or_not(p, f):
    assert settled(p, f)["h-elo-mixture"].verdict == "holds"
    past = replace(f, places=replace(f.places, mixed_play=1.1))
    assert by_row(settled(p, past)["h-elo-mixture"]) == ["fails", "holds"]


def test_retraining_ends_at_the_worse_teacher_or_not(p, f):
    assert settled(p, f)["h-elo-retrained"].verdict == "holds"
    half = replace(f, places=replace(f.places, limit_play=0.5))
    assert by_row(settled(p, half)["h-elo-retrained"]) == ["fails", "holds"]


def test_a_player_of_favourites_passes_its_teacher(p, f):
    now = settled(p, f)
    assert by_row(now["h-elo-asymptote"]) == ["holds", "fails"]
    assert by_row(now["h-only-as-good"]) == ["holds", "holds", "fails"]
    alone = {key: replace(each, choice=each.play) for key, each in f.courses.alone.items()}
    drawing = settled(p, replace(f, courses=replace(f.courses, alone=alone)))
    assert drawing["h-elo-asymptote"].verdict == drawing["h-only-as-good"].verdict == "holds"


@pytest.mark.parametrize(
    ("strength", "so"),
    [([0.5, 0.8, 0.99], True), ([0.5, 1.01, 0.99], True), ([0.5, 1.2, 0.99], False),
     ([0.9, 0.8, 0.7], False)],
)  # fmt: skip
def test_a_strength_approaches_its_teachers_from_below(strength, so):
    assert teachers.approaches(np.array(strength)) == so


def test_a_method_raises_the_floor_by_what_it_cannot_reach_or_not(p, f):
    now = settled(p, f)["h-method-error"]
    assert (now.verdict, len(now.rows)) == ("holds", 2)
    slopes = {"sum": 9.0, "power mean": 9.0}
    off = settled(p, replace(f, method=replace(f.method, slopes=slopes)))["h-method-error"]
    assert (off.verdict, off.reason) == ("fails", "experiment")
    assert off.rows[0].recomputed == pytest.approx(2.9)


def test_the_floor_is_the_entropy_on_the_toy_and_not_told_for_text(p, f):
    now = by_row(settled(p, f)["w-floor-entropy"])
    assert now[0] in ("holds", "roughly")
    assert now[2] == "open"
    far = replace(f, fits=replace(f.fits, E_low=3.0, E_high=4.0, noisy=raised(f)))
    assert by_row(settled(p, far)["w-floor-entropy"])[0] == "fails"


def raised(f):
    """Return the fits to the noisy runs, with a floor of 3.5 in the sum."""
    law = f.fits.noisy["sum"]
    return f.fits.noisy | {"sum": replace(law, values=law.form.values(replace(law.law, E=3.5)))}


def test_the_four_corners_have_the_powers_of_theory(p, f):
    found = f.regimes
    assert found["data, few parameters"] == pytest.approx(1, abs=0.05)
    assert found["data, room for all"] == pytest.approx(f.derived.law.beta, rel=0.03)
    assert found["size, endless data"] == pytest.approx(f.derived.law.alpha, rel=0.05)
    now = settled(p, f)
    assert by_row(now["w-bahri"])[:3] == ["holds"] * 3
    assert now["w-michaud"].verdict == "holds"
    mixed = replace(f, skills=replace(f.skills, mastered=f.skills.mastered[::-1]))
    assert settled(p, mixed)["w-michaud"].verdict == "fails"
    assert "in no order" in settled(p, mixed)["w-michaud"].why
    steep = replace(f, derived=replace(f.derived, law=replace(f.derived.law, alpha=2.0)))
    assert settled(p, steep)["w-michaud"].verdict == "fails"


def test_the_record_of_the_steps_taken_is_that_of_all(p, f):
    assert outcome.of(p, f) == outcome.compute(p)


# Figures and tables


def test_losses_are_drawn_for_four_learners_and_the_limit(p, f):
    shown = figures.losses(p, f.table, f.derived)
    dots = [line for line in shown.figure.axes[0].lines if line.get_marker() == "o"]
    assert len(dots) == 4
    np.testing.assert_allclose(dots[-1].get_ydata(), f.table.loss[0, -1] - f.table.entropy)
    assert "mean of 1 streams" in shown.caption


def test_fitted_constants_stand_beside_the_true_ones(exact, f):
    _, known = exact
    fits = known["power mean"][1]
    law = ParametricLaw(MEAN.E, MEAN.A, MEAN.B, MEAN.alpha, MEAN.beta)
    floor, alpha, beta, size = figures.constants(replace(f.derived, law=law), fits).rows
    assert (floor[1], floor[-1]) == ("1.500", "1.500")
    assert (beta[1], beta[-1]) == ("0.40", "0.40")
    assert size[1] == f"{f.derived.theory_slope:.2f}"
    assert float(alpha[3]) > 0.5  # the sum has too large an alpha


def test_misses_have_one_dot_each_and_the_intervals_promised(f):
    data = figures.misses(f.misses, 0.95).data
    dots = dict(zip(data["row"], data["error_percent"], strict=True))
    assert dots == {**{name: miss.value for name, miss in f.misses.items()}, "entropy": 0}
    for name, miss in f.misses.items():
        own = part(data, row=name)
        assert ("error_percent_low" in own) is miss.barred
    few = {name: f.misses[name] for name in ("sum", "power mean")}
    assert "sum, squared errors" not in figures.misses(few, 0.95).alt


def test_the_drift_is_drawn_for_both_forms(p, f):
    data = figures.lead(p, f).data
    for series, column, expected in (
        ("α, of size, sum", "multiple", f.drift["sum"][0]),
        ("β, of data, power mean", "multiple", f.drift["power mean"][1]),
        ("floor, power mean", "multiple", f.drift["power mean"][3]),
    ):
        assert part(data, series=series)[column] == list(expected)


def test_the_control_reads_the_fits_at_their_decades(p, f):
    control = figures.lead(p, f).control
    for form, rows in enumerate(f.drift.values()):
        for place, decades in enumerate(steps.DECADES):
            now = control.evaluate({"decades": decades, "form": form})
            found = [now[key] for key in ("alpha", "beta", "size", "floor")]
            assert found == pytest.approx(list(rows[:, place]))
    first = control.evaluate({"decades": 2.5, "form": 0})["alpha"]
    assert first == pytest.approx(f.drift["sum"][0][:2].mean())


def test_valleys_are_drawn_where_there_are_any(p, f):
    shown = figures.valleys(p, f.table, f.derived, f.fits, f.valleys)
    assert f"lines of slope {1 / 2.6:.3f} (theory)" in shown.alt
    drawn = sum(series.startswith("budget") for series in set(shown.data["series"]))
    assert drawn == min(5, len(f.valleys.budget)) > 2
    assert {"theory", "slope of the sum"} <= set(shown.data["series"])
    none = replace(f.valleys, **{name: values[:0] for name, values in vars(f.valleys).items()})
    shown = figures.valleys(p, f.table, f.derived, f.fits, none)
    assert shown.caption == "The table is too small for valleys."
    assert shown.data["series"] == ["entropy"]


def test_skills_are_labelled_by_their_ranks_apart_from_each_other(f):
    axes = figures.skills(f.skills).figure.axes[0]
    texts = {text.get_text(): text.xy[1] for text in axes.texts}
    assert set(texts) == {"1 to 10", "11 to 100", "101 to 1,000", "1,001 to 10,000", "excess loss"}
    places = np.sort([place for name, place in texts.items() if name != "excess loss"])
    assert (np.diff(places) > 0.0749).all()


def test_the_change_of_teacher_is_drawn_with_both_measures(p, f):
    shown = figures.retrained(p, f.courses, f.places)
    assert {text.get_text() for text in shown.figure.axes[1].texts} == {"counts", "forgets"}
    assert part(shown.data, series="change of teacher")["tokens"] == [f.courses.first]
    assert part(shown.data, series="counts, by formula")["play"] == list(f.places.share)
    assert "exp(−D/20,000)" in shown.caption
    longer = cheap(memory=1e5)
    assert "exp(−D/100,000)" in figures.retrained(longer, f.courses, f.places).caption


def test_learners_stand_between_their_teachers(f):
    rows = figures.learners(f.courses, f.places).rows
    assert [row[1] for row in rows[4:]] == ["0.00", "1.00"]
    assert rows[0][:2] == ["better source, 5,000 symbols", "0.00"]
    assert rows[1][1] == f"{f.places.end_play:.2f}"
    assert rows[3][1] == f"{f.places.mixed_play:.2f}"
    learners, sources = (
        [float(row[2].rstrip("%")) for row in part] for part in (rows[:4], rows[4:])
    )
    assert min(learners) > max(sources)


def test_the_flawed_learners_lie_along_equality(f):
    shown = figures.method_error(f.table, f.method)
    assert "0, 1, 2, 4, 8 pairs" in shown.caption
    equality, sums, blended = shown.figure.axes[0].lines
    np.testing.assert_allclose(blended.get_ydata(), equality.get_ydata(), atol=0.03)
    excess = (f.method.floors["sum"] - f.table.entropy) / np.log(2)
    np.testing.assert_allclose(sums.get_ydata(), excess)


def test_the_corners_are_listed_with_theirs_of_theory(f):
    rows = figures.compared(f.derived, f.regimes).rows
    assert [row[0] for row in rows] == [*f.regimes]
    assert rows[1][1] == f"{f.derived.law.beta:.2f}"


# What the page says


def said(p, f, name, **changed):
    numbers = SimpleNamespace(**{**outcome.recorded(p, f), **changed})
    return getattr(findings, name)(p, numbers).markdown


def test_the_answer_says_which_of_both_was_found(p, f):
    right = {"alpha_ratio": 1.02, "beta_ratio": 0.97}
    assert "The floor nearly, the exponents not." in said(p, f, "short_answer", miss_most=0.01)
    assert "Nearly." in said(p, f, "short_answer", miss_most=0.01, **right)
    assert "The exponents nearly" in said(p, f, "short_answer", miss_most=0.2, **right)
    assert "answer.** No." in said(p, f, "short_answer", miss_most=0.2)
    assert "equal compute" in said(p, f, "short_answer", valleys=5)
    assert "equal compute" not in said(p, f, "short_answer", valleys=2)


def test_the_better_guide_to_the_best_size_is_named(p, f):
    true = f.derived.theory_slope
    assert "trust runs of equal compute" in said(
        p, f, "valleys_takeaway", valleys=9, path_slope=true, fit_slope=0.9 * true
    )
    assert "as good a guide" in said(
        p, f, "valleys", valleys=9, path_slope=0.8 * true, fit_slope=true
    )
    assert "too few runs" in said(p, f, "valleys", valleys=2)


def test_a_bootstrap_holds_or_not(p, f):
    assert "All 4" in said(p, f, "fit", bars=4, bars_hold=4)
    assert "None of its 4 bootstrap intervals holds" in said(p, f, "fit", bars=4, bars_hold=0)
    assert "much of what is left" in said(p, f, "fit", miss_of_rest=0.5)
    assert "much of what is left" not in said(p, f, "fit", miss_of_rest=0.05)


def test_a_wider_range_helps_or_not(p, f):
    assert "less wrong far out" in said(p, f, "wider", drift_alpha_first=2.0, drift_alpha_last=1.1)
    assert "does not help" in said(p, f, "wider", drift_alpha_first=1.1, drift_alpha_last=2.0)
    assert "stays at" in said(p, f, "wider", drift_alpha_first=1.1, drift_alpha_last=1.1)


def test_favourites_outvote_mistakes_or_not(p, f):
    assert "outvoted" in said(p, f, "chess", pick_worse=0.9, play_worse=0.4)
    assert "no better" in said(p, f, "chess", pick_worse=0.4, play_worse=0.4)
    assert "here so is" in said(p, f, "chess_takeaway", pick_worse=0.4, play_worse=0.4)
    assert "not in between" in said(p, f, "taught", mixed_play=1.2)


def test_the_floor_takes_up_a_flaw_or_not(p, f):
    assert "whatever the method cannot reach" in said(p, f, "flaw")
    assert "does not simply take up" in said(p, f, "flaw", method_slope=2.0)
