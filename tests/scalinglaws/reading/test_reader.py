"""Training runs as people hand them in: CSV, Parquet, JSON lines, and what is wrong with them."""

import csv
import gzip
import json
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws import reading, registry
from scalinglaws.errors import ScalingLawsError

GOOD = "params,tokens,loss\n1e9,2e10,2.5\n2e9,3e10,2.4\n"


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "runs.csv"
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding="utf-8")
        return path

    return write


def test_tokens_give_flop(write):
    runs = reading.read_runs(write(GOOD))
    np.testing.assert_allclose(runs.flop, [1.2e20, 3.6e20])
    np.testing.assert_allclose(runs.loss, [2.5, 2.4])
    assert len(runs) == 2
    assert runs.name == "runs.csv"


def test_flop_gives_tokens(write):
    runs = reading.read_runs(write("loss,flop,params\n2.5,1.2e20,1e9\n"))
    np.testing.assert_allclose(runs.tokens, [2e10])


def test_both_are_kept_and_other_columns_left_alone(write):
    runs = reading.read_runs(write("who,params,tokens,flop,loss\nme,1e9,2e10,1.3e20,2.5\n"))
    assert (runs.tokens[0], runs.flop[0]) == (2e10, 1.3e20)


def test_spaces_blank_lines_and_byte_order_mark_do_no_harm(write):
    runs = reading.read_runs(
        write("\ufeff params , tokens , loss \n 1e9 , 2e10 , 2.5 \n\n2e9,3e10,2.4\n")
    )
    np.testing.assert_allclose(runs.params, [1e9, 2e9])


CELLS = [
    "2.8B,15T,2.5", "2.8B params,15 trillion tokens,2.5 nats/token", "2_800_000_000,1.5e13,2.5",
    '"2,800,000,000",1.5 × 10¹³,2.5',
]  # fmt: skip


@pytest.mark.parametrize("line", CELLS)
def test_cells_are_read_as_people_write_numbers(write, tmp_path, line):
    names = ["params", "tokens", "loss"]
    path = write(f"{','.join(names)}\n{line}\n")
    (cells,) = csv.reader([line])
    objects = tmp_path / "runs.jsonl"
    objects.write_text(json.dumps(dict(zip(names, cells, strict=True))), encoding="utf-8")
    for runs in (reading.read_runs(path), reading.read_runs(objects)):
        assert (runs.params[0], runs.tokens[0], runs.loss[0]) == (2.8e9, 1.5e13, 2.5)


def test_flop_may_have_its_unit(write):
    (flop,) = reading.read_runs(write("params,flop,loss\n7B params,1.2 ZFLOP,2.5\n")).flop
    assert flop == 1.2e21


def test_a_suite_is_read_by_name_with_its_budgets():
    counts = {"llama3": 133, "marin-comma": 85, "marin-dclm": 85, "marin-nemotron": 88}
    for name, count in (counts | {"fineweb-c4": 176}).items():
        runs = reading.read_runs(name)
        assert (len(runs), runs.name) == (count, name)
        ratio = runs.flop / runs.budget
        assert ((ratio > 0.92) & (ratio < 1.36)).all()
    assert set(reading.SUITES) == set(counts) | {"fineweb-c4"}


def test_a_budget_column_is_kept_through_a_selection(write):
    runs = reading.read_runs(
        write("params,tokens,loss,budget\n1e9,2e10,2.5,1e20\n2e9,3e10,2.4,4e20\n")
    )
    np.testing.assert_allclose(runs.without_highest(1).budget, [4e20])
    assert reading.read_runs(write(GOOD)).budget is None


SUITES = "run,params,tokens,suite,loss\nr1,1e9,2e10,x,2.5\n7,2e9,3e10,,2.4\nr1,1e9,3e10,x,2.45\n"


