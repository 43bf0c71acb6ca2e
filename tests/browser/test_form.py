"""A chapter that answers first, as its readers have it: on a screen, by keyboard, on paper."""

import json
import math
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from scalebook.site.form import BOXES
from tests.browser.conftest import HTML, PHONE, Seen
from tests.browser.test_every_page import axe, violations
from tests.scalebook.chapters.cells import answering, code, tags
from tests.scalebook.chapters.test_controls import lead, settings

CHAPTERS = answering()
#: Where the answer ends at the latest, and where its figure begins, on a screen of 1280 x 900.
ANSWER_ENDS, FIGURE_BEGINS = 700, 900

# Moves all inputs to each of some settings, and returns what the page has then.
_SET = """([place, settings, logs]) => settings.map((setting) => {
  for (const [name, value] of Object.entries(setting)) {
    const field = place.querySelector(`[name="${name}"]`);
    field.value = logs.includes(name) ? Math.log(value) : value;
    field.dispatchEvent(new Event(field.matches("select") ? "change" : "input"));
  }
  const says = place.querySelector(".figure-says").textContent;
  const shown = [...place.querySelectorAll("output")].map((each) => each.textContent);
  return [place.dataset.values, says, shown];
})"""

# What sticks out of the column of the text.
_BEYOND = """() => {
  const column = document.querySelector("article").getBoundingClientRect();
  const parts = "figure, .figure-control, .figure-control *, .heard li, blockquote, .record-box";
  return [...document.querySelectorAll(parts)].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && (box.left < column.left - 1 || box.right > column.right + 1);
  }).map((each) => each.outerHTML.slice(0, 120));
}"""

# Where all points of the drawing are.
_PLACES = """(drawing) => [...drawing.querySelectorAll(".mark-symbol path")]
  .map((each) => each.getAttribute("transform")).join()"""


# Whether a slider is beyond its middle.
_HIGH = """(each) => each.matches("select") ? null
  : each.valueAsNumber > (Number(each.min) + Number(each.max)) / 2"""

# What is folded is looked at, too.
_LAY_OPEN = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


def opened(seen: Seen, chapter: str, query: str = "") -> Page:
    """Open a chapter and wait until its first figure can be moved."""
    page = seen.open(f"book/executed/{chapter}.html", query)
    page.wait_for_selector("figure.moves .figure-says", state="attached")
    return page


def box(place: Locator) -> dict[str, float]:
    found = place.bounding_box()
    assert found is not None
    return dict(found)


def known(page: Page) -> dict[str, float]:
    """Return the inputs and values that the page has."""
    values: dict[str, float] = json.loads(
        page.locator(".figure-control").get_attribute("data-values") or ""
    )
    return values


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_answer_and_its_figure_are_on_the_first_screen(seen: Seen, chapter: str) -> None:
    page = opened(seen, chapter)
    answer = box(page.locator(".tag_short-answer blockquote"))
    figure = box(page.locator("article figure").first)
    assert answer["y"] + answer["height"] <= ANSWER_ENDS
    assert answer["y"] < figure["y"] <= FIGURE_BEGINS
    assert "moves" in (page.locator("article figure").first.get_attribute("class") or "").split()
    # Code is seen where it is the method, and only there.
    methods = [cell for cell in code(chapter) if "method" in tags(cell)]
    expect(page.locator("article .cell_input:visible")).to_have_count(len(methods))
    expect(page.locator("article .tag_method .cell_input:visible")).to_have_count(len(methods))
    assert seen.complaints == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_arrow_keys_move_number_sentence_and_marker(seen: Seen, chapter: str) -> None:
    page = opened(seen, chapter)
    drawing, says = page.locator(".figure-drawing"), page.locator(".figure-says")
    moved = []
    for field in page.locator(".figure-fields :is(input, select)").all():
        name = field.get_attribute("name") or ""
        before = known(page), says.inner_text(), drawing.evaluate(_PLACES)
        field.focus()
        expect(field).to_be_focused()
        high = field.evaluate(_HIGH)
        for _ in range(1 if high is None else 40):
            page.keyboard.press({None: "ArrowDown", True: "ArrowLeft", False: "ArrowRight"}[high])
        after = known(page), says.inner_text(), drawing.evaluate(_PLACES)
        assert before[0][name] != after[0][name]
        assert before[1] != after[1]
        moved.append(before[2] != after[2])  # some fields are for the sentence alone
        shown = field.locator("xpath=following-sibling::output")
        if shown.count():
            assert field.get_attribute("aria-valuetext") == shown.inner_text()
    assert any(moved)
    assert seen.complaints == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_page_computes_what_the_library_does(seen: Seen, chapter: str) -> None:
    page, control = opened(seen, chapter), lead(chapter).control
    place = page.locator(".figure-control")
    logs = [each.name for each in control.inputs if getattr(each, "log", False)]
    asked = list(settings(control))
    found: list[Any] = place.evaluate(
        f"(place, [settings, logs]) => ({_SET})([place, settings, logs])", [asked, logs]
    )
    for wanted, (values, says, shown) in zip(asked, found, strict=True):
        there = json.loads(values)
        for each in control.inputs:  # as near as a slider comes
            step = math.log(each.high / each.low) / 400 if each.name in logs else 0.0
            assert there[each.name] == pytest.approx(wanted[each.name], rel=step + 1e-9)
        here = control.evaluate({each.name: there[each.name] for each in control.inputs})
        assert {name: there[name] for name in here} == pytest.approx(here, rel=1e-6)
        for text in [says, *shown]:
            assert text.strip()
            assert not any(bad in text for bad in ("NaN", "undefined", "Infinity", "null")), text


