"""Numbers as people write them and the book prints them, with units and without."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import quantities
from scalinglaws.errors import ScalingLawsError
from tests.scalinglaws.written import TEXTS

MORE = [
    ("tokens", "15T tokens", 1.5e13),
    ("tokens", "1.4 trillion tokens", 1.4e12),
    ("tokens", "1.4\u202ftrillion\u00a0tokens", 1.4e12),
    ("FLOP/s", "989 TFLOP/s", 9.89e14),
    ("FLOP per second", "1e15 FLOPS", 1e15),
    ("FLOP/s", "1 exaflop/s", 1e18),
    ("1/year", "4.1%/year", 0.041),
    ("days", "3 months", 91.3125),
    ("days", "three months", 91.3125),
    ("days", "12 h", 0.5),
    ("days", "64", 64),
    ("s", "a week", 604800),
    ("USD/h", "48 USD/day", 2),
    ("bytes", "192 GB", 1.92e11),
    ("bytes", "1 KiB", 1024),
    ("W", "1.4 kW", 1400),
    ("kWh", "1 GWh", 1e6),
    ("x optimum", "2×", 2),
    # Units that no table holds, as they are spelled
    ("params^(2/3)", "47491 params^(2/3)", 47491),
    ("FLOP/(param*token)", "6 FLOP/\u200b(param·\u200btoken)", 6),
    ("bits/unit of loss", "0.2 bits/\u200bunit of loss", 0.2),
    ("experts", "1 expert", 1),
]


@pytest.mark.parametrize(("unit", "text", "value"), [*TEXTS, *MORE])
def test_numbers_are_read_in_the_unit_expected(unit, text, value):
    if value is None:
        with pytest.raises(ScalingLawsError):
            quantities.read(text, unit)
    else:
        assert quantities.read(text, unit) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("text", ["1.1B", "7%", "1.1 ZFLOP", "5.76 × 10²³"])
def test_digits_are_those_that_are_written(text):
    unit = "FLOP" if "F" in text else ""
    assert quantities.read(text, unit) in (1.1e9, 0.07, 1.1e21, 5.76e23)


@pytest.mark.parametrize(
    ("text", "unit", "message"),
    [
        ("5e25 tokens", "FLOP", "that is in tokens; expected FLOP"),
        ("5e25 blorps", "FLOP", "the unit 'blorps' is not known; expected FLOP"),
        ("95 days", "", "that is in days; expected a number without a unit"),
        ("1,5", "", "a comma goes between groups of three digits; write 1.5 or 15"),
        ("1,000,00 FLOP", "FLOP", "write 1500 or 1,500"),
        ("700 mW", "W", "'mW' has a small prefix, such as milli"),
        ("3 USD/mWh", "USD/J", "'USD/mWh' has a small prefix"),
        ("5 pJ", "J", "'pJ' has a small prefix"),
        ("1e400", "", "expected a number below 1e308"),
        ("much", "", "expected a number such as 70B, 1.4 trillion or 5.76 × 10²³"),
    ],
)
def test_what_is_not_read_says_what_to_type(text, unit, message):
    with pytest.raises(ScalingLawsError, match=message):
        quantities.read(text, unit)
    with pytest.raises(ScalingLawsError, match=f"'{text}' is not a quantity: .*{message}"):
        quantities.parse_quantity(text, unit)


@pytest.mark.parametrize("unit", ["FLOP", "", "days", "bytes/page", "experts"])
def test_spellings_are_read(unit):
    for spelling, factor in quantities.spellings(unit).items():
        assert quantities.read(f"3 {spelling}", unit) == pytest.approx(3 * factor, rel=1e-15)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7e10, "70B"),
        (1.4e12, "1.4T"),
        (5.76e23, "5.76e23"),
        (999.96e9, "1T"),
        (1425.5e12, "1.43e15"),
        (1234, "1.23K"),
        (20, "20"),
        (0.5, "0.5"),
        (1e-5, "1e-5"),
        (-3e9, "-3B"),
        (0, "0"),
    ],
)
def test_quantities_are_written_short(value, text):
    assert quantities.format_quantity(value) == text


@given(st.floats(1e-300, 1e300), st.integers(1, 15))
def test_written_quantities_read_back_to_their_digits(value, digits):
    back = quantities.parse_quantity(quantities.format_quantity(value, digits))
    assert back == float(f"{value:.{digits - 1}e}")


@pytest.mark.parametrize(("value", "digits"), [(math.inf, 3), (math.nan, 3), (1.0, 0)])
def test_what_cannot_be_written_is_refused(value, digits):
    with pytest.raises(ValueError, match="significant digits"):
        quantities.format_quantity(value, digits)


@pytest.mark.parametrize("text", ["5 × 10", "2 x 1e3", "5 x a; b"])
@pytest.mark.parametrize("unit", ["", "x", "x optimum"])
def test_a_product_is_not_taken_for_its_first_factor(text, unit):
    with pytest.raises(quantities.Miswritten, match="is not known"):
        quantities.read(text, unit)
