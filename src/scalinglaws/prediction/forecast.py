"""The loss of a run that is not yet trained, from the runs at hand.

The form is "powermean", E + [(A/N^alpha)^p + (B/D^beta)^p]^(1/p), fitted by squared error of the
log loss. Of the public tables in this package it predicts the runs above a tenth of the largest
budget from the others with less than half the mean error of a plain sum of the two terms. The
interval joins the spread of the fits of resampled runs (Efron 1979,
doi:10.1214/aos/1176344552) with the scatter of single runs about the fit.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import MSE
from scalinglaws.fitting.result import Fit, fit
from scalinglaws.prediction.methods import MOST, affordable
from scalinglaws.runs import Runs
from scalinglaws.units import training_flop


@dataclass(frozen=True)
class Forecast:
    """The loss to expect of one run.

    Attributes
    ----------
    loss, low, high : float
        By the fitted law, and the ends of the interval; nats per token.
    level : float
        Coverage that the interval promises if the form is right.
    params, tokens : float
        Of the run.
    h : float
        Its compute 6 N D over that of the largest run at hand.
    among : bool
        Whether its size and its data each lie between the least and the most at hand.
    kind : {"interpolates", "extrapolates"}
        The first where h is at most 1 and the run is `among` those at hand.

    Examples
    --------
    >>> Forecast(2.0, 1.9, 2.1, 0.95, params=7e10, tokens=1.4e12, h=45.0).kind
    'extrapolates'
    """

    loss: float
    low: float
    high: float
    level: float
    params: float
    tokens: float
    h: float
    among: bool = True

    @property
    def kind(self) -> Literal["interpolates", "extrapolates"]:
        """Whether the run lies within those at hand, or the law is trusted beyond them."""
        return "interpolates" if self.h <= 1 and self.among else "extrapolates"


def predict(
    runs: Runs,
    *,
    params: float | None = None,
    tokens: float | None = None,
    compute: float | None = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Forecast:
    """Predict the loss of one run, or of the optimal run of a budget.

    Parameters
    ----------
    runs : Runs
        At least seven; of a table longer than `methods.MOST` a random part is fitted.
    params, tokens : float, optional
        N and D of the run, > 0.
    compute : float, optional
        FLOP, > 0, instead of both: the run is the optimum of the fitted law.
    level : float
        Coverage of the interval, 0 < level < 1.
    resamples : int
        >= 1; fewer are made of a long table (`methods.affordable`).
    seed : int
        Of the draws, >= 0.

    Returns
    -------
    Forecast
        By the form "powermean", fitted by squared error of log loss. The interval is where the
        loss of one new run should fall: the spread of the fits of resampled runs, joined with the
        scatter of single runs. It is not calibrated: it allows for no wrong form, no noise that
        runs share, no recipe that changes with scale, and holds fewer of real larger runs than it
        promises.

    Raises
    ------
    ScalingLawsError
        Unless either both of `params` and `tokens` or `compute` is given, positive and finite; if
        the level is out of its range, or the runs fix no law to predict by.

    Examples
    --------
    Chinchilla, of 70 billion parameters and 1.4 trillion tokens, from the runs before it:

    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> found = predict(runs, params=70e9, tokens=1.4e12, resamples=100)
    >>> f"{found.loss:.3f} [{found.low:.2f}, {found.high:.2f}]", found.kind, round(found.h)
    ('1.961 [1.93, 1.99]', 'extrapolates', 45)

    And the best run of a budget within the reach of these:

    >>> found = predict(runs, compute=1e21, resamples=100)
    >>> f"{found.params:.2g} parameters, {found.tokens:.2g} tokens: {found.loss:.3f}", found.kind
    ('2.8e+09 parameters, 5.9e+10 tokens: 2.300', 'interpolates')
    """
    _check(params, tokens, compute, level)
    found = _fitted(runs.sample(MOST, seed))
    if compute is not None:
        best = found.law.optimum(compute=compute)
        params, tokens = float(best.params), float(best.tokens)
    assert params is not None  # as `_check` says
    assert tokens is not None
    draws = found.bootstrap(affordable(found.n, resamples), seed)
    low, high = draws.predict(params, tokens, level)
    h = training_flop(params, tokens) / training_flop(runs.params, runs.tokens).max()
    pairs = ((params, runs.params), (tokens, runs.tokens))
    among = all(known.min() <= value <= known.max() for value, known in pairs)
    loss = float(found.predict(params, tokens))
    return Forecast(loss, float(low[0]), float(high[0]), level, params, tokens, float(h), among)


def _check(
    params: float | None, tokens: float | None, compute: float | None, level: float
) -> None:  # fmt: skip
    given = {"params": params, "tokens": tokens, "compute": compute}
    known = {name: value for name, value in given.items() if value is not None}
    if set(known) not in ({"params", "tokens"}, {"compute"}):
        raise ScalingLawsError(
            f"{' and '.join(known) or 'nothing'} given; expected params and tokens of the run, or "
            "compute alone, for the optimal run of a budget."
        )
    for name, value in known.items():
        if not isinstance(value, (int, float, np.number)):
            raise ScalingLawsError(f"{name} is {value!r}; expected one number, of one run.")
        if not 0 < value < np.inf:
            raise ScalingLawsError(f"{name} is {value:g}; it must be positive and finite.")
    if not 0 < level < 1:
        raise ScalingLawsError(f"level is {level:g}; expected a coverage between 0 and 1.")


def _fitted(runs: Runs) -> Fit:
    found = fit(runs, "powermean", error=MSE)
    if not found.converged:
        raise ScalingLawsError(
            f"{runs.name or 'these runs'} fix no law to predict by ({found.status}). Spread sizes "
            "and data over at least a factor of ten each, and fit again."
        )
    return found
