import pytest

from scalebook import arguments
from scalebook.errors import ScalebookError


@pytest.mark.parametrize("text", ["70B", "70 billion", "7 × 10¹⁰ params", "70,000,000,000"])
def test_an_option_is_read_as_all_numbers_are(text):
    assert arguments.positive("--params", text, "number of parameters", "params") == 7e10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "--params is missing: expected a positive number of parameters."),
        ("lots", "--params: 'lots' is not a quantity: expected a number such as 70B"),
        ("5 GB", "--params: '5 GB' is not a quantity: that is in GB; expected params."),
        ("0", "--params 0: expected a positive number of parameters."),
    ],
)
def test_what_is_no_positive_number_is_said_of_the_option(text, message):
    with pytest.raises(ScalebookError, match=message):
        arguments.positive("--params", text, "number of parameters", "params")
