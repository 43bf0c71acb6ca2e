"""The front page's cards and phrases name what the book has."""

import pytest
import yaml

from scalebook import paths
from scalebook.contents import CHAPTERS, module
from scalebook.record import claims

BOOK = paths.root() / "book"


def entries(name):
    return yaml.safe_load((BOOK / f"{name}.yml").read_text(encoding="utf-8"))


def test_every_card_is_a_claim_that_a_chapters_finding_answers():
    for card in entries("cards"):
        assert set(card) == {"claim", "says", "answer"}
        assert card["claim"] in claims.load()
        chapter, name = card["answer"].split(".")
        assert callable(getattr(module(chapter, "findings"), name))
    assert len({card["says"] for card in entries("cards")}) == 12


@pytest.mark.parametrize("entry", entries("phrases"), ids=lambda each: each["words"][0])
def test_every_phrase_leads_to_a_claim_or_a_page(entry):
    place = entry.get("page") or f"book/executed/{claims.load()[entry['claim']].chapter}"
    if place.startswith("book/executed/"):
        assert place.removeprefix("book/executed/") in CHAPTERS
    else:
        assert (paths.root() / f"{place}.md").is_file()


def test_no_two_entries_have_the_same_phrase():
    words = [word.lower() for entry in entries("phrases") for word in entry["words"]]
    assert len(words) == len(set(words))
