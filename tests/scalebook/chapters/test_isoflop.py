"""Approach 2 on public and made-up runs: solvable cases, published figures, opposite outcomes."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from scalebook.chapters.common import printed
from scalebook.chapters.isoflop import (
    figures,
    findings,
    outcome,
    settled,
    steps,
    suite,
    surface,
    sweep,
    sweep_figures,
)
from scalebook.record import claims
from scalinglaws import catalogue, reading
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import isoflop
from scalinglaws.laws import ParametricLaw
from scalinglaws.prediction import simulation
from scalinglaws.runs import Runs
from tests.scalebook.chapters.cells import compute, given, part

CHEAP = {"resamples": 100, "surface_resamples": 100}
EVEN = ParametricLaw(1.7, 400.0, 400.0, 0.35, 0.35, name="even")
UNEVEN = ParametricLaw(1.7, 400.0, 4000.0, 0.35, 0.6, name="uneven")


@pytest.fixture(scope="module")
def p():
    return given("isoflop", **CHEAP)


@pytest.fixture(scope="module")
def found(p):
    return steps.take(p)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Return parameters with a reader's table, and what the steps come to beside it."""
    table = tmp_path_factory.mktemp("own") / "mine.csv"
    made_up = simulation.Laboratory(budgets=4, sizes=9, noise=0.001)
    table.write_text(simulation.csv_text(made_up))
    p = given("isoflop", runs=str(table), **CHEAP)
    return p, steps.take(p)


def table(budget, params, loss):
    tokens = budget / (6 * params)
    return Runs(params, tokens, loss, budget=budget, name="made up")


def bowls(p, exponent=0.4, budgets=5, lift=0.0):
    """Return Approach 2 on losses that are parabolas in log size, with minima on a power law."""
    budget = np.repeat(np.geomspace(1e18, 1e22, budgets), 7)
    best = 0.2 * budget**exponent
    u = np.tile(np.linspace(-1.5, 1.5, 7), budgets)
    loss = 30 * budget**-0.05 + 0.1 * u**2 + lift * np.sign(u)
    return suite.approach2(p, "bowls", table(budget, best * np.exp(u), loss), 0.0, 1e6)


def made(p, law, noise=0.0, **shape):
    """Return Approach 2 on runs of a law."""
    runs = simulation.Sweep(law, 1e18, 1e21, 5, 9, 16, **shape).runs()
    noisy = simulation.scatter(runs.loss, noise, 1, np.random.default_rng(0))[0]
    return suite.approach2(p, law.name, replace(runs, loss=noisy), 0.0, 1e6)


# Approach 2


@pytest.mark.parametrize("exponent", [0.3, 0.5, 0.7])
def test_minima_on_a_power_law_give_its_exponents(p, exponent):
    s = bowls(p, exponent)
    assert (s.a, s.b) == pytest.approx((exponent, 1 - exponent))
    assert s.line.params(1e20) == pytest.approx(0.2 * 1e20**exponent)
    assert s.on.all()


def test_an_even_law_is_found_without_error_on_a_centred_grid(p):
    assert made(p, EVEN).a == pytest.approx(0.5)
    assert made(p, UNEVEN, widening=10).a != pytest.approx(UNEVEN.a, abs=1e-3)


@settings(max_examples=10, deadline=None)
@over(st.sampled_from(list(suite.LABELS)), st.floats(0, 2), st.floats(3, 1e6))
def test_every_run_is_used_or_left_out_for_one_reason(name, ratio, window):
    runs = reading.read_runs(name)
    s = suite.approach2(given("isoflop"), name, runs, ratio, window)
    assert s.untrained == (runs.tokens / runs.params < ratio).sum()
    assert len(s.on) + s.untrained + s.distant == len(runs)
    assert len(s.used) == s.on.sum() <= len(s.kept)


def test_a_narrow_window_is_named_where_it_leaves_too_few():
    with pytest.raises(ScalingLawsError, match=r"Or raise 'window': \d+ runs are left out"):
        compute("isoflop", window=1.5, **CHEAP)
    with pytest.raises(ScalingLawsError, match=r"hoffmann2022_runs.*No runs of equal compute"):
        compute("isoflop", fewest=1000, **CHEAP)


