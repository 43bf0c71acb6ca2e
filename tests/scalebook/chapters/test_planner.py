"""What the chapter on planning says of the published tables, and the plans themselves."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalebook import cli
from scalebook.report import answers
from scalebook.report.answers import Given
from scalebook.show import frames
from scalinglaws import laws, registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.laws import PowerAllocation
from scalinglaws.optimum import dense

TABLE = frames.load("hoffmann2022_optimal")
PRINTED = TABLE[TABLE.certainty == "read"]
LLAMA = registry.printed("llama3.optimum.compute").value


def run(capsys, *arguments):
    code = cli.main(["plan", *arguments])
    streams = capsys.readouterr()
    return code, streams.out, streams.err


def rows(capsys, *arguments):
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


# The tables of Hoffmann et al.


def test_four_rows_disagree_with_6nd_beyond_their_rounding():
    unit = np.where(PRINTED.tokens < 1e12, 1e9, 1e12)
    rounding = 0.05 * unit / PRINTED.tokens
    rounding += 0.005 * 10 ** np.floor(np.log10(PRINTED.flop)) / PRINTED.flop
    gap = (PRINTED.flop / (6 * PRINTED.params * PRINTED.tokens) - 1).abs()
    slips = PRINTED[gap > rounding]
    assert list(zip(slips.approach, slips.params, strict=True)) == [
        (1, 67e9), (3, 67e9), (3, 175e9), (3, 280e9)
    ]  # fmt: skip


@pytest.mark.parametrize("approach", [1, 2, 3])
def test_each_column_has_the_exponent_printed_for_its_approach(approach):
    rows = TABLE[(TABLE.approach == approach) & (TABLE.flop != 1.26e24) & (TABLE.params != 67e9)]
    slope, start = np.polyfit(np.log(rows.params), np.log(rows.flop), 1)
    assert round(1 / slope, 2) == registry.printed(f"hoffmann2022.approach{approach}.a").value
    line = np.exp(start + slope * np.log(rows.params))
    assert float((rows.flop / line - 1).abs().max()) < 0.004


def test_no_printed_constants_give_the_third_column():
    rows = TABLE[(TABLE.approach == 3) & (TABLE.flop != 1.26e24) & (TABLE.params != 67e9)]
    miss = {
        name: np.asarray(
            dense.given_params(registry.parametric(name), rows.params.to_numpy()).compute
            / rows.flop.to_numpy() - 1
        )
        for name in ("hoffmann2022", "hoffmann2022-printed", "sardana2024")
    }  # fmt: skip
    assert 0.06 < miss["hoffmann2022"].min() < miss["hoffmann2022"].max() < 0.19
    assert miss["hoffmann2022-printed"].min() > 0.5
    assert 0 < miss["sardana2024"].min() < miss["sardana2024"].max() < 0.09


def test_the_articles_multiples_are_rows_of_table_3():
    gopher = registry.printed("hoffmann2022.gopher.flop.text").value
    first = PRINTED[PRINTED.approach == 1].set_index("params")
    assert round(first.flop[520e9] / gopher) == 60
    assert round(first.flop[1e12] / gopher, -2) == 200


# Llama 3


def test_the_digits_of_the_text_miss_the_stated_tokens_and_those_of_the_figure_do_not():
    stated = registry.printed("llama3.optimum.tokens").value
    reach = {}
    for name, half in (("llama3", 0.005), ("llama3-figure", 0.0005)):
        law = registry.published[name]
        reach[name] = [(law.D_e + s * half) * LLAMA ** (law.b + s * half) for s in (-1, 1)]
    assert reach["llama3"][1] < stated
    assert reach["llama3-figure"][0] < stated < reach["llama3-figure"][1]


# Inverting a power law


@given(st.sampled_from(["llama3", "llama3-figure", "kaplan2020-allocation"]), st.floats(18, 28))
def test_power_laws_invert(name, power):
    law = registry.published[name]
    compute = 10**power
    assert law.compute_for(params=law.params(compute)) == pytest.approx(compute, rel=1e-9)
    assert law.compute_for(tokens=law.tokens(compute)) == pytest.approx(compute, rel=1e-9)


def test_exponents_alone_do_not_invert():
    with pytest.raises(ScalingLawsError, match="exponents only"):
        PowerAllocation(0.5, 0.5).compute_for(params=1e9)
    with pytest.raises(ValueError, match="tokens must be positive"):
        registry.published["llama3"].compute_for(tokens=0.0)


# The command


@pytest.mark.parametrize("law", ["besiroglu2024", "llama3"])
def test_plans_agree_forwards_and_backwards(capsys, law):
    (forward,) = rows(capsys, "--compute", "1e24", "--law", law)
    for quantity in ("params", "tokens", "loss"):
        if forward[quantity] is not None:
            (back,) = rows(capsys, f"--{quantity}", repr(forward[quantity]), "--law", law)
            for key in ("compute", "params", "tokens", "tokens_per_param"):
                assert back[key] == pytest.approx(forward[key], rel=1e-6)


def test_machine_money_and_energy(capsys):
    one = ("--law", "besiroglu2024")
    (machine,) = rows(capsys, "--peak", "1e18", "--time", "64 days", "--utilisation", "1", *one)
    assert machine["compute"] == pytest.approx(5.5296e24)
    (money,) = rows(capsys, "--peak", "1e15", "--cost", "1e6", "--price", "2", *one)
    assert money["compute"] == pytest.approx(1e15 * 0.4 * 5e5 * 3600)
    (energy,) = rows(capsys, "--peak", "1e15", "--energy", "1e6", "--power", "1000", *one)
    assert energy["compute"] == pytest.approx(1e15 * 0.4 * 1e6 * 3600)


def test_intervals_of_the_refit_hold_its_plan(capsys):
    (row,) = rows(capsys, "--loss", "2.0", "--law", "refit")
    assert "loss" not in row["intervals"]
    for key in ("compute", "params", "tokens", "tokens_per_param"):
        low, high = row["intervals"][key]
        assert low < row[key] < high
    _, out, _ = run(capsys, "--loss", "2.0", "--law", "refit")
    assert "compute in FLOP" in out


def test_a_target_near_the_floor_is_out_of_reach_of_some_resamples(capsys):
    (row,) = rows(capsys, "--loss", "1.83", "--law", "refit")
    low, high = row["intervals"]["compute"]
    assert low < row["compute"]
    assert high is None
    assert "out of reach" in run(capsys, "--loss", "1.83", "--law", "refit")[1]


def test_without_names_a_loss_is_planned_by_the_laws_that_have_one():
    names = [row["law"] for row in answers.plan(Given("loss", 2.1))]
    assert names == ["refit", "besiroglu2024", "hoffmann2022"]


def test_draws_where_the_floor_is_too_high_are_infinite():
    ensemble = laws.ParametricLaw(
        np.array([1.7, 2.1]), np.full(2, 400.0), np.full(2, 400.0), np.full(2, 0.3), np.full(2, 0.3)
    )
    draws = answers.planned_draws(ensemble, Given("loss", 2.0))
    assert np.isfinite(draws["compute"]).tolist() == [True, False]
    assert np.isnan(draws["tokens_per_param"]).tolist() == [False, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--compute", "-1e25"), "--compute -1e25: expected a positive number of FLOP"),
        (("--compute", "1e50"), "positive number of FLOP, at most 1e+40"),
        (("--loss", "1.5", "--law", "hoffmann2022"), "expected more than 1.693 nats per token"),
        (("--loss", "1.7"), "the irreducible loss of refit"),
        (("--loss", "2", "--law", "llama3"), "llama3 says how to spend compute"),
        (("--params", "0"), "--params 0: expected a positive number of parameters"),
        (("--tokens", "-5"), "--tokens -5: expected a positive number of tokens"),
        (("--tokens", "lots"), "--tokens: 'lots' is not a quantity"),
        (("--time", "3 months"), "--peak is missing: expected a positive number of FLOP/s"),
        (("--time", "soon", "--peak", "1e18"), "'soon' is not a time"),
        (("--time", "1 day", "--peak", "1e18", "--utilisation", "40"), "at most 1"),
        (("--cost", "1e6", "--peak", "1e15"), "--price is missing"),
        (("--energy", "1e6", "--peak", "1e15", "--price", "2"), "--price does not go with"),
        (("--compute", "1e24", "--peak", "1e18"), "--peak does not go with --compute"),
        (("--params", "1e9", "--law", "hoffmann2022-approach1"), "exponents only"),
    ],
)
def test_bad_input_is_one_clear_line(capsys, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (1, "")
    assert message in err
    assert err.count("\n") == 1


def test_one_start_is_needed_and_only_one(capsys):
    for arguments in ((), ("--compute", "1e24", "--loss", "2")):
        with pytest.raises(SystemExit):
            cli.main(["plan", *arguments])
    assert "plan" in capsys.readouterr().err
