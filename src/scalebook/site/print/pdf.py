"""The whole book as one PDF: the built pages, laid out for A4 by Chromium.

`volume.js` puts the pages together in the browser. The volume is printed once to learn on which
page everything is, and again with the page numbers in the contents and the references. Nothing is
asked of a network: what the page requests is answered from the built book.
"""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from scalebook import paths
from scalebook.errors import ScalebookError
from scalebook.files import write
from scalebook.site import REFERENCE
from scalebook.site.print.browser import PATIENCE, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

# Where the volume's own address lies; nothing answers there but `_answer`.
_ORIGIN = "http://scalebook.invalid"
# References move text, and text moves what is referred to; two or three rounds settle it.
_ROUNDS = 6
# Width of the text in CSS pixels: 150 mm, as volume.css has it.
_WIDTH = 567
_ELEMENT = re.compile(rb"\(node\d{8}\)")


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
    facts["authors"] = ", ".join(author["name"] for author in facts["authors"])
    if edition:
        facts["version"] = f"{facts['version']}, personal edition “{edition}”"
    with chromium() as browser:
        printed = print_settled(lay_out(browser, built, facts))
    content, pages = finish(printed, facts)
    write(out, content)
    return Made(out, pages)


def lay_out(browser: "Browser", built: Path, facts: dict[str, Any]) -> "Page":
    """Return the whole book as one page in a browser.

    Parameters
    ----------
    browser : Browser
    built : Path
        Folder of the built book.
    facts : dict
        The content of ``CITATION.cff``, with the authors' names as one text.

    Raises
    ------
    ScalebookError
        If the book is not built, a page is missing, or a link leads nowhere.
    """
    import jinja2
    import matplotlib

    if not (built / "index.html").is_file():
        raise ScalebookError(
            f"The book is not built: there is no {built / 'index.html'}. Run `make book`, or "
            "`make pdf`, which builds it first."
        )
    here = Path(__file__).parent
    template = jinja2.Template((here / "volume.html").read_text(encoding="utf-8"), autoescape=True)
    # The fonts that come with matplotlib are the same ones on every machine.
    folders = (built, here, Path(matplotlib.get_data_path(), "fonts", "ttf"))
    complaints: list[str] = []

    def answer(route: "Route") -> None:
        path = route.request.url.removeprefix(_ORIGIN).partition("?")[0].lstrip("/")
        found = next((file for each in folders if (file := each / path).is_file()), None)
        if not path:
            route.fulfill(body=template.render(facts), content_type="text/html; charset=utf-8")
        elif found:
            route.fulfill(path=found)
        else:
            complaints.append(f"{path} is not in the built book")
            route.abort()

    page = browser.new_page(viewport={"width": _WIDTH, "height": 800})
    page.set_default_timeout(PATIENCE)
    page.route("**/*", answer)
    page.on("pageerror", lambda error: complaints.append(f"a script failed: {error}"))
    page.emulate_media(media="print", color_scheme="light")
    page.goto(f"{_ORIGIN}/")
    for step in (f"assemble('{REFERENCE}')", f"settle({_WIDTH})"):
        found = page.evaluate(f"{step}.catch((error) => [error.message])")
        if complaints or found:
            raise ScalebookError(f"The PDF was not made: {'; '.join([*complaints, *found][:5])}.")
    return page


def print_settled(page: "Page") -> bytes:
    """Print a volume until its page numbers are right, and return the PDF."""
    before: dict[str, int] = {}
    for _ in range(_ROUNDS):
        printed = page.pdf(
            prefer_css_page_size=True, print_background=True, tagged=True, outline=True
        )
        numbers = page_numbers(printed)
        if numbers == before:
            return printed
        if lost := page.evaluate("fill", numbers):
            raise ScalebookError(f"The PDF was not made: {', '.join(lost)} are on no page.")
        before = numbers
    raise ScalebookError(
        f"The PDF was not made: after {_ROUNDS} rounds page numbers still move. Take out a "
        "reference that stands at the end of a page."
    )


def page_numbers(printed: bytes) -> dict[str, int]:
    """Return the page, counted from 1, of each place in a PDF that links lead to."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(printed))
    found = {
        name.removeprefix("/"): reader.get_destination_page_number(place)
        for name, place in reader.named_destinations.items()
    }
    return {name: number + 1 for name, number in found.items() if number is not None}


def finish(printed: bytes, facts: dict[str, Any]) -> tuple[bytes, int]:
    """Give a PDF its title and author, and take out what differs from run to run.

    Returns
    -------
    tuple
        The PDF and the number of its pages.
    """
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(printed)))
    writer.metadata = {
        "/Title": facts["title"],
        "/Author": facts["authors"],
        "/Subject": facts["abstract"],
        "/Keywords": ", ".join(facts["keywords"]),
        "/Creator": f"scalebook {facts['version']}",
    }
    writer.page_mode = "/UseOutlines"
    out = io.BytesIO()
    writer.write(out)
    return _settle_names(out.getvalue()), len(writer.pages)


def _settle_names(content: bytes) -> bytes:
    """Renumber the elements of the structure tree from 1; Chromium starts anywhere."""
    order = {name: rank for rank, name in enumerate(sorted(set(_ELEMENT.findall(content))), 1)}
    return _ELEMENT.sub(lambda found: b"(node%08d)" % order[found[0]], content)
