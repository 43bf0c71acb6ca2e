"""Parameters read from a notebook's cell, token by token."""

import json

import pytest

from scalebook.chapters import declaration
from scalebook.errors import ScalebookError

LINE = "compute: float = 5.76e23  # FLOP, budget of the plan [1e15, 1e32]; hoffmann2022, Table 3"


def notebook(folder, *sources):
    cells = [
        {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": source}
        for source in sources
    ]
    path = folder / "plan.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def read(folder, source, **choices):
    return declaration.read(notebook(folder, source), choices)


def test_a_number_has_unit_meaning_bounds_and_source(tmp_path):
    (p,) = read(tmp_path, LINE)
    assert (p.name, p.kind, p.default, p.unit) == ("compute", float, 5.76e23, "FLOP")
    assert (p.meaning, p.low, p.high) == ("budget of the plan", 1e15, 1e32)
    assert (p.source, p.citation) == ("hoffmann2022, Table 3", "hoffmann2022")


def test_a_pure_number_has_no_unit_and_a_source_may_have_semicolons(tmp_path):
    line = "draws: int = 20_000  # number of draws [1000, 1e6]; our choice: a second; no more"
    (p,) = read(tmp_path, line)
    assert (p.unit, p.meaning) == ("", "number of draws")
    assert (p.default, p.low, p.high) == (20000, 1000, 1e6)
    assert p.source == "our choice: a second; no more"


def test_one_is_the_unit_of_a_pure_number(tmp_path):
    (p,) = read(tmp_path, "seed: int = 1  # 1, of the source, the data [0, 9]; our choice: any")
    assert (p.unit, p.meaning) == ("", "of the source, the data")
    (p,) = read(tmp_path, "rate: float = 1  # 1/year, growth, yearly [0, 9]; our choice: any")
    assert (p.unit, p.meaning) == ("1/year", "growth, yearly")


def test_a_unit_may_have_words_and_a_meaning_commas(tmp_path):
    line = "speed: float = -1  # FLOP per second, of one, as sold [-2, 2]; our choice: a guess"
    (p,) = read(tmp_path, line)
    assert (p.unit, p.meaning, p.default) == ("FLOP per second", "of one, as sold", -1.0)


def test_texts_and_truth_values_have_neither_unit_nor_bounds(tmp_path):
    source = (
        'law: str = "b"  # law, among others; our choice: the second\n'
        "told: bool = False  # whether it is told; our choice: no"
    )
    law, told = read(tmp_path, source, law=("a", "b"))
    assert (law.unit, law.meaning, law.choices) == ("", "law, among others", ("a", "b"))
    assert (told.kind, told.default) == (bool, False)


def test_a_default_may_be_written_as_people_write_it(tmp_path):
    (p,) = read(tmp_path, LINE.replace("5.76e23", '"576 ZFLOP"'))
    assert p.default == pytest.approx(5.76e23, rel=1e-12)


def test_comments_blank_lines_and_continued_values_are_read(tmp_path):
    (p,) = read(tmp_path, "# Budgets\n\n" + LINE.replace("5.76e23", "(\n    5.76e23\n)") + "\n")
    assert p.default == 5.76e23


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (LINE.replace(": float", ""), "expected NAME: TYPE = VALUE"),
        (LINE.replace("float", "complex"), "expected NAME: TYPE = VALUE"),
        (LINE.replace("5.76e23", "5 * 1e23"), "a number or a text as it stands"),
        (LINE.replace("5.76e23", "compute_now"), "a number or a text as it stands"),
        (LINE.replace("1e15", "low"), "'low' was given; expected a number"),
        (LINE.replace("[1e15, 1e32]", ""), "expected NAME: TYPE = VALUE"),
        (LINE.partition("#")[0], "expected NAME: TYPE = VALUE"),
        (LINE.partition(";")[0], "expected NAME: TYPE = VALUE"),
        (LINE.replace("5.76e23", "1e33"), r"parameter 'compute' .*1e\+33 was given; expected from"),
        (LINE.replace("5.76e23", '"3 tokens"'), "that is in tokens; expected FLOP"),
        (LINE + "\n" + LINE, "'compute' stands there twice"),
        ("compute: float = (5.76e23  # FLOP, x [1, 2]; y", "it is no Python"),
        ("%matplotlib inline", "expected NAME: TYPE = VALUE"),
        ("import os", "expected NAME: TYPE = VALUE"),
        ('law: str = "a"  # law', "without unit or bounds"),
        ('law: str = "a"  # 1, law [1, 2]; our choice: any', "without unit or bounds"),
        (LINE.replace("1e15, 1e32", "1e32, 1e15"), "expected the lower first"),
        (
            "draws: int = 2  # draws [0.5, 9]; our choice: any",
            "'0.5' was given; expected a whole number",
        ),
    ],
)
def test_a_line_that_declares_nothing_is_named(tmp_path, source, message):
    with pytest.raises(ScalebookError, match=rf"plan\.ipynb, parameters cell: .*{message}"):
        read(tmp_path, source)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no Jupyter notebook of version 4"),
        ("[]", "is no Jupyter notebook of version 4"),
        ('{"cells": [{}]}', "is no Jupyter notebook of version 4"),
        ('{"cells": []}', "0 cells have the tag 'parameters'; expected one"),
    ],
)
def test_a_file_without_a_parameters_cell(tmp_path, content, message):
    path = tmp_path / "plan.ipynb"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ScalebookError, match=message):
        declaration.read(path, {})


def test_two_parameters_cells_or_no_file(tmp_path):
    with pytest.raises(ScalebookError, match="2 cells have the tag"):
        declaration.read(notebook(tmp_path, LINE, LINE), {})
    with pytest.raises(ScalebookError, match="cannot be read"):
        declaration.read(tmp_path / "none.ipynb", {})
