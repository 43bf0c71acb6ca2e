"""The whole book as one PDF, as `scalebook pdf` makes it with Chromium."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader
from pypdf.generic import Destination

from scalebook.site.print import browser as chromium
from scalebook.site.print import pdf, volume
from scalinglaws.errors import ScalingLawsError
from tests.browser.conftest import HTML
from tests.scalebook.site.test_volume import write_book

# In a process of its own: Playwright runs once in each.
COMMAND = "import sys; from scalebook.cli import main; sys.exit(main(sys.argv[1:]))"
MAKE = (
    "import sys; from pathlib import Path; from scalebook.site.print import pdf; "
    "pdf.make(Path(sys.argv[1]), Path(sys.argv[2]))"
)
FIGURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50">'
    '<path d="M0 0L100 50" stroke="black"/></svg>'
)


def python(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=900, **options)  # type: ignore[call-overload, no-any-return]


@pytest.fixture(scope="module")
def small(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built book of three pages, with the real styles."""
    del browser  # only to be skipped without Chromium
    built = write_book(tmp_path_factory.mktemp("book"))
    shutil.copytree(HTML / "_static", built / "_static")
    (built / "_images").mkdir()
    (built / "_images" / "a.svg").write_text(FIGURE, "utf-8")
    return built


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
    chapters = volume.read_contents(HTML)

    titles = outline(reader.outline)
    parts = list(dict.fromkeys(chapter.part for chapter in chapters if chapter.part))
    assert [title for depth, title in titles if depth == 0][-len(parts) :] == parts
    shown = [title for depth, title in titles if depth == 1]
    expected = [f"{c.number} {c.title}" if c.number else c.title for c in chapters if c.part]
    assert shown[-len(expected) :] == expected

    assert 5 * len(chapters) < len(reader.pages) < 20 * len(chapters)
    starts = {str(name).removeprefix("/"): d for name, d in reader.named_destinations.items()}
    contents = "".join(spaceless(reader.pages[n].extract_text()) for n in range(1, 5))
    for chapter in chapters[1:]:
        start = reader.get_destination_page_number(starts[chapter.name])
        assert start is not None
        text = spaceless(reader.pages[start].extract_text())
        assert spaceless(chapter.title) in text
        # BibTeX has two braces where an author is no person.
        assert not re.search(r"\{\{\w+[.|\[]|\{%", text)
        # The contents give the page that it is on.
        assert f"{spaceless(chapter.title)}{start + 1}" in contents

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
    assert len(pages) == len(("title", "print", "contents", "glance", "one", "two", "literature"))


def test_what_is_missing_from_the_book_is_named(small: Path, tmp_path: Path) -> None:
    built = shutil.copytree(small, tmp_path / "book")
    (built / "_images" / "a.svg").unlink()
    done = python(MAKE, str(built), str(tmp_path / "out.pdf"))
    assert "/_images/a.svg is not in the built book" in done.stderr
    assert not (tmp_path / "out.pdf").exists()


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


def test_a_book_that_is_not_built_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ScalingLawsError, match="not built"):
        pdf.make(tmp_path, tmp_path / "out.pdf")
