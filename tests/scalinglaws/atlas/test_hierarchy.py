"""Pooled estimates: cases that can be solved, and what was put into simulated ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.atlas.hierarchy import MEAN, pool
from scalinglaws.errors import ScalingLawsError


def balanced(laboratories=8, suites=6, tau=0.1, sigma=0.05, seed=0):
    rng = np.random.default_rng(seed)
    shared = tau * rng.standard_normal(laboratories)[:, None]
    values = 0.5 + shared + sigma * rng.standard_normal((laboratories, suites))
    return values, np.repeat([f"lab {k}" for k in range(laboratories)], suites)


def test_a_balanced_layout_has_the_spreads_of_its_analysis_of_variance():
    """One way, equal groups: the restricted likelihood's maximum is known (textbook)."""
    values, who = balanced()
    groups, each = values.shape
    within = ((values - values.mean(axis=1, keepdims=True)) ** 2).sum() / (groups * (each - 1))
    between = each * ((values.mean(axis=1) - values.mean()) ** 2).sum() / (groups - 1)
    found = pool(values.ravel(), np.zeros(values.size), who)
    tau, sigma = found.best
    assert sigma == pytest.approx(np.sqrt(within), abs=0.004)  # the grid's step there
    assert tau == pytest.approx(np.sqrt((between - within) / each), abs=0.006)
    i, j = (
        int(np.abs(grid - best).argmin()) for grid, best in ((found.tau, tau), (found.sigma, sigma))
    )
    assert found.means[i, j, 0] == pytest.approx(values.mean(), rel=1e-9)
    # The variance of the mean of equal groups: tau^2 / k + sigma^2 / n, without another term.
    known = tau**2 / groups + sigma**2 / values.size
    assert found.variances[i, j, 0, 0] == pytest.approx(known, rel=1e-6)


def test_without_spread_the_mean_is_that_by_inverse_variance():
    """At spreads of zero the model is the fixed-effect one (textbook)."""
    values, errors = np.array([0.4, 0.6, 0.5]), np.array([0.1, 0.2, 0.05])
    found = pool(values, errors, ["a", "b", "c"], widest=1e-6)
    weight = errors**-2
    assert found.value(MEAN) == pytest.approx(weight @ values / weight.sum(), rel=1e-9)
    low, high = found.interval(MEAN, 0.95)
    assert high - low == pytest.approx(2 * 1.959964 / np.sqrt(weight.sum()), rel=1e-3)


def test_intervals_hold_what_was_put_in_as_often_as_they_say():
    held = dict.fromkeys(("mean", "laboratories", "suites", "next"), 0)
    for seed in range(100):
        values, who = balanced(laboratories=6, suites=4, seed=seed)
        rng = np.random.default_rng([seed, 1])
        errors = np.full(values.size, 0.03)
        found = pool(values.ravel() + errors * rng.standard_normal(values.size), errors, who)
        low, high = found.interval(MEAN, 0.9)
        held["mean"] += low < 0.5 < high
        for of, true in (("laboratories", 0.1), ("suites", 0.05)):
            _, low, high = found.spread(of, 0.9)
            held[of] += low < true < high
        low, high = found.next_suite(0.9)
        held["next"] += low < 0.5 + np.hypot(0.1, 0.05) * rng.standard_normal() < high
    # Of 100: 90% less and more two standard errors; a uniform prior makes spreads rather wide.
    assert all(0.84 <= count / 100 <= 0.98 for count in held.values()), held


def test_a_covariate_is_told_within_laboratories_and_not_between():
    """A laboratory that counts otherwise throughout says nothing of counting."""
    rng, who = np.random.default_rng(0), np.repeat(list("abcdef"), 6)
    without = np.tile([0, 1], 18)
    values = 0.5 + 0.2 * (who == "a") + 0.1 * without + 0.01 * rng.standard_normal(36)
    found = pool(values, np.full(36, 0.01), who, {"without": without})
    low, high = found.interval("without")
    assert low < 0.1 < high < low + 0.03
    alone = pool(values, np.full(36, 0.01), who, {"only b": who == "b"})
    low, high = alone.interval("only b")
    assert high - low > 0.2


def test_suites_of_one_laboratory_count_as_one_where_they_agree():
    values, errors = [0.4, 0.5, 0.6] + [0.8] * 12, [0.02] * 15
    apart = pool(values, errors, list("abc") + ["d"] * 12)
    assert apart.value(MEAN) == pytest.approx(0.575, abs=0.01)  # not near the twelve
    mistaken = pool(values, errors, [str(k) for k in range(15)])
    assert mistaken.value(MEAN) > 0.7
    low, high = (np.ptp(each.interval(MEAN)) for each in (mistaken, apart))
    assert low < high / 2


@settings(max_examples=10)
@given(shift=st.floats(-1, 1), scale=st.floats(0.5, 2))
def test_pooling_goes_with_the_unit(shift, scale):
    values, who = balanced(4, 3)
    errors = np.full(12, 0.02)
    plain = pool(values.ravel(), errors, who)
    moved = pool(scale * values.ravel() + shift, scale * errors, who, widest=0.5 * scale)
    assert moved.value(MEAN) == pytest.approx(scale * plain.value(MEAN) + shift, abs=1e-6)
    assert moved.spread("suites")[0] == pytest.approx(scale * plain.spread("suites")[0], rel=1e-6)


@pytest.mark.parametrize(
    ("values", "who", "covariates", "said"),
    [
        ([0.5, 0.6], ["a", "a"], {}, "2 estimates of 1 laboratories"),
        ([0.5, 0.6], ["a", "b"], {"x": [0, 1]}, "expected more estimates than coefficients"),
        ([0.5, 0.6, 0.7], ["a", "b", "c"], {"x": [1, 1, 1]}, "cannot be told apart"),
    ],
)
def test_what_cannot_be_pooled_is_refused(values, who, covariates, said):
    with pytest.raises(ScalingLawsError, match=said):
        pool(values, [0.1] * len(values), who, covariates)