def test_an_interval_is_of_the_draws_that_are_numbers():
    assert suite.interval([np.nan, 1.0, 2.0, 3.0, np.nan], 0.5) == pytest.approx((1.5, 2.5))


def test_exact_parabolas_leave_no_interval_and_noise_does(p):
    drawn = suite.intervals(p, {"bowls": bowls(p)})["bowls"]
    for ends, exponent in ((drawn.a, 0.4), (drawn.b, 0.6), (drawn.by_size, 0.4)):
        assert ends == pytest.approx((exponent, exponent), abs=1e-9)
    noisy = {"even": made(p, EVEN, 0.003)}
    wide, narrow = (
        suite.intervals(given("isoflop", level=level, **CHEAP), noisy)["even"].half_width
        for level in (0.99, 0.5)
    )
    assert wide > 2 * narrow > 0


def test_sizes_that_share_their_training_are_drawn_whole(found):
    drawn = found.intervals["fineweb-c4"]
    assert np.ptp(drawn.by_size) > 1.2 * np.ptp(drawn.a)


def test_llama_3s_line_is_the_label_of_its_figure(p, found):
    line = found.llama.line
    assert (round(line.b, 3), round(line.D_e, 3)) == (found.llama.label.b, found.llama.label.D_e)
    meant = found.llama.meant
    assert line.params(meant) == pytest.approx(printed("llama3.optimum.params"), rel=0.001)
    assert line.tokens(meant) == pytest.approx(printed("llama3.optimum.tokens"), rel=0.001)
    assert line.params(found.llama.target) < 0.99 * printed("llama3.optimum.params")
    # All points count, whatever is kept elsewhere.
    other = given("isoflop", min_ratio=10.0, window=3.0)
    assert suite.llama(other, found.suites["llama3"]).line == line


def test_published_exponents_as_printed():
    pairs = suite.published_exponents()
    assert [pairs[f"Hoffmann et al., approach {k}"][0] for k in (1, 2, 3)] == [0.5, 0.49, 0.46]
    assert pairs["Kaplan et al."] == (0.73, 0.27)
    assert pairs["Llama 3, text"][1] == suite.llama_laws()[0].b == 0.53
    alpha, beta = printed("hu2024.alpha"), printed("hu2024.beta")
    assert pairs["MiniCPM"][0] / pairs["MiniCPM"][1] == pytest.approx(beta / alpha)
    assert all(a + b == pytest.approx(1, abs=0.011) for a, b in pairs.values())


def test_choices_of_points_do_not_move_exact_parabolas(p, found):
    exact = suite.choices(p, {"bowls": bowls(p)})["bowls"]
    assert [exact.every, exact.narrow] == pytest.approx([0.4, 0.4])
    assert exact.without_one == pytest.approx((0.4, 0.4))
    assert exact.move == pytest.approx(0, abs=1e-9)
    real = found.choices["marin-comma"]
    a, runs = found.suites["marin-comma"].a, found.suites["marin-comma"].table
    assert real.long == suite.approach2(p, "marin-comma", runs, 2.0, p.window).a
    assert real.narrow == suite.approach2(p, "marin-comma", runs, p.min_ratio, 3.0).a
    assert real.move == max(abs(each - a) for each in (real.every, real.long, real.narrow)) > 0.01
    assert real.without_one[0] < a < real.without_one[1]


def test_two_budgets_leave_nothing_to_leave_out(p):
    few = suite.choices(p, {"bowls": bowls(p, budgets=2)})["bowls"]
    assert few.without_one is None
    # Where a grid is coarse, too few sizes lie within 3x of the minimum.
    budget = np.repeat([1e18, 1e20, 1e22], 5)
    u = np.tile(2.0 * np.arange(-2, 3), 3)
    coarse = table(budget, budget**0.5 * np.exp(u), 3 + 0.1 * u**2 - 0.01 * np.log(budget))
    s = suite.approach2(p, "coarse", coarse, 0.0, 1e6)
    assert suite.choices(p, {"coarse": s})["coarse"].narrow is None


