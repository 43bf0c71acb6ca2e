"""Fits of scaling laws to training runs, with their uncertainty.

At this level stand the law of Hoffmann et al. 2022, L = E + A/N^alpha + B/D^beta, fitted to the
whole loss surface (their Approach 3), and its bootstrap. `isoflop` and `envelope` are their
Approaches 2 and 1, `varpro` another way to the surface, `joint`, `powermean` and `curve` fit other
forms, `likelihood` tests fits and profiles them, `parabola` has the errors of Approach 2.

Examples
--------
>>> from scalinglaws import read_runs
>>> table = read_runs("hoffmann2022_runs").without_highest(5)
>>> found = fit(table.params, table.tokens, table.loss)
>>> found.status, round(found.law.E, 2), round(found.law.alpha, 2), round(found.law.beta, 2)
('converged', 1.82, 0.35, 0.37)
>>> draws = bootstrap(table.params, table.tokens, table.loss, found, resamples=50)
>>> low, high = interval(draws.law.E, level=0.9)
>>> bool(low < found.law.E < high)
True
"""

from scalinglaws.fitting.model import (
    ERROR_MODELS,
    HUBER,
    LAD,
    MSE,
    Design,
    ErrorModel,
    Fit,
    law_of,
    prepare,
    residuals,
    theta_of,
)
from scalinglaws.fitting.resampling import (
    Bootstrap,
    bootstrap,
    interval,
    prediction_interval,
    standard_error,
)
from scalinglaws.fitting.surface import PAPER_STARTS, fit, objective

__all__ = [
    "ERROR_MODELS",
    "HUBER",
    "LAD",
    "MSE",
    "PAPER_STARTS",
    "Bootstrap",
    "Design",
    "ErrorModel",
    "Fit",
    "bootstrap",
    "fit",
    "interval",
    "law_of",
    "objective",
    "prediction_interval",
    "prepare",
    "residuals",
    "standard_error",
    "theta_of",
]
