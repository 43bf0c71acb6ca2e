"""One parameter of a chapter, and conditions on several: what the chapters declare."""

import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from scalebook.errors import ScalebookError
from scalinglaws import quantities
from scalinglaws.errors import ScalingLawsError, shortened

Value = float | int | str | bool

#: Characters of a text; paths are shorter.
LONGEST_TEXT = 1000


class Parameters(SimpleNamespace):
    """The values of a chapter's parameters, all of them checked: ``p.compute``."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    Attributes
    ----------
    name : str
        As in the notebook's parameters cell.
    kind : type
        float, int, str or bool.
    default : Value
    unit : str
        "" for a pure number or a text.
    meaning : str
        One phrase.
    low, high : float
        Bounds, both allowed.
    choices : tuple of str
        The texts allowed; empty for any.
    source : str
        Where the default comes from: a key of ``book/references.bib`` and the place in it
        ("kaplan2020, Table 6"), or "our choice" and why ("our choice: a round number").
    """

    name: str
    kind: type
    default: Value
    unit: str
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    source: str = ""

    def read(self, given: object) -> Value:
        """Return `given` as this parameter's type, or say in an error why it cannot be.

        Numbers may be written as people write them: 1e25, 1 × 10²⁵, 70B, 15T tokens, 80%.
        """
        if self.kind is bool:
            return self._bool(given)
        if self.kind is str:
            return self._text(given)
        return self.number(given)

    def describe(self) -> dict[str, object]:
        """Return the parameter as plain values, bounds that do not bind left out."""
        return {
            "name": self.name,
            "type": self.kind.__name__,
            "default": self.default,
            "unit": self.unit,
            "low": self.low if math.isfinite(self.low) else None,
            "high": self.high if math.isfinite(self.high) else None,
            "choices": list(self.choices),
            "meaning": self.meaning,
            "source": self.source,
        }

    @property
    def citation(self) -> str | None:
        """Key in the bibliography of what the default is taken from; None for a choice of ours."""
        return None if self.source.startswith("our choice") else self.source.partition(",")[0]

    @property
    def label(self) -> str:
        """Name with unit and default, for messages."""
        unit = f"{self.unit}, " if self.unit else ""
        return f"'{self.name}' ({unit}default {shown_value(self.default)})"

    @property
    def bounds(self) -> str:
        """Bounds in words."""
        if math.isfinite(self.low) and math.isfinite(self.high):
            words = f"from {shown_value(self.low)} to {shown_value(self.high)}"
        elif math.isfinite(self.low):
            words = f"at least {shown_value(self.low)}"
        elif math.isfinite(self.high):
            words = f"at most {shown_value(self.high)}"
        else:
            words = "any number"
        return f"{words} {self.unit}".rstrip()

    def _bool(self, given: object) -> bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if isinstance(given, bool):
            return given
        if str(given).strip().lower() in words:
            return words[str(given).strip().lower()]
        raise self._refusal(given, "expected true or false")

    def _text(self, given: object) -> str:
        if not isinstance(given, str):
            raise self._refusal(given, "expected a text")
        if self.choices and given not in self.choices:
            raise self._refusal(given, f"expected one of {', '.join(self.choices)}")
        # No line breaks and nothing invisible: the text is shown, and is written into a notebook.
        if len(given) > LONGEST_TEXT or any(unicodedata.category(c)[0] == "C" for c in given):
            raise self._refusal(
                given, f"expected at most {LONGEST_TEXT} characters, all of them visible"
            )
        return given

    def number(self, given: object) -> float | int:
        """Return `given` as a number within the bounds, or say in an error why it cannot be."""
        try:
            value = quantities.read(given, self.unit) if isinstance(given, str) else _float(given)
        except quantities.Miswritten as error:
            raise self._refusal(given, str(error)) from None
        except (ScalingLawsError, TypeError, OverflowError):
            raise self._refusal(given, f"expected a number, {self.bounds}") from None
        if not math.isfinite(value) or not self.low <= value <= self.high:
            raise self._refusal(given, f"expected {self.bounds}")
        if self.kind is float:
            return value
        if value != int(value):
            raise self._refusal(given, f"expected a whole number, {self.bounds}")
        return int(value)

    def _refusal(self, given: object, expected: str) -> ScalebookError:
        return ScalebookError(
            f"parameter {self.label}: {shortened(given)} was given; {expected}. "
            f"It is the {self.meaning}."
        )


@dataclass(frozen=True)
class Relation:
    """A condition on several parameters of a chapter.

    Attributes
    ----------
    names : tuple of str
        The parameters that it is about.
    holds : callable
        Of all values by name: whether they go together.
    rule : str
        In words: "active_experts at most experts".
    remedy : str
        What to do where it fails, a sentence without its full stop.
    """

    names: tuple[str, ...]
    holds: Callable[[Mapping[str, Any]], bool]
    rule: str
    remedy: str

    def refusal(self, values: Mapping[str, Value], units: Mapping[str, str]) -> ScalebookError:
        """Return what to say of values that do not go together."""
        *rest, last = [f"'{n}' is {shown_value(values[n])} {units[n]}".rstrip() for n in self.names]
        found = f"{', '.join(rest)} and {last}" if rest else last
        return ScalebookError(f"{found}; expected {self.rule}. {self.remedy}.")


def at_most(small: str, large: str) -> Relation:
    """Require that one parameter is at most another."""
    return Relation(
        (small, large), lambda v: bool(v[small] <= v[large]), f"{small} at most {large}",
        f"Lower '{small}' or raise '{large}'",
    )  # fmt: skip


def below(small: str, large: str) -> Relation:
    """Require that one parameter is less than another."""
    return Relation(
        (small, large), lambda v: bool(v[small] < v[large]), f"{small} below {large}",
        f"Lower '{small}' or raise '{large}'",
    )  # fmt: skip


def apart(small: str, large: str, factor: float) -> Relation:
    """Require that one parameter is at least a factor above another."""
    return Relation(
        (small, large), lambda v: bool(v[large] >= factor * v[small]),
        f"{large} at least {factor:g} times {small}", f"Lower '{small}' or raise '{large}'",
    )  # fmt: skip


def _float(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise TypeError
    return float(given)


def shown_value(value: Value) -> str:
    """Return a value as messages show it."""
    if isinstance(value, bool | str):
        return str(value).lower() if isinstance(value, bool) else repr(value)
    if isinstance(value, int) or 1e-3 <= abs(value) < 1e4 or value == 0:
        return f"{value:g}" if not isinstance(value, int) else str(value)
    return f"{value:g}"