def test_the_budgets_found_are_the_papers_nine(found):
    runs = found.suites["hoffmann2022_runs"].table
    count, others = suite.budget_counts(given("isoflop"), runs)
    assert count == sweep.paper_budgets()[2] == 9
    assert 8 in others
    assert suite.budget_counts(given("isoflop", fewest=30), runs) == (0, others)


def test_the_default_leaves_out_the_five_runs_that_the_replication_does(p, found):
    s = found.suites["hoffmann2022_runs"]
    assert s.untrained == 5
    assert len(suite.trained(s.table, p.min_ratio)) == 240
    assert len(suite.trained(s.table, 0.0)) == 245


def test_the_readers_runs_stand_beside_the_bundled_suites(own):
    p, found = own
    assert list(found.suites) == [*suite.LABELS, p.runs]
    assert found.suites[p.runs].label == "mine.csv"


# The surface


def test_the_surface_of_exact_runs_is_their_law(p):
    runs = {"even": made(p, EVEN), "uneven": made(p, UNEVEN)}
    fits = surface.surfaces(p, runs)
    for law in (EVEN, UNEVEN):
        f = fits[law.name]
        assert (f.a_huber, f.a_varpro) == pytest.approx((law.a, law.a), abs=1e-4)
        assert [*f.huber_ends, *f.varpro_ends] == pytest.approx([law.a] * 4, abs=1e-3)
        assert f.scatter_surface < 1e-6 < f.scatter_parabola


def test_root_mean_square():
    assert surface.root_mean_square(np.array([3.0, -4.0])) == pytest.approx(12.5**0.5)


def test_neighbours_resemble_or_alternate(p):
    s = bowls(p)
    size = np.log(s.used.params)
    assert surface.neighbours(s, size) > 0.8
    assert surface.neighbours(s, (-1.0) ** np.arange(len(size))) == pytest.approx(-1, abs=0.1)


def test_the_parts_add_up(found):
    for name, s in found.suites.items():
        parts = found.parts[name]
        assert sum(parts.split.values()) == pytest.approx(s.a - found.surfaces[name].a_varpro)
        assert 0 <= parts.share_wasted < 1
        counts = "marin" in name  # the others count 6 N D
        assert (parts.split["counting"] > 0.01) == counts
        assert counts or abs(parts.split["counting"]) < 1e-4


def test_a_surface_that_holds_leaves_the_parabola_alone_to_blame(p):
    runs = {"uneven": made(p, UNEVEN, widening=10), "even": made(p, EVEN)}
    parts = surface.parts(p, runs, surface.surfaces(p, runs))
    assert abs(parts["uneven"].split["parabola"]) > 1e-3
    for split in parts.values():
        assert split.split["misfit"] == pytest.approx(0, abs=1e-4)
    assert parts["even"].share_wasted == pytest.approx(0, abs=1e-4)
    assert parts["even"].size == pytest.approx(parts["even"].best, rel=0.01)


def test_a_wrong_exponent_costs_more_the_farther_it_is_carried(found):
    parts = [
        surface.parts(given("isoflop", compute=c), found.suites, found.surfaces)["llama3"]
        for c in (1e23, 3.8e25, 1e28)
    ]
    wasted = [each.share_wasted for each in parts]
    assert sorted(wasted) == wasted
    assert wasted[1] == pytest.approx(printed("czech2026.llama3.waste"), abs=0.005)


# Made-up sweeps


def test_the_papers_budgets_and_a_plan_over_them(p):
    assert sweep.paper_budgets() == (6e18, 3e21, 9)
    budget, half, offset = sweep.planned(p, EVEN, widening=10.0).grids()
    assert budget[[0, -1]] == pytest.approx([6e18, 3e21])
    assert np.exp(2 * (half[-1] - half[0])) == pytest.approx(10)
    assert np.exp(2 * half[4]) == pytest.approx(p.factor)
    assert offset == pytest.approx(np.zeros(9))


