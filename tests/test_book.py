"""The built book as its readers get it: every page in `_build/html`."""

import inspect
import json
import os
import pkgutil
import re
from functools import cache
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

import scalinglaws
from scalebook import paths
from scalebook.record import claims
from scalebook.show import figures
from scalebook.site import REFERENCE

pytestmark = pytest.mark.book

HTML = paths.root() / "_build" / "html"
FIRST = HTML / "index.html"
LEDGER = HTML / "book" / "ledger.html"


@pytest.fixture(scope="module", autouse=True)
def _book() -> None:
    if FIRST.is_file():
        return
    message = "the book is not built: there is no _build/html/index.html; run make book"
    if os.environ.get("SCALEBOOK_REQUIRE_BOOK") == "1":
        pytest.fail(message)
    pytest.skip(message)


def files() -> list[Path]:
    """The pages, without the theme's own templates."""
    found = sorted(HTML.rglob("*.html"))
    return [path for path in found if "_static" not in path.relative_to(HTML).parts]


def name(path: Path) -> str:
    return path.relative_to(HTML).as_posix()


@cache
def page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


@cache
def anchors(path: Path) -> set[str]:
    return {str(element["id"]) for element in page(path).select("[id]")}


def article(path: Path) -> Tag:
    found = page(path).select_one("article")
    assert found is not None, f"{name(path)} has no article"
    return found


def articles() -> list[Path]:
    return [path for path in files() if page(path).select_one("article")]


def in_reference(path: Path) -> bool:
    return name(path).startswith(REFERENCE)


def is_foreign(address: str) -> bool:
    return bool(re.match(r"(?:[a-z][a-z0-9+.-]*:)?//", address.strip(), re.IGNORECASE))


def missing_target(path: Path, address: str) -> str | None:
    """Say what a link within the book lacks, if anything."""
    parts = urlsplit(address)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return f"{name(path)}: {address}: no such file"
    fragment = unquote(parts.fragment)
    if fragment and target.suffix == ".html" and fragment not in anchors(target):
        return f"{name(path)}: {address}: no such place"
    return None


# Pages


def test_there_is_a_page_for_every_entry_of_the_contents() -> None:
    contents = (paths.root() / "_toc.yml").read_text("utf-8")
    entries = re.findall(r"(?:root|file): (\S+)", contents)
    assert len(entries) >= 5
    assert [entry for entry in entries if not (HTML / f"{entry}.html").is_file()] == []


def test_first_page_leads_to_the_title_page() -> None:
    refresh = page(FIRST).select_one('meta[http-equiv="refresh"]')
    assert refresh is not None
    assert refresh["content"] == "0; url=book/index.html"
    assert missing_target(FIRST, "book/index.html") is None


def test_every_page_has_a_title_and_one_heading_of_the_first_rank() -> None:
    wrong = []
    for path in files():
        # The theme repeats the title for printing.
        headings = [h for h in page(path).select("h1") if not h.find_parent(class_="onlyprint")]
        title = page(path).title
        if len(headings) != 1 or title is None or not title.get_text(strip=True):
            wrong.append(name(path))
    assert wrong == []


def test_every_picture_has_a_text() -> None:
    pictures = [(path, picture) for path in files() for picture in page(path).select("img")]
    assert [
        f"{name(path)}: {picture.get('src')}"
        for path, picture in pictures
        if not str(picture.get("alt", "")).strip()
        or str(picture["alt"]).startswith(("../", "_images"))
    ] == []


def test_no_number_of_a_text_for_a_picture_was_left_out() -> None:
    pictures = [(path, picture) for path in files() for picture in page(path).select("img")]
    assert [
        f"{name(path)}: {picture['alt']}"
        for path, picture in pictures
        if re.search(r"[{}]", str(picture.get("alt")))
    ] == []


def test_chapters_have_figures() -> None:
    for path in sorted((HTML / "book" / "executed").glob("*.html")):
        assert article(path).select("figure img"), f"{name(path)} has no figure"
        assert article(path).select("figure figcaption"), f"{name(path)} has no caption"


