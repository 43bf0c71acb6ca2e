"""Tables as their authors store them: each is fitted rightly, or refused with what to say."""

import csv
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from scalinglaws import fit, read_runs
from scalinglaws.errors import ScalingLawsError
from scalinglaws.prediction.survey import suspicions
from scalinglaws.reading import Choices, Reading, read
from tests.scalinglaws.synthetic import LAW

if TYPE_CHECKING:
    from scalinglaws.fitting import Fit

SIZES = (5e7, 1e8, 2e8, 4e8, 8e8)
DATA = (2e9, 4e9, 8e9, 1.6e10)
GRID = [(n, d, float(LAW.loss(n, d))) for n in SIZES for d in DATA]


@pytest.fixture
def write(tmp_path: Path):
    def write(names: str, rows: Any, file: str = "runs.csv", mark: str = ",") -> Path:
        path = tmp_path / file
        with gzip.open(path, "wt") if file.endswith(".gz") else path.open("w", newline="") as out:
            csv.writer(out, delimiter=mark).writerows([names.split(","), *rows])
        return path

    return write


def refused(path: Path, *said: str, **choices: Any) -> str:
    with pytest.raises(ScalingLawsError) as caught:
        read(path, Choices(**choices))
    for each in said:
        assert each in str(caught.value)
    return str(caught.value)


def fitted(path: Path, *notes: str, count: int = len(GRID), **choices: Any) -> Reading:
    """Read a table of the known law, fit it, and look for what is to be said."""
    found = read(path, Choices(**choices))
    law: Fit = fit(found.runs, error="mse")
    assert len(found.runs) == count
    assert law.law.alpha == pytest.approx(LAW.alpha, rel=1e-3)
    assert law.law.beta == pytest.approx(LAW.beta, rel=1e-3)
    for note in notes:
        assert note in " ".join(found.notes)
    return found


# Exports


def test_a_curve_of_one_run_has_its_size_from_its_compute(write):
    names = "_step,eval/c4/CrossEntropyLoss,eval/x/CrossEntropyLoss,throughput/total_tokens"
    rows = [(i, loss, 3, d, 6 * n * d / 1e9) for i, (n, d, loss) in enumerate(GRID[:4])]
    path = write(f"{names},throughput/total_training_Gflops", rows)
    name = "eval/c4/CrossEntropyLoss"
    refused(path, "2 columns may be loss", f'columns={{"loss": "{name}"}}')
    found = read(path, Choices({"loss": name}))
    assert "an export of OLMo" in found.notes[0]
    assert "total_training_Gflops, times 1e+09" in found.notes[1]
    np.testing.assert_allclose(found.runs.params, SIZES[0])
    assert "column _step, so the rows may be checkpoints" in found.notes[-1]


def test_sizes_without_tokens_are_refused_with_both_choices(write):
    names = "hyper_id,step,loss_c4,loss_validation,flops_per_step,total_params,dense_params"
    rows = [(i, 10, loss, "", 1e15, 8 * n, n) for i, (n, _, loss) in enumerate(GRID)]
    path = write(names, rows, "curves.csv.gz")
    said = refused(
        path, 'columns={"params": "total_params"}', 'columns={"loss": "loss_c4"}',
        "No column looks like tokens or compute",
    )  # fmt: skip
    assert "flops_per_step is" not in said


def test_losses_of_several_kinds_and_compute_that_disagrees(write):
    names = "index,token_num,openLM_loss,c4_loss,num_params,flops"
    rows = [
        (i, d, loss, loss + 1, n, 6 * n * d * (4, 0.3, 1, 1)[i % 4])
        for i, (n, d, loss) in enumerate(GRID)
    ]
    path = write(names, rows)
    refused(path, 'columns={"loss": "openLM_loss"}')
    found = fitted(path, "as tokens: token_num", columns={"loss": "openLM_loss"})
    assert ["differs by a factor" in each for each in suspicions(found.runs)] == [True]
    plain = fitted(path, columns={"loss": "openLM_loss", "flop": ""})
    assert suspicions(plain.runs) == []


def test_a_loss_against_another_is_refused(write):
    rows = [(4096, n, 6 * n * d, loss - 8) for n, d, loss in GRID]
    path = write("vocab_size,Non_vocab_parameters,FLOPs,Lossu", rows)
    refused(path, 'If Lossu is loss: columns={"loss": "Lossu"}.')
    refused(path, "row 1: loss ('Lossu') is -", "must be positive", columns={"loss": "Lossu"})


