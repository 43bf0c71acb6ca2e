import pytest
from bs4 import BeautifulSoup

from scalebook import paths
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.record import claims

ENTRY = {
    "id": "x-y", "source": "harsimony2025", "who": "someone", "claim": "It is 1.82.",
    "stated": 1.82, "unit": "nats/token", "precision": "printed", "digits": 3, "chapter": "kaplan",
}  # fmt: skip


def claim(**changes):
    entry = {**ENTRY, **changes}
    if entry["precision"] != "printed":
        entry.pop("digits")
    return claims.parse(entry, "test")


HEDGED = {"precision": "hedged", "hedge": 0.2}


@pytest.mark.parametrize(
    ("changes", "recomputed", "arguments", "verdict"),
    [
        ({}, 1.8172, {}, "reproduced"),
        ({}, 1.8249, {}, "reproduced"),
        ({}, 1.829, {}, "rounded"),
        ({}, 1.84, {}, "contradicted"),
        ({}, 1.84, {"against": "source"}, "misquoted"),
        ({}, 1.84, {"against": "law", "low": 1.7, "high": 1.9}, "underdetermined"),
        ({}, 1.84, {"against": "law", "low": 1.83, "high": 1.9}, "contradicted"),
        ({}, 2.62, {"against": "unit", "as_printed": 1.8172}, "wrong-unit"),
        ({}, 2.62, {"against": "unit", "as_printed": 1.7}, "contradicted"),
        ({}, 1.82, {"against": "derivation", "step_holds": False}, "coincidence"),
        ({}, 1.82, {"against": "derivation", "step_holds": True}, "reproduced"),
        ({}, None, {"against": "nothing"}, "assumption"),
        ({}, None, {}, "underdetermined"),
        ({"stated": 5, **HEDGED}, 5.9, {}, "rounded"),
        ({"stated": 5, **HEDGED}, 5.0, {}, "reproduced"),
        ({"stated": 5, **HEDGED}, 6.1, {}, "contradicted"),
        ({"stated": [3.1, 10], "digits": 2}, [3.162, 10.0], {}, "rounded"),
        ({"stated": 1, "precision": "exact"}, 1.0, {}, "reproduced"),
        ({"stated": 1, "precision": "exact"}, 1.0001, {}, "contradicted"),
        ({"stated": 3.8e11, "digits": 2}, 2.8e11, {"against": "source"}, "misquoted"),
    ],
)
def test_verdicts_follow_from_numbers(changes, recomputed, arguments, verdict):
    assert claims.judge(claim(**changes), recomputed, **arguments) == verdict


def test_counts_of_numbers_must_agree():
    with pytest.raises(ScalebookError, match="states 2 numbers, 1 were recomputed"):
        claims.judge(claim(stated=[1.0, 2.0]), 1.0)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({k: v for k, v in ENTRY.items() if k != "unit"}, r"'x-y'\): missing unit"),
        ({**ENTRY, "colour": "red"}, "not expected: colour"),
        ({**ENTRY, "precision": "vague"}, "precision is 'vague'"),
        ({**ENTRY, "stated": "1e25"}, "stated is '1e25'"),
        ({**ENTRY, "stated": []}, r"stated is \[\]"),
        ("text", "expected fields"),
    ],
)
def test_malformed_claims_are_named(entry, message):
    with pytest.raises(ScalebookError, match=message):
        claims.parse(entry, "claims.yml, claim 1")


def test_the_file_is_read_whole():
    found = claims.load()
    assert {c.chapter for c in found.values()} == set(CHAPTERS)
    assert all(c.id == key for key, c in found.items())


def test_an_unknown_claim_cannot_be_settled():
    with pytest.raises(ScalebookError, match="'nobody-said' is not in data/claims.yml"):
        claims.settle("nobody-said", 1.0, why="")


def own_of_kaplan():
    return [c for c in claims.load().values() if c.chapter == "kaplan"]


def test_a_chapter_must_settle_all_its_claims():
    first, *rest = own_of_kaplan()
    verdicts = [claims.settle(each.id, None, why="") for each in rest]
    with pytest.raises(ScalebookError, match=f"'{first.id}' .* belongs to chapter 'kaplan'"):
        claims.entries("kaplan", verdicts)


def test_claims_are_recorded_in_the_order_of_the_file():
    own = own_of_kaplan()
    verdicts = [claims.settle(each.id, None, why=each.who) for each in reversed(own)]
    found = claims.entries("kaplan", verdicts)
    assert [entry["id"] for entry in found] == [each.id for each in own]
    assert [entry["why"] for entry in found] == [each.who for each in own]


def test_verdicts_show_the_card_of_each_claim():
    verdicts = claims.Verdicts(claims.settle(c.id, None, why="") for c in own_of_kaplan())
    shown = verdicts._repr_html_()
    places = [shown.index(f'id="claim-{each.claim.id}"') for each in verdicts]
    assert places == sorted(places)
    assert repr(verdicts).count("underdetermined") == len(verdicts)


def test_what_may_have_been_heard_leads_to_the_cards():
    verdicts = claims.Verdicts(claims.settle(c.id, None, why="") for c in own_of_kaplan())
    first, second = verdicts[0].claim, verdicts[2].claim
    shown = BeautifulSoup(claims.heard(verdicts, second.id, first.id)._repr_html_(), "html.parser")
    items = shown.select("ul.heard > li")
    assert [item.a["href"] for item in items] == [f"#claim-{second.id}", f"#claim-{first.id}"]
    for item, each in zip(items, (second, first), strict=True):
        assert item.p.get_text() == f"{each.who}: {each.claim}"
        assert item.select_one(".verdict").get_text() == "underdetermined"
        assert "Recomputed: —." in item.get_text()
        assert each.id in item.a["aria-label"]  # links of the same words lead to several places


def test_what_may_have_been_heard_is_escaped():
    outcome = claims.Settlement(claim(who="<b>x</b>", claim="a < b"), 1.82, 1.7, 1.9, "rounded", "")
    shown = claims.heard([outcome], "x-y")._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt;: a &lt; b" in shown


def test_only_claims_of_the_chapter_are_heard_in_it():
    verdicts = claims.Verdicts(claims.settle(c.id, None, why="") for c in own_of_kaplan())
    ids = ", ".join(each.claim.id for each in verdicts)
    with pytest.raises(ScalebookError) as caught:
        claims.heard(verdicts, verdicts[0].claim.id, "x-y")
    assert str(caught.value) == f"claim 'x-y' is not settled here; there are {ids}."


def test_a_claim_without_a_verdict_stops_the_ledger():
    first = next(iter(claims.load()))
    with pytest.raises(ScalebookError, match=f"claim '{first}' has no verdict"):
        claims.ledger_rows({chapter: {"claims": []} for chapter in CHAPTERS})


def test_a_card_escapes_what_it_shows():
    outcome = claims.Settlement(claim(who="<b>x</b>"), 1.82, 1.7, 1.9, "reproduced", "1 < 2 & 3")
    card = outcome._repr_html_()
    assert "&lt;b&gt;x" in card
    assert "1 &lt; 2 &amp; 3" in card
    assert 'id="claim-x-y"' in card


def test_sources_are_in_the_bibliography():
    entries = (paths.root() / "book" / "references.bib").read_text(encoding="utf-8")
    assert all(f"{{{c.source}," in entries for c in claims.load().values())
