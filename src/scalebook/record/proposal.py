"""A new claim, asked for field by field, checked, and written to the file of its chapter."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
import yaml

from scalebook import paths
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.files import write
from scalebook.record import claims
from scalebook.record.judge import RELATIONS
from scalinglaws.errors import ScalingLawsError, shortened
from scalinglaws.quantities import parse_quantity

#: Asked a question, returns what was typed.
Ask = Callable[[str], str]


@dataclass(frozen=True)
class Field:
    """One field as it is asked for: its name, the question, what may be answered, and when."""

    name: str
    question: str
    choices: Mapping[str, str] | None = None
    optional: bool = False
    only: tuple[str, ...] = ()  # the relations that have it


#: What is asked, in this order; the form for proposals in the repository asks the same.
FIELDS = (
    Field("chapter", "Which chapter is it about", dict.fromkeys(CHAPTERS, "")),
    Field("id", "A short name for the claim, never changed later, such as w-four-epochs"),
    Field("who", "Who says it"),
    Field("voice", "Where the speaker speaks", claims.VOICES),
    Field("source", "The source: author and year, as in book/references.bib: muennighoff2023"),
    Field("where", "The place in it, such as section 3.2", optional=True),
    Field("quote", f"The words, at most {claims.LONGEST}, hedges kept"),
    Field("claim", "What they say, in one plain sentence of yours"),
    Field("given", "The condition under which it is said", optional=True),
    Field("relation", "What they say of the number", RELATIONS),
    Field("stated", "The number, or several with commas", optional=True),
    Field("unit", "Its unit, such as tokens/param, or ratio", optional=True),
    Field("digits", "Significant digits printed, none if exact", optional=True, only=("eq",)),
    Field("supplied", "If the number is not the speaker's: whose, and from where", optional=True),
)  # fmt: skip
_TOGETHER = ("relation", "stated", "unit", "digits")  # which are right or wrong together
#: The fields of a source that the bibliography does not have yet.
SOURCE_FIELDS = ("author", "title", "year", "url")


def asked(ask: Ask, tell: Callable[[str], None]) -> tuple[str, dict[str, Any]]:
    """Ask for a claim, each field until the answer will do.

    Parameters
    ----------
    ask, tell : callable
        Ask a question and say what is wrong with an answer.

    Returns
    -------
    chapter : str
    entry : dict
        As it stands in the file.
    """
    found: dict[str, Any] = {}
    fields = list(FIELDS)
    while True:
        for field in fields:
            if field.only and found["relation"] not in field.only:
                continue
            if field.name == "where" and found["voice"] == "elsewhere":
                field = replace(field, optional=False)
            value = _answer(field, ask, tell)
            if value is not None:
                found[field.name] = value
        entry = {name: value for name, value in found.items() if name != "chapter"}
        try:
            claims.parse(entry, found["chapter"], "the new claim")
        except ScalebookError as error:  # what each answer allows and the others do not
            tell(f"  {error}")
            fields = [field for field in FIELDS if field.name in _TOGETHER]
            found = {name: value for name, value in found.items() if name not in _TOGETHER}
            continue
        return found["chapter"], entry


def _answer(field: Field, ask: Ask, tell: Callable[[str], None]) -> Any:
    if field.choices:
        width = max(map(len, field.choices))
        for name, what in field.choices.items():
            tell(f"  {name:<{width}}  {what or _title(name)}".rstrip())
    while True:
        text = " ".join(ask(field.question + " (or leave empty)" * field.optional).split())
        if not text and field.optional:
            return None
        try:
            return _read(field, text)
        except ScalebookError as error:
            tell(f"  {error}")


def _title(chapter: str) -> str:
    """Return the title of a chapter, the question that it asks."""
    place = paths.notebooks_dir() / f"{chapter}.ipynb"
    if not place.is_file():
        return ""
    first: str = nbformat.read(place, as_version=4).cells[0].source
    return first.partition("\n")[0].lstrip("# ")


def _read(field: Field, text: str) -> Any:
    """Return what an answer means, or say why it will not do."""
    if field.choices and text not in field.choices:
        raise ScalebookError(f"{shortened(text)} is none of them. Type a word from the left.")
    if len(text) > claims.LONGEST_TEXT or not text.isprintable():
        raise ScalebookError(
            f"At most {claims.LONGEST_TEXT} characters that can be printed, not {shortened(text)}."
        )
    if field.name == "stated":
        if re.fullmatch(r"\d{1,3}(,\d{3})+", text):
            raise ScalebookError("A comma parts two numbers: write 2200000 or 2.2e6, or 2, 200.")
        values = [_number(each) for each in text.split(",")]
        return values[0] if len(values) == 1 else values
    if field.name == "digits":
        return int(text) if text.isdecimal() else text
    if not text:
        raise ScalebookError("Something has to be said here.")
    if field.name == "source" and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.:-]*", text):
        raise ScalebookError("A key has letters, digits and hyphens only, such as muennighoff2023.")
    if field.name == "id":
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,60}", text):
            raise ScalebookError("Letters, digits, dots and hyphens only.")
        if text in claims.load():
            raise ScalebookError(f"'{text}' is another claim already.")
    if field.name == "quote" and (words := len(text.split())) > claims.LONGEST:
        raise ScalebookError(f"These are {words} words; at most {claims.LONGEST}.")
    return text


def _number(text: str) -> float:
    try:
        return parse_quantity(text.strip())
    except ScalingLawsError:
        raise ScalebookError(f"{shortened(text)} is no number, such as 20, 1.4T or 3e25.") from None


class _Dumper(yaml.SafeDumper):
    """Writes texts so that none of them is read as a number."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "'" if re.match(r"[-+.]*\d", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def written(entry: Mapping[str, Any]) -> str:
    """Return an entry as it stands in a file of claims."""
    return yaml.dump([dict(entry)], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def bibliography() -> Path:
    """Return the file of the bibliography."""
    return paths.root() / "book" / "references.bib"


def known_source(key: str) -> bool:
    """Return whether the bibliography has a source."""
    return f"{{{key}," in bibliography().read_text(encoding="utf-8")


def source_field(name: str, ask: Ask, tell: Callable[[str], None]) -> str:
    """Ask for a field of a source until the answer can stand in the bibliography."""
    field = Field(name, name)
    while True:
        text: str = _answer(field, ask, tell)
        depths = [text[:end].count("{") - text[:end].count("}") for end in range(len(text) + 1)]
        if min(depths) == depths[-1] == 0:
            return text
        tell("  Each { needs its }.")


def source_entry(key: str, fields: Mapping[str, str]) -> str:
    """Return a source as an entry of the bibliography."""
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{key},\n{lines.rstrip(',' + chr(10))}\n}}\n"


def add(chapter: str, entry: Mapping[str, Any], source: str = "") -> Path:
    """Write a claim at the end of its chapter's file, and its source to the bibliography.

    Returns
    -------
    Path
        The file of claims.
    """
    place = paths.root() / "data" / "claims" / f"{chapter}.yml"
    before = place.read_text(encoding="utf-8") if place.is_file() else ""
    if source:
        write(bibliography(), bibliography().read_text(encoding="utf-8").rstrip() + "\n\n" + source)
    write(place, f"{before.rstrip()}\n\n{written(entry)}".lstrip())
    claims.load.cache_clear()
    return place
