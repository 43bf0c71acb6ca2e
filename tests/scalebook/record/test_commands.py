"""The command `claims`, as people read it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scalebook import cli, paths
from scalebook.execution import commands
from scalebook.record import claims, ledger
from scalebook.record.seals import seal

Write = Callable[..., None]


REST: dict[str, Any] = {"given": "", "probability": None, "reason": "", "rows": []}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write results of one chapter, with the same outcome for all its claims, and no others."""
    for folder in ("results_dir", "executed_dir"):
        monkeypatch.setattr(paths, folder, lambda: tmp_path)

    def results(
        chapter: str, parameters: dict[str, float], place: str = "", **outcome: Any
    ) -> None:
        entries = [
            {"id": each.id, "why": "Because.", **REST, **outcome}
            for each in claims.load().values()
            if each.chapter == chapter
        ]
        content = {"parameters": parameters, "results": {}, "claims": entries, "provenance": {}}
        path = tmp_path / (place or f"{chapter}.json")
        path.write_text(json.dumps({**content, "seal": seal(content, "")}), encoding="utf-8")
        path.with_suffix(".ipynb").touch()

    return results


UNKNOWN = {"recomputed": None, "low": None, "high": None, "verdict": "open"}


def test_a_claim_needs_its_own_chapter_only(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:

    claim = claims.load()["l-gopher-380"]
    write(
        claim.chapter,
        {},
        recomputed=2.8e11,
        low=2.75e11,
        high=2.85e11,
        verdict="fails",
        reason="misquoted",
    )
    assert cli.main(["claims", "--id", claim.id]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{claim.id}  [fails: misquoted]  ")
    assert "    stated 380B params; recomputed: 280B [275B to 285B] params\n" in out
    assert cli.main(["claims"]) == 1


@pytest.mark.parametrize("suffix", [".json", ".ipynb"])
def test_results_that_were_changed_are_no_verdict(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    write("gpt4", {}, recomputed=1, low=None, high=None, verdict="fails")
    place = (tmp_path / "gpt4").with_suffix(suffix)
    place.write_text(place.read_text("utf-8").replace("fails", "holds") + " ", encoding="utf-8")
    assert cli.main(["claims", "--id", "n-gpt4-ratio"]) == 1
    said = capsys.readouterr()
    assert not said.out
    assert "were changed after they were made. Run `make book`" in said.err


def test_what_is_not_recomputed_is_said_in_words(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write(claims.load()["h-6nd"].chapter, {}, **UNKNOWN)
    assert cli.main(["claims", "--id", "h-6nd"]) == 0
    assert "stated about 6 FLOP/(param·token); recomputed: no number\n" in capsys.readouterr().out


def test_claims_of_one_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"stated": 1, "unit": "x", **REST, **UNKNOWN}
    rows = [{**row, "id": "a"}, {**row, "id": "b", "verdict": "roughly"}]
    monkeypatch.setattr("scalebook.record.results.load_all", dict)
    monkeypatch.setattr(ledger, "rows", lambda _: rows)
    assert cli.main(["claims", "--verdict", "roughly", "--json"]) == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)] == ["b"]


def test_a_run_tells_which_verdicts_moved(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "mine.json"
    write("gpt4", {"compute": 1}, place.name, **UNKNOWN)
    assert commands._moved("gpt4", place) == ""  # there is no book to compare with
    write("gpt4", {"compute": 1}, recomputed=1, low=None, high=None, verdict="roughly")
    assert commands._moved("gpt4", place) == ""
    write("gpt4", {"compute": 2}, recomputed=1, low=None, high=None, verdict="roughly")
    head, *moved = commands._moved("gpt4", place).splitlines()
    assert head == "Verdicts that moved, book -> now:"
    assert "  n-gpt4-ratio: roughly -> open" in moved
    write("gpt4", {"compute": 2}, **UNKNOWN)
    assert commands._moved("gpt4", place) == "No verdict moved."
    monkeypatch.setattr(paths, "work_dir", lambda: tmp_path)
    (tmp_path / "editions").mkdir()
    edition = shutil.copy(place, tmp_path / "editions" / place.name)
    assert commands._moved("gpt4", Path(edition)) == ""  # its verdicts are the book's
