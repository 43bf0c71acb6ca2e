"""The built book as one long page, for print: its articles in order, under one numbering.

Addresses in the volume are `kaplan.claim-h-6nd`: a page's name and a place on it, so that no two
pages share one. Page numbers are left open (`PAGE_REF`) until the volume has been laid out once.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from scalebook.errors import ScalebookError
from scalebook.site import REFERENCE

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

#: Class of the elements that take the number of the page where `data-target` is.
PAGE_REF = "page-ref"

#: Where the volume's own address lies; nothing answers there but `pdf`.
ORIGIN = "http://scalebook.invalid"

_SCREEN_ONLY = (
    "script, noscript, template, button, form, input, select, dialog, iframe, "
    "a.headerlink, .toctree-wrapper, .d-print-none"
)
# Lists in the order of the alphabet, to which links are many.
_UNPAGED = ("bibliography", "glossary")
_REFERRING = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "headers")
_FOLDED_CODE = re.compile(
    r'<details class="admonition hide[^"]*">(?:(?!<details).)*?</details>', re.DOTALL
)
_FIGURE = re.compile(r"^(Fig\.) (\d+)")


@dataclass(frozen=True)
class Chapter:
    """A page of the built book.

    Attributes
    ----------
    path : str
        Its path in the built book: ``book/executed/kaplan.html``.
    title : str
    part : str
        Title of the part it is in; empty for the first page.
    number : int or None
        Pages that were computed are numbered.
    """

    path: str
    title: str
    part: str = ""
    number: int | None = None

    @property
    def name(self) -> str:
        """Its name in addresses of the volume."""
        return PurePosixPath(self.path).stem

    @property
    def heading(self) -> str:
        """Title with number, for running heads."""
        return f"{self.number}  {self.title}" if self.number else self.title


@dataclass(frozen=True)
class Volume:
    """The book as one page.

    Attributes
    ----------
    html : str
    chapters : list of Chapter
        In the order of the book, the first page among them.
    headings : list of str
        Of all ranks, in order.
    facts : dict
        Title, version, authors and so on: the content of ``CITATION.cff``.
    """

    html: str
    chapters: list[Chapter]
    headings: list[str]
    facts: dict[str, Any]


@dataclass(frozen=True)
class _Links:
    """What is needed to turn the links of the pages into links of the volume."""

    built: Path
    chapters: dict[str, Chapter]
    places: dict[str, set[str]]
    base: str

    def on_screen(self, path: str, place: str) -> bool:
        """Say whether a page has a place that print leaves out."""
        return f'id="{html.escape(place)}"' in _read(self.built / path)


def read_contents(built: Path) -> list[Chapter]:
    """Read the contents from the built book's title page.

    Parameters
    ----------
    built : Path
        Folder of the built book, ``_build/html``.

    Raises
    ------
    ScalebookError
        If there is no built book there.
    """
    page = title_page(built)
    soup = _soup(_read(built / page))
    heading = soup.select_one("article h1")
    found = [Chapter(page, _text(heading) if heading else "")]
    number = 0
    for caption in soup.select("nav.bd-links p.caption"):
        entries = caption.find_next_sibling("ul")
        for link in entries.select("li > a[href]") if entries else []:
            path = _resolve(page, str(link["href"]))[0]
            if path.startswith(REFERENCE):
                continue  # for looking things up, on the screen
            computed = "/executed/" in path
            number += computed
            found.append(Chapter(path, _text(link), _text(caption), number if computed else None))
    if len(found) == 1:
        raise ScalebookError(
            f"{built / page} lists no chapters: expected the table of contents of the built book "
            "in its sidebar. Run `make book`."
        )
    return found


def assemble(built: Path, facts: dict[str, Any]) -> Volume:
    """Put the pages of a built book together.

    Parameters
    ----------
    built : Path
        Folder of the built book.
    facts : dict
        The content of ``CITATION.cff``.

    Raises
    ------
    ScalebookError
        If the book is not built, a page has no article, or a link leads nowhere.
    """
    chapters = read_contents(built)
    articles = {chapter.path: _article(built, chapter) for chapter in chapters}
    links = _Links(
        built,
        {chapter.path: chapter for chapter in chapters},
        {path: {str(e["id"]) for e in article(id=True)} for path, article in articles.items()},
        _base(built / chapters[0].path, chapters[0].path),
    )
    for chapter in chapters:
        _rewrite(articles[chapter.path], chapter, links)
    parts = [_front(chapters, facts), _contents(chapters)]
    part = ""
    for chapter in chapters:
        opens = chapter.part != part
        part = chapter.part
        parts.append(_section(chapter, articles[chapter.path], opens))
    headings = [
        _text(heading)
        for article in articles.values()
        for heading in article(["h1", "h2", "h3", "h4", "h5", "h6"])
    ]
    return Volume(_document("\n".join(parts), chapters, facts), chapters, headings, facts)


def title_page(built: Path) -> str:
    """Return the path of the title page in a built book, to which its first page leads.

    Raises
    ------
    ScalebookError
        If there is no built book.
    """
    first = built / "index.html"
    if not first.is_file():
        raise ScalebookError(
            f"The book is not built: there is no {first}. Run `make book`, or `make pdf`, which "
            "builds it first."
        )
    refresh = _soup(_read(first)).select_one('meta[http-equiv="refresh"]')
    return str(refresh["content"]).partition("url=")[2] if refresh else "index.html"


# Reading the pages


def _soup(text: str) -> "BeautifulSoup":
    from bs4 import BeautifulSoup

    return BeautifulSoup(text, "html.parser")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _text(element: "Tag") -> str:
    return " ".join(
        "".join(
            str(piece)
            for piece in element.find_all(string=True)
            if piece.find_parent(class_="headerlink") is None
        ).split()
    )


def _article(built: Path, chapter: Chapter) -> "Tag":
    path = built / chapter.path
    if not path.is_file():
        raise ScalebookError(f"The contents name {chapter.path}, which is not built: `make book`.")
    text = _read(path)
    start, end = text.find("<article"), text.find("</article>")
    # Taken out before parsing: most of a page is its code, marked up word for word.
    found = _soup(_FOLDED_CODE.sub("", text[start:end])).article if start >= 0 else None
    if found is None or found.find("h1") is None:
        raise ScalebookError(f"{path} has no article with a title. Build the book: `make book`.")
    for form in found.select("form.calculator-form"):
        form.insert_before(_filled_in(form))
    for element in found.select(_SCREEN_ONLY):
        element.decompose()
    # Cells of which nothing is left would still part what stands around them.
    for cell in found.select("div.cell"):
        if not _text(cell) and not cell.select("img, svg, math"):
            cell.decompose()
    return found


def _filled_in(form: "Tag") -> "Tag":
    """Return what a form holds when its page is opened, as a paragraph."""
    pairs = []
    for field in form.select(".calculator-field"):
        label, entry = field.find("label"), field.select_one("input, option[selected], option")
        if label is not None and entry is not None:
            value = entry.get("value") if entry.name == "input" else _text(entry)
            pairs.append(f"{_text(label)}: {value}")
    paragraph = _new(form, "p", "calculator-values")
    paragraph.append(f"For these values. {'; '.join(pairs)}.")
    return paragraph


def _base(page: Path, path: str) -> str:
    """Return the address of the published book, if one was configured."""
    found = re.search(r'<link rel="canonical" href="([^"]*)"', _read(page))
    return html.unescape(found[1]).removesuffix(path) if found else ""


# Rewriting them


def _rewrite(article: "Tag", chapter: Chapter, links: _Links) -> None:
    for link in article("a", href=True):
        _relink(link, chapter, links)
    for image in article("img", src=True):
        image["src"] = "/" + _resolve(chapter.path, str(image["src"]))[0]
    for details in article("details"):
        details["open"] = ""
    for element in article(id=True):
        element["id"] = f"{chapter.name}.{element['id']}"
    for name in _REFERRING:
        for element in article.select(f"[{name}]"):
            element[name] = " ".join(
                f"{chapter.name}.{each}" for each in str(element[name]).split()
            )
    for link in article.select("a:has(> .sr-only)"):
        link["aria-label"] = _text(link)
        for hidden in link.select(".sr-only"):
            hidden.decompose()
    _number_figures(article, chapter)
    for heading in article(["h1", "h2", "h3", "h4", "h5"]):
        heading.name = f"h{int(heading.name[1]) + 1}"


def _number_figures(article: "Tag", chapter: Chapter) -> None:
    """Put the chapter before the numbers of its figures, unless it has no number."""
    if chapter.number:
        for caption in article.select("figcaption .caption-number"):
            caption.string = _FIGURE.sub(rf"\1 {chapter.number}.\2", _text(caption)) + " "


def _relink(link: "Tag", chapter: Chapter, links: _Links) -> None:
    address = str(link["href"])
    if urlsplit(address).scheme:
        _show_address(link, address)
        return
    path, place = _resolve(chapter.path, address)
    target = links.chapters.get(path)
    if target is None:
        _leave_volume(link, path, links.base)
        return
    if place and place not in links.places[path]:
        if not links.on_screen(path, place):
            raise ScalebookError(f"{chapter.path}: {address}: there is no such place in the book.")
        place = ""  # what is left out in print is where its chapter starts
    goal = f"{target.name}.{place}" if place else target.name
    link["href"] = f"#{goal}"
    for number in link.select(".std-numref"):
        if target.number:
            number.string = _FIGURE.sub(rf"\1 {target.number}.\2", _text(number))
    if target is not chapter and target.name not in _UNPAGED and "verdict" not in _classes(link):
        link.append(_page_ref(goal, link))


def _resolve(page: str, address: str) -> tuple[str, str]:
    """Return where in the built book an address on a page leads: path and place."""
    parts = urlsplit(address)
    if not parts.path:
        return page, unquote(parts.fragment)
    pieces: list[str] = []
    for piece in (PurePosixPath(page).parent / unquote(parts.path)).parts:
        if piece == ".." and pieces:
            pieces.pop()
        elif piece != "..":
            pieces.append(piece)
    return "/".join(pieces), unquote(parts.fragment)


def _classes(element: "Tag") -> list[str]:
    found = element.get("class")
    return str(found).split() if isinstance(found, str) else [str(each) for each in found or ()]


def _show_address(link: "Tag", address: str) -> None:
    """Put the address of a page elsewhere behind the text that links to it."""
    bare = address.removeprefix("https://").removeprefix("http://").rstrip("/")
    known = _text(link)
    if bare in known or known.startswith(("arXiv:", "doi:")):
        return
    shown = _new(link, "span", "address")
    shown.string = bare
    link.insert_after(" ", shown)


def _leave_volume(link: "Tag", path: str, base: str) -> None:
    """Turn a link to a file of the built book into one to the published file, or into text."""
    if base:
        link["href"] = base + path
        return
    link.name = "span"
    link.attrs = {"class": "file"}
    shown = _new(link, "span", "address")
    shown.string = path
    if path not in _text(link):
        link.insert_after(" ", shown)


def _page_ref(goal: str, near: "Tag") -> "Tag":
    shown = _new(near, "span", "page")
    number = _new(near, "span", PAGE_REF)
    number["data-target"] = goal
    number.string = "000"
    shown.extend([" [p.\N{NO-BREAK SPACE}", number, "]"])
    return shown


def _new(near: "Tag", name: str, kind: str) -> "Tag":
    from bs4 import BeautifulSoup

    made = BeautifulSoup("", "html.parser").new_tag(name)
    made["class"] = kind
    return made


# Writing the volume


def _section(chapter: Chapter, article: "Tag", opens: bool) -> str:
    heading = article.select_one("h2")
    assert heading is not None  # the h1 of the page, which _article has looked for
    if chapter.number:
        number = _new(article, "span", "number")
        number.string = f"{chapter.number} "
        heading.insert(0, number)
    if not chapter.part:
        heading.name = "h1"
        heading.string = "At a glance"
    part = f'<h1 class="part">{html.escape(chapter.part)}</h1>' if opens and chapter.part else ""
    return (
        f'<section class="chapter" id="{chapter.name}" style="page: {_page_name(chapter)}">{part}\n'
        f"{article.decode_contents(formatter='minimal')}\n{_code_at(chapter)}</section>"
    )


def _code_at(chapter: Chapter) -> str:
    if not chapter.number:
        return ""
    notebook = f"<code>notebooks/{chapter.name}.ipynb</code>"
    return f'<p class="code-at">Code of this chapter: {notebook}</p>\n'


def _page_name(chapter: Chapter) -> str:
    return f"c-{chapter.name}"


def _front(chapters: list[Chapter], facts: dict[str, Any]) -> str:
    name, _, subtitle = str(facts["title"]).partition(": ")
    authors = ", ".join(author["name"] for author in facts["authors"])
    numbered = next(chapter for chapter in chapters if chapter.number)
    return f"""<header class="title-page">
