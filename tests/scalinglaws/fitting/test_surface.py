"""Minima for many starts and many weightings at once: that they are minima, and the lowest."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear, minimize

from scalinglaws import reading
from scalinglaws.fitting import (
    ERROR_MODELS,
    FORMS,
    HUBER,
    LAD,
    MSE,
    VARPRO,
    ErrorModel,
    fit,
    surface,
)
from scalinglaws.fitting.kernel import jacobian
from scalinglaws.fitting.model import Design
from scalinglaws.fitting.surface import PAPER_STARTS, Problem, from_exponents, minimise
from scalinglaws.runs import Runs
from tests.scalinglaws import synthetic

NOISY = synthetic.scattered(synthetic.LAW, 60, noise=0.02)
TRUE = FORMS["chinchilla"].values(synthetic.LAW)
SCALES = {"A": 1.5, "B": 1.5, "E": 1.0, "alpha": 0.15, "beta": 0.15, "p": 0.7, "gamma": 0.01}


def problem_of(form="chinchilla", error=HUBER, runs=NOISY):
    return Problem(Design.of(runs, FORMS[form].variable), FORMS[form], error)


def around(found, number, seed=0):
    """Return random points about a fit, far enough for other minima to be found."""
    rng, free = np.random.default_rng(seed), found.form.free
    points = np.repeat(found.problem.centre(found.values)[None], number, axis=0)
    points += rng.normal(size=points.shape) * [SCALES[name] for name in free]
    places = [i for i, name in enumerate(free) if name in ("alpha", "beta")]
    points[:, places] = np.abs(points[:, places]) + 0.01
    return found.problem.uncentre(points)


# The objective


@pytest.mark.parametrize("error", ERROR_MODELS.values(), ids=ERROR_MODELS)
def test_the_objective_is_what_the_residuals_are_charged(error):
    problem = problem_of(error=error)
    predicted = synthetic.LAW.loss(NOISY.params, NOISY.tokens)
    residuals = np.log(NOISY.loss / predicted)
    np.testing.assert_allclose(problem.residuals(TRUE), residuals, atol=1e-12)
    charges = (NOISY.loss - predicted) ** 2 if error is VARPRO else error.rho(residuals)
    assert problem.objective(TRUE) == pytest.approx(charges.sum(), rel=1e-9)
    weights = np.arange(60.0)
    assert problem.objective(TRUE, weights) == pytest.approx(charges @ weights, rel=1e-9)


def test_the_objective_of_many_constants_at_once():
    problem = problem_of()
    values = TRUE + 0.01 * np.random.default_rng(0).normal(size=(2, 3, 5))
    weights = np.random.default_rng(1).poisson(1, (2, 3, 60))
    assert problem.residuals(values).shape == (2, 3, 60)
    objective = problem.objective(values.tolist(), weights.tolist())
    assert objective.shape == (2, 3)
    for place in np.ndindex(2, 3):
        alone = problem.objective(values[place], weights[place])
        assert objective[place] == pytest.approx(float(alone), rel=1e-12)
    assert problem.objective(values)[1, 2] == pytest.approx(float(problem.objective(values[1, 2])))


@pytest.mark.parametrize("form", FORMS)
def test_uncentre_inverts_centre(form):
    problem = problem_of(form)
    values = np.random.default_rng(0).uniform(0.1, 2, (4, len(problem.form.free)))
    centred = problem.centre(values)
    assert np.abs(centred - values).max() > 1
    np.testing.assert_allclose(problem.uncentre(centred), values, atol=1e-10)


def test_runs_are_laid_out_once_for_each_precision():
    problem = problem_of()
    assert problem.layout(np.float32) is problem.layout(np.float32)
    assert problem.layout(np.float32).by["d"].dtype == np.float32
    assert problem.layout(np.float64).by["d"].dtype == np.float64
    assert problem_of().error is HUBER
    assert "_layouts" not in repr(problem)
    assert Problem(problem.design, FORMS["sum"]).error is HUBER


def differences(problem, evaluate, points, width):
    """Check gradient and Hessian of one point against differences of value and gradient."""
    k = points.shape[1]
    value, gradient, hessian = evaluate(points, np.array([0]))
    moved = np.concatenate([points + width * np.eye(k), points - width * np.eye(k)])
    values, slopes, _ = evaluate(moved, np.zeros(2 * k, dtype=int))
    np.testing.assert_allclose(
        gradient[0], np.subtract(*np.split(values, 2)) / (2 * width), rtol=1e-5,
        atol=1e-7 * np.abs(gradient).max(),
    )  # fmt: skip
    np.testing.assert_allclose(
        hessian[0], np.subtract(*np.split(slopes, 2)) / (2 * width), rtol=1e-5,
        atol=1e-6 * np.abs(hessian).max(),
    )  # fmt: skip
    return value[0]


@pytest.mark.parametrize("error", [MSE, VARPRO], ids=["mse", "varpro"])
def test_other_coordinates_by_the_chain_rule(error):
    problem = problem_of(error=error)

    def embedding(points, _):
        """Of exponents that are given by their sum and by the share of beta in it."""
        total, share = points[:, 3], points[:, 4]
        phi = np.zeros((len(points), 7))
        phi[:, :3], phi[:, 3], phi[:, 4] = points[:, :3], total * (1 - share), total * share
        first = np.broadcast_to(np.eye(5), (len(points), 5, 5)).copy()
        first[:, 3, 3], first[:, 3, 4], first[:, 4, 3], first[:, 4, 4] = (
            1 - share,
            -total,
            share,
            total,
        )
        second = np.zeros((len(points), 5, 5, 5))
        second[:, 3, 3, 4] = second[:, 3, 4, 3] = -1
        second[:, 4, 3, 4] = second[:, 4, 4, 3] = 1
        return phi, first, second

    point = problem.centre(TRUE)[None]
    point[0, 3:] = 0.71, 0.36 / 0.71
    weights = np.random.default_rng(0).poisson(1, (1, 60)).astype(float)
    evaluate = problem.evaluate(error, np.float64, weights, embedding=embedding)
    value = differences(problem, evaluate, point, 1e-5)
    assert value == pytest.approx(float(problem.objective(TRUE, weights[0])), rel=1e-9)


@pytest.mark.parametrize("tau", [0.5, 0.3])
def test_the_envelope_of_the_shifted_absolute_error(tau):
    width, shift = 0.02, 0.03 * np.random.default_rng(2).normal(size=(3, 60))
    problem = problem_of(error=ErrorModel("", 0.0, tau))
    narrow = ErrorModel("", width, tau)
    evaluate = problem.evaluate(narrow, np.float64, None, shift)
    point = problem.centre(TRUE)[None]
    value = differences(problem, evaluate, point, 1e-7)
    # The envelope is the lowest of the charge at u, times the width, and the square of r - u.
    r = problem.residuals(TRUE) + shift[0]
    u = np.linspace(-0.3, 0.3, 60_001)[:, None]
    lowest = (width * problem.error.rho(u) + (r - u) ** 2 / 2).min(axis=0)
    assert value == pytest.approx(lowest.sum(), rel=1e-6)
    third, _, _ = evaluate(point, np.array([2]))
    assert third[0] != pytest.approx(value, rel=1e-3)


# The way down


def test_kinks_are_approached_from_the_squared_error():
    np.testing.assert_allclose(
        surface._kink_path(1e-3), [np.inf, 0.03, 0.0075, 0.001875], rtol=1e-12
    )
    np.testing.assert_allclose(surface._kink_path(0.0075), [np.inf, 0.03], rtol=1e-12)
    np.testing.assert_allclose(surface._kink_path(0.0074), [np.inf, 0.03, 0.0075], rtol=1e-12)
    assert surface._kink_path(0.03) == [np.inf]
    assert surface._kink_path(1.0) == [np.inf]
    assert surface._kink_path(np.inf) == []


@pytest.fixture
def stages(monkeypatch):
    """Settings of each call of Newton's method, in order."""
    made, newton = [], surface.damped_newton

    def record(points, evaluate, scale, tolerance, iterations, **settings):
        made.append((scale.copy(), tolerance, iterations, settings))
        return newton(points, evaluate, scale, tolerance, iterations, **settings)

    monkeypatch.setattr(surface, "damped_newton", record)
    return made


