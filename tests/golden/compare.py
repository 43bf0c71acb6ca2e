"""Whether an output is still the stored one, number by number.

What is compared, and how far it may lie off:

- Structure, texts, truth values and whole numbers (counts) are equal. A number inside a text counts
  as text, and 6 is not 6.0.
- The constant of an interval or of a standard error: `CENTRE` standard errors. It may be a number
  `X` beside `X_se`, or beside `X_low` and `X_high`, or beside `intervals` that hold `X`; or a
  `value` or `recomputed` beside `low` and `high`.
- The end of an interval: the Monte Carlo error of a quantile, `ENDS` times, so that another stream
  of random numbers passes. An end of at most `STATED_DIGITS` digits was stated or counted, not
  drawn, and is a number like any other; so is a `low` or `high` beside no constant, as of a
  parameter's bounds.
- An objective: `OBJECTIVE`, relative.
- A p value of extreme size: `P_VALUE` in its decimal logarithm; `FLOOR` would let it be anything.
- Every other number: `RELATIVE`, or `FLOOR` if that is more.

An interval of a positive quantity whose ends are more than a factor `WIDE` apart is measured in
logarithms. Its lower end would otherwise be free to be anything: that of B in Chinchilla's law lies
at 2 × 10³ and the upper one at 3 × 10⁵.

Everything is measured by what is stored. Nothing here reads or writes a file.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

RELATIVE = 1e-6

# Losses, shares and exponents are of order one, and fits settle them to some 1e-10. What is beyond
# that in a difference that nearly vanishes, and all of a residual of 1e-15, is rounding, which
# differs from one processor to the next.
FLOOR = 1e-9

OBJECTIVE = 1e-9
CENTRE = 0.01
ENDS = 3.0
P_VALUE = 0.01
WIDE = 2.0
STATED_DIGITS = 6

LEVEL = 0.95
RESAMPLES = 1000

# A number in an entry: its key, and its index if the key has a list.
Spot = tuple[str, int | None]


@dataclass(frozen=True)
class Allowance:
    """How far a number may lie from the stored one.

    Attributes
    ----------
    amount : float
        Largest difference, of natural logarithms where `logarithmic`.
    logarithmic : bool
    """

    amount: float
    logarithmic: bool = False

    def permits(self, stored: float, now: float) -> bool:
        """Return whether `now` is near enough to `stored`."""
        if not self.logarithmic:
            return abs(now - stored) <= self.amount
        return now / stored > 0 and abs(math.log(now / stored)) <= self.amount

    def __str__(self) -> str:
        if self.logarithmic:
            return f"a factor 1 + {math.expm1(self.amount):.3g}"
        return f"± {self.amount:.3g}"


@dataclass(frozen=True)
class Interval:
    """A central interval of a quantity that is about normal, or whose logarithm is.

    Attributes
    ----------
    low, high : float
    level : float
        Probability between the ends.
    """

    low: float
    high: float
    level: float = LEVEL

    @property
    def logarithmic(self) -> bool:
        """Whether the interval is measured in logarithms."""
        return self.low > 0 and self.high > WIDE * self.low

    @property
    def error(self) -> float:
        """Standard error that the width stands for; natural logarithm where `logarithmic`."""
        width = math.log(self.high / self.low) if self.logarithmic else self.high - self.low
        return abs(width) / (2 * NormalDist().inv_cdf((1 + self.level) / 2))


def end_error(level: float, resamples: int) -> float:
    """Return the Monte Carlo error of an end of a percentile interval, in standard errors.

    It is the error sqrt(p(1 - p) / R) of the share of R resamples below the end, over the normal
    density there.

    Parameters
    ----------
    level : float
        Probability between the ends, above 0 and below 1.
    resamples : int
        R, at least 1.

    References
    ----------
    David and Nagaraja, Order Statistics, 3rd edition, 2003, section 10.2.
    """
    p = (1 + level) / 2
    density = NormalDist().pdf(NormalDist().inv_cdf(p))
    return math.sqrt(p * (1 - p) / resamples) / density


@dataclass(frozen=True)
class Stated:
    """What an output says of its intervals, in an entry or in one around it.

    Attributes
    ----------
    level : float
    resamples : int
    """

    level: float = LEVEL
    resamples: int = RESAMPLES

    def within(self, entry: Mapping[str, Any]) -> "Stated":
        """Return what holds within an entry, which may say otherwise than those around it."""
        found = self
        for part in (entry.get("parameters"), entry.get("intervals"), entry):
            if not isinstance(part, dict):
                continue
            if isinstance(part.get("level"), float):
                found = replace(found, level=part["level"])
            told = re.search(r"(\d+) resamples", str(part.get("method")))
            if told:
                found = replace(found, resamples=int(told[1]))
        counts = _resampled(entry.get("parameters"))
        return replace(found, resamples=min(counts)) if counts else found


def _resampled(parameters: Any) -> list[int]:
    """Return how often a chapter draws; where it has several such numbers, any of them may hold."""
    if not isinstance(parameters, dict):
        return []
    return [
        value
        for key, value in parameters.items()
        if key == "draws" or key.endswith("resamples")
        if isinstance(value, int) and value > 0
    ]


def differences(stored: Any, now: Any, resamples: int = RESAMPLES) -> list[str]:
    """Return what of an output lies further from the stored one than it may.

    Parameters
    ----------
    stored, now : Any
        What `json.loads` gives.
    resamples : int
        Resamples behind the intervals, unless the output itself says how many.

    Returns
    -------
    list of str
        One line for each: the place, what is stored, what is there now, and what is allowed.
    """
    return list(_walk(stored, now, "", "", Stated(resamples=resamples)))


def lost(stored: Mapping[str, list[str]], now: Mapping[str, list[str]]) -> list[str]:
    """Return the pages and anchors that are gone. New ones are no difference.

    Parameters
    ----------
    stored, now : mapping of str to list of str
        Anchors by page.
    """
    gone = [line_of(page, "a page", "nothing", "the page") for page in stored if page not in now]
    for page, anchors in stored.items():
        left = set(now.get(page, anchors))
        gone += [
            line_of(f"{page}#{anchor}", "an anchor", "nothing", "the anchor")
            for anchor in anchors
            if anchor not in left
        ]
    return gone


def line_of(place: str, stored: str, now: str, allowed: str) -> str:
    """Return a difference as one line."""
    return f"{place or 'all of it'}: stored {stored}, now {now}, allowed {allowed}"


def _walk(
    stored: Any, now: Any, place: str, name: str, stated: Stated, allowed: Allowance | None = None
) -> Iterator[str]:
    if type(stored) is not type(now):
        yield line_of(place, _shown(stored), _shown(now), "the same kind")
    elif isinstance(stored, dict):
        yield from _walk_entry(stored, now, place, name, stated.within(stored))
    elif isinstance(stored, list):
        yield from _walk_list(stored, now, place, name, stated, {})
    elif isinstance(stored, float):
        allowed = allowed or usual(name, stored)
        if not allowed.permits(stored, now):
            yield line_of(place, _shown(stored), _shown(now), str(allowed))
    elif stored != now:
        yield line_of(place, _shown(stored), _shown(now), "the same")


def _walk_entry(
    stored: dict[str, Any], now: dict[str, Any], place: str, name: str, stated: Stated
) -> Iterator[str]:
    special = allowances(stored, name, stated)
    dot = "." if place else ""
    for key, value in stored.items():
        there = f"{place}{dot}{key}"
        if key not in now:
            yield line_of(there, _shown(value), "nothing", "the same keys")
        elif isinstance(value, list) and isinstance(now[key], list):
            yield from _walk_list(value, now[key], there, key, stated, special)
        else:
            yield from _walk(value, now[key], there, key, stated, special.get((key, None)))
    for key in now:
        if key not in stored:
            yield line_of(f"{place}{dot}{key}", "nothing", _shown(now[key]), "the same keys")


def _walk_list(
    stored: list[Any],
    now: list[Any],
    place: str,
    name: str,
    stated: Stated,
    special: Mapping[Spot, Allowance],
) -> Iterator[str]:
    if len(stored) != len(now):
        yield line_of(place, f"{len(stored)} entries", f"{len(now)} entries", "as many")
    for index, (one, other) in enumerate(zip(stored, now, strict=False)):
        there = f"{place}[{_label(one, index)}]"
        yield from _walk(one, other, there, name, stated, special.get((name, index)))


def _label(entry: Any, index: int) -> str:
    """Return the name of an entry of a list, or its index if it has none."""
    if isinstance(entry, dict):
        for key in ("id", "law", "method", "name"):
            if isinstance(entry.get(key), str):
                return str(entry[key])
    return str(index)


def _shown(value: Any) -> str:
    """Return a value as JSON, cut off if it is no single value."""
    text = json.dumps(value, ensure_ascii=False)
    return text if not isinstance(value, dict | list) or len(text) <= 80 else f"{text[:79]}…"


# How far a number may lie off


def usual(name: str, stored: float) -> Allowance:
    """Return what is allowed of a number that belongs to no interval and has no standard error.

    Parameters
    ----------
    name : str
        Its key, or the key of the list that it is in.
    stored : float
    """
    if name == "objective" or name.endswith("_objective"):
        return Allowance(OBJECTIVE * abs(stored))
    if 0 < stored < RELATIVE and "p" in name.split("_"):
        return Allowance(P_VALUE * math.log(10), logarithmic=True)
    return Allowance(max(RELATIVE * abs(stored), FLOOR))


def allowances(entry: Mapping[str, Any], name: str, stated: Stated) -> dict[Spot, Allowance]:
    """Return what is allowed of the constants and the ends of intervals in an entry.

    Parameters
    ----------
    entry : mapping
        As stored.
    name : str
        Its key in the entry around it; that of an entry in a list is the list's.
    stated : Stated

    Returns
    -------
    dict
        By key and index. What is not there is a number like any other.
    """
    found: dict[Spot, Allowance] = {}
    for spot, interval in _centres(entry, stated.level):
        found[spot] = _near(_number(entry, spot), interval, CENTRE)
    share = ENDS * end_error(stated.level, stated.resamples)
    for spot, interval in _ends(entry, name, stated.level):
        if not is_stated(_number(entry, spot)):
            found[spot] = _near(_number(entry, spot), interval, share)
    for key, value in entry.items():
        error = entry.get(f"{key}_se")
        if isinstance(value, float) and isinstance(error, float):
            found[key, None] = Allowance(max(CENTRE * error, usual(key, value).amount))
    return found


def is_stated(value: float) -> bool:
    """Return whether a number has few digits, as what is counted or quoted has."""
    return float(f"{value:.{STATED_DIGITS}g}") == value


def _near(value: float, interval: Interval, share: float) -> Allowance:
    """Return an allowance of a share of an interval's standard error."""
    if not interval.logarithmic:
        return Allowance(max(share * interval.error, usual("", value).amount))
    if value > 0:
        return Allowance(max(share * interval.error, RELATIVE), logarithmic=True)
    return usual("", value)  # far outside its interval, which then says nothing of it


