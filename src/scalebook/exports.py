"""What the built book offers to programs: ledger and results as files, and metadata of its pages.

The files' form is described by the JSON Schemas in `schemas/`.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any
from xml.sax.saxutils import escape

from scalebook import figuredata
from scalebook.claims import VERDICTS

Row = Mapping[str, Any]

SCHEMAS = ("ledger", "results")

#: Name of the schema of the figures' tables; a package's files must lie beside or below it.
FIGURE_SCHEMA = "schema.json"


def files(ledger: list[Row], stored: Mapping[str, object]) -> dict[str, str]:
    """Return the files of the book's folder `data`, by their path in it.

    Parameters
    ----------
    ledger : list
        Rows of the ledger.
    stored : mapping
        Stored results by chapter.
    """
    made = {f"schemas/{name}.schema.json": schema(name) for name in SCHEMAS}
    made["ledger.json"] = _json(ledger)
    made["ledger.csv"] = ledger_csv(ledger)
    return made | {f"results/{chapter}.json": _json(each) for chapter, each in stored.items()}


def schema(name: str) -> str:
    """Return the text of one of `SCHEMAS`."""
    file = resources.files("scalebook") / "schemas" / f"{name}.schema.json"
    return file.read_text(encoding="utf-8")


def figure_schema() -> str:
    """Return the Frictionless Table Schema of the tables that go with the figures."""
    fields = [
        {"name": name, "type": kind, "description": meaning}
        for name, (kind, meaning) in figuredata.FIELDS.items()
    ]
    return _json({"fields": fields, "missingValues": [""]})


def figure_package(captions: Mapping[str, str]) -> str:
    """Return the Frictionless Data Package of the tables that go with the figures.

    Parameters
    ----------
    captions : mapping
        Caption of each figure, by the path of its table in the package.
    """
    resources = [
        {
            "name": path.removesuffix(".csv").replace("/", "."),
            "path": path,
            "description": caption,
            "encoding": "utf-8",
            "schema": FIGURE_SCHEMA,
        }
        for path, caption in captions.items()
    ]
    return _json(
        {
            "name": "scalebook-figures",
            "title": "What is drawn in the figures of scalebook",
            "licenses": [{"name": "CC-BY-4.0"}],
            "resources": resources,
        }
    )


def ledger_csv(ledger: Iterable[Row]) -> str:
    """Return the ledger as CSV; where a claim has several numbers a semicolon separates them."""
    text = io.StringIO()
    writer: csv.DictWriter[str] | None = None
    for row in ledger:
        if writer is None:
            writer = csv.DictWriter(text, fieldnames=list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({key: _cell(value) for key, value in row.items()})
    return text.getvalue()


def sitemap(base: str, pages: Iterable[str]) -> str:
    """Return a sitemap of pages, given the address of the book and the pages' paths in it."""
    places = [f"<url><loc>{escape(base.rstrip('/'))}/{escape(page)}</loc></url>" for page in pages]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(places)
        + "\n</urlset>\n"
    )


def describe_book(citation: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Return what schema.org calls a Book, with the ledger as its data set."""
    return {
        "@context": "https://schema.org",
        "@type": "Book",
        "name": citation["title"],
        "description": citation["abstract"],
        "version": str(citation["version"]),
        "author": [{"@type": "Organization", "name": a["name"]} for a in citation["authors"]],
        "keywords": citation["keywords"],
        "inLanguage": "en",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        **({"url": base} if base else {}),
        "hasPart": {
            "@type": "Dataset",
            "name": "Ledger of claims",
            "description": "Claims about language-model scaling: stated, recomputed, verdict.",
            "license": "https://creativecommons.org/licenses/by/4.0/",
            "distribution": [
                {
                    "@type": "DataDownload",
                    "encodingFormat": kind,
                    "contentUrl": f"{base or '..'}/data/ledger.{suffix}",
                }
                for kind, suffix in (("application/json", "json"), ("text/csv", "csv"))
            ],
        },
    }


def describe_claims(ledger: Iterable[Row], authors: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the ledger as schema.org's ClaimReviews.

    Parameters
    ----------
    ledger : iterable
        Rows of the ledger.
    authors : mapping
        Title of each article by its key.
    """
    return [
        {
            "@context": "https://schema.org",
            "@type": "ClaimReview",
            "identifier": row["id"],
            "claimReviewed": row["claim"],
            "itemReviewed": {
                "@type": "Claim",
                "author": {"@type": "Person", "name": row["who"]},
                "appearance": {"@type": "CreativeWork", "name": authors[row["source"]]},
            },
            "reviewRating": {
                "@type": "Rating",
                "alternateName": row["verdict"],
                "ratingExplanation": f"{VERDICTS[row['verdict']]}: {row['why']}",
            },
            "author": {"@type": "Organization", "name": "The scalebook contributors"},
        }
        for row in ledger
    ]


def script(content: object) -> str:
    """Return metadata as an element of a page's head."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # The one sequence that could end the element early.
    text = text.replace("</", r"<\/")
    return f'<script type="application/ld+json">{text}</script>'


def _cell(value: object) -> object:
    return "; ".join(f"{each!r}" for each in value) if isinstance(value, list) else value


def _json(content: object) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