def test_suites_and_runs_are_read_as_names(write):
    runs = reading.read_runs(write(SUITES))
    assert (runs.suite.tolist(), runs.run.tolist()) == (["x", "", "x"], ["r1", "7", "r1"])
    np.testing.assert_allclose(runs.of_suite("x").loss, [2.5, 2.45])
    assert list(runs.split()) == ["x", ""]
    assert tuple(reading.read(write(SUITES)).used) == ("params", "tokens", "loss", "suite", "run")
    assert reading.read_runs(write(GOOD)).suites == ()


def test_a_packed_file_is_read_like_the_plain_one(tmp_path, write):
    packed = tmp_path / "runs.csv.gz"
    packed.write_bytes(gzip.compress(SUITES.encode()))
    np.testing.assert_array_equal(
        reading.read_runs(packed).loss, reading.read_runs(write(SUITES)).loss
    )
    whole = gzip.compress(SUITES.encode())
    for broken in (whole[:-20], whole[:10] + b"\xff" * 20):
        packed.write_bytes(broken)
        assert "runs.csv.gz cannot be unpacked: " in message(packed)
    packed.write_text(SUITES, encoding="utf-8")  # a browser unpacks what it loads
    assert len(reading.read_runs(packed)) == 3


def test_texts_are_not_names(write):
    text = SUITES + f"{'n' * 201},1e9,2e10,x,2.5\n"
    assert "column run has up to 201 characters in each of 4 rows" in message(write(text))


def test_names_in_parquet(tmp_path):
    path = tmp_path / "runs.parquet"
    numbers = {"params": [1e9] * 3, "tokens": [2e10] * 3, "loss": [2.5] * 3}
    for names, expected in (
        (pa.array(["x", None, "x"]), ["x", "", "x"]),
        (pa.array([2, 1, 2]), ["2", "1", "2"]),
        (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"]),
    ):
        pq.write_table(pa.table({**numbers, "suite": names}), path)
        assert reading.read_runs(path).suite.tolist() == expected
    pq.write_table(pa.table({**numbers, "suite": pa.array([["x"], ["x"], []])}), path)
    assert "column suite holds lists" in message(path)
    assert message(path).endswith("expected names.")


def message(path):
    with pytest.raises(ScalingLawsError) as caught:
        reading.read_runs(path)
    return str(caught.value)


def test_a_negative_loss_is_named_by_its_row(write):
    text = "params,tokens,loss\n" + "1e9,2e10,2.5\n" * 16 + "1e9,2e10,-2.31\n"
    assert message(write(text)) == (
        "runs.csv, row 17: loss is -2.31; a loss in nats per token must be positive."
    )


def test_unknown_columns_come_with_advice(write):
    assert message(write("embed params,D,Lossu\n1,2,3\n")) == (
        "runs.csv: expected columns params, loss and one of tokens or flop; found embed params, D, "
        'Lossu. If embed params is params: columns={"params": "embed params"}. If Lossu is loss: '
        'columns={"loss": "Lossu"}.'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "runs.csv is empty"),
        ("params,tokens,loss\n", "runs.csv has a header and no rows"),
        ("params,loss\n1,2\n", "found params, loss."),
        ("params tokens loss\n1 2 3\n", "Separate all columns by commas,"),
        ("params,tokens,loss,loss\n1,2,3,4\n", "runs.csv has 2 columns loss; keep one."),
        (GOOD + "abc,2,3\n", "row 3: params is 'abc', expected a number."),
        (GOOD + "70 GB,2,3\n", "row 3: params is '70 GB'; that is in GB; expected params."),
        (GOOD + '"1,5",2,3\n', "row 3: params is '1,5'; a comma goes between groups of three"),
        (GOOD + "1 000,2,3\n", "row 3: params is '1 000', expected a number."),
        (GOOD + "1,nan,3\n", "row 3: tokens is 'nan', expected a number."),
        (GOOD + "1,2\n", "row 3: loss is empty, expected a number."),
        (GOOD + "1,,3\n", "row 3: tokens is empty, expected a number."),
        (GOOD + "1,inf,3\n", "row 3: tokens is inf; a number of training tokens must be finite."),
        (
            GOOD + "1,1e400,3\n",
            "row 3: tokens is 1e400; a number of training tokens",
        ),
        (GOOD + "=1+1,2,3\n", "row 3: params is '=1+1', expected a number."),
        (GOOD + "9" * 60 + "x,2,3\n", f"row 3: params is '{'9' * 40}...'; that is in x"),
        (GOOD + "0,2,3\n", "row 3: params is 0; a number of parameters must be positive."),
        (GOOD + "1,2,x\n1,-2,3\n", "row 3: loss is 'x', expected a number. 1 more row cannot"),
        (GOOD + "1,2,3,4\n", "line 4: 4 cells where the header has 3."),
        (GOOD + '"1,2,3\n', "is not a CSV file"),
        (GOOD + "1e200,1e200,3\n", "row 3: params, tokens and flop are too far apart"),
        (b"\xff\xfeparams", "runs.csv is not text in UTF-8."),
    ],
)
def test_what_is_wrong_with_a_file_is_said(write, text, expected):
    assert expected in message(write(text))


