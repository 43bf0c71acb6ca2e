"""The charting library of the calculators, Vega-Lite with Vega, as one file for the page to load.

It is put together from what the package vl-convert-python carries, without a network. That takes
seconds of computing, so the file is kept in `_build/cache`, under the package's version.
"""

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scalebook import paths
from scalebook.errors import ScalebookError

_PACKAGE = "vl-convert-python"
_NOTICE = """\
/* Vega, Vega-Lite and Vega-Embed, and D3 with them.
   Vega: copyright (c) 2015-2023, University of Washington Interactive Data Lab; BSD 3-Clause.
   Vega-Lite: copyright (c) 2015, University of Washington Interactive Data Lab; BSD 3-Clause.
   Vega-Embed: copyright (c) 2015, University of Washington Interactive Data Lab; BSD 3-Clause.
   D3: copyright 2010-2023 Mike Bostock; ISC. */
"""
# The package makes nothing but null of the names vega and vegaLite.
_SNIPPET = "window.vegaEmbed = vegaEmbed;"


def library() -> Path:
    """Return the file, made if it is not there.

    Raises
    ------
    ScalebookError
        If the package is not installed.
    """
    try:
        made = paths.root() / "_build" / "cache" / f"vega-{version(_PACKAGE)}.js"
    except PackageNotFoundError:
        raise ScalebookError(
            f"The charts' library is missing: install the package {_PACKAGE}, or run `make book`."
        ) from None
    if not made.is_file():
        from scalebook.execution import write  # imports more than the rest of this takes

        write(made, _bundle())
    return made


def _bundle() -> str:
    import vl_convert

    # A scope of its own: the bundle names its parts in one letter.
    return f"{_NOTICE}(() => {{\n{vl_convert.javascript_bundle(_SNIPPET)}\n}})();\n"


if __name__ == "__main__":
    sys.exit(print(library()))
