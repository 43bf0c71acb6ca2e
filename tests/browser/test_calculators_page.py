"""The calculators in a browser: the numbers are the library's, and anyone can work them."""

import math
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Page

from scalebook.calculators import formulas
from tests.browser.conftest import HTML, PHONE, Seen
from tests.scalinglaws.written import TEXTS

PATH = "book/calculators.html"

Setting = Mapping[str, str]

PLANNER: list[Setting] = [
    {},
    {"compute": "10^25"},
    {"compute": "3.8e25", "ratio": "40"},
    {"compute": "1 × 10¹⁵ FLOP", "ratio": "0.001"},
    {"compute": "1e32", "ratio": "1M"},
    {"compute": "6e20", "ratio": "1,500"},
    {"compute": " 2.5e24 ", "ratio": "17.9"},
    {"start": "machine", "peak": "10 EFLOP/s", "days": "3 months"},
    {"start": "tokens", "given_tokens": "1,000,000M"},
    {"start": "params", "given_params": "7 × 10^10", "law": "llama3"},
    {"start": "tokens", "given_tokens": "10^13 tokens", "law": "kaplan2020-allocation"},
    {"start": "params", "given_params": "405B", "law": "besiroglu2024"},
    {"compute": "1e24"},
    {"compute": "2e23"},
    {"law": "besiroglu2024"},
    {"law": "besiroglu2024-all245", "ratio": "1.5k"},
    {"law": "hoffmann2022", "compute": "5.88e23"},
    {"law": "hoffmann2022-printed", "ratio": "300"},
    {"law": "sardana2024", "compute": "1e22"},
    {"law": "kumar2024", "compute": "1e19", "ratio": "3"},
    {"law": "muennighoff2023", "compute": "4e21"},
    {"law": "llama3", "compute": "3.8e25"},
    {"law": "llama3-figure"},
    {"law": "kaplan2020-allocation", "compute": "3.14e23"},
    {"law": "kaplan2020-allocation-eq6.7", "ratio": "2"},
]
UNITS: list[Setting] = [
    {},
    {"loss": "1.69"},
    {"loss": "1.8172", "tokenizer": "webtext2"},
    {"loss": "2.62", "unit": "bits/token", "tokenizer": "massivetext"},
    {"loss": "0.667", "unit": "bits/byte", "tokenizer": "massivetext"},
    {"loss": "1.3", "unit": "bits/character", "tokenizer": "web"},
    {"loss": "1e-6", "tokenizer": "web"},
    {"loss": "1k", "unit": "bits/token"},
    {"tokenizer": "own", "chars_per_token": "3.6", "bytes_per_token": "4.1"},
    {"tokenizer": "own", "bytes_per_token": "9", "tokens_per_word": "2.2", "unit": "bits/byte"},
    {"tokenizer": "own", "chars_per_token": "0.5", "loss": ".7", "unit": "bits/character"},
    {"loss": "11.09", "tokenizer": "english"},
]
GPT4: list[Setting] = [
    {},
    {"compute": "3e25"},
    {"compute": "1e26", "total_params": "5T", "experts": "64", "active_experts": "4"},
    {"total_params": "70B", "experts": "1", "active_experts": "1", "shared_params": "0"},
    {"shared_params": "0"},
    {"shared_params": "100B", "shared_off": "1"},
    {"dense_ratio": "20", "ratio_growth": "1"},
    {"dense_compute": "1e21", "ratio_growth": "1.8", "growth_off": "1.5"},
    {"sparsity_factor": "1.5", "sparsity_off": "1"},
    {"compute_off": "1", "total_off": "1", "shared_off": "1", "sparsity_off": "3"},
    {
        "compute_off": "1", "total_off": "1", "shared_off": "1", "dense_off": "1",
        "growth_off": "1", "sparsity_off": "1",
    },
    {"compute_off": "10", "total_off": "2", "dense_off": "4"},
    {"compute": "5e28", "total_params": "110T", "experts": "32", "active_experts": "1"},
]  # fmt: skip
SUPPLY: list[Setting] = [
    {},
    {"stock": "usable_web"},
    {"stock": "indexed_web", "law": "hoffmann2022"},
    {"stock": "common_crawl", "law": "besiroglu2024"},
    {"stock": "whole_web", "law": "llama3-figure"},
    {"stock": "total"},
    {"stock": "total", "overlap": "0", "law": "muennighoff2023"},
    {"stock": "total", "overlap": "1", "overtraining": "10"},
    {"law": "kaplan2020-allocation", "compute_now": "1e26"},
    {"overtraining": "5"},
    {"compute_now": "3e26", "compute_growth_low": "2", "compute_growth_high": "3.5"},
    {"dataset_growth_low": "-0.1", "dataset_growth_high": "0.2"},
    {"dataset_growth_low": "-0.5", "dataset_growth_high": "-0.4"},
    {"compute_growth_low": "4.5", "compute_growth_high": "4.5"},
    {"usable_share_low": "0.3", "usable_share_high": "1", "repetition_gain_low": "1"},
    {"indexed_pages_low": "250B", "indexed_pages_high": "250B", "bytes_per_token_low": "1"},
    {"bytes_per_page_low": "3k", "bytes_per_page_high": "12k", "stock": "indexed_web"},
]
SETTINGS = [
    (name, setting)
    for name, settings in (
        ("planner", PLANNER), ("units", UNITS), ("gpt4", GPT4), ("supply", SUPPLY),
    )
    for setting in settings
]  # fmt: skip
assert len(SETTINGS) >= 50