def test_names_are_no_sizes(write):
    rows = [("small", i, loss, loss + 0.1) for i, (_, _, loss) in enumerate(GRID)]
    path = write("model,step,train_loss,val_loss", rows)
    refused(path, 'columns={"params": "model"}', 'columns={"loss": "train_loss"}')
    columns = {"params": "model", "loss": "val_loss", "tokens": "step"}
    refused(path, "params ('model') is 'small', expected a number", columns=columns)


def test_sizes_in_names_and_data_in_words(write):
    rows = [("LM", f"{n / 1e6:g}M", f"{d / 1e9:g}B", loss, True) for n, d, loss in GRID]
    path = write("Domain,Model,Seen Examples,Loss,Training", [*rows, ("LM", "1M", "1B", 9, False)])
    refused(path, 'If Model is params: columns={"params": "Model"}.')
    columns = {"params": "Model", "tokens": "Seen Examples"}
    fitted(path, '1 of 21 rows are left out by where="Training=True"', columns=columns,
           where=("Training=True",))  # fmt: skip


@pytest.mark.parametrize("indent", [None, 1])
def test_one_object_is_refused_with_what_makes_a_list_of_it(tmp_path, indent):
    path = tmp_path / "model.json"
    one = {"name": "m", "config": {"params": 1e8}, "evals": [{"loss": 3}]}
    path.write_text(json.dumps(one, indent=indent), encoding="utf-8")
    refused(path, "one JSON object with the keys 'name', 'config', 'evals'", "jq '[.[]]'")
    path.write_text(f"{json.dumps(one)}\n{json.dumps(one)}", encoding="utf-8")
    refused(path, "Objects are in config, evals", "json_normalize")


def test_checkpoints_are_recognised(tmp_path):
    path = tmp_path / "runs.jsonl"
    names = ("run_name", "params_active_precise", "width", "tokens", "step", "final_loss")
    rows = [dict(zip(names, (f"w{n:g}", n, 1, d, 5, y), strict=True)) for n, d, y in GRID]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    refused(path, 'columns={"params": "params_active_precise"}')
    columns = {"params": "params_active_precise"}
    found = fitted(path, "20 rows are checkpoints", "5 runs so", columns=columns)
    assert found.runs.run.tolist()[:5] == ["w5e+07"] * 4 + ["w1e+08"]
    unnamed = fitted(path, "each of a run that run_name names", columns={**columns, "run": ""})
    assert unnamed.runs.run is None


def test_runs_at_their_end_are_no_checkpoints(write):
    rows = [(f"r{i}", *run) for i, run in enumerate(GRID)]
    assert "checkpoints" not in str(fitted(write("Name,N,D,L", rows)).notes)


LEVANTER = "Name,parameter_count,throughput/total_tokens,throughput/total_gflops"


def test_an_export_of_levanter(write):
    rows = [(f"r{i}", n, d, 6 * n * d / 1e9, y, y / 3) for i, (n, d, y) in enumerate(GRID)]
    path = write(f"{LEVANTER},eval/paloma/macro_loss,eval/paloma/c4_en/bpb", rows)
    fitted(path, "an export of Levanter", "as loss: eval/paloma/macro_loss; as run: Name")
    path = write(f"{LEVANTER},eval/paloma/macro_loss,eval/paloma/c4_en/loss", rows)
    refused(path, 'columns={"loss": "eval/paloma/macro_loss"}')


def test_an_array_of_objects_with_budgets(tmp_path):
    path = tmp_path / "exercise.json"
    names = ("parameters", "compute_budget", "final_loss")
    rows = [dict(zip(names, (n, 6 * n * d, y), strict=True)) for n, d, y in GRID]
    path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    found = fitted(path, "as flop: compute_budget", "as budget: compute_budget", "tokens = flop")
    np.testing.assert_array_equal(found.runs.budget, found.runs.flop)


def test_size_from_compute_and_tokens(write):
    names = "compute_budget,training_tokens,validation_loss,x_page,y_page"
    path = write(names, [(6 * n * d, d, y, 1, 2) for n, d, y in GRID])
    found = fitted(path, "params = flop / (6 tokens)")
    np.testing.assert_allclose(found.runs.params, [n for n, _, _ in GRID])


