"""Approach 2 on public and made-up runs: solvable cases, published figures, opposite outcomes."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from scalebook.chapters.common import printed
from scalebook.chapters.isoflop import (
    figures,
    outcome,
    settled,
    steps,
    suite,
    surface,
    sweep,
    sweep_figures,
)
from scalebook.record import claims
from scalebook.show import figures as draw
from scalinglaws import catalogue, reading
from scalinglaws.errors import ScalingLawsError
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


def column(shown, name):
    return [row[shown.columns.index(name)] for row in shown.rows]


def numbers(text):
    return [float(each.replace("−", "-")) for each in re.findall(r"[−-]?\d+\.\d+", text)]


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


def test_the_default_leaves_out_the_five_runs_that_the_replication_does(p, found):
    s = found.suites["hoffmann2022_runs"]
    assert s.untrained == 5
    assert len(suite.trained(s.table, p.min_ratio)) == found.redrawn.reported == 240
    assert len(suite.trained(s.table, 0.0)) == 245


def test_a_narrow_window_is_named_where_it_leaves_too_few():
    with pytest.raises(ScalingLawsError, match=r"Or raise 'window': \d+ runs are left out"):
        compute("isoflop", window=1.5, **CHEAP)
    with pytest.raises(ScalingLawsError, match=r"hoffmann2022_runs.*No runs of equal compute"):
        compute("isoflop", fewest=1000, **CHEAP)


def test_suites_shown_are_all_or_the_one_asked_for(found, tmp_path):
    assert suite.shown(given("isoflop"), found.suites) == list(found.suites.values())
    llama = suite.shown(given("isoflop", runs="llama3"), found.suites)
    assert [s.label for s in llama] == ["Llama 3"]
    own = tmp_path / "mine.csv"
    own.write_text(simulation.csv_text(simulation.Laboratory(budgets=4, sizes=7, noise=0.0)))
    values = given("isoflop", runs=str(own), **CHEAP)
    suites = suite.suites(values)
    assert list(suites) == [*suite.LABELS, str(own)]
    assert suite.shown(values, suites)[-1].label == "mine.csv"


def test_notices_name_the_budgets_left_out(p, found):
    told = suite.notices(p, found.suites)
    assert len(told) == 7
    assert sum(each.startswith("FineWeb C4: budget") for each in told) == 6
    assert suite.notices(given("isoflop", runs="llama3"), found.suites) == []


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


def test_the_axis_read_as_a_logarithm(p):
    s = made(p, EVEN)
    logs = replace(s.kept, loss=np.log(s.kept.loss))
    read = suite.approach2(p, "logs", logs, 0.0, 1e6)
    told = surface.log_reading(read, surface.surfaces(p, {"logs": read})["logs"])
    assert told["llama3_exp_axis"] < 1e-6 < told["llama3_raw_axis"]
    assert told["llama3_exp_a"] == pytest.approx(0.5, abs=1e-4)
    assert told["llama3_exp_shift"] == pytest.approx(abs(s.a - read.a))


def test_the_parts_add_up(p, found):
    for name, s in found.suites.items():
        parts = found.parts[name]
        assert sum(parts.split.values()) == pytest.approx(s.a - found.surfaces[name].a_varpro)
        assert parts.clean + parts.split["misfit"] == pytest.approx(s.a)
        assert 0 < parts.share <= 1
        counts = "marin" in name  # the others count 6 N D
        assert (parts.split["counting"] > 0.01) == counts
        assert counts or abs(parts.split["counting"]) < 1e-4


def test_a_surface_that_holds_leaves_the_parabola_alone_to_blame(p):
    runs = {"uneven": made(p, UNEVEN, widening=10), "even": made(p, EVEN)}
    parts = surface.parts(p, runs, surface.surfaces(p, runs))
    assert abs(parts["uneven"].split["parabola"]) > 1e-3
    for split in parts.values():
        assert split.split["misfit"] == pytest.approx(0, abs=1e-4)
    assert parts["even"].share == pytest.approx(1, abs=1e-4)
    assert parts["even"].size == pytest.approx(parts["even"].best, rel=0.01)


def test_a_wrong_exponent_costs_more_the_farther_it_is_carried(found):
    shares = [
        surface.parts(given("isoflop", compute=c), found.suites, found.surfaces)["llama3"].share
        for c in (1e23, 3.8e25, 1e28)
    ]
    assert sorted(shares, reverse=True) == shares
    assert 1 - shares[1] == pytest.approx(printed("czech2026.llama3.waste"), abs=0.005)


# Made-up sweeps


def test_the_papers_budgets_and_a_plan_over_them(p):
    assert sweep.paper_budgets() == (6e18, 3e21, 9)
    budget, half, offset = sweep.planned(p, EVEN, drift=0.1, widening=10.0).grids()
    assert budget[[0, -1]] == pytest.approx([6e18, 3e21])
    assert np.exp(2 * (half[-1] - half[0])) == pytest.approx(10)
    assert np.exp(2 * half[4]) == pytest.approx(p.factor)
    assert np.diff(offset) == pytest.approx(0.1 * np.diff(np.log(budget)))


@settings(max_examples=15, deadline=None)
@over(st.floats(0.2, 0.7), st.floats(0.2, 0.7), st.floats(-0.2, 0.2), st.floats(1, 20))
def test_the_exponent_is_wrong_only_where_the_grid_moves(alpha, beta, drift, widening):
    p, law = given("isoflop"), ParametricLaw(1.7, 400.0, 400.0, alpha, beta)
    assert sweep.error_of_a(p, law, 0.0, 1.0) == pytest.approx(0, abs=1e-9)
    mirrored = ParametricLaw(1.7, 400.0, 400.0, beta, alpha)
    moved = sweep.error_of_a(p, law, drift, widening)
    assert sweep.error_of_a(p, mirrored, -drift, widening) == pytest.approx(-moved, abs=1e-9)


def test_the_laws_of_the_sweeps_are_two_published_and_two_fitted(found):
    laws = sweep.law_pairs(found.surfaces)
    assert [*laws] == [*found.biases]
    assert laws[sweep.TRUTH].name == "besiroglu2024"
    assert laws["Hoffmann et al."].name == "hoffmann2022"
    other = replace(found.surfaces["marin-comma"], varpro=found.surfaces["llama3"].varpro)
    moved = sweep.law_pairs({**found.surfaces, "marin-comma": other})
    assert moved[sweep.COMMA] == found.surfaces["llama3"].varpro.law != laws[sweep.COMMA]
    assert moved["FineWeb, our fit"] == found.surfaces["fineweb-c4"].varpro.law


def test_biases_of_a_sweep_that_stays_are_of_the_size_alone(found):
    still = sweep.biases(given("isoflop", drift=0.0, widening=1.0), found.surfaces)
    for bias in still.values():
        assert [bias.error, bias.drifted, bias.bias] == pytest.approx([0, 0, 0], abs=1e-9)
        assert bias.lost == pytest.approx(np.full(len(sweep.AHEAD), bias.steady))
        assert bias.cost == pytest.approx(bias.steady / 100)
    assert abs(still[sweep.COMMA].shift) > 10 * abs(still[sweep.TRUTH].shift) > 0


def test_the_closed_form_is_what_many_sizes_give(found):
    for bias in found.biases.values():
        assert bias.bias == pytest.approx(bias.drifted, abs=5e-4)
        assert bias.lost[0] / 100 < bias.cost < bias.lost[-1] / 100
    assert found.biases[sweep.COMMA].cost > 0.03 > found.biases[sweep.TRUTH].cost
    assert 0 < sweep.closed_form_error(found.biases) < 1e-5


def test_more_sizes_make_a_better_envelope(found):
    a, by_count = sweep.truth().a, found.envelopes.by_count
    errors = [abs(float(each.a_inside) - a) for each in by_count.values()]
    assert errors[-1] < 0.01 < errors[0]
    edge = found.envelopes.edge
    assert edge.loss == pytest.approx(found.envelopes.curves.min(axis=0))
    assert abs(edge.a - a) > abs(edge.a_inside - a)


def test_luck_scatters_the_envelope(found):
    fineweb = found.suites["fineweb-c4"]
    calm, rough = (
        sweep.envelopes(given("isoflop", noise=noise), fineweb).lucky for noise in (1e-5, 0.01)
    )
    assert calm.std() < 0.005 < 0.02 < rough.std()
    assert calm.mean() == pytest.approx(float(found.envelopes.edge.a_inside), abs=0.01)


def test_the_lowest_sizes_of_parabolas_lie_on_the_line(p):
    assert sweep.lowest_sizes_exponent(bowls(p)) == pytest.approx(0.4)


def test_half_widths_go_as_the_noise_and_as_one_over_the_root_of_the_runs(p, found):
    precision = found.precision
    assert precision.surface[0.003] == pytest.approx(3 * precision.surface[0.001])
    assert precision.parabolas[0.003] == pytest.approx(3 * precision.parabolas[0.001], rel=0.3)
    shrink = precision.surface[0.003][-1] / precision.surface[0.003][3]
    assert shrink == pytest.approx(np.sqrt(20 / 160), rel=0.1)
    assert (precision.surface[0.003] < precision.parabolas[0.003] * 1.1).all()
    # The deviation of forty fits is itself uncertain by a ninth.
    assert precision.simulated == pytest.approx(precision.surface[0.003][2], rel=0.35)


def test_runs_wanted_go_as_the_inverse_square(p, found):
    here = sweep.runs_wanted(p, found.precision, 0.003)
    half = sweep.runs_wanted(given("isoflop", wanted=p.wanted / 2), found.precision, 0.003)
    assert half == pytest.approx([4 * each for each in here])
    few = sweep.runs_wanted(p, found.precision, 0.001)
    assert few[1] == pytest.approx(here[1] / 9)


def test_hoffmanns_runs_redrawn(p, found):
    again = found.redrawn
    assert again.width_rate == pytest.approx(-0.5, abs=0.1)
    # One digit is all that the published number has.
    assert again.runs_original == pytest.approx(printed("besiroglu2024.runs_needed"), rel=0.25)
    line = again.half_width * np.sqrt(again.reported / sweep.DRAWN)
    assert again.half_widths == pytest.approx(line, rel=0.25)
    ratio = again.half_width / again.printed_half
    assert again.runs_original == pytest.approx(again.reported * ratio**2)
    other = given("isoflop", wanted=p.wanted * 2)
    wider = sweep.redrawn(other, found.suites["hoffmann2022_runs"])
    assert wider.runs_wanted == pytest.approx(again.runs_wanted / 4)


# Figures and tables of the suites


def test_the_table_of_sweeps_accounts_for_all_runs(p, found):
    shown = figures.sweeps(p, found.suites)
    for row, s in zip(shown.rows, found.suites.values(), strict=True):
        out = sum(int(each) for each in re.findall(r"(?:^|; )(\d+) ", row[-1]))
        assert int(row[1]) == int(row[2]) + out == len(s.table)
    assert shown.rows[0][-1].startswith("5 under 0.41 tokens per parameter")
    alone = figures.sweeps(given("isoflop", runs="llama3"), found.suites)
    assert column(alone, "runs left out") == ["none"]


def test_profiles_have_a_panel_a_suite_with_its_minima(p, found):
    shown = figures.profiles(p, found.suites)
    assert len(shown.figure.axes) == len(found.suites)
    for s in found.suites.values():
        used = s.profiles.used
        minima = part(shown.data, panel=s.label, series="minimum")
        np.testing.assert_allclose(minima["params"], s.profiles.params[used])
        curves = part(shown.data, panel=s.label, series="parabola")
        for loss, low in zip(np.reshape(curves["loss"], (-1, 30)), minima["loss"], strict=True):
            assert low - 1e-9 <= loss.min() < low + 0.02
    assert "7 of 67 budgets" in shown.caption
    alone = figures.profiles(given("isoflop", runs="llama3"), found.suites)
    assert len(alone.figure.axes) == 1
    assert "0 of 10 budgets" in alone.caption


def test_the_table_of_exponents(p, found):
    shown = figures.exponents(p, found.suites, found.intervals)
    sums = [float(each) for each in column(shown, "a + b")]
    assert sums == pytest.approx([s.a + s.b for s in found.suites.values()], abs=5e-4)
    first, *_ = shown.rows
    drawn = found.intervals["hoffmann2022_runs"]
    assert numbers(first[2]) == pytest.approx(drawn.a, abs=5e-4)
    assert numbers(first[4]) == pytest.approx(drawn.b, abs=5e-4)


def test_the_trend_of_the_minima_is_told_as_the_intervals_have_it(p, found):
    def told(a, b):
        same = {name: replace(each, a=a, b=b) for name, each in found.intervals.items()}
        return figures.minima(p, found.suites, same).caption

    assert "They rise with compute for Hoffmann et al., Llama 3" in told((0.4, 0.45), (0.5, 0.6))
    apart = told((0.5, 0.6), (0.4, 0.45))
    assert "For no suite do they clearly rise" in apart
    assert "overlap" not in apart
    assert "overlap" in told((0.4, 0.55), (0.5, 0.6))
    shown = figures.minima(p, found.suites, found.intervals)
    points = shown.figure.axes[0].lines[0]
    s = found.suites["hoffmann2022_runs"].profiles
    np.testing.assert_allclose(points.get_ydata(), (s.tokens / s.params)[s.used])


def test_the_table_of_llama_3(found):
    shown = figures.llama(found.llama)
    rows = {row[0]: row[1:] for row in shown.rows}
    assert rows["exponent of tokens, figure's label"][0] == "0.537"
    assert rows["prefactor, text"][0] == "0.29"
    assert rows["tokens at 3.99 × 10²⁵ FLOP"][0] == "16.55T"
    errors = [float(row[-1].rstrip("%")) for row in shown.rows]
    assert errors == pytest.approx([1.3, 0.041, 3.2, 0.12, 2.7, 2.2, 0.1, 0.1], abs=0.06)


def test_the_published_exponents_stand_below_ours(p, found):
    shown = figures.published(p, found.suites, found.intervals, found.surfaces)
    (ax,) = shown.figure.axes
    stated = part(shown.data, series="published")
    assert stated["exponent"] == [a for a, _ in suite.published_exponents().values()]
    places = {tick.get_text(): tick.get_position()[1] for tick in ax.get_yticklabels()}
    assert min(places, key=places.get) == "Kaplan et al."
    assert max(places, key=places.get) == "Hoffmann et al."
    bars = [line.get_xdata() for line in ax.lines if line.get_linewidth() == 4]
    assert len(bars) == 3 * len(found.suites)
    one = given("isoflop", runs="llama3")
    alone = figures.published(one, found.suites, found.intervals, found.surfaces)
    assert "between 0.46 and 0.46" in alone.caption


def test_differences_are_ticks_inside_the_interval(p, found):
    shown = figures.differences(p, found.suites, found.intervals)
    stated = suite.published_exponents()
    s, drawn = found.suites["llama3"], found.intervals["llama3"]
    for row in shown.rows:
        cells = row[4].split(", ")
        for cell, value, ours, ends in zip(
            cells, stated[row[0]], (s.a, s.b), (drawn.a, drawn.b), strict=True
        ):
            inside = ends[0] <= value <= ends[1]
            assert (cell == "✓") == inside
            assert inside or numbers(cell)[0] == pytest.approx(ours - value, abs=6e-4)
    assert {"✓, ✓", "−0.267, +0.267"} <= set(column(shown, "Llama 3"))


def test_tables_of_the_surface(p, found):
    shown = figures.methods(p, found.suites, found.surfaces)
    for row, (name, s) in zip(shown.rows, found.suites.items(), strict=True):
        f = found.surfaces[name]
        assert int(row[1]) == len(s.used)
        ours = [float(row[k]) for k in (2, 3, 5)]
        assert ours == pytest.approx([s.a, f.a_huber, f.a_varpro], abs=6e-4)
    shown = figures.remainders(p, found.suites, found.surfaces)
    assert column(shown, "surface fits") == ["converged"] * 6
    f = found.surfaces["hoffmann2022_runs"]
    failed = replace(f, huber=replace(f.huber, status="not converged: why"))
    other = {**found.surfaces, "hoffmann2022_runs": failed}
    shown = figures.remainders(p, found.suites, other)
    assert column(shown, "surface fits")[:2] == ["not converged: why; converged", "converged"]


def test_residuals_are_in_percent_and_the_worst_suite_is_named(p, found):
    shown = figures.residuals(p, found.suites, found.surfaces)
    for ax, (name, s) in zip(shown.figure.axes, found.suites.items(), strict=True):
        x, y = ax.collections[0].get_offsets().T
        np.testing.assert_allclose(y, 100 * found.surfaces[name].varpro.residuals)
        np.testing.assert_allclose(x, s.used.tokens_per_param)
    assert "2.9 times those about the parabolas (Llama 3)" in shown.caption
    alone = figures.residuals(given("isoflop", runs="fineweb-c4"), found.suites, found.surfaces)
    assert "(FineWeb C4)" in alone.caption


def test_choices_without_a_result_are_none(p, found):
    shown = figures.choices(p, found.suites, found.intervals, found.choices)
    assert "none" not in {cell for row in shown.rows for cell in row}
    every = found.choices["hoffmann2022_runs"].every
    assert float(column(shown, "all runs")[0]) == pytest.approx(every, abs=6e-4)
    empty = suite.Choices(None, 0.4, None, None, 0.0)
    shown = figures.choices(p, found.suites, found.intervals, dict.fromkeys(found.suites, empty))
    assert shown.rows[0][2:6] == ["none", "0.400", "none", "none"]


def test_parts_are_bars_that_lead_to_the_diamond(p, found):
    shown = figures.parts(p, found.suites, found.surfaces, found.parts)
    (ax,) = shown.figure.axes
    widths = np.array([bar.get_width() for bar in ax.patches]).reshape(3, -1)
    (diamonds,) = [line.get_xdata() for line in ax.lines if line.get_marker() == "D"]
    np.testing.assert_allclose(widths.sum(axis=0), diamonds)
    assert "0.030 (Marin Comma), the misfit up to 0.043 (Hoffmann et al.)" in shown.caption


def test_the_cost_of_the_parts_moves_with_the_budget(found):
    tables = [
        figures.cost_of_parts(
            values,
            found.suites,
            found.intervals,
            surface.parts(values, found.suites, found.surfaces),
        )
        for values in (given("isoflop"), given("isoflop", compute=1e21))
    ]
    far, near = (float(each.rows[1][-1].rstrip("%")) for each in tables)
    assert far == pytest.approx(94, abs=1)
    assert near > 99
    assert tables[1].columns[5].startswith("size at 1.0 × 10²¹ FLOP")


def test_published_against_recomputed(found):
    rows = {row[0]: row[1:] for row in figures.compared(found).rows}
    assert rows["a, Hoffmann et al., approach 2"][:2] == ["0.490", "0.491"]
    assert rows["b, Llama 3, figure"] == ["0.537", "0.537", "0.041%"]
    assert rows["waste of Approach 2, Llama 3 (Czech et al.)"][:2] == ["0.065", "0.063"]


# Figures and tables of made-up sweeps


def test_construction_draws_the_closed_forms(p, found):
    shown = sweep_figures.construction(p, found.biases)
    left, right = "same grid on every budget", "grid that widens"
    for name, bias in found.biases.items():
        curve = part(shown.data, panel=left, series=name)
        at = np.interp(p.factor, curve["multiple"], curve["error_percent"])
        assert at == pytest.approx(100 * bias.shift, abs=0.01)
        for label, error in ((name, bias.error), (f"{name}, drifting", bias.drifted)):
            curve = part(shown.data, panel=right, series=label)
            at = np.interp(np.log(p.widening), np.log(curve["multiple"]), curve["exponent_error"])
            assert at == pytest.approx(error, abs=1e-4)
    assert "drifts as C to the 0.1." in shown.caption
    back = given("isoflop", drift=-0.2)
    assert "drifts as C to the −0.2." in sweep_figures.construction(back, found.biases).caption


def test_the_grids_drawn_all_have_a_width(found):
    narrow = given("isoflop", factor=1.5, widening=1.0)
    _, right = sweep_figures.construction(narrow, found.biases).figure.axes
    drawn = right.lines[0].get_xdata()
    assert drawn.max() < 1.5**2
    assert np.isfinite(right.lines[0].get_ydata()).all()


def test_the_cost_is_told_from_the_cheapest_law_to_the_dearest(found):
    shown = sweep_figures.cost(found.biases)
    told = [name for _, name in sorted((bias.cost, name) for name, bias in found.biases.items())]
    places = [shown.caption.index(f"({name})") for name in told]
    assert places == sorted(places)
    assert told[-1] == sweep.COMMA
    (ax,) = shown.figure.axes
    ends = {line.get_ydata()[-1] for line in ax.lines if len(line.get_xdata()) == len(sweep.AHEAD)}
    assert ends == {bias.lost[-1] for bias in found.biases.values()}


def test_the_envelope_lies_below_all_curves(found):
    left, right = sweep_figures.envelope(found.envelopes).figure.axes
    *curves, edge = left.lines
    assert len(curves) == len(sweep.LADDER)
    for curve in curves:
        assert (curve.get_ydata() >= edge.get_ydata()[::5] - 1e-12).all()
    climbed, true = right.lines
    inside = found.envelopes.edge.inside
    ratio = climbed.get_ydata()[inside] / true.get_ydata()[inside]
    step = sweep.LADDER[1] / sweep.LADDER[0]
    assert ratio.max() < step
    assert ratio.min() > 1 / step


def test_errors_of_the_envelope(p, found):
    shown = sweep_figures.envelope_errors(p, found.envelopes)
    a = sweep.truth().a
    for row in shown.rows:
        assert numbers(row[1])[0] - a == pytest.approx(numbers(row[2])[0], abs=2e-4)
    saturated = dict(zip(column(shown, shown.columns[0]), column(shown, "error"), strict=True))
    assert numbers(saturated["12 sizes, all readings"])[0] < -0.03
    noisy = sweep_figures.envelope_errors(given("isoflop", noise=0.02), found.envelopes)
    assert noisy.rows[-1][0].endswith("each run off by 2.0%")


def test_recovery_names_as_many_levels_of_noise_as_it_draws(p, found):
    shown = sweep_figures.recovery(p, found.precision, found.redrawn)
    line = part(shown.data, series="surface, noise 0.30%")
    np.testing.assert_allclose(line["half_width"], found.precision.surface[0.003])
    assert "three levels of noise" in shown.caption
    usual = given("isoflop", noise=0.001)
    shown = sweep_figures.recovery(usual, sweep.precision(usual), found.redrawn)
    assert "two levels of noise" in shown.caption
    assert "surface, noise 0.30%" not in shown.data["series"]


def test_the_line_of_hoffmanns_runs_reaches_the_printed_interval(p, found):
    again = found.redrawn
    (ax,) = sweep_figures.recovery(p, found.precision, again).figure.axes
    (line,) = [each for each in ax.lines if each.get_xdata()[-1] == 2e6]
    there = np.interp(np.log(again.runs_original), *map(np.log, line.get_data()))
    assert np.exp(there) == pytest.approx(again.printed_half, rel=1e-6)


def test_the_runs_needed_are_simulated_at_the_noise_chosen(p, found):
    shown = sweep_figures.runs_needed(p, found.precision)
    simulated = column(shown, "surface, simulated")
    assert [bool(each) for each in simulated] == [False, True, False]
    assert float(simulated[1]) == pytest.approx(found.precision.simulated, abs=6e-5)
    needed = [float(each) for each in column(shown, "runs for ±0.01, Approach 2")]
    assert needed == sorted(needed)


def test_figures_can_be_drawn_of_one_suite(found):
    one = given("isoflop", runs="marin-nemotron")
    for shown in (
        figures.profiles(one, found.suites),
        figures.minima(one, found.suites, found.intervals),
        figures.parts(one, found.suites, found.surfaces, found.parts),
    ):
        assert "nan" not in draw.as_svg(shown.figure)
        assert len(shown.figure.axes) == 1


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


def test_own_runs_are_recorded_beside_the_public_ones(p, found, tmp_path):
    plain = outcome.recorded(p, found)
    own = tmp_path / "mine.csv"
    own.write_text(simulation.csv_text(simulation.Laboratory(budgets=4, sizes=9, noise=0.001)))
    values = given("isoflop", runs=str(own), **CHEAP)
    suites = suite.suites(values)
    surfaces = surface.surfaces(values, suites)
    beside = replace(
        found, suites=suites, surfaces=surfaces, intervals=suite.intervals(values, suites),
        choices=suite.choices(values, suites), parts=surface.parts(values, suites, surfaces),
    )  # fmt: skip
    numbers = outcome.recorded(values, beside)
    extra = {key: numbers[key] for key in numbers.keys() - plain.keys()}
    assert set(extra) == {f"own_{each}" for each in outcome.OWN}
    assert extra["own_budgets"] == 4
    assert extra["own_a_low"] <= extra["own_a"] <= extra["own_a_high"]
    assert extra["own_a_varpro"] == pytest.approx(sweep.truth().a, abs=0.02)


def test_the_record_follows_the_parameters(p, found):
    numbers = outcome.recorded(p, found)
    assert numbers["largest_move"] == max(each.move for each in found.choices.values())
    assert numbers["exercise_waste"] == pytest.approx(
        (0.3478 + 0.3658) / 2 * (p.wanted * np.log(1e4)) ** 2, rel=0.05
    )
    more = outcome.recorded(given("isoflop", wanted=0.02, **CHEAP), found)
    assert more["exercise_waste"] == pytest.approx(4 * numbers["exercise_waste"], rel=0.05)
    assert more["runs_parabola"] == pytest.approx(numbers["runs_parabola"] / 4)
    assert numbers["llama3_meant_off"] < 0.002 < numbers["llama3_meant_excess"]
