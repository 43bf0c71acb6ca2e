from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws import fitting, laws
from scalinglaws.fitting import isoflop, parabola
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense
from scalinglaws.prediction import simulation
from tests.scalinglaws.synthetic import LAW

EXPONENT = st.floats(0.1, 1.0)


@given(alpha=EXPONENT, beta=EXPONENT, u=st.floats(-3, 3))
def test_reducible_is_the_law_along_a_budget(alpha, beta, u):
    law = ParametricLaw(0.0, 300.0, 800.0, alpha, beta)
    best = dense.optimal(law, 1e21)
    loss = dense.isoflop_loss(law, 1e21, best.params * np.exp(u))
    expected = (loss - law.E) / (best.loss - law.E)
    assert parabola.reducible(alpha, beta, u) == pytest.approx(expected, rel=1e-9)


@given(alpha=EXPONENT, beta=EXPONENT, u=st.floats(-2, 2))
def test_compute_multiplier_is_the_compute_that_would_do(alpha, beta, u):
    law = ParametricLaw(0.0, 300.0, 800.0, alpha, beta)
    best = dense.optimal(law, 1e21)
    loss = dense.isoflop_loss(law, 1e21, best.params * np.exp(u))
    enough = dense.for_loss(law, loss).compute
    assert parabola.compute_multiplier(alpha, beta, u) == pytest.approx(1e21 / enough, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(alpha=EXPONENT, beta=EXPONENT, w=st.floats(0.2, 3), c=st.floats(-1, 1))
def test_closed_form_agrees_with_least_squares(alpha, beta, w, c):
    u = c + w * ((2 * np.arange(4001) + 1) / 4001 - 1)
    y = parabola.reducible(alpha, beta, u) - 1
    direct = np.polynomial.Polynomial.fit(u, y, 2).deriv().roots()[0]
    assert parabola.vertex_shift(alpha, beta, w, c) == pytest.approx(direct, abs=2e-5)


@given(alpha=EXPONENT, beta=EXPONENT, w=st.floats(0.01, 0.6), c=st.floats(-0.4, 0.4))
def test_series_leaves_an_error_of_fourth_order(alpha, beta, w, c):
    exact = parabola.vertex_shift(alpha, beta, w, c)
    series = parabola.vertex_shift_series(alpha, beta, w, c)
    assert abs(exact - series) <= 0.03 * (alpha + beta) ** 3 * (w + abs(c)) ** 4 + 1e-9


@given(exponent=EXPONENT, w=st.floats(0.2, 3))
def test_a_symmetric_law_on_a_centred_grid_has_no_shift(exponent, w):
    assert parabola.vertex_shift(exponent, exponent, w) == pytest.approx(0, abs=1e-12)


@given(alpha=EXPONENT, beta=EXPONENT, w=st.floats(0.2, 3), c=st.floats(-1, 1))
def test_swapping_size_and_data_mirrors_the_shift(alpha, beta, w, c):
    there = parabola.vertex_shift(alpha, beta, w, c)
    assert parabola.vertex_shift(beta, alpha, w, -c) == pytest.approx(-there, abs=1e-10)


def test_a_centred_grid_is_pulled_to_the_flatter_side():
    assert parabola.vertex_shift(0.3, 0.6, 1.5) < 0 < parabola.vertex_shift(0.6, 0.3, 1.5)
    assert parabola.vertex_shift_series(0.3, 0.6, 1.5) == pytest.approx(-0.3 * 1.5**2 / 10)


def test_the_error_of_the_exponent_is_that_of_approach_2():
    law = laws.ParametricLaw(1.7, 4e5, 3000.0, 0.7, 0.4)
    sweep = simulation.Sweep(law, 1e18, 1e21, 6, 2000, 16.0, offset=0.2, drift=0.1, widening=8.0)
    compute, half, offset = sweep.grids()
    predicted = parabola.exponent_error(law.alpha, law.beta, half, offset, compute)
    assert isoflop.fit(sweep.runs()).allocation.a - law.a == pytest.approx(predicted, abs=3e-5)
    assert predicted > 0.005


def test_a_constant_grid_leaves_the_exponent_alone():
    compute = np.geomspace(1e18, 1e22, 5)
    error = parabola.exponent_error(
        [0.3, 0.7], [0.6, 0.4], np.full(5, 1.4), np.full(5, 0.5), compute
    )
    assert error.shape == (2,)
    np.testing.assert_allclose(error, 0, atol=1e-12)


@pytest.mark.parametrize("bad", [(-0.1, 0.3, 1.0), (0.3, 0.0, 1.0), (0.3, 0.3, 0.0)])
def test_nonsense_is_refused(bad):
    with pytest.raises(ValueError, match="must be positive"):
        parabola.vertex_shift(*bad)


def test_standard_error_agrees_with_simulated_fits():
    runs = simulation.Sweep(LAW, 1e18, 1e22, 8, 10, 20.0).runs()
    start = fitting.FORMS["chinchilla"].values(LAW)[None]
    fitted = [
        fitting.fit(replace(runs, loss=noisy), error="mse", starts=start).law.a
        for noisy in simulation.scatter(runs.loss, 0.002, 120, np.random.default_rng(0))
    ]
    expected = simulation.standard_error(LAW, runs.params, runs.tokens, 0.002)
    assert np.std(fitted, ddof=1) == pytest.approx(expected, rel=0.2)


@given(noise=st.floats(1e-4, 0.05))
def test_standard_error_is_proportional_to_noise_and_one_over_root_n(noise):
    runs = simulation.Sweep(LAW, 1e18, 1e22, 8, 10, 20.0).runs()
    params, tokens = runs.params, runs.tokens
    one = simulation.standard_error(LAW, params, tokens, 0.01)
    assert simulation.standard_error(LAW, params, tokens, noise) == pytest.approx(
        one * noise / 0.01, rel=1e-9
    )
    four = simulation.standard_error(LAW, np.tile(params, 4), np.tile(tokens, 4), 0.01)
    assert four == pytest.approx(one / 2, rel=1e-6)


def test_runs_needed_and_the_published_product():
    # 240 runs and an interval 46 times too wide: the product that the replication prints.
    assert simulation.runs_needed(240, 0.046, 0.001) == pytest.approx(240 * 2116)
    assert simulation.normal_half_width(1.0, 0.95) == pytest.approx(1.959964, rel=1e-6)


def test_sweep_is_what_it_says():
    sweep = simulation.Sweep(LAW, 1e18, 1e22, 5, 3, 9.0, offset=0.3, drift=0.1, widening=4.0)
    runs = sweep.runs()
    columns = runs.budget, runs.params, runs.tokens, runs.loss
    budget, params, tokens, loss = (v.reshape(5, 3) for v in columns)
    np.testing.assert_allclose(6 * params * tokens, budget, rtol=1e-12)
    np.testing.assert_allclose(loss, LAW.loss(params, tokens))
    widths = params[:, -1] / params[:, 0]
    assert widths[2] == pytest.approx(9)
    assert widths[-1] / widths[0] == pytest.approx(4)
    off = np.log(params[:, 1] / dense.optimal(LAW, budget[:, 0]).params)
    assert off[2] == pytest.approx(0.3)
    assert (off[-1] - off[0]) / np.log(1e4) == pytest.approx(0.1)


def test_longer_tables_narrow_as_one_over_root_n(huber_fit):
    spread = simulation.exponents_by_count(huber_fit, [120, 1920], resamples=150, seed=1)
    assert spread.shape == (2, 150)
    widths = np.subtract(*np.quantile(spread, [0.9, 0.1], axis=1))
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.35)
