"""Buttons to the repository and to places that run a chapter: there with an address only."""

import io
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from scalebook import paths
from scalebook.site import launch

ADDRESS = "https://github.com/owner/scalebook"
GIVEN = {
    "repository_url": "",
    "repository_branch": "main",
    "path_to_docs": "",
    "launch_buttons": {},
}


def build(folder: Path, **options: object) -> dict[str, BeautifulSoup]:
    """Build a book of one chapter and one page with the theme, as the real one is configured."""
    chapter = folder / "book" / "executed" / "gpt4.ipynb"
    chapter.parent.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# A chapter"), nbformat.v4.new_code_cell("1 + 1")],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python"},
        },
    )
    nbformat.write(notebook, chapter)
    (folder / "book" / "page.md").write_text(
        "# A page\n\n```{toctree}\nexecuted/gpt4\n```\n", encoding="utf-8"
    )
    settings = {
        "extensions": ["myst_nb", "sphinx_book_theme", "scalebook.site.launch"],
        "html_theme": "sphinx_book_theme",
        "html_theme_options": {**GIVEN, **options},
        "nb_execution_mode": "off",
        "root_doc": "book/page",
    }
    warnings = io.StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            folder, None, folder / "html", folder / "trees", "html", settings,
            status=None, warning=warnings,
        )  # fmt: skip
        app.build()
    assert warnings.getvalue() == ""
    pages = {"gpt4": "book/executed/gpt4.html", "page": "book/page.html"}
    return {
        name: BeautifulSoup((folder / "html" / path).read_text("utf-8"), "html.parser")
        for name, path in pages.items()
    }


def away(page: BeautifulSoup) -> list[str]:
    """Addresses on other hosts that the page's buttons lead to."""
    found = [str(link["href"]) for link in page.select(".article-header-buttons a[href]")]
    return [address for address in found if urlsplit(address).scheme]


def loaded(page: BeautifulSoup) -> list[str]:
    """What the page itself asks other hosts for when it is opened."""
    elements = page.select("script[src], link[rel~=stylesheet], img[src], iframe[src]")
    found = [str(element.get("src") or element["href"]) for element in elements]
    return [address for address in found if urlsplit(address).netloc]


@pytest.fixture(autouse=True)
def _no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(launch.VARIABLE, raising=False)
    monkeypatch.delenv(launch.BASE_VARIABLE, raising=False)


@pytest.mark.filterwarnings("ignore")
def test_one_address_switches_everything_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(launch.VARIABLE, f"{ADDRESS}.git/")
    pages = build(tmp_path)
    binder, colab, repository, source, edit, issue = away(pages["gpt4"])
    assert binder == (
        "https://mybinder.org/v2/gh/owner/scalebook/main?urlpath=lab/tree/notebooks/gpt4.ipynb"
    )
    assert colab == (
        "https://colab.research.google.com/github/owner/scalebook/blob/main/notebooks/gpt4.ipynb"
    )
    assert repository == ADDRESS
    assert source == f"{ADDRESS}/blob/main/notebooks/gpt4.ipynb?plain=1"
    assert edit == f"{ADDRESS}/edit/main/notebooks/gpt4.ipynb"
    assert issue.startswith(f"{ADDRESS}/issues/new?")
    assert parse_qs(urlsplit(issue).query)["title"] == ["Issue on page /book/executed/gpt4.html"]
    assert away(pages["page"])[1:3] == [
        f"{ADDRESS}/blob/main/book/page.md?plain=1",
        f"{ADDRESS}/edit/main/book/page.md",
    ]
    # Thebe: a button, a kernel that starts where the notebooks are, and no request before a click.
    chapter = pages["gpt4"]
    assert chapter.select_one(".btn-launch-thebe") is not None
    thebe = chapter.select_one('script[type="text/x-thebe-config"]')
    assert thebe is not None
    assert re.search(r'repo: "(.*)"', thebe.text)[1] == "owner/scalebook"  # type: ignore[index]
    assert re.search(r'ref: "(.*)"', thebe.text)[1] == "main"  # type: ignore[index]
    start = re.search(r'path: "(.*)"', thebe.text)[1]  # type: ignore[index]
    assert Path(start) == Path("notebooks")
    constants = [s for s in chapter.select("script") if "const THEBE_JS_URL" in s.text]
    assert len(constants) == 1
    assert [loaded(page) for page in pages.values()] == [[], []]


@pytest.mark.filterwarnings("ignore")
def test_without_an_address_there_is_nothing(tmp_path: Path) -> None:
    pages = build(tmp_path)
    for page in pages.values():
        assert away(page) == []
        assert loaded(page) == []
        assert "thebe" not in "".join(s.text for s in page.select("script")).lower()
        assert page.select_one(".btn-launch-thebe, .dropdown-launch-buttons") is None


def test_a_jupyterhub_is_taken_as_given() -> None:
    hub = {"jupyterhub_url": "https://hub.example.org"}
    found = launch.buttons(ADDRESS, {**GIVEN, "launch_buttons": hub, "repository_branch": "dev"})
    assert found["launch_buttons"] == hub
    assert found["repository_branch"] == "dev"


def test_colab_and_thebe_know_only_github() -> None:
    found = launch.buttons("https://gitlab.com/owner/name", GIVEN)["launch_buttons"]
    assert found == {"notebook_interface": "jupyterlab", "binderhub_url": "https://mybinder.org"}


@pytest.mark.parametrize(
    "address",
    ["owner/name", "git@github.com:owner/name", "https://github.com/owner", "https://a.b/c/d/e"],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(ExtensionError, match=re.escape(f"'{address}'; expected https://host/")):
        launch.buttons(address, GIVEN)


def test_what_is_launched_is_in_the_repository() -> None:
    contents = yaml.safe_load((paths.root() / "_toc.yml").read_text("utf-8"))
    chapters = [
        entry["file"]
        for part in contents["parts"]
        for entry in part["chapters"]
        if entry["file"].startswith("book/executed/")
    ]
    assert chapters
    stored = [chapter.replace("book/executed/", "notebooks/") + ".ipynb" for chapter in chapters]
    assert [path for path in stored if not (paths.root() / path).is_file()] == []
    # Binder installs the package where it finds the notebooks.
    assert "--editable ." in (paths.root() / "postBuild").read_text("utf-8")
