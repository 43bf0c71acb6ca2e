"""How a verdict follows from what was stated and what was found: one rule for every claim.

A chapter hands over evidence: a number, an estimate with its interval, the draws of one, a range,
the p of a test, or whether a thing is so. The judge computes the probability that what the claim
says of it is true, and the verdict from that. Nobody writes a verdict.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from scalebook.errors import Faulty, ScalebookError

Relation = Literal[
    "eq", "about", "at-least", "at-most", "less", "more", "between", "sign", "not-rejected",
    "exists", "qualitative",
]  # fmt: skip
Array = NDArray[np.float64]

#: What a claim can say of a quantity, in words.
RELATIONS: dict[str, str] = {
    "eq": "equal to the number stated, at the digits stated",
    "about": "within a fifth of the number stated, or as near as its own words ask",
    "at-least": "the number stated or more",
    "at-most": "the number stated or less",
    "less": "less than the number stated",
    "more": "more than the number stated",
    "between": "from the first number stated to the second",
    "sign": "of the sign stated",
    "not-rejected": "not rejected by a test at 5%",
    "exists": "there is such a thing",
    "qualitative": "so, in words that a computation can decide",
}
#: The verdicts and what each means, the surest first.
VERDICTS = {
    "holds": "true, with a probability of 95% or more",
    "roughly": "true with a probability of 80% or more, or within a fifth of the number stated",
    "fails": "true with a probability below 5%",
    "open": "the evidence does not decide",
    "assumption": "nothing to compute; kept as a parameter",
    "pending": "entered, and not computed yet",
}
#: Why a verdict is what it is, where that is not plain.
REASONS = {
    "unit": "right number, wrong unit",
    "misquoted": "the source says something else",
    "slip": "a slip in the arithmetic",
    "law": "the law it leans on says otherwise",
    "experiment": "a later measurement says otherwise",
    "coincidence": "right number, wrong way",
    "rounding": "off in the last digit",
}
#: How far a hedged number ("about", "roughly") may be off, as a share of the larger of the two.
HEDGE = 0.2
SURE, LIKELY, UNLIKELY = 0.95, 0.8, 0.05

_ROUNDING = 1e-12  # of the largest number compared: what sums in another order differ by
# Midpoints of equal shares of probability: an interval's draws, without chance.
_SHARES = (np.arange(4000) + 0.5) / 4000


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a computation found about a claim; made by one of the functions below.

    Attributes
    ----------
    value, low, high : ndarray or None
        What was recomputed, and the ends of its interval or range, one number each or several.
    draws : ndarray or None
        Of shape (draws, numbers), where there is a probability to be had from them.
    chance : float or None
        The probability that the claim is true, where the computation gives it itself.
    """

    value: Array | None = None
    low: Array | None = None
    high: Array | None = None
    draws: Array | None = None
    chance: float | None = None


@dataclass(frozen=True)
class Judgement:
    """A verdict, and the probability that it follows from; None where there is none."""

    verdict: str
    probability: float | None


def point(value: ArrayLike) -> Evidence:
    """Return evidence that is one number, or several, with no doubt about them: arithmetic."""
    value = _numbers(value)
    return Evidence(value, draws=value[None])


def interval(value: ArrayLike, low: ArrayLike, high: ArrayLike, level: float = 0.95) -> Evidence:
    """Return an estimate with its interval, as a paper prints it.

    Each side is half a normal distribution that has `low` or `high` at its quantile; of logarithms
    where all three are positive, since such intervals are of factors.
    """
    value, low, high = map(_numbers, (value, low, high))
    if not ((low <= value) & (value <= high)).all():
        raise ScalebookError(f"the interval {low} to {high} does not hold {value}.")
    logs = (low > 0).all()
    centre, *ends = np.log((value, low, high)) if logs else np.array((value, low, high))
    below, above = (np.abs(end - centre) / special.ndtri((1 + level) / 2) for end in ends)
    z = special.ndtri(_SHARES)[:, None]
    draws = centre + z * np.where(z < 0, below, above)
    return Evidence(value, low, high, np.exp(draws) if logs else draws)


