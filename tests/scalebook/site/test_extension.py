"""Numbers in the prose pages, and the ledger as a table."""

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from docutils import nodes

from scalebook import paths
from scalebook.record import ledger as joined
from scalebook.record.judge import VERDICTS
from scalebook.show import numbers
from scalebook.show.templates import render
from scalebook.site import extension, ledger

ROW: dict[str, Any] = {
    "id": "x-size",
    "source": "kaplan2020",
    "who": "Someone",
    "claim": 'A model of "about" 380B <parameters>.',
    "stated": 3.8e11,
    "unit": "params",
    "recomputed": 2.8e11,
    "low": 2.75e11,
    "high": 2.85e11,
    "verdict": "fails",
    "reason": "misquoted",
    "why": "The paper says so.",
    "notebook": "kaplan",
    "voice": "article",
    "where": "page 2",
    "quote": "<about> 380B",
    "relation": "eq",
    "supplied": "",
    "digits": 2,
    "within": 0.2,
    "given": "",
    "probability": None,
    "rows": [],
    "follows_from": [],
    "history": [],
}


def row(**changes: Any) -> dict[str, Any]:
    return {**ROW, **changes}


# Numbers


@pytest.mark.parametrize(
    ("values", "unit", "digits", "expected"),
    [
        (3.8e11, "params", None, "380B params"),
        (1.4e12, "tokens", 3, "1.4T tokens"),
        (5.76e23, "FLOP", None, "5.76 × 10²³ FLOP"),
        (0.73, "exponent", None, "0.73"),
        (0.5126, "exponent", 3, "0.513"),
        (5, "x", None, "5×"),
        ([5.37, 1.86], "x", 3, "5.37×, 1.86×"),
        (1000, "x extrapolation", None, "1,000× extrapolation"),
        (2e-5, "ratio", None, "2 × 10⁻⁵"),
        (2e-5, "share", None, "0.002%"),
        (0, "ratio", None, "0"),
        (6, "FLOP/(param*token)", None, "6 FLOP/\u200b(param·\u200btoken)"),
        (2028.9, "year", 5, "2029"),
        (None, "tokens", None, "—"),
    ],
)
def test_quantity(values: Any, unit: str, digits: int | None, expected: str) -> None:
    assert numbers.quantity(values, unit, digits) == expected


@pytest.mark.parametrize(
    ("value", "digits"),
    [(1.82, 3), (0.1, 1), (-2.50, 2), (1000, 1), (3.8e11, 2), (0, 1), (1 / 3, 12)],
)
def test_significant(value: float, digits: int) -> None:
    assert numbers.significant(value) == digits


def test_recomputed_shows_a_digit_more_than_stated() -> None:
    shown = row(stated=1.82, recomputed=2.62171, low=None, high=None, unit="bits/token")
    assert ledger.recomputed(shown) == "2.622 bits/\u200btoken"


def test_interval_stands_behind_its_number() -> None:
    assert ledger.recomputed(row()) == "280B [275B to 285B] params"


def test_interval_of_each_number() -> None:
    several = row(stated=[5, 2], unit="x", low=[5.1, 1.8], high=[5.6, 1.9], recomputed=[5.4, 1.85])
    assert ledger.recomputed(several) == "5.40× [5.10 to 5.60], 1.85× [1.80 to 1.90]"


@pytest.mark.parametrize(
    ("stated", "recomputed", "expected"),
    [
        (3.8e11, 2.8e11, "−26%"),
        (6, 6.2, "+3.3%"),
        (10, 10.0001, "0%"),
        ([5, 2], [5.1, 1.5], "−25% to +2.0%"),
        (0, 1, "—"),
        (1, None, "—"),
    ],
)
def test_off_by(stated: Any, recomputed: Any, expected: str) -> None:
    made = row(stated=stated, recomputed=recomputed, low=None, high=None)
    assert ledger.off_by(made) == expected


def test_off_by_is_of_all_conditions_and_of_both_ends_of_a_range() -> None:
    one = {"given": "a", "recomputed": 4.4, "low": 4.0, "high": 5.0, "verdict": "holds"}
    two = {"given": "b", "recomputed": None, "low": 2.0, "high": 3.0, "verdict": "fails"}
    assert ledger.off_by(row(stated=4, rows=[one, two])) == "−50% to +10%"
    assert ledger.off_by(row(stated=4, rows=[one, one])) == "+10%"


