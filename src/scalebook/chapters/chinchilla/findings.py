"""What the chapter on Chinchilla's law finds, in sentences that follow the numbers."""

from scalebook.chapters import foresight
from scalebook.chapters.chinchilla import fits, intervals
from scalebook.chapters.common import ends
from scalebook.chapters.parameter import Parameters
from scalebook.show.numbers import num
from scalebook.show.sentences import Said, finding
from scalinglaws.laws import ParametricLaw


def exponent(p: Parameters, fitted: fits.Fitted, drawn: ParametricLaw) -> Said:
    """Say what the public sweeps say of the exponent of the optimal size."""
    own = ends(drawn.a, p.level)
    return finding(foresight.of_exponent(float(fitted.stated.law.a), own, p.level))


def beyond(p: Parameters, sample: fits.Sample, found: intervals.Extrapolation) -> Said:
    """Say what loss to expect at the end of the extrapolation."""
    compute, (low, high) = float(found.compute[-1]), found.law
    ahead = foresight.expected(sample.used, p.level, compute=compute)
    said = foresight.of_loss(ahead, (float(low[-1]), float(high[-1])))
    return finding(f"And {num(p.extrapolation)} times beyond the largest run? {said}")
