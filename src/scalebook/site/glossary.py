"""The glossary in running text: where a page refers to a term, its definition is at hand.

The definition goes along with the page, hidden, so that a script can show it in place and a screen
reader can read it out; without the script the reference is a plain link to the glossary.
"""

from functools import partial
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

PAGE = "book/glossary"

#: Term and first paragraph of each entry of a glossary, as plain text, by the entry's id.
Definitions = dict[str, tuple[str, str]]


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    definitions: Definitions = {}
    app.connect("env-updated", partial(_collect, definitions))
    app.connect("doctree-resolved", _set_off)
    app.connect("html-page-context", partial(_add_definitions, definitions))


def _collect(definitions: Definitions, _: Sphinx, environment: BuildEnvironment) -> None:
    """Read the glossary once all pages are read."""
    if PAGE in environment.found_docs:
        for item in environment.get_doctree(PAGE).findall(nodes.definition_list_item):
            first = next(iter(item.findall(nodes.paragraph))).astext()
            for term in item.findall(nodes.term):
                definitions[term["ids"][0]] = (term.astext(), " ".join(first.split()))


def _set_off(_: Sphinx, document: nodes.document, page: str) -> None:
    """Give the references to terms a class of their own."""
    for word in document.findall(nodes.inline) if page != PAGE else ():
        if "std-term" in word["classes"]:
            word.parent["classes"].append("glossed")


def _add_definitions(
    definitions: Definitions,
    app: Sphinx,
    _: str,
    __: str,
    context: dict[str, Any],
    document: nodes.document | None,
) -> None:
    """Put the definitions of the terms that a page refers to at its end, hidden."""
    references = document.findall(nodes.reference) if document is not None else ()
    terms = (each for each in references if "glossed" in each["classes"])
    entries = dict.fromkeys(each["refuri"].partition("#")[2] for each in terms)
    if entries:
        notes = "".join(note(entry, *definitions[entry]) for entry in entries)
        context["body"] += f'<div class="glossary-notes">{notes}</div>\n'
        app.add_js_file("glossary.js", loading_method="defer")


def note(entry: str, term: str, definition: str) -> str:
    """Return the definition of a term as a hidden tooltip."""
    shown = f"<strong>{escape(term)}</strong>: {escape(definition, quote=False)}"
    return f'<div class="glossary-note" role="tooltip" id="about-{entry}" hidden>{shown}</div>'
