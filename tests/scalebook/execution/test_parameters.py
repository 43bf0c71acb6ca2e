import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalebook import paths
from scalebook.chapters.common import ALLOCATIONS, PARAMETRIC
from scalebook.contents import CHAPTERS
from scalebook.errors import ScalebookError
from scalebook.execution import commands, parameters
from scalebook.site import listing
from scalebook.site.editions import wanted
from scalinglaws import registry


def test_defaults_fill_in():
    values = parameters.check("chinchilla", {})
    assert values == defaults("chinchilla")


@pytest.mark.parametrize("written", ["1e25", "10²⁵", "1 × 10²⁵ FLOP", "1e+25", 1e25, "10T TFLOP"])
def test_numbers_as_people_write_them(written):
    assert parameters.check("chinchilla", {"compute": written})["compute"] == 1e25


def test_unknown_name_gets_the_nearest():
    with pytest.raises(
        ScalebookError,
        match=r"chinchilla: unknown parameter 'flops'\. "
        r"Did you mean 'compute' \(FLOP, default 5.76e\+23\)\?",
    ):
        parameters.check("chinchilla", {"flops": 1e25})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("compute", -1, "from 1e\\+15 to 1e\\+32 FLOP"),
        ("compute", "nan", "a number, from"),
        ("compute", float("inf"), "from 1e\\+15"),
        ("compute", "a lot", "a number, from"),
        ("compute", "1,5e25", "write 1.5 or 15"),
        ("compute", True, "a number, from"),
        ("compute", None, "a number, from"),
        ("compute", [1e25], "a number, from"),
        ("resamples", 100.5, "a whole number"),
        ("resamples", 10**7, "from 100 to 20000"),
        ("level", 1.0, "from 0.5 to 0.999"),
        ("runs", 7, "a text"),
    ],
)
def test_bad_values_name_parameter_and_bounds(name, value, expected):
    with pytest.raises(ScalebookError, match=f"chinchilla: parameter '{name}' .*{expected}"):
        parameters.check("chinchilla", {name: value})


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        value = parameters.check("chinchilla", {"compute": text})["compute"]
    except ScalebookError:
        return
    assert 1e15 <= value <= 1e32


def test_unknown_chapter_gets_the_nearest():
    with pytest.raises(ScalebookError, match="no chapter 'kaplann'. Did you mean 'kaplan'"):
        parameters.check("kaplann", {})


def test_yaml_numbers_mean_numbers(tmp_path: Path):
    file = tmp_path / "mine.yml"
    file.write_text("compute: 1 × 10²⁵ FLOP\nresamples: 1,000\nseed: 3\n", encoding="utf-8")
    values = parameters.check("chinchilla", parameters.read_file(file))
    assert (values["compute"], values["resamples"], values["seed"]) == (1e25, 1000, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- 1\n- 2\n", "expected one 'name: value' a line"),
        ("a: [1\n", "line 2: this is not YAML"),
        ("just words\n", "expected one 'name: value'"),
    ],
)
def test_bad_parameter_files(tmp_path: Path, content: str, message: str):
    file = tmp_path / "mine.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ScalebookError, match=message):
        parameters.read_file(file)


def test_missing_parameter_file(tmp_path: Path):
    with pytest.raises(ScalebookError, match="cannot be read"):
        parameters.read_file(tmp_path / "none.yml")


BY_CHAPTER = "level: 0.8\nchinchilla: {level: 0.9, compute: 1e25}\nkaplan: {growth: 100}\n"


@pytest.mark.parametrize(
    ("chapter", "text", "expected"),
    [
        ("chinchilla", BY_CHAPTER, {"level": 0.9, "compute": 1e25}),
        ("kaplan", BY_CHAPTER, {"growth": 100}),
        ("isoflop", BY_CHAPTER, {"level": 0.8}),
        ("kaplan", "growth: 100\n", {"growth": 100}),
        ("kaplan", "", {}),
    ],
)
def test_a_file_with_chapters_gives_each_its_own_values(tmp_path, chapter, text, expected):
    file = tmp_path / "mine.yml"
    file.write_text(text, encoding="utf-8")
    assert commands.given(chapter, file, []) == expected
    assert commands.given(chapter, file, ["seed=3"]) == expected | {"seed": "3"}
    assert commands.given(str(paths.notebooks_dir() / f"{chapter}.ipynb"), file, []) == expected


