"""The whole book as one PDF, as `scalebook pdf` makes it with Chromium."""

import html
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from pypdf.generic import Destination

from scalebook import paths
from scalebook.site.print import browser as chromium
from scalebook.site.print import pdf
from scalinglaws.errors import ScalingLawsError
from tests.browser.conftest import HTML

# In a process of its own: Playwright runs once in each.
COMMAND = "import sys; from scalebook.cli import main; sys.exit(main(sys.argv[1:]))"
MAKE = (
    "import sys; from pathlib import Path; from scalebook.site.print import pdf; "
    "pdf.make(Path(sys.argv[1]), Path(sys.argv[2]))"
)
FACTS = {"title": "scalebook: a book & more", "version": "1.2.3", "authors": "A. N. Author"}
FIGURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50">'
    '<path d="M0 0L100 50" stroke="black"/></svg>'
)
NAV = """<nav class="bd-links"><p class="caption">Laws</p><ul>
<li><a href="{up}executed/first.html">The first</a></li>
<li><a href="{up}executed/second.html">Is it "second"?</a></li></ul>
<p class="caption">Record</p><ul><li><a href="{up}bibliography.html">Bibliography</a></li></ul>
<p class="caption">Library</p><ul><li><a href="{up}api/laws.html">Laws</a></li></ul></nav>"""
PAGES = {
    "book/index": """<section id="top"><h1>scalebook</h1>
<p>See <a href="executed/first.html#why">why</a>.</p></section>""",
    "book/executed/first": """<section id="the-first"><h1>The first<a class="headerlink"
href="#the-first">#</a></h1><section id="why"><h2>Why</h2>
<p><a href="second.html">the second</a>, <a href="second.html#fig"><span class="std-numref">Fig.
1</span></a>, <a href="../bibliography.html#key">2020</a>, <a href="#why">above</a>,
<a href="../../data/ledger.json">data</a>, <a href="https://example.org/a/">there</a>,
<span class="math">\\(x^2\\)</span></p></section></section>""",
    "book/executed/second": """<section id="second"><h1>Is it "second"?</h1>
<details><summary>Solution</summary><p>42</p></details>
<figure id="fig"><img alt="A line" src="../../_images/a.svg">
<figcaption><span class="caption-number">Fig. 1 </span><span>A line.</span></figcaption></figure>
<form><label>Size</label><input value="70B"></form></section>""",
    "book/bibliography": """<section id="bibliography"><h1>Bibliography</h1><p id="key">A paper.</p>
</section>""",
}


def write_book(folder: Path, **changes: str) -> Path:
    """Write a built book of four pages, with the real styles."""
    for path, article in {**PAGES, **changes}.items():
        place = folder / f"{path}.html"
        place.parent.mkdir(parents=True, exist_ok=True)
        nav = NAV.format(up="" if path.count("/") == 1 else "../")
        place.write_text(f"<html><body>{nav}<article>{article}</article></body></html>", "utf-8")
    (folder / "index.html").write_text(
        '<meta http-equiv="refresh" content="0; url=book/index.html">', "utf-8"
    )
    (folder / "_static").symlink_to(HTML / "_static")
    (folder / "_images").mkdir()
    (folder / "_images" / "a.svg").write_text(FIGURE, "utf-8")
    return folder


def python(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=900, **options)  # type: ignore[call-overload, no-any-return]