def test_the_way_to_a_huber_fit(stages):
    coarse, single = {"gain": 1e-4, "noise": 1e-6}, {"gain": 1e-7, "noise": 1e-6}
    minimise(TRUE[None], problem_of())
    widths = [0.03, 0.03, 0.0075, 0.001875, 1e-3, 1e-3]
    np.testing.assert_allclose([s[0][0] for s in stages], 60 * np.array(widths), rtol=1e-12)
    assert [s[1:] for s in stages] == [
        *[(1e-5, 20, coarse)] * 4, (1e-6, 15, single), (1e-10, 200, {"damping": 1e-8}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("delta", "scales", "tolerances"),
    [
        (1e-3, [2e-3, 2e-3], [1e-6, 1e-10]),
        (1e-5, [2e-5, 2e-5], [1e-6, 1e-9]),
        (0.9e-5, [1.8e-5], [1e-14 / 0.9e-5]),
        (np.inf, [0.06, 0.06], [1e-6, 1e-10]),
    ],
)
def test_the_way_from_near_is_short(stages, delta, scales, tolerances):
    problem = problem_of(error=ErrorModel("", delta))
    values, *_ = minimise(TRUE[None], problem)
    stages.clear()
    minimise(values, problem, np.full((1, 60), 2.0), near=True)
    np.testing.assert_allclose([s[0][0] for s in stages], 60 * np.array(scales), rtol=1e-12)
    np.testing.assert_allclose([s[1] for s in stages], tolerances, rtol=1e-9)


def test_unless_said_otherwise_a_start_is_far(stages):
    problem = problem_of()
    surface.descend(
        problem.centre(TRUE[None]),
        lambda error, kind: problem.evaluate(error, kind, None),
        np.array([60.0]),
        HUBER,
    )
    assert len(stages) == 6
    stages.clear()
    minimise(TRUE[None], problem)
    assert len(stages) == 6


def test_members_that_do_not_get_there_from_near_go_the_long_way(monkeypatch):
    problem = problem_of()
    weights = np.random.default_rng(0).poisson(1, (4, 60)).astype(float)
    plain, asked = surface._once, []

    def once(points, problem, weights, near):
        """Lose the middle two: only the first of them does better the long way."""
        asked.append((len(points), near, None if weights is None else weights.copy()))
        ends, value, _ = plain(points, problem, weights, near)
        if near:
            return ends + 1, value * [1, 2, 1, 1], np.array([True, False, False, True])
        return ends, value * [1, 2], np.array([True, False])

    ends, value, _ = plain(problem.centre(np.repeat(TRUE[None], 4, axis=0)), problem, weights, True)
    monkeypatch.setattr(surface, "_once", once)
    found = minimise(np.repeat(TRUE[None], 4, axis=0), problem, weights, near=True)
    assert [step[:2] for step in asked] == [(4, True), (2, False)]
    np.testing.assert_array_equal(asked[1][2], weights[[1, 2]])
    moved = np.array([[1.0], [0], [1], [1]])
    np.testing.assert_allclose(problem.centre(found[0]), ends + moved, atol=1e-7)
    np.testing.assert_allclose(found[1], value, rtol=1e-9)
    assert found[2].tolist() == [True, True, False, True]
    asked.clear()
    monkeypatch.setattr(surface, "_once", lambda *args: asked.append(args[-1]) or plain(*args))
    minimise(TRUE[None] * 1.001, problem, near=True)
    assert asked == [True]


def test_a_lower_end_of_the_long_way_is_kept_even_if_it_has_not_converged(monkeypatch):
    answers = {
        True: (np.zeros((2, 5)), np.array([3.0, 3.0])),
        False: (np.ones((2, 5)), np.array([2.0, 4])),
    }
    monkeypatch.setattr(
        surface,
        "_once",
        lambda p, q, w, near: (*(v.copy() for v in answers[near]), np.zeros(2, bool)),
    )
    problem = problem_of()
    ends, value, converged = surface._minimise(np.zeros((2, 5)), problem, None, True)
    assert ends[:, 0].tolist() == [1, 0]
    assert value.tolist() == [2, 3]
    assert not converged.any()
    ends, *_ = surface._minimise(np.zeros((2, 5)), problem, None, False)
    assert (ends == 1).all()


def test_the_way_to_the_absolute_error(stages):
    minimise(TRUE[None], problem_of(error=ErrorModel("", 0.0, 0.4)), np.full((1, 60), 3.0))
    envelopes = stages[6:]
    assert len(stages[:6]) == 6
    widths = [max(1e-4 * 0.3**i, 1e-6) for i in range(len(envelopes))]
    assert len(envelopes) >= 3
    np.testing.assert_allclose([s[0][0] for s in envelopes], 180 * np.array(widths), rtol=1e-12)
    tolerances = [max(1e-9, 1e-14 / width) for width in widths]
    np.testing.assert_allclose([s[1] for s in envelopes], tolerances, rtol=1e-9)
    assert {s[2] for s in envelopes} == {60}
    assert envelopes[0][3] == {"damping": 1e-6, "gain": 1e-13}


def test_the_shifts_of_the_absolute_error_are_the_slopes_found(monkeypatch):
    problem, given = problem_of(error=LAD), []
    plain = Problem.evaluate

    def record(self, error, kind, weights, shift=None):
        if shift is not None:
            given.append((error.delta, shift.copy()))
        return plain(self, error, kind, weights, shift)

    monkeypatch.setattr(Problem, "evaluate", record)
    minimise(np.stack([TRUE, TRUE + 0.01]), problem)
    widths = [width for width, _ in given]
    assert widths[:2] == pytest.approx([1e-4, 3e-5])
    assert not given[0][1].any()
    for width, shift in given[1:]:
        assert np.abs(shift).max() == pytest.approx(width)
    values, *_ = minimise(TRUE[None], problem)
    off = np.abs(problem.residuals(values[0])) > 1e-3
    sides = np.sign(problem.residuals(values[0]))[off]
    np.testing.assert_allclose(given[-1][1][0][off] / given[-1][0], sides)


def test_the_absolute_error_is_given_up_after_fourteen_rounds(monkeypatch):
    newton, calls = surface.damped_newton, []

    def restless(*args, **settings):
        calls.append(args[3])
        ends, value, converged = newton(*args, **settings)
        return ends, value, converged & False

    monkeypatch.setattr(surface, "damped_newton", restless)
    _, objective, converged = surface._absolute(
        problem_of(error=LAD).centre(TRUE[None]), problem_of(error=LAD), None, np.array([60.0])
    )
    assert len(calls) == 14
    assert not converged.any()
    assert np.isfinite(objective).all()


def test_members_that_do_not_fit_together_are_done_in_turn(monkeypatch):
    problem = problem_of()
    rng = np.random.default_rng(0)
    starts = TRUE + 0.05 * rng.normal(size=(7, 5))
    weights = rng.poisson(1, (7, 60))
    done, one_by_one = [], surface._minimise
    whole = minimise(starts, problem, weights)

    def record(points, *rest):
        done.append(len(points))
        return one_by_one(points, *rest)

    monkeypatch.setattr(surface, "_minimise", record)
    for held, parts in ((3 * 60, [3, 3, 1]), (3 * 60 - 1, [2, 2, 2, 1]), (1, [1] * 7)):
        monkeypatch.setattr(surface, "HELD", held)
        done.clear()
        found = minimise(starts, problem, weights.tolist())
        assert done == parts
        np.testing.assert_allclose(found[0], whole[0], rtol=1e-7)
        np.testing.assert_allclose(found[1], whole[1], rtol=1e-10)
        np.testing.assert_array_equal(found[2], whole[2])


def test_one_start_may_be_a_plain_list():
    values, objective, converged = minimise(TRUE.tolist(), problem_of())
    assert (values.shape, objective.shape, converged.tolist()) == ((1, 5), (1,), [True])


def test_the_papers_starts():
    assert PAPER_STARTS.shape == (4500, 5)
    assert [len(np.unique(column)) for column in PAPER_STARTS.T] == [6, 6, 5, 5, 5]
    np.testing.assert_allclose(PAPER_STARTS.min(axis=0), [0, 0, -1, 0, 0])
    np.testing.assert_allclose(PAPER_STARTS.max(axis=0), [25, 25, 1, 2, 2])
    assert len(np.unique(PAPER_STARTS, axis=0)) == 4500


def test_starts_of_equal_exponents_are_one(monkeypatch):
    problem = problem_of()
    begun, plain = [], surface.minimise
    monkeypatch.setattr(surface, "minimise", lambda s, p: begun.append(s) or plain(s, p))
    a, b = [1.0, 2, 3, 0.3, 0.4], [9.0, 9, 0, 0.3, 0.4]
    values, objective, converged = from_exponents([a, [0, 0, 0, 0.5, 0.2], b], problem)
    assert begun[0].shape == (2, 5)
    assert (values.shape, objective.shape, converged.all()) == ((3, 5), (3,), True)
    np.testing.assert_array_equal(values[0], values[2])
    assert objective[0] == objective[2]
    # Each in its place: the amplitudes that are best at the exponents it has.
    np.testing.assert_allclose(begun[0][:, 3:], [[0.3, 0.4], [0.5, 0.2]])


def test_each_start_has_the_end_of_its_own_exponents(monkeypatch):
    monkeypatch.setattr(surface, "minimise", lambda s, p: (s, s[:, 3], s[:, 3] > 0.4))
    values, objective, converged = from_exponents(
        [[0.0, 0, 0, 0.5, 0.2], [1, 1, 1, 0.3, 0.4], [2, 2, 2, 0.5, 0.2]], problem_of()
    )
    np.testing.assert_allclose(values[:, 3], [0.5, 0.3, 0.5])
    np.testing.assert_allclose(objective, [0.5, 0.3, 0.5])
    assert converged.tolist() == [True, False, True]


# The minima


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "error",
    [HUBER, MSE, VARPRO, ErrorModel("lopsided", 1e-3, 0.2), ErrorModel("sharp", 1e-6)],
    ids=lambda error: error.name,
)
def test_another_optimiser_finds_nothing_lower(runs, form, error):
    found = fit(runs, form, error=error)
    assert found.status == "converged"
    start = found.problem.centre(found.values)
    evaluate = found.problem.evaluate(error, np.float64, None)

    def function(point):
        value, gradient, _ = evaluate(point[None], np.array([0]))
        return float(value[0]), gradient[0]

    scale = function(start)[0]
    rng = np.random.default_rng(0)
    for _ in range(2):
        moved = start + 0.002 * rng.normal(size=len(start))
        other = minimize(function, moved, jac=True, method="BFGS", options={"gtol": 1e-9 * scale})
        # Between sharp kinks lie several minima, a few millionths apart. NaN is of no form.
        apart = 1e-5 if error.name == "sharp" else 1e-9
        assert not other.fun < found.objective * (1 - apart)
    assert found.objective == pytest.approx(float(found.problem.objective(found.values)), rel=1e-9)
    steepness = np.abs(function(start)[1]).max()
    assert steepness <= 1e-6 * 240 * min(error.delta, 0.03)


