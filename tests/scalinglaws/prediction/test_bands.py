"""Stored multiples of the bands."""

import numpy as np
import pytest

from scalinglaws import ScalingLawsError, datapackage
from scalinglaws.prediction import bands, calibration

BANDS = ("discrepancy", "powermean", "size")
H = np.array([1.0, 3.0, 10.0, 30.0, 100.0])


@pytest.mark.parametrize("band", BANDS)
def test_a_higher_level_and_a_greater_distance_are_wider(band):
    found = np.array([bands.multiple(band, level)(H) for level in (0.5, 0.77, 0.8, 0.93, 0.98)])
    assert (np.diff(found, axis=0) > 0).all()
    assert (np.diff(found, axis=1) > 0).all()


def test_between_two_levels_lies_one_between():
    low, middle, high = (bands.multiple("discrepancy", level)(H) for level in (0.8, 0.85, 0.9))
    assert ((low < middle) & (middle < high)).all()


def test_below_the_dearest_run_the_band_is_that_at_it():
    found = bands.multiple("size", 0.95)
    assert found([1e-9, 0.5])[0] == found([1.0])[0]


@pytest.mark.parametrize("level", [0.4, 0.99])
def test_a_level_that_was_not_stored_is_refused(level):
    with pytest.raises(ScalingLawsError, match=rf"level is {level}; the calibration holds levels"):
        bands.multiple("discrepancy", level)


def test_every_laboratory_can_be_left_out_and_no_other():
    names = {row["laboratory"] for row in datapackage.rows("calibration_suites")}
    for name in names:
        for band in BANDS:  # of sizes too, where it had no part
            assert np.isfinite(bands.multiple(band, 0.95, name)(H)).all()
    with pytest.raises(ScalingLawsError, match="expected one of .*porian"):
        bands.multiple("discrepancy", 0.95, "nobody")


def test_every_suite_is_known_by_the_names_that_tables_have():
    for row in datapackage.rows("calibration_suites"):
        for name in (row["suite"], f"{row['table']}, suite {row['suite']}"):
            assert bands.laboratory_of(name) == row["laboratory"]
    assert bands.laboratory_of("hoffmann2022_runs.csv") == "hoffmann"
    assert bands.laboratory_of("my.csv") == ""


def test_what_is_stored_is_of_one_day_and_of_all_levels():
    rows = datapackage.rows("calibration")
    assert len({row["made"] for row in rows}) == 1
    assert {row["level"] for row in rows} == set(calibration.LEVELS)
    assert {row["band"]: row["reach"] for row in rows} == bands.REACH
