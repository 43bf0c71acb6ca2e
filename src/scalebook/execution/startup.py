"""An IPython extension for kernels that run a chapter with nobody at them: imports without extras.

Every chapter waits for its imports. Someone who opens a notebook in Jupyter has the extras.
"""

import gc
import sys
from typing import Any


def load_ipython_extension(_: Any) -> None:
    """Leave out of later imports what no chapter uses, and seldom look for garbage."""
    gc.set_threshold(50_000)  # 700 is for programs that run for longer than they import
    # SciPy imports all of NumPy, with a translator of Fortran that looks for this package.
    sys.modules["charset_normalizer"] = None  # type: ignore[assignment]

    import matplotlib.artist

    # Matplotlib writes documentation for the setters of each of a hundred classes, in a third of
    # the time of its import. Where a version calls this otherwise, it goes on doing so.
    matplotlib.artist.Artist._update_set_signature_and_docstring = classmethod(  # type: ignore[attr-defined]
        lambda _: None
    )
