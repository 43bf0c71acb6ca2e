"""The built book in Debian's Chromium, driven by Playwright.

Pages are opened from the disk, where nothing but the book's own files can be had.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from scalebook import paths
from tests.conftest import NO_BROWSER

HTML = paths.root() / "_build" / "html"

DESKTOP = (1280, 900)
PHONE = (390, 844)
NARROW = (320, 640)  # a window of 1280 at a zoom of 400%, at which WCAG asks pages to reflow

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pages() -> list[str]:
    """Return the book's pages by their path in `_build/html`; none before the book is built.

    One template makes the pages of the claims, so that every twentieth stands for them.
    """
    found = [path.relative_to(HTML) for path in sorted(HTML.rglob("*.html"))]
    found = [path for path in found if not path.parts[0].startswith("_")]
    claims = [path for path in found if path.parent.name == "claims"]
    others = [path for path in found if path.parent.name != "claims"]
    return [path.as_posix() for path in sorted([*others, *claims[::20]])]


@dataclass
class Seen:
    """A page as a reader has it open, and what went wrong in it.

    Attributes
    ----------
    page : Page
    home : str
        Where the book is; a request for anything that is elsewhere is a complaint.
    complaints : list of str
    """

    page: Page
    home: str = HTML.as_uri()
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("requestfailed", self._note_failure)
        self.page.on("request", self._note_request)

    def open(self, path: str, query: str = "") -> Page:
        """Open a page of the book and wait until its formulas are set."""
        self.page.goto(f"{self.home}/{path}{query}")
        return self.settle()

    def settle(self) -> Page:
        """Wait until the formulas are set."""
        self.page.wait_for_function(
            "() => document.readyState === 'complete' && (!window.MathJax?.startup?.promise || "
            "window.MathJax.startup.promise.then(() => true))"
        )
        return self.page

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console: {message.text}")

    def _note_failure(self, request: Request) -> None:
        # A picture for the tab is asked for last, and given up where the next page is opened.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {request.url}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.complaints.append(f"another host: {request.url}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("book")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not (HTML / "index.html").is_file():
        message = "the book is not built: there is no _build/html/index.html; run make book"
        if os.environ.get("SCALEBOOK_REQUIRE_BOOK") == "1":
            pytest.fail(message)
        pytest.skip(message)
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        # Containers and root have no sandbox of their own to offer Chromium.
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=["light"])
def theme(request: pytest.FixtureRequest) -> str:
    """Colours of the page; a test that wants both parametrises it indirectly."""
    return str(request.param)


@pytest.fixture(params=[DESKTOP], ids=["desktop"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Width and height of the window in CSS pixels; parametrise it indirectly for others."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def seen(browser: Browser, theme: str, size: tuple[int, int]) -> Iterator[Seen]:
    """Yield a fresh window that notes console errors, failed requests and other hosts."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        # What fades in is there at once: colours half-way between two are no one's choice.
        reduced_motion="reduce",
    )
    # For machines that are slow or have much else to do.
    context.set_default_timeout(120_000)
    yield Seen(context.new_page())
    context.close()
