"""Patches of other packages: tried on what is installed, and they mend what they say."""

import subprocess
import sys
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import pytest

from scalebook import patches


@pytest.mark.parametrize("package", patches.TRIED)
def test_patches_were_tried_on_what_is_installed(package: str) -> None:
    assert version(package) == patches.TRIED[package], (
        f"{package} has moved: look whether its patch in scalebook/patches.py still works and is "
        "still needed, then change the version there"
    )


def test_nbformat_comes_without_the_grammar_of_web_addresses() -> None:
    code = (
        "import sys\nfrom scalebook import patches\n"
        "patches.nbformat().validate({'cells': [], 'metadata': {}, 'nbformat': 4,"
        " 'nbformat_minor': 5})\nprint('lark' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def mended(body: str) -> str:
    context = {"body": body}
    patches.mend_roles(None, "", "", context)  # type: ignore[arg-type]
    return context["body"]


def test_roles_that_are_not_so_are_taken_back() -> None:
    citations = '<div role="list" class="citation-list"><div role="doc-biblioentry"></div></div>'
    assert mended(citations) == '<div class="citation-list"><div></div></div>'
    assert mended('<summary aria-label="Toggle hidden content">Show') == "<summary>Show"


def test_scripts_are_loaded_once() -> None:
    def script(filename: str | None, body: str) -> Any:
        return SimpleNamespace(filename=filename, attributes={"body": body})

    context = {"script_files": [script(None, "a"), "b.js", script("", "a"), script("", "c")]}
    patches.load_scripts_once(None, "", "", context)  # type: ignore[arg-type]
    bodies = [getattr(each, "attributes", each) for each in context["script_files"]]
    assert bodies == [{"body": "a"}, "b.js", {"body": "c"}]
