"""What the built book offers to programs: ledger and results as files, and metadata of its pages.

The files' form is described by the JSON Schemas in `record/schemas/`.
"""

import csv
import html
import io
import json
from collections.abc import Iterable, Mapping
from importlib import resources
from textwrap import shorten
from typing import Any
from xml.sax.saxutils import escape

from scalebook.contents import title
from scalebook.show import columns
from scalebook.site.claims import page as claimpage

Row = Mapping[str, Any]

SCHEMAS = ("ledger", "results")

#: Width and height in pixels of the picture that links to the book are shown with.
PICTURE_SIZE = (1200, 630)
#: The picture of the book: its place, and what it shows.
PICTURE = ("_static/book.png", "The title page: each claim as a mark of its verdict.")
# What search engines and previews show of a description.
_DESCRIPTION = 200


def data_files(ledger: list[Row], stored: Mapping[str, object]) -> dict[str, str]:
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
    made |= {f"results/{chapter}.json": _json(each) for chapter, each in stored.items()}
    return {"index.json": _json(data_index(stored))} | made


def data_index(chapters: Iterable[str]) -> list[dict[str, str]]:
    """List the files of the book's folder `data`, `index.json` aside.

    Parameters
    ----------
    chapters : iterable of str
        Names of the chapters.

    Returns
    -------
    list of dict
        ``path`` in the folder, ``title``, ``mediatype``, and the path of the ``schema`` if there
        is one.
    """
    json_type = "application/json"
    found = [
        {
            "path": "ledger.json",
            "title": "Ledger of claims",
            "mediatype": json_type,
            "schema": "schemas/ledger.schema.json",
        },
        {"path": "ledger.csv", "title": "Ledger of claims", "mediatype": "text/csv"},
    ]
    found += [
        {
            "path": f"results/{chapter}.json",
            "title": f"Parameters, results and claims of “{title(chapter)}”",
            "mediatype": json_type,
            "schema": "schemas/results.schema.json",
        }
        for chapter in chapters
    ]
    return found + [
        {
            "path": f"schemas/{name}.schema.json",
            "title": json.loads(schema(name))["title"] + ": JSON Schema",
            "mediatype": "application/schema+json",
        }
        for name in SCHEMAS
    ]


def schema(name: str) -> str:
    """Return the text of one of `SCHEMAS`."""
    file = resources.files("scalebook.record") / "schemas" / f"{name}.schema.json"
    return file.read_text(encoding="utf-8")


def figure_resource(path: str, caption: str, table: str) -> dict[str, Any]:
    """Describe a table that a figure is drawn from.

    Parameters
    ----------
    path : str
        Of the table in the package.
    caption : str
        Of the figure.
    table : str
        As CSV.
    """
    return {
        "name": path.removesuffix(".csv").replace("/", "."),
        "path": path,
        "description": caption,
        "encoding": "utf-8",
        "schema": columns.schema(next(csv.reader([table.partition("\n")[0]]))),
    }


def figure_package(tables: Iterable[Row]) -> str:
    """Return the Frictionless Data Package of tables, each as `figure_resource` describes it."""
    listed = sorted(tables, key=lambda each: str(each["path"]))
    return _json(
        {
            "name": "scalebook-figures",
            "title": "The tables that the figures of scalebook are drawn from",
            "licenses": [{"name": "CC-BY-4.0"}],
            "resources": listed,
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


def preview_tags(
    title: str,
    site: str,
    text: str,
    address: str,
    base: str,
    picture: tuple[str, str] = PICTURE,
) -> list[str]:
    """Return elements of a page's head from which others make a preview of it (Open Graph).

    Parameters
    ----------
    title, site : str
        Titles of the page and of the book.
    text : str
        First paragraph of the page; may be empty.
    address, base : str
        Addresses of the page and of the book; empty where the book's is not known, and with it
        those tags that need one.
    picture : (str, str)
        Its path in the book, and what it shows.
    """
    named = {"og:title": title, "og:site_name": site, "og:type": "article", "og:locale": "en_GB"}
    text = shorten(text, _DESCRIPTION, placeholder=" …")
    if text:
        named |= {"description": text, "og:description": text}
    if base:
        width, height = PICTURE_SIZE
        named |= {
            "og:url": address,
            "og:image": f"{base}/{picture[0]}",
            "og:image:type": "image/png",
            "og:image:width": str(width),
            "og:image:height": str(height),
            "og:image:alt": picture[1],
        }
    named["twitter:card"] = "summary_large_image" if base else "summary"
    return [
        f'<meta {"property" if key.startswith("og:") else "name"}="{key}" '
        f'content="{html.escape(value)}">'
        for key, value in named.items()
    ]


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
        **({"url": base, "image": f"{base}/{PICTURE[0]}"} if base else {}),
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


def describe_claims(
    ledger: Iterable[Row], authors: Mapping[str, str], base: str = ""
) -> list[dict[str, Any]]:
    """Return the ledger as schema.org's ClaimReviews.

    Parameters
    ----------
    ledger : iterable
        Rows of the ledger.
    authors : mapping
        Title of each article by its key.
    base : str
        Address of the book, if it is known.
    """
    return [
        {
            "@context": "https://schema.org",
            "@type": "ClaimReview",
            "identifier": row["id"],
            **({"url": f"{base}/{claimpage.address(row['id'])}.html"} if base else {}),
            "claimReviewed": row["claim"],
            "itemReviewed": {
                "@type": "Claim",
                "author": {"@type": "Person", "name": row["who"]},
                "appearance": {"@type": "CreativeWork", "name": authors[row["source"]]},
            },
            "reviewRating": {
                "@type": "Rating",
                "alternateName": row["verdict"],
                "ratingExplanation": " ".join((claimpage.sentence(row), row["why"])).strip(),
            },
            "author": {"@type": "Organization", "name": "The scalebook contributors"},
        }
        for row in ledger
        if row["verdict"] != "pending"
    ]


def script(content: object, kind: str = "application/ld+json") -> str:
    """Return data as an element of a page, for scripts and machines.

    Parameters
    ----------
    content : object
        What JSON can hold.
    kind : str
        The media type; that of metadata unless given.
    """
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # "</script>" would end the element early, and "<!--<script>" would keep it from ending.
    text = text.replace("<", "\\u003c")
    return f'<script type="{kind}">{text}</script>'


def _cell(value: object) -> object:
    if not isinstance(value, list):
        return value
    if any(isinstance(each, dict) for each in value):
        return json.dumps(value, ensure_ascii=False)
    return "; ".join(str(each) for each in value)


def _json(content: object) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
