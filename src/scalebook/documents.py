"""YAML files of names and values: read into plain values, within bounds, and nothing else.

What YAML can do beyond that is refused by name: references (a short file can stand for a huge one),
tags (which make objects), and a name given twice (of which YAML keeps the last). Plain numbers are
read as YAML 1.2 reads them: 1e25 and .5 are numbers, 1:30 and 2024-05-01 are texts, 010 is ten.
"""

import codecs
import math
import re
from pathlib import Path
from typing import Any

import yaml

from scalebook.errors import ScalebookError
from scalinglaws.errors import shortened

#: Bytes of a file. A thousand times what anyone writes by hand.
LARGEST = 4_000_000
#: Levels of lists and names within names.
DEEPEST = 8

# The same parser in C where PyYAML was built with it: a tenth of the time.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_WORDS: dict[str, bool | None] = {"": None, "~": None}
for _form in (str.lower, str.capitalize, str.upper):
    _WORDS |= {_form("null"): None, _form("true"): True, _form("false"): False}
_WHOLE = re.compile(r"[-+]?[0-9]{1,400}")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)")


def read(path: Path, what: str) -> Any:
    """Return what a YAML (or JSON) file holds.

    Parameters
    ----------
    path : Path
    what : str
        What the file is, for messages: "the parameter file".

    Returns
    -------
    object
        Dictionaries by text, lists, texts, numbers, truths and None; None for an empty file.

    Raises
    ------
    ScalebookError
        If it cannot be read, is too large, is not YAML, or holds what is refused (see above); the
        message names the line.
    """
    text = _text(path, what)
    try:
        return _Builder(path).build(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ScalebookError(
            f"{path}{line}: this is not YAML. Write one 'name: value' a line."
        ) from None


def _text(path: Path, what: str) -> str:
    try:
        if path.exists() and not path.is_file():
            raise ScalebookError(f"{path}: expected {what}; this is not a file.")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # a name with a null in it is no value for a path
        reason = getattr(error, "strerror", None) or error
        raise ScalebookError(f"{path}: {what} cannot be read: {reason}.") from None
    if len(content) > LARGEST:
        raise ScalebookError(
            f"{path}: {what} has more than {LARGEST / 1e6:g} MB. Is it the right file?"
        )
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise ScalebookError(
            f"{path}: {what} cannot be read: it is not text in UTF-8. Save it as UTF-8."
        ) from None


class _Builder:
    """Builds values from the events of a parser, without recursion."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.open: list[dict[str, Any] | list[Any]] = []
        self.names: list[str | None] = []  # of each open collection, the name that awaits a value
        self.top: Any = None
        self.documents = 0

    def build(self, text: str) -> Any:
        for event in yaml.parse(text, Loader=_LOADER):
            self._take(event)
        return self.top

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.AliasEvent():
                self._refuse(event, f"the reference *{event.anchor}. Write the value out")
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self._refuse(event, "a second document after '---'. Keep one")
            case yaml.ScalarEvent():
                self._check(event)
                self._put(event)
            case yaml.CollectionStartEvent():
                self._check(event)
                self._enter(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.open.pop()
                self.names.pop()

    def _check(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor:
            self._refuse(event, f"the anchor &{event.anchor}. Write the value out")
        if event.tag:
            self._refuse(event, f"the tag {shortened(event.tag)}. Write the plain value")

    def _put(self, event: yaml.ScalarEvent) -> None:
        inside, text = self.open[-1] if self.open else None, event.value
        if isinstance(inside, dict) and self.names[-1] is None:
            if text in inside:
                self._refuse(event, f"{shortened(text)} a second time. Keep one")
            inside[text] = None
            self.names[-1] = text
        else:
            self._add(_plain(text) if event.implicit[0] else text)

    def _enter(self, event: yaml.Event, collection: dict[str, Any] | list[Any]) -> None:
        if self.open and isinstance(self.open[-1], dict) and self.names[-1] is None:
            self._refuse(event, "a list where a name was expected. Write 'name: value'")
        if len(self.open) == DEEPEST:
            self._refuse(event, f"more than {DEEPEST} levels. Write 'name: value'")
        self._add(collection)
        self.open.append(collection)
        self.names.append(None)

    def _add(self, value: Any) -> None:
        if not self.open:
            self.top = value
        elif isinstance(inside := self.open[-1], list):
            inside.append(value)
        else:
            name = self.names[-1]
            assert name is not None  # an event out of turn does not come
            inside[name], self.names[-1] = value, None

    def _refuse(self, event: yaml.Event, found: str) -> None:
        mark = event.start_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise ScalebookError(f"{self.path}{line}: found {found}.")


def _plain(text: str) -> Any:
    """Return what an unquoted scalar stands for."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if special := _SPECIAL.fullmatch(text):
        sign = -1.0 if special[1] == "-" else 1.0
        return sign * math.inf if special[2].lower() == "inf" else math.nan
    return text
