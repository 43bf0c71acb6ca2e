import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer.core

import scalebook
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


def test_params_are_written_as_they_are_typed(run):
    _, out, _ = run("params", "gpt4")
    assert "total_params: float = 1.8T params\n    all parameters of GPT-4; from 1e6 to 1e18" in out
    assert "compute: float = 2e25 FLOP\n" in out
    assert "experts: int = 16 experts\n" in out


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
        "method", "minimises", "seed", "form", "preferred_by", "constants", "told",
        "warnings", "note", "reading",
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
        (("claims", "--id", "x"), "There is no claim 'x'. `scalebook claims` lists them."),
        (("claims", "--id", "n-gpt4-los"), "Did you mean n-gpt4-loss"),
        (("fit", "missing.csv"), "'missing.csv': no such file"),
        (("plan", "--compute", "a lot"), "'a lot' is not a quantity"),
        (("plan", "--compute", "0"), "expected a positive number of FLOP"),
        (("plan", "--compute", "1e25", "--law", "besiro"), "Did you mean 'besiroglu2024'"),
        (("simulate", "--law", "chincilla", "-o", "x.csv"), "Did you mean 'hoffmann2022', Chinch"),
        (("plan", "--compute", "1e25", "--law", "zzz"), ", muennighoff2023-geometric, abnar2025."),
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
    assert run("--version") == (0, f"{scalebook.__version__}\n", "")


