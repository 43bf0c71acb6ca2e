"""Personal editions: which values they take, and what they show as moved."""

import json
import os
import shutil

import pytest
import yaml
from bs4 import BeautifulSoup

from scalebook import cli, paths
from scalebook.contents import CHAPTERS
from scalebook.execution import parameters, runner
from scalebook.record import claims, ledger, results
from scalebook.show.templates import plain, render, verbatim
from scalebook.site import book
from scalebook.site.editions import changes, making, wanted
from scalinglaws.errors import ScalingLawsError
from scalinglaws.prediction import simulation
from scalinglaws.prediction.simulation import Laboratory
from tests.reproducible import compare


@pytest.fixture
def write(tmp_path):
    def write(text, name="mine.yml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_values_go_to_every_chapter_that_knows_them_and_its_own_win(write):
    mine = wanted.read(write("level: 0.8\nchinchilla: {level: 0.9, compute: 1e25}\n"), None)
    assert mine.name == "mine"
    assert mine.changed["chinchilla"] == {"level": 0.9, "compute": 1e25}
    others = [name for name in CHAPTERS if name != "chinchilla"]
    for chapter in others:
        knows = "level" in {p.name for p in parameters.declared(chapter)}
        assert mine.changed.get(chapter) == ({"level": 0.8} if knows else None)


def test_runs_go_to_every_chapter_that_fits_some(write):
    runs = write("params,tokens,loss\n1e9,2e10,2.5\n", "my runs.csv")
    mine = wanted.read(None, runs)
    assert mine.name == "my-runs"
    assert mine.changed["chinchilla"] == {"runs": str(runs), "drop_highest": 0}
    assert "kaplan" not in mine.changed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "levle: 0.8\n",
            "'levle' is neither a chapter nor a parameter of one. Did you",
        ),
        ("kaplan: 3\n", "'kaplan' is a chapter; expected its parameters below it"),
        ("kaplan: {growth: 0.5}\n", "parameter 'growth'"),
        ("kaplan: {growht: 5}\n", "unknown parameter 'growht'"),
        ("kaplan: {growth: 10}\n", "All values given are the defaults"),
        ("", "All values given are the defaults"),
        ("- 3\n", "expected one 'name: value' a line"),
    ],
)
def test_what_is_wrong_with_the_values_is_said(write, text, expected):
    with pytest.raises(ScalingLawsError) as caught:
        wanted.read(write(text), None)
    assert expected in str(caught.value)


def test_an_edition_needs_something(tmp_path):
    with pytest.raises(ScalingLawsError, match="PARAMS=mine.yml"):
        wanted.read(None, None)
    with pytest.raises(ScalingLawsError, match="no such file of runs"):
        wanted.read(None, tmp_path / "none.csv")
    with pytest.raises(ScalingLawsError, match="There is no edition 'none'"):
        making.changed_chapters("none")


def test_only_what_differs_moved():
    found = changes.moves({"a": 1.0, "b": 2.0, "c": "x"}, {"a": 1.0, "b": 2.5, "c": "y"})
    assert [(m.name, m.before, m.after) for m in found] == [("b", 2.0, 2.5), ("c", "x", "y")]


def test_a_readers_text_does_not_become_markup():
    before = {"kaplan": {"parameters": {"runs": "a"}, "results": {}, "claims": []}}
    evil = "`<script>`|{{ r }}"
    after = {"kaplan": {"parameters": {"runs": evil}, "results": {}, "claims": []}}
    (row,) = [line for line in changes.what_moved(before, after).splitlines() if "script" in line]
    assert row == '| `runs` | `"a"` | `"\'<script>\'¦{{ r }}"` |'


def test_braces_of_a_reader_reach_no_template():
    text = "{{ r.kaplan }} {% for x in r %} {# no #} {plain}"
    assert render(verbatim(text), {}) == text


