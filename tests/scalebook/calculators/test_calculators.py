"""What the calculators answer, what the page computes from, and both as text."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalebook import cli
from scalebook.calculators import charting, forms, formulas, panels
from scalebook.calculators.formulas import Answer, Quantity, calculate
from scalebook.record import results
from scalebook.report import answers
from scalinglaws import registry
from scalinglaws.errors import ScalingLawsError
from scalinglaws.optimum import dense as allocation
from scalinglaws.supply.uncertain import Distribution, fixed, sample

NO_RANGES = dict.fromkeys(
    ("compute_off", "total_off", "shared_off", "dense_off", "growth_off", "sparsity_off"), 1
)


def stored(chapter: str) -> dict[str, Any]:
    """What the book's own run of a chapter recorded."""
    try:
        return results.load_all()[chapter]
    except ScalingLawsError as error:
        pytest.skip(str(error))


# Planner


def test_planner_is_what_plan_says() -> None:
    (row,) = answers.plan(1e25, ["refit"])
    answer = calculate("planner", {"compute": "1e25"})
    for key, name in (("params", "params"), ("tokens", "tokens"), ("ratio", "tokens_per_param")):
        found = answer[f"optimum.{key}"]
        assert [found.value, found.low, found.high] == [row[name], *row["intervals"][name]]
    assert answer["optimum.loss"].value == row["loss"]


@pytest.mark.parametrize("name", registry.law_names("parametric"))
@pytest.mark.parametrize("ratio", [0.7, 15, 2000])
def test_penalty_is_the_compute_that_the_optimum_saves(name: str, ratio: float) -> None:
    answer = calculate("planner", {"compute": 3e24, "law": name, "ratio": ratio})
    less = allocation.optimal(registry.parametric(name), 3e24 / answer["choice.penalty"].value)
    assert less.loss == pytest.approx(answer["choice.loss"].value, rel=1e-12)
    assert 6 * answer["choice.params"].value * answer["choice.tokens"].value == pytest.approx(3e24)
    assert answer["choice.tokens"].value / answer["choice.params"].value == pytest.approx(ratio)


def test_the_optimal_ratio_costs_nothing() -> None:
    best = calculate("planner", {"law": "besiroglu2024"})["optimum.ratio"].value
    answer = calculate("planner", {"law": "besiroglu2024", "ratio": best})
    assert answer["choice.penalty"].value == pytest.approx(1)
    assert answer["choice.loss"].value == pytest.approx(answer["optimum.loss"].value)


def test_interval_of_the_penalty_starts_at_none() -> None:
    # No resample can gain by leaving its optimum, and the fit's own lies next to 18.
    penalty = calculate("planner", {"ratio": 18})["choice.penalty"]
    assert penalty.value == pytest.approx(1, abs=1e-4)
    assert 1 <= penalty.low < penalty.high


def test_an_allocation_gives_no_loss() -> None:
    answer = calculate("planner", {"law": "llama3"})
    missing = {key for key, each in answer.items() if math.isnan(each.value)}
    assert {key for key in missing if "." in key and key[0] in "oc"} == {
        "optimum.loss", "choice.loss", "choice.penalty",
    }  # fmt: skip
    assert "loss" not in forms.summary("planner", answer)


@pytest.mark.parametrize("compute", [1e18, 4.7e20, 2.3e23, 9e23, 3.3e25])
def test_the_planner_expects_what_predict_does(compute: float) -> None:
    found = answers.outlook().forecast(compute=compute)
    answer = calculate("planner", {"compute": compute})
    wanted = {
        "expected.loss": (found.loss, found.low, found.high),
        "extrapolated.loss": (None, *(found.extrapolated or (None, None))),
        "expected.params": (found.params, found.params_low, found.params_high),
        "extrapolated.params": (None, *(found.params_extrapolated or (None, None))),
    }
    for key, values in wanted.items():
        got = answer[key].value, answer[key].low, answer[key].high
        expected = [math.nan if each is None else each for each in values]
        assert got == pytest.approx(expected, rel=1e-3, nan_ok=True), key


