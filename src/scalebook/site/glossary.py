"""Terms of the glossary in running text, as a Sphinx extension.

On each page the first occurrence of each term becomes a link to its entry. The definition goes
along, hidden, so that a script can show it in place and a screen reader can read it out; without
the script the link is a plain one. Notebooks and pages need no mark-up for it. The pages on the
library have no such links: there `loss` is an argument more often than a term.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from scalebook.site import REFERENCE

PAGE = "book/glossary"

#: What running text writes for a term, where that is not the term itself or its plural.
FORMS: dict[str, tuple[str, ...]] = {
    "compute": ("compute",),
    "compute-optimal": ("compute-optimal", "compute optimal"),
    "cosine decay": ("cosine decay", "cosine cycle"),
    "extrapolation": ("extrapolation", "extrapolations", "extrapolate", "extrapolated"),
    "epoch": ("epoch", "epochs"),
    "FLOP": ("flop", "flops"),
    "FLOP/s": ("flop/s", "flop per second", "exaflop/s"),
    "Huber loss": ("huber loss", "huber's function", "huber's", "huber"),
    "irreducible loss": ("irreducible loss", "floor"),
    "isoFLOP profile": ("isoflop profile", "isoflop profiles", "isoflop runs", "isoflop suites"),
    "mixture of experts": ("mixture of experts", "mixtures of experts", "mixture-of-experts"),
    "over-training": ("over-training", "over-trained", "over-train", "over-trains"),
    "penalty": ("penalty", "penalties"),
    "quantisation": ("quantisation", "quantised"),
    "repetition": ("repetition", "repetitions", "repeated data", "repeated tokens"),
    "serving": ("serving",),
    "Sobol index": ("sobol index", "sobol indices", "sobol's indices"),
    "sparsity": ("sparsity",),
    "stock of text": ("stock of text", "stocks of text"),
    "suite": ("suite", "suites"),
    "tokens per parameter": ("tokens per parameter",),
    "tokenizer": ("tokenizer", "tokenizers", "tokeniser", "tokenisers"),
    "under-training": ("under-training", "under-trained"),
    "utilisation": ("utilisation", "utilisations"),
    "Zipf's law": ("zipf's law", "zipf distribution", "zipfian", "zipf exponent"),
}

#: Words after which a form is no noun: "to compute".
VERB_AFTER = ("to", "can", "not", "we", "and", "is", "be")

#: Terms that running text often uses in other senses: explained, but never marked.
UNMARKED = frozenset({"attention", "context", "frontier", "run"})

#: Terms that a page uses in another sense, as a run of a program has parameters.
OTHER_SENSE: dict[str, frozenset[str]] = {
    "book/benchmark": frozenset({"batch"}),
    "book/data": frozenset({"FLOP"}),
    "book/executed/supply": frozenset({"parameter"}),
    "book/how-to-read": frozenset({"parameter"}),
    "book/sweeps": frozenset({"batch", "parameter"}),
}

# Where a definition would disturb: headings, code, links, formulas, what is short or tabular.
_APART = (
    nodes.title,
    nodes.literal,
    nodes.literal_block,
    nodes.reference,
    nodes.caption,
    nodes.table,
    nodes.footnote,
    nodes.citation,
    nodes.raw,
    addnodes.glossary,
    addnodes.toctree,
)
_APART_CLASSES = frozenset({"tally", "glance", "findings", "cell_output", "cell_input"})


class Mention(nodes.Inline, nodes.TextElement):  # type: ignore[misc]
    """A term in running text; `entry` is the id of its entry and `refuri` its address."""


@dataclass(frozen=True)
class Glossary:
    """The terms of a glossary.

    Attributes
    ----------
    definitions : dict
        Term and first paragraph of each entry, as plain text, by the entry's id.
    entries : dict
        Id of the entry by each form, in lower case with single spaces.
    """

    definitions: dict[str, tuple[str, str]]
    entries: dict[str, str]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression that finds all forms, the longest first."""
        longest = sorted(self.entries, key=lambda form: (-len(form), form))
        forms = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in longest)
        return re.compile(rf"(?<![\w-])(?:{forms})(?![\w-])", re.IGNORECASE)


def setup(app: Sphinx) -> None:
    """Register what marks the terms."""
    app.add_node(Mention, html=(_open_mention, _close_mention))
    app.add_post_transform(MarkTerms)
    app.connect("env-updated", _collect)
    app.connect("html-page-context", _add_definitions)


def read(document: nodes.Node) -> Glossary:
    """Read the terms and definitions of a page with a glossary.

    Of an entry with several terms, each is a form of its own.
    """
    definitions: dict[str, tuple[str, str]] = {}
    entries: dict[str, str] = {}
    for glossary in document.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            terms = [child for child in item.children if isinstance(child, nodes.term)]
            text = next(iter(item.findall(nodes.paragraph))).astext()
            for term in terms:
                entry = term["ids"][0]
                definitions[entry] = (term.astext(), " ".join(text.split()))
                for form in inflections(term.astext()):
                    entries.setdefault(form, entry)
    return Glossary(definitions, entries)


