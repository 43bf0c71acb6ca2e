"""A table's own larger runs, predicted from the smaller: exact laws, real tables, and refusals."""

import numpy as np
import pytest

from scalinglaws import Laboratory, Runs, ScalingLawsError, backtest, read_runs, simulate

DCLM = backtest(read_runs("marin-dclm"))


def test_of_a_simulated_sum_every_right_form_is_right_and_every_band_keeps_its_word():
    found = backtest(simulate(Laboratory(noise=0.002, budgets=6, sizes=10)))
    totals = {(each.method, each.interval): each for each in found.totals}
    for method in ("huber", "mse", "varying"):
        assert totals[method, "law"].error < 0.006
    assert totals["mse", "law and scatter"].held > 0.8
    assert totals["discrepancy", "calibrated"].held > 0.95
    assert totals["power", "law"].error > 3 * totals["mse", "law"].error
    assert found.without == ""


def test_the_best_is_the_one_with_the_least_error_that_always_answers():
    whole = [each for each in DCLM.totals if each.method not in DCLM.failed]
    assert DCLM.best == whole[0].method
    assert DCLM.totals[0].error == min(each.error for each in whole)
    assert DCLM.summary().splitlines()[0].endswith(f"{DCLM.best}, error {whole[0].error:.1%}.")


def test_a_public_table_is_judged_by_the_other_laboratories():
    assert DCLM.without == "marin"
    held = {(each.method, each.interval): each.held for each in DCLM.totals}
    assert held["huber", "law"] < 0.5 < 0.8 < held["discrepancy", "calibrated"]


def test_rows_add_up_to_what_the_distances_say():
    for each in DCLM.distances:
        assert each.nearest < each.furthest
    keys = {(row.method, row.interval) for row in DCLM.rows}
    for method, interval in keys:
        rows = [row for row in DCLM.rows if (row.method, row.interval) == (method, interval)]
        places = [e for e in DCLM.distances if (e.method, e.interval) == (method, interval)]
        assert sum(row.predicted for row in rows) == sum(each.runs for each in places)
        assert all(0 <= row.held <= 1 and row.width > 0 for row in rows)
    assert len({row.split for row in DCLM.rows}) == 4


def test_calibrated_bands_end_where_they_were_tried():
    found = backtest(read_runs("llama3"))
    first = {(row.method, row.interval): row for row in found.rows if row.split == 0}
    assert first["mse", "law"].h > 300
    assert first["discrepancy", "calibrated"].h <= 100
    assert first["discrepancy", "calibrated"].predicted < first["mse", "law"].predicted
    assert all(each.furthest <= 100 for each in found.totals)


def test_progress_is_told():
    told = []
    backtest(simulate(Laboratory(budgets=5, sizes=8)), progress=lambda *each: told.append(each))
    assert told == [(i + 1, len(told)) for i in range(len(told))]


@pytest.mark.parametrize(
    ("runs", "level", "message"),
    [
        (simulate(Laboratory(budgets=2, sizes=30)), 0.95, "no cut leaves 18 runs on 3 budgets"),
        (Runs([1e9] * 40, [1e10] * 40, [3.0] * 40), 0.95, "among 1 runs that count"),
        (simulate(Laboratory()), 0.999, "level is 0.999; the calibration holds levels"),
    ],
)
def test_what_cannot_be_cut_is_refused(runs, level, message):
    with pytest.raises(ScalingLawsError, match=message):
        backtest(runs, level=level)


def test_a_form_that_has_no_answer_at_a_split_is_counted_not_hidden():
    made = simulate(Laboratory(budgets=5, sizes=10))
    rising = Runs(made.params, made.tokens, 1 + made.params / made.params.max())
    found = backtest(rising)
    assert found.failed["huber"] == len({row.split for row in found.rows})
    assert np.isfinite([row.error for row in found.rows]).all()
