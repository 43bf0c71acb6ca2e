import numpy as np
import pytest

from scalebook.show import frames
from scalinglaws import datapackage, registry
from scalinglaws.errors import ScalingLawsError


def test_tables_are_copies():
    mine = frames.load("models")
    mine["params"] = 0.0
    assert frames.load("models")["params"].min() > 0
    assert [row["model"] for row in datapackage.rows("models")] == list(
        frames.load("models")["model"]
    )


def test_empty_cells_are_empty_text_or_nan():
    table = frames.load("models").set_index("model")
    assert table.loc["GPT-3", "note"] == ""
    assert np.isnan(table.loc["GPT-3", "active_params"])
    assert table.loc["Chinchilla", "tokens"] == 1.4e12


def test_records_carry_their_provenance():
    exponent = registry.printed("hoffmann2022.approach1.a")
    assert (exponent.value, exponent.low, exponent.high, exponent.level) == (0.5, 0.488, 0.502, 0.8)
    assert (exponent.source, exponent.where, exponent.certainty) == (
        "hoffmann2022",
        "Table 2",
        "read",
    )
    assert np.isnan(registry.printed("besiroglu2024.a").low)
    assert registry.published_model("Llama 3.1 405B").flop == 3.8e25
    assert registry.law_constants("besiroglu2024")["A"].standard_error == 124.58
    assert registry.law_form("besiroglu2024") == "parametric"


@pytest.mark.parametrize(
    ("look_up", "name", "expected"),
    [
        (frames.load, "law", "There is no table 'law'. Did you mean 'laws'?"),
        (frames.load, "../pyproject", "There is no table '../pyproject'. Choose one of"),
        (registry.printed, "kaplan2020.alpha_b", "Did you mean 'kaplan2020.alpha_B'?"),
        (
            registry.published_model,
            "Chinchila",
            "There is no model 'Chinchila'. Did you mean 'Chinchilla'?",
        ),
        (registry.law_constants, "zzz", "There is no law 'zzz'. Choose one of kaplan2020-params"),
    ],
)
def test_unknown_names_get_the_nearest(look_up, name, expected):
    with pytest.raises(ScalingLawsError) as caught:
        look_up(name)
    assert expected in str(caught.value)
