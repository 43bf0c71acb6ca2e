"""The pictures of claims and chapters that links are shown with."""

import io
import itertools
import re

import pytest
from PIL import Image

from scalebook import paths
from scalebook.record import claims
from scalebook.record.judge import REASONS, VERDICTS
from scalebook.show.palette import text_colour
from scalebook.site.claims import preview
from scalebook.site.exports import PICTURE_SIZE
from tests.scalebook.site.test_extension import row

CONDITION = "by models that were trained at 640 against 20 tokens per parameter in three suites"
LONGEST = max(claims.load().values(), key=lambda each: len(each.claim)).claim


def several(count, **changes):
    """Return a row judged under several conditions."""
    ends = {"recomputed": 25.0, "low": 22.0, "high": 28.0, "probability": None, "verdict": "open"}
    rows = [{"given": CONDITION, **ends}] * count
    return row(relation="about", stated=20, unit="x", rows=rows, **changes)


def overlap(a, b):
    wide = min(a.x1, b.x1) - max(a.x0, b.x0)
    high = min(a.y1, b.y1) - max(a.y0, b.y0)
    return wide > 1 and high > 4


def texts(figure):
    return [each.get_text().replace("\u00a0", " ") for each in figure.texts]


def test_a_picture_has_claim_speaker_verdict_and_numbers():
    shown = texts(preview.of_claim(several(2), "the book"))
    assert shown[0] == "the book"
    assert row()["claim"] in " ".join(shown)
    assert {row()["who"], "fails", REASONS["misquoted"], "stated: about 20×"} <= {*shown}
    assert shown.count("25.0× [22.0 to 28.0]") == 2
    assert [each for each in shown if each.startswith("by models") and each.endswith(" …")]


def test_a_claim_without_numbers_has_its_words():
    shown = texts(preview.of_claim(row(stated=None, unit="", verdict="pending", reason=""), "x"))
    assert f"“{row()['quote']}”" in shown
    assert "pending" in shown


@pytest.mark.parametrize("count", [1, 3, 4, 8])
@pytest.mark.parametrize("claim", ["Short.", LONGEST])
def test_all_of_a_claim_fits(count, claim):
    figure = preview.of_claim(several(count, claim=claim, reason="", verdict="roughly"), "x")
    assert claim in " ".join(texts(figure))
    assert ("and 5 more" in texts(figure)) == (count == 8)
    boxes = [each.get_window_extent() for each in figure.texts]
    assert all(box.x0 >= 0 and box.x1 <= PICTURE_SIZE[0] for box in boxes)
    assert all(box.y0 >= 0 and box.y1 <= PICTURE_SIZE[1] for box in boxes)
    assert [pair for pair in itertools.combinations(boxes, 2) if overlap(*pair)] == []


def test_a_chapter_has_question_and_answer_and_a_long_one_is_cut():
    figure = preview.of_chapter("Is it so?", "Word " * 500 + "end.", "x")
    assert texts(figure)[1] == "Is it so?"
    assert texts(figure)[-1].endswith("Word …")
    assert min(each.get_window_extent().y0 for each in figure.texts) > 0


def test_two_pictures_of_one_claim_have_the_same_bytes_and_nothing_of_this_day():
    first, second = (preview.png(preview.of_claim(several(4), "x")) for _ in range(2))
    assert first == second
    with Image.open(io.BytesIO(first)) as picture:
        assert picture.size == PICTURE_SIZE
        assert picture.info == {}


def test_verdicts_have_the_colours_of_the_pages_and_can_be_read():
    style = (paths.root() / "book" / "_static" / "book.css").read_text(encoding="utf-8")
    light = dict(re.findall(r"--(\w+-(?:text|ground)): (#\w{6})", style.partition("}")[0]))
    for verdict, (text, ground) in preview.COLOURS.items():
        assert verdict in VERDICTS
        (name,) = re.findall(rf"\.verdict-{verdict} {{ color: var\(--(\w+)-text\)", style)
        assert (text, ground) == (light[f"{name}-text"], light[f"{name}-ground"])
        assert text_colour(text) == text


def test_the_words_for_those_who_do_not_see_it():
    assert preview.alternative(row()) == f"{row()['who']}: {row()['claim']} Verdict: fails."
