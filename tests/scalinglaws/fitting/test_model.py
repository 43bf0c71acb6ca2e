"""Runs as a design, and what a residual is charged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import ERROR_MODELS, HUBER, LAD, MSE, VARPRO, ErrorModel
from scalinglaws.fitting.model import Design
from scalinglaws.runs import Runs

RUNS = Runs([1e8, 1e9, 1e10], [1e9, 2e9, 9e9], [3.0, 2.5, 2.2], flop=[1e18, 3e18, 1e21])
vectors = st.lists(st.floats(-5, 5), min_size=7, max_size=7).map(np.array)


def test_a_design_has_the_logarithms_less_their_means():
    design = Design.of(RUNS)
    assert (design.n, design.x_mean) == (3, pytest.approx(np.log(1e9)))
    assert design.y_mean == pytest.approx(np.log(18e27) / 3)
    np.testing.assert_allclose(design.x, np.log([0.1, 1, 10]), atol=1e-13)
    np.testing.assert_allclose(design.y + design.y_mean, np.log(RUNS.tokens))
    np.testing.assert_allclose(design.log_loss, np.log(RUNS.loss))


def test_compute_may_stand_for_size():
    design = Design.of(RUNS, "flop")
    np.testing.assert_allclose(design.x + design.x_mean, np.log(RUNS.flop))


@given(vectors, vectors)
def test_uncentre_inverts_centre(one, other):
    design = Design.of(RUNS)
    both = np.array([[one], [other]])
    np.testing.assert_allclose(design.uncentre(design.centre(both)), both, atol=1e-10)
    np.testing.assert_array_equal(both[0, 0], one)  # left as it was


@given(vectors)
def test_centring_changes_no_term(theta):
    design = Design.of(RUNS)
    n, d = np.log(RUNS.params), np.log(RUNS.tokens)
    size, data = theta[0] - theta[3] * n, theta[1] - (theta[4] + theta[6] * n) * d
    phi = design.centre(theta)
    np.testing.assert_allclose(phi[[0, 3]] @ design.size, size, atol=1e-9)
    np.testing.assert_allclose(phi[[1, 4, 6]] @ design.data, data, atol=1e-9)


def test_the_centred_exponent_of_data_is_the_one_at_the_mean_size():
    design = Design.of(RUNS)
    phi = design.centre(np.array([1.0, 2, 3, 0.3, 0.4, 0.5, 0.01]))
    assert phi[4] == pytest.approx(0.4 + 0.01 * np.log(1e9))
    assert phi[0] == pytest.approx(1 - 0.3 * np.log(1e9))
    assert phi[1] == pytest.approx(2 - phi[4] * design.y_mean)
    np.testing.assert_array_equal(phi[[2, 3, 5, 6]], [3, 0.3, 0.5, 0.01])


def test_runs_must_outnumber_the_constants():
    Design.of(RUNS).require(2, "params", "tokens")
    with pytest.raises(
        ScalingLawsError, match="^3 runs cannot fix the 3 constants .* at least 4 runs"
    ):
        Design.of(RUNS).require(3)


@pytest.mark.parametrize("name", ["params", "tokens", "flop"])
def test_what_is_fitted_must_vary(name):
    fixed = {"params": [1e8, 1e9, 1e10], "tokens": [1e9, 2e9, 9e9], "flop": [1e18, 3e18, 1e21]}
    fixed[name] = [1e9] * 3
    design = Design.of(Runs(loss=[3, 2.5, 2.2], **fixed), "flop" if name == "flop" else "params")
    for other in {"flop": ["tokens"], "params": ["tokens"], "tokens": ["params"]}[name]:
        design.require(1, other)
    expected = f"^All runs have the same {name}, so its exponent .* runs at other {name}.$"
    with pytest.raises(ScalingLawsError, match=expected):
        design.require(1, name)


def test_sizes_that_differ_by_rounding_do_not_vary():
    for step, varies in ((0.9e-9, False), (1.1e-9, True)):
        design = Design.of(Runs([1e9, 1e9 * (1 + step)], [1e9, 2e9], [3, 2.5]))
        if varies:
            design.require(1, "params")
        else:
            with pytest.raises(ScalingLawsError, match="same params"):
                design.require(1, "params")


# What a residual is charged


RESIDUALS = [-3.0, -0.5, -0.25, 0.0, 0.25, 0.5, 3.0]


@pytest.mark.parametrize(
    ("delta", "tau", "expected"),
    [
        (0.5, 0.5, [1.375, 0.125, 0.03125, 0, 0.03125, 0.125, 1.375]),
        (0.5, 0.75, [0.6875, 0.0625, 0.015625, 0, 0.046875, 0.1875, 2.0625]),
        (0.0, 0.5, [3, 0.5, 0.25, 0, 0.25, 0.5, 3]),
        (0.0, 0.25, [4.5, 0.75, 0.375, 0, 0.125, 0.25, 1.5]),
        (np.inf, 0.5, [4.5, 0.125, 0.03125, 0, 0.03125, 0.125, 4.5]),
        (np.inf, 0.25, [6.75, 0.1875, 0.046875, 0, 0.015625, 0.0625, 2.25]),
    ],
)
def test_charges_in_whole_numbers(delta, tau, expected):
    np.testing.assert_allclose(ErrorModel("", delta, tau).rho(RESIDUALS), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("delta", "tau", "slope", "curvature"),
    [
        (0.5, 0.5, [-0.5, -0.5, -0.25, 0, 0.25, 0.5, 0.5], [0, 1, 1, 1, 1, 1, 0]),
        (0.5, 0.75, [-0.25, -0.25, -0.125, 0, 0.375, 0.75, 0.75], [0, 0.5, 0.5, 0.5, 1.5, 1.5, 0]),
        (0.0, 0.5, [-1, -1, -1, 0, 1, 1, 1], [0] * 7),
        (0.0, 0.25, [-1.5, -1.5, -1.5, 0, 0.5, 0.5, 0.5], [0] * 7),
        (np.inf, 0.5, RESIDUALS, [1] * 7),
    ],
)
def test_slopes_and_curvatures(delta, tau, slope, curvature):
    charge = ErrorModel("", delta, tau).charge(np.array(RESIDUALS), np.ones(len(RESIDUALS)))
    np.testing.assert_allclose(charge.slope, slope, rtol=1e-14)
    np.testing.assert_allclose(charge.curvature, curvature, rtol=1e-14)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("error", [*ERROR_MODELS.values(), ErrorModel("", 0.1, 0.3)])
def test_the_precision_is_kept(error, kind):
    charge = error.charge(np.array(RESIDUALS, kind), np.ones(7, kind))
    assert {part.dtype for part in charge} == {np.dtype(kind)}


def test_residuals_of_the_loss_itself_are_squared_in_nats():
    loss, predicted = np.array([2.0, 4.0]), np.array([3.0, 3.5])
    residual, step = np.log(loss / predicted), 1e-5
    charge = VARPRO.charge(residual, loss)
    np.testing.assert_allclose(charge.value, [1.0, 0.25], rtol=1e-12)
    ahead, behind = (VARPRO.charge(residual + sign * step, loss) for sign in (1, -1))
    np.testing.assert_allclose(charge.slope, (ahead.value - behind.value) / (2 * step), rtol=1e-7)
    bend = (ahead.slope - behind.slope) / (2 * step)
    np.testing.assert_allclose(charge.curvature, bend, rtol=1e-7)


def test_the_error_models_by_name():
    assert list(ERROR_MODELS) == ["huber", "lad", "mse", "varpro"]
    assert list(ERROR_MODELS.values()) == [HUBER, LAD, MSE, VARPRO]
    assert [error.delta for error in ERROR_MODELS.values()] == [1e-3, 0.0, np.inf, np.inf]
    assert {error.tau for error in ERROR_MODELS.values()} == {0.5}
    assert [error.of for error in ERROR_MODELS.values()] == ["log loss"] * 3 + ["loss"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (HUBER, "the sum of the Huber loss, of width 0.001, of the residuals of log loss"),
        (LAD, "the sum of the absolute residuals of log loss"),
        (MSE, "half the sum of the squared residuals of log loss"),
        (VARPRO, "the sum of the squared residuals of the loss, nats squared"),
        (
            ErrorModel("", 0.0, 0.25),
            "the sum of the absolute residuals of log loss, positive ones weighted 0.5 times",
        ),
        (
            ErrorModel("", 0.2, 0.75),
            "the sum of the Huber loss, of width 0.2, of the residuals of log loss, positive "
            "ones weighted 1.5 times",
        ),
    ],
)
def test_what_is_minimised_is_said_in_words(error, words):
    assert error.minimises == words


@pytest.mark.parametrize(
    ("delta", "tau"),
    [(-1e-9, 0.5), (np.nan, 0.5), (1.0, 0.0), (1.0, 1.0), (1.0, np.nan), (1.0, -0.2), (1.0, 1.5)],
)
def test_widths_and_levels_out_of_range_are_refused(delta, tau):
    with pytest.raises(ValueError, match=f"found {delta:g} and {tau:g}"):
        ErrorModel("", delta, tau)


def test_narrow_levels_and_no_width_are_error_models():
    assert ErrorModel("", 0.0, 0.001).tau == 0.001
    assert ErrorModel("", 0.0, 0.999).delta == 0


def test_residuals_are_of_the_loss_or_of_its_logarithm():
    with pytest.raises(ValueError, match="of is 'x'; expected 'log loss' or 'loss'"):
        ErrorModel("", 1.0, of="x")
    for delta, tau in ((1.0, 0.5), (np.inf, 0.4)):
        with pytest.raises(ValueError, match="of the loss itself are squared"):
            ErrorModel("", delta, tau, of="loss")


def test_huber_lies_between_its_limits():
    residual = np.array([-0.5, -1e-3, 0.0, 2e-4, 0.3])
    np.testing.assert_allclose(ErrorModel("", 10.0).rho(residual), MSE.rho(residual), rtol=1e-14)
    narrow = ErrorModel("", 1e-9).rho(residual) / 1e-9
    np.testing.assert_allclose(narrow, LAD.rho(residual), atol=1e-9)


def test_a_residual_of_the_loss_is_charged_in_nats():
    assert VARPRO.rho(np.log(2 / 1.5), 2.0) == pytest.approx(0.25)
    assert VARPRO.rho(np.log(1 / 0.5)) == pytest.approx(0.25)  # of a loss of 1
    assert HUBER.rho(0.5, 7.0) == HUBER.rho(0.5)
