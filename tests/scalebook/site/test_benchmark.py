"""The stored benchmark and its page; nothing here measures time."""

import json

import pytest

from scalebook import paths
from scalebook.show.templates import render

RESULTS = paths.root() / "book" / "benchmark.json"
PAGE = paths.root() / "book" / "benchmark.md"


@pytest.fixture(scope="module")
def stored():
    return json.loads(RESULTS.read_text("utf-8"))


def test_the_page_can_quote_what_is_stored(stored):
    text = render(PAGE.read_text("utf-8"), {"b": stored})
    assert stored["machine"]["processor"] in text
    assert "{{" not in text
    assert "{%" not in text


def test_the_page_stands_without_a_benchmark():
    text = render(PAGE.read_text("utf-8"), {"b": {}})
    assert "make bench" in text


def test_no_resample_was_worse_than_the_reference(stored):
    for reference in stored["bootstrap"]["reference"].values():
        assert reference["excess"] <= 1e-9
    assert stored["bootstrap"]["excess_tight"] <= 1e-9
    assert stored["grid"]["excess"] <= 1e-9
    assert stored["bootstrap"]["converged"] == 1


def test_time_and_memory_grow_no_faster_than_the_work(stored):
    runs, resamples = stored["runs"], stored["resamples"]
    assert runs[-1]["runs"] == 1_000_000
    assert resamples[-1]["resamples"] >= 100_000
    # The first entries pay for the start. A million runs no longer fit the cache, and are drawn
    # four times only; that and a busy machine may cost a factor, where quadratic growth costs 4000.
    assert runs[-1]["nanoseconds"] < 1.5 * runs[0]["nanoseconds"]
    assert runs[-1]["nanoseconds"] < 3 * runs[1]["nanoseconds"]
    assert resamples[-1]["microseconds"] < 2 * resamples[2]["microseconds"]
    assert resamples[-1]["peak_mib"] < 1024
    # Both by all cores, each of which has memory of its own.
    assert resamples[-1]["peak_mib"] < 1.3 * resamples[-2]["peak_mib"]


def test_nothing_by_which_the_machine_could_be_found(stored):
    assert set(stored["machine"]) == {
        "processor", "cores", "system", "python", "numpy", "scipy", "load"
    }  # fmt: skip
