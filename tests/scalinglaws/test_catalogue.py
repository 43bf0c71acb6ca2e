"""The public tables of runs: all are listed, each is read, and none is taken for what it is not."""

import numpy as np
import pytest

import scalinglaws as sl
from scalinglaws import datapackage, reading
from scalinglaws.errors import ScalingLawsError, UnknownName

TABLES = sl.tables()


def test_ten_further_studies_are_listed_beside_the_old_tables():
    assert {"hoffmann2022_runs", "isoflop_runs"} <= set(TABLES)
    studies = {table.studies[0] for name, table in TABLES.items() if not name.endswith("_runs")}
    assert len(studies) == 10
    assert {*TABLES, *reading.SUITES} == set(reading.bundled_names())


@pytest.mark.parametrize("name", TABLES)
def test_each_is_read_whole_and_by_suite(name):
    known = TABLES[name]
    runs = sl.table(name, loss_unit=known.loss_unit)
    stored = datapackage.rows(name)
    assert (len(runs), runs.suites) == (known.rows, known.suites)
    assert runs.loss.tolist() == [row["loss"] for row in stored]
    assert runs.params.tolist() == [row["params"] for row in stored]
    if "tokens" in stored[0]:
        assert runs.tokens.tolist() == [row["tokens"] for row in stored]
    assert (runs.run is None) == ("run" not in stored[0])
    assert (runs.budget is None) == ("budget" not in stored[0])
    parts = runs.split()
    assert sum(map(len, parts.values())) == (len(runs) if known.suites else 0)
    for suite, part in parts.items():
        assert (part.name, part.suites) == (suite, (suite,))


def test_a_suite_of_the_old_table_is_the_same_by_either_name():
    mine = sl.table("isoflop_runs", suite="marin-dclm")
    for other in (sl.table("marin-dclm"), sl.read_runs("marin-dclm")):
        np.testing.assert_array_equal(mine.loss, other.loss)
        np.testing.assert_array_equal(mine.budget, other.budget)


@pytest.mark.parametrize("name", [n for n, t in TABLES.items() if t.loss_unit != reading.NATS])
def test_losses_in_another_unit_are_never_taken_for_nats(name):
    unit = TABLES[name].loss_unit
    for read in (sl.table, sl.read_runs):
        with pytest.raises(ScalingLawsError, match=f'{name}: .*{unit}.*loss_unit="{unit}"'):
            read(name)
    with pytest.raises(ScalingLawsError, match="losses are in nats/token, expected bits/byte"):
        sl.table("porian2024", loss_unit="bits/byte")
    assert name in {"alabdulmohsin2022_lm", "nanochat2026_optima"}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_table_is_shown_in_two_lines(table):
    first, second = repr(table).splitlines()
    assert first.startswith(f"Table: {table.name}, {table.rows} rows")
    assert (f"in {len(table.suites)} suites" in first) == (len(table.suites) > 1)
    assert second == f"  loss: {table.loss_unit}; licence: {table.licence}"


def test_a_name_that_is_none_is_told_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean 'porian2024'"):
        sl.table("porian2025")
    with pytest.raises(UnknownName, match="There is no suite of clark2022_final 'clark2022-hsah'"):
        sl.table("clark2022_final", suite="clark2022-hsah")
    with pytest.raises(UnknownName, match="suite of hoffmann2022_runs.csv"):
        sl.table("hoffmann2022_runs", suite="any")
