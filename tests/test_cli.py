import json
from pathlib import Path

import numpy as np
import pytest

from scalebook import cli, paths
from scalebook.execution import parameters
from tests.scalinglaws import synthetic


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(arguments)
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    return call


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    made = synthetic.runs(noise=0.003, seed=1)
    path = tmp_path / "runs.csv"
    rows = np.stack([made.params, made.tokens, made.loss], axis=1)
    np.savetxt(path, rows, delimiter=",", header="params,tokens,loss", comments="")
    return path


def test_params_as_json(run):
    code, out, _ = run("params", "chinchilla", "--json")
    rows = json.loads(out)
    assert code == 0
    assert [row["name"] for row in rows] == [p.name for p in parameters.declared("chinchilla")]
    assert {"name", "type", "default", "unit", "low", "high", "meaning"} <= set(rows[0])


def test_params_of_a_copy_are_its_own(tmp_path, capsys):
    text = (paths.notebooks_dir() / "kaplan.ipynb").read_text(encoding="utf-8")
    copy = tmp_path / "kaplan.ipynb"
    copy.write_text(text.replace("growth: float = 10.0", "growth: float = 12.0"), encoding="utf-8")
    assert cli.main(["params", str(copy), "--json"]) == 0
    rows = {row["name"]: row["default"] for row in json.loads(capsys.readouterr().out)}
    assert rows["growth"] == 12.0


@pytest.mark.parametrize("method", ["huber", "lad", "mse", "varpro"])
def test_fit_recovers_the_law(run, mine, method):
    options = ("--method", method, "--bootstrap", "40", "--seed", "1", "--json")
    code, out, _ = run("fit", str(mine), *options)
    found = json.loads(out)
    assert code == 0
    assert set(found) == {
        "E", "A", "B", "alpha", "beta", "a", "objective", "status", "n", "intervals",
        "method", "minimises", "seed", "form", "constants", "told",
    }  # fmt: skip
    assert found["status"] == "converged"
    assert found["n"] == 72
    low, high = found["intervals"]["a"]
    assert low < synthetic.LAW.a < high
    assert found["E"] == pytest.approx(synthetic.LAW.E, rel=0.03)


def test_fit_without_intervals(run, mine):
    _, out, _ = run("fit", str(mine), "--bootstrap", "0", "--json")
    assert json.loads(out)["intervals"] == {}


def test_plan_by_law(run):
    named = ("--law", "hoffmann2022", "--law", "refit")
    code, out, _ = run("plan", "--compute", "5.76e23", *named, "--json")
    published, refit = json.loads(out)
    assert code == 0
    # Figure 4 of Hoffmann et al. 2022 says 40B
    assert round(published["params"], -9) == 40e9
    assert 6 * published["params"] * published["tokens"] == pytest.approx(5.76e23)
    assert refit["intervals"]["params"][0] < refit["params"] < refit["intervals"]["params"][1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "kaplan", "-p", "grwoth=2"), "Did you mean 'growth'"),
        (("run", "nothing"), "There is no chapter 'nothing'"),
        (("params", "chinchila"), "Did you mean 'chinchilla'"),
        (("claims", "--id", "x"), "x"),
        (("fit", "missing.csv"), "'missing.csv': no such file"),
        (("plan", "--compute", "a lot"), "'a lot' is not a quantity"),
        (("plan", "--compute", "0"), "expected a positive number of FLOP"),
        (("plan", "--compute", "1e25", "--law", "besiro"), "Did you mean 'besiroglu2024'"),
        (("plan", "--compute", "1e25", "--law", "kaplan2020-params"), "gives a loss"),
        (("fit", "hoffmann2022_runs", "--bootstrap", "-1"), "--bootstrap -1"),
    ],
)
def test_errors_are_one_clear_line(run, arguments, message):
    code, out, err = run(*arguments)
    assert code == 1
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert err.startswith("scalebook: ")
    assert err.count("\n") == 1


def test_a_wrong_table_names_row_and_column(run, tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("params,tokens,loss\n1e9,2e10,2.5\n2e9,2e10,-2.31\n", encoding="utf-8")
    code, _, err = run("fit", str(path))
    assert code == 1
    assert "runs.csv, row 2: loss is -2.31; a loss in nats per token must be positive." in err


def test_version(run):
    with pytest.raises(SystemExit, match="0"):
        run("--version")


def test_ends_that_do_not_exist_are_null_and_dashes(run, tmp_path: Path) -> None:
    # At one ratio of tokens to parameters nothing tells the terms apart, and resamples overflow.
    params = np.geomspace(1e8, 1e10, 30)
    noise = 1 + 0.001 * np.random.default_rng(1).standard_normal(30)
    rows = np.stack([params, 20 * params, synthetic.LAW.loss(params, 20 * params) * noise], axis=1)
    path = tmp_path / "ratio.csv"
    np.savetxt(path, rows, delimiter=",", header="params,tokens,loss", comments="")
    code, out, err = run("fit", str(path), "--bootstrap", "30", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["status"].startswith("no scaling law: params and tokens of these runs go up")
    assert not any(found["told"].values())
    ends = [end for name in ("A", "B") for end in found["intervals"][name]]
    assert None in ends
    code, out, err = run("fit", str(path), "--bootstrap", "30")
    assert (code, err) == (0, "")
    assert ", -]" in out
    assert "nan" not in out
