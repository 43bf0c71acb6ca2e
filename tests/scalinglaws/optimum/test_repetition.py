import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import Decay, ParametricLaw
from scalinglaws.optimum import dense, repetition
from scalinglaws.units import training_flop

LAW = repetition.published()
GEOMETRIC = repetition.published(decay="muennighoff2023-geometric")
DECAY = LAW.decay
saturating = st.floats(0.5, 100).map(lambda r: Decay(r, 5.3))
geometric = st.floats(0.001, 0.99).map(lambda d: Decay(d, 0.3, "geometric"))
decays = st.one_of(saturating, geometric)
multiples = st.floats(1e-3, 1e3)


def test_the_constants_are_the_papers():
    # Eq 17 prints 1.87, 521, 1488, .35, 15.4 and 5.3, and U_N = .051 U_D.
    law = LAW.fresh
    assert (round(law.E, 2), round(law.A), round(law.B)) == (1.87, 521, 1488)
    assert law.alpha == law.beta == 0.3526596
    assert (round(DECAY.tokens, 1), round(DECAY.params, 1)) == (15.4, 5.3)
    assert LAW.base_params(1e9) / 1e9 == pytest.approx(0.051, abs=5e-4)


def test_effective_data_by_epochs():
    values = DECAY.value([1, 4, 16, 40, np.inf])
    assert values == pytest.approx([1, 3.73, 10.6, 15.2, 16.4], abs=0.05)
    assert DECAY.value(0.25) == 0.25


def test_the_papers_example_of_both_forms():
    # Appendix A: a quarter lost at each of four repeats, and R = 3 in its place.
    assert Decay(0.25, 0.25, "geometric").value(5) == pytest.approx(3.05, abs=0.005)
    assert Decay(3.0, 3.0).value(5) == pytest.approx(3.21, abs=0.005)
    assert Decay(3.0, 3.0).value(101) == pytest.approx(3.99, abs=0.015)
    assert Decay(0.25, 0.25, "geometric").limit() == Decay(3.0, 3.0).limit() == 4


@given(st.floats(0.01, 0.9), st.integers(1, 30))
def test_the_geometric_form_is_the_sum_of_a_series(lost, epochs):
    decay = Decay(lost, lost, "geometric")
    series = sum((1 - lost) ** k for k in range(epochs))
    assert decay.value(epochs) == pytest.approx(series, rel=1e-9)
    assert repetition.epoch_value(decay, epochs) == pytest.approx((1 - lost) ** (epochs - 1))


def test_after_r_repeats_a_token_is_worth_one_part_in_e():
    assert DECAY.slope(1 + DECAY.tokens) == pytest.approx(1 / math.e)


@given(decays, multiples)
def test_worth_rises_ever_slower_to_its_limit(decay, multiple):
    value, more = decay.value(multiple), decay.value(2 * multiple)
    assert value <= multiple * (1 + 1e-12)
    assert value <= more <= decay.limit() * (1 + 1e-12)
    assert decay.slope(2 * multiple) <= decay.slope(multiple) <= 1 + 1e-12


@given(decays, st.floats(1.01, 100))
def test_the_slope_is_that_of_the_value(decay, multiple):
    step = 1e-5 * multiple
    rise = float(decay.value(multiple + step) - decay.value(multiple - step)) / (2 * step)
    if multiple - step > 1:
        assert rise == pytest.approx(float(decay.slope(multiple)), rel=1e-4, abs=1e-9)


@given(decays, st.floats(0.01, 0.99))
def test_worth_inverts(decay, share):
    value = share * decay.limit()
    assert decay.value(decay.multiple(value)) == pytest.approx(value, rel=1e-9)
    assert decay.multiple(decay.limit() * 1.001) == np.inf


def test_without_decay_repeats_are_as_good_as_new_and_with_full_decay_worth_nothing():
    never, at_once = Decay(np.inf, np.inf), Decay(1.0, 1.0, "geometric")
    assert never.value(7) == never.multiple(7) == 7
    assert at_once.value([0.5, 1, 7]) == pytest.approx([0.5, 1, 1])
    assert list(at_once.multiple([0.5, 1, 1.1])) == [0.5, 1, np.inf]


@given(st.integers(1, 500), decays)
def test_what_the_epochs_add_sums_to_their_worth(last, decay):
    added = repetition.epoch_value(decay, np.arange(1, last + 1))
    assert added[0] == 1
    assert added.sum() == pytest.approx(decay.value(last))


@given(st.floats(1e8, 1e12), st.floats(0.01, 1))
def test_fresh_data_leave_the_law_as_it_is(unique, part):
    params = part * float(LAW.base_params(unique))
    assert LAW.loss(params, unique, unique) == pytest.approx(LAW.fresh.loss(params, unique))
    # More unique tokens than are trained on make no difference.
    used = part * unique
    assert LAW.loss(params, used, unique) == pytest.approx(LAW.loss(params, used, used))


@given(st.floats(1e7, 1e11), st.floats(1e8, 1e13), st.floats(1e8, 1e12))
def test_repeating_never_beats_fresh_data(params, tokens, unique):
    assert LAW.loss(params, tokens, unique) >= LAW.fresh.loss(params, tokens) * (1 - 1e-12)


