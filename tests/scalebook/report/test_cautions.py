"""Tables that tell less than they seem to: what is then null, and what is said."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scalebook import cli
from scalebook.report import cautions, study
from scalinglaws import Runs, fit, published, table
from scalinglaws.fitting import isoflop
from scalinglaws.prediction import methods, survey

LAW = published["besiroglu2024"]
CONSTANTS = ("E", "A", "B", "alpha", "beta", "a")
Asked = Callable[..., Any]


@pytest.fixture
def asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Asked:
    """Write runs to a file and return what `fit` says of it, as JSON or as text."""
    monkeypatch.chdir(tmp_path)

    def ask(columns: dict[str, Any], *options: str, text: bool = False) -> Any:
        rows = zip(*columns.values(), strict=True)
        lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
        Path("runs.csv").write_text("\n".join(lines), encoding="utf-8")
        more = [] if text else ["--json"]
        assert cli.main(["fit", "runs.csv", "--bootstrap", "60", *options, *more]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out if text else json.loads(out)

    return ask


def runs(params: Any, tokens: Any, noise: float = 0.004, seed: int = 1) -> dict[str, Any]:
    loss = LAW.loss(params, tokens)
    loss = loss * np.exp(noise * np.random.default_rng(seed).standard_normal(len(loss)))
    return {"params": params.tolist(), "tokens": tokens.tolist(), "loss": loss.tolist()}


def grid(**options: Any) -> dict[str, Any]:
    params, tokens = (
        each.ravel() for each in np.meshgrid(np.geomspace(3e7, 3e9, 6), np.geomspace(1e9, 1e11, 6))
    )
    return runs(params, tokens, **options)


SIZES = np.geomspace(3e7, 1e10, 60)
JITTER = np.exp(0.02 * np.random.default_rng(3).standard_normal(60))


# What a design cannot tell


@pytest.mark.parametrize(
    "tokens",
    [20 * SIZES, 20 * SIZES * JITTER, 1e21 / 6 / SIZES, 1e21 / 6 / SIZES * JITTER],
    ids=["one ratio", "about one ratio", "one budget", "about one budget"],
)
def test_one_ratio_or_one_budget_tells_no_constant(asked: Asked, tokens: Any) -> None:
    found = asked(runs(SIZES, tokens))
    assert found["told"] == dict.fromkeys(CONSTANTS, False)
    for name in CONSTANTS:
        assert found[name] is found["intervals"][name] is None
    assert "These runs do not tell E, A, B, alpha, beta and a" in " ".join(found["warnings"])
    said = asked(runs(SIZES, tokens), text=True)
    assert len(re.findall(r"^\| \w+ +\| +— \| +— \|$", said, re.MULTILINE)) == 6


@pytest.mark.parametrize("tokens", [20 * SIZES * JITTER, 1e21 / 6 / SIZES * JITTER])
def test_no_optimum_is_led_with_that_the_design_cannot_tell(asked: Asked, tokens: Any) -> None:
    found = asked(runs(SIZES, tokens), "--method", "all")
    laws = [each for each in found["fits"] if each["kind"] != "allocation"]
    for each in laws:
        assert each.get("a") is None
        assert each["at_compute"].get("params") is None
    assert {"A", "B", "alpha", "beta", "a"} <= set(found["untold"])
    said = asked(runs(SIZES, tokens), "--method", "all", text=True)
    assert "No method finds an optimum in these 60 runs." in said
    assert "that is a model of" not in said


def test_an_estimate_at_a_bound_has_no_interval(asked: Asked) -> None:
    params, tokens = (
        np.tile(np.geomspace(1e8, 1e10, 8), 4),
        np.repeat(np.geomspace(1e9, 1e11, 4), 8),
    )
    loss = 2 + 400 / params**0.34 + 1e-9 * np.cos(np.arange(32))  # of data alone
    found = asked({"params": params, "tokens": tokens, "loss": loss})
    assert found["status"] != "converged"
    assert found["a"] is found["intervals"]["a"] is None
    assert not found["told"]["a"]


def test_what_the_design_tells_is_told(asked: Asked) -> None:
    found = asked(grid())
    assert found["told"] == dict.fromkeys(CONSTANTS, True)
    assert found["warnings"] == []
    low, high = found["intervals"]["a"]
    assert low < found["a"] < high
    assert found["intervals"]["of"] == cautions.OF == "of the law, if its form is right"


def test_an_interval_of_a_that_is_wide_tells_nothing() -> None:
    made = methods.Answer("huber", "converged", {"a": 0.5, "params": 1e9, "E": 1.7},
                          {"a": np.linspace(0.1, 0.7, 99), "params": np.full(99, 1e9),
                           "E": np.full(99, 1.7)})  # fmt: skip
    found = methods._told(made, {"a": True, "E": True})
    assert found.status.startswith("not told: ")
    assert dict(found.estimate) == {"E": 1.7}
    assert not found.usable


def test_a_size_without_bounds_is_no_optimum() -> None:
    made = methods.Answer("huber", "converged", {"a": 0.5, "params": 1e9},
                          {"a": np.linspace(0.45, 0.55, 99),
                           "params": np.geomspace(1e7, 1e11, 99)})  # fmt: skip
    found = methods._told(made, {"a": True})
    assert found.usable
    assert "params" not in found.estimate


# Copies of a row, and rows of one run


def test_every_row_ten_times_is_the_table_once(asked: Asked) -> None:
    once = asked(grid())
    ten = asked({name: column * 10 for name, column in grid().items()})
    said = ten.pop("warnings")
    assert said == ["324 rows are copies of others and were left out."]
    assert once.pop("warnings") == []
    assert ten == once
    every = asked({name: column * 10 for name, column in grid().items()}, "--method", "all")
    assert (every["n"], every["fitted"], every["repeats"]["copies"]) == (360, 36, 324)


def test_rows_of_one_run_are_drawn_together(asked: Asked) -> None:
    """Noise that all rows of a run share, as the readings of a training do."""
    params = np.repeat(np.geomspace(3e7, 3e9, 20), 8)
    tokens = np.tile(np.geomspace(1e9, 1e11, 8), 20)
    columns = grid() | runs(params, tokens, noise=0.0)
    shared = np.repeat(0.01 * np.random.default_rng(0).standard_normal(20), 8)
    columns["loss"] = (np.array(columns["loss"]) * np.exp(shared)).tolist()
    alone = asked(columns)
    columns["run"] = [f"r{k // 8}" for k in range(160)]
    together = asked(columns)
    widths = [np.ptp(each["intervals"]["a"]) for each in (alone, together)]
    assert widths[1] > 1.3 * widths[0]
    assert "The 160 rows are of 20 training runs, which are drawn whole" in together["warnings"][0]
    assert not any("training runs" in each for each in alone["warnings"])


def test_checkpoints_of_25_runs_tell_no_more_than_25_runs() -> None:
    """The ladder's 2,920 evaluations: drawn apart they gave a of 0.78 to 0.90."""
    ladder = table("bhagia2024_curves", suite="bhagia2024-c4")
    ladder = ladder.take(np.arange(0, 2920, 4))
    apart = fit(Runs(ladder.params, ladder.tokens, ladder.loss)).bootstrap(30).law.a
    (found,) = methods.compare(ladder, resamples=30, methods=["huber"])
    assert "a" not in found.estimate
    assert not found.usable
    together = fit(ladder).bootstrap(30).law.a
    assert np.nanstd(together) > 1.5 * np.nanstd(apart)


