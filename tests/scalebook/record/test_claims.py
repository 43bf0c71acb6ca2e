import re

import pytest

from scalebook import paths
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.record import claims

ENTRY = {
    "id": "x-y", "source": "harsimony2025", "who": "someone", "voice": "article",
    "quote": "it is 1.82, it looks like", "claim": "It is 1.82.", "relation": "eq", "stated": 1.82,
    "unit": "nats/token", "digits": 3,
}  # fmt: skip


def claim(chapter="kaplan", **changes):
    return claims.parse({**ENTRY, **changes}, chapter, f"{chapter}.yml, claim 1")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({k: v for k, v in ENTRY.items() if k != "relation"}, r"'x-y'\): missing relation"),
        ({k: v for k, v in ENTRY.items() if k != "source"}, r"'x-y'\): missing source"),
        ({k: v for k, v in ENTRY.items() if k != "unit"}, r"'x-y'\): missing unit"),
        ({**ENTRY, "colour": "red"}, "not expected: 'colour'"),
        ({**ENTRY, "relation": "vague"}, "relation is 'vague'; expected one of eq, about"),
        ({**ENTRY, "voice": "someone"}, "voice is 'someone'"),
        ({**ENTRY, "stated": "1e25"}, "stated is '1e25'"),
        ({**ENTRY, "stated": []}, r"stated is \[\]"),
        ({**ENTRY, "stated": None}, "stated is None; 'eq' expects a number"),
        ({**ENTRY, "relation": "about"}, "digits goes with relation 'eq', not 'about'"),
        ({**ENTRY, "within": 0.5}, "within goes with relation 'about', not 'eq'"),
        ({**ENTRY, "quote": "word " * 26}, "quote has 26 words; expected at most 25"),
        ({**ENTRY, "verdict": "holds"}, "verdict is typed by hand"),
        ({**ENTRY, "reason": "law", "probability": 1}, "probability, reason is typed by hand"),
        ({**ENTRY, "follows_from": "x"}, "follows_from is 'x'; expected a list"),
        ({**ENTRY, "history": [["2026", "holds"]]}, r"history has \['2026', 'holds'\]"),
        ({**ENTRY, "history": [["2026-11-29", "so"]]}, "history has"),
        ({**ENTRY, "history": 5}, "history is 5; expected a list"),
        ({**ENTRY, "voice": "elsewhere"}, "missing where"),
        ({**ENTRY, "quote": "it is \ud800"}, "quote is .*; expected at most 1000 characters"),
        ({**ENTRY, "claim": "long " * 1000}, "claim is .*; expected at most 1000 characters"),
        ("text", "expected fields"),
    ],
)
def test_malformed_claims_are_named_by_file_id_and_field(entry, message):
    with pytest.raises(ScalebookError, match=message) as caught:
        claims.parse(entry, "kaplan", "kaplan.yml, claim 1")
    assert str(caught.value).startswith("kaplan.yml, claim 1")


@pytest.mark.parametrize(
    ("stated", "message"),
    [(1, "'between' expects two numbers"), ([3, 1], "expected the lower end first")],
)
def test_a_range_has_two_ends_in_order(stated, message):
    entry = {k: v for k, v in ENTRY.items() if k != "digits"}
    with pytest.raises(ScalebookError, match=message):
        claims.parse({**entry, "relation": "between", "stated": stated}, "kaplan", "test")


def test_a_derived_claim_needs_its_inputs():
    derived = claim(follows_from=["x-z"])
    with pytest.raises(ScalebookError, match=r"kaplan.yml \(x-y\): follows_from names 'x-z'"):
        claims.check_derived({"x-y": derived})


def test_a_derived_claim_does_not_go_in_a_circle():
    ring = {
        name: claim(id=name, follows_from=[following])
        for name, following in (("a", "b"), ("b", "c"), ("c", "a"))
    }
    with pytest.raises(ScalebookError, match=r"\(a\): follows_from goes in a circle, back to 'a'"):
        claims.check_derived(ring)
    claims.check_derived({**ring, "c": claim(id="c")})


@pytest.mark.parametrize(
    ("relation", "numbers", "unit", "text"),
    [
        ("eq", 0.73, "exponent", "0.73"),
        ("about", 20, "tokens", "about 20 tokens"),
        ("at-least", 3, "x", "at least 3×"),
        ("between", [0.6, 1.3], "bits", "0.6 to 1.3 bits"),
        ("sign", -1, "exponent", "below zero"),
        ("exists", None, "", "—"),
    ],
)
def test_what_is_stated_in_words(relation, numbers, unit, text):
    assert claims.stated(relation, numbers, unit) == text


def test_the_files_are_read_whole():
    found = claims.load()
    assert {c.chapter for c in found.values()} <= set(CHAPTERS)
    assert all(c.id == key for key, c in found.items())
    names = {path.stem for path in (paths.root() / "data" / "claims").glob("*.yml")}
    assert names <= set(CHAPTERS)


def test_sources_are_in_the_bibliography_with_an_address():
    text = (paths.root() / "book" / "references.bib").read_text(encoding="utf-8")
    entries = dict(re.findall(r"^@\w+\{([^,]+),(.*?)^\}", text, re.MULTILINE | re.DOTALL))
    for each in claims.load().values():
        assert each.source in entries, each.id
        assert re.search(r"\b(url|doi|eprint)\s*=", entries[each.source]), each.source


def test_every_claim_has_words_and_a_place():
    for each in claims.load().values():
        assert "TODO" not in each.quote, each.id
        assert each.where or each.voice != "elsewhere", each.id


def test_hedged_numbers_are_about():
    """A number that its speaker hedges is not held to its digits."""
    hedged = re.compile(r"\b(?:about|roughly|approximately|around) ~?([\d.]+\d)")
    for each in claims.load().values():
        numbers = map(float, hedged.findall(each.quote))
        assert each.relation != "eq" or not set(numbers) & set(each.numbers), each.id
