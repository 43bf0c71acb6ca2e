"""The pages of a built book put together for print, on a small book made by hand."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from scalebook.site.print import volume
from scalinglaws.errors import ScalingLawsError

FACTS = {
    "title": "scalebook: a book & more",
    "version": "1.2.3",
    "authors": [{"name": "A. N. Author"}],
    "abstract": "What it is.",
    "keywords": ["one", "two"],
}
NAV = """<nav class="bd-links"><p class="caption">Laws</p><ul>
<li><a href="{up}executed/first.html">The first</a></li>
<li><a href="{up}executed/second.html">Is it "second"?</a></li></ul>
<p class="caption">Record</p><ul><li><a href="{up}bibliography.html">Bibliography</a></li></ul>
</nav>"""
TITLE = '<section id="top"><h1>scalebook</h1><p>See <a href="executed/first.html#why">why</a>.</p>'
FIRST = """<section id="the-first"><h1>The first<a class="headerlink" href="#the-first">#</a></h1>
<details class="admonition hide above-input"><summary>Show</summary><pre>secret()</pre></details>
<section id="why"><h2>Why</h2>
<p><a href="second.html">the second</a>, <a href="second.html#fig"><span class="std-numref">Fig.
1</span></a>, <a href="../bibliography.html#key">2020</a>, <a href="#why">above</a>,
<a href="../../data/ledger.json">data</a>, <a href="https://example.org/a/">there</a>,
<a href="https://arxiv.org/abs/1">arXiv:1</a></p></section></section>"""
SECOND = """<section id="second"><h1>Is it "second"?</h1><details><summary>Solution</summary>
<p>42</p></details><figure id="fig"><img alt="A line" src="../../_images/a.svg">
<figcaption><span class="caption-number">Fig. 1 </span><span>A line.</span></figcaption></figure>
<form><input></form></section>"""
BIBLIOGRAPHY = '<section id="bibliography"><h1>Bibliography</h1><p id="key">A paper.</p></section>'


def write_book(folder: Path, **changes: str) -> Path:
    pages = {
        "book/index": TITLE,
        "book/executed/first": FIRST,
        "book/executed/second": SECOND,
        "book/bibliography": BIBLIOGRAPHY,
    }
    for path, article in {**pages, **changes}.items():
        place = folder / f"{path}.html"
        place.parent.mkdir(parents=True, exist_ok=True)
        nav = NAV.format(up="" if path.count("/") == 1 else "../")
        place.write_text(f"<html><body>{nav}<article>{article}</article></body></html>", "utf-8")
    (folder / "index.html").write_text(
        '<meta http-equiv="refresh" content="0; url=book/index.html">', "utf-8"
    )
    return folder


@pytest.fixture
def soup(tmp_path: Path) -> BeautifulSoup:
    return BeautifulSoup(volume.assemble(write_book(tmp_path), FACTS).html, "html.parser")


def href(soup: BeautifulSoup, text: str) -> str:
    (link,) = (a for a in soup.select(".chapter a") if a.get_text().startswith(text))
    return str(link["href"])


def test_contents_are_those_of_the_sidebar(tmp_path: Path) -> None:
    first, *others = volume.read_contents(write_book(tmp_path))
    assert (first.path, first.part, first.number) == ("book/index.html", "", None)
    assert [(c.name, c.part, c.number) for c in others] == [
        ("first", "Laws", 1),
        ("second", "Laws", 2),
        ("bibliography", "Record", None),
    ]


def test_reference_of_the_library_is_left_out(tmp_path: Path) -> None:
    page = write_book(tmp_path) / "book" / "index.html"
    entries = '<p class="caption">Library</p><ul><li><a href="api/laws.html">L</a></li></ul></nav>'
    page.write_text(page.read_text("utf-8").replace("</nav>", entries), "utf-8")
    assert "book/api/laws.html" not in [chapter.path for chapter in volume.read_contents(tmp_path)]


def test_every_link_within_leads_to_a_place_in_the_volume(soup: BeautifulSoup) -> None:
    places = [str(element["id"]) for element in soup.select("[id]")]
    assert len(places) == len(set(places))
    links = [str(link["href"]) for link in soup.select("a[href]")]
    assert {link[1:] for link in links if link.startswith("#")} <= set(places)
    assert [link for link in links if not link.startswith(("#", "https://"))] == []
    assert href(soup, "the second") == "#second"
    assert href(soup, "2020") == "#bibliography.key"
    assert href(soup, "above") == "#first.why"


def test_links_to_other_chapters_name_their_page(soup: BeautifulSoup) -> None:
    goals = [str(each["data-target"]) for each in soup.select(f".chapter .{volume.PAGE_REF}")]
    assert goals == ["first.why", "second", "second.fig"]
    listed = [str(each["data-target"]) for each in soup.select(f".contents .{volume.PAGE_REF}")]
    assert listed == ["index", "first", "second", "bibliography"]


def test_addresses_are_shown_unless_the_text_tells_them(soup: BeautifulSoup) -> None:
    assert [shown.get_text() for shown in soup.select(".address")] == [
        "data/ledger.json",
        "example.org/a",
    ]


def test_files_are_linked_where_the_book_is_published(tmp_path: Path) -> None:
    built = write_book(tmp_path)
    page = built / "book" / "index.html"
    head = '<link rel="canonical" href="https://example.org/b/book/index.html">'
    page.write_text(head + page.read_text("utf-8"), "utf-8")
    soup = BeautifulSoup(volume.assemble(built, FACTS).html, "html.parser")
    assert href(soup, "data") == "https://example.org/b/data/ledger.json"


def test_figures_are_numbered_by_chapter(soup: BeautifulSoup) -> None:
    (caption,) = soup.select(".caption-number")
    assert caption.get_text() == "Fig. 2.1 "
    (reference,) = soup.select(".std-numref")
    assert reference.get_text() == "Fig. 2.1"
    (picture,) = soup.select("img")
    assert picture["src"] == "/_images/a.svg"


def test_what_a_screen_is_needed_for_is_left_out(soup: BeautifulSoup) -> None:
    assert soup.select("form, input, .headerlink") == []
    assert "secret()" not in soup.get_text()
    assert "Code of this chapter: notebooks/first.ipynb" in soup.get_text()
    (solution,) = soup.select("details")
    assert solution.has_attr("open")


def test_headings_are_ranked_below_the_parts(soup: BeautifulSoup) -> None:
    ranks = [(h.name, h.get_text()) for h in soup.select(".chapter :is(h1, h2, h3)")]
    assert ranks == [
        ("h1", "At a glance"),
        ("h1", "Laws"),
        ("h2", "1 The first"),
        ("h3", "Why"),
        ("h2", '2 Is it "second"?'),
        ("h1", "Record"),
        ("h2", "Bibliography"),
    ]
    (style,) = soup.select("head style")
    assert r'content: "2  Is it \"second\"?"' in style.get_text()


def test_title_page_names_the_version(soup: BeautifulSoup) -> None:
    title = soup.select_one(".title-page")
    assert title is not None
    assert title.get_text("|", strip=True) == "scalebook|A book & more|A. N. Author|Version 1.2.3"


def test_drawings_keep_the_style_of_their_page(tmp_path: Path) -> None:
    drawn = '<h1>Runs</h1><style>.axis{fill:none}</style><svg><path class="axis"/></svg>'
    built = write_book(tmp_path, **{"book/executed/first": f'<section id="why">{drawn}</section>'})
    chapter = BeautifulSoup(volume.assemble(built, FACTS).html, "html.parser").select(".chapter")[1]
    assert chapter.style is not None
    assert chapter.style.string == ".axis{fill:none}"


def test_a_book_that_is_not_built_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ScalingLawsError, match=r"not built: there is no .*index\.html\. Run `make"):
        volume.assemble(tmp_path, FACTS)


def test_a_link_to_nowhere_is_refused(tmp_path: Path) -> None:
    article = '<h1>x</h1><p id="key"><a href="#gone">x</a></p>'
    with pytest.raises(
        ScalingLawsError, match=r"bibliography\.html: #gone: there is no such place"
    ):
        volume.assemble(write_book(tmp_path, **{"book/bibliography": article}), FACTS)


def test_a_link_to_what_print_leaves_out_leads_to_the_chapter(tmp_path: Path) -> None:
    article = '<h1>x</h1><form id="tool"></form><p id="key"><a href="#tool">tool</a></p>'
    built = write_book(tmp_path, **{"book/bibliography": article})
    soup = BeautifulSoup(volume.assemble(built, FACTS).html, "html.parser")
    assert href(soup, "tool") == "#bibliography"


def test_a_page_without_an_article_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScalingLawsError, match=r"bibliography\.html has no article with a title"):
        volume.assemble(write_book(tmp_path, **{"book/bibliography": "<p>x</p>"}), FACTS)
