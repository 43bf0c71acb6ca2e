"""Runs drawn from a known law."""

import numpy as np

from scalinglaws.laws import ParametricLaw

LAW = ParametricLaw(E=1.7, A=450.0, B=1500.0, alpha=0.35, beta=0.36, name="truth")


def runs(law=LAW, noise=0.0, seed=0, sizes=9, budgets=8):
    """Return params, tokens, loss on a grid of budgets and sizes around each optimum."""
    rng = np.random.default_rng(seed)
    compute = np.geomspace(1e18, 1e22, budgets)[:, None]
    params = np.sqrt(compute / 120) * np.geomspace(0.15, 6, sizes)
    tokens = compute / (6 * params)
    params, tokens = params.ravel(), tokens.ravel()
    loss = law.loss(params, tokens) * np.exp(noise * rng.standard_normal(params.size))
    return params, tokens, loss
