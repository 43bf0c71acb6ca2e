"""What `scalinglaws.predict` promises of the larger networks, and what came."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scalebook.chapters.laboratory.readings import Readings
from scalebook.chapters.parameter import Parameters
from scalinglaws.prediction.forecast import Forecast, Outlook

#: Bounds of the distances, as compute over that of the largest run fitted.
DISTANCES = (1.0, 3.0, 10.0, 30.0, 100.0, np.inf)


@dataclass(frozen=True)
class Promise:
    """Larger runs at some distance, or all of them.

    Attributes
    ----------
    nearest, furthest : float
        Compute over that of the largest run fitted.
    runs, banded : int
        Larger runs, and those of them that a calibrated band was given for.
    held, law_held : float
        Share of the latter that their band holds, and of all that the law's own interval holds.
    width : float
        Mean of the band's full width, as a share of the loss; 0 without bands.
    error : float
        Root mean square error of the predicted loss, as a share of it.
    """

    nearest: float
    furthest: float
    runs: int
    banded: int
    held: float
    law_held: float
    width: float
    error: float


@dataclass(frozen=True)
class Promises:
    """Runs of one seed that were fitted, and how the larger ones of all seeds fared."""

    fitted: int
    largest: float
    total: Promise
    distances: list[Promise]


def promises(p: Parameters, used: Readings) -> Promises:
    """Fit the cheapest part of one seed's runs, and predict all larger runs."""
    one = used.take(used.seed == used.seed.min()).runs()
    limit = float(np.quantile(one.flop, p.small, method="lower"))
    outlook = Outlook(one.take(one.flop <= limit))
    larger = used.runs().take(used.compute > limit)
    told = [
        outlook.forecast(params=float(n), tokens=float(d), level=p.level)
        for n, d in zip(larger.params, larger.tokens, strict=True)
    ]
    distance = np.array([each.h for each in told])
    parts = []
    for low, high in pairwise(DISTANCES):
        part = np.flatnonzero((distance >= low) & (distance < high))
        if len(part):
            parts.append(_promise(low, high, [told[i] for i in part], larger.loss[part]))
    return Promises(len(outlook.runs), limit, _promise(1.0, np.inf, told, larger.loss), parts)


def _promise(nearest: float, furthest: float, told: list[Forecast], loss: np.ndarray) -> Promise:
    pairs = list(zip(told, loss, strict=True))
    bands = [
        (each.low, each.high, came)
        for each, came in pairs
        if each.low is not None and each.high is not None
    ]
    law = [
        each.law_low <= came <= each.law_high
        for each, came in pairs
        if each.law_low is not None and each.law_high is not None
    ]
    errors = np.log([each.loss / came for each, came in pairs])
    return Promise(
        nearest, furthest, len(told), len(bands),
        float(np.mean([low <= came <= high for low, high, came in bands])) if bands else 0.0,
        float(np.mean(law)),
        float(np.mean([(high - low) / came for low, high, came in bands])) if bands else 0.0,
        float(np.sqrt(np.mean(errors**2))),
    )  # fmt: skip
