"""Which pages Sphinx builds anew, and what it forgets about the others.

Sphinx goes by the times of files, but a page is made of numbers too: here a page is read again when
its text, with the numbers filled in, is another than before. (What asks the results for more than a
text does calls `note_reread`, and is read again always.) And three things that Sphinx leaves behind
when it builds a part are brought to what a build of the whole would have made.
"""

import hashlib
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.search import js_index

#: Gives the text of a page, filled in, by its name.
Text = Callable[[Sphinx, str], str]

_HASH = "scalebook_text"


def setup(app: Sphinx, text: Text) -> None:
    """Register with Sphinx; `text` must give what the handlers of `source-read` make of a page."""
    app.connect("source-read", _remember, priority=900)  # the page as it is in the end
    app.connect("env-get-outdated", partial(_find_changed, text))
    app.connect("build-finished", _drop_pictures)
    app.connect("build-finished", _drop_words)
    app.connect("build-finished", _save_environment)


def _remember(app: Sphinx, docname: str, source: list[str]) -> None:
    """Keep a hash of a page's text as it is read."""
    app.env.metadata[docname][_HASH] = _hash(source[0])


def _find_changed(text: Text, app: Sphinx, environment: BuildEnvironment, *_: object) -> list[str]:
    """Return the pages whose text is another than when they were read."""
    known = environment.found_docs & set(environment.all_docs)
    return [
        docname
        for docname in sorted(known)
        if environment.metadata[docname].get(_HASH) != _hash(text(app, docname))
    ]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _drop_pictures(app: Sphinx, error: Exception | None) -> None:
    """Remove the pictures of pages as they were before."""
    shown = {name for _, name in app.env.images.values()}
    for path in Path(app.outdir, "_images").glob("*") if error is None else ():
        if path.name not in shown:
            path.unlink()


def _drop_words(app: Sphinx, error: Exception | None) -> None:
    """Remove words from the search that no page has any more."""
    path = Path(app.outdir, "searchindex.js")
    if error is None and path.is_file():
        index: dict[str, Any] = js_index.loads(path.read_text(encoding="utf-8"))
        for kind in ("terms", "titleterms"):
            index[kind] = {word: pages for word, pages in index[kind].items() if pages != []}
        path.write_text(js_index.dumps(index), encoding="utf-8", newline="\n")


def _save_environment(app: Sphinx, error: Exception | None) -> None:
    """Save the environment at the end: Sphinx does before the search knows the index's entries."""
    if error is None:
        with Path(app.doctreedir, ENV_PICKLE_FILENAME).open("wb") as file:
            pickle.dump(app.env, file, pickle.HIGHEST_PROTOCOL)