def test_the_page_of_moves_judges_nobody_by_a_readers_numbers(tmp_path):
    runs = tmp_path / "mine.csv"
    runs.touch()
    stored = {"parameters": {"runs": "a"}, "results": {"E": 1.5}}
    said = {"id": "h-6nd", "stated": 6, "unit": "FLOP/(param*token)", "rows": [],
            "low": None, "high": None}  # fmt: skip
    theirs = {**stored, "claims": [{**said, "recomputed": 6.1, "verdict": "roughly"}]}
    mine = {
        "parameters": {"runs": str(runs)},
        "results": {"E": 1.7},
        "claims": [{**said, "recomputed": 9.0, "verdict": "fails"}],
    }
    page = changes.what_moved({"kaplan": theirs}, {"kaplan": mine})
    (row,) = [line for line in page.splitlines() if "`h-6nd`" in line]
    assert plain(claims.load()["h-6nd"].claim) in row
    assert [cell.split()[0] for cell in row.split(" | ")[1:]] == ["6\\.10", "9\\.00"]
    assert "| fails |" not in page
    places = [page.index(part) for part in ("# What moved", "## What your numbers", row)]
    assert places == sorted(places)
    assert '| `runs` | `"a"` | `mine.csv` |' in page  # and not where it lies
    folded = page.partition("Results that moved\n:class: dropdown\n")[2]
    assert "| `E` | 1.5 | 1.7 |" in folded.partition("\n:::")[0]
    assert "No number that a claim speaks of moved." in changes.what_moved(
        {"kaplan": theirs}, {"kaplan": {**theirs, "results": {}}}
    )


def test_the_page_of_moves_leads_to_the_runs():
    before = {"kaplan": {"parameters": {}, "results": {}, "claims": []}}
    assert "(your-runs.md)" in changes.what_moved(before, before, runs=True)
    assert "your-runs" not in changes.what_moved(before, before)


def test_the_first_chapter_with_runs_names_them():
    changed = {"kaplan": {"growth": 5.0}, "chinchilla": {"runs": "mine.csv"}}
    assert changes.own_runs(changed) == "mine.csv"
    assert changes.own_runs({"kaplan": {"growth": 5.0}}) is None


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder for editions, in a checkout of their own."""
    monkeypatch.setattr(paths, "edition_dir", lambda name: tmp_path / "editions" / name)
    monkeypatch.setattr(paths, "root", lambda: tmp_path)
    return tmp_path / "editions"


def few_runs(tmp_path, name="few.csv"):
    runs = tmp_path / name
    runs.write_text(simulation.csv_text(Laboratory(budgets=3, sizes=4)), encoding="utf-8")
    return runs


def end(folder, chapter, said=None, kind="unsuited"):
    """Leave what a chapter's run leaves: what it said where it failed, a mark where it did not."""
    place = folder / "made" / chapter if said is None else folder / "failed" / f"{chapter}.{kind}"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(said or "", encoding="utf-8")


def end_all(mine, folder, failed=(), kind="unsuited"):
    for chapter in mine.changed:
        end(folder, chapter, f"scalebook: no {chapter}" if chapter in failed else None, kind)


def test_a_chapter_that_the_runs_do_not_suffice_for_stays_as_in_the_book(elsewhere, tmp_path):
    mine = wanted.read(None, few_runs(tmp_path))
    folder = making.prepare(mine)
    end_all(mine, folder, ["chinchilla"])
    end(folder, "planner", "a warning\nscalebook: few.csv: 12 runs are left.\n")
    left = making.leave_out(mine)
    assert {each.chapter: each.reason for each in left} == {
        "chinchilla": "no chinchilla",
        "planner": "few.csv: 12 runs are left",
    }
    assert set(mine.changed) - set(making.changed_chapters(mine.name)) == {"chinchilla", "planner"}
    assert not (folder / "parameters" / "planner.yml").exists()


def test_what_failed_is_tried_again_when_the_runs_change(elsewhere, tmp_path):
    runs = few_runs(tmp_path)
    mine = wanted.read(None, runs)
    end_all(mine, making.prepare(mine), ["planner"])
    making.leave_out(mine)
    making.prepare(mine)
    assert "planner" not in making.changed_chapters(mine.name)
    with runs.open("a", encoding="utf-8") as file:
        file.write(runs.read_text(encoding="utf-8").splitlines()[-1] + "\n")
    making.prepare(mine)
    assert "planner" in making.changed_chapters(mine.name)
    assert making.left_out(mine.name) == []


def test_an_edition_that_has_only_the_page_on_the_runs(elsewhere, tmp_path):
    mine = wanted.read(None, few_runs(tmp_path))
    end_all(mine, making.prepare(mine), mine.changed)
    making.leave_out(mine)
    assert making.changed_chapters(mine.name) == {}


