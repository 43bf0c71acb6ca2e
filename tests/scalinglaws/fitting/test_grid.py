"""Where fits start: exponents on a grid and the amplitudes that are best at each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import nnls

from scalinglaws.fitting import FORMS, MSE, Form, grid
from scalinglaws.fitting.family import KAPLAN, NOTHING
from scalinglaws.fitting.model import Design
from scalinglaws.fitting.surface import Problem
from scalinglaws.laws import GeneralLaw, ParametricLaw, PowerLaw
from scalinglaws.runs import Runs
from tests.scalinglaws import synthetic

exponents = st.floats(0.05, 2.0)


def basis(alpha, beta, design):
    return np.stack(
        [np.ones(design.n), np.exp(-alpha * design.x), np.exp(-beta * design.y)], axis=1
    )


def best(alpha, beta, design, weights):
    """Return amplitudes and objective by the active-set method of Lawson and Hanson."""
    root, loss = np.sqrt(weights), np.exp(design.log_loss)
    found, norm = nnls(root[:, None] * basis(alpha, beta, design), root * loss)
    return found, norm**2


# Amplitudes at given exponents


@pytest.mark.parametrize(("alpha", "beta"), [(0.35, 0.36), (0.1, 1.5), (1.9, 0.06), (2.0, 2.0)])
def test_amplitudes_agree_with_active_sets(design, alpha, beta):
    weights = np.random.default_rng(0).poisson(1, design.n).astype(float)
    for w in (np.ones(design.n), weights):
        found = grid.project(alpha, beta, design, w)
        amplitudes, objective = best(alpha, beta, design, w)
        np.testing.assert_allclose(found.amplitudes[0], amplitudes, rtol=1e-7, atol=1e-9)
        assert found.objective[0] == pytest.approx(objective, rel=1e-8)


def rising(*signs):
    """Return runs whose losses fall or rise with size and with data, and a floor of a sign."""
    runs = synthetic.scattered(ParametricLaw(1.0, 1.0, 1.0, 0.3, 0.3))
    design = Design.of(runs)
    loss = basis(0.3, 0.4, design) @ np.array(signs)
    return Design.of(Runs(runs.params, runs.tokens, loss - min(loss.min() - 0.1, 0)))


@pytest.mark.parametrize("floor", [-0.4, 0.0, 2.0])
@pytest.mark.parametrize("size", [-0.4, 0.0, 1.0])
@pytest.mark.parametrize("data", [-0.4, 0.0, 1.0])
def test_any_of_the_amplitudes_may_be_zero(floor, size, data):
    design = rising(floor, size, data)
    found = grid.project([0.25, 0.3, 0.9], [0.4, 0.4, 0.1], design, np.ones(design.n))
    assert (found.amplitudes >= 0).all()
    for i, pair in enumerate([(0.25, 0.4), (0.3, 0.4), (0.9, 0.1)]):
        amplitudes, objective = best(*pair, design, np.ones(design.n))
        np.testing.assert_allclose(found.amplitudes[i], amplitudes, rtol=1e-6, atol=1e-7)
        assert found.objective[i] == pytest.approx(objective, rel=1e-7, abs=1e-10)


def test_members_have_their_own_weights(design):
    weights = np.random.default_rng(1).poisson(1, (5, design.n)).astype(float)
    alpha = np.linspace(0.2, 0.6, 5)
    together = grid.project(alpha, 0.3, design, weights)
    for i in range(5):
        alone = grid.project(alpha[i], 0.3, design, weights[i])
        np.testing.assert_allclose(together.amplitudes[i], alone.amplitudes[0], rtol=1e-10)
        assert together.objective[i] == pytest.approx(alone.objective[0], rel=1e-10)


@pytest.mark.parametrize("own", [False, True])
def test_members_are_taken_a_few_at_a_time(design, monkeypatch, own):
    weights = np.random.default_rng(1).poisson(1, (7, design.n)).astype(float)
    weights = weights if own else weights[0]
    alpha, beta = np.linspace(0.2, 0.6, 7), np.linspace(0.7, 0.1, 7)
    whole = grid.project(alpha, beta, design, weights)
    monkeypatch.setattr(grid, "CELLS", 3 * design.n + 1)
    assert [(b.start, b.stop) for b in grid._blocks(7, design.n)] == [(0, 3), (3, 6), (6, 7)]
    assert len(grid._blocks(2, 10**6)) == 2
    few = grid.project(alpha, beta, design, weights)
    np.testing.assert_allclose(few.amplitudes, whole.amplitudes, rtol=1e-12)
    np.testing.assert_allclose(few.objective, whole.objective, rtol=1e-9)


@pytest.mark.parametrize(
    "signs", [(2.0, 1.0, 1.0), (-0.4, 1.0, 1.0), (2.0, -0.4, 1.0), (2, 1, -0.4)]
)
def test_a_grid_has_the_amplitudes_of_every_pair(signs):
    design = rising(*signs)
    alpha, beta = [0.1, 0.3, 1.0], [0.2, 0.4]
    weights = np.random.default_rng(1).poisson(1, design.n).astype(float)
    pairs = grid.project_grid(alpha, beta, design, weights)
    single = grid.project(np.repeat(alpha, 2), np.tile(beta, 3), design, weights)
    np.testing.assert_allclose(pairs.amplitudes, single.amplitudes, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(pairs.objective, single.objective, rtol=1e-8, atol=1e-12)


def test_exponents_that_cannot_be_told_from_a_floor_give_no_negative_amplitude():
    design = rising(2.0, 1.0, 1.0)
    found = grid.project([0.0, 0.0, 1e-9], [0.3, 0.0, 0.3], design, np.ones(design.n))
    assert (found.amplitudes >= 0).all()
    for i, beta in enumerate((0.3, 0.0, 0.3)):
        assert found.objective[i] == pytest.approx(
            best(0.0, beta, design, np.ones(40))[1], rel=1e-6
        )


def test_where_nothing_fits_all_amplitudes_are_zero():
    gram, right = np.eye(3)[None], -np.ones((1, 3))
    found = grid._best_subset(gram, right, 2.0)
    np.testing.assert_array_equal(found.amplitudes, 0)
    np.testing.assert_array_equal(found.objective, 2)


def test_an_amplitude_of_exactly_zero_will_do():
    found = grid._best_subset(np.eye(3)[None], np.array([[0.0, 1.0, 2.0]]), 9.0)
    np.testing.assert_array_equal(found.amplitudes, [[0, 1, 2]])
    np.testing.assert_array_equal(found.objective, [4])


@pytest.mark.parametrize(("apart", "singular"), [(1e-7, True), (1e-6, False)])
def test_systems_are_singular_to_rounding(apart, singular):
    gram = np.array([[[1.0, 1 - apart**2], [1 - apart**2, 1.0]]]) * np.array(
        [[4.0, 6.0], [6.0, 9.0]]
    )
    solved = grid._solve(gram, np.array([[1.0, 2.0]]))
    assert bool((solved == -1).all()) is singular
    if not singular:
        np.testing.assert_allclose(gram[0] @ solved[0], [1, 2], rtol=1e-3)


# Coordinates


def test_an_absent_term_stands_on_flat_ground():
    found = grid.coordinates([0.3, 0.1], [0.4, 0.2], np.array([[0.0, 2.0, 3.0], [1.0, 0.0, 0.0]]))
    np.testing.assert_allclose(
        found,
        [[np.log(2), np.log(3), -50, 0.3, 0.4, 0, 0], [-50, -50, 0, 0.1, 0.2, 0, 0]],
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_amplitudes_are_solved_for_relative_errors(design, weighted):
    weights = np.random.default_rng(0).poisson(1, design.n).astype(float) if weighted else None
    points = np.array([[9.0, 9, 9, 0.3, 0.5, 9, 9], [0, 0, 0, 0.6, 0.2, 0, 0]])
    found = grid.with_amplitudes(points, design, weights)
    for point, (alpha, beta) in zip(found, [(0.3, 0.5), (0.6, 0.2)], strict=True):
        counts = np.ones(design.n) if weights is None else weights
        amplitudes, _ = best(alpha, beta, design, counts * np.exp(-2 * design.log_loss))
        np.testing.assert_allclose(point[[2, 0, 1]], np.log(amplitudes), rtol=1e-6)
        np.testing.assert_array_equal(point[3:], [alpha, beta, 0, 0])


# Starting points of each form


def test_the_grid_of_exponents():
    ratio = grid.EXPONENTS[1:] / grid.EXPONENTS[:-1]
    np.testing.assert_allclose(ratio, 40 ** (1 / 23))
    assert (len(grid.EXPONENTS), grid.EXPONENTS[0]) == (24, pytest.approx(0.05))


def scores(points, design, weights=1.0):
    """Return the weighted squares of relative residuals of centred points, as plain sums."""
    terms = np.exp([points[:, 2:3] + 0 * design.x, points[:, [0, 3]] @ design.size,
                    points[:, [1, 4]] @ design.data[:2]])  # fmt: skip
    return np.sum(weights * (terms.sum(axis=0) / np.exp(design.log_loss) - 1) ** 2, axis=1)


@pytest.mark.parametrize("weighted", [False, True])
def test_starts_of_a_sum_above_a_floor_are_the_best_of_the_grid(design, weighted):
    weights = np.random.default_rng(0).poisson(1, design.n).astype(float) if weighted else None
    counts = np.ones(design.n) if weights is None else weights
    found = grid.starts(FORMS["chinchilla"], design, weights=weights)
    assert found.shape == (12, 7)
    own = scores(found, design, counts)
    assert (np.diff(own) >= 0).all()
    alpha, beta = (v.ravel() for v in np.meshgrid(grid.EXPONENTS, grid.EXPONENTS))
    every = grid.project(alpha, beta, design, counts * np.exp(-2 * design.log_loss)).objective
    np.testing.assert_allclose(own, np.sort(every)[:12], rtol=1e-7)
    assert grid.starts(FORMS["chinchilla"], design, 3).shape == (3, 7)


def test_a_free_power_starts_from_several(design):
    found, sums = (grid.starts(FORMS[name], design) for name in ("powermean", "chinchilla"))
    np.testing.assert_allclose(np.exp(found[:, 5]), np.tile([1, 3, 0.5, 6], 3))
    np.testing.assert_array_equal(
        np.delete(found, 5, axis=1), np.delete(sums, 5, axis=1)[np.repeat([0, 1, 2], 4)]
    )


@pytest.mark.parametrize("gamma", [0.0, -0.02, -0.005, 0.005, 0.02])
def test_a_varying_exponent_starts_from_the_best_growth(design, gamma):
    phi = np.array([-0.7, -0.4, 0.5, grid.EXPONENTS[11], grid.EXPONENTS[14], 0.0, gamma])
    size, data = phi[[0, 3]] @ design.size, phi[[1, 4, 6]] @ design.data
    loss = np.exp(size) + np.exp(data) + np.exp(0.5)
    runs = Runs(np.exp(design.x + design.x_mean), np.exp(design.y + design.y_mean), loss)
    found = grid.starts(FORMS["varying"], Design.of(runs))
    assert found.shape == (12, 7)
    np.testing.assert_allclose(found[0], phi, rtol=1e-5, atol=1e-5)
    assert len(grid.starts(FORMS["varying"], Design.of(runs), 3)) == 3


def test_fixed_constants_are_held_from_the_start(design):
    form = Form("", "", ("A", "B", "E", "alpha"), {"beta": 0.4, "p": 2.0})
    found = grid.starts(form, design)
    np.testing.assert_allclose(found[:, 4:], np.tile([0.4, np.log(2), 0], (12, 1)))


LOWEST = 2.0
POWERS = np.geomspace(0.02, 0.8, 10)
TIED = np.geomspace(0.02, 0.8, 12), np.geomspace(0.04, 0.8, 9)
COMPUTE = np.geomspace(0.005, 2.0, 40)


def on_the_grid(form, alpha, beta, share, amplitudes=(1.0, 0.8), p=1.0):
    """Return exact runs of a law whose exponents and floor are on the grid."""
    runs = synthetic.scattered(synthetic.LAW, 25)
    design = Design.of(runs, form.variable)
    if form.variable == "flop":
        above = amplitudes[0] * np.exp(-alpha * design.x)
    else:
        size = amplitudes[0] * np.exp(-alpha * design.x)
        above = (size**p + (amplitudes[1] * np.exp(-beta * design.y)) ** p) ** (1 / p)
    scale = LOWEST * (1 - share) / above.min()
    loss = share * LOWEST + scale * above
    floor = np.log(max(share, 1e-9) * LOWEST) if "E" in form.free else NOTHING
    a, b = np.log(scale) + np.log(amplitudes)
    if form.variable == "flop":
        b, beta = NOTHING, 0.0
    expected = np.array([a, b, floor, alpha, beta, np.log(p), 0.0])
    return Design.of(Runs(runs.params, runs.tokens, loss, flop=runs.flop), form.variable), expected


@pytest.mark.parametrize(
    ("name", "alpha", "beta", "share"),
    [
        *[("sum", POWERS[i], POWERS[j], 0.0) for i, j in ((0, 9), (9, 0), (4, 6))],
        *[("kaplan", TIED[0][i], TIED[1][j], 0.0) for i, j in ((5, 5), (11, 8), (3, 2))],
        *[("kaplan+floor", TIED[0][i], TIED[1][4], s) for i, s in ((5, 0.3), (6, 0.6), (7, 0.85))],
        *[("curve", COMPUTE[i], 0.0, 0.0) for i in (0, 20, 39)],
        *[("curve+floor", COMPUTE[i], 0.0, s) for i, s in ((20, 0.3), (25, 0.6), (22, 0.85))],
    ],
)
def test_a_law_on_the_grid_is_the_first_start(name, alpha, beta, share):
    form = FORMS[name]
    p = 1 / beta if form.tied else 1.0
    design, expected = on_the_grid(form, alpha, beta, share, p=p)
    found = grid.starts(form, design)
    assert found.shape == (8, 7)
    np.testing.assert_allclose(found[0], expected, rtol=1e-6, atol=1e-6)
    assert grid.starts(form, design, 2).shape == (2, 7)


@pytest.mark.parametrize("name", ["kaplan+floor", "curve+floor"])
def test_one_start_has_no_floor(name):
    form = FORMS[name]
    beta = TIED[1][4] if form.tied else 0.0
    alpha = TIED[0][6] if form.tied else COMPUTE[20]
    design, expected = on_the_grid(form, alpha, beta, 0.0, p=1 / beta if form.tied else 1.0)
    found = grid.starts(form, design)
    np.testing.assert_allclose(found[-1], expected, rtol=1e-6, atol=1e-6)
    assert (np.exp(found[:-1, 2]) > 0.2 * LOWEST).all()


@pytest.mark.parametrize(("name", "number"), [("sum", 100), ("kaplan", 108), ("curve", 40)])
def test_starts_of_powers_come_best_first(runs, name, number):
    form = FORMS[name]
    problem = Problem(Design.of(runs, form.variable), form, MSE)
    found = grid.starts(form, problem.design, 1000)
    assert len(found) == number
    objective = problem.objective(form.take(problem.design.uncentre(found)))
    assert (np.diff(objective) > -1e-9).all()
    np.testing.assert_array_equal(grid.starts(form, problem.design), found[:8])


@pytest.mark.parametrize(
    ("fixed", "free"),
    [
        ({"E": 0.6 * LOWEST}, ("A", "B", "alpha", "beta")),
        ({"alpha": 0.31}, ("A", "B", "beta")),
        ({"beta": 0.27}, ("A", "B", "alpha")),
        ({"p": 2.0}, ("A", "B", "alpha", "beta")),
        ({"alpha": 0.31, "beta": 0.27, "p": 2.0, "E": 0.6 * LOWEST}, ("A", "B")),
    ],
)
def test_fixed_constants_shape_the_grid(fixed, free):
    form = Form("", "", free, fixed)
    alpha, beta = fixed.get("alpha", POWERS[5]), fixed.get("beta", POWERS[6])
    share = 0.6 if "E" in fixed else 0.0
    design, expected = on_the_grid(form, alpha, beta, share, p=fixed.get("p", 1.0))
    expected[2] = np.log(fixed["E"]) if "E" in fixed else NOTHING
    np.testing.assert_allclose(grid.starts(form, design)[0], expected, rtol=1e-6, atol=1e-6)


def test_a_floor_fixed_above_the_lowest_loss_still_has_starts():
    form = Form("", "", ("A", "B", "alpha", "beta"), {"E": 2 * LOWEST})
    design, _ = on_the_grid(form, 0.3, 0.3, 0.0)
    found = grid.starts(form, design)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[:, 2], np.log(2 * LOWEST))


def test_a_single_term_is_the_least_squares_of_relative_errors():
    design = Design.of(synthetic.scattered(synthetic.LAW, 25))
    target = design.log_loss[None] + np.array([[0.0], [0.3]])
    one, none = grid._single(np.array([[0.1], [0.2]]), target, design)
    for i, exponent in enumerate((0.1, 0.2)):
        column = np.exp(-exponent * design.x - target[i])
        expected = np.linalg.lstsq(column[:, None], np.ones(25), rcond=None)[0]
        assert one[i, 0] == pytest.approx(np.log(expected[0]), rel=1e-10)
    np.testing.assert_array_equal(none, [[NOTHING], [NOTHING]])


@given(exponents, exponents, st.integers(0, 1000))
def test_pairs_are_the_least_squares_of_relative_errors(i, j, seed):
    design = Design.of(synthetic.scattered(synthetic.LAW, 12, noise=0.2, seed=seed))
    target = design.log_loss[None]
    P, Q = grid._pair((np.array([[i]]), np.array([[j]])), target, design)
    columns = np.stack([np.exp(-i * design.x), np.exp(-j * design.y)], axis=1)
    columns /= np.exp(target[0])[:, None]
    expected, _ = nnls(columns, np.ones(12))
    scale = columns.mean(axis=0)
    for found, wanted, unit in zip((P[0, 0], Q[0, 0]), expected, scale, strict=True):
        # A trace is left of a term that is best left out.
        assert np.exp(found) * unit == pytest.approx(max(wanted * unit, 1e-3), rel=1e-5)


def test_terms_that_cannot_be_told_apart_share_evenly():
    params = np.array([1e8, 1e9, 1e10])
    design = Design.of(Runs(params, params, [3.0, 2.0, 1.5]))
    P, Q = grid._pair((np.array([[0.2]]), np.array([[0.2]])), design.log_loss[None], design)
    assert P == Q
    alone, _ = grid._single(np.array([[0.2]]), design.log_loss[None], design)
    np.testing.assert_allclose(np.exp(P) + np.exp(Q), np.exp(alone), rtol=1e-10)


def test_a_curve_has_no_second_term(design):
    assert grid._grid(FORMS["curve"])[1].tolist() == [0.0]
    found = grid.starts(FORMS["curve"], design)
    np.testing.assert_array_equal(found[:, 1], NOTHING)


@pytest.mark.parametrize(
    ("form", "law"),
    [
        ("kaplan+floor", GeneralLaw(1.5, 20.0, 40.0, 0.15, 0.2, 5.0)),
        ("powermean", GeneralLaw(1.5, 400.0, 1500.0, 0.33, 0.35, 2.0)),
        ("curve+floor", PowerLaw(0.12, 1e22, floor=1.5)),
    ],
)
def test_starts_lead_to_the_law(form, law):
    runs = synthetic.runs()
    loss = law.loss(runs.flop) if form == "curve+floor" else law.loss(runs.params, runs.tokens)
    design = Design.of(Runs(runs.params, runs.tokens, loss), FORMS[form].variable)
    problem = Problem(design, FORMS[form], MSE)
    values = FORMS[form].take(design.uncentre(grid.starts(FORMS[form], design)))
    assert problem.objective(values).min() < 0.1


def test_forms_with_a_tie_are_not_taken_for_sums(design):
    form = Form("", "", ("A", "B", "E", "alpha", "beta"), tied=KAPLAN)
    found = grid.starts(form, design)
    np.testing.assert_allclose(found[:, 5], -np.log(found[:, 4]))
