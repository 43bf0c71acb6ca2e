"""What people could hand in by mistake or by malice: a clear refusal or the right result.

Nothing that is handed in reaches a shell, a template or a page as markup, and nothing takes more
memory than it should.
"""

import contextlib
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from papermill.translators import PythonTranslator
from pyarrow import parquet

from scalebook import cli, documents, files, paths
from scalebook.contents import CHAPTERS
from scalebook.execution import parameters, runner
from scalebook.record import claims
from scalebook.record.judge import RELATIONS
from scalebook.site import extension
from scalebook.site.editions import changes, wanted
from scalebook.sweep import grid
from scalinglaws import datapackage, quantities, reading
from scalinglaws.errors import ScalingLawsError
from scalinglaws.supply import stocks

EVIL = [
    "{{7*7}}", "{% for x in range(9) %}x{% endfor %}", "{0.__class__}", "$(touch pwned)",
    "`touch pwned`", "'; touch pwned; '", '"; touch pwned; "', "| touch pwned", "a\nb", "a\0b",
    "\u202e52e1", "\ufeff1", "<script>alert(1)</script>", "[x](javascript:alert(1))", "../../x",
    "__class__", "%s%n", "{wildcards.chapter}", "\x1b[31m", "9" * 100_000, "e" * 100_000, "-", "",
    "\ud800", "1e99999999999999999999", "٣", "NaN", "0x10", "1,5", "--",
]  # fmt: skip

# Parameters: texts


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_values_are_numbers_or_refused_on_one_line(evil: str) -> None:
    with pytest.raises(ScalingLawsError) as caught:
        parameters.check("kaplan", {"growth": evil})
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 500


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_names_are_known_or_refused_on_one_line(evil: str) -> None:
    with pytest.raises(ScalingLawsError) as caught:
        parameters.check("kaplan", parameters.read_assignments([f"{evil}=1"]))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


@given(st.text())
def test_a_text_that_is_taken_reaches_the_notebook_as_it_is(text: str) -> None:
    try:
        value = parameters.check("chinchilla", {"runs": text})["runs"]
    except ScalingLawsError:
        return
    assert value == text
    namespace: dict[str, object] = {}
    exec(PythonTranslator.codify({"runs": value}), namespace)
    assert namespace["runs"] == text


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_no_command_is_run(evil: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ["run", "kaplan", "-p", f"growth={evil}"],
        ["run", "kaplan", "-p", f"{evil}=1"],
        ["run", evil or "x"],
        ["sweep", "kaplan", "-p", f"growth={evil},{evil}"],
        ["params", evil or "x"],
        ["build", "--edition", evil or "../x"],
        ["claims", "--id", evil],
    ):
        assert cli.main(arguments) in (1, 2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "kaplan/../kaplan", "kaplan.ipynb\0", "."])
def test_a_chapter_is_one_of_the_books(name: str) -> None:
    for each in (name, f"{name}.ipynb"):
        with pytest.raises(ScalingLawsError, match=r"There is no (chapter|notebook)"):
            parameters.locate(each)


@pytest.mark.parametrize(
    ("out", "results", "message"),
    [
        ("x.txt", None, "ends in .ipynb"),
        ("x.ipynb", "x.ipynb", "ends in .json"),
        ("x.ipynb", "claims.yml", "ends in .json"),
        (paths.notebooks_dir() / "kaplan.ipynb", None, "the chapters themselves are there"),
        ("/proc/none/x.ipynb", None, "cannot be written"),
    ],
)
def test_where_outputs_may_not_go(out: str, results: str | None, message: str) -> None:
    with pytest.raises(ScalingLawsError, match=message):
        runner.run("kaplan", {}, Path(out), Path(results) if results else None)


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("untouched", encoding="utf-8")
    (tmp_path / "link").symlink_to(target)
    files.write(tmp_path / "link", "new")
    assert target.read_text(encoding="utf-8") == "untouched"
    assert (tmp_path / "link").read_text(encoding="utf-8") == "new"


# Editions


@given(st.text(min_size=1, max_size=300))
def test_an_edition_has_a_plain_name_whatever_its_file_is_called(stem: str) -> None:
    file = SimpleNamespace(stem=stem, resolve=lambda: stem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parameters, "read_file", lambda _: {"kaplan": {"growth": 3}})
        name = wanted.read(file, None).name  # type: ignore[arg-type]
    assert paths.edition_dir(name).parent == paths.root() / "_build" / "editions"


@pytest.mark.parametrize("name", ["..", "../x", "/etc", "a/b", "", "a b", "a;b", "x" * 101])
def test_an_edition_lies_in_its_folder(name: str) -> None:
    with pytest.raises(ScalingLawsError, match="is no name of an edition"):
        paths.edition_dir(name)


