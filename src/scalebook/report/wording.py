"""What is said of runs, in Markdown; the sentences stand in the templates beside this."""

import re
import shlex
import textwrap
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np

from scalebook import __version__
from scalebook.report import ahead
from scalebook.report.study import FEW, LEVEL, Study
from scalebook.show import numbers
from scalebook.show.numbers import pct, sci
from scalinglaws.prediction import methods, survey
from scalinglaws.prediction.methods import Answer
from scalinglaws.reading import MEANING

if TYPE_CHECKING:
    from scalinglaws.prediction.design import Plan

#: The parts of a report, in its order; each is a macro of the template.
PARTS = ("short", "ahead", "table", "data", "fits", "disagreement", "plans", "caveats", "again")

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


def report(study: Study, parts: Iterable[str] = PARTS, figures: Iterable[str] | None = ()) -> str:
    """Return what is said of a study.

    Parameters
    ----------
    study : Study
    parts : iterable of str
        Which, in their order; of `PARTS`.
    figures : iterable of str or None
        Names of the figures that there are, each of which stands as an image of that name; None to
        say how they are had.
    """
    values = {
        "study": study,
        "best": study.reference,
        "spread": study.spread(),
        "floors": study.floors(),
        "untold": study.untold(),
        "found": methods.comparable(study.answers),
        "forms": sorted((a for a in study.answers if np.isfinite(a.aic)), key=lambda a: a.aic),
        "most": float(study.flop.max()),
        "few": FEW,
        "figures": None if figures is None else set(figures),
    }
    return say("report", parts, **values)


def say(template: str, parts: Iterable[str], **values: Any) -> str:
    """Return parts of a template, filled in and tidied."""
    module = environment().get_template(f"{template}.md.j2").make_module(values)
    said = tidy("\n\n".join(getattr(module, part)() for part in parts))
    return said.encode(errors="backslashreplace").decode()  # a name may have no encoding