@settings(max_examples=15, deadline=None)
@over(st.floats(0.2, 0.7), st.floats(0.2, 0.7), st.floats(1, 20))
def test_the_exponent_is_wrong_only_where_the_grid_widens(alpha, beta, widening):
    p, law = given("isoflop"), ParametricLaw(1.7, 400.0, 400.0, alpha, beta)
    assert sweep.error_of_a(p, law, 1.0) == pytest.approx(0, abs=1e-9)
    mirrored = ParametricLaw(1.7, 400.0, 400.0, beta, alpha)
    moved = sweep.error_of_a(p, law, widening)
    assert sweep.error_of_a(p, mirrored, widening) == pytest.approx(-moved, abs=1e-9)


def test_the_biases_are_of_two_published_laws_and_two_fitted(found):
    laws = {name: bias.law for name, bias in found.biases.items()}
    assert laws[sweep.TRUTH].name == "besiroglu2024"
    assert laws["Hoffmann et al."].name == "hoffmann2022"
    assert laws[sweep.COMMA] == found.surfaces["marin-comma"].varpro.law
    still = sweep.biases(given("isoflop", widening=1.0), found.surfaces)
    assert [bias.error for bias in still.values()] == pytest.approx([0] * 4, abs=1e-9)
    assert abs(still[sweep.COMMA].shift) > 10 * abs(still[sweep.TRUTH].shift) > 0


def test_a_sweep_of_many_sizes_is_off_by_the_closed_form(p, found):
    for bias in found.biases.values():
        runs = sweep.planned(p, bias.law, 160, p.widening).runs()
        a = float(np.ravel(isoflop.ensemble(runs).allocation.a)[0])
        assert a - bias.law.a == pytest.approx(bias.error, abs=5e-4)


def test_runs_needed_go_as_the_inverse_square_and_as_the_noise(p, found):
    hoffmann = found.suites["hoffmann2022_runs"]
    half = sweep.needed(given("isoflop", wanted=p.wanted / 2), hoffmann)
    assert vars(half) == pytest.approx(
        {name: 4 * each for name, each in vars(found.needed).items()}
    )
    calm = sweep.needed(given("isoflop", noise=p.noise / 3), hoffmann)
    assert calm.runs_surface == pytest.approx(found.needed.runs_surface / 9)
    assert calm.runs_parabola == pytest.approx(found.needed.runs_parabola / 9, rel=0.3)
    assert found.needed.runs_wanted > 10 * found.needed.runs_parabola


# Figures and tables


def test_lines_reach_the_budget_of_the_parameters(p, found):
    shown = figures.lead(p, found)
    for s in found.suites.values():
        minima = part(shown.data, series=s.label)
        np.testing.assert_allclose(minima["compute"], s.profiles.compute[s.profiles.used])
        beyond = part(shown.data, series=f"{s.label}, carried on")
        assert beyond["compute"][-1] == figures.LARGEST
        assert beyond["ratio"][-1] == pytest.approx(s.line.tokens(1e28) / s.line.params(1e28))
    far = figures.lead(given("isoflop", compute=1e31), found)
    assert part(far.data, series="Llama 3, carried on")["compute"][-1] == 1e31


@pytest.mark.parametrize("place", range(6))
def test_a_budget_is_spent_as_the_sweep_chosen_has_it(p, found, place):
    control = figures.lead(p, found).control
    _, choice = control.inputs
    label = [*choice.options][place]
    s = next(each for each in found.suites.values() if each.label == label)
    known = control.evaluate({"C": 1e23, "suite": place})
    assert (known["N"], known["D"]) == pytest.approx((s.line.params(1e23), s.line.tokens(1e23)))
    assert known["growth"] == pytest.approx(s.line.params(1e24) / s.line.params(1e23))
    assert known["beyond"] == pytest.approx(1e23 / s.profiles.compute[s.profiles.used].max())


def test_the_control_begins_with_the_runs_asked_for(own):
    p, found = own
    _, choice = figures.lead(p, found).control.inputs
    assert [*choice.options][:2] == ["mine.csv", "Hoffmann et al."]
    assert choice.value == 0