@pytest.mark.parametrize("factor", [0.999, 1.001])
def test_bands_end_where_they_were_tried(factor: float) -> None:
    table = formulas.predictions()
    for key, reach in table["reach"].items():
        answer = calculate("planner", {"compute": factor * reach})
        assert math.isnan(answer[f"expected.{key}"].low) == (factor > 1)
        assert math.isnan(answer[f"extrapolated.{key}"].low) == (factor < 1)
    least = {"compute": factor * table["rows"][0][0]}
    assert math.isnan(calculate("planner", least)["expected.loss"].value) == (factor < 1)


def test_other_laws_have_no_prediction() -> None:
    answer = calculate("planner", {"law": "besiroglu2024"})
    assert math.isnan(answer["expected.loss"].value)
    assert "calibrated" not in forms.text("planner", answer)


@pytest.mark.parametrize("law", ["refit", "besiroglu2024", "llama3", "kaplan2020-allocation"])
def test_a_plan_starts_from_what_is_given(law: str) -> None:
    best = calculate("planner", {"compute": 1e24, "law": law})
    for start in ("params", "tokens"):
        given = {"start": start, f"given_{start}": best[f"optimum.{start}"].value, "law": law}
        assert calculate("planner", given)["compute"].value == pytest.approx(1e24, rel=1e-9)
    machine = {"start": "machine", "peak": "10 EFLOP/s", "days": "3 months", "utilisation": "50%"}
    compute = calculate("planner", machine | {"law": law})["compute"].value
    assert compute == pytest.approx(0.5e19 * 365.25 / 4 * 86400)


# Units


def test_units_of_a_known_text() -> None:
    own = {"tokenizer": "own", "bytes_per_token": 6, "chars_per_token": 4, "tokens_per_word": 1.5}
    answer = calculate("units", {**own, "loss": 12, "unit": "bits/token"})
    bits = {per: answer[f"bits.{per}"].value for per in ("token", "byte", "character", "word")}
    assert bits == pytest.approx({"token": 12, "byte": 2, "character": 3, "word": 18})
    assert answer["perplexity.character"].value == pytest.approx(8)
    assert answer["nats.byte"].value == pytest.approx(2 * math.log(2))


@given(st.floats(0.01, 20), st.sampled_from([each.name for each in formulas.known_tokenizers()]))
def test_units_lead_back(loss: float, tokenizer: str) -> None:
    first = calculate("units", {"loss": loss, "tokenizer": tokenizer})
    for unit in ("bits/token", "bits/byte", "bits/character"):
        other = first[unit.replace("/", ".")].value
        again = calculate("units", {"loss": other, "unit": unit, "tokenizer": tokenizer})
        assert again["nats.token"].value == pytest.approx(loss)


def test_kaplans_tokens_stand_for_as_many_characters_as_printed() -> None:
    answer = calculate("units", {"tokenizer": "webtext2", "loss": 4.3, "unit": "bits/token"})
    assert answer["bits.character"].value == pytest.approx(1)
    assert answer["bits.word"].value == pytest.approx(4.3 * 1.4)


@pytest.mark.book
def test_massivetext_is_that_of_the_chapter() -> None:
    expected = stored("entropy")["results"]["massive_mean"]
    assert formulas.massivetext_bytes_per_token() == pytest.approx(expected, rel=1e-12)


# GPT-4


@pytest.mark.book
def test_gpt4_is_the_chapters_estimate() -> None:
    recorded = stored("gpt4")["results"]
    answer = calculate("gpt4")
    for key in ("active", "ratio", "optimum", "under"):
        ends = [recorded[f"{key}_low"], recorded[f"{key}_high"]]
        assert answer[key].value == pytest.approx(recorded[key], rel=1e-12)
        assert [answer[key].low, answer[key].high] == pytest.approx(ends, rel=0.015)
    assert answer["share"].value == pytest.approx(recorded["share_under"], abs=0.005)


def test_without_ranges_there_is_nothing_uncertain() -> None:
    for key, found in calculate("gpt4", NO_RANGES).items():
        if key != "share":
            assert found.low == pytest.approx(found.value) == found.high


def test_a_dense_model_uses_all_its_parameters() -> None:
    dense = {"experts": 4, "active_experts": 4, "total_params": "70B", "compute": 5.88e23}
    answer = calculate("gpt4", {**dense, **NO_RANGES, "shared_params": 0})
    assert answer["active"].value == 70e9
    assert answer["tokens"].value == pytest.approx(1.4e12)
    assert answer["ratio"].value == pytest.approx(20)


# Supply


