"""The ledger: joined, counted, and the book's own as built."""

import json
import os
import re

import numpy as np
import pytest

from scalebook import cli, paths
from scalebook.contents import CHAPTERS
from scalebook.execution import parameters
from scalebook.record import claims, ledger, results
from scalebook.show.numbers import fix, listed, num, qty, sci
from scalinglaws.errors import ScalingLawsError

FIELDS = [
    "id", "source", "who", "voice", "where", "quote", "claim", "relation", "stated", "supplied",
    "unit", "digits", "within", "given", "recomputed", "low", "high", "probability", "verdict",
    "reason", "why", "rows", "follows_from", "notebook", "history",
]  # fmt: skip


def row(name, verdict="holds", voice="article", follows_from=()):
    return {"id": name, "verdict": verdict, "voice": voice, "follows_from": list(follows_from)}


def test_a_claim_that_its_chapter_does_not_settle_is_pending():
    first = next(iter(claims.load().values()))
    assert ledger.row(first, {"claims": []})["verdict"] == "pending"
    assert list(ledger.row(first, {})) == FIELDS


def test_a_verdict_that_is_none_is_refused():
    first = next(iter(claims.load().values()))
    entry = {"id": first.id, "verdict": "reproduced"}
    with pytest.raises(ScalingLawsError, match=rf"'{first.id}' has no verdict .*: reproduced"):
        ledger.row(first, {"claims": [entry]})


def test_pending_and_derived_claims_are_not_counted():
    rows = [row("a"), row("b", "pending"), row("c", "fails", follows_from=["a"]), row("d", "open")]
    assert ledger.tally(ledger.examined(rows)) == {"holds": 1, "open": 1}
    assert list(ledger.tally(rows)) == ["holds", "fails", "open", "pending"]


def test_authors_commenters_and_others_are_counted_apart():
    rows = [row("a"), row("b", voice="comment"), row("c", voice="elsewhere"), row("d")]
    found = {voice: [each["id"] for each in own] for voice, own in ledger.by_voice(rows).items()}
    assert found == {"article": ["a", "d"], "comment": ["b"], "elsewhere": ["c"]}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (["holds", "holds"], "Follows from its inputs, of which all hold."),
        (["holds", "roughly"], "Follows from its inputs, of which 1 holds roughly."),
        (["holds", "open"], "Follows from its inputs, of which 1 is open."),
        (["fails", "fails", "open"], "Follows from its inputs, of which 2 fail and 1 is open."),
    ],
)
def test_a_derived_claim_says_what_it_stands_on(inputs, said):
    rows = [row(str(k), verdict) for k, verdict in enumerate(inputs)]
    derived = row("x", follows_from=[each["id"] for each in rows])
    assert ledger.inputs(derived, [*rows, derived]) == said


# The book as built


@pytest.fixture(scope="module")
def book():
    try:
        return ledger.rows(results.load_all())
    except ScalingLawsError as error:
        if os.environ.get("SCALEBOOK_REQUIRE_BOOK") == "1":
            raise
        pytest.skip(str(error))


@pytest.mark.book
def test_a_verdict_is_the_last_of_its_history(book):
    """A change of one must be meant: it has a line in the claim's history that says why."""
    last = {each["id"]: each["history"][-1]["verdict"] for each in book if each["history"]}
    now = {each["id"]: each["verdict"] for each in book if each["verdict"] != "pending"}
    assert now == last
    assert [each["id"] for each in book if each["history"] and not _dated(each["history"])] == []


def _dated(history):
    dates = [each["date"] for each in history]
    return dates == sorted(dates) and all(each["note"] for each in history[1:])


@pytest.mark.book
def test_at_least_170_claims_are_settled_with_reasons(book):
    assert [each["id"] for each in book] == list(claims.load())
    settled = [each for each in book if each["verdict"] != "pending"]
    assert len(settled) >= 170
    for each in settled:
        assert list(each) == FIELDS
        assert len(each["why"]) > 40, each["id"]


@pytest.mark.book
def test_intervals_hold_what_was_recomputed(book):
    for each in book:
        for found in each["rows"] or [each]:
            if found["low"] is not None and found["recomputed"] is not None:
                low, value, high = (np.atleast_1d(found[k]) for k in ("low", "recomputed", "high"))
                assert (low <= value * (1 + 1e-9)).all(), each["id"]
                assert (value <= high * (1 + 1e-9)).all(), each["id"]


@pytest.mark.book
def test_an_interval_that_excludes_a_number_never_stands_beside_holds(book):
    for each in book:
        for found in each["rows"] or [each]:
            held = found["verdict"] == "holds" and each["relation"] in ("eq", "about")
            if held and found["low"] is not None:
                ends = (np.atleast_1d(found[end]) for end in ("low", "high"))
                low, high, goal = *ends, np.atleast_1d(each["stated"])
                assert ((low <= goal) & (goal <= high)).all(), each["id"]


UNDECIDED = re.compile(
    r"cannot be told|does not decide|do not decide|not settled|left open|undecided",
    re.IGNORECASE,
)
DECIDED = re.compile(r"\b(is|are|was|were) (contradicted|refuted|false)\b", re.IGNORECASE)
OLD = re.compile(r"\b(underdetermined|misquoted|contradicted|wrong-unit|reproduced)\b")


@pytest.mark.book
def test_text_and_verdict_agree(book):
    for each in book:
        if each["verdict"] in ("holds", "fails"):
            assert not UNDECIDED.search(each["why"]), each["id"]
        if each["verdict"] == "open":
            assert not DECIDED.search(each["why"]), each["id"]
        assert not OLD.search(each["why"]), each["id"]


def written(value):
    """Return the ways in which a text may give a number: to some digits, or as a percentage."""
    texts = set()
    for size in (abs(value), 100 * abs(value)):
        texts |= {num(size, digits) for digits in (1, 2, 3, 4)}
        texts |= {fix(size, places) for places in range(4)}
        texts |= {sci(size, digits) for digits in (1, 2, 3) if size}
        texts |= {qty(size, digits) for digits in (1, 2, 3) if size}
    return texts


@pytest.mark.book
def test_an_estimate_that_another_interval_excludes_is_spoken_of(book):
    for each in book:
        pairs = [(a, b) for a in each["rows"] for b in each["rows"] if a["low"] is not None]
        for one, other in pairs:
            if other["recomputed"] is None:
                continue
            low, value, high = map(listed, (one["low"], other["recomputed"], one["high"]))
            inside = [x <= y <= z for x, y, z in zip(low, value, high, strict=True)]
            spoken = any(text in each["why"] for number in value for text in written(number))
            assert all(inside) or spoken, (each["id"], one["given"], other["given"])


@pytest.mark.book
def test_the_command_prints_the_ledger(book, capsys):
    assert cli.main(["claims", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == book
    assert cli.main(["claims", "--json", "--id", "h-entropy-unit"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    # 1.82 nats are 2.62 bits
    assert round(found["recomputed"], 2) == 2.62


@pytest.mark.book
def test_results_belong_to_the_defaults():
    for chapter in CHAPTERS:
        path = paths.results_dir() / f"{chapter}.json"
        if path.is_file():
            stored = json.loads(path.read_text(encoding="utf-8"))["parameters"]
            assert stored == parameters.check(chapter, {})
