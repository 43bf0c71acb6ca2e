"""A chapter open in JupyterLab: run all, change a value, run all, as often as one likes."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from scalebook import paths
from scalebook.show.numbers import num
from tests.scalebook.chapters.cells import compute

CELL = ".jp-Notebook .jp-CodeCell"
#: Marks that only the book reads, or that a number was to be filled into.
RAW = re.compile(r"\{\{|\}\}|\{[a-z:]+\}|:::|\]\(|\*\*")
SECONDS = 60_000  # milliseconds that a run may take on a busy machine


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab in a folder with copies of the chapters; yields its address."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(paths.notebooks_dir(), folder, dirs_exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = f"http://127.0.0.1:{port}"
    settings = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "RUNTIME")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    command += [f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=", "--ip=127.0.0.1"]
    environment = {**os.environ, **settings, "HOME": str(folder)}
    log = (folder / "log.txt").open("wb")
    server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        wait_for(f"{home}/api", server, folder / "log.txt")
        yield home
    finally:
        server.terminate()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:  # it waits for kernels, which end with it
            server.kill()
            server.wait()
        log.close()


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(address):
                return
        except urllib.error.URLError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start: {log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="module")
def notebook(browser: Browser, lab: str) -> Iterator[Page]:
    page = opened(browser, lab, "gpt4")
    yield page
    page.close()


def opened(browser: Browser, lab: str, chapter: str) -> Page:
    """Open a chapter in a window so high that all of it is there at once."""
    page = browser.new_page(viewport={"width": 1280, "height": 20_000})
    page.goto(f"{lab}/lab/tree/{chapter}.ipynb?reset")
    expect(page.locator(f"{CELL} .cm-line").first).to_be_visible(timeout=SECONDS)
    expect(page.locator('[data-status="idle"]').first).to_be_attached(timeout=SECONDS)
    return page


def rendered(page: Page) -> str:
    """Return what stands in cells that are shown and in outputs, code aside."""
    cells = page.locator(".jp-Notebook .jp-MarkdownOutput, .jp-Notebook .jp-OutputArea-output")
    return "\n".join(cells.all_inner_texts())


def change(page: Page, value: str) -> None:
    """Type over the compute in the parameters cell."""
    line = page.locator(f"{CELL} .cm-line", has_text=re.compile("^compute: float = ")).first
    old = line.inner_text().partition("  #")[0]
    line.click(position={"x": 2, "y": 6})
    page.keyboard.press("Home")
    for _ in old:
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.insert_text(f"compute: float = {value}")


def run_all(page: Page) -> None:
    """Run all cells as people do, and wait until the kernel has nothing left to do."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    expect(page.locator('[data-status="busy"]').first).to_be_attached(timeout=SECONDS)
    expect(page.locator('[data-status="idle"]').first).to_be_attached(timeout=SECONDS)


def test_run_all_change_run_all(notebook: Page) -> None:
    for value, flop in (("2e25", 2e25), ("3e25", 3e25), ("'40 YFLOP'", 4e25), ("2e25", 2e25)):
        change(notebook, value)
        run_all(notebook)
        assert notebook.locator("[data-mime-type*=stderr]").all_inner_texts() == []
        under = compute("gpt4", compute=flop).results["under"]
        shown = notebook.locator(".jp-RenderedMarkdown", has_text="optimum").first
        expect(shown).to_contain_text(f"under {num(under, 4)}")


def test_a_bad_value_stops_with_a_sentence_and_is_mended(notebook: Page) -> None:
    change(notebook, "'3 tokens'")
    run_all(notebook)
    said = notebook.locator("[data-mime-type*=stderr]").first
    expect(said).to_contain_text("that is in tokens; expected FLOP")
    expect(said).not_to_contain_text("Traceback")
    change(notebook, "2e25")
    run_all(notebook)
    expect(notebook.locator("[data-mime-type*=stderr]")).to_have_count(0)


def test_a_chapter_that_was_run_shows_what_its_page_shows(notebook: Page) -> None:
    run_all(notebook)
    text = rendered(notebook)
    assert notebook.locator("[data-mime-type*=stderr]").count() == 0
    assert RAW.findall(text) == []
    assert "Short answer." in text
    shown = notebook.locator(".jp-Notebook .jp-OutputArea-output")
    assert shown.locator("ul.heard li").count() == 3
    assert shown.locator(".claim-card").count() > 10
    assert shown.locator("table.numbers").count() > 3
    assert shown.locator("img, svg").count() > 5
    assert shown.locator("details.solution").count() == 3


# Of all chapters it is known that they have no such marks; these have every kind of link.
@pytest.mark.parametrize("chapter", ["planner", "reconciliation"])
def test_the_text_of_a_chapter_is_shown_without_marks(
    browser: Browser, lab: str, chapter: str
) -> None:
    page = opened(browser, lab, chapter)
    try:
        heading = page.get_by_role("heading", name="For the record")
        expect(heading).to_be_visible(timeout=SECONDS)
        text = "\n".join(page.locator(".jp-Notebook .jp-MarkdownOutput").all_inner_texts())
        assert len(text.split()) > 200
        assert RAW.findall(text) == []
        sources = page.locator(".jp-MarkdownOutput a", has_text=re.compile(r"\d{4}\)?$"))
        assert sources.count() > 0
    finally:
        page.close()