@pytest.mark.parametrize(
    ("chapter", "text", "message"),
    [
        ("gpt4", "kaplan: {growth: 3}\n", "nothing in it is for the chapter 'gpt4'.* for kaplan"),
        ("gpt4", "kaplan: 3\n", "'kaplan' is a chapter; expected its parameters below it"),
        ("kaplan", "kaplan: {growth: 3}\ngrowht: 3\n", "neither a chapter nor .* mean 'growth'"),
        ("kaplann", "kaplan: {growth: 3}\n", "no chapter 'kaplann'"),
    ],
)
def test_a_file_with_chapters_that_cannot_be_meant(tmp_path, chapter, text, message):
    file = tmp_path / "mine.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScalebookError, match=message):
        commands.given(chapter, file, [])


def test_the_example_is_read_for_a_chapter_and_for_an_edition():
    file = paths.root() / "examples" / "mine.yml"
    mine = wanted.read(file, None)
    assert mine.changed == {"gpt4": {"compute": 5e25}, "kaplan": {"growth": 100.0}}
    for chapter, values in mine.changed.items():
        checked = parameters.check(chapter, commands.given(chapter, file, []))
        assert checked == defaults(chapter) | values


@pytest.mark.parametrize("text", ["compute", "=1", ""])
def test_assignments_need_a_name_and_a_value(text):
    with pytest.raises(ScalebookError, match="expected name=value"):
        parameters.read_assignments([text])


def test_an_assignment_comes_once():
    with pytest.raises(ScalebookError, match="'a' was already given"):
        parameters.read_assignments(["a=1", "a=2"])


def defaults(chapter):
    return {p.name: p.default for p in parameters.declared(chapter)}


def test_a_notebook_goes_on_with_its_declared_names_alone():
    namespace = defaults("kaplan") | {"growth": "100", "In": [], "estimate": 3, "_": "x"}
    before = dict(namespace)
    p = parameters.checked("kaplan", namespace)
    assert vars(p) == defaults("kaplan") | {"growth": 100.0}
    assert namespace == before


def test_a_notebook_without_one_of_its_parameters_is_refused():
    namespace = defaults("kaplan")
    del namespace["growth"]
    with pytest.raises(ScalebookError, match="'growth' .* is missing from the parameters cell"):
        parameters.checked("kaplan", namespace)


def _cells(chapter):
    path = paths.notebooks_dir() / f"{chapter}.ipynb"
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_running_the_parameters_cell_assigns_what_is_declared(chapter):
    """The cell is read token by token elsewhere; here it is run."""
    (cell,) = [c for c in _cells(chapter) if "parameters" in c["metadata"].get("tags", [])]
    namespace = {}
    exec("".join(cell["source"]), namespace)
    kinds = namespace.pop("__annotations__")
    del namespace["__builtins__"]
    assert namespace == defaults(chapter)
    assert kinds == {p.name: p.kind for p in parameters.declared(chapter)}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_next_cell_checks_them(chapter):
    code = ["".join(c["source"]) for c in _cells(chapter) if c["cell_type"] == "code"]
    assert f'p = parameters.checked("{chapter}", globals())' in code[1]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_defaults_lie_within_their_bounds(chapter):
    for parameter in parameters.declared(chapter):
        assert parameter.read(parameter.default) == parameter.default
        assert parameter.meaning


def test_every_notebook_is_a_chapter():
    assert {p.stem for p in paths.notebooks_dir().glob("*.ipynb")} == set(CHAPTERS)


# Where defaults come from


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_default_has_a_source(chapter):
    entries = (paths.root() / "book" / "references.bib").read_text(encoding="utf-8")
    for parameter in parameters.declared(chapter):
        key = parameter.citation
        if key is None:
            assert parameter.source.startswith("our choice: "), parameter.name
            assert len(parameter.source) > len("our choice: xx")
        else:
            assert f"{{{key}," in entries, f"{parameter.name}: {parameter.source}"
        assert parameter.describe()["source"] == parameter.source