@pytest.mark.parametrize("size", [PHONE], ids=["phone"], indirect=True)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_on_a_phone_nothing_is_wider_than_the_column(seen: Seen, chapter: str) -> None:
    page = opened(seen, chapter)
    page.evaluate(_LAY_OPEN)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(_BEYOND) == []
    drawing = box(page.locator(".figure-drawing svg"))
    assert drawing["width"] > 0.8 * box(page.locator("article figure").first)["width"]
    # A finger finds a slider.
    for field in page.locator(".figure-fields :is(input, select)").all():
        assert box(field)["height"] >= 24
        assert box(field)["width"] >= 90


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_without_scripts_the_drawing_is_there(browser: Browser, chapter: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((HTML / f"book/executed/{chapter}.html").as_uri())
    figure = page.locator("article figure").first
    expect(figure.locator("img")).to_be_visible()
    expect(figure.locator(".figure-control")).to_be_hidden()
    claims = page.locator(".record-claims")
    claims.locator("summary").click()
    expect(claims.locator(".claim-card").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_on_paper_the_drawing_stands_for_what_moves(seen: Seen, chapter: str) -> None:
    page = opened(seen, chapter)
    figure = page.locator("article figure").first
    expect(figure.locator("img")).to_be_hidden()
    page.emulate_media(media="print")
    expect(figure.locator("img")).to_be_visible()
    expect(figure.locator(".figure-control")).to_be_hidden()
    for kind in ("parameters", "commands", "downloads"):
        expect(page.locator(f".record-{kind}")).to_be_hidden()
    card = page.locator(".record-claims .claim-card").first
    assert card.evaluate("(each) => each.getBoundingClientRect().height") > 0


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_link_to_a_claim_opens_its_box(seen: Seen, chapter: str) -> None:
    page = opened(seen, chapter)
    claims = page.locator(".record-claims")
    ids = page.locator(".claim-card").evaluate_all("(cards) => cards.map((each) => each.id)")
    expect(claims).not_to_have_attribute("open", "")
    link = page.locator("ul.heard a").last
    target = (link.get_attribute("href") or "").removeprefix("#")
    assert target in ids
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"[id='{target}']")).to_be_in_viewport()
    # And from another page.
    page.goto("about:blank")
    page = opened(seen, chapter, f"#{ids[0]}")
    expect(page.locator(f"[id='{ids[0]}']")).to_be_in_viewport()
    expect(claims).to_have_attribute("open", "")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_boxes_are_opened_by_keyboard(seen: Seen, chapter: str) -> None:
    page = opened(seen, chapter)
    boxes = page.locator("details.record-box")
    names = boxes.locator("> summary").all_inner_texts()
    assert set(names) <= {*BOXES.values(), "Parameters", "Downloads"}
    assert len(names) == len(set(names)) >= 5
    for each in boxes.all():
        inside = each.locator("> :not(summary)").first
        expect(inside).to_be_hidden()
        each.locator("> summary").focus()
        page.keyboard.press("Enter")
        expect(inside).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_nothing_is_in_the_way_of_anybody(seen: Seen, chapter: str) -> None:
    page = opened(seen, chapter)
    page.evaluate(_LAY_OPEN)
    page.evaluate(axe())
    assert [*violations(page)] == []
