"""The markup of pages, completed."""

from pathlib import Path

import pytest

from scalebook.show import figures
from scalebook.site import markup


@pytest.mark.parametrize(
    ("tag", "size"),
    [
        ('<svg width="403.2pt" height="288pt" viewBox="0 0 403.2 288">', (538, 384)),
        ('<svg viewBox="0 0 4 3" height="30px" width="40">', (40, 30)),
        ('<svg viewBox="0 0 32 32">', None),
        ('<svg width="100%" height="30">', None),
        ("<html>", None),
    ],
)
def test_size_of_an_svg_file(tmp_path: Path, tag: str, size: tuple[int, int] | None) -> None:
    path = tmp_path / "a.svg"
    inner = '<rect width="7" height="9"/>'
    path.write_text(f'<?xml version="1.0"?>\n<!-- width="1" -->\n{tag}{inner}</svg>', "utf-8")
    assert markup.svg_size(path) == size


def test_pictures_get_the_size_of_their_file_and_keep_one_they_have() -> None:
    body = (
        '<img alt="a" src="../_images/one.svg" /><img src="two.svg" width="3">'
        '<img src="three.svg"><img src="four.png">'
    )
    sizes = {"one.svg": (538, 384), "two.svg": (9, 9), "four.png": (9, 9)}
    assert markup.size_pictures(body, sizes.get) == (
        '<img width="538" height="384" alt="a" src="../_images/one.svg" />'
        '<img src="two.svg" width="3"><img src="three.svg"><img src="four.png">'
    )


def test_tables_are_named_by_their_columns() -> None:
    box = '<div class="pst-scrollable-table-container">'
    head = "<table><thead><tr><th><p>a &amp; <em>b</em></p></th><th></th></tr></thead>"
    second = "<table><thead><tr><th>c</th></tr></thead>"
    named = markup.name_tables(f"{box}{head}</table></div>" + 2 * f"{box}{second}</table></div>")
    assert 'role="region" tabindex="0" aria-label="Table: a &amp; b">' in named
    assert 'aria-label="Table: c">' in named
    assert 'aria-label="Table 2: c">' in named
    assert named.count("aria-label") == 3


def test_name_of_a_table_in_a_chapter_is_text() -> None:
    shown = figures.Table(["", "a"], [["b", "1"]], 'The "least" C<sub>min</sub>.')._repr_html_()
    assert 'aria-label="Table: The &quot;least&quot; Cmin."' in shown
    assert 'aria-label="Table: a"' in figures.Table(["", "a"], [["b", "1"]])._repr_html_()


def test_roles_that_are_not_so_are_taken_back() -> None:
    assert (
        markup.mend_roles(
            '<div role="list" class="citation-list"><div role="doc-biblioentry"></div></div>'
            '<summary aria-label="Toggle hidden content">Show</summary>'
        )
        == '<div class="citation-list"><div></div></div><summary>Show</summary>'
    )
