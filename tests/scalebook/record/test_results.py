from dataclasses import dataclass

import numpy as np
import pytest

from scalebook.chapters.parameter import Parameters
from scalebook.errors import ScalebookError
from scalebook.record import results
from scalebook.record import verdicts as settled
from scalebook.show import media

P = Parameters(growth=10.0)


@pytest.fixture(autouse=True)
def _no_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled, "entries", lambda chapter, verdicts: list(verdicts))


def test_a_record_has_parameters_results_and_claims():
    given = {"a": np.float32(0.5), "b": np.int64(3), "c": np.array(2.5), "d": 7}
    record = results.record("kaplan", P, given, [{"id": "x"}])
    stored = record._repr_mimebundle_()[media.RESULTS]
    assert stored == {
        "parameters": {"growth": 10.0},
        "results": {"a": 0.5, "b": 3, "c": 2.5, "d": 7},
        "claims": [{"id": "x"}],
    }
    assert {type(value) for value in record.results.values()} <= {float, int}


@pytest.mark.parametrize("value", [np.nan, np.inf, None, "text", True, [1.0, 2.0], np.ones(2)])
def test_only_one_finite_number_a_key(value):
    with pytest.raises(ScalebookError, match="result 'x' is .*; expected one finite number"):
        results.record("kaplan", P, {"x": value}, [])


def test_keys_are_names():
    with pytest.raises(ScalebookError, match="'a b' needs a Python name"):
        results.record("kaplan", P, {"a b": 1.0}, [])


@dataclass
class Step:
    params: float
    runs: int
    loss: np.float64
    law: str
    line: np.ndarray
    told: bool


def test_the_single_numbers_of_steps_are_results():
    step = Step(2.0, 3, np.float64(1.5), "besiroglu2024", np.ones(3), True)
    assert results.numbers_of(step) == {"params": 2.0, "runs": 3, "loss": 1.5}
    assert results.numbers_of(step, but=["runs"]) == {"params": 2.0, "loss": 1.5}


def test_damaged_results_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(results.paths, "results_dir", lambda: tmp_path)
    with pytest.raises(ScalebookError, match="no results of chapter 'kaplan' yet"):
        results.load("kaplan")
    (tmp_path / "kaplan.json").write_text("{", encoding="utf-8")
    with pytest.raises(ScalebookError, match="kaplan.json cannot be read as results"):
        results.load("kaplan")


def numbers(**found):
    return results.Record({}, found, []).numbers


def test_what_a_cell_computes_is_what_was_recorded():
    found = {"m_10": np.float64(1.5849), "alpha": 0.34812}
    checked = results.checked(numbers(m_10=1.5849, alpha=0.34812, m_30=2.63), **found)
    assert checked == {"m_10": 1.5849, "alpha": 0.34812}
    assert checked._repr_markdown_() == "`m_10` 1.585, `alpha` 0.3481"
    # Sums that are added up in another order.
    results.checked(numbers(m_10=1.5849), m_10=1.5849 * (1 + 1e-12))


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"m_10": 1.58490001}, r"comes to m_10 = 1\.58490001, the chapter to 1\.5849\."),
        ({"m_1": 1.5849}, r"comes to m_1 = 1\.5849, the chapter to None\."),
        ({"m_10": np.nan}, "comes to m_10 = nan, the chapter to"),
    ],
)
def test_another_number_is_an_error(found, message):
    with pytest.raises(ScalebookError, match=message):
        results.checked(numbers(m_10=1.5849), **found)
