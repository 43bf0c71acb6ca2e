import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalebook.record import claims
from scalebook.show import numbers, templates
from scalinglaws import quantities
from scalinglaws.errors import ScalingLawsError


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1.8172, 3, "1.82"),
        (0.0347, 2, "0.035"),
        (1234.5, 3, "1,230"),
        (-0.5, 2, "−0.50"),
        (0, 3, "0"),
        (9.996, 3, "10.0"),
        (600000, 1, "600,000"),
        (7.6e-178, 2, "7.6 × 10⁻¹⁷⁸"),
        (-1.7e76, 2, "−1.7 × 10⁷⁶"),
    ],
)
def test_num(value, digits, text):
    assert numbers.num(value, digits) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (5.76e23, 3, "5.76 × 10²³"),
        (1.22e-16, 2, "1.2 × 10⁻¹⁶"),
        (1e25, 1, "10²⁵"),
        (-2e3, 1, "−2 × 10³"),
    ],
)
def test_sci(value, digits, text):
    assert numbers.sci(value, digits) == text


@given(st.floats(1e-9, 0.99e12), st.integers(2, 8))
def test_num_keeps_its_digits(value, digits):
    text = numbers.num(value, digits).replace(",", "")
    assert float(text) == pytest.approx(value, rel=0.51 * 10 ** (1 - digits))


# Everything printed can be typed


digits = st.integers(1, 8)
values = st.floats(-1e40, 1e40).filter(lambda value: not 0 < abs(value) < 1e-40)


def rounded(value, to):
    return float(f"{value:.{to - 1}e}")


@given(values, digits)
def test_numbers_are_read_back_to_the_digits_printed(value, to):
    assert quantities.read(numbers.sci(value, to), "") == rounded(value, to)
    assert quantities.read(numbers.qty(value, to), "") == rounded(value, to)
    half = 0.5 * 10.0 ** (1 - to) * (1 + 1e-9)  # num rounds a number, the others its decimals
    assert quantities.read(numbers.num(value, to), "") == pytest.approx(value, rel=half)
    assert quantities.read(numbers.pct(value, to), "share") == pytest.approx(value, rel=half)


@given(values, st.integers(0, 6))
def test_decimals_are_read_back(value, places):
    assert quantities.read(numbers.fix(value, places), "") == round(value, places)


UNITS = sorted({claim.unit for claim in claims.load().values()} | {"days", "FLOP/s", "x/year"})


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ([3.933e11, 1.6102e13], "params and tokens", "393B params, 16.1T tokens"),
        ([3.851e24, 3.7e12], "FLOP and tokens", "3.85 × 10²⁴ FLOP, 3.7T tokens"),
        ([7.644, 2.708, 64.58], "x, x and %", "7.64×, 2.71×, 64.6%"),
        ([7.644, 2.708], "x compute", "7.64×, 2.71× compute"),
        (-0.08642, "share", "−8.64%"),
        (5.01, "percent extra compute", "5.01% extra compute"),
        (0.2161, "share of the change", "21.6% of the change"),
    ],
)
def test_several_numbers_may_have_their_own_units(value, unit, text):
    assert numbers.quantity(value, unit, 3) == text


@given(values, st.sampled_from(UNITS), digits)
def test_quantities_are_read_back_in_their_unit(value, unit, to):
    back = quantities.read(numbers.quantity(value, unit, to), unit)
    assert back == pytest.approx(value, rel=0.5 * 10.0 ** (1 - to) * (1 + 1e-9))


def test_render_fills_numbers_and_leaves_myst_alone():
    text = "{{ r.a | fix(2) }} {#label} $x_{1}$ {{ p.compute | sci }}"
    out = templates.render(text, {"r": {"a": 0.5139}, "p": {"compute": 5.76e23}})
    assert out == "0.51 {#label} $x_{1}$ 5.76 × 10²³"


@pytest.mark.parametrize(
    "text", ["{{ r.b }}", "{{ r.a | nofilter }}", "{{ r.a", "{{ r.a | num('x') }}"]
)
def test_render_refuses_what_it_cannot_fill(text):
    with pytest.raises(ScalingLawsError, match="a number cannot be filled in"):
        templates.render(text, {"r": {"a": 1.0}})
