"""One learner, two teachers: limits in closed form, and the rates of forgetting."""

import numpy as np
import pytest

from scalebook.laboratory import learner, source, teaching
from scalinglaws.errors import ScalingLawsError


@pytest.fixture(scope="module")
def better():
    return source.dirichlet(2.0, 100, 6, 0.4, np.random.default_rng(1), prototypes=100)


@pytest.fixture(scope="module")
def worse(better):
    return teaching.blundering(better, 0.4, 0.4, seed=2)


def test_a_learner_of_one_source_ends_there(better, worse):
    one = teaching.course([(better, 300_000)], better, worse, [1000, 300_000], seed=3)
    assert one.better[-1] == pytest.approx(better.entropy(), abs=0.005)
    assert one.worse[-1] == pytest.approx(teaching.cross_entropy(worse, better), abs=0.2)
    assert one.better[0] > one.better[1]
    assert one.play[-1] == pytest.approx(teaching.play(better, better), abs=0.01)


def test_a_mixture_ends_at_the_blend(better, worse):
    blend = teaching.blend(better, worse, 0.3)
    both = teaching.course([(blend, 300_000)], better, worse, [300_000], seed=3)
    assert both.better[0] == pytest.approx(teaching.cross_entropy(better, blend), abs=0.005)
    expected = 0.7 * teaching.play(better, better) + 0.3 * teaching.play(better, worse)
    assert teaching.play(better, blend) == pytest.approx(expected)
    assert both.play[0] == pytest.approx(expected, abs=0.01)


def test_a_picker_of_much_data_picks_as_its_source_does(better, worse):
    assert teaching.pick(better, better) == pytest.approx(1)
    assert 0.5 < teaching.pick(better, worse) < 1
    one = teaching.course([(worse, 300_000)], better, worse, [300_000], seed=3)
    assert one.choice[0] == pytest.approx(teaching.pick(better, worse), abs=0.05)


def test_counting_forgets_in_proportion_and_fading_by_its_memory(better, worse):
    top, bottom = teaching.play(better, better), teaching.play(better, worse)
    stages, marks = [(better, 100_000), (worse, 100_000)], [100_000, 200_000]
    counting = teaching.course(stages, better, worse, marks, seed=4)
    assert (top - counting.play[1]) / (top - bottom) == pytest.approx(0.5, abs=0.05)
    fading = teaching.course(stages, better, worse, marks, seed=4, memory=20_000)
    assert (top - fading.play[1]) / (top - bottom) == pytest.approx(1.0, abs=0.12)


def test_losses_of_a_blend_lie_between(better, worse):
    losses = [teaching.cross_entropy(better, teaching.blend(better, worse, w)) for w in (0, 0.5, 1)]
    assert losses[0] == pytest.approx(better.entropy())
    assert losses[0] < losses[1] < (losses[0] + losses[2]) / 2  # convex


def test_common_contexts_are_mastered_first(better):
    mastered, loss = teaching.skills(better, [(1, 5), (50, 100)], [100, 3000, 100_000], seed=1)
    assert (mastered[0] >= mastered[1]).all()
    assert (np.diff(mastered[1]) > 0).all()
    assert (np.diff(loss) < 0).all()
    assert isinstance(loss[-1] - better.entropy(), float)


def test_refusals(better, worse):
    with pytest.raises(ScalingLawsError, match="from 0 to 1"):
        teaching.blend(better, worse, 1.5)
    other = source.Source(3.0, 100, better.prototypes)
    with pytest.raises(ScalingLawsError, match="same contexts"):
        teaching.blend(better, other, 0.5)
    with pytest.raises(ScalingLawsError, match="from 1 to 10 symbols"):
        teaching.course([(better, 10)], better, worse, [11])
    with pytest.raises(ScalingLawsError, match="none"):
        teaching.course([(better, 10)], better, worse, [])
    assert learner.Counts(6).table.shape == (0, 6)