def test_the_first_bad_row_is_reported_whatever_its_column(write):
    assert "row 1: loss" in message(write("params,tokens,loss\n1,2,-3\n-1,2,3\n"))


def test_missing_files_and_folders(tmp_path):
    assert "no such file. Give the path of a file of runs" in message(tmp_path / "none.csv")
    assert "hoffmann2022_runs" in message("hoffmann2022_run")
    assert "is a folder" in message(tmp_path)


def test_bundled_runs_by_name():
    runs = reading.read_runs("hoffmann2022_runs")
    assert len(runs) == registry.printed("besiroglu2024.runs").value == 245
    assert (runs.params[0], runs.flop[0], runs.loss[0]) == (6.7956e9, 9.993853e18, 5.005582)
    np.testing.assert_allclose(6 * runs.params * runs.tokens, runs.flop)


FRAME = pd.DataFrame({"params": [1e9, 2e9], "tokens": [2e10, 3e10], "loss": [2.5, 2.4]})


def same(found, frame=FRAME):
    for column in frame:
        np.testing.assert_array_equal(getattr(found, column), frame[column])


def test_parquet_and_json_lines_give_the_same_runs(tmp_path):
    FRAME.astype({"params": "int64"}).to_parquet(tmp_path / "runs.parquet")
    same(reading.read_runs(tmp_path / "runs.parquet"))
    FRAME.to_json(tmp_path / "runs.jsonl", orient="records", lines=True)
    same(reading.read_runs(tmp_path / "runs.jsonl"))


def test_quoted_newlines_in_other_columns_do_no_harm(write):
    same(
        reading.read_runs(write('note,params,tokens,loss\n"a\nb",1e9,2e10,2.5\n"",2e9,3e10,2.4\n'))
    )


def test_what_is_wrong_with_a_parquet_file_is_said(tmp_path):
    path = tmp_path / "runs.parquet"
    path.write_bytes(b"PAR1 params,tokens,loss")
    assert "runs.parquet cannot be read as Parquet" in message(path)
    FRAME.assign(loss=["2.5", "low"]).to_parquet(path)
    assert "row 2: loss is 'low', expected a number." in message(path)
    FRAME.assign(loss=[[2.5], [2.4]]).to_parquet(path)
    assert "column loss holds lists, objects" in message(path)
    FRAME.assign(loss=[2.5, -1.0]).to_parquet(path)
    assert "row 2: loss is -1; a loss in nats per token must be positive." in message(path)
    FRAME.iloc[:0].to_parquet(path)
    assert "has a header and no rows" in message(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "runs.jsonl is empty"),
        ("[1, 2]\n", "item 1 of its array is 1; expected an object"),
        (
            '{"params": 1e9, "tokens": 2e10, "loss": 2.5}\n{"params"',
            "line 2: expected a JSON object",
        ),
        ('{"params": 1e9, "tokens": 2e10, "loss": 2.5}\n{"params": 1}', "row 2: tokens is empty"),
        ('{"params": null, "tokens": 2e10, "loss": 2.5}\n', "row 1: params is empty"),
        ("[" * 100_000, "is not JSON that can be read: expected a JSON object"),
    ],
)
def test_what_is_wrong_with_json_lines_is_said(tmp_path, text, expected):
    path = tmp_path / "runs.jsonl"
    path.write_text(text, encoding="utf-8")
    assert expected in message(path)


