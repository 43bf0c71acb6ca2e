"""The claims as stated: `data/claims/`, a file for each chapter that computes some.

A claim is what someone said, in his or her own words, and what it says of which number. The chapter
settles it (`scalebook.record.verdicts`); nobody writes a verdict here. The history of a claim's
verdicts is kept with it, so that a change of one is seen and has a reason.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

from scalebook import documents
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.record.judge import HEDGE, RELATIONS, VERDICTS
from scalebook.show.numbers import Numbers, listed, quantity
from scalinglaws import datapackage
from scalinglaws.errors import shortened

Voice = Literal["article", "comment", "elsewhere"]

#: Who speaks: an author of one of the five articles, a commenter on one, or someone else.
VOICES = {
    "article": "the authors of the articles",
    "comment": "their commenters",
    "elsewhere": "papers, reports and posts",
}
#: What verdicts were called up to 2026-11, and what most of them became.
FORMER = {
    "reproduced": "holds",
    "rounded": "holds or roughly",
    "wrong-unit": "fails, by its unit",
    "misquoted": "fails, misquoted",
    "contradicted": "fails",
    "coincidence": "holds, by coincidence",
    "underdetermined": "open",
}
#: Words of a quotation.
LONGEST = 25
#: Characters of any text of a claim.
LONGEST_TEXT = 1000

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,60}")
_DATE = re.compile(r"20\d\d-\d\d-\d\d")
#: Relations by how many numbers they state.
_COUNTS = {"between": (2, 2), "exists": (0, 9), "qualitative": (0, 9)}


@dataclass(frozen=True)
class Moment:
    """A verdict that a claim once had, from `date` on, and why it came to it."""

    date: str
    verdict: str
    note: str = ""


@dataclass(frozen=True)
class Claim:
    """A claim as stated.

    Attributes
    ----------
    id, source, who, voice, chapter : str
        Identifier, bibliography key, speaker, one of `VOICES`, and the chapter that settles it.
    quote : str
        At most `LONGEST` of the speaker's own words.
    claim : str
        What is said, in plain words of ours.
    relation : str
        One of `judge.RELATIONS`.
    stated : float or list of float or None
    unit : str
        Of `stated`, one for all numbers of a list.
    where : str
        The place in the source.
    digits : int
        Significant digits printed, for ``eq``; 0 where the claim is exact.
    within : float
        For ``about``: how far it may be off, if its own words say it.
    supplied : str
        Where a number comes from that the words have lost or never had; it is not the speaker's.
    given : str
        The condition under which the speaker says it.
    follows_from : tuple of str
        Claims that this one is computed from: a derived claim.
    history : tuple of Moment
    """

    id: str
    source: str
    who: str
    voice: str
    quote: str
    claim: str
    relation: str
    chapter: str
    stated: float | list[float] | None = None
    unit: str = ""
    where: str = ""
    digits: int = 0
    within: float = HEDGE
    supplied: str = ""
    given: str = ""
    follows_from: tuple[str, ...] = ()
    history: tuple[Moment, ...] = field(default=(), repr=False)

    @property
    def numbers(self) -> list[float]:
        """What is stated, as a list."""
        return [] if self.stated is None else listed(self.stated)


_TEXTS = (
    "id", "source", "who", "voice", "quote", "claim", "relation", "unit", "where", "supplied",
    "given",
)  # fmt: skip
_REQUIRED = ("id", "source", "who", "voice", "quote", "claim", "relation")


@cache
def load() -> dict[str, Claim]:
    """Return the claims as stated, by id, in the order of chapters and files.

    Raises
    ------
    ScalebookError
        If a file is malformed; the message names file, claim and field.
    """
    claims: dict[str, Claim] = {}
    for chapter in CHAPTERS:
        for claim in read(datapackage.folder() / "claims" / f"{chapter}.yml", chapter):
            if claim.id in claims:
                raise ScalebookError(
                    f"claim '{claim.id}' stands in data/claims/{claims[claim.id].chapter}.yml and "
                    f"in data/claims/{chapter}.yml. An id is given once."
                )
            claims[claim.id] = claim
    check_derived(claims)
    return claims


def read(path: Path, chapter: str) -> Iterator[Claim]:
    """Yield the claims of one file; none if it is not there."""
    if not path.is_file():
        return
    entries = documents.read(path, "the list of claims")
    if not isinstance(entries, list):
        raise ScalebookError(f"{path.name}: expected a list of claims, each starting with '- id:'.")
    for number, entry in enumerate(entries, start=1):
        yield parse(entry, chapter, f"{path.name}, claim {number}")


def parse(entry: Any, chapter: str, where: str) -> Claim:
    """Read one claim from its entry in a file, or say which field is wrong.

    Raises
    ------
    ScalebookError
    """
    known = {each.name for each in fields(Claim)} - {"chapter"}
    if not isinstance(entry, dict):
        raise ScalebookError(f"{where}: expected fields, such as {', '.join(_REQUIRED)}.")
    where = f"{where} ({shortened(entry.get('id', '?'))})"
    if typed := {"verdict", "reason", "recomputed", "probability"} & set(entry):
        raise ScalebookError(
            f"{where}: {', '.join(sorted(typed))} is typed by hand. It follows from what the "
            "chapter computes; leave it out."
        )
    missing = [name for name in _REQUIRED if name not in entry]
    unknown = sorted(shortened(name) for name in set(entry) - known)
    if missing or unknown:
        raise ScalebookError(
            f"{where}: missing {', '.join(missing) or 'nothing'}; "
            f"not expected: {', '.join(unknown) or 'nothing'}."
        )
    _check_texts(entry, where)
    _check_numbers(entry, where)
    parents = entry.get("follows_from", [])
    if not isinstance(parents, list) or not all(isinstance(each, str) for each in parents):
        raise ScalebookError(
            f"{where}: follows_from is {shortened(parents)}; expected a list of ids."
        )
    moments = entry.get("history") or []
    if not isinstance(moments, list):
        raise ScalebookError(f"{where}: history is {shortened(moments)}; expected a list of lines.")
    history = tuple(_moment(each, where) for each in moments)
    return Claim(**{**entry, "follows_from": tuple(parents), "history": history}, chapter=chapter)


def _check_texts(entry: Mapping[str, Any], where: str) -> None:
    """Complain of a field whose text is none that the field takes."""
    for name in _TEXTS:
        value = entry.get(name, "-")
        if not isinstance(value, str) or not value.strip():
            raise ScalebookError(f"{where}: {name} is {shortened(value)}; expected a text.")
        if len(value) > LONGEST_TEXT or not value.replace("\n", " ").isprintable():
            raise ScalebookError(
                f"{where}: {name} is {shortened(value)}; "
                f"expected at most {LONGEST_TEXT} characters that can be printed."
            )
    if entry["voice"] == "elsewhere" and "where" not in entry:
        raise ScalebookError(f"{where}: missing where; expected the place in the source.")
    if not _ID.fullmatch(entry["id"]):
        raise ScalebookError(
            f"{where}: expected an id of letters, digits, dots and hyphens, such as n-gpt4-ratio."
        )
    for name, choices in (("voice", VOICES), ("relation", RELATIONS)):
        if entry[name] not in choices:
            raise ScalebookError(
                f"{where}: {name} is {shortened(entry[name])}; "
                f"expected one of {', '.join(choices)}."
            )
    if (words := len(entry["quote"].split())) > LONGEST:
        raise ScalebookError(
            f"{where}: quote has {words} words; expected at most {LONGEST} of the speaker's own."
        )


def _check_numbers(entry: Mapping[str, Any], where: str) -> None:
    """Complain of numbers that the relation does not take."""
    relation, stated = entry["relation"], entry.get("stated")
    values = [] if stated is None else stated if isinstance(stated, list) else [stated]
    if not all(map(_is_number, values)) or stated == []:
        raise ScalebookError(
            f"{where}: stated is {shortened(stated)}; expected a number or a list of them."
        )
    least, most = _COUNTS.get(relation, (1, 99))
    if not least <= len(values) <= most:
        expected = {0: "none", 1: "a number", 2: "two numbers"}[least]
        raise ScalebookError(
            f"{where}: stated is {shortened(stated)}; '{relation}' expects {expected}."
        )
    if relation == "between" and not values[0] <= values[1]:
        raise ScalebookError(
            f"{where}: stated is {shortened(stated)}; expected the lower end first."
        )
    if values and not entry.get("unit"):
        raise ScalebookError(f"{where}: missing unit; what is stated has one, such as ratio.")
    digits, within = entry.get("digits", 1), entry.get("within", 0.5)
    if not isinstance(digits, int) or isinstance(digits, bool) or not 1 <= digits <= 15:
        raise ScalebookError(f"{where}: digits is {shortened(digits)}; expected 1 to 15.")
    if not _is_number(within) or not 0 < within < 1:
        raise ScalebookError(
            f"{where}: within is {shortened(within)}; "
            "expected a share between 0 and 1, such as 0.5."
        )
    for name, owner in (("digits", "eq"), ("within", "about")):
        if name in entry and relation != owner:
            raise ScalebookError(f"{where}: {name} goes with relation '{owner}', not '{relation}'.")


def _moment(entry: Any, where: str) -> Moment:
    """Read a line of a claim's history."""
    if (
        not isinstance(entry, list)
        or len(entry) not in (2, 3)
        or not all(isinstance(each, str) for each in entry)
        or not _DATE.fullmatch(entry[0])
        or entry[1] not in (VERDICTS | FORMER)
    ):
        raise ScalebookError(
            f"{where}: history has {shortened(entry)}; expected [date, verdict, why it changed], "
            "such as [2026-11-29, holds, judged by the share of draws]."
        )
    return Moment(*entry)


