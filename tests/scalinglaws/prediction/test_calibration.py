"""The calibration: what the stored errors say, leave one laboratory out, and refits of some."""

import numpy as np
import pytest

from scalinglaws import datapackage
from scalinglaws.prediction import calibration
from scalinglaws.prediction.bands import multiple

LOSSES = calibration.stored("calibration_splits")
SIZES = calibration.stored("calibration_sizes")
SUITES = {suite.name: suite for suite in calibration.suites()}


def ends(found, draws=4000):
    """Percentile interval of the share held at each distance, by bootstrap over laboratories."""
    rng, out = np.random.default_rng(0), []
    for column in found.held.T:
        known = column[np.isfinite(column)]
        picked = rng.integers(0, len(known), size=(draws, len(known)))
        out.append(np.quantile(known[picked].mean(axis=1), [0.025, 0.975]))
    return np.array(out).T


@pytest.mark.parametrize(("level", "low", "high"), [(0.95, 0.90, 0.98), (0.8, 0.75, 0.88)])
@pytest.mark.parametrize("band", ["discrepancy", "powermean"])
def test_bands_hold_their_share_of_laboratories_that_had_no_part_in_them(band, level, low, high):
    found = calibration.coverage(LOSSES, band, level)
    assert len(found.laboratories) == 12
    assert low <= found.pooled <= high
    least, most = ends(found)
    reach = slice(0, 4)  # up to 100 times
    assert (least[reach] <= level).all()
    assert (most[reach] >= level).all()


def test_the_size_is_held_by_the_bands_of_other_laboratories():
    found = calibration.coverage(SIZES, "size", 0.95)
    assert len(found.laboratories) >= 5
    assert 0.88 <= found.pooled <= 0.98


def test_the_interval_of_the_law_itself_holds_far_less_than_it_says():
    held = np.abs(LOSSES["law_error"]) <= 1.96 * LOSSES["standard_error"]
    near = LOSSES["h"] <= 100
    share = held[near] @ calibration.weights_of(LOSSES, near)
    assert share < 0.7


def test_the_discrepancy_beats_the_simpler_band_where_both_are_judged():
    for level in (0.95, 0.8):
        first, second = (
            calibration.coverage(LOSSES, band, level).pooled_score
            for band in ("discrepancy", "powermean")
        )
        assert first < 0.9 * second


def test_the_stored_multiples_are_those_of_the_stored_errors():
    for without in ("", "porian"):
        made = calibration.multiples(LOSSES, "discrepancy", without, (0.8, 0.95))
        for level, found in made.items():
            kept = multiple("discrepancy", level, without)
            assert (kept.c0, kept.c1) == pytest.approx((found.c0, found.c1), abs=2e-5)


@pytest.mark.parametrize("name", ["marin-dclm", "bhagia2024-c4"])
def test_a_suite_fitted_anew_gives_its_stored_errors(name):
    losses, _ = calibration.predicted(SUITES[name])
    mine = LOSSES["suite"] == name
    assert mine.sum() == len(losses["h"])
    for column in ("h", "error", "simple_error", "scale", "law_error"):
        np.testing.assert_allclose(
            losses[column], LOSSES[column][mine], rtol=1e-4, atol=1e-5, err_msg=column
        )


def test_the_suites_are_those_stored_and_every_table_is_in_or_said_to_be_out():
    rows = {row["suite"]: row for row in datapackage.rows("calibration_suites")}
    for name, row in rows.items():
        assert (row["laboratory"], row["table"]) == (SUITES[name].laboratory, SUITES[name].table)
        assert row["runs"] == len(SUITES[name].runs)
        mine = LOSSES["suite"] == name
        assert row["predicted"] == mine.sum()
        assert row["splits"] == len(np.unique(LOSSES["split"][mine]))
    used = {suite.table for suite in SUITES.values()}
    runs = {name for name in datapackage.table_names() if "runs" in datapackage.description(name)}
    assert used | set(calibration.LEFT_OUT) == runs
    assert not used & set(calibration.LEFT_OUT)


# Quantiles and weights


def test_a_multiple_that_errors_were_drawn_with_is_found():
    rng = np.random.default_rng(1)
    h = np.exp(rng.uniform(0, np.log(100), 20_000))
    ratio = np.abs(rng.standard_normal(len(h))) * np.exp(0.5 + 0.7 * (np.log10(h) - 0.8))
    found = calibration.fitted(h, ratio, np.ones(len(h)), 0.95)
    assert found.c0 == pytest.approx(0.5 + np.log(1.96), abs=0.03)
    assert found.c1 == pytest.approx(0.7, abs=0.05)
    assert np.mean(ratio <= found(h)) == pytest.approx(0.95, abs=1e-3)


def test_a_laboratory_of_many_suites_counts_once():
    laboratory, suite = ["a"] * 6 + ["b"], ["r", "r", "r", "s", "s", "t", "u"]
    split, h = [0, 0, 1, 0, 0, 0, 0], [2.0, 20.0, 2.0, 2.0, 2.0, 2.0, 2.0]
    found = calibration.weights(laboratory, suite, split, h)
    expected = [1 / 24, 1 / 24, 1 / 12, 1 / 12, 1 / 12, 1 / 6, 1 / 2]
    np.testing.assert_allclose(found, expected)
