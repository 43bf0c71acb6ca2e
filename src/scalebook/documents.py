"""YAML files of names and values: read into plain values, within bounds, and nothing else.

What YAML can do beyond that is refused by name: references (a short file can stand for a huge one),
tags (which make objects), and a name given twice (of which YAML keeps the last). Plain numbers are
numbers, 1e25 and .5 too; 1:30 and 2024-05-01 are texts, 010 is ten.
"""

import codecs
from collections.abc import Iterator
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

_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


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
        return _Reader(path, yaml.parse(text, Loader=_LOADER)).document()
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


class _Reader:
    """Makes values of the events of a parser; how deep it goes is bounded."""

    def __init__(self, path: Path, events: Iterator[Any]) -> None:
        self.path, self.events = path, events

    def document(self) -> Any:
        next(self.events)  # the stream's start
        found, documents = None, 0
        for event in self.events:
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                raise self._refusal(event, "a second document after '---'. Keep one")
            if isinstance(event, yaml.NodeEvent):
                found = self._value(event, 0)
        return found

    def _value(self, event: Any, depth: int) -> Any:
        """Return what begins with an event."""
        if isinstance(event, yaml.AliasEvent):
            raise self._refusal(event, f"the reference *{event.anchor}. Write the value out")
        if event.anchor:
            raise self._refusal(event, f"the anchor &{event.anchor}. Write the value out")
        if event.tag:
            raise self._refusal(event, f"the tag {shortened(event.tag)}. Write the plain value")
        if isinstance(event, yaml.ScalarEvent):
            return _plain(event.value) if event.implicit[0] else event.value
        if depth == DEEPEST:
            raise self._refusal(event, f"more than {DEEPEST} levels. Write 'name: value'")
        if isinstance(event, yaml.SequenceStartEvent):
            return [self._value(each, depth + 1) for each in self._until(yaml.SequenceEndEvent)]
        found: dict[str, Any] = {}
        for name in self._until(yaml.MappingEndEvent):
            if isinstance(name, yaml.CollectionStartEvent):
                raise self._refusal(name, "a list where a name was expected. Write 'name: value'")
            self._value(name, depth)
            if name.value in found:
                raise self._refusal(name, f"{shortened(name.value)} a second time. Keep one")
            found[name.value] = self._value(next(self.events), depth + 1)
        return found

    def _until(self, end: type[yaml.Event]) -> Iterator[Any]:
        while not isinstance(event := next(self.events), end):
            yield event

    def _refusal(self, event: yaml.Event, found: str) -> ScalebookError:
        mark = event.start_mark
        line = f", line {mark.line + 1}" if mark else ""
        return ScalebookError(f"{self.path}{line}: found {found}.")


def _plain(text: str) -> Any:
    """Return what an unquoted scalar stands for."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if text.isascii() and text[0] in "+-.0123456789":
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                pass
    return text
