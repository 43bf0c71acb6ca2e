"""A study as one HTML file that needs nothing else: no network, no script, no other file."""

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt

from scalebook.report import wording
from scalebook.report.study import Study

_LONG = 40  # characters from which a cell may break
_WIDE = 14  # and from which the name of a row has some room to break in


def write(study: Study) -> str:
    """Return the page.

    Parameters
    ----------
    study : Study

    Returns
    -------
    str
        HTML, whose bytes depend on the study alone. Without Matplotlib it has no figures, and says
        how they are had.
    """
    figures = drawn(study)
    markdown = wording.report(study, figures=figures)
    titles = {anchor(each): each for each in re.findall(r"^## (.*)$", markdown, re.MULTILINE)}
    page = wording.environment().get_template("page.html.j2")
    body = html(markdown, figures or {})
    return page.render(name=study.runs.name, titles=titles, body=body) + "\n"


def drawn(study: Study) -> dict[str, str] | None:
    """Return the figures as HTML by name; None without Matplotlib."""
    try:
        from scalebook.report import figures
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != "matplotlib":
            raise
        return None
    return figures.as_html(study)


def html(markdown: str, figures: Mapping[str, str]) -> str:
    """Return a report in Markdown as HTML.

    Parameters
    ----------
    markdown : str
        As `wording.report` makes it.
    figures : mapping of str to str
        HTML of the figures that it names.

    Returns
    -------
    str
        Each table with its caption, in a box of its own that can be scrolled by keyboard.
    """
    made = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    # In what comes of it no text of the reader's has a tag.
    made = re.sub("<h2>(.*?)</h2>", lambda h: f'<h2 id="{anchor(h[1])}">{h[1]}</h2>', made)
    made = re.sub('<p><img src="(.*?)".*?></p>', lambda image: figures[image[1]], made)
    made = re.sub("<p>Table: (.*?)</p>\n<table>", _box, made).replace("</table>", "</table></div>")
    made = re.sub("<tr>\n<td.*?>(.*?)</td>", _row_name, made)
    made = made.replace("<th style", '<th scope="col" style').replace("<pre>", '<pre tabindex="0">')
    return re.sub(rf"<td(?=[^>]*>(?:<code>)?[^<]{{{_LONG}}})", '<td class="long"', made)


def anchor(title: str) -> str:
    """Return the address of a section within the page."""
    return title.lower().replace(" ", "-")


def _box(table: re.Match[str]) -> str:
    caption = table[1]
    label = re.sub("<.*?>", "", caption)
    return (
        f'<div class="table-box" role="region" tabindex="0" aria-label="Table: {label}">'
        f'<table class="numbers"><caption><span>{caption}</span></caption>'
    )


def _row_name(row: re.Match[str]) -> str:
    wide = ' class="long"' if len(row[1]) > _WIDE else ""
    return f'<tr>\n<th scope="row"{wide}>{row[1]}</th>'
