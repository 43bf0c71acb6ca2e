"""Training: schedule, seeds, stages, teachers, and what is refused."""

import numpy as np
import pytest

from tests.scalebook.laboratory.jax_wanted import jax

# isort: split
from scalebook.laboratory import strings, training
from scalebook.laboratory.network import Network
from scalebook.laboratory.source import Source
from scalinglaws.errors import ScalingLawsError

WORLD = strings.spell(base=4, depth=2, symbols=5)
SHAPE = Network("perceptron", 6, 4, 2, 5)


def final(seeds=(1, 2), rates=(0.02, 0.02), steps=300, marks=(), **given):
    return list(training.train(SHAPE, WORLD, seeds, rates, steps, marks, **given))[-1]


def test_the_rate_rises_for_a_tenth_and_falls_to_nothing():
    shares = np.array([training.schedule(step, 1000) for step in range(1000)])
    assert shares.argmax() in (99, 100)
    assert shares.max() == pytest.approx(1, abs=0.01)
    assert np.all(np.diff(shares[:99]) > 0)
    assert np.all(np.diff(shares[101:]) < 0)
    assert shares[0] == pytest.approx(0.005)
    assert shares[-1] < 1e-5
    assert shares[550] == pytest.approx(0.5, abs=0.01)


def test_a_run_is_the_same_again_and_wherever_it_is_looked_at():
    once, again = final(), final(marks=[0, 7, 255, 256, 257])
    np.testing.assert_array_equal(once.logs, again.logs)
    assert once.steps == 300


def test_who_trains_beside_it_changes_nothing():
    alone, beside = final(seeds=(1,), rates=(0.02,)), final(seeds=(1, 5), rates=(0.02, 0.05))
    np.testing.assert_allclose(alone.logs[0], beside.logs[0], atol=1e-4)


def test_seeds_lengths_and_salts_differ():
    logs = final().logs
    assert np.abs(logs[0] - logs[1]).max() > 0.01
    assert np.abs(final(salt=1).logs - logs).max() > 0.01


def test_it_learns_the_source():
    stands = list(training.train(SHAPE, WORLD, [1], [0.03], 3000, [0]))
    before, after = (float(WORLD.excess(stand.logs)[0]) for stand in (stands[0], stands[-1]))
    assert before == pytest.approx(np.log(5) - WORLD.source.entropy(), rel=1e-6)
    assert 0 < after < 0.1 * before


def test_probabilities_teach_as_symbols_do_and_faster():
    true = np.broadcast_to(WORLD.source.prototypes, (2, 16, 5))
    symbols, told = final(steps=200), final(steps=200, targets=true)
    assert np.all(WORLD.excess(told.logs) < WORLD.excess(symbols.logs))


def test_each_network_has_its_own_teacher():
    other = Source(1.5, 16, np.roll(WORLD.source.prototypes, 1, axis=1))
    logs = final(steps=1500, teachers=[WORLD.source, other]).logs
    mine, theirs = WORLD.excess(logs)
    assert mine < 0.1 < theirs


def test_who_goes_on_keeps_what_was_learned():
    first = final(steps=1500)
    kept = {name: np.array(array) for name, array in first.weights.items()}
    more = final(steps=50, rates=(1e-4, 1e-4), start=first.weights)
    assert np.all(WORLD.excess(more.logs) < WORLD.excess(final(steps=50).logs))
    for name, array in first.weights.items():  # nor is what was handed in used up
        np.testing.assert_array_equal(np.asarray(array), kept[name])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"steps": 0}, "0 steps"),
        ({"marks": [301]}, "marks at \\[301\\]"),
        ({"seeds": (1,)}, "1 seeds and 2 learning rates"),
        ({"seeds": (), "rates": ()}, "0 seeds"),
        ({"rates": (0.1, -0.1)}, "positive"),
        ({"rates": (0.1, float("nan"))}, "positive"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_line(given, said):
    with pytest.raises(ScalingLawsError, match=said) as error:
        final(**given)
    assert "\n" not in str(error.value)


def test_the_cpu_is_enough():
    assert jax.devices()