def test_a_compilation(write):
    names = "source,dataset,model,experiment,tokens,params,budget,loss,outlier,reason"
    rows = [
        ("s", "C4 en" if k else "Pile", f"m{n / 1e7:g}", f"e{k}", d, n, "" if k else 6 * n * d,
         y + k + (i == 7), int(i == 7), "diverged" * (i == 7))
        for k in (0, 1) for i, (n, d, y) in enumerate(GRID)
    ]  # fmt: skip
    path = write(names, rows)
    found = read(path)
    assert set(found.suites) == {"dataset", "experiment"}
    assert 'marks 2 rows; to leave them out: where="outlier=0"' in " ".join(found.notes)
    assert int(np.isnan(found.runs.budget).sum()) == 20
    clean = ("outlier=0", "dataset=Pile")
    fitted(path, "21 of 40 rows are left out", count=19, where=clean)
    chosen = read(path, Choices({"suite": "dataset"}, ("outlier!=1",)))
    assert chosen.runs.suites == ("Pile", "C4 en")
    assert chosen.suites == {}


def test_size_and_compute_read_off_a_figure(write):
    names = "x,y,color,Model Size,Training FLOP,hex_color,loss"
    path = write(names, [(1, 2, "red", n, 6 * n * d, "#ff0000", y) for n, d, y in GRID])
    fitted(path, "as params: Model Size; as flop: Training FLOP", "tokens = flop / (6 params)")


def test_a_trainer_state_is_of_one_run(tmp_path):
    path = tmp_path / "trainer_state.json"
    history = [{"step": 1, "loss": 4.0}, {"step": 1, "eval_loss": 3.9}]
    path.write_text(json.dumps({"epoch": 1, "log_history": history}, indent=2), encoding="utf-8")
    refused(path, "a trainer state of Hugging Face, which is of one run", "loss, eval_loss.",
            "put runs of all sizes into one table")  # fmt: skip


def test_logs_that_are_no_tables(tmp_path):
    path = tmp_path / "train.log"
    path.write_text(" iteration 10/ 50 | consumed samples: 25 | lm loss: 9.1E+00 |\n" * 3)
    refused(path, "expected columns params, loss", "their names in the first line")
    event = {"event": "log", "step": 1, "metrics": {"train/loss": 3}}
    path.write_text(f"{json.dumps(event)}\n{json.dumps(event)}\n", encoding="utf-8")
    refused(path, "Objects are in metrics", 'json_normalize(rows, sep="/")')


def test_a_chart_is_told_from_a_table(write):
    path = write("Step,r1 - eval/loss,r1 - eval/loss__MIN,r1 - eval/loss__MAX", [(1, 3, 3, 3)])
    said = refused(path, "a chart of Weights & Biases", "export the table of runs")
    assert "columns=" not in said


def test_a_sweep_keeps_the_best_of_each_pair(write):
    rows = [(n, d, y * (1 + k * k), 0.1**k) for n, d, y in GRID for k in (0, 0.5, 1)]
    path = write("params,tokens,loss,lr", rows)
    assert "only 20 pairs of size and data" in read(path).notes[0]
    fitted(path, "40 of 60 rows are left out", best_per_cell=True)


def test_only_the_end_of_each_run_is_kept(write):
    rows = [(n, d * part, y / part, k) for k, (n, d, y) in enumerate(GRID) for part in (1, 0.5)]
    path = write("params,tokens,loss,run", rows)
    assert "To take only ends: last_per_run=True" in " ".join(read(path).notes)
    ends = fitted(path, "20 of 40 rows are left out: another of their run", last_per_run=True)
    assert "checkpoints" not in " ".join(ends.notes)


def test_ends_of_runs_need_to_know_the_runs(write):
    path = write("params,tokens,loss,which", [(*run, k) for k, run in enumerate(GRID)])
    refused(path, "has no column run", 'columns={"run": "NAME"}', last_per_run=True)
    named = Choices({"run": "which"}, last_per_run=True)
    assert len(read(path, named).runs) == len(GRID)


def test_the_best_of_each_suite_is_kept(write):
    path = write("params,tokens,loss,suite", [(*run, name) for run in GRID for name in "ab"])
    assert len(read_runs(path, best_per_cell=True)) == 2 * len(GRID)


# Rows and columns


