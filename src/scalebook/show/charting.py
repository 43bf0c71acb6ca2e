"""The library of the figures that can be moved, Vega-Lite with Vega, as one file to load.

It is put together from what the package vl-convert-python carries, without a network. That takes
seconds of computing, so it is done when the environment is set up, and the file is kept in
`_build/cache` for as long as it would be the same.
"""

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scalebook import paths
from scalebook.errors import ScalebookError

_PACKAGE = "vl-convert-python"
# The package makes nothing but null of the names vega and vegaLite.
_SNIPPET = "window.vegaEmbed = vegaEmbed;"
_NOTICE = """\
/* From {package} {version}, for {snippet}
   Vega, Vega-Lite and Vega-Embed, and D3 with them.
   Vega: copyright (c) 2015-2023, University of Washington Interactive Data Lab; BSD 3-Clause.
   Vega-Lite: copyright (c) 2015, University of Washington Interactive Data Lab; BSD 3-Clause.
   Vega-Embed: copyright (c) 2015, University of Washington Interactive Data Lab; BSD 3-Clause.
   D3: copyright 2010-2023 Mike Bostock; ISC. */
"""


def library() -> Path:
    """Return the file, made if it is not there or was made otherwise.

    Raises
    ------
    ScalebookError
        If the package is not installed.
    """
    made = paths.root() / "_build" / "cache" / "vega.js"
    # A scope of its own: the bundle names its parts in one letter.
    head, tail = f"{_notice()}(() => {{\n", "\n})();\n"
    if not _stands(made, head, tail):
        from scalebook.files import write

        write(made, head + _bundle() + tail)
    return made


def _notice() -> str:
    try:
        return _NOTICE.format(package=_PACKAGE, version=version(_PACKAGE), snippet=_SNIPPET)
    except PackageNotFoundError:
        raise ScalebookError(
            f"The charts' library is missing: install the package {_PACKAGE}, or run `make book`."
        ) from None


def _stands(made: Path, head: str, tail: str) -> bool:
    if not made.is_file():
        return False
    text = made.read_text(encoding="utf-8")
    return text.startswith(head) and text.endswith(tail)


def _bundle() -> str:
    import vl_convert

    return vl_convert.javascript_bundle(_SNIPPET)


if __name__ == "__main__":
    sys.exit(print(library()))
