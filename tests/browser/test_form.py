"""A chapter that answers first, as its readers have it: on a screen, by keyboard, on paper."""

import json
import math
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from scalebook.contents import CHAPTERS
from scalebook.show.control import Choice, text
from scalebook.site.form import BOXES
from scalinglaws.units import parse_quantity
from tests.browser.conftest import HTML, PHONE, Seen
from tests.browser.test_every_page import axe, violations
from tests.scalebook.chapters.cells import code, tags
from tests.scalebook.chapters.test_controls import lead, settings
from tests.scalebook.show.vega import evaluated

#: Where the answer ends at the latest, and where its figure begins, on a screen of 1280 x 900.
ANSWER_ENDS, FIGURE_BEGINS = 700, 900

#: What is moved; the fields to type in stand beside.
FIELDS = ".figure-fields :is([type=range], select)"

# Moves all inputs to each of some settings, and returns what the page has then.
_SET = """([place, settings, logs]) => settings.map((setting) => {
  for (const [name, value] of Object.entries(setting)) {
    const field = place.querySelector(`[name="${name}"]`);
    field.value = logs.includes(name) ? Math.log(value) : value;
    field.dispatchEvent(new Event(field.matches("select") ? "change" : "input"));
  }
  const says = place.querySelector(".figure-says").textContent;
  const shown = [...place.querySelectorAll(".figure-typed")].map((each) => each.value);
  return [place.dataset.values, says, shown];
})"""

# What sticks out of the column of the text.
_BEYOND = """() => {
  const column = document.querySelector("article").getBoundingClientRect();
  const parts = "figure, .figure-control, .figure-control *:not(svg *), .heard li, blockquote, "
    + ".record-box";
  return [...document.querySelectorAll(parts)].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && (box.left < column.left - 1 || box.right > column.right + 1);
  }).map((each) => each.outerHTML.slice(0, 120));
}"""

# Tables that are wider than their box, and the smallest letters of tables.
_SCROLLING = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();  // what has just been laid open is folded in the next frame
  await frame();
  return [...document.querySelectorAll("article table")].filter((table) => {
    const box = table.closest(".table-box, .pst-scrollable-table-container");
    return box.scrollWidth > box.clientWidth + 1;
  }).map((table) => table.outerHTML.slice(0, 200));
}"""
_LETTERS = """() => Math.min(...[...document.querySelectorAll("article :is(th, td)")]
  .map((cell) => parseFloat(getComputedStyle(cell).fontSize)))"""

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
    for field in page.locator(FIELDS).all():
        if not field.is_visible():  # another choice has it
            continue
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
        shown = field.locator("xpath=following-sibling::input")
        if shown.count():
            said = field.get_attribute("aria-valuetext") or ""
            assert said.startswith(shown.input_value())
            assert f"{name}=" in page.url
    assert any(moved)
    assert seen.complaints == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_choices_begin_where_the_drawing_does(seen: Seen, chapter: str) -> None:
    page = opened(seen, chapter)
    control, values = lead(chapter).control, known(page)
    for each in control.inputs:
        if isinstance(each, Choice):
            field = page.locator(f".figure-fields select[name='{each.name}']")
            assert float(field.input_value()) == values[each.name] == each.value
            assert field.locator("option").all_inner_texts() == [*each.options]


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
            if isinstance(each, Choice):
                step, least = 0.0, 0.0
            elif each.log:
                step, least = math.log(each.high / each.low) / 400, 0.0
            else:
                step, least = 0.0, (each.high - each.low) / 400
            assert there[each.name] == pytest.approx(wanted[each.name], rel=step + 1e-9, abs=least)
        here = control.evaluate({each.name: there[each.name] for each in control.inputs})
        assert {name: there[name] for name in here} == pytest.approx(here, rel=1e-6)
        for said in [says, *shown]:
            assert said.strip()
            assert not any(bad in said for bad in ("NaN", "undefined", "Infinity", "null")), said


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_numbers_are_typed_as_the_book_prints_them(seen: Seen, chapter: str) -> None:
    page = opened(seen, chapter)
    for each in lead(chapter).control.inputs:
        if isinstance(each, Choice):
            continue
        field = page.locator(f"[name='{each.name}'] + .figure-typed")
        if not field.is_visible():  # it waits for a choice
            continue
        middle = math.sqrt(each.low * each.high) if each.log else (each.low + each.high) / 2
        third = (each.low * each.high**2) ** (1 / 3) if each.log else (each.low + 2 * each.high) / 3
        (printed,) = evaluated(text(f"{{value:{each.style}}}"), value=third)
        for typed in (f"{middle:.10g}", printed):
            field.fill(typed)
            field.press("Enter")
            assert known(page)[each.name] == pytest.approx(parse_quantity(typed), rel=1e-9)
        before = known(page)
        for typed in ("many", "", f"{10 * abs(each.high) + 1:g}", "3 bananas"):
            field.fill(typed)
            field.press("Enter")
            expect(page.locator(".figure-problem:not(:empty)")).to_contain_text("Expected a number")
            assert known(page) == before
        field.fill(f"{middle:.10g}")
        field.press("Enter")
        expect(page.locator(".figure-problem:not(:empty)")).to_have_count(0)
    # The address keeps the setting.
    before = known(page)
    page.reload()
    page.wait_for_selector("figure.moves .figure-says", state="attached")
    assert known(page) == pytest.approx(before, rel=1e-5)
    assert seen.complaints == []


@pytest.mark.parametrize("size", [PHONE], ids=["phone"], indirect=True)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_on_a_phone_nothing_is_wider_than_the_column(seen: Seen, chapter: str) -> None:
    page = opened(seen, chapter)
    page.evaluate(_LAY_OPEN)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(_BEYOND) == []
    expect(page.locator("article table")).not_to_have_count(0)
    assert len(found := page.evaluate(_SCROLLING)) <= 1, found
    assert page.evaluate(_LETTERS) >= 12
    drawing = box(page.locator(".figure-drawing svg"))
    assert drawing["width"] > 0.8 * box(page.locator("article figure").first)["width"]
    # A finger finds a slider.
    for field in page.locator(f"{FIELDS}:visible").all():
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
