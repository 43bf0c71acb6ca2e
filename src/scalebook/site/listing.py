"""Lists of what the chapters have: their parameters, and the figures that can be moved."""

import json
import math
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from scalebook.chapters.parameter import Parameter, Value
from scalebook.contents import CHAPTERS, title
from scalebook.execution import parameters
from scalebook.show import media
from scalebook.show.numbers import significant
from scalinglaws.units import format_quantity


def chapters() -> list[dict[str, object]]:
    """Return what the page shows of each chapter.

    Returns
    -------
    list of dict
        ``name``; ``rows``, a dictionary of texts in Markdown for each parameter (``name``,
        ``default``, ``unit``, ``bounds``, ``meaning``, ``source``); ``relations``, the conditions
        on several parameters in words.
    """
    return [
        {
            "name": name,
            "rows": [_row(parameter) for parameter in parameters.declared(name)],
            "relations": [relation.rule for relation in parameters.relations(name)],
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


class Moving(SphinxDirective):
    """The figures that take a reader's numbers: where they are, and which numbers."""

    def run(self) -> list[nodes.Node]:
        """Return a list with an item for each chapter that has such a figure."""
        found = nodes.bullet_list(classes=["moving"])
        for chapter in CHAPTERS:
            page = f"book/executed/{chapter}"
            if page not in self.env.found_docs:
                continue
            path = Path(self.env.doc2path(page))
            self.env.note_dependency(str(path))
            labels = fields(json.loads(path.read_text(encoding="utf-8")))
            address = self.env.app.builder.get_relative_uri(self.env.docname, page)
            link = nodes.reference("", title(chapter), refuri=address, internal=True)
            text = nodes.Text(f" {'; '.join(labels)}.")
            found += nodes.list_item("", nodes.paragraph("", "", link, text))
        return [found]


def fields(notebook: dict[str, Any]) -> list[str]:
    """Return what the figure of an executed chapter that can be moved takes."""
    controls = [cell["metadata"].get(media.CONTROL) for cell in notebook["cells"]]
    return [each["label"] for one in controls if one for each in one["inputs"]]


def _row(parameter: Parameter) -> dict[str, str]:
    low, high = (written(v) if math.isfinite(v) else "" for v in (parameter.low, parameter.high))
    bounds = f"{low} to {high}" if low and high else ", ".join(f"`{c}`" for c in parameter.choices)
    return {
        "name": f"`{parameter.name}`",
        "default": written(parameter.default),
        "unit": parameter.unit,
        "bounds": bounds,
        "meaning": parameter.meaning,
        "source": _source(parameter),
    }


def _source(parameter: Parameter) -> str:
    key = parameter.citation
    if key is None:
        return parameter.source
    return f"{{cite:t}}`{key}`{parameter.source.removeprefix(key)}"
