"""The front page as somebody uses it who has just heard a claim."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Seen
from tests.browser.test_aids import first_result

#: What people ask for, and the page that has the answer.
ASKED = {
    "data wall": "executed/supply",
    "chinchilla optimal": "executed/chinchilla",
    "kaplan wrong": "executed/reconciliation",
    "20 tokens": "w-20-tokens",
    "overtraining llama": "executed/overtraining",
    "moe multiplier": "n-moe-multiplier",
}


@pytest.mark.parametrize("words", ASKED)
def test_what_is_typed_is_looked_up(seen: Seen, words: str) -> None:
    page = seen.open("book/index.html")
    page.get_by_label("What did somebody say?").fill(words)
    first = page.locator(".lookup-found a").first
    assert ASKED[words] in (first.get_attribute("href") or "")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(ASKED[words]))
    assert seen.complaints == []


@pytest.mark.parametrize("power", ["5e28", "5e+28", "5 × 10^28", "5 × 10²⁸"])
def test_a_power_of_ten_is_found_however_it_is_typed(seen: Seen, power: str) -> None:
    page = seen.open("book/index.html")
    page.get_by_label("What did somebody say?").fill(f"training system {power} FLOP")
    assert "n-5gw" in (page.locator(".lookup-found a").first.get_attribute("href") or "")


@pytest.mark.parametrize("words", ASKED)
def test_the_search_of_the_book_finds_it_first(seen: Seen, words: str) -> None:
    assert ASKED[words] in first_result(seen, words)


@pytest.mark.parametrize(
    "words", ["four epochs as good as fresh data", "GPT-4 undertrained?", "6ND"]
)
def test_whole_sentences_and_signs_are_read(seen: Seen, words: str) -> None:
    page = seen.open("book/index.html")
    page.get_by_label("What did somebody say?").fill(words)
    expect(page.locator(".lookup-found li")).not_to_have_count(0)


def test_what_nobody_said_leads_to_the_search_of_the_book(seen: Seen) -> None:
    page = seen.open("book/index.html")
    page.get_by_label("What did somebody say?").fill("zyzzyva")
    expect(page.locator(".lookup-found li")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("search.html"))


def test_a_card_leads_to_the_page_of_its_claim(seen: Seen) -> None:
    page = seen.open("book/index.html")
    page.locator(".card-says a").first.click()
    page.wait_for_load_state()
    assert "/claims/" in page.url
    expect(page.locator(".claim-quote")).to_be_visible()
