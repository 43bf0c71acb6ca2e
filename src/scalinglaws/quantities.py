"""Numbers as people write them and the book prints them, with their unit or without one.

The one table of suffixes, prefixes and units, and the one reader: of what is typed, of parameter
files, tables of runs and, by `grammar` and `spellings`, the figures of a page. Without NumPy, for
programs that only read parameters.

A unit is a part, or two of them, NUMERATOR/DENOMINATOR. Each part has a kind, which must agree with
the unit expected, and a factor, which converts to it.
"""

import math
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from scalinglaws.errors import ScalingLawsError, shortened

PF_DAY = 8.64e19
"""FLOP in one petaFLOP/s-day, 1e15 x 24 x 3600 (Kaplan et al. 2020, Section 1.3)."""

SECONDS_PER_HOUR = 3600.0
SECONDS_PER_DAY = 86400.0
DAYS_PER_YEAR = 365.25
"""Julian year; a month is a twelfth of it."""

LONGEST = 100
"""Characters of a number with its unit. No such text is longer; longer ones take time to refuse."""

# Suffixes, prefixes and units: in lower case, units in the singular

_SUFFIXES = {"K": 3, "M": 6, "B": 9, "T": 12}
_POWERS = {letter.lower(): power for letter, power in _SUFFIXES.items()} | {
    "thousand": 3, "million": 6, "billion": 9, "trillion": 12,
}  # fmt: skip
_COUNTS = {
    "an": 1, "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_PREFIXES = {"": 1.0} | {
    spelling: float(f"1e{3 * n}")
    for n, name in enumerate(("kilo", "mega", "giga", "tera", "peta", "exa", "zetta", "yotta"), 1)
    for spelling in (name[0], name)
}
_YEAR = DAYS_PER_YEAR * SECONDS_PER_DAY
_UNITS: dict[str, tuple[str, float]] = {
    **{
        prefix + name: (kind, size * factor)
        for prefix, factor in _PREFIXES.items()
        for name, kind, size in (
            ("flop", "FLOP", 1.0), ("byte", "bytes", 1.0), ("j", "J", 1.0), ("wh", "J", 3600.0),
            ("w", "W", 1.0), ("watt", "W", 1.0),
        )
    },
    **{f"{prefix}b": ("bytes", _PREFIXES[prefix]) for prefix in "kmgtpezy"},
    **{f"{prefix}ib": ("bytes", 1024.0**n) for n, prefix in enumerate("kmgtpe", 1)},
    **dict.fromkeys(("pf-day", "pflop/s-day", "petaflop/s-day"), ("FLOP", PF_DAY)),
    **dict.fromkeys(("s", "sec", "second"), ("s", 1.0)),
    **dict.fromkeys(("min", "minute"), ("s", 60.0)),
    **dict.fromkeys(("h", "hr", "hour"), ("s", SECONDS_PER_HOUR)),
    **dict.fromkeys(("d", "day"), ("s", SECONDS_PER_DAY)),
    "week": ("s", 7 * SECONDS_PER_DAY),
    "month": ("s", _YEAR / 12),
    **dict.fromkeys(("yr", "year"), ("s", _YEAR)),
    **dict.fromkeys(("param", "parameter"), ("params", 1.0)),
    **dict.fromkeys(("char", "character"), ("characters", 1.0)),
    **{name: (f"{name}s", 1.0) for name in ("token", "word", "page", "bit", "nat", "run")},
    **dict.fromkeys(("usd", "$", "dollar"), ("USD", 1.0)),
    **dict.fromkeys(("x", "time", "fold"), ("x", 1.0)),
    **dict.fromkeys(("%", "percent"), ("", 0.01)),
    **dict.fromkeys(("", "1", "share", "log loss"), ("", 1.0)),
    **dict.fromkeys(("oom", "order of magnitude", "orders of magnitude"), ("OOM", 1.0)),
}  # fmt: skip

# How texts are read: first in plain characters, then by one expression

_CHARACTERS = {"\u2212": "-", "\u00d7": "x", "\u00b7": "*", "\u22c5": "*", "\u200b": ""} | (
    dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f", " ")  # spaces that do not break, and thin
)
SUPERSCRIPTS = dict(zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))
"""How an exponent is written."""
_TRANSLATION = str.maketrans(_CHARACTERS | {high: low for low, high in SUPERSCRIPTS.items()})
_RAISED = re.compile(f"[{''.join(SUPERSCRIPTS.values())}]+")

