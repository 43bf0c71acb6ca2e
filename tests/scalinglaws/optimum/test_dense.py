import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from scalebook.show import frames
from scalinglaws import registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum import dense

budgets = st.floats(1e18, 1e28)
some_laws = st.builds(
    ParametricLaw,
    E=st.floats(0.0, 3.0),
    A=st.floats(10.0, 1e4),
    B=st.floats(10.0, 1e5),
    alpha=st.floats(0.15, 0.6),
    beta=st.floats(0.15, 0.6),
)


def numerical_optimum(law, compute):
    """Return ln N where d loss / d ln N = 0, by bisection of the derivative on an isoFLOP curve."""
    low, high = -100.0, math.log(compute) + 100.0
    for _ in range(200):
        middle = (low + high) / 2
        size, data = law.terms(math.exp(middle), compute / (6 * math.exp(middle)))
        if law.beta * data < law.alpha * size:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@given(some_laws, budgets)
def test_closed_form_is_the_numerical_minimum(law, compute):
    best = dense.optimal(law, compute)
    assert best.params == pytest.approx(math.exp(numerical_optimum(law, compute)), rel=1e-9)
    found = minimize_scalar(
        lambda log_params: float(dense.isoflop_loss(law, compute, np.exp(log_params))),
        bracket=(math.log(best.params) - 1, math.log(best.params) + 2),
        options={"xtol": 1e-12},
    )
    # A minimum is flat: its height is known to 1e-9, its place to about the root of that.
    assert best.loss == pytest.approx(found.fun, rel=1e-9)
    assert math.log(best.params) == pytest.approx(found.x, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "params"), [("hoffmann2022", 40.4e9), ("hoffmann2022-printed", 32.2e9)]
)
def test_hoffmann_at_gophers_budget(name, params):
    # The unrounded law gives the 40B of Figure 4; the printed digits do not.
    compute = registry.printed("hoffmann2022.gopher.flop.text").value
    best = dense.optimal(registry.parametric(name), compute)
    assert float(f"{best.params:.3g}") == params
    assert best.compute == pytest.approx(compute, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "least", "most"), [("hoffmann2022", 0.02, 0.18), ("hoffmann2022-printed", 0.57, 1.22)]
)
def test_neither_set_of_constants_reproduces_hoffmanns_own_table(name, least, most):
    # Table A3, Approach 3: more compute is needed than printed, by 2% to 18% with the unrounded
    # constants and far more with the rounded ones.
    table = frames.load("hoffmann2022_optimal")
    third = table[(table["approach"] == 3) & ~table["note"].str.startswith("As printed")]
    runs = dense.given_params(registry.parametric(name), third["params"])
    error = runs.compute / third["flop"].to_numpy() - 1
    assert len(error) == 9
    assert (error.min(), error.max()) == pytest.approx((least, most), abs=0.005)


def test_equal_exponents_split_compute_equally():
    law = ParametricLaw(E=1, A=100, B=100, alpha=0.3, beta=0.3)
    best = dense.optimal(law, 6e20)
    assert (best.params, best.tokens, best.tokens_per_param) == pytest.approx((1e10, 1e10, 1))


@given(some_laws, budgets, st.floats(2, 1e4))
def test_growth_follows_the_exponents(law, compute, factor):
    small, large = dense.optimal(law, compute), dense.optimal(law, compute * factor)
    assert large.params / small.params == pytest.approx(factor**law.a, rel=1e-9)
    assert large.tokens / small.tokens == pytest.approx(factor**law.b, rel=1e-9)
    assert large.loss < small.loss


@given(some_laws, budgets, st.floats(1e-3, 1e3))
def test_optimum_does_not_depend_on_the_unit_of_tokens_or_of_loss(law, compute, unit):
    best = dense.optimal(law, compute)
    # Counting tokens in units of `unit` tokens divides B by unit^beta, and compute by unit.
    words = ParametricLaw(law.E, law.A, law.B / unit**law.beta, law.alpha, law.beta)
    recounted = dense.optimal(words, compute / unit)
    assert recounted.params == pytest.approx(best.params, rel=1e-9)
    assert recounted.tokens * unit == pytest.approx(best.tokens, rel=1e-9)
    bits = ParametricLaw(law.E * unit, law.A * unit, law.B * unit, law.alpha, law.beta)
    assert dense.optimal(bits, compute).params == pytest.approx(best.params, rel=1e-9)


@given(some_laws, budgets)
def test_inverses_lead_back(law, compute):
    best = dense.optimal(law, compute)
    for back in (
        dense.given_params(law, best.params),
        dense.given_tokens(law, best.tokens),
    ):
        assert back.compute == pytest.approx(compute, rel=1e-9)
        assert back.loss == pytest.approx(best.loss, rel=1e-12)


@given(some_laws, st.floats(1e-3, 1.0))
def test_for_loss_reaches_the_loss_it_was_asked_for_at_the_optimum(law, reducible):
    run = dense.for_loss(law, law.E + reducible)
    assert run.loss == pytest.approx(law.E + reducible, rel=1e-9)
    again = dense.optimal(law, run.compute)
    assert again.params == pytest.approx(run.params, rel=1e-9)


def test_no_compute_reaches_the_floor():
    law = registry.parametric("besiroglu2024")
    with pytest.raises(ScalingLawsError, match=r"loss of 1\.8 .* besiroglu2024: .* is 1\.8172"):
        dense.for_loss(law, 1.8)
    with pytest.raises(ScalingLawsError, match="No amount of compute"):
        dense.for_loss(law, [2.0, law.E])


def test_isoflop_curve_touches_the_optimum_from_above():
    law = registry.parametric("hoffmann2022")
    best = dense.optimal(law, 1e21)
    around = best.params * np.array([0.1, 0.5, 1.0, 2.0, 10.0])
    excess = dense.isoflop_loss(law, 1e21, around) - best.loss
    assert excess[2] == pytest.approx(0, abs=1e-12)
    assert (np.delete(excess, 2) > 0.001).all()


def test_shapes_of_budgets_and_of_ensembles():
    law = registry.parametric("besiroglu2024")
    row = dense.optimal(law, [1e20, 1e21, 1e22])
    assert {field.shape for field in vars(row).values()} == {(3,)}
    ensemble = ParametricLaw(
        law.E * np.ones(4), law.A * np.ones(4), law.B * np.ones(4), law.alpha, law.beta
    )
    grid = dense.optimal(ensemble, np.array([[1e20], [1e21], [1e22]]))
    assert {field.shape for field in vars(grid).values()} == {(3, 4)}
    np.testing.assert_allclose(grid.params, np.repeat(row.params[:, None], 4, axis=1))
    assert f"{dense.optimal(law, 1e21).params:.3g}"


@pytest.mark.parametrize("bad", [0, -1e20, math.nan, math.inf, [1e20, -1.0]])
def test_budgets_must_be_positive_and_finite(bad):
    with pytest.raises(ValueError, match=r"compute must be (positive|finite)"):
        dense.optimal(registry.parametric("hoffmann2022"), bad)
