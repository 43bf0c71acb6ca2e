"""Sentences as notebooks show them."""

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from scalebook.errors import ScalebookError
from scalebook.show import sentences


def rendered(said):
    return BeautifulSoup(MarkdownIt().render(said._repr_markdown_()), "html.parser")


def test_a_finding_has_a_paragraph_for_each_text_that_is_not_empty():
    said = sentences.finding("One.", "", "Two, $a_1$.")
    assert [each.get_text() for each in rendered(said).select("p")] == ["One.", "Two, $a_1$."]
    assert repr(said) == said.markdown


def test_a_takeaway_is_one_line_and_set_apart():
    said = sentences.takeaway("A factor of two costs [little](x.md).")
    assert rendered(said).blockquote.p.get_text() == "A factor of two costs little."
    assert "\n" not in said.markdown


def test_a_short_answer_is_introduced_as_one():
    answer = rendered(sentences.short_answer("Less than people say.")).blockquote.p
    assert (answer.strong.get_text(), answer.get_text()) == (
        "Short answer.", "Short answer. Less than people say.",
    )  # fmt: skip


def test_a_short_answer_has_sixty_words_at_most():
    sixty = " ".join(["word"] * 60)
    assert sentences.short_answer(sixty).markdown.endswith(sixty)
    with pytest.raises(ScalebookError, match="a short answer has 61 words; at most 60: word wo"):
        sentences.short_answer(f"{sixty} more")


def test_solutions_are_folded_and_numbered_and_their_markdown_is_read():
    said = sentences.solutions(["It is *half*.", "Twice: $2x$.\n\n- so"])
    first, second = rendered(said).select("details.admonition.solution")
    assert first.summary.get_text() == "Solution 1"
    assert first.em.get_text() == "half"
    assert second.li.get_text() == "so"
    assert not first.has_attr("open")
