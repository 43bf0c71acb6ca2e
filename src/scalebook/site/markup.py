"""What the HTML of a page lacks that its text and pictures know: sizes, and lines that hold."""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

_PIXELS = 96 / 72  # of CSS, in a point
_PICTURE = re.compile(r'<img (?![^>]*\bwidth=)[^>]*?\bsrc="(?:[^"]*/)?([^"/]+\.svg)"')
_POWER = re.compile(r"(?<=\d) × 10(?=[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])")
_OPTION = re.compile(r'<span class="pre">(?=--\w)')
_CLOSED = re.compile(r'(<span class="math [^>]*>[^<]*</span>)([.,;:!?)]+)')
_COMMAND = re.compile(r'(?s)<div class="highlight-sh .*?</pre>')
_PARTS = re.compile(r"(?<![\w-])--\w[\w-]*(?![^<]*>)")
_TYPED = re.compile(r"(?<=[>)]) -- ")
_SVG = re.compile(r'<svg\b[^>]*? width="([\d.]+)pt" height="([\d.]+)pt"')


def complete(app: Sphinx, page: str, _: str, context: dict[str, Any], *__: object) -> None:
    """Complete the body of a page: a handler of Sphinx's `html-page-context`."""
    files = {name: Path(app.srcdir, source) for source, name in app.builder.images.items()}
    body = hold(join_numbers(size_pictures(context.get("body", ""), files)))
    # Sphinx has two hyphens between a parameter's type and its meaning.
    context["body"] = _TYPED.sub(": ", body) if page.startswith("book/api/") else body


def join_numbers(body: str) -> str:
    """Keep a number and its power of ten, or its sign, in one line: 5.76 × 10²³, ± 0.1."""
    return _POWER.sub("\u00a0×\u00a010", re.sub(r"± (?=\d)", "±\u00a0", body))


def hold(body: str) -> str:
    """Keep in one line an option of a command, and a formula with the punctuation behind it."""
    body = _OPTION.sub('<span class="pre held">', body)
    body = _COMMAND.sub(lambda each: _PARTS.sub(r'<span class="held">\g<0></span>', each[0]), body)
    return _CLOSED.sub(r'<span class="held">\1\2</span>', body)


def size_pictures(body: str, files: dict[str, Path]) -> str:
    """Give each drawing its size, so that the page does not jump when it has come.

    Parameters
    ----------
    body : str
        HTML.
    files : dict
        The file of each picture by its name; one that states no size in points gets none.
    """

    def sized(found: re.Match[str]) -> str:
        file = files.get(found[1])
        size = _SVG.search(file.read_text(encoding="utf-8")[:2000]) if file else None
        if size is None:
            return found[0]
        width, height = (round(float(side) * _PIXELS) for side in size.groups())
        return f'<img width="{width}" height="{height}"' + found[0].removeprefix("<img")

    return _PICTURE.sub(sized, body)
