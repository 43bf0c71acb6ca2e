"""Objective, gradient and Hessian of every form, against differences and in any blocks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.fitting import FORMS, MSE, VARPRO, ErrorModel, Form, kernel
from scalinglaws.fitting.family import KAPLAN
from scalinglaws.fitting.kernel import Layout, blocks, derivatives, jacobian, log_loss, terms
from scalinglaws.fitting.model import LOGARITHMS, Design
from scalinglaws.fitting.surface import Problem
from scalinglaws.runs import Runs
from tests.scalinglaws import synthetic

OWN = {
    form.name: form
    for form in (
        Form("fixed p", "", ("A", "B", "E", "alpha", "beta"), {"p": 2.0}),
        Form("fixed E", "", ("A", "B", "alpha", "beta"), {"E": 1.7}),
        Form("fixed exponents", "", ("A", "B", "E", "p"), {"alpha": 0.3, "beta": 0.4}),
        Form("no floor", "", ("A", "B", "alpha", "beta", "p")),
        Form("all", "", ("A", "B", "E", "alpha", "beta", "p", "gamma")),
        Form("fixed gamma", "", ("A", "B", "E", "alpha", "beta"), {"gamma": -0.002}),
        Form("kaplan above 1", "", ("A", "B", "alpha", "beta"), {"E": 1.0}, KAPLAN),
    )
}
ALL = FORMS | OWN
ERRORS = {
    "huber": ErrorModel("", 0.05),
    "huber, lopsided": ErrorModel("", 0.05, 0.3),
    "mse": MSE,
    "mse, lopsided": ErrorModel("", np.inf, 0.8),
    "varpro": VARPRO,
}


def near(form):
    """Return constants of a form at which both terms matter, and runs scattered about it."""
    constants = {"A": 300.0, "B": 1200.0, "E": 1.6, "alpha": 0.33, "beta": 0.35, "p": 1.4}
    constants |= {"gamma": -0.002}
    if form.tied:
        constants |= {"A": 30.0, "B": 60.0, "alpha": 0.15, "beta": 0.18}
    if form.variable == "flop":
        constants |= {"A": 400.0, "alpha": 0.12}
    values = [np.log(constants[k]) if k in LOGARITHMS else constants[k] for k in form.free]
    runs = synthetic.scattered(synthetic.LAW, 30)
    problem = Problem(Design.of(runs, form.variable), form)
    scatter = 0.08 * np.random.default_rng(3).standard_normal(30)
    loss = runs.loss * np.exp(-problem.residuals(np.array(values)) + scatter)
    return np.array(values), Runs(runs.params, runs.tokens, loss)


def problem_of(form, error):
    values, runs = near(form)
    return values, Problem(Design.of(runs, form.variable), form, error)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("form", ALL.values(), ids=ALL)
def test_derivatives_agree_with_differences(form, error, weighted):
    values, problem = problem_of(form, error)
    weights = np.random.default_rng(0).poisson(1, (1, 30)).astype(float) if weighted else None
    evaluate = problem.evaluate(error, np.float64, weights)
    point = problem.centre(values)
    value, gradient, hessian = evaluate(point[None], np.array([0]))
    steps = 1e-5 * np.eye(len(point))
    moved = problem.uncentre(np.concatenate([point + steps, point - steps]))
    # No kink lies on the way, so the charges are smooth there.
    sides = [np.sign(np.abs(r) - error.delta) + 3 * np.sign(r) for r in problem.residuals(moved)]
    assert (np.array(sides) == sides[0]).all()
    if np.isfinite(error.delta):
        assert set(np.abs(sides[0])) == {2, 4}

    objective = problem.objective(moved, weights)
    assert value[0] == pytest.approx(problem.objective(values, weights), rel=1e-10)
    np.testing.assert_allclose(
        gradient[0],
        np.subtract(*np.split(objective, 2)) / 2e-5,
        rtol=1e-5,
        atol=1e-7 * np.abs(gradient).max(),
    )
    if weighted:
        evaluate = problem.evaluate(error, np.float64, np.repeat(weights, 2 * len(point), axis=0))
    slopes = evaluate(problem.centre(moved), np.arange(2 * len(point)))[1]
    np.testing.assert_allclose(
        hessian[0],
        np.subtract(*np.split(slopes, 2)) / 2e-5,
        rtol=1e-5,
        atol=1e-7 * np.abs(hessian).max(),
    )


@pytest.mark.parametrize("form", ALL.values(), ids=ALL)
def test_the_predicted_loss_is_that_of_the_law(form):
    values, runs = near(form)
    design = Design.of(runs, form.variable)
    law = form.law(values)
    expected = (
        law.loss(runs.flop) if form.variable == "flop" else law.loss(runs.params, runs.tokens)
    )
    phi = design.centre(form.full(values))[None]
    np.testing.assert_allclose(log_loss(phi, design, form)[0], np.log(expected), rtol=1e-10)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("form", ALL.values(), ids=ALL)
def test_the_shares_of_the_terms_add_to_one(form, kind):
    values, problem = problem_of(form, MSE)
    layout = Layout(form, problem.design, kind)
    phi = problem.design.centre(form.full(values))[None].astype(kind)
    _, slopes, extra = terms(phi, layout.size, layout.data, form)
    total = slopes["s"] + slopes["d"] + slopes["e"]
    np.testing.assert_allclose(total, 1.0, rtol=10 * np.finfo(kind).eps)
    assert bool(extra) is not form.is_sum
    assert {each.dtype for each in (*slopes.values(), *extra.values())} == {np.dtype(kind)}


@pytest.mark.parametrize("form", ALL.values(), ids=ALL)
def test_slopes_of_the_constants_agree_with_differences(form):
    values, problem = problem_of(form, MSE)
    runs = problem.design
    n, d = runs.x + runs.x_mean, runs.y + runs.y_mean
    one = np.ones(runs.n)
    found = jacobian(form.full(values), np.stack([one, -n]), np.stack([one, -d, -n * d]), form)
    steps = 1e-6 * np.eye(len(values))
    ahead, behind = (-problem.residuals(values + sign * steps) for sign in (1, -1))
    np.testing.assert_allclose(found, (ahead - behind).T / 2e-6, rtol=1e-5, atol=1e-7)


# Blocks, order and precision


def everything(form, error, order=slice(None), kind=np.float64):
    """Return what is computed of seven members, with the runs in an order."""
    values, runs = near(form)
    runs = runs.take(np.arange(30)[order])
    problem = Problem(Design.of(runs, form.variable), form, error)
    rng = np.random.default_rng(1)
    points = problem.centre(values) + 0.01 * rng.standard_normal((7, len(values)))
    weights = rng.poisson(1, (7, 30)).astype(kind)[:, order]
    found = problem.evaluate(error, kind, weights)(points, np.arange(7))
    predicted = log_loss(form.full(points), problem.design, form)
    return *found, predicted[:, np.argsort(np.arange(30)[order])]


@pytest.mark.parametrize("error", [ERRORS["huber, lopsided"], VARPRO], ids=["huber", "varpro"])
@pytest.mark.parametrize("name", ["chinchilla", "kaplan+floor", "all", "curve"])
@pytest.mark.parametrize(("cells", "columns"), [(40, 7), (7, 7), (1, 30), (90, 30), (61, 8)])
def test_results_do_not_depend_on_the_blocks(monkeypatch, name, error, cells, columns):
    whole = everything(ALL[name], error)
    monkeypatch.setattr(kernel, "CELLS", cells)
    monkeypatch.setattr(kernel, "_COLUMNS", columns)
    for one, other in zip(whole, everything(ALL[name], error), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-10, atol=1e-10 * np.abs(one).max())


@pytest.mark.parametrize("error", [ERRORS["huber, lopsided"], VARPRO], ids=["huber", "varpro"])
@pytest.mark.parametrize("name", ["chinchilla", "kaplan+floor", "all", "curve"])
def test_results_do_not_depend_on_the_order_of_the_runs(name, error):
    mixed = np.random.default_rng(2).permutation(30)
    for one, other in zip(
        everything(ALL[name], error), everything(ALL[name], error, mixed), strict=True
    ):
        np.testing.assert_allclose(other, one, rtol=1e-10, atol=1e-10 * np.abs(one).max())


@pytest.mark.parametrize("error", [ERRORS["huber, lopsided"], VARPRO], ids=["huber", "varpro"])
@pytest.mark.parametrize("form", ALL.values(), ids=ALL)
def test_single_precision_is_near(form, error):
    double, single = everything(form, error), everything(form, error, kind=np.float32)
    assert any((one != other).any() for one, other in zip(double, single, strict=True))
    for one, other in zip(double, single, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-2, atol=2e-4 * np.abs(one).max())


@given(st.integers(1, 300), st.integers(1, 20_000))
@settings(max_examples=30)
def test_blocks_cover_the_table_once(rows, columns):
    pieces = blocks(rows, columns)
    sizes = [(r.stop - r.start) * (c.stop - c.start) for r, c in pieces]
    assert sum(sizes) == rows * columns
    assert 0 < min(sizes) <= max(sizes) <= kernel.CELLS
    assert len({(r.start, c.start) for r, c in pieces}) == len(pieces)
    assert (pieces[0][0].start, pieces[0][1].start) == (0, 0)
    assert (pieces[-1][0].stop, pieces[-1][1].stop) == (rows, columns)


def test_blocks_are_as_large_as_the_cache_takes():
    assert blocks(16, 10_000) == [
        (slice(0, 7), slice(0, 8192)), (slice(0, 7), slice(8192, 10_000)),
        (slice(7, 14), slice(0, 8192)), (slice(7, 14), slice(8192, 10_000)),
        (slice(14, 16), slice(0, 8192)), (slice(14, 16), slice(8192, 10_000)),
    ]  # fmt: skip
    assert blocks(300, 240)[0] == (slice(0, 256), slice(0, 240))


def test_a_layout_has_what_multiplies_each_constant():
    form = ALL["all"]
    _, problem = problem_of(form, MSE)
    layout, design = Layout(form, problem.design, np.float64), problem.design
    assert layout.places == {"s": [0, 3], "d": [1, 4, 6], "e": [2], "q": [5]}
    np.testing.assert_array_equal(layout.by["d"], design.data.T)
    np.testing.assert_array_equal(layout.products["s", "d"][:, 1], -design.y)
    assert Layout(FORMS["curve"], design, np.float64).places == {"s": [0, 1]}


# Far from any law


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["chinchilla", "powermean", "kaplan"])
@pytest.mark.parametrize("far", [-1e4, 1e4])
@pytest.mark.parametrize("place", range(6))
def test_a_start_far_from_the_runs_is_finite(name, kind, far, place):
    form = FORMS[name]
    values, problem = problem_of(form, MSE)
    phi = problem.design.centre(form.full(values))[None]
    phi[0, place] = far
    layout = Layout(form, problem.design, kind)
    value, gradient, hessian = derivatives(
        phi, layout, form, lambda r, *_: ERRORS["huber"].charge(r, np.ones_like(r)), None, kind
    )
    assert np.isfinite([value[0], *gradient[0], *hessian.ravel()]).all()


def clipped(kind, name="chinchilla", **at):
    """Return the log loss and slopes of one run at s, d, e and q."""
    phi = np.zeros((1, 7), kind)
    for place, key in enumerate("sdexyq"):
        phi[0, place] = at.get(key, 0.0)
    one = np.ones((1, 1), kind)
    size, data = np.concatenate([one, 0 * one]), np.concatenate([one, 0 * one, 0 * one])
    loss, slopes, extra = terms(phi, size, data, FORMS[name])
    return float(loss[0, 0]), {k: float(v[0, 0]) for k, v in slopes.items()}, extra


@pytest.mark.parametrize(("kind", "reach"), [(np.float64, 600), (np.float32, 80)])
@pytest.mark.parametrize("name", ["chinchilla", "powermean"])
@pytest.mark.parametrize("key", "sde")
def test_logarithms_are_clipped_where_exponentials_still_can_be_told(kind, reach, name, key):
    assert clipped(kind, name, **{key: reach + 50})[0] == pytest.approx(reach)
    assert clipped(kind, name, **{key: reach - 5})[0] == pytest.approx(reach - 5)
    lowest = clipped(kind, name, s=-9999, d=-9999, e=-9999)[0]
    assert lowest == pytest.approx(np.log(3) - reach, rel=1e-6)


def test_the_power_stays_where_it_can_be_told():
    for q, kept in ((-9.0, -3.0), (-3.1, -3.0), (6.1, 6.0), (9.0, 6.0)):
        assert clipped(np.float64, "powermean", s=0.3, q=q)[0] == pytest.approx(
            clipped(np.float64, "powermean", s=0.3, q=kept)[0], rel=1e-12
        )
    for q in (-2.9, 5.9):
        p = np.exp(q)
        expected = np.log(1 + (np.exp(0.003 * p) + 1) ** (1 / p))
        assert clipped(np.float64, "powermean", s=0.003, q=q)[0] == pytest.approx(expected)
