"""The suites of the atlas, and what is said of them."""

from collections import Counter

import numpy as np

from scalinglaws import datapackage
from scalinglaws.atlas.inventory import RECOUNTED, entries

ENTRIES = {each.name: each for each in entries()}


def test_every_suite_stands_once_and_some_are_counted_again():
    again = [name for name in ENTRIES if name.endswith(RECOUNTED)]
    assert Counter(ENTRIES[name].laboratory for name in again) == {"gadre": 3, "gemstones": 9}
    for name in again:
        first, second = ENTRIES[name.removesuffix(RECOUNTED)], ENTRIES[name]
        assert (second.runs.params < first.runs.params).all()
        np.testing.assert_array_equal(second.runs.tokens, first.runs.tokens)
        np.testing.assert_array_equal(second.runs.loss, first.runs.loss)
        np.testing.assert_allclose(second.runs.flop, 6 * second.runs.params * second.runs.tokens)
        assert (first.embeddings, second.embeddings) == (True, False)


def test_what_is_said_of_the_suites_of_porian_is_what_their_table_says():
    for row in datapackage.rows("porian2024"):
        entry = ENTRIES[row["suite"]]
        assert entry.embeddings == (row["counting"] != "kaplan")
        said = {"kaplan": "unfinished", "chinchilla": "decayed", "const": "constant"}
        assert entry.schedule == said[row["decay"]]


def test_schedules_are_those_of_the_description_of_the_tables():
    by = {name: each.schedule for name, each in ENTRIES.items()}
    assert by["gemstones-hot"] == "constant"  # "not decayed, except in the suites named cool"
    assert by["gemstones-cool_end"] == by["hoffmann2022_runs"] == by["bhagia2024-c4"] == "decayed"
    assert by["clark2022-dense"] == by["fineweb-c4"] == "unfinished"
    assert not ENTRIES["bhagia2024-c4"].embeddings


def test_profiles_are_drawn_through_all_readings_where_budgets_are_named():
    assert len(ENTRIES["fineweb-c4"].profiled) > len(ENTRIES["fineweb-c4"].runs)
    assert ENTRIES["fineweb-c4"].shares_sizes
    assert ENTRIES["gemstones-hot"].profiled is ENTRIES["gemstones-hot"].runs
