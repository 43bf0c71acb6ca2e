"""The markup of pages, completed."""

from pathlib import Path

import pytest

from scalebook.show import figures
from scalebook.site import markup

DRAWN = '<svg xmlns="a" width="403.2pt" height="288pt" viewBox="0 0 403.2 288">'


@pytest.mark.parametrize(
    ("file", "size"),
    [
        (f'<?xml version="1.0"?>\n<!-- width="1pt" height="1pt" -->\n{DRAWN}', (538, 384)),
        ('<svg viewBox="0 0 32 32"><rect width="7pt" height="9pt"/>', None),
        ('<svg width="100%" height="30">', None),
        ("<html>", None),
    ],
)
def test_drawings_get_the_size_that_their_file_states(
    tmp_path: Path, file: str, size: tuple[int, int] | None
) -> None:
    (tmp_path / "a.svg").write_text(file, "utf-8")
    page = '<img alt="a" src="../_images/one.svg" />'
    sized = f'<img width="{size[0]}" height="{size[1]}" alt' if size else "<img alt"
    assert markup.size_pictures(page, {"one.svg": tmp_path / "a.svg"}) == (
        page.replace("<img alt", sized)
    )


def test_other_pictures_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text(DRAWN, "utf-8")
    page = '<img src="two.svg" width="3"><img src="three.svg"><img src="four.png">'
    assert markup.size_pictures(page, {"two.svg": tmp_path / "a.svg"}) == page


def test_a_number_and_its_power_hold_together() -> None:
    assert markup.join_numbers("5.76 × 10²³ and 2 × 10") == "5.76\u00a0×\u00a010²³ and 2 × 10"
    assert markup.join_numbers("1 ± 0.1") == "1 ±\u00a00.1"


def test_options_and_ends_of_formulas_hold_together() -> None:
    math = '<span class="math notranslate nohighlight">\\(6ND\\)</span>'
    assert markup.hold(f"{math}; a {math} b") == f'<span class="held">{math};</span> a {math} b'
    assert (
        markup.hold('<span class="pre">--level</span>') == '<span class="pre held">--level</span>'
    )
    assert markup.hold('<span class="pre">--</span>') == '<span class="pre">--</span>'


def test_name_of_a_table_in_a_chapter_is_text() -> None:
    shown = figures.Table(["", "a"], [["b", "1"]], 'The "least" C<sub>min</sub>.')._repr_html_()
    assert 'aria-label="Table: The &quot;least&quot; Cmin."' in shown
    assert 'aria-label="Table: a"' in figures.Table(["", "a"], [["b", "1"]])._repr_html_()