def test_figures_of_chapters_have_one_width_and_keep_their_place() -> None:
    widths, without = set(), []
    for path in sorted((HTML / "book" / "executed").glob("*.html")):
        for picture in article(path).select("figure img"):
            source = (path.parent / str(picture["src"])).read_text("utf-8")
            size = re.search(r'<svg\b[^>]*\swidth="([\d.]+)pt"', source)
            widths.add(float(size[1]) if size else None)
            # With both, a browser knows the shape before the picture has come.
            if not (picture.has_attr("width") and picture.has_attr("height")):
                without.append(f"{name(path)}: {picture['src']}")
    assert widths == {72 * figures.WIDTH}
    assert without == []


TRACES = (
    r"\{\{",
    r"\{%",
    r"\bnan\b(?!')",
    r"\bNaN\b",
    r"np\.(?:float|int|str)\d*_?\(",
    r"An Exception was encountered",
    r"Traceback \(most recent call last\)",
    r"<(?:Figure|Axes) ",
    r"\w+Warning:",
)


def test_no_trace_of_an_accident() -> None:
    found = []
    for path in articles():
        copy = BeautifulSoup(str(article(path)), "html.parser")
        for code in copy.select("div.cell_input, div.highlight, code"):
            code.decompose()
        text = copy.get_text(" ")
        # What the library does with NaN, its docstrings say.
        traces = [t for t in TRACES if "nan" not in t.lower() or not in_reference(path)]
        found += [f"{name(path)}: {m}" for trace in traces for m in re.findall(trace, text)]
    assert found == []


# The reference of the library


@cache
def documented() -> dict[str, str]:
    """What the reference has a place for, by its full name: the page."""
    return {
        anchor: name(path)
        for path in filter(in_reference, files())
        for anchor in anchors(path)
        if anchor.startswith("scalinglaws.")
    }


def test_the_interface_is_listed_and_leads_to_its_place() -> None:
    overview = HTML / REFERENCE / "index.html"
    links = article(overview).select("table.autosummary a[href]")
    assert sorted(link.get_text() for link in links) == sorted(scalinglaws.__all__)
    assert [missing_target(overview, str(link["href"])) for link in links] == [None] * len(links)


def test_every_public_function_and_class_has_a_place() -> None:
    files = {
        f"reading.{each}" for each in ("columns", "formats", "plausibility", "remarks", "sources")
    }
    # The package prediction.design is documented whole, under its own name.
    files |= {f"prediction.design.{each}" for each in ("exchange", "plans", "slopes", "target")}
    inner = {"fitting.kernel", "fitting.newton", "fitting.surface", "roots", *files}
    missing = []
    for found in pkgutil.walk_packages(scalinglaws.__path__, "scalinglaws."):
        if found.ispkg or found.name.removeprefix("scalinglaws.") in inner:
            continue
        for each, value in vars(import_module(found.name)).items():
            own = getattr(value, "__module__", "") == found.name
            if own and not each.startswith("_") and (inspect.isclass(value) or callable(value)):
                missing += [f"{found.name}.{each}"] * (f"{found.name}.{each}" not in documented())
    assert missing == []


def test_reference_is_the_same_in_each_process_and_has_no_terms_marked() -> None:
    assert len(documented()) > 300
    for path in filter(in_reference, files()):
        text = article(path).get_text()
        assert not re.search(r"\b0x[0-9a-f]{6,}|<function|:py:", text)
        assert not article(path).select("a.glossed, .problematic, .system-message")


# Links, and what a page loads


def test_links_within_the_book_resolve() -> None:
    links = [(path, str(link["href"])) for path in files() for link in page(path).select("a[href]")]
    within = [(path, address) for path, address in links if not urlsplit(address).scheme]
    assert len(within) > 50
    assert [m for path, address in within if (m := missing_target(path, address))] == []


def test_nothing_is_loaded_from_another_host() -> None:
    loading = (
        "script[src], iframe[src], img[src], source[src], video[src], audio[src], embed[src], "
        "object[data], link[rel~=stylesheet], link[rel~=preload], link[rel~=icon], "
        "link[rel~=modulepreload], link[rel~=preconnect], link[rel~=dns-prefetch], use"
    )
    found = []
    for path in files():
        for element in page(path).select(loading):
            found += [
                f"{name(path)}: {element[key]}"
                for key in ("src", "href", "data", "srcset", "xlink:href")
                if is_foreign(str(element.get(key, "")))
            ]
        for block in page(path).select("style, [style]"):
            found += [
                f"{name(path)}: {address}"
                for address in css_addresses(block.get_text() + str(block.get("style", "")))
                if is_foreign(address)
            ]
    assert found == []