@cache
def environment() -> jinja2.Environment:
    """Return the templates of the report; one whose name ends in .html.j2 escapes what it gets."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        autoescape=jinja2.select_autoescape(["html.j2"], default=False),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        num=num, qty=qty, span=span, sci=sci, pct=pct, share=share, rms=rms, ends=ends, reach=reach,
        named=named, code=code, cell=cell, plain=plain, sentence=sentence, some=some,
        quote=shlex.quote, groups=groups, predicted=ahead.write,
    )  # fmt: skip
    made.globals.update(
        plural=plural, level=LEVEL, far=survey.FAR, meaning=MEANING, version=__version__,
        difference=methods.difference, affordable=methods.affordable, objectives=objectives,
    )  # fmt: skip
    return made


# Numbers


def num(value: float | None, digits: int = 4) -> str:
    """Write any number, or a dash for one that does not exist."""
    if value is None or not np.isfinite(value):
        return "—"
    near = value == 0 or 1e-3 <= abs(value) < 1e6
    return numbers.num(value, digits) if near else sci(value, digits)


def qty(value: float | None, digits: int = 3) -> str:
    """Write a size or an amount of data."""
    if value is None or not np.isfinite(value):
        return "—"
    return numbers.qty(value, digits) if 1 <= value < 1e15 else sci(value, digits)


def span(pair: Sequence[float | None] | None, digits: int = 3, form: str = "num") -> str:
    """Write an interval, with a dash for what does not exist; `form` is "num" or "qty"."""
    write = qty if form == "qty" else num
    ends = [write(end, digits) for end in pair or [None]]
    return "—" if set(ends) == {"—"} else " to ".join(ends)


def share(error: float) -> str:
    """Write a relative error, which may be huge."""
    if 10 <= error < np.inf:
        return "over 1,000%"
    return pct(error, 2) if 1e-5 < error < np.inf else num(error, 2)


def rms(residuals: Any) -> str:
    """Write the root mean square of residuals of log loss."""
    return "—" if residuals is None else pct(float(np.sqrt(np.mean(residuals**2))), 3)


def plural(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def ends(answer: Answer, name: str) -> tuple[float, float] | None:
    """Return the interval of one number of an answer."""
    return answer.interval(name, LEVEL)


def reach(plan: "Plan", error: float) -> str:
    """Write an interval as its reach: ± of a number, a factor of a size."""
    low, high = plan.quantity.around(plan.value, error, LEVEL)
    if not np.isfinite([low, high]).all():
        return "—"
    if not plan.quantity.multiplies:
        return f"± {num((high - low) / 2, 3)}"
    factor = high / plan.value if plan.value else np.inf
    return f"×/÷ {num(factor)}" if factor < 1e6 else "of any size"


def groups(plan: "Plan") -> list[tuple[str, list[int], float, float]]:
    """Return the runs of a plan, equal ones together.

    Returns
    -------
    list of (str, list of int, float, float)
        The numbers of the runs in words ("1 to 3, 6") and one by one, their size and their data.
    """
    found: dict[tuple[float, float], list[int]] = {}
    for number, place in enumerate(zip(plan.params, plan.tokens, strict=True), start=1):
        found.setdefault(place, []).append(number)
    return [(_numbers(each), each, *place) for place, each in found.items()]


def _numbers(numbers: Sequence[int]) -> str:
    """Write whole numbers, three or more that follow one another by the first and the last."""
    said: list[str] = []
    for _, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [str(number) for _, number in group]
        said += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else run
    return ", ".join(said)


_WANTED = {"N": "the optimal size", "D": "the optimal tokens", "L": "the lowest loss"}


def named(plan: "Plan") -> str:
    """Write what a plan is for."""
    wanted = plan.quantity
    if wanted.kind in "aE":
        return wanted.kind
    return f"{_WANTED[wanted.kind]} at {sci(wanted.compute, 2)} FLOP"


def objectives(answers: Iterable[Answer]) -> dict[str, list[str]]:
    """Return what methods minimise, with the labels of those that minimise it."""
    shared: dict[str, list[str]] = {}
    for each in answers:
        shared.setdefault(each.minimises, []).append(each.label)
    return shared


# Words of the reader's own, and others that are no markup


def code(text: str) -> str:
    """Return a text as code, in which nothing is markup, in one line."""
    text = " ".join(text.split()) or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def cell(text: str) -> str:
    """Return a text as code in a cell of a table."""
    return code(text).replace("|", r"\|")


def plain(text: str) -> str:
    """Return a text in one line, its characters that could be markup made plain."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def sentence(text: str) -> str:
    """Return a text of which nothing is markup, with a full stop."""
    return f"{plain(text).removesuffix('.')}."


def some(texts: Sequence[Any], most: int) -> str:
    """List texts, or the first and how many more there are."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(map(str, texts[:most])) + more


# Markdown


def tidy(markdown: str, width: int = 0) -> str:
    """Return Markdown with its tables aligned and each paragraph in one line, or filled.

    Parameters
    ----------
    markdown : str
        Paragraphs, lists, tables and fenced code, parted by blank lines.
    width : int
        Characters of a line; 0 for no limit.
    """
    blocks: list[str] = []
    for block in filter(None, map(str.strip, re.split(r"\n\s*\n", markdown))):
        if blocks and block.startswith("- ") and blocks[-1].startswith("- "):
            blocks[-1] += f"\n{block}"  # an item that is left out parts no list
        else:
            blocks.append(block)
    return "\n\n".join(_tidied(block, width) for block in blocks) + "\n"


def _tidied(block: str, width: int) -> str:
    if block.startswith("```"):
        return block
    if block.startswith("|"):
        return _aligned(block.splitlines())
    return "\n".join(_filled(item, width) for item in re.split(r"\n\s*(?=- )", block))


def _filled(text: str, width: int) -> str:
    text = " ".join(text.split())
    if not width:
        return text
    return textwrap.fill(
        text, width, subsequent_indent="  " * text.startswith("- "),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _aligned(lines: Sequence[str]) -> str:
    rows = [[each.strip() for each in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    right = [each.endswith(":") for each in rows.pop(1)]
    widths = [max(3, *map(len, column)) for column in zip(*rows, strict=True)]
    rule = [
        f"{'-' * (w - 1)}:" if r else f":{'-' * (w - 1)}"
        for w, r in zip(widths, right, strict=True)
    ]
    rows.insert(1, rule)
    padded = [
        [f"{text:{'>' if r else '<'}{w}}" for text, w, r in zip(row, widths, right, strict=True)]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in padded)
