"""The picture that a link to the book is shown with: the top of the built title page."""

from pathlib import Path

from scalebook.execution.files import write
from scalebook.site.exports import PICTURE_SIZE
from scalebook.site.print import volume
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
    address = (built / volume.title_page(built)).resolve().as_uri()
    width, height = PICTURE_SIZE
    with chromium() as browser:
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="light",
            reduced_motion="reduce",
        )  # fmt: skip
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        page.add_style_tag(content=_STYLE)
        content = page.screenshot(animations="disabled")
    write(out, content)
    return out