def test_condition_without_a_number_shows_its_verdict() -> None:
    none = {"recomputed": None, "low": None, "high": None, "probability": None}
    rows = [{"given": "a", "verdict": "holds", **none}, {"given": "b", "verdict": "fails", **none}]
    assert ledger.outcome(row(rows=rows)) == "a: holds; b: fails"
    assert ledger.outcome(row(**none)) == "—"


# What pages may quote


def test_texts_of_claims_are_no_markdown() -> None:
    page = (paths.root() / "book" / "open-questions.md").read_text(encoding="utf-8")
    waiting = page[page.index("{% set waiting") :]
    made = render(waiting, {"ledger": [row(verdict="open", why="It cost $60, then $4 * 2.")]})
    assert r"It cost \$60, then \$4 \* 2\." in made


def test_first_line_of_a_property_keeps_its_colon() -> None:
    lines = ["all readings.", "", ":type: Those drawn through", ""]
    extension._keep_colons(None, "property", "", None, None, lines)
    assert lines[0] == "Those drawn through: all readings."


def test_tally_keeps_the_order_of_the_verdicts_and_leaves_out_empty_ones() -> None:
    verdicts = ["fails", "roughly", "holds", "roughly"]
    counted = joined.tally([row(verdict=verdict) for verdict in verdicts])
    assert list(counted.items()) == [("holds", 1), ("roughly", 2), ("fails", 1)]


def test_describe_counts_rows_and_certainties(tmp_path: Path) -> None:
    certainty = {"name": "certainty", "constraints": {"enum": ["read", "memory", "computed"]}}
    package = {
        "resources": [
            {"name": "a", "path": "a.csv", "schema": {"fields": [{"name": "x"}, certainty]}},
            {"name": "b", "path": "b.csv", "schema": {"fields": [{"name": "x"}]}},
        ]
    }
    (tmp_path / "datapackage.json").write_text(json.dumps(package), "utf-8")
    (tmp_path / "a.csv").write_text('x,certainty\n"1\n2",computed\n3,read\n4,read\n', "utf-8")
    (tmp_path / "b.csv").write_text("x\n1\n", "utf-8")
    first, second = extension.describe(tmp_path)
    assert (first["rows"], first["certainties"]) == (3, {"read": 2, "computed": 1})
    assert (second["rows"], second["certainties"]) == (1, {})


def test_article_title_without_braces() -> None:
    assert ledger.article_title({"title": "On {AI} {S}caling", "year": "2025"}) == (
        "On AI Scaling (2025)"
    )


# The table

TO = "{}.html".format


def test_ledger_row_has_a_cell_for_each_heading() -> None:
    made = ledger.ledger_row(row(), "A title (2020)", TO)
    assert made["ids"] == ["claim-x-size"]
    assert [cell.astext() for cell in made] == [
        'A model of "about" 380B <parameters>. x-size',
        "Someone: “<about> 380B”, in A title (2020)",
        "380B params",
        "280B [275B to 285B] params",
        "−26%",
        "fails: misquoted The paper says so. how it was computed",
    ]
    assert len(made) == len(ledger.HEADINGS)


def test_ledger_row_links_to_itself_the_article_and_the_cell() -> None:
    made = ledger.ledger_row(row(), "A title (2020)", TO)
    assert [link["refuri"] for link in made.findall(nodes.reference)] == [
        "book/claims/x-size.html",
        "book/bibliography.html#kaplan2020",
        "book/executed/kaplan.html#claim-x-size",
    ]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_a_colour(verdict: str) -> None:
    style = Path(extension.__file__).parents[3] / "book" / "_static" / "book.css"
    (badge,) = ledger.ledger_row(row(verdict=verdict, reason=""), "", TO).findall(nodes.inline)
    assert badge.astext() == verdict
    if verdict not in ("assumption", "pending"):  # have the badge's own grey
        assert f".{badge['classes'][1]}" in style.read_text("utf-8")