def sample(draws: ArrayLike, value: ArrayLike | None = None, level: float = 0.95) -> Evidence:
    """Return an estimate by its draws, such as a bootstrap's, and its percentile interval.

    Parameters
    ----------
    draws : array_like of shape (draws,) or (draws, numbers)
    value : array_like, optional
        The estimate; the median of the draws where left out.
    level : float
    """
    rows = np.asarray(draws, dtype=float)
    rows = rows[:, None] if rows.ndim == 1 else rows
    _finite(rows)
    middle = np.median(rows, axis=0) if value is None else _numbers(value)
    low, high = np.quantile(rows, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Evidence(middle, low, high, rows)


def bounds(low: ArrayLike, high: ArrayLike) -> Evidence:
    """Return a range that has no middle and no probabilities: what unlike sources say."""
    low, high = map(_numbers, (low, high))
    if (low > high).any():
        raise ScalebookError(f"a range from {low} to {high} has its ends the wrong way round.")
    return Evidence(low=low, high=high)


def truth(so: ArrayLike, value: ArrayLike | None = None) -> Evidence:
    """Return whether what a claim says in words is so: once, or in each of several draws.

    Parameters
    ----------
    so : bool or array_like of bool
    value : array_like, optional
        A number to show beside it.
    """
    found = np.asarray(so)
    if found.dtype != np.bool_ or not found.size:
        raise ScalebookError(f"expected true or false, or several of them, got {so!r}.")
    return Evidence(None if value is None else _numbers(value), chance=float(found.mean()))


def pvalue(
    p: float | None,
    value: ArrayLike | None = None,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
) -> Evidence:
    """Return the p of a test that what was stated is so, with the estimate beside it.

    None for a p that is known too roughly to say on which side of 5% it lies.
    """
    if p is not None and not 0 <= p <= 1:
        raise ScalebookError(f"a p-value lies between 0 and 1, got {p!r}.")
    value, low, high = (None if each is None else _numbers(each) for each in (value, low, high))
    return Evidence(value, low, high, chance=None if p is None else float(p))


def doubled_share(draws: Array, value: float) -> float:
    """Return twice the share of draws on the rarer side of a value."""
    below = float(np.mean(draws < value))
    return 2 * min(below, 1 - below)


def sided(chance: float, draws: int, bar: float = UNLIKELY) -> float | None:
    """Return a doubled share of draws as a p; None within two standard errors of the bar.

    So few draws cannot say on which side of it the p lies.
    """
    error = math.sqrt(chance * (2 - chance) / draws)  # of twice a share, of half the chance
    return None if abs(chance - bar) < 2 * error else chance


#: Evidence that leaves a claim open; `why` says what would decide.
UNKNOWN = Evidence()


def decide(
    relation: str, stated: Sequence[float], evidence: Evidence, *, digits: int = 0,
    within: float = HEDGE,
) -> Judgement:  # fmt: skip
    """Derive the verdict on one claim from one piece of evidence.

    Parameters
    ----------
    relation : str
        One of `RELATIONS`.
    stated : sequence of float
        Empty where the claim states no number.
    evidence : Evidence
    digits : int
        Significant digits printed, for ``eq``; 0 where the claim is exact.
    within : float
        How far a number may be off for ``about``.

    Notes
    -----
    ``eq`` and ``about`` allow a fifth for *roughly*, and are not said to hold where the interval
    excludes what was stated.

    Examples
    --------
    >>> decide("about", [20], point(23.0))
    Judgement(verdict='holds', probability=1.0)
    >>> decide("at-least", [3], bounds(2.5, 4.0))
    Judgement(verdict='open', probability=None)
    """
    numeric = evidence.draws is not None or (evidence.value is None and evidence.low is not None)
    if relation in ("not-rejected", "exists", "qualitative") and numeric:
        raise ScalebookError(f"'{relation}' needs a truth or a p; numbers were given.")
    if relation == "not-rejected":
        p = evidence.chance
        kept = None if p is None else float(p >= UNLIKELY)
        return Judgement(_verdict(kept, kept), p)
    if relation in ("exists", "qualitative"):
        return Judgement(_verdict(evidence.chance, evidence.chance), evidence.chance)
    if evidence.chance is not None:
        raise ScalebookError(f"'{relation}' compares numbers; a truth or a p was given.")
    goal = np.array(stated, dtype=float)
    _agree(relation, goal, evidence)
    tight = _chance(relation, goal, evidence, digits, within)
    if relation not in ("eq", "about"):
        return Judgement(_verdict(tight, tight), tight)
    wide = _chance("about", goal, evidence, digits, max(within, HEDGE))
    verdict = _verdict(tight, _either(tight, wide))
    hidden = verdict == "holds" and _excluded(goal, evidence)
    return Judgement("roughly" if hidden else verdict, tight)


def _either(one: float | None, other: float | None) -> float | None:
    """Return the larger probability, where it is known which that is."""
    known = [each for each in (one, other) if each is not None]
    return max(known) if len(known) == 2 or 1.0 in known else None


def _verdict(tight: float | None, loose: float | None) -> str:
    """Return the verdict by the probabilities of a relation as stated, and with a fifth allowed."""
    if tight is not None and tight >= SURE:
        return "holds"
    if (tight is not None and tight >= LIKELY) or (loose is not None and loose >= SURE):
        return "roughly"
    return "fails" if loose is not None and loose < UNLIKELY else "open"


def _agree(relation: str, goal: Array, evidence: Evidence) -> None:
    """Complain of evidence that has another count of numbers than the claim."""
    known = next((x for x in (evidence.value, evidence.low) if x is not None), None)
    if known is None:
        return
    expected = 1 if relation == "between" else goal.size
    if known.size != expected:
        raise ScalebookError(f"the claim states {expected} numbers, {known.size} were recomputed.")


def _chance(
    relation: str, goal: Array, evidence: Evidence, digits: int, within: float
) -> float | None:
    """Return the probability of a relation; of a range, 1 or 0 where all of it agrees."""
    if evidence.draws is not None:
        return float(_true(relation, goal, evidence.draws, digits, within).all(axis=1).mean())
    if evidence.low is None or evidence.high is None:
        return None
    inside = np.linspace(evidence.low, evidence.high, 2001)  # both ends, and what lies between
    nearest = np.clip(goal, evidence.low, evidence.high)  # however little of the range it is
    inside = np.vstack([inside, nearest[:, None] if relation == "between" else nearest])
    so = _true(relation, goal, inside, digits, within)
    return 1.0 if so.all() else None if so.any(axis=0).all() else 0.0


def _true(
    relation: str, goal: Array, found: Array, digits: int, within: float
) -> NDArray[np.bool_]:
    """Return for each number found whether it is as the claim says."""
    slack = _ROUNDING * np.maximum(
        np.abs(goal[0] if relation == "between" else goal), np.abs(found)
    )
    if relation == "between":
        so = (goal[0] - slack <= found) & (found <= goal[1] + slack)
    elif relation == "eq":
        so = np.abs(found - goal) <= half_unit(goal, digits) + slack
    elif relation == "about":
        so = np.abs(found - goal) <= within * np.maximum(np.abs(goal), np.abs(found)) + slack
    elif relation == "sign":
        so = np.sign(found) == np.sign(goal)
    elif relation in ("at-least", "more"):
        so = found >= goal - slack if relation == "at-least" else found > goal + slack
    else:
        so = found <= goal + slack if relation == "at-most" else found < goal - slack
    return np.asarray(so)


def half_unit(goal: Array, digits: int) -> Array:
    """Return half a unit of the last digit printed; 0 where a claim is exact."""
    if not digits:
        return np.zeros_like(goal)
    power = np.floor(np.log10(np.where(goal == 0, 1.0, np.abs(goal))))
    return np.asarray(10.0 ** (power - digits + 1) / 2)


def _excluded(goal: Array, evidence: Evidence) -> bool:
    """Return whether the interval shown excludes a number stated."""
    if evidence.low is None or evidence.high is None or evidence.low.size != goal.size:
        return False
    return bool(((goal < evidence.low) | (goal > evidence.high)).any())


def _numbers(values: ArrayLike) -> Array:
    found = np.atleast_1d(np.asarray(values, dtype=float))
    return _finite(found)


def _finite(values: Array) -> Array:
    if not np.isfinite(values).all():
        raise Faulty(f"a settled claim needs finite numbers, got {values}.")
    return values
