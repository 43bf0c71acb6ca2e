"""Lists of what the chapters have: their parameters."""

import math
import re

from scalebook.chapters.parameter import Parameter, Value
from scalebook.contents import CHAPTERS, title
from scalebook.execution import parameters
from scalebook.show.numbers import significant
from scalinglaws.units import format_quantity


def chapters() -> list[dict[str, object]]:
    """Return what the page shows of each chapter.

    Returns
    -------
    list of dict
        ``name``; ``title``; ``rows``, texts in Markdown for each parameter (``name``,
        ``default``, ``unit``, ``bounds``, ``meaning``, ``source``); ``relations``, the conditions
        on several parameters in words.
    """
    return [
        {
            "name": name,
            "title": title(name),
            "rows": [_row(parameter) for parameter in parameters.declared(name)],
            "relations": [_rule(name, relation.rule) for relation in parameters.relations(name)],
        }
        for name in CHAPTERS
    ]


def written(value: Value) -> str:
    """Write a value as it can be typed: 5.76e23, 70B, 0.95."""
    if isinstance(value, str | bool):
        return str(value)
    digits = significant(value) if value else 1
    if value == 0 or 1e-3 <= abs(value) < 1e5 or digits > 6:
        return f"{value:.10g}"
    return format_quantity(value, digits)


def _rule(chapter: str, rule: str) -> str:
    """Return a condition with the parameters that it names as code."""
    names = "|".join(parameter.name for parameter in parameters.declared(chapter))
    return re.sub(rf"\b({names})\b", r"`\1`", rule)


def _row(parameter: Parameter) -> dict[str, str]:
    low, high = (_bound(v) if math.isfinite(v) else "" for v in (parameter.low, parameter.high))
    bounds = f"{low} to {high}" if low and high else ", ".join(f"`{c}`" for c in parameter.choices)
    return {
        "name": f"`{parameter.name}`",
        "default": written(parameter.default),
        "unit": parameter.unit.replace("/", "/\u200b"),  # where a narrow column may break it
        "bounds": bounds,
        "meaning": parameter.meaning,
        "source": _source(parameter),
    }


def _bound(value: float) -> str:
    text = written(value)
    return f"{value:,.10g}" if text.isdigit() else text


def _source(parameter: Parameter) -> str:
    key = parameter.citation
    if key is None:
        return parameter.source
    return f"{{cite:t}}`{key}`{parameter.source.removeprefix(key)}"
