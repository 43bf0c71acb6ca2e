"""Fits of scaling laws to training runs, with their uncertainty."""

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
