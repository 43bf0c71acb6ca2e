"""Quantities with a unit, as people type them: 5e25 FLOP, 20 tokens/param, 6 months, 80%.

A unit is a product of at most two parts, NUMERATOR/DENOMINATOR. Each part has a kind, which must
agree with the unit expected, and a factor, which converts to it.
"""

import math
import re

from scalinglaws import numerals
from scalinglaws.errors import ScalingLawsError
from scalinglaws.numerals import NUMBER, PF_DAY, SUFFIX, parse_quantity

#: Characters of a number with its unit. No such text is longer; longer ones cost time to refuse.
LONGEST = 100

_PREFIXES = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "p": 1e15, "e": 1e18, "z": 1e21,
             "y": 1e24}  # fmt: skip
_KIB = 1024.0
# Singular and in lower case; kinds are our own words.
_PARTS: dict[str, tuple[str, float]] = {
    **{f"{prefix}flop": ("FLOP", factor) for prefix, factor in _PREFIXES.items()},
    **{f"{prefix}byte": ("bytes", factor) for prefix, factor in _PREFIXES.items()},
    **{f"{prefix}b": ("bytes", factor) for prefix, factor in _PREFIXES.items() if prefix},
    **{f"{p}ib": ("bytes", _KIB ** (1 + n)) for n, p in enumerate("kmgtpe")},
    **{f"{prefix}wh": ("J", 3600 * _PREFIXES[prefix]) for prefix in ("", "k", "m", "g", "t")},
    **{f"{prefix}j": ("J", _PREFIXES[prefix]) for prefix in ("", "k", "m", "g", "t", "p")},
    **{f"{prefix}w": ("W", _PREFIXES[prefix]) for prefix in ("", "k", "m", "g")},
    **{name: ("s", seconds) for name, seconds in numerals.SECONDS.items()},
    **dict.fromkeys(("sec", "second"), ("s", 1.0)),
    **dict.fromkeys(("hr", "hour"), ("s", numerals.SECONDS_PER_HOUR)),
    **dict.fromkeys(("yr", "year"), ("s", numerals.SECONDS["year"])),
    "pf-day": ("FLOP", PF_DAY),
    "watt": ("W", 1.0),
    "param": ("params", 1.0),
    "parameter": ("params", 1.0),
    "token": ("tokens", 1.0),
    "character": ("characters", 1.0),
    "char": ("characters", 1.0),
    "bit": ("bits", 1.0),
    "nat": ("nats", 1.0),
    **dict.fromkeys(("usd", "$", "dollar"), ("USD", 1.0)),
    **dict.fromkeys(("x", "×", "time", "fold"), ("x", 1.0)),
    "%": ("", 0.01),
    "percent": ("", 0.01),
    "1": ("", 1.0),
    "share": ("", 1.0),
    "log loss": ("", 1.0),
    "x optimum": ("x", 1.0),
    "orders of magnitude": ("orders of magnitude", 1.0),
    "order of magnitude": ("orders of magnitude", 1.0),
    "oom": ("orders of magnitude", 1.0),
    "params^(2/3)": ("params^(2/3)", 1.0),
    "": ("", 1.0),
    **{
        name.removesuffix("s"): (name, 1.0)
        for name in ("experts", "accelerators", "runs", "epochs", "words", "symbols", "contexts",
                     "sizes", "amounts", "streams", "pages")
    },
}  # fmt: skip

_QUANTITY = re.compile(
    rf"(?P<number>{NUMBER}\s*(?:(?:{SUFFIX})(?![a-z/]))?)\s*(?P<unit>(?:[^\d.].*)?)",
    re.IGNORECASE | re.ASCII,
)


class WrongUnit(ScalingLawsError):
    """A number in a unit that does not convert to the one expected.

    Examples
    --------
    >>> read("3 tokens", "FLOP")
    Traceback (most recent call last):
    scalinglaws.quantities.WrongUnit: that is in tokens; expected FLOP
    """


Dimension = tuple[str, str]
_BARE: tuple[Dimension, ...] = (("", ""), ("x", ""))


