"""The whole book as one PDF: the built pages, laid out for A4 by Chromium.

The volume is printed once to learn on which page everything is, and again with the page numbers in
the contents and the references. Nothing is asked of a network: what the page requests is answered
from the built book.
"""

import importlib.util
import io
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from scalebook import paths
from scalebook.errors import ScalebookError
from scalebook.execution.files import write
from scalebook.site.print import volume
from scalebook.site.print.browser import PATIENCE, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

# References move text, and text moves what is referred to; two or three rounds settle it.
_ROUNDS = 6

_ELEMENT = re.compile(rb"\(node\d{8}\)")

_READY = "() => window.MathJax.startup.promise.then(() => document.fonts.ready).then(() => true)"
# Width of the text in CSS pixels: 150 mm, as volume.css has it.
_WIDTH = 567
# What Chromium has no style for: tables that are wider than the page get smaller letters.
_FIT = """(room) => {
  for (const table of document.querySelectorAll(".chapter table:not(.ledger)")) {
    let size = parseFloat(getComputedStyle(table).fontSize);
    while (table.offsetWidth > room && size > 8.5) {
      size -= 0.25;
      table.style.fontSize = `${size}px`;
    }
    if (table.offsetWidth > room) table.classList.add("wraps");
  }
}"""
_FILL = """([kind, pages]) => {
  for (const place of document.getElementsByClassName(kind))
    place.textContent = pages[place.dataset.target];
}"""


@dataclass(frozen=True)
class Made:
    """A PDF that was made."""

    path: Path
    pages: int


def make(built: Path, out: Path, edition: str = "") -> Made:
    """Make the PDF of a built book, whole or not at all.

    Parameters
    ----------
    built : Path
        Folder of the built book, such as `_build/html`.
    out : Path
        Where the PDF goes.
    edition : str
        Name of the personal edition, if it is one.

    Raises
    ------
    ScalebookError
        If the book is not built, a link leads nowhere, there is no Chromium, or Chromium fails.
    """
    facts = yaml.safe_load((paths.root() / "CITATION.cff").read_text(encoding="utf-8"))
    if edition:
        facts["version"] = f"{facts['version']}, personal edition “{edition}”"
    book = volume.assemble(built, facts)
    content, pages = finish(lay_out(book, built), book)
    write(out, content)
    return Made(out, pages)


def lay_out(book: volume.Volume, built: Path) -> bytes:
    """Print a volume with Chromium until its page numbers are right, and return the PDF."""
    with chromium() as browser:
        page, complaints = _open(browser.new_page(), book.html, built)
        page.wait_for_function(_READY)
        page.evaluate(_FIT, _WIDTH)
        if page.query_selector("mjx-merror"):
            complaints.append("a formula could not be set")
        if complaints:
            raise ScalebookError(f"The PDF was not made: {'; '.join(complaints[:5])}.")
        wanted = set(page.eval_on_selector_all(
            f".{volume.PAGE_REF}", "all => all.map(each => each.dataset.target)"
        ))  # fmt: skip
        before: dict[str, int] = {}
        for _ in range(_ROUNDS):
            printed = page.pdf(
                prefer_css_page_size=True, print_background=True, tagged=True, outline=True
            )
            found = page_numbers(printed)
            if lost := sorted(wanted - found.keys()):
                raise ScalebookError(f"The PDF was not made: {', '.join(lost)} are on no page.")
            numbers = {target: found[target] for target in wanted}
            if numbers == before:
                return printed
            before = numbers
            page.evaluate(_FILL, [volume.PAGE_REF, numbers])
    raise ScalebookError(
        f"The PDF was not made: after {_ROUNDS} rounds page numbers still move. Take out a "
        "reference that stands at the end of a page."
    )


def page_numbers(printed: bytes) -> dict[str, int]:
    """Return the page, counted from 1, of each place in a PDF that links lead to."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(printed))
    numbers = {
        page.indirect_reference.idnum: number
        for number, page in enumerate(reader.pages, start=1)
        if page.indirect_reference is not None
    }
    return {
        name.removeprefix("/"): numbers[destination.page.idnum]  # type: ignore[union-attr]
        for name, destination in reader.named_destinations.items()
    }


def finish(printed: bytes, book: volume.Volume) -> tuple[bytes, int]:
    """Give a PDF its title and author, and take out what differs from run to run.

    Returns
    -------
    tuple
        The PDF and the number of its pages.
    """
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import NameObject

    facts = book.facts
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(printed)))
    writer.metadata = {
        "/Title": str(facts["title"]),
        "/Author": ", ".join(author["name"] for author in facts["authors"]),
        "/Subject": str(facts["abstract"]),
        "/Keywords": ", ".join(facts["keywords"]),
        "/Creator": f"scalebook {facts['version']}",
    }
    root = writer.root_object
    root[NameObject("/PageMode")] = NameObject("/UseOutlines")
    _mend_outline(root, book.headings)
    out = io.BytesIO()
    writer.write(out)
    return _settle_names(out.getvalue()), len(writer.pages)


def _settle_names(content: bytes) -> bytes:
    """Renumber the elements of the structure tree from 1; Chromium starts anywhere."""
    order = {name: rank for rank, name in enumerate(sorted(set(_ELEMENT.findall(content))), 1)}
    return _ELEMENT.sub(lambda found: b"(node%08d)" % order[found[0]], content)


def _mend_outline(root: Any, headings: list[str]) -> None:
    """Put back the spaces that Chromium loses in the outline where a heading breaks its line."""
    from pypdf.generic import NameObject, TextStringObject

    whole = {"".join(heading.split()): heading for heading in headings}
    waiting = [root.get("/Outlines")]
    while waiting:
        item = waiting.pop()
        if item is None:
            continue
        item = item.get_object()
        waiting += [item.get("/First"), item.get("/Next")]
        if title := whole.get("".join(str(item.get("/Title", "")).split())):
            item[NameObject("/Title")] = TextStringObject(title)


def _open(page: "Page", document: str, built: Path) -> tuple["Page", list[str]]:
    complaints: list[str] = []
    page.set_default_timeout(PATIENCE)

    def answer(route: "Route") -> None:
        address = route.request.url
        path = address.removeprefix(volume.ORIGIN).partition("?")[0]
        if path == "/":
            route.fulfill(body=document, content_type="text/html; charset=utf-8")
        elif (file := _file(path, built)) is not None:
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(body=file.read_bytes(), content_type=kind)
        else:
            complaints.append(f"{address} is not in the built book")
            route.abort()

    page.route("**/*", answer)
    page.on("pageerror", lambda error: complaints.append(f"a script failed: {error}"))
    page.set_viewport_size({"width": _WIDTH, "height": 800})
    page.emulate_media(media="print", color_scheme="light")
    page.goto(f"{volume.ORIGIN}/")
    return page, complaints


def _file(path: str, built: Path) -> Path | None:
    """Return the file that answers a request of the volume."""
    if path.startswith("/_fonts/"):
        file = _fonts() / path.removeprefix("/_fonts/")
    else:
        file = built / path.removeprefix("/")
    return file if file.is_file() else None


def _fonts() -> Path:
    """Return the fonts that come with matplotlib: the same ones on every machine."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise ScalebookError("The PDF needs matplotlib, for its fonts. Run `make book`.")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