def test_redirect_escapes_and_links() -> None:
    page = BeautifulSoup(extension.redirect("book/index.html", "a < b"), "html.parser")
    assert page.title is not None
    assert page.title.string == "a < b"
    assert page.select_one("a")["href"] == "book/index.html"  # type: ignore[index]


# A small book of its own

CONFIGURATION = """
from scalebook.site import extension, ledger
row = {row!r}
citation = dict(title="A", abstract="B", version="1", authors=[dict(name="C")], keywords=[])
extension.context = lambda: {{
    "r": {{"kaplan": {{"slope": 0.0512}}}}, "ledger": [row], "stored": {{}}, "citation": citation
}}
ledger.current = lambda: [row]
extensions = ["myst_parser", "sphinxcontrib.bibtex", "scalebook.site.extension"]
myst_enable_extensions = ["dollarmath"]
bibtex_bibfiles = ["references.bib"]
bibtex_cite_id = "{{key}}"
root_doc = "index"
mathjax_path = "mathjax/tex-chtml.js"
"""


def build(folder: Path, index: str) -> subprocess.CompletedProcess[str]:
    bibliography = "@misc{kaplan2020,\n author={A. B.}, title={On {AI}}, year={2020}}\n"
    (folder / "conf.py").write_text(CONFIGURATION.format(row=ROW), "utf-8")
    (folder / "references.bib").write_text(bibliography, "utf-8")
    (folder / "index.md").write_text(
        f"{index}\n\n```{{toctree}}\nbibliography\nformula\n```\n", "utf-8"
    )
    (folder / "bibliography.md").write_text("# Bibliography\n\n```{bibliography}\n:all:\n```\n")
    (folder / "formula.md").write_text("# Formula\n\n$C = 6ND$\n", "utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", folder, folder / "html"]
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )


def test_built_page_has_numbers_and_ledger(tmp_path: Path) -> None:
    text = (
        "# Title\n\nSlope {{ r.kaplan.slope | num(2) }}.\n\n```{tally}\n```\n\n```{ledger}\n```\n"
    )
    done = build(tmp_path, text)
    assert (done.returncode, done.stderr) == (0, "")
    page = BeautifulSoup((tmp_path / "html" / "index.html").read_text("utf-8"), "html.parser")
    assert "Slope 0.051." in page.get_text()
    assert page.select_one("tr#claim-x-size .verdict-fails") is not None
    assert page.select_one('a[href="book/ledger.html?voice=article&verdict=fails"]') is not None
    (counted,) = page.select('.tally a[href="book/ledger.html?voice=article&verdict=fails"]')
    assert counted.get_text() == "✗ 1 fails"
    assert set(ledger.SIGNS) == set(VERDICTS)
    # The search of the book finds the words of claims.
    assert "misquot" in (tmp_path / "html" / "searchindex.js").read_text("utf-8")


def test_mathjax_is_loaded_by_pages_with_formulas_only(tmp_path: Path) -> None:
    assert build(tmp_path, "# Title\n").returncode == 0
    html = tmp_path / "html"
    assert "tex-chtml.js" in (html / "formula.html").read_text("utf-8")
    assert "tex-chtml.js" not in (html / "index.html").read_text("utf-8")
    assert (html / "_static" / "mathjax" / "tex-chtml.js").is_file()
    assert list((html / "_static" / "mathjax" / "output" / "chtml" / "fonts").rglob("*.woff"))


def test_unknown_number_fails_the_build_and_names_page_and_key(tmp_path: Path) -> None:
    done = build(tmp_path, "# Title\n\n{{ r.kaplan.sloop | num }}\n")
    assert done.returncode != 0
    assert "index.md" in done.stderr
    assert "sloop" in done.stderr


def test_pages_are_read_again_when_what_they_quote_changes(tmp_path: Path) -> None:
    assert build(tmp_path, "# Title\n\n```{tally}\n```\n").returncode == 0
    environment = pickle.loads((tmp_path / "html/.doctrees/environment.pickle").read_bytes())
    noted = {Path(file).name for file in environment.dependencies["index"]}
    assert noted >= {"kaplan.json", "laws.csv", "sweep.json"}