@pytest.fixture(scope="module")
def small(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    del browser  # only to be skipped without Chromium
    return write_book(tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def volume(browser: Browser, small: Path) -> Iterator[Page]:
    page = pdf.lay_out(browser, small, FACTS)
    yield page
    page.close()


def texts(page: Page, places: str) -> list[str]:
    return [" ".join(text.split()) for text in page.locator(places).all_text_contents()]


def attributes(page: Page, places: str, name: str) -> list[str | None]:
    return [each.get_attribute(name) for each in page.locator(places).all()]


#: Pages that are for the screen alone.
ONSCREEN = {"parameters", "calculators", "sweeps", "appendices", "benchmark", "data"}


def listed() -> Iterator[tuple[str, str, str]]:
    """Yield part, name and title of what the contents of the book list, the library aside."""
    number = 0
    for part in yaml.safe_load((paths.root() / "_toc.yml").read_text("utf-8"))["parts"][:-1]:
        for chapter in part["chapters"]:
            if Path(chapter["file"]).name in ONSCREEN:
                continue
            page = (HTML / f"{chapter['file']}.html").read_text("utf-8")
            (title,) = re.findall(r"<h1>(.*?)<a", page)
            number += "/executed/" in chapter["file"]
            shown = f"{number} " * ("/executed/" in chapter["file"]) + html.unescape(title)
            yield part["caption"], Path(chapter["file"]).name, shown


def outline(items: list[Destination | list[Destination]], depth: int = 0) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for item in items:
        if isinstance(item, list):
            found += outline(item, depth + 1)  # type: ignore[arg-type]
        else:
            found.append((depth, str(item.title)))
    return found


def spaceless(text: str) -> str:
    return re.sub(r"\s+|\u00ad", "", text)


def targets(reader: PdfReader) -> list[str]:
    """Names of the places that links within the PDF lead to."""
    found = []
    for page in reader.pages:
        for reference in page.get("/Annots", ()):
            annotation = reference.get_object()
            goal = annotation.get("/Dest") or annotation.get("/A", {}).get("/D")
            if goal is not None:
                found.append(str(goal))
    return found


def test_the_whole_book(browser: Browser, tmp_path: Path) -> None:
    del browser
    out = tmp_path / "book.pdf"
    done = python(COMMAND, "pdf", "-o", str(out))
    assert done.returncode == 0, done.stderr
    reader = PdfReader(out)
    chapters = list(listed())

    titles = outline(reader.outline)
    parts = ["About this print", "Contents", *dict.fromkeys(c[0] for c in chapters)]
    assert [title for depth, title in titles if depth == 0] == parts
    assert [title for depth, title in titles if depth == 1] == [title for *_, title in chapters]

    assert 5 * len(chapters) < len(reader.pages) < 200
    starts = {str(name).removeprefix("/"): d for name, d in reader.named_destinations.items()}
    contents = "".join(spaceless(reader.pages[n].extract_text()) for n in range(1, 5))
    for _, name, title in chapters:
        start = reader.get_destination_page_number(starts[name])
        assert start is not None
        text = spaceless(reader.pages[start].extract_text())
        assert spaceless(title) in text
        # BibTeX has two braces where an author is no person.
        assert not re.search(r"\{\{\w+[.|\[]|\{%", text)
        # The contents give the page that it is on.
        assert f"{spaceless(title)}{start + 1}" in contents

    assert {goal.removeprefix("/") for goal in targets(reader)} <= starts.keys()
    assert len(targets(reader)) > 10 * len(chapters)

    embedded = [
        font
        for page in reader.pages
        for font in (each.get_object() for each in page["/Resources"].get("/Font", {}).values())
        if font["/Subtype"] != "/Type3"
    ]
    assert embedded
    for font in embedded:
        (inner,) = font.get("/DescendantFonts", (font,))
        assert any(key.startswith("/FontFile") for key in inner.get_object()["/FontDescriptor"])

    # A picture of dots is there only where the figure itself has one: a bar of colours.
    dotted = sum("<image" in file.read_text("utf-8") for file in (HTML / "_images").glob("*.svg"))
    pictures = sum(
        each.get_object()["/Subtype"] == "/Image"
        for page in reader.pages
        for each in page["/Resources"].get("/XObject", {}).values()
    )
    assert pictures <= dotted

    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title
    assert reader.metadata.title.startswith("scalebook")
    assert reader.metadata.author
    assert "/CreationDate" not in reader.metadata


def test_two_runs_give_the_same_bytes(small: Path, tmp_path: Path) -> None:
    for name in ("one.pdf", "two.pdf"):
        done = python(MAKE, str(small), str(tmp_path / name))
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    pages = PdfReader(tmp_path / "one.pdf").pages
    assert len(pages) == len(("title", "print", "contents", "one", "two", "literature"))


@pytest.mark.parametrize(
    ("article", "complaint"),
    [
        ('<h1>x</h1><p><a href="#gone">x</a></p>', "there is no place bibliography.gone"),
        ('<h1>x</h1><p id="key"><img src="b.svg"></p>', "book/b.svg is not in the built book"),
        ("<p>x</p>", "/book/bibliography.html has no article with a title"),
        (r'<h1>x</h1><p id="key" class="math">\(\frac\)</p>', "a formula could not be set"),
    ],
    ids=["place", "picture", "title", "formula"],
)  # fmt: skip
def test_what_is_wrong_with_the_book_is_named(
    browser: Browser, tmp_path: Path, article: str, complaint: str
) -> None:
    built = write_book(tmp_path, **{"book/bibliography": article})
    with pytest.raises(ScalingLawsError, match=re.escape(complaint)):
        pdf.lay_out(browser, built, FACTS)


def test_contents_are_those_of_the_sidebar_without_the_library(volume: Page) -> None:
    assert texts(volume, ".contents li") == [
        "Laws",
        "1 The first",
        '2 Is it "second"?',
        "Record",
        "Bibliography",
    ]


def test_links_between_pages_lead_within_the_volume(volume: Page) -> None:
    links = ["second", "second.fig", "bibliography.key", "first.why", None]
    found = attributes(volume, ".chapter a:not(.headerlink)", "href")
    assert found == [link and f"#{link}" for link in links] + ["https://example.org/a/"]
    places = attributes(volume, "[id]:not(mjx-container *)", "id")
    assert len(places) == len(set(places))


def test_links_to_other_chapters_name_their_page(volume: Page) -> None:
    pdf.print_settled(volume)
    pages = attributes(volume, ".chapter a:not(.headerlink)", "data-page")
    assert pages == ["5", "5", None, None, None, None]
    assert attributes(volume, ".contents a", "data-page") == ["4", "5", "6"]


def test_files_are_linked_where_the_book_is_published(browser: Browser, tmp_path: Path) -> None:
    built = write_book(tmp_path)
    page = built / "book" / "index.html"
    head = '<link rel="canonical" href="https://example.org/b/book/index.html">'
    page.write_text(head + page.read_text("utf-8"), "utf-8")
    found = pdf.lay_out(browser, built, FACTS)
    assert "https://example.org/b/data/ledger.json" in attributes(found, ".chapter a", "href")


def test_figures_are_numbered_by_chapter(volume: Page) -> None:
    assert texts(volume, ".caption-number, .std-numref") == ["Fig. 2.1", "Fig. 2.1"]


def test_what_a_screen_is_needed_for_is_left_out(volume: Page) -> None:
    assert volume.get_by_text("42").is_visible()
    expect(volume.locator("form")).to_have_count(0)
    assert texts(volume, ".code-at")[0] == "Code of this chapter: notebooks/first.ipynb"


def test_headings_are_ranked_below_the_parts(volume: Page) -> None:
    assert texts(volume, ".chapter h1") == ["Laws", "Record"]
    assert texts(volume, ".chapter h2") == ["1 The first#", '2 Is it "second"?', "Bibliography"]
    assert texts(volume, ".chapter h3") == ["Why"]
    assert r'content: "2 Is it \"second\"?"' in "".join(texts(volume, "style"))


def test_title_page_names_the_version(volume: Page) -> None:
    expected = ["scalebook", "A book & more", "A. N. Author", "Version 1.2.3"]
    assert texts(volume, ".title-page p") == expected


def test_without_chromium_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path
) -> None:
    environment = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    done = python(MAKE, str(small), str(tmp_path / "out.pdf"))
    assert "No Chromium was found" in done.stderr
    assert "apt install chromium" in done.stderr
    assert not (tmp_path / "out.pdf").exists()


def test_a_chromium_that_fails_is_reported(
    monkeypatch: pytest.MonkeyPatch, small: Path, tmp_path: Path
) -> None:
    broken = tmp_path / chromium.NAMES[0]
    broken.write_text("#!/bin/sh\nexit 3\n", "utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    done = python(MAKE, str(small), str(tmp_path / "out.pdf"))
    assert f"ScalebookError: Chromium ({broken}) failed" in done.stderr
    assert not (tmp_path / "out.pdf").exists()


def test_a_book_that_is_not_built_is_said_so(browser: Browser, tmp_path: Path) -> None:
    with pytest.raises(ScalingLawsError, match=r"not built: there is no .*index\.html\. Run `make"):
        pdf.lay_out(browser, tmp_path, FACTS)
