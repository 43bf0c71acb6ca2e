"""The tables behind figures."""

import csv
import io

import numpy as np
import pytest

from scalebook.errors import ScalebookError
from scalebook.show import columns


def read(table):
    return list(csv.DictReader(io.StringIO(columns.csv(table))))


def test_a_single_value_stands_in_every_row():
    table = columns.table({"series": "ours", "loss": np.array([2.5, 2.25]), "ratio": 20})
    assert table == {"series": ["ours"] * 2, "loss": [2.5, 2.25], "ratio": [20, 20]}
    assert columns.table({"ratio": 20}) == {"ratio": [20]}


def test_tables_of_several_panels_stand_below_one_another():
    left = columns.stack({"law": {"compute": [1e20, 1e21], "loss": [3, 2]}, "20": {"ratio": 20}})
    table = columns.stack({"left": left, "right": {"loss_low": [1]}}, by="panel")
    assert table["panel"] == ["left", "left", "left", "right"]
    assert table["series"] == ["law", "law", "20", None]
    assert table["ratio"] == [None, None, 20, None]
    assert read(table)[2:] == [
        {"panel": "left", "series": "20", "compute": "", "loss": "", "ratio": "20", "loss_low": ""},
        {"panel": "right", "series": "", "compute": "", "loss": "", "ratio": "", "loss_low": "1"},
    ]


def test_ten_digits_are_written_and_what_is_no_number_stays_empty():
    written = read({"loss": [1 / 3, np.nan, np.inf], "compute": np.array([2e25, 1e9, 123456])})
    assert [row["loss"] for row in written] == ["0.3333333333", "", ""]
    assert [float(row["compute"]) for row in written] == [2e25, 1e9, 123456]


def test_names_with_commas_and_quotes_read_back():
    name = 'a "law", ours'
    assert read(columns.stack({name: {"loss": 2}}))[0]["series"] == name


def test_an_unknown_column_is_named():
    with pytest.raises(ScalebookError, match="has a column flops, .*expected one of .*compute"):
        columns.stack({"ours": {"flops": [1e20]}})
    assert columns.meaning("loss_lowest") is columns.meaning("_low") is None


def test_columns_of_different_lengths_are_an_error():
    with pytest.raises(ScalebookError, match=r"differ in length: loss \(2,\), ratio \(3,\)"):
        columns.table({"loss": [1, 2], "ratio": [1, 2, 3]})


def test_ends_of_intervals_mean_what_their_column_means():
    assert columns.meaning("loss_low").endswith(columns.MEANING["loss"])
    assert columns.meaning("loss_low") != columns.meaning("loss_high")
    (field,) = columns.schema(["loss_high"])["fields"]
    assert field["type"] == "number"
    assert field["description"] == columns.meaning("loss_high")
