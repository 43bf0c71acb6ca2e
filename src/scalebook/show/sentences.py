"""Sentences that follow the numbers, as a notebook shows them: Markdown that every reader knows.

Jupyter, papermill, nbconvert and the book show the same text. How it looks on a page follows from
the tags of its cell (``short-answer``, ``takeaway``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scalebook.errors import Faulty

#: Words that a short answer may have.
SHORT = 60


@dataclass(frozen=True)
class Said:
    """Some paragraphs in Markdown; Jupyter shows them."""

    markdown: str

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.markdown

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.markdown.split())


def finding(*paragraphs: str) -> Said:
    """Return what was found, one text a paragraph; empty ones are left out."""
    return Said("\n\n".join(filter(None, paragraphs)))


def short_answer(text: str) -> Said:
    """Return the answer that a chapter begins with.

    Raises
    ------
    Faulty
        If it is longer than 60 words.
    """
    said = Said(f"> **Short answer.** {text}")
    if said.words - 3 > SHORT:  # without the sign and the two words that introduce it
        raise Faulty(f"a short answer has {said.words - 3} words; at most {SHORT}: {text}")
    return said


def takeaway(text: str) -> Said:
    """Return the one line that a section ends in."""
    return Said(f"> {text}")


def solutions(answers: Sequence[str]) -> Said:
    """Return the solutions of a chapter's exercises, each folded."""
    return Said("\n\n".join(
        '<details class="admonition solution"><summary class="admonition-title">'
        f"Solution {number}</summary>\n\n{text}\n\n</details>"
        for number, text in enumerate(answers, start=1)
    ))  # fmt: skip