# The same in Python and in JavaScript, so without names of groups, and with plain spaces.
_EXPRESSION = (
    r"(?:([+-]?)(?:10\^([+-]?\d{1,4})"
    r"|(\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:_\d+)*(?:\.\d*)?|\.\d+)"
    r"(?:e([+-]?\d{1,4})| *[x*] *10\^([+-]?\d{1,4}))?)"
    rf"|({'|'.join(_COUNTS)})(?=[ -]))"
    rf"(?: *({'|'.join(_POWERS)})(?![a-z/]))?"
    r"(?:[ -]*((?:(?<= )1/|[^\d .,+-]).*))?"
)
_QUANTITY = re.compile(_EXPRESSION, re.IGNORECASE | re.ASCII)
# In either case k is kilo, but a small m, p, z or y before these is milli, pico, zepto, yocto.
_SMALL = r"(?:^|[^A-Za-z])[mpzy](?:[Ww][Hh]?|[Jj]|[Ww]att)s?(?![A-Za-z])"


class Miswritten(ScalingLawsError):
    """A number that cannot be taken as it is written: in another unit, or with an odd comma.

    Examples
    --------
    >>> read("3 tokens", "FLOP")
    Traceback (most recent call last):
    scalinglaws.quantities.Miswritten: that is in tokens; expected FLOP
    """


def parse_quantity(text: str, unit: str = "") -> float:
    """Read a number as people write it: ``70B``, ``15T``, ``1e25``, ``5.76 × 10²³``.

    Parameters
    ----------
    text : str
        A decimal number: with an exponent (``1e24``, ``10^24``, ``10²⁴``), or a suffix K, M, B or T
        (either case) or thousand, million, billion, trillion; digits may be grouped, 1,000,000 or
        1_000_000.
    unit : str
        The unit expected. It may be written behind the number, or another that converts to it; a
        number without one is in it.

    Returns
    -------
    float
        In `unit`; without one, the nearest float to the decimal number written.

    Raises
    ------
    ScalingLawsError
        If `text` is not such a number, is in a unit that does not convert to `unit`, or is too
        large for a float.

    Examples
    --------
    >>> parse_quantity("1.4T"), parse_quantity("5.76 × 10²³"), parse_quantity("2 ZFLOP", "FLOP")
    (1400000000000.0, 5.76e+23, 2e+21)
    """
    try:
        return read(text, unit)
    except ScalingLawsError as error:
        raise ScalingLawsError(f"{shortened(text)} is not a quantity: {error}.") from None


def read(text: str, unit: str) -> float:
    """Read a number in a unit; unlike `parse_quantity`, complain in half a sentence.

    Parameters
    ----------
    text : str
        ``5e25``, ``2 ZFLOP``, ``70B params``, ``192 GB``, ``80%``, ``three months``.
    unit : str
        The unit expected, which a number without one is in. Units that no table holds are read as
        they are spelled here.

    Returns
    -------
    float
        In `unit`.

    Raises
    ------
    Miswritten
        If `text` is in a unit that is not known or does not convert to `unit`, has commas that do
        not separate thousands, or is too large for a float.
    ScalingLawsError
        If `text` is no number.

    Examples
    --------
    >>> read("6 months", "days"), read("80%", "share"), read("48 USD/day", "USD/h")
    (182.625, 0.8, 2.0)
    >>> read("1,5", "")
    Traceback (most recent call last):
    scalinglaws.quantities.Miswritten: a comma goes between groups of three digits; write 1.5 or 15
    """
    mantissa, ten, given = _parts(text)
    factor = _factor(given, unit) if given else 1.0
    power = round(math.log10(factor))
    if abs(factor / 10.0**power - 1) < 1e-12:
        ten, factor = ten + power, 1.0
    # By its decimal digits, because 1.1 * 1e9 and 7 * 0.01 in floats are not 1.1e9 and 0.07.
    value = float(f"{mantissa}e{ten}") * factor
    if not math.isfinite(value):
        raise Miswritten("expected a number below 1e308")
    return value


