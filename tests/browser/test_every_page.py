"""What holds for every page of the book in a browser."""

import pytest

from tests.browser.conftest import PHONE, Seen, pages


@pytest.mark.parametrize("path", pages())
def test_opens_without_a_complaint(seen: Seen, path: str) -> None:
    seen.open(path)
    assert seen.complaints == []


@pytest.mark.parametrize("size", [PHONE], ids=["phone"], indirect=True)
@pytest.mark.parametrize("path", pages())
def test_does_not_scroll_sideways_on_a_phone(seen: Seen, path: str) -> None:
    page = seen.open(path)
    wide, shown = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= shown