def _centres(entry: Mapping[str, Any], level: float) -> Iterator[tuple[Spot, Interval]]:
    """Yield the constants of an entry that have an interval."""
    for centre, low, high in _beside(entry):
        if _is_number(entry, centre):
            yield centre, Interval(_number(entry, low), _number(entry, high), level)
    spans = entry.get("intervals")
    for key, ends in spans.items() if isinstance(spans, dict) else ():
        if _is_pair(ends) and _is_number(entry, (key, None)):
            yield (key, None), Interval(ends[0], ends[1], level)


def _ends(entry: Mapping[str, Any], name: str, level: float) -> Iterator[tuple[Spot, Interval]]:
    """Yield both ends of every interval of an entry."""
    for _, low, high in _beside(entry):
        interval = Interval(_number(entry, low), _number(entry, high), level)
        yield low, interval
        yield high, interval
    for key, ends in entry.items() if name == "intervals" else ():
        if _is_pair(ends):
            yield (key, 0), Interval(ends[0], ends[1], level)
            yield (key, 1), Interval(ends[0], ends[1], level)


def _beside(entry: Mapping[str, Any]) -> Iterator[tuple[Spot, Spot, Spot]]:
    """Yield constant, lower and upper end of the intervals that are written beside constants.

    There may be nothing at the first: some chapters record `X_low` and `X_high` without `X`.
    """
    names = [(key[:-4], key, f"{key[:-4]}_high") for key in entry if key.endswith("_low")]
    names += [(key, "low", "high") for key in ("value", "recomputed") if key in entry]
    for centre, low, high in names:
        ends = entry.get(low)
        count = len(ends) if isinstance(ends, list) else 0
        for index in range(count) if count else (None,):
            spots = (centre, index), (low, index), (high, index)
            if _is_number(entry, spots[1]) and _is_number(entry, spots[2]):
                yield spots


def _is_pair(ends: Any) -> bool:
    return isinstance(ends, list) and len(ends) == 2 and all(isinstance(e, float) for e in ends)


def _is_number(entry: Mapping[str, Any], spot: Spot) -> bool:
    key, index = spot
    value = entry.get(key)
    if index is not None:
        value = value[index] if isinstance(value, list) and index < len(value) else None
    return isinstance(value, float)


def _number(entry: Mapping[str, Any], spot: Spot) -> float:
    key, index = spot
    value = entry[key] if index is None else entry[key][index]
    return float(value)