def duration(text: str) -> float:
    """Read a time as people write it, in seconds: ``64 days``, ``3 months``, ``six days``, ``12h``.

    Parameters
    ----------
    text : str
        A number and a unit of time. A month is a twelfth of a year of 365.25 days.

    Returns
    -------
    float
        Seconds, > 0 and finite.

    Raises
    ------
    ScalingLawsError
        If `text` is not a positive time with a unit.

    Examples
    --------
    >>> duration("64 days"), duration("three months")
    (5529600.0, 7889400.0)
    """
    try:
        seconds = read(text, "s") if _parts(text)[2] else math.nan
    except ScalingLawsError:
        seconds = math.nan
    if math.isnan(seconds):
        raise ScalingLawsError(
            f"{shortened(text)} is not a time. Write a number and a unit: 64 days, 3 months, 12 h "
            "(seconds, minutes, hours, days, weeks, months, years)."
        )
    if not seconds > 0:
        raise ScalingLawsError(f"{shortened(text)}: expected a positive time.")
    return seconds


def format_quantity(value: float, digits: int = 3) -> str:
    """Write a number as people read it: ``70B``, ``1.4T``, ``5.76e23``.

    Suffixes serve from a thousand up to a thousand trillion, exponents beyond; trailing zeros go.
    Four digits and more of some thousands are written out: 2,048.
    `parse_quantity` reads it back to `digits` significant digits.

    Parameters
    ----------
    value : float
        Any finite number.
    digits : int
        Significant digits, at least 1.

    Returns
    -------
    str
        Rounded to `digits` significant digits.

    Raises
    ------
    ValueError
        If `value` is not finite or `digits` is less than 1.

    Examples
    --------
    >>> format_quantity(7e10), format_quantity(5.76e23), format_quantity(1234567, digits=2)
    ('70B', '5.76e23', '1.2M')
    >>> format_quantity(2048), format_quantity(2048, digits=4)
    ('2.05K', '2,048')
    """
    if not math.isfinite(value) or digits < 1:
        raise ValueError(f"cannot write {value} to {digits} significant digits.")
    # Rounded first, so that 999.96e9 becomes 1T and not 1000B.
    rounded = Decimal(f"{value:.{digits - 1}e}")
    exponent = rounded.adjusted() if rounded else 0
    if exponent >= 15 or exponent < -3:
        return f"{_short(rounded.scaleb(-exponent))}e{exponent}"
    if exponent == 3 and rounded % 10:
        return f"{rounded.normalize():,f}"
    for suffix, power in reversed(_SUFFIXES.items()):
        if exponent >= power:
            return _short(rounded.scaleb(-power)) + suffix
    return _short(rounded)


