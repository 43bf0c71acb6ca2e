"""Made-up runs, and what is said of a table before it is fitted."""

from dataclasses import replace

import numpy as np
import pytest

from scalebook import cli
from scalinglaws import Runs, fitting, reading, registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.prediction import simulation, survey
from scalinglaws.prediction.simulation import Laboratory


def test_without_noise_the_runs_lie_on_the_law():
    made = simulation.simulate(Laboratory(noise=0.0))
    law = registry.parametric("besiroglu2024")
    np.testing.assert_allclose(made.loss, law.loss(made.params, made.tokens), rtol=1e-12)
    np.testing.assert_allclose(6 * made.params * made.tokens, made.budget, rtol=1e-12)


def test_the_command_writes_a_table_that_is_read_back(tmp_path, capsys):
    path = tmp_path / "runs.csv"
    options = ["--budgets", "5", "--sizes", "4", "--seed", "7", "-o", str(path)]
    assert cli.main(["simulate", *options]) == 0
    assert "20 runs of E 1.817" in capsys.readouterr().out
    runs = reading.read_runs(path)
    made = simulation.simulate(Laboratory(budgets=5, sizes=4, seed=7))
    for column in ("params", "tokens", "loss", "budget"):
        np.testing.assert_allclose(getattr(runs, column), getattr(made, column), rtol=1e-9)
    assert cli.main(["fit", str(path), "--bootstrap", "0"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("`runs.csv`: 20 runs")
    assert "tokens per parameter" in told


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--noise", "3", "--noise 3: expected a number from 0 to 1 of log loss"),
        ("--lowest", "-1", "--lowest -1: expected a positive number of FLOP"),
        ("--lowest", "much", "--lowest: 'much' is not a quantity"),
        ("--highest", "1e17", "--highest 1e+17 FLOP is below --lowest 1e+18 FLOP"),
        ("--budgets", "0", "--budgets 0: expected a number from 1"),
        ("--law", "besiroglu", "There is no law 'besiroglu'"),
        ("--law", "llama3", "llama3"),
    ],
)
def test_bad_plans_are_refused_and_write_nothing(tmp_path, capsys, option, value, expected):
    path = tmp_path / "runs.csv"
    assert cli.main(["simulate", f"{option}={value}", "-o", str(path)]) == 1
    assert expected in capsys.readouterr().err
    assert not path.exists()


def test_a_survey_counts_ranges_doubles_and_budgets():
    made = simulation.simulate(Laboratory(budgets=3, sizes=5))
    seen = survey.describe(made.take(np.append(np.arange(15), [0, 1])))
    assert (seen.runs, seen.doubles) == (17, 2)
    assert seen.ranges["params"] == (made.params.min(), made.params.max())
    np.testing.assert_allclose([flop for flop, _ in seen.budgets], np.unique(made.budget))
    assert [count for _, count in seen.budgets] == [7, 5, 5]


def test_a_run_far_from_the_others_is_named():
    made = simulation.simulate(Laboratory())
    off = np.where(np.arange(len(made)) == 17, 1.2, 1.0)
    fit = fitting.fit(replace(made, loss=made.loss * off))
    assert survey.outliers(fit.residuals) == [17]


def test_the_errors_are_those_of_repeated_laboratories():
    fits = []
    for seed in range(60):
        made = simulation.simulate(Laboratory(seed=seed))
        fits.append(fitting.fit(made, error=fitting.MSE))
    assert all(fits[0].told.values())
    for name, relative_error in fits[0].relative_errors.items():
        values = np.array([fit.constants[name] for fit in fits])
        ratio = relative_error * values[0] / values.std(ddof=1)
        # The robust scale of 96 residuals, and a scatter from 60 laboratories.
        assert 0.6 < ratio < 1.6, name


def test_sizes_that_hardly_differ_do_not_tell_their_exponent():
    made = simulation.simulate(Laboratory(noise=0.02))
    law = registry.parametric("besiroglu2024")
    params = made.params**0.001 * 1e9**0.999
    noise = made.loss / law.loss(made.params, made.tokens)
    told = fitting.fit(Runs(params, made.tokens, law.loss(params, made.tokens) * noise)).told
    assert not told["alpha"]
    assert not told["A"]


def test_bounds_are_those_of_the_class():
    with pytest.raises(ScalingLawsError, match=r"^factor 0\.5: expected"):
        Laboratory(factor=0.5)