def test_the_page_of_an_edition_is_no_template() -> None:
    source = ["{{ 7 * 7 }}"]
    app = SimpleNamespace(
        env=SimpleNamespace(doc2path=lambda name: f"{name}.md", note_dependency=lambda _: None),
        config=SimpleNamespace(html_theme_options={}),
    )
    extension.fill_page({}, app, changes.PAGE, source)  # type: ignore[arg-type]
    assert source == ["{{ 7 * 7 }}"]
    extension.fill_page({}, app, "book/other", source)  # type: ignore[arg-type]
    assert source == ["49"]


# YAML


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: 1\na: 2\n", "line 2: found 'a' a second time"),
        (b"a: &x [1]\nb: *x\n", "line 1: found the anchor &x"),
        (b"a: !!python/object/apply:os.system ['touch pwned']\n", "line 1: found the tag"),
        (b"a: !mine 1\n", "found the tag '!mine'"),
        (b"a: 1\n---\nb: 2\n", "line 2: found a second document"),
        (b"[" * 100_000, "more than 8 levels"),
        (b"{" * 100_000, "a list where a name was expected"),
        (b"? [a]\n: 1\n", "a list where a name was expected"),
        (b"\x89PNG\r\n\x1a\n", "not text in UTF-8"),
        (b"a: \x00\n", "this is not YAML"),
        (b"a: [1\n", "line 2: this is not YAML"),
        (b"a: 1\n\tb: 2\n", "line 2: this is not YAML"),
        (b"#" * 5_000_000, "more than 4 MB"),
        (b"- 1\n", "expected one 'name: value'"),
        (b"7\n", "expected one 'name: value'"),
    ],
)
def test_what_yaml_can_do_beyond_values_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "mine.yml"
    file.write_bytes(content)
    with pytest.raises(ScalingLawsError, match=message):
        parameters.read_file(file)


def test_a_billion_laughs_are_refused_at_once(tmp_path: Path) -> None:
    lines = ["a: &a [lol, lol, lol]"]
    lines += [f"{b}: &{b} [*{a}, *{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    file = tmp_path / "mine.yml"
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ScalingLawsError, match="anchor &a. Write the value out"):
        documents.read(file, "the file")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_numbers_in_yaml_are_what_they_look_like(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "mine.yml"
    written = {
        "a": "1e25", "b": ".5", "c": "1_000", "d": "'1e25'", "e": "-1.5E+3", "f": "010", "g": "70B",
        "h": "2024-05-01", "i": "1:30", "j": "yes", "k": "true", "l": "", "m": "[1e3, x]",
        "n": '"6 months"',
    }  # fmt: skip
    text = "".join(f"{name}: {value}\n" for name, value in written.items())
    file.write_bytes(text.encode(encoding))
    assert parameters.read_file(file) == {
        "a": 1e25, "b": 0.5, "c": 1000, "d": "1e25", "e": -1500.0, "f": 10, "g": "70B",
        "h": "2024-05-01", "i": "1:30", "j": "yes", "k": True, "l": None, "m": [1000.0, "x"],
        "n": "6 months",
    }  # fmt: skip


def test_devices_and_folders_are_no_files(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/zero")):
        with pytest.raises(ScalingLawsError, match="is not a file"):
            documents.read(path, "the file")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ScalingLawsError, match="a device or a pipe"):
        reading.read_runs(tmp_path / "pipe.csv")


names = st.sampled_from(["growth", "compute", "kaplan", "level", "runs", "a", "<<", "1"])
yaml_bits = st.lists(
    st.one_of(
        names.map(lambda name: f"{name}: "),
        st.sampled_from(["\n", "  ", "- ", "[", "]", "{", "}", "&a ", "*a", "!!int ", "'", '"', "|",
                         ">", "#", "1e25", ".inf", "---\n", "? ", ", ", "\t", "\ufeff", "\x00"]),
        st.text(max_size=5),
        st.floats().map(str),
    ),
    max_size=30,
)  # fmt: skip


@given(yaml_bits.map("".join))
def test_any_yaml_is_read_or_refused(text: str) -> None:
    file = Path("/tmp") / f"scalebook-fuzz-{os.getpid()}.yml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    for read in (parameters.read_file, lambda path: wanted.read(path, None)):
        with contextlib.suppress(ScalingLawsError):
            read(file)
    with contextlib.suppress(ScalingLawsError):
        parameters.check("kaplan", parameters.read_file(file))
    file.unlink()


# Quantities and grids

units_known = sorted(
    {p.unit for each in CHAPTERS for p in parameters.declared(each) if p.kind is not str}
)


@given(st.text(max_size=120), st.sampled_from(units_known))
def test_any_text_is_a_finite_quantity_or_refused(text: str, unit: str) -> None:
    with contextlib.suppress(ScalingLawsError):
        assert np.isfinite(quantities.read(text, unit))


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(units_known))
def test_a_number_with_its_own_unit_is_itself(value: float, unit: str) -> None:
    assert quantities.read(f"{value!r} {unit}", unit) == value