def test_the_trend_of_the_minima_is_told_as_the_intervals_have_it(p, found):
    def told(a, b):
        same = {name: replace(each, a=a, b=b) for name, each in found.intervals.items()}
        return figures.lead(p, replace(found, intervals=same)).caption

    assert "FineWeb C4 they clearly rise." in told((0.4, 0.45), (0.5, 0.6))
    assert "FineWeb C4 they clearly fall." in told((0.5, 0.6), (0.4, 0.45))
    assert "FineWeb C4 that cannot be told." in told((0.4, 0.55), (0.5, 0.6))


def test_profiles_are_of_the_suite_asked_for(p, found):
    shown = figures.profiles(p, found)
    s = found.suites["llama3"]
    minima = part(shown.data, series="minimum")
    np.testing.assert_allclose(minima["params"], s.profiles.params)
    curves = part(shown.data, series="parabola")
    for loss, low in zip(np.reshape(curves["loss"], (-1, 30)), minima["loss"], strict=True):
        assert low - 1e-9 <= loss.min() < low + 0.02
    assert "left out" not in shown.caption
    other = figures.profiles(given("isoflop", runs="fineweb-c4"), found)
    assert "Budgets left out, 6 of 26" in other.caption


def test_the_table_of_sweeps(p, found):
    rows = {row[0].split(":")[0]: row for row in figures.suites(p, found).rows}
    assert rows["Marin Nemotron"][0].startswith("Marin Nemotron: 7 of 8, ")
    assert rows["Llama 3"][0].endswith("10 of 10, 6 × 10¹⁸ to 10²²")
    assert rows["Llama 3"][1].startswith("0.46 (0.4")
    assert rows["Llama 3"][2:] == ["2.9", "3.4"]


def test_the_published_exponents_are_the_lowest_row(p, found):
    shown = figures.exponents(p, found)
    (ax,) = shown.figure.axes
    stated = part(shown.data, series="published")
    assert stated["exponent"] == [a for a, _ in suite.published_exponents().values()]
    assert [tick.get_text() for tick in ax.get_yticklabels()][:2] == ["published", "FineWeb C4"]
    bars = [line.get_xdata() for line in ax.lines if line.get_linewidth() == 4]
    assert len(bars) == 3 * len(found.suites)


def test_the_sizes_carried_on_are_those_of_both_methods(p, found):
    rows = figures.carried(p, found).rows
    assert rows[1] == ["Llama 3, 3,800 times", "393B", "622B", "6.3%"]
    assert rows[3][-1] == "under 0.1%"
    near = given("isoflop", compute=1e21)
    parts = surface.parts(near, found.suites, found.surfaces)
    shown = figures.carried(near, replace(found, parts=parts))
    assert "at 1.0 × 10²¹ FLOP" in shown.caption
    assert shown.rows[1][0] == "Llama 3, 0.10 times"


def test_choices_without_a_result_are_none(p, found):
    shown = figures.choices(p, found)
    assert "none" not in {cell for row in shown.rows for cell in row}
    empty = suite.Choices(None, 0.4, None, None, 0.0)
    shown = figures.choices(p, replace(found, choices=dict.fromkeys(found.suites, empty)))
    assert shown.rows[0][2:6] == ["none", "0.40", "none", "none"]


def test_a_surface_that_failed_is_named(p, found):
    assert {row[-1] for row in figures.surfaces(p, found).rows} == {"yes"}
    f = found.surfaces["hoffmann2022_runs"]
    failed = replace(f, huber=replace(f.huber, status="not converged: why"))
    other = replace(found, surfaces=found.surfaces | {"hoffmann2022_runs": failed})
    assert [row[-1] for row in figures.surfaces(p, other).rows][:2] == ["no", "yes"]


def test_parts_are_bars_that_lead_to_the_diamond(p, found):
    shown = figures.parts(p, found)
    (ax,) = shown.figure.axes
    widths = np.array([bar.get_width() for bar in ax.patches]).reshape(3, -1)
    (diamonds,) = [line.get_xdata() for line in ax.lines if line.get_marker() == "D"]
    np.testing.assert_allclose(widths.sum(axis=0), diamonds)
    assert "0.030 (Marin Comma), the misfit up to 0.043 (Hoffmann et al.)" in shown.caption