def query(name: str, setting: Setting) -> str:
    return "?" + urlencode({f"{name}.{key}": text for key, text in setting.items()})


def open_page(seen: Seen, name: str = "planner", setting: Setting | None = None) -> Page:
    return seen.open(PATH, query(name, setting or {}))


def root(name: str) -> str:
    return f"#calculator-{name}"


def shown(page: Page, name: str) -> dict[str, str]:
    """Return the numbers behind the results in full, intervals as key.low and key.high."""
    found: dict[str, str] = page.evaluate(
        """(root) => {
          const out = {};
          for (const cell of document.querySelectorAll(`${root} td[data-key]`)) {
            out[cell.dataset.key] = cell.dataset.value;
          }
          for (const cell of document.querySelectorAll(`${root} td[data-interval]`)) {
            out[`${cell.dataset.interval}.low`] = cell.dataset.low;
            out[`${cell.dataset.interval}.high`] = cell.dataset.high;
          }
          return out;
        }""",
        root(name),
    )
    return found


def expected(name: str, setting: Setting) -> dict[str, float]:
    answer = formulas.calculate(name, setting)
    out = {key: each.value for key, each in answer.items()}
    out |= {f"{key}.low": each.low for key, each in answer.items()}
    return out | {f"{key}.high": each.high for key, each in answer.items()}


def check_numbers(page: Page, name: str, setting: Setting) -> None:
    found, wanted = shown(page, name), expected(name, setting)
    assert found
    for key, text in found.items():
        value = float(text.replace("Infinity", "inf"))
        if math.isnan(wanted[key]):
            assert math.isnan(value), key
        else:
            assert value == pytest.approx(wanted[key], rel=1e-6), key


# Numbers


@pytest.mark.parametrize("name", ["planner", "units", "gpt4", "supply"])
def test_settings_in_the_address_give_the_librarys_numbers(seen: Seen, name: str) -> None:
    for setting in [setting for each, setting in SETTINGS if each == name][::2]:
        check_numbers(open_page(seen, name, setting), name, setting)
    assert seen.complaints == []


