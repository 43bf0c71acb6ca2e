"""Fits of scaling laws to training runs, with their uncertainty."""

from scalebook.fitting.bootstrap import (
    Bootstrap,
    bootstrap,
    interval,
    prediction_interval,
    standard_error,
)
from scalebook.fitting.design import Design, Fit, design, law_of, residuals, theta_of
from scalebook.fitting.errors import ERROR_MODELS, HUBER, LAD, MSE, ErrorModel
from scalebook.fitting.parametric import PAPER_STARTS, fit, objective

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
    "design",
    "fit",
    "interval",
    "law_of",
    "objective",
    "prediction_interval",
    "residuals",
    "standard_error",
    "theta_of",
]
