"""nbformat and papermill, imported without packages that they would load and not use here.

Every run of a chapter waits for these imports.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """Import within a ``with`` statement as if these packages were not installed."""
    kept = {name: sys.modules[name] for name in packages if name in sys.modules}
    sys.modules.update(dict.fromkeys(packages))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in packages:
            del sys.modules[name]
        sys.modules.update(kept)


# jsonschema, which checks notebooks, spends two seconds compiling a grammar of web addresses if it
# finds the first, and a tenth on the second. Notebooks hold no addresses or durations to check.
with without("rfc3987_syntax", "isoduration"):
    import nbformat as nbformat


def papermill() -> Any:
    """Return papermill, which would look for PyArrow to read notebooks from a cluster's disks."""
    with without("pyarrow"):
        import papermill
    return papermill