@given(st.floats(1e19, 1e26), st.floats(1e8, 1e13), st.sampled_from([LAW, GEOMETRIC]))
def test_the_optimum_is_the_lowest_of_a_grid(compute, unique, law):
    best = repetition.optimal(law, compute, unique)
    params = best.params * np.geomspace(0.05, 20, 401)
    grid = law.loss(params, compute / (6 * params), unique)
    assert float(best.loss) <= grid.min() * (1 + 1e-9)
    assert training_flop(best.params, best.tokens) == pytest.approx(compute)
    assert best.unique <= unique * (1 + 1e-12)


@given(st.floats(1e18, 1e26))
def test_enough_data_give_the_usual_optimum(compute):
    plain = dense.optimal(LAW.fresh, compute)
    best = repetition.optimal(LAW, compute, 1.01 * plain.tokens)
    assert (best.params, best.tokens) == pytest.approx((plain.params, plain.tokens))
    assert best.epochs == 1
    assert best.loss == pytest.approx(plain.loss)


@given(st.floats(1.01, 200), st.floats(1e8, 1e13), st.sampled_from([LAW, GEOMETRIC]))
def test_frontier_and_optimum_are_the_same_runs(epochs, unique, law):
    run = repetition.best_runs(law, unique, epochs)
    back = repetition.optimal(law, run.compute, unique)
    assert back.epochs == pytest.approx(epochs, rel=1e-6)
    assert back.params == pytest.approx(run.params, rel=1e-6)


@given(st.floats(1, 300), st.floats(1e6, 1e14))
def test_the_frontier_in_multiples_does_not_depend_on_the_data(epochs, unique):
    one, other = repetition.best_runs(LAW, [1e8, unique], epochs).tokens_per_param
    assert one == pytest.approx(other, rel=1e-6)  # alpha = beta in this law


def test_without_decay_the_frontier_is_the_usual_optimum():
    law = repetition.RepeatedLaw(registry.parametric("besiroglu2024"), Decay(np.inf, np.inf))
    run = repetition.best_runs(law, 1e11, [1.0, 3.0, 100.0])
    plain = dense.given_tokens(law.fresh, 1e11 * np.array([1.0, 3.0, 100.0]))
    assert run.params == pytest.approx(plain.params, rel=1e-9)


def test_sixty_repeats_raise_the_optimal_ratio_as_quoted():
    # Nesov reads about 2.5 off the paper's Figure 3.
    ratio = repetition.best_runs(LAW, 1e8, [1, 61]).tokens_per_param
    assert ratio[1] / ratio[0] == pytest.approx(2.6, abs=0.01)


def test_epochs_grow_faster_than_parameters():
    # Section 5: the frontier puts most of further compute into epochs.
    best = repetition.optimal(LAW, np.geomspace(1e22, 1e26, 9), 2.5e10)
    base = LAW.base_params(2.5e10)
    assert np.all(best.epochs > best.params / base)
    assert np.all(np.diff(best.epochs) > 0)


def test_thousands_of_epochs_still_have_an_optimum():
    run = repetition.best_runs(LAW, 1e8, 1e5)
    assert np.isfinite(run.params)
    assert repetition.optimal(LAW, run.compute, 1e8).epochs == pytest.approx(1e5, rel=1e-6)


def test_an_ensemble_of_laws_broadcasts():
    base = LAW.fresh
    several = ParametricLaw(base.E, base.A, base.B * np.array([1.0, 1.2]), base.alpha, base.beta)
    law = repetition.RepeatedLaw(several, DECAY)
    runs = repetition.optimal(law, np.full((3, 1), 1e22), 2.5e10)
    assert runs.params.shape == (3, 2)
    assert runs.params[0, 0] == pytest.approx(repetition.optimal(LAW, 1e22, 2.5e10).params)


@pytest.mark.parametrize("bad", [0, -1, math.nan])
def test_what_is_not_positive_is_refused(bad):
    with pytest.raises(ValueError, match="multiple must be positive"):
        DECAY.value(bad)
    with pytest.raises(ValueError, match="unique must be positive"):
        LAW.loss(1e9, 1e9, bad)
    with pytest.raises(ValueError, match="compute must be positive"):
        repetition.optimal(LAW, bad, 1e9)


def test_an_epoch_below_one_is_refused():
    with pytest.raises(ValueError, match=r"epoch must be at least 1, got 0\.5"):
        repetition.epoch_value(DECAY, [2, 0.5])
    with pytest.raises(ValueError, match="epochs must be at least 1 and finite"):
        repetition.best_runs(LAW, 1e9, 0.5)


def test_decays_outside_their_range_are_refused():
    with pytest.raises(ValueError, match="tokens of a saturating decay is 0; expected more than 0"):
        Decay(0.0, 5.0)
    with pytest.raises(ValueError, match=r"params of a geometric decay is 1\.5; .* at most 1"):
        Decay(0.1, 1.5, "geometric")
    with pytest.raises(ValueError, match="form is 'linear'; expected"):
        Decay(1.0, 1.0, "linear")


def test_a_law_is_no_decay():
    with pytest.raises(ScalingLawsError, match="not a decay .* muennighoff2023-geometric"):
        repetition.published(decay="besiroglu2024")
    with pytest.raises(ScalingLawsError, match="not a law of the form"):
        repetition.published("muennighoff2023-decay")
