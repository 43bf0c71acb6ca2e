"""The thought experiments, a hundredth as long: what each row says, and the exact floors."""

from itertools import pairwise

import numpy as np
import pytest

from tests.scalebook.laboratory.jax_wanted import jax

# isort: split
from scalebook.laboratory import experiments
from scalebook.laboratory.source import Source
from scalebook.laboratory.strings import named
from scalebook.laboratory.teaching import cross_entropy
from scalinglaws.errors import ScalingLawsError

assert jax


def test_a_check_lets_the_nearer_to_the_source_pass_the_stricter_it_is():
    truth = named("first").source
    rng = np.random.default_rng(0)
    model = Source(1.5, 4096, 0.5 * truth.prototypes + 0.5 * rng.dirichlet(np.ones(16), 4096))
    found = [experiments.check(truth, model, strictness) for strictness in (1, 4, 16, 1000)]
    excess = [cross_entropy(truth, passed) - truth.entropy() for passed, _ in found]
    shares = [share for _, share in found]
    assert excess == sorted(excess, reverse=True)
    assert shares == sorted(shares, reverse=True)
    # All that is drawn is right in the end, and one symbol in so many passes.
    assert excess[-1] == pytest.approx(0, abs=1e-9)
    assert shares[-1] == pytest.approx(1 / 1000, rel=1e-6)
    same, share = experiments.check(truth, truth, 1)
    assert share == pytest.approx(1)
    np.testing.assert_allclose(same.prototypes, truth.prototypes)
    with pytest.raises(ScalingLawsError, match="strictness of 0"):
        experiments.check(truth, model, 0)


def test_going_on_with_the_worse_source_is_worse_and_back_again():
    rows = experiments.run("better-then-worse", reduced=True)
    ends = [row for row in rows if row["tokens"] == max(r["tokens"] for r in rows)]
    middle = max(row["tokens"] for row in rows if row["arm"] == "better")
    before = [row for row in rows if row["tokens"] == middle]
    assert {row["seed"] for row in ends} == {1, 2, 3}
    assert {row["floor"] for row in before} == {0.0}
    for first, second in zip(before, ends, strict=True):
        assert second["excess"] > first["excess"]
        assert second["excess_worse"] < first["excess_worse"]


def test_own_outputs_have_the_floor_of_the_network_before():
    rows = experiments.run("own-outputs", reduced=True)
    of = {(row["arm"], row["seed"]): row for row in rows}
    assert len(of) == len(rows) == 18
    for seed in (1, 2, 3):
        chain = [of["source", seed], *(of[f"generation {n}", seed] for n in range(1, 6))]
        for parent, child in pairwise(chain):
            assert child["floor"] == pytest.approx(parent["excess"], rel=1e-5)
            assert child["teacher_play"] == pytest.approx(parent["play"], rel=1e-5)


def test_an_experiment_that_there_is_not_is_refused():
    with pytest.raises(ScalingLawsError, match="no experiment 'dreams'"):
        experiments.run("dreams")
