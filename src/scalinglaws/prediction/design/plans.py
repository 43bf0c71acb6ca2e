"""Plans of the next runs, and plans without a design that they are compared with.

By the algorithm of the package (Fedorov 1972).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import MSE, Array
from scalinglaws.fitting.result import Fit
from scalinglaws.fitting.result import fit as fit_runs
from scalinglaws.prediction.design.exchange import (
    Candidates,
    Limits,
    choose,
    inverse,
    ordered,
    variance,
)
from scalinglaws.prediction.design.slopes import Bent, Knowledge, centres, knowledge
from scalinglaws.prediction.design.target import Quantity, quantity
from scalinglaws.prediction.methods import AHEAD
from scalinglaws.prediction.methods import MOST as LONGEST
from scalinglaws.runs import Runs
from scalinglaws.units import FLOP_PER_PARAM_TOKEN, training_flop

_LEVELS, _RATIOS = 16, 25  # candidates: budgets, and tokens per parameter on each
_NOWHERE = np.empty((0, 2))  # bumps of a law that is right
_NARROW = 100.0  # largest over smallest tokens per parameter that candidates reach at least


@dataclass(frozen=True)
class Plan:
    """The next runs, and what they are expected to tell.

    Standard errors are in the unit of the quantity, or of its logarithm if it multiplies; see
    `Quantity.around`.

    Attributes
    ----------
    quantity : Quantity
        What they are to tell.
    value : float
        As fitted to the runs at hand.
    noise : float
        Standard deviation of log loss.
    n : int
        Runs at hand.
    guarded : bool
        Whether the runs were chosen for a law that has a discrepancy.
    params, tokens, flop : numpy.ndarray, shape (k,)
        The runs, the one that gains most first.
    now : float
        Standard error at present, if the law has the right form.
    after : numpy.ndarray, shape (k,)
        Expected after the first, the first two, ... and all of the runs.
    now_bent, after_bent : float
        The same if the law has a discrepancy, now and after all runs.
    others, others_bent : dict of str to float
        Both standard errors after as many runs by plans without a design: more like those at hand
        (fewer if the total does not pay for them), optimal runs of several budgets, runs about the
        optimum of the two largest budgets, or one more budget.
    by : str
        The one of `others` whose runs the plan has, where the search found none better; or nothing.

    Examples
    --------
    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> made = next_runs(runs, "a", runs=1)
    >>> f"{made.now:.4f} {made.after[-1]:.4f}"
    '0.0092 0.0088'
    >>> round(made.worth)  # one run as good as so many more of the present kind
    22
    """

    quantity: Quantity
    value: float
    noise: float
    n: int
    guarded: bool
    params: Array
    tokens: Array
    flop: Array
    now: float
    after: Array
    now_bent: float
    after_bent: float
    others: dict[str, float]
    others_bent: dict[str, float]
    by: str = ""

    @property
    def worth(self) -> float:
        """More runs of the present design that would narrow the interval as far."""
        return self.n * ((self.now / float(self.after[-1])) ** 2 - 1)


def candidates(
    known: Knowledge, limits: Limits, ratios: tuple[float, float] | None = None
) -> tuple[Array, Array]:
    """Return sizes and tokens to choose from.

    Budgets go from the smallest at hand, or a thousandth of the largest allowed if that is less, to
    the largest allowed; tokens per parameter from the smallest at hand to the largest, or ten times
    to either side of their middle where that is more. No candidate
    is below the smallest size or the least data at hand, or expected to end above the highest loss
    there: where models are hardly trained the law was never seen to hold, though it promises the
    most there.

    Parameters
    ----------
    known : Knowledge
        Of the runs at hand.
    limits : Limits
        Only the largest run that they allow matters.
    ratios : (float, float), optional
        Smallest and largest tokens per parameter, > 0; as said above unless given.

    Returns
    -------
    params, tokens : numpy.ndarray, shape (m,)
        At most 16 budgets by 25 ratios, even in their logarithms (our choice).

    Raises
    ------
    ScalingLawsError
        If the ratios are no range, or the limits leave nothing to choose from.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> known = knowledge(fit(runs, error="mse"))
    >>> params, tokens = candidates(known, Limits(3, each=1e22), ratios=(10, 40))
    >>> ratio = tokens / params
    >>> round(float(ratio.min())), round(float(ratio.max())), f"{6 * (params * tokens).max():.2g}"
    (10, 40, '1e+22')
    """
    runs = known.fit.runs
    ratio = runs.tokens_per_param
    low, high = float(ratio.min()), float(ratio.max())
    middle, wide = np.sqrt(low * high), np.sqrt(_NARROW)
    low, high = ratios or (min(low, middle / wide), max(high, middle * wide))
    if not 0 < low <= high < np.inf:
        raise ScalingLawsError(
            f"Tokens per parameter from {low:g} to {high:g}: expected two positive numbers, the "
            "smaller first."
        )
    top = limits.largest
    bottom = min(float(known.flop.min()), top / 1e3)
    flop, by = np.meshgrid(np.geomspace(bottom, top, _LEVELS), np.geomspace(low, high, _RATIOS))
    params = np.sqrt(flop.ravel() / (FLOP_PER_PARAM_TOKEN * by.ravel()))
    tokens, slack = params * by.ravel(), 1 - 1e-9
    kept = (params >= runs.params.min() * slack) & (tokens >= runs.tokens.min() * slack)
    kept &= known.fit.law.loss(params, tokens) <= runs.loss.max() / slack
    if not kept.any():
        raise ScalingLawsError(
            f"With {top:.3g} FLOP for a run there is nothing to choose from that is as large and "
            "as well trained as the runs at hand. Allow more compute."
        )
    return params[kept], tokens[kept]


def next_runs(
    fit: Fit | Runs,
    narrow: str | None = None,
    *,
    runs: int = 6,
    budget: float | None = None,
    total: float | None = None,
    guarded: bool = True,
    ratios: tuple[float, float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Choose the runs to train next, so that one quantity is known better.

    Parameters
    ----------
    fit : Fit or Runs
        Of Chinchilla's form to the runs at hand. Runs are fitted by squared error first, of a long
        table a part (`methods.compare`).
    narrow : str, optional
        What the next runs are to tell: a, E, or N, D or L at a compute, such as N@1e24. Unless
        given, the lowest loss at ten times the compute of the largest run.
    runs : int
        How many, 1 to 50.
    budget : float, optional
        FLOP of a run at most; the largest at hand unless it or `total` is given.
    total : float, optional
        FLOP of all together at most.
    guarded : bool
        Narrow the interval that remains if the law has a discrepancy: a guard against a law of the
        wrong form.
    ratios : (float, float), optional
        Smallest and largest tokens per parameter of the runs to choose from.
    progress : callable, optional
        Called with how many designs are tried and how many there are to try.

    Returns
    -------
    Plan
        A c-optimal design added to the runs at hand (Silvey 1980): the runs, and the standard error
        of the quantity now and after each of them. It is never worse than the plans without a
        design that it is compared with.

    Raises
    ------
    ScalingLawsError
        If the runs at hand do not fix the law, or what is asked for is out of bounds.

    Examples
    --------
    For a better estimate of the floor, train two more runs as dear as the largest:

    >>> from scalinglaws import read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> made = next_runs(runs, "E", runs=2, guarded=False)
    >>> f"E {made.value:.3f} +- {made.now:.4f}, then +- {made.after[-1]:.4f}"
    'E 1.865 +- 0.0142, then +- 0.0133'
    >>> [f"{flop:.2g}" for flop in made.flop]
    ['1.3e+22', '1.3e+22']
    """
    hand = fit.runs if isinstance(fit, Fit) else fit
    ahead = AHEAD * float(training_flop(hand.params, hand.tokens).max())
    wanted = Quantity("L", ahead) if narrow is None else quantity(narrow)
    if budget is None and total is None:
        budget = float(hand.flop.max())
    limits = Limits(runs, np.inf if budget is None else budget, np.inf if total is None else total)
    found = fit if isinstance(fit, Fit) else fit_runs(fit.distinct().sample(LONGEST), error=MSE)
    return plan(knowledge(found), wanted, limits, guarded=guarded, ratios=ratios, progress=progress)


