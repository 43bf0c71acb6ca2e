import itertools

import numpy as np
import pytest

from scalebook import cli
from scalebook.errors import ScalebookError
from scalebook.execution import parameters
from scalebook.sweep import campaign, grid


def values(chapter: str = "kaplan", **given: object) -> list[object]:
    ((name, _),) = given.items()
    return [combination[name] for combination in grid.read(chapter, given)]


def test_values_as_people_write_them():
    assert values(params="70B, 1.4e11,70e9") == [70e9, 140e9]  # equal values count once
    assert values(growth=[2, "3"]) == [2.0, 3.0]
    assert values(growth="5") == [5.0]
    assert values("chinchilla", runs="a,b") == ["a", "b"]
    assert values("chinchilla", runs=["a,b"]) == ["a,b"]


def test_ranges():
    found = values(params="1e11:1e12:5log")
    assert (found[0], found[-1]) == (1e11, 1e12)
    assert np.allclose(np.diff(np.log(found)), np.log(10) / 4)
    assert values(growth="2:3:3") == values(growth="2:3:3lin") == [2.0, 2.5, 3.0]
    assert values(growth="3:2:2") == [3.0, 2.0]
    # Whole numbers stay whole, and those that fall together count once.
    assert values("chinchilla", seed="1:3:9") == [1, 2, 3]
    # A comma separates values in a list, and thousands in an end of a range.
    assert values("chinchilla", resamples="100,200") == [100, 200]
    assert values("chinchilla", resamples="1,000:2,000:3") == [1000, 1500, 2000]
    assert values(params="1B params:10B params:2") == [1e9, 1e10]


def test_every_combination_once_and_the_rest_at_its_default():
    found = grid.read("kaplan", {"growth": "2,3", "params": "1e9,1e10,1e11", "tokens": "5e9"})
    rows = list(found)
    assert len(found) == len(rows) == 6
    assert [(row["growth"], row["params"]) for row in rows] == list(
        itertools.product((2.0, 3.0), (1e9, 1e10, 1e11))
    )
    assert {row["tokens"] for row in rows} == {5e9}
    default = parameters.check("kaplan", {})
    assert {row["gopher_flop"] for row in rows} == {default["gopher_flop"]}
    assert list(rows[0]) == list(default)
    assert rows == [parameters.check("kaplan", row) for row in rows]


def test_combinations_are_made_one_by_one():
    found = grid.read("gpt4", {"compute": "1e20:1e30:1000log", "epochs": "1:100:1000"})
    assert len(found) == 1_000_000
    firsts = list(itertools.islice(found, 1001))
    assert firsts[1000] == {**firsts[0], "compute": firsts[1000]["compute"]}
    assert firsts[1000]["compute"] > firsts[0]["compute"]


def test_conditions_are_checked_in_every_combination():
    given = {"compute": "1e25,2e25", "experts": "8,16", "active_experts": "2,8,9"}
    expected = "gpt4: 'active_experts' is 9 experts and 'experts' is 8 experts; expected"
    with pytest.raises(ScalebookError, match=expected):
        grid.read("gpt4", given)
    assert len(grid.read("gpt4", {**given, "experts": "9,16"})) == 12


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"grwoth": "2,3"}, "unknown parameter 'grwoth'. Did you mean 'growth'"),
        ({"growth": "2,,3"}, "a value is missing. Write -p growth=v1,v2,... or -p growth=low:high"),
        ({"growth": []}, "a value is missing"),
        ({"params": "1,000,000"}, "commas separate values; for one number write 1_000_000 or 1000"),
        ({"params": "1,500 params"}, "'1' was given.* for one number write 1_500 params or 1500"),
        ({"growth": "2:3"}, "growth=2:3 is no range"),
        ({"growth": "2:3:4cubic"}, "is no range"),
        ({"growth": "2:x:4"}, "is no range"),
        ({"growth": "2:3:1"}, "two points or more"),
        ({"growth": "2:2:5"}, "two different ends"),
        ({"growth": "0:5:5log"}, "positive ends"),
        ({"growth": "2:5e6:5log"}, "'growth' .*: 5000000.0 was given; expected from 1.01"),
        ({"growth": "2,0.5"}, "'0.5' was given"),
        ({"params": "1e9:1e12:2000", "tokens": "1e9:1e12:2000"}, "2000 x 2000 = 4,000,000 comb"),
    ],
)
def test_a_bad_sweep_is_refused_before_anything_runs(tmp_path, given, message):
    with pytest.raises(ScalebookError, match=f"kaplan: .*{message}"):
        campaign.run("kaplan", given, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--jobs", "--batch", "--timeout"])
def test_numbers_of_jobs_are_positive(tmp_path, capsys, option):
    assert cli.main(["sweep", "kaplan", option, "0", "-o", str(tmp_path / "out")]) == 1
    assert f"{option} 0" in capsys.readouterr().err