@pytest.mark.parametrize("name", ["planner", "units", "gpt4", "supply"])
def test_typed_settings_give_the_librarys_numbers(seen: Seen, name: str) -> None:
    page = open_page(seen)
    for setting in [setting for each, setting in SETTINGS if each == name][1::2]:
        page.click(f"{root(name)} button[type=reset]")
        page.wait_for_function(
            "(root) => document.querySelector(`${root} .calculator-said`).textContent",
            arg=root(name),
        )
        enter(page, name, setting)
        check_numbers(page, name, setting)
    assert seen.complaints == []


def enter(page: Page, name: str, setting: Setting) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    for key, text in setting.items():
        field = page.locator(f"#{name}-{key}")
        if field.evaluate("(element) => element.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)


def test_first_look_is_what_the_library_wrote(seen: Seen) -> None:
    written = BeautifulSoup((HTML / PATH).read_text("utf-8"), "html.parser")
    page = open_page(seen)
    for part in ("td[data-key]", "td[data-interval]", ".calculator-summary", ".calculator-command"):
        before = [" ".join(each.get_text().split()) for each in written.select(part)]
        after = [" ".join(text.split()) for text in page.locator(part).all_text_contents()]
        assert before == after


# Working them


def test_all_of_the_planner_by_keyboard(seen: Seen) -> None:
    page = open_page(seen)
    page.locator("#planner-start").focus()
    stops = []
    for _ in range(6):
        stops.append(
            page.evaluate("document.activeElement.id || document.activeElement.type || ''")
        )
        page.keyboard.press("Tab")
    fields = [f"planner-{name}" for name in ("start", "compute", "ratio", "law")]
    assert stops == [*fields, "button", "reset"]
    page.locator("#planner-compute").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("1e25")
    page.keyboard.press("Enter")  # must not leave the page or clear the form
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    law = page.locator("#planner-law").input_value()
    (field,) = [each for each in formulas.fields("planner") if each.name == "law"]
    assert law == field.choices[1]
    check_numbers(page, "planner", {"compute": "1e25", "law": law})
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # The fields are set back first, and what follows from them a moment later.
    page.wait_for_function(
        f"document.querySelector('{root('planner')} .calculator-said').textContent !== ''"
    )
    check_numbers(page, "planner", {})


def test_details_open_by_keyboard(seen: Seen) -> None:
    page = open_page(seen)
    page.locator(f"{root('gpt4')} summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "gpt4-compute_off"


def test_numbers_are_read_as_the_library_reads_them(seen: Seen) -> None:
    page = open_page(seen)
    for unit, text, value in TEXTS:
        ours = page.evaluate(
            "([text, unit]) => scalebook.parseQuantity(text, scalebook.data.spellings[unit])",
            [text, unit],
        )
        found = None if ours is None or math.isnan(ours) else ours
        assert found == (value if value is None else pytest.approx(value, rel=1e-15)), text


def test_commands_take_numbers_without_their_units(seen: Seen) -> None:
    page = open_page(seen)
    enter(page, "planner", {"compute": "2 ZFLOP", "ratio": "20 tokens/param"})
    command = page.locator(f"{root('planner')} .calculator-command").inner_text()
    assert "--compute 2e+21 " in command
    assert "-p ratio=20" in command
    enter(page, "planner", {"compute": "10²⁴", "ratio": "1,000"})
    command = page.locator(f"{root('planner')} .calculator-command").inner_text()
    assert "--compute 1e+24 " in command
    assert "-p ratio=1000" in command


@pytest.mark.parametrize(
    ("name", "setting", "field", "words"),
    [
        ("planner", {"compute": "lots"}, "compute", ["'lots' was given", "such as 5.76e23"]),
        ("planner", {"compute": "1e40"}, "compute", ["'1e40' was given", "from 1e15 to 1e32 FLOP"]),
        ("planner", {"ratio": ""}, "ratio", ["The field is empty", "such as 20"]),
        ("planner", {"compute": "70 B B"}, "compute", ["expected a number"]),
        ("planner", {"ratio": "1,5"}, "ratio", ["a point and not a comma before its decimals"]),
        ("gpt4", {"experts": "2.5"}, "experts", ["a whole number"]),
        ("gpt4", {"active_experts": "17"}, "active_experts", ["This is 17; expected at most 16:"]),
        ("gpt4", {"shared_off": "50"}, "shared_params", ["at the ends of both ranges"]),
        ("supply", {"usable_share_low": "0.5"}, "usable_share_low", ["the low end comes first"]),
        ("units", {"chars_per_token": "5"}, "chars_per_token", ["at least one byte"]),
    ],
)
def test_bad_values_are_explained_and_the_results_stay(
    seen: Seen, name: str, setting: Setting, field: str, words: list[str]
) -> None:
    page = open_page(seen)
    before = shown(page, name)
    enter(page, name, setting)
    control = page.locator(f"#{name}-{field}")
    assert control.get_attribute("aria-invalid") == "true"
    described = str(control.get_attribute("aria-describedby")).split()
    message = page.locator(f"#{described[-1]}")
    assert message.is_visible()
    for each in words:
        assert each in message.inner_text()
    assert shown(page, name) == before
    assert page.locator(f"{root(name)} .calculator-stale").inner_text()
    page.click(f"{root(name)} button[type=reset]")
    page.wait_for_function(
        "(id) => !document.getElementById(id).hasAttribute('aria-invalid')", arg=f"{name}-{field}"
    )
    assert not message.is_visible()


def test_a_bad_address_is_explained(seen: Seen) -> None:
    page = open_page(seen, "planner", {"compute": "x", "law": "nobody2030"})
    assert page.locator("#planner-compute").get_attribute("aria-invalid") == "true"
    assert page.locator("#planner-law").input_value() == "refit"
    assert page.locator("#planner-compute-error").is_visible()
    check_numbers(page, "planner", {})
    draw(page, "planner")
    assert seen.complaints == []


def test_the_planner_shows_the_fields_of_what_it_starts_from(seen: Seen) -> None:
    page = open_page(seen)
    page.locator("#planner-start").select_option("machine")
    assert not page.locator("#planner-compute").is_visible()
    page.locator("#planner-days").fill("3 months")
    check_numbers(page, "planner", {"start": "machine", "days": "3 months"})
    command = page.locator(f"{root('planner')} .calculator-command").inner_text()
    assert "scalebook plan --compute 3.1557" in command
    assert "-p start=machine -p days=91.3125" in command


def test_charts_stand_beside_their_fields(seen: Seen) -> None:
    page = open_page(seen)
    for name in formulas.calculator_names():
        draw(page, name)
        form = page.locator(f"{root(name)} .calculator-form").bounding_box()
        chart = page.locator(f"{root(name)} .calculator-chart").bounding_box()
        assert form is not None
        assert chart is not None
        assert chart["y"] - (form["y"] + form["height"]) < 200, name


def test_a_tokenizer_brings_its_numbers_and_a_number_makes_it_your_own(seen: Seen) -> None:
    page = open_page(seen)
    page.locator("#units-tokenizer").select_option("webtext2")
    assert page.locator("#units-chars_per_token").input_value() == "4.3"
    page.locator("#units-tokens_per_word").fill("1.6")
    assert page.locator("#units-tokenizer").input_value() == "own"
    own = {"bytes_per_token": "4.3", "chars_per_token": "4.3", "tokens_per_word": "1.6"}
    check_numbers(page, "units", {"tokenizer": "own", **own})


@pytest.mark.parametrize(
    ("name", "setting"),
    [("planner", PLANNER[2]), ("units", UNITS[9]), ("gpt4", GPT4[7]), ("supply", SUPPLY[14])],
)
def test_the_address_keeps_a_setting(seen: Seen, name: str, setting: Setting) -> None:
    page = open_page(seen)
    enter(page, name, setting)
    numbers = shown(page, name)
    kept = parse_qs(urlsplit(page.url).query)
    assert kept == {f"{name}.{key}": [text] for key, text in setting.items()}
    page.goto(page.url)
    assert shown(page, name) == numbers
    page.click(f"{root(name)} button[type=reset]")
    page.wait_for_function("location.search === ''")


def test_link_to_a_setting_is_copied(seen: Seen) -> None:
    page = open_page(seen)
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    enter(page, "gpt4", {"compute": "1e26"})
    enter(page, "planner", {"ratio": "50"})
    page.click(f"{root('planner')} [data-copy]")
    page.wait_for_function("window.copied")
    link = urlsplit(page.evaluate("window.copied"))
    assert parse_qs(link.query) == {"planner.ratio": ["50"]}
    assert link.fragment == "calculator-planner"
    assert link.path == urlsplit(page.url).path


def test_commands_follow_the_fields(seen: Seen) -> None:
    page = open_page(seen, "gpt4", {"total_params": "2 T"})
    enter(page, "planner", {"compute": "1e25", "law": "llama3"})
    commands = page.locator(".calculator-command").all_inner_texts()
    assert commands[0].split("\n") == [
        "scalebook plan --compute 1e25 --law llama3",
        "scalebook calculate planner -p compute=1e25 -p law=llama3",
    ]
    assert commands[2].split("\n") == [
        "scalebook run gpt4 -p total_params=2T",
        "scalebook calculate gpt4 -p total_params=2T",
    ]


def test_without_scripts_results_and_commands_stand(seen: Seen) -> None:
    context = seen.page.context.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((HTML / PATH).as_uri())
    for name in formulas.calculator_names():
        assert page.locator(f"{root(name)} noscript").inner_text()
        assert not page.locator(f"{root(name)} form").is_visible()
        assert page.locator(f"{root(name)} td[data-key]").first.inner_text()
        assert "scalebook calculate" in page.locator(f"{root(name)} pre").inner_text()
    context.close()


# How they look


def draw(page: Page, name: str) -> None:
    page.locator(f"{root(name)} figcaption").scroll_into_view_if_needed()
    page.wait_for_selector(f"{root(name)} .calculator-chart[data-drawn] svg")


def test_charts_come_after_the_numbers_and_follow_them(seen: Seen) -> None:
    page = open_page(seen)
    assert shown(page, "supply")
    for name in formulas.calculator_names():
        draw(page, name)
        chart = page.locator(f"{root(name)} .calculator-chart")
        assert len(str(chart.get_attribute("aria-label"))) > 40
    before = page.locator(f"{root('planner')} .calculator-chart").get_attribute("aria-label")
    enter(page, "planner", {"ratio": "200"})
    page.wait_for_function(
        "(old) => document.querySelector('.calculator-chart').ariaLabel !== old", arg=before
    )
    enter(page, "planner", {"law": "llama3"})
    page.wait_for_selector(f"{root('planner')} figure", state="hidden")
    assert seen.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("size", [(1280, 900), PHONE], ids=["desktop", "phone"], indirect=True)
def test_no_serious_violation_and_no_sideways_scrolling(seen: Seen) -> None:
    page = open_page(seen)
    for name in formulas.calculator_names():
        draw(page, name)
    enter(page, "planner", {"compute": "nothing"})
    wide, room = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= room
    found = Axe().run(page, context="article", options={"resultTypes": ["violations"]})
    serious = [
        f"{each['id']}: {node['html'][:120]}"
        for each in found.response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
    assert serious == []


def test_the_theme_button_turns_the_charts_over(seen: Seen) -> None:
    page = open_page(seen)
    draw(page, "planner")

    def filter_of() -> str:
        return str(
            page.evaluate(
                "getComputedStyle(document.querySelector('.calculator-chart svg')).filter"
            )
        )

    assert filter_of() == "none"
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert "invert" in filter_of()
