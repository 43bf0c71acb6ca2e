"""Resamples: how they are drawn, what their fits say, and what stands in their intervals."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from scalinglaws import fitting, registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import FORMS, fit, interval, resample, standard_error, surface
from scalinglaws.fitting.resample import Bootstrap, again, bootstrap, drawn, stream, weights
from scalinglaws.laws import GeneralLaw, JointLaw
from tests.scalinglaws import synthetic


@pytest.fixture(scope="module")
def ensemble(huber_fit):
    return huber_fit.bootstrap(2000, seed=3)


# The replication of Besiroglu et al. 2024


def test_every_resample_converges(ensemble):
    assert ensemble.converged.all()


@pytest.mark.parametrize("symbol", ["E", "A", "alpha", "beta"])
def test_standard_errors_agree_with_the_replication(ensemble, symbol):
    sigma, error = standard_error(getattr(ensemble.law, symbol))
    printed = registry.printed(f"besiroglu2024.{symbol}.se").value
    # the last printed digit, and three Monte Carlo errors of ours and of theirs (4,000 resamples)
    last = 10.0 ** -len(str(printed).partition(".")[2])
    assert abs(sigma - printed) <= last / 2 + 3 * error * np.sqrt(1.5)


def test_the_standard_error_of_a_does_not_agree(ensemble):
    # 0.0195 from 40,000 resamples; the reason cannot be told from what was published
    sigma, error = standard_error(ensemble.law.a)
    printed = registry.printed("besiroglu2024.a.se").value
    assert abs(sigma - 0.0195) <= 3 * error
    assert sigma - printed > 0.0005


def test_the_error_of_b_is_heavy_tailed(ensemble):
    draws = ensemble.law.B
    printed = registry.printed("besiroglu2024.B.se").value
    sigma, error = standard_error(draws)
    assert abs(sigma - printed) <= 4 * error
    assert np.mean(((draws - draws.mean()) / sigma) ** 4) > 6


def test_width_of_the_interval_of_a(ensemble):
    low, high = ensemble.interval("a", 0.8)
    assert round(high - low, 2) == registry.printed("besiroglu2024.a.width80").value


# How the resamples are drawn


def joined(n, resamples, seed):
    return np.concatenate(list(drawn(n, resamples, seed)))


def test_each_resample_draws_every_run_alike():
    counts = weights(7, 50_000, np.random.default_rng(0))
    assert counts.dtype == np.float64
    np.testing.assert_array_equal(counts.sum(axis=1), 7)
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.02)
    np.testing.assert_allclose(counts.var(axis=0), 6 / 7, atol=0.02)
    np.testing.assert_allclose(np.cov(counts[:, 0], counts[:, 6])[0, 1], -1 / 7, atol=0.02)


def test_the_first_resamples_are_the_same_whatever_their_number():
    whole = joined(9, 2500, 3)
    assert whole.shape == (2500, 9)
    for number in (1, 999, 1000, 1001, 2000):
        np.testing.assert_array_equal(joined(9, number, 3), whole[:number])


def test_resamples_do_not_depend_on_the_memory(monkeypatch):
    whole = joined(9, 1300, 3)
    for held, parts in ((45, [5] * 260), (9 * 999, [999, 1, 300]), (1, [1] * 1300)):
        monkeypatch.setattr(surface, "HELD", held)
        assert [len(part) for part in drawn(9, 1300, 3)] == parts
        np.testing.assert_array_equal(joined(9, 1300, 3), whole)


def test_a_thousand_resamples_share_a_stream():
    assert resample.STREAM == 1000
    assert [len(part) for part in drawn(240, 2300, 0)] == [1000, 1000, 300]
    whole = joined(9, 3000, 3)
    assert len(np.unique(whole[[0, 1000, 2000]], axis=0)) == 3
    for k in range(3):
        rng = np.random.default_rng(np.random.SeedSequence(3, spawn_key=(k,)))
        np.testing.assert_array_equal(whole[1000 * k : 1000 * (k + 1)], weights(9, 1000, rng))


def test_seeds_draw_apart():
    assert (joined(9, 100, 0) != joined(9, 100, 1)).any(axis=1).mean() > 0.9


def test_streams_of_a_table_of_any_length_are_published():
    # Intervals in print depend on these.
    assert joined(6, 1, 0)[0].tolist() == next(drawn(6, 1, 0))[0].tolist()
    rng = np.random.default_rng(np.random.SeedSequence(7, spawn_key=(0,)))
    picked = rng.integers(0, 5, size=(3, 5))
    expected = [[int((row == i).sum()) for i in range(5)] for row in picked]
    assert joined(5, 3, 7).tolist() == expected


# Their fits


@pytest.fixture(scope="module")
def few(huber_fit):
    return huber_fit.bootstrap(40, seed=11)


def test_a_bootstrap_fits_what_was_drawn(huber_fit, few):
    assert (few.fit, few.seed, len(few)) == (huber_fit, 11, 40)
    counts = joined(240, 40, 11)
    np.testing.assert_allclose(
        huber_fit.problem.objective(few.values, counts), few.objective, rtol=1e-9
    )
    direct = again(huber_fit, counts, 11)
    np.testing.assert_array_equal(direct.values, few.values)
    assert direct.seed == 11
    assert again(huber_fit, counts[:1]).seed == 0
    np.testing.assert_allclose(few.law.E, np.exp(few.values[:, 2]))
    assert bootstrap(huber_fit, 3, 11).values.shape == (3, 5)


def test_fits_do_not_depend_on_the_memory(huber_fit, few, monkeypatch):
    monkeypatch.setattr(surface, "HELD", 7 * 240)
    parts = list(stream(huber_fit, 40, 11))
    assert [len(part) for part in parts] == [7, 7, 7, 7, 7, 5]
    assert {part.seed for part in parts} == {11}
    told: list[tuple[int, int]] = []
    other = bootstrap(huber_fit, 40, 11, lambda *counts: told.append(counts))
    assert told == [(7, 40), (14, 40), (21, 40), (28, 40), (35, 40), (40, 40)]
    np.testing.assert_allclose(other.values, few.values, rtol=1e-8)
    np.testing.assert_allclose(other.objective, few.objective, rtol=1e-9)
    np.testing.assert_array_equal(other.converged, few.converged)
    np.testing.assert_array_equal(np.concatenate([p.values for p in parts]), other.values)


def test_the_first_fits_are_the_same_whatever_their_number(huber_fit, few):
    np.testing.assert_allclose(huber_fit.bootstrap(13, seed=11).values, few.values[:13], rtol=1e-8)


def test_the_defaults_are_a_thousand_of_seed_0(huber_fit):
    assert bootstrap.__defaults__ == (1000, 0, None)
    assert stream.__defaults__ == (0,)
    assert [len(part) for part in stream(huber_fit, 3)] == [3]
    assert next(stream(huber_fit, 1)).seed == 0


@pytest.mark.parametrize("number", [0, -3])
def test_no_resamples_are_refused(huber_fit, number):
    with pytest.raises(
        ValueError, match=f"^resamples is {number}; expected a whole number, at least 1.$"
    ):
        huber_fit.bootstrap(number)


@pytest.mark.parametrize(
    ("resamples", "seed", "name"),
    [(2.5, 0, "resamples"), ("10", 0, "resamples"), (5, None, "seed"), (5, -1, "seed")],
)
def test_numbers_of_the_draws_are_whole(huber_fit, resamples, seed, name):
    with pytest.raises(ValueError, match=f"^{name} is .*; expected a whole number, at least"):
        huber_fit.bootstrap(resamples, seed)


def test_memory_does_not_grow_with_the_resamples(huber_fit):
    def peak(resamples):
        tracemalloc.start()
        for _ in stream(huber_fit, resamples, seed=3):
            pass
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    few = peak(2000)
    assert peak(5000) < 1.3 * few < 200e6


def test_no_objective_is_above_the_references(huber_fit, few):
    counts = joined(240, 12, few.seed)
    centre = huber_fit.problem.centre(huber_fit.values)
    for i, row in enumerate(counts):
        evaluate = huber_fit.problem.evaluate(huber_fit.error, np.float64, row[None])

        def function(phi, evaluate=evaluate):
            value, gradient, _ = evaluate(phi[None], np.array([0]))
            return float(value[0]), gradient[0]

        found = minimize(function, centre, jac=True, method="BFGS", options={"gtol": 1e-9})
        assert few.objective[i] <= found.fun * (1 + 1e-9)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("error", ["huber", "varpro"])
def test_every_form_is_resampled_with_its_own_error_model(runs, form, error):
    found = fit(runs, form, error=error)
    once = again(found, np.ones((2, 240)))
    np.testing.assert_allclose(once.values, [found.values] * 2, rtol=1e-6)
    np.testing.assert_allclose(once.objective, found.objective, rtol=1e-9)
    draws = found.bootstrap(8, seed=1)
    assert draws.converged.mean() >= 0.75
    assert type(draws.law) is type(found.law)
    np.testing.assert_allclose(
        found.problem.objective(draws.values, joined(240, 8, 1)), draws.objective, rtol=1e-8
    )


def test_every_resample_of_the_absolute_error_is_proven_optimal(lad_fit):
    assert lad_fit.bootstrap(100, seed=1).converged.mean() >= 0.99


def test_intervals_cover_a_known_law():
    inside = 0
    for seed in range(40):
        found = fit(synthetic.runs(noise=0.005, seed=seed), error="mse")
        low, high = found.interval("a", 0.9, resamples=200, seed=seed)
        inside += low <= synthetic.LAW.a <= high
    # binomial: 36 expected, 2.5 standard deviations below is 31
    assert inside >= 31


def test_noise_spreads_the_resampled_floors_about_the_truth():
    law = GeneralLaw(1.8, 0.3 * 3e8**0.35, 0.3 * 1e10**0.35, 0.35, 0.35, 2.0)
    found = fit(synthetic.scattered(law, 80, 0.002, 1), "powermean")
    floors = found.bootstrap(40, seed=1).law.E
    assert abs(found.law.E - 1.8) < 5 * floors.std()
    assert floors.min() < found.law.E < floors.max()


# Intervals


def test_intervals_are_quantiles():
    values = np.stack([np.arange(101.0), 10 * np.arange(101.0)[::-1]], axis=1)
    low, high = interval(values, 0.9)
    np.testing.assert_allclose(low, [5, 50])
    np.testing.assert_allclose(high, [95, 950])
    low, high = interval(np.arange(1001))
    assert (low, high) == (pytest.approx(25), pytest.approx(975))


@pytest.mark.parametrize("level", [0.0, 1.0, 1.1, -0.1])
def test_a_level_is_a_share(few, level):
    expected = f"^level is {level:g}; expected a share between 0 and 1, such as 0.95.$"
    for ask in (lambda: interval([1.0, 2.0], level), lambda: few.interval("a", level),
                lambda: few.predict(1e9, 1e10, level)):  # fmt: skip
        with pytest.raises(ValueError, match=expected):
            ask()


def given_draws(fit, values):
    values = np.asarray(values, dtype=float)
    return Bootstrap(fit, values, np.ones(len(values)), np.ones(len(values), dtype=bool), 0)


def test_an_interval_of_any_number_of_the_law(huber_fit):
    values = np.repeat(huber_fit.values[None], 101, axis=0)
    values[:, 3] = np.linspace(0.2, 0.4, 101)
    draws = given_draws(huber_fit, values)
    assert draws.interval("alpha", 0.8) == pytest.approx((0.22, 0.38))
    beta = huber_fit.law.beta
    assert draws.interval("a", 0.8) == pytest.approx((beta / (0.38 + beta), beta / (0.22 + beta)))
    assert draws.interval("E") == pytest.approx((huber_fit.law.E, huber_fit.law.E))
    assert draws.interval("alpha") == draws.interval("alpha", 0.95)
    assert {type(end) for end in draws.interval("A")} == {float}


@pytest.mark.parametrize(("lost", "told"), [(0, True), (10, True), (11, False), (100, False)])
def test_an_interval_leaves_out_no_more_than_its_tails(huber_fit, lost, told):
    values = np.repeat(huber_fit.values[None], 100, axis=0)
    values[:, 3] = np.linspace(0.2, 0.4, 100)
    values[:lost, 3] = np.nan
    low, high = given_draws(huber_fit, values).interval("alpha", 0.9)
    if told:
        assert (low, high) == pytest.approx(np.quantile(values[lost:, 3], [0.05, 0.95]))
    else:
        assert np.isnan([low, high]).all()


def test_infinite_values_are_none(huber_fit):
    values = np.repeat(huber_fit.values[None], 10, axis=0)
    values[0, 0] = 800.0
    with np.errstate(over="ignore"):
        low, high = given_draws(huber_fit, values).interval("A", 0.9)
    assert (low, high) == pytest.approx((huber_fit.law.A,) * 2)


@pytest.mark.parametrize("name", ["delta", "name", "loss", "general", "__doc__"])
def test_an_interval_of_what_is_no_number_is_refused(few, name):
    expected = (
        f"^interval of '{name}': expected one of A, B, E, alpha, beta, or an attribute .* a.$"
    )
    with pytest.raises(ScalingLawsError, match=expected):
        few.interval(name)


def test_constants_of_every_form_have_intervals(runs):
    found = fit(runs, "kaplan")
    draws = found.bootstrap(20, seed=1)
    assert type(draws.law) is JointLaw
    low, high = draws.interval("alpha_N", 0.8)
    assert low < found.law.alpha_N < high


@pytest.mark.parametrize("form", FORMS)
def test_every_constant_of_the_fit_has_an_interval(runs, form):
    found = fit(runs, form)
    draws = found.bootstrap(20, seed=1)
    for name, value in found.constants.items():
        low, high = draws.interval(name, 0.99)
        assert low <= high
        assert np.isfinite([low, high]).all(), (name, value)


# Laws that have an optimum, predictions, other minima


def test_resamples_without_an_optimum_are_refused(ensemble):
    assert ensemble.falling_law().E.shape == (2000,)
    values = ensemble.values.copy()
    values[7, 3] = -0.1
    values[[7, 9], 4] = 0.0
    with pytest.raises(
        ScalingLawsError,
        match=r"^hoffmann2022_runs.csv: by 2 of 2,000 resamples .* less noisy ones.$",
    ):
        replace(ensemble, values=values).falling_law()
    other = replace(ensemble.fit, runs=replaced_name(ensemble.fit.runs))
    with pytest.raises(ScalingLawsError, match="^these runs: by 2 of"):
        replace(ensemble, fit=other, values=values).falling_law()


def replaced_name(runs):
    return type(runs)(runs.params, runs.tokens, runs.loss)


def test_a_form_with_one_exponent_falls_by_it(runs):
    draws = fit(runs, "curve").bootstrap(10, seed=1)
    assert draws.falling_law().exponent.shape == (10,)
    values = draws.values.copy()
    values[4, 1] = 0.0
    with pytest.raises(ScalingLawsError, match="by 1 of 10 resamples"):
        replace(draws, values=values).falling_law()
    assert "A" in draws.fit.summary(draws)


def test_a_prediction_has_the_noise_of_single_runs(huber_fit):
    # Laws without spread: the interval is that of the residuals, in full.
    draws = given_draws(huber_fit, np.repeat(huber_fit.values[None], 40_000, axis=0))
    for level in (0.5, 0.9):
        low, high = draws.predict([7e10], [1.4e12], level)
        wanted = np.quantile(huber_fit.residuals, [(1 - level) / 2, (1 + level) / 2])
        found = np.log([low[0], high[0]] / huber_fit.law.loss(7e10, 1.4e12))
        np.testing.assert_allclose(found, wanted, rtol=0.05)
    default = draws.predict(7e10, 1.4e12)
    np.testing.assert_array_equal(default, draws.predict([7e10], [1.4e12], 0.95))


def test_a_prediction_has_the_spread_of_the_laws(ensemble):
    calm = replace(ensemble.fit)
    vars(calm)["residuals"] = np.zeros(240)
    low, high = replace(ensemble, fit=calm).predict([7e10, 1e9], 1.4e12, 0.9)
    for i, size in enumerate((7e10, 1e9)):
        expected = interval(ensemble.law.loss(size, 1.4e12), 0.9)
        np.testing.assert_allclose([low[i], high[i]], expected, rtol=1e-9)


def test_prediction_is_wider_than_the_law(ensemble):
    low, high = ensemble.predict([7e10], [1.4e12], 0.9)
    law_low, law_high = interval(ensemble.law.loss(7e10, 1.4e12), 0.9)
    assert low[0] < law_low < law_high < high[0]


def test_predictions_broadcast_and_repeat(few):
    low, high = few.predict([1e9, 1e10, 1e11], 1e12)
    assert low.shape == high.shape == (3,)
    np.testing.assert_array_equal((low, high), few.predict([1e9, 1e10, 1e11], [1e12] * 3))
    # The noise is drawn for each run of its own, by a seed of its own.
    low, high = few.predict([1e9, 1e9], [1e12, 1e12])
    assert low[0] != low[1]
    other = replace(few, seed=12).predict([1e9], [1e12])
    assert other[0][0] != few.predict([1e9], [1e12])[0][0]
    rng = np.random.default_rng(12)
    noise = rng.choice(few.fit.residuals, size=(40, 1))
    expected = interval(few.law.loss([[1e9]], 1e12).T * np.exp(noise))
    np.testing.assert_allclose(few.predict([1e9], [1e12]), expected)
    with pytest.raises(ValueError, match="tokens must be positive"):
        few.predict([1e9], [0.0])


@pytest.mark.parametrize("form", FORMS)
def test_every_form_predicts(runs, form):
    found = fit(runs, form)
    low, high = found.bootstrap(30, seed=1).predict([1e9, 1e10], [1e11, 1e11], 0.99)
    middle = found.predict([1e9, 1e10], [1e11, 1e11])
    assert ((low < middle) & (middle < high)).all()


def test_other_starting_points_find_nothing_better(ensemble):
    assert ensemble.better_elsewhere(sample=20) == 0
    assert Bootstrap.better_elsewhere.__defaults__ == (50,)


def test_worse_minima_are_counted(few, monkeypatch):
    objective = few.objective.copy()
    objective[[0, 4, 9]] *= 1 + 1e-6
    objective[[1, 12]] *= 1 + 3e-10  # within what counts as the same; and beyond the sample
    worse = replace(few, objective=objective)
    assert worse.better_elsewhere(sample=10) == pytest.approx(0.3)
    assert worse.better_elsewhere(sample=4) == pytest.approx(0.25)
    assert worse.better_elsewhere(sample=400) == pytest.approx(3 / 40)
    monkeypatch.setattr(surface, "HELD", 3 * 240)
    assert worse.better_elsewhere(sample=10) == pytest.approx(0.3)


def test_starts_that_go_astray_do_not_hide_others(few, monkeypatch):
    plain = surface.minimise

    def astray(starts, problem, weights):
        values, objective, converged = plain(starts, problem, weights)
        objective[::12] = np.nan
        return values, objective, converged

    monkeypatch.setattr(surface, "minimise", astray)
    raised = replace(few, objective=few.objective * (1 + 1e-6))
    assert raised.better_elsewhere(5) == 1


def test_a_form_that_has_two_minima_may_have_changed_sides(runs):
    draws = fit(runs, "sum").bootstrap(6, seed=1)
    assert 0 < draws.better_elsewhere(6) < 1
    raised = replace(draws, objective=draws.objective * 2)
    assert raised.better_elsewhere(6) == 1


# Errors of standard errors


@pytest.mark.parametrize("kind", ["normal", "heavy"])
def test_the_error_of_a_standard_deviation_is_that_of_repeated_draws(kind):
    rng = np.random.default_rng(0)
    draw = rng.standard_normal if kind == "normal" else lambda n: rng.laplace(size=n)
    found = np.array([standard_error(draw(500)) for _ in range(1000)])
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.08)
    assert found[:, 0].mean() == pytest.approx(1 if kind == "normal" else np.sqrt(2), rel=0.02)


def test_a_standard_error_in_whole_numbers():
    # Of n values -1, 0 and 1 as often: variance 2/3 n / (n - 1), kurtosis 3/2.
    sigma, error = standard_error([-1.0, 0.0, 1.0] * 2)
    assert sigma == pytest.approx(np.sqrt(4 / 5))
    assert error == pytest.approx(sigma * np.sqrt(0.5 / 24))
    assert standard_error([4.0, 5, 6] * 2) == pytest.approx((sigma, error))
    assert type(sigma) is float


def test_the_library_shows_these():
    assert fitting.Bootstrap is Bootstrap


# Rows of one training run


def test_rows_of_one_run_are_drawn_together():
    groups = np.repeat(np.arange(9), 4)
    counts = np.concatenate(list(drawn(36, 50, 3, groups)))
    assert counts.shape == (50, 36)
    np.testing.assert_array_equal(counts[:, ::4], joined(9, 50, 3))
    np.testing.assert_array_equal(counts, np.repeat(counts[:, ::4], 4, axis=1))


def test_groups_of_one_row_change_no_published_stream():
    np.testing.assert_array_equal(
        np.concatenate(list(drawn(9, 50, 3, np.arange(9)))), joined(9, 50, 3)
    )


def test_copies_of_a_table_leave_its_fit_and_its_intervals(huber_fit):
    rows = np.tile(np.arange(huber_fit.n), 3)
    again = fit(huber_fit.runs.take(rows))
    assert again.n == huber_fit.n
    np.testing.assert_array_equal(again.values, huber_fit.values)
    np.testing.assert_array_equal(again.bootstrap(5).values, huber_fit.bootstrap(5).values)