def test_a_resample_reaches_the_bottom(design, huber_fit):
    rng = np.random.default_rng(5)
    counts = rng.multinomial(240, np.full(240, 1 / 240), size=40).astype(float)
    starts = np.repeat(huber_fit.values[None], 40, axis=0)
    _, value, converged = minimise(starts, huber_fit.problem, counts, near=True)
    assert converged.all()
    jitter = rng.normal(size=(40, 5)) * [0.3, 0.6, 0.02, 0.02, 0.03]
    _, other, _ = minimise(starts + jitter, huber_fit.problem, counts)
    np.testing.assert_allclose(value, other, rtol=1e-9)


TABLES = ("hoffmann2022_runs", *reading.SUITES)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("error", ["huber", "lad"])
def test_no_random_start_ends_lower(table, error):
    found = fit(reading.read_runs(table), error=error)
    _, objective, _ = minimise(around(found, 500 if error == "huber" else 60), found.problem)
    assert found.converged
    assert np.nanmin(objective) == pytest.approx(found.objective, rel=1e-8)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("form", [form for form in FORMS if form != "chinchilla"])
def test_no_random_start_of_another_form_ends_lower(table, form):
    found = fit(reading.read_runs(table), form)
    with np.errstate(all="ignore"):
        _, objective, _ = minimise(around(found, 20), found.problem)
    assert found.converged or found.status.startswith("at a bound")
    assert np.nanmin(objective) >= found.objective * (1 - 1e-8)