def test_published_against_recomputed(p, found):
    rows = {row[0]: row[1:] for row in figures.compared(p, found).rows}
    assert rows["a, Hoffmann et al., Approach 2"][:2] == ["0.490", "0.491"]
    assert rows["b, Llama 3, figure"] == ["0.537", "0.537", "0.041%"]
    assert rows["waste of Approach 2, Llama 3 (Czech et al.)"][:2] == ["0.065", "0.063"]
    # What Czech and colleagues print is for Llama 3's budget.
    other = figures.compared(given("isoflop", compute=1e24), found)
    assert len(other.rows) == len(rows) - 1


def test_construction_draws_the_closed_forms(p, found):
    shown = sweep_figures.construction(p, found.biases)
    left, right = "same grid on every budget", "grid that widens"
    for name, bias in found.biases.items():
        curve = part(shown.data, panel=left, series=name)
        at = np.interp(p.factor, curve["multiple"], curve["error_percent"])
        assert at == pytest.approx(100 * bias.shift, abs=0.01)
        curve = part(shown.data, panel=right, series=name)
        at = np.interp(np.log(p.widening), np.log(curve["multiple"]), curve["exponent_error"])
        assert at == pytest.approx(bias.error, abs=1e-4)


def test_the_grids_drawn_all_have_a_width(found):
    narrow = given("isoflop", factor=1.5, widening=1.0)
    _, right = sweep_figures.construction(narrow, found.biases).figure.axes
    drawn = right.lines[0].get_xdata()
    assert drawn.max() < 1.5**2
    assert np.isfinite(right.lines[0].get_ydata()).all()


# What is said


def numbers(p, found, **changed):
    return SimpleNamespace(**outcome.recorded(p, found) | changed)


def said(finding, p, r):
    return str(finding(p, r))


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((0.35, 0.39, 0.48, 0.49), "More slowly than its data. In"),
        ((0.35, 0.39, 0.49, 0.54), "More slowly than its data, or about as fast."),
        ((0.45, 0.48, 0.53, 0.54), "About as fast as its data."),
        ((0.48, 0.51, 0.56, 0.58), "Faster than its data, or about as fast."),
        ((0.51, 0.52, 0.56, 0.58), "Faster than its data. In"),
    ],
)
def test_the_answer_is_as_the_exponents_have_it(p, found, ends, text):
    names = ("any_a_low", "a_low", "a_high", "any_a_high")
    r = numbers(p, found, **dict(zip(names, ends, strict=True)))
    assert text in said(findings.short_answer, p, r)


def test_ranges_that_have_an_exponent_in_common(p, found):
    r = numbers(p, found)
    assert "No exponent lies in all six intervals" in said(findings.sweeps, p, r)
    wide = {f"{key}_a_high": 0.6 for key in outcome.KEYS.values()}
    text = said(findings.sweeps, p, numbers(p, found, **wide))
    assert "0.600 lie in all six intervals" in text


def test_which_grows_faster_is_counted(p, found):
    def told(data, size):
        return said(findings.sweeps, p, numbers(p, found, suites_data=data, suites_size=size))

    assert "In four the interval of $b$ lies above that of $a$" in told(4, 0)
    assert "In all six the two overlap." in told(0, 0)
    assert "it lies below" in told(3, 2)
    assert "In the last the two overlap." in told(3, 2)
    assert "overlap" not in told(6, 0)


def test_the_corpus_is_judged_by_the_narrowest_interval(p, found):
    assert "the corpus did little" in said(findings.sweeps, p, numbers(p, found))
    apart = numbers(p, found, marin_dclm_a=0.6)
    assert "the corpus may matter" in said(findings.sweeps, p, apart)


def test_llama_3s_plan_is_met_or_not(p, found):
    r = numbers(p, found)
    assert "the method is the one that the paper says it is" in said(findings.llama, p, r)
    assert "the line gives the pair to within 0.1%" in said(findings.llama, p, r)
    assert "can be made again" in said(findings.llama_takeaway, p, r)
    off = numbers(p, found, llama3_line_b=0.55, llama3_meant_off=0.2, llama3_params=3e11)
    assert "make another line than the printed one" in said(findings.llama, p, off)
    assert "the line is off by 20%, too" in said(findings.llama, p, off)
    assert "make another plan than Llama 3's" in said(findings.llama_takeaway, p, off)


