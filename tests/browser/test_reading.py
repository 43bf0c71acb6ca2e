"""What a reader does on any page: choose its colours, go by keyboard, read it served or bare."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from scalebook.record import claims
from tests.browser.conftest import HTML, PHONE, Seen
from tests.scalebook.show.test_figures import DARK_GROUND

CHAPTER = "book/executed/kaplan.html"
TITLE = "book/index.html"
GUIDE = "book/your-runs-guide.html"
LONG = "book/appendix/atlas.html"  # a table too long to have its rows one below the other
BETWEEN = (600, 900)  # wider than a phone, where long tables scroll
_FEW = [TITLE, "book/benchmark.html", "book/ledger.html", CHAPTER, "search.html"]

_GROUND = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"

# The colours of the first frame that has anything in it.
_FIRST_FRAME = """requestAnimationFrame(function look() {
  if (!document.body) { requestAnimationFrame(look); return; }
  window.firstTheme = document.documentElement.dataset.theme;
});"""

# The sizes of indices over those of the letters that they belong to.
_INDICES = """(all) => {
  const size = (each) => parseFloat(getComputedStyle(each).fontSize);
  const indices = (each) => [...each.querySelectorAll("[size]")];
  return all.flatMap((each) => indices(each).map((index) => size(index) / size(each)));
}"""

_MARK_FOCUSED = """() => {
  window.reached = new Set();
  window.invisible = [];
  document.addEventListener("focusin", (event) => {
    const { target } = event;
    window.reached.add(target);
    const style = getComputedStyle(target);
    const box = target.getBoundingClientRect();
    const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
      || style.boxShadow !== "none";
    if (!marked || !box.width || !box.height) window.invisible.push(target.outerHTML.slice(0, 150));
  });
}"""

_UNREACHED = """() => [...document.querySelectorAll(
  "a[href], button, input, select, textarea, summary, [tabindex='0']"
)].filter((each) => !window.reached.has(each) && !each.disabled && each.tabIndex >= 0
  && each.checkVisibility({ visibilityProperty: true, opacityProperty: true })
).map((each) => each.outerHTML.slice(0, 150))"""

# Boxes that scroll sideways, and whether the keyboard reaches them.
_BOXES = """() => [...document.querySelectorAll("article *")].filter((each) =>
  each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 40
  && ["auto", "scroll"].includes(getComputedStyle(each).overflowX)
).map((each) => [each.outerHTML.slice(0, 120), each.tabIndex, each.getAttribute("role"),
                 each.getAttribute("aria-label"), each.matches("pre")])"""


def is_dark(page: Page) -> bool:
    return max(page.evaluate(_GROUND)) < 60


# Colours


@pytest.mark.parametrize("theme", ["light", "dark"], indirect=True)
def test_first_frame_has_the_colours_of_the_system(seen: Seen, theme: str) -> None:
    seen.page.add_init_script(_FIRST_FRAME)
    page = seen.open(CHAPTER)
    assert page.evaluate("window.firstTheme") == theme
    assert is_dark(page) == (theme == "dark")


def test_button_changes_the_colours_and_other_pages_keep_them(seen: Seen) -> None:
    page = seen.open(TITLE)
    button = page.locator("button.theme-switch-button:visible").first
    for _ in range(3):
        if is_dark(page):
            break
        button.click()
    assert is_dark(page)
    seen.page.add_init_script(_FIRST_FRAME)
    seen.open(CHAPTER)
    assert page.evaluate("window.firstTheme") == "dark"
    assert is_dark(page)
    assert seen.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"], indirect=True)
def test_figures_are_dark_on_light_and_light_on_dark(seen: Seen, theme: str) -> None:
    page = seen.open(CHAPTER)
    figure = page.locator("article figure img").first
    style = figure.evaluate(
        "(each) => [getComputedStyle(each).filter, getComputedStyle(each).backgroundColor]"
    )
    assert ("invert(1)" in style[0]) == (theme == "dark")
    assert style[1] == "rgba(0, 0, 0, 0)"
    if theme == "dark":
        assert page.evaluate(_GROUND) == [int(DARK_GROUND[i : i + 2], 16) for i in (1, 3, 5)]


# The keyboard


def test_first_stop_skips_to_the_text(seen: Seen) -> None:
    page = seen.open(CHAPTER)
    page.keyboard.press("Tab")
    link = page.locator(":focus")
    assert link.text_content() == "Skip to main content"
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")


@pytest.mark.parametrize("path", [TITLE, "book/benchmark.html", CHAPTER, "search.html"])
def test_everything_is_reached_by_keyboard_and_shows_it(seen: Seen, path: str) -> None:
    page = seen.open(path)
    page.evaluate(_MARK_FOCUSED)
    stops = page.locator("a[href], button, input, select, summary, [tabindex='0']").count()
    for _ in range(stops + 5):
        page.keyboard.press("Tab")
    assert page.evaluate("window.invisible") == []
    assert page.evaluate(_UNREACHED) == []


@pytest.mark.parametrize("size", [BETWEEN], ids=["between"], indirect=True)
def test_boxes_that_scroll_are_named_and_reached_by_keyboard(seen: Seen) -> None:
    page = seen.open(LONG)
    found = page.evaluate(_BOXES)
    assert found
    for box, stop, role, name, is_code in found:
        assert stop == 0, box
        assert is_code or (role == "region" and name), box


@pytest.mark.parametrize("size", [BETWEEN], ids=["between"], indirect=True)
def test_wide_table_shows_that_it_goes_on(seen: Seen) -> None:
    page = seen.open(LONG)
    box = page.locator(".table-box.scrolls").first
    assert "gradient" in box.evaluate("(each) => getComputedStyle(each).backgroundImage")
    page.set_viewport_size({"width": 2000, "height": 900})
    expect(page.locator(".scrolls")).to_have_count(0)


@pytest.mark.parametrize("size", [PHONE], ids=["phone"], indirect=True)
def test_on_a_phone_a_wide_table_has_its_rows_one_below_the_other(seen: Seen) -> None:
    page = seen.open(GUIDE)
    table = page.locator("table.stacked").first
    names = table.locator("thead th").all_text_contents()
    cells = table.locator("tbody tr").first.locator("td")
    said = cells.evaluate_all("(all) => all.map((each) => each.dataset.column)")
    assert said == [name.strip() for name in names]
    tops = cells.evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().top)")
    assert tops == sorted(set(tops))
    expect(page.locator(".scrolls")).to_have_count(0)
    page.set_viewport_size({"width": 2000, "height": 900})
    expect(page.locator("table.stacked")).to_have_count(0)


def test_indices_are_smaller_than_what_they_belong_to(seen: Seen) -> None:
    page = seen.open("book/symbols.html")
    page.locator("mjx-container [size]").first.wait_for()
    sizes = page.locator("mjx-container").evaluate_all(_INDICES)
    assert sizes
    assert max(sizes) < 0.8


# Other ways to have the book


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(HTML)))
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


def test_served_book_asks_nothing_of_another_host(seen: Seen, server: str) -> None:
    seen.home = server
    for path in _FEW:
        seen.open(path)
    assert seen.complaints == []


def test_ledger_is_whole_without_scripts(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    page.goto((HTML / "book" / "ledger.html").as_uri())
    expect(page.locator("table.ledger tbody tr:visible")).to_have_count(len(claims.load()))
    # With its colours, which scripts choose where there are some.
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    context.close()