def test_the_page_lists_every_parameter_and_condition():
    shown = {each["name"]: each for each in listing.chapters()}
    assert list(shown) == list(CHAPTERS)
    for chapter in CHAPTERS:
        rows, own = shown[chapter]["rows"], parameters.declared(chapter)
        assert [row["name"] for row in rows] == [f"`{p.name}`" for p in own]
        assert not any("|" in cell for row in rows for cell in row.values())
        for row, p in zip(rows, own, strict=True):
            assert p.read(row["default"]) == p.default
        assert len(shown[chapter]["relations"]) == len(parameters.relations(chapter))


def test_the_laws_to_choose_from_are_those_of_the_data():
    assert set(PARAMETRIC) == set(registry.law_names("parametric"))
    with_tokens = {n for n in registry.law_names("allocation") if registry.published[n].D_e}
    assert set(ALLOCATIONS) == with_tokens


# Units


@pytest.mark.parametrize(
    ("chapter", "name", "given", "expected"),
    [
        ("gpt4", "compute", "5e25 tokens", "that is in tokens; expected FLOP"),
        ("gpt4", "compute", "5e25 FLOP/s", "that is in FLOP/s; expected FLOP"),
        ("gpt4", "run_days", "3 GB", "that is in GB; expected days"),
        ("gpt4", "later_ratio", "700 tokens", "that is in tokens; expected tokens/param"),
        ("gpt4", "compute", "5e25 blorps", "the unit 'blorps' is not known; expected FLOP"),
        ("gpt4", "draws", "80%", "from 1000 to 1000000"),
        ("supply", "compute_growth_low", "2 x/month", "that is in x/month; expected x/year"),
        ("chinchilla", "level", "95 days", "that is in days; expected a number without a unit"),
    ],
)
def test_another_kind_of_unit_is_refused_by_name(chapter, name, given, expected):
    with pytest.raises(ScalebookError, match=f"parameter '{name}' .*{expected}"):
        parameters.check(chapter, {name: given})


def test_every_unit_declared_can_be_typed():
    for chapter in CHAPTERS:
        for p in parameters.declared(chapter):
            if p.kind in (int, float):
                assert p.read(f"{p.default!r} {p.unit}") == p.default


# Conditions on several parameters


def test_a_violation_names_both_with_their_values_and_what_to_do():
    with pytest.raises(ScalebookError) as caught:
        parameters.check("gpt4", {"experts": 8, "active_experts": 9})
    assert str(caught.value) == (
        "gpt4: 'active_experts' is 9 experts and 'experts' is 8 experts; expected active_experts "
        "at most experts. Lower 'active_experts' or raise 'experts'."
    )


def test_a_notebook_refuses_them_in_its_first_cell():
    namespace = defaults("gpt4") | {"active_experts": 99}
    with pytest.raises(ScalebookError, match="'active_experts' is 99 experts"):
        parameters.checked("gpt4", namespace)


@pytest.mark.parametrize("chapter", [name for name in CHAPTERS if parameters.relations(name)])
def test_conditions_name_parameters_of_their_chapter(chapter):
    own = {p.name for p in parameters.declared(chapter)}
    for relation in parameters.relations(chapter):
        assert set(relation.names) <= own
        assert all(name in relation.rule for name in relation.names)


def within(parameter):
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    if parameter.kind is int:
        return st.integers(int(parameter.low), int(parameter.high))
    if parameter.kind is float:
        return st.floats(parameter.low, parameter.high)
    return st.just(parameter.default)


@pytest.mark.parametrize("chapter", CHAPTERS)
@given(data=st.data())
def test_values_within_bounds_are_taken_exactly_if_they_go_together(chapter, data):
    values = {p.name: data.draw(within(p), label=p.name) for p in parameters.declared(chapter)}
    broken = [relation for relation in parameters.relations(chapter) if not relation.holds(values)]
    if not broken:
        assert parameters.check(chapter, values) == values
        return
    with pytest.raises(ScalebookError) as caught:
        parameters.check(chapter, values)
    assert all(f"'{name}' is " in str(caught.value) for name in broken[0].names)
    assert broken[0].remedy in str(caught.value)