cell = st.one_of(
    st.floats().map(str), st.integers().map(str), st.text(max_size=8), st.sampled_from(["1e9", "2"])
)
header = st.lists(
    st.sampled_from(["params", "tokens", "flop", "loss", "budget", "N", "x"]),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=150)
@given(header, st.lists(st.lists(cell, max_size=6), max_size=4), st.sampled_from(',;\t"'))
def test_any_table_is_read_or_refused(tmp_path_factory, names, lines, mark):
    path = tmp_path_factory.mktemp("fuzz") / "runs.csv"
    text = "\n".join(mark.join(line) for line in [names, *lines])
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    try:
        found = reading.read_runs(path)
    except ScalingLawsError:
        return
    for column in (found.params, found.tokens, found.flop, found.loss):
        assert (np.isfinite(column) & (column > 0)).all()


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200), st.sampled_from(["csv", "jsonl", "parquet"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content, suffix):
    path = tmp_path_factory.mktemp("fuzz") / f"runs.{suffix}"
    path.write_bytes(content)
    with pytest.raises(ScalingLawsError):
        reading.read_runs(path)


def test_memory_is_that_of_the_numbers(write):
    rows = 100_000
    path = write("params,tokens,loss,note\n" + "1e9,2e10,2.5,a remark of some length\n" * rows)
    tracemalloc.start()
    assert len(reading.read_runs(path)) == rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 8 * rows  # twenty numbers a row; cells as text would take fifty


@pytest.mark.parametrize(
    ("columns", "rows", "message"),
    [
        ("params,tokens,loss", ["0.4,8.0,2.9", "70,1400,1.9"], "the largest params is 70"),
        ("params,flop,loss", ["4e8,1e9,2.9", "7e10,5e9,1.9"], "the largest tokens is"),
        ("params,tokens,loss", ["4e8,8e9,2.9", "7e10,1.4e12,33.1"], "row 2: loss is 33.1"),
        ("params,tokens,flop,loss", ["4e8,8e9,1.9e4,2.9"], "flop is 9.9e-16 times 6 params tokens"),
    ],
)
def test_numbers_in_another_unit_are_refused(tmp_path, columns, rows, message):
    path = tmp_path / "runs.csv"
    path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    with pytest.raises(ScalingLawsError, match=f"runs.csv.*{message}"):
        reading.read_runs(path)


# Columns of text that split a table


def _split_table(folder: Path, kind: str) -> Path:
    rows = [
        {"params": 1e8 * (k + 1), "tokens": 2e9, "loss": 3.0, "corpus": "ab"[k % 2],
         "optimiser": "xy"[k // 2 % 2], "same": "AB"[k % 2], "day": f"2024-01-0{k % 2 + 1}",
         "seed": k % 2}
        for k in range(24)
    ]  # fmt: skip
    path = folder / f"runs.{kind}"
    if kind == "csv":
        lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
        path.write_text("\n".join(lines), encoding="utf-8")
    elif kind == "jsonl":
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_columns_of_text_that_split_a_table_are_offered_as_suites(
    tmp_path: Path, kind: str
) -> None:
    path = _split_table(tmp_path, kind)
    found = reading.read(path)
    assert found.runs.suites == ()
    assert found.suites == {"corpus": ("a", "b"), "optimiser": ("x", "y"), "same": ("A", "B")}
    chosen = reading.read(path, reading.Choices({"suite": "optimiser"}))
    assert chosen.runs.suites == ("x", "y")


def test_a_column_suite_stands_for_all_others(tmp_path: Path) -> None:
    path = _split_table(tmp_path, "csv")
    path.write_text(path.read_text("utf-8").replace("optimiser", "suite"), encoding="utf-8")
    assert reading.read_runs(path).suites == ("x", "y")
