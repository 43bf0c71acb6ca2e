"""Chinchilla's law and how sure it is: what the steps came to, and the order to take them in."""

from dataclasses import dataclass

from scalebook.chapters.chinchilla import fits, intervals
from scalebook.chapters.parameter import Parameters
from scalinglaws.balance import Allocation
from scalinglaws.fitting import Bootstrap, Fit, likelihood
from scalinglaws.fitting.likelihood import Conditioning
from scalinglaws.laws import ParametricLaw


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
    stated = fitted.stated
    ensemble = stated.bootstrap(p.resamples, p.seed)
    drawn = ensemble.falling_law()
    return Found(
        sample, fitted, fits.from_papers_starts(sample, fitted), fits.log_likelihoods(fitted),
        ensemble, fits.floors(p, sample, fitted, ensemble), intervals.optima(p, fitted), drawn,
        ensemble.better_elsewhere(intervals.ELSEWHERE), intervals.constants(p, stated, drawn),
        fits.scatter(p, stated), intervals.exponent(sample, drawn), intervals.equality(ensemble),
        intervals.ratios(p, stated, drawn), likelihood.conditioning(stated),
        intervals.extrapolation(p, ensemble), intervals.splits(p, stated))  # fmt: skip
