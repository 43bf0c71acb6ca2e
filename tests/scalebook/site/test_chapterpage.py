"""What a chapter's page has besides the chapter, and the commands and files it offers."""

import csv
import json
import re
import shlex
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup
from frictionless import Package

from scalebook import paths
from scalebook.contents import CHAPTERS, modules
from scalebook.execution import parameters
from scalebook.show import columns
from scalebook.site import chapterpage, exports
from tests.scalebook.chapters.cells import cells, tags, texts

HTML = paths.root() / "_build" / "html"


# The notebooks


def commands(chapter):
    """Commands that change the numbers: each block, line by line."""
    if chapter in CHAPTERS:
        (text,) = ("".join(c["source"]) for c in cells(chapter) if "commands" in tags(c))
    else:
        (text,) = (text for text in texts(chapter) if "## Change the numbers" in text)
        text = text.partition("## Change the numbers")[2].partition("## Exercises")[0]
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return text, [[line.strip() for line in block.splitlines()] for block in blocks]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_commands_that_change_the_numbers_are_accepted(chapter):
    text, blocks = commands(chapter)
    runs = [line for block in blocks for line in block if line.startswith("scalebook run")]
    assert len(runs) >= 2
    # One command a block, so that a reader copies just the one; and none outside a block.
    assert all(len(block) == 1 for block in blocks if block[0] in runs)
    assert text.count("scalebook run") == len(runs)
    for line in runs:
        words = shlex.split(line)
        assert words[:3] == ["scalebook", "run", chapter]
        given = parameters.read_assignments(words[4::2])
        assert words[3::2] == ["-p"] * len(given)
        assert parameters.check(chapter, given) != parameters.check(chapter, {})


# Links


def test_links_say_in_full_what_they_lead_to():
    page = BeautifulSoup(
        chapterpage._figure_links("../data/figures/a/fig-b", "figure 3"), "html.parser"
    )
    drawing, data = page.select("a[download]")
    assert (drawing["href"], drawing["aria-label"]) == (
        "../data/figures/a/fig-b.svg", "Figure 3 as SVG",
    )  # fmt: skip
    assert (data["href"], data["aria-label"]) == (
        "../data/figures/a/fig-b.csv", "Data of figure 3 as CSV",
    )  # fmt: skip


def test_figures_are_described_as_a_package():
    table = columns.csv(columns.stack({"ours, here": {"loss": [2.0], "ratio_low": 20}}))
    described = exports.figure_resource("a/fig-b.csv", "What it shows.", table)
    (resource,) = json.loads(exports.figure_package([described]))["resources"]
    assert (resource["path"], resource["name"]) == ("a/fig-b.csv", "a.fig-b")
    fields = [(field["name"], field["type"]) for field in resource["schema"]["fields"]]
    assert fields == [("series", "string"), ("loss", "number"), ("ratio_low", "number")]


# The built book


@cache
def page(chapter):
    path = HTML / "book" / "executed" / f"{chapter}.html"
    if not path.is_file():
        pytest.skip("the book is not built")
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def target(link):
    return (HTML / "book" / "executed" / link["href"]).resolve()


@pytest.mark.book
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_its_files_in_a_box(chapter):
    answer, *rest = page(chapter).select("article section > .cell")
    assert answer.select_one("blockquote strong").get_text() == "Short answer."
    assert "tag_short-answer" in answer["class"]
    assert rest[0].figure is page(chapter).select_one("article figure")
    assert_files(chapter, page(chapter).select("details.record-downloads a[download]"))


def assert_files(chapter, links):
    stored, executed, results, *code = map(target, links)
    assert stored.read_bytes() == (paths.notebooks_dir() / f"{chapter}.ipynb").read_bytes()
    assert executed.read_bytes() == (paths.executed_dir() / f"{chapter}.ipynb").read_bytes()
    assert json.loads(results.read_text("utf-8"))["provenance"]["chapter"] == chapter
    assert [path.name for path in code] == [path.name for path in modules(chapter)]
    assert all(
        a.read_bytes() == b.read_bytes() for a, b in zip(code, modules(chapter), strict=True)
    )


@pytest.mark.book
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_figure_has_its_drawing_and_its_data(chapter):
    figures = page(chapter).select("article figure")
    assert figures
    for figure in figures:
        drawing, data = figure.select("figcaption a[download]")
        assert ElementTree.parse(target(drawing)).getroot().tag.endswith("svg")
        assert target(drawing).read_bytes() == target({"href": figure.img["src"]}).read_bytes()
        with target(data).open(encoding="utf-8", newline="") as file:
            names, *rows = csv.reader(file)
        assert len(rows) >= 2
        assert all(map(columns.meaning, names))


@pytest.mark.book
def test_the_package_of_the_figures_is_valid():
    path = HTML / "data" / "figures" / "datapackage.json"
    if not path.is_file():
        pytest.skip("the book is not built")
    resources = json.loads(path.read_text("utf-8"))["resources"]
    assert {r["path"] for r in resources} == {
        file.relative_to(path.parent).as_posix() for file in path.parent.rglob("*.csv")
    }
    # One table of each chapter against the schema, to save time.
    some = {r["path"].partition("/")[0]: r for r in resources}
    report = Package({"resources": [*some.values()]}, basepath=str(path.parent)).validate()
    assert report.valid, report.flatten(["title", "note"])


@pytest.mark.book
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_solutions_are_folded_by_the_browser_itself(chapter):
    solutions = page(chapter).select("article details.solution")
    (text,) = (text for text in texts(chapter) if "## Exercises" in text)
    asked = len(re.findall(r"^\d+\. ", text.partition("## Exercises")[2], re.MULTILINE))
    assert len(solutions) == asked > 0
    for number, solution in enumerate(solutions, start=1):
        assert solution.summary.get_text() == f"Solution {number}"
        assert len(solution.get_text().split()) > 3
        assert not solution.has_attr("open")
    assert page(chapter).select(".admonition.dropdown") == []


@pytest.mark.book
def test_previous_and_next_follow_the_contents():
    toc = yaml.safe_load((paths.root() / "_toc.yml").read_text("utf-8"))
    order = [Path(entry["file"]).name for part in toc["parts"] for entry in part["chapters"]]
    for chapter in CHAPTERS:
        at = order.index(chapter)
        before = order[at - 1] if at else "index"  # the front page stands before the first chapter
        for side, beside in (("left-prev", before), ("right-next", order[at + 1])):
            link = page(chapter).select_one(f".prev-next-area a.{side}")
            assert Path(link["href"]).stem == beside
            if beside in CHAPTERS:
                title = page(beside).select_one("article h1").get_text().rstrip("#")
                shown = link.select_one(".prev-next-title").get_text()
                assert " ".join(shown.split()) == " ".join(title.split())
