"""What is mended in other packages from outside, one function each.

Each was tried on one version of its package, and a test fails where another one is installed: look
then whether the patch still works, and whether it is needed any more.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: The version of each package that its patches were tried on.
TRIED = {
    "docutils": "0.21.2",
    "jsonschema": "4.26.0",
    "myst-nb": "1.4.0",
    "pybtex": "0.26.1",
    "sphinx": "7.4.7",
    "sphinx-multitoc-numbering": "0.1.3",
    "sphinx-thebe": "0.3.1",
    "typer": "0.29.2",
}


def nbformat() -> ModuleType:
    """Return nbformat, imported without a grammar of web addresses.

    jsonschema, with which nbformat checks notebooks, compiles that grammar where it is installed,
    as JupyterLab has it: two seconds of each run of a chapter. Notebooks hold no addresses to
    check, and nothing else in such a process looks for it.
    """
    if "jsonschema" not in sys.modules:
        sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    import nbformat

    return nbformat


def name_only(command: Any, settings: dict[str, Any]) -> Any:
    """Return a program whose help leaves out what a value is to Python: <str>, <bool>, {NAME}.

    typer has no setting for it.
    """
    import typer
    import typer.core

    class Plain(typer.core.TyperArgument):
        def display_type_rich(self, ctx: typer.Context) -> None:  # type: ignore[override]
            pass

        def get_usage_pieces(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
            return [self.display_name_raw]

    for each in [command, *command.commands.values()]:
        for param in each.get_params(typer.Context(each, **settings)):
            if isinstance(param, typer.core.TyperArgument):
                param.__class__ = Plain
            elif param.is_flag:
                param.metavar = ""
    return command


# What the bibliography asks pybtex for, by group and name.
_PLUGINS = (
    ("pybtex.backends", "docutils"),
    ("pybtex.backends", "plaintext"),
    ("pybtex.style.formatting", "plain"),
    ("pybtex.style.names", "plain"),
    ("pybtex.style.labels", "number"),
    ("pybtex.style.sorting", "author_year_title"),
)


def setup(app: "Sphinx") -> None:
    """Register with Sphinx what mends it and its extensions."""
    find_plugins_once()
    read_in_parallel(app)
    # After those whose work is mended.
    for mend in (load_mathjax_for_formulas, mend_roles):
        app.connect("html-page-context", mend, priority=900)


def find_plugins_once() -> None:
    """Let pybtex look up its plugins once.

    It reads what every installed package declares, anew for each citation: a tenth of the build of
    the pages.
    """
    from pybtex.plugin import find_plugin, register_plugin

    for group, name in _PLUGINS:
        register_plugin(group, name, find_plugin(group, name), force=True)


def read_in_parallel(app: "Sphinx") -> None:
    """Let several processes read the pages.

    sphinx-multitoc-numbering, which comes with sphinx-external-toc, numbers sections when all pages
    have been read, but does not declare that two processes may read them.
    """
    if numbering := app.extensions.get("sphinx_multitoc_numbering"):
        numbering.parallel_read_safe = True


def load_mathjax_for_formulas(
    app: "Sphinx", page: str, _: str, context: dict[str, Any], *__: object
) -> None:
    """Load MathJax on pages with formulas; to Sphinx a page has those of the pages it lists too."""
    if not app.env.get_domain("math").data["has_equations"].get(page):
        scripts = context["script_files"]
        context["script_files"] = [s for s in scripts if app.config.mathjax_path not in str(s)]


def load_scripts_once(
    _: "Sphinx", __: str, ___: str, context: dict[str, Any], *____: object
) -> None:
    """Drop the second copy of a script: sphinx-thebe's constants come twice, which is an error."""
    found = context["script_files"]
    # Not equal to Sphinx: one is without a file name, and the other's is empty.
    keys = [(getattr(s, "filename", s) or "", getattr(s, "attributes", {})) for s in found]
    context["script_files"] = [each for n, each in enumerate(found) if keys[n] not in keys[:n]]


def mend_roles(_: "Sphinx", __: str, ___: str, context: dict[str, Any], *____: object) -> None:
    """Take back what is said to screen readers and is not so.

    docutils' list of citations has no list items, and the name that MyST-NB gives folded code hides
    what is written on it.
    """
    for said, true in (
        ('<div role="list" class="citation-list">', '<div class="citation-list">'),
        (' role="doc-biblioentry"', ""),
        ('<summary aria-label="Toggle hidden content">', "<summary>"),
    ):
        context["body"] = context.get("body", "").replace(said, true)
