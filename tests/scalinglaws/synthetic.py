"""Runs drawn from a known law."""

import numpy as np

from scalinglaws.laws import ParametricLaw
from scalinglaws.runs import Runs

LAW = ParametricLaw(E=1.7, A=450.0, B=1500.0, alpha=0.35, beta=0.36, name="truth")


def runs(law=LAW, noise=0.0, seed=0, sizes=9, budgets=8):
    """Return runs on a grid of budgets and sizes around each optimum."""
    rng = np.random.default_rng(seed)
    compute = np.geomspace(1e18, 1e22, budgets)[:, None]
    params = np.sqrt(compute / 120) * np.geomspace(0.15, 6, sizes)
    params, tokens = params.ravel(), (compute / (6 * params)).ravel()
    loss = law.loss(params, tokens) * np.exp(noise * rng.standard_normal(params.size))
    return Runs(params, tokens, loss)


def scattered(law, n=40, noise=0.0, seed=0):
    """Return runs of sizes and data that are drawn apart from each other."""
    rng = np.random.default_rng(seed)
    params = np.exp(rng.uniform(np.log(5e7), np.log(1e10), n))
    tokens = np.exp(rng.uniform(np.log(1e9), np.log(1e12), n))
    return Runs(params, tokens, law.loss(params, tokens) * np.exp(noise * rng.standard_normal(n)))