@pytest.mark.parametrize("how", ["failed", "stopped"])
def test_what_fails_for_another_reason_is_no_lack_of_runs(elsewhere, tmp_path, how):
    mine = wanted.read(None, few_runs(tmp_path))
    folder = making.prepare(mine)
    end_all(mine, folder, ["planner"])
    (folder / "made" / "isoflop").unlink()
    if how == "failed":
        end(folder, "isoflop", "scalebook: isoflop: the run stopped: DeadKernelError.", "failed")
    with pytest.raises(ScalingLawsError, match=r"not built: isoflop \(.*stopped") as caught:
        making.leave_out(mine)
    assert "tried again next time" in str(caught.value)
    making.prepare(mine)
    assert {"planner", "isoflop"} <= making.changed_chapters(mine.name).keys()


def test_a_value_that_a_chapter_refuses_is_no_lack_of_runs(elsewhere, tmp_path, write):
    mine = wanted.read(write("kaplan: {growth: 100}\n"), few_runs(tmp_path))
    end_all(mine, making.prepare(mine), ["planner", "kaplan"])
    with pytest.raises(ScalingLawsError, match=r"kaplan \(no kaplan\)"):
        making.leave_out(mine)
    assert "planner" in making.changed_chapters(mine.name)


def test_nothing_says_where_the_readers_files_lie(elsewhere, tmp_path):
    runs = few_runs(tmp_path, "мои runs.csv")
    mine = wanted.read(None, runs)
    assert mine.name == "мои-runs"
    folder = making.prepare(mine)
    for values in making.changed_chapters(mine.name).values():
        assert values["runs"] == "editions/мои-runs/files/мои runs.csv"
        assert (tmp_path / values["runs"]).read_bytes() == runs.read_bytes()
    texts = [path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()]
    assert not any(str(tmp_path) in text for text in texts)


def test_files_of_one_name_make_two_editions(elsewhere, tmp_path):
    (tmp_path / "other").mkdir()
    names = []
    for runs in (few_runs(tmp_path), few_runs(tmp_path / "other"), few_runs(tmp_path)):
        mine = wanted.read(None, runs)
        making.prepare(mine)
        names.append(mine.name)
    assert names[0] == names[2] == "few"
    assert names[1].startswith("few-")


def test_a_table_that_is_none_is_refused_once_and_before_any_work(elsewhere, write):
    runs = write("a,b\n1,2\n", "runs.csv")
    with pytest.raises(ScalingLawsError, match=r"runs\.csv"):
        wanted.read(None, runs)
    assert not elsewhere.exists()


def test_a_second_making_of_an_edition_is_refused_by_name(elsewhere):
    refused = pytest.raises(ScalingLawsError, match=r"process \d+, since \d\d:")
    with making.alone("mine"), refused, making.alone("mine"):
        pass
    with making.alone("mine"), making.alone("other"):
        pass


@pytest.mark.parametrize(
    ("changed", "told"),
    [([], "no chapter"), (["kaplan", "gpt4"], "kaplan, gpt4"), (list("abcdef"), "6 chapters")],
)
def test_what_stands_above_every_page(tmp_path, changed, told):
    for name in ("_config.yml", "_toc.yml"):
        shutil.copyfile(paths.root() / name, tmp_path / name)
    changes._frame("mine", tmp_path, changed, ["book/edition"])
    config = yaml.safe_load((tmp_path / "_config.yml").read_text(encoding="utf-8"))
    bar = config["sphinx"]["config"]["html_theme_options"]["announcement"]
    assert bar.startswith(f"A personal edition: parameters were changed in {told}. <a href=")


def test_reasons_stand_on_the_page_of_moves_and_are_no_markup():
    left = [making.LeftOut("planner", "`a|b`<c>.csv: few", "", {})]
    page = changes.what_moved({}, {}, left=left)
    assert "- [planner](executed/planner.ipynb): `'a¦b'<c>.csv: few`" in page


