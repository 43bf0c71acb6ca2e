"""The frame of an edition's pages."""

import pytest
from bs4 import BeautifulSoup

from scalebook.site import extension, masthead
from scalebook.site.masthead import Masthead
from scalinglaws.errors import ScalingLawsError

HEAD = Masthead(
    "scalebook & co",
    "mine",
    ["kaplan", "chinchilla"],
    {"book/your-runs.html": "Your runs", "book/edition.html": "What moved"},
)
PAGE = """<!DOCTYPE html><html><head>
<meta property="og:site_name" content="scalebook &amp; co">
<title>Symbols &#8212; scalebook &amp; co</title></head>
<body data-default-mode="light">
<header id="pst-header"></header>
<nav aria-label="scalebook &amp; co"><a href="index.html">
<span class="title logo__title">scalebook &amp; co</span></a></nav>
<nav class="bd-links"><div class="bd-toc-item navbar-nav active">
<p class="caption">Reading</p><ul><li>scalebook &amp; co</li></ul></div></nav>
</body></html>"""


def put(address: str) -> BeautifulSoup:
    return BeautifulSoup(masthead.put(PAGE, address, HEAD), "html.parser")


def test_every_title_of_the_book_names_the_edition_and_the_text_does_not() -> None:
    page = put("book/symbols.html")
    assert page.title is not None
    assert page.title.text == "Symbols — scalebook & co, edition mine"
    assert page.select_one("meta")["content"] == "scalebook & co, edition mine"  # type: ignore[index]
    assert page.select_one("nav")["aria-label"] == "scalebook & co, edition mine"  # type: ignore[index]
    assert page.select_one(".logo__title").text == "scalebook & co, edition mine"  # type: ignore[union-attr]
    assert page.select("li")[-1].text == "scalebook & co"


@pytest.mark.parametrize(
    ("address", "links"),
    [
        ("search.html", ["book/your-runs.html", "book/edition.html"]),
        ("book/symbols.html", ["your-runs.html", "edition.html"]),
        ("book/executed/kaplan.html", ["../your-runs.html", "../edition.html"]),
        ("book/edition.html", ["your-runs.html", "#"]),
    ],
)
def test_bar_and_contents_lead_to_the_pages_of_the_edition(address: str, links: list[str]) -> None:
    page = put(address)
    assert [link["href"] for link in page.select(".bd-links li a")] == links
    bar = page.select_one(".bd-header-announcement")
    assert bar is not None
    assert "parameters were changed in kaplan, chinchilla. What moved compares" in bar.text
    assert bar.find_next_sibling("header") is not None
    assert [item.text for item in page.select(".bd-links li.current")] == (
        ["What moved"] if address == "book/edition.html" else []
    )


def test_what_a_reader_called_it_is_no_markup() -> None:
    head = Masthead("b", "mine", ["<img>"], {"book/edition.html": "<b>"})
    page = masthead.put(PAGE, "a.html", head)
    assert "<img>" not in page
    assert "<b>" not in page


def test_the_page_that_leads_to_the_first_one_has_the_title_alone() -> None:
    page = masthead.put(extension.redirect("book/index.html", HEAD.title), "index.html", HEAD)
    assert page == extension.redirect("book/index.html", HEAD.full_title)


@pytest.mark.parametrize("page", [PAGE.replace("pst-header", "other"), PAGE + PAGE])
def test_a_theme_that_changed_is_noticed(page: str) -> None:
    with pytest.raises(ScalingLawsError, match=r"a\.html: expected .* once .* found it [02] times"):
        masthead.put(page, "a.html", HEAD)