def test_rows_without_a_loss_are_left_out_if_asked(write):
    losses = ["NaN", "", "none", *(y for _, _, y in GRID[3:])]
    path = write(
        "params,tokens,loss", [(n, d, y) for (n, d, _), y in zip(GRID, losses, strict=True)]
    )
    refused(path, "row 1: loss is 'NaN'", "skip_empty=True")
    fitted(path, "3 of 20 rows have no loss", count=17, skip_empty=True)
    refused(write("params,tokens,loss", [(1, 2, "")]), "none of the 1 rows has", skip_empty=True)


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("Data set=C4", 10), ("Data set!=C4", 10), ("tokens >= 8B", 10), ("D>8e9 tokens", 5),
        ("tokens<4000000000", 5), ("N<=100 million", 8), ("a=b=1", 4), ("a=b > 3.5", 0),
    ],
)  # fmt: skip
def test_conditions(write, condition, count):
    rows = [(*run, "C4" if i % 2 else "Pile", i % 5) for i, run in enumerate(GRID)]
    path = write("N,D,loss,Data set,a=b", rows)
    if condition.endswith("3.5"):
        assert len(read_runs(path, where=condition)) == 4
    else:
        assert len(read_runs(path, where=[condition])) == count


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("Dataset", "expected a column, one of"),
        ("", "expected a column, one of"),
        ("tokens=>4e9", "expected a column, one of"),
        ("tokens>many", "'many' is no number"),
        ("token>4e9", "Did you mean 'tokens'?"),
        ("data=c4", 'none of 20 rows fulfils where="data=c4"'),
        ("x=1", "There is no column of runs.csv 'x'"),
    ],
)
def test_conditions_that_are_none(write, condition, said):
    path = write("params,tokens,loss,data", [(*run, "C4") for run in GRID])
    refused(path, said, where=(condition,))


def test_conditions_are_in_the_units_of_runs(write):
    rows = [(n / 1e6, d / 1e9, y) for n, d, y in GRID]
    path = write("Params (M),tokens_in_billions,loss", rows)
    found = fitted(path, "Params (M), times 1e+06; as tokens: tokens_in_billions, times 1e+09")
    assert found.used["params"] == "Params (M)"
    assert len(read_runs(path, where="params>=4e8")) == len(
        read_runs(path, where="Params (M)>=400")
    )
    refused(
        write("Params (M),tokens,loss", [("3B", 1e9, 3)]),
        "('Params (M)') is '3B', expected a number",
    )


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"params": "Size"}, "There is no column of runs.csv 'Size'. Did you mean 'size'?"),
        ({"parms": "size"}, "There is no quantity 'parms'. Did you mean 'params'?"),
        ({"params": "twice"}, "has 2 columns twice; keep one"),
        ({"params": ""}, "expected columns params, loss"),
    ],
)
def test_columns_that_are_not_there(write, columns, said):
    refused(write("size,tokens,loss,twice,twice", [(1, 2, 3, 4, 5)]), said, columns=columns)


def test_a_column_of_that_very_name_comes_first(write):
    path = write("params,n_params,tokens,loss,val_loss", [(n, 1, d, y, 9) for n, d, y in GRID])
    assert fitted(path).notes == ()


# Separators, encodings and other hazards


@pytest.mark.parametrize("mark", ["\t", ";", "|", ","])
def test_separators(write, mark):
    fitted(write("params,tokens,loss", GRID, "runs.tsv", mark))


def test_decimal_commas_are_refused(write):
    rows = [(int(n), int(d), f"{y:.3f}".replace(".", ",")) for n, d, y in GRID]
    said = refused(write("params,tokens,loss", rows, mark=";"), "row 1: loss is ")
    assert "between semicolons a comma may part decimals or thousands" in said


def test_mixed_separators_are_refused(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("params\ttokens,loss\n1e8\t2e9,3.1\n", encoding="utf-8")
    refused(path, "Separate all columns by commas")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes(range(256)) * 20, "is a binary file"),
        (b"PK\x03\x04" + bytes(40), "is a spreadsheet or an archive"),
        ("params,tokens,loss\n1,2,3\n".encode("utf-16"), "is not text in UTF-8"),
        ("params,tokens,loss,é\n1,2,3,é\n".encode("latin-1"), "is not text in UTF-8"),
        (gzip.compress(bytes(5000), mtime=0), "is a binary file"),
    ],
)
def test_what_is_no_text(tmp_path, content, said):
    path = tmp_path / "runs.csv"
    path.write_bytes(content)
    refused(path, said)


def test_a_huge_file_is_refused_unread(tmp_path):
    path = tmp_path / "runs.csv"
    with path.open("wb") as file:
        file.write(b"params,tokens,loss\n")
        file.truncate(10**10)
    refused(path, "more than 2 GB")