# What is called as it cannot be


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fit", "--bootstap", "3"), "No such option --bootstap. Did you mean --bootstrap?"),
        (("ft",), "No such command 'ft'. Did you mean 'fit'?"),
        (("\x1b[31m",), "No such command '\\x1b[31m'. `scalebook --help` says what there is."),
        (("fit",), "Missing argument 'RUNS.csv'. `scalebook fit --help` says what there is."),
        (("fit", "x", "--seed"), "Option '--seed' requires an argument."),
        (("fit", "x", "--seed", "a"), "--seed 'a': expected a whole number, such as 1000."),
        (("fit", "x", "--seed", "1.5"), "--seed '1.5': expected a whole number"),
        (("run", "kaplan", "--timeout", "long"), "--timeout 'long': expected a number"),
        (
            ("fit", "x", "--method", "hubert"),
            "--method 'hubert': expected one of huber, lad, mse, varpro, all. Did you mean huber?",
        ),
        (("claims", "--verdict", "rough"), "Did you mean roughly?"),
        (("claims", "--verdict", "fails", "--id", "x"), "--verdict does not go with --id."),
        (("plan",), "where to start from is missing: expected one of --compute, --loss, --params"),
        (("plan", "--loss", "2", "--compute", "1e24"), "--loss does not go with --compute."),
        (("next", "x", "--budget", "1", "--total", "3"), "--total does not go with --budget."),
    ],
)
def test_wrong_use_is_one_line_that_names_the_nearest(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("scalebook: ")
    assert message in err
    assert err.count("\n") == 1


def test_whole_numbers_are_read_as_people_write_them(run, mine):
    told = [run("fit", str(mine), "--bootstrap", text)[1] for text in ("50", "5e1")]
    assert "percentile bootstrap, 50 resamples" in told[0]
    assert told[0] == told[1]


# Help, and what to do next

OPTIONS = {
    "run": "-p -f -o --results --timeout",
    "params": "--json",
    "verify": "--no-run --tolerance --timeout",
    "sweep": "-p -f -o --jobs --profile --batch --notebooks --timeout",
    "claims": "--json --id --verdict",
    "claim": "",
    "fit": "--suite --column --where --best-per-cell --skip-empty --last-per-run "
    "--method --bootstrap --seed --compute --minimum --page --force --json",
    "predict": "--suite --column --where --best-per-cell --skip-empty --last-per-run "
    "--params --tokens --compute --level --json",
    "backtest": "--suite --column --where --best-per-cell --skip-empty --last-per-run "
    "--level --json",
    "next": "--suite --column --where --best-per-cell --skip-empty --last-per-run "
    "--budget --total --runs --for --guard --ratios --json",
    "simulate": "--law --budgets --sizes --lowest --highest --factor --noise --seed -o --force",
    "plan": "--compute --loss --params --tokens --time --cost --energy --peak --utilisation "
    "--utilization --price --power --law --json",
    "laboratory": "--source --learner --no-experiments --reduced -o --jobs --hours --onward "
    "--store",
    "build": "--edition",
    "edition": "-f --runs",
    "pdf": "-o --edition",
    "picture": "",
}


def test_every_command_has_its_options_and_a_word_for_each(run):
    code, out, _ = run("--help")
    assert code == 0
    assert "..." not in out.partition("Commands:")[2]  # no description is cut short
    assert re.findall(r"^  (\w+)  ", out.partition("Commands:")[2], re.MULTILINE) == list(OPTIONS)
    for command, options in OPTIONS.items():
        _, out, _ = run(command, "-h")
        told = out.partition("Options:")[2]
        listed = re.findall(r"^  (-[^\s,]+(?:, -[^\s,]+)*)", told, re.MULTILINE)
        found = [name for names in listed for name in names.split(", ")]
        assert found == [*options.split(), "-h", "--help"], command
        assert not set(out) & set("\x1b│╭"), "no colour and no boxes in a pipe"


@pytest.mark.parametrize("command", ["", *OPTIONS])
@pytest.mark.parametrize("markup", ["rich", None])
def test_help_shows_no_type_of_python(run, monkeypatch, command, markup):
    monkeypatch.setattr(typer.core, "HAS_RICH", markup is not None)
    if markup:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    code, out, _ = run(*command.split(), "--help")
    assert code == 0
    assert ("╭" in out) == (markup is not None)
    assert not set(out) & set("<>{}")


def test_help_waits_for_no_numbers() -> None:
    code = (
        "import sys; from scalebook import cli; cli.main(['--help']); "
        "print({'numpy', 'rich', 'yaml', 'pydantic'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "set()\n"


@pytest.mark.parametrize("state", ["no checkout", "not built", "built"])
def test_without_a_command_it_says_what_to_do_next(run, monkeypatch, tmp_path, state):
    monkeypatch.setattr(paths, "checkout", lambda: None if state == "no checkout" else tmp_path)
    page = tmp_path / "_build" / "html" / "index.html"
    if state == "built":
        page.parent.mkdir(parents=True)
        page.touch()
    code, out, err = run()
    assert (code, err) == (0, "")
    assert out.count("  scalebook ") == 3
    assert ("make book" in out) == (state == "not built")
    assert (str(page) in out) == (state == "built")
    for command in re.findall(r"^  scalebook (.*?)   ", out, re.MULTILINE):
        assert run(command.split()[0], "--help")[0] == 0


# Streams

PROGRAM = [sys.executable, "-c", "import sys; from scalebook.cli import main; sys.exit(main())"]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["params", "gpt4"]])
def test_who_reads_may_stop(arguments) -> None:
    with subprocess.Popen(
        [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.close()
        assert child.stderr is not None
        assert child.stderr.read() == b""
    assert child.returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")  # noqa: PTH110
@pytest.mark.parametrize("arguments", [["--help"], ["params", "gpt4", "--json"]])
def test_a_full_disk_is_one_line(arguments) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [*PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    said = "scalebook: the output cannot be written: No space left on device.\n"
    assert done.stderr == said


def test_ctrl_c_is_no_error_to_report(run, monkeypatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(parameters, "locate", stop)
    assert run("params", "gpt4") == (130, "", "scalebook: stopped.\n")


def test_what_is_not_installed_is_named(run, monkeypatch) -> None:
    def absent(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'papermill'", name="papermill")

    monkeypatch.setattr(parameters, "locate", absent)
    code, _, err = run("params", "gpt4")
    assert code == 1
    assert err.startswith("scalebook: this needs the package papermill")
    assert err.endswith("pip install 'scalebook[book]'\n")


# Completion, as the shell asks for it


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("si", ["simulate"]),
        ("fit --boot", ["--bootstrap"]),
        ("fit --method ", ["huber", "lad", "mse", "varpro", "all"]),
        ("params ka", ["kaplan"]),
        ("run gpt4 -p com", ["compute=", "compute_off="]),
        ("run gpt4 -p draws=2000 -p comp", ["compute=", "compute_off="]),
        ("sweep kaplan -p gr", ["growth="]),
        ("run nothing -p ", []),
        ("fit marin", ["marin-comma", "marin-dclm", "marin-nemotron"]),
        ("next my", ["my-runs.csv", "my-folder/"]),
        ("plan --law ref", ["refit"]),
        ("plan --law llama3", ["llama3", "llama3-figure"]),
        ("simulate --law besiroglu2024-", ["besiroglu2024-all245"]),
        ("claims --id h-law-E", ["h-law-E"]),
        ("claims --verdict ro", ["roughly"]),
    ],
)
def test_the_shell_completes(monkeypatch, tmp_path, capsys, typed, found):
    for name in ("my-runs.csv", "my-notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "my-folder").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("_SCALEBOOK_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", f"scalebook {typed}")
    monkeypatch.setenv("COMP_CWORD", str(len(f"scalebook {typed}".split(" ")) - 1))
    with pytest.raises(SystemExit) as end:
        cli.main([])
    assert end.value.code == 0
    assert sorted(capsys.readouterr().out.split()) == sorted(found)


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
    for name in ("E", "A", "B", "alpha", "beta", "a"):
        assert found[name] is found["intervals"][name] is None
    code, out, err = run("fit", str(path), "--bootstrap", "30")
    assert (code, err) == (0, "")
    assert len(re.findall(r"^\| \w+ +\| +— \| +— \|$", out, re.MULTILINE)) == 6
    assert "nan" not in out
