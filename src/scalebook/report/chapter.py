"""A study as a page of a personal edition, in Markdown."""

import re

from scalebook.report import page, svg, words
from scalebook.report.drawings import Drawing
from scalebook.report.study import Study
from scalebook.report.words import Block, Command, Grid, Points, Text
from scalebook.show.templates import plain, verbatim

#: Long texts in a table break, which numbers must not.
_STYLE = "table.numbers td.long{white-space:normal;overflow-wrap:anywhere;min-width:10rem}"


def write(study: Study, title: str = "Your runs") -> str:
    """Return the page, in which nothing of the reader's own is markup or a template.

    Parameters
    ----------
    study : Study
    title : str
    """
    parts = [f"# {plain(title)}", _raw(f"<style>{svg.STYLE}{_STYLE}</style>")]
    data_first = sorted(words.sections(study), key=lambda part: _ORDER.get(part.title, 2))
    for section in data_first:
        parts.append(f"## {plain(section.title)}")
        parts += [_block(each) for each in section.blocks]
    return verbatim("\n\n".join(parts) + "\n")


#: A reader of the book knows the fits; what the data can tell comes before them.
_ORDER = {"What the table is": 0, "What the data can tell": 1}


def _block(content: Block) -> str:
    if isinstance(content, Text):
        return plain(content.text)
    if isinstance(content, Points):
        return "\n".join(f"- {plain(item)}" for item in content.items)
    if isinstance(content, Command):
        return _fenced("sh", "\n".join(content.lines))
    if isinstance(content, Drawing):
        return _raw(page.drawing(content))
    assert isinstance(content, Grid)
    return _raw(page.table_html(content, style="table-box"))


def _raw(markup: str) -> str:
    """Return HTML that goes through as it stands."""
    return _fenced("{raw} html", markup)


def _fenced(kind: str, content: str) -> str:
    """Put a fence around a text, longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind}\n{content}\n{fence}"