entries = st.one_of(
    st.text(alphabet="0123456789.,:eE-+logni_BT %", max_size=40),
    st.lists(st.one_of(st.floats(), st.integers(), st.text(max_size=5), st.none()), max_size=5),
    st.floats(), st.none(), st.booleans(), st.dictionaries(st.text(), st.text(), max_size=2),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["growth", "params", "tokens", "x"]), entries, max_size=3))
def test_any_grid_is_read_or_refused(wanted: dict[str, object]) -> None:
    try:
        found = grid.read("kaplan", wanted)
    except ScalingLawsError:
        return
    assert 1 <= len(found) <= grid.MAX_COMBINATIONS


def test_a_grid_without_end_is_refused_before_it_is_laid_out() -> None:
    with pytest.raises(ScalingLawsError, match="combinations; one sweep takes at most"):
        grid.read("kaplan", {"growth": "2:9:900000", "params": "1e9:2e9:900000"})


# Claims

ENTRY: dict[str, object] = {
    "id": "x-y", "source": "harsimony2025", "who": "someone", "voice": "article",
    "quote": "it is 1.82", "claim": "It is 1.82.", "relation": "eq", "stated": 1.82,
    "unit": "nats/token", "digits": 3,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "<b>"}, "expected an id of letters"),
        ({"id": "../x"}, "expected an id of letters"),
        ({"id": 3}, "id is 3; expected a text"),
        ({"id": "x" * 10_000}, "expected at most 1000 characters"),
        ({"id": "x" * 100}, "expected an id of letters"),
        ({"who": ""}, "who is ''; expected a text"),
        ({"claim": None}, "claim is None; expected a text"),
        ({"stated": True}, "stated is True; expected a number"),
        ({"stated": "1.82"}, "stated is '1.82'; expected a number"),
        ({"stated": [1, [2]]}, "expected a number or a list"),
        ({"stated": float("nan")}, "stated is nan"),
        ({"stated": 10**400}, "stated is a whole number of very many digits"),
        ({"digits": 0}, "digits is 0; expected 1 to 15"),
        ({"digits": 1.5}, "digits is 1.5"),
        ({"chapter": "kaplan"}, "not expected: 'chapter'"),
        ({"relation": ["eq"]}, r"relation is \['eq'\]; expected a text"),
        ({"relation": "<b>"}, "relation is '<b>'; expected one of eq"),
        ({"follows_from": [3]}, r"follows_from is \[3\]; expected a list of ids"),
        ({"history": [["2026-11-29", "holds", 3]]}, "expected .date, verdict, why it changed"),
        ({"verdict": "holds"}, "verdict is typed by hand"),
        ({"colour": "red"}, "not expected: 'colour'"),
    ],
)
def test_claims_that_are_none_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ScalingLawsError, match=message):
        claims.parse({**ENTRY, **change}, "kaplan", "kaplan.yml, claim 1")


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from([*ENTRY, "within", "history", "follows_from", "x"]), anything, max_size=4
    )
)
def test_any_claim_is_read_or_refused(change: dict[str, object]) -> None:
    try:
        claim = claims.parse({**ENTRY, **change}, "kaplan", "kaplan.yml, claim 1")
    except ScalingLawsError:
        return
    assert claim.relation in RELATIONS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- id: a\n  id: b\n", "found 'id' a second time"),
        ("x: &a [1]\ny: *a\n", "found the anchor"),
        ("id: x\n", "expected a list of claims"),
        ("- 3\n", "expected fields"),
    ],
)
def test_a_file_of_claims_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "kaplan.yml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(datapackage, "folder", lambda: tmp_path)
    with pytest.raises(ScalingLawsError, match=message):
        claims.load.__wrapped__()


def test_a_claim_stands_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "claims").mkdir()
    for name in ("kaplan", "planner"):
        (tmp_path / "claims" / f"{name}.yml").write_text(json.dumps([ENTRY]), encoding="utf-8")
    monkeypatch.setattr(datapackage, "folder", lambda: tmp_path)
    with pytest.raises(ScalingLawsError, match="claim 'x-y' stands in data/claims/kaplan.yml and"):
        claims.load.__wrapped__()


# Runs and tables

GOOD = "params,tokens,loss\n1e9,2e10,2.5\n"


def test_a_line_of_many_megabytes(tmp_path: Path) -> None:
    for name in ("runs.csv", "runs.jsonl"):
        (tmp_path / name).write_text(GOOD * (name == "runs.csv") + "1" * 3_000_000, "utf-8")
        with pytest.raises(ScalingLawsError, match=r"line \d has more than 1,000,000 characters"):
            reading.read_runs(tmp_path / name)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-32"])
