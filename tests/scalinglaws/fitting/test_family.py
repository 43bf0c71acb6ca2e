"""Which constants a form has, and the laws that it makes of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting import FORMS, Form, fit
from scalinglaws.fitting.family import KAPLAN, NOTHING, chained, form_of
from scalinglaws.fitting.model import CONSTANTS
from scalinglaws.laws import GeneralLaw, JointLaw, ParametricLaw, PowerLaw
from scalinglaws.runs import Runs
from tests.scalinglaws import synthetic

LAWS = {
    "chinchilla": ParametricLaw,
    "sum": ParametricLaw,
    "kaplan": JointLaw,
    "kaplan+floor": GeneralLaw,
    "powermean": GeneralLaw,
    "varying": GeneralLaw,
    "curve": PowerLaw,
    "curve+floor": PowerLaw,
}
CHINCHILLA = ("A", "B", "E", "alpha", "beta")
constants = st.tuples(*[st.floats(-2, 8)] * 3, *[st.floats(0.05, 2)] * 3, st.floats(-0.01, 0.01))
FOUR = ("A", "B", "alpha", "beta")


def some(form, drawn):
    """Return constants of a form from numbers in the order of all constants."""
    return np.array([drawn[CONSTANTS.index(name)] for name in form.free])


def test_the_forms():
    assert list(FORMS) == list(LAWS)
    assert all(form.name == key for key, form in FORMS.items())
    assert {key: "".join(name[0] for name in form.free) for key, form in FORMS.items()} == {
        "chinchilla": "ABEab", "sum": "ABab", "kaplan": "ABab", "kaplan+floor": "ABEab",
        "powermean": "ABEabp", "varying": "ABEabg", "curve": "Aa", "curve+floor": "AEa",
    }  # fmt: skip
    assert [key for key, form in FORMS.items() if not form.is_sum] == [
        "kaplan", "kaplan+floor", "powermean",
    ]  # fmt: skip
    assert [key for key, form in FORMS.items() if form.variable == "flop"] == [
        "curve", "curve+floor",
    ]  # fmt: skip
    assert {form.varied for form in FORMS.values()} == {("params", "tokens"), ("flop",)}


def test_what_is_absent_fixed_and_tied_is_filled_in():
    assert FORMS["sum"].full(np.array([1.0, 2, 0.3, 0.4])).tolist() == [
        1, 2, NOTHING, 0.3, 0.4, 0, 0,
    ]  # fmt: skip
    assert FORMS["curve"].full(np.array([1.0, 0.3])).tolist() == [1, NOTHING, NOTHING, 0.3, 0, 0, 0]
    data = Form("", "", ("B", "E", "beta"))
    assert data.full(np.array([2.0, 1, 0.4])).tolist() == [NOTHING, 2, 1, 0, 0.4, 0, 0]
    mine = Form("", "", ("A", "B"), {"E": 2.0, "p": 3.0, "alpha": -0.1, "beta": 0.2})
    np.testing.assert_allclose(
        mine.full(np.array([1.0, 2])), [1, 2, np.log(2), -0.1, 0.2, np.log(3), 0]
    )
    assert FORMS["kaplan"].full(np.array([1.0, 2, 0.3, 0.25]))[5] == pytest.approx(np.log(4))


def test_a_tie_to_what_is_not_positive_has_no_value():
    points = np.array([[1.0, 2, 0.3, -0.1], [1, 2, 0.3, 0.0], [1, 2, 0.3, 0.1]])
    full = FORMS["kaplan"].full(points)
    np.testing.assert_array_equal(np.isnan(full[:, 5]), [True, True, False])
    assert np.isfinite(np.delete(full, 5, axis=1)).all()


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@given(constants, constants)
@settings(max_examples=15)
def test_take_inverts_full(form, one, other):
    values = np.stack([some(form, one), some(form, other)])[:, None]
    assert form.full(values).shape == (2, 1, 7)
    np.testing.assert_array_equal(form.take(form.full(values)), values)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@given(constants, constants)
@settings(max_examples=15)
def test_values_invert_law(form, one, other):
    values = np.stack([some(form, one), some(form, other)])
    law = form.law(values)
    np.testing.assert_allclose(form.values(law), values, rtol=1e-9, atol=1e-9)
    single = form.law(values[0], "mine")
    assert (type(single), single.name) == (LAWS[form.name], "mine")
    assert law.name == ""
    np.testing.assert_allclose(form.values(single), values[0], rtol=1e-9, atol=1e-9)
    numbers = {key: value for key, value in vars(single).items() if key != "name"}
    assert {type(value) for value in numbers.values()} == {float}
    assert {np.shape(getattr(law, key)) for key in numbers} == {(2,)}


@pytest.mark.parametrize(
    ("form", "law"),
    [
        ("sum", ParametricLaw(0.0, np.e, np.e**2, 0.5, 0.25)),
        ("kaplan", JointLaw(0.5, 0.25, np.e**2, np.e**8)),
        ("kaplan+floor", GeneralLaw(np.e**3, np.e, np.e**2, 0.5, 0.25, 4.0)),
        ("powermean", GeneralLaw(np.e**3, np.e, np.e**2, 0.5, 0.25, np.e)),
        ("varying", GeneralLaw(np.e**3, np.e, np.e**2, 0.5, 0.25, 1.0, 0.01)),
        ("curve", PowerLaw(0.5, np.e**2)),
        ("curve+floor", PowerLaw(0.5, np.e**2, floor=np.e**3)),
    ],
)
def test_laws_in_whole_numbers(form, law):
    found = FORMS[form].law(some(FORMS[form], (1.0, 2.0, 3.0, 0.5, 0.25, 1.0, 0.01)))
    assert vars(found) == pytest.approx(vars(law))


def test_values_of_a_form_are_those_of_the_equal_law_of_another_class():
    law = JointLaw(0.1, 0.2, 1e13, 2e13)
    np.testing.assert_allclose(
        np.exp(FORMS["powermean"].values(GeneralLaw(1.0, 2.0, 3.0, 0.1, 0.2, 5.0))[[0, 1, 2, 5]]),
        [2, 3, 1, 5],
    )
    np.testing.assert_allclose(FORMS["kaplan"].values(law), FORMS["kaplan"].values(law.general))


# Forms of one's own


@pytest.mark.parametrize(
    ("fixed", "free"),
    [
        ({"E": 1.7}, ("A", "B", "alpha", "beta")),
        ({"beta": 0.36}, ("A", "B", "E", "alpha")),
        ({"alpha": 0.35, "beta": 0.36}, ("A", "B", "E")),
        ({"alpha": 0.35, "beta": 0.36, "E": 1.7}, ("A", "B")),
        ({"p": 1.0}, CHINCHILLA),
        ({"gamma": 0.0}, CHINCHILLA),
    ],
)
def test_fixed_constants_recover_exact_data(fixed, free):
    runs = synthetic.scattered(synthetic.LAW)
    form = Form("mine", "", free, fixed)
    found = fit(runs, form, error="mse")
    assert found.converged
    assert list(found.constants) == list(free)
    law = found.law.general
    for name in CHINCHILLA:
        assert getattr(law, name) == pytest.approx(getattr(synthetic.LAW, name), rel=1e-5)
    for name, value in fixed.items():
        assert getattr(law, name) == value
    np.testing.assert_allclose(form.values(found.law), found.values)


def test_a_fixed_power_and_a_fixed_gamma_are_in_the_law():
    law = GeneralLaw(1.7, 450.0, 1500.0, 0.35, 0.36, 2.0)
    found = fit(synthetic.scattered(law), Form("", "", CHINCHILLA, {"p": 2.0}), error="mse")
    assert found.law.p == pytest.approx(2)
    assert pytest.approx(1.7, rel=1e-5) == found.law.E
    law = GeneralLaw(1.7, 450.0, 1500.0, 0.35, 0.36, 1.0, -0.003)
    found = fit(synthetic.scattered(law), Form("", "", CHINCHILLA, {"gamma": -0.003}), error="mse")
    assert (found.law.gamma, found.law.p) == (-0.003, 1)
    assert pytest.approx(1.7, rel=1e-5) == found.law.E


def test_kaplans_form_above_a_fixed_floor():
    law = GeneralLaw(1.0, 12.0, 22.0, 0.08, 0.1, 10.0)
    form = Form("", "", ("A", "B", "alpha", "beta"), {"E": 1.0}, KAPLAN)
    found = fit(synthetic.scattered(law), form, error="mse")
    assert type(found.law) is GeneralLaw
    assert found.constants == pytest.approx(
        {"A": 12, "B": 22, "alpha": 0.08, "beta": 0.1}, rel=1e-4
    )
    assert (found.law.E, found.law.p) == pytest.approx((1, 10))


def test_a_form_of_one_term_asks_that_it_alone_varies():
    data = Form("data", "", ("B", "E", "beta"))
    assert data.varied == ("tokens",)
    tokens = np.geomspace(1e9, 1e12, 12)
    runs = Runs(np.full(12, 1e9), tokens, 1.7 + 1500 * tokens**-0.36)
    found = fit(runs, data, error="mse")
    assert found.converged
    assert found.constants == pytest.approx({"B": 1500, "E": 1.7, "beta": 0.36}, rel=1e-4)
    np.testing.assert_allclose(found.predict(runs.params, tokens), runs.loss, rtol=1e-6)
    assert Form("size", "", ("A", "E", "alpha")).varied == ("params",)
    assert Form("curve", "", ("A", "alpha"), variable="flop").varied == ("flop",)
    assert Form("both", "", FOUR).varied == ("params", "tokens")


def test_a_new_form_is_one_more_entry(monkeypatch):
    mine = Form(
        "mine", "1.7 + A/N^alpha + B/D^alpha", ("A", "B", "alpha"), {"E": 1.7, "beta": 0.36}
    )
    monkeypatch.setitem(FORMS, "mine", mine)
    found = fit(synthetic.scattered(synthetic.LAW), "mine", error="mse")
    assert found.converged
    assert found.form is mine
    assert found.constants == pytest.approx({"A": 450, "B": 1500, "alpha": 0.35}, rel=1e-5)
    with pytest.raises(ScalingLawsError, match="curve\\+floor, mine"):
        form_of("yours")


def test_an_unknown_form_names_those_there_are():
    expected = (
        r"^form 'cubic': expected one of chinchilla, sum, kaplan, kaplan\+floor, powermean, "
        r"varying, curve, curve\+floor\.$"
    )
    with pytest.raises(ScalingLawsError, match=expected):
        fit(synthetic.runs(), "cubic")
    assert form_of("sum") is FORMS["sum"]
    assert form_of(FORMS["sum"]) is FORMS["sum"]


FOUR = ("A", "B", "alpha", "beta")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((("A", "C"),), "takes each of A, B, E, alpha, beta, p, gamma once at most; found A, C"),
        ((FOUR, {"alpha": 0.3}), "once at most; found A, B, alpha, beta, alpha"),
        ((("A", "A", "alpha"),), "once at most; found A, A, alpha"),
        ((FOUR, {"x": 1.0}), "once at most"),
        ((FOUR, {}, {"p": "beta", "beta": "alpha"}), "once at most"),
        ((("alpha", "A"),), "has its free constants in the order A, B, E, alpha, beta, p, gamma"),
        ((("B", "alpha", "beta"), {"A": 1.0}), "has A and B free or absent"),
        ((("A", "alpha", "beta"), {"B": 1.0}), "has A and B free or absent"),
        (((),), "has a term: A or B is free"),
        ((("E",),), "has a term: A or B is free"),
        ((FOUR, {}, {}, "flop"), "in 'flop' has one term, that of A"),
        (((*FOUR[:3], "gamma"), {"beta": 0.3}), "with gamma has a free beta"),
        ((("A", "alpha", "gamma"),), "with gamma has a free beta"),
        ((FOUR[:3], {"beta": 0.3, "gamma": 0.1}), "with gamma has a free beta"),
        (((*CHINCHILLA, "gamma"), {}, KAPLAN), "with gamma has a free beta, and nothing tied"),
        ((FOUR, {"gamma": 0.1}, KAPLAN), "with gamma has a free beta, and nothing tied"),
        ((FOUR[:3], {"beta": 0.3}, KAPLAN), "may have p tied, to a free exponent, and nothing"),
        ((CHINCHILLA, {}, {"p": "E"}), "may have p tied"),
        ((("A", "B", "E", "beta"), {}, {"alpha": "beta"}), "may have p tied"),
        ((("A", "B", "E", "beta"),), "has A and alpha both or neither"),
        ((("A", "alpha", "beta"),), "has B and beta both or neither"),
        ((FOUR, {}, {}, "tokens"), "is one in 'params' or 'flop'; found 'tokens'"),
        ((FOUR, {"E": -0.1}), "has E fixed at -0.1; expected a number from 0 to inf"),
        ((FOUR, {"E": np.inf}), "has E fixed at inf"),
        ((FOUR, {"p": 0.04}), "has p fixed at 0.04; expected a number from 0.0498 to 403"),
        ((FOUR, {"p": 404.0}), "has p fixed at 404"),
        ((("A", "B", "beta"), {"alpha": np.nan}), "has alpha fixed at nan"),
        ((("A", "B", "beta"), {"alpha": -np.inf}), "expected a number from -inf to inf"),
    ],
)
def test_forms_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ScalingLawsError, match=f"^form 'mine': a form .*{message}"):
        Form("mine", "", *arguments)


@pytest.mark.parametrize("fixed", [{"E": 0.0}, {"p": 0.05}, {"p": 403.0}, {"gamma": -1.0}])
def test_constants_may_be_fixed_up_to_their_bounds(fixed):
    assert Form("mine", "", FOUR, fixed).fixed == fixed


def test_the_power_may_be_tied_to_either_exponent():
    form = Form("", "", ("A", "B", "alpha", "beta"), tied={"p": "alpha"})
    assert form.full(np.array([1.0, 2, 0.5, 0.1]))[5] == pytest.approx(np.log(2))
    assert form.active == ("A", "B", "alpha", "beta", "p")


# The chain rule


@given(st.lists(st.floats(-2, 2), min_size=14, max_size=14).map(np.array))
def test_the_chain_rule(numbers):
    # f = g.u + u H u / 2 with u_i = J_i.v + v K_i v / 2, at v = 0 and at another point.
    g, v = numbers[:2], numbers[2:4]
    H, J = (
        np.array([[numbers[4], numbers[5]], [numbers[5], numbers[6]]]),
        numbers[7:11].reshape(2, 2),
    )
    K = np.stack([np.diag(numbers[11:13]), numbers[13] * np.ones((2, 2))])

    def u(at):
        return J @ at + np.einsum("ikl,k,l->i", K, at, at) / 2

    first = J + K @ v
    gradient, hessian = chained((g + H @ u(v))[None], H[None], first[None], K[None])

    def f(at):
        return g @ u(at) + u(at) @ H @ u(at) / 2

    step = 1e-4 * np.eye(2)
    slopes = [(f(v + s) - f(v - s)) / 2e-4 for s in step]
    bends = [[(f(v + s + t) - f(v + s - t) - f(v - s + t) + f(v - s - t)) / 4e-8 for s in step]
             for t in step]  # fmt: skip
    np.testing.assert_allclose(gradient[0], slopes, atol=1e-4)
    np.testing.assert_allclose(hessian[0], bends, atol=1e-3)


def test_derivatives_of_a_form_without_ties_are_left_as_they_are():
    gradient, hessian = np.ones((2, 5)), np.ones((2, 5, 5))
    found = FORMS["chinchilla"].reduced(np.ones((2, 5)), gradient, hessian)
    assert found[0] is gradient
    assert found[1] is hessian
