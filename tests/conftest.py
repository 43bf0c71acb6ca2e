"""What all tests share."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

# A slow machine is no failure, and the same commit gives the same tests.
settings.register_profile("scalebook", deadline=None, derandomize=True)
settings.load_profile("scalebook")

NO_BROWSER = "no Chromium was found"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say last, and in one line, that the pages were not tried in a browser."""
    yield
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NO_BROWSER in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_line(
            f"LEFT OUT: {count} tests of the pages in a browser, because {NO_BROWSER}. On Debian "
            "or Ubuntu: apt install chromium",
            yellow=True,
        )
