"""A study as a page of a personal edition, in Markdown."""

import re

from scalebook.report import page, wording
from scalebook.report.study import Study
from scalebook.show.templates import verbatim

#: A reader of the book knows the fits; what the data can tell comes before them.
_PARTS = ("table", "data", *(part for part in wording.PARTS if part not in ("table", "data")))

#: The book turns its figures over on dark pages, which are images there, and this does the same.
_STYLE = """
figure svg { display: block; max-width: 100%; height: auto; }
html[data-theme="dark"] figure svg { filter: invert(1) hue-rotate(180deg) brightness(1.2); }
@media print { html figure svg { filter: none !important; } }
table.numbers td.long { white-space: normal; overflow-wrap: anywhere; min-width: 10rem; }
"""

_PIECES = re.compile(r"^(?:Table: .*\n\n(?:\|.*\n)+|!\[.*\]\(.*\)\n)", re.MULTILINE)


def write(study: Study, title: str = "Your runs") -> str:
    """Return the page, in which nothing of the reader's own is markup or a template.

    Parameters
    ----------
    study : Study
    title : str
    """
    figures = page.drawn(study) or {}
    markdown = wording.report(study, _PARTS, figures)
    body = _PIECES.sub(lambda piece: _raw(page.html(piece[0], figures)), markdown)
    return verbatim(f"# {wording.plain(title)}\n\n{_raw(f'<style>{_STYLE}</style>')}\n{body}")


def _raw(markup: str) -> str:
    """Return HTML that goes through as it stands."""
    return f"```{{raw}} html\n{markup.strip()}\n```\n"
