"""What several chapters say, ask and do."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from scalebook import contents
from scalebook.chapters import common
from scalebook.chapters.kaplan import outcome, steps
from scalebook.errors import ScalebookError
from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import Form
from tests.scalebook.chapters.cells import compute, given


def test_a_claim_that_states_several_numbers_has_no_single_one():
    assert common.stated("n-gpt4-under") == 2
    with pytest.raises(TypeError, match="states 2 numbers"):
        common.stated("q-chinchilla-curve")


def test_ends_are_those_of_the_percentile_interval():
    assert common.ends(np.arange(101.0), 0.8) == pytest.approx((10, 90))


def test_results_get_the_name_of_what_they_are_of():
    assert common.low_high("E", (1.7, 1.9)) == {"E_low": 1.7, "E_high": 1.9}
    assert common.ranged("E", (x for x in (3, 1, 2))) == {"E_low": 1, "E_high": 3}
    assert common.prefixed("gpt3", {"size": 1, "data": 2}) == {"gpt3_size": 1, "gpt3_data": 2}
    with pytest.raises(ValueError, match="shorter"):
        common.low_high("E", (1.7,))


def test_gpt_4_has_two_of_sixteen_experts_active_and_shares_its_attention():
    shared = common.printed("gpt4.shared")
    assert common.gpt4_active(shared) == pytest.approx(shared)
    assert common.gpt4_active(1.76e12) == pytest.approx(shared + (1.76e12 - shared) * 2 / 16)


def test_intervals_as_text():
    assert common.between((1.784, 1.866)) == "1.78 to 1.87"
    assert common.between((1.784, 1.866), 1) == "1.8 to 1.9"
    assert common.between([1e9, 7e10], "{:.0e}".format) == "1e+09 to 7e+10"
    assert common.with_interval(1.82, (1.784, 1.866)) == "1.82 (1.78 to 1.87)"
    assert common.interval_of(given("planner", level=0.9)) == "90% interval"


def test_the_refit_gives_the_runs_used_and_a_law_for_each_resample():
    found = common.refit(given("reconciliation", resamples=100))
    assert len(found.everything) - len(found.used) == 5
    assert np.shape(found.draws.E) == (100,)
    assert abs(float(found.fit.law.E) - common.printed("besiroglu2024.E")) < 0.02


def test_the_refit_asks_for_enough_runs():
    with pytest.raises(ScalingLawsError, match="drop_highest"):
        common.refit(given("reconciliation", runs="hoffmann2022_runs", drop_highest=220))


def test_runs_are_all_and_those_without_the_highest_losses():
    everything, used = common.runs_of(given("reconciliation", drop_highest=7))
    assert len(everything) - len(used) == 7
    assert used.loss.max() < np.sort(everything.loss)[-7]


def test_a_fit_that_did_not_converge_is_refused_by_name():
    fit = common.refit(given("reconciliation", resamples=100)).fit
    assert common.sound(fit) is fit
    with pytest.raises(ScalebookError, match=f"{fit.runs.name}.*of no use"):
        common.sound(replace(fit, status="not converged: too few steps"))


def test_an_outcome_is_asked_for_with_or_without_its_steps():
    p = given("kaplan")
    settled = outcome.verdicts(p, steps.take(p))
    compute, of = common.recording(
        "kaplan",
        lambda p: p.growth,
        lambda p, found: {"twice": 2 * found},
        lambda p, found: settled,
    )
    assert compute(p).results == {"twice": 2 * p.growth}
    assert of(p, 7.0).results == {"twice": 14.0}
    assert of(p, 7.0).parameters == vars(p)
    assert len(of(p, 7.0).claims) == len(settled)


def test_what_is_kept_is_computed_once_and_handed_out_in_copies():
    calls = []

    @common.kept
    def step(size):
        calls.append(size)
        return {"loss": np.ones(size)}

    step(2)["loss"] *= 5
    assert step(2)["loss"].tolist() == [1.0, 1.0]
    assert step(3)["loss"].size == 3
    assert calls == [2, 3]


@pytest.mark.parametrize("chapter", ["gpt4", "overtraining", "entropy"])
def test_changing_what_a_step_returned_changes_no_later_run(chapter):
    p = given(chapter)
    before = compute(chapter)
    spoil(contents.module(chapter, "steps").take(p))
    assert compute(chapter) == before


def spoil(value):
    """Change all arrays, lists and dictionaries in a value, in place.

    But for the library's forms, which no chapter makes.
    """
    if isinstance(value, np.ndarray):
        if value.flags.writeable and value.dtype.kind == "f":
            value *= 2
    elif isinstance(value, dict):
        [spoil(each) for each in value.values()]
        value["spoilt"] = None
    elif isinstance(value, list | tuple):
        [spoil(each) for each in value]
    elif is_dataclass(value) and not isinstance(value, type | Form):
        [spoil(getattr(value, field.name)) for field in fields(value)]