def check_derived(claims: Mapping[str, Claim]) -> None:
    """Complain of a derived claim whose inputs do not exist or lead back to it.

    Raises
    ------
    ScalebookError
    """
    for claim in claims.values():
        place = f"{claim.chapter}.yml ({claim.id}): follows_from"
        for parent in claim.follows_from:
            if parent not in claims:
                raise ScalebookError(f"{place} names '{parent}', and there is no such claim.")
        seen, ahead = set(), list(claim.follows_from)
        while ahead:
            if (name := ahead.pop()) == claim.id:
                raise ScalebookError(f"{place} goes in a circle, back to '{claim.id}'.")
            if name not in seen:
                seen.add(name)
                ahead += claims[name].follows_from


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def word(supplied: str) -> str:
    """Return what a claim's number is called: stated, or tested where nobody stated it."""
    return "tested" if supplied else "stated"


_BEFORE = {
    "about": "about ",
    "at-least": "at least ",
    "at-most": "at most ",
    "less": "less than ",
    "more": "more than ",
}


def stated(relation: str, numbers: Numbers | None, unit: str) -> str:
    """Return what is stated as text: "about 20 tokens/param", "0.6 to 1.3 bits/char"."""
    if numbers is None:
        return "—"
    if relation == "sign":
        signs = [
            "above zero" if each > 0 else "below zero" if each < 0 else "zero"
            for each in listed(numbers)
        ]
        return ", ".join(signs)
    if relation == "between":
        return quantity(numbers, unit).replace(", ", " to ", 1)
    return _BEFORE.get(relation, "") + quantity(numbers, unit)