@pytest.mark.book
def test_supply_shows_the_chapters_numbers() -> None:
    recorded, answer = stored("supply")["results"], calculate("supply")
    names = {"stock": "repeated_{}", "year.mixture": "year_{}"}
    for key, name in names.items():
        style = forms.style_of("supply")[key]
        middle = name.format("mixture" if key == "year.mixture" else "median")
        for value, end in zip(
            (answer[key].value, answer[key].low, answer[key].high),
            (middle, name.format("low"), name.format("high")),
            strict=True,
        ):
            assert forms.written(value, style) == forms.written(recorded[end], style), end


def test_the_lattice_finds_what_many_random_draws_find() -> None:
    quantities = {
        "wide": Distribution(1, 100),
        "skewed": Distribution(1.0, 5.9, kind="reflected", offset=6.0),
        "known": fixed(2.0),
        "share": Distribution(0.1, 0.4, kind="logit"),
    }
    both = formulas.on_lattice(quantities, 3), sample(quantities, 400_000, 1)
    ours, theirs = (drawn["wide"] * drawn["skewed"] * drawn["share"] for drawn in both)
    shares = [0.025, 0.1, 0.5, 0.9, 0.975]
    assert np.quantile(ours, shares) == pytest.approx(np.quantile(theirs, shares), rel=0.04)


def test_a_known_stock_is_the_product_of_its_factors() -> None:
    factors = {"indexed_pages": 1e12, "bytes_per_page": 8000, "bytes_per_token": 4}
    shares = {"usable_share": 0.25, "repetition_gain": 3}
    ranges = {f"{k}_{e}": v for k, v in {**factors, **shares}.items() for e in ("low", "high")}
    stock = calculate("supply", ranges)["stock"]
    for end in (stock.value, stock.low, stock.high):
        assert end == pytest.approx(1e12 * 8000 / 4 * 0.25 * 3)


def test_demand_by_the_rule_of_twenty() -> None:
    answer = calculate("supply", {"compute_now": 6 * 20 * 1e24, "overtraining": 4})
    assert answer["demand"].value == pytest.approx(2 * 20 * 1e12)


def test_a_demand_that_shrinks_never_meets_the_stock() -> None:
    growth = {"dataset_growth_low": -0.5, "dataset_growth_high": -0.4}
    assert calculate("supply", growth)["year.datasets"].value == formulas.NEVER


def test_overlap_only_matters_to_the_total() -> None:
    whole = [calculate("supply", {"stock": "total", "overlap": share}) for share in (0, 1)]
    assert whole[0]["stock"].value > whole[1]["stock"].value
    web = [calculate("supply", {"overlap": share})["stock"] for share in (0, 1)]
    assert web[0] == web[1]


# What is refused


@pytest.mark.parametrize(
    ("calculator", "values", "words"),
    [
        ("planer", {}, "Did you mean 'planner'"),
        ("planner", {"computes": 1}, "Did you mean 'compute'"),
        ("planner", {"given_tokens": "15T"}, "give start=tokens"),
        ("planner", {"start": "money"}, "expected one of compute, machine, params, tokens"),
        ("planner", {"compute": "much"}, "expected a number, from 1e+15"),
        ("planner", {"compute": 1e40}, "expected from 1e+15 to 1e+32 FLOP"),
        ("planner", {"law": "kaplan2020-joint"}, "expected one of refit"),
        ("planner", {"law": "hoffmann2022-approach1"}, "expected one of refit"),
        ("gpt4", {"active_experts": 17}, "expected at most 'experts', which is 16"),
        ("gpt4", {"experts": 2.5}, "a whole number"),
        ("gpt4", {"shared_params": "1T", "shared_off": 2}, "at the ends of both ranges"),
        ("units", {"tokenizer": "own", "chars_per_token": 5}, "at least one byte"),
        ("supply", {"usable_share_low": 0.5}, "the low end comes first"),
        ("supply", {"bytes_per_token_high": 6}, "to 5.99"),
    ],
)
def test_refusals_say_what_was_expected(
    calculator: str, values: Mapping[str, object], words: str
) -> None:
    with pytest.raises(ScalingLawsError, match=re.escape(words)):
        calculate(calculator, values)


# What the page computes from


def test_export_is_plain_and_always_the_same() -> None:
    once, again = (json.dumps(formulas.export(), allow_nan=False) for _ in range(2))
    assert once == again


