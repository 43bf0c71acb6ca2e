"""Sphinx extension: with a repository address, pages lead to their source and to places to run.

One value switches all of it on: `repository_url` among the theme's options, or the environment
variable `SCALEBOOK_REPOSITORY`. Without it pages have no such button and refer to no other host.

The pages of the chapters are made from `book/executed/` and `book/appendix/`, which are not in the
repository. What readers see, correct and run is the notebook in `notebooks/`, so the theme's links
are led there.
"""

import os
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from scalebook import patches

#: Address of the repository, for builds whose settings are not to be edited.
VARIABLE = "SCALEBOOK_REPOSITORY"
#: Address of the published book, likewise.
BASE_VARIABLE = "SCALEBOOK_BASEURL"

_ADDRESS = re.compile(r"https://[\w.-]+/[\w.~-]+/[\w.~-]+")
_MADE, _STORED = ("book/executed/", "book/appendix/"), "notebooks/"
_BINDER = "https://mybinder.org"
_COLAB = "https://colab.research.google.com"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    # Before the theme reads its options.
    app.connect("config-inited", configure, priority=100)
    # After sphinx-thebe has written where its kernel starts, and the theme its buttons.
    app.connect("doctree-resolved", _start_kernel_in_notebooks, priority=900)
    app.connect("html-page-context", _lead_to_notebooks, priority=900)
    app.connect("html-page-context", patches.load_scripts_once, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def configure(app: Sphinx, config: Config) -> None:
    """Complete the theme's options from the address of the repository, if there is one.

    Raises
    ------
    ExtensionError
        If the address is not of the form ``https://host/owner/name``.
    """
    config.html_baseurl = os.environ.get(BASE_VARIABLE) or config.html_baseurl
    options = config.html_theme_options
    address = (os.environ.get(VARIABLE) or options.get("repository_url") or "").rstrip("/")
    if not address:
        return
    options.update(buttons(address, options))
    if options["launch_buttons"].get("thebe"):
        app.setup_extension("sphinx_thebe")


def buttons(address: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the theme's options for a repository.

    Parameters
    ----------
    address : str
        ``https://host/owner/name``, without what git puts behind it.
    given : dict
        The options as configured; launch buttons and a branch that are given there stay.

    Raises
    ------
    ExtensionError
        If the address is of another form.
    """
    address = address.removesuffix(".git")
    if not _ADDRESS.fullmatch(address):
        raise ExtensionError(
            f"The repository's address is '{address}'; expected https://host/owner/name, as in "
            f"https://github.com/owner/scalebook. Change repository_url in _config.yml, or the "
            f"environment variable {VARIABLE}."
        )
    launch: dict[str, Any] = {"notebook_interface": "jupyterlab", "binderhub_url": _BINDER}
    if address.startswith("https://github.com/"):
        # Colab opens nothing else, and sphinx-thebe starts nothing else.
        launch |= {"colab_url": _COLAB, "thebe": True}
    return {
        "repository_url": address,
        "repository_branch": given.get("repository_branch") or "main",
        "use_repository_button": True,
        "use_source_button": True,
        "use_edit_page_button": True,
        "use_issues_button": True,
        "launch_buttons": given.get("launch_buttons") or launch,
    }


def repository(app: Sphinx) -> dict[str, str] | None:
    """Return what pages say of the repository: its address, branch and name; None without one."""
    options = app.config.html_theme_options
    address = options.get("repository_url")
    if not address:
        return None
    name = address.rpartition("/")[2]
    return {"url": address, "branch": options["repository_branch"], "name": name}


def _lead_to_notebooks(
    _: Sphinx, page: str, __: str, context: dict[str, Any], *___: object
) -> None:
    if page.startswith(_MADE):
        for button in _links(context.get("header_buttons", [])):
            if button["url"].startswith("https:"):  # not the page's own source in the book
                button["url"] = button["url"].replace(f"{page}.ipynb", _notebook(page))


def _links(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    inner = [link for button in found for link in _links(button.get("buttons", []))]
    return [button for button in found if "url" in button] + inner


def _notebook(page: str) -> str:
    return f"{_STORED}{page.rpartition('/')[2]}.ipynb"


def _start_kernel_in_notebooks(app: Sphinx, doctree: nodes.document, page: str) -> None:
    if page.startswith(_MADE) and "sphinx_thebe" in app.extensions:
        for raw in doctree.findall(nodes.raw):
            if "text/x-thebe-config" in raw.astext():
                folder = page.rpartition("/")[0]
                text = raw.astext().replace(folder, _STORED.rstrip("/"))
                raw.replace_self(nodes.raw("", text, format="html"))
