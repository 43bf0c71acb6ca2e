import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import JointLaw, ParametricLaw, PowerAllocation, PowerLaw
from scalinglaws.units import PF_DAY

counts = st.floats(1e3, 1e20)
exponents = st.floats(0.05, 0.5)


def test_parametric_law_in_whole_numbers():
    law = ParametricLaw(E=1, A=8, B=27, alpha=1 / 2, beta=1 / 3)
    size, data = law.terms(16, 729)
    assert (size, data) == pytest.approx((2, 3))
    assert law.loss(16, 729) == pytest.approx(6)
    assert (law.a, law.b) == pytest.approx((2 / 5, 3 / 5))


def test_limits_of_unlimited_size_and_data():
    law = ParametricLaw(E=1.5, A=8, B=27, alpha=0.5, beta=1 / 3)
    assert law.loss(np.inf, np.inf) == 1.5
    assert law.loss(np.inf, 729) == pytest.approx(1.5 + 3)
    assert law.loss(16, np.inf) == pytest.approx(1.5 + 2)


@given(counts, counts, st.floats(1.01, 100))
def test_more_of_either_always_helps(params, tokens, factor):
    law = registry.parametric("besiroglu2024")
    assert law.loss(params * factor, tokens) < law.loss(params, tokens)
    assert law.loss(params, tokens * factor) < law.loss(params, tokens)


def test_an_ensemble_gives_each_members_losses():
    members = [registry.parametric(name) for name in registry.law_names("parametric")]
    ensemble = ParametricLaw(
        *(np.array([getattr(law, s) for law in members]) for s in ("E", "A", "B", "alpha", "beta"))
    )
    params, tokens = np.array([1e8, 1e9, 1e10]), np.array([1e9, 1e10, 1e12])
    together = ensemble.loss(params[:, None], tokens[:, None])
    assert together.shape == (3, len(members))
    for column, law in zip(together.T, members, strict=True):
        np.testing.assert_allclose(column, law.loss(params, tokens), rtol=1e-14)


@pytest.mark.parametrize("symbol", ["A", "B"])
def test_negative_constants_are_refused(symbol):
    constants = {"E": 1.0, "A": 1.0, "B": 1.0, "alpha": 1.0, "beta": 1.0, symbol: -0.1}
    with pytest.raises(ValueError, match=f"{symbol} of a parametric law must not be negative"):
        ParametricLaw(**constants)


@pytest.mark.parametrize("bad", [0, -1e9, math.nan])
def test_laws_refuse_what_is_not_positive(bad):
    with pytest.raises(ValueError, match="params must be positive"):
        registry.parametric("hoffmann2022").loss(bad, 1e9)
    with pytest.raises(ValueError, match="tokens must be positive"):
        registry.published["kaplan2020-joint"].loss(1e9, bad)
    with pytest.raises(ValueError, match="x must be positive"):
        registry.published["kaplan2020-params"].loss(bad)


@given(exponents, counts, counts)
def test_power_law_inverts(exponent, scale, x):
    law = PowerLaw(exponent, scale)
    assert law.inverse(law.loss(x)) == pytest.approx(x, rel=1e-9)


def test_power_law_is_one_at_its_scale():
    assert PowerLaw(0.076, 8.8e13).loss(8.8e13) == 1.0


def test_doubling_the_parameters_multiplies_the_loss_as_kaplan_says():
    # Kaplan et al. 2020, Section 1.2: 2^-alpha_N = 0.95.
    law = registry.published["kaplan2020-params"]
    assert round(float(law.loss(2e9) / law.loss(1e9)), 2) == 0.95


def test_compute_laws_take_flop_though_printed_in_pf_days():
    law = registry.published["kaplan2020-compute-min"]
    assert law.loss(3.1e8 * PF_DAY) == pytest.approx(1.0)


