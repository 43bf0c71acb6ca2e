from pathlib import Path

import pytest

from scalebook.execution import origin, parameters
from scalebook.sweep import store
from tests.scalebook.sweep.common import NOTEBOOK, line


def test_a_run_is_known_by_all_that_it_depends_on(tmp_path, monkeypatch):
    default = parameters.check("gpt4", {})
    base, usual = origin.provenance(NOTEBOOK), store.Store(tmp_path, NOTEBOOK)
    keys = {usual.key(default), usual.key({**default, "seed": 1})}
    for part in ("chapter", "notebook", "library", "data", "lock", "python", "versions"):
        changed = {**base, part: "changed"}
        monkeypatch.setattr(origin, "provenance", lambda *_, changed=changed: changed)
        other = store.Store(tmp_path, NOTEBOOK)
        assert other.runs != usual.runs
        keys.add(other.key(default))
    assert len(keys) == 9


def test_a_file_among_the_parameters_counts_with_its_content(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = parameters.check("chinchilla", {"runs": "mine.csv"})
    keys = set()
    for text in ("a", "b"):
        Path("mine.csv").write_text(text, encoding="utf-8")
        keys.add(store.Store(tmp_path, NOTEBOOK.with_stem("chinchilla")).key(given))
    assert len(keys) == 2


@pytest.mark.parametrize("damaged", ["", "{", "[]", "\0", "{}", '{"key": "b", "results": {"x"'])
def test_a_damaged_line_is_as_if_it_were_not_there(tmp_path, damaged):
    files = [tmp_path / "0.jsonl", tmp_path / "1.jsonl"]
    content = line("a", x=1) + b"\n" + damaged.encode() + line("c", x=3)
    files[0].write_bytes(content)
    files[1].write_bytes(line("d", x=4) + b"\n" + damaged.encode())
    rows = store.Rows(files)
    assert list(rows.places) == ["a", "c", "d"]
    read = rows.read((key, {"key": key}) for key in "dcbad")
    assert [(values["key"], results["x"]) for values, results in read] == [
        ("d", 4), ("c", 3), ("a", 1), ("d", 4),
    ]  # fmt: skip


def test_a_line_that_was_torn_does_not_spoil_the_next(tmp_path):
    path = tmp_path / "0.jsonl"
    path.write_bytes(line("a", x=1) + line("b", x=2)[:-9] + line("c", x=3))
    assert list(store.Rows([path]).places) == ["a", "c"]


def test_the_last_word_of_a_run_counts(tmp_path):
    files = [tmp_path / "0.jsonl", tmp_path / "1.jsonl"]
    no = [store.line({"key": key, "message": f"no {key}"}) for key in "abc"]
    files[0].write_bytes(no[0] + no[1] + line("c"))
    files[1].write_bytes(line("a") + no[2])
    rows = store.Rows(files)
    assert rows.failed == {"b": "no b", "c": "no c"}
    assert list(rows.places) == ["a"]
