"""Chinchilla's law and how sure it is: what the steps came to, and the order to take them in."""

from dataclasses import dataclass

from scalebook.chapters.chinchilla import fits, intervals
from scalebook.chapters.parameter import Parameters
from scalinglaws.balance import Allocation
from scalinglaws.fitting import Bootstrap, likelihood
from scalinglaws.fitting.likelihood import ChiSquareTest, Conditioning
from scalinglaws.laws import ParametricLaw


@dataclass(frozen=True)
class Found:
    """What the steps came to, one field a step."""

    sample: fits.Sample
    fitted: fits.Fitted
    tests: fits.LogLikelihoods
    ensemble: Bootstrap
    floors: list[fits.Floor]
    forms: list[fits.Floor]
    optima: dict[str, Allocation]
    drawn: ParametricLaw
    constants: dict[str, intervals.Constant]
    scatter: dict[str, float]
    exponent: intervals.Exponent
    equality: dict[str, ChiSquareTest]
    ratios: intervals.Ratios
    condition: Conditioning
    splits: list[intervals.Split]


def take(p: Parameters) -> Found:
    """Take the steps in order."""
    sample = fits.read(p)
    fitted = fits.fit(p, sample)
    stated = fitted.stated
    ensemble = stated.bootstrap(p.resamples, p.seed)
    drawn = ensemble.falling_law()
    return Found(
        sample, fitted, fits.log_likelihoods(fitted), ensemble,
        fits.floors(p, sample, fitted, ensemble), fits.floors_of_forms(fitted),
        intervals.optima(p, fitted), drawn, intervals.constants(p, stated, drawn),
        fits.scatter(p, stated), intervals.exponent(sample, drawn), intervals.equality(ensemble),
        intervals.ratios(p, stated, drawn), likelihood.conditioning(stated),
        intervals.splits(p, stated))  # fmt: skip
