"""The tables as they lie in data/: valid by their description, sourced, and consistent."""

import csv
import gzip
import json
import re

import numpy as np
import pytest
from frictionless import Package
from scipy.stats import chi2

from scalebook import paths
from scalinglaws import datapackage, laws, reading, registry

DATA = datapackage.folder()
PACKAGE = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {resource["name"]: resource for resource in PACKAGE["resources"]}
STUDIES = [name for name in RESOURCES if "runs/" in RESOURCES[name]["path"]]
RUNS = [name for name in RESOURCES if "runs" in RESOURCES[name]]
COMPUTED = [name for name in RESOURCES if name.startswith(("atlas", "calibration", "laboratory"))]
SOURCED = [name for name in RESOURCES if name not in {*STUDIES, *RUNS, *COMPUTED}]
BIBLIOGRAPHY = (paths.root() / "book" / "references.bib").read_text(encoding="utf-8")
OURS = "CC-BY-4.0"
KEYS = re.findall(r"^@\w+\{([^,]+),", BIBLIOGRAPHY, re.MULTILINE)


def rows(name):
    with datapackage.open_text(datapackage.location(name)) as file:
        return list(csv.DictReader(file))


def value(key):
    return registry.printed(key).value


@pytest.mark.filterwarnings("default")  # the validator's own
def test_package_is_valid():
    report = Package(str(DATA / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])


def test_every_table_is_described_and_every_description_has_a_table():
    found = {path.name.split(".")[0] for path in DATA.rglob("*.csv*")}
    assert found == set(RESOURCES) == set(datapackage.table_names())


@pytest.mark.parametrize("name", RESOURCES)
def test_descriptions_are_complete(name):
    resource = RESOURCES[name]
    assert resource["title"]
    assert resource["description"]
    assert resource["schema"]["primaryKey"]
    (licence,) = resource["licenses"]
    assert licence["name"] in ({"MIT", "Apache-2.0", "CC-BY-4.0"} if name in STUDIES else {OURS})
    assert all(source["title"] for source in resource["sources"])
    for field in resource["schema"]["fields"]:
        assert field["title"], field
        assert field["description"], field
        assert ("unit" in field) == (field["type"] != "string"), field
    assert [field["name"] for field in resource["schema"]["fields"]] == list(rows(name)[0])


@pytest.mark.parametrize("name", RESOURCES)
def test_tables_are_plain_utf8_with_line_feeds(name):
    raw = datapackage.location(name).read_bytes()
    raw = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    raw.decode("utf-8")


def test_packed_tables_name_neither_a_time_nor_a_file():
    packed = list(DATA.rglob("*.gz"))
    assert packed
    for path in packed:
        # A flag would announce a name; the next four bytes are the time.
        assert path.read_bytes()[3:8] == bytes(5), path.name


def test_the_data_are_small():
    assert sum(path.stat().st_size for path in datapackage.every_file()) < 3e6


@pytest.mark.parametrize("name", RUNS)
def test_what_is_said_of_a_table_of_runs_is_so(name):
    about, table = RESOURCES[name]["runs"], rows(name)
    assert about["rows"] == len(table)
    assert about["suites"] == list(dict.fromkeys(row["suite"] for row in table if "suite" in row))
    assert set(about["studies"]) <= set(KEYS)
    for key in ("row", "counting", "made", "pooling", "licence_ground"):
        assert len(about[key]) > 20 or key == "row", key
    if name in STUDIES:
        assert re.fullmatch("[0-9a-f]{40}", about["commit"])
        assert about["licence"] == RESOURCES[name]["licenses"][0]["name"]
    else:
        assert about["licence"] == "not stated"
    unit = next(f["unit"] for f in RESOURCES[name]["schema"]["fields"] if f["name"] == "loss")
    assert unit.startswith(about["loss_unit"])


@pytest.mark.parametrize("name", ["clark2022", "bhagia2024", "luo2025"])
def test_a_final_loss_is_the_last_of_its_curve(name):
    last = {row["run"]: row["loss"] for row in rows(f"{name}_curves")}
    assert {row["run"]: row["loss"] for row in rows(f"{name}_final")} == last


def test_every_table_of_runs_is_explained():
    text = (paths.root() / "data" / "README.md").read_text(encoding="utf-8")
    for name in RUNS:
        stem = name.removesuffix("_final").removesuffix("_curves")
        assert f"`{stem}" in text, name


def test_bibliography_keys_are_unique():
    assert len(KEYS) == len(set(KEYS))


@pytest.mark.parametrize("name", SOURCED)
def test_every_row_names_a_known_source_a_place_and_a_certainty(name):
    vocabulary = {"read", "two-readings", "one-reading", "memory", "computed"}
    for row in rows(name):
        assert row["source"] in KEYS, row
        assert row["where"], row
        assert row["certainty"] in vocabulary, row


def test_every_listed_law_can_be_built_from_finite_constants():
    names = list(dict.fromkeys(row["law"] for row in rows("laws")))
    assert list(registry.law_names()) == names
    for name in names:
        law = registry.published[name]
        numbers = [number for number in vars(law).values() if isinstance(number, float)]
        assert len(numbers) >= 2
        assert np.isfinite(numbers).all(), law


def test_a_law_has_one_form_and_one_unit_of_compute():
    for name in registry.law_names():
        mine = [row for row in rows("laws") if row["law"] == name]
        assert len({row["form"] for row in mine}) == 1, name
        assert len({row["unit"].partition(" at 1 ")[2] for row in mine} - {""}) <= 1, name


