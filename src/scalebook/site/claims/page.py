"""A page for each claim: the words, the verdict in a sentence, the numbers, and how it moved.

The pages are no documents of Sphinx: they stand in no table of contents, and their texts are the
ledger's alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from scalebook.record import ledger
from scalebook.record.claims import stated, word
from scalebook.record.judge import HEDGE, REASONS, VERDICTS
from scalebook.record.verdicts import badge, chance, condition, recomputed
from scalebook.show.numbers import pct
from scalebook.site.claims.numberline import number_line

Row = dict[str, Any]
Page = tuple[str, dict[str, Any], str]

#: The folder of the pages, from the top of the book.
FOLDER = "book/claims"
_UP = "../"  # from a claim's page to the folder of the pages beside it


def address(claim: str) -> str:
    """Return the name of a claim's page, as Sphinx calls pages."""
    return f"{FOLDER}/{claim}"


def pages(
    rows: Sequence[Row], titles: Mapping[str, str], chapters: Mapping[str, str]
) -> Iterator[Page]:
    """Yield the page of each claim: its name, what its template is filled with, and the template.

    Parameters
    ----------
    rows : sequence of dict
        The ledger.
    titles, chapters : mapping
        Titles of the sources by key, and of the chapters by name.
    """
    for row in rows:
        body = text(row, rows, titles[row["source"]], chapters[row["notebook"]])
        about = f"{row['verdict'].capitalize()}: {row['claim']} {row['who']}: “{row['quote']}”"
        # Sphinx takes titles for HTML, and descriptions for text.
        filled = {"title": escape(row["claim"], quote=False), "body": body, "description": about}
        yield address(row["id"]), filled, "page.html"


def text(row: Row, rows: Sequence[Row], source: str, chapter: str) -> str:
    """Return the text of a claim's page as HTML."""
    known = {each["id"]: each for each in rows}
    place = f"#claim-{row['id']}"
    return _template().render(
        row=row,
        source=source,
        chapter=chapter,
        source_address=f"{_UP}bibliography.html#{row['source']}",
        chapter_address=f"{_UP}executed/{row['notebook']}.html{place}",
        ledger_address=f"{_UP}ledger.html{place}",
        badge=lambda verdict, reason: Markup(badge(verdict, reason)),
        sentence=sentence(row, [known[name] for name in row["follows_from"]]),
        drawing=Markup(number_line(row)),
        stated=stated(row["relation"], row["stated"], row["unit"]),
        word=word(row["supplied"]).capitalize(),
        outcomes=_outcomes(row),
        former_address=f"{_UP}how-to-read.html#verdicts",
        former=any(each["verdict"] not in VERDICTS for each in row["history"]),
        parents=[known[name] for name in row["follows_from"]],
        inputs=ledger.inputs(row, rows),
        children=[each for each in rows if row["id"] in each["follows_from"]],
    )


def sentence(row: Mapping[str, Any], parents: Sequence[Row] = ()) -> str:
    """Say in a few sentences what the verdict on a claim means, and what decided it.

    Parameters
    ----------
    row : mapping
        Of the ledger.
    parents : sequence of dict
        The rows of the claims that it is computed from.
    """
    verdict = row["verdict"]
    meaning = {
        "holds": "What it says is borne out",
        "roughly": "What it says is borne out roughly",
        "fails": "What it says is not so",
        "open": "What was computed does not decide it",
        "assumption": "There is nothing to compute in it; it is kept as an assumption",
        "pending": "It is entered here and not computed yet",
    }[verdict]
    outcomes = row["rows"] or [row]
    if verdict == "open" and len({each["verdict"] for each in outcomes}) > 1:
        meaning = "It depends on the condition, and the lines below come out differently"
    elif verdict == "open" and not any(_is_computed(each) for each in outcomes):
        meaning = "Nothing that could be computed decides it"
    if parents and verdict in ("holds", "roughly"):
        meaning = f"It follows{' roughly' if verdict == 'roughly' else ''} from its inputs"
        if any(each["verdict"] not in ("holds", "roughly") for each in parents):
            meaning += ", and not all of them are known to hold: it is no surer than they are"
    if row["reason"]:
        meaning += f": {REASONS[row['reason']]}"
    parts = [meaning]
    if verdict not in ("assumption", "pending"):
        parts += [_needed(row), _sure(row), _allowed(row)]
    return " ".join(f"{part}." for part in parts if part)


def _is_computed(outcome: Mapping[str, Any]) -> bool:
    return any(outcome[key] is not None for key in ("recomputed", "low", "probability"))


def _needed(row: Mapping[str, Any]) -> str:
    """Say what a claim needs in order to hold; nothing where it states no number."""
    within = pct(row["within"])
    said = {
        "eq": "round to the number stated" if row["digits"] else "equal the number stated",
        "about": f"differ from the number stated by at most {within} of the larger of the two",
        "at-least": "be the number stated or more",
        "at-most": "be the number stated or less",
        "less": "be less than the number stated",
        "more": "be more than the number stated",
        "between": "lie between the two numbers stated",
        "sign": "have the sign stated",
    }
    if row["relation"] == "not-rejected":
        return "To hold, what is stated must not be rejected by a test at 5%"
    if row["relation"] not in said:
        return ""
    several = isinstance(row["stated"], list) and row["relation"] != "between"
    needed = (
        f"To hold, {'each' if several else 'the'} number recomputed must {said[row['relation']]}"
    )
    ranged = any(each["low"] is not None for each in row["rows"] or [row])
    if row["relation"] in _NEAR and ranged:
        needed += ", and its interval must contain it"
    return needed


#: Relations that allow a fifth for "roughly", however near a claim must come to hold.
_NEAR = ("eq", "about")


def _sure(row: Mapping[str, Any]) -> str:
    """Say how sure the verdict is; nothing where there is no doubt, or no probability."""
    sure = chance(row["probability"], row["relation"])
    if not sure:
        return ""
    if row["relation"] in _NEAR:
        return f"It comes so near {sure.removeprefix('true ')}"
    subject = "The claim is" if sure.startswith("true") else "The test came to"
    return f"{subject} {sure}"


def _allowed(row: Mapping[str, Any]) -> str:
    """Say what is allowed for "roughly", of a claim that holds roughly."""
    if row["verdict"] != "roughly" or row["relation"] not in _NEAR:
        return ""
    if row["relation"] == "eq" or row["within"] < HEDGE:
        return f"For “roughly” it may differ by {pct(HEDGE)}"
    return "For “roughly” a probability of 80% is enough, and the interval may leave it out"


def _outcomes(row: Row) -> list[dict[str, str]]:
    """Return what came out, under each condition, as text."""
    return [
        {
            "given": condition(each["given"]) if each["given"] else "",
            "found": recomputed({**each, "stated": row["stated"], "unit": row["unit"]})
            if _is_computed({**each, "probability": None})
            else "",
            "chance": chance(each["probability"], row["relation"]),
            "verdict": each["verdict"],
        }
        for each in row["rows"] or [row]
    ]


@cache
def _template() -> jinja2.Template:
    text = (resources.files("scalebook.site.claims") / "page.html.j2").read_text(encoding="utf-8")
    made = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return made.from_string(text)
