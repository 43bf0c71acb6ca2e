"""A study as text for a terminal."""

import textwrap

from scalebook.report import words
from scalebook.report.drawings import Drawing
from scalebook.report.study import Study
from scalebook.report.words import Block, Command, Grid, Points, Text
from scalebook.show.numbers import pct
from scalinglaws.prediction.design import Plan

_SHOWN = ("In short", "What the data can tell", "Fits by every method",
          "How far the methods disagree")  # fmt: skip
_WIDTH = 100


def write(study: Study) -> str:
    """Return what a study says of the data and of the fits, without its figures."""
    parts = [f"{study.runs.name}: {words.plural(study.seen.runs, 'run')}"]
    for section in words.sections(study):
        if section.title in _SHOWN:
            parts.append(section.title.upper())
            parts += [_block(each) for each in section.blocks if not isinstance(each, Drawing)]
    return "\n\n".join(parts)


def plan(made: Plan) -> str:
    """Return a plan of the next runs as text."""
    bent = [words.half_width(made, error) for error in (made.now_bent, made.after_bent)]
    guard = "chosen to guard against a wrong form" if made.guarded else "the form taken for granted"
    notes = (
        f"To first order, by squared error, from {words.plural(made.n, 'run')} with noise of "
        f"{pct(made.noise, 2)}; {guard}. If the form may bend: {bent[0]} now, {bent[1]} after."
    )
    return "\n\n".join([
        _grid(words.plan_grid(made)), _grid(words.expected_grid([made])),
        textwrap.fill(notes, _WIDTH),
    ])  # fmt: skip


def _block(content: Block) -> str:
    if isinstance(content, Text):
        return textwrap.fill(content.text, _WIDTH)
    if isinstance(content, Points):
        return "\n".join(
            textwrap.fill(item, _WIDTH, initial_indent="- ", subsequent_indent="  ")
            for item in content.items
        )
    if isinstance(content, Command):
        return "\n".join(f"    {line}" for line in content.lines)
    assert isinstance(content, Grid)
    return _grid(content)


def _grid(content: Grid) -> str:
    rows = [content.columns, *content.rows]
    widths = [max(len(row[k]) for row in rows) for k in range(len(content.columns))]
    lines = [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([textwrap.fill(content.caption, _WIDTH), *lines])
