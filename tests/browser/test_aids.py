"""Definitions in place, permanent links and the search, as a reader uses them."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from scalebook.record import claims
from tests.browser.conftest import HTML, PHONE, Seen

CHAPTER = "book/executed/entropy.html"
TERM = "a.glossed[href$='#term-perplexity']"
NOTE = "#about-term-perplexity"


def opened(seen: Seen) -> Page:
    page = seen.open(CHAPTER)
    page.locator(TERM).scroll_into_view_if_needed()
    return page


# Definitions


def test_pointer_shows_the_definition_and_may_move_onto_it(seen: Seen) -> None:
    page = opened(seen)
    expect(page.locator(NOTE)).to_be_hidden()
    page.locator(TERM).hover()
    expect(page.locator(NOTE)).to_be_visible()
    page.locator(NOTE).hover()
    page.wait_for_timeout(400)
    expect(page.locator(NOTE)).to_be_visible()
    page.mouse.move(2, 2)
    expect(page.locator(NOTE)).to_be_hidden()
    assert seen.complaints == []


def test_focus_shows_the_definition_and_escape_hides_it(seen: Seen) -> None:
    page = opened(seen)
    previous = page.locator("article a").all()
    addresses = [link.get_attribute("href") or "" for link in previous]
    at = next(i for i, address in enumerate(addresses) if address.endswith("#term-perplexity"))
    previous[at - 1].focus()
    page.keyboard.press("Tab")
    expect(page.locator(TERM)).to_be_focused()
    expect(page.locator(NOTE)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(NOTE)).to_be_hidden()
    expect(page.locator(TERM)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(NOTE)).to_be_hidden()


def test_escape_hides_what_the_pointer_shows(seen: Seen) -> None:
    page = opened(seen)
    page.locator(TERM).hover()
    expect(page.locator(NOTE)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(NOTE)).to_be_hidden()


def test_one_definition_at_a_time(seen: Seen) -> None:
    page = opened(seen)
    page.locator(TERM).hover()
    page.locator("a.glossed").first.focus()
    page.locator("a.glossed").nth(1).hover()
    assert page.locator(".glossary-note:visible").count() == 1


def test_enter_leads_to_the_entry(seen: Seen) -> None:
    page = opened(seen)
    page.locator(TERM).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"glossary\.html#term-perplexity$"))
    expect(page.locator("dt#term-perplexity")).to_be_in_viewport()


def test_definition_describes_the_term_to_a_screen_reader(seen: Seen) -> None:
    page = opened(seen)
    for term in page.locator("a.glossed").all():
        note = page.locator(f"[id='{term.get_attribute('aria-describedby')}']")
        assert note.count() == 1
        assert note.get_attribute("role") == "tooltip"
        assert len(note.text_content() or "") > 20


@pytest.mark.parametrize("size", [(1280, 900), PHONE], ids=["desktop", "phone"], indirect=True)
def test_definitions_stay_within_the_window(seen: Seen) -> None:
    page = opened(seen)
    width = page.evaluate("document.documentElement.clientWidth")
    for term in page.locator("a.glossed").all():
        term.scroll_into_view_if_needed()
        term.hover()
        box = page.locator(".glossary-note:visible").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["width"] >= 150
        link = term.bounding_box()
        assert link is not None
        assert box["y"] + box["height"] <= link["y"] + 1 or box["y"] >= link["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_first_tap_shows_and_second_tap_follows(browser: Browser) -> None:
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto((HTML / CHAPTER).as_uri())
    page.locator(TERM).tap()
    expect(page.locator(NOTE)).to_be_visible()
    page.locator("article h1").first.tap()
    expect(page.locator(NOTE)).to_be_hidden()
    page.locator(TERM).tap()
    page.locator(TERM).tap()
    page.wait_for_url(re.compile(r"glossary\.html#term-perplexity$"))
    context.close()


def test_terms_are_plain_links_without_scripts(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((HTML / CHAPTER).as_uri())
    expect(page.locator(NOTE)).to_be_hidden()
    page.locator(TERM).click()
    page.wait_for_url(re.compile(r"glossary\.html#term-perplexity$"))
    context.close()


# Permanent links


def test_claims_have_a_permanent_link_in_the_ledger_and_in_their_chapter(seen: Seen) -> None:
    for path in ("book/ledger.html", CHAPTER):
        page = seen.open(path)
        places = page.locator("tr[id^='claim-'], .claim-card[id^='claim-']")
        assert places.count() > 5
        for place in places.all():
            name = str(place.get_attribute("id")).removeprefix("claim-")
            own = {f"#claim-{name}", f"claims/{name}.html"}
            assert place.locator("a.claim-id").get_attribute("href") in own
    page.locator("details").evaluate_all("all => all.forEach((each) => (each.open = true))")
    link = page.locator(".claim-card a.claim-id").first
    link.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith(link.get_attribute("href") or "?")


# Search


def first_result(seen: Seen, query: str) -> str:
    page = seen.open("search.html", f"?q={query.replace(' ', '+')}")
    expect(page.locator("#search-results .search-summary")).to_contain_text("found")
    return page.locator("#search-results ul.search li a").first.get_attribute("href") or ""


@pytest.mark.parametrize("claim", ["h-entropy-unit", "t-0.595", "l-gpt4-0.1pct", "h-6nd"])
def test_search_finds_a_claim_by_its_id(seen: Seen, claim: str) -> None:
    assert first_result(seen, claim) == f"book/ledger.html#claim-{claim}"
    assert seen.complaints == []


@pytest.mark.parametrize(
    ("phrase", "claim"),
    [
        ("1.69 nats per token", None),
        ("internet text holds 1.82 bits", "h-entropy-unit"),
        ("should drop by at least 3x", "a-inference-3x"),
        ("the hypothesis of D/N = 20", "h-dn-20"),
        ("mixture of experts at 5e28 FLOP", "n-2028-ratio"),
    ],
)
def test_search_finds_a_claim_by_its_words(seen: Seen, phrase: str, claim: str | None) -> None:
    place = first_result(seen, phrase).partition("#claim-")[2]
    assert place == claim if claim else phrase in claims.load()[place].claim


def test_search_finds_every_claim_by_its_id(seen: Seen) -> None:
    page = seen.open("search.html", "?q=entropy")
    expect(page.locator("#search-results .search-summary")).to_contain_text("found")
    found = page.evaluate(
        """(ids) => ids.filter((id) => {
            const results = Search._performSearch(...Search._parseQuery(id));
            return !results.some((result) => result[2] === `#claim-${id}`);
        })""",
        list(claims.load()),
    )
    assert json.dumps(found) == "[]"


def test_search_of_one_common_word_puts_pages_before_claims(seen: Seen) -> None:
    assert "#claim-" not in first_result(seen, "loss")


@pytest.mark.parametrize("words", ["loss", "optimal", "fit", "supply", "isoflop", "compute"])
def test_search_for_ordinary_words_puts_chapters_before_the_library(seen: Seen, words: str) -> None:
    assert not first_result(seen, words).startswith("book/api/")


def test_search_finds_functions_of_the_library(seen: Seen) -> None:
    place = first_result(seen, "given_params")
    assert place == "book/api/optimum.html#scalinglaws.optimum.dense.given_params"