# Suites


@pytest.mark.parametrize("column", ["corpus", "suite"])
@pytest.mark.parametrize("command", ["fit", "next"])
def test_a_column_of_text_that_splits_the_table_is_one_of_suites(
    asked: Asked, capsys: pytest.CaptureFixture[str], column: str, command: str
) -> None:
    columns = grid() | {column: ["c4", "pile"] * 18}
    assert asked(columns, "--suite", "pile")["n"] == 18
    assert cli.main([command, "runs.csv"]) == 1
    said = capsys.readouterr().err
    assert "runs.csv" in said
    assert "not follow one law" in said
    assert "--suite c4" in said
    said = asked(columns, "--method", "all", "--suite", "all", text=True)
    assert "fitted together here as if they followed one law" in " ".join(said.split())


@pytest.mark.parametrize(
    "column",
    [
        ["done"] * 36,
        [f"r{k}" for k in range(36)],
        [*(["done"] * 34), "crashed", "crashed"],
        [f"2024-01-0{k % 3 + 1}" for k in range(36)],
        [f"m{k % 6}" for k in range(36)],  # of one size each
        [k % 2 for k in range(36)],
    ],
    ids=["one text", "names", "a few odd ones", "dates", "names of sizes", "numbers"],
)
def test_other_columns_split_nothing(asked: Asked, column: list[Any]) -> None:
    assert asked(grid() | {"other": column}, "--bootstrap", "0")["n"] == 36


