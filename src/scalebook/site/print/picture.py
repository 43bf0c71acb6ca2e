"""The picture that a link to the book is shown with: the top of the built title page."""

from pathlib import Path

from scalebook.errors import ScalebookError
from scalebook.files import write
from scalebook.site.exports import PICTURE_SIZE
from scalebook.site.print.browser import PATIENCE, chromium

# The claims at a glance are what the picture is for: no room for menus.
_STYLE = """
.bd-sidebar, .bd-header, .bd-header-article, .bd-header-announcement, .headerlink,
#pst-back-to-top { display: none !important; }
.bd-article-container { max-width: 72rem !important; padding: 0 2.5rem !important; }
.bd-article-container .bd-article > section > * { max-width: none !important; }
"""


def take(built: Path, out: Path) -> Path:
    """Take a picture of the title page of a built book, and return its place.

    Parameters
    ----------
    built : Path
        Folder of the built book.
    out : Path
        Where the PNG file goes.

    Raises
    ------
    ScalebookError
        If the book is not built, or there is no Chromium.
    """
    first = built / "index.html"
    if not first.is_file():
        raise ScalebookError(f"The book is not built: there is no {first}. Run `make book`.")
    width, height = PICTURE_SIZE
    with chromium() as browser:
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="light",
            reduced_motion="reduce",
        )  # fmt: skip
        page.set_default_timeout(PATIENCE)
        page.goto(first.resolve().as_uri())
        page.wait_for_selector("article")  # to which the first page leads
        page.add_style_tag(content=_STYLE)
        content = page.screenshot(animations="disabled")
    write(out, content)
    return out
