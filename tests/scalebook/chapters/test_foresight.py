"""What old chapters say of a larger run: each interval is named, and none is given untried."""

from dataclasses import replace

import numpy as np
import pytest

from scalebook.chapters import foresight
from scalinglaws import read_runs
from scalinglaws.prediction import bands
from scalinglaws.prediction.forecast import Forecast

MADE = Forecast(2.0, 1.9, 2.1, 0.95, params=7e10, tokens=1.4e12, h=45.0)
OWN = (1.98, 2.02)


@pytest.mark.parametrize(
    ("found", "words", "never"),
    [
        (MADE, "2.000 nats per token, with a 95% interval of 1.900 to 2.100", "extrapolated"),
        (
            replace(MADE, low=None, high=None, h=450.0, extrapolated=(1.5, 2.6)),
            "450 times the compute of the largest run at hand, and prediction intervals were held "
            "to runs up to 100 times larger",
            "with a 95% interval",
        ),
        (
            replace(MADE, low=None, high=None, reason=f"{foresight._NONE}X. No Y."),
            "can be given: X. What is left",
            "No Y",
        ),
        (None, "too few to predict from", "calibrated"),
    ],
)  # fmt: skip
def test_a_loss_is_told_with_what_each_interval_is(found, words, never):
    said = foresight.of_loss(found, OWN)
    assert words in said
    assert never not in said
    assert "the law's own interval of the loss is 1.980 to 2.020, right only if its form is" in said


def test_a_trend_is_named_extrapolated():
    far = replace(MADE, low=None, high=None, h=450.0, extrapolated=(1.5, 2.6))
    assert "would be 1.50 to 2.60" in foresight.of_loss(far, OWN)
    further = replace(far, h=1e9, extrapolated=None)
    assert "trend" not in foresight.of_loss(further, OWN)


def test_a_size_is_told_where_it_was_tried():
    near = replace(MADE, params_low=5e10, params_high=9e10)
    assert "70B parameters, 50B to 90B by the calibrated interval" in foresight.of_size(near)
    assert foresight.of_size(MADE) == foresight.of_size(None) == ""
    h, factor = foresight.size_reach(0.95)
    assert (h, factor) == (30, pytest.approx(np.exp(bands.multiple("size", 0.95)(30))))
    assert foresight.size_reach(0.999) == foresight.size_reach(0.98)


def test_exponents_are_those_of_the_sweeps():
    found = foresight.exponents()
    assert {name for name, _ in found} == set(foresight.SWEEPS)
    assert 0.3 < min(found.values()) < max(found.values()) < 0.6
    least, most = min(found.values()), max(found.values())
    said = foresight.of_exponent(0.5, (0.0, 1.0), 0.95)
    assert f"runs from {least:.2f} to {most:.2f}" in said
    assert f"it holds all of the {len(found)}" in said
    apart = foresight.of_exponent(0.9, (0.89, 0.91), 0.95)
    assert f"runs from {least:.2f} to 0.90" in apart
    assert "it holds none of" in apart


def test_too_few_runs_predict_nothing():
    runs = read_runs("marin-dclm")
    assert foresight.expected(runs.take(np.arange(3)), 0.95, compute=1e22) is None
    assert foresight.expected(runs, 0.95, compute=1e21).low is not None
