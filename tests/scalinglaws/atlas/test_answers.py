"""The stored fits: refits of some, and laws that were put in."""

import math
from dataclasses import replace

import numpy as np
import pytest

from scalinglaws import Runs, datapackage, published
from scalinglaws.atlas.answers import LABELS, Estimate, estimates, stored
from scalinglaws.atlas.inventory import entries

ENTRIES = {each.name: each for each in entries()}
SPANNED = ("a", "shift", "E", "ratio", "ratio_1e20", "ratio_1e22", "ratio_1e24")


@pytest.mark.parametrize("name", ["marin-dclm", "llama3", "gemstones-hot_100b+_512x"])
def test_a_suite_fitted_anew_gives_its_stored_estimates(name):
    """Five digits are stored; another processor may differ in a resample's last ones."""
    kept = [row for row in stored() if row["suite"] == name]
    found = estimates(ENTRIES[name], 1000, 2026)
    assert [(each.method, each.status) for each in found] == [
        (r["method"], r["status"]) for r in kept
    ]
    for each, row in zip(found, kept, strict=True):
        for key in SPANNED:
            ends = each.interval(key) or (math.nan, math.nan)
            here = [each.values.get(key, math.nan), *ends]
            there = [row[key], row[f"{key}_low"], row[f"{key}_high"]]
            np.testing.assert_allclose(here, there, rtol=1e-3, err_msg=f"{each.method} {key}")


def test_every_suite_is_stored_with_every_method_that_could_be_tried():
    rows = stored()
    assert [row["suite"] for row in datapackage.rows("atlas_suites")] == [*ENTRIES]
    for row in datapackage.rows("atlas_suites"):
        entry = ENTRIES[row["suite"]]
        assert (row["laboratory"], row["schedule"]) == (entry.laboratory, entry.schedule)
        assert row["runs"] == len(entry.runs)
        assert row["embeddings"] == entry.embeddings
        assert row["compute"] == pytest.approx(entry.runs.flop.max(), rel=1e-4)
    assert {row["method"] for row in rows} == {*LABELS}
    told = [row for row in rows if row["status"] == "told"]
    assert all(row["a_low"] <= row["a"] <= row["a_high"] for row in told if row["method"] == "mse")
    assert all(row["a_high"] - row["a_low"] <= 0.5 for row in told)
    assert all(math.isnan(row["a"]) for row in rows if row["status"] != "told")


def test_the_exponents_of_porian_et_al_are_those_they_printed():
    """Their minima are those of Akima splines too; they weigh them by their spread."""
    own = {
        row["suite"]: row["a"]
        for row in stored()
        if row["method"] == "akima" and row["status"] == "told"
    }
    for row in datapackage.rows("porian2024_fits"):
        assert own[row["suite"]] == pytest.approx(row["a"], abs=0.03)


def law_runs(noise=0.0, seed=0):
    law, rng = published["besiroglu2024"], np.random.default_rng(seed)
    budget = np.repeat(np.geomspace(1e18, 1e21, 7), 12)
    params = np.sqrt(budget / 120) * np.tile(np.geomspace(0.15, 7, 12), 7)
    tokens = budget / 6 / params
    loss = law.loss(params, tokens) * np.exp(noise * rng.standard_normal(len(budget)))
    return law, Runs(params, tokens, loss, budget=budget)


def test_a_law_that_was_put_in_comes_out_by_every_method_of_its_form():
    law, runs = law_runs(noise=0.002)
    suite = replace(ENTRIES["llama3"].suite, runs=runs, readings=runs)
    found = {each.method: each for each in estimates(replace(ENTRIES["llama3"], suite=suite), 200)}
    for method in ("huber", "mse", "varpro", "window"):
        low, high = found[method].interval("a")
        assert low - 0.02 < law.a < high + 0.02
        best = float(law.optimum(compute=1e22).tokens_per_param)
        low, high = found[method].interval("ratio_1e22")
        assert low / 1.2 < best < high * 1.2
    assert found["mse"].values["aic"] < 3
    assert found["sum"].values["aic"] > 10
    assert found["mse"].values["shift"] == found["mse"].values["a"] - found["huber"].values["a"]


def test_an_interval_is_none_where_too_many_resamples_have_no_value():
    draws = np.where(np.arange(100) < 90, 0.5, np.nan)
    assert Estimate("huber", "told", {"a": 0.5}, {"a": draws}).interval("a") is None
    assert Estimate("huber", "told", {"a": 0.5}, {"a": draws[:90]}).interval("a") == (0.5, 0.5)
    assert Estimate("huber", "told").interval("a") is None
