"""What a reader does with a chapter: unfold, copy, download, turn the page."""

import csv
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from scalebook.show import columns
from tests.browser.conftest import DESKTOP, HTML, PHONE, Seen

CHAPTER = "book/executed/kaplan.html"


def test_a_solution_unfolds_by_keyboard(seen: Seen) -> None:
    page = seen.open(CHAPTER)
    solution = page.locator("details.solution").first
    text = solution.locator("p").first
    expect(text).not_to_be_visible()
    solution.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(text).to_be_visible()
    page.keyboard.press("Space")
    expect(text).not_to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"], indirect=True)
def test_a_command_is_copied_as_it_stands(seen: Seen) -> None:
    page = seen.open(CHAPTER)
    page.locator(".record-commands > summary").click()
    block = page.locator(".record-commands div.highlight").first
    command = block.locator("pre").inner_text().strip()
    assert re.match(r"scalebook run kaplan -p \w+=\S+", command)
    button = block.locator("button.copybtn")
    button.focus()
    expect(button).to_have_css("opacity", "1")
    page.keyboard.press("Enter")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('textarea'), {id: 't'}))"
    )
    page.locator("#t").focus()
    page.keyboard.press("Control+V")
    assert page.locator("#t").input_value().strip() == command


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """Yield the address of the book on a server of this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(HTML)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_files_are_downloaded(browser: Browser, served: str, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(f"{served}/{CHAPTER}")
    box = page.locator(".record-downloads")
    box.locator("> summary").click()
    offers = (
        (box.get_by_role("link", name="Notebook, without outputs"), "notebooks/kaplan.ipynb"),
        (box.get_by_role("link", name="Executed notebook"), "executed/kaplan.ipynb"),
        (box.get_by_role("link", name="as JSON"), "results/kaplan.json"),
        (page.get_by_role("link", name=re.compile(r"^Figure \d+ as SVG$")).first, ".svg"),
        (page.get_by_role("link", name=re.compile(r"^Data of figure \d+ as CSV$")).first, ".csv"),
    )
    for link, ending in offers:
        with page.expect_download() as started:
            link.focus()
            page.keyboard.press("Enter")
        started.value.save_as(tmp_path / "file")
        assert started.value.url.endswith(ending)
        source = HTML / started.value.url.removeprefix(f"{served}/")
        assert (tmp_path / "file").read_bytes() == source.read_bytes()
    with (tmp_path / "file").open(encoding="utf-8", newline="") as file:
        assert all(map(columns.meaning, next(csv.reader(file))))
    page.close()


def test_from_the_disk_a_file_is_shown(seen: Seen) -> None:
    # A browser takes each file on the disk for a site of its own, and opens it instead.
    page = seen.open(CHAPTER)
    page.locator(".record-downloads > summary").click()
    page.get_by_role("link", name="as JSON").click()
    page.wait_for_url("**/data/results/kaplan.json")
    assert '"provenance"' in page.content()


@pytest.mark.parametrize("theme", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"], indirect=True)
def test_pages_are_turned_at_the_end(seen: Seen) -> None:
    page = seen.open(CHAPTER)
    link = page.locator(".prev-next-area a.right-next")
    link.scroll_into_view_if_needed()
    expect(link).to_be_visible()
    title = link.locator(".prev-next-title").inner_text()
    link.click()
    expect(page.locator("article h1")).to_contain_text(title)
    assert seen.complaints == []


def test_without_scripts_all_but_copying_works(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((HTML / CHAPTER).as_uri())
    solution = page.locator("details.solution").first
    expect(solution.locator("p").first).not_to_be_visible()
    solution.locator("summary").click()
    expect(solution.locator("p").first).to_be_visible()
    context.close()


def test_solutions_are_printed_unfolded(seen: Seen) -> None:
    page = seen.open(CHAPTER)
    page.emulate_media(media="print")
    expect(page.locator("details.solution p").first).to_be_visible()
    expect(page.locator(".figure-files").first).not_to_be_visible()