@given(counts, exponents, exponents)
def test_joint_law_becomes_each_power_law_in_its_limit(x, alpha_n, alpha_d):
    law = JointLaw(alpha_n, alpha_d, N_c=1e13, D_c=1e12)
    assert law.loss(x, np.inf) == pytest.approx(PowerLaw(alpha_n, 1e13).loss(x), rel=1e-9)
    assert law.loss(np.inf, x) == pytest.approx(PowerLaw(alpha_d, 1e12).loss(x), rel=1e-9)


def test_kaplans_overfitting_exponent_needs_table_2():
    # Section 1.2 derives .74 from Eqs 1.1 and 1.2, whose exponents give .80.
    printed = registry.printed("kaplan2020.overfitting.exponent").value
    assert round(registry.published["kaplan2020-joint"].tokens_exponent, 2) == printed
    assert round(registry.published["kaplan2020-joint-eq"].tokens_exponent, 2) == 0.80


def test_kaplans_optimum_at_one_pf_day_and_at_ten():
    law = registry.published["kaplan2020-allocation"]
    assert law.params(PF_DAY) == pytest.approx(1.3e9)
    assert law.tokens(PF_DAY) == pytest.approx(2e10)
    assert law.params(10 * PF_DAY) == pytest.approx(1.3e9 * 10**0.73)
    assert law.growth(10) == pytest.approx((10**0.73, 10**0.27))


def test_kaplans_two_data_laws_disagree_and_table_6_follows_from_its_formula():
    # D = 2 C_min / 6N, printed with Eq 6.7.
    law = registry.published["kaplan2020-allocation"]
    by_formula = 2 * PF_DAY / (6 * law.params(PF_DAY))
    assert by_formula == pytest.approx(law.tokens(PF_DAY), rel=0.15)
    other = registry.published["kaplan2020-allocation-eq6.7"].tokens(PF_DAY)
    assert other / by_formula == pytest.approx(1.8, abs=0.05)


def test_llama_3_needs_the_digits_of_its_figure():
    # Section 3.2.1 extrapolates to 16.55T tokens at 3.8e25 FLOP.
    printed = registry.printed("llama3.optimum.tokens").value
    text, figure = registry.published["llama3"], registry.published["llama3-figure"]
    assert text.tokens(3.8e25) == pytest.approx(10.5e12, rel=0.01)
    assert figure.tokens(3.8e25) == pytest.approx(printed, rel=0.02)
    assert 6 * text.params(3.8e25) * text.tokens(3.8e25) == pytest.approx(3.8e25)
    assert text.a + text.b == pytest.approx(1)


def test_exponents_alone_give_growth_but_no_sizes():
    law = registry.published["hoffmann2022-approach1"]
    assert law.growth(100) == pytest.approx((10, 10))
    with pytest.raises(ScalingLawsError, match="exponents only"):
        law.params(1e24)


def test_unrounded_hoffmann_constants_round_to_the_printed_ones():
    exact, printed = (
        registry.parametric("hoffmann2022"),
        registry.parametric("hoffmann2022-printed"),
    )
    assert round(exact.E, 2) == printed.E
    assert round(exact.A, 1) == printed.A
    assert round(exact.B, 1) == printed.B
    assert round(exact.alpha, 2) == printed.alpha
    # .2849 was cut to .28: the data term at 1e11 tokens rises by 13%.
    assert 1e11 ** (exact.beta - printed.beta) == pytest.approx(1.13, abs=0.005)


def test_every_published_law_is_built_with_its_name_and_form():
    classes = {
        "parametric": ParametricLaw,
        "power": PowerLaw,
        "joint": JointLaw,
        "allocation": PowerAllocation,
    }
    assert len(registry.law_names()) >= 17
    for form, kind in classes.items():
        assert registry.law_names(form)
        for name in registry.law_names(form):
            law = registry.published[name]
            assert type(law) is kind
            assert law.name == name


def test_unknown_laws_name_the_nearest():
    with pytest.raises(ScalingLawsError, match="Did you mean 'besiroglu2024'"):
        registry.published["besiroglu24"]
    with pytest.raises(ScalingLawsError, match=r"not a law of the form .* hoffmann2022,"):
        registry.parametric("kaplan2020-params")