<p class="title">{html.escape(name)}</p>
<p class="subtitle">{html.escape(subtitle[:1].upper() + subtitle[1:])}</p>
<p class="authors">{html.escape(authors)}</p>
<p class="version">Version {html.escape(str(facts["version"]))}</p>
</header>
<section class="imprint">
<h1 id="imprint">About this print</h1>
<p>These are the pages of the book, laid out for paper. Every number, figure and table in them was
computed when the book was built.</p>
<p>Code that the text can do without is left out here. It is in the repository, one notebook a
chapter: chapter {numbered.number} is <code>notebooks/{numbered.name}.ipynb</code>, and the others
are named at their ends. Solutions of exercises stand below them. What needs a screen, such as
filters and forms, is on the book's pages only.</p>
<p>A number in brackets after a link, such as <a href="#contents">the contents<span
class="page"> [p.&nbsp;<span class="{PAGE_REF}" data-target="contents">000</span>]</span></a>,
is the page of this print that the link leads to.</p>
<p>Text, figures, tables and the ledger: Creative Commons Attribution 4.0 International
(CC BY 4.0), <a
href="https://creativecommons.org/licenses/by/4.0/">creativecommons.org/licenses/by/4.0</a>.
Code: MIT licence, <a
href="https://opensource.org/license/mit">opensource.org/license/mit</a>.</p>
</section>"""


def _contents(chapters: Iterable[Chapter]) -> str:
    return (
        '<nav class="contents" aria-labelledby="contents"><h1 id="contents">Contents</h1>\n'
        f"{''.join(_contents_lines(chapters))}</nav>"
    )


def _contents_lines(chapters: Iterable[Chapter]) -> Iterator[str]:
    part = ""
    yield "<ul>"
    for chapter in chapters:
        if chapter.part != part:
            part = chapter.part
            yield f'</ul>\n<p class="part">{html.escape(part)}</p>\n<ul>'
        title = chapter.title if chapter.part else "At a glance"
        number = f'<span class="number">{chapter.number or ""}</span>'
        yield (
            f'<li><a href="#{chapter.name}">{number}<span class="name">{html.escape(title)}</span>'
            f'<span class="leader"></span><span class="{PAGE_REF}" data-target="{chapter.name}">'
            "000</span></a></li>\n"
        )
    yield "</ul>"


def _document(body: str, chapters: Iterable[Chapter], facts: dict[str, Any]) -> str:
    heads = "\n".join(
        f"@page {_page_name(c)} {{ @top-left {{ content: {_css_string(c.heading)}; }} }}"
        for c in chapters
        if c.part
    )
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light" class="whole">
<head>
<meta charset="utf-8">
<title>{html.escape(str(facts["title"]))}</title>
<link rel="stylesheet" href="/_static/pygments.css">
<link rel="stylesheet" href="/_static/book.css">
<link rel="stylesheet" href="/_static/print.css">
<link rel="stylesheet" href="/_static/volume.css">
<style>
{heads}
</style>
<script>window.MathJax = {{options: {{enableMenu: false, processHtmlClass: "math", \
ignoreHtmlClass: "volume"}},
chtml: {{matchFontHeight: false, scale: 0.96}}}};</script>
<script defer src="/_static/mathjax/tex-chtml.js"></script>
</head>
<body class="volume">
{body}
</body>
</html>
"""


def _css_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
