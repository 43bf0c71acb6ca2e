"""Which pages are built anew, and what is left of those that were there."""

import pickle
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sphinx.search import js_index

from scalebook.site import renewal


def application(folder: Path, pages: dict[str, str]) -> Any:
    """As much of Sphinx as is asked: it has read all pages but the one called new."""
    read = [name for name in pages if name != "new"]
    environment = SimpleNamespace(
        found_docs=set(pages), all_docs=dict.fromkeys(read, 0), metadata=defaultdict(dict)
    )
    app = SimpleNamespace(env=environment, outdir=folder, doctreedir=folder)
    for name in read:
        renewal._remember(app, name, [pages[name]])  # type: ignore[arg-type]
    return app


def test_a_page_is_read_again_when_its_text_is_another(tmp_path: Path) -> None:
    pages = {"a": "loss 1.69", "b": "loss 1.82", "new": "loss 2"}
    app = application(tmp_path, pages)
    later = {**pages, "b": "loss 1.83"}
    found = renewal._find_changed(lambda _, name: later[name], app, app.env)
    assert found == ["b"]
    del app.env.metadata["a"]["scalebook_text"]  # nothing is known of it
    assert renewal._find_changed(lambda _, name: later[name], app, app.env) == ["a", "b"]


def test_pictures_and_words_that_no_page_has_are_dropped(tmp_path: Path) -> None:
    app = application(tmp_path, {})
    app.env.images = {"kaplan.svg": ({"kaplan"}, "shown.svg")}
    (tmp_path / "_images").mkdir()
    for name in ("shown.svg", "gone.svg"):
        (tmp_path / "_images" / name).touch()
    index = {"terms": {"old": [], "rare": 3, "common": [0, 1]}, "titleterms": {"gone": []}, "x": []}
    (tmp_path / "searchindex.js").write_text(js_index.dumps(index), "utf-8")
    renewal._drop_pictures(app, None)
    renewal._drop_words(app, None)
    assert [path.name for path in (tmp_path / "_images").iterdir()] == ["shown.svg"]
    assert js_index.loads((tmp_path / "searchindex.js").read_text("utf-8")) == {
        "terms": {"rare": 3, "common": [0, 1]}, "titleterms": {}, "x": [],
    }  # fmt: skip


@pytest.mark.parametrize(("error", "saved"), [(None, True), (ValueError(), False)])
def test_what_is_known_in_the_end_is_saved(
    tmp_path: Path, error: Exception | None, saved: bool
) -> None:
    app = application(tmp_path, {"a": "text"})
    renewal._save_environment(app, error)
    file = tmp_path / "environment.pickle"
    assert file.exists() == saved
    if saved:
        assert pickle.loads(file.read_bytes()).metadata == app.env.metadata
