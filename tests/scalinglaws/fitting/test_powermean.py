"""The power mean of the two terms: exact recovery, its limits, and Kaplan's joint law."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws import registry
from scalinglaws.fitting import powermean
from scalinglaws.fitting.powermean import PowerMeanLaw

N, D = (v.ravel() for v in np.meshgrid(np.geomspace(1e7, 1e10, 9), np.geomspace(1e8, 1e12, 9)))


@given(st.floats(1, 4), st.floats(0.2, 0.6), st.floats(0.2, 0.6), st.floats(1.0, 5.0))
@settings(max_examples=20, deadline=None)
def test_exact_losses_give_back_their_law(E, alpha, beta, p):
    law = PowerMeanLaw(E, 0.3 * 3e8**alpha, 0.3 * 1e10**beta, alpha, beta, p)
    fit = powermean.fit(N, D, law.loss(N, D))
    assert fit.status == "converged"
    assert pytest.approx(E, rel=1e-5) == fit.law.E
    assert (fit.law.alpha, fit.law.beta, fit.law.p) == pytest.approx((alpha, beta, p), rel=1e-3)


def test_p_1_is_the_sum_and_a_large_p_the_larger_term():
    additive = registry.parametric("besiroglu2024")
    constants = (additive.E, additive.A, additive.B, additive.alpha, additive.beta)
    np.testing.assert_allclose(PowerMeanLaw(*constants, 1.0).loss(N, D), additive.loss(N, D))
    terms = np.maximum(*additive.terms(N, D))
    np.testing.assert_allclose(
        PowerMeanLaw(*constants, 1e4).loss(N, D), additive.E + terms, rtol=1e-4
    )


def test_without_a_floor_it_is_kaplans_joint_law():
    joint = registry.published["kaplan2020-joint"]
    law = PowerMeanLaw(
        0.0,
        joint.N_c**joint.alpha_N,
        joint.D_c**joint.alpha_D,
        joint.alpha_N,
        joint.alpha_D,
        1 / joint.alpha_D,
    )
    np.testing.assert_allclose(law.loss(N, D), joint.loss(N, D))


def test_noise_spreads_the_resampled_floors_about_the_truth():
    law = PowerMeanLaw(1.8, 0.3 * 3e8**0.35, 0.3 * 1e10**0.35, 0.35, 0.35, 2.0)
    loss = law.loss(N, D) * np.exp(0.002 * np.random.default_rng(1).standard_normal(N.size))
    fit = powermean.fit(N, D, loss)
    floors = powermean.bootstrap(N, D, loss, fit, resamples=40, seed=1)
    assert floors.shape == (40,)
    assert abs(fit.law.E - 1.8) < 5 * floors.std()
    assert floors.min() < fit.law.E < floors.max()