# The absolute error


@pytest.mark.parametrize("tau", [0.5, 0.25, 0.75])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("form", ["chinchilla", "kaplan", "curve+floor"])
def test_slopes_at_the_least_absolute_error_balance(runs, form, weighted, tau):
    # Koenker and Bassett 1978, Theorem 3.3: as many runs as constants lie on the law, and their
    # slopes, between those of either side, balance the others.
    problem = problem_of(form, ErrorModel("", 0.0, tau), runs)
    start = fit(runs, form).values
    weights = np.random.default_rng(4).poisson(1, 240) if weighted else np.ones(240)
    values, objective, converged = minimise(start[None], problem, weights[None])
    assert converged[0]
    residuals = problem.residuals(values[0])
    on = (np.abs(residuals) < 1e-8) & (weights > 0)
    assert on.sum() == len(start)
    design = problem.design
    full = design.centre(problem.form.full(values[0]))
    slopes = jacobian(full, design.size, design.data, problem.form) * weights[:, None]
    sides = np.where(residuals > 0, 2 * tau, -2 * (1 - tau))
    rest = sides[~on] @ slopes[~on]
    found = lsq_linear(slopes[on].T, -rest, bounds=(-2 * (1 - tau), 2 * tau))
    assert np.abs(slopes[on].T @ found.x + rest).max() < 1e-6 * np.abs(slopes).sum()
    assert objective[0] == pytest.approx(float(problem.objective(values[0], weights)), rel=1e-10)