def read(text: str, unit: str) -> float:
    """Read a number in a unit, whether the unit is written with it or not.

    Parameters
    ----------
    text : str
        ``5e25``, ``5e25 FLOP``, ``70B params``, ``192 GB``, ``80%``, ``three months``.
    unit : str
        The unit expected, which a number without one is in.

    Returns
    -------
    float
        In `unit`.

    Raises
    ------
    WrongUnit
        If `text` is in a unit that is not known or does not convert to `unit`.
    ScalingLawsError
        If `text` is no number, too long for one or too large for a float.

    Examples
    --------
    >>> read("6 months", "days"), read("80%", "share"), read("48 USD/day", "USD/h")
    (182.625, 0.8, 2.0)
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise ScalingLawsError(f"{len(text):,} characters are too many for a number")
    match = _QUANTITY.fullmatch(text)
    if match is None:
        if _kind(unit) == ("s", ""):  # "three months"
            return numerals.duration(text) / _factor(unit)
        raise ScalingLawsError("it is not a number")
    value, given = parse_quantity(match["number"]), match["unit"].strip()
    if not given:
        return value
    if _kind(given) is None:
        raise WrongUnit(f"the unit {given!r} is not known; expected {_named(unit)}")
    if not _converts(given, unit):
        raise WrongUnit(f"that is in {given}; expected {_named(unit)}")
    factor = _factor(given) / (_factor(unit) if _kind(given) not in _BARE else 1.0)
    # Divided by 100 and not multiplied by 0.01, which is not a float: 7% is 0.07.
    value = value / round(1 / factor) if factor < 1 and _whole(1 / factor) else value * factor
    if not math.isfinite(value):
        raise ScalingLawsError("it is too large")
    return value


def known(unit: str) -> bool:
    """Return whether quantities can be given in a unit.

    Parameters
    ----------
    unit : str
        One part or two, such as ``FLOP`` or ``tokens/param``; singular or plural, in either case.

    Returns
    -------
    bool
        Whether `read` converts to and from it.

    Examples
    --------
    >>> known("USD/hour"), known("FLOP per second"), known("parsecs")
    (True, True, False)
    """
    return _kind(unit) is not None


def spellings(unit: str) -> dict[str, float]:
    """Return the units that `read` converts to a unit, in lower case and the singular.

    Parameters
    ----------
    unit : str
        As for `known`.

    Returns
    -------
    dict
        How many of `unit` one of each is, by spelling; empty for a unit that is not known.

    Examples
    --------
    >>> spellings("tokens/param")
    {'token/param': 1.0, 'token/parameter': 1.0}
    """
    ours = _kind(unit)
    if ours is None:
        return {}
    names = [name for name in _PARTS if name]
    found = [name for name in names if _kind(name) in _BARE or _kind(name) == ours]
    if ours[1]:
        found += [f"{one}/{other}" for one in names for other in names
                  if (_PARTS[one][0], _PARTS[other][0]) == ours]  # fmt: skip
    kept = [name for name in found if _converts(name, unit)]
    return {name: _factor(name) / (1.0 if _kind(name) in _BARE else _factor(unit)) for name in kept}


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-9 * value


def _named(unit: str) -> str:
    return unit or "a number without a unit"


def _converts(given: str, unit: str) -> bool:
    theirs, ours = _kind(given), _kind(unit)
    if theirs is None or ours is None:
        return False
    if theirs == ours:
        # Growth by a factor does not convert: 2 a month is not 24 a year.
        return ours[0] != "x" or _factor(given) == _factor(unit)
    # FLOPS is used of both, so the parameter says which is meant.
    if ours == ("FLOP", "s") and theirs == ("FLOP", ""):
        return given.strip().lower().endswith("flops")
    # A share is also a factor, and what it is of or by the year may be left out.
    return theirs in _BARE and ours[0] in ("", "x")


def _kind(unit: str) -> Dimension | None:
    parts = [_PARTS.get(part) for part in _parts(unit)]
    if len(parts) > 2 or None in parts:
        return None
    kinds = [part[0] for part in parts if part]
    return kinds[0], kinds[1] if len(kinds) > 1 else ""


def _factor(unit: str) -> float:
    factors = [_PARTS[part][1] for part in _parts(unit)]
    return factors[0] / (factors[1] if len(factors) > 1 else 1.0)


def _parts(unit: str) -> list[str]:
    """Return the parts of a unit in the spelling of the table."""
    text = re.sub(r"\s+per\s+", "/", unit.strip().lower()).replace("pflop/s-day", "pf-day")
    text = re.sub(r"\bflops/s\b", "flop/s", text)
    return [_singular(part.strip()) for part in _split(text)]


def _split(text: str) -> list[str]:
    return [text] if text in _PARTS else text.split("/")


def _singular(part: str) -> str:
    return part if part in _PARTS else part.removesuffix("s")
