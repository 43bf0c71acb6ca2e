"""Chinchilla's law and how sure it is: what the steps came to, and the order to take them in."""

from dataclasses import dataclass

from scalebook.chapters.chinchilla import fits, intervals
from scalebook.chapters.parameter import Parameters
from scalinglaws.fitting import Bootstrap, Fit, likelihood
from scalinglaws.fitting.likelihood import Conditioning
from scalinglaws.laws import ParametricLaw
from scalinglaws.optimum.dense import Allocation


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    sample: fits.Sample
    fitted: fits.Fitted
    papers: Fit
    tests: fits.LogLikelihoods
    ensemble: Bootstrap
    floors: list[fits.Floor]
    optima: dict[str, Allocation]
    drawn: ParametricLaw
    elsewhere_better: float
    constants: dict[str, intervals.Constant]
    scatter: dict[str, float]
    exponent: intervals.Exponent
    equality: intervals.Tests
    ratios: intervals.Ratios
    condition: Conditioning
    beyond: intervals.Extrapolation
    splits: list[intervals.Split]


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    sample = fits.read(p)
    fitted = fits.fit(p, sample)
    ensemble = fits.bootstrap(p, sample, fitted)
    drawn = ensemble.falling_law(sample.used.name)
    return Found(
        sample, fitted, fits.from_papers_starts(sample, fitted),
        fits.log_likelihoods(sample, fitted), ensemble, fits.floors(p, sample, fitted, ensemble),
        intervals.optima(p, fitted), drawn, intervals.better_elsewhere(sample, fitted, ensemble),
        intervals.constants(p, sample, fitted, drawn),
        fits.scatter(p, sample, fitted), intervals.exponent(sample, drawn),
        intervals.equality(fitted, ensemble, drawn), intervals.ratios(p, sample, fitted, drawn),
        likelihood.conditioning(fitted.stated.theta, sample.design),
        intervals.extrapolation(p, sample, fitted, ensemble), intervals.splits(p, sample, fitted))  # fmt: skip
