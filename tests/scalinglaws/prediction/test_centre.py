"""The centre of a prediction: derivatives, exact laws, bad runs, and which runs are kept."""

import numpy as np
import pytest
from scipy.optimize import check_grad

from scalinglaws import Laboratory, Runs, published, read_runs, simulate
from scalinglaws.fitting.family import FORMS
from scalinglaws.fitting.kernel import Layout
from scalinglaws.fitting.model import Design
from scalinglaws.prediction import centre

LAW = published["besiroglu2024"]


@pytest.mark.parametrize("form", ["varying", "powermean", "chinchilla"])
def test_the_derivatives_are_those_of_the_posterior(form):
    runs = read_runs("llama3")
    form, design = FORMS[form], Design.of(runs)
    layout = Layout(form, design, np.float64)
    mean, precision = centre._prior(form, design)
    point = np.r_[mean + 0.05, -5.0]

    def at(x):
        return centre._posterior(x[None], layout, form, mean, precision)

    _, slope, hessian = at(point)
    assert (
        check_grad(lambda x: at(x)[0][0], lambda x: at(x)[1][0], point) < 1e-5 * np.abs(slope).max()
    )
    for k in range(len(point)):
        step = 1e-5 * np.eye(len(point))[k]
        column = (at(point + step)[1] - at(point - step)[1])[0] / 2e-5
        np.testing.assert_allclose(column, hessian[0][k], atol=1e-5 * np.abs(hessian).max())


def test_an_exact_law_is_found_and_known():
    found = centre.centred(simulate(Laboratory(noise=0.0)), "chinchilla", within=0.1)
    assert found.converged
    for name, value in zip(found.form.free, found.values, strict=True):
        truth = getattr(LAW, name)
        assert value == pytest.approx(np.log(truth) if name in "ABE" else truth, rel=1e-3)
    assert float(found.error(1e12, 1e13)) < 1e-3


def test_one_bad_run_in_ten_moves_little():
    made = simulate(Laboratory(noise=0.003))
    bad = np.arange(len(made)) % 10 == 0
    spoilt = Runs(made.params, made.tokens, made.loss * np.where(bad, 1.1, 1.0))
    clean, found = (centre.centred(runs, "varying", 0.1) for runs in (made, spoilt))
    off = found.log_loss(1e10, 2e11) - clean.log_loss(1e10, 2e11)
    assert abs(float(off)) < 0.01  # their mean would be
    assert found.weights[found.residuals > 0.05].max(initial=0.0) < 0.2


def test_runs_far_above_the_frontier_are_left_out_but_never_too_many():
    made = simulate(Laboratory(noise=0.003, factor=1000.0))
    found = centre.centred(made, "varying", within=0.05)
    above = centre.above_frontier(found, made.params, made.tokens)
    assert centre.FEWEST < len(found.runs) < len(made)
    assert above.min() > -1e-3
    assert np.isin(found.runs.loss, made.loss[above < 0.06]).all()
    few = centre.centred(made, "varying", within=1e-9)
    assert len(few.runs) >= centre.FEWEST


def test_the_error_of_the_law_is_that_of_laws_of_new_noise():
    laws = [centre.centred(simulate(Laboratory(noise=0.005, seed=s)), "chinchilla", 0.1)
            for s in range(30)]  # fmt: skip
    spread = np.std([float(law.log_loss(1e10, 2e11)) for law in laws], ddof=1)
    said = np.mean([float(law.error(1e10, 2e11)) for law in laws])
    assert spread == pytest.approx(said, rel=0.5)  # chi-square of 29 degrees: 26% twice
