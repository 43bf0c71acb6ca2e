"""What the theme's markup of a page lacks: sizes of pictures, names of tables, true roles."""

import re
from collections import Counter
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

_POINT = 96 / 72  # CSS pixels

_PICTURE = re.compile(r'<img (?![^>]*\bwidth=)[^>]*?\bsrc="(?:[^"]*/)?([^"/]+\.svg)"')
_TABLE_BOX = re.compile(r'<div class="pst-scrollable-table-container">(?=(.*?)</thead>)', re.DOTALL)
_HEADING = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
_POWER = re.compile(r"(?<=\d) × 10(?=[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])")
_SVG = re.compile(r"<svg\b[^>]*>")


def complete(
    app: Sphinx, page: str, template: str, page_context: dict[str, Any], doctree: object
) -> None:
    """Complete the body of a page: a handler of Sphinx's `html-page-context`."""
    if "body" not in page_context:
        return
    sources = {name: source for source, name in app.builder.images.items()}

    def size_of(name: str) -> tuple[int, int] | None:
        source = sources.get(name)
        return svg_size(Path(app.srcdir, source)) if source else None

    body = size_pictures(page_context["body"], size_of)
    page_context["body"] = join_numbers(mend_roles(name_tables(body)))


def join_numbers(body: str) -> str:
    """Keep a number and its power of ten in one line: 5.76 × 10²³."""
    return _POWER.sub("\u00a0×\u00a010", body)


def svg_size(path: Path) -> tuple[int, int] | None:
    """Return width and height of an SVG file in CSS pixels, if its head gives both."""
    with path.open(encoding="utf-8") as file:
        head = file.read(2000)
    tag = _SVG.search(head)
    width, height = (_pixels(tag[0] if tag else "", side) for side in ("width", "height"))
    return (width, height) if width and height else None


def _pixels(tag: str, side: str) -> int | None:
    length = re.search(rf'\s{side}="([\d.]+)(pt|px)?"', tag)
    if length is None:
        return None
    return round(float(length[1]) * (_POINT if length[2] == "pt" else 1))


def size_pictures(body: str, size_of: Callable[[str], tuple[int, int] | None]) -> str:
    """Give each SVG picture its size, so that the page does not jump when it has come.

    Parameters
    ----------
    body : str
        HTML.
    size_of : callable
        Gives width and height of a picture by the name of its file, or None.
    """

    def sized(match: re.Match[str]) -> str:
        size = size_of(match[1])
        if size is None:
            return match[0]
        return f'<img width="{size[0]}" height="{size[1]}"' + match[0].removeprefix("<img")

    return _PICTURE.sub(sized, body)


def name_tables(body: str) -> str:
    """Let the boxes in which wide tables scroll be reached by keyboard, named by their columns."""
    known: Counter[str] = Counter()

    def named(match: re.Match[str]) -> str:
        texts = (re.sub(r"<[^>]*>", "", heading) for heading in _HEADING.findall(match[1]))
        columns = ", ".join(filter(None, (unescape(text).strip() for text in texts)))
        known[columns] += 1
        # Landmarks of a page are told apart by their names.
        number = f" {known[columns]}" if known[columns] > 1 else ""
        label = escape(f"Table{number}: {columns}", quote=True)
        return (
            '<div class="pst-scrollable-table-container" role="region" tabindex="0" '
            f'aria-label="{label}">'
        )

    return _TABLE_BOX.sub(named, body)


def mend_roles(body: str) -> str:
    """Take back what is said to screen readers and is not so.

    The list of citations has no list items, and the name of folded code hides what is on it.
    """
    body = body.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
    body = body.replace(' role="doc-biblioentry"', "")
    return body.replace('<summary aria-label="Toggle hidden content">', "<summary>")
