"""What `predict` and `backtest` print: the library's numbers, their names, and no traceback."""

import json
import subprocess
import sys

import pytest

from scalebook import cli
from scalinglaws import Laboratory, backtest, predict, read_runs, simulate
from scalinglaws.prediction.simulation import csv_text

KEYS = {
    "reading",
    "loss", "low", "high", "level", "h", "kind", "centre", "law_low", "law_high", "params",
    "params_low", "params_high", "tokens", "n_used", "warnings", "reason", "extrapolated",
    "params_extrapolated", "among",
}  # fmt: skip


def said(capsys, *arguments):
    code = cli.main(list(arguments))
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out


def test_predict_prints_what_the_library_says(capsys):
    asked = ("--params", "70B", "--tokens", "1.4 trillion tokens", "--level", "80%")
    found = json.loads(said(capsys, "predict", "marin-dclm", *asked, "--json"))
    made = predict(read_runs("marin-dclm"), params=70e9, tokens=1.4e12, level=0.8)
    assert set(found) == KEYS
    assert found["kind"] == made.kind == "extrapolates"
    assert (found["loss"], found["law_low"]) == (made.loss, made.law_low)
    assert found["low"] is None
    assert found["reason"] == made.reason
    assert found["extrapolated"] == list(made.extrapolated)


def test_predict_says_what_each_interval_is(capsys):
    found = predict(read_runs("marin-dclm"), compute=4e21)
    text = said(capsys, "predict", "marin-dclm", "--compute", "4e21")
    assert text.startswith(f"**{found.loss:.4g}** nats per token")
    for name, low in (("calibrated", found.low), ("the law's own", found.law_low)):
        assert f"| {name}" in text
        assert f"{low:.4g}" in text
    assert "Calibrated likewise, the best size is" in " ".join(text.split())
    far = " ".join(said(capsys, "predict", "marin-dclm", "--compute", "1e23").split())
    assert "| calibrated | - | - |" in far.replace("  ", " ")
    assert "if the trend of its width went on" in far
    assert "the calibration reaches 100 times" in far


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "no run given: expected --params and --tokens"),
        (("--params", "3B"), 2, "--params given: expected --params and --tokens"),
        (("--tokens", "3B", "--compute", "1e22"), 2, "--tokens and --compute given"),
        (("--compute", "-3"), 1, "--compute -3: expected a positive number of FLOP"),
        (("--compute", "1e22", "--level", "2"), 1, "--level is 2; expected a coverage"),
    ],
)
def test_predict_refuses_in_the_words_of_its_options(capsys, arguments, code, message):
    assert cli.main(["predict", "marin-dclm", *arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("given", [("--compute", "1e22"), ("--params", "70B"), ("--loss", "2.0")])
def test_a_plan_from_the_books_runs_has_the_prediction_beside_the_laws_own(capsys, given):
    laws = ("--law", "refit", "--law", "hoffmann2022")
    refit, other = json.loads(said(capsys, "plan", *given, *laws, "--json"))
    assert other["prediction"] is None
    found = refit["prediction"]
    assert set(found) == KEYS - {"reading"}
    assert found["low"] < found["loss"] < found["high"]
    assert found["low"] < refit["loss"] < found["high"]
    assert refit["intervals"]["of"] == "of the law, if its form is right"
    if given[0] == "--compute":
        runs = read_runs("hoffmann2022_runs").without_highest(5)
        assert found["loss"] == predict(runs, compute=1e22).loss
    else:
        assert found["h"] > 1


def test_a_plan_beyond_all_that_was_tried_shows_the_laws_own_and_a_trend_named_as_such(capsys):
    (row,) = json.loads(said(capsys, "plan", "--compute", "1e25", "--law", "refit", "--json"))
    found = row["prediction"]
    assert [found[key] for key in ("low", "high", "params_low", "params_high")] == [None] * 4
    assert "the calibration reaches 100 times" in found["reason"]
    assert "the calibration reaches 30 times" in found["reason"]
    text = " ".join(said(capsys, "plan", "--compute", "1e25", "--law", "refit").split())
    assert "| calibrated | - | - |" in text
    assert "| extrapolated |" in text
    assert "refit, 95% of the law, if its form is right: params" in text


def test_a_fit_by_all_methods_says_what_to_expect_ahead(capsys, tmp_path, monkeypatch):
    (tmp_path / "runs.csv").write_text(csv_text(Laboratory(budgets=4, sizes=6)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    asked = ("fit", "runs.csv", "--method", "all", "--bootstrap", "0")
    found = json.loads(said(capsys, *asked, "--json"))
    made = predict(read_runs("runs.csv"), compute=found["compute"])
    assert found["prediction"]["loss"] == made.loss
    assert found["prediction"]["low"] == made.low
    assert "## What to expect of" in said(capsys, *asked)


def test_backtest_leads_with_the_best_and_gives_a_row_a_split_and_band(capsys):
    made = backtest(read_runs("marin-dclm"))
    text = " ".join(said(capsys, "backtest", "marin-dclm").split())
    assert text.startswith(f"**{made.best}** did best on larger runs of marin-dclm")
    assert "those without the runs of marin" in text
    found = json.loads(said(capsys, "backtest", "marin-dclm", "--json"))
    assert found["best"] == made.best
    assert len(found["rows"]) == len(made.rows)
    keys = {(row["split"], row["method"], row["interval"]) for row in found["rows"]}
    assert len(keys) == len(found["rows"])
    assert found["rows"][0]["level"] == 0.95


def test_six_runs_are_answered_and_not_backtested(tmp_path, monkeypatch, capsys):
    (tmp_path / "runs.csv").write_text(csv_text(Laboratory(budgets=2, sizes=3)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found = json.loads(said(capsys, "predict", "runs.csv", "--compute", "1e22", "--json"))
    assert found["low"] is None
    assert "6 runs on 2 budgets" in found["reason"]
    assert cli.main(["backtest", "runs.csv"]) == 1
    assert "no cut leaves 18 runs on 3 budgets" in capsys.readouterr().err


def test_both_work_without_what_draws_and_runs_chapters(tmp_path):
    (tmp_path / "runs.csv").write_text(csv_text(Laboratory(budgets=4, sizes=6)), encoding="utf-8")
    code = (
        "import sys\n"
        "for name in ('matplotlib', 'papermill', 'pandas'):\n"
        "    sys.modules[name] = None\n"
        "from scalebook import cli\n"
        "sys.exit(cli.main(['predict', 'runs.csv', '--compute', '1e22'])\n"
        "         or cli.main(['backtest', 'runs.csv']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "did best on larger runs of runs.csv" in done.stdout


def test_what_is_simulated_is_what_is_predicted():
    runs = simulate(Laboratory(budgets=4, sizes=6))
    assert predict(runs, compute=1e22).h == pytest.approx(10, rel=1e-6)
