import numpy as np
import pytest

from scalebook.errors import ScalebookError
from scalebook.record import claims, results
from scalebook.show import media


@pytest.fixture(autouse=True)
def _no_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "settled", lambda chapter: [])


def test_numbers_become_plain():
    given = {"a": np.float32(0.5), "b": np.int64(3), "c": np.array(2.5), "d": 7}
    bundle = results.record("kaplan", given)._repr_mimebundle_()
    stored = bundle[media.RESULTS]["results"]
    assert stored == {"a": 0.5, "b": 3, "c": 2.5, "d": 7}
    assert {type(value) for value in stored.values()} <= {float, int}


@pytest.mark.parametrize("value", [np.nan, np.inf, None, "text", True, [1.0, 2.0], np.ones(2)])
def test_only_one_finite_number_a_key(value):
    with pytest.raises(ScalebookError, match="result 'x' is .*; expected one finite number"):
        results.record("kaplan", {"x": value})


def test_keys_are_names():
    with pytest.raises(ScalebookError, match="'a b' needs a Python name"):
        results.record("kaplan", {"a b": 1.0})


def test_damaged_results_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(results.paths, "results_dir", lambda: tmp_path)
    with pytest.raises(ScalebookError, match="no results of chapter 'kaplan' yet"):
        results.load("kaplan")
    (tmp_path / "kaplan.json").write_text("{", encoding="utf-8")
    with pytest.raises(ScalebookError, match="kaplan.json cannot be read as results"):
        results.load("kaplan")