def test_the_simplex_finds_no_lower_absolute_error(lad_fit):
    problem = lad_fit.problem
    rng = np.random.default_rng(0)
    for _ in range(3):
        start = problem.centre(lad_fit.values) + 0.02 * rng.normal(size=5)
        found = minimize(
            lambda point: float(problem.objective(problem.uncentre(point))), start,
            method="Nelder-Mead", options={"maxfev": 4000, "xatol": 1e-9, "fatol": 1e-12},
        )  # fmt: skip
        assert lad_fit.objective <= found.fun


@pytest.mark.parametrize("tau", [0.25, 0.75])
def test_a_quantile_fit_leaves_its_share_above(runs, tau):
    found = fit(runs, error=ErrorModel("quantile", 0.0, tau))
    assert found.converged
    # Koenker and Bassett 1978, Theorem 3.4: up to the five runs on the fit itself.
    assert np.mean(found.residuals > 1e-9) == pytest.approx(1 - tau, abs=5 / 240)
    assert np.mean(found.residuals < -1e-9) == pytest.approx(tau, abs=5 / 240)


def test_members_of_the_absolute_error_are_their_own(runs):
    problem = problem_of(error=LAD, runs=runs)
    weights = np.random.default_rng(0).poisson(1, (6, 240)).astype(float)
    start = np.repeat(fit(runs).values[None], 6, axis=0)
    values, objective, converged = minimise(start, problem, weights, near=True)
    assert converged.all()
    for i in range(6):
        alone = minimise(start[:1], problem, weights[i : i + 1])
        np.testing.assert_allclose(values[i], alone[0][0], rtol=1e-7)
        assert objective[i] == pytest.approx(alone[1][0], rel=1e-10)


def test_exact_losses_have_no_absolute_error():
    exact = synthetic.scattered(synthetic.LAW)
    values, objective, _ = minimise(TRUE[None] + 0.01, problem_of(error=LAD, runs=exact))
    np.testing.assert_allclose(values[0], TRUE, rtol=1e-4)
    assert objective[0] < 1e-6


def test_the_columns_of_longer_tables_do_not_matter(monkeypatch):
    many = synthetic.scattered(synthetic.LAW, 300, noise=0.02)
    problem = problem_of(runs=many)
    whole = minimise(TRUE[None], problem)
    monkeypatch.setattr("scalinglaws.fitting.kernel._COLUMNS", 70)
    parts = minimise(TRUE[None], problem)
    np.testing.assert_allclose(parts[0], whole[0], rtol=1e-8)
    twice = Runs(*(np.tile(v, 2) for v in (many.params, many.tokens, many.loss)))
    double = minimise(TRUE[None], problem_of(runs=twice))
    np.testing.assert_allclose(double[0], whole[0], rtol=1e-7)
    assert double[1][0] == pytest.approx(2 * whole[1][0], rel=1e-9)