def plan(
    known: Knowledge,
    wanted: Quantity,
    limits: Limits,
    *,
    guarded: bool = True,
    ratios: tuple[float, float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Choose the next runs from what is known of those at hand.

    Parameters
    ----------
    known : Knowledge
        Of the runs at hand.
    wanted : Quantity
        What the next runs are to tell.
    limits : Limits
        What they may cost.
    guarded : bool
        Narrow the interval that remains if the law has a discrepancy, and so guard against a law of
        the wrong form.
    ratios : (float, float), optional
        Smallest and largest tokens per parameter of the runs to choose from; see `candidates`.
    progress : callable, optional
        Called again and again with how much of the work is done and how much there is.

    Returns
    -------
    Plan
        A c-optimal design added to the runs at hand (Silvey 1980).

    Raises
    ------
    ScalingLawsError
        If the ratios are no range, or the limits leave nothing to choose from.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> runs = read_runs("hoffmann2022_runs").without_highest(5)
    >>> known = knowledge(fit(runs, error="mse"))
    >>> bold, careful = (
    ...     plan(known, Quantity("a"), Limits(1, each=1e22), guarded=guarded)
    ...     for guarded in (False, True)
    ... )
    >>> bool(bold.after[-1] <= careful.after[-1]), careful.after_bent <= bold.after_bent
    (True, True)
    """
    params, tokens = candidates(known, limits, ratios)
    plain = {"along the optimum": _along(known, limits),
             "about the optimum of the two largest budgets": _about(known, limits),
             "one more budget, sizes about its optimum": _profile(known, limits)}  # fmt: skip
    at = [known.fit.runs, *(Runs(*pair, np.ones(limits.runs)) for pair in plain.values())]
    sizes, data = [params], [tokens]
    for each in at:
        sizes, data = [*sizes, each.params], [*data, each.tokens]
    if wanted.kind in "NDL":
        best = known.fit.law.optimum(compute=wanted.compute)
        sizes, data = [*sizes, np.atleast_1d(best.params)], [*data, np.atleast_1d(best.tokens)]
    bent = known.bent(centres(np.concatenate(sizes), np.concatenate(data)))
    judge, trusting = _Judge(bent, wanted), _Judge(known.bent(_NOWHERE), wanted)
    chooser = judge if guarded else trusting
    flop = np.asarray(training_flop(params, tokens))
    chosen = choose(
        inverse(chooser.own), chooser.gradient,
        Candidates(chooser.slopes(params, tokens), flop), limits, progress,
    )  # fmt: skip
    found, by = (params[chosen], tokens[chosen]), ""
    for name, pair in plain.items():
        by_ratio = pair[1] / pair[0]
        if ratios is not None and not ratios[0] <= by_ratio.min() <= by_ratio.max() <= ratios[1]:
            continue
        if chooser.error(*pair) < chooser.error(*found) * (1 - 1e-9):
            found, by = pair, name
    if by:
        slopes = chooser.slopes(*found)
        among = Candidates(slopes, np.ones(len(slopes)))
        order = ordered(inverse(chooser.own), chooser.gradient, among, list(range(len(slopes))))
        found = found[0][order], found[1][order]
    weight = _repeats(known, limits)
    present = "more of the present design"
    return Plan(
        quantity=wanted,
        value=known.value(wanted),
        noise=known.noise,
        n=known.fit.n,
        guarded=guarded,
        params=found[0],
        tokens=found[1],
        flop=np.asarray(training_flop(*found)),
        now=trusting.error(),
        after=np.array([
            trusting.error(found[0][: k + 1], found[1][: k + 1]) for k in range(len(found[0]))
        ]),
        now_bent=judge.error(),
        after_bent=judge.error(*found),
        others={present: trusting.error(weight=weight)}
        | {name: trusting.error(*pair) for name, pair in plain.items()},
        others_bent={present: judge.error(weight=weight)}
        | {name: judge.error(*pair) for name, pair in plain.items()},
        by=by,
    )  # fmt: skip


class _Judge:
    """What a quantity's standard error is after runs."""

    def __init__(self, model: Bent, wanted: Quantity) -> None:
        self.known, self.slopes = model.known, model.slopes
        self.gradient, self.own = model.gradient(wanted), model.own

    def error(
        self, params: ArrayLike = (), tokens: ArrayLike = (), weight: float = 0.0
    ) -> float:  # fmt: skip
        """Return it after more runs, or after those at hand were had again by this share."""
        own = self.own.copy()
        own[: self.known.fit.n] *= np.sqrt(1 + weight)
        extra = self.slopes(params, tokens) if np.size(params) else np.empty((0, own.shape[1]))
        left = variance(inverse(np.vstack([own, extra])), self.gradient)
        return self.known.noise * float(np.sqrt(left))


def _repeats(known: Knowledge, limits: Limits) -> float:
    """Return how often the present design can be had again, in shares of it."""
    affordable = limits.total / float(known.flop.mean())
    return min(limits.runs, affordable) / known.fit.n


def _along(known: Knowledge, limits: Limits) -> tuple[Array, Array]:
    """Return optimal runs at budgets up to the largest, or smaller ones within the total."""
    low = min(float(known.flop.min()), limits.largest)
    flop = np.geomspace(low, limits.largest, limits.runs) if limits.runs > 1 else (
        np.array([limits.largest])
    )  # fmt: skip
    flop = flop * min(1.0, limits.total / float(flop.sum()))
    best = known.fit.law.optimum(compute=flop)
    return best.params, best.tokens


def _about(known: Knowledge, limits: Limits) -> tuple[Array, Array]:
    """Return runs about the optimum of the largest budget and of a third of it, half on each."""
    budget = limits.alike
    each = np.where(np.arange(limits.runs) % 2, budget / 3, budget)
    best = known.fit.law.optimum(compute=each).params
    steps = np.arange(limits.runs) // 2
    params = best * 1.5 ** (steps - steps.mean())
    return params, each / (FLOP_PER_PARAM_TOKEN * params)


def _profile(known: Knowledge, limits: Limits) -> tuple[Array, Array]:
    """Return runs of the largest budget, sizes spread by a factor of 10 about the optimum."""
    budget = limits.alike
    best = known.fit.law.optimum(compute=budget).params
    spread = 10.0 ** np.linspace(-0.5, 0.5, limits.runs) if limits.runs > 1 else np.ones(1)
    params = best * spread
    return params, budget / (FLOP_PER_PARAM_TOKEN * params)
