"""The names at the top of the library: stated once for each purpose, and alike."""

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import scalinglaws
import scalinglaws as sl


def test_what_is_shown_to_type_checkers_is_what_is_there() -> None:
    tree = ast.parse(inspect.getsource(scalinglaws))
    (block,) = [
        n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"
    ]
    shown = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(shown) == sorted(scalinglaws.__all__) == sorted(scalinglaws._HOME)
    for name, module in shown.items():
        assert getattr(scalinglaws, name) is getattr(import_module(module), name)


def test_all_of_it_is_listed_and_nothing_else() -> None:
    assert dir(scalinglaws) == sorted([*scalinglaws.__all__, "__version__"])
    assert not hasattr(scalinglaws, "optimol")
    with pytest.raises(AttributeError, match="no attribute 'optimol'"):
        scalinglaws.optimol  # noqa: B018


def test_what_needs_no_numbers_does_not_wait_for_numpy() -> None:
    code = "import sys, scalinglaws.errors; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_threads_may_ask_for_names_at_once() -> None:
    code = (
        "import scalinglaws as sl\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    print(len(list(pool.map(lambda name: getattr(sl, name), sl.__all__[::-1]))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{len(scalinglaws.__all__)}\n"


def test_what_a_researcher_types(tmp_path: Path) -> None:
    made = sl.simulate(sl.Laboratory(noise=0.002, seed=3))
    rows = zip(made.params, made.tokens, made.loss, strict=True)
    lines = ["params,tokens,loss", *(",".join(f"{v:.12g}" for v in row) for row in rows)]
    (tmp_path / "runs.csv").write_text("\n".join(lines))

    runs = sl.read_runs(tmp_path / "runs.csv")
    fit = sl.fit(runs, form="chinchilla", error="huber")
    boot = fit.bootstrap(200, seed=0)
    truth = sl.published["besiroglu2024"]
    low, high = boot.interval("a")
    assert low < truth.a < high
    assert fit.law.optimum(compute=1e25).params == pytest.approx(
        truth.optimum(compute=1e25).params, rel=0.2
    )
    forecast = sl.predict(runs, params=2e10, tokens=4e11)
    assert forecast.low < truth.loss(2e10, 4e11) < forecast.high
    assert forecast.kind == "extrapolates"
    assert sl.backtest(runs).totals[0].error < 0.01
    assert truth.optimum(loss=2.0).compute == pytest.approx(2.47e23, rel=0.01)
    assert {answer.method for answer in sl.compare(runs, resamples=0)} >= {"huber", "isoflop"}
    plan = sl.next_runs(fit, narrow="N@1e24", budget=1e20, runs=4)
    assert len(plan.flop) == 4
    assert plan.flop.max() <= 1e20 * (1 + 1e-9)
    assert plan.after[-1] < plan.now