@pytest.mark.book
def test_an_edition_on_own_runs_begins_with_them(tmp_path):
    try:
        stored = results.load_all()
    except ScalingLawsError as error:
        if os.environ.get("SCALEBOOK_REQUIRE_BOOK") == "1":
            raise
        pytest.skip(str(error))
    runs = tmp_path / "test of own runs.csv"
    runs.write_text(simulation.csv_text(Laboratory(budgets=4, sizes=6)), encoding="utf-8")
    mine = wanted.read(None, runs)
    folder = making.prepare(mine)
    try:
        (folder / "executed").mkdir(exist_ok=True)
        for chapter in mine.changed:  # what they show is of no matter here
            name = f"{chapter}.ipynb"
            shutil.copyfile(paths.executed_dir() / name, folder / "executed" / name)
        source = tmp_path / "source"
        shutil.copytree(paths.root() / "book", source / "book")
        for name in ("_config.yml", "_toc.yml"):
            shutil.copyfile(paths.root() / name, source / name)
        changes.complete(mine.name, source, stored, stored)
        own = yaml.safe_load((source / "_toc.yml").read_text(encoding="utf-8"))["parts"][0]
        assert own["caption"] == "This edition"
        assert [e["file"] for e in own["chapters"]] == ["book/your-runs", "book/edition"]
        text = render((tmp_path / "source/book/your-runs.md").read_text(encoding="utf-8"), {})
        assert text.startswith("# Your runs\n")
        assert text.index("## What the data can tell") < text.index("## Fits by every method")
        assert text.count("<svg") == 5
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.book
def test_the_whole_edition_is_built_and_marked(write, monkeypatch):
    try:
        before = ledger.rows(results.load_all())
    except ScalingLawsError as error:
        if os.environ.get("SCALEBOOK_REQUIRE_BOOK") == "1":
            raise
        pytest.skip(str(error))
    mine = wanted.read(write("kaplan: {growth: 100}\n", "test-of-editions.yml"), None)
    folder = making.prepare(mine)
    try:
        runner.run(
            "kaplan",
            mine.changed["kaplan"],
            folder / "executed" / "kaplan.ipynb",
            folder / "results" / "kaplan.json",
        )
        assert (book._kept() / book._READ_BY).read_text(encoding="utf-8") == book._code()
        page = book.build_edition(mine.name)
        html = page.parent / "book"
        for name, up in (("edition", "#"), ("ledger", "edition.html"),
                         ("executed/chinchilla", "../edition.html")):  # fmt: skip
            text = (html / f"{name}.html").read_text(encoding="utf-8")
            soup = BeautifulSoup(text, "html.parser")
            bar = soup.select_one(".bd-header-announcement")
            assert "A personal edition: parameters were changed in kaplan." in bar.text
            assert bar.a["href"] == up
            assert soup.title.text.endswith("scalebook, edition test-of-editions")
            assert soup.select_one(".bd-sidenav a").text.strip() == "What moved"
        soup = BeautifulSoup((html / "edition.html").read_text(encoding="utf-8"), "html.parser")
        rows = {row.code.text: row.text.split() for row in soup.select("tbody tr")}
        assert rows["growth"] == ["growth", "10", "100"]
        assert "growth_params" in rows
        shown = (html / "executed" / "kaplan.html").read_text("utf-8")
        box = BeautifulSoup(shown, "html.parser").select_one(".admonition.important")
        assert box.select_one(".admonition-title").text == "Changed parameters"
        offered = (page.parent / "data" / "executed" / "kaplan.ipynb").read_text("utf-8")
        cells = [cell["source"] for cell in json.loads(offered)["cells"]]
        assert "".join(cells[1]).startswith("**Changed parameters**\n\n`growth`: 100.")
        assert not any(":::" in "".join(cell) for cell in cells)  # which only Sphinx understands
        kept = json.loads((folder / "results" / "ledger.json").read_text(encoding="utf-8"))
        assert [row["id"] for row in kept] == [row["id"] for row in before]
        # The same to the byte when Sphinx reads all pages, and not those of the edition alone.
        quick = page.parent.rename(folder / "quick")
        monkeypatch.setattr(book, "_take_read", lambda: False)
        assert compare(quick, book.build_edition(mine.name).parent, "") == []
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_the_command_refuses_without_a_traceback(write, capsys):
    assert cli.main(["edition", "-f", str(write("kaplan: {growth: none}\n"))]) == 1
    assert capsys.readouterr().err.startswith("scalebook: kaplan: parameter 'growth'")
    assert not (paths.edition_dir("mine") / "parameters" / "growth").exists()
