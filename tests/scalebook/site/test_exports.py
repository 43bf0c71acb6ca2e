"""What the book offers to programs."""

import csv
import io
import json
import struct
from xml.etree import ElementTree

import jsonschema
import pytest
from bs4 import BeautifulSoup

from scalebook import paths
from scalebook.record import claims
from scalebook.record.claims import FORMER, VOICES
from scalebook.record.judge import REASONS, RELATIONS, VERDICTS
from scalebook.site import exports

ROW = {
    "id": "x-size",
    "source": "someone2024",
    "who": "someone",
    "claim": 'A model of "N" parameters, and more </script>',
    "stated": [1.0, 2.5],
    "unit": "x",
    "recomputed": None,
    "low": None,
    "high": None,
    "verdict": "open",
    "reason": "",
    "voice": "article",
    "where": "",
    "quote": "more </script>",
    "relation": "about",
    "supplied": "",
    "digits": 0,
    "within": 0.2,
    "given": "",
    "probability": None,
    "rows": [
        {
            "given": "a",
            "recomputed": None,
            "low": 1.0,
            "high": 2.0,
            "probability": None,
            "verdict": "open",
        }
    ],
    "follows_from": ["x-a", "x-b"],
    "history": [{"date": "2026-11-29", "verdict": "open", "note": ""}],
    "why": "There is nothing to go by, and so nothing can be said of it.",
    "notebook": "kaplan",
}
STORED = {
    "parameters": {"growth": 10.0},
    "results": {"a": 1},
    "claims": [],
    "provenance": {"notebook": "", "library": "", "data": "", "python": "", "versions": {}},
}


def validator(name):
    schema = json.loads(exports.schema(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_files_follow_their_schemas():
    files = exports.data_files([ROW], {"kaplan": STORED})
    validator("ledger").validate(json.loads(files["ledger.json"]))
    validator("results").validate(json.loads(files["results/kaplan.json"]))


@pytest.mark.parametrize("change", [{"verdict": "true"}, {"stated": "1"}, {"extra": 1}])
def test_the_schema_refuses_what_is_no_ledger(change):
    assert not validator("ledger").is_valid([{**ROW, **change}])


def test_the_schema_knows_all_verdicts():
    items = json.loads(exports.schema("ledger"))["items"]
    assert items["properties"]["verdict"]["enum"] == list(VERDICTS)


def test_the_schema_knows_all_words():
    schema = json.loads(exports.schema("ledger"))
    fields = schema["items"]["properties"]
    assert fields["relation"]["enum"] == list(RELATIONS)
    assert fields["voice"]["enum"] == list(VOICES)
    assert fields["reason"]["enum"] == ["", *REASONS]
    assert schema["x-former-verdicts"] == FORMER


def test_csv_reads_back():
    (row,) = csv.DictReader(io.StringIO(exports.ledger_csv([ROW])))
    assert (row["claim"], row["stated"], row["low"]) == (ROW["claim"], "1.0; 2.5", "")
    assert row["follows_from"] == "x-a; x-b"
    assert json.loads(row["rows"]) == ROW["rows"]


def test_metadata_cannot_end_its_element_early():
    element = exports.script(exports.describe_claims([ROW], {"someone2024": "An article"}))
    (found,) = BeautifulSoup(element, "html.parser").select("script")
    (review,) = json.loads(found.string)
    assert review["claimReviewed"] == ROW["claim"]
    assert review["reviewRating"]["alternateName"] == "open"


def test_metadata_have_absolute_addresses_where_the_book_has_one():
    (review,) = exports.describe_claims([ROW], {"someone2024": "x"}, "https://example.org")
    assert review["url"] == "https://example.org/book/claims/x-size.html"
    citation = dict.fromkeys(("title", "abstract", "version", "keywords"), "x")
    book = exports.describe_book({**citation, "authors": [{"name": "x"}]}, "https://example.org")
    files = [each["contentUrl"] for each in book["hasPart"]["distribution"]]
    assert all(each.startswith("https://example.org/") for each in [book["image"], *files])


def test_sitemap_holds_absolute_addresses():
    text = exports.sitemap("https://example.org/b/", ["a.html", "c&d.html"])
    root = ElementTree.fromstring(text.encode())
    assert [place.text for place in root.iter(f"{{{root.tag[1:].partition('}')[0]}}}loc")] == [
        "https://example.org/b/a.html",
        "https://example.org/b/c&d.html",
    ]


def tags(**changes):
    given = {
        "title": 'Is "it" so?', "site": "scalebook", "text": "One. " * 100,
        "address": "https://example.org/b/book/a.html", "base": "https://example.org/b",
    }  # fmt: skip
    soup = BeautifulSoup("".join(exports.preview_tags(**{**given, **changes})), "html.parser")
    return {str(t.get("property") or t["name"]): str(t["content"]) for t in soup.select("meta")}


def test_previews_have_what_open_graph_asks_for():
    found = tags()
    # https://ogp.me: four are required, and a picture's address is absolute.
    assert {"og:title", "og:type", "og:image", "og:url"} <= found.keys()
    assert found["og:title"] == 'Is "it" so?'
    assert found["og:url"] == "https://example.org/b/book/a.html"
    assert found["og:image"] == "https://example.org/b/_static/book.png"
    assert found["description"] == found["og:description"]
    assert 100 < len(found["description"]) <= 200
    assert found["twitter:card"] == "summary_large_image"


def test_a_page_may_have_a_picture_of_its_own():
    found = tags(picture=("book/a.png", 'It is "so".'))
    assert found["og:image"] == "https://example.org/b/book/a.png"
    assert found["og:image:alt"] == 'It is "so".'


def test_previews_do_without_an_address():
    found = tags(address="", base="", text="")
    assert found["twitter:card"] == "summary"
    assert not {"og:image", "og:url", "description"} & found.keys()
    assert "https" not in "".join(found.values())


def test_the_picture_has_the_size_that_previews_are_told():
    header = (paths.root() / "book" / "_static" / "book.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", header[16:24]) == exports.PICTURE_SIZE


def test_every_file_is_listed_once():
    files = exports.data_files([ROW], {"kaplan": STORED})
    listed = json.loads(files["index.json"])
    assert sorted(entry["path"] for entry in listed) == sorted(files.keys() - {"index.json"})
    assert {entry["schema"] for entry in listed if "schema" in entry} <= files.keys()


@pytest.mark.book
def test_every_page_has_a_description_of_its_own():
    pages = sorted((paths.root() / "_build" / "html" / "book").rglob("*.html"))
    if not pages:
        pytest.skip("the book is not built")
    found = {}
    for path in pages:
        soup = BeautifulSoup(
            path.read_text(encoding="utf-8").partition("</head>")[0], "html.parser"
        )
        (text,) = soup.select('meta[name="description"]')
        found[str(path)] = text["content"]
    assert len(set(found.values())) == len(found)
    assert min(map(len, found.values())) >= 20, found


@pytest.mark.book
def test_the_built_book_offers_ledger_and_results():
    folder = paths.root() / "_build" / "html" / "data"
    if not folder.is_dir():
        pytest.skip("the book is not built")
    ledger = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
    validator("ledger").validate(ledger)
    assert [row["id"] for row in ledger] == list(claims.load())
    for file in (folder / "results").glob("*.json"):
        validator("results").validate(json.loads(file.read_text(encoding="utf-8")))
    page = (folder.parent / "book" / "ledger.html").read_text(encoding="utf-8")
    scripts = BeautifulSoup(page, "html.parser").select('script[type="application/ld+json"]')
    assert [r["identifier"] for r in json.loads(scripts[0].string)] == list(claims.load())
