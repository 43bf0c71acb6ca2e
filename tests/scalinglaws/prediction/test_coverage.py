"""Whether intervals hold the truth as often as they say, in laboratories whose law is known."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from scalinglaws import fitting, registry
from scalinglaws.fitting import interval
from scalinglaws.prediction import simulation

LABORATORIES = 200
BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
CONSTANTS = ("E", "alpha", "beta", "a")


@pytest.fixture(scope="module")
def outcomes():
    """Law and bootstrap of each laboratory, by squared error, which is right for its noise."""
    found = []
    for seed in range(LABORATORIES):
        runs = simulation.simulate(simulation.Laboratory(seed=seed))
        fit = fitting.fit(runs, error="mse")
        found.append((fit, fit.bootstrap(300, seed)))
    return found


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_cover_the_truth_as_often_as_they_say(outcomes, level):
    truth = registry.parametric("besiroglu2024")
    # Three standard deviations of a binomial share, and what 300 resamples blur.
    slack = 3 * np.sqrt(level * (1 - level) / LABORATORIES) + 0.01
    for name in CONSTANTS:
        ends = [interval(getattr(ensemble.law, name), level) for _, ensemble in outcomes]
        held = np.mean([low <= getattr(truth, name) <= high for low, high in ends])
        assert abs(held - level) <= slack, (name, held)


def test_estimates_scatter_about_the_truth(outcomes):
    truth = registry.parametric("besiroglu2024")
    for name in CONSTANTS:
        values = np.array([getattr(fit.law, name) for fit, _ in outcomes])
        error = values.std(ddof=1) / np.sqrt(LABORATORIES)
        assert abs(values.mean() - getattr(truth, name)) <= 4 * error, name


# What is stored of laboratories whose errors are as real ones have them


@pytest.fixture(scope="module")
def stored():
    return json.loads((BENCHMARKS / "coverage.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("own_coverage", BENCHMARKS / "coverage.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_every_interval_is_counted_under_every_kind_of_error(stored, benchmark):
    assert stored["errors"] == benchmark.KINDS
    rows = []
    for kind in ("bent law", "checkpoints"):
        benchmark.count(rows, kind, benchmark.intervals(benchmark.laboratory(kind, 0), 0))
    names = {(row["errors"], row["interval"], row["constant"]) for row in rows}
    there = {(row["errors"], row["interval"], row["constant"]): row for row in stored["rows"]}
    assert names == {name for name in there if name[0] in ("bent law", "checkpoints")}
    assert {kind for kind, *_ in there} == set(benchmark.KINDS)
    for row in there.values():
        assert row["laboratories"] == benchmark.LABORATORIES
        assert 0 <= row["held"] <= row["given"] <= row["laboratories"]


def test_a_wrong_form_is_what_intervals_do_not_hold(stored):
    def held(kind):
        return next(
            row["held"] / row["given"] for row in stored["rows"]
            if (row["errors"], row["interval"], row["constant"]) == (kind, "bootstrap, huber", "E")
        )  # fmt: skip

    assert held("independent") > 0.85
    assert held("checkpoints") > 0.85
    assert held("smooth") < 0.6
    assert held("bent law") < 0.1