@pytest.mark.parametrize("row", [row for row in rows("published") if row["level"]])
def test_intervals_are_ordered_and_an_outlying_value_is_remarked(row):
    low, high = float(row["low"]), float(row["high"])
    assert low < high
    inside = low <= float(row["value"]) <= high
    assert inside != ("outside its own interval" in row["note"])


def test_constants_in_two_tables_agree():
    for law, prefix in (
        ("besiroglu2024", "besiroglu2024"),
        ("besiroglu2024-all245", "besiroglu2024.all245"),
    ):
        for symbol, constant in registry.law_constants(law).items():
            assert constant.value == value(f"{prefix}.{symbol}")
            if not np.isnan(constant.standard_error):
                assert constant.standard_error == value(f"{prefix}.{symbol}.se")
    optimum = registry.law_constants("kaplan2020-allocation")
    for symbol, key in (
        ("a", "params.exponent"),
        ("N_e", "params.prefactor"),
        ("b", "tokens.exponent"),
        ("D_e", "tokens.prefactor"),
    ):
        assert optimum[symbol].value == value(f"kaplan2020.optimum.{key}")
    for approach in "123":
        law = registry.published[f"hoffmann2022-approach{approach}"]
        assert law.a == value(f"hoffmann2022.approach{approach}.a")
        assert law.b == value(f"hoffmann2022.approach{approach}.b")


def test_besiroglus_exponent_follows_from_its_constants():
    assert registry.parametric("besiroglu2024").a == pytest.approx(
        value("besiroglu2024.a"), abs=5e-5
    )


def test_likelihood_ratios_follow_from_the_log_likelihoods():
    for runs, p in (("loglik", "lr.p"), ("loglik245", "lr245.p")):
        gain = value(f"besiroglu2024.{runs}.refit") - value(f"besiroglu2024.{runs}.hoffmann")
        # The log-likelihoods are printed to 0.01 each, which moves p by up to 2%.
        assert chi2.sf(2 * gain, df=5) == pytest.approx(value(f"besiroglu2024.{p}"), rel=0.03)


def test_kaplans_derived_exponent_is_the_one_of_the_appendix():
    exponents = [value(f"kaplan2020.{name}") for name in ("alpha_S", "alpha_B", "table3.alpha_N")]
    derived = 1 / sum(1 / exponent for exponent in exponents)
    assert round(derived, 3) == value("kaplan2020.alpha_C_min.eqB.7")
    assert round(derived, 3) != value("kaplan2020.alpha_C_min.eq6.4")


def test_words_and_tokens_of_webtext2():
    ratio = value("kaplan2020.webtext2.tokens") / value("kaplan2020.webtext2.words")
    assert round(ratio, 1) == value("kaplan2020.tokens_per_word")


def test_the_stated_minimum_beats_the_published_constants():
    runs = reading.read_runs("hoffmann2022_runs")
    kept = slice(5, None)
    delta = value("besiroglu2024.huber_delta")

    def objective(law):
        residual = np.abs(np.log(law.loss(runs.params, runs.tokens)) - np.log(runs.loss))[kept]
        quadratic = residual**2 / 2
        return np.where(residual < delta, quadratic, delta * (residual - delta / 2)).sum()

    symbols = ("E", "A", "B", "alpha", "beta")
    stated = laws.ParametricLaw(*(value(f"besiroglu2024.minimum.{s}") for s in symbols))
    assert objective(stated) == pytest.approx(value("besiroglu2024.minimum.objective"), rel=1e-5)
    assert objective(stated) < objective(registry.parametric("besiroglu2024"))
    assert objective(stated) < objective(registry.parametric("hoffmann2022"))


def test_what_is_said_of_the_digitised_runs():
    runs = reading.read_runs("hoffmann2022_runs")
    assert len(np.unique(runs.loss)) == 99
    assert set(np.argsort(-runs.loss)[:5]) == set(range(5))
    ratio = runs.tokens / runs.params
    assert ratio[:5].max() == pytest.approx(0.404, abs=5e-4)


def test_gopher_ratios_are_multiples_of_its_budget():
    budget = value("hoffmann2022.gopher.flop.text")
    for row in rows("hoffmann2022_optimal"):
        if row["gopher_ratio"]:
            assert float(row["flop"]) / budget == pytest.approx(
                float(row["gopher_ratio"]), rel=0.02
            )


def test_the_slip_in_table_a3_is_kept_beside_what_it_means():
    slip = [
        r for r in rows("hoffmann2022_optimal") if (r["params"], r["approach"]) == ("175e9", "3")
    ]
    assert [(row["flop"], row["certainty"]) for row in slip] == [
        ("1.26e24", "read"),
        ("1.26e25", "computed"),
    ]
    assert 6 * 175e9 * float(slip[0]["tokens"]) == pytest.approx(1.26e25, rel=1e-9)


def test_conflicting_budgets_are_both_there():
    lamda = {name: registry.published_model(name) for name in ("LaMDA", "LaMDA (own paper)")}
    by_6nd = 6 * lamda["LaMDA"].params * lamda["LaMDA"].tokens
    assert by_6nd == pytest.approx(1.38e23, rel=0.005)
    assert lamda["LaMDA (own paper)"].flop / by_6nd > 2
    assert value("hoffmann2022.gopher.flop.6ND") == pytest.approx(6 * 280e9 * 300e9)