# Which form leads


def test_a_form_that_another_beats_clearly_does_not_lead() -> None:
    """On the ladder's 25 runs the additive law is 64 above the best in AIC, another form 21."""
    found = study.of_runs(table("bhagia2024_final", suite="bhagia2024-c4"),
                          study.Request(resamples=0, count=0))  # fmt: skip
    aic = {each.method: each.aic for each in found.answers if np.isfinite(each.aic)}
    assert aic["mse"] - min(aic.values()) == pytest.approx(64, abs=1)
    assert aic["power+floor"] - min(aic.values()) == pytest.approx(21, abs=1)
    assert found.reference.method == "powermean"
    kept = {each.method for each in methods.comparable(found.answers)}
    assert kept.isdisjoint({"huber", "lad", "mse", "varpro", "power+floor"})


def test_a_single_fit_gives_the_form_that_the_runs_prefer(asked: Asked) -> None:
    ladder = table("bhagia2024_final", suite="bhagia2024-c4")
    found = asked({name: getattr(ladder, name).tolist() for name in ("params", "tokens", "loss")})
    assert (found["form"], found["preferred_by"]) == ("powermean", "held-out runs")
    assert set(found["constants"]) == {"A", "B", "E", "alpha", "beta", "p"}
    warning = found["warnings"][-1]
    assert warning.startswith("The form 'powermean' describes these runs clearly better than")
    assert "AIC higher by 64" in warning


def test_methods_are_not_said_to_agree_within_a_wide_interval() -> None:
    narrow, wide = (
        study.Spread(each, each, (), (), each)
        for each in (
            methods.Answer("huber", "converged", {"a": 0.4}, {"a": np.linspace(*ends, 99)})
            for ends in ((0.35, 0.45), (0.13, 0.72))
        )
    )
    assert narrow.agreed
    assert not wide.agreed


# Units


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c | {"params": [n / 1e6 for n in c["params"]]}, "are params in thousands"),
        (lambda c: c | {"tokens": [d / 1e6 for d in c["tokens"]]}, "are tokens in millions"),
        (lambda c: c | {"loss": np.exp(2.2 + np.array(c["loss"]) / 6)}, "are they perplexities?"),
        (lambda c: c | {"loss": [0.3 * y for y in c["loss"]]}, "are they bits per byte"),
        (lambda c: c | {"loss": [y + 3 for y in c["loss"]]}, "The fitted floor E is 4.8"),
    ],
    ids=["params in millions", "tokens in millions", "perplexity", "bits per byte", "floor"],
)
def test_numbers_in_another_unit_are_suspect(asked: Asked, change: Any, words: str) -> None:
    columns = change(grid(noise=0.0005))
    assert words in " ".join(asked(columns)["warnings"])
    assert words in " ".join(asked(columns, text=True).split())
    assert words in " ".join(asked(columns, "--method", "all")["warnings"])


@pytest.mark.parametrize("name", ["hoffmann2022_runs", "fineweb-c4", "marin-dclm"])
def test_published_runs_are_not_suspect(name: str) -> None:
    assert survey.suspicions(table(name)) == []


# Minima of Approach 2


@pytest.mark.parametrize("minimum", isoflop.MINIMA)
def test_the_way_to_a_minimum_is_an_option(
    capsys: pytest.CaptureFixture[str], minimum: isoflop.Minimum
) -> None:
    options = ["fit", "llama3", "--method", "all", "--bootstrap", "0", "--json"]
    assert cli.main([*options, "--minimum", minimum]) == 0
    found = json.loads(capsys.readouterr().out)
    isoflops = next(each for each in found["fits"] if each["method"] == "isoflop")
    assert isoflops["a"] == found["minima"][minimum]
    assert isoflops["minimises"].endswith(isoflop.MINIMA[minimum])
    assert len(set(found["minima"].values())) == 3


def test_a_minimum_goes_with_every_method(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fit", "llama3", "--minimum", "akima"]) == 1
    assert "--minimum goes with --method all" in capsys.readouterr().err
