"""What each page of a personal edition shows around its text: whose it is, and the edition's pages.

A page of the book becomes one of an edition by this alone, so that what an edition does not change
need not be built again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from posixpath import relpath

from scalebook.errors import ScalebookError

# Where a page has the title of the book.
_TITLED = (
    "{}</title>",
    '<meta property="og:site_name" content="{}">',
    '<nav aria-label="{}">',
    '<span class="title logo__title">{}</span>',
    "{}</a></h1>",
)
# Where the theme begins what lies under the bar, and the contents in the sidebar.
_UNDER_BAR = '<header id="pst-header"'
_CONTENTS = '<div class="bd-toc-item navbar-nav active">'


@dataclass(frozen=True)
class Masthead:
    """What the pages of an edition show.

    Attributes
    ----------
    title : str
        Title of the book.
    name : str
        Name of the edition.
    changed : sequence of str
        Chapters with other parameters than the book's.
    pages : dict
        Titles of the pages that the edition has more than the book, by their addresses, in order;
        the last one compares it with the book.
    """

    title: str
    name: str
    changed: Sequence[str]
    pages: dict[str, str]

    @property
    def full_title(self) -> str:
        """Title of the book with the name of the edition."""
        return f"{self.title}, edition {self.name}"


def put_on_all(folder: Path, head: Masthead) -> None:
    """Put the masthead on every page of a built book, the theme's own templates aside."""
    for path in sorted(folder.rglob("*.html")):
        place = path.relative_to(folder)
        if place.parts[0] != "_static":
            text = put(path.read_text(encoding="utf-8"), place.as_posix(), head)
            path.write_text(text, encoding="utf-8", newline="\n")


def put(page: str, address: str, head: Masthead) -> str:
    """Return a page of the book as one of the edition.

    Parameters
    ----------
    page : str
        HTML.
    address : str
        Address of the page in the book: ``book/ledger.html``.
    head : Masthead

    Raises
    ------
    ScalebookError
        If the page has the theme's frame, but not the places where the masthead goes.
    """
    for form in _TITLED:
        page = page.replace(form.format(escape(head.title)), form.format(escape(head.full_title)))
    if "<body data-default-mode" not in page:  # the page that leads to the first one
        return page
    for mark in (_UNDER_BAR, _CONTENTS):
        if (found := page.count(mark)) != 1:
            raise ScalebookError(
                f"{address}: expected '{mark}' once in the page, found it {found} times. The theme "
                "has changed; the module masthead has to follow it."
            )
    page = page.replace(_UNDER_BAR, _bar(address, head) + _UNDER_BAR)
    return page.replace(_CONTENTS, _CONTENTS + _contents(address, head))


def _bar(address: str, head: Masthead) -> str:
    place, title = list(head.pages.items())[-1]
    link = f'<a href="{_address(place, address)}">{escape(title)}</a>'
    changed = escape(", ".join(head.changed) or "no chapter")
    return (
        '<aside class="bd-header-announcement" aria-label="Announcement">\n'
        '  <div class="bd-header-announcement__content">A personal edition: parameters were '
        f"changed in {changed}. {link} compares it with the book.</div>\n</aside>\n    "
    )


def _contents(address: str, head: Masthead) -> str:
    """Return the edition's own part of the contents, as the theme writes the others."""
    entries = "".join(
        f'<li class="toctree-l1{" current active" * (place == address)}">'
        f'<a class="{"current " * (place == address)}reference internal" '
        f'href="{"#" if place == address else _address(place, address)}">{escape(title)}</a></li>\n'
        for place, title in head.pages.items()
    )
    return (
        '<p aria-level="2" class="caption" role="heading"><span class="caption-text">This edition'
        f'</span></p>\n<ul class="nav bd-sidenav">\n{entries}</ul>\n'
    )


def _address(place: str, seen_from: str) -> str:
    return relpath(place, Path(seen_from).parent.as_posix())
