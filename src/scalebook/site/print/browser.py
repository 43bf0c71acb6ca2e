"""Chromium, driven by Playwright: for what is made of the built pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from scalebook.errors import ScalebookError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: Commands under which Chromium is known.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

#: Milliseconds that one step may take: a busy machine needs minutes, an idle one seconds.
PATIENCE = 300_000


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Start Chromium, and stop it afterwards.

    Raises
    ------
    ScalebookError
        If there is none, or it fails; what Playwright raises within the context is such a failure.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise ScalebookError(
            "The package playwright is missing. Run `make book`, which installs everything, or "
            "pip install --require-hashes -r requirements.lock."
        ) from None
    with sync_playwright() as playwright:
        program = next((found for name in NAMES if (found := shutil.which(name))), None)
        if program is None and not Path(playwright.chromium.executable_path).is_file():
            raise ScalebookError(
                f"No Chromium was found: expected one of the commands {', '.join(NAMES)}. Install "
                "one (on Debian or Ubuntu: apt install chromium), or let Playwright fetch its own: "
                ".venv/bin/playwright install chromium."
            )
        try:
            # Containers and root have no sandbox of their own to offer Chromium.
            started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            yield started
            started.close()
        except Error as error:
            first = (error.message.strip().splitlines() or ["no reason given"])[0]
            raise ScalebookError(
                f"Chromium ({program or playwright.chromium.executable_path}) failed: {first}"
            ) from None
