"""Texts with numbers filled in."""

import re
from collections.abc import Mapping
from functools import lru_cache

import jinja2

from scalebook.errors import ScalebookError
from scalebook.show.numbers import fix, num, pct, sci, span
from scalinglaws.quantities import format_quantity

_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+.!|~$:@^&=\"'-])")


def plain(text: str) -> str:
    """Return a text in one line, with all that could be Markdown's own marks made plain."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def verbatim(text: str) -> str:
    """Return a text that `render` gives back as it stands, whatever braces it has."""
    return text.replace("{", "{{ '{' }}")


_ENVIRONMENT = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    autoescape=False,
    keep_trailing_newline=True,
    # MyST writes {#name} for a label, which Jinja would take for a comment.
    comment_start_string="{##",
    comment_end_string="##}",
)
_ENVIRONMENT.filters.update(
    num=num, fix=fix, sci=sci, pct=pct, span=span, qty=format_quantity, plain=plain
)


@lru_cache(maxsize=512)
def _template(text: str) -> jinja2.Template:
    return _ENVIRONMENT.from_string(text)


def render(text: str, context: Mapping[str, object]) -> str:
    """Fill the numbers into a text: ``{{ r.alpha | num(3) }}``.

    Raises
    ------
    ScalebookError
        If the text asks for something that was not recorded, or is malformed.
    """
    try:
        return _template(text).render(context)
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        raise ScalebookError(f"a number cannot be filled in: {error}") from None
