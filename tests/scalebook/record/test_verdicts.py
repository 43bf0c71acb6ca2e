"""Claims settled: cards, reasons, conditions."""

import dataclasses

import pytest
from bs4 import BeautifulSoup

from scalebook.errors import ScalebookError
from scalebook.record import claims, verdicts
from scalebook.record.judge import UNKNOWN, bounds, interval, point, pvalue
from tests.scalebook.record.test_claims import claim


@pytest.fixture
def known(monkeypatch):
    """Make some claims the only ones there are."""

    def make(*made):
        monkeypatch.setattr(claims, "load", lambda: {each.id: each for each in made})

    make(claim(), claim(id="x-z", chapter="chinchilla"))
    return make


def settled(evidence, **options):
    return verdicts.settle("x-y", evidence, why="Because 1 < 2 & 3.", **options)


def test_an_unknown_claim_cannot_be_settled():
    with pytest.raises(ScalebookError, match="'nobody-said' is not in data/claims"):
        verdicts.settle("nobody-said", point(1.0), why="")


def test_an_unknown_reason_is_refused(known):
    with pytest.raises(ScalebookError, match="reason is 'weather'; expected one of unit"):
        settled(point(1.0), reason="weather")


def test_evidence_of_another_kind_names_the_claim(known):
    with pytest.raises(ScalebookError, match="claim 'x-y': the claim states 1 numbers, 2 were"):
        settled(point([1.0, 2.0]))


@pytest.mark.parametrize(
    ("evidence", "options", "verdict", "reason"),
    [
        (point(1.8172), {"reason": "law"}, "holds", ""),
        (point(1.8172), {"reason": "coincidence"}, "holds", "coincidence"),
        (point(1.829), {}, "roughly", "rounding"),
        (point(1.9), {}, "roughly", ""),
        (point(2.62), {"as_printed": point(1.8172)}, "fails", "unit"),
        (point(2.62), {"as_printed": point(1.2), "reason": "law"}, "fails", "law"),
        (point(2.62), {"reason": "misquoted"}, "fails", "misquoted"),
        (bounds(1.0, 3.0), {}, "open", ""),
        (UNKNOWN, {}, "open", ""),
        (None, {}, "assumption", ""),
    ],
)
def test_reasons_go_with_verdicts(known, evidence, options, verdict, reason):
    found = settled(evidence, **options)
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("several", "verdict"),
    [
        ([point(1.82), point(1.8249)], "holds"), ([point(1.82), point(1.9)], "roughly"),
        ([point(1.82), point(2.9)], "open"), ([point(2.9), point(3.9)], "fails"),
        ([point(2.9), UNKNOWN], "open"),
    ],
)  # fmt: skip
def test_several_conditions_have_a_verdict_where_they_agree(known, several, verdict):
    rows = {f"case {k}": each for k, each in enumerate(several)}
    found = settled(rows)
    assert found.verdict == verdict
    entry = found.entry()
    assert [row["given"] for row in entry["rows"]] == list(rows)
    assert entry["given"] == "case 0"
    assert found._repr_html_().count("case ") == len(rows)


def test_what_would_decide_is_said_where_a_claim_is_open(known):
    said = {"decides": "More runs would decide."}
    assert settled(UNKNOWN, **said).why == "Because 1 < 2 & 3. More runs would decide."
    assert settled(point(1.82), **said).why == "Because 1 < 2 & 3."


def test_what_the_speaker_supposes_is_shown_above_several_conditions(known):
    known(claim(given="the form is right"))
    found = settled({"case 0": point(1.82), "case 1": point(2.9)})
    assert found.entry()["given"] == "the form is right"
    assert "Given the form is right. Recomputed (given case 0): " in found._repr_html_()


def test_an_entry_has_the_numbers_and_the_probability(known):
    entry = settled(interval(1.9, 1.7, 2.1)).entry()
    assert (entry["recomputed"], entry["low"], entry["high"]) == (1.9, 1.7, 2.1)
    assert 0 < entry["probability"] < 0.1
    assert entry["rows"] == []
    assert "; true with" in settled(interval(1.9, 1.7, 2.1))._repr_html_()


def test_a_range_is_shown_without_a_point(known):
    entry = settled(bounds(1.5, 2.5)).entry()
    assert entry["recomputed"] is None
    assert verdicts.recomputed(entry) == "1.500 to 2.500 nats/\u200btoken"


def test_a_p_value_is_called_one(known):
    known(dataclasses.replace(claim(), relation="not-rejected", digits=0))
    assert "; p = 0.2" in settled(pvalue(0.2, 1.9))._repr_html_()


def test_a_card_escapes_what_it_shows(known):
    known(claim(who="<b>x</b>", quote="a < b", supplied="by <us>", follows_from=["x-y"]))
    card = BeautifulSoup(settled(point(1.82))._repr_html_(), "html.parser")
    assert card.select_one("b") is None
    assert card.select_one(".claim-card-quote").get_text() == "<b>x</b>: “a < b”"
    assert card.select_one(".claim-card-why").get_text() == "Because 1 < 2 & 3."
    assert "by <us>" in card.get_text()
    assert card.select_one(".claim-card-derived a")["href"] == "../ledger.html#claim-x-y"
    assert card.select_one("div")["id"] == "claim-x-y"


def test_what_may_have_been_heard_leads_to_the_cards(known):
    shown = BeautifulSoup(
        verdicts.heard([settled(point(1.82))], "x-y")._repr_html_(), "html.parser"
    )
    (item,) = shown.select("ul.heard > li")
    assert item.a["href"] == "#claim-x-y"
    assert item.p.get_text() == "someone: “it is 1.82, it looks like”"
    assert item.select_one(".verdict").get_text() == "holds"
    assert "x-y" in item.a["aria-label"]  # links of the same words lead to several places


def test_what_is_heard_has_what_came_out_under_each_condition(known):
    several = settled({"case 0": point(1.82), "case 1": UNKNOWN, "case 2": bounds(2.9, 3.9)})
    (item,) = BeautifulSoup(verdicts.heard_item(several), "html.parser").select("li")
    assert (
        "Recomputed: case 0, 1.82 nats/\u200btoken; case 2, 2.90 to 3.90 nats/\u200btoken."
        in item.get_text()
    )


def test_only_claims_of_the_chapter_are_heard_in_it(known):
    with pytest.raises(ScalebookError, match="claim 'q' is not settled here; there are x-y"):
        verdicts.heard([settled(point(1.82))], "q")


def test_claims_are_recorded_in_the_order_of_the_file(known):
    known(claim(), claim(id="x-z"))
    both = [verdicts.settle(name, point(1.82), why=name) for name in ("x-z", "x-y")]
    assert [each["id"] for each in verdicts.entries("kaplan", both)] == ["x-y", "x-z"]


def test_a_claim_is_settled_in_its_own_chapter(known):
    other = verdicts.settle("x-z", point(1.82), why="")
    with pytest.raises(ScalebookError, match=r"'x-z' stands in data/claims/chinchilla.yml"):
        verdicts.entries("kaplan", [other])
