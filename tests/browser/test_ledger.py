"""The ledger as its readers use it: searched, filtered, sorted and linked to."""

import re

import pytest
from playwright.sync_api import Page, expect

from scalebook.record import claims
from tests.browser.conftest import PHONE, Seen

LEDGER = "book/ledger.html"
_NUMBER = re.compile(r"[\d.,]+")


def verdicts(page: Page, rows: str = "tr") -> list[str]:
    texts = page.locator(f"table.ledger tbody {rows} .verdict").all_text_contents()
    return [text.split(":")[0] for text in texts]


def shown(page: Page) -> list[str]:
    """Return the ids of the claims in sight, in their order."""
    ids = page.locator("table.ledger tbody tr:visible").evaluate_all(
        "(rows) => rows.map((row) => row.id)"
    )
    return [str(each).removeprefix("claim-") for each in ids]


def test_filters_by_its_address(seen: Seen) -> None:
    page = seen.open(LEDGER, "?verdict=fails")
    everything = verdicts(page)
    visible = verdicts(page, "tr:not([hidden])")
    assert 0 < len(visible) < len(everything)
    assert visible == [verdict for verdict in everything if verdict == "fails"]
    count = page.locator(".ledger-controls [aria-live]")
    assert count.text_content() == f"{len(visible)} of {len(everything)} claims"


def test_searches_and_sorts_by_its_address(seen: Seen) -> None:
    page = seen.open(LEDGER, "?q=GOPHER&sort=off&down=1")
    texts = page.locator("table.ledger tbody tr:visible").all_text_contents()
    assert 0 < len(texts) < len(claims.load())
    assert all("gopher" in text.lower() for text in texts)
    cells = page.locator("table.ledger tbody tr:visible td:nth-child(5)").all_text_contents()
    sizes = [
        max(float(size.replace(",", "")) for size in found)
        for cell in cells
        if (found := _NUMBER.findall(cell))
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert page.locator('th[aria-sort="descending"]').text_content() == "Off by"


@pytest.mark.parametrize("claim", sorted(claims.load())[::20])
def test_finds_a_claim_by_its_id_and_by_a_phrase(seen: Seen, claim: str) -> None:
    page = seen.open(LEDGER)
    field = page.get_by_role("searchbox", name="Search", exact=True)
    field.fill(claim)
    assert claim in shown(page)
    phrase = " ".join(claims.load()[claim].claim.split()[:6])
    field.fill(phrase)
    assert claim in shown(page)
    assert len(shown(page)) < len(claims.load())


def test_fields_narrow_the_table_and_show_all_widens_it(seen: Seen) -> None:
    page = seen.open(LEDGER)
    every = shown(page)
    page.locator("select[name=verdict]").select_option("holds")
    holds = shown(page)
    assert set(verdicts(page, "tr:not([hidden])")) == {"holds"}
    page.locator("select[name=source]").select_option(index=1)
    assert set(shown(page)) < set(holds)
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("table.ledger tbody tr:visible")).to_have_count(len(every))
    assert shown(page) == every


@pytest.mark.parametrize("size", [PHONE], ids=["phone"], indirect=True)
def test_sorts_by_its_headings_on_a_phone_and_by_keyboard(seen: Seen) -> None:
    page = seen.open(LEDGER)
    button = page.locator("th button", has_text="Verdict")
    button.focus()
    page.keyboard.press("Enter")
    heading = page.locator("th", has_text="Verdict")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert verdicts(page) == sorted(verdicts(page))
    page.keyboard.press("Space")
    assert heading.get_attribute("aria-sort") == "descending"
    assert verdicts(page) == sorted(verdicts(page), reverse=True)


def test_a_linked_claim_is_in_sight_whatever_the_filter_says(seen: Seen) -> None:
    page = seen.open(LEDGER)
    holds = page.locator("tbody tr", has=page.locator(".verdict-holds")).last
    name = holds.get_attribute("id")
    seen.open(LEDGER, f"?verdict=fails#{name}")
    page.wait_for_function("document.querySelectorAll('tbody tr[hidden]').length === 0")
    expect(page.locator(f"#{name}")).to_be_in_viewport()


def test_keeps_what_was_chosen_in_its_address(seen: Seen) -> None:
    page = seen.open(LEDGER)
    page.get_by_role("searchbox", name="Search", exact=True).fill("chinchilla")
    page.get_by_role("button", name="Off by").click()
    before = shown(page)
    assert "q=chinchilla" in page.url
    page.reload()
    assert shown(page) == before


def test_badge_of_the_title_page_leads_to_its_claims(seen: Seen) -> None:
    page = seen.open("book/index.html")
    badge = page.locator(".tally a.verdict-fails").first
    (count,) = re.findall(r"\d+", badge.text_content() or "")
    badge.click()
    page.wait_for_load_state()
    found = page.locator("table.ledger tbody tr:not([hidden])")
    classes = found.evaluate_all("(rows) => rows.map((row) => row.className)")
    assert verdicts(page, "tr:not([hidden])") == ["fails"] * int(count)
    assert all("voice-article" in each for each in classes)


@pytest.mark.parametrize("size", [PHONE], ids=["phone"], indirect=True)
def test_a_claims_page_fits_on_a_phone(seen: Seen) -> None:
    page = seen.open("book/claims/h-6nd.html")
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide == 0
    expect(page.locator(".number-line")).to_be_visible()
    assert seen.complaints == []
