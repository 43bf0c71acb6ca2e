"""Compute from machines, money and energy, and times as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import registry, units
from scalinglaws.errors import ScalingLawsError
from scalinglaws.optimum import machine as budget
from scalinglaws.optimum.machine import Machine

POSITIVE = st.floats(1e-3, 1e12)


def test_the_notes_machines():
    exa = budget.from_machine(Machine(1e18, 1.0), budget.duration("64 days"))
    assert float(exa) == pytest.approx(5.5296e24)
    ten = budget.from_machine(Machine(1e19, 1.0), budget.duration("three months"))
    assert float(ten) == pytest.approx(1e19 * 365.25 / 4 * 86400)


def test_lamda_by_its_own_figures():
    chips, peak, share, days = (
        registry.printed(f"thoppilan2022.{name}").value
        for name in ("chips", "peak", "utilization", "days")
    )
    done = budget.from_machine(Machine(chips * peak, share), days * budget.SECONDS_PER_DAY)
    assert float(done) == pytest.approx(
        registry.published_model("LaMDA (own paper)").flop, rel=0.005
    )


@given(POSITIVE, st.floats(0.01, 1), POSITIVE, POSITIVE)
def test_money_and_energy_are_time(peak, share, amount, rate):
    machine = Machine(peak, share)
    hours = budget.from_machine(machine, amount / rate * 3600)
    assert float(budget.from_cost(machine, amount, rate)) == pytest.approx(float(hours))
    # A kW for an hour is a kWh.
    assert float(budget.from_energy(machine, amount, 1000 * rate)) == pytest.approx(float(hours))
    # More of the machine at a higher price buys the same.
    assert float(budget.from_cost(Machine(7 * peak, share), amount, 7 * rate)) == pytest.approx(
        float(hours)
    )


@given(POSITIVE, st.floats(0.01, 1), POSITIVE)
def test_utilisation_inverts_the_compute(peak, share, seconds):
    done = budget.from_machine(Machine(peak, share), seconds)
    assert float(budget.utilisation(done, peak, seconds)) == pytest.approx(share)


def test_amd_ran_below_its_peak():
    model = registry.published_model("AMD-Llama-135M")
    nodes, each, peak, days = (
        registry.printed(f"amd2024.{name}").value
        for name in ("nodes", "accelerators_per_node", "peak", "days")
    )
    share = budget.utilisation(
        units.training_flop(model.params, model.tokens), nodes * each * peak, days * 86400
    )
    assert round(float(share), 3) == 0.181


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("64 days", 64 * 86400),
        ("1 day", 86400),
        ("six days", 6 * 86400),
        ("a week", 7 * 86400),
        ("12h", 43200),
        ("90 min", 5400),
        ("2 Hours", 7200),
        ("0.5 years", 365.25 * 43200),
        ("3 months", 365.25 / 4 * 86400),
        (" 1e3 s ", 1000),
    ],
)
def test_durations(text, seconds):
    assert budget.duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "3", "days", "3 parsecs", "many days", "3 4 days", "1e400 days"]
)
def test_what_is_not_a_time(text):
    with pytest.raises(ScalingLawsError, match=r"is not a time\. Write a number and a unit"):
        budget.duration(text)


@pytest.mark.parametrize("text", ["0 days", "-3 days"])
def test_a_time_is_positive(text):
    with pytest.raises(ScalingLawsError, match="expected a positive time"):
        budget.duration(text)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.01, float("nan")])
def test_utilisation_is_a_share(share):
    with pytest.raises(ScalingLawsError, match="above 0 and at most 1"):
        Machine(1e18, share)


def test_inputs_must_be_positive():
    with pytest.raises(ScalingLawsError, match=r"peak is 0; expected a positive number of FLOP/s"):
        Machine(0.0, 0.4)
    with pytest.raises(ValueError, match="price per hour must be positive"):
        budget.from_cost(Machine(1e15, 0.4), 1e6, 0.0)
    with pytest.raises(ValueError, match="energy in kWh must be positive"):
        budget.from_energy(Machine(1e15, 0.4), -1.0, 700.0)