def test_everything_loaded_is_there() -> None:
    found = []
    for path in files():
        for element in page(path).select("script[src], img[src], link[rel~=stylesheet][href]"):
            address = str(element.get("src") or element.get("href"))
            if not address.startswith("data:") and (missing := missing_target(path, address)):
                found.append(missing)
    assert found == []


def test_styles_load_nothing_from_another_host() -> None:
    assert [
        f"{name(path)}: {address}"
        for path in sorted(HTML.rglob("*.css"))
        for address in css_addresses(path.read_text("utf-8"))
        if is_foreign(address)
    ] == []


def css_addresses(text: str) -> list[str]:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    quoted = re.findall(r"""@import\s+["']([^"']+)["']""", text)
    return quoted + re.findall(r"""url\(\s*["']?([^"')]+)""", text)


def test_no_path_of_one_machine() -> None:
    top = str(paths.root())
    texts = [p for p in HTML.rglob("*") if p.suffix in {".html", ".js", ".txt", ".ipynb", ".md"}]
    assert [name(path) for path in texts if top in path.read_text("utf-8")] == []


# The ledger


def test_ledger_has_every_claim_once_and_in_order() -> None:
    rows = article(LEDGER).select("table.ledger tbody tr")
    assert [row["id"] for row in rows] == [f"claim-{claim}" for claim in claims.load()]


def test_ledger_leads_to_the_cell_that_computed_each_claim() -> None:
    for row in article(LEDGER).select("table.ledger tbody tr"):
        addresses = [str(link["href"]) for link in row.select("a[href]")]
        cells = [address for address in addresses if address.startswith("executed/")]
        assert [urlsplit(cell).fragment for cell in cells] == [row["id"]]
        assert missing_target(LEDGER, cells[0]) is None


def test_ledger_shows_the_verdicts_of_the_chapters() -> None:
    recorded = {
        entry["id"]: entry["verdict"]
        for path in paths.results_dir().glob("*.json")
        if isinstance(content := json.loads(path.read_text("utf-8")), dict)
        for entry in content["claims"]
    }
    shown = {
        str(row["id"]).removeprefix("claim-"): row.select(".verdict")[0].get_text().split(":")[0]
        for row in article(LEDGER).select("table.ledger tbody tr")
    }
    assert shown == {claim: recorded[claim] for claim in claims.load()}


def test_every_figure_that_takes_numbers_is_listed() -> None:
    moving = {
        path.stem
        for path in (HTML / "book" / "executed").glob("*.html")
        if article(path).select_one(".figure-control")
    }
    links = article(HTML / "book" / "calculators.html").select('li a[href^="executed/"]')
    assert {Path(str(link["href"])).stem for link in links} == moving
    assert len(moving) > 10


def test_every_claim_has_a_page_of_its_own() -> None:
    for claim in claims.load().values():
        path = HTML / "book" / "claims" / f"{claim.id}.html"
        page = article(path)
        heading = page.select_one("h1").get_text(strip=True).replace("\xa0", " ")
        assert heading.startswith(claim.claim[:40])
        assert claim.quote in page.get_text()
        for link in page.select(".claim-page a[href]"):
            if not urlsplit(str(link["href"])).scheme:
                assert missing_target(path, str(link["href"])) is None, claim.id


def test_title_page_counts_every_claim() -> None:
    page = article(HTML / "book" / "index.html")
    counts = [int(badge.get_text().split()[1]) for badge in page.select(".tally .verdict")]
    assert sum(counts) == len(claims.load())


def test_title_page_has_a_card_for_each_of_twelve_quotations() -> None:
    cards = article(HTML / "book" / "index.html").select("ul.cards > li")
    assert len(cards) == 12
    for card in cards:
        (says,) = card.select(".card-says a")
        assert missing_target(HTML / "book" / "index.html", str(says["href"])) is None
        assert Path(str(says["href"])).stem in claims.load()
        assert len(card.select(".verdict")) == 1
        assert re.search(r"\d", card.get_text())
