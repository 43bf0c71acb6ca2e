"""Fits of scaling laws to training runs, with their uncertainty.

`fit` fits a form of one family (`family.FORMS`) to the whole loss surface, as Approach 3 of
Hoffmann et al. 2022 does; its result bootstraps and predicts. `isoflop` and `envelope` are their
Approaches 2 and 1, `parabola` has the errors of Approach 2; `likelihood` tests fits and `profile`
profiles them.

Examples
--------
>>> from scalinglaws import read_runs
>>> found = fit(read_runs("hoffmann2022_runs").without_highest(5))
>>> found.status, round(found.law.E, 2), round(found.law.alpha, 2), round(found.law.beta, 2)
('converged', 1.82, 0.35, 0.37)
>>> low, high = found.bootstrap(50).interval("E", level=0.9)
>>> low < found.law.E < high
True
"""

from scalinglaws.fitting.family import FORMS, Form
from scalinglaws.fitting.model import ERROR_MODELS, HUBER, LAD, MSE, VARPRO, ErrorModel
from scalinglaws.fitting.resample import Bootstrap, interval, standard_error
from scalinglaws.fitting.result import Fit, fit
from scalinglaws.fitting.surface import PAPER_STARTS

__all__ = [
    "ERROR_MODELS",
    "FORMS",
    "HUBER",
    "LAD",
    "MSE",
    "PAPER_STARTS",
    "VARPRO",
    "Bootstrap",
    "ErrorModel",
    "Fit",
    "Form",
    "fit",
    "interval",
    "standard_error",
]