def inflections(term: str) -> Iterator[str]:
    """Yield what stands for a term in running text, in lower case: itself and its plural."""
    if term in UNMARKED:
        return
    for form in FORMS.get(term, (term,)):
        yield form.lower()
        if term not in FORMS:
            yield plural(form.lower())


def plural(noun: str) -> str:
    """Return the regular English plural of a noun."""
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


class MarkTerms(SphinxPostTransform):
    """Make the first occurrence of each term on a page a `Mention`."""

    # After references and citations are resolved, so that none is left to be mistaken for text.
    default_priority = 800
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Mark the terms of one page."""
        glossary = getattr(self.env, "scalebook_glossary", None)
        page = self.env.docname
        if glossary is None or page == PAGE or page.startswith(REFERENCE):
            return
        address = self.app.builder.get_relative_uri(page, PAGE)
        mark(self.document, glossary, address, OTHER_SENSE.get(page, frozenset()))


def mark(
    document: nodes.Node, glossary: Glossary, address: str, without: AbstractSet[str] = frozenset()
) -> list[str]:
    """Mark the first occurrence of each term in the running text of a document, in place.

    Parameters
    ----------
    document : docutils.nodes.Node
    glossary : Glossary
    address : str
        Address of the glossary as seen from the page.
    without : set of str
        Terms to leave alone.

    Returns
    -------
    list of str
        Ids of the entries marked, in the order of the text.
    """
    # From the outset as if they had been marked before.
    done = [entry for entry, (term, _) in glossary.definitions.items() if term in without]
    left_alone = len(done)
    for text in list(_running(document)) if glossary.entries else []:
        parts = _split(text, glossary, done, address)
        text.parent.replace(text, parts)
    return done[left_alone:]


def _running(document: nodes.Node) -> Iterator[nodes.Text]:
    """Yield the texts that stand in paragraphs of running text."""
    for node in _outside(document):
        if isinstance(node, nodes.paragraph):
            yield from (child for child in node.children if isinstance(child, nodes.Text))


def _outside(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield a node and its descendants, without the places where no term is marked."""
    if isinstance(node, _APART):
        return
    if isinstance(node, nodes.Element) and not _APART_CLASSES.isdisjoint(node["classes"]):
        return
    yield node
    for child in node.children:
        yield from _outside(child)


def _split(
    text: nodes.Text, glossary: Glossary, marked: list[str], address: str
) -> list[nodes.Node]:
    """Return a text in parts, with a `Mention` for each term not marked before."""
    whole, at = text.astext(), 0
    parts: list[nodes.Node] = []
    for found in glossary.pattern.finditer(whole):
        entry = glossary.entries[" ".join(found[0].lower().split())]
        if entry in marked or _is_verb(whole, found):
            continue
        marked.append(entry)
        parts.append(nodes.Text(whole[at : found.start()]))
        parts.append(Mention("", found[0], entry=entry, refuri=f"{address}#{entry}"))
        at = found.end()
    return [*parts, nodes.Text(whole[at:])]


def _is_verb(text: str, found: re.Match[str]) -> bool:
    if found[0].lower() != "compute":
        return False
    before = text[: found.start()].split()
    return bool(before) and before[-1].lower() in VERB_AFTER


# In Sphinx


def _collect(_: Sphinx, environment: Any) -> list[str]:
    """Read the glossary once all pages are read."""
    there = PAGE in environment.found_docs
    environment.scalebook_glossary = read(environment.get_doctree(PAGE)) if there else None
    return []


def _add_definitions(
    app: Sphinx, page: str, _: str, page_context: dict[str, Any], document: nodes.Node | None
) -> None:
    """Put the definitions of the terms marked on a page at its end, hidden."""
    mentions = list(document.findall(Mention)) if document is not None else []
    if not mentions:
        return
    environment: Any = app.env
    definitions = environment.scalebook_glossary.definitions
    notes = "".join(note(each["entry"], *definitions[each["entry"]]) for each in mentions)
    page_context["body"] += f'<div class="glossary-notes">{notes}</div>\n'
    app.add_js_file("glossary.js", loading_method="defer")


def note(entry: str, term: str, definition: str) -> str:
    """Return the definition of a term as a hidden tooltip."""
    shown = f"<strong>{escape(term)}</strong>: {escape(definition, quote=False)}"
    return f'<div class="glossary-note" role="tooltip" id="about-{entry}" hidden>{shown}</div>'


def _open_mention(translator: Any, node: Mention) -> None:
    attributes = {"href": node["refuri"], "aria-describedby": f"about-{node['entry']}"}
    translator.body.append(translator.starttag(node, "a", "", CLASS="glossed", **attributes))


def _close_mention(translator: Any, node: Mention) -> None:
    translator.body.append("</a>")