def _short(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def spellings(unit: str) -> dict[str, float]:
    """Return the units that `read` converts to a unit, in lower case and the singular.

    Parameters
    ----------
    unit : str
        One part or two, such as ``FLOP`` or ``tokens/param``; singular or plural, in either case.

    Returns
    -------
    dict
        How many of `unit` one of each is, by spelling.

    Examples
    --------
    >>> spellings("tokens/param")
    {'token/param': 1.0, 'token/parameter': 1.0}
    """
    own = _spelled(unit)
    names, (kind, _) = [name for name in _UNITS if name], _measure(own) or (("", ""), 1.0)
    pairs = [(one, other) for one in names for other in names if kind[1]]
    quotients = [f"{a}/{b}" for a, b in pairs if (_UNITS[a][0], _UNITS[b][0]) == kind]
    found = {name: _converted(name, own) for name in [own, *names, *quotients]}
    return {name: factor for name, factor in found.items() if factor and name not in ("", "1")}


def grammar() -> dict[str, Any]:
    """Return how `read` takes a text apart, as plain values for a reader in another language.

    Returns
    -------
    dict
        ``characters`` that stand for plainer ones; ``superscripts`` by the character raised, of
        which a run begins with ^; the ``expression`` that all of the text matches, in either case,
        with the groups sign, power of ten, digits, exponent, power of ten behind a sign of
        multiplication, count, suffix, unit; ``powers`` of ten by suffix, ``counts`` by word; the
        ``suffixes`` that are written; the expression of units that are refused because a ``small``
        prefix is not that of the large unit; and the ``longest`` text.

    Examples
    --------
    >>> grammar()["suffixes"]
    {'K': 3, 'M': 6, 'B': 9, 'T': 12}
    """
    return {
        "characters": _CHARACTERS,
        "superscripts": SUPERSCRIPTS,
        "expression": _EXPRESSION,
        "powers": _POWERS,
        "counts": _COUNTS,
        "suffixes": _SUFFIXES,
        "small": _SMALL,
        "longest": LONGEST,
    }


def _parts(text: str) -> tuple[str, int, str]:
    """Return a text's decimal number, its power of ten and its unit, "" where there is none."""
    plain = _plain(text).strip() if len(text) <= LONGEST else ""
    match = _QUANTITY.fullmatch(plain)
    sign, power, digits, exponent, times, count, suffix, unit = (
        match.groups(default="") if match else [""] * 8
    )
    # A word counts something known: "a lot" is no number.
    alone = count and len(suffix) < 2 and _measure(_spelled(unit or "?")) is None
    if match is None or alone:
        odd = re.search(r"[\d.,]*\d,\d[\d.,]*", plain, re.ASCII)
        if odd and not re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", odd[0], re.ASCII):
            raise Miswritten(_comma(odd[0]))
        raise ScalingLawsError("expected a number such as 70B, 1.4 trillion or 5.76 × 10²³")
    mantissa = re.sub("[,_]", "", digits) or _COUNTS.get(count.lower(), 1)
    ten = int(power or exponent or times or 0) + _POWERS.get(suffix.lower(), 0)
    return f"{sign}{mantissa}", ten, unit


def _comma(number: str) -> str:
    example = "1500 or 1,500"
    if number.count(",") == 1 and "." not in number:
        example = f"{number.replace(',', '.')} or {number.replace(',', '')}"
    return f"a comma goes between groups of three digits; write {example}"


def _plain(text: str) -> str:
    """Return a text with plain characters in place of those that print better."""
    if text.isascii():
        return text
    return _RAISED.sub(lambda run: f"^{run[0]}", text).translate(_TRANSLATION)


@lru_cache
def _factor(given: str, unit: str) -> float:
    """Return how many of a unit one of the unit given is, or complain."""
    if re.search(_SMALL, given):
        raise Miswritten(
            f"{given!r} has a small prefix, such as milli, which is not read; write MW for mega"
        )
    theirs, ours = _spelled(given), _spelled(unit)
    factor = _converted(theirs, ours)
    # FLOPS is used of both, so the parameter says which is meant.
    if factor is None and given.lower().endswith("flops"):
        factor = _converted(f"{theirs}/s", ours)
    if factor is None:
        known = _measure(theirs) is not None
        found = f"that is in {given}" if known else f"the unit {given!r} is not known"
        raise Miswritten(f"{found}; expected {unit or 'a number without a unit'}")
    return factor


def _converted(given: str, unit: str) -> float | None:
    """Return how many of a unit one of another is, both as the table spells them, or None."""
    if given in ("", unit):
        return 1.0
    theirs, ours = _measure(given), _measure(unit)
    if theirs is None or ours is None:
        return None
    (kind, size), (wanted, of) = theirs, ours
    if kind == wanted:
        # Growth by a factor does not convert: 2 a month is not 24 a year.
        return size / of if kind[0] != "x" or size == of else None
    # A share is also a factor, and what it is of or by the year may be left out.
    return size if kind in (("", ""), ("x", "")) and wanted[0] in ("", "x") else None


def _measure(unit: str) -> tuple[tuple[str, str], float] | None:
    """Return the kinds of a unit's two parts and its size, None if it is not known."""
    # A factor or a share, and what it is of; "x 10" is another number.
    if of_it := re.fullmatch("(x|%|percent|share) [a-z' -]+", unit):
        unit = of_it[1]
    parts = [unit, "1"] if unit in _UNITS else unit.split("/")
    if len(parts) != 2 or not all(part in _UNITS for part in parts):
        return None
    (one, size), (other, of) = (_UNITS[part] for part in parts)
    return (one, other), size / of


def _spelled(unit: str) -> str:
    """Return a unit as the table spells it."""
    text = re.sub(" +per +", "/", _plain(unit).strip().lower())
    if _singular(text) in _UNITS:
        return _singular(text)
    return "/".join(_singular(part.strip()) for part in text.split("/"))


def _singular(part: str) -> str:
    return part if part in _UNITS else part.removesuffix("s")
