"""What holds for every page of the book in a browser.

Each page is opened once, by day on a wide screen; then it turns dark, and then narrow. Opening is
what takes the time, so what holds for each page is one test, which lists all that does not hold.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NARROW, PHONE, Seen, pages

_GRAVE = ("serious", "critical", "moderate")

# Shifts of the page that no one asked for, as browsers' cumulative layout shift has them.
_WATCH_SHIFTS = """() => {
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""

# Through the whole page, a window at a time, as a reader goes.
_READ_THROUGH = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const end = document.documentElement.scrollHeight;
  for (let y = 0; y < end; y += innerHeight) { scrollTo(0, y); await frame(); }
  scrollTo(0, 0);
  await frame();
  return window.shifts;
}"""

# What is folded is looked at, too. Of each kind of token in code one is enough, and formulas are
# drawn by MathJax: both are thousands of elements a page.
_LAY_OPEN = """() => {
  document.querySelectorAll("mjx-container").forEach((each) => { each.textContent = "x"; });
  const known = new Set();
  document.querySelectorAll("pre:has(span)").forEach((code) => {
    const tokens = [...code.querySelectorAll("span[class]")].filter((token) => {
      const first = !known.has(token.className);
      known.add(token.className);
      return first;
    });
    code.replaceChildren(...tokens.flatMap((token) => [token, "\\n"]));  // none is too long
  });
  document.querySelectorAll("details").forEach((each) => { each.open = true; });
}"""

_AXE = """(rules) => axe.run({
  resultTypes: ["violations"], elementRef: false, preload: false,
  ...(rules ? { runOnly: rules } : {}),
}).then((found) => found.violations.flatMap((violation) => violation.nodes.map((node) => [
  violation.impact, violation.id, node.target.join(" "), node.failureSummary,
])))"""

_FORMULAS = """() => ({
  written: document.querySelectorAll("article .math").length,
  set: document.querySelectorAll("article .math > mjx-container").length,
  wrong: [...document.querySelectorAll("mjx-merror")].map((each) => each.textContent),
})"""

_WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"

# What sticks out of the window and is not in a box that scrolls: hidden overflow is clipped text.
_CLIPPED = """() => {
  const wide = document.documentElement.clientWidth + 1;
  const scrolls = (each) => ["auto", "scroll"].includes(getComputedStyle(each).overflowX);
  const inBox = (each) => { while ((each = each.parentElement)) if (scrolls(each)) return true; };
  return [...document.querySelectorAll("article *")].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && box.height && box.right > wide && !inBox(each)
      && !each.closest("mjx-assistive-mml, .sr-only, .visually-hidden");
  }).slice(0, 5).map((each) => each.outerHTML.slice(0, 120));
}"""


@cache
def axe() -> str:
    return Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")


def violations(page: Page, *rules: str) -> Iterator[str]:
    for impact, rule, target, summary in page.evaluate(_AXE, list(rules) or None):
        if impact in _GRAVE:
            yield f"axe, {impact}: {rule}: {target}: {' '.join(summary.split())}"


def formulas(page: Page) -> Iterator[str]:
    counted = page.evaluate(_FORMULAS)
    if counted["written"] != counted["set"] or counted["wrong"]:
        yield f"formulas: {counted}"


def sideways(page: Page, size: tuple[int, int]) -> Iterator[str]:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    wide, shown = page.evaluate(_WIDTHS)
    if wide > shown:
        yield f"scrolls sideways at {size[0]} pixels: {wide} wide"
    yield from (f"clipped at {size[0]} pixels: {each}" for each in page.evaluate(_CLIPPED))


def jumps(page: Page) -> Iterator[str]:
    # Formulas are set after the text is seen, and an appendix may have one in every line.
    most = 0.25 if "/appendix/" in page.url else 0.1
    if (shifts := page.evaluate(_READ_THROUGH)) >= most:
        yield f"the page jumps: its cumulative layout shift is {shifts:.3f}"


@pytest.mark.parametrize("path", pages())
def test_page(seen: Seen, path: str) -> None:
    seen.page.add_init_script(f"({_WATCH_SHIFTS})()")
    page = seen.open(path)
    if path == "index.html":
        page.wait_for_url("**/book/index.html")
        seen.settle()
    found = [*jumps(page), *formulas(page)]
    page.evaluate(_LAY_OPEN)
    page.evaluate(axe())
    found += violations(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("html[data-theme=dark]", state="attached")
    found += (f"dark: {each}" for each in violations(page, "color-contrast"))
    found += [*sideways(page, PHONE), *sideways(page, NARROW)]
    found += seen.complaints
    assert found == [], "\n".join(["", *found])