def test_export_has_the_laws_that_plan_resamples() -> None:
    law, ensemble = answers.refit()
    exported = formulas.export()["refit"]
    draws = np.reshape(exported["draws"], (-1, 5))
    expected = np.stack([getattr(ensemble, k) for k in ("E", "A", "B", "alpha", "beta")], axis=1)
    assert draws.shape == expected.shape
    assert draws == pytest.approx(expected, rel=1e-9)
    assert exported["law"]["alpha"] == law.alpha


def test_every_law_says_where_it_is_from() -> None:
    notes = formulas.notes()
    for name in ("planner.law", "supply.law"):
        calculator, field = name.split(".")
        (law,) = [each for each in formulas.fields(calculator) if each.name == field]
        assert set(law.choices) <= set(notes[name])
    assert "besiroglu2024, Table 1" in notes["planner.law"]["besiroglu2024"]
    assert "without embeddings" in notes["planner.law"]["kaplan2020-allocation"]


# As text


@pytest.mark.parametrize("name", formulas.calculator_names())
def test_forms_show_every_field_and_every_answer(name: str) -> None:
    shown = forms.CALCULATORS[name]
    labels = [field for group in shown.groups for field in group.labels]
    assert sorted(labels) == sorted(each.name for each in formulas.fields(name))
    assert set(forms.style_of(name)) == set(calculate(name))


@pytest.mark.parametrize(
    ("value", "style", "expected"),
    [
        (7.32e10, "amount", "73.2B"),
        (999.6e9, "amount", "1T"),
        (1.694e15, "amount", "1,690T"),
        (2.5e19, "amount", "2.50 × 10¹⁹"),
        (12.0, "amount", "12.0"),
        (1.0011, "factor", "1.001"),
        (3e9, "num", "3.00 × 10⁹"),
        (0.9635, "share", "96.4%"),
        (2028.84, "year", "2028.8"),
        (formulas.NEVER, "year", "never"),
        (0, "year", "long ago"),
        (math.nan, "num", "—"),
        (math.inf, "num", "∞"),
    ],
)
def test_written(value: float, style: str, expected: str) -> None:
    assert forms.written(value, style) == expected


def test_summary_leaves_out_what_has_no_interval() -> None:
    known: Answer = {key: Quantity(2.0) for key in forms.style_of("gpt4")}
    assert "with these ranges" not in forms.summary("gpt4", known)


@pytest.mark.parametrize("name", formulas.calculator_names())
def test_commands_give_the_same_numbers(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = forms.shell_commands(name, {})[-1].split()
    assert command[0] == "scalebook"
    assert cli.main([*command[1:], "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == forms.plain(calculate(name))


def test_command_takes_values_as_people_write_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["calculate", "gpt4", "-p", "total_params=3T", "-p", "experts=32"]) == 0
    expected = calculate("gpt4", {"total_params": 3e12, "experts": 32})
    inputs, _, table = capsys.readouterr().out.partition("\n\n")
    assert table == forms.text("gpt4", expected) + "\n"
    assert re.search(r"^total_params += 3T params +all parameters of GPT-4$", inputs, re.MULTILINE)
    assert len(inputs.splitlines()) == len(formulas.fields("gpt4"))


def test_a_known_tokenizer_is_told_with_its_own_numbers() -> None:
    told = forms.inputs("units", formulas.check("units", {"tokenizer": "webtext2"}))
    assert "bytes_per_token = 4.3 bytes/token" in told
    own = formulas.check("units", {"tokenizer": "own", "bytes_per_token": 5})
    assert "bytes_per_token = 5 bytes/token" in forms.inputs("units", own)


def test_page_without_scripts_has_the_results() -> None:
    html = panels.form_html("planner")
    assert forms.written(calculate("planner")["optimum.params"].value, "amount") in html
    assert "<noscript>" in html


# The library of the charts


def test_charting_library_is_made_once(monkeypatch, tmp_path) -> None:
    made = []
    monkeypatch.setattr(charting.paths, "root", lambda: tmp_path)
    monkeypatch.setattr(charting, "_bundle", lambda: made.append(1) or "code")
    first, second = charting.library(), charting.library()
    assert first == second
    assert len(made) == 1
    assert "\ncode\n" in first.read_text()
    first.write_text("half of it")
    charting.library()
    assert len(made) == 2
