"""The record that the page on one's own runs quotes is what the code computes."""

import json
import re
import sys

import numpy as np
import pytest

from scalebook import paths
from scalebook.show.templates import render
from scalebook.site import extension

FOLDER = paths.root() / "benchmarks"
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@pytest.fixture(scope="module")
def stored():
    return json.loads((FOLDER / "own_runs.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def own_runs():
    sys.path.insert(0, str(FOLDER))
    try:
        import own_runs
    finally:
        sys.path.remove(str(FOLDER))
    return own_runs


def test_the_commands_print_what_is_stored(stored, own_runs):
    said = own_runs.outputs()
    said["fit"] = own_runs.shown(said["fit"])
    for name, text in said.items():
        assert NUMBER.sub("#", text).split() == NUMBER.sub("#", stored["outputs"][name]).split()
        now, then = (
            np.array([float(v.replace(",", "")) for v in NUMBER.findall(each)])
            for each in (text, stored["outputs"][name])
        )
        # The last digit may differ between machines, and a resample more or less moves an end.
        np.testing.assert_allclose(now, then, rtol=0.05)
    assert stored["commands"]["fit"] == f"scalebook {own_runs.COMMANDS['fit']}"


def test_the_laboratories_are_those_stored(stored, own_runs):
    answers = {each.method: each for each in own_runs.laboratory_answers(1)}
    for row in stored["coverage"]:
        found = answers[row["method"]].estimate[row["constant"]]
        assert found == pytest.approx(row["first"][1], rel=1e-5)


def test_intervals_hold_as_often_as_they_say_or_the_shortfall_is_stated(stored):
    assert stored["laboratories"] >= 200
    assert {row["constant"] for row in stored["coverage"]} >= {"E", "alpha", "beta", "a"}
    for row in stored["coverage"]:
        # By squared error, which is right for the noise; 300 resamples blur the ends.
        if row["method"] in ("mse", "varpro"):
            for level, held in row["held"].items():
                assert abs(held - float(level)) <= 3 * stored["slack"][level] + 0.01
    short = {
        (row["label"], row["constant"], row["level"]) for row in extension.own_runs(stored)["short"]
    }
    for row in stored["coverage"]:
        for level, held in row["held"].items():
            named = (row["label"], row["constant"], float(level)) in short
            assert named == (held < float(level) - 2 * stored["slack"][level])


def test_plans_keep_their_promise(stored):
    assert stored["planned_laboratories"] >= 200
    for row in stored["promised"]:
        assert abs(row["found"] - row["promised"]) <= 3 * row["blur"] + 0.03 * row["promised"]


def test_the_page_quotes_the_record(stored):
    page = (paths.root() / "book" / "your-runs-guide.md").read_text(encoding="utf-8")
    text = render(page, {"own": extension.own_runs(stored)})
    assert stored["outputs"]["next"].strip() in text
    assert "{{" not in text
    for row in stored["coverage"]:
        assert f"| {row['label']} | {row['constant']} |" in text