def test_the_parabola_is_blamed_where_it_is_to_blame(p, found):
    assert "is what the law does not describe" in said(findings.methods, p, numbers(p, found))
    blamed = numbers(p, found, llama3_part_parabola=-0.03, neighbours_low=0.0)
    assert "the parabola is a good part of it" in said(findings.methods, p, blamed)
    assert "may be noise" in said(findings.methods, p, blamed)


def test_one_wide_interval_could_hold_them_all(p, found):
    assert "more than any one interval" in said(findings.methods_takeaway, p, numbers(p, found))
    wide = numbers(p, found, widest=0.3)
    assert "no more than any one interval" in said(findings.methods_takeaway, p, wide)


def test_what_czech_and_colleagues_print_is_for_one_budget(p, found):
    r = numbers(p, found)
    assert "Czech and colleagues find 6.5%" in said(findings.carried, p, r)
    assert "Czech" not in said(findings.carried, given("isoflop", compute=1e24), r)
    steep = numbers(p, found, carried_apart=1.1, most_share_wasted=0.5)
    assert "costs as much" in said(findings.carried, p, steep)


def test_a_sweep_of_the_readers_is_told(own):
    p, found = own
    r = numbers(p, found)
    assert r.shown_budgets == 4
    assert r.shown_a_low <= r.shown_a <= r.shown_a_high
    assert "All four budgets of the table given" in said(findings.one, p, r)
    lost = numbers(p, found, shown_budgets_used=3)
    assert "3 of 4 budgets of the table given" in said(findings.one, p, lost)
    # The answer is of the bundled suites, whatever stands beside them.
    assert r.suites == 6


# The record


def judged(p, found):
    return {each.claim.id: each for each in outcome.verdicts(p, found)}


def test_every_claim_of_the_chapter_is_settled(p, found):
    mine = {each.id for each in claims.load().values() if each.chapter == "isoflop"}
    assert set(judged(p, found)) == mine


def test_the_claim_holds_as_long_as_nine_budgets_are_found(p, found):
    assert judged(p, found)["a-isoflop-budgets"].verdict == "holds"
    wide = judged(given("isoflop", fewest=30), found)["a-isoflop-budgets"]
    assert [row.verdict for row in wide.rows] == ["holds", "fails"]
    assert "show 0 dense stretches" in wide.why


def test_curvatures_on_a_power_law_have_its_power(found):
    one = found.suites["llama3"].profiles
    exact = replace(one, curvature=one.compute**-0.1)
    assert settled.flattening(exact, 0.95) == pytest.approx((-0.1, -0.1, -0.1))
    steeper = replace(one, curvature=one.compute**0.1)
    assert settled.flattening(steeper, 0.95)[1] > 0


def test_profiles_that_get_steeper_turn_the_claim(p, found):
    name = "llama3"
    fit = found.suites[name].fit
    bent = replace(fit, profiles=replace(fit.profiles, curvature=fit.profiles.compute**0.05))
    suites = found.suites | {name: replace(found.suites[name], fit=bent)}
    assert judged(p, found)["w-llama-flat"].verdict == "holds"
    assert judged(p, replace(found, suites=suites))["w-llama-flat"].verdict == "fails"


def test_nanochats_optima_by_count():
    optima = catalogue.table("nanochat2026_optima", "nanochat2026-kaplan", loss_unit="bits/byte")
    assert settled.powers(optima) == pytest.approx([0.54, 0.49], abs=0.005)


def test_the_record_follows_the_parameters(p, found):
    r = numbers(p, found)
    assert r.largest_move == max(each.move for each in found.choices.values())
    more = numbers(given("isoflop", runs="marin-dclm", **CHEAP), found)
    assert more.shown_a == found.suites["marin-dclm"].a != r.shown_a
    assert r.llama3_meant_off < 0.002 < r.llama3_meant_excess
    assert (r.a_low, r.a_high) == (found.suites["marin-comma"].a, found.suites["fineweb-c4"].a)