def test_other_encodings_are_named(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "runs.csv").write_bytes((GOOD + "é,1,2\n").encode(encoding))
    with pytest.raises(ScalingLawsError, match="is not text in UTF-8"):
        reading.read_runs(tmp_path / "runs.csv")


@pytest.mark.parametrize(
    "cell", ["=cmd()", "=1+1", "@x", "+1-1", "\0", "1e400", "1\0", "1 000", "", "٣", "0x10", "inf"]
)
def test_cells_that_are_no_numbers(tmp_path: Path, cell: str) -> None:
    (tmp_path / "runs.csv").write_text(f'{GOOD}"{cell}",2e10,2.5\n', encoding="utf-8")
    with pytest.raises(ScalingLawsError, match="runs.csv, row 2: params is") as caught:
        reading.read_runs(tmp_path / "runs.csv")
    assert str(caught.value).isprintable()


def test_columns_that_are_no_names_are_shown_short_and_on_one_line(tmp_path: Path) -> None:
    header = ",".join(["\x1b[31m", '"a\nb"', "x" * 100_000])
    (tmp_path / "runs.csv").write_text(f"{header}\n1,2,3\n", encoding="utf-8")
    with pytest.raises(ScalingLawsError, match="expected columns params") as caught:
        reading.read_runs(tmp_path / "runs.csv")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


def test_a_files_name_is_no_markup(tmp_path: Path) -> None:
    path = tmp_path / "<img src=x onerror=alert(1)>{{7*7}}`$x$`.csv"
    path.write_text(GOOD, encoding="utf-8")
    name = reading.read_runs(path).name
    assert not set(name) & set("<>{}`$*[]&|'\"")
    assert name.endswith(".csv")


def test_names_in_a_table_of_factors_are_no_markup() -> None:
    row = stocks._Row("mine.csv", 1, {"stock": "<b>", "factor": "{{x}}"})
    for column in ("stock", "factor"):
        with pytest.raises(ScalingLawsError, match="is no name"):
            row.name(column)


def test_parquet_that_stands_for_more_than_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runs.parquet"
    one = pa.array(np.full(100_000, 2.5))
    parquet.write_table(pa.table({"params": one, "tokens": one, "loss": one}), path)
    assert path.stat().st_size < 20_000
    monkeypatch.setattr(reading.formats, "MOST_RUNS", 10_000)
    with pytest.raises(ScalingLawsError, match="more than 10,000 rows"):
        reading.read_runs(path)
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 1000), pa.array(["x" * 1_000_000]))
    parquet.write_table(pa.table({"params": text, "tokens": text, "loss": text}), path)
    with pytest.raises(ScalingLawsError, match=r"row 1: params is 'x{40}...', expected a number"):
        reading.read_runs(path)


def test_parquet_that_lies(tmp_path: Path) -> None:
    path = tmp_path / "runs.parquet"
    table = pa.table({"params": [1e9, 2e9], "tokens": [2e10, 3e10], "loss": [2.5, 2.4]})
    parquet.write_table(table, path)
    whole = path.read_bytes()
    for place in range(4, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            found = reading.read_runs(path)
        except ScalingLawsError:
            continue
        assert np.isfinite(found.loss).all()


def test_rows_beyond_the_most_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading.formats, "MOST_RUNS", 3)
    (tmp_path / "runs.csv").write_text(GOOD + "1e9,2e10,2.5\n" * 5, encoding="utf-8")
    with pytest.raises(ScalingLawsError, match="more than 3 rows"):
        reading.read_runs(tmp_path / "runs.csv")


UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which a system counts the memory of a process."""


def test_many_rows_take_the_memory_of_their_numbers(tmp_path: Path) -> None:
    rows = 300_000
    path = tmp_path / "runs.csv"
    path.write_text("note,params,tokens,loss\n" + '"a\nb",1e9,2e10,2.5\n' * rows, encoding="utf-8")
    code = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from scalinglaws.reading import read_runs\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(len(read_runs(Path(sys.argv[1]))))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    count, grown = map(int, done.stdout.split())
    assert count == rows
    assert grown * UNIT < 20 * 8 * rows  # twenty numbers a row, and no text


def test_memory_is_limited_where_text_is_long(tmp_path: Path) -> None:
    """Parsing takes no more than some times the longest text that is let through."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for text in ("9" * 3_000_000, "[" * 3_000_000, "a" * 3_000_000):
        (tmp_path / "mine.yml").write_text(f"a: {text}", encoding="utf-8")
        with pytest.raises(ScalingLawsError):
            parameters.check("kaplan", parameters.read_file(tmp_path / "mine.yml"))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * UNIT < 300e6
