"""The page to hand to a colleague, in a browser."""

from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from scalebook.report import page, study
from scalinglaws import reading
from scalinglaws.prediction import simulation
from scalinglaws.prediction.simulation import Laboratory
from tests.browser.conftest import DESKTOP, PHONE, Seen


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    runs = folder / "runs.csv"
    runs.write_text(simulation.csv_text(Laboratory(budgets=4, sizes=7)), encoding="utf-8")
    named = replace(reading.read_runs(runs), name="my <b>runs & more.csv")
    found = study.of_runs(named, study.Request(resamples=50))
    out = folder / "report.html"
    out.write_text(page.write(found), encoding="utf-8")
    return out


@pytest.mark.parametrize("theme", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"], indirect=True)
def test_is_accessible_and_complete(seen: Seen, report: Path) -> None:
    seen.home = report.parent.as_uri()
    seen.page.goto(report.as_uri())
    assert seen.complaints == []
    assert seen.page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    found = Axe().run(seen.page)
    assert found.violations_count == 0, found.generate_report()
    assert seen.page.locator("h2").count() == seen.page.locator("nav a").count() == 9
    assert seen.page.locator("svg[role=img]").count() == 5
    for chart in seen.page.locator("svg[role=img]").all():
        box = chart.bounding_box()
        assert box is not None
        assert box["width"] > 300
        assert len(chart.get_attribute("aria-label") or "") > 40


def test_needs_no_script_and_prints(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert "my <b>runs & more.csv" in page.locator("h1").inner_text()
    assert page.pdf().startswith(b"%PDF")
    context.close()
