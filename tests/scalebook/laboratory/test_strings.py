"""Contexts that are strings of digits: exact floors, exact losses, refusals."""

import numpy as np
import pytest
from scipy import special

from scalebook.laboratory import strings
from scalebook.laboratory.source import Source
from scalinglaws.errors import ScalingLawsError


def small(**given):
    return strings.spell(**{"base": 3, "depth": 2, "symbols": 4, **given})


def test_a_fair_coin_after_every_string_costs_one_bit():
    world = strings.Strings(
        Source(1.5, 4, np.full((4, 2), 0.5)), np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), 2
    )
    assert world.floor() == pytest.approx(np.log(2), rel=1e-14)
    assert world.excess(np.log(np.full((4, 2), 0.5))) == pytest.approx(0, abs=1e-15)
    # Three to one instead: half log(1/2 / 3/4) + half log(1/2 / 1/4).
    told = np.tile(np.log([0.75, 0.25]), (4, 1))
    assert float(world.excess(told)) == pytest.approx(0.5 * np.log(4 / 3), rel=1e-12)


@pytest.mark.parametrize("name", strings.SOURCES)
def test_who_knows_the_source_loses_nothing_more(name):
    world = strings.named(name)
    truth = np.log(np.maximum(world.source.prototypes, 1e-300))
    assert float(world.excess(truth)) == pytest.approx(0, abs=1e-12)
    assert world.floor() == pytest.approx(world.source.entropy(), abs=1e-12)
    several = world.excess(np.stack([truth, np.full_like(truth, -np.log(16))]))
    assert several[1] == pytest.approx(np.log(16) - world.source.entropy(), rel=1e-9)


def test_each_string_occurs_once():
    world = strings.named("deeper")
    assert len(np.unique(world.digits, axis=0)) == strings.CONTEXTS == world.source.contexts
    assert world.digits.min() == 0
    assert world.digits.max() == world.base - 1


def test_sources_differ_in_one_thing():
    first, deeper, noisier = map(strings.named, ("first", "deeper", "noisier"))
    np.testing.assert_array_equal(first.source.prototypes, deeper.source.prototypes)
    np.testing.assert_allclose(
        noisier.source.prototypes, 0.7 * first.source.prototypes + 0.3 / 16, rtol=1e-12
    )
    assert strings.named("flatter").source.exponent < first.source.exponent
    assert strings.named("certain").source.entropy() == 0


def test_what_a_hidden_digit_costs_is_the_mixture_of_what_looks_alike():
    world = small()
    weight = world.source.weights()
    seen = np.zeros((3, 4))
    for digit, pi, row in zip(world.digits[:, 0], weight, world.source.prototypes, strict=True):
        seen[digit] += pi * row
    share = seen.sum(axis=1)
    by_hand = share @ special.entr(seen / share[:, None]).sum(axis=1)
    assert world.hide(1).floor() == pytest.approx(by_hand, rel=1e-12)
    assert world.floor() < by_hand < world.hide(1).hide(0).floor()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"exponent": 1.0}, "Zipf exponent of 1 "),
        ({"exponent": float("nan")}, "Zipf exponent of nan"),
        ({"concentration": -1.0}, "concentration of -1 "),
        ({"noise": 1.5}, "share of 1.5"),
        ({"noise": float("nan")}, "share of nan"),
        ({"base": 1}, "base 1 "),
        ({"depth": 0}, "0 digits"),
        ({"depth": 40}, "40 digits"),
        ({"symbols": 1}, "1 symbols"),
    ],
)
def test_a_source_that_cannot_be_is_refused_in_a_line(given, said):
    with pytest.raises(ScalingLawsError, match=said) as error:
        small(**given)
    assert "\n" not in str(error.value)


def test_distributions_without_finite_entropy_are_refused():
    rows = np.full((4, 2), 0.5)
    rows[1, 1] = np.nan
    with pytest.raises(ScalingLawsError, match="must not be negative"):
        Source(1.5, 4, rows)


def test_strings_that_do_not_fit_are_refused():
    source = Source(1.5, 4, np.full((4, 2), 0.5))
    with pytest.raises(ScalingLawsError, match="one string for each"):
        strings.Strings(source, np.zeros((3, 2), dtype=int), 2)
    with pytest.raises(ScalingLawsError, match="A digit of 2 .* base 2"):
        strings.Strings(source, np.full((4, 2), 2), 2)
    with pytest.raises(ScalingLawsError, match="place 2"):
        small().hide(2)
    with pytest.raises(ScalingLawsError, match="no source 'second'"):
        strings.named("second")
